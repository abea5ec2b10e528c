"""What is allowed of a workbook that waits: a second person reviews it, on the versions that it carries."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

import msgspec

from pipir.features.workbooks.rules.columns import DAYS
from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.text import Reason

STATES: Final = ("waiting", "accepted", "refused", "withdrawn")
_TWO_PERSONS: Final = "Two-person rule of the program office (convention)"


class Field(msgspec.Struct, frozen=True):
    """One field that a workbook changes: its column's field and title, and the texts before and after."""

    field: str
    title: str
    before: str
    after: str

    @property
    def shown(self) -> tuple[str, str]:
        """Before and after as a page says them: a day in words."""
        return _said(self.field, self.before), _said(self.field, self.after)


def may_review(uploaded_by: int, reviewer: int) -> None:
    """A second person reviews what the first has edited."""
    if uploaded_by == reviewer:
        raise Refused(
            "You imported this workbook; a second person reviews it.",
            citation=_TWO_PERSONS,
            way_out="Ask a colleague who may change projects, or withdraw it.",
        )


def may_withdraw(uploaded_by: int, person: int) -> None:
    """What one has imported one withdraws oneself; others refuse it."""
    if uploaded_by != person:
        raise Refused(
            "Only the person who imported a workbook withdraws it.", way_out="Refuse its changes, with a reason."
        )


def ticked(chosen: Collection[int], waiting: Collection[int]) -> None:
    """At least one change is ticked, and each of them waits."""
    if not chosen:
        raise Invalid("Nothing is ticked.", mistakes=(Mistake("change_ids", "Tick what is decided."),))
    gone = sorted(set(chosen) - set(waiting))
    if gone:
        raise Invalid(
            "Not everything that is ticked waits for a review.",
            mistakes=tuple(
                Mistake("change_ids", "Expected a change of this workbook that waits.", str(each)) for each in gone
            ),
        )


def stale(named: Sequence[tuple[str, int, int]]) -> None:
    """No row is taken that moved on since it was exported: (what it is called, its version then, and now)."""
    if not named:
        return
    moved = ", ".join(f"{title} (exported at version {then}, now at {now})" for title, then, now in named)
    raise Refused(
        f"{'These records have' if len(named) > 1 else 'This record has'} changed since the export: {moved}. "
        "Nothing was stored.",
        way_out="Take the rest without them; export them anew to edit them again.",
        mistakes=tuple(
            Mistake("change_ids", f"{title} has changed since the export; take the rest without it.", f"version {then}")
            for title, then, _ in named
        ),
    )


def because(number: int, person: str, typed: str | None) -> Reason:
    """The reason under which a changed day is recorded: what was typed, and the workbook that it came with."""
    source = f"workbook {number} of {person}"
    return f"{typed} ({source})" if typed else source.capitalize()


def named(kind: str, code: str, name: str) -> str:
    """What a changed record is called in a sentence: P-0003 Shared depot; milestone Tooling ordered of P-0003."""
    return f"{code} {name}" if kind == "project" else f"milestone {name} of {code}"


def _said(field: str, text: str) -> str:
    return show_day(date.fromisoformat(text)) if text and field in DAYS else text
