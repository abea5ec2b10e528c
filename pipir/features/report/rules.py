"""What is allowed in reports, and what a draft still lacks; pure functions of facts, statute and day."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Final, Literal, get_args

import msgspec

from pipir.features.execution.rules import is_pre_decisional
from pipir.kernel.calendar import fiscal_year_bounds, show_day
from pipir.kernel.errors import Conflict, Invalid, Mistake, Refused
from pipir.kernel.money import Dollars, dollars
from pipir.statute import lookup
from pipir.statute.model import ReportPeriod, Statute, short_citation

State = Literal["tasked", "draft", "frozen", "in coordination", "signed", "transmitted", "posted", "superseded"]
# While a report is in one of these, its texts may still change.
OPEN: Final[tuple[State, ...]] = ("tasked", "draft")
FROZEN: Final[tuple[State, ...]] = ("frozen", "in coordination")
SEALED: Final[tuple[State, ...]] = ("signed", "transmitted", "posted", "superseded")
STATES: Final[tuple[State, ...]] = get_args(State)
# A draft's files carry the mark DRAFT; the signed edition is the frozen snapshot with its signature.
STAGES: Final = ("draft", "signed")
# What a report states point by point, each with its outcome later.
Of = Literal["priority", "recommendation"]
POINTS: Final[tuple[Of, ...]] = get_args(Of)
PRIORITY, RECOMMENDATION = POINTS
RecommendationKind = Literal["legislative", "regulatory", "policy", "resourcing"]
RECOMMENDATION_KINDS: Final[tuple[RecommendationKind, ...]] = get_args(RecommendationKind)
Clearance = Literal["not asked for", "asked for", "cleared", "not cleared"]
CLEARANCES: Final[tuple[Clearance, ...]] = get_args(Clearance)
Outcome = Literal[
    "met", "partly met", "goes on", "not met", "adopted", "partly adopted", "under consideration", "not adopted"
]
# What may become of a priority, and of a recommendation.
OUTCOMES: Final[dict[str, tuple[Outcome, ...]]] = {
    PRIORITY: ("met", "partly met", "goes on", "not met"),
    RECOMMENDATION: ("adopted", "partly adopted", "under consideration", "not adopted"),
}
# What the ledger's totals at a freeze can be asked by.
Dimension = Literal["fiscal_year", "country", "account", "project", "authority"]
DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)
_MOST_NAMED: Final = 5
Signatory = Literal["Secretary of Defense", "official with a recorded delegation"]
SIGNATORIES: Final[tuple[Signatory, ...]] = get_args(Signatory)
SECRETARY, DELEGATE = SIGNATORIES


class FrontPart(msgspec.Struct, frozen=True):
    """A part of the report that stands before its elements: no law asks for it, the office may write one."""

    slug: str
    title: str
    statement: str

    @property
    def number(self) -> str:
        """What it is called in an address."""
        return self.slug.partition(".")[2]


SUMMARY, ABOUT = "front.summary", "front.about"
FRONT: Final = (
    FrontPart(SUMMARY, "Summary", "What a reader with one minute should know; printed before the key figures."),
    FrontPart(ABOUT, "About this report", "How it came about; printed where the report says what it speaks of."),
)


class Lack(msgspec.Struct, frozen=True):
    """One thing that a draft still lacks: an element without text or decision, a fact that no source states, a figure
    that a text names and the report does not have, letters of a record that no font of it has."""

    kind: Literal["element", "fact", "contradiction", "figure", "letters"]
    what: str
    why: str
    provision: str
    element: str = ""

    @property
    def short_provision(self) -> str:
        """The provision where the law is known from its surroundings."""
        return short_citation(self.provision)


class Completeness(msgspec.Struct, frozen=True):
    """How many of the elements are answered, and everything that is lacking."""

    answered: int
    of: int
    lacking: tuple[Lack, ...]

    def of_kind(self, kind: str) -> tuple[Lack, ...]:
        """What is lacking of one kind."""
        return tuple(each for each in self.lacking if each.kind == kind)


def office_hint(element: str, period: ReportPeriod, statute: Statute) -> str:
    """What an office may answer where the fiscal year ahead begins after the section's own authority; else blank.

    A convention of the office: the law asks for the element all the same.
    """
    first = fiscal_year_bounds(period.upcoming_fiscal_year)[0]
    if element != slug_of("iv") or lookup.in_force(statute, "1253.e", first):
        return ""
    return (
        f"Fiscal year {period.upcoming_fiscal_year} begins on {show_day(first)}, after the section's own authority has "
        "ended. An answer may be: “None under the Initiative; continuing work, each with its authority.” What goes on "
        "then stands with its determination and the authority that it cites."
    )


def slug_of(number: str) -> str:
    """The slug of an element from its number in an address: iii is 1253.f.1.B.iii."""
    return f"1253.f.1.B.{number}"


def check_year(statute: Statute, year: int) -> None:
    """Refuse a year in which no report is due."""
    lookup.report_period(statute, year)


def may_write(state: State | None, year: int, statute: Statute) -> None:
    """Texts change only while a report of the year is open: what is frozen or signed never changes."""
    if state is None:
        raise Refused(
            f"No report of {year} is open, so there is nothing to write in.",
            way_out="Open the report of the year first.",
        )
    if state in FROZEN:
        raise Refused(
            f"The report of {year} is {state}: its texts stand until it is returned to draft.",
            way_out="Return the report to draft, with a reason.",
        )
    if state in SEALED:
        raise Refused(
            f"The report of {year} is {state}; what was signed never changes.",
            citation=statute.citation("correction"),
            way_out="Open a new version that supersedes it.",
        )


def may_open(existing: Sequence[State], year: int) -> None:
    """A year has one report at a time; a correction is a version that supersedes a signed one."""
    if any(state in OPEN or state in FROZEN for state in existing):
        raise Conflict(f"A report of {year} is open already.")
    if existing:
        raise Refused(
            f"The report of {year} is signed; it is not opened a second time.",
            way_out="Open a new version that supersedes it.",
        )


def may_decide_nothing(section: str) -> None:
    """Nothing to report is said of what the law asks for; a part before the elements is simply left blank."""
    if any(each.slug == section for each in FRONT):
        raise Refused("The law does not ask for this part: it is left blank where the office has nothing to say there.")


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like this one."""
    return get_close_matches(name.lower(), sorted(known), 1, 0.0)[0]


