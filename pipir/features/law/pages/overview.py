"""What is in force today."""

from dataclasses import dataclass
from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency

from pipir.features.law import queries
from pipir.kernel.access import Caller
from pipir.statute.load import the_statute
from pipir.statute.model import Provision
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.pages import Frame


@dataclass(frozen=True)
class _LawPage:
    law: queries.LawView
    designation: Provision


@get("/law", opt=allow("law.read"))
async def law(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The window of the section's own authority, who holds which office, and what waits for somebody."""
    async with db.read() as session:
        page = _LawPage(
            law=await queries.overview(session, caller.reader), designation=the_statute().provision("1253.c.1")
        )
        return frame.show("law/law.html", page, now=session.now)


HANDLERS: Final = (law,)
