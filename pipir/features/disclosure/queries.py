"""What can be asked of foreign disclosure: what stands for a country on a day, and the records that say so."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Text, column, select, table

from pipir.features.disclosure import rules
from pipir.features.disclosure.rules import Answer, Paper, Subject
from pipir.features.disclosure.tables import DisclosureDecision, ExportBasis, Release, SecurityAgreement
from pipir.features.people.tables import Person
from pipir.features.trail.rules import address
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import DisclosureDecisionId, ExportBasisId, ReleaseId, SecurityAgreementId
from pipir.kernel.marking import Marking, Reader, parse_marking
from pipir.store.base import holds
from pipir.store.doors import ReadSession
from pipir.store.records import may_see

# The records that can be released, and where their title, marking and readers stand; their features lie above this one.
_RECORDS: Final = {"project": ("project", "name"), "group": ("working_group", "name")}


class CountryStanding(msgspec.Struct, frozen=True):
    """Whether anything may be released to a country on a day: the sentence, and each answer with its days."""

    country: str
    name: str
    on: date
    possible: bool
    says: str
    not_enough: str
    answers: tuple[Answer, ...]


class DecisionView(msgspec.Struct, frozen=True):
    """A disclosure decision as shown; no outcome: it waits for the second person."""

    id: int
    version: int
    country: str
    subject: str
    record_kind: str | None
    record_id: int | None
    authority_office: str
    categories: list[str]
    conditions: str | None
    document: str
    since: date
    until: date | None
    ended_because: str | None
    proposed_by_id: int
    proposed_on: date
    outcome: str | None
    decided_on: date | None
    marking: str
    exercise: bool
    proposed_by: str = ""
    decided_by: str | None = None


class ExportView(msgspec.Struct, frozen=True):
    """An export license or exemption as shown, or why none is required."""

    id: int
    version: int
    country: str
    subject: str
    record_kind: str | None
    record_id: int | None
    kind: str
    reference: str | None
    reason: str | None
    document: str
    since: date
    until: date | None
    ended_because: str | None
    marking: str
    exercise: bool

    @property
    def title(self) -> str:
        """What it is called: the license's number, the exemption's citation, or that none is required."""
        return f"{self.kind} {self.reference}" if self.reference else "no license required"


class AgreementView(msgspec.Struct, frozen=True):
    """An information-security agreement as shown."""

    id: int
    version: int
    country: str
    title: str
    source: str
    since: date
    until: date | None
    ended_because: str | None
    marking: str
    exercise: bool


class ReleaseView(msgspec.Struct, frozen=True):
    """What reached a country, and under which three records."""

    id: int
    version: int
    country: str
    subject: str
    record_kind: str | None
    record_id: int | None
    released_on: date
    means: str | None
    decision_id: int
    export_basis_id: int
    agreement_id: int
    marking: str
    exercise: bool
    recorded_by: str = ""


V = TypeVar("V", bound=msgspec.Struct)


async def standing(
    session: ReadSession,
    reader: Reader,
    country: str,
    on: date,
    *,
    subject: Subject | None = None,
    marking: Marking | None = None,
    chosen: tuple[int | None, int | None, int | None] = (None, None, None),
) -> CountryStanding:
    """What stands for a release to a country on a day, of what the reader may see; a marking alone authorizes nothing.

    Without a subject and marking: whether anything at all could be released. `chosen` names the decision, the export
    basis and the agreement, where not the latest of each is meant.
    """
    known = rules.known_partner(country)
    papers = (
        ("decision", await _decision_papers(session, reader, country)),
        ("export", await _export_papers(session, reader, country)),
        ("agreement", await _agreement_papers(session, reader, country)),
    )
    answers = tuple(
        rules.answer(need, found, known, on, subject=subject, marking=marking, chosen=number)  # type: ignore[arg-type]
        for (need, found), number in zip(papers, chosen, strict=True)
    )
    if marking is not None:
        answers = (rules.of_marking(marking, known), *answers)
    return CountryStanding(
        country=country,
        name=known.name,
        on=on,
        possible=all(each.stands for each in answers),
        says=rules.sentence(answers, known, on),
        not_enough=rules.NOT_ENOUGH,
        answers=answers,
    )


async def decisions(session: ReadSession, reader: Reader, *, country: str | None = None) -> tuple[DecisionView, ...]:
    """The disclosure decisions that the reader may see, of a country or of all, the latest first."""
    return await _all(session, reader, DisclosureDecision, DecisionView, country, _PEOPLE)


async def decision(session: ReadSession, reader: Reader, number: DisclosureDecisionId) -> DecisionView:
    """One disclosure decision, or NotFound where there is none that the reader may see."""
    return await _one(session, reader, DisclosureDecision, DecisionView, number, _PEOPLE)


async def export_bases(session: ReadSession, reader: Reader, *, country: str | None = None) -> tuple[ExportView, ...]:
    """The export licenses and exemptions that the reader may see, the latest first."""
    return await _all(session, reader, ExportBasis, ExportView, country)


async def export_basis(session: ReadSession, reader: Reader, number: ExportBasisId) -> ExportView:
    """One export basis, or NotFound where there is none that the reader may see."""
    return await _one(session, reader, ExportBasis, ExportView, number)


async def agreements(session: ReadSession, reader: Reader, *, country: str | None = None) -> tuple[AgreementView, ...]:
    """The information-security agreements that the reader may see, the latest first."""
    return await _all(session, reader, SecurityAgreement, AgreementView, country)


async def agreement(session: ReadSession, reader: Reader, number: SecurityAgreementId) -> AgreementView:
    """One information-security agreement, or NotFound where there is none that the reader may see."""
    return await _one(session, reader, SecurityAgreement, AgreementView, number)


async def releases(
    session: ReadSession, reader: Reader, *, country: str | None = None, subject: Subject | None = None
) -> tuple[ReleaseView, ...]:
    """The releases that the reader may see, of a country or a record, the latest first."""
    found = await _all(session, reader, Release, ReleaseView, country, _RECORDER)
    if subject is None:
        return found
    return tuple(each for each in found if Subject(each.record_kind, each.record_id) == subject)


async def release(session: ReadSession, reader: Reader, number: ReleaseId) -> ReleaseView:
    """One release, or NotFound where there is none that the reader may see."""
    return await _one(session, reader, Release, ReleaseView, number, _RECORDER)


async def record_marking(
    session: ReadSession, reader: Reader, kind: str | None, number: int | None
) -> tuple[str, Marking] | None:
    """The title and marking of a record that is named, None where none is; Invalid where it is not in the record."""
    if kind is None and number is None:
        return None
    if kind is None or number is None:
        where = "record_kind" if kind is None else "record_id"
        raise Invalid(
            "The record is named by half.",
            mistakes=(Mistake(where, "Expected both the kind and the number of the record, or neither."),),
        )
    found = _record_table(kind)
    row = (
        await session.execute(
            select(found.c.title, found.c.marking).where(found.c.id == number, holds(found.c.audience, reader))
        )
    ).one_or_none()
    if row is None:
        expected = f"Expected the number of a {kind} in this record."
        raise Invalid("There is no such record.", mistakes=(Mistake("record_id", expected, str(number)),))
    return str(row[0]), parse_marking(row[1])


def record_address(kind: str | None, number: int | None) -> str:
    """The address of the record that is named, or nothing."""
    return address(_RECORDS[kind][0], number) if kind in _RECORDS else ""


def seen_by(reader: Reader, kept: Any) -> ColumnElement[bool]:
    """The predicate of releasability as the index holds it: the row's own marking, and those of all that it names.

    A paper is as hidden as its record, a release as that and as the three papers on which it stands.
    """
    return may_see(reader, kept.__tablename__, kept.id)


async def _decision_papers(session: ReadSession, reader: Reader, country: str) -> list[Paper]:
    return [
        Paper(
            each.id,
            each.subject,
            each.since,
            each.until,
            f"/disclosure/decisions/{each.id}",
            Subject(each.record_kind, each.record_id),
            tuple(each.categories),
            each.decided_on,
        )
        for each in await decisions(session, reader, country=country)
        if each.outcome == "granted"
    ]


async def _export_papers(session: ReadSession, reader: Reader, country: str) -> list[Paper]:
    return [
        Paper(
            each.id,
            each.title,
            each.since,
            each.until,
            f"/disclosure/export-bases/{each.id}",
            Subject(each.record_kind, each.record_id),
        )
        for each in await export_bases(session, reader, country=country)
    ]


async def _agreement_papers(session: ReadSession, reader: Reader, country: str) -> list[Paper]:
    return [
        Paper(each.id, each.title, each.since, each.until, f"/disclosure/agreements/{each.id}")
        for each in await agreements(session, reader, country=country)
    ]


_PEOPLE: Final = ("proposed_by", "decided_by")
_RECORDER: Final = ("recorded_by",)


def _rows(reader: Reader, kept: Any, view: type[msgspec.Struct], people: Sequence[str]) -> Any:
    statement = select(*(getattr(kept, name) for name in view.__struct_fields__ if name not in people))
    for name in people:
        found = select(Person.name).where(Person.id == getattr(kept, f"{name}_id")).scalar_subquery()
        statement = statement.add_columns(found.label(name))
    return statement.where(seen_by(reader, kept))


async def _all(
    session: ReadSession, reader: Reader, kept: Any, view: type[V], country: str | None, people: Sequence[str] = ()
) -> tuple[V, ...]:
    statement = _rows(reader, kept, view, people)
    if country is not None:
        statement = statement.where(kept.country == country)
    day = kept.released_on if kept is Release else kept.since
    rows = await session.execute(statement.order_by(kept.country, day.desc(), kept.id.desc()))
    return tuple(view(**row) for row in rows.mappings())


async def _one(
    session: ReadSession, reader: Reader, kept: Any, view: type[V], number: int, people: Sequence[str] = ()
) -> V:
    row = (await session.execute(_rows(reader, kept, view, people).where(kept.id == number))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no record of foreign disclosure with this number.")
    return view(**row)


def _record_table(kind: str) -> Any:
    name, title = _RECORDS[kind]
    return (
        select(
            column("id", BigInteger),
            column(title, Text).label("title"),
            column("marking", Text),
            column("audience", BigInteger),
        )
        .select_from(table(name))
        .subquery()
    )
