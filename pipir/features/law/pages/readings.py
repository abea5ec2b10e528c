"""Readings that counsel adopts for the end of the authority: entered by one administrator, confirmed by another."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.features.law import commands, queries, rules
from pipir.features.law.tables import AdoptionId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame


@dataclass(frozen=True)
class _ReadingPage:
    adoption: queries.AdoptionView
    citation: str
    value_names: dict[str, str]
    effect: queries.LawEffect
    history: tuple[TrailView, ...]
    may_amend: bool
    entered_it: bool
    form: Form[commands.Confirm] | Form[commands.Withdraw]


@dataclass(frozen=True)
class _FormPage:
    form: Form[commands.AdoptReading]
    readings: tuple[queries.ReadingView, ...]
    choices: tuple[tuple[str, str, str], ...]
    citation: str


@get("/law/readings/new", opt=allow(commands.adopt_reading))
async def new_adoption(frame: NamedDependency[Frame], db: NamedDependency[Database]) -> Response[bytes]:
    """The empty form of an adopted reading."""
    return await _form(frame, db, Form(commands.AdoptReading))


@post("/law/readings/new", opt=allow(commands.adopt_reading), status_code=303)
async def adopt_reading(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter the reading that counsel adopts."""
    form = await read_form(request, commands.AdoptReading)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.adopt_reading.name, once=once) as session:
            made = await commands.adopt_reading(session, body)
            answer = see_other(session, f"/law/readings/{made}")
        return answer
    return await _form(frame, db, form)


@get("/law/readings/{adoption_id:int}", opt=allow("law.read"))
async def adoption(
    adoption_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One adoption of a reading, with what it changes or would change."""
    return await _page(frame, db, caller, AdoptionId(adoption_id), Form(commands.Withdraw))


@post("/law/readings/{adoption_id:int}/confirm", opt=allow(commands.confirm_reading), status_code=303)
async def confirm_reading(
    adoption_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Confirm a reading as the second administrator."""
    form = await read_form(request, commands.Confirm)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.confirm_reading.name) as session:
            await commands.confirm_reading(session, AdoptionId(adoption_id), body, version=form.version)
        return see_other(None, f"/law/readings/{adoption_id}")
    return await _page(frame, db, caller, AdoptionId(adoption_id), form)


@post("/law/readings/{adoption_id:int}/withdraw", opt=allow(commands.withdraw_reading), status_code=303)
async def withdraw_reading(
    adoption_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Withdraw a reading that nobody has confirmed."""
    form = await read_form(request, commands.Withdraw)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.withdraw_reading.name) as session:
            await commands.withdraw_reading(session, AdoptionId(adoption_id), body, version=form.version)
        return see_other(None, f"/law/readings/{adoption_id}")
    return await _page(frame, db, caller, AdoptionId(adoption_id), form)


async def _page(
    frame: Frame,
    db: Database,
    caller: Caller,
    adoption_id: AdoptionId,
    form: Form[commands.Confirm] | Form[commands.Withdraw],
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.adoption(session, adoption_id)
        page = _ReadingPage(
            adoption=view,
            citation=(await queries.law_of(session)).citation(view.provision),
            value_names=rules.VALUE_NAMES,
            effect=await queries.effect_of_adoption(session, adoption_id),
            history=await history(session, caller.reader, "reading_adoption", adoption_id),
            may_amend=caller.may(commands.confirm_reading.permission),
            entered_it=view.entered_by_id == caller.id,
            form=form,
        )
        return frame.show("law/reading.html", page, now=session.now, status=form.status)


async def _form(frame: Frame, db: Database, form: Form[commands.AdoptReading]) -> Response[bytes]:
    async with db.read() as session:
        law = await queries.law_of(session)
        readings = queries.readings_of(law)
        page = _FormPage(
            form=form,
            readings=readings,
            choices=tuple(
                (each.slug, each.statement, f"adopted now; {each.standing}" if each.adopted else "")
                for each in readings
            ),
            citation=law.citation("1253.g"),
        )
        return frame.show("law/reading_form.html", page, now=session.now, status=form.status)


HANDLERS: Final = (new_adoption, adopt_reading, adoption, confirm_reading, withdraw_reading)
