"""The desk of each role on the first page: numbers that lead to the list that they count, and what is next."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from pipir.features.agreements import queries as agreements
from pipir.features.backups.queries import RunView, last_runs
from pipir.features.concurrence import queries as concurrence
from pipir.features.congress import queries as congress
from pipir.features.data_calls import queries as data_calls
from pipir.features.duties import queries as duties
from pipir.features.groups import queries as groups
from pipir.features.home.queries.board import inbox
from pipir.features.home.rules import desk_role
from pipir.features.jobs.queries import count_failed
from pipir.features.law import queries as law
from pipir.features.ledger import queries as ledger
from pipir.features.ledger.rules import ACCOUNT_STATES
from pipir.features.notices.queries import count_mails, subscribers
from pipir.features.participants import queries as participants
from pipir.features.participants.rules import STANDINGS
from pipir.features.people import queries as people
from pipir.features.projects import queries as projects
from pipir.features.report import queries as report
from pipir.features.report.rules import SEALED
from pipir.features.trail import queries as trail
from pipir.kernel.access import ROLE_TITLES, Caller, Role
from pipir.kernel.calendar import fiscal_quarter, show_day
from pipir.kernel.errors import Unavailable
from pipir.kernel.money import short_dollars
from pipir.kernel.paging import Page
from pipir.store.doors import ReadSession
from pipir.store.migrate import database_of

_LINES: Final = 6
# How many rows of a counted list are looked at for the exercise mark.
_SEEN: Final = 20
_LAST_DAYS: Final = 7
_ASKED: Final = "/concurrence?show=waiting"


class Figure(msgspec.Struct, frozen=True):
    """A number and the list that holds as many; `value` where an amount is shown with the number beside it."""

    title: str
    count: int
    href: str
    note: str = ""
    value: str = ""
    exercise: bool = False


class Line(msgspec.Struct, frozen=True):
    """A record that is named on a desk."""

    title: str
    href: str
    sub: str
    exercise: bool = False


class Card(msgspec.Struct, frozen=True):
    """A card of a desk: counts that share a subject, or records that are named; `empty` where it has none."""

    title: str
    sub: str
    href: str
    link: str
    counts: tuple[Figure, ...] = ()
    lines: tuple[Line, ...] = ()
    empty: str = ""

    @property
    def exercise(self) -> bool:
        """Whether each of its numbers or records is of the exercise; else those that are carry their own mark."""
        marks = [*(each.exercise for each in self.counts), *(each.exercise for each in self.lines)]
        return bool(marks) and all(marks)


class Desk(msgspec.Struct, frozen=True):
    """What a role has before it: the figures that it begins with, its cards, and the other desks of the person."""

    role: str
    title: str
    others: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]
    cards: tuple[Card, ...]


class Health(msgspec.Struct, frozen=True):
    """How the installation does; None in a run: this record knows of none."""

    backup: RunView | None
    drill: RunView | None
    restored: RunView | None
    failed_jobs: int
    failed_mails: int
    waiting_mails: int
    revision: str
    newest: str
    law_is_copied: bool
    kind: str
    clock: str
    # Whether the reader may see the lists of jobs and mails that are counted here.
    lists: bool


async def desk_of(session: ReadSession, caller: Caller, asked: str | None) -> Desk:
    """The desk of one of the caller's roles; the first of these where none is asked for."""
    role = desk_role(caller.roles, asked)
    figures, cards = await _DESKS[role](session, caller)
    return Desk(
        role=role,
        title=ROLE_TITLES[role],
        others=tuple((ROLE_TITLES[each], f"/?as={each}") for each in caller.roles if each != role),
        figures=figures,
        cards=cards,
    )


async def health_of(session: ReadSession, caller: Caller) -> Health:
    """How the installation does, as this record knows it."""
    runs = await last_runs(session)
    here = await database_of(session)
    try:
        await law.check_copied_law(session)
        copied = True
    except Unavailable:
        copied = False
    return Health(
        backup=runs.get("backup"),
        drill=runs.get("drill"),
        restored=runs.get("restore"),
        failed_jobs=await count_failed(session),
        failed_mails=await count_mails(session, "failed"),
        waiting_mails=await count_mails(session, "queued"),
        revision=here.revision,
        newest=here.newest,
        law_is_copied=copied,
        kind=here.kind,
        clock=here.clock,
        lists=caller.may("people.administer"),
    )


