"""The compose file says what the product understands."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipir.settings import read_settings
from pipir.store import embedded

CHECKOUT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "compose.yaml").read_text())
COMMANDS = {name: one["command"] for name, one in COMPOSE["services"].items() if one.get("image") == "pipir"}


def test_there_are_a_database_a_migration_job_a_service_a_worker_and_a_proxy() -> None:
    assert set(COMPOSE["services"]) == {"database", "migrate", "service", "worker", "proxy"}
    assert set(COMMANDS) == {"migrate", "service", "worker"}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_product_understands_the_commands(name: str) -> None:
    first, command, *words = COMMANDS[name]
    assert first == "pipir"
    program = "import sys; from pipir.cli import main; sys.exit(main())"
    ran = subprocess.run(
        [sys.executable, "-c", program, command, *words, "--help"],
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    for option in (word for word in words if word.startswith("--")):
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", ran.stdout), f"pipir {command} does not know {option}"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_settings_of_each_process_are_settings(name: str) -> None:
    variables = {
        key: re.sub(r"\$\{(\w+)[^}]*\}", "filled", str(value))
        for key, value in COMPOSE["services"][name]["environment"].items()
    }
    if "0.0.0.0" in COMMANDS[name]:
        variables["PIPIR_HOST"] = "0.0.0.0"
    settings = read_settings(variables)
    assert settings.database_url == "postgresql+asyncpg://pipir_app:filled@database/pipir"
    # Only the job that sets up knows the owner's password.
    owner = "pipir_owner" if name == "migrate" else "pipir_app"
    assert settings.migration_url == f"postgresql+asyncpg://{owner}:filled@database/pipir"
    assert settings.behind_tls
    assert settings.allowed_hosts == ("filled",)


def test_nothing_is_reached_from_outside_but_the_proxy() -> None:
    assert [name for name, one in COMPOSE["services"].items() if "ports" in one] == ["proxy"]


def test_no_password_has_a_default() -> None:
    text = (CHECKOUT / "compose.yaml").read_text()
    for name in ("POSTGRES_PASSWORD", "PIPIR_OWNER_PASSWORD", "PIPIR_APP_PASSWORD"):
        assert f"${{{name}:?" in text
        assert f"${{{name}:-" not in text


def test_the_service_waits_for_the_migrations_and_they_for_the_database() -> None:
    services = COMPOSE["services"]
    assert services["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in ("service", "worker"):
        assert services[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


@pytest.fixture(scope="module")
def by_compose() -> str:
    """Return the statements of the compose file's first start, without its shell."""
    content: str = COMPOSE["configs"]["roles"]["content"]
    found = re.search(r"<<'SQL'\n(.*)^SQL$", content, re.DOTALL | re.MULTILINE)
    assert found
    return found.group(1)


def test_the_roles_of_the_compose_file_are_those_of_the_embedded_server(by_compose: str, tmp_path: Path) -> None:
    rights = (
        "select rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolbypassrls from pg_roles "
        "where rolname like 'pipir%' order by 1; "
        "select datname, datdba::regrole, datacl from pg_database where datname = 'pipir';"
    )
    extensions = "select extname from pg_extension order by 1"

    def of(server: embedded.EmbeddedServer) -> tuple[str, str]:
        return server.psql(rights), server.psql(extensions, database="pipir")

    with embedded.EmbeddedServer.start(tmp_path / "embedded", durable=False) as server:
        embedded.prepare(server)
        expected = of(server)
    with embedded.EmbeddedServer.start(tmp_path / "compose", durable=False) as server:
        server.psql("\\set owner one\n\\set app two\n" + by_compose)
        assert of(server) == expected


def test_the_operations_page_shows_the_same_statements(by_compose: str) -> None:
    page = (CHECKOUT / "docs" / "operations.md").read_text()
    shown = re.search(r"```sql\n(.*?)```", page, re.DOTALL)
    assert shown
    assert shown.group(1) == re.sub(r":'(owner|app)'", "'...'", by_compose)
