"""The index misses no write: every table is in it or stands here with its reason, and every path keeps it."""

import asyncio

from sqlalchemy import text

from pipir.features.people.tables import SERVICE
from pipir.features.search.rules import KINDS
from tests.features.participants.situations import HIDDEN, contractor_api, enter
from tests.features.search.situations import a_meeting, a_project, found, titles

# Tables whose rows nobody looks for, each with its reason.
NOT_LOOKED_FOR = {
    "absence": "it stands on its person's page",
    "agenda_item": "its meeting is found",
    "agreement_notice": "its agreement is found",
    "agreement_paper": "its agreement is found",
    "agreement_party": "its agreement and its participant are found",
    "agreement_share": "its agreement is found",
    "agreement_step": "its agreement is found",
    "alembic_version": "the migrations' own mark",
    "amendment_change": "its amendment is found",
    "api_token": "a credential",
    "assistance_condition": "its assistance is found",
    "assistance_unit": "its assistance is found",
    "attendance": "its meeting and its participant are found",
    "backup_run": "it stands on the page of backups",
    "calendar_feed": "a credential of one person",
    "case_step": "its case is found",
    "certification_item": "its agreement is found",
    "concurrence_asked": "its request is found",
    "concurrence_escalation": "its request is found",
    "concurrence_policy_office": "its policy is found",
    "concurrence_round": "its request is found",
    "concurrence_send_back": "its request is found",
    "covered_act": "derived: the record that the act changed is found",
    "document_chunk": "bytes of a document",
    "exchange_disclosure": "its exchange and its decision are found",
    "group_member": "its group and its participant are found",
    "idempotency_key": "keys of requests",
    "import_chunk": "staging",
    "import_finding": "staging: its import is found",
    "import_part": "bytes of a file",
    "import_row": "staging: the entries are found",
    "job": "progress of work, gone when it is done",
    "ledger_day": "derived from the ledger's entries",
    "ledger_leg": "its entry is found",
    "ledger_hold": "who publishes, for those who wait",
    "ledger_sum": "derived from the ledger's entries",
    "ledger_total": "derived from the ledger's entries",
    "ledger_pending": "derived from the ledger's entries",
    "legal_determination": "its agreement is found",
    "mail_preference": "what one person wishes",
    "message": "mail to one person",
    "obligation_review": "it stands in the list of reviews",
    "official_extract": "its source's page lists it",
    "official_line": "its document is found in the ledger and in the extract's own list",
    "official_source": "one page lists all of them",
    "participant_standing": "its participant is found",
    "person_office": "its person and its office are found",
    "pgqueuer": "the queue library's",
    "pgqueuer_log": "the queue library's",
    "pgqueuer_schedules": "the queue library's",
    "pgqueuer_statistics": "the queue library's",
    "project_attribute": "derived from the projects",
    "project_freshness": "derived from the trail",
    "project_partner": "its project and its participant are found",
    "reconciled_month": "its account's and source's pages list it",
    "reconciliation_item": "the list of differences finds it by its document",
    "report_build": "a frozen copy of what is found where it stands",
    "report_file": "a rendering of a build",
    "report_point": "its report's page lists it",
    "report_total": "derived from the snapshot of a build",
    "result_actual": "its result is found",
    "review_item": "its obligation is found",
    "risk_assessment": "its risk is found",
    "role_assignment": "its person is found",
    "search_entry": "it is the index",
    "sign_in": "a session",
    "spend_plan_line": "its plan is found",
    "submitted_budget": "a few years, all on one page",
    "section_comment": "its section is found",
    "section_draft": "what one person is typing; nobody else reads it",
    "spillage": "for administrators alone, and it tells what was removed",
    "trail": "it has a page and filters of its own; its values are those of the records",
    "treasury_list": "one page lists all of them",
    "treasury_symbol": "the page of the Treasury's list finds it",
    "vulnerability_project": "its vulnerability and its project are found",
    "vulnerability_step": "its vulnerability is found",
    "workbook_change": "its workbook and its project are found",
}


