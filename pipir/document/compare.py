"""Two documents against each other: figures by id, tables by the keys of rows and columns, prose with figures by id."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Literal

import msgspec

from pipir.document.model import (
    Bullets,
    Callout,
    Cell,
    Cite,
    DefinitionList,
    Document,
    Fact,
    FactRef,
    Heading,
    Link,
    Marker,
    PageRef,
    Paragraph,
    Ref,
    Row,
    Run,
    Strong,
    Table,
    Text,
)
from pipir.kernel import merging

Change = Literal["same", "changed", "new", "gone"]


class FigureChange(msgspec.Struct, frozen=True):
    """A figure in both years as printed, with its exact values; `difference` where both are numbers of one unit."""

    id: str
    change: Change
    question: str
    unit: str
    last: str | None
    this: str | None
    last_value: str | None
    this_value: str | None
    difference: str | None = None


class CellChange(msgspec.Struct, frozen=True):
    """A cell that says something else than last year, by its column."""

    column: str
    title: str
    last: str
    this: str


class RowChange(msgspec.Struct, frozen=True):
    """A row that is new, gone or changed; `called` is its first cell, `cells` what it holds or what changed."""

    key: str
    change: Change
    called: str
    cells: tuple[CellChange, ...]


class TableChange(msgspec.Struct, frozen=True):
    """A table in both years; its columns that only one of them has, and the rows that are not as they were."""

    id: str
    change: Change
    caption: str
    last_caption: str
    new_columns: tuple[str, ...]
    gone_columns: tuple[str, ...]
    same: int
    rows: tuple[RowChange, ...]

    def count(self, change: Change) -> int:
        """How many rows are new, gone or changed."""
        return sum(row.change == change for row in self.rows)


class ProseChange(msgspec.Struct, frozen=True):
    """The words under a heading; figures stand as {their.id}, so that a figure alone changes no words."""

    id: str
    change: Change
    title: str
    pieces: tuple[merging.Piece, ...]

    def count(self, kind: Literal["added", "removed"]) -> int:
        """How many words were put in or taken out."""
        return sum(len(each.text.split()) for each in self.pieces if each.kind == kind)


class Comparison(msgspec.Struct, frozen=True):
    """Everything that is not as it was, and how many figures, rows and sections are."""

    last_title: str
    this_title: str
    last_snapshot: str
    this_snapshot: str
    same_figures: int
    same_sections: int
    figures: tuple[FigureChange, ...]
    tables: tuple[TableChange, ...]
    prose: tuple[ProseChange, ...]


def compare(last: Document, this: Document) -> Comparison:
    """This year's document against last year's; in the order of this year's, what is gone after what stands."""
    figures = tuple(_figures(last, this))
    prose = tuple(_prose(last, this))
    return Comparison(
        last.title,
        this.title,
        last.snapshot_id,
        this.snapshot_id,
        sum(each.change == "same" for each in figures),
        sum(each.change == "same" for each in prose),
        tuple(each for each in figures if each.change != "same"),
        tuple(each for each in _tables(last, this) if each.change != "same"),
        tuple(each for each in prose if each.change != "same"),
    )


def words_of(runs: tuple[Run, ...]) -> str:
    """The words of runs; figures, pointers and sources stand as their ids, for their numbers move from year to year."""
    return "".join(_said(run) for run in runs)


def _figures(last: Document, this: Document) -> Iterator[FigureChange]:
    before, now = ({fact.id: fact for fact in document.facts} for document in (last, this))
    for name in (*now, *(name for name in before if name not in now)):
        old, new = before.get(name), now.get(name)
        either = new or old
        assert either is not None
        if old is None or new is None:
            change: Change = "new" if old is None else "gone"
        else:
            change = "same" if (old.text, old.value) == (new.text, new.value) else "changed"
        yield FigureChange(
            name,
            change,
            either.question,
            either.unit,
            old.text if old else None,
            new.text if new else None,
            old.value if old else None,
            new.value if new else None,
            _difference(old, new) if old and new and change == "changed" else None,
        )


def _difference(old: Fact, new: Fact) -> str | None:
    try:
        return str(Decimal(new.value) - Decimal(old.value))
    except InvalidOperation:
        # "not public" has no value: what became known is no growth.
        return None


