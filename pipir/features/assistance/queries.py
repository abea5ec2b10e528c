"""What can be asked of technical assistance: lists, one with its conditions, units and money, and days."""

from datetime import date
from typing import Any, Final

import msgspec
from sqlalchemy import RowMapping, SQLColumnExpression, and_, any_, case, func, literal, not_, or_, select

from pipir.features.assistance import rules
from pipir.features.assistance.rules import Agreed, Condition, Evidence, Status, Unit
from pipir.features.assistance.tables import (
    Assistance,
    AssistanceCondition,
    AssistanceId,
    AssistanceUnit,
    UnitId,
)
from pipir.features.concurrence import rules as coordination
from pipir.features.concurrence.queries import Proposal, address_to_ask
from pipir.features.concurrence.tables import (
    ConcurrenceAnswer,
    ConcurrenceAsked,
    ConcurrenceRequest,
    ConcurrenceRound,
)
from pipir.features.law import queries as law
from pipir.features.ledger import queries as ledger
from pipir.features.notices.rules import Entry
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office, Person
from pipir.features.projects.tables import Project
from pipir.kernel.calendar import show_day
from pipir.kernel.dated import Dated
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AT_ONCE, AnySelect, Sorts, every_row, list_page
from pipir.store.records import may_see

DATED_KIND: Final = "Technical assistance"
_STATE: Final = "Secretary of State"
_AGREES: Final = ("concur", "concur with comment", "concur with conditions")


class AssistanceFilter(msgspec.Struct, frozen=True):
    """Which assistance is asked for; of several values any fits, of several filters all do."""

    text: str | None = None
    statuses: tuple[Status, ...] = ()
    uses: str | None = None
    country: str | None = None
    objective: str | None = None
    project_id: RecordNumber | None = None
    office_id: RecordNumber | None = None


class AssistanceView(msgspec.Struct, frozen=True):
    """Assistance as shown; `uses` is the authority of title 10, with its citation."""

    id: int
    version: int
    code: str
    name: str
    participant_id: int
    purpose: str
    objectives: list[str]
    uses: str
    program_authority: str | None
    starts_on: date
    ends_on: date
    planned_cost: Dollars | None
    project_id: int | None
    lead_office_id: int
    status: Status
    status_because: str | None
    status_on: date | None
    begun_on: date | None
    source: str
    marking: str
    exercise: bool
    country: str
    partner: str
    lead_office: str
    project: str | None
    uses_citation: str
    # The words beside work that goes on under another authority, or was recorded late; blank otherwise.
    label: str = ""
    recorded_late: str | None = None
    recorded_late_document: str | None = None


class UnitView(msgspec.Struct, frozen=True):
    """A unit with its vetting."""

    id: int
    version: int
    assistance_id: int
    name: str
    result: str
    vetted_on: date | None
    reference: str | None
    until: date | None
    ended_because: str | None
    exercise: bool


class EvidenceView(msgspec.Struct, frozen=True):
    """What was recorded of a condition, and by whom; `replaced_on` None: it stands."""

    condition: str
    met_on: date
    evidence: str
    document: str | None
    recorded_on: date
    replaced_on: date | None
    by: str


class AssistanceMoney(msgspec.Struct, frozen=True):
    """What the ledger holds of the assistance's project: under 1253(e)(3), and in all, of what the reader may see."""

    obligated: Dollars
    expended: Dollars
    obligated_of_project: Dollars
    expended_of_project: Dollars
    count: int


_name = (func.lower(Assistance.name), str)
_order = case({name: place for place, name in enumerate(rules.STATUSES)}, value=Assistance.status, else_=9)
_SORTS: Sorts = {
    "starts": ((Assistance.starts_on, date),),
    "name": (_name,),
    "code": ((Assistance.number, int),),
    "partner": ((func.lower(Participant.name), str), _name),
    "uses": ((Assistance.uses, str), _name),
    "status": ((_order, int), _name),
}
SORTS: Final = tuple(_SORTS)


