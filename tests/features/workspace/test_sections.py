"""The workspace: owners and days, drafts without lost updates, merges, comments, decisions, figures, hostile text."""

import asyncio
from datetime import date

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from pipir.features.home.queries import dated
from pipir.features.people.tables import SERVICE, Person
from pipir.features.report import commands as report
from pipir.features.report import queries as reports
from pipir.features.report.tables import ReportSection
from pipir.features.workspace import commands, queries
from pipir.kernel.errors import Invalid, Refused, Stale
from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer
from pipir.store.migrate import make_installation, migrate
from tests.conftest import Service
from tests.features.report.record import US, change, complete, draft, sign
from tests.features.report.test_pages import version_in

HERE = "/reports/2027/sections/i"


async def opened(db: Database, year: int = 2027) -> None:
    async with db.write(actor=SERVICE, command="report.open") as session:
        await report.open_report(session, report.OpenReport(year))


async def section(db: Database, number: str = "i", year: int = 2027) -> reports.SectionView:
    async with db.read() as session:
        every = (*await reports.front(session, year), *await reports.sections(session, year))
    return next(each for each in every if each.number == number)


async def write(db: Database, text: str, *, number: str = "i", version: int | None = None, year: int = 2027) -> None:
    there = await section(db, number, year)
    assert there.id is not None
    async with db.write(actor=SERVICE, command="section.write") as session:
        await report.write_section(session, there.id, report.WriteSection(text), version=version or there.version)


async def keep(db: Database, text: str, *, actor: int = SERVICE, base: int = 1, held: int = 0) -> int:
    there = await section(db)
    assert there.id is not None
    async with db.write(actor=actor, command="draft.keep") as session:
        return await commands.keep_draft(session, there.id, commands.KeepDraft(base, text, held))


async def mine(db: Database, actor: int = SERVICE) -> queries.DraftView | None:
    there = await section(db)
    assert there.id is not None
    async with db.read() as session:
        return await queries.own_draft(session, there.id, actor)


async def test_a_report_has_parts_before_its_elements_that_no_law_asks_for(db: Database) -> None:
    """Sec. 1253(f)(1)(B)"""
    await opened(db)
    await write(db, "In a minute: **all is well** with {projects}.", number="summary")
    async with db.read() as session:
        workspace = await queries.workspace(session, 2027)
        years = await reports.years(session)
    assert [row.section.number for row in workspace.rows] == ["summary", "about", "i", "ii", "iii", "iv", "v", "vi"]
    assert [row.state for row in workspace.rows][:3] == ["written", "left blank", "no information"]
    assert (workspace.answered, workspace.of) == (0, 6)
    assert years[0].answered == 0
    there = await section(db, "about")
    with pytest.raises(Refused, match="left blank"):
        async with db.write(actor=SERVICE, command="section.decide-nothing") as session:
            await report.decide_nothing(session, there.id or 0, report.DecideNothing("No."), version=there.version)


async def test_nothing_to_report_says_who_decided_and_when_until_a_text_takes_it_back(db: Database) -> None:
    """reports.md: no information is not none"""
    await opened(db)
    there = await section(db)
    async with db.write(actor=SERVICE, command="section.decide-nothing") as session:
        nothing = report.DecideNothing("The office looked.")
        await report.decide_nothing(session, there.id or 0, nothing, version=there.version)
        now = session.now
    there = await section(db)
    assert (there.decided_by, there.decided_at, queries.state_of(there)) == ("pipir", now, "nothing to report")
    await write(db, "After all.")
    there = await section(db)
    assert (there.decided_by, there.decided_at, there.decided_because) == (None, None, None)


async def test_a_section_that_is_owed_stands_among_the_dates_of_its_owner_until_it_is_answered(db: Database) -> None:
    """Owner and due date each"""
    await opened(db)
    there = await section(db)
    async with db.read() as session:
        office = await session.scalar(select(Person.office_id).where(Person.id == SERVICE))
    async with db.write(actor=SERVICE, command="section.assign") as session:
        owner = report.AssignSection(office, SERVICE, date(2027, 1, 8))
        await report.assign_section(session, there.id or 0, owner, version=there.version)
    async with db.read() as session:
        found = [each for each in await dated(session, US) if each.kind == queries.DATED_KIND]
    assert [(each.office_id, each.person_id, each.due_on, each.href) for each in found] == [
        (office, SERVICE, date(2027, 1, 8), HERE)
    ]
    await write(db, "Answered.")
    async with db.read() as session:
        assert not [each for each in await dated(session, US) if each.kind == queries.DATED_KIND]
        workspace = await queries.workspace(session, 2027)
    assert [row.section.due_on for row in workspace.rows if row.section.due_on] == [date(2027, 1, 8)]


