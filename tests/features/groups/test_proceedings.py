"""What a meeting records: agenda, attendance by delegation, minutes until they are agreed, decisions by number."""

from datetime import date
from typing import Any

import pytest

from pipir.features.groups import commands, queries
from pipir.features.people.tables import SERVICE
from pipir.features.search.queries import record as named
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused, Stale
from pipir.kernel.ids import MeetingId
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.groups.makers import DAY, country, decide, establish, record

US = Reader(kind="us-government")
CONTRACTOR = Reader(kind="contractor")
AHEAD = date(2027, 6, 1)


async def test_an_agenda_stands_in_order_and_keeps_what_is_taken_off(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        meeting = await record(session, starts_on=AHEAD, ends_on=AHEAD)
        first = await commands.add_agenda_item(session, meeting, commands.AddAgendaItem("Opening", "Chair"))
        await commands.add_agenda_item(session, meeting, commands.AddAgendaItem("Projects"))
        last = await commands.add_agenda_item(session, meeting, commands.AddAgendaItem("Closing"))
        await commands.revise_agenda_item(session, first, commands.ReviseAgendaItem("Welcome", 9, "Host"), version=1)
        off = commands.WithdrawAgendaItem("No time.")
        await commands.withdraw_agenda_item(session, last, off, version=1)
        with pytest.raises(Refused):
            await commands.withdraw_agenda_item(session, last, off, version=2)
    async with db.read() as session:
        found = await queries.agenda(session, US, meeting)
        assert [(each.position, each.title) for each in found] == [(2, "Projects"), (9, "Welcome"), (3, "Closing")]
        assert found[2].withdrawn_because == "No time."


async def test_attendance_is_by_delegation_each_once(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        meeting, australia = await record(session), await country(session)
        came = await commands.record_attendance(
            session, meeting, commands.RecordAttendance(3, australia, head="Director")
        )
        await commands.record_attendance(session, meeting, commands.RecordAttendance(2, office_id=1))
        await commands.revise_attendance(session, came, commands.ReviseAttendance(4), version=1)
    with pytest.raises(Conflict, match="recorded already"):
        async with db.write(actor=SERVICE, command="test") as session:
            await commands.record_attendance(session, meeting, commands.RecordAttendance(1, australia))
    async with db.write(actor=SERVICE, command="test") as session:
        gone = commands.WithdrawAttendance("They were not there.")
        await commands.withdraw_attendance(session, came, gone, version=2)
        await commands.record_attendance(session, meeting, commands.RecordAttendance(1, australia))
        found = await queries.attendance(session, US, meeting)
        assert (found[0].who, found[0].persons, found[0].withdrawn_because) == ("Australia", 1, None)
        for body in (commands.RecordAttendance(1), commands.RecordAttendance(1, 999)):
            with pytest.raises(Invalid):
                await commands.record_attendance(session, meeting, body)


async def test_a_hidden_country_attended_nothing_that_one_sees(db: Database) -> None:
    """Releasability."""
    async with db.write(actor=SERVICE, command="test") as session:
        meeting = await record(session)
        hidden = await country(session, "VNM", "Viet Nam", "CUI//FED ONLY")
        row = await commands.record_attendance(session, meeting, commands.RecordAttendance(3, hidden))
    async with db.read() as session:
        assert await queries.attendance(session, CONTRACTOR, meeting) == ()
        with pytest.raises(NotFound):
            await queries.attendance_row(session, CONTRACTOR, row)


async def test_nothing_comes_of_a_meeting_that_lies_ahead_or_was_cancelled(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        australia = await country(session)
        ahead = await record(session, name="Ahead", starts_on=AHEAD, ends_on=AHEAD)
        acts: list[Any] = [
            lambda meeting: commands.record_attendance(session, meeting, commands.RecordAttendance(1, australia)),
            lambda meeting: commands.write_minutes(session, meeting, commands.WriteMinutes("Text"), version=1),
            lambda meeting: decide(session, meeting),
        ]
        for act in acts:
            with pytest.raises(Refused, match="recorded from that day on"):
                await act(ahead)
        await commands.cancel_meeting(session, ahead, commands.CancelMeeting("Storm."), version=1)
        for act in (*acts, lambda meeting: commands.add_agenda_item(session, meeting, commands.AddAgendaItem("A"))):
            with pytest.raises(Refused, match="cancelled"):
                await act(ahead)


async def test_a_meeting_with_a_record_is_not_cancelled(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        meeting = await record(session)
        decision = await decide(session, meeting)
        with pytest.raises(Refused, match="took place"):
            await commands.cancel_meeting(session, meeting, commands.CancelMeeting("Storm."), version=1)
        await commands.withdraw_decision(session, decision, commands.WithdrawDecision("A mistake."), version=1)
        await commands.cancel_meeting(session, meeting, commands.CancelMeeting("Storm."), version=1)


async def test_minutes_are_a_draft_until_they_are_agreed_and_opened_again_with_a_reason(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        meeting = await record(session)
        with pytest.raises(Refused, match="no minutes"):
            await commands.agree_minutes(session, meeting, commands.AgreeMinutes(DAY), version=1)
        await commands.write_minutes(session, meeting, commands.WriteMinutes("First"), version=1)
        for day in (date(2026, 1, 9), date(2030, 1, 1)):
            with pytest.raises(Invalid, match="after the meeting"):
                await commands.agree_minutes(session, meeting, commands.AgreeMinutes(day), version=2)
        await commands.agree_minutes(session, meeting, commands.AgreeMinutes(DAY), version=2)
        with pytest.raises(Refused, match="agreed already"):
            await commands.agree_minutes(session, meeting, commands.AgreeMinutes(DAY), version=3)
        with pytest.raises(Invalid) as wrong:
            await commands.write_minutes(session, meeting, commands.WriteMinutes("Second"), version=3)
        assert wrong.value.mistakes[0].where == "because"
        with pytest.raises(Stale):
            await commands.write_minutes(session, meeting, commands.WriteMinutes("Second"), version=1)
        again = commands.WriteMinutes("Second", "A name of a place was wrong.")
        await commands.write_minutes(session, meeting, again, version=3)
        view = await queries.meeting(session, US, meeting)
        assert (view.minutes, view.minutes_state, view.minutes_agreed_on, view.minutes_because) == (
            "Second", "draft", None, "A name of a place was wrong.",
        )  # fmt: skip


async def test_decisions_are_numbered_by_meeting_and_found_by_what_they_serve(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        group = await establish(session)
        meeting = await record(session, group_id=group)
        other = await record(session, name="Other")
        await decide(session, meeting, objective="1253.b.3")
        await decide(session, meeting, title="Second")
        await decide(session, other, agreed_by=["JPN", "JPN", "AUS"])
        for wrong, where in (
            ({"agreed_by": []}, "agreed_by"),
            ({"agreed_by": ["Australia"]}, "agreed_by"),
            ({"objective": "1253.b.99"}, "objective"),
        ):
            with pytest.raises(Invalid) as told:
                await decide(session, meeting, **wrong)
            assert told.value.mistakes[0].where == where
    async with db.read() as session:
        assert [each.code for each in await queries.decisions_of(session, US, meeting)] == ["D-1", "D-2"]
        (only,) = await queries.decisions_of(session, US, other)
        assert (only.code, only.agreed_by, only.group) == ("D-1", ["AUS", "JPN"], None)
        for asked, count in (
            ({"group_id": group}, 2), ({"objective": "1253.b.3"}, 1), ({"country": "JPN"}, 1),
            ({"text_in": "second"}, 1), ({"without_action": True}, 3), ({}, 3),
        ):  # fmt: skip
            assert (await queries.list_decisions(session, US, **asked)).total == count  # type: ignore[arg-type]
        assert (await named(session, US, "meeting_decision", 1)).title == "D-1 Share figures"


async def test_a_decision_is_corrected_and_withdrawn_under_its_number(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        meeting = await record(session)
        decision = await decide(session, meeting)
        body = commands.ReviseDecision("Share all figures", "Each reports.", ["USA"], "1253.b.3")
        await commands.revise_decision(session, decision, body, version=1)
        with pytest.raises(Stale):
            await commands.withdraw_decision(session, decision, commands.WithdrawDecision("No."), version=1)
        await commands.withdraw_decision(session, decision, commands.WithdrawDecision("Taken back."), version=2)
        with pytest.raises(Refused):
            await commands.revise_decision(session, decision, body, version=3)
        await decide(session, meeting)
        assert [each.code for each in await queries.decisions_of(session, US, meeting)] == ["D-1", "D-2"]
        assert (await queries.list_decisions(session, US)).total == 1
        assert (await queries.list_decisions(session, US, withdrawn=True)).total == 2


async def test_a_hidden_meeting_decided_nothing_that_one_sees(db: Database) -> None:
    """Releasability: decisions, agenda and minutes are as hidden as their meeting."""
    async with db.write(actor=SERVICE, command="test") as session:
        meeting = await record(session, marking="CUI//FED ONLY")
        decision = await decide(session, meeting)
        point = await commands.add_agenda_item(session, meeting, commands.AddAgendaItem("A"))
    async with db.read() as session:
        assert (await queries.list_decisions(session, CONTRACTOR)).total == 0
        for question in (
            queries.decision(session, CONTRACTOR, decision),
            queries.agenda_item(session, CONTRACTOR, point),
            named(session, CONTRACTOR, "meeting_decision", decision),
        ):
            with pytest.raises(NotFound):
                await question


async def test_the_json_door_records_a_meeting(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await country(session)
        await record(session)
    async with service.api("program-office") as client, service.api("auditor") as other:
        sent = (
            ("agenda", {"title": "Opening"}, "agenda-items", {"title": "Welcome", "position": 2}),
            ("attendance", {"participant_id": 1, "persons": 3}, "attendance", {"persons": 4, "head": "Director"}),
            (
                "decisions",
                {"title": "Share", "text": "Figures.", "agreed_by": ["AUS"]},
                "decisions",
                {"title": "Share all", "text": "Figures.", "agreed_by": ["AUS", "USA"], "objective": "1253.b.3"},
            ),
        )
        for part, body, place, changed in sent:
            made = await client.post(f"/api/v1/meetings/1/{part}", json=body)
            assert (made.status_code, made.headers["location"]) == (201, f"/api/v1/{place}/1"), made.text
            assert (await other.post(f"/api/v1/meetings/1/{part}", json=body)).status_code == 403
            assert len((await other.get(f"/api/v1/meetings/1/{part}")).json()) == 1
            assert (await client.get(f"/api/v1/meetings/9/{part}")).status_code == 404
            assert (await client.get(f"/api/v1/{place}/1")).headers["etag"] == '"1"'
            assert (await client.put(f"/api/v1/{place}/1", json=changed)).status_code == 428
            put = await client.put(f"/api/v1/{place}/1", json=changed, headers={"If-Match": '"1"'})
            assert put.status_code == 200, put.text
            gone = await client.patch(
                f"/api/v1/{place}/1/withdraw", json={"because": "A mistake."}, headers={"If-Match": '"2"'}
            )
            assert gone.json()["withdrawn_because"] == "A mistake."
        minutes = await client.put("/api/v1/meetings/1/minutes", json={"minutes": "Text"}, headers={"If-Match": '"1"'})
        assert minutes.json()["minutes_state"] == "draft"
        agreed = await client.patch(
            "/api/v1/meetings/1/minutes/agreed", json={"agreed_on": "2026-01-12"}, headers={"If-Match": '"2"'}
        )
        assert agreed.json()["minutes_agreed_on"] == "2026-01-12", agreed.text
        assert (await other.get("/api/v1/decisions", params={"withdrawn": "true"})).json()["total"] == 1


async def test_the_pages_record_a_meeting(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await country(session)
        await record(session)
    browser = await service.browser("program-office")
    script = "<script>alert(1)</script>"
    for part, form in (
        ("agenda", {"title": script, "presenter": "", "position": ""}),
        ("attendance", {"participant_id": "1", "office_id": "", "persons": "3", "head": "Director"}),
        ("minutes", {"minutes": f"{script}\n\nSecond.", "because": "", "_version": "1"}),
        ("agreed", {"agreed_on": "2026-01-12", "_version": "2"}),
        ("decision", {"title": script, "text": "Figures.", "objective": "1253.b.3", "agreed_by": ["AUS", "USA"]}),
    ):
        assert (await browser.get(f"/meetings/1/record/{part}")).status_code == 200
        answer = await browser.post(f"/meetings/1/record/{part}", form)  # type: ignore[arg-type]
        assert answer.status_code == 303, answer.text
    wrong = await browser.post("/meetings/1/record/attendance", {"persons": "many", "participant_id": "1"})
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.text
    page = await browser.get("/meetings/1")
    assert script not in page.text
    assert "agreed on 12 Jan 2026" in page.text
    assert "D-1:" in page.text
    for part, said in (
        ("agenda", {"title": "Welcome", "presenter": "", "position": "1", "_version": "1"}),
        ("attendance", {"persons": "4", "head": "", "_version": "1"}),
        ("decision", {"title": "B", "text": "Words.", "objective": "", "agreed_by": ["AUS"], "_version": "1"}),
    ):
        for act, form in (("revise", said), ("withdraw", {"because": "A mistake.", "_version": "2"})):
            assert (await browser.get(f"/meeting-parts/{part}/1/{act}")).status_code == 200
            answer = await browser.post(f"/meeting-parts/{part}/1/{act}", form)  # type: ignore[arg-type]
            assert answer.status_code == 303, answer.text
        assert (await browser.get(f"/meeting-parts/{part}/1/revise")).status_code == 409
    for path in ("/decisions", "/decisions?withdrawn=true&idle=true", "/decisions/1", "/meetings", "/groups"):
        assert (await browser.get(path)).status_code == 200
    assert "D-1" in (await browser.get("/decisions/export.csv?withdrawn=true")).text
    for path in ("/meetings/1/record/nonsense", "/meeting-parts/nonsense/1/revise", "/decisions/9"):
        assert (await browser.get(path)).status_code == 404
    assert (await (await service.browser("auditor")).get("/meetings/1/record/agenda")).status_code == 403


async def test_two_decisions_at_a_time_take_two_numbers(db: Database) -> None:
    """The meeting is locked while a decision takes its number."""
    async with db.write(actor=SERVICE, command="test") as session:
        meeting = await record(session)
    for _ in range(2):
        async with db.write(actor=SERVICE, command="test") as session:
            await decide(session, MeetingId(meeting))
    async with db.read() as session:
        assert [each.number for each in await queries.decisions_of(session, US, meeting)] == [1, 2]
