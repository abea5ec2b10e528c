"""Settings: every mistake at once, and one reader of the environment."""

import re
from pathlib import Path

import pytest

from pipir.kernel.errors import Invalid
from pipir.mail import MailServer
from pipir.scanner import Scanner
from pipir.settings import Settings, read_settings

CHECKOUT = Path(__file__).resolve().parents[1]


def refused(**variables: str) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        read_settings(variables)
    assert all(str(mistake) in caught.value.detail for mistake in caught.value.mistakes)
    return {mistake.where: mistake.expected for mistake in caught.value.mistakes}


def test_without_settings_the_installation_is_this_machines_own() -> None:
    settings = read_settings({})
    assert settings == Settings(home=CHECKOUT / "var")
    assert settings.embedded
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.app_role is None


def test_every_setting_is_read() -> None:
    settings = read_settings(
        {
            "PIPIR_HOME": "/srv/pipir",
            "DATABASE_URL": "postgresql://pipir_app:a%40b@db.example:5433/pipir?sslmode=require",
            "PIPIR_MIGRATION_URL": "postgres://pipir_owner@/pipir?host=/run/postgresql",
            "PIPIR_PG_BIN": "/opt/postgres/bin",
            "PIPIR_HOST": "0.0.0.0",
            "PIPIR_PORT": "8443",
            "PIPIR_ALLOWED_HOSTS": "Pipir.example, 10.0.0.1",
            "PIPIR_BEHIND_TLS": "Yes",
            "PIPIR_LOG_LEVEL": "WARNING",
            "PIPIR_URL": "https://pipir.example/",
            "PIPIR_SMTP_HOST": "mail.example",
            "PIPIR_SMTP_PORT": "25",
            "PIPIR_SMTP_FROM": "pipir@office.example",
            "PIPIR_SMTP_STARTTLS": "on",
            "PIPIR_SMTP_USER": "pipir",
            "PIPIR_SMTP_PASSWORD": "a b",
        }
    )
    assert settings == Settings(
        home=Path("/srv/pipir"),
        database_url="postgresql+asyncpg://pipir_app:a%40b@db.example:5433/pipir?ssl=require",
        migration_url="postgresql+asyncpg://pipir_owner@/pipir?host=/run/postgresql",
        app_role=None,
        pg_bin=Path("/opt/postgres/bin"),
        host="0.0.0.0",
        port=8443,
        allowed_hosts=("pipir.example", "10.0.0.1"),
        behind_tls=True,
        log_level="warning",
        url="https://pipir.example",
        mail=MailServer(
            host="mail.example", port=25, sender="pipir@office.example", starttls=True, user="pipir", password="a b"
        ),
    )
    assert not settings.embedded


def test_one_address_serves_both_and_the_application_takes_on_its_role() -> None:
    settings = read_settings({"DATABASE_URL": "postgresql://someone@db.example/pipir"})
    assert settings.migration_url == settings.database_url
    assert settings.app_role == "pipir_app"


def test_all_mistakes_are_reported_at_once() -> None:
    assert set(
        refused(
            PIPIR_HOME="va\0r",
            DATABASE_URL="mysql://someone@db.example",
            PIPIR_PORT="http",
            PIPIR_BEHIND_TLS="perhaps",
            PIPIR_LOG_LEVEL="loud",
            PIPIR_HOST="0.0.0.0",
            PIPIR_PROT="8000",
        )
    ) == {
        "PIPIR_HOME",
        "DATABASE_URL",
        "PIPIR_PORT",
        "PIPIR_BEHIND_TLS",
        "PIPIR_LOG_LEVEL",
        "PIPIR_ALLOWED_HOSTS",
        "PIPIR_PROT",
    }


@pytest.mark.parametrize(
    "address",
    [
        "secret",
        "postgresql://u:secret@host",
        "postgresql://u:secret@host:port/pipir",
        "postgresql://u:secret@/pipir",
        "postgresql://u:secret@host/pipir?application_name=x",
        "postgresql://u:secret#more@host/pipir",
        "postgresql://u:secret@[host/pipir",
    ],
)
def test_a_refused_address_is_not_repeated(address: str) -> None:
    """It may hold a password, and the sentence ends up in a log."""
    with pytest.raises(Invalid) as caught:
        read_settings({"DATABASE_URL": address})
    assert {mistake.where for mistake in caught.value.mistakes} == {"DATABASE_URL"}
    assert "secret" not in caught.value.detail


def test_settings_do_not_show_their_addresses() -> None:
    settings = read_settings({"DATABASE_URL": "postgresql://u:secret@host/pipir"})
    assert "secret" not in f"{settings!r} {settings}"


@pytest.mark.parametrize("hosts", ["*", "*.example", "a b", "http://x/"])
def test_a_name_of_the_service_is_one_name(hosts: str) -> None:
    assert set(refused(PIPIR_ALLOWED_HOSTS=hosts)) == {"PIPIR_ALLOWED_HOSTS"}


def test_an_owners_address_alone_is_half_a_setting() -> None:
    assert set(refused(PIPIR_MIGRATION_URL="postgresql://pipir_owner@db.example/pipir")) == {"PIPIR_MIGRATION_URL"}


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read_settings({"DATABASE_URL": "", "PIPIR_PORT": " "}) == read_settings({})


