"""Both doors of people: each act once, each refusal once."""

import re

import pytest

from tests.conftest import Service

HOSTILE = [
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "'; drop table person; --",
    "\u202egnihtemos",
    "=cmd|'/c calc'!A1",
    "a" * 200,
]


def _person(office: int = 2, **more: object) -> dict[str, object]:
    return {"name": "A Person", "title": "Tester", "office_id": office, "since": "2026-02-01", "roles": []} | more


async def test_a_person_is_entered_revised_and_ended_through_json(service: Service) -> None:
    """Create, change, end; each answer with its ETag."""
    async with service.api("administrator") as client:
        made = await client.post("/api/v1/people", json=_person())
        assert made.status_code == 201
        address, tag = made.headers["location"], made.headers["etag"]
        body = {"name": "B", "title": "T", "office_id": 2, "roles": ["auditor"], "reader_kind": "contractor"}
        revised = await client.put(address, json=body, headers={"If-Match": tag})
        assert (revised.status_code, revised.json()["roles"]) == (200, ["auditor"])
        stale = await client.put(address, json=body, headers={"If-Match": tag})
        assert stale.status_code == 412
        ended = await client.patch(
            f"{address}/end", json={"until": "2026-03-01"}, headers={"If-Match": revised.headers["etag"]}
        )
        assert (ended.status_code, ended.json()["until"]) == (200, "2026-03-01")
        history = (await client.get(f"{address}/history")).json()
    told = list(dict.fromkeys(each["command"] for each in history))
    assert told == ["people.end-person", "people.revise-person", "people.add-person"]


async def test_a_person_has_a_mail_address_or_none(service: Service) -> None:
    """For reminders; taken away by leaving it out."""
    async with service.api("administrator") as client:
        made = await client.post("/api/v1/people", json=_person(email="a.person@office.example"))
        assert made.json()["email"] == "a.person@office.example"
        body = {"name": "B", "title": "T", "office_id": 2}
        revised = await client.put(made.headers["location"], json=body, headers={"If-Match": made.headers["etag"]})
    assert (revised.status_code, revised.json()["email"]) == (200, None)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "@office.example",
        "a@",
        "a b@x.example",
        "a@x\nBcc: y@z",
        "a@x\n",
        "a@x, b@y",
        "<a@x>",
        "\u00e9@x",
        "a..b@x",
        ".a@x",
        "a@" + "x" * 260,
    ],
)
async def test_a_mail_address_that_could_make_a_header_or_reach_nobody_is_refused(
    service: Service, address: str
) -> None:
    """RFC 5321, in plain ASCII."""
    async with service.api("administrator") as client:
        answer = await client.post("/api/v1/people", json=_person(email=address))
    assert answer.status_code == 422
    assert [each["where"] for each in answer.json()["mistakes"]] == ["email"]


async def test_a_mail_address_is_entered_on_the_form(service: Service) -> None:
    """Wrong ones come back with what was typed; a blank field is no address."""
    browser = await service.browser("administrator")
    form: dict[str, str | list[str]] = {"name": "F", "title": "T", "office_id": "2", "since": "2026-02-01"}
    wrong = await browser.post("/people/new", {**form, "email": "no address"})
    assert wrong.status_code == 422
    assert 'value="no address"' in wrong.text
    made = await browser.post("/people/new", {**form, "email": "f@office.example"})
    assert "f@office.example" in (await browser.get(made.headers["location"])).text
    blank = await browser.post("/people/new", {**form, "email": ""})
    assert "none recorded" in (await browser.get(blank.headers["location"])).text


