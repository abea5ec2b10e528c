"""What the first page asks: each figure from the feature that keeps it, as one reader may see it."""

from datetime import date, datetime
from itertools import groupby
from typing import Final

import msgspec
from sqlalchemy import exists, or_, select

from pipir.features.agreements import queries as agreements
from pipir.features.assistance import queries as assistance
from pipir.features.concurrence import queries as concurrence
from pipir.features.congress import queries as congress
from pipir.features.data_calls import queries as data_calls
from pipir.features.disclosure import queries as disclosure
from pipir.features.documents import queries as documents
from pipir.features.duties import queries as duties
from pipir.features.engagement import queries as engagement
from pipir.features.exchanges import queries as exchanges
from pipir.features.execution import queries as execution
from pipir.features.groups import queries as groups
from pipir.features.law import queries as law
from pipir.features.ledger import queries as ledger
from pipir.features.notices import rules as notices
from pipir.features.notices.queries import Feed, Subscriber, subscribers
from pipir.features.participants import queries as participants
from pipir.features.participants.rules import HOME, REGIONS, STANDINGS
from pipir.features.participants.tables import Participant
from pipir.features.people.queries import stands_in_for
from pipir.features.projects import queries as projects
from pipir.features.projects.tables import Milestone, Project
from pipir.features.reconciliation import queries as reconciliation
from pipir.features.trail import queries as trail
from pipir.features.trail import rules as trail_rules
from pipir.features.vulnerabilities import queries as vulnerabilities
from pipir.features.workbooks import queries as workbooks
from pipir.features.workspace import queries as workspace
from pipir.kernel.access import Caller
from pipir.kernel.calendar import fiscal_quarter, fiscal_year
from pipir.kernel.dated import Dated
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.kernel.paging import LARGEST_LIMIT
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect

NOT_PUBLIC: Final = "not public"
# A duty waits for its office from this many days before its day.
AHEAD: Final = 60
_SHOWN: Final = 6
_NEWS: Final = 6
_LOOKED_AT: Final = 60


class Quarter(msgspec.Struct, frozen=True):
    """What was obligated in one fiscal quarter; `part` marks the one that has not ended."""

    fiscal_year: int
    quarter: int
    under_1253: Dollars
    under_other: Dollars
    part: bool


class Money(msgspec.Struct, frozen=True):
    """The figures of the ledger with what stands beside each total; `exercise` where any of it was generated."""

    figures: ledger.Figures
    share_obligated: float | None
    this_year: int
    obligated_this_year: Dollars
    obligated_last_year: Dollars
    quarters: tuple[Quarter, ...]
    statement: ledger.Statement
    exercise: bool


class Country(msgspec.Struct, frozen=True):
    """A country of the register with the number of projects that it has a part in, as recorded here."""

    id: int
    code: str
    name: str
    region: str
    standing: str | None
    projects: int


class LateMilestone(msgspec.Struct, frozen=True):
    """A project whose next milestone is behind plan, with what is obligated on it (None: nothing recorded)."""

    project_id: int
    code: str
    name: str
    workstream: str | None
    rating: str | None
    milestone: str
    on: date
    days_late: int
    obligated: Dollars | None
    exercise: bool


class Happening(msgspec.Struct, frozen=True):
    """A change in the record, with the page that shows it."""

    title: str
    href: str
    sub: str


class Waiting(msgspec.Struct, frozen=True):
    """Something that the caller, or the caller's office, is asked to do."""

    title: str
    href: str
    on: date
    why: str


