"""Makers of values for tests; each gives a valid one, and takes what a test cares about."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from sqlalchemy import update

from pipir.features.people.tables import RoleAssignment
from pipir.kernel.access import Role
from pipir.store.doors import WriteSession

# Where the program clock of a test's installation starts.
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
TODAY = date(2026, 1, 15)


async def hold_roles(session: WriteSession, person_id: int, roles: Sequence[Role]) -> None:
    """Let a person hold these roles alone, as if from their first day, past every rule of the program."""
    ended = update(RoleAssignment).where(RoleAssignment.person_id == person_id)
    await session.execute(ended.values(until=RoleAssignment.since - 1))
    session.add_all(RoleAssignment(person_id=person_id, role=role, since=TODAY) for role in roles)
    await session.flush()
