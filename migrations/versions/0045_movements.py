"""Authority that was taken out is brought in once, and not at all where the taking out was reversed."""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Look at the movements that an entry bears on, when its statement ends; other entries cost no call."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("""
    create function app.hold_movement() returns trigger language plpgsql set search_path = pg_catalog as $$
    declare
        out_id bigint := coalesce(new.counter_entry_id, new.reverses_entry_id);
        standing bigint;
    begin
        if app.is_restore() then
            return null;
        end if;
        -- Whoever bears on one movement waits for the other here.
        perform 1 from public.funding_document f
        where f.id = (select e.funding_document_id from public.ledger_entry e where e.id = out_id) for no key update;
        select count(*) into standing from public.ledger_entry e
        where e.counter_entry_id = out_id
          and not exists (select from public.ledger_entry r where r.reverses_entry_id = e.id);
        if standing > 1 or (standing = 1 and exists (
                select from public.ledger_entry r where r.reverses_entry_id = out_id)) then
            raise exception 'What entry % took out would count twice; nothing was stored.', out_id
                using errcode = '23514', constraint = 'ledger_movement';
        end if;
        return null;
    end $$
    """)
    op.execute("""
    create trigger hold_movement_ledger_entry after insert on ledger_entry for each row
    when (new.counter_entry_id is not null or new.reversed_kind in ('transfer out', 'reprogramming out'))
    execute function app.hold_movement()
    """)
    op.execute("alter table ledger_entry enable always trigger hold_movement_ledger_entry")


def downgrade() -> None:
    """Let them be again."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("drop trigger hold_movement_ledger_entry on ledger_entry")
    op.execute("drop function app.hold_movement()")
