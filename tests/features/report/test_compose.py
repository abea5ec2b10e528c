"""The report as a function of its snapshot: what it says at nothing, at the public record, at a whole program."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from pipir.document.checks import broken
from pipir.document.html import render_html
from pipir.document.model import (
    Bullets,
    Callout,
    DefinitionList,
    Document,
    FactRef,
    Figure,
    Heading,
    Marker,
    Paragraph,
    Ref,
    Row,
    Run,
    Strong,
    Table,
    Text,
    canonical,
    digits_in_prose,
    label,
)
from pipir.features.report.compose import compose
from pipir.features.report.compose.facts import figure_names
from pipir.features.report.compose.lacking import completeness
from pipir.features.report.compose.money import spent
from pipir.features.report.compose.snapshot import (
    Activity,
    CostStatement,
    DutyState,
    EarlierPriorities,
    Milestone,
    Promise,
    Section,
    Signature,
    Snapshot,
    Sums,
    digest,
    digest_of,
    read,
)
from pipir.features.report.compose.snapshot import canonical as canonical_snapshot
from pipir.features.report.compose.why import cells_of, columns_of, figure
from pipir.kernel.money import Dollars
from pipir.statute import lookup
from tests.features.report.reading import tables as tables_of
from tests.features.report.snapshots import (
    ELEMENTS,
    STATUTE,
    agreed,
    empty,
    exercise,
    helped,
    hostile,
    met,
    public,
    weakness,
    with_lines,
)

GOLDEN = Path(__file__).parent / "outline-2027.txt"
YEARS = list(lookup.report_years(STATUTE))


def made(snapshot: Snapshot) -> Document:
    return compose(snapshot, STATUTE, snapshot.year)


def table(document: Document, name: str) -> Table:
    return next(each for each in document.blocks if isinstance(each, Table) and each.id == name)


def tables(document: Document) -> set[str]:
    return {each.id for each in document.blocks if isinstance(each, Table)}


def part(document: Document, heading: str) -> list[object]:
    """The blocks from a first-level heading to the next."""
    found: list[object] = []
    inside = False
    for each in document.blocks:
        if isinstance(each, Heading) and each.level == 1:
            inside = each.id == heading
        if inside:
            found.append(each)
    return found


def said(blocks: list[object]) -> str:
    words: list[str] = []

    def runs(some: tuple[Run, ...]) -> None:
        words.extend(run.text if isinstance(run, Text | Strong) else f"<{run}>" for run in some)

    for each in blocks:
        match each:
            case Paragraph(runs=some) | Callout(runs=some):
                runs(some)
            case Bullets(items=items):
                for item in items:
                    runs(item)
            case DefinitionList(items=items):
                for definition in items:
                    words.append(definition.term + ": ")
                    runs(definition.runs)
            case _:
                pass
        if isinstance(each, Callout):
            words.append(each.title)
    return "".join(words)


def outline(document: Document) -> str:
    lines = []
    for each in document.blocks:
        match each:
            case Heading():
                lines.append(f"{'#' * each.level} {each.number} {each.text}".replace("  ", " "))
            case Table():
                columns = ", ".join(column.title for column in each.columns)
                lines.append(f"{label(each)}: {each.caption} [{columns}] {len(each.rows)} rows")
            case Figure():
                lines.append(f"{label(each)}: {each.caption}")
            case Callout():
                lines.append(f"({each.kind}) {each.title}")
            case _:
                pass
    return "\n".join(lines) + "\n"


def test_the_report_of_2027_from_the_public_record_has_this_structure() -> None:
    """Sec. 1253(f)(1)(B)"""
    assert outline(made(public())) == GOLDEN.read_text()


def test_each_picture_is_drawn_for_telephones_too_with_ids_of_its_own() -> None:
    figures = [each for each in made(exercise()).blocks if isinstance(each, Figure)]
    ids = [name for each in figures for svg in (each.svg, each.narrow) for name in re.findall(r' id="([^"]+)"', svg)]
    assert len(figures) == 4
    assert all('viewBox="0 0 340 ' in each.narrow for each in figures)
    assert len(ids) == len(set(ids)) >= 4 * len(figures)


@pytest.mark.parametrize("snapshot", [empty(), public(), exercise()], ids=["empty", "public", "exercise"])
def test_no_figure_is_typed_into_prose_and_every_reference_leads_somewhere(snapshot: Snapshot) -> None:
    """Habit 10: the report is a function."""
    document = made(snapshot)
    assert digits_in_prose(document) == []
    assert broken(document) == ()


def test_the_snapshot_survives_its_canonical_form() -> None:
    """Habit 10: same snapshot, same bytes."""
    for snapshot in (empty(), public(), exercise()):
        content = canonical_snapshot(snapshot)
        assert read(content) == snapshot
        assert canonical_snapshot(read(content)) == content
        assert canonical(made(read(content))) == canonical(made(snapshot))
        assert made(snapshot).snapshot_id == digest(content)


def test_another_year_than_the_snapshots_is_refused() -> None:
    """Habit 10."""
    with pytest.raises(ValueError, match="2027"):
        compose(public(), STATUTE, 2028)


# ---- the first pages


def test_the_cover_says_draft_to_whom_on_which_law_and_as_of_when() -> None:
    """Sec. 1253(f)(1)(A)"""
    document = made(public())
    assert document.status == "DRAFT"
    assert document.cover.eyebrow == "Report to Congress"
    assert "Sec. 1253(f)(1)" in document.subtitle
    assert len(document.cover.addressees) == 6
    assert document.as_of == ("Money as of Sep 30, 2026, status as of Jan 15, 2027",)
    assert document.cover.lines[0] == "Covers December 18, 2025 to September 30, 2026; due March 1, 2027"


def test_a_draft_is_controlled_with_its_designation_block() -> None:
    """DoDI 5200.48"""
    document = made(public())
    assert document.marking == "CUI"
    block = dict(document.designation)
    assert (block["CUI category"], block["Distribution"]) == ("not stated", "not stated")
    assert block["Controlled by"] == block["POC"] == "the program office of this installation"
    narrow = made(replace(public(), marking="CUI//EXPT//NOFORN"))
    assert narrow.marking == "CUI//EXPT//NOFORN"
    nuclear = dict(made(replace(public(), marking="CUI//SP-NNPI//NOFORN")).designation)
    assert (nuclear["CUI category"], nuclear["Distribution"]) == ("SP-NNPI", "NOFORN")
    shared = dict(made(replace(public(), stage="signed", marking="CUI//SP-EXPT/PROCURE//REL TO USA, AUS")).designation)
    assert (shared["CUI category"], shared["Distribution"]) == ("SP-EXPT, PROCURE", "REL TO USA, AUS")


def test_the_cost_statement_says_what_is_not_stated_yet() -> None:
    """Convention: cost statement."""

    def printed(**changed: Any) -> str:
        return "".join(
            run.text
            for run in made(replace(public(), **changed)).cover.cost_statement
            if isinstance(run, Text | Strong)
        )

    assert printed() == "What preparing this report cost the Department of Defense is not stated yet."
    assert printed(stage="signed") == "What preparing this report cost the Department of Defense is not stated."
    assert printed(cost=CostStatement(Dollars("38000.00"))) == (
        "The cost to the Department of Defense of preparing this report is $38,000.00 in labor and not stated yet in "
        "other expenses. Its day and reference number are not stated yet."
    )
    cost = CostStatement(Dollars("38000.00"), Dollars("3000.00"), date(2027, 1, 10), "0-1A2B3C4")
    whole = made(replace(public(), cost=cost)).cover.cost_statement
    text = "".join(run.text for run in whole if isinstance(run, Text | Strong))
    assert "approximately $41,000.00: $38,000.00 in labor and $3,000.00 in other expenses" in text
    assert "0-1A2B3C4" in text
    assert "not stated" not in text


def test_the_matrix_leads_from_each_element_to_its_section_and_page() -> None:
    """Sec. 1253(f)(1)(B)(i)-(vi)"""
    document = made(public())
    rows = table(document, "matrix").rows
    assert [row.key for row in rows] == list(ELEMENTS)
    headings = {each.id for each in document.blocks if isinstance(each, Heading)}
    for row in rows:
        assert row.cells[2].target in headings  # type: ignore[union-attr]
        assert row.cells[3].target in headings  # type: ignore[union-attr]
        assert row.cells[4] == Marker("text missing", "missing")


def test_the_portal_is_excluded_with_its_citation_and_the_signatory_is_not_decided() -> None:
    """44 U.S.C. 7242(2)(B)(iii); 10 U.S.C. 113(d)"""
    about = said(part(made(public()), "about"))
    assert "Publishing Office portal: excluded, 44 U.S.C. 7242(2)(B)(iii)" in about
    assert "Not decided." in about
    assert "No designation is recorded here; not public" in about


def test_lateness_is_admitted_with_days_and_earliness_with_its_unit() -> None:
    """Sec. 1253(f)(1)(A)"""
    on_time = made(public())
    assert "it is late" not in said(part(on_time, "about"))
    late = made(replace(public(), status_as_of=date(2027, 3, 2)))
    assert "after it was due: it is late." in said(part(late, "about"))
    fact = next(each for each in late.facts if each.id == "days.to-due")
    assert (fact.text, fact.unit) == ("1", "day")


def test_the_last_report_shows_a_statutory_saturday_and_advises_the_working_day_before() -> None:
    """Sec. 1253(f)(1)(A)"""
    about = said(part(made(empty(2031)), "about"))
    assert "March 1, 2031" in about
    assert "the last working day before it is February 28, 2031, which is advice and no law" in about


@pytest.mark.parametrize("year", YEARS)
def test_each_statutory_year_composes_with_its_own_upcoming_fiscal_year(year: int) -> None:
    """Sec. 1253(f)(1)(B)(iv)"""
    document = made(public(year))
    assert f"fiscal year {year + 1}" in said(part(document, "element-iv"))
    assert broken(document) == ()


# ---- what is missing


def test_a_draft_lists_every_element_without_text_and_every_fact_that_is_not_public() -> None:
    """Sec. 1253(f)(1)(B); reports.md: no information is not none"""
    lacks = completeness(public(), STATUTE)
    assert (lacks.answered, lacks.of) == (0, 6)
    assert [each.element for each in lacks.lacking if each.kind == "element"] == list(ELEMENTS)
    facts = {each.what for each in lacks.lacking if each.kind == "fact"}
    assert facts == {
        "The designated senior official",
        "The list of member countries",
        "Standing in the forum, country by country",
        "Obligations, expenditures and costs",
        "Leads of projects and workstreams",
        "Milestones of projects",
        "Planned totals of projects",
        "The cost statement of this report",
        "The signatory",
    }
    assert len(table(made(public()), "lacking-table").rows) == 15


def test_what_is_lacking_is_a_figure_with_its_rows() -> None:
    """Every number can name its rows: those of the list that it counts."""
    found = figure(public(), STATUTE, "lacking")
    rows = tuple(found.rows())
    assert rows == completeness(public(), STATUTE).lacking
    assert (found.fact.value, found.fact.rows) == (str(len(rows)), len(rows))
    assert found.fact.rows_sha256 == digest_of(rows)
    assert {cell for row in rows for cell in cells_of(row)} >= {"The list of member countries", "element"}


@pytest.mark.parametrize(
    ("marking", "lacks"),
    [
        ("UNCLASSIFIED", False),
        ("CUI", True),
        ("CUI//NOFORN", True),
        ("CUI//PROCURE", False),
        ("CUI//EXPT//NOFORN", False),
    ],
)
def test_a_controlled_report_without_a_category_lacks_it(marking: str, *, lacks: bool) -> None:
    """DoDI 5200.48: the designation block of the first page names the category."""
    for stage in ("draft", "signed"):
        snapshot = replace(public(), marking=marking, stage=stage)
        found = {each.what: each.provision for each in completeness(snapshot, STATUTE).lacking}
        assert ("The CUI category" in found) is lacks
    if lacks:
        assert found["The CUI category"] == "DoDI 5200.48"
        assert dict(made(snapshot).designation)["CUI category"] == "not stated"


def test_what_no_row_sets_stands_as_an_empty_cell_of_a_figures_rows() -> None:
    """What is withheld of a project is unset where nothing is."""
    rows = figure(public(), STATUTE, "projects").rows()
    cells = dict(zip(columns_of(rows), cells_of(rows[0]), strict=True))
    assert cells["withheld"] is None
    told = replace(rows[0], withheld=True)
    assert dict(zip(columns_of(rows), cells_of(told), strict=True))["withheld"] == "yes"


def test_what_becomes_known_leaves_the_list() -> None:
    """reports.md: no information is not none"""
    known = replace(
        public(),
        duties=(DutyState("designation", "done", date(2026, 6, 1), "Memorandum of June 1"),),
        cost=CostStatement(Dollars("1.00"), Dollars("1.00"), date(2027, 1, 1), "0-X"),
    )
    left = {each.what: each.why for each in completeness(known, STATUTE).lacking}
    assert "The designated senior official" not in left
    assert "The cost statement of this report" not in left
    assert (
        left["The official's name"]
        == "The duty to designate: Done Jun 1, 2026. No name is recorded here for the status day."
    )


def test_the_senior_official_is_said_as_the_duty_to_designate_stands() -> None:
    """Sec. 1253(c)(1): the first pages do not contradict the duties table"""
    done = replace(public(), duties=(DutyState("designation", "done", date(2026, 6, 20), "Memorandum of June 20"),))
    about = said(part(made(done), "about"))
    assert "Done Jun 20, 2026. Done 4 days after the statutory day. Evidence on record: Memorandum of June 20" in about
    assert "No designation is recorded" not in about
    work = replace(public(), duties=(DutyState("designation", "in work"),))
    cell = {row.key: row.cells[3] for row in table(made(work), "duties-table").rows}["designation"]
    assert isinstance(cell, Marker)
    assert cell.text.startswith("In work. The day has passed")
    assert cell.text.rstrip(".") in said(part(made(work), "about"))
    assert cell.text.rstrip(".") in next(
        each.why for each in completeness(work, STATUTE).lacking if each.kind == "fact"
    )


@pytest.mark.parametrize("number", ["i", "ii", "iii", "iv", "v", "vi"])
def test_an_element_says_what_an_editor_said_and_else_that_it_is_missing(number: str) -> None:
    """Sec. 1253(f)(1)(B)"""
    slug = f"1253.f.1.B.{number}"
    missing = said(part(made(public()), f"element-{number}"))
    assert "Missing." in missing
    assert "Nothing to report" not in missing
    nothing = replace(public(), sections=(Section(slug, "", True, "The office looked, and found none."),))
    text = said(part(made(nothing), f"element-{number}"))
    assert text.count("Nothing to report. The office looked, and found none.") == 1
    assert "No text has been written" not in text
    written = replace(public(), sections=(Section(slug, "A text.\n\n- one\n- two", False, None),))
    blocks = part(made(written), f"element-{number}")
    text = said(blocks)
    assert "A text." in text
    assert "No text has been written" not in text
    assert any(isinstance(each, Bullets) and len(each.items) == 2 for each in blocks)
    assert completeness(written, STATUTE).answered == 1
    assert table(made(written), "matrix").rows[ELEMENTS.index(slug)].cells[4] == Marker("answered", "good")


def test_a_text_prints_figures_by_their_name_and_leaves_other_braces_alone() -> None:
    """Habit 10: numbers in prose are named facts"""
    written = replace(public(), sections=(Section(ELEMENTS[0], "We run {projects} and {no.such} {x", False, None),))
    runs = next(
        each.runs for each in part(made(written), "element-i") if isinstance(each, Paragraph) and "We run" in str(each)
    )
    assert runs[1] == FactRef("projects")
    assert "{no.such} {x" in runs[2].text  # type: ignore[union-attr]


def test_a_figure_that_the_report_does_not_have_is_listed_with_the_nearest() -> None:
    """Habit 10: numbers in prose are named facts"""
    written = replace(public(), sections=(Section(ELEMENTS[5], "It came to {obligatd.fy}.", False, None),))
    found = completeness(written, STATUTE).of_kind("figure")
    assert [each.what for each in found] == ["The figure {obligatd.fy} in element (vi)"]
    assert "{money.obligated.fy}" in found[0].why


def test_each_field_with_a_letter_that_no_font_has_is_listed_with_its_record_and_its_letters() -> None:
    """report.md: coverage at freeze, naming field and character"""
    assert not completeness(exercise(), STATUTE).of_kind("letters")
    assert not completeness(public(), STATUTE).of_kind("letters")
    base = exercise()
    far, bare = replace(base.projects[0], name="\u65e5\u672c", description="caf\u00e9 \u65e5"), base.projects[1]
    step = replace(bare.milestones[1], name="\U00012000")
    bare = replace(bare, milestones=(bare.milestones[0], step, *bare.milestones[2:]))
    cost = replace(base.cost, reference="turned \u202e")
    meeting = replace(base.meetings[0], outcome="\u65e5")
    snapshot = replace(base, projects=(far, bare), cost=cost, meetings=(meeting,), supersedes="\u672c")
    found = completeness(snapshot, STATUTE).of_kind("letters")
    assert [each.what for each in found] == [
        f"Meeting 1 ({meeting.name}), outcome",
        f"Project {far.code}, name",
        f"Project {far.code}, description",
        f"Project {bare.code} ({bare.name}), milestones 2 name",
        "Cost statement, reference",
        "Why this version supersedes another, text",
    ]
    assert found[1].why == (
        "No font of the report has: U+65E5 CJK UNIFIED IDEOGRAPH-65E5; U+672C CJK UNIFIED IDEOGRAPH-672C."
    )
    assert "U+00E9" not in found[2].why
    shown = table(made(snapshot), "lacking-table").rows
    assert f"Project {far.code}, description" in {row.cells[0] for row in shown}
    many = completeness(replace(base, supersedes="".join(map(chr, range(0x4E00, 0x4E00 + 12)))), STATUTE)
    assert many.of_kind("letters")[0].why.endswith("; and 2 more.")


def test_element_i_says_of_the_register_that_it_holds_none_one_or_many() -> None:
    """Sec. 1253(f)(1)(B)(i)"""
    none, one, many = (
        replace(public(), vulnerabilities=tuple(weakness(number) for number in range(1, count + 1)))
        for count in (0, 1, 4)
    )
    assert "holds none that is not closed. That is no statement" in said(part(made(none), "element-i"))
    assert "vulnerabilities-table" not in tables(made(none))
    words = said(part(made(one), "element-i"))
    assert "that is not closed" in words
    assert "describes it." in words
    words = said(part(made(many), "element-i"))
    assert "that are not closed" in words
    assert "lists them, the most severe first." in words
    facts = {each.id: each for each in made(many).facts}
    assert [facts[f"vulnerabilities{name}"].value for name in ("", ".severe", ".unreduced")] == ["4", "2", "1"]
    shown = table(made(many), "vulnerabilities-table")
    assert [column.title for column in shown.columns] == [
        "Vulnerability", "Countries", "Severity", "Confidence", "Mitigation", "Projects", "Status and review",
    ]  # fmt: skip
    assert [row.key for row in shown.rows] == ["V-0001", "V-0002", "V-0003", "V-0004"]
    assert shown.rows[2].cells[4] == "none stated"
    assert shown.rows[1].cells[5] == "none on record"


def test_element_ii_says_of_assistance_that_there_is_none_one_or_many() -> None:
    """Sec. 1253(e)(3), (f)(1)(B)(ii)"""
    none, one, many = (
        replace(exercise(), activity=Activity((), tuple(helped(number) for number in range(1, count + 1))))
        for count in (0, 1, 4)
    )
    words = said(part(made(none), "element-ii"))
    assert "No assistance under Sec. 1253(e)(3) is on record. That is no statement that no partner was helped." in words
    assert "assistance-table" not in tables(made(none))
    words = said(part(made(one), "element-ii"))
    assert " assistance effort," in words
    assert " describes it with the authority of title 10" in words
    words = said(part(made(many), "element-ii"))
    assert " assistance efforts," in words
    assert " lists them by partner with" in words
    facts = {each.id: each for each in made(many).facts}
    assert [facts[name].value for name in ("assistance", "assistance.begun")] == ["4", "2"]
    shown = table(made(many), "assistance-table")
    assert "plans, not obligations" in shown.caption
    assert [column.key for column in shown.columns] == ["partner", "name", "uses", "period", "status", "planned"]
    assert [row.cells[2] for row in shown.rows] == ["10 U.S.C. 333", "10 U.S.C. 332"] * 2
    assert [row.cells[5] for row in shown.rows] == ["250,000.00", "500,000.00", "not public", "1,000,000.00"]


def test_what_was_obligated_for_assistance_is_what_the_ledger_says_and_stands_with_obligations() -> None:
    """31 U.S.C. 1501(b)"""
    document = made(exercise())
    shown = table(document, "money-assistance")
    assert [column.key for column in shown.columns] == SPENT
    assert shown in part(document, "element-vi")
    told = next(each for each in document.facts if each.id == "money.obligated.assistance")
    assert told.value == str(Dollars(3 * Decimal("1234567.89")))
    assert "as the ledger has it: " in said(part(document, "element-ii"))
    silent = next(each for each in made(public()).facts if each.id == "money.obligated.assistance")
    assert silent.text == "not public"


def test_element_vi_says_of_engagement_that_there_is_none_one_or_many() -> None:
    """Sec. 1253(e)(4), (f)(1)(B)(vi)"""
    none, one, many = (
        replace(exercise(), activity=Activity(tuple(met(number) for number in range(1, count + 1))))
        for count in (0, 1, 4)
    )
    words = said(part(made(none), "element-vi"))
    assert "No engagement under Sec. 1253(e)(4) is on record for the period. That is no statement" in words
    assert "engagement-table" not in tables(made(none))
    assert " engagement with <" in said(part(made(one), "element-vi"))
    assert " engagements with, in all, <" in said(part(made(many), "element-vi"))
    facts = {each.id: each for each in made(many).facts}
    named = ("engagements", "engagements.organizations", "commitments.made", "commitments.kept", "commitments.open")
    assert [facts[name].value for name in named] == ["4", "8", "4", "1", "2"]
    rows = table(made(many), "engagement-table").rows
    assert [row.key for row in rows] == [f"1253.b.{number}" for number in range(1, 8)]
    assert rows[0].cells[1:] == ("2", "industry: 3", "2", "0", "1")
    assert rows[1].cells[1:] == ("4", "academia: 1, industry: 7", "4", "1", "2")
    assert rows[2].cells[1:] == ("0", "none on record", "0", "0", "0")


def test_an_engagement_of_an_earlier_period_counts_only_by_what_is_owed_of_it_still() -> None:
    """Sec. 1253(f)(1)(A)"""
    before = replace(met(1), ends_on=date(2026, 5, 2), promises=(Promise(date(2026, 5, 2), "open"),))
    document = made(replace(exercise(), activity=Activity((before,))))
    assert table(document, "engagement-table").rows[0].cells[1:] == ("0", "none on record", "0", "0", "1")


def test_a_snapshot_from_before_engagement_stood_in_the_report_keeps_its_bytes_and_its_report() -> None:
    """Habit 10: same snapshot, same bytes"""
    old = replace(exercise(), activity=UNSET, agreements=UNSET)
    content = canonical_snapshot(old)
    assert b'"activity"' not in content
    assert read(content) == old
    assert canonical_snapshot(read(content)) == content
    now, then = made(exercise()), made(read(content))
    added = {each.id for each in now.facts} - {each.id for each in then.facts}
    assert added == figure_names(STATUTE) - figure_names(STATUTE, UNSET)
    assert "engagements" in added
    assert not {"agreements-table", "assistance-table", "engagement-table", "money-assistance"} & tables(then)
    assert len(table(now, "rows-table").rows) == len(table(then, "rows-table").rows) + 3
    new = {
        "Agreements",
        "Technical assistance and capacity-building",
        "Engagement with industry, capital, academia and others",
    }
    headings = [{each.text for each in of.blocks if isinstance(each, Heading)} for of in (now, then)]
    assert headings[0] - headings[1] == new


def test_a_snapshot_from_before_agreements_stood_in_the_report_keeps_its_bytes_and_its_report() -> None:
    """Habit 10: same snapshot, same bytes"""
    old = replace(exercise(), agreements=UNSET)
    content = canonical_snapshot(old)
    assert b'"agreements":' not in content
    assert read(content) == old
    now, then = made(exercise()), made(read(content))
    added = {each.id for each in now.facts} - {each.id for each in then.facts}
    assert added == {"agreements", "agreements.in-force", "agreements.signed"}
    assert tables(now) - tables(then) == {"agreements-table"}


def test_agreements_stand_with_their_parties_their_days_and_the_law_that_they_rest_on() -> None:
    """Sec. 1253(e)(1), (f)(1)(B)(ii): as of the day of the freeze, drafts among them; what is not known says so."""
    document = made(exercise())
    shown = table(document, "agreements-table")
    assert "as of January 15, 2028" in shown.caption
    assert [row.cells[3].text for row in shown.rows] == [
        "in force", "in force", "negotiating", "suspended", "in force"]  # fmt: skip
    assert shown.rows[0].cells[2] == "Australia, Japan"
    assert shown.rows[0].cells[4:] == ("Feb 2, 2027", "Jan 1, 2032", "not public")
    assert shown.rows[1].cells[5:] == ("no end stated", "10 U.S.C. 2350a")
    assert shown.rows[2].cells[4] == "not signed"
    said = {each.id: each.text for each in document.facts}
    assert [said[name] for name in ("agreements", "agreements.in-force", "agreements.signed")] == ["5", "3", "4"]
    earlier = replace(agreed(1), signed_on=date(2026, 9, 30), source="Treaty series 7")
    older = made(replace(exercise(), agreements=(earlier,)))
    assert next(each.text for each in older.facts if each.id == "agreements.signed") == "0"
    assert "Treaty series 7" in {source.title for source in older.sources}


def test_the_names_of_figures_are_the_same_whatever_the_record_holds() -> None:
    """Habit 10"""
    for snapshot in (empty(), public(), exercise(), empty(2031)):
        assert {each.id for each in made(snapshot).facts} == figure_names(STATUTE)


def test_nothing_to_report_beside_joint_projects_is_a_contradiction_that_is_listed() -> None:
    """Sec. 1253(f)(1)(B)(iii)"""
    nothing = replace(public(), sections=(Section(ELEMENTS[2], "", True, "None."),))
    assert [each.kind for each in completeness(nothing, STATUTE).lacking].count("contradiction") == 1


def test_what_is_not_public_is_never_zero_and_never_none() -> None:
    """reports.md: no information is not none"""
    document = made(public())
    money = [each for each in document.facts if each.id.startswith("money.")]
    assert {each.text for each in money} == {"not public"}
    assert not {name for name in tables(document) if name.startswith("money-")}
    assert "this is no statement that there are none" in said(part(document, "element-vi"))
    standings = table(document, "participants-table")
    australia = next(row for row in standings.rows if row.key == "AUS")
    assert australia.cells[2] == Marker("not public", "missing")
    assert next(row for row in standings.rows if row.key == "USA").cells[4] == Marker("outside of the process", "none")


def test_the_first_report_has_no_earlier_priorities() -> None:
    """Sec. 1253(f)(1)(B)(iv)"""
    assert "This is the first report" in said(part(made(public()), "element-iv"))
    later = said(part(made(public(2028)), "element-iv"))
    assert "No earlier report is signed here" in later
    assert "first report" not in later


def test_last_years_priorities_stand_each_with_its_outcome_or_the_lack_of_it() -> None:
    """reports.md: last year's priorities with their outcome"""
    rows = table(made(exercise()), "earlier-priorities").rows
    assert [row.cells[0] for row in rows] == ["Second sources for [a figure of that report] projects", "Repair"]
    assert {row.cells[1] for row in rows} == {Marker("outcome: not recorded here", "missing")}
    nothing = replace(exercise(), earlier=EarlierPriorities(2027, "", "Too early."))
    assert "nothing to report. Too early." in said(part(made(nothing), "element-iv"))