async def test_an_office_is_opened_revised_and_closed_through_json(service: Service) -> None:
    """Create, change, end."""
    office = {"symbol": "O", "name": "Office", "department": "Other", "since": "2026-01-01"}
    async with service.api("administrator") as client:
        made = await client.post("/api/v1/offices", json=office)
        address = made.headers["location"]
        again = await client.post("/api/v1/offices", json=office)
        assert (again.status_code, again.json()["detail"]) == (409, "There is an office with this symbol already.")
        body = {key: office[key] for key in ("symbol", "name", "department")} | {"name": "Renamed"}
        revised = await client.put(address, json=body, headers={"If-Match": made.headers["etag"]})
        assert revised.json()["name"] == "Renamed"
        ended = await client.patch(
            f"{address}/end", json={"until": "2025-01-01"}, headers={"If-Match": revised.headers["etag"]}
        )
        assert ended.status_code == 422
        assert ended.json()["mistakes"][0]["where"] == "until"
        assert (await client.get(f"{address}/history")).status_code == 200
        found = (await client.get("/api/v1/offices?department=Other&sort=-name")).json()
    assert "Renamed" in {each["name"] for each in found["items"]}


@pytest.mark.parametrize("role", ["program-office", "auditor", "comptroller", "state-liaison", "report-writer"])
async def test_only_an_administrator_lets_people_in(service: Service, role: str) -> None:
    """people.administer."""
    async with service.api(role) as client:  # type: ignore[arg-type]
        answer = await client.post("/api/v1/people", json=_person())
        assert answer.status_code == 403
        assert "Administrator" in answer.json()["detail"]
        assert (await client.get("/api/v1/people")).status_code == 200


