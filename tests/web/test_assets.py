"""The static files: what is vendored is what was pinned, and how it is served."""

import hashlib
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import brotli
import httpx
import pytest
from litestar import Litestar, Request, Response

from pipir.kernel.errors import NotFound
from pipir.web import assets
from pipir.web.assets import STATIC, asset_tree, asset_url, consent_blocks, static_router

LOCK = json.loads((STATIC / "assets.lock").read_text())
OURS = {"app.css", "app.js", "emblem.svg", "favicon.svg", "assets.lock"}


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    def not_found(request: Request[Any, Any, Any], problem: NotFound) -> Response[str]:
        return Response(problem.detail, status_code=problem.status)

    app = Litestar(
        [static_router()], exception_handlers={NotFound: not_found}, openapi_config=None, logging_config=None
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


def test_a_vendored_file_is_the_one_that_was_pinned() -> None:
    """Each file under static/ is in assets.lock with its sha256, or is our own."""
    found = {
        file.relative_to(STATIC).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in STATIC.rglob("*")
        if file.is_file() and file.name not in OURS
    }
    assert found == LOCK["files"]


def test_a_style_sheet_names_only_files_that_are_there() -> None:
    """USWDS names fonts and a photograph that no page uses; what else a style sheet names must not answer 404."""
    unused = re.compile(r"fonts/(merriweather|source-sans-pro/.*light|roboto-mono/.*(italic|[37]00))|img/hero\.jpg")
    for sheet in STATIC.rglob("*.css"):
        named = set(re.findall(r"url\(([^)\"']+)\)", sheet.read_text()))
        missing = {n for n in named if not (sheet.parent / n).exists() and not unused.search(n)}
        assert not missing


def test_our_style_sheet_asks_for_no_face_that_was_left_out() -> None:
    assert "Merriweather" not in (STATIC / "app.css").read_text()


async def test_a_file_is_kept_by_the_browser_for_good(browser: httpx.AsyncClient) -> None:
    answer = await browser.get(asset_url("app.css"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.content == (STATIC / "app.css").read_bytes()


@pytest.mark.parametrize(
    ("header", "coding"),
    [("gzip, br", "br"), ("gzip", "gzip"), ("", None), ("br;q=0, gzip;q=0.5", "gzip"), ("identity", None)],
)
async def test_a_file_comes_in_the_coding_that_the_browser_takes(
    browser: httpx.AsyncClient, header: str, coding: str | None
) -> None:
    answer = await browser.get(asset_url("app.css"), headers={"Accept-Encoding": header})
    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.content == (STATIC / "app.css").read_bytes()


async def test_a_file_that_the_browser_has_is_not_sent_again(browser: httpx.AsyncClient) -> None:
    url = asset_url("app.css")
    etag = (await browser.get(url)).headers["etag"]
    for sent in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = await browser.get(url, headers={"If-None-Match": sent})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    other_coding = await browser.get(url, headers={"If-None-Match": etag, "Accept-Encoding": "identity"})
    assert other_coding.status_code == 200


async def test_head_tells_the_length_and_sends_nothing(browser: httpx.AsyncClient) -> None:
    headers = {"Accept-Encoding": "br"}
    head = await browser.head(asset_url("app.css"), headers=headers)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == len(brotli.compress((STATIC / "app.css").read_bytes(), quality=9))


@pytest.mark.parametrize(
    "path",
    [
        "app.cs",
        "assets.lock",
        "uswds/LICENSE.md",
        "../assets.py",
        "..%2fassets.py",
        "%2e%2e/assets.py",
        "/etc/passwd",
        "",
    ],
)
async def test_an_unknown_file_is_not_found(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(f"/static/{asset_tree().hash}/{path}")
    assert answer.status_code == 404


async def test_another_tree_is_not_found(browser: httpx.AsyncClient) -> None:
    """An address with an old hash must not answer with new content: it would be kept for good."""
    assert (await browser.get(asset_url("app.css").replace(asset_tree().hash, "0" * 16))).status_code == 404


def test_a_misspelt_asset_fails_at_once() -> None:
    with pytest.raises(KeyError):
        asset_url("ap.css")


def test_the_tree_hash_changes_with_a_byte(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a{}")
    before = assets.AssetTree(tmp_path).hash
    (tmp_path / "a.css").write_text("b{}")
    assert assets.AssetTree(tmp_path).hash != before


def test_the_consent_banner_is_the_ordered_text() -> None:
    """The Department's standard notice and consent banner: the wording is fixed, to the byte."""
    given = "998e7013530b712ebfc901d5e3279815b08534637dd52d080f7419ac042b2aa8"
    assert hashlib.sha256(assets.CONSENT_FILE.read_bytes()).hexdigest() == given


def test_the_consent_page_shows_every_word_of_the_banner() -> None:
    words = " ".join(text for _, text in consent_blocks()).split()
    assert words == [
        word.removeprefix("-") if word[0] == "-" else word for word in assets.CONSENT_FILE.read_text().split()
    ]
    assert [kind for kind, _ in consent_blocks()] == ["paragraph"] * 2 + ["bullet"] * 5
