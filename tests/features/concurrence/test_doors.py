"""The JSON and the HTML door of the coordination room: the happy paths and the refusals."""

import re
from html import unescape
from typing import Any

import pytest
from lxml import html
from sqlalchemy import text

from pipir.features.people.commands import RevisePerson, revise_person
from pipir.features.people.tables import SERVICE, Person
from pipir.kernel.access import Role
from tests.conftest import Service
from tests.features.concurrence.makers import DUE, TODAY, a_request, revised
from tests.features.participants.situations import contractor_api, enter

ROOM = "/api/v1/concurrence"
OFFICE = 2


def match(version: int) -> dict[str, str]:
    """The header of a change."""
    return {"If-Match": f'"{version}"'}


def body(**said: Any) -> dict[str, Any]:
    return a_request(concur=[OFFICE], **said)


async def test_a_request_from_asking_to_the_undoing_of_its_reopening(service: Service) -> None:
    async with service.api("program-office") as asker, service.api("state-liaison") as office:
        made = await asker.post(ROOM, json=body())
        assert (made.status_code, made.headers["location"]) == (201, f"{ROOM}/1")
        asked = made.json()["offices"][0]["id"]
        assert [each["asked"]["id"] for each in (await office.get(f"{ROOM}/waiting")).json()["answers"]] == [asked]
        conditions = [{"title": "Tell us.", "due_on": DUE.isoformat(), "owner_office_id": OFFICE}]
        said = {"answer": "concur with conditions", "conditions": conditions}
        answer = await office.post(f"{ROOM}/asked/{asked}/answer", json=said)
        assert (answer.status_code, answer.json()["state"]) == (200, "agreed")
        met = await asker.patch(f"{ROOM}/conditions/1/met", json={"evidence": "Letter 4."}, headers=match(1))
        assert met.json()["state"] == "met"
        reopened = await asker.patch(
            f"{ROOM}/1/reopened", json={"because": "A new fact.", "due_on": DUE.isoformat()}, headers=match(2)
        )
        assert (reopened.json()["state"], reopened.json()["round"]) == ("open", 2)
        undone = await asker.patch(f"{ROOM}/1/reopening-undone", json={}, headers=match(3))
        assert (undone.json()["state"], undone.json()["round"], undone.json()["allowed"]) == ("agreed", 1, True)
        assert [each["number"] for each in (await asker.get(f"{ROOM}/1/rounds")).json()] == [2, 1]
        assert (await asker.get(f"{ROOM}/1/history")).json()[0]["command"] == "concurrence.undo-reopening"
        assert (await asker.get(f"{ROOM}/days")).json()[0]["answered"] == 1
        assert (await asker.get(f"{ROOM}?mine=true&status=agreed")).json()["total"] == 1


async def test_a_change_of_the_value_a_send_back_and_a_withdrawal(service: Service) -> None:
    async with service.api("program-office") as asker, service.api("comptroller") as office:
        asked = (await asker.post(ROOM, json=body())).json()["offices"][0]["id"]
        back = {"fields": ["steps"], "reasons": ["incomplete"]}
        assert (await office.post(f"{ROOM}/asked/{asked}/send-back", json=back)).json()["state"] == "sent back"
        changed = await asker.put(f"{ROOM}/1", json=revised(concur=[OFFICE]), headers=match(2))
        assert (changed.json()["state"], changed.json()["round"]) == ("open", 2)
        late = await office.post(f"{ROOM}/asked/{asked}/answer", json={"answer": "concur"})
        assert (late.status_code, "changed since" in late.json()["detail"]) == (409, True)
        gone = await asker.patch(f"{ROOM}/1/withdrawn", json={"because": "Moot."}, headers=match(3))
        assert gone.json()["state"] == "withdrawn"
        assert (await asker.patch(f"{ROOM}/1/settled", json={}, headers=match(4))).status_code == 409


