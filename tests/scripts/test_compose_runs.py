"""The compose file's own commands, run as processes against a PostgreSQL with two roles and their passwords."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipir.settings import Settings
from pipir.store import embedded
from tests.scripts.test_compose import COMMANDS, COMPOSE, by_compose

__all__ = ["by_compose"]  # the fixture, used by name

PIPIR = Path(sys.prefix) / "bin" / "pipir"
PASSWORDS = {"PIPIR_OWNER_PASSWORD": "ownersword", "PIPIR_APP_PASSWORD": "appsword", "PIPIR_NAME": "pipir.example"}
CLOSED = "local all pipir_owner,pipir_app scram-sha-256\n"

pytestmark = pytest.mark.skipif(not PIPIR.exists(), reason="the pipir command is not installed beside this Python")


@pytest.fixture(scope="module")
def database(by_compose: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.EmbeddedServer]:
    """A server as the container's first start leaves it, which asks both roles for their passwords."""
    # Durable, as a server is: the service refuses one that may lose what it has acknowledged.
    with embedded.EmbeddedServer.start(tmp_path_factory.mktemp("database")) as server:
        server.psql("\\set owner ownersword\n\\set app appsword\n" + by_compose)
        rules = Path(server.psql("show hba_file").strip())
        rules.write_text(CLOSED + rules.read_text())
        server.psql("select pg_reload_conf()")
        yield server


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def environment(name: str, database: embedded.EmbeddedServer, port: int, home: Path) -> dict[str, str]:
    """The container's environment, with this machine's database in place of the one by name."""
    kept = {key: text for key, text in os.environ.items() if not key.startswith("PIPIR_") and key != "DATABASE_URL"}
    given = {
        key: re.sub(r"\$\{(\w+)[^}]*\}", lambda found: PASSWORDS[found.group(1)], str(text)).replace(
            "@database/pipir", f"@/pipir?host={database.socket_folder}&port={embedded.PORT}"
        )
        for key, text in COMPOSE["services"][name]["environment"].items()
    }
    return {**kept, **given, "PIPIR_HOME": str(home), "PIPIR_PORT": str(port)}


@contextmanager
def running(command: list[str], environment: dict[str, str], said: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends in order when it is asked to, as `docker compose down` asks."""
    with said.open("wb") as out:
        process = subprocess.Popen([str(PIPIR), *command[1:]], env=environment, stdout=out, stderr=out)
    try:
        yield process
        assert process.poll() is None, said.read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0, said.read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def asked(
    port: int, method: str, path: str, body: str | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """What the service answers to a request under its name; status 0 where nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        connection.request(method, path, body, {"Host": PASSWORDS["PIPIR_NAME"], **named})
        answer = connection.getresponse()
        return answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read()
    except ConnectionRefusedError:
        return 0, {}, b""
    finally:
        connection.close()


def until(seconds: float, said: Path, question: Any) -> None:
    """Ask again until the answer is yes."""
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, said.read_text()
        time.sleep(0.05)


def test_the_migration_job_the_service_and_the_worker_do_their_work_together(
    database: embedded.EmbeddedServer, port: int, tmp_path: Path
) -> None:
    """README.md: With containers"""
    of = {name: environment(name, database, port, tmp_path / "home") for name in COMMANDS}
    migrated = subprocess.run(
        [str(PIPIR), *COMMANDS["migrate"][1:]], env=of["migrate"], capture_output=True, text=True, check=False
    )
    assert migrated.returncode == 0, migrated.stderr
    owners = database.psql("select distinct tableowner from pg_tables where schemaname = 'public'", database="pipir")
    assert owners.split() == ["pipir_owner"]
    said = {name: tmp_path / name for name in ("service", "worker")}
    with (
        running(COMMANDS["service"], of["service"], said["service"]),
        running(COMMANDS["worker"], of["worker"], said["worker"]),
    ):
        until(60, said["service"], lambda: asked(port, "GET", "/ready")[0] == 200)
        form = "application/x-www-form-urlencoded"
        _, headers, _ = asked(port, "POST", "/consent", "next=", Content_Type=form)
        cookie = headers["set-cookie"]
        assert "Secure" in cookie
        status, headers, page = asked(port, "GET", "/sign-in", Cookie=cookie.partition(";")[0])
        assert status == 200
        assert b"Sign-in is not set up" in page
        assert "strict-transport-security" in headers

        def ran(*words: str, stdin: str = "") -> str:
            # At the server, with the owner's address: as the migration job.
            done = subprocess.run(
                [str(PIPIR), *words], env=of["migrate"], input=stdin, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        ran("people", "create-administrator", "--name", "First Administrator")
        writer = {
            "name": "A Writer",
            "title": "Writer",
            "office_id": 2,
            "since": "2026-01-01",
            "roles": ["report-writer"],
        }
        ran("act", "people.add-person", "--as", "administrator", stdin=json.dumps(writer))
        made = ran("token", "create", "--person", "report-writer")
        token = f"Bearer {made.strip()}"
        status, headers, content = asked(
            port, "POST", "/api/v1/reports/2027/builds", "{}", Authorization=token, Content_Type="application/json"
        )
        assert status == 202, content
        job = headers["location"]

        def over() -> bool:
            _, _, content = asked(port, "GET", job, Authorization=token)
            return json.loads(content)["state"] not in ("waiting", "running")

        until(90, said["worker"], over)
        view = json.loads(asked(port, "GET", job, Authorization=token)[2])
        assert view["state"] == "done", view
        assert asked(port, "GET", "/ready", Host="other.example")[0] == 400
    who = database.psql("select distinct usename from pg_stat_activity where datname = 'pipir'")
    assert "pipir_owner" not in who


def test_a_wrong_password_is_told_in_a_sentence_that_does_not_hold_it(
    database: embedded.EmbeddedServer, port: int, tmp_path: Path
) -> None:
    wrong = environment("migrate", database, port, tmp_path)
    wrong["PIPIR_MIGRATION_URL"] = wrong["PIPIR_MIGRATION_URL"].replace("ownersword", "guessed")
    ran = subprocess.run([str(PIPIR), "migrate"], env=wrong, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert "guessed" not in ran.stderr


def test_the_proxy_leads_to_the_port_on_which_the_service_listens() -> None:
    command = COMPOSE["services"]["proxy"]["command"]
    assert command[:2] == ["caddy", "reverse-proxy"]
    options = dict(zip(command[2::2], command[3::2], strict=True))
    assert options == {"--from": "${PIPIR_NAME}", "--to": f"service:{Settings(home=Path()).port}"}
    assert "PIPIR_PORT" not in COMPOSE["services"]["service"]["environment"]
    assert "--port" not in COMMANDS["service"]
