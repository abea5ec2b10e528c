"""A backup is whole or it is refused: what is written, what is compared, and what a person is told."""

import os
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from pipir.features.backups.queries import last_runs
from pipir.features.backups.tables import BackupRun
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Conflict, Invalid, NotFound, Problem, Refused, Unavailable
from pipir.safekeeping import bring_back, drill, take_backup
from pipir.store import backup
from pipir.store.backup import Manifest, back_up, restore
from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer
from tests.makers import TODAY
from tests.rehearsals import transaction


@pytest_asyncio.fixture(loop_scope="session")
async def empty(server: EmbeddedServer, superuser: AsyncConnection) -> AsyncIterator[str]:
    """The owner's address of an empty database."""
    name = f"e_{secrets.token_hex(6)}"
    await superuser.execute(text(f"create database {name} template template0 owner pipir_owner"))
    yield server.url("pipir_owner", name)
    await superuser.execute(text(f"drop database {name} with (force)"))


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def rewritten(file: Path, **values: object) -> None:
    beside = file.with_name(file.name + backup.MANIFEST)
    told = msgspec.json.decode(beside.read_bytes())
    beside.write_bytes(msgspec.json.encode({**told, **values}))


async def test_three_files_are_written_for_nobody_else_to_read(owner_url: str, tmp_path: Path) -> None:
    """The archive, its sha256 and its manifest."""
    file = tmp_path / "a.dump"
    manifest = await back_up(owner_url, file)
    assert names(tmp_path) == ["a.dump", "a.dump.manifest.json", "a.dump.sha256"]
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in names(tmp_path)} == {0o600}
    assert (tmp_path / "a.dump.sha256").read_text() == f"{manifest.sha256}  a.dump\n"
    assert backup.read_manifest(file) == manifest
    assert (manifest.kind, manifest.tables["public.person"].rows) == ("exercise", 8)
    assert manifest.last_trail_id == manifest.tables["public.trail"].rows > 0


async def test_what_is_restored_is_compared_and_the_record_goes_on(
    db: Database, owner_url: str, empty: str, tmp_path: Path
) -> None:
    """Trail, kind and clock came along, and the next number follows on the last."""
    file = tmp_path / "a.dump"
    manifest = await take_backup(owner_url, file, note=db, named=None, say=str)
    assert await bring_back(file, empty, named=None) == manifest
    restored = Database(empty, size=1)
    async with restored.read() as session:
        runs = await last_runs(session)
        trail = await session.scalar(text("select min(id) from trail where table_name = 'backup_run'"))
        offset = await session.scalar(text("select clock_offset from app.installation"))
    await restored.close()
    async with db.read() as session:
        assert offset == await session.scalar(text("select clock_offset from app.installation"))
        noted = (await session.scalars(select(BackupRun))).one()
    assert trail == manifest.last_trail_id + 1
    assert set(runs) == {"restore"}, "the note of the backup was made after it"
    assert (noted.kind, noted.sha256, noted.passed) == ("backup", manifest.sha256, True)


async def test_a_backup_overwrites_nothing(owner_url: str, tmp_path: Path) -> None:
    for name in ("a.dump", "a.dump.sha256", "a.dump.manifest.json"):
        (tmp_path / name).write_text("mine")
        with pytest.raises(Refused, match="overwrites nothing"):
            await back_up(owner_url, tmp_path / "a.dump")
        assert (tmp_path / name).read_text() == "mine"
        (tmp_path / name).unlink()
    with pytest.raises(Invalid, match="There is no folder"):
        await back_up(owner_url, tmp_path / "nowhere" / "a.dump")
    assert names(tmp_path) == []


async def test_a_database_that_is_not_empty_is_left_as_it_is(owner_url: str, tmp_path: Path, db: Database) -> None:
    file = tmp_path / "a.dump"
    manifest = await back_up(owner_url, file)
    with pytest.raises(Refused, match="is not empty"):
        await restore(file, owner_url)
    assert await backup.differences(manifest, owner_url) == ()


@pytest.mark.parametrize(
    ("spoil", "kind", "words"),
    [
        (lambda file: file.unlink(), NotFound, "There is no file"),
        (lambda file: file.with_name("a.dump.manifest.json").unlink(), NotFound, "There is no file"),
        (lambda file: file.with_name("a.dump.manifest.json").write_text("{"), Refused, "is no manifest of a backup"),
        (lambda file: file.with_name("a.dump.manifest.json").write_bytes(b"\xff"), Refused, "is no manifest"),
        (lambda file: rewritten(file, format=2), Refused, "of format 2"),
        (lambda file: rewritten(file, more=1), Refused, "is no manifest"),
        (lambda file: rewritten(file, revision="0001"), Refused, "at revision 0001 of the schema"),
        (lambda file: rewritten(file, server="99.1"), Refused, "of PostgreSQL 99.1; this server is of the earlier"),
        (lambda file: os.truncate(file, 500), Refused, "is not the file that its manifest tells of"),
    ],
)
async def test_what_is_wrong_with_a_backup_is_said_before_anything_is_restored(
    owner_url: str, empty: str, tmp_path: Path, spoil: Callable[[Path], None], kind: type[Problem], words: str
) -> None:
    file = tmp_path / "a.dump"
    await back_up(owner_url, file)
    spoil(file)
    with pytest.raises(kind, match=words):
        await restore(file, empty)
    async with transaction(empty) as connection:
        assert await connection.scalar(text("select count(*) from pg_tables where schemaname = 'public'")) == 0


