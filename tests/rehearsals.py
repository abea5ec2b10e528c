"""A rehearsal for a test: an installation whose clock its owner freezes and moves, and its persons' doors."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import httpx
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from pipir.app import Setup, create_app
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.kernel.access import ROLE_TITLES, ROLES, Role
from pipir.kernel.calendar import WASHINGTON
from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer
from pipir.store.migrate import Clock, make_installation, migrate, move_clock

TEMPLATE = "pipir_rehearsal"
BEGIN = datetime(2025, 12, 18, 12, tzinfo=WASHINGTON)
# What the law has two persons do needs two of a role.
PERSONS: dict[str, Role] = {**{role: role for role in ROLES}, "second administrator": "administrator"}


@dataclass(frozen=True)
class Cast:
    """The persons of a rehearsal by what they are called here, and a token for each."""

    numbers: dict[str, int]
    tokens: dict[str, str]


async def make_template(server: EmbeddedServer, superuser: AsyncConnection) -> Cast:
    """The database that rehearsals are cloned from, frozen at noon of the day on which the law was enacted."""
    await superuser.execute(text(f"create database {TEMPLATE} owner pipir_owner"))
    owner = server.url("pipir_owner", TEMPLATE)
    await migrate(owner)
    await make_installation(owner, "rehearsal", Clock(BEGIN, frozen=True))
    doors = Database(server.url("pipir_app", TEMPLATE), size=1)
    cast = Cast({}, {})
    async with doors.write(actor=SERVICE, command="test.people") as session:
        since = BEGIN.date()
        office = await people.open_office(
            session,
            people.OpenOffice(symbol="TEST", name="Office for tests", department="Department of Defense", since=since),
        )
        for name, role in PERSONS.items():
            body = people.AddPerson(
                name=f"The {name} ({ROLE_TITLES[role]})", title="Tester", office_id=office, since=since, roles=[role]
            )
            cast.numbers[name] = await people.add_person(session, body)
            cast.tokens[name] = await people.issue_token(session, cast.numbers[name], people.IssueToken(name="tests"))
    await doors.close()
    await superuser.execute(text(f"alter database {TEMPLATE} with is_template true"))
    return cast


class Doors(Database):
    """Doors that lead to the database of whichever rehearsal runs, so that one app serves them all."""

    def __init__(self) -> None:
        """Lead nowhere yet."""

    def lead_to(self, doors: Database) -> None:
        """Open onto the same engines as `doors`."""
        self.__dict__.update(doors.__dict__)


def rehearsal_app() -> tuple[Doors, Litestar]:
    """The app of rehearsals, put together once."""
    doors = Doors()
    return doors, create_app(Setup(db=doors, kind="rehearsal"))


@dataclass(frozen=True)
class Rehearsal:
    """One installation: its doors, its owner's hand on the clock, and its persons."""

    db: Database
    owner_url: str
    application_url: str
    name: str
    cast: Cast
    app: Litestar

    async def move(self, at: datetime) -> None:
        """Move the clock to a later instant, where it stands still."""
        await move_clock(self.owner_url, Clock(at, frozen=True))

    async def ask(
        self, person: str, method: str, path: str, body: Any = None, *, version: int | None = None
    ) -> httpx.Response:
        """One request of a person's program."""
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, raise_app_exceptions=False),
            base_url="http://testserver",
            headers={"Authorization": f"Bearer {self.cast.tokens[person]}"},
        ) as client:
            headers = {} if version is None else {"If-Match": f'"{version}"'}
            return await client.request(method, f"/api/v1{path}", json=body, headers=headers)

    async def must(
        self, person: str, method: str, path: str, body: Any = None, *, version: int | None = None
    ) -> dict[str, Any]:
        """The answer to a request that has to pass."""
        answer = await self.ask(person, method, path, body, version=version)
        assert answer.is_success, (path, body, answer.text)
        found: dict[str, Any] = answer.json()
        return found

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[AsyncConnection]:
        """A transaction of the role that owns the database."""
        async with transaction(self.owner_url) as connection:
            yield connection

    @asynccontextmanager
    async def application(
        self, person: str = "program-office", command: str = "by hand"
    ) -> AsyncIterator[AsyncConnection]:
        """A signed transaction of the service's role, past every rule of the program; in the server's zone."""
        async with transaction(self.application_url) as connection:
            await connection.execute(
                text("select set_config('app.actor', :actor, true), set_config('app.command', :command, true)"),
                {"actor": str(self.cast.numbers[person]), "command": command},
            )
            yield connection


@asynccontextmanager
async def a_rehearsal(
    server: EmbeddedServer,
    superuser: AsyncConnection,
    cast: Cast,
    shared: tuple[Doors, Litestar],
    *,
    zone: str = "UTC",
) -> AsyncIterator[Rehearsal]:
    """A rehearsal of its own, on a server of the time zone, gone afterwards."""
    name = f"r_{secrets.token_hex(6)}"
    await superuser.execute(text(f"create database {name} template {TEMPLATE} strategy file_copy owner pipir_owner"))
    await superuser.execute(text(f"alter database {name} set timezone to '{zone}'"))
    db = Database(server.url("pipir_app", name), size=4)
    shared[0].lead_to(db)
    try:
        yield Rehearsal(db, server.url("pipir_owner", name), server.url("pipir_app", name), name, cast, shared[1])
    finally:
        await db.close()
        await superuser.execute(text(f"drop database {name} with (force)"))


@asynccontextmanager
async def transaction(url: str) -> AsyncIterator[AsyncConnection]:
    """A transaction on a connection of its own."""
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


def noon(day: date) -> datetime:
    """Noon of a day in Washington."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=WASHINGTON).astimezone(UTC)
