"""What can change in reports."""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

import msgspec
from sqlalchemy import func, insert, select

from pipir.document import faces, markup
from pipir.document.text import missing, named
from pipir.features.concurrence.commands import permit
from pipir.features.concurrence.queries import Proposal
from pipir.features.concurrence.rules import typed_of
from pipir.features.law.queries import delegations
from pipir.features.ledger import queries as ledger
from pipir.features.people.queries import reader_of
from pipir.features.people.tables import Office, Person
from pipir.features.projects.tables import Project
from pipir.features.report import rules
from pipir.features.report.compose.cuts import counted, totals_of, untied
from pipir.features.report.compose.facts import figure_names
from pipir.features.report.compose.lacking import completeness
from pipir.features.report.compose.snapshot import Snapshot, canonical, digest, read
from pipir.features.report.queries.reading import Seen
from pipir.features.report.tables import Report, ReportBuild, ReportFile, ReportPoint, ReportSection, ReportTotal
from pipir.kernel import merging
from pipir.kernel.calendar import show_day, washington_day
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound, Refused
from pipir.kernel.ids import RecordNumber, ReportId
from pipir.kernel.marking import parse_marking
from pipir.kernel.money import Dollars
from pipir.kernel.text import Line, Prose, Reason
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession

# Four hundred lines of a hundred characters, and room to breathe.
Narrative = Annotated[
    str,
    msgspec.Meta(
        max_length=60_000,
        pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$",
        description="Text of up to 60,000 characters in the markup of reports.",
    ),
]
MEDIA_TYPES: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "sha256": "text/plain; charset=utf-8",
}


# The job that builds, and the name under which its writes stand in the trail.
BUILD = "report.build"


class OpenReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The year in which the report is due."""

    year: int


class StateCost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What preparing the report cost; what is not stated yet stays out."""

    labor: Dollars | None = None
    expenses: Dollars | None = None
    stated_on: date | None = None
    reference: Line | None = None


class WriteSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text of a section; a blank one takes back what was written or decided."""

    narrative: Narrative = ""


class AssignSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who owns a section, and by which day its text is due."""

    owner_office_id: RecordNumber | None = None
    owner_person_id: RecordNumber | None = None
    due_on: date | None = None


class DecideNothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The reason why there is nothing to report; it is printed."""

    because: Reason


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


class EnterPoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A priority or a recommendation: of which report, in which words, and what belongs to it."""

    year: int
    of: rules.Of
    name: Line
    words: Prose = ""
    kind: rules.RecommendationKind | None = None
    project_id: RecordNumber | None = None
    objective: Line | None = None
    planned: Dollars | None = None
    clearance: rules.Clearance | None = None


class RevisePoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same of one that stands."""

    name: Line
    words: Prose = ""
    kind: rules.RecommendationKind | None = None
    project_id: RecordNumber | None = None
    objective: Line | None = None
    planned: Dollars | None = None
    clearance: rules.Clearance | None = None


class StateOutcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of it, and why."""

    outcome: rules.Outcome
    because: Reason


class WithdrawPoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is withdrawn."""

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
    report.cost_labor, report.cost_expenses = body.labor, body.expenses
    report.cost_stated_on, report.cost_reference = body.stated_on, body.reference
    await session.flush()


@command("section.write", permission="reports.write", sunset="goes on")
async def write_section(session: WriteSession, section_id: int, body: WriteSection, *, version: int) -> None:
    """Write the text of a section; whatever was decided about it before is taken back."""
    section = await _section(session, section_id, version)
    check_text(body.narrative)
    section.narrative, section.nothing_to_report, section.decided_because = body.narrative.strip(), False, None
    section.decided_by_id = section.decided_at = None
    await session.flush()


@command("section.decide-nothing", permission="reports.write", sunset="goes on")
async def decide_nothing(session: WriteSession, section_id: int, body: DecideNothing, *, version: int) -> None:
    """Decide that there is nothing to report under an element, with the reason that is printed."""
    section = await _section(session, section_id, version)
    rules.may_decide_nothing(section.element)
    _check_letters("because", body.because)
    section.narrative, section.nothing_to_report, section.decided_because = "", True, body.because.strip()
    section.decided_by_id, section.decided_at = session.actor, session.now
    await session.flush()


@command("section.assign", permission="reports.write", sunset="goes on")
async def assign_section(session: WriteSession, section_id: int, body: AssignSection, *, version: int) -> None:
    """Say which office owns a section, which person there, and by which day its text is due; none takes it back."""
    section = await _section(session, section_id, version)
    mistakes = []
    if body.owner_office_id is not None and await session.get(Office, body.owner_office_id) is None:
        mistakes.append(Mistake("owner_office_id", "Expected an office of this record.", str(body.owner_office_id)))
    if body.owner_person_id is not None and await session.get(Person, body.owner_person_id) is None:
        mistakes.append(Mistake("owner_person_id", "Expected a person of this record.", str(body.owner_person_id)))
    if body.owner_office_id is None and (body.owner_person_id is not None or body.due_on is not None):
        mistakes.append(Mistake("owner_office_id", "Expected the office that the person or the day belongs to."))
    if mistakes:
        raise Invalid("The owner needs correcting.", mistakes=tuple(mistakes))
    section.owner_office_id, section.owner_person_id = body.owner_office_id, body.owner_person_id
    section.due_on = body.due_on
    await session.flush()


@command("report.enter-point", permission="reports.write", sunset="goes on")
async def enter_point(session: WriteSession, body: EnterPoint) -> int:
    """Enter a priority or a recommendation of the year's open report."""
    rules.check_year(the_statute(), body.year)
    await _open_report(session, body.year)
    await _check_point(session, body.of, body)
    if body.project_id is not None:
        await _check_project(session, body.project_id)
    last = await session.scalar(
        select(func.max(ReportPoint.place)).where(ReportPoint.year == body.year, ReportPoint.of == body.of)
    )
    point = ReportPoint(place=(last or 0) + 1, **_fields(body))
    session.add(point)
    await session.flush()
    return point.id


