"""Rules of groups, without a database."""

from datetime import date

import pytest

from pipir.features.groups import rules
from pipir.kernel.errors import Invalid, Refused
from pipir.kernel.marking import Reader
from pipir.statute.load import load_statute

STATUTE = load_statute()
US = Reader(kind="us-government")
CONTRACTOR = Reader(kind="contractor")
DAY = date(2026, 5, 1)


def test_a_group_ends_on_or_after_its_first_day_and_once() -> None:
    rules.may_last(DAY, DAY)
    with pytest.raises(Invalid):
        rules.may_last(DAY, date(2026, 4, 30))
    with pytest.raises(Refused):
        rules.may_end("Sustainment", DAY)
    with pytest.raises(Invalid):
        rules.may_establish_on(date(2026, 5, 2), DAY)
    rules.may_establish_on(DAY, DAY)


def test_a_meeting_ends_on_or_after_its_first_day() -> None:
    rules.may_meet(DAY, DAY)
    with pytest.raises(Invalid):
        rules.may_meet(DAY, date(2026, 4, 30))


def test_a_group_meets_between_its_first_and_its_last_day() -> None:
    rules.may_meet_in_group("G", DAY, DAY, DAY)
    with pytest.raises(Refused):
        rules.may_meet_in_group("G", DAY, None, date(2026, 4, 30))
    with pytest.raises(Refused):
        rules.may_meet_in_group("G", DAY, DAY, date(2026, 5, 2))


def test_a_meeting_is_cancelled_once_and_not_after_anything_came_of_it() -> None:
    rules.may_cancel(None, None, 0)
    with pytest.raises(Refused):
        rules.may_cancel("storm", None, 0)
    with pytest.raises(Refused):
        rules.may_cancel(None, "adopted", 0)
    with pytest.raises(Refused):
        rules.may_cancel(None, None, 1)


def test_an_action_item_has_an_owner() -> None:
    rules.has_owner(1, None)
    rules.has_owner(None, "Delegation")
    with pytest.raises(Invalid):
        rules.has_owner(None, None)


def test_an_action_item_goes_from_open_to_done_to_verified() -> None:
    rules.may_report_done("open", DAY, DAY)
    rules.may_verify("done", 1, 2)
    for state in ("done", "verified", "dropped"):
        with pytest.raises(Refused):
            rules.may_report_done(state, DAY, DAY)
        with pytest.raises(Refused):
            rules.may_revise_action(state)
    for state in ("open", "verified", "dropped"):
        with pytest.raises(Refused):
            rules.may_verify(state, 1, 2)
    for state in ("verified", "dropped"):
        with pytest.raises(Refused):
            rules.may_drop(state)


def test_nothing_is_done_on_a_day_to_come() -> None:
    with pytest.raises(Invalid):
        rules.may_report_done("open", date(2026, 5, 2), DAY)


def test_a_second_person_verifies() -> None:
    with pytest.raises(Refused, match="second person"):
        rules.may_verify("done", 1, 1)