def may_freeze(state: State, *, whole: bool, latest: bool, completeness: Completeness) -> None:
    """A draft is frozen as its latest build, once that build has its files and prints every figure and letter it names.

    One whose elements are not all answered may be frozen, so that offices can coordinate it; it keeps its mark DRAFT.
    """
    if state not in OPEN:
        raise Refused(f"A report that is {state} is not frozen again.")
    if not whole:
        raise Refused("This build has no files yet, so nobody could read what would be frozen.")
    if not latest:
        raise Refused("A later build of this report exists.", way_out="Freeze the latest build, or build anew.")
    unknown = completeness.of_kind("figure")
    if unknown:
        raise Refused(
            "Texts of this build name figures that the report does not have: "
            + "; ".join(f"{each.what} ({each.why})" for each in unknown),
            citation="; ".join(dict.fromkeys(each.provision for each in unknown)),
            way_out="Correct the texts, then build anew.",
        )
    letters = completeness.of_kind("letters")
    if letters:
        more = len(letters) - _MOST_NAMED
        raise Refused(
            "Records of this build hold characters that the report would print as their numbers: "
            + "; ".join(f"{each.what} ({each.why.rstrip('.')})" for each in letters[:_MOST_NAMED])
            + (f"; and {more:,} more." if more > 0 else "."),
            citation=letters[0].provision,
            way_out="Write each in letters that the report has, such as a name in Latin letters, then build anew; the "
            "report's page lists them all.",
        )


def check_money_over(read_on: date, as_of: date) -> None:
    """Refuse to freeze a build that read the record before the last day of its money."""
    if read_on < as_of:
        raise Refused(
            f"This report states the money as of {show_day(as_of)}, and its build read the record on "
            f"{show_day(read_on)}, before that day.",
            way_out=f"Build the draft on {show_day(as_of)} or later, and freeze that build; until then it is a draft.",
        )


