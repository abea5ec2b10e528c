"""The JSON door of the ledger: one happy path and every refusal."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.conftest import Service
from tests.features.ledger.makers import make_project

pytestmark = pytest.mark.asyncio(loop_scope="session")
ACCOUNT = {"symbol": "097-2026/2027-0400-000", "title": "RDT&E, Defense-Wide", "source": "a test"}
FUNDING: dict[str, Any] = {
    "number": "FD-1",
    "account_id": 1,
    "title": "Allotment",
    "level_of_control": "allotment",
    "source_of_authority": "regular act",
    "purpose": "Studies",
    "received_on": "2025-12-18",
    "amount": "1000.00",
}
ENTRY: dict[str, Any] = {
    "kind": "obligation",
    "amount": "100.00",
    "effective_on": "2025-12-20",
    "document_on": "2025-12-20",
    "funding_document_id": 1,
    "program_authority": "1253.e.1",
    "document_number": "D-1",
    "need": "Parts for this year",
}
INCURRED: dict[str, Any] = {
    "kind": "expenditure",
    "amount": "5.00",
    "effective_on": "2025-12-21",
    "flag": "unmatched disbursement",
    "evidence": "Voucher 17",
    "funding_document_id": 1,
}


async def funded(service: Service) -> None:
    async with service.api("comptroller") as api:
        assert (await api.post("/api/v1/ledger/accounts", json=ACCOUNT)).status_code == 201
        assert (await api.post("/api/v1/ledger/funding", json=FUNDING)).status_code == 201


async def test_the_whole_way_of_a_dollar(service: Service):
    await funded(service)
    async with service.api("comptroller") as api:
        posted = await api.post("/api/v1/ledger/entries", json=ENTRY)
        assert posted.status_code == 201, posted.text
        number = posted.json()["entry"]["id"]
        assert posted.headers["location"] == f"/api/v1/ledger/entries/{number}"
        spent = {"kind": "expenditure", "amount": "40.00", "effective_on": "2025-12-21", "adjusts_entry_id": number}
        assert (await api.post("/api/v1/ledger/entries", json=spent)).status_code == 201
        shown = (await api.get(f"/api/v1/ledger/entries/{number}")).json()
        assert shown["unliquidated"] == "60.00"
        found = (await api.get("/api/v1/ledger/entries?kind=obligation&fiscal_year=2026&authority=1253")).json()
        assert found["total"] == 1
        totals = (await api.get("/api/v1/ledger/totals?by=authority")).json()
        assert totals["total"]["obligated_1253"] == "100.00"
        assert totals["statement"]["reconciled"] == "not reconciled with official accounting"
        assert (await api.get("/api/v1/ledger/funding/1")).json()["available"] == "900.00"
        body = {"effective_on": "2025-12-22", "because": "Entered twice"}
        [expenditure] = (await api.get("/api/v1/ledger/entries?kind=expenditure")).json()["items"]
        back = await api.post(f"/api/v1/ledger/entries/{expenditure['id']}/reversal", json=body)
        assert back.status_code == 201
        assert back.json()["entry"]["signed"] == "-40.00"
        again = await api.post(f"/api/v1/ledger/entries/{expenditure['id']}/reversal", json=body)
        assert (again.status_code, again.json()["citation"]) == (409, "Convention")
        assert (await api.post("/api/v1/ledger/exceptions", json=INCURRED)).status_code == 201
        assert (await api.get("/api/v1/ledger/exceptions")).json()["total"] == 1


async def test_a_refusal_names_the_rule_the_figures_and_the_way_out(service: Service):
    """31 U.S.C. 1517(a)(2)"""
    await funded(service)
    async with service.api("comptroller") as api:
        answer = await api.post("/api/v1/ledger/entries", json=ENTRY | {"amount": "1000.01"})
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["citation"] == "31 U.S.C. 1514, 1517(a)(2)"
    assert "$1,000.01" in problem["detail"]
    assert problem["way_out"] == "Up to $1,000.00 would pass."


async def test_every_mistake_comes_at_once(service: Service):
    await funded(service)
    async with service.api("comptroller") as api:
        bare = {"kind": "obligation", "amount": "0", "effective_on": "2026-09-30"}
        answer = await api.post("/api/v1/ledger/entries", json=bare)
        assert answer.status_code == 422
        assert {each["where"] for each in answer.json()["mistakes"]} == {
            "amount", "funding_document_id", "program_authority", "document_number", "need", "document_on",
        }  # fmt: skip
        for wrong in ({"amount": "NaN"}, {"amount": "1.005"}, {"amount": 0.1}, {"kind": "reversal"}, {"extra": 1}):
            assert (await api.post("/api/v1/ledger/entries", json=ENTRY | wrong)).status_code == 422
        for hostile in ("a\x00b", "x" * 10_000, "   "):
            answer = await api.post("/api/v1/ledger/entries", json=ENTRY | {"document_number": hostile})
            assert answer.status_code == 422
        assert (await api.get("/api/v1/ledger/entries?kind=nothing")).status_code == 422
        assert (await api.get("/api/v1/ledger/totals?by=nothing")).status_code in (400, 422)
        assert (await api.get("/api/v1/ledger/entries/99999")).status_code == 404
        assert (await api.get("/api/v1/ledger/funding/99999")).status_code == 404
        assert (await api.get("/api/v1/ledger/accounts/99999")).status_code == 404
        missing = await api.post(
            "/api/v1/ledger/entries/99999/reversal", json={"effective_on": "2026-01-01", "because": "Twice"}
        )
        assert missing.status_code == 404


async def test_the_same_key_posts_once(service: Service):
    await funded(service)
    async with service.api("comptroller") as api:
        answers = [
            await api.post("/api/v1/ledger/entries", json=ENTRY, headers={"Idempotency-Key": "one"}) for _ in range(2)
        ]
        assert answers[0].json()["entry"]["id"] == answers[1].json()["entry"]["id"]
        other = await api.post(
            "/api/v1/ledger/entries", json=ENTRY | {"amount": "1.00"}, headers={"Idempotency-Key": "one"}
        )
        assert other.status_code == 422
        assert (await api.get("/api/v1/ledger/entries?kind=obligation")).json()["total"] == 1


async def test_changes_name_the_version_they_saw(service: Service):
    await funded(service)
    revision = {"number": "FD-1", "title": "Better", "purpose": "Studies"}
    async with service.api("comptroller") as api:
        for path, body, method in (
            ("/api/v1/ledger/funding/1", revision, "PUT"),
            ("/api/v1/ledger/accounts/1", {"title": "Better", "source": "a test"}, "PUT"),
            ("/api/v1/ledger/funding/1/end", {"until": "2026-01-05", "because": "Spent"}, "PATCH"),
        ):
            version = (await api.get(path.removesuffix("/end"))).headers["etag"]
            assert (await api.request(method, path, json=body)).status_code == 428
            assert (await api.request(method, path, json=body, headers={"If-Match": '"77"'})).status_code == 412
            done = await api.request(method, path, json=body, headers={"If-Match": version})
            assert done.status_code == 200, done.text
        closing = await api.patch(
            "/api/v1/ledger/accounts/1/closing",
            json={"closed_on": "2026-01-05", "because": "Spent"},
            headers={"If-Match": '"2"'},
        )
        assert closing.status_code == 409
        assert [each["command"] for each in (await api.get("/api/v1/ledger/funding/1/history")).json()] == [
            "funding.end",
            "funding.revise",
            "funding.receive",
        ]
        assert len((await api.get("/api/v1/ledger/accounts/1/history")).json()) == 2
        assert (await api.get("/api/v1/ledger/funding?ended=false")).json()["total"] == 0
        assert (await api.get("/api/v1/ledger/accounts?q=0400")).json()["total"] == 1


async def test_only_a_comptroller_posts_and_everybody_reads(service: Service):
    await funded(service)
    posts = (
        ("/api/v1/ledger/accounts", ACCOUNT),
        ("/api/v1/ledger/funding", FUNDING),
        ("/api/v1/ledger/entries", ENTRY),
        ("/api/v1/ledger/entries/1/reversal", {"effective_on": "2026-01-01", "because": "Twice"}),
        ("/api/v1/ledger/exceptions", INCURRED),
    )
    for role in ("program-office", "auditor", "administrator", "report-writer"):
        async with service.api(role) as api:
            for path, body in posts:
                assert (await api.post(path, json=body)).status_code == 403
            assert (await api.get("/api/v1/ledger/entries")).json()["total"] == 1
    async with service.anonymous() as api:
        assert (await api.get("/api/v1/ledger/entries")).status_code == 401


async def test_a_reader_sees_no_trace_of_what_is_hidden(service: Service):
    await funded(service)
    secret = await make_project(service.db, "Quiet", "CUI//NOCON")
    async with service.api("comptroller") as api:
        posted = await api.post("/api/v1/ledger/entries", json=ENTRY | {"project_id": secret})
        number = posted.json()["entry"]["id"]
        hidden = FUNDING | {"number": "FD-2", "marking": "CUI//NOCON"}
        assert (await api.post("/api/v1/ledger/funding", json=hidden)).status_code == 201
    async with service.db.write(actor=1, command="test.contractor") as session:
        auditor = service.people["auditor"]
        await session.execute(
            text("update person set reader_kind = 'contractor', version = version + 1 where id = :id"), {"id": auditor}
        )
    async with service.api("auditor") as api:
        assert (await api.get(f"/api/v1/ledger/entries/{number}")).status_code == 404
        assert (await api.get("/api/v1/ledger/funding/2")).status_code == 404
        assert (await api.get("/api/v1/ledger/funding/2/history")).status_code == 404
        assert (await api.get("/api/v1/ledger/funding")).json()["total"] == 1
        assert (await api.get("/api/v1/ledger/accounts")).json()["items"][0]["documents"] == 1
        assert (await api.get("/api/v1/ledger/accounts/1")).json()["documents"] == 1
        assert (await api.get("/api/v1/ledger/entries")).json()["total"] == 1
        assert (await api.get("/api/v1/ledger/totals")).json()["total"]["obligated"] == "0.00"


async def test_an_accounts_state_is_that_of_the_day_asked_about(service: Service):
    """31 U.S.C. 1502(a), 1552(a), 1553(a)"""
    await funded(service)
    async with service.api("comptroller") as api:
        for on, state in (
            ("2025-09-30", "not yet available"),
            ("2025-10-01", "available"),
            ("2027-09-30", "available"),
            ("2027-10-01", "expired"),
            ("2032-09-30", "expired"),
            ("2032-10-01", "closed"),
        ):
            [listed] = (await api.get(f"/api/v1/ledger/accounts?on={on}")).json()["items"]
            shown = (await api.get(f"/api/v1/ledger/accounts/{listed['id']}?on={on}")).json()
            assert listed == shown
            assert (shown["state"], shown["state_on"]) == (state, on)
        today = (await api.get("/api/v1/ledger/accounts/1")).json()
        assert (today["state"], today["state_on"]) == ("available", "2026-11-20")
        assert (await api.get("/api/v1/ledger/accounts?on=soon")).status_code in (400, 422)
    browser = await service.browser("comptroller")
    page = await browser.get("/ledger/accounts?on=2032-10-01")
    assert page.text.count("State on 1 Oct 2032") >= 2
    assert "closed</span>" in page.text
    assert "State today" in (await browser.get("/ledger/accounts?on=")).text
    wrong = await browser.get("/ledger/accounts?on=soon")
    assert wrong.status_code == 422
    assert "Expected a day such as" in wrong.text
