"""Plans that would outlive the authority, scenarios, and the steps of the wind-down."""

import re
from datetime import date
from typing import Any

import pytest

from tests.conftest import Service
from tests.features.assistance.situations import a_partner, planned
from tests.features.groups.makers import a_group
from tests.features.law.makers import a_determination, an_amendment, give_roles, make_contractor
from tests.features.projects.situations import proposal

FIRST = {"If-Match": '"1"'}


async def enter(service: Service, name: str, planned_on: str, **more: Any) -> int:
    """A project with one milestone, planned for a day."""
    async with service.api("program-office") as client:
        project = await client.post("/api/v1/projects", json=proposal(name=name, **more))
        assert project.status_code == 201, project.text
        body = {"name": f"Last step of {name}", "planned_on": planned_on}
        place = f"/api/v1/projects/{project.json()['id']}/milestones"
        milestone = await client.post(place, json=body)
        assert milestone.status_code == 201, milestone.text
    return int(project.json()["id"])


async def determined(service: Service, **said: Any) -> None:
    """A reviewed determination."""
    async with service.api("program-office") as first, service.api("comptroller") as second:
        made = await first.post("/api/v1/law/determinations", json=a_determination(**said))
        assert made.status_code == 201, made.text
        place = made.headers["location"]
        assert (await second.patch(f"{place}/reviewed", json={}, headers=FIRST)).status_code == 200


async def test_a_plan_outlives_the_authority_by_its_milestones(service: Service) -> None:
    """Sec. 1253(g): the last day itself is still in."""
    await enter(service, "Within", "2030-12-31")
    await enter(service, "Beyond", "2031-01-01", planned_total="1000000.00")
    await enter(service, "Other law", "2032-01-01", program_authority="10-usc-2350a")
    await enter(service, "Under the section", "2032-01-01", program_authority="1253.e.2")
    async with service.api("program-office") as client:
        await client.post("/api/v1/projects", json=proposal(name="Without a plan"))
        found = (await client.get("/api/v1/law/outliving")).json()
    assert (found["last_day"], found["first_day"]) == ("2030-12-31", "2031-01-01")
    assert [each["name"] for each in found["projects"]] == ["Beyond", "Under the section"]
    assert [each["not_yet_obligated"] for each in found["projects"]] == ["1000000.00", None]
    assert (found["not_yet_obligated"], found["money_unknown"], found["unplanned"]) == ("1000000.00", 1, 1)
    assert found["agreements"] == []


async def test_a_determination_in_force_on_the_day_of_a_plan_carries_it(service: Service) -> None:
    """Never longer than the authority that it cites."""
    number = await enter(service, "Beyond", "2031-06-01")
    await determined(service, subject_id=number, authority_until="2031-05-31")
    async with service.api("auditor") as client:
        assert len((await client.get("/api/v1/law/outliving")).json()["projects"]) == 1
    await determined(service, subject_id=number, authority_until="2031-06-01")
    async with service.api("auditor") as client:
        assert (await client.get("/api/v1/law/outliving")).json()["projects"] == []


async def test_assistance_is_listed_with_the_authority_under_which_it_goes_on(service: Service) -> None:
    """Sec. 1253(e)(3), (g): it uses an authority of title 10, which (g) does not end."""
    partner = await a_partner(service.db)
    await planned(service.db, participant_id=partner, name="Within", ends_on=date(2030, 12, 31))
    await planned(service.db, participant_id=partner, name="Begun by then", ends_on=date(2031, 1, 1))
    days = {"starts_on": date(2031, 1, 1), "ends_on": date(2031, 9, 1)}
    later = await planned(service.db, participant_id=partner, name="Begins after", uses="10-usc-332", **days)
    async with service.api("program-office") as client:
        found = (await client.get("/api/v1/law/outliving")).json()["assistance"]
        rows = (await client.get("/law/outliving/export.csv")).text
    assert [(each["name"], each["uses_citation"], each["in_force"]) for each in found] == [
        ("Begun by then", "10 U.S.C. 333", True),
        ("Begins after", "10 U.S.C. 332", True),
    ]
    assert "last day, under 10 U.S.C. 332" in rows
    page = (await (await service.browser("program-office")).get("/law/outliving")).text
    assert page.count("its beginning needs a determination") == 1
    assert page.count("once it has begun, through") == 1
    await determined(service, subject_kind="assistance", subject_id=later, authority="10-usc-332")
    async with service.api("program-office") as client:
        found = (await client.get("/api/v1/law/outliving")).json()["assistance"]
    assert [each["name"] for each in found] == ["Begun by then"]


