"""The pages of agreements: the list and its files, one agreement, and a form where the table of steps lets it be."""

import re
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from pipir.features.agreements import commands
from tests.features.agreements.makers import BEGUN, Hand, countries, determination
from tests.features.agreements.test_commands import a_2767

NEW = {"name": "Radar repair", "kind": "project agreement", "source": "Minutes", "marking": "CUI"}


def version_in(page):
    return re.search(r'name="_version" value="(\d+)"', page.text)[1]


async def test_an_agreement_is_entered_and_shown(service):
    browser = await service.browser("program-office")
    made = await browser.post("/agreements/new", NEW | {"purpose": "<script>alert(1)</script>"})
    assert made.status_code == 303, made.text
    page = await browser.get(made.headers["location"])
    assert "A-0001" in page.text
    assert "<script>alert(1)</script>" not in page.text
    assert "Before it is signed" in page.text
    listed = await browser.get("/agreements?stage=drafting&q=radar")
    assert listed.text.count('class="record"') == 1
    assert "Nothing matches" in (await browser.get("/agreements?stage=ended")).text


async def test_a_form_gives_back_what_was_typed_with_every_mistake(service):
    browser = await service.browser("program-office")
    answer = await browser.post("/agreements/new", {"name": "Kept text", "kind": "treaty", "expires_on": "soon"})
    assert answer.status_code == 422
    assert 'value="Kept text"' in answer.text
    for wrong in ("kind", "expires_on", "source"):
        assert f'id="field-{wrong}-mistake"' in answer.text or f"{wrong}-mistake" in answer.text


async def test_only_what_the_table_of_steps_allows_is_offered(service):
    hand = await Hand.enter(service.db)
    browser = await service.browser("program-office")
    place = f"/agreements/{hand.number}"
    page = (await browser.get(place)).text
    assert f"{place}/step" in page
    assert f"{place}/sign" not in page
    form = await browser.get(f"{place}/step")
    offered = re.findall(r'<option value="([^"]+)"', form.text)
    assert offered == ["negotiating authority", "ended"]
    refused = await browser.get(f"{place}/sign")
    assert (refused.status_code, "is not open while" in refused.text) == (409, True)
    assert (await browser.get(f"{place}/fly")).status_code == 404
    stepped = await browser.post(f"{place}/step", {"state": "ended", "because": "Moot.", "_version": version_in(form)})
    assert stepped.status_code == 303
    assert (
        "What may be done now" not in (await browser.get(place)).text
        or f"{place}/step" not in (await browser.get(place)).text
    )


async def test_a_certification_is_written_told_and_received_through_its_forms(service):
    hand, _ = await a_2767(service.db)
    await hand.negotiated()
    browser = await service.browser("program-office")
    place = f"/agreements/{hand.number}"
    page = (await browser.get(place)).text
    assert "0 of 7" in re.sub("<[^>]+>", "", page)
    for item in re.findall(r"/item\?choose=([a-z]+)", page):
        form = await browser.get(f"{place}/item?choose={item}")
        assert f'<option value="{item}" selected>' in form.text
        assert (await browser.post(f"{place}/item", {"item": item, "statement": "Known."})).status_code == 303
    assert "7 of 7" in re.sub("<[^>]+>", "", (await browser.get(place)).text)
    told = {"what": "certification", "addressee": "speaker", "means": "By hand", "document": "L 4"}
    assert (await browser.post(f"{place}/notice", told)).status_code == 303
    form = await browser.get("/agreement-parts/notices/1/receipt")
    receipt = {"received_on": BEGUN.isoformat(), "receipt": "Stamp", "_version": version_in(form)}
    early = await browser.post("/agreement-parts/notices/1/receipt", receipt)
    assert (early.status_code, "day of sending" in early.text) == (422, True)
    receipt["received_on"] = "2026-11-20"
    done = await browser.post("/agreement-parts/notices/1/receipt", receipt)
    assert (done.status_code, done.headers["location"]) == (303, f"{place}#notices")


async def test_an_amendment_is_compared_on_its_page_and_redrafted(service):
    hand = await Hand.enter(service.db, ("JPN", (await countries(service.db))["JPN"]), purpose="Radars")
    await hand.in_force()
    browser = await service.browser("program-office")
    place = f"/agreements/{hand.number}"
    draft = {"title": "More", "because": "Asked for.", "fields": ["purpose", "expires_on"], "purpose": "Sonars",
             "expires_on": "2030-01-02"}  # fmt: skip
    assert (await browser.post(f"{place}/amendment", draft)).status_code == 303
    page = (await browser.get(place)).text
    for words in ("Radars", "Sonars", "2 Jan 2030", "/agreement-parts/amendments/1/redraft"):
        assert words in page
    form = await browser.get("/agreement-parts/amendments/1/redraft")
    assert "Sonars" in form.text
    assert 'value="2030-01-02"' in form.text
    stale = await browser.post("/agreement-parts/amendments/1/agree", {"_version": "7"})
    assert stale.status_code == 412
    assert (await browser.get("/agreement-parts/amendments/1/fly")).status_code == 404
    assert (await browser.get("/agreement-parts/clouds/1/end")).status_code == 404


