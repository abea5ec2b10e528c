"""Why a figure stands in the report: its question, its rows, its provision, and the sections where it stands."""

from collections.abc import Sequence
from typing import Any

import msgspec

from pipir.document.model import Document, Fact
from pipir.features.report.compose.cuts import KEYS, lines_under, sums_of
from pipir.features.report.compose.facts import LEDGER, Figured, figures_of
from pipir.features.report.compose.lacking import completeness
from pipir.features.report.compose.places import Place, places_of
from pipir.features.report.compose.prose import NOT_PUBLIC, money_in_prose
from pipir.features.report.compose.snapshot import Snapshot, Sums, law_of
from pipir.features.report.rules import nearest
from pipir.kernel.errors import NotFound
from pipir.statute import lookup
from pipir.statute.model import Statute

# Rows of the exercise program say so in every file.
EXERCISE = "Exercise data"
# A line of a table of money is asked for by the table and its key: money-countries:AUS.
_CUT_OF = {
    "money-years": "by_year",
    "money-quarters": "by_quarter",
    "money-countries": "by_country",
    "money-accounts": "by_account",
    "money-projects": "by_project",
    "money-authorities": "by_authority",
}


class Why(msgspec.Struct, frozen=True):
    """A figure with everything that it rests on; `rows_sha256` is of the rows in their canonical form, one a line."""

    id: str
    text: str
    value: str
    unit: str
    question: str
    provision: str
    sources: tuple[str, ...]
    rows: int
    rows_sha256: str
    places: tuple[Place, ...]


def figure(snapshot: Snapshot, statute: Statute, name: str) -> Figured:
    """A figure by its name, or a line of a table of money by the table and its key; NotFound with the nearest name."""
    law = law_of(snapshot, statute)
    table, colon, key = name.partition(":")
    if colon and table in _CUT_OF:
        found = next((each for each in _cut(snapshot, table) if each.key == key), None)
        if found is not None:
            return _line(snapshot, law, table, found)
        if key == "total":
            return _total(snapshot, law, table)
    every = figures_of(snapshot, law, completeness(snapshot, statute))
    chosen = next((each for each in every if each.fact.id == name), None)
    if chosen is None:
        near = nearest(name[:60], (each.fact.id for each in every))
        raise NotFound(f"The report has no figure of this name; the nearest is {near}.")
    return chosen


def why(document: Document, figured: Figured, *, of_table: str = "") -> Why:
    """What a figure rests on, with the sections of the document in which it stands."""
    fact = figured.fact
    places = places_of(document).get(of_table or fact.id, ())
    titles = {source.id: source.title for source in document.sources}
    return Why(
        fact.id,
        fact.text,
        fact.value,
        fact.unit,
        fact.question,
        fact.provision,
        tuple(titles.get(each, each) for each in fact.sources),
        fact.rows,
        fact.rows_sha256,
        places,
    )


def table_of(name: str) -> str:
    """The table of money that a name means a line of; blank for the name of a figure."""
    table, colon, _ = name.partition(":")
    return table if colon and table in _CUT_OF else ""


def columns_of(rows: Sequence[Any]) -> tuple[str, ...]:
    """The columns of rows as a file has them; rows that are no records have one."""
    if rows and isinstance(rows[0], msgspec.Struct):
        return tuple(EXERCISE if name == "exercise" else name for name in rows[0].__struct_fields__)
    return ("value",)


def cells_of(row: Any) -> list[Any]:
    """A row's cells: what is no single value stands as JSON."""
    if not isinstance(row, msgspec.Struct):
        return [row]
    return [
        ("EXERCISE DATA" if getattr(row, name) else "") if name == "exercise" else _cell(getattr(row, name))
        for name in row.__struct_fields__
    ]


def _cell(value: Any) -> Any:
    if isinstance(value, tuple):
        if all(isinstance(each, str) for each in value):
            return "; ".join(value)
        return msgspec.json.encode(value, enc_hook=str).decode()
    if value is msgspec.UNSET:
        return None
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _cut(snapshot: Snapshot, table: str) -> tuple[Sums, ...]:
    """The lines of a table of money."""
    found: tuple[Sums, ...] = getattr(snapshot.ledger, _CUT_OF[table])
    return found


def _total(snapshot: Snapshot, law: Statute, table: str) -> Figured:
    """The total of a table of money: of the lines that it shows, which are the latest quarters or all there are."""
    keys, of = {each.key for each in _cut(snapshot, table)}, KEYS[_CUT_OF[table]]
    lines = tuple(line for line in (snapshot.read.lines if snapshot.read else ()) if of(line)[0] in keys)
    figured = _line(snapshot, law, table, sums_of("total", "Total", lines))
    return figured._replace(rows=lambda: lines)


def _line(snapshot: Snapshot, law: Statute, table: str, sums: Sums) -> Figured:
    cut_name = _CUT_OF[table]
    lines = snapshot.read.lines if snapshot.read else ()
    fact = Fact(
        id=f"{table}:{sums.key}",
        text=money_in_prose(sums.obligated) if snapshot.ledger.lines else NOT_PUBLIC,
        value=str(sums.obligated),
        unit="USD",
        question=f"Obligations and expenditures {cut_name.replace('_', ' ')}: {sums.label}",
        provision=lookup.report_elements(law)[5].short_citation,
        sources=(LEDGER,),
        rows=sums.rows,
        rows_sha256=sums.rows_sha256,
    )
    return Figured(fact, lambda: lines_under(lines, cut_name, sums.key))
