"""What is allowed in the register of vulnerabilities; pure functions of facts and day."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec

from pipir.kernel.calendar import show_day
from pipir.kernel.countries import countries
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.statute import lookup
from pipir.statute.model import Statute

Kind = Literal[
    "single source", "foreign dependence", "capacity", "obsolescence", "workforce", "cyber", "logistics", "other"
]
Severity = Literal["low", "moderate", "high", "critical"]
Confidence = Literal["confirmed", "probable", "possible", "doubtful"]
Status = Literal["open", "being mitigated", "mitigated", "accepted", "closed"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
CONFIDENCES: Final[tuple[Confidence, ...]] = get_args(Confidence)
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
# What is not over: its review is owed.
LIVING: Final[tuple[Status, ...]] = ("open", "being mitigated", "mitigated", "accepted")
CONVENTION: Final = "Register of vulnerabilities (office convention)"

# Which status may follow which; what was closed in error, or comes back, is opened again.
STEPS: Final[Mapping[Status, tuple[Status, ...]]] = {
    "open": ("being mitigated", "accepted", "closed"),
    "being mitigated": ("open", "mitigated", "accepted", "closed"),
    "mitigated": ("open", "being mitigated", "closed"),
    "accepted": ("open", "being mitigated", "closed"),
    "closed": ("open",),
}


class Level(msgspec.Struct, frozen=True):
    """An entry of a closed list, and the sentence that says what it means."""

    slug: str
    says: str


class _Lists(msgspec.Struct, frozen=True):
    kind: tuple[Level, ...]
    severity: tuple[Level, ...]
    confidence: tuple[Level, ...]
    status: tuple[Level, ...]


LISTS: Final = msgspec.convert(tomllib.loads((Path(__file__).parent / "lists.toml").read_text()), _Lists)
SAYS: Final[Mapping[str, Mapping[str, str]]] = {
    name: {each.slug: each.says for each in getattr(LISTS, name)} for name in _Lists.__struct_fields__
}


def check_entry(
    objectives: Iterable[str], named: Iterable[str], review_on: date, statute: Statute, today: date
) -> tuple[str, ...]:
    """The codes of the countries; objectives of 1253(b), countries of the register, and a day of review to come."""
    mistakes = lookup.objective_mistakes(tuple(objectives), statute)
    codes = sorted(set(named))
    mistakes += [
        Mistake("countries", "Expected codes of the country register, such as AUS, JPN.", code[:60])
        for code in codes
        if code not in countries()
    ][:5]
    if not codes:
        mistakes.append(Mistake("countries", "Name at least one country whose industrial base has the weak point."))
    if review_on <= today:
        mistakes.append(Mistake("review_on", f"Expected a day after {show_day(today)}, today.", review_on.isoformat()))
    if mistakes:
        raise Invalid("The vulnerability needs correcting.", mistakes=tuple(mistakes))
    return tuple(codes)


def may_change(code: str, status: str) -> None:
    """What is closed stays as it is."""
    if status not in LIVING:
        raise Refused(f"The vulnerability {code} is closed.", way_out="Open it again with a reason first.")


def may_rate(now: str, wanted: Severity) -> None:
    """A severity is changed to another one; its rationale alone is corrected with the rest of the entry."""
    if now == wanted:
        raise Refused(f"The severity is {now} already.", way_out="Correct the rationale by changing the vulnerability.")


def may_step(
    now: Status,
    wanted: Status,
    *,
    reduced_by: bool,
    accepted_by: str | None,
    accepted_on: date | None,
    today: date,
) -> None:
    """A status is followed by those of STEPS; work that reduces it is on record, and an acceptance has its person."""
    if wanted == now:
        raise Refused(f"The vulnerability is {now} already.")
    if wanted not in STEPS[now]:
        listed = " or ".join(STEPS[now])
        raise Refused(f"A vulnerability that is {now} does not become {wanted}.", way_out=f"It may become {listed}.")
    if wanted in ("being mitigated", "mitigated") and not reduced_by:
        raise Refused(
            f"Nothing on record reduces it, so it is not {wanted}.",
            citation=CONVENTION,
            way_out="State the mitigation, or link a project that addresses it, first.",
        )
    mistakes = []
    if wanted == "accepted":
        if accepted_by is None:
            mistakes.append(Mistake("accepted_by", "Say who decided to accept it: the office and the position."))
        if accepted_on is None:
            mistakes.append(Mistake("accepted_on", "Say on which day it was decided."))
        elif accepted_on > today:
            mistakes.append(
                Mistake("accepted_on", f"Expected a day up to {show_day(today)}, today.", accepted_on.isoformat())
            )
    else:
        for name, value in (("accepted_by", accepted_by), ("accepted_on", accepted_on)):
            if value is not None:
                mistakes.append(Mistake(name, "Expected nothing here: only an acceptance has it.", str(value)[:60]))
    if mistakes:
        raise Invalid("The step needs correcting.", mistakes=tuple(mistakes))


def may_unlink(since: date, until: date | None, wanted: date, today: date) -> None:
    """A link to a project ends once, on a day from its first day up to today."""
    if until is not None:
        raise Refused(f"This link ended on {show_day(until)} already.")
    if not since <= wanted <= today:
        expected = f"Expected a day from {show_day(since)} to {show_day(today)}, today."
        raise Invalid("The link cannot end on that day.", mistakes=(Mistake("until", expected, wanted.isoformat()),))


def may_link_since(since: date, today: date) -> None:
    """A link begins on a day that has come."""
    if since > today:
        expected = f"Expected a day up to {show_day(today)}, today."
        raise Invalid("The day has not come yet.", mistakes=(Mistake("since", expected, since.isoformat()),))


def split(texts: Iterable[str]) -> tuple[str, ...]:
    """Codes that were sent one by one, or several in a text separated by commas, in capitals."""
    return tuple(code.upper() for text in texts for code in text.replace(",", " ").split())
