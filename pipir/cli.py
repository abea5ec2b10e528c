"""The `pipir` command: sets an installation up, serves it, and runs every command of the product."""

import argparse
import asyncio
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec
import uvicorn
import uvloop
from sqlalchemy import func, select

from pipir import logs
from pipir.app import VERSION, Setup, create_app, feature_modules
from pipir.build import build_job, build_report
from pipir.document.model import Document
from pipir.document.pdf import render_pdf
from pipir.exercise.people import enter_people
from pipir.exercise.program import START, enter_program
from pipir.features.imports import commands as imports
from pipir.features.law.queries import check_copied_law
from pipir.features.ledger import commands as ledger_commands
from pipir.features.ledger import queries as ledger
from pipir.features.participants.tables import Participant
from pipir.features.people import commands as people
from pipir.features.people.queries import disabled
from pipir.features.people.rules import WAY_BACK, disabled_sentence, idle_days
from pipir.features.people.tables import SERVICE, Office, Person
from pipir.features.trace import queries as trace
from pipir.features.trace.rules import Traced
from pipir.kernel.access import PERMISSIONS, ROLES
from pipir.kernel.command import Command, commands_of
from pipir.kernel.errors import Conflict, Invalid, Mistake, NotFound, Problem, Refused
from pipir.kernel.ids import PersonId
from pipir.kernel.marking import Reader
from pipir.kernel.money import encode_hook
from pipir.kernel.parsing import parse
from pipir.load import PUBLIC_RECORD, LoadResult, load_bundle
from pipir.package import verify, write_out
from pipir.remind import Post, keep_reminding
from pipir.safekeeping import bring_back, drill, take_backup, told
from pipir.settings import APPLICATION_ROLE, Settings, read_settings
from pipir.statute.load import load_statute
from pipir.statute.model import StatuteError
from pipir.store.backup import CHECKSUM, MANIFEST, Manifest, read_manifest
from pipir.store.doors import JOB, WEB, Database, Limits
from pipir.store.embedded import EmbeddedServer, prepare
from pipir.store.jobs import JobFunction, work
from pipir.store.migrate import (
    Clock,
    Installation,
    Kind,
    clock_of,
    installation_of,
    make_installation,
    migrate,
    move_clock,
    ready_made,
    refuse_unsafe,
)

# How long a command that started the embedded server waits for those that share it, in seconds.
_LONGEST_WAIT = 600
JOBS: dict[str, JobFunction] = {
    "report.build": build_job,
    imports.CHECK_JOB: imports.check_job,
    imports.PUBLISH_JOB: imports.publish_job,
}


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


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exit 0 where it was done, 1 where the answer is no, 2 where it was not understood."""
    options = _parser().parse_args(arguments)
    try:
        load_statute()
        code = options.run(options)
    except StatuteError as wrong:
        _complain("The law's files cannot be read:", *(str(each) for each in wrong.mistakes))
        code = 1
    except Problem as problem:
        _complain(problem.detail, *_more(problem))
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


# ---- what each command does


def _setup(options: argparse.Namespace) -> int:
    with _database(options) as addresses:
        asyncio.run(_set_up(addresses, _wish(options), say=_say))
    _say("The installation is set up.")
    return 0


def _serve(options: argparse.Namespace) -> int:
    settings = _settings(options)
    logs.set_up(settings.log_level)
    with _listening(settings) as listening, _database(options, serves=True) as addresses:
        try:
            wish = None if options.no_setup else _wish(options)
            uvloop.run(_run_service(settings, listening, addresses, wish, with_worker=options.with_worker))
        except KeyboardInterrupt:
            _say("Stopping.")
    return 0


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """The socket of the service, taken before anything else is started, so that a taken port stops nothing half-way."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Its connections take it over: else the body of an answer waits 40 ms until the other side has acknowledged
        # the head. The loop sets it only on sockets that say that they are TCP, which those of this one do not.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            listening.bind((settings.host, settings.port))
        except OSError as wrong:
            raise Invalid(
                f"The service cannot listen on {settings.host}:{settings.port}: {wrong.strerror}.",
                mistakes=(Mistake("--port", "Expected a port that is free.", str(settings.port)),),
                way_out="Name another one with --port.",
            ) from wrong
        yield listening


