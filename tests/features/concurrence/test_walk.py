"""A random walk over participants and coordination leaves no state without its trail, and miscounts no answer."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pipir.features.concurrence import rules
from pipir.store.doors import Database
from tests.features.concurrence.walk import Walk
from tests.makers import TODAY

STEPS_IN_SUITE = 120


@pytest.mark.parametrize("seed", [1253, 2453])
async def test_a_random_walk_counts_only_answers_to_the_value_in_force(db: Database, seed: int) -> None:
    """scripts/prove coordination walks ten thousand steps; this is a short one."""
    walk = await Walk.begin(db, seed)
    for number in range(STEPS_IN_SUITE):
        await walk.step()
        if number % 10 == 9:
            await walk.check()
    assert sum(walk.done.values()) > 40


class Rules(RuleBasedStateMachine):
    """A request as the pure rules keep it: rounds, answers by value, states that follow each other."""

    def __init__(self) -> None:
        super().__init__()
        self.state: rules.State = "open"
        self.value = 0
        self.asked = (rules.Asked("STATE", "concur"), rules.Asked("GC", "coordinate"), rules.Asked("LA", "be-notified"))
        self.given: dict[str, tuple[rules.AnswerKind, int]] = {}
        self.former: list[tuple[rules.State, dict[str, tuple[rules.AnswerKind, int]]]] = []
        self.decided: rules.DecisionKind | None = None

    def facts(self) -> tuple[rules.Asked, ...]:
        def answer(office: str) -> rules.AnswerKind | None:
            given = self.given.get(office)
            return given[0] if given and given[1] == self.value else None

        return tuple(
            rules.Asked(each.office, each.role, answer(each.office), self.decided if each.office == "GC" else None)
            for each in self.asked
        )

    def go(self, state: rules.State) -> None:
        rules.may_step(self.state, state, title="Proposal")
        self.state = state

    @precondition(lambda self: self.state == "open")
    @rule(office=st.sampled_from(["STATE", "GC"]), answer=st.sampled_from(rules.ANSWERS[:-1]))
    def answers(self, office: str, answer: rules.AnswerKind) -> None:
        self.given[office] = (answer, self.value)
        self.decided = None if office == "GC" else self.decided
        settled = rules.settles(self.facts(), due_on=TODAY, today=TODAY)
        if settled is not None:
            self.go(settled)

    @precondition(lambda self: self.state in ("open", "sent back"))
    @rule()
    def revises(self) -> None:
        self.value, self.decided, self.former = self.value + 1, None, []
        if self.state != "open":
            self.go("open")

    @precondition(lambda self: self.state in rules.SETTLED)
    @rule()
    def reopens(self) -> None:
        self.former.append((self.state, self.given))
        self.given, self.decided = {}, None
        self.go("open")

    @precondition(lambda self: self.state == "open" and self.former and not self.given)
    @rule()
    def undoes(self) -> None:
        state, self.given = self.former.pop()
        rules.may_undo(self.state, reopened=True, touched=False)
        self.decided = "proceed" if state == "agreed" else "do not proceed"
        self.go(state)

    @precondition(lambda self: self.state == "open" and self.given.get("GC", ("", -1)) == ("non-concur", self.value))
    @rule(decision=st.sampled_from(rules.DECISIONS))
    def decides(self, decision: rules.DecisionKind) -> None:
        self.decided = decision
        if decision == "change":
            self.go("sent back")
            return
        settled = rules.settles(self.facts(), due_on=TODAY, today=TODAY)
        if settled is not None:
            self.go(settled)

    @invariant()
    def agreed_is_agreed_by_the_office_that_concurs_and_to_this_value(self) -> None:
        if self.state == "agreed":
            answer, value = self.given["STATE"]
            assert answer.startswith("concur")
            assert value == self.value

    @invariant()
    def what_blocks_is_named(self) -> None:
        found = rules.outcome(self.facts(), due_on=TODAY, today=TODAY)
        assert found.allowed == (not found.missing)
        assert "LA" not in found.missing


Rules.TestCase.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestRules = Rules.TestCase
