"""What counts as the law's acts: a designation's change has its day, a total where none stood widens a project."""

from alembic import op

from migrations.sunset import govern

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# The last day of a paragraph by the law of a day: of its file, or of the amendment that has taken effect by it. Of two
# the one enacted last holds: a later act of Congress meant what it found, an earlier one with a later day included.
_LAST_DAY = """
    create or replace function app.last_day(paragraph text, on_day date) returns date language sql stable
    set search_path = pg_catalog as $$
        select coalesce(
            (select coalesce(a.new_day, 'infinity'::date) from public.amendment a
             where a.provision = paragraph and a.value in ('on', 'until') and a.confirmed_on is not null
               and a.changes_from <= on_day
             order by {order}, a.id desc limit 1),
            (select w.until from app.law_window w where w.slug = paragraph),
            'infinity'::date)
    $$
    """

_APPROVED = "new.status in ('planned', 'active')"
_WIDENED = (
    "(new.status in ('planned', 'active', 'suspended') and (not (new.objectives <@ old.objectives) or {total} "
    "or (new.program_authority is distinct from old.program_authority and new.program_authority is not null)))"
)


def _govern_projects(total: str) -> None:
    """Judge an approved project's change as a widening where its total grows, by the condition `total`."""
    op.execute("drop trigger sunset_project_update on project")
    approved = f"({_APPROVED} and old.status not in ('planned', 'active'))"
    widened = _WIDENED.format(total=total)
    govern("project", "project", on="decided_on", updated=f"{approved} or {widened} or new.acts > old.acts")


def upgrade() -> None:
    """A change that was recorded before took effect on the last day in office, as far as is known."""
    op.execute("alter table designation add column changed_on date")
    op.execute("select set_config('app.actor', '1', true), set_config('app.command', 'migrate', true)")
    op.execute("update designation set changed_on = until, version = version + 1 where ended_by_change")
    op.execute(
        "alter table designation add constraint ck_designation_changed_on check ("
        "ended_by_change = (changed_on is not null) and changed_on >= made_on and changed_on <= until)"
    )
    op.execute(
        "insert into app.law_window (slug, citation, since, until, ends_with, edge) "
        "values ('50-usc-4564', '50 U.S.C. 4564', null, '2026-09-30', null, null)"
    )
    op.execute("update app.law_window set until = null, ends_with = '50-usc-4564' where slug = '50-usc-4533'")
    op.execute(_LAST_DAY.format(order="a.enacted_on desc, a.changes_from desc"))
    _govern_projects("new.planned_total > coalesce(old.planned_total, -1)")


def downgrade() -> None:
    """The column goes with what was written into it."""
    _govern_projects("new.planned_total > old.planned_total")
    op.execute(_LAST_DAY.format(order="a.changes_from desc, a.enacted_on desc"))
    op.execute("update app.law_window set until = '2026-09-30', ends_with = null where slug = '50-usc-4533'")
    op.execute("delete from app.law_window where slug = '50-usc-4564'")
    op.execute("alter table designation drop column changed_on")
