"""The parts that countries have in a project."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.law.queries import papers_for
from pipir.features.participants.queries import participant_choices
from pipir.features.projects import commands, queries, rules
from pipir.features.projects.pages.forms import Field, FormWords, form_page, project_to_change
from pipir.features.projects.tables import PartnerId
from pipir.kernel.access import Caller
from pipir.kernel.ids import ProjectId, RecordNumber
from pipir.kernel.once import Once
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame


@get("/projects/{project_id:int}/partners/new", opt=allow(commands.add_partner))
async def new_partner(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    country: FromQuery[str] = "",
) -> Response[bytes]:
    """The empty form of a partner, or with the country that the address names."""
    rules.may_detail((await project_to_change(db, caller, project_id)).in_classified_annex)
    values: dict[str, str | list[str]] = {}
    async with db.read() as session:
        for number, code, _ in await participant_choices(session, caller.reader):
            if code == country:
                values["participant_id"] = str(number)
    return await _partner_form(frame, db, caller, Form(commands.AddPartner, values), project_id)


@post("/projects/{project_id:int}/partners/new", opt=allow(commands.add_partner), status_code=303)
async def add_partner(
    project_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Record a participant's part in a project."""
    form = await read_form(request, commands.AddPartner)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.add_partner.name, once=once) as session:
            await commands.add_partner(session, ProjectId(project_id), body)
            answer = see_other(session, f"/projects/{project_id}#partners")
        return answer
    return await _partner_form(frame, db, caller, form, project_id)


async def _partner_form(
    frame: Frame, db: Database, caller: Caller, form: Form[Any], project_id: int
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.project(session, caller.reader, ProjectId(project_id))
        countries = await participant_choices(session, caller.reader)
        papers = await papers_for(session, caller, "project", subject_id=project_id)
    words = FormWords(
        "Add a partner",
        f"{view.name}. A reported role is neither standing under section 1253(d) nor membership.",
        f"/projects/{view.id}/partners/new",
        f"/projects/{view.id}",
        "Add the partner",
    )
    fields = (
        Field(
            "select",
            "participant_id",
            "Country",
            required=True,
            options=tuple((str(number), f"{name} ({code})") for number, code, name in countries),
        ),
        Field("text", "role", "Role", "Such as host of the repair capability.", True),
        Field("check", "lead", "Leads the project"),
        Field("check", "reported", "Only reported", "Check it where a press report is all that stands behind it."),
        Field("text", "source", "Source", "Required for a reported role."),
        Field("date", "since", "Since", "Left blank: not public."),
    )
    return form_page(frame, form, words, fields, view=view, papers=papers)


@get("/partners/{partner_id:int}/end", opt=allow(commands.remove_partner))
async def partner_to_remove(
    partner_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that ends a participant's part in a project."""
    async with db.read() as session:
        partner = await queries.partner(session, caller.reader, PartnerId(partner_id))
    await project_to_change(db, caller, partner.project_id)
    rules.may_end_part(partner.until)
    return await _remove_form(frame, db, caller, Form(commands.RemovePartner), partner_id)


@post("/partners/{partner_id:int}/end", opt=allow(commands.remove_partner), status_code=303)
async def remove_partner(
    partner_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """End a participant's part in a project."""
    form = await read_form(request, commands.RemovePartner)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.remove_partner.name) as session:
            view = await queries.partner(session, caller.reader, PartnerId(partner_id))
            await commands.remove_partner(session, PartnerId(partner_id), body, version=form.version)
        return see_other(None, f"/projects/{view.project_id}#partners")
    return await _remove_form(frame, db, caller, form, partner_id)


async def _remove_form(frame: Frame, db: Database, caller: Caller, form: Form[Any], partner_id: int) -> Response[bytes]:
    async with db.read() as session:
        partner = await queries.partner(session, caller.reader, PartnerId(partner_id))
        view = await queries.project(session, caller.reader, ProjectId(partner.project_id))
    words = FormWords(
        f"End the part of {partner.name}",
        f"{view.name}: {partner.role}. The part stays in the record with its last day.",
        f"/partners/{partner.id}/end",
        f"/projects/{view.id}",
        "End the part",
    )
    fields = (Field("date", "until", "Last day", required=True), Field("area", "because", "Reason", required=True))
    return form_page(frame, form, words, fields, view=view, version=partner.version)


HANDLERS: Final = (
    new_partner,
    add_partner,
    partner_to_remove,
    remove_partner,
)
