"""The doors of articles, risks, results and plans: one happy path and every refusal of each."""

import csv
import io
from datetime import date

import pytest

from pipir.features.projects.rules import phases
from pipir.features.projects.rules.articles import A_TAG
from tests.features.projects.situations import STRICT, add, article, ground, propose, result, risk

HOSTILE = "<script>alert(1)</script>"
FAR = "2090-01-01"
DAY = "2026-11-01"


def an_article(**more):
    return {"title": "Propellant", "psc": "1310", "source": "Letter"} | more


def a_risk(office=1, **more):
    said = {"title": "One maker", "likelihood": 3, "impact": 4, "because": "One maker alone.", "review_on": FAR}
    return said | {"owner_office_id": office} | more


def a_result(**more):
    return {"indicator": "Rate", "unit": "items", "direction": "more", "baseline": "10", "baseline_on": DAY,
            "target": "40", "target_on": FAR, "source": "Plan"} | more  # fmt: skip


async def office(service):
    return (await service.api("program-office").get("/api/v1/offices")).json()["items"][0]["id"]


# ---- JSON


async def test_an_article_is_named_read_corrected_and_taken_out(service):
    project = await propose(service.db)
    api = service.api("program-office")
    made = await api.post(f"/api/v1/projects/{project}/articles", json=an_article(nsn="1310-00-123-4567"))
    assert (made.status_code, made.json()["nsn"], made.json()["psc_name"][:10]) == (201, "1310001234567", "Ammunition")
    here = made.headers["location"]
    assert (await api.get(here)).json() == made.json()
    changed = await api.put(here, json=an_article(title="Fuze", eccn="EAR99"), headers={"If-Match": '"1"'})
    assert (changed.json()["title"], changed.json()["nsn"], changed.json()["eccn"]) == ("Fuze", None, "EAR99")
    assert (await api.get("/api/v1/articles?q=fuz&psc=1310")).json()["total"] == 1
    assert (await api.get("/api/v1/articles?psc=1390")).json()["total"] == 0
    ended = await api.patch(f"{here}/end", json={"until": DAY, "because": "Left."}, headers={"If-Match": '"2"'})
    assert ended.json()["until"] == DAY
    assert (await api.get("/api/v1/articles")).json()["total"] == 0
    assert (await api.get(f"/api/v1/articles?ended=true&project={project}")).json()["total"] == 1


async def test_a_risk_is_entered_judged_and_counted(service):
    project = await propose(service.db)
    api = service.api("program-office")
    made = await api.post(f"/api/v1/projects/{project}/risks", json=a_risk(await office(service)))
    assert (made.status_code, made.json()["score"], made.json()["band"]) == (201, 12, "high")
    here = made.headers["location"]
    assert (await api.get(here)).json() == made.json()
    body = {"likelihood": 1, "impact": 4, "status": "accepted", "because": "A second maker.", "review_on": FAR}
    judged = await api.patch(f"{here}/judge", json=body, headers={"If-Match": '"1"'})
    assert (judged.json()["score"], judged.json()["status"]) == (4, "accepted")
    assert len((await api.get(f"{here}/assessments")).json()) == 2
    body = {"title": "Two makers", "owner_office_id": made.json()["owner_office_id"]}
    assert (await api.put(here, json=body, headers={"If-Match": '"2"'})).json()["title"] == "Two makers"
    assert (await api.get("/api/v1/risks?likelihood=1&impact=4&status=accepted")).json()["total"] == 1
    assert (await api.get("/api/v1/risks?overdue=true")).json()["total"] == 0
    cells = (await api.get(f"/api/v1/risks/matrix?project={project}")).json()
    assert sum(cell["risks"] for row in cells for cell in row) == 1


async def test_a_result_is_set_read_and_ended(service):
    project = await propose(service.db)
    api = service.api("program-office")
    made = await api.post(f"/api/v1/projects/{project}/results", json=a_result(baseline="1,000", target="4,000"))
    assert (made.status_code, made.json()["baseline"], made.json()["progress"]) == (201, "1000", None)
    here = made.headers["location"]
    value = await api.post(f"{here}/actuals", json={"value": "2000", "on_day": DAY, "source": "Count"})
    assert (value.status_code, value.json()["progress"]["percent"]) == (201, "33.3")
    assert (await api.get(here)).json() == value.json()
    assert [each["value"] for each in (await api.get(f"{here}/actuals")).json()] == ["2000"]
    body = a_result(baseline="1000", target="5000", reason="More is needed.")
    changed = await api.put(here, json=body, headers={"If-Match": '"1"'})
    assert changed.json()["progress"]["percent"] == "25.0"
    ended = await api.patch(f"{here}/end", json={"until": DAY, "because": "Over."}, headers={"If-Match": '"2"'})
    assert ended.json()["until"] == DAY
    assert (await api.get("/api/v1/results")).json()["total"] == 0
    assert (await api.get("/api/v1/results?ended=true&q=rate")).json()["total"] == 1


