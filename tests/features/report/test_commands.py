"""What can change in reports, and what is refused."""

from datetime import date

import msgspec
import pytest
from sqlalchemy import text

from pipir.features.law import commands as law
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.features.projects.tables import Project
from pipir.features.report import commands, queries
from pipir.features.trail.queries import history
from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused, Stale
from pipir.kernel.ids import ReportId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.features.ledger.makers import make_project
from tests.features.report.record import US, change, complete, draft, sign


async def opened(db: Database, year: int = 2027) -> ReportId:
    async with db.write(actor=SERVICE, command="report.open") as session:
        return await commands.open_report(session, commands.OpenReport(year))


async def element(db: Database, number: str = "i", year: int = 2027) -> queries.SectionView:
    async with db.read() as session:
        return next(each for each in await queries.sections(session, year) if each.number == number)


async def write(db: Database, narrative: str, *, version: int | None = None, number: str = "i") -> None:
    section = await element(db, number)
    assert section.id is not None
    async with db.write(actor=SERVICE, command="section.write") as session:
        await commands.write_section(
            session, section.id, commands.WriteSection(narrative), version=version or section.version
        )


async def decide(db: Database, because: str = "The office looked.", *, number: str = "i") -> None:
    section = await element(db, number)
    assert section.id is not None
    async with db.write(actor=SERVICE, command="section.decide-nothing") as session:
        await commands.decide_nothing(session, section.id, commands.DecideNothing(because), version=section.version)


async def current(db: Database, year: int = 2027) -> queries.ReportView:
    async with db.read() as session:
        return (await queries.versions(session, year))[0]


async def test_opening_a_report_lays_a_section_for_each_element(db: Database) -> None:
    """Sec. 1253(f)(1)(B)"""
    await opened(db)
    async with db.read() as session:
        sections = await queries.sections(session, 2027)
        years = await queries.years(session)
    assert [each.number for each in sections] == ["i", "ii", "iii", "iv", "v", "vi"]
    assert all(each.id and not each.answered for each in sections)
    assert [(each.year, each.state) for each in years][:2] == [(2027, "tasked"), (2028, None)]


async def test_a_report_is_opened_once(db: Database) -> None:
    """Convention."""
    await opened(db)
    with pytest.raises(Conflict, match="open already"):
        await opened(db)
    with pytest.raises(Invalid, match="none is due in 2033"):
        await opened(db, 2033)


async def test_a_text_is_written_and_taken_back(db: Database) -> None:
    """Sec. 1253(f)(1)(B)"""
    await opened(db)
    await write(db, "  One weak point.  ")
    assert (await element(db)).narrative == "One weak point."
    assert (await current(db)).state == "draft"
    await write(db, "")
    assert not (await element(db)).answered


async def test_nothing_to_report_is_a_decision_that_a_text_takes_back(db: Database) -> None:
    """reports.md: no information is not none"""
    await opened(db)
    await write(db, "One weak point.")
    await decide(db)
    section = await element(db)
    assert (section.narrative, section.nothing_to_report, section.decided_because) == ("", True, "The office looked.")
    await write(db, "There is one after all.")
    section = await element(db)
    assert (section.nothing_to_report, section.decided_because) == (False, None)


async def test_two_writers_do_not_overwrite_each_other(db: Database) -> None:
    """Optimistic concurrency."""
    await opened(db)
    await write(db, "first")
    with pytest.raises(Stale, match="you changed version 1"):
        await write(db, "second", version=1)
    assert (await element(db)).narrative == "first"


async def test_a_letter_that_the_fonts_lack_is_refused_where_it_is_typed(db: Database) -> None:
    """report.md: coverage at entry"""
    await opened(db)
    with pytest.raises(Invalid) as refused:
        await write(db, "a \U00012000 sign")
    assert refused.value.mistakes[0].where == "narrative"
    assert "U+12000" in refused.value.mistakes[0].expected
    with pytest.raises(Invalid):
        await decide(db, "right to left \u202e here")


async def test_a_record_whose_letters_no_font_has_stops_the_freeze_until_it_is_written_otherwise(db: Database) -> None:
    """report.md: coverage at freeze"""
    number = await make_project(db)

    async def named(name: str) -> None:
        async with db.write(actor=SERVICE, command="test.project") as session:
            project = await session.get(Project, number)
            assert project is not None
            project.name = name

    await named("\u65e5\u672c joint effort")
    build = await draft(db)
    with pytest.raises(Refused, match=r"Project P-0001, name .*U\+65E5.*U\+672C"):
        await change(db, commands.freeze_report, commands.FreezeReport(build))
    assert (await current(db)).state == "draft"
    await named("Nihon joint effort")
    await change(db, commands.freeze_report, commands.FreezeReport(await draft(db)))


