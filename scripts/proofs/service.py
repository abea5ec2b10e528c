"""Killing the service, PostgreSQL or both under writers over HTTP loses nothing that was acknowledged."""

import asyncio
import json
import os
import random
import secrets
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any

import _served
import httpx

from proofs.finding import Finding, Work

ROUNDS = 20
WRITERS = 8
SEED = 1253
BOUND = 10.0
VICTIMS = ("postgres", "service", "both")


@dataclass
class _Round:
    """What one round saw; `seconds` runs from the kill to the first acknowledged write after it."""

    victim: str
    seconds: float = 0.0
    # Location -> symbol, of every 201.
    acknowledged: dict[str, str] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    servers: int = 0


class _Writers:
    """Eight programs that enter one office after another, and send each again under its key until it is answered."""

    def __init__(self, port: int, token: str, told: _Round) -> None:
        self.told = told
        self.stop = asyncio.Event()
        self.first_after: float | None = None
        self.killed_at: float | None = None
        self._client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {token}"}, timeout=15
        )
        self._answers: Counter[str] = Counter()

    async def run(self) -> None:
        async with self._client:
            await asyncio.gather(*(self._write(number) for number in range(WRITERS)))
        self.told.answers = dict(self._answers)

    async def _write(self, writer: int) -> None:
        since_kill = 0
        # Each goes on until it was answered some times after the kill, so that its last doubtful write is settled too.
        while not (self.stop.is_set() and since_kill > 2):
            symbol = f"{self.told.victim}-{secrets.token_hex(8)}"
            sent = time.monotonic()
            await self._until_answered(symbol)
            if self.killed_at is not None and sent > self.killed_at:
                since_kill += 1
            if self.killed_at is not None and time.monotonic() - self.killed_at > 60:
                return

    async def _until_answered(self, symbol: str) -> None:
        body = {"symbol": symbol, "name": f"Office {symbol}", "department": "Other", "since": "2026-01-01"}
        end = time.monotonic() + 60
        while time.monotonic() < end:
            sent = time.monotonic()
            try:
                answer = await self._client.post("/api/v1/offices", json=body, headers={"Idempotency-Key": symbol})
            except httpx.TransportError:
                self._answers["cut off"] += 1
                await asyncio.sleep(0.2)
                continue
            self._answers[str(answer.status_code)] += 1
            if answer.status_code == HTTPStatus.CREATED:
                self.told.acknowledged[answer.headers["location"]] = symbol
                if self.killed_at is not None and sent > self.killed_at and self.first_after is None:
                    self.first_after = time.monotonic()
                return
            if not self._may_be_repeated(answer):
                return
            await asyncio.sleep(0.05)
        self.told.wrong.append(f"{symbol} was not answered within 60 s")

    def _may_be_repeated(self, answer: httpx.Response) -> bool:
        """A refusal is right where it says when to come back, or that the same request is still being served."""
        if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE and "retry-after" in answer.headers:
            return True
        if answer.status_code == HTTPStatus.CONFLICT and "Idempotency-Key is still being served" in answer.text:
            return True
        self.told.wrong.append(f"{answer.status_code}: {answer.text[:200]}")
        return False


async def _round(service: _served.Served, token: str, victim: str, moment: float) -> _Round:
    told = _Round(victim)
    writers = _Writers(service.port, token, told)
    running = asyncio.create_task(writers.run())
    await asyncio.sleep(moment)
    writers.killed_at = time.monotonic()
    killed = 0 if victim == "service" else _served.kill_postgres(service.home)
    if victim != "postgres":
        service.kill()
        await asyncio.to_thread(service.start, "--with-worker")
    writers.stop.set()
    await running
    told.seconds = (writers.first_after or float("inf")) - writers.killed_at
    told.lost = await _lost(service.port, token, told.acknowledged)
    servers = _served.postmasters(service.home)
    told.servers = len(servers)
    if killed in servers:
        told.wrong.append(f"the killed server {killed} is still there")
    return told


async def _lost(port: int, token: str, acknowledged: dict[str, str]) -> list[str]:
    """Return what was acknowledged and cannot be read back at its address."""
    lost = []
    turn = asyncio.Semaphore(WRITERS)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {token}"}, timeout=15
    ) as client:

        async def read(location: str, symbol: str) -> None:
            async with turn:
                answer = await client.get(location)
            if answer.status_code != HTTPStatus.OK or answer.json()["symbol"] != symbol:
                lost.append(symbol)

        await asyncio.gather(*(read(*each) for each in acknowledged.items()))
    return lost


