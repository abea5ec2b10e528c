"""What is stored of backups: each one taken, each drill, and each restore that this database came from."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from pipir.features.backups.rules import KINDS
from pipir.store.base import Record, check, one_of


class BackupRun(Record):
    """A backup, a drill or a restore with how it ended; the file's name alone is kept, not where it lies."""

    kind: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=text("app.now()"))
    file_name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    revision: Mapped[str]
    tables_count: Mapped[int] = mapped_column(Integer)
    rows_count: Mapped[int] = mapped_column(BigInteger)
    last_trail_id: Mapped[int] = mapped_column(BigInteger)
    passed: Mapped[bool]
    outcome: Mapped[str]

    __table_args__ = (
        one_of("kind", KINDS, name="ck_backup_run_kind"),
        check(
            "sha256 ~ '^[0-9a-f]{64}$'",
            name="ck_backup_run_sha256",
            sentence="A backup is named by the sha256 of its file.",
        ),
    )