async def test_a_plan_is_proposed_and_taken(service):
    project = await propose(service.db, kind="workforce")
    api = service.api("program-office")
    offered = (await api.get(f"/api/v1/projects/{project}/template?starts_on=2027-01-01")).json()
    every = phases.proposed("workforce", date(2027, 1, 1))
    assert [each["planned_on"] for each in offered] == [each.planned_on.isoformat() for each in every]
    steps = [{name: each[name] for name in ("name", "planned_on", "phase")} for each in offered[:3]]
    key = {"Idempotency-Key": "plan-0001-0001"}
    made = await api.post(f"/api/v1/projects/{project}/plan", json={"steps": steps}, headers=key)
    assert (made.status_code, len(made.json()["milestones"])) == (201, 3)
    again = await api.post(f"/api/v1/projects/{project}/plan", json={"steps": steps}, headers=key)
    assert again.json() == made.json()
    assert len((await api.get(f"/api/v1/projects/{project}/milestones")).json()) == 3
    assert len((await api.get(f"/api/v1/projects/{project}/template")).json()) == len(offered) - 3
    line = (await api.get(f"/api/v1/projects/{project}/phases")).json()
    assert [each["state"] for each in line] == ["under way", "ahead", "nothing planned", "nothing planned"]


@pytest.mark.parametrize(
    ("place", "body", "status"),
    [
        ("projects/1/articles", an_article(psc="0000"), 422),
        ("projects/1/articles", an_article(psc=None), 422),
        ("projects/1/articles", an_article(nsn="1340-00-123-4567"), 422),
        ("projects/1/articles", an_article(usml="XI", eccn="EAR99"), 422),
        ("projects/1/articles", an_article(title="a\x00b"), 422),
        ("projects/1/articles", an_article(more=1), 422),
        ("projects/9/articles", an_article(), 404),
        ("projects/1/risks", a_risk(likelihood=6), 422),
        ("projects/1/risks", a_risk(impact=0), 422),
        ("projects/1/risks", a_risk(because=""), 422),
        ("projects/1/risks", a_risk(review_on=DAY), 422),
        ("projects/1/risks", a_risk(office=999), 422),
        ("projects/9/risks", a_risk(), 404),
        ("projects/1/results", a_result(target="10"), 422),
        ("projects/1/results", a_result(target="NaN"), 422),
        ("projects/1/results", a_result(target=40), 422),
        ("projects/1/results", a_result(direction="less"), 422),
        ("projects/1/results", a_result(unit=HOSTILE * 40), 422),
        ("projects/9/results", a_result(), 404),
        ("projects/1/plan", {"steps": []}, 422),
        ("projects/1/plan", {"steps": [{"name": "A", "planned_on": DAY, "phase": "No such"}]}, 422),
        ("projects/1/plan", {"steps": [{"name": "A", "planned_on": DAY}] * 41}, 422),
        ("projects/9/plan", {"steps": [{"name": "A", "planned_on": DAY}]}, 404),
        ("results/9/actuals", {"value": "1", "on_day": DAY, "source": "Count"}, 404),
    ],
)
async def test_what_cannot_be_stored_is_refused(service, place, body, status):
    await propose(service.db)
    answer = await service.api("program-office").post(f"/api/v1/{place}", json=body)
    assert (answer.status_code, answer.json()["status"]) == (status, status), answer.text


async def test_only_who_may_change_projects_changes_what_hangs_on_them(service):
    project = await propose(service.db)
    numbers = await article(service.db, project), await risk(service.db, project), await result(service.db, project)
    for role in ("auditor", "comptroller", "senior-official"):
        api = service.api(role)
        for place in ("articles", "risks", "results"):
            assert (await api.get(f"/api/v1/{place}")).json()["total"] == 1
            assert (await api.post(f"/api/v1/projects/{project}/{place}", json={})).status_code == 403
        assert (await api.post(f"/api/v1/projects/{project}/plan", json={})).status_code == 403
        assert (await api.post(f"/api/v1/results/{numbers[2]}/actuals", json={})).status_code == 403
        for path in (f"articles/{numbers[0]}", f"risks/{numbers[1]}", f"results/{numbers[2]}"):
            assert (await api.put(f"/api/v1/{path}", json={}, headers={"If-Match": '"1"'})).status_code == 403
    assert (await service.anonymous().get("/api/v1/risks")).status_code == 401


