"""Enacted amendments: entered by one administrator, shown with what they would change, confirmed by another."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.features.law import commands, queries, rules
from pipir.features.law.tables import ENACTED_IN, AmendmentId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.statute.amendments import amendable
from pipir.statute.load import the_statute
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.acts import words
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame


@dataclass(frozen=True)
class _AmendmentsPage:
    amendments: tuple[queries.AmendmentView, ...]
    adoptions: tuple[queries.AdoptionView, ...]
    readings: tuple[queries.ReadingView, ...]
    citation: str
    value_names: dict[str, str]
    may_amend: bool


@dataclass(frozen=True)
class _AmendmentPage:
    amendment: queries.AmendmentView
    value_name: str
    value_names: dict[str, str]
    effect: queries.LawEffect
    history: tuple[TrailView, ...]
    may_amend: bool
    entered_it: bool
    form: Form[commands.Confirm] | Form[commands.Withdraw]


@dataclass(frozen=True)
class _FormPage:
    form: Form[commands.EnterAmendment]
    choices: tuple[tuple[str, str], ...]
    enacted_in: tuple[tuple[str, str], ...]


@get("/law/amendments", opt=allow("law.read"))
async def amendments(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Every amendment and every adopted reading, with its stage."""
    async with db.read() as session:
        law = await queries.law_of(session)
        page = _AmendmentsPage(
            amendments=await queries.all_amendments(session),
            adoptions=await queries.all_adoptions(session),
            readings=queries.readings_of(law),
            citation=law.citation("1253.g"),
            value_names=rules.VALUE_NAMES,
            may_amend=caller.may(commands.enter_amendment.permission),
        )
        return frame.show("law/amendments.html", page, now=session.now)


@get("/law/amendments/new", opt=allow(commands.enter_amendment))
async def new_amendment(frame: NamedDependency[Frame], db: NamedDependency[Database]) -> Response[bytes]:
    """The empty form of an amendment."""
    return await _form(frame, db, Form(commands.EnterAmendment))


@post("/law/amendments/new", opt=allow(commands.enter_amendment), status_code=303)
async def enter_amendment(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter an amendment; the next page shows what it would change."""
    form = await read_form(request, commands.EnterAmendment)
    # One choice of the page names both the paragraph and its value.
    chosen = str(form.values["provision"])
    form.values["provision"], _, form.values["value"] = chosen.partition(" ")
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.enter_amendment.name, once=once) as session:
            made = await commands.enter_amendment(session, body)
            answer = see_other(session, f"/law/amendments/{made}")
        return answer
    form.values["provision"] = chosen
    unnamed = form.mistakes.pop("value", [])
    form.mistakes.update({"provision": form.mistakes.get("provision", unnamed)} if unnamed else {})
    return await _form(frame, db, form)


@get("/law/amendments/{amendment_id:int}", opt=allow("law.read"))
async def amendment(
    amendment_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One amendment, with what it changes or would change."""
    return await _page(frame, db, caller, AmendmentId(amendment_id), Form(commands.Withdraw))


@post("/law/amendments/{amendment_id:int}/confirm", opt=allow(commands.confirm_amendment), status_code=303)
async def confirm_amendment(
    amendment_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Confirm an amendment as the second administrator."""
    form = await read_form(request, commands.Confirm)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.confirm_amendment.name) as session:
            await commands.confirm_amendment(session, AmendmentId(amendment_id), body, version=form.version)
        return see_other(None, f"/law/amendments/{amendment_id}")
    return await _page(frame, db, caller, AmendmentId(amendment_id), form)


@post("/law/amendments/{amendment_id:int}/withdraw", opt=allow(commands.withdraw_amendment), status_code=303)
async def withdraw_amendment(
    amendment_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Withdraw an amendment that nobody has confirmed."""
    form = await read_form(request, commands.Withdraw)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.withdraw_amendment.name) as session:
            await commands.withdraw_amendment(session, AmendmentId(amendment_id), body, version=form.version)
        return see_other(None, f"/law/amendments/{amendment_id}")
    return await _page(frame, db, caller, AmendmentId(amendment_id), form)


async def _page(
    frame: Frame,
    db: Database,
    caller: Caller,
    amendment_id: AmendmentId,
    form: Form[commands.Confirm] | Form[commands.Withdraw],
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.amendment(session, amendment_id)
        page = _AmendmentPage(
            amendment=view,
            value_name=rules.VALUE_NAMES[view.value],
            value_names=rules.VALUE_NAMES,
            effect=await queries.effect_of_amendment(session, amendment_id),
            history=await history(session, caller.reader, "amendment", amendment_id),
            may_amend=caller.may(commands.confirm_amendment.permission),
            entered_it=view.entered_by_id == caller.id,
            form=form,
        )
        return frame.show("law/amendment.html", page, now=session.now, status=form.status)


async def _form(frame: Frame, db: Database, form: Form[commands.EnterAmendment]) -> Response[bytes]:
    law = the_statute()
    async with db.read() as session:
        page = _FormPage(
            form=form,
            choices=tuple(
                (f"{slug} {name}", f"{law.citation(slug)} ({law.provision(slug).title}): {rules.VALUE_NAMES[name]}")
                for slug, name in amendable(law)
            ),
            enacted_in=words(ENACTED_IN),
        )
        return frame.show("law/amendment_form.html", page, now=session.now, status=form.status)


HANDLERS: Final = (
    amendments,
    new_amendment,
    enter_amendment,
    amendment,
    confirm_amendment,
    withdraw_amendment,
)
