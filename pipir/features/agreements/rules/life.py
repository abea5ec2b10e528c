"""The life of an agreement: its closed lists, the one table of allowed steps, and what a day does to it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal, get_args

import msgspec

from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.money import Dollars
from pipir.statute.lookup import authorities, in_force
from pipir.statute.model import Provision, Statute

Kind = Literal[
    "memorandum of understanding",
    "reciprocal defense procurement",
    "security of supply",
    "project agreement",
    "test facilities",
    "information exchange",
    "other",
]
State = Literal[
    "drafting",
    "negotiating authority",
    "negotiating",
    "text agreed",
    "coordination",
    "certified",
    "signed",
    "in force",
    "amended",
    "suspended",
    "ended",
    "expired",
]
# What a person records as a step; signature and amendment have verbs of their own.
Step = Literal[
    "negotiating authority",
    "negotiating",
    "text agreed",
    "coordination",
    "certified",
    "in force",
    "amended",
    "suspended",
    "ended",
    "expired",
]
Character = Literal["international agreement", "non-binding", "contract"]
CountryClass = Literal["NATO member", "NATO organization", "major non-NATO ally", "other friendly foreign country"]
NoticeKind = Literal["certification", "report", "transmittal"]
PaperKind = Literal[
    "conventional defense capability",
    "unequal shares",
    "direct costs",
    "prior consultation",
    "legal memorandum",
    "translation",
]
ShareKind = Literal["cost", "in kind", "work", "results"]
Stage = Literal["agreed", "actual"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
STATES: Final[tuple[State, ...]] = get_args(State)
CHARACTERS: Final[tuple[Character, ...]] = get_args(Character)
CLASSES: Final[tuple[CountryClass, ...]] = get_args(CountryClass)
NOTICES: Final[tuple[NoticeKind, ...]] = get_args(NoticeKind)
PAPERS: Final[tuple[PaperKind, ...]] = get_args(PaperKind)
SHARE_KINDS: Final[tuple[ShareKind, ...]] = get_args(ShareKind)
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)

# Which state may follow which; commands, pages and tests read this one table.
STEPS: Final[Mapping[State, tuple[State, ...]]] = {
    "drafting": ("negotiating authority", "ended"),
    "negotiating authority": ("negotiating", "ended"),
    "negotiating": ("text agreed", "ended"),
    "text agreed": ("negotiating", "coordination", "ended"),
    "coordination": ("negotiating", "certified", "signed", "ended"),
    "certified": ("negotiating", "signed", "ended"),
    "signed": ("in force", "ended"),
    "in force": ("amended", "suspended", "ended", "expired"),
    "amended": ("amended", "suspended", "ended", "expired"),
    "suspended": ("in force", "amended", "ended", "expired"),
    "ended": (),
    "expired": (),
}
# The line that a page draws, without the ways off it.
COURSE: Final[tuple[State, ...]] = (
    "drafting",
    "negotiating authority",
    "negotiating",
    "text agreed",
    "coordination",
    "certified",
    "signed",
    "in force",
)
UNSIGNED: Final[tuple[State, ...]] = STATES[: STATES.index("signed")]
FIXED_TEXT: Final[tuple[State, ...]] = ("text agreed", "coordination", "certified")
EFFECTIVE: Final[tuple[State, ...]] = ("in force", "amended")
OVER: Final[tuple[State, ...]] = ("ended", "expired")
_EXPIRES: Final[tuple[State, ...]] = (*EFFECTIVE, "suspended")

COOPERATIVE_RD: Final = "10-usc-2350a"
COOPERATIVE_PROJECT: Final = "22-usc-2767"
TEST_FACILITIES: Final = "10-usc-2350l"
TRANSPARENCY: Final = "1-usc-112b"
INTERNATIONAL: Final[Character] = "international agreement"
OTHER_FRIENDLY: Final[CountryClass] = "other friendly foreign country"
US: Final = "the United States"


class Party(msgspec.Struct, frozen=True):
    """A party besides the United States."""

    participant_id: int
    name: str
    country_class: str | None = None


class Notice(msgspec.Struct, frozen=True):
    """What one addressee was told of one text."""

    what: str
    text_no: int
    addressee: str
    sent_on: date
    received_on: date | None = None


class Paper(msgspec.Struct, frozen=True):
    """A paper that a law asks for, by its kind and day."""

    kind: str
    made_on: date


class Share(msgspec.Struct, frozen=True):
    """A share as the rules weigh it; no participant: the United States."""

    participant_id: int | None
    kind: str
    stage: str
    dollars: Dollars


class Facts(msgspec.Struct, frozen=True):
    """Everything that the rules know of an agreement; days are those of the events."""

    state: State
    authority: str | None = None
    also: str | None = None
    character: str | None = None
    text_no: int = 0
    text_agreed_on: date | None = None
    signed_on: date | None = None
    in_force_on: date | None = None
    expires_on: date | None = None
    parties: tuple[Party, ...] = ()
    notices: tuple[Notice, ...] = ()
    papers: tuple[Paper, ...] = ()
    items: tuple[str, ...] = ()
    shares: tuple[Share, ...] = ()

    def rests_on(self, slug: str) -> bool:
        """Whether a law is the first or the second that it rests on; each law's own gates and clocks hold."""
        return slug in (self.authority, self.also)

    @property
    def taken_over(self) -> bool:
        """Whether it was signed before this record followed its text."""
        return self.signed_on is not None and self.text_no == 0

    def told(self, what: str) -> dict[str, Notice]:
        """The notices of the present text, by addressee."""
        return {each.addressee: each for each in self.notices if each.what == what and each.text_no == self.text_no}

    def paper(self, kind: str, on: date | None = None) -> Paper | None:
        """The latest paper of a kind, of those that were made by a day."""
        found = [each for each in self.papers if each.kind == kind and (on is None or each.made_on <= on)]
        return max(found, key=lambda each: each.made_on, default=None)


