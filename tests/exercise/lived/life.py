"""One life of the program: its persons, the owner's hand on the clock, the agenda, and what was seen on the way."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, select

from pipir.exercise.program.course import version_of
from pipir.features.duties import queries as duties
from pipir.features.home import queries as home
from pipir.features.notices import rules as notices
from pipir.features.notices.queries import subscribers
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.features.trail.tables import TrailRow
from pipir.kernel.access import PERMISSIONS, Role
from pipir.kernel.calendar import washington_day
from pipir.kernel.command import Command
from pipir.kernel.errors import Problem
from pipir.kernel.marking import Reader
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.store.base import Record
from pipir.store.doors import Database
from pipir.store.migrate import Clock, clock_of, move_clock
from tests.rehearsals import noon

ENACTED, END = date(2025, 12, 18), date(2031, 3, 3)
US = Reader(kind="us-government")
PRIME, MONEY, LEGISLATIVE, STATE = "LIFE PRIME", "LIFE MONEY", "LIFE LEGISLATIVE", "LIFE STATE"
OFFICES: dict[str, tuple[str, people.Department]] = {
    PRIME: ("Office that leads the program (rehearsal)", "Department of Defense"),
    MONEY: ("Office of the comptroller (rehearsal)", "Department of Defense"),
    LEGISLATIVE: ("Office for legislative affairs (rehearsal)", "Department of Defense"),
    STATE: ("Bureau that coordinates (rehearsal)", "Department of State"),
}
PERSONS: dict[str, tuple[str, Role]] = {
    "office": (PRIME, "program-office"),
    "second": (PRIME, "program-office"),
    "liaison": (STATE, "state-liaison"),
    "comptroller": (MONEY, "comptroller"),
    "writer": (LEGISLATIVE, "report-writer"),
}
Act = Callable[[], Awaitable[None]]


class Refusal(NamedTuple):
    """An act that a rule refused: its command, what the termination does to that, what was cited, and when."""

    command: str
    sunset: str
    citation: str
    at: datetime


Of = tuple[type[Record], int]


class Life:
    """The program as it is lived: acts stand on the agenda, each is done on its day, through its command."""

    def __init__(self, db: Database, owner_url: str, say: Callable[[str], None] = lambda _: None) -> None:
        self.db, self.owner_url, self.say = db, owner_url, say
        self.now = noon(ENACTED)
        self.offices: dict[str, int] = {}
        self.people: dict[str, int] = {}
        # Numbers of what was entered, by a name of ours.
        self.numbers: dict[str, int] = {}
        self.done: Counter[str] = Counter()
        self.refused: list[Refusal] = []
        # The reminders on which each duty was seen waiting for its office, in days before its day.
        self.rungs: defaultdict[str, set[int]] = defaultdict(set)
        self.looks = 0
        # What is wrong with each signed edition that was made, by its year.
        self.editions: dict[int, list[str]] = {}
        self._agenda: list[tuple[datetime, int, int, Act]] = []
        self._places = 0

    @property
    def today(self) -> date:
        """The program's day."""
        return washington_day(self.now)

    def at(self, when: date | datetime, act: Act, *, first: bool = False) -> None:
        """Put an act on the agenda: at noon of a day, or at an instant; `first` before the other acts of it."""
        instant = when if isinstance(when, datetime) else noon(when)
        assert instant >= self.now, f"{when} lies behind {self.today}"
        self._places += 1
        heapq.heappush(self._agenda, (instant, 0 if first else 1, self._places, act))

    def remind(self, due_on: date) -> None:
        """Look on every reminder of what is due on a day, as far as it lies ahead."""
        for before in notices.ladder(the_statute(), self.today).before:
            day = due_on - timedelta(days=before)
            if day >= self.today:
                self.at(day, self.look, first=True)

    async def begin(self, *, whole: bool) -> None:
        """Enter the offices and persons on the day of the enactment, and plan when to look at the duties."""
        self.now = await clock_of(self.owner_url)
        async with self.db.write(actor=SERVICE, command="lived.begin") as session:
            for symbol, (name, department) in OFFICES.items():
                opened = people.OpenOffice(symbol=symbol, name=name, department=department, since=ENACTED)
                self.offices[symbol] = await people.open_office(session, opened)
            for who, (office, role) in PERSONS.items():
                added = people.AddPerson(
                    name=f"The {who} of this rehearsal",
                    title="Rehearses",
                    office_id=self.offices[office],
                    since=ENACTED,
                    roles=[role],
                )
                self.people[who] = await people.add_person(session, added)
        for each in lookup.deadlines(the_statute()):
            if each.kind != "termination":
                self.remind(each.statutory_day)
        if whole:
            for day in range(ENACTED.toordinal() + 4, END.toordinal(), 7):
                self.at(date.fromordinal(day), self.look)

    async def run(self) -> None:
        """Live from event to event: the owner moves the clock to each, and it stands still there."""
        year = 0
        while self._agenda:
            instant, _, _, act = heapq.heappop(self._agenda)
            if instant > self.now:
                await move_clock(self.owner_url, Clock(instant, frozen=True))
                self.now = instant
            if self.today.year != year:
                year = self.today.year
                self.say(f"{year} ...")
            await act()

    async def do(self, who: str, command: Command[..., Any], body: Any, *, of: Of | None = None) -> Any:
        """Run a command as a person whose role holds its permission, on the version that stands there."""
        assert command.permission in PERMISSIONS[PERSONS[who][1]], f"{who} does not hold {command.permission}"
        async with self.db.write(actor=self.people[who], command=command.name) as session:
            named: dict[str, int] = {}
            if command.versioned:
                assert of is not None
                named["version"] = await version_of(session, *of)
            target = () if of is None else (of[1],)
            try:
                made = await command(session, *target, body, **named)
            except Problem as problem:
                problem.add_note(f"{self.today}: {command.name}, {body}, {problem.mistakes}")
                raise
        self.done[command.name] += 1
        return made

    async def refuse(
        self, who: str, command: Command[..., Any], body: Any, *, of: Of | None = None, citing: str
    ) -> None:
        """Try what a rule forbids: it is refused with its citation, and nothing at all is stored."""
        before = await self._last_change()
        with pytest.raises(Problem) as refused:
            await self.do(who, command, body, of=of)
        assert citing in refused.value.citation, (command.name, refused.value.detail, refused.value.citation)
        self.refused.append(Refusal(command.name, command.sunset, refused.value.citation, self.now))
        assert await self._last_change() == before

    async def look(self) -> None:
        """Look at every duty: on its day in the list and in the calendar, and waiting for its office by its ladder."""
        async with self.db.read() as session:
            today = session.today
            views = await duties.all_duties(session)
            persons = await subscribers(session)
            entries = {each.dated.slug: each for each in await home.entries(session, US)}
        items = tuple(each.dated for each in entries.values() if each.open)
        told = {
            (person.id, each.item.slug): each.rung
            for person in persons
            for each in home.waiting_for(person, items, today)
        }
        steps = notices.ladder(the_statute(), today).before
        self.looks += 1
        for view in views:
            slug = f"duty-{view.slug}"
            assert entries[slug].dated.due_on == view.statutory_day, (today, slug)
            left = (view.statutory_day - today).days
            owed = view.open and view.kind != "termination" and left <= max(steps)
            holders = {
                person.id
                for person in persons
                if (
                    person.office_id == view.owner_office_id
                    if view.owner_office_id is not None
                    else "program-office" in person.roles
                )
            }
            assert holders, (today, slug)
            assert {who for who, what in told if what == slug} == (holders if owed else set()), (today, slug)
            if owed and left in steps:
                rungs = {rung for (_, what), rung in told.items() if what == slug}
                assert {(rung.on, rung.before) for rung in rungs} == {(today, left)}, (today, slug)
                self.rungs[view.slug].add(left)

    async def _last_change(self) -> int:
        async with self.db.read() as session:
            return await session.scalar(select(func.max(TrailRow.id))) or 0
