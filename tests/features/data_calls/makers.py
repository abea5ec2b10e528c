"""Makers of data calls for tests."""

from typing import Any

import msgspec
from sqlalchemy import select

from pipir.features.data_calls import commands
from pipir.features.data_calls.tables import DataCallAddressee
from pipir.features.people.commands import OpenOffice, open_office
from pipir.kernel.ids import AddresseeId, DataCallId
from pipir.store.doors import WriteSession
from tests.makers import TODAY

# The office of the persons for tests, as conftest makes it.
OFFICE = 2


def a_call(**said: Any) -> dict[str, Any]:
    """The body of a call to the office of the persons for tests."""
    return {
        "title": "Milestones and money of the year",
        "asked": "Every milestone met, and what was obligated for it.",
        "purpose": "Report of 2027",
        "report_year": 2027,
        "issued_on": "2026-10-01",
        "due_on": "2026-11-10",
        "office_ids": [OFFICE],
        **said,
    }


async def issue(session: WriteSession, **said: Any) -> DataCallId:
    """A call in the database."""
    return await commands.issue_call(session, msgspec.convert(a_call(**said), commands.IssueCall))


async def addressees(session: WriteSession, call_id: int) -> list[AddresseeId]:
    """The numbers of a call's addressees, in the order in which they were named."""
    rows = await session.scalars(
        select(DataCallAddressee.id).where(DataCallAddressee.call_id == call_id).order_by(DataCallAddressee.id)
    )
    return [AddresseeId(each) for each in rows]


async def another_office(session: WriteSession) -> int:
    """An office to which no person for tests belongs."""
    body = OpenOffice(symbol="OTHER", name="Other office", department="Other", since=TODAY)
    return await open_office(session, body)
