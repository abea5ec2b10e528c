"""Ten tasks of the three offices in Chromium, by the keyboard alone and without script; and a backup brought back."""

from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from pipir.features.trail.tables import TrailRow
from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer
from tests.browser.tasks import DUE, TODAY, Desks
from tests.test_cli import Cli

pytestmark = pytest.mark.browser


async def test_invite_a_country_to_refusal(at: Desks) -> None:
    """Office policy: State PM concurs with each invitation."""
    robin = await at.sit("Robin Exercise")
    await robin.follow("link", "Partners")
    await robin.skip()
    await robin.follow("link", "India")
    await robin.skip()
    await robin.follow("link", "Record a standing")
    await robin.skip()
    await robin.choose("Standing", "invited")
    await robin.date("Since", TODAY)
    await robin.write("Source or document", "Letter of invitation (exercise)")
    await robin.follow("button", "Record", status=409)
    await robin.refused("Ask for coordination.")
    assert await robin.page.get_by_label("Source or document").input_value() == "Letter of invitation (exercise)"
    assert await at.trail() == []


async def test_invite_a_country_to_success(at: Desks) -> None:
    """Sec. 1253(d): the refusal leads to the question, the answer to the invitation."""
    robin = await at.sit("Robin Exercise")
    await robin.follow("link", "Partners")
    await robin.skip()
    await robin.follow("link", "Philippines")
    await robin.skip()
    await robin.follow("link", "Record a standing")
    await robin.skip()
    await robin.choose("Standing", "invited")
    await robin.date("Since", TODAY)
    await robin.write("Source or document", "Letter of invitation (exercise)")
    await robin.follow("button", "Record", status=409)
    await robin.refused("is put to other offices first")
    await robin.follow("link", "Ask for coordination.")
    await robin.skip()
    await robin.write("What is asked", "Do you concur with the invitation?")
    await robin.date("Answer by", DUE)
    # Four lists of every office stand between: each is one stop while nothing in it is ticked.
    await robin.reach("button", "Ask", most=40)
    await robin.follow("button", "Ask")
    await robin.says("The concurrence of State PM is missing")
    jordan = await at.sit("Jordan Exercise")
    await jordan.follow("link", "Inbox")
    await jordan.skip()
    await jordan.tick("Invite Philippines")
    await jordan.choose("Answer", "Concur")
    await jordan.follow("button", "Answer")
    await robin.follow("link", "Partners")
    await robin.skip()
    await robin.follow("link", "Philippines")
    await robin.skip()
    await robin.follow("link", "Record a standing")
    await robin.skip()
    await robin.choose("Standing", "invited")
    await robin.date("Since", TODAY)
    await robin.write("Source or document", "Letter of invitation (exercise)")
    await robin.follow("button", "Record")
    await robin.says("Letter of invitation (exercise)")
    assert await robin.page.locator("#standing").get_by_text("Invited", exact=False).count()
    assert await at.trail() == [
        "Robin Exercise: concurrence.ask",
        "Jordan Exercise: concurrence.answer-many",
        "Robin Exercise: participant.record-standing",
    ]


async def test_answer_an_inbox_item_with_conditions(at: Desks) -> None:
    """A concurrence with conditions names what is owed, by whom, by when."""
    jordan = await at.sit("Jordan Exercise")
    await jordan.follow("link", "Inbox")
    await jordan.skip()
    await jordan.tick("Answer on spare parts")
    await jordan.choose("Answer", "Concur with conditions")
    await jordan.write("Conditions", "Send the list of parts first.")
    await jordan.choose("Office that owes the conditions", "OUSD(A&S)")
    await jordan.date("Conditions due on", DUE)
    await jordan.follow("button", "Answer")
    assert await jordan.page.get_by_role("checkbox", name="Answer on spare parts").count() == 0
    robin = await at.sit("Robin Exercise")
    await robin.follow("link", "Inbox")
    await robin.skip()
    await robin.reach("checkbox", "Send the list of parts first.")
    assert await at.trail() == ["Jordan Exercise: concurrence.answer-many"]


