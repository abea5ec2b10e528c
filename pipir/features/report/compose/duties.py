"""The dated duties as they are printed, in the words of the duties themselves."""

from collections.abc import Iterator
from typing import Literal

from pipir.document.model import Block, Column, Heading, Marker, Row, Table, source_line
from pipir.features.duties.rules import NOTICE, State, deadline_of, state_of
from pipir.features.report.compose.facts import LAW, REGISTER
from pipir.features.report.compose.prose import long_day, short_day
from pipir.features.report.compose.snapshot import DutyState, Snapshot
from pipir.kernel.calendar import days_left
from pipir.statute import lookup
from pipir.statute.model import Deadline, Statute

DESIGNATION = "designation"
Tone = Literal["good", "watch", "bad", "none", "missing"]
_TONES: dict[str, Tone] = {"done": "good", "late": "bad", "info": "none", "waiting": "watch", "neutral": "none"}


def duties(snapshot: Snapshot, statute: Statute) -> Iterator[Block]:
    """Every date of the section, and every notice that was entered, with what is recorded of it."""
    yield Heading(2, "Duties and deadlines of the section", "duties")
    yield Table(
        "duties-table",
        f"Dated duties of section 1253, as of {long_day(snapshot.status_as_of)}",
        (
            Column("what", "Duty", "text", 2.6),
            Column("provision", "Provision", "text", 1.2),
            Column("day", "Statutory day", "date", 1.1),
            Column("state", "State", "marker", 2.1),
        ),
        tuple(
            Row(
                deadline.slug,
                (
                    _what(deadline, recorded),
                    deadline.short_citation,
                    short_day(deadline.statutory_day),
                    said(deadline, recorded, snapshot),
                ),
            )
            for deadline, recorded in _dated(snapshot, statute)
        ),
        source=source_line(LAW, REGISTER),
    )


def designation_of(snapshot: Snapshot, statute: Statute) -> tuple[DutyState | None, str]:
    """What is recorded of the designation of the senior official, and how that is said."""
    recorded = next((each for each in snapshot.duties if each.slug == DESIGNATION), None)
    return recorded, said(lookup.deadline(statute, DESIGNATION), recorded, snapshot).text


def said(deadline: Deadline, recorded: DutyState | None, snapshot: Snapshot) -> Marker:
    """How a duty stands: only its owner's statement or the day of its evidence says late, and then with its days."""
    on = snapshot.status_as_of
    left = days_left(on, deadline.statutory_day)
    if deadline.kind == "termination":
        return Marker(_ahead(left) if left >= 0 else "ended", "none")
    status = recorded.state if recorded else None
    state = state_of(
        deadline,
        status,
        on,
        done_on=recorded.done_on if recorded else None,
        late_days=recorded.late_days if recorded else None,
    )
    if recorded is None:
        return Marker(_ahead(left), "none") if left >= 0 else Marker(state.says, "missing")
    return Marker(_words(state, recorded), "bad" if recorded.state == "done" and state.says else _tone(state, status))


def _words(state: State, recorded: DutyState) -> str:
    if recorded.state == "done":
        return f"{state.label} {short_day(recorded.done_on)}. {state.says}".strip()
    if recorded.state == "late":
        return (
            f"{state.label}, stated by {recorded.late_stated_by} on {short_day(recorded.late_stated_on)}: "
            f"{recorded.late_statement}"
        )
    if recorded.state == "extension pending":
        asked = f"{state.label}, asked for by {recorded.extension_asked_by} on {short_day(recorded.extension_asked_on)}"
        return f"{asked}. {state.says}".rstrip()
    return f"{state.label}. {state.says}".strip() if state.says else state.label


def _tone(state: State, status: str | None) -> Tone:
    return "missing" if status == "not public" else _TONES[state.kind]


def _dated(snapshot: Snapshot, statute: Statute) -> list[tuple[Deadline, DutyState | None]]:
    recorded = {each.slug: each for each in snapshot.duties}
    rows = [(each, recorded.pop(each.slug, None)) for each in lookup.deadlines(statute)]
    for each in recorded.values():
        deadline = deadline_of(statute, each.slug, NOTICE if each.triggered_on else None, each.triggered_on)
        if deadline is not None:
            rows.append((deadline, each))
    return sorted(rows, key=lambda row: (row[0].statutory_day, row[0].slug))


def _what(deadline: Deadline, recorded: DutyState | None) -> str:
    if recorded is None or recorded.event is None:
        return deadline.what
    return f"{deadline.what}: {recorded.event}, {short_day(recorded.triggered_on)}"


def _ahead(days: int) -> str:
    return f"in {days:,} {'day' if days == 1 else 'days'}"