async def test_a_list_is_paged_by_keys(service):
    project = await propose(service.db)
    for place in range(3):
        await article(service.db, project, title=f"Article {place}")
        await risk(service.db, project, title=f"Risk {place}", likelihood=place + 1)
        await result(service.db, project, indicator=f"Result {place}")
    api = service.api("auditor")
    for place, sort in (("articles", "title"), ("risks", "score"), ("results", "-indicator")):
        seen, cursor = [], ""
        for _ in range(3):
            page = (await api.get(f"/api/v1/{place}?limit=1&sort={sort}{cursor}")).json()
            seen += [each["id"] for each in page["items"]]
            cursor = f"&cursor={page['next_cursor']}"
        assert (len(set(seen)), page["total"], page["next_cursor"]) == (3, 3, None)
        assert (await api.get(f"/api/v1/{place}?sort=nothing")).status_code == 422


# ---- pages


async def test_what_hangs_on_a_project_goes_through_its_forms(service):
    project = await propose(service.db, kind="workforce")
    number = await office(service)
    browser = await service.browser("program-office")
    here = f"/projects/{project}"
    words = {name: str(value) for name, value in a_risk(number).items()}
    posts = [
        (f"{here}/articles/new", an_article(nsn="1310-00-123-4567", usml="III(d)")),
        ("/articles/1/revise", an_article(title="Fuze", psc="1390", eccn="EAR99", _version="1")),
        (f"{here}/risks/new", words),
        ("/risks/1/judge", {"likelihood": "2", "impact": "2", "status": "accepted", "because": "It is known.",
                            "review_on": FAR, "_version": "1"}),
        ("/risks/1/revise", {"title": "Two makers", "owner_office_id": str(number), "_version": "2"}),
        (f"{here}/results/new", a_result()),
        ("/results/1/record", {"value": "25", "on_day": DAY, "source": "Count"}),
        ("/results/1/revise", a_result(target="50", reason="More is needed.", _version="1")),
        (f"{here}/plan", {"name_0": "Skills counted", "planned_on_0": FAR, "name_1": "Left out", "planned_on_1": ""}),
    ]  # fmt: skip
    for path, form in posts:
        assert (await browser.get(path)).status_code == 200, path
        answer = await browser.post(path, form)
        assert answer.status_code == 303, (path, answer.text)
    page = (await browser.get(here)).text
    for said in ("Fuze", "ECCN EAR99", A_TAG, "Two makers", "4: low", "37.5 %", "Skills counted", "Know the gap",
                 "0 of 1 met", "Fuzes and Primers"):  # fmt: skip
        assert said in page, said
    assert "Left out" not in page
    for path, said in (("/risks/1", "It is known."), ("/results/1", "More is needed."), ("/risks", "Two makers"),
                       ("/results", "Rate"), ("/articles", "Fuze")):  # fmt: skip
        assert said in (await browser.get(path)).text, path
    for path in ("/articles/1/end", "/results/1/end"):
        assert (await browser.get(path)).status_code == 200
        version = "2"
        ended = await browser.post(path, {"until": DAY, "because": "Over.", "_version": version})
        assert ended.status_code == 303, ended.text
        assert (await browser.get(path)).status_code == 409


async def test_a_form_gives_back_what_was_typed_with_every_mistake(service):
    project = await propose(service.db)
    browser = await service.browser("program-office")
    here = f"/projects/{project}"
    for path, form, fields in (
        (f"{here}/articles/new", an_article(title=HOSTILE, psc="0000", nsn="12", usml="x"), ("psc", "nsn", "usml")),
        (f"{here}/risks/new", {"title": HOSTILE, "likelihood": "9"}, ("likelihood", "impact", "because", "review_on")),
        (f"{here}/results/new", a_result(indicator=HOSTILE, target="9", baseline="x"), ("baseline",)),
        (f"{here}/plan", {"name_0": HOSTILE, "planned_on_0": "soon"}, ("planned_on_0",)),
    ):
        answer = await browser.post(path, form)
        assert answer.status_code == 422, path
        assert "&lt;script&gt;alert(1)" in answer.text
        assert "<script>alert(1)" not in answer.text
        for field in fields:
            assert f'href="#field-{field.replace(".", "-")}"' in answer.text, (path, field)


