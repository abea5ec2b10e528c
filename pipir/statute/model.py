"""The law as values: instruments, their paragraphs with citation and standing, and the dates that follow from them."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Final, Literal

import msgspec

from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Mistake

Kind = Literal[
    "duty",
    "authority",
    "limit",
    "deadline",
    "notice",
    "content-of-report",
    "objective",
    "definition-of-participation",
    "structure",
]
Standing = Literal["statute", "regulation", "convention", "our-reading", "bill", "pattern"]
# What a row rests on: the text as stored, the press only, or a summary that counsel has still to confirm.
Sureness = Literal["text", "press", "unconfirmed"]
Role = Literal["consult", "coordinate", "concur", "be-notified"]
InstrumentStatus = Literal["law", "bill", "pattern"]
DeadlineKind = Literal["designation", "notice", "briefing", "report", "termination", "milestone"]
DeadlineRule = Literal["once", "yearly", "days-after"]
Edge = Literal["day-ends", "day-begins"]
EnactedIn = Literal["defense authorization act", "appropriations act", "other statute"]
# What starts a clock of an agreement, and what waits until it is over ("": a due day).
ClockStart = Literal["last-received", "signature"]
Holds = Literal["signature", "entry into force", ""]
Outcome = Literal["continues", "refused", "due", "recorded"]
# What a step of the wind-down has to bring to nothing; "uncounted" where no record says how much is left.
Counted = Literal["plans", "determinations", "money", "actions", "groups", "notices", "uncounted"]

Slug = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9]+([.-][A-Za-z0-9]+)*$", max_length=60)]
Sentence = Annotated[str, msgspec.Meta(min_length=3, max_length=600)]
Trigraph = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")]

_STANDING = {
    "statute": "statute",
    "regulation": "regulation",
    "convention": "convention",
    "our-reading": "our reading",
    "bill": "bill, not law",
    "pattern": "pattern, not law of the Partnership",
}
# The value that stands for a paragraph's own last day, where its file states it as `until`.
UNTIL: Final = "until"
_PUBLIC_LAW = re.compile(r", Pub\. L\. \d+-\d+(?=;|$)")
_SURENESS = {"text": "", "press": "press only", "unconfirmed": "to be confirmed by counsel"}


class StatuteError(Exception):
    """The law's files cannot be read as they stand; `mistakes` names every file and line with what is expected."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("The law's files need correcting:\n" + "\n".join(f"  {mistake}" for mistake in mistakes))
        self.mistakes = mistakes


class UnknownProvision(LookupError):
    """A slug names nothing in the law's files: a mistake in code, not of a person."""


class DatedValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One number or date of a provision, in force from a day (None: not known) until a day (None: no end known)."""

    name: Slug
    number: int | None = None
    on: date | None = None
    unit: str = ""
    since: date | None = msgspec.field(default=None, name="from")
    until: date | None = None
    # Of a value that an amendment has set: the day of its enactment. None: the file's own.
    enacted: date | None = None

    def __post_init__(self) -> None:
        if (self.number is None) == (self.on is None):
            raise ValueError("A value holds either a number or a date (on).")


class OfficeRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An office that the law gives a part, and which: consult, coordinate, concur or be-notified."""

    office: Sentence
    role: Role


class Requirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the conditions of an authority's own that is met before work under it begins, and how that is shown."""

    slug: Slug
    shown_by: Literal["concurrence", "notice", "vetting", "evidence"]
    statement: Sentence
    citation: Sentence


class Provision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One paragraph in our own sentence, with its citation, kind and standing, who owes it and to whom.

    `since` and `until` are its own window, where it has one; `ends_with` names the paragraph whose sunset ends it.
    """

    slug: Slug
    citation: Sentence
    kind: Kind
    standing: Standing
    title: Sentence
    statement: Sentence
    sureness: Sureness = "text"
    owed_by: str = ""
    to: str = ""
    since: date | None = msgspec.field(default=None, name="from")
    until: date | None = None
    ends_with: str = ""
    needs_other_authority: bool = False
    conditions: tuple[Sentence, ...] = ()
    requirement: tuple[Requirement, ...] = ()
    countries: tuple[Trigraph, ...] = ()
    office: tuple[OfficeRole, ...] = ()
    value: tuple[DatedValue, ...] = ()
    counsel: str = ""
    counsel_on: date | None = None
    note: str = ""

    def __post_init__(self) -> None:
        _check_counsel(self.standing, self.counsel, self.counsel_on)
        if self.until and self.ends_with:
            raise ValueError("A provision ends on a day (until) or with another (ends_with), not by both.")

    @property
    def short_citation(self) -> str:
        """The citation where the law is known from its surroundings: Sec. 1253(f)(1)(B)(iii)."""
        return short_citation(self.citation)

    @property
    def number(self) -> str:
        """The paragraph's own number as the law writes it: (iii) of 1253.f.1.B.iii; blank for a slug without one."""
        _, dot, last = self.slug.rpartition(".")
        return f"({last})" if dot else ""

    @property
    def standing_label(self) -> str:
        """The standing in words, as every page and report shows it."""
        return standing_label(self.standing, self.counsel, self.counsel_on, self.sureness)


