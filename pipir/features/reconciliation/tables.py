"""What is stored of reconciliation: sources, extracts and their lines, differences, reviews, cases."""

from datetime import date, datetime
from typing import NewType

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from pipir.features.ledger.rules import FLAGS
from pipir.features.ledger.tables import FundingDocument, LedgerEntry
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office, Person
from pipir.features.projects.tables import Project
from pipir.features.reconciliation.rules import (
    ANSWERS,
    CASE_STATES,
    DIFFERENCES,
    ITEM_STATUSES,
    LOOKS,
    STAGES,
    UNDERS,
)
from pipir.kernel.money import Dollars
from pipir.store.base import Base, Marked, Record, check, one_of, unique

SourceId = NewType("SourceId", int)
ExtractId = NewType("ExtractId", int)
ItemId = NewType("ItemId", int)
ReviewId = NewType("ReviewId", int)
ReviewItemId = NewType("ReviewItemId", int)
CaseId = NewType("CaseId", int)


class OfficialSource(Record):
    """A system of official accounting: what it holds of which accounts, and what the columns of its file are called."""

    name: Mapped[str]
    holds: Mapped[str]
    symbols: Mapped[list[str]]
    document_column: Mapped[str]
    line_column: Mapped[str | None]
    stage_column: Mapped[str]
    amount_column: Mapped[str]
    date_column: Mapped[str | None]
    symbol_column: Mapped[str | None]
    # How the source writes the stages; what it takes back stands with a minus sign.
    obligation_words: Mapped[list[str]]
    expenditure_words: Mapped[list[str]]
    expenditures_under: Mapped[str]
    owner_person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        unique("name", name="uq_official_source_name", sentence="There is a source with this name already."),
        one_of("expenditures_under", UNDERS, name="ck_official_source_under"),
        check(
            "(until is null) = (ended_because is null)",
            name="ck_official_source_ended",
            sentence="A source that ended says why.",
        ),
        check(
            "cardinality(symbols) >= 1",
            name="ck_official_source_symbols",
            sentence="A source holds at least one account.",
        ),
        check(
            "cardinality(obligation_words) >= 1 and not obligation_words && expenditure_words",
            name="ck_official_source_words",
            sentence="A source has a word for obligations, and no word for both stages.",
        ),
        check(
            "symbol_column is not null or cardinality(symbols) = 1",
            name="ck_official_source_symbol",
            sentence="A source of several accounts has a column that says which.",
        ),
    )


class OfficialExtract(Record, Marked):
    """What a source held on a day, and how it compares with the ledger; whoever reads it may read all that it met."""

    source_id: Mapped[int] = mapped_column(ForeignKey(OfficialSource.id))
    as_of: Mapped[date]
    filename: Mapped[str]
    sha256: Mapped[str]
    rows: Mapped[int] = mapped_column(Integer)
    matched: Mapped[int] = mapped_column(Integer)
    differing: Mapped[int] = mapped_column(Integer)
    only_ledger: Mapped[int] = mapped_column(Integer)
    only_official: Mapped[int] = mapped_column(Integer)
    # Differences of earlier extracts that agree in this one.
    settled: Mapped[int] = mapped_column(Integer)
    obligated: Mapped[Dollars]
    obligated_official: Mapped[Dollars]
    expended: Mapped[Dollars]
    expended_official: Mapped[Dollars]
    # The last entry that stood in the ledger when it was compared.
    last_entry_id: Mapped[int] = mapped_column(BigInteger)
    uploaded_by: Mapped[int] = mapped_column(ForeignKey(Person.id))
    uploaded_at: Mapped[datetime]

    __table_args__ = (
        unique(
            "source_id",
            "sha256",
            "as_of",
            name="uq_official_extract_sha256",
            sentence="This file was read already as of that day; nothing changed.",
        ),
        Index("ix_official_extract_as_of", "source_id", "as_of"),
    )


