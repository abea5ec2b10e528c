"""What a report is made from: everything that it prints, read in one state."""

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

import msgspec
from sqlalchemy import and_, func, or_, select, text

from pipir.features.agreements import queries as agreements
from pipir.features.assistance import queries as assistance
from pipir.features.duties import queries as duties
from pipir.features.engagement import queries as engagement
from pipir.features.execution import queries as execution
from pipir.features.groups.tables import ActionItem, Meeting, WorkingGroup
from pipir.features.law.queries import adopted, enacted, label_columns, label_of_row, law_of, official_on
from pipir.features.participants.tables import Participant
from pipir.features.projects import queries as projects
from pipir.features.projects.rules import CLOSED
from pipir.features.projects.tables import RelatedEffort
from pipir.features.report import rules
from pipir.features.report.compose import snapshot as frozen
from pipir.features.report.compose.lacking import completeness
from pipir.features.report.compose.snapshot import Snapshot
from pipir.features.report.queries.earlier import earlier_report, last_report
from pipir.features.report.queries.money import ledger_audience, money_of, whether_money
from pipir.features.report.queries.reading import stated, tellable
from pipir.features.report.queries.reports import ReportView, front, sections, versions
from pipir.features.vulnerabilities import queries as vulnerabilities
from pipir.kernel.marking import Reader, audience_of, combined
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.store.base import Marked, visible_to
from pipir.store.doors import ReadSession

S = TypeVar("S", bound=msgspec.Struct)


async def completeness_of(session: ReadSession, reader: Reader, year: int) -> rules.Completeness:
    """What the report of the year still lacks, as the record stands now."""
    found = await gather(session, reader, year, whole=False)
    current = next(iter(await versions(session, year)), None)
    # A snapshot is frozen before anybody signs; the page tells of a report that may be signed already.
    if current is not None and current.signatory and current.signed_by and current.signed_on:
        signature = frozen.Signature(current.signatory, current.signed_by, current.signed_on, current.delegation)
        found = msgspec.structs.replace(found, signature=signature)
    return completeness(found, the_statute())


async def gather(session: ReadSession, reader: Reader, year: int, *, whole: bool = True) -> Snapshot:
    """Everything that the report of the year prints, as the reader may see it; ask inside of a snapshot.

    Without `whole` the money is not cut into tables: enough to tell what is lacking, and quick on every page.
    """
    law = await law_of(session)
    period = lookup.report_period(law, year)
    marks: set[str] = set()
    today = session.today
    current = next(iter(await versions(session, year)), None)
    participants = await _rows(session, reader, Participant, frozen.Participant, marks, Participant.name)
    groups = await _rows(session, reader, WorkingGroup, frozen.Group, marks, WorkingGroup.id)
    reported = await projects.all_for_report(session, reader)
    kept = [each for each in reported if each.project.until is None or each.project.until >= period.covers_from]
    marks.update(each.project.marking for each in kept)
    meetings = await _meetings(
        session, reader, marks, None if year == lookup.report_years(law)[0] else period.covers_from
    )
    related = await _related(session, reader, marks)
    weak = await vulnerabilities.every_vulnerability(session, reader, vulnerabilities.VulnerabilityFilter())
    marks.update(each.marking for each in weak)
    engaged = await engagement.for_report(session, reader, period.covers_from)
    helped = await assistance.for_report(session, reader, period.covers_from)
    agreed = await agreements.for_report(session, reader, period.covers_from)
    marks.update(each.marking for each in agreed)
    marks.update(each.engagement.marking for each in engaged)
    marks.update(each.marking for each in helped)
    last, last_audience = await last_report(session, reader, year, marks, period.money_as_of) if whole else (None, -1)
    budget = await execution.covered(session)
    installation, (earlier, became) = await _installation(session), await earlier_report(session, year)
    states = tuple(await _duties(session))
    official = await _official(session, today)
    amendments, adoptions = await enacted(session), await adopted(session)
    ledger_seen_by = await ledger_audience(session, reader)
    money, obligated, read = await (money_of if whole else whether_money)(session, reader, marks, period)
    if not isinstance(read, msgspec.UnsetType):
        read = msgspec.structs.replace(
            read,
            quiet=tuple(
                frozen.Quiet(
                    each.project.code,
                    each.project.name,
                    each.project.updated_on,
                    each.project.stale,
                    each.project.exercise,
                )
                for each in kept
                if each.project.stale is not None
            ),
            points=(*became, *await stated(session, reader, year)),
        )
    marking = combined(marks or {"UNCLASSIFIED"})
    audience = audience_of(marking) & ledger_seen_by & last_audience
    return Snapshot(
        year=year,
        version_no=current.version_no if current else 1,
        stage="draft",
        installation=installation,
        reader=_reader_label(reader),
        marking=marking.banner,
        audience=audience,
        frozen_at=session.now,
        covers_from=period.covers_from,
        covers_to=period.covers_to,
        status_as_of=today,
        upcoming_fiscal_year=period.upcoming_fiscal_year,
        statute_digest=the_statute().digest,
        ledger=money,
        supersedes=_supersedes(current),
        participants=tuple(participants),
        groups=tuple(groups),
        meetings=meetings,
        projects=tuple(_project(each, today, budget) for each in kept),
        related=related,
        sections=await written(session, year),
        earlier=earlier,
        duties=states,
        cost=cost_of(current) if current else frozen.CostStatement(),
        official=official,
        amendments=amendments,
        adoptions=tuple(frozen.Adoption(*each) for each in adoptions),
        vulnerabilities=tuple(_vulnerability(each) for each in weak),
        activity=frozen.Activity(
            tuple(_engagement(each) for each in engaged), tuple(_assistance(each, budget) for each in helped), obligated
        ),
        agreements=tuple(
            frozen.Agreement(**{name: getattr(each, name) for name in frozen.Agreement.__struct_fields__})
            for each in agreed
        ),
        reading=read,
        last=last if last is not None else msgspec.UNSET,
    )


