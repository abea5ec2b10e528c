"""Where each figure stands in the report, and what its tables rest on; known once the report is composed."""

import re
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from pipir.document.model import (
    FACTS,
    Block,
    Column,
    Document,
    FactRef,
    Heading,
    KeyFigures,
    Ref,
    Row,
    Table,
    facts_table,
    label,
    narrative,
    number,
)
from pipir.features.report.compose.snapshot import digest_of

TABLES = "tables-table"
_OF_ONE = re.compile(r"project-\d+-milestones")


class Place(msgspec.Struct, frozen=True):
    """A section where a figure stands, as the report numbers it."""

    id: str
    title: str
    short: str


def placed(document: Document) -> Document:
    """The document whose annex says of each figure where it stands, and of each table what it holds."""
    named = {name: "; ".join(each.short for each in found) for name, found in places_of(document).items()}
    blocks: list[Block] = []
    for block in document.blocks:
        if isinstance(block, Table) and block.id == FACTS:
            basis = facts_table(document.facts, caption=block.caption, places=named)
            blocks += [replace(basis, orientation=block.orientation), _tables(document)]
        else:
            blocks.append(block)
    return number(replace(document, blocks=tuple(blocks)))


def places_of(document: Document) -> dict[str, tuple[Place, ...]]:
    """The sections in which each figure stands by its name, and each table by its id; the annex itself is none."""
    found: dict[str, dict[Place, None]] = {}
    inside = Place("cover", "Cover", "Cover")
    spoken: dict[int, set[str]] = {}
    for where, runs in narrative(document):
        at = int(where.split(".")[1].split(" ")[0])
        spoken.setdefault(at, set()).update(run.fact for run in runs if isinstance(run, FactRef))
    for at, block in enumerate(document.blocks):
        if isinstance(block, Heading):
            numbered = label(block)
            title = f"{numbered}: {block.text}" if numbered != block.text else block.text
            inside = Place(block.id, title, numbered)
        for name in (*spoken.get(at, ()), *_shown(block)):
            found.setdefault(name, {})[inside] = None
    return {name: tuple(each) for name, each in found.items()}


def _shown(block: Block) -> Iterator[str]:
    """The figures that a block shows outside of prose, and a table's own id."""
    if isinstance(block, KeyFigures):
        yield from (item.fact for item in block.items)
    elif isinstance(block, Table) and block.id not in (FACTS, TABLES):
        yield block.id
        yield from (cell.fact for row in block.rows for cell in row.cells if isinstance(cell, FactRef))


def _tables(document: Document) -> Table:
    """Every table with the number of its lines and their hash: what a printed amount that is no figure rests on."""
    return Table(
        TABLES,
        "Basis of tables",
        (
            Column("table", "Table", "text", 0.9),
            Column("caption", "What it holds", "text", 4.6),
            Column("lines", "Lines", "number", 0.7),
            Column("hash", "Hash of lines", "text", 1.4),
        ),
        tuple(_basis(document)),
        orientation="landscape",
    )


def _basis(document: Document) -> Iterator[Row]:
    """A row for each table; the milestones of all projects have one, or the basis would be as long as their annex."""
    of_one = [block for block in document.blocks if isinstance(block, Table) and _OF_ONE.fullmatch(block.id)]
    for block in document.blocks:
        if not isinstance(block, Table) or block.id == FACTS:
            continue
        if of_one and block is of_one[0]:
            rows = tuple(row for each in of_one for row in each.rows)
            where, what = Ref("projects-annex"), f"Milestones of each project, {label(block)} to {label(of_one[-1])}"
            yield Row("projects-milestones", (where, what, f"{len(rows):,}", digest_of(rows)[:12]))
        elif not _OF_ONE.fullmatch(block.id):
            lines = f"{len(block.rows):,}"
            yield Row(block.id, (Ref(block.id), block.caption, lines, digest_of(block.rows)[:12] or "none"))
