"""What the tests of assistance share: a partner, a plan, and how State concurs."""

from datetime import date
from typing import Any

from sqlalchemy import select

from pipir.features.assistance import commands, queries
from pipir.features.assistance.tables import AssistanceId
from pipir.features.concurrence import commands as concurrence
from pipir.features.concurrence.tables import AskedId, ConcurrenceAsked
from pipir.features.participants import commands as participants
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.kernel.marking import Reader
from pipir.kernel.parsing import parse
from pipir.store.doors import Database
from tests.makers import TODAY as SINCE

OFFICIAL = Reader("us-government")
CONTRACTOR = Reader("contractor")
HIDDEN = "CUI//FED ONLY"
TODAY = date(2026, 11, 20)
ENTRY = {
    "name": "Training of a battalion",
    "purpose": "Two units learn to keep their radars.",
    "objectives": ["1253.b.2"],
    "uses": "10-usc-333",
    "starts_on": date(2026, 12, 1),
    "ends_on": date(2027, 12, 1),
    "lead_office_id": 1,
    "source": "Plan of the office",
}


def sent(**more: Any) -> dict[str, Any]:
    """The plan as a program sends it."""
    return {name: each.isoformat() if isinstance(each, date) else each for name, each in (ENTRY | more).items()}


async def run(db: Database, command: Any, *said: Any, actor: int = SERVICE, **named: Any) -> Any:
    """One command, as the service itself gives it."""
    async with db.write(actor=actor, command=command.name) as session:
        return await command(session, *said, **named)


async def a_partner(db: Database, *, marking: str = "CUI", code: str = "PHL") -> int:
    """A country of the register."""
    body = participants.EnterParticipant(name=f"Partner {code}", code=code, region="Indo-Pacific", marking=marking)
    return await run(db, participants.enter_participant, body)


async def planned(db: Database, **more: Any) -> AssistanceId:
    """Assistance as planned, for a new partner where none is named."""
    if "participant_id" not in more:
        more["participant_id"] = await a_partner(db)
    return await run(db, commands.plan_assistance, commands.PlanAssistance(**ENTRY | more))


async def recorded(db: Database, number: int, condition: str, met_on: date, evidence: str = "A letter.") -> None:
    """What shows a condition."""
    await run(db, commands.record_condition, number, commands.RecordCondition(condition, met_on, evidence))


async def vetted(db: Database, number: int, name: str = "First battalion", result: str = "cleared") -> int:
    """A unit with its vetting."""
    unit = await run(db, commands.name_unit, number, commands.NameUnit(name))
    if result != "pending":
        body = commands.VetUnit(result, TODAY, "Case 1")
        await run(db, commands.vet_unit, unit, body, version=1)
    return unit


async def state_answers(db: Database, number: int, answer: str | None = "concur") -> int:
    """An office of the Department of State is asked to concur, and answers; the number of the request."""
    async with db.write(actor=SERVICE, command="test.state") as session:
        office = await people.open_office(
            session,
            people.OpenOffice(symbol="PM", name="Political-Military", department="Department of State", since=SINCE),
        )
        person = await people.add_person(
            session,
            people.AddPerson(name="Liaison", title="Liaison", office_id=office, since=SINCE, roles=["state-liaison"]),
        )
        wanted = await queries.proposal(session, number)
        said = {
            "act": wanted.act,
            "subject_kind": wanted.kind,
            "subject_id": number,
            "subject_href": wanted.href,
            "title": wanted.title,
            "question": "Do you concur?",
            "before": wanted.before,
            "after": wanted.after,
            "due_on": date(2026, 12, 20),
            "concur": [office],
            "provision": "10-usc-333",
        }
        request = await concurrence.ask(session, parse(concurrence.AskOffices, said))
        asked = await session.scalar(select(ConcurrenceAsked.id).where(ConcurrenceAsked.request_id == request))
    if answer is not None:
        body = concurrence.Answer(answer, comment="As asked.")  # type: ignore[arg-type]
        await run(db, concurrence.answer, AskedId(asked or 0), body, actor=person)
    return request


async def conditions(db: Database, number: int, on: date = TODAY) -> dict[str, tuple[bool, str]]:
    """Each condition by its slug: whether it is met, and what is said of it."""
    async with db.read() as session:
        return {each.slug: (each.met, each.says) for each in await queries.conditions(session, OFFICIAL, number, on)}


async def seen(db: Database, number: int, reader: Reader = OFFICIAL) -> queries.AssistanceView:
    """The assistance as a reader sees it."""
    async with db.read() as session:
        return await queries.assistance(session, reader, AssistanceId(number))
