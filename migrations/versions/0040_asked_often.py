"""What every write asks of the database many times: in words that the server puts in their place, not calls."""

from importlib import import_module

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_UP = (
    # Each trigger asks first whether a backup is being restored. Functions of one expression, without settings of their
    # own, are no calls any more: their names are looked up when they are made, so no search path can lead them astray.
    """
    create function app.acts_as_owner() returns boolean language plpgsql stable set search_path = pg_catalog as $$
    declare
        acting name := case current_setting('role') when 'none' then session_user else current_setting('role') end;
    begin
        return pg_has_role(acting, (select nspowner from pg_namespace where nspname = 'app'), 'member');
    end $$
    """,
    """
    create or replace function app.is_restore() returns boolean language sql stable
    return case when current_setting('check_function_bodies') = 'off' then app.acts_as_owner() else false end
    """,
    """
    create function app.takes_exercise_rows() returns boolean language plpgsql stable
    set search_path = pg_catalog as $$
    begin
        if (select kind from app.installation) = 'production' then
            raise exception 'A production installation takes no exercise rows.' using errcode = '23514';
        end if;
        return true;
    end $$
    """,
    """
    create or replace function app.exercise_write() returns boolean language sql stable
    return case when current_setting('app.exercise', true) = 'on' then app.takes_exercise_rows() else false end
    """,
    """
    create or replace function app.today() returns date language sql stable parallel safe
    return (app.now() at time zone 'America/New_York')::date
    """,
    # As before, by one look at the law's files where the day is not the last one.
    """
    create or replace function app.in_force(paragraph text, on_day date) returns boolean language plpgsql stable
    set search_path = pg_catalog as $$
    declare
        since date;
        ending text;
        last date;
        edge text;
    begin
        select w.since, coalesce(w.ends_with, w.slug),
               coalesce(
                   (select coalesce(a.new_day, 'infinity'::date) from public.amendment a
                    where a.provision = coalesce(w.ends_with, w.slug) and a.value in ('on', 'until')
                      and a.confirmed_on is not null and a.changes_from <= on_day
                    order by a.enacted_on desc, a.changes_from desc, a.id desc limit 1),
                   (select e.until from app.law_window e where e.slug = coalesce(w.ends_with, w.slug)),
                   'infinity'::date)
        into since, ending, last
        from app.law_window w where w.slug = paragraph;
        if not found or since > on_day then
            return false;
        end if;
        if on_day <> last then
            return on_day < last;
        end if;
        select coalesce(
            (select r.edge from public.reading_adoption r
             where r.provision = ending and r.confirmed_on is not null
             order by r.confirmed_on desc, r.id desc limit 1),
            (select l.edge from app.law_window l where l.slug = ending),
            'day-ends') into edge;
        return edge = 'day-ends';
    end $$
    """,
)
# The functions as they were, by the steps that made them.
_BEFORE = (
    ("0010_law", "function app.is_restore()"),
    ("0001_foundation", "function app.exercise_write()"),
    ("0001_foundation", "function app.today()"),
    ("0010_law", "function app.in_force(paragraph text, on_day date)"),
)


def upgrade() -> None:
    """Put the functions in the place of the earlier ones."""
    op.execute("set local lock_timeout = '2s'")
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    """Bring the earlier functions back."""
    op.execute("set local lock_timeout = '2s'")
    posting = import_module("migrations.versions.0038_posting")
    for revision_before, function in _BEFORE:
        op.execute(posting._creating(import_module(f"migrations.versions.{revision_before}"), function))
    op.execute("drop function app.acts_as_owner()")
    op.execute("drop function app.takes_exercise_rows()")
