"""What a report is made from: everything it prints, frozen, with one canonical form."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from pipir.document.model import Document
from pipir.features.ledger.rules import Line
from pipir.kernel.marking import combined
from pipir.kernel.money import Dollars, decode_hook, encode_hook
from pipir.statute.amendments import adopting, amended
from pipir.statute.model import Amendment, Statute

Stage = Literal["draft", "signed"]


class Participant(msgspec.Struct, frozen=True):
    """A country with its two standings; None is what no source states."""

    id: int
    code: str
    name: str
    region: str
    standing: str | None
    standing_since: date | None
    standing_source: str | None
    forum_standing: str | None
    forum_since: date | None
    forum_source: str | None
    exercise: bool = False
    label: str = ""


class Group(msgspec.Struct, frozen=True):
    """A workstream of the forum or a working group."""

    id: int
    name: str
    kind: str
    established_on: date
    source: str
    exercise: bool = False
    label: str = ""


class Meeting(msgspec.Struct, frozen=True):
    """A meeting with its outcome; None where none is recorded."""

    id: int
    group: str | None
    name: str
    place: str
    starts_on: date
    ends_on: date
    outcome: str | None
    actions: int
    open_actions: int
    source: str
    exercise: bool = False


class Partner(msgspec.Struct, frozen=True):
    """A country's part in a project; a reported role is neither standing nor membership."""

    code: str
    name: str
    role: str
    lead: bool
    reported: bool
    source: str | None


class Milestone(msgspec.Struct, frozen=True):
    """A step of a project: planned, forecast and actual day."""

    id: int
    name: str
    planned_on: date
    forecast_on: date | None
    actual_on: date | None
    reason: str | None = None

    def days_late(self, on: date) -> int:
        """Days by which an open step will miss its plan, or has missed it by the day; 0 where it is met or on plan."""
        if self.actual_on is not None and self.actual_on <= on:
            return 0
        expected = self.forecast_on or self.planned_on
        return max((max(expected, on) - self.planned_on).days, 0)