class Inbox(msgspec.Struct, frozen=True):
    """What waits for a person by the program's day, the earliest day first; `asks` has no reminder to reach."""

    as_of: datetime
    today: date
    items: tuple[notices.Waiting, ...]
    asks: tuple[Waiting, ...]
    standing_in: tuple["StandingIn", ...] = ()
    coordination: concurrence.WaitingFor = concurrence.WaitingFor()

    @property
    def days(self) -> tuple[notices.Waiting, ...]:
        """The items with a day, but for those that stand in the inbox with their value."""
        waits = self.coordination
        # What stands below with its value need not stand in the list of days as well.
        below = {
            *(f"coordination-{each.asked.id}" for each in waits.answers),
            *(f"escalation-{each.asked.escalation.id}" for each in waits.decisions if each.asked.escalation),
            *(f"sent-back-{each.request.id}" for each in waits.sent_back),
            *(f"condition-{each.id}" for each in waits.conditions),
        }
        return tuple(each for each in self.items if each.item.slug not in below)

    @property
    def count(self) -> int:
        """Everything that waits for the person."""
        return len(self.days) + len(self.asks) + self.coordination.count


class StandingIn(msgspec.Struct, frozen=True):
    """What waits for somebody who is away, shown to who stands in, as far as the stand-in may read it."""

    person_id: int
    person: str
    office: str
    until: date
    items: tuple[notices.Waiting, ...]


class Marks(msgspec.Struct, frozen=True):
    """Which of the figures rest on rows that the exercise program made."""

    projects: bool
    participants: bool
    milestones: bool


class Dashboard(msgspec.Struct, frozen=True):
    """The first page's figures; None is what this record does not know: not public, never zero."""

    as_of: datetime
    today: date
    countdown: duties.Countdown
    money: Money | None
    projects: projects.ProjectCounts | None
    participants: int | None
    by_standing: tuple[tuple[str | None, int], ...]
    countries: tuple[Country, ...]
    next_duties: tuple[duties.DutyView, ...]
    dates: int
    without_evidence: tuple[duties.DutyView, ...]
    late: tuple[LateMilestone, ...]
    late_total: int
    happenings: tuple[Happening, ...]
    waiting: tuple[Waiting, ...]
    waiting_total: int
    exercise: Marks


async def dashboard(session: ReadSession, caller: Caller) -> tuple[Dashboard, tuple[duties.DutyView, ...]]:
    """The dashboard as the caller may see it, and every duty for the calendars beside it."""
    reader, today = caller.reader, session.today
    every = await duties.all_duties(session)
    counts = await projects.counts(session, reader)
    countries = await _countries(session, reader)
    late, late_total = await _late(session, reader)
    waiting = await _waiting(session, caller, every)
    return (
        Dashboard(
            as_of=session.now,
            today=today,
            countdown=duties.countdown(await law.law_of(session), today),
            money=await _money(session, reader),
            projects=counts if counts.projects else None,
            participants=len(countries) or None,
            by_standing=_by_standing(countries),
            countries=countries,
            next_duties=duties.next_of(every, today, _SHOWN),
            dates=len(every),
            without_evidence=tuple(
                view for view in every if view.days_left < 0 and view.status is None and view.kind != "termination"
            ),
            late=late,
            late_total=late_total,
            happenings=await _happenings(
                session, reader, {view.id: view.slug for view in every if view.id is not None}
            ),
            waiting=waiting[:_SHOWN],
            waiting_total=len(waiting),
            exercise=await _marks(session, reader),
        ),
        every,
    )


async def entries(session: ReadSession, reader: Reader) -> tuple[notices.Entry, ...]:
    """Everything that has a day, of every feature that keeps such, as the reader may see it; by day.

    A feature joins by one line here, after its own `entries`.
    """
    found = (
        *await duties.entries(session, reader),
        *await agreements.entries(session, reader),
        *await groups.entries(session, reader),
        *await projects.entries(session, reader),
        *await concurrence.entries(session, reader),
        *await congress.entries(session, reader),
        *await data_calls.entries(session, reader),
        *await vulnerabilities.entries(session, reader),
        *await exchanges.entries(session, reader),
        *await engagement.entries(session, reader),
        *await assistance.entries(session, reader),
        *await execution.entries(session, reader),
        *await reconciliation.review_entries(session, reader),
        *await reconciliation.case_entries(session, reader),
        *await workspace.entries(session, reader),
    )
    return tuple(sorted(found, key=lambda each: (each.dated.due_on, each.dated.slug)))


