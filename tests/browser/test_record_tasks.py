"""Ten tasks of the program's record in Chromium, by the keyboard alone and without script."""

import asyncio
import shutil
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from pipir.features.agreements import commands as agreements
from pipir.features.groups import commands as groups
from pipir.features.participants.tables import Participant
from pipir.features.people.commands import AddPerson, add_person
from pipir.features.projects import commands as projects
from pipir.features.projects.tables import Project
from pipir.kernel.calendar import show_day
from pipir.kernel.parsing import parse
from pipir.statute.load import the_statute
from pipir.statute.lookup import objective_names
from tests.browser.tasks import DUE, TODAY, Desks, Hands
from tests.features.workbooks.makers import MILESTONES, edited, put

pytestmark = pytest.mark.browser
BEGUN = date(2026, 8, 3)
FIRST, SECOND = (said for _, said in objective_names(the_statute())[:2])


async def test_a_project_agreement_from_negotiating_authority_to_signature(at: Desks) -> None:
    """22 U.S.C. 2767: the seven items, each addressee's receipt, thirty days, and only then the signature."""
    async with at.db.write(actor=at.people["Robin Exercise"], command="test.tasks") as session:
        said = {"name": "Radar power modules", "kind": "project agreement", "authority": "22-usc-2767"}
        body = parse(agreements.EnterAgreement, said | {"source": "Minutes (exercise)", "begun_on": str(BEGUN)})
        number = await agreements.enter_agreement(session, body)
        japan = await _participant(at, "JPN")
        await agreements.add_party(session, number, agreements.AddParty(japan, "Ministry of Defense"))
    await at.begin()
    robin = await at.sit("Robin Exercise")
    await robin.go("Partners", "Agreements")
    await robin.skip()
    await robin.follow("link", "Radar power modules")
    await _step(robin, "Negotiating authority", BEGUN + timedelta(days=7))
    await _step(robin, "Negotiating", BEGUN + timedelta(days=14))
    await _step(robin, "Text agreed", BEGUN + timedelta(days=21))
    await _step(robin, "Coordination", BEGUN + timedelta(days=22))
    for item in the_statute().certification_items:
        await robin.skip()
        await robin.follow("link", f"Write it: {item.title}")
        await robin.skip()
        await robin.write("What the certification says to it", "As the annex says.")
        await robin.follow("button", "Save the item")
    await robin.says("7 of 7 items are written.")
    for name in ("Speaker", "Chair, Committee on Foreign", "Chair, Committee on Armed"):
        await robin.skip()
        await robin.follow("link", "Record that an addressee was told")
        await robin.skip()
        await robin.choose("What was sent", "Certification")
        await robin.choose("Addressee", name)
        await robin.date("Sent on", TODAY - timedelta(days=35))
        await robin.write("How", "By hand")
        await robin.write("Document", "Letter 12 (exercise)")
        await robin.follow("button", "Record the sending")
    for name, days in (("Speaker", 34), ("Chair, Committee on Foreign", 33), ("Chair, Committee on Armed", 20)):
        await _receipt(robin, name, TODAY - timedelta(days=days))
    await _step(robin, "Certified", TODAY - timedelta(days=20))
    await robin.skip()
    await robin.follow("link", "Record counsel's determination")
    await robin.skip()
    await robin.choose("Legal character", "Non-binding")
    await robin.write("Counsel's office", "Office of General Counsel")
    await robin.date("Determined on", TODAY - timedelta(days=20))
    await robin.write("Opinion", "Opinion 26-4 (exercise)")
    await robin.follow("button", "Record it")
    await _sign(robin, status=409)
    await robin.refused("lies within the 30 days before signature")
    await robin.follow("link", "Cancel")
    # The receipt was recorded with a wrong day; with the right one the thirty days are over.
    await _receipt(robin, "Chair, Committee on Armed", TODAY - timedelta(days=33), because="It was the other letter.")
    await _sign(robin)
    await robin.says("Signed")
    assert (await at.trail())[-1] == "Robin Exercise: agreement.sign"


