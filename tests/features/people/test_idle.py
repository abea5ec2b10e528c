"""Who has not signed in for 35 real days is disabled, until an administrator says why not."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, update

from pipir.features.people import commands, queries, rules
from pipir.features.people.tables import SERVICE, Person, RoleAssignment, SignIn
from pipir.kernel.access import Credentials
from pipir.kernel.errors import NotSignedIn, Refused
from pipir.kernel.ids import PersonId
from pipir.statute.load import the_statute
from pipir.store.doors import Database
from tests.conftest import Service, Template
from tests.makers import TODAY

DAYS = 35


async def _age(db: Database, *people: int, days: float) -> None:
    """Let people have been entered, or enabled, that many real days ago."""
    async with db.write(actor=SERVICE, command="test") as session:
        aged = update(Person).where(Person.id.in_(people))
        await session.execute(aged.values(enabled_at=func.clock_timestamp() - timedelta(days=days)))


def test_the_number_of_days_is_a_convention_of_the_files() -> None:
    """A dated value, not code."""
    law = the_statute()
    assert rules.idle_days(law, TODAY) == DAYS
    assert law.provision(rules.IDLE_PERSONS).standing == "convention"


@pytest.mark.parametrize(("days", "disabled"), [(DAYS - 0.01, False), (DAYS + 0.01, True)])
async def test_a_person_who_never_signed_in_is_disabled_after_as_many_days(
    db: Database, template: Template, days: float, disabled: bool
) -> None:
    """Counted from the day of entry; the token is refused with the sentence."""
    person = PersonId(template.people["auditor"])
    await _age(db, person, days=days)
    async with db.read() as session:
        assert (await queries.person(session, person)).disabled is disabled
        found = (await queries.list_people(session, status="disabled")).items
        assert [each.id for each in found] == ([person] if disabled else [])
    credentials = Credentials(cookie=None, token=template.tokens["auditor"])
    if disabled:
        with pytest.raises(NotSignedIn, match="35 days without a sign-in"):
            await queries.identify(db, credentials)
    else:
        assert await queries.identify(db, credentials) is not None


async def test_a_sign_in_begins_the_days_anew(db: Database, template: Template) -> None:
    """Real days since the last one."""
    person = PersonId(template.people["auditor"])
    async with db.write(actor=person, command="people.sign-in") as session:
        await commands.sign_in(session, person, consent_sha256="x")
    await _age(db, person, days=100)
    async with db.read() as session:
        assert not (await queries.person(session, person)).disabled
    async with db.write(actor=SERVICE, command="test") as session:
        await session.execute(update(SignIn).values(made_at=func.clock_timestamp() - timedelta(days=36)))
    async with db.read() as session:
        assert (await queries.person(session, person)).disabled


async def _sign_in(client: httpx.AsyncClient, person: int) -> httpx.Response:
    await client.post("/consent", data={"next": ""})
    return await client.post("/sign-in", data={"person": str(person), "next": ""})


async def test_a_disabled_person_is_told_why_and_the_way_out(service: Service) -> None:
    """A sentence on the page of sign-in, a mark in the list, a form for the administrator."""
    person = service.people["auditor"]
    await _age(service.db, person, days=36)
    async with service.anonymous() as client:
        refused = await _sign_in(client, person)
    assert refused.status_code == 409
    assert "Person Auditor is disabled: 35 days without a sign-in." in refused.text
    assert "An administrator enables the person again" in refused.text
    async with service.api("auditor") as client:
        answer = await client.get("/api/v1/people")
        assert (answer.status_code, "35 days" in answer.json()["detail"]) == (401, True)
    browser = await service.browser("administrator")
    assert "disabled: 35 days without a sign-in" in (await browser.get("/people?status=disabled")).text
    assert (await browser.get(f"/people/{person}/enable")).status_code == 200
    blank = await browser.post(f"/people/{person}/enable", {"because": "", "_version": "1"})
    assert blank.status_code == 422
    enabled = await browser.post(f"/people/{person}/enable", {"because": "Back from leave.", "_version": "1"})
    assert enabled.status_code == 303
    page = (await browser.get(f"/people/{person}")).text
    assert "Back from leave." in page
    again = await browser.post(f"/people/{person}/enable", {"because": "Once more.", "_version": "2"})
    assert (again.status_code, "not disabled" in again.text) == (409, True)
    async with service.anonymous() as client:
        assert (await _sign_in(client, person)).status_code == 303
    async with service.api("auditor") as client:
        assert (await client.get("/api/v1/people")).status_code == 200


async def test_a_disabled_person_gets_no_token_either(db: Database, template: Template) -> None:
    """The other way in."""
    person = PersonId(template.people["auditor"])
    await _age(db, person, days=36)
    with pytest.raises(Refused, match="35 days"):
        async with db.write(actor=SERVICE, command="test") as session:
            await commands.issue_token(session, person, commands.IssueToken("another"))


async def test_the_administrator_who_was_here_last_is_never_disabled(db: Database, template: Template) -> None:
    """The installation would be locked."""
    first = template.people["administrator"]
    await _age(db, *template.people.values(), days=100)
    async with db.read() as session:
        found = {each.id for each in (await queries.list_people(session, status="disabled")).items}
    assert found == set(template.people.values()) - {first}
    async with db.write(actor=SERVICE, command="test") as session:
        session.add(RoleAssignment(person_id=template.people["auditor"], role="administrator", since=TODAY))
        later = update(Person).where(Person.id == template.people["auditor"])
        await session.execute(later.values(enabled_at=func.clock_timestamp() - timedelta(days=90)))
    async with db.read() as session:
        assert (await queries.person(session, PersonId(first))).disabled
        assert not (await queries.person(session, PersonId(template.people["auditor"]))).disabled


async def test_a_person_of_the_exercise_program_stays(db: Database, template: Template) -> None:
    """Nobody's account: a demonstration opens after a year as on its first day."""
    async with db.write(actor=SERVICE, command="test", exercise=True) as session:
        body = commands.AddPerson(name="Robin", title="T", office_id=2, since=TODAY)
        person = await commands.add_person(session, body)
    await _age(db, person, days=400)
    async with db.read() as session:
        assert not (await queries.person(session, person)).disabled