async def _run_service(
    settings: Settings, listening: socket.socket, addresses: Addresses, wish: Wish | None, *, with_worker: bool
) -> None:
    db = Database(addresses.application, role=addresses.role, limits=WEB)
    installation = await (_set_up(addresses, wish, say=_say) if wish is not None else ready_made(db))
    async with db.read() as session:
        await check_copied_law(session)
    await refuse_unsafe(db)
    app = create_app(
        Setup(
            db=db,
            kind=installation.kind,
            secure=settings.behind_tls,
            url=settings.url,
            allowed_hosts=settings.allowed_hosts,
            scanner=settings.scanner,
        )
    )
    server = _Server(
        uvicorn.Config(
            cast("Any", app),
            http="httptools",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=settings.behind_tls,
            timeout_graceful_shutdown=5,
            # Longer than the two minutes that a proxy keeps an idle connection: it must never send into a closing one.
            timeout_keep_alive=130,
        )
    )
    stop = asyncio.Event()
    tasks = [asyncio.create_task(_announce(server, settings, installation))]
    if with_worker:
        tasks.append(asyncio.create_task(run_worker(settings, addresses, stop)))
    try:
        await server.serve(sockets=[listening])
    finally:
        stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        await db.close()


class _Server(uvicorn.Server):
    """A server that ends when it is asked to, and leaves what stands around it to end in order too."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals as a wish; the parent class would raise them again, past the worker and the database."""
        loop = asyncio.get_running_loop()
        words = (signal.SIGINT, signal.SIGTERM)
        for each in words:
            loop.add_signal_handler(each, self.handle_exit, each, None)
        try:
            yield
        finally:
            # From here on a second signal ends at once.
            for each in words:
                loop.remove_signal_handler(each)


async def _announce(server: uvicorn.Server, settings: Settings, installation: Installation) -> None:
    while not server.started:
        if server.should_exit:
            return
        await asyncio.sleep(0.02)
    _say(f"Serving on http://{settings.host}:{settings.port}")
    if installation.kind == "production":
        _say("Nobody signs in by name here. The first administrator: pipir people create-administrator --help")
        _say("Programs come in with a token: pipir token create --help")
    else:
        _say("Sign in: open the address, accept the notice, choose an exercise person. No password is asked for.")
    _say("Ctrl-C stops everything.")


def _work(options: argparse.Namespace) -> int:
    settings = _settings(options)
    logs.set_up(settings.log_level)
    with _database(options, serves=True) as addresses:
        asyncio.run(_work_until_stopped(settings, addresses))
    return 0


async def _work_until_stopped(settings: Settings, addresses: Addresses) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    _say("Waiting for jobs. Ctrl-C stops.")
    await run_worker(settings, addresses, stop)


async def run_worker(settings: Settings, addresses: Addresses, stop: asyncio.Event) -> None:
    """Run jobs, and remind by mail where a mail server is named."""
    db = Database(addresses.application, role=addresses.role, limits=JOB, size=3)
    reminding = None
    try:
        if settings.mail is not None:
            post = Post(settings.mail, settings.url, await ready_made(db))
            reminding = asyncio.create_task(keep_reminding(db, post, stop))
        await work(db, addresses.application, JOBS, stop=stop, role=addresses.role)
    finally:
        stop.set()
        if reminding is not None:
            await reminding
        await db.close()


def _migrate(options: argparse.Namespace) -> int:
    with _database(options) as addresses:
        asyncio.run(migrate(addresses.owner, to=options.to))
    _say("The database is at the schema of this program." if options.to == "head" else f"Now at {options.to}.")
    return 0


def _database_alone(options: argparse.Namespace) -> int:
    settings = _settings(options)
    if not settings.embedded:
        raise Refused("DATABASE_URL names a server of its own; this command runs the embedded one.")
    with EmbeddedServer.start(settings.home, progress=_say, bin_folder=settings.pg_bin) as server:
        prepare(server)
        _say(f"The socket stands in {server.socket_folder}")
        _say(f"The programs stand in {server.binaries.folder}")
        _say("PostgreSQL runs alone. Ctrl-C stops it.")
        stop = threading.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda _number, _frame: stop.set())
        stop.wait()
    return 0


