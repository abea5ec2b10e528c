"""A table's columns: the shares asked for, widened where a usual word would not fit, and which are left out."""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from pipir.document import faces
from pipir.document.model import Cell, Column, Marker, PageRef, Table

# The points of a line between the margins.
LINES: Final = {"portrait": 468.0, "landscape": 648.0}
INSET = 11.0  # points at both sides of a cell, and a hair
_WHOLE = frozenset({"money", "number", "percent", "date", "marker"})
_LONGEST_WHOLE = 18  # letters of a figure, a date or a state that stays on one line
_GUTTER = 14.0  # points between key figures
_KEY_FIGURES = (15.5, 11.5)  # points; the second where not all fit on the line in the first
_LABEL = 66.0  # points that the words below a key figure need
# A word wider than such a part of the line is broken rather than given room; the first part with which all fits.
_PARTS = (0.3, 0.2, 0.15, 0.12, 0.1)


def widths(table: Table, size: float, line: float, said: Callable[[Cell], str]) -> list[float]:
    """The widths in points of the columns of a table on a line of so many points; `said` is what a cell prints.

    No column is narrower than its usual words; what some have beyond their longest cell goes to those that break lines.
    """
    whole = sum(column.width for column in table.columns)
    asked = [line * column.width / whole for column in table.columns]
    measured = [_measured(table, place, size, said) for place in range(len(table.columns))]
    for part in _PARTS:
        needed = [INSET + max((wide for wide in words if wide <= part * line), default=0.0) for words, _ in measured]
        if sum(needed) < line:
            longest = [max(least, INSET + cell) for least, (_, cell) in zip(needed, measured, strict=True)]
            # A title takes two lines before another column gets its room, and asks for none itself.
            titles = [INSET + 0.6 * faces.width(column.title, size) for column in table.columns]
            return _eased(shared(asked, needed), longest, titles)
    return asked


def whole(column: Column, shown: str) -> bool:
    """Whether what a cell of the column shows is a figure, a date or a state that stays on one line."""
    return column.kind in _WHOLE and len(shown) <= _LONGEST_WHOLE


def _measured(table: Table, place: int, size: float, said: Callable[[Cell], str]) -> tuple[set[float], float]:
    """How wide the words of a column are, a figure, a date or a state counted whole; and its longest cell on a line."""
    column = table.columns[place]
    found = {faces.width(word, size) for word in column.title.split()}
    texts = {(said(row.cells[place]), isinstance(row.cells[place], Marker)) for row in table.rows}
    space, longest = faces.width(" ", size), 0.0
    for text, marked in texts:
        shown = text.replace("\u200b", "")
        before = size * 1.2 if marked else 0.0
        words = [faces.width(word, size) for word in ([shown] if whole(column, shown) else shown.split())]
        found |= {before + word for word in words}
        longest = max(longest, before + sum(words) + space * (len(words) - 1))
    return found, longest


def side_by_side(figures: Sequence[str]) -> tuple[float, list[float]]:
    """The size of key figures and their widths on a line: equal, but no figure breaks where all of them fit."""
    line = LINES["portrait"] - _GUTTER * (len(figures) - 1)
    equal = [line / max(1, len(figures))] * len(figures)
    for size in _KEY_FIGURES:
        needed = [max(_LABEL, 1 + faces.width(figure, size)) for figure in figures]
        if sum(needed) < line:
            return size, shared(equal, needed)
    return _KEY_FIGURES[-1], equal


def shared(asked: list[float], needed: list[float]) -> list[float]:
    """The asked widths, with what some columns lack taken from those that have more than they need."""
    spare = [max(width - least, 0.0) for width, least in zip(asked, needed, strict=True)]
    wanting = sum(max(least - width, 0.0) for width, least in zip(asked, needed, strict=True))
    taken = wanting / sum(spare) if sum(spare) else 0.0
    return [
        round(least + more * (1 - taken), 3) if more else round(least, 3)
        for least, more in zip(needed, spare, strict=True)
    ]


def _eased(given: list[float], longest: list[float], titles: list[float]) -> list[float]:
    """The widths, with room that no cell of a column fills given to columns whose cells break, least lacking first."""
    spare = [max(width - max(used), 0.0) for width, *used in zip(given, longest, titles, strict=True)]
    lacking = [max(cell - width, 0.0) for width, cell in zip(given, longest, strict=True)]
    left = moved = min(sum(spare), sum(lacking))
    if not moved:
        return given
    found = [width - moved * more / sum(spare) for width, more in zip(given, spare, strict=True)]
    for place in sorted(range(len(given)), key=lacking.__getitem__):
        found[place] += min(lacking[place], left)
        left -= min(lacking[place], left)
    return [round(width, 3) for width in found]


def without_pages(table: Table) -> Table:
    """The table without a column of page numbers: what has no pages would repeat the references there."""
    kept = [
        place
        for place in range(len(table.columns))
        if not table.rows or not all(isinstance(row.cells[place], PageRef) for row in table.rows)
    ]
    if len(kept) == len(table.columns):
        return table
    return replace(
        table,
        columns=tuple(table.columns[place] for place in kept),
        rows=tuple(replace(row, cells=tuple(row.cells[place] for place in kept)) for row in table.rows),
    )
