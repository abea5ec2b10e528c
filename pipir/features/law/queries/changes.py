"""Amendments and adopted readings: who entered and confirmed each, and what it would change."""

from datetime import date
from typing import Any

import msgspec
from sqlalchemy import RowMapping, select
from sqlalchemy.orm import aliased

from pipir.features.law import rules
from pipir.features.law.queries.standing import enacted, law_of, read_law
from pipir.features.law.tables import (
    Amendment,
    ReadingAdoption,
)
from pipir.features.people.tables import Person
from pipir.kernel.errors import NotFound
from pipir.statute import amendments, lookup, model
from pipir.statute.load import the_statute
from pipir.statute.model import Statute
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect


class LawEffect(msgspec.Struct, frozen=True):
    """What an amendment or a reading changes, or would change; `gap` has both readings of days gone by."""

    effect: rules.Effect
    gap: tuple[rules.GapDays, ...] = ()


class LawChangeView(msgspec.Struct, frozen=True):
    """What two persons enter and confirm: where it stands, and who did what when."""

    id: int
    version: int
    entered_by: str
    entered_by_id: int
    entered_on: date
    confirmed_by: str | None
    confirmed_on: date | None
    withdrawn_on: date | None
    withdrawn_because: str | None
    exercise: bool

    @property
    def stage(self) -> str:
        """In force, waiting for the second person, or withdrawn."""
        if self.confirmed_on is not None:
            return "confirmed"
        return "withdrawn" if self.withdrawn_on is not None else "waits for a second administrator"


class AmendmentView(LawChangeView, frozen=True):
    """An enacted amendment as shown; `new_day` None: the value has no end any more."""

    citation: str
    enacted_in: str
    enacted_on: date
    provision: str
    provision_citation: str
    value: str
    new_day: date | None
    changes_from: date
    effect: str
    source: str


class AdoptionView(LawChangeView, frozen=True):
    """The adoption of a reading as shown."""

    provision: str
    reading: str
    statement: str
    counsel: str
    counsel_on: date
    opinion: str


async def all_amendments(session: ReadSession) -> tuple[AmendmentView, ...]:
    """Every amendment that was entered, the newest first."""
    rows = (await session.execute(_changes(Amendment).order_by(Amendment.id.desc()))).mappings()
    return tuple(_amendment_view(row) for row in rows)


async def amendment(session: ReadSession, amendment_id: int) -> AmendmentView:
    """One amendment, or NotFound."""
    row = (await session.execute(_changes(Amendment).where(Amendment.id == amendment_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no amendment with this number.")
    return _amendment_view(row)


async def effect_of_amendment(session: ReadSession, amendment_id: int) -> LawEffect:
    """What an amendment changes, or would change once it is confirmed."""
    base, others = await read_law(session), await enacted(session, without=amendment_id)
    one = _as_law(await amendment(session, amendment_id))
    before, after = amendments.amended(base, others), amendments.amended(base, (*others, one))
    return LawEffect(rules.effect_of(before, after), rules.gap_of(base, others, one))


async def law_with(session: ReadSession, amendment_id: int) -> Statute:
    """The law as it stands, and with this amendment, be it confirmed or not."""
    others = await enacted(session, without=amendment_id)
    return amendments.amended(await read_law(session), (*others, _as_law(await amendment(session, amendment_id))))


async def all_adoptions(session: ReadSession) -> tuple[AdoptionView, ...]:
    """Every adoption of a reading, the newest first."""
    rows = (await session.execute(_changes(ReadingAdoption).order_by(ReadingAdoption.id.desc()))).mappings()
    return tuple(_adoption_view(row) for row in rows)


async def adoption(session: ReadSession, adoption_id: int) -> AdoptionView:
    """One adoption of a reading, or NotFound."""
    statement = _changes(ReadingAdoption).where(ReadingAdoption.id == adoption_id)
    row = (await session.execute(statement)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no adoption of a reading with this number.")
    return _adoption_view(row)


async def effect_of_adoption(session: ReadSession, adoption_id: int) -> LawEffect:
    """What a reading would change against the law as it stands; nothing where it is the one adopted."""
    view, law = await adoption(session, adoption_id), await law_of(session)
    after = amendments.adopting(law, view.provision, view.reading, counsel=view.counsel, counsel_on=view.counsel_on)
    return LawEffect(rules.effect_of(law, after))


def _as_law(view: AmendmentView) -> model.Amendment:
    return model.Amendment(**{name: getattr(view, name) for name in model.Amendment.__struct_fields__})


_CONFIRMER = aliased(Person)


def _changes(table: Any) -> AnySelect:
    return (
        select(*table.__table__.columns, Person.name.label("entered_by"), _CONFIRMER.name.label("confirmed_by"))
        .join(Person, Person.id == table.entered_by_id)
        .outerjoin(_CONFIRMER, _CONFIRMER.id == table.confirmed_by_id)
    )


def _amendment_view(row: RowMapping) -> AmendmentView:
    names = [name for name in AmendmentView.__struct_fields__ if name != "provision_citation"]
    return AmendmentView(
        **{name: row[name] for name in names},
        provision_citation=the_statute().citation(row["provision"]),
    )


def _adoption_view(row: RowMapping) -> AdoptionView:
    names = [name for name in AdoptionView.__struct_fields__ if name != "statement"]
    readings = lookup.readings(the_statute(), row["provision"])
    statement = next((each.statement for each in readings if each.slug == row["reading"]), "")
    return AdoptionView(**{name: row[name] for name in names}, statement=statement)
