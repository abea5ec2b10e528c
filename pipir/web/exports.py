"""Files of lists: exactly the rows that a list shows, with the columns that were asked for, as CSV or as a workbook."""

from asyncio import to_thread
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import msgspec
from litestar import Request, Response

from pipir.kernel.errors import Invalid, Mistake
from pipir.sheets import Cell, Leaf, csv_bytes, xlsx_bytes
from pipir.web.files import CSV, XLSX, attachment

T = TypeVar("T")
MARKING: Final = "Marking"
EXERCISE: Final = "Exercise data"
STATEMENT: Final = "What the figures are"
# A row leaves the service with these, whatever columns somebody asks for.
KEPT: Final = (MARKING, STATEMENT, EXERCISE)


def _as_it_is(row: Any) -> Sequence[Cell]:
    cells: Sequence[Cell] = row
    return cells


@dataclass(frozen=True)
class Columns(Generic[T]):
    """The columns of a list's file: their titles in order, and the cells that a row of the list gives them."""

    titles: tuple[str, ...]
    cells: Callable[[T], Sequence[Cell]] = _as_it_is


def stating(columns: Columns[T], said: str) -> Columns[T]:
    """The columns and what the figures in them are: in each row, since rows are copied apart from their file."""
    return Columns((*columns.titles, STATEMENT), lambda row: [*columns.cells(row), said])


class Export(msgspec.Struct, frozen=True):
    """A file as templates/_macros/tables.html offers it: its address without the ending, and what goes along."""

    address: str
    columns: tuple[str, ...]
    # The filters and the order of the list, as its own address says them.
    fields: tuple[tuple[str, str], ...] = ()
    kept: tuple[str, ...] = KEPT


def exercise(row: Any) -> str:
    """What a row says under EXERCISE."""
    return "EXERCISE DATA" if row.exercise else ""


def fields(*names: str) -> Columns[Any]:
    """Columns that are fields of the rows, each called as its field; several values of one are joined."""

    def cells(row: Any) -> list[Cell]:
        return [exercise(row) if name == "exercise" else _cell(getattr(row, name)) for name in names]

    return Columns(tuple(EXERCISE if name == "exercise" else _title(name) for name in names), cells)


def file_paths(address: str) -> list[str]:
    """The two paths of a file's one handler, which ends with `export_file`."""
    return [f"{address}.csv", f"{address}.xlsx"]


async def export_file(
    request: Request[Any, Any, Any], name: str, columns: Columns[T], rows: Iterable[T]
) -> Response[bytes]:
    """The rows as the file that the address ends with, with the columns that `column` names, as often as it is given.

    Without any it has all of them; the columns of KEPT that were not asked for come last. Invalid with every name
    that is no column of the list.
    """
    asked = dict.fromkeys(each for each in request.query_params.getall("column", []) if each)
    if unknown := [each for each in asked if each not in columns.titles]:
        expected = f"Expected one of: {', '.join(columns.titles)}."
        raise Invalid(
            "The list has no such column.", mistakes=tuple(Mistake("column", expected, each[:60]) for each in unknown)
        )
    titles = (*asked, *(each for each in KEPT if each in columns.titles and each not in asked))
    if not asked:
        titles = columns.titles
    lines = _lines(columns, titles, rows)
    # Apart from the loop: a large workbook takes seconds in which others are answered.
    if request.url.path.endswith(".xlsx"):
        book = await to_thread(xlsx_bytes, [Leaf(name.replace("-", " ").capitalize(), titles, lines)])
        return attachment(f"{name}.xlsx", book, XLSX)
    return attachment(f"{name}.csv", await to_thread(csv_bytes, titles, lines), CSV)


def _lines(columns: Columns[T], titles: Sequence[str], rows: Iterable[T]) -> Iterator[list[Cell]]:
    for row in rows:
        cells = dict(zip(columns.titles, columns.cells(row), strict=True))
        yield [cells[title] for title in titles]


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _cell(value: Any) -> Cell:
    cell: Cell = "; ".join(value) if isinstance(value, (list, tuple)) else value
    return cell