async def written(session: ReadSession, year: int) -> tuple[frozen.Section, ...]:
    """The sections of a year's report that hold a text or a decision, as they are frozen."""
    return tuple(
        frozen.Section(each.element, each.narrative, each.nothing_to_report, each.decided_because, each.exercise)
        for each in (*await front(session, year), *await sections(session, year))
        if each.answered
    )


def cost_of(report: ReportView) -> frozen.CostStatement:
    """What preparing a report cost, as it is frozen."""
    return frozen.CostStatement(report.cost_labor, report.cost_expenses, report.cost_stated_on, report.cost_reference)


async def _rows(
    session: ReadSession,
    reader: Reader,
    table: type[Marked],
    kind: type[S],
    marks: set[str],
    order: Any,
) -> list[S]:
    """The rows of a marked table that the reader may see and that have not ended, as `kind`; adds to `marks`."""
    names = [name for name in kind.__struct_fields__ if name != "label"]
    rows = await session.execute(
        select(*(getattr(table, name) for name in names), table.marking, *label_columns(table))
        .where(visible_to(reader, table), or_(table.until.is_(None), table.until >= session.today))  # type: ignore[attr-defined]
        .order_by(order, table.id)  # type: ignore[attr-defined]
    )
    found: list[S] = []
    for row in rows.mappings():
        marks.add(row["marking"])
        found.append(kind(**{name: row[name] for name in names}, label=label_of_row(row)))
    return found


async def _official(session: ReadSession, on: date) -> frozen.Official | None:
    found = await official_on(session, on)
    if found is None:
        return None
    return frozen.Official(**{name: getattr(found, name) for name in frozen.Official.__struct_fields__})


async def _meetings(
    session: ReadSession, reader: Reader, marks: set[str], since: date | None
) -> tuple[frozen.Meeting, ...]:
    """The meetings up to today that took place; earlier than `since` they stood in an earlier report."""
    items = select(func.count()).select_from(ActionItem).where(ActionItem.meeting_id == Meeting.id).correlate(Meeting)
    statement = (
        select(
            Meeting.id,
            WorkingGroup.name.label("group"),
            Meeting.name,
            Meeting.place,
            Meeting.starts_on,
            Meeting.ends_on,
            Meeting.outcome,
            items.scalar_subquery().label("actions"),
            items.where(ActionItem.state == "open").scalar_subquery().label("open_actions"),
            Meeting.source,
            Meeting.exercise,
            Meeting.marking,
        )
        .outerjoin(WorkingGroup, and_(WorkingGroup.id == Meeting.group_id, visible_to(reader, WorkingGroup)))
        .where(visible_to(reader, Meeting), Meeting.cancelled_because.is_(None), Meeting.starts_on <= session.today)
        .order_by(Meeting.starts_on, Meeting.id)
    )
    if since is not None:
        statement = statement.where(Meeting.ends_on >= since)
    rows = (await session.execute(statement)).mappings().all()
    marks.update(row["marking"] for row in rows)
    return tuple(frozen.Meeting(**{name: row[name] for name in frozen.Meeting.__struct_fields__}) for row in rows)


