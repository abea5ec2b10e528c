"""The steps of a country's two standings: the forms that record, correct and take back, and their file."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.concurrence.queries import agreed
from pipir.features.law.queries import Papers, papers_for
from pipir.features.law.rules import other_authorities
from pipir.features.participants import commands, queries, rules
from pipir.features.participants.pages.shared import TRAIL, day_in, seen
from pipir.features.participants.queries import NOT_PUBLIC, ParticipantView, StepView
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_day
from pipir.kernel.command import Command
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import ParticipantId, RecordNumber
from pipir.statute.load import the_statute
from pipir.statute.model import Provision
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.acts import ActPage, Field
from pipir.web.api import see_other
from pipir.web.exports import Columns, exercise, export_file, file_paths
from pipir.web.forms import Form, filled, read_form
from pipir.web.pages import Frame

STEPS: Final = Columns[tuple[ParticipantView, StepView]](
    (
        "Country", "Code", "Kind", "Step", "Standing", "Since", "Document", "Deciding office", "Decided by",
        "Process version", "Recorded by", "Recorded on", "Corrects", "Corrected by", "Reason of the correction",
        "Exercise data",
    ),
    lambda each: (
        each[0].name,
        each[0].code,
        each[1].kind,
        each[1].step,
        each[1].value or "taken back",
        each[1].since,
        each[1].source,
        each[1].decided_by_office or "not recorded",
        each[1].decided_by or "not recorded",
        each[1].process_number if each[1].process_number is not None else "",
        each[1].recorded_by,
        each[1].recorded_on,
        each[1].supersedes_id or "",
        each[1].corrected_by or "",
        each[1].because or "",
        exercise(each[1]),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _StandingPage:
    form: Form[Any]
    participant: ParticipantView
    heading: str
    lead: str
    choices: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str], ...]
    law: Provision | None
    authorities: tuple[tuple[str, str], ...]
    papers: Papers | None
    action: str
    cancel_href: str


@get(file_paths("/participants/{participant_id:int}/steps"), opt=allow("participants.read"))
async def export_steps(
    request: Request[Any, Any, Any],
    participant_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    on: FromQuery[str] = "",
    known: FromQuery[str] = "",
) -> Response[bytes]:
    """The steps of a country as a file, corrected ones too."""
    target = ParticipantId(participant_id)
    async with db.read() as session:
        view = await queries.participant(session, caller.reader, target)
        steps = await queries.steps_of(
            session, caller.reader, target, on=day_in("on", on), known=day_in("known", known)
        )
    return await export_file(request, f"steps-{view.code}", STEPS, [(view, each) for each in steps])


@get("/participants/{participant_id:int}/{step:str}", opt=allow(commands.record_standing))
async def step_to_record(
    participant_id: FromPath[RecordNumber],
    step: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    coordination: FromQuery[RecordNumber | None] = None,
) -> Response[bytes]:
    """The form of a step: under section 1253(d), in the forum, or one taken back; an invitation as it is agreed."""
    of = _step(step)
    view = await seen(db, caller, participant_id)
    form: Form[Any] = Form(of.command.body)
    if coordination is not None and of.command is commands.record_standing:
        async with db.read() as session:
            asked = await agreed(session, caller.reader, coordination, "invitation", "participant", view.id)
        form = filled(of.command.body, asked.typed, _as_agreed(asked.value_after))
    return await of.page(frame, db, caller, form, view)


@post("/participants/{participant_id:int}/{step:str}", opt=allow(commands.record_standing), status_code=303)
async def record_step(
    participant_id: FromPath[RecordNumber],
    step: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Record a step, correct one, or take back one that never happened."""
    of = _step(step)
    form = await read_form(request, of.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=of.command.name) as session:
            await of.command(session, ParticipantId(participant_id), body, version=form.version)
        return see_other(None, f"/participants/{participant_id}#{of.shown_at}")
    return await of.page(frame, db, caller, form, await seen(db, caller, participant_id))


def _as_agreed(value: Mapping[str, str]) -> dict[str, str]:
    """The fields of an invitation whose value offices agreed to."""
    others = other_authorities(the_statute())
    slugs = (row.slug for row in others if row.short_citation == value.get("authority"))
    return {"value": "invited", "program_authority": next(slugs, "")}


