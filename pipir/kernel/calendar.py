"""Fiscal years, statutory days and the instants at which a day ends in Washington."""

from collections.abc import Callable, Container
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pipir.kernel.errors import Invalid

# Federal offices act on Washington days; the zone's own rules carry daylight saving time.
WASHINGTON: Final = ZoneInfo("America/New_York")

_SATURDAY: Final = 5
_FISCAL_MONTH: Final = 10


class OutsideCalendar(Invalid, ValueError):
    """A day or year lies outside of the calendar that dates can hold (years 1 to 9999)."""


def fiscal_year(day: date) -> int:
    """The fiscal year that holds the day: year N runs from 1 October N-1 to 30 September N (31 U.S.C. 1102)."""
    return day.year + (day.month >= _FISCAL_MONTH)


def fiscal_year_bounds(year: int) -> tuple[date, date]:
    """The first and the last day of fiscal year N."""
    if not 2 <= year <= 9999:
        raise OutsideCalendar("A fiscal year lies between 2 and 9999.")
    return date(year - 1, 10, 1), date(year, 9, 30)


def fiscal_quarter(day: date) -> tuple[int, int]:
    """The fiscal year and the quarter 1 to 4 that hold the day; quarter 1 is October to December."""
    return fiscal_year(day), (day.month - _FISCAL_MONTH) % 12 // 3 + 1


def quarter_label(day: date) -> str:
    """The day's fiscal quarter as an office writes it: FY2027 Q1."""
    year, quarter = fiscal_quarter(day)
    return f"FY{year} Q{quarter}"


def washington_day(instant: datetime) -> date:
    """The calendar day in Washington at an instant; the instant must carry its time zone."""
    if instant.utcoffset() is None:
        raise OutsideCalendar("An instant without a time zone names no day in Washington.")
    try:
        return instant.astimezone(WASHINGTON).date()
    except OverflowError:
        raise OutsideCalendar("The instant lies outside of the calendar (years 1 to 9999).") from None


def start_of_day(day: date) -> datetime:
    """The first instant of the day in Washington, in UTC."""
    try:
        return datetime.combine(day, time.min, WASHINGTON).astimezone(UTC)
    except OverflowError:
        raise OutsideCalendar("The day lies outside of the calendar (years 1 to 9999).") from None


def end_of_day(day: date) -> datetime:
    """The first instant after the day in Washington, in UTC: what is due on the day is in time before it."""
    return start_of_day(days_after(day, 1))


def days_after(day: date, days: int) -> date:
    """The last day of a period of `days` days after an event on `day`; the day of the event is not counted."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise OutsideCalendar("The day lies outside of the calendar (years 1 to 9999).") from None


def days_left(today: date, day: date) -> int:
    """Days from today to the day: 0 on the day itself, negative once it is past."""
    return (day - today).days


def show_days(first: date, last: date) -> str:
    """A day, or the first and the last of several."""
    return show_day(first) if first == last else f"{show_day(first)} to {show_day(last)}"


def show_day(day: date | None) -> str:
    """A day as people here write it, such as 14 Jan 2027; None is blank."""
    return f"{day.day} {day:%b %Y}" if day is not None else ""


def working_week(holidays: Container[date]) -> Callable[[date], bool]:
    """A predicate for previous_working_day: Monday to Friday, less the holidays."""

    def is_working_day(day: date) -> bool:
        return day.weekday() < _SATURDAY and day not in holidays

    return is_working_day


def previous_working_day(day: date, is_working_day: Callable[[date], bool]) -> date:
    """The last working day on or before the day, which advises and never moves a statutory date."""
    for back in range(366):
        candidate = days_after(day, -back)
        if is_working_day(candidate):
            return candidate
    raise OutsideCalendar("No working day was found in the year before the day.")