async def test_an_owner_is_of_this_record_and_a_day_belongs_to_an_office(db: Database) -> None:
    """422, all mistakes"""
    await opened(db)
    there = await section(db)
    for body, fields in (
        (report.AssignSection(9_999, 9_998), ["owner_office_id", "owner_person_id"]),
        (report.AssignSection(None, None, date(2027, 1, 8)), ["owner_office_id"]),
    ):
        with pytest.raises(Invalid) as wrong:
            async with db.write(actor=SERVICE, command="section.assign") as session:
                await report.assign_section(session, there.id or 0, body, version=there.version)
        assert [each.where for each in wrong.value.mistakes] == fields


async def test_digits_are_named_with_line_and_column_and_names_citations_and_days_are_none(db: Database) -> None:
    """Habit 10: numbers in prose are named facts"""
    await opened(db)
    text = (
        "Under section 1253(f)(1)(B)(i) and 10 U.S.C. 4811 the F-35 line met on March 1, 2027.\n\n"
        "- It made `155 mm` in {projects}.\n- It made 400 shells."
    )
    with pytest.raises(Invalid) as wrong:
        await write(db, text)
    assert [(each.where, each.found) for each in wrong.value.mistakes] == [("narrative.4.11", "400")]
    await write(db, text.replace("400 ", ""))


async def test_a_letter_that_no_font_holds_is_named_with_its_field(db: Database) -> None:
    """report.md: coverage at entry"""
    await opened(db)
    with pytest.raises(Invalid) as wrong:
        await write(db, "A word \u202e and \U00013000.")
    assert {each.where for each in wrong.value.mistakes} == {"narrative"}
    assert "U+202E" in wrong.value.mistakes[0].expected
    assert "U+13000 EGYPTIAN HIEROGLYPH A001" in wrong.value.mistakes[1].expected


async def test_four_hundred_lines_stand_and_more_than_a_text_holds_is_refused(service: Service) -> None:
    """400-line narratives; markup too long"""
    await opened(service.db)
    browser = await service.browser("report-writer")
    long = "\n".join(
        f"- **Point** of a list with {{projects}} in it and many words besides, {'word ' * 12}" for _ in range(400)
    )
    assert (await browser.post(HERE, {"narrative": long, "_version": "1"})).status_code == 303
    assert (await browser.get(HERE)).text.count("<li><strong>Point</strong>") == 400
    refused = await browser.post(HERE, {"narrative": "x" * 60_001, "_version": "2"})
    assert refused.status_code == 422
    assert "60" in refused.text.partition("error-summary")[2][:900]
    assert "x" * 60_001 in refused.text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert('x')</script> **<b>** [x](javascript:alert('x')) [y](https://a.example/\"onx) {% x %} ${ }",
        "`` ` ** **** [](x) [a]( {} { } {projects",
        "- \n-\n  -  - a\n\t- b",
    ],
)
async def test_hostile_text_stays_text(service: Service, text: str) -> None:
    """Everything escaped; what the markup does not know is printed as it was typed"""
    await opened(service.db)
    browser = await service.browser("report-writer")
    assert (await browser.post(HERE, {"narrative": text, "_version": "1"})).status_code == 303
    page = (await browser.get(HERE)).text
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert '"onx' not in page.partition('id="text"')[2]


# ---- drafts and merges


async def test_a_draft_is_ones_own_and_ends_when_its_text_is_saved(service: Service) -> None:
    """Drafts kept per person and section"""
    db = service.db
    await opened(db)
    writer = await service.browser("report-writer")
    kept = await writer.post(
        f"{HERE}/draft", {"narrative": "half a th", "_version": "1", "draft_version": "0", "figure": ""}
    )
    assert kept.headers["location"] == f"{HERE}#text"
    page = (await writer.get(HERE)).text
    assert "half a th" in page
    assert "It is not in the report before you save it." in page
    assert (await section(db)).narrative == ""
    for role in ("auditor", "program-office"):
        other = (await (await service.browser(role)).get(HERE)).text
        assert "half a th" not in other
    assert "draft: " in (await writer.get("/reports/2027/workspace")).text
    assert (await writer.post(HERE, {"narrative": "half a thing", "_version": "1"})).status_code == 303
    page = (await writer.get(HERE)).text
    assert "Your draft of" not in page
    assert "half a thing" in page


