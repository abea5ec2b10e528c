"""What is stored of documents: what is attached to records, versions and their bytes, removals of spilled values."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, text
from sqlalchemy.dialects.postgresql import BYTEA, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from pipir.store.base import Base, Marked, Record, check, one_of, unique

SCANS = ("clean", "not scanned")
SPILLAGE_STATES = ("proposed", "confirmed", "replaced", "withdrawn")


class Document(Record, Marked):
    """A document that is attached to a record; its latest version stands first, and none is ever deleted."""

    title: Mapped[str]
    record_kind: Mapped[str]
    record_id: Mapped[int] = mapped_column(BigInteger)
    dated_on: Mapped[date | None]
    source: Mapped[str]
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    latest: Mapped[int] = mapped_column(Integer)
    ended_on: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        check("latest >= 1", name="ck_document_latest", sentence="A document has at least one version."),
        check(
            "(ended_on is null) = (ended_because is null)",
            name="ck_document_end",
            sentence="A document that is ended has a day and a reason.",
        ),
        Index("ix_document_record", "record_kind", "record_id", "id"),
    )


class DocumentVersion(Base):
    """The bytes of a document as they came once; a version is appended, and loses its bytes to a spillage alone."""

    __tablename__ = "document_version"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey(Document.id))
    number: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    filename: Mapped[str]
    note: Mapped[str | None]
    scan: Mapped[str]
    stored_at: Mapped[datetime]
    stored_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    spillage_id: Mapped[int | None] = mapped_column(ForeignKey("spillage.id"))
    exercise: Mapped[bool] = mapped_column(server_default=text("app.exercise_write()"))

    __table_args__ = (
        unique(
            "document_id",
            "number",
            name="uq_document_version_document_id_number",
            sentence="Somebody added this version of the document just now.",
        ),
        check("number >= 1", name="ck_document_version_number", sentence="Versions are counted from one."),
        check(
            "sha256 ~ '^[0-9a-f]{64}$'",
            name="ck_document_version_sha256",
            sentence="A version carries the SHA-256 of its bytes.",
        ),
        check(
            "size between 1 and 25000000",
            name="ck_document_version_size",
            sentence="A document holds at least one byte and at most 25 MB.",
        ),
        one_of("scan", SCANS, name="ck_document_version_scan"),
        Index("ix_document_version_sha256", "sha256"),
    )


class DocumentChunk(Base):
    """A part of a version's bytes, at most one MiB; appended with its version."""

    __tablename__ = "document_chunk"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(DocumentVersion.id))
    place: Mapped[int] = mapped_column(Integer)
    body: Mapped[bytes] = mapped_column(BYTEA)

    __table_args__ = (
        unique(
            "version_id",
            "place",
            name="uq_document_chunk_version_id_place",
            sentence="A version has each part of its bytes once.",
        ),
        check("place >= 0", name="ck_document_chunk_place", sentence="Parts are counted from zero."),
        check(
            "octet_length(body) between 1 and 1048576",
            name="ck_document_chunk_body",
            sentence="A part holds at least one byte and at most one MiB.",
        ),
    )


class Spillage(Record):
    """A value that must not stand in the record: one administrator proposes, another confirms, and it is replaced."""

    state: Mapped[str]
    value_sha256: Mapped[str]
    value_length: Mapped[int] = mapped_column(Integer)
    because: Mapped[str]
    met_where: Mapped[str]
    named_versions: Mapped[str | None]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_on: Mapped[date]
    found: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    replaced_on: Mapped[date | None]
    replaced: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    withdrawn_on: Mapped[date | None]
    withdrawn_because: Mapped[str | None]

    __table_args__ = (
        one_of("state", SPILLAGE_STATES, name="ck_spillage_state"),
        check(
            "value_sha256 ~ '^[0-9a-f]{64}$' and value_length >= 4",
            name="ck_spillage_value",
            sentence="A value is known by its SHA-256 and its length, which is at least four characters.",
        ),
        check(
            "confirmed_by_id <> proposed_by_id",
            name="ck_spillage_second_person",
            sentence="A second administrator confirms what the first has proposed.",
        ),
        check(
            "(state in ('confirmed', 'replaced')) = (confirmed_by_id is not null)",
            name="ck_spillage_confirmed",
            sentence="A replacement names the administrator who confirmed it.",
        ),
        check(
            "(state = 'replaced') = (num_nonnulls(replaced_on, replaced) = 2) "
            "and num_nonnulls(replaced_on, replaced) <> 1",
            name="ck_spillage_replaced",
            sentence="A replacement has its day and says how much was replaced.",
        ),
        check(
            "(state = 'withdrawn') = (num_nonnulls(withdrawn_on, withdrawn_because) = 2) "
            "and num_nonnulls(withdrawn_on, withdrawn_because) <> 1",
            name="ck_spillage_withdrawn",
            sentence="A proposal that is withdrawn has a day and a reason.",
        ),
    )