# ---- money


MONEY = (
    "money-years",
    "money-quarters",
    "money-countries",
    "money-accounts",
    "money-authorities",
    "money-projects",
    "money-assistance",
)


SPENT = ["key", "obligated-1253", "obligated-other", "expended-1253", "expended-other"]


def amounts(row: Row, column: int) -> Decimal:
    cell = row.cells[column]
    assert isinstance(cell, str)
    return Decimal(cell.replace(",", ""))


def test_a_table_of_obligations_holds_nothing_that_is_no_obligation() -> None:
    """31 U.S.C. 1501(b)"""
    document = made(exercise())
    for name in MONEY:
        assert [column.key for column in table(document, name).columns] == SPENT
    apart = {"money-committed", "money-partner", "money-partner-countries", "money-authority"}
    assert apart <= tables(document)
    for name in apart:
        shown = table(document, name)
        assert [column.key for column in shown.columns] == ["key", "amount"]
        assert "no obligation" in shown.caption or "no appropriation" in shown.caption
    assert "plans, not obligations" in table(document, "plans-table").caption
    assert not any(each.id == "plans-table" for each in part(document, "element-vi") if isinstance(each, Table))


def test_partner_money_and_commitments_change_no_table_of_obligations() -> None:
    """31 U.S.C. 1501(b)"""
    snapshot = exercise()
    more = Dollars("999999999.99")
    ledger = replace(
        snapshot.ledger,
        total=replace(snapshot.ledger.total, partner=more, committed=more),
        by_year=tuple(replace(each, partner=more, committed=more) for each in snapshot.ledger.by_year),
        by_country=tuple(replace(each, partner=more, committed=more) for each in snapshot.ledger.by_country),
    )
    before, after = made(snapshot), made(replace(snapshot, ledger=ledger))
    for name in MONEY:
        assert table(before, name) == table(after, name)
    assert table(before, "money-partner") != table(after, "money-partner")