# ---- the desks

_Parts = tuple[tuple[Figure, ...], tuple[Card, ...]]


async def _program_office(session: ReadSession, caller: Caller) -> _Parts:
    late = await projects.list_projects(
        session, caller.reader, projects.ProjectFilter(late=True), sort="milestone", limit=_SEEN
    )
    return (
        (
            await _inbox(session, caller),
            await _past_actions(session, caller),
            await _past_calls(session, caller),
            _figure("Projects behind plan", late, "/projects?late=late", "a milestone is late"),
        ),
        (await _agreements(session, caller), await _congress(session, caller), await _law(session, caller)),
    )


async def _senior_official(session: ReadSession, caller: Caller) -> _Parts:
    return (
        (
            await _inbox(session, caller),
            await _determinations_waiting(session, caller),
            await _past_promises(session, caller),
            await _unrecorded_duties(session),
        ),
        (await _congress(session, caller), await _law(session, caller)),
    )


async def _state_liaison(session: ReadSession, caller: Caller) -> _Parts:
    found = await participants.list_participants(
        session, caller.reader, standing="coordination with State", sort="since", limit=_LINES
    )
    coordinated = tuple(
        Line(
            each.name,
            f"/participants/{each.id}",
            f"since {show_day(each.standing_since)}" if each.standing_since else "its day is not public",
            each.exercise,
        )
        for each in found.items
    )
    offices = tuple(await concurrence.offices_of(session, caller.id))
    asked = await concurrence.list_requests(
        session, caller.reader, states=("open", "sent back"), waits_for=offices, limit=_LINES
    )
    office, calls = await _calls_of_office(session, caller)
    standings = []
    for standing in STANDINGS:
        some = await participants.list_participants(session, caller.reader, standing=standing, limit=_SEEN)
        if some.total:
            words = f"{standing[:1].upper()}{standing[1:]}"
            standings.append(_figure(words, some, _to("/participants", standing=standing)))
    place = _to("/participants", standing="coordination with State")
    return (
        (
            await _inbox(session, caller),
            _figure("In coordination with State", found, place, "section 1253(d)"),
            _figure(
                "Data calls to your office",
                calls,
                _to("/data-calls", office=office, pending="true"),
                "not closed",
            ),
            _figure("Requests for your office", asked, _ASKED, "to answer in coordination"),
        ),
        (
            Card(
                "In coordination with State",
                "The longest first",
                place,
                "All of them",
                lines=coordinated,
                empty="No country stands in coordination with State.",
            ),
            Card(
                "Requests for your office",
                "The earliest due first",
                _ASKED,
                "All of them",
                lines=tuple(
                    Line(
                        each.title,
                        f"/concurrence/{each.id}",
                        f"{each.act_title}; asked by {each.office}, due {show_day(each.due_on)}",
                        each.exercise,
                    )
                    for each in asked.items
                ),
                empty="No request waits for an answer of your office.",
            ),
            _calls_card("Data calls to your office", _to("/data-calls", office=office, pending="true"), calls),
            Card(
                "Standing under section 1253(d)",
                "Countries by the last step that is recorded",
                "/participants",
                "All participants",
                counts=tuple(standings),
                empty="No standing is recorded here; it is not public.",
            ),
        ),
    )


