"""What is stored of the ledger: accounts, funding documents, entries that only grow, and their sums."""

from datetime import date, datetime
from typing import Any, NewType

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, MetaData, and_, case, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import Text

from pipir.features.law.tables import ContinuationDetermination, late_whole
from pipir.features.ledger.rules import ALL_KINDS, BASES, CONTRIBUTIONS, FLAGS, KINDS, LEVELS, ORDER_METHODS, SOURCES
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Person
from pipir.features.projects.tables import Project
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.base import Base, Marked, Record, check, holds, one_of, unique, visible_to

AccountId = NewType("AccountId", int)


class TreasuryAccount(Record):
    """A Treasury account symbol in its parts; its years say when it is available."""

    symbol: Mapped[str]
    allocation_agency: Mapped[str | None]
    agency: Mapped[str]
    begin_year: Mapped[int | None] = mapped_column(Integer)
    end_year: Mapped[int | None] = mapped_column(Integer)
    availability: Mapped[str | None]
    main: Mapped[str]
    sub: Mapped[str]
    title: Mapped[str]
    # The date of the Treasury list that was looked at where the symbol is not in it; None where it is, or none was.
    listed_as_of: Mapped[date | None]
    source: Mapped[str]
    # Of a no-year account: the day on which a determination closed it, and why.
    closed_on: Mapped[date | None]
    closed_because: Mapped[str | None]

    __table_args__ = (
        unique("symbol", name="uq_treasury_account_symbol", sentence="There is an account with this symbol already."),
        check(
            "(begin_year is null) = (end_year is null) and (availability is not null) = (end_year is null) "
            "and (availability is null or availability = 'X') and begin_year <= end_year",
            name="ck_treasury_account_years",
            sentence="An account has a first and a last year, or is a no-year account (X).",
        ),
        check(
            "closed_on is null or (end_year is null and closed_because is not null)",
            name="ck_treasury_account_closed",
            sentence="Only a no-year account is closed by a determination, and the determination says why.",
        ),
    )


class FundingDocument(Record, Marked):
    """A document that gives the program authority; its amount is what its entries of authority sum to."""

    number: Mapped[str]
    account_id: Mapped[int] = mapped_column(ForeignKey("treasury_account.id"), index=True)
    title: Mapped[str]
    level_of_control: Mapped[str]
    source_of_authority: Mapped[str]
    source_citation: Mapped[str | None]
    through_on: Mapped[date | None]
    cr_amount: Mapped[Dollars | None]
    order_law: Mapped[str | None]
    # Whose money a partner's advance is.
    participant_id: Mapped[int | None] = mapped_column(ForeignKey(Participant.id))
    order_accepted_on: Mapped[date | None]
    order_method: Mapped[str | None]
    excepted_basis: Mapped[str | None]
    purpose: Mapped[str]
    period_from: Mapped[date | None]
    period_until: Mapped[date | None]
    received_on: Mapped[date]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        unique(
            "number",
            name="uq_funding_document_number",
            sentence="There is a funding document with this number already.",
        ),
        one_of("level_of_control", LEVELS, name="ck_funding_document_level"),
        one_of("source_of_authority", SOURCES, name="ck_funding_document_source"),
        check(
            "period_until >= period_from",
            name="ck_funding_document_period",
            sentence="A funding document's period ends on or after the day it begins.",
        ),
        check(
            "until >= received_on",
            name="ck_funding_document_days",
            sentence="A funding document ends on or after the day it was received.",
        ),
        check(
            "(until is null) = (ended_because is null)",
            name="ck_funding_document_ended",
            sentence="A funding document that ended says why.",
        ),
        check(
            "(source_of_authority = 'continuing resolution') = (through_on is not null and cr_amount is not null)",
            name="ck_funding_document_resolution",
            sentence="A continuing resolution has a through date and an apportioned amount, and no other source has.",
        ),
        check(
            "cr_amount > 0 and cr_amount <> 'NaN'",
            name="ck_funding_document_cr_amount",
            sentence="The apportioned amount lies above zero.",
        ),
        check(
            "(source_of_authority in ('reimbursable order', 'partner advance')) = (order_law is not null)",
            name="ck_funding_document_order",
            sentence="A reimbursable order and a partner advance name their law, and no other source does.",
        ),
        check(
            "(source_of_authority = 'partner advance') = (participant_id is not null)",
            name="ck_funding_document_advance",
            sentence="A partner advance names the participant whose money it holds, and no other source does.",
        ),
        check(
            "source_of_authority <> 'partner advance' or level_of_control <> 'target'",
            name="ck_funding_document_advance_level",
            sentence="A partner's advance is a limit of law and no target.",
        ),
        one_of("order_method", ORDER_METHODS, name="ck_funding_document_order_method"),
        check(
            "order_method is null or source_of_authority = 'reimbursable order'",
            name="ck_funding_document_ordered",
            sentence="Only a reimbursable order is a direct cite or reimbursable.",
        ),
    )