class Lack(msgspec.Struct, frozen=True):
    """What stands between an agreement and an act: the sentence, the law, and the way out."""

    says: str
    citation: str
    way_out: str

    def refusal(self) -> Refused:
        """The same as a refusal."""
        return Refused(self.says, citation=self.citation, way_out=self.way_out)


def state_on(state: State, expires_on: date | None, on: date) -> State:
    """The state as it is on a day: from the day of its expiry on an agreement has expired, whoever records it."""
    return "expired" if state in _EXPIRES and expires_on is not None and on >= expires_on else state


def following(state: State, expires_on: date | None, on: date) -> tuple[State, ...]:
    """The states that may follow on a day; what has expired by its own terms is only recorded as such."""
    if state_on(state, expires_on, on) != state:
        return ("expired",)
    return tuple(each for each in STEPS[state] if each != "expired")


def may_step(state: State, wanted: State, *, expires_on: date | None, on: date, before: State | None = None) -> None:
    """A state is followed only by those of the table; what is resumed goes back to where it was suspended."""
    allowed = following(state, expires_on, on)
    if wanted not in STEPS[state]:
        raise Refused(
            f"An agreement that is {state} does not become {wanted}.",
            way_out="It may become " + (" or ".join(allowed) or "nothing any more: enter another agreement") + ".",
        )
    if wanted not in allowed and wanted == "expired":
        until = (
            f"it expires on {show_day(expires_on)}" if expires_on is not None else "no day of its expiry is recorded"
        )
        raise Refused(f"The agreement has not expired: {until}.", way_out="Record its end, or wait for that day.")
    if wanted not in allowed:
        raise Refused(
            f"The agreement expired on {show_day(expires_on)} by its own terms; no step dated {show_day(on)} follows.",
            way_out="Record that it expired, or the step with its own earlier day.",
        )
    if state == "suspended" and wanted in EFFECTIVE and wanted != before:
        raise Refused(
            f"The agreement was {before} when it was suspended, and is that again when it is resumed.",
            way_out=f"Resume it as {before}.",
        )