async def test_two_windows_of_one_writer_do_not_overwrite_each_other(service: Service) -> None:
    """No lost updates"""
    db = service.db
    await opened(db)
    writer = await service.browser("report-writer")
    fields = {"_version": "1", "draft_version": "0"}
    script = {"HX-Request": "true"}

    async def by_script(text: str) -> httpx.Response:
        sent = {**fields, "narrative": text, "_csrf": writer.csrf}
        return await writer.client.post(f"{HERE}/draft", data=sent, headers=script)

    first = await by_script("from one window")
    assert 'name="draft_version" value="1"' in first.text
    second = await by_script("from the other")
    assert second.status_code == 422
    assert "Not kept as a draft" in second.text
    assert 'name="draft_version" value="0"' in second.text
    by_form = await writer.post(f"{HERE}/draft", {**fields, "narrative": "from the other"})
    assert by_form.status_code == 412
    assert "from one window" in by_form.text
    assert "from the other" in by_form.text
    assert "from one window" in (await writer.get(HERE)).text


async def test_a_second_writer_is_shown_both_texts_and_what_they_come_to(service: Service) -> None:
    """A stale version answers with both texts and a merged view, nothing lost"""
    db = service.db
    await opened(db)
    await write(db, "One.\n\nTwo.\n\nThree.")
    writer = await service.browser("report-writer")
    assert version_in((await writer.get(HERE)).text, HERE) == "2"
    await write(db, "One, by the other.\n\nTwo.\n\nThree.")
    stale = await writer.post(HERE, {"narrative": "One.\n\nTwo.\n\nThree, by me.", "_version": "2"})
    assert stale.status_code == 412
    assert "Nowhere do they stand against each other." in stale.text
    field = stale.text.partition("<textarea")[2].partition("</textarea>")[0]
    assert "One, by the other.\n\nTwo.\n\nThree, by me." in field
    assert version_in(stale.text, HERE) == "3"
    # What was typed is kept, also where the window is closed now.
    assert "Three, by me." in (await writer.get(HERE)).text.partition("<textarea")[2]
    merged = "One, by the other.\n\nTwo.\n\nThree, by me."
    assert (await writer.post(HERE, {"narrative": merged, "_version": "3"})).status_code == 303
    assert (await section(db)).narrative == merged


async def test_a_merge_with_conflicts_is_not_saved_before_somebody_chose(service: Service) -> None:
    """Nothing lost, nothing doubled"""
    db = service.db
    await opened(db)
    await write(db, "One.")
    writer = await service.browser("report-writer")
    await write(db, "Theirs.")
    stale = await writer.post(HERE, {"narrative": "Mine.", "_version": "2"})
    assert "In one place" in stale.text
    both = "<<<<<<< your text\nMine.\n=======\nTheirs.\n>>>>>>> saved meanwhile"
    refused = await writer.post(HERE, {"narrative": both, "_version": "3"})
    assert refused.status_code == 422
    assert "take the marks out" in refused.text
    async with service.api("report-writer") as api:
        there = await section(db)
        answer = await api.post(
            f"/api/v1/report-sections/{there.id}/merge", json={"base_version": 2, "narrative": "Mine."}
        )
        assert answer.status_code == 200, answer.text
        found = answer.json()
    assert (found["base"], found["mine"], found["theirs"], found["conflicts"], found["text"]) == (
        "One.",
        "Mine.",
        "Theirs.",
        1,
        both,
    )


async def test_of_many_writers_at_once_each_save_stands_or_is_told(db: Database) -> None:
    """Autosave without lost updates between two writers"""
    await opened(db)

    async def one(number: int) -> bool:
        try:
            await write(db, f"Text of writer {'x' * number}.", version=1)
        except Stale:
            return False
        return True

    saved = await asyncio.gather(*(one(number) for number in range(6)))
    assert sum(saved) == 1
    there = await section(db)
    assert there.version == 2
    assert there.narrative == f"Text of writer {'x' * saved.index(True)}."