@command("report.revise-point", permission="reports.write", sunset="goes on")
async def revise_point(session: WriteSession, point_id: int, body: RevisePoint, *, version: int) -> None:
    """Change a priority or a recommendation while its report is open."""
    point = await _point(session, point_id, version)
    await _open_report(session, point.year)
    # A project that the writer may not see stands in their form as none; it is not theirs to take away.
    if body.project_id is None and point.project_id is not None and not await _sees_project(session, point.project_id):
        body = msgspec.structs.replace(body, project_id=point.project_id)
    elif body.project_id is not None:
        await _check_project(session, body.project_id)
    await _check_point(session, point.of, body)
    for name, value in _fields(body).items():
        setattr(point, name, value)
    await session.flush()


@command("report.state-outcome", permission="reports.write", sunset="goes on")
async def state_outcome(session: WriteSession, point_id: int, body: StateOutcome, *, version: int) -> None:
    """State what became of a priority or a recommendation of a signed report."""
    point = await _point(session, point_id, version)
    state = await session.scalar(
        select(Report.state).where(Report.year == point.year).order_by(Report.version_no.desc()).limit(1)
    )
    rules.may_state_outcome(point.of, state, point.year, body.outcome)  # type: ignore[arg-type]
    _check_letters("because", body.because)
    point.outcome, point.outcome_because = body.outcome, body.because
    await session.flush()


@command("report.withdraw-point", permission="reports.write", sunset="goes on")
async def withdraw_point(session: WriteSession, point_id: int, body: WithdrawPoint, *, version: int) -> None:
    """Withdraw a priority or a recommendation while its report is open; it stays in the record."""
    point = await _point(session, point_id, version)
    await _open_report(session, point.year)
    point.withdrawn_because = body.because
    await session.flush()


@command("report.freeze", permission="reports.build", sunset="goes on")
async def freeze_report(session: WriteSession, report_id: ReportId, body: FreezeReport, *, version: int) -> None:
    """Freeze the report as its latest build: from here on that snapshot is what is coordinated and signed."""
    report = await _report(session, report_id, version)
    build = await _build(session, report_id, body.build_id)
    latest = await session.scalar(select(func.max(ReportBuild.id)).where(ReportBuild.report_id == report_id))
    files = await session.scalar(select(func.count()).select_from(ReportFile).where(ReportFile.build_id == build.id))
    rules.may_freeze(
        report.state,  # type: ignore[arg-type]
        whole=bool(files),
        latest=latest == build.id,
        completeness=await _completeness(session, build.id),
    )
    # The draft's figures were held against the ledger's totals; both are sums, which are held against the rows here.
    rules.check_books(await ledger.apart(session))
    report.state, report.frozen_build_id, report.returned_because = "frozen", build.id, None
    await session.flush()


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
    delegation = body.delegation or await _recorded_delegation(session, body.signatory, body.signed_on)
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
        _check_letters(field, text)
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


