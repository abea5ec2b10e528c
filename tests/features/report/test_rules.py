"""What is allowed in reports."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pipir.features.report import rules
from pipir.features.report.compose.lacking import completeness
from pipir.features.report.compose.snapshot import Section
from pipir.kernel.errors import Conflict, Invalid, Refused
from pipir.kernel.marking import NotAMarking, audience_of, combined, parse_marking
from pipir.statute import lookup
from tests.features.report.snapshots import ELEMENTS, STATUTE, public

COMPLETE = rules.Completeness(6, 6, ())
LACKING = completeness(public(), STATUTE)
MARKINGS = (
    "UNCLASSIFIED",
    "CUI",
    "CUI//PROCURE",
    "CUI//SP-EXPT",
    "CUI//EXPT//NOFORN",
    "CUI//FEDCON",
    "CUI//FED ONLY",
    "CUI//NOCON",
    "CUI//REL TO USA, AUS, JPN",
    "CUI//REL TO USA, AUS",
    "CUI//REL TO USA, JPN, KOR",
    "CUI//NOCON/REL TO USA, AUS, JPN",
)


@pytest.mark.parametrize("year", [2026, 2032, 0, -1, 10**9])
def test_a_report_is_refused_in_a_year_in_which_none_is_due(year: int) -> None:
    """Sec. 1253(f)(1)(A)"""
    with pytest.raises(Invalid, match="none is due"):
        rules.check_year(STATUTE, year)


@pytest.mark.parametrize("year", range(2027, 2032))
def test_five_reports_are_due(year: int) -> None:
    """Sec. 1253(f)(1)(A)"""
    rules.check_year(STATUTE, year)


@pytest.mark.parametrize("state", rules.STATES)
def test_texts_change_only_while_a_report_is_open(state: rules.State) -> None:
    """Convention: what was signed never changes."""
    if state in rules.OPEN:
        rules.may_write(state, 2027, STATUTE)
    else:
        with pytest.raises(Refused) as refused:
            rules.may_write(state, 2027, STATUTE)
        assert refused.value.way_out


def test_nothing_is_written_before_a_report_is_opened() -> None:
    """Convention."""
    with pytest.raises(Refused, match="No report of 2027 is open"):
        rules.may_write(None, 2027, STATUTE)


def test_a_year_has_one_open_report() -> None:
    """Convention: one report a year."""
    rules.may_open((), 2027)
    with pytest.raises(Conflict, match="open already"):
        rules.may_open(("superseded", "draft"), 2027)
    with pytest.raises(Refused, match="not opened a second time"):
        rules.may_open(("signed",), 2027)


def test_only_the_latest_whole_build_of_a_draft_is_frozen() -> None:
    """Convention: a report is frozen once."""
    rules.may_freeze("draft", whole=True, latest=True, completeness=COMPLETE)
    with pytest.raises(Refused, match="not frozen again"):
        rules.may_freeze("frozen", whole=True, latest=True, completeness=COMPLETE)
    with pytest.raises(Refused, match="no files yet"):
        rules.may_freeze("draft", whole=False, latest=True, completeness=COMPLETE)
    with pytest.raises(Refused, match="later build"):
        rules.may_freeze("draft", whole=True, latest=False, completeness=COMPLETE)


def test_a_build_that_read_the_record_before_the_last_day_of_its_money_is_not_frozen() -> None:
    """Sec. 1253(f)(1)(A); reports.md: what is frozen states the money as of a day, and that day has come"""
    rules.check_money_over(date(2026, 9, 30), date(2026, 9, 30))
    with pytest.raises(Refused, match=r"as of 30 Sep 2026, and its build read the record on 29 Sep 2026") as refused:
        rules.check_money_over(date(2026, 9, 29), date(2026, 9, 30))
    assert refused.value.way_out.startswith("Build the draft on 30 Sep 2026 or later")


def test_a_draft_that_answers_not_every_element_is_frozen_for_coordination() -> None:
    """Convention: it keeps its mark DRAFT."""
    rules.may_freeze("draft", whole=True, latest=True, completeness=LACKING)


def test_a_build_whose_texts_name_unknown_figures_is_not_frozen_and_all_are_named() -> None:
    """Habit 10: numbers in prose are named facts"""
    texts = replace(public(), sections=(Section(ELEMENTS[0], "{obligatd.fy} and { projects } {x}", False, None),))
    with pytest.raises(Refused) as refused:
        rules.may_freeze("draft", whole=True, latest=True, completeness=completeness(texts, STATUTE))
    for part in ("{obligatd.fy}", "{money.obligated.fy}", "{projects}", "{x}", "element (i)"):
        assert part in str(refused.value)
    assert "Correct the texts" in refused.value.way_out


def test_a_build_with_letters_that_no_font_has_is_not_frozen_and_says_where_they_are() -> None:
    """report.md: coverage at freeze, naming field and character"""
    base = public()
    far = tuple(replace(each, description="\u65e5") for each in base.projects)
    with pytest.raises(Refused) as refused:
        rules.may_freeze(
            "draft", whole=True, latest=True, completeness=completeness(replace(base, projects=far), STATUTE)
        )
    assert "Project P-0001 (P-8 radar repair), description (No font of the report has: U+65E5" in str(refused.value)
    assert refused.value.citation == "Sec. 1253(f)(1)(B), Pub. L. 119-60"
    assert "build anew" in refused.value.way_out
    every = tuple(replace(each, source="\u65e5") for each in far)
    with pytest.raises(Refused, match="; and 3 more"):
        rules.may_freeze(
            "draft", whole=True, latest=True, completeness=completeness(replace(base, projects=every), STATUTE)
        )


@pytest.mark.parametrize(
    ("until", "covered", "told"),
    [
        (date(2028, 9, 30), 2028, True),
        (date(2028, 10, 1), 2028, False),
        (date(2027, 10, 1), None, False),
        (None, 2028, False),
    ],
)
def test_a_planned_amount_is_told_where_all_of_it_lies_within_the_submitted_budget(
    until: date | None, covered: int | None, *, told: bool
) -> None:
    """money.md: amounts beyond the submitted budget are barred from transmittal."""
    assert rules.may_tell_plan(until, covered) is told


def test_coordination_begins_from_a_frozen_report_and_can_be_broken_off() -> None:
    """Convention."""
    rules.may_move("frozen", "in coordination")
    rules.may_move("in coordination", "draft")
    for state, to in (("draft", "in coordination"), ("signed", "draft"), ("in coordination", "in coordination")):
        with pytest.raises(Refused):
            rules.may_move(state, to)  # type: ignore[arg-type]


def sign(
    state: rules.State = "frozen",
    *,
    build_matches: bool = True,
    completeness: rules.Completeness = COMPLETE,
    signatory: rules.Signatory = "Secretary of Defense",
    delegation: str | None = None,
    signed_on: date = date(2027, 2, 1),
) -> None:
    rules.may_sign(
        state,
        build_matches=build_matches,
        completeness=completeness,
        signatory=signatory,
        delegation=delegation,
        signed_on=signed_on,
        frozen_on=date(2027, 1, 15),
        today=date(2027, 2, 10),
        statute=STATUTE,
    )


def test_the_secretary_or_a_delegate_signs_a_frozen_build() -> None:
    """Sec. 1253(f)(1)(A); 10 U.S.C. 113(d)"""
    sign()
    sign("in coordination", signatory="official with a recorded delegation", delegation="Memorandum of 1 May 2026")


@pytest.mark.parametrize("state", [state for state in rules.STATES if state not in rules.FROZEN])
def test_a_report_that_is_not_frozen_is_not_signed(state: rules.State) -> None:
    """Convention: only a frozen build is signed, and once."""
    with pytest.raises(Refused):
        sign(state)


def test_another_build_than_the_frozen_one_is_not_signed() -> None:
    """Convention."""
    with pytest.raises(Refused, match="not the one that was frozen"):
        sign(build_matches=False)


def test_a_report_that_answers_not_every_element_is_not_signed_and_all_missing_ones_are_named() -> None:
    """Sec. 1253(f)(1)(B)(i)-(vi)"""
    with pytest.raises(Refused) as refused:
        sign(completeness=LACKING)
    assert refused.value.citation == STATUTE.citation("1253.f.1.B")
    for each in lookup.report_elements(STATUTE):
        assert f"Element {each.number}" in str(refused.value)
    assert "Return the report to draft" in refused.value.way_out
    one = replace(public(), sections=tuple(Section(slug, "", True, "None.") for slug in ELEMENTS[1:]))
    with pytest.raises(Refused, match=r"Element \(i\), [^;]*\.$"):
        sign(completeness=completeness(one, STATUTE))


def test_a_build_that_contradicts_the_record_is_not_signed() -> None:
    """reports.md: nothing to report is a decision, and no statement against the record"""
    texts = tuple(Section(slug, "", True, "None.") for slug in ELEMENTS)
    found = completeness(replace(public(), sections=texts), STATUTE)
    with pytest.raises(Refused, match=r"Element \(iii\).*the register holds joint projects\.$") as refused:
        sign(completeness=found)
    assert refused.value.citation == STATUTE.citation("1253.f.1.B.iii")
    assert refused.value.way_out.startswith("Return the report to draft")


HELD = (
    rules.Delegated("Memorandum", "Office A", "Memorandum of 1 May, to Office A."),
    rules.Delegated("Memorandum of June", "Office B", "Memorandum of June of 2 June, to Office B."),
    rules.Delegated("Memorandum of June", "Office C", "Memorandum of June of 3 June, to Office C."),
)


def on_delegation(named: str | None, *held: rules.Delegated) -> str | None:
    return rules.delegation_of(rules.DELEGATE, named, held, STATUTE)


def test_a_signature_rests_on_a_delegation_of_the_register_and_is_printed_in_its_words() -> None:
    """10 U.S.C. 113(d)"""
    assert on_delegation(None) is None
    assert on_delegation("Given on paper") == "Given on paper"
    assert on_delegation(None, HELD[0]) == HELD[0].words
    assert on_delegation("The  memorandum, to me", HELD[0]) == HELD[0].words
    assert on_delegation("Memorandum of June, to Office C", *HELD) == HELD[2].words
    assert on_delegation("Memorandum of May", *HELD) == HELD[0].words
    assert rules.delegation_of(rules.SECRETARY, "x", HELD, STATUTE) == "x"


@pytest.mark.parametrize(
    ("named", "held", "problem", "expected"),
    [
        ("because I say so", HELD[:1], "not one of the register", "Memorandum, to Office A."),
        ("Memorandums", HELD[:1], "not one of the register", "Memorandum, to Office A."),
        (None, HELD[:2], "Several", "Memorandum, to Office A; Memorandum of June, to Office B."),
        ("Memorandum of June", HELD, "Several", "Memorandum of June, to Office B; Memorandum of June, to Office C."),
    ],
)
def test_a_delegation_that_the_register_does_not_hold_or_not_alone_is_refused_with_those_that_it_holds(
    named: str | None, held: tuple[rules.Delegated, ...], problem: str, expected: str
) -> None:
    """10 U.S.C. 113(d)"""
    with pytest.raises(Invalid, match=problem) as refused:
        on_delegation(named, *held)
    [mistake] = refused.value.mistakes
    assert mistake.expected == f"Expected the one that the signature rests on: {expected}"
    assert "the register" in refused.value.way_out


def test_a_delegate_signs_on_a_delegation_and_the_secretary_without_one() -> None:
    """10 U.S.C. 113(d)"""
    with pytest.raises(Refused, match="only on a delegation") as refused:
        sign(signatory="official with a recorded delegation")
    assert refused.value.citation == "10 U.S.C. 113(d)"
    with pytest.raises(Refused, match="without a delegation"):
        sign(delegation="something")


@pytest.mark.parametrize("day", [date(2027, 1, 14), date(2027, 2, 11)])
def test_a_signature_lies_between_the_freeze_and_today(day: date) -> None:
    """Convention."""
    with pytest.raises(Invalid, match="day of the signature"):
        sign(signed_on=day)


def test_the_last_report_is_told_what_an_office_may_answer_of_the_year_after_the_authority() -> None:
    """Sec. 1253(f)(1)(B)(iv), (g): fiscal year 2032 begins after the end; a convention of the office."""
    told = {
        (year, number): rules.office_hint(rules.slug_of(number), lookup.report_period(STATUTE, year), STATUTE)
        for year in lookup.report_years(STATUTE)
        for number in ("iii", "iv")
    }
    assert [key for key, hint in told.items() if hint] == [(2031, "iv")]
    assert "None under the Initiative" in told[2031, "iv"]
    assert "1 Oct 2031" in told[2031, "iv"]


@pytest.mark.parametrize("state", rules.STATES)
def test_only_a_signed_report_is_superseded_and_once(state: rules.State) -> None:
    """Convention: a correction is a new version that says what it supersedes."""
    if state in ("signed", "transmitted", "posted"):
        rules.may_supersede(state, later=False)
        with pytest.raises(Conflict):
            rules.may_supersede(state, later=True)
    else:
        with pytest.raises(Refused):
            rules.may_supersede(state, later=False)


@given(st.sets(st.sampled_from(MARKINGS), min_size=1))
def test_nobody_reads_the_whole_who_may_not_read_each_part(markings: set[str]) -> None:
    """DoDI 5200.48"""
    whole = combined(markings)
    allowed = -1
    for each in markings:
        allowed &= audience_of(parse_marking(each))
    assert audience_of(whole) & ~allowed == 0
    try:
        assert parse_marking(whole.banner) == whole
    except NotAMarking:
        pytest.fail(f"{whole.banner} is no marking")


def test_countries_stay_in_a_marking_where_every_part_may_be_released_to_them() -> None:
    """DoDI 5200.48"""
    assert combined(("CUI//REL TO USA, AUS, JPN", "CUI//REL TO USA, AUS")).banner == "CUI//REL TO USA, AUS"
    assert combined(("UNCLASSIFIED",)).banner == "UNCLASSIFIED"
