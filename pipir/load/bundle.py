"""The form of a bundle: its files, the columns of each, and what a line holds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final, Generic, Literal, TypeVar

import msgspec

from pipir.features.people.commands import Department
from pipir.features.projects.rules import Kind, Precision, Status
from pipir.kernel.countries import Region
from pipir.kernel.text import Line, Prose, SourceText
from pipir.sheets import Row
from pipir.statute.load import the_statute
from pipir.statute.lookup import objectives

ReportedStanding = Literal["convening country", "named in statute", "joined the forum (press)"]
R = TypeVar("R", bound=msgspec.Struct)


class OfficeRow(msgspec.Struct, frozen=True):
    """A line of offices.csv; a blank `since` is not known."""

    symbol: Line
    name: Line
    department: Department
    source: SourceText
    since: date | None = None


class ParticipantRow(msgspec.Struct, frozen=True):
    """A line of participants.csv."""

    country: Line
    code: Line
    standing: ReportedStanding
    since: date
    region: Region
    source: SourceText


class WorkstreamRow(msgspec.Struct, frozen=True):
    """A line of workstreams.csv."""

    name: Line
    established: date
    source: SourceText


class MeetingRow(msgspec.Struct, frozen=True):
    """A line of meetings.csv; a blank outcome is not public."""

    starts: date
    ends: date
    name: Line
    place: Line
    source: SourceText
    outcome: Prose | None = None


class ProjectRow(msgspec.Struct, frozen=True):
    """A line of projects.csv; a blank workstream, day or description is not public."""

    name: Line
    kind: Kind
    status: Status
    objectives: Line
    classified_by: Line
    source: SourceText
    workstream: Line | None = None
    announced: date | None = None
    description: Prose = ""


class RoleRow(msgspec.Struct, frozen=True):
    """A line of role_reports.csv: a country's part in a project, as reported."""

    code: Line
    project: Line
    role: Line
    source: SourceText


class RelatedRow(msgspec.Struct, frozen=True):
    """A line of related.csv; its date may name a month only."""

    name: Line
    relation: Line
    date: Line
    source: SourceText
    description: Prose = ""


# File -> its columns in the order that the format shows, and the struct of a line.
FILES: Final[Mapping[str, tuple[tuple[str, ...], type[msgspec.Struct]]]] = {
    "offices.csv": (("symbol", "name", "department", "since", "source"), OfficeRow),
    "participants.csv": (("country", "code", "standing", "since", "region", "source"), ParticipantRow),
    "workstreams.csv": (("name", "established", "source"), WorkstreamRow),
    "meetings.csv": (("starts", "ends", "name", "place", "outcome", "source"), MeetingRow),
    "projects.csv": (
        (
            "name",
            "kind",
            "workstream",
            "announced",
            "status",
            "description",
            "objectives",
            "classified_by",
            "source",
        ),
        ProjectRow,
    ),
    "role_reports.csv": (("code", "project", "role", "source"), RoleRow),
    "related.csv": (("name", "relation", "date", "description", "source"), RelatedRow),
}

# What a bundle may leave out: one that tells of the program alone brings no offices.
OPTIONAL: Final = frozenset({"offices.csv"})

_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Entry(Generic[R]):
    """A typed line and where it stands."""

    row: Row
    value: R


@dataclass(frozen=True)
class Bundle:
    """A bundle without a mistake, typed."""

    offices: tuple[Entry[OfficeRow], ...]
    participants: tuple[Entry[ParticipantRow], ...]
    workstreams: tuple[Entry[WorkstreamRow], ...]
    meetings: tuple[Entry[MeetingRow], ...]
    projects: tuple[Entry[ProjectRow], ...]
    roles: tuple[Entry[RoleRow], ...]
    related: tuple[Entry[RelatedRow], ...]


@cache
def objective_slugs() -> Mapping[str, str]:
    """(b)(2) -> 1253.b.2, from the law's own files."""
    return {f"(b){row.number}": row.slug for row in objectives(the_statute())}


def named_objectives(text: str) -> list[str]:
    """The objectives of a cell, which semicolons separate."""
    return [part.strip() for part in text.split(";")]


def day_of(typed: str) -> tuple[date, Precision]:
    """The day, or the first of a month where no more is known; else ValueError."""
    if _MONTH.fullmatch(typed):
        return date.fromisoformat(typed + "-01"), "month"
    if _DAY.fullmatch(typed) is None:
        raise ValueError("no date")
    return date.fromisoformat(typed), "day"