async def test_a_plan_is_shown_with_its_days_before_anything_is_stored(service):
    project = await propose(service.db, kind="workforce")
    browser = await service.browser("program-office")
    page = (await browser.get(f"/projects/{project}/plan?starts_on=2027-01-01")).text
    assert 'value="2027-04-01"' in page
    assert "Take the template" in (await browser.get(f"/projects/{project}")).text
    assert (await browser.get(f"/projects/{project}/plan?starts_on=soon")).status_code in (400, 422)
    answer = await browser.post(f"/projects/{project}/plan", {"name_0": "", "planned_on_0": ""})
    assert answer.status_code == 422
    every = phases.proposed("workforce", date(2027, 1, 1))
    form = {f"name_{each.place}": each.name for each in every}
    form |= {f"planned_on_{each.place}": each.planned_on.isoformat() for each in every}
    assert (await browser.post(f"/projects/{project}/plan", form)).status_code == 303
    assert (await browser.get(f"/projects/{project}/plan")).status_code == 409
    assert "Take the template" not in (await browser.get(f"/projects/{project}")).text


async def test_a_reader_of_the_record_finds_no_form(service):
    project = await propose(service.db)
    await article(service.db, project)
    await risk(service.db, project)
    await result(service.db, project)
    browser = await service.browser("auditor")
    for path in (f"/projects/{project}", "/risks/1", "/results/1", "/risks", "/results", "/articles"):
        page = await browser.get(path)
        assert page.status_code == 200
        for form in ("/articles/1/", "/risks/1/", "/results/1/", f"/projects/{project}/plan"):
            assert form not in page.text, (path, form)
    for path in (f"/projects/{project}/plan", "/risks/1/judge", "/results/1/record", "/articles/1/end"):
        assert (await browser.get(path)).status_code == 403
    office_ = await service.browser("program-office")
    for path in ("/risks/9", "/results/9", "/articles/9/end", "/risks/1/nothing"):
        assert (await office_.get(path)).status_code == 404


async def test_a_project_of_the_annex_has_no_form_for_any_of_it(service):
    """What stands in the classified annex is not repeated here."""
    project = await propose(service.db, in_classified_annex=True)
    browser = await service.browser("program-office")
    for place in ("articles/new", "risks/new", "results/new", "plan"):
        assert (await browser.get(f"/projects/{project}/{place}")).status_code == 409
    page = (await browser.get(f"/projects/{project}")).text
    for words in ("Name an article", "Enter a risk", "Set a result", "Take the template"):
        assert words not in page


async def test_a_file_holds_the_rows_of_its_list_and_no_formula(service):
    project, hidden = await propose(service.db, name="=1+1"), await propose(service.db, name="Hidden", marking=STRICT)
    for each in (project, hidden):
        await article(service.db, each, title="=2+2")
        await risk(service.db, each, title="=2+2", mitigation="+1")
        await result(service.db, each, indicator="=2+2")
    browser = await service.browser("auditor")
    for place in ("articles", "risks", "results"):
        answer = await browser.get(f"/{place}/export.csv")
        rows = list(csv.reader(io.StringIO(answer.text)))
        assert len(rows) == 3
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+"))]
    assert len((await browser.get("/risks/export.csv?likelihood=1")).text.splitlines()) == 1
    assert (await browser.get("/risks?likelihood=x")).status_code == 422


async def test_the_search_finds_what_hangs_on_a_project_and_leads_to_it(service):
    project = await propose(service.db)
    await article(service.db, project, title="Zephyr propellant")
    number = await risk(service.db, project, title="Zephyr risk")
    other = await result(service.db, project, indicator="Zephyr rate")
    page = (await (await service.browser("auditor")).get("/search?q=zephyr")).text
    for href in (f'href="/projects/{project}"', f'href="/risks/{number}"', f'href="/results/{other}"'):
        assert href in page


async def test_a_new_project_of_the_coverage_map_proposes_its_country_as_the_next_step(service):
    at = await ground(service.db)
    browser = await service.browser("program-office")
    form = await browser.get("/projects/new?objective=1253.b.4&country=JPN")
    assert 'action="/projects/new?country=JPN"' in form.text
    assert "The part of Japan is the next step." in form.text
    assert form.text.count(" checked") == 1
    said = {"name": "Radar", "kind": "joint R&D", "objectives": ["1253.b.4"], "classified_by": "us", "source": "Letter",
            "marking": "CUI", "status": "exploratory"}  # fmt: skip
    made = await browser.post("/projects/new?country=JPN", said)
    assert made.headers["location"] == "/projects/1?country=JPN"
    page = (await browser.get("/projects/1?country=JPN")).text
    assert "/projects/1/partners/new?country=JPN" in page
    partner = (await browser.get("/projects/1/partners/new?country=JPN")).text
    assert f'<option value="{at.japan}" selected' in partner
    await add(service.db, 1, at.japan)
    assert "partners/new?country=JPN" not in (await browser.get("/projects/1?country=JPN")).text
    assert "next step" not in (await browser.get("/projects/new?country=<script>")).text.lower()
