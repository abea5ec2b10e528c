"""The JSON door of jobs."""

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.features.jobs.rules import may_follow
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.store.doors import Database
from pipir.store.jobs import JobView, cancel, job
from pipir.web.access import SIGNED_IN


@get("/jobs/{job_id:int}", opt=SIGNED_IN)
async def show_job(
    job_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> JobView:
    """How far a job is; one sees one's own."""
    async with db.read() as session:
        view = await job(session, job_id)
        may_follow(view.actor, caller)
        return view


@post("/jobs/{job_id:int}/cancellation", opt=SIGNED_IN, status_code=200)
async def cancel_job(
    job_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> JobView:
    """Ask a job to stop at its next step."""
    async with db.write(actor=caller.id, command="job.cancel") as session:
        may_follow((await job(session, job_id)).actor, caller)
        await cancel(session, job_id)
        return await job(session, job_id)


def routes() -> Router:
    """Every JSON route of jobs."""
    return Router(path="/api/v1", tags=["jobs"], route_handlers=[show_job, cancel_job])
