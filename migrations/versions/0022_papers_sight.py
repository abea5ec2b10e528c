"""What names a record is as hidden as that record in the index; a spilled value is replaced in fields' names too."""

from alembic import op

from migrations.search import index

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# The tables in which the kinds stand that these rows name.
_KIND = "(case c.{0} when 'group' then 'working_group' when 'funding document' then 'funding_document' else c.{0} end)"
_TABLES = {
    "disclosure_decision": (
        ("subject",),
        ("country", "authority_office", "conditions", "document", "outcome", "ended_because"),
        {"record_id": _KIND.format("record_kind")},
    ),
    "export_basis": (
        ("subject",),
        ("country", "kind", "reference", "reason", "document", "ended_because"),
        {"record_id": _KIND.format("record_kind")},
    ),
    "release": (
        ("subject",),
        ("country", "means"),
        {
            "record_id": _KIND.format("record_kind"),
            "decision_id": "disclosure_decision",
            "export_basis_id": "export_basis",
            "agreement_id": "security_agreement",
        },
    ),
    "continuation_determination": (
        ("subject_title",),
        ("authority", "conditions_met", "funding_source", "opinion", "ended_because"),
        {"subject_id": _KIND.format("subject_kind")},
    ),
}
# The values of coordination are objects whose names people type: in them a name can hold a spilled value.
_JSON = (
    """
    create or replace function app.json_holds(held jsonb, spilled text) returns boolean language sql immutable
    set search_path = pg_catalog as $$
        select exists (select from jsonb_path_query(held, '$.**') e
                       where jsonb_typeof(e) = 'string' and position(spilled in e #>> '{}') > 0)
            or exists (select from (select jsonb_path_query(held, '$.**.value_before') as value
                                    union all select jsonb_path_query(held, '$.**.value_after')) v,
                       jsonb_object_keys(case jsonb_typeof(v.value) when 'object' then v.value else '{}' end) k
                       where position(spilled in k) > 0)
    $$
    """,
    """
    create or replace function app.json_replaced(held jsonb, spilled text, tag text) returns jsonb language plpgsql immutable
    set search_path = pg_catalog as $$
    begin
        return case jsonb_typeof(held)
            when 'string' then to_jsonb(replace(held #>> '{}', spilled, tag))
            when 'array' then (select coalesce(jsonb_agg(app.json_replaced(e, spilled, tag) order by place), '[]')
                               from jsonb_array_elements(held) with ordinality u (e, place))
            when 'object' then (
                select coalesce(jsonb_object_agg(k, case
                    when k in ('value_before', 'value_after') and jsonb_typeof(e) = 'object' then (
                        select coalesce(jsonb_object_agg(replace(n, spilled, tag), app.json_replaced(v, spilled, tag)), '{}')
                        from jsonb_each(e) w (n, v))
                    else app.json_replaced(e, spilled, tag) end), '{}')
                from jsonb_each(held) u (k, e))
            else held end;
    end $$
    """,
)
# The walk hands a column's value over under the column's name, so that both functions know whose names people type.
_NAMED = (
    (
        "spillage_condition(text, text)",
        "app.json_holds(%1$I::jsonb, $1)",
        "app.json_holds(jsonb_build_object(%1$L, %1$I::jsonb), $1)",
    ),
    (
        "replace_spilled(bigint, text, bigint[])",
        "app.json_replaced(%1$I::jsonb, $1, $3)",
        "(app.json_replaced(jsonb_build_object(%1$L, %1$I::jsonb), $1, $3) -> %1$L)",
    ),
)


def _rewrite(function: str, before: str, after: str) -> None:
    op.execute(f"""
        do $do$
        declare
            said text := pg_get_functiondef('app.{function}'::regprocedure);
        begin
            if position($x${before}$x$ in said) = 0 then
                raise exception 'app.{function} is not as this migration knows it.';
            end if;
            execute replace(said, $x${before}$x$, $x${after}$x$);
        end $do$
    """)


def upgrade() -> None:
    """Hang each of them under what it names; look at names too."""
    for statement in _JSON:
        op.execute(statement)
    for function, before, after in _NAMED:
        _rewrite(function, before, after)
    for table, (title, text, under) in _TABLES.items():
        index(table, title=title, text=text, under=under)


def downgrade() -> None:
    """They are as hidden as their own marking says; the functions for JSON go on serving."""
    for function, before, after in _NAMED:
        _rewrite(function, after, before)
    for table, (title, text, _) in _TABLES.items():
        index(table, title=title, text=text)
