"""A request of coordination is as hidden in the index as the record that it is about."""

from migrations.search import index

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Hang each request under its subject; what hangs on the request follows."""
    index(
        "concurrence_request",
        title=("title",),
        text=("question", "state_because"),
        under={"subject_id": ".subject_kind"},
    )


def downgrade() -> None:
    """A request is as hidden as its own marking says."""
    index("concurrence_request", title=("title",), text=("question", "state_because"))
