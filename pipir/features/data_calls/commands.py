"""What can change of data calls."""

from datetime import date
from typing import Annotated

import msgspec
from sqlalchemy import func, select

from pipir.features.data_calls import rules
from pipir.features.data_calls.tables import DataCall, DataCallAddressee
from pipir.features.groups.tables import WorkingGroup
from pipir.features.law.queries import law_of
from pipir.features.people.queries import may_answer_for, reader_of
from pipir.features.people.tables import Office, Person
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import AddresseeId, DataCallId, RecordNumber
from pipir.kernel.marking import Reader, read_marking
from pipir.kernel.text import Line, Prose, Reason
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession

Words = Annotated[Prose, msgspec.Meta(min_length=3)]
Year = Annotated[int, msgspec.Meta(ge=2000, le=2100)]


class IssueCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of which offices and groups by when, and for what, such as the report of a year."""

    title: Line
    asked: Words
    purpose: Line
    issued_on: date
    due_on: date
    office_ids: tuple[RecordNumber, ...] = ()
    group_ids: tuple[RecordNumber, ...] = ()
    report_year: Year | None = None
    marking: Line = "CUI"


class ReviseCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of an open call."""

    title: Line
    asked: Words
    purpose: Line
    issued_on: date
    due_on: date
    report_year: Year | None = None
    marking: Line = "CUI"


