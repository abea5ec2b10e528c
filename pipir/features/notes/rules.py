"""What is allowed of notes: on which records, under which marking, by whom they are revised and ended."""

from datetime import date

from pipir.features.search.rules import KINDS, PARAGRAPH
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.marking import Marking, audience_of

NOTE = "note"
# Kinds of record that take notes: all but notes themselves, and the law, which has no row of its own.
TAKE_NOTES = tuple(kind for kind in KINDS if kind not in (NOTE, PARAGRAPH))


def may_note(kind: str) -> None:
    """A note stands on a record of a kind that takes notes."""
    if kind not in TAKE_NOTES:
        expected = "Expected one of: " + ", ".join(TAKE_NOTES) + "."
        raise Invalid("No notes stand on records of this kind.", mistakes=(Mistake("kind", expected, kind[:60]),))


def may_mark(marking: Marking, audience: int, record_marking: str) -> None:
    """Whoever may read a note may read the record that it stands on."""
    if audience_of(marking) & ~audience:
        record = f"the record's, {record_marking}" if record_marking else "that of the record"
        raise Invalid(
            "The note would be read by more than its record.",
            mistakes=(Mistake("marking", f"Expected a marking not wider than {record}.", marking.banner[:60]),),
        )


def may_revise(written_by: int, reviser: int, ended_on: date | None) -> None:
    """A note is revised by who wrote it, as long as it is not ended."""
    _is_living(ended_on)
    if written_by != reviser:
        raise Refused(
            "A note is revised by the person who wrote it.",
            way_out="Write a note of your own, or end this one with a reason.",
        )


def may_end(ended_on: date | None) -> None:
    """A note is ended once."""
    _is_living(ended_on)


def _is_living(ended_on: date | None) -> None:
    if ended_on is not None:
        raise Refused(f"The note was ended on {ended_on.isoformat()}; nothing of it changes any more.")
