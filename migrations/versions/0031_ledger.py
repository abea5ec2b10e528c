"""The ledger at ten million entries: legs over control accounts, sums by day and by what is asked, more kinds."""

from importlib import import_module

from alembic import op

from migrations.search import index
from migrations.trail import follow_appended, grant

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_KINDS = (
    "'authority received', 'authority withdrawn', 'transfer out', 'transfer in', 'reprogramming out', "
    "'reprogramming in', 'reimbursable order', 'commitment', 'decommitment', 'obligation', 'upward adjustment', "
    "'deobligation', 'expenditure', 'refund', 'closing', 'partner contribution'"
)
_KINDS_BEFORE = (
    "'authority received', 'authority withdrawn', 'commitment', 'decommitment', 'obligation', 'upward adjustment', "
    "'deobligation', 'expenditure', 'refund', 'partner contribution'"
)
# What harms a document's balance: the database looks at the days from these entries' own day on.
_LOWERS = "'obligation', 'upward adjustment', 'authority withdrawn', 'transfer out', 'reprogramming out'"
_RAISED = "'deobligation', 'authority received', 'transfer in', 'reprogramming in', 'reimbursable order'"
# What gives an account its appropriations, and what takes them: 31 U.S.C. 1553(b) counts a share of what is left.
_GIVEN = "'authority received', 'transfer in', 'reprogramming in'"
_TAKEN = "'authority withdrawn', 'transfer out', 'reprogramming out'"
_PERCENT = 1
# The same arithmetic as in the ledger's rules (kinds.py, legs.py); a test holds the two together.
_MOVES = {
    "authority": "case when {kind} in ('authority received', 'transfer in', 'reprogramming in', 'reimbursable order') then {amount} "
    "when {kind} in ('authority withdrawn', 'transfer out', 'reprogramming out', 'closing') then -{amount} else 0 end",
    "committed": "case {kind} when 'commitment' then {amount} when 'decommitment' then -{amount} "
    "when 'obligation' then -{drawn} else 0 end",
    "obligated": "case when {kind} in ('obligation', 'upward adjustment') then {amount} "
    "when {kind} = 'deobligation' then -{amount} when {kind} = 'closing' then -{drawn} else 0 end",
    "expended": "case {kind} when 'expenditure' then {amount} when 'refund' then -{amount} else 0 end",
}


def _moves(measure: str, *, kind: str, amount: str, drawn: str) -> str:
    return _MOVES[measure].format(kind=kind, amount=amount, drawn=drawn)


_GRAIN = (
    "funding_document_id, project_id, participant_id, program_authority, workstream_id, served, fiscal_year, quarter, "
    "month, posted_month, kind, audience, exercise, continues"
)
# Entries as they enter the sums; {entries} is what holds them, {sign} 1 or -1.
_DELTAS = """
    select {grouped}, sum(g.signed) as amount, coalesce(sum(g.signed) filter (where g.names), 0) as drawn,
           {sign} * count(*) as count
    from (select a.funding_document_id, a.project_id, a.participant_id, a.program_authority, t.workstream_id,
                 coalesce(t.served, 0) as served, a.fiscal_year,
                 (extract(month from a.effective_on)::integer + 2) % 12 / 3 + 1 as quarter,
                 date_trunc('month', a.effective_on)::date as month,
                 date_trunc('month', a.posted_at at time zone 'UTC')::date as posted_month,
                 coalesce(a.reversed_kind, a.kind) as kind, a.audience, a.exercise,
                 a.continuation_id is not null as continues,
                 {sign} * case when a.kind = 'reversal' then -a.amount else a.amount end as signed,
                 a.adjusts_entry_id is not null
                     and coalesce(a.reversed_kind, a.kind) in ('obligation', 'closing') as names
          from {entries} a
          left join {attributes} t on t.project_id = a.project_id
              and a.effective_on >= t.from_on and a.effective_on < t.until_on) g
    group by {grouped}
"""


def _deltas(entries: str, *, sign: int = 1, attributes: str = "public.project_attribute") -> str:
    grouped = ", ".join(f"g.{name}" for name in _GRAIN.split(", "))
    return _DELTAS.format(grouped=grouped, entries=entries, sign=sign, attributes=attributes)


def _array(deltas: str) -> str:
    return f"(select array_agg(row(d.*)::app.ledger_delta) from ({deltas}) d)"


_MEASURES = (
    "authority",
    "ordered",
    "committed",
    "obligated",
    "obligated_1253",
    "obligated_continuing",
    "expended",
    "contributed",
)

