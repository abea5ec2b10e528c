"""A random walk over agreements leaves no state without its trail, no clock lost, and no step outside of the table."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pipir.features.agreements import rules
from pipir.kernel.errors import Refused
from pipir.statute.load import the_statute
from pipir.store.doors import Database
from tests.features.agreements.makers import BEGUN
from tests.features.agreements.walk import Walk

LAW = the_statute()

STEPS_IN_SUITE = 120


@pytest.mark.parametrize("seed", [1253, 2453])
async def test_a_random_walk_keeps_states_steps_and_clocks(db: Database, seed: int) -> None:
    """scripts/prove agreements walks ten thousand steps; this is a short one."""
    walk = await Walk.begin(db, seed)
    for number in range(STEPS_IN_SUITE):
        await walk.step()
        if number % 15 == 14:
            await walk.check()
    assert sum(walk.done.values()) > 30
    assert walk.reached["text agreed"] > 0


class Rules(RuleBasedStateMachine):
    """An agreement under 2767 as the pure rules keep it: texts, receipts, steps of the table, and its clocks."""

    def __init__(self) -> None:
        super().__init__()
        self.facts = rules.Facts(
            state="drafting",
            authority=rules.COOPERATIVE_PROJECT,
            character="international agreement",
            items=tuple(each.slug for each in LAW.certification_items),
            parties=(rules.Party(1, "Japan", "major non-NATO ally"),),
            papers=(rules.Paper("prior consultation", BEGUN),),
        )
        self.today = BEGUN

    def change(self, **said: Any) -> None:
        self.facts = msgspec.structs.replace(self.facts, **said)

    @rule(days=st.integers(0, 20))
    def waits(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(state=st.sampled_from(["negotiating authority", "negotiating", "text agreed", "coordination", "certified"]))
    def steps(self, state: rules.State) -> None:
        before = self.facts.state
        try:
            rules.may_step(before, state, expires_on=None, on=self.today)
            if state == "certified":
                rules.check(rules.before_certified(self.facts, LAW))
        except Refused:
            return
        assert state in rules.STEPS[before]
        self.change(state=state)
        if state == "text agreed":
            self.change(text_no=self.facts.text_no + 1, text_agreed_on=self.today)

    @rule(place=st.integers(0, 2), days=st.integers(0, 9))
    def sends_and_receives(self, place: int, days: int) -> None:
        slug, _ = rules.addressees(LAW, "certification")[place]
        try:
            rules.may_send("certification", self.facts, slug, self.today, LAW, self.today)
        except Refused:
            return
        notice = rules.Notice("certification", self.facts.text_no, slug, self.today, self.today + timedelta(days=days))
        self.today += timedelta(days=days)
        self.change(notices=(*self.facts.notices, notice))

    @precondition(lambda self: self.facts.signed_on is None)
    @rule()
    def signs(self) -> None:
        try:
            rules.may_step(self.facts.state, "signed", expires_on=None, on=self.today)
            rules.check(rules.before_signature(self.facts, LAW, self.today, state_concurs=True))
        except Refused:
            return
        received = [each.received_on for each in self.facts.told("certification").values()]
        assert len(received) == 3
        assert all(each is not None and self.today > each + timedelta(days=30) for each in received)
        self.change(state="signed", signed_on=self.today)

    @invariant()
    def every_clock_that_the_events_demand_is_there(self) -> None:
        found = {each.slug: each for each in rules.clocks(self.facts, LAW, self.today)}
        assert list(found) == [*(each.slug for each in LAW.clocks), rules.EXPIRY]
        received = [each.received_on for each in self.facts.told("certification").values()]
        fixed = self.facts.state in (*rules.FIXED_TEXT, "signed")
        if fixed and len(received) == 3:
            assert found["certification"].ends_on == max(each for each in received if each) + timedelta(days=30)
        else:
            assert found["certification"].ends_on is None
        assert (found["transmittal"].ends_on is None) == (self.facts.signed_on is None)


Rules.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestRules = Rules.TestCase
