"""What tests share: one embedded PostgreSQL, one migrated template, a database of its own for each test that asks."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from pipir import logs
from pipir.app import Setup, create_app
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.kernel.access import ROLE_TITLES, ROLES, Role
from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer, prepare
from pipir.store.migrate import Clock, make_installation, migrate
from tests.makers import NOW, TODAY
from tests.rehearsals import Cast, Doors, Rehearsal, a_rehearsal, make_template, rehearsal_app

logs.set_up("error")
# A property holds or not; how long a loaded machine takes over it is no part of it.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A PostgreSQL for the whole run, without fsync, in memory where there is room."""
    memory = Path("/dev/shm")
    home = memory / f"pipir-tests-{os.getpid()}" if os.access(memory, os.W_OK) else tmp_path_factory.mktemp("pg")
    with EmbeddedServer.start(home, durable=False) as running:
        prepare(running)
        yield running


@dataclass(frozen=True)
class Template:
    """A database that tests are cloned from, with one person and one token for each role."""

    name: str
    people: dict[str, int]
    tokens: dict[str, str]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def superuser(server: EmbeddedServer) -> AsyncIterator[AsyncConnection]:
    """The one connection that makes and drops databases."""
    engine = create_async_engine(server.url("postgres", "postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def template(server: EmbeddedServer, superuser: AsyncConnection) -> Template:
    """An exercise installation whose clock started on a fixed day: no test depends on the real date."""
    owner = server.url("pipir_owner", "pipir")
    await migrate(owner)
    await make_installation(owner, "exercise", Clock(NOW))
    doors = Database(server.url("pipir_app", "pipir"), size=1)
    made: dict[str, int] = {}
    tokens: dict[str, str] = {}
    async with doors.write(actor=SERVICE, command="test.people") as session:
        office = await people.open_office(
            session,
            people.OpenOffice(symbol="TEST", name="Office for tests", department="Department of Defense", since=TODAY),
        )
        for role in ROLES:
            body = people.AddPerson(
                name=f"Person {ROLE_TITLES[role]}", title="Tester", office_id=office, since=TODAY, roles=[role]
            )
            made[role] = await people.add_person(session, body)
            tokens[role] = await people.issue_token(session, made[role], people.IssueToken(name="tests"))
    await doors.close()
    await superuser.execute(text("alter database pipir with is_template true"))
    return Template("pipir", made, tokens)


@pytest_asyncio.fixture(loop_scope="session")
async def database(superuser: AsyncConnection, template: Template) -> AsyncIterator[str]:
    """The name of a fresh database, gone after the test."""
    name = f"t_{secrets.token_hex(6)}"
    await superuser.execute(
        text(f"create database {name} template {template.name} strategy file_copy owner pipir_owner")
    )
    yield name
    await superuser.execute(text(f"drop database {name} with (force)"))


@pytest_asyncio.fixture(loop_scope="session")
async def db(server: EmbeddedServer, database: str) -> AsyncIterator[Database]:
    """The three doors, as the service's role, on a fresh database."""
    doors = Database(server.url("pipir_app", database), size=6)
    yield doors
    await doors.close()


@pytest_asyncio.fixture(loop_scope="session")
async def owner_url(server: EmbeddedServer, database: str) -> str:
    """The migration role's address of the same database."""
    return server.url("pipir_owner", database)


@dataclass(frozen=True)
class Service:
    """The app over a fresh database, and a way in for each role."""

    db: Database
    transport: httpx.ASGITransport
    people: dict[str, int]
    tokens: dict[str, str]

    def api(self, role: Role) -> httpx.AsyncClient:
        """A program's client: acts with a token of a person who has this role alone."""
        return httpx.AsyncClient(
            transport=self.transport,
            base_url="http://testserver",
            headers={"Authorization": f"Bearer {self.tokens[role]}"},
        )

    def anonymous(self) -> httpx.AsyncClient:
        """A client that has not signed in."""
        return httpx.AsyncClient(transport=self.transport, base_url="http://testserver")

    async def browser(self, role: Role) -> "Browser":
        """A signed-in browser of a person who has this role alone."""
        client = self.anonymous()
        await client.post("/consent", data={"next": ""})
        answer = await client.post("/sign-in", data={"person": str(self.people[role]), "next": ""})
        assert answer.status_code == 303, answer.text
        page = await client.get("/people")
        csrf = page.text.partition('name="_csrf" value="')[2].partition('"')[0]
        return Browser(client, csrf)


@dataclass(frozen=True)
class Browser:
    """A client that posts forms as a page of ours does."""

    client: httpx.AsyncClient
    csrf: str

    async def get(self, path: str) -> httpx.Response:
        """Load a page."""
        return await self.client.get(path)

    async def post(self, path: str, form: dict[str, str | list[str]] | None = None) -> httpx.Response:
        """Send a form."""
        return await self.client.post(path, data={**(form or {}), "_csrf": self.csrf})


@pytest.fixture(scope="session")
def shared_app() -> tuple[Doors, Litestar]:
    """The app, put together once: that costs more than most tests."""
    doors = Doors()
    return doors, create_app(Setup(db=doors, kind="exercise"))


@pytest_asyncio.fixture(loop_scope="session")
async def service(db: Database, template: Template, shared_app: tuple[Doors, Litestar]) -> Service:
    """The app over this test's database, with one person and one token for each role."""
    doors, app = shared_app
    doors.lead_to(db)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return Service(db, transport, template.people, template.tokens)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cast(server: EmbeddedServer, superuser: AsyncConnection) -> Cast:
    """The persons of every rehearsal, whose template is made with them."""
    return await make_template(server, superuser)


@pytest.fixture(scope="session")
def shared_rehearsal() -> tuple[Doors, Litestar]:
    """The app of rehearsals, put together once."""
    return rehearsal_app()


@pytest_asyncio.fixture(loop_scope="session")
async def rehearsal(
    server: EmbeddedServer, superuser: AsyncConnection, cast: Cast, shared_rehearsal: tuple[Doors, Litestar]
) -> AsyncIterator[Rehearsal]:
    """A rehearsal whose clock stands at the enactment of the law."""
    async with a_rehearsal(server, superuser, cast, shared_rehearsal) as made:
        yield made


# What takes a minute or more begins, so that no processor is left alone with it at the end.
_LONGEST = ("test_hostile.py", "test_sight.py", "test_walk.py", "test_tasks.py", "test_lived.py", "test_program.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; the others in the order of their names."""
    items.sort(key=lambda item: _LONGEST.index(item.path.name) if item.path.name in _LONGEST else len(_LONGEST))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Golden copies are written anew only where somebody asks."""
    parser.addoption("--write-golden", action="store_true", help="write golden copies anew")
    parser.addoption("--whole", action="store_true", help="run whole products of cases, as scripts/prove law does")
    parser.addoption("--pictures", default="", metavar="DIR", help="keep pictures of the pages that the browser walks")
