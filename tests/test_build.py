"""A build freezes the record, and the same snapshot gives the same bytes."""

import hashlib
import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pipir import build, package
from pipir.document import pdf_checks
from pipir.document.model import Table
from pipir.document.model import read as read_document
from pipir.features.duties.rules import NOTICE
from pipir.features.duties.tables import Duty
from pipir.features.people.tables import SERVICE
from pipir.features.projects.tables import Project
from pipir.features.report import commands, queries
from pipir.features.report.compose.lacking import completeness
from pipir.features.report.compose.snapshot import canonical, digest, read
from pipir.kernel.errors import Invalid, NotFound, Refused
from pipir.kernel.marking import Reader, parse_marking
from pipir.kernel.money import Dollars
from pipir.statute.load import the_statute
from pipir.statute.lookup import notice_due
from pipir.store.doors import Database
from pipir.store.jobs import job
from pipir.store.queue import enqueue, run_job
from tests.features.ledger import makers
from tests.features.report import snapshots
from tests.features.report.record import US, change, complete, draft, enter, sign

CONTRACTOR = Reader(kind="contractor")
NAMES = {
    "report.pdf",
    "report.html",
    "report.docx",
    "report.xlsx",
    "report.json",
    "manifest.json",
    "manifest.sha256",
    "snapshot.json",
}
ROOT = Path(__file__).parents[3]


async def built(db: Database, year: int = 2027) -> build.Build:
    return await build.build_report(db, year, actor=SERVICE, reader=US)


async def test_the_public_record_alone_gives_a_whole_draft(db: Database) -> None:
    """Sec. 1253(f)(1)(B)"""
    await enter(db)
    steps: list[tuple[int, int, str]] = []

    async def progress(done: int, total: int, message: str) -> None:
        steps.append((done, total, message))

    made = await build.build_report(db, 2027, actor=SERVICE, reader=US, progress=progress)
    assert set(made.files) == NAMES
    document = read_document(made.files["report.json"])
    assert document.status == "DRAFT"
    facts = {each.id: each.text for each in document.facts}
    assert (facts["projects"], facts["participants"], facts["workstreams"], facts["meetings"]) == ("4", "9", "4", "4")
    assert facts["countries.with-role"] == "5"
    assert facts["money.obligated"] == "not public"
    assert document.ribbons == ()
    assert pdf_checks.findings(made.files["report.pdf"], document) == []
    assert [done for done, _, _ in steps] == [1, 2, 3, 4, 5]


def test_an_empty_record_gives_a_draft_that_claims_nothing() -> None:
    """reports.md: no information is not none"""
    files = package.files_of(snapshots.empty())
    assert pdf_checks.findings(files["report.pdf"], read_document(files["report.json"])) == []


def test_an_exercise_passes_the_checks_of_the_pdf() -> None:
    """report.md: PDF gates"""
    files = package.files_of(snapshots.exercise(projects=12))
    document = read_document(files["report.json"])
    assert pdf_checks.findings(files["report.pdf"], document) == []


def test_hostile_text_renders_in_every_format() -> None:
    """report.md: hostile text in every field"""
    files = package.files_of(snapshots.hostile())
    assert set(files) == NAMES
    assert b"<script>alert" not in files["report.html"]


