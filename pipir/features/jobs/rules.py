"""Who may follow a job."""

from pipir.kernel.access import Caller
from pipir.kernel.errors import NotFound
from pipir.store.jobs import JobView


def may_see(view: JobView, caller: Caller) -> JobView:
    """A job is its asker's; to others it does not exist, but to administrators."""
    if view.actor != caller.id and "administrator" not in caller.roles:
        raise NotFound("There is no job with this number.")
    return view