def test_nothing_else_reads_the_environment() -> None:
    """Habit: one Settings struct, the only reader of the environment."""
    readers = re.compile(r"\bos\.(environb?|getenvb?)\b|from os import .*\b(environ|getenv)")
    found = [
        str(path.relative_to(CHECKOUT))
        for path in sorted((CHECKOUT / "pipir").rglob("*.py"))
        if readers.search(path.read_text()) and path != CHECKOUT / "pipir" / "settings.py"
    ]
    assert found == []


def test_the_operations_page_names_every_setting() -> None:
    page = (CHECKOUT / "docs" / "operations.md").read_text()
    table = set(re.findall(r"`((?:PIPIR_\w|DATABASE_URL)\w*)`", page[page.index("## Settings") :]))
    program = (CHECKOUT / "pipir" / "settings.py").read_text()
    assert table == set(re.findall(r"\"((?:PIPIR_|DATABASE_URL)\w*)\"", program)) - {"PIPIR_", "PIPIR_REQUIRE_BROWSER"}


def test_a_scanner_is_an_address_or_a_socket() -> None:
    assert read_settings({}).scanner is None
    for address in ("127.0.0.1:3310", "clamd:3310", "[::1]:3310", "/run/clamd.sock"):
        assert read_settings({"PIPIR_CLAMD": address}).scanner == Scanner(address, 60)
    assert read_settings({"PIPIR_CLAMD": "clamd:1", "PIPIR_CLAMD_SECONDS": "5"}).scanner == Scanner("clamd:1", 5)


@pytest.mark.parametrize(
    ("variables", "where"),
    [
        ({"PIPIR_CLAMD": "clamd"}, "PIPIR_CLAMD"),
        ({"PIPIR_CLAMD": "clamd:99999"}, "PIPIR_CLAMD"),
        ({"PIPIR_CLAMD": "clamd.sock:x"}, "PIPIR_CLAMD"),
        ({"PIPIR_CLAMD": "a b:3310"}, "PIPIR_CLAMD"),
        ({"PIPIR_CLAMD": "clamd:3310", "PIPIR_CLAMD_SECONDS": "0"}, "PIPIR_CLAMD_SECONDS"),
        ({"PIPIR_CLAMD_SECONDS": "5"}, "PIPIR_CLAMD_SECONDS"),
    ],
)
def test_an_address_that_no_scanner_has_is_refused(variables: dict[str, str], where: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_settings(variables)
    assert [mistake.where for mistake in caught.value.mistakes] == [where]


MAIL = {"PIPIR_SMTP_HOST": "mail.example", "PIPIR_SMTP_FROM": "pipir@office.example", "PIPIR_URL": "https://p.example"}


def test_without_a_mail_server_nobody_is_mailed() -> None:
    assert read_settings({}).mail is None


def test_mail_goes_under_tls_unless_somebody_says_otherwise() -> None:
    mail = read_settings(MAIL).mail
    assert mail is not None
    assert (mail.port, mail.starttls, mail.user) == (587, True, "")
    plain = read_settings({**MAIL, "PIPIR_SMTP_STARTTLS": "no"}).mail
    assert plain is not None
    assert not plain.starttls


@pytest.mark.parametrize(
    ("variables", "where"),
    [
        ({"PIPIR_SMTP_HOST": ""}, {"PIPIR_SMTP_FROM"}),
        ({"PIPIR_SMTP_HOST": "", "PIPIR_SMTP_PASSWORD": "secret"}, {"PIPIR_SMTP_FROM", "PIPIR_SMTP_PASSWORD"}),
        ({"PIPIR_SMTP_HOST": "a b"}, {"PIPIR_SMTP_HOST"}),
        ({"PIPIR_SMTP_PORT": "0"}, {"PIPIR_SMTP_PORT"}),
        ({"PIPIR_SMTP_FROM": ""}, {"PIPIR_SMTP_FROM"}),
        ({"PIPIR_SMTP_FROM": "Pipir <pipir@office.example>"}, {"PIPIR_SMTP_FROM"}),
        ({"PIPIR_SMTP_FROM": "a@b\nBcc: x@evil.example"}, {"PIPIR_SMTP_FROM"}),
        ({"PIPIR_SMTP_USER": "u"}, {"PIPIR_SMTP_PASSWORD"}),
        ({"PIPIR_SMTP_PASSWORD": "secret"}, {"PIPIR_SMTP_USER"}),
        (
            {"PIPIR_SMTP_USER": "u", "PIPIR_SMTP_PASSWORD": "secret", "PIPIR_SMTP_STARTTLS": "no"},
            {"PIPIR_SMTP_STARTTLS"},
        ),
        ({"PIPIR_URL": ""}, {"PIPIR_URL"}),
    ],
)
def test_half_a_mail_server_is_none_and_its_password_is_not_repeated(
    variables: dict[str, str], where: set[str]
) -> None:
    with pytest.raises(Invalid) as caught:
        read_settings({**MAIL, **variables})
    assert {mistake.where for mistake in caught.value.mistakes} == where
    assert "secret" not in caught.value.detail


@pytest.mark.parametrize(
    "address",
    ["pipir.example", "ftp://pipir.example", "https://", "https://a/path", "https://u@a", "https://a?b", "https://a:x"],
)
def test_the_services_address_is_a_whole_one_without_a_path(address: str) -> None:
    assert set(refused(PIPIR_URL=address)) == {"PIPIR_URL"}
