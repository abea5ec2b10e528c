"""An agreement is used up by its act and keeps what was typed for it; a related effort carries a marking."""

from alembic import op

from migrations.search import index

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_TITLE, _TEXT = ("name",), ("relation", "description", "source", "ended_because")
# As revision 0015 has it, with room for the day of the act.
_KEEP_ROUND = """
    create or replace function app.keep_round() returns trigger language plpgsql set search_path = pg_catalog as $$
    declare
        open text[] := array['version', 'settled', 'settled_on', 'ended', 'ended_on'{open}];
    begin
        if app.is_restore() then
            return new;
        end if;
        if (to_jsonb(new) - open) <> (to_jsonb(old) - open) then
            raise exception 'What a round asks is not edited; a changed value begins a new round.'
                using errcode = '23514', constraint = 'round_kept';
        end if;
        {used}if old.ended_on is not null and (new.ended is distinct from old.ended or new.ended_on is distinct from old.ended_on)
           and not (
               old.ended = 'reopened' and new.ended is null
               and exists (
                   select from public.concurrence_round later
                    where later.request_id = new.request_id and later.ended = 'undone' and later.began = 'reopened'
                      and not exists (select from public.concurrence_answer given where given.round_id = later.id)
                      and later.number = (
                          select max(every.number) from public.concurrence_round every
                           where every.request_id = new.request_id
                      )
               )
           )
        then
            raise exception 'A round that has ended stays ended; its answers are void unless its reopening is undone.'
                using errcode = '23514', constraint = 'round_ended';
        end if;
        return new;
    end $$
"""
_USED_ONCE = """if old.used_on is distinct from new.used_on and old.used_on is not null then
            raise exception 'An agreement is used up once; the next act is asked anew.'
                using errcode = '23514', constraint = 'round_used';
        end if;
        """


def upgrade() -> None:
    """What was entered without a marking is marked as everything else is that names none."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("alter table concurrence_round add column typed jsonb not null default '{}', add column used_on date")
    op.execute(
        "alter table concurrence_round add constraint ck_concurrence_round_used "
        "check (used_on is null or (settled = 'agreed' and ended_on is null))"
    )
    op.execute(_KEEP_ROUND.format(open=", 'used_on'", used=_USED_ONCE))
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
    op.execute(_KEEP_ROUND.format(open="", used=""))
    op.execute("alter table concurrence_round drop column typed, drop column used_on")
