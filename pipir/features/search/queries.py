"""What can be asked of the whole record at once, and what a record is called that somebody names by its number."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    RowMapping,
    Select,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    table,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, TSVECTOR
from sqlalchemy.orm import aliased

from pipir.features.law import queries as law
from pipir.features.search import rules
from pipir.features.search.rules import DUTY, KINDS, PARAGRAPH, Piece
from pipir.features.search.tables import SearchEntry
from pipir.kernel.access import Caller
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT
from pipir.statute import lookup
from pipir.statute.model import Statute
from pipir.store.base import holds, visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, list_page

# How many of each kind are shown where no kind is chosen.
EACH = 5
# How many of the records that hang on one are named on its page.
MOST_HANGING = 20
_EXACT, _BEGINS, _IN_TITLE, _IN_TEXT = 4000, 3000, 2000, 1000
# The ledger stands above search; of an entry that is not in the index its own columns are read.
_ENTRY = table(
    "ledger_entry",
    *(column(name, BigInteger) for name in ("id", "audience", "funding_document_id", "project_id", "participant_id")),
    *(column(name, Text) for name in ("kind", "document_number", "document_line")),
)
# Numbers of what stands in memory begin beyond those of any table.
_IN_MEMORY = 1 << 60


class Hit(msgspec.Struct, frozen=True):
    """One record that was found; `title` and `text` in pieces, each with whether the query stands there."""

    kind: str
    label: str
    href: str
    title: tuple[Piece, ...]
    text: tuple[Piece, ...]
    marking: str
    exercise: bool


class KindFound(msgspec.Struct, frozen=True):
    """How many records of a kind were found, of those that the reader may see."""

    kind: str
    label: str
    count: int


class Found(msgspec.Struct, frozen=True):
    """What a query found: all kinds with their counts, and hits: some of each kind, or a page of the one chosen.

    `similar` says that nothing is spelled as typed, and that what is spelled nearly so is shown.
    """

    q: str
    kind: str
    total: int
    similar: bool
    kinds: tuple[KindFound, ...]
    items: tuple[Hit, ...]
    next_cursor: str | None = None
    previous_cursor: str | None = None


class Named(msgspec.Struct, frozen=True):
    """A record as others name it: what it is called, its page, its marking ("" for none) and who may read it."""

    kind: str
    record_id: int
    title: str
    href: str
    marking: str
    audience: int


class _Remembered(msgspec.Struct, frozen=True):
    """What stands in memory and is found like a record: a paragraph of the law, or a date that follows from it."""

    kind: str
    key: str
    name: str
    title: str
    text: str
    vector: str

    @classmethod
    def of(cls, kind: str, key: str, name: str, title: str, text: str) -> "_Remembered":
        """With its words as the index holds them."""
        return cls(kind, key, name, title, text, rules.vector(title, text))


async def search(
    session: ReadSession,
    caller: Caller,
    typed: str,
    *,
    kind: str | None = None,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Found:
    """Everything the caller may see that holds the words typed; where there is nothing, what is spelled nearly so."""
    asked = rules.typed(typed)
    kinds = tuple(name for name, each in KINDS.items() if caller.may(each.permission))
    if kind is not None and kind not in kinds:
        expected = "Expected one of: " + ", ".join(kinds) + "."
        raise Invalid("There is no such kind of record.", mistakes=(Mistake("kind", expected, kind[:60]),))
    if not rules.has_words(asked):
        return Found(asked, kind or "", 0, False, (), ())
    remembered = _remembered(await law.law_of(session), kinds)
    entries = _entries(caller.reader, kinds, remembered).subquery()
    similar = False
    statement = _spelled_so(entries, asked)
    first = await _first_of_each(session, statement)
    if not first:
        similar = True
        statement = _spelled_alike(entries, asked)
        first = await _first_of_each(session, statement)
    counts = {row["kind"]: row["count"] for row in first}
    found = tuple(KindFound(name, KINDS[name].many, counts[name]) for name in KINDS if name in counts)
    total = sum(counts.values())

    def hit(row: RowMapping) -> Hit:
        return _hit(row, asked, similar=similar)

    if kind is None:
        chosen = statement.where(
            tuple_(entries.c.kind, entries.c.record_id).in_([(row["kind"], row["record_id"]) for row in first])
        )
        rows = {(row["kind"], row["record_id"]): row for row in (await session.execute(chosen)).mappings()}
        best = {row["kind"]: -row["rank"] for row in first if row["place"] == 1}
        order = sorted(first, key=lambda row: (best[row["kind"]], list(KINDS).index(row["kind"]), row["place"]))
        hits = tuple(hit(rows[row["kind"], row["record_id"]]) for row in order)
        return Found(asked, "", total, similar, found, hits)
    ranked = statement.where(entries.c.kind == kind).cte()
    page = await list_page(
        session,
        select(ranked),
        row_id=ranked.c.record_id,
        sorts={"rank": ((ranked.c.rank, int),)},
        sort="-rank",
        cursor=cursor,
        limit=limit,
        view=hit,
        total=counts.get(kind, 0),
    )
    return Found(asked, kind, total, similar, found, page.items, page.next_cursor, page.previous_cursor)


async def record(session: ReadSession, reader: Reader, kind: str, record_id: int) -> Named:
    """The record of that kind and number, or NotFound where there is none that the reader may see."""
    statement = select(SearchEntry.key, SearchEntry.title, SearchEntry.marking, SearchEntry.audience).where(
        SearchEntry.kind == kind, SearchEntry.record_id == record_id, visible_to(reader, SearchEntry)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None and kind == _ENTRY.name:
        row = (await session.execute(_left_out(reader, record_id))).one_or_none()
    if row is None or kind not in KINDS:
        raise NotFound("There is no record of this kind with this number.")
    return Named(kind, record_id, rules.called(row.title), rules.href(kind, row.key), row.marking, row.audience)


def _left_out(reader: Reader, entry_id: int) -> Select[Any]:
    """What the index would say of a ledger entry: those that came by the thousand in one file are not in it."""
    audience: ColumnElement[int] = _ENTRY.c.audience
    found = select(_ENTRY.c.id)
    for kind in ("funding_document", "project", "participant"):
        parent, number = aliased(SearchEntry), _ENTRY.c[f"{kind}_id"]
        found = found.outerjoin(parent, and_(parent.kind == kind, parent.record_id == number))
        audience = audience.bitwise_and(case((number.is_(None), -1), else_=func.coalesce(parent.audience, 0)))
    title = func.concat_ws(" ", _ENTRY.c.kind, _ENTRY.c.document_number, _ENTRY.c.document_line)
    return found.with_only_columns(
        cast(_ENTRY.c.id, Text).label("key"),
        title.label("title"),
        literal("").label("marking"),
        audience.label("audience"),
        maintain_column_froms=True,
    ).where(_ENTRY.c.id == entry_id, holds(audience, reader))


async def hanging_on(
    session: ReadSession, reader: Reader, kind: str, record_id: int, kinds: tuple[str, ...]
) -> tuple[Named, ...]:
    """The records of some kinds that hang on one record, of those that the reader may see, the latest first."""
    statement = (
        select(SearchEntry.kind, SearchEntry.record_id, SearchEntry.key, SearchEntry.title, SearchEntry.marking)
        .add_columns(SearchEntry.audience)
        .where(
            SearchEntry.under.contains([f"{kind}:{record_id}"]),
            SearchEntry.kind.in_(kinds),
            visible_to(reader, SearchEntry),
        )
        .order_by(SearchEntry.kind, SearchEntry.record_id.desc())
        .limit(MOST_HANGING)
    )
    return tuple(
        Named(
            row.kind, row.record_id, rules.called(row.title), rules.href(row.kind, row.key), row.marking, row.audience
        )
        for row in await session.execute(statement)
    )


async def _first_of_each(session: ReadSession, statement: AnySelect) -> tuple[RowMapping, ...]:
    """(kind, record_id, count of the kind) of the first of each kind; narrow, since very many may be found."""
    found = statement.subquery()
    numbered = select(
        found.c.kind,
        found.c.record_id,
        found.c.rank,
        func.row_number()
        .over(partition_by=found.c.kind, order_by=(found.c.rank.desc(), found.c.record_id.desc()))
        .label("place"),
        func.count().over(partition_by=found.c.kind).label("count"),
    ).subquery()
    first = select(numbered).where(numbered.c.place <= EACH).order_by(numbered.c.kind, numbered.c.place)
    return tuple((await session.execute(first)).mappings().all())


def _spelled_so(entries: Any, asked: str) -> AnySelect:
    """What holds every word typed, as the beginning of a word."""
    query = select(func.app.search_query(asked)).scalar_subquery()
    in_title = select(func.app.search_query(asked, "A")).scalar_subquery()
    lower = asked.lower()
    rank = case(
        (entries.c.name.in_((lower, rules.glued(asked))), _EXACT),
        (func.starts_with(entries.c.name, lower), _BEGINS),
        (entries.c.vector.op("@@")(in_title), _IN_TITLE),
        else_=_IN_TEXT,
    )
    return select(entries, rank.label("rank")).where(entries.c.vector.op("@@")(query))


def _spelled_alike(entries: Any, asked: str) -> AnySelect:
    """What holds every word typed, or in its title one that is spelled nearly so."""
    conditions = []
    scores = []
    for word in rules.words(asked):
        exchanged = " | ".join(f"'{spelling}':*" for spelling in rules.spellings(word))
        spelled = entries.c.vector.op("@@")(cast(exchanged, TSQUERY()))
        conditions.append(or_(spelled, entries.c.words.op("%>")(word)))
        scores.append(case((spelled, 1.0), else_=func.word_similarity(word, entries.c.words)))
    score = cast(sum(scores[1:], scores[0]) * 100, Integer)
    return select(entries, score.label("rank")).where(and_(*conditions))


def _entries(reader: Reader, kinds: tuple[str, ...], remembered: tuple[_Remembered, ...]) -> Any:
    """Everything that may be found by the reader: the index, and what stands in memory.

    What is recorded about a date of the law is found under the date's own name.
    """
    stored = select(
        SearchEntry.kind,
        SearchEntry.record_id,
        SearchEntry.key,
        func.lower(SearchEntry.title).label("name"),
        SearchEntry.title,
        SearchEntry.body,
        SearchEntry.marking,
        SearchEntry.exercise,
        SearchEntry.words,
        SearchEntry.vector,
    ).where(visible_to(reader, SearchEntry), SearchEntry.kind.not_in([each for each in KINDS if each not in kinds]))
    if not remembered:
        return stored
    dates = [each.key for each in remembered if each.kind == DUTY]
    columns = [[getattr(each, name) for each in remembered] for name in _Remembered.__struct_fields__]
    arrays = (cast(each, ARRAY(Text())) for each in columns)
    given = func.unnest(*arrays).table_valued(*_Remembered.__struct_fields__, with_ordinality="place").render_derived()
    entry = (
        select(SearchEntry.key, SearchEntry.body, SearchEntry.exercise, SearchEntry.vector)
        .where(SearchEntry.kind == DUTY, visible_to(reader, SearchEntry))
        .subquery()
    )
    text = func.concat_ws(" ", given.c.text, entry.c.body)
    in_memory = select(
        given.c.kind,
        (given.c.place + _IN_MEMORY).label("record_id"),
        given.c.key,
        given.c.name,
        given.c.title,
        text,
        cast("", Text()),
        func.coalesce(entry.c.exercise, False),
        func.lower(given.c.title),
        cast(given.c.vector, TSVECTOR()).op("||")(func.coalesce(entry.c.vector, cast("", TSVECTOR()))),
    ).outerjoin_from(given, entry, and_(given.c.kind == DUTY, entry.c.key == given.c.key))
    return union_all(
        stored.where(or_(SearchEntry.kind != DUTY, SearchEntry.key.not_in(dates))),
        in_memory,
    )


def _remembered(statute: Statute, kinds: Iterable[str]) -> tuple[_Remembered, ...]:
    paragraphs = (
        _Remembered.of(
            PARAGRAPH,
            each.slug,
            rules.glued(each.slug),
            f"{each.short_citation} {each.title}",
            f"{each.statement} {each.citation} {each.standing_label}",
        )
        for each in statute.provisions.values()
    )
    dates = (
        _Remembered.of(
            DUTY,
            each.slug,
            each.slug,
            f"{each.what} ({each.statutory_day.year})",
            f"{each.citation} {each.owed_by} {each.slug}",
        )
        for each in lookup.deadlines(statute)
    )
    return tuple(each for each in (*paragraphs, *dates) if each.kind in kinds)


def _hit(row: RowMapping, asked: str, *, similar: bool) -> Hit:
    return Hit(
        kind=row["kind"],
        label=KINDS[row["kind"]].one,
        href=rules.href(row["kind"], row["key"]),
        title=rules.marked(rules.called(row["title"]), asked, similar=similar),
        text=rules.snippet(row["body"], asked, similar=similar),
        marking=row["marking"],
        exercise=row["exercise"],
    )
