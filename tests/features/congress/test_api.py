"""The JSON door of Congress: the happy path and every refusal."""

from typing import Any

import pytest
from sqlalchemy import update

from pipir.features.people.tables import SERVICE, Person
from tests.conftest import Service
from tests.features.congress.makers import (
    OFFICE,
    SASC,
    a_briefing,
    a_contact,
    a_hold,
    a_promise,
    enter_contact,
    on_request,
    prepare,
    promise,
)

BASE = "/api/v1/congress"


def match(version: int) -> dict[str, str]:
    """The header of a change."""
    return {"If-Match": f'"{version}"'}


async def test_a_briefing_from_its_package_to_the_answer(service: Service) -> None:
    """Sec. 1253(f)(2)"""
    async with service.api("report-writer") as client:
        made = await client.post(f"{BASE}/briefings", json=a_briefing())
        assert (made.status_code, made.headers["etag"], made.headers["location"]) == (201, '"1"', f"{BASE}/briefings/1")
        changed = await client.put(
            f"{BASE}/briefings/1", json={"title": "B", "office_id": OFFICE, "briefer_role": "ASD"}, headers=match(1)
        )
        assert changed.json()["title"] == "B"
        rows = (await client.get(f"{BASE}/briefings/1/committees")).json()
        assert (len(rows), rows[0]["committee"]) == (6, SASC)
        row = f"{BASE}/committee-briefings/{rows[0]['id']}"
        planned = await client.put(row, json={"planned_on": "2026-11-25", "place": "Room 1"}, headers=match(1))
        assert planned.json()["planned_on"] == "2026-11-25"
        given = {"given_on": "2026-11-18", "place": "Room 1", "attendees": "Staff of both sides."}
        assert (await client.patch(f"{row}/given", json=given, headers=match(2))).json()["given_on"] == "2026-11-18"
        back = await client.patch(f"{row}/reopened", json={"because": "Wrong day."}, headers=match(3))
        assert back.json()["given_on"] is None
        await client.patch(f"{row}/given", json=given, headers=match(4))
        asked = await client.post(
            f"{BASE}/briefings/1/questions",
            json={"committee": SASC, "question": "How many?", "office_id": OFFICE, "due_on": "2026-12-15"},
        )
        question = asked.headers["location"]
        body = {"committee": SASC, "question": "How many radars?", "office_id": OFFICE}
        assert (await client.put(question, json=body, headers=match(1))).json()["due_on"] is None
        answer = {"answered_on": "2026-11-19", "answer": "Four.", "answering_office_id": OFFICE}
        assert (await client.patch(f"{question}/answered", json=answer, headers=match(2))).json()["answer"] == "Four."
        await client.patch(f"{question}/reopened", json={"because": "Five."}, headers=match(3))
        gone = {"withdrawn_on": "2026-11-20", "because": "By letter."}
        assert (await client.patch(f"{question}/withdrawn", json=gone, headers=match(4))).json()["answer"] is None
        assert (await client.get(f"{BASE}/briefings/1/questions")).json()[0]["state"]["label"] == "Withdrawn"
        history = (await client.get(f"{BASE}/briefings/1/history")).json()
        assert history[0]["command"] == "briefing.withdraw-question"


async def test_a_briefing_on_request_takes_any_committee_and_is_called_off(service: Service) -> None:
    async with service.api("program-office") as client:
        await client.post(f"{BASE}/briefings", json=on_request())
        added = await client.post(f"{BASE}/briefings/1/committees", json={"committee": "House Small Business"})
        assert added.json()["committee_name"] == "House Small Business"
        off = await client.patch(f"{BASE}/briefings/1/called-off", json={"because": "Not needed."}, headers=match(1))
        assert off.json()["called_off_because"] == "Not needed."


async def test_a_committee_that_is_no_addressee_is_refused_with_the_citation(service: Service) -> None:
    """Sec. 1253(f)(2)"""
    async with service.api("program-office") as client:
        await client.post(f"{BASE}/briefings", json=a_briefing())
        answer = await client.post(f"{BASE}/briefings/1/committees", json={"committee": "house-small-business"})
        assert answer.status_code == 409
        assert "1253(f)(2)" in answer.json()["citation"]