class LedgerEntry(Base):
    """One entry. It is never changed and never deleted; a mistake is reversed by an entry that names it."""

    __tablename__ = "ledger_entry"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    exercise: Mapped[bool] = mapped_column(server_default=text("app.exercise_write()"))
    kind: Mapped[str]
    reversed_kind: Mapped[str | None]
    amount: Mapped[Dollars]
    funding_document_id: Mapped[int | None] = mapped_column(ForeignKey("funding_document.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey(Project.id))
    participant_id: Mapped[int | None] = mapped_column(ForeignKey(Participant.id))
    program_authority: Mapped[str | None]
    # Beside a paragraph of section 1253 that works through another law: that law.
    other_authority: Mapped[str | None]
    # Of an obligation after the termination: the determination under which the work continues.
    continuation_id: Mapped[int | None] = mapped_column(ForeignKey(ContinuationDetermination.id))
    # Of an act dated before the end and recorded after it: why, and the document that shows it.
    late_because: Mapped[str | None]
    late_document: Mapped[str | None]
    document_number: Mapped[str | None]
    document_line: Mapped[str | None]
    document_on: Mapped[date | None]
    # The place of signature of the binding document.
    signed_at: Mapped[str | None]
    # The days that severable services are performed in.
    performance_from: Mapped[date | None]
    performance_until: Mapped[date | None]
    effective_on: Mapped[date]
    fiscal_year: Mapped[int] = mapped_column(Integer)
    need: Mapped[str | None]
    basis: Mapped[str | None]
    adjusts_entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"))
    reverses_entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"))
    # Of authority that a transfer or a reprogramming brings in: the entry that took it out.
    counter_entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"))
    # The law that allows a transfer, and the approval of a reprogramming.
    transfer_law: Mapped[str | None]
    approval: Mapped[str | None]
    # Of a transfer whose other end lies outside of this ledger: the account there.
    outside_account: Mapped[str | None]
    # The closed account that a current one pays for, and of the obligation its document there with the line.
    closed_account_id: Mapped[int | None] = mapped_column(ForeignKey(TreasuryAccount.id))
    closed_document: Mapped[str | None]
    # Of an obligation that is an order placed with another agency: the law of the order, and who is charged by whom.
    order_law: Mapped[str | None]
    order_method: Mapped[str | None]
    because: Mapped[str | None]
    contribution_kind: Mapped[str | None]
    # The law that lets the Department receive and credit a partner's cash.
    receipt_law: Mapped[str | None]
    new_start: Mapped[bool]
    incurred: Mapped[bool]
    flag: Mapped[str | None]
    evidence: Mapped[str | None]
    warnings: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    posted_by: Mapped[int] = mapped_column(ForeignKey(Person.id))
    posted_at: Mapped[datetime]
    # Who may read the entry, as the markings of its project and its document stood when it was posted.
    audience: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        unique(
            "reverses_entry_id",
            name="uq_ledger_entry_reverses_entry_id",
            sentence="This entry was reversed before; an entry is reversed once.",
        ),
        one_of("kind", ALL_KINDS, name="ck_ledger_entry_kind"),
        one_of("reversed_kind", KINDS, name="ck_ledger_entry_reversed_kind"),
        one_of("basis", BASES, name="ck_ledger_entry_basis"),
        one_of("flag", FLAGS, name="ck_ledger_entry_flag"),
        one_of("contribution_kind", CONTRIBUTIONS, name="ck_ledger_entry_contribution_kind"),
        check(
            "contribution_kind is null or kind = 'partner contribution'",
            name="ck_ledger_entry_contribution",
            sentence="Only a partner contribution is in cash or in kind.",
        ),
        check(
            "performance_until >= performance_from",
            name="ck_ledger_entry_performance",
            sentence="Services are performed until the day they begin or later.",
        ),
        check(
            "kind <> 'authority received' or participant_id is null or receipt_law is not null",
            name="ck_ledger_entry_receipt",
            sentence="Authority received from a participant names the law that lets the Department credit it.",
        ),
        check(
            "kind <> 'partner advance' or (participant_id is not null and receipt_law is not null)",
            name="ck_ledger_entry_advance",
            sentence="A partner's advance names the participant, and the law that lets the Department credit it.",
        ),
        check(
            "kind not in ('transfer out', 'transfer in') or transfer_law is not null",
            name="ck_ledger_entry_transfer",
            sentence="A transfer names the law that allows it.",
        ),
        check(
            "kind not in ('reprogramming out', 'reprogramming in') or approval is not null",
            name="ck_ledger_entry_reprogramming",
            sentence="A reprogramming names its approval.",
        ),
        check(
            "outside_account is null or (kind in ('transfer out', 'transfer in') and counter_entry_id is null)",
            name="ck_ledger_entry_outside",
            sentence="Only a transfer whose other end lies outside of this ledger names an account there.",
        ),
        check(
            "closed_account_id is null or coalesce(reversed_kind, kind) in "
            "('obligation', 'upward adjustment', 'deobligation', 'expenditure', 'refund', 'closing')",
            name="ck_ledger_entry_closed_account",
            sentence="Only an obligation, and what names it, is a charge to a closed account that a current one pays.",
        ),
        check(
            "(closed_document is not null) = (closed_account_id is not null and kind = 'obligation')",
            name="ck_ledger_entry_closed_document",
            sentence="An obligation that pays a charge to a closed account names its document there.",
        ),
        check(
            "order_law is null or kind = 'obligation'",
            name="ck_ledger_entry_order",
            sentence="Only an obligation is an order that is placed with another agency.",
        ),
        one_of("order_method", ORDER_METHODS, name="ck_ledger_entry_order_method"),
        check(
            "order_method is null or order_law is not null",
            name="ck_ledger_entry_ordered",
            sentence="Only an order that names its law is a direct cite or reimbursable.",
        ),
        check(
            "amount > 0 and amount <> 'NaN'",
            name="ck_ledger_entry_amount",
            sentence="The amount of an entry lies above zero.",
        ),
        check(
            "(kind = 'reversal') = (reverses_entry_id is not null) and (kind = 'reversal') = (reversed_kind is "
            "not null) "
            "and (kind <> 'reversal' or because is not null)",
            name="ck_ledger_entry_reversal",
            sentence="A reversal, and only a reversal, names the entry that it reverses, and says why.",
        ),
        check(
            "incurred = (flag is not null) and incurred = (evidence is not null)",
            name="ck_ledger_entry_incurred",
            sentence="A liability already incurred carries its flag and its evidence.",
        ),
        check(
            "funding_document_id is not null or coalesce(reversed_kind, kind) = 'partner contribution'",
            name="ck_ledger_entry_funding",
            sentence="An entry names the funding document that it is charged to.",
        ),
        check(
            "participant_id is not null or coalesce(reversed_kind, kind) <> 'partner contribution'",
            name="ck_ledger_entry_participant",
            sentence="A partner contribution names the participant.",
        ),
        check(
            "program_authority is not null or coalesce(reversed_kind, kind) <> 'obligation'",
            name="ck_ledger_entry_authority",
            sentence="An obligation names the program authority that it rests on.",
        ),
        check(
            "adjusts_entry_id is not null or incurred or coalesce(reversed_kind, kind) not in "
            "('decommitment', 'upward adjustment', 'deobligation', 'expenditure', 'refund') or kind = 'reversal'",
            name="ck_ledger_entry_adjusts",
            sentence="An entry of this kind names the obligation or commitment that it changes.",
        ),
        check(
            "fiscal_year = extract(year from effective_on) + case when extract(month from effective_on) >= 10 "
            "then 1 else 0 end",
            name="ck_ledger_entry_fiscal_year",
            sentence="The fiscal year is the one that holds the effective day.",
        ),
        Index("ix_ledger_entry_funding_document_id", "funding_document_id", "effective_on"),
        Index("ix_ledger_entry_project_id", "project_id", "effective_on"),
        Index("ix_ledger_entry_adjusts_entry_id", "adjusts_entry_id"),
        Index(
            "ix_ledger_entry_continuation_id",
            "continuation_id",
            postgresql_where=text("continuation_id is not null"),
        ),
        Index(
            "ix_ledger_entry_counter_entry_id",
            "counter_entry_id",
            postgresql_where=text("counter_entry_id is not null"),
        ),
        Index(
            "ix_ledger_entry_closed_account_id",
            "closed_account_id",
            postgresql_where=text("closed_account_id is not null"),
        ),
        Index("ix_ledger_entry_order", "funding_document_id", postgresql_where=text("order_law is not null")),
        late_whole("ledger_entry"),
        Index(
            "ix_ledger_entry_document_number",
            "document_number",
            "document_line",
            postgresql_ops={"document_number": "text_pattern_ops"},
        ),
        Index("ix_ledger_entry_stage", text("coalesce(reversed_kind, kind)"), "effective_on", "id"),
        Index("ix_ledger_entry_participant_id", "participant_id", "effective_on"),
        Index("ix_ledger_entry_posted_at", "posted_at"),
        Index("ix_ledger_entry_effective_on", "effective_on", "id"),
        Index("ix_ledger_entry_incurred", "id", postgresql_where=text("incurred")),
        Index(
            "ix_ledger_entry_contribution",
            "project_id",
            "participant_id",
            postgresql_where=text("coalesce(reversed_kind, kind) = 'partner contribution'"),
        ),
    )


class LedgerHold(Base):
    """Who last took an account for a publication, for the sentence that those read who have to wait."""

    __tablename__ = "ledger_hold"

    account_id: Mapped[int] = mapped_column(ForeignKey(TreasuryAccount.id), primary_key=True, autoincrement=False)
    holder: Mapped[str]


class _Views(DeclarativeBase):
    """What the database answers out of tables; the tables are compared with the migrations, these are not."""

    metadata = MetaData()
    type_annotation_map = Base.type_annotation_map


class _Sums:
    """What the entries of one kind come to at the finest grain that totals ask for; derived, kept by a trigger.

    A reversal counts against the kind that it reverses, so `amount` may be negative. `drawn` is the part that names
    another entry: what obligations drew from commitments, what closings ended of obligations. `served` is a mask of the
    objectives that the project served on the entries' day (bit 0 for the first), and the workstream is that day's too.
    """

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    funding_document_id: Mapped[int | None] = mapped_column(BigInteger)
    project_id: Mapped[int | None] = mapped_column(BigInteger)
    participant_id: Mapped[int | None] = mapped_column(BigInteger)
    program_authority: Mapped[str | None]
    workstream_id: Mapped[int | None] = mapped_column(BigInteger)
    served: Mapped[int] = mapped_column(Integer)
    fiscal_year: Mapped[int] = mapped_column(Integer)
    quarter: Mapped[int] = mapped_column(Integer)
    # The first day of the month; and of that in which the entries were posted, in UTC.
    month: Mapped[date]
    posted_month: Mapped[date]
    kind: Mapped[str]
    audience: Mapped[int] = mapped_column(BigInteger)
    exercise: Mapped[bool]
    # Of obligations made under a continuation determination, and what names them.
    continues: Mapped[bool]
    amount: Mapped[Dollars]
    drawn: Mapped[Dollars]
    count: Mapped[int] = mapped_column(BigInteger)


class LedgerPending(_Sums, Base):
    """What was posted since somebody last folded it into the sums and totals: up to some scores of rows."""

    __tablename__ = "ledger_pending"


class FoldedSum(_Sums, Base):
    """The sums without what is pending; a row for each grain."""

    __tablename__ = "ledger_sum"

    __table_args__ = (
        Index(
            "uq_ledger_sum_grain",
            "funding_document_id",
            "project_id",
            "participant_id",
            "program_authority",
            "workstream_id",
            "served",
            "month",
            "posted_month",
            "kind",
            "audience",
            "exercise",
            "continues",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_ledger_sum_project_id", "project_id"),
        Index("ix_ledger_sum_participant_id", "participant_id"),
    )


class LedgerSum(_Sums, _Views):
    """The sums as they stand now, with what is pending; a grain may have several rows."""

    __tablename__ = "ledger_sum_now"


class _Totals:
    """The stages of money by one dimension, month by month and year by year; derived, small, kept by a trigger.

    Cents, each net of what took it back. The rows of a whole fiscal year have the month `-infinity` (date.min). Rows
    with a `posted_month` (in UTC) say once more by months what was posted when; in all others it is `-infinity`. Who
    may see an amount, as the markings stand today, is `audience`.

    The dimension "line" holds what a report is made of, quarter by quarter, each by its first month. Its key names the
    project, the participant, whether a partner advanced it, whether it continues, and the authority, with | between.
    """

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    dimension: Mapped[str]
    posted_month: Mapped[date]
    month: Mapped[date]
    key: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(BigInteger)
    fiscal_year: Mapped[int] = mapped_column(Integer)
    # 0 in the rows of a whole fiscal year.
    quarter: Mapped[int] = mapped_column(Integer)
    audience: Mapped[int] = mapped_column(BigInteger)
    exercise: Mapped[bool]
    authority: Mapped[int] = mapped_column(BigInteger)
    ordered: Mapped[int] = mapped_column(BigInteger)
    committed: Mapped[int] = mapped_column(BigInteger)
    obligated: Mapped[int] = mapped_column(BigInteger)
    obligated_1253: Mapped[int] = mapped_column(BigInteger)
    obligated_continuing: Mapped[int] = mapped_column(BigInteger)
    expended: Mapped[int] = mapped_column(BigInteger)
    contributed: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int] = mapped_column(BigInteger)


class FoldedTotal(_Totals, Base):
    """The totals without what is pending; a row for each grain."""

    __tablename__ = "ledger_total"

    __table_args__ = (
        Index(
            "uq_ledger_total_grain",
            "dimension",
            "posted_month",
            "month",
            "key",
            "account_id",
            "fiscal_year",
            "audience",
            "exercise",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )


class LedgerTotal(_Totals, _Views):
    """The totals as they stand now, with what is pending; a grain may have several rows."""

    __tablename__ = "ledger_total_now"


class LedgerDay(Base):
    """What the entries of one effective day do to one funding document; derived, kept by a trigger."""

    __tablename__ = "ledger_day"

    funding_document_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    effective_on: Mapped[date] = mapped_column(primary_key=True)
    authority: Mapped[Dollars]
    committed: Mapped[Dollars]
    obligated: Mapped[Dollars]
    expended: Mapped[Dollars]


class LedgerLeg(Base):
    """One of the two legs of a dollar entry, over a control account of its Treasury account; written by a trigger."""

    __tablename__ = "ledger_leg"

    entry_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    credit: Mapped[bool] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    control: Mapped[int] = mapped_column(Integer)
    amount: Mapped[Dollars]


class ProjectAttribute(Base):
    """What a project served and which workstream it belonged to, from a day until before another; kept by a trigger."""

    __tablename__ = "project_attribute"

    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id), primary_key=True)
    from_on: Mapped[date] = mapped_column(primary_key=True)
    until_on: Mapped[date]
    served: Mapped[int] = mapped_column(Integer)
    workstream_id: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        check(
            "until_on > from_on",
            name="ck_project_attribute_days",
            sentence="What a project serves holds for a day at least.",
        ),
    )


