"""This year's document against last year's as a DOCX with tracked changes: Word shows, takes and rejects each."""

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from pipir.document import checks, columns
from pipir.document.docx import (
    ADDRESSED,
    ROOM,
    SHAPES,
    _Writer,
    box,
    kept_rows,
    numbered,
    ribbons_of,
    row_of,
    said_of,
    table_before,
)
from pipir.document.model import (
    Bullets,
    Callout,
    Cell,
    Cite,
    DefinitionList,
    Document,
    FactRef,
    Figure,
    Heading,
    KeyFigures,
    Link,
    Marker,
    PageRef,
    Paragraph,
    Ref,
    Run,
    SourceList,
    Strong,
    Table,
    Text,
    label,
    labels,
    number,
    turned,
)
from pipir.document.text import printable
from pipir.document.wordlooks import dress
from pipir.document.wordml import made, markup, words
from pipir.document.xlsx import stored
from pipir.kernel import merging

_TERM = "162E51"


class _Line(NamedTuple):
    """A paragraph: its style, and its words as its own year prints them, those in front in bold or in a colour."""

    style: str
    words: str
    lead: str = ""
    color: str = ""
    size: float = 0
    box: str = ""
    # The heading that it is, or the one that it leads to.
    heading: str = ""
    to: str = ""


class _Section(NamedTuple):
    """What stands from a heading to the next, and whether this stands on turned pages."""

    id: str
    items: list["_Line | Table"]
    wide: bool = False


def render_redline(last: Document, this: Document, *, author: str, at: datetime) -> bytes:
    """The DOCX of this document, with what it changes of the last one tracked under a name and an instant."""
    for document in (last, this):
        checks.require(document)
    last, this = number(last), number(this)
    writer = _Redline(last, this, author=author, at=at)
    writer.write_changes()
    target = io.BytesIO()
    writer.word.save(target)
    return stored(target.getvalue())


class _Printed:
    """How a document prints its runs and cells."""

    def __init__(self, document: Document) -> None:
        self.facts = {fact.id: fact.text for fact in document.facts}
        self.labels = labels(document)
        self.sources = {source.id: source.label for source in document.sources}
        self.document = document

    def runs(self, runs: Sequence[Run]) -> str:
        return "".join(self.cell(run) for run in runs)

    def cell(self, cell: Cell) -> str:
        match cell:
            case str():
                return printable(cell)
            case Text(text=text) | Strong(text=text):
                return printable(text)
            case Marker(text=text, tone=tone):
                return printable(f"{SHAPES[tone]} {text}")
            case Link(text=text, url=url):
                return printable(text if text == url else f"{text} ({url})")
            case FactRef(fact=fact):
                return printable(self.facts[fact])
            case Ref(target=target) | PageRef(target=target):
                return printable(self.labels[target])
            case Cite(source=source):
                return f"[{self.sources[source]}]"

    def source_line(self, runs: Sequence[Run]) -> str:
        """Under a table the label of a source stands without brackets."""
        return "".join(self.sources[run.source] if isinstance(run, Cite) else self.cell(run) for run in runs)

    def cover(self) -> Iterator["_Line | Table"]:
        document, cover = self.document, self.document.cover
        if ribbons := ribbons_of(document):
            yield _Line("Remark", "", ribbons, color="A3201D", size=10)
        if cover.eyebrow:
            yield _Line("Remark", "", cover.eyebrow.upper(), color="1F4E8C", size=10.5)
        yield _Line("Title", document.title)
        if document.subtitle:
            yield _Line("Normal", document.subtitle, size=12.5)
        yield from (_Line("Remark", line, size=10) for line in (*cover.lines, *document.as_of))
        if cover.addressees:
            yield _Line("Remark", "", ADDRESSED, color="565C65")
            yield from (_Line("List Bullet", line, size=9.5) for line in cover.addressees)
        for kind, runs in (("note", cover.notice), ("basis", cover.cost_statement)):
            if runs:
                yield _Line("Remark", self.runs(runs), box=kind)
        yield from (_Line("Remark", said, f"{term}: ", box="designation") for term, said in document.designation)

    def contents(self) -> Iterator[_Line]:
        if self.document.contents:
            yield _Line("Contents", "Contents")
            for block in self.document.blocks:
                if isinstance(block, Heading) and block.level <= 2:
                    yield _Line(f"toc {block.level}", printable(numbered(block)), to=block.id)

    def lines(self, block: object) -> Iterator["_Line | Table"]:
        match block:
            case Heading() as heading:
                yield _Line(f"Heading {min(heading.level, 6)}", printable(numbered(heading)), heading=heading.id)
            case Paragraph(runs=runs):
                yield _Line("Normal", self.runs(runs))
            case Callout(title=title, runs=runs, kind=kind):
                yield _Line("Remark", self.runs(runs), f"{printable(title)} " if title else "", box=kind)
            case Bullets(items=items):
                yield from (_Line("List Bullet", self.runs(item)) for item in items)
            case KeyFigures(items=items):
                told = ((_Line("Key Figure", self.facts[each.fact]), _Line("Key Label", each.label)) for each in items)
                yield from (line for both in told for line in both)
            case DefinitionList(items=items):
                lines = ((f"{printable(each.term)}  ", self.runs(each.runs)) for each in items)
                yield from (_Line("Definition", said, term, color=_TERM) for term, said in lines)
            case Figure() as figure:
                # A picture is drawn from the table of its data, and that table's changes are tracked.
                yield _Line("Caption", printable(f"{label(figure)}. {figure.caption}"))
                if figure.source:
                    yield _Line("Source Line", self.source_line(figure.source))
            case SourceList():
                for source in self.document.sources:
                    said = printable(f"{said_of(source)}{source.url or ''}")
                    yield _Line("Normal", said, printable(f"{source.label}  "), color=_TERM)
            case Table() as table:
                yield columns.without_pages(table)

    def sections(self) -> list[_Section]:
        found = [_Section("", [])]
        for block, wide in zip(self.document.blocks, turned(self.document.blocks), strict=True):
            if isinstance(block, Heading):
                found.append(_Section(block.id, [], wide))
            found[-1].items.extend(self.lines(block))
        return found


