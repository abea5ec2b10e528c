"""The phases that work of each kind goes through, as templates, and where a project stands in its own."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from pipir.features.projects.rules import Kind
from pipir.kernel.calendar import days_after
from pipir.kernel.errors import Invalid, Mistake, Refused

CONVENTION: Final = "Phases of projects (office convention)"
PhaseState = Literal["done", "under way", "ahead", "nothing planned"]


class TypicalMilestone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A milestone as work of a kind typically has it, and the days from the start of the work to it."""

    name: str
    days: int


class Phase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A phase of a kind of work, what it is for, and its typical milestones in order."""

    name: str
    says: str
    milestone: tuple[TypicalMilestone, ...]


class _Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: Kind
    phase: tuple[Phase, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    template: tuple[_Template, ...]


class Proposed(msgspec.Struct, frozen=True):
    """A milestone that a template proposes, and its place in the whole template, from 0."""

    place: int
    phase: str
    name: str
    planned_on: date


class Step(msgspec.Struct, frozen=True):
    """What the line of phases takes of a milestone."""

    phase: str | None
    met: bool
    cancelled: bool


class PhaseStanding(msgspec.Struct, frozen=True):
    """A phase of a project with how many of its milestones are met; cancelled ones do not count."""

    name: str
    says: str
    met: int
    milestones: int
    state: PhaseState


@cache
def templates() -> Mapping[Kind, tuple[Phase, ...]]:
    """The phases of each kind of work, in order."""
    text = (Path(__file__).parent / "phases.toml").read_text(encoding="utf-8")
    found = msgspec.convert(tomllib.loads(text), _File)
    return MappingProxyType({each.kind: each.phase for each in found.template})


def phase_names(kind: Kind) -> tuple[str, ...]:
    """The names of a kind's phases, in order."""
    return tuple(each.name for each in templates()[kind])


def proposed(kind: Kind, starts_on: date, known: Iterable[str] = ()) -> tuple[Proposed, ...]:
    """A kind's milestones from a start day on, without those that the project has by name."""
    had = set(known)
    every = ((phase.name, each) for phase in templates()[kind] for each in phase.milestone)
    return tuple(
        Proposed(place, phase, each.name, days_after(starts_on, each.days))
        for place, (phase, each) in enumerate(every)
        if each.name not in had
    )


def may_take_template(kind: Kind, known: Iterable[str]) -> None:
    """A template is taken as long as it has a milestone that the plan lacks."""
    if not proposed(kind, date(2000, 1, 1), known):
        raise Refused(
            "The plan holds every milestone of the template already.", way_out="Plan further milestones one by one."
        )


def check_phase(phase: str | None, kind: Kind, kept: str | None = None, field: str = "phase") -> None:
    """A milestone stands in a phase of its project's kind, or in the one that it stands in already."""
    if phase is not None and phase != kept and phase not in phase_names(kind):
        expected = "Expected one of: " + ", ".join(phase_names(kind)) + "."
        raise Invalid("The project's kind has no such phase.", mistakes=(Mistake(field, expected, phase[:60]),))


def line_of_phases(kind: Kind, steps: Sequence[Step]) -> tuple[PhaseStanding, ...]:
    """The phases of a project in order, each with where it stands; nothing where no milestone stands in a phase."""
    named = {each.phase for each in steps if each.phase is not None}
    if not named:
        return ()
    says = {each.name: each.says for each in templates()[kind]}
    # A project whose kind was changed keeps the phases that its milestones stand in.
    names = [*says, *dict.fromkeys(each.phase for each in steps if each.phase is not None and each.phase not in says)]
    counted = {name: [each for each in steps if each.phase == name and not each.cancelled] for name in names}
    at = next((name for name in names if any(not each.met for each in counted[name])), None)

    def state(name: str) -> PhaseState:
        if not counted[name]:
            return "nothing planned"
        if all(each.met for each in counted[name]):
            return "done"
        return "under way" if name == at else "ahead"

    return tuple(
        PhaseStanding(name, says.get(name, ""), sum(each.met for each in held), len(held), state(name))
        for name, held in counted.items()
    )
