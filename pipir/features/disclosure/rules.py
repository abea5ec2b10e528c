"""What must stand before anything reaches a partner: the marking, the decision, the export basis, the agreement."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final, Literal, get_args

import msgspec

from pipir.kernel.calendar import show_day
from pipir.kernel.countries import Country, countries
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.marking import TRIGRAPHS, Marking
from pipir.statute.model import Statute

RecordKind = Literal["project", "group"]
ExportKind = Literal["license", "exemption", "not required"]
Outcome = Literal["granted", "denied"]
Need = Literal["marking", "decision", "export", "agreement"]

RECORD_KINDS: Final[tuple[RecordKind, ...]] = get_args(RecordKind)
EXPORT_KINDS: Final[tuple[ExportKind, ...]] = get_args(ExportKind)
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
HOME: Final = "USA"

DECISION: Final = "disclosure.decision"
EXPORT: Final = "disclosure.export"
AGREEMENT: Final = "disclosure.agreement"
MARKING: Final = "disclosure.marking"
_CATEGORY: Final = re.compile(r"(SP-)?[A-Z][A-Z0-9]{1,11}")
# Said wherever a marking or a preview could be taken for leave to release.
NOT_ENOUGH: Final = (
    "A marking alone authorizes nothing: a release also needs a disclosure decision, an export license, exemption or "
    "the reason why none is required, and an information-security agreement with the country, each in force on its day."
)


class Subject(msgspec.Struct, frozen=True):
    """What would be released: a record of this service, or, without a number, words."""

    record_kind: str | None = None
    record_id: int | None = None


class Paper(msgspec.Struct, frozen=True):
    """A decision, export basis or agreement as the rules see it; `made_on`: never retroactive before that day."""

    id: int
    title: str
    since: date
    until: date | None
    href: str
    subject: Subject = Subject()
    # None: it knows no categories, and limits none.
    categories: tuple[str, ...] | None = None
    made_on: date | None = None


class Answer(msgspec.Struct, frozen=True):
    """One of the things that must stand: whether it does on the day, in a sentence, and the way out where not."""

    need: Need
    stands: bool
    says: str
    way_out: str = ""
    paper_id: int | None = None
    href: str = ""
    since: date | None = None
    until: date | None = None


def known_partner(code: str) -> Country:
    """The partner's entry in the register of countries; Invalid where it is none, or no partner."""
    found = countries().get(code)
    if found is None or code == HOME:
        expected = "Expected the code of a partner country in the country register, such as AUS."
        raise Invalid("The country is no partner.", mistakes=(Mistake("country", expected, code),))
    return found


def covers(paper: Paper, subject: Subject | None, marking: Marking | None) -> bool:
    """Whether a paper is for this subject: for its record or general, and for each category of its marking."""
    about = paper.subject.record_id is None or paper.subject == subject
    categories = paper.categories is None or marking is None or set(marking.categories) <= set(paper.categories)
    return (about or subject is None) and categories


def answer(
    need: Need,
    papers: Sequence[Paper],
    country: Country,
    on: date,
    *,
    subject: Subject | None,
    marking: Marking | None,
    chosen: int | None = None,
) -> Answer:
    """Whether a paper of one kind stands on a day for a subject; of several the one that is chosen, or the latest."""
    noun, way_out = _WORDS[need]
    wanted = [each for each in papers if chosen is None or each.id == chosen]
    standing = [each for each in wanted if _in_force(each, on)]
    fitting = [each for each in standing if covers(each, subject, marking)]
    if fitting:
        best = max(fitting, key=lambda each: (each.subject == subject, each.since, each.id))
        until = f" until {show_day(best.until)}" if best.until is not None else ", with no end recorded"
        return Answer(
            need,
            True,
            f"{noun[:1].upper()}{noun[1:]} is in force since {show_day(best.since)}{until}: {best.title}.",
            paper_id=best.id,
            href=best.href,
            since=best.since,
            until=best.until,
        )
    if standing:
        says = f"No {noun.partition(' ')[2]} for {country.name} that is in force covers what would be released."
    elif wanted:
        latest = max(wanted, key=lambda each: (each.since, each.id))
        says = f"No {noun.partition(' ')[2]} for {country.name} is in force on {show_day(on)}: “{latest.title}” is not."
    else:
        says = f"No {noun.partition(' ')[2]} for {country.name} is recorded here."
    return Answer(need, False, says, way_out)


def of_marking(marking: Marking, country: Country) -> Answer:
    """Whether the marking is REL TO the country."""
    if country.code in marking.rel_to:
        return Answer("marking", True, f"The marking {marking.banner} is REL TO {country.code}.")
    if country.code not in TRIGRAPHS:
        return Answer(
            "marking",
            False,
            f"No marking of this service can be REL TO {country.code}.",
            "The list of countries in docs/releasability.md is extended first.",
        )
    return Answer(
        "marking",
        False,
        f"The marking {marking.banner} is not REL TO {country.code}.",
        "Whoever may mark the record marks it REL TO the country first; that alone authorizes nothing.",
    )


def may_release(answers: Sequence[Answer], country: Country, *, statute: Statute) -> None:
    """Refuse a release of which anything is missing, naming each at once with its way out."""
    missing = [each for each in answers if not each.stands]
    if missing:
        raise Refused(
            f"This may not be released to {country.name}: {len(missing)} of {len(answers)} things do not stand.",
            citation=statute.citation(DECISION),
            mistakes=tuple(Mistake(_FIELDS[each.need], f"{each.says} {each.way_out}") for each in missing),
            way_out=NOT_ENOUGH,
        )


