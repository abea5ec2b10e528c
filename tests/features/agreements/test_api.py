"""The JSON door of agreements: the happy path and what it refuses."""

from datetime import date

import pytest

from pipir.features.home.queries import entries
from tests.features.agreements.makers import (
    BEGUN,
    GOVERNMENT,
    STRICT,
    countries,
    determination,
    entered,
    paper,
    share,
    signature,
)

FIRST = {"If-Match": '"1"'}
READ_ROLES = ("senior-official", "comptroller", "report-writer", "auditor", "administrator")


class Door:
    """One agreement through the JSON door; each change names the version that was read."""

    def __init__(self, api, place):
        self.api, self.place = api, place

    @classmethod
    async def enter(cls, api, **more):
        answer = await api.post("/api/v1/agreements", json=entered(**more))
        assert answer.status_code == 201, answer.text
        return cls(api, answer.headers["location"])

    async def read(self, part=""):
        answer = await self.api.get(self.place + part)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def change(self, verb, body, method="patch"):
        version = {"If-Match": f'"{(await self.read())["version"]}"'}
        return await getattr(self.api, method)(f"{self.place}{verb}", json=body, headers=version)

    async def add(self, part, body):
        answer = await self.api.post(f"{self.place}/{part}", json=body)
        assert answer.status_code == 201, answer.text
        return answer

    async def step(self, state):
        said = {"state": state, "because": "It came so.", "on": BEGUN.isoformat()}
        answer = await self.change("/step", said)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def test_an_agreement_lives_from_its_draft_to_an_amendment(service):
    at = await countries(service.db)
    api = service.api("program-office")
    door = await Door.enter(api, purpose="Radars")
    party = await door.add("parties", {"participant_id": at["JPN"], "counterpart": "Ministry of Defense"})
    assert (await api.get(party.headers["location"])).json()["code"] == "JPN"
    said = {"country_class": "major non-NATO ally", "classified_by": "Counsel", "classified_on": "2026-01-05",
            "class_source": "Opinion 3"}  # fmt: skip
    classified = await api.patch(party.headers["location"] + "/class", json=said, headers=FIRST)
    assert classified.json()["country_class"] == "major non-NATO ally"
    for state in ("negotiating authority", "negotiating", "text agreed", "coordination"):
        await door.step(state)
    character = determination(character="international agreement")
    assert (await door.change("/character", character)).status_code == 200
    refused = await door.change("/signature", signature(BEGUN))
    assert (refused.status_code, refused.json()["citation"]) == (409, "1 U.S.C. 112b")
    assert "Record the consultation" in refused.json()["way_out"]
    for kind in ("prior consultation", "legal memorandum", "translation"):
        await door.add("papers", paper(kind))
    signed = await door.change("/signature", signature(BEGUN))
    assert (signed.status_code, signed.json()["state"]) == (200, "signed")
    [transmittal] = [each for each in await door.read("/clocks") if each["slug"] == "transmittal"]
    assert (transmittal["ends_on"], transmittal["late"], transmittal["standing"]) == (
        "2026-01-20",
        True,
        "statute; to be confirmed by counsel",
    )
    notice = await door.add(
        "notices",
        {"what": "transmittal", "addressee": "state-treaty-affairs", "means": "By hand", "document": "Letter 4"},
    )
    receipt = {"received_on": "2026-11-20", "receipt": "Stamp"}
    received = await api.patch(notice.headers["location"] + "/receipt", json=receipt, headers=FIRST)
    assert received.json()["received_on"] == "2026-11-20"
    await door.step("in force")
    ours = await door.add("shares", share(None, "100.00"))
    assert (await api.get(ours.headers["location"])).json()["party"] == "United States"
    ended = await api.patch(ours.headers["location"] + "/end", json={"because": "Mistyped."}, headers=FIRST)
    assert ended.json()["ended_because"] == "Mistyped."
    amendment = await door.add(
        "amendments",
        {"title": "More", "because": "Asked for.", "fields": ["purpose"], "purpose": "More radars"},
    )
    place = amendment.headers["location"]
    redrafted = {"title": "Most", "because": "Asked for.", "fields": ["purpose"], "purpose": "Most radars"}
    assert (await api.put(place, json=redrafted, headers=FIRST)).json()["changes"][0]["shown"] == [
        "Radars",
        "Radars",
        "Most radars",
    ]
    assert (await api.patch(f"{place}/agreed", json={}, headers={"If-Match": '"2"'})).status_code == 200
    merged = await api.patch(f"{place}/signature", json=signature(), headers={"If-Match": '"3"'})
    assert (merged.status_code, merged.json()["state"]) == (200, "signed")
    assert ((await door.read())["purpose"], (await door.read())["state"]) == ("Most radars", "amended")
    for part, count in (("/steps", 8), ("/characters", 1), ("/papers", 3), ("/items", 7), ("/parties", 1),
                        ("/notices", 1), ("/amendments", 1), ("/shares", 0)):  # fmt: skip
        assert len(await door.read(part)) == count, part
    assert len(await door.read("/history")) > 20
    assert (await api.get("/api/v1/agreements/counts")).json() == [
        {"state": "amended", "agreements": 1, "exercise": False}
    ]


