"""Plans, the review's figures, files of months and shares, as pure functions."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipir.features.execution import rules
from pipir.features.execution.rules import Came, Party, PlanLine, Stated
from pipir.kernel.calendar import fiscal_year_bounds
from pipir.kernel.errors import Invalid, Refused
from pipir.kernel.money import Dollars
from pipir.sheets import Leaf, csv_bytes, xlsx_bytes
from pipir.statute.load import load_statute

LAW = load_statute()
ZERO = Dollars.zero()
MONTHS = st.integers(0, 59).map(lambda place: date(2026 + place // 12, place % 12 + 1, 1))
AMOUNTS = st.integers(0, 10**9).map(lambda cents: rules.cents(Decimal(cents) / 100))


@st.composite
def plans(draw: st.DrawFn) -> tuple[PlanLine, ...]:
    months = sorted(draw(st.sets(MONTHS, min_size=1, max_size=14)))
    return tuple(PlanLine(month, draw(AMOUNTS), draw(AMOUNTS), draw(st.none() | st.just("why"))) for month in months)


def line(month: date, obligations: str = "0", outlays: str = "0", because: str | None = None) -> PlanLine:
    return PlanLine(month, Dollars(obligations), Dollars(outlays), because)


def compared(own: tuple[PlanLine, ...], before: tuple[PlanLine, ...] | None, tolerance: str = "10.00"):
    return rules.compare(
        own,
        before,
        {},
        tolerance=Dollars(tolerance),
        through=date(2026, 1, 1),
        covered=2028,
        ends_on=date(2030, 12, 31),
    )


# ---- versions against each other


@given(plans(), plans())
def test_every_dollar_of_both_versions_stands_in_the_comparison_once(own, before):
    found = compared(own, before)
    assert sum((each.obligations for each in found), ZERO) == sum((each.obligations for each in own), ZERO)
    assert sum((each.before_outlays for each in found), ZERO) == sum((each.outlays for each in before), ZERO)
    moved = sum((each.obligations_moved for each in found), ZERO)
    assert moved == sum((each.obligations for each in own), ZERO) - sum((each.obligations for each in before), ZERO)
    assert [each.month for each in found] == sorted({each.month for each in (*own, *before)})


@given(plans(), plans(), AMOUNTS)
def test_a_line_needs_a_reason_where_it_moves_by_more_than_the_tolerance(own, before, tolerance):
    for each in compared(own, before, str(tolerance)):
        most = max(abs(each.obligations_moved), abs(each.outlays_moved))
        assert each.needs_reason == (most > tolerance)


def test_a_version_without_one_before_it_needs_no_reason():
    assert not any(each.needs_reason for each in compared((line(date(2027, 1, 1), "999999"),), None))


def test_a_month_that_was_taken_out_moved_as_well():
    _, gone = compared((line(date(2027, 1, 1), "1"),), (line(date(2027, 2, 1), "500"),))
    assert (gone.needs_reason, gone.obligations_moved) == (True, Dollars("-500.00"))


@pytest.mark.parametrize(
    ("month", "covered", "expected"),
    [
        (date(2028, 9, 1), 2028, False),
        (date(2028, 10, 1), 2028, True),
        (date(2028, 9, 1), None, True),
    ],
)
def test_what_lies_beyond_the_submitted_budget_is_pre_decisional(month, covered, expected):
    """money.md (K): planned amounts beyond the submitted President's Budget; without one on record, all of them."""
    assert rules.is_pre_decisional(month, covered) is expected


def test_a_month_after_the_last_day_of_the_initiative_is_told():
    """Sec. 1253(g): December 2030 is within, January 2031 is not."""
    found = compared((line(date(2030, 12, 1), "1"), line(date(2031, 1, 1), "1")), None)
    assert [each.after_the_end for each in found] == [False, True]


def test_a_version_is_signed_with_every_reason_that_it_lacks_named():
    before = (line(date(2027, 1, 1), "100"), line(date(2027, 2, 1), "100"))
    own = (line(date(2027, 1, 1), "900"), line(date(2027, 2, 1), "0"), line(date(2027, 3, 1), "0", "5"))
    with pytest.raises(Invalid) as wrong:
        rules.may_sign(compared(own, before), called="Forecast 1", available_until=None, statute=LAW)
    assert [each.where for each in wrong.value.mistakes] == ["lines.0.because", "lines.1.because"]
    assert "January 2027 moved by $800.00 in obligations" in wrong.value.mistakes[0].expected


