"""The HTML door of a report's priorities and recommendations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.ledger.queries import project_choices
from pipir.features.report import commands, queries, rules
from pipir.features.report.queries.points import PointView, point, points
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.statute.model import Provision
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Field, Options, act_of, drawn, words
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

_SAID: Final = (Field("name", "In a line"), Field("words", "In more words", "area"))
_OBJECTIVE: Final = Field("objective", "Objective that it serves", "select", choices="objectives", empty="None named")
_OF: Final[Mapping[str, tuple[Field, ...]]] = {
    rules.PRIORITY: (
        *_SAID,
        Field("project_id", "Project", "select", choices="projects", empty="None"),
        _OBJECTIVE,
        Field("planned", "Planned amount", hint="In dollars; a plan, never an obligation. Blank where none is stated."),
    ),
    rules.RECOMMENDATION: (
        *_SAID,
        Field("kind", "Type", "select", choices="kinds"),
        _OBJECTIVE,
        Field(
            "clearance", "Clearance", "select", "A legislative one says how far.", choices="clearances", empty="None"
        ),
    ),
}
_NEW: Final = "Enter a {of}"
_REVISE: Final = "Change the {of}"


@dataclass(frozen=True)
class _PointsPage:
    year: int
    points: tuple[PointView, ...]
    lists: tuple[tuple[str, str], ...]
    writable: bool
    objectives: Mapping[str, str]
    law: tuple[Provision, ...]


@dataclass(frozen=True)
class _PointPage:
    point: PointView
    objective: str
    writable: bool
    signed: bool
    may_write: bool
    history: tuple[TrailView, ...]
    law: Provision


@get("/reports/{year:int}/points", opt=allow("reports.read"))
async def show_points(
    year: FromPath[int],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The priorities and the recommendations of a year's report."""
    law = the_statute()
    if year not in lookup.report_years(law):
        raise NotFound("No report is due in this year.")
    async with db.read() as session:
        page = _PointsPage(
            year,
            await points(session, caller.reader, (year,), withdrawn=True),
            ((rules.PRIORITY, "Priorities"), (rules.RECOMMENDATION, "Recommendations")),
            await _state(session, year) in rules.OPEN and caller.may("reports.write"),
            dict(lookup.objective_names(law)),
            tuple(law.provision(rules.slug_of(each)) for each in ("iv", "v")),
        )
        return frame.show("report/points.html", page, now=session.now)


@get("/reports/{year:int}/points/new", opt=allow(commands.enter_point))
async def new_point(
    year: FromPath[int],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    of: FromQuery[rules.Of] = rules.PRIORITY,
) -> Response[bytes]:
    """The form of a priority or a recommendation."""
    async with db.read() as session:
        return await _entry(frame, session, caller, year, of, Form(commands.EnterPoint))


