"""Lists by keyset: filtered, sorted to the last tie, a page at a time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ColumnElement,
    Integer,
    RowMapping,
    Select,
    SQLColumnExpression,
    UnaryExpression,
    any_,
    bindparam,
    func,
    select,
    tuple_,
    union_all,
)

from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.money import Dollars
from pipir.kernel.paging import BACK, DEFAULT_LIMIT, Cursor, Page, page_of
from pipir.store.doors import ReadSession

T = TypeVar("T")
# A statement of any number of columns; Select[Any] would be one of a single column.
AnySelect = Select[*tuple[Any, ...]]
SortKey = tuple[SQLColumnExpression[Any], type[str] | type[int] | type[date] | type[datetime] | type[Dollars]]
# The orders that a list offers: name -> expressions that are never null, each with the Python type of its values.
Sorts = Mapping[str, tuple[SortKey, ...]]
# So many rows of a file are read at once: each reading counts the list anew.
AT_ONCE: Final = 5_000


async def list_page(
    session: ReadSession,
    statement: AnySelect,
    *,
    row_id: SQLColumnExpression[int],
    sorts: Sorts,
    sort: str,
    view: Callable[[RowMapping], T],
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
    total: int | None = None,
    count: Select[Any] | None = None,
    parts: tuple[ColumnElement[bool], ...] = (),
) -> Page[T]:
    """One page of `statement` in the order `sort` ("name", or "-name" for descending), with the number of all rows.

    `total` is that number where the caller has counted already; `count` asks for it where less than the whole statement
    tells it, and answers null where it is not to be told. `parts` are conditions of which every row meets exactly one:
    the page is looked for in each of them by itself, where an index has the order within each but not across them.
    """
    keys = sort_keys(sorts, sort)
    back = cursor is not None and cursor.startswith(BACK)
    descending = sort.startswith("-") != back
    placed = (*(expression for expression, _ in keys), row_id)
    asked: dict[str, Any] = {"page_limit": limit + 1}
    if cursor is not None:
        place = Cursor.decode(cursor.removeprefix(BACK), sort=sort, kinds=tuple(kind for _, kind in keys))
        asked |= {f"page_after_{i}": value for i, value in enumerate((*place.values, place.id))}
    counting = None if total is not None else _count(statement) if count is None else count
    whole = _paged(statement, placed, descending=descending, after=cursor is not None, count=counting, parts=parts)
    rows = (await session.execute(whole, asked)).mappings().all()
    if total is None:
        total = rows[0]["all_rows"] if rows else 0
        # A page behind the last row has no row that could tell it.
        if not rows and cursor is not None and counting is not None:
            total = await session.scalar(counting)

    def cursor_of(row: RowMapping) -> Cursor:
        return Cursor(sort, tuple(row[f"key_{i}"] for i in range(len(keys))), row[f"key_{len(keys)}"])

    return page_of(rows, limit, cursor=cursor_of, view=view, total=total, came_from=cursor)


async def every_row(ask: Callable[[str | None], Awaitable[Page[T]]]) -> tuple[T, ...]:
    """All rows of a list, for a file: `ask` gives the page behind a cursor, the first behind None; AT_ONCE on each."""
    page = await ask(None)
    found = list(page.items)
    while page.next_cursor is not None:
        page = await ask(page.next_cursor)
        found += page.items
    return tuple(found)


# Many lists ask the same from one request to the next, and making a statement takes longer than its answer.
@lru_cache(maxsize=128)
def _paged(
    statement: AnySelect,
    placed: tuple[SQLColumnExpression[Any], ...],
    *,
    descending: bool,
    after: bool,
    count: Select[Any] | None,
    parts: tuple[ColumnElement[bool], ...],
) -> AnySelect:
    """The rows of one page: found by their keys and only then read whole, with the number of all of them."""
    found = [
        _keys(statement.where(part) if part is not None else statement, placed, descending=descending, after=after)
        for part in parts or (None,)
    ]
    keys = found[0]
    if len(found) > 1:
        each = union_all(*(one.subquery().select() for one in found)).subquery()
        keys = select(*each.c).order_by(*_in_order(list(each.c), descending)).limit(_LIMIT)
    # By their numbers and not joined: a statement of many joins is not searched for the order in which fifty rows come
    # first, and would read the whole table for them.
    number = list(keys.selected_columns)[-1]
    numbers = func.array(keys.with_only_columns(number, maintain_column_froms=True).scalar_subquery())
    keyed: list[Any] = [each.label(f"key_{i}") for i, each in enumerate(placed)]
    whole = statement.add_columns(*keyed).where(placed[-1] == any_(numbers)).order_by(*_in_order(placed, descending))
    # Counted beside the page, not in its pass: where an index has the order, fifty rows are found without reading all.
    return whole if count is None else whole.add_columns(count.scalar_subquery().label("all_rows"))


def _keys(
    statement: AnySelect, placed: tuple[SQLColumnExpression[Any], ...], *, descending: bool, after: bool
) -> AnySelect:
    keyed = statement.add_columns(*(each.label(f"key_{i}") for i, each in enumerate(placed))).subquery()
    at = [keyed.c[f"key_{i}"] for i in range(len(placed))]
    found: AnySelect = select(*at)
    if after:
        place = tuple_(*(bindparam(f"page_after_{i}", type_=each.type) for i, each in enumerate(at)))
        found = found.where(tuple_(*at) < place if descending else tuple_(*at) > place)
    return found.order_by(*_in_order(at, descending)).limit(_LIMIT)


_LIMIT: Final = bindparam("page_limit", type_=Integer)


@lru_cache(maxsize=128)
def _count(statement: AnySelect) -> Select[int]:
    return select(func.count()).select_from(statement.order_by(None).subquery())


def _in_order(expressions: Sequence[SQLColumnExpression[Any]], descending: bool) -> list[UnaryExpression[Any]]:
    return [each.desc() if descending else each.asc() for each in expressions]


def sort_keys(sorts: Sorts, sort: str) -> tuple[SortKey, ...]:
    """The expressions of an order, or Invalid that names the orders there are."""
    keys = sorts.get(sort.removeprefix("-"))
    if keys is None:
        expected = "Expected one of: " + ", ".join(sorted(sorts)) + "; with a leading minus for descending."
        raise Invalid("The list has no such order.", mistakes=(Mistake("sort", expected, sort[:60]),))
    return keys
