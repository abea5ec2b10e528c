"""A designation that was entered wrongly is corrected, with its reason; another day or authority is judged anew."""

from alembic import op

from migrations.sunset import govern

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Room for the reason, and the judge of what a correction moves."""
    op.execute("alter table designation add column corrected_because text")
    govern(
        "designation",
        "designation",
        on="made_on",
        # A determination finds its designation by the office, so that another office is another act under it.
        updated="new.acts > old.acts or new.made_on is distinct from old.made_on "
        "or new.program_authority is distinct from old.program_authority "
        "or (new.continuation_id is not null and new.office_held is distinct from old.office_held)",
    )


def downgrade() -> None:
    """The reason goes with its column."""
    op.execute("drop trigger sunset_designation_update on designation")
    op.execute("alter table designation drop column corrected_because")