def _backup(options: argparse.Namespace) -> int:
    out: Path = options.out.absolute()
    manifest = _keep(
        options,
        lambda addresses, db: take_backup(addresses.owner, out, note=db, named=_settings(options).pg_bin, say=_say),
    )
    _say(f"The backup holds {told(manifest)}")
    for ending in ("", CHECKSUM, MANIFEST):
        print(f"{out}{ending}")
    return 0


def _drill(options: argparse.Namespace) -> int:
    if options.folder is not None:
        _require_writable(options.folder, "--folder")
    manifest = _keep(
        options,
        lambda addresses, db: drill(
            addresses.owner,
            options.folder,
            maker=addresses.maker,
            note=db,
            named=_settings(options).pg_bin,
            say=_say,
        ),
    )
    for name, table in sorted(manifest.tables.items()):
        print(f"{name:40} {table.rows:>12,} {table.sha256}")
    _say(f"Every table came back the same: {told(manifest)} The scratch database is gone.")
    return 0


def _keep(options: argparse.Namespace, run: Callable[[Addresses, Database], Coroutine[Any, Any, Manifest]]) -> Manifest:
    """Run on a database as it is: a backup is taken before a new version changes anything, too."""

    async def whole(addresses: Addresses) -> Manifest:
        async with _doors(addresses, JOB) as db:
            return await run(addresses, db)

    with _database(options) as addresses:
        return asyncio.run(whole(addresses))


def _restore(options: argparse.Namespace) -> int:
    settings = _settings(options)
    # Before a server is started or a home is made for it.
    read_manifest(options.file)
    if options.into is not None:
        owner = read_settings(over={"DATABASE_URL": options.into}).database_url
        assert owner is not None
        manifest = asyncio.run(bring_back(options.file, owner, named=settings.pg_bin))
    elif not settings.embedded:
        raise Refused(
            "DATABASE_URL names a server of its own, and --fresh restores into the embedded one.",
            way_out="Restore with --into and the address of the role that owns an empty database there.",
        )
    else:
        with _database(options) as addresses:
            manifest = asyncio.run(bring_back(options.file, addresses.owner, named=settings.pg_bin))
    _say(f"Restored and compared, each table the same by count and sha256: {told(manifest)}")
    return 0


def _load(options: argparse.Namespace) -> int:
    result = _with_doors(options, lambda db, _: load_bundle(db, options.folder, dry_run=options.dry_run))
    _show_load(result, dry_run=options.dry_run)
    return 0


def _exercise(options: argparse.Namespace) -> int:
    async def run(db: Database, installation: Installation) -> None:
        await enter_program(
            db, projects=options.projects, entries=options.entries, seed=options.seed, progress=_Bar("Exercise program")
        )

    _with_doors(options, run, wish=Wish("exercise", Clock(START), program=False))
    _say("The exercise program is in the record; its rows say EXERCISE DATA.")
    return 0


def _ledger_accounts_load(options: argparse.Namespace) -> int:
    async def run(db: Database, installation: Installation) -> ledger_commands.ListLoaded:
        return await ledger_commands.load_list_file(db, options.file, options.as_of)

    for line in _with_doors(options, run).lines():
        _say(line)
    return 0


def _report_build(options: argparse.Namespace) -> int:
    async def run(db: Database, installation: Installation) -> tuple[Path, ...]:
        built = await build_report(
            db, options.year, actor=SERVICE, reader=Reader(kind="us-government"), progress=_Bar("Report")
        )
        return write_out(built.files, options.out)

    _require_writable(options.out)
    for path in _with_doors(options, run):
        _say(str(path))
    return 0


def _report_verify(options: argparse.Namespace) -> int:
    found = verify(options.folder)
    for line in found.checked:
        print(line)
    for line in found.not_repeated:
        print(f"NOT REPEATED. {line}")
    for line in found.wrong:
        print(f"WRONG. {line}")
    print("The package does not hold." if found.wrong else "The package holds.")
    return 1 if found.wrong else 0