async def test_a_contact_is_entered_changed_and_settled(service: Service) -> None:
    async with service.api("senior-official") as client:
        made = await client.post(f"{BASE}/contacts", json=a_contact())
        place = made.headers["location"]
        assert (await client.put(place, json=a_contact(title="B"), headers=match(1))).json()["title"] == "B"
        answer = {"answered_on": "2026-10-20", "answer": "Four.", "evidence": "Letter 1."}
        assert (await client.patch(f"{place}/answered", json=answer, headers=match(2))).json()["status"] == "answered"
        again = await client.patch(f"{place}/reopened", json={"because": "Five."}, headers=match(3))
        assert again.json()["status"] == "open"
        gone = {"withdrawn_on": "2026-11-01", "because": "By letter."}
        assert (await client.patch(f"{place}/withdrawn", json=gone, headers=match(4))).json()["status"] == "withdrawn"
        hold = (await client.post(f"{BASE}/contacts", json=a_hold())).headers["location"]
        free = {"released_on": "2026-11-01", "because": "By telephone."}
        assert (await client.patch(f"{hold}/released", json=free, headers=match(1))).json()["status"] == "released"
        assert (await client.get(f"{hold}/history")).json()[0]["command"] == "contact.release-hold"


async def test_a_promise_is_entered_stated_late_kept_and_dropped(service: Service) -> None:
    async with service.api("program-office") as client:
        place = (await client.post(f"{BASE}/promises", json=a_promise())).headers["location"]
        changed = await client.put(
            place, json=a_promise(made_in="report", report_year=2027, due_on="2026-11-10"), headers=match(1)
        )
        assert (changed.json()["made_at"], changed.json()["href"]) == ("Report of 2027", "/reports/2027")
        late = await client.patch(f"{place}/late", json={"late_days": 3, "statement": "Later."}, headers=match(2))
        assert late.json()["state"]["label"] == "Late by 3 days"
        kept = {"kept_on": "2026-11-20", "evidence": "Letter."}
        assert (await client.patch(f"{place}/kept", json=kept, headers=match(3))).json()["outcome"] == "kept"
        await client.patch(f"{place}/reopened", json={"because": "A page is missing."}, headers=match(4))
        drop = {"dropped_on": "2026-11-20", "because": "Overtaken.", "told": "Staff, by letter."}
        assert (await client.patch(f"{place}/dropped", json=drop, headers=match(5))).json()["told"] == drop["told"]
        assert (await client.get(f"{place}/history")).json()[0]["command"] == "promise.drop"


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("briefings", {}, {"title", "office_id"}),
        ("briefings", a_briefing(requested_by="Staff"), {"duty", "requested_by"}),
        ("briefings", a_briefing(duty="briefing-2031"), {"duty"}),
        ("briefings", a_briefing(briefer_role=None), {"briefer_role"}),
        ("briefings", a_briefing(briefer_id=99), {"briefer_id"}),
        ("briefings", a_briefing(office_id=99), {"office_id"}),
        ("briefings", a_briefing(title="A\x00B", extra=1, marking="CUI"), {"title", "extra"}),
        ("briefings", a_briefing(marking="SECRET"), {"marking"}),
        ("briefings/1/committees", {"committee": " "}, {"committee"}),
        ("briefings/1/questions", {"committee": "x", "question": "Why?", "office_id": OFFICE}, {"committee"}),
        ("contacts", {}, {"kind", "title", "asked", "received_on", "office_id"}),
        ("contacts", a_contact(kind="rumour", asked=""), {"kind", "asked"}),
        ("contacts", a_contact(committee="house-small-business"), {"committee"}),
        ("contacts", a_contact(committee=None, received_on="2026-12-01"), {"member_office", "received_on", "due_on"}),
        ("contacts", a_contact(office_id=99), {"office_id"}),
        ("contacts", a_contact(due_on=None), {"due_on"}),
        ("promises", {}, {"title", "words", "made_in", "made_on", "due_on", "office_id"}),
        ("promises", a_promise(made_in="briefing", source=None), {"briefing_id"}),
        ("promises", a_promise(made_in="contact", contact_id=99), {"contact_id"}),
        ("promises", a_promise(made_in="report", report_year=2026), {"report_year"}),
        ("promises", a_promise(person_id=99), {"person_id"}),
        ("promises", a_promise(office_id=2**63), {"office_id"}),
        ("promises", a_promise(due_on="2026-02-30"), {"due_on"}),
    ],
)
async def test_every_mistake_of_a_body_is_named_by_its_field(
    service: Service, path: str, body: dict[str, Any], fields: set[str]
) -> None:
    async with service.api("program-office") as client:
        await client.post(f"{BASE}/briefings", json=on_request())
        answer = await client.post(f"{BASE}/{path}", json=body)
        assert answer.status_code == 422, answer.text
        assert {mistake["where"] for mistake in answer.json()["mistakes"]} == fields


