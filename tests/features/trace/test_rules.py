"""How a state is said."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipir.features.trace.rules import PILLS, STATES, DutyDay, of_days, of_element, of_use

TODAY = date(2027, 6, 1)
BEFORE, AFTER = date(2027, 3, 1), date(2028, 3, 1)


@pytest.mark.parametrize(
    ("days", "state"),
    [
        ([], "not yet"),
        ([DutyDay(AFTER, None)], "due"),
        ([DutyDay(TODAY, None)], "due"),
        ([DutyDay(BEFORE, None), DutyDay(AFTER, None)], "no evidence recorded here"),
        ([DutyDay(BEFORE, BEFORE), DutyDay(AFTER, None)], "kept"),
        ([DutyDay(BEFORE, None), DutyDay(AFTER, TODAY)], "no evidence recorded here"),
    ],
)
def test_a_duty_is_kept_where_every_day_that_passed_has_its_evidence(days: list[DutyDay], state: str) -> None:
    """Sec. 1253(c), (f)"""
    assert of_days(days, TODAY) == state


@given(st.lists(st.builds(DutyDay, st.dates(), st.none() | st.dates())), st.dates())
def test_no_calendar_alone_says_late(days: list[DutyDay], today: date) -> None:
    """A day that has passed proves nothing by itself."""
    state = of_days(days, today)
    assert state in ("not yet", "due", "kept", "no evidence recorded here")
    assert (state == "no evidence recorded here") == any(day.day < today and day.done_on is None for day in days)


def test_nothing_recorded_is_not_nothing_done() -> None:
    """An authority may be used; that no record shows it says nothing more."""
    assert of_use(0) == "no evidence recorded here"
    assert of_use(1) == "kept"


def test_an_element_waits_for_its_report_and_then_for_its_text() -> None:
    """Sec. 1253(f)(1)(B)"""
    assert [of_element(each) for each in (None, False, True)] == ["not yet", "due", "kept"]


def test_every_state_has_a_pill() -> None:
    """Words and a shape, never colour alone."""
    assert set(PILLS) == set(STATES)
