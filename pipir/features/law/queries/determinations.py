"""Continuation determinations: which there are, what each concerns, and what an act rests on by them."""

from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from sqlalchemy import BigInteger, ColumnElement, RowMapping, Text, and_, column, func, or_, select, table
from sqlalchemy.orm import aliased

from pipir.features.law import rules
from pipir.features.law.queries.standing import law_of
from pipir.features.law.rules import Act, Basis
from pipir.features.law.tables import (
    ContinuationDetermination,
    DeterminationId,
)
from pipir.features.people.tables import Person
from pipir.features.trail.rules import address
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute import lookup
from pipir.statute.model import Statute, short_citation
from pipir.store.base import holds
from pipir.store.doors import ReadSession, WriteSession
from pipir.store.listing import AnySelect, Sorts, list_page
from pipir.store.records import may_see

MAKES_DETERMINATIONS: Final = "law.change"


# What a determination can concern, and where its title and its readers stand; their features lie above the law's.
_SUBJECTS: Final = {
    "participant": ("participant", "name"),
    "group": ("working_group", "name"),
    "project": ("project", "name"),
    "funding document": ("funding_document", "title"),
    "agreement": ("agreement", "name"),
    "assistance": ("assistance", "name"),
}


class DeterminationView(msgspec.Struct, frozen=True):
    """A continuation determination as shown, with whether it carries acts of today and, where not, why.

    `label` is what stands beside the work that it carries; blank while it carries none.
    """

    id: int
    version: int
    subject_kind: str
    subject_id: int | None
    subject_title: str
    authority: str
    citation: str
    authority_from: date | None
    authority_until: date | None
    conditions_met: str
    funding_source: str
    opinion: str
    determined_by: str
    determined_by_id: int
    determined_on: date
    reviewed_by: str | None
    reviewed_on: date | None
    effective_from: date
    review_on: date
    until: date | None
    ended_because: str | None
    marking: str
    exercise: bool
    stage: str
    in_force: bool
    label: str


class Papers(msgspec.Struct, frozen=True):
    """The determinations that a form offers for its act, by number and label, and where another is made.

    `href` is where they are made, or their list for who makes none.
    """

    choices: tuple[tuple[str, str], ...]
    href: str
    may_make: bool


async def basis_of(session: WriteSession, act: Act, *, continuation_id: int | None = None) -> Basis:
    """What an act rests on by the law as it stands, or Refused; `continuation_id` names its determination."""
    determination = None if continuation_id is None else await _determination(session, continuation_id)
    return rules.judge(
        msgspec.structs.replace(act, determination=determination),
        await law_of(session),
        today=session.recorded_on(act.on),
    )


async def determinations_by_number(session: ReadSession, numbers: set[int]) -> dict[int, rules.Determination]:
    """The determinations of those numbers as the rules need them; one that is not there is missing."""
    if not numbers:
        return {}
    rows = await session.scalars(select(ContinuationDetermination).where(ContinuationDetermination.id.in_(numbers)))
    return {row.id: _facts(row) for row in rows}


async def reviewed_determinations(session: ReadSession, kinds: tuple[str, ...]) -> tuple[rules.Determination, ...]:
    """Every reviewed determination that concerns a record of these kinds, as the rules need it."""
    rows = await session.scalars(
        select(ContinuationDetermination)
        .where(ContinuationDetermination.subject_kind.in_(kinds), ContinuationDetermination.reviewed_on.is_not(None))
        .order_by(ContinuationDetermination.id)
    )
    return tuple(_facts(row) for row in rows)


_DETERMINATION_SORTS: Sorts = {
    "entered": ((ContinuationDetermination.determined_on, date),),
    "subject": (
        (ContinuationDetermination.subject_kind, str),
        (func.lower(ContinuationDetermination.subject_title), str),
    ),
    "review": ((ContinuationDetermination.review_on, date),),
}


