"""Who may follow a job."""

from pipir.kernel.access import Caller
from pipir.kernel.errors import NotFound


def may_follow(asked_by: int, caller: Caller) -> None:
    """A job is its asker's; to others it does not exist, but to administrators."""
    if asked_by != caller.id and "administrator" not in caller.roles:
        raise NotFound("There is no job with this number.")
