"""The JSON door of the law: the happy path and every refusal."""

from typing import Any

import pytest

from tests.conftest import Service
from tests.features.law.makers import (
    TODAY,
    a_delegation,
    a_designation,
    a_determination,
    a_reading,
    an_amendment,
    give_roles,
    make_contractor,
)
from tests.features.projects.situations import proposal

FIRST = {"If-Match": '"1"'}
SECOND = {"If-Match": '"2"'}


async def test_what_is_in_force_is_said_with_what_is_not_known(service: Service) -> None:
    """Sec. 1253(g): dated data, both readings, and whose they are."""
    async with service.api("auditor") as client:
        law = (await client.get("/api/v1/law")).json()
    assert (law["last_day"], law["first_refused"], law["over"]) == ("2030-12-31", "2031-01-01T05:00:00Z", False)
    assert [each["adopted"] for each in law["readings"]] == [True, False]
    assert law["readings"][1]["first_refused"] == "2030-12-31T05:00:00Z"
    assert law["readings"][0]["standing"] == "our reading (counsel not yet named)"
    assert law["official_says"] == "No designation recorded here; not public."
    assert "Whether a senior official has been designated" in law["not_known"]
    assert {each["slug"]: each["in_force"] for each in law["authorities"]}["50-usc-4533"] is False


async def test_an_amendment_is_the_law_once_a_second_administrator_has_confirmed_it(service: Service) -> None:
    """Two-person rule for changes of the law (convention)"""
    await give_roles(service, "auditor", "administrator")
    async with service.api("administrator") as first, service.api("auditor") as second:
        made = await first.post("/api/v1/law/amendments", json=an_amendment())
        place = made.headers["location"]
        assert (made.status_code, made.headers["etag"], place) == (201, '"1"', "/api/v1/law/amendments/1")
        effect = (await first.get(f"{place}/effect")).json()["effect"]
        assert (effect["before"]["last_day"], effect["after"]["last_day"]) == ("2030-12-31", "2035-12-31")
        assert [each["slug"] for each in effect["duties"]] == ["termination"]
        assert (await first.get("/api/v1/law")).json()["last_day"] == "2030-12-31"
        own = await first.patch(f"{place}/confirmed", json={}, headers=FIRST)
        assert (own.status_code, own.json()["type"].rpartition("/")[2]) == (409, "refused")
        assert "another administrator" in own.json()["way_out"]
        confirmed = await second.patch(f"{place}/confirmed", json={}, headers=FIRST)
        assert confirmed.json()["confirmed_by"] == "Person Auditor"
        assert (await first.get("/api/v1/law")).json()["last_day"] == "2035-12-31"
        assert (await first.get("/api/v1/countdown")).json()["last_day"] == "2035-12-31"
        again = await second.patch(f"{place}/confirmed", json={}, headers=SECOND)
        late = await first.patch(f"{place}/withdrawn", json={"because": "No."}, headers=SECOND)
        assert (again.status_code, late.status_code) == (409, 409)
        assert [row["command"] for row in (await first.get(f"{place}/history")).json()] == [
            "amendment.confirm",
            "amendment.enter",
        ]


async def test_an_end_taken_away_leaves_every_page_and_door_working(service: Service) -> None:
    """Sec. 1253(g): without a new day the authority ends no more."""
    await give_roles(service, "auditor", "administrator")
    async with service.api("administrator") as first, service.api("auditor") as second:
        await first.post("/api/v1/law/amendments", json=an_amendment(new_day=None))
        await second.patch("/api/v1/law/amendments/1/confirmed", json={}, headers=FIRST)
        law = (await first.get("/api/v1/law")).json()
        assert (law["last_day"], law["first_refused"], law["over"]) == (None, None, False)
        count = (await first.get("/api/v1/countdown")).json()
        assert (count["days"], count["last_day"]) == (None, None)
        assert (await first.get("/api/v1/law/wind-down")).json() == []
        assert (await first.get("/api/v1/law/outliving")).json()["first_day"] is None
        duties = (await first.get("/api/v1/duties")).json()["items"]
        assert "termination" not in {each["slug"] for each in duties}
    browser = await service.browser("administrator")
    for path in ("/", "/law", "/duties", "/duties/report-2027", "/law/amendments/1", "/law/outliving", "/law/scenario"):
        assert (await browser.get(path)).status_code == 200, path
    assert "No end" in (await browser.get("/duties")).text