async def test_an_amendment_compared_and_merged(at: Desks) -> None:
    """What it changes stands beside what stands; its signature writes it into the agreement."""
    async with at.db.write(actor=at.people["Robin Exercise"], command="test.tasks") as session:
        said = {
            "name": "Sharing of test data",
            "kind": "information exchange",
            "source": "Archive (exercise)",
            "signed_on": "2024-05-06",
            "signatory": "An official",
            "in_force_on": "2024-06-01",
            "expires_on": "2027-06-01",
        }
        body = parse(agreements.TakeOverAgreement, said)
        number = await agreements.take_over_agreement(session, body)
        japan = await _participant(at, "JPN")
        await agreements.add_party(session, number, agreements.AddParty(japan, "Ministry of Defense"))
    await at.begin()
    robin = await at.sit("Robin Exercise")
    await robin.go("Partners", "Agreements")
    await robin.skip()
    await robin.follow("link", "Sharing of test data")
    await robin.skip()
    await robin.follow("link", "Draft an amendment")
    await robin.skip()
    await robin.write("Title of the amendment", "Two more years")
    await robin.write("Why", "The tests take longer.")
    await robin.tick("Expires on")
    await robin.date("Expires on", date(2029, 6, 1))
    await robin.follow("button", "Draft the amendment")
    row = robin.page.get_by_role("row").filter(has_text="1 Jun 2029")
    assert "1 Jun 2027" in await row.inner_text()
    await robin.skip()
    await robin.follow("link", "Record that its text is agreed", whole=False)
    await robin.skip()
    await robin.follow("button", "Record it")
    await robin.skip()
    await robin.follow("link", "Sign and merge it", whole=False)
    await robin.skip()
    await robin.choose("Signed by", "Secretary of Defense")
    await robin.write("Signed document", "Amendment 1 (exercise)")
    await robin.follow("button", "Record the signature")
    await robin.says("signed and merged")
    about = robin.page.locator("#about")
    assert "1 Jun 2029" in await about.inner_text()
    assert await at.trail() == [
        "Robin Exercise: agreement-amendment.draft",
        "Robin Exercise: agreement-amendment.agree",
        "Robin Exercise: agreement-amendment.sign",
    ]


async def test_a_slipped_milestone_with_its_reason(at: Desks) -> None:
    """A changed date needs a reason; without one the form comes back with what was typed."""
    await _project(at, "Rotor blades", planned=TODAY + timedelta(days=20))
    robin = await at.sit("Robin Exercise")
    await robin.follow("link", "Work")
    await robin.skip()
    await robin.follow("link", "Rotor blades")
    await robin.skip()
    await robin.follow("link", "First article")
    await robin.skip()
    await robin.date("Forecast", TODAY + timedelta(days=80))
    await robin.follow("button", "Save", status=422)
    await robin.refused("Say why the date changes.")
    await robin.write("Reason for a changed date", "The supplier of the blades is late.")
    await robin.follow("button", "Save")
    await robin.says("The supplier of the blades is late.")
    await robin.says("60 days")
    assert await at.trail() == ["Robin Exercise: milestone.revise"]


async def test_a_groups_meeting_to_a_verified_action(at: Desks) -> None:
    """Meeting, decision, action, and a second person who verifies it."""
    async with at.db.write(actor=at.people["Robin Exercise"], command="test.tasks") as session:
        body = groups.EstablishGroup("Radar repair", "working group", TODAY, "Minutes (exercise)", marking="CUI")
        await groups.establish_group(session, body)
    await _second_person(at, "Rowan Exercise")
    await at.begin()
    robin = await at.sit("Robin Exercise")
    await robin.go("Work", "Groups")
    await robin.skip()
    await robin.follow("link", "Radar repair")
    await robin.skip()
    await robin.follow("link", "Record a meeting")
    await robin.skip()
    await robin.write("Name", "First meeting")
    await robin.write("Place", "Honolulu")
    await robin.date("From", TODAY)
    await robin.date("To", TODAY)
    await robin.write("Source", "Agenda (exercise)")
    await robin.follow("button", "Save")
    await robin.skip()
    await robin.follow("link", "Record attendance")
    await robin.skip()
    await robin.choose("Or an office of ours", "OUSD(A&S)")
    await robin.write("Persons", "3")
    await robin.follow("button", "Record")
    await robin.follow("link", "Record a decision")
    await robin.skip()
    await robin.write("Decision in one line", "Share the list of parts")
    await robin.write("Its words", "The list is shared within a month.")
    await robin.follow("button", "Record")
    await robin.follow("link", "Assign an action", whole=False)
    await robin.skip()
    await robin.write("What is to be done", "Send the list of parts")
    await robin.date("Due on", DUE)
    await robin.choose("Owner", "Robin Exercise")
    await robin.follow("button", "Save")
    await robin.skip()
    await robin.follow("link", "Send the list of parts")
    await robin.skip()
    await robin.date("Done on", TODAY)
    await robin.write("Evidence", "Letter 5 (exercise)")
    await robin.follow("button", "Report it done")
    await robin.says("a second person verifies it")
    rowan = await at.sit("Rowan Exercise")
    await rowan.go("Work", "Groups")
    await rowan.skip()
    await rowan.follow("link", "Radar repair")
    await rowan.skip()
    await rowan.follow("link", "First meeting")
    await rowan.skip()
    await rowan.follow("link", "Send the list of parts")
    await rowan.skip()
    await rowan.follow("button", "Verify that it is done", whole=False)
    await rowan.says("Verified by")
    assert await at.trail() == [
        "Robin Exercise: meeting.record",
        "Robin Exercise: attendance.record",
        "Robin Exercise: decision.record",
        "Robin Exercise: action.assign",
        "Robin Exercise: action.report-done",
        "Rowan Exercise: action.verify",
    ]


