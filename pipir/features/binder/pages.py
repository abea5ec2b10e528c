"""The HTML door of binders: the page of one, for records whose own page only links to it."""

from dataclasses import dataclass

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.features.binder import queries
from pipir.features.binder.queries import Binder
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.pages import Frame


@dataclass(frozen=True)
class _BinderPage:
    binder: Binder


@get("/binder/{kind:str}/{key:int}", opt=allow("notes.read"))
async def show_binder(
    kind: FromPath[str],
    key: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """What lies with one record."""
    async with db.read() as session:
        page = _BinderPage(await queries.binder(session, caller, kind, key))
        marking = page.binder.record.marking or "CUI"
        return frame.show("binder/binder.html", page, now=session.now, marking=marking)


def routes() -> Router:
    """Every page of binders."""
    return Router(path="/", include_in_schema=False, route_handlers=[show_binder])
