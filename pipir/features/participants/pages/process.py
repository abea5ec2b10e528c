"""The process of section 1253(d): its versions, which of them invited whom, and the forms of their changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.features.participants import commands, queries, rules
from pipir.features.participants.pages.shared import TRAIL
from pipir.features.participants.queries import ParticipantView, ProcessView
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import ProcessId, RecordNumber
from pipir.kernel.once import Once
from pipir.statute.load import the_statute
from pipir.statute.model import Provision
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Field, act_of, drawn
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

_CHANGE: Final = "participants.change"
_PROCESS: Final = ("Process", "/participants/process")
_COORDINATION: Final = (
    Field("coordinated_on", "Coordinated with State on", "date"),
    Field("coordinated_by", "Document of the coordination", hint="Such as the letter or the memorandum."),
)
_MAKE: Final = Act(
    commands.make_process,
    "Enter a version of the process",
    "Enter the version",
    "What the office wrote and coordinated. This record tells of the process; it is not the process.",
    (
        Field("title", "Title"),
        Field("summary", "Summary", "area", "In our own words: who proposes, who is asked, who decides."),
        Field("document", "Document"),
        Field("made_on", "Made on", "date"),
        Field("in_force_from", "In force from", "date", "The version before it gives way on this day."),
        *_COORDINATION,
        Field("marking", "Marking", hint="Such as UNCLASSIFIED, CUI or CUI//NOFORN."),
    ),
)
_ACTS: Final[Mapping[str, Act]] = {
    "coordination": Act(
        commands.record_coordination,
        "Record the coordination with State",
        "Record it",
        "The law asks that the process be set up in coordination with the Secretary of State.",
        _COORDINATION,
    ),
    "end": Act(
        commands.end_process,
        "End this version",
        "Record the end",
        "It stays in the record, with the invitations made under it.",
        (Field("until", "Last day", "date"), Field("because", "Why", "area")),
    ),
}


@dataclass(frozen=True)
class _ProcessesPage:
    processes: tuple[ProcessView, ...]
    law: Provision
    may_change: bool


@dataclass(frozen=True)
class _ProcessPage:
    process: ProcessView
    invited: tuple[ParticipantView, ...]
    law: Provision
    acts: tuple[tuple[str, str], ...]
    history: tuple[TrailView, ...]


@get("/participants/process", opt=allow("participants.read"))
async def processes(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Every version of the process."""
    async with db.read() as session:
        page = _ProcessesPage(
            processes=await queries.processes(session, caller.reader),
            law=the_statute().provision(rules.PROVISION),
            may_change=caller.may(_CHANGE),
        )
        return frame.show("participants/processes.html", page, now=session.now)


@get("/participants/process/new", opt=allow(commands.make_process))
async def new_process(frame: NamedDependency[Frame], db: NamedDependency[Database]) -> Response[bytes]:
    """The empty form of a version."""
    async with db.read() as session:
        return _make_page(frame, session, Form(commands.MakeProcess, {"marking": "CUI"}))


@post("/participants/process/new", opt=allow(commands.make_process), status_code=303)
async def make_process(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a version of the process."""
    form = await read_form(request, commands.MakeProcess)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.make_process.name, once=once) as session:
            process_id = await commands.make_process(session, body)
            answer = see_other(session, f"/participants/process/{process_id}")
        return answer
    async with db.read() as reading:
        return _make_page(frame, reading, form)


@get("/participants/process/{process_id:int}", opt=allow("participants.read"))
async def process(
    process_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One version of the process, and who was invited under it."""
    number = ProcessId(process_id)
    async with db.read() as session:
        view = await queries.process(session, caller.reader, number)
        page = _ProcessPage(
            process=view,
            invited=await queries.invited_under(session, caller.reader, number),
            law=the_statute().provision(rules.PROVISION),
            acts=_open_acts(view) if caller.may(_CHANGE) else (),
            history=await history(session, caller.reader, "invitation_process", process_id),
        )
        return frame.show("participants/process.html", page, now=session.now, marking=view.marking)


@get("/participants/process/{process_id:int}/{act:str}", opt=allow(_CHANGE))
async def process_to_change(
    process_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a version."""
    async with db.read() as session:
        view = await queries.process(session, caller.reader, ProcessId(process_id))
        return _act_page(frame, session, Form(act_of(_ACTS, act).command.body), view, act)


@post("/participants/process/{process_id:int}/{act:str}", opt=allow(_CHANGE), status_code=303)
async def change_process(
    process_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of a version, and go back to it."""
    chosen, number = act_of(_ACTS, act), ProcessId(process_id)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, number, body, version=form.version)
        return see_other(None, f"/participants/process/{process_id}")
    async with db.read() as reading:
        view = await queries.process(reading, caller.reader, number)
        return _act_page(frame, reading, form, view, act)


def _make_page(frame: Frame, session: ReadSession, form: Form[Any]) -> Response[bytes]:
    page = ActPage(
        form=form,
        title=_MAKE.title,
        lead=_MAKE.lead,
        button=_MAKE.button,
        fields=drawn(_MAKE, {}),
        trail=(TRAIL, _PROCESS),
        action="/participants/process/new",
        cancel_href="/participants/process",
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status)


def _act_page(frame: Frame, session: ReadSession, form: Form[Any], view: ProcessView, act: str) -> Response[bytes]:
    chosen, address = act_of(_ACTS, act), f"/participants/process/{view.id}"
    page = ActPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, {}),
        trail=(TRAIL, _PROCESS, (f"Version {view.number}", address)),
        action=f"{address}/{act}",
        cancel_href=address,
        version=view.version,
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=view.marking)


def _open_acts(view: ProcessView) -> tuple[tuple[str, str], ...]:
    open_ = {"coordination": view.coordinated_on is None, "end": view.until is None}
    return tuple((name, act.title) for name, act in _ACTS.items() if open_[name])


HANDLERS: Final = (processes, new_process, make_process, process, process_to_change, change_process)
