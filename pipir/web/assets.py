"""The static files of the pages: read once, served from memory under an address that changes with their content."""

import gzip
import hashlib
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import brotli
from litestar import MediaType, Request, Response, Router, route
from litestar.params import FromPath

from pipir.kernel.errors import NotFound

STATIC = Path(__file__).parent / "static"
CONSENT_FILE = Path(__file__).parent / "consent-banner.txt"

# What is served; licences and the lock stay on disk.
_MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_ALREADY_COMPRESSED = {".woff2"}
_FOREVER = "public, max-age=31536000, immutable"


class Asset:
    """One static file; its compressed forms are made at the first request for them and kept."""

    def __init__(self, path: str, content: bytes) -> None:
        self.path = path
        self.content = content
        self.sha256 = hashlib.sha256(content).hexdigest()
        suffix = PurePosixPath(path).suffix
        self.media_type = _MEDIA_TYPES[suffix]
        self.compressible = suffix not in _ALREADY_COMPRESSED

    @cached_property
    def br(self) -> bytes:
        # Quality 9 takes 40 ms for the largest file; 11 takes 900 ms for 6 KB less.
        return brotli.compress(self.content, quality=9)  # type: ignore[no-any-return]

    @cached_property
    def gzip(self) -> bytes:
        return gzip.compress(self.content, mtime=0)

    def encoded(self, accept_encoding: str) -> tuple[str, bytes]:
        """The content coding that suits the browser (`br`, `gzip` or none), and the bytes in it."""
        if self.compressible:
            accepted = _accepted_codings(accept_encoding)
            if "br" in accepted:
                return "br", self.br
            if "gzip" in accepted:
                return "gzip", self.gzip
        return "", self.content


class AssetTree:
    """All static files, and the hash over their paths and contents."""

    def __init__(self, folder: Path) -> None:
        self.assets = {
            path: Asset(path, (folder / path).read_bytes())
            for path in sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
            if PurePosixPath(path).suffix in _MEDIA_TYPES
        }
        listing = "".join(f"{asset.sha256}  {path}\n" for path, asset in self.assets.items())
        self.hash = hashlib.sha256(listing.encode()).hexdigest()[:16]

    def url(self, path: str) -> str:
        """The address of a file; KeyError where there is none, so that a misspelt name fails in the first test."""
        return f"/static/{self.hash}/{self.assets[path].path}"


@cache
def asset_tree() -> AssetTree:
    """The tree of pipir/web/static, read once in the life of the process."""
    return AssetTree(STATIC)


def asset_url(path: str) -> str:
    """The address of a static file, such as `asset_url("app.css")`: the templates' global of the same name."""
    return asset_tree().url(path)


@cache
def consent_blocks() -> tuple[tuple[str, str], ...]:
    """The consent banner as (kind, text) pairs in order, kind "paragraph" or "bullet", words unchanged."""
    blocks = [" ".join(block.split()) for block in CONSENT_FILE.read_text(encoding="utf-8").split("\n\n")]
    return tuple(("bullet", block[1:]) if block.startswith("-") else ("paragraph", block) for block in blocks if block)


@route(
    "/{tree_hash:str}/{path:path}",
    http_method=["GET", "HEAD"],
    name="static",
    opt={"public": True},
    include_in_schema=False,
)
async def serve_asset(
    request: Request[Any, Any, Any], tree_hash: FromPath[str], path: FromPath[str]
) -> Response[bytes]:
    """One static file: 304 where the browser has it, 404 for another tree or an unknown name."""
    tree = asset_tree()
    asset = tree.assets.get(path.removeprefix("/"))
    if asset is None or tree_hash != tree.hash:
        raise NotFound("There is no such static file.")
    coding, content = asset.encoded(request.headers.get("accept-encoding", ""))
    etag = f'"{asset.sha256[:32]}{"-" + coding if coding else ""}"'
    headers = {"Cache-Control": _FOREVER, "ETag": etag, "Vary": "Accept-Encoding"}
    if _matches(request.headers.get("if-none-match", ""), etag):
        return Response(b"", status_code=304, headers=headers, media_type=MediaType.TEXT)
    if coding:
        headers["Content-Encoding"] = coding
    return Response(content, headers=headers, media_type=asset.media_type)


def static_router() -> Router:
    """The public routes under /static."""
    return Router("/static", route_handlers=[serve_asset])


def _accepted_codings(accept_encoding: str) -> set[str]:
    """The codings that the header names with a weight above zero."""
    accepted = set()
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            accepted.add(coding.strip())
    return accepted


def _matches(if_none_match: str, etag: str) -> bool:
    """Weak comparison (RFC 9110, 13.1.2): the answer to a GET needs no more."""
    return any(tag.strip().removeprefix("W/") in (etag, "*") for tag in if_none_match.split(","))
