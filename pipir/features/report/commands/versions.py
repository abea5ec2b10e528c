"""The versions of a report: opened, frozen, coordinated, signed, superseded."""

from datetime import date

import msgspec
from sqlalchemy import func, select

from pipir.features.concurrence.commands import permit
from pipir.features.concurrence.queries import Proposal
from pipir.features.concurrence.rules import typed_of
from pipir.features.law.queries import delegations
from pipir.features.ledger import queries as ledger
from pipir.features.people.queries import reader_of
from pipir.features.report import rules
from pipir.features.report.commands.texts import check_letters
from pipir.features.report.compose.lacking import completeness
from pipir.features.report.compose.since import saved_since
from pipir.features.report.compose.snapshot import Snapshot, read
from pipir.features.report.queries import report as report_view
from pipir.features.report.queries import stored_snapshot
from pipir.features.report.queries.gathering import cost_of, written
from pipir.features.report.queries.reading import stated
from pipir.features.report.tables import Report, ReportBuild, ReportFile, ReportSection
from pipir.kernel.calendar import show_day, washington_day
from pipir.kernel.command import command
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import RecordNumber, ReportId
from pipir.kernel.money import Dollars
from pipir.kernel.text import Line, Reason
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.store.doors import WriteSession


class OpenReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The year in which the report is due."""

    year: int


class StateCost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What preparing the report cost; what is not stated yet stays out."""

    labor: Dollars | None = None
    expenses: Dollars | None = None
    stated_on: date | None = None
    reference: Line | None = None


class FreezeReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The build that goes into coordination."""

    build_id: RecordNumber


class BeginCoordination(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing but the wish to begin."""


class ReturnToDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a frozen report goes back to its writers."""

    because: Reason


class SignReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The signature as it was given: which build, in which capacity, by whom, on which day."""

    build_id: RecordNumber
    signatory: rules.Signatory
    name: Line
    signed_on: date
    delegation: Reason | None = None


class SupersedeReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a signed report needs a new version."""

    because: Reason


@command("report.open", permission="reports.build", sunset="goes on")
async def open_report(session: WriteSession, body: OpenReport) -> ReportId:
    """Open the report of a year, with an empty section for each element."""
    rules.check_year(the_statute(), body.year)
    states = (await session.scalars(select(Report.state).where(Report.year == body.year))).all()
    rules.may_open(states, body.year)  # type: ignore[arg-type]
    report = Report(year=body.year, version_no=1, state="tasked")
    session.add(report)
    await session.flush()
    await _lay_sections(session, body.year)
    return ReportId(report.id)


@command("report.state-cost", permission="reports.write", sunset="goes on")
async def state_cost(session: WriteSession, report_id: ReportId, body: StateCost, *, version: int) -> None:
    """State what preparing the report cost."""
    report = await _report(session, report_id, version)
    rules.may_write(report.state, report.year, the_statute())  # type: ignore[arg-type]
    check_letters("reference", body.reference or "")
    report.cost_labor, report.cost_expenses = body.labor, body.expenses
    report.cost_stated_on, report.cost_reference = body.stated_on, body.reference
    await session.flush()


@command("report.freeze", permission="reports.build", sunset="goes on")
async def freeze_report(session: WriteSession, report_id: ReportId, body: FreezeReport, *, version: int) -> None:
    """Freeze the report as its latest build: from here on that snapshot is what is coordinated and signed."""
    report = await _report(session, report_id, version)
    build = await _build(session, report_id, body.build_id)
    latest = await session.scalar(select(func.max(ReportBuild.id)).where(ReportBuild.report_id == report_id))
    files = await session.scalar(select(func.count()).select_from(ReportFile).where(ReportFile.build_id == build.id))
    snapshot = read(await stored_snapshot(session, build.id))
    rules.may_freeze(
        report.state,  # type: ignore[arg-type]
        whole=bool(files),
        latest=latest == build.id,
        completeness=completeness(snapshot, the_statute()),
    )
    rules.check_money_over(snapshot.status_as_of, snapshot.ledger.as_of)
    await _check_saved(session, report, build, snapshot)
    # The draft's figures were held against the ledger's totals; both are sums, which are held against the rows here.
    rules.check_books(await ledger.apart(session))
    report.state, report.frozen_build_id, report.returned_because = "frozen", build.id, None
    await session.flush()


async def _check_saved(session: WriteSession, report: Report, build: ReportBuild, snapshot: Snapshot) -> None:
    """Refuse where a text, a point or the cost stands otherwise than the build has it, to those who built it."""
    points = await stated(session, await reader_of(session, build.built_by), report.year)
    view = await report_view(session, ReportId(report.id))
    since = saved_since(snapshot, await written(session, report.year), points, cost_of(view), the_statute())
    rules.check_saved(build.id, tuple(since))


@command("report.begin-coordination", permission="reports.build", sunset="goes on")
async def begin_coordination(
    session: WriteSession, report_id: ReportId, body: BeginCoordination, *, version: int
) -> None:
    """Give a frozen report to the offices."""
    report = await _report(session, report_id, version)
    rules.may_move(report.state, "in coordination")  # type: ignore[arg-type]
    report.state = "in coordination"
    await session.flush()


@command("report.return-to-draft", permission="reports.build", sunset="goes on")
async def return_to_draft(session: WriteSession, report_id: ReportId, body: ReturnToDraft, *, version: int) -> None:
    """Give a frozen report back to its writers; the frozen build stays as it is."""
    report = await _report(session, report_id, version)
    rules.may_move(report.state, "draft")  # type: ignore[arg-type]
    report.state, report.frozen_build_id, report.returned_because = "draft", None, body.because
    await session.flush()
    # One from before reports had parts before their elements gains them here.
    await _lay_sections(session, report.year)


@command("report.sign", permission="reports.build", sunset="goes on")
async def sign_report(session: WriteSession, report_id: ReportId, body: SignReport, *, version: int) -> None:
    """Record the signature of the frozen build; from here on nothing of the report changes."""
    report = await _report(session, report_id, version)
    build = await _build(session, report_id, body.build_id)
    held = await _delegations(session, body.signed_on)
    delegation = rules.delegation_of(body.signatory, body.delegation, held, the_statute())
    rules.may_sign(
        report.state,  # type: ignore[arg-type]
        build_matches=report.frozen_build_id == build.id,
        completeness=await _completeness(session, build.id),
        signatory=body.signatory,
        delegation=delegation,
        signed_on=body.signed_on,
        frozen_on=washington_day(build.frozen_at),
        today=session.today,
        statute=the_statute(),
    )
    for field, text in (("name", body.name), ("delegation", delegation or "")):
        check_letters(field, text)
    await permit(session, _signature(report, build, body))
    report.state, report.signatory, report.signed_by = "signed", body.signatory, body.name
    report.signed_on, report.delegation = body.signed_on, delegation
    await session.flush()
    if report.supersedes_id is not None:
        earlier = await session.get(Report, report.supersedes_id, with_for_update=True)
        assert earlier is not None
        earlier.state = "superseded"
        await session.flush()


def _signature(report: Report, build: ReportBuild, body: SignReport) -> Proposal:
    """The signature as it is put to offices: the frozen build, and in which capacity it is signed."""
    named = {"report": str(report.year), "version": str(report.version_no), "sha256": build.snapshot_sha256}
    return Proposal(
        act="report-signature",
        kind="report",
        number=report.id,
        title=f"Sign the report of {report.year}",
        href=f"/reports/{report.year}",
        before=named | {"state": "in coordination"},
        after=named | {"state": "signed", "signatory": body.signatory},
        marking=build.marking,
        typed=typed_of(body),
    )


async def _delegations(session: WriteSession, on: date) -> tuple[rules.Delegated, ...]:
    """The delegations to sign the report in force on a day, as the register holds them."""
    return tuple(
        rules.Delegated(
            each.instrument,
            each.to_office,
            f"{each.instrument} of {show_day(each.instrument_on)} ({each.citation}), {each.from_office} to "
            f"{each.to_office}." + (f" Limits: {each.limits}" if each.limits else ""),
        )
        for each in await delegations(session, function="sign the annual report", on=on)
    )


@command("report.supersede", permission="reports.build", sunset="goes on")
async def supersede_report(session: WriteSession, report_id: ReportId, body: SupersedeReport, *, version: int) -> int:
    """Open a new version that corrects a signed report; the signed one stays as it is."""
    report = await _report(session, report_id, version)
    later = await session.scalar(select(func.count()).select_from(Report).where(Report.supersedes_id == report_id))
    rules.may_supersede(report.state, later=bool(later))  # type: ignore[arg-type]
    check_letters("because", body.because)
    successor = Report(
        year=report.year,
        version_no=report.version_no + 1,
        state="draft",
        supersedes_id=report.id,
        supersedes_because=body.because,
        cost_labor=report.cost_labor,
        cost_expenses=report.cost_expenses,
        cost_stated_on=report.cost_stated_on,
        cost_reference=report.cost_reference,
    )
    session.add(successor)
    await session.flush()
    await _lay_sections(session, report.year)
    return successor.id


async def _lay_sections(session: WriteSession, year: int) -> None:
    """An empty section for each part of the report that has none yet."""
    there = set(await session.scalars(select(ReportSection.element).where(ReportSection.year == year)))
    for slug in (*(each.slug for each in rules.FRONT), *(each.slug for each in lookup.report_elements(the_statute()))):
        if slug not in there:
            session.add(ReportSection(year=year, element=slug, narrative="", nothing_to_report=False))
    await session.flush()


async def _report(session: WriteSession, report_id: ReportId, version: int) -> Report:
    report = await session.get(Report, report_id, with_for_update=True)
    if report is None:
        raise NotFound("There is no report with this number.")
    session.check_version(report, version, title=f"The report of {report.year}")
    return report


async def _build(session: WriteSession, report_id: ReportId, build_id: int) -> ReportBuild:
    build = await session.get(ReportBuild, build_id)
    if build is None or build.report_id != report_id:
        raise NotFound("This report has no build with this number.")
    return build


async def _completeness(session: WriteSession, build_id: int) -> rules.Completeness:
    """What the build itself lacks, whatever was written since."""
    return completeness(read(await stored_snapshot(session, build_id)), the_statute())
