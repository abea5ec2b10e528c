"""Offices: opened, corrected, renamed on a day, ended with a successor."""

from datetime import date, timedelta
from typing import Literal

import msgspec
from sqlalchemy import func, or_, select

from pipir.features.people import rules
from pipir.features.people.tables import Office, OfficeName, PersonOffice
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import OfficeId, RecordNumber
from pipir.kernel.text import Line, SourceText
from pipir.store.doors import WriteSession

Department = Literal["Department of Defense", "Department of State", "Other"]


class OpenOffice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An office as it is entered; no `since` says that the day is not known."""

    symbol: Line
    name: Line
    department: Department
    since: date | None = None
    source: SourceText | None = None


class ReviseOffice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be corrected of an office; a new name is no correction."""

    symbol: Line
    name: Line
    department: Department
    source: SourceText | None = None


class RenameOffice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The name that an office bears from a day on."""

    symbol: Line
    name: Line
    on: date
    source: SourceText | None = None


class EndOffice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of an office, and which one takes its place."""

    until: date
    successor_id: RecordNumber | None = None


@command("people.open-office", permission="people.administer", sunset="goes on")
async def open_office(session: WriteSession, body: OpenOffice) -> OfficeId:
    """Enter an office."""
    office = Office(
        symbol=body.symbol, name=body.name, department=body.department, since=body.since, source=body.source
    )
    session.add(office)
    await session.flush()
    return OfficeId(office.id)


@command("people.revise-office", permission="people.administer", sunset="goes on")
async def revise_office(session: WriteSession, office_id: OfficeId, body: ReviseOffice, *, version: int) -> None:
    """Correct an office's symbol, name, department or source."""
    office = await _office(session, office_id, version)
    office.symbol, office.name, office.department = body.symbol, body.name, body.department
    office.source = body.source
    await session.flush()


@command("people.rename-office", permission="people.administer", sunset="goes on")
async def rename_office(session: WriteSession, office_id: OfficeId, body: RenameOffice, *, version: int) -> None:
    """Give an office the name that it bears from a day on; the former one stays with its days."""
    office = await _office(session, office_id, version)
    renamed = await session.scalar(select(func.max(OfficeName.until)).where(OfficeName.office_id == office_id))
    rules.may_rename(body.on, office.since, renamed=renamed, today=session.today)
    session.add(
        OfficeName(
            office_id=office_id,
            symbol=office.symbol,
            name=office.name,
            since=renamed + timedelta(days=1) if renamed is not None else office.since,
            until=body.on - timedelta(days=1),
        )
    )
    office.symbol, office.name = body.symbol, body.name
    office.source = body.source or office.source
    await session.flush()


@command("people.end-office", permission="people.administer", sunset="goes on")
async def end_office(session: WriteSession, office_id: OfficeId, body: EndOffice, *, version: int) -> None:
    """Close an office on a day, with the office that succeeds it; it stays in the record."""
    office = await _office(session, office_id, version)
    if office.since is not None:
        rules.may_end(office.since, body.until)
    if body.successor_id is not None and (
        body.successor_id == office_id or await session.get(Office, body.successor_id) is None
    ):
        raise Invalid(
            "The successor needs correcting.",
            mistakes=(Mistake("successor_id", "Expected another office of this record.", str(body.successor_id)),),
        )
    # Nobody joins the office while it is being closed: who moves a person locks the office first.
    staying = await session.scalar(
        select(func.count(func.distinct(PersonOffice.person_id))).where(
            PersonOffice.office_id == office_id,
            or_(PersonOffice.until.is_(None), PersonOffice.until > func.greatest(body.until, PersonOffice.since - 1)),
        )
    )
    rules.may_end_office(staying or 0)
    office.until, office.successor_id = body.until, body.successor_id
    await session.flush()


async def _office(session: WriteSession, office_id: OfficeId, version: int) -> Office:
    office = await session.get(Office, office_id, with_for_update=True)
    if office is None:
        raise NotFound("There is no office with this number.")
    session.check_version(office, version, title=f"The office {office.symbol}")
    return office
