"""The HTML door of jobs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.jobs import queries
from pipir.features.jobs.rules import may_follow
from pipir.features.jobs.tables import STATES
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.store.doors import Database
from pipir.store.jobs import JobView, cancel, job
from pipir.web.access import SIGNED_IN, allow
from pipir.web.acts import words
from pipir.web.api import see_other
from pipir.web.pages import Frame

_TITLES: Final = {
    "report.build": "Building the report",
    "import.check": "Checking an import",
    "import.publish": "Publishing an import",
}


@dataclass(frozen=True)
class _JobPage:
    job: JobView
    title: str


@dataclass(frozen=True)
class _JobsPage:
    jobs: tuple[queries.JobLine, ...]
    state: str
    states: tuple[tuple[str, str], ...]
    titles: Mapping[str, str]


@get("/jobs", opt=allow("people.administer"))
async def jobs(
    frame: NamedDependency[Frame], db: NamedDependency[Database], status: FromQuery[str] = ""
) -> Response[bytes]:
    """The jobs of everybody, the latest first."""
    async with db.read() as session:
        found = await queries.list_jobs(session, state=status or None)
        states = words(STATES)
        return frame.show("jobs/jobs.html", _JobsPage(found, status, states, _TITLES), now=session.now)


@get("/jobs/{job_id:int}", opt=SIGNED_IN)
async def show_job(
    job_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Follow a job; the page asks again by itself until the job is over."""
    async with db.read() as session:
        view = await job(session, job_id)
        may_follow(view.actor, caller)
        return frame.show("jobs/job.html", _JobPage(view, _TITLES.get(view.name, view.name)), now=session.now)


@post("/jobs/{job_id:int}/cancel", opt=SIGNED_IN, status_code=303)
async def cancel_job(
    job_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Ask a job to stop at its next step."""
    async with db.write(actor=caller.id, command="job.cancel") as session:
        may_follow((await job(session, job_id)).actor, caller)
        await cancel(session, job_id)
    return see_other(None, f"/jobs/{job_id}")


def routes() -> Router:
    """Every page of jobs."""
    return Router(path="/", include_in_schema=False, route_handlers=[jobs, show_job, cancel_job])
