"""The program lived through from enactment to March 2031, with the product's own commands, on a rehearsal's clock."""

from collections.abc import Callable

from pipir.store.doors import Database
from tests.exercise.lived.after import plan_after
from tests.exercise.lived.life import Life
from tests.exercise.lived.money import plan_money
from tests.exercise.lived.office import plan_office
from tests.exercise.lived.partners import plan_partners
from tests.exercise.lived.record import Claim, judge
from tests.exercise.lived.reports import YEARS, plan_reports
from tests.exercise.lived.work import plan_work

__all__ = ["Claim", "live"]


async def live(
    db: Database, owner_url: str, *, projects: int, whole: bool, say: Callable[[str], None] = lambda _: None
) -> tuple[Claim, ...]:
    """Live the program through on a rehearsal that stands at the enactment, and judge what the record then says.

    `whole`: money of every quarter; each duty looked at every week beside the days of its reminders; one report that
    goes back to its writers, and the signed edition of each, not of the last alone.
    """
    life = Life(db, owner_url, say)
    await life.begin(whole=whole)
    plan_office(life)
    plan_work(life, projects)
    plan_partners(life)
    plan_money(life, projects, whole=whole)
    plan_reports(life, whole=whole)
    plan_after(life)
    await life.run()
    return await judge(life, editions=len(YEARS) if whole else 1)