async def _standing_page(
    frame: Frame, db: Database, caller: Caller, form: Form[Any], view: ParticipantView
) -> Response[bytes]:
    async with db.read() as session:
        papers, now = await papers_for(session, caller, "participant", subject_id=view.id, title=view.name), session.now
    page = _StandingPage(
        form=form,
        participant=view,
        heading=f"Record the standing of {view.name}",
        lead=f"A step of the invitation process. Now: {view.standing or NOT_PUBLIC}.",
        choices=_choices(view.standing, rules.STEPS),
        steps=await _open_steps(db, caller, view, "process"),
        law=the_statute().provision(rules.PROVISION),
        authorities=tuple((row.slug, f"{row.short_citation}: {row.title}") for row in other_authorities(the_statute())),
        papers=papers,
        action=f"/participants/{view.id}/standing",
        cancel_href=f"/participants/{view.id}",
    )
    return frame.show("participants/standing_form.html", page, now=now, status=form.status)


async def _forum_page(
    frame: Frame, db: Database, caller: Caller, form: Form[Any], view: ParticipantView
) -> Response[bytes]:
    page = _StandingPage(
        form=form,
        participant=view,
        heading=f"Record the forum standing of {view.name}",
        lead=f"Participation in the forum as sources report it. Now: {view.forum_standing or NOT_PUBLIC}.",
        choices=_choices(view.forum_standing, rules.FORUM_STEPS),
        steps=await _open_steps(db, caller, view, "forum"),
        law=None,
        authorities=(),
        papers=None,
        action=f"/participants/{view.id}/forum-standing",
        cancel_href=f"/participants/{view.id}",
    )
    async with db.read() as session:
        return frame.show("participants/standing_form.html", page, now=session.now, status=form.status)


async def _take_back_page(
    frame: Frame, db: Database, caller: Caller, form: Form[Any], view: ParticipantView
) -> Response[bytes]:
    steps = (*await _open_steps(db, caller, view, "process"), *await _open_steps(db, caller, view, "forum"))
    page = ActPage(
        form=form,
        title=f"Take back a step of {view.name}",
        lead="For a step that never happened. It stays in the history with its reason; the one before it stands again.",
        button="Take the step back",
        fields=(
            Field("supersedes", "Step", "select", options=steps, required=True),
            Field("because", "How it came into the record", "area", required=True),
        ),
        trail=(TRAIL, (view.name, f"/participants/{view.id}")),
        action=f"/participants/{view.id}/take-back",
        cancel_href=f"/participants/{view.id}",
        version=view.version,
    )
    async with db.read() as session:
        return frame.show("_layouts/act.html", page, now=session.now, status=form.status)


async def _open_steps(
    db: Database, caller: Caller, view: ParticipantView, kind: rules.Kind
) -> tuple[tuple[str, str], ...]:
    """The steps of a kind that a correction may name, the latest first."""
    async with db.read() as session:
        steps = await queries.steps_of(session, caller.reader, ParticipantId(view.id))
    return tuple((str(each.id), _called(each)) for each in steps if each.kind == kind and _is_open(each))


def _is_open(step: StepView) -> bool:
    return step.corrected_by is None and step.value is not None


def _called(step: StepView) -> str:
    return f"Step {step.step}: {step.value}, since {show_day(step.since)}"


def _choices(now: str | None, steps: Mapping[str | None, tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    """What may follow now, then the rest, which only a correction can tell."""
    follow = steps[now]
    rest = [each for each in steps if each is not None and each not in follow]
    return (*((each, each) for each in follow), *((each, f"{each} (a correction)") for each in rest))


@dataclass(frozen=True)
class _Step:
    """What one address records, its form, and where the country's page then shows it."""

    command: Command[..., None]
    page: Callable[[Frame, Database, Caller, Form[Any], ParticipantView], Awaitable[Response[bytes]]]
    shown_at: str


_STEPS: Final[Mapping[str, _Step]] = {
    "standing": _Step(commands.record_standing, _standing_page, "standing"),
    "forum-standing": _Step(commands.record_forum_standing, _forum_page, "forum"),
    "take-back": _Step(commands.take_back_step, _take_back_page, "steps"),
}


def _step(name: str) -> _Step:
    if name not in _STEPS:
        raise NotFound("There is no such page of a country.")
    return _STEPS[name]


HANDLERS: Final = (export_steps, step_to_record, record_step)