async def test_from_the_maps_empty_cell_to_a_new_project(at: Desks) -> None:
    """The empty cell fills the form's objective, and the project's page leads to the country's part."""
    robin = await at.sit("Robin Exercise")
    await robin.go("Work", "Coverage")
    await robin.skip()
    await robin.follow("link", "none: enter a project of India for this objective")
    await robin.skip()
    await robin.write("Name", "Castings of hulls")
    await robin.choose("Kind", "Co-production")
    await robin.choose("Status", "Exploratory")
    await robin.write("Kind and objectives classified by", "The program office")
    await robin.write("Source", "Minutes (exercise)")
    await robin.follow("button", "Enter the project")
    await robin.skip()
    await robin.follow("link", "record the part of India")
    await robin.skip()
    await robin.write("Role", "Maker of castings")
    await robin.write("Source", "Minutes (exercise)")
    await robin.follow("button", "Add", whole=False)
    await robin.go("Work", "Coverage")
    row = robin.page.get_by_role("row").filter(has_text="India")
    assert "1 project" in await row.inner_text()
    assert await at.trail() == ["Robin Exercise: project.propose", "Robin Exercise: project.add-partner"]


async def test_export_edit_and_import(at: Desks) -> None:
    """Edited in another program, reviewed by a second person: only then does the record change."""
    async with at.db.write(actor=at.people["Robin Exercise"], command="test.tasks") as session:
        body = projects.ProposeProject(
            "Depot for radar parts", "co-sustainment", ["1253.b.2"], "the office", "A letter", marking="CUI"
        )
        number = await projects.propose_project(session, body)
        step = projects.PlanMilestone("Tooling ordered", DUE)
        milestone = await projects.plan_milestone(session, number, step)
        quinn = AddPerson("Quinn Exercise", "Deputy", at.offices["OUSD(A&S)"], TODAY, roles=["program-office"])
        await add_person(session, quinn)
    await at.begin()
    robin = await at.sit("Robin Exercise")
    await robin.follow("link", "Work")
    await robin.skip()
    await robin.reach("link", "Edit in a workbook")
    async with robin.page.expect_download() as saving:
        await robin.press("Enter")
    saved = await (await saving.value).path()
    later = DUE + timedelta(days=30)
    source = edited(
        saved.read_bytes(),
        put(MILESTONES, str(milestone), "Forecast on", later),
        put(MILESTONES, str(milestone), "Reason", "The supplier is late."),
    )
    await robin.go("Work", "Workbooks")
    await robin.skip()
    await robin.follow("link", "Import a workbook")
    await robin.skip()
    await robin.write("Remark for the person who reviews it", "Forecast of the supplier.")
    await robin.file("Workbook", "projects.xlsx", source)
    await robin.follow("button", "Import it")
    await robin.says(show_day(later))
    await robin.says("1 change waits")
    quinn_hands = await at.sit("Quinn Exercise")
    await quinn_hands.follow("link", "Inbox")
    await quinn_hands.skip()
    await quinn_hands.follow("link", "Workbook 1 of Robin Exercise: 1 change")
    await quinn_hands.skip()
    await quinn_hands.follow("button", "Decide")
    await quinn_hands.says("reviewed")
    await quinn_hands.follow("link", "See the project", whole=False)
    await quinn_hands.says("The supplier is late.")
    assert await at.trail() == ["Robin Exercise: workbook.import", "Quinn Exercise: workbook.accept"]