def test_tables_tie_to_the_cent() -> None:
    """money.md: every total is the sum of its lines"""
    document = made(exercise())
    for name in (*MONEY, "money-committed", "money-partner", "plans-table"):
        shown = table(document, name)
        for place, column in enumerate(shown.columns):
            if column.kind == "money":
                lines = sum((amounts(row, place) for row in shown.rows if not row.total), Decimal(0))
                assert lines == amounts(shown.rows[-1], place), (name, column.key)


def test_section_1253_and_other_authority_stand_in_columns_of_their_own() -> None:
    """section-1253.md: apart from the Initiative's totals"""
    row = table(made(exercise()), "money-years").rows[0]
    line = exercise().ledger.by_year[0]
    assert amounts(row, 1) == line.obligated_1253.amount
    assert amounts(row, 1) + amounts(row, 2) == line.obligated.amount
    assert amounts(row, 3) + amounts(row, 4) == line.expended.amount


def test_what_is_spent_of_work_that_continues_has_its_column_though_nothing_of_it_was_obligated_then() -> None:
    """Sec. 1253(g): liquidation goes on; no dollar leaves the tables because its obligation is older than the line."""
    paid = Sums("2031", "FY 2031", expended=Dollars("7.00"), expended_continuing=Dollars("5.00"))
    shown = spent("money-years", "Obligations", "Fiscal year", (paid,))
    assert [column.key for column in shown.columns[-2:]] == ["obligated-continuing", "expended-continuing"]
    assert sum(amounts(shown.rows[0], place) for place in range(1, 7)) == Decimal("7.00")