async def list_assistance(
    session: ReadSession,
    reader: Reader,
    which: AssistanceFilter = AssistanceFilter(),  # noqa: B008  a frozen struct is a value, as a string is
    *,
    sort: str = "-starts",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[AssistanceView]:
    """Assistance in lists, ended ones too."""
    return await list_page(
        session,
        _select(reader).where(*_conditions(which)),
        row_id=Assistance.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_view,
    )


async def every_assistance(
    session: ReadSession, reader: Reader, which: AssistanceFilter, *, sort: str = "-starts"
) -> tuple[AssistanceView, ...]:
    """All rows under the filters, for an export."""
    return await every_row(
        lambda cursor: list_assistance(session, reader, which, sort=sort, cursor=cursor, limit=AT_ONCE)
    )


async def assistance(session: ReadSession, reader: Reader, number: AssistanceId) -> AssistanceView:
    """One assistance, or NotFound."""
    row = (await session.execute(_select(reader).where(Assistance.id == number))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no assistance with this number.")
    return _view(row)


async def units(session: ReadSession, number: int) -> tuple[UnitView, ...]:
    """The units of an assistance that the reader may see, those taken out last."""
    rows = await session.execute(
        _units()
        .where(AssistanceUnit.assistance_id == number)
        .order_by(AssistanceUnit.until.is_not(None), func.lower(AssistanceUnit.name), AssistanceUnit.id)
    )
    return tuple(UnitView(**row) for row in rows.mappings())


async def unit(session: ReadSession, reader: Reader, number: UnitId) -> UnitView:
    """One unit, or NotFound."""
    seen = _units().where(AssistanceUnit.id == number, may_see(reader, "assistance", AssistanceUnit.assistance_id))
    row = (await session.execute(seen)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no unit with this number.")
    return UnitView(**row)


async def evidence(session: ReadSession, number: int) -> tuple[EvidenceView, ...]:
    """What was recorded of the conditions of an assistance that the reader may see, the latest first."""
    names = [name for name in EvidenceView.__struct_fields__ if name != "by"]
    rows = await session.execute(
        select(*(getattr(AssistanceCondition, name) for name in names), Person.name.label("by"))
        .join(Person, Person.id == AssistanceCondition.recorded_by_id)
        .where(AssistanceCondition.assistance_id == number)
        .order_by(AssistanceCondition.id.desc())
    )
    return tuple(EvidenceView(**row) for row in rows.mappings())


async def conditions(
    session: ReadSession, reader: Reader, number: int, on: date, *, wanted: Proposal | None = None
) -> tuple[Condition, ...]:
    """The conditions of the authority that an assistance uses, each judged as of a day by what the reader may see.

    `wanted` is the beginning as its form holds it, so that what was typed goes with the question to offices.
    """
    uses = await session.scalar(select(Assistance.uses).where(Assistance.id == number))
    assert uses is not None
    return rules.conditions(
        await law.law_of(session),
        uses,
        on,
        evidence=[
            Evidence(each.condition, each.met_on, each.evidence, each.document)
            for each in await evidence(session, number)
            if each.replaced_on is None
        ],
        units=[
            Unit(each.name, each.result, each.vetted_on) for each in await units(session, number) if each.until is None
        ],
        agreed=await agreed(session, reader, number, wanted),
    )


async def agreed(session: ReadSession, reader: Reader, number: int, wanted: Proposal | None = None) -> Agreed:
    """Whether the Department of State concurs with the beginning as it is planned now; no answer is no consent."""
    wanted = wanted or await proposal(session, number)
    department = coordination.DEPARTMENTS[_STATE]
    value = coordination.hash_of(wanted.after)
    rows = (
        await session.execute(
            select(
                ConcurrenceRequest.id,
                ConcurrenceRequest.state,
                ConcurrenceRound.value_hash,
                ConcurrenceAnswer.answer,
                ConcurrenceAnswer.answered_on,
                Office.symbol,
            )
            .join(
                ConcurrenceRound,
                and_(ConcurrenceRound.request_id == ConcurrenceRequest.id, ConcurrenceRound.ended_on.is_(None)),
            )
            .join(ConcurrenceAsked, ConcurrenceAsked.round_id == ConcurrenceRound.id)
            .join(Office, Office.id == ConcurrenceAsked.office_id)
            .outerjoin(
                ConcurrenceAnswer,
                and_(ConcurrenceAnswer.asked_id == ConcurrenceAsked.id, ConcurrenceAnswer.replaced_on.is_(None)),
            )
            .where(
                ConcurrenceRequest.subject_kind == wanted.kind,
                ConcurrenceRequest.subject_id == number,
                ConcurrenceRequest.act == wanted.act,
                ConcurrenceRequest.state.in_(("open", "agreed", "refused", "sent back")),
                ConcurrenceAsked.role == "concur",
                Office.department == department,
                may_see(reader, "concurrence_request", ConcurrenceRequest.id),
            )
            .order_by(ConcurrenceRequest.id.desc(), ConcurrenceAsked.id)
        )
    ).all()
    if not rows:
        return Agreed(False, f"No office of the {department} was asked to concur.", address_to_ask(wanted))
    same = [row for row in rows if row.value_hash == value]
    if not same:
        href = f"/concurrence/{rows[0].id}"
        return Agreed(False, f"The {department} was asked about another plan; that answer does not count.", href)
    latest = same[0]
    href = f"/concurrence/{latest.id}"
    if latest.state in ("open", "agreed") and latest.answer in _AGREES:
        return Agreed(True, f"{latest.symbol}: {latest.answer}, {show_day(latest.answered_on)}.", href)
    answer = latest.answer or "no answer, which is no consent"
    return Agreed(False, f"{latest.symbol}: {answer}.", href)


async def proposal(session: ReadSession, number: int) -> Proposal:
    """The beginning as it is put to offices: what they agree to is the plan as it stands."""
    row = (
        await session.execute(
            select(Assistance, Participant.code)
            .join(Participant, Participant.id == Assistance.participant_id)
            .where(Assistance.id == number)
        )
    ).one()
    plan: Assistance = row[0]
    after = {
        "name": plan.name,
        "partner": row[1],
        "purpose": coordination.short(plan.purpose),
        "authority used": the_statute().citation(plan.uses),
        "from": plan.starts_on.isoformat(),
        "until": plan.ends_on.isoformat(),
        "planned cost": str(plan.planned_cost) if plan.planned_cost is not None else "",
    }
    return Proposal(
        act=rules.ACT,
        kind="assistance",
        number=number,
        title=f"Begin {plan.name}"[:200],
        href=f"/assistance/{number}",
        before={},
        after=after,
        marking=plan.marking,
    )


async def money(session: ReadSession, reader: Reader, project_id: int) -> AssistanceMoney:
    """What the ledger says of an assistance by its project."""
    own = await ledger.total(session, reader, ledger.chosen(project_id=project_id, authority=rules.AUTHORITY))
    every = await ledger.total(session, reader, ledger.chosen(project_id=project_id))
    return AssistanceMoney(own.obligated, own.expended, every.obligated, every.expended, own.count)


async def for_report(session: ReadSession, reader: Reader, since: date) -> tuple[AssistanceView, ...]:
    """Assistance by partner and authority, but what was over before a day."""
    over = and_(Assistance.status.in_(rules.OVER), Assistance.status_on < since)
    rows = await session.execute(
        _select(reader)
        .where(not_(over))
        .order_by(func.lower(Participant.name), Assistance.uses, Assistance.starts_on, Assistance.id)
    )
    return tuple(_view(row) for row in rows.mappings())


async def countries(session: ReadSession, reader: Reader) -> tuple[tuple[str, str], ...]:
    """(code, name) of the participants that the reader may see."""
    rows = await session.execute(
        select(Participant.code, Participant.name)
        .where(visible_to(reader, Participant), Participant.until.is_(None))
        .order_by(Participant.name, Participant.id)
    )
    return tuple((row.code, row.name) for row in rows)


async def entries(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """The beginning of what is planned, and the end of what has begun; what is completed is done."""
    rows = await session.execute(_select(reader).where(Assistance.status != "ended").order_by(Assistance.id))
    found = []
    for row in rows.mappings():
        planned = row["status"] == "planned"
        found.append(
            Entry(
                Dated(
                    kind=DATED_KIND,
                    slug=f"assistance-{row['id']}",
                    title=f"{'Begin' if planned else 'Last day of'} {row['name']}",
                    due_on=row["starts_on"] if planned else row["ends_on"],
                    office_id=row["lead_office_id"],
                    person_id=None,
                    href=f"/assistance/{row['id']}",
                    citation=the_statute().citation(row["uses"]),
                    marking=row["marking"],
                    exercise=row["exercise"],
                ),
                done_on=row["status_on"] if row["status"] == "completed" else None,
                sequence=row["version"],
                note="" if planned or row["status"] == "completed" else f"It is {row['status']}.",
            )
        )
    return tuple(found)


_JOINED: Final = ("country", "partner", "lead_office", "project", "uses_citation", *law.LABEL_FIELDS)
_STORED: Final = tuple(name for name in AssistanceView.__struct_fields__ if name not in _JOINED)


def _select(reader: Reader) -> AnySelect:
    # The index of records knows the masks of the assistance, its partner and its project together.
    return (
        select(
            *(getattr(Assistance, name) for name in _STORED),
            Participant.code.label("country"),
            Participant.name.label("partner"),
            Office.symbol.label("lead_office"),
            (Project.code + " " + Project.name).label("project"),
            *law.label_columns(Assistance),
        )
        .join(Participant, Participant.id == Assistance.participant_id)
        .join(Office, Office.id == Assistance.lead_office_id)
        .outerjoin(Project, Project.id == Assistance.project_id)
        .where(may_see(reader, "assistance", Assistance.id))
    )


def _view(row: RowMapping) -> AssistanceView:
    fields: dict[str, Any] = {name: row[name] for name in (*_STORED, "country", "partner", "lead_office", "project")}
    return AssistanceView(**fields, uses_citation=the_statute().short_citation(row["uses"]), **law.labels_of_row(row))


def _units() -> AnySelect:
    return select(*(getattr(AssistanceUnit, name) for name in UnitView.__struct_fields__))


def _conditions(which: AssistanceFilter) -> list[SQLColumnExpression[bool]]:
    table = Assistance
    found: list[SQLColumnExpression[bool]] = []
    if which.text:
        columns = (table.name, table.code, table.purpose, Participant.name)
        found.append(or_(*(each.icontains(which.text, autoescape=True) for each in columns)))
    if which.statuses:
        found.append(table.status.in_(which.statuses))
    if which.uses:
        found.append(table.uses == which.uses)
    if which.country:
        found.append(Participant.code == which.country)
    if which.objective:
        found.append(literal(which.objective) == any_(table.objectives))
    if which.project_id is not None:
        found.append(table.project_id == which.project_id)
    if which.office_id is not None:
        found.append(table.lead_office_id == which.office_id)
    return found