def check_day(on: date, last_on: date, today: date, field: str = "on") -> None:
    """A step comes on or after the step before it, and not on a day to come."""
    expected = ""
    if on > today:
        expected = f"Expected a day up to {show_day(today)}, today."
    elif on < last_on:
        expected = f"Expected {show_day(last_on)}, the day of the step before it, or later."
    if expected:
        raise Invalid("The day needs correcting.", mistakes=(Mistake(field, expected, on.isoformat()),))


def known_authorities(statute: Statute) -> tuple[Provision, ...]:
    """The law that an agreement may rest on: section 1253(e)(1), then the authorities of other law."""
    return tuple(
        row for row in authorities(statute) if row.slug == "1253.e.1" or statute.instrument_of[row.slug] != "1253"
    )


def may_rest_on(authority: str | None, statute: Statute, on: date, field: str = "authority") -> None:
    """An agreement is drafted on an authority that is known and in force; None: not public."""
    if authority is None:
        return
    known = [row.slug for row in known_authorities(statute)]
    if authority not in known:
        expected = "Expected one of: " + ", ".join(known) + "."
        raise Invalid("The authority is not known.", mistakes=(Mistake(field, expected, authority[:60]),))
    if not in_force(statute, authority, on):
        raise Refused(
            f"{statute.citation(authority)} is not in force on {show_day(on)}, so nothing new rests on it.",
            citation=statute.citation(authority),
            way_out="Name an authority that is in force on the day.",
        )


def may_rest_also_on(authority: str | None, also: str | None, statute: Statute, on: date) -> None:
    """A second law stands beside a first one, and is other law than the section, which is named first."""
    if also is None:
        return
    expected = ""
    if authority is None:
        expected = "Name the first law that it rests on, or leave the second blank."
    elif also == authority:
        expected = "Expected another law than the first, or nothing."
    elif statute.instrument_of.get(also) == "1253":
        expected = "Expected other law; the section is named first."
    if expected:
        raise Invalid("The second law needs correcting.", mistakes=(Mistake("also_authority", expected, also[:60]),))
    may_rest_on(also, statute, on, "also_authority")


def may_change_text(state: State, code: str) -> None:
    """What an agreement says changes while it is negotiated; afterwards by an amendment."""
    if state in OVER:
        raise Refused(f"The agreement {code} is {state}; it stays as it is.")
    if state in FIXED_TEXT:
        raise Refused(
            f"The text of {code} is agreed; what it says changes only when it is negotiated again.",
            way_out="Record the step back to negotiating first; what was told of the former text counts no more then.",
        )
    if state not in UNSIGNED:
        raise Refused(
            f"The agreement {code} is {state}; what it says changes by an amendment.", way_out="Draft an amendment."
        )


def may_take_over(signed_on: date, in_force_on: date | None, expires_on: date | None, enacted: date, on: date) -> None:
    """Only an agreement that was signed before the section is entered as it stands; later ones are led through."""
    mistakes = []
    if signed_on >= enacted:
        expected = f"Expected a day before {show_day(enacted)}; a later agreement is entered and led through its steps."
        mistakes.append(Mistake("signed_on", expected, signed_on.isoformat()))
    if in_force_on is not None and not signed_on <= in_force_on <= on:
        expected = f"Expected a day from {show_day(signed_on)} to today."
        mistakes.append(Mistake("in_force_on", expected, in_force_on.isoformat()))
    if expires_on is not None and expires_on <= (in_force_on or signed_on):
        expected = f"Expected a day after {show_day(in_force_on or signed_on)}."
        mistakes.append(Mistake("expires_on", expected, expires_on.isoformat()))
    if mistakes:
        raise Invalid("The days need correcting.", mistakes=tuple(mistakes))


def not_after(on: date, today: date, field: str) -> None:
    """Refuse a day that has not come yet."""
    if on > today:
        expected = f"Expected a day up to {show_day(today)}, today."
        raise Invalid("The day has not come yet.", mistakes=(Mistake(field, expected, on.isoformat()),))


def needs_reason(first: bool, because: str | None) -> None:
    """What supersedes something says why; what is first has no such reason."""
    if not first and because is None:
        raise Invalid("A later determination says why.", mistakes=(Mistake("because", "Say what has changed."),))


def listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