class Instrument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A law, bill, agreement or collection that provisions stand in; `text_release` None: not known here."""

    slug: Slug
    title: Sentence
    citation: Sentence
    full_citation: Sentence
    status: InstrumentStatus
    release_note: Sentence
    enacted: date | None = None
    in_force_on: date | None = None
    text_release: date | None = None
    not_known: tuple[str, ...] = ()
    countries: tuple[Trigraph, ...] = ()


class Recipient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A committee that receives reports, briefings or notices."""

    slug: Slug
    name: Sentence
    chamber: Literal["Senate", "House of Representatives"]


class RecipientGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named set of recipients, with the law that sets it."""

    slug: Slug
    name: Sentence
    citation: Sentence
    members: tuple[str, ...]


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reading of the instant at which a provision ends; an installation adopts one, by counsel, on a date.

    The day itself is the provision's; `edge` says whether the authority ends as that day begins or once it is over.
    """

    slug: Slug
    provision: str
    adopted: bool
    statement: Sentence
    edge: Edge
    counsel: str = ""
    counsel_on: date | None = None

    def __post_init__(self) -> None:
        _check_counsel("our-reading", self.counsel, self.counsel_on)

    @property
    def standing_label(self) -> str:
        return standing_label("our-reading", self.counsel, self.counsel_on)


class DeadlineSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How deadlines follow from a provision's values: `on`; `first` and `last`; or `days` after an event."""

    slug: Slug
    provision: str
    kind: DeadlineKind
    rule: DeadlineRule
    what: Sentence
    event: str = ""

    def __post_init__(self) -> None:
        if (self.rule == "days-after") != bool(self.event):
            raise ValueError("A deadline counted in days names its event, and no other does.")


class PeriodRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a report's coverage, its money day and its upcoming fiscal year follow from its year.

    `last_to` is the day to which the last report covers: the end of the authority lies after its fiscal year.
    """

    provision: str
    standing: Standing
    statement: Sentence
    first_from: date
    last_to: date
    end_month: int
    end_day: int
    years_before: int
    upcoming_years_ahead: int
    counsel: str = ""
    counsel_on: date | None = None

    def __post_init__(self) -> None:
        _check_counsel(self.standing, self.counsel, self.counsel_on)
        # Tried in a year without 29 February: a day that only some years have is no yearly day.
        date(2027, self.end_month, self.end_day)

    @property
    def standing_label(self) -> str:
        return standing_label(self.standing, self.counsel, self.counsel_on)


class Consequence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the termination does to one kind of item; always our reading."""

    slug: Slug
    item: Sentence
    outcome: Outcome
    effect: Sentence
    provision: str


class CoveredAct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of act that the termination reaches, with the paragraph that it rests on where no other is named.

    `record` is the kind of record that a continuation determination concerns; `table` is blank where this service
    keeps no record of such an act yet; `delegated_as` is the function under which the act can be delegated.
    """

    slug: Slug
    title: Sentence
    provision: str
    record: Sentence
    table: str = ""
    delegated_as: str = ""


class Rank(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rank of civilian office in the Department, 1 the highest, and whether it meets what the law asks for."""

    slug: Slug
    title: Sentence
    place: int
    may_be_designated: bool
    citation: Sentence
    standing: Standing
    note: str = ""


class WindDownStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step of the office before the termination, counted back from its last day; a convention, never law."""

    slug: Slug
    provision: str
    days_before: int
    what: Sentence
    statement: Sentence
    counts: Counted

    def __post_init__(self) -> None:
        if self.days_before < 0:
            raise ValueError("A step of the wind-down lies before the last day.")


class CertificationItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that a certification under a provision states, in our own words."""

    slug: Slug
    provision: str
    title: Sentence
    statement: Sentence


