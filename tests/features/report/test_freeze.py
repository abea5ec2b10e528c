"""A freeze reads one state and notes what was visible; late facts are told, and no figure differs from the ledger's."""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from datetime import date

import pytest
from msgspec.structs import replace
from sqlalchemy import RowMapping, event, select, text
from sqlalchemy.exc import DBAPIError

from pipir.document.model import Table
from pipir.features.ledger import commands as ledger
from pipir.features.ledger.queries.bridge import Known, bridge
from pipir.features.people.tables import SERVICE
from pipir.features.report import commands, queries
from pipir.features.report.compose.cuts import ledger_of, untied
from pipir.features.report.compose.facts import figures_of
from pipir.features.report.compose.lacking import completeness
from pipir.features.report.compose.snapshot import Reading, canonical_row, read
from pipir.features.report.queries.figures import figure_of, frozen_build
from pipir.features.report.queries.late import MOST, STATED, TOLD_OF, LateFacts, in_flight, known_totals, late_facts
from pipir.features.trail.tables import TrailRow
from pipir.kernel.errors import NotFound, Refused
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.statute.load import the_statute
from pipir.store.doors import Database, ReadSession
from tests.conftest import Service
from tests.features.ledger import makers
from tests.features.report import snapshots
from tests.features.report.record import US, change, complete, draft, sign
from tests.features.report.snapshots import line


async def money(db: Database) -> dict[str, int]:
    """Two obligations of the first fiscal year, on a project for a country."""
    document, project = await makers.receive(db), await makers.make_project(db, marking="CUI//FED ONLY")
    country = await makers.make_participant(db)
    on = {"project_id": project, "participant_id": country}
    await makers.post(db, makers.obligation(document, "100.00", **on))
    await makers.post(db, makers.obligation(document, "40.00", document_number="HQ0034-26-C-0002"))
    return {"document": document, **on}


async def as_owner(url: str, statement: str) -> None:
    """What no door of the service does."""
    owner = Database(url, size=1)
    try:
        async with owner.engine.begin() as connection:
            await connection.execute(text(statement))
    finally:
        await owner.close()


async def snapshot_of(db: Database, build_id: int) -> snapshots.Snapshot:
    async with db.read() as session:
        return read(await queries.stored_snapshot(session, build_id))


async def test_a_freeze_holds_the_lines_of_the_ledger_and_what_was_visible(db: Database) -> None:
    """A report reads one unmoving state."""
    await money(db)
    build_id = await draft(db)
    snapshot = await snapshot_of(db, build_id)
    async with db.read() as session:
        noted = (await session.execute(text("select seen, trail_id from report_build"))).one()
    assert noted.seen.count(":") == 2
    assert noted.trail_id > 0
    assert snapshot.read is not None
    assert snapshot.read.checked > 0
    assert sum(line.obligated.amount for line in snapshot.read.lines) == 140
    assert snapshot.ledger == replace(
        ledger_of(snapshot.read.lines, as_of=date(2026, 9, 30)),
        system=snapshot.ledger.system,
        reconciled=snapshot.ledger.reconciled,
    )
    assert untied(snapshot) == ()


async def test_what_was_known_at_a_freeze_is_answered_from_what_it_stored(db: Database) -> None:
    """What is posted later changes no answer about then."""
    made = await money(db)
    build_id = await draft(db)
    await makers.post(
        db, makers.obligation(made["document"], "7.00", document_number="C-3", project_id=made["project_id"])
    )
    async with db.read() as session:
        by_year = await known_totals(session, US, 2027, build_id, "fiscal_year")
        by_country = await known_totals(session, US, 2027, build_id, "country")
        assert await known_totals(session, US, 2027, build_id, "project", fiscal_year=2027) == ()
        with pytest.raises(NotFound):
            await known_totals(session, Reader(kind="contractor"), 2027, build_id, "project")
    assert [(each.key, each.obligated) for each in by_year] == [("2026", Dollars("140.00"))]
    assert [(each.key, each.obligated.amount) for each in by_country] == [("AUS", 100), ("none", 40)]