def stepped(*days_late: int) -> Snapshot:
    """A project for each number of days, each with a milestone that is so late and one that is met."""
    base, on = public(), date(2027, 1, 15)
    made_of = base.projects[0]
    steps = [
        (
            Milestone(10 * place, "Met", on - timedelta(days=400), None, on - timedelta(days=390)),
            Milestone(10 * place + 1, "Ahead", on, on + timedelta(days=days) if days else None, None),
        )
        for place, days in enumerate(days_late, 1)
    ]
    return replace(
        base,
        status_as_of=on,
        projects=tuple(
            replace(made_of, id=place, code=f"P-{place:04d}", milestones=each) for place, each in enumerate(steps, 1)
        ),
    )


@pytest.mark.parametrize(
    ("days", "shown", "which"),
    [
        ([0] * 12, range(1, 13), "every project with milestones"),
        ([0] * 9 + [5, 7, 0, 9], (10, 11, 13), "the projects with a late milestone"),
        ([1, *range(20, 32), 0], range(2, 14), "the projects with the longest delays"),
    ],
)
def test_the_figure_of_delays_shows_projects_that_are_late_and_no_others(
    days: list[int], shown: Iterable[int], which: str
) -> None:
    """Sec. 1253(f)(1)(B)(iii)"""
    document = made(stepped(*days))
    found = next(each for each in document.blocks if isinstance(each, Figure) and each.id == "fig-milestones")
    assert re.findall(r"P-\d{4}", found.alt) == [f"P-{number:04d}" for number in shown]
    assert f" shows {which}." in said(part(document, "element-iii"))
    assert found.caption in ("Milestones", f"Milestones of {which}")
    assert "orecast" not in found.svg


