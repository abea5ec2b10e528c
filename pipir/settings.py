"""What an installation is told from outside: one struct, and the only reader of the environment."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.text import MAIL_ADDRESS
from pipir.mail import MailServer
from pipir.scanner import Scanner

APPLICATION_ROLE = "pipir_app"
LOG_LEVELS = ("debug", "info", "warning", "error")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_TRUE = ("1", "yes", "true", "on")
_FALSE = ("0", "no", "false", "off")
_CHECKOUT = Path(__file__).resolve().parent.parent
# The tests' own switch; every other unknown PIPIR_ name is a slip of the pen and is reported.
_OF_THE_TESTS = frozenset({"PIPIR_REQUIRE_BROWSER"})


class Settings(msgspec.Struct, frozen=True):
    """Every setting of an installation, checked; without `database_url` the embedded server under `home` is used.

    `app_role` is the role the application takes on after connecting, where its address logs in as more than that.
    `url` is where the service is reached, without a slash at its end; without `mail` nobody is reminded by mail,
    without `scanner` documents are stored without being scanned.
    """

    home: Path
    database_url: str | None = None
    migration_url: str | None = None
    app_role: str | None = None
    pg_bin: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    allowed_hosts: tuple[str, ...] = _LOOPBACK
    behind_tls: bool = False
    log_level: str = "info"
    url: str = ""
    mail: MailServer | None = None
    scanner: Scanner | None = None

    @property
    def embedded(self) -> bool:
        """Tell whether the database is the embedded one."""
        return self.database_url is None

    def __repr__(self) -> str:
        # The addresses hold passwords, and a repr ends up in logs.
        return f"Settings(home={self.home!s}, embedded={self.embedded}, host={self.host}, port={self.port})"


class _Reader:
    """Reads one variable at a time and keeps every mistake met on the way."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.mistakes: list[Mistake] = []
        self.asked: set[str] = set()

    def text(self, name: str) -> str | None:
        """Return a variable's value without the space around it; an empty one counts as not set."""
        self.asked.add(name)
        return self.environ.get(name, "").strip() or None

    def refuse(self, name: str, expected: str, found: str = "") -> None:
        self.mistakes.append(Mistake(name, expected, found))

    def number(self, name: str, default: int, low: int, high: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            self.refuse(name, f"A whole number from {low} to {high} is expected.", text)
            return default
        return int(text)

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        text = (self.text(name) or default).lower()
        if text not in choices:
            self.refuse(name, f"One of {', '.join(choices)} is expected.", text)
            return default
        return text

    def switch(self, name: str) -> bool:
        return self.choice(name, "no", (*_TRUE, *_FALSE)) in _TRUE

    def folder(self, name: str) -> Path | None:
        text = self.text(name)
        if text is None:
            return None
        path = Path(text).expanduser()
        if "\0" in text:
            self.refuse(name, "A path is expected.", text)
            return None
        return path.absolute()

    def address(self, name: str) -> str:
        text = self.text(name)
        if text is None:
            return ""
        try:
            parts = urlsplit(text)
            _ = parts.port
            plain = parts.scheme in ("http", "https") and bool(parts.hostname) and text.isascii() and text.isprintable()
        except ValueError:
            plain = False
        if not plain or parts.path.strip("/") or parts.query or parts.fragment or parts.username or " " in text:
            self.refuse(name, "An address such as https://pipir.office.example is expected, without a path.")
            return ""
        return text.rstrip("/")

    def mail(self) -> MailServer | None:
        """Return the mail server, whole; None where none is named."""
        host = self.text("PIPIR_SMTP_HOST")
        port = self.number("PIPIR_SMTP_PORT", 587, 1, 65535)
        sender = self.text("PIPIR_SMTP_FROM") or ""
        starttls = self.choice("PIPIR_SMTP_STARTTLS", "yes", (*_TRUE, *_FALSE)) in _TRUE
        user = self.text("PIPIR_SMTP_USER") or ""
        password = self.text("PIPIR_SMTP_PASSWORD") or ""
        if host is None:
            for part in ("PORT", "FROM", "STARTTLS", "USER", "PASSWORD"):
                name = f"PIPIR_SMTP_{part}"
                if self.text(name) is not None:
                    self.refuse(name, "PIPIR_SMTP_HOST must be set as well: without it no mail is sent.")
            return None
        if re.fullmatch(r"[A-Za-z0-9.:-]+", host) is None:
            self.refuse("PIPIR_SMTP_HOST", "The name or the number of one host is expected.", host[:60])
        if re.fullmatch(MAIL_ADDRESS, sender) is None:
            expected = "The mail address of the service is expected, such as pipir@office.example."
            self.refuse("PIPIR_SMTP_FROM", expected, sender[:60])
        if bool(user) != bool(password):
            missing = "PIPIR_SMTP_PASSWORD" if user else "PIPIR_SMTP_USER"
            self.refuse(missing, "User and password are given together, or neither.")
        if password and not starttls and host not in _LOOPBACK:
            self.refuse("PIPIR_SMTP_STARTTLS", "A password is sent under TLS only: expected yes.")
        return MailServer(host=host, port=port, sender=sender, starttls=starttls, user=user, password=password)

    def scanner(self) -> Scanner | None:
        """Return where clamd listens; None where nobody says."""
        address = self.text("PIPIR_CLAMD")
        seconds = self.number("PIPIR_CLAMD_SECONDS", 60, 1, 600)
        if address is None:
            if self.text("PIPIR_CLAMD_SECONDS") is not None:
                self.refuse("PIPIR_CLAMD_SECONDS", "PIPIR_CLAMD must be set as well: without it nothing is scanned.")
            return None
        host, _, port = address.rpartition(":")
        reached = re.fullmatch(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]", host) and port.isascii() and port.isdigit()
        if not (address.startswith("/") and "\0" not in address) and not (reached and 1 <= int(port) <= 65535):
            expected = "An address such as 127.0.0.1:3310 is expected, or the path of a socket."
            self.refuse("PIPIR_CLAMD", expected, address[:60])
            return None
        return Scanner(address, seconds)

    def database(self, name: str) -> str | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            parts = urlsplit(text)
            _ = parts.port
        except ValueError:
            # The value itself stays unsaid: it may hold a password.
            self.refuse(name, "The address cannot be read; its port must be a number and its host complete.")
            return None
        return self._database_address(name, parts)

    def _database_address(self, name: str, parts: SplitResult) -> str | None:
        before = len(self.mistakes)
        if parts.scheme not in {"postgresql", "postgres", "postgresql+asyncpg"}:
            self.refuse(name, "An address that begins with postgresql:// is expected.", f"{parts.scheme}://")
        if not parts.path.strip("/"):
            self.refuse(name, "The address must name a database, as in postgresql://user@host/database.")
        if parts.fragment:
            self.refuse(name, "A # in the address, for example in a password, must be written as %23.")
        query = []
        for key, value in parse_qsl(parts.query, keep_blank_values=True):
            if key not in {"host", "port", "ssl", "sslmode"}:
                self.refuse(name, "After the ? only host, port and sslmode are understood.", key)
            query.append(("ssl" if key == "sslmode" else key, value))
        if not parts.hostname and "host" not in dict(query):
            self.refuse(name, "The address must name a host, or a socket folder as in ?host=/run/postgresql.")
        if len(self.mistakes) > before:
            return None
        # An empty network part would lose its two slashes.
        rest = urlunsplit(("", "", parts.path, urlencode(query, safe="/"), ""))
        return f"postgresql+asyncpg://{parts.netloc}{rest}"


def read_settings(environ: Mapping[str, str] | None = None, *, over: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the environment, or raise Invalid with every mistake in them at once.

    A command lays its options `over` the variables, under their names.
    """
    reader = _Reader({**(os.environ if environ is None else environ), **(over or {})})
    home = reader.folder("PIPIR_HOME")
    database_url = reader.database("DATABASE_URL")
    migration_url = reader.database("PIPIR_MIGRATION_URL")
    if migration_url is not None and reader.text("DATABASE_URL") is None:
        reader.refuse(
            "PIPIR_MIGRATION_URL", "DATABASE_URL must be set as well: migrations have their own address beside it."
        )
    host = reader.text("PIPIR_HOST") or "127.0.0.1"
    settings = Settings(
        home=home or _default_home(),
        database_url=database_url,
        migration_url=migration_url or database_url,
        app_role=APPLICATION_ROLE if database_url is not None and migration_url is None else None,
        pg_bin=reader.folder("PIPIR_PG_BIN"),
        host=host,
        port=reader.number("PIPIR_PORT", 8000, 1, 65535),
        allowed_hosts=_allowed_hosts(reader, host),
        behind_tls=reader.switch("PIPIR_BEHIND_TLS"),
        log_level=reader.choice("PIPIR_LOG_LEVEL", "info", LOG_LEVELS),
        url=reader.address("PIPIR_URL"),
        mail=reader.mail(),
        scanner=reader.scanner(),
    )
    if settings.mail is not None and reader.text("PIPIR_URL") is None:
        reader.refuse("PIPIR_URL", "The address of the service is needed for the links in its mail.")
    for name in sorted(set(reader.environ) - reader.asked - _OF_THE_TESTS):
        if name.startswith("PIPIR_"):
            reader.refuse(name, f"There is no such setting; the settings are {', '.join(sorted(reader.asked))}.")
    if reader.mistakes:
        raise Invalid(
            " ".join(["Some settings need correcting.", *(f"{mistake}" for mistake in reader.mistakes)]),
            mistakes=tuple(reader.mistakes),
        )
    return settings


def _default_home() -> Path:
    """Return var/ beside the checkout, or where the command runs when there is no checkout."""
    return (_CHECKOUT if (_CHECKOUT / "pyproject.toml").exists() else Path.cwd()) / "var"


def _allowed_hosts(reader: _Reader, host: str) -> tuple[str, ...]:
    named = reader.text("PIPIR_ALLOWED_HOSTS")
    if named is None:
        if host not in _LOOPBACK:
            reader.refuse(
                "PIPIR_ALLOWED_HOSTS",
                f"The names under which the service is reached must be given when it listens on {host}.",
            )
        return _LOOPBACK
    hosts = tuple(part.strip().lower() for part in named.split(",") if part.strip())
    for one in hosts:
        if not all(sign.isalnum() or sign in ".-:[]" for sign in one) or not one.isascii():
            reader.refuse("PIPIR_ALLOWED_HOSTS", "Host names with commas between them are expected, without a *.", one)
    return hosts
