"""What can be asked of the trail."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    RowMapping,
    Select,
    Text,
    and_,
    cast,
    column,
    func,
    literal,
    not_,
    or_,
    select,
    table,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from pipir.features.trail import rules
from pipir.features.trail.tables import TrailRow
from pipir.kernel.calendar import WASHINGTON, end_of_day, start_of_day
from pipir.kernel.marking import US_GOVERNMENT, Reader, reader_bits
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.base import Base, holds
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page
from pipir.store.records import entry


class Change(msgspec.Struct, frozen=True):
    """One field of a change."""

    field: str
    before: str
    after: str


class TrailView(msgspec.Struct, frozen=True):
    """A trail row as people read it: when by the program clock, who, what."""

    id: int
    at: str
    real_at: datetime
    who: str
    person_id: int
    command: str
    subject: str
    subject_id: int | None
    change: str
    told: str
    detail: str
    changes: tuple[Change, ...]
    seal: str = ""


class News(msgspec.Struct, frozen=True):
    """A change, and its kind: the same words for the same change of other records."""

    kind: str
    change: TrailView


# People stand above the trail, since their pages show it; all that it needs of them is a name.
_person = table("person", column("id", BigInteger), column("name", Text))
_absent = _person.alias("absent")
_office = table("office", column("id", BigInteger), column("symbol", Text))
_member = table(
    "person_office",
    column("person_id", BigInteger),
    column("office_id", BigInteger),
    column("since", Date),
    column("until", Date),
)

_SORTS: Sorts = {"at": ((TrailRow.id, int),)}


async def history(
    session: ReadSession, reader: Reader, subject: str, subject_id: int, *, limit: int = 50
) -> tuple[TrailView, ...]:
    """The latest changes of a record and of what hangs on it, newest first; ask only for one that the reader may see.

    Values from a time when a record's marking was stricter stay hidden from whom they were hidden then; and what hangs
    on another record too, as a project's partner on its country, is hidden with that one.
    """
    statement = _rows().where(TrailRow.subject == subject, TrailRow.subject_id == subject_id)
    below = _hidden_now(reader)
    statement = statement.where(
        _images_readable(reader), tuple_(TrailRow.table_name, TrailRow.record_id).not_in(below), *_named_not_in(below)
    )
    rows = await session.execute(statement.order_by(TrailRow.id.desc()).limit(limit))
    return await _views(session, reader, rows.mappings().all())


async def row_history(
    session: ReadSession, reader: Reader, table_name: str, record_id: int, *, limit: int = 50
) -> tuple[TrailView, ...]:
    """The same of one row that hangs on a record, without what hangs on the record beside it."""
    statement = _rows().where(
        TrailRow.table_name == table_name, TrailRow.record_id == record_id, _images_readable(reader)
    )
    rows = await session.execute(statement.order_by(TrailRow.id.desc()).limit(limit))
    return await _views(session, reader, rows.mappings().all())


async def latest(
    session: ReadSession, reader: Reader, *, limit: int = 8, but_not: tuple[str, ...] = ()
) -> tuple[News, ...]:
    """The latest changes of all that the reader may see, newest first, without those of the subjects in `but_not`."""
    statement = _rows().where(TrailRow.subject.not_in(but_not))
    found = await session.execute(statement.where(readable_by(reader)).order_by(TrailRow.id.desc()).limit(limit))
    rows = found.mappings().all()
    views = await _views(session, reader, rows)
    return tuple(News(rules.kind_of_change(*_what(row)), view) for row, view in zip(rows, views, strict=True))


async def list_changes(
    session: ReadSession,
    reader: Reader,
    *,
    person_id: int | None = None,
    office_id: int | None = None,
    subject: str | None = None,
    subject_id: int | None = None,
    command: str | None = None,
    since: date | None = None,
    until: date | None = None,
    sort: str = "-at",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[TrailView]:
    """The trail as the reader may see it, newest first; days are counted in Washington by the program clock."""
    statement = _rows().where(readable_by(reader))
    if person_id is not None:
        statement = statement.where(TrailRow.actor == person_id)
    if office_id is not None:
        statement = statement.where(_was_member().where(_member.c.office_id == office_id).exists())
    if subject is not None:
        statement = statement.where(TrailRow.subject == subject)
    if subject_id is not None:
        statement = statement.where(TrailRow.subject_id == subject_id)
    if command is not None:
        statement = statement.where(TrailRow.command == command)
    if since is not None:
        statement = statement.where(TrailRow.at >= start_of_day(since))
    if until is not None:
        statement = statement.where(TrailRow.at < end_of_day(until))
    return await _page(session, reader, statement, sort, cursor, limit)


async def changes_where(
    session: ReadSession,
    reader: Reader,
    condition: ColumnElement[bool],
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[TrailView]:
    """The changes under a condition that the reader may see, the latest first."""
    return await _page(session, reader, _rows().where(readable_by(reader), condition), "-at", cursor, limit)


async def _page(
    session: ReadSession, reader: Reader, statement: AnySelect, sort: str, cursor: str | None, limit: int
) -> Page[TrailView]:
    found: Page[RowMapping] = await list_page(
        session, statement, row_id=TrailRow.id, sorts=_SORTS, sort=sort, cursor=cursor, limit=limit, view=_as_read
    )
    return Page(
        items=await _views(session, reader, found.items),
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        total=found.total,
    )


async def actors(session: ReadSession) -> tuple[tuple[int, str], ...]:
    """(id, name) of everybody who ever changed something, by name."""
    rows = await session.execute(
        select(_person.c.id, _person.c.name)
        .where(select(TrailRow.id).where(TrailRow.actor == _person.c.id).exists())
        .order_by(func.lower(_person.c.name), _person.c.id)
    )
    return tuple((number, name) for number, name in rows)


async def offices(session: ReadSession) -> tuple[tuple[int, str], ...]:
    """(id, symbol) of the offices of everybody who ever changed something, by symbol."""
    acting = select(_member.c.office_id).where(
        select(TrailRow.id).where(TrailRow.actor == _member.c.person_id).exists()
    )
    rows = await session.execute(
        select(_office.c.id, _office.c.symbol)
        .where(_office.c.id.in_(acting))
        .order_by(func.lower(_office.c.symbol), _office.c.id)
    )
    return tuple((number, symbol) for number, symbol in rows)


async def kinds(session: ReadSession, reader: Reader) -> tuple[str, ...]:
    """The kinds of record that the reader finds in the trail."""
    rows = await session.scalars(
        select(TrailRow.subject).where(readable_by(reader)).distinct().order_by(TrailRow.subject)
    )
    return tuple(rows)


async def command_names(session: ReadSession, reader: Reader) -> tuple[str, ...]:
    """The commands that the reader finds in the trail."""
    rows = await session.scalars(
        select(TrailRow.command).where(readable_by(reader)).distinct().order_by(TrailRow.command)
    )
    return tuple(rows)


@lru_cache(maxsize=128)
def readable_by(reader: Reader) -> ColumnElement[bool]:
    """The trail's predicate of releasability: neither the row's values nor the record as marked now exclude the reader.

    A row of a table without a marking is shown, unless it hangs on a record (its subject) whose marking excludes them.
    What an append tells of its rows, their number and their hash, is for the US government alone, which every marking
    admits: the rows themselves are not in the trail, and no marking of theirs.
    """
    marked = (
        select(TrailRow.subject, TrailRow.subject_id, TrailRow.after)
        .ext(distinct_on(TrailRow.subject, TrailRow.subject_id))
        .where(
            TrailRow.table_name == TrailRow.subject,
            TrailRow.subject_id.is_not(None),
            TrailRow.after.has_key("audience"),
        )
        .order_by(TrailRow.subject, TrailRow.subject_id, TrailRow.id.desc())
        .subquery()
    )
    hidden = (
        select(marked.c.subject, marked.c.subject_id)
        .where(not_(holds(cast(marked.c.after["audience"].astext, BigInteger), reader)))
        .cte("hidden")
    )
    # The index knows of every row what it hangs on, and the masks of all of that together; of rows that nobody looks
    # for, as the rounds of a request, it knows their subject.
    below = _hidden_now(reader)
    gone = select(hidden.c.subject, hidden.c.subject_id)
    return and_(
        _images_readable(reader),
        tuple_(TrailRow.table_name, TrailRow.record_id).not_in(below),
        or_(TrailRow.subject_id.is_(None), tuple_(TrailRow.subject, TrailRow.subject_id).not_in(below)),
        or_(TrailRow.operation != "append", literal(reader_bits(reader) == US_GOVERNMENT)),
        tuple_(TrailRow.subject, TrailRow.subject_id).not_in(gone),
        *_named_not_in(gone),
    )


def _hidden_now(reader: Reader) -> Select[str, int]:
    """Kind and number of all that the index hides from the reader."""
    return select(entry.c.kind, entry.c.record_id).where(not_(holds(entry.c.audience, reader)))


def _named_not_in(hidden: Select[Any, Any]) -> tuple[ColumnElement[bool], ...]:
    """A row may hang on one record and name another, as a project's partner names its country."""
    return tuple(
        or_(
            TrailRow.table_name != table_name,
            # A row that names nothing is hidden by nothing.
            tuple_(
                literal(kind),
                func.coalesce(cast(func.coalesce(TrailRow.after, TrailRow.before)[column_name].astext, BigInteger), -1),
            ).not_in(hidden),
        )
        for table_name, (column_name, kind) in (*rules.NAMED.items(), *rules.ALSO_NAMED.items())
    )


