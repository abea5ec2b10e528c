"""Plans the exercise program's groups, their meetings each quarter, and what the meetings asked of whom."""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Final, Literal, NamedTuple

import msgspec

from pipir.exercise import words
from pipir.exercise.days import FIRST, LAST, TODAY, after, last_working_day, shuffled, some, working_day

ActionEnd = Literal["open", "done", "verified", "dropped"]
# How an action item that has come due ends; an open one past its day is overdue.
ENDS: Final[Mapping[ActionEnd, float]] = {"verified": 0.62, "done": 0.14, "open": 0.14, "dropped": 0.10}
WORKSTREAMS: Final = ("Sustainment", "Production", "Supply Chain Resilience", "Policy and Optimization")


class PlannedGroup(NamedTuple):
    """A working group under one of the workstreams."""

    name: str
    established_on: date
    charter: str
    workstream: str
    chairs: tuple[str, ...]


WORKING_GROUPS: Final = (
    PlannedGroup(
        "Depot qualification",
        date(2026, 2, 9),
        "Repair of one standard at depots of several countries.",
        "Sustainment",
        ("SGP", "AUS"),
    ),
    PlannedGroup(
        "Energetic materials",
        date(2026, 4, 13),
        "Capacity for propellants and explosives.",
        "Production",
        ("AUS", "JPN"),
    ),
    PlannedGroup(
        "Small unmanned aircraft components",
        date(2026, 9, 14),
        "Second sources of motors and batteries.",
        "Supply Chain Resilience",
        ("KOR",),
    ),
    PlannedGroup(
        "Technical data exchange",
        date(2027, 3, 8),
        "One format and one marking for shared drawings.",
        "Policy and Optimization",
        ("JPN",),
    ),
)


class PlannedAction(msgspec.Struct, frozen=True):
    """An action item with its end; `ended_on` None while it is open."""

    title: str
    due_on: date
    owner: str
    own: bool
    end: ActionEnd
    ended_on: date | None
    # The day on which a second person looked at it.
    verified_on: date | None


class PlannedMeeting(msgspec.Struct, frozen=True):
    """A meeting of a group, or of the forum where no group is named; cancelled where it says why."""

    name: str
    group: str | None
    place: str
    starts_on: date
    ends_on: date
    outcome: str | None
    marking: str
    cancelled_because: str | None
    actions: tuple[PlannedAction, ...]


def plan_meetings(rng: Random, delegations: tuple[str, ...]) -> tuple[PlannedMeeting, ...]:
    """Every workstream meets each fiscal quarter, a working group twice a year, the forum once a year."""
    found = [_meeting(rng, "Opening meeting of the exercise", None, FIRST + timedelta(days=1), delegations, actions=4)]
    for quarter in _quarters():
        for place, name in enumerate(WORKSTREAMS):
            day = after(quarter, 8 + place * 16 + rng.randint(0, 9))
            found.append(_meeting(rng, f"{name}: meeting of the quarter", name, day, delegations))
    for group in WORKING_GROUPS:
        day = after(group.established_on, rng.randint(14, 40))
        while day <= LAST:
            found.append(_meeting(rng, f"{group.name}: working meeting", group.name, day, delegations))
            day = after(day, rng.randint(170, 195))
    for year in (2026, 2027):
        first = working_day(date(year, 10, 12))
        found.append(_meeting(rng, f"Plenary {year} (exercise)", None, first, delegations, actions=4))
    held = [place for place, each in enumerate(found) if each.outcome is not None and each.group is not None]
    cancelled = set(rng.sample(held, 2))
    for place in sorted(cancelled):
        why = "Too few delegations could travel; the agenda moves to the next quarter."
        found[place] = msgspec.structs.replace(found[place], outcome=None, cancelled_because=why, actions=())
    ahead = _meeting(rng, "Plenary 2028 (exercise)", None, date(2028, 10, 10), delegations, actions=0)
    found.append(msgspec.structs.replace(ahead, outcome=None))
    return _with_every_end(tuple(sorted(found, key=lambda each: (each.starts_on, each.name))))


def _quarters() -> list[date]:
    return [date(year, month, 1) for year in (2026, 2027, 2028) for month in (1, 4, 7, 10)][:10]


def _meeting(
    rng: Random, name: str, group: str | None, day: date, delegations: tuple[str, ...], *, actions: int | None = None
) -> PlannedMeeting:
    day = min(working_day(day), last_working_day(LAST)) if day <= TODAY else day
    count = rng.choice((1, 2, 2, 3)) if actions is None else actions
    titles = rng.sample(words.ACTIONS, count)
    place = rng.choice(words.PLACES)
    return PlannedMeeting(
        name=name,
        group=group,
        place=place,
        starts_on=day,
        ends_on=day if place == "virtual" or day.weekday() == 4 else day + timedelta(days=1),
        outcome=rng.choice(words.OUTCOMES),
        marking=some(rng, {"CUI": 0.8, "UNCLASSIFIED": 0.1, "CUI//REL TO USA, AUS, JPN, KOR": 0.1}),
        cancelled_because=None,
        actions=tuple(_action(rng, title, day, delegations) for title in titles),
    )


def _action(rng: Random, title: str, met_on: date, delegations: tuple[str, ...]) -> PlannedAction:
    due = after(met_on, rng.randint(25, 80))
    own = rng.random() < 0.5
    owner = rng.choice(shuffled(rng, delegations))
    end: ActionEnd = some(rng, ENDS) if due <= LAST else "open"
    ended = max(after(met_on, 7), last_working_day(due + timedelta(days=rng.randint(-20, 15))))
    if ended > LAST:
        end = "open"
    verified = after(ended, rng.randint(7, 25))
    if end == "verified" and verified > LAST:
        end = "done"
    return PlannedAction(
        title=title,
        due_on=due,
        owner=owner,
        own=own,
        end=end,
        ended_on=None if end == "open" else ended,
        verified_on=verified if end == "verified" else None,
    )


def _with_every_end(meetings: tuple[PlannedMeeting, ...]) -> tuple[PlannedMeeting, ...]:
    """The opening meeting shows each end that an action item can come to, whatever was drawn."""
    opening, *others = meetings
    ends: tuple[ActionEnd, ...] = ("verified", "done", "open", "dropped")
    met = opening.starts_on
    shown = tuple(
        msgspec.structs.replace(
            each,
            end=end,
            ended_on=None if end == "open" else after(met, 28),
            verified_on=after(met, 49) if end == "verified" else None,
        )
        for each, end in zip(opening.actions, ends, strict=True)
    )
    return (msgspec.structs.replace(opening, actions=shown), *others)
