"""Backup and restore of a whole database: the archive, the manifest beside it, and the comparison of the two sides."""

import asyncio
import errno
import functools
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec
from sqlalchemy import make_url

from pipir.kernel.errors import Conflict, Invalid, Mistake, NotFound, Refused, Unavailable
from pipir.store.conflicts import translated
from pipir.store.embedded import APPLICATION, find_binaries
from pipir.store.migrate import newest_revision

FORMAT: Final = 1
MANIFEST: Final = ".manifest.json"
CHECKSUM: Final = ".sha256"
_FULL: Final = "There is no space left on the disk; nothing was kept."
# How a value is written as text depends on these: both sides of a comparison are asked in the same way.
_SAME: Final = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "search_path": "pg_catalog, public",
}
# What belongs to extensions is made by them; anything else in a database shows that it is not empty.
_THINGS: Final = """
    select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
                      and d.deptype = 'e')
"""


class TableState(msgspec.Struct, frozen=True):
    """How many rows a table holds, and the sha256 of them as text, in the order of that text."""

    rows: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup holds, told by the same state of the database that it was taken of; `taken_at` is real time."""

    format: int
    file: str
    sha256: str
    size: int
    kind: str
    revision: str
    program_clock: datetime
    taken_at: datetime
    server: str
    last_trail_id: int
    tables: dict[str, TableState]

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(each.rows for each in self.tables.values())


class State(msgspec.Struct, frozen=True):
    """A database as it stands in one moment."""

    kind: str
    revision: str
    program_clock: datetime
    last_trail_id: int
    tables: dict[str, TableState]


class Programs(msgspec.Struct, frozen=True):
    """A folder with pg_dump and pg_restore, and their major version."""

    folder: Path
    major: int


async def back_up(url: str, out: Path, *, named: Path | None = None) -> Manifest:
    """Write the database that `url` names into `out`, its checksum and its manifest beside; overwrites nothing.

    `url` is of a role that may read every table, such as the owner's. The service may run: archive and manifest tell
    of one state.
    """
    _refuse_taken(out)
    part = out.with_name(f"{out.name}.part")
    async with _connected(url) as connection:
        programs = find_programs(connection.get_server_version().major, named)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchval("select pg_export_snapshot()")
            words = ["-Fc", "--lock-wait-timeout=10000", f"--snapshot={snapshot}", "-f", str(part)]
            try:
                with written():
                    # Nobody else may read the copy of a record that holds CUI, from its first byte on.
                    part.touch(mode=0o600, exist_ok=False)
                await _run(programs, "pg_dump", url, words)
                state = await _state(connection)
                if state is None:
                    raise Refused("This database is no installation yet: there is nothing to back up.")
                with written():
                    sha256, size = await asyncio.to_thread(_digest, part)
                    manifest = Manifest(
                        format=FORMAT,
                        file=out.name,
                        sha256=sha256,
                        size=size,
                        taken_at=datetime.now(UTC).replace(microsecond=0),
                        server=_version(connection),
                        **{name: getattr(state, name) for name in State.__struct_fields__},
                    )
                    _put(out, part, manifest)
            finally:
                part.unlink(missing_ok=True)
    return manifest


def read_manifest(file: Path) -> Manifest:
    """The manifest beside a backup, after its file was found whole; Refused or NotFound says what is wrong."""
    beside = file.with_name(file.name + MANIFEST)
    for path in (file, beside):
        if not path.is_file():
            raise NotFound(
                f"There is no file {path}.", way_out="A backup is two files: FILE, and FILE.manifest.json beside it."
            )
    try:
        manifest = msgspec.json.decode(beside.read_bytes(), type=Manifest)
        sha256, size = _digest(file)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise Refused(f"{beside} is no manifest of a backup: {wrong}.") from wrong
    except OSError as wrong:
        raise Refused(f"The backup cannot be read: {wrong.strerror}.") from wrong
    if manifest.format != FORMAT:
        raise Refused(f"The manifest is of format {manifest.format}; this program reads format {FORMAT}.")
    if (sha256, size) != (manifest.sha256, manifest.size):
        raise Refused(
            f"{file} is not the file that its manifest tells of: it has {size:,} bytes and the sha256 {sha256}, "
            f"and {manifest.size:,} bytes with {manifest.sha256} were written.",
            way_out="Take another copy of the backup.",
        )
    return manifest


async def restore(file: Path, url: str, *, named: Path | None = None) -> Manifest:
    """Restore a backup into the empty database that `url` names, as the role that is to own it, and compare the two.

    All or nothing: where a step fails, the database is as empty as before.
    """
    manifest = await asyncio.to_thread(read_manifest, file)
    newest = newest_revision()
    if manifest.revision != newest:
        raise Refused(
            f"The backup is at revision {manifest.revision} of the schema, and this program is at {newest}.",
            way_out="Restore it with the version of pipir that took it, then bring it up with pipir setup.",
        )
    async with _connected(url) as connection:
        await _refuse_unfit(connection, manifest)
        major = connection.get_server_version().major
    programs = find_programs(max(major, int(manifest.server.partition(".")[0])), named)
    words = ["--no-owner", "--no-comments", "--single-transaction", "--exit-on-error"]
    await _run(programs, "pg_restore", url, [*words, "-d", make_url(url).database or "", str(file)])
    wrong = await differences(manifest, url)
    if wrong:
        raise Conflict(
            "The restored database is not what the backup tells of; do not use it.",
            mistakes=tuple(Mistake(name, sentence) for name, sentence in wrong),
        )
    return manifest


async def differences(manifest: Manifest, url: str) -> tuple[tuple[str, str], ...]:
    """Where a database differs from a backup, as (table or fact, sentence); empty where they are the same."""
    async with _connected(url) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        found = await _state(connection)
    if found is None:
        return (("installation", "Nothing was restored."),)
    wrong = [
        (name, f"The backup holds {getattr(manifest, name)}, the database {getattr(found, name)}.")
        for name in ("kind", "revision", "last_trail_id")
        if getattr(manifest, name) != getattr(found, name)
    ]
    for name in sorted(manifest.tables.keys() | found.tables.keys()):
        told, there = manifest.tables.get(name), found.tables.get(name)
        if told is None or there is None:
            wrong.append((name, f"The table stands in the {'database' if told is None else 'backup'} alone."))
        elif told.rows != there.rows:
            wrong.append((name, f"The backup holds {told.rows:,} rows, the database {there.rows:,}."))
        elif told.sha256 != there.sha256:
            wrong.append((name, "The same number of rows, but not the same rows."))
    return tuple(wrong)


@asynccontextmanager
async def scratch_beside(url: str, maker: str | None = None) -> AsyncIterator[str]:
    """An empty database on the server of `url`, of the same role, gone afterwards; gives its address.

    `maker` is the address of another role that may make databases.
    """
    name = f"pipir_drill_{os.urandom(4).hex()}"
    async with _connected(maker or url) as connection:
        owner = '"' + (make_url(url).username or "").replace('"', '""') + '"'
        try:
            await connection.execute(f"create database {name} template template0 owner {owner}")
        except asyncpg.InsufficientPrivilegeError as wrong:
            raise Refused(
                f"The role {make_url(url).username} may not make a database to restore into.",
                way_out="Allow it for the drill (alter role ... createdb), or restore the backup by hand with "
                "pipir restore --into into an empty database.",
            ) from wrong
        try:
            yield make_url(url).set(database=name).render_as_string(hide_password=False)
        finally:
            await connection.execute(f"drop database if exists {name} with (force)")


def find_programs(major: int, named: Path | None = None) -> Programs:
    """pg_dump and pg_restore that know servers of this major version, the nearest version first; Refused without."""
    folders = [named] if named is not None else []
    with suppress(Unavailable):
        folders.append(find_binaries(named).folder)
    folders += [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    found = shutil.which("pg_dump")
    if found:
        folders.append(Path(found).parent)
    known = [
        Programs(folder, version)
        for folder in folders
        if (version := _major_of(folder)) is not None and version >= major
    ]
    if not known:
        raise Refused(
            f"No pg_dump and pg_restore of PostgreSQL {major} or later were found; the server is of version {major}.",
            way_out="Install PostgreSQL's client programs of that version, or name their folder in PIPIR_PG_BIN.",
        )
    return min(known, key=lambda each: each.major)


def sentence_of(program: str, said: str) -> str:
    """What a person is told of a program that failed, by what it said."""
    lower = said.lower()
    if "no space left on device" in lower or "disk full" in lower:
        return _FULL
    if "password" in lower or "authentication failed" in lower:
        return "The database does not let this role in: the password or the role in its address is wrong."
    if "permission denied" in lower:
        return f"The role may not do this: {_last_line(said)}"
    if "could not connect" in lower or "connection to server" in lower:
        return f"The database cannot be reached: {_last_line(said)}"
    return f"{program} did not finish: {_last_line(said)}"


# ---- the two programs


async def _run(programs: Programs, program: str, url: str, words: list[str]) -> None:
    address = make_url(url)
    query = {name: str(value) for name, value in address.query.items()}
    of = ["-h", query.get("host") or address.host or "localhost"]
    of += ["-p", str(query.get("port") or address.port or 5432), "-U", address.username or "", "-w"]
    # The password travels in the environment: words of a command can be read by everybody on the machine.
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "10"}
    if address.password:
        environment["PGPASSWORD"] = str(address.password)
    if "ssl" in query:
        environment["PGSSLMODE"] = query["ssl"]
    last = [address.database or ""] if program == "pg_dump" else []
    process = await asyncio.create_subprocess_exec(
        str(programs.folder / program),
        *of,
        *words,
        *last,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
    )
    try:
        _, said = await process.communicate()
    except BaseException:
        # An archive that nobody waits for is of no use.
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise Unavailable(sentence_of(program, said.decode(errors="replace")))


@functools.cache
def _major_of(folder: Path) -> int | None:
    if not all((folder / name).exists() for name in ("pg_dump", "pg_restore")):
        return None
    try:
        answer = subprocess.run(  # noqa: S603 -- the program of a folder that an administrator named, no shell
            [folder / "pg_dump", "--version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\d+", answer.stdout)
    return int(found.group()) if found else None


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = next((line for line in lines if "error:" in line), lines[-1] if lines else "it said nothing")
    return told.partition("error: ")[2] or told


# ---- the database


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    address = make_url(url)
    query: Mapping[str, Any] = address.query
    with translated():
        connection = await asyncpg.connect(
            host=query.get("host") or address.host or "localhost",
            port=int(query.get("port") or address.port or 5432),
            user=address.username,
            password=str(address.password) if address.password else None,
            database=address.database,
            ssl=query.get("ssl"),
            server_settings=_SAME,
            timeout=10,
        )
    try:
        with translated():
            yield connection
    finally:
        # Not `close`: a server that is gone must not hide what went wrong.
        connection.terminate()


async def _refuse_unfit(connection: asyncpg.Connection, manifest: Manifest) -> None:
    name = await connection.fetchval("select current_database()")
    if await connection.fetchval(_THINGS):
        raise Refused(
            f"The database {name} is not empty, and a restore goes into an empty one only.",
            way_out="Name a new PIPIR_HOME for --fresh, or an empty database with --into.",
        )
    if not await connection.fetchval("select exists (select from pg_roles where rolname = $1)", APPLICATION):
        raise Refused(
            f"The server has no role {APPLICATION}, whose rights stand in the backup.",
            way_out="Create it first, as docs/operations.md says under Roles.",
        )
    if connection.get_server_version().major < int(manifest.server.partition(".")[0]):
        raise Refused(
            f"The backup is of PostgreSQL {manifest.server}; this server is of the earlier version "
            f"{_version(connection)}."
        )


async def _state(connection: asyncpg.Connection) -> State | None:
    """What the database holds, in the caller's transaction; None where it is no installation."""
    if await connection.fetchval("select to_regclass('app.installation')") is None:
        return None
    kind = await connection.fetchval("select kind from app.installation")
    if kind is None:
        return None
    names = await connection.fetch(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables "
        "where schemaname in ('public', 'app') order by 1"
    )
    return State(
        kind=kind,
        revision=await connection.fetchval("select version_num from public.alembic_version"),
        program_clock=await connection.fetchval("select app.now()"),
        last_trail_id=await connection.fetchval("select coalesce(max(id), 0) from public.trail"),
        tables={row["name"]: await _table_state(connection, row["name"]) for row in names},
    )


