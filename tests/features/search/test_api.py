"""The JSON door of search: what is found, in which order, and what a marking keeps back."""

import pytest

from pipir.features.people.tables import SERVICE
from pipir.features.projects import commands as projects
from tests.features.participants.situations import HIDDEN, contractor_api
from tests.features.search.situations import a_meeting, a_project, found, proposed, titles


async def test_every_word_is_the_beginning_of_a_word_that_stands_there(service):
    await a_project(service.db, name="Solid rocket motors for allied stocks", description="Casings and propellant.")
    assert await titles(service, "rock mot") == ["P-0001 Solid rocket motors for allied stocks"]
    assert await titles(service, "MOTORS propel") == ["P-0001 Solid rocket motors for allied stocks"]
    assert (await found(service, "ocket"))["similar"] is True


@pytest.mark.parametrize("typed", ["rockt", "rocket moters", "rokcet", "rokcet propellant", "alied stock"])
async def test_a_misspelled_word_finds_titles_that_are_spelled_nearly_so(service, typed):
    await a_project(service.db, name="Solid rocket motors for allied stocks", description="Casings and propellant.")
    answer = await found(service, typed)
    assert answer["similar"] is True
    assert answer["items"][0]["kind"] == "project"
    assert "milestone" not in [each["kind"] for each in answer["kinds"]]


async def test_accents_and_case_make_no_difference(service):
    await a_project(service.db, name="Société Générale des Poudres")
    assert await titles(service, "societe generale") == ["P-0001 Société Générale des Poudres"]
    assert await titles(service, "SOCIÉTÉ") == ["P-0001 Société Générale des Poudres"]


@pytest.mark.parametrize("typed", ["P-0001", "p0001", "p 0001", "P-000"])
async def test_a_number_is_found_however_it_is_written(service, typed):
    await a_project(service.db, name="Solid rocket motors")
    assert (await titles(service, typed))[0] == "P-0001 Solid rocket motors"


@pytest.mark.parametrize("typed", ["1253(d)", "Sec. 1253(d)", "1253 (d)", "1253d"])
async def test_a_citation_finds_its_paragraph_first(service, typed):
    """Sec. 1253(d)"""
    answer = await found(service, typed, kind="provision")
    first = answer["items"][0]
    assert first["href"] == "/trace/1253.d"
    assert (await found(service, typed))["items"][0] == first
    assert ["1253(d)", True] in first["title"]
    assert "(e)" not in "".join(text for text, _ in first["title"])


async def test_a_date_of_the_law_is_found_with_what_was_recorded_about_it(service):
    """Sec. 1253(f)(2)"""
    async with service.api("program-office") as client:
        body = {"slug": "briefing-2027", "note": "Slides await clearance"}
        assert (await client.post("/api/v1/duties", json=body)).status_code == 201
    (hit,) = (await found(service, "slides clearance"))["items"]
    assert hit["href"] == "/duties/briefing-2027"
    assert len((await found(service, "briefing-2027", kind="duty"))["items"]) == 1


async def test_what_the_title_begins_with_comes_first(service):
    await a_project(service.db, name="Shipyard tooling", description="Gallium in radar modules.")
    await a_project(service.db, name="Gallium supply")
    await a_project(service.db, name="Radar gallium")
    assert await titles(service, "gallium") == [
        "P-0003 Radar gallium",
        "P-0002 Gallium supply",
        "P-0001 Shipyard tooling",
    ]


