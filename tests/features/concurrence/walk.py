"""A random walk over participants and coordination: each step as the rules allow it, each held against the trail.

The walk keeps a small model of what it did. Whatever the record says afterwards is held against it: no state without
its trail, and no answer counted for a changed value.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import func, select, text

from pipir.features.concurrence import commands, queries, rules
from pipir.features.concurrence.tables import AskedId, ConcurrenceRequest, ConditionId, EscalationId, RequestId
from pipir.features.participants import commands as participants
from pipir.features.participants.rules import STEPS
from pipir.features.participants.tables import Participant
from pipir.kernel.errors import NotFound, Problem
from pipir.kernel.ids import ParticipantId
from pipir.kernel.parsing import parse
from pipir.statute.load import the_statute
from pipir.store.doors import Database
from tests.features.concurrence.makers import TODAY, US, Room, a_room

# Three values of an invitation: what it rests on.
BASES: Final = ("1253.d", "22-usc-2767", "10-usc-2350a")
COUNTRIES: Final = (("Australia", "AUS"), ("Japan", "JPN"), ("India", "IND"))
OFFICES: Final = ("STATE", "GC", "LA")
# After each step these hold, asked of the database in one statement each.
UNSIGNED: Final = """
    with held as (
        select 'concurrence_request' as name, id, version from concurrence_request
        union all select 'concurrence_round', id, version from concurrence_round
        union all select 'concurrence_answer', id, version from concurrence_answer
        union all select 'concurrence_escalation', id, version from concurrence_escalation
        union all select 'concurrence_condition', id, version from concurrence_condition
        union all select 'participant', id, version from participant
    )
    select count(*) from (
        select name, id, version from held
        except
        select table_name, record_id, (after ->> 'version')::int from trail where table_name in (select name from held)
    ) unsigned
"""
STATES: Final = """
    select count(*) from concurrence_request request
     where request.state <> (
        select trail.after ->> 'state' from trail
         where trail.subject = 'concurrence_request' and trail.subject_id = request.id
           and trail.table_name = 'concurrence_request' order by trail.id desc limit 1
     )
"""
MISCOUNTED: Final = """
    select count(*)
      from concurrence_answer answer
      join concurrence_round asked on asked.id = answer.round_id
     where answer.value_hash <> asked.value_hash
"""

SETTLED = "select id from concurrence_request where state in ('agreed', 'refused') order by id desc limit 9"
REOPENED = """
    select request_id from concurrence_round where began = 'reopened' and ended_on is null order by id desc limit 9
