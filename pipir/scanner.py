"""Asks a clamd whether a file holds malware (clamd's INSTREAM command, over TCP or a UNIX socket)."""

import asyncio
from typing import BinaryIO, Final

import msgspec

_CHUNK: Final = 256 * 1024
_LONGEST_ANSWER: Final = 4_096


class Scanner(msgspec.Struct, frozen=True):
    """Where clamd listens, `host:port` or the path of its socket, and how many seconds one file may take."""

    address: str
    seconds: float = 60


class NotAnswering(Exception):
    """The scanner gave no verdict; the file is neither known to be clean nor to be infected."""


async def signature_in(scanner: Scanner, body: BinaryIO) -> str | None:
    """The name of what clamd found in the file, or None where it found nothing; else NotAnswering."""
    try:
        async with asyncio.timeout(scanner.seconds):
            answer = await _asked(scanner, body)
    except (OSError, TimeoutError, EOFError, ValueError, asyncio.LimitOverrunError) as wrong:
        raise NotAnswering(str(wrong) or type(wrong).__name__) from wrong
    if answer == "stream: OK":
        return None
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")[:200] or "unnamed"
    raise NotAnswering(f"It answered: {answer[:200]!r}")


async def _asked(scanner: Scanner, body: BinaryIO) -> str:
    host, _, port = scanner.address.rpartition(":")
    if scanner.address.startswith("/"):
        reader, writer = await asyncio.open_unix_connection(scanner.address)
    else:
        reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    try:
        writer.write(b"zINSTREAM\0")
        body.seek(0)
        while chunk := body.read(_CHUNK):
            writer.write(len(chunk).to_bytes(4, "big") + chunk)
            await writer.drain()
        writer.write(bytes(4))
        await writer.drain()
        answer = await reader.readuntil(b"\0")
        if len(answer) > _LONGEST_ANSWER:
            raise ValueError("Its answer is longer than any verdict.")
        return answer.rstrip(b"\0\n").decode("utf-8", "replace")
    finally:
        # Nothing more is expected: a line that hangs is cut, and nobody waits for its end.
        writer.transport.abort()
