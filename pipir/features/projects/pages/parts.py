"""The forms of what hangs on a project, drawn one way; and what they offer to choose from."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Response

from pipir.features.people.queries import office_choices, person_choices
from pipir.features.projects import queries
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
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=project.marking)


async def owners(session: ReadSession) -> dict[str, Options]:
    """The offices and people that may own something."""
    return {"offices": await office_choices(session), "people": await person_choices(session)}
