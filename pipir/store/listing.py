"""Lists by keyset: filtered, sorted to the last tie, a page at a time."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import RowMapping, Select, SQLColumnExpression, func, select, tuple_

from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.paging import BACK, DEFAULT_LIMIT, Cursor, Page, page_of
from pipir.store.doors import ReadSession

T = TypeVar("T")
# A statement of any number of columns; Select[Any] would be one of a single column.
AnySelect = Select[*tuple[Any, ...]]
SortKey = tuple[SQLColumnExpression[Any], type]
# The orders that a list offers: name -> expressions that are never null, each with the Python type of its values.
Sorts = Mapping[str, tuple[SortKey, ...]]


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
    expressions = [expression for expression, _ in keys]
    placed = [*expressions, row_id]
    paged = statement.add_columns(
        *(expression.label(f"sort_{i}") for i, expression in enumerate(expressions)), row_id.label("sort_id")
    )
    if cursor is not None:
        place = Cursor.decode(cursor.removeprefix(BACK), sort=sort, kinds=tuple(kind for _, kind in keys))
        after = (*place.values, place.id)
        paged = paged.where(tuple_(*placed) < after if descending else tuple_(*placed) > after)
    paged = paged.order_by(*(each.desc() if descending else each.asc() for each in placed)).limit(limit + 1)
    rows = (await session.execute(paged)).mappings().all()
    if total is None:
        total = await session.scalar(select(func.count()).select_from(statement.order_by(None).subquery()))

    def cursor_of(row: RowMapping) -> Cursor:
        return Cursor(sort, tuple(row[f"sort_{i}"] for i in range(len(keys))), row["sort_id"])

    return page_of(rows, limit, cursor=cursor_of, view=view, total=total, came_from=cursor)


def sort_keys(sorts: Sorts, sort: str) -> tuple[SortKey, ...]:
    """The expressions of an order, or Invalid that names the orders there are."""
    keys = sorts.get(sort.removeprefix("-"))
    if keys is None:
        expected = "Expected one of: " + ", ".join(sorted(sorts)) + "; with a leading minus for descending."
        raise Invalid("The list has no such order.", mistakes=(Mistake("sort", expected, sort[:60]),))
    return keys
