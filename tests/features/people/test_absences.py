"""Absences: who stands in answers for the office, with their own roles and eyes, and the trail names both."""

from datetime import date, timedelta

import pytest

from pipir.features.people import commands, queries
from pipir.features.people.tables import SERVICE, Absence
from pipir.features.trail.queries import list_changes
from pipir.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from pipir.kernel.ids import AbsenceId, OfficeId, PersonId
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from tests.conftest import Service, Template
from tests.features.data_calls.makers import addressees, issue

DAY = timedelta(days=1)


async def _away(
    db: Database, person: int, stand_in: int, *, since: int = 0, until: int = 5, actor: int = SERVICE
) -> AbsenceId:
    async with db.write(actor=actor, command="people.record-absence") as session:
        body = commands.RecordAbsence(stand_in, session.today + since * DAY, session.today + until * DAY)
        return await commands.record_absence(session, PersonId(person), body)


async def _moved(db: Database, person: int, department: commands.Department = "Department of Defense") -> OfficeId:
    """Another office, which the person belongs to from today on."""
    async with db.write(actor=SERVICE, command="test") as session:
        body = commands.OpenOffice(symbol="OTHER", name="Another office", department=department)
        office = await commands.open_office(session, body)
        await commands.move_person(session, PersonId(person), commands.MovePerson(office, session.today), version=1)
    return office


async def test_one_answers_for_ones_own_office_and_for_that_of_whom_one_stands_in_for(
    db: Database, template: Template
) -> None:
    """On the days of the absence, and not handed on."""
    absent, stand_in, third = (template.people[role] for role in ("comptroller", "auditor", "report-writer"))
    office = await _moved(db, absent)
    async with db.read() as session:
        assert await queries.may_answer_for(session, absent, office)
        assert not await queries.may_answer_for(session, stand_in, office)
    number = await _away(db, absent, stand_in)
    async with db.read() as session:
        assert await queries.may_answer_for(session, stand_in, office)
        assert await queries.may_answer_for(session, stand_in, 2)
        assert not await queries.may_answer_for(session, third, office)
        assert [each.person_id for each in await queries.stands_in_for(session, stand_in)] == [absent]
    async with db.write(actor=absent, command="people.end-absence") as session:
        await commands.end_absence(session, number, commands.EndAbsence(session.today - DAY), version=1)
    async with db.read() as session:
        assert not await queries.may_answer_for(session, stand_in, office)


async def test_nobody_stands_in_from_another_department(db: Database, template: Template) -> None:
    """Also where one of the two moved there while the absence lasts."""
    absent, stand_in = template.people["comptroller"], template.people["auditor"]
    await _away(db, absent, stand_in)
    async with db.read() as session:
        assert len(await queries.stands_in_for(session, stand_in)) == 1
    await _moved(db, stand_in, "Department of State")
    async with db.read() as session:
        assert await queries.stands_in_for(session, stand_in) == ()
        assert not await queries.may_answer_for(session, stand_in, 2)


async def test_an_absence_that_lies_ahead_opens_nothing_yet(db: Database, template: Template) -> None:
    """From its first day on."""
    absent, stand_in = template.people["comptroller"], template.people["auditor"]
    office = await _moved(db, absent)
    await _away(db, absent, stand_in, since=1)
    async with db.read() as session:
        assert not await queries.may_answer_for(session, stand_in, office)
        assert (await queries.person(session, PersonId(absent))).away_until is None


async def test_the_trail_names_for_whom_a_stand_in_acts(service: Service) -> None:
    """The acting person, and the absent one."""
    absent, stand_in = service.people["comptroller"], service.people["report-writer"]
    office = await _moved(service.db, absent)
    async with service.db.write(actor=SERVICE, command="test") as session:
        call = await issue(session, office_ids=[office])
        number = (await addressees(session, call))[0]
    address = f"/api/v1/data-call-addressees/{number}/nil"
    async with service.api("report-writer") as client:
        refused = await client.patch(address, json={"because": "Nothing."}, headers={"If-Match": '"1"'})
        assert (refused.status_code, "their own office" in refused.json()["detail"]) == (409, True)
        await _away(service.db, absent, stand_in)
        answered = await client.patch(address, json={"because": "Nothing."}, headers={"If-Match": '"1"'})
        assert answered.status_code == 200, answered.text
    async with service.db.read() as session:
        found = await list_changes(session, Reader("us-government"), person_id=stand_in)
    assert found.items[0].who == "Person Report writer, standing in for Person Comptroller"
    assert found.items[0].told.startswith("Person Report writer, standing in for Person Comptroller, changed")


