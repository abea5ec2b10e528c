"""The pages of projects: one happy path and every refusal."""

import csv
import io
from datetime import date

import pytest

from pipir.features.people.tables import SERVICE
from pipir.features.projects import commands
from tests.features.projects.situations import STRICT, add, ground, plan, proposal, propose

PLAN = date(2026, 3, 1)
HOSTILE = "<script>alert(1)</script> \u202e {{ 7*7 }}"


def typed(**more):
    """A proposal as a form sends it, blank fields and all."""
    blank = {"workstream_id": "", "announced_on": "", "description": "", "program_authority": "", "lead_office_id": ""}
    return {**proposal(), **blank, "planned_total": "", "marking": "CUI", "status": "announced"} | more


async def test_a_project_is_entered_shown_and_listed(service):
    browser = await service.browser("program-office")
    form = await browser.get("/projects/new")
    assert (form.status_code, "Sec. 1253(b)(2)" in form.text) == (200, True)
    made = await browser.post("/projects/new", typed(planned_total="$1,250,000.50"))
    assert made.status_code == 303
    page = (await browser.get(made.headers["location"])).text
    for words in ("Radar repair", "P-0001", "Not rated", "$1,250,000.50", "Sec. 1253(b)(5)", "not public", "statute"):
        assert words in page
    listed = (await browser.get("/projects")).text
    assert made.headers["location"] in listed
    assert "These are not projects of the Partnership." in listed


async def test_a_form_with_mistakes_comes_back_as_it_was_typed(service):
    browser = await service.browser("program-office")
    answer = await browser.post(
        "/projects/new", typed(name=HOSTILE, kind="", planned_total="about 5", objectives=[], marking="SECRET")
    )
    assert answer.status_code == 422
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script>alert(1)" not in answer.text
    assert "about 5" in answer.text
    for field in ("kind", "planned_total"):
        assert f'href="#field-{field}"' in answer.text


async def test_the_objectives_that_were_checked_stay_checked(service):
    browser = await service.browser("program-office")
    answer = await browser.post("/projects/new", typed(kind=""))
    assert answer.text.count(" checked") == 2


async def test_hostile_text_is_shown_as_text(service):
    at = await ground(service.db)
    number = await propose(service.db, name=HOSTILE, description=HOSTILE, source=HOSTILE, classified_by=HOSTILE)
    await plan(service.db, number, HOSTILE, PLAN)
    await add(service.db, number, at.japan, role=HOSTILE, reported=True, source=HOSTILE)
    browser = await service.browser("program-office")
    for path in (f"/projects/{number}", "/projects", f"/projects/{number}/revise", "/projects?q=%3Cscript%3E"):
        page = await browser.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "49" not in page.text.partition("&lt;script&gt;alert(1)")[2][:60]


async def test_a_project_moves_through_its_forms(service):
    at = await ground(service.db)
    number = await propose(service.db)
    browser = await service.browser("program-office")
    here = f"/projects/{number}"
    posts = [
        (f"{here}/revise", typed(name="Repair", _version="1") | {"status": None}),
        (f"{here}/status", {"status": "active", "reason": "The agreement was signed.", "_version": "2"}),
        (f"{here}/rate", {"rating": "amber", "rationale": "Late.", "review_on": "2090-01-01", "_version": "3"}),
        (f"{here}/partners/new", {"participant_id": str(at.japan), "role": "lead", "lead": "on", "source": ""}),
        (f"{here}/milestones/new", {"name": "First article", "planned_on": "2026-03-01", "position": ""}),
        ("/milestones/1/revise", {"name": "First article", "planned_on": "2026-03-01", "forecast_on": "2026-09-01",
                                  "reason": "The furnace broke.", "_version": "1"}),
        ("/milestones/1/meet", {"actual_on": "2026-03-04", "_version": "2"}),
        (f"{here}/milestones/new", {"name": "Second", "planned_on": "2026-04-01"}),
        ("/milestones/2/cancel", {"because": "Not needed.", "_version": "1"}),
        ("/partners/1/end", {"until": "2026-05-01", "because": "It left.", "_version": "1"}),
        (f"{here}/status", {"status": "completed", "reason": "All is done.", "_version": "4"}),
    ]  # fmt: skip
    for path, form in posts:
        assert (await browser.get(path)).status_code == 200, path
        answer = await browser.post(path, {name: value for name, value in form.items() if value is not None})
        assert answer.status_code == 303, (path, answer.text)
        page = await browser.get(answer.headers["location"].partition("#")[0])
        assert page.status_code == 200
    for words in ("Watch", "Met late", "3 days late", "Cancelled", "Not needed.", "Ended parts", "All is done."):
        assert words in page.text
    assert "End the record" in page.text
    ended = await browser.post(f"{here}/end", {"until": "2026-06-01", "because": "Closed.", "_version": "5"})
    assert ended.status_code == 303
    page = await browser.get(here)
    assert "Ended on 1 Jun 2026." in page.text
    assert f"{here}/revise" not in page.text
    for path in (*(path for path, _ in posts), f"{here}/end"):
        assert (await browser.get(path)).status_code == 409, path


