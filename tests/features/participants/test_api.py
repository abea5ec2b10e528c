"""The JSON door: one happy path for each command, and every refusal."""

import pytest

from tests.features.participants.situations import HIDDEN, contractor_api, enter

BODY = {"name": "Japan", "code": "JPN", "region": "Indo-Pacific"}
STANDING = {"value": "named in statute", "since": "2025-12-18", "source": "Pub. L. 119-60 sec. 1253(d)"}
FORUM = {"value": "joined the forum (press)", "since": "2026-03-18", "source": "Press"}
REVISED = {"name": "Japan", "region": "Other", "marking": "CUI//NOFORN"}
END = {"until": "2027-01-01", "because": "Entered twice."}
CHANGES = [
    ("PUT", "", REVISED),
    ("PUT", "/standing", STANDING),
    ("PUT", "/forum-standing", FORUM),
    ("PATCH", "/end", END),
]
HOSTILE = ["<script>alert(1)</script>", "\u202eevil", "'; drop table participant; --", "=1+1"]


async def test_a_country_is_entered_shown_and_listed(service):
    async with service.api("program-office") as client:
        answer = await client.post("/api/v1/participants", json=BODY)
        assert answer.status_code == 201
        view = answer.json()
        assert answer.headers["location"] == f"/api/v1/participants/{view['id']}"
        assert answer.headers["etag"] == '"1"'
        assert (view["standing"], view["forum_standing"], view["marking"]) == (None, None, "UNCLASSIFIED")
        assert (await client.get(answer.headers["location"])).json() == view
        assert (await client.get("/api/v1/participants?q=jap")).json()["items"] == [view]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
async def test_a_change_answers_with_what_it_made(service, method, path, body):
    number = await enter(service.db)
    async with service.api("state-liaison") as client:
        answer = await client.request(
            method, f"/api/v1/participants/{number}{path}", json=body, headers={"If-Match": '"1"'}
        )
        assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
        history = (await client.get(f"/api/v1/participants/{number}/history")).json()
    # A standing is a step, and what the step made of the country.
    assert len(history) == (3 if "standing" in path else 2)
    assert history[0]["command"].startswith("participant.")


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
@pytest.mark.parametrize(("headers", "status"), [({}, 428), ({"If-Match": '"7"'}, 412), ({"If-Match": "x"}, 412)])
async def test_a_change_without_the_version_that_is_there_is_refused(service, method, path, body, headers, status):
    number = await enter(service.db)
    async with service.api("program-office") as client:
        answer = await client.request(method, f"/api/v1/participants/{number}{path}", json=body, headers=headers)
        assert answer.status_code == status
        assert (await client.get(f"/api/v1/participants/{number}")).json()["version"] == 1


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
async def test_who_may_only_read_changes_nothing(service, method, path, body):
    number = await enter(service.db)
    async with service.api("auditor") as client:
        assert (await client.get(f"/api/v1/participants/{number}")).status_code == 200
        answer = await client.request(
            method, f"/api/v1/participants/{number}{path}", json=body, headers={"If-Match": '"1"'}
        )
        assert answer.status_code == 403
        assert (await client.post("/api/v1/participants", json=BODY)).status_code == 403
    async with service.anonymous() as client:
        assert (await client.get("/api/v1/participants")).status_code == 401


async def test_what_a_marking_hides_is_as_if_it_were_not_there(service):
    """docs/releasability.md"""
    number = await enter(service.db, marking=HIDDEN)
    async with await contractor_api(service) as client:
        listed = (await client.get("/api/v1/participants")).json()
        assert (listed["items"], listed["total"]) == ([], 0)
        hidden = await client.get(f"/api/v1/participants/{number}")
        missing = await client.get(f"/api/v1/participants/{number + 1}")
        assert (hidden.status_code, hidden.json()["detail"]) == (404, missing.json()["detail"])
        assert (await client.get(f"/api/v1/participants/{number}/history")).status_code == 404
        for method, path, body in CHANGES:
            answer = await client.request(
                method, f"/api/v1/participants/{number}{path}", json=body, headers={"If-Match": '"1"'}
            )
            assert answer.status_code == 404
    async with service.api("auditor") as client:
        assert (await client.get(f"/api/v1/participants/{number}")).json()["version"] == 1


async def test_nobody_marks_a_country_out_of_their_own_sight(service):
    number = await enter(service.db)
    async with await contractor_api(service) as client:
        answer = await client.post(
            "/api/v1/participants", json={**BODY, "code": "KOR", "name": "Seoul", "marking": HIDDEN}
        )
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid")
        answer = await client.put(
            f"/api/v1/participants/{number}", json=REVISED | {"marking": HIDDEN}, headers={"If-Match": '"1"'}
        )
        assert answer.status_code == 422


