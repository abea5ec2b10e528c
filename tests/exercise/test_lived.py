"""The program lived through from December 2025 to March 2031; scripts/proofs/lived.py does it at full size."""

from tests.exercise.lived import live
from tests.rehearsals import Rehearsal


async def test_the_program_lives_through_its_law(rehearsal: Rehearsal) -> None:
    """Sec. 1253(a) to (g): each duty in time or stated late, five reports, and nothing new on the section after it."""
    claims = await live(rehearsal.db, rehearsal.owner_url, projects=4, whole=False)
    assert len(claims) == 21
    assert [each for each in claims if not each.holds] == []
