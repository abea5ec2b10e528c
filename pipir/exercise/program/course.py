"""The program as planned, who enters it, and the numbers of what is in the record so far."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, Final, NamedTuple

from sqlalchemy import select

from pipir.exercise.days import close_of, week_of
from pipir.exercise.meetings import plan_meetings
from pipir.exercise.money import PlannedLedger, Step, plan_ledger
from pipir.exercise.projects import PARTNERS, plan_projects
from pipir.features.duties.tables import Duty
from pipir.features.groups.tables import ActionItem, Meeting, WorkingGroup
from pipir.features.ledger.rules import COUNTERS
from pipir.features.ledger.tables import FundingDocument, LedgerEntry, TreasuryAccount
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office, Person
from pipir.features.projects.tables import Milestone, Project, ProjectResult, ProjectRisk
from pipir.store.base import Record
from pipir.store.doors import Database, WriteSession

Progress = Callable[[int, int, str], Awaitable[None]]
Act = Callable[[WriteSession], Awaitable[None]]
PRIME: Final = "OUSD(A&S)"

# Who enters what; in a week the offices enter in this order, so that each finds what it builds on.
ROLES: Final = ("liaison", "office", "second", "comptroller", "writer")
PERSONS: Final = {
    "liaison": "Jordan Exercise",
    "office": "Robin Exercise",
    # The second person, who verifies what the first has reported done.
    "second": "Quinn Exercise",
    "comptroller": "Casey Exercise",
    "writer": "Morgan Exercise",
}


class Item(NamedTuple):
    """One write of the program: its command in the trail, its week, and what does it."""

    command: str
    week: date
    run: Callable[["Item"], Awaitable[None]]


class Program:
    """The program as planned, and the numbers of what is entered so far."""

    def __init__(self, db: Database, begin: str, count: int, entries: int, seed: int) -> None:
        self.db = db
        self.begin = begin
        # No secret is drawn from it: the same seed gives the same program everywhere.
        rng = Random(seed)  # noqa: S311
        self.projects = plan_projects(rng, count)
        self.money: PlannedLedger = plan_ledger(rng, self.projects, entries)
        self.months = _by_month(self.money.steps)
        self.meetings = plan_meetings(rng, tuple(PARTNERS))
        self.acts: list[tuple[date, int, date, int, Act]] = []
        # Numbers of what is entered, by what the plan knows it by.
        self.people: dict[str, int] = {}
        self.offices: dict[str, int] = {}
        self.countries: dict[str, int] = {}
        self.groups: dict[str, int] = {}
        self.project_ids: dict[str, int] = {}
        self.milestones: dict[tuple[int, str], int] = {}
        self.risks: dict[tuple[str, str], int] = {}
        self.results: dict[str, int] = {}
        self.meeting_ids: dict[tuple[str, date], int] = {}
        self.actions: dict[tuple[int, str], int] = {}
        self.accounts: dict[str, int] = {}
        self.documents: dict[str, int] = {}
        self.duties: dict[str, int] = {}
        # The entries that later ones name, by thread and place.
        self.entries: dict[tuple[int, int], int] = {}
        self.named = {
            (step.chain, step.names) for step in self.money.steps if step.names >= 0 or step.kind == "reversal"
        } | {(step.chain - 1, 0) for step in self.money.steps if step.kind in COUNTERS}

    def at(self, day: date, role: str, act: Act, *, week: date | None = None) -> None:
        self.acts.append((week or week_of(day), ROLES.index(role), day, len(self.acts), act))

    def write(self, item: Item, role: str) -> Any:
        return self.db.write(
            actor=self.people[PERSONS[role]],
            command=item.command,
            exercise=True,
            exercise_now=close_of(item.week),
        )

    async def find(self) -> None:
        """The numbers of what is in the record: of the public record, and of weeks entered before an interruption."""
        async with self.db.read() as session:

            async def pairs(*columns: Any, where: Any = None) -> Any:
                query = select(*columns)
                return (await session.execute(query if where is None else query.where(where))).all()

            self.people = {row[0]: row[1] for row in await pairs(Person.name, Person.id)}
            self.offices = {row[0]: row[1] for row in await pairs(Office.symbol, Office.id)}
            self.countries = {row[0]: row[1] for row in await pairs(Participant.code, Participant.id)}
            self.groups = {row[0]: row[1] for row in await pairs(WorkingGroup.name, WorkingGroup.id)}
            self.project_ids = {row[0]: row[1] for row in await pairs(Project.name, Project.id)}
            self.milestones = {
                (row[0], row[1]): row[2]
                for row in await pairs(Milestone.project_id, Milestone.name, Milestone.id, where=Milestone.exercise)
            }
            names = {number: name for name, number in self.project_ids.items()}
            self.results = {
                names[row[0]]: row[1]
                for row in await pairs(ProjectResult.project_id, ProjectResult.id, where=ProjectResult.exercise)
            }
            self.risks = {
                (names[row[0]], row[1]): row[2]
                for row in await pairs(
                    ProjectRisk.project_id, ProjectRisk.title, ProjectRisk.id, where=ProjectRisk.exercise
                )
            }
            self.meeting_ids = {
                (row[0], row[1]): row[2]
                for row in await pairs(Meeting.name, Meeting.starts_on, Meeting.id, where=Meeting.exercise)
            }
            self.actions = {
                (row[0], row[1]): row[2]
                for row in await pairs(
                    ActionItem.meeting_id, ActionItem.title, ActionItem.id, where=ActionItem.exercise
                )
            }
            self.accounts = {row[0]: row[1] for row in await pairs(TreasuryAccount.symbol, TreasuryAccount.id)}
            self.documents = {row[0]: row[1] for row in await pairs(FundingDocument.number, FundingDocument.id)}
            self.duties = {row[0]: row[1] for row in await pairs(Duty.slug, Duty.id)}
            posted = await session.scalars(
                select(LedgerEntry.id)
                .where(
                    LedgerEntry.exercise,
                    # What a document came with is entered with the document.
                    ~LedgerEntry.kind.startswith("authority"),
                    LedgerEntry.kind != "reimbursable order",
                )
                .order_by(LedgerEntry.id)
            )
            # Entries are posted in the plan's order, so their numbers follow it.
            planned = (step for steps in self.months.values() for step in steps)
            named = (step for step in planned if not step.kind.startswith("authority"))
            for step, number in zip(named, posted, strict=False):
                self.keep(step, number)

    def keep(self, step: Step, number: int) -> None:
        if (step.chain, step.place) in self.named:
            self.entries[step.chain, step.place] = number


async def version_of(session: WriteSession, table: type[Record], number: int) -> int:
    """The version that a person would have read before the change."""
    return int(await session.scalar(select(table.version).where(table.id == number)) or 0)


def _by_month(steps: Sequence[Step]) -> dict[date, list[Step]]:
    """The entries by the week in which their month is posted, in the order of posting: exceptions last."""
    months: defaultdict[date, list[Step]] = defaultdict(list)
    for step in steps:
        months[week_of(_end_of_month(date.fromordinal(step.day)))].append(step)
    return {week: sorted(months[week], key=lambda step: step.flag is not None) for week in sorted(months)}


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
