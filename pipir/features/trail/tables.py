"""The trail's table, written by triggers alone."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.dialects.postgresql import BYTEA, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from pipir.store.base import Base


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction number."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name in SQL."""
        return "XID8"


class TrailRow(Base):
    """One change of one row, or one statement that appended rows."""

    __tablename__ = "trail"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    real_at: Mapped[datetime]
    xid: Mapped[int] = mapped_column(Xid8())
    actor: Mapped[int] = mapped_column(BigInteger)
    command: Mapped[str]
    table_name: Mapped[str]
    operation: Mapped[str]
    record_id: Mapped[int | None] = mapped_column(BigInteger)
    subject: Mapped[str]
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    row_count: Mapped[int | None] = mapped_column(BigInteger)
    first_id: Mapped[int | None] = mapped_column(BigInteger)
    last_id: Mapped[int | None] = mapped_column(BigInteger)
    rows_sha256: Mapped[bytes | None] = mapped_column(BYTEA)
    # How the rows were written down before they were hashed; None: each as JSON.
    rows_form: Mapped[str | None]
    # For whom the actor stood in, where the act was done for somebody who was away.
    standing_in_for: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        Index("ix_trail_subject", "subject", "subject_id", "id"),
        Index("ix_trail_record", "table_name", "record_id", "id"),
        Index("ix_trail_actor", "actor", "id"),
        Index("ix_trail_at", "at", "id"),
        Index("ix_trail_xid", "xid"),
    )
