"""A mail server for tests, on this machine: takes mail, or refuses as told; STARTTLS where it has a certificate."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import cast


@dataclass
class MailBox:
    """What arrived, what was said on the line, and what is refused: a command's word to the answer that it gets."""

    port: int = 0
    tls: ssl.SSLContext | None = None
    arrived: list[EmailMessage] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation (RFC 5321)."""
        secure = False
        writer.write(b"220 test\r\n")
        while line := await reader.readline():
            self.said.append(line.decode().strip())
            word = self.said[-1].split(" ")[0].upper()
            if word in self.refuse:
                writer.write(self.refuse[word].encode() + b"\r\n")
            elif word == "EHLO":
                offers = ["250-test"] + (["250-STARTTLS"] if self.tls and not secure else [])
                writer.write("\r\n".join([*offers, "250 AUTH PLAIN"]).encode() + b"\r\n")
            elif word == "STARTTLS" and self.tls is not None:
                writer.write(b"220 go on\r\n")
                await writer.drain()
                await writer.start_tls(self.tls)
                secure = True
            elif word == "DATA":
                writer.write(b"354 go on\r\n")
                content = await reader.readuntil(b"\r\n.\r\n")
                message = message_from_bytes(content.removesuffix(b".\r\n"), policy=policy.SMTP)
                self.arrived.append(cast("EmailMessage", message))
                writer.write(b"250 taken\r\n")
            elif word == "AUTH":
                writer.write(b"235 known\r\n")
            elif word == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 well\r\n")
        writer.close()


@asynccontextmanager
async def listening(box: MailBox) -> AsyncIterator[MailBox]:
    """The server at a port of this machine: the box's own from before, or a free one."""
    server = await asyncio.start_server(box.talk, "127.0.0.1", box.port)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side and the side that believes it, made for this run."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    asked = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    command = ["openssl", *asked.split(), "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(cert, key)
    return theirs, ssl.create_default_context(cafile=str(cert))
