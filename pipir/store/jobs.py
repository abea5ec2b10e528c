"""Jobs: work that outlives a request, with progress, cancel, and the actor who asked; `queue` is what runs them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import text

from pipir.kernel.errors import NotFound
from pipir.store.doors import Database, ReadSession, WriteSession

State = Literal["waiting", "running", "done", "failed", "cancelled"]
_COLUMNS = "id, name, body, actor, state, done, total, message, result, asked_at, ended_at"


class JobView(msgspec.Struct, frozen=True):
    """A job as a person follows it; `result` is the address of what it made."""

    id: int
    name: str
    body: dict[str, Any]
    actor: int
    state: State
    done: int
    total: int
    message: str
    result: str
    asked_at: datetime
    ended_at: datetime | None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")


class Cancelled(Exception):
    """Raised inside of a job at its next step after somebody asked to cancel it."""


@dataclass(frozen=True)
class Run:
    """What a job's function gets: the doors, who asked, what was asked, and a way to say how far it is."""

    db: Database
    id: int
    actor: int
    body: dict[str, Any]

    async def progress(self, done: int, total: int, message: str) -> None:
        """Say how far the job is, in steps and in words; raises Cancelled where somebody asked for that."""
        async with self.db.write(actor=self.actor, command="job.progress") as session:
            asked = await session.scalar(
                text(
                    "update job set done = :done, total = :total, message = :message where id = :id "
                    "returning cancel_asked"
                ),
                {"done": done, "total": total, "message": message, "id": self.id},
            )
        # After the last step there is nothing left to cancel.
        if asked and done < total:
            raise Cancelled


# A job's function returns the address of its result.
JobFunction = Callable[[Run], Awaitable[str]]


async def job(session: ReadSession, job_id: int) -> JobView:
    """One job, or NotFound."""
    row = (await session.execute(text(f"select {_COLUMNS} from job where id = :id"), {"id": job_id})).one_or_none()  # noqa: S608 - a constant list of columns
    if row is None:
        raise NotFound("There is no job with this number.")
    return JobView(*row)


async def cancel(session: WriteSession, job_id: int) -> None:
    """Ask a job to stop at its next step; one that waits is over at once."""
    await session.execute(
        text(
            "update job set cancel_asked = true, "
            "state = case when state = 'waiting' then 'cancelled' else state end, "
            "ended_at = case when state = 'waiting' then app.now() else ended_at end "
            "where id = :id and state in ('waiting', 'running')"
        ),
        {"id": job_id},
    )
