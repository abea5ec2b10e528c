"""An agreement is used up by its act and keeps what was typed for it; a related effort carries a marking."""

from alembic import op

from migrations.search import index

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None

_TITLE, _TEXT = ("name",), ("relation", "description", "source", "ended_because")


def upgrade() -> None:
    """What was entered without a marking is marked as everything else is that names none."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("alter table concurrence_round add column typed jsonb not null default '{}', add column used_on date")
    op.execute(
        "alter table concurrence_round add constraint ck_concurrence_round_used "
        "check (used_on is null or (settled = 'agreed' and ended_on is null))"
    )
    # 3 is the mask of CUI that names no country: the US government and its contractors. No row is written by it: what stands there keeps its version and its trail.
    op.execute(
        "alter table related_effort add column marking text not null default 'CUI', "
        "add column audience bigint not null default 3"
    )
    op.execute("alter table related_effort alter column marking drop default, alter column audience drop default")
    index("related_effort", title=_TITLE, text=_TEXT)


def downgrade() -> None:
    """What hides an effort goes with its columns; the index knows it by its title again."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("alter table related_effort drop column marking, drop column audience")
    index("related_effort", title=_TITLE, text=_TEXT)
    op.execute("alter table concurrence_round drop column typed, drop column used_on")
