"""The named exercise persons: at least one for each role, in real offices, so that an exercise can be signed in to."""

from datetime import date
from typing import Final

from sqlalchemy import select

from pipir.features.people import commands
from pipir.features.people.tables import SERVICE, Office, Person
from pipir.kernel.access import Role
from pipir.store.doors import Database, ReadSession

# The day of enactment: the first day that an office can have worked under section 1253.
_SINCE: Final = date(2025, 12, 18)

_Office = tuple[str, str, commands.Department]
_Person = tuple[str, str, str, Role]

OFFICES: Final[tuple[_Office, ...]] = (
    ("OUSD(A&S)", "Office of the Under Secretary of Defense for Acquisition and Sustainment", "Department of Defense"),
    ("OUSD(C)", "Office of the Under Secretary of Defense (Comptroller)", "Department of Defense"),
    ("OASD(LA)", "Office of the Assistant Secretary of Defense for Legislative Affairs", "Department of Defense"),
    ("DoD OIG", "Department of Defense Office of Inspector General", "Department of Defense"),
    ("State PM", "Bureau of Political-Military Affairs", "Department of State"),
)

# Invented names, said to be so wherever they are shown: every row carries the exercise mark.
PERSONS: Final[tuple[_Person, ...]] = (
    ("Robin Exercise", "Program officer", "OUSD(A&S)", "program-office"),
    ("Sidney Exercise", "Senior civilian official (exercise role)", "OUSD(A&S)", "senior-official"),
    ("Jordan Exercise", "Liaison to the program office", "State PM", "state-liaison"),
    ("Casey Exercise", "Program comptroller", "OUSD(C)", "comptroller"),
    ("Morgan Exercise", "Writer of the annual report", "OASD(LA)", "report-writer"),
    ("Avery Exercise", "Auditor", "DoD OIG", "auditor"),
    ("Taylor Exercise", "Administrator of the installation", "OUSD(A&S)", "administrator"),
    # The second person, who confirms an amendment or a reading that the first has entered.
    ("Dakota Exercise", "Second administrator of the installation", "OUSD(A&S)", "administrator"),
    # Who takes the second look at a comptroller's own answer about an obligation that lies still.
    ("Reese Exercise", "Second comptroller", "OUSD(C)", "comptroller"),
)


async def enter_people(db: Database) -> int:
    """Enter the exercise persons that are missing, and return how many were entered."""
    # Each command asks this of an installation that has them all, so what is asked is cheap: nothing is written.
    async with db.read() as session:
        if await _missing(session) == ([], []):
            return 0
    async with db.write(actor=SERVICE, command="exercise.people", exercise=True) as session:
        offices, persons = await _missing(session)
        for symbol, name, department in offices:
            body = commands.OpenOffice(symbol=symbol, name=name, department=department, since=_SINCE)
            await commands.open_office(session, body)
        known = {row.symbol: row.id for row in await session.execute(select(Office.symbol, Office.id))}
        for name, title, symbol, role in persons:
            await commands.add_person(
                session,
                commands.AddPerson(name=name, title=title, office_id=known[symbol], since=_SINCE, roles=[role]),
            )
    return len(persons)


async def _missing(session: ReadSession) -> tuple[list[_Office], list[_Person]]:
    symbols = set(await session.scalars(select(Office.symbol)))
    names = set(await session.scalars(select(Person.name)))
    return [each for each in OFFICES if each[0] not in symbols], [each for each in PERSONS if each[0] not in names]
