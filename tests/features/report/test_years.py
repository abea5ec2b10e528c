"""The five reports one after another, with the comparison annex: both gates of the PDF, and how its pages stand."""

import io
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import docx
import pytest
from msgspec.structs import replace

from pipir.document.checks import broken
from pipir.document.columns import without_pages
from pipir.document.docx import render_docx
from pipir.document.html import render_html
from pipir.document.model import (
    Document,
    Table,
    digits_in_prose,
    number,
)
from pipir.document.pdf import render_pdf
from pipir.document.pdf_checks import bare, findings, printed
from pipir.document.pdf_layout import misplaced
from pipir.document.redline import render_redline
from pipir.features.report.compose import compose
from pipir.features.report.compose.comparison import reduced
from pipir.features.report.compose.efforts import which
from pipir.features.report.compose.prose import days_of, listed
from pipir.features.report.compose.snapshot import (
    Activity,
    Continuing,
    Crossing,
    LastReport,
    Participant,
    Point,
    Reading,
    Section,
    Snapshot,
)
from pipir.kernel.money import Dollars
from tests.document import test_verapdf
from tests.document.test_layout import holds_breaks
from tests.document.test_redline import settled, text_of
from tests.features.report.reading import said, tables
from tests.features.report.snapshots import ELEMENTS, STATUTE, empty, exercise, public

YEARS = range(2027, 2032)
SIZE = 6
GOING = Continuing(
    1, "project", "Australia castings line", "10 U.S.C. 2350a", "Research", date(2031, 1, 2), None, date(2031, 6, 1)
)


def points(year: int) -> tuple[Point, ...]:
    """The priorities and recommendations of a year, and those of the year before with what became of them."""
    found = []
    for of, kind in (("priority", None), ("recommendation", "policy")):
        for on in (year - 1, year):
            done = {"outcome": "met" if kind is None else "adopted", "outcome_because": "Done."} if on < year else {}
            given: dict[str, Any] = {"kind": kind, "objective": "1253.b.2", **done}
            found.append(Point(len(found) + 1, on, 1, of, f"The {of} of {on}", "In words.", **given))
    return tuple(found)


def frozen(year: int, last: Document | None) -> Snapshot:
    """What a year's report is made from, the report before with it."""
    told = Reading(points=points(year), continuing=(GOING,) if year == YEARS[-1] else ())
    before = None
    if last is not None:
        crossing = Crossing("obligated", Dollars("1.00"), Dollars(0), Dollars(0), 1)
        before = LastReport(year - 1, 1, "a" * 64, last.frozen_at, date(year - 2, 9, 30), reduced(last), (crossing,))
    base = exercise(SIZE + year - YEARS[0], year)
    return replace(base, duties=(), reading=told, last=before)


@pytest.fixture(scope="module")
def five() -> dict[int, Document]:
    made: dict[int, Document] = {}
    for year in YEARS:
        made[year] = compose(frozen(year, made.get(year - 1)), STATUTE, year)
    return made


@pytest.fixture(scope="module")
def papers(five: dict[int, Document]) -> dict[int, bytes]:
    return {year: render_pdf(document) for year, document in five.items()}


@pytest.mark.parametrize("year", YEARS)
def test_each_year_passes_our_gate_and_leaves_nothing_alone_on_a_page(
    five: dict[int, Document], papers: dict[int, bytes], year: int
) -> None:
    """29 U.S.C. 794d; 36 CFR 1194"""
    assert broken(five[year]) == ()
    assert digits_in_prose(five[year]) == []
    assert findings(papers[year], five[year]) == []
    assert misplaced(papers[year], five[year]) == []


@pytest.mark.parametrize("year", YEARS)
def test_no_word_of_a_year_holds_an_invisible_break(papers: dict[int, bytes], year: int) -> None:
    assert not holds_breaks(papers[year])


@pytest.mark.parametrize("year", YEARS)
def test_the_minute_is_one_page(papers: dict[int, bytes], year: int) -> None:
    """A member of Congress reads what stands on it, and nothing of it stands elsewhere."""
    pages = [bare(page) for page in printed(papers[year])]
    # The first after the cover and the contents; the comparison speaks of it once more.
    page = next(page for page in pages[2:] if bare("The report in one minute") in page)
    for words in ("Participation.", "Funds.", "Priorities. 1 on record for fiscal", "Recommended changes. 1 on record",
                  "Completeness.", "Basis of this report."):  # fmt: skip
        assert bare(words) in page


