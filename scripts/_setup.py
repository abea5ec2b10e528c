"""Makes the virtual environment of this checkout, once for each state of the lock files; standard library only."""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
PIPIR = VENV / "bin" / "pipir"
RUN_LOCK = CHECKOUT / "requirements.lock"
TEST_LOCK = CHECKOUT / "requirements-dev.lock"
WIDTH = 30


def say(line: str) -> None:
    """Print one plain line of progress, at once also where the output is a file."""
    print(line, flush=True)


def fail(sentence: str) -> NoReturn:
    """End with one sentence on the error output."""
    print(sentence, file=sys.stderr, flush=True)
    raise SystemExit(1)


def end_with_children() -> None:
    """Let a request to end reach what was started, instead of leaving it behind."""

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores it for all that follows
            signal.signal(number, stop)


@contextlib.contextmanager
def child(command: list[str], **more: object) -> Iterator[subprocess.Popen[str]]:
    """Run a command that does not outlive the block."""
    process = subprocess.Popen(command, text=True, **more)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def run(command: list[str], **more: object) -> int:
    """Run a command to its end and return its exit status; an ended script ends it as well."""
    with child(command, **more) as process:
        return process.wait()


def exec_pipir(*words: str) -> NoReturn:
    """Become the `pipir` command, so that signals reach it and nothing stands between."""
    sys.stdout.flush()
    os.execv(PIPIR, [str(PIPIR), *words])


class Bar:
    """A progress bar where the output is a terminal, a line at each quarter elsewhere."""

    def __init__(self, total: int) -> None:
        self.total = max(total, 1)
        self.done = 0
        self.terminal = sys.stdout.isatty()
        self.quarter = 0

    def step(self, label: str) -> None:
        self.done = min(self.done + 1, self.total)
        self.show(label)

    def show(self, label: str) -> None:
        if self.terminal:
            filled = WIDTH * self.done // self.total
            bar = "#" * filled + "-" * (WIDTH - filled)
            print(f"\r  [{bar}] {self.done}/{self.total} {label[:34]:<34}", end="", flush=True)
        elif self.done * 4 // self.total > self.quarter:
            self.quarter = self.done * 4 // self.total
            say(f"  {self.done} of {self.total} packages")

    def end(self) -> None:
        if self.terminal:
            print("\r" + " " * (WIDTH + 52) + "\r", end="", flush=True)


def may_install() -> bool:
    """Tell whether this machine's packages are ours to add: root, and apt is there."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_packages(*names: str) -> bool:
    """Install system packages through apt and tell whether that worked."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = {"stdout": subprocess.DEVNULL, "env": environment}
    run(["apt-get", "update", "-qq"], **quiet)
    return run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names], **quiet) == 0


def set_up(*, tests: bool) -> None:
    """Bring .venv to the state of the lock file and install the project in it; a second call finds nothing to do."""
    end_with_children()
    if not is_ready(tests=tests):
        make_ready(tests=tests)
    compile_program()


def make_ready(*, tests: bool) -> None:
    """Make what is_ready() asks for, one script at a time."""
    if not os.access(CHECKOUT, os.W_OK):
        fail(f"The folder {CHECKOUT} belongs to another account; run this as that account, or in a copy of your own.")
    # Two scripts started at once take turns.
    with RUN_LOCK.open("rb") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another set-up of this folder ...")
            fcntl.flock(turn, fcntl.LOCK_EX)
        if not is_ready(tests=tests):
            make_environment()
            install_requirements(TEST_LOCK if tests else RUN_LOCK)
            install_project()
            for which in (RUN_LOCK, TEST_LOCK) if tests else (RUN_LOCK,):
                stamp_of(which).write_text(state(which))


def stamp_of(lock: Path) -> Path:
    return VENV / f"{lock.stem}.stamp"


def state(lock: Path) -> str:
    """Return what the environment depends on: the lock, the project's own file, and where the folder stands."""
    digest = hashlib.sha256()
    for part in (lock.read_bytes(), (CHECKOUT / "pyproject.toml").read_bytes(), os.fsencode(CHECKOUT)):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def is_ready(*, tests: bool) -> bool:
    lock = TEST_LOCK if tests else RUN_LOCK
    stamp = stamp_of(lock)
    # `exists` follows the link to the interpreter: a removed Python shows here.
    return stamp.exists() and stamp.read_text() == state(lock) and PYTHON.exists() and PIPIR.exists()


def make_environment() -> None:
    """Create .venv, anew where the folder was moved or its interpreter is gone."""
    home = VENV / "stands-in"
    works = PYTHON.exists() and run([str(PYTHON), "-m", "pip", "--version"], **SILENT) == 0
    moved = home.exists() and home.read_text() != str(CHECKOUT)
    if works and not moved:
        home.write_text(str(CHECKOUT))
        return
    require_venv_module()
    say("Creating the virtual environment in .venv ...")
    if VENV.exists():
        shutil.rmtree(VENV)
    if run([sys.executable, "-m", "venv", str(VENV)]) != 0:
        fail("The virtual environment could not be created; the lines above say why.")
    home.write_text(str(CHECKOUT))


SILENT = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def require_venv_module() -> None:
    """Debian ships Python without ensurepip: install the package that holds it, or say what to ask for."""

    def present() -> bool:
        return run([sys.executable, "-c", "import ensurepip, venv"], **SILENT) == 0

    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if present():
        return
    if may_install():
        say(f"Installing {package}, which this machine lacks ...")
        if install_packages(package) and present():
            return
    fail(f"Python's venv module is missing: ask for  sudo apt-get install -y {package}")


def install_requirements(lock: Path) -> None:
    """Install a lock file, every package checked against its hash."""
    names = re.findall(r"^([\w.-]+)(?:\[[\w,-]*\])?==", lock.read_text(), re.MULTILINE)
    say(f"Installing the {len(names)} packages of {lock.name}, each checked against its hash ...")
    command = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--only-binary=:all:", "-r", str(lock)]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    started = time.monotonic()
    bar = Bar(len(names))
    said: list[str] = []
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "cwd": CHECKOUT}
    with child(command, **pipe) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.rstrip())
            found = re.match(r"(?:Collecting|Processing|Ignoring|Requirement already satisfied:) (\S+)", line)
            if found:
                bar.step(re.split(r"==|:|-\d", found.group(1).rsplit("/", 1)[-1])[0])
            elif line.startswith("Installing collected packages"):
                bar.show("writing them to .venv")
        status = process.wait()
    bar.end()
    if status != 0:
        print("\n".join([line for line in said if not line.startswith("WARNING")][-12:]), file=sys.stderr)
        fail("The packages could not be installed; the lines above say why. This step needs a package index to answer.")
    say(f"  done in {time.monotonic() - started:.0f} s")


def install_project() -> None:
    """Install the checkout itself, editable, with nothing fetched."""
    say("Installing the pipir command ...")
    command = [str(PYTHON), "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--no-index", "-e", "."]
    command += ["--disable-pip-version-check", "--no-input"]
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "cwd": CHECKOUT}
    with child(command, **pipe) as process:
        said, _ = process.communicate()
        if process.returncode != 0:
            print(said, file=sys.stderr)
            fail("The pipir command could not be installed; the lines above say why.")


def compile_program() -> None:
    """Compile what has changed of the program: each start would do it again where Python is told to keep no bytecode.

    Where the folder cannot be written to nothing is said: Python compiles in memory then.
    """
    run([str(PYTHON), "-m", "compileall", "-qq", "pipir"], **SILENT, cwd=CHECKOUT)
