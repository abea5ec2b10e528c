"""The dates of the statute: list and file, one duty, and its forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.document.charts import Chart
from pipir.features.binder.queries import Binder, binder
from pipir.features.duties import commands, queries, rules
from pipir.features.duties.tables import STATUSES
from pipir.features.law.queries import law_of
from pipir.features.people.queries import office_choices
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.command import Command
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.statute import lookup
from pipir.statute.model import Consequence, Difference, Provision
from pipir.store.doors import Database, ReadSession
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.acts import act_of, words
from pipir.web.api import see_other
from pipir.web.exports import Columns, exercise, export_file, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

_KIND_NAMES: Final = {
    "designation": "Designation",
    "notice": "Notice",
    "briefing": "Briefing",
    "report": "Report",
    "termination": "End of the authority",
}
_COLUMNS: Final = Columns[queries.DutyView](
    (
        "Slug", "Kind", "What", "Owed by", "To", "Citation", "Kind of law line", "Statutory day",
        "Advised working day", "Days left", "State", "What the state says", "Owning office", "Done on", "Evidence",
        "Days late", "Statement of lateness", "Extension asked by", "Extension asked on", "Exercise data",
    ),
    lambda each: (
        each.slug,
        each.kind,
        each.what,
        each.owed_by,
        "; ".join(each.recipients),
        each.citation,
        each.standing,
        each.statutory_day,
        each.advised_day,
        each.days_left,
        each.state.label,
        each.state.says,
        each.owner_office or queries.UNRECORDED,
        each.done_on or queries.UNRECORDED,
        each.evidence or queries.UNRECORDED,
        each.late_days or queries.UNRECORDED,
        each.late_statement or queries.UNRECORDED,
        each.extension_asked_by or queries.UNRECORDED,
        each.extension_asked_on or queries.UNRECORDED,
        exercise(each),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _Act:
    """One change of an entry: the command, what its page and its button are called, and what the page explains."""

    command: Command[..., Any]
    title: str
    button: str
    lead: str


_ACTS: Final[Mapping[str, _Act]] = {
    "take-up": _Act(
        commands.take_up,
        "Take up this duty",
        "Make the first entry",
        "Until somebody records something, this record says nothing about the duty but its date.",
    ),
    "revise": _Act(
        commands.revise,
        "Change the entry",
        "Save",
        "The owning office, the note, and the status of a duty that is open.",
    ),
    "done": _Act(
        commands.record_done,
        "Record it as done",
        "Record it as done",
        "A duty is done with evidence: the letter, its number, the committees and the day.",
    ),
    "late": _Act(
        commands.state_late,
        "State that it is late",
        "State it",
        "Only the owning office says that a duty is late, in its own words; the calendar never does.",
    ),
    "extension": _Act(
        commands.ask_extension,
        "Record that more time was asked for",
        "Record it",
        "The statutory day stays as it is until an amendment is enacted.",
    ),
    "reopen": _Act(
        commands.reopen,
        "Reopen the duty",
        "Reopen it",
        "The entry goes back to in work; what stood before stays in the history.",
    ),
    "end": _Act(
        commands.end,
        "End this entry",
        "End it",
        "For a notice that is not owed after all, such as one entered in error. The entry stays in the record.",
    ),
}


@dataclass(frozen=True)
class _DutiesPage:
    list: ListView[queries.DutyView]
    countdown: queries.Countdown
    calendars: tuple[Chart, ...]
    kinds: tuple[tuple[str, str], ...]
    statuses: tuple[tuple[str, str], ...]
    years: tuple[tuple[str, str], ...]
    notice: Provision
    notice_days: int
    notices: int
    consequences: tuple[tuple[Consequence, str], ...]
    consequences_standing: str
    may_change: bool


@dataclass(frozen=True)
class _DutyPage:
    duty: queries.DutyView
    kind: str
    law: tuple[Provision, ...]
    group: str
    differences: tuple[tuple[Difference, str], ...]
    countdown: queries.Countdown
    termination: Provision
    after_end: bool
    calendar: Chart
    wind_down: tuple[queries.WindDownView, ...]
    acts: tuple[tuple[str, str], ...]
    history: tuple[TrailView, ...]
    binder: Binder | None


@dataclass(frozen=True)
class _ActPage:
    form: Form[Any]
    duty: queries.DutyView
    act: str
    title: str
    button: str
    lead: str
    offices: tuple[tuple[str, str], ...]
    statuses: tuple[tuple[str, str], ...]
    action: str


@dataclass(frozen=True)
class _NoticePage:
    form: Form[commands.EnterNotice]
    law: Provision
    days: int
    recipients: tuple[str, ...]
    offices: tuple[tuple[str, str], ...]


@get("/duties", opt=allow("duties.read"))
async def duties(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    kind: FromQuery[str] = "",
    status: FromQuery[str] = "",
    year: FromQuery[str] = "",
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "day",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Every date of the statute, the countdown, and the months ahead."""
    async with db.read() as session:
        law = await law_of(session)
        found = await queries.list_duties(
            session,
            kind=kind or None,
            status=status or None,
            year=_year(year),
            ended=ended,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        every = await queries.all_duties(session)
        view = frame.list_view(
            found,
            noun=("date", "dates"),
            sort=sort,
            sorts=queries.SORTS,
            chosen={"kind": kind, "status": status, "year": year, "ended": ended},
            labels=_KIND_NAMES
            | {each: each.capitalize() for each in (*STATUSES, queries.UNRECORDED)}
            | {"true": "with ended entries"},
            columns=_COLUMNS,
        )
        page = _DutiesPage(
            list=view,
            countdown=queries.countdown(law, session.today),
            calendars=queries.calendars(every, session.today, 3),
            kinds=tuple(_KIND_NAMES.items()),
            statuses=words((queries.UNRECORDED, *STATUSES)),
            years=tuple((str(each), str(each)) for each in sorted({each.statutory_day.year for each in every})),
            notice=law.provision(rules.NOTICE_PROVISION),
            notice_days=lookup.number(law, rules.NOTICE_PROVISION, "days"),
            notices=sum(each.kind == "notice" for each in every),
            consequences=tuple((each, law.citation(each.provision)) for each in lookup.consequences(law)),
            consequences_standing=lookup.readings(law)[0].standing_label,
            may_change=caller.may(commands.take_up.permission),
        )
        return frame.show("duties/duties.html", page, now=session.now)


@get(file_paths("/duties/export"), opt=allow("duties.read"))
async def export_duties(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    kind: FromQuery[str] = "",
    status: FromQuery[str] = "",
    year: FromQuery[str] = "",
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "day",
) -> Response[bytes]:
    """Exactly the dates of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_duties(
                session,
                kind=kind or None,
                status=status or None,
                year=_year(year),
                ended=ended,
                sort=sort,
                cursor=cursor,
                limit=AT_ONCE,
            )
        )
    return await export_file(request, "duties", _COLUMNS, found)


@get("/duties/notices/new", opt=allow(commands.enter_notice))
async def new_notice(frame: NamedDependency[Frame], db: NamedDependency[Database]) -> Response[bytes]:
    """The empty form of a notice."""
    return await _notice_form(frame, db, Form(commands.EnterNotice))


@post("/duties/notices/new", opt=allow(commands.enter_notice), status_code=303)
async def enter_notice(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter the notice that an event sets off."""
    form = await read_form(request, commands.EnterNotice)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.enter_notice.name, once=once) as session:
            slug = await queries.slug_of(session, await commands.enter_notice(session, body))
            answer = see_other(session, f"/duties/{slug}")
        return answer
    return await _notice_form(frame, db, form)