class Project(msgspec.Struct, frozen=True):
    """A project of the Partnership; None is what no source states. `withheld`: of a planned total that is not told."""

    id: int
    code: str
    name: str
    kind: str
    workstream: str | None
    announced_on: date | None
    status: str
    status_reason: str | None
    rating: str | None
    rating_rationale: str | None
    description: str
    objectives: tuple[str, ...]
    program_authority: str | None
    classified_by: str
    source: str
    lead_office: str | None
    in_classified_annex: bool
    planned_total: Dollars | None
    partners: tuple[Partner, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    exercise: bool = False
    label: str = ""
    # Unset where nothing is withheld, and in snapshots from before pre-decisional amounts were.
    withheld: bool | msgspec.UnsetType = msgspec.UNSET


class Vulnerability(msgspec.Struct, frozen=True):
    """A vulnerability of the register that is not closed, with the codes of the projects that address it."""

    id: int
    code: str
    title: str
    kind: str
    countries: tuple[str, ...]
    severity: str
    severity_rationale: str
    confidence: str
    source: str
    mitigation: str
    status: str
    status_because: str
    review_on: date
    overdue: bool = False
    projects: tuple[str, ...] = ()
    exercise: bool = False


class Promise(msgspec.Struct, frozen=True):
    """What either side of an engagement promised: when, and how it stands."""

    made_on: date
    outcome: str
    settled_on: date | None = None


class Engagement(msgspec.Struct, frozen=True):
    """A meeting or event with stakeholders; `organizations` holds the kind of each that took part."""

    id: int
    code: str
    name: str
    kind: str
    starts_on: date
    ends_on: date
    objectives: tuple[str, ...]
    source: str
    organizations: tuple[str, ...] = ()
    promises: tuple[Promise, ...] = ()
    exercise: bool = False


class Assistance(msgspec.Struct, frozen=True):
    """Help for a partner; `uses` cites the authority of title 10, and a planned cost is no obligation."""

    id: int
    code: str
    name: str
    partner: str
    uses: str
    starts_on: date
    ends_on: date
    begun_on: date | None
    status: str
    planned_cost: Dollars | None
    source: str
    label: str = ""
    exercise: bool = False
    withheld: bool | msgspec.UnsetType = msgspec.UNSET


class Activity(msgspec.Struct, frozen=True):
    """What was done under Sec. 1253(e)(3) and (e)(4); `obligated` cuts the ledger's money under (e)(3) by country."""

    engagements: tuple[Engagement, ...] = ()
    assistance: tuple[Assistance, ...] = ()
    obligated: tuple["Sums", ...] = ()


class Agreement(msgspec.Struct, frozen=True):
    """An agreement with counterparts of participants, as it stood; None is what no source states."""

    id: int
    code: str
    name: str
    kind: str
    state: str
    parties: tuple[str, ...]
    signed_on: date | None
    in_force_on: date | None
    expires_on: date | None
    authority: str | None
    source: str
    label: str = ""
    exercise: bool = False


class RelatedEffort(msgspec.Struct, frozen=True):
    """An effort beside the Partnership that is not one of its projects."""

    id: int
    name: str
    relation: str
    on_day: date
    precision: str
    description: str
    source: str
    exercise: bool = False


class Sums(msgspec.Struct, frozen=True):
    """One line of a money table: what stands under a key, with the number of ledger lines behind it and their hash.

    `obligated` and `expended` are under any authority; those under section 1253 itself are counted apart as well, and
    so are those that continue under another authority after the termination, which are no total of the Initiative.
    """

    key: str
    label: str
    obligated: Dollars = Dollars(0)
    expended: Dollars = Dollars(0)
    obligated_1253: Dollars = Dollars(0)
    expended_1253: Dollars = Dollars(0)
    committed: Dollars = Dollars(0)
    authority: Dollars = Dollars(0)
    partner: Dollars = Dollars(0)
    rows: int = 0
    rows_sha256: str = ""
    obligated_continuing: Dollars = Dollars(0)
    expended_continuing: Dollars = Dollars(0)

    @property
    def obligated_other(self) -> Dollars:
        """What was obligated under another authority than section 1253, without what continues under one."""
        return self.obligated - self.obligated_1253 - self.obligated_continuing

    @property
    def expended_other(self) -> Dollars:
        """What was expended of it."""
        return self.expended - self.expended_1253 - self.expended_continuing


class LedgerException(msgspec.Struct, frozen=True):
    """What the ledger records as out of order; it stands in every total."""

    id: int
    entry: str
    what: str
    amount: Dollars
    on: date
    citation: str
    exercise: bool = False


class Part(msgspec.Struct, frozen=True):
    """The ledger lines that have something in a measure of all years, or of one: how many, and their hash."""

    measure: str
    key: str
    rows: int
    rows_sha256: str


class Ledger(msgspec.Struct, frozen=True):
    """The money as effective on a day. Obligations are those of 31 U.S.C. 1501(a); all else stands apart (1501(b))."""

    as_of: date
    lines: int = 0
    lines_sha256: str = ""
    total: Sums = Sums("total", "Total")
    by_year: tuple[Sums, ...] = ()
    by_quarter: tuple[Sums, ...] = ()
    by_country: tuple[Sums, ...] = ()
    by_account: tuple[Sums, ...] = ()
    by_project: tuple[Sums, ...] = ()
    by_authority: tuple[Sums, ...] = ()
    exceptions: tuple[LedgerException, ...] = ()
    system: str = ""
    reconciled: str = ""
    exercise: bool = False
    # What the single figures of money rest on; a snapshot from before they were told apart has none.
    parts: tuple[Part, ...] = ()


class Tie(msgspec.Struct, frozen=True):
    """A figure in two places that does not agree: what the report has, and what the ledger has."""

    where: str
    measure: str
    ours: Dollars
    ledger: Dollars


class Planned(msgspec.Struct, frozen=True):
    """What signed plans have for a fiscal year; a plan is no obligation."""

    fiscal_year: int
    obligations: Dollars
    outlays: Dollars


class Call(msgspec.Struct, frozen=True):
    """A data call of the report with how it was answered; a nil return is an answer, none is not."""

    id: int
    title: str
    due_on: date
    addressees: int
    answered: int
    nil: int
    unanswered: int
    exercise: bool = False


class PromiseMade(msgspec.Struct, frozen=True):
    """What Congress was promised, and how it stands."""

    id: int
    title: str
    made_at: str
    made_on: date
    due_on: date
    office: str
    outcome: str
    kept_on: date | None = None
    exercise: bool = False


class Continuing(msgspec.Struct, frozen=True):
    """Work that goes on under another authority, by its continuation determination."""

    id: int
    subject_kind: str
    subject: str
    citation: str
    funding_source: str
    effective_from: date
    authority_until: date | None
    review_on: date
    exercise: bool = False


class Quiet(msgspec.Struct, frozen=True):
    """A project on which nobody has acted for as many days as the office keeps."""

    code: str
    name: str
    updated_on: date
    days: int
    exercise: bool = False


class Point(msgspec.Struct, frozen=True):
    """A priority or a recommendation of a report, and what became of it; `kind` of a recommendation is its type."""

    id: int
    year: int
    place: int
    of: str
    name: str
    words: str
    kind: str | None = None
    project: str | None = None
    objective: str | None = None
    planned: Dollars | None = None
    clearance: str | None = None
    outcome: str | None = None
    outcome_because: str | None = None
    exercise: bool = False
    withheld: bool | msgspec.UnsetType = msgspec.UNSET


class Reading(msgspec.Struct, frozen=True):
    """The lines of the ledger, and what reports tell of since they are frozen with a report.

    `later` are lines after the day of the money, which the last report alone has. `checked` counts the figures that
    were held against the ledger's own totals.
    """

    lines: tuple[Line, ...] = ()
    later: tuple[Line, ...] = ()
    checked: int = 0
    accounts: int = 0
    accounts_signed: int = 0
    confirmed: Dollars = Dollars(0)
    planned: tuple[Planned, ...] = ()
    calls: tuple[Call, ...] = ()
    promises: tuple[PromiseMade, ...] = ()
    continuing: tuple[Continuing, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    points: tuple[Point, ...] = ()


class Section(msgspec.Struct, frozen=True):
    """What an editor wrote for an element, or decided about it."""

    element: str
    narrative: str
    nothing_to_report: bool
    decided_because: str | None
    exercise: bool = False


class EarlierPriorities(msgspec.Struct, frozen=True):
    """Element (iv) of the latest report signed before: its text as signed, or why there was nothing to report."""

    year: int
    narrative: str
    nothing_because: str | None = None


class DutyState(msgspec.Struct, frozen=True):
    """What is recorded of a dated duty, by the duty's slug in the statute; a notice names what set it off, and when."""

    slug: str
    state: str
    done_on: date | None = None
    evidence: str | None = None
    note: str | None = None
    late_days: int | None = None
    late_statement: str | None = None
    late_stated_on: date | None = None
    late_stated_by: str | None = None
    extension_asked_by: str | None = None
    extension_asked_on: date | None = None
    event: str | None = None
    triggered_on: date | None = None
    exercise: bool = False


class CostStatement(msgspec.Struct, frozen=True):
    """What preparing the report cost, as far as it was stated."""

    labor: Dollars | None = None
    expenses: Dollars | None = None
    stated_on: date | None = None
    reference: str | None = None


class Signature(msgspec.Struct, frozen=True):
    """Who signed the report, on which day, and where it was no Secretary, on which delegation."""

    signatory: str
    name: str
    signed_on: date
    delegation: str | None = None


class Official(msgspec.Struct, frozen=True):
    """The designated senior official on the status day, as recorded."""

    official: str
    office_held: str
    acting: bool
    since: date
    instrument: str
    source: str
    exercise: bool = False


class Adoption(msgspec.Struct, frozen=True):
    """The reading adopted for the end of a paragraph, by counsel on a day."""

    provision: str
    reading: str
    counsel: str
    counsel_on: date


class Crossing(msgspec.Struct, frozen=True):
    """What lies between a measure of the ledger in the report before and in this one."""

    measure: str
    new: Dollars
    corrected: Dollars
    reclassified: Dollars
    entries: int


class LastReport(msgspec.Struct, frozen=True):
    """The report that was signed before this one, as far as this one is compared with it, and the way of its money."""

    year: int
    version_no: int
    snapshot_sha256: str
    frozen_at: datetime
    money_as_of: date
    document: Document
    crossings: tuple[Crossing, ...] = ()
    # Set where its signed edition had no files yet, so that it is compared as it was frozen.
    unsigned: bool | msgspec.UnsetType = msgspec.UNSET


class Snapshot(msgspec.Struct, frozen=True):
    """Everything that a report prints, read in one unmoving state.

    `reader` says for whom it was read; `marking` combines those of its rows; `audience` is who may read them all.
    `activity` is unset in a snapshot from before reports told of engagement and assistance, `reading` in one from
    before the ledger's lines were frozen with it: their canonical form stays as it was.
    """

    year: int
    version_no: int
    stage: Stage
    installation: str
    reader: str
    marking: str
    audience: int
    frozen_at: datetime
    covers_from: date
    covers_to: date
    status_as_of: date
    upcoming_fiscal_year: int
    statute_digest: str
    ledger: Ledger
    form: int = 1
    supersedes: str = ""
    participants: tuple[Participant, ...] = ()
    groups: tuple[Group, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    projects: tuple[Project, ...] = ()
    related: tuple[RelatedEffort, ...] = ()
    sections: tuple[Section, ...] = ()
    earlier: EarlierPriorities | None = None
    duties: tuple[DutyState, ...] = ()
    cost: CostStatement = CostStatement()
    signature: Signature | None = None
    official: Official | None = None
    amendments: tuple[Amendment, ...] = ()
    adoptions: tuple[Adoption, ...] = ()
    vulnerabilities: tuple[Vulnerability, ...] = ()
    activity: Activity | msgspec.UnsetType = msgspec.UNSET
    reading: Reading | msgspec.UnsetType = msgspec.UNSET
    # Unset in snapshots from before reports told of agreements.
    agreements: tuple[Agreement, ...] | msgspec.UnsetType = msgspec.UNSET
    # Unset where no report was signed before, and in snapshots from before reports were compared.
    last: LastReport | msgspec.UnsetType = msgspec.UNSET

    @property
    def read(self) -> Reading | None:
        """How the record was read; None: it is from before the ledger's lines were frozen with a report."""
        return None if self.reading is msgspec.UNSET else self.reading

    @property
    def before(self) -> LastReport | None:
        """The report that was signed before; None: there is none that it is compared with."""
        return None if self.last is msgspec.UNSET else self.last

    @property
    def told(self) -> Activity | None:
        """What it tells of engagement and assistance; None: it is from before reports told of them."""
        return None if self.activity is msgspec.UNSET else self.activity

    @property
    def agreed(self) -> tuple[Agreement, ...] | None:
        """The agreements on record; None: it is from before reports told of them."""
        return None if self.agreements is msgspec.UNSET else self.agreements

    @property
    def banner(self) -> str:
        """The marking on the pages: a draft is controlled whatever its rows are."""
        return combined((self.marking, "CUI")).banner if self.stage == "draft" else self.marking

    @property
    def exercise(self) -> bool:
        """Whether any row was made by the exercise program; then the whole report carries the mark."""
        told = self.told or Activity()
        read = self.read or Reading()
        rows: tuple[Any, ...] = (
            *self.participants,
            *self.groups,
            *self.meetings,
            *self.projects,
            *self.related,
            *self.vulnerabilities,
            *told.engagements,
            *told.assistance,
            *(self.agreed or ()),
            *self.sections,
            *self.duties,
            *([self.official] if self.official else []),
            *read.later,
            *read.calls,
            *read.promises,
            *read.continuing,
            *read.points,
        )
        return self.ledger.exercise or any(row.exercise for row in rows)

    def section(self, element: str) -> Section | None:
        """What stands for an element, or None where nobody wrote or decided anything."""
        return next((each for each in self.sections if each.element == element), None)


def law_of(snapshot: Snapshot, statute: Statute) -> Statute:
    """The law by which the snapshot was frozen: the files with its adopted readings and its amendments."""
    for each in snapshot.adoptions:
        statute = adopting(statute, each.provision, each.reading, counsel=each.counsel, counsel_on=each.counsel_on)
    return amended(statute, snapshot.amendments)


_encoder = msgspec.json.Encoder(enc_hook=encode_hook, order="sorted")
_decoder = msgspec.json.Decoder(Snapshot, dec_hook=decode_hook)


def canonical(snapshot: Snapshot) -> bytes:
    """The snapshot as JSON with sorted keys, its instant in UTC: the same snapshot gives the same bytes."""
    return _encoder.encode(replace(snapshot, frozen_at=snapshot.frozen_at.astimezone(UTC))) + b"\n"


def canonical_row(row: Any) -> bytes:
    """A row as one line of JSON with sorted keys, as it is hashed."""
    return _encoder.encode(row)


def read(content: bytes) -> Snapshot:
    """The snapshot from its canonical form."""
    return _decoder.decode(content)


def digest(content: bytes) -> str:
    """The sha256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def digest_of(rows: Iterable[Any]) -> str:
    """The sha256 of rows in their canonical form, one a line; the empty text for no rows."""
    lines = b"\n".join(canonical_row(row) for row in rows)
    return digest(lines) if lines else ""
