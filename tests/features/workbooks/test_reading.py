"""Reading a workbook that comes back: as it was exported, in any order, and every mistake with its place."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from pipir.features.workbooks import rules
from pipir.features.workbooks.compose import Exported, MilestoneRow, ProjectRow, texts_of, workbook
from pipir.features.workbooks.rules import reading
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.money import Dollars
from pipir.sheets import TooManyRows, look_inside
from tests.features.workbooks.makers import MILESTONES, PROJECTS, RECORD, Edit, Formula, Grid, edited, put, swapped

PROJECT = ProjectRow(
    1, "P-0001", 3, "Radar repair", "co-sustainment", ["1253.b.2", "1253.b.5"], "the service", "A letter",
    "Sustainment", date(2026, 5, 31), "First line.\nSecond line.", "1253.e.1", "OUSD(A&S)", Dollars("1250000.50"),
    False, "CUI",
)  # fmt: skip
OTHER = ProjectRow(
    2, "P-0002", 1, "=1+1", "workforce", ["1253.b.1"], "@sum", "+1", None, None, "", None, None, None, True,
    "CUI//NOFORN",
)  # fmt: skip
STEPS = (
    MilestoneRow(7, "7", 2, "P-0001", 1, "Tooling", 1, date(2027, 3, 1), date(2027, 4, 1), None),
    MilestoneRow(8, "8", 1, "P-0001", 1, "Trial", 2, date(2027, 9, 1), None, date(2026, 11, 1)),
)
EXPORTED = Exported(datetime(2026, 11, 20, 15, tzinfo=UTC), 5, "Robin", "status=active", (PROJECT, OTHER), STEPS)
BOOK = workbook(EXPORTED)


def _mistakes(source: bytes) -> tuple[Mistake, ...]:
    try:
        return rules.read_book(source).mistakes
    except Invalid as wrong:
        return wrong.mistakes


def test_what_is_exported_comes_back_as_it_was() -> None:
    for source in (BOOK, edited(BOOK)):
        book = rules.read_book(source)
        assert book.mistakes == ()
        assert (book.told.made_at, book.told.made_by_id, book.told.asked) == (EXPORTED.made_at, 5, "status=active")
        assert len(book.rows) == 4
        for row in book.rows:
            assert rules.fingerprint(row.kind, row.values) == book.told.fingerprints[row.kind, row.number]
            known = {("project", each.number): each for each in (PROJECT, OTHER)}
            known |= {("milestone", each.number): each for each in STEPS}  # type: ignore[misc]
            assert rules.changed_fields(row.kind, row.values, texts_of(row.kind, known[row.kind, row.number])) == ()


def test_the_same_export_gives_the_same_bytes_and_runs_nothing() -> None:
    assert workbook(EXPORTED) == BOOK
    inside = look_inside(BOOK, most_rows=100)
    assert inside.sheets == ("Read me", PROJECTS, MILESTONES, RECORD)
    assert inside.formulas == ()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as archive:
        assert 'state="veryHidden"' in archive.read("xl/workbook.xml").decode()


def test_rows_and_columns_are_found_by_name_and_number_not_by_place() -> None:
    book = rules.read_book(edited(BOOK, swapped(PROJECTS), swapped(MILESTONES)))
    assert book.mistakes == ()
    assert {row.number for row in book.rows} == {"P-0001", "P-0002", "7", "8"}
    assert all(
        rules.fingerprint(row.kind, row.values) == book.told.fingerprints[row.kind, row.number] for row in book.rows
    )


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (date(2027, 5, 1), "2027-05-01"),
        ("2027-05-01", "2027-05-01"),
        (46508, "2027-05-01"),
        ("46508", "2027-05-01"),
        ("1 May 2027", "1 May 2027"),
        ("05/01/2027", "05/01/2027"),
    ],
)
def test_a_day_is_a_date_a_serial_number_or_iso_text(typed: object, read: str) -> None:
    """What may be read in two ways is not guessed at."""
    book = rules.read_book(edited(BOOK, put(MILESTONES, "7", "Forecast on", typed)))
    assert next(row for row in book.rows if row.number == "7").values["forecast_on"] == read


@pytest.mark.parametrize(
    ("column", "typed", "read"),
    [
        ("Planned total", 2000000, "2000000.00"),
        ("Planned total", "$2,000,000.10", "2000000.10"),
        ("Objectives", "1253.b.5;1253.b.2", "1253.b.2, 1253.b.5"),
        ("In the classified", True, "yes"),
        ("In the classified", "No", "no"),
        ("Name", "  Radar repair ", "Radar repair"),
    ],
)
def test_one_value_has_one_text_however_it_is_typed(column: str, typed: object, read: str) -> None:
    book = rules.read_book(edited(BOOK, put(PROJECTS, "P-0001", column, typed)))
    values = next(row for row in book.rows if row.number == "P-0001").values
    assert read in values.values()


def test_a_formula_is_refused_by_its_place_though_its_value_would_do() -> None:
    """What a formula computes is nobody's statement."""
    source = edited(BOOK, put(PROJECTS, "P-0001", "Name", Formula('="Radar "&"repair"', "Radar repair")))
    (wrong,) = _mistakes(source)
    assert wrong.where == f"{PROJECTS}:2:3"
    assert "nobody's statement" in wrong.expected
    assert wrong.found.startswith('="Radar')
    assert len(_mistakes(edited(BOOK, put(MILESTONES, "7", "Forecast on", Formula("=TODAY()"))))) >= 1


