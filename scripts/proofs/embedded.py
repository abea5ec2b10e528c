"""Killing the embedded server at any moment loses no commit that was acknowledged."""

import asyncio
import contextlib
import os
import random
import shutil
import signal
import time
from pathlib import Path

import asyncpg

from pipir.store.embedded import EmbeddedServer
from proofs.finding import Finding, Work

ROUNDS = 20
WRITERS = 8
SEED = 1253
# What asyncpg raises when the server goes in the middle of a conversation, at whichever word.
BROKEN_OFF = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


async def _write(server: EmbeddedServer, writer: int, acknowledged: set[tuple[int, int]], *, lasting: bool) -> None:
    """Commit one row after another, and note each only after its commit was acknowledged."""
    connection = await asyncpg.connect(host=str(server.socket_folder), port=5432, user="postgres", database="postgres")
    try:
        if not lasting:
            await connection.execute("set synchronous_commit = off")
        number = await connection.fetchval("select coalesce(max(number), 0) from entry where writer = $1", writer)
        while True:
            number += 1
            await connection.execute("insert into entry values ($1, $2)", writer, number)
            acknowledged.add((writer, number))
    finally:
        connection.terminate()


async def _round(server: EmbeddedServer, moment: float, acknowledged: set[tuple[int, int]], *, lasting: bool) -> None:
    writers = [asyncio.create_task(_write(server, n, acknowledged, lasting=lasting)) for n in range(WRITERS)]
    await asyncio.sleep(moment)
    pid = server.server_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    for writer in writers:
        with contextlib.suppress(OSError, *BROKEN_OFF):
            await writer


async def _stored(server: EmbeddedServer) -> tuple[set[tuple[int, int]], float]:
    """Return the rows that are there, and the seconds until the server answered again."""
    started = time.monotonic()
    while True:
        try:
            connection = await asyncpg.connect(
                host=str(server.socket_folder), port=5432, user="postgres", database="postgres"
            )
        except (OSError, asyncpg.PostgresError):
            if time.monotonic() - started > 60:
                raise
            await asyncio.sleep(0.01)
            continue
        rows = await connection.fetch("select writer, number from entry")
        await connection.close()
        return {(row["writer"], row["number"]) for row in rows}, time.monotonic() - started


def _killed(home: Path, work: Work, *, lasting: bool) -> tuple[int, int, float]:
    """Return acknowledged commits, lost ones, and the longest wait for an answer over all rounds."""
    shutil.rmtree(home, ignore_errors=True)
    chance = random.Random(SEED)
    acknowledged: set[tuple[int, int]] = set()
    lost: set[tuple[int, int]] = set()
    slowest = 0.0
    with EmbeddedServer.start(home) as server:
        server.psql("create table entry (writer int, number int, primary key (writer, number))")
        for number in range(1, ROUNDS + 1):
            asyncio.run(_round(server, chance.uniform(0.05, 0.6), acknowledged, lasting=lasting))
            stored, waited = asyncio.run(_stored(server))
            lost |= acknowledged - stored
            slowest = max(slowest, waited)
            work.say(f"round {number} of {ROUNDS}: {len(acknowledged)} acknowledged, {len(lost)} lost, {waited:.2f} s")
    shutil.rmtree(home, ignore_errors=True)
    return len(acknowledged), len(lost), slowest


def prove(work: Work) -> list[Finding]:
    acknowledged, lost, slowest = _killed(work.folder / "home", work, lasting=True)
    work.say("the control: the same with synchronous_commit = off")
    of_control, lost_of_control, _ = _killed(work.folder / "control", work, lasting=False)
    return [
        Finding(
            f"acknowledged commits lost in {ROUNDS} kills with {WRITERS} writers",
            f"{lost} of {acknowledged:,}",
            "0",
            lost == 0 and acknowledged > 1000,
        ),
        Finding("longest wait for an answer after a kill", f"{slowest:.2f} s", "under 10 s", slowest < 10),
        Finding(
            "the control that does not wait for the disk",
            f"{lost_of_control} of {of_control:,} lost",
            "may lose, as a measure of the proof's sharpness",
            True,
        ),
    ]
