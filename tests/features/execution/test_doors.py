"""The doors of execution: each page and route once on its way, and what they refuse."""

from datetime import date
from typing import Any

import pytest

from pipir.sheets import csv_bytes
from tests.conftest import Service
from tests.features.execution.makers import month, signed
from tests.features.ledger.makers import obligation, open_account, post, receive

pytestmark = pytest.mark.asyncio(loop_scope="session")
DRAFT: dict[str, Any] = {
    "funding_document_id": 1,
    "kind": "plan",
    "as_of": "2026-11-01",
    "first_month": "2026-10-01",
    "last_month": "2026-12-01",
}
PAGES = (
    "/ledger/execution",
    "/ledger/execution?by=account&as_of=2026-10-31",
    "/ledger/execution?by=project",
    "/ledger/execution/balances",
    "/ledger/plans",
    "/ledger/budgets",
    "/ledger/shares",
)
FILES = (
    "/ledger/execution/export.csv",
    "/ledger/execution/export.xlsx",
    "/ledger/execution/balances/export.csv",
    "/ledger/plans/export.csv",
    "/ledger/shares/export.xlsx",
)


async def test_a_plan_goes_through_the_json_door_from_draft_to_signature(service: Service):
    await receive(service.db)
    async with service.api("comptroller") as api:
        made = await api.post("/api/v1/ledger/plans", json=DRAFT)
        assert made.status_code == 201, made.text
        place = made.headers["location"]
        lines = [{"month": "2026-10-01", "obligations": "10.00", "outlays": "1.00"}]
        entered = await api.put(f"{place}/months", json={"lines": lines}, headers={"If-Match": made.headers["etag"]})
        assert entered.status_code == 200, entered.text
        done = await api.put(
            f"{place}/signature", json={"confirm": True}, headers={"If-Match": entered.headers["etag"]}
        )
        assert done.json()["plan"]["state"] == "signed"
        again = await api.put(f"{place}/months", json={"lines": lines}, headers={"If-Match": done.headers["etag"]})
        assert again.status_code == 409
        assert (await api.get("/api/v1/ledger/plans?status=signed&kind=plan")).json()["total"] == 1
        assert len((await api.get(f"{place}/history")).json()) >= 3
        assert (await api.get("/api/v1/ledger/plans?kind=guess")).status_code == 422
        gone = await api.put(f"{place}/withdrawal", json={"because": "No"}, headers={"If-Match": '"1"'})
        assert gone.status_code in (412, 422)


async def test_months_come_as_a_file_whole_or_not_at_all(service: Service):
    await receive(service.db)
    async with service.api("comptroller") as api:
        made = await api.post("/api/v1/ledger/plans", json=DRAFT)
        place, tag = f"{made.headers['location']}/file", {"If-Match": made.headers["etag"]}
        good = csv_bytes(("Month", "Obligations", "Outlays"), [["2026-10", "7.00", "2.00"]])
        bad = csv_bytes(("Month", "Obligations", "Outlays"), [["2026-10", "7.00", "2.00"], ["soon", "x", ""]])
        refused = await api.put(place, files={"file": ("plan.csv", bad)}, headers=tag)
        assert refused.status_code == 422
        assert [each["where"] for each in refused.json()["mistakes"]] == [
            "plan.csv:3:1 (Month)",
            "plan.csv:3:2 (Obligations)",
        ]
        taken = await api.put(place, files={"file": ("plan.csv", good)}, headers=tag)
        assert taken.status_code == 200, taken.text
        assert taken.json()["plan"]["obligations"] == "7.00"


async def test_budgets_the_review_and_shares_are_answered_as_json(service: Service):
    document = await receive(service.db)
    await post(service.db, obligation(document, "100.00"))
    async with service.api("comptroller") as api:
        budget = {"fiscal_year": 2027, "submitted_on": "2026-02-02", "source": "Budget of the United States"}
        assert (await api.post("/api/v1/ledger/budgets", json=budget)).status_code == 201
        assert (await api.post("/api/v1/ledger/budgets", json=budget)).status_code == 409
        assert len((await api.get("/api/v1/ledger/budgets")).json()) == 1
        (row,) = (await api.get("/api/v1/ledger/execution")).json()["rows"]
        assert (row["figures"]["obligated"], row["obligation_rate"]) == ("100.00", "10.0")
        assert (await api.get("/api/v1/ledger/execution?as_of=2099-01-01")).status_code == 422
        assert (await api.get("/api/v1/ledger/execution/balances")).json()["total"] == "100.00"
        assert (await api.get("/api/v1/ledger/execution/obligations")).json()["total"] == 1
        assert (await api.get("/api/v1/ledger/execution/obligations?sort=color")).status_code == 422
        assert (await api.get("/api/v1/ledger/shares?country=1")).status_code == 422
        assert "never added" in (await api.get("/api/v1/ledger/shares")).json()["not_additive"]