async def test_escalate_a_non_concurrence(at: Desks) -> None:
    """An office that coordinates has no veto: the named decision maker decides, and says why."""
    jordan = await at.sit("Jordan Exercise")
    await jordan.follow("link", "Coordination")
    await jordan.skip()
    await jordan.follow("link", "Letter to the forum")
    await jordan.skip()
    await jordan.follow("link", "Answer for State PM")
    await jordan.skip()
    await jordan.choose("Answer", "Non-concur")
    await jordan.write("Comment", "The forum was not asked.")
    await jordan.follow("button", "Answer")
    await jordan.says("Escalated to Sidney Exercise")
    sidney = await at.sit("Sidney Exercise")
    await sidney.follow("link", "Inbox")
    await sidney.skip()
    await sidney.follow("link", "See the request: Letter to the forum")
    await sidney.skip()
    await sidney.follow("link", "Decide on the non-concurrence of State PM")
    await sidney.skip()
    await sidney.choose("Decision", "Proceed")
    await sidney.write("Reason", "The forum is told by the same letter.")
    await sidney.follow("button", "Decide")
    await sidney.says("Sidney Exercise decided on")
    await sidney.says("The forum is told by the same letter.")
    assert await at.trail() == ["Jordan Exercise: concurrence.answer", "Sidney Exercise: concurrence.decide"]


async def test_send_back_with_reasons_then_revise(at: Desks) -> None:
    """A send-back names fields and reasons; the changed value begins a new round."""
    jordan = await at.sit("Jordan Exercise")
    await jordan.follow("link", "Inbox")
    await jordan.skip()
    await jordan.follow("link", "Send it back: Terms of the sealift talks")
    await jordan.skip()
    await jordan.tick("Place")
    await jordan.tick("A fact is wrong")
    await jordan.write("Note", "The talks are held in Guam.")
    await jordan.follow("button", "Send it back")
    await jordan.says("Sent back")
    robin = await at.sit("Robin Exercise")
    await robin.follow("link", "Inbox")
    await robin.skip()
    await robin.follow("link", "Change the proposal: Terms of the sealift talks", whole=False)
    await robin.skip()
    await robin.write("Value after", "text: First draft\nplace: Guam")
    await robin.write("Why it is changed", "The place was wrong.")
    await robin.date("Answer by", DUE)
    await robin.follow("button", "Ask anew")
    await robin.says("Round 2")
    await robin.says("Guam")
    assert await at.trail() == ["Jordan Exercise: concurrence.send-back", "Robin Exercise: concurrence.revise"]


async def test_bulk_decide_with_one_reason(at: Desks) -> None:
    """One decision with one reason for all that are ticked."""
    sidney = await at.sit("Sidney Exercise")
    await sidney.follow("link", "Inbox")
    await sidney.skip()
    await sidney.tick("Budget of the first workshop")
    await sidney.tick("Budget of the second workshop")
    await sidney.choose("Decision", "Do not proceed")
    await sidney.write("Reason", "Next year's budget carries both.")
    await sidney.follow("button", "Decide")
    assert await sidney.page.get_by_text("Budget of the").count() == 0
    robin = await at.sit("Robin Exercise")
    await robin.follow("link", "Coordination")
    await robin.skip()
    await robin.choose("Show", "Settled")
    await robin.follow("button", "Apply filters")
    for title in ("Budget of the first workshop", "Budget of the second workshop"):
        row = robin.page.get_by_role("row").filter(has_text=title)
        await expect(row).to_contain_text("The decision maker decided against the act")
    await robin.skip()
    await robin.follow("link", "Budget of the second workshop")
    await robin.says("Next year's budget carries both.")
    assert await at.trail() == ["Sidney Exercise: concurrence.decide-many"]


async def test_find_a_persons_office(at: Desks) -> None:
    """From a name to the office, and who else is in it."""
    robin = await at.sit("Robin Exercise")
    await robin.follow("link", "People")
    await robin.skip()
    await robin.write("Find a person", "Jordan", part="searchbox")
    await robin.enter()
    await robin.skip()
    await robin.follow("link", "State PM")
    await robin.says("Bureau of Political-Military Affairs")
    await robin.says("Jordan Exercise")
    assert await at.trail() == []


async def test_upload_and_find_a_document(at: Desks) -> None:
    """From the page of its record into the record, and found again by its title."""
    robin = await at.sit("Robin Exercise")
    await robin.follow("link", "Partners")
    await robin.skip()
    await robin.follow("link", "Japan")
    await robin.skip()
    await robin.follow("link", "Attach a document")
    await robin.skip()
    await robin.write("Title", "Letter of the embassy (exercise)")
    await robin.write("Source", "Mail of 18 November 2026 (exercise)")
    await robin.file("File", "letter.txt", b"EXERCISE\n\nThe embassy thanks for the letter.\n")
    await robin.follow("button", "Attach the document")
    await robin.says("Letter of the embassy (exercise)")
    await robin.search("letter embasy")
    await robin.skip()
    await robin.follow("link", "Letter of the embassy (exercise)")
    await robin.says("plain text")
    assert await at.trail() == ["Robin Exercise: document.attach"]


