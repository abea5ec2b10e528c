"""The ground: installation and clock, the trail, idempotency keys."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_UP = (
    # The service's role; on a shared server an administrator may have made it before.
    """
    do $$ begin
        if not exists (select from pg_roles where rolname = 'pipir_app') then
            create role pipir_app nologin;
        end if;
    end $$
    """,
    "create extension if not exists btree_gist",
    "revoke create on schema public from public",
    "grant usage on schema public to pipir_app",
    # The service looks whether the database is at the revision that it needs.
    "grant select on alembic_version to pipir_app",
    "create schema app",
    "grant usage on schema app to pipir_app",
    # One row: what this database is, and where its program clock stands. The checks bind even the owner.
    """
    create table app.installation (
        only_one boolean primary key default true check (only_one),
        kind text not null check (kind in ('production', 'exercise', 'rehearsal')),
        made_at timestamptz not null default pg_catalog.clock_timestamp(),
        clock_offset interval not null default '0',
        clock_frozen_at timestamptz,
        constraint production_keeps_real_time
            check (kind <> 'production' or (clock_offset = interval '0' and clock_frozen_at is null)),
        constraint only_a_rehearsal_is_frozen check (kind = 'rehearsal' or clock_frozen_at is null)
    )
    """,
    "grant select on app.installation to pipir_app",
    """
    create function app.keep_installation() returns trigger language plpgsql as $$
    begin
        if tg_op <> 'UPDATE' then
            raise exception 'An installation is made once and stays.' using errcode = '23514';
        end if;
        if new.kind is distinct from old.kind or new.made_at is distinct from old.made_at then
            raise exception 'The kind of an installation is fixed when its database is made.' using errcode = '23514';
        end if;
        if old.kind <> 'rehearsal' then
            raise exception 'Only the clock of a rehearsal can be moved.' using errcode = '23514';
        end if;
        return new;
    end $$
    """,
    """
    create trigger keep_installation before update or delete on app.installation
    for each row execute function app.keep_installation()
    """,
    # The program's time; a database that is not an installation yet has real time. Everything else that asks for the time is refused by a check of migrations and SQL.
    """
    create function app.now() returns timestamptz language sql stable parallel safe
    set search_path = pg_catalog as $$
        select coalesce(
            (select coalesce(clock_frozen_at, clock_timestamp() + clock_offset) from app.installation),
            clock_timestamp())
    $$
    """,
    """
    create function app.today() returns date language sql stable parallel safe
    set search_path = pg_catalog as $$ select (app.now() at time zone 'America/New_York')::date $$
    """,
    # The default of every table's exercise column.
    """
    create function app.exercise_write() returns boolean language plpgsql stable
    set search_path = pg_catalog as $$
    begin
        if coalesce(pg_catalog.current_setting('app.exercise', true), '') <> 'on' then
            return false;
        end if;
        if (select kind from app.installation) = 'production' then
            raise exception 'A production installation takes no exercise rows.' using errcode = '23514';
        end if;
        return true;
    end $$
    """,
    # The trail. Written by triggers that run as the owner: the service's role can read it and nothing else.
    """
    create table trail (
        id bigint generated always as identity primary key,
        at timestamptz not null,
        real_at timestamptz not null,
        xid xid8 not null,
        actor bigint not null,
        command text not null,
        table_name text not null,
        operation text not null check (operation in ('insert', 'update', 'delete', 'append')),
        record_id bigint,
        subject text not null,
        subject_id bigint,
        before jsonb,
        after jsonb,
        row_count bigint,
        first_id bigint,
        last_id bigint,
        rows_sha256 bytea
    )
    """,
    "create index ix_trail_subject on trail (subject, subject_id, id)",
    "create index ix_trail_actor on trail (actor, id)",
    "create index ix_trail_at on trail (at, id)",
    "grant select on trail to pipir_app",
    """
    create function app.signed_by() returns bigint language plpgsql stable set search_path = pg_catalog as $$
    declare
        actor text := current_setting('app.actor', true);
    begin
        if coalesce(actor, '') = '' or coalesce(current_setting('app.command', true), '') = '' then
            raise exception 'Nothing changes unsigned: a write names its actor and its command.' using errcode = '42501';
        end if;
        return actor::bigint;
    end $$
    """,
    """
    create function app.follow_row() returns trigger language plpgsql security definer
    set search_path = pg_catalog as $$
    declare
        signer bigint := app.signed_by();
        old_row jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
        new_row jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
        one jsonb := coalesce(new_row, old_row);
        hidden text[] := string_to_array(tg_argv[2], ',');
    begin
        if tg_op = 'UPDATE' and old_row = new_row then
            return null;
        end if;
        insert into public.trail (at, real_at, xid, actor, command, table_name, operation, record_id,
                                  subject, subject_id, before, after)
        values (app.now(), clock_timestamp(), pg_current_xact_id(), signer, current_setting('app.command'),
                tg_table_name, lower(tg_op), (one ->> 'id')::bigint, tg_argv[0], (one ->> tg_argv[1])::bigint,
                old_row - hidden, new_row - hidden);
        return null;
    end $$
    """,
    """
    create function app.follow_statement() returns trigger language plpgsql security definer
    set search_path = pg_catalog as $$
    declare
        signer bigint := app.signed_by();
    begin
        insert into public.trail (at, real_at, xid, actor, command, table_name, operation, record_id,
                                  subject, subject_id, row_count, first_id, last_id, rows_sha256)
        select app.now(), clock_timestamp(), pg_current_xact_id(), signer, current_setting('app.command'),
               tg_table_name, 'append', case when count(*) = 1 then min(a.id) end,
               tg_table_name, case when count(*) = 1 then min(a.id) end, count(*), min(a.id), max(a.id),
               sha256(convert_to(coalesce(string_agg(to_jsonb(a)::text, E'\\n' order by a.id), ''), 'UTF8'))
        from appended a
        having count(*) > 0;
        return null;
    end $$
    """,
    """
    create function app.refuse_change() returns trigger language plpgsql set search_path = pg_catalog as $$
    begin
        raise exception 'Rows of % are never changed or deleted; a mistake is reversed by a row of its own.', tg_table_name
            using errcode = '42501';
    end $$
    """,
    """
    create trigger trail_kept before update or delete or truncate on trail
    for each statement execute function app.refuse_change()
    """,
    "alter table trail enable always trigger trail_kept",
    """
    create table idempotency_key (
        person_id bigint not null,
        route text not null,
        key text not null,
        fingerprint bytea not null,
        status integer not null,
        media_type text not null,
        headers jsonb not null,
        body bytea not null,
        stored_at timestamptz not null default app.now(),
        constraint pk_idempotency_key primary key (person_id, route, key)
    )
    """,
    "grant select, insert, delete on idempotency_key to pipir_app",
)

_DOWN = (
    "drop table idempotency_key",
    "drop table trail",
    "drop schema app cascade",
    "revoke select on alembic_version from pipir_app",
    "revoke all on schema public from pipir_app",
)


def upgrade() -> None:
    """Make the ground that every table stands on."""
    op.execute("set local lock_timeout = '2s'")
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    """Remove it; the role stays, since other databases of the server may use it."""
    op.execute("set local lock_timeout = '2s'")
    for statement in _DOWN:
        op.execute(statement)