async def _comptroller(session: ReadSession, caller: Caller) -> _Parts:
    reader, today = caller.reader, session.today
    year, quarter = fiscal_quarter(today)
    now = ledger.chosen(fiscal_year=year, quarter=quarter, kind="obligation")
    entries = await ledger.list_entries(session, reader, now, limit=_SEEN)
    total = await ledger.total(session, reader, ledger.chosen(fiscal_year=year, quarter=quarter))
    expiring = await ledger.list_funding(session, reader, expiring=True, sort="symbol", limit=_LINES)
    flagged = await ledger.exceptions(session, reader, limit=_SEEN)
    states = []
    for state in ACCOUNT_STATES:
        documents = await ledger.list_funding(session, reader, state=state, limit=_SEEN)
        if documents.total:
            states.append(_figure(state.capitalize(), documents, _to("/ledger/funding", availability=state)))
    return (
        (
            Figure(
                f"Obligated in FY{year % 100:02} Q{quarter}",
                entries.total or 0,
                _to("/ledger", fiscal_year=year, quarter=quarter, kind="obligation"),
                f"in {_counted(entries.total or 0, 'obligation', 'obligations')}, net of adjustments",
                value=short_dollars(total.obligated),
                exercise=any(each.exercise for each in entries.items),
            ),
            _figure("Funding that expires", expiring, "/ledger/funding?expiring=true", "this fiscal year"),
            await _late_recordings(session, caller),
            _figure("Exceptions", flagged, "/ledger/exceptions", "recorded, not allowed"),
        ),
        (
            Card(
                "Funding by availability",
                "Documents by the state of their account today",
                "/ledger/funding",
                "All funding",
                counts=tuple(states),
                empty="No funding document is recorded here; it is not public.",
            ),
            Card(
                "Expires with this fiscal year",
                "What is not obligated by then is no longer available for new obligations",
                "/ledger/funding?expiring=true",
                "All that expire",
                lines=tuple(
                    Line(
                        f"{each.number}: {each.title}",
                        f"/ledger/funding/{each.id}",
                        f"{each.symbol}; {short_dollars(each.available)} available",
                        each.exercise,
                    )
                    for each in expiring.items
                ),
                empty="No funding of this record expires this fiscal year.",
            ),
            await _calls_to_office(session, caller),
        ),
    )


async def _report_writer(session: ReadSession, caller: Caller) -> _Parts:
    years = await report.years(session)
    coming = next((each for each in years if each.state not in SEALED), None)
    stale = await data_calls.list_calls(session, caller.reader, stale=True, limit=_SEEN)
    open_calls = await data_calls.list_calls(session, caller.reader, closed=False, sort="due", limit=_LINES)
    figures = [
        await _past_calls(session, caller),
        await _past_promises(session, caller),
        _figure("Stale answers", stale, "/data-calls?stale=true", "calls to ask anew"),
    ]
    cards = [_calls_card("Returns of data calls", "/data-calls?pending=true", open_calls)]
    if coming is not None:
        missing = tuple(each for each in await report.sections(session, coming.year) if not each.answered)
        figures.insert(
            0,
            Figure(
                "Elements without a text",
                len(missing),
                f"/reports/{coming.year}",
                f"of {coming.elements} in {coming.year}",
                exercise=coming.exercise,
            ),
        )
        days = f"Due {show_day(coming.due)}, {_left(coming.days_left)}; to be frozen and signed before"
        if coming.advised != coming.due:
            days += f" {show_day(coming.advised)}, as advised"
        cards.insert(
            0,
            Card(
                f"Report of {coming.year}: {coming.state or 'not opened'}",
                f"{days}.",
                f"/reports/{coming.year}",
                "The report",
                lines=tuple(
                    Line(
                        f"({each.number}) {each.title}",
                        f"/reports/{coming.year}#element-{each.number}",
                        f"{each.short_citation}: no text, and no decision that there is nothing to report",
                    )
                    for each in missing[:_LINES]
                ),
                empty="Every element has a text or a decision.",
            ),
        )
    return tuple(figures), (*cards, await _congress(session, caller))


def _numbers(act: law.ActView) -> str:
    """Which record it was, so that acts of one kind and day are told apart."""
    if act.count > 1:
        return f"numbers {act.first_id:,} to {act.last_id:,}"
    return f"number {act.record_id or act.first_id:,}"


async def _agreements(session: ReadSession, caller: Caller) -> Card:
    return Card(
        "Agreements",
        "By the state of today",
        "/agreements",
        "All agreements",
        counts=tuple(
            Figure(
                f"{each.state[:1].upper()}{each.state[1:]}",
                each.agreements,
                _to("/agreements", stage=each.state),
                exercise=each.exercise,
            )
            for each in await agreements.counts(session, caller.reader)
        ),
        empty="No agreement is recorded here; it is not public.",
    )


