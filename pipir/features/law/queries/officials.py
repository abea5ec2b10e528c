"""The senior official and the delegations: who holds which office, on which days."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec
from sqlalchemy import RowMapping, func, or_, select

from pipir.features.law import rules
from pipir.features.law.queries.labels import label, label_columns
from pipir.features.law.tables import (
    Delegation,
    DelegationId,
    Designation,
    DesignationId,
)
from pipir.features.people.tables import Person
from pipir.kernel.errors import NotFound
from pipir.statute.load import the_statute
from pipir.store.doors import ReadSession

NOBODY_RECORDED: Final = "No designation recorded here; not public."


NOBODY_TODAY: Final = "No official is recorded here for today; not public."


class DesignationView(msgspec.Struct, frozen=True):
    """A designation of the senior official as shown; `until` None: in office as recorded."""

    id: int
    version: int
    official: str
    office_held: str
    rank: str
    rank_title: str
    acting: bool
    made_on: date
    since: date
    until: date | None
    ended_because: str | None
    ended_by_change: bool
    changed_on: date | None
    instrument: str
    source: str
    label: str
    late_because: str | None
    late_document: str | None
    corrected_because: str | None
    exercise: bool


class DesignationRegister(msgspec.Struct, frozen=True):
    """The register by day, with the days on which nobody is recorded; `says` where it holds nothing."""

    designations: tuple[DesignationView, ...]
    vacancies: tuple["Vacancy", ...]
    says: str


class Vacancy(msgspec.Struct, frozen=True):
    """Days on which nobody is recorded as designated."""

    first: date
    last: date


class DelegationView(msgspec.Struct, frozen=True):
    """A delegation as shown."""

    id: int
    version: int
    function: str
    from_office: str
    to_office: str
    to_person_id: int | None
    to_person: str | None
    citation: str
    instrument: str
    instrument_on: date
    limits: str | None
    since: date
    until: date | None
    ended_because: str | None
    in_force: bool
    exercise: bool


async def designations(session: ReadSession) -> tuple[DesignationView, ...]:
    """The register of the senior official, by day."""
    rows = await session.execute(
        select(*(column for column in Designation.__table__.columns), *label_columns(Designation)).order_by(
            Designation.since, Designation.id
        )
    )
    return tuple(_designation_view(row) for row in rows.mappings())


async def register(session: ReadSession) -> DesignationRegister:
    """Who was designated on which days, and the days on which nobody is recorded."""
    found = await designations(session)
    return DesignationRegister(found, vacancies(found, session.today), "" if found else NOBODY_RECORDED)


async def designation(session: ReadSession, designation_id: DesignationId) -> DesignationView:
    """One designation, or NotFound."""
    for view in await designations(session):
        if view.id == designation_id:
            return view
    raise NotFound("There is no designation with this number.")


async def official_on(session: ReadSession, on: date) -> DesignationView | None:
    """Who is recorded as the senior official on a day, or None."""
    for view in await designations(session):
        if view.since <= on and (view.until is None or on <= view.until):
            return view
    return None


def vacancies(found: tuple[DesignationView, ...], today: date) -> tuple[Vacancy, ...]:
    """The days without a recorded official between the first designation and today; none where none is recorded."""
    if not found:
        return ()
    days = tuple((view.since, view.until) for view in found)
    return tuple(Vacancy(*each) for each in rules.gaps(days, found[0].since, today))


async def delegations(
    session: ReadSession,
    *,
    function: str | None = None,
    on: date | None = None,
    person_id: int | None = None,
    offices: Sequence[str] = (),
) -> tuple[DelegationView, ...]:
    """The delegations register, by function and day; with a day those in force on it.

    `offices` are the names of one office: those from it and to it are left.
    """
    statement = (
        select(*(column for column in Delegation.__table__.columns), Person.name.label("to_person"))
        .outerjoin(Person, Person.id == Delegation.to_person_id)
        .order_by(Delegation.function, Delegation.since, Delegation.id)
    )
    if function is not None:
        statement = statement.where(Delegation.function == function)
    if person_id is not None:
        statement = statement.where(Delegation.to_person_id == person_id)
    if offices:
        # An instrument names an office by its own words or by the title of the official who heads it.
        names = {each.lower().removeprefix("office of the ") for each in offices} | {each.lower() for each in offices}
        statement = statement.where(
            or_(func.lower(Delegation.from_office).in_(names), func.lower(Delegation.to_office).in_(names))
        )
    if on is not None:
        statement = statement.where(Delegation.since <= on, or_(Delegation.until.is_(None), Delegation.until >= on))
    rows = (await session.execute(statement)).mappings()
    return tuple(_delegation_view(row, session.today) for row in rows)


async def delegation(session: ReadSession, delegation_id: DelegationId) -> DelegationView:
    """One delegation, or NotFound."""
    for view in await delegations(session):
        if view.id == delegation_id:
            return view
    raise NotFound("There is no delegation with this number.")


def _designation_view(row: RowMapping) -> DesignationView:
    names = [name for name in DesignationView.__struct_fields__ if name not in ("rank_title", "label")]
    rank = the_statute().ranks.get(row["rank"])
    return DesignationView(
        **{name: row[name] for name in names},
        rank_title=rank.title if rank else row["rank"],
        label=label(row["continues"], row["late_because"]),
    )


def _delegation_view(row: RowMapping, today: date) -> DelegationView:
    names = [name for name in DelegationView.__struct_fields__ if name != "in_force"]
    in_force = row["since"] <= today and (row["until"] is None or today <= row["until"])
    return DelegationView(**{name: row[name] for name in names}, in_force=in_force)