async def test_days_before_an_enactment_are_shown_in_both_readings(service: Service) -> None:
    """An amendment may reach back: as known on the day, and as amended."""
    async with service.api("administrator") as client:
        # A repeal of the authority from the start of the year, enacted in November.
        body = an_amendment(new_day="2026-03-31", changes_from="2026-01-01")
        await client.post("/api/v1/law/amendments", json=body)
        gap = (await client.get("/api/v1/law/amendments/1/effect")).json()["gap"]
    assert [(each["first"], each["last"]) for each in gap] == [
        ("2026-01-01", "2026-03-31"),
        ("2026-04-01", "2026-11-09"),
    ]
    assert [(each["known_in_force"], each["amended_in_force"]) for each in gap] == [(True, True), (True, False)]
    assert {(each["known"], each["amended"]) for each in gap} == {("2030-12-31", "2026-03-31")}


async def test_an_amendment_is_judged_again_by_what_was_confirmed_since(service: Service) -> None:
    """Two that each fit alone may not fit together."""
    await give_roles(service, "auditor", "administrator")
    moved = {"provision": "1253.f.2", "changes_from": "2026-11-10"}
    async with service.api("administrator") as first, service.api("auditor") as second:
        await first.post("/api/v1/law/amendments", json=an_amendment(**moved, value="last", new_day="2027-12-01"))
        await first.post("/api/v1/law/amendments", json=an_amendment(**moved, value="first", new_day="2029-12-01"))
        done = await second.patch("/api/v1/law/amendments/1/confirmed", json={}, headers=FIRST)
        assert done.status_code == 200
        answer = await second.patch("/api/v1/law/amendments/2/confirmed", json={}, headers=FIRST)
    assert answer.status_code == 422
    assert [each["where"] for each in answer.json()["mistakes"]] == ["new_day"]


async def test_a_reading_is_adopted_by_two_persons_and_shows_its_counsel(service: Service) -> None:
    """Our reading (counsel, date)"""
    await give_roles(service, "auditor", "administrator")
    async with service.api("administrator") as first, service.api("auditor") as second:
        made = await first.post("/api/v1/law/readings", json=a_reading())
        place = made.headers["location"]
        effect = (await first.get(f"{place}/effect")).json()["effect"]
        assert effect["after"]["first_refused"] == "2030-12-31T05:00:00Z"
        assert (await first.patch(f"{place}/confirmed", json={}, headers=FIRST)).status_code == 409
        assert (await second.patch(f"{place}/confirmed", json={}, headers=FIRST)).status_code == 200
        law = (await first.get("/api/v1/law")).json()
        assert law["first_refused"] == "2030-12-31T05:00:00Z"
        assert law["readings"][0]["standing"] == "our reading (Office of General Counsel, 1 Oct 2026)"
        await first.post("/api/v1/law/readings", json=a_reading(reading="through-the-day"))
        gone = await first.patch("/api/v1/law/readings/2/withdrawn", json={"because": "Typed twice."}, headers=FIRST)
        assert gone.json()["withdrawn_because"] == "Typed twice."
        assert len((await first.get("/api/v1/law/readings")).json()) == 2
        assert (await first.get("/api/v1/law/readings/2/history")).json()[0]["command"] == "reading.withdraw"


