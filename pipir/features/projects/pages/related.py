"""Efforts that are not Partnership projects."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.features.projects import commands, queries, rules
from pipir.features.projects.pages.forms import Field, FormWords, form_page
from pipir.features.projects.tables import RelatedEffortId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_day
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame


@dataclass(frozen=True)
class _EffortPage:
    effort: queries.RelatedEffortView
    day: str
    history: tuple[TrailView, ...]
    may_change: bool


@get("/related-efforts/new", opt=allow(commands.enter_related_effort))
async def new_related_effort(frame: NamedDependency[Frame]) -> Response[bytes]:
    """The empty form of a related effort."""
    return _effort_form(frame, Form(commands.EnterRelatedEffort, {"precision": "day", "marking": "CUI"}), None)


@post("/related-efforts/new", opt=allow(commands.enter_related_effort), status_code=303)
async def enter_related_effort(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter an effort that is not a Partnership project."""
    form = await read_form(request, commands.EnterRelatedEffort)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.enter_related_effort.name, once=once) as session:
            effort_id = await commands.enter_related_effort(session, body)
            answer = see_other(session, f"/related-efforts/{effort_id}")
        return answer
    return _effort_form(frame, form, None)


@get("/related-efforts/{effort_id:int}", opt=allow("projects.read"))
async def related_effort(
    effort_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One related effort and its history."""
    async with db.read() as session:
        view = await queries.related_effort(session, caller.reader, RelatedEffortId(effort_id))
        page = _EffortPage(
            effort=view,
            day=show_effort_day(view),
            history=await history(session, caller.reader, "related_effort", effort_id),
            may_change=caller.may("projects.change") and view.until is None,
        )
        return frame.show("projects/related_effort.html", page, now=session.now, marking=view.marking)


@get("/related-efforts/{effort_id:int}/revise", opt=allow(commands.revise_related_effort))
async def related_effort_to_revise(
    effort_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The filled form of a related effort."""
    view = await _effort_to_change(db, caller, effort_id)
    return _effort_form(frame, Form.of(commands.ReviseRelatedEffort, view), view)


@post("/related-efforts/{effort_id:int}/revise", opt=allow(commands.revise_related_effort), status_code=303)
async def revise_related_effort(
    effort_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Change a related effort."""
    form = await read_form(request, commands.ReviseRelatedEffort)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_related_effort.name) as session:
            await commands.revise_related_effort(session, RelatedEffortId(effort_id), body, version=form.version)
        return see_other(None, f"/related-efforts/{effort_id}")
    return _effort_form(frame, form, await _read_effort(db, caller, effort_id))


@get("/related-efforts/{effort_id:int}/end", opt=allow(commands.end_related_effort))
async def related_effort_to_end(
    effort_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that ends a related effort."""
    return _effort_end_form(frame, Form(commands.EndRelatedEffort), await _effort_to_change(db, caller, effort_id))


@post("/related-efforts/{effort_id:int}/end", opt=allow(commands.end_related_effort), status_code=303)
async def end_related_effort(
    effort_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say when a related effort ended."""
    form = await read_form(request, commands.EndRelatedEffort)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.end_related_effort.name) as session:
            await commands.end_related_effort(session, RelatedEffortId(effort_id), body, version=form.version)
        return see_other(None, f"/related-efforts/{effort_id}")
    return _effort_end_form(frame, form, await _read_effort(db, caller, effort_id))


def show_effort_day(view: queries.RelatedEffortView) -> str:
    """The day as far as it is known: 22 Jul 2025, or May 2024."""
    return show_day(view.on_day) if view.precision == "day" else f"{view.on_day:%b %Y}"


def _effort_form(frame: Frame, form: Form[Any], view: queries.RelatedEffortView | None) -> Response[bytes]:
    words = FormWords(
        f"Change {view.name}" if view else "Enter a related effort",
        "An effort beside the Partnership that is not one of its projects.",
        f"/related-efforts/{view.id}/revise" if view else "/related-efforts/new",
        f"/related-efforts/{view.id}" if view else "/projects#related",
    )
    fields = (
        Field("text", "name", "Name", required=True),
        Field("text", "relation", "How it relates", "Such as: separate DoD initiative.", True),
        Field("date", "on_day", "Day", required=True),
        Field(
            "select",
            "precision",
            "Known to the",
            required=True,
            options=(("day", "Day"), ("month", "Month only")),
        ),
        Field("area", "description", "Description"),
        Field("text", "source", "Source", required=True),
        Field("text", "marking", "Marking", "Such as CUI or CUI//REL TO USA, AUS, JPN.", True),
    )
    return form_page(frame, form, words, fields, version=view.version if view else None)


def _effort_end_form(frame: Frame, form: Form[Any], view: queries.RelatedEffortView) -> Response[bytes]:
    words = FormWords(
        f"End {view.name}",
        "It stays in the record with its last day.",
        f"/related-efforts/{view.id}/end",
        f"/related-efforts/{view.id}",
        "Record the end",
    )
    fields = (Field("date", "until", "Last day", required=True), Field("area", "because", "Reason", required=True))
    return form_page(frame, form, words, fields, version=view.version)


async def _read_effort(db: Database, caller: Caller, effort_id: int) -> queries.RelatedEffortView:
    async with db.read() as session:
        return await queries.related_effort(session, caller.reader, RelatedEffortId(effort_id))


async def _effort_to_change(db: Database, caller: Caller, effort_id: int) -> queries.RelatedEffortView:
    view = await _read_effort(db, caller, effort_id)
    rules.may_change_effort(view.name, view.until)
    return view


HANDLERS: Final = (
    new_related_effort,
    enter_related_effort,
    related_effort,
    related_effort_to_revise,
    revise_related_effort,
    related_effort_to_end,
    end_related_effort,
)
