"""The index of search, and notes on records."""

from alembic import op

from migrations.search import index, unindex
from migrations.trail import follow, grant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_UP = (
    "create extension if not exists pg_trgm",
    # Words as they are compared: without accents and case, numbers and citations also in one piece (1253(d): 1253d).
    r"""
    create function app.search_fold(words text) returns text language sql immutable parallel safe as $$
        select lower(case when octet_length(words) = length(words) then words
                          else regexp_replace(normalize(words, NFKD), E'[\u0300-\u036f]', '', 'g') end)
    $$
    """,
    r"""
    create function app.search_words(words text) returns text language plpgsql immutable parallel safe as $$
    declare
        folded text := app.search_fold(left(words, 60000));
    begin
        return regexp_replace(folded, '(\W|_)+', ' ', 'g')
            || case when folded ~ '\w[^\w\s]+\w'
                    then ' ' || regexp_replace(regexp_replace(folded, '(\w)[^\w\s]+(?=\w)', '\1', 'g'), '(\W|_)+', ' ', 'g')
                    else '' end;
    end $$
    """,
    """
    create function app.search_vector(title text, body text) returns tsvector language sql immutable parallel safe as $$
        select case when body = '' then setweight(to_tsvector('simple', app.search_words(title)), 'A')
                    else setweight(to_tsvector('simple', app.search_words(title)), 'A')
                      || setweight(to_tsvector('simple', app.search_words(body)), 'B') end
    $$
    """,
    # Every word typed is the beginning of a word that stands there, in the title alone where the weight A is asked for.
    # A chunk with digits stays in one piece: in 1253(d) the d alone says nothing.
    r"""
    create function app.search_query(typed text, weight text default '') returns tsquery language sql immutable
    parallel safe as $$
        select string_agg(
            case when chunk ~ '\d' or parts = glued then glued || ending
                 else '(' || glued || ending || ' | ' || replace(parts, ' ', ending || ' & ') || ending || ')' end,
            ' & ')::tsquery
        from (
            select chunk, regexp_replace(chunk, '(\W|_)+', '', 'g') as glued,
                   btrim(regexp_replace(chunk, '(\W|_)+', ' ', 'g')) as parts, ':*' || weight as ending
            from regexp_split_to_table(app.search_fold(typed), '\s+') chunk
        ) c
        where glued <> ''
    $$
    """,
    """
    create table search_entry (
        id bigint generated always as identity constraint pk_search_entry primary key,
        kind text not null,
        record_id bigint not null,
        key text not null,
        title text not null,
        body text not null,
        marking text not null,
        own bigint not null,
        under text[] not null,
        audience bigint not null,
        exercise boolean not null,
        exact boolean not null,
        words text not null
            generated always as (case when exact then '' else app.search_words(title) end) stored,
        vector tsvector not null generated always as (app.search_vector(title, body)) stored,
        constraint uq_search_entry_record unique (kind, record_id)
    )
    """,
    "create index ix_search_entry_vector on search_entry using gin (vector)",
    "create index ix_search_entry_words on search_entry using gin (words gin_trgm_ops)",
    "create index ix_search_entry_under on search_entry using gin (under)",
    "grant select on search_entry to pipir_app",
    # The mask of an entry with the masks of all that it hangs on.
    """
    create function app.search_audience(mask bigint, parents text[]) returns bigint language sql stable
    set search_path = pg_catalog as $$
        select mask & coalesce(bit_and(coalesce(e.audience, 0)), -1)
        from unnest(parents) parent
        left join public.search_entry e
            on e.kind = split_part(parent, ':', 1) and e.record_id = split_part(parent, ':', 2)::bigint
    $$
    """,
    # What hangs on a record follows where its mask changes, and what hangs on that.
    """
    create function app.index_below() returns trigger language plpgsql security definer
    set search_path = pg_catalog as $$
    declare
        below bigint[];
    begin
        if app.is_restore() then
            return null;
        end if;
        select array_agg(d.id) into below from (
            select e.id from public.search_entry e
            where e.under && (select array_agg(n.kind || ':' || n.record_id)
                              from after_rows n join before_rows o on o.id = n.id where o.audience <> n.audience)
            order by e.id for update
        ) d;
        if below is not null then
            update public.search_entry e set audience = app.search_audience(e.own, e.under)
            where e.id = any (below) and e.audience <> app.search_audience(e.own, e.under);
        end if;
        return null;
    end $$
    """,
    """
    create trigger search_below after update on search_entry
    referencing old table as before_rows new table as after_rows
    for each statement execute function app.index_below()
    """,
    "alter table search_entry enable always trigger search_below",
)