async def test_a_designation_that_was_entered_wrongly_is_corrected_with_a_reason(service: Service) -> None:
    """Sec. 1253(c)(2): the notice is counted from the day as corrected; what stood before stays in the history."""
    async with service.api("program-office") as client:
        place = (await client.post("/api/v1/law/designations", json=a_designation())).headers["location"]
        right = a_designation(official="Official B", made_on="2026-04-30", since="2026-05-05", because="Misread.")
        unexplained = {name: value for name, value in right.items() if name != "because"}
        assert (await client.put(place, json=unexplained, headers=FIRST)).status_code == 422
        assert (await client.put(place, json=right)).status_code == 428
        corrected = await client.put(place, json=right, headers=FIRST)
        said = corrected.json()
        assert (corrected.status_code, said["official"], said["made_on"]) == (200, "Official B", "2026-04-30")
        assert said["corrected_because"] == "Misread."
        assert (await client.put(place, json=right, headers=FIRST)).status_code == 412
        assert (await client.get(f"{place}/history")).json()[0]["command"] == "designation.correct"
        acts = (await client.get("/api/v1/law/acts?act=designation")).json()
        assert sorted(row["acted_on"] for row in acts["items"]) == ["2026-04-30", a_designation()["made_on"]]
        # A name alone is no act: nothing is judged anew, and nothing is entered in the register.
        name = right | {"official": "Official C"}
        assert (await client.put(place, json=name, headers=SECOND)).status_code == 200
        assert (await client.get("/api/v1/law/acts?act=designation")).json()["total"] == 2


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"rank": "general"}, "rank"),
        ({"made_on": "2027-01-01", "since": "2027-01-01"}, "made_on"),
        ({"since": "2026-07-02"}, "since"),
        ({"made_on": "2026-06-26", "since": "2026-06-26"}, "made_on"),
    ],
)
async def test_a_correction_fits_the_law_and_the_end_that_is_recorded(
    service: Service, wrong: dict[str, Any], where: str
) -> None:
    """Sec. 1253(c)(1)"""
    async with service.api("program-office") as client:
        place = (await client.post("/api/v1/law/designations", json=a_designation())).headers["location"]
        end = {"until": "2026-07-01", "because": "Left.", "by_change": True, "changed_on": "2026-06-25"}
        assert (await client.patch(f"{place}/end", json=end, headers=FIRST)).status_code == 200
        answer = await client.put(place, json=a_designation(because="Misread.") | wrong, headers=SECOND)
        assert answer.status_code == 422
        assert {each["where"] for each in answer.json()["mistakes"]} >= {where}


async def test_only_who_may_record_a_designation_corrects_it(service: Service) -> None:
    async with service.api("program-office") as client:
        place = (await client.post("/api/v1/law/designations", json=a_designation())).headers["location"]
        missing = await client.put(f"{place}9", json=a_designation(because="Misread."), headers=FIRST)
        assert missing.status_code == 404
    async with service.api("auditor") as client:
        assert (await client.put(place, json=a_designation(because="Misread."), headers=FIRST)).status_code == 403


async def test_the_register_shows_days_with_nobody_as_vacant(service: Service) -> None:
    """Sec. 1253(c)(1): at most one on any day"""
    async with service.api("program-office") as client:
        empty = (await client.get("/api/v1/law/designations")).json()
        assert empty == {"designations": [], "vacancies": [], "says": "No designation recorded here; not public."}
        made = await client.post("/api/v1/law/designations", json=a_designation(acting=True))
        assert (made.status_code, made.json()["acting"]) == (201, True)
        place = made.headers["location"]
        ended = await client.patch(
            f"{place}/end", json={"until": "2026-06-30", "because": "Left.", "by_change": True}, headers=FIRST
        )
        assert ended.json()["ended_by_change"] is True
        again = await client.patch(f"{place}/end", json={"until": "2026-07-01", "because": "Left."}, headers=SECOND)
        assert again.status_code == 409
        vacant = (await client.get("/api/v1/law")).json()
        assert vacant["official_says"] == "No official is recorded here for today; not public."
        assert not any("senior official" in each for each in vacant["not_known"])
        same_day = await client.post("/api/v1/law/designations", json=a_designation(since="2026-06-30"))
        assert (same_day.status_code, same_day.json()["type"].rpartition("/")[2]) == (409, "conflict")
        assert "at most one is on any day" in same_day.json()["detail"]
        later = await client.post("/api/v1/law/designations", json=a_designation(official="B", since="2026-08-01"))
        assert later.status_code == 201
        register = (await client.get("/api/v1/law/designations")).json()
        assert register["vacancies"] == [{"first": "2026-07-01", "last": "2026-07-31"}]
        assert (await client.get("/api/v1/law")).json()["official"]["official"] == "B"
        assert (await client.get(f"{place}/history")).json()[0]["command"] == "designation.end"


