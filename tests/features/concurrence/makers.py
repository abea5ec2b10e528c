"""Makers of coordination for tests: offices with a person each, a request, a policy."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from pipir.features.concurrence import commands, queries
from pipir.features.concurrence.tables import AskedId, ConcurrenceRequest, EscalationId, RequestId
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.kernel.access import PERMISSIONS, Caller, Role
from pipir.kernel.marking import Reader
from pipir.kernel.parsing import parse
from pipir.store.doors import Database, WriteSession
from tests.makers import NOW

TODAY = NOW.date()
US = Reader(kind="us-government")
DUE = TODAY + timedelta(days=14)


@dataclass
class Room:
    """Three offices besides that of the asker, a person in each, and a decision maker."""

    db: Database
    people: dict[str, int] = field(default_factory=dict)
    offices: dict[str, int] = field(default_factory=dict)

    @asynccontextmanager
    async def as_(self, name: str) -> AsyncIterator[WriteSession]:
        async with self.db.write(actor=self.people[name], command="test") as session:
            yield session

    def caller(self, name: str, role: Role = "state-liaison") -> Caller:
        assert PERMISSIONS[role]
        return Caller(self.people[name], name, name, (role,), US, via="session")

    def body(self, **said: Any) -> commands.AskOffices:
        return parse(commands.AskOffices, a_request(**{"concur": [self.offices["STATE"]], **said}))

    async def ask(self, **said: Any) -> RequestId:
        async with self.as_("asker") as session:
            return await commands.ask(session, self.body(**said))

    async def asked(self, request_id: int, office: str) -> AskedId:
        view = await self.view(request_id)
        return next(AskedId(each.id) for each in view.offices if each.office == office)

    async def view(self, request_id: int) -> queries.RequestView:
        async with self.db.read() as session:
            return await queries.request(session, US, RequestId(request_id))

    async def answer(self, request_id: int, office: str, answer: str, **said: Any) -> None:
        number = await self.asked(request_id, office)
        async with self.as_(office) as session:
            await commands.answer(session, number, parse(commands.Answer, {"answer": answer, **said}))

    async def change(self, command: Any, request_id: int, body: Any, *, who: str = "asker") -> None:
        async with self.as_(who) as session:
            version = await session.scalar(
                select(ConcurrenceRequest.version).where(ConcurrenceRequest.id == request_id)
            )
            await command(session, RequestId(request_id), body, version=version)

    async def decide(self, request_id: int, decision: str, *, who: str = "decider") -> None:
        view = await self.view(request_id)
        number = next(each.escalation.id for each in view.offices if each.escalation)
        async with self.as_(who) as session:
            await commands.decide(
                session,
                EscalationId(number),
                commands.Decide(decision, "It was weighed."),  # type: ignore[arg-type]
            )


def a_request(**said: Any) -> dict[str, Any]:
    """The body of a request about the process of invitation, which is no record of its own."""
    return {
        "act": "invitation-process",
        "subject_kind": "process",
        "title": "Process of invitation, first version",
        "subject_href": "/participants",
        "question": "Do you agree to this process?",
        "before": {},
        "after": {"version": "1", "steps": "named, considered, invited"},
        "due_on": DUE.isoformat(),
        "policy_citation": "Memorandum of the program office, 1 November 2026",
        "marking": "CUI",
        **said,
    }


def revised(**said: Any) -> dict[str, Any]:
    """The body of a revision with another value."""
    kept = ("due_on", "policy_citation", "marking")
    return {
        **{name: text for name, text in a_request().items() if name in kept},
        "after": {"version": "2", "steps": "named, considered, invited"},
        "because": "A step was missing.",
        **said,
    }


async def a_room(db: Database) -> Room:
    """Offices STATE, GC and LA with a person each, that of the asker, and that of the decision maker."""
    room = Room(db)
    async with db.write(actor=SERVICE, command="test.people") as session:
        for symbol, department, role in (
            ("ASK", "Department of Defense", "program-office"),
            ("STATE", "Department of State", "state-liaison"),
            ("GC", "Department of Defense", "report-writer"),
            ("LA", "Department of Defense", "report-writer"),
            ("SO", "Department of Defense", "senior-official"),
        ):
            office = people.OpenOffice(symbol, f"Office {symbol}", department, TODAY)  # type: ignore[arg-type]
            room.offices[symbol] = await people.open_office(session, office)
            name = {"ASK": "asker", "SO": "decider"}.get(symbol, symbol)
            person = people.AddPerson(
                name=f"Person of {symbol}",
                title="Tester",
                office_id=room.offices[symbol],
                since=TODAY,
                roles=[role],  # type: ignore[list-item]
            )
            room.people[name] = await people.add_person(session, person)
    return room