async def test_a_draft_begins_anew_once_it_is_over_and_is_thrown_away_on_request(service: Service) -> None:
    """Drafts"""
    db = service.db
    await opened(db)
    held = await keep(db, "a")
    with pytest.raises(Stale):
        await keep(db, "b", held=0)
    held = await keep(db, "b", held=held)
    with pytest.raises(Invalid, match="a version that there is not"):
        await keep(db, "c", base=7, held=held)
    there = await section(db)
    async with db.write(actor=SERVICE, command="draft.drop") as session:
        await commands.drop_draft(session, there.id or 0, commands.DropDraft(held))
    assert await mine(db) is None
    await keep(db, "anew", held=held)
    found = await mine(db)
    assert found is not None
    assert found.narrative == "anew"


async def test_a_figure_is_put_in_without_script(service: Service) -> None:
    """A picker that works without script too"""
    await opened(service.db)
    writer = await service.browser("report-writer")
    body = {"narrative": "We have {} of them.", "_version": "1", "draft_version": "0", "insert": "true"}
    none = await writer.post(f"{HERE}/draft", {**body, "figure": ""})
    assert none.status_code == 422
    assert "Expected a figure of the list." in none.text
    assert (await writer.post(f"{HERE}/draft", {**body, "figure": "projects"})).status_code == 303
    page = (await writer.get(HERE)).text
    assert "We have {projects} of them." in page
    again = {**body, "narrative": "At the end", "draft_version": "1", "figure": "meetings"}
    assert (await writer.post(f"{HERE}/draft", again)).status_code == 303
    assert "At the end {meetings}" in (await writer.get(HERE)).text


async def test_figures_tell_how_the_latest_build_prints_them(service: Service) -> None:
    """Named facts"""
    await draft(service.db)
    async with service.api("report-writer") as api:
        figures = {each["name"]: each for each in (await api.get("/api/v1/reports/2027/figures")).json()}
    assert figures["projects"]["printed"] == "0"
    assert figures["projects"]["question"] == "Projects on record that have not ended"


# ---- comments


async def test_a_comment_is_made_resolved_and_taken_up_again(service: Service) -> None:
    """Comments on a section: resolved, by whom"""
    await opened(service.db)
    liaison, writer = await service.browser("state-liaison"), await service.browser("report-writer")
    said = await liaison.post(f"{HERE}/comments", {"text": "Name the <b>site</b>.", "passage": "single sources"})
    assert said.status_code == 303
    number = said.headers["location"].rpartition("-")[2]
    page = (await writer.get(HERE)).text
    assert "Name the &lt;b&gt;site&lt;/b&gt;." in page
    assert "1 open, 0 resolved" in page
    action = f"{HERE}/comments/{number}/resolve"
    assert (await liaison.post(action, {"resolution": "Done.", "_version": "1"})).status_code == 403
    short = await writer.post(action, {"resolution": "x", "_version": "1"})
    assert short.status_code == 422
    assert 'id="field-resolution"' in short.text
    assert (await writer.post(action, {"resolution": "Named.", "_version": "1"})).status_code == 303
    assert "Resolved by" in (await liaison.get(HERE)).text
    again = await writer.post(action, {"resolution": "Named.", "_version": "2"})
    assert again.status_code == 409
    assert (await liaison.post(f"{HERE}/comments/{number}/reopen", {"_version": "2"})).status_code == 303
    assert "1 open, 0 resolved" in (await liaison.get(HERE)).text
    assert (await liaison.post(f"{HERE}/comments/99/reopen", {"_version": "2"})).status_code == 404
    other = "/reports/2027/sections/ii"
    assert (await liaison.post(f"{other}/comments/{number}/reopen", {"_version": "3"})).status_code == 404
    auditor = await service.browser("auditor")
    assert (await auditor.post(f"{HERE}/comments", {"text": "May I?"})).status_code == 403


async def test_nothing_is_said_about_what_is_signed(db: Database) -> None:
    """reports.md: what was signed never changes"""
    await sign(db, await complete(db))
    there = await section(db)
    with pytest.raises(Refused, match="nothing of it changes"):
        async with db.write(actor=SERVICE, command="section.comment") as session:
            await commands.comment(session, there.id or 0, commands.Comment("Late."))