async def test_an_entry_posted_after_the_reading_is_told_as_not_in_the_report(db: Database) -> None:
    """Late facts: effective in the time of the report and not visible to its reading."""
    made = await money(db)
    build_id = await draft(db)
    snapshot = await snapshot_of(db, build_id)
    async with db.snapshot() as session:
        before = await late_facts(session, US, build_id, snapshot)
    assert (before.entries, before.entry_count, before.changes) == ((), 0, ())
    late = await makers.post(db, makers.obligation(made["document"], "7.00", document_number="C-3"))
    await makers.post(
        db, makers.obligation(made["document"], "9.00", document_number="C-4", effective_on=date(2026, 10, 2))
    )
    await makers.make_project(db, "Announced later", marking="UNCLASSIFIED")
    async with db.snapshot() as session:
        after = await late_facts(session, US, build_id, snapshot)
    assert [each.id for each in after.entries] == [late]
    assert after.entry_count == 1
    assert [each.subject for each in after.changes] == ["project"]
    assert after.change_count == 1
    assert (after.next_entries, after.next_changes) == (None, None)


# Tables that a reading asks beside those of which a report tells, each with why a change there is no fact of it.
BESIDE = {
    "briefing": "its title stands where a promise was made at it, and the promise tells",
    "congressional_contact": "the same",
    "funding_document": "what it brings is in entries, which are told as such",
    "office": "its symbol stands with what it leads",
    "person": "the name of who decided",
    "report": "its steps; its cost is told by its command",
    "report_build": "reports",
    "ledger_entry": "told as entries",
}


async def test_a_change_of_whatever_a_reading_asks_is_told_as_not_in_the_report(db: Database) -> None:
    """What the report prints and has changed since: no table is read that the list of late facts leaves out."""
    made = await money(db)
    await sign(db, await complete(db))
    asked: set[str] = set()

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        asked.update(re.findall(r"\b(?:from|join)\s+([a-z_]+)", statement.lower()))

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    async with db.snapshot() as session:
        await queries.gather(session, US, 2028)
        rows = await session.execute(
            text(
                "select c.relname, split_part(encode(t.tgargs, 'escape'), '\\000', 1) from pg_trigger t "
                "join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid where p.proname = 'follow_row'"
            )
        )
        subjects = {row[0]: row[1] for row in rows}
    event.remove(db.engine.sync_engine, "before_cursor_execute", note)
    assert made
    assert {"project", "reconciled_month", "spend_plan", "submitted_budget", "designation"} <= asked
    assert {subjects[table] for table in asked if table in subjects} - set(BESIDE) <= {*TOLD_OF, *STATED}
    # The law's changes are asked by the driver itself.
    assert {"amendment", "reading_adoption"} <= set(TOLD_OF)
    assert {*TOLD_OF, *STATED} <= set(subjects.values())


async def test_what_editors_stated_after_the_reading_is_told_of_its_own_year_alone(db: Database) -> None:
    """A text saved after a build is no text of it; one of another year never was."""
    build_id = await draft(db)
    await draft(db, 2028)
    snapshot = await snapshot_of(db, build_id)
    await change(db, commands.state_cost, commands.StateCost(labor=Dollars(1)))
    await change(db, commands.state_cost, commands.StateCost(labor=Dollars(1)), year=2028)
    for year in (2027, 2028):
        async with db.write(actor=SERVICE, command="section.write") as session:
            section = (await queries.sections(session, year))[0]
            assert section.id is not None
            await commands.write_section(session, section.id, commands.WriteSection("Late."), version=section.version)
            await commands.enter_point(session, commands.EnterPoint(year, "priority", f"Late in {year}"))
    async with db.snapshot() as session:
        late = await late_facts(session, US, build_id, snapshot)
        told = {row["subject"]: row["year"] for row in await _told(session, late)}
    assert told == {"report": "2027", "report_section": "2027", "report_point": "2027"}
    assert late.change_count == 3


async def _told(session: ReadSession, late: LateFacts) -> Sequence[RowMapping]:
    """The subject and the year of each late change."""
    ids = [each.id for each in late.changes]
    rows = select(TrailRow.subject, TrailRow.after["year"].astext.label("year")).where(TrailRow.id.in_(ids))
    return (await session.execute(rows)).mappings().all()


