"""The JSON door of reports."""

from typing import Any

import msgspec
from litestar import Response, Router, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.report import commands, queries, rules
from pipir.features.report.compose.why import Why
from pipir.features.report.queries import figures, late, points
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber, ReportId
from pipir.kernel.once import Answer, Once
from pipir.statute.load import the_statute
from pipir.store.doors import Database
from pipir.store.queue import enqueue
from pipir.web.access import allow
from pipir.web.api import changed, created, shown
from pipir.web.files import attachment


class ReportOfYear(msgspec.Struct, frozen=True):
    """A year's report: its versions, the latest first, its elements, and its latest builds."""

    year: int
    versions: tuple[queries.ReportView, ...]
    sections: tuple[queries.SectionView, ...]
    builds: tuple[queries.BuildView, ...]


class JobAsked(msgspec.Struct, frozen=True):
    """A job that was asked for, and where to follow it."""

    job: int
    href: str


class AskBuild(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing but the wish to build."""


@get("/reports", opt=allow("reports.read"))
async def list_reports(db: NamedDependency[Database]) -> tuple[queries.YearView, ...]:
    """The statutory years, with how far each report has come."""
    async with db.read() as session:
        return await queries.years(session)


@post("/reports", opt=allow(commands.open_report))
async def open_report(
    data: JSONBody[commands.OpenReport],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ReportView]:
    """Open the report of a year."""
    async with db.write(actor=caller.id, command=commands.open_report.name, once=once) as session:
        report_id = await commands.open_report(session, data)
        answer = created(session, await queries.report(session, report_id), f"/api/v1/reports/{data.year}")
    return answer


@get("/reports/{year:int}", opt=allow("reports.read"))
async def show_report(
    year: FromPath[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    before: FromQuery[RecordNumber | None] = None,
) -> ReportOfYear:
    """A year's report: versions, elements, the latest builds, or those before one."""
    async with db.read() as session:
        return ReportOfYear(
            year,
            sections=await queries.sections(session, year),
            versions=await queries.versions(session, year),
            builds=await queries.builds(session, year, reader=caller.reader, before=before),
        )


@get("/reports/{year:int}/completeness", opt=allow("reports.read"))
async def show_completeness(
    year: FromPath[int], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> rules.Completeness:
    """What the report of the year still lacks, as the record stands now."""
    async with db.snapshot() as session:
        return await queries.completeness_of(session, caller.reader, year)


@post("/reports/{year:int}/builds", opt=allow("reports.build"), status_code=202)
async def ask_build(
    year: FromPath[int],
    data: JSONBody[AskBuild],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[JobAsked]:
    """Ask for a build; the job says how far it is and where the result stands."""
    rules.check_year(the_statute(), year)
    async with db.write(actor=caller.id, command=commands.BUILD, once=once) as session:
        job = await enqueue(session, commands.BUILD, {"year": year})
        asked = JobAsked(job, f"/api/v1/jobs/{job}")
        headers = {"Location": asked.href}
        session.answer = Answer(202, "application/json", headers, msgspec.json.encode(asked))
    return Response(asked, status_code=202, headers=headers)


@get("/reports/{year:int}/builds/{build_id:int}/files/{name:str}", opt=allow("reports.read"))
async def download(
    year: FromPath[int],
    build_id: FromPath[RecordNumber],
    name: FromPath[str],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """A file of a build, as an attachment."""
    async with db.read() as session:
        found = await queries.file(session, year, build_id, name, reader=caller.reader)
    return attachment(found.saved_as(year, build_id), found.body, found.media_type, sha256=found.sha256)


@get("/reports/{year:int}/builds/{build_id:int}/figures/{name:str}", opt=allow("reports.read"))
async def show_figure(
    year: FromPath[int],
    build_id: FromPath[RecordNumber],
    name: FromPath[str],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Why:
    """Why a figure stands in the report: its question, its rows by number and hash, its provision and its places."""
    async with db.read() as session:
        found = await figures.frozen_build(session, caller.reader, year, build_id)
    return figures.figure_of(found, name)[0]


@get("/reports/{year:int}/builds/{build_id:int}/late", opt=allow("reports.read"))
async def show_late(
    year: FromPath[int],
    build_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    entries_after: FromQuery[str | None] = None,
    changes_after: FromQuery[str | None] = None,
) -> late.LateFacts:
    """What is not in a report, for it came after the reading; of many the latest, and what asks for those before."""
    async with db.snapshot() as session:
        found = await figures.frozen_build(session, caller.reader, year, build_id)
        return await late.late_facts(
            session,
            caller.reader,
            build_id,
            found.snapshot,
            entries_after=entries_after,
            changes_after=changes_after,
        )


@get("/reports/{year:int}/builds/{build_id:int}/ledger", opt=allow("reports.read"))
async def show_known(
    year: FromPath[int],
    build_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    by: FromQuery[rules.Dimension] = "fiscal_year",
    fiscal_year: FromQuery[int | None] = None,
) -> tuple[late.KnownTotal, ...]:
    """What the ledger came to when a build was frozen; nothing that was posted since."""
    async with db.read() as session:
        return await late.known_totals(session, caller.reader, year, build_id, by, fiscal_year=fiscal_year)


@get("/report-versions/{report_id:int}", opt=allow("reports.read"))
async def show_version(
    report_id: FromPath[RecordNumber], db: NamedDependency[Database]
) -> Response[queries.ReportView]:
    """One version of a report."""
    async with db.read() as session:
        return shown(await queries.report(session, ReportId(report_id)))


@get("/report-versions/{report_id:int}/history", opt=allow("reports.read"))
async def version_history(
    report_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a version, newest first."""
    async with db.read() as session:
        await queries.report(session, ReportId(report_id))
        return await history(session, caller.reader, "report", report_id)


@put("/report-versions/{report_id:int}/cost", opt=allow(commands.state_cost))
async def state_cost(
    report_id: FromPath[RecordNumber],
    data: JSONBody[commands.StateCost],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ReportView]:
    """State what preparing the report cost."""
    return await _change(db, caller, commands.state_cost, ReportId(report_id), data, version)


@patch("/report-versions/{report_id:int}/freeze", opt=allow(commands.freeze_report))
async def freeze_report(
    report_id: FromPath[RecordNumber],
    data: JSONBody[commands.FreezeReport],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ReportView]:
    """Freeze the report as its latest build."""
    await _seen(db, caller, data.build_id)
    return await _change(db, caller, commands.freeze_report, ReportId(report_id), data, version)


@patch("/report-versions/{report_id:int}/coordination", opt=allow(commands.begin_coordination))
async def begin_coordination(
    report_id: FromPath[RecordNumber],
    data: JSONBody[commands.BeginCoordination],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ReportView]:
    """Give a frozen report to the offices."""
    return await _change(db, caller, commands.begin_coordination, ReportId(report_id), data, version)


@patch("/report-versions/{report_id:int}/draft", opt=allow(commands.return_to_draft))
async def return_to_draft(
    report_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReturnToDraft],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ReportView]:
    """Give a frozen report back to its writers."""
    return await _change(db, caller, commands.return_to_draft, ReportId(report_id), data, version)


@patch("/report-versions/{report_id:int}/signature", opt=allow(commands.sign_report))
async def sign_report(
    report_id: FromPath[RecordNumber],
    data: JSONBody[commands.SignReport],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ReportView]:
    """Record the signature of the frozen build."""
    await _seen(db, caller, data.build_id)
    return await _change(db, caller, commands.sign_report, ReportId(report_id), data, version)


@post("/report-versions/{report_id:int}/successor", opt=allow(commands.supersede_report))
async def supersede_report(
    report_id: FromPath[RecordNumber],
    data: JSONBody[commands.SupersedeReport],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ReportView]:
    """Open a new version that corrects a signed report."""
    async with db.write(actor=caller.id, command=commands.supersede_report.name, once=once) as session:
        new = await commands.supersede_report(session, ReportId(report_id), data, version=version)
        view = await queries.report(session, ReportId(new))
        answer = created(session, view, f"/api/v1/report-versions/{new}")
    return answer


@put("/report-sections/{section_id:int}", opt=allow(commands.write_section))
async def write_section(
    section_id: FromPath[RecordNumber],
    data: JSONBody[commands.WriteSection],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.SectionView]:
    """Write the text of an element."""
    async with db.write(actor=caller.id, command=commands.write_section.name) as session:
        await commands.write_section(session, section_id, data, version=version)
        _, view = await queries.section(session, section_id)
    return changed(view)


@patch("/report-sections/{section_id:int}/nothing", opt=allow(commands.decide_nothing))
async def decide_nothing(
    section_id: FromPath[RecordNumber],
    data: JSONBody[commands.DecideNothing],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.SectionView]:
    """Decide that there is nothing to report under an element."""
    async with db.write(actor=caller.id, command=commands.decide_nothing.name) as session:
        await commands.decide_nothing(session, section_id, data, version=version)
        _, view = await queries.section(session, section_id)
    return changed(view)


@get("/report-sections/{section_id:int}/history", opt=allow("reports.read"))
async def section_history(
    section_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of an element's text, newest first."""
    async with db.read() as session:
        await queries.section(session, section_id)
        return await history(session, caller.reader, "report_section", section_id)


@get("/reports/{year:int}/points", opt=allow("reports.read"))
async def list_points(
    year: FromPath[int], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[points.PointView, ...]:
    """The priorities and recommendations of a year's report."""
    rules.check_year(the_statute(), year)
    async with db.read() as session:
        return await points.points(session, caller.reader, (year,), withdrawn=True)


@post("/report-points", opt=allow(commands.enter_point))
async def enter_point(
    data: JSONBody[commands.EnterPoint],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[points.PointView]:
    """Enter a priority or a recommendation."""
    async with db.write(actor=caller.id, command=commands.enter_point.name, once=once) as session:
        number = await commands.enter_point(session, data)
        view = await points.point(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/report-points/{number}")
    return answer


@get("/report-points/{point_id:int}", opt=allow("reports.read"))
async def show_point(
    point_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[points.PointView]:
    """A priority or a recommendation."""
    async with db.read() as session:
        return shown(await points.point(session, caller.reader, point_id))


@get("/report-points/{point_id:int}/history", opt=allow("reports.read"))
async def point_history(
    point_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """Its changes, newest first."""
    async with db.read() as session:
        await points.point(session, caller.reader, point_id)
        return await history(session, caller.reader, "report_point", point_id)


@put("/report-points/{point_id:int}", opt=allow(commands.revise_point))
async def revise_point(
    point_id: FromPath[RecordNumber],
    data: JSONBody[commands.RevisePoint],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[points.PointView]:
    """Change a priority or a recommendation."""
    return await _change_point(db, caller, commands.revise_point, point_id, data, version)


@patch("/report-points/{point_id:int}/outcome", opt=allow(commands.state_outcome))
async def state_outcome(
    point_id: FromPath[RecordNumber],
    data: JSONBody[commands.StateOutcome],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[points.PointView]:
    """State what became of it."""
    return await _change_point(db, caller, commands.state_outcome, point_id, data, version)


@patch("/report-points/{point_id:int}/withdrawal", opt=allow(commands.withdraw_point))
async def withdraw_point(
    point_id: FromPath[RecordNumber],
    data: JSONBody[commands.WithdrawPoint],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[points.PointView]:
    """Withdraw it."""
    return await _change_point(db, caller, commands.withdraw_point, point_id, data, version)


async def _change_point(
    db: Database, caller: Caller, verb: Any, point_id: int, body: msgspec.Struct, version: int
) -> Response[points.PointView]:
    async with db.write(actor=caller.id, command=verb.name) as session:
        await verb(session, point_id, body, version=version)
        view = await points.point(session, caller.reader, point_id)
    return changed(view)


async def _change(
    db: Database, caller: Caller, verb: Any, report_id: ReportId, body: msgspec.Struct, version: int
) -> Response[queries.ReportView]:
    async with db.write(actor=caller.id, command=verb.name) as session:
        await verb(session, report_id, body, version=version)
        view = await queries.report(session, report_id)
    return changed(view)


async def _seen(db: Database, caller: Caller, build_id: int) -> None:
    """Nobody freezes or signs what they may not read."""
    async with db.read() as session:
        await queries.build(session, build_id, reader=caller.reader)


def routes() -> Router:
    """Every JSON route of reports."""
    return Router(
        path="/api/v1",
        tags=["reports"],
        route_handlers=[
            list_reports,
            open_report,
            show_report,
            show_completeness,
            ask_build,
            download,
            show_figure,
            show_late,
            show_known,
            show_version,
            version_history,
            state_cost,
            freeze_report,
            begin_coordination,
            return_to_draft,
            sign_report,
            supersede_report,
            write_section,
            decide_nothing,
            section_history,
            list_points,
            enter_point,
            show_point,
            point_history,
            revise_point,
            state_outcome,
            withdraw_point,
        ],
    )
