"""What can change in duties, as it is stored."""

from datetime import date

import pytest
from sqlalchemy import text

from pipir.features.duties import commands, queries
from pipir.features.people.tables import SERVICE
from pipir.features.trail.queries import history
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused, Stale
from pipir.kernel.ids import DutyId
from pipir.kernel.marking import Reader
from pipir.store.doors import Database

PASSED = date(2026, 6, 16)
# The service itself belongs to office 1.
OWN = 1


async def take_up(db: Database, slug: str = "designation", **changes: object) -> DutyId:
    async with db.write(actor=SERVICE, command="duty.take-up") as session:
        return await commands.take_up(session, commands.TakeUpDuty(slug=slug, **changes))  # type: ignore[arg-type]


async def read(db: Database, slug: str = "designation") -> queries.DutyView:
    async with db.read() as session:
        return await queries.duty(session, slug)


async def test_a_duty_is_taken_up_once(db: Database) -> None:
    """One entry for each date."""
    await take_up(db)
    with pytest.raises(Conflict, match="recorded already"):
        await take_up(db)


@pytest.mark.parametrize("slug", ["report-2032", "no-such", "s-2453-report"])
async def test_only_a_date_of_the_statute_is_taken_up(db: Database, slug: str) -> None:
    """Sec. 1253(f)(1)(A): through 2031."""
    with pytest.raises(NotFound):
        await take_up(db, slug)


async def test_an_unknown_office_is_a_mistake_of_its_field(db: Database) -> None:
    """All mistakes, where they are."""
    with pytest.raises(Invalid) as wrong:
        await take_up(db, owner_office_id=999)
    assert wrong.value.mistakes[0].where == "owner_office_id"


async def test_a_duty_is_done_late_and_reopened(db: Database) -> None:
    """The whole life of an entry; lateness stays beside the evidence, and reopening clears both."""
    duty = await take_up(db, owner_office_id=OWN)
    async with db.write(actor=SERVICE, command="duty.state-late") as session:
        late = commands.StateLate(late_days=5, statement="The instrument is with the Secretary.")
        await commands.state_late(session, duty, late, version=1)
    view = await read(db)
    assert (view.status, view.late_days, view.late_stated_by) == ("late", 5, "pipir")
    async with db.write(actor=SERVICE, command="duty.record-done") as session:
        done = commands.RecordDone(done_on=date(2026, 6, 30), evidence="Memorandum 26-114.")
        await commands.record_done(session, duty, done, version=2)
    view = await read(db)
    assert (view.status, view.late_days, view.state.says) == ("done", 5, "Done 14 days after the statutory day.")
    async with db.write(actor=SERVICE, command="duty.reopen") as session:
        await commands.reopen(session, duty, commands.ReopenDuty(because="It named no official."), version=3)
    view = await read(db)
    assert (view.status, view.done_on, view.late_days) == ("in work", None, None)
    assert view.reopened_because == "It named no official."
    async with db.read() as session:
        rows = await history(session, Reader(kind="us-government"), "duty", duty)
    assert [row.command for row in rows] == ["duty.reopen", "duty.record-done", "duty.state-late", "duty.take-up"]


async def test_an_extension_is_recorded_and_moves_nothing(db: Database) -> None:
    """The statutory day stays."""
    duty = await take_up(db)
    async with db.write(actor=SERVICE, command="duty.ask-extension") as session:
        asked = commands.AskExtension(asked_by="The program office", asked_on=PASSED)
        await commands.ask_extension(session, duty, asked, version=1)
    view = await read(db)
    assert (view.status, view.statutory_day) == ("extension pending", PASSED)
    assert (view.extension_asked_by, view.extension_asked_on) == ("The program office", PASSED)


async def test_a_stale_change_is_refused(db: Database) -> None:
    """If-Match, below the door."""
    duty = await take_up(db)
    async with db.write(actor=SERVICE, command="duty.revise") as session:
        await commands.revise(session, duty, commands.ReviseDuty(note="First."), version=1)
    with pytest.raises(Stale):
        async with db.write(actor=SERVICE, command="duty.revise") as session:
            await commands.revise(session, duty, commands.ReviseDuty(note="Second."), version=1)


async def test_no_status_is_set_over_evidence(db: Database) -> None:
    """A settled duty is reopened with a reason."""
    duty = await take_up(db)
    async with db.write(actor=SERVICE, command="duty.record-done") as session:
        done = commands.RecordDone(done_on=PASSED, evidence="Memorandum 26-114.")
        await commands.record_done(session, duty, done, version=1)
    with pytest.raises(Refused, match="set by hand"):
        async with db.write(actor=SERVICE, command="duty.revise") as session:
            await commands.revise(session, duty, commands.ReviseDuty(status="in work"), version=2)


async def test_a_notice_has_its_day_from_the_law_and_ends_with_a_reason(db: Database) -> None:
    """Sec. 1253(c)(2): 30 days, four committees."""
    async with db.write(actor=SERVICE, command="duty.enter-notice") as session:
        body = commands.EnterNotice(event="Designation of the senior official", triggered_on=date(2026, 3, 2))
        notice = await commands.enter_notice(session, body)
    view = await read(db, "notice-of-designation-2026-03-02")
    assert (view.id, view.statutory_day, len(view.recipients)) == (notice, date(2026, 4, 1), 4)
    async with db.write(actor=SERVICE, command="duty.end") as session:
        ended = commands.EndDuty(ended_on=date(2026, 3, 9), because="Entered in error.")
        await commands.end(session, notice, ended, version=1)
    with pytest.raises(Refused, match="has ended"):
        async with db.write(actor=SERVICE, command="duty.revise") as session:
            await commands.revise(session, notice, commands.ReviseDuty(note="Late thought."), version=2)
    async with db.read() as session:
        hidden = await queries.list_duties(session, kind="notice")
        shown = await queries.list_duties(session, kind="notice", ended=True)
    assert (hidden.total, shown.total) == (0, 1)


async def test_a_date_of_the_statute_does_not_end(db: Database) -> None:
    """Only an amendment moves it."""
    duty = await take_up(db)
    with pytest.raises(Refused):
        async with db.write(actor=SERVICE, command="duty.end") as session:
            await commands.end(session, duty, commands.EndDuty(ended_on=PASSED, because="Tired of it."), version=1)


async def test_a_change_of_no_entry_finds_nothing(db: Database) -> None:
    """No such number."""
    with pytest.raises(NotFound):
        async with db.write(actor=SERVICE, command="duty.revise") as session:
            await commands.revise(session, DutyId(99), commands.ReviseDuty(), version=1)


@pytest.mark.parametrize(
    "broken",
    [
        "status = 'done'",
        "done_on = '2026-06-16'",
        "status = 'late'",
        "late_days = 3",
        "status = 'extension pending'",
        "event = 'x'",
        "ended_on = '2026-06-16'",
        "status = 'overdue'",
    ],
)
async def test_the_database_refuses_a_state_without_its_evidence(db: Database, broken: str) -> None:
    """The same rules below the program."""
    duty = await take_up(db)
    with pytest.raises(Conflict):
        async with db.write(actor=SERVICE, command="test.sql") as session:
            await session.execute(text(f"update duty set {broken} where id = :id"), {"id": duty})