async def _recorded_delegation(session: WriteSession, signatory: str, on: date) -> str | None:
    """The delegation in force on the day of a signature that is not the Secretary's own, as the register holds it.

    Where several offices hold one, nothing here says which of them has signed: Invalid asks for it.
    """
    held = await delegations(session, function="sign the annual report", on=on) if signatory != rules.SECRETARY else ()
    if not held:
        return None
    if len(held) > 1:
        expected = "Expected the one that the signature rests on: " + "; ".join(
            f"{each.instrument}, to {each.to_office}" for each in held
        )
        raise Invalid(
            "Several delegations to sign the report are in force on that day.",
            citation=the_statute().citation("signatory"),
            mistakes=(Mistake("delegation", f"{expected}."),),
        )
    [found] = held
    limits = f" Limits: {found.limits}" if found.limits else ""
    by = f"{found.instrument} of {show_day(found.instrument_on)} ({found.citation})"
    return f"{by}, {found.from_office} to {found.to_office}.{limits}"


@command("report.supersede", permission="reports.build", sunset="goes on")
async def supersede_report(session: WriteSession, report_id: ReportId, body: SupersedeReport, *, version: int) -> int:
    """Open a new version that corrects a signed report; the signed one stays as it is."""
    report = await _report(session, report_id, version)
    later = await session.scalar(select(func.count()).select_from(Report).where(Report.supersedes_id == report_id))
    rules.may_supersede(report.state, later=bool(later))  # type: ignore[arg-type]
    _check_letters("because", body.because)
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


async def store_build(
    session: WriteSession,
    report_id: ReportId,
    snapshot: Snapshot,
    *,
    seen: Seen | None = None,
    exercise: bool | None = None,
    of_build_id: int | None = None,
) -> int:
    """Store a snapshot as it was frozen; the first build of a tasked report makes it a draft. Returns its number.

    `seen` is what was visible to the reading; a signed edition is of a reading that its draft noted. Refused where its
    tables do not tie. Who may read it is narrowed below what its marking says, to those who may read
    every row of it.
    """
    lines = counted(snapshot.read.lines if snapshot.read else ())
    rules.check_tied([(each.where, each.measure, each.ours, each.ledger) for each in untied(snapshot, lines)])
    report = await session.get(Report, report_id, with_for_update=True)
    if report is None:
        raise NotFound("There is no report with this number.")
    if report.state == "tasked":
        report.state = "draft"
    content = canonical(snapshot)
    build = ReportBuild(
        report_id=report_id,
        stage=snapshot.stage,
        of_build_id=of_build_id,
        snapshot=content,
        snapshot_sha256=digest(content),
        frozen_at=snapshot.frozen_at,
        statute_digest=snapshot.statute_digest,
        built_by=session.actor,
        exercise=snapshot.exercise if exercise is None else exercise,
        seen=seen.transactions if seen else None,
        trail_id=seen.trail_id if seen else None,
    )
    build.mark(parse_marking(snapshot.banner))
    build.audience &= snapshot.audience
    session.add(build)
    await session.flush()
    # A signed edition is of the build that was frozen, and so are its totals.
    if lines and of_build_id is None:
        await session.execute(
            insert(ReportTotal),
            [
                {
                    "build_id": build.id,
                    "dimension": dimension,
                    "key": key,
                    "label": label,
                    "fiscal_year": year,
                    "lines": sums.rows,
                    "contributed": sums.partner,
                    **{name: getattr(sums, name) for name in _SUMMED},
                }
                for dimension, key, label, year, sums in totals_of(lines)
            ],
        )
    return build.id


_SUMMED: Final = ("authority", "committed", "obligated", "obligated_1253", "obligated_continuing", "expended")


async def store_files(session: WriteSession, build_id: int, files: Mapping[str, bytes]) -> None:
    """Store the files of a build; it has none before, or the database refuses."""
    for name, content in files.items():
        session.add(
            ReportFile(
                build_id=build_id,
                name=name,
                media_type=MEDIA_TYPES[name.rpartition(".")[2]],
                sha256=hashlib.sha256(content).hexdigest(),
                size=len(content),
                body=content,
            )
        )
    await session.flush()


async def _lay_sections(session: WriteSession, year: int) -> None:
    """An empty section for each part of the report that has none yet."""
    there = set(await session.scalars(select(ReportSection.element).where(ReportSection.year == year)))
    for slug in (*(each.slug for each in rules.FRONT), *(each.slug for each in lookup.report_elements(the_statute()))):
        if slug not in there:
            session.add(ReportSection(year=year, element=slug, narrative="", nothing_to_report=False))
    await session.flush()