class Addressee(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is told under a provision, by which words of it; counsel confirms the current list, as its provision says."""

    slug: Slug
    provision: str
    name: Sentence
    citation: Sentence


class ClockRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A clock that the life of an agreement starts; its number of days is a value of the provision.

    `holds` is what may not happen before its last day is over; blank: by then something is due. How its days are
    counted is always our reading.
    """

    slug: Slug
    provision: str
    title: Sentence
    value: Slug
    starts: ClockStart
    counting: Sentence
    holds: Holds = ""


class Difference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where another text differs from the provision that governs; both citations are shown."""

    governing: str
    other: str
    statement: Sentence


class Amendment(msgspec.Struct, frozen=True):
    """What an act of Congress changed: a value of a paragraph, from a day on, also one before the enactment.

    `new_day` None says that the value has no end any more.
    """

    provision: str
    value: str
    new_day: date | None
    changes_from: date
    enacted_on: date
    enacted_in: EnactedIn
    citation: str


class Trace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What keeps a paragraph: the rule by its dotted name, the page, the report's section, and how evidence is found.

    A row without a rule says why nothing is kept of the paragraph. The first question of `evidence` says the state.
    """

    provision: Slug
    says: Sentence
    rule: Annotated[str, msgspec.Meta(pattern=r"^(pipir(\.[a-z_][a-z0-9_]*){2,})?$")] = ""
    page: Annotated[str, msgspec.Meta(pattern=r"^(/[a-z-]+)*$")] = ""
    section: Slug | Literal[""] = ""
    evidence: tuple[Slug, ...] = ()

    def __post_init__(self) -> None:
        if len({bool(self.rule), bool(self.page), bool(self.section), bool(self.evidence)}) != 1:
            raise ValueError("A row names a rule, a page, a section and evidence, or none of them.")

    @property
    def structure_only(self) -> bool:
        """Whether nothing is kept of the paragraph."""
        return not self.rule


class Deadline(msgspec.Struct, frozen=True):
    """One dated duty: the statutory day, the first instant after it in Washington, and the advised working day."""

    slug: str
    kind: DeadlineKind
    what: str
    provision: str
    citation: str
    standing_label: str
    owed_by: str
    recipients: tuple[Recipient, ...]
    statutory_day: date
    instant: datetime
    advised_day: date

    @property
    def year(self) -> int:
        return self.statutory_day.year

    @property
    def short_citation(self) -> str:
        """The citation where the law is known from its surroundings: Sec. 1253(f)(2)."""
        return short_citation(self.citation)


class ReportPeriod(msgspec.Struct, frozen=True):
    """What the report of one year speaks of.

    Money is as effective on `money_as_of`, the end of the fiscal year that is covered. Only the last report covers more
    than that year: what came `after_money` stands in it by itself.
    """

    year: int
    due: date
    covers_from: date
    covers_to: date
    money_as_of: date
    upcoming_fiscal_year: int
    standing_label: str
    citation: str

    @property
    def short_citation(self) -> str:
        """The citation where the law is known from its surroundings: Sec. 1253(f)(1)(A)."""
        return short_citation(self.citation)

    @property
    def after_money(self) -> tuple[date, date] | None:
        """The first and the last day that is covered after the day of the money; None in all but the last report."""
        if self.covers_to <= self.money_as_of:
            return None
        return date.fromordinal(self.money_as_of.toordinal() + 1), self.covers_to


class Statute(msgspec.Struct, frozen=True):
    """All of the law that the service knows, with a digest of the files it was read from."""

    instruments: Mapping[str, Instrument]
    provisions: Mapping[str, Provision]
    # Each provision's instrument, by slug: a slug such as "antideficiency" does not say it.
    instrument_of: Mapping[str, str]
    recipients: Mapping[str, Recipient]
    groups: Mapping[str, RecipientGroup]
    readings: tuple[Reading, ...]
    deadline_sources: tuple[DeadlineSource, ...]
    period_rules: tuple[PeriodRule, ...]
    consequences: tuple[Consequence, ...]
    differences: tuple[Difference, ...]
    covered_acts: Mapping[str, CoveredAct]
    ranks: Mapping[str, Rank]
    certification_items: tuple[CertificationItem, ...]
    addressees: tuple[Addressee, ...]
    clocks: tuple[ClockRule, ...]
    wind_down: tuple[WindDownStep, ...]
    # By provision, in the order of the files.
    traces: Mapping[str, Trace]
    digest: str
    # Enacted amendments laid over the files, in the order in which they take effect.
    amendments: tuple[Amendment, ...] = ()

    def provision(self, slug: str) -> Provision:
        """The provision of that slug; UnknownProvision where there is none."""
        try:
            return self.provisions[slug]
        except KeyError:
            raise UnknownProvision(f"No provision has the slug {slug!r}.") from None

    def citation(self, slug: str) -> str:
        """The provision's citation as it is printed: Sec. 1253(f)(1)(B)(iii), Pub. L. 119-60."""
        return self.provision(slug).citation

    def short_citation(self, slug: str) -> str:
        """The provision's citation where the law is known from its surroundings: Sec. 1253(f)(1)(B)(iii)."""
        return self.provision(slug).short_citation

    def instrument(self, slug: str) -> Instrument:
        """The instrument that the provision stands in."""
        self.provision(slug)
        return self.instruments[self.instrument_of[slug]]


def short_citation(citation: str) -> str:
    """A citation without the number of the public law in which its paragraph stands."""
    return _PUBLIC_LAW.sub("", citation)


def standing_label(standing: Standing, counsel: str, counsel_on: date | None, sureness: Sureness = "text") -> str:
    """The words for a standing: statute; our reading (counsel not yet named); pattern ...; press only."""
    label = _STANDING[standing]
    if standing == "our-reading":
        label += f" ({counsel}, {show_day(counsel_on)})" if counsel else " (counsel not yet named)"
    return "; ".join(part for part in (label, _SURENESS[sureness]) if part)


def _check_counsel(standing: Standing, counsel: str, counsel_on: date | None) -> None:
    if bool(counsel) != (counsel_on is not None):
        raise ValueError("A reading names counsel and the date together (counsel, counsel_on).")
    if counsel and standing != "our-reading":
        raise ValueError("Only our own reading names counsel.")