def _ledger_import(options: argparse.Namespace) -> int:
    async def run(db: Database, installation: Installation) -> imports.Outcome:
        actor = await _person(db, options.as_person, needs="ledger.import", installation=installation)
        return await imports.import_file(
            db,
            options.file,
            source=options.source,
            actor=actor,
            publish=options.publish or options.good_rows,
            good_only=options.good_rows,
            progress=_Bar("Import"),
        )

    outcome: imports.Outcome = _with_doors(options, run)
    for line in outcome.lines:
        print(line)
    return 0 if outcome.good else 1


def _require_writable(folder: Path, name: str = "--out") -> None:
    """Refuse before anything is made: half a minute of work is not lost to a folder that cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as wrong:
        raise Invalid(
            f"The folder {folder} cannot be written: {wrong.strerror}.",
            mistakes=(Mistake(name, "Expected a folder that can be written.", str(folder)),),
        ) from wrong


def _trace(options: argparse.Namespace) -> int:
    async def run(db: Database, installation: Installation) -> tuple[Traced, ...]:
        async with db.read() as session:
            return await trace.list_traced(session, Reader(kind="us-government"))

    rows: tuple[Traced, ...] = _with_doors(options, run)
    if options.json:
        sys.stdout.buffer.write(msgspec.json.encode(rows) + b"\n")
        return 0
    for row in rows:
        mark = " EXERCISE DATA" if row.exercise else ""
        print(f"{row.short_citation:26} {row.state:26} {row.title}{mark}")
    return 0


def _trace_sheet(options: argparse.Namespace) -> int:
    async def run(db: Database, installation: Installation) -> Document:
        async with db.snapshot() as session:
            return await trace.sheet_of(session, Reader(kind="us-government"))

    out: Path = options.out
    _require_writable(out.parent)
    write_out({out.name: render_pdf(_with_doors(options, run))}, out.parent)
    _say(str(out))
    return 0


def _trial_balance(options: argparse.Namespace) -> int:
    async def run(db: Database, installation: Installation) -> ledger.TrialBalance:
        async with db.snapshot() as session:
            return await ledger.trial_balance(session, effective_on=options.as_of)

    found: ledger.TrialBalance = _with_doors(options, run)
    if options.json:
        sys.stdout.buffer.write(msgspec.json.encode(found, enc_hook=encode_hook) + b"\n")
    else:
        for row in found.rows:
            print(f"{row.symbol:26} {row.control} {row.title:50} {row.debits!s:>22} {row.credits!s:>22}")
        print(f"{'':26} {'':4} {'Total':50} {found.debits!s:>22} {found.credits!s:>22}")
        print(f"{found.statement.source_system}; {found.statement.reconciled}.")
    for symbol in found.unbalanced:
        _say(f"Account {symbol}: its debits and credits differ.")
    return 1 if found.unbalanced else 0


def _verify_ledger(options: argparse.Namespace) -> int:
    async def run(db: Database, installation: Installation) -> ledger.Verification:
        async with db.snapshot() as session, db.beside(session) as another:
            return await ledger.verify(session, another, told=lambda name: _say(f"{name} ..."))

    found: ledger.Verification = _with_doors(options, run)
    if options.json:
        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
        return 0 if found.holds else 1
    for each in found.checks:
        print(f"{'holds' if each.wrong == 0 else 'WRONG':6} {each.name}: {each.rows:,} looked at, {each.wrong:,} wrong")
        if each.examples:
            print(f"       such as {', '.join(each.examples)}")
    return 0 if found.holds else 1


def _act(options: argparse.Namespace) -> int:
    known = known_commands()
    if options.name is None:
        for name, each in sorted(known.items()):
            need = ", ".join(
                part for part in ("--id" if each.target else "", "--version" if each.versioned else "") if part
            )
            print(f"{name:34} {each.summary}{f' (needs {need})' if need else ''}")
        return 0
    chosen = known.get(options.name)
    if chosen is None:
        raise NotFound(f"There is no command {options.name!r}; `pipir act` alone lists them.")
    body = parse(chosen.body, _read_json(options.json))
    arguments, named = _arguments(chosen, options)

    async def run(db: Database, installation: Installation) -> Any:
        actor = await _person(db, options.as_person, needs=chosen.permission, installation=installation)
        return await act(db, actor, chosen, *arguments, body, **named)

    result = _with_doors(options, run)
    sys.stdout.buffer.write(
        msgspec.json.encode({"command": chosen.name, "result": result}, enc_hook=encode_hook) + b"\n"
    )
    return 0


def known_commands() -> dict[str, Command[..., Any]]:
    """Every command of the product by its name, without those that a file comes with: the JSON door takes these."""
    every = (each for module in feature_modules("commands") for each in commands_of(module))
    return {each.name: each for each in every if not each.takes_file}


async def act(db: Database, actor: int, chosen: Command[..., Any], *arguments: Any, **named: int) -> Any:
    """Run one command as a person, in a transaction of its own."""
    async with db.write(actor=actor, command=chosen.name) as session:
        return await chosen(session, *arguments, **named)


def _arguments(chosen: Command[..., Any], options: argparse.Namespace) -> tuple[tuple[int, ...], dict[str, int]]:
    mistakes = []
    if (chosen.target is None) != (options.id is None):
        expected = (
            f"Expected the number of the record ({chosen.target})." if chosen.target else "This command takes no --id."
        )
        mistakes.append(Mistake("--id", expected))
    if chosen.versioned != (options.version is not None):
        expected = "Expected the version that you read." if chosen.versioned else "This command takes no --version."
        mistakes.append(Mistake("--version", expected))
    if mistakes:
        raise Invalid(f"The command {chosen.name} was not called right.", mistakes=tuple(mistakes))
    return (
        () if options.id is None else (options.id,),
        {} if options.version is None else {"version": options.version},
    )


def _token_create(options: argparse.Namespace) -> int:
    async def run(db: Database, installation: Installation) -> str:
        person = await _person(db, options.person, needs="", installation=installation)
        async with db.write(actor=SERVICE, command=people.issue_token.name) as session:
            body = people.IssueToken(name=options.name, days=options.days)
            return await people.issue_token(session, PersonId(person), body)

    token = _with_doors(options, run)
    _say("The token, shown this once; send it as: Authorization: Bearer TOKEN")
    print(token)
    return 0


def _create_administrator(options: argparse.Namespace) -> int:
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

    number = _with_doors(options, run)
    _say(f"{options.name} is person {number} and holds the role administrator.")
    return 0


# ---- the installation behind a command


async def _set_up(addresses: Addresses, wish: Wish, *, say: Callable[[str], None]) -> Installation:
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
            empty = not await session.scalar(select(func.count()).select_from(Participant))
        if empty:
            say("Loading the public record of the Partnership.")
            await load_bundle(db, PUBLIC_RECORD)
        if found.kind != "production":
            await enter_people(db)
        if wish.program:
            await enter_program(db, progress=_Bar("Exercise program"))
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
def _database(options: argparse.Namespace, *, serves: bool = False) -> Iterator[Addresses]:
    """The addresses of the database: the one that the settings name, or the embedded server's, started or shared.

    What `serves` ends when it is told to; a command that owns the server waits for those that share it.
    """
    settings = _settings(options)
    if settings.database_url is not None:
        assert settings.migration_url is not None
        yield Addresses(settings.database_url, settings.migration_url, settings.app_role, embedded=False)
        return
    settings.home.mkdir(parents=True, exist_ok=True)
    with EmbeddedServer.start(settings.home, progress=_say, bin_folder=settings.pg_bin) as server:
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
            _say("Another pipir command works on this home; the database stays up until it is done.")
            said = True
        time.sleep(0.2)


def _with_doors(
    options: argparse.Namespace,
    run: Callable[[Database, Installation], Coroutine[Any, Any, Any]],
    *,
    wish: Wish | None = None,
    limits: Limits = JOB,
) -> Any:
    """Run with the doors of an installation that is set up as `scripts/run` would."""

    async def whole(addresses: Addresses) -> Any:
        installation = await _set_up(addresses, wish or Wish(None, None, program=False), say=lambda _: None)
        async with _doors(addresses, limits) as db:
            return await run(db, installation)

    with _database(options) as addresses:
        return asyncio.run(whole(addresses))


@asynccontextmanager
async def _doors(addresses: Addresses, limits: Limits) -> AsyncIterator[Database]:
    db = Database(addresses.application, role=addresses.role, limits=limits, size=3)
    try:
        yield db
    finally:
        await db.close()


async def _person(db: Database, asked: str | None, *, needs: str, installation: Installation) -> int:
    """The person's number by number, name or role; where nothing is asked, an exercise person who may."""
    async with db.read() as session:
        found = (
            await session.execute(
                select(Person.id, Person.name, Person.roles, disabled(session.today).label("disabled"))
                .where(Person.kind == "person", (Person.until.is_(None)) | (Person.until >= session.today))
                .order_by(Person.id)
            )
        ).all()
        days = idle_days(load_statute(), session.today)
    # Who is disabled comes in by no door. By a role the first is meant who may; by number or name that very person.
    for number, name, roles, is_disabled in found:
        if asked is not None:
            named = asked in (str(number), name)
            if named and is_disabled:
                raise Refused(disabled_sentence(name, days), way_out=WAY_BACK)
            if named or (asked.lower().replace(" ", "-") in roles and not is_disabled):
                _check_may(name, roles, needs)
                return int(number)
        elif is_disabled:
            continue
        elif installation.kind != "production" and _may(roles, needs):
            return int(number)
    if asked is None:
        raise NotFound("Say as whom: --as with a person's number, name or role.")
    raise NotFound(f"There is no person {asked!r}, by number, name or role; the roles are: {', '.join(ROLES)}.")


