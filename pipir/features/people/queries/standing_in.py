"""Who is away, who stands in for whom, and who may answer for an office."""

from datetime import date
from typing import Any

import msgspec
from sqlalchemy import CompoundSelect, or_, select, text, union
from sqlalchemy.orm import aliased

from pipir.features.people import rules
from pipir.features.people.tables import Absence, Office, Person
from pipir.store.doors import ReadSession, WriteSession
from pipir.store.listing import AnySelect

_StandIn = aliased(Person)


class AbsenceView(msgspec.Struct, frozen=True):
    """An absence with both persons; `state` is over, now or to come."""

    id: int
    version: int
    person_id: int
    person: str
    stand_in_id: int
    stand_in: str
    since: date
    until: date
    state: str

    @property
    def day_before(self) -> str:
        """The last day that calls it off before it began."""
        return rules.day_before(self.since).isoformat()


class StoodInFor(msgspec.Struct, frozen=True):
    """Somebody who is away today, and whose office the stand-in answers for."""

    person_id: int
    person: str
    office_id: int
    office: str
    until: date
    roles: list[str]


async def absences_of(session: ReadSession, person_id: int) -> tuple[AbsenceView, ...]:
    """The absences of a person and those in which they stand in, the latest first; what was called off is left out."""
    rows = await session.execute(
        select(
            Absence.id,
            Absence.version,
            Absence.person_id,
            Person.name,
            Absence.stand_in_id,
            _StandIn.name,
            Absence.since,
            Absence.until,
        )
        .join(Person, Person.id == Absence.person_id)
        .join(_StandIn, _StandIn.id == Absence.stand_in_id)
        .where(or_(Absence.person_id == person_id, Absence.stand_in_id == person_id), Absence.until >= Absence.since)
        .order_by(Absence.since.desc(), Absence.id)
    )
    today = session.today

    def state(since: date, until: date) -> str:
        if until < today:
            return "over"
        return "to come" if since > today else "now"

    return tuple(AbsenceView(*row, state(row.since, row.until)) for row in rows)


async def stands_in_for(session: ReadSession, person_id: int) -> tuple[StoodInFor, ...]:
    """For whom a person stands in today, by name; standing in is not handed on to the stand-in's own stand-in.

    Where one of the two has moved to another department meanwhile nobody stands in: no office answers for another's.
    """
    columns = (Person.id, Person.name, Person.office_id, Office.symbol, Absence.until, Person.roles)
    rows = await session.execute(
        _stood_in_for(select(*columns), person_id, session.today).order_by(Person.name, Person.id)
    )
    return tuple(StoodInFor(*row) for row in rows)


def answered_for(person_id: int, today: date) -> CompoundSelect[Any]:
    """The offices that a person answers for today, as `may_answer_for` tells of each."""
    own = select(Person.office_id).where(Person.id == person_id)
    away = _stood_in_for(select(Person.office_id), person_id, today)
    return union(own, away)


async def may_answer_for(session: ReadSession, actor: int, office_id: int) -> bool:
    """Whether a person answers for an office today: it is their own, or they stand in for a member of it.

    In a write the trail then names for whom the stand-in acts.
    """
    own = await session.scalar(select(Person.office_id).where(Person.id == actor))
    absent = None
    if own != office_id:
        absent = next((each for each in await stands_in_for(session, actor) if each.office_id == office_id), None)
    if isinstance(session, WriteSession):
        # Of many acts in one write, those for the actor's own office are nobody else's.
        person = str(absent.person_id) if absent is not None else ""
        await session.execute(text("select set_config('app.standing_in_for', :person, true)"), {"person": person})
    return own == office_id or absent is not None


def _stood_in_for(statement: AnySelect, person_id: int, today: date) -> AnySelect:
    own = aliased(Office)
    return (
        statement.select_from(Person)
        .join(Absence, Absence.person_id == Person.id)
        .join(Office, Office.id == Person.office_id)
        .join(_StandIn, _StandIn.id == Absence.stand_in_id)
        .join(own, own.id == _StandIn.office_id)
        .where(
            Absence.stand_in_id == person_id,
            own.department == Office.department,
            Absence.since <= today,
            Absence.until >= today,
            or_(Person.until.is_(None), Person.until >= today),
        )
    )
