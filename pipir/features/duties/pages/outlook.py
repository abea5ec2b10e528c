"""What lies ahead: plans that would outlive the authority, and what a change of the law would do."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency

from pipir.features.duties import queries, rules
from pipir.features.law.queries import all_amendments, law_of
from pipir.features.law.rules import VALUE_NAMES
from pipir.kernel.access import Caller
from pipir.sheets import Cell
from pipir.statute.model import Provision, Statute
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.exports import Columns, Export, exercise, export_file, file_paths
from pipir.web.forms import Form
from pipir.web.pages import Frame

# More rows than a person reads on a page; the file holds all of them.
_SHOWN: Final = 100
_WHATS: Final = (
    ("extended", "Congress extends the authority", "Through the day given below."),
    ("repealed", "Congress repeals the section", "The authority would run through the day given below."),
    ("stricter reading", "Counsel adopts the stricter reading", "The authority ends as its last day begins."),
    ("amendment", "An amendment that was entered here", "Chosen below; confirmed or not."),
    ("no change", "Nothing changes", "The law as it stands."),
)
_COLUMNS: Final = Columns[tuple[Cell, ...]](
    (
        "Kind", "Number", "Code", "Name", "Status", "Program authority", "Item", "Planned for",
        "Planned total", "Obligated", "Not yet obligated", "Exercise data",
    )
)  # fmt: skip


@dataclass(frozen=True)
class _OutlivingPage:
    found: queries.Outliving
    projects: tuple[queries.OutlivingProject, ...]
    termination: Provision
    law: Statute
    may_determine: bool
    export: Export


@dataclass(frozen=True)
class _ScenarioPage:
    form: Form[rules.Scenario]
    view: queries.ScenarioView | None
    whats: tuple[tuple[str, str, str], ...]
    amendments: tuple[tuple[str, str], ...]
    value_names: dict[str, str]
    termination: Provision


@get("/law/outliving", opt=allow("law.read"))
async def outliving(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Projects, groups, agreements, assistance and money that would go on after the last day, and under what."""
    async with db.read() as session:
        found, law = await queries.outliving(session, caller.reader), await law_of(session)
        page = _OutlivingPage(
            found=found,
            projects=found.projects[:_SHOWN],
            termination=law.provision("1253.g"),
            law=law,
            may_determine=caller.may("law.change"),
            export=Export("/law/outliving/export", _COLUMNS.titles),
        )
        return frame.show("duties/outliving.html", page, now=session.now)


@get(file_paths("/law/outliving/export"), opt=allow("law.read"))
async def export_outliving(
    request: Request[Any, Any, Any], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The same as a file: a row for each milestone, group, agreement and assistance."""
    async with db.read() as session:
        found = await queries.outliving(session, caller.reader)
    rows: list[tuple[Cell, ...]] = [
        (
            "project", project.id, project.code, project.name, project.status,
            project.program_authority or "none named", milestone.name, milestone.on,
            project.planned_total if project.planned_total is not None else "not public", project.obligated,
            project.not_yet_obligated if project.not_yet_obligated is not None else "not computable",
            exercise(project),
        )
        for project in found.projects
        for milestone in project.milestones
    ]  # fmt: skip
    rows += [
        (
            "group", each.id, "", each.name, each.kind, each.program_authority, "no end recorded", "",
            "", "", "", exercise(each),
        )
        for each in found.groups
    ]  # fmt: skip
    rows += [
        (
            "agreement", each.id, each.code, each.name, each.state, "1253.e.1", "expires", each.expires_on or "no day",
            "", "", "", exercise(each),
        )
        for each in found.agreements
    ]  # fmt: skip
    rows += [
        (
            "assistance", each.id, each.code, each.name, each.status, "1253.e.3",
            f"last day, under {each.uses_citation}", each.ends_on, "", "", "", "EXERCISE DATA" if each.exercise else "",
        )
        for each in found.assistance
    ]  # fmt: skip
    return await export_file(request, "outliving", _COLUMNS, rows)


@get("/law/scenario", opt=allow("law.read"))
async def scenario(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The question and its answer; nothing is written."""
    form = Form(rules.Scenario, _asked(request))
    view = None
    async with db.read() as session:
        with form:
            if form.values["what"]:
                view = await queries.scenario(session, caller.reader, form.value())
        page = _ScenarioPage(
            form=form,
            view=view,
            whats=_WHATS,
            amendments=tuple((str(each.id), each.citation) for each in await all_amendments(session)),
            value_names=VALUE_NAMES,
            termination=(await law_of(session)).provision("1253.g"),
        )
        return frame.show("duties/scenario.html", page, now=session.now, status=form.status)


def _asked(request: Request[Any, Any, Any]) -> dict[str, str | list[str]]:
    known = (name for name in rules.Scenario.__struct_fields__ if name in request.query_params)
    return {name: str(request.query_params[name]) for name in known}


HANDLERS: Final = (outliving, export_outliving, scenario)