@post("/reports/{year:int}/points/new", opt=allow(commands.enter_point), status_code=303)
async def enter_point(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a priority or a recommendation."""
    form = await read_form(request, commands.EnterPoint)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.enter_point.name, once=once) as session:
            number = await commands.enter_point(session, body)
            answer = see_other(session, f"/reports/{body.year}/points/{number}")
        return answer
    async with db.read() as reading:
        of = str(form.values.get("of", rules.PRIORITY))
        return await _entry(frame, reading, caller, year, of if of in rules.POINTS else rules.PRIORITY, form)


@get("/reports/{year:int}/points/{point_id:int}", opt=allow("reports.read"))
async def show_point(
    year: FromPath[int],
    point_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One priority or recommendation, with what became of it."""
    async with db.read() as session:
        view = await _of_year(session, caller, year, point_id)
        state = await _state(session, year)
        page = _PointPage(
            view,
            dict(lookup.objective_names(the_statute())).get(view.objective or "", ""),
            state in rules.OPEN and view.withdrawn_because is None,
            state in rules.SEALED and view.withdrawn_because is None,
            caller.may("reports.write"),
            await history(session, caller.reader, "report_point", point_id),
            the_statute().provision(rules.slug_of("iv" if view.of == rules.PRIORITY else "v")),
        )
        return frame.show("report/point.html", page, now=session.now)


@get("/reports/{year:int}/points/{point_id:int}/{act:str}", opt=allow("reports.write"))
async def point_to_change(
    year: FromPath[int],
    point_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a priority or a recommendation."""
    async with db.read() as session:
        view = await _of_year(session, caller, year, point_id)
        chosen = act_of(_acts(view.of), act)
        form = Form.of(chosen.command.body, view) if act == "revise" else Form(chosen.command.body)
        return await _change(frame, session, caller, view, chosen, act, form)


@post("/reports/{year:int}/points/{point_id:int}/{act:str}", opt=allow("reports.write"), status_code=303)
async def change_point(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    point_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of a priority or a recommendation, and go back to it."""
    async with db.read() as session:
        view = await _of_year(session, caller, year, point_id)
    chosen = act_of(_acts(view.of), act)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, point_id, body, version=form.version)
        return see_other(None, f"/reports/{year}/points/{point_id}")
    async with db.read() as reading:
        view = await point(reading, caller.reader, point_id)
        return await _change(frame, reading, caller, view, chosen, act, form)


def _acts(of: str) -> Mapping[str, Act]:
    return {
        "revise": Act(commands.revise_point, _REVISE.format(of=of), "Save", "While the report is open.", _OF[of]),
        "outcome": Act(
            commands.state_outcome,
            f"State what became of the {of}",
            "State it",
            "The next report prints it beside what was stated.",
            (
                Field("outcome", "What became of it", "select", options=words(rules.OUTCOMES[of]), choices="outcomes"),
                Field("because", "Why", "area"),
            ),
        ),
        "withdraw": Act(
            commands.withdraw_point,
            f"Withdraw the {of}",
            "Withdraw it",
            "It stays in the record, and no report prints it.",
            (Field("because", "Why", "area"),),
        ),
    }


async def _entry(
    frame: Frame, session: ReadSession, caller: Caller, year: int, of: str, form: Form[Any]
) -> Response[bytes]:
    form.values |= {"year": str(year), "of": of}
    fields = (*_OF[of], Field("year", "Year", "hidden"), Field("of", "Of", "hidden"))
    act = Act(
        commands.enter_point,
        _NEW.format(of=of),
        "Enter it",
        "It stands in the report of the year with its number.",
        fields,
    )
    page = ActPage(
        form=form,
        title=act.title,
        lead=act.lead,
        button=act.button,
        fields=drawn(act, await _choices(session, caller, of)),
        trail=_trail(year),
        action=f"/reports/{year}/points/new",
        cancel_href=f"/reports/{year}/points",
        law=_law(of),
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status)


async def _change(
    frame: Frame, session: ReadSession, caller: Caller, view: PointView, chosen: Act, act: str, form: Form[Any]
) -> Response[bytes]:
    here = f"/reports/{view.year}/points/{view.id}"
    page = ActPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, await _choices(session, caller, view.of)),
        trail=(*_trail(view.year), (view.name, here)),
        action=f"{here}/{act}",
        cancel_href=here,
        version=view.version,
        law=_law(view.of),
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status)


async def _choices(session: ReadSession, caller: Caller, of: str) -> dict[str, Options]:
    return {
        "projects": tuple((each.value, each.label) for each in await project_choices(session, caller.reader)),
        "objectives": lookup.objective_names(the_statute()),
        "kinds": words(rules.RECOMMENDATION_KINDS),
        "clearances": words(rules.CLEARANCES),
        "outcomes": words(rules.OUTCOMES[of]),
    }


async def _of_year(session: ReadSession, caller: Caller, year: int, point_id: int) -> PointView:
    view = await point(session, caller.reader, point_id)
    if view.year != year:
        raise NotFound("There is no priority or recommendation with this number.")
    return view


async def _state(session: ReadSession, year: int) -> str | None:
    found = await queries.versions(session, year)
    return found[0].state if found else None


def _trail(year: int) -> tuple[tuple[str, str], ...]:
    return (
        ("Reports", "/reports"),
        (f"Report of {year}", f"/reports/{year}"),
        ("Priorities and recommendations", f"/reports/{year}/points"),
    )


def _law(of: str) -> tuple[tuple[str, str, str], ...]:
    law = the_statute()
    slugs = (
        (rules.slug_of("iv"), "statement-of-obligations")
        if of == rules.PRIORITY
        else (rules.slug_of("v"), "legislative-clearance")
    )
    return tuple(
        (each.citation, each.standing_label, each.statement) for each in (law.provision(slug) for slug in slugs)
    )


HANDLERS = (show_points, new_point, enter_point, show_point, point_to_change, change_point)
