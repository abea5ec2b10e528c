"""This year's report against the report before: the annex, and the way of each amount to the cent."""

from datetime import date

from msgspec.structs import replace

from pipir.document.checks import broken
from pipir.document.json import render_json
from pipir.document.model import Callout, DefinitionList, Document, Heading, Table, canonical, digits_in_prose, read
from pipir.document.pdf import render_pdf
from pipir.document.pdf_checks import findings
from pipir.features.people.tables import SERVICE
from pipir.features.report import commands, queries
from pipir.features.report.compose import compose
from pipir.features.report.compose.comparison import bridge_of, reduced
from pipir.features.report.compose.snapshot import Crossing, LastReport, Section, Snapshot
from pipir.features.report.compose.snapshot import canonical as canonical_snapshot
from pipir.features.report.compose.snapshot import read as read_snapshot
from pipir.kernel.marking import Reader, parse_marking
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.features.ledger.makers import make_project, obligation, post, receive, reverse
from tests.features.report.reading import said
from tests.features.report.record import US, complete, edition, sign
from tests.features.report.snapshots import STATUTE, exercise

TEXT = Section(
    "1253.f.1.B.i", "Single sources were named in {projects}.", nothing_to_report=False, decided_because=None
)


def last_report(snapshot: Snapshot, *crossings: Crossing) -> LastReport:
    document = compose(snapshot, STATUTE, snapshot.year)
    return LastReport(
        snapshot.year, 1, "a" * 64, snapshot.frozen_at, snapshot.ledger.as_of, reduced(document), crossings
    )


def blocks_of(document: Document) -> dict[str, Table]:
    return {block.id: block for block in document.blocks if isinstance(block, Table)}


def two_years(*crossings: Crossing) -> Document:
    last = replace(exercise(12, 2027), sections=(TEXT,))
    now = replace(
        exercise(14, 2028),
        sections=(replace(TEXT, narrative="Second sources were named in {projects}."),),
        last=last_report(last, *crossings),
    )
    # What is frozen is what is composed from.
    return compose(read_snapshot(canonical_snapshot(now)), STATUTE, 2028)


def test_a_report_before_that_is_older_is_not_called_last_years() -> None:
    """A year without a signed report: the one of 2027 stands against that of 2029."""
    for year, words in ((2028, "Against last year. "), (2029, "Against the last report. ")):
        document = compose(replace(exercise(14, year), last=last_report(exercise(12, 2027))), STATUTE, year)
        assert words in said(document, "minute")
        assert "The report of 2027 stated 12 projects" in said(document, "minute")


def test_the_annex_tells_of_figures_tables_and_texts() -> None:
    """Compare: figures by id, tables by key, prose with figures by id"""
    document = two_years()
    assert broken(document) == ()
    assert digits_in_prose(document) == []
    tables = blocks_of(document)
    figures = {row.key: row.cells for row in tables["compared-figures"].rows}
    assert figures["projects"][2:] == ("12", "14", "+2")
    rows = {row.key: row.cells for row in tables["compared-tables"].rows}
    assert rows["projects-table"][1] == "2"
    [texts] = [
        block for block in document.blocks if isinstance(block, DefinitionList) and block.id.startswith("compared")
    ]
    [changed] = [each for each in texts.items if "Single" in str(each.runs)]
    assert "[taken out: Single]" in str(changed.runs)
    assert "[put in: Second]" in str(changed.runs)
    assert "{projects}" in str(changed.runs)


def test_a_report_without_one_before_has_no_annex_of_comparison() -> None:
    """The first report"""
    document = compose(exercise(4, 2027), STATUTE, 2027)
    assert not [block for block in document.blocks if isinstance(block, Heading) and block.id == "compared"]


def test_an_amount_that_its_entries_do_not_explain_is_named() -> None:
    """It adds up to the cent, or says so"""
    document = two_years(Crossing("obligated", Dollars("0.01"), Dollars(0), Dollars(0), 1))
    assert "compared-bridge" in blocks_of(document)
    [said] = [block for block in document.blocks if isinstance(block, Callout) and "does not add up" in block.title]
    assert "dollars are not explained by entries" in str(said.runs)


def test_a_long_table_is_compared_by_the_hashes_of_its_rows() -> None:
    """No snapshot holds last year's report twice over"""
    whole = compose(exercise(400, 2027), STATUTE, 2027)
    short = reduced(whole)
    table = blocks_of(short)["projects-table"]
    assert [column.key for column in table.columns] == ["code", "--rest"]
    assert len(table.rows) == 400
    assert len(canonical(short)) < len(canonical(whole)) / 3
    assert read(canonical(short)) == short
    assert reduced(short) == short


