"""The pages of the ledger: what they show, what their forms take and give back."""

from typing import Any

import pytest

from tests.conftest import Service
from tests.features.ledger.makers import make_participant, make_project, obligation, open_account, post, receive

pytestmark = pytest.mark.asyncio(loop_scope="session")
CERTIFIES = "it certifies no funds"


async def filled(service: Service) -> tuple[int, int, int]:
    """An account with a document, and an obligation of a project with a country."""
    account = await open_account(service.db)
    document = await receive(service.db, account)
    project, country = await make_project(service.db), await make_participant(service.db)
    number = await post(service.db, obligation(document, project_id=project, participant_id=country))
    return account, document, number


async def test_every_page_says_that_it_certifies_no_funds(service: Service):
    account, document, number = await filled(service)
    browser = await service.browser("comptroller")
    for path in (
        "/ledger",
        f"/ledger/entries/{number}",
        "/ledger/entries/new",
        f"/ledger/entries/{number}/reverse",
        "/ledger/exceptions",
        "/ledger/exceptions/new",
        "/ledger/funding",
        "/ledger/funding/new",
        f"/ledger/funding/{document}",
        f"/ledger/funding/{document}/revise",
        "/ledger/accounts",
        "/ledger/accounts/new",
        f"/ledger/accounts/{account}",
        f"/ledger/accounts/{account}/revise",
    ):
        page = await browser.get(path)
        assert page.status_code == 200, path
        assert CERTIFIES in page.text, path


async def test_an_empty_ledger_says_what_to_do(service: Service):
    browser = await service.browser("comptroller")
    for path, words in (
        ("/ledger", "No entry is posted"),
        ("/ledger/exceptions", "No exception is recorded"),
        ("/ledger/funding", "No funding document is received"),
        ("/ledger/accounts", "No account is open"),
    ):
        assert words in (await browser.get(path)).text


async def test_totals_show_section_1253_apart_and_the_chart_as_a_table(service: Service):
    _, document, _ = await filled(service)
    await post(service.db, obligation(document, "50.00", program_authority="10-usc-2350a"))
    browser = await service.browser("auditor")
    page = (await browser.get("/ledger")).text
    assert "$100 under section 1253, $50 under another authority" in page
    assert "Show as a table" in page
    assert "not reconciled with official accounting" in page
    assert "of what you may see" in page
    assert "Post an entry" not in page
    # Nothing here is of the exercise: not a bar may say so.
    assert "EXERCISE DATA" not in page
    filtered = (await browser.get("/ledger?country=AUS&fiscal_year=2026&kind=&project=&account=&authority=1253")).text
    assert "Solid rocket motors" in filtered
    assert "Remove filter: </span>Australia" in filtered
    assert (await browser.get("/ledger?fiscal_year=x")).status_code == 422
    assert (await browser.get("/ledger?kind=nothing")).status_code == 422


async def test_a_form_reports_all_mistakes_and_keeps_what_was_typed(service: Service):
    _, document, number = await filled(service)
    browser = await service.browser("comptroller")
    typed: dict[str, Any] = {"kind": "obligation", "amount": "12,5", "effective_on": "yesterday", "document_line": "7b"}
    page = await browser.post("/ledger/entries/new", typed)
    assert page.status_code == 422
    assert "7 things need correcting" in page.text
    for value in ("12,5", "yesterday", "7b"):
        assert f'value="{value}"' in page.text
    typed |= {"amount": "$1,250.00", "effective_on": "2025-12-20"}
    page = await browser.post("/ledger/entries/new", typed)
    for field in ("funding_document_id", "program_authority", "document_number", "need"):
        assert f"field-{field}" in page.text.partition('id="error-summary"')[2].partition("</ul>")[0]
    page = await browser.post(f"/ledger/entries/{number}/reverse", {"effective_on": "", "because": ""})
    assert page.status_code == 422
    page = await browser.post("/ledger/accounts/new", {"symbol": "<script>", "title": "x", "source": "y"})
    assert page.status_code == 422
    assert "<script>" not in page.text.replace("<script defer", "")
    page = await browser.post("/ledger/funding/new", {"number": "FD-9"})
    assert page.status_code == 422
    assert 'value="FD-9"' in page.text
    assert document


