"""A random walk over projects leaves no state without its trail, and takes no step that the tables lack."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pipir.features.projects import rules
from pipir.features.projects.rules import risks
from pipir.kernel.errors import Refused
from pipir.store.doors import Database
from tests.features.projects.walk import Walk
from tests.makers import TODAY

STEPS_IN_SUITE = 150


@pytest.mark.parametrize("seed", [1253, 2453])
async def test_a_random_walk_leaves_no_state_without_its_trail(db: Database, seed: int) -> None:
    """scripts/prove projects walks ten thousand steps; this is a short one."""
    walk = await Walk.begin(db, seed)
    for number in range(STEPS_IN_SUITE):
        await walk.step()
        if number % 10 == 9:
            await walk.check()
    assert sum(walk.done.values()) > 50


class Rules(RuleBasedStateMachine):
    """A project and a risk of it as the pure rules keep them: each status only from one that may lead to it."""

    def __init__(self) -> None:
        super().__init__()
        self.status: rules.Status = "exploratory"
        self.ended = False
        self.risk = risks.Judged(3, 3, "open", TODAY.replace(year=2090))
        self.was: list[tuple[str, str]] = []

    @rule(wanted=st.sampled_from(tuple(rules.STEPS)))
    def moves(self, wanted: rules.Status) -> None:
        try:
            rules.may_change("P-0001", TODAY if self.ended else None)
            rules.may_step(self.status, wanted)
        except Refused:
            return
        self.was.append((self.status, wanted))
        self.status = wanted

    @rule()
    def ends(self) -> None:
        try:
            rules.may_end(self.status, TODAY, TODAY)
        except Refused:
            return
        self.ended = True

    @rule(status=st.sampled_from(risks.RISK_STATUSES), likelihood=st.integers(1, 5), impact=st.integers(1, 5))
    def judges(self, status: risks.RiskStatus, likelihood: int, impact: int) -> None:
        after = risks.Judged(likelihood, impact, status, self.risk.review_on)
        try:
            risks.may_judge(self.risk, after, TODAY)
        except Refused:
            return
        assert after != self.risk
        assert status == self.risk.status or status in risks.RISK_STEPS[self.risk.status]
        self.risk = after

    @invariant()
    def every_step_stands_in_the_table(self) -> None:
        assert all(became in rules.STEPS[status] for status, became in self.was)  # type: ignore[index]

    @invariant()
    def only_what_is_closed_has_ended(self) -> None:
        assert not self.ended or self.status in rules.CLOSED


Rules.TestCase.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestRules = Rules.TestCase
