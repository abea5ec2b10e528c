"""Plans the exercise program's projects: their course, partners and milestones, of which one in five is late."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import log
from random import Random
from typing import Final

import msgspec

from pipir.exercise import words
from pipir.exercise.days import LAST, TODAY, after, allot, last_working_day, shuffled, some, working_day
from pipir.features.projects.rules import Kind, Rating, Status

STATUS_SHARES: Final[Mapping[Status, float]] = {
    "active": 0.45,
    "planned": 0.13,
    "completed": 0.10,
    "announced": 0.10,
    "exploratory": 0.12,
    "suspended": 0.05,
    "cancelled": 0.05,
}
KIND_SHARES: Final[Mapping[Kind, float]] = {
    "co-production": 0.20,
    "joint R&D": 0.15,
    "co-sustainment": 0.17,
    "supply chain": 0.16,
    "co-development": 0.12,
    "standardization": 0.11,
    "workforce": 0.09,
}
RATING_SHARES: Final[Mapping[Rating, float]] = {"green": 0.60, "amber": 0.28, "red": 0.12}
MILESTONE_COUNTS: Final[Mapping[int, float]] = {3: 0.12, 4: 0.18, 5: 0.25, 6: 0.20, 7: 0.15, 8: 0.10}
# One milestone in so many is late.
LATE_ONE_IN: Final = 5
# A planned total is log-normal about this median (dollars), in steps of 100,000.
PLANNED_MEDIAN: Final = 24_000_000
PLANNED_SIGMA: Final = 0.9
MARKINGS: Final[Mapping[str, float]] = {
    "CUI": 0.60,
    "UNCLASSIFIED": 0.20,
    "CUI//REL TO USA, AUS, JPN, KOR": 0.15,
    "CUI//NOFORN": 0.05,
}
WORKSTREAM_OF: Final[Mapping[Kind, str]] = {
    "joint R&D": "Policy and Optimization",
    "co-development": "Production",
    "co-production": "Production",
    "co-sustainment": "Sustainment",
    "standardization": "Supply Chain Resilience",
    "supply chain": "Supply Chain Resilience",
    "workforce": "Policy and Optimization",
}
OBJECTIVES_OF: Final[Mapping[Kind, tuple[str, ...]]] = {
    "joint R&D": ("1253.b.4",),
    "co-development": ("1253.b.4", "1253.b.5"),
    "co-production": ("1253.b.1", "1253.b.5"),
    "co-sustainment": ("1253.b.2", "1253.b.5"),
    "standardization": ("1253.b.6",),
    "supply chain": ("1253.b.2", "1253.b.3"),
    "workforce": ("1253.b.2", "1253.b.7"),
}
# The authority that a project rests on, and for (e)(3) the title 10 authority that it works through.
AUTHORITIES_OF: Final[Mapping[Kind, tuple[tuple[str, str | None], ...]]] = {
    "joint R&D": (("10-usc-2350a", None), ("1253.e.1", None)),
    "co-development": (("22-usc-2767", None), ("1253.e.1", None)),
    "co-production": (("22-usc-2767", None), ("1253.e.1", None), ("1253.e.4", None)),
    "co-sustainment": (("1253.e.1", None), ("10-usc-2350l", None)),
    "standardization": (("1253.e.2", None),),
    "supply chain": (("1253.e.4", None), ("1253.e.1", None)),
    "workforce": (("1253.e.3", "10-usc-332"),),
}
PARTNERS: Final[Mapping[str, float]] = {
    "AUS": 5,
    "JPN": 5,
    "KOR": 4,
    "PHL": 3,
    "IND": 3,
    "NZL": 2,
    "SGP": 2,
    "GBR": 2,
    "THA": 1,
    "CAN": 1,
    "FRA": 1,
}


class Step(msgspec.Struct, frozen=True):
    """A project's move to a status, on its day."""

    on: date
    status: Status
    reason: str


class Part(msgspec.Struct, frozen=True):
    """A country's part in a project."""

    code: str
    role: str
    lead: bool


class PlannedMilestone(msgspec.Struct, frozen=True):
    """A milestone with its days as they stand at the program's own day."""

    name: str
    planned_on: date
    forecast_on: date | None = None
    # The day on which the forecast was entered, after the plan.
    forecast_set_on: date | None = None
    actual_on: date | None = None
    reason: str | None = None


class PlannedProject(msgspec.Struct, frozen=True):
    """A project's whole course; `active_from` None where its work never began."""

    name: str
    kind: Kind
    status: Status
    proposed_on: date
    announced_on: date | None
    steps: tuple[Step, ...]
    active_from: date | None
    active_until: date | None
    workstream: str
    objectives: tuple[str, ...]
    authority: str
    other_authority: str | None
    description: str
    marking: str
    planned_total: int
    rating: Rating | None
    rating_on: date | None
    rationale: str | None
    review_on: date | None
    parts: tuple[Part, ...]
    milestones: tuple[PlannedMilestone, ...]


