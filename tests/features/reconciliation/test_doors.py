"""Reconciliation by its doors: JSON and pages, who may, and what a refusal looks like."""

from typing import Any

import httpx
import pytest
from lxml import html

from pipir.features.people.tables import SERVICE
from pipir.features.reconciliation import commands
from pipir.kernel.access import Role
from pipir.kernel.money import Dollars
from tests.conftest import Browser, Service
from tests.features.ledger.makers import open_account, receive
from tests.features.reconciliation.makers import MONTH, SYMBOL, extract, line, obligate, record_incurred, source

R = "/api/v1/ledger/reconciliation"
P = "/ledger/reconciliation"


def _body(**values: Any) -> dict[str, Any]:
    given = source(**values)
    return {name: getattr(given, name) for name in given.__struct_fields__ if getattr(given, name) is not None}


async def _send(client: httpx.AsyncClient, number: int, content: bytes, as_of: str = "2025-12-31") -> httpx.Response:
    return await client.post(
        f"{R}/sources/{number}/extracts", data={"as_of": as_of}, files={"file": ("extract.csv", content, "text/csv")}
    )


async def _version(client: httpx.AsyncClient, path: str) -> dict[str, str]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return {"If-Match": answer.headers["etag"]}


async def test_the_json_door_reads_answers_matches_and_signs(service: Service) -> None:
    """From the source to the signed month."""
    account = await open_account(service.db)
    document = await receive(service.db, account)
    first = await obligate(service.db, document, "C-1", "100.00")
    async with service.api("comptroller") as api:
        made = await api.post(f"{R}/sources", json=_body())
        assert made.status_code == 201, made.text
        number = made.json()["id"]
        assert made.json()["owner_person_id"] == service.people["comptroller"]
        broken = await _send(api, number, extract(line("C-1", "LOAN", "1")))
        assert broken.status_code == 422
        assert broken.json()["mistakes"][0] == {
            "where": "extract.csv:2:3 (Type)",
            "expected": "Expected one of: OBL, Obligation, DISB.",
            "found": "LOAN",
        }
        answer = await _send(api, number, extract(line("C-1", "OBL", "90.00"), line("C-9", "OBL", "5.00")))
        assert answer.status_code == 201, answer.text
        view = answer.json()
        assert (view["differing"], view["only_official"], view["marking"]) == (1, 1, "CUI")
        again = await _send(api, number, extract(line("C-1", "OBL", "90.00"), line("C-9", "OBL", "5.00")))
        assert again.status_code == 409
        lines = await api.get(f"{R}/extracts/{view['id']}/lines?q=C-9")
        assert [each["document_number"] for each in lines.json()["items"]] == ["C-9"]
        found = (await api.get(f"{R}/differences?sort=-difference&kind=amount+differs")).json()
        assert [each["difference"] for each in found["items"]] == ["10.00"]
        item = found["items"][0]
        path = f"{R}/differences/{item['id']}"
        body = {"answer": "error in the ledger", "explanation": "Booked twice", "corrected_by_entry_id": first}
        assert (await api.patch(f"{path}/answer", json=body)).status_code == 428
        done = await api.patch(f"{path}/answer", json=body, headers=await _version(api, path))
        assert done.json()["status"] == "error in the ledger"
        owner = {"owner_person_id": service.people["program-office"]}
        assert (await api.patch(f"{path}/owner", json=owner, headers=await _version(api, path))).status_code == 200
        assert len((await api.get(f"{path}/history")).json()) == 3
        matched = await api.patch(
            f"{R}/extracts/{view['id']}/match", json={}, headers=await _version(api, f"{R}/extracts/{view['id']}")
        )
        assert matched.status_code == 200
        sign = {"account_id": account, "month_on": "2025-12-31", "difference": "15.00"}
        signed = await api.post(f"{R}/sources/{number}/months", json=sign)
        assert signed.status_code == 201, signed.text
        assert signed.json()["differences"] == 2
        listed = (await api.get(f"{R}/months?account={account}")).json()
        assert listed["total"] == 1
        totals = (await api.get("/api/v1/ledger/totals")).json()
        assert totals["statement"]["reconciled"].startswith("reconciled with Exercise accounting through 31 Dec 2025")
        ended = await api.patch(
            f"{R}/sources/{number}/end",
            json={"until": "2026-11-19", "because": "Replaced"},
            headers=await _version(api, f"{R}/sources/{number}"),
        )
        assert ended.json()["until"] == "2026-11-19"
        refused = await _send(api, number, extract(line("C-1", "OBL", "1.00")), "2026-01-31")
        assert refused.status_code == 409
        for path in (f"{R}/sources/999", f"{R}/extracts/999", f"{R}/differences/999", f"{R}/months/999"):
            assert (await api.get(path)).status_code == 404