def _may(roles: Sequence[str], needs: str) -> bool:
    return not needs or any(needs in PERMISSIONS[role] for role in ROLES if role in roles)


def _check_may(name: str, roles: Sequence[str], needs: str) -> None:
    if not _may(roles, needs):
        holders = ", ".join(role for role in ROLES if needs in PERMISSIONS[role])
        raise NotFound(f"{name} does not hold the permission {needs}; it belongs to: {holders}.")


# ---- words in and out


def _settings(options: argparse.Namespace) -> Settings:
    given = {name: getattr(options, name, None) for name in ("port", "host")}
    return read_settings(
        over={f"PIPIR_{name.upper()}": str(value) for name, value in given.items() if value is not None}
    )


def _wish(options: argparse.Namespace) -> Wish:
    if options.production:
        return Wish("production", None, program=False)
    if options.rehearse is not None:
        return Wish("rehearsal", Clock(options.rehearse, frozen=options.frozen), program=False)
    if options.exercise is not None:
        return Wish("exercise", Clock(options.exercise or START), program=True)
    return Wish(None, None, program=False)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a day such as 2027-09-30, found {text!r}") from None


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected an instant such as 2030-12-31T23:59:50-05:00, found {text!r}"
        ) from None
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError(f"the instant needs its zone, as in {text}-05:00")
    return instant.astimezone(UTC)


