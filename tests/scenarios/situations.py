"""What a situation of tests/scenarios/*.toml may say; its words are explained at the top of termination.toml."""

import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from pipir.kernel.calendar import washington_day
from tests.rehearsals import noon

FOLDER = Path(__file__).resolve().parent


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="fact", kw_only=True):
    """Something that was recorded at noon of the day `on`."""

    on: date


class Amendment(Fact, frozen=True, tag="amendment", kw_only=True):
    """An enacted amendment, entered by one administrator and confirmed by another unless `confirmed` is false."""

    provision: str = "1253.g"
    value: str = "on"
    new_day: date | None = None
    changes_from: date | None = None
    enacted_on: date | None = None
    confirmed: bool = True


class Reading(Fact, frozen=True, tag="reading", kw_only=True):
    """The reading that counsel has adopted, confirmed by a second administrator unless `confirmed` is false."""

    reading: str
    confirmed: bool = True


class Determination(Fact, frozen=True, tag="determination", kw_only=True):
    """A continuation determination made that day, reviewed by a second person unless `reviewed` is false."""

    authority: str
    of: Literal["this record", "another record"] = "this record"
    effective_from: date | None = None
    reviewed: bool = True
    authority_until: date | None = None
    until: date | None = None


class Designation(Fact, frozen=True, tag="designation", kw_only=True):
    """A designation made that day; `until` and `by_change` where it has ended, recorded on its last day.

    `changed_on` is the day of a change that came before the last day, on which it is then recorded.
    """

    since: date | None = None
    until: date | None = None
    by_change: bool = False
    changed_on: date | None = None


class Delegation(Fact, frozen=True, tag="delegation", kw_only=True):
    """A delegation by an instrument of that day."""

    function: str = "sign the annual report"
    until: date | None = None


class Standing(Fact, frozen=True, tag="standing", kw_only=True):
    """A country's standing under section 1253(d)."""

    value: str
    country: str = "JPN"


class Funding(Fact, frozen=True, tag="funding", kw_only=True):
    """A funding document received that day, with its authority."""

    symbol: str
    amount: str | None = "1000.00"
    level: str = "allotment"
    source: str = "regular act"
    through_on: date | None = None
    cr_amount: str | None = None
    order_law: str | None = None
    order_accepted_on: date | None = None
    partner: str | None = None
    excepted_basis: str | None = None


class Entry(Fact, frozen=True, tag="entry", kw_only=True):
    """An entry of the ledger dated that day; what names an obligation names the one given before it."""

    kind: str = "obligation"
    amount: str = "100.00"
    authority: str = "1253.e.1"


AnyFact = Amendment | Reading | Determination | Designation | Delegation | Standing | Funding | Entry


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An act or a question; see termination.toml."""

    act: str | None = None
    entry: str | None = None
    ask: Literal["in force", "due", "duties", "report"] | None = None
    command: str | None = None
    on: date | None = None
    recorded: date | None = None
    at: datetime | None = None
    authority: str | None = None
    other_authority: str | None = None
    under_determination: bool = False
    late_because: str | None = None
    late_document: str | None = None
    amount: str = "100.00"
    document_on: date | None = None
    basis: str | None = None
    flag: str | None = None
    provision: str | None = None
    duty: str | None = None
    kind: str | None = None
    year: int | None = None
    body: dict[str, Any] = {}


class Then(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What must follow; see termination.toml."""

    allowed: bool | None = None
    refused: str | None = None
    correct: str | None = None
    says: str | None = None
    label: str | None = None
    in_force: bool | None = None
    none: bool | None = None
    day: date | None = None
    advised: date | None = None
    days: tuple[date, ...] | None = None
    to: tuple[str, ...] | None = None
    covers_from: date | None = None
    covers_to: date | None = None
    money_as_of: date | None = None
    upcoming_fiscal_year: int | None = None


class Situation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One situation: dated facts, an act or a question, and what must follow."""

    title: str
    citation: str
    when: When
    then: Then
    given: tuple[AnyFact, ...] = ()

    @property
    def facts(self) -> tuple[AnyFact, ...]:
        return tuple(sorted(self.given, key=lambda fact: fact.on))

    def found(self, kind: type[Any]) -> Any:
        """The last given fact of a kind, or None."""
        return next((fact for fact in reversed(self.facts) if isinstance(fact, kind)), None)

    @property
    def now(self) -> datetime:
        """The instant of the act or question."""
        day = self.when.recorded or self.when.on
        if self.when.at is None and day is None:
            raise ValueError(f"{self.title}: when has neither `on`, `recorded` nor `at`")
        return self.when.at or noon(day or date.min)

    @property
    def today(self) -> date:
        return washington_day(self.now)

    @property
    def day(self) -> date:
        """The day of the act itself."""
        return self.when.on or self.today

    @property
    def papers(self) -> dict[str, str]:
        known = {"late_because": self.when.late_because, "late_document": self.when.late_document}
        return {name: value for name, value in known.items() if value is not None}


class Outcome(msgspec.Struct, kw_only=True):
    """What followed, as a judge of rules or of doors has it."""

    allowed: bool | None = None
    citation: str = ""
    corrected: tuple[str, ...] = ()
    says: str = ""
    label: str | None = None
    in_force: bool | None = None
    none: bool = False
    day: date | None = None
    advised: date | None = None
    days: tuple[date, ...] = ()
    to: tuple[str, ...] = ()
    covers_from: date | None = None
    covers_to: date | None = None
    money_as_of: date | None = None
    upcoming_fiscal_year: int | None = None


def situations() -> Iterator[tuple[str, Situation]]:
    """Every situation, file by file, each with its name: file and title."""
    for path in sorted(FOLDER.glob("*.toml")):
        rows = tomllib.loads(path.read_text())["situation"]
        for row in rows:
            try:
                yield f"{path.stem}: {row['title']}", msgspec.convert(row, Situation)
            except msgspec.ValidationError as wrong:
                raise ValueError(f"{path.name}, {row.get('title')}: {wrong}") from wrong


def differences(then: Then, outcome: Outcome) -> dict[str, tuple[Any, Any]]:
    """What the situation expects and the outcome does not hold: name to expected and found."""
    found: dict[str, tuple[Any, Any]] = {}

    def expect(name: str, wanted: Any, have: Any, *, holds: bool) -> None:
        if wanted is not None and not holds:
            found[name] = (wanted, have)

    expect("allowed", then.allowed, (outcome.allowed, outcome.says), holds=outcome.allowed is then.allowed)
    refused = outcome.allowed is False
    citation = (refused, outcome.citation, outcome.says)
    expect("refused", then.refused, citation, holds=refused and (then.refused or "") in outcome.citation)
    corrected = (refused, outcome.corrected, outcome.says)
    expect("correct", then.correct, corrected, holds=refused and then.correct in outcome.corrected)
    said, wanted_words = outcome.says.lower(), (then.says or "").lower()
    # Blank: nothing has to be said with it.
    expect("says", then.says, outcome.says, holds=wanted_words in said if wanted_words else not said)
    for name in ("label", "in_force", "none", "day", "advised", "days", "to"):
        wanted, have = getattr(then, name), getattr(outcome, name)
        expect(name, wanted, have, holds=wanted == have)
    for name in ("covers_from", "covers_to", "money_as_of", "upcoming_fiscal_year"):
        wanted, have = getattr(then, name), getattr(outcome, name)
        expect(name, wanted, have, holds=wanted == have)
    return found