async def test_some_of_each_kind_are_shown_and_all_of_one_a_page_at_a_time(service):
    for number in range(8):
        await a_project(service.db, name=f"Gallium {number}")
    answer = await found(service, "gallium")
    assert (answer["total"], len(answer["items"])) == (8, 5)
    seen, cursor = [], None
    while True:
        page = await found(service, "gallium", kind="project", limit=3, cursor=cursor)
        assert [each["count"] for each in page["kinds"]] == [8]
        seen += [hit["href"] for hit in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 8


async def test_what_a_marking_hides_is_neither_shown_nor_counted_nor_suggested(service):
    """docs/releasability.md"""
    await a_project(service.db, name="Gallium in the open")
    await a_project(service.db, name="Gallium clandestinely", marking=HIDDEN)
    assert (await found(service, "gallium"))["total"] == 2
    async with await contractor_api(service) as client:
        assert (await client.get("/api/v1/search", params={"q": "gallium"})).json()["total"] == 1
        answer = (await client.get("/api/v1/search", params={"q": "clandestinely"})).json()
        assert (answer["total"], answer["kinds"]) == (0, [])
        answer = (await client.get("/api/v1/search", params={"q": "clandestinley"})).json()
        assert answer["total"] == 0


async def test_a_hidden_spelling_does_not_keep_the_alike_ones_back(service):
    """docs/releasability.md"""
    await a_project(service.db, name="Galliums", marking=HIDDEN)
    await a_project(service.db, name="Gallium supply")
    async with await contractor_api(service) as client:
        answer = (await client.get("/api/v1/search", params={"q": "galliums"})).json()
        assert answer["similar"] is True
        assert answer["total"] == 1


async def test_what_hangs_on_a_record_follows_its_marking(service):
    """docs/releasability.md"""
    meeting, _ = await a_meeting(service.db, action="Send the gallium figures")
    async with await contractor_api(service) as client:
        assert (await client.get("/api/v1/search", params={"q": "figures"})).json()["total"] == 1
        async with service.api("program-office") as office:
            held = await office.get(f"/api/v1/meetings/{meeting}")
            body = {k: held.json()[k] for k in ("name", "place", "starts_on", "ends_on", "source")}
            answer = await office.put(
                f"/api/v1/meetings/{meeting}",
                json={**body, "marking": HIDDEN},
                headers={"If-Match": held.headers["etag"]},
            )
            assert answer.status_code == 200, answer.text
        assert (await client.get("/api/v1/search", params={"q": "figures"})).json()["total"] == 0
    assert (await found(service, "figures"))["total"] == 1


async def test_a_rename_is_found_by_the_new_name_alone(service):
    meeting, _ = await a_meeting(service.db, name="Freedonia round", action="Send figures")
    async with service.api("program-office") as client:
        held = await client.get(f"/api/v1/meetings/{meeting}")
        body = {k: held.json()[k] for k in ("place", "starts_on", "ends_on", "source")} | {"name": "Sylvania round"}
        await client.put(f"/api/v1/meetings/{meeting}", json=body, headers={"If-Match": held.headers["etag"]})
    assert await titles(service, "sylvania") == ["Sylvania round"]
    assert await titles(service, "freedonia") == []


async def test_a_write_that_fails_leaves_nothing_to_find(service):
    with pytest.raises(RuntimeError):
        async with service.db.write(actor=SERVICE, command="project.propose") as session:
            await projects.propose_project(session, proposed(name="Gallium"))
            raise RuntimeError
    assert await titles(service, "gallium") == []


async def test_nothing_is_found_where_nothing_is_asked(service):
    for typed in ("", "   ", "()", "-"):
        answer = await found(service, typed)
        assert (answer["total"], answer["items"], answer["kinds"]) == (0, [], [])


@pytest.mark.parametrize(
    "query",
    [
        {"q": "x" * 201},
        {"q": " ".join("abcdefghijklm")},
        {"q": "a\x00b"},
        {"q": "gallium", "kind": "sign_in"},
        {"q": "gallium", "kind": "project", "cursor": "nonsense"},
        {"q": "gallium", "limit": "0"},
    ],
)
async def test_what_cannot_be_read_is_said(service, query):
    async with service.api("auditor") as client:
        assert (await client.get("/api/v1/search", params=query)).status_code == 422


@pytest.mark.parametrize(
    "typed", ["'", "a' & b", "a:*|!b", "%_%", "\\", "<->", "((", "'; drop table project; --", "&&&"]
)
async def test_marks_of_other_languages_are_words_or_nothing(service, typed):
    await a_project(service.db, name="Gallium")
    assert (await found(service, typed))["total"] >= 0


async def test_search_is_closed_to_strangers(service):
    async with service.anonymous() as client:
        assert (await client.get("/api/v1/search", params={"q": "gallium"})).status_code == 401
