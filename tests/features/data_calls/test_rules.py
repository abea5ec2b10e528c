"""What is allowed of data calls."""

from datetime import date, timedelta
from typing import Any

import pytest

from pipir.features.data_calls import rules
from pipir.kernel.errors import Invalid, Refused
from pipir.statute.load import load_statute

STATUTE = load_statute()
TODAY = date(2026, 11, 20)
BEFORE, AFTER = TODAY - timedelta(days=10), TODAY + timedelta(days=10)


def test_the_days_after_which_an_answer_is_stale_are_a_dated_convention() -> None:
    law, days = rules.staleness(STATUTE, TODAY)
    assert (law.standing, days) == ("convention", 90)
    assert law.value[0].since == date(2025, 12, 18)
    assert rules.staleness(STATUTE, date(2000, 1, 1)) == (law, days)


@pytest.mark.parametrize(
    ("issued_on", "due_on", "year", "wheres"),
    [
        (AFTER, AFTER, None, ["issued_on"]),
        (BEFORE, BEFORE - timedelta(days=1), None, ["due_on"]),
        (BEFORE, AFTER, 2032, ["report_year"]),
        (AFTER, BEFORE, 2026, ["issued_on", "due_on", "report_year"]),
    ],
)
def test_a_call_is_issued_by_today_and_due_after_that(
    issued_on: date, due_on: date, year: int | None, wheres: list[str]
) -> None:
    rules.check_call(STATUTE, BEFORE, AFTER, 2031, TODAY)
    with pytest.raises(Invalid) as wrong:
        rules.check_call(STATUTE, issued_on, due_on, year, TODAY)
    assert [each.where for each in wrong.value.mistakes] == wheres


@pytest.mark.parametrize(
    ("offices", "groups", "wheres"),
    [((), (), ["office_ids"]), ((1, 1), (2, 2), ["office_ids", "group_ids"])],
)
def test_a_call_goes_to_somebody_and_to_each_once(
    offices: tuple[int, ...], groups: tuple[int, ...], wheres: list[str]
) -> None:
    rules.has_addressees((1, 2), (1,))
    with pytest.raises(Invalid) as wrong:
        rules.has_addressees(offices, groups)
    assert [each.where for each in wrong.value.mistakes] == wheres


@pytest.mark.parametrize(("office", "group"), [(None, None), (1, 1)])
def test_an_addressee_is_an_office_or_a_group(office: int | None, group: int | None) -> None:
    rules.is_one_addressee(1, None)
    with pytest.raises(Invalid):
        rules.is_one_addressee(office, group)


def test_an_addressee_answers_for_their_own_office_and_the_program_office_for_a_group() -> None:
    sound: dict[str, Any] = {"office": 1, "own_office": 1, "is_program_office": False, "released": False}
    rules.may_return(**sound)
    rules.may_return(**(sound | {"office": None, "is_program_office": True}))
    for change in (
        {"own_office": 2},
        {"own_office": 2, "is_program_office": True},
        {"office": None},
        {"released": True},
    ):
        with pytest.raises(Refused):
            rules.may_return(**(sound | change))


def test_a_call_with_missing_returns_is_closed_for_a_reason_and_names_them() -> None:
    rules.may_close((), None)
    rules.may_close(("A",), "No time.")
    with pytest.raises(Invalid) as wrong:
        rules.may_close(("OUSD(C)", "Sustainment"), None)
    assert "OUSD(C), Sustainment" in wrong.value.detail
    assert wrong.value.mistakes[0].where == "because"


def test_what_is_closed_is_reopened_before_it_changes() -> None:
    rules.may_change_call(None)
    rules.may_reopen(TODAY)
    with pytest.raises(Refused):
        rules.may_change_call(TODAY)
    with pytest.raises(Refused):
        rules.may_reopen(None)


def test_only_who_has_returned_nothing_is_released_and_once() -> None:
    rules.may_release(None, released=False)
    for returned, released in (("answer", False), ("nil", False), (None, True)):
        with pytest.raises(Refused):
            rules.may_release(returned, released=released)


def test_days_past_due_are_never_negative() -> None:
    assert rules.days_past_due(BEFORE, TODAY) == 10
    assert rules.days_past_due(TODAY, TODAY) == rules.days_past_due(AFTER, TODAY) == 0