async def test_values_of_a_stricter_time_stay_hidden_in_the_history(service):
    number = await enter(service.db, marking=HIDDEN)
    async with service.api("program-office") as client:
        await client.put(
            f"/api/v1/participants/{number}", json=REVISED | {"marking": "CUI"}, headers={"If-Match": '"1"'}
        )
        assert len((await client.get(f"/api/v1/participants/{number}/history")).json()) == 2
    async with await contractor_api(service) as client:
        assert (await client.get(f"/api/v1/participants/{number}")).status_code == 200
        assert (await client.get(f"/api/v1/participants/{number}/history")).json() == []


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "x" * 10_000}, "name"),
        ({"code": "jpn"}, "code"),
        ({"code": "JPN\n"}, "code"),
        ({"code": "JAPAN"}, "code"),
        ({"region": "Atlantis"}, "region"),
        ({"marking": "SECRET"}, "marking"),
        ({"marking": "CUI//" + "X" * 600}, "marking"),
        ({"standing": "invited"}, "standing"),
    ],
)
async def test_a_mistake_is_named_by_its_field(service, more, where):
    async with service.api("program-office") as client:
        answer = await client.post("/api/v1/participants", json=BODY | more)
        assert answer.status_code == 422
        assert {each["where"] for each in answer.json()["mistakes"]} == {where}


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_is_kept_as_text(service, text):
    async with service.api("program-office") as client:
        answer = await client.post("/api/v1/participants", json=BODY | {"name": text})
        assert (answer.status_code, answer.json()["name"]) == (201, text)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/standing", STANDING | {"value": "participating"}),
        ("/standing", STANDING | {"value": "named in statute", "source": "x"}),
        ("/forum-standing", FORUM | {"value": "left the forum (press)"}),
    ],
)
async def test_a_step_that_cannot_follow_is_refused_with_a_way_out(service, path, body):
    """Sec. 1253(d)"""
    number = await enter(service.db, name="Thailand", code="THA")
    async with service.api("program-office") as client:
        answer = await client.put(f"/api/v1/participants/{number}{path}", json=body, headers={"If-Match": '"1"'})
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/refused"
    if path == "/standing":
        assert answer.json()["citation"] == "Sec. 1253(d), Pub. L. 119-60"


@pytest.mark.parametrize("since", ["2025-12-17", "2026-11-21", "2999-01-01", "0000-01-01", "yesterday", None, 5])
async def test_a_day_that_cannot_stand_is_named(service, since):
    number = await enter(service.db)
    async with service.api("program-office") as client:
        answer = await client.put(
            f"/api/v1/participants/{number}/standing", json=STANDING | {"since": since}, headers={"If-Match": '"1"'}
        )
    assert answer.status_code == 422
    assert [each["where"] for each in answer.json()["mistakes"]] == ["since"]


async def test_the_same_key_enters_one_country(service):
    async with service.api("program-office") as client:
        headers = {"Idempotency-Key": "enter-japan"}
        answers = [await client.post("/api/v1/participants", json=BODY, headers=headers) for _ in range(3)]
        assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
        assert (await client.get("/api/v1/participants")).json()["total"] == 1
        other = await client.post("/api/v1/participants", json=BODY)
        assert (other.status_code, other.json()["type"]) == (409, "/problems/conflict")


async def test_an_end_sent_twice_ends_once(service):
    number = await enter(service.db)
    async with service.api("program-office") as client:
        path, headers = f"/api/v1/participants/{number}/end", {"If-Match": '"1"'}
        assert (await client.patch(path, json=END, headers=headers)).status_code == 200
        assert (await client.patch(path, json=END, headers=headers)).status_code == 412
        assert (await client.get(f"/api/v1/participants/{number}")).json()["version"] == 2


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("sort=size", 422),
        ("cursor=nonsense", 422),
        ("limit=0", 422),
        ("limit=201", 422),
        ("q=%00", 422),
        ("standing=not%20public", 200),
        ("ended=maybe", 422),
    ],
)
async def test_a_list_refuses_what_it_cannot_read(service, query, status):
    async with service.api("auditor") as client:
        assert (await client.get(f"/api/v1/participants?{query}")).status_code == status


@pytest.mark.parametrize("number", ["0", "-1", "9223372036854775808", "x"])
async def test_a_number_that_names_nothing_is_not_an_error_of_ours(service, number):
    async with service.api("auditor") as client:
        assert (await client.get(f"/api/v1/participants/{number}")).status_code in (404, 422)