async def _auditor(session: ReadSession, caller: Caller) -> _Parts:
    latest = await law.list_acts(session, caller.reader, limit=_LINES)
    return (
        (
            await _changes(session, caller, _LAST_DAYS),
            await _late_recordings(session, caller),
            await _determinations_waiting(session, caller),
            await _law_changes(session),
        ),
        (
            Card(
                "Latest covered acts",
                "By the register of the sunset",
                "/law/acts",
                "The register",
                lines=tuple(
                    Line(
                        each.act_title
                        if each.title.lower() in each.act_title.lower()
                        else f"{each.act_title}: {each.title}",
                        each.href or "/law/acts",
                        f"{show_day(each.acted_on)}, {each.by}, {_numbers(each)}"
                        + (f"; {each.label}" if each.label else ""),
                        each.exercise,
                    )
                    for each in latest.items
                ),
                empty="No covered act is recorded.",
            ),
            await _law(session, caller),
            await _trail(session, caller),
        ),
    )


async def _administrator(session: ReadSession, caller: Caller) -> _Parts:
    here = await people.list_people(session, limit=_SEEN)
    return (
        (
            await _inbox(session, caller),
            _figure("People", here, "/people", "who may sign in"),
            await _law_changes(session),
            await _changes(session, caller, _LAST_DAYS),
        ),
        (await _trail(session, caller), await _law(session, caller)),
    )


_DESKS: Final[Mapping[Role, Callable[[ReadSession, Caller], Awaitable[_Parts]]]] = {
    "program-office": _program_office,
    "senior-official": _senior_official,
    "state-liaison": _state_liaison,
    "comptroller": _comptroller,
    "report-writer": _report_writer,
    "auditor": _auditor,
    "administrator": _administrator,
}


# ---- what several desks show


async def _inbox(session: ReadSession, caller: Caller) -> Figure:
    found = await inbox(session, caller)
    return Figure("Waiting for you", found.count, "/inbox", "in your inbox")


async def _past_actions(session: ReadSession, caller: Caller) -> Figure:
    found = await groups.list_actions(session, caller.reader, overdue=True, limit=_SEEN)
    return _figure("Actions past their day", found, "/actions?overdue=true", "still open")


async def _past_calls(session: ReadSession, caller: Caller) -> Figure:
    found = await data_calls.list_calls(session, caller.reader, overdue=True, limit=_SEEN)
    return _figure("Data calls past due", found, "/data-calls?overdue=true", "with returns missing")


async def _past_promises(session: ReadSession, caller: Caller) -> Figure:
    found = await congress.list_promises(session, caller.reader, past=True, limit=_SEEN)
    return _figure("Promises past their day", found, "/congress/promises?past=true", "to Congress, open")


async def _late_recordings(session: ReadSession, caller: Caller) -> Figure:
    found = await law.list_acts(session, caller.reader, late=True, limit=_SEEN)
    return _figure("Late recordings", found, "/law/acts?late=true", "acts of before the end")


async def _determinations_waiting(session: ReadSession, caller: Caller) -> Figure:
    found = await law.list_determinations(session, caller.reader, waiting=True, limit=_SEEN)
    return _figure("Determinations to review", found, "/law/determinations?waiting=true", "by a second person")


async def _unrecorded_duties(session: ReadSession) -> Figure:
    found = await duties.list_duties(session, status=duties.UNRECORDED, limit=_SEEN)
    return _figure("Dates with nothing recorded", found, _to("/duties", status=duties.UNRECORDED))


async def _law_changes(session: ReadSession) -> Figure:
    changes = (*await law.all_amendments(session), *await law.all_adoptions(session))
    open_ones = sum(each.confirmed_on is None and each.withdrawn_on is None for each in changes)
    return Figure("Law changes to confirm", open_ones, "/law/amendments", "by a second administrator")


async def _changes(session: ReadSession, caller: Caller, days: int, command: str | None = None) -> Figure:
    since = session.today - timedelta(days=days - 1)
    found = await trail.list_changes(session, caller.reader, since=since, command=command, limit=_SEEN)
    title = "Sign-ins" if command else "Changes"
    named = "today" if days == 1 else f"in {days} days"
    return _figure(f"{title} {named}", found, _to("/trail", command=command, since=since.isoformat()))


async def _trail(session: ReadSession, caller: Caller) -> Card:
    return Card(
        "Trail",
        "By the program clock",
        "/trail",
        "The trail",
        counts=(
            await _changes(session, caller, 1),
            await _changes(session, caller, _LAST_DAYS),
            await _changes(session, caller, _LAST_DAYS, "people.sign-in"),
        ),
    )


