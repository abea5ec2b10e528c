"""What can be asked of duties: the statute's dates joined with what was recorded, and the countdown."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import RowMapping, select

from pipir.document.charts import Chart, month_calendar
from pipir.features.duties import rules
from pipir.features.duties.tables import STATUSES, Duty
from pipir.features.law.queries import DesignationView, ReadingView, designations, law_of, readings_of
from pipir.features.law.rules import TERMINATION, end_of, is_over
from pipir.features.law.rules import last_day as last_day_on
from pipir.features.notices.rules import STATUTORY, Entry
from pipir.features.people.tables import Office, Person
from pipir.kernel.calendar import days_left, washington_day
from pipir.kernel.dated import Dated
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.marking import Reader
from pipir.kernel.paging import BACK, DEFAULT_LIMIT, Cursor, Page, SortValue, page_of
from pipir.statute import lookup
from pipir.statute.model import Deadline, Statute, short_citation
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect

KINDS: Final = ("designation", "notice", "briefing", "report", "termination")
# What the list calls a duty about which nobody has recorded anything.
UNRECORDED: Final = "nothing recorded"
SORTS: Final = ("day", "kind", "status", "what")


class DutyView(msgspec.Struct, frozen=True):
    """A dated duty as shown. `id` None and `version` 0: nothing is recorded of it; None elsewhere: not known.

    `by_register`: that it is done follows from the register of the senior official, not from an entry of its own.
    """

    slug: str
    id: int | None
    version: int
    kind: str
    what: str
    provision: str
    citation: str
    standing: str
    owed_by: str
    recipients: tuple[str, ...]
    statutory_day: date
    advised_day: date
    days_left: int
    status: str | None
    state: rules.State
    event: str | None
    triggered_on: date | None
    owner_office_id: int | None
    owner_office: str | None
    note: str | None
    done_on: date | None
    evidence: str | None
    late_days: int | None
    late_statement: str | None
    late_stated_on: date | None
    late_stated_by: str | None
    extension_asked_by: str | None
    extension_asked_on: date | None
    reopened_because: str | None
    ended_on: date | None
    ended_because: str | None
    by_register: bool
    exercise: bool

    @property
    def short_citation(self) -> str:
        """The citation where the law is known from its surroundings."""
        return short_citation(self.citation)

    @property
    def open(self) -> bool:
        """Whether it still lies ahead or is being worked on: not done, not ended."""
        return self.status != "done" and self.ended_on is None


class Moment(msgspec.Struct, frozen=True):
    """A point on the line of time, at a share from 0 (enactment) to 1 (the last day)."""

    share: float
    label: str
    day: date
    passed: bool
    minor: bool

    @property
    def on(self) -> str:
        """Month and year as the line prints them; nothing where the point has no name."""
        return f"{self.day:%b %Y}" if self.label else ""


class Countdown(msgspec.Struct, frozen=True):
    """How long the section's own authority still runs, worded so that nobody takes other work to end with it.

    `days`, `last_day` and `first_refused` are None where an amendment has taken the end away.
    """

    ended: bool
    days: int | None
    title: str
    text: str
    last_day: date | None
    first_refused: datetime | None
    enacted: date
    share: float
    today_label: str
    description: str
    citation: str
    standing: str
    readings: tuple[ReadingView, ...]
    moments: tuple[Moment, ...]

    @property
    def figure(self) -> str:
        """The days in large figures."""
        return f"{self.days:,}" if self.days is not None else "No end"


async def list_duties(
    session: ReadSession,
    *,
    kind: str | None = None,
    status: str | None = None,
    year: int | None = None,
    ended: bool = False,
    sort: str = "day",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[DutyView]:
    """The dated duties; `status` may be "nothing recorded"; notices that were ended stand there where `ended`."""
    _check("kind", kind, KINDS)
    _check("status", status, (*STATUSES, UNRECORDED))
    found = [
        view
        for view in await all_duties(session)
        if (kind is None or view.kind == kind)
        and (status is None or (view.status or UNRECORDED) == status)
        and (year is None or view.statutory_day.year == year)
        and (ended or view.ended_on is None)
    ]
    return _page(found, sort=sort, cursor=cursor, limit=limit)


async def all_duties(session: ReadSession) -> tuple[DutyView, ...]:
    """Every date of the law as amended, every notice that a designation set off or somebody entered, by day."""
    today, statute = session.today, await law_of(session)
    rows = {row["slug"]: row for row in (await session.execute(_rows())).mappings()}
    made = await _first_made(session)
    views = [_view(each, rows.pop(each.slug, None), today, made=made) for each in lookup.deadlines(statute)]
    for trigger in await triggers(session, statute):
        row = rows.pop(trigger.deadline.slug, None)
        views.append(_view(trigger.deadline, row, today, trigger))
    for row in rows.values():
        deadline = rules.deadline_of(statute, row["slug"], row["notice"], row["triggered_on"])
        if deadline is not None:
            views.append(_view(deadline, row, today))
    return tuple(sorted(views, key=lambda view: (view.statutory_day, view.slug)))


async def duty(session: ReadSession, slug: str) -> DutyView:
    """One duty by its slug, or NotFound."""
    # What is no slug of ours never reaches the database: it may hold what PostgreSQL cannot take.
    plain = slug.isascii() and slug.replace("-", "").isalnum() and len(slug) <= 80
    statute = await law_of(session)
    row = (await session.execute(_rows().where(Duty.slug == slug))).mappings().one_or_none() if plain else None
    if row is not None:
        deadline = rules.deadline_of(statute, slug, row["notice"], row["triggered_on"])
    else:
        deadline = rules.deadline_of(statute, slug)
    trigger = next((each for each in await triggers(session, statute) if each.deadline.slug == slug), None)
    if deadline is None and trigger is not None:
        deadline = trigger.deadline
    if deadline is None:
        raise NotFound("The statute sets no date with this name, and no notice with it was entered.")
    return _view(deadline, row, session.today, trigger, await _first_made(session))


class Trigger(msgspec.Struct, frozen=True):
    """A designation, or a change of it, that sets off a notice to the congressional defense committees."""

    deadline: Deadline
    event: str
    on: date


async def triggers(session: ReadSession, statute: Statute) -> tuple[Trigger, ...]:
    """The notices that the recorded designations and changes set off; one set off before the end stays due after it."""
    found: dict[str, Trigger] = {}
    for each in await designations(session):
        events = [(f"Designation: {each.office_held}", each.made_on)]
        if each.changed_on is not None:
            events.append((f"Change: the designation of {each.office_held} ends", each.changed_on))
        for event, on in events:
            deadline = lookup.notice_due(statute, on)
            if deadline is not None:
                found.setdefault(deadline.slug, Trigger(deadline, event, on))
    return tuple(found.values())


async def _first_made(session: ReadSession) -> DesignationView | None:
    """The designation that was made first, which is what (c)(1) asks for, or None where the register holds none."""
    return min(await designations(session), key=lambda each: (each.made_on, each.id), default=None)


async def entries(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """Every date of the statute and every notice, as a calendar shows it; the law is public, so nothing is hidden."""
    return tuple(_entry(view) for view in await all_duties(session) if view.ended_on is None)


async def dated(session: ReadSession, reader: Reader) -> tuple[Dated, ...]:
    """The duties that somebody still owes; one whose day has passed without a word of it is still open."""
    return tuple(entry.dated for entry in await entries(session, reader) if entry.open)


async def slug_of(session: ReadSession, duty_id: int) -> str:
    """The slug of an entry, or NotFound."""
    slug = await session.scalar(select(Duty.slug).where(Duty.id == duty_id))
    if slug is None:
        raise NotFound("There is no entry of a duty with this number.")
    return slug


def next_of(duties: tuple[DutyView, ...], today: date, n: int) -> tuple[DutyView, ...]:
    """The first `n` duties that are open and lie ahead of `today`, after those past it that an entry keeps open.

    A day that has passed with nothing recorded is no open item: nothing is known of it.
    """
    return tuple(view for view in duties if view.open and (view.statutory_day >= today or view.status is not None))[:n]


def countdown(statute: Statute, today: date) -> Countdown:
    """The time from enactment to the last day of the authority, by the adopted reading, with the duties on it."""
    first_refused = end_of(statute).first_refused
    last_day = washington_day(first_refused - timedelta(microseconds=1)) if first_refused is not None else None
    # Without an end the line of time runs to the last date that the section sets.
    line_end = last_day or max((row.statutory_day for row in lookup.deadlines(statute)), default=today)
    enacted = lookup.window(statute, "1253.g")[0] or line_end
    span = max((line_end - enacted).days, 1)

    def share(day: date) -> float:
        return round(min(max((day - enacted).days / span, 0.0), 1.0), 4)

    left = days_left(today, last_day) if last_day is not None else None
    ended = left is not None and left < 0
    # An extension that begins after a gap leaves days without authority, on which acts are refused.
    again = min(
        (
            each.changes_from
            for each in statute.amendments
            if each.provision == TERMINATION and each.changes_from > today
        ),
        default=None,
    )
    lapsed = not ended and again is not None and today >= enacted and is_over(statute, today)
    percent = int(100 * share(today))
    provision = statute.provision("1253.g")
    when = f"{line_end.day} {line_end:%B %Y}"
    goal = "the last day of its own authority" if last_day is not None else "the last date that it sets"
    others = "What rests on other law goes on by its own terms."
    if lapsed and again is not None:
        title = "The section's own authority is not in force today"
        text = (
            f"It ran through {_plain(last_day_on(statute, today))}, and by an enacted amendment runs again from "
            f"{_plain(again)}{f' through {when}' if last_day is not None else ''}. {others}"
        )
    elif left is None:
        title, text = "The section's own authority", f"The law as amended sets it no end. {others}"
    elif ended:
        title, text = "The section's own authority has ended", f"It ran through {when}. {others}"
    elif left == 0:
        title, text = "Last day of the section's own authority", f"It runs through the end of {when}. {others}"
    else:
        title = ("day" if left == 1 else "days") + " left of the section's own authority"
        text = f"It runs through {when} unless extended. {others}"
    return Countdown(
        ended=ended or lapsed,
        days=0 if lapsed else max(left, 0) if left is not None else None,
        title=title,
        text=text,
        last_day=last_day,
        first_refused=first_refused,
        enacted=enacted,
        share=share(today),
        today_label=f"Today \N{MIDDLE DOT} {percent}%",
        description=(
            f"A line of time from the enactment of section 1253 on {enacted.day} {enacted:%B %Y} to {goal}, {when}. "
            f"{percent} percent of it has passed. {others}"
        ),
        citation=provision.citation,
        standing=provision.standing_label,
        readings=readings_of(statute),
        moments=_moments(statute, today, enacted, line_end, share, ends=last_day is not None),
    )


def calendars(duties: tuple[DutyView, ...], today: date, count: int) -> tuple[Chart, ...]:
    """This month, and the next months in which something is due, up to `count` in all."""
    months = [today]
    for each in duties:
        ahead = each.statutory_day > today and each.ended_on is None
        if ahead and all(_month(each.statutory_day) != _month(month) for month in months):
            months.append(each.statutory_day)
    return tuple(month_of(duties, today, month) for month in months[:count])


def month_of(duties: tuple[DutyView, ...], today: date, month: date) -> Chart:
    """The month that holds a day, with the statutory days in it."""
    due = {each.statutory_day: each.what for each in duties if each.ended_on is None}
    name = f"month-{month.year}-{month.month}"
    return month_calendar(name, f"{month:%B %Y}", month.year, month.month, today=today, due=due)


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _moments(
    statute: Statute, today: date, enacted: date, last_day: date, share: Callable[[date], float], *, ends: bool
) -> tuple[Moment, ...]:
    """Enactment, the first and the next report and briefing, and the end; those between are wordless on phones."""
    dated = [
        row for row in lookup.deadlines(statute) if row.kind in ("briefing", "report") and row.statutory_day < last_day
    ]
    firsts = {kind: next((row for row in dated if row.kind == kind), None) for kind in ("briefing", "report")}
    named: dict[date, str] = {enacted: "Enacted", last_day: "Sunset of (g)" if ends else "Last date set"}
    for kind, row in firsts.items():
        if row is not None:
            named[row.statutory_day] = f"1st {kind}"
    coming = next((row for row in dated if row.statutory_day >= today and row.statutory_day not in named), None)
    if coming is not None:
        named[coming.statutory_day] = f"Next {coming.kind}"
    # Two names closer than this share of the line would run into each other.
    placed: list[float] = [0.0, 1.0]
    moments = []
    for day in sorted(named, key=lambda day: (day not in (enacted, last_day), day < today, day)):
        place = share(day)
        apart = all(abs(place - other) >= 0.13 for other in placed) or day in (enacted, last_day)
        placed.append(place)
        moments.append(Moment(place, named[day] if apart else "", day, day <= today, day not in (enacted, last_day)))
    return tuple(sorted(moments, key=lambda moment: moment.day))


def _rows() -> AnySelect:
    return (
        select(
            Duty.id,
            Duty.version,
            Duty.slug,
            Duty.notice,
            Duty.event,
            Duty.triggered_on,
            Duty.status,
            Duty.owner_office_id,
            Office.symbol.label("owner_office"),
            Duty.note,
            Duty.done_on,
            Duty.evidence,
            Duty.late_days,
            Duty.late_statement,
            Duty.late_stated_on,
            Person.name.label("late_stated_by"),
            Duty.extension_asked_by,
            Duty.extension_asked_on,
            Duty.reopened_because,
            Duty.ended_on,
            Duty.ended_because,
            Duty.exercise,
        )
        .outerjoin(Office, Office.id == Duty.owner_office_id)
        .outerjoin(Person, Person.id == Duty.late_stated_by_id)
        .order_by(Duty.id)
    )


def _entry(view: DutyView) -> Entry:
    says = [f"Statutory day: {_long(view.statutory_day)}; it stays as it is."]
    if view.advised_day != view.statutory_day:
        says.append(f"Advised working day before it: {_long(view.advised_day)} (convention; the statute is silent).")
    return Entry(
        Dated(
            kind=STATUTORY,
            slug=f"duty-{view.slug}",
            title=f"{view.what}, {view.statutory_day.year}",
            due_on=view.statutory_day,
            office_id=view.owner_office_id,
            person_id=None,
            href=f"/duties/{view.slug}",
            citation=f"{view.citation} ({view.standing})",
            exercise=view.exercise,
        ),
        done_on=view.done_on if view.status == "done" else None,
        # The end of the authority takes effect by itself.
        owed=view.kind != "termination",
        sequence=view.version,
        note="\n".join(says),
    )


def _plain(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _long(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B %Y}"


_RECORDED: Final = (
    "event",
    "triggered_on",
    "owner_office_id",
    "owner_office",
    "note",
    "done_on",
    "evidence",
    "late_days",
    "late_statement",
    "late_stated_on",
    "late_stated_by",
    "extension_asked_by",
    "extension_asked_on",
    "reopened_because",
    "ended_on",
    "ended_because",
)


def _view(
    deadline: Deadline,
    row: RowMapping | None,
    today: date,
    trigger: Trigger | None = None,
    made: DesignationView | None = None,
) -> DutyView:
    recorded = {name: row[name] if row is not None else None for name in _RECORDED}
    if trigger is not None:
        recorded |= {"event": recorded["event"] or trigger.event, "triggered_on": trigger.on}
    status = row["status"] if row is not None else None
    by_register = deadline.kind == "designation" and made is not None and status != "done"
    if by_register and made is not None:
        status = "done"
        evidence = f"The register of the senior official: {made.office_held}, by {made.instrument}."
        recorded |= {"done_on": made.made_on, "evidence": evidence}
    return DutyView(
        slug=deadline.slug,
        id=row["id"] if row is not None else None,
        version=row["version"] if row is not None else 0,
        kind=deadline.kind,
        what=deadline.what,
        provision=deadline.provision,
        citation=deadline.citation,
        standing=deadline.standing_label,
        owed_by=deadline.owed_by,
        recipients=tuple(each.name for each in deadline.recipients),
        statutory_day=deadline.statutory_day,
        advised_day=deadline.advised_day,
        days_left=days_left(today, deadline.statutory_day),
        status=status,
        state=rules.state_of(deadline, status, today, done_on=recorded["done_on"], late_days=recorded["late_days"]),
        by_register=by_register,
        exercise=bool(row is not None and row["exercise"]) or bool(by_register and made is not None and made.exercise),
        **recorded,
    )


def _page(found: list[DutyView], *, sort: str, cursor: str | None, limit: int) -> Page[DutyView]:
    """A page of a list that was made in memory, by the same cursors as those that the database makes."""
    key = sort.removeprefix("-")
    if key not in SORTS:
        expected = "Expected one of: " + ", ".join(SORTS) + "; with a leading minus for descending."
        raise Invalid("The list has no such order.", mistakes=(Mistake("sort", expected, sort[:60]),))

    def values(view: DutyView) -> tuple[SortValue, ...]:
        first = {"kind": (view.kind,), "status": (view.status or "",), "what": (view.what,)}.get(key, ())
        return (*first, view.statutory_day, view.slug)

    ordered = sorted(found, key=values, reverse=sort.startswith("-"))
    back = cursor is not None and cursor.startswith(BACK)
    if back:
        ordered.reverse()
    if cursor is not None:
        kinds = (date, str) if key == "day" else (str, date, str)
        place = Cursor.decode(cursor.removeprefix(BACK), sort=sort, kinds=kinds).values
        down = sort.startswith("-") != back
        ordered = [view for view in ordered if (values(view) < place if down else values(view) > place)]
    return page_of(
        ordered[: limit + 1],
        limit,
        cursor=lambda view: Cursor(sort, values(view), 0),
        view=lambda view: view,
        total=len(found),
        came_from=cursor,
    )


def _check(name: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise Invalid(
            f"The list cannot be filtered by that {name}.",
            mistakes=(Mistake(name, "Expected one of: " + ", ".join(known) + ".", value[:60]),),
        )