async def test_a_program_comments_resolves_and_owns(service: Service) -> None:
    """The JSON door"""
    await opened(service.db)
    there = await section(service.db)
    async with service.api("report-writer") as api:
        made = await api.post(f"/api/v1/report-sections/{there.id}/comments", json={"text": "Which site?"})
        assert made.status_code == 201, made.text
        address = made.headers["location"]
        assert (await api.get(address)).json()["text"] == "Which site?"
        done = await api.patch(f"{address}/resolution", json={"resolution": "Told."}, headers={"If-Match": '"1"'})
        assert done.json()["resolution"] == "Told."
        assert (await api.patch(f"{address}/reopening", json={}, headers={"If-Match": '"1"'})).status_code == 412
        assert (await api.patch(f"{address}/reopening", json={}, headers={"If-Match": '"2"'})).status_code == 200
        assert len((await api.get(f"/api/v1/report-sections/{there.id}/comments")).json()) == 1
        owned = await api.patch(f"/api/v1/report-sections/{there.id}/owner", json={}, headers={"If-Match": '"1"'})
        assert owned.status_code == 200
        kept = await api.post(f"/api/v1/report-sections/{there.id}/draft", json={"base_version": 1, "narrative": "a"})
        assert kept.json()["version"] == 1, kept.text
        assert (await api.get(f"/api/v1/report-sections/{there.id}/draft")).json()["narrative"] == "a"
        missing = f"/api/v1/report-sections/{there.id + 1 if there.id else 0}/draft"
        assert (await api.get(missing)).status_code == 404
        workspace = (await api.get("/api/v1/reports/2027/workspace")).json()
        assert workspace["open_comments"] == 1
        assert (await api.get("/api/v1/reports/2026/workspace")).status_code == 422


# ---- last year


async def test_last_years_text_and_its_changes_stand_beside(service: Service) -> None:
    """Last year's text and changes beside"""
    db = service.db
    await opened(db)
    await write(db, "Single sources were named.")
    await sign(db, await complete(db))
    await opened(db, 2028)
    await write(db, "Second sources were named.", year=2028)
    page = (await (await service.browser("auditor")).get("/reports/2028/sections/i")).text
    assert "The report of 2027, as signed." in page
    assert "(taken out: </span>Single" in page
    assert "(put in: </span>Second" in page
    assert "as signed." not in (await (await service.browser("auditor")).get(HERE)).text


async def test_the_text_of_a_report_that_is_not_signed_says_so(service: Service) -> None:
    """Convention."""
    await opened(service.db)
    await write(service.db, "Not signed yet.")
    await opened(service.db, 2028)
    page = (await (await service.browser("report-writer")).get("/reports/2028/sections/i")).text
    assert "it is not signed" in page
    assert "Not signed yet." in page


async def test_the_migration_goes_down_and_up_again_on_data(server: EmbeddedServer, superuser: AsyncConnection) -> None:
    """Migrations up, down one, up again on data"""
    name = "workspace_down"
    await superuser.execute(text(f"drop database if exists {name} with (force)"))
    await superuser.execute(text(f"create database {name} owner pipir_owner"))
    owner = server.url("pipir_owner", name)
    await migrate(owner)
    await make_installation(owner, "exercise")
    db = Database(server.url("pipir_app", name), size=1)
    await opened(db)
    await write(db, "Kept.")
    await write(db, "Lost on the way down.", number="summary")
    await keep(db, "a draft", base=2)
    there = await section(db)
    async with db.write(actor=SERVICE, command="section.comment") as session:
        await commands.comment(session, there.id or 0, commands.Comment("Said."))
    await db.close()
    await migrate(owner, to="0036")
    await migrate(owner)
    db = Database(server.url("pipir_app", name), size=1)
    assert (await section(db)).narrative == "Kept."
    summary = await section(db, "summary")
    assert summary.id is not None
    assert summary.narrative == ""
    await write(db, "Written anew.", number="summary")
    await db.close()


async def test_a_report_from_before_its_front_parts_gains_them_when_it_returns_to_draft(db: Database) -> None:
    """An upgrade on data"""
    build = await complete(db)
    async with db.write(actor=SERVICE, command="test") as session:
        for part in (await session.scalars(select(ReportSection).where(ReportSection.element.like("front.%")))).all():
            part.element = part.element.replace("front", "earlier")
        await session.flush()
    await change(db, report.freeze_report, report.FreezeReport(build))
    await change(db, report.return_to_draft, report.ReturnToDraft("A table is wrong."))
    assert (await section(db, "summary")).id is not None
