"""What is allowed of briefings, contacts and promises."""

from datetime import date, timedelta
from typing import Any

import pytest

from pipir.features.congress import rules
from pipir.kernel.errors import Invalid, Problem, Refused
from pipir.statute.load import load_statute

STATUTE = load_statute()
TODAY = date(2026, 11, 20)
BEFORE, AFTER = TODAY - timedelta(days=10), TODAY + timedelta(days=10)
DUTY = rules.briefing_deadlines(STATUTE)[0]


def test_the_statute_asks_for_five_briefings() -> None:
    """Sec. 1253(f)(2)"""
    assert [row.slug for row in rules.briefing_deadlines(STATUTE)] == [f"briefing-{year}" for year in range(2026, 2031)]


@pytest.mark.parametrize("slug", ["briefing-2031", "report-2027", ""])
def test_a_package_names_a_briefing_of_the_statute_or_none(slug: str) -> None:
    """Sec. 1253(f)(2)"""
    rules.may_prepare(STATUTE, None)
    rules.may_prepare(STATUTE, "briefing-2030")
    with pytest.raises(Invalid) as wrong:
        rules.may_prepare(STATUTE, slug)
    assert wrong.value.mistakes[0].where == "duty"


@pytest.mark.parametrize(("duty", "asker"), [(None, None), ("briefing-2026", "Staff")])
def test_a_briefing_rests_on_the_statute_or_on_a_request(duty: str | None, asker: str | None) -> None:
    with pytest.raises(Invalid):
        rules.has_basis(duty, asker)


def test_a_statutory_briefing_goes_to_its_addressees_alone() -> None:
    """Sec. 1253(f)(2)"""
    for each in DUTY.recipients:
        rules.may_address(STATUTE, DUTY.slug, each.slug)
    rules.may_address(STATUTE, None, "House Committee on Small Business")
    with pytest.raises(Refused) as wrong:
        rules.may_address(STATUTE, DUTY.slug, "House Committee on Small Business")
    assert wrong.value.citation == DUTY.citation
    assert "on request" in wrong.value.way_out


def test_a_briefing_on_request_is_called_off_only_before_it_was_given() -> None:
    rules.may_call_off(None, given=False)
    for duty, given in ((DUTY, False), (None, True)):
        with pytest.raises(Refused):
            rules.may_call_off(duty, given=given)


@pytest.mark.parametrize(
    ("given", "on", "where"),
    [
        (None, AFTER, "given_on"),
        (None, date(2025, 12, 17), "given_on"),
        (BEFORE, TODAY, None),
    ],
)
def test_a_briefing_is_given_once_by_today_and_not_before_the_law(
    given: date | None, on: date, where: str | None
) -> None:
    """Sec. 1253(f)(2)"""
    with pytest.raises(Problem) as wrong:
        rules.may_record_given(given, on, TODAY, since=date(2025, 12, 18), citation=DUTY.citation)
    assert [each.where for each in wrong.value.mistakes] == ([where] if where else [])


@pytest.mark.parametrize(
    ("given_on", "committee", "due_on", "kind"),
    [(None, "a", None, Refused), (TODAY, "b", None, Invalid), (TODAY, "a", BEFORE, Invalid)],
)
def test_a_question_is_taken_from_a_committee_that_had_the_briefing(
    given_on: date | None, committee: str, due_on: date | None, kind: type[Problem]
) -> None:
    rules.may_take_question(("a",), TODAY, "a", AFTER)
    with pytest.raises(kind):
        rules.may_take_question(("a",), given_on, committee, due_on)


def test_a_settled_question_is_reopened_before_it_changes() -> None:
    rules.may_change_question(None, None)
    for answered, withdrawn in ((TODAY, None), (None, TODAY)):
        with pytest.raises(Refused):
            rules.may_change_question(answered, withdrawn)
        rules.may_reopen_question(answered, withdrawn)
    with pytest.raises(Refused):
        rules.may_reopen_question(None, None)


@pytest.mark.parametrize(
    ("change", "wheres"),
    [
        ({"committee": None}, ["member_office"]),
        ({"received_on": AFTER, "due_on": None}, ["received_on", "due_on"]),
        ({"due_on": BEFORE - timedelta(days=1)}, ["due_on"]),
        ({"kind": "congressional question", "due_on": None}, ["due_on"]),
    ],
)
def test_a_contact_has_come_from_somebody_and_a_question_has_a_suspense(
    change: dict[str, Any], wheres: list[str]
) -> None:
    sound = {
        "kind": "question for the record",
        "committee": "x",
        "member_office": None,
        "received_on": BEFORE,
        "due_on": AFTER,
    }
    rules.check_contact(**sound, today=TODAY)  # type: ignore[arg-type]
    rules.check_contact(**(sound | {"kind": rules.HOLD, "due_on": None}), today=TODAY)  # type: ignore[arg-type]
    with pytest.raises(Invalid) as wrong:
        rules.check_contact(**(sound | change), today=TODAY)
    assert [each.where for each in wrong.value.mistakes] == wheres