async def test_a_form_that_its_record_never_lets_pass_is_not_opened(service):
    """What was met is not cancelled, what was cancelled does not change, and active work does not end."""
    await ground(service.db)
    number = await propose(service.db)
    await plan(service.db, number, "First article", PLAN)
    await plan(service.db, number, "Second", PLAN)
    browser = await service.browser("program-office")
    await browser.post("/milestones/1/meet", {"actual_on": "2026-03-01", "_version": "1"})
    await browser.post("/milestones/2/cancel", {"because": "Not needed.", "_version": "1"})
    for path, words in (
        ("/milestones/1/cancel", "what was met is not cancelled"),
        ("/milestones/2/revise", "it stays as it was then"),
        ("/milestones/2/meet", "it stays as it was then"),
        (f"/projects/{number}/end", "its record ends once it is completed or cancelled"),
    ):
        answer = await browser.get(path)
        assert (answer.status_code, words in answer.text) == (409, True), path
    assert "/milestones/1/cancel" not in (await browser.get("/milestones/1/revise")).text


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/projects/1/revise", {"name": "x"}, 422),
        ("/projects/1/status", {"status": "announced", "reason": "x"}, 422),
        ("/projects/1/status", {"status": "completed", "reason": "It is done."}, 409),
        ("/projects/1/rate", {"rating": "red"}, 422),
        ("/projects/1/end", {"until": "2026-01-20", "because": "Over."}, 409),
        ("/projects/1/partners/new", {"participant_id": "1", "role": "lead", "reported": "on"}, 422),
        ("/projects/1/partners/new", {"participant_id": "1", "role": "again"}, 409),
        ("/projects/1/milestones/new", {"name": "x", "planned_on": "soon"}, 422),
        ("/milestones/1/revise", {"name": "x", "planned_on": "2027-03-01"}, 422),
        ("/milestones/1/meet", {"actual_on": "2999-01-01"}, 422),
        ("/milestones/1/cancel", {"because": ""}, 422),
        ("/partners/1/end", {"until": "", "because": "Left."}, 422),
        ("/related-efforts/1/revise", {"name": ""}, 422),
        ("/related-efforts/1/end", {"until": "2020-01-01", "because": "Over."}, 422),
        ("/related-efforts/new", {"name": "A framework"}, 422),
    ],
)
async def test_a_refused_form_comes_back_with_its_reason(service, path, form, status):
    at = await ground(service.db)
    number = await propose(service.db)
    await plan(service.db, number, "Step", PLAN)
    await add(service.db, number, at.australia)
    await enter_effort(service)
    browser = await service.browser("program-office")
    answer = await browser.post(path, form | ({} if "new" in path else {"_version": "1"}))
    assert answer.status_code == status, answer.text
    assert 'id="error-summary"' in answer.text


async def test_a_stale_form_stores_nothing_and_says_so(service):
    number = await propose(service.db)
    browser = await service.browser("program-office")
    form = {"status": "active", "reason": "Signed.", "_version": "7"}
    answer = await browser.post(f"/projects/{number}/status", form)
    assert answer.status_code == 412
    assert "Signed." in answer.text


async def test_a_related_effort_is_entered_changed_and_ended(service):
    browser = await service.browser("program-office")
    form = {"name": "A framework", "relation": "separate", "on_day": "2024-05-09", "precision": "month", "source": "W"}
    made = await browser.post("/related-efforts/new", form)
    here = made.headers["location"]
    page = (await browser.get(here)).text
    assert "May 2024" in page
    assert "not a Partnership project" in page
    assert (await browser.get(f"{here}/revise")).status_code == 200
    assert (await browser.post(f"{here}/revise", form | {"name": "Other", "_version": "1"})).status_code == 303
    assert (await browser.get(f"{here}/end")).status_code == 200
    end = {"until": "2026-01-01", "because": "Over.", "_version": "2"}
    assert (await browser.post(f"{here}/end", end)).status_code == 303
    assert "Ended on 1 Jan 2026." in (await browser.get(here)).text


async def test_the_list_keeps_its_filters_in_chips_and_export(service):
    at = await ground(service.db)
    number = await propose(service.db, name="=SUM(A1)", status="active", kind="joint R&D")
    await add(service.db, number, at.japan)
    await plan(service.db, number, "Step", PLAN)
    await propose(service.db, name="Other")
    browser = await service.browser("auditor")
    page = await browser.get(
        "/projects?status=active&kind=joint+R%26D&country=JPN&late=late&q=&workstream=&rating=none"
    )
    assert page.text.count('class="chip"') == 5
    sent = ('action="/projects/export.csv"', '<input type="hidden" name="status" value="active">')
    for words in ("Joint R&amp;D", "Late milestones", *sent, "days late"):
        assert words in page.text
    export = await browser.get("/projects/export.csv?status=active&sort=-name")
    assert export.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in export.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(export.text)))
    assert len(rows) == 2
    assert rows[1][:4] == ["P-0001", "'=SUM(A1)", "CUI", ""]
    assert rows[1][9:12] == ["not public", "JPN", "Step"]