async def test_of_many_acts_in_one_write_each_names_for_whom_it_was_done(db: Database, template: Template) -> None:
    """As in a bulk decision: for the absent person's office, then for one's own."""
    absent, stand_in = template.people["comptroller"], template.people["auditor"]
    office = await _moved(db, absent)
    await _away(db, absent, stand_in)
    async with db.write(actor=stand_in, command="test.many") as session:
        for each in (office, OfficeId(2)):
            assert await queries.may_answer_for(session, stand_in, each)
            found = await queries.office(session, each)
            body = commands.ReviseOffice(found.symbol, "Touched", "Department of Defense")
            await commands.revise_office(session, each, body, version=1)
    async with db.read() as session:
        changes = (await list_changes(session, Reader("us-government"), command="test.many")).items
    assert [each.who for each in changes] == ["Person Auditor", "Person Auditor, standing in for Person Comptroller"]


@pytest.mark.parametrize(
    ("since", "until", "field"), [(-1, 5, "since"), (3, 2, "until")], ids=["in the past", "ends before it begins"]
)
async def test_the_days_of_an_absence_lie_ahead_and_in_order(
    db: Database, template: Template, since: int, until: int, field: str
) -> None:
    """All mistakes with their fields."""
    with pytest.raises(Invalid) as wrong:
        await _away(db, template.people["auditor"], template.people["comptroller"], since=since, until=until)
    assert field in {each.where for each in wrong.value.mistakes}


async def test_who_stands_in_is_another_person_of_the_department_who_is_here(db: Database, template: Template) -> None:
    """Each refusal names who cannot."""
    people = template.people
    with pytest.raises(Invalid, match="absence"):
        await _away(db, people["auditor"], people["auditor"])
    with pytest.raises(NotFound):
        await _away(db, people["auditor"], 999_999)
    await _moved(db, people["state-liaison"], "Department of State")
    with pytest.raises(Invalid) as wrong:
        await _away(db, people["auditor"], people["state-liaison"])
    assert "same department" in wrong.value.mistakes[0].expected
    await _away(db, people["comptroller"], people["report-writer"], since=4, until=9)
    with pytest.raises(Invalid) as wrong:
        await _away(db, people["auditor"], people["comptroller"])
    assert "not away themselves" in wrong.value.mistakes[0].expected
    with pytest.raises(Invalid) as wrong:
        await _away(db, people["report-writer"], people["auditor"], since=9, until=12)
    assert "you stand in for Person Comptroller" in wrong.value.mistakes[0].expected
    with pytest.raises(Conflict, match="absence of this person"):
        await _away(db, people["comptroller"], people["auditor"], since=9, until=12)


async def test_only_the_person_and_an_administrator_record_and_end_an_absence(db: Database, template: Template) -> None:
    """Who falls ill cannot."""
    people = template.people
    with pytest.raises(NotAllowed):
        await _away(db, people["auditor"], people["comptroller"], actor=people["comptroller"])
    number = await _away(db, people["auditor"], people["comptroller"], actor=people["administrator"])
    with pytest.raises(NotAllowed):
        async with db.write(actor=people["comptroller"], command="test") as session:
            await commands.end_absence(session, number, commands.EndAbsence(session.today), version=1)
    for until in (-2, 9):
        with pytest.raises(Invalid):
            async with db.write(actor=people["auditor"], command="test") as session:
                body = commands.EndAbsence(session.today + until * DAY)
                await commands.end_absence(session, number, body, version=1)
    async with db.write(actor=people["auditor"], command="test") as session:
        await commands.end_absence(session, number, commands.EndAbsence(session.today - DAY), version=1)
    with pytest.raises(Refused, match="over"):
        async with db.write(actor=people["auditor"], command="test") as session:
            await commands.end_absence(session, number, commands.EndAbsence(session.today), version=2)
    with pytest.raises(NotFound):
        async with db.write(actor=people["auditor"], command="test") as session:
            await commands.end_absence(session, AbsenceId(999_999), commands.EndAbsence(session.today), version=1)


