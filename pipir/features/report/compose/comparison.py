"""This year's report against the one before: what an annex says of it, from what the snapshot holds of that report."""

import re
from collections.abc import Iterator
from decimal import Decimal

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from pipir.document.compare import Comparison, FigureChange, ProseChange, compare
from pipir.document.model import (
    Block,
    Callout,
    Column,
    Definition,
    DefinitionList,
    Document,
    Fact,
    Figure,
    Heading,
    Marker,
    PageBreak,
    Paragraph,
    Row,
    Run,
    SourceList,
    Strong,
    Table,
    Text,
    source_line,
)
from pipir.features.report.compose.facts import LEDGER, REGISTER
from pipir.features.report.compose.prose import money_in_table, words
from pipir.features.report.compose.snapshot import Crossing, LastReport, digest_of
from pipir.kernel.money import Dollars, dollars

# A table with more rows is compared by the hash of each row, so that no snapshot holds last year's report twice over.
_MOST_ROWS = 300
_REST = "--rest"
_LONGEST = 1_200
# Around a change so many words show where it stands.
_AROUND = 12
# Tables of one project each, whose rows stand in the tables of all of them; the annex itself; the bases of figures
# and tables, which change with everything.
_OF_ONE = re.compile(r"project-\d|compared|(facts|tables-table)$")
# The figures whose way from last year's to this year's the ledger tells, by the name of their measure there.
BRIDGED = {
    "money.obligated": "obligated",
    "money.obligated.section": "obligated_1253",
    "money.obligated.other": "obligated_other",
    "money.expended": "expended",
    "money.committed": "committed",
    "money.partner": "contributed",
}


def comparison(last: LastReport, this: Document) -> tuple[Block, ...]:
    """The annex: figures by id, the way of the money, tables by key, prose; `this` is the report without the annex."""
    found = compare(last.document, reduced(this))
    return (
        PageBreak(),
        Heading(1, f"Compared with the report of {last.year}", "compared", appendix=True),
        *_opening(last, found),
        *_figures(last, found),
        *crossings(last, {fact.id: fact for fact in this.facts}),
        *_tables(last, found),
        *_prose(found),
    )


def reduced(document: Document) -> Document:
    """What a later report is compared with: figures, words before the annexes, tables; long ones by hashes of rows."""
    blocks: list[Block] = []
    in_annex = False
    for block in document.blocks:
        match block:
            case Heading(level=1, appendix=appendix):
                in_annex = appendix
                if not in_annex:
                    blocks.append(block)
            case Table():
                if not _OF_ONE.match(block.id):
                    blocks.append(_short(block))
            case Figure() | SourceList() | PageBreak():
                continue
            case _ if not in_annex:
                blocks.append(block)
    # Words that quote figures keep them; nothing else of the document is asked.
    return Document(
        title=document.title,
        frozen_at=document.frozen_at,
        snapshot_id=document.snapshot_id,
        facts=tuple(replace(fact, sources=(), rows_sha256="") for fact in document.facts),
        blocks=tuple(blocks),
    )


def crossings(last: LastReport, facts: dict[str, Fact]) -> Iterator[Block]:
    """The way of each amount: last figure, new entries, corrections, reclassification, this figure; to the cent."""
    lines = bridge_of(last, facts)
    if not lines:
        return
    yield Heading(2, "From the last report's amounts to this one's", "compared-bridge-heading")
    yield Table(
        "compared-bridge",
        f"The way of each amount from the report of {last.year} (dollars)",
        (
            Column("figure", "Amount", "text", 3.0),
            Column("last", f"Report of {last.year}", "money", 1.4),
            Column("new", "New entries", "money", 1.3),
            Column("corrected", "Corrections", "money", 1.3),
            Column("moved", "Reclassified", "money", 1.3),
            Column("this", "This report", "money", 1.4),
        ),
        tuple(
            Row(
                each.figure,
                (
                    each.called,
                    money_in_table(each.last),
                    money_in_table(each.new),
                    money_in_table(each.corrected),
                    money_in_table(each.reclassified),
                    money_in_table(each.this),
                ),
            )
            for each in lines
        ),
        source=source_line(
            LEDGER,
            note="New: effective after the earlier report's day. Corrected: effective by then and recorded since, or "
            "reversed since. Reclassified: reversed, and the same line and amount posted under another project, "
            "country, account or authority.",
        ),
        orientation="landscape",
    )
    open_ = [each for each in lines if each.unexplained != Dollars(0)]
    if open_:
        yield Callout(
            "missing",
            tuple(
                words(f"{each.called}: {money_in_table(each.unexplained)} dollars are not explained by entries. ")
                for each in open_
            ),
            title="The way does not add up.",
        )


class BridgeLine(msgspec.Struct, frozen=True):
    """An amount's way; `unexplained` is zero, or the two reports were read for different readers."""

    figure: str
    called: str
    last: Dollars
    new: Dollars
    corrected: Dollars
    reclassified: Dollars
    this: Dollars
    unexplained: Dollars
    entries: int

    @classmethod
    def of(cls, figure: str, called: str, last: Dollars, crossing: Crossing, this: Dollars) -> "BridgeLine":
        """The way with what its entries do not account for."""
        found = crossing.new + crossing.corrected + crossing.reclassified
        return cls(
            figure,
            called,
            last,
            crossing.new,
            crossing.corrected,
            crossing.reclassified,
            this,
            this - last - found,
            crossing.entries,
        )


