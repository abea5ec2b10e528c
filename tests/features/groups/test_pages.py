"""The HTML door of groups."""

from sqlalchemy import update

from pipir.features.people.tables import SERVICE, Person
from tests.conftest import Browser, Service
from tests.features.groups.makers import a_group, a_meeting, an_action, assign, establish, record
from tests.makers import hold_roles


async def _browser(service: Service) -> Browser:
    return await service.browser("program-office")


async def test_from_a_group_to_a_verified_action(service: Service) -> None:
    first = await _browser(service)
    answer = await first.post("/groups/new", a_group(marking="CUI", program_authority="1253.e.2"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/groups/1")
    page = await first.get("/groups/1")
    assert "Sec. 1253(e)(2)" in page.text
    assert "not public" in page.text
    assert 'value="1" selected' in (await first.get("/meetings/new?group=1")).text
    answer = await first.post("/meetings/new", a_meeting(group_id="1", marking="CUI"))
    assert answer.headers["location"] == "/meetings/1"
    answer = await first.post("/meetings/1/actions/new", an_action())
    assert (answer.status_code, answer.headers["location"]) == (303, "/meetings/1#actions")
    done = {"done_on": "2024-11-20", "evidence": "Letter on file.", "_version": "1"}
    assert (await first.post("/actions/1/report-done", done)).status_code == 303
    refused = await first.post("/actions/1/verify", {"_version": "2"})
    assert refused.status_code == 409
    assert "second person" in refused.text
    async with service.db.write(actor=SERVICE, command="test") as session:
        other = service.people["auditor"]
        await hold_roles(session, other, ["program-office"])
    second = await service.browser("auditor")
    assert "You are the second person" in (await second.get("/actions/1")).text
    assert (await second.post("/actions/1/verify", {"_version": "2"})).status_code == 303
    assert "verified" in (await second.get("/meetings/1")).text
    for path in ("/groups", "/meetings", "/actions", "/groups/1", "/meetings/1", "/actions/1"):
        assert (await first.get(path)).status_code == 200


async def test_a_form_gives_back_what_was_typed_with_every_mistake(service: Service) -> None:
    browser = await _browser(service)
    typed = {"name": "<script>", "kind": "", "established_on": "soon", "source": "", "marking": "SECRET"}
    answer = await browser.post("/groups/new", typed)
    assert answer.status_code == 422
    assert "3 things need correcting" in answer.text
    assert 'value="&lt;script&gt;"' in answer.text
    assert 'value="soon"' in answer.text
    assert "<script>alert" not in answer.text
    answer = await browser.post("/meetings/new", a_meeting(ends_on="2026-01-01", marking="CUI"))
    assert answer.status_code == 422
    assert "Expected a day on or after 10 Jan 2026." in answer.text


async def test_records_are_changed_ended_cancelled_and_dropped_by_form(service: Service) -> None:
    browser = await _browser(service)
    async with service.db.write(actor=SERVICE, command="test") as session:
        group_id = await establish(session)
        await assign(session, await record(session, group_id=group_id))
    for path in ("/groups/1/revise", "/meetings/1/revise", "/actions/1/revise", "/meetings/1/actions/new"):
        assert (await browser.get(path)).status_code == 200
    steps = [
        ("/groups/1/revise", a_group(name="B", marking="CUI", _version="1"), "/groups/1"),
        ("/meetings/1/revise", a_meeting(place="Tokyo", marking="CUI", _version="1"), "/meetings/1"),
        ("/actions/1/revise", an_action(title="Other", _version="1"), "/actions/1"),
        ("/actions/1/drop", {"because": "Overtaken.", "_version": "2"}, "/actions/1"),
        ("/meetings/1/cancel", {"because": "Storm.", "_version": "2"}, "/meetings/1"),
        ("/groups/1/end", {"until": "2026-02-01", "because": "Done.", "_version": "2"}, "/groups/1"),
    ]
    for path, form, place in steps:
        answer = await browser.post(path, form)
        assert (answer.status_code, answer.headers.get("location")) == (303, place), answer.text
    assert "until 1 Feb 2026" in (await browser.get("/groups?ended=true")).text
    assert "cancelled" in (await browser.get("/meetings")).text
    for path in ("/meetings/1/revise", "/actions/1/revise", "/meetings/1/actions/new"):
        assert (await browser.get(path)).status_code == 409, path


async def test_a_stale_form_is_shown_again_with_what_was_typed(service: Service) -> None:
    browser = await _browser(service)
    async with service.db.write(actor=SERVICE, command="test") as session:
        await establish(session)
        await assign(session, await record(session))
    for path, form in (
        ("/groups/1/revise", a_group(name="Typed again", marking="CUI", _version="9")),
        ("/meetings/1/revise", a_meeting(name="Typed again", marking="CUI", _version="9")),
        ("/actions/1/revise", an_action(title="Typed again", _version="9")),
        ("/groups/1/end", {"until": "2026-02-01", "because": "Typed again", "_version": "9"}),
        ("/meetings/1/cancel", {"because": "Typed again", "_version": "9"}),
        ("/actions/1/drop", {"because": "Typed again", "_version": "9"}),
        ("/actions/1/report-done", {"done_on": "2024-11-12", "evidence": "Typed again", "_version": "9"}),
    ):
        answer = await browser.post(path, form)
        assert answer.status_code == 412
        assert "Typed again" in answer.text


async def test_a_reader_without_the_permission_is_offered_no_change(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await establish(session)
        await assign(session, await record(session))
    browser = await service.browser("auditor")
    for path in ("/groups/1", "/meetings/1", "/actions/1", "/groups"):
        page = await browser.get(path)
        assert page.status_code == 200
        assert "/revise" not in page.text
    assert (await browser.get("/groups/new")).status_code == 403
    assert (await browser.post("/groups/new", a_group())).status_code == 403


async def test_a_file_holds_the_rows_of_the_list_and_no_formula(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await establish(session, name="=1+1")
        await establish(session, name="Other")
        await assign(session, await record(session, name="@SUM"), title="+1")
    browser = await _browser(service)
    page = await browser.get("/groups?q=1%2B1")
    assert '<input type="hidden" name="q" value="1+1">' in page.text
    file = await browser.get("/groups/export.csv?q=1%2B1")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert ",'=1+1," in file.text
    assert "Other" not in file.text
    assert ",'@SUM," in (await browser.get("/meetings/export.csv")).text
    assert ",'+1," in (await browser.get("/actions/export.csv")).text


async def test_exercise_rows_are_marked_on_every_page(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test", exercise=True) as session:
        await assign(session, await record(session, group_id=await establish(session)))
    browser = await _browser(service)
    for path in ("/groups", "/groups/1", "/meetings", "/meetings/1", "/actions", "/actions/1"):
        assert "EXERCISE DATA" in (await browser.get(path)).text


async def test_what_a_reader_may_not_see_is_on_no_page(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await establish(session, name="Hidden group", marking="CUI//FED ONLY")
        await assign(session, await record(session, name="Hidden meeting", marking="CUI//FED ONLY"), title="Hidden act")
        await session.execute(
            update(Person).where(Person.id == service.people["program-office"]).values(reader_kind="contractor")
        )
    browser = await _browser(service)
    for path in ("/groups", "/meetings", "/actions", "/meetings/new", "/actions/export.csv", "/groups/export.csv"):
        assert "Hidden" not in (await browser.get(path)).text
    for path in ("/groups/1", "/meetings/1", "/actions/1", "/groups/1/revise", "/meetings/1/actions/new"):
        assert (await browser.get(path)).status_code == 404


async def test_hostile_text_stands_on_every_page_as_text(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        group_id = await establish(session, name="<script>x</script>", charter="<em>")
        meeting_id = await record(session, name="<img src=x>", group_id=group_id, place="<b>", outcome="<i>")
        await assign(session, meeting_id, title="<u>", owner_text="<s>")
    browser = await _browser(service)
    for record_page in ("/groups/1", "/meetings/1", "/actions/1"):
        for path in (record_page, record_page + "/revise", record_page.rpartition("/")[0]):
            page = (await browser.get(path)).text
            for hostile in ("<script>x", "<em>", "<img src=x>", "<b>", "<i>", "<u>", "<s>"):
                assert hostile not in page
