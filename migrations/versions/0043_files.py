"""A report's files in the trail: fingerprinted by their own hashes, not written out once more as text."""

from typing import Final

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

# A file's hash is held to its body by ck_report_file_sha256. A text of all bodies, twice as long as they, took longer
# than storing them, and from half a gigabyte of files on was more than a value may hold.
_FOLLOW: Final = """
    create function app.follow_files() returns trigger language plpgsql security definer
    set search_path = pg_catalog as $$
    declare
        signer bigint := case when not app.is_restore() then app.signed_by() end;
    begin
        if app.is_restore() then
            return null;
        end if;
        insert into public.trail (at, real_at, xid, actor, command, table_name, operation, record_id,
                                  subject, subject_id, row_count, first_id, last_id, rows_sha256, rows_form)
        select app.now(), clock_timestamp(), pg_current_xact_id(), signer, current_setting('app.command'),
               tg_table_name, 'append', case when count(*) = 1 then min(f.id) end,
               tg_table_name, case when count(*) = 1 then min(f.id) end, count(*), min(f.id), max(f.id),
               sha256(convert_to(string_agg(to_jsonb(f)::text, E'\\n' order by f.id), 'UTF8')), 'without body'
        from (select a.id, a.build_id, a.name, a.media_type, a.sha256, a.size from appended a) f
        having count(*) > 0;
        return null;
    end $$
"""


def upgrade() -> None:
    """Follow the files by a function of their own."""
    op.execute("set local lock_timeout = '2s'")
    op.execute(_FOLLOW)
    _follow_by("follow_files")


def downgrade() -> None:
    """Follow them as any other rows."""
    op.execute("set local lock_timeout = '2s'")
    _follow_by("follow_statement")
    op.execute("drop function app.follow_files()")


def _follow_by(function: str) -> None:
    op.execute("drop trigger trail_report_file on report_file")
    op.execute(
        "create trigger trail_report_file after insert on report_file referencing new table as appended "
        f"for each statement execute function app.{function}()"
    )
    op.execute("alter table report_file enable always trigger trail_report_file")
