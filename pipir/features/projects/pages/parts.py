"""The forms of what hangs on a project, drawn one way; and what they offer to choose from."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Response

from pipir.features.people.queries import list_offices, list_people
from pipir.features.projects import queries
from pipir.features.projects.pages.forms import banner
from pipir.kernel.errors import NotFound
from pipir.kernel.paging import LARGEST_LIMIT
from pipir.store.doors import ReadSession
from pipir.web.acts import Act, ActPage, LawLine, Options, drawn
from pipir.web.forms import Form
from pipir.web.pages import Frame

CHANGE: Final = "projects.change"


def act_page(
    frame: Frame,
    session: ReadSession,
    form: Form[Any],
    act: Act,
    project: queries.ProjectView,
    *,
    action: str,
    back: str,
    choices: Mapping[str, Options] | None = None,
    version: int | None = None,
    trail: tuple[tuple[str, str], ...] = (),
    about: str = "",
    facts: tuple[tuple[str, str | None], ...] = (),
    law: tuple[LawLine, ...] = (),
) -> Response[bytes]:
    """The form of one change of a project or of what hangs on it."""
    page = ActPage(
        form=form,
        title=act.title,
        lead=act.lead,
        button=act.button,
        fields=drawn(act, choices or {}),
        trail=(("Projects", "/projects"), (project.name, f"/projects/{project.id}"), *trail),
        action=action,
        cancel_href=back,
        version=version if act.command.versioned else None,
        about=about,
        facts=facts,
        law=law,
    )
    marking = banner(project.marking)
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=marking)


def chosen_act(acts: Mapping[str, Act], name: str) -> Act:
    """The act of that name, or NotFound."""
    if name not in acts:
        raise NotFound("There is no such change of this record.")
    return acts[name]


async def owners(session: ReadSession) -> dict[str, Options]:
    """The offices and people that may own something."""
    offices = await list_offices(session, limit=LARGEST_LIMIT)
    people = await list_people(session, limit=LARGEST_LIMIT)
    return {
        "offices": tuple((str(each.id), f"{each.symbol}: {each.name}") for each in offices.items),
        "people": tuple((str(each.id), f"{each.name} ({each.office})") for each in people.items),
    }