def test_without_a_delay_among_many_projects_there_is_no_figure_of_delays() -> None:
    document = made(stepped(*[0] * 13))
    assert "fig-milestones" not in {each.id for each in document.blocks if isinstance(each, Figure)}
    assert "late-table" not in tables(document)


def test_a_figure_names_a_table_that_holds_its_periods() -> None:
    """Section 508: the data behind a figure"""
    document = made(exercise())
    figure = next(each for each in document.blocks if isinstance(each, Figure) and each.id == "fig-quarters")
    rows = table(document, figure.table).rows
    assert [row.cells[0] for row in rows if not row.total] == [each.label for each in exercise().ledger.by_quarter]


def test_the_quarters_begin_with_the_first_that_has_money_and_leave_none_out() -> None:
    """The figure, its table and the table's caption show the same quarters."""
    base = exercise()
    first, second, *others = base.ledger.by_quarter
    none = {"obligated": Dollars(0), "expended": Dollars(0), "obligated_1253": Dollars(0), "expended_1253": Dollars(0)}
    before = replace(first, key="2026.4", label="FY 2026 Q4", **none)
    quarters = (before, first, replace(second, **none), *others)
    document = made(replace(base, ledger=replace(base.ledger, by_quarter=quarters)))
    shown = table(document, "money-quarters")
    assert f"{first.label} to {others[-1].label}" in shown.caption
    assert [row.cells[0] for row in shown.rows if not row.total] == [each.label for each in base.ledger.by_quarter]
    figure = next(each for each in document.blocks if isinstance(each, Figure) and each.id == "fig-quarters")
    assert "Q4" in figure.svg
    assert "FY 2026" not in figure.svg