class OfficialLine(Base):
    """One line of an extract; never changed."""

    __tablename__ = "official_line"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    exercise: Mapped[bool] = mapped_column(server_default=text("app.exercise_write()"))
    extract_id: Mapped[int] = mapped_column(ForeignKey(OfficialExtract.id))
    row_number: Mapped[int] = mapped_column(Integer)
    symbol: Mapped[str]
    document_number: Mapped[str]
    # Blank where the source knows no lines.
    document_line: Mapped[str]
    stage: Mapped[str]
    amount: Mapped[Dollars]
    recorded_on: Mapped[date | None]

    __table_args__ = (
        one_of("stage", STAGES, name="ck_official_line_stage"),
        check("amount <> 'NaN'", name="ck_official_line_amount", sentence="An amount is a number."),
        Index("ix_official_line_extract_id", "extract_id", "document_number"),
    )


class ReconciliationItem(Record):
    """A document line in which the ledger and official accounting differ, from the extract that found it on."""

    # Who may read every entry that the line adds up, as they stood when it was compared.
    audience: Mapped[int] = mapped_column(BigInteger)
    source_id: Mapped[int] = mapped_column(ForeignKey(OfficialSource.id))
    found_extract_id: Mapped[int] = mapped_column(ForeignKey(OfficialExtract.id))
    extract_id: Mapped[int] = mapped_column(ForeignKey(OfficialExtract.id), index=True)
    symbol: Mapped[str]
    document_number: Mapped[str]
    document_line: Mapped[str]
    stage: Mapped[str]
    kind: Mapped[str]
    amount: Mapped[Dollars]
    official_amount: Mapped[Dollars]
    # The first of the ledger's entries, and what all of them are charged to and made for.
    entry_id: Mapped[int | None] = mapped_column(ForeignKey(LedgerEntry.id), index=True)
    document_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger()))
    project_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger()))
    # The first of the projects: the trail judges by it too who may read what changed.
    project_id: Mapped[int | None] = mapped_column(ForeignKey(Project.id))
    found_on: Mapped[date]
    owner_person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    status: Mapped[str]
    explanation: Mapped[str | None]
    corrected_by_entry_id: Mapped[int | None] = mapped_column(ForeignKey(LedgerEntry.id))
    settled_on: Mapped[date | None]

    __table_args__ = (
        one_of("stage", STAGES, name="ck_reconciliation_item_stage"),
        one_of("kind", DIFFERENCES, name="ck_reconciliation_item_kind"),
        one_of("status", ITEM_STATUSES, name="ck_reconciliation_item_status"),
        check(
            "status = 'open' or status = 'settled' or explanation is not null",
            name="ck_reconciliation_item_answered",
            sentence="A difference is answered with an explanation.",
        ),
        check(
            "(status = 'settled') = (settled_on is not null)",
            name="ck_reconciliation_item_settled",
            sentence="A difference that is settled has the day.",
        ),
        Index(
            "uq_reconciliation_item_open",
            "source_id",
            "symbol",
            "document_number",
            "document_line",
            "stage",
            unique=True,
            postgresql_where=text("settled_on is null"),
        ),
    )


class ObligationReview(Record):
    """A periodic review of the obligations that lie still: asked of each on one day, answered by another."""

    title: Mapped[str]
    as_of: Mapped[date]
    # So many days without an expenditure.
    days: Mapped[int] = mapped_column(Integer)
    # Of those with at least so much unliquidated.
    least: Mapped[Dollars]
    due_on: Mapped[date]
    opened_by: Mapped[int] = mapped_column(ForeignKey(Person.id))
    closed_on: Mapped[date | None]
    closed_because: Mapped[str | None]

    __table_args__ = (
        check(
            "days between 1 and 3660",
            name="ck_obligation_review_days",
            sentence="A review asks of obligations without an expenditure for 1 to 3,660 days.",
        ),
        check(
            "due_on >= as_of",
            name="ck_obligation_review_due",
            sentence="A review is due on or after the day that it looks at.",
        ),
        check(
            "(closed_on is null) = (closed_because is null)",
            name="ck_obligation_review_closed",
            sentence="A review that is closed says why.",
        ),
    )