async def test_the_reference_of_the_cost_is_held_to_the_letters_of_the_report(db: Database) -> None:
    """report.md: coverage at entry"""
    await opened(db)
    with pytest.raises(Invalid) as refused:
        await change(db, commands.state_cost, commands.StateCost(reference="0-\u65e5"))
    assert [each.where for each in refused.value.mistakes] == ["reference"]


async def test_a_missing_section_or_report_is_not_found(db: Database) -> None:
    """404"""
    async with db.write(actor=SERVICE, command="test") as session:
        with pytest.raises(NotFound):
            await commands.write_section(session, 999, commands.WriteSection("x"), version=1)
        with pytest.raises(NotFound):
            await commands.freeze_report(session, ReportId(999), commands.FreezeReport(1), version=1)


async def test_texts_stand_while_a_report_is_frozen_and_go_on_when_it_returns(db: Database) -> None:
    """reports.md: frozen"""
    build = await draft(db)
    await change(db, commands.freeze_report, commands.FreezeReport(build))
    with pytest.raises(Refused, match="frozen"):
        await write(db, "late")
    with pytest.raises(Refused):
        await change(db, commands.state_cost, commands.StateCost(labor=Dollars(1)))
    await change(db, commands.begin_coordination, commands.BeginCoordination())
    with pytest.raises(Refused, match="in coordination"):
        await decide(db)
    await change(db, commands.return_to_draft, commands.ReturnToDraft("General Counsel found a gap."))
    view = await current(db)
    assert (view.state, view.frozen_build_id, view.returned_because) == ("draft", None, "General Counsel found a gap.")
    await write(db, "in time")


async def test_a_report_is_frozen_as_its_own_latest_build(db: Database) -> None:
    """reports.md: frozen"""
    first = await draft(db)
    other = await draft(db, 2028)
    second = await draft(db)
    with pytest.raises(Refused, match="later build"):
        await change(db, commands.freeze_report, commands.FreezeReport(first))
    with pytest.raises(NotFound, match="no build with this number"):
        await change(db, commands.freeze_report, commands.FreezeReport(other))
    await change(db, commands.freeze_report, commands.FreezeReport(second))
    assert (await current(db)).frozen_build_id == second


async def test_what_was_saved_after_the_build_is_not_lost_in_a_freeze(db: Database) -> None:
    """reports.md: what is coordinated and signed is what the editors left"""
    first = await draft(db)
    async with db.write(actor=SERVICE, command="test") as session:
        enter = commands.EnterPoint(2027, "priority", "A second yard")
        kept = await commands.enter_point(session, enter)
        gone = await commands.enter_point(session, msgspec.structs.replace(enter, name="A third yard"))
    await write(db, "One weak point.")
    async with db.write(actor=SERVICE, command="section.write") as session:
        front = next(each for each in await queries.front(session, 2027) if each.element == "front.summary")
        assert front.id is not None
        await commands.write_section(session, front.id, commands.WriteSection("In short."), version=front.version)
    await change(db, commands.state_cost, commands.StateCost(labor=Dollars(1)))
    with pytest.raises(Refused, match="does not hold what was saved after it had read the record") as refused:
        await change(db, commands.freeze_report, commands.FreezeReport(first))
    assert (
        "“Summary”; element (i); the priority “A second yard”; the priority “A third yard”; the cost statement."
        in str(refused.value)
    )
    assert refused.value.way_out == "Build the draft anew, and freeze that build."
    second = await draft(db)
    async with db.write(actor=SERVICE, command="test") as session:
        revised = commands.RevisePoint("A second yard", "In the north.")
        await commands.revise_point(session, kept, revised, version=1)
        await commands.withdraw_point(session, gone, commands.WithdrawPoint("Not now."), version=1)
    with pytest.raises(Refused, match="the priority “A second yard”; the priority “A third yard”"):
        await change(db, commands.freeze_report, commands.FreezeReport(second))
    third = await draft(db)
    await decide(db)
    with pytest.raises(Refused, match=r"element \(i\)\."):
        await change(db, commands.freeze_report, commands.FreezeReport(third))
    await write(db, "One weak point.")
    # As the build has it again: there is nothing that would be lost.
    await change(db, commands.freeze_report, commands.FreezeReport(third))


