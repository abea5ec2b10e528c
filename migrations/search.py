"""The index of search, in one place: what a migration calls for each table whose rows people look for."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op


def index(
    table: str,
    *,
    title: Sequence[str],
    text: Sequence[str] = (),
    key: str = "id",
    under: Mapping[str, str] | None = None,
    where: str = "true",
    exact: bool = False,
    at_once: int | None = None,
    standing: bool = True,
) -> None:
    """Keep each row of `table` in the index of search, those that stand there now and every write from here on.

    `title` and `text` are columns; a word that begins with a quote mark stands for itself. `key` is the column that the
    address of the row's page ends with. `under` names the records that the row hangs on, as column -> kind (".column"
    where a column holds the kind, "(...)" for an expression over the row `c`): nobody finds the row who may not read each of them, so those tables are indexed
    first. `where` is a condition on the row `c`. `exact` leaves misspellings out, for the many rows that are looked for
    by their number. Where a statement adds more rows than `at_once`, none of them is indexed: what comes by the million is
    looked for in its own list. The kind of an entry is the table's name, as the trail calls it. A table that is in the index already
    is indexed anew; where not `standing`, with its next writes alone.
    """
    there = set(
        op.get_bind().scalars(
            sa.text("select attname from pg_attribute where attrelid = to_regclass(:table) and attnum > 0"),
            {"table": f"public.{table}"},
        )
    )
    parents = [
        (f"p{n}", column, f"c.{kind[1:]}" if kind.startswith(".") else kind if kind.startswith("(") else f"'{kind}'")
        for n, (column, kind) in enumerate((under or {}).items())
    ]
    own = "c.audience" if "audience" in there else "-1"
    marking = "c.marking" if "marking" in there else "''"
    hangs_on = ", ".join(f"{kind} || ':' || c.{column}" for _, column, kind in parents)
    # A record that is not in the index hides what hangs on it.
    masks = "".join(
        f" & case when c.{column} is null then -1 else coalesce({p}.audience, 0) end" for p, column, _ in parents
    )
    joins = "".join(
        f" left join public.search_entry {p} on {p}.kind = {kind} and {p}.record_id = c.{column}"
        for p, column, kind in parents
    )
    # A marking of a parent that changes meanwhile waits for this row, or this row for it.
    locks = "".join(
        f"perform 1 from public.search_entry {p} where exists (select from changed c where {p}.kind = {kind} "
        f"and {p}.record_id = c.{column}) order by {p}.id for key share;\n"
        for p, column, kind in parents
    )
    columns = "kind, record_id, key, title, body, marking, own, under, audience, exercise, exact"
    entries = f"""
        insert into public.search_entry as s ({columns})
        select '{table}', c.id, c.{key}::text, concat_ws(' ', {_listed(title)}), concat_ws(E'\\n', {_listed(text) or "''"}),
               {marking}, {own}, array_remove(array[{hangs_on}]::text[], null), {own}{masks}, c.exercise, {str(exact).lower()}
        from {{source}} c{joins}
        where {where}
        order by c.id
        on conflict (kind, record_id) do update
        set key = excluded.key, title = excluded.title, body = excluded.body, marking = excluded.marking,
            own = excluded.own, under = excluded.under, audience = excluded.audience
        where (s.key, s.title, s.body, s.marking, s.own, s.under, s.audience) is distinct from
              (excluded.key, excluded.title, excluded.body, excluded.marking, excluded.own, excluded.under,
               excluded.audience)
    """
    few = (
        f"if tg_op = 'INSERT' and (select count(*) from changed) > {at_once} then return null; end if;\n            "
        if at_once is not None
        else ""
    )
    op.execute(f"""
        create or replace function app.index_{table}() returns trigger language plpgsql security definer
        set search_path = pg_catalog as $$
        begin
            if app.is_restore() then
                return null;
            end if;
            if tg_op = 'DELETE' then
                delete from public.search_entry e using changed c where e.kind = '{table}' and e.record_id = c.id;
                return null;
            end if;
            {few}if tg_op = 'UPDATE' then
                perform 1 from public.search_entry e join changed c on e.kind = '{table}' and e.record_id = c.id
                where e.own <> {own} order by e.id for update of e;
            end if;
            {locks}
            {entries.format(source="changed")};
            return null;
        end $$
    """)
    for event, rows in (("insert", "new table"), ("update", "new table"), ("delete", "old table")):
        name = f"search_{table}_{event}"
        op.execute(
            f"create or replace trigger {name} after {event} on {table} referencing {rows} as changed "
            f"for each statement execute function app.index_{table}()"
        )
        op.execute(f"alter table {table} enable always trigger {name}")
    if standing:
        op.execute(entries.format(source=table))


def unindex(table: str) -> None:
    """Leave a table out of the index again."""
    op.execute(f"drop function app.index_{table}() cascade")
    op.execute(f"delete from search_entry where kind = '{table}'")


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"{word}'" if word.startswith("'") else f"c.{word}" for word in words)