async def test_what_is_not_stored_is_not_set_to_its_end(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages are set while the snapshot is stored: where that is refused, nobody waits for them."""
    begun: list[package.Begun] = []

    def begin(*arguments: Any, **named: Any) -> package.Begun:
        begun.append(package.begin(*arguments, **named))
        return begun[0]

    async def refuse(*_: Any, **__: Any) -> int:
        raise Refused("The tables do not tie.")

    monkeypatch.setattr(build, "begin", begin)
    monkeypatch.setattr(commands, "store_build", refuse)
    with pytest.raises(Refused, match="do not tie"):
        await built(db)
    assert (begun[0].document.pages.returncode, begun[0].document.others.returncode) == (-signal.SIGKILL,) * 2
    async with db.read() as session:
        assert await session.scalar(text("select count(*) from report_build")) == 0


async def test_the_trail_has_each_file_by_its_hash(db: Database) -> None:
    """The fingerprint is of every column but the bodies, which their own hashes stand for."""
    made = await built(db)
    async with db.read() as session:
        [noted] = await session.execute(
            text("select row_count, rows_form, rows_sha256 from trail where table_name = 'report_file'")
        )
        rows = await session.scalars(
            text("select (to_jsonb(f) - 'body')::text from report_file f where build_id = :build order by id"),
            {"build": made.id},
        )
        expected = hashlib.sha256("\n".join(rows).encode()).digest()
    assert (noted.row_count, noted.rows_form, noted.rows_sha256) == (len(NAMES), "without body", expected)


async def test_the_manifest_names_each_file_with_its_hash(db: Database) -> None:
    """report.md"""
    made = await built(db)
    manifest = msgspec.json.decode(made.files["manifest.json"])
    assert set(manifest["files"]) == NAMES - {"manifest.json", "manifest.sha256"}
    for name, entry in manifest["files"].items():
        assert entry["sha256"] == hashlib.sha256(made.files[name]).hexdigest()
    assert manifest["snapshot_id"] == made.snapshot_sha256
    async with db.read() as session:
        stored = await queries.stored_snapshot(session, made.id)
        view = await queries.build(session, made.id, reader=US)
    assert digest(stored) == made.snapshot_sha256
    assert canonical(read(stored)) == stored
    assert {each.name: each.sha256 for each in view.files} == {
        name: hashlib.sha256(content).hexdigest() for name, content in made.files.items()
    }


def test_the_same_snapshot_gives_the_same_bytes_in_another_process_folder_and_time_zone(tmp_path: Path) -> None:
    """report.md: same snapshot, same bytes"""
    snapshot = replace(snapshots.public(), sections=())
    content = canonical(snapshot)
    here = package.files_of(snapshot)
    (tmp_path / "snapshot.json").write_bytes(content)
    program = (
        "import sys, pathlib\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from pipir import package\n"
        "from pipir.features.report.compose.snapshot import read\n"
        "files = package.files_of(read(pathlib.Path('snapshot.json').read_bytes()))\n"
        "package.write_out(files, pathlib.Path('out folder'))\n"
    )
    environment = {**os.environ, "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True)
    there = {path.name: path.read_bytes() for path in (tmp_path / "out folder").iterdir()}
    assert there.keys() == here.keys()
    for name, file in here.items():
        assert there[name] == file, name


def test_files_are_written_whole_and_replace_what_was_there(tmp_path: Path) -> None:
    """pipir report build --out"""
    folder = tmp_path / "a b" / "c"
    assert [path.name for path in package.write_out({"b": b"1", "a": b"2"}, folder)] == ["a", "b"]
    package.write_out({"a": b"3"}, folder)
    assert (folder / "a").read_bytes() == b"3"
    assert sorted(path.name for path in folder.iterdir()) == ["a", "b"]


async def test_a_year_in_which_no_report_is_due_is_refused(db: Database) -> None:
    """Sec. 1253(f)(1)(A)"""
    with pytest.raises(Invalid, match="none is due"):
        await built(db, 2026)


async def test_exercise_rows_mark_the_build(db: Database) -> None:
    """reports.md"""
    await enter(db, exercise=True)
    made = await draft(db)
    async with db.read() as session:
        assert (await queries.build(session, made, reader=US)).exercise
        content = (await queries.files_of(session, made))["report.json"]
    assert read_document(content).ribbons == ("EXERCISE DATA",)


async def test_a_build_is_hidden_from_who_may_not_read_every_row_of_it(db: Database) -> None:
    """DoDI 5200.48"""
    await enter(db, marking=parse_marking("CUI//FED ONLY"))
    whole = await draft(db)
    part = await draft(db, reader=CONTRACTOR)
    async with db.read() as session:
        assert (await queries.build(session, whole, reader=US)).marking == "CUI//FED ONLY"
        document = read_document((await queries.files_of(session, part))["report.json"])
        assert next(each for each in document.facts if each.id == "projects").text == "3"
        assert [each.id for each in await queries.builds(session, 2027, reader=CONTRACTOR)] == [part]
        for question in (
            queries.build(session, whole, reader=CONTRACTOR),
            queries.file(session, 2027, whole, "report.pdf", reader=CONTRACTOR),
        ):
            with pytest.raises(NotFound):
                await question


async def test_a_frozen_report_gives_its_frozen_build(db: Database) -> None:
    """reports.md: its snapshot of the data never changes again"""
    first = await draft(db)
    await change(db, commands.freeze_report, commands.FreezeReport(first))
    await enter(db)
    again = await built(db)
    async with db.read() as session:
        assert (again.id, again.files) == (first, await queries.files_of(session, first))


async def test_the_signed_edition_is_the_frozen_snapshot_with_its_signature(db: Database) -> None:
    """reports.md: signed by the signatory"""
    first = await complete(db)
    await sign(db, first)
    await enter(db)
    edition = await built(db)
    assert edition.stage == "signed"
    document = read_document(edition.files["report.json"])
    assert document.status == ""
    assert "Person One" in edition.files["report.json"].decode()
    async with db.read() as session:
        frozen = read(await queries.stored_snapshot(session, first))
        sealed = read(await queries.stored_snapshot(session, edition.id))
    assert replace(sealed, stage="draft", signature=None) == frozen
    assert (await built(db)).id == edition.id


async def test_nothing_of_a_signed_report_changes_in_the_database_either(db: Database) -> None:
    """reports.md: nothing transmitted is ever changed"""
    await sign(db, await complete(db))
    for change_it in (
        "update report set signed_by = 'Somebody else', version = version + 1",
        "update report set state = 'draft', frozen_build_id = null, version = version + 1",
        "update report set cost_labor = 1, version = version + 1",
        "update report_section set narrative = 'other', version = version + 1",
        "update report_build set marking = 'CUI'",
        "delete from report_build",
        "update report_file set name = 'other'",
        "delete from report_file",
    ):
        with pytest.raises(Exception) as refused:
            async with db.write(actor=SERVICE, command="test.change") as session:
                await session.execute(text(change_it))
        assert (
            isinstance(refused.value, DBAPIError)
            or "never changes" in str(refused.value)
            or "stand as" in str(refused.value)
        ), change_it


async def test_the_owner_of_the_tables_cannot_change_a_build_either(db: Database, owner_url: str) -> None:
    """reports.md: frozen never changes"""
    await draft(db)
    owner = Database(owner_url, size=1)
    try:
        with pytest.raises(DBAPIError, match="never changed or deleted"):
            async with owner.write(actor=SERVICE, command="test.change") as session:
                await session.execute(text("update report_build set marking = 'UNCLASSIFIED'"))
    finally:
        await owner.close()


async def test_a_new_version_supersedes_the_signed_one_when_it_is_signed(db: Database) -> None:
    """Convention: corrections"""
    await sign(db, await complete(db))
    await change(db, commands.supersede_report, commands.SupersedeReport("A total was wrong."))
    second = await draft(db)
    async with db.read() as session:
        content = (await queries.files_of(session, second))["report.json"]
    assert any("supersedes version 1: A total was wrong." in line for line in read_document(content).cover.lines)
    await sign(db, second)
    async with db.read() as session:
        assert [(each.version_no, each.state) for each in await queries.versions(session, 2027)] == [
            (2, "signed"),
            (1, "superseded"),
        ]


async def test_the_job_builds_for_who_asked_and_names_the_page(db: Database) -> None:
    """The button."""
    async with db.write(actor=SERVICE, command="test.ask") as session:
        number = await enqueue(session, commands.BUILD, {"year": 2027})
    await run_job(db, number, {commands.BUILD: build.build_job})
    async with db.read() as session:
        view = await job(session, number)
        made = (await queries.builds(session, 2027, reader=US))[0]
    assert view.state == "done", view.message
    assert view.result == f"/reports/2027#build-{made.id}"
    assert {each.name for each in made.files} == NAMES


async def test_money_is_that_of_the_ledger_to_the_end_of_the_fiscal_year(db: Database) -> None:
    """31 U.S.C. 1501(b); money.md: money as effective on 30 September"""
    document = await makers.receive(db)
    project = await makers.make_project(db)
    country = await makers.make_participant(db)
    on = {"project_id": project, "participant_id": country}
    await makers.post(db, makers.obligation(document, "100.00", **on))
    wrong = await makers.post(db, makers.obligation(document, "50.00", document_number="HQ0034-26-C-0002", **on))
    await makers.reverse(db, wrong)
    await makers.post(
        db, makers.obligation(document, "7.00", document_number="C-3", effective_on=date(2026, 10, 2), **on)
    )
    await makers.post(db, makers.entry("commitment", "300.00", funding_document_id=document, project_id=project))
    await makers.post(db, makers.entry("partner contribution", "25.00", participant_id=country, project_id=project))
    made = await draft(db)
    async with db.read() as session:
        snapshot = read(await queries.stored_snapshot(session, made))
    money = snapshot.ledger
    assert money.as_of == date(2026, 9, 30)
    total = money.total
    assert [str(each) for each in (total.obligated, total.committed, total.partner, total.authority)] == [
        "100.00",
        "300.00",
        "25.00",
        "1000.00",
    ]
    for cut in (money.by_year, money.by_country, money.by_account, money.by_project, money.by_authority):
        assert sum((each.obligated for each in cut), Dollars(0)) == total.obligated
        assert sum((each.partner for each in cut), Dollars(0)) == total.partner
    assert (str(total.obligated_1253), str(total.obligated_other)) == ("100.00", "0.00")
    assert [(each.key, each.label) for each in money.by_authority if each.obligated] == [
        ("1253.e.1", "Sec. 1253(e)(1), Pub. L. 119-60")
    ]
    later = await draft(db, 2028)
    async with db.read() as session:
        assert str(read(await queries.stored_snapshot(session, later)).ledger.total.obligated) == "107.00"


async def test_what_partners_advanced_stands_in_a_row_of_its_own(db: Database) -> None:
    """22 U.S.C. 2767(d): obligations for partners charge no appropriation, and the report does not say that they do"""
    document, country = await makers.receive(db), await makers.make_participant(db)
    async with db.read() as session:
        account = await session.scalar(text("select account_id from funding_document where id = :id"), {"id": document})
    advance = {"source_of_authority": "partner advance", "order_law": "22 U.S.C. 2767(d)", "participant_id": country}
    theirs = await makers.receive(db, account, number="PA-1", **advance)
    await makers.post(db, makers.obligation(document, "100.00"))
    await makers.post(db, makers.obligation(theirs, "7.00"))
    made = await draft(db)
    async with db.read() as session:
        snapshot = read(await queries.stored_snapshot(session, made))
    symbol = "097-2026/2027-0400-000"
    title = "Research, Development, Test and Evaluation, Defense-Wide"
    assert [
        (each.key, each.label, str(each.obligated), str(each.authority)) for each in snapshot.ledger.by_account
    ] == [
        (symbol, f"{symbol} {title}", "100.00", "1000.00"),
        (f"{symbol}:advanced", f"{symbol} {title}: advanced by partners, no appropriation", "7.00", "0.00"),
    ]


async def test_a_build_stays_hidden_where_an_entry_was_posted_under_a_stricter_marking(db: Database) -> None:
    """DoDI 5200.48: an entry keeps the audience that it was posted with"""
    document = await makers.receive(db)
    project = await makers.make_project(db, marking="CUI//FED ONLY")
    await makers.post(db, makers.obligation(document, "100.00", project_id=project))
    async with db.write(actor=SERVICE, command="test.remark") as session:
        row = await session.get(Project, project)
        assert row is not None
        row.mark(parse_marking("CUI"))
    made = await draft(db)
    async with db.read() as session:
        assert (await queries.build(session, made, reader=US)).marking.startswith("CUI")
        with pytest.raises(NotFound):
            await queries.build(session, made, reader=CONTRACTOR)


async def test_the_report_takes_what_is_recorded_of_duties_with_lateness_and_notices(db: Database) -> None:
    """Sec. 1253(c), (f); reports.md: lateness is admitted with days"""
    notice = notice_due(the_statute(), date(2026, 6, 10))
    assert notice is not None
    async with db.write(actor=SERVICE, command="test.duties") as session:
        session.add(Duty(slug="designation", status="done", done_on=date(2026, 6, 10), evidence="Memorandum"))
        session.add(
            Duty(
                slug="briefing-2026",
                status="late",
                late_days=3,
                late_statement="Another day was asked for.",
                late_stated_on=date(2026, 12, 4),
                late_stated_by_id=SERVICE,
            )
        )
        session.add(
            Duty(slug=notice.slug, status="in work", notice=NOTICE, event="Designation", triggered_on=date(2026, 6, 10))
        )
    made = await draft(db)
    async with db.read() as session:
        snapshot = read(await queries.stored_snapshot(session, made))
        document = read_document((await queries.files_of(session, made))["report.json"])
    kept = {each.slug: each for each in snapshot.duties}
    assert kept["designation"].evidence == "Memorandum"
    assert (kept["briefing-2026"].late_days, kept["briefing-2026"].late_statement) == (3, "Another day was asked for.")
    assert (kept[notice.slug].event, kept[notice.slug].triggered_on) == ("Designation", date(2026, 6, 10))
    shown = next(each for each in document.blocks if isinstance(each, Table) and each.id == "duties-table")
    assert "Late by 3 days" in str(shown)
    assert "Designation, Jun 10, 2026" in str(shown)


async def test_a_later_report_takes_the_priorities_as_the_earlier_one_was_signed(db: Database) -> None:
    """Sec. 1253(f)(1)(B)(iv); reports.md: last year's priorities with their outcome"""

    async def write(narrative: str) -> None:
        async with db.write(actor=SERVICE, command="section.write") as session:
            section = (await queries.sections(session, 2027))[3]
            assert section.id is not None
            body = commands.WriteSection(narrative)
            await commands.write_section(session, section.id, body, version=section.version)

    await draft(db)
    await write("- Second sources\n- Repair")
    await sign(db, await complete(db))
    await change(db, commands.supersede_report, commands.SupersedeReport("A total was wrong."))
    await write("Other")
    async with db.snapshot() as session:
        earlier = (await queries.gather(session, US, 2028)).earlier
        assert (await queries.gather(session, US, 2027)).earlier is None
    assert earlier is not None
    assert (earlier.year, earlier.narrative) == (2027, "- Second sources\n- Repair")


async def test_what_is_lacking_is_told_without_the_money_tables(db: Database) -> None:
    """The page of a year asks this on every view."""
    document = await makers.receive(db)
    project = await makers.make_project(db)
    async with db.snapshot() as session:
        whole = completeness(await queries.gather(session, US, 2027), the_statute())
        assert await queries.completeness_of(session, US, 2027) == whole
    await makers.post(db, makers.obligation(document, "100.00", project_id=project))
    async with db.snapshot() as session:
        whole = completeness(await queries.gather(session, US, 2027), the_statute())
        assert await queries.completeness_of(session, US, 2027) == whole
    assert "Obligations, expenditures and costs" not in {each.what for each in whole.lacking}
