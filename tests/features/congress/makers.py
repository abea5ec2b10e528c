"""Makers of briefings, congressional contacts and promises for tests."""

from datetime import date
from typing import Any

import msgspec
from sqlalchemy import select

from pipir.features.congress import commands
from pipir.features.congress.tables import CommitteeBriefing
from pipir.features.people.commands import OpenOffice, open_office
from pipir.features.people.tables import Office
from pipir.kernel.ids import BriefingId, CommitteeBriefingId, ContactId, PromiseId
from pipir.store.doors import WriteSession

SASC = "senate-armed-services"
# The office of the persons for tests, as conftest makes it.
OFFICE = 2


def a_briefing(**said: Any) -> dict[str, Any]:
    """The body of the package of the first statutory briefing."""
    return {
        "title": "Briefing of 2026",
        "duty": "briefing-2026",
        "office_id": OFFICE,
        "briefer_role": "Assistant Secretary",
        **said,
    }


def on_request(**said: Any) -> dict[str, Any]:
    """The body of a briefing on request."""
    return a_briefing(duty=None, requested_by="Subcommittee staff", title="Radar, on request", **said)


def a_contact(**said: Any) -> dict[str, Any]:
    """The body of a question for the record."""
    return {
        "kind": "question for the record",
        "title": "Radar co-production",
        "asked": "How many radars were made?",
        "committee": SASC,
        "tasking_number": "LA-26-001",
        "received_on": "2026-10-01",
        "due_on": "2026-10-31",
        "office_id": OFFICE,
        **said,
    }


def a_hold(**said: Any) -> dict[str, Any]:
    """The body of an informal hold."""
    return a_contact(kind="informal hold", tasking_number=None, due_on=None, **said)


def a_promise(**said: Any) -> dict[str, Any]:
    """The body of a promise made in another place."""
    return {
        "title": "List of suppliers",
        "words": "We will send the list of suppliers by the end of October.",
        "made_in": "other",
        "source": "Letter of 1 September 2026",
        "made_on": "2026-09-01",
        "due_on": "2026-10-31",
        "office_id": OFFICE,
        **said,
    }


async def prepare(session: WriteSession, **said: Any) -> BriefingId:
    """A briefing in the database."""
    body = msgspec.convert(a_briefing(**said), commands.PrepareBriefing)
    return await commands.prepare_briefing(session, body)


async def committee_of(session: WriteSession, briefing_id: int, committee: str = SASC) -> CommitteeBriefingId:
    """The number of a committee's row."""
    found = await session.scalar(
        select(CommitteeBriefing.id).where(
            CommitteeBriefing.briefing_id == briefing_id, CommitteeBriefing.committee == committee
        )
    )
    assert found is not None
    return CommitteeBriefingId(found)


async def give(session: WriteSession, briefing_id: BriefingId, on: date = date(2026, 11, 18)) -> CommitteeBriefingId:
    """The briefing, given to the first committee."""
    number = await committee_of(session, briefing_id)
    await commands.record_given(session, number, commands.RecordGiven(on, "Room 1", "Staff of both sides."), version=1)
    return number


async def enter_contact(session: WriteSession, **said: Any) -> ContactId:
    """A contact in the database."""
    return await commands.enter_contact(session, msgspec.convert(a_contact(**said), commands.EnterContact))


async def promise(session: WriteSession, **said: Any) -> PromiseId:
    """A promise in the database."""
    return await commands.enter_promise(session, msgspec.convert(a_promise(**said), commands.EnterPromise))


async def another_office(session: WriteSession) -> int:
    """An office to which no person for tests belongs."""
    body = OpenOffice(symbol="OTHER", name="Other office", department="Other", since=date(2026, 1, 1))
    return await open_office(session, body)


async def office_number(session: WriteSession) -> int:
    """The number of the office of the persons for tests."""
    found = await session.scalar(select(Office.id).where(Office.symbol == "TEST"))
    assert found is not None
    return found
