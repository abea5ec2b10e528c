"""A list of 10,000 projects, asked of the service and of a peer on the same rows (scripts/peer)."""

import asyncio
import contextlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import _served
import _setup
from sqlalchemy import text

from pipir.features.people.tables import SERVICE
from pipir.kernel.marking import audience_of, parse_marking
from pipir.store.doors import JOB, Database

ROWS = 10_000
ASKED = 300
PEER = Path(__file__).parent / "peer"
LIST = "projects?status=exploratory&status=announced&rating=green&rating=amber&limit=50"

_PROJECTS = """
    insert into project (version, number, code, name, kind, status, rating, rating_rationale, rating_review_on,
        description, objectives, classified_by, source, announced_on, workstream_id, marking, audience)
    select 1, 100000 + i, 'P-' || 100000 + i, 'Project ' || md5(i::text), (array['joint R&D', 'co-development',
        'co-production', 'supply chain'])[1 + i % 4], (array['exploratory', 'announced', 'completed'])[1 + i % 3],
        (array['green', 'amber', 'red'])[1 + i / 3 % 3], 'As planned.', date '2028-01-01', 'Made to be measured.',
        array['1253.b.' || 1 + i % 7], 'The measurement', 'Made to be measured', date '2025-12-18' + i * 7919 % 700,
        (select id from working_group order by id offset i % 4 limit 1), :marking, :audience
    from generate_series(1, :rows) i
"""
_PARTNERS = """
    insert into project_partner (version, project_id, participant_id, role, lead, reported, source)
    select 1, p.id, c.id, 'Partner', c.place = 1, true, 'Made to be measured'
    from project p
    join (select id, row_number() over (order by id) as place from participant) c on c.place <= 1 + p.number % 3
    where p.number > 100000
"""
_MILESTONES = """
    insert into milestone (version, project_id, position, name, planned_on, forecast_on)
    select 1, p.id, k, 'Milestone ' || k, date '2026-06-01' + p.number * 31 % 900 + k * 90,
        date '2026-06-01' + p.number * 37 % 900 + k * 95
    from project p, generate_series(1, 3) k
    where p.number > 100000
"""


def measure(folder: Path) -> dict[str, float]:
    """The medians in ms of one page of 50, filtered and sorted: as JSON, as a page, and as the peer serves it."""
    home, said = folder / "record", folder / "said"
    token = _served.token(home, "program-office")
    python = peer(folder)
    medians = {}
    with _served.served(home, said) as service:
        socket, port = _socket(home)
        asyncio.run(_fill(socket, port))
        signed_in = {"Authorization": f"Bearer {token}"}
        with serving(python, "projects", "pipir", socket, port, said) as peer_port:
            # In turns, so that what else the machine does falls on all three alike.
            asked = {
                "list_10k": (service.port, f"/api/v1/{LIST}&sort=-announced", signed_in),
                "list_10k_page": (service.port, f"/{LIST}&sort=-announced", signed_in),
                "drf": (peer_port, f"/api/v1/{LIST}&ordering=-announced_on,-id", {}),
            }
            _same_rows(asked)
            times: dict[str, list[float]] = {name: [] for name in asked}
            for turn in range(ASKED):
                for name, question in asked.items():
                    took = _ask(*question)[0]
                    if turn >= ASKED // 10:
                        times[name].append(took)
            medians = {name: statistics.median(found) for name, found in times.items()}
    _served.remove(home)
    return medians


async def _fill(socket: str, port: str) -> None:
    db = Database(f"postgresql+asyncpg://pipir_app@/pipir?host={socket}&port={port}", limits=JOB, size=1)
    marking = parse_marking("CUI")
    async with db.write(actor=SERVICE, command="bench.fill", exercise=True) as session:
        said = {"rows": ROWS, "marking": marking.banner, "audience": audience_of(marking)}
        await session.execute(text(_PROJECTS), said)
        await session.execute(text(_PARTNERS))
        await session.execute(text(_MILESTONES))
    await db.close()
    # What the server does by itself after a minute: else it plans for the few rows that stood there before.
    owner = Database(f"postgresql+asyncpg://pipir_owner@/pipir?host={socket}&port={port}", limits=JOB, size=1)
    async with owner.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await connection.execute(text("vacuum (analyze, skip_locked)"))
    await owner.close()


def _socket(home: Path) -> tuple[str, str]:
    lines = max(_served.place(home).glob("postgres-*/postmaster.pid")).read_text().splitlines()
    return lines[4], lines[3]


def peer(folder: Path) -> Path:
    """The peer's own environment: none of its packages is one of ours."""
    where = folder / "peer"
    subprocess.run([sys.executable, "-m", "venv", str(where)], check=True)
    command = [str(where / "bin/python"), "-m", "pip", "install", "-q", "--require-hashes", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--no-input", "-r", str(PEER / "requirements.lock")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return where / "bin/python"


@contextlib.contextmanager
def serving(
    python: Path, module: str, database: str, socket: str, db_port: str, said: Path, *, threads: int = 1
) -> Iterator[int]:
    """One worker process of a module of the peer over a database, and the port on which it answers."""
    port = _served.free_port()
    command = [str(python), "-m", "gunicorn", "--chdir", str(PEER), "-b", f"127.0.0.1:{port}", "-k", "gthread"]
    command += ["--workers", "1", "--threads", str(threads), "--keep-alive", "75", f"{module}:application"]
    environment = {**os.environ, "PIPIR_PEER_HOST": socket, "PIPIR_PEER_PORT": db_port, "PIPIR_PEER_DATABASE": database}
    with said.open("ab") as out, _setup.child(command, stdout=out, stderr=out, env=environment):
        end = time.monotonic() + 30
        while _served.status_of(port, "/") != 404:
            if time.monotonic() > end:
                raise RuntimeError(f"The peer was not ready: {said.read_text()[-800:]}")
            time.sleep(0.05)
        yield port


_kept: dict[int, http.client.HTTPConnection] = {}


def _ask(port: int, path: str, headers: dict[str, str]) -> tuple[float, bytes]:
    """Ask once on a kept connection; the time in ms and what was answered."""
    connection = _kept.setdefault(port, http.client.HTTPConnection("127.0.0.1", port, timeout=30))
    begun = time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    took = (time.perf_counter() - begun) * 1000
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {body[:200]!r}")
    return took, body


def _same_rows(asked: dict[str, Any]) -> None:
    ours = json.loads(_ask(*asked["list_10k"])[1])
    theirs = json.loads(_ask(*asked["drf"])[1])
    days = [[each["announced_on"] for each in found] for found in (ours["items"], theirs["results"])]
    if ours["total"] != theirs["count"] or days[0] != days[1] or len(days[0]) != 50:
        raise RuntimeError("The two lists do not hold the same rows.")