async def test_a_change_names_its_version(service: Service) -> None:
    async with service.api("program-office") as client:
        await client.post(f"{BASE}/contacts", json=a_contact())
        assert (await client.put(f"{BASE}/contacts/1", json=a_contact())).status_code == 428
        assert (await client.put(f"{BASE}/contacts/1", json=a_contact(), headers=match(7))).status_code == 412


async def test_a_repeated_request_enters_one_promise(service: Service) -> None:
    async with service.api("program-office") as client:
        key = {"Idempotency-Key": "k1"}
        first = await client.post(f"{BASE}/promises", json=a_promise(), headers=key)
        again = await client.post(f"{BASE}/promises", json=a_promise(), headers=key)
        assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
        assert (await client.get(f"{BASE}/promises")).json()["total"] == 1


async def test_every_role_reads_and_three_change(service: Service) -> None:
    for role in ("auditor", "comptroller", "state-liaison", "administrator"):
        async with service.api(role) as client:  # type: ignore[arg-type]
            for path in ("briefings", "contacts", "promises"):
                assert (await client.get(f"{BASE}/{path}")).status_code == 200
                assert (await client.post(f"{BASE}/{path}", json={})).status_code == 403
    async with service.anonymous() as client:
        assert (await client.get(f"{BASE}/contacts")).status_code == 401


async def test_what_a_reader_may_not_see_is_not_found(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await prepare(session, marking="CUI//FED ONLY")
        await enter_contact(session, marking="CUI//FED ONLY")
        await promise(session, marking="CUI//FED ONLY")
        await session.execute(
            update(Person).where(Person.id == service.people["program-office"]).values(reader_kind="contractor")
        )
    async with service.api("program-office") as client:
        for path in (
            "briefings/1",
            "briefings/1/history",
            "briefings/1/committees",
            "briefings/1/questions",
            "committee-briefings/1",
            "briefing-questions/1",
            "contacts/1",
            "contacts/1/history",
            "promises/1",
            "promises/1/history",
        ):
            assert (await client.get(f"{BASE}/{path}")).status_code == 404, path
        assert (await client.put(f"{BASE}/contacts/1", json=a_contact(), headers=match(1))).status_code == 404
        assert (await client.put(f"{BASE}/promises/1", json=a_promise(), headers=match(1))).status_code == 404
        assert (await client.put(f"{BASE}/committee-briefings/1", json={}, headers=match(1))).status_code == 404
        assert (await client.get(f"{BASE}/promises")).json()["total"] == 0


async def test_a_list_is_filtered_by_what_the_address_says(service: Service) -> None:
    async with service.api("program-office") as client:
        await client.post(f"{BASE}/contacts", json=a_contact())
        for address, total in (
            ("contacts?status=open", 1),
            ("contacts?kind=informal%20hold", 0),
            ("contacts?overdue=true", 1),
            ("contacts?office=99", 0),
            ("promises?outcome=open", 0),
            ("briefings?status=pending&basis=statute", 0),
        ):
            assert (await client.get(f"{BASE}/{address}")).json()["total"] == total, address
        for address in ("contacts?sort=marking", "promises?cursor=x", "briefings?limit=0", f"contacts?office={10**20}"):
            assert (await client.get(f"{BASE}/{address}")).status_code == 422, address
