"""A backup as docs/operations.md tells it brings every row back, with the trail."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipir.load import PUBLIC_RECORD, load_bundle
from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer, prepare
from pipir.store.migrate import installation_of

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A home as `pipir database` makes it: roles and an empty database."""
    with EmbeddedServer.start(tmp_path / "empty", durable=False) as running:
        prepare(running)
        yield running


def contents(server: EmbeddedServer, database: str) -> str:
    """Every row of every table, in the order of its text."""
    tables = server.psql(
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'app') order by 1",
        database=database,
    ).split()
    assert "public.trail" in tables
    rows = "\n".join(f"select '{name}', t::text from {name} t order by 2;" for name in tables)
    return server.psql(rows, database=database)


async def test_a_dump_brings_every_row_back_with_its_trail_and_its_rights(
    db: Database, server: EmbeddedServer, database: str, empty: EmbeddedServer, tmp_path: Path
) -> None:
    """docs/operations.md: Backup and restore"""
    await load_bundle(db, PUBLIC_RECORD)
    await db.close()
    programs, dump = server.binaries.folder, tmp_path / "pipir.dump"
    of = ["-h", str(server.socket_folder), "-p", "5432", "-U", "postgres"]
    await asyncio.to_thread(subprocess.run, [programs / "pg_dump", *of, "-Fc", "-f", dump, database], check=True)
    # The test's database has a name of its own; a home's is `pipir` on both sides, and needs no --create here.
    to = ["-h", str(empty.socket_folder), "-p", "5432", "-U", "postgres"]
    command = [programs / "pg_restore", *to, "-d", "pipir", "--clean", "--if-exists", "--exit-on-error", dump]
    await asyncio.to_thread(subprocess.run, command, check=True)
    assert contents(empty, "pipir") == contents(server, database)
    rights = "select grantee, table_name, privilege_type from information_schema.role_table_grants order by 1, 2, 3"
    assert empty.psql(rights, database="pipir") == server.psql(rights, database=database)
    found = await installation_of(empty.url("pipir_owner", "pipir"))
    assert found is not None
    assert found.kind == "exercise"


def test_the_operations_page_names_the_commands() -> None:
    page = (CHECKOUT / "docs" / "operations.md").read_text()
    for words in ("pipir database", "pg_dump -h", "pg_restore -h", "--clean --if-exists --create --exit-on-error"):
        assert words in page