async def test_the_export_holds_every_row_of_the_list(service):
    async with service.db.write(actor=SERVICE, command="test.many") as session:
        for number in range(230):
            await commands.propose_project(session, commands.ProposeProject(**proposal(name=f"Project {number}")))
    browser = await service.browser("auditor")
    export = await browser.get("/projects/export.csv")
    assert len(export.text.splitlines()) == 231
    page = await browser.get("/projects")
    assert "cursor=" in page.text


async def test_htmx_gets_the_results_alone(service):
    await propose(service.db)
    browser = await service.browser("auditor")
    answer = await browser.client.get("/projects?q=radar&status=&kind=", headers={"HX-Request": "true"})
    assert "<h1>" not in answer.text
    assert "Radar repair" in answer.text
    # What is shown has an address, without the filters that are blank.
    assert answer.headers["HX-Push-Url"] == "/projects?q=radar"
    assert "HX-Push-Url" not in (await browser.get("/projects?q=radar")).headers


@pytest.mark.parametrize(
    "query", ["status=gone", "rating=blue", "workstream=x", "workstream=0", "sort=money", "cursor=x"]
)
async def test_an_address_with_a_mistake_gives_a_page_that_says_so(service, query):
    browser = await service.browser("auditor")
    assert (await browser.get(f"/projects?{query}")).status_code == 422


async def test_a_project_of_the_annex_says_so_and_shows_no_plan(service):
    number = await propose(service.db, name="Neutral", in_classified_annex=True, marking="CUI//NOFORN")
    browser = await service.browser("program-office")
    page = (await browser.get(f"/projects/{number}")).text
    assert "described in the classified annex" in page
    assert "Plan a milestone" not in page
    assert page.count('class="marking"') == page.count(">CUI//NOFORN</div>")


async def test_exercise_rows_carry_their_mark(service):
    async with service.db.write(actor=SERVICE, command="test.exercise", exercise=True) as session:
        number = await commands.propose_project(session, commands.ProposeProject(**proposal()))
    await propose(service.db, name="Real")
    browser = await service.browser("auditor")
    assert "EXERCISE DATA" in (await browser.get(f"/projects/{number}")).text
    assert (await browser.get("/projects")).text.count("EXERCISE DATA") == 1
    assert (await browser.get("/projects/export.csv")).text.count("EXERCISE DATA") == 1


async def test_a_reader_sees_no_way_to_change(service):
    number = await propose(service.db)
    step = await plan(service.db, number, "Step", PLAN)
    await enter_effort(service)
    browser = await service.browser("auditor")
    page = (await browser.get(f"/projects/{number}")).text
    for words in ("/revise", "/status", "/rate", "/new"):
        assert words not in page
    for path in (
        "/projects/new",
        f"/projects/{number}/revise",
        f"/projects/{number}/status",
        f"/projects/{number}/rate",
        f"/projects/{number}/end",
        f"/projects/{number}/partners/new",
        f"/projects/{number}/milestones/new",
        f"/milestones/{step}/revise",
        f"/milestones/{step}/meet",
        f"/milestones/{step}/cancel",
        "/partners/1/end",
        "/related-efforts/new",
        "/related-efforts/1/revise",
        "/related-efforts/1/end",
    ):
        assert (await browser.get(path)).status_code == 403
        assert (await browser.post(path, {})).status_code == 403


async def test_a_hidden_project_has_no_page(service):
    at = await ground(service.db)
    number = await propose(service.db, marking=STRICT)
    step = await plan(service.db, number, "Step", PLAN)
    service.people["contractor"] = at.contractor
    browser = await service.browser("contractor")
    assert "Radar repair" not in (await browser.get("/projects")).text
    assert "Radar repair" not in (await browser.get("/projects/export.csv")).text
    for path in (
        f"/projects/{number}",
        f"/projects/{number}/revise",
        f"/projects/{number}/status",
        f"/projects/{number}/partners/new",
        f"/milestones/{step}/revise",
        f"/milestones/{step}/meet",
    ):
        assert (await browser.get(path)).status_code == 404
    form = {"status": "active", "reason": "Mine.", "_version": "1"}
    assert (await browser.post(f"/projects/{number}/status", form)).status_code == 404


async def test_nobody_reads_a_page_without_signing_in(service):
    answer = await service.anonymous().get("/projects/1")
    assert answer.status_code in (303, 401)


async def enter_effort(service):
    async with service.db.write(actor=SERVICE, command="related-effort.enter") as session:
        body = commands.EnterRelatedEffort("A framework", "separate", date(2024, 5, 1), "A weekly", "month")
        return await commands.enter_related_effort(session, body)