def test_a_version_that_plans_nothing_is_not_signed():
    with pytest.raises(Refused, match="plans nothing"):
        rules.may_sign(compared((line(date(2027, 1, 1)),), None), called="Plan 1", available_until=None, statute=LAW)


def test_no_new_obligation_is_planned_after_the_account_has_expired():
    """31 U.S.C. 1553(a); outlays go on."""
    own = (line(date(2027, 9, 1), "5"), line(date(2027, 10, 1), "0", "5"))
    rules.may_sign(compared(own, None), called="Plan 1", available_until=date(2027, 9, 30), statute=LAW)
    with pytest.raises(Refused, match="30 Sep 2027"):
        late = (*own, line(date(2027, 11, 1), "1"))
        rules.may_sign(compared(late, None), called="Plan 1", available_until=date(2027, 9, 30), statute=LAW)


@pytest.mark.parametrize("state", ["signed", "superseded", "withdrawn"])
def test_only_a_draft_changes(state):
    rules.may_change("draft", "Plan 1")
    with pytest.raises(Refused, match="never changes"):
        rules.may_change(state, "Plan 1")


def test_months_that_cannot_be_are_all_named():
    lines = [line(date(2027, 1, 2)), line(date(2027, 1, 1)), line(date(2027, 1, 1))]
    lines.append(PlanLine(date(2027, 2, 1), ZERO, ZERO, None, "no-such-law"))
    with pytest.raises(Invalid) as wrong:
        rules.check_lines(lines, ["10-usc-2350a"])
    assert [each.where for each in wrong.value.mistakes] == [
        "lines.0.month",
        "lines.2.month",
        "lines.3.other_authority",
    ]
    with pytest.raises(Invalid):
        rules.check_lines([], [])


@given(plans())
def test_a_plan_reaches_its_whole_with_its_last_month_and_nothing_before_its_first(lines):
    last = rules.next_month(lines[-1].month) - timedelta(days=1)
    assert rules.planned_by(lines, last) == (
        sum((each.obligations for each in lines), ZERO),
        sum((each.outlays for each in lines), ZERO),
    )
    assert rules.planned_by(lines, lines[0].month - timedelta(days=1)) == (ZERO, ZERO)


def test_the_running_month_counts_by_its_days():
    assert rules.planned_by([line(date(2027, 4, 1), "300", "30")], date(2027, 4, 10)) == (Dollars(100), Dollars(10))


@pytest.mark.parametrize(("last", "count"), [(date(2027, 1, 31), 1), (date(2036, 12, 1), 120)])
def test_a_version_plans_a_month_to_ten_years(last, count):
    rules.check_span(date(2027, 1, 15), last)
    assert len(rules.months_between(date(2027, 1, 15), last)) == count


@pytest.mark.parametrize("last", [date(2026, 12, 31), date(2037, 1, 1)])
def test_a_version_plans_no_other_span(last):
    with pytest.raises(Invalid):
        rules.check_span(date(2027, 1, 15), last)


# ---- rates


@pytest.mark.parametrize(
    ("kind", "since", "on", "obligated", "expended"),
    [
        ("O&M", date(2026, 10, 1), date(2027, 9, 30), "100.0", "75.0"),
        ("RDT&E", date(2026, 10, 1), date(2027, 9, 30), "90.0", "55.0"),
        ("RDT&E", date(2026, 10, 1), date(2028, 9, 30), "100.0", "90.0"),
        ("Procurement", date(2026, 10, 1), date(2028, 9, 30), "90.0", None),
        ("Procurement", date(2026, 10, 1), date(2031, 9, 30), "100.0", None),
        ("Defense Production Act", date(2026, 10, 1), date(2027, 9, 30), None, None),
        ("O&M", None, date(2027, 9, 30), None, None),
        ("O&M", date(2026, 10, 1), date(2026, 9, 30), None, None),
    ],
)
def test_the_benchmark_of_a_kind_stands_at_the_end_of_each_year(kind, since, on, obligated, expended):
    """Convention (K): OSD execution benchmarks."""
    found = rules.benchmark(LAW, kind, since, on)
    assert (found.obligated, found.expended) == (
        Decimal(obligated) if obligated else None,
        Decimal(expended) if expended else None,
    )


