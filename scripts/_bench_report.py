"""The report at three sizes: the whole build beside the PDF engine alone, its memory, and the freeze by itself."""

import asyncio
import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import _bench_ledger
import _served
import _setup
from sqlalchemy import text

sys.path.insert(0, str(_setup.CHECKOUT))

from pipir.features.people.tables import SERVICE
from pipir.features.report import commands, queries
from pipir.features.report.queries.reading import seen_by
from pipir.kernel.ids import ReportId
from pipir.kernel.marking import audience_of, parse_marking
from pipir.store.doors import Database, Limits
from pipir.store.embedded import EmbeddedServer, prepare
from pipir.store.migrate import Clock, make_installation, migrate

TIMES: Final = 3
# The report of the exercise program, and the one that covers all five years of the measured ledger.
YEAR_OF_60: Final = 2029
YEAR: Final = 2031
_ENGINE: Final = """
import pathlib, sys
from pipir.document.model import read
from pipir.document.pdf import render_volumes
render_volumes(read(pathlib.Path(sys.argv[1]).read_bytes()))
"""
# Beside the projects that the ledger's entries name, so that there are as many as are asked for.
_PROJECTS: Final = """
    insert into project (version, number, code, name, kind, status, rating, rating_rationale, rating_review_on,
        description, objectives, classified_by, source, announced_on, workstream_id, marking, audience)
    select 1, 200000 + i, 'P-' || 200000 + i, 'Project ' || i, (array['joint R&D', 'co-development', 'co-production',
        'supply chain'])[1 + i % 4], 'announced', (array['green', 'amber', 'red'])[1 + i / 3 % 3], 'As planned.',
        date '2028-01-01', 'Made to be measured, in as many words as a description of a project usually has.',
        array['1253.b.' || 1 + i % 7], 'The measurement', 'Made to be measured', date '2025-12-18' + i * 7919 % 700,
        null, :marking, :audience
    from generate_series(cast(:first as integer), :last) i
"""
_PARTNERS: Final = """
    insert into project_partner (version, project_id, participant_id, role, lead, reported, source)
    select 1, p.id, c.id, 'Partner', c.place = 1, true, 'Made to be measured'
    from project p
    join (select id, row_number() over (order by id) as place from participant) c on c.place <= 1 + p.number % 3
    where not exists (select from project_partner o where o.project_id = p.id)
"""
_MILESTONES: Final = """
    insert into milestone (version, project_id, position, name, planned_on, forecast_on)
    select 1, p.id, k, 'Milestone ' || k, date '2026-06-01' + p.number * 31 % 900 + k * 90,
        date '2026-06-01' + p.number * 37 % 900 + k * 95
    from project p, generate_series(1, 3) k
    where not exists (select from milestone o where o.project_id = p.id)
"""


def measure(folder: Path, *, entries: int) -> dict[str, float]:
    """Every measured value of the report by its name; without entries those of the exercise program alone."""
    return _of_60(folder) | (_of_many(folder, entries) if entries else {})


def _of_60(folder: Path) -> dict[str, float]:
    """The whole draft of the exercise program with its database's start, and its model through the engine alone."""
    home, out = folder / "report", folder / "out"
    _served.must(_served.pipir(home, "exercise"))
    whole, alone, _ = _beside(out, YEAR_OF_60, _served.environment(home), TIMES)
    _served.remove(home)
    return {"build_s_60": whole, "build_vs_pdf_engine_60": whole / alone}