async def test_what_came_late_is_told_to_the_last_entry_and_change(db: Database) -> None:
    """Of many the latest are told first, and each page says what asks for the next."""
    made = await money(db)
    build_id = await draft(db)
    snapshot = await snapshot_of(db, build_id)
    late = {
        await makers.post(db, makers.obligation(made["document"], f"{place}.00", document_number=f"L-{place}"))
        for place in range(1, 6)
    }
    projects = {f"Later {place}" for place in range(5)}
    for name in sorted(projects):
        await makers.make_project(db, name, marking="UNCLASSIFIED")
    entries: list[int] = []
    changes: list[int] = []
    entries_after = changes_after = None
    async with db.snapshot() as session:
        for page in range(3):
            told = await late_facts(
                session, US, build_id, snapshot, entries_after=entries_after, changes_after=changes_after, limit=2
            )
            assert (told.entry_count, told.change_count) == (5, 5)
            entries += [each.id for each in told.entries]
            changes += [each.id for each in told.changes]
            entries_after, changes_after = told.next_entries, told.next_changes
            assert (entries_after is None, changes_after is None) == ((page == 2,) * 2)
    assert (set(entries), len(entries)) == (late, 5)
    assert changes == sorted(set(changes), reverse=True)


async def test_an_entry_in_flight_at_the_reading_is_late_though_its_number_is_earlier(db: Database) -> None:
    """Which rows a reading saw is asked of the database's own note, not of numbers or clocks."""
    made = await money(db)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> int:
        async with db.write(actor=SERVICE, command="test.slow") as session:
            number = await ledger.post_entry(
                session, makers.obligation(made["document"], "5.00", document_number="C-9")
            )
            begun.set()
            await go_on.wait()
            return int(number)

    posting = asyncio.create_task(slow())
    await begun.wait()
    # Something with a later number is visible to the reading.
    await makers.make_participant(db, "Japan", "JPN")
    build_id = await draft(db)
    go_on.set()
    number = await posting
    snapshot = await snapshot_of(db, build_id)
    assert sum(line.obligated.amount for line in snapshot.read.lines) == 140  # type: ignore[union-attr]
    async with db.snapshot() as session:
        late = await late_facts(session, US, build_id, snapshot)
        unseen = await in_flight(session, build_id)
        # It counts as recorded by then to whom the clock alone is asked, and not to whom knows of the reading.
        read_at = Known(date(2026, 9, 30), snapshot.frozen_at, unseen)
        crossed = await bridge(session, US, read_at, Known(date(2026, 9, 30), session.now))
        by_clock = await bridge(session, US, replace(read_at, unseen=()), Known(date(2026, 9, 30), session.now))
    assert [each.id for each in late.entries] == [number]
    assert unseen == ((number, number),)
    assert {str(each.whole) for each in crossed if each.stage == "obligated"} == {"5.00"}
    assert {str(each.whole) for each in by_clock if each.stage == "obligated"} == {"0.00"}


async def test_a_figure_that_the_ledger_has_otherwise_stops_the_freeze_with_both_amounts(
    db: Database, owner_url: str
) -> None:
    """31 U.S.C. 1501: a report states what the books have."""
    await money(db)
    await makers.fold(owner_url)
    await as_owner(
        owner_url, "update ledger_total set obligated = obligated + 1 where dimension = 'participant' and key <> ''"
    )
    with pytest.raises(Refused, match=r"obligated of country AUS: \$100.00 in the report, \$100.01 in the ledger"):
        await draft(db)


async def test_an_amount_that_was_changed_below_the_sums_stops_the_freeze(db: Database, owner_url: str) -> None:
    """31 U.S.C. 1501: sums that agree with each other are no books; they are held against each entry."""
    await money(db)
    build_id = await draft(db)
    await as_owner(owner_url, "alter table ledger_entry disable trigger user")
    await as_owner(owner_url, "update ledger_entry set amount = amount + 7 where document_number = 'HQ0034-26-C-0002'")
    with pytest.raises(Refused, match=r"the entries of obligation in FY2026 differ from their sums by \$7\.00"):
        await change(db, commands.freeze_report, commands.FreezeReport(build_id))
    async with db.read() as session:
        assert (await queries.versions(session, 2027))[0].state == "draft"


