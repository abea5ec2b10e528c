"""The table that a person follows a job in; the queue's own tables belong to its library."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Identity, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from pipir.store.base import Base, one_of

STATES: Final = ("waiting", "running", "done", "failed", "cancelled")


class JobRow(Base):
    """One job; progress is no change of the record, so the trail is silent on it."""

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    actor: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(server_default="waiting")
    done: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int] = mapped_column(server_default="0")
    message: Mapped[str] = mapped_column(server_default="")
    result: Mapped[str] = mapped_column(server_default="")
    cancel_asked: Mapped[bool] = mapped_column(server_default=text("false"))
    asked_at: Mapped[datetime] = mapped_column(server_default=text("app.now()"))
    ended_at: Mapped[datetime | None]

    __table_args__ = (one_of("state", STATES, name="ck_job_state"),)