async def dated(session: ReadSession, reader: Reader) -> tuple[Dated, ...]:
    """Everything that somebody still has to do by a day, by day."""
    return tuple(entry.dated for entry in await entries(session, reader) if entry.open)


async def inbox(session: ReadSession, caller: Caller) -> Inbox:
    """What waits for the caller: derived from the record, so that nothing is ever ticked off here."""
    every = await dated(session, caller.reader)
    items = await _reminded(session, caller.id, every)
    asks = await _asks(session, caller, await duties.all_duties(session))
    told = {each.item.href for each in items}
    standing_in = []
    for absent in await stands_in_for(session, caller.id):
        theirs = await _reminded(session, absent.person_id, every)
        # What is the stand-in's own office's too stands above already.
        more = tuple(each for each in theirs if each.item.href not in told)
        standing_in.append(StandingIn(absent.person_id, absent.person, absent.office, absent.until, more))
    asked = tuple(each for each in asks if each.href not in told)
    coordination = await concurrence.waiting_for(session, caller)
    return Inbox(session.now, session.today, items, asked, tuple(standing_in), coordination)


async def _reminded(session: ReadSession, person_id: int, items: tuple[Dated, ...]) -> tuple[notices.Waiting, ...]:
    found = await subscribers(session, person_id=person_id)
    return tuple(each for owner in found for each in waiting_for(owner, items, session.today))


def waiting_for(person: Subscriber, items: tuple[Dated, ...], today: date) -> tuple[notices.Waiting, ...]:
    """Those of the items that wait for a person on a day, with the reminder that each has reached."""
    # A convention of the files: no enacted amendment changes it.
    steps = notices.ladder(the_statute(), today)
    return notices.waiting(items, today, steps, person_id=person.id, office_id=person.office_id, roles=person.roles)


async def shown_in(session: ReadSession, feed: Feed) -> tuple[notices.Entry, ...]:
    """What a calendar feed shows now: no more than the person who made it may read."""
    owner = feed.owner
    found = await entries(session, owner.reader)
    if feed.kind == "mine":
        return tuple(each for each in found if notices.belongs_to(each.dated, owner.id, owner.office_id, owner.roles))
    return tuple(
        each
        for each in found
        if notices.shown_in(each, feed.kind, office_id=feed.office_id, members=feed.members, group_id=feed.group_id)
    )


async def _money(session: ReadSession, reader: Reader) -> Money | None:
    """The ledger's figures from its sums, by quarter, in one statement; None where no entry is recorded."""
    found = await ledger.totals(session, reader, "quarter")
    if not found.total.count:
        return None
    today = session.today
    year, now = fiscal_year(today), fiscal_quarter(today)
    by_quarter = {(int(row.key[:4]), int(row.key[5:])): row.figures for row in found.rows}
    zero = Dollars.zero()
    # The columns begin with the first obligation; where there is none, with this quarter.
    first = min((place for place, figures in by_quarter.items() if figures.obligated), default=now)
    quarters = []
    for each_year in range(first[0], year + 1):
        for each in range(1, 5):
            place = (each_year, each)
            if first <= place <= now:
                figures = by_quarter.get(place)
                quarters.append(
                    Quarter(
                        *place,
                        under_1253=figures.obligated_1253 if figures else zero,
                        under_other=figures.obligated_other if figures else zero,
                        part=place == now,
                    )
                )
    share = found.total.obligated.share_of(found.total.authority)
    return Money(
        figures=found.total,
        share_obligated=float(share) if share is not None else None,
        this_year=year,
        obligated_this_year=sum((f.obligated for (y, _), f in by_quarter.items() if y == year), zero),
        obligated_last_year=sum((f.obligated for (y, _), f in by_quarter.items() if y == year - 1), zero),
        quarters=tuple(quarters),
        statement=found.statement,
        exercise=any(row.exercise for row in found.rows),
    )