def check_saved(build_id: int, since: Sequence[str]) -> None:
    """Refuse to freeze a build where somebody saved something after it was read: it would be lost without a word."""
    if since:
        shown = "; ".join(since[:_MOST_NAMED])
        more = len(since) - _MOST_NAMED
        raise Refused(
            f"Build {build_id} does not hold what was saved after it had read the record: {shown}"
            + (f"; and {more:,} more." if more > 0 else "."),
            way_out="Build the draft anew, and freeze that build.",
        )


def check_tied(differing: Sequence[tuple[str, str, Dollars, Dollars]]) -> None:
    """Refuse to freeze figures that the ledger does not have: each with where it stands and with both amounts."""
    if differing:
        shown = "; ".join(
            f"{measure} of {where}: {dollars(ours)} in the report, {dollars(theirs)} in the ledger"
            for where, measure, ours, theirs in differing[:_MOST_NAMED]
        )
        more = len(differing) - _MOST_NAMED
        raise Refused(
            f"The report is not frozen, for its figures do not come to what the ledger has: {shown}"
            + (f"; and {more:,} more." if more > 0 else "."),
            way_out="Verify the ledger (pipir ledger verify); a report is frozen when its books balance.",
        )


def check_books(apart: Sequence[tuple[str, Dollars]]) -> None:
    """Refuse to freeze figures whose rows come to something else: each with what its rows have beyond its sums.

    The amounts themselves are not told: they are of all rows, whoever may see them.
    """
    if apart:
        shown = "; ".join(f"{where} differ from their sums by {dollars(more)}" for where, more in apart[:_MOST_NAMED])
        more = len(apart) - _MOST_NAMED
        raise Refused(
            f"The report is not frozen, for the ledger that its figures were read from does not add up: {shown}"
            + (f"; and {more:,} more." if more > 0 else "."),
            way_out="Verify the ledger (pipir ledger verify); a report is frozen when its books balance.",
        )


def may_tell_plan(until: date | None, covered: int | None) -> bool:
    """Whether an amount planned up to a day may leave in a transmittal: all of it lies within the submitted budget.

    None: it is not known up to which day it is planned, or no budget that was submitted is on record.
    """
    return until is not None and not is_pre_decisional(until, covered)


def check_point(of: str, *, kind: str | None, clearance: str | None, project: bool, planned: Dollars | None) -> None:
    """A recommendation has a type and its clearance, a priority a project and a plan; neither has the other's."""
    mistakes = []
    if of == PRIORITY:
        if kind is not None:
            mistakes.append(Mistake("kind", "Expected no type: a priority has none.", kind))
        if clearance is not None:
            mistakes.append(Mistake("clearance", "Expected no clearance: a priority needs none.", clearance))
        if planned is not None and planned.amount < 0:
            mistakes.append(Mistake("planned", "Expected an amount of zero or more.", str(planned)))
    else:
        if kind is None:
            mistakes.append(Mistake("kind", "Expected one of: " + ", ".join(RECOMMENDATION_KINDS) + "."))
        if kind == "legislative" and clearance is None:
            mistakes.append(Mistake("clearance", "Expected how far it is cleared: " + ", ".join(CLEARANCES) + "."))
        if project:
            mistakes.append(Mistake("project_id", "Expected no project: a recommendation is about none."))
        if planned is not None:
            mistakes.append(Mistake("planned", "Expected no plan: a recommendation has none.", str(planned)))
    if mistakes:
        raise Invalid(f"The {of} needs correcting.", mistakes=tuple(mistakes))


def may_state_outcome(of: str, state: State | None, year: int, outcome: str) -> None:
    """What became of a point is stated once the report that holds it is signed."""
    if state not in SEALED:
        raise Refused(
            f"The report of {year} is not signed, so nothing can have become of what it states.",
            way_out="State the outcome when the report is signed.",
        )
    if outcome not in OUTCOMES[of]:
        raise Invalid(
            "The outcome needs correcting.",
            mistakes=(Mistake("outcome", f"Expected of a {of} one of: {', '.join(OUTCOMES[of])}.", outcome),),
        )


def may_move(state: State, to: State) -> None:
    """Coordination begins from a frozen report, and a frozen report may return to draft."""
    allowed = {"in coordination": ("frozen",), "draft": FROZEN}
    if state not in allowed.get(to, ()):
        raise Refused(f"A report that is {state} does not become {to}.")


