"""Promises to Congress: list and file, one promise, and the forms of its changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.congress import commands, queries, rules
from pipir.features.congress.pages.shared import (
    CHANGE,
    SOURCE_NAMES,
    TRAIL,
    choices,
)
from pipir.features.people.queries import office_choices
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import PromiseId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.store.doors import Database, ReadSession
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Field, act_of, drawn
from pipir.web.api import see_other
from pipir.web.exports import Columns, exercise, export_file, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

_SORTS: Final = ("due", "made", "title", "office", "outcome")
_FIELDS: Final = (
    Field("title", "Short title"),
    Field("words", "The words", "area", "As they were said or written."),
    Field("made_in", "Made in", "select", choices="sources"),
    Field("report_year", "Report", "select", "Where it was made in a report.", choices="years"),
    Field("briefing_id", "Briefing", "select", "Where it was made in a briefing.", choices="briefings"),
    Field("contact_id", "Congressional contact", "select", "Where it was made in an answer.", choices="contacts"),
    Field("source", "Source in words", hint="Page, slide or letter; needed where it was made in another place."),
    Field("made_on", "Made on", "date"),
    Field("due_on", "Due on", "date"),
    Field("office_id", "Office that owes it", "select", "Only this office states that it is late.", choices="offices"),
    Field("person_id", "Person who looks after it", "select", choices="people", empty="Nobody named"),
    Field("marking", "Marking", hint="Such as UNCLASSIFIED, CUI or CUI//NOFORN."),
)
_ENTER: Final = Act(
    commands.enter_promise,
    "Enter a promise",
    "Enter it",
    "A forward statement that Congress was given in a report, a briefing or an answer.",
    _FIELDS,
)
_ACTS: Final[Mapping[str, Act]] = {
    "keep": Act(
        commands.keep_promise,
        "Record that it was kept",
        "Record it",
        "Give the day, and what shows it.",
        (
            Field("kept_on", "Kept on", "date"),
            Field("evidence", "Evidence", "area", "What shows it, so that another person finds it."),
        ),
    ),
    "revise": Act(
        commands.revise_promise, "Change the promise", "Save", "Only a promise that is still owed changes.", _FIELDS
    ),
    "late": Act(
        commands.state_promise_late,
        "State that it is late",
        "State it",
        "Only the office that owes the promise says that it is late, and by how many days.",
        (
            Field("late_days", "Late by days", hint="At most as many as have passed."),
            Field("statement", "Statement of the owning office", "area"),
        ),
    ),
    "drop": Act(
        commands.drop_promise,
        "Drop the promise",
        "Drop it",
        "A promise that is not kept: why, and who was told so.",
        (
            Field("dropped_on", "Dropped on", "date"),
            Field("because", "Why", "area"),
            Field("told", "Who was told", "area", "Which committee or office, on which day and how."),
        ),
    ),
    "reopen": Act(
        commands.reopen_promise,
        "Reopen the promise",
        "Reopen it",
        "It is owed again; what stood before stays in the history.",
        (Field("because", "Why", "area"),),
    ),
}
_COLUMNS: Final = Columns[queries.PromiseView](
    (
        "Id", "Title", "Words", "Made in", "Made at", "Report year", "Source", "Made on", "Due on", "Office",
        "Person", "Outcome", "State", "Kept on", "Evidence", "Late days", "Late statement", "Late stated on",
        "Late stated by", "Dropped on", "Dropped because", "Told", "Reopened because", "Marking", "Exercise data",
    ),
    lambda each: (
        each.id, each.title, each.words, each.made_in, each.made_at, each.report_year, each.source, each.made_on,
        each.due_on, each.office, each.person, each.outcome, each.state.label, each.kept_on, each.evidence,
        each.late_days, each.late_statement, each.late_stated_on, each.late_stated_by, each.dropped_on,
        each.dropped_because, each.told, each.reopened_because, each.marking, exercise(each),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _PromisesPage:
    list: ListView[queries.PromiseView]
    outcomes: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    offices: tuple[tuple[str, str], ...]
    may_change: bool


@dataclass(frozen=True)
class _PromisePage:
    promise: queries.PromiseView
    acts: tuple[tuple[str, str], ...]
    history: tuple[TrailView, ...]
    binder: Binder
    own_word: str


@get("/congress/promises", opt=allow("congress.read"))
async def promises(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    outcome: FromQuery[str] = "",
    made_in: FromQuery[str] = "",
    office: FromQuery[int | None] = None,
    past: FromQuery[bool] = False,
    sort: FromQuery[str] = "due",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Every promise to Congress that was entered."""
    async with db.read() as session:
        found = await queries.list_promises(
            session,
            caller.reader,
            text_in=q or None,
            outcome=outcome or None,
            made_in=made_in or None,
            office_id=office,
            past=past,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        known = await office_choices(session)
        view = frame.list_view(
            found,
            noun=("promise", "promises"),
            sort=sort,
            sorts=_SORTS,
            chosen={"q": q, "outcome": outcome, "made_in": made_in, "office": office, "past": past},
            labels=dict(known) | SOURCE_NAMES | {"true": "owed and past their day"},
            columns=_COLUMNS,
        )
        page = _PromisesPage(view, rules.OUTCOMES, tuple(SOURCE_NAMES.items()), known, caller.may(CHANGE))
        return frame.show("congress/promises.html", page, now=session.now)


@get(file_paths("/congress/promises/export"), opt=allow("congress.read"))
async def export_promises(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    outcome: FromQuery[str] = "",
    made_in: FromQuery[str] = "",
    office: FromQuery[int | None] = None,
    past: FromQuery[bool] = False,
    sort: FromQuery[str] = "due",
) -> Response[bytes]:
    """Exactly the promises of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_promises(
                session,
                caller.reader,
                text_in=q or None,
                outcome=outcome or None,
                made_in=made_in or None,
                office_id=office,
                past=past,
                sort=sort,
                cursor=cursor,
                limit=AT_ONCE,
            )
        )
    return await export_file(request, "promises", _COLUMNS, found)


@get("/congress/promises/new", opt=allow(commands.enter_promise))
async def new_promise(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    briefing: FromQuery[int | None] = None,
    contact: FromQuery[int | None] = None,
    report: FromQuery[int | None] = None,
) -> Response[bytes]:
    """The empty form of a promise, with the place where it was made if the address names one."""
    made_in = "briefing" if briefing else "contact" if contact else "report" if report else ""
    filled = {
        "marking": "CUI",
        "made_in": made_in,
        "briefing_id": str(briefing or ""),
        "contact_id": str(contact or ""),
        "report_year": str(report or ""),
    }
    async with db.read() as session:
        return await _form(frame, session, caller, Form(commands.EnterPromise, filled), _ENTER)


@post("/congress/promises/new", opt=allow(commands.enter_promise), status_code=303)
async def enter_promise(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a forward statement that was made to Congress."""
    form = await read_form(request, commands.EnterPromise)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.enter_promise.name, once=once) as session:
            number = await commands.enter_promise(session, body)
            answer = see_other(session, f"/congress/promises/{number}")
        return answer
    async with db.read() as reading:
        return await _form(frame, reading, caller, form, _ENTER)


