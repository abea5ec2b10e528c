"""Agreements in lists, in calendars, and in the figures of other pages."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, exists, func, literal, not_, or_, select

from pipir.features.agreements import rules
from pipir.features.agreements.queries.facts import facts_by_id
from pipir.features.agreements.rules import Character, Clock, Kind, State
from pipir.features.agreements.tables import Agreement, AgreementParty, AgreementStep
from pipir.features.law import queries as law
from pipir.features.notices.rules import Entry
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office
from pipir.kernel.dated import Dated
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AT_ONCE, Sorts, every_row, list_page


class AgreementFilter(msgspec.Struct, frozen=True):
    """Which agreements are asked for; of several values any fits, of several filters all do."""

    text: str | None = None
    states: tuple[State, ...] = ()
    kinds: tuple[Kind, ...] = ()
    characters: tuple[Character, ...] = ()
    country: str | None = None
    authority: str | None = None


class AgreementParties(msgspec.Struct, frozen=True):
    """A party in a list."""

    code: str
    name: str


class AgreementLine(msgspec.Struct, frozen=True):
    """An agreement in a list; `state` is that of today, `clock` the next day that one of its clocks ends."""

    id: int
    version: int
    code: str
    name: str
    kind: str
    program_authority: str | None
    also_authority: str | None
    state: str
    character: str | None
    lead_office: str | None
    signed_on: date | None
    in_force_on: date | None
    expires_on: date | None
    marking: str
    exercise: bool
    parties: tuple[AgreementParties, ...] = ()
    clock: str | None = None
    clock_on: date | None = None
    clock_late: bool = False
    # The words beside what continues under another authority, or was recorded late; blank otherwise.
    label: str = ""


class AgreementCount(msgspec.Struct, frozen=True):
    """How many agreements stand in a state today."""

    state: str
    agreements: int
    exercise: bool


def _order(column: Any, names: Sequence[str]) -> SQLColumnExpression[int]:
    # The order of life, not of the alphabet.
    return case({name: place for place, name in enumerate(names)}, value=column, else_=len(names))


def _state_of(today: ColumnElement[date]) -> SQLColumnExpression[str]:
    expires = and_(Agreement.state.in_((*rules.EFFECTIVE, "suspended")), Agreement.expires_on <= today)
    return case((expires, "expired"), else_=Agreement.state)


_name = (func.lower(Agreement.name), str)
_SORTS: Sorts = {
    "name": (_name,),
    "code": ((Agreement.number, int),),
    "state": ((_order(_state_of(func.app.today()), rules.STATES), int), _name),
    "kind": ((_order(Agreement.kind, rules.KINDS), int), _name),
    "signed": ((func.coalesce(Agreement.signed_on, date.min), date), _name),
    "expires": ((func.coalesce(Agreement.expires_on, date.max), date), _name),
}
SORTS = tuple(_SORTS)


async def list_agreements(
    session: ReadSession,
    reader: Reader,
    which: AgreementFilter = AgreementFilter(),  # noqa: B008  a frozen struct is a value, as a string is
    *,
    sort: str = "code",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[AgreementLine]:
    """Agreements with their parties and the next end of a clock."""
    state = state_of(session.today)
    columns = {"state": state.label("state"), "lead_office": Office.symbol.label("lead_office")}
    statement = (
        select(
            *(columns[name] if name in columns else getattr(Agreement, name) for name in _LINE),
            *law.label_columns(Agreement),
        )
        .outerjoin(Office, Office.id == Agreement.lead_office_id)
        .where(visible_to(reader, Agreement), *_conditions(which, reader, state))
    )
    page = await list_page(
        session,
        statement,
        row_id=Agreement.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: AgreementLine(**{name: row[name] for name in _LINE}, label=law.label_of_row(row)),
    )
    parties = await _parties(session, reader, [line.id for line in page.items])
    running = await _next_clocks(session, reader, [line.id for line in page.items])
    items = []
    for line in page.items:
        clock = running.get(line.id)
        items.append(
            msgspec.structs.replace(
                line,
                parties=parties.get(line.id, ()),
                clock=clock.title if clock else None,
                clock_on=clock.ends_on if clock else None,
                clock_late=clock.late if clock else False,
            )
        )
    return msgspec.structs.replace(page, items=tuple(items))


async def every_agreement(
    session: ReadSession, reader: Reader, which: AgreementFilter, *, sort: str = "code"
) -> tuple[AgreementLine, ...]:
    """All rows of a list, for an export."""
    return await every_row(
        lambda cursor: list_agreements(session, reader, which, sort=sort, cursor=cursor, limit=AT_ONCE)
    )


class ReportedAgreement(msgspec.Struct, frozen=True):
    """An agreement as a report tells of it: where it stands today, with whom, and the law that it rests on, cited."""

    id: int
    code: str
    name: str
    kind: str
    state: str
    parties: tuple[str, ...]
    signed_on: date | None
    in_force_on: date | None
    expires_on: date | None
    authority: str | None
    source: str
    label: str
    marking: str
    exercise: bool


async def for_report(session: ReadSession, reader: Reader, since: date) -> tuple[ReportedAgreement, ...]:
    """Agreements by number, but what was over before a day."""
    state = state_of(session.today)
    last = select(func.max(AgreementStep.on_day)).where(AgreementStep.agreement_id == Agreement.id).scalar_subquery()
    over = or_(and_(state == "ended", last < since), and_(state == "expired", Agreement.expires_on < since))
    made = ("state", "parties", "authority", "label")
    names = [name for name in ReportedAgreement.__struct_fields__ if name not in made]
    rows = (
        await session.execute(
            select(
                *(getattr(Agreement, name) for name in names),
                state.label("state"),
                Agreement.program_authority,
                Agreement.also_authority,
                *law.label_columns(Agreement),
            )
            .where(visible_to(reader, Agreement), not_(over))
            .order_by(Agreement.number)
        )
    ).mappings()
    found = rows.all()
    parties = await _parties(session, reader, [row["id"] for row in found])
    statute = await law.law_of(session)
    return tuple(
        ReportedAgreement(
            **{name: row[name] for name in names},
            state=row["state"],
            parties=tuple(each.name for each in parties.get(row["id"], ())),
            authority="; ".join(
                statute.short_citation(slug) if slug in statute.provisions else slug
                for slug in (row["program_authority"], row["also_authority"])
                if slug is not None
            )
            or None,
            label=law.label_of_row(row),
        )
        for row in found
    )


async def counts(session: ReadSession, reader: Reader) -> tuple[AgreementCount, ...]:
    """Agreements by the state of today, those without any left out."""
    state = state_of(session.today)
    rows = {
        row[0]: row
        for row in await session.execute(
            select(state, func.count(), func.bool_and(Agreement.exercise))
            .where(visible_to(reader, Agreement))
            .group_by(state)
        )
    }
    return tuple(AgreementCount(*rows[each]) for each in rules.STATES if each in rows)


async def entries(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """The end of every clock that has started, as a calendar shows it; what is over or was met stays as done."""
    rows = (await session.scalars(select(Agreement).where(visible_to(reader, Agreement)).order_by(Agreement.id))).all()
    facts = await facts_by_id(session, rows, reader)
    statute, today = await law.law_of(session), session.today
    found = []
    for row in rows:
        for clock in rules.clocks(facts[row.id], statute, today):
            if clock.ends_on is None or clock.state not in ("running", "over"):
                continue
            item = Dated(
                kind="Agreement",
                slug=f"agreement-{row.id}-{clock.slug}",
                title=f"{clock.title}: {row.code} {row.name}",
                due_on=clock.ends_on,
                office_id=row.lead_office_id,
                person_id=None,
                href=f"/agreements/{row.id}#clocks",
                citation=f"{clock.citation} ({clock.standing})",
                marking=row.marking,
                exercise=row.exercise,
            )
            found.append(Entry(item, done_on=_done(clock), sequence=row.version, note=clock.says))
    return tuple(sorted(found, key=lambda each: (each.dated.due_on, each.dated.slug)))


def state_of(today: date) -> SQLColumnExpression[str]:
    """rules.state_on in SQL."""
    return _state_of(literal(today))


def _done(clock: Clock) -> date | None:
    if clock.done_on is not None:
        return clock.done_on
    # What only had to pass is done by passing; what was due and is not recorded stays open.
    return clock.ends_on if clock.state == "over" and not clock.late else None


def _conditions(
    which: AgreementFilter, reader: Reader, state: SQLColumnExpression[str]
) -> list[SQLColumnExpression[bool]]:
    found: list[SQLColumnExpression[bool]] = []
    if which.text:
        columns = (Agreement.code, Agreement.name, Office.symbol)
        found.append(or_(*(column.icontains(which.text, autoescape=True) for column in columns)))
    if which.states:
        found.append(state.in_(which.states))
    if which.kinds:
        found.append(Agreement.kind.in_(which.kinds))
    if which.characters:
        found.append(Agreement.character.in_(which.characters))
    if which.authority:
        found.append(or_(Agreement.program_authority == which.authority, Agreement.also_authority == which.authority))
    if which.country:
        found.append(
            exists(
                select(literal(1))
                .select_from(AgreementParty)
                .join(Participant, Participant.id == AgreementParty.participant_id)
                .where(
                    AgreementParty.agreement_id == Agreement.id,
                    AgreementParty.until.is_(None),
                    Participant.code == which.country,
                    visible_to(reader, Participant),
                )
            )
        )
    return found


async def _parties(session: ReadSession, reader: Reader, ids: Sequence[int]) -> dict[int, tuple[AgreementParties, ...]]:
    rows = await session.execute(
        select(AgreementParty.agreement_id, Participant.code, Participant.name)
        .join(Participant, Participant.id == AgreementParty.participant_id)
        .where(AgreementParty.agreement_id.in_(ids), AgreementParty.until.is_(None), visible_to(reader, Participant))
        .order_by(Participant.code)
    )
    found: dict[int, tuple[AgreementParties, ...]] = {}
    for row in rows:
        found[row.agreement_id] = (*found.get(row.agreement_id, ()), AgreementParties(row.code, row.name))
    return found


async def _next_clocks(session: ReadSession, reader: Reader, ids: Sequence[int]) -> dict[int, Clock]:
    """Of each agreement the clock that matters first: what is late, else what ends next."""
    rows = (await session.scalars(select(Agreement).where(Agreement.id.in_(ids)))).all()
    facts = await facts_by_id(session, rows, reader)
    statute = await law.law_of(session)
    found = {}
    for number, each in facts.items():
        live = [
            clock
            for clock in rules.clocks(each, statute, session.today)
            if clock.state == "running" or (clock.late and clock.done_on is None)
        ]
        if live:
            found[number] = min(live, key=lambda clock: (not clock.late, clock.ends_on or date.max))
    return found


_LINE = [
    name
    for name in AgreementLine.__struct_fields__
    if name not in ("parties", "clock", "clock_on", "clock_late", "label")
]
