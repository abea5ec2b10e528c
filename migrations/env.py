"""Alembic's environment: one connection handed in by `pipir.store.migrate`, every feature's tables as the target."""

from alembic import context
from sqlalchemy import Connection

from pipir.store.base import Base

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    transaction_per_migration=True,
    compare_type=True,
    compare_server_default=False,
    include_name=lambda name, kind, parents: not (kind == "table" and str(name).startswith(("pgqueuer", "alembic_"))),
)
with context.begin_transaction():
    context.run_migrations()