async def test_an_escalation_is_decided_and_many_are_answered(service: Service) -> None:
    decider = service.people["senior-official"]
    said = body() | {"concur": [], "coordinate": [OFFICE]}
    async with (
        service.api("program-office") as asker,
        service.api("comptroller") as office,
        service.api("senior-official") as official,
    ):
        asked = [(await asker.post(ROOM, json=said | {"title": f"R{n}"})).json()["offices"][0]["id"] for n in (1, 2)]
        many = {"asked_ids": asked, "answer": "non-concur", "comment": "The timing is wrong."}
        waiting = await office.post(f"{ROOM}/answers", json=many)
        assert (waiting.status_code, waiting.json()["answers"]) == (200, [])
        for n in (1, 2):
            named = await asker.patch(f"{ROOM}/{n}/decider", json={"decider_id": decider}, headers=match(1))
            assert named.json()["decider_id"] == decider
        one = await official.post(f"{ROOM}/escalations/1/decision", json={"decision": "proceed", "reason": "Weighed."})
        assert one.json()["state"] == "agreed"
        both = {"escalation_ids": [1, 2], "decision": "do not proceed", "reason": "Weighed."}
        none = await official.post(f"{ROOM}/decisions", json=both)
        assert (none.status_code, none.json()["mistakes"][0]["expected"].partition(":")[0]) == (422, "R1")
        rest = await official.post(f"{ROOM}/decisions", json=both | {"escalation_ids": [2]})
        assert (rest.status_code, rest.json()["decisions"]) == (200, [])
        assert (await asker.get(f"{ROOM}/2")).json()["state"] == "refused"


async def test_a_policy_is_entered_shown_and_ended_by_those_who_may(service: Service) -> None:
    said = {"act": "invitation", "title": "P", "citation": "M 1", "since": TODAY.isoformat(), "concur": [OFFICE]}
    for role in ("state-liaison", "comptroller", "auditor"):
        async with service.api(role) as client:  # type: ignore[arg-type]
            assert (await client.post(f"{ROOM}/policies", json=said)).status_code == 403
    async with service.api("administrator") as client:
        assert (await client.post(f"{ROOM}/policies", json=said)).status_code == 201
        assert (await client.get(f"{ROOM}/policies")).json()[0]["in_force"]
        ended = await client.patch(
            f"{ROOM}/policies/1/end", json={"until": TODAY.isoformat(), "because": "Over."}, headers=match(1)
        )
        assert ended.json()["until"] == TODAY.isoformat()


async def test_who_may_neither_ask_nor_answer_reads(service: Service) -> None:
    async with service.api("program-office") as asker:
        await asker.post(ROOM, json=body())
    for role in ("auditor", "administrator"):
        async with service.api(role) as client:  # type: ignore[arg-type]
            assert (await client.get(f"{ROOM}/1")).status_code == 200
            assert (await client.post(ROOM, json=body())).status_code == 403
            assert (await client.post(f"{ROOM}/asked/1/answer", json={"answer": "concur"})).status_code == 403


