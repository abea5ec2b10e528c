"""The exercise program: two and a half years of invented work and money, entered week by week through the commands.

Everything is planned from the seed alone, then entered in the order of its days; each write is one office's week. A
program that was interrupted goes on where it stopped, since the trail says which weeks are entered.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from pipir.exercise.days import START, TODAY
from pipir.exercise.people import enter_people
from pipir.exercise.program.agenda import BEGIN, COMMAND, FINISH, enter
from pipir.exercise.program.course import Program, Progress
from pipir.features.report.tables import Report
from pipir.features.trail.tables import TrailRow
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.store.doors import Database

__all__ = [
    "START",
    "enter_program",
]


PROJECTS: Final = range(1, 2_001)
ENTRIES: Final = range(100, 2_000_001)


async def enter_program(
    db: Database,
    *,
    projects: int = 60,
    entries: int = 50_000,
    seed: int = 1253,
    progress: Progress | None = None,
) -> None:
    """Enter the exercise program; with the same sizes a second time nothing changes, with others Refused."""
    _check_sizes(projects, entries)
    begin = f"{BEGIN}-{projects}-{entries}-{seed}"
    async with db.read() as session:
        entered = set(
            await session.scalars(select(TrailRow.command).where(TrailRow.command.startswith(COMMAND)).distinct())
        )
        now = session.now
        frozen = await session.scalar(select(func.count()).where(Report.state.not_in(("tasked", "draft"))))
    for other in sorted(entered):
        if other.startswith(BEGIN) and other != begin:
            had = other.split("-")
            raise Refused(
                f"This installation holds the exercise program of {int(had[1]):,} projects and {int(had[2]):,} entries "
                f"(seed {had[3]}), and takes no second one.",
                way_out="Make another installation, with another PIPIR_HOME, for other sizes.",
            )
    if frozen and begin not in entered:
        raise Refused(
            "A report of this installation is frozen or signed already; the exercise program signs its own.",
            way_out="Enter the exercise program into another installation, with another PIPIR_HOME.",
        )
    say = progress or _silent
    if FINISH in entered:
        await say(1, 1, "The exercise program is in the record already; nothing was changed")
        return
    await enter_people(db)
    await enter(Program(db, begin, projects, entries, seed), entered, say)
    if now < START - timedelta(days=1):
        await say(1, 1, f"The installation keeps its own clock, which stands before the program's day, {TODAY}")


async def _silent(done: int, total: int, message: str) -> None:
    """Say nothing."""


def _check_sizes(count: int, entries: int) -> None:
    mistakes = []
    if count not in PROJECTS:
        mistakes.append(Mistake("projects", f"Expected {PROJECTS[0]:,} to {PROJECTS[-1]:,}.", str(count)))
    if entries not in ENTRIES:
        mistakes.append(Mistake("entries", f"Expected {ENTRIES[0]:,} to {ENTRIES[-1]:,}.", str(entries)))
    if mistakes:
        raise Invalid("The exercise program cannot be made in this size.", mistakes=tuple(mistakes))
