"""What is stored of imports: sources, files with their bytes, and what is staged of a file until it is published."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NewType

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, Numeric, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from pipir.features.imports.rules import DATE_FORMATS, FINDINGS, LARGEST_FILE, STATES
from pipir.features.people.tables import Person
from pipir.store.base import Base, Marked, Record, check, one_of, unique

SourceId = NewType("SourceId", int)
ImportId = NewType("ImportId", int)


class ImportSource(Record):
    """Where files come from, and how their columns stand for the fields of an entry."""

    name: Mapped[str]
    holds: Mapped[str]
    date_format: Mapped[str]
    # By field: the column's title in the file, and what is taken where the cell is blank or there is no column.
    columns: Mapped[dict[str, dict[str, str]]] = mapped_column(JSONB)
    # What the source calls the kinds of entries, where it has words of its own.
    kinds: Mapped[dict[str, str]] = mapped_column(JSONB)
    ended_on: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        unique("name", name="uq_import_source_name", sentence="There is a source with this name already."),
        one_of("date_format", tuple(DATE_FORMATS), name="ck_import_source_date_format"),
        check(
            "(ended_on is null) = (ended_because is null)",
            name="ck_import_source_end",
            sentence="A source that is ended has a day and a reason.",
        ),
    )


class LedgerImport(Record, Marked):
    """A file on its way into the ledger; once it is published it stays as it is."""

    source_id: Mapped[int] = mapped_column(ForeignKey(ImportSource.id), index=True)
    file_name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(server_default="uploaded")
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    uploaded_at: Mapped[datetime]
    # Of the last check that ran to its end.
    rows: Mapped[int | None] = mapped_column(Integer)
    good: Mapped[int | None] = mapped_column(Integer)
    bad: Mapped[int | None] = mapped_column(Integer)
    exceptions: Mapped[int | None] = mapped_column(Integer)
    notices: Mapped[int | None] = mapped_column(Integer)
    # Of the rows that would be posted: each kind with its count and its sum.
    by_kind: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    # Why the file could not be read to its end; nothing of it is published then.
    broken: Mapped[str | None]
    checked_at: Mapped[datetime | None]
    # What the rows were judged by, and how many entries their documents had: whether the check still holds.
    judged_by: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    # Whether the good rows alone are published.
    good_only: Mapped[bool] = mapped_column(server_default=text("false"))
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    published_at: Mapped[datetime | None]
    entries: Mapped[int | None] = mapped_column(Integer)
    first_entry_id: Mapped[int | None] = mapped_column(BigInteger)
    last_entry_id: Mapped[int | None] = mapped_column(BigInteger)
    abandoned_because: Mapped[str | None]
    job_id: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        one_of("state", STATES, name="ck_ledger_import_state"),
        check(
            "sha256 ~ '^[0-9a-f]{64}$'",
            name="ck_ledger_import_sha256",
            sentence="An import carries the SHA-256 of its file.",
        ),
        check(
            f"size between 1 and {LARGEST_FILE}",
            name="ck_ledger_import_size",
            sentence="A file holds at least one byte and at most 300 MB.",
        ),
        check(
            "(state = 'published') = (published_at is not null) and (published_at is null) = (entries is null)",
            name="ck_ledger_import_published",
            sentence="What is published has its time and the number of its entries.",
        ),
        check(
            "(state = 'abandoned') = (abandoned_because is not null)",
            name="ck_ledger_import_abandoned",
            sentence="An import is abandoned with a reason.",
        ),
        Index(
            "uq_ledger_import_sha256",
            "sha256",
            unique=True,
            postgresql_where=text("state <> 'abandoned'"),
            info={"sentence": "This very file was uploaded before; it is not imported twice."},
        ),
    )


class ImportPart(Base):
    """A part of a file's bytes, at most one MiB."""

    __tablename__ = "import_part"

    import_id: Mapped[int] = mapped_column(ForeignKey(LedgerImport.id), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    body: Mapped[bytes] = mapped_column(BYTEA)


class ImportChunk(Base):
    """A chunk of rows that is staged whole, with its mistakes; what stands here is not read again."""

    __tablename__ = "import_chunk"

    import_id: Mapped[int] = mapped_column(ForeignKey(LedgerImport.id), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    rows: Mapped[int] = mapped_column(Integer)
    bad: Mapped[int] = mapped_column(Integer)


class ImportRow(Base):
    """A row that may become an entry: everything of it but its number, its poster and its time."""

    __tablename__ = "import_row"

    import_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    line: Mapped[int] = mapped_column(Integer)
    chunk: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 2))
    funding_document_id: Mapped[int | None] = mapped_column(BigInteger)
    project_id: Mapped[int | None] = mapped_column(BigInteger)
    participant_id: Mapped[int | None] = mapped_column(BigInteger)
    program_authority: Mapped[str | None]
    other_authority: Mapped[str | None]
    continuation_id: Mapped[int | None] = mapped_column(BigInteger)
    late_because: Mapped[str | None]
    late_document: Mapped[str | None]
    document_number: Mapped[str | None]
    document_line: Mapped[str | None]
    document_on: Mapped[date | None]
    signed_at: Mapped[str | None]
    performance_from: Mapped[date | None]
    performance_until: Mapped[date | None]
    effective_on: Mapped[date]
    need: Mapped[str | None]
    basis: Mapped[str | None]
    # The obligation or commitment that the row names: an entry of the ledger, or an earlier row of the file.
    adjusts_entry_id: Mapped[int | None] = mapped_column(BigInteger)
    adjusts_place: Mapped[int | None] = mapped_column(Integer)
    # Of a reversal: what it reverses. Of a movement of authority: its reference, and the row or entry that took it out.
    reversed_kind: Mapped[str | None]
    reverses_entry_id: Mapped[int | None] = mapped_column(BigInteger)
    reverses_place: Mapped[int | None] = mapped_column(Integer)
    movement: Mapped[str | None]
    counter_entry_id: Mapped[int | None] = mapped_column(BigInteger)
    counter_place: Mapped[int | None] = mapped_column(Integer)
    transfer_law: Mapped[str | None]
    approval: Mapped[str | None]
    outside_account: Mapped[str | None]
    closed_account_id: Mapped[int | None] = mapped_column(BigInteger)
    closed_document: Mapped[str | None]
    order_law: Mapped[str | None]
    order_method: Mapped[str | None]
    because: Mapped[str | None]
    contribution_kind: Mapped[str | None]
    receipt_law: Mapped[str | None]
    new_start: Mapped[bool]
    flag: Mapped[str | None]
    evidence: Mapped[str | None]
    warnings: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    # The audience of the entry that it becomes.
    seen_by: Mapped[int] = mapped_column(BigInteger)
    # Whether a limit keeps the row out: it is good by itself, and too much together with the rows before it.
    left_out: Mapped[bool] = mapped_column(server_default=text("false"))


class ImportFinding(Base):
    """What is to be said of a row: a mistake, a rule that it breaks, an exception, or something to notice."""

    __tablename__ = "import_finding"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey(LedgerImport.id))
    # The chunk that found it; -1 where the file was judged as a whole.
    chunk: Mapped[int] = mapped_column(Integer)
    place: Mapped[int] = mapped_column(Integer)
    line: Mapped[int] = mapped_column(Integer)
    what: Mapped[str]
    column: Mapped[str]
    found: Mapped[str]
    expected: Mapped[str]

    __table_args__ = (
        one_of("what", FINDINGS, name="ck_import_finding_what"),
        Index("ix_import_finding_import_id", "import_id", "line", "id"),
    )
