"""The rules of projects, without a database."""

from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipir.features.projects import rules
from pipir.features.projects.rules import MilestoneDates, lateness, milestone_state
from pipir.features.projects.tables import KINDS, RATINGS, STATUSES
from pipir.kernel.calendar import start_of_day
from pipir.kernel.errors import Invalid, Refused
from pipir.kernel.money import Dollars
from pipir.statute import lookup
from pipir.statute.load import load_statute

statute = cache(load_statute)
PLAN = date(2027, 3, 1)
DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 1, 1))


def test_a_met_milestone_is_as_late_as_its_actual_day():
    met = MilestoneDates(PLAN, forecast_on=date(2028, 1, 1), actual_on=date(2027, 3, 19))
    assert lateness(met, date(2030, 1, 1)) == 18
    assert milestone_state(met, date(2030, 1, 1)) == "met late"


def test_a_milestone_met_before_its_plan_is_early():
    met = MilestoneDates(PLAN, actual_on=PLAN - timedelta(days=8))
    assert lateness(met, date(2030, 1, 1)) == -8
    assert milestone_state(met, date(2030, 1, 1)) == "met"


def test_an_open_milestone_is_as_late_as_its_forecast():
    slipping = MilestoneDates(PLAN, forecast_on=PLAN + timedelta(days=30))
    assert lateness(slipping, PLAN - timedelta(days=100)) == 30
    assert milestone_state(slipping, PLAN) == "slipping"


def test_an_overdue_milestone_grows_later_day_by_day():
    overdue = MilestoneDates(PLAN, forecast_on=PLAN + timedelta(days=3))
    assert lateness(overdue, PLAN + timedelta(days=5)) == 5
    assert milestone_state(overdue, PLAN + timedelta(days=4)) == "overdue"


def test_a_milestone_is_not_late_on_its_planned_day():
    assert lateness(MilestoneDates(PLAN), PLAN) == 0
    assert milestone_state(MilestoneDates(PLAN), PLAN) == "on plan"


def test_a_cancelled_milestone_is_neither_met_nor_late():
    assert milestone_state(MilestoneDates(PLAN), date(2030, 1, 1), cancelled=True) == "cancelled"


@given(plan=DAYS, forecast=st.none() | DAYS, today=DAYS)
def test_an_open_milestone_never_grows_earlier(plan, forecast, today):
    open_one = MilestoneDates(plan, forecast)
    assert lateness(open_one, today) <= lateness(open_one, today + timedelta(days=1))


def test_the_lists_of_the_database_are_those_of_the_rules():
    assert rules.Kind.__args__ == KINDS
    assert rules.Status.__args__ == STATUSES == tuple(rules.STEPS)
    assert rules.Rating.__args__ == RATINGS


def test_the_objectives_are_the_seven_of_the_section():
    """Sec. 1253(b)(1) to (7)"""
    assert [row.slug for row in lookup.objectives(statute())] == [f"1253.b.{n}" for n in range(1, 8)]


@pytest.mark.parametrize(
    "named", [[], ["1253.b"], ["1253.b.8"], ["1253.b.1.A"], ["1253.e.1"], ["1253.b.2", "1253.b.2"], ["(b)(2)"]]
)
def test_a_project_serves_known_objectives_each_once(named):
    """Sec. 1253(b)"""
    with pytest.raises(Invalid) as refused:
        rules.check_objectives(named, statute())
    assert {mistake.where for mistake in refused.value.mistakes} == {"objectives"}


def test_the_authorities_are_the_paragraphs_of_e_and_those_of_other_law():
    """Sec. 1253(e)"""
    slugs = [row.slug for row in rules.authorities(statute())]
    assert {"1253.e.1", "1253.e.2", "1253.e.3", "1253.e.4", "10-usc-2350a", "22-usc-2767"} <= set(slugs)
    assert not [slug for slug in slugs if slug.startswith("2453")]


def test_an_unknown_authority_is_a_mistake_and_no_authority_is_none():
    at = start_of_day(date(2028, 1, 1))
    rules.may_rest_on(None, statute(), at)
    rules.may_rest_on("1253.e.1", statute(), at)
    with pytest.raises(Invalid):
        rules.may_rest_on("1253.e.9", statute(), at)


def test_nothing_new_rests_on_the_section_after_its_termination():
    """Sec. 1253(g)"""
    rules.may_rest_on("1253.e.1", statute(), date(2030, 12, 31))
    with pytest.raises(Refused) as refused:
        rules.may_rest_on("1253.e.1", statute(), date(2031, 1, 1))
    assert refused.value.citation == statute().citation("1253.g")
    rules.may_rest_on("10-usc-2350a", statute(), date(2031, 1, 1))