@pytest.mark.skipif(bool(test_verapdf.pytestmark.args[0]), reason="the veraPDF gate needs a JDK and its package")
def test_each_year_passes_the_second_gate(papers: dict[int, bytes], tmp_path: Path) -> None:
    """ISO 19005-3 level A and ISO 14289-1"""
    files = []
    for year, content in papers.items():
        files.append(tmp_path / f"{year}.pdf")
        files[-1].write_bytes(content)
    verdicts, told = test_verapdf.judged(*files)
    assert set(verdicts.values()) == {"passed"}, told
    assert len(verdicts) == 2 * len(YEARS)


def test_each_report_is_compared_with_the_one_before_it(five: dict[int, Document]) -> None:
    assert "compared" not in {block.id for block in five[2027].blocks}
    for year in YEARS[1:]:
        document = five[year]
        assert "compared" in {block.id for block in document.blocks}
        assert f"The report of {year - 1} stated {SIZE + year - 1 - YEARS[0]} projects" in said(document, "minute")
        gone = {row.key: row.cells[3] for row in tables(document)["compared-tables"].rows}
        assert gone["projects-table"] == "0"
        assert "tables-table" not in gone
        assert "facts" not in gone


def test_a_redline_taken_is_this_years_report_and_rejected_last_years(five: dict[int, Document]) -> None:
    """Word redline: every paragraph and cell of both, but for the pages, which are those of neither"""
    for last, this in pairwise(five.values()):
        word = docx.Document(io.BytesIO(render_redline(last, this, author="pipir", at=this.frozen_at)))
        for side, keep in ((this, "w:ins"), (last, "w:del")):
            blocks = tuple(without_pages(each) if isinstance(each, Table) else each for each in number(side).blocks)
            plain = docx.Document(io.BytesIO(render_docx(replace(side, blocks=blocks))))
            told = [each for each in text_of(plain.element.body) if each]
            assert [each for each in settled(word.element.body, keep) if each] == told


def test_the_last_report_is_of_the_time_after_the_authority(five: dict[int, Document]) -> None:
    """Sec. 1253(f)(1)(A), (g): due on 1 March 2031, after the authority; what continues has another."""
    last = five[2031]
    assert "October 1, 2029 to December 31, 2030" in said(last, "about")
    assert "The authority of the section ended on December 31, 2030" in said(last, "close-out")
    assert tables(last)["continuing-table"].rows[0].cells[2] == "10 U.S.C. 2350a"
    assert GOING.subject not in {row.cells[1] for row in tables(last)["close-out-table"].rows}
    assert "The ledger holds nothing from October 1, 2030 to December 31, 2030." in said(last, "money-after")
    for year in YEARS[:-1]:
        assert not {"close-out-table", "continuing-table"} & set(tables(five[year]))


def few(count: int) -> Document:
    """The exercise with so many rows of each kind."""
    if not count:
        return compose(empty(2028), STATUTE, 2028)
    base = exercise(4, 2028)
    some = replace(
        base,
        participants=base.participants[1 : 1 + count],
        meetings=tuple(replace(each, open_actions=1) for each in base.meetings[:count]),
        projects=tuple(replace(each, milestones=each.milestones[:count]) for each in base.projects[:count]),
        vulnerabilities=base.vulnerabilities[:count],
        agreements=base.agreements[:count],  # type: ignore[index]
        activity=Activity(base.activity.engagements[:count], base.activity.assistance[:count]),  # type: ignore[union-attr]
        sections=(),
        reading=Reading(),
    )
    return compose(some, STATUTE, 2028)


