"""See as: the page on which one chooses through whose eyes to look, and leaves it again."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from pipir.features.people import commands
from pipir.features.people.pages.persons import NATIONALITIES
from pipir.kernel.access import Caller
from pipir.kernel.countries import called
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.marking import HOME
from pipir.kernel.text import Line
from pipir.store.doors import Database
from pipir.web.access import WHILE_SEEING_AS, allow
from pipir.web.api import see_other
from pipir.web.entry import refuse_while_seeing_as
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

# The door of the act has no command: nothing of the record changes, a sign-in does.
_SEE_AS: Final = "people.see-as"
_OWN: Final = "own"
_KINDS: Final = (
    ("partner", "A partner", "Participants, projects, groups, duties, law and reports, as far as they are REL TO it."),
    ("contractor", "A contractor", "What is open to contractors, on the pages that your own roles open."),
)


class ChooseEyes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the form sends; `own` leaves the other's eyes."""

    kind: Literal["own", "us-government", "contractor", "partner"]
    nationality: Line | None = None


@dataclass(frozen=True)
class _SeeAsPage:
    form: Form[ChooseEyes]
    kinds: tuple[tuple[str, str, str], ...]
    nationalities: tuple[tuple[str, str], ...]
    seeing_as: str
    own: str


@get("/see-as", opt=allow(_SEE_AS))
async def show_see_as(frame: NamedDependency[Frame], caller: NamedDependency[Caller]) -> Response[bytes]:
    """Choose a reader, or leave the one in force."""
    return _page(frame, caller, Form(ChooseEyes, {"kind": "partner", "nationality": "JPN"}))


@post("/see-as", opt=allow(_SEE_AS) | WHILE_SEEING_AS, status_code=303)
async def choose(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Look through another reader's eyes, or with one's own again."""
    form = await read_form(request, ChooseEyes)
    with form:
        chosen = form.value()
        if chosen.kind == _OWN:
            if caller.session_id is not None:
                async with db.write(actor=caller.id, command="people.stop-seeing-as") as session:
                    await commands.stop_seeing_as(session, caller.session_id)
            return see_other(None, "/see-as")
        refuse_while_seeing_as(caller)
        if chosen.kind == "partner" and chosen.nationality in (None, HOME):
            raise Invalid(
                "The reader needs correcting.",
                mistakes=(Mistake("nationality", "Expected a partner's country."),),
            )
        nationality = chosen.nationality or HOME if chosen.kind == "partner" else HOME
        async with db.write(actor=caller.id, command=_SEE_AS) as session:
            await commands.see_as(session, caller.session_id, commands.SeeAs(chosen.kind, nationality))
        return see_other(None, "/")
    return _page(frame, caller, form)


def _page(frame: Frame, caller: Caller, form: Form[ChooseEyes]) -> Response[bytes]:
    own = caller.reader.within or caller.reader
    page = _SeeAsPage(
        form=form,
        kinds=_KINDS,
        nationalities=NATIONALITIES[1:],
        seeing_as=called(caller.seeing_as) if caller.seeing_as else "",
        own=called(own),
    )
    return frame.show("people/see_as.html", page, status=form.status)


HANDLERS: Final = (show_see_as, choose)