@given(st.sampled_from(["O&M", "RDT&E", "Procurement"]), st.integers(0, 1400))
def test_a_benchmark_never_falls_and_never_passes_the_whole(kind, days):
    since = date(2026, 10, 1)
    here, later = (
        rules.benchmark(LAW, kind, since, since + timedelta(days=each)).obligated for each in (days, days + 1)
    )
    assert 0 <= here <= later <= 100


def test_within_a_year_the_benchmark_rises_in_a_straight_line():
    first, last = fiscal_year_bounds(2027)
    middle = first + (last - first) / 2
    assert rules.benchmark(LAW, "O&M", first, middle).obligated == Decimal("50.1")


def test_what_is_left_of_the_period_is_counted_in_days():
    first, last = date(2026, 10, 1), date(2027, 9, 30)
    assert rules.period(first, last, last).left == 0
    assert rules.period(first, last, first - timedelta(days=1)).left == 100
    assert rules.period(first, last, date(2027, 9, 29)).days_left == 1
    assert rules.period(None, last, last) is None


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_at_the_mean_rate_the_day_of_nothing_left_is_the_first_that_uses_it_up(left, used):
    on = date(2027, 1, 1)
    amount, moved = (rules.cents(Decimal(each) / 100) for each in (left, used))
    found = rules.burn(amount, moved, 90, on, idle=rules.NO_SPENDING)
    if found.on is not None:
        days = (found.on - on).days
        assert moved.amount * days >= amount.amount * 90
        assert moved.amount * (days - 1) < amount.amount * 90


@pytest.mark.parametrize(
    ("left", "used", "case"),
    [
        ("5.00", "0.00", "no spending in 90 days"),
        ("5.00", "-1.00", "no spending in 90 days"),
        ("0.00", "1.00", "nothing left"),
    ],
)
def test_where_nothing_burns_down_the_case_is_named(left, used, case):
    found = rules.burn(Dollars(left), Dollars(used), 90, date(2027, 1, 1), idle=rules.NO_SPENDING)
    assert (found.on, found.case) == (None, case)


def test_a_rate_that_is_too_slow_for_the_calendar_is_a_case_and_no_error():
    found = rules.burn(Dollars("9999999999999.00"), Dollars("0.01"), 90, date(2027, 1, 1), idle=rules.NO_SPENDING)
    assert (found.on, found.case) == (None, "beyond the calendar")


def test_under_a_resolution_an_even_pace_is_told_by_day():
    found = rules.resolution(Dollars("1000"), date(2027, 10, 1), date(2027, 10, 10), Dollars("450"), date(2027, 10, 4))
    assert (found.by_today, found.left_by_today, found.left) == (Dollars(400), Dollars(-50), Dollars(550))
    assert (found.days_left, found.ended) == (6, False)
    after = rules.resolution(Dollars("1000"), date(2027, 10, 1), date(2027, 10, 10), Dollars("450"), date(2027, 10, 11))
    assert (after.by_today, after.ended) == (Dollars(1000), True)


@given(st.lists(st.tuples(st.none() | st.integers(0, 4), AMOUNTS, st.integers(1, 9)), max_size=20))
def test_the_ages_come_to_the_total(balances):
    found = rules.ages(LAW, balances)
    assert sum((each.unliquidated for each in found), ZERO) == sum((each[1] for each in balances), ZERO)
    assert sum(each.count for each in found) == sum(each[2] for each in balances)
    assert [each.label for each in found][:5] == [
        "0 to 90 days", "91 to 180 days", "181 to 365 days", "366 to 730 days", "731 days and more",
    ]  # fmt: skip


@given(st.integers(0, 3000))
def test_every_day_has_one_age(days):
    label, first, last = rules.age_labels(LAW)[rules.age_of(LAW, days)]
    assert first <= days <= (last or days), label


