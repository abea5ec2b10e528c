"""Lists by keyset: filtered, sorted to the last tie, a page at a time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, TypeVar

from sqlalchemy import (
    Integer,
    RowMapping,
    Select,
    SQLColumnExpression,
    UnaryExpression,
    bindparam,
    func,
    select,
    tuple_,
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
) -> Page[T]:
    """One page of `statement` in the order `sort` ("name", or "-name" for descending), with the number of all rows.

    `total` is that number where the caller has counted already.
    """
    keys = sort_keys(sorts, sort)
    back = cursor is not None and cursor.startswith(BACK)
    descending = sort.startswith("-") != back
    placed = (*(expression for expression, _ in keys), row_id)
    asked: dict[str, Any] = {"page_limit": limit + 1}
    if cursor is not None:
        place = Cursor.decode(cursor.removeprefix(BACK), sort=sort, kinds=tuple(kind for _, kind in keys))
        asked |= {f"page_after_{i}": value for i, value in enumerate((*place.values, place.id))}
        if total is None:
            total = await session.scalar(select(func.count()).select_from(statement.order_by(None).subquery()))
    whole = _paged(statement, placed, descending=descending, after=cursor is not None, count=total is None)
    rows = (await session.execute(whole, asked)).mappings().all()
    if total is None:
        total = rows[0]["all_rows"] if rows else 0

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
    statement: AnySelect, placed: tuple[SQLColumnExpression[Any], ...], *, descending: bool, after: bool, count: bool
) -> AnySelect:
    """The rows of one page: found by their keys, in the one pass that counts as well, and only then read whole."""
    keyed = statement.add_columns(*(each.label(f"key_{i}") for i, each in enumerate(placed))).subquery()
    at = [keyed.c[f"key_{i}"] for i in range(len(placed))]
    found: AnySelect = select(*at)
    if after:
        place = tuple_(*(bindparam(f"page_after_{i}", type_=each.type) for i, each in enumerate(at)))
        found = found.where(tuple_(*at) < place if descending else tuple_(*at) > place)
    if count:
        found = found.add_columns(func.count().over().label("all_rows"))
    page = found.order_by(*_in_order(at, descending)).limit(bindparam("page_limit", type_=Integer)).cte("page")
    order = _in_order([page.c[each.key] for each in at], descending)
    return statement.add_columns(*page.c).where(placed[-1] == page.c[at[-1].key]).order_by(*order)


def _in_order(expressions: Sequence[SQLColumnExpression[Any]], descending: bool) -> list[UnaryExpression[Any]]:
    return [each.desc() if descending else each.asc() for each in expressions]


def sort_keys(sorts: Sorts, sort: str) -> tuple[SortKey, ...]:
    """The expressions of an order, or Invalid that names the orders there are."""
    keys = sorts.get(sort.removeprefix("-"))
    if keys is None:
        expected = "Expected one of: " + ", ".join(sorted(sorts)) + "; with a leading minus for descending."
        raise Invalid("The list has no such order.", mistakes=(Mistake("sort", expected, sort[:60]),))
    return keys