@get("/congress/promises/{promise_id:int}", opt=allow("congress.read"))
async def promise(
    promise_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One promise, where it was made, what became of it, and its history."""
    number = PromiseId(promise_id)
    async with db.read() as session:
        view = await queries.promise(session, caller.reader, number)
        page = _PromisePage(
            promise=view,
            acts=_acts(view, past=view.due_on < session.today) if caller.may(CHANGE) else (),
            history=await history(session, caller.reader, "promise", number),
            binder=await binder(session, caller, "promise", number),
            own_word=rules.OWN_WORD,
        )
        return frame.show("congress/promise.html", page, now=session.now, marking=view.marking)


@get("/congress/promises/{promise_id:int}/{act:str}", opt=allow(CHANGE))
async def promise_to_change(
    promise_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a promise."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.promise(session, caller.reader, PromiseId(promise_id))
        return await _form(frame, session, caller, Form.of(chosen.command.body, view), chosen, view, act)


@post("/congress/promises/{promise_id:int}/{act:str}", opt=allow(CHANGE), status_code=303)
async def change_promise(
    promise_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of a promise, and go back to it."""
    chosen = act_of(_ACTS, act)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, PromiseId(promise_id), body, version=form.version)
        return see_other(None, f"/congress/promises/{promise_id}")
    async with db.read() as reading:
        view = await queries.promise(reading, caller.reader, PromiseId(promise_id))
        return await _form(frame, reading, caller, form, chosen, view, act)


async def _form(
    frame: Frame,
    session: ReadSession,
    caller: Caller,
    form: Form[Any],
    chosen: Act,
    view: queries.PromiseView | None = None,
    act: str = "",
) -> Response[bytes]:
    every = "/congress/promises"
    here = f"{every}/{view.id}" if view is not None else every
    page = ActPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, await choices(session, caller, chosen)),
        trail=(*TRAIL, ("Promises", every), *(((view.title, here),) if view is not None else ())),
        action=f"{here}/{act}" if view is not None else f"{every}/new",
        cancel_href=here,
        version=view.version if view is not None else None,
        about="The promise" if view is not None else "",
        facts=(
            (("The words", view.words), ("Made in", view.made_at), ("Owed by", view.office)) if view is not None else ()
        ),
    )
    marking = view.marking if view is not None else "CUI"
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=marking)


def _acts(view: queries.PromiseView, *, past: bool) -> tuple[tuple[str, str], ...]:
    if view.outcome not in rules.PENDING_PROMISE:
        names = ["reopen"]
    else:
        names = ["keep", "revise", *(["late"] if past else []), "drop"]
        names += ["reopen"] if view.outcome == "late" else []
    return tuple((name, _ACTS[name].title) for name in names)


HANDLERS: Final = (
    promises,
    export_promises,
    new_promise,
    enter_promise,
    promise,
    promise_to_change,
    change_promise,
)