async def _table_state(connection: asyncpg.Connection, name: str) -> TableState:
    rows, digest = 0, hashlib.sha256()

    async def take(block: bytes) -> None:
        nonlocal rows
        # COPY writes a line break within a value as \n in two signs: each of these ends a row.
        rows += block.count(b"\n")
        digest.update(block)

    # The name comes from the catalogue, quoted by the server. A table of files is read as a stream, never whole.
    query = f'select t::text from {name} t order by t::text collate "C"'  # noqa: S608
    await connection.copy_from_query(query, output=take)
    return TableState(rows, digest.hexdigest())


def _version(connection: asyncpg.Connection) -> str:
    found = connection.get_server_version()
    return f"{found.major}.{found.minor}"


# ---- the files


def _refuse_taken(out: Path) -> None:
    if not out.parent.is_dir():
        raise Invalid(
            f"There is no folder {out.parent}.",
            mistakes=(Mistake("--out", "Expected a folder that exists.", str(out)),),
        )
    for path in (out, out.with_name(out.name + MANIFEST), out.with_name(out.name + CHECKSUM)):
        if path.exists():
            raise Refused(f"{path} exists already, and a backup overwrites nothing.", way_out="Name another file.")


def _put(out: Path, part: Path, manifest: Manifest) -> None:
    """The finished archive under its name, last: where it stands, checksum and manifest stand beside it."""
    beside = {
        out.with_name(out.name + CHECKSUM): f"{manifest.sha256}  {out.name}\n".encode(),
        out.with_name(out.name + MANIFEST): msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n",
    }
    made: list[Path] = []
    try:
        for path, content in beside.items():
            path.touch(mode=0o600, exist_ok=False)
            made.append(path)
            path.write_bytes(content)
        for path in (*beside, part):
            with path.open("rb") as file:
                os.fsync(file.fileno())
        # A link fails where somebody else took the name meanwhile; a rename would overwrite it.
        out.hardlink_to(part)
    except OSError:
        for path in made:
            path.unlink()
        raise


def _digest(file: Path) -> tuple[str, int]:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest(), os.fstat(content.fileno()).st_size


@contextmanager
def written() -> Iterator[None]:
    """Tell of a disk that does not take a file in a sentence."""
    try:
        yield
    except OSError as wrong:
        if wrong.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable(_FULL) from wrong
        raise Refused(f"The backup cannot be written: {wrong.strerror}: {wrong.filename}.") from wrong
