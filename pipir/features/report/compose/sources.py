"""The sources of a report: each text of a record's source once, with an id that does not move when others are added."""

import hashlib
from collections.abc import Iterable

from pipir.document.model import Source
from pipir.features.report.compose.facts import LAW, LEDGER, REGISTER
from pipir.features.report.compose.prose import long_day
from pipir.features.report.compose.snapshot import Activity, Snapshot
from pipir.statute.model import Statute


def source_id(text: str) -> str:
    """The id of a source by its words."""
    return "src-" + hashlib.sha256(text.encode()).hexdigest()[:12]


def sources_of(snapshot: Snapshot, statute: Statute) -> tuple[Source, ...]:
    """The law, the service's own register and ledger, then every source that a record names, in order of first use."""
    own = "The service's register" if not snapshot.exercise else "The service's register, exercise data included"
    found = [
        Source(LAW, statute.instruments["1253"].full_citation, dated=f"read as digest {statute.digest[:12]}"),
        Source(REGISTER, own, "Program office", dated=f"status as of {long_day(snapshot.status_as_of)}"),
        Source(
            LEDGER,
            snapshot.ledger.system or "The service's ledger",
            "Program office",
            dated=f"as effective on {long_day(snapshot.ledger.as_of)}",
            note="The program's record; it certifies no funds and replaces no accounting system.",
        ),
    ]
    texts = dict.fromkeys(text for text in _texts(snapshot) if text.strip())
    return (*found, *(Source(source_id(text), text) for text in texts))


def _texts(snapshot: Snapshot) -> Iterable[str]:
    for participant in snapshot.participants:
        yield participant.standing_source or ""
        yield participant.forum_source or ""
    for group in snapshot.groups:
        yield group.source
    for meeting in snapshot.meetings:
        yield meeting.source
    yield from (each.source for each in snapshot.agreed or ())
    for project in snapshot.projects:
        yield project.source
        for partner in project.partners:
            yield partner.source or ""
    for vulnerability in snapshot.vulnerabilities:
        yield vulnerability.source
    told = snapshot.told or Activity()
    yield from (each.source for each in told.engagements)
    yield from (each.source for each in told.assistance)
    for effort in snapshot.related:
        yield effort.source
