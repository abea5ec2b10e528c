"""Authority that left this ledger is not brought into it, and what is brought in moves under the law it left by."""

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_BARE = "regexp_replace(lower({0}.transfer_law), '[^0-9a-z]', '', 'g')"
_WAS = "select count(*) into standing from public.ledger_entry e"
_NOW = f"""if new.kind <> 'reversal' and exists (
                select from public.ledger_entry e
                where e.id = new.counter_entry_id
                  and (e.outside_account is not null
                       or {_BARE.format("e")} is distinct from {_BARE.format("new")})) then
            raise exception 'What entry % took out left for another account, or under another law; nothing was stored.',
                    out_id using errcode = '23514', constraint = 'ledger_counter';
        end if;
        {_WAS}"""


def upgrade() -> None:
    """Ask it where a movement is looked at; those that stand stay as they are."""
    op.execute("set local lock_timeout = '2s'")
    _change(_WAS, _NOW)


def downgrade() -> None:
    """Ask it no more."""
    op.execute("set local lock_timeout = '2s'")
    _change(_NOW, _WAS)


def _change(found: str, put: str) -> None:
    op.execute(f"""
    do $change$ declare
        body text := pg_get_functiondef('app.hold_movement()'::regprocedure);
    begin
        if position($found${found}$found$ in body) = 0 then
            raise exception 'The function hold_movement is not the one that is changed.';
        end if;
        execute replace(body, $found${found}$found$, $put${put}$put$);
    end $change$
    """)
