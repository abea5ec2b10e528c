"""Continuation determinations: made for a record, reviewed by a second person, ended; and what was done under each."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.law import commands, queries, rules
from pipir.features.law.tables import SUBJECT_KINDS, DeterminationId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.statute.model import Provision
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.acts import words
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

_SORTS: Final = ("entered", "subject", "review")
_ACTS_SHOWN: Final = 50


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.DeterminationView]
    kinds: tuple[tuple[str, str], ...]
    law: Provision
    may_change: bool


@dataclass(frozen=True)
class _DeterminationPage:
    determination: queries.DeterminationView
    subject_href: str
    authority: Provision
    acts: tuple[queries.ActView, ...]
    acts_in_all: int
    history: tuple[TrailView, ...]
    may_change: bool
    may_review: bool
    made_it: bool
    form: Form[commands.Confirm] | Form[commands.EndDetermination]


@dataclass(frozen=True)
class _FormPage:
    form: Form[commands.Determine]
    kind: str
    kinds: tuple[tuple[str, str], ...]
    subjects: tuple[tuple[str, str], ...]
    authorities: tuple[Provision, ...]
    choices: tuple[tuple[str, str], ...]
    law: Provision


@get("/law/determinations", opt=allow("law.read"))
async def determinations(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    kind: FromQuery[str] = "",
    waiting: FromQuery[bool] = False,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "-entered",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Continuation determinations with their stage."""
    async with db.read() as session:
        found = await queries.list_determinations(
            session,
            caller.reader,
            subject_kind=kind or None,
            waiting=waiting,
            ended=ended,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        page = _ListPage(
            list=frame.list_view(
                found,
                noun=("determination", "determinations"),
                sort=sort,
                sorts=_SORTS,
                chosen={"kind": kind, "waiting": waiting, "ended": ended},
                labels={each: each.capitalize() for each in SUBJECT_KINDS}
                | {"waiting=true": "waiting for review", "ended=true": "with ended ones"},
            ),
            kinds=_kinds(),
            law=(await queries.law_of(session)).provision(rules.TERMINATION),
            may_change=caller.may(commands.determine.permission),
        )
        return frame.show("law/determinations.html", page, now=session.now)


@get("/law/determinations/new", opt=allow(commands.determine))
async def new_determination(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    kind: FromQuery[str] = "",
    title: FromQuery[str] = "",
) -> Response[bytes]:
    """The form of a determination for the record that the address names; without a kind, the choice of one."""
    filled = {
        "subject_kind": kind if kind in SUBJECT_KINDS else "",
        "subject_id": request.query_params.get("id", ""),
        "subject_title": title,
        "marking": "CUI",
    }
    return await _form(frame, db, caller, Form(commands.Determine, filled))


@post("/law/determinations/new", opt=allow(commands.determine), status_code=303)
async def make_determination(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Make a determination."""
    form = await read_form(request, commands.Determine)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.determine.name, once=once) as session:
            made = await commands.determine(session, body)
            answer = see_other(session, f"/law/determinations/{made}")
        return answer
    return await _form(frame, db, caller, form)


@get("/law/determinations/{determination_id:int}", opt=allow("law.read"))
async def determination(
    determination_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One determination and the acts made under it."""
    return await _page(frame, db, caller, DeterminationId(determination_id), Form(commands.EndDetermination))


@post("/law/determinations/{determination_id:int}/review", opt=allow(commands.review_determination), status_code=303)
async def review_determination(
    determination_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Confirm a determination as the second person."""
    form = await read_form(request, commands.Confirm)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.review_determination.name) as session:
            await commands.review_determination(session, DeterminationId(determination_id), body, version=form.version)
        return see_other(None, f"/law/determinations/{determination_id}")
    return await _page(frame, db, caller, DeterminationId(determination_id), form)


@post("/law/determinations/{determination_id:int}/end", opt=allow(commands.end_determination), status_code=303)
async def end_determination(
    determination_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """End a determination."""
    form = await read_form(request, commands.EndDetermination)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.end_determination.name) as session:
            await commands.end_determination(session, DeterminationId(determination_id), body, version=form.version)
        return see_other(None, f"/law/determinations/{determination_id}")
    return await _page(frame, db, caller, DeterminationId(determination_id), form)


async def _page(
    frame: Frame,
    db: Database,
    caller: Caller,
    determination_id: DeterminationId,
    form: Form[commands.Confirm] | Form[commands.EndDetermination],
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.determination(session, caller.reader, determination_id)
        acts = await queries.list_acts(session, caller.reader, continuation_id=determination_id, limit=_ACTS_SHOWN)
        page = _DeterminationPage(
            determination=view,
            subject_href=queries.subject_address(view.subject_kind, view.subject_id),
            authority=(await queries.law_of(session)).provision(view.authority),
            acts=acts.items,
            acts_in_all=acts.total or 0,
            history=await history(session, caller.reader, "continuation_determination", determination_id),
            may_change=caller.may(commands.end_determination.permission),
            may_review=caller.may(commands.review_determination.permission),
            made_it=view.determined_by_id == caller.id,
            form=form,
        )
        return frame.show("law/determination.html", page, now=session.now, status=form.status, marking=view.marking)


async def _form(frame: Frame, db: Database, caller: Caller, form: Form[commands.Determine]) -> Response[bytes]:
    kind = str(form.values["subject_kind"])
    async with db.read() as session:
        law = await queries.law_of(session)
        authorities = rules.other_authorities(law)
        page = _FormPage(
            form=form,
            kind=kind,
            kinds=_kinds(),
            subjects=tuple(
                (str(n), f"{n}: {name}") for n, name in await queries.subjects(session, caller.reader, kind)
            ),
            authorities=authorities,
            choices=tuple((row.slug, f"{row.citation}: {row.title}") for row in authorities),
            law=law.provision(rules.TERMINATION),
        )
        return frame.show("law/determination_form.html", page, now=session.now, status=form.status)


def _kinds() -> tuple[tuple[str, str], ...]:
    return words(SUBJECT_KINDS)


HANDLERS: Final = (
    determinations,
    new_determination,
    make_determination,
    determination,
    review_determination,
    end_determination,
)