async def test_an_office_below_the_level_is_refused_with_its_citation(service: Service) -> None:
    """Sec. 1253(c)(1): the Assistant Secretary level or above"""
    async with service.api("program-office") as client:
        answer = await client.post("/api/v1/law/designations", json=a_designation(rank="below"))
    assert answer.status_code == 409
    assert "1253(c)(1)" in answer.json()["citation"]
    assert "Assistant Secretary level" in answer.json()["way_out"]


async def test_the_delegations_in_force_on_a_day_are_asked_for_by_day(service: Service) -> None:
    """10 U.S.C. 113(d)"""
    async with service.api("program-office") as client:
        made = await client.post("/api/v1/law/delegations", json=a_delegation())
        place = made.headers["location"]
        assert (made.status_code, made.json()["in_force"]) == (201, True)
        twice = await client.post("/api/v1/law/delegations", json=a_delegation(since="2026-07-01"))
        assert (twice.status_code, twice.json()["type"].rpartition("/")[2]) == (409, "conflict")
        ended = await client.patch(f"{place}/end", json={"until": TODAY, "because": "Withdrawn."}, headers=FIRST)
        assert ended.json()["until"] == TODAY
        again = await client.patch(f"{place}/end", json={"until": TODAY, "because": "Withdrawn."}, headers=SECOND)
        assert again.status_code == 409
        for address, found in (
            ("", 1),
            ("?on=2026-06-14", 0),
            ("?on=2026-11-20", 1),
            ("?on=2026-11-21", 0),
            ("?function=certify", 0),
        ):
            answer = await client.get(f"/api/v1/law/delegations{address}")
            assert len(answer.json()) == found, address
        assert (await client.get(place)).headers["etag"] == '"2"'
        assert (await client.get(f"{place}/history")).json()[0]["command"] == "delegation.end"


async def test_a_determination_carries_acts_once_a_second_person_has_reviewed_it(service: Service) -> None:
    """Sec. 1253(g): the pair of authority in force and determination in force"""
    await give_roles(service, "program-office", "comptroller")
    group = {
        "name": "Group on radar",
        "kind": "working group",
        "established_on": "2031-01-02",
        "source": "Minutes",
        "program_authority": "10-usc-2350a",
        "continuation_id": 1,
    }
    async with service.api("program-office") as first, service.api("senior-official") as second:
        body = a_determination(subject_kind="group", subject_title="Group on radar")
        made = await first.post("/api/v1/law/determinations", json=body)
        place = made.headers["location"]
        assert (made.status_code, made.json()["stage"]) == (201, "waits for a second person")
        assert (await first.get("/api/v1/law/determinations?waiting=true")).json()["total"] == 1
        early = await first.post("/api/v1/groups", json=group)
        assert (early.status_code, "not been reviewed" in early.json()["detail"]) == (409, True)
        own = await first.patch(f"{place}/reviewed", json={}, headers=FIRST)
        assert (own.status_code, "second person" in own.json()["detail"]) == (409, True)
        reviewed = await second.patch(f"{place}/reviewed", json={}, headers=FIRST)
        assert (reviewed.json()["stage"], reviewed.json()["in_force"]) == ("in force", True)
        assert (await first.post("/api/v1/groups", json=group)).status_code == 201
        acts = (await first.get(f"{place}/acts")).json()
        assert [(each["act"], each["href"], each["label"]) for each in acts["items"]] == [
            ("group", "/groups/1", "continues under other authority (10 U.S.C. 2350a)")
        ]
        assert (await first.get("/api/v1/law/acts?continuing=true&authority=10-usc-2350a")).json()["total"] == 1
        assert (await first.get("/api/v1/law/acts?late=true")).json()["total"] == 0
        ended = await first.patch(f"{place}/end", json={"until": TODAY, "because": "Finished."}, headers=SECOND)
        assert ended.json()["until"] == TODAY
        third = {"If-Match": '"3"'}
        again = await first.patch(f"{place}/end", json={"until": TODAY, "because": "Finished."}, headers=third)
        late = await second.patch(f"{place}/reviewed", json={}, headers=third)
        assert (again.status_code, late.status_code) == (409, 409)
        assert (await first.get(f"{place}/history")).json()[0]["command"] == "determination.end"


