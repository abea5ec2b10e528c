"""Alembic, which takes a schema from one revision to another."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from pipir.store.migrate import ROOT


def upgrade(connection: Connection, to: str) -> None:
    """Apply the migrations up to a revision."""
    command.upgrade(_config(connection), to)


def downgrade(connection: Connection, to: str) -> None:
    """Take back the migrations after a revision."""
    command.downgrade(_config(connection), to)


def _config(connection: Connection) -> Config:
    """Alembic's configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
