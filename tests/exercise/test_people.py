"""The exercise's offices and people: entered where they are missing, and each once."""

from collections import Counter

from sqlalchemy import func, select, text

from pipir.exercise.people import OFFICES, PERSONS, enter_people
from pipir.features.people.tables import Office, Person
from pipir.features.trail.tables import TrailRow
from pipir.kernel.access import PERMISSIONS
from pipir.store.doors import Database


async def _rows(db: Database) -> tuple[int, ...]:
    async with db.read() as session:
        return tuple(
            [await session.scalar(select(func.count()).select_from(each)) for each in (Office, Person, TrailRow)]
        )


async def test_they_are_entered_once(db: Database) -> None:
    """Every command that opens an installation asks for them."""
    before = await _rows(db)
    assert await enter_people(db) == len(PERSONS)
    after = await _rows(db)
    assert (after[0] - before[0], after[1] - before[1]) == (len(OFFICES), len(PERSONS))
    assert await enter_people(db) == 0
    assert await _rows(db) == after


async def test_those_that_an_interrupted_setup_left_out_are_entered(db: Database) -> None:
    """An office without its people is no reason to stop."""
    await enter_people(db)
    async with db.write(actor=1, command="test", exercise=True) as session:
        await session.execute(text("update person set name = 'Somebody else' where name = 'Casey Exercise'"))
    assert await enter_people(db) == 1


def test_nobody_of_the_exercise_is_left_alone_with_what_two_persons_do() -> None:
    """A comptroller's own answer about a dormant obligation, and an administrator's amendment, need another one."""
    roles = Counter(role for *_, role in PERSONS)
    for permission in ("ledger.reconcile", "law.amend"):
        assert sum(roles[role] for role, held in PERMISSIONS.items() if permission in held) > 1, permission