class AddAddressee(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One more office or group that the call goes to."""

    office_id: RecordNumber | None = None
    group_id: RecordNumber | None = None


class ReleaseAddressee(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an addressee need not return anything."""

    because: Reason


class AnswerCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer of an addressee; it is given on the day on which it is entered."""

    answer: Words


class ReturnNil(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an addressee has nothing to return."""

    because: Reason


class CloseCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a call is closed while returns are missing; none is needed where all have come."""

    because: Reason | None = None


class ReopenCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a closed call is open again."""

    because: Reason


@command("call.issue", permission="calls.issue", sunset="goes on")
async def issue_call(session: WriteSession, body: IssueCall) -> DataCallId:
    """Ask offices and groups for something by a day."""
    reader = await reader_of(session, session.actor)
    marking = read_marking(body.marking, reader)
    rules.check_call(await law_of(session), body.issued_on, body.due_on, body.report_year, session.today)
    rules.has_addressees(body.office_ids, body.group_ids)
    for office_id in body.office_ids:
        await _check_office(session, office_id, "office_ids")
    for group_id in body.group_ids:
        await _check_group(session, group_id, reader, "group_ids")
    call = DataCall()
    _set(call, body)
    call.mark(marking)
    session.add(call)
    await session.flush()
    session.add_all(DataCallAddressee(call_id=call.id, office_id=each) for each in body.office_ids)
    session.add_all(DataCallAddressee(call_id=call.id, group_id=each) for each in body.group_ids)
    await session.flush()
    return DataCallId(call.id)


@command("call.revise", permission="calls.issue", sunset="goes on")
async def revise_call(session: WriteSession, call_id: DataCallId, body: ReviseCall, *, version: int) -> None:
    """Change an open call's words, days, purpose or marking."""
    reader = await reader_of(session, session.actor)
    call = await _call(session, call_id, reader)
    session.check_version(call, version, title=f"The call {call.title}")
    rules.may_change_call(call.closed_on)
    marking = read_marking(body.marking, reader)
    rules.check_call(await law_of(session), body.issued_on, body.due_on, body.report_year, session.today)
    _set(call, body)
    call.mark(marking)
    await session.flush()


@command("call.add-addressee", permission="calls.issue", sunset="goes on")
async def add_addressee(session: WriteSession, call_id: DataCallId, body: AddAddressee) -> AddresseeId:
    """Send an open call to one more office or group."""
    reader = await reader_of(session, session.actor)
    call = await _call(session, call_id, reader)
    rules.may_change_call(call.closed_on)
    rules.is_one_addressee(body.office_id, body.group_id)
    if body.office_id is not None:
        await _check_office(session, body.office_id, "office_id")
    if body.group_id is not None:
        await _check_group(session, body.group_id, reader, "group_id")
    addressee = DataCallAddressee(call_id=call.id, office_id=body.office_id, group_id=body.group_id)
    session.add(addressee)
    await session.flush()
    return AddresseeId(addressee.id)


@command("call.release-addressee", permission="calls.issue", sunset="goes on")
async def release_addressee(
    session: WriteSession, addressee_id: AddresseeId, body: ReleaseAddressee, *, version: int
) -> None:
    """Say why an addressee need not return anything; the entry stays in the record."""
    addressee = await _addressee(session, addressee_id, version)
    rules.may_release(addressee.returned, released=addressee.released_because is not None)
    addressee.released_because = body.because
    await session.flush()


@command("call.answer", permission="calls.answer", sunset="goes on")
async def answer_call(session: WriteSession, addressee_id: AddresseeId, body: AnswerCall, *, version: int) -> None:
    """Answer a call for one's own office, or revise what was returned before; the trail keeps the former."""
    addressee = await _returning(session, addressee_id, version)
    addressee.returned, addressee.answer, addressee.nil_because = "answer", body.answer, None
    addressee.answered_on, addressee.answered_by_id = session.today, session.actor
    await session.flush()


@command("call.return-nil", permission="calls.answer", sunset="goes on")
async def return_nil(session: WriteSession, addressee_id: AddresseeId, body: ReturnNil, *, version: int) -> None:
    """Say for one's own office that there is nothing to return, and why; it replaces what was returned before."""
    addressee = await _returning(session, addressee_id, version)
    addressee.returned, addressee.answer, addressee.nil_because = "nil", None, body.because
    addressee.answered_on, addressee.answered_by_id = session.today, session.actor
    await session.flush()


@command("call.close", permission="calls.issue", sunset="goes on")
async def close_call(session: WriteSession, call_id: DataCallId, body: CloseCall, *, version: int) -> None:
    """Close a call; where returns are missing the refusal names each addressee, and a reason is needed."""
    reader = await reader_of(session, session.actor)
    call = await _call(session, call_id, reader)
    session.check_version(call, version, title=f"The call {call.title}")
    rules.may_change_call(call.closed_on)
    rules.may_close(await _unanswered(session, call.id, reader), body.because)
    call.closed_on, call.closed_because, call.reopened_because = session.today, body.because, None
    await session.flush()


@command("call.reopen", permission="calls.issue", sunset="goes on")
async def reopen_call(session: WriteSession, call_id: DataCallId, body: ReopenCall, *, version: int) -> None:
    """Open a closed call again, for a reason."""
    call = await _call(session, call_id, await reader_of(session, session.actor))
    session.check_version(call, version, title=f"The call {call.title}")
    rules.may_reopen(call.closed_on)
    call.closed_on, call.closed_because, call.reopened_because = None, None, body.because
    await session.flush()


async def _call(session: WriteSession, call_id: int, reader: Reader) -> DataCall:
    call = await session.scalar(
        select(DataCall).where(DataCall.id == call_id, visible_to(reader, DataCall)).with_for_update(of=DataCall)
    )
    if call is None:
        raise NotFound("There is no data call with this number.")
    return call


async def _addressee(session: WriteSession, addressee_id: AddresseeId, version: int) -> DataCallAddressee:
    reader = await reader_of(session, session.actor)
    addressee = await session.get(DataCallAddressee, addressee_id)
    if addressee is None:
        raise NotFound("There is no addressee of a data call with this number.")
    # The call is locked first: nothing is returned to a call that is being closed.
    call = await _call(session, addressee.call_id, reader)
    await session.refresh(addressee, with_for_update=True)
    if addressee.group_id is not None and not await _sees_group(session, addressee.group_id, reader):
        raise NotFound("There is no addressee of a data call with this number.")
    session.check_version(addressee, version, title="What this addressee has returned")
    rules.may_change_call(call.closed_on)
    return addressee


async def _returning(session: WriteSession, addressee_id: AddresseeId, version: int) -> DataCallAddressee:
    addressee = await _addressee(session, addressee_id, version)
    person = await session.get_one(Person, session.actor)
    office = addressee.office_id
    stands_in = office is not None and await may_answer_for(session, session.actor, office)
    rules.may_return(
        office=office,
        own_office=office if office is not None and stands_in else person.office_id,
        is_program_office="program-office" in person.roles,
        released=addressee.released_because is not None,
    )
    return addressee


async def _unanswered(session: WriteSession, call_id: int, reader: Reader) -> list[str]:
    """The names of who has returned nothing; a group that the reader may not see is told of without its name."""
    rows = await session.execute(
        select(Office.symbol, WorkingGroup.name, visible_to(reader, WorkingGroup))
        .select_from(DataCallAddressee)
        .outerjoin(Office, Office.id == DataCallAddressee.office_id)
        .outerjoin(WorkingGroup, WorkingGroup.id == DataCallAddressee.group_id)
        .where(
            DataCallAddressee.call_id == call_id,
            DataCallAddressee.returned.is_(None),
            DataCallAddressee.released_because.is_(None),
        )
        .order_by(func.lower(func.coalesce(Office.symbol, WorkingGroup.name)), DataCallAddressee.id)
    )
    return [office or (group if seen else "a group that you may not see") for office, group, seen in rows]


async def _sees_group(session: WriteSession, group_id: int, reader: Reader) -> bool:
    statement = select(WorkingGroup.id).where(WorkingGroup.id == group_id, visible_to(reader, WorkingGroup))
    return await session.scalar(statement) is not None


def _set(call: DataCall, body: IssueCall | ReviseCall) -> None:
    call.title, call.asked, call.purpose, call.report_year = body.title, body.asked, body.purpose, body.report_year
    call.issued_on, call.due_on = body.issued_on, body.due_on


async def _check_office(session: WriteSession, office_id: int, where: str) -> None:
    if await session.get(Office, office_id) is None:
        raise Invalid(
            "The office is not known.",
            mistakes=(Mistake(where, "Expected the number of an office of this record.", str(office_id)),),
        )


async def _check_group(session: WriteSession, group_id: int, reader: Reader, where: str) -> None:
    if not await _sees_group(session, group_id, reader):
        raise Invalid(
            "There is no group with this number.",
            mistakes=(Mistake(where, "Expected the number of a group of this record.", str(group_id)),),
        )