async def _countries(session: ReadSession, reader: Reader) -> tuple[Country, ...]:
    parts = {cell.code: cell.projects for cell in await projects.by_country(session, reader)}
    found = await participants.list_participants(session, reader, limit=LARGEST_LIMIT)
    return tuple(
        Country(each.id, each.code, each.name, each.region, each.standing, parts.get(each.code, 0))
        for each in sorted(found.items, key=lambda each: (REGIONS.index(each.region), each.code))
        # The register holds the United States too, which is no partner of itself.
        if each.code != HOME
    )


def _by_standing(countries: tuple[Country, ...]) -> tuple[tuple[str | None, int], ...]:
    order: tuple[str | None, ...] = (*STANDINGS, None)
    counted = ((standing, sum(each.standing == standing for each in countries)) for standing in order)
    return tuple((standing, count) for standing, count in counted if count)


async def _late(session: ReadSession, reader: Reader) -> tuple[tuple[LateMilestone, ...], int]:
    """The projects with a milestone behind plan, the nearest first, and how many there are."""
    found = await projects.list_projects(
        session, reader, projects.ProjectFilter(late=True), sort="milestone", limit=_SHOWN
    )
    money = {row.key: row for row in (await ledger.totals(session, reader, "project")).rows} if found.items else {}
    return (
        tuple(
            LateMilestone(
                project_id=line.id,
                code=line.code,
                name=line.name,
                workstream=line.workstream,
                rating=line.rating,
                milestone=line.next_milestone.name,
                on=line.next_milestone.on,
                days_late=line.next_milestone.days_late,
                obligated=amount.figures.obligated if (amount := money.get(str(line.id))) else None,
                # An amount beside the countries of a public project may be generated by itself.
                exercise=line.exercise or (amount is not None and amount.exercise),
            )
            for line in found.items
            if line.next_milestone is not None
        ),
        found.total or 0,
    )


async def _happenings(session: ReadSession, reader: Reader, slugs: dict[int, str]) -> tuple[Happening, ...]:
    # Who signed in is no news of the program; the same change of many records is one piece of news.
    rows = await trail.latest(session, reader, limit=_LOOKED_AT, but_not=("person",))
    # Where the rows looked at end within the last group, its number is not known.
    oldest = rows[-1].change.id if len(rows) == _LOOKED_AT else None
    found = []
    for (kind, who, at), same in groupby(rows, key=lambda row: (row.kind, row.change.who, row.change.at)):
        first, *more = (row.change for row in same)
        cut = bool(more) and more[-1].id == oldest
        found.append(
            Happening(
                title=f"{kind} ({'at least ' if cut else ''}{len(more) + 1} times)" if more else first.change,
                href=f"/duties/{slugs[first.subject_id]}"
                if first.subject == "duty" and first.subject_id in slugs
                else trail_rules.address(first.subject, first.subject_id),
                sub=f"{who} \N{MIDDLE DOT} {at}",
            )
        )
    return tuple(found[:_NEWS])


async def _waiting(session: ReadSession, caller: Caller, every: tuple[duties.DutyView, ...]) -> tuple[Waiting, ...]:
    """What the inbox holds for the caller in short: first what is asked for and the days ahead, then days gone by."""
    today = session.today
    own = [
        Waiting(each.title, f"/actions/{each.id}", each.due_on, f"your action item of {each.meeting}")
        for each in await groups.open_actions(
            session, reader=caller.reader, owner_person_id=caller.id, limit=LARGEST_LIMIT
        )
    ]
    found = {each.href: each for each in (*own, *await _asks(session, caller, every))}
    for each in await _reminded(session, caller.id, await dated(session, caller.reader)):
        found.setdefault(each.item.href, Waiting(each.item.title, each.item.href, each.item.due_on, each.says))
    return tuple(sorted(found.values(), key=lambda each: (abs((each.on - today).days), each.title)))


