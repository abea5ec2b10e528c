"""Makers of groups, meetings and action items for tests."""

from datetime import date
from typing import Any

from pipir.features.groups import commands
from pipir.features.participants import commands as participants
from pipir.kernel.ids import ActionItemId, DecisionId, GroupId, MeetingId
from pipir.store.doors import WriteSession

DAY = date(2026, 1, 10)


def a_group(**said: Any) -> dict[str, Any]:
    """The body of a working group."""
    return {
        "name": "Working group on radar",
        "kind": "working group",
        "established_on": "2026-01-05",
        "source": "Minutes of 5 January 2026",
        **said,
    }


def a_meeting(**said: Any) -> dict[str, Any]:
    """The body of a meeting of the forum."""
    return {
        "name": "Spring meeting",
        "place": "Honolulu",
        "starts_on": "2026-01-10",
        "ends_on": "2026-01-11",
        "source": "Minutes of 11 January 2026",
        **said,
    }


def an_action(**said: Any) -> dict[str, Any]:
    """The body of an action item."""
    return {"title": "Send the list of parts", "due_on": "2026-02-01", "owner_text": "Delegation of Australia", **said}


async def establish(session: WriteSession, **said: Any) -> GroupId:
    """A group in the database."""
    body = {**a_group(), "established_on": date(2026, 1, 5), **said}
    return await commands.establish_group(session, commands.EstablishGroup(**body))


async def record(session: WriteSession, **said: Any) -> MeetingId:
    """A meeting in the database."""
    body = {**a_meeting(), "starts_on": DAY, "ends_on": DAY, **said}
    return await commands.record_meeting(session, commands.RecordMeeting(**body))


async def assign(session: WriteSession, meeting_id: MeetingId, **said: Any) -> ActionItemId:
    """An action item in the database."""
    body = {**an_action(), "due_on": date(2026, 2, 1), **said}
    return await commands.assign_action(session, meeting_id, commands.AssignAction(**body))


async def country(session: WriteSession, code: str = "AUS", name: str = "Australia", marking: str = "CUI") -> int:
    """A country in the database."""
    body = participants.EnterParticipant(code, name, "Indo-Pacific", marking=marking)
    return await participants.enter_participant(session, body)


async def decide(session: WriteSession, meeting_id: MeetingId, **said: Any) -> DecisionId:
    """A decision in the database."""
    body = {"title": "Share figures", "text": "Each reports twice a year.", "agreed_by": ["AUS", "USA"], **said}
    return await commands.record_decision(session, meeting_id, commands.RecordDecision(**body))
