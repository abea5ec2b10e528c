"""What the pages of reconciliation share: the form of one change, and where it stands."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response

from pipir.features.people.queries import office_choices, person_choices
from pipir.kernel.access import Caller
from pipir.kernel.once import Once
from pipir.statute.load import the_statute
from pipir.store.doors import Database, ReadSession
from pipir.web.acts import Act, ActPage, LawLine, Options, choices_of, drawn, joined
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

RECONCILE: Final = "ledger.reconcile"
READ: Final = "ledger.read"
LEDGER: Final = ("Ledger", "/ledger")
HOME: Final = ("Dashboard", "/")


@dataclass(frozen=True)
class Place:
    """Where an act stands: its record's trail, address, version and marking, and what is told beside the form."""

    trail: tuple[tuple[str, str], ...]
    here: str
    action: str
    version: int | None = None
    marking: str = "CUI"
    about: str = ""
    facts: tuple[tuple[str, str | None], ...] = ()
    law: tuple[LawLine, ...] = ()


async def act_page(
    frame: Frame,
    session: ReadSession,
    form: Form[Any],
    act: Act,
    place: Place,
    choices: Mapping[str, Options] | None = None,
    lists: tuple[str, ...] = (),
) -> Response[bytes]:
    """The form of one change."""
    needed = choices_of(act.fields)
    found = dict(choices or {})
    if "people" in needed:
        found["people"] = await person_choices(session)
    if "offices" in needed:
        found["offices"] = await office_choices(session)
    page = ActPage(
        form=joined(form, *lists),
        title=act.title,
        lead=act.lead,
        button=act.button,
        fields=drawn(act, found),
        trail=(LEDGER, *place.trail),
        action=place.action,
        cancel_href=place.here,
        version=place.version if act.command.versioned else None,
        about=place.about,
        facts=place.facts,
        law=place.law,
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status, marking=place.marking)


async def change(
    request: Request[Any, Any, Any],
    db: Database,
    caller: Caller,
    once: Once | None,
    act: Act,
    number: Any,
    here: str,
    again: Callable[[Form[Any]], Awaitable[Response[bytes]]],
) -> Response[bytes]:
    """Make one change of a record and go back to it, or show the form again with every mistake."""
    form = await read_form(request, act.command.body)
    with form:
        body = form.value()
        named = {"version": form.version} if act.command.versioned else {}
        async with db.write(actor=caller.id, command=act.command.name, once=once) as session:
            await act.command(session, number, body, **named)
            answer = see_other(session, here)
        return answer
    return await again(form)


def law_of(*slugs: str) -> tuple[LawLine, ...]:
    """Provisions as a form's page shows them."""
    rows = [the_statute().provision(slug) for slug in slugs]
    return tuple((row.citation, row.standing_label, row.statement) for row in rows)