def test_tables_that_do_not_tie_are_named_with_both_amounts() -> None:
    """Each cut comes to the total of the lines."""
    lines = (line(country="AUS", country_name="Australia"), line())
    base = replace(snapshots.empty(), reading=Reading(lines), ledger=ledger_of(lines, as_of=date(2026, 9, 30)))
    assert untied(base) == ()
    first, *others = base.ledger.by_country
    wrong = replace(base, ledger=replace(base.ledger, by_country=(replace(first, expended=Dollars("11.00")), *others)))
    found = untied(wrong)
    assert {(each.where, each.measure) for each in found} == {
        ("the amounts by country", "expended"),
        ("the amounts by country, Australia", "expended"),
    }
    assert (found[0].ours, found[0].ledger) == (Dollars("21.00"), Dollars("20.00"))
    fewer = replace(base, reading=Reading(lines[:1]))
    assert untied(fewer)[0].where == "the lines"


async def test_nobody_changes_what_a_freeze_stored(db: Database, owner_url: str) -> None:
    """A frozen report never changes."""
    await money(db)
    await draft(db)
    for statement in ("update report_total set obligated = 0", "delete from report_total", "truncate report_total"):
        with pytest.raises(DBAPIError, match="never changed or deleted"):
            await as_owner(owner_url, statement)


# ---- why


def test_the_rows_of_a_figure_of_money_come_to_it_and_none_of_them_has_nothing_in_it() -> None:
    """Every figure answers why: whoever adds its rows up finds it, of the authority and year that it names."""
    none = dict.fromkeys(("authority", "committed", "obligated", "expended", "contributed"), Dollars(0))
    lines = tuple(
        line(**(none | {name: Dollars(f"{place + 1}.00")}), fiscal_year=year, under_1253=under, continues=continues)
        for year in (2025, 2026)
        for under, continues in ((True, False), (False, False), (False, True))
        for place, name in enumerate(none)
    )
    ledger = ledger_of(lines, as_of=date(2026, 9, 30))
    snapshot = replace(snapshots.empty(), reading=Reading(lines), ledger=ledger)
    law = the_statute()
    every = {each.fact.id: each for each in figures_of(snapshot, law, completeness(snapshot, law))}
    expected = {"committed": 6, "partner": 6} | {
        f"{name}{of}": count * (1 if of.startswith(".fy") else 2)
        for name in ("obligated", "expended")
        for of, count in (("", 3), (".section", 1), (".other", 1), (".fy", 3), (".fy.section", 1), (".fy.other", 1))
    }
    for name, count in expected.items():
        fact, rows = every[f"money.{name}"].fact, every[f"money.{name}"].rows()
        column = name.partition(".")[0].replace("partner", "contributed")
        assert (fact.rows, len(rows)) == (count, count), name
        assert str(sum((getattr(row, column) for row in rows), Dollars(0))) == fact.value, name
        assert hashlib.sha256(b"\n".join(canonical_row(row) for row in rows)).hexdigest() == fact.rows_sha256, name
    # A snapshot from before tells what each figure was cut from.
    before = replace(snapshot, ledger=replace(ledger, parts=()))
    every = {each.fact.id: each for each in figures_of(before, law, completeness(before, law))}
    figured = every["money.obligated.fy.section"]
    assert (figured.fact.rows, len(figured.rows())) == (15, 15)