def _project(each: projects.ReportedProject, today: date, budget: int | None) -> frozen.Project:
    """The project with its planned total, where all that is planned ends within the submitted budget.

    What is over plans for no day to come.
    """
    view = each.project
    law = the_statute()
    own = ("partners", "milestones", "objectives", "program_authority", "planned_total", "withheld")
    same = [name for name in frozen.Project.__struct_fields__ if name not in own]
    authority = view.program_authority
    steps = [step for step in each.milestones if step.until is None]
    days = [step.actual_on or max(step.planned_on, step.forecast_on or step.planned_on) for step in steps]
    told, withheld = tellable(view.planned_total, today if view.status in CLOSED else max(days, default=None), budget)
    return frozen.Project(
        **{name: getattr(view, name) for name in same},
        objectives=tuple(view.objectives),
        program_authority=law.citation(authority) if authority and authority in law.provisions else authority,
        partners=tuple(
            frozen.Partner(part.code, part.name, part.role, part.lead, part.reported, part.source)
            for part in each.partners
            if part.until is None
        ),
        milestones=tuple(
            frozen.Milestone(step.id, step.name, step.planned_on, step.forecast_on, step.actual_on, step.date_reason)
            for step in steps
        ),
        planned_total=told,
        withheld=withheld,
    )


def _vulnerability(each: vulnerabilities.VulnerabilityView) -> frozen.Vulnerability:
    same = [name for name in frozen.Vulnerability.__struct_fields__ if name not in ("countries", "projects")]
    return frozen.Vulnerability(
        **{name: getattr(each, name) for name in same},
        countries=tuple(each.countries),
        projects=tuple(link.code for link in each.projects),
    )


def _engagement(each: engagement.ReportedEngagement) -> frozen.Engagement:
    view = each.engagement
    joined = ("objectives", "organizations", "promises")
    same = [name for name in frozen.Engagement.__struct_fields__ if name not in joined]
    return frozen.Engagement(
        **{name: getattr(view, name) for name in same},
        objectives=tuple(view.objectives),
        organizations=tuple(one.kind for one in view.organizations if one.until is None),
        promises=tuple(frozen.Promise(one.made_on, one.outcome, one.settled_on) for one in each.commitments),
    )


def _assistance(view: assistance.AssistanceView, budget: int | None) -> frozen.Assistance:
    same = [name for name in frozen.Assistance.__struct_fields__ if name not in ("uses", "planned_cost", "withheld")]
    told, withheld = tellable(view.planned_cost, view.ends_on, budget)
    return frozen.Assistance(
        **{name: getattr(view, name) for name in same},
        uses=view.uses_citation,
        planned_cost=told,
        withheld=withheld,
    )


async def _related(session: ReadSession, reader: Reader, marks: set[str]) -> tuple[frozen.RelatedEffort, ...]:
    names = frozen.RelatedEffort.__struct_fields__
    rows = await session.execute(
        select(*(getattr(RelatedEffort, name) for name in names), RelatedEffort.marking)
        .where(
            visible_to(reader, RelatedEffort),
            or_(RelatedEffort.until.is_(None), RelatedEffort.until >= session.today),
        )
        .order_by(RelatedEffort.id)
    )
    found = []
    for *said, marking in rows:
        marks.add(marking)
        found.append(frozen.RelatedEffort(*said))
    return tuple(found)


async def _duties(session: ReadSession) -> Iterable[frozen.DutyState]:
    """What is recorded of duties, but entries that were ended."""
    same = [name for name in frozen.DutyState.__struct_fields__ if name != "state"]
    return [
        frozen.DutyState(state=view.status, **{name: getattr(view, name) for name in same})
        for view in await duties.all_duties(session)
        if view.status is not None and view.ended_on is None
    ]


async def _installation(session: ReadSession) -> str:
    kind = await session.scalar(text("select kind from app.installation"))
    return kind or "exercise"


def _supersedes(current: ReportView | None) -> str:
    if current is None or current.supersedes_because is None:
        return ""
    return f"supersedes version {current.version_no - 1}: {current.supersedes_because}"


def _reader_label(reader: Reader) -> str:
    if reader.nationality != "USA":
        return f"a reader of {reader.nationality}"
    return "the United States government" if reader.kind == "us-government" else "a contractor of the United States"
