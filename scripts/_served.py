"""The service of this tree as a process of its own, for proofs and measurements: started, asked, killed, counted."""

import contextlib
import http.client
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

PIPIR = Path(sys.prefix) / "bin" / "pipir"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return this process's environment with a home and without any other setting of the product."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PIPIR_") and name != "DATABASE_URL"}
    return {**kept, "PIPIR_HOME": str(home), **more}


def pipir(home: Path, *words: str, within: float = 600) -> subprocess.CompletedProcess[str]:
    """Run one `pipir` command to its end."""
    return subprocess.run(
        [str(PIPIR), *words], env=environment(home), capture_output=True, text=True, timeout=within, check=False
    )


def must(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a command said, or fail with its last words."""
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, done.args[:4]))} ended with {done.returncode}: {done.stderr[-800:]}")
    return done.stdout.strip()


def token(home: Path, person: str = "administrator") -> str:
    return must(pipir(home, "token", "create", "--person", person))


def status_of(port: int, path: str = "/ready", *, headers: Mapping[str, str] | None = None) -> int:
    """Return the status of a GET, or 0 where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def sign_in_page(port: int) -> int:
    """Accept the notice as a browser does and return the status of the sign-in page, or 0 where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("POST", "/consent", body="next=", headers=FORM)
        accepted = connection.getresponse()
        accepted.read()
        cookie = (accepted.getheader("Set-Cookie") or "").partition(";")[0]
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
    return status_of(port, "/sign-in", headers={"Cookie": cookie})


class Served:
    """One service in a process group of its own, on a home and a port; `said` keeps its output."""

    def __init__(self, home: Path, port: int, said: Path) -> None:
        self.home = home
        self.port = port
        self.said = said
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *words: str, within: float = 120) -> float:
        """Start the service and return the seconds until it was ready."""
        begun = time.monotonic()
        with self.said.open("ab") as said:
            self.process = subprocess.Popen(
                [str(PIPIR), "serve", "--port", str(self.port), *words],
                env=environment(self.home),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self.wait_until_ready(within)
        return time.monotonic() - begun

    def wait_until_ready(self, within: float = 60) -> float:
        """Return the seconds until /ready answers 200."""
        begun = time.monotonic()
        while time.monotonic() - begun < within:
            if status_of(self.port) == 200:
                return time.monotonic() - begun
            if self.process is not None and self.process.poll() is not None:
                raise RuntimeError(f"The service ended ({self.process.returncode}): {self.said.read_text()[-800:]}")
            time.sleep(0.02)
        raise RuntimeError(f"The service was not ready within {within:.0f} s: {self.said.read_text()[-800:]}")

    def kill(self) -> None:
        """Kill the service as a power cut would, and nothing that it started."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM, within: float = 30) -> float:
        """Ask the whole group to end, as Ctrl-C at a terminal does; return the seconds that it took."""
        assert self.process is not None
        begun = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        return time.monotonic() - begun


@contextlib.contextmanager
def served(home: Path, said: Path, *words: str) -> Iterator[Served]:
    """A service that does not outlive the block."""
    service = Served(home, free_port(), said)
    try:
        service.start(*words)
        yield service
    finally:
        if service.process is not None and service.process.poll() is None:
            service.stop()


def place(home: Path) -> Path:
    """Return where the embedded server of a home keeps its data: in the home, or where a file of the home says."""
    pointer = home / "postgres-place"
    return Path(pointer.read_text().strip()) if pointer.exists() else home / "postgres"


def postgres(home: Path) -> list[int]:
    """Return every process that works in the data folder of a home's server."""
    found = []
    inside = place(home)
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink().parent == inside:
                found.append(int(entry.name))
    return found


def postmasters(home: Path) -> list[int]:
    """Return the servers among them: those that no other of them started."""
    found = postgres(home)
    first = []
    for pid in found:
        with contextlib.suppress(OSError):
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            if parent not in found:
                first.append(pid)
    return first


def kill_postgres(home: Path) -> int:
    """Kill the home's server as a power cut would, and return its process number."""
    newest = max(place(home).glob("postgres-*/postmaster.pid"))
    pid = int(newest.read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    return pid


def none_left(home: Path, within: float = 15) -> bool:
    """Tell whether every process of the home's server has ended, waiting a little for it."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if not postgres(home):
            return True
        time.sleep(0.02)
    return False


def remove(home: Path) -> None:
    """Remove a home with the data that stand outside of it."""
    outside = place(home)
    shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(outside, ignore_errors=True)


def measured(command: list[str], env: Mapping[str, str]) -> tuple[float, float]:
    """Run a command and return its seconds by the clock, and the processor's seconds that it and its children took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    must(subprocess.run(command, env=dict(env), capture_output=True, text=True, check=False))
    seconds = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
