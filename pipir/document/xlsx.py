"""The document's tables and figures as a workbook: a sheet a table or kind of it, text never read as a formula."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter

from pipir.document import checks
from pipir.document.columns import without_pages
from pipir.document.model import (
    Cell,
    Cite,
    Column,
    Document,
    FactRef,
    Link,
    Marker,
    PageRef,
    Ref,
    Run,
    Strong,
    Table,
    Text,
    labels,
    number,
)
from pipir.document.text import printable

_FIXED = (1980, 1, 1, 0, 0, 0)
_LONGEST = 32_767  # what a cell of the format holds
_NUMBER = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")
_DAY = re.compile(r"([A-Z][a-z]{2}) (\d{1,2}), (\d{4})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FIRST_DAY = date(1900, 3, 1)  # the format counts a day before it that never was
# What a number of the format holds to the last digit.
_MOST_DIGITS = 15
# How many tables of the same columns have a sheet each; a workbook of thousands of sheets opens nowhere.
_ALONE = 8


def render_xlsx(document: Document) -> bytes:
    """The workbook of the document: a cover sheet, every fact, every table, the sources."""
    checks.require(document)
    document = number(document)
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )
    created = document.frozen_at.replace(tzinfo=None, microsecond=0)
    book.set_properties(
        {
            "title": _cell(document.title)[:255],
            "subject": _cell(document.subtitle)[:255],
            "author": _cell(document.author)[:255],
            "comments": f"Snapshot {_cell(document.snapshot_id)}"[:255],
            "created": created,
        }
    )
    _Book(book, document).write()
    book.close()
    return stored(target.getvalue())


def stored(archive: bytes) -> bytes:
    """The archive with its parts stored, in order of name after the content types, and dated alike."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as given, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as fixed:
        for name in sorted(given.namelist(), key=lambda part: (part != "[Content_Types].xml", part)):
            entry = zipfile.ZipInfo(name, _FIXED)
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            fixed.writestr(entry, given.read(name))
    return target.getvalue()


