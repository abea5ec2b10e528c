"""A load of requests over kept connections of this machine, bounded in time."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Load:
    """What each client asks over and over: its own requests in their order, and the status that each must answer."""

    port: int
    clients: Sequence[Sequence[bytes]]
    status: int = 200
    # How long each request took, in seconds, over all turns.
    times: list[float] = field(default_factory=list)

    async def turn(self, seconds: float) -> float:
        """Ask for so long; return requests per second."""
        before = len(self.times)
        begun = time.perf_counter()
        await asyncio.gather(*(self._client(requests, begun + seconds) for requests in self.clients))
        return (len(self.times) - before) / (time.perf_counter() - begun)

    async def _client(self, requests: Sequence[bytes], until: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        asked = 0
        try:
            while (begun := time.perf_counter()) < until:
                writer.write(requests[asked % len(requests)])
                asked += 1
                status, body = await answer(reader)
                if status != self.status:
                    raise RuntimeError(f"{requests[0][:80]!r} answered {status}: {body[:300]!r}")
                self.times.append(time.perf_counter() - begun)
        finally:
            writer.close()


def request(method: str, path: str, port: int, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """The bytes of one request."""
    named = {"Host": f"127.0.0.1:{port}", **headers}
    if body:
        named |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {text}\r\n" for name, text in named.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The status and the body of the next answer, whole or in chunks."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head[9:12])
    length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    if length:
        return status, await reader.readexactly(int(length))
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return status, body
