"""The installation behind a command: its settings and its database, set up as it should be."""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple

from sqlalchemy import text

from pipir.cli.words import Bar, say
from pipir.exercise.days import START
from pipir.exercise.people import enter_people
from pipir.kernel.errors import Refused
from pipir.settings import APPLICATION_ROLE, Settings, read_settings
from pipir.store.doors import JOB, Database, Limits
from pipir.store.embedded import EmbeddedServer, prepare
from pipir.store.migrate import (
    Clock,
    Installation,
    Kind,
    clock_of,
    installation_of,
    make_installation,
    migrate,
    move_clock,
)

# How long a command that started the embedded server waits for those that share it, in seconds.
_LONGEST_WAIT = 600


class Addresses(NamedTuple):
    """Where the database is: for the service's role, and for the role that owns it; `embedded` where it is our own."""

    application: str
    owner: str
    role: str | None
    embedded: bool
    # The address of a role that may make databases, where that is known.
    maker: str | None = None


class Wish(NamedTuple):
    """What kind of installation was asked for; None where nothing was said."""

    kind: Kind | None
    clock: Clock | None
    program: bool


def wish_of(options: argparse.Namespace) -> Wish:
    """The kind of installation that the words of `setup` or `serve` ask for."""
    if options.production:
        return Wish("production", None, program=False)
    if options.rehearse is not None:
        return Wish("rehearsal", Clock(options.rehearse, frozen=options.frozen), program=False)
    if options.exercise is not None:
        return Wish("exercise", Clock(options.exercise or START), program=True)
    return Wish(None, None, program=False)


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings of the environment, under what the command was told."""
    given = {name: getattr(options, name, None) for name in ("port", "host")}
    return read_settings(
        over={f"PIPIR_{name.upper()}": str(value) for name, value in given.items() if value is not None}
    )


async def set_up(addresses: Addresses, wish: Wish, *, say: Callable[[str], None]) -> Installation:
    """Migrate, make or check the installation, load the public record into a new one."""
    say("Bringing the database to this program's schema.")
    await migrate(addresses.owner)
    made = await installation_of(addresses.owner)
    if made is None and wish.kind is None and not addresses.embedded:
        # On a server nobody gets an installation that is open to whoever reaches it because a word was left out.
        raise Refused(
            "This database is no installation yet, and what it becomes is fixed for good.",
            way_out="Say which: pipir setup --production, --exercise or --rehearse WHEN.",
        )
    found = await make_installation(addresses.owner, wish.kind, wish.clock)
    if made is not None and wish.kind == "rehearsal" and wish.clock is not None:
        await _move_on(addresses, wish.clock, say)
    elif made is not None and wish.program and made.keeps_real_time:
        say("The clock here shows real time, since this installation was made without the exercise program:")
        say("the program's later dates lie ahead. A new PIPIR_HOME gives it the exercise clock.")
    db = Database(addresses.application, role=addresses.role, limits=JOB, size=3)
    try:
        async with db.read() as session:
            empty = not await session.scalar(text("select exists (select from participant)"))
        if empty:
            from pipir.load import PUBLIC_RECORD, load_bundle  # noqa: PLC0415 - needed by a new installation alone

            say("Loading the public record of the Partnership.")
            await load_bundle(db, PUBLIC_RECORD)
        if found.kind != "production":
            await enter_people(db)
        if wish.program:
            from pipir.exercise.program import enter_program  # noqa: PLC0415 - it knows every command of the product

            await enter_program(db, progress=Bar("Exercise program"))
    finally:
        await db.close()
    return found


async def _move_on(addresses: Addresses, clock: Clock, say: Callable[[str], None]) -> None:
    """Move a rehearsal to the wished instant; one that has ticked past it goes on from where it is."""
    now = await clock_of(addresses.owner)
    if clock.at < now and not clock.frozen:
        say(f"The rehearsal's clock has passed that instant and only moves later; it goes on from {now.isoformat()}.")
        return
    await move_clock(addresses.owner, clock)


@contextmanager
def database(options: argparse.Namespace, *, serves: bool = False) -> Iterator[Addresses]:
    """The addresses of the database: the one that the settings name, or the embedded server's, started or shared.

    What `serves` ends when it is told to; a command that owns the server waits for those that share it.
    """
    settings = settings_of(options)
    if settings.database_url is not None:
        assert settings.migration_url is not None
        yield Addresses(settings.database_url, settings.migration_url, settings.app_role, embedded=False)
        return
    settings.home.mkdir(parents=True, exist_ok=True)
    with EmbeddedServer.start(settings.home, progress=say, bin_folder=settings.pg_bin) as server:
        prepare(server)
        yield Addresses(
            server.url(APPLICATION_ROLE, "pipir"),
            server.url("pipir_owner", "pipir"),
            None,
            embedded=True,
            maker=server.url("postgres", "postgres"),
        )
        if server.owned and not serves:
            _wait_for_others(server)


def _wait_for_others(server: EmbeddedServer) -> None:
    """Keep the server up for the commands that share it: the first one to end takes the database from none of them."""
    others = "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
    end = time.monotonic() + _LONGEST_WAIT
    said = False
    while server.psql(others).strip() not in ("", "0") and time.monotonic() < end:
        if not said:
            say("Another pipir command works on this home; the database stays up until it is done.")
            said = True
        time.sleep(0.2)


def with_doors(
    options: argparse.Namespace,
    run: Callable[[Database, Installation], Coroutine[Any, Any, Any]],
    *,
    wish: Wish | None = None,
    limits: Limits = JOB,
) -> Any:
    """Run with the doors of an installation that is set up as `scripts/run` would."""

    async def whole(addresses: Addresses) -> Any:
        installation = await set_up(addresses, wish or Wish(None, None, program=False), say=lambda _: None)
        async with doors(addresses, limits) as db:
            return await run(db, installation)

    with database(options) as addresses:
        return asyncio.run(whole(addresses))


@asynccontextmanager
async def doors(addresses: Addresses, limits: Limits) -> AsyncIterator[Database]:
    """The doors of the service's role, closed after the block."""
    db = Database(addresses.application, role=addresses.role, limits=limits, size=3)
    try:
        yield db
    finally:
        await db.close()
