"""The history of standings: appended steps, corrections with a reason, and what was known on a day."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pipir.features.participants import commands, queries
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Conflict, Invalid, Refused
from tests.features.participants.situations import CONTRACTOR, HIDDEN, OFFICIAL, enter, joined

MARCH, MAY, JUNE = date(2026, 3, 2), date(2026, 5, 4), date(2026, 6, 1)


async def record(db, number, version, value, since, **more):
    async with db.write(actor=SERVICE, command=commands.record_standing.name) as session:
        body = commands.RecordStanding(value, since, f"Cable on “{value}”", **more)
        await commands.record_standing(session, number, body, version=version)


async def take_back(db, number, version, step, because="It was another country."):
    async with db.write(actor=SERVICE, command=commands.take_back_step.name) as session:
        await commands.take_back_step(session, number, commands.TakeBackStep(step, because), version=version)


async def steps(db, number, **asked):
    async with db.read() as session:
        return await queries.steps_of(session, OFFICIAL, number, **asked)


async def view_of(db, number):
    async with db.read() as session:
        return await queries.participant(session, OFFICIAL, number)


async def considered_and_invited(db):
    number = await enter(db)
    await record(db, number, 1, "under consideration", MARCH, decided_by_office="An office", decided_by="Its head")
    await record(db, number, 2, "invited", MAY)
    return number


async def test_each_step_is_kept_with_its_day_document_and_who_decided(db):
    """Sec. 1253(d)"""
    number = await considered_and_invited(db)
    invited, considered = await steps(db, number)
    assert (invited.value, invited.since, invited.step, invited.recorded_by) == ("invited", MAY, 2, "pipir")
    assert (considered.decided_by_office, considered.decided_by) == ("An office", "Its head")
    assert considered.source == "Cable on “under consideration”"
    view = await view_of(db, number)
    assert (view.standing, view.standing_since, view.version) == ("invited", MAY, 3)


async def test_a_correction_supersedes_its_step_and_says_why(db):
    number = await considered_and_invited(db)
    _, considered = await steps(db, number)
    earlier = date(2026, 2, 2)
    await record(
        db, number, 3, "under consideration", earlier, supersedes=considered.id, because="The cable was older."
    )
    invited, former, corrected = await steps(db, number)
    assert (corrected.since, corrected.supersedes_id, corrected.because) == (
        earlier,
        considered.id,
        "The cable was older.",
    )
    assert (former.corrected_by, corrected.step, invited.value) == (corrected.id, 1, "invited")
    view = await view_of(db, number)
    assert (view.standing, view.version) == ("invited", 4)


async def test_the_present_standing_told_again_corrects_the_latest_step(db):
    number = await considered_and_invited(db)
    with pytest.raises(Invalid) as wrong:
        await record(db, number, 3, "invited", JUNE)
    assert [each.where for each in wrong.value.mistakes] == ["because"]
    await record(db, number, 3, "invited", JUNE, because="The letter was dated later.")
    view = await view_of(db, number)
    assert (view.standing, view.standing_since) == ("invited", JUNE)
    assert len(await steps(db, number)) == 3


async def test_a_correction_after_which_the_rest_could_not_follow_is_refused(db):
    number = await considered_and_invited(db)
    await record(db, number, 3, "accepted", JUNE)
    _, invited, _ = await steps(db, number)
    with pytest.raises(Refused, match="would follow on") as refused:
        await record(db, number, 4, "withdrawn", MAY, supersedes=invited.id, because="It was withdrawn.")
    assert "Correct the later step first" in refused.value.way_out
    with pytest.raises(Refused, match="would follow on"):
        await take_back(db, number, 4, invited.id)
    with pytest.raises(Refused):
        await record(db, number, 4, "invited", date(2026, 7, 1), supersedes=invited.id, because="It was later.")
    assert (await view_of(db, number)).version == 4


async def test_a_step_is_taken_back_once_and_the_one_before_stands_again(db):
    number = await considered_and_invited(db)
    invited, considered = await steps(db, number)
    await take_back(db, number, 3, invited.id)
    view = await view_of(db, number)
    assert (view.standing, view.standing_since) == ("under consideration", MARCH)
    rows = await steps(db, number)
    assert [each.value for each in rows] == [None, "invited", "under consideration"]
    with pytest.raises(Invalid, match="no such step"):
        await take_back(db, number, 4, invited.id)
    with pytest.raises(Refused, match="taken back already"):
        await take_back(db, number, 4, rows[0].id)
    await take_back(db, number, 4, considered.id)
    view = await view_of(db, number)
    assert (view.standing, view.standing_since, view.standing_source) == (None, None, None)


async def test_an_invitation_that_stands_again_is_told_to_the_register_of_acts(db):
    """Sec. 1253(g)"""
    number = await considered_and_invited(db)
    await record(db, number, 3, "accepted", JUNE)
    accepted = (await steps(db, number))[0]
    await take_back(db, number, 4, accepted.id)
    async with db.read() as session:
        acted = await session.scalars(text("select acted_on from covered_act where act = 'invitation' order by id"))
        assert list(acted) == [MAY, MAY]


async def test_the_forum_has_steps_and_corrections_of_its_own(db):
    number = await enter(db)
    await record(db, number, 1, "named in statute", date(2025, 12, 18))
    async with db.write(actor=SERVICE, command="participant.record-forum-standing") as session:
        await commands.record_forum_standing(session, number, joined(), version=2)
    with pytest.raises(Invalid):
        async with db.write(actor=SERVICE, command="participant.record-forum-standing") as session:
            await commands.record_forum_standing(session, number, joined(), version=3)
    process = next(each for each in await steps(db, number) if each.kind == "process")
    with pytest.raises(Invalid, match="no such step"):
        async with db.write(actor=SERVICE, command="participant.record-forum-standing") as session:
            body = joined(supersedes=process.id, because="It was the other.")
            await commands.record_forum_standing(session, number, body, version=3)
    forum = next(each for each in await steps(db, number) if each.kind == "forum")
    await take_back(db, number, 3, forum.id)
    view = await view_of(db, number)
    assert (view.standing, view.forum_standing) == ("named in statute", None)


async def test_an_ended_entry_takes_no_correction(db):
    number = await considered_and_invited(db)
    async with db.write(actor=SERVICE, command="participant.end") as session:
        await commands.end_participant(session, number, commands.EndParticipant(JUNE, "Entered twice."), version=3)
    with pytest.raises(Refused, match="ended on"):
        await take_back(db, number, 4, (await steps(db, number))[0].id)


async def test_what_stood_on_a_day_and_what_was_known_on_a_day_are_two_questions(db):
    number = await considered_and_invited(db)
    assert [each.value for each in await steps(db, number, on=date(2026, 4, 1))] == ["under consideration"]
    async with db.read() as session:
        today = session.today
    assert await steps(db, number, known=date(2026, 5, 30)) == ()
    assert len(await steps(db, number, known=today)) == 2


async def test_a_marking_hides_the_steps_of_its_country(db):
    """docs/releasability.md"""
    number = await enter(db, marking=HIDDEN)
    await record(db, number, 1, "under consideration", MARCH)
    async with db.read() as session:
        assert await queries.steps_of(session, CONTRACTOR, number) == ()


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("update participant set standing = 'accepted' where id = :id", "latest step"),
        ("update participant set standing_since = '2026-01-01' where id = :id", "latest step"),
        ("update participant set steps = 9 where id = :id", "not counted right"),
        (
            "insert into participant_standing (version, participant_id, kind, step, value, since, source, "
            "recorded_by_id, recorded_on) values (1, :id, 'process', 9, 'accepted', '2026-06-01', 'x', 1, app.today())",
            "latest step",
        ),
    ],
)
async def test_the_database_itself_holds_the_present_standing_to_the_latest_step(db, statement, sentence):
    number = await considered_and_invited(db)
    with pytest.raises(Refused, match=sentence):
        async with db.write(actor=SERVICE, command="test.write") as session:
            await session.execute(text(statement), {"id": number})


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ("'forum', 9, 'invited', null, null", "not one of the list"),
        ("'process', 9, null, null, null", "names the step that it corrects"),
        ("'process', 2, 'invited', 1, null", "names the step that it corrects"),
        ("'process', 1, 'invited', null, null", "at the same moment"),
    ],
)
async def test_the_database_itself_holds_the_shape_of_a_step(db, values, sentence):
    number = await considered_and_invited(db)
    with pytest.raises(Conflict, match=sentence):
        async with db.write(actor=SERVICE, command="test.write") as session:
            await session.execute(
                text(
                    "insert into participant_standing (version, participant_id, since, source, recorded_by_id, "
                    "recorded_on, kind, step, value, supersedes_id, because) "
                    f"values (1, :id, '2026-06-01', 'x', 1, app.today(), {values})"
                ),
                {"id": number},
            )


@pytest.mark.parametrize(
    "statement", ["update participant_standing set value = 'x'", "delete from participant_standing"]
)
async def test_a_step_is_never_edited_or_deleted(db, statement):
    await considered_and_invited(db)
    with pytest.raises(DBAPIError, match=r"permission denied|never changed"):
        async with db.write(actor=SERVICE, command="test.write") as session:
            await session.execute(text(statement))


async def test_the_doors_show_correct_and_take_back_steps(service):
    number = await enter(service.db)
    browser = await service.browser("program-office")
    standing = {"value": "under consideration", "since": "2026-03-02", "source": "Cable", "decided_by": "Its head"}
    assert (await browser.post(f"/participants/{number}/standing", standing | {"_version": "1"})).status_code == 303
    answer = await browser.post(f"/participants/{number}/standing", standing | {"_version": "2"})
    assert answer.status_code == 422
    assert 'href="#field-because"' in answer.text
    corrected = standing | {"since": "2026-03-09", "because": "It was a week later.", "_version": "2"}
    assert (await browser.post(f"/participants/{number}/standing", corrected)).status_code == 303
    page = (await browser.get(f"/participants/{number}")).text
    for words in ("Its head", "corrected", "It was a week later.", "9 Mar 2026", "Document: Cable"):
        assert words in page
    page = (await browser.get(f"/participants/{number}?on=2026-03-05")).text
    assert "On 5 Mar 2026" in page
    # The file holds the steps as of the day that the page is asked for.
    assert '<input type="hidden" name="on" value="2026-03-05">' in page
    assert (await browser.get(f"/participants/{number}?on=soon")).status_code == 422
    answer = await browser.get(f"/participants/{number}/steps.csv")
    assert len(answer.text.splitlines()) == 3
    async with service.api("program-office") as client:
        rows = (await client.get(f"/api/v1/participants/{number}/standings")).json()
        path, body = (
            f"/api/v1/participants/{number}/standings/taken-back",
            {"supersedes": rows[0]["id"], "because": "No."},
        )
        assert (await client.patch(path, json=body)).status_code == 428
    assert (await browser.get(f"/participants/{number}/take-back")).status_code == 200
    taken = {"supersedes": str(rows[0]["id"]), "because": "It never happened.", "_version": "3"}
    assert (await browser.post(f"/participants/{number}/take-back", taken)).status_code == 303
    assert "step 1 taken back" in (await browser.get(f"/participants/{number}")).text
    auditor = await service.browser("auditor")
    assert (await auditor.get(f"/participants/{number}/take-back")).status_code == 403