def test_a_quarter_is_written_with_its_year_as_the_year_is() -> None:
    """One table said FY2026 Q3 and the next FY 2026."""
    [year], quarters = with_lines().ledger.by_year, with_lines().ledger.by_quarter
    assert quarters
    assert {each.label.rpartition(" ")[0] for each in quarters} == {year.label}


def test_an_exception_stands_in_the_report_with_its_rule() -> None:
    """31 U.S.C. 1341, 1517"""
    row = table(made(exercise()), "exceptions-table").rows[0]
    assert row.cells[1] == Marker("disbursed above its obligation", "bad")
    assert row.cells[3] == "31 U.S.C. 1341"


def test_a_lone_country_without_money_leaves_the_tables_whole() -> None:
    """money.md"""
    snapshot = exercise()
    ledger = replace(snapshot.ledger, by_country=(), by_quarter=(), by_account=())
    assert broken(made(replace(snapshot, ledger=ledger))) == ()


# ---- duties, projects, stages


def duty_cells(*duties: DutyState) -> dict[str, Marker]:
    shown = table(made(replace(public(), duties=duties)), "duties-table")
    return {row.key: row.cells[3] for row in shown.rows if isinstance(row.cells[3], Marker)}


def test_a_duty_without_a_record_is_not_called_late() -> None:
    """Sec. 1253(c)(1): the public record is silent"""
    assert duty_cells()["designation"] == Marker("No evidence recorded here; not public.", "missing")
    assert duty_cells()["report-2027"] == Marker("in 45 days", "none")


