"""What groups, meetings and actions have in common: names of states, choices, files."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Response

from pipir.features.groups import queries
from pipir.kernel.access import Caller
from pipir.kernel.errors import Refused
from pipir.sheets import Cell, csv_bytes
from pipir.statute.load import the_statute
from pipir.statute.lookup import objectives
from pipir.store.doors import ReadSession
from pipir.web.files import CSV, attachment

LARGEST_EXPORT: Final = 10_000

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


def file_of(name: str, columns: Sequence[str], views: Sequence[Any], *, more: str | None) -> Response[bytes]:
    if more is not None:
        raise Refused(f"A file holds at most {LARGEST_EXPORT:,} rows.", way_out="Narrow the list by its filters.")
    rows: list[tuple[Cell, ...]] = [tuple(_cell(getattr(view, column)) for column in columns) for view in views]
    return attachment(name, csv_bytes(columns, rows), CSV)


def _cell(value: Any) -> Cell:
    return ", ".join(value) if isinstance(value, list) else value