async def test_a_figure_says_why_with_its_rows_their_hash_and_where_it_stands(db: Database, service: Service) -> None:
    """Every figure answers why."""
    await money(db)
    build_id = await draft(db)
    path = f"/api/v1/reports/2027/builds/{build_id}"
    async with service.api("auditor") as reader:
        why = (await reader.get(f"{path}/figures/money.obligated.fy.section")).json()
        line_of = (await reader.get(f"{path}/figures/money-countries:AUS")).json()
        total_of = (await reader.get(f"{path}/figures/money-countries:total")).json()
        unknown = await reader.get(f"{path}/figures/money.obligate")
        other_year = await reader.get(f"/api/v1/reports/2028/builds/{build_id}/figures/projects")
        file = await reader.get(f"/reports/2027/builds/{build_id}/figures/money.obligated.fy.section/rows.csv")
        known = (await reader.get(f"{path}/ledger?by=country")).json()
        late = (await reader.get(f"{path}/late")).json()
    snapshot = await snapshot_of(db, build_id)
    lines = snapshot.read.lines  # type: ignore[union-attr]
    # The lines of the authority received have nothing in it.
    obligated = [each for each in lines if each.obligated]
    assert (why["text"], why["value"], why["rows"]) == ("$140.00", "140.00", len(obligated))
    assert len(obligated) < len(lines)
    assert why["rows_sha256"] == hashlib.sha256(b"\n".join(canonical_row(each) for each in obligated)).hexdigest()
    assert {each["id"] for each in why["places"]} == {"minute", "money"}
    assert why["provision"].startswith("Sec. 1253(f)(1)(B)(vi)")
    assert (line_of["text"], line_of["rows"]) == ("$100.00", 1)
    assert (total_of["text"], total_of["rows"], total_of["rows_sha256"]) == (
        "$140.00",
        len(lines),
        hashlib.sha256(b"\n".join(canonical_row(each) for each in lines)).hexdigest(),
    )
    assert (unknown.status_code, other_year.status_code) == (404, 404)
    assert "the nearest is money.obligated" in unknown.text
    assert len(file.text.splitlines()) == 1 + len(obligated)
    assert [each["obligated"] for each in known] == ["100.00", "40.00"]
    assert late["noted"] is True


async def test_every_figure_of_a_build_leads_to_its_rows_and_their_hash(db: Database) -> None:
    """The annex and the page say the same."""
    await money(db)
    build_id = await draft(db)
    async with db.read() as session:
        found = await frozen_build(session, US, 2027, build_id)
    for fact in found.document.facts:
        why, rows = figure_of(found, fact.id)
        assert (why.text, why.rows_sha256) == (fact.text, fact.rows_sha256)
        hashed = hashlib.sha256(b"\n".join(canonical_row(each) for each in rows)).hexdigest() if rows else ""
        assert hashed == fact.rows_sha256, fact.id
    annex = next(each for each in found.document.blocks if isinstance(each, Table) and each.id == "facts")
    said = {row.key: row.cells[4] for row in annex.rows}
    for fact in found.document.facts:
        why, _ = figure_of(found, fact.id)
        assert said[fact.id] == ("; ".join(each.short for each in why.places) or "not quoted")


async def test_the_pages_lead_from_a_build_to_each_figure_and_to_what_came_late(db: Database, service: Service) -> None:
    """By link, without a script."""
    made = await money(db)
    build_id = await draft(db)
    late = await makers.post(db, makers.obligation(made["document"], "7.00", document_number="C-3"))
    browser = await service.browser("auditor")
    report = await browser.get("/reports/2027")
    for name in ("figures", "late", "ledger"):
        assert f"/reports/2027/builds/{build_id}/{name}" in report.text
    figures = await browser.get(f"/reports/2027/builds/{build_id}/figures")
    assert f"/builds/{build_id}/figures/money.obligated" in figures.text
    figure = await browser.get(f"/reports/2027/builds/{build_id}/figures/money.obligated")
    assert "sha256 of the rows" in figure.text
    assert f"E-{late}" in (await browser.get(f"/reports/2027/builds/{build_id}/late")).text
    assert "Australia" in (await browser.get(f"/reports/2027/builds/{build_id}/ledger?by=country")).text


async def test_a_page_of_what_came_late_leads_to_the_one_before_it(db: Database, service: Service) -> None:
    """As page and as JSON."""
    made = await money(db)
    build_id = await draft(db)
    first, *_ = [
        await makers.post(db, makers.obligation(made["document"], "1.00", document_number=f"L-{place}"))
        for place in range(MOST + 1)
    ]
    browser = await service.browser("auditor")
    async with service.api("auditor") as reader:
        path = f"/reports/2027/builds/{build_id}/late"
        page = await browser.get(path)
        assert f"E-{first}<" not in page.text
        cursor = (await reader.get(f"/api/v1{path}")).json()["next_entries"]
        assert f"?entries_after={cursor}#entries" in page.text
        assert "changes_after" not in page.text
        assert f"E-{first}<" in (await browser.get(f"{path}?entries_after={cursor}")).text
        earlier = (await reader.get(f"/api/v1{path}", params={"entries_after": cursor})).json()
        assert ([each["id"] for each in earlier["entries"]], earlier["next_entries"]) == ([first], None)
        assert (await reader.get(f"/api/v1{path}?entries_after=nonsense")).status_code == 422
