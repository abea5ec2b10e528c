"""A random walk over agreements leaves no state without its trail, no clock lost, and no step outside of the table."""

import pytest

from pipir.store.doors import Database
from tests.features.agreements.walk import Walk

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
