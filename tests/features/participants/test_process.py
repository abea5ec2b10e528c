"""The process of section 1253(d) as a record, and national points of contact."""

from datetime import date

import pytest
from sqlalchemy import text

from pipir.features.participants import commands, queries
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Conflict, NotFound, Refused
from tests.features.participants.situations import CONTRACTOR, HIDDEN, OFFICIAL, contractor_api, enter

PROCESS = {
    "title": "Invitations",
    "summary": "The office proposes, the Secretary decides.",
    "document": "Memorandum 26-2",
    "made_on": "2026-01-09",
    "in_force_from": "2026-02-02",
}
CONTACT = {"office": "Acquisition agency", "function": "Projects", "since": "2026-01-05", "person_name": "A. Person",
           "mail": "person@agency.example", "phone": "+81 3 0000 0000"}  # fmt: skip


async def make(db, made=date(2026, 1, 9), in_force=date(2026, 2, 2), **more):
    async with db.write(actor=SERVICE, command=commands.make_process.name) as session:
        body = commands.MakeProcess("Invitations", "The office proposes.", "Memorandum", made, in_force, **more)
        return await commands.make_process(session, body)


async def invite(db, number, on):
    async with db.write(actor=SERVICE, command=commands.record_standing.name) as session:
        body = commands.RecordStanding("invited", on, "A letter")
        await commands.record_standing(session, number, body, version=1)
    async with db.read() as session:
        return (await queries.steps_of(session, OFFICIAL, number))[0]


async def test_an_invitation_names_the_version_in_force_on_its_day(db):
    """Sec. 1253(d)"""
    first = await make(db)
    second = await make(db, in_force=date(2026, 6, 1))
    countries = [
        await enter(db),
        await enter(db, name="Australia", code="AUS"),
        await enter(db, name="India", code="IND"),
    ]
    steps = [
        await invite(db, number, on)
        for number, on in zip(countries, (date(2026, 1, 10), date(2026, 5, 31), date(2026, 6, 1)), strict=True)
    ]
    assert [each.process_number for each in steps] == [None, 1, 2]
    async with db.read() as session:
        assert [each.code for each in await queries.invited_under(session, OFFICIAL, first)] == ["AUS"]
        assert [each.code for each in await queries.invited_under(session, OFFICIAL, second)] == ["IND"]


async def test_an_ended_version_invites_nobody(db):
    number = await make(db)
    async with db.write(actor=SERVICE, command="participant.end-process") as session:
        await commands.end_process(session, number, commands.EndProcess(date(2026, 3, 1), "Withdrawn."), version=1)
    assert (await invite(db, await enter(db), date(2026, 3, 2))).process_number is None
    with pytest.raises(Refused, match="ended on"):
        async with db.write(actor=SERVICE, command="participant.end-process") as session:
            await commands.end_process(session, number, commands.EndProcess(date(2026, 4, 1), "Again."), version=2)


async def test_an_invitation_without_a_recorded_process_is_not_refused_and_says_so(service):
    """The record is not the process."""
    number = await enter(service.db)
    await invite(service.db, number, date(2026, 5, 4))
    page = (await (await service.browser("auditor")).get(f"/participants/{number}")).text
    assert "No process recorded here for that day; not public." in page
    assert "The record is not the process" in page


async def test_a_version_is_hidden_with_its_marking(db):
    """docs/releasability.md"""
    number = await make(db, marking=HIDDEN)
    country = await enter(db)
    await invite(db, country, date(2026, 5, 4))
    async with db.read() as session:
        assert await queries.processes(session, CONTRACTOR) == ()
        with pytest.raises(NotFound):
            await queries.process(session, CONTRACTOR, number)
        step = (await queries.steps_of(session, CONTRACTOR, country))[0]
        assert (step.process_number, step.process_id) == (None, None)


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"in_force_from": "2026-01-01"}, {"in_force_from"}),
        ({"made_on": "2999-01-01", "in_force_from": "2998-01-01"}, {"made_on", "in_force_from"}),
        ({"coordinated_on": "2026-01-20"}, {"coordinated_by"}),
        ({"coordinated_by": "A letter"}, {"coordinated_on"}),
        ({"coordinated_on": "2999-01-01", "coordinated_by": "A letter"}, {"coordinated_on"}),
        ({"summary": ""}, {"summary"}),
        ({"marking": "SECRET"}, {"marking"}),
    ],
)
async def test_a_version_names_each_of_its_mistakes(service, more, where):
    async with service.api("program-office") as client:
        answer = await client.post("/api/v1/participants/process", json=PROCESS | more)
        assert answer.status_code == 422
        assert {each["where"] for each in answer.json()["mistakes"]} == where