async def test_who_does_not_plan_reads_only(service: Service):
    await receive(service.db)
    async with service.api("auditor") as api:
        assert (await api.post("/api/v1/ledger/plans", json=DRAFT)).status_code == 403
        assert (await api.get("/api/v1/ledger/execution")).status_code == 200


@pytest.mark.parametrize("path", [*PAGES, *FILES])
async def test_each_page_and_file_is_there_before_anything_is_recorded(service: Service, path: str):
    """The empty case of every figure says so."""
    browser = await service.browser("comptroller")
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("path", [*PAGES, *FILES, "/ledger/plans/1", "/ledger/plans/1/export.xlsx"])
async def test_each_page_and_file_is_there_with_a_plan_and_money(service: Service, path: str):
    document = await receive(service.db)
    await post(service.db, obligation(document, "100.00"))
    await signed(service.db, document, month(2026, 10, "10", "5"))
    browser = await service.browser("auditor")
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    if path in PAGES[:1]:
        assert "Plan 1" in answer.text
        assert "below benchmark" in answer.text


async def test_money_planned_after_the_end_names_its_law_by_its_citation(service: Service):
    """Sec. 1253(g)"""
    document = await receive(service.db, await open_account(service.db, "097-X-0360-000"))
    end = {"first_month": date(2030, 12, 1), "last_month": date(2031, 2, 1)}
    named = month(2031, 2, "7", because="Goes on", other_authority="10-usc-2350a")
    await signed(service.db, document, named, **end)
    page = await (await service.browser("auditor")).get("/ledger/plans/1")
    assert "after the end, 10 U.S.C. 2350a" in page.text


async def test_the_form_of_months_keeps_what_was_typed_and_names_each_mistake(service: Service):
    await receive(service.db)
    browser = await service.browser("comptroller")
    made = await browser.post(
        "/ledger/plans/new", {key: str(value) for key, value in DRAFT.items()} | {"marking": "CUI"}
    )
    assert made.status_code == 303, made.text
    place = made.headers["location"]
    assert 'name="m2026_11_outlays"' in (await browser.get(place)).text
    typed = {"m2026_10_obligations": "1,000.50", "m2026_11_obligations": "a lot", "m2026_12_because": "x"}
    wrong = await browser.post(place, typed | {"_version": "1"})
    assert wrong.status_code == 422
    assert 'value="a lot"' in wrong.text
    assert 'value="1,000.50"' in wrong.text
    assert "2 things need correcting" in wrong.text
    assert "Obligations, November 2026" in wrong.text
    good = await browser.post(place, {"m2026_10_obligations": "1,000.50", "_version": "1"})
    assert good.status_code == 303, good.text
    page = await browser.get("/ledger/plans/1")
    assert "$1,000.50" in page.text
    # Its document holds $1,000.00.
    assert "More than the authority." in page.text
    signed_now = await browser.post("/ledger/plans/1/sign", {"confirm": "true", "_version": "2"})
    assert signed_now.status_code == 303, signed_now.text
    assert (await browser.get(place)).status_code == 409


async def test_a_signature_that_lacks_a_reason_says_which_month(service: Service):
    document = await receive(service.db)
    await signed(service.db, document, month(2026, 10, "10"))
    browser = await service.browser("comptroller")
    form = {key: str(value) for key, value in DRAFT.items()} | {"marking": "CUI", "kind": "forecast", "tolerance": "5"}
    assert (await browser.post("/ledger/plans/new", form)).status_code == 303
    await browser.post("/ledger/plans/2/months", {"m2026_10_obligations": "99", "_version": "1"})
    refused = await browser.post("/ledger/plans/2/sign", {"confirm": "true", "_version": "2"})
    assert refused.status_code == 422
    assert "Say why October 2026 moved by $89.00 in obligations" in refused.text
    gone = await browser.post("/ledger/plans/2/withdraw", {"because": "Not needed", "_version": "2"})
    assert gone.status_code == 303


async def test_the_page_of_a_file_names_its_mistakes(service: Service):
    await receive(service.db)
    browser = await service.browser("comptroller")
    form = {key: str(value) for key, value in DRAFT.items()} | {"marking": "CUI"}
    await browser.post("/ledger/plans/new", form)
    answer = await browser.client.post(
        "/ledger/plans/1/file",
        data={"_csrf": browser.csrf, "_version": "1"},
        files={"file": ("plan.csv", b"Month,Obligations,Outlays\nsoon,1,1\n")},
    )
    assert answer.status_code == 422
    assert "Expected a month such as 2027-10" in answer.text
    good = await browser.client.post(
        "/ledger/plans/1/file",
        data={"_csrf": browser.csrf, "_version": "1"},
        files={"file": ("plan.csv", b"Month,Obligations,Outlays\n2026-10,1,1\n")},
    )
    assert good.status_code == 303, good.text
    record = {"fiscal_year": "2027", "submitted_on": "2026-02-02", "source": "Budget"}
    assert (await browser.post("/ledger/budgets/new", record)).status_code == 303
    assert (await browser.post("/ledger/budgets/new", record | {"fiscal_year": "1"})).status_code == 422