async def test_a_determination_takes_its_title_from_the_record_that_it_names(service: Service) -> None:
    async with service.api("program-office") as client:
        await client.post("/api/v1/projects", json=proposal(name="Radar"))
        body = {name: value for name, value in a_determination(subject_id=1).items() if name != "subject_title"}
        made = await client.post("/api/v1/law/determinations", json=body)
    assert (made.status_code, made.json()["subject_title"]) == (201, "Radar")


async def test_a_record_that_the_maker_may_not_see_is_no_subject(service: Service) -> None:
    """What a marking hides is not told apart from what is not there."""
    async with service.api("program-office") as client:
        await client.post("/api/v1/projects", json=proposal(name="Radar", marking="CUI//FED ONLY"))
        await make_contractor(service, "program-office")
        answer = await client.post("/api/v1/law/determinations", json=a_determination(subject_id=1))
        none = await client.post("/api/v1/law/determinations", json=a_determination(subject_id=99))
    assert (answer.status_code, none.status_code) == (422, 422)
    assert answer.json()["mistakes"][0]["expected"] == none.json()["mistakes"][0]["expected"]


async def test_what_a_reader_may_not_see_is_not_found(service: Service) -> None:
    async with service.api("program-office") as client:
        await client.post("/api/v1/law/determinations", json=a_determination(marking="CUI//FED ONLY"))
        await make_contractor(service, "program-office")
        for path in ("", "/acts", "/history"):
            assert (await client.get(f"/api/v1/law/determinations/1{path}")).status_code == 404
        body = {"until": TODAY, "because": "Why."}
        assert (await client.patch("/api/v1/law/determinations/1/end", json=body, headers=FIRST)).status_code == 404
        assert (await client.get("/api/v1/law/determinations")).json()["total"] == 0
        assert (await client.get("/api/v1/law")).json()["to_review"] == []