def bridge_of(last: LastReport, facts: dict[str, Fact]) -> tuple[BridgeLine, ...]:
    """The way of each amount that both reports know; "not public" has none."""
    before = {fact.id: fact for fact in last.document.facts}
    by_measure = {each.measure: each for each in last.crossings}
    found = []
    for name, measure in BRIDGED.items():
        old, new, crossing = before.get(name), facts.get(name), by_measure.get(measure)
        if old is None or new is None or crossing is None or not old.value or not new.value:
            continue
        found.append(BridgeLine.of(name, new.question, Dollars(old.value), crossing, Dollars(new.value)))
    return tuple(found)


def _opening(last: LastReport, found: Comparison) -> Iterator[Block]:
    how = "was signed" if last.unsigned is UNSET else "was frozen, for its signed edition was not made yet"
    yield Paragraph(
        (
            words(
                f"What follows compares this report with version {last.version_no} of the report of {last.year}, as it "
                f"{how}: figures by their names, tables by the keys of their rows and columns, texts word by "
                f"word, where {{a name}} is a figure and [a name] a table. As they were: {found.same_figures} figures, "
                f"{found.same_sections} texts."
            ),
        )
    )


def _figures(last: LastReport, found: Comparison) -> Iterator[Block]:
    if not found.figures:
        yield Paragraph((Text("No figure differs."),))
        return
    yield Heading(2, "Figures", "compared-figures-heading")
    yield Table(
        "compared-figures",
        f"Figures that differ from the report of {last.year}",
        (
            Column("figure", "Figure", "text", 2.0),
            Column("question", "What it counts", "text", 4.2),
            Column("last", f"Report of {last.year}", "number", 1.2),
            Column("this", "This report", "number", 1.2),
            Column("change", "Change", "number", 1.3),
        ),
        tuple(
            Row(each.id, (each.id, each.question, each.last or "none", each.this or "none", change_of(each)))
            for each in found.figures
        ),
        source=source_line(REGISTER, note="None: the other report has no figure of this name."),
        orientation="landscape",
    )


def change_of(figure: FigureChange) -> str:
    """What a figure changed by, in words where it is no number."""
    if figure.difference is None:
        return {"new": "new", "gone": "gone"}.get(figure.change, "not comparable")
    shown = dollars(Dollars(figure.difference)) if figure.unit == "USD" else f"{Decimal(figure.difference):,}"
    return shown if shown.startswith("-") else f"+{shown}"


def _tables(last: LastReport, found: Comparison) -> Iterator[Block]:
    if not found.tables:
        yield Paragraph((Text("No table differs."),))
        return
    yield Heading(2, "Tables", "compared-tables-heading")
    yield Table(
        "compared-tables",
        f"Rows of tables against the report of {last.year}",
        (
            Column("table", "Table", "text", 4.6),
            Column("new", "New rows", "number", 0.8),
            Column("changed", "Changed", "number", 0.9),
            Column("gone", "Gone", "number", 0.9),
            Column("same", "As before", "number", 0.9),
            Column("state", "Table", "marker", 1.2),
        ),
        tuple(
            Row(
                each.id,
                (
                    each.caption,
                    f"{each.count('new'):,}",
                    f"{each.count('changed'):,}",
                    f"{each.count('gone'):,}",
                    f"{each.same:,}",
                    Marker({"new": "new", "gone": "gone"}.get(each.change, "in both"), "none"),
                ),
            )
            for each in found.tables
        ),
        source=source_line(REGISTER, note="Each row and cell stands in the comparison that the service shows."),
    )


def _prose(found: Comparison) -> Iterator[Block]:
    if not found.prose:
        yield Paragraph((Text("No text differs."),))
        return
    yield Heading(2, "Texts", "compared-texts-heading")
    yield DefinitionList(
        tuple(Definition(each.title or "Before the first heading", _said(each)) for each in found.prose)
    )


def _said(prose: ProseChange) -> tuple[Run, ...]:
    runs: list[Run] = [words(f"{prose.count('added')} words put in, {prose.count('removed')} taken out. ")]
    left = _LONGEST
    for piece in prose.pieces:
        said = " ".join(piece.text.split())
        if not said:
            continue
        if piece.kind == "same":
            told = said.split()
            if len(told) > 2 * _AROUND + 1:
                said = " ".join((*told[:_AROUND], "...", *told[-_AROUND:]))
        if left - len(said) < 0:
            runs.append(Text("The rest stands in the comparison that the service shows."))
            break
        left -= len(said)
        match piece.kind:
            case "added":
                runs.append(Strong(f"[put in: {said}] ", literal=True))
            case "removed":
                runs.append(words(f"[taken out: {said}] "))
            case "same":
                runs.append(words(f"{said} "))
    return tuple(runs)


def _short(table: Table) -> Table:
    if len(table.rows) <= _MOST_ROWS or any(column.key == _REST for column in table.columns):
        return replace(table, source=())
    first = table.columns[0]
    return replace(
        table,
        columns=(first, Column(_REST, "Other cells", "text")),
        rows=tuple(Row(row.key, (row.cells[0], digest_of(row.cells)[:16])) for row in table.rows),
        source=(),
    )
