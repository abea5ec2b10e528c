"""Workstreams of working groups, and who belongs to a group: by delegation and office, never by a person."""

import csv
import io
from datetime import date

import pytest
from sqlalchemy import select

from pipir.features.groups import commands, queries
from pipir.features.people.tables import SERVICE, Office
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused, Stale
from pipir.kernel.ids import GroupMemberId
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.groups.makers import DAY, a_group, country, establish

US = Reader(kind="us-government")
CONTRACTOR = Reader(kind="contractor")


async def test_a_working_group_belongs_to_a_workstream(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        stream = await establish(session, name="Sustainment", kind="workstream")
        group = await establish(session, name="Radar", workstream_id=stream)
    async with db.read() as session:
        view = await queries.group(session, US, group)
        assert (view.workstream_id, view.workstream) == (stream, "Sustainment")
        below = await queries.list_groups(session, US, workstream_id=stream, sort="workstream")
        assert [each.name for each in below.items] == ["Radar"]


async def test_a_workstream_belongs_to_no_other_and_stays_one_while_groups_belong_to_it(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        stream = await establish(session, name="Sustainment", kind="workstream")
        group = await establish(session, name="Radar", workstream_id=stream)
        for wrong in (
            {"name": "Other", "kind": "workstream", "workstream_id": stream},
            {"name": "Other", "workstream_id": group},
            {"name": "Other", "workstream_id": 999},
        ):
            with pytest.raises(Invalid) as told:
                await establish(session, **wrong)
            assert told.value.mistakes[0].where == "workstream_id"
        with pytest.raises(Refused, match="1 working group belongs"):
            body = commands.ReviseGroup("Sustainment", "working group", date(2026, 1, 5), "S")
            await commands.revise_group(session, stream, body, version=1)


async def test_a_workstream_that_is_hidden_is_not_told_of(db: Database) -> None:
    """Releasability: its name stands on no page of its groups."""
    async with db.write(actor=SERVICE, command="test") as session:
        stream = await establish(session, name="Sustainment", kind="workstream", marking="CUI//FED ONLY")
        group = await establish(session, name="Radar", workstream_id=stream)
    async with db.read() as session:
        view = await queries.group(session, CONTRACTOR, group)
        assert (view.workstream_id, view.workstream) == (None, None)
        assert (await queries.list_groups(session, CONTRACTOR, workstream_id=stream)).items == ()


async def test_members_join_change_and_leave(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        group = await establish(session)
        australia = await country(session)
        office = await session.scalar(select(Office.id).order_by(Office.id.desc()).limit(1))
        chair = await commands.add_member(
            session, group, commands.AddMember("co-chair", DAY, participant_id=australia, role="Director")
        )
        await commands.add_member(session, group, commands.AddMember("member", DAY, office_id=office))
        await commands.revise_member(session, chair, commands.ReviseMember(DAY, "Deputy director"), version=1)
        end = commands.EndMember(date(2026, 3, 1), "Another office took over.")
        with pytest.raises(Stale):
            await commands.end_member(session, chair, end, version=1)
        await commands.end_member(session, chair, end, version=2)
    async with db.read() as session:
        first, second = await queries.members(session, US, group_id=group)
        assert (first.part, first.office_id, first.until) == ("member", office, None)
        assert (second.who, second.code, second.role, second.ended_because) == (
            "Australia", "AUS", "Deputy director", "Another office took over.",
        )  # fmt: skip


async def test_every_wrong_membership_is_refused_with_its_field(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        group, australia = await establish(session), await country(session)
        for body, where in (
            (commands.AddMember("member", DAY), "participant_id"),
            (commands.AddMember("member", DAY, australia, 1), "participant_id"),
            (commands.AddMember("co-chair", DAY, australia), "role"),
            (commands.AddMember("member", date(2025, 12, 31), australia), "since"),
            (commands.AddMember("member", DAY, 999), "participant_id"),
            (commands.AddMember("member", DAY, None, 999), "office_id"),
        ):
            with pytest.raises(Invalid) as wrong:
                await commands.add_member(session, group, body)
            assert wrong.value.mistakes[0].where == where
        member = await commands.add_member(session, group, commands.AddMember("member", DAY, australia))
        with pytest.raises(Invalid, match="before the beginning"):
            await commands.end_member(session, member, commands.EndMember(date(2026, 1, 9), "Gone."), version=1)
        await commands.end_member(session, member, commands.EndMember(DAY, "Gone."), version=1)
        with pytest.raises(Refused):
            await commands.end_member(session, member, commands.EndMember(DAY, "Again."), version=2)
        with pytest.raises(NotFound):
            await commands.revise_member(session, GroupMemberId(99), commands.ReviseMember(DAY), version=1)
        await commands.end_group(session, group, commands.EndGroup(DAY, "Done."), version=1)
        with pytest.raises(Refused, match="takes no members"):
            await commands.add_member(session, group, commands.AddMember("member", DAY, australia))
    with pytest.raises(Conflict, match="has this part"):
        async with db.write(actor=SERVICE, command="test") as session:
            other = await establish(session, name="Other")
            await commands.add_member(session, other, commands.AddMember("member", DAY, australia))
            await commands.add_member(session, other, commands.AddMember("member", DAY, australia))


async def test_the_delegation_of_a_hidden_country_is_not_told_of(db: Database) -> None:
    """Releasability: not in the group's list, not by its number, not in its history."""
    async with db.write(actor=SERVICE, command="test") as session:
        group = await establish(session)
        hidden = await country(session, "VNM", "Viet Nam", "CUI//FED ONLY")
        member = await commands.add_member(session, group, commands.AddMember("member", DAY, hidden, role="Ministry"))
    async with db.read() as session:
        assert await queries.members(session, CONTRACTOR, group_id=group) == ()
        assert len(await queries.members(session, US, group_id=group)) == 1
        with pytest.raises(NotFound):
            await queries.member(session, CONTRACTOR, member)


async def test_the_doors_enter_show_and_export_members(service: Service) -> None:
    """No person stands in the file."""
    async with service.db.write(actor=SERVICE, command="test") as session:
        await country(session)
    async with service.api("program-office") as client, service.api("auditor") as other:
        await client.post("/api/v1/groups", json=a_group())
        body = {"part": "co-chair", "participant_id": 1, "role": "Director", "since": "2026-01-10"}
        made = await client.post("/api/v1/groups/1/members", json=body)
        assert (made.status_code, made.headers["location"]) == (201, "/api/v1/group-members/1"), made.text
        assert (await other.post("/api/v1/groups/1/members", json=body)).status_code == 403
        put = await client.put(
            "/api/v1/group-members/1", json={"since": "2026-01-10", "role": "Chief"}, headers={"If-Match": '"1"'}
        )
        assert put.json()["role"] == "Chief"
        ended = await client.patch(
            "/api/v1/group-members/1/end",
            json={"until": "2026-02-01", "because": "Moved."},
            headers={"If-Match": '"2"'},
        )
        assert ended.json()["until"] == "2026-02-01"
        assert len((await client.get("/api/v1/groups/1/members")).json()) == 1
        assert (await client.get("/api/v1/groups/99/members")).status_code == 404
    browser = await service.browser("program-office")
    form = {"part": "member", "participant_id": "1", "office_id": "", "role": "<script>", "since": "2026-01-12"}
    answer = await browser.post("/groups/1/members/new", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/groups/1#members")
    page = await browser.get("/groups/1")
    assert "&lt;script&gt;" in page.text
    assert "/calendar-feeds?group=1" in page.text
    wrong = await browser.post("/groups/1/members/new", {**form, "office_id": "1", "since": "soon"})
    assert wrong.status_code == 422
    assert 'value="soon"' in wrong.text
    for act, said in (
        ("revise", {"role": "Chief", "since": "2026-01-12", "_version": "1"}),
        ("end", {"until": "2026-03-01", "because": "Moved.", "_version": "2"}),
    ):
        assert (await browser.get(f"/group-members/2/{act}")).status_code == 200
        assert (await browser.post(f"/group-members/2/{act}", said)).status_code == 303
    assert (await browser.get("/group-members/2/revise")).status_code == 409
    assert (await browser.get("/group-members/2/nonsense")).status_code == 404
    rows = list(csv.DictReader(io.StringIO((await browser.get("/groups/members.csv?group=1")).text)))
    assert {row["Who"] for row in rows} == {"Australia"}
    assert set(rows[0]) == {
        "Group", "Part", "Code", "Who", "Role", "Since", "Until", "Ended because", "Marking", "Exercise data",
    }  # fmt: skip