@pytest.mark.parametrize(
    ("role", "path", "body", "fields"),
    [
        ("administrator", "amendments", {}, None),
        ("administrator", "amendments", an_amendment(citation="a\x00b"), {"citation"}),
        ("administrator", "amendments", an_amendment(enacted_in="bill"), {"enacted_in"}),
        ("administrator", "amendments", an_amendment(enacted_on="2026-11-21"), {"enacted_on"}),
        ("administrator", "amendments", an_amendment(provision="1253.e"), {"provision"}),
        ("administrator", "amendments", an_amendment(provision="nothing"), {"provision"}),
        ("administrator", "amendments", an_amendment(new_day="2200-01-01"), {"new_day"}),
        ("administrator", "amendments", an_amendment(new_day="9999-12-31"), {"new_day"}),
        ("administrator", "amendments", an_amendment(new_day="2020-01-01"), {"new_day"}),
        ("administrator", "amendments", an_amendment(changes_from="1789-03-04"), {"changes_from"}),
        ("administrator", "amendments", an_amendment(changes_from="9999-12-31"), {"changes_from"}),
        ("administrator", "amendments", an_amendment(provision="1253.f.2", value="until"), {"provision"}),
        (
            "administrator",
            "amendments",
            an_amendment(provision="1253.f.2", value="last", new_day=None),
            {"new_day"},
        ),
        (
            "administrator",
            "amendments",
            an_amendment(provision="1253.f.2", value="first", new_day="2028-02-29"),
            {"new_day"},
        ),
        (
            "administrator",
            "amendments",
            an_amendment(provision="1253.f.2", value="first", new_day="2031-12-01"),
            {"new_day"},
        ),
        ("administrator", "readings", a_reading(reading="mine", counsel_on="2027-01-01"), {"reading", "counsel_on"}),
        ("administrator", "readings", a_reading(provision="1253.f"), {"reading"}),
        ("program-office", "designations", a_designation(rank="general"), {"rank"}),
        ("program-office", "designations", a_designation(made_on="2027-01-01", since="2027-01-01"), {"made_on"}),
        ("program-office", "designations", a_designation(made_on="2025-01-01"), {"made_on"}),
        ("program-office", "designations", a_designation(since="2026-04-30"), {"since"}),
        ("program-office", "designations", a_designation(program_authority="1253.z"), {"program_authority"}),
        ("program-office", "designations", a_designation(continuation_id=9), {"continuation_id"}),
        ("program-office", "delegations", a_delegation(function="rule"), {"function"}),
        ("program-office", "delegations", a_delegation(instrument_on="2027-01-01"), {"instrument_on", "since"}),
        ("program-office", "delegations", a_delegation(until="2026-06-14"), {"until"}),
        ("program-office", "delegations", a_delegation(to_person_id=9999), {"to_person_id"}),
        ("program-office", "determinations", a_determination(authority="1253.e"), {"authority"}),
        ("program-office", "determinations", a_determination(effective_from="2026-11-19"), {"effective_from"}),
        ("program-office", "determinations", a_determination(review_on=TODAY), {"review_on"}),
        (
            "program-office",
            "determinations",
            a_determination(authority_from="2027-01-01", authority_until="2026-01-01"),
            {"authority_until"},
        ),
        ("program-office", "determinations", a_determination(marking="SECRET"), {"marking"}),
        ("program-office", "determinations", a_determination(subject_title=None), {"subject_title"}),
        ("program-office", "determinations", a_determination(subject_kind="agreement", subject_id=1), {"subject_id"}),
        ("program-office", "determinations", a_determination(subject_id=2**63), {"subject_id"}),
    ],
)
async def test_every_mistake_of_a_body_is_named_by_its_field(
    service: Service, role: Any, path: str, body: dict[str, Any], fields: set[str] | None
) -> None:
    async with service.api(role) as client:
        answer = await client.post(f"/api/v1/law/{path}", json=body)
    assert answer.status_code == 422, answer.text
    found = {mistake["where"] for mistake in answer.json()["mistakes"]}
    assert found == fields if fields is not None else len(found) == 8


async def test_a_determination_under_an_authority_that_has_ended_is_refused(service: Service) -> None:
    """50 U.S.C. 4533: its last day is in the law's files."""
    async with service.api("program-office") as client:
        answer = await client.post("/api/v1/law/determinations", json=a_determination(authority="50-usc-4533"))
        stated = await client.post("/api/v1/law/determinations", json=a_determination(authority_until="2026-11-19"))
    assert (answer.status_code, stated.status_code) == (409, 409)
    assert "30 Sep 2026" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("designations/1/end", {"until": "2026-05-03", "because": "Why."}),
        ("delegations/1/end", {"until": "2026-11-19", "because": "Why."}),
        ("determinations/1/end", {"until": "2026-11-19", "because": "Why."}),
    ],
)
async def test_a_last_day_that_cannot_be_is_a_mistake_of_its_field(
    service: Service, path: str, body: dict[str, Any]
) -> None:
    async with service.api("program-office") as client:
        await client.post("/api/v1/law/designations", json=a_designation())
        await client.post("/api/v1/law/delegations", json=a_delegation())
        await client.post("/api/v1/law/determinations", json=a_determination())
        answer = await client.patch(f"/api/v1/law/{path}", json=body, headers=FIRST)
        assert answer.status_code == 422, answer.text
        assert [each["where"] for each in answer.json()["mistakes"]] == ["until"]
        assert (await client.patch(f"/api/v1/law/{path}", json=body)).status_code == 428
        assert (await client.patch(f"/api/v1/law/{path}", json=body, headers=SECOND)).status_code == 412


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("program-office", "amendments"),
        ("program-office", "readings"),
        ("comptroller", "designations"),
        ("report-writer", "delegations"),
        ("comptroller", "determinations"),
        ("auditor", "determinations"),
    ],
)
async def test_who_lacks_the_permission_changes_nothing(service: Service, role: Any, path: str) -> None:
    async with service.api(role) as client:
        assert (await client.get(f"/api/v1/law/{path}")).status_code == 200
        assert (await client.post(f"/api/v1/law/{path}", json={})).status_code == 403


