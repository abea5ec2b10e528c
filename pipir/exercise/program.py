"""The exercise program: two and a half years of invented work and money, entered week by week through the commands.

Everything is planned from the seed alone, then entered in the order of its days; each write is one office's week. A
program that was interrupted goes on where it stopped, since the trail says which weeks are entered.
"""

import asyncio
import gc
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from itertools import groupby
from random import Random
from typing import Any, Final, NamedTuple

from sqlalchemy import select

from pipir import build
from pipir.exercise import words
from pipir.exercise.days import FIRST, START, TODAY, close_of, week_of
from pipir.exercise.meetings import WORKING_GROUPS, WORKSTREAMS, PlannedAction, PlannedMeeting, plan_meetings
from pipir.exercise.money import ACCOUNTS, PlannedDocument, PlannedLedger, Step, plan_ledger
from pipir.exercise.people import enter_people
from pipir.exercise.projects import PARTNERS, PlannedProject, plan_projects
from pipir.features.duties import commands as duties
from pipir.features.duties.tables import Duty
from pipir.features.groups import commands as groups
from pipir.features.groups.tables import ActionItem, Meeting, WorkingGroup
from pipir.features.ledger import commands as ledger
from pipir.features.ledger.commands import Posting
from pipir.features.ledger.rules import from_cents
from pipir.features.ledger.tables import FundingDocument, LedgerEntry, TreasuryAccount
from pipir.features.participants import commands as participants
from pipir.features.participants.rules import Region, Standing
from pipir.features.participants.tables import Participant
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE, Office, Person
from pipir.features.projects import commands as projects
from pipir.features.projects.tables import Milestone, Project
from pipir.features.report import commands as report
from pipir.features.report import queries
from pipir.features.report.compose.snapshot import canonical, digest
from pipir.features.report.rules import DELEGATE, SECRETARY
from pipir.features.report.tables import Report, ReportBuild, ReportSection
from pipir.features.trail.tables import TrailRow
from pipir.kernel.calendar import quarter_label
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.ids import ActionItemId, DutyId, MeetingId, MilestoneId, ParticipantId, ProjectId, ReportId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.statute.load import the_statute
from pipir.statute.lookup import notice_due
from pipir.store.base import Record
from pipir.store.doors import Database, WriteSession

__all__ = ["START", "enter_program"]

Progress = Callable[[int, int, str], Awaitable[None]]
Act = Callable[[WriteSession], Awaitable[None]]

PROJECTS: Final = range(1, 2_001)
ENTRIES: Final = range(100, 2_000_001)
# The commands under which the trail knows the program's writes; the first one carries its sizes.
_COMMAND: Final = "exercise."
_BEGIN: Final = "exercise.begin"
_FINISH: Final = "exercise.finish"
# At most so many entries in one statement: memory stays bounded at any size.
_CHUNK: Final = 25_000
_PRIME: Final = "OUSD(A&S)"

# Who enters what; in a week the offices enter in this order, so that each finds what it builds on.
_ROLES: Final = ("liaison", "office", "second", "comptroller", "writer")
_PERSONS: Final = {
    "liaison": "Jordan Exercise",
    "office": "Robin Exercise",
    # The second person, who verifies what the first has reported done.
    "second": "Quinn Exercise",
    "comptroller": "Casey Exercise",
    "writer": "Morgan Exercise",
}