class _Book:
    def __init__(self, book: Any, document: Document) -> None:
        self.book = book
        self.document = document
        self.labels = labels(document)
        self.facts = {fact.id: fact.text for fact in document.facts}
        self.sources = {source.id: source.label for source in document.sources}
        self.names: set[str] = set()
        base = {"font_name": "Arial", "font_size": 10, "valign": "top"}
        self.title = book.add_format({**base, "bold": True, "font_size": 14, "font_color": "#162e51"})
        self.mark = book.add_format({**base, "bold": True, "font_color": "#162e51"})
        self.warn = book.add_format({**base, "bold": True, "font_color": "#a3201d"})
        self.head = book.add_format(
            {**base, "bold": True, "font_color": "#162e51", "bg_color": "#eef1f7", "bottom": 2, "text_wrap": True}
        )
        self.head_right = book.add_format(
            {
                **base,
                "bold": True,
                "font_color": "#162e51",
                "bg_color": "#eef1f7",
                "bottom": 2,
                "text_wrap": True,
                "align": "right",
            }
        )
        self.text = book.add_format({**base, "text_wrap": True})
        self.strong = book.add_format({**base, "text_wrap": True, "bold": True})
        self.right = book.add_format({**base, "align": "right"})
        self.days = {
            total: book.add_format(
                {**base, "num_format": "mmm d, yyyy", "align": "left", **({"bold": True} if total else {})}
            )
            for total in (False, True)
        }
        self.grey = book.add_format({**base, "font_color": "#565c65", "font_size": 9})
        self.numbers = {
            (places, total): book.add_format(
                {
                    **base,
                    "num_format": "#,##0" + ("." + "0" * places if places else ""),
                    "align": "right",
                    **({"bold": True, "top": 1} if total else {}),
                }
            )
            for places in range(5)
            for total in (False, True)
        }

    def write(self) -> None:
        self._cover()
        self._list(
            "Facts",
            ("Fact", "As printed", "Value", "Unit", "What it counts", "Provision", "Sources", "Rows", "Hash of rows"),
            [
                (
                    fact.id,
                    fact.text,
                    fact.value if (value := _figure(fact.value)) is None else value,
                    fact.unit,
                    fact.question,
                    fact.provision,
                    ", ".join(self.sources[source] for source in fact.sources),
                    fact.rows,
                    fact.rows_sha256,
                )
                for fact in self.document.facts
            ],
            (24, 18, 18, 10, 44, 28, 12, 10, 66),
        )
        for tables in self._alike():
            self._tables(tables)
        self._list(
            "Sources",
            ("Source", "Publisher", "Title", "Dated", "Address", "Note"),
            [
                (source.label, source.publisher, source.title, source.dated, source.url, source.note)
                for source in self.document.sources
            ],
            (10, 28, 44, 18, 44, 30),
        )

    def _sheet(self, name: str) -> Any:
        plain = re.sub(r"[\[\]:*?/\\'\x00-\x1f]", " ", printable(name)).strip()[:31] or "Sheet"
        taken, count = plain, 1
        while taken.lower() in self.names:
            count += 1
            taken = f"{plain[:27]} {count}"
        self.names.add(taken.lower())
        sheet = self.book.add_worksheet(taken)
        mark = _cell(self.document.marking).replace("&", "&&")[:60]
        sheet.set_header(f"&C&B{mark}")
        sheet.set_footer(f"&C&B{mark}&R&P")
        sheet.set_landscape()
        sheet.set_paper(1)
        sheet.fit_to_pages(1, 0)
        return sheet

    def _marks(self, sheet: Any) -> int:
        """The banner and the ribbons in the first rows of a sheet; returns the next free row."""
        sheet.write_string(0, 0, _cell(self.document.marking), self.mark)
        ribbons = [*((self.document.status,) if self.document.status else ()), *self.document.ribbons]
        if ribbons:
            sheet.write_string(1, 0, _cell("  ·  ".join(ribbons)), self.warn)
        return 2

    def _cover(self) -> None:
        document = self.document
        sheet = self._sheet("Report")
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 100)
        row = self._marks(sheet)
        sheet.write_string(row, 0, _cell(document.title), self.title)
        lines = [
            ("", document.subtitle),
            *(("", line) for line in (*document.cover.lines, *document.as_of)),
            ("Snapshot", document.snapshot_id),
            ("Frozen at", document.frozen_at.isoformat()),
            *document.designation,
            ("Cost", self.words(document.cover.cost_statement)),
            ("Notice", self.words(document.cover.notice)),
        ]
        row += 2
        for term, words in lines:
            if words:
                sheet.write_string(row, 0, _cell(term), self.strong)
                sheet.write_string(row, 1, _cell(words), self.text)
                row += 1
        row += 1
        for block in document.blocks:
            if isinstance(block, Table):
                sheet.write_string(row, 0, f"Table {block.number}", self.strong)
                sheet.write_string(row, 1, _cell(block.caption), self.text)
                row += 1

    def _list(
        self, name: str, head: tuple[str, ...], rows: list[tuple[str | int | Decimal, ...]], widths: tuple[int, ...]
    ) -> None:
        sheet = self._sheet(name)
        top = self._marks(sheet) + 1
        for place, (title, width) in enumerate(zip(head, widths, strict=True)):
            sheet.set_column(place, place, width)
            sheet.write_string(top, place, title, self.head)
        for line, row in enumerate(rows, top + 1):
            for place, value in enumerate(row):
                if isinstance(value, int | Decimal):
                    self._number(sheet, line, place, Decimal(value))
                else:
                    sheet.write_string(line, place, _cell(value), self.text)
        sheet.freeze_panes(top + 1, 1)
        sheet.repeat_rows(top)

    def _alike(self) -> Iterator[list[Table]]:
        """The tables sheet by sheet: many of the same columns, one for each project, are filtered better as one."""
        tables = [without_pages(block) for block in self.document.blocks if isinstance(block, Table)]
        groups: dict[tuple[tuple[str, str], ...], list[Table]] = {}
        for table in tables:
            groups.setdefault(tuple((column.title, column.kind) for column in table.columns), []).append(table)
        for table in tables:
            group = groups[tuple((column.title, column.kind) for column in table.columns)]
            if len(group) <= _ALONE:
                yield [table]
            elif table is group[0]:
                yield group

    def _tables(self, tables: list[Table]) -> None:
        """One table on a sheet of its own, or many below each other with their names in the first column."""
        first, many = tables[0], len(tables) > 1
        sheet = self._sheet(f"Table {first.number} and alike" if many else f"Table {first.number}")
        top = self._marks(sheet)
        names = {table.id: _cell(f"Table {table.number}. {table.caption}") for table in tables}
        title = f"Table {first.number} and {len(tables) - 1:,} of the same columns" if many else names[first.id]
        sheet.write_string(top, 0, title, self.title)
        whole = sum(column.width for column in first.columns)
        top += 2
        if many:
            sheet.set_column(0, 0, 44)
            sheet.write_string(top, 0, "Table", self.head)
        left = 1 if many else 0
        last = left + len(first.columns)
        for place, column in enumerate(first.columns, left):
            sheet.set_column(place, place, max(11, min(70, 110 * column.width / whole)))
            sheet.write_string(top, place, _cell(column.title), self.head_right if column.figures else self.head)
        sheet.set_column(last, last, 30)
        sheet.write_string(top, last, "Fact ids", self.head)
        line = top
        for table in tables:
            for row in table.rows:
                line += 1
                if many:
                    sheet.write_string(line, 0, names[table.id], self.text)
                for place, (cell, column) in enumerate(zip(row.cells, table.columns, strict=True), left):
                    self._value(sheet, line, place, cell, column, total=row.total)
                # A row that quotes no figure is named by its table and its key, as the comparison and the service do.
                ids = " ".join(cell.fact for cell in row.cells if isinstance(cell, FactRef))
                sheet.write_string(line, last, _cell(ids or f"{table.id}:{row.key}"), self.grey)
        sheet.freeze_panes(top + 1, left + 1)
        sheet.repeat_rows(top)
        if many:
            sheet.autofilter(top, 0, line, last)
        line += 2
        for source in dict.fromkeys(table.source for table in tables if table.source):
            sheet.write_string(line, 0, _cell(self.words(source)), self.grey)
            line += 1

    def _value(self, sheet: Any, line: int, place: int, cell: Cell, column: Column, *, total: bool) -> None:
        text = _cell(self.words((cell,)))
        if column.figures and (value := _figure(text)) is not None:
            self._number(sheet, line, place, value, total=total)
            return
        if column.kind == "date" and (day := _day(text)) is not None:
            sheet.write_datetime(line, place, day, self.days[total or place == 0])
            return
        shape = self.strong if total or place == 0 else self.right if column.figures else self.text
        sheet.write_string(line, place, text, shape)

    def _number(self, sheet: Any, line: int, place: int, value: Decimal, *, total: bool = False) -> None:
        exponent = value.as_tuple().exponent
        assert isinstance(exponent, int)
        sheet.write_number(line, place, float(value), self.numbers[min(-exponent, 4), total])

    def words(self, runs: tuple[Run | Cell, ...]) -> str:
        return "".join(self._run(run) for run in runs)

    def _run(self, run: Run | Cell) -> str:
        match run:
            case str():
                return run
            case Text(text=text) | Strong(text=text) | Marker(text=text):
                return text
            case FactRef(fact=fact):
                return self.facts[fact]
            case Ref(target=target) | PageRef(target=target):
                return self.labels[target]
            case Cite(source=source):
                return self.sources[source]
            case Link(url=url, text=text):
                return f"{text} ({url})"


def _figure(text: str) -> Decimal | None:
    """The number that a text is, where the format holds it to its last digit."""
    if not _NUMBER.fullmatch(text) or sum(map(str.isdigit, text)) > _MOST_DIGITS:
        return None
    return Decimal(text.replace(",", ""))


def _day(text: str) -> date | None:
    """The day that a text is, where the format has it."""
    match = _DAY.fullmatch(text)
    if match is None or match[1] not in _MONTHS:
        return None
    try:
        day = date(int(match[3]), _MONTHS.index(match[1]) + 1, int(match[2]))
    except ValueError:
        return None
    return day if day >= _FIRST_DAY else None


def _cell(text: str) -> str:
    return printable(text)[:_LONGEST]
