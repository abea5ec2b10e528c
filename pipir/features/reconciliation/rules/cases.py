"""The steps of a case: which may follow which, what each needs, and when the first is due."""

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, get_args

import msgspec

from pipir.kernel.calendar import days_after, show_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.statute.lookup import number
from pipir.statute.model import Statute

CaseState = Literal[
    "opened",
    "preliminary review",
    "formal investigation",
    "violation determined",
    "reported",
    "no violation found",
    "research",
    "matched",
    "corrected",
    "closed",
]
CASE_STATES: Final[tuple[CaseState, ...]] = get_args(CaseState)
OVER: Final = ("closed",)
_VIOLATION: Final = "potential violation: 1341/1517"
_NEGATIVE: Final = "negative unliquidated obligation"
_UNMATCHED: Final = "unmatched disbursement"

_INVESTIGATED: Final[Mapping[str, tuple[CaseState, ...]]] = {
    "preliminary review": ("formal investigation", "no violation found"),
    "formal investigation": ("violation determined", "no violation found"),
    "violation determined": ("reported",),
    "reported": ("closed",),
    "no violation found": ("preliminary review", "closed"),
}
# Which state may follow which, by the kind of case. Research may find that the limits of law were passed.
CASE_STEPS: Final[Mapping[str, Mapping[str, tuple[CaseState, ...]]]] = {
    _VIOLATION: {"opened": ("preliminary review",), **_INVESTIGATED, "closed": ("preliminary review",)},
    _NEGATIVE: {
        "opened": ("research",),
        "research": ("corrected", "preliminary review"),
        "corrected": ("research", "closed"),
        **_INVESTIGATED,
        "closed": ("research",),
    },
    _UNMATCHED: {
        "opened": ("research",),
        "research": ("matched", "preliminary review"),
        "matched": ("research", "closed"),
        **_INVESTIGATED,
        "closed": ("research",),
    },
}
# Steps that a document shows, and what it is.
_DOCUMENTED: Final[Mapping[str, str]] = {
    "violation determined": "Expected the document of the determination.",
    "reported": "Expected the letters to the President, to Congress and to the Comptroller General.",
    "no violation found": "Expected the document of the finding.",
    "corrected": "Expected the document of the correction.",
}
_CLOCKS: Final[Mapping[str, str]] = {
    _VIOLATION: "violation-review",
    _NEGATIVE: "unmatched-research",
    _UNMATCHED: "unmatched-research",
}


class Taken(msgspec.Struct, frozen=True):
    """What the rules are told of the entry that a case is about, and of the obligation that is said to have taken it.

    `took` is how much of the disbursement stands in expenditures that name the obligation and were posted after it,
    in cents; None where the number names no obligation.
    """

    reversed: bool
    cents: int
    took: int | None = None


def may_step(
    kind: str,
    now: str,
    wanted: CaseState,
    *,
    document: str | None,
    matched: int | None,
    taken: Taken,
    on_day: date,
    last_on: date,
    today: date,
    statute: Statute,
) -> None:
    """The next step is one of the table's, with its document; a match names the obligation that took it."""
    steps = CASE_STEPS[kind].get(now, ())
    if wanted not in steps:
        listed = " or ".join(steps)
        raise Refused(
            f"A case that is {now} does not become {wanted}.",
            citation=statute.citation("violation-report"),
            way_out=f"It may become {listed}." if listed else "",
        )
    mistakes = wrong_step(wanted, document=document, matched=matched)
    if not last_on <= on_day <= today:
        expected = f"Expected a day from {show_day(last_on)}, the last step, to {show_day(today)}, today."
        mistakes.append(Mistake("on_day", expected, on_day.isoformat()))
    if wanted == "matched" and matched is not None and taken.took is None:
        mistakes.append(Mistake("matched_entry_id", "There is no obligation with this number.", str(matched)))
    if mistakes:
        raise Invalid("The step needs correcting.", mistakes=tuple(mistakes))
    if wanted == "matched" and (not taken.reversed or (taken.took or 0) < taken.cents):
        raise Refused(
            "The disbursement does not stand with that obligation yet.",
            citation=statute.citation("matched-disbursement"),
            way_out="Reverse the unmatched entry, and post the expenditure anew so that it names the obligation.",
        )


def wrong_step(wanted: CaseState, *, document: str | None, matched: int | None) -> list[Mistake]:
    """What a step lacks of what its state asks for, or states too much."""
    mistakes = []
    if wanted in _DOCUMENTED and document is None:
        mistakes.append(Mistake("document", _DOCUMENTED[wanted]))
    if wanted != "matched" and matched is not None:
        expected = "Expected nothing here: only a match names an obligation."
        mistakes.append(Mistake("matched_entry_id", expected, str(matched)))
    if wanted == "matched" and matched is None:
        mistakes.append(Mistake("matched_entry_id", "Expected the number of the obligation that took it."))
    return mistakes


def case_due(kind: str, opened_on: date, statute: Statute) -> date:
    """The day until which the first review of a case of this kind is done, where no other day was set."""
    return days_after(opened_on, number(statute, _CLOCKS[kind], "days"))
