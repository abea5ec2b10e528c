"""Killing the service, PostgreSQL or both while a file is checked and published doubles no entry and loses none."""

import asyncio
import json
import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any

import _served
import httpx

from proofs.finding import Finding, Work

ROUNDS = 20
ROWS = 100_000
SEED = 1253
LONGEST = 180.0
VICTIMS = ("postgres", "service", "both")
_HEADER = (
    "kind,amount,effective_on,funding_document,program_authority,document_number,document_line,document_on,need,"
    "names_document,names_line"
)
_DAY = "2027-11-15"


@dataclass
class _Round:
    """What one round saw: which process was killed while what was done, and what stands in the ledger afterwards."""

    victim: str
    killed_while: list[str] = field(default_factory=list)
    state: str = ""
    posted: int = 0
    expected: int = 0
    wrong: list[str] = field(default_factory=list)


class _Office:
    """A comptroller's program: asks again until it is answered."""

    def __init__(self, port: int, token: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )

    async def __aenter__(self) -> "_Office":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        """The answer, as soon as there is one that is no 503."""
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            try:
                answer = await self._client.request(method, path, **how)
            except httpx.TransportError:
                await asyncio.sleep(0.3)
                continue
            if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                return answer
            await asyncio.sleep(0.3)
        raise RuntimeError(f"{method} {path} was not answered within {LONGEST:.0f} s.")

    async def made(self, path: str, **how: Any) -> dict[str, Any]:
        """What a POST has made."""
        answer = await self.ask("POST", path, **how)
        if answer.status_code not in (HTTPStatus.CREATED, HTTPStatus.ACCEPTED, HTTPStatus.OK):
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:300]}")
        found: dict[str, Any] = answer.json()
        return found

    async def entries(self) -> int:
        """How many entries the ledger has."""
        answer = await self.ask("GET", "/ledger/entries", params={"limit": "1"})
        return int(answer.json()["total"])

    async def file(self, number: int) -> dict[str, Any]:
        """An import as it stands."""
        found: dict[str, Any] = (await self.ask("GET", f"/ledger/imports/{number}")).json()
        return found

    async def until(self, number: int, *, asked: str, over: tuple[str, ...]) -> dict[str, Any]:
        """The import once it is in one of these states; asked for again where its job ended without that."""
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            found = await self.file(number)
            if found["state"] in over:
                return found
            # Refused as long as a worker has it.
            await self.ask("POST", f"/ledger/imports/{number}/{asked}", json={})
            await asyncio.sleep(1)
        return await self.file(number)


def _file(number: int) -> bytes:
    rows = [_HEADER]
    for place in range(ROWS):
        document = f"R{number}-C-{place:06d}"
        if place % 3 != 2:
            rows.append(f"obligation,0.02,{_DAY},FD-PROOF,1253.e.1,{document},1,{_DAY},Studies of this year,,")
        else:
            rows.append(f"expenditure,0.01,{_DAY},,,V{number}-{place},1,,,R{number}-C-{place - 2:06d},1")
    return ("\n".join(rows) + "\n").encode()


async def _prepare(office: _Office) -> int:
    """An account, its money, and a source; returns the source's number."""
    account = await office.made(
        "/ledger/accounts",
        json={"symbol": "097-2027/2028-0400-000", "title": "Research", "source": "The proof"},
    )
    await office.made(
        "/ledger/funding",
        json={
            "number": "FD-PROOF", "account_id": account["id"], "title": "Allotment", "level_of_control": "allotment",
            "source_of_authority": "regular act", "purpose": "Studies", "received_on": "2027-10-01",
            "amount": "1000000.00",
        },
    )  # fmt: skip
    source = await office.made("/ledger/import-sources", json={"name": "Proof", "holds": "Obligations and payments"})
    return int(source["id"])


