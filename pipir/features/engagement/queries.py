"""What can be asked of engagement: engagements, organizations, commitments, the summary by objective, and days."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec
from sqlalchemy import RowMapping, SQLColumnExpression, and_, any_, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from pipir.features.engagement import rules
from pipir.features.engagement.rules import Kind, OrganizationKind, Outcome, State
from pipir.features.engagement.tables import (
    CommitmentId,
    Engagement,
    EngagementCommitment,
    EngagementId,
    EngagementOrganization,
    OrganizationId,
)
from pipir.features.notices.rules import Entry
from pipir.features.people.tables import Office, Person
from pipir.kernel.dated import Dated
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AT_ONCE, AnySelect, Sorts, every_row, list_page

DATED_ENGAGEMENT: Final = "Engagement"
DATED_COMMITMENT: Final = "Commitment of an engagement"


class EngagementFilter(msgspec.Struct, frozen=True):
    """Which engagements are asked for; of several values any fits, of several filters all do."""

    text: str | None = None
    kinds: tuple[Kind, ...] = ()
    states: tuple[State, ...] = ()
    organizations: tuple[OrganizationKind, ...] = ()
    country: str | None = None
    objective: str | None = None
    office_id: RecordNumber | None = None
    solicitation: bool = False
    owed: bool = False


class OrganizationView(msgspec.Struct, frozen=True):
    """An organization of an engagement as shown."""

    id: int
    version: int
    engagement_id: int
    name: str
    kind: str
    country: str
    uei: str | None
    cage: str | None
    until: date | None
    ended_because: str | None
    exercise: bool


class CommitmentView(msgspec.Struct, frozen=True):
    """A commitment as shown; `overdue` says that it is owed and past its day, which alone proves nothing."""

    id: int
    version: int
    engagement_id: int
    title: str
    what: str
    owed_by: str
    organization_id: int | None
    made_on: date
    due_on: date
    owner_office_id: int
    owner_person_id: int | None
    outcome: str
    settled_on: date | None
    evidence: str | None
    exercise: bool
    engagement: str
    engagement_code: str
    marking: str
    organization: str | None
    owner_office: str
    owner_person: str | None
    overdue: bool = False


class EngagementView(msgspec.Struct, frozen=True):
    """An engagement as shown, with its organizations and what is owed of it."""

    id: int
    version: int
    code: str
    name: str
    kind: str
    starts_on: date
    ends_on: date
    place: str
    topic: str
    objectives: list[str]
    lead_office_id: int
    outcome: str | None
    source: str
    solicitation_open: bool
    solicitation_number: str | None
    acknowledged_on: date | None
    cancelled_because: str | None
    marking: str
    exercise: bool
    lead_office: str
    acknowledged_by: str | None
    state: State
    organizations: tuple[OrganizationView, ...] = ()
    commitments: int = 0
    owed: int = 0


class ReportedEngagement(msgspec.Struct, frozen=True):
    """An engagement as a report tells of it, with its commitments."""

    engagement: EngagementView
    commitments: tuple[CommitmentView, ...]


class ObjectiveSummary(msgspec.Struct, frozen=True):
    """One objective of section 1253(b) with what engagement did for it; an engagement may serve several."""

    objective: str
    citation: str
    title: str
    engagements: int
    organizations: int
    open: int
    late: int
    kept: int
    withdrawn: int
    exercise: bool


_name = (func.lower(Engagement.name), str)
_SORTS: Sorts = {
    "starts": ((Engagement.starts_on, date),),
    "name": (_name,),
    "kind": ((Engagement.kind, str), _name),
    "place": ((func.lower(Engagement.place), str), _name),
    "code": ((Engagement.number, int),),
}
SORTS: Final = tuple(_SORTS)
_COMMITMENT_SORTS: Sorts = {
    "due": ((EngagementCommitment.due_on, date),),
    "title": ((func.lower(EngagementCommitment.title), str),),
    "made": ((EngagementCommitment.made_on, date),),
    "outcome": ((EngagementCommitment.outcome, str), (EngagementCommitment.due_on, date)),
}
COMMITMENT_SORTS: Final = tuple(_COMMITMENT_SORTS)


async def list_engagements(
    session: ReadSession,
    reader: Reader,
    which: EngagementFilter = EngagementFilter(),  # noqa: B008  a frozen struct is a value, as a string is
    *,
    sort: str = "-starts",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[EngagementView]:
    """Engagements with their organizations, cancelled ones too."""
    page = await list_page(
        session,
        _select(reader).where(*_conditions(which, session.today)),
        row_id=Engagement.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _view(row, session.today),
    )
    return msgspec.structs.replace(page, items=await _with_parts(session, page.items))


async def every_engagement(
    session: ReadSession, reader: Reader, which: EngagementFilter, *, sort: str = "-starts"
) -> tuple[EngagementView, ...]:
    """All rows under the filters, for an export."""
    return await every_row(
        lambda cursor: list_engagements(session, reader, which, sort=sort, cursor=cursor, limit=AT_ONCE)
    )


async def engagement(session: ReadSession, reader: Reader, number: EngagementId) -> EngagementView:
    """One engagement, or NotFound."""
    row = (await session.execute(_select(reader).where(Engagement.id == number))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no engagement with this number.")
    return (await _with_parts(session, (_view(row, session.today),)))[0]


async def organization(session: ReadSession, reader: Reader, number: OrganizationId) -> OrganizationView:
    """One organization of an engagement, or NotFound."""
    row = (
        (
            await session.execute(
                _organizations()
                .join(Engagement, Engagement.id == EngagementOrganization.engagement_id)
                .where(EngagementOrganization.id == number, visible_to(reader, Engagement))
            )
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise NotFound("There is no organization with this number.")
    return OrganizationView(**row)


async def list_commitments(
    session: ReadSession,
    reader: Reader,
    *,
    engagement_id: int | None = None,
    outcomes: Sequence[Outcome] = (),
    office_id: int | None = None,
    overdue: bool = False,
    sort: str = "due",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[CommitmentView]:
    """Commitments of either side, the earliest due first."""
    statement = _commitments(reader)
    if engagement_id is not None:
        statement = statement.where(EngagementCommitment.engagement_id == engagement_id)
    if outcomes:
        statement = statement.where(EngagementCommitment.outcome.in_(outcomes))
    if office_id is not None:
        statement = statement.where(EngagementCommitment.owner_office_id == office_id)
    if overdue:
        statement = statement.where(_owed(), EngagementCommitment.due_on < session.today)
    return await list_page(
        session,
        statement,
        row_id=EngagementCommitment.id,
        sorts=_COMMITMENT_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _commitment(row, session.today),
    )


async def commitment(session: ReadSession, reader: Reader, number: CommitmentId) -> CommitmentView:
    """One commitment, or NotFound."""
    row = (
        (await session.execute(_commitments(reader).where(EngagementCommitment.id == number))).mappings().one_or_none()
    )
    if row is None:
        raise NotFound("There is no commitment with this number.")
    return _commitment(row, session.today)


async def summary(session: ReadSession, reader: Reader) -> tuple[ObjectiveSummary, ...]:
    """Each objective with its engagements that were not cancelled, their organizations and commitments."""
    served = func.unnest(Engagement.objectives).column_valued("served", joins_implicitly=True)
    shown = (visible_to(reader, Engagement), Engagement.cancelled_because.is_(None))
    held = {
        row[0]: row
        for row in await session.execute(
            select(served, func.count(Engagement.id.distinct()), func.bool_or(Engagement.exercise))
            .select_from(Engagement)
            .where(*shown)
            .group_by(served)
        )
    }
    came = {
        row[0]: row[1]
        for row in await session.execute(
            select(served, func.count(EngagementOrganization.id.distinct()))
            .select_from(Engagement)
            .join(EngagementOrganization, EngagementOrganization.engagement_id == Engagement.id)
            .where(*shown, EngagementOrganization.until.is_(None))
            .group_by(served)
        )
    }
    promised = {
        (row[0], row[1]): row[2]
        for row in await session.execute(
            select(served, EngagementCommitment.outcome, func.count(EngagementCommitment.id.distinct()))
            .select_from(Engagement)
            .join(EngagementCommitment, EngagementCommitment.engagement_id == Engagement.id)
            .where(*shown)
            .group_by(served, EngagementCommitment.outcome)
        )
    }
    found = []
    for line in lookup.objectives(the_statute()):
        row = held.get(line.slug)
        found.append(
            ObjectiveSummary(
                objective=line.slug,
                citation=line.citation,
                title=line.title,
                engagements=row[1] if row else 0,
                organizations=came.get(line.slug, 0),
                **{each: promised.get((line.slug, each), 0) for each in rules.OUTCOMES},
                exercise=bool(row and row[2]),
            )
        )
    return tuple(found)


async def for_report(session: ReadSession, reader: Reader, since: date) -> tuple[ReportedEngagement, ...]:
    """Engagements that took place from a day up to today, and earlier ones of which something was owed or kept then."""
    promise = EngagementCommitment
    kept = and_(promise.outcome == "kept", promise.settled_on >= since)
    later = exists().where(promise.engagement_id == Engagement.id, or_(_owed(), kept, promise.made_on >= since))
    rows = await session.execute(
        _select(reader)
        .where(
            Engagement.cancelled_because.is_(None),
            Engagement.starts_on <= session.today,
            or_(Engagement.ends_on >= since, later),
        )
        .order_by(Engagement.starts_on, Engagement.id)
    )
    found = await _with_parts(session, tuple(_view(row, session.today) for row in rows.mappings()))
    promised: dict[int, list[CommitmentView]] = {}
    owed = _commitments(reader).where(promise.engagement_id.in_([each.id for each in found]))
    for row in (await session.execute(owed.order_by(promise.made_on, promise.id))).mappings():
        promised.setdefault(row["engagement_id"], []).append(_commitment(row, session.today))
    return tuple(ReportedEngagement(each, tuple(promised.get(each.id, ()))) for each in found)


async def countries(session: ReadSession, reader: Reader) -> tuple[str, ...]:
    """The codes of the countries that organizations come from, of what the reader may see."""
    rows = await session.scalars(
        select(EngagementOrganization.country)
        .join(Engagement, Engagement.id == EngagementOrganization.engagement_id)
        .where(visible_to(reader, Engagement))
        .distinct()
        .order_by(EngagementOrganization.country)
    )
    return tuple(rows)


async def entries(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """Engagements that were not cancelled, and commitments that were not withdrawn."""
    held = _select(reader).where(Engagement.cancelled_because.is_(None))
    found = [
        Entry(
            Dated(
                kind=DATED_ENGAGEMENT,
                slug=f"engagement-{row['id']}",
                title=f"{row['name']} ({row['place']})",
                due_on=row["ends_on"],
                office_id=row["lead_office_id"],
                person_id=None,
                href=f"/engagements/{row['id']}",
                marking=row["marking"],
                exercise=row["exercise"],
            ),
            done_on=row["ends_on"] if row["outcome"] is not None else None,
            sequence=row["version"],
            note="" if row["outcome"] is not None else "Its outcome is not recorded.",
        )
        for row in (await session.execute(held.order_by(Engagement.ends_on, Engagement.id))).mappings()
    ]
    owed = _commitments(reader).where(EngagementCommitment.outcome != "withdrawn")
    rows = await session.execute(owed.order_by(EngagementCommitment.due_on, EngagementCommitment.id))
    return (*found, *(_entry(row) for row in rows.mappings()))


def _entry(row: RowMapping) -> Entry:
    return Entry(
        Dated(
            kind=DATED_COMMITMENT,
            slug=f"commitment-{row['id']}",
            title=row["title"],
            due_on=row["due_on"],
            office_id=row["owner_office_id"],
            person_id=row["owner_person_id"],
            href=f"/commitments/{row['id']}",
            marking=row["marking"],
            exercise=row["exercise"],
        ),
        done_on=row["settled_on"] if row["outcome"] == "kept" else None,
        sequence=row["version"],
        note=f"Owed by {row['organization'] or 'the office'}.",
    )


_JOINED: Final = ("lead_office", "acknowledged_by", "state", "organizations", "commitments", "owed")
_STORED: Final = tuple(name for name in EngagementView.__struct_fields__ if name not in _JOINED)
_OF_OTHERS: Final = (
    "engagement",
    "engagement_code",
    "marking",
    "organization",
    "owner_office",
    "owner_person",
    "overdue",
)
_PROMISED: Final = tuple(name for name in CommitmentView.__struct_fields__ if name not in _OF_OTHERS)
_Acknowledging = aliased(Person)


def _owed() -> SQLColumnExpression[bool]:
    return EngagementCommitment.outcome.in_(rules.PENDING)


def _select(reader: Reader) -> AnySelect:
    return (
        select(
            *(getattr(Engagement, name) for name in _STORED),
            Office.symbol.label("lead_office"),
            _Acknowledging.name.label("acknowledged_by"),
        )
        .join(Office, Office.id == Engagement.lead_office_id)
        .outerjoin(_Acknowledging, _Acknowledging.id == Engagement.acknowledged_by_id)
        .where(visible_to(reader, Engagement))
    )


def _view(row: RowMapping, today: date) -> EngagementView:
    return EngagementView(
        **{name: row[name] for name in (*_STORED, "lead_office", "acknowledged_by")},
        state=rules.state_of(row["ends_on"], row["outcome"], row["cancelled_because"], today),
    )


def _organizations() -> AnySelect:
    return select(*(getattr(EngagementOrganization, name) for name in OrganizationView.__struct_fields__))


def _commitments(reader: Reader) -> AnySelect:
    return (
        select(
            *(getattr(EngagementCommitment, name) for name in _PROMISED),
            Engagement.name.label("engagement"),
            Engagement.code.label("engagement_code"),
            Engagement.marking,
            EngagementOrganization.name.label("organization"),
            Office.symbol.label("owner_office"),
            Person.name.label("owner_person"),
        )
        .join(Engagement, and_(Engagement.id == EngagementCommitment.engagement_id, visible_to(reader, Engagement)))
        .join(Office, Office.id == EngagementCommitment.owner_office_id)
        .outerjoin(EngagementOrganization, EngagementOrganization.id == EngagementCommitment.organization_id)
        .outerjoin(Person, Person.id == EngagementCommitment.owner_person_id)
    )


def _commitment(row: RowMapping, today: date) -> CommitmentView:
    names = [name for name in CommitmentView.__struct_fields__ if name != "overdue"]
    overdue = row["outcome"] in rules.PENDING and row["due_on"] < today
    return CommitmentView(**{name: row[name] for name in names}, overdue=overdue)


async def _with_parts(session: ReadSession, views: Sequence[EngagementView]) -> tuple[EngagementView, ...]:
    numbers = [each.id for each in views]
    came: dict[int, list[OrganizationView]] = {}
    rows = await session.execute(
        _organizations()
        .where(EngagementOrganization.engagement_id.in_(numbers))
        .order_by(
            EngagementOrganization.until.is_not(None),
            func.lower(EngagementOrganization.name),
            EngagementOrganization.id,
        )
    )
    for row in rows.mappings():
        came.setdefault(row["engagement_id"], []).append(OrganizationView(**row))
    counted = await session.execute(
        select(EngagementCommitment.engagement_id, func.count(), func.count().filter(_owed()))
        .where(EngagementCommitment.engagement_id.in_(numbers))
        .group_by(EngagementCommitment.engagement_id)
    )
    promised = {row[0]: (row[1], row[2]) for row in counted}
    return tuple(
        msgspec.structs.replace(
            each,
            organizations=tuple(came.get(each.id, ())),
            commitments=promised.get(each.id, (0, 0))[0],
            owed=promised.get(each.id, (0, 0))[1],
        )
        for each in views
    )


def _conditions(which: EngagementFilter, today: date) -> list[SQLColumnExpression[bool]]:
    table, part = Engagement, EngagementOrganization
    found: list[SQLColumnExpression[bool]] = []

    def came(*conditions: SQLColumnExpression[bool]) -> SQLColumnExpression[bool]:
        return exists().where(part.engagement_id == table.id, part.until.is_(None), *conditions)

    if which.text:
        columns = (table.name, table.code, table.place, table.topic, table.outcome, table.solicitation_number)
        found.append(
            or_(
                *(each.icontains(which.text, autoescape=True) for each in columns),
                came(part.name.icontains(which.text, autoescape=True)),
            )
        )
    if which.kinds:
        found.append(table.kind.in_(which.kinds))
    if which.states:
        over = or_(table.outcome.is_not(None), table.ends_on < today)
        lives = table.cancelled_because.is_(None)
        said = {
            "cancelled": table.cancelled_because.is_not(None),
            "held": and_(lives, over),
            "planned": and_(lives, table.outcome.is_(None), table.ends_on >= today),
        }
        found.append(or_(*(said[each] for each in which.states)))
    if which.organizations:
        found.append(came(part.kind.in_(which.organizations)))
    if which.country:
        found.append(came(part.country == which.country))
    if which.objective:
        found.append(literal(which.objective) == any_(table.objectives))
    if which.office_id is not None:
        found.append(table.lead_office_id == which.office_id)
    if which.solicitation:
        found.append(table.solicitation_open)
    if which.owed:
        found.append(exists().where(EngagementCommitment.engagement_id == table.id, _owed()))
    return found