async def test_an_engagement_with_its_promise(at: Desks) -> None:
    """1253(e)(4): who came by their codes, what was promised, and that it was kept."""
    robin = await at.sit("Robin Exercise")
    await robin.go("Partners", "Engagement")
    await robin.skip()
    await robin.follow("link", "Enter an engagement")
    await robin.skip()
    await robin.write("Name", "Day of the makers")
    await robin.choose("Kind", "Event")
    await robin.date("First day", TODAY)
    await robin.date("Last day", TODAY)
    await robin.write("Place", "Guam")
    await robin.write("Topic", "Castings")
    await robin.tick(FIRST)
    await robin.choose("Office that leads it", "OUSD(A&S)")
    await robin.write("Source", "Program (exercise)")
    await robin.follow("button", "Enter it")
    await robin.skip()
    await robin.follow("link", "Add one")
    await robin.skip()
    await robin.write("Name", "Foundry of the exercise")
    await robin.choose("Kind", "Industry")
    await robin.choose("Country", "Japan")
    await robin.write("Unique Entity ID", "ZQGGHJH74DO7")
    await robin.follow("button", "Add it", status=422)
    await robin.refused("Unique Entity ID")
    await robin.write("Unique Entity ID", "ZQGGHJH74DW7")
    await robin.follow("button", "Add it")
    await robin.skip()
    await robin.follow("link", "Enter one")
    await robin.skip()
    await robin.write("Short title", "Samples")
    await robin.write("What was promised", "Ten samples of the casting.")
    await robin.choose("Owed by", "The organization")
    await robin.choose("Organization", "Foundry of the exercise")
    await robin.date("Made on", TODAY)
    await robin.date("Due on", DUE)
    await robin.choose("Office that looks after it", "OUSD(A&S)")
    await robin.follow("button", "Enter it")
    await robin.skip()
    await robin.follow("link", "Samples")
    await robin.skip()
    await robin.follow("link", "Record what became of it")
    await robin.skip()
    await robin.choose("Outcome", "Kept")
    await robin.date("Day", TODAY)
    await robin.write("Evidence", "Receipt 3 (exercise)")
    await robin.follow("button", "Record it")
    await robin.says("Receipt 3 (exercise)")
    assert (await at.trail())[-1] == "Robin Exercise: commitment.settle"


async def test_a_vulnerability_to_its_mitigation(at: Desks) -> None:
    """It enters open, is linked to the project that addresses it, and is mitigated with a reason."""
    code = await _project(at, "Second source of bearings")
    robin = await at.sit("Robin Exercise")
    await robin.go("Work", "Vulnerabilities")
    await robin.skip()
    await robin.follow("link", "Enter a vulnerability")
    await robin.skip()
    await robin.write("Title", "One maker of bearings")
    await robin.choose("Kind", "Single source")
    await robin.tick(SECOND)
    await robin.write("Countries", "JPN")
    await robin.write("Articles", "3110")
    await robin.choose("Severity", "High")
    await robin.write("Why this severity", "No other maker is qualified.")
    await robin.write("Source", "Survey (exercise)")
    await robin.choose("How sure the source makes us", "Probable")
    await robin.write("Mitigation", "A second source is qualified.")
    await robin.choose("Office that owns it", "OUSD(A&S)")
    await robin.date("Looked at again on", DUE)
    await robin.follow("button", "Enter it")
    await robin.skip()
    await robin.follow("link", "Link a project")
    await robin.skip()
    await robin.choose("Project", code)
    await robin.follow("button", "Link it")
    await robin.says("Second source of bearings")
    await robin.skip()
    for status, why in (
        ("Being mitigated", "A project works on it."),
        ("Mitigated", "The second source is qualified."),
    ):
        await robin.follow("link", "Change the status")
        await robin.skip()
        await robin.choose("Status", status)
        await robin.write("Why", why)
        await robin.follow("button", "Change it")
        await robin.skip()
    await robin.says("The second source is qualified.")
    assert await at.trail() == [
        "Robin Exercise: vulnerability.enter",
        "Robin Exercise: vulnerability.link-project",
        "Robin Exercise: vulnerability.change-status",
        "Robin Exercise: vulnerability.change-status",
    ]


async def test_a_project_of_the_classified_annex(at: Desks) -> None:
    """1253(f)(2)(C): a neutral title and nothing else; a detail is refused, and the page says why."""
    robin = await at.sit("Robin Exercise")
    await robin.follow("link", "Work")
    await robin.skip()
    await robin.follow("link", "Enter a project")
    await robin.skip()
    await robin.write("Name", "Project Tern")
    await robin.choose("Kind", "Co-development")
    await robin.choose("Status", "Exploratory")
    await robin.tick(FIRST)
    await robin.write("Kind and objectives classified by", "The program office")
    await robin.write("Source", "Classified annex")
    await robin.write("Description", "What it makes.")
    await robin.tick("Described in the classified annex")
    await robin.follow("button", "Enter the project", status=422)
    await robin.refused("Description")
    await robin.write("Description", "")
    await robin.press("Delete")
    await robin.follow("button", "Enter the project")
    await robin.says("this record holds no detail of it")
    assert await robin.page.get_by_role("link", name="Plan a milestone").count() == 0
    assert await at.trail() == ["Robin Exercise: project.propose"]


