"""The list of projects, its filters and its file."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from pipir.features.groups.queries import workstreams
from pipir.features.participants.queries import participant_choices
from pipir.features.projects import queries
from pipir.features.projects.pages.forms import NOT_RATED, RATINGS, Choices, choices_of_kind
from pipir.features.projects.tables import STATUSES
from pipir.kernel.access import Caller
from pipir.kernel.paging import Limit
from pipir.statute.load import the_statute
from pipir.statute.lookup import objective_names
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.acts import words
from pipir.web.exports import Columns, exercise, export_file, file_paths
from pipir.web.forms import read_filter
from pipir.web.pages import Frame, ListView

_COLUMNS: Final = Columns[queries.ProjectLine](
    (
        "Code", "Name", "Marking", "Label", "Exercise data", "Kind", "Workstream", "Status", "Rating", "Announced",
        "Partners", "Next milestone", "Next milestone on", "Days late", "Updated",
        "Days without an update, at least",
    ),
    lambda line: (
        line.code,
        line.name,
        line.marking,
        line.label,
        exercise(line),
        line.kind,
        line.workstream or "not public",
        line.status,
        line.rating or "not rated",
        line.announced_on or "not public",
        " ".join(each.code for each in line.countries),
        line.next_milestone.name if line.next_milestone else "",
        line.next_milestone.on if line.next_milestone else None,
        line.next_milestone.days_late if line.next_milestone else None,
        line.updated_on,
        line.stale,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.ProjectLine]
    ratings: dict[str, tuple[str, str]]
    not_rated: tuple[str, str]
    rating_choices: Choices
    status_choices: Choices
    kind_choices: Choices
    workstream_choices: Choices
    country_choices: Choices
    objective_choices: Choices
    stale_choices: Choices
    related: tuple[queries.RelatedEffortView, ...]
    may_change: bool
    # The map stands above projects, with the ledger's figures in it.


@get("/projects", opt=allow("projects.read"))
async def projects(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "milestone",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """The projects of the Partnership, and apart from them the related efforts."""
    which = which_asked(request)
    async with db.read() as session:
        found = await queries.list_projects(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)
        streams = tuple((str(each.id), each.name) for each in await workstreams(session, reader=caller.reader))
        countries = tuple((code, name) for _, code, name in await participant_choices(session, caller.reader))
        goals = objective_names(the_statute())
        stale = tuple((str(days), f"No update in {days} days") for days in queries.stale_days(session))
        ratings = (*((name, f"{words} ({name})") for name, (_, words) in RATINGS.items()), ("none", NOT_RATED[1]))
        view = frame.list_view(
            found,
            noun=("project", "projects"),
            sort=sort,
            sorts=queries.SORTS,
            chosen=_chosen(which),
            labels={name: name.capitalize() for name in STATUSES}
            | dict((*choices_of_kind(), *ratings, *streams, *countries, *goals))
            | {f"stale={value}": words for value, words in stale}
            | {f"agreement={which.agreement_id}": "One agreement"}
            | {"late": "Late milestones", "ended": "With ended projects"},
            columns=_COLUMNS,
        )
        related = await queries.list_related_efforts(session, caller.reader, limit=200)
        page = _ListPage(
            list=view,
            ratings=RATINGS,
            not_rated=NOT_RATED,
            rating_choices=ratings,
            status_choices=words(STATUSES),
            kind_choices=choices_of_kind(),
            workstream_choices=streams,
            country_choices=countries,
            objective_choices=goals,
            stale_choices=stale,
            related=related.items,
            may_change=caller.may("projects.change"),
        )
        return frame.show("projects/projects.html", page, now=session.now)


@get(file_paths("/projects/export"), opt=allow("projects.read"))
async def export_projects(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "milestone",
) -> Response[bytes]:
    """Exactly the projects of the list."""
    async with db.read() as session:
        found = await queries.every_project(session, caller.reader, which_asked(request), sort=sort)
    return await export_file(request, "projects", _COLUMNS, found)


def which_asked(request: Request[Any, Any, Any]) -> queries.ProjectFilter:
    return read_filter(
        request,
        queries.ProjectFilter,
        many={"statuses": "status", "kinds": "kind", "ratings": "rating"},
        one={
            "text": "q",
            "workstream_id": "workstream",
            "agreement_id": "agreement",
            "country": "country",
            "objective": "objective",
            "stale": "stale",
        },
        checks=("late", "ended"),
    )


def _chosen(which: queries.ProjectFilter) -> dict[str, Any]:
    return {
        "q": which.text or "",
        "rating": list(which.ratings),
        "status": list(which.statuses),
        "kind": list(which.kinds),
        "workstream": str(which.workstream_id or ""),
        "agreement": str(which.agreement_id or ""),
        "country": which.country or "",
        "objective": which.objective or "",
        "stale": str(which.stale or ""),
        # Not "on": two checks that are both "on" could not be told apart in the chips.
        "late": "late" if which.late else "",
        "ended": "ended" if which.ended else "",
    }


HANDLERS: Final = (
    projects,
    export_projects,
)
