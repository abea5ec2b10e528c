"""The forms of a project: proposed, revised, moved on, rated, ended."""

from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.agreements import queries as agreements
from pipir.features.groups.queries import workstreams
from pipir.features.participants.queries import participant_choices
from pipir.features.people.queries import office_choices
from pipir.features.projects import commands, queries, rules
from pipir.features.projects.pages.forms import (
    RATINGS,
    Field,
    FormWords,
    authorities,
    choices_of_kind,
    filled_as_agreed,
    form_page,
    papers_of,
    project_to_change,
    read_project,
)
from pipir.features.projects.tables import STATUSES
from pipir.kernel.access import Caller
from pipir.kernel.ids import ProjectId, RecordNumber
from pipir.kernel.once import Once
from pipir.statute.load import the_statute
from pipir.statute.lookup import objective_names
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.acts import words
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame


@get("/projects/new", opt=allow(commands.propose_project))
async def new_project(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    objective: FromQuery[str] = "",
    country: FromQuery[str] = "",
    coordination: FromQuery[RecordNumber | None] = None,
) -> Response[bytes]:
    """The empty form of a project; its address may name an objective and a country, or what offices agreed to."""
    if coordination is not None:
        form = await filled_as_agreed(db, caller, commands.ProposeProject, coordination, "project-approval", None)
        return await _project_form(frame, db, caller, form, None)
    values: dict[str, str | list[str]] = {"status": "exploratory", "marking": "CUI"}
    if objective:
        values["objectives"] = [objective]
    return await _project_form(frame, db, caller, Form(commands.ProposeProject, values), None, country)


@post("/projects/new", opt=allow(commands.propose_project), status_code=303)
async def propose_project(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
    country: FromQuery[str] = "",
) -> Response[bytes]:
    """Enter a project; the country that the coverage map named is proposed as the next step."""
    form = await read_form(request, commands.ProposeProject)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.propose_project.name, once=once) as session:
            project_id = await commands.propose_project(session, body)
            answer = see_other(session, f"/projects/{project_id}{_asked(country)}")
        return answer
    return await _project_form(frame, db, caller, form, None, country)


@get("/projects/{project_id:int}/revise", opt=allow(commands.revise_project))
async def project_to_revise(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    coordination: FromQuery[RecordNumber | None] = None,
) -> Response[bytes]:
    """The filled form of a project, as it stands or as its change is agreed."""
    view = await project_to_change(db, caller, project_id)
    form = Form.of(commands.ReviseProject, view)
    if coordination is not None:
        form = await filled_as_agreed(db, caller, commands.ReviseProject, coordination, "project-change", view)
    return await _project_form(frame, db, caller, form, view)