async def test_a_version_goes_its_way_through_the_json_door(service):
    async with service.api("state-liaison") as client:
        made = await client.post("/api/v1/participants/process", json=PROCESS)
        assert (made.status_code, made.json()["number"], made.json()["in_force"]) == (201, 1, True)
        path = made.headers["location"]
        body = {"coordinated_on": "2026-01-20", "coordinated_by": "Letter of State PM"}
        assert (await client.patch(f"{path}/coordination", json=body)).status_code == 428
        future = body | {"coordinated_on": "2999-01-01"}
        answer = await client.patch(f"{path}/coordination", json=future, headers={"If-Match": '"1"'})
        assert answer.status_code == 422
        answer = await client.patch(f"{path}/coordination", json=body, headers={"If-Match": '"1"'})
        assert (answer.status_code, answer.json()["coordinated_by"]) == (200, "Letter of State PM")
        answer = await client.patch(f"{path}/coordination", json=body, headers={"If-Match": '"2"'})
        assert answer.status_code == 409
        end = {"until": "2026-01-01", "because": "Replaced."}
        assert (await client.patch(f"{path}/end", json=end, headers={"If-Match": '"2"'})).status_code == 422
        end["until"] = "2026-12-31"
        assert (await client.patch(f"{path}/end", json=end, headers={"If-Match": '"2"'})).status_code == 200
        assert len((await client.get("/api/v1/participants/process")).json()) == 1
    async with service.api("auditor") as client:
        assert (await client.post("/api/v1/participants/process", json=PROCESS)).status_code == 403
        assert (await client.get(path)).status_code == 200


async def test_the_pages_of_the_process_keep_it(service):
    browser = await service.browser("program-office")
    assert "No process recorded here; not public." in (await browser.get("/participants/process")).text
    assert (await browser.get("/participants/process/new")).status_code == 200
    answer = await browser.post("/participants/process/new", PROCESS | {"in_force_from": ""})
    assert (answer.status_code, "Memorandum 26-2" in answer.text) == (422, True)
    answer = await browser.post("/participants/process/new", PROCESS | {"marking": "CUI"})
    address = answer.headers["location"]
    page = (await browser.get(address)).text
    assert "Coordination not recorded." in page
    assert f'href="{address}/coordination"' in page
    assert (await browser.get(f"{address}/coordination")).status_code == 200
    body = {"coordinated_on": "2026-01-20", "coordinated_by": "Letter of State PM", "_version": "1"}
    assert (await browser.post(f"{address}/coordination", body)).status_code == 303
    assert "Letter of State PM" in (await browser.get("/participants/process")).text
    assert (await browser.post(f"{address}/end", {"until": "", "because": "", "_version": "2"})).status_code == 422
    assert (await browser.get(f"{address}/burn")).status_code == 404
    auditor = await service.browser("auditor")
    assert (await auditor.get(f"{address}/end")).status_code == 403
    assert "/coordination" not in (await auditor.get(address)).text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("in_force_from = '2020-01-01'", "on or after the day it was made"),
        ("coordinated_on = '2026-01-20'", "its day and its document"),
        ("until = '2020-01-01', ended_because = 'x'", "for a reason"),
    ],
)
async def test_the_database_itself_holds_the_days_of_a_version(db, change, sentence):
    await make(db)
    with pytest.raises(Conflict, match=sentence):
        async with db.write(actor=SERVICE, command="test.write") as session:
            await session.execute(text(f"update invitation_process set {change}"))