async def test_only_who_may_review_reviews(service: Service) -> None:
    async with service.api("program-office") as client, service.api("administrator") as other:
        await client.post("/api/v1/law/determinations", json=a_determination())
        for each in (client, other):
            answer = await each.patch("/api/v1/law/determinations/1/reviewed", json={}, headers=FIRST)
            assert answer.status_code == 403


async def test_what_is_not_there_is_not_found(service: Service) -> None:
    async with service.api("administrator") as client:
        for path in ("amendments", "readings", "designations", "delegations", "determinations"):
            for more in ("", "/history"):
                assert (await client.get(f"/api/v1/law/{path}/7{more}")).status_code == 404
        for path in ("amendments", "readings"):
            assert (await client.get(f"/api/v1/law/{path}/7/effect")).status_code == 404
            for act, body in (("confirmed", {}), ("withdrawn", {"because": "Why."})):
                answer = await client.patch(f"/api/v1/law/{path}/7/{act}", json=body, headers=FIRST)
                assert answer.status_code == 404


async def test_a_repeated_request_enters_one_record(service: Service) -> None:
    key = {"Idempotency-Key": "k1"}
    async with service.api("administrator") as client:
        first = await client.post("/api/v1/law/amendments", json=an_amendment(), headers=key)
        again = await client.post("/api/v1/law/amendments", json=an_amendment(), headers=key)
        assert (again.status_code, again.json()) == (201, first.json())
        assert len((await client.get("/api/v1/law/amendments")).json()) == 1


async def test_the_register_is_filtered_by_what_the_address_says(service: Service) -> None:
    """An act that names no authority rests on the paragraph of its kind."""
    async with service.api("program-office") as client:
        await client.post("/api/v1/law/designations", json=a_designation())
        for address, total in (
            ("", 1),
            ("?act=designation", 1),
            ("?act=obligation", 0),
            ("?authority=1253.c.1", 1),
            ("?authority=1253.d", 0),
            ("?continuing=true", 0),
        ):
            answer = await client.get(f"/api/v1/law/acts{address}")
            assert answer.json()["total"] == total, address
        for address in ("?act=talk", "?sort=title", "?limit=0", "?cursor=x"):
            assert (await client.get(f"/api/v1/law/acts{address}")).status_code == 422, address
        first = (await client.get("/api/v1/law/acts")).json()["items"][0]
    assert (first["href"], first["citation"]) == ("/law/designations/1", "Sec. 1253(c)(1)")


async def test_an_act_names_the_delegation_in_force_on_its_day(service: Service) -> None:
    """10 U.S.C. 113(d)"""
    async with service.api("program-office") as client:
        delegation = {
            "function": "charter a group",
            "from_office": "Secretary of Defense",
            "to_office": "OUSD(A&S)",
            "instrument": "Memorandum 7",
            "instrument_on": "2026-11-02",
            "since": "2026-11-02",
        }
        assert (await client.post("/api/v1/law/delegations", json=delegation)).status_code == 201
        for name, day in (("Before", "2026-11-01"), ("After", "2026-11-02")):
            body = {"name": name, "kind": "working group", "established_on": day, "source": "x"}
            assert (await client.post("/api/v1/groups", json=body)).status_code == 201
        rows = (await client.get("/api/v1/law/acts", params={"act": "group"})).json()["items"]
    assert {row["title"]: row["delegated"] for row in rows} == {"Before": "", "After": "OUSD(A&S), by Memorandum 7"}