async def _round(
    service: _served.Served, token: str, source: int, number: int, victim: str, moments: tuple[float, float]
) -> _Round:
    told = _Round(victim)
    async with _Office(service.port, token) as office:
        before = await office.entries()
        sent = await office.made(
            "/ledger/imports",
            data={"source_id": str(source)},
            files={"file": (f"round-{number}.csv", _file(number))},
            headers={"Idempotency-Key": f"round-{number}"},
        )
        address = f"/ledger/imports/{sent['id']}"
        for asked, over, moment in (
            ("check", ("checked",), moments[0]),
            ("publish", ("published",), moments[1]),
        ):
            await office.ask("POST", f"{address}/{asked}", json={})
            await asyncio.sleep(moment)
            told.killed_while.append((await office.file(sent["id"]))["state"])
            if victim != "service":
                _served.kill_postgres(service.home)
            if victim != "postgres":
                service.kill()
                await asyncio.to_thread(service.start, "--with-worker")
            found = await office.until(sent["id"], asked=asked, over=over)
            if found["state"] not in over or found["bad"]:
                told.wrong.append(f"{asked}: {found['state']}, {found['bad']} rows not good, {found['broken']}")
                break
        told.state, told.expected = found["state"], ROWS
        told.posted = await office.entries() - before
        # The very same file once more.
        again = await office.ask(
            "POST",
            "/ledger/imports",
            data={"source_id": str(source)},
            files={"file": (f"round-{number}.csv", _file(number))},
        )
        if again.status_code != HTTPStatus.CONFLICT:
            told.wrong.append(f"the same file once more: {again.status_code}")
    return told


def prove(work: Work) -> list[Finding]:
    home = work.folder / "home"
    kept = work.folder / "rounds.json"
    rounds = [_Round(**each) for each in json.loads(kept.read_text())] if kept.exists() else []
    chance = random.Random(SEED)
    moments = [(chance.uniform(0.2, 2.5), chance.uniform(0.2, 2.5)) for _ in range(ROUNDS)]
    with _served.served(
        home, work.folder / "said", "--with-worker", "--rehearse", "2027-12-01T12:00:00-05:00"
    ) as service:
        token = _served.token(home, "comptroller")
        source = asyncio.run(_source(service.port, token))
        for number in range(len(rounds), ROUNDS):
            told = asyncio.run(_round(service, token, source, number, VICTIMS[number % len(VICTIMS)], moments[number]))
            rounds.append(told)
            kept.write_text(json.dumps([asdict(each) for each in rounds]))
            work.say(
                f"round {number + 1} of {ROUNDS}: killed {told.victim} while {' and '.join(told.killed_while)}; "
                f"{told.state}, {told.posted:,} of {told.expected:,} posted {told.wrong or ''}"
            )
        service.kill()
        orphans = [] if _served.none_left(home) else _served.postgres(home)
    for pid in orphans:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _served.remove(home)
    return _findings(rounds)


async def _source(port: int, token: str) -> int:
    async with _Office(port, token) as office:
        known = (await office.ask("GET", "/ledger/import-sources")).json()
        return int(known[0]["id"]) if known else await _prepare(office)


def _findings(rounds: list[_Round]) -> list[Finding]:
    wrong = [each for told in rounds for each in told.wrong]
    lost = sum(max(told.expected - told.posted, 0) for told in rounds)
    more = sum(max(told.posted - told.expected, 0) for told in rounds)
    during = [each for told in rounds for each in told.killed_while]
    busy = sum(each in ("checking", "publishing") for each in during)
    return [
        Finding(
            f"entries lost in {len(rounds)} imports of {ROWS:,} rows, each killed twice", f"{lost:,}", "0", not lost
        ),
        Finding("entries posted more than once", f"{more:,}", "0", not more),
        Finding(
            "kills that met a check or a publication under way",
            f"{busy} of {len(during)}",
            "most",
            busy * 2 > len(during),
        ),
        Finding(
            "imports that did not come to their end, or took the same file twice",
            f"{len(wrong)}{': ' + wrong[0] if wrong else ''}",
            "0",
            not wrong,
        ),
    ]