async def test_a_person_is_entered_revised_and_ended_through_forms(service: Service) -> None:
    """Forms end in 303; a second send of the same form does nothing more."""
    browser = await service.browser("administrator")
    form: dict[str, str | list[str]] = {
        "name": "Form Person",
        "title": "T",
        "office_id": "2",
        "since": "2026-02-01",
        "roles": ["auditor"],
        "reader_kind": "us-government",
        "_key": "once-1",
    }
    first = await browser.post("/people/new", form)
    second = await browser.post("/people/new", form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"]
    page = await browser.get(first.headers["location"])
    assert "Form Person" in page.text
    revise = {**form, "name": "Renamed Person", "_version": "1"}
    for name in ("since", "_key"):
        revise.pop(name)
    assert (await browser.post(f"{first.headers['location']}/revise", revise)).status_code == 303
    stale = await browser.post(f"{first.headers['location']}/revise", revise)
    assert stale.status_code == 412
    assert "now at version 2" in stale.text
    assert 'value="Renamed Person"' in stale.text
    ended = await browser.post(f"{first.headers['location']}/end", {"until": "2026-05-01", "_version": "2"})
    assert ended.status_code == 303
    assert "until 1 May 2026" in (await browser.get(first.headers["location"])).text


async def test_a_form_with_mistakes_comes_back_whole(service: Service) -> None:
    """Every mistake at once; what was typed stays."""
    browser = await service.browser("administrator")
    answer = await browser.post(
        "/people/new", {"name": "Kept Name", "title": "", "office_id": "", "since": "31 June", "roles": ["auditor"]}
    )
    assert answer.status_code == 422
    assert answer.text.count("field-mistake") == 3
    assert 'value="Kept Name"' in answer.text
    assert 'value="31 June"' in answer.text
    assert re.search(r'value="auditor"[^>]* checked', answer.text)


async def test_a_token_is_made_shown_once_and_ended_on_the_page(service: Service) -> None:
    """The page shows it this once."""
    browser = await service.browser("auditor")
    person = service.people["auditor"]
    made = await browser.post(f"/people/{person}/tokens", {"name": "A program", "days": "30"})
    token = re.search(r"pipir_[\w-]{43}", made.text)
    assert token is not None
    page = await browser.get(f"/people/{person}")
    assert token[0] not in page.text
    wrong = await browser.post(f"/people/{person}/tokens", {"name": "", "days": "9999"})
    assert wrong.status_code == 422
    number = re.findall(rf"/people/{person}/tokens/(\d+)/revoke", page.text)[0]
    assert (await browser.post(f"/people/{person}/tokens/{number}/revoke")).status_code == 303


async def test_nobody_makes_a_token_that_acts_as_somebody_else(service: Service) -> None:
    """The trail would name another person; to end one is an administrator's right too."""
    person = service.people["comptroller"]
    browser = await service.browser("administrator")
    refused = await browser.post(f"/people/{person}/tokens", {"name": "Not mine", "days": "30"})
    assert refused.status_code == 409
    assert "only that person makes it" in refused.text
    page = await browser.get(f"/people/{person}")
    number = re.findall(rf"/people/{person}/tokens/(\d+)/revoke", page.text)[0]
    other = await service.browser("auditor")
    assert (await other.post(f"/people/{person}/tokens/{number}/revoke")).status_code == 409
    assert (await browser.post(f"/people/{person}/tokens/{number}/revoke")).status_code == 303


async def test_offices_are_opened_revised_and_closed_through_forms(service: Service) -> None:
    """The same acts, the same refusals."""
    browser = await service.browser("administrator")
    form: dict[str, str | list[str]] = {
        "symbol": "FORM",
        "name": "By form",
        "department": "Other",
        "since": "2026-01-01",
        "_key": "k",
    }
    made = await browser.post("/offices/new", form)
    assert made.status_code == 303
    taken = await browser.post("/offices/new", {**form, "_key": "other"})
    assert taken.status_code == 409
    assert "There is an office with this symbol already." in taken.text
    address = made.headers["location"]
    assert (await browser.get(f"{address}/revise")).status_code == 200
    revised = await browser.post(
        f"{address}/revise", {"symbol": "FORM", "name": "Renamed", "department": "Other", "_version": "1"}
    )
    assert revised.status_code == 303
    assert (await browser.post(f"{address}/end", {"until": "", "_version": "2"})).status_code == 422
    assert (await browser.post(f"{address}/end", {"until": "2026-02-01", "_version": "2"})).status_code == 303
    assert "Renamed" in (await browser.get("/offices?ended=true")).text


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_stays_text(service: Service, text: str) -> None:
    """Escaped wherever it is shown, the trail included."""
    browser = await service.browser("administrator")
    answer = await browser.post(
        "/people/new", {"name": text, "title": text[:200], "office_id": "2", "since": "2026-02-01"}
    )
    assert answer.status_code == 303, answer.text
    for path in (answer.headers["location"], "/people", "/trail", f"{answer.headers['location']}/revise"):
        page = await browser.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert ">49<" not in page.text


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", " ", "a" * 201, "line\nbreak"])
async def test_text_that_no_record_holds_is_refused(service: Service, text: str) -> None:
    """NUL, control characters, blank, too long."""
    async with service.api("administrator") as client:
        answer = await client.post("/api/v1/people", json=_person(name=text))
    assert answer.status_code == 422
    assert [each["where"] for each in answer.json()["mistakes"]] == ["name"]


@pytest.mark.parametrize(
    "path",
    [
        "/people",
        "/people?q=Person&role=auditor&sort=-since",
        "/people?office=2&ended=true",
        "/people/new",
        "/offices",
        "/offices?department=Other",
        "/offices/new",
        "/people/3",
        "/offices/2",
    ],
)
async def test_every_page_of_people_is_drawn(service: Service, path: str) -> None:
    """No dead end."""
    browser = await service.browser("administrator")
    page = await browser.get(path)
    assert page.status_code == 200
    assert "<h1>" in page.text


async def test_what_is_not_there_is_a_page_that_says_so(service: Service) -> None:
    """Never a stack trace."""
    browser = await service.browser("administrator")
    for path in ("/people/999999", "/offices/999999", "/people/99999999999999999999", "/people/x"):
        page = await browser.get(path)
        assert page.status_code in (404, 422), path
        assert "What you can do" in page.text