async def _all_symbols(port: int, token: str) -> Counter[str]:
    """Return every office symbol of the record with how often it stands there."""
    found: Counter[str] = Counter()
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=15) as client:
        cursor: dict[str, str] = {}
        while True:
            page: dict[str, Any] = (await client.get("/api/v1/offices", params={"limit": "200", **cursor})).json()
            found.update(each["symbol"] for each in page["items"])
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}


async def _job_is_done(port: int, token: str) -> str:
    """Ask for a job of the worker that lived through all kills and return its last state."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as client:
        asked = await client.post("/api/v1/reports/2027/builds", json={})
        if asked.status_code != HTTPStatus.ACCEPTED:
            return f"refused: {asked.text[:200]}"
        state = "waiting"
        for _ in range(300):
            state = (await client.get(asked.headers["location"])).json()["state"]
            if state not in ("waiting", "running"):
                return str(state)
            await asyncio.sleep(0.2)
        return state


def prove(work: Work) -> list[Finding]:
    home = work.folder / "home"
    kept = work.folder / "rounds.json"
    rounds = [_Round(**each) for each in json.loads(kept.read_text())] if kept.exists() else []
    chance = random.Random(SEED)
    moments = [chance.uniform(0.3, 1.5) for _ in range(ROUNDS)]
    token = _served.token(home)
    with _served.served(home, work.folder / "said", "--with-worker") as service:
        for number in range(len(rounds), ROUNDS):
            told = asyncio.run(_round(service, token, VICTIMS[number % len(VICTIMS)], moments[number]))
            rounds.append(told)
            kept.write_text(json.dumps([asdict(each) for each in rounds]))
            work.say(
                f"round {number + 1} of {ROUNDS}: killed {told.victim}, {len(told.acknowledged)} acknowledged, "
                f"{len(told.lost)} lost, {told.seconds:.1f} s, {told.answers}"
            )
        # Once more PostgreSQL alone, so that the worker asked below is one that lived through it.
        _served.kill_postgres(home)
        time.sleep(0.5)
        service.wait_until_ready()
        job = asyncio.run(_job_is_done(service.port, _served.token(home, "report-writer")))
        symbols = asyncio.run(_all_symbols(service.port, token))
        service.kill()
        orphans = [] if _served.none_left(home) else _served.postgres(home)
    for pid in orphans:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _served.remove(home)
    return _findings(rounds, symbols, orphans, job)


def _findings(rounds: list[_Round], symbols: Counter[str], orphans: list[int], job: str) -> list[Finding]:
    acknowledged = {symbol for told in rounds for symbol in told.acknowledged.values()}
    lost = {symbol for told in rounds for symbol in told.lost} | (acknowledged - set(symbols))
    doubled = [symbol for symbol, times in symbols.items() if times > 1]
    wrong = [each for told in rounds for each in told.wrong]
    refused = sum(told.answers.get("503", 0) for told in rounds)
    of_postgres = max(told.seconds for told in rounds if told.victim == "postgres")
    of_service = max(told.seconds for told in rounds if told.victim != "postgres")
    return [
        Finding(
            f"acknowledged writes lost in {len(rounds)} kills with {WRITERS} writers over HTTP",
            f"{len(lost)} of {len(acknowledged):,}",
            "0",
            not lost and len(acknowledged) > 20 * len(rounds),
        ),
        Finding("symbols that stand twice after repeated requests", str(len(doubled)), "0", not doubled),
        Finding(
            "answers other than 201, 503 with Retry-After, and 409 for a key still in use",
            f"{len(wrong)}{': ' + wrong[0] if wrong else ''} ({refused} times 503)",
            "0",
            not wrong,
        ),
        Finding(
            "longest time from the kill of PostgreSQL under a living service to the next write",
            f"{of_postgres:.1f} s",
            f"under {BOUND:.0f} s",
            of_postgres < BOUND,
        ),
        Finding(
            "longest time from the kill of the service to the next write, its new start included",
            f"{of_service:.1f} s",
            f"under {BOUND:.0f} s",
            of_service < BOUND,
        ),
        Finding("a job asked for after PostgreSQL was killed under its worker", job, "done", job == "done"),
        Finding(
            "PostgreSQL servers of the home after each round, and processes left after the last kill",
            f"{max(told.servers for told in rounds)} and {len(orphans)}",
            "1 and 0",
            all(told.servers == 1 for told in rounds) and not orphans,
        ),
    ]
