"""The first page of Congress: the statute's briefings, what is open, and what is owed."""

from dataclasses import dataclass
from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency

from pipir.features.congress import queries, rules
from pipir.features.congress.pages.shared import CHANGE
from pipir.kernel.access import Caller
from pipir.statute.load import the_statute
from pipir.statute.model import Deadline, Provision
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.pages import Frame

_SHOWN: Final = 8


@dataclass(frozen=True)
class _OverviewPage:
    counts: queries.Counts
    briefings: tuple[tuple[Deadline, queries.BriefingView | None], ...]
    contacts: tuple[queries.ContactView, ...]
    promises: tuple[queries.PromiseView, ...]
    law: Provision
    may_change: bool


@get("/congress", opt=allow("congress.read"))
async def overview(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The briefings that the statute asks for, contacts that are open, promises that are owed."""
    async with db.read() as session:
        pending = await queries.list_contacts(session, caller.reader, pending=True, sort="due", limit=_SHOWN)
        owed = await queries.list_promises(session, caller.reader, owed=True, limit=_SHOWN)
        page = _OverviewPage(
            counts=await queries.count(session, caller.reader),
            briefings=await queries.briefings_of_the_statute(session, caller.reader),
            contacts=pending.items,
            promises=owed.items,
            law=the_statute().provision(rules.PROVISION),
            may_change=caller.may(CHANGE),
        )
        return frame.show("congress/congress.html", page, now=session.now)


HANDLERS: Final = (overview,)