@pytest.mark.parametrize(
    ("now", "wanted"),
    [("active", "active"), ("completed", "cancelled"), ("cancelled", "active"), ("active", "exploratory")],
)
def test_a_status_follows_only_by_an_allowed_step(now, wanted):
    with pytest.raises(Refused):
        rules.may_step(now, wanted)


def test_every_status_is_reached_and_left():
    reached = {step for steps in rules.STEPS.values() for step in steps}
    assert reached == set(STATUSES)
    for now, steps in rules.STEPS.items():
        assert steps
        for wanted in steps:
            rules.may_step(now, wanted)


def test_a_rating_has_a_rationale_and_a_day_to_come():
    today = date(2027, 1, 1)
    rules.check_rating("red", "The supplier stopped.", date(2027, 2, 1), today)
    rules.check_rating(None, None, None, today)
    with pytest.raises(Invalid) as refused:
        rules.check_rating("red", None, None, today)
    assert [each.where for each in refused.value.mistakes] == ["rationale", "review_on"]
    with pytest.raises(Invalid):
        rules.check_rating("red", "Because", today, today)
    with pytest.raises(Invalid) as refused:
        rules.check_rating(None, "Because", date(2027, 2, 1), today)
    assert len(refused.value.mistakes) == 2


def test_a_project_of_the_classified_annex_shows_no_detail():
    rules.check_annex(True, "", None)
    rules.check_annex(False, "Detail", Dollars(5))
    with pytest.raises(Invalid) as refused:
        rules.check_annex(True, "Detail", Dollars(5))
    assert [each.where for each in refused.value.mistakes] == ["description", "planned_total"]
    with pytest.raises(Refused):
        rules.may_detail(True)
    with pytest.raises(Refused):
        rules.may_move_to_annex(1)


def test_a_project_ends_once_its_work_is_done_and_not_ahead_of_time():
    today = date(2027, 1, 1)
    rules.may_end("cancelled", today, today)
    with pytest.raises(Refused):
        rules.may_end("active", today, today)
    with pytest.raises(Invalid):
        rules.may_end("completed", today + timedelta(days=1), today)
    with pytest.raises(Refused):
        rules.may_change("P-0001", today)


def test_a_changed_date_needs_a_reason():
    before = MilestoneDates(PLAN)
    later = PLAN + timedelta(days=1)
    assert rules.may_redate(before, PLAN, None, None) is False
    assert rules.may_redate(before, PLAN, later, "The part came late.") is True
    for planned_on, forecast_on in ((later, None), (PLAN, later)):
        with pytest.raises(Invalid) as refused:
            rules.may_redate(before, planned_on, forecast_on, None)
        assert refused.value.mistakes[0].where == "reason"


def test_a_met_milestone_keeps_its_plan_and_forecast():
    met = MilestoneDates(PLAN, actual_on=PLAN)
    with pytest.raises(Refused):
        rules.may_redate(met, PLAN, PLAN + timedelta(days=1), "Why not")
    with pytest.raises(Refused):
        rules.may_cancel(PLAN)


def test_an_actual_day_has_come_and_changes_only_with_a_reason():
    today = date(2027, 3, 10)
    rules.may_meet(MilestoneDates(PLAN), today, None, today)
    with pytest.raises(Invalid):
        rules.may_meet(MilestoneDates(PLAN), today + timedelta(days=1), None, today)
    met = MilestoneDates(PLAN, actual_on=today)
    rules.may_meet(met, today, None, today)
    rules.may_meet(met, PLAN, "It was met before.", today)
    with pytest.raises(Invalid):
        rules.may_meet(met, PLAN, None, today)


def test_what_ended_stays_as_it_was():
    for refuse in (
        lambda: rules.may_change_milestone(PLAN),
        lambda: rules.may_end_part(PLAN),
        lambda: rules.may_change_effort("A study", PLAN),
    ):
        with pytest.raises(Refused):
            refuse()


def test_a_reported_role_names_its_source():
    rules.check_reported(False, None)
    with pytest.raises(Invalid):
        rules.check_reported(True, None)


def test_a_planned_total_is_zero_or_more():
    rules.check_planned_total(Dollars(0))
    with pytest.raises(Invalid):
        rules.check_planned_total(Dollars("-0.01"))


def test_an_end_never_lies_before_its_beginning():
    rules.not_before(PLAN, PLAN, "until")
    rules.not_before(PLAN, None, "until")
    with pytest.raises(Invalid):
        rules.not_before(PLAN, PLAN + timedelta(days=1), "until")


def test_a_day_known_to_the_month_is_stored_as_its_first():
    assert rules.to_precision(date(2024, 5, 17), "month") == date(2024, 5, 1)
    assert rules.to_precision(date(2024, 5, 17), "day") == date(2024, 5, 17)