@pytest.mark.skipif(shutil.which("calcurse") is None, reason="There is no calendar client here.")
async def test_a_groups_feed_in_a_calendar_client(at: Desks, tmp_path: Path) -> None:
    """The feed's address is shown once; the client reads the file of it and tells the meeting on its day."""
    async with at.db.write(actor=at.people["Robin Exercise"], command="test.tasks") as session:
        body = groups.EstablishGroup("Hull repair", "working group", TODAY, "Minutes", marking="UNCLASSIFIED")
        group = await groups.establish_group(session, body)
        said = {
            "name": "Talks on hulls",
            "group_id": group,
            "place": "Guam",
            "starts_on": str(DUE),
            "ends_on": str(DUE),
            "source": "Agenda",
            "marking": "UNCLASSIFIED",
        }
        await groups.record_meeting(session, parse(groups.RecordMeeting, said))
    await at.begin()
    robin = await at.sit("Robin Exercise")
    await robin.go("Work", "Groups")
    await robin.skip()
    await robin.follow("link", "Hull repair")
    await robin.skip()
    await robin.follow("link", "Calendar feed of this group")
    await robin.skip()
    await robin.write("Where you use it", "Desk")
    await robin.follow("button", "Make the feed")
    await robin.says("The feed is made")
    address = (await robin.page.locator("code.secret").inner_text()).strip()
    async with httpx.AsyncClient() as anyone:
        answer = await anyone.get(address)
    assert answer.status_code == 200
    (tmp_path / "feed.ics").write_bytes(answer.content)
    client = ("calcurse", "-D", str(tmp_path / "client"), "-C", str(tmp_path / "client"))
    await _told(*client, "-i", str(tmp_path / "feed.ics"))
    shown = await _told(*client, "-Q", "--from", f"{DUE:%m/%d/%Y}", "--days", "1")
    assert "Talks on hulls" in shown


async def _told(*command: str) -> str:
    """What a program writes, that ends well."""
    running = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await running.communicate()
    assert running.returncode == 0, said.decode()
    return said.decode()


async def _participant(at: Desks, code: str) -> int:
    """The number of a country."""
    async with at.db.read() as session:
        found = await session.scalar(select(Participant.id).where(Participant.code == code))
        assert found is not None
        return found


async def _project(at: Desks, name: str, *, planned: date | None = None) -> str:
    async with at.db.write(actor=at.people["Robin Exercise"], command="test.tasks") as session:
        body = projects.ProposeProject(name, "co-sustainment", ["1253.b.2"], "the office", "A letter", marking="CUI")
        number = await projects.propose_project(session, body)
        if planned:
            await projects.plan_milestone(session, number, projects.PlanMilestone("First article", planned))
        code = await session.scalar(select(Project.code).where(Project.id == number))
    await at.begin()
    assert code is not None
    return code


async def _second_person(at: Desks, name: str) -> None:
    async with at.db.write(actor=at.people["Robin Exercise"], command="test.tasks") as session:
        body = AddPerson(name, "Deputy", at.offices["OUSD(A&S)"], TODAY, roles=["program-office"])
        await add_person(session, body)


async def _step(hands: Hands, state: str, on: date) -> None:
    await hands.skip()
    await hands.follow("link", "Record the next step")
    await hands.skip()
    await hands.choose("Next state", state)
    await hands.date("Day of the event", on)
    await hands.write("What happened", "As the minutes say.")
    await hands.write("Document", "Minutes (exercise)")
    await hands.follow("button", "Record the step")


async def _receipt(hands: Hands, name: str, on: date, *, because: str = "") -> None:
    await hands.skip()
    await hands.follow("link", f"{'Correct' if because else 'Record'} the receipt: {name}", whole=False)
    await hands.skip()
    await hands.date("Received on", on)
    await hands.write("What shows it", "Stamp of the office")
    if because:
        await hands.write("Why the recorded day changes", because)
    await hands.follow("button", "Record the receipt")


async def _sign(hands: Hands, status: int = 200) -> None:
    await hands.skip()
    await hands.follow("link", "Record the signature")
    await hands.skip()
    await hands.choose("Signed by", "Secretary of Defense")
    await hands.write("Signed document", "The signed text (exercise)")
    await hands.follow("button", "Record the signature", status=status)