def plan_projects(rng: Random, count: int) -> tuple[PlannedProject, ...]:
    """Plan `count` projects; of all their milestones exactly one in five is late."""
    statuses: list[Status] = allot(count, STATUS_SHARES)
    kinds: list[Kind] = allot(count, KIND_SHARES)
    if count >= len(STATUS_SHARES):
        statuses, kinds = shuffled(rng, statuses), shuffled(rng, kinds)
    ratings = iter(shuffled(rng, allot(sum(map(_is_rated, statuses)), RATING_SHARES)))
    counts = _milestone_counts(rng, statuses)
    names = _names(rng, kinds)
    plain = [
        _project(rng, place, name, kind, status, next(ratings) if _is_rated(status) else None, milestones)
        for place, (name, kind, status, milestones) in enumerate(zip(names, kinds, statuses, counts, strict=True))
    ]
    return _with_lateness(rng, plain)


def _is_rated(status: Status) -> bool:
    return status in ("active", "suspended", "planned")


def _names(rng: Random, kinds: Sequence[Kind]) -> list[str]:
    pools: dict[Kind, list[str]] = {}
    for kind in KIND_SHARES:
        beginnings, subjects = words.SUBJECTS[kind]
        drawn = shuffled(rng, subjects)
        pools[kind] = [f"{beginning} {subject}" for beginning in beginnings for subject in drawn]
    used: dict[Kind, int] = dict.fromkeys(KIND_SHARES, 0)
    names = []
    for kind in kinds:
        round_of, place = divmod(used[kind], len(pools[kind]))
        used[kind] += 1
        names.append(pools[kind][place] + (f", increment {round_of + 1}" if round_of else ""))
    return names


def _milestone_counts(rng: Random, statuses: Sequence[Status]) -> list[int]:
    counts = [3 if status == "cancelled" else some(rng, MILESTONE_COUNTS) for status in statuses]
    # Exactly one in five is late, so the whole is a multiple of five: a few projects get more or fewer.
    wanted = -sum(counts) % LATE_ONE_IN
    if sum(8 - each for each in counts) < wanted:
        wanted -= LATE_ONE_IN
    place = 0
    while wanted:
        step = 1 if wanted > 0 else -1
        if statuses[place % len(counts)] != "cancelled" and 3 <= counts[place % len(counts)] + step <= 8:
            counts[place % len(counts)] += step
            wanted -= step
        place += 1
    return counts


def _project(
    rng: Random, place: int, name: str, kind: Kind, status: Status, rating: Rating | None, milestones: int
) -> PlannedProject:
    proposed_on, steps = _course(rng, place, status)
    days = {step.status: step.on for step in steps}
    closed_on = days.get("completed") or days.get("cancelled")
    rating_on = working_day(max(TODAY - timedelta(days=rng.randint(20, 80)), steps[-1].on if steps else proposed_on))
    rating_on = last_working_day(min(rating_on, LAST))
    authority, other = rng.choice(AUTHORITIES_OF[kind])
    objectives = {*OBJECTIVES_OF[kind], *(rng.sample([f"1253.b.{n}" for n in range(1, 7)], rng.choice((0, 0, 1))))}
    return PlannedProject(
        name=name,
        kind=kind,
        status=status,
        proposed_on=proposed_on,
        announced_on=days.get("announced"),
        steps=steps,
        active_from=days.get("active"),
        active_until=days.get("suspended") or closed_on or (LAST if "active" in days else None),
        workstream=WORKSTREAM_OF[kind],
        objectives=tuple(sorted(objectives)),
        authority=authority,
        other_authority=other,
        description=f"{words.STATEMENTS[kind]}. Invented for the exercise.",
        marking=some(rng, MARKINGS),
        planned_total=max(1, round(rng.lognormvariate(log(PLANNED_MEDIAN), PLANNED_SIGMA) / 100_000)) * 100_000,
        rating=rating,
        rating_on=rating_on if rating else None,
        rationale=rng.choice(words.RATING_REASONS[rating]) if rating else None,
        review_on=after(TODAY, rng.randint(30, 120)) if rating else None,
        parts=_parts(rng, kind),
        milestones=_milestones(rng, kind, milestones, proposed_on, days, closed_on),
    )