# A row of the ledger as it is hashed: what it says, part by part, so that a column added later changes no hash.
_TEXT = (
    "concat_ws('|', {0}.id, {0}.exercise, {0}.kind, coalesce({0}.reversed_kind, ''), {0}.amount, "
    "coalesce({0}.funding_document_id, 0), coalesce({0}.project_id, 0), coalesce({0}.participant_id, 0), "
    "coalesce({0}.program_authority, ''), coalesce({0}.other_authority, ''), coalesce({0}.continuation_id, 0), "
    "coalesce({0}.late_because, ''), coalesce({0}.late_document, ''), coalesce({0}.document_number, ''), "
    "coalesce({0}.document_line, ''), coalesce({0}.document_on, 'infinity'), coalesce({0}.signed_at, ''), "
    "coalesce({0}.performance_from, 'infinity'), coalesce({0}.performance_until, 'infinity'), {0}.effective_on, "
    "coalesce({0}.need, ''), coalesce({0}.basis, ''), coalesce({0}.adjusts_entry_id, 0), "
    "coalesce({0}.reverses_entry_id, 0), coalesce({0}.counter_entry_id, 0), coalesce({0}.transfer_law, ''), "
    "coalesce({0}.approval, ''), coalesce({0}.closed_account_id, 0), coalesce({0}.closed_document, ''), coalesce({0}.order_law, ''), "
    "coalesce({0}.because, ''), coalesce({0}.contribution_kind, ''), "
    "coalesce({0}.receipt_law, ''), {0}.new_start, {0}.incurred, coalesce({0}.flag, ''), coalesce({0}.evidence, ''), "
    "array_to_string({0}.warnings, '|'), {0}.posted_by, extract(epoch from {0}.posted_at), {0}.audience)"
)


def _entry_text(alias: str) -> str:
    return _TEXT.format(alias)