async def test_a_group_without_an_end_that_rests_on_the_section_is_listed(service: Service) -> None:
    """Sec. 1253(e)(2): not dissolved by (g)."""
    async with service.api("program-office") as client:
        await client.post("/api/v1/groups", json=a_group(name="Policy alone"))
        await client.post("/api/v1/groups", json=a_group(name="Under the section", program_authority="1253.e.2"))
        await client.post("/api/v1/groups", json=a_group(name="Ended", program_authority="1253.e.2"))
        end = {"until": "2026-02-01", "because": "Done."}
        assert (await client.patch("/api/v1/groups/3/end", json=end, headers=FIRST)).status_code == 200
        groups = (await client.get("/api/v1/law/outliving")).json()["groups"]
    assert [each["name"] for each in groups] == ["Under the section"]


async def test_what_a_reader_may_not_see_outlives_nothing_for_them(service: Service) -> None:
    await enter(service, "Hidden", "2032-01-01", marking="CUI//FED ONLY")
    await make_contractor(service, "auditor")
    async with service.api("auditor") as client:
        found = (await client.get("/api/v1/law/outliving")).json()
        asked = (await client.get("/api/v1/law/scenario?what=extended&on=2035-12-31")).json()
    assert (found["projects"], found["unplanned"], asked["would_reach"]) == ([], 0, [])


async def test_an_extension_reaches_plans_and_adds_no_reports(service: Service) -> None:
    """Sec. 1253(f), (g): two windows."""
    await enter(service, "Beyond", "2031-06-01")
    await enter(service, "Far beyond", "2036-01-01")
    async with service.api("auditor") as client:
        view = (await client.get("/api/v1/law/scenario?what=extended&on=2035-12-31")).json()
    assert view["effect"]["after"]["last_day"] == "2035-12-31"
    assert [each["slug"] for each in view["effect"]["duties"]] == ["termination"]
    assert [each["title"] for each in view["would_reach"]] == ["Beyond"]
    assert [each["title"] for each in view["outlive_either_way"]] == ["Far beyond"]
    assert (view["would_outlive"], view["days_left"] > view["days_left_now"]) == ([], True)
    assert {each["standing"] for each in view["notes"]} == {"our reading (counsel not yet named)"}


async def test_a_repeal_takes_later_duties_and_leaves_plans_outliving(service: Service) -> None:
    """A repeal of the whole section (our reading)"""
    await enter(service, "Next year", "2028-06-01")
    async with service.api("auditor") as client:
        view = (await client.get("/api/v1/law/scenario?what=repealed&on=2027-06-30")).json()
    gone = {each["slug"]: each["after"] for each in view["effect"]["duties"]}
    assert gone["termination"] == "2027-06-30"
    assert gone["report-2028"] is None
    assert "report-2027" not in gone
    assert {slug for slug in gone if slug.startswith("briefing")} == {f"briefing-{year}" for year in range(2027, 2031)}
    assert [each["title"] for each in view["would_outlive"]] == ["Next year"]


async def test_a_repeal_before_the_first_report_leaves_none(service: Service) -> None:
    async with service.api("auditor") as client:
        view = (await client.get("/api/v1/law/scenario?what=repealed&on=2026-11-25")).json()
    assert sum(each["after"] is None for each in view["effect"]["duties"]) == 10


async def test_the_stricter_reading_moves_the_instant_and_the_plan_of_the_last_day(service: Service) -> None:
    """The authority ends as 31 December begins."""
    await enter(service, "On the last day", "2030-12-31")
    async with service.api("auditor") as client:
        view = (await client.get("/api/v1/law/scenario?what=stricter reading")).json()
    assert view["effect"]["after"]["first_refused"] == "2030-12-31T05:00:00Z"
    assert [each["title"] for each in view["would_outlive"]] == ["On the last day"]


async def test_no_change_changes_nothing(service: Service) -> None:
    await enter(service, "Beyond", "2031-06-01")
    async with service.api("auditor") as client:
        view = (await client.get("/api/v1/law/scenario")).json()
    assert view["effect"]["before"] == view["effect"]["after"]
    assert (view["effect"]["values"], view["effect"]["duties"]) == ([], [])
    assert [each["title"] for each in view["outlive_either_way"]] == ["Beyond"]


