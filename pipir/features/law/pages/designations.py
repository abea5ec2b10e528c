"""The register of the senior official: by day, with its vacancies, and the forms that record and end."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.features.law import commands, queries, rules
from pipir.features.law.tables import DesignationId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.statute.load import the_statute
from pipir.statute.lookup import notice_due
from pipir.statute.model import Deadline, Provision, Rank
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame


@dataclass(frozen=True)
class _RegisterPage:
    lines: tuple[queries.DesignationView | queries.Vacancy, ...]
    register: queries.DesignationRegister
    law: tuple[Provision, ...]
    may_change: bool


@dataclass(frozen=True)
class _DesignationPage:
    designation: queries.DesignationView
    law: tuple[Provision, ...]
    notices: tuple[Deadline, ...]
    history: tuple[TrailView, ...]
    may_end: bool
    may_correct: bool
    end_form: Form[commands.EndDesignation]


@dataclass(frozen=True)
class _FormPage:
    form: Form[Any]
    # None where a new one is recorded.
    designation: queries.DesignationView | None
    law: Provision
    ranks: tuple[Rank, ...]
    choices: tuple[tuple[str, str], ...]
    authorities: tuple[tuple[str, str], ...]
    papers: queries.Papers


@get("/law/designations", opt=allow("law.read"))
async def designations(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Who was the senior official on which days, the latest first."""
    async with db.read() as session:
        register = await queries.register(session)
        lines: list[tuple[Any, queries.DesignationView | queries.Vacancy]] = [
            *((each.since, each) for each in register.designations),
            *((each.first, each) for each in register.vacancies),
        ]
        page = _RegisterPage(
            lines=tuple(each for _, each in sorted(lines, key=lambda line: line[0], reverse=True)),
            register=register,
            law=_law(),
            may_change=caller.may(commands.record_designation.permission),
        )
        return frame.show("law/designations.html", page, now=session.now)


@get("/law/designations/new", opt=allow(commands.record_designation))
async def new_designation(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The empty form of a designation."""
    return await _form(frame, db, caller, Form(commands.RecordDesignation))


@post("/law/designations/new", opt=allow(commands.record_designation), status_code=303)
async def record_designation(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Record who the senior official is."""
    form = await read_form(request, commands.RecordDesignation)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.record_designation.name, once=once) as session:
            made = await commands.record_designation(session, body)
            answer = see_other(session, f"/law/designations/{made}")
        return answer
    return await _form(frame, db, caller, form)


@get("/law/designations/{designation_id:int}", opt=allow("law.read"))
async def designation(
    designation_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One designation with its instrument and history."""
    return await _page(frame, db, caller, DesignationId(designation_id))


@get("/law/designations/{designation_id:int}/correct", opt=allow(commands.correct_designation))
async def designation_to_correct(
    designation_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The filled form of a designation; what it rests on is asked anew."""
    async with db.read() as session:
        view = await queries.designation(session, DesignationId(designation_id))
    form = Form.of(commands.CorrectDesignation, view)
    form.values.update(late_because="", late_document="")
    return await _form(frame, db, caller, form, view)


@post("/law/designations/{designation_id:int}/correct", opt=allow(commands.correct_designation), status_code=303)
async def correct_designation(
    designation_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Correct what was entered of a designation."""
    form = await read_form(request, commands.CorrectDesignation)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.correct_designation.name) as session:
            await commands.correct_designation(session, DesignationId(designation_id), body, version=form.version)
        return see_other(None, f"/law/designations/{designation_id}")
    async with db.read() as session:
        view = await queries.designation(session, DesignationId(designation_id))
    return await _form(frame, db, caller, form, view)


@post("/law/designations/{designation_id:int}/end", opt=allow(commands.end_designation), status_code=303)
async def end_designation(
    designation_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Record the last day of an official in office."""
    form = await read_form(request, commands.EndDesignation)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.end_designation.name) as session:
            await commands.end_designation(session, DesignationId(designation_id), body, version=form.version)
        return see_other(None, f"/law/designations/{designation_id}")
    return await _page(frame, db, caller, DesignationId(designation_id), form)


async def _page(
    frame: Frame,
    db: Database,
    caller: Caller,
    designation_id: DesignationId,
    end_form: Form[commands.EndDesignation] | None = None,
) -> Response[bytes]:
    async with db.read() as session:
        view, statute = await queries.designation(session, designation_id), await queries.law_of(session)
        open_still = view.until is None or view.until > session.today
        page = _DesignationPage(
            designation=view,
            notices=tuple(
                each
                for on in (view.made_on, view.changed_on)
                if on is not None and (each := notice_due(statute, on)) is not None
            ),
            law=_law(),
            history=await history(session, caller.reader, "designation", designation_id),
            may_end=open_still and caller.may(commands.end_designation.permission),
            may_correct=caller.may(commands.correct_designation.permission),
            end_form=end_form or Form(commands.EndDesignation),
        )
        status = end_form.status if end_form is not None else 200
        return frame.show("law/designation.html", page, now=session.now, status=status)


async def _form(
    frame: Frame,
    db: Database,
    caller: Caller,
    form: Form[Any],
    view: queries.DesignationView | None = None,
) -> Response[bytes]:
    law = the_statute()
    ranks = tuple(sorted(law.ranks.values(), key=lambda rank: rank.place))
    async with db.read() as session:
        page = _FormPage(
            form=form,
            designation=view,
            law=law.provision("1253.c.1"),
            ranks=ranks,
            choices=tuple(
                (rank.slug, rank.title if rank.may_be_designated else f"{rank.title} (not of the level asked for)")
                for rank in ranks
            ),
            authorities=tuple((row.slug, f"{row.citation}: {row.title}") for row in rules.other_authorities(law)),
            papers=await queries.papers_for(session, caller, "designation"),
        )
        return frame.show("law/designation_form.html", page, now=session.now, status=form.status)


def _law() -> tuple[Provision, ...]:
    return tuple(the_statute().provision(slug) for slug in ("1253.c.1", "1253.c.2"))


HANDLERS: Final = (
    designations,
    new_designation,
    record_designation,
    designation,
    designation_to_correct,
    correct_designation,
    end_designation,
)