def check_text(narrative: str) -> None:
    """Refuse a text that the report could not print: its letters, its figures, digits where a figure is named."""
    _check_letters("narrative", narrative)
    if merging.has_marks(narrative):
        raise Invalid(
            "The text still holds the marks of a merge.",
            mistakes=(
                Mistake("narrative", "Expected one text: choose between the marked lines, and take the marks out."),
            ),
        )
    wrong = markup.mistakes(narrative, figure_names(the_statute()))
    if wrong:
        raise Invalid("The text names figures that the report does not have, or holds digits.", mistakes=wrong)


def _check_letters(field: str, text: str) -> None:
    """Refuse a character that the report's fonts cannot print, where it is typed and not when the report is due."""
    lacking = missing(text, faces.characters())
    if lacking:
        raise Invalid(
            "The text holds a character that the report cannot print.",
            mistakes=tuple(
                Mistake(field, "Expected characters that the report's fonts hold; not: " + named(character) + ".")
                for character in lacking[:20]
            ),
        )


async def _report(session: WriteSession, report_id: ReportId, version: int) -> Report:
    report = await session.get(Report, report_id, with_for_update=True)
    if report is None:
        raise NotFound("There is no report with this number.")
    session.check_version(report, version, title=f"The report of {report.year}")
    return report


async def _section(session: WriteSession, section_id: int, version: int) -> ReportSection:
    section = await session.get(ReportSection, section_id, with_for_update=True)
    if section is None:
        raise NotFound("There is no section with this number.")
    # The year's report is held while its text changes, so that no freeze passes in between.
    report = await session.scalar(
        select(Report).where(Report.year == section.year).order_by(Report.version_no.desc()).limit(1).with_for_update()
    )
    rules.may_write(report.state if report else None, section.year, the_statute())  # type: ignore[arg-type]
    session.check_version(section, version, title="The text of this element")
    if report is not None and report.state == "tasked":
        report.state = "draft"
    return section


async def _open_report(session: WriteSession, year: int) -> None:
    """Hold the year's report, so that no freeze passes in between; refused where it is not open."""
    report = await session.scalar(
        select(Report).where(Report.year == year).order_by(Report.version_no.desc()).limit(1).with_for_update()
    )
    rules.may_write(report.state if report else None, year, the_statute())  # type: ignore[arg-type]
    if report is not None and report.state == "tasked":
        report.state = "draft"


async def _point(session: WriteSession, point_id: int, version: int) -> ReportPoint:
    point = await session.get(ReportPoint, point_id, with_for_update=True)
    if point is None:
        raise NotFound("There is no priority or recommendation with this number.")
    session.check_version(point, version, title=f"“{point.name}”")
    if point.withdrawn_because is not None:
        raise Refused(f"“{point.name}” is withdrawn; it stays as it is.", way_out="Enter it anew.")
    return point


async def _check_point(session: WriteSession, of: str, body: EnterPoint | RevisePoint) -> None:
    rules.check_point(
        of, kind=body.kind, clearance=body.clearance, project=body.project_id is not None, planned=body.planned
    )
    if body.objective is not None:
        wrong = lookup.objective_mistakes([body.objective], the_statute())
        if wrong:
            raise Invalid(
                "The objective needs correcting.",
                mistakes=tuple(Mistake("objective", each.expected, body.objective) for each in wrong),
            )
    for field, text in (("name", body.name), ("words", body.words)):
        _check_letters(field, text)


async def _check_project(session: WriteSession, project_id: int) -> None:
    # One that the writer may not see is as one that is not there.
    if not await _sees_project(session, project_id):
        raise Invalid(
            "The project needs correcting.",
            mistakes=(Mistake("project_id", "Expected the number of a project.", str(project_id)),),
        )


async def _sees_project(session: WriteSession, project_id: int) -> bool:
    reader = await reader_of(session, session.actor)
    seen = select(Project.id).where(Project.id == project_id, visible_to(reader, Project))
    return await session.scalar(seen) is not None


def _fields(body: EnterPoint | RevisePoint) -> dict[str, Any]:
    return {name: getattr(body, name) for name in body.__struct_fields__}


async def _build(session: WriteSession, report_id: ReportId, build_id: int) -> ReportBuild:
    build = await session.get(ReportBuild, build_id)
    if build is None or build.report_id != report_id:
        raise NotFound("This report has no build with this number.")
    return build


async def _completeness(session: WriteSession, build_id: int) -> rules.Completeness:
    """What the build itself lacks, whatever was written since."""
    content = (await session.scalars(select(ReportBuild.snapshot).where(ReportBuild.id == build_id))).one()
    return completeness(read(content), the_statute())