@get("/duties/{slug:str}", opt=allow("duties.read"))
async def duty(
    slug: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One duty with its law lines, its state and its history."""
    async with db.read() as session:
        law = await law_of(session)
        view = await queries.duty(session, slug)
        provision = law.provision(view.provision)
        count = queries.countdown(law, session.today)
        around = [row for row in (law.provisions.get(view.provision.rpartition(".")[0]),) if row is not None]
        page = _DutyPage(
            duty=view,
            kind=_KIND_NAMES[view.kind],
            law=(provision, *around),
            group=law.groups[provision.to].citation if provision.to else "",
            differences=tuple((each, law.citation(each.other)) for each in lookup.differences(law, view.provision)),
            countdown=count,
            termination=law.provision("1253.g"),
            after_end=count.last_day is not None and view.statutory_day > count.last_day,
            wind_down=await queries.wind_down(session, caller.reader) if view.kind == "termination" else (),
            calendar=queries.month_of((view,), session.today, view.statutory_day),
            acts=_acts(view) if caller.may(commands.take_up.permission) else (),
            history=await history(session, caller.reader, "duty", view.id) if view.id is not None else (),
            binder=await binder(session, caller, "duty", view.id) if view.id is not None else None,
        )
        return frame.show("duties/duty.html", page, now=session.now)


@get("/duties/{slug:str}/{act:str}", opt=allow(commands.revise))
async def duty_to_change(
    slug: FromPath[str], act: FromPath[str], frame: NamedDependency[Frame], db: NamedDependency[Database]
) -> Response[bytes]:
    """The form of one change."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.duty(session, slug)
        # A form for what a rule refuses anyway is not offered.
        if act not in dict(_acts(view)):
            rules.may_take_up(view.kind, view.citation)
            rules.recorded(view.id, view.citation)
            raise rules.not_open(chosen.title, view.state.label, view.citation)
        form: Form[Any] = Form.of(chosen.command.body, view)
        return await _act_form(frame, session, form, view, act)


@post("/duties/{slug:str}/{act:str}", opt=allow(commands.revise), status_code=303)
async def change_duty(
    slug: FromPath[str],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Make one change, and go back to the duty."""
    chosen = act_of(_ACTS, act)
    form = await read_form(request, chosen.command.body)
    with form:
        async with db.write(actor=caller.id, command=chosen.command.name, once=once) as session:
            view = await queries.duty(session, slug)
            if act == "take-up":
                form.values["slug"] = view.slug
                await chosen.command(session, form.value())
            else:
                await chosen.command(
                    session, rules.recorded(view.id, view.citation), form.value(), version=form.version
                )
            answer = see_other(session, f"/duties/{view.slug}")
        return answer
    async with db.read() as reading:
        view = await queries.duty(reading, slug)
        return await _act_form(frame, reading, form, view, act)


async def _act_form(
    frame: Frame, session: ReadSession, form: Form[Any], view: queries.DutyView, act: str
) -> Response[bytes]:
    chosen = _ACTS[act]
    page = _ActPage(
        form=form,
        duty=view,
        act=act,
        title=chosen.title,
        button=chosen.button,
        lead=chosen.lead,
        offices=await office_choices(session),
        statuses=words(rules.PLAIN),
        action=f"/duties/{view.slug}/{act}",
    )
    return frame.show("duties/act.html", page, now=session.now, status=form.status)


async def _notice_form(frame: Frame, db: Database, form: Form[commands.EnterNotice]) -> Response[bytes]:
    async with db.read() as session:
        law = await law_of(session)
        page = _NoticePage(
            form=form,
            law=law.provision(rules.NOTICE_PROVISION),
            days=lookup.number(law, rules.NOTICE_PROVISION, "days"),
            recipients=tuple(each.name for each in lookup.recipients(law, rules.NOTICE_PROVISION)),
            offices=await office_choices(session),
        )
        return frame.show("duties/notice.html", page, now=session.now, status=form.status)


def _acts(view: queries.DutyView) -> tuple[tuple[str, str], ...]:
    """The changes that the duty is open to, as (act, title)."""
    if view.kind == "termination" or view.ended_on is not None:
        return ()
    if view.id is None:
        names = ["take-up"]
    elif view.by_register:
        names = ["done", "revise"]
    elif view.status == "done":
        names = ["revise", "reopen"]
    else:
        names = ["done", "revise", "extension"]
        names += ["late"] if view.days_left < 0 else []
        names += ["reopen"] if view.status not in rules.PLAIN else []
    if view.triggered_on is not None:
        names.append("end")
    return tuple((name, _ACTS[name].title) for name in names)


def _year(typed: str) -> int | None:
    # A year that is none finds nothing, as any other year without dates does.
    return (int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 4 else 0) if typed else None


HANDLERS: Final = (duties, export_duties, new_notice, enter_notice, duty, duty_to_change, change_duty)