@pytest.mark.parametrize(
    ("part", "sentences"),
    [
        ("element-i", ("holds none that is not closed", "holds 1 vulnerability that", "holds 2 vulnerabilities that")),
        ("participation", ("No country is on record.", "Two standings are kept apart", "Two standings are kept apart")),
        ("agreements", ("No agreement with a participating country is on record.", "record: 1 agreement, in force: 1",
                        "record: 2 agreements, in force: 2")),
        ("agreements", ("no statement", "says how it stands", "says how each stands")),
        ("efforts", ("No country has a part", "record: 1 country with a part", "record: 2 countries with a part")),
        ("meetings", ("No meeting is on record.", "On record: 1 meeting. Still open of what they asked for: 1 action",
                      "On record: 2 meetings. Still open of what they asked for: 2 action items.")),
        ("assistance", ("No assistance under", "On record: 1 assistance effort", "On record: 2 assistance efforts")),
        ("element-iii", ("No project is on record. That is no statement", "holds 1 project, of joint",
                         "holds 2 projects, of joint")),
        ("element-iii", ("classified", "describes it.", "describes each.")),
        ("engagement", ("No engagement under", "1 engagement with", "2 engagements with")),
        ("minute", ("No project is on record.", "1 project on record", "2 projects on record")),
    ],
)  # fmt: skip
def test_each_element_has_its_sentence_at_zero_one_and_many(part: str, sentences: tuple[str, str, str]) -> None:
    """Sec. 1253(f)(1)(B)"""
    for count, sentence in enumerate(sentences):
        assert sentence in said(few(count), part)


def test_long_narratives_long_tables_and_hostile_words_stand_well_on_their_pages() -> None:
    """Four hundred lines for an element, sixty countries, letters that no font holds, and markup that stays text."""
    text = "\n\n".join(f"Paragraph {'x' * (place % 9)} of what was done, in words. " * 3 for place in range(400))
    strange = "Work on \u6f22\u5b57 #panic() <b>bold</b> \u202ereversed {{ 7*7 }}"
    base = public(2028)
    countries = tuple(
        Participant(100 + place, f"X{place:02d}", f"Country {place}", "Indo-Pacific", "invited", date(2027, 1, 4),
                    "Memorandum", None, None, None)
        for place in range(60)
    )  # fmt: skip
    snapshot = replace(
        base,
        participants=(*base.participants, *countries),
        projects=(replace(base.projects[0], name=strange), *base.projects[1:]),
        sections=(Section(ELEMENTS[0], text, nothing_to_report=False, decided_because=None),),
    )
    document = compose(snapshot, STATUTE, 2028)
    content = render_pdf(document)
    assert findings(content, document) == []
    assert misplaced(content, document) == []
    whole = bare("".join(printed(content)))
    for shown in ("[U+6F22][U+5B57]", "#panic()", "<b>bold</b>", "[U+202E]reversed", "{{7*7}}"):
        assert bare(shown) in whole
    assert whole.count("ofwhatwasdone") == 1200


def test_a_country_with_many_projects_is_a_number_in_the_text_and_codes_in_the_annex() -> None:
    """No cell holds hundreds of codes; a new project changes one row of the annex."""

    def made(projects: int) -> Document:
        return compose(replace(exercise(projects, 2028), reading=Reading()), STATUTE, 2028)  # fmt: skip

    document = made(240)
    counted = tables(document)["efforts-table"]
    codes = tables(document)["efforts-projects"]
    assert sum(int(str(row.cells[2])) for row in counted.rows) == 240
    assert sum(str(row.cells[2]).count("P-") for row in codes.rows) == 240
    assert max(str(row.cells[2]).count("P-") for row in codes.rows) <= 100
    assert len({row.key for row in codes.rows}) == len(codes.rows)
    before = {row.key: row.cells for row in tables(made(239))["efforts-projects"].rows}
    assert len([row.key for row in codes.rows if before.get(row.key) != row.cells]) == 1
    assert list(which(empty(2028))) == []


def test_a_page_without_pages_has_no_column_of_them_and_word_gives_each_word_its_room(
    five: dict[int, Document],
) -> None:
    page = render_html(five[2028]).decode()
    matrix = page[page.index('<table id="matrix">') :].partition("</table>")[0]
    assert matrix.count('<th scope="col"') == 4
    assert ">Page<" not in matrix
    assert render_docx(five[2028]).startswith(b"PK")


def test_days_are_said_once_and_long_lists_are_cut_with_what_is_left_out() -> None:
    assert days_of(date(2027, 10, 6), date(2027, 10, 6)) == "Oct 6, 2027"
    assert days_of(date(2027, 10, 6), date(2027, 10, 7)) == "Oct 6 to 7, 2027"
    assert days_of(date(2027, 10, 30), date(2027, 11, 2)) == "Oct 30 to Nov 2, 2027"
    assert days_of(date(2027, 12, 30), date(2028, 1, 2)) == "Dec 30, 2027 to Jan 2, 2028"
    assert listed(["a", "b"]) == "a, b"
    assert listed(map(str, range(1014))).endswith("10, 11 and 1,002 more")
