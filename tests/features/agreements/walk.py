"""A random walk over agreements: each act through its command, each held against the trail, the table and the clocks.

The walk keeps a small model of what it did. Whatever the record says afterwards is held against it: no state without
its trail, no step outside of the table, no clock that the events demand and that is not there, and no merged amendment
whose agreement says otherwise.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import Any, Final, cast

from sqlalchemy import select, text

from pipir.features.agreements import commands, queries, rules
from pipir.features.agreements.tables import AgreementAmendment, AgreementNotice
from pipir.kernel.errors import NotFound, Problem
from pipir.kernel.ids import AgreementId
from pipir.statute.load import the_statute
from pipir.store.doors import Database
from tests.features.agreements.makers import (
    BEGUN,
    GOVERNMENT,
    TODAY,
    Hand,
    countries,
    determination,
    paper,
    share,
    signature,
)

AUTHORITIES: Final = ("1253.e.1", rules.COOPERATIVE_PROJECT, rules.COOPERATIVE_RD)
# After each step these hold, asked of the database in one statement each.
UNSIGNED: Final = """
    with held as (
        select 'agreement' as name, id, version from agreement
        union all select 'agreement_party', id, version from agreement_party
        union all select 'agreement_step', id, version from agreement_step
        union all select 'legal_determination', id, version from legal_determination
        union all select 'agreement_paper', id, version from agreement_paper
        union all select 'certification_item', id, version from certification_item
        union all select 'agreement_notice', id, version from agreement_notice
        union all select 'agreement_amendment', id, version from agreement_amendment
        union all select 'amendment_change', id, version from amendment_change
        union all select 'agreement_share', id, version from agreement_share
    )
    select count(*) from (
        select name, id, version from held
        except
        select table_name, record_id, (after ->> 'version')::int from trail where table_name in (select name from held)
    ) unsigned
"""
STATES: Final = """
    select count(*) from agreement a
     where a.state is distinct from (
        select s.state from agreement_step s where s.agreement_id = a.id order by s.step desc limit 1
     ) or a.state is distinct from (
        select trail.after ->> 'state' from trail
         where trail.table_name = 'agreement' and trail.record_id = a.id order by trail.id desc limit 1
     )
"""
UNREGISTERED: Final = """
    select count(*) from agreement a
     where a.acts <> (select count(*) from covered_act c where c.table_name = 'agreement' and c.record_id = a.id)
