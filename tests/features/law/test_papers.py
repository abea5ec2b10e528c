"""What the form of a covered act offers beside its own fields, and what the record's page tells of it afterwards."""

import re
from typing import Any

from sqlalchemy import text

from pipir.features.people.tables import SERVICE
from tests.conftest import Service
from tests.features.groups.makers import a_group, establish
from tests.features.law.makers import a_determination, make_contractor
from tests.features.law.test_pages import typed
from tests.features.projects.situations import proposal

FIRST = {"If-Match": '"1"'}
LATE = {"late_because": "The letter came in spring.", "late_document": "Letter 26-11"}


async def determine(service: Service, *, review: bool = True, **said: Any) -> int:
    """A determination, reviewed by a second person."""
    async with service.api("program-office") as client:
        made = await client.post("/api/v1/law/determinations", json=a_determination(**said))
        assert made.status_code == 201, made.text
    if review:
        async with service.api("comptroller") as client:
            reviewed = f"/api/v1/law/determinations/{made.json()['id']}/reviewed"
            assert (await client.patch(reviewed, json={}, headers=FIRST)).status_code == 200
    return int(made.json()["id"])


def offered(page: str) -> list[str]:
    """The determinations among which a form lets choose, as it shows them."""
    choice = page.partition('name="continuation_id"')[2].partition("</select>")[0]
    return re.findall(r'<option value="[^"]+"[^>]*>([^<]+)</option>', choice)


async def _group(service: Service) -> int:
    async with service.db.write(actor=SERVICE, command="test") as session:
        return await establish(session)


async def test_a_form_offers_the_reviewed_determinations_of_its_record_alone(service: Service) -> None:
    """Sec. 1253(g)"""
    number = await _group(service)
    own = await determine(service, subject_kind="group", subject_id=number, subject_title=None)
    named = await determine(
        service, subject_kind="group", subject_title="Working group on radar", authority_until="2027-03-01"
    )
    await determine(service, subject_kind="group", subject_id=number, subject_title=None, review=False)
    to_come = await determine(service, subject_kind="group", subject_title="Another group")
    project = await determine(service)
    browser = await service.browser("program-office")
    assert offered((await browser.get(f"/groups/{number}/revise")).text) == [
        f"{own}: 10 U.S.C. 2350a, “Working group on radar”, from 20 Nov 2026, no end recorded",
        f"{named}: 10 U.S.C. 2350a, “Working group on radar”, from 20 Nov 2026, until 1 Mar 2027",
    ]
    assert [each.partition(":")[0] for each in offered((await browser.get("/groups/new")).text)] == [
        str(named),
        str(to_come),
    ]
    assert [each.partition(":")[0] for each in offered((await browser.get("/projects/new")).text)] == [str(project)]
    comptroller = await service.browser("comptroller")
    assert offered((await comptroller.get("/ledger/entries/new")).text) == []


async def test_what_was_sent_stays_chosen_where_the_form_comes_back(service: Service) -> None:
    number = await determine(service, subject_kind="group", subject_title="Another group")
    browser = await service.browser("program-office")
    sent = typed(a_group(source="", marking="CUI"))
    again = await browser.post("/groups/new", sent | {"continuation_id": str(number)})
    assert again.status_code == 422
    assert f'<option value="{number}" selected>' in again.text
    unknown = await browser.post("/groups/new", sent | {"continuation_id": "a <b>"})
    assert '<option value="a &lt;b&gt;" selected>a &lt;b&gt;: as it was sent; none that is offered here' in unknown.text
    assert "Expected a whole number." in unknown.text


async def test_a_form_leads_to_where_a_determination_is_made_or_listed(service: Service) -> None:
    """Who makes none is led to their list."""
    number = await _group(service)
    office = await service.browser("program-office")
    assert (
        f'href="/law/determinations/new?kind=group&amp;id={number}"'
        in (await office.get(f"/groups/{number}/revise")).text
    )
    async with service.api("program-office") as client:
        country = {"name": "Japan", "code": "JPN", "region": "Indo-Pacific"}
        assert (await client.post("/api/v1/participants", json=country)).status_code == 201
    liaison = await service.browser("state-liaison")
    page = (await liaison.get("/participants/1/standing")).text
    assert 'href="/law/determinations?kind=participant"' in page
    assert "/law/determinations/new" not in page


async def test_a_form_offers_no_determination_that_its_reader_may_not_see(service: Service) -> None:
    await determine(service, subject_title="Hidden work", marking="CUI//FED ONLY")
    browser = await service.browser("program-office")
    assert "Hidden work" in (await browser.get("/projects/new")).text
    await make_contractor(service, "program-office")
    assert "Hidden work" not in (await browser.get("/projects/new")).text


async def test_a_records_page_tells_why_it_was_recorded_late_and_by_which_document(service: Service) -> None:
    """Sec. 1253(g): a late recording has its reason and its document."""
    browser = await service.browser("program-office")
    country = {"name": "Japan", "code": "JPN", "region": "Indo-Pacific", "marking": "UNCLASSIFIED"}
    assert (await browser.post("/participants/new", country)).status_code == 303
    invited = {"value": "invited", "since": "2026-11-01", "source": "Letter", "_version": "1"}
    for path, body in (
        ("/groups/new", typed(a_group(marking="CUI"))),
        ("/projects/new", proposal(status="active", program_authority="1253.e.1", marking="CUI")),
        ("/projects/1/partners/new", {"participant_id": "1", "role": "host", "since": "2026-11-01"}),
        ("/participants/1/standing", invited),
    ):
        answer = await browser.post(path, body | LATE)
        assert answer.status_code == 303, (path, answer.text)
    for path in ("/groups/1", "/projects/1", "/participants/1"):
        page = (await browser.get(path)).text
        assert "The letter came in spring." in page, path
        assert "Letter 26-11" in page, path
        assert "late recording" in page, path
    assert "Recorded late: The letter came in spring." in (await browser.get("/projects/1")).text


async def test_a_determination_is_as_hidden_as_the_record_that_it_concerns(service: Service) -> None:
    """docs/releasability.md: also where the record is marked anew."""
    number = await _group(service)
    made = await determine(service, subject_kind="group", subject_id=number, subject_title=None)
    await make_contractor(service, "program-office")
    async with service.api("program-office") as client:
        assert (await client.get(f"/api/v1/law/determinations/{made}")).status_code == 200
        async with service.db.write(actor=SERVICE, command="test.hide") as session:
            await session.execute(
                text("update working_group set version = version + 1, marking = 'CUI//NOCON', audience = 1")
            )
        assert (await client.get("/api/v1/law/determinations")).json()["items"] == []
        assert (await client.get(f"/api/v1/law/determinations/{made}")).status_code == 404
        end = {"until": "2999-01-01", "because": "It is over."}
        ended = await client.patch(f"/api/v1/law/determinations/{made}/end", json=end, headers={"If-Match": '"2"'})
        assert ended.status_code == 404
        assert (await client.get("/api/v1/search?q=radar&kind=continuation_determination")).json()["total"] == 0