_NOTE = (
    """
    create table note (
        record_kind text not null,
        record_id bigint not null,
        text text not null,
        written_by_id bigint not null constraint fk_note_written_by_id references person,
        written_at timestamptz not null,
        revised_at timestamptz,
        ended_on date,
        ended_because text,
        id bigint generated by default as identity constraint pk_note primary key,
        version integer not null,
        exercise boolean not null default app.exercise_write(),
        marking text not null,
        audience bigint not null,
        constraint ck_note_end check (num_nonnulls(ended_on, ended_because) in (0, 2)),
        constraint ck_note_revised check (revised_at >= written_at)
    )
    """,
    "create index ix_note_record on note (record_kind, record_id, id)",
    "create index ix_note_written_by_id on note (written_by_id)",
)

_TABLES = (
    "office", "person", "participant", "working_group", "meeting", "action_item", "project", "milestone",
    "related_effort", "treasury_account", "funding_document", "ledger_entry", "duty", "report", "report_section",
    "amendment", "reading_adoption", "designation", "delegation", "continuation_determination", "briefing",
    "committee_briefing", "briefing_question", "congressional_contact", "promise", "data_call",
    "data_call_addressee", "office_name", "document", "document_version", "concurrence_request", "concurrence_answer",
    "concurrence_condition", "concurrence_policy", "invitation_process", "point_of_contact", "disclosure_decision",
    "export_basis", "release", "security_agreement", "note",
)  # fmt: skip
_FUNCTIONS = (
    "app.search_audience(bigint, text[])",
    "app.search_query(text, text)",
    "app.search_vector(text, text)",
    "app.search_words(text)",
    "app.search_fold(text)",
)