async def test_parties_and_shares_are_proposed_and_left_out_through_their_forms(service):
    at = await countries(service.db)
    hand = await Hand.enter(service.db, ("JPN", at["JPN"]))
    await hand.in_force()
    browser = await service.browser("program-office")
    place, amendment = f"/agreements/{hand.number}", "/agreement-parts/amendments/1"
    assert (await browser.post(f"{place}/amendment", {"title": "More", "because": "Asked."})).status_code == 303
    assert "No change is proposed yet" in (await browser.get(place)).text
    form = await browser.get(f"{amendment}/party")
    said = {"participant_id": str(at["AUS"]), "counterpart": "Department of Defence", "_version": version_in(form)}
    assert (await browser.post(f"{amendment}/party", said)).headers["location"] == f"{place}#amendments"
    form = await browser.get(f"{amendment}/share")
    said = {"participant_id": str(at["AUS"]), "kind": "work", "source": "Annex B", "amount": "5", "currency": "AUD",
            "_version": version_in(form)}  # fmt: skip
    wrong = await browser.post(f"{amendment}/share", said)
    assert (wrong.status_code, "Say what the share is." in wrong.text) == (422, True)
    said |= {"description": "Hulls", "rate": "0.65", "rate_on": "2026-11-02", "rate_source": "Treasury"}
    assert (await browser.post(f"{amendment}/share", said)).status_code == 303
    page = (await browser.get(place)).text
    for words in ("Party AUS", "through Department of Defence", "Agreed share of AUS: work", "none agreed", "AUD 5.00"):
        assert words in page
    form = await browser.get(f"{amendment}/leave-out")
    assert "Agreed share of AUS: work" in form.text
    said = {"field": f"share:{at['AUS']}:work", "_version": version_in(form)}
    assert (await browser.post(f"{amendment}/leave-out", said)).status_code == 303
    assert "Agreed share of AUS: work" not in (await browser.get(place)).text
    async with service.api("program-office") as client:
        door, match = "/api/v1/agreement-amendments/1", {"If-Match": '"4"'}
        body = {"participant_id": None, "kind": "cost", "source": "Annex B", "amount": "7", "currency": "USD",
                "description": "Cost"}  # fmt: skip
        put = await client.put(f"{door}/share", json=body, headers=match)
        assert put.status_code == 200, put.text
        assert [each["title"] for each in put.json()["changes"]] == ["Party AUS", "Agreed share of USA: cost"]
        out = await client.patch(f"{door}/left-out", json={"field": "share:us:cost"}, headers={"If-Match": '"5"'})
        assert [each["title"] for each in out.json()["changes"]] == ["Party AUS"]
        same = {"participant_id": at["JPN"], "counterpart": "Ministry of JPN"}
        again = await client.put(f"{door}/party", json=same, headers={"If-Match": '"6"'})
        assert (again.status_code, again.json()["mistakes"][0]["where"]) == (422, "counterpart")


async def test_the_files_hold_exactly_the_rows_of_the_list(service):
    await Hand.enter(service.db, name="=Alpha")
    await Hand.enter(service.db, name="Bravo", kind="other")
    browser = await service.browser("auditor")
    file = await browser.get("/agreements/export.csv?kind=project+agreement")
    assert file.headers["content-type"].startswith("text/csv")
    assert ("'=Alpha" in file.text, "Bravo" in file.text) == (True, False)
    book = await browser.get("/agreements/export.xlsx?sort=-code")
    rows = CalamineWorkbook.from_filelike(BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows] == ["Code", "A-0002", "A-0001"]


@pytest.mark.parametrize("role", ["auditor", "comptroller", "senior-official"])
async def test_who_only_reads_is_offered_no_form(service, role):
    hand = await Hand.enter(service.db)
    await hand.do(commands.determine_character, **determination())
    browser = await service.browser(role)
    page = await browser.get(f"/agreements/{hand.number}")
    assert page.status_code == 200
    assert f"/agreements/{hand.number}/step" not in page.text
    assert (await browser.get(f"/agreements/{hand.number}/step")).status_code == 403
    assert (await browser.get("/agreements/new")).status_code == 403