# The key of the advisory lock of whoever folds, or changes who may see what stands in the totals.
_FOLD = 125300000031
_SUMMED_MEASURES = ", ".join(f"sum({name}) as {name}" for name in (*_MEASURES, "count"))
_UP = (
    # Kinds of movements of authority, and closing.
    "alter table ledger_entry drop constraint ck_ledger_entry_kind, drop constraint ck_ledger_entry_reversed_kind",
    f"""
    alter table ledger_entry
        add column counter_entry_id bigint constraint fk_ledger_entry_counter_entry_id references ledger_entry,
        add column transfer_law text,
        add column approval text,
        add column closed_account_id bigint
            constraint fk_ledger_entry_closed_account_id references treasury_account,
        add column closed_document text,
        add column order_law text,
        add constraint ck_ledger_entry_order check (order_law is null or kind = 'obligation'),
        add constraint ck_ledger_entry_closed_account check (closed_account_id is null
            or coalesce(reversed_kind, kind) in
               ('obligation', 'upward adjustment', 'deobligation', 'expenditure', 'refund', 'closing')),
        add constraint ck_ledger_entry_closed_document
            check ((closed_document is not null) = (closed_account_id is not null and kind = 'obligation')),
        add constraint ck_ledger_entry_kind check (kind in ({_KINDS}, 'reversal')),
        add constraint ck_ledger_entry_reversed_kind check (reversed_kind in ({_KINDS})),
        add constraint ck_ledger_entry_transfer
            check (kind not in ('transfer out', 'transfer in') or transfer_law is not null),
        add constraint ck_ledger_entry_reprogramming
            check (kind not in ('reprogramming out', 'reprogramming in') or approval is not null)
    """,
    "create index ix_ledger_entry_counter_entry_id on ledger_entry (counter_entry_id) where counter_entry_id is not null",
    "create index ix_ledger_entry_order on ledger_entry (funding_document_id) where order_law is not null",
    "create index ix_ledger_entry_closed_account_id on ledger_entry (closed_account_id) where closed_account_id is not null",
    # A document is looked for by its number in the list of entries, and matched with what official accounting holds.
    "create index ix_ledger_entry_document_number on ledger_entry (document_number text_pattern_ops, document_line)",
    # What a figure leads to: the first of its entries, in the order of their days.
    "create index ix_ledger_entry_stage on ledger_entry (coalesce(reversed_kind, kind), effective_on, id)",
    "create index ix_ledger_entry_participant_id on ledger_entry (participant_id, effective_on)",
    "create index ix_ledger_entry_posted_at on ledger_entry using brin (posted_at)",
    # What a project served and which workstream it belonged to, by the day: an amount counts under what stood then.
    """
    create function app.served(objectives text[]) returns integer language sql immutable parallel safe
    return (select coalesce(bit_or(1 << (split_part(o, '.', 3)::integer - 1)), 0) from unnest(objectives) o)
    """,
    """
    create table project_attribute (
        project_id bigint not null constraint fk_project_attribute_project_id references project,
        from_on date not null,
        until_on date not null,
        served integer not null,
        workstream_id bigint,
        constraint pk_project_attribute primary key (project_id, from_on),
        constraint ck_project_attribute_days check (until_on > from_on)
    )
    """,
    # What a dollar of each kind debits and credits, by the numbers of the control accounts; the ledger's rules name them.
    """
    create function app.posting_rules() returns table (kind text, draws boolean, debit integer, credit integer)
    language sql immutable parallel safe rows 30
    begin atomic
        select each.kind, naming.draws, each.debit, each.credit
        from (values
            ('authority received', 4119, 4610), ('authority withdrawn', 4610, 4119),
            ('transfer out', 4610, 4170), ('transfer in', 4170, 4610),
            ('reprogramming out', 4610, 4510), ('reprogramming in', 4510, 4610),
            ('reimbursable order', 4221, 4610),
            ('commitment', 4610, 4700), ('decommitment', 4700, 4610),
            ('upward adjustment', 4610, 4801), ('deobligation', 4801, 4610),
            ('expenditure', 4801, 4902), ('refund', 4902, 4801)
        ) each (kind, debit, credit), (values (false), (true)) naming (draws)
        union all values
            ('obligation', false, 4610, 4801), ('obligation', true, 4700, 4801),
            ('closing', false, 4610, 4350), ('closing', true, 4801, 4350);
    end
    """,
    """
    create table ledger_leg (
        entry_id bigint not null,
        credit boolean not null,
        account_id bigint not null,
        control integer not null,
        amount numeric(18,2) not null,
        constraint pk_ledger_leg primary key (entry_id, credit)
    )
    """,
    """
    create table ledger_day (
        funding_document_id bigint not null,
        effective_on date not null,
        authority numeric(18,2) not null,
        committed numeric(18,2) not null,
        obligated numeric(18,2) not null,
        expended numeric(18,2) not null,
        constraint pk_ledger_day primary key (funding_document_id, effective_on)
    )
    """,
    "drop table ledger_sum",
    """
    create table ledger_sum (
        id bigint generated always as identity constraint pk_ledger_sum primary key,
        funding_document_id bigint,
        project_id bigint,
        participant_id bigint,
        program_authority text,
        workstream_id bigint,
        served integer not null,
        fiscal_year integer not null,
        quarter integer not null,
        month date not null,
        posted_month date not null,
        kind text not null,
        audience bigint not null,
        exercise boolean not null,
        continues boolean not null,
        amount numeric(18,2) not null,
        drawn numeric(18,2) not null,
        count bigint not null
    )
    """,
    """
    create unique index uq_ledger_sum_grain on ledger_sum (
        funding_document_id, project_id, participant_id, program_authority, workstream_id, served, month,
        posted_month, kind, audience, exercise, continues) nulls not distinct
    """,
    "create index ix_ledger_sum_project_id on ledger_sum (project_id)",
    "create index ix_ledger_sum_participant_id on ledger_sum (participant_id)",
    f"""
    create table ledger_total (
        id bigint generated always as identity constraint pk_ledger_total primary key,
        dimension text not null,
        posted_month date not null,
        month date not null,
        key text not null,
        account_id bigint,
        fiscal_year integer not null,
        quarter integer not null,
        audience bigint not null,
        exercise boolean not null,
        {", ".join(f"{name} bigint not null" for name in _MEASURES)},
        count bigint not null
    )
    """,
    """
    create unique index uq_ledger_total_grain on ledger_total (
        dimension, posted_month, month, key, account_id, fiscal_year, audience, exercise) nulls not distinct
    """,
    """
    create type app.ledger_delta as (
        funding_document_id bigint, project_id bigint, participant_id bigint, program_authority text,
        workstream_id bigint, served integer, fiscal_year integer, quarter integer, month date,
        posted_month date, kind text, audience bigint, exercise boolean, continues boolean, amount numeric, drawn numeric, count bigint
    )
    """,
    f"""
    create function app.add_sums(deltas app.ledger_delta[]) returns void language plpgsql
    set search_path = pg_catalog as $$
    begin
        insert into public.ledger_sum as s ({_GRAIN}, amount, drawn, count)
        select {_GRAIN}, amount, drawn, count from unnest(deltas)
        order by {_GRAIN}
        on conflict (funding_document_id, project_id, participant_id, program_authority, workstream_id, served, month,
                     posted_month, kind, audience, exercise, continues)
        do update set amount = s.amount + excluded.amount, drawn = s.drawn + excluded.drawn,
                      count = s.count + excluded.count;
    end $$
    """,
    # The totals that are asked for most, each small: by dimension, by month and (month -infinity) by fiscal year; and by
    # month and month of posting, for what was known when (posted_month is -infinity in the others). The account stands in every row, so that postings to two accounts never wait for each other. Here `audience` is who
    # may see the amount today.
    f"""
    create function app.totals_of(deltas app.ledger_delta[]) returns setof public.ledger_total language plpgsql stable
    set search_path = pg_catalog rows 50 as $$
    begin
        return query
        with counted as (
            select f.account_id, d.*, (d.amount * 100)::bigint as cents, (d.drawn * 100)::bigint as drawn_cents
            from unnest(deltas) d left join public.funding_document f on f.id = d.funding_document_id
        ), moved as (
            select m.*, {_moves("authority", kind="m.kind", amount="m.cents", drawn="m.drawn_cents")}
                       - case when m.kind = 'reimbursable order' then m.cents else 0 end as authority,
                   case when m.kind = 'reimbursable order' then m.cents else 0 end as ordered,
                   {_moves("committed", kind="m.kind", amount="m.cents", drawn="m.drawn_cents")} as committed,
                   {_moves("obligated", kind="m.kind", amount="m.cents", drawn="m.drawn_cents")} as obligated,
                   {_moves("expended", kind="m.kind", amount="m.cents", drawn="m.drawn_cents")} as expended,
                   case when m.kind = 'partner contribution' then m.cents else 0 end as contributed
            from counted m
        ), measured as materialized (
            -- Once without what no total asks for: what follows passes over far fewer rows, once for each dimension.
            select account_id, funding_document_id, program_authority, participant_id, project_id, workstream_id,
                   served, fiscal_year, quarter, month, posted_month, audience, exercise,
                   sum(authority) as authority, sum(ordered) as ordered, sum(committed) as committed,
                   sum(obligated) as obligated,
                   case when program_authority like '1253.%' then sum(obligated) else 0 end as obligated_1253,
                   coalesce(sum(obligated) filter (where continues), 0) as obligated_continuing,
                   sum(expended) as expended, sum(contributed) as contributed, sum(count) as count
            from moved group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
        ), known as materialized (
            select case grouping(funding_document_id, program_authority, participant_id, project_id, workstream_id)
                   when 15 then 'document' when 23 then 'authority' when 27 then 'participant' when 29 then 'project'
                   when 30 then 'workstream' else 'all' end as dimension,
                   posted_month, month,
                   case grouping(funding_document_id, program_authority, participant_id, project_id, workstream_id)
                   when 15 then coalesce(funding_document_id::text, '') when 23 then coalesce(program_authority, '')
                   when 27 then coalesce(participant_id::text, '') when 29 then coalesce(project_id::text, '')
                   when 30 then coalesce(workstream_id::text, '') else '' end as key,
                   account_id, fiscal_year, quarter, audience, exercise, {_SUMMED_MEASURES}
            from measured
            group by account_id, fiscal_year, quarter, month, posted_month, audience, exercise,
                     grouping sets ((), (funding_document_id), (program_authority), (participant_id), (project_id),
                                    (workstream_id))
            union all
            select 'objective', posted_month, month, case when served = 0 then '' else (bit + 1)::text end, account_id,
                   fiscal_year, quarter, audience, exercise, {_SUMMED_MEASURES}
            from measured
            join generate_series(0, 30) bit on (served >> bit) & 1 = 1 or (served = 0 and bit = 0)
            group by 1, 2, 3, 4, 5, 6, 7, 8, 9
        ), months as materialized (
            select dimension, '-infinity'::date as posted_month, month, key, account_id, fiscal_year, quarter, audience,
                   exercise, {_SUMMED_MEASURES}
            from known group by 1, 2, 3, 4, 5, 6, 7, 8, 9
        )
        select null::bigint, w.dimension, w.posted_month, w.month, w.key, w.account_id, w.fiscal_year, w.quarter,
               w.audience, w.exercise, {", ".join(f"w.{name}::bigint" for name in (*_MEASURES, "count"))}
        from (
            select * from known
            union all
            select * from months
            union all
            select dimension, posted_month, '-infinity'::date, key, account_id, fiscal_year, 0, audience, exercise,
                   {_SUMMED_MEASURES}
            from months group by 1, 2, 3, 4, 5, 6, 7, 8, 9
        ) w;
    end $$
    """,
    f"""
    create function app.add_totals(deltas app.ledger_delta[]) returns void language plpgsql
    set search_path = pg_catalog as $$
    begin
        insert into public.ledger_total as t (dimension, posted_month, month, key, account_id, fiscal_year, quarter,
                                              audience, exercise, {", ".join(_MEASURES)}, count)
        select dimension, posted_month, month, key, account_id, fiscal_year, quarter, audience, exercise,
               {", ".join(_MEASURES)}, count
        from app.totals_of(deltas) w
        order by w.dimension, w.posted_month, w.month, w.key, w.account_id, w.fiscal_year, w.audience, w.exercise
        on conflict (dimension, posted_month, month, key, account_id, fiscal_year, audience, exercise)
        do update set {", ".join(f"{name} = t.{name} + excluded.{name}" for name in (*_MEASURES, "count"))};
    end $$
    """,
    """
    create function app.seen_deltas(deltas app.ledger_delta[]) returns app.ledger_delta[] language sql stable
    set search_path = pg_catalog as $$
        select array_agg(row(
            d.funding_document_id, d.project_id, d.participant_id, d.program_authority, d.workstream_id, d.served,
            d.fiscal_year, d.quarter, d.month, d.posted_month, d.kind,
            d.audience & coalesce(f.audience, -1) & coalesce(p.audience, -1) & coalesce(c.audience, -1),
            d.exercise, d.continues, d.amount, d.drawn, d.count)::app.ledger_delta)
        from unnest(deltas) d
        left join public.funding_document f on f.id = d.funding_document_id
        left join public.project p on p.id = d.project_id
        left join public.participant c on c.id = d.participant_id
    $$
    """,
    # What a single posting adds waits beside the sums, and whoever posts the sixty-fourth folds all of it into them:
    # postings touch no row that they share with others, and each is a row in place of thirty. Both are read as one.
    """
    create table ledger_pending (
        like ledger_sum including identity, constraint pk_ledger_pending primary key (id)
    )
    """,
    f"""
    create function app.pending_deltas() returns app.ledger_delta[] language sql stable
    set search_path = pg_catalog as $$
        select array_agg(row({_GRAIN}, amount, drawn, count)::app.ledger_delta order by id) from public.ledger_pending
    $$
    """,
    """
    create function app.pending_totals() returns setof public.ledger_total language plpgsql stable
    set search_path = pg_catalog rows 50 as $$
    begin
        if exists (select from public.ledger_pending) then
            return query select * from app.totals_of(app.seen_deltas(app.pending_deltas()));
        end if;
    end $$
    """,
    f"""
    create view ledger_sum_now as
    select id, {_GRAIN}, amount, drawn, count from ledger_sum
    union all
    select -id, {_GRAIN}, amount, drawn, count from ledger_pending
    """,
    "create view ledger_total_now as select * from ledger_total union all select * from app.pending_totals()",
    # Alone, so that who sees what is settled by one transaction at a time; whoever writes many rows at once shares.
    f"""
    create function app.fold_ledger() returns void language plpgsql security definer
    set search_path = pg_catalog as $$
    declare
        deltas app.ledger_delta[];
    begin
        if not pg_try_advisory_xact_lock({_FOLD}) then
            return;
        end if;
        with taken as (delete from public.ledger_pending returning *)
        select array_agg(row({_GRAIN}, amount, drawn, count)::app.ledger_delta) into deltas
        from (select {_GRAIN}, sum(amount) as amount, sum(drawn) as drawn, sum(count) as count
              from taken group by {_GRAIN}) t;
        if deltas is not null then
            perform app.add_sums(deltas);
            perform app.add_totals(app.seen_deltas(deltas));
        end if;
    end $$
    """,
    f"""
    create function app.add_deltas(deltas app.ledger_delta[]) returns void language plpgsql
    set search_path = pg_catalog as $$
    declare
        added integer := cardinality(deltas);
    begin
        if added > 100 then
            perform pg_advisory_xact_lock_shared({_FOLD});
            perform app.add_sums(deltas);
            perform app.add_totals(app.seen_deltas(deltas));
        elsif added > 0 then
            insert into public.ledger_pending ({_GRAIN}, amount, drawn, count)
            select {_GRAIN}, amount, drawn, count from unnest(deltas);
            if lastval() % 64 < added then
                perform app.fold_ledger();
            end if;
        end if;
    end $$
    """,
    # Once per statement: legs, sums and totals, then what no path may break, whichever command or hand wrote the rows.
    # The lock on the documents comes first, so that of two statements racing for the last dollar the second sees the
    # first; the totals come last, so that what they share is held shortly.
    f"""
    create or replace function app.sum_ledger() returns trigger language plpgsql security definer
    set search_path = pg_catalog as $$
    declare
        broken record;
    begin
        if app.is_restore() then
            return null;
        end if;
        -- What was planned for a single entry takes hours for a million.
        if (select count(*) from appended) > 1000 then
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
               {", ".join(f"sum({_moves(name, kind='g.kind', amount='g.signed', drawn='g.drawn')})" for name in _MOVES)}
        from (select a.funding_document_id, a.effective_on, coalesce(a.reversed_kind, a.kind) as kind,
                     case when a.kind = 'reversal' then -a.amount else a.amount end as signed,
                     case when a.adjusts_entry_id is null then 0 when a.kind = 'reversal' then -a.amount
                          else a.amount end as drawn
              from appended a where a.funding_document_id is not null) g
        group by 1, 2 order by 1, 2
        on conflict (funding_document_id, effective_on)
        do update set {", ".join(f"{name} = d.{name} + excluded.{name}" for name in _MOVES)};

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

        select a.id into broken from appended a join public.ledger_entry n on n.id = a.adjusts_entry_id
        where n.funding_document_id is distinct from a.funding_document_id
           or n.kind <> case when coalesce(a.reversed_kind, a.kind) in ('decommitment', 'obligation')
                             then 'commitment' else 'obligation' end
        limit 1;
        if found then
            raise exception 'An entry names an obligation or commitment of the same funding document.'
                using errcode = '23514', constraint = 'ledger_named';
        end if;

        select a.id into broken from appended a join public.ledger_entry n on n.id = a.counter_entry_id
        where a.kind <> 'reversal'
          and ((a.kind, n.kind) not in (values ('transfer in', 'transfer out'), ('reprogramming in', 'reprogramming out'))
               or n.amount <> a.amount)
        limit 1;
        if found then
            raise exception 'A movement of authority brings in what the movement that it names took out.'
                using errcode = '23514', constraint = 'ledger_counter';
        end if;

        -- On the first harmful day and on every later one that has entries.
        select f.number, o.effective_on into broken
        from (select a.funding_document_id, min(a.effective_on) as since from appended a
              where not a.incurred and (a.kind in ({_LOWERS}) or a.reversed_kind in ({_RAISED}))
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

        with root as (
            select case when coalesce(a.reversed_kind, a.kind) = 'obligation'
                        then coalesce(a.reverses_entry_id, a.id) else a.adjusts_entry_id end as id,
                   min(a.effective_on) as since
            from appended a
            where not a.incurred
              and (a.kind in ('deobligation', 'expenditure')
                   or (a.kind = 'closing' and a.adjusts_entry_id is not null)
                   or a.reversed_kind in ('obligation', 'upward adjustment', 'refund'))
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

        perform app.add_deltas({_array(_deltas("appended"))});
        return null;
    end $$
    """,
    # A marking that changes moves amounts between those who see them and those who do not.
    f"""
    create function app.remark_ledger() returns trigger language plpgsql security definer
    set search_path = pg_catalog as $$
    declare
        after app.ledger_delta[];
        before app.ledger_delta[];
    begin
        if app.is_restore() or new.audience = old.audience then
            return null;
        end if;
        -- What is pending is folded afterwards, and seen by the markings of then.
        perform pg_advisory_xact_lock({_FOLD});
        select array_agg(row(
                   s.funding_document_id, s.project_id, s.participant_id, s.program_authority, s.workstream_id, s.served,
                   s.fiscal_year, s.quarter, s.month, s.posted_month, s.kind, s.audience, s.exercise, s.continues, s.amount, s.drawn,
                   s.count)::app.ledger_delta)
        into after from public.ledger_sum s
        where case tg_table_name when 'project' then s.project_id when 'participant' then s.participant_id
              else s.funding_document_id end = new.id;
        if after is null then
            return null;
        end if;
        -- What the other two markings leave, once with the new mask and once with the old one.
        after := app.seen_deltas(after);
        select array_agg(row(
                   s.funding_document_id, s.project_id, s.participant_id, s.program_authority, s.workstream_id, s.served,
                   s.fiscal_year, s.quarter, s.month, s.posted_month, s.kind,
                   s.audience & old.audience
                   & case when tg_table_name = 'funding_document' then -1 else coalesce(f.audience, -1) end
                   & case when tg_table_name = 'project' then -1 else coalesce(p.audience, -1) end
                   & case when tg_table_name = 'participant' then -1 else coalesce(c.audience, -1) end,
                   s.exercise, s.continues, -s.amount, -s.drawn, -s.count)::app.ledger_delta)
        into before from public.ledger_sum s
        left join public.funding_document f on f.id = s.funding_document_id
        left join public.project p on p.id = s.project_id
        left join public.participant c on c.id = s.participant_id
        where case tg_table_name when 'project' then s.project_id when 'participant' then s.participant_id
              else s.funding_document_id end = new.id;
        perform app.add_totals(before || after);
        return null;
    end $$
    """,
    # A project that serves something else from today on: what is dated before keeps what it counted under.
    f"""
    create function app.keep_attributes() returns trigger language plpgsql security definer
    set search_path = pg_catalog as $$
    declare
        today date := app.today();
        stands public.project_attribute;
        before app.ledger_delta[];
        after app.ledger_delta[];
    begin
        if app.is_restore() then
            return null;
        end if;
        if tg_op = 'INSERT' then
            insert into public.project_attribute (project_id, from_on, until_on, served, workstream_id)
            values (new.id, '-infinity', 'infinity', app.served(new.objectives), new.workstream_id);
            return null;
        end if;
        select * into stands from public.project_attribute t where t.project_id = new.id order by t.from_on desc limit 1;
        if (stands.served, stands.workstream_id) is not distinct from (app.served(new.objectives), new.workstream_id) then
            return null;
        end if;
        perform 1 from public.funding_document f
        where f.id in (select e.funding_document_id from public.ledger_entry e
                       where e.project_id = new.id and e.effective_on >= today) order by f.id for no key update;
        before := {_array(_deltas("(select e.* from public.ledger_entry e where e.project_id = new.id and e.effective_on >= today)", sign=-1))};
        if stands.from_on >= today then
            update public.project_attribute t set served = app.served(new.objectives), workstream_id = new.workstream_id
            where t.project_id = new.id and t.from_on = stands.from_on;
        else
            update public.project_attribute t set until_on = today where t.project_id = new.id and t.from_on = stands.from_on;
            insert into public.project_attribute (project_id, from_on, until_on, served, workstream_id)
            values (new.id, today, 'infinity', app.served(new.objectives), new.workstream_id);
        end if;
        after := {_array(_deltas("(select e.* from public.ledger_entry e where e.project_id = new.id and e.effective_on >= today)"))};
        if before is not null then
            perform app.add_deltas(before || after);
        end if;
        return null;
    end $$
    """,
    """
    create trigger attributes_project after insert or update of objectives, workstream_id on project
    for each row execute function app.keep_attributes()
    """,
    "alter table project enable always trigger attributes_project",
    *(
        statement
        for table in ("project", "participant", "funding_document")
        for statement in (
            f"create trigger remark_{table} after update of audience on {table} "
            "for each row execute function app.remark_ledger()",
            f"alter table {table} enable always trigger remark_{table}",
        )
    ),
    # One trail row for each statement, whatever it appends: entries are hashed in blocks of ten thousand numbers and the
    # blocks once more, since a text of a million rows is more than a value may hold.
    "alter table trail add column rows_form text",
    f"""
    create function app.entry_text(e ledger_entry) returns text language sql stable
    return {_entry_text("e")}
    """,
    f"""
    create function app.follow_entries() returns trigger language plpgsql security definer
    set search_path = pg_catalog set datestyle = 'ISO' as $$
    declare
        signer bigint := case when not app.is_restore() then app.signed_by() end;
    begin
        if app.is_restore() then
            return null;
        end if;
        insert into public.trail (at, real_at, xid, actor, command, table_name, operation, record_id,
                                  subject, subject_id, row_count, first_id, last_id, rows_sha256, rows_form)
        select app.now(), clock_timestamp(), pg_current_xact_id(), signer, current_setting('app.command'),
               tg_table_name, 'append', case when sum(b.count) = 1 then min(b.first_id) end,
               tg_table_name, case when sum(b.count) = 1 then min(b.first_id) end, sum(b.count), min(b.first_id),
               max(b.last_id), sha256(string_agg(b.digest, ''::bytea order by b.block)), 'entry_text, blocks of 10000'
        from (select a.id / 10000 as block, count(*) as count, min(a.id) as first_id, max(a.id) as last_id,
                     sha256(convert_to(string_agg({_entry_text("a")}, E'\\n' order by a.id), 'UTF8')) as digest
              from appended a group by a.id / 10000) b
        having count(*) > 0;
        return null;
    end $$
    """,
    "drop trigger trail_ledger_entry on ledger_entry",
    """
    create trigger trail_ledger_entry after insert on ledger_entry referencing new table as appended
    for each statement execute function app.follow_entries()
    """,
    "alter table ledger_entry enable always trigger trail_ledger_entry",
    # What stands already.
    """
    insert into project_attribute (project_id, from_on, until_on, served, workstream_id)
    select id, '-infinity', 'infinity', app.served(objectives), workstream_id from project
    """,
    """
    insert into ledger_leg (entry_id, credit, account_id, control, amount)
    select a.id, side.credit, f.account_id,
           case when side.credit = (a.kind <> 'reversal') then r.credit else r.debit end, a.amount
    from ledger_entry a
    join funding_document f on f.id = a.funding_document_id
    join app.posting_rules() r on r.kind = coalesce(a.reversed_kind, a.kind) and r.draws = (a.adjusts_entry_id is not null)
    cross join (values (false), (true)) side (credit)
    """,
    f"""
    insert into ledger_day (funding_document_id, effective_on, authority, committed, obligated, expended)
    select g.funding_document_id, g.effective_on,
           {", ".join(f"sum({_moves(name, kind='g.kind', amount='g.signed', drawn='g.drawn')})" for name in _MOVES)}
    from (select a.funding_document_id, a.effective_on, coalesce(a.reversed_kind, a.kind) as kind,
                 case when a.kind = 'reversal' then -a.amount else a.amount end as signed,
                 case when a.adjusts_entry_id is null then 0 when a.kind = 'reversal' then -a.amount
                      else a.amount end as drawn
          from ledger_entry a where a.funding_document_id is not null) g
    group by 1, 2
    """,
    f"select app.add_sums({_array(_deltas('public.ledger_entry'))})",
    f"select app.add_totals(app.seen_deltas({_array(_deltas('public.ledger_entry'))}))",
)