def _read_json(path: str) -> object:
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return msgspec.json.decode(raw)
    except OSError as wrong:
        raise NotFound(f"The file {path} cannot be read: {wrong.strerror}.") from wrong
    except (msgspec.DecodeError, RecursionError) as wrong:
        raise Invalid(f"The file {path} is not well-formed JSON.", mistakes=(Mistake(path, str(wrong)),)) from wrong


def _show_load(result: LoadResult, *, dry_run: bool) -> None:
    for name, counts in result.files.items():
        _say(f"{name}: {counts.added} added, {counts.changed} changed, {counts.unchanged} unchanged")
    if dry_run:
        _say("Dry run: nothing was written.")


class _Bar:
    """Progress of a long step: a bar on a terminal, plain lines elsewhere."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._last = ""
        self._said = datetime.now(UTC) - timedelta(seconds=10)

    async def __call__(self, done: int, total: int, message: str) -> None:
        """Show step `done` of `total`."""
        share = done / total if total else 0.0
        if sys.stderr.isatty():
            filled = int(share * 30)
            end = "\n" if done >= total else ""
            sys.stderr.write(f"\r{self._title} [{'#' * filled}{'.' * (30 - filled)}] {share:4.0%} {message:40.40}{end}")
            sys.stderr.flush()
        elif message != self._last:
            self._last = message
            _say(f"{self._title}: {message} ({done} of {total})")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _complain(first: str, *rest: str) -> None:
    for line in (first, *rest):
        print(line, file=sys.stderr, flush=True)


def _more(problem: Problem) -> Iterator[str]:
    for mistake in problem.mistakes:
        yield f"  {mistake}"
    if problem.citation:
        yield f"The rule: {problem.citation}"
    if problem.way_out:
        yield problem.way_out


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pipir", description="The Partnership's system of record.")
    parser.add_argument("--version", action="version", version=f"pipir {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, run: Callable[[argparse.Namespace], int], words: str, under: Any = commands
    ) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = under.add_parser(name, help=words, description=words)
        made.set_defaults(run=run)
        return made

    for name, run, words in (
        ("setup", _setup, "Set the installation up and stop."),
        ("serve", _serve, "Set the installation up and serve it."),
    ):
        each = add(name, run, words)
        kind = each.add_mutually_exclusive_group()
        kind.add_argument("--production", action="store_true", help="a production installation (a new database)")
        kind.add_argument(
            "--exercise",
            nargs="?",
            const="",
            type=lambda t: _instant(t) if t else "",
            metavar="WHEN",
            help="the exercise program, its clock started at 2028-06-15 unless WHEN is given",
        )
        kind.add_argument("--rehearse", type=_instant, metavar="WHEN", help="a rehearsal whose clock stands at WHEN")
        each.add_argument("--frozen", action="store_true", help="with --rehearse: the clock stands still")
    each.add_argument("--port", type=int, metavar="N", help="the port (8000)")
    each.add_argument("--host", metavar="ADDRESS", help="the address to listen on (127.0.0.1)")
    each.add_argument("--no-setup", action="store_true", help="serve what is set up; change neither schema nor data")
    each.add_argument("--with-worker", action="store_true", help="run jobs and reminders in this process too")

    add("work", _work, "Run jobs, and send reminders by mail, until stopped.")
    add("migrate", _migrate, "Bring the database to this program's schema.").add_argument(
        "--to", default="head", metavar="REVISION", help="a revision to stop at or to go back to"
    )
    add("database", _database_alone, "Run the embedded PostgreSQL alone, to back it up or to restore into it.")
    _add_safekeeping(add)
    load = add("load", _load, "Load a program bundle: a folder of CSV files.")
    load.add_argument("folder", type=Path, metavar="DIR")
    load.add_argument("--dry-run", action="store_true", help="check everything and write nothing")
    exercise = add("exercise", _exercise, "Enter the exercise program: invented projects and money, marked as such.")
    exercise.add_argument("--projects", type=int, default=60, metavar="N")
    exercise.add_argument("--entries", type=int, default=50_000, metavar="M")
    exercise.add_argument("--seed", type=int, default=1253, metavar="S")

    reports = commands.add_parser("report", help="The annual report.").add_subparsers(required=True, metavar="COMMAND")
    build = add("build", _report_build, "Freeze a snapshot and build the report of a year into a folder.", reports)
    build.add_argument("year", type=int)
    build.add_argument("--out", type=Path, required=True, metavar="DIR")

    add(
        "verify",
        _report_verify,
        "Check a report's package without a database: hashes, model, files byte for byte, printed figures.",
        reports,
    ).add_argument("folder", type=Path, metavar="DIR")

    traces = add("trace", _trace, "Each paragraph of the section with its state: what the record holds of it.")
    traces.add_argument("--json", action="store_true", help="as JSON, with the evidence")
    add(
        "sheet",
        _trace_sheet,
        "Write the compliance sheet for counsel as a PDF.",
        traces.add_subparsers(metavar="COMMAND"),
    ).add_argument("--out", type=Path, required=True, metavar="FILE.pdf")

    _add_ledger(commands, add)
    act = add("act", _act, "Run any command of the product; without a name, list them.")
    act.add_argument("name", nargs="?", metavar="NAME")
    act.add_argument("--json", default="-", metavar="FILE", help="the body; - reads standard input")
    act.add_argument("--id", type=int, metavar="N", help="the record that is changed")
    act.add_argument("--version", type=int, metavar="V", help="the version of it that you read")
    act.add_argument("--as", dest="as_person", metavar="PERSON", help="a person's number, name or role")

    _add_people(commands, add)
    return parser


def _add_safekeeping(add: Callable[..., argparse.ArgumentParser]) -> None:
    backup = add("backup", _backup, "Write the whole database into a file, its checksum and its manifest beside.")
    backup.add_argument("--out", type=Path, required=True, metavar="FILE", help="a file that does not exist yet")
    restore = add("restore", _restore, "Restore a backup into an empty database, and compare the two.")
    restore.add_argument("--from", dest="file", type=Path, required=True, metavar="FILE", help="the backup")
    where = restore.add_mutually_exclusive_group(required=True)
    where.add_argument("--into", metavar="URL", help="the address of the role that owns an empty database")
    where.add_argument("--fresh", action="store_true", help="the embedded server of a new PIPIR_HOME")
    add(
        "drill", _drill, "Back up, restore into a scratch database, compare every table, and note how it went."
    ).add_argument("--folder", type=Path, metavar="DIR", help="where there is room for the copy (the system's own)")


def _add_ledger(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    books = commands.add_parser("ledger", help="The ledger.").add_subparsers(required=True, metavar="COMMAND")
    balance = add("trial-balance", _trial_balance, "Add the legs up by Treasury account and control account.", books)
    balance.add_argument("--as-of", type=_day, metavar="DAY", help="as effective on a day, such as 2027-09-30")
    verifying = add("verify", _verify_ledger, "Hold legs, sums and fingerprints against the entries.", books)
    for each in (balance, verifying):
        each.add_argument("--json", action="store_true", help="as JSON")
    importing = add("import", _ledger_import, "Check a file of entries, and post them where that is asked.", books)
    importing.add_argument("file", type=Path, metavar="FILE", help="a .csv or .xlsx file")
    importing.add_argument("--source", required=True, metavar="NAME", help="where it comes from: its mapping")
    importing.add_argument("--as", dest="as_person", metavar="PERSON", help="a person's number, name or role")
    wish = importing.add_mutually_exclusive_group()
    wish.add_argument(
        "--dry-run", action="store_true", help="check the file and post nothing (so it is without a word)"
    )
    wish.add_argument("--publish", action="store_true", help="post the file where every row of it is good")
    wish.add_argument("--good-rows", action="store_true", help="post the good rows and leave the rest")
    accounts = books.add_parser("accounts", help="Treasury accounts.").add_subparsers(required=True, metavar="COMMAND")
    listing = add("load", _ledger_accounts_load, "Load the Treasury's list of account symbols.", accounts)
    listing.add_argument("file", type=Path, metavar="FILE", help="the list as its publisher gives it out (.csv)")
    listing.add_argument(
        "--as-of",
        type=_day,
        metavar="DAY",
        help="the list's date (the last day on which an account in it was established)",
    )


def _add_people(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    tokens = commands.add_parser("token", help="API tokens.").add_subparsers(required=True, metavar="COMMAND")
    token = add("create", _token_create, "Make a token for a program, acting as a person.", tokens)
    token.add_argument("--person", required=True, metavar="PERSON", help="a person's number, name or role")
    token.add_argument("--name", default="command line", help="what the token is for")
    token.add_argument("--days", type=int, default=90, help="days until it ends")

    persons = commands.add_parser("people", help="Persons.").add_subparsers(required=True, metavar="COMMAND")
    first = add("create-administrator", _create_administrator, "Enter an administrator.", persons)
    first.add_argument("--name", required=True)
    first.add_argument("--title", default="Administrator")
    first.add_argument("--office", default="OUSD(A&S)", help="the symbol of the office")
    first.add_argument("--office-name", default="", help="its name, where it is new")