def _images_readable(reader: Reader) -> ColumnElement[bool]:
    """Whether the reader's bits are in the mask of each image of the row that carries one."""
    return and_(
        *(
            holds(func.coalesce(cast(image["audience"].astext, BigInteger), -1), reader)
            for image in (TrailRow.before, TrailRow.after)
        )
    )


def _rows() -> AnySelect:
    return (
        select(
            TrailRow.id,
            TrailRow.at,
            TrailRow.real_at,
            TrailRow.actor,
            TrailRow.command,
            TrailRow.table_name,
            TrailRow.operation,
            TrailRow.record_id,
            TrailRow.subject,
            TrailRow.subject_id,
            TrailRow.before,
            TrailRow.after,
            TrailRow.row_count,
            _person.c.name.label("who"),
            _absent.c.name.label("absent"),
        )
        .outerjoin(_person, _person.c.id == TrailRow.actor)
        .outerjoin(_absent, _absent.c.id == TrailRow.standing_in_for)
    )


def _what(row: RowMapping) -> tuple[str, str, dict[str, Any] | None, dict[str, Any] | None, int]:
    return row["table_name"], row["operation"], row["before"], row["after"], row["row_count"] or 0


def _as_read(row: RowMapping) -> RowMapping:
    return row


async def _views(session: ReadSession, reader: Reader, rows: Sequence[RowMapping]) -> tuple[TrailView, ...]:
    """Rows as people read them, with the names of the records that they refer to, of those that the reader may see."""
    wanted = {
        (target, number)
        for row in rows
        for image in (row["before"], row["after"])
        for name, target in _references(row["table_name"]).items()
        if isinstance(number := (image or {}).get(name), int)
    }
    names = await _names(session, reader, wanted)
    return tuple(_view(row, names) for row in rows)