async def test_a_point_whose_project_few_may_see_is_held_against_the_build_as_its_builder_reads(db: Database) -> None:
    """trust.md: who may not see a project builds without its code, and freezes that build"""
    project = await make_project(db, marking="CUI//FED ONLY")
    await opened(db)
    async with db.write(actor=SERVICE, command="test") as session:
        point = commands.EnterPoint(2027, "priority", "A second yard", project_id=project)
        await commands.enter_point(session, point)
        body = people.AddPerson("Contractor", "Writer", 2, session.today, ["report-writer"], "contractor")
        contractor = await people.add_person(session, body)
    build = await draft(db, reader=Reader(kind="contractor"), actor=contractor)
    await change(db, commands.freeze_report, commands.FreezeReport(build))


async def test_a_draft_is_not_signed_and_a_signed_report_only_once(db: Database) -> None:
    """reports.md: only a frozen build is signed"""
    build = await complete(db)
    async with db.read() as session:
        today = session.today
    body = commands.SignReport(build, "Secretary of Defense", "Person One", today)
    with pytest.raises(Refused, match="Only a frozen report"):
        await change(db, commands.sign_report, body)
    await sign(db, build)
    view = await current(db)
    assert (view.state, view.signed_by, view.signed_on) == ("signed", "Person One", today)
    with pytest.raises(Refused, match="nothing signed ever changes"):
        await change(db, commands.sign_report, body)
    with pytest.raises(Refused, match="never changes"):
        await write(db, "too late")


async def test_a_frozen_draft_with_elements_missing_is_not_signed(db: Database) -> None:
    """Sec. 1253(f)(1)(B)(i)-(vi)"""
    build = await draft(db)
    with pytest.raises(Refused, match=r"Element \(i\).*Element \(vi\)") as refused:
        await sign(db, build)
    assert refused.value.citation == "Sec. 1253(f)(1)(B), Pub. L. 119-60"
    assert (await current(db)).state == "frozen"
    await change(db, commands.return_to_draft, commands.ReturnToDraft("Elements are missing."))
    await sign(db, await complete(db))
    assert (await current(db)).state == "signed"


async def test_a_text_that_names_an_unknown_figure_is_refused_with_the_nearest_known(db: Database) -> None:
    """Habit 10: numbers in prose are named facts"""
    await opened(db)
    with pytest.raises(Invalid) as refused:
        await write(db, "We obligated {obligatd.fy} for {project} and {projects} {x.")
    assert [(each.where, each.found) for each in refused.value.mistakes] == [
        ("narrative.1.14", "{obligatd.fy}"),
        ("narrative.1.32", "{project}"),
    ]
    assert "{money.obligated.fy}" in refused.value.mistakes[0].expected
    assert "{projects}" in refused.value.mistakes[1].expected
    await write(db, "We obligated {money.obligated.fy}.")


async def test_a_delegate_signs_with_the_delegation_on_record(db: Database) -> None:
    """10 U.S.C. 113(d)"""
    build = await complete(db)
    await change(db, commands.freeze_report, commands.FreezeReport(build))
    async with db.read() as session:
        today = session.today
    who = "official with a recorded delegation"
    with pytest.raises(Refused, match="only on a delegation"):
        await change(db, commands.sign_report, commands.SignReport(build, who, "Person Two", today))
    await change(db, commands.sign_report, commands.SignReport(build, who, "Person Two", today, "Memorandum, May 1"))
    assert (await current(db)).delegation == "Memorandum, May 1"


async def test_a_delegation_that_the_register_does_not_hold_signs_nothing_where_it_holds_one(db: Database) -> None:
    """10 U.S.C. 113(d)"""
    build = await complete(db)
    await change(db, commands.freeze_report, commands.FreezeReport(build))
    async with db.write(actor=SERVICE, command="test") as session:
        today = session.today
        held = law.Delegate("sign the annual report", "Secretary of Defense", "Office A", "Memorandum A", today, today)
        await law.delegate(session, held)
    who = "official with a recorded delegation"
    with pytest.raises(Invalid, match="not one of the register") as refused:
        await change(db, commands.sign_report, commands.SignReport(build, who, "P", today, "because I say so"))
    assert refused.value.mistakes[0].found == "because I say so"
    await change(db, commands.sign_report, commands.SignReport(build, who, "P", today, "by Memorandum A"))
    assert ((await current(db)).delegation or "").startswith("Memorandum A of ")


async def test_a_report_is_not_frozen_before_the_last_day_of_its_money(db: Database) -> None:
    """Sec. 1253(f)(1): a report of 2028 states the money as of 30 September 2027"""
    build = await draft(db, 2028)
    with pytest.raises(Refused, match="states the money as of 30 Sep 2027"):
        await change(db, commands.freeze_report, commands.FreezeReport(build), year=2028)