@pytest.mark.parametrize(
    ("last", "on", "expected"),
    [
        (date(2027, 9, 30), date(2027, 9, 30), True),
        (date(2027, 9, 30), date(2026, 10, 1), True),
        (date(2027, 9, 30), date(2026, 9, 30), False),
        (date(2027, 9, 30), date(2027, 10, 1), False),
        (None, date(2027, 9, 30), False),
    ],
)
def test_the_year_end_list_has_what_expires_with_the_running_year(last, on, expected):
    assert rules.ends_with_year(last, on) is expected


# ---- files


_TITLES = ("Month", "Obligations", "Outlays", "Reason", "Other authority")


@given(plans())
def test_a_file_of_months_comes_back_as_it_went(lines):
    rows = [[each.month, each.obligations, each.outlays, each.because, each.other_authority] for each in lines]
    assert rules.read_months(csv_bytes(_TITLES, rows), "plan.csv") == lines
    assert rules.read_months(xlsx_bytes([Leaf("Plan", _TITLES, rows)]), "plan.xlsx") == lines


def test_every_mistake_of_a_file_is_named_by_row_and_column():
    content = (
        b"Month,Obligations,Outlays,Reason,Other authority\n"
        b"2027-13,1,1,,\n"
        b"2027-01,1.005,1,,\n"
        b"2027-02,1,NaN,x,\n"
        b"2027-03,1,1,,\n"
        b"2027-03-01,1,1,,\n"
        b"0000-01,1,1,,\n"
    )
    with pytest.raises(Invalid) as wrong:
        rules.read_months(content, "plan.csv")
    assert [(each.where, each.found) for each in wrong.value.mistakes] == [
        ("plan.csv:2:1 (Month)", "2027-13"),
        ("plan.csv:3:2 (Obligations)", "1.005"),
        ("plan.csv:4:3 (Outlays)", "NaN"),
        ("plan.csv:4:4 (Reason)", "x"),
        ("plan.csv:6:1 (Month)", "2027-03-01"),
        ("plan.csv:7:1 (Month)", "0000-01"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Month,Obligations\n2027-01,1\n",
        b"Month,Obligations,Outlays\n",
        b"Month,Obligations,Outlays,Color\n2027-01,1,1,red\n",
        b"PK\x03\x04 no workbook",
        "Month,Obligations,Outlays\n2027-01,1,1\n".encode("utf-16"),
    ],
)
def test_a_file_that_is_no_plan_is_refused(content):
    with pytest.raises(Invalid):
        rules.read_months(content, "plan.csv")


def test_a_plan_has_at_most_ten_years_of_months():
    rows = [[month, 1, 1] for month in rules.months_between(date(2026, 1, 1), date(2036, 1, 1))]
    with pytest.raises(Invalid, match="One thing"):
        rules.read_months(csv_bytes(("Month", "Obligations", "Outlays"), rows), "plan.csv")


# ---- shares


_SHARES = st.tuples(
    st.integers(1, 3), st.none() | st.integers(1, 3), st.sampled_from(["cost", "in kind", "work"]), AMOUNTS, AMOUNTS
)


@given(st.lists(_SHARES))
def test_shares_lose_no_cent_of_what_was_agreed_or_came(rows):
    stated = [Stated(Party(a, p), kind, "agreed", "USD", planned.amount, planned) for a, p, kind, planned, _ in rows]
    came = [Came(Party(a, p), kind, amount) for a, p, kind, _, amount in rows]
    found = rules.borne(stated, came)
    assert sum((each.agreed for each in found if each.agreed), ZERO) == sum((row[3] for row in rows), ZERO)
    assert sum((each.ledger for each in found if each.ledger), ZERO) == sum((row[4] for row in rows), ZERO)
    assert len({(each.party, each.kind) for each in found}) == len(found)


def test_of_a_share_in_work_the_ledger_has_no_figure_and_of_a_share_in_cost_none_is_zero():
    party = Party(1, 7)
    found = rules.borne([Stated(party, kind, "agreed", "USD", Decimal(5), Dollars(5)) for kind in ("cost", "work")], [])
    assert [(each.kind, each.ledger, each.difference) for each in found] == [
        ("cost", ZERO, Dollars(-5)),
        ("work", None, None),
    ]
