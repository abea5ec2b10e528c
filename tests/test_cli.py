"""The `pipir` command: what it does, and that a no is a sentence and an exit status."""

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection

from pipir.cli import loaded
from pipir.cli.parser import parser
from pipir.features.people import queries
from pipir.features.people.tables import SERVICE
from pipir.kernel.access import Credentials
from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer
from pipir.store.migrate import ROOT
from tests.conftest import Template


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class Cli:
    """Runs `pipir` in a process of its own on a test's database."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment

    def at(self, application: str, owner: str) -> "Cli":
        """The command on another database."""
        return Cli(self._environment | {"DATABASE_URL": application, "PIPIR_MIGRATION_URL": owner})

    def embedded(self) -> "Cli":
        """The command on the embedded server of its home."""
        return Cli({name: value for name, value in self._environment.items() if name in ("PIPIR_HOME", "PATH")})

    async def __call__(self, *words: str, stdin: bytes = b"") -> Said:
        """Run it with these words."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from pipir.cli import main; main()",
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment,
            cwd=ROOT,
        )
        out, err = await process.communicate(stdin)
        assert process.returncode is not None
        return Said(process.returncode, out.decode(), err.decode())


@pytest.fixture
def pipir(server: EmbeddedServer, database: str, owner_url: str, tmp_path: Path) -> Cli:
    """The command, on this test's database."""
    return Cli(
        {
            "DATABASE_URL": server.url("pipir_app", database),
            "PIPIR_MIGRATION_URL": owner_url,
            "PIPIR_HOME": str(tmp_path / "home"),
            "PATH": "/usr/bin:/bin",
        }
    )


OFFICE = {"symbol": "NEW", "name": "A new office", "department": "Other", "since": "2026-01-01"}


async def test_any_command_of_the_product_runs_from_the_command_line(pipir: Cli, db: Database) -> None:
    """`pipir act NAME --json FILE`, with the trail of whoever acted."""
    said = await pipir("act", "people.open-office", "--as", "administrator", stdin=json.dumps(OFFICE).encode())
    assert said.code == 0, said.err
    number = json.loads(said.out)["result"]
    async with db.read() as session:
        assert (await queries.office(session, number)).symbol == "NEW"


async def test_nobody_who_is_disabled_acts_from_the_command_line(pipir: Cli, db: Database, template: Template) -> None:
    """Who is disabled comes in by no door, by their name or their number."""
    number = template.people["program-office"]
    async with db.read() as session:
        name = await session.scalar(text("select name from person where id = :id"), {"id": number})
    idle = "update person set enabled_at = enabled_at - interval '40 days', version = version + 1 where id = :id"
    async with db.write(actor=SERVICE, command="test") as session:
        await session.execute(text(idle), {"id": number})
    for asked in (name, str(number)):
        said = await pipir("act", "people.open-office", "--as", asked, stdin=json.dumps(OFFICE).encode())
        assert (said.code, "is disabled: 35 days without a sign-in" in said.err) == (1, True), said.err


async def test_a_command_says_every_mistake_of_its_body(pipir: Cli) -> None:
    """All mistakes at once, each at its place."""
    said = await pipir("act", "people.open-office", stdin=b'{"symbol": "", "since": "soon", "x": 1}')
    assert said.code == 1
    for place in ("symbol", "name", "department", "since", "x"):
        assert f"  {place}: " in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("words", "stdin", "sentence"),
    [
        (("act", "no.such"), b"{}", "There is no command"),
        (("act", "people.open-office"), b"{", "not well-formed JSON"),
        (("act", "people.open-office", "--json", "/nowhere.json"), b"", "cannot be read"),
        (("act", "people.revise-office"), b'{"symbol":"a","name":"b","department":"Other"}', "--version"),
        (("act", "people.open-office", "--as", "auditor"), json.dumps(OFFICE).encode(), "does not hold the permission"),
        (("token", "create", "--person", "nobody"), b"", "There is no person"),
        (("report", "build", "1999", "--out", "/tmp/never"), b"", "1999"),
        (("load", "/nowhere"), b"", "/nowhere"),
    ],
)
async def test_a_no_is_a_sentence(pipir: Cli, words: tuple[str, ...], stdin: bytes, sentence: str) -> None:
    """Exit status 1, no stack trace."""
    said = await pipir(*words, stdin=stdin)
    assert said.code == 1
    assert sentence in said.err
    assert "Traceback" not in said.err


async def test_what_is_not_understood_shows_how_it_is_used(pipir: Cli) -> None:
    """Exit status 2."""
    said = await pipir("serve", "--rehearse", "tomorrow")
    assert said.code == 2
    assert "expected an instant such as" in said.err


