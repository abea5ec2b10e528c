"""The figures of a build, each with why it stands there."""

from typing import Any

import msgspec

from pipir.document.model import Document
from pipir.document.model import read as read_document
from pipir.features.report import queries
from pipir.features.report.compose import compose
from pipir.features.report.compose.snapshot import Snapshot, read
from pipir.features.report.compose.why import Why, figure, table_of, why
from pipir.kernel.errors import NotFound
from pipir.kernel.marking import Reader
from pipir.statute.load import the_statute
from pipir.store.doors import ReadSession


class Frozen(msgspec.Struct, frozen=True):
    """A build with the snapshot that it froze and the document that was made of it."""

    build: "queries.BuildView"
    snapshot: Snapshot
    document: Document


async def frozen_build(session: ReadSession, reader: Reader, year: int, build_id: int) -> Frozen:
    """A build of the year that the reader may see, as it was frozen; or NotFound."""
    build = await queries.build(session, build_id, reader=reader)
    if build.year != year:
        raise NotFound("There is no build with this number.")
    snapshot = read(await queries.stored_snapshot(session, build_id))
    if any(each.name == "report.json" for each in build.files):
        stored = await queries.file(session, year, build_id, "report.json", reader=reader)
        return Frozen(build, snapshot, read_document(stored.body))
    return Frozen(build, snapshot, compose(snapshot, the_statute(), year))


def figure_of(frozen: Frozen, name: str) -> tuple[Why, tuple[Any, ...]]:
    """A figure with why it stands there, and the rows behind it; NotFound with the nearest name."""
    found = figure(frozen.snapshot, the_statute(), name)
    return why(frozen.document, found, of_table=table_of(name)), tuple(found.rows())
