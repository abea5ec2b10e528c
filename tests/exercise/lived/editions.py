"""What is wrong with a signed edition: its package, its pages, what each element says of the rows that it holds."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipir import package, verification
from pipir.document.model import Document
from pipir.document.model import read as read_document
from pipir.document.pdf_layout import misplaced
from tests.features.report.reading import said, tables

LAST = 2031


def wrong_with(files: Mapping[str, bytes], year: int) -> list[str]:
    """Every fault of an edition, as anyone finds it who has nothing but its files and the program."""
    with tempfile.TemporaryDirectory() as folder:
        package.write_out(files, Path(folder))
        verified = verification.verify(Path(folder))
    document = read_document(files["report.json"])
    return [
        *verified.wrong,
        *verified.not_repeated,
        *(str(each) for each in misplaced(files["report.pdf"], document)),
        *(
            f"{place}: {sentence}"
            for place, sentence in _sentences(document, year)
            if sentence not in said(document, place)
        ),
    ]


def _sentences(document: Document, year: int) -> Iterator[tuple[str, str]]:
    """Where which sentence has to stand, by the rows of the element's own table: none, one or many."""
    rows = {name: len(table.rows) for name, table in tables(document).items()}
    ahead = f"fiscal year {year + 1}"
    weak, held, met = (rows.get(f"{name}-table", 0) for name in ("vulnerabilities", "projects", "meetings"))
    # A total is no priority; without an amount there is none.
    planned = tables(document).get("priorities-table")
    first = sum(not row.total for row in planned.rows) if planned else 0
    asked = rows.get("recommendations-table", 0)
    yield (
        "element-i",
        _number(weak, "holds none that is not closed", "holds {} vulnerability that", "holds {} vulnerabilities that"),
    )
    yield "meetings", _number(met, "No meeting is on record.", "On record: {} meeting.", "On record: {} meetings.")
    yield "element-iii", _number(held, "No project is on record.", "holds {} project, of", "holds {} projects, of")
    yield (
        "element-iv",
        _number(
            first,
            f"No priority initiative for {ahead}",
            f"for {ahead} on record: {{}}.",
            f"for {ahead} on record: {{}}.",
        ),
    )
    yield (
        "element-v",
        _number(
            asked, "No recommendation is on record.", "Recommendations on record: {}.", "Recommendations on record: {}."
        ),
    )
    yield "money", "Obligated in the reporting fiscal year" if "money-years" in rows else "The ledger holds nothing"
    if year == LAST:
        yield "about", "October 1, 2029 to December 31, 2030"
        yield "close-out", "The authority of the section ended on December 31, 2030"
        yield "money-after", "from October 1, 2030 to December 31, 2030"
        yield "continuing", "stands in none of its totals"


def _number(count: int, none: str, one: str, many: str) -> str:
    return (none if not count else one if count == 1 else many).format(f"{count:,}")
