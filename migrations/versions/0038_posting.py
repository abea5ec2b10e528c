"""What one posting asks of the database, in fewer statements: sums, the judgement of its act, and its row in search."""

from importlib import import_module
from types import ModuleType

from alembic import op

from migrations.search import index

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

ledger = import_module("migrations.versions.0031_ledger")
law = import_module("migrations.versions.0010_law")

# What lowers what is left of an obligation.
_DRAWS = """
    not a.incurred and (a.kind in ('deobligation', 'expenditure')
                        or (a.kind = 'closing' and a.adjusts_entry_id is not null)
                        or a.reversed_kind in ('obligation', 'upward adjustment', 'refund'))
"""
_UP = (
    # As before, with what the entries are asked once at the beginning: one obligation needs none of the checks of
    # reversals, of movements and of what draws on an obligation.
    f"""
    create or replace function app.sum_ledger() returns trigger language plpgsql security definer
    set search_path = pg_catalog as $$
    declare
        census record;
        broken record;
        added integer;
    begin
        if app.is_restore() then
            return null;
        end if;
        -- What the entries are: a check that concerns none of them is not made.
        select count(*) as rows,
               bool_or(a.reverses_entry_id is not null) as reverse,
               bool_or(a.adjusts_entry_id is not null) as name,
               bool_or(a.counter_entry_id is not null) as move,
               bool_or(not a.incurred and (a.kind in ({ledger._LOWERS}) or a.reversed_kind in ({ledger._RAISED})))
                   as lower,
               bool_or({_DRAWS}) as draw
        into census from appended a;
        -- What was planned for a single entry takes hours for a million.
        if census.rows > 1000 then
            discard plans;
            perform set_config('work_mem', '64MB', true);
        end if;
        perform 1 from public.funding_document f
        where f.id in (select a.funding_document_id from appended a) order by f.id for no key update;

        insert into public.ledger_leg (entry_id, credit, account_id, control, amount)
        select a.id, side.credit, f.account_id,
               case when side.credit = (a.kind <> 'reversal') then r.credit else r.debit end, a.amount
        from appended a
        join public.funding_document f on f.id = a.funding_document_id
        join app.posting_rules() r on r.kind = coalesce(a.reversed_kind, a.kind)
             and r.draws = (a.adjusts_entry_id is not null)
        cross join (values (false), (true)) side (credit);

        insert into public.ledger_day as d (funding_document_id, effective_on, authority, committed, obligated, expended)
        select g.funding_document_id, g.effective_on,
               {", ".join(f"sum({ledger._moves(name, kind='g.kind', amount='g.signed', drawn='g.drawn')})" for name in ledger._MOVES)}
        from (select a.funding_document_id, a.effective_on, coalesce(a.reversed_kind, a.kind) as kind,
                     case when a.kind = 'reversal' then -a.amount else a.amount end as signed,
                     case when a.adjusts_entry_id is null then 0 when a.kind = 'reversal' then -a.amount
                          else a.amount end as drawn
              from appended a where a.funding_document_id is not null) g
        group by 1, 2 order by 1, 2
        on conflict (funding_document_id, effective_on)
        do update set {", ".join(f"{name} = d.{name} + excluded.{name}" for name in ledger._MOVES)};

        if census.reverse then
            select a.id into broken from appended a join public.ledger_entry r on r.id = a.reverses_entry_id
            where r.kind <> a.reversed_kind or r.amount <> a.amount
               or (r.funding_document_id, r.project_id, r.participant_id, r.program_authority, r.adjusts_entry_id)
                  is distinct from
                  (a.funding_document_id, a.project_id, a.participant_id, a.program_authority, a.adjusts_entry_id)
            limit 1;
            if found then
                raise exception 'A reversal repeats the entry that it reverses; a reversal is not reversed.'
                    using errcode = '23514', constraint = 'ledger_reversal';
            end if;
        end if;

        if census.name then
            select a.id into broken from appended a join public.ledger_entry n on n.id = a.adjusts_entry_id
            where n.funding_document_id is distinct from a.funding_document_id
               or n.kind <> case when coalesce(a.reversed_kind, a.kind) in ('decommitment', 'obligation')
                                 then 'commitment' else 'obligation' end
            limit 1;
            if found then
                raise exception 'An entry names an obligation or commitment of the same funding document.'
                    using errcode = '23514', constraint = 'ledger_named';
            end if;
        end if;

        if census.move then
            select a.id into broken from appended a join public.ledger_entry n on n.id = a.counter_entry_id
            where a.kind <> 'reversal'
              and ((a.kind, n.kind) not in (values ('transfer in', 'transfer out'), ('reprogramming in', 'reprogramming out'))
                   or n.amount <> a.amount)
            limit 1;
            if found then
                raise exception 'A movement of authority brings in what the movement that it names took out.'
                    using errcode = '23514', constraint = 'ledger_counter';
            end if;
        end if;

        if census.lower then
            -- On the first harmful day and on every later one that has entries.
            select f.number, o.effective_on into broken
            from (select a.funding_document_id, min(a.effective_on) as since from appended a
                  where not a.incurred and (a.kind in ({ledger._LOWERS}) or a.reversed_kind in ({ledger._RAISED}))
                  group by a.funding_document_id) h
            join public.funding_document f on f.id = h.funding_document_id
            cross join lateral (
                select b.effective_on from (
                    select e.effective_on, sum(e.authority) over day as authority, sum(e.obligated) over day as obligated
                    from (select h.since as effective_on, sum(d.authority) as authority, sum(d.obligated) as obligated
                          from public.ledger_day d
                          where d.funding_document_id = h.funding_document_id and d.effective_on <= h.since
                          union all
                          select d.effective_on, d.authority, d.obligated from public.ledger_day d
                          where d.funding_document_id = h.funding_document_id and d.effective_on > h.since) e
                    window day as (order by e.effective_on)) b
                where b.obligated > b.authority order by b.effective_on limit 1) o
            where f.level_of_control <> 'target' and f.source_of_authority <> 'none'
            limit 1;
            if found then
                raise exception 'The obligations under % would pass its authority on %; nothing was stored.',
                    broken.number, broken.effective_on
                    using errcode = '23514', constraint = 'ledger_authority';
            end if;
        end if;

        if census.draw then
            with root as (
                select case when coalesce(a.reversed_kind, a.kind) = 'obligation'
                            then coalesce(a.reverses_entry_id, a.id) else a.adjusts_entry_id end as id,
                       min(a.effective_on) as since
                from appended a
                where {_DRAWS}
                group by 1
            ), stored as materialized (
                select r.* from root r where not exists (select from appended a where a.id = r.id)
            ), thread as (
                select r.id, r.since, e.kind, e.reversed_kind, e.amount, e.effective_on
                from stored r join public.ledger_entry e on e.id = r.id
                union all
                select r.id, r.since, e.kind, e.reversed_kind, e.amount, e.effective_on
                from stored r join public.ledger_entry e on e.adjusts_entry_id = r.id
                union all
                select r.id, r.since, e.kind, e.reversed_kind, e.amount, e.effective_on
                from stored r join public.ledger_entry e on e.reverses_entry_id = r.id
                -- What came with this statement is named by nothing that stood before it.
                union all
                select r.id, r.since, e.kind, e.reversed_kind, e.amount, e.effective_on
                from appended e
                join root r on r.id = case when coalesce(e.reversed_kind, e.kind) = 'obligation'
                                           then coalesce(e.reverses_entry_id, e.id) else e.adjusts_entry_id end
                where not exists (select from stored s where s.id = r.id)
            ), left_on as (
                select t.id, t.since, t.effective_on, sum(sum(
                    case when t.kind = 'reversal' then -t.amount else t.amount end
                    * case coalesce(t.reversed_kind, t.kind)
                      when 'obligation' then 1 when 'upward adjustment' then 1 when 'deobligation' then -1
                      when 'closing' then -1 when 'expenditure' then -1 when 'refund' then 1 else 0 end))
                    over (partition by t.id order by t.effective_on) as amount
                from thread t group by t.id, t.since, t.effective_on
            )
            select l.id, l.effective_on into broken from left_on l
            where l.amount < 0 and l.effective_on >= l.since limit 1;
            if found then
                raise exception 'The expenditures of obligation % would pass it on %; nothing was stored.',
                    broken.id, broken.effective_on
                    using errcode = '23514', constraint = 'ledger_obligation';
            end if;
        end if;

        -- A few entries make a few deltas: they go where add_deltas would put them, without the way through an array.
        if census.rows > 100 then
            perform app.add_deltas({ledger._array(ledger._deltas("appended"))});
        else
            insert into public.ledger_pending ({ledger._GRAIN}, amount, drawn, count)
            {ledger._deltas("appended")};
            get diagnostics added = row_count;
            if lastval() % 64 < added then
                perform app.fold_ledger();
            end if;
        end if;
        return null;
    end $$
    """,
    # As before, with one look at the law's files in place of three, and no day judged twice.
    """
    create or replace function app.judge_act() returns trigger language plpgsql set search_path = pg_catalog as $$
    declare
        kind record;
        today date := app.today();
        rests text;
        by_section boolean;
        d public.continuation_determination;
        still_open boolean;
        older boolean;
    begin
        -- What was incurred already is recorded whatever the law says of it, and flagged.
        if app.is_restore() or new.incurred then
            return new;
        end if;
        -- The exercise program writes years in one go: each of its acts counts as recorded on its own day.
        if new.exercise then
            today := least(today, new.acted_on);
        end if;
        select l.provision, l.record, w.since,
               coalesce((select c.citation from app.law_window c
                         where c.slug = coalesce(new.program_authority, l.provision)),
                        new.program_authority, l.provision) as cited
        into strict kind
        from app.law_act l join app.law_window w on w.slug = l.provision where l.slug = new.act;
        older := new.acted_on < kind.since;
        if new.program_authority is null and older then
            return null;  -- older than the law: nothing that rests on it, and nothing for the register
        end if;
        rests := coalesce(new.program_authority, kind.provision);
        by_section := rests like '1253%';
        if new.other_authority is not null and not app.in_force(new.other_authority, new.acted_on) then
            raise exception '% is not in force on %.', new.other_authority, new.acted_on
                using errcode = '23514', constraint = 'sunset_other_authority', detail = kind.cited;
        end if;
        if not app.in_force(rests, new.acted_on) then
            if by_section then
                raise exception 'The act is dated % and rests on %, whose authority does not reach that day.',
                    new.acted_on, kind.cited
                    using errcode = '23514', constraint = 'sunset_ended', detail = 'Sec. 1253(g), Pub. L. 119-60',
                          hint = 'A continuation determination under another authority that is in force lets the work go on.';
            end if;
            raise exception '% is not in force on %.', kind.cited, new.acted_on
                using errcode = '23514', constraint = 'sunset_authority', detail = kind.cited;
        end if;
        if new.continuation_id is not null then
            select * into strict d from public.continuation_determination c where c.id = new.continuation_id;
            if not app.determined(d, new.acted_on) or d.authority <> rests or (
                (d.subject_kind = kind.record and new.table_name not in ('project_partner', 'ledger_entry')
                 and (d.subject_id = new.record_id or (d.subject_id is null and d.subject_title = new.title)))
                or (d.subject_kind = 'project' and d.subject_id = new.project_id)
                or (d.subject_kind = 'funding document' and d.subject_id = new.funding_document_id)
            ) is not true then
                raise exception 'Continuation determination % does not carry this act of %: it is for another record or authority, or is not in force on that day.',
                    d.id, new.acted_on
                    using errcode = '23514', constraint = 'sunset_determination', detail = 'Sec. 1253(g), Pub. L. 119-60';
            end if;
            still_open := app.determined(d, today);
        else
            if not by_section and not older and not app.in_force(kind.provision, new.acted_on) then
                raise exception 'The act is dated %, after the authority of the section, and names % without a continuation determination.',
                    new.acted_on, kind.cited
                    using errcode = '23514', constraint = 'sunset_undetermined', detail = 'Sec. 1253(g), Pub. L. 119-60',
                          hint = 'Make a continuation determination and have it reviewed by a second person.';
            end if;
            -- That what it rests on is in force on the act's own day is known by now.
            still_open := older or (app.in_force(kind.provision, today)
                                    and (today = new.acted_on or rests = kind.provision or app.in_force(rests, today)));
        end if;
        if not still_open and (new.late_because is null or new.late_document is null) then
            raise exception 'The act is dated % and recorded %, after the end of what it rests on: it passes only as a late recording with its reason and document.',
                new.acted_on, today
                using errcode = '23514', constraint = 'sunset_late', detail = 'Sec. 1253(g), Pub. L. 119-60',
                      hint = 'State why it is recorded late, and the document that shows the act.';
        end if;
        return new;
    end $$
    """,
    # The sums of documents from a day on: all days until it as that day's, then every later one. Volatile: called by the
    # statement that locks the documents, it sees what those who held them before have stored, where that statement
    # itself sees what stood when it began.
    """
    create or replace function app.ledger_days(documents bigint[], since date[])
    returns table (document bigint, effective_on date, authority bigint, committed bigint, obligated bigint,
                   expended bigint)
    language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $$
    begin
        return query
        -- Sideways: an index answers each, however large the ledger has grown.
        select g.id, s.* from unnest(documents, since) g (id, since) cross join lateral (
            select greatest(d.effective_on, g.since), (sum(d.authority) * 100)::bigint, (sum(d.committed) * 100)::bigint,
                   (sum(d.obligated) * 100)::bigint, (sum(d.expended) * 100)::bigint
            from public.ledger_day d where d.funding_document_id = g.id group by 1
        ) s;
    end $$
    """,
    # What an entry hangs on is locked and read by one statement. Nothing but an insertion comes here: entries are kept
    # as they are.
    """
    create or replace function app.index_ledger_entry() returns trigger language plpgsql security definer
    set search_path = pg_catalog as $$
    begin
        if app.is_restore() or tg_op <> 'INSERT' or (select count(*) from changed) > 1000 then
            return null;
        end if;
        with named as (
            select 'funding_document' as kind, c.funding_document_id as record_id from changed c
            union select 'project', c.project_id from changed c
            union select 'participant', c.participant_id from changed c
        ), above as materialized (
            -- A marking that changes meanwhile waits for this row, or this row for it.
            select p.kind, p.record_id, p.audience
            from named n join public.search_entry p on p.kind = n.kind and p.record_id = n.record_id
            order by p.id for key share of p
        )
        insert into public.search_entry (kind, record_id, key, title, body, marking, own, under, audience, exercise, exact)
        select 'ledger_entry', c.id, c.id::text, concat_ws(' ', c.kind, c.document_number, c.document_line),
               concat_ws(E'\\n', c.need, c.basis, c.because, c.late_document, c.evidence, c.signed_at), '', c.audience,
               array_remove(array['funding_document:' || c.funding_document_id, 'project:' || c.project_id,
                                  'participant:' || c.participant_id], null),
               -- A record that is not in the index hides what hangs on it.
               c.audience
               & case when c.funding_document_id is null then -1 else coalesce(f.audience, 0) end
               & case when c.project_id is null then -1 else coalesce(p.audience, 0) end
               & case when c.participant_id is null then -1 else coalesce(t.audience, 0) end,
               c.exercise, true
        from changed c
        left join above f on f.kind = 'funding_document' and f.record_id = c.funding_document_id
        left join above p on p.kind = 'project' and p.record_id = c.project_id
        left join above t on t.kind = 'participant' and t.record_id = c.participant_id
        order by c.id;
        return null;
    end $$
    """,
)


def upgrade() -> None:
    """Put the functions in the place of the earlier ones."""
    op.execute("set local lock_timeout = '2s'")
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    """Bring the earlier functions back."""
    op.execute("set local lock_timeout = '2s'")
    op.execute("drop function app.ledger_days(bigint[], date[])")
    op.execute(_creating(ledger, "function app.sum_ledger()"))
    op.execute(_creating(law, "function app.judge_act()"))
    index(
        "ledger_entry",
        title=("kind", "document_number", "document_line"),
        text=("need", "basis", "because", "late_document", "evidence", "signed_at"),
        under={"funding_document_id": "funding_document", "project_id": "project", "participant_id": "participant"},
        exact=True,
        at_once=1_000,
        standing=False,
    )


def _creating(module: ModuleType, function: str) -> str:
    statements = (each for found in vars(module).values() if isinstance(found, tuple) for each in found)
    found: str = next(each for each in statements if isinstance(each, str) and f"{function} returns" in each)
    return found.replace("create function", "create or replace function")