async def _law(session: ReadSession, caller: Caller) -> Card:
    acts = await law.list_acts(session, caller.reader, limit=_SEEN)
    going_on = await law.list_acts(session, caller.reader, continuing=True, limit=_SEEN)
    made = await law.list_determinations(session, caller.reader, limit=_SEEN)
    return Card(
        "Acts and the law",
        "What rests on section 1253, and what goes on under other law",
        "/law",
        "The law",
        counts=(
            _figure("Covered acts", acts, "/law/acts"),
            await _late_recordings(session, caller),
            _figure("Acts under a determination", going_on, "/law/acts?continuing=true"),
            _figure("Determinations not ended", made, "/law/determinations"),
            await _determinations_waiting(session, caller),
            await _law_changes(session),
        ),
    )


async def _congress(session: ReadSession, caller: Caller) -> Card:
    contacts = await congress.list_contacts(session, caller.reader, overdue=True, limit=_SEEN)
    pending = await congress.list_briefings(session, caller.reader, state="pending", limit=_SEEN)
    owed = await congress.list_promises(session, caller.reader, outcome="open", limit=_SEEN)
    return Card(
        "Congress",
        "What was asked, promised and is to be told",
        "/congress",
        "Congress",
        counts=(
            _figure("Briefings to give", pending, "/congress/briefings?status=pending"),
            _figure("Contacts past their suspense", contacts, "/congress/contacts?overdue=true"),
            _figure("Promises open", owed, "/congress/promises?outcome=open"),
            await _past_promises(session, caller),
        ),
    )


async def _projects(session: ReadSession, caller: Caller) -> Card:
    reader = caller.reader
    stale = []
    for days in projects.stale_days(session):
        which = projects.ProjectFilter(stale=days)
        found = await projects.list_projects(session, reader, which, sort="updated", limit=_SEEN)
        stale.append(_figure(f"No update in {days} days", found, f"/projects?stale={days}&sort=updated"))
    risks = await projects.list_risks(session, reader, projects.RiskFilter(overdue=True), limit=_SEEN)
    results = await projects.list_results(session, reader, projects.ResultFilter(past=True), limit=_SEEN)
    return Card(
        "Projects",
        "What nobody has looked at for long, and what is past its day",
        "/projects",
        "All projects",
        counts=(
            *stale,
            _figure("Risks past their review", risks, "/risks?overdue=overdue"),
            _figure("Results past the day of their target", results, "/results?past=past"),
        ),
    )


async def _calls_of_office(session: ReadSession, caller: Caller) -> tuple[int, Page[data_calls.CallView]]:
    office = next((each.office_id for each in await subscribers(session, person_id=caller.id)), 0)
    return office, await data_calls.list_calls(
        session, caller.reader, office_id=office, closed=False, sort="due", limit=_LINES
    )


async def _calls_to_office(session: ReadSession, caller: Caller) -> Card:
    office, calls = await _calls_of_office(session, caller)
    return _calls_card("Data calls to your office", _to("/data-calls", office=office, pending="true"), calls)


def _calls_card(title: str, href: str, calls: Page[data_calls.CallView]) -> Card:
    return Card(
        title,
        "The earliest due first" + (f", {len(calls.items)} of {calls.total}" if calls.next_cursor else ""),
        href,
        "All data calls",
        lines=tuple(
            Line(
                each.title,
                f"/data-calls/{each.id}",
                f"due {show_day(each.due_on)}; {each.answered} answered, {each.nil} nil, {each.unanswered} missing"
                + (f"; {each.days_past_due:,} days past due" if each.days_past_due else ""),
                each.exercise,
            )
            for each in calls.items
        ),
        empty="No data call is open.",
    )


def _figure(title: str, found: Page[Any], href: str, note: str = "") -> Figure:
    """The number of a list; it carries the exercise mark where one of the rows that were looked at was generated."""
    marked = any(getattr(each, "exercise", False) for each in found.items)
    return Figure(title, found.total or 0, href, note, exercise=marked)


def _to(path: str, **query: Any) -> str:
    return f"{path}?{urlencode({name: value for name, value in query.items() if value})}"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _left(days: int) -> str:
    if days < 0:
        return f"{_counted(-days, 'day', 'days')} ago"
    return f"{_counted(days, 'day', 'days')} left" if days else "today"