async def opened_ledger(db: Database) -> tuple[int, int]:
    document = await receive(db)
    return document, await post(db, obligation(document, "20.02", document_number="A", effective_on=date(2026, 1, 5)))


async def frozen(db: Database, year: int, *, reader: Reader = US) -> Snapshot:
    async with db.snapshot() as session:
        return await queries.gather(session, reader, year)


async def test_the_way_of_the_money_is_read_with_the_report_and_adds_up(db: Database) -> None:
    """Last figure + new + corrections + reclassified = this figure, from the ledger's rows"""
    document, wrong = await opened_ledger(db)
    moved = await post(db, obligation(document, "30.03", document_number="B", effective_on=date(2026, 1, 6)))
    await sign(db, await complete(db))
    project = await make_project(db)
    await reverse(db, wrong, date(2026, 1, 7))
    await reverse(db, moved, date(2026, 1, 7), "Another project's")
    again = {"document_number": "B", "effective_on": date(2026, 1, 7)}
    await post(db, obligation(document, "30.03", project_id=project, program_authority="22-usc-2767", **again))
    await post(db, obligation(document, "5.05", document_number="C", effective_on=date(2026, 10, 5)))
    async with db.write(actor=SERVICE, command="report.open") as session:
        await commands.open_report(session, commands.OpenReport(2028))
    snapshot = await frozen(db, 2028)
    assert snapshot.before is not None
    assert (snapshot.before.year, snapshot.before.money_as_of) == (2027, date(2026, 9, 30))
    composed = compose(snapshot, STATUTE, 2028)
    lines = {each.figure: each for each in bridge_of(snapshot.before, {fact.id: fact for fact in composed.facts})}
    whole = lines["money.obligated"]
    assert (whole.last, whole.new, whole.corrected, whole.reclassified, whole.this) == (
        Dollars("50.05"),
        Dollars("5.05"),
        Dollars("-20.02"),
        Dollars("0.00"),
        Dollars("35.08"),
    )
    assert lines["money.obligated.section"].reclassified == Dollars("-30.03")
    assert lines["money.obligated.other"].reclassified == Dollars("30.03")
    assert {each.unexplained for each in lines.values()} == {Dollars("0.00")}
    assert not [block for block in composed.blocks if isinstance(block, Callout) and "add up" in block.title]
    assert render_json(composed) == render_json(compose(read_snapshot(canonical_snapshot(snapshot)), STATUTE, 2028))


async def test_the_report_before_is_the_signed_edition_and_before_it_is_made_what_was_frozen(db: Database) -> None:
    """reports.md: what was signed is what Congress has; the draft lacked a signatory and said DRAFT"""
    build = await complete(db)
    await sign(db, build)
    async with db.write(actor=SERVICE, command="report.open") as session:
        await commands.open_report(session, commands.OpenReport(2028))
    early = await frozen(db, 2028)
    signed = await edition(db, build)
    snapshot = await frozen(db, 2028)
    async with db.read() as session:
        hashes = {each.id: each.snapshot_sha256 for each in await queries.builds(session, 2027, reader=US)}
    assert early.before is not None
    assert snapshot.before is not None
    assert (early.before.snapshot_sha256, snapshot.before.snapshot_sha256) == (hashes[build], hashes[signed])
    lacking = {fact.id: fact for fact in snapshot.before.document.facts}["lacking"]
    of_draft = {fact.id: fact for fact in early.before.document.facts}["lacking"]
    assert (lacking.text, lacking.question) == (
        f"{int(of_draft.text) - 1}",
        "Things that this report could not state",
    )
    assert "as it was signed" in said(compose(snapshot, STATUTE, 2028), "compared")
    assert "its signed edition was not made yet" in said(compose(early, STATUTE, 2028), "compared")
    assert '"unsigned"' not in canonical_snapshot(snapshot).decode()


async def test_a_report_that_holds_what_few_may_read_is_compared_for_them_alone(db: Database) -> None:
    """trust.md: releasability"""
    await make_project(db, "Hidden", "CUI//NOFORN")
    await sign(db, await complete(db))
    async with db.write(actor=SERVICE, command="report.open") as session:
        await commands.open_report(session, commands.OpenReport(2028))
    american = await frozen(db, 2028)
    assert american.before is not None
    assert "NOFORN" in american.marking
    # For anyone else there is no report before that they may read.
    australian = await frozen(db, 2028, reader=Reader(kind="partner", nationality="AUS"))
    assert australian.before is None
    assert parse_marking(australian.marking)


def test_the_pages_with_the_annex_pass_the_gate_of_the_pdf() -> None:
    """29 U.S.C. 794d; PDF/UA-1: the checks of our own"""
    document = two_years(Crossing("obligated", Dollars(0), Dollars(0), Dollars(0), 0))
    assert findings(render_pdf(document), document) == []
