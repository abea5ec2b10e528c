"""What the exercise program plans before anything is entered: its sizes and the distributions of docs/exercise.md."""

from collections import Counter
from datetime import date
from math import log
from random import Random
from statistics import fmean, pstdev

import pytest

from pipir.exercise import days, meetings, money, projects
from pipir.features.ledger.rules import parse_symbol
from pipir.features.projects.rules import MilestoneDates, lateness, may_step

SIZES = ((1, 100), (2, 137), (7, 250), (8, 400), (60, 5_000), (300, 2_000))


def planned(
    count: int, entries: int, seed: int = 1253
) -> tuple[tuple[projects.PlannedProject, ...], money.PlannedLedger]:
    """The projects and the ledger of a size."""
    rng = Random(seed)
    found = projects.plan_projects(rng, count)
    return found, money.plan_ledger(rng, found, entries)


@pytest.fixture(scope="module")
def whole() -> tuple[tuple[projects.PlannedProject, ...], money.PlannedLedger]:
    """The default size."""
    return planned(60, 50_000)


@pytest.mark.parametrize(("count", "entries"), SIZES)
@pytest.mark.parametrize("seed", [1, 1253])
def test_the_ledger_has_exactly_the_entries_asked_for(count: int, entries: int, seed: int) -> None:
    """Each document's first authority is an entry as well."""
    _, ledger = planned(count, entries, seed)
    assert len(ledger.steps) + len(ledger.documents) == entries


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7, 8, 60, 500])
@pytest.mark.parametrize("seed", [1, 2, 1253])
def test_exactly_one_milestone_in_five_is_late(count: int, seed: int) -> None:
    """By the projects' own rule of lateness, on the program's day."""
    steps = [each for project in projects.plan_projects(Random(seed), count) for each in project.milestones]
    late = [
        each
        for each in steps
        if lateness(MilestoneDates(each.planned_on, each.forecast_on, each.actual_on), days.TODAY) > 0
    ]
    assert len(late) * 5 == len(steps)


@pytest.mark.parametrize("count", [7, 8, 60, 500])
def test_every_status_kind_workstream_and_objective_occurs(count: int) -> None:
    """From seven projects on."""
    found = projects.plan_projects(Random(1253), count)
    assert {each.status for each in found} == set(projects.STATUS_SHARES)
    assert {each.kind for each in found} == set(projects.KIND_SHARES)
    assert {each.workstream for each in found} == set(meetings.WORKSTREAMS)
    assert {slug for each in found for slug in each.objectives} == {f"1253.b.{n}" for n in range(1, 8)}


def test_every_plan_is_one_that_could_have_been() -> None:
    """Three to eight milestones, one to four partners, steps that may follow each other, days in their order."""
    found = projects.plan_projects(Random(1253), 400)
    assert len({each.name for each in found}) == 400
    for project in found:
        assert 3 <= len(project.milestones) <= 8
        assert 1 <= len(project.parts) <= 4
        assert len({part.code for part in project.parts}) == len(project.parts)
        now, day = "exploratory", project.proposed_on
        for step in project.steps:
            may_step(now, step.status)  # type: ignore[arg-type]
            assert day <= step.on <= days.LAST
            now, day = step.status, step.on
        assert now == project.status
        planned_days = [each.planned_on for each in project.milestones]
        assert planned_days == sorted(planned_days)
        for each in project.milestones:
            assert each.actual_on is None or project.proposed_on <= each.actual_on <= days.LAST


def test_projects_follow_the_shares_that_the_document_names() -> None:
    """Statuses, kinds and ratings by largest remainders: within one project of the share."""
    found = projects.plan_projects(Random(1253), 60)
    for shares, values in (
        (projects.STATUS_SHARES, [each.status for each in found]),
        (projects.KIND_SHARES, [each.kind for each in found]),
        (projects.RATING_SHARES, [each.rating for each in found if each.rating]),
    ):
        counts = Counter(values)
        for name, share in shares.items():
            assert abs(counts[name] - share * len(values)) <= 1.0001, name
    totals = [log(each.planned_total) for each in projects.plan_projects(Random(1253), 2_000)]
    assert abs(fmean(totals) - log(projects.PLANNED_MEDIAN)) < 0.08
    assert abs(pstdev(totals) - projects.PLANNED_SIGMA) < 0.06


