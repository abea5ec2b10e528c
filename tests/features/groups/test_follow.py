"""From a decision to an action to the record that it changed, and from each of them back."""

import re

import pytest

from pipir.features.binder.queries import binder
from pipir.features.groups import commands, queries
from pipir.features.people.tables import SERVICE
from pipir.features.trail.queries import list_changes
from pipir.kernel.access import Caller
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused, Stale
from pipir.kernel.marking import Reader
from pipir.store.doors import Database, WriteSession
from tests.conftest import Service
from tests.features.groups.makers import assign, decide, establish, record
from tests.features.projects.situations import CONTRACTOR, GOVERNMENT, STRICT, propose


def _caller(reader: Reader) -> Caller:
    return Caller(SERVICE, "Reader", "TEST", ("program-office",), reader, "token")


async def _done(session: WriteSession, **meeting: str) -> int:
    """An action from a decision, reported done."""
    met = await record(session, **meeting)
    decision = await decide(session, met)
    action = await assign(session, met, decision_id=decision)
    done = commands.ReportActionDone(session.today, "Letter on file.")
    await commands.report_action_done(session, action, done, version=1)
    return action


async def test_an_action_comes_from_a_decision_of_its_own_meeting(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test") as session:
        met, other = await record(session), await record(session, name="Other")
        decision, foreign = await decide(session, met), await decide(session, other)
        action = await assign(session, met, decision_id=decision)
        assert (await queries.action(session, GOVERNMENT, action)).decision == "D-1"
        assert (await queries.list_actions(session, GOVERNMENT, decision_id=decision)).total == 1
        assert (await queries.decision(session, GOVERNMENT, decision)).open_actions == 1
        assert (await queries.list_decisions(session, GOVERNMENT, without_action=True)).total == 1
        for number in (foreign, 999):
            with pytest.raises(Invalid) as wrong:
                await assign(session, met, decision_id=number)
            assert wrong.value.mistakes[0].where == "decision_id"
        await commands.withdraw_decision(session, decision, commands.WithdrawDecision("No."), version=1)
        with pytest.raises(Invalid):
            await assign(session, met, decision_id=decision)


async def test_a_finished_action_names_what_it_changed_and_the_record_says_what_it_follows_from(db: Database) -> None:
    project = await propose(db)
    async with db.write(actor=SERVICE, command="test") as session:
        action = await _done(session, name="Spring meeting")
        body = commands.NameChange("project", project, "A second source was added.")
        change = await commands.name_change(session, action, body)
    async with db.read() as session:
        (view,) = await queries.changes(session, GOVERNMENT, action_id=action)
        assert (view.record_href, view.record_label, view.what) == (
            f"/projects/{project}", "Project", "A second source was added.",
        )  # fmt: skip
        (origin,) = (await binder(session, _caller(GOVERNMENT), "project", project)).follows_from
        assert (origin.decision, origin.meeting, origin.action_id) == ("D-1", "Spring meeting", action)
    async with db.write(actor=SERVICE, command="test") as session:
        with pytest.raises(Stale):
            await commands.withdraw_change(session, change, commands.WithdrawChange("No."), version=9)
        await commands.withdraw_change(session, change, commands.WithdrawChange("Another project."), version=1)
        with pytest.raises(Refused):
            await commands.withdraw_change(session, change, commands.WithdrawChange("Again."), version=2)
        assert await queries.changes(session, GOVERNMENT, action_id=action) == ()
        assert (await binder(session, _caller(GOVERNMENT), "project", project)).follows_from == ()


async def test_only_a_finished_action_names_records_that_there_are_each_once(db: Database) -> None:
    project = await propose(db)
    async with db.write(actor=SERVICE, command="test") as session:
        is_open = await assign(session, await record(session))
        with pytest.raises(Refused, match="Only an action item that is done"):
            await commands.name_change(session, is_open, commands.NameChange("project", project, "A"))
        action = await _done(session, name="Other")
        for kind, number, where in (
            ("provision", 1, "changed_kind"), ("note", 1, "changed_kind"), ("nonsense", 1, "changed_kind"),
            ("project", 999, "changed_id"),
        ):  # fmt: skip
            with pytest.raises(Invalid) as wrong:
                await commands.name_change(session, action, commands.NameChange(kind, number, "A"))
            assert wrong.value.mistakes[0].where == where
    with pytest.raises(Conflict, match="names this record already"):
        async with db.write(actor=SERVICE, command="test") as session:
            for _ in range(2):
                await commands.name_change(session, action, commands.NameChange("project", project, "A"))


async def test_neither_side_tells_of_the_other_where_that_is_hidden(db: Database) -> None:
    """Releasability: a hidden project is not told of by an action, nor a hidden meeting by a project."""
    hidden, shown = await propose(db, marking=STRICT), await propose(db, name="Open")
    async with db.write(actor=SERVICE, command="test") as session:
        action = await _done(session, name="Open meeting")
        first = await commands.name_change(session, action, commands.NameChange("project", hidden, "Secret change"))
        strict = await _done(session, name="Strict meeting", marking=STRICT)
        await commands.name_change(session, strict, commands.NameChange("project", shown, "Quiet change"))
    async with db.read() as session:
        assert await queries.changes(session, CONTRACTOR, action_id=action) == ()
        with pytest.raises(NotFound):
            await queries.change(session, CONTRACTOR, first)
        assert (await binder(session, _caller(CONTRACTOR), "project", shown)).follows_from == ()
        assert len((await binder(session, _caller(GOVERNMENT), "project", shown)).follows_from) == 1
        trail = await list_changes(session, CONTRACTOR, subject="action_change", limit=200)
        assert not [each for each in trail.items if "change" in each.told and "Secret" in each.told]
        assert trail.total == 0


async def test_the_doors_lead_from_each_side_to_the_other(service: Service) -> None:
    project = await propose(service.db)
    async with service.db.write(actor=SERVICE, command="test") as session:
        action = await _done(session, name="Spring meeting")
    async with service.api("program-office") as client, service.api("auditor") as other:
        body = {"changed_kind": "project", "changed_id": project, "what": "A second source."}
        made = await client.post(f"/api/v1/actions/{action}/changes", json=body)
        assert (made.status_code, made.headers["location"]) == (201, "/api/v1/action-changes/1"), made.text
        assert (await other.post(f"/api/v1/actions/{action}/changes", json=body)).status_code == 403
        assert len((await other.get(f"/api/v1/actions/{action}/changes")).json()) == 1
        gone = await client.patch(
            "/api/v1/action-changes/1/withdraw", json={"because": "Another."}, headers={"If-Match": '"1"'}
        )
        assert gone.json()["withdrawn_because"] == "Another."
    browser = await service.browser("program-office")
    assert (await browser.get(f"/actions/{action}/changes/new")).status_code == 200
    wrong = await browser.post(
        f"/actions/{action}/changes/new", {"changed_kind": "project", "changed_id": "999", "what": "X"}
    )
    assert wrong.status_code == 422
    assert 'value="999"' in wrong.text
    form = {"changed_kind": "project", "changed_id": str(project), "what": "<script>"}
    assert (await browser.post(f"/actions/{action}/changes/new", form)).status_code == 303
    page = (await browser.get(f"/projects/{project}")).text
    assert re.search(r'Follows from decision <a href="/decisions/1">D-1</a> of meeting', page)
    assert "&lt;script&gt;" in page
    assert f'href="/projects/{project}"' in (await browser.get(f"/actions/{action}")).text
    assert f'href="/projects/{project}"' in (await browser.get("/decisions/1")).text
    assert f'href="/actions/{action}"' in (await browser.get("/decisions/1")).text
    assert (await browser.get("/action-changes/2/withdraw")).status_code == 200
    answer = await browser.post("/action-changes/2/withdraw", {"because": "A mistake.", "_version": "1"})
    assert answer.headers["location"] == f"/actions/{action}#changes"
    assert "Follows from" not in (await browser.get(f"/projects/{project}")).text


async def test_the_form_of_an_action_offers_the_decisions_of_its_meeting(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        group = await establish(session)
        await decide(session, await record(session, group_id=group))
    browser = await service.browser("program-office")
    assert 'value="1" selected' in (await browser.get("/meetings/1/actions/new?decision=1")).text
    form = {"title": "Do it", "due_on": "2026-02-01", "decision_id": "1", "owner_person_id": "", "owner_text": "AUS"}
    assert (await browser.post("/meetings/1/actions/new", form)).status_code == 303
    assert "D-1" in (await browser.get("/actions/1")).text
