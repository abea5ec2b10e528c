"""`pipir token create` and `pipir people create-administrator`."""

import argparse

from sqlalchemy import select

from pipir.cli.actor import person_of
from pipir.cli.installation import with_doors
from pipir.cli.words import say
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE, Office, Person
from pipir.kernel.errors import Conflict
from pipir.kernel.ids import PersonId
from pipir.kernel.parsing import parse
from pipir.store.doors import Database
from pipir.store.migrate import Installation


def create_token(options: argparse.Namespace) -> int:
    """Make an API token and show it."""

    async def run(db: Database, installation: Installation) -> str:
        person = await person_of(db, options.person, needs="", installation=installation)
        async with db.write(actor=SERVICE, command=people.issue_token.name) as session:
            body = people.IssueToken(name=options.name, days=options.days)
            return await people.issue_token(session, PersonId(person), body)

    token = with_doors(options, run)
    say("The token, shown this once; send it as: Authorization: Bearer TOKEN")
    print(token)
    return 0


def create_administrator(options: argparse.Namespace) -> int:
    """Enter an administrator."""

    async def run(db: Database, installation: Installation) -> int:
        async with db.write(actor=SERVICE, command="people.create-administrator") as session:
            known = await session.scalar(select(Person.id).where(Person.name == options.name))
            if known is not None:
                raise Conflict(f"{options.name} is entered already, as person {known}; roles are changed on the page.")
            office = await session.scalar(select(Office.id).where(Office.symbol == options.office))
            if office is None:
                opening = people.OpenOffice(
                    symbol=options.office,
                    name=options.office_name or options.office,
                    department="Department of Defense",
                    since=session.today,
                )
                office = await people.open_office(session, opening)
            body = parse(
                people.AddPerson,
                {
                    "name": options.name,
                    "title": options.title,
                    "office_id": office,
                    "since": session.today.isoformat(),
                    "roles": ["administrator"],
                },
            )
            return await people.add_person(session, body)

    number = with_doors(options, run)
    say(f"{options.name} is person {number} and holds the role administrator.")
    return 0