async def test_a_refusal_stands_above_the_form_with_its_rule(service: Service):
    """31 U.S.C. 1517(a)(2)"""
    _, document, _ = await filled(service)
    browser = await service.browser("comptroller")
    typed = {
        "kind": "obligation",
        "amount": "$5,000.00",
        "effective_on": "2025-12-20",
        "funding_document_id": str(document),
        "program_authority": "1253.e.1",
        "document_number": "D-9",
        "document_on": "2025-12-20",
        "need": "Parts for this year",
    }
    page = await browser.post("/ledger/entries/new", typed)
    assert page.status_code == 409
    assert "31 U.S.C. 1514, 1517(a)(2)" in page.text
    assert "Up to $900.00 would pass." in page.text
    assert 'value="$5,000.00"' in page.text
    through = {"amount": "900.00", "other_authority": "22-usc-2767"}
    done = await browser.post("/ledger/entries/new", typed | through | {"_key": "k1"})
    assert done.status_code == 303
    assert "22 U.S.C. 2767" in (await browser.get(done.headers["location"])).text
    again = await browser.post("/ledger/entries/new", typed | through | {"_key": "k1"})
    assert again.headers["location"] == done.headers["location"]


async def test_forms_enter_reverse_revise_and_end(service: Service):
    browser = await service.browser("comptroller")
    made = await browser.post(
        "/ledger/accounts/new", {"symbol": "097-X-0360-000", "title": "Purchases", "source": "a test"}
    )
    assert made.status_code == 303
    account = made.headers["location"]
    received = await browser.post(
        "/ledger/funding/new",
        {
            "number": "FD-1",
            "account_id": account.rpartition("/")[2],
            "title": "<b>Allotment</b>",
            "level_of_control": "allotment",
            "source_of_authority": "regular act",
            "purpose": "Studies",
            "received_on": "2025-12-18",
            "amount": "1,000.00",
            "marking": "CUI//NOFORN",
        },
    )
    assert received.status_code == 303, received.text
    document = received.headers["location"]
    page = (await browser.get(document)).text
    assert "&lt;b&gt;Allotment&lt;/b&gt;" in page
    assert "CUI//NOFORN" in page
    incurred = await browser.post(
        "/ledger/exceptions/new",
        {
            "flag": "unmatched disbursement",
            "evidence": "Voucher 17",
            "kind": "expenditure",
            "amount": "5.00",
            "effective_on": "2025-12-20",
            "funding_document_id": document.rpartition("/")[2],
        },
    )
    assert incurred.status_code == 303, incurred.text
    entry = incurred.headers["location"]
    assert "Voucher 17" in (await browser.get(entry)).text
    assert entry in (await browser.get("/ledger/exceptions")).text
    back = await browser.post(f"{entry}/reverse", {"effective_on": "2025-12-21", "because": "Matched since"})
    assert back.status_code == 303
    assert "Matched since" in (await browser.get(back.headers["location"])).text
    assert (
        await browser.post(f"{entry}/reverse", {"effective_on": "2025-12-21", "because": "Again"})
    ).status_code == 409
    revision = {"number": "FD-1A", "title": "Better", "purpose": "Studies", "marking": "CUI", "_version": "1"}
    assert (await browser.post(f"{document}/revise", revision)).status_code == 303
    assert (await browser.post(f"{document}/revise", revision)).status_code == 412
    ending = {"until": "2026-01-05", "because": "Spent", "_version": "2"}
    assert (await browser.post(f"{document}/end", ending | {"because": ""})).status_code == 422
    assert (await browser.post(f"{document}/end", ending)).status_code == 303
    assert "FD-1A" not in (await browser.get("/ledger/funding")).text
    assert "FD-1A" in (await browser.get("/ledger/funding?ended=true")).text
    change = {"title": "Better", "source": "The list", "_version": "1"}
    assert (await browser.post(f"{account}/revise", change)).status_code == 303
    closing = {"closed_on": "2026-01-05", "because": "Fulfilled", "_version": "2"}
    assert (await browser.post(f"{account}/close", closing | {"closed_on": "2999-01-01"})).status_code == 422
    refused = await browser.post(f"{account}/close", closing)
    assert refused.status_code == 409
    assert "1 Oct 2028" in refused.text
    empty = {"symbol": "097-X-0361-000", "title": "Purchases", "source": "a test"}
    account = (await browser.post("/ledger/accounts/new", empty)).headers["location"]
    assert (await browser.post(f"{account}/close", closing | {"_version": "1"})).status_code == 303
    assert "Fulfilled" in (await browser.get(account)).text


async def test_the_export_holds_the_filtered_entries(service: Service):
    _, _, number = await filled(service)
    browser = await service.browser("auditor")
    answer = await browser.get("/ledger/export.csv?kind=obligation&fiscal_year=")
    lines = answer.text.splitlines()
    assert len(lines) == 2
    assert f"{number},obligation" in lines[1]
    assert "100.00" in lines[1]
    answer = await browser.get("/ledger/funding/export.csv?level=allotment&account=&sort=number")
    assert len(answer.text.splitlines()) == 2
    assert "900.00" in answer.text