class _Redline(_Writer):
    def __init__(self, last: Document, this: Document, *, author: str, at: datetime) -> None:
        # Pictures are not set: their tables tell what changed.
        super().__init__(replace(this, blocks=tuple(each for each in this.blocks if not isinstance(each, Figure))))
        self.labels = labels(this)
        self.headed: set[str] = set()
        self.last, self.this = _Printed(last), _Printed(this)
        self.by = {
            "author": author,
            "date": at.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z",
        }

    def write_changes(self) -> None:
        dress(self.word, lang=self.document.lang)
        self._properties()
        self._page()
        self._items(list(self.last.cover()), list(self.this.cover()))
        self._break()
        listed, lists = list(self.last.contents()), list(self.this.contents())
        for was, is_ in merging.paired([each.to for each in listed], [each.to for each in lists]):
            self._item(None if was is None else listed[was], None if is_ is None else lists[is_])
        self._break()
        before, now = self.last.sections(), self.this.sections()
        for was, is_ in merging.paired([each.id for each in before], [each.id for each in now]):
            # Pages are turned as this year turns them; what is gone stands on the pages that are there.
            if is_ is not None and now[is_].wide != self.wide:
                self._turn(landscape=now[is_].wide)
            self._items([] if was is None else before[was].items, [] if is_ is None else now[is_].items)

    def _of_document(self, said: Callable[[Document], str], **looks: Any) -> str:
        return "".join(self._tracked(printable(said(self.last.document)), printable(said(self.this.document)), **looks))

    def _items(self, before: list[_Line | Table], now: list[_Line | Table]) -> None:
        """What stands under a heading, in this year's order; what is gone stands where it stood."""
        steps = merging.steps([_key(each) for each in before], [_key(each) for each in now])
        for kind, a1, a2, b1, b2 in steps:
            old, new = before[a1:a2], now[b1:b2]
            # A paragraph that was rewritten stands against the one that it replaced, in the order of both.
            pairs = list(zip(old, new, strict=True)) if kind == "equal" else _paired(old, new)
            for was, is_ in pairs:
                self._item(was, is_)

    def _item(self, was: _Line | Table | None, now: _Line | Table | None) -> None:
        if isinstance(was, Table) or isinstance(now, Table):
            self._tracked_table(was if isinstance(was, Table) else None, now if isinstance(now, Table) else None)
            return
        line = now or was
        assert line is not None
        # In the order of the schema: whether it is kept, begins a page, stands in a box; the end of the paragraph is
        # tracked too where one year alone has it, so that rejecting leaves no blank line.
        mark = self._mark("w:ins" if was is None else "w:del") if was is None or now is None else ""
        more = box(line.box) if line.box else ""
        led, rest = (
            self._tracked(*(getattr(each, part) if each else "" for each in (was, now)), **looks)
            for part, looks in (
                ("lead", {"bold": True, "color": line.color, "size": line.size}),
                ("words", {"size": line.size}),
            )
        )
        shown = "".join([*led, *rest])
        if line.to:
            inside = self._paged(line.to, self._mark_around(was, now))
            shown = self._leading_to(line.to, shown + inside)
        new = line.heading not in self.headed
        self.headed.add(line.heading)
        self.leading = line.box == "required-by"
        self._paragraph(
            line.style,
            shown,
            block_id=line.heading if new else "",
            more=more + (markup("w:rPr", mark) if mark else ""),
        )
        self.leading = False

    def _mark_around(self, was: object, now: object) -> Callable[[str], str]:
        """What stands around runs that are not words: nothing where both years have them."""
        if was is not None and now is not None:
            return str
        return lambda runs: self._mark("w:ins" if was is None else "w:del", runs)

    def _tracked(self, was: str, now: str, **looks: Any) -> list[str]:
        found = []
        for piece in merging.changes(was, now):
            if piece.kind == "same":
                found.append(words(piece.text, **looks))
            elif piece.kind == "added":
                found.append(self._mark("w:ins", words(piece.text, **looks)))
            else:
                found.append(self._mark("w:del", words(piece.text, gone=True, **looks)))
        return found

    def _mark(self, tag: str, *inside: str) -> str:
        self.count += 1
        return markup(tag, *inside, id=str(self.count), **self.by)

    def _tracked_table(self, was: Table | None, now: Table | None) -> None:
        if was and now and [each.key for each in was.columns] != [each.key for each in now.columns]:
            # A column cannot be tracked: the table of other columns stands after the one that it replaced.
            self._tracked_table(was, None)
            self._tracked_table(None, now)
            return
        table = now or was
        assert table is not None
        self._item(
            _Line("Caption", printable(f"{label(was)}. {was.caption}")) if was else None,
            _Line("Caption", printable(f"{label(now)}. {now.caption}")) if now else None,
        )
        widths = [int(20 * width) for width in self._widths(was, now)]
        right = [column.figures for column in table.columns]
        written = [table_before(widths)]

        def row(
            old: Sequence[str],
            new: Sequence[str],
            only: str,
            *,
            header: bool = False,
            total: bool = False,
            keep: bool = False,
        ) -> str:
            cells = [
                self._tracked(before, after, bold=header or total or place == 0)
                for place, (before, after) in enumerate(zip(old, new, strict=True))
            ]
            return self._row(cells, widths, right, header=header, only=only, keep=keep)

        none = [""] * len(table.columns)
        written.append(
            row(
                [printable(column.title) for column in was.columns] if was else none,
                [printable(column.title) for column in now.columns] if now else none,
                "" if was and now else "ins" if now else "del",
                header=True,
                keep=True,
            )
        )
        old, new = was.rows if was else (), now.rows if now else ()
        pairs = list(merging.paired([each.key for each in old], [each.key for each in new]))
        kept = kept_rows(len(pairs), min(2, len(pairs)))
        for (before, after), keep in zip(pairs, kept, strict=True):
            gone, come = None if before is None else old[before], None if after is None else new[after]
            written.append(
                row(
                    [self.last.cell(cell) for cell in gone.cells] if gone else none,
                    [self.this.cell(cell) for cell in come.cells] if come else none,
                    "" if gone and come else "ins" if come else "del",
                    total=any(each.total for each in (gone, come) if each),
                    keep=keep,
                )
            )
        self.end.addprevious(made(markup("w:tbl", *written)))
        self._item(
            _Line("Source Line", self.last.source_line(was.source)) if was else None,
            _Line("Source Line", self.this.source_line(now.source)) if now else None,
        )

    def _widths(self, was: Table | None, now: Table | None) -> list[float]:
        """Columns that hold both years' words, in points."""
        both = [(year, each) for year, each in ((self.last, was), (self.this, now)) if each]
        found = [columns.widths(each, ROOM, self._line, year.cell) for year, each in both]
        widest = [max(width) for width in zip(*found, strict=True)]
        return [width * self._line / sum(widest) for width in widest]

    def _row(
        self, cells: list[list[str]], widths: list[int], right: list[bool], *, header: bool, only: str, keep: bool
    ) -> str:
        """A row; `only` says that one year alone has it: "ins" or "del"."""
        drawn = (
            self._cell("".join(inside), width, right=aligned, fill="EEF1F7" if header else "", keep=keep)
            for inside, width, aligned in zip(cells, widths, right, strict=True)
        )
        properties = [*([markup("w:tblHeader")] if header else ()), *([self._mark(f"w:{only}")] if only else ())]
        return row_of(drawn, *properties)


def _key(item: _Line | Table) -> str:
    return f"table {item.id}" if isinstance(item, Table) else f"{item.style} {item.lead}{item.words}"


def _paired(
    old: list[_Line | Table], new: list[_Line | Table]
) -> list[tuple[_Line | Table | None, _Line | Table | None]]:
    """What replaced what: paragraphs of one style in their order, tables never."""
    pairs: list[tuple[_Line | Table | None, _Line | Table | None]] = []
    left = list(old)
    for each in new:
        match: _Line | Table | None = None
        if isinstance(each, _Line) and left and isinstance(left[0], _Line) and left[0].style == each.style:
            match = left.pop(0)
        pairs.append((match, each))
    return [*pairs, *((each, None) for each in left)]