async def test_a_report_that_contradicts_the_record_is_not_signed(db: Database) -> None:
    """reports.md: nothing to report is a decision"""
    await complete(db)
    async with db.write(actor=SERVICE, command="test") as session:
        await commands.enter_point(session, commands.EnterPoint(2027, "priority", "A second yard"))
    build = await draft(db)
    with pytest.raises(Refused, match=r"Element \(iv\).*the record holds priorities"):
        await sign(db, build)
    assert (await current(db)).state == "frozen"


async def test_of_several_delegations_the_signature_names_its_own(db: Database) -> None:
    """10 U.S.C. 113(d): who signs, signs on a delegation of their own"""
    build = await complete(db)
    await change(db, commands.freeze_report, commands.FreezeReport(build))
    async with db.write(actor=SERVICE, command="test") as session:
        today = session.today
        for office in ("Under Secretary A", "Under Secretary B"):
            body = law.Delegate(
                "sign the annual report", "Secretary of Defense", office, f"Memorandum to {office}", today, today
            )
            await law.delegate(session, body)
    who = "official with a recorded delegation"
    with pytest.raises(Invalid) as refused:
        await change(db, commands.sign_report, commands.SignReport(build, who, "Person Two", today))
    [mistake] = refused.value.mistakes
    assert mistake.where == "delegation"
    assert "Memorandum to Under Secretary A, to Under Secretary A; Memorandum to Under Secretary B" in mistake.expected
    signed = commands.SignReport(build, who, "Person Two", today, "Memorandum to Under Secretary B")
    await change(db, commands.sign_report, signed)
    assert (await current(db)).delegation == (
        f"Memorandum to Under Secretary B of {show_day(today)} (10 U.S.C. 113(d)), Secretary of Defense to Under "
        "Secretary B."
    )


async def test_a_correction_is_a_new_version_and_the_texts_open_again(db: Database) -> None:
    """Convention: corrections"""
    await sign(db, await complete(db))
    await change(db, commands.supersede_report, commands.SupersedeReport("A total was wrong."))
    view = await current(db)
    assert (view.version_no, view.state, view.supersedes_because) == (2, "draft", "A total was wrong.")
    await write(db, "The right one.")
    with pytest.raises(Refused, match="not superseded"):
        await change(db, commands.supersede_report, commands.SupersedeReport("Again."))


async def test_the_cost_is_stated_as_far_as_it_is_known(db: Database) -> None:
    """Convention: cost statement"""
    await opened(db)
    await change(db, commands.state_cost, commands.StateCost(Dollars("38000.00"), None, date(2027, 1, 1), "0-X"))
    view = await current(db)
    assert (view.cost_labor, view.cost_expenses, view.cost_reference) == (Dollars("38000.00"), None, "0-X")
    with pytest.raises(Conflict, match="zero or more"):
        await change(db, commands.state_cost, commands.StateCost(labor=Dollars("-1.00")))


async def test_every_change_is_in_the_trail_and_a_build_is_one_row_of_it(db: Database) -> None:
    """Habit 9: nothing changes unsigned"""
    build = await draft(db)
    await write(db, "A text.")
    async with db.read() as session:
        report = (await queries.versions(session, 2027))[0]
        section = (await queries.sections(session, 2027))[0]
        assert [row.command for row in await history(session, US, "report", report.id)] == [
            "report.build",
            "report.open",
        ]
        assert section.id is not None
        assert (await history(session, US, "report_section", section.id))[0].command == "section.write"
        assert [row.command for row in await history(session, US, "report_build", build)] == ["report.build"]


async def test_the_database_lays_no_text_where_no_report_is_open(db: Database) -> None:
    """Convention."""
    with pytest.raises(Refused, match="No report of 2029 is open"):
        async with db.write(actor=SERVICE, command="test") as session:
            await session.execute(
                text(
                    "insert into report_section (version, year, element, narrative, nothing_to_report) "
                    "values (1, 2029, '1253.f.1.B.i', '', false)"
                )
            )


async def test_a_file_or_build_that_does_not_exist_is_not_found(db: Database) -> None:
    """404"""
    build = await draft(db)
    async with db.read() as session:
        for year, number, name in (
            (2027, build, "nothing.pdf"),
            (2028, build, "report.json"),
            (2027, 999, "report.json"),
            (2027, build, "a\0b"),
        ):
            with pytest.raises(NotFound):
                await queries.file(session, year, number, name, reader=US)