def test_obligations_are_log_normal(whole: tuple[tuple[projects.PlannedProject, ...], money.PlannedLedger]) -> None:
    """Sigma 1.2 over the obligations of projects."""
    _, ledger = whole
    sizes = [
        log(step.cents) for step in ledger.steps if step.kind == "obligation" and ledger.chains[step.chain].project >= 0
    ]
    assert len(sizes) > 5_000
    assert abs(pstdev(sizes) - money.SIGMA) < 0.05
    mean = fmean(sizes)
    assert abs(fmean((size - mean) ** 3 for size in sizes) / pstdev(sizes) ** 3) < 0.15


def test_obligations_rise_to_a_peak_in_september(
    whole: tuple[tuple[projects.PlannedProject, ...], money.PlannedLedger],
) -> None:
    """Of fiscal year 2027, the only one that lies wholly behind: each month near its weight, the last quarter first."""
    _, ledger = whole
    on = [date.fromordinal(step.day) for step in ledger.steps if step.kind == "obligation"]
    months = Counter(day.month for day in on if date(2026, 10, 20) <= day <= date(2027, 9, 30))
    assert max(months, key=lambda month: months[month]) == 9
    assert 0.18 < months[9] / months.total() < 0.30
    quarters = [sum(months[m] for m in span) for span in ((10, 11, 12), (1, 2, 3), (4, 5, 6), (7, 8, 9))]
    assert quarters == sorted(quarters)


def test_kinds_of_entries_keep_their_proportions(
    whole: tuple[tuple[projects.PlannedProject, ...], money.PlannedLedger],
) -> None:
    """Bounds that docs/exercise.md states."""
    _, ledger = whole
    counts = Counter(step.kind for step in ledger.steps)
    bounds = {
        "commitment": (0.16, 0.22),
        "obligation": (0.16, 0.22),
        "expenditure": (0.38, 0.48),
        "decommitment": (0.06, 0.10),
        "upward adjustment": (0.01, 0.03),
        "deobligation": (0.02, 0.05),
        "refund": (0.001, 0.01),
        "partner contribution": (0.0499, 0.0501),
    }
    for kind, (low, high) in bounds.items():
        assert low <= counts[kind] / 50_000 <= high, kind
    assert counts["reversal"] == 1
    flags = Counter(step.flag for step in ledger.steps if step.flag)
    assert flags == {
        "potential violation: 1341/1517": 1,
        "negative unliquidated obligation": 2,
        "unmatched disbursement": 2,
    }


def test_only_one_account_has_expired() -> None:
    """The one-year account of 2027; the others are available, one of them without a year."""
    ended = [each for each in money.ACCOUNTS if (parse_symbol(each.symbol).end_year or 9999) < 2028]
    assert ended == [money.OM_2027]


def test_every_workstream_meets_each_quarter() -> None:
    """Ten fiscal quarters from January 2026 on, and every end of an action item at least once."""
    found = meetings.plan_meetings(Random(1253), ("AUS", "JPN"))
    for name in meetings.WORKSTREAMS:
        spans = {(each.starts_on.year, (each.starts_on.month - 1) // 3) for each in found if each.group == name}
        assert len(spans) == 10
    actions = [each for meeting in found for each in meeting.actions]
    assert {each.end for each in actions} == {"open", "done", "verified", "dropped"}
    assert any(each.end == "open" and each.due_on < days.TODAY for each in actions)
    assert any(each.end == "open" and each.due_on >= days.TODAY for each in actions)


def test_shares_are_allotted_to_the_last_one() -> None:
    """Each name at least once where there are enough places, and in all as many as asked for."""
    shares = {"a": 0.9, "b": 0.06, "c": 0.04}
    assert Counter(days.allot(10, shares)) == {"a": 8, "b": 1, "c": 1}
    assert days.allot(2, shares) == ["a", "b"]
    for count in range(3, 60):
        counts = Counter(days.allot(count, shares))
        assert counts.total() == count
        assert set(counts) == set(shares)
