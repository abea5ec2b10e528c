"""What groups, meetings and actions have in common: names of states, choices, files."""

from typing import Final

from pipir.features.groups import queries
from pipir.kernel.access import Caller
from pipir.statute.load import the_statute
from pipir.statute.lookup import objectives
from pipir.store.doors import ReadSession

STATE_NAMES: Final = {
    "open": "open",
    "done": "reported done",
    "verified": "verified",
    "dropped": "dropped",
}


async def group_choices(session: ReadSession, caller: Caller) -> tuple[tuple[str, str], ...]:
    found = await queries.list_groups(session, caller.reader, ended=True, limit=200)
    return tuple((str(each.id), each.name) for each in found.items)


def objective_choices() -> tuple[tuple[str, str], ...]:
    return tuple((row.slug, f"{row.short_citation} {row.title}") for row in objectives(the_statute()))