async def list_determinations(
    session: ReadSession,
    reader: Reader,
    *,
    subject_kind: str | None = None,
    subject_id: int | None = None,
    waiting: bool = False,
    ended: bool = False,
    sort: str = "-entered",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[DeterminationView]:
    """Continuation determinations; those that have ended stand there where `ended`, `waiting` keeps the unreviewed."""
    statement = _determinations(reader)
    if subject_kind is not None:
        statement = statement.where(ContinuationDetermination.subject_kind == subject_kind)
    if subject_id is not None:
        statement = statement.where(ContinuationDetermination.subject_id == subject_id)
    if waiting:
        statement = statement.where(ContinuationDetermination.reviewed_on.is_(None))
    if not ended:
        statement = statement.where(
            or_(ContinuationDetermination.until.is_(None), ContinuationDetermination.until >= session.today)
        )
    law = await law_of(session)
    return await list_page(
        session,
        statement,
        row_id=ContinuationDetermination.id,
        sorts=_DETERMINATION_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _determination_view(row, law, session.today),
    )


async def determination(session: ReadSession, reader: Reader, determination_id: DeterminationId) -> DeterminationView:
    """One continuation determination, or NotFound."""
    statement = _determinations(reader).where(ContinuationDetermination.id == determination_id)
    row = (await session.execute(statement)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no continuation determination with this number.")
    return _determination_view(row, await law_of(session), session.today)


async def papers_for(
    session: ReadSession,
    caller: Caller,
    *kinds: str,
    subject_id: int | None = None,
    title: str | None = None,
    entered: bool = False,
) -> Papers:
    """The reviewed determinations for records of these kinds that the caller may see, those in force today first.

    With `subject_id` they are that record's, by its number or `title`; without it those for records still to be
    entered, and with `entered` those for any entered record.
    """
    found = ContinuationDetermination
    statement = _determinations(caller.reader).where(found.subject_kind.in_(kinds), found.reviewed_on.is_not(None))
    if subject_id is not None:
        statement = statement.where(
            or_(found.subject_id == subject_id, and_(found.subject_id.is_(None), found.subject_title == title))
        )
    else:
        statement = statement.where(found.subject_id.is_not(None) if entered else found.subject_id.is_(None))
    law, today = await law_of(session), session.today
    rows = (await session.execute(statement.order_by(found.id))).mappings()
    views = sorted((_determination_view(row, law, today) for row in rows), key=lambda each: not each.in_force)
    may_make = caller.may(MAKES_DETERMINATIONS)
    place = urlencode({"kind": kinds[0]} | ({"id": str(subject_id)} if subject_id is not None else {}))
    return Papers(
        choices=tuple((str(each.id), _choice(each, law, today)) for each in views),
        href=f"/law/determinations/new?{place}" if may_make else f"/law/determinations?{urlencode({'kind': kinds[0]})}",
        may_make=may_make,
    )


def _choice(view: DeterminationView, law: Statute, today: date) -> str:
    """A determination in a list of choices: number, authority, record, and from when or until when it carries acts."""
    assert view.reviewed_on is not None
    begins = max(view.effective_from, view.reviewed_on)
    window = lookup.window(law, view.authority, today)[1] if view.authority in law.provisions else None
    ends = [day for day in (view.until, view.authority_until, window) if day is not None and day != date.max]
    end = min(ends, default=None)
    days = "no end recorded" if end is None else f"{'until' if end >= today else 'ended'} {show_day(end)}"
    return f"{view.id}: {view.citation}, “{view.subject_title}”, from {show_day(begins)}, {days}"


async def subjects(session: ReadSession, reader: Reader, kind: str) -> tuple[tuple[int, str], ...]:
    """The records of a kind that a determination can concern, as the reader may see them: number and title."""
    if kind not in _SUBJECTS:
        return ()
    found = _subject_table(kind)
    rows = await session.execute(
        select(found.c.id, found.c.title).where(holds(found.c.audience, reader)).order_by(found.c.title, found.c.id)
    )
    return tuple((number, title) for number, title in rows)


async def title_of_subject(
    session: ReadSession, reader: Reader, kind: str, subject_id: int | None, title: str | None
) -> str:
    """The title of what a determination concerns: its record's own, or the given one where none is entered yet."""
    mistakes = []
    if subject_id is None:
        if title is not None:
            return title
        mistakes.append(
            Mistake("subject_title", "Expected the record's number, or its title where it is not entered yet.")
        )
    elif kind not in _SUBJECTS:
        expected = f"Expected no number: this record numbers no {kind} yet; give its title."
        mistakes.append(Mistake("subject_id", expected, str(subject_id)))
    else:
        found = _subject_table(kind)
        own = await session.scalar(
            select(found.c.title).where(found.c.id == subject_id, holds(found.c.audience, reader))
        )
        if own is not None:
            return str(own)
        mistakes.append(Mistake("subject_id", f"Expected the number of one {kind} in this record.", str(subject_id)))
    raise Invalid("What the determination concerns is not known.", mistakes=tuple(mistakes))


def subject_address(kind: str, subject_id: int | None) -> str:
    """The address of the record that a determination concerns, or nothing."""
    return address(_SUBJECTS[kind][0], subject_id) if kind in _SUBJECTS else ""


def _subject_table(kind: str) -> Any:
    name, title = _SUBJECTS[kind]
    return (
        select(column("id", BigInteger), column(title, Text).label("title"), column("audience", BigInteger))
        .select_from(table(name))
        .subquery()
    )


async def _determination(session: ReadSession, determination_id: int) -> rules.Determination:
    found = await session.get(ContinuationDetermination, determination_id, with_for_update={"read": True})
    if found is None:
        expected = "Expected the number of a continuation determination."
        raise Invalid(
            "The continuation determination is not known.",
            mistakes=(Mistake("continuation_id", expected, str(determination_id)),),
        )
    return _facts(found)


def _facts(found: Any) -> rules.Determination:
    return rules.Determination(
        id=found.id,
        subject_kind=found.subject_kind,
        subject_id=found.subject_id,
        subject_title=found.subject_title,
        authority=found.authority,
        reviewed_on=found.reviewed_on,
        effective_from=found.effective_from,
        authority_from=found.authority_from,
        authority_until=found.authority_until,
        until=found.until,
    )


_REVIEWER = aliased(Person)


def seen_by(reader: Reader) -> ColumnElement[bool]:
    """The predicate of releasability of a determination as the index holds it: its marking, and what it concerns."""
    return may_see(reader, ContinuationDetermination.__tablename__, ContinuationDetermination.id)


def _determinations(reader: Reader) -> AnySelect:
    return (
        select(
            *(column for column in ContinuationDetermination.__table__.columns if column.name != "audience"),
            Person.name.label("determined_by"),
            _REVIEWER.name.label("reviewed_by"),
        )
        .join(Person, Person.id == ContinuationDetermination.determined_by_id)
        .outerjoin(_REVIEWER, _REVIEWER.id == ContinuationDetermination.reviewed_by_id)
        .where(seen_by(reader))
    )


def _determination_view(row: RowMapping, law: Statute, today: date) -> DeterminationView:
    facts = rules.Determination(**{name: row[name] for name in rules.Determination.__struct_fields__})
    in_force = rules.is_determined(facts, today, law)
    if row["until"] is not None and row["until"] < today:
        stage = "ended"
    elif row["reviewed_on"] is None:
        stage = "waits for a second person"
    elif in_force:
        stage = "in force"
    elif today < max(row["effective_from"], row["reviewed_on"]):
        stage = "reviewed, not yet effective"
    else:
        stage = "expired with its authority"
    names = [
        name for name in DeterminationView.__struct_fields__ if name not in ("citation", "stage", "in_force", "label")
    ]
    return DeterminationView(
        **{name: row[name] for name in names},
        citation=short_citation(law.citation(row["authority"]))
        if row["authority"] in law.provisions
        else row["authority"],
        stage=stage,
        in_force=in_force,
        label=rules.continues_label(row["authority"], law) if in_force else "",
    )