def _course(rng: Random, place: int, status: Status) -> tuple[date, tuple[Step, ...]]:
    """When a project was proposed, and its way from there to its status."""
    path: dict[Status, tuple[Status, ...]] = {
        "exploratory": (),
        "announced": ("announced",),
        "planned": ("announced", "planned"),
        "active": ("announced", "planned", "active"),
        "suspended": ("announced", "planned", "active", "suspended"),
        "completed": ("announced", "planned", "active", "completed"),
        "cancelled": ("announced", "cancelled"),
    }
    begun = status in ("active", "suspended", "completed", "cancelled")
    earliest = date(2026, 1, 5) if begun else date(2027, 2, 1)
    # Work that ended had time to end; the first project of all begins at once, so that there always is one.
    spread = {"completed": 120, "cancelled": 150, "suspended": 300, "active": 520}.get(status, 330)
    proposed_on = day = after(earliest, rng.randint(0, spread) if place else 0)
    steps = []
    for each in path[status]:
        if each in ("suspended", "completed", "cancelled"):
            ends = {"suspended": (20, 130), "completed": (30, 260), "cancelled": (60, 400)}[each]
            day = working_day(TODAY - timedelta(days=rng.randint(*ends)))
        else:
            day = after(day, rng.randint(14, 45))
        steps.append(Step(day, each, rng.choice(words.STATUS_REASONS[each])))
    return proposed_on, tuple(steps)


def _parts(rng: Random, kind: Kind) -> tuple[Part, ...]:
    codes: list[str] = []
    for _ in range(some(rng, {1: 0.35, 2: 0.35, 3: 0.20, 4: 0.10})):
        codes.append(some(rng, {code: weight for code, weight in PARTNERS.items() if code not in codes}))
    leads = rng.random() < 0.6
    return tuple(
        Part(code, words.ROLES[kind][0 if place == 0 else rng.randint(1, 2)], lead=leads and place == 0)
        for place, code in enumerate(codes)
    )


def _milestones(
    rng: Random, kind: Kind, count: int, proposed_on: date, days: Mapping[Status, date], closed_on: date | None
) -> tuple[PlannedMilestone, ...]:
    """Milestones as they would be without a delay: what lies behind was met in time, what lies ahead is on plan."""
    first = proposed_on + timedelta(days=30)
    last = closed_on - timedelta(days=7) if closed_on else first + timedelta(days=rng.randint(560, 1100))
    gap = (last - first).days / count
    found = []
    for place in range(count):
        planned = last_working_day(first + timedelta(days=int((place + 1) * gap - rng.random() * 0.4 * gap)))
        suspended = days.get("suspended")
        if suspended and planned >= suspended - timedelta(days=14):
            # Nothing is planned for the time in which the work rests.
            planned = after(planned, (TODAY - suspended).days + 44)
        met = last_working_day(max(proposed_on, planned - timedelta(days=rng.randint(0, 18))))
        early = rng.random() < 0.25
        found.append(
            PlannedMilestone(
                name=words.MILESTONES[kind][place],
                planned_on=planned,
                actual_on=met if planned < TODAY else None,
                forecast_on=planned if early and planned >= TODAY else None,
            )
        )
    return tuple(found)


def _with_lateness(rng: Random, projects: Sequence[PlannedProject]) -> tuple[PlannedProject, ...]:
    """The same projects, with one milestone in five late: met late, overdue, or slipping ahead of its day."""
    places = [(p, m) for p, project in enumerate(projects) for m in range(len(project.milestones))]
    late: dict[tuple[int, int], PlannedMilestone] = {}
    wanted = len(places) // LATE_ONE_IN
    for p, m in shuffled(rng, places):
        if len(late) == wanted:
            break
        changed = _late(rng, projects[p], projects[p].milestones[m])
        if changed is not None:
            late[p, m] = changed
    return tuple(
        msgspec.structs.replace(
            project, milestones=tuple(late.get((p, m), each) for m, each in enumerate(project.milestones))
        )
        for p, project in enumerate(projects)
    )


def _late(rng: Random, project: PlannedProject, milestone: PlannedMilestone) -> PlannedMilestone | None:
    """The milestone made late, or None where the work has ended and leaves no room for it."""
    closed = project.status in ("completed", "cancelled")
    limit = project.steps[-1].on if closed else LAST
    planned = milestone.planned_on
    delay, reason = rng.randint(5, 110), rng.choice(words.LATE_REASONS)
    if planned < TODAY and (closed or rng.random() < 0.55):
        actual = min(after(planned, delay), last_working_day(limit))
        if actual > planned:
            return msgspec.structs.replace(milestone, actual_on=actual, reason=reason)
        if closed:
            return None
    earliest = max(project.proposed_on + timedelta(days=7), TODAY - timedelta(days=150))
    set_on = last_working_day(min(LAST, max(earliest, TODAY - timedelta(days=rng.randint(5, 150)))))
    if planned >= TODAY:
        return msgspec.structs.replace(
            milestone, forecast_on=after(planned, delay), forecast_set_on=set_on, actual_on=None, reason=reason
        )
    if rng.random() < 0.5:
        # Past its day and nothing is forecast: overdue.
        return msgspec.structs.replace(milestone, forecast_on=None, actual_on=None)
    return msgspec.structs.replace(
        milestone, forecast_on=after(TODAY, delay), forecast_set_on=set_on, actual_on=None, reason=reason
    )