class ReviewItem(Record):
    """One obligation of a review: what it came to, who answers for it, the answer, and the second look."""

    review_id: Mapped[int] = mapped_column(ForeignKey(ObligationReview.id))
    obligation_id: Mapped[int] = mapped_column(ForeignKey(LedgerEntry.id), index=True)
    # As of the obligation: the trail judges by them who may read what changed.
    audience: Mapped[int] = mapped_column(BigInteger)
    project_id: Mapped[int | None] = mapped_column(ForeignKey(Project.id))
    obligated: Mapped[Dollars]
    unliquidated: Mapped[Dollars]
    # The day of its last expenditure, or its own where nothing was spent.
    moved_on: Mapped[date]
    office_id: Mapped[int | None] = mapped_column(ForeignKey(Office.id))
    person_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    answer: Mapped[str | None]
    needed_until: Mapped[date | None]
    deobligate: Mapped[Dollars | None]
    because: Mapped[str | None]
    evidence: Mapped[str | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    answered_on: Mapped[date | None]
    # The last entry that stood then: a deobligation with a later number is what the answer asked for.
    last_entry_id: Mapped[int | None] = mapped_column(BigInteger)
    looked: Mapped[str | None]
    looked_by: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    looked_on: Mapped[date | None]
    look_because: Mapped[str | None]

    __table_args__ = (
        unique(
            "review_id",
            "obligation_id",
            name="uq_review_item_obligation",
            sentence="A review asks of each obligation once.",
        ),
        one_of("answer", ANSWERS, name="ck_review_item_answer"),
        one_of("looked", LOOKS, name="ck_review_item_looked"),
        check(
            "(answer is null) = (answered_by is null) and (answer is null) = (answered_on is null) "
            "and (answer is null) = (because is null) and (answer is null) = (last_entry_id is null)",
            name="ck_review_item_answered",
            sentence="An answer has who gave it, the day, and why.",
        ),
        check(
            "(answer = 'valid and needed') = (needed_until is not null) or answer is null and needed_until is null",
            name="ck_review_item_valid",
            sentence="An obligation that is needed still says until when, and no other does.",
        ),
        check(
            "(answer = 'deobligate') = (deobligate is not null) or answer is null and deobligate is null",
            name="ck_review_item_deobligate",
            sentence="An obligation that is to be deobligated says by how much, and no other does.",
        ),
        check(
            "(looked is null) = (looked_by is null) and (looked is null) = (looked_on is null) "
            "and (looked is distinct from 'sent back' or look_because is not null) "
            "and (looked is null or looked_by is distinct from answered_by)",
            name="ck_review_item_second",
            sentence="The second look is another person's, and an answer is sent back with a reason.",
        ),
    )


class LedgerCase(Record):
    """What is found out of an entry that records what went wrong; the database opens it with the entry."""

    entry_id: Mapped[int] = mapped_column(ForeignKey(LedgerEntry.id))
    # As of the entry, which never changes: search and the trail judge by them who may read the case.
    audience: Mapped[int] = mapped_column(BigInteger)
    funding_document_id: Mapped[int | None] = mapped_column(ForeignKey(FundingDocument.id))
    project_id: Mapped[int | None] = mapped_column(ForeignKey(Project.id))
    participant_id: Mapped[int | None] = mapped_column(ForeignKey(Participant.id))
    code: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    opened_on: Mapped[date]
    # Where another day was set than the one that follows from the rules.
    due_on: Mapped[date | None]
    owner_person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    facts: Mapped[str]
    # The obligation that took an unmatched disbursement.
    matched_entry_id: Mapped[int | None] = mapped_column(ForeignKey(LedgerEntry.id))

    __table_args__ = (
        unique("entry_id", name="uq_ledger_case_entry_id", sentence="An entry has one case."),
        unique("code", name="uq_ledger_case_code", sentence="An entry has one case."),
        one_of("kind", FLAGS, name="ck_ledger_case_kind"),
        one_of("state", CASE_STATES, name="ck_ledger_case_state"),
        check(
            "state <> 'matched' or matched_entry_id is not null",
            name="ck_ledger_case_matched",
            sentence="What is matched names the obligation that took it.",
        ),
        Index("ix_ledger_case_state", "state", "id"),
    )


class CaseStep(Record):
    """A step of a case with what was found, its document, and who took it; never changed."""

    case_id: Mapped[int] = mapped_column(ForeignKey(LedgerCase.id), index=True)
    state: Mapped[str]
    on_day: Mapped[date]
    findings: Mapped[str]
    document: Mapped[str | None]
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))

    __table_args__ = (one_of("state", CASE_STATES, name="ck_case_step_state"),)