async def test_the_json_door_reviews_obligations(service: Service) -> None:
    """Opened, answered by the project's office, looked at by the comptroller, closed."""
    document = await receive(service.db)
    await obligate(service.db, document, "C-1", "100.00")
    async with service.api("comptroller") as api, service.api("program-office") as office:
        made = await api.post("/api/v1/ledger/reviews", json={"title": "Autumn", "least": "50.00"})
        assert made.status_code == 201, made.text
        review = made.json()["id"]
        items = (await office.get(f"/api/v1/ledger/review-items?review={review}&unanswered=true")).json()["items"]
        path = f"/api/v1/ledger/review-items/{items[0]['id']}"
        body = {"answer": "deobligate", "because": "Ended early", "deobligate": "30.00"}
        answered = await office.patch(f"{path}/answer", json=body, headers=await _version(office, path))
        assert answered.json()["state"] == "answered"
        look = {"looked": "agreed"}
        assert (await office.patch(f"{path}/look", json=look, headers=await _version(office, path))).status_code == 403
        looked = await api.patch(f"{path}/look", json=look, headers=await _version(api, path))
        assert looked.json()["state"] == "to be posted"
        assert (await api.get(f"/api/v1/ledger/review-items?review={review}&to_post=true")).json()["total"] == 1
        closing = {"because": "All answered"}
        place = f"/api/v1/ledger/reviews/{review}"
        closed = await api.patch(f"{place}/end", json=closing, headers=await _version(api, place))
        assert closed.json()["closed_on"] == "2026-11-20"
        assert (await api.get("/api/v1/ledger/reviews")).json()["total"] == 0
        reviewer = {"office_id": 1}
        assert (
            await api.patch(f"{path}/reviewer", json=reviewer, headers=await _version(api, path))
        ).status_code == 409


async def test_the_json_door_takes_the_steps_of_a_case(service: Service) -> None:
    """And refuses those out of order."""
    document = await receive(service.db)
    entry = await record_incurred(service.db, document, "unmatched disbursement")
    async with service.api("comptroller") as api:
        case = (await api.get(f"/api/v1/ledger/cases?entry={entry}")).json()["items"][0]
        path = f"/api/v1/ledger/cases/{case['id']}"
        step = {"state": "research", "on_day": "2026-11-20", "findings": "Asked the paying office"}
        skipped = await api.patch(f"{path}/steps", json=step | {"state": "closed"}, headers=await _version(api, path))
        assert skipped.status_code == 409
        assert "It may become research." in skipped.text
        taken = await api.patch(f"{path}/steps", json=step, headers=await _version(api, path))
        assert taken.json()["state"] == "research"
        assert [each["state"] for each in (await api.get(f"{path}/steps")).json()] == ["research"]
        owner = {"owner_person_id": service.people["comptroller"], "due_on": "2026-12-24"}
        kept = await api.patch(f"{path}/owner", json=owner, headers=await _version(api, path))
        assert (kept.json()["due_on"], kept.json()["overdue"]) == ("2026-12-24", False)
        assert (await api.get("/api/v1/ledger/cases?overdue=true")).json()["total"] == 0
        assert len((await api.get(f"{path}/history")).json()) == 4


@pytest.mark.parametrize("role", ["auditor", "program-office", "report-writer", "state-liaison"])
async def test_only_the_comptroller_reconciles(service: Service, role: Role) -> None:
    """Everybody else reads."""
    await open_account(service.db)
    async with service.api(role) as api:
        assert (await api.post(f"{R}/sources", json=_body())).status_code == 403
        assert (await api.post("/api/v1/ledger/reviews", json={"title": "Autumn"})).status_code == 403
        for path in (f"{R}/sources", f"{R}/differences", f"{R}/months", f"{R}/extracts", "/api/v1/ledger/cases"):
            assert (await api.get(path)).status_code == 200


# ---- pages


def _action(page: httpx.Response) -> tuple[str, dict[str, str]]:
    """The address and the hidden fields of the form of an act."""
    form = next(each for each in html.fromstring(page.content).iter("form") if each.get("method") == "post"
                and "/ledger/" in (each.get("action") or ""))  # fmt: skip
    hidden = form.xpath(".//input[@type='hidden']")
    return form.get("action"), {each.get("name"): each.get("value") for each in hidden if each.get("name") != "_csrf"}


async def _act(browser: Browser, path: str, **typed: Any) -> httpx.Response:
    """Fill a form as it stands on its page, and send it."""
    page = await browser.get(path)
    assert page.status_code == 200, page.text
    action, hidden = _action(page)
    return await browser.post(action, hidden | typed)