async def test_see_as_japan(at: Desks) -> None:
    """What Japan may not see is gone, nothing can be changed meanwhile, and one's own eyes come back."""
    robin = await at.sit("Robin Exercise")
    await robin.follow("link", "Partners")
    await robin.says("Viet Nam")
    form = await at.sit("Robin Exercise")
    await form.follow("link", "Partners")
    await form.skip()
    await form.follow("link", "Republic of Korea")
    await form.skip()
    await form.follow("link", "Record a standing")
    await robin.follow("link", "See as")
    await robin.skip()
    await robin.pick("A partner")
    await robin.choose("Country of a partner", "Japan")
    await robin.follow("button", "See as this reader")
    await robin.reach("button", "Return to your own view")
    assert await robin.page.get_by_label("Seeing as another reader").get_by_text("You see this record as").count() == 1
    await robin.follow("link", "Partners")
    await robin.says("Indonesia")
    assert await robin.page.get_by_text("Viet Nam").count() == 0
    await form.skip()
    await form.choose("Standing", "under consideration")
    await form.date("Since", TODAY)
    await form.write("Source or document", "Cable (exercise)")
    await form.follow("button", "Record", status=403)
    await robin.follow("button", "Return to your own view")
    assert await robin.page.get_by_label("Seeing as another reader").count() == 0
    await robin.follow("link", "Partners")
    await robin.says("Viet Nam")
    assert await at.trail() == ["Robin Exercise: people.see-as", "Robin Exercise: people.stop-seeing-as"]


async def test_undo_a_reopening(at: Desks) -> None:
    """Before anybody has answered again, the former answers are in force once more."""
    robin = await at.sit("Robin Exercise")
    await robin.follow("link", "Coordination")
    await robin.skip()
    await robin.choose("Show", "Settled")
    await robin.follow("button", "Apply filters")
    await robin.skip()
    await robin.follow("link", "Calendar of meetings")
    await robin.skip()
    await robin.follow("link", "Reopen the request")
    await robin.skip()
    await robin.write("Why", "A meeting was missing.")
    await robin.date("Answer by", DUE)
    await robin.follow("button", "Reopen it")
    await robin.says("The concurrence of OUSD(C) is missing")
    await robin.skip()
    await robin.follow("link", "Undo the reopening")
    await robin.skip()
    await robin.write("Note", "It stands in the annex.")
    await robin.follow("button", "Undo it")
    await robin.says("The act may be done.")
    assert await at.trail() == ["Robin Exercise: concurrence.reopen", "Robin Exercise: concurrence.undo-reopening"]


async def test_restore_a_backup(at: Desks, server: EmbeddedServer, superuser: AsyncConnection, tmp_path: Path) -> None:
    """docs/operations.md: Backup and restore; at the command line, with all that the tasks before left."""
    pipir = Cli(
        {
            "DATABASE_URL": server.url("pipir_app", at.database),
            "PIPIR_MIGRATION_URL": server.url("pipir_owner", at.database),
            "PIPIR_HOME": str(tmp_path / "home"),
            "PATH": "/usr/bin:/bin",
        }
    )
    file, other = tmp_path / "pipir.dump", f"{at.database}_b"
    taken = await pipir("backup", "--out", str(file))
    assert taken.code == 0, taken.err
    await superuser.execute(text(f"create database {other} template template0 owner pipir_owner"))
    restored = await pipir("restore", "--from", str(file), "--into", server.url("pipir_owner", other))
    assert restored.code == 0, restored.err
    brought = Database(server.url("pipir_app", other), size=1)
    async with at.db.read() as session, brought.read() as restored_session:
        whole = select(TrailRow.id, TrailRow.actor, TrailRow.command, TrailRow.after).order_by(TrailRow.id)
        before, after = (await session.execute(whole)).all(), (await restored_session.execute(whole)).all()
    # After the last row of the backup each record tells of its own: that it was taken, that it was brought back.
    assert [*before[:-1]] == [*after[:-1]]
    assert (before[-1].command, after[-1].command) == ("backup.backup", "backup.restore")
    assert "test.tasks" in {row.command for row in after}
    await brought.close()
    await superuser.execute(text(f"drop database {other} with (force)"))