async def test_every_table_is_indexed_or_says_why_not(db):
    async with db.read() as session:
        tables = set(await session.scalars(text("select tablename from pg_tables where schemaname = 'public'")))
        rows = await session.execute(
            text(
                "select c.relname, count(*) from pg_trigger t join pg_class c on c.oid = t.tgrelid "
                "join pg_proc p on p.oid = t.tgfoid where p.proname = 'index_' || c.relname and t.tgenabled = 'A' "
                "group by 1"
            )
        )
        indexed = {row.relname: row.count for row in rows}
    assert tables - set(indexed) == set(NOT_LOOKED_FOR) & tables
    assert set(indexed.values()) == {3}
    assert set(indexed) <= set(KINDS)


async def test_the_service_itself_writes_nothing_into_the_index(db):
    async with db.read() as session:
        rights = await session.scalars(
            text(
                "select privilege_type from information_schema.role_table_grants "
                "where grantee = 'pipir_app' and table_name = 'search_entry'"
            )
        )
    assert set(rights) == {"SELECT"}


async def test_a_bulk_write_of_one_statement_is_indexed_row_by_row(service):
    async with service.db.write(actor=SERVICE, command="test.bulk") as session:
        await session.execute(
            text(
                "insert into related_effort (version, marking, audience, name, relation, on_day, precision, "
                "description, source) select 1, 'CUI', 3, 'Gallium effort ' || n, 'related', '2026-01-01', 'day', '', "
                "'Memo' from generate_series(1, 300) n"
            )
        )
    assert (await found(service, "gallium effort"))["total"] == 300


async def test_a_child_that_is_written_while_the_marking_changes_is_hidden_with_it(service):
    """docs/releasability.md: neither of two writes at the same time sees the other's rows."""
    meeting, _ = await a_meeting(service.db, action="Send the list")
    written, hidden = asyncio.Event(), asyncio.Event()

    async def add() -> None:
        async with service.db.write(actor=SERVICE, command="test.add") as session:
            await session.execute(
                text(
                    "insert into action_item (version, meeting_id, title, owner_text, due_on) "
                    "values (1, :meeting, 'Send the gallium figures', 'DASD', '2026-06-01')"
                ),
                {"meeting": meeting},
            )
            written.set()
            # The marking's write begins now, and waits for this one, for half a second at least.
            await session.execute(text("select pg_sleep(0.5)"))
            assert not hidden.is_set()

    async def hide() -> None:
        await written.wait()
        async with service.db.write(actor=SERVICE, command="test.hide") as session:
            await session.execute(
                text("update meeting set version = version + 1, marking = :marking, audience = 1 where id = :id"),
                {"marking": HIDDEN, "id": meeting},
            )
        hidden.set()

    await asyncio.gather(add(), hide())
    assert hidden.is_set()
    assert (await found(service, "gallium figures"))["total"] == 1
    async with await contractor_api(service) as client:
        assert (await client.get("/api/v1/search", params={"q": "gallium figures"})).json()["total"] == 0


async def test_what_hangs_on_two_records_is_hidden_by_either(service):
    """docs/releasability.md"""
    project = await a_project(service.db, name="Gallium")
    country = await enter(service.db)
    async with service.db.read() as session:
        audience = await session.scalar(
            text(
                "select app.search_audience(-1, array[:project, :country, 'project:999999']) & "
                "app.search_audience(-1, array[:project, :country])"
            ),
            {"project": f"project:{project}", "country": f"participant:{country}"},
        )
    assert audience == 0


async def test_words_are_folded_in_the_index_as_for_showing(service):
    """The database finds, Python shows where: both read a text alike."""
    await a_project(service.db, name="Ångström Ⅻ naïve ŒUVRE straße")
    for typed in ("angstrom", "naive", "xii", "STRASSE"[:4]):
        hits = (await found(service, typed))["items"]
        assert any(piece[1] for piece in hits[0]["title"]), typed
    assert await titles(service, "angstrom") == ["P-0001 Ångström Ⅻ naïve ŒUVRE straße"]