async def test_a_refused_invitation_leads_to_the_form_filled_with_it(service: Service) -> None:
    country = await enter(service.db)
    async with service.api("administrator") as client:
        said = {"act": "invitation", "title": "P", "citation": "M 1", "since": TODAY.isoformat(), "concur": [OFFICE]}
        await client.post(f"{ROOM}/policies", json=said)
    browser = await service.browser("program-office")
    step = {"value": "invited", "since": TODAY.isoformat(), "source": "Letter 7 of the day", "_version": "1"}
    refused = await browser.post(f"/participants/{country}/standing", step)
    assert refused.status_code == 409
    href = re.search(r'<a href="(/concurrence/new\?[^"]+)">Ask for coordination', refused.text)
    assert href, "the refusal shows the way out as a link"
    form = await browser.get(href[1].replace("&amp;", "&"))
    assert "standing: invited" in form.text
    assert "What you filled in: value, since, source." in form.text
    assert re.search(rf'name="concur" value="{OFFICE}" checked', form.text)
    typed = {
        "act": "invitation",
        "title": "Invite Japan",
        "subject_kind": "participant",
        "subject_id": str(country),
        "subject_href": f"/participants/{country}",
        "question": "Do you agree?",
        "before": "country: JPN",
        "after": "country: JPN\nstanding: invited\nauthority: Sec. 1253(d)",
        "due_on": DUE.isoformat(),
        "concur": [str(OFFICE)],
        "marking": "UNCLASSIFIED",
        "typed": unescape(re.search(r'name="typed" value="([^"]*)"', form.text)[1]),  # type: ignore[index]
    }
    wrong = await browser.post("/concurrence/new", typed | {"after": "no colon", "due_on": "soon"})
    assert (wrong.status_code, wrong.text.count('id="field-after-mistake"'), "no colon" in wrong.text) == (422, 1, True)
    made = await browser.post("/concurrence/new", typed)
    assert made.headers["location"] == "/concurrence/1"
    office = await service.browser("state-liaison")
    answer = await office.get("/concurrence/asked/1/answer")
    assert "Value before and after" in answer.text
    given = await office.post("/concurrence/asked/1/answer", {"answer": "concur"})
    assert given.status_code == 303, given.text
    # What is agreed waits for the person who asked; its form opens as it was filled, and is sent as it stands.
    inbox = await browser.get("/inbox")
    assert 'aria-label="Inbox: 1 of coordination waits for you"' in inbox.text
    href = f"/participants/{country}/standing?coordination=1"
    assert f'<a href="{href}">Do it now: Invite Japan</a>' in inbox.text
    assert f'href="{href}"' in (await browser.get("/concurrence/1")).text
    again = (await browser.get(href)).text
    assert 'value="Letter 7 of the day"' in again
    assert f'value="{TODAY.isoformat()}"' in again
    assert re.search(r'<option value="invited" selected>', again)
    assert (await browser.post(f"/participants/{country}/standing", step)).status_code == 303
    assert "Inbox: 1" not in (await browser.get("/inbox")).text
    done = (await browser.get("/concurrence/1")).text
    assert "The act was done." in done
    assert href not in done
    assert (await browser.get("/participants/99/standing?coordination=1")).status_code == 404
    assert (await browser.get(f"/participants/{country}/standing?coordination=99")).status_code == 404


async def test_the_change_of_a_project_opens_again_as_it_was_agreed(service: Service) -> None:
    """A long text is known to the offices by its hash; the form holds the text itself."""
    async with service.api("administrator") as client:
        said = {"title": "P", "citation": "M 1", "since": TODAY.isoformat(), "concur": [OFFICE]}
        for act in ("project-change", "project-approval"):
            assert (await client.post(f"{ROOM}/policies", json=said | {"act": act})).status_code == 201
    browser, office = await service.browser("program-office"), await service.browser("state-liaison")
    long = "A long text.\nIt has lines. " * 30
    form: dict[str, str | list[str]] = {
        "name": "Radar repair", "kind": "co-production", "status": "active", "objectives": ["1253.b.2", "1253.b.5"],
        "classified_by": "The office", "source": "A letter", "description": long, "planned_total": "1,000.00",
        "program_authority": "1253.e.1", "marking": "CUI",
    }  # fmt: skip

    async def agreed(path: str, typed: dict[str, str | list[str]]) -> tuple[str, dict[str, str | list[str]]]:
        """The act's form as it opens once the offices have agreed to what a refused one held."""
        refused = await browser.post(path, typed)
        assert refused.status_code == 409, refused.text
        found = re.search(r'<a href="(/concurrence/new\?[^"]+)">Ask for coordination', refused.text)
        assert found, refused.text
        asked = fields_of((await browser.get(unescape(found[1]))).text)
        asked |= {"question": "Do you agree?", "due_on": DUE.isoformat(), "policy_citation": ""}
        made = await browser.post("/concurrence/new", asked)
        assert made.status_code == 303, made.text
        number = made.headers["location"].rpartition("/")[2]
        async with service.api("state-liaison") as client:
            view = (await client.get(f"{ROOM}/{number}")).json()
        given = await office.post(f"/concurrence/asked/{view['offices'][0]['id']}/answer", {"answer": "concur"})
        assert given.status_code == 303, given.text
        page = await browser.get(made.headers["location"])
        link = re.search(r'href="([^"]+\?coordination=[0-9]+)"', page.text)
        assert link, page.text
        filled = await browser.get(link[1])
        assert filled.status_code == 200, filled.text
        return link[1].partition("?")[0], fields_of(filled.text)

    path, again = await agreed("/projects/new", form)
    made = await browser.post(path, again)
    assert made.status_code == 303, made.text
    project = made.headers["location"]
    change = form | {"name": "Radar repair and parts", "_version": "1", "planned_total": "2,000.00"}
    del change["status"]
    path, again = await agreed(f"{project}/revise", change)
    done = await browser.post(path, again)
    assert done.status_code == 303, done.text
    async with service.api("program-office") as client:
        view = (await client.get(f"/api/v1{project}")).json()
    assert (view["name"], view["planned_total"], view["description"]) == (
        "Radar repair and parts", "2000.00", long.strip(),
    )  # fmt: skip