class Delegated(msgspec.Struct, frozen=True):
    """A delegation of the register: its instrument, to which office, and all of it in words."""

    instrument: str
    to_office: str
    words: str


def delegation_of(signatory: Signatory, named: str | None, held: Sequence[Delegated], statute: Statute) -> str | None:
    """The delegation that a signature rests on, in the register's words where it holds any in force on the day.

    One that is named says its instrument, and its office where several hold the same; one alone need not be named.
    """
    if signatory == SECRETARY or not held:
        return named
    found = list(held)
    if named is not None:
        found = [each for each in held if _says(named, each.instrument)]
        # An instrument's name may begin as another's does.
        longest = max((len(each.instrument) for each in found), default=0)
        found = [each for each in found if len(each.instrument) == longest]
        if len(found) > 1:
            found = [each for each in found if _says(named, each.to_office)] or found
    if len(found) == 1:
        return found[0].words
    shown = "; ".join(f"{each.instrument}, to {each.to_office}" for each in found or held)
    raise Invalid(
        "Several delegations to sign the report are in force on that day."
        if found
        else "The delegation is not one of the register in force on that day.",
        citation=statute.citation("signatory"),
        mistakes=(
            Mistake("delegation", f"Expected the one that the signature rests on: {shown}.", (named or "")[:60]),
        ),
        way_out="Name one of these, or record the delegation in the register first.",
    )


def _says(text: str, name: str) -> bool:
    """Whether a text holds a name as whole words."""
    words, wanted = (" ".join(each.casefold().split()) for each in (text, name))
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", words) is not None


def may_sign(
    state: State,
    *,
    build_matches: bool,
    completeness: Completeness,
    signatory: Signatory,
    delegation: str | None,
    signed_on: date,
    frozen_on: date,
    today: date,
    statute: Statute,
) -> None:
    """Only a frozen build that answers every element is signed, by the Secretary or on a recorded delegation.

    `completeness` is that of the frozen build, and not of the record as it stands now.
    """
    citation = statute.citation("signatory")
    if state in SEALED:
        raise Refused(
            f"The report is {state} already; nothing signed ever changes.", citation=statute.citation("correction")
        )
    if state not in FROZEN:
        raise Refused("Only a frozen report is signed.", way_out="Freeze a build of the report first.")
    if not build_matches:
        raise Refused("The build named is not the one that was frozen.", way_out="Sign the frozen build.")
    unanswered = completeness.of_kind("element")
    if unanswered:
        raise Refused(
            "The frozen build answers not every element that the law requires; it has neither a text nor a decision "
            "that there is nothing to report for: " + "; ".join(each.what for each in unanswered) + ".",
            citation=statute.citation("1253.f.1.B"),
            way_out="Return the report to draft, write each or decide that there is nothing to report, build anew, "
            "and freeze that build.",
        )
    contradictions = completeness.of_kind("contradiction")
    if contradictions:
        raise Refused(
            "The frozen build contradicts itself: "
            + "; ".join(f"{each.what}: {each.why.rstrip('.')}" for each in contradictions)
            + ".",
            citation="; ".join(dict.fromkeys(each.provision for each in contradictions)),
            way_out="Return the report to draft, write what there is to report or correct the record, build anew, and "
            "freeze that build.",
        )
    if signatory == DELEGATE and not delegation:
        raise Refused(
            "An official who is not the Secretary signs only on a delegation, and none is given.",
            citation=citation,
            way_out="Record the delegation: its instrument, its date and its scope.",
        )
    if signatory == SECRETARY and delegation:
        raise Refused("The Secretary signs without a delegation.", citation=citation)
    if not frozen_on <= signed_on <= today:
        raise Invalid(
            "The day of the signature needs correcting.",
            mistakes=(
                Mistake(
                    "signed_on",
                    f"Expected a day from {show_day(frozen_on)} (frozen) to {show_day(today)} (today).",
                    signed_on.isoformat(),
                ),
            ),
        )


def may_supersede(state: State, *, later: bool) -> None:
    """A signed report is corrected by one new version at a time."""
    if state not in ("signed", "transmitted", "posted"):
        raise Refused(
            f"A report that is {state} is not superseded; only a signed one is.",
            way_out="Change the draft itself." if state not in SEALED else "",
        )
    if later:
        raise Conflict("A later version of this report exists already.")
