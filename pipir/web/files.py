"""Sends files to be saved: as attachments, without any right of this origin should a browser show one all the same."""

import re
from collections.abc import AsyncIterator, Callable
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response
from litestar.response import Stream

SANDBOX: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"
CSV: Final = "text/csv"  # the framework adds the charset
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")


def attachment(name: str, content: bytes, media_type: str, *, sha256: str = "") -> Response[bytes]:
    """The content as a download under a name of ours; the name holds ASCII letters, digits and . _ - only."""
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"A download has a plain name; {name!r} is none.")
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": SANDBOX}
    if sha256:
        headers["ETag"] = f'"{sha256}"'
    return Response(content, media_type=media_type, headers=headers)


def stored_file(
    request: Request[Any, Any, Any],
    parts: Callable[[], AsyncIterator[bytes]],
    *,
    name: str,
    media_type: str,
    size: int,
    sha256: str,
) -> Response[Any]:
    """A stored file as a download under the name it came with, a part at a time; 304 where the caller has it.

    Names that are not plain ASCII are given in both forms of RFC 6266; nothing of them can end the header.
    """
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name).strip() or "document"
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": SANDBOX,
        "Cache-Control": "no-store",
        "ETag": f'"{sha256}"',
    }
    if f'"{sha256}"' in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    headers["Content-Length"] = str(size)
    if request.method == "HEAD":
        return Stream(_nothing(), media_type=media_type, headers=headers)
    return Stream(parts(), media_type=media_type, headers=headers)


async def _nothing() -> AsyncIterator[bytes]:
    """The body of an answer to HEAD."""
    return
    yield b""