async def test_a_point_of_contact_is_an_office_and_its_person_leaves_the_page_only_by_no_door(service):
    """In exports, reports and programs the office only."""
    number = await enter(service.db)
    browser = await service.browser("program-office")
    assert (await browser.get(f"/participants/{number}/contacts/new")).status_code == 200
    answer = await browser.post(f"/participants/{number}/contacts/new", CONTACT | {"mail": "nobody", "marking": "CUI"})
    assert (answer.status_code, 'href="#field-mail"' in answer.text) == (422, True)
    answer = await browser.post(f"/participants/{number}/contacts/new", CONTACT | {"marking": "CUI"})
    assert answer.status_code == 303
    page = (await browser.get(f"/participants/{number}")).text
    assert "Acquisition agency" in page
    assert "A. Person" in page
    auditor = await service.browser("auditor")
    async with service.api("auditor") as client:
        told = [
            (await auditor.get(f"/participants/{number}")).text,
            (await auditor.get("/participants/contacts.csv")).text,
            (await client.get("/api/v1/participants/contacts")).text,
            (await client.get("/api/v1/participants/contacts/1")).text,
            (await client.get(f"/api/v1/participants/{number}/history")).text,
            (await client.get("/api/v1/trail")).text,
        ]
    assert all("Acquisition agency" in each for each in told[:4])
    assert not any(secret in each for each in told for secret in ("A. Person", "agency.example", "+81"))


async def test_a_point_of_contact_is_corrected_and_ended_and_its_person_is_forgotten(service):
    number = await enter(service.db)
    async with service.api("state-liaison") as client:
        made = await client.post(f"/api/v1/participants/{number}/contacts", json=CONTACT)
        assert (made.status_code, "person_name" in made.json()) == (201, False)
        path = made.headers["location"]
        revised = {"office": "Agency", "function": "Projects", "person_name": "B. Person"}
        assert (await client.put(path, json=revised)).status_code == 428
        assert (await client.put(path, json=revised, headers={"If-Match": '"1"'})).json()["office"] == "Agency"
        end = {"until": "2025-01-01", "because": "It moved."}
        assert (await client.patch(f"{path}/end", json=end, headers={"If-Match": '"2"'})).status_code == 422
        end["until"] = "2026-06-01"
        assert (await client.patch(f"{path}/end", json=end, headers={"If-Match": '"2"'})).status_code == 200
        assert (await client.patch(f"{path}/end", json=end, headers={"If-Match": '"3"'})).status_code == 409
        assert (await client.get("/api/v1/participants/contacts")).json() == []
        assert len((await client.get("/api/v1/participants/contacts?ended=true")).json()) == 1
    browser = await service.browser("program-office")
    assert "B. Person" not in (await browser.get(f"/participants/{number}")).text
    form = await browser.get("/participants/contacts/1/revise")
    assert (form.status_code, 'value="Agency"' in form.text) == (200, True)
    assert (await browser.get("/participants/contacts/1/burn")).status_code == 404
    async with service.api("auditor") as client:
        assert (await client.post(f"/api/v1/participants/{number}/contacts", json=CONTACT)).status_code == 403


async def test_what_a_marking_hides_of_contacts_is_as_if_it_were_not_there(service):
    """docs/releasability.md"""
    number = await enter(service.db)
    async with service.api("program-office") as client:
        made = await client.post(f"/api/v1/participants/{number}/contacts", json=CONTACT | {"marking": HIDDEN})
        path = made.headers["location"]
    async with await contractor_api(service) as client:
        assert (await client.get("/api/v1/participants/contacts")).json() == []
        assert (await client.get(path)).status_code == 404
        end = {"until": "2026-06-01", "because": "It moved."}
        assert (await client.patch(f"{path}/end", json=end, headers={"If-Match": '"1"'})).status_code == 404