"""


@dataclass
class Walk:
    """The record that is walked over, and what the walk did so far."""

    db: Database
    random: Random
    at: dict[str, int]
    hands: list[Hand] = field(default_factory=list)
    # What each agreement came through, as the walk has led it: nothing else tells it.
    states: dict[int, list[str]] = field(default_factory=dict)
    # What each agreement says since its last merged amendment.
    merged: dict[int, dict[str, str | None]] = field(default_factory=dict)
    days: dict[int, date] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)

    @classmethod
    async def begin(cls, db: Database, seed: int) -> "Walk":
        """Four countries, and nothing agreed yet."""
        # No secret is drawn from it.
        return cls(db, Random(seed), await countries(db))

    async def step(self) -> None:
        """One random step; a refusal is a step too, and leaves nothing behind."""
        chosen: Callable[[], Awaitable[None]] = self.random.choices(
            [self.enter, self.advance, self.stray, self.sign, self.determine, self.paper, self.classify, self.write,
             self.tell, self.receive, self.bear, self.draft, self.propose, self.agree, self.merge, self.withdraw],
            [1, 24, 3, 12, 4, 7, 4, 6, 9, 9, 3, 6, 6, 6, 6, 1],
        )[0]  # fmt: skip
        if sum(self._state(each) not in rules.OVER for each in self.hands[-5:]) < 3:
            chosen = self.enter
        name = chosen.__name__  # type: ignore[attr-defined]
        refusal: Problem | None = None
        try:
            await chosen()
        except Problem as wrong:
            refusal = wrong
        (self.refused if refusal else self.done)[name] += 1
        assert refusal is None or (refusal.status < 500 and refusal.detail.endswith(".")), refusal

    # ---- the steps

    async def enter(self) -> None:
        number = len(self.hands) + 1
        codes = self.random.sample(sorted(self.at), self.random.randint(1, 2))
        more: dict[str, Any] = {"name": f"Agreement {number}", "authority": self.random.choice(AUTHORITIES)}
        if self.random.random() < 0.3:
            more["also_authority"] = self.random.choice(AUTHORITIES)
        if self.random.random() < 0.3:
            more["expires_on"] = (TODAY + timedelta(days=self.random.randint(-60, 30))).isoformat()
        hand = await Hand.enter(self.db, *((code, self.at[code]) for code in codes), **more)
        self.hands.append(hand)
        self.states[hand.number] = ["drafting"]

    async def advance(self) -> None:
        """A step that the table has, on a day like any other."""
        hand = self._any()
        allowed = [each for each in rules.STEPS[cast("rules.State", self._state(hand))] if each != "signed"]
        if len(allowed) > 1 and self.random.random() > 0.03:
            allowed = [each for each in allowed if each != "ended"]
        # Ways forward far more often than ends, so that agreements come to be in force.
        weights = [1 if each in ("ended", "negotiating") and len(allowed) > 1 else 60 for each in allowed]
        if not allowed:
            raise NotFound("It is over.")
        await self._go(hand, self.random.choices(allowed, weights)[0])

    async def stray(self) -> None:
        """Any step at all: those that the table lacks are refused."""
        hand = self._any()
        wanted = self.random.choice([each for each in rules.STATES if each not in ("drafting", "signed", "ended")])
        before = self._state(hand)
        await self._go(hand, wanted)
        assert wanted in rules.STEPS[cast("rules.State", before)], f"{before} became {wanted}"

    async def sign(self) -> None:
        ready = [each for each in self.hands if self._state(each) in ("coordination", "certified")]
        hand = self.random.choice(ready) if ready else self._any()
        if ready and self.random.random() < 0.7:
            # What the law asks first, mostly; so that more than refusals comes of it.
            await hand.do(commands.determine_character, **determination(because="It was weighed."))
            await hand.do(commands.record_paper, **paper("conventional defense capability"))
        on = self._day(hand)
        clock = await hand.clock("certification")
        await hand.sign(on)
        self._reach(hand, "signed")
        if clock.state != "not applicable":
            assert clock.first_day is not None
            assert on >= clock.first_day, f"signed on {on}, before {clock.first_day}"

    async def determine(self) -> None:
        character = self.random.choice(rules.CHARACTERS)
        because = {"because": "It was weighed again."} if self.random.random() < 0.7 else {}
        hand = self._any()
        await hand.do(commands.determine_character, **determination(character=character, **because))

    async def paper(self) -> None:
        hand = self._any()
        await hand.do(commands.record_paper, **paper(self.random.choice(rules.PAPERS), self._day(hand)))

    async def classify(self) -> None:
        hand = self._any()
        party = self.random.choice(sorted(hand.parties.values()))
        said = {"classified_by": "Counsel", "classified_on": BEGUN.isoformat(), "class_source": "Opinion 3"}
        await hand.do(commands.classify_party, party, country_class=self.random.choice(rules.CLASSES), **said)

    async def write(self) -> None:
        hand = self._any()
        for each in the_statute().certification_items:
            await hand.do(commands.write_item, item=each.slug, statement="As far as it is known.")

    async def tell(self) -> None:
        hand, what = self._any(), self.random.choice(rules.NOTICES)
        on = self._day(hand)
        for slug, _ in rules.addressees(the_statute(), what):
            await hand.tell(what, slug, on)

    async def receive(self) -> None:
        async with self.db.read() as session:
            rows = (
                await session.execute(
                    select(AgreementNotice.id, AgreementNotice.sent_on)
                    .where(AgreementNotice.received_on.is_(None))
                    .order_by(AgreementNotice.id.desc())
                    .limit(6)
                )
            ).all()
        if not rows:
            raise NotFound("Nothing is under way.")
        for row in rows:
            await self.hands[0].receive(row.id, row.sent_on + timedelta(days=self.random.randint(-1, 20)))

    async def bear(self) -> None:
        hand = self._any()
        for number in (None, *(self.at[code] for code in hand.parties)):
            await hand.do(commands.record_share, **share(number, str(self.random.choice((95, 100, 60)))))

    async def draft(self) -> None:
        in_force = [each for each in self.hands if self._state(each) in rules.EFFECTIVE]
        hand = self.random.choice(in_force) if in_force else self._any()
        fields = self.random.sample(("purpose", "expires_on"), self.random.randint(0, 2))
        said: dict[str, Any] = {"title": "A change", "because": "It was asked for.", "fields": fields}
        if "purpose" in fields:
            said["purpose"] = f"Purpose {self.random.randint(1, 99)}"
        if "expires_on" in fields:
            said["expires_on"] = (TODAY + timedelta(days=self.random.randint(-5, 900))).isoformat()
        await hand.do(commands.draft_amendment, **said)

    async def propose(self) -> None:
        """A party comes or leaves, or its agreed share is another."""
        hand, number = await self._amendment("drafting")
        country = self.at[self.random.choice(sorted(self.at))]
        if self.random.random() < 0.4:
            said: dict[str, Any] = {"participant_id": country}
            said |= {"counterpart": "Another ministry"} if self.random.random() < 0.6 else {}
            await hand.do(commands.propose_party, number, **said)
            return
        body = share(self.random.choice((None, country)), str(self.random.choice((80, 100))))
        del body["stage"]
        if self.random.random() < 0.3:
            del body["amount"]
        await hand.do(commands.propose_share, number, **body)

    async def agree(self) -> None:
        hand, number = await self._amendment("drafting")
        await hand.do(commands.agree_amendment, number)

    async def merge(self) -> None:
        hand, number = await self._amendment("agreed")
        async with self.db.read() as session:
            view = await queries.amendment(session, GOVERNMENT, number)
        await hand.do(commands.sign_amendment, number, **signature())
        assert not view.conflicts, f"amendment {number} was merged over a conflict"
        plain = {each.field: each.proposed for each in view.changes if each.field in rules.FIELDS}
        self.merged.setdefault(hand.number, {}).update(plain)
        async with self.db.read() as session:
            stands = (await queries.parts_by_id(session, [hand.number]))[hand.number]
        for each in view.changes:
            assert each.field in plain or stands.get(each.field) == each.proposed, each.field
        self._reach(hand, "amended")

    async def withdraw(self) -> None:
        hand, number = await self._amendment(self.random.choice(("drafting", "agreed")))
        await hand.do(commands.withdraw_amendment, number, because="Moot.")

    # ---- what has to hold

    async def check(self) -> None:
        """Every row has its trail, every state its step, every step its place in the table, every clock is there."""
        async with self.db.read() as session:
            for statement in (UNSIGNED, STATES, UNREGISTERED):
                assert await session.scalar(text(statement)) == 0, statement
            for hand in self.hands[-8:]:
                await self._check_one(session, hand)

    async def _check_one(self, session: Any, hand: Hand) -> None:
        view = await queries.agreement(session, GOVERNMENT, hand.number)
        steps = await queries.steps(session, hand.number)
        assert [each.state for each in steps] == self.states[hand.number]
        for before, after in pairwise(steps):
            assert after.was == before.state
            assert after.state in rules.STEPS[cast("rules.State", before.state)]
            assert after.on_day >= before.on_day
        found = {each.slug: each for each in await queries.clocks(session, GOVERNMENT, hand.number)}
        assert list(found) == [*(each.slug for each in the_statute().clocks), rules.EXPIRY]
        await self._check_clocks(session, view, found)
        for name, value in self.merged.get(hand.number, {}).items():
            stands = getattr(view, name)
            assert (stands.isoformat() if isinstance(stands, date) else stands) == value

    async def _check_clocks(self, session: Any, view: queries.AgreementView, found: dict[str, rules.Clock]) -> None:
        """What the events demand, told here once more from the rows alone."""
        negotiated = view.state in rules.UNSIGNED and view.state not in rules.FIXED_TEXT
        given_up = view.state == "ended" and view.signed_on is None
        told = [each for each in await queries.notices(session, GOVERNMENT, AgreementId(view.id)) if each.present]
        received = [each.received_on for each in told if each.what == "certification"]
        days = [each for each in received if each is not None]
        laws = (view.program_authority, view.also_authority)
        asked = rules.COOPERATIVE_PROJECT in laws and not negotiated and not given_up
        if asked and len(days) == len(rules.addressees(the_statute(), "certification")):
            assert found["certification"].ends_on == max(days) + timedelta(days=30)
        if view.signed_on is not None and view.character == rules.INTERNATIONAL:
            assert found["transmittal"].ends_on == view.signed_on + timedelta(days=15)
        if view.signed_on is not None and view.character is None:
            assert found["transmittal"].state == "waiting for its start"
        if view.expires_on is not None and view.recorded_state != "ended":
            assert found["expiry"].ends_on == view.expires_on - timedelta(days=1)

    # ---- help

    async def _go(self, hand: Hand, state: str) -> None:
        await hand.step(state, self._day(hand))
        self._reach(hand, state)

    def _reach(self, hand: Hand, state: str) -> None:
        self.states[hand.number].append(state)
        self.reached[state] += 1

    def _state(self, hand: Hand) -> str:
        return self.states[hand.number][-1]

    def _any(self) -> Hand:
        """One of the latest agreements, mostly one that is not over: those before rest."""
        latest = self.hands[-5:]
        live = [each for each in latest if self._state(each) not in rules.OVER]
        if not latest:
            raise NotFound("Nothing is entered yet.")
        return self.random.choice(live if live and self.random.random() < 0.95 else latest)

    def _day(self, hand: Hand) -> date:
        """The day of an agreement's next event: its days go on, and now and then one is told that lies before."""
        day = min(self.days.get(hand.number, BEGUN) + timedelta(days=self.random.choice((0, 0, 1, 7, 25))), TODAY)
        self.days[hand.number] = day
        return day - timedelta(days=40) if self.random.random() < 0.05 else day

    async def _amendment(self, state: str) -> tuple[Hand, int]:
        async with self.db.read() as session:
            rows = (
                await session.execute(
                    select(AgreementAmendment.id, AgreementAmendment.agreement_id)
                    .where(AgreementAmendment.state == state)
                    .order_by(AgreementAmendment.id.desc())
                    .limit(5)
                )
            ).all()
        if not rows:
            raise NotFound("No amendment is open.")
        row = self.random.choice(rows)
        return next(each for each in self.hands if each.number == row.agreement_id), row.id