async def test_a_restored_row_that_differs_is_found(owner_url: str, empty: str, tmp_path: Path) -> None:
    """By count and by content."""
    file = tmp_path / "a.dump"
    manifest = await back_up(owner_url, file)
    tables = {**manifest.tables, "public.gone": manifest.tables["public.office"]}
    tables["public.office"] = msgspec.structs.replace(tables["public.office"], sha256="0" * 64)
    tables["public.person"] = msgspec.structs.replace(tables["public.person"], rows=99)
    rewritten(file, tables=tables, last_trail_id=1)
    with pytest.raises(Conflict, match="do not use it") as refused:
        await restore(file, empty)
    assert {each.where: each.expected for each in refused.value.mistakes} == {
        "last_trail_id": f"The backup holds 1, the database {manifest.last_trail_id}.",
        "public.gone": "The table stands in the backup alone.",
        "public.office": "The same number of rows, but not the same rows.",
        "public.person": "The backup holds 99 rows, the database 8.",
    }


async def test_a_backup_tells_of_one_state_while_others_write(db: Database, owner_url: str, tmp_path: Path) -> None:
    """Archive and manifest share a snapshot: what is committed meanwhile is in neither."""
    file = tmp_path / "a.dump"
    before = await back_up(owner_url, tmp_path / "before.dump")
    async with db.write(actor=SERVICE, command="test") as session:
        body = people.OpenOffice(symbol="LATE", name="Late", department="Other", since=TODAY)
        await people.open_office(session, body)
        during = await back_up(owner_url, file)
    assert during.tables == before.tables
    wrong = dict(await backup.differences(during, owner_url))
    assert {"public.office", "public.trail"} <= set(wrong)


async def test_a_drill_restores_compares_and_leaves_nothing_behind(
    db: Database, server: EmbeddedServer, owner_url: str, superuser: AsyncConnection, tmp_path: Path
) -> None:
    """Noted in the record, with what was compared."""
    maker = server.url("postgres", "postgres")
    manifest = await drill(owner_url, tmp_path, maker=maker, note=db, named=None, say=str)
    async with db.read() as session:
        (run,) = (await last_runs(session)).values()
    assert (run.kind, run.passed, run.rows_count) == ("drill", True, manifest.rows)
    assert "each table the same by count and sha256" in run.outcome
    assert names(tmp_path) == []
    left = await superuser.scalar(text("select count(*) from pg_database where datname like 'pipir_drill_%'"))
    assert left == 0


async def test_a_role_that_may_not_make_databases_is_told_the_other_way(
    db: Database, owner_url: str, tmp_path: Path
) -> None:
    """A server PostgreSQL, whose owner role is no more than that."""
    with pytest.raises(Refused, match="pipir_owner may not make a database") as refused:
        await drill(owner_url, tmp_path, maker=None, note=db, named=None, say=str)
    assert "pipir restore --into" in refused.value.way_out


async def test_an_address_that_lets_nobody_in_is_a_sentence(server: EmbeddedServer, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="names a role, a password or a database that is not there"):
        await back_up(server.url("nobody_known", "pipir"), tmp_path / "a.dump")
    with pytest.raises(Unavailable, match="cannot be reached"):
        await back_up("postgresql+asyncpg://a:b@127.0.0.1:1/x", tmp_path / "a.dump")
    assert names(tmp_path) == []


async def test_a_database_without_an_installation_has_nothing_to_back_up(empty: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="nothing to back up"):
        await back_up(empty, tmp_path / "a.dump")
    assert names(tmp_path) == []


def test_programs_older_than_the_server_are_none() -> None:
    with pytest.raises(Refused, match="No pg_dump and pg_restore of PostgreSQL 999 or later were found") as refused:
        backup.find_programs(999)
    assert "PIPIR_PG_BIN" in refused.value.way_out


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("pg_dump: error: could not write to file: No space left on device", "There is no space left on the disk"),
        ('connection to server failed: FATAL:  password authentication failed for user "a"', "does not let this role"),
        ("pg_dump: error: permission denied for table trail", "The role may not do this: permission denied for table"),
        ("pg_dump: error: connection to server at x failed: refused", "The database cannot be reached: connection to"),
        ("pg_restore: while INITIALIZING:\npg_restore: error: unsupported version", "did not finish: unsupported"),
        ("", "pg_dump did not finish: it said nothing"),
    ],
)
def test_a_program_that_fails_is_told_of_in_a_sentence(said: str, told: str) -> None:
    assert told in backup.sentence_of("pg_dump", said)


def test_a_full_disk_is_told_of_in_a_sentence(tmp_path: Path) -> None:
    """What the system says as the last block is written."""
    with pytest.raises(Unavailable, match="no space left"), backup.written(), Path("/dev/full").open("wb", 0) as full:
        full.write(b"x")
    with pytest.raises(Refused, match="cannot be written: No such file"), backup.written():
        (tmp_path / "nowhere" / "x").touch()


def test_a_manifest_counts_the_rows_of_its_tables() -> None:
    table = backup.TableState(2, "0" * 64)
    told = {"tables": {"a": table, "b": table}}
    fields = {each.name: None for each in msgspec.structs.fields(Manifest)}
    assert Manifest(**{**fields, **told}).rows == 4  # type: ignore[arg-type]