def _of_many(folder: Path, entries: int) -> dict[str, float]:
    """The same at 600 and at 6,000 projects over one large ledger, and the freeze by itself."""
    home, out = folder / "many", folder / "out"
    found: dict[str, float] = {}
    with EmbeddedServer.start(home, durable=True) as server:
        prepare(server)
        owner = server.url("pipir_owner", "pipir")
        db = Database(server.url("pipir_app", "pipir"), limits=Limits("bench", 0, 0, 0), size=2)
        environment = _served.environment(home, DATABASE_URL=server.url("pipir_app", "pipir"))

        async def filled() -> None:
            await migrate(owner)
            await make_installation(owner, "exercise", Clock(_bench_ledger.NOW))
            await _bench_ledger.fill(db)
            await _bench_ledger.grow(db, 0, entries, _bench_ledger.say)
            # The projects that the ledger's own measure brings are the first 600.
            await _projects(db, owner, 601, 600)
            found["freeze_s_10m"] = await _freezes(db)

        async def more() -> None:
            await _projects(db, owner, 601, 6000)
            await db.close()

        with asyncio.Runner() as runner:
            runner.run(filled())
            whole, alone, _ = _beside(out, YEAR, environment, TIMES)
            found |= {"build_s_600": whole, "build_vs_pdf_engine_600": whole / alone}
            runner.run(more())
            whole, alone, peak = _beside(out, YEAR, environment, 1)
            found |= {"build_s_6000": whole, "build_vs_pdf_engine_6000": whole / alone, "peak_mb_6000": peak}
    _served.remove(home)
    return found


async def _projects(db: Database, owner: str, first: int, last: int) -> None:
    marking = parse_marking("CUI")
    said = {"marking": marking.banner, "audience": audience_of(marking), "first": first, "last": last}
    async with db.write(actor=SERVICE, command="bench.fill", exercise=True) as session:
        await session.execute(text(_PROJECTS), said)
        await session.execute(text(_PARTNERS))
        await session.execute(text(_MILESTONES))
    await _bench_ledger.analyze(owner)


async def _freezes(db: Database) -> float:
    """The seconds of a freeze, from the first row that is read to the snapshot stored: the median."""
    async with db.write(actor=SERVICE, command=commands.open_report.name, exercise=True) as session:
        report = await commands.open_report(session, commands.OpenReport(YEAR))
    times = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        async with db.snapshot() as reading:
            snapshot = await queries.gather(reading, _bench_ledger.OFFICE, YEAR)
            seen = await seen_by(reading)
        async with db.write(actor=SERVICE, command=commands.BUILD, exercise=True) as session:
            await commands.store_build(session, ReportId(report), snapshot, seen=seen)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def _beside(out: Path, year: int, environment: Mapping[str, str], times: int) -> tuple[float, float, float]:
    """The whole build and the engine alone in turns, in seconds: their medians, and the most megabytes of a build."""
    build = [str(_served.PIPIR), "report", "build", str(year), "--out", str(out)]
    engine = [sys.executable, "-c", _ENGINE, str(out / "report.json")]
    whole, alone, peak = [], [], 0.0
    for _ in range(times):
        seconds, megabytes = _watched(build, environment)
        whole.append(seconds)
        peak = max(peak, megabytes)
        alone.append(_served.measured(engine, environment)[0])
        _bench_ledger.say(f"the report of {year}: {seconds:.1f} s, the engine alone {alone[-1]:.1f} s")
    return statistics.median(whole), statistics.median(alone), peak


def _watched(command: list[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """The seconds of a command, and the most megabytes that it and its children held at once, the database's not."""
    begun = time.monotonic()
    with subprocess.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        peak = 0
        while process.poll() is None:
            peak = max(peak, sum(_kilobytes(pid) for pid in _tree(process.pid)))
            time.sleep(0.05)
        seconds = time.monotonic() - begun
        assert process.stderr is not None
        said = process.stderr.read().decode()
    if process.returncode:
        raise RuntimeError(f"The build failed: {said[-800:]}")
    return seconds, peak / 1024


def _tree(pid: int) -> list[int]:
    """A process with those that it started, and they; none of the database's."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                if not Path(f"/proc/{child}/comm").read_text().startswith("postgres"):
                    found += _tree(int(child))
    return found


def _kilobytes(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])
    return 0
