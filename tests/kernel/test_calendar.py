from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipir.kernel.calendar import (
    OutsideCalendar,
    days_after,
    days_left,
    end_of_day,
    fiscal_quarter,
    fiscal_year,
    fiscal_year_bounds,
    previous_working_day,
    quarter_label,
    start_of_day,
    washington_day,
    working_week,
)

days = st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31))
MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("day", "year", "quarter"),
    [
        (date(2026, 9, 30), 2026, 4),
        (date(2026, 10, 1), 2027, 1),
        (date(2026, 12, 31), 2027, 1),
        (date(2027, 1, 1), 2027, 2),
        (date(2027, 4, 1), 2027, 3),
        (date(2027, 7, 1), 2027, 4),
    ],
)
def test_the_fiscal_year_begins_on_1_october(day, year, quarter):
    """31 U.S.C. 1102"""
    assert fiscal_year(day) == year
    assert fiscal_quarter(day) == (year, quarter)
    assert quarter_label(day) == f"FY{year} Q{quarter}"


@given(days)
def test_each_day_lies_within_the_bounds_of_its_fiscal_year(day):
    first, last = fiscal_year_bounds(fiscal_year(day))
    assert first <= day <= last
    assert fiscal_year(first - timedelta(days=1)) == fiscal_year(last) - 1
    assert fiscal_year(last + timedelta(days=1)) == fiscal_year(last) + 1


@pytest.mark.parametrize("year", [1, 0, -5, 10000])
def test_a_fiscal_year_outside_of_the_calendar_is_refused(year):
    with pytest.raises(OutsideCalendar):
        fiscal_year_bounds(year)


@given(days)
def test_a_day_in_washington_is_whole_to_the_microsecond(day):
    start, end = start_of_day(day), end_of_day(day)
    assert start.tzinfo is end.tzinfo is UTC
    assert washington_day(start) == washington_day(end - MICROSECOND) == day
    assert washington_day(start - MICROSECOND) == day - timedelta(days=1)
    assert washington_day(end) == day + timedelta(days=1)
    assert end_of_day(day - timedelta(days=1)) == start


def test_the_last_day_of_2030_ends_at_five_in_the_morning_utc():
    """Sec. 1253(g): the adopted reading."""
    assert end_of_day(date(2030, 12, 31)) == datetime(2031, 1, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(date(2027, 3, 14), 23), (date(2027, 11, 7), 25), (date(2027, 6, 1), 24)])
def test_a_day_on_which_the_clocks_change_is_shorter_or_longer(day, hours):
    assert end_of_day(day) - start_of_day(day) == timedelta(hours=hours)


def test_an_instant_is_judged_in_washington_wherever_it_was_written():
    tokyo = timezone(timedelta(hours=9))
    assert washington_day(datetime(2031, 1, 1, 13, 59, 59, 999999, tzinfo=tokyo)) == date(2030, 12, 31)
    assert washington_day(datetime(2031, 1, 1, 14, tzinfo=tokyo)) == date(2031, 1, 1)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(OutsideCalendar):
        washington_day(datetime(2031, 1, 1))


@pytest.mark.parametrize(
    "act",
    [
        lambda: end_of_day(date.max),
        lambda: days_after(date.max, 1),
        lambda: days_after(date.min, -1),
        lambda: days_after(date(2027, 1, 1), 10**12),
        lambda: washington_day(datetime.min.replace(tzinfo=UTC)),
        lambda: start_of_day(date.max),
        lambda: previous_working_day(date.min, lambda day: False),
        lambda: previous_working_day(date(2027, 1, 1), lambda day: False),
    ],
)
def test_the_edge_of_the_calendar_is_a_refusal_and_never_an_overflow(act):
    try:
        act()
    except OutsideCalendar:
        return
    # The very last day still starts in some zones: what must not come out is an OverflowError.
    assert act() is not None


def test_the_day_of_the_event_is_not_counted():
    """Sec. 1253(c)(1): day 180 after 18 December 2025."""
    assert days_after(date(2025, 12, 18), 180) == date(2026, 6, 16)
    assert days_after(date(2030, 12, 15), 30) == date(2031, 1, 14)


@given(days, days)
def test_days_left_count_down_to_zero_on_the_day(today, day):
    assert days_after(today, days_left(today, day)) == day
    assert days_left(day, day) == 0


@given(days, st.sets(days, max_size=10))
def test_the_advised_day_is_the_last_working_day_on_or_before(day, holidays):
    works = working_week(holidays)
    advised = previous_working_day(day, works)
    assert works(advised)
    assert advised <= day
    between = [advised + timedelta(days=n) for n in range(1, (day - advised).days + 1)]
    assert not any(works(each) for each in between)


def test_a_weekend_and_a_holiday_are_no_working_days():
    works = working_week({date(2027, 1, 1)})
    assert previous_working_day(date(2027, 1, 3), works) == date(2026, 12, 31)