# The countries of the public record; entered here, with the exercise mark, only where that record was not loaded.
_RECORD: Final[tuple[tuple[str, str, Region], ...]] = (
    ("United States", "USA", "Western Hemisphere"),
    ("Australia", "AUS", "Indo-Pacific"),
    ("Japan", "JPN", "Indo-Pacific"),
    ("Republic of Korea", "KOR", "Indo-Pacific"),
    ("India", "IND", "Indo-Pacific"),
    ("Philippines", "PHL", "Indo-Pacific"),
    ("New Zealand", "NZL", "Indo-Pacific"),
    ("Thailand", "THA", "Indo-Pacific"),
    ("United Kingdom", "GBR", "Euro-Atlantic"),
)
_COURSE: Final[tuple[Standing, ...]] = (
    "under consideration",
    "coordination with State",
    "invited",
    "accepted",
    "participating",
)
# Invented standings of countries that the public record does not hold: between them every step of the process.
_INVENTED: Final[tuple[tuple[str, str, Region, tuple[Standing, ...]], ...]] = (
    ("Singapore", "SGP", "Indo-Pacific", _COURSE),
    ("Canada", "CAN", "Western Hemisphere", (*_COURSE, "suspended")),
    ("France", "FRA", "Euro-Atlantic", _COURSE[:4]),
    ("Germany", "DEU", "Euro-Atlantic", _COURSE[:3]),
    ("Italy", "ITA", "Euro-Atlantic", _COURSE[:2]),
    ("Netherlands", "NLD", "Euro-Atlantic", _COURSE[:1]),
    ("Norway", "NOR", "Euro-Atlantic", (*_COURSE[:3], "withdrawn")),
)


class _Duty(NamedTuple):
    """A dated duty: when it was taken up, and when and by what evidence it was done."""

    slug: str
    taken_up_on: date
    done_on: date | None
    evidence: str


_DESIGNATED_ON: Final = date(2026, 5, 29)
_NOTIFIED_ON: Final = date(2026, 6, 12)
_DUTIES: Final = (
    _Duty("designation", date(2026, 3, 2), _DESIGNATED_ON, "Memorandum of designation of 29 May 2026 (exercise)."),
    _Duty("briefing-2026", date(2026, 9, 8), date(2026, 11, 19), "Slides and list of those present (exercise)."),
    _Duty("report-2027", date(2026, 11, 2), date(2027, 2, 24), "Letters of transmittal to six committees (exercise)."),
    _Duty("briefing-2027", date(2027, 9, 7), date(2027, 11, 18), "Slides and list of those present (exercise)."),
    _Duty("report-2028", date(2027, 11, 1), date(2028, 2, 25), "Letters of transmittal to six committees (exercise)."),
    _Duty("briefing-2028", date(2028, 6, 1), None, ""),
)


class _Year(NamedTuple):
    """An annual report's course: opened and written, built and frozen, signed; each on the Friday of its week."""

    year: int
    written_on: date
    built_on: date
    signed_on: date
    labor: int
    expenses: int


_REPORTS: Final = (
    _Year(2027, date(2027, 1, 15), date(2027, 2, 5), date(2027, 2, 19), 61_400, 3_250),
    _Year(2028, date(2028, 1, 14), date(2028, 2, 4), date(2028, 2, 18), 54_900, 2_980),
)


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
    begin = f"{_BEGIN}-{projects}-{entries}-{seed}"
    async with db.read() as session:
        entered = set(
            await session.scalars(select(TrailRow.command).where(TrailRow.command.startswith(_COMMAND)).distinct())
        )
        now = session.now
    for other in sorted(entered):
        if other.startswith(_BEGIN) and other != begin:
            had = other.split("-")
            raise Refused(
                f"This installation holds the exercise program of {int(had[1]):,} projects and {int(had[2]):,} entries "
                f"(seed {had[3]}), and takes no second one.",
                way_out="Make another installation, with another PIPIR_HOME, for other sizes.",
            )
    say = progress or _silent
    if _FINISH in entered:
        await say(1, 1, "The exercise program is in the record already; nothing was changed")
        return
    await enter_people(db)
    await _Program(db, begin, projects, entries, seed).enter(entered, say)
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


class _Item(NamedTuple):
    """One write of the program: its command in the trail, its week, and what does it."""

    command: str
    week: date
    run: Callable[["_Item"], Awaitable[None]]


