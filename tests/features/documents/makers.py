"""Makers of documents for tests: files of each kind, uploads by both doors, and a clamd that says what it is told."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import httpx

from pipir.features.documents.rules import FORMATS
from tests.conftest import Browser

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(40)
TIFF = b"II*\x00" + bytes(40)
TEXT = b"Minutes of the meeting\n"
MAIL = b"From: a@office.example\nTo: b@office.example\nSubject: Parts\n\nThe list.\n"
_TYPES = {ending: media_type for endings, media_type, _ in FORMATS for ending in endings}


def package(ending: str, *, body: str = "Text", extra: str = "", main: str = "") -> bytes:
    """An Office document as small as it can be."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(
            "[Content_Types].xml", f'<Types><Override ContentType="{main or _TYPES[ending]}.main+xml"/></Types>'
        )
        made.writestr("word/document.xml", f"<w:t>{body}</w:t>")
        if extra:
            made.writestr(extra, b"x")
    return held.getvalue()


def bomb() -> bytes:
    """A letter of some kilobytes that unpacks to more than any document."""
    held = io.BytesIO(package("docx"))
    with zipfile.ZipFile(held, "a", zipfile.ZIP_DEFLATED) as made:
        for place in range(11):
            with made.open(f"word/media/{place}.xml", "w") as part:
                for _ in range(20):
                    part.write(bytes(1_000_000))
    return held.getvalue()


def broken_types() -> bytes:
    """A letter whose list of types cannot be unpacked."""
    name = b"[Content_Types].xml"
    broken = bytearray(package("docx"))
    at = broken.index(name) + len(name)
    broken[at : at + 8] = b"\xff" * 8
    return bytes(broken)


def fields(record: tuple[str, int], **said: Any) -> dict[str, str]:
    """The fields of a document that is attached to the record."""
    kind, key = record
    body = {"title": "Letter of the delegation", "source": "Mail of 5 January 2026", "marking": "CUI", **said}
    return {name: str(value) for name, value in {"record_kind": kind, "record_id": key, **body}.items()}


async def attach(
    client: httpx.AsyncClient,
    record: tuple[str, int],
    content: bytes = PDF,
    name: str = "letter.pdf",
    *,
    headers: dict[str, str] | None = None,
    **said: Any,
) -> httpx.Response:
    """The answer of the JSON door to an upload."""
    return await client.post(
        "/api/v1/documents",
        data=fields(record, **said),
        files={"file": (name, content, "application/octet-stream")},
        headers=headers or {},
    )


async def sent(
    browser: Browser, path: str, form: dict[str, str], content: bytes = PDF, name: str = "letter.pdf"
) -> httpx.Response:
    """The answer to a form with a file, as a browser sends it."""
    return await browser.client.post(
        path, data={"_csrf": browser.csrf, **form}, files={"file": (name, content, "text/html")}
    )


Verdict = Literal["clean", "infected", "error", "rubbish", "hang", "close"]


@asynccontextmanager
async def a_clamd(verdict: Verdict) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A scanner that takes INSTREAM and gives this verdict: its address, and what it was sent."""
    seen: list[bytes] = []
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            if verdict == "close":
                return
            content = b""
            while size := int.from_bytes(await reader.readexactly(4), "big"):
                content += await reader.readexactly(size)
            seen.append(content)
            if verdict == "hang":
                await over.wait()
            answers = {
                "clean": b"stream: OK\0",
                "infected": b"stream: Eicar-Test-Signature FOUND\0",
                "error": b"INSTREAM size limit exceeded. ERROR\0",
                "rubbish": b"HTTP/1.1 200 OK " * 8_000 + b"\0",
                "hang": b"",
            }
            writer.write(answers[verdict])
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        yield f"{host}:{port}", seen
    finally:
        over.set()
        server.close()
        await server.wait_closed()
