"""The HTML door of reports: the statutory years, a year's workspace, its builds and their files."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.concurrence.queries import agreed
from pipir.features.report import commands, queries, rules
from pipir.features.report.pages import figures, points
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.command import Command
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import RecordNumber, ReportId
from pipir.kernel.once import Once
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.statute.model import Deadline, Provision, ReportPeriod
from pipir.store.doors import Database
from pipir.store.queue import enqueue
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.files import attachment
from pipir.web.forms import Form, filled, read_form
from pipir.web.pages import Frame

# A report's way, as the line of stages shows it; a superseded one has gone all of it.
STAGES: Final = ("tasked", "draft", "frozen", "in coordination", "signed", "transmitted", "posted")
PILLS: Final = {
    "tasked": "neutral",
    "draft": "draft",
    "frozen": "info",
    "in coordination": "waiting",
    "signed": "ok",
    "transmitted": "ok",
    "posted": "ok",
    "superseded": "done",
}
_LAW: Final = ("1253.f.1.A", "public-posting", "publishing-office-exclusion", "signatory", "correction")


@dataclass(frozen=True)
class _YearsPage:
    years: tuple[queries.YearView, ...]
    pills: dict[str, str]
    law: Provision


@dataclass(frozen=True)
class _ReportPage:
    year: int
    period: ReportPeriod
    deadline: Deadline
    days_left: int
    report: queries.ReportView | None
    versions: tuple[queries.ReportView, ...]
    sections: tuple[queries.SectionView, ...]
    completeness: rules.Completeness
    builds: tuple[queries.BuildView, ...]
    build_count: int
    older_href: str
    latest_build: int | None
    history: tuple[TrailView, ...]
    binder: Binder | None
    law: tuple[Provision, ...]
    pills: dict[str, str]
    stages: tuple[str, ...]
    stage: int
    writable: bool
    frozen: bool
    signed: bool
    may_build: bool
    may_write: bool
    may_promise: bool
    return_form: Form[commands.ReturnToDraft]
    supersede_form: Form[commands.SupersedeReport]


@dataclass(frozen=True)
class _FormPage:
    year: int
    report: queries.ReportView
    form: Form[Any]
    signatories: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str
    law: Provision


@get("/reports", opt=allow("reports.read"))
async def reports(frame: NamedDependency[Frame], db: NamedDependency[Database]) -> Response[bytes]:
    """The five statutory years."""
    async with db.read() as session:
        page = _YearsPage(await queries.years(session), dict(PILLS), the_statute().provision("1253.f.1.A"))
        return frame.show("report/reports.html", page, now=session.now)


@get("/reports/{year:int}", opt=allow("reports.read"))
async def show_report(
    year: FromPath[int],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    before: FromQuery[RecordNumber | None] = None,
) -> Response[bytes]:
    """A year's report: its elements, what is missing, its latest builds, or those before one."""
    return await _report_page(frame, db, caller, year, before=before)