def sentence(answers: Sequence[Answer], country: Country, on: date) -> str:
    """The answer to "may anything be released?", in one sentence."""
    missing = [_SHORT[each.need] for each in answers if not each.stands]
    if missing:
        listed = ", ".join(missing[:-1]) + " and " + missing[-1] if len(missing) > 1 else missing[0]
        return f"Nothing may be released to {country.name} on {show_day(on)}: missing {listed}."
    return (
        f"On {show_day(on)} a release to {country.name} is possible within what the records below cover; "
        "each release is judged on its own, with its marking."
    )


def may_enter(since: date, until: date | None) -> None:
    """What ends does so on or after its first day."""
    if until is not None and until < since:
        expected = f"Expected a day on or after {show_day(since)}, when it begins."
        raise Invalid("It ends before it begins.", mistakes=(Mistake("until", expected, until.isoformat()),))


def may_enter_export(kind: ExportKind, reference: str | None, reason: str | None) -> None:
    """A license has its number, an exemption its citation; where neither is required, the reason is said."""
    if kind == "not required" and reason is None:
        raise Invalid(
            "Why no license is required is not said.",
            mistakes=(Mistake("reason", "Expected the reason why neither a license nor an exemption is required."),),
        )
    if kind != "not required" and reference is None:
        expected = "Expected the license's number." if kind == "license" else "Expected the exemption's citation."
        raise Invalid(f"The {kind} is not named.", mistakes=(Mistake("reference", expected),))


def categories_in(text: str | None) -> tuple[str, ...]:
    """CUI categories separated by commas, each once; Invalid names those that are none."""
    named = [each.strip() for each in (text or "").split(",") if each.strip()]
    wrong = [each for each in named if not _CATEGORY.fullmatch(each)]
    if wrong:
        expected = "Expected abbreviations of CUI categories such as PROCURE or SP-EXPT, separated by commas."
        mistakes = tuple(Mistake("categories", expected, each[:60]) for each in wrong[:1])
        raise Invalid("A category is not written as in a marking.", mistakes=mistakes)
    return tuple(sorted(set(named)))


def may_name(is_record: bool, subject: str | None, marking: str | None) -> None:
    """Words are released with their marking; a record under its own, which nobody states anew."""
    mistakes = []
    if is_record and marking is not None:
        mistakes.append(Mistake("marking", "Expected no marking: the record is released under its own."))
    if not is_record and subject is None:
        mistakes.append(Mistake("subject", "Expected what was released, in words, or the record by kind and number."))
    if not is_record and marking is None:
        mistakes.append(Mistake("marking", "Expected the marking of what was released."))
    if mistakes:
        raise Invalid("What was released is not said whole.", mistakes=tuple(mistakes))


def may_decide(outcome: str | None, proposed_by: int, decider: int, on: date, today: date) -> None:
    """A disclosure is decided once, by another person than the one who entered it, up to today."""
    if outcome is not None:
        raise Refused(
            f"This disclosure was {outcome} already.",
            way_out="Another decision is an entry of its own; this one can be ended.",
        )
    if proposed_by == decider:
        raise Refused(
            "A disclosure is decided by another person than the one who entered it.",
            way_out="Ask a colleague who may decide disclosures.",
        )
    if on > today:
        raise Invalid(
            "The decision lies in the future.",
            mistakes=(Mistake("decided_on", f"Expected a day up to {show_day(today)}.", on.isoformat()),),
        )


def may_end(since: date, until: date | None, ended: str | None, wanted: date, today: date, *, backwards: bool) -> None:
    """What is ended ends once; a decision ends today or later, since what was done under it stays done."""
    if ended is not None:
        raise Refused("This was ended already.", way_out="What comes after it is an entry of its own.")
    first = since if backwards else max(since, today)
    if wanted < first or (until is not None and wanted > until):
        last = f" and up to {show_day(until)}" if until is not None else ""
        raise Invalid(
            "It cannot end on that day.",
            mistakes=(Mistake("until", f"Expected a day on or after {show_day(first)}{last}.", wanted.isoformat()),),
        )


def may_be_past(released_on: date, today: date) -> None:
    """A release is recorded when it has happened, or on its day."""
    if released_on > today:
        raise Invalid(
            "The release lies in the future.",
            mistakes=(Mistake("released_on", f"Expected a day up to {show_day(today)}.", released_on.isoformat()),),
        )


def _in_force(paper: Paper, on: date) -> bool:
    begun = paper.since if paper.made_on is None else max(paper.since, paper.made_on)
    return begun <= on and (paper.until is None or on <= paper.until)


_WORDS: Final[dict[Need, tuple[str, str]]] = {
    "decision": (
        "a disclosure decision",
        "Enter the disclosure with its subject and categories, and have it decided by a second person.",
    ),
    "export": (
        "an export license, exemption or reason why none is required",
        "Enter the license or the exemption, or why neither is required.",
    ),
    "agreement": (
        "an information-security agreement",
        "Enter the agreement with the country and the days on which it is in force.",
    ),
    "marking": ("a marking", ""),
}
_SHORT: Final[dict[Need, str]] = {
    "marking": "a marking REL TO it",
    "decision": "a disclosure decision",
    "export": "an export license or exemption",
    "agreement": "an information-security agreement",
}
_FIELDS: Final[dict[Need, str]] = {
    "marking": "marking",
    "decision": "decision_id",
    "export": "export_basis_id",
    "agreement": "agreement_id",
}
