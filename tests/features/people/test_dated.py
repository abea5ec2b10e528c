"""Offices and roles of a person have days: what holds today decides, and what was stays."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from pipir.features.people import commands, queries
from pipir.features.people.tables import SERVICE, PersonOffice, RoleAssignment
from pipir.features.trail.queries import history
from pipir.kernel.access import Credentials
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused
from pipir.kernel.ids import OfficeId, PersonId, RoleAssignmentId
from pipir.kernel.marking import Reader
from pipir.store.doors import Database, WriteSession
from tests.conftest import Service, Template

DAY = timedelta(days=1)


async def _office(session: WriteSession, symbol: str, department: commands.Department = "Other") -> OfficeId:
    return await commands.open_office(session, commands.OpenOffice(symbol=symbol, name=symbol, department=department))


async def test_a_person_moves_on_a_day_and_both_offices_keep_their_days(db: Database, template: Template) -> None:
    """At most one office on any day; the former time ends the day before."""
    person = PersonId(template.people["auditor"])
    async with db.write(actor=SERVICE, command="test") as session:
        today = session.today
        other = await _office(session, "OTHER")
        await commands.move_person(session, person, commands.MovePerson(other, today + 10 * DAY), version=1)
    async with db.read() as session:
        assert (await queries.person(session, person)).office == "TEST"
        times = await queries.offices_of(session, person)
        assert [(each.symbol, each.until) for each in times] == [("OTHER", None), ("TEST", today + 9 * DAY)]
        assert person in {each.id for each in await queries.members_of(session, 2, today + 9 * DAY)}
        assert person not in {each.id for each in await queries.members_of(session, 2, today + 10 * DAY)}
        assert [each.id for each in await queries.members_of(session, other, today + 10 * DAY)] == [person]


async def test_an_office_entered_for_today_holds_at_once(db: Database, template: Template) -> None:
    """What was entered for this very day and taken back stays as a row that was never in force."""
    person = PersonId(template.people["auditor"])
    async with db.write(actor=SERVICE, command="test") as session:
        first, second = await _office(session, "FIRST"), await _office(session, "SECOND")
        for version, office in ((1, first), (2, second)):
            body = commands.MovePerson(office, session.today)
            await commands.move_person(session, person, body, version=version)
    async with db.read() as session:
        assert (await queries.person(session, person)).office == "SECOND"
        assert [each.symbol for each in await queries.offices_of(session, person)] == ["SECOND", "TEST"]


async def test_the_database_lets_nobody_belong_to_two_offices_on_a_day(db: Database, template: Template) -> None:
    """ex_person_office_one_on_any_day."""
    with pytest.raises(Conflict, match="another office on one of these days"):
        async with db.write(actor=SERVICE, command="test") as session:
            session.add(PersonOffice(person_id=template.people["auditor"], office_id=2, since=session.today))
            await session.flush()


async def test_nobody_moves_outside_of_their_own_days_or_into_an_office_that_has_ended(
    db: Database, template: Template
) -> None:
    """Each refusal names the field."""
    person = PersonId(template.people["auditor"])
    async with db.write(actor=SERVICE, command="test") as session:
        ended = await _office(session, "ENDED")
        await commands.end_office(session, ended, commands.EndOffice(session.today - DAY), version=1)
        today = session.today
    for body, where in (
        (commands.MovePerson(2, date(2020, 1, 1)), "since"),
        (commands.MovePerson(ended, today), "office_id"),
    ):
        with pytest.raises(Invalid) as wrong:
            async with db.write(actor=SERVICE, command="test") as session:
                await commands.move_person(session, person, body, version=1)
        assert [each.where for each in wrong.value.mistakes] == [where]


async def test_a_role_that_ended_yesterday_opens_no_door(service: Service) -> None:
    """The roles of today decide, for a token and for a page that is open."""
    person = service.people["program-office"]
    browser = await service.browser("program-office")
    assert (await browser.get("/groups/new")).status_code == 200
    async with service.db.write(actor=SERVICE, command="test") as session:
        ended = update(RoleAssignment).where(RoleAssignment.person_id == person)
        await session.execute(ended.values(until=session.today - DAY))
    assert (await browser.get("/groups/new")).status_code == 403
    async with service.api("program-office") as client:
        assert (await client.get("/api/v1/groups")).status_code == 403


async def test_a_role_opens_its_doors_from_its_first_day_to_its_last(service: Service) -> None:
    """Lent from tomorrow on: nothing today; today alone: today."""
    person = PersonId(service.people["auditor"])
    async with service.db.write(actor=SERVICE, command="test") as session:
        body = commands.GiveRole("program-office", session.today + DAY, session.today + 2 * DAY)
        await commands.give_role(session, person, body)
    async with service.api("auditor") as client:
        assert (await client.post("/api/v1/groups", json={})).status_code == 403
    async with service.db.write(actor=SERVICE, command="test") as session:
        body = commands.GiveRole("program-office", session.today, session.today)
        await commands.give_role(session, person, body)
    async with service.api("auditor") as client:
        assert (await client.post("/api/v1/groups", json={})).status_code == 422


async def test_a_role_is_given_and_ended_through_json(service: Service) -> None:
    """The happy way and each refusal, with its field."""
    person = service.people["auditor"]
    async with service.db.read() as session:
        today = session.today
    address = f"/api/v1/people/{person}/roles"
    async with service.api("administrator") as client:
        past = await client.post(address, json={"role": "comptroller", "since": str(today - DAY)})
        assert (past.status_code, past.json()["mistakes"][0]["where"]) == (422, "since")
        made = await client.post(address, json={"role": "comptroller", "since": str(today)})
        assert (made.status_code, made.json()["roles"]) == (201, ["auditor", "comptroller"])
        twice = await client.post(address, json={"role": "comptroller", "since": str(today + DAY)})
        assert (twice.status_code, "holds this role" in twice.json()["detail"]) == (409, True)
        held = next(each for each in (await client.get(address)).json() if each["role"] == "comptroller")
        end = f"{address}/{held['id']}/end"
        early = await client.patch(end, json={"until": str(today - 5 * DAY)}, headers={"If-Match": '"1"'})
        assert (early.status_code, early.json()["mistakes"][0]["where"]) == (422, "until")
        stale = await client.patch(end, json={"until": str(today)}, headers={"If-Match": '"9"'})
        assert stale.status_code == 412
        ended = await client.patch(end, json={"until": str(today - DAY)}, headers={"If-Match": '"1"'})
        assert (ended.status_code, [each["role"] for each in ended.json()]) == (200, ["auditor"])
        again = await client.patch(end, json={"until": str(today)}, headers={"If-Match": '"2"'})
        assert again.status_code == 409
    async with service.api("auditor") as client:
        assert (await client.post(address, json={"role": "administrator", "since": str(today)})).status_code == 403


async def test_the_last_administrators_role_neither_ends_nor_gets_an_end(db: Database, template: Template) -> None:
    """The installation would be locked, today or on that day."""
    person = template.people["administrator"]
    async with db.read() as session:
        held = (await queries.roles_of(session, person))[0]
    with pytest.raises(Refused, match="last administrator"):
        async with db.write(actor=SERVICE, command="test") as session:
            body = commands.EndRole(session.today + 100 * DAY)
            await commands.end_role(session, RoleAssignmentId(held.id), body, version=1)
    with pytest.raises(NotFound):
        async with db.write(actor=SERVICE, command="test") as session:
            await commands.end_role(session, RoleAssignmentId(999_999), commands.EndRole(session.today), version=1)


async def test_who_leaves_leaves_office_and_roles(db: Database, template: Template) -> None:
    """A later last day than the one known before opens them again."""
    person = PersonId(template.people["auditor"])
    async with db.write(actor=SERVICE, command="test") as session:
        today = session.today
        await commands.end_person(session, person, commands.EndPerson(today + DAY), version=1)
    async with db.read() as session:
        assert [each.until for each in await queries.offices_of(session, person)] == [today + DAY]
        assert [each.until for each in await queries.roles_of(session, person)] == [today + DAY]
    async with db.write(actor=SERVICE, command="test") as session:
        await commands.end_person(session, person, commands.EndPerson(today + 3 * DAY), version=2)
    async with db.read() as session:
        assert [each.until for each in await queries.offices_of(session, person)] == [today + 3 * DAY]
        assert (await queries.person(session, person)).roles == ["auditor"]


async def test_an_office_is_renamed_on_a_day_and_found_by_its_former_name(service: Service) -> None:
    """The former name stays with its days."""
    browser = await service.browser("administrator")
    form: dict[str, str | list[str]] = {"symbol": "NEW", "name": "New name", "on": "2026-03-01", "_version": "1"}
    assert (await browser.get("/offices/2/rename")).status_code == 200
    assert (await browser.post("/offices/2/rename", form)).status_code == 303
    page = (await browser.get("/offices/2")).text
    assert "TEST: Office for tests, from 15 Jan 2026 to 28 Feb 2026" in page
    assert "NEW" in (await browser.get("/offices?q=office+for+tests")).text
    early = await browser.post("/offices/2/rename", {**form, "on": "2026-02-01", "_version": "2"})
    assert (early.status_code, "Expected a day from" in early.text) == (422, True)
    late = await browser.post("/offices/2/rename", {**form, "on": "2099-02-01", "_version": "2"})
    assert late.status_code == 422
    assert (await browser.get("/offices/2/unknown")).status_code == 404


async def test_an_office_ends_empty_and_names_its_successor(db: Database, template: Template) -> None:
    """Its people have another one from the day after."""
    async with db.write(actor=SERVICE, command="test") as session:
        today = session.today
        successor = await _office(session, "NEXT")
    end = commands.EndOffice(today, successor)
    with pytest.raises(Refused, match="people belong"):
        async with db.write(actor=SERVICE, command="test") as session:
            await commands.end_office(session, OfficeId(2), end, version=1)
    with pytest.raises(Invalid, match="successor"):
        async with db.write(actor=SERVICE, command="test") as session:
            await commands.end_office(session, successor, commands.EndOffice(today, successor), version=1)
    async with db.write(actor=SERVICE, command="test") as session:
        for number in template.people.values():
            body = commands.MovePerson(successor, today + DAY)
            await commands.move_person(session, PersonId(number), body, version=1)
        await commands.end_office(session, OfficeId(2), end, version=1)
    async with db.read() as session:
        assert (await queries.office(session, OfficeId(2))).successor == "NEXT"
        assert await queries.predecessors_of(session, successor) == ((2, "TEST", today),)


async def test_a_persons_office_is_found_by_typing_the_name(service: Service) -> None:
    """Few keys: the list of offices finds the person, the list of people finds the office."""
    browser = await service.browser("auditor")
    assert ">TEST</a>" in (await browser.get("/offices?q=comptroll")).text
    assert "Person Comptroller" in (await browser.get("/people?q=office+for+tests")).text


async def test_a_reader_is_found_by_employer_and_by_nationality(service: Service) -> None:
    """A national of another country reads as that country does, whoever employs them."""
    body = {"name": "A National", "title": "T", "office_id": 2, "since": "2026-02-01", "reader_kind": "contractor"}
    async with service.api("administrator") as client:
        made = await client.post("/api/v1/people", json={**body, "nationality": "JPN"})
        assert (made.status_code, made.json()["nationality"]) == (201, "JPN")
        wrong = await client.post("/api/v1/people", json={**body, "nationality": "ZZZ"})
        assert (wrong.status_code, wrong.json()["mistakes"][0]["where"]) == (422, "nationality")
        for reader, found in (("JPN", 1), ("contractor", 0), ("us-government", 7)):
            assert (await client.get(f"/api/v1/people?reader={reader}")).json()["total"] == found


async def test_nobody_decides_as_whom_they_read_themselves(service: Service) -> None:
    """Another administrator does."""
    own = service.people["administrator"]
    body = {"name": "A", "title": "T", "office_id": 2, "roles": ["administrator"], "reader_kind": "contractor"}
    async with service.api("administrator") as client:
        refused = await client.put(f"/api/v1/people/{own}", json=body, headers={"If-Match": '"1"'})
        assert (refused.status_code, "another administrator" in refused.json()["detail"]) == (409, True)


async def test_the_dated_rows_carry_their_trail_on_the_persons_page(db: Database, template: Template) -> None:
    """Nothing changes unsigned."""
    person = PersonId(template.people["auditor"])
    async with db.write(actor=SERVICE, command="people.give-role") as session:
        await commands.give_role(session, person, commands.GiveRole("comptroller", session.today))
    async with db.read() as session:
        told = [each.told for each in await history(session, Reader("us-government"), "person", person)]
    assert "pipir gave the role Comptroller of Person Auditor." in told


async def test_nobody_comes_in_before_their_first_day(db: Database) -> None:
    """Neither by a sign-in nor by a token that was made ahead."""
    async with db.write(actor=SERVICE, command="test") as session:
        body = commands.AddPerson(
            name="To come", title="Tester", office_id=2, since=session.today + DAY, roles=["auditor"]
        )
        person = await commands.add_person(session, body)
        token = await commands.issue_token(session, person, commands.IssueToken(name="tests"))
    assert await queries.identify(db, Credentials(cookie=None, token=token)) is None
    with pytest.raises(NotFound, match="not begun"):
        async with db.write(actor=SERVICE, command="test") as session:
            await commands.sign_in(session, person, consent_sha256="x")