async def test_the_pages_lead_from_the_source_to_the_signed_month(service: Service) -> None:
    """By forms alone, without a script."""
    account = await open_account(service.db)
    document = await receive(service.db, account)
    await obligate(service.db, document, "C-1", "100.00")
    browser = await service.browser("comptroller")
    assert "No source is entered" in (await browser.get(P)).text
    typed = {name: ", ".join(value) if isinstance(value, list) else str(value) for name, value in _body().items()}
    wrong = await _act(browser, f"{P}/sources/new", **(typed | {"obligation_words": "", "symbols": SYMBOL}))
    assert wrong.status_code == 422
    assert "Doc No" in wrong.text
    made = await _act(browser, f"{P}/sources/new", **(typed | {"symbols": SYMBOL}))
    assert made.status_code == 303, made.text
    here = made.headers["location"]
    page = await browser.get(here)
    assert "OBL, Obligation" in page.text
    broken = await browser.client.post(
        f"{here}/extract",
        data={"_csrf": browser.csrf, "as_of": "2025-12-31", "marking": "CUI"},
        files={"file": ("extract.csv", extract(line("C-1", "LOAN", "1")), "text/csv")},
    )
    assert broken.status_code == 422
    row = html.fromstring(broken.content).xpath("//section[@id='mistakes']//tbody/tr/td/text()")
    assert row == ["2", "Type", "LOAN", "Expected one of: OBL, Obligation, DISB."]
    read = await browser.client.post(
        f"{here}/extract",
        data={"_csrf": browser.csrf, "as_of": MONTH.isoformat(), "marking": "CUI"},
        files={"file": ("extract.csv", extract(line("C-1", "OBL", "90.00")), "text/csv")},
    )
    assert read.status_code == 303, read.text
    extract_page = await browser.get(read.headers["location"])
    assert "$90.00" in extract_page.text
    assert (await browser.get(f"{read.headers['location']}/export.csv")).text.count("C-1") == 1
    assert (await _act(browser, f"{read.headers['location']}/match")).status_code == 303
    listed = await browser.get(f"{P}/differences?status=open")
    item = html.fromstring(listed.content).xpath("//a[@class='record']/@href")[0]
    answered = await _act(browser, f"{item}/answer", answer="timing", explanation="Booked there in January")
    assert answered.status_code == 303, answered.text
    assert "Booked there in January" in (await browser.get(item)).text
    assert "C-1" in (await browser.get(f"{P}/differences/export.csv")).text
    assert (await _act(browser, f"{item}/assign", owner_person_id=str(SERVICE))).status_code in (303, 422)
    refused = await _act(
        browser, f"{here}/sign", account_id=str(account), month_on="2025-12-31", difference="0.00", marking="CUI"
    )
    assert refused.status_code == 422
    assert "Expected the difference as it stands now: $10.00." in refused.text
    signed = await _act(
        browser, f"{here}/sign", account_id=str(account), month_on="2025-12-31", difference="10.00", marking="CUI"
    )
    assert signed.status_code == 303, signed.text
    overview = (await browser.get(P)).text
    assert "nothing posted into it" in overview
    for path in ("/ledger", f"/ledger/accounts/{account}", "/ledger/funding", "/ledger/exceptions", P):
        assert (
            "reconciled with Exercise accounting through 31 Dec 2025; difference $10.00 in 1 document line"
            in (await browser.get(path)).text
        ), path
    assert "10.00" in (await browser.get(f"{P}/export.csv")).text
    assert (await _act(browser, f"{here}/end", until="2026-11-19", because="Replaced")).status_code == 303


async def test_the_pages_of_a_review_lead_to_the_prefilled_entry(service: Service) -> None:
    """Answered by one, looked at by another, then posted."""
    document = await receive(service.db)
    obligation = await obligate(service.db, document, "C-1", "100.00")
    browser, office = await service.browser("comptroller"), await service.browser("program-office")
    assert "No review is open" in (await browser.get("/ledger/reviews")).text
    made = await _act(browser, "/ledger/reviews/new", title="Autumn review")
    assert made.status_code == 303, made.text
    here = made.headers["location"]
    listed = await office.get(f"{here}?unanswered=true")
    item = html.fromstring(listed.content).xpath("//a[@class='record']/@href")[0]
    wrong = await _act(office, f"{item}/answer", answer="deobligate", because="Ended early")
    assert wrong.status_code == 422
    done = await _act(office, f"{item}/answer", answer="deobligate", because="Ended early", deobligate="30.00")
    assert done.status_code == 303, done.text
    assert (await _act(browser, f"{item}/look", looked="agreed")).status_code == 303
    page = await browser.get(item)
    link = html.fromstring(page.content).xpath("//a[contains(@href, '/ledger/entries/new')]/@href")[0]
    assert link == f"/ledger/entries/new?kind=deobligation&adjusts={obligation}&amount=30.00"
    form = html.fromstring((await browser.get(link)).content)
    assert form.xpath("//input[@name='amount']/@value") == ["30.00"]
    assert "C-1" in (await browser.get(f"{here}/export.csv?to_post=true")).text
    assert (await _act(browser, f"{here}/close", because="The next one is open")).status_code == 303
    assert "Autumn review" in (await browser.get("/ledger/reviews?closed=true")).text