class TreasuryList(Record):
    """A list of account symbols as the Treasury gave it out; the latest by its date is the one that is looked at."""

    as_of: Mapped[date]
    filename: Mapped[str]
    sha256: Mapped[str]
    # Rows of the file, those entered, and the agencies that were asked for.
    rows: Mapped[int] = mapped_column(Integer)
    entered: Mapped[int] = mapped_column(Integer)
    agencies: Mapped[list[str]]

    __table_args__ = (
        unique("as_of", name="uq_treasury_list_as_of", sentence="A list of this date is in the record already."),
    )


class TreasurySymbol(Base):
    """One account of a Treasury list; never changed, the next list has rows of its own."""

    __tablename__ = "treasury_symbol"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    exercise: Mapped[bool] = mapped_column(server_default=text("app.exercise_write()"))
    list_id: Mapped[int] = mapped_column(ForeignKey(TreasuryList.id))
    symbol: Mapped[str] = mapped_column(index=True)
    allocation_agency: Mapped[str | None]
    agency: Mapped[str]
    begin_year: Mapped[int | None] = mapped_column(Integer)
    end_year: Mapped[int | None] = mapped_column(Integer)
    main: Mapped[str]
    sub: Mapped[str]
    title: Mapped[str]
    established_on: Mapped[date | None]
    ended_on: Mapped[date | None]

    __table_args__ = (
        unique(
            "list_id", "symbol", name="uq_treasury_symbol_symbol", sentence="A list names each account symbol once."
        ),
    )