def upgrade() -> None:
    """Make the index, put every record into it, and make the table of notes."""
    op.execute("set local lock_timeout = '2s'")
    for statement in (*_UP, *_NOTE):
        op.execute(statement)
    follow("note", subject="note", by="id")
    grant("note")
    # What others hang on comes first.
    index("office", title=("symbol", "name"), text=("department",), where="c.symbol <> 'pipir'")
    index("person", title=("name",), text=("title",), where="c.kind = 'person'")
    index("participant", title=("name",), text=("code", "region", "standing_source", "forum_source", "ended_because"))
    index("working_group", title=("name",), text=("kind", "charter", "source", "ended_because"))
    index(
        "meeting",
        title=("name",),
        text=("place", "outcome", "source", "cancelled_because"),
    )
    index(
        "action_item",
        title=("title",),
        text=("owner_text", "done_evidence", "dropped_because"),
        under={"meeting_id": "meeting"},
    )
    index(
        "project",
        title=("code", "name"),
        text=(
            "description",
            "kind",
            "status_reason",
            "rating_rationale",
            "source",
            "ended_because",
        ),
    )
    index(
        "milestone",
        title=("name",),
        text=("date_reason", "ended_because"),
        key="project_id",
        under={"project_id": "project"},
    )
    index("related_effort", title=("name",), text=("relation", "description", "source", "ended_because"))
    index("treasury_account", title=("symbol", "title"), text=("source", "closed_because"))
    index(
        "funding_document",
        title=("number", "title"),
        text=("purpose", "source_citation", "order_law", "excepted_basis", "ended_because"),
    )
    index(
        "ledger_entry",
        title=("kind", "document_number", "document_line"),
        text=("need", "basis", "because", "late_document", "evidence", "signed_at"),
        under={
            "funding_document_id": "funding_document",
            "project_id": "project",
            "participant_id": "participant",
        },
        exact=True,
    )
    index(
        "duty",
        title=("slug",),
        text=("event", "note", "evidence", "late_statement", "extension_asked_by", "reopened_because", "ended_because"),
        key="slug",
    )
    index(
        "report",
        title=("'Annual report", "year", "'version", "version_no"),
        text=("supersedes_because", "returned_because", "signatory", "signed_by", "delegation", "cost_reference"),
        key="year",
    )
    index(
        "report_section",
        title=("'Report of", "year", "'element", "element"),
        text=("narrative", "decided_because"),
        key="year",
    )
    index("amendment", title=("citation",), text=("provision", "effect", "source", "withdrawn_because"))
    index("reading_adoption", title=("provision", "reading"), text=("counsel", "opinion", "withdrawn_because"))
    index(
        "designation",
        title=("official",),
        text=("office_held", "rank", "instrument", "source", "ended_because"),
    )
    index(
        "delegation",
        title=("function", "'to", "to_office"),
        text=("from_office", "citation", "instrument", "limits", "ended_because"),
    )
    index(
        "continuation_determination",
        title=("subject_title",),
        text=("authority", "conditions_met", "funding_source", "opinion", "ended_because"),
    )
    index("briefing", title=("title",), text=("duty", "requested_by", "briefer_role", "called_off_because"))
    index(
        "committee_briefing",
        title=("committee",),
        text=("place", "attendees"),
        key="briefing_id",
        under={"briefing_id": "briefing"},
    )
    index(
        "briefing_question",
        title=("question",),
        text=("committee", "answer", "withdrawn_because"),
        key="briefing_id",
        under={"briefing_id": "briefing"},
    )
    index(
        "congressional_contact",
        title=("tasking_number", "title"),
        text=(
            "kind",
            "asked",
            "committee",
            "member_office",
            "answer",
            "evidence",
            "withdrawn_because",
            "released_because",
        ),
    )
    index(
        "promise",
        title=("title",),
        text=("words", "source", "evidence", "late_statement", "dropped_because", "told"),
    )
    index("data_call", title=("title",), text=("asked", "purpose", "closed_because"))
    index(
        "data_call_addressee",
        title=("'Return to a data call",),
        text=("answer", "nil_because", "released_because"),
        key="call_id",
        under={"call_id": "data_call", "group_id": "working_group"},
    )
    index("office_name", title=("symbol", "name"), key="office_id")
    index(
        "document",
        title=("title",),
        text=("source", "ended_because"),
        under={"record_id": ".record_kind"},
    )
    index(
        "document_version",
        title=("filename",),
        text=("note",),
        key="document_id",
        under={"document_id": "document"},
    )
    index(
        "concurrence_request",
        title=("title",),
        text=("question", "state_because"),
    )
    index(
        "concurrence_answer",
        title=("answer",),
        text=("comment",),
        key="request_id",
        under={"request_id": "concurrence_request"},
    )
    index(
        "concurrence_condition",
        title=("title",),
        text=("evidence", "waived_because"),
        key="request_id",
        under={"request_id": "concurrence_request"},
    )
    index("concurrence_policy", title=("title",), text=("citation", "ended_because"))
    index(
        "invitation_process",
        title=("title",),
        text=("summary", "document", "coordinated_by", "ended_because"),
    )
    # Offices alone: nobody is found by the private names of persons abroad.
    index(
        "point_of_contact",
        title=("office",),
        text=("function", "ended_because"),
        key="participant_id",
        under={"participant_id": "participant"},
    )
    for table, text in (
        ("disclosure_decision", ("country", "authority_office", "conditions", "document", "outcome", "ended_because")),
        ("export_basis", ("country", "kind", "reference", "reason", "document", "ended_because")),
        ("release", ("country", "means")),
    ):
        index(table, title=("subject",), text=text)
    index("security_agreement", title=("title",), text=("country", "source", "ended_because"))
    index("note", title=("text",), text=("text",), under={"record_id": ".record_kind"})


def downgrade() -> None:
    """Remove them."""
    op.execute("set local lock_timeout = '2s'")
    for table in reversed(_TABLES):
        unindex(table)
    op.execute("drop table note")
    op.execute("drop table search_entry")
    op.execute("drop function app.index_below()")
    for function in _FUNCTIONS:
        op.execute(f"drop function {function}")