async def test_only_a_comptroller_finds_the_forms(service: Service):
    _, _, number = await filled(service)
    browser = await service.browser("program-office")
    for path in (
        "/ledger/entries/new",
        f"/ledger/entries/{number}/reverse",
        "/ledger/exceptions/new",
        "/ledger/funding/new",
        "/ledger/accounts/new",
    ):
        assert (await browser.get(path)).status_code == 403
        assert (await browser.post(path)).status_code == 403
    for path in ("/ledger/entries/99999", "/ledger/funding/99999", "/ledger/accounts/99999"):
        assert (await browser.get(path)).status_code == 404


UNREAD: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    # Where it is posted, what is typed, and what each mistake says; of the unread fields only that they are unread.
    "entry": (
        "entries",
        {"kind": "upward adjustment", "amount": "-5.00", "effective_on": "soon", "receipt_law": "A law"},
        {
            "amount": "above zero",
            "effective_on": "a date",
            "adjusts_entry_id": "number of the obligation",
            "funding_document_id": "funding document",
            "basis": "basis of the adjustment",
            "receipt_law": "Only authority received",
        },
    ),
    "naming": (
        "entries",
        # It may take its document and its authority from the commitment that it names.
        {
            "kind": "obligation",
            "amount": "-5.00",
            "effective_on": "soon",
            "adjusts_entry_id": "7",
            "document_number": "C-1",
        },
        {
            "amount": "above zero",
            "effective_on": "a date",
            "need": "need of the period",
            "document_on": "binding document",
        },
    ),
    "kind": (
        "entries",
        {"kind": "gift", "amount": "-5.00", "effective_on": "0999-01-01"},
        {"kind": "one of", "amount": "above zero", "effective_on": "from 1900 on"},
    ),
    "incurred": (
        "exceptions",
        {
            "flag": "odd",
            "evidence": "Delivered and billed",
            "kind": "expenditure",
            "amount": "-5.00",
            "effective_on": "x",
        },
        {"flag": "one of", "amount": "above zero", "effective_on": "a date", "funding_document_id": "funding document"},
    ),
    "movement": (
        "movements",
        {
            "from_document_id": "1",
            "to_document_id": "1",
            "amount": "-1.00",
            "effective_on": "soon",
            "approval": "DD 1415",
        },
        {"effective_on": "a date", "amount": "above zero", "to_document_id": "another document"},
    ),
    "funding": (
        "funding",
        {
            **{
                "number": "FD-9",
                "account_id": "1",
                "title": "Later",
                "level_of_control": "target",
                "purpose": "Studies",
            },
            **{"source_of_authority": "partner advance", "received_on": "soon", "amount": "-1.00", "marking": "CUI"},
        },
        {
            "received_on": "a date",
            "amount": "above zero",
            "order_law": "the law",
            "participant_id": "participant",
            "level_of_control": "by law",
        },
    ),
    "lapse": (
        "funding",
        {
            **{
                "number": "FD-9",
                "account_id": "1",
                "title": "Lapse",
                "level_of_control": "allotment",
                "purpose": "Studies",
            },
            **{"source_of_authority": "none", "received_on": "2999-01-01", "amount": "much", "marking": "CUI"},
        },
        {"received_on": "until", "amount": "amount"},
    ),
    "review": (
        "reviews",
        {"title": "Autumn", "as_of": "soon", "due_on": "2020-01-01", "least": "-1.00"},
        {"as_of": "a date", "due_on": "Expected a day from", "least": "above zero"},
    ),
    "plan": (
        "plans",
        {
            **{"funding_document_id": "1", "kind": "x", "as_of": "2099-01-01", "first_month": "2026-03-01"},
            **{"last_month": "2026-01-01", "tolerance": "-1.00", "marking": "CUI"},
        },
        {"kind": "one of", "as_of": "a day up to", "last_month": "month", "tolerance": "zero or more"},
    ),
}


@pytest.mark.parametrize("name", UNREAD)
async def test_what_could_be_read_is_judged_with_what_could_not(service: Service, name: str):
    """Every mistake at once, through both doors: of what cannot be read, and of what the rest says."""
    where, typed, told = UNREAD[name]
    page = await (await service.browser("comptroller")).post(f"/ledger/{where}/new", typed)
    assert page.status_code == 422
    summary = page.text.partition('id="error-summary"')[2].partition("</ul>")[0]
    assert f"{len(told)} things need correcting" in page.text, summary
    for field in told:
        assert f"field-{field}" in summary, field
    body: dict[str, Any] = {key: int(value) if value.isdigit() else value for key, value in typed.items()}
    async with service.api("comptroller") as api:
        answer = await api.post(f"/api/v1/ledger/{where}", json=body)
    mistakes = {each["where"]: each["expected"] for each in answer.json()["mistakes"]}
    assert answer.status_code == 422
    assert set(mistakes) == set(told)
    for field, words in told.items():
        assert words in mistakes[field], (field, mistakes[field])
