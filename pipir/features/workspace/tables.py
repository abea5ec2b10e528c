"""What is stored of the workspace: the draft of each writer, and what is said about a section."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from pipir.features.people.tables import Person
from pipir.features.report.tables import ReportSection
from pipir.store.base import Record, check, unique


class SectionDraft(Record):
    """What a person is typing in a section, and the version of the text that it began from; no one else reads it.

    It is open until its text is saved or thrown away; then it is blank.
    """

    section_id: Mapped[int] = mapped_column(ForeignKey(ReportSection.id))
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    base_version: Mapped[int] = mapped_column(Integer)
    narrative: Mapped[str]
    kept_at: Mapped[datetime]
    open: Mapped[bool]

    __table_args__ = (
        unique(
            "section_id",
            "person_id",
            name="uq_section_draft_person",
            sentence="Another window of yours kept a draft of this section just now.",
        ),
        check("base_version >= 1", name="ck_section_draft_base", sentence="A draft begins from a version of the text."),
        check("open or narrative = ''", name="ck_section_draft_open", sentence="A draft that is over holds no text."),
    )


class SectionComment(Record):
    """What somebody said about a section, perhaps about a passage of it, and how it was resolved."""

    section_id: Mapped[int] = mapped_column(ForeignKey(ReportSection.id), index=True)
    passage: Mapped[str | None]
    text: Mapped[str]
    made_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    made_at: Mapped[datetime]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[str | None]

    __table_args__ = (
        check(
            "num_nonnulls(resolved_by_id, resolved_at, resolution) in (0, 3)",
            name="ck_section_comment_resolved",
            sentence="A resolved comment says by whom, when and how.",
        ),
    )