def test_lateness_that_was_admitted_is_printed_with_its_days() -> None:
    """reports.md: lateness is admitted with days"""
    assert duty_cells(DutyState("designation", "done", date(2026, 6, 20), "A memorandum"))["designation"] == Marker(
        "Done Jun 20, 2026. Done 4 days after the statutory day.", "bad"
    )
    late = DutyState(
        "briefing-2026",
        "late",
        late_days=12,
        late_statement="The chairs asked for another day.",
        late_stated_on=date(2026, 12, 14),
        late_stated_by="Person One",
    )
    assert duty_cells(late)["briefing-2026"] == Marker(
        "Late by 12 days, stated by Person One on Dec 14, 2026: The chairs asked for another day.", "bad"
    )


def test_work_and_a_pending_extension_are_printed_as_recorded() -> None:
    """reports.md: no information is not none"""
    asked = DutyState(
        "briefing-2026", "extension pending", extension_asked_by="OASD(LA)", extension_asked_on=date(2026, 11, 20)
    )
    cell = duty_cells(asked)["briefing-2026"]
    assert cell.text.startswith("Extension pending, asked for by OASD(LA) on Nov 20, 2026. The day has passed")
    assert duty_cells(DutyState("report-2027", "in work"))["report-2027"] == Marker("In work", "none")


