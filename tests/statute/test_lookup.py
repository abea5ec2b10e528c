from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipir.kernel.calendar import end_of_day, washington_day
from pipir.kernel.errors import Invalid
from pipir.statute import lookup
from pipir.statute.load import load_statute
from pipir.statute.model import UnknownProvision, short_citation

STATUTE = load_statute()
MICROSECOND = timedelta(microseconds=1)
SUNSET = datetime(2031, 1, 1, 5, tzinfo=UTC)
STRICTER = datetime(2030, 12, 31, 5, tzinfo=UTC)
ENDED = ["1253.a", "1253.c.1", "1253.c.2", "1253.d", "1253.e", "1253.e.1", "1253.e.2", "1253.e.3", "1253.e.4"]


def test_every_statutory_date_is_an_item_with_its_advised_day():
    """Sec. 1253(c)(1), (f)(1)(A), (f)(2), (g): the table of dates, day by day."""
    shown = [
        (row.slug, row.statutory_day.isoformat(), row.advised_day.isoformat()) for row in lookup.deadlines(STATUTE)
    ]
    assert shown == [
        ("designation", "2026-06-16", "2026-06-16"),
        ("briefing-2026", "2026-12-01", "2026-12-01"),
        ("report-2027", "2027-03-01", "2027-03-01"),
        ("briefing-2027", "2027-12-01", "2027-12-01"),
        ("report-2028", "2028-03-01", "2028-03-01"),
        ("briefing-2028", "2028-12-01", "2028-12-01"),
        ("report-2029", "2029-03-01", "2029-03-01"),
        ("briefing-2029", "2029-12-01", "2029-11-30"),
        ("report-2030", "2030-03-01", "2030-03-01"),
        ("briefing-2030", "2030-12-01", "2030-11-29"),
        ("termination", "2030-12-31", "2030-12-31"),
        ("report-2031", "2031-03-01", "2031-02-28"),
    ]


def test_each_deadline_ends_with_its_day_in_washington():
    for row in lookup.deadlines(STATUTE):
        assert row.instant == end_of_day(row.statutory_day)
        assert washington_day(row.instant - MICROSECOND) == row.statutory_day
        assert row.citation == STATUTE.citation(row.provision)
        assert row.standing_label == "statute"


def test_reports_and_briefings_go_to_six_committees_and_notices_to_four():
    """Sec. 1253(c)(2), (f)(1)(A), (f)(2); 10 U.S.C. 101(a)(16)"""
    defense = {"senate-armed-services", "senate-appropriations", "house-armed-services", "house-appropriations"}
    six = defense | {"house-foreign-affairs", "senate-foreign-relations"}
    for row in lookup.deadlines(STATUTE):
        expected = six if row.kind in ("report", "briefing") else set()
        assert {each.slug for each in row.recipients} == expected
        assert row.owed_by == ("" if row.kind == "termination" else "Secretary of Defense")
    assert {each.slug for each in lookup.recipients(STATUTE, "congressional-defense-committees")} == defense
    assert {each.slug for each in lookup.recipients(STATUTE, "1253.c.2")} == defense
    assert lookup.recipients(STATUTE, "1253.a") == ()


@pytest.mark.parametrize(
    ("designated_on", "due"),
    [
        (date(2026, 6, 16), date(2026, 7, 16)),
        (date(2030, 12, 15), date(2031, 1, 14)),
        (date(2030, 12, 31), date(2031, 1, 30)),
    ],
)
def test_a_designation_is_notified_within_30_days(designated_on, due):
    """Sec. 1253(c)(2): one triggered on or before the termination stays due."""
    notice = lookup.notice_due(STATUTE, designated_on)
    assert notice is not None
    assert notice.statutory_day == due
    assert notice.slug == f"notice-of-designation-{designated_on}"
    assert len(notice.recipients) == 4


def test_a_change_after_the_termination_owes_no_notice():
    """Sec. 1253(g)"""
    assert lookup.notice_due(STATUTE, date(2031, 1, 1)) is None


def test_the_sunset_has_two_readings_and_one_is_adopted():
    """Sec. 1253(g)"""
    assert lookup.sunset(STATUTE) == lookup.sunset(STATUTE, "through-the-day") == SUNSET
    assert lookup.sunset(STATUTE, "as-the-day-begins") == STRICTER
    assert [row.adopted for row in lookup.readings(STATUTE)] == [True, False]
    assert all(row.standing_label == "our reading (counsel not yet named)" for row in lookup.readings(STATUTE))
    assert end_of_day(lookup.day(STATUTE, "1253.g", "on")) == SUNSET
    with pytest.raises(UnknownProvision):
        lookup.sunset(STATUTE, "another")