@post("/reports/{year:int}/build", opt=allow("reports.build"), status_code=303)
async def ask_build(
    year: FromPath[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Ask for a build, and follow its job."""
    rules.check_year(the_statute(), year)
    async with db.write(actor=caller.id, command=commands.BUILD, once=once) as session:
        job = await enqueue(session, commands.BUILD, {"year": year})
        answer = see_other(session, f"/jobs/{job}")
    return answer


@post("/reports/{year:int}/open", opt=allow(commands.open_report), status_code=303)
async def open_report(
    year: FromPath[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Open the report of the year."""
    async with db.write(actor=caller.id, command=commands.open_report.name, once=once) as session:
        await commands.open_report(session, commands.OpenReport(year))
        answer = see_other(session, f"/reports/{year}")
    return answer


@post("/reports/{year:int}/freeze", opt=allow(commands.freeze_report), status_code=303)
async def freeze_report(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Freeze the report as its latest build."""
    form = await read_form(request, commands.FreezeReport)
    body = form.value()
    async with db.read() as session:
        await queries.build(session, body.build_id, reader=caller.reader)
    await _act(db, caller, year, commands.freeze_report, body, form.version)
    return see_other(None, f"/reports/{year}")


@post("/reports/{year:int}/coordination", opt=allow(commands.begin_coordination), status_code=303)
async def begin_coordination(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Give the frozen report to the offices."""
    form = await read_form(request, commands.BeginCoordination)
    await _act(db, caller, year, commands.begin_coordination, form.value(), form.version)
    return see_other(None, f"/reports/{year}")


@post("/reports/{year:int}/draft", opt=allow(commands.return_to_draft), status_code=303)
async def return_to_draft(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Give the frozen report back to its writers."""
    form = await read_form(request, commands.ReturnToDraft)
    with form:
        await _act(db, caller, year, commands.return_to_draft, form.value(), form.version)
        return see_other(None, f"/reports/{year}")
    return await _report_page(frame, db, caller, year, return_form=form, status=form.status)


@post("/reports/{year:int}/supersede", opt=allow(commands.supersede_report), status_code=303)
async def supersede_report(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Open a new version that corrects the signed report."""
    form = await read_form(request, commands.SupersedeReport)
    with form:
        await _act(db, caller, year, commands.supersede_report, form.value(), form.version)
        return see_other(None, f"/reports/{year}")
    return await _report_page(frame, db, caller, year, supersede_form=form, status=form.status)


@get("/reports/{year:int}/cost", opt=allow(commands.state_cost))
async def show_cost(
    year: FromPath[int], frame: NamedDependency[Frame], db: NamedDependency[Database]
) -> Response[bytes]:
    """The form of the cost statement."""
    return await _cost_page(frame, db, year)


@post("/reports/{year:int}/cost", opt=allow(commands.state_cost), status_code=303)
async def state_cost(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """State what preparing the report cost."""
    form = await read_form(request, commands.StateCost)
    with form:
        await _act(db, caller, year, commands.state_cost, form.value(), form.version)
        return see_other(None, f"/reports/{year}")
    return await _cost_page(frame, db, year, form)


@get("/reports/{year:int}/sign", opt=allow(commands.sign_report))
async def show_sign(
    year: FromPath[int],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    coordination: FromQuery[RecordNumber | None] = None,
) -> Response[bytes]:
    """The form of the signature, filled where it is agreed."""
    if coordination is None:
        return await _sign_page(frame, db, year)
    async with db.read() as session:
        report = await _current(session, year)
        asked = await agreed(session, caller.reader, coordination, "report-signature", "report", report.id)
    # Signed is the frozen build, whichever was typed.
    build = {"build_id": str(report.frozen_build_id or ""), "signatory": asked.value_after.get("signatory", "")}
    return await _sign_page(frame, db, year, filled(commands.SignReport, asked.typed, build))


@post("/reports/{year:int}/sign", opt=allow(commands.sign_report), status_code=303)
async def sign_report(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Record the signature, and ask for the signed edition."""
    form = await read_form(request, commands.SignReport)
    with form:
        body = form.value()
        async with db.read() as session:
            await queries.build(session, body.build_id, reader=caller.reader)
        await _act(db, caller, year, commands.sign_report, body, form.version)
        async with db.write(actor=caller.id, command=commands.BUILD) as session:
            job = await enqueue(session, commands.BUILD, {"year": year})
        return see_other(None, f"/jobs/{job}")
    return await _sign_page(frame, db, year, form)


@get("/reports/{year:int}/builds/{build_id:int}/{name:str}", opt=allow("reports.read"))
async def download(
    year: FromPath[int],
    build_id: FromPath[RecordNumber],
    name: FromPath[str],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """A file of a build, to be saved."""
    async with db.read() as session:
        found = await queries.file(session, year, build_id, name, reader=caller.reader)
    return attachment(found.saved_as(year, build_id), found.body, found.media_type, sha256=found.sha256)


# ---- how the pages are made


async def _report_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    year: int,
    *,
    return_form: Form[commands.ReturnToDraft] | None = None,
    supersede_form: Form[commands.SupersedeReport] | None = None,
    before: int | None = None,
    status: int = 200,
) -> Response[bytes]:
    law = the_statute()
    _known(year)
    period = lookup.report_period(law, year)
    deadline = lookup.deadline(law, f"report-{year}")
    async with db.snapshot() as session:
        versions = await queries.versions(session, year)
        current = versions[0] if versions else None
        builds = await queries.builds(session, year, reader=caller.reader, before=before, limit=queries.MOST_BUILDS + 1)
        older = len(builds) > queries.MOST_BUILDS
        builds = builds[: queries.MOST_BUILDS]
        whole = [each.id for each in builds if current and each.report_id == current.id and each.files]
        page = _ReportPage(
            year=year,
            period=period,
            deadline=deadline,
            days_left=(deadline.statutory_day - session.today).days,
            report=current,
            versions=versions,
            sections=await queries.sections(session, year),
            completeness=await queries.completeness_of(session, caller.reader, year),
            builds=builds,
            build_count=await queries.count_builds(session, year, reader=caller.reader),
            older_href=f"/reports/{year}?before={builds[-1].id}#builds" if older else "",
            latest_build=max(whole) if whole and before is None else None,
            history=await history(session, caller.reader, "report", current.id) if current else (),
            binder=await binder(session, caller, "report", current.id) if current else None,
            law=tuple(law.provision(slug) for slug in _LAW),
            pills=dict(PILLS),
            stages=STAGES,
            stage=STAGES.index(current.state)
            if current and current.state in STAGES
            else len(STAGES)
            if current
            else -1,
            writable=current is not None and current.state in rules.OPEN,
            frozen=current is not None and current.state in rules.FROZEN,
            signed=current is not None and current.state in rules.SEALED,
            may_build=caller.may("reports.build"),
            may_write=caller.may("reports.write"),
            may_promise=caller.may("congress.change"),
            return_form=return_form or Form(commands.ReturnToDraft),
            supersede_form=supersede_form or Form(commands.SupersedeReport),
        )
        return frame.show("report/report.html", page, now=session.now, status=status)


async def _cost_page(
    frame: Frame, db: Database, year: int, form: Form[commands.StateCost] | None = None
) -> Response[bytes]:
    async with db.read() as session:
        report = await _current(session, year)
        shown = form or Form(
            commands.StateCost,
            {
                "labor": str(report.cost_labor) if report.cost_labor is not None else "",
                "expenses": str(report.cost_expenses) if report.cost_expenses is not None else "",
                "stated_on": report.cost_stated_on.isoformat() if report.cost_stated_on else "",
                "reference": report.cost_reference or "",
            },
        )
        page = _FormPage(
            year,
            report,
            shown,
            (),
            f"/reports/{year}/cost",
            f"/reports/{year}",
            the_statute().provision("cost-statement"),
        )
        return frame.show("report/cost_form.html", page, now=session.now, status=shown.status)


async def _sign_page(
    frame: Frame, db: Database, year: int, form: Form[commands.SignReport] | None = None
) -> Response[bytes]:
    async with db.read() as session:
        report = await _current(session, year)
        shown = form or Form(commands.SignReport, {"build_id": str(report.frozen_build_id or "")})
        page = _FormPage(
            year,
            report,
            shown,
            tuple((each, each) for each in rules.SIGNATORIES),
            f"/reports/{year}/sign",
            f"/reports/{year}",
            the_statute().provision("signatory"),
        )
        return frame.show("report/sign_form.html", page, now=session.now, status=shown.status)


async def _act(db: Database, caller: Caller, year: int, verb: Command[..., Any], body: object, version: int) -> None:
    """Run a command on the latest version of the year's report."""
    async with db.write(actor=caller.id, command=verb.name) as session:
        report = await _current(session, year)
        await verb(session, ReportId(report.id), body, version=version)


async def _current(session: Any, year: int) -> queries.ReportView:
    _known(year)
    found = await queries.versions(session, year)
    if not found:
        raise NotFound(f"No report of {year} was opened.")
    return found[0]


def _known(year: int) -> None:
    """A page of a year in which no report is due does not exist."""
    if year not in lookup.report_years(the_statute()):
        raise NotFound("No report is due in this year.")


def routes() -> Router:
    """Every page of reports."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[
            reports,
            show_report,
            ask_build,
            open_report,
            freeze_report,
            begin_coordination,
            return_to_draft,
            supersede_report,
            show_cost,
            state_cost,
            show_sign,
            sign_report,
            *figures.HANDLERS,
            *points.HANDLERS,
            download,
        ],
    )
