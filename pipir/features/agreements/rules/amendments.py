"""Amendments: which fields they may change, how each is read, and how they compare with what they amend."""

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, get_args

import msgspec

from pipir.features.agreements.rules.life import EFFECTIVE, KINDS, State, known_authorities, listed, state_on
from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.parsing import parse
from pipir.kernel.text import Line, Prose
from pipir.statute.model import Statute

FieldName = Literal["name", "kind", "purpose", "expires_on", "program_authority"]
AmendmentState = Literal["drafting", "agreed", "signed", "withdrawn"]
FIELDS: Final[tuple[FieldName, ...]] = get_args(FieldName)
AMENDMENT_STATES: Final[tuple[AmendmentState, ...]] = get_args(AmendmentState)
TITLES: Final[Mapping[FieldName, str]] = {
    "name": "Title",
    "kind": "Kind",
    "purpose": "Purpose",
    "expires_on": "Expires on",
    "program_authority": "Law that it rests on",
}
AMENDMENT_STEPS: Final[Mapping[AmendmentState, tuple[AmendmentState, ...]]] = {
    "drafting": ("agreed", "withdrawn"),
    "agreed": ("drafting", "signed", "withdrawn"),
    "signed": (),
    "withdrawn": (),
}


class Change(msgspec.Struct, frozen=True):
    """One field of an amendment: when it was drafted, now, and as proposed; None is blank."""

    field: FieldName
    drafted: str | None
    now: str | None
    proposed: str | None

    @property
    def conflicts(self) -> bool:
        """Whether another amendment has changed the field since this one was drafted."""
        return self.drafted != self.now

    @property
    def title(self) -> str:
        """The field in words."""
        return TITLES[self.field]


class _Text(msgspec.Struct, frozen=True):
    name: Line = "x"
    purpose: Prose = ""
    expires_on: date | None = None


def read_field(field: FieldName, text: str | None, statute: Statute) -> str | None:
    """A proposed value in the form in which it is stored, or Invalid at `proposed`."""
    expected = ""
    if field in ("name", "purpose", "expires_on"):
        if text is None and field == "name":
            expected = "An agreement has a title."
        elif text is not None:
            try:
                parse(_Text, {field: text}, lenient=True)
            except Invalid as wrong:
                expected = wrong.mistakes[0].expected
    elif field == "kind" and text not in KINDS:
        expected = "Expected one of: " + ", ".join(KINDS) + "."
    elif field == "program_authority" and text is not None:
        known = [row.slug for row in known_authorities(statute)]
        expected = "" if text in known else "Expected one of: " + ", ".join(known) + "."
    if expected:
        found = (Mistake(field, expected, (text or "nothing")[:60]),)
        raise Invalid(f"{TITLES[field]} cannot become that.", mistakes=found)
    return "" if text is None and field == "purpose" else text


def check_changes(proposed: Mapping[FieldName, str | None], present: Mapping[FieldName, str | None]) -> None:
    """An amendment proposes at least one field otherwise than it stands."""
    if not any(present[field] != value for field, value in proposed.items()):
        raise Invalid(
            "The amendment changes nothing.",
            mistakes=(Mistake("fields", "Tick at least one field, and propose another value for it."),),
        )


def may_amend(state: State, expires_on: date | None, on: date, code: str) -> None:
    """Only an agreement in force is amended."""
    now = state_on(state, expires_on, on)
    if now not in EFFECTIVE:
        raise Refused(
            f"The agreement {code} is {now} on {show_day(on)}; an amendment changes one that is in force.",
            way_out="Before signature the text itself is changed; afterwards another agreement is entered.",
        )


def may_step_amendment(state: AmendmentState, wanted: AmendmentState) -> None:
    """A state of an amendment is followed only by those of its table."""
    if wanted not in AMENDMENT_STEPS[state]:
        raise Refused(
            f"An amendment that is {state} does not become {wanted}.",
            way_out="It may become " + (" or ".join(AMENDMENT_STEPS[state]) or "nothing any more: draft another") + ".",
        )


def may_merge(changes: tuple[Change, ...], number: int) -> None:
    """What another amendment has changed meanwhile is drafted anew before it is signed."""
    conflicts = [each.title for each in changes if each.conflicts]
    if conflicts:
        raise Refused(
            f"Amendment {number} was drafted against values that another amendment has changed since: "
            f"{listed(conflicts)}.",
            way_out="Draft it anew against the agreement as it stands, and have it agreed again.",
        )


def check_expiry(proposed: str | None, on: date) -> None:
    """An amended expiry lies after the day on which the amendment is signed."""
    if proposed is not None and date.fromisoformat(proposed) <= on:
        expected = (
            f"Expected a day after {show_day(on)}, the day of signature; record the end of the agreement instead."
        )
        raise Invalid("The expiry needs correcting.", mistakes=(Mistake("expires_on", expected, proposed),))


def is_extension(changes: tuple[Change, ...]) -> bool:
    """Whether it brings the agreement beyond the day on which it would expire."""
    return any(
        each.field == "expires_on" and each.now is not None and (each.proposed is None or each.proposed > each.now)
        for each in changes
    )