"""


@dataclass
class Walk:
    """The record that is walked over, and what the walk did so far."""

    room: Room
    random: Random
    countries: list[ParticipantId] = field(default_factory=list)
    requests: list[RequestId] = field(default_factory=list)
    # What each request asks about now, as the walk has set it: nothing else tells it.
    values: dict[int, str] = field(default_factory=dict)
    said: dict[int, dict[str, tuple[str, str]]] = field(default_factory=dict)
    kept: dict[int, list[dict[str, tuple[str, str]]]] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    invited: int = 0

    @classmethod
    async def begin(cls, db: Database, seed: int) -> "Walk":
        """Offices, countries, and a policy in force that asks for one concurrence and one coordination."""
        # No secret is drawn from it.
        walk = cls(await a_room(db), Random(seed))
        async with walk.room.as_("asker") as session:
            for name, code in COUNTRIES:
                body = participants.EnterParticipant(name=name, code=code, region="Indo-Pacific")
                walk.countries.append(await participants.enter_participant(session, body))
            await commands.enter_policy(
                session,
                commands.EnterPolicy(
                    act="invitation",
                    title="Coordination of invitations",
                    citation="Memorandum 12",
                    since=TODAY,
                    concur=[walk.room.offices["STATE"]],
                    coordinate=[walk.room.offices["GC"]],
                ),
            )
        return walk

    async def step(self) -> None:
        """One random step; a refusal is a step too, and leaves nothing behind."""
        chosen: Callable[[], Awaitable[None]] = self.random.choices(
            [self.ask, self.answer, self.revise, self.send_back, self.settle, self.reopen, self.undo, self.withdraw,
             self.decide, self.meet, self.stand],
            [6, 14, 4, 2, 3, 4, 4, 1, 5, 3, 9],
        )[0]  # fmt: skip
        name = chosen.__name__  # type: ignore[attr-defined]
        refusal: Problem | None = None
        try:
            await chosen()
        except Problem as wrong:
            refusal = wrong
        (self.refused if refusal else self.done)[name] += 1
        assert refusal is None or (refusal.status < 500 and refusal.detail.endswith(".")), refusal

    # ---- the steps

    async def ask(self) -> None:
        country, basis = self.random.choice(self.countries), self.random.choice(BASES)
        async with self.room.db.read() as session:
            code = await session.scalar(select(Participant.code).where(Participant.id == country))
        body: dict[str, Any] = {
            "act": "invitation",
            "subject_kind": "participant",
            "subject_id": country,
            "subject_href": f"/participants/{country}",
            "title": f"Invite {code}",
            "before": {"country": code or ""},
            "after": value(code or "", basis),
            "concur": [self.room.offices["STATE"]],
            "coordinate": [self.room.offices["GC"]],
            "consult": [self.room.offices["LA"]] if self.random.random() < 0.5 else [],
            "decider_id": self.room.people["decider"] if self.random.random() < 0.8 else None,
        }
        number = await self.room.ask(**body)
        self.requests.append(number)
        self.values[number], self.said[number], self.kept[number] = rules.hash_of(body["after"]), {}, []

    async def answer(self) -> None:
        number, office = self._any(), self.random.choice(OFFICES)
        answers = ("concur", "concur", "concur with comment", "concur with conditions", "non-concur", "acknowledged")
        said = self.random.choice(answers)
        conditions = [
            {"title": "Tell us.", "due_on": TODAY.isoformat(), "owner_office_id": self.room.offices["GC"]}
        ] if said == "concur with conditions" else []  # fmt: skip
        asked = next((each for each in (await self.room.view(number)).offices if each.office == office), None)
        if asked is None:
            return
        async with self.room.as_(self.random.choice((office, office, office, "LA"))) as session:
            body = parse(commands.Answer, {"answer": said, "comment": "Said so.", "conditions": conditions})
            await commands.answer(session, AskedId(asked.id), body)
        self.said[number][office] = (said, self.values[number])

    async def revise(self) -> None:
        number = self._any()
        view = await self.room.view(number)
        after = value(view.value_after["country"], self.random.choice(BASES))
        body: dict[str, Any] = {"after": after, "because": "It was weighed again."}
        for role in ("concur", "coordinate", "consult"):
            body[role] = [each.office_id for each in view.offices if each.role == role]
        body |= {"due_on": TODAY.isoformat(), "policy_citation": "Memorandum 12", "decider_id": view.decider_id}
        await self.room.change(commands.revise, number, parse(commands.ReviseProposal, body))
        # From here on every former answer is void, and no undoing brings it back.
        self.values[number], self.said[number], self.kept[number] = rules.hash_of(after), {}, []

    async def send_back(self) -> None:
        number = self._any()
        asked = await self.room.asked(number, "STATE")
        async with self.room.as_("STATE") as session:
            await commands.send_back(session, asked, commands.SendBack(["standing"], ["unclear"]))

    async def settle(self) -> None:
        await self.room.change(commands.settle, self._any(), commands.SettleRequest())

    async def reopen(self) -> None:
        number = await self._one_of(SETTLED)
        await self.room.change(
            commands.reopen, number, commands.ReopenRequest("A new fact.", TODAY + timedelta(days=9))
        )
        self.kept[number].append(self.said[number])
        self.said[number] = {}

    async def undo(self) -> None:
        number = await self._one_of(REOPENED)
        await self.room.change(commands.undo_reopening, number, commands.UndoReopening())
        self.said[number] = self.kept[number].pop()

    async def withdraw(self) -> None:
        await self.room.change(commands.withdraw, self._any(), commands.WithdrawRequest("Moot."))

    async def decide(self) -> None:
        number = self._any()
        decision = self.random.choice(("proceed", "proceed", "do not proceed", "change"))
        found = [each.escalation for each in (await self.room.view(number)).offices if each.escalation]
        if not found:
            return
        if found[0].decider_id is None:
            body = commands.NameDecider(self.room.people[self.random.choice(("decider", "GC"))])
            await self.room.change(commands.name_decider, number, body)
        async with self.room.as_(self.random.choice(("decider", "decider", "STATE"))) as session:
            said = commands.Decide(decision, "It was weighed.")  # type: ignore[arg-type]
            await commands.decide(session, EscalationId(found[0].id), said)

    async def meet(self) -> None:
        async with self.room.db.read() as session:
            found = await queries.open_conditions(session, US)
        if found:
            each = self.random.choice(found)
            async with self.room.as_(self.random.choice(("GC", "GC", "STATE"))) as session:
                body = commands.MeetCondition("Letter 4.")
                await commands.meet_condition(session, ConditionId(each.id), body, version=each.version)

    async def stand(self) -> None:
        """A step of a country's own process; an invitation has to have passed the gate."""
        country = self.random.choice(self.countries)
        async with self.room.as_("asker") as session:
            row = await session.get_one(Participant, country)
            # Invitations are what the gate is for; the rest brings countries to where they may be invited again.
            after = self.random.choice((*STEPS[row.standing], "invited"))
            basis = self.random.choice(BASES)
            body = participants.RecordStanding(
                value=after, since=TODAY, source="Letter", program_authority=None if basis == "1253.d" else basis
            )
            was, code = row.standing, row.code
            rested = row.program_authority
            await participants.record_standing(session, country, body, version=row.version)
        if after == "invited" and (was != "invited" or rested != body.program_authority):
            self.invited += 1
            held = rules.hash_of(value(code, basis))
            assert any(self.agreed(number, held) for number in self.requests), f"{code} was invited without agreement"

    # ---- what has to hold

    def agreed(self, number: int, value_hash: str) -> bool:
        """Whether by the walk's own account STATE has concurred with this value on a request."""
        said = self.said[number].get("STATE")
        return said is not None and said[0].startswith("concur") and said[1] == value_hash

    async def check(self) -> None:
        """Every row has its trail in its present version, and only answers to the value in force count."""
        async with self.room.db.read() as session:
            for statement in (UNSIGNED, STATES, MISCOUNTED):
                assert await session.scalar(text(statement)) == 0, statement
            held = await session.scalar(select(func.count()).select_from(ConcurrenceRequest))
            assert held == len(self.requests)
            views = await queries.requests_by_id(session, US, self.requests)
            for name in ("asker", "decider", *OFFICES):
                caller = self.room.caller(name, "senior-official" if name == "decider" else "program-office")
                waits = await queries.waiting_for(session, caller)
                assert await queries.count_waiting(session, caller) == waits.count, f"what waits for {name}"
        for number, view in views.items():
            assert view.value_hash == self.values[number]
            counted = {each.office: (each.answer, view.value_hash) for each in view.offices if each.answer}
            assert counted == self.said[number], f"request {number} counts other answers than were given to its value"

    async def _one_of(self, latest: str) -> RequestId:
        """One of the latest of some, which are few among all; now and then any, as somebody does by mistake."""
        async with self.room.db.read() as session:
            found = list(await session.scalars(text(latest)))
        return RequestId(self.random.choice(found)) if found and self.random.random() < 0.8 else self._any()

    def _any(self) -> RequestId:
        """One of the latest requests: those before rest."""
        if not self.requests:
            raise NotFound("Nothing is asked yet.")
        return self.random.choice(self.requests[-12:])


def value(code: str, basis: str) -> dict[str, str]:
    """An invitation as the gate of participants puts it."""
    return {"country": code, "standing": "invited", "authority": the_statute().provision(basis).short_citation}