@pytest.mark.parametrize("slug", ENDED)
def test_authority_under_the_section_ends_to_the_microsecond(slug):
    """Sec. 1253(g)"""
    assert lookup.authority_in_force(STATUTE, slug, SUNSET - MICROSECOND)
    assert not lookup.authority_in_force(STATUTE, slug, SUNSET)
    assert lookup.authority_in_force(STATUTE, slug, STRICTER - MICROSECOND, "as-the-day-begins")
    assert not lookup.authority_in_force(STATUTE, slug, STRICTER, "as-the-day-begins")
    assert lookup.in_force(STATUTE, slug, date(2030, 12, 31))
    assert not lookup.in_force(STATUTE, slug, date(2031, 1, 1))


def test_authority_begins_with_the_day_of_enactment_in_washington():
    """Pub. L. 119-60, 18 December 2025"""
    begins = datetime(2025, 12, 18, 5, tzinfo=UTC)
    assert lookup.authority_in_force(STATUTE, "1253.e.1", begins)
    assert not lookup.authority_in_force(STATUTE, "1253.e.1", begins - MICROSECOND)
    assert not lookup.in_force(STATUTE, "1253.e.1", date(2025, 12, 17))


def test_the_duty_to_report_outlives_the_authority():
    """Sec. 1253(f)(1)(A), (g): two windows"""
    assert lookup.window(STATUTE, "1253.e.1") == (date(2025, 12, 18), date(2030, 12, 31))
    assert lookup.window(STATUTE, "1253.f.1.B.iii") == (date(2025, 12, 18), date(2031, 3, 1))
    assert lookup.window(STATUTE, "1253.f.2") == (date(2025, 12, 18), date(2030, 12, 1))
    assert lookup.in_force(STATUTE, "1253.f.1.A", date(2031, 3, 1))
    assert not lookup.in_force(STATUTE, "1253.f.1.A", date(2031, 3, 2))
    assert lookup.in_force(STATUTE, "1253.g", date(2040, 1, 1))


