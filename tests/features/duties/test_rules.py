"""What is allowed of duties, and what may be said of one."""

from datetime import date

import pytest

from pipir.features.duties import rules
from pipir.kernel.errors import Invalid, Refused
from pipir.statute.load import load_statute
from pipir.statute.lookup import deadline
from pipir.statute.model import Deadline

STATUTE = load_statute()
DESIGNATION = deadline(STATUTE, "designation")
REPORT = deadline(STATUTE, "report-2027")
END = deadline(STATUTE, "termination")
BEFORE, ON, AFTER = date(2027, 2, 1), date(2027, 3, 1), date(2027, 3, 11)


def state(
    row: Deadline, status: str | None, today: date, done_on: date | None = None, late: int | None = None
) -> rules.State:
    return rules.state_of(row, status, today, done_on=done_on, late_days=late)


@pytest.mark.parametrize("status", [None, "not started", "in work", "extension pending", "not public"])
def test_a_day_that_has_passed_is_never_called_late_by_the_calendar(status: str | None) -> None:
    """Sec. 1253(c), (f): the public record is silent; an empty register proves nothing."""
    said = state(REPORT, status, AFTER)
    assert "late" not in f"{said.kind} {said.label} {said.says}".lower()
    assert "no evidence recorded here; not public" in said.says.lower()


def test_a_duty_that_nobody_recorded_is_not_called_not_started() -> None:
    """What is not known is said to be not known."""
    assert state(REPORT, None, BEFORE).label == "Nothing recorded"
    assert state(DESIGNATION, None, AFTER).label == "Not public"


def test_late_is_what_the_owner_has_stated() -> None:
    """Lateness is admitted with days."""
    assert state(REPORT, "late", AFTER, late=10) == rules.State("late", "Late by 10 days", "As its owner has stated.")


def test_evidence_of_a_later_day_says_how_many_days_after() -> None:
    """A dated event is a fact."""
    assert state(REPORT, "done", AFTER, done_on=date(2027, 3, 2)).says == "Done 1 day after the statutory day."
    assert state(REPORT, "done", AFTER, done_on=ON).says == ""


def test_the_termination_is_owed_by_nobody() -> None:
    """Sec. 1253(g)."""
    assert state(END, None, date(2031, 1, 2)).label == "By law"
    with pytest.raises(Refused) as refused:
        rules.may_take_up(END.kind, END.citation)
    assert refused.value.citation == STATUTE.citation("1253.g")


def test_lateness_is_stated_by_the_owner_alone() -> None:
    """Convention of the office."""
    with pytest.raises(Refused, match="no owning office"):
        rules.may_state_late(REPORT, "in work", 3, AFTER, owner_office=None, stating_office=2)
    with pytest.raises(Refused, match="another office"):
        rules.may_state_late(REPORT, "in work", 3, AFTER, owner_office=3, stating_office=2)
    rules.may_state_late(REPORT, "in work", 10, AFTER, owner_office=2, stating_office=2)


@pytest.mark.parametrize("today", [BEFORE, ON])
def test_nothing_is_late_before_its_day_has_passed(today: date) -> None:
    """Sec. 1253(f)(1)(A): not later than the day."""
    with pytest.raises(Refused, match="has not passed") as refused:
        rules.may_state_late(REPORT, "in work", 1, today, owner_office=2, stating_office=2)
    assert refused.value.citation == REPORT.citation


def test_no_more_days_late_than_have_passed() -> None:
    """A statement is no forecast."""
    with pytest.raises(Invalid) as wrong:
        rules.may_state_late(REPORT, "in work", 11, AFTER, owner_office=2, stating_office=2)
    assert [mistake.where for mistake in wrong.value.mistakes] == ["late_days"]


def test_what_is_done_has_a_day_that_has_come() -> None:
    """Evidence, not intention."""
    with pytest.raises(Invalid):
        rules.may_record_done(REPORT, "in work", AFTER, ON, since=None)
    with pytest.raises(Invalid, match="before it arose"):
        rules.may_record_done(REPORT, "in work", date(2025, 12, 17), AFTER, since=date(2025, 12, 18))
    with pytest.raises(Refused, match="already"):
        rules.may_record_done(REPORT, "done", ON, AFTER, since=None)
    rules.may_record_done(REPORT, "late", ON, ON, since=None)


def test_a_done_duty_is_neither_late_nor_extended() -> None:
    """Its evidence speaks for it."""
    with pytest.raises(Refused):
        rules.may_state_late(REPORT, "done", 1, AFTER, owner_office=2, stating_office=2)
    with pytest.raises(Refused):
        rules.may_ask_extension(REPORT, "done", ON, AFTER)
    with pytest.raises(Invalid):
        rules.may_ask_extension(REPORT, "in work", AFTER, ON)


def test_a_settled_status_is_reopened_not_overwritten() -> None:
    """Records are reversed, not edited."""
    for settled in ("done", "late", "extension pending"):
        with pytest.raises(Refused, match="not set by hand"):
            rules.may_set_status(settled, "in work")
        rules.may_reopen(settled)
    rules.may_set_status("not started", "in work")
    with pytest.raises(Refused, match="nothing to reopen"):
        rules.may_reopen("in work")


def test_a_notice_set_off_before_the_end_stays_due_after_it() -> None:
    """Sec. 1253(c)(2), (g): a designation of 15 December 2030 is notified by 14 January 2031."""
    due = rules.notice_for(STATUTE, date(2030, 12, 15), date(2030, 12, 15))
    assert due.statutory_day == date(2031, 1, 14)
    assert len(due.recipients) == 4


@pytest.mark.parametrize("day", [date(2025, 12, 17), date(2031, 1, 1)])
def test_an_event_outside_of_the_window_sets_off_no_notice(day: date) -> None:
    """Sec. 1253(c)(2), (g)."""
    with pytest.raises(Refused) as refused:
        rules.notice_for(STATUTE, day, date(2031, 2, 1))
    assert STATUTE.citation("1253.c.2") in refused.value.citation


def test_an_event_to_come_sets_off_nothing() -> None:
    """A notice follows an event."""
    with pytest.raises(Invalid):
        rules.notice_for(STATUTE, AFTER, ON)


def test_only_the_entry_of_a_notice_ends() -> None:
    """A date of the statute moves by an enacted amendment alone."""
    with pytest.raises(Refused, match="does not end by an entry"):
        rules.may_end(REPORT, is_notice=False, ended_on=ON, triggered_on=None, today=ON)
    with pytest.raises(Invalid):
        rules.may_end(REPORT, is_notice=True, ended_on=AFTER, triggered_on=BEFORE, today=ON)
    with pytest.raises(Invalid, match="before its event"):
        rules.may_end(REPORT, is_notice=True, ended_on=BEFORE, triggered_on=ON, today=ON)
    rules.may_end(REPORT, is_notice=True, ended_on=ON, triggered_on=BEFORE, today=ON)


def test_an_ended_entry_stays() -> None:
    """Records end."""
    with pytest.raises(Refused):
        rules.may_change(ON)
    rules.may_change(None)


def test_a_deadline_of_another_instrument_is_no_duty_here() -> None:
    """Section 1253 governs; patterns and bills set no date for this office."""
    assert rules.deadline_of(STATUTE, "report-2027") == REPORT
    assert rules.deadline_of(STATUTE, "no-such") is None