async def _asks(session: ReadSession, caller: Caller, every: tuple[duties.DutyView, ...]) -> tuple[Waiting, ...]:
    """What a second person has to look at, and the duties near their day of the caller's office or of nobody's."""
    found: list[Waiting] = []
    if caller.may("groups.change"):
        others = await groups.actions_to_verify(session, reader=caller.reader, person_id=caller.id, limit=LARGEST_LIMIT)
        found += [
            Waiting(
                each.title,
                f"/actions/{each.id}",
                each.done_on or each.due_on,
                "reported done; a second person verifies it",
            )
            for each in others
        ]
    found += [
        Waiting(
            each.title, f"/workbooks/{each.id}", each.since, "a second person reviews it; until then nothing changes"
        )
        for each in await workbooks.waiting_for(session, caller)
    ]
    if caller.may("law.review"):
        made = await law.list_determinations(session, caller.reader, waiting=True, limit=LARGEST_LIMIT)
        found += [
            Waiting(
                f"Continuation determination {each.id}: {each.subject_title}",
                f"/law/determinations/{each.id}",
                each.determined_on,
                "a second person reviews it; until then it carries nothing",
            )
            for each in made.items
            if each.determined_by_id != caller.id
        ]
    if caller.may("disclosure.decide"):
        found += [
            Waiting(
                f"Disclosure to {each.country}: {each.subject}",
                f"/disclosure/decisions/{each.id}",
                each.proposed_on,
                "another person than the one who entered it decides",
            )
            for each in await disclosure.decisions(session, caller.reader)
            if each.outcome is None and each.ended_because is None and each.proposed_by_id != caller.id
        ]
    if caller.may("documents.replace-spilled"):
        proposed = await documents.list_spillages(session, limit=LARGEST_LIMIT)
        found += [
            Waiting(
                f"Spillage {each.id}: a value to be replaced everywhere",
                f"/documents/spillage/{each.id}",
                each.proposed_on,
                "a second administrator confirms it; until then the value stands",
            )
            for each in proposed.items
            if each.state == "proposed" and each.proposed_by_id != caller.id
        ]
    if caller.may("law.amend"):
        changes = [
            *((f"Amendment: {each.citation}", "amendments", each) for each in await law.all_amendments(session)),
            *((f"Reading of {each.provision}", "readings", each) for each in await law.all_adoptions(session)),
        ]
        found += [
            Waiting(title, f"/law/{place}/{each.id}", each.entered_on, "another administrator confirms it")
            for title, place, each in changes
            if each.confirmed_on is None and each.withdrawn_on is None and each.entered_by_id != caller.id
        ]
    if caller.may("duties.change"):
        found += [
            Waiting(view.what, f"/duties/{view.slug}", view.statutory_day, _why(view))
            for view in every
            if view.open
            and view.kind != "termination"
            and view.days_left <= AHEAD
            and (view.owner_office == caller.office or (view.owner_office is None and view.days_left >= 0))
        ]
    return tuple(sorted(found, key=lambda each: (each.on, each.title)))


def _why(view: duties.DutyView) -> str:
    return "a duty of your office" if view.owner_office is not None else "a duty that no office has taken up"


async def _marks(session: ReadSession, reader: Reader) -> Marks:
    """Which figures rest on generated rows, of what the reader may see."""
    goes_on = or_(Project.until.is_(None), Project.until >= session.today)
    statement: AnySelect = select(
        exists().where(Project.exercise, visible_to(reader, Project), goes_on).label("projects"),
        exists().where(Participant.exercise, visible_to(reader, Participant)).label("participants"),
        exists()
        .where(Milestone.exercise, Milestone.project_id == Project.id, visible_to(reader, Project))
        .label("milestones"),
    )
    return Marks(*(await session.execute(statement)).one())