class _Program:
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
        self.meeting_ids: dict[tuple[str, date], int] = {}
        self.actions: dict[tuple[int, str], int] = {}
        self.accounts: dict[str, int] = {}
        self.documents: dict[str, int] = {}
        self.duties: dict[str, int] = {}
        # The entries that later ones name, by thread and place.
        self.entries: dict[tuple[int, int], int] = {}
        self.named = {
            (step.chain, step.names) for step in self.money.steps if step.names >= 0 or step.kind == "reversal"
        }

    async def enter(self, entered: set[str], say: Progress) -> None:
        """Enter every write that is not in the trail yet, in the order of the weeks."""
        await self._find()
        items = self._agenda()
        # The plan stays until the end: the collector need not walk through it again with every batch of entries.
        gc.freeze()
        try:
            await self._enter(items, entered, say)
        finally:
            gc.unfreeze()

    async def _enter(self, items: Sequence[_Item], entered: set[str], say: Progress) -> None:
        for done, item in enumerate(items):
            await say(done, len(items), quarter_label(item.week))
            if item.command not in entered:
                await item.run(item)
        await say(len(items), len(items), "The exercise program is in the record")

    # -- the order of things

    def _agenda(self) -> list[_Item]:
        self._plan_participants()
        self._plan_groups()
        for place, project in enumerate(self.projects):
            self._plan_project(place, project)
        for meeting in self.meetings:
            self._plan_meeting(meeting)
        self._plan_duties()
        self._plan_documents()
        self._plan_entries()
        self.acts.sort(key=lambda act: act[:4])
        items = [_Item(self.begin, week_of(FIRST), self._begin)]
        for (week, rank), acts in groupby(self.acts, key=lambda act: act[:2]):
            role = _ROLES[rank]
            items.append(_Item(f"{_COMMAND}{week}.{role}", week, self._block(role, [act[4] for act in acts])))
        for each in _REPORTS:
            name = f"{_COMMAND}report-{each.year}"
            items += [
                _Item(f"{name}.write", each.written_on, self._write_report(each)),
                _Item(f"{name}.build", each.built_on, self._build_report(each)),
                _Item(f"{name}.freeze", each.built_on, self._freeze_report(each)),
                _Item(f"{name}.sign", each.signed_on, self._sign_report(each)),
            ]
        # Stable: in a week the reports come after what the offices entered.
        items.sort(key=lambda item: item.week)
        return [*items, _Item(_FINISH, TODAY, self._finish)]

    def _at(self, day: date, role: str, act: Act, *, week: date | None = None) -> None:
        self.acts.append((week or week_of(day), _ROLES.index(role), day, len(self.acts), act))

    def _block(self, role: str, acts: Sequence[Act]) -> Callable[[_Item], Awaitable[None]]:
        async def run(item: _Item) -> None:
            async with self._write(item, role) as session:
                for act in acts:
                    await act(session)

        return run

    def _write(self, item: _Item, role: str) -> Any:
        return self.db.write(
            actor=self.people[_PERSONS[role]],
            command=item.command,
            exercise=True,
            exercise_now=close_of(item.week),
        )

    async def _begin(self, item: _Item) -> None:
        """The second person of the program office: nobody verifies their own work."""
        async with self.db.write(
            actor=SERVICE, command=item.command, exercise=True, exercise_now=close_of(item.week)
        ) as session:
            body = people.AddPerson(
                name=_PERSONS["second"],
                title="Deputy program officer",
                office_id=self.offices[_PRIME],
                since=FIRST,
                roles=["program-office"],
            )
            self.people[_PERSONS["second"]] = await people.add_person(session, body)

    async def _finish(self, item: _Item) -> None:
        """The meeting that lies ahead; once it stands the program is whole."""
        ahead = self.meetings[-1]
        async with self._write(item, "office") as session:
            await self._record_meeting(session, ahead)

    async def _find(self) -> None:
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
                .where(LedgerEntry.exercise, ~LedgerEntry.kind.startswith("authority"))
                .order_by(LedgerEntry.id)
            )
            # Entries are posted in the plan's order, so their numbers follow it.
            planned = (step for steps in self.months.values() for step in steps)
            named = (step for step in planned if not step.kind.startswith("authority"))
            for step, number in zip(named, posted, strict=False):
                self._keep(step, number)

    def _keep(self, step: Step, number: int) -> None:
        if (step.chain, step.place) in self.named:
            self.entries[step.chain, step.place] = number

    # -- participants

    def _plan_participants(self) -> None:
        for name, code, region in _RECORD:
            self._at(FIRST, "liaison", self._enter_record_country(name, code, region))
        for place, (name, code, region, course) in enumerate(_INVENTED):
            self._at(FIRST, "liaison", self._enter_country(name, code, region))
            day = date(2026, 1, 14) + timedelta(days=9 * place)
            for standing in course:
                self._at(day, "liaison", self._record_standing(code, standing, day))
                day += timedelta(days=56 + 7 * place)

    def _enter_record_country(self, name: str, code: str, region: Region) -> Act:
        async def act(session: WriteSession) -> None:
            if code in self.countries:
                return
            await self._enter_country(name, code, region)(session)
            statute = the_statute()
            if code in statute.provision("1253.d").countries:
                body = participants.RecordStanding("named in statute", FIRST, statute.citation("1253.d"))
                number = ParticipantId(self.countries[code])
                await participants.record_standing(session, number, body, version=1)

        return act

    def _enter_country(self, name: str, code: str, region: Region) -> Act:
        async def act(session: WriteSession) -> None:
            body = participants.EnterParticipant(name, code, region, marking="CUI")
            self.countries[code] = await participants.enter_participant(session, body)

        return act

    def _record_standing(self, code: str, standing: Standing, day: date) -> Act:
        async def act(session: WriteSession) -> None:
            number = ParticipantId(self.countries[code])
            body = participants.RecordStanding(standing, day, words.SOURCE)
            version = await _version(session, Participant, number)
            await participants.record_standing(session, number, body, version=version)

        return act

    # -- groups and meetings

    def _plan_groups(self) -> None:
        for name in WORKSTREAMS:
            self._at(FIRST, "office", self._establish(name, None, FIRST, None))
        for group in WORKING_GROUPS:
            self._at(
                group.established_on,
                "office",
                self._establish(group.name, group.charter, group.established_on, "1253.e.2"),
            )

    def _establish(self, name: str, charter: str | None, day: date, authority: str | None) -> Act:
        async def act(session: WriteSession) -> None:
            # The workstreams stand in the public record where it was loaded.
            if name not in self.groups:
                body = groups.EstablishGroup(
                    name=name,
                    kind="working group" if authority else "workstream",
                    established_on=day,
                    source=words.SOURCE,
                    charter=charter,
                    program_authority=authority,
                )
                self.groups[name] = await groups.establish_group(session, body)

        return act

    def _plan_meeting(self, meeting: PlannedMeeting) -> None:
        if meeting.starts_on > TODAY:
            return

        async def record(session: WriteSession) -> None:
            await self._record_meeting(session, meeting)

        async def cancel(session: WriteSession) -> None:
            number = MeetingId(self.meeting_ids[meeting.name, meeting.starts_on])
            assert meeting.cancelled_because is not None
            body = groups.CancelMeeting(meeting.cancelled_because)
            await groups.cancel_meeting(session, number, body, version=await _version(session, Meeting, number))

        if meeting.cancelled_because:
            self._at(meeting.starts_on - timedelta(days=28), "office", record)
            self._at(meeting.starts_on - timedelta(days=7), "office", cancel)
        else:
            self._at(meeting.ends_on, "office", record)
        for action in meeting.actions:
            self._plan_action(meeting, action)

    async def _record_meeting(self, session: WriteSession, meeting: PlannedMeeting) -> None:
        body = groups.RecordMeeting(
            name=meeting.name,
            place=meeting.place,
            starts_on=meeting.starts_on,
            ends_on=meeting.ends_on,
            source=words.SOURCE,
            group_id=self.groups[meeting.group] if meeting.group else None,
            outcome=meeting.outcome,
            marking=meeting.marking,
        )
        number = await groups.record_meeting(session, body)
        self.meeting_ids[meeting.name, meeting.starts_on] = number
        for action in meeting.actions:
            assigned = groups.AssignAction(
                title=action.title,
                due_on=action.due_on,
                owner_person_id=self.people[_PERSONS["office"]] if action.own else None,
                owner_text=None if action.own else f"Delegation of {action.owner} (exercise)",
            )
            self.actions[number, action.title] = await groups.assign_action(session, number, assigned)

    def _plan_action(self, meeting: PlannedMeeting, action: PlannedAction) -> None:
        def number() -> ActionItemId:
            return ActionItemId(self.actions[self.meeting_ids[meeting.name, meeting.starts_on], action.title])

        async def report_done(session: WriteSession) -> None:
            assert action.ended_on is not None
            body = groups.ReportActionDone(action.ended_on, "Paper sent to the members of the group (exercise).")
            version = await _version(session, ActionItem, number())
            await groups.report_action_done(session, number(), body, version=version)

        async def verify(session: WriteSession) -> None:
            version = await _version(session, ActionItem, number())
            await groups.verify_action(session, number(), groups.VerifyAction(), version=version)

        async def drop(session: WriteSession) -> None:
            body = groups.DropAction("Overtaken by a later decision of the group.")
            version = await _version(session, ActionItem, number())
            await groups.drop_action(session, number(), body, version=version)

        if action.ended_on is None:
            return
        self._at(action.ended_on, "office", drop if action.end == "dropped" else report_done)
        if action.verified_on is not None:
            self._at(action.verified_on, "second", verify)

    # -- projects

    def _plan_project(self, place: int, project: PlannedProject) -> None:
        name = project.name
        self._at(project.proposed_on, "office", self._propose(place, project))
        for step in project.steps:
            self._at(step.on, "office", self._change_status(name, projects.ChangeStatus(step.status, step.reason)))
        if project.rating is not None and project.rating_on is not None:
            body = projects.RateProject(project.rating, project.rationale, project.review_on)
            self._at(project.rating_on, "office", self._rate(name, body))
        for each in project.milestones:
            if each.forecast_set_on is not None:
                revised = projects.ReviseMilestone(each.name, each.planned_on, each.forecast_on, reason=each.reason)
                self._at(each.forecast_set_on, "office", self._forecast(name, revised))
            if each.actual_on is not None:
                met = projects.MeetMilestone(each.actual_on, each.reason)
                self._at(each.actual_on, "office", self._meet(name, each.name, met))

    def _propose(self, place_in_plan: int, project: PlannedProject) -> Act:
        obligated = self.money.obligated.get(place_in_plan, 0)
        # A plan covers what was obligated under it.
        step = 10_000_000
        planned = max(project.planned_total * 100, -(-int(obligated * 1.05) // step) * step)

        async def act(session: WriteSession) -> None:
            body = projects.ProposeProject(
                name=project.name,
                kind=project.kind,
                objectives=list(project.objectives),
                classified_by="Exercise program",
                source=words.SOURCE,
                workstream_id=self.groups[project.workstream],
                announced_on=project.announced_on,
                description=project.description,
                program_authority=project.authority,
                lead_office_id=self.offices[_PRIME],
                planned_total=from_cents(planned),
                marking=project.marking,
            )
            number = await projects.propose_project(session, body)
            self.project_ids[project.name] = number
            for part in project.parts:
                added = projects.AddPartner(
                    participant_id=self.countries[part.code], role=part.role, lead=part.lead, since=project.proposed_on
                )
                await projects.add_partner(session, number, added)
            for place, each in enumerate(project.milestones, 1):
                plan = projects.PlanMilestone(
                    name=each.name,
                    planned_on=each.planned_on,
                    forecast_on=None if each.forecast_set_on else each.forecast_on,
                    position=place,
                )
                self.milestones[number, each.name] = await projects.plan_milestone(session, number, plan)

        return act

    def _change_status(self, name: str, body: projects.ChangeStatus) -> Act:
        async def act(session: WriteSession) -> None:
            number = ProjectId(self.project_ids[name])
            await projects.change_status(session, number, body, version=await _version(session, Project, number))

        return act

    def _rate(self, name: str, body: projects.RateProject) -> Act:
        async def act(session: WriteSession) -> None:
            number = ProjectId(self.project_ids[name])
            await projects.rate_project(session, number, body, version=await _version(session, Project, number))

        return act

    def _forecast(self, name: str, body: projects.ReviseMilestone) -> Act:
        async def act(session: WriteSession) -> None:
            number = MilestoneId(self.milestones[self.project_ids[name], body.name])
            await projects.revise_milestone(session, number, body, version=await _version(session, Milestone, number))

        return act

    def _meet(self, name: str, milestone: str, body: projects.MeetMilestone) -> Act:
        async def act(session: WriteSession) -> None:
            number = MilestoneId(self.milestones[self.project_ids[name], milestone])
            await projects.meet_milestone(session, number, body, version=await _version(session, Milestone, number))

        return act

    # -- money

    def _plan_documents(self) -> None:
        for account in ACCOUNTS:
            self._at(date(2026, 1, 5), "comptroller", self._open_account(account.symbol, account.title))
        for document in self.money.documents:
            self._at(document.received_on, "comptroller", self._receive(document))

    def _open_account(self, symbol: str, title: str) -> Act:
        async def act(session: WriteSession) -> None:
            if symbol not in self.accounts:
                body = ledger.OpenAccount(symbol=symbol, title=title, source=words.SOURCE)
                self.accounts[symbol] = await ledger.open_account(session, body)

        return act

    def _receive(self, document: PlannedDocument) -> Act:
        amount = from_cents(document.amount)

        async def act(session: WriteSession) -> None:
            body = ledger.ReceiveFunding(
                number=document.number,
                account_id=self.accounts[document.account.symbol],
                title=document.title,
                level_of_control=document.level,
                source_of_authority=document.source,
                purpose=document.purpose,
                received_on=document.received_on,
                amount=amount,
                source_citation=document.citation,
                through_on=document.through_on,
                cr_amount=amount if document.through_on else None,
                order_law=document.order_law,
                order_accepted_on=document.received_on if document.order_law else None,
            )
            self.documents[document.number] = await ledger.receive_funding(session, body)

        return act

    def _plan_entries(self) -> None:
        """Each month is posted on the first Friday after its end; what went wrong is recorded one by one."""
        for week, steps in self.months.items():
            plain = [step for step in steps if step.flag is None]
            for first in range(0, len(plain), _CHUNK):
                # After every document of the week.
                self._at(TODAY, "comptroller", self._post(plain[first : first + _CHUNK]), week=week)
            for step in steps[len(plain) :]:
                self._at(TODAY, "comptroller", self._record_incurred(step), week=week)

    def _post(self, steps: Sequence[Step]) -> Act:
        async def act(session: WriteSession) -> None:
            places = {(step.chain, step.place): place for place, step in enumerate(steps)}
            numbers = await ledger.post_entries(session, [self._posting(step, places) for step in steps])
            for step, number in zip(steps, numbers, strict=True):
                self._keep(step, number)

        return act

    def _record_incurred(self, step: Step) -> Act:
        async def act(session: WriteSession) -> None:
            posting = self._posting(step, {})
            given = {name: getattr(posting, name) for name in ledger.RecordIncurred.__struct_fields__}
            self._keep(step, await ledger.record_incurred(session, ledger.RecordIncurred(**given)))

        return act

    def _posting(self, step: Step, places: dict[tuple[int, int], int]) -> Posting:
        chain = self.money.chains[step.chain]
        on = date.fromordinal(step.day)
        place = places.get((step.chain, step.names)) if step.names >= 0 else None
        number = self.entries[step.chain, step.names] if step.names >= 0 and place is None else None
        if step.kind == "reversal":
            return Posting(
                kind=step.kind, effective_on=on, reverses_place=place, reverses_entry_id=number, because=step.because
            )
        # What names another entry takes its document, project and authority from it.
        own = step.names < 0
        contract = step.kind == "obligation"
        return Posting(
            kind=step.kind,
            effective_on=on,
            amount=from_cents(step.cents),
            adjusts_place=place,
            adjusts_entry_id=number,
            funding_document_id=self._document_number(chain.document) if own else None,
            project_id=self.project_ids[self.projects[chain.project].name] if own and chain.project >= 0 else None,
            participant_id=self.countries[chain.participant] if own and chain.participant else None,
            program_authority=chain.authority if own else None,
            other_authority=chain.other_authority if own else None,
            document_number=f"{_PAPERS.get(step.kind, 'EX-D')}-{step.chain:06d}"
            + (f"-{step.place}" if step.kind in ("expenditure", "refund") else ""),
            document_on=on if contract else None,
            need=f"{chain.need}, {quarter_label(on)}." if contract else None,
            basis=step.basis,
            because=step.because,
            flag=step.flag,
            evidence=step.evidence,
        )

    def _document_number(self, place: int) -> int | None:
        return self.documents[self.money.documents[place].number] if place >= 0 else None

    # -- duties

    def _plan_duties(self) -> None:
        for each in _DUTIES:
            self._at(each.taken_up_on, "office", self._take_up(each))
            if each.done_on is not None:
                self._at(each.done_on, "office", self._record_done(each.slug, each.done_on, each.evidence))
        notice = notice_due(the_statute(), _DESIGNATED_ON)
        assert notice is not None
        self._at(_DESIGNATED_ON, "office", self._enter_notice(notice.slug))
        self._at(
            _NOTIFIED_ON,
            "office",
            self._record_done(notice.slug, _NOTIFIED_ON, "Letters to four committees (exercise)."),
        )

    def _take_up(self, duty: _Duty) -> Act:
        async def act(session: WriteSession) -> None:
            body = duties.TakeUpDuty(
                slug=duty.slug, status="in work", owner_office_id=self.offices[_PRIME], note="Exercise."
            )
            self.duties[duty.slug] = await duties.take_up(session, body)

        return act

    def _enter_notice(self, slug: str) -> Act:
        async def act(session: WriteSession) -> None:
            body = duties.EnterNotice(
                event="Designation of the senior official (exercise)",
                triggered_on=_DESIGNATED_ON,
                owner_office_id=self.offices["OASD(LA)"],
            )
            self.duties[slug] = await duties.enter_notice(session, body)

        return act

    def _record_done(self, slug: str, on: date, evidence: str) -> Act:
        async def act(session: WriteSession) -> None:
            number = DutyId(self.duties[slug])
            body = duties.RecordDone(on, evidence)
            await duties.record_done(session, number, body, version=await _version(session, Duty, number))

        return act

    # -- reports

    def _write_report(self, each: _Year) -> Callable[[_Item], Awaitable[None]]:
        async def run(item: _Item) -> None:
            async with self._write(item, "writer") as session:
                number = await report.open_report(session, report.OpenReport(each.year))
                rows = await session.execute(
                    select(ReportSection.element, ReportSection.id, ReportSection.version)
                    .where(ReportSection.year == each.year)
                    .order_by(ReportSection.id)
                )
                for element, section, version in rows.all():
                    text = words.NARRATIVES[element][each.year - _REPORTS[0].year]
                    if text is None:
                        nothing = report.DecideNothing(words.NOTHING_BECAUSE)
                        await report.decide_nothing(session, section, nothing, version=version)
                    else:
                        await report.write_section(session, section, report.WriteSection(text), version=version)
                cost = report.StateCost(
                    labor=Dollars(each.labor),
                    expenses=Dollars(each.expenses),
                    stated_on=each.written_on,
                    reference="Statement of cost, exercise",
                )
                await report.state_cost(session, number, cost, version=await _version(session, Report, number))

        return run

    def _build_report(self, each: _Year) -> Callable[[_Item], Awaitable[None]]:
        async def run(item: _Item) -> None:
            # As build_report does it, but frozen at the program's own instant and not at the installation's.
            async with self.db.snapshot() as frozen:
                frozen.now = close_of(item.week)
                snapshot = await queries.gather(frozen, Reader(kind="us-government"), each.year)
                number = ReportId((await queries.versions(frozen, each.year))[0].id)
            files = await asyncio.to_thread(build.files_of, snapshot)
            content = canonical(snapshot)
            async with self._write(item, "writer") as session:
                made = await report.store_build(
                    session,
                    number,
                    stage=snapshot.stage,
                    snapshot=content,
                    snapshot_sha256=digest(content),
                    frozen_at=snapshot.frozen_at,
                    statute_digest=snapshot.statute_digest,
                    marking=snapshot.banner,
                    audience=snapshot.audience,
                    exercise=True,
                )
                await report.store_files(session, made, files)

        return run

    def _freeze_report(self, each: _Year) -> Callable[[_Item], Awaitable[None]]:
        async def run(item: _Item) -> None:
            async with self._write(item, "writer") as session:
                number, made = await _report_and_build(session, each.year)
                await report.freeze_report(
                    session, number, report.FreezeReport(made), version=await _version(session, Report, number)
                )
                await report.begin_coordination(
                    session, number, report.BeginCoordination(), version=await _version(session, Report, number)
                )

        return run

    def _sign_report(self, each: _Year) -> Callable[[_Item], Awaitable[None]]:
        async def run(item: _Item) -> None:
            async with self._write(item, "writer") as session:
                number, made = await _report_and_build(session, each.year)
                first = each == _REPORTS[0]
                body = report.SignReport(
                    build_id=made,
                    signatory=SECRETARY if first else DELEGATE,
                    name="Secretary of Defense (exercise role)" if first else "Sidney Exercise",
                    signed_on=each.signed_on,
                    delegation=None
                    if first
                    else "Memorandum of delegation of 7 January 2028, annual report (exercise)",
                )
                await report.sign_report(session, number, body, version=await _version(session, Report, number))

        return run


_PAPERS: Final = {
    "commitment": "EX-R",
    "decommitment": "EX-R",
    "obligation": "EX-C",
    "upward adjustment": "EX-M",
    "deobligation": "EX-M",
    "expenditure": "EX-V",
    "refund": "EX-V",
    "partner contribution": "EX-P",
}


async def _version(session: WriteSession, table: type[Record], number: int) -> int:
    """The version that a person would have read before the change."""
    return int(await session.scalar(select(table.version).where(table.id == number)) or 0)


async def _report_and_build(session: WriteSession, year: int) -> tuple[ReportId, int]:
    row = (
        await session.execute(
            select(Report.id, ReportBuild.id.label("made"))
            .join(ReportBuild, ReportBuild.report_id == Report.id)
            .where(Report.year == year)
            .order_by(ReportBuild.id.desc())
            .limit(1)
        )
    ).one()
    return ReportId(row.id), int(row.made)


def _by_month(steps: Sequence[Step]) -> dict[date, list[Step]]:
    """The entries by the week in which their month is posted, in the order of posting: exceptions last."""
    months: defaultdict[date, list[Step]] = defaultdict(list)
    for step in steps:
        months[week_of(_end_of_month(date.fromordinal(step.day)))].append(step)
    return {week: sorted(months[week], key=lambda step: step.flag is not None) for week in sorted(months)}


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