async def test_an_entered_amendment_is_asked_about_before_it_is_confirmed(service: Service) -> None:
    await enter(service, "Beyond", "2031-06-01")
    async with service.api("administrator") as client:
        await client.post("/api/v1/law/amendments", json=an_amendment())
        view = (await client.get("/api/v1/law/scenario?what=amendment&amendment=1")).json()
        assert (await client.get("/api/v1/law/scenario?what=amendment&amendment=9")).status_code == 404
        assert (await client.get("/api/v1/law")).json()["last_day"] == "2030-12-31"
    assert [each["title"] for each in view["would_reach"]] == ["Beyond"]
    assert "Pub. L. 120-50" in view["says"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("what=extended", "on"),
        ("what=extended&on=2030-12-31", "on"),
        ("what=extended&on=9999-12-31", "on"),
        ("what=extended&on=soon", "on"),
        ("what=repealed&on=2031-01-01", "on"),
        ("what=repealed&on=2025-12-17", "on"),
        ("what=amendment", "amendment"),
        ("what=amendment&amendment=0", "amendment"),
        ("what=abolished", "what"),
    ],
)
async def test_a_scenario_that_cannot_be_names_its_field(service: Service, query: str, field: str) -> None:
    async with service.api("auditor") as client:
        answer = await client.get(f"/api/v1/law/scenario?{query}")
    assert answer.status_code == 422
    assert [each["where"] for each in answer.json()["mistakes"]] == [field]
    page = await (await service.browser("auditor")).get(f"/law/scenario?{query}")
    assert page.status_code == 422
    assert f'id="field-{field}' in page.text or field == "amendment"


async def test_the_page_of_a_scenario_asks_and_answers_and_writes_nothing(service: Service) -> None:
    await enter(service, "Beyond <b>", "2031-06-01")
    browser = await service.browser("auditor")
    assert "Ask a question" in (await browser.get("/law/scenario")).text
    page = (await browser.get("/law/scenario?what=extended&on=2035-12-31")).text
    for words in ("Congress extends", "31 Dec 2035", "Beyond &lt;b&gt;", "by its own terms"):
        assert words in page, words
    assert (await browser.post("/law/scenario", {"what": "extended"})).status_code == 405
    async with service.api("auditor") as client:
        assert (await client.get("/api/v1/law/amendments")).json() == []


async def test_the_page_of_outliving_plans_leads_to_a_determination(service: Service) -> None:
    number = await enter(service, "Beyond", "2031-06-01")
    async with service.api("program-office") as client:
        await client.post("/api/v1/groups", json=a_group(program_authority="1253.e.2"))
    browser = await service.browser("program-office")
    page = (await browser.get("/law/outliving")).text
    assert f"/law/determinations/new?kind=project&amp;id={number}&amp;title=Beyond" in page
    assert "not computable" in page
    assert "Working group on radar" in page
    assert "/law/determinations/new" not in (await (await service.browser("auditor")).get("/law/outliving")).text
    file = await browser.get("/law/outliving/export.csv")
    assert [line.split(",")[0] for line in file.text.splitlines()] == ["Kind", "project", "group"]


async def test_the_wind_down_counts_back_from_the_last_day_as_amended(service: Service) -> None:
    """Convention of the office: nobody is bound by it."""
    await enter(service, "Beyond", "2031-06-01", planned_total="5.00")
    await give_roles(service, "auditor", "administrator")
    async with service.api("administrator") as first, service.api("auditor") as second:
        steps = (await first.get("/api/v1/law/wind-down")).json()
        assert [(each["days_before"], each["day"]) for each in steps[:2]] == [(365, "2029-12-31"), (270, "2030-04-05")]
        assert {each["standing"] for each in steps} == {"convention"}
        opened = {each["slug"]: each["open"] for each in steps}
        assert (opened["plans-listed"], opened["obligations-planned"], opened["late-papers"]) == (1, 1, None)
        await first.post("/api/v1/law/amendments", json=an_amendment(new_day="2030-01-31"))
        await second.patch("/api/v1/law/amendments/1/confirmed", json={}, headers=FIRST)
        moved = (await first.get("/api/v1/law/wind-down")).json()
    assert moved[0]["day"] == "2029-01-31"


async def test_the_page_of_the_termination_shows_countdown_and_steps_calmly(service: Service) -> None:
    """Sec. 1253(g) forbids nothing under other law."""
    page = (await (await service.browser("auditor")).get("/duties/termination")).text
    for words in (
        "Wind-down, step by step",
        "What rests on other law goes on by its own terms",
        "31 Dec 2029",
        "track",
    ):
        assert words in page, words
    assert "unlawful at midnight" not in page
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))