@post("/projects/{project_id:int}/revise", opt=allow(commands.revise_project), status_code=303)
async def revise_project(
    project_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Change a project."""
    form = await read_form(request, commands.ReviseProject)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_project.name) as session:
            await commands.revise_project(session, ProjectId(project_id), body, version=form.version)
        return see_other(None, f"/projects/{project_id}")
    return await _project_form(frame, db, caller, form, await read_project(db, caller, project_id))


def _asked(country: str) -> str:
    return f"?{urlencode({'country': country[:3]})}" if country else ""


async def _project_form(
    frame: Frame,
    db: Database,
    caller: Caller,
    form: Form[Any],
    view: queries.ProjectView | None,
    country: str = "",
) -> Response[bytes]:
    async with db.read() as session:
        known = {code: name for _, code, name in await participant_choices(session, caller.reader)}
        offices = await office_choices(session)
        agreed = await agreements.names(session, caller.reader)
        known_as = tuple((str(number), f"{code} {name}") for number, code, name in agreed)
        streams = tuple((str(each.id), each.name) for each in await workstreams(session, reader=caller.reader))
    status = Field("select", "status", "Status", required=True, options=words(STATUSES))
    fields = (
        Field("text", "name", "Name", "A neutral title where the project stands in the classified annex.", True),
        Field("select", "kind", "Kind", required=True, options=choices_of_kind()),
        *(() if view else (status,)),
        Field("select", "workstream_id", "Workstream", "Left blank: not public.", options=streams),
        Field(
            "select", "agreement_id", "Agreement", "That the work is done under; blank: not public.", options=known_as
        ),
        Field("checks", "objectives", "Objectives served", "At least one.", True, objective_names(the_statute())),
        Field("text", "classified_by", "Kind and objectives classified by", "Who says so, if not the source.", True),
        Field("text", "source", "Source", "Where the facts come from, with the date.", True),
        Field("area", "description", "Description"),
        Field("date", "announced_on", "Announced", "Left blank: not public."),
        Field("select", "program_authority", "Program authority", "Left blank: not public.", options=authorities()),
        Field(
            "select",
            "lead_office_id",
            "Lead office",
            "Left blank: not public.",
            options=offices,
        ),
        Field("money", "planned_total", "Planned total", "What is planned, not what is obligated; blank: not public."),
        Field("check", "in_classified_annex", "Described in the classified annex", "No detail is recorded here then."),
        Field("text", "marking", "Marking", "Such as CUI or CUI//REL TO USA, AUS, JPN.", True),
    )
    said = (
        FormWords(
            f"Change {view.code}",
            "Status, rating, partners and milestones have forms of their own.",
            f"/projects/{view.id}/revise",
            f"/projects/{view.id}",
        )
        if view
        else FormWords(
            "Enter a project",
            "The service gives it the next code."
            + (f" The part of {known[country]} is the next step." if country in known else ""),
            f"/projects/new{_asked(country)}",
            "/projects",
            "Enter the project",
        )
    )
    papers = await papers_of(db, caller, view)
    return form_page(frame, form, said, fields, view=view, version=view.version if view else None, papers=papers)


@get("/projects/{project_id:int}/status", opt=allow(commands.change_status))
async def status_to_change(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    coordination: FromQuery[RecordNumber | None] = None,
) -> Response[bytes]:
    """The form of a project's next status, filled where it is agreed."""
    view = await project_to_change(db, caller, project_id)
    form = Form(commands.ChangeStatus)
    if coordination is not None:
        form = await filled_as_agreed(db, caller, commands.ChangeStatus, coordination, "project-approval", view)
    return await _status_form(frame, db, caller, form, view)


@post("/projects/{project_id:int}/status", opt=allow(commands.change_status), status_code=303)
async def change_status(
    project_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Move a project to its next status."""
    form = await read_form(request, commands.ChangeStatus)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.change_status.name) as session:
            await commands.change_status(session, ProjectId(project_id), body, version=form.version)
        return see_other(None, f"/projects/{project_id}")
    return await _status_form(frame, db, caller, form, await read_project(db, caller, project_id))


async def _status_form(
    frame: Frame, db: Database, caller: Caller, form: Form[Any], view: queries.ProjectView
) -> Response[bytes]:
    steps = rules.STEPS[view.status]  # type: ignore[index]  # the database holds the same list
    said = FormWords(
        "Change the status", f"{view.name} is {view.status}.", f"/projects/{view.id}/status", f"/projects/{view.id}"
    )
    fields = (
        Field("select", "status", "New status", required=True, options=words(steps)),
        Field("area", "reason", "Reason", "It stands in the project's history.", True),
    )
    papers = await papers_of(db, caller, view)
    return form_page(frame, form, said, fields, view=view, version=view.version, papers=papers)


@get("/projects/{project_id:int}/rate", opt=allow(commands.rate_project))
async def rating_to_change(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of a project's rating."""
    view = await project_to_change(db, caller, project_id)
    values: dict[str, str | list[str]] = {"rating": view.rating or "", "rationale": view.rating_rationale or ""}
    return _rating_form(frame, Form(commands.RateProject, values), view)


@post("/projects/{project_id:int}/rate", opt=allow(commands.rate_project), status_code=303)
async def rate_project(
    project_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Rate a project, or take its rating back."""
    form = await read_form(request, commands.RateProject)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.rate_project.name) as session:
            await commands.rate_project(session, ProjectId(project_id), body, version=form.version)
        return see_other(None, f"/projects/{project_id}")
    return _rating_form(frame, form, await read_project(db, caller, project_id))


def _rating_form(frame: Frame, form: Form[Any], view: queries.ProjectView) -> Response[bytes]:
    said = FormWords(
        "Rate the project",
        f"{view.name}. A rating is an office's judgment, with its reason and the day of the next look.",
        f"/projects/{view.id}/rate",
        f"/projects/{view.id}",
    )
    fields = (
        Field(
            "select",
            "rating",
            "Rating",
            "Left blank with the rest: not rated.",
            options=tuple((name, f"{meaning} ({name})") for name, (_, meaning) in RATINGS.items()),
        ),
        Field("area", "rationale", "Rationale"),
        Field("date", "review_on", "Look at it again on"),
    )
    return form_page(frame, form, said, fields, view=view, version=view.version)


@get("/projects/{project_id:int}/end", opt=allow(commands.end_project))
async def project_to_end(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that closes a project's record."""
    view = await project_to_change(db, caller, project_id)
    rules.may_close(view.status)  # type: ignore[arg-type]  # the database holds the same list
    return _end_form(frame, Form(commands.EndProject), view)


@post("/projects/{project_id:int}/end", opt=allow(commands.end_project), status_code=303)
async def end_project(
    project_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Close the record of a project."""
    form = await read_form(request, commands.EndProject)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.end_project.name) as session:
            await commands.end_project(session, ProjectId(project_id), body, version=form.version)
        return see_other(None, f"/projects/{project_id}")
    return _end_form(frame, form, await read_project(db, caller, project_id))


def _end_form(frame: Frame, form: Form[Any], view: queries.ProjectView) -> Response[bytes]:
    said = FormWords(
        "End the record",
        f"{view.name} is {view.status}. An ended project stays readable and no longer changes.",
        f"/projects/{view.id}/end",
        f"/projects/{view.id}",
        "End the record",
    )
    fields = (Field("date", "until", "Last day", required=True), Field("area", "because", "Reason", required=True))
    return form_page(frame, form, said, fields, view=view, version=view.version)


HANDLERS: Final = (
    new_project,
    propose_project,
    project_to_revise,
    revise_project,
    status_to_change,
    change_status,
    rating_to_change,
    rate_project,
    project_to_end,
    end_project,
)