async def test_the_exceptions_page_shows_everything_that_is_out_of_order(service: Service) -> None:
    """All kinds, with age, owner and case; a case's page takes its steps."""
    document = await receive(service.db)
    entry = await record_incurred(service.db, document, "unmatched disbursement")
    async with service.db.write(actor=SERVICE, command="test.review") as session:
        await obligate(service.db, document, "C-1", "100.00")
        await commands.open_review(session, commands.OpenReview("Autumn", least=Dollars("1.00")))
    browser = await service.browser("comptroller")
    page = await browser.get("/ledger/exceptions")
    assert page.status_code == 200
    for told in (f"X-{entry}", "Unmatched disbursement", "Differences", "To be deobligated", "0 days old"):
        assert told in page.text, told
    case = html.fromstring((await browser.get("/ledger/cases?kind=unmatched+disbursement")).content).xpath(
        "//a[@class='record']/@href"
    )[0]
    assert (await browser.get(case)).status_code == 200
    refused = await _act(browser, f"{case}/step", state="matched", on_day="2026-11-20", findings="Found it")
    assert refused.status_code == 409
    taken = await _act(browser, f"{case}/step", state="research", on_day="2026-11-20", findings="Asked the office")
    assert taken.status_code == 303, taken.text
    assert "Asked the office" in (await browser.get(case)).text
    kept = await _act(browser, f"{case}/assign", owner_person_id=str(service.people["comptroller"]))
    assert kept.status_code == 303, kept.text
    assert f"X-{entry}" in (await browser.get("/ledger/cases/export.csv")).text
    reader = await service.browser("auditor")
    assert "Take the next step" not in (await reader.get(case)).text
    assert (await reader.get(f"{case}/step")).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body", "where"),
    [
        (
            *("POST", f"{R}/sources"),
            {"name": 5, "symbols": ["a", "b"], "amount_column": "Doc", "document_column": "Doc", "stage_column": "S"}
            | {"obligation_words": [], "expenditure_words": ["x", "X"]},
            {"name", "holds", "symbol_column", "obligation_words", "expenditure_words", "document_column"},
        ),
        (
            *("PATCH", "/api/v1/ledger/review-items/1/answer"),
            {"answer": "valid and needed", "because": 5, "deobligate": "1.00", "needed_until": "2000-01-01"},
            {"because", "needed_until", "evidence", "deobligate"},
        ),
        (
            *("PATCH", "/api/v1/ledger/review-items/1/answer"),
            {"answer": "deobligate", "because": "", "deobligate": "-1.00"},
            {"because", "deobligate"},
        ),
        (
            *("PATCH", "/api/v1/ledger/cases/1/steps"),
            {"state": "reported", "on_day": "soon", "findings": "Done", "matched_entry_id": 1},
            {"on_day", "document", "matched_entry_id"},
        ),
        # Whichever state is meant, each of which needs something else.
        (
            *("PATCH", "/api/v1/ledger/cases/1/steps"),
            {"state": "done", "on_day": "soon", "findings": "Done", "matched_entry_id": 1},
            {"state", "on_day"},
        ),
        (
            *("PUT", "/api/v1/ledger/funding/1"),
            {"number": "", "title": "T", "purpose": "Tests", "period_from": "2026-05-01", "period_until": "2026-01-01"},
            {"number", "period_until"},
        ),
        (
            *("POST", "/api/v1/ledger/import-sources"),
            {"name": "", "holds": "Files", "columns": {"nothing": {"column": "N"}}, "kinds": {"O": "loan"}},
            {"name", "columns.nothing", "kinds"},
        ),
    ],
)  # fmt: skip
async def test_what_could_be_read_is_judged_beside_what_could_not(
    service: Service, method: str, path: str, body: dict[str, Any], where: set[str]
) -> None:
    """Every mistake comes at once, of the doors of money that take more than a line."""
    async with service.api("comptroller") as api:
        answer = await api.request(method, path, json=body, headers={"If-Match": '"1"'} if method != "POST" else {})
    assert answer.status_code == 422, answer.text
    assert {each["where"] for each in answer.json()["mistakes"]} == where