def fields_of(page: str) -> dict[str, str | list[str]]:
    """What the form of a page would send as it stands."""
    others = ("/sign-out", "/see-as", "/search")
    form = next(each for each in html.fromstring(page).forms if each.get("action") not in others)
    found: dict[str, str | list[str]] = {}
    for name, value in form.form_values():
        if name in found:
            before = found[name]
            found[name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            found[name] = value
    return {name: value for name, value in found.items() if name not in ("_csrf", "_key")}


async def test_every_page_of_the_room_is_drawn(service: Service) -> None:
    async with service.api("program-office") as asker:
        await asker.post(ROOM, json=body())
        said = {"act": "other", "title": "P", "citation": "M 1", "since": TODAY.isoformat(), "concur": [OFFICE]}
        await asker.post(f"{ROOM}/policies", json=said)
    browser = await service.browser("program-office")
    for path in (
        "/concurrence",
        "/concurrence?show=waiting&act=other&sort=-title",
        "/concurrence?show=mine",
        "/concurrence?show=settled",
        "/concurrence/export.csv?show=all",
        "/concurrence/new",
        "/concurrence/1",
        *(f"/concurrence/1/{act}" for act in ("revise", "settle", "withdraw", "decider")),
        "/concurrence/days",
        "/concurrence/days/export.csv",
        "/concurrence/policies",
        "/concurrence/policies/new",
        "/concurrence/policies/1",
        "/concurrence/policies/1/end",
    ):
        assert (await browser.get(path)).status_code == 200, path
    # A form that could not pass as the request stands is not given out.
    for act in ("reopen", "undo-reopening"):
        refused = await browser.get(f"/concurrence/1/{act}")
        assert (refused.status_code, 'href="/concurrence/1"' in refused.text) == (409, True)
    assert (await browser.get("/concurrence/1/dance")).status_code == 404
    assert (await browser.get("/concurrence/asked/99/answer")).status_code == 404
    assert (await browser.get("/concurrence/99")).status_code == 404


async def test_pages_change_what_the_doors_of_programs_change(service: Service) -> None:
    asker, office = await service.browser("program-office"), await service.browser("comptroller")
    policy = {"act": "other", "title": "P", "citation": "M 1", "since": TODAY.isoformat(), "concur": [str(OFFICE)]}
    assert (await asker.post("/concurrence/policies/new", policy | {"low_risk": "name\nmarking"})).status_code == 303
    assert (await asker.post("/concurrence/policies/new", policy | {"act": ""})).status_code == 422
    async with service.api("program-office") as client:
        await client.post(ROOM, json=body())
    assert (await office.post("/concurrence/asked/1/answer", {"answer": "non-concur"})).status_code == 422
    conditions = {"answer": "concur with conditions", "conditions": "One\nTwo"}
    assert (await office.post("/concurrence/asked/1/answer", conditions)).status_code == 422
    owed = {"condition_office_id": str(OFFICE), "condition_due_on": DUE.isoformat()}
    assert (await office.post("/concurrence/asked/1/answer", conditions | owed)).status_code == 303
    waived = {"because": "Moot.", "_version": "1"}
    assert (await office.post("/concurrence/conditions/1/waived", waived)).headers[
        "location"
    ] == "/concurrence/1#conditions"
    assert (await office.post("/concurrence/conditions/2/met", {"evidence": "", "_version": "1"})).status_code == 422
    again = {"because": "New.", "due_on": DUE.isoformat(), "_version": "2"}
    assert (await asker.post("/concurrence/1/reopen", again)).status_code == 303
    assert "Undo the reopening" in (await asker.get("/concurrence/1")).text
    assert (await asker.post("/concurrence/1/undo-reopening", {"_version": "3"})).status_code == 303
    assert (await asker.post("/concurrence/1/undo-reopening", {"_version": "4"})).status_code == 409
    assert (await asker.post("/concurrence/1/reopen", again | {"_version": "4"})).status_code == 303
    back = {"fields": ["steps"], "reasons": ["unclear"]}
    assert (await office.post("/concurrence/asked/3/send-back", back | {"reasons": []})).status_code == 422
    assert (await office.post("/concurrence/asked/3/send-back", back)).status_code == 303
    typed = {"after": "version: 2", "because": "Clearer.", "due_on": DUE.isoformat(), "concur": [str(OFFICE)]}
    typed |= {"policy_citation": "M 2", "marking": "CUI", "_version": "6"}
    assert (await asker.post("/concurrence/1/revise", typed | {"after": "version 2"})).status_code == 422
    done = await asker.post("/concurrence/1/revise", typed)
    assert done.status_code == 303, done.text
    assert (
        await asker.post("/concurrence/policies/1/end", {"until": "", "because": "", "_version": "1"})
    ).status_code == 422
    over = {"until": TODAY.isoformat(), "because": "Over.", "_version": "1"}
    assert (await asker.post("/concurrence/policies/1/end", over)).status_code == 303


@pytest.mark.parametrize("role", ["program-office", "state-liaison"])
async def test_what_a_contractor_may_not_see_is_not_there(service: Service, role: Role) -> None:
    async with service.api("program-office") as asker:
        await asker.post(ROOM, json=body(marking="CUI//NOCON"))
    async with service.db.write(actor=SERVICE, command="test") as session:
        person = await session.get_one(Person, service.people["comptroller"])
        said = RevisePerson(person.name, person.title, OFFICE, [role], "contractor")
        await revise_person(session, person.id, said, version=person.version)  # type: ignore[arg-type]
    async with service.api("comptroller") as client:
        for path in ("/1", "/1/rounds", "/1/history", "/1/conditions"):
            assert (await client.get(ROOM + path)).status_code == 404, path
        assert (await client.get(ROOM)).json()["total"] == 0
        assert (await client.get(f"{ROOM}/days")).json() == []
        assert (await client.get(f"{ROOM}/waiting")).json()["answers"] == []
        assert (await client.post(f"{ROOM}/asked/1/answer", json={"answer": "concur"})).status_code == 404
        there = await client.post(f"{ROOM}/asked/1/answer", json={"answer": "concur"})
        not_there = await client.post(f"{ROOM}/asked/9/answer", json={"answer": "concur"})
        assert there.json()["detail"] == not_there.json()["detail"]
        many = await client.post(f"{ROOM}/answers", json={"asked_ids": [1], "answer": "concur"})
        assert "Process" not in many.text


async def test_the_trail_of_a_request_is_as_hidden_as_its_subject(service: Service) -> None:
    """docs/releasability.md: rounds hold the value, and whom they ask; also where the subject is marked anew."""
    country = await enter(service.db)
    async with service.api("program-office") as asker:
        said = {"act": "other", "subject_kind": "participant", "subject_id": country, "title": "Quiet matter"}
        made = await asker.post(ROOM, json=body(**said, after={"standing": "quietly invited"}))
        assert made.status_code == 201, made.text
    async with await contractor_api(service) as client:
        kinds = ("concurrence_request", "participant")
        told = (await client.get("/api/v1/trail?limit=200")).json()["items"]
        assert len([each for each in told if each["subject"] in kinds]) > 3
        async with service.db.write(actor=SERVICE, command="test.hide") as session:
            await session.execute(
                text("update participant set version = version + 1, marking = 'CUI//NOCON', audience = 1")
            )
        told = (await client.get("/api/v1/trail?limit=200")).json()["items"]
        assert [each["told"] for each in told if each["subject"] in kinds] == []