async def test_the_database_lets_nobody_stand_in_for_themselves(db: Database, template: Template) -> None:
    """ck_absence_stand_in."""
    person = template.people["auditor"]
    with pytest.raises(Exception, match="Another person stands in"):
        async with db.write(actor=SERVICE, command="test") as session:
            session.add(Absence(person_id=person, stand_in_id=person, since=session.today, until=session.today))
            await session.flush()


async def test_an_absence_is_recorded_and_ended_on_the_persons_page(service: Service) -> None:
    """The form, its mistakes, the page of both persons and of the office, the inbox of who stands in."""
    own, stand_in = service.people["program-office"], service.people["senior-official"]
    browser = await service.browser("program-office")
    async with service.db.read() as session:
        today: date = session.today
    address = f"/people/{own}/absences/new"
    assert "Record an absence" in (await browser.get(f"/people/{own}")).text
    assert (await browser.get(address)).status_code == 200
    assert (await browser.get(f"/people/{stand_in}/absences/new")).status_code == 403
    wrong = await browser.post(address, {"since": "soon", "until": str(today), "stand_in_id": ""})
    assert (wrong.status_code, 'value="soon"' in wrong.text) == (422, True)
    form: dict[str, str | list[str]] = {
        "since": str(today),
        "until": str(today + 3 * DAY),
        "stand_in_id": str(stand_in),
    }
    assert (await browser.post(address, form)).status_code == 303
    assert "Person Senior official stands in for Person Program office" in (await browser.get(f"/people/{own}")).text
    assert "Standing in for Person Program office" in (await browser.get(f"/people/{stand_in}")).text
    assert "stands in" in (await browser.get("/offices/2")).text
    assert "away until" in (await browser.get("/people?status=away")).text
    other = await service.browser("senior-official")
    assert "Standing in for Person Program office" in (await other.get("/inbox")).text
    end = {"until": str(today - DAY), "_version": "1"}
    assert (await browser.post(f"/people/{own}/absences/1/end", end)).status_code == 303
    assert "Standing in for" not in (await other.get("/inbox")).text
    # One that is still to come is called off: its last day is the one before its first.
    coming = form | {"since": str(today + 5 * DAY), "until": str(today + 8 * DAY)}
    assert (await browser.post(address, coming)).status_code == 303
    page = (await browser.get(f"/people/{own}")).text
    assert "Call it off" in page
    assert f'name="until" value="{today + 4 * DAY}"' in page
    end = {"until": str(today + 4 * DAY), "_version": "1"}
    assert (await browser.post(f"/people/{own}/absences/2/end", end)).status_code == 303
    assert "Call it off" not in (await browser.get(f"/people/{own}")).text


async def test_an_absence_is_recorded_through_json(service: Service) -> None:
    """201 with the row, and its end by If-Match."""
    own, stand_in = service.people["auditor"], service.people["comptroller"]
    async with service.db.read() as session:
        today = session.today
    async with service.api("auditor") as client:
        body = {"stand_in_id": stand_in, "since": str(today), "until": str(today + DAY)}
        made = await client.post(f"/api/v1/people/{own}/absences", json=body)
        assert (made.status_code, made.json()["state"]) == (201, "now")
        address = f"/api/v1/people/{own}/absences/{made.json()['id']}/end"
        ended = await client.patch(address, json={"until": str(today)}, headers={"If-Match": '"1"'})
        assert (ended.status_code, ended.json()[0]["until"]) == (200, str(today))
        other = await client.post(f"/api/v1/people/{stand_in}/absences", json={**body, "stand_in_id": own})
        assert other.status_code == 403