_DOWN = (
    "drop trigger sum_ledger_entry_closed_share on ledger_entry",
    "drop function app.hold_closed_share()",
    *(f"drop trigger remark_{table} on {table}" for table in ("project", "participant", "funding_document")),
    "drop trigger attributes_project on project",
    "drop trigger sum_ledger_entry on ledger_entry",
    "drop trigger trail_ledger_entry on ledger_entry",
    "drop trigger trail_ledger_entry_kept on ledger_entry",
    "drop view ledger_total_now",
    "drop view ledger_sum_now",
    "drop function app.pending_totals()",
    "drop function app.pending_deltas()",
    "drop function app.totals_of(app.ledger_delta[])",
    *(
        f"drop function app.{function}"
        for function in (
            "keep_attributes()",
            "remark_ledger()",
            "follow_entries()",
            "entry_text(ledger_entry)",
            "sum_ledger()",
            "seen_deltas(app.ledger_delta[])",
            "fold_ledger()",
            "add_deltas(app.ledger_delta[])",
            "add_totals(app.ledger_delta[])",
            "add_sums(app.ledger_delta[])",
            "posting_rules()",
            "served(text[])",
        )
    ),
    "drop type app.ledger_delta",
    *(
        f"drop table {table}"
        for table in ("ledger_pending", "ledger_total", "ledger_sum", "ledger_day", "ledger_leg", "project_attribute")
    ),
    "alter table trail drop column rows_form",
    "drop index ix_ledger_entry_posted_at",
    "drop index ix_ledger_entry_document_number",
    "drop index ix_ledger_entry_stage",
    "drop index ix_ledger_entry_participant_id",
    "alter table ledger_entry drop constraint ck_ledger_entry_kind, drop constraint ck_ledger_entry_reversed_kind",
    f"""
    alter table ledger_entry
        drop column counter_entry_id, drop column transfer_law, drop column approval,
        drop column closed_account_id, drop column closed_document, drop column order_law,
        add constraint ck_ledger_entry_kind check (kind in ({_KINDS_BEFORE}, 'reversal')),
        add constraint ck_ledger_entry_reversed_kind check (reversed_kind in ({_KINDS_BEFORE}))
    """,
)
_BEFORE = (
    (
        "0006_ledger",
        (
            "create table ledger_sum",
            "create unique index uq_ledger_sum_grain",
            "create index ix_ledger_sum_project_id",
            "create function app.sum_ledger()",
            "create trigger sum_ledger_entry",
            "enable always trigger sum_ledger_entry",
        ),
    ),
    (
        "0010_law",
        (
            "alter table ledger_sum add column continues",
            "drop index uq_ledger_sum_grain",
            "fiscal_year, quarter, kind, audience,\n        exercise, continues\n",
            "body := replace(body, 'kind, audience, exercise, amount,'",
            "continue when position('is_restore' in body) > 0",
        ),
    ),
)
_SUMMED = """
    insert into ledger_sum (funding_document_id, project_id, participant_id, program_authority, fiscal_year, quarter,
                            kind, audience, exercise, continues, amount, drawn, count)
    select a.funding_document_id, a.project_id, a.participant_id, a.program_authority, a.fiscal_year,
           (extract(month from a.effective_on)::integer + 2) % 12 / 3 + 1, coalesce(a.reversed_kind, a.kind),
           a.audience, a.exercise, a.continuation_id is not null,
           sum(case when a.kind = 'reversal' then -a.amount else a.amount end),
           coalesce(sum(case when a.kind = 'reversal' then -a.amount else a.amount end)
               filter (where coalesce(a.reversed_kind, a.kind) = 'obligation' and a.adjusts_entry_id is not null), 0),
           count(*)
    from ledger_entry a group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""


# What a current account pays of closed ones stays within its share of what was appropriated to it, on every day from
# the entry's own on. After the sums by day are kept: triggers fire in the order of their names.
_CLOSED_SHARE = (
    f"""
    create function app.hold_closed_share() returns trigger language plpgsql security definer
    set search_path = pg_catalog as $$
    declare
        broken record;
    begin
        if app.is_restore() or not exists (
            select from appended a where a.closed_account_id is not null or a.kind in ({_TAKEN})
                or a.reversed_kind in ({_GIVEN})) then
            return null;
        end if;
        perform 1 from public.treasury_account t where t.id in (
            select f.account_id from appended a join public.funding_document f on f.id = a.funding_document_id
            where a.closed_account_id is not null or a.kind in ({_TAKEN}) or a.reversed_kind in ({_GIVEN}))
        order by t.id for no key update;
        with harmed as (
            select f.account_id, min(a.effective_on) as since
            from appended a join public.funding_document f on f.id = a.funding_document_id
            where not a.incurred and (a.kind in ({_TAKEN}) or a.reversed_kind in ({_GIVEN})
                or a.closed_account_id is not null
                   and (a.kind in ('obligation', 'upward adjustment') or a.reversed_kind = 'deobligation'))
            group by f.account_id
        ), moved as (
            select h.account_id, h.since, e.effective_on, 0 as appropriated,
                   case when e.kind = 'reversal' then -e.amount else e.amount end
                   * case coalesce(e.reversed_kind, e.kind) when 'obligation' then 1 when 'upward adjustment' then 1
                     when 'deobligation' then -1 else 0 end as charged
            from harmed h join public.funding_document f on f.account_id = h.account_id
            join public.ledger_entry e on e.funding_document_id = f.id and e.closed_account_id is not null
            union all
            select h.account_id, h.since, d.effective_on, d.authority, 0
            from harmed h join public.funding_document f on f.account_id = h.account_id
            join public.ledger_day d on d.funding_document_id = f.id
            where f.source_of_authority <> 'reimbursable order'
              and exists (select from public.ledger_entry e join public.funding_document p
                          on p.id = e.funding_document_id
                          where e.closed_account_id is not null and p.account_id = h.account_id)
        ), summed as (
            select account_id, greatest(effective_on, since) as on_day, sum(appropriated) as appropriated,
                   sum(charged) as charged
            from moved group by 1, 2
        ), running as (
            select account_id, on_day, sum(appropriated) over day as appropriated, sum(charged) over day as charged
            from summed window day as (partition by account_id order by on_day)
        )
        select t.symbol, r.on_day into broken from running r join public.treasury_account t on t.id = r.account_id
        where r.charged > 0 and r.charged * 100 > r.appropriated * {_PERCENT} order by r.on_day limit 1;
        if found then
            raise exception 'The charges to closed accounts would pass {_PERCENT} percent of % on %; nothing was stored.',
                broken.symbol, broken.on_day
                using errcode = '23514', constraint = 'ledger_closed_share';
        end if;
        return null;
    end $$
    """,
    """
    create trigger sum_ledger_entry_closed_share after insert on ledger_entry referencing new table as appended
    for each statement execute function app.hold_closed_share()
    """,
    "alter table ledger_entry enable always trigger sum_ledger_entry_closed_share",
)


def upgrade() -> None:
    """Make the tables, and fill them from what the ledger holds."""
    op.execute("set local lock_timeout = '2s'")
    for statement in (*_UP, *_CLOSED_SHARE):
        op.execute(statement)
    for table in (
        "project_attribute",
        "ledger_leg",
        "ledger_day",
        "ledger_sum",
        "ledger_total",
        "ledger_pending",
        "ledger_sum_now",
        "ledger_total_now",
    ):
        grant(table, "select")
    for function in (
        "add_sums(app.ledger_delta[])",
        "add_totals(app.ledger_delta[])",
        "add_deltas(app.ledger_delta[])",
        "fold_ledger()",
    ):
        op.execute(f"revoke execute on function app.{function} from public")

    _index(at_once=1_000)


def _index(*, at_once: int | None = None) -> None:
    index(
        "ledger_entry",
        title=("kind", "document_number", "document_line"),
        text=("need", "basis", "because", "late_document", "evidence", "signed_at"),
        under={"funding_document_id": "funding_document", "project_id": "project", "participant_id": "participant"},
        exact=True,
        at_once=at_once,
    )


def downgrade() -> None:
    """Take it back; entries of the kinds that came with it keep it from being undone."""
    op.execute("set local lock_timeout = '2s'")
    for statement in _DOWN:
        op.execute(statement)
    # The sums and their trigger as the earlier steps made them.
    for revision_before, beginnings in _BEFORE:
        module = import_module(f"migrations.versions.{revision_before}")
        statements = [each for found in vars(module).values() if isinstance(found, tuple) for each in found]
        for beginning in beginnings:
            op.execute(next(each for each in statements if beginning in each))
    op.execute(_SUMMED)
    follow_appended("ledger_entry")
    grant("ledger_sum", "select")
    _index()