@pytest.mark.parametrize("committee", ["house-small-business", ""])
def test_a_committee_is_named_by_a_slug_of_the_statute(committee: str) -> None:
    rules.known_committee(STATUTE, None)
    with pytest.raises(Invalid):
        rules.known_committee(STATUTE, committee)


def test_a_hold_is_released_and_anything_else_is_answered_or_withdrawn() -> None:
    question = "congressional question"
    rules.may_release_hold(rules.HOLD, "placed")
    rules.may_answer_contact(question, "open")
    rules.may_withdraw_contact(question, "open")
    for attempt in (
        lambda: rules.may_answer_contact(rules.HOLD, "placed"),
        lambda: rules.may_withdraw_contact(rules.HOLD, "placed"),
        lambda: rules.may_release_hold(question, "open"),
        lambda: rules.may_release_hold(rules.HOLD, "released"),
        lambda: rules.may_answer_contact(question, "answered"),
        lambda: rules.may_withdraw_contact(question, "withdrawn"),
        lambda: rules.may_keep_kind(rules.HOLD, question),
        lambda: rules.may_keep_kind(question, rules.HOLD),
        lambda: rules.may_reopen_contact("open"),
        lambda: rules.may_reopen_contact("placed"),
    ):
        with pytest.raises(Refused):
            attempt()


@pytest.mark.parametrize(
    ("change", "wheres"),
    [
        ({"made_in": "report"}, ["report_year"]),
        ({"made_in": "report", "report_year": 2032}, ["report_year"]),
        ({"made_in": "briefing", "contact_id": 1}, ["contact_id", "briefing_id"]),
        ({"source": None}, ["source"]),
        ({"made_on": AFTER}, ["made_on"]),
        ({"due_on": BEFORE - timedelta(days=1)}, ["due_on"]),
    ],
)
def test_a_promise_names_the_one_place_where_it_was_made(change: dict[str, Any], wheres: list[str]) -> None:
    sound: dict[str, Any] = {
        "made_in": "other",
        "report_year": None,
        "briefing_id": None,
        "contact_id": None,
        "source": "Letter",
        "made_on": BEFORE,
        "due_on": AFTER,
    }
    rules.check_promise(STATUTE, **sound, today=TODAY)
    with pytest.raises(Invalid) as wrong:
        rules.check_promise(STATUTE, **(sound | change), today=TODAY)
    assert [each.where for each in wrong.value.mistakes] == wheres


def test_only_the_owner_states_lateness_and_no_more_days_than_have_passed() -> None:
    rules.may_state_late("open", 10, BEFORE, TODAY, owner_office=1, stating_office=1)
    for outcome, days, due, office, kind in (
        ("kept", 10, BEFORE, 1, Refused),
        ("open", 10, BEFORE, 2, Refused),
        ("open", 1, TODAY, 1, Refused),
        ("open", 11, BEFORE, 1, Invalid),
    ):
        with pytest.raises(kind):
            rules.may_state_late(outcome, days, due, TODAY, owner_office=1, stating_office=office)


def test_the_day_of_a_promise_stated_late_does_not_move() -> None:
    rules.may_move_due_day("open", BEFORE, AFTER)
    rules.may_move_due_day("late", BEFORE, BEFORE)
    with pytest.raises(Refused):
        rules.may_move_due_day("late", BEFORE, AFTER)


@pytest.mark.parametrize(
    ("outcome", "due", "late_days", "label"),
    [
        ("open", AFTER, None, "Open"),
        ("open", BEFORE, None, "Past its day"),
        ("late", BEFORE, 1, "Late by 1 day"),
        ("kept", BEFORE, 3, "Kept"),
        ("dropped", BEFORE, None, "Dropped"),
    ],
)
def test_the_calendar_alone_never_says_late(outcome: str, due: date, late_days: int | None, label: str) -> None:
    assert rules.promise_state(outcome, due, late_days, TODAY).label == label


def test_an_open_contact_is_past_its_suspense_and_a_settled_one_is_not() -> None:
    assert rules.contact_state("open", BEFORE, TODAY).label == "Past its suspense"
    assert rules.contact_state("open", None, TODAY).label == "Open"
    assert rules.contact_state("answered", BEFORE, TODAY).label == "Answered"
    assert rules.question_state(None, None, BEFORE, TODAY).label == "Past its day"
    assert rules.question_state(None, TODAY, BEFORE, TODAY).label == "Withdrawn"
