"""Briefings: list and file, one package with its committees and questions, and the forms of their changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.congress import commands, queries, rules
from pipir.features.congress.pages.shared import CHANGE, TRAIL, choices
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import BriefingId, BriefingQuestionId, CommitteeBriefingId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.statute.load import the_statute
from pipir.statute.model import Provision
from pipir.store.doors import Database, ReadSession
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Field, LawLine, Options, act_of, drawn, words
from pipir.web.api import see_other
from pipir.web.exports import export_file, fields, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

_SORTS: Final = ("day", "title", "office")
_BASES: Final = (("statute", "Asked for by the statute"), ("request", "Given on request"))
_STATES: Final = (
    ("pending", "A committee still waits"),
    ("given", "Given to every committee"),
    ("called off", "Called off"),
)
_BRIEFER: Final = (
    Field("office_id", "Office that briefs", "select", choices="offices"),
    Field("briefer_role", "Role of who briefs", hint="Such as Assistant Secretary; needed where no person is chosen."),
    Field("briefer_id", "Person who briefs", "select", choices="people", empty="Nobody of this record"),
    Field("marking", "Marking", hint="Such as UNCLASSIFIED, CUI or CUI//NOFORN."),
)
_QUESTION: Final = (
    Field("committee", "Asked by", "select", choices="asked"),
    Field("question", "Question", "area"),
    Field("office_id", "Office that answers", "select", choices="offices"),
    Field("due_on", "Answer due on", "date", "Blank where no day was set."),
)
_PLAN: Final = (
    Field("planned_on", "Planned on", "date", "Blank where no day is planned yet."),
    Field("place", "Place or form", hint="Such as a room on the Hill, by telephone, or in writing."),
)
_BECAUSE: Final = (Field("because", "Why", "area"),)

_PREPARE: Final = Act(
    commands.prepare_briefing,
    "Prepare a briefing",
    "Open the package",
    "The package of a briefing: who briefs whom, on which day, and what was asked. A briefing of the statute begins "
    "with each of its addressees.",
    (
        Field(
            "duty",
            "Briefing of the statute",
            "select",
            "Those that have no package here yet.",
            choices="duties",
            empty="None: it is given on request",
        ),
        Field("requested_by", "Who asked for it", hint="Office or committee; for a briefing on request only."),
        Field("title", "Title"),
        *_BRIEFER,
    ),
)
_ACTS: Final[Mapping[str, Act]] = {
    "committee": Act(
        commands.add_committee,
        "Add a committee",
        "Add the committee",
        "A briefing of the statute goes to the addressees of its provision; a briefing on request to whoever asked.",
        (
            Field("committee", "Committee", hint="A committee of the statute by its short name, or the name in words."),
            *_PLAN,
        ),
    ),
    "question": Act(
        commands.take_question,
        "Take a question",
        "Enter the question",
        "What a committee asked in the briefing, and by when it is owed an answer.",
        _QUESTION,
    ),
    "revise": Act(
        commands.revise_briefing,
        "Change the briefing",
        "Save",
        "What the briefing rests on stays as it is.",
        (Field("title", "Title"), *_BRIEFER),
    ),
    "call-off": Act(
        commands.call_off_briefing,
        "Call the briefing off",
        "Call it off",
        "The briefing stays in the record, with the reason.",
        _BECAUSE,
    ),
}
_COMMITTEE_ACTS: Final[Mapping[str, Act]] = {
    "given": Act(
        commands.record_given,
        "Record that the briefing was given",
        "Record it",
        "Name offices and posts, not private persons.",
        (
            Field("given_on", "Given on", "date"),
            Field("place", "Place or form"),
            Field("attendees", "Who attended", "area", "By office and post, on both sides."),
        ),
    ),
    "plan": Act(
        commands.plan_committee, "Change the plan", "Save", "The day on which this committee is to be briefed.", _PLAN
    ),
    "reopen": Act(
        commands.reopen_committee,
        "Take the given day back",
        "Take the day back",
        "For a day that was recorded by mistake; what stood before stays in the history.",
        _BECAUSE,
    ),
}
_QUESTION_ACTS: Final[Mapping[str, Act]] = {
    "answer": Act(
        commands.answer_question,
        "Record the answer",
        "Record it",
        "What the committee was told.",
        (
            Field("answered_on", "Answered on", "date"),
            Field("answer", "Answer", "area"),
            Field("answering_office_id", "Office that answered", "select", choices="offices"),
        ),
    ),
    "revise": Act(commands.revise_question, "Change the question", "Save", "Only an open question changes.", _QUESTION),
    "withdraw": Act(
        commands.withdraw_question,
        "Record that the question was withdrawn",
        "Record it",
        "The committee took its question back.",
        (Field("withdrawn_on", "Withdrawn on", "date"), *_BECAUSE),
    ),
    "reopen": Act(
        commands.reopen_question,
        "Reopen the question",
        "Reopen it",
        "The former answer stays in the history.",
        _BECAUSE,
    ),
}
_COLUMNS: Final = fields(
    "id", "title", "duty", "requested_by", "statutory_day", "citation", "office", "briefer_role", "briefer",
    "committees", "given", "first_day", "questions", "open_questions", "called_off_on", "called_off_because",
    "marking", "exercise",
)  # fmt: skip


@dataclass(frozen=True)
class _BriefingsPage:
    list: ListView[queries.BriefingView]
    bases: tuple[tuple[str, str], ...]
    states: tuple[tuple[str, str], ...]
    law: Provision
    may_change: bool


@dataclass(frozen=True)
class _BriefingPage:
    briefing: queries.BriefingView
    committees: tuple[tuple[queries.CommitteeBriefingView, tuple[tuple[str, str], ...]], ...]
    questions: tuple[tuple[queries.QuestionView, tuple[tuple[str, str], ...]], ...]
    promises: tuple[queries.PromiseView, ...]
    law: Provision | None
    acts: tuple[tuple[str, str], ...]
    history: tuple[TrailView, ...]
    binder: Binder
    may_change: bool


@get("/congress/briefings", opt=allow("congress.read"))
async def briefings(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    basis: FromQuery[Literal["", "statute", "request"]] = "",
    status: FromQuery[Literal["", "pending", "given", "called off"]] = "",
    sort: FromQuery[str] = "day",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Every briefing that has a package."""
    async with db.read() as session:
        found = await queries.list_briefings(
            session,
            caller.reader,
            text_in=q or None,
            basis=basis or None,
            state=status or None,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        view = frame.list_view(
            found,
            noun=("briefing", "briefings"),
            sort=sort,
            sorts=_SORTS,
            chosen={"q": q, "basis": basis, "status": status},
            labels=dict(_BASES) | dict(_STATES),
            columns=_COLUMNS,
        )
        page = _BriefingsPage(view, _BASES, _STATES, the_statute().provision(rules.PROVISION), caller.may(CHANGE))
        return frame.show("congress/briefings.html", page, now=session.now)


@get(file_paths("/congress/briefings/export"), opt=allow("congress.read"))
async def export_briefings(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    basis: FromQuery[Literal["", "statute", "request"]] = "",
    status: FromQuery[Literal["", "pending", "given", "called off"]] = "",
    sort: FromQuery[str] = "day",
) -> Response[bytes]:
    """Exactly the briefings of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_briefings(
                session,
                caller.reader,
                text_in=q or None,
                basis=basis or None,
                state=status or None,
                sort=sort,
                cursor=cursor,
                limit=AT_ONCE,
            )
        )
    return await export_file(request, "briefings", _COLUMNS, found)


@get("/congress/briefings/new", opt=allow(commands.prepare_briefing))
async def new_briefing(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    duty: FromQuery[str] = "",
) -> Response[bytes]:
    """The empty form of a briefing's package."""
    form = Form(commands.PrepareBriefing, {"marking": "CUI", "duty": duty})
    async with db.read() as session:
        return await _new_form(frame, session, caller, form)


@post("/congress/briefings/new", opt=allow(commands.prepare_briefing), status_code=303)
async def prepare_briefing(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Open the package of a briefing."""
    form = await read_form(request, commands.PrepareBriefing)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.prepare_briefing.name, once=once) as session:
            number = await commands.prepare_briefing(session, body)
            answer = see_other(session, f"/congress/briefings/{number}")
        return answer
    async with db.read() as reading:
        return await _new_form(frame, reading, caller, form)


@get("/congress/briefings/{briefing_id:int}", opt=allow("congress.read"))
async def briefing(
    briefing_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One briefing, its committees, its questions, what was promised in it, and its history."""
    number, may_change = BriefingId(briefing_id), caller.may(CHANGE)
    async with db.read() as session:
        view = await queries.briefing(session, caller.reader, number)
        committees = await queries.committees_of(session, caller.reader, number)
        questions = await queries.questions_of(session, caller.reader, number)
        promised = await queries.list_promises(session, caller.reader, briefing_id=number)
        may_change = may_change and view.called_off_on is None
        page = _BriefingPage(
            briefing=view,
            committees=tuple((each, _committee_acts(each) if may_change else ()) for each in committees),
            questions=tuple((each, _question_acts(each) if caller.may(CHANGE) else ()) for each in questions),
            promises=promised.items,
            law=the_statute().provision(rules.PROVISION) if view.duty is not None else None,
            acts=_acts(view) if may_change else (),
            history=await history(session, caller.reader, "briefing", number),
            binder=await binder(session, caller, "briefing", number),
            may_change=may_change,
        )
        return frame.show("congress/briefing.html", page, now=session.now, marking=view.marking)


@get("/congress/briefings/{briefing_id:int}/{act:str}", opt=allow(CHANGE))
async def briefing_to_change(
    briefing_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a briefing."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.briefing(session, caller.reader, BriefingId(briefing_id))
        form: Form[Any] = Form.of(chosen.command.body, view) if act == "revise" else Form(chosen.command.body)
        return await _act_form(frame, session, caller, form, view, act)


@post("/congress/briefings/{briefing_id:int}/{act:str}", opt=allow(CHANGE), status_code=303)
async def change_briefing(
    briefing_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Make one change of a briefing, and go back to it."""
    chosen, number = act_of(_ACTS, act), BriefingId(briefing_id)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        more = {"version": form.version} if chosen.command.versioned else {}
        async with db.write(actor=caller.id, command=chosen.command.name, once=once) as session:
            await chosen.command(session, number, body, **more)
            answer = see_other(session, f"/congress/briefings/{number}")
        return answer
    async with db.read() as reading:
        view = await queries.briefing(reading, caller.reader, number)
        return await _act_form(frame, reading, caller, form, view, act)


@get("/congress/committee-briefings/{number:int}/{act:str}", opt=allow(CHANGE))
async def committee_to_change(
    number: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a committee's briefing."""
    chosen = act_of(_COMMITTEE_ACTS, act)
    async with db.read() as session:
        view = await queries.committee_briefing(session, caller.reader, CommitteeBriefingId(number))
        return await _committee_form(frame, session, caller, Form.of(chosen.command.body, view), view, act)


@post("/congress/committee-briefings/{number:int}/{act:str}", opt=allow(CHANGE), status_code=303)
async def change_committee(
    number: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of a committee's briefing, and go back to the briefing."""
    chosen = act_of(_COMMITTEE_ACTS, act)
    async with db.read() as session:
        view = await queries.committee_briefing(session, caller.reader, CommitteeBriefingId(number))
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, CommitteeBriefingId(number), body, version=form.version)
        return see_other(None, f"/congress/briefings/{view.briefing_id}#committees")
    async with db.read() as reading:
        return await _committee_form(frame, reading, caller, form, view, act)


@get("/congress/questions/{number:int}/{act:str}", opt=allow(CHANGE))
async def question_to_change(
    number: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a question."""
    chosen = act_of(_QUESTION_ACTS, act)
    async with db.read() as session:
        view = await queries.question(session, caller.reader, BriefingQuestionId(number))
        return await _question_form(frame, session, caller, Form.of(chosen.command.body, view), view, act)


@post("/congress/questions/{number:int}/{act:str}", opt=allow(CHANGE), status_code=303)
async def change_question(
    number: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of a question, and go back to the briefing."""
    chosen = act_of(_QUESTION_ACTS, act)
    async with db.read() as session:
        view = await queries.question(session, caller.reader, BriefingQuestionId(number))
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, BriefingQuestionId(number), body, version=form.version)
        return see_other(None, f"/congress/briefings/{view.briefing_id}#questions")
    async with db.read() as reading:
        return await _question_form(frame, reading, caller, form, view, act)


async def _new_form(
    frame: Frame, session: ReadSession, caller: Caller, form: Form[commands.PrepareBriefing]
) -> Response[bytes]:
    page = ActPage(
        form=form,
        title=_PREPARE.title,
        lead=_PREPARE.lead,
        button=_PREPARE.button,
        fields=drawn(_PREPARE, await choices(session, caller, _PREPARE)),
        trail=_trail(),
        action="/congress/briefings/new",
        cancel_href="/congress/briefings",
        law=(_law_line(),),
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status)


async def _act_form(
    frame: Frame, session: ReadSession, caller: Caller, form: Form[Any], view: queries.BriefingView, act: str
) -> Response[bytes]:
    chosen, here = _ACTS[act], f"/congress/briefings/{view.id}"
    found = await _choices(session, caller, chosen, view.id)
    page = ActPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, found),
        trail=(*_trail(), (view.title, here)),
        action=f"{here}/{act}",
        cancel_href=here,
        version=view.version if chosen.command.versioned else None,
        about="The briefing",
        facts=(("Title", view.title), ("Given", f"to {view.given} of {view.committees} committees")),
        law=(_law_line(),) if view.duty is not None else (),
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


async def _committee_form(
    frame: Frame, session: ReadSession, caller: Caller, form: Form[Any], view: queries.CommitteeBriefingView, act: str
) -> Response[bytes]:
    chosen, here = _COMMITTEE_ACTS[act], f"/congress/briefings/{view.briefing_id}"
    page = ActPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, await choices(session, caller, chosen)),
        trail=(*_trail(), (view.briefing, here)),
        action=f"/congress/committee-briefings/{view.id}/{act}",
        cancel_href=f"{here}#committees",
        version=view.version,
        about="The committee",
        facts=(("Committee", view.committee_name), ("Briefing", view.briefing)),
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


async def _question_form(
    frame: Frame, session: ReadSession, caller: Caller, form: Form[Any], view: queries.QuestionView, act: str
) -> Response[bytes]:
    chosen, here = _QUESTION_ACTS[act], f"/congress/briefings/{view.briefing_id}"
    page = ActPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, await _choices(session, caller, chosen, view.briefing_id)),
        trail=(*_trail(), (view.briefing, here)),
        action=f"/congress/questions/{view.id}/{act}",
        cancel_href=f"{here}#questions",
        version=view.version,
        about="The question",
        facts=(("Asked by", view.committee_name), ("Question", view.question)),
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


async def _choices(session: ReadSession, caller: Caller, act: Act, briefing_id: int) -> Mapping[str, Options]:
    """The lists of an act, with the committees that the briefing was given to."""
    committees = await queries.committees_of(session, caller.reader, BriefingId(briefing_id))
    asked = tuple((each.committee, each.committee_name) for each in committees if each.given_on is not None)
    return {**await choices(session, caller, act), "asked": asked}


def _law_line() -> LawLine:
    row = the_statute().provision(rules.PROVISION)
    return row.citation, row.standing_label, row.statement


def _trail() -> tuple[tuple[str, str], ...]:
    return (*TRAIL, ("Briefings", "/congress/briefings"))


def _acts(view: queries.BriefingView) -> tuple[tuple[str, str], ...]:
    names = ["question"] if view.given else []
    names += ["revise"]
    # A statutory briefing has every addressee from the start, and is not called off while the law asks for it.
    names += ["committee"] if view.duty is None else []
    names += ["call-off"] if view.statutory_day is None and not view.given else []
    return tuple((name, _ACTS[name].title) for name in names)


_COMMITTEE_LINKS: Final = {"given": "Record as given", "plan": "Plan the day", "reopen": "Take the day back"}


def _committee_acts(view: queries.CommitteeBriefingView) -> tuple[tuple[str, str], ...]:
    names = ("reopen",) if view.given_on is not None else ("given", "plan")
    return tuple((name, _COMMITTEE_LINKS[name]) for name in names)


def _question_acts(view: queries.QuestionView) -> tuple[tuple[str, str], ...]:
    settled = view.answered_on is not None or view.withdrawn_on is not None
    names = ("reopen",) if settled else ("answer", "revise", "withdraw")
    return words(names)


HANDLERS: Final = (
    briefings,
    export_briefings,
    new_briefing,
    prepare_briefing,
    briefing,
    briefing_to_change,
    change_briefing,
    committee_to_change,
    change_committee,
    question_to_change,
    change_question,
)