async def _names(session: ReadSession, reader: Reader, wanted: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """What records were last called, by (table, number): of those that the reader may see."""
    if not wanted:
        return {}
    asked = sorted(wanted)
    pairs = (
        func.unnest(
            cast([table for table, _ in asked], ARRAY(Text)), cast([number for _, number in asked], ARRAY(BigInteger))
        )
        .table_valued(column("table_name", Text), column("record_id", BigInteger), name="asked")
        .render_derived()
    )
    rows = await session.execute(
        select(TrailRow.table_name, TrailRow.record_id, TrailRow.after)
        .ext(distinct_on(TrailRow.table_name, TrailRow.record_id))
        .join(pairs, and_(pairs.c.table_name == TrailRow.table_name, pairs.c.record_id == TrailRow.record_id))
        .where(TrailRow.after.is_not(None), readable_by(reader))
        .order_by(TrailRow.table_name, TrailRow.record_id, TrailRow.id.desc())
    )
    return {(row.table_name, row.record_id): rules.name_of(row.after) or rules.noun_of(row.table_name) for row in rows}


@cache
def _references(name: str) -> Mapping[str, str]:
    """The columns of a table that name another record, each with the table of that record."""
    found = Base.metadata.tables.get(name)
    if found is None:
        return {}
    return {column.name: key.column.table.name for column in found.columns for key in column.foreign_keys}


def _was_member() -> Select[Any]:
    """The membership of who acted on the day of the act, in Washington."""
    on = cast(func.timezone(WASHINGTON.key, TrailRow.at), Date)
    return select(_member.c.office_id).where(
        _member.c.person_id == TrailRow.actor,
        _member.c.since <= on,
        or_(_member.c.until.is_(None), _member.c.until >= on),
    )


def _who(row: RowMapping) -> str:
    who = row["who"] or f"person {row['actor']}"
    return f"{who}, standing in for {row['absent']}," if row["absent"] else who


def _view(row: RowMapping, known: Mapping[tuple[str, int], str]) -> TrailView:
    references = _references(row["table_name"])

    def seen(image: dict[str, Any] | None) -> dict[str, Any] | None:
        # A record that the reader may not see is told of as if it were not there.
        if image is None:
            return None
        return {
            name: None if name in references and (references[name], value) not in known else value
            for name, value in image.items()
        }

    before, after = seen(row["before"]), seen(row["after"])
    names = {
        (name, number): known[references[name], number]
        for name in references
        for image in (before, after)
        if image is not None and (number := image.get(name)) is not None
    }
    image = after or before or {}
    joined = [names[name, image[name]] for name in references if image.get(name) is not None]
    named = rules.composed(row["table_name"], image, names) or " and ".join(joined[:2])
    what = (row["table_name"], row["operation"], before, after, row["row_count"] or 0)
    changed = rules.changes(before, after, names) if row["operation"] == "update" else ()
    local = row["at"].astimezone(WASHINGTON)
    who = _who(row)
    return TrailView(
        id=row["id"],
        at=f"{local.day} {local:%b %Y %H:%M} {local.tzname()}",
        real_at=row["real_at"],
        who=who.rstrip(","),
        person_id=row["actor"],
        command=row["command"],
        subject=row["subject"],
        subject_id=row["subject_id"],
        told=rules.told(who, *what, named),
        change=rules.sentence(*what, named),
        detail="; ".join(f"{rules.words_of(name)}: {old} \N{RIGHTWARDS ARROW} {new}" for name, old, new in changed[:4]),
        changes=tuple(Change(rules.words_of(name), old, new) for name, old, new in changed),
    )
