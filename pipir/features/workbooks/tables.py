"""What is stored of workbooks: each import, and the changes that it asks for, one for each record."""

from datetime import datetime
from typing import Any, NewType

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from pipir.features.people.tables import Person
from pipir.features.projects.tables import Project
from pipir.features.workbooks.rules import KINDS, STATES
from pipir.store.base import Marked, Record, check, one_of

WorkbookId = NewType("WorkbookId", int)


class WorkbookImport(Record, Marked):
    """A workbook that came back: its file by hash, when, by whom and under which filter it was exported.

    Its marking is that of all the projects together that it changes, as they were marked when it came.
    """

    filename: Mapped[str]
    sha256: Mapped[str]
    exported_at: Mapped[datetime]
    exported_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    asked: Mapped[str]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id), index=True)
    uploaded_at: Mapped[datetime]
    remark: Mapped[str | None]

    __table_args__ = (Index("ix_workbook_import_uploaded_at", "uploaded_at", "id"),)


class WorkbookChange(Record):
    """What a workbook changes of one record: its fields before and after, and what became of it.

    `record_version` is the one that the workbook carried; `said` the reason that was typed beside a changed day.
    """

    import_id: Mapped[int] = mapped_column(ForeignKey(WorkbookImport.id))
    kind: Mapped[str]
    record_id: Mapped[int] = mapped_column(BigInteger)
    # Of a milestone its project's: a change is as hidden as the project is.
    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id), index=True)
    record_version: Mapped[int]
    line: Mapped[int]
    fields: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    said: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="waiting")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    decided_at: Mapped[datetime | None]
    because: Mapped[str | None]

    __table_args__ = (
        one_of("kind", KINDS, name="ck_workbook_change_kind"),
        one_of("state", STATES, name="ck_workbook_change_state"),
        check(
            "(state = 'waiting') = (decided_by_id is null) and (decided_by_id is null) = (decided_at is null)",
            name="ck_workbook_change_decided",
            sentence="A change that waits no longer has the person who decided it, and when.",
        ),
        check(
            "state <> 'refused' or because is not null",
            name="ck_workbook_change_because",
            sentence="A change is refused with a reason.",
        ),
        Index("uq_workbook_change_record", "import_id", "kind", "record_id", unique=True),
        Index("ix_workbook_change_waiting", "import_id", postgresql_where=text("state = 'waiting'")),
    )