def test_a_notice_that_was_entered_stands_among_the_duties_on_its_day() -> None:
    """Sec. 1253(c)(2)"""
    notice = DutyState(
        "notice-x", "done", date(2026, 6, 12), "Letters", event="Designation", triggered_on=date(2026, 6, 1)
    )
    rows = table(made(replace(public(), duties=(notice,))), "duties-table").rows
    row = next(each for each in rows if "Designation, Jun 1, 2026" in str(each.cells[0]))
    assert row.cells[1:] == ("Sec. 1253(c)(2)", "Jul 1, 2026", Marker("Done Jun 12, 2026.", "good"))
    assert len(rows) == len(table(made(public()), "duties-table").rows) + 1


def test_an_exercise_duty_marks_the_report() -> None:
    """reports.md"""
    one = DutyState("report-2027", "in work", exercise=True)
    assert made(replace(public(), duties=(one,))).ribbons == ("EXERCISE DATA",)


def test_a_project_of_the_classified_annex_tells_its_neutral_name_and_no_more() -> None:
    """Sec. 1253(f)(1)(B)(iii)"""
    snapshot = public()
    hidden = replace(snapshot.projects[0], in_classified_annex=True, description="")
    document = made(replace(snapshot, projects=(hidden, *snapshot.projects[1:])))
    assert "Described in the classified annex." in said(part(document, "projects-annex"))
    assert next(each for each in document.facts if each.id == "projects.annex").text == "1"


def test_the_signed_edition_is_no_draft_and_names_who_signed() -> None:
    """Sec. 1253(f)(1)(A); 10 U.S.C. 113(d)"""
    signature = Signature("official with a recorded delegation", "Person Two", date(2027, 2, 20), "Memorandum of May 1")
    document = made(replace(public(), stage="signed", signature=signature))
    assert document.status == ""
    assert document.marking == "UNCLASSIFIED"
    assert document.designation == ()
    about = said(part(document, "about"))
    assert "Person Two" in about
    assert "Memorandum of May 1" in about
    assert "What this report could not state" in outline(document)
    assert not any("DRAFT" in str(run) for run in document.cover.notice)


def test_exercise_rows_put_the_mark_on_the_whole_report() -> None:
    """reports.md: exercise amounts never stand near real countries without the mark"""
    assert made(exercise()).ribbons == ("EXERCISE DATA",)
    assert made(public()).ribbons == ()
    snapshot = public()
    one = replace(snapshot, related=(replace(snapshot.related[0], exercise=True),))
    assert made(one).ribbons == ("EXERCISE DATA",)


def test_a_new_version_says_what_it_supersedes() -> None:
    """Convention: corrections"""
    document = made(replace(public(), version_no=2, supersedes="supersedes version 1: a total was wrong"))
    assert "supersedes version 1: a total was wrong" in said(part(document, "about"))
    assert any("supersedes version 1" in line for line in document.cover.lines)


def test_every_figure_has_its_question_its_provision_and_the_hash_of_its_rows() -> None:
    """Habit 10: every number can name its rows and its provision"""
    for fact in made(exercise()).facts:
        assert fact.question
        assert fact.provision
        if fact.rows:
            assert fact.rows_sha256, fact.id


def test_the_basis_of_tables_has_each_table_and_all_milestones_of_projects_in_one_row() -> None:
    """Six hundred projects do not make it six hundred rows longer, and a day that differs shows in its hash."""
    document = compose(exercise(8, 2028), STATUTE, 2028)
    held = tables_of(document)
    of_one = [table for name, table in held.items() if name.endswith("-milestones")]
    basis = {row.key: row.cells for row in held["tables-table"].rows}
    assert len(of_one) == 8
    assert set(basis) == {*held, "projects-milestones"} - {table.id for table in of_one} - {"facts", "tables-table"}
    place, what, lines, hashed = basis["projects-milestones"]
    assert place == Ref("projects-annex")
    assert str(what).endswith(f"Table {of_one[0].number} to Table {of_one[-1].number}")
    assert lines == str(sum(len(table.rows) for table in of_one))
    other = exercise(8, 2028)
    step = replace(other.projects[5].milestones[0], planned_on=date(2029, 1, 1))
    moved = replace(other.projects[5], milestones=(step, *other.projects[5].milestones[1:]))
    changed = compose(replace(other, projects=(*other.projects[:5], moved, *other.projects[6:])), STATUTE, 2028)
    assert {row.key: row.cells for row in tables_of(changed)["tables-table"].rows}["projects-milestones"][3] != hashed


def test_a_changed_row_changes_the_hash_of_its_figure() -> None:
    """Habit 10"""
    snapshot = public()
    renamed = replace(snapshot, projects=(replace(snapshot.projects[0], status="active"), *snapshot.projects[1:]))

    def hash_of(document: Document) -> str:
        return next(each for each in document.facts if each.id == "projects").rows_sha256

    assert hash_of(made(snapshot)) != hash_of(made(renamed))


# ---- hostile text


def test_hostile_text_stays_text() -> None:
    """report.md: hostile text in every field"""
    document = made(hostile())
    assert broken(document) == ()
    # The text of a row that nobody vetted; what is typed is refused where it is typed.
    assert all("(element-" in each.where for each in digits_in_prose(document))
    page = render_html(document).decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