async def test_a_list_is_filtered_and_sorted_a_page_at_a_time(service):
    at = await countries(service.db)
    api = service.api("program-office")
    for place, name in enumerate(("Alpha", "Bravo", "Charlie")):
        door = await Door.enter(api, name=name, authority="1253.e.1" if place else "22-usc-2767")
        await door.add("parties", {"participant_id": at["JPN" if place < 2 else "KOR"], "counterpart": "Ministry"})
    await door.step("negotiating authority")

    async def names(query):
        answer = await api.get(f"/api/v1/agreements?{query}")
        assert answer.status_code == 200, answer.text
        return [each["name"] for each in answer.json()["items"]]

    assert await names("sort=-name") == ["Charlie", "Bravo", "Alpha"]
    assert await names("country=JPN") == ["Alpha", "Bravo"]
    assert await names("authority=22-usc-2767") == ["Alpha"]
    assert await names("stage=negotiating+authority") == ["Charlie"]
    assert await names("q=brav") == ["Bravo"]
    assert await names("character=contract") == []
    assert await names("kind=project+agreement&sort=state") == ["Alpha", "Bravo", "Charlie"]
    first = (await api.get("/api/v1/agreements?sort=name&limit=2")).json()
    rest = (await api.get(f"/api/v1/agreements?sort=name&limit=2&cursor={first['next_cursor']}")).json()
    assert [each["name"] for each in (*first["items"], *rest["items"])] == ["Alpha", "Bravo", "Charlie"]
    assert (await api.get("/api/v1/agreements?stage=asleep")).status_code in (400, 422)
    assert (await api.get("/api/v1/agreements?sort=weather")).status_code == 422


async def test_an_older_agreement_has_a_door_of_its_own(service):
    api = service.api("program-office")
    said = {"name": "Old", "kind": "other", "source": "Series", "signed_on": "2016-06-04", "signatory": "The Deputy"}
    made = await api.post("/api/v1/agreements/taken-over", json=said)
    assert (made.status_code, made.json()["state"]) == (201, "signed")
    late = await api.post("/api/v1/agreements/taken-over", json=said | {"name": "New", "signed_on": "2026-06-04"})
    assert (late.status_code, late.json()["mistakes"][0]["where"]) == (422, "signed_on")


@pytest.mark.parametrize("role", READ_ROLES)
async def test_who_does_not_keep_agreements_reads_them_only(service, role):
    door = await Door.enter(service.api("program-office"))
    api = service.api(role)
    assert (await api.get(door.place)).status_code == 200
    assert (await api.post("/api/v1/agreements", json=entered(name="Other"))).status_code == 403
    step = {"state": "ended", "because": "No."}
    assert (await api.patch(f"{door.place}/step", json=step, headers=FIRST)).status_code == 403


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (entered(name=""), "name"),
        (entered(name="a\x00b"), "name"),
        (entered(name="x" * 10_000), "name"),
        (entered(kind="treaty"), "kind"),
        (entered(program_authority="1253.e.1"), "program_authority"),
        ({"kind": "other", "source": "x"}, "name"),
    ],
)
async def test_what_cannot_be_entered_is_told_where(service, body, where):
    answer = await service.api("program-office").post("/api/v1/agreements", json=body)
    assert (answer.status_code, [each["where"] for each in answer.json()["mistakes"]]) == (422, [where])


async def test_a_change_names_its_version_and_a_hidden_record_is_missing(service):
    api = service.api("program-office")
    door = await Door.enter(api, marking=STRICT)
    step = {"state": "negotiating authority", "because": "Because."}
    assert (await api.patch(f"{door.place}/step", json=step)).status_code == 428
    assert (await api.patch(f"{door.place}/step", json=step, headers={"If-Match": '"9"'})).status_code == 412
    for missing in ("/api/v1/agreements/99", "/api/v1/agreement-parties/9", "/api/v1/agreement-notices/9",
                    "/api/v1/agreement-amendments/9", "/api/v1/agreement-shares/9"):  # fmt: skip
        assert (await api.get(missing)).status_code == 404, missing


async def test_a_repeated_entry_is_answered_as_the_first(service):
    api = service.api("program-office")
    key = {"Idempotency-Key": "once"}
    answers = [await api.post("/api/v1/agreements", json=entered(), headers=key) for _ in range(2)]
    assert {each.json()["id"] for each in answers} == {1}


async def test_the_clocks_stand_in_the_calendar_of_the_lead_office(service):
    """What is due is told with its citation; what is met stays as done."""
    at = await countries(service.db)
    api = service.api("program-office")
    office = (await api.get("/api/v1/offices")).json()["items"][0]["id"]
    door = await Door.enter(api, lead_office_id=office, expires_on="2027-01-05")
    await door.add("parties", {"participant_id": at["JPN"], "counterpart": "Ministry"})
    for state in ("negotiating authority", "negotiating", "text agreed", "coordination"):
        await door.step(state)
    await door.change("/character", determination())
    await door.change("/signature", signature(BEGUN))
    await door.step("in force")
    async with service.db.read() as session:
        found = [each for each in await entries(session, GOVERNMENT) if each.dated.kind == "Agreement"]
    assert [(each.dated.slug, each.dated.due_on, each.dated.office_id, each.open) for each in found] == [
        ("agreement-1-expiry", date(2027, 1, 4), office, True)
    ]