@given(st.datetimes(datetime(2025, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))
def test_what_is_in_force_at_an_instant_agrees_with_its_day(at):
    for slug in ("1253.e.1", "50-usc-4533", "antideficiency"):
        assert lookup.authority_in_force(STATUTE, slug, at) == lookup.in_force(STATUTE, slug, washington_day(at))


def test_only_the_day_on_which_the_readings_differ_carries_a_caution():
    """Sec. 1253(g)"""
    days = [date(2030, 12, 30) + timedelta(days=n) for n in range(3)]
    assert [lookup.is_cautioned(STATUTE, on) for on in days] == [False, True, False]


def test_the_defense_production_act_has_a_sunset_of_its_own():
    """50 U.S.C. 4564"""
    assert lookup.in_force(STATUTE, "50-usc-4533", date(2026, 9, 30))
    assert not lookup.in_force(STATUTE, "50-usc-4533", date(2026, 10, 1))
    assert lookup.authority_in_force(STATUTE, "50-usc-4533", end_of_day(date(2026, 9, 30)) - MICROSECOND)
    assert not lookup.authority_in_force(STATUTE, "50-usc-4533", end_of_day(date(2026, 9, 30)))
    assert lookup.window(STATUTE, "50-usc-4533")[1] == lookup.day(STATUTE, "50-usc-4564", "on")


def test_other_law_goes_on_after_the_termination():
    """Sec. 1253(g) ends the authority under the section alone."""
    after = {row.slug for row in lookup.authorities(STATUTE, date(2031, 1, 1))}
    assert after == {"10-usc-2350a", "22-usc-2767", "10-usc-2350l", "10-usc-332", "10-usc-333", "10-usc-4817"}
    assert {"1253.e.1", "50-usc-4533"} <= {row.slug for row in lookup.authorities(STATUTE, date(2026, 1, 1))}


@pytest.mark.parametrize("slug", ["s-2453.funds", "ipef.10"])
def test_a_bill_and_a_pattern_are_never_in_force(slug):
    """Section 1253 governs; no law ties the agreement to the Partnership."""
    assert not lookup.in_force(STATUTE, slug, date(2027, 1, 1))
    assert not lookup.authority_in_force(STATUTE, slug, SUNSET - MICROSECOND)
    assert STATUTE.provision(slug) not in lookup.authorities(STATUTE)


def test_a_report_holds_six_elements_in_order():
    """Sec. 1253(f)(1)(B)"""
    elements = lookup.report_elements(STATUTE)
    assert [row.number for row in elements] == ["(i)", "(ii)", "(iii)", "(iv)", "(v)", "(vi)"]
    assert elements[2].citation == "Sec. 1253(f)(1)(B)(iii), Pub. L. 119-60"
    assert {row.kind for row in elements} == {"content-of-report"}


def test_the_initiative_has_seven_objectives():
    """Sec. 1253(b)"""
    assert [row.number for row in lookup.objectives(STATUTE)] == [f"({n})" for n in range(1, 8)]


@pytest.mark.parametrize(
    ("year", "covers_from", "covers_to", "money", "upcoming"),
    [
        (2027, date(2025, 12, 18), date(2026, 9, 30), date(2026, 9, 30), 2028),
        (2028, date(2026, 10, 1), date(2027, 9, 30), date(2027, 9, 30), 2029),
        (2029, date(2027, 10, 1), date(2028, 9, 30), date(2028, 9, 30), 2030),
        (2030, date(2028, 10, 1), date(2029, 9, 30), date(2029, 9, 30), 2031),
        (2031, date(2029, 10, 1), date(2030, 12, 31), date(2030, 9, 30), 2032),
    ],
)
def test_a_report_speaks_of_a_stated_period(year, covers_from, covers_to, money, upcoming):
    """Sec. 1253(f)(1)(B)(iv): the upcoming fiscal year in the report of 1 March N is N+1."""
    period = lookup.report_period(STATUTE, year)
    assert (period.covers_from, period.covers_to) == (covers_from, covers_to)
    assert (period.money_as_of, period.upcoming_fiscal_year) == (money, upcoming)
    assert period.due == date(year, 3, 1)
    assert period.standing_label == "our reading (counsel not yet named)"


def test_the_last_report_alone_covers_days_after_the_day_of_its_money():
    """Sec. 1253(g): the authority ends three months after the fiscal year that the last report covers."""
    found = [lookup.report_period(STATUTE, year).after_money for year in lookup.report_years(STATUTE)]
    assert found == [None, None, None, None, (date(2030, 10, 1), date(2030, 12, 31))]


def test_the_periods_of_the_reports_follow_on_each_other():
    periods = [lookup.report_period(STATUTE, year) for year in lookup.report_years(STATUTE)]
    assert [period.year for period in periods] == [2027, 2028, 2029, 2030, 2031]
    for earlier, later in pairwise(periods):
        assert later.covers_from - earlier.covers_to == timedelta(days=1)


@pytest.mark.parametrize("year", [2026, 2032, 0, 99999])
def test_a_year_without_a_report_is_refused_with_its_citation(year):
    """Sec. 1253(f)(1)(A)"""
    with pytest.raises(Invalid) as caught:
        lookup.report_period(STATUTE, year)
    assert caught.value.citation == "Sec. 1253(f)(1)(A), Pub. L. 119-60"


def test_the_pattern_agreement_counts_its_milestones_from_entry_into_force():
    """IPEF Supply Chain Agreement, in force 24 February 2024"""
    shown = {row.slug: row.statutory_day for row in lookup.deadlines(STATUTE, "ipef")}
    assert shown == {
        "ipef-members": date(2024, 3, 25),
        "ipef-chairs": date(2024, 4, 24),
        "ipef-terms": date(2024, 6, 23),
        "ipef-guidelines": date(2024, 8, 22),
        "ipef-withdrawal": date(2027, 2, 24),
        "ipef-review": date(2029, 2, 24),
    }
    meeting = lookup.triggered(STATUTE, "ipef-emergency-meeting", date(2028, 6, 15))
    assert meeting.statutory_day == date(2028, 6, 30)
    assert lookup.number(STATUTE, "ipef.10", "days") == 120


def test_a_federal_holiday_is_no_advised_day():
    """5 U.S.C. 6103"""
    assert lookup.advised_day(date(2027, 1, 1)) == date(2026, 12, 31)
    assert lookup.advised_day(date(2026, 7, 3)) == date(2026, 7, 2)
    assert lookup.advised_day(date(2027, 11, 25)) == date(2027, 11, 24)


def test_a_deadline_is_found_by_its_slug():
    assert lookup.deadline(STATUTE, "report-2031").statutory_day == date(2031, 3, 1)
    assert lookup.deadline(STATUTE, "ipef-review").year == 2029
    for wrong in ("report-2032", "notice-of-designation"):
        with pytest.raises(UnknownProvision):
            lookup.deadline(STATUTE, wrong)


@pytest.mark.parametrize(
    "act",
    [
        lambda: STATUTE.citation("1253.z"),
        lambda: STATUTE.instrument("1253.z"),
        lambda: lookup.number(STATUTE, "1253.g", "on"),
        lambda: lookup.day(STATUTE, "1253.c.1", "days"),
        lambda: lookup.number(STATUTE, "1253.c.1", "weeks"),
        lambda: lookup.number(STATUTE, "1253.c.1", "days", date(2025, 12, 17)),
        lambda: lookup.triggered(STATUTE, "report", date(2027, 1, 1)),
    ],
)
def test_a_slug_of_nothing_is_a_mistake_of_the_code(act):
    with pytest.raises(UnknownProvision):
        act()


def test_a_citation_is_short_where_the_law_is_known():
    assert STATUTE.short_citation("1253.f.1.B.iii") == "Sec. 1253(f)(1)(B)(iii)"
    assert STATUTE.provision("antideficiency").short_citation == STATUTE.citation("antideficiency")
    assert lookup.deadline(STATUTE, "report-2027").short_citation == "Sec. 1253(f)(1)(A)"
    assert short_citation("Sec. 1253(a), Pub. L. 119-60; 10 U.S.C. 101") == "Sec. 1253(a); 10 U.S.C. 101"
    assert not any("Pub. L. 119-60" in each.short_citation for each in STATUTE.provisions.values())