async def test_a_new_rehearsal_begins_at_its_instant_and_a_later_start_goes_on(
    server: EmbeddedServer, superuser: AsyncConnection, pipir: Cli
) -> None:
    """Installations and clocks: the clock of a rehearsal only moves later."""
    await superuser.execute(text("create database rehearsed owner pipir_owner"))
    try:
        rehearsed = pipir.at(server.url("pipir_app", "rehearsed"), server.url("pipir_owner", "rehearsed"))
        said = await rehearsed("setup", "--rehearse", "2030-12-31T23:59:50-05:00")
        assert said.code == 0, said.err
        again = await rehearsed("setup", "--rehearse", "2030-12-31T23:59:50-05:00")
        assert again.code == 0
        assert "it goes on from" in again.err
        back = await rehearsed("setup", "--rehearse", "2030-12-31T23:59:50-05:00", "--frozen")
        assert back.code == 1
        assert "only moves later" in back.err
        assert (await rehearsed("setup", "--rehearse", "2031-02-01T00:00:00-05:00")).code == 0
    finally:
        await superuser.execute(text("drop database rehearsed with (force)"))


async def test_a_new_database_of_a_server_becomes_nothing_by_omission(
    server: EmbeddedServer, superuser: AsyncConnection, pipir: Cli
) -> None:
    """An installation that lets people in by name is asked for, never the outcome of a word left out."""
    await superuser.execute(text("create database unnamed owner pipir_owner"))
    try:
        unnamed = pipir.at(server.url("pipir_app", "unnamed"), server.url("pipir_owner", "unnamed"))
        said = await unnamed("setup")
        assert said.code == 1
        assert "--production, --exercise or --rehearse" in said.err
        early = await unnamed("serve", "--no-setup", "--port", "1")
        assert early.code == 1
    finally:
        await superuser.execute(text("drop database unnamed with (force)"))


async def test_a_server_that_may_lose_what_it_acknowledged_is_not_served(pipir: Cli) -> None:
    """trust.md: the service refuses to start with fsync off; the tests' own server has it off."""
    said = await pipir("serve", "--no-setup", "--port", "18997")
    assert said.code == 1
    assert "fsync" in said.err


async def test_a_token_lets_a_program_in(pipir: Cli, db: Database) -> None:
    """Shown once; the database holds its hash."""
    said = await pipir("token", "create", "--person", "auditor", "--name", "a program")
    assert said.code == 0, said.err
    token = said.out.strip()
    caller = await queries.identify(db, Credentials(cookie=None, token=token))
    assert caller is not None
    assert caller.roles == ("auditor",)


async def test_the_first_administrator_comes_from_the_command_line(pipir: Cli, db: Database) -> None:
    """A production installation has no other way to begin."""
    said = await pipir("people", "create-administrator", "--name", "First Administrator")
    assert said.code == 0, said.err
    async with db.read() as session:
        found = await queries.list_people(session, role="administrator", text_in="First Administrator")
    assert [each.office for each in found.items] == ["OUSD(A&S)"]
    assert SERVICE not in {each.id for each in found.items}


async def test_the_trace_is_told_line_by_line_and_as_json(pipir: Cli) -> None:
    """Sec. 1253: each paragraph with its state."""
    told = await pipir("trace")
    assert told.code == 0, told.err
    assert len(told.out.splitlines()) == 33
    assert "Sec. 1253(g)               by law" in told.out
    rows = json.loads((await pipir("trace", "--json")).out)
    assert [row["slug"] for row in rows][:2] == ["1253.a", "1253.b"]


async def test_the_treasurys_list_is_loaded_and_a_second_time_changes_nothing(pipir: Cli, tmp_path: Path) -> None:
    """Bare CR line ends and padding as its publisher writes them; the rest is told, not entered."""
    path = tmp_path / "tas.csv"
    path.write_bytes(
        b"ATA,AID,BPOA,EPOA,A,MAIN,SUB,GWA_TAS_NAME,DT_TM_ESTAB,DT_END\r"
        b" ,097, , ,X,0360,000,Defense Production Act Purchases    ,10/01/1987 00:00:00,\r"
        b' ,000,2012,2012, ,0100,000,"Compensation, Senate",10/01/2011 00:00:00,'
    )
    first = await pipir("ledger", "accounts", "load", str(path))
    assert first.code == 0, first.err
    assert "List of 2011-10-01: 2 rows; 1 of the Department entered." in first.err
    assert "1 row of other agencies is not entered: 000 1." in first.err
    again = await pipir("ledger", "accounts", "load", str(path))
    assert "in the record already; nothing was changed" in again.err
    path.write_bytes(path.read_bytes().replace(b",097,", b",97,"))
    wrong = await pipir("ledger", "accounts", "load", str(path), "--as-of", "2012-10-01")
    assert wrong.code == 1
    assert "row 2, column AID: Expected 3 digits. (found: 97)" in wrong.err


