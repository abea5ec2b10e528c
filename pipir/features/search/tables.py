"""What search looks through: one row for each record that people look for, kept by triggers alone."""

from sqlalchemy import BigInteger, Computed, Identity, Index
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from pipir.store.base import Base, Marked, unique


class SearchEntry(Base, Marked):
    """What a record is found by; `kind` is its table, `key` what the address of its page ends with.

    `audience` is the record's `own` mask and the masks of all that it hangs on (`under`, as kind:number) together.
    `marking` is "" where the record has none of its own.
    """

    __tablename__ = "search_entry"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str]
    record_id: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    own: Mapped[int] = mapped_column(BigInteger)
    under: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    exercise: Mapped[bool]
    # Found by what is spelled so alone.
    exact: Mapped[bool]
    # The title's words, for those who misspell; and all words as a vector, those of the title with the weight A.
    words: Mapped[str] = mapped_column(
        Text(), Computed("case when exact then '' else app.search_words(title) end", persisted=True)
    )
    vector: Mapped[str] = mapped_column(TSVECTOR(), Computed("app.search_vector(title, body)", persisted=True))

    __table_args__ = (
        unique("kind", "record_id", name="uq_search_entry_record", sentence="A record has one entry in the index."),
        Index("ix_search_entry_vector", "vector", postgresql_using="gin"),
        Index("ix_search_entry_words", "words", postgresql_using="gin", postgresql_ops={"words": "gin_trgm_ops"}),
        Index("ix_search_entry_under", "under", postgresql_using="gin"),
    )
