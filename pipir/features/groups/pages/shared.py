"""What groups, meetings and actions have in common: names of states, choices, files."""

from typing import Final

from pipir.features.groups import queries
from pipir.kernel.access import Caller
from pipir.store.doors import ReadSession

STATE_NAMES: Final = {
    "open": "open",
    "done": "reported done",
    "verified": "verified",
    "dropped": "dropped",
}


async def group_choices(session: ReadSession, caller: Caller) -> tuple[tuple[str, str], ...]:
    """Every group and workstream, ended ones too, as a filter or form offers it."""
    found = await queries.group_choices(session, caller.reader, ended=True)
    return tuple((str(number), name) for number, name, _ in found)
