"""What the rules of engagement allow, and in which words they refuse."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipir.features.engagement import rules
from pipir.kernel.errors import Invalid, Refused
from pipir.statute.load import the_statute

ON = date(2026, 10, 6)
DAY = timedelta(days=1)
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def wheres(wrong):
    return {each.where for each in wrong.value.mistakes}


@given(first=st.sampled_from(LETTERS + "123456789"), rest=st.text(LETTERS + "0123456789", min_size=11, max_size=11))
def test_a_uei_of_the_published_form_is_taken(first, rest):
    """FAR 2.101; SAM.gov"""
    assume(not re.search("[0-9]{9}", first + rest))
    rules.check_organization("USA", first + rest, None)


@pytest.mark.parametrize(
    "uei",
    [
        "0BC123DEF456",
        "OBC123DEF456",
        "IBC123DEF456",
        "ABC123DEF45",
        "ABC123DEF4567",
        "ABC-23DEF456",
        "abc123def456",
        "ABC123DEFO56",
        "ABC123DEF45I",
        "123456789ABC",
        "ABC123456789",
        "AB123456789C",
        "1234567890AB",
        "123456789123",
        "",
        " BC123DEF456",
        "ABC123DEF456 ",
        "\u0410BC123DEF456",
        "\u0661BC123DEF456",
    ],
)
def test_a_uei_of_another_form_is_refused(uei):
    """No O and I, no zero first, no nine digits in a row: whatever looks alike is not the same."""
    with pytest.raises(Invalid, match="organization") as wrong:
        rules.check_organization("USA", uei, None)
    assert wheres(wrong) == {"uei"}
    assert "FAR 2.101" in wrong.value.mistakes[0].expected


@pytest.mark.parametrize("uei", ["12345678ABCD", "A12345678B12", "Z00000000Z12", "1B3D5F7H9K2M", "A0BCDEFGHJKL"])
def test_eight_digits_in_a_row_and_a_zero_within_are_taken(uei):
    """Nine are none too few to be refused, and a zero is refused at the front alone."""
    rules.check_organization("USA", uei, None)


@pytest.mark.parametrize(
    ("country", "cage", "fits"),
    [
        ("USA", "1ABC2", True),
        ("USA", "12345", True),
        ("USA", "ZABC2", False),
        ("USA", "1ABCZ", False),
        ("USA", "1AIC2", False),
        ("USA", "1AOC2", False),
        ("USA", "1ABC", False),
        ("USA", "1ABC23", False),
        ("USA", "1abc2", False),
        ("USA", "IABC2", False),
        ("USA", "1ABCO", False),
        ("USA", "00000", True),
        ("USA", "\u06611BC2", False),
        ("CAN", "L0001", True),
        ("CAN", "01234", True),
        ("CAN", "0I234", False),
        ("JPN", "J0001", True),
        ("IND", "0123Y", True),
        ("GBR", "KABCO", False),
        ("AUS", "ZABC2", True),
        ("AUS", "1ABCZ", True),
        ("AUS", "ZABCZ", True),
        ("AUS", "1ABC2", False),
        ("AUS", "ZAOC2", False),
    ],
)
def test_a_cage_code_has_the_form_of_who_gives_it(country, cage, fits):
    """FAR 4.1801; NATO Codification System"""
    if fits:
        rules.check_organization(country, None, cage)
        return
    with pytest.raises(Invalid) as wrong:
        rules.check_organization(country, None, cage)
    assert wheres(wrong) == {"cage"}


def test_all_mistakes_of_an_organization_are_named_at_once():
    with pytest.raises(Invalid) as wrong:
        rules.check_organization("XXX", "short", "I")
    assert wheres(wrong) == {"country", "uei", "cage"}


@pytest.mark.parametrize(
    ("said", "where"),
    [
        (((), ON, ON, None), "objectives"),
        ((("1253.e.4",), ON, ON, None), "objectives"),
        ((("1253.b.2",), ON, ON - DAY, None), "ends_on"),
        ((("1253.b.2",), ON + DAY, ON + DAY, "Held."), "outcome"),
    ],
)
def test_an_entry_with_a_mistake_names_its_field(said, where):
    """Sec. 1253(b)"""
    with pytest.raises(Invalid) as wrong:
        rules.check_entry(*said, statute=the_statute(), today=ON)
    assert wheres(wrong) == {where}


def solicit(is_open=True, number="R-1", acknowledged=True):
    rules.check_solicitation(is_open, number, acknowledged, statute=the_statute())


def test_an_open_solicitation_is_named_and_its_reminder_acknowledged():
    """41 U.S.C. 2101-2107; FAR 3.104"""
    solicit()
    solicit(is_open=False, number=None, acknowledged=False)
    with pytest.raises(Invalid) as wrong:
        solicit(number=None, acknowledged=False)
    assert wheres(wrong) == {"solicitation_number", "reminder_acknowledged"}
    assert "41 U.S.C. 2101-2107" in wrong.value.citation
    with pytest.raises(Invalid, match="none is open"):
        solicit(is_open=False)


def test_the_reminder_says_its_kind_and_that_counsel_confirms_it():
    for slug in (rules.INTEGRITY, rules.CONFLICT):
        row = the_statute().provision(slug)
        assert (row.standing, row.sureness) == ("statute", "unconfirmed")
        assert "to be confirmed by counsel" in row.standing_label


def test_a_promise_of_an_organization_names_it_and_is_due_after_it_was_made():
    rules.check_commitment("the office", None, ON, ON)
    with pytest.raises(Invalid) as wrong:
        rules.check_commitment("the organization", None, ON, ON - DAY)
    assert wheres(wrong) == {"organization_id", "due_on"}


def settle(outcome="open", wanted="kept", on=ON, today=ON + 9 * DAY, due=ON + 2 * DAY):
    rules.may_settle(outcome, wanted, ON, due, on, today)


def test_a_promise_is_settled_once_and_late_only_past_its_day():
    settle()
    settle(outcome="late")
    settle(wanted="late", on=ON + 3 * DAY)
    with pytest.raises(Refused, match="nothing of it is late"):
        settle(wanted="late", on=ON + 2 * DAY)
    with pytest.raises(Refused, match="stated late already"):
        settle(outcome="late", wanted="late", on=ON + 3 * DAY)
    for outcome in ("kept", "withdrawn"):
        with pytest.raises(Refused, match=outcome):
            settle(outcome=outcome)
    for on in (ON - DAY, ON + 10 * DAY):
        with pytest.raises(Invalid):
            settle(on=on)


def test_what_took_place_is_not_cancelled_and_what_was_cancelled_stays():
    assert rules.state_of(ON, None, None, ON) == "planned"
    assert rules.state_of(ON, None, None, ON + DAY) == "held"
    assert rules.state_of(ON, None, "Storm.", ON) == "cancelled"
    with pytest.raises(Refused, match="not cancelled"):
        rules.may_cancel("E-0001", None, "Held.")
    with pytest.raises(Refused, match="was cancelled"):
        rules.may_cancel("E-0001", "Storm.", None)
    with pytest.raises(Refused, match="already"):
        rules.may_leave(ON)
