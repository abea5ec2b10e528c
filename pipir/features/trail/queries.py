"""What can be asked of the trail."""

from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import RowMapping, Select, select

from pipir.features.people.tables import Person
from pipir.features.trail import rules
from pipir.features.trail.tables import TrailRow
from pipir.kernel.calendar import WASHINGTON, end_of_day, start_of_day
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.doors import ReadSession
from pipir.store.listing import Sorts, list_page


class Change(msgspec.Struct, frozen=True):
    """One field of a change."""

    field: str
    before: str
    after: str


class TrailView(msgspec.Struct, frozen=True):
    """A trail row as people read it: when by the program clock, who, what."""

    id: int
    at: str
    real_at: datetime
    who: str
    person_id: int
    command: str
    subject: str
    subject_id: int | None
    change: str
    detail: str
    changes: tuple[Change, ...]
    seal: str = ""


_SORTS: Sorts = {"at": ((TrailRow.id, int),)}


async def history(session: ReadSession, subject: str, subject_id: int, *, limit: int = 50) -> tuple[TrailView, ...]:
    """The latest changes of a record and of what hangs on it; ask only for a record that the reader may see."""
    rows = await session.execute(
        _rows()
        .where(TrailRow.subject == subject, TrailRow.subject_id == subject_id)
        .order_by(TrailRow.id.desc())
        .limit(limit)
    )
    return tuple(_view(row) for row in rows.mappings())


async def latest(session: ReadSession, *, limit: int = 8, but_not: tuple[str, ...] = ()) -> tuple[TrailView, ...]:
    """The latest changes of all, newest first, without those of the subjects in `but_not`."""
    rows = await session.execute(
        _rows().where(TrailRow.subject.not_in(but_not)).order_by(TrailRow.id.desc()).limit(limit)
    )
    return tuple(_view(row) for row in rows.mappings())


async def list_changes(
    session: ReadSession,
    *,
    person_id: int | None = None,
    subject: str | None = None,
    command: str | None = None,
    since: date | None = None,
    until: date | None = None,
    sort: str = "-at",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[TrailView]:
    """The trail, newest first; days are counted in Washington by the program clock."""
    statement = _rows()
    if person_id is not None:
        statement = statement.where(TrailRow.actor == person_id)
    if subject is not None:
        statement = statement.where(TrailRow.subject == subject)
    if command is not None:
        statement = statement.where(TrailRow.command == command)
    if since is not None:
        statement = statement.where(TrailRow.at >= start_of_day(since))
    if until is not None:
        statement = statement.where(TrailRow.at < end_of_day(until))
    return await list_page(
        session, statement, row_id=TrailRow.id, sorts=_SORTS, sort=sort, cursor=cursor, limit=limit, view=_view
    )


def _rows() -> Select[Any]:
    return select(
        TrailRow.id,
        TrailRow.at,
        TrailRow.real_at,
        TrailRow.actor,
        TrailRow.command,
        TrailRow.table_name,
        TrailRow.operation,
        TrailRow.subject,
        TrailRow.subject_id,
        TrailRow.before,
        TrailRow.after,
        TrailRow.row_count,
        Person.name.label("who"),
    ).outerjoin(Person, Person.id == TrailRow.actor)


def _view(row: RowMapping) -> TrailView:
    changed = rules.changes(row["before"], row["after"]) if row["operation"] == "update" else ()
    local = row["at"].astimezone(WASHINGTON)
    return TrailView(
        id=row["id"],
        at=f"{local.day} {local:%b %Y %H:%M} {local.tzname()}",
        real_at=row["real_at"],
        who=row["who"] or f"person {row['actor']}",
        person_id=row["actor"],
        command=row["command"],
        subject=row["subject"],
        subject_id=row["subject_id"],
        change=rules.sentence(row["table_name"], row["operation"], row["before"], row["after"], row["row_count"] or 0),
        detail="; ".join(
            f"{name.replace('_', ' ')}: {old} \N{RIGHTWARDS ARROW} {new}" for name, old, new in changed[:4]
        ),
        changes=tuple(Change(*each) for each in changed),
    )