def _tables(last: Document, this: Document) -> Iterator[TableChange]:
    # The list of every figure says nothing that the figures themselves do not.
    before, now = (
        {block.id: block for block in document.blocks if isinstance(block, Table) and block.id != "facts"}
        for document in (last, this)
    )
    printed = _printer(last), _printer(this)
    for name in (*now, *(name for name in before if name not in now)):
        old, new = before.get(name), now.get(name)
        either = new or old
        assert either is not None
        if old is None or new is None:
            kind: Change = "new" if old is None else "gone"
            rows = tuple(_whole(row, either, kind, printed[kind == "new"]) for row in either.rows)
            yield TableChange(name, kind, either.caption, either.caption, (), (), 0, rows)
            continue
        rows = tuple(_rows(old, new, *printed))
        old_keys, new_keys = ([column.key for column in table.columns] for table in (old, new))
        added = tuple(column.title for column in new.columns if column.key not in old_keys)
        gone = tuple(column.title for column in old.columns if column.key not in new_keys)
        same = len({row.key for row in new.rows} & {row.key for row in old.rows}) - sum(
            row.change == "changed" for row in rows
        )
        changed: Change = "changed" if rows or added or gone else "same"
        yield TableChange(name, changed, new.caption, old.caption, added, gone, same, rows)


def _rows(old: Table, new: Table, printed_old: "_Printer", printed_new: "_Printer") -> Iterator[RowChange]:
    before, now = {row.key: row for row in old.rows}, {row.key: row for row in new.rows}
    places = {column.key: place for place, column in enumerate(old.columns)}
    for key, row in now.items():
        was = before.get(key)
        if was is None:
            yield _whole(row, new, "new", printed_new)
            continue
        cells = tuple(
            CellChange(column.key, column.title, said, says)
            for place, column in enumerate(new.columns)
            if column.key in places
            and (said := printed_old.cell(was.cells[places[column.key]]))
            != (says := printed_new.cell(row.cells[place]))
        )
        if cells:
            yield RowChange(key, "changed", printed_new.cell(row.cells[0]), cells)
    for key, row in before.items():
        if key not in now:
            yield _whole(row, old, "gone", printed_old)


def _whole(row: Row, table: Table, change: Change, printed: "_Printer") -> RowChange:
    cells = (
        CellChange(
            column.key,
            column.title,
            printed.cell(cell) if change == "gone" else "",
            printed.cell(cell) if change == "new" else "",
        )
        for column, cell in zip(table.columns, row.cells, strict=True)
    )
    return RowChange(row.key, change, printed.cell(row.cells[0]), tuple(cells))


class _Printer:
    """Cells as their own year prints them; pointers stand as ids."""

    def __init__(self, document: Document) -> None:
        self.facts = {fact.id: fact.text for fact in document.facts}

    def cell(self, cell: Cell) -> str:
        match cell:
            case str():
                return cell
            case FactRef(fact=fact):
                return self.facts[fact]
            case Marker(text=text):
                return text
        return _said(cell)


def _printer(document: Document) -> _Printer:
    return _Printer(document)


def _prose(last: Document, this: Document) -> Iterator[ProseChange]:
    before, now = _sections(last), _sections(this)
    for name in (*now, *(name for name in before if name not in now)):
        old, new = before.get(name), now.get(name)
        title, says = new or old or ("", "")
        said = old[1] if old else ""
        pieces = merging.changes(said, says if new else "")
        if old is None or new is None:
            if said or (new and says):
                yield ProseChange(name, "new" if old is None else "gone", title, pieces)
            continue
        changed = any(each.kind != "same" for each in pieces)
        yield ProseChange(name, "changed" if changed else "same", title, pieces)


def _sections(document: Document) -> dict[str, tuple[str, str]]:
    """The words under each heading by its id: its title and its paragraphs, one a line."""
    found: dict[str, tuple[str, list[str]]] = {}
    name = ""
    for block in document.blocks:
        if isinstance(block, Heading):
            name = block.id
            found[name] = (block.text, [])
            continue
        found.setdefault(name, ("", []))[1].extend(_lines(block))
    return {key: (title, "\n".join(lines)) for key, (title, lines) in found.items()}


def _lines(block: object) -> Iterator[str]:
    match block:
        case Paragraph(runs=runs):
            yield words_of(runs)
        case Callout(title=title, runs=runs):
            yield f"{title} {words_of(runs)}".strip()
        case Bullets(items=items):
            for item in items:
                yield f"- {words_of(item)}"
        case DefinitionList(items=items):
            for definition in items:
                yield f"{definition.term}: {words_of(definition.runs)}"


_SPACES = re.compile(r"\s+")


def _said(run: Run | Marker | str) -> str:
    match run:
        case str():
            return run
        case Text(text=text) | Strong(text=text) | Link(text=text) | Marker(text=text):
            return _SPACES.sub(" ", text)
        case FactRef(fact=fact):
            return f"{{{fact}}}"
        case Ref(target=target) | PageRef(target=target):
            return f"[{target}]"
        case Cite(source=source):
            return f"[source {source}]"