async def test_the_sheet_for_counsel_is_written_as_a_pdf(pipir: Cli, tmp_path: Path) -> None:
    """The folder is made where it is not there; one that cannot be written is a sentence."""
    out = tmp_path / "new" / "sheet.pdf"
    assert (await pipir("trace", "sheet", "--out", str(out))).code == 0
    assert out.read_bytes().startswith(b"%PDF-")
    refused = await pipir("trace", "sheet", "--out", "/proc/nowhere/sheet.pdf")
    assert refused.code == 1
    assert "cannot be written" in refused.err


async def test_a_backup_is_taken_restored_and_drilled_from_the_command_line(
    pipir: Cli, server: EmbeddedServer, owner_url: str, superuser: AsyncConnection, tmp_path: Path
) -> None:
    """docs/operations.md: Backup and restore"""
    file = tmp_path / "pipir.dump"
    said = await pipir("backup", "--out", str(file))
    assert (said.code, said.out.split()) == (0, [f"{file}{ending}" for ending in ("", ".sha256", ".manifest.json")])
    again = await pipir("backup", "--out", str(file))
    assert (again.code, again.err.splitlines()[0]) == (1, f"{file} exists already, and a backup overwrites nothing.")
    refused = await pipir("restore", "--from", str(file), "--into", owner_url)
    assert refused.code == 1
    assert "is not empty, and a restore goes into an empty one only." in refused.err
    server_named = await pipir("restore", "--from", str(file), "--fresh")
    assert server_named.code == 1
    assert "--fresh restores into the embedded one" in server_named.err
    name = f"{make_url(owner_url).database}_b"
    await superuser.execute(text(f"create database {name} template template0 owner pipir_owner"))
    restored = await pipir("restore", "--from", str(file), "--into", server.url("pipir_owner", name))
    await superuser.execute(text(f"drop database {name} with (force)"))
    assert (restored.code, "each table the same by count and sha256" in restored.err) == (0, True), restored.err
    drilled = await pipir("drill")
    assert drilled.code == 1, "the owner of a server's database makes no others"
    assert "may not make a database" in drilled.err


async def test_a_backup_goes_back_into_a_new_home_and_is_drilled_there(pipir: Cli, tmp_path: Path) -> None:
    """The embedded server: restore --fresh, then a drill that finds every table the same."""
    file = tmp_path / "pipir.dump"
    assert (await pipir("backup", "--out", str(file))).code == 0
    new = pipir.embedded()
    restored = await new("restore", "--from", str(file), "--fresh")
    assert restored.code == 0, restored.err
    drilled = await new("drill")
    assert drilled.code == 0, drilled.err
    assert any(line.startswith("public.trail ") for line in drilled.out.splitlines())
    assert "The scratch database is gone." in drilled.err
    again = await new("restore", "--from", str(file), "--fresh")
    assert (again.code, "is not empty" in again.err) == (1, True)


def _commands(under: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A command with all that stand under it."""
    yield under
    for action in under._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from _commands(each)


def test_every_command_that_the_help_names_is_there() -> None:
    """The parser knows them by name alone."""
    names = {each.get_default("run") for each in _commands(parser())} - {None}
    assert len(names) == 21
    for name in names:
        assert callable(loaded(name)), name


# What only other commands need: a web framework, document engines, readers of files, a queue, a tool for the schema.
_DOORS = ("litestar", "uvicorn", "pgqueuer")
_PACKAGES = ("docx", "pikepdf", "typst", "xlsxwriter", "jinja2")
_FILES = (*_PACKAGES, "lxml", "python_calamine", "fontTools")


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        (
            "pipir.cli",
            (*_DOORS, *_FILES, "sqlalchemy", "alembic", "holidays", "pipir.features", "pipir.store"),
        ),
        ("pipir.cli.ledger", (*_DOORS, *_FILES, "alembic", "holidays", "pipir.document", "pipir.load")),
        (
            "pipir.cli.report",
            (*_DOORS, *_PACKAGES, "sqlalchemy", "alembic", "holidays", "pipir.features", "pipir.store"),
        ),
        ("pipir.cli.building", (*_DOORS, *_PACKAGES, "alembic", "holidays")),
    ],
)
def test_a_command_loads_only_what_it_needs(module: str, absent: tuple[str, ...]) -> None:
    """Each one starts as quickly as its own work allows."""
    program = f"import sys, {module}; print([name for name in {absent!r} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.strip() == "[]"


async def test_the_ledger_is_verified_from_the_command_line(pipir: Cli) -> None:
    """With none of the other features' tables loaded."""
    said = await pipir("ledger", "verify")
    assert said.code == 0, said.err
    assert all(line.startswith("holds") for line in said.out.splitlines())
    balance = await pipir("ledger", "trial-balance")
    assert balance.code == 0, balance.err