def _without(sheet: str, *places: int) -> Edit:
    def edit(grids: dict[str, Grid]) -> None:
        grids[sheet] = [row for place, row in enumerate(grids[sheet]) if place not in places]

    return edit


def _doubled(grids: dict[str, Grid]) -> None:
    grids[PROJECTS].append([*grids[PROJECTS][1]])


def _new(grids: dict[str, Grid]) -> None:
    grids[PROJECTS].append(["P-0099", 1, "New", *grids[PROJECTS][1][3:]])


def _unnumbered(grids: dict[str, Grid]) -> None:
    grids[PROJECTS].append(["", "", "New", *grids[PROJECTS][1][3:]])


def _renamed(grids: dict[str, Grid]) -> None:
    grids[PROJECTS][0][2] = "Title"


def _more(grids: dict[str, Grid]) -> None:
    for row in grids[MILESTONES]:
        row.append("Cost")


def _gone(name: str) -> Edit:
    def edit(grids: dict[str, Grid]) -> None:
        del grids[name]

    return edit


def _touched(grids: dict[str, Grid]) -> None:
    grids[RECORD][-1][2] = 9


@pytest.mark.parametrize(
    ("edit", "where", "says"),
    [
        (_without(PROJECTS, 2), PROJECTS, "Expected the row of P-0002"),
        (_without(MILESTONES, 1, 2), MILESTONES, "Expected the row of 7"),
        (_doubled, f"{PROJECTS}:4:1", "Expected each number once; it stands in row 2 already."),
        (_new, f"{PROJECTS}:4:1", "Expected a number that was exported."),
        (_unnumbered, f"{PROJECTS}:4:1", "Expected a number that was exported."),
        (put(PROJECTS, "P-0001", "Number", "P-0007"), f"{PROJECTS}:2:1", "Expected a number that was exported."),
        (put(PROJECTS, "P-0001", "Version", 4), f"{PROJECTS}:2:2", "Expected 3, as it was exported."),
        (_renamed, f"{PROJECTS}:1:3", "Expected"),
        (_more, f"{MILESTONES}:1:10", "Expected one of the columns"),
        (_gone(MILESTONES), MILESTONES, "Expected a sheet Milestones."),
        (_gone(RECORD), RECORD, "Expected the hidden sheet"),
        (_touched, RECORD, "Expected the hidden sheet"),
        (_without(RECORD, 6), RECORD, "Expected the hidden sheet"),
        (_without(PROJECTS, 0), f"{PROJECTS}:1", "Expected"),
    ],
)
def test_every_mistake_of_form_is_told_with_its_place(edit: Edit, where: str, says: str) -> None:
    wrong = _mistakes(edited(BOOK, edit))
    assert any(each.where.startswith(where) and says in each.expected for each in wrong), wrong


def test_every_mistake_is_told_at_once() -> None:
    wrong = _mistakes(
        edited(
            BOOK,
            _doubled,
            _without(MILESTONES, 1),
            put(PROJECTS, "P-0002", "Version", 7),
            put(PROJECTS, "P-0001", "Name", Formula("=1")),
        )
    )
    assert len(wrong) == 4


@pytest.mark.parametrize(
    "broken",
    [
        lambda: b"",
        lambda: b"not a workbook",
        lambda: BOOK[: len(BOOK) // 2],
        lambda: BOOK[: len(BOOK) - 30],
    ],
)
def test_a_file_that_was_cut_off_is_refused_whole(broken: Callable[[], bytes]) -> None:
    (wrong,) = _mistakes(broken())
    assert wrong.where == "file"


def test_more_rows_than_are_read_are_refused_with_advice() -> None:
    """The limit is looked at before anything is read into memory."""
    with pytest.raises(TooManyRows, match="Read me"):
        look_inside(BOOK, most_rows=1)
    assert reading.MOST_ROWS == 200_000


def test_a_workbook_that_counts_days_from_1904_is_read_so() -> None:
    target = io.BytesIO()
    source = io.BytesIO(edited(BOOK, put(MILESTONES, "7", "Forecast on", "45046")))
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            body = old.read(name)
            if name == "xl/workbook.xml":
                body = body.replace(b"<workbookPr ", b'<workbookPr date1904="1" ')
            new.writestr(name, body)
    book = rules.read_book(target.getvalue())
    assert next(row for row in book.rows if row.number == "7").values["forecast_on"] == "2027-05-01"