class ReconciledMonth(Record, Marked):
    """A month of an account as signed against official accounting; never changed, a later signature supersedes it.

    The amounts are those to the month's end. `difference` adds up by how much each document line differs, whatever
    the direction: what is too much here does not make good what is too little there.
    """

    account_id: Mapped[int] = mapped_column(ForeignKey(TreasuryAccount.id))
    # The source and its extract stand above the ledger: their numbers, and the name as it was.
    source_id: Mapped[int] = mapped_column(BigInteger)
    source_name: Mapped[str]
    extract_id: Mapped[int] = mapped_column(BigInteger)
    month_on: Mapped[date]
    extract_as_of: Mapped[date]
    obligated: Mapped[Dollars]
    obligated_official: Mapped[Dollars]
    obligated_matched: Mapped[Dollars]
    expended: Mapped[Dollars]
    expended_official: Mapped[Dollars]
    difference: Mapped[Dollars]
    differences: Mapped[int] = mapped_column(Integer)
    # The last entry that stood in the ledger then: a later number in the month was posted into it afterwards.
    last_entry_id: Mapped[int] = mapped_column(BigInteger)
    remark: Mapped[str | None]
    signed_by: Mapped[int] = mapped_column(ForeignKey(Person.id))
    signed_at: Mapped[datetime]
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("reconciled_month.id"))
    because: Mapped[str | None]

    __table_args__ = (
        unique(
            "supersedes_id",
            name="uq_reconciled_month_supersedes_id",
            sentence="This signature was superseded already; supersede the later one.",
        ),
        check(
            "extract(day from month_on + 1) = 1",
            name="ck_reconciled_month_month",
            sentence="A month is signed to its last day.",
        ),
        check(
            "(supersedes_id is null) = (because is null)",
            name="ck_reconciled_month_superseding",
            sentence="A signature that supersedes another one says why.",
        ),
        check(
            "difference >= 0 and difference <> 'NaN' and differences >= 0",
            name="ck_reconciled_month_difference",
            sentence="A difference is stated without its direction.",
        ),
        Index("ix_reconciled_month_month", "account_id", "month_on"),
        Index(
            "uq_reconciled_month_first",
            "account_id",
            "source_id",
            "month_on",
            unique=True,
            postgresql_where=text("supersedes_id is null"),
            info={"sentence": "This month is signed already; a later signature names the one that it supersedes."},
        ),
    )


def may_see(reader: Reader) -> Any:
    """The one predicate of who reads an entry: its own mask, and the markings as they stand today of what it names."""
    return (
        holds(LedgerEntry.audience, reader)
        & open_to(reader, LedgerEntry.funding_document_id, FundingDocument)
        & open_to(reader, LedgerEntry.project_id, Project)
        & open_to(reader, LedgerEntry.participant_id, Participant)
    )


def may_see_beside(reader: Reader, document: Any, project: Any, participant: Any) -> Any:
    """The same of an entry that stands beside what it names, joined from the outside: one is not sought among many."""
    named = (document, project, participant)
    return holds(LedgerEntry.audience, reader) & and_(*(each.id.is_(None) | visible_to(reader, each) for each in named))


def open_to(reader: Reader, column: Any, table: Any) -> Any:
    """The predicate that what a column names, if it names something, is not hidden from the reader."""
    # "Not hidden" in place of "visible": with few hidden records the list is short, and no join multiplies a sum. As a
    # number that is not 1: of "not in" the planner expects every second row, three times over, and passes by the index
    # that has a list's order; and it asks this first, as if it were cheaper than a comparison.
    hidden = case((column.in_(select(table.id).where(~visible_to(reader, table))), 1), else_=0)
    return hidden != 1
