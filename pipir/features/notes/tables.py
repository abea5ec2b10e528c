"""What is stored of notes: what somebody remarks on a record, under a marking of its own."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from pipir.features.people.tables import Person
from pipir.store.base import Marked, Record, check


class Note(Record, Marked):
    """A note on a record of any kind, by the kind's name in the trail and the number; it ends with a reason."""

    record_kind: Mapped[str]
    record_id: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str]
    written_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    written_at: Mapped[datetime]
    revised_at: Mapped[datetime | None]
    ended_on: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        check(
            "num_nonnulls(ended_on, ended_because) in (0, 2)",
            name="ck_note_end",
            sentence="A note that is ended has a day and a reason.",
        ),
        check(
            "revised_at >= written_at",
            name="ck_note_revised",
            sentence="A note is revised after it was written.",
        ),
        Index("ix_note_record", "record_kind", "record_id", "id"),
    )
