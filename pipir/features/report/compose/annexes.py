"""The annexes: every project, the sources, and the proof of integrity."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from msgspec.structs import replace

from pipir.document.model import (
    Block,
    Cell,
    Cite,
    Column,
    Definition,
    DefinitionList,
    Heading,
    PageBreak,
    Paragraph,
    Ref,
    Row,
    Run,
    SourceList,
    Table,
    Text,
    facts_table,
    source_line,
)
from pipir.features.report.compose.efforts import which
from pipir.features.report.compose.elements import rating_marker
from pipir.features.report.compose.facts import REGISTER
from pipir.features.report.compose.material import Material
from pipir.features.report.compose.money import spent
from pipir.features.report.compose.prose import NOT_PUBLIC, WITHHELD, ended, long_day, money_in_prose, short_day, words
from pipir.features.report.compose.snapshot import Partner, Project, Snapshot, digest_of
from pipir.features.report.compose.sources import source_id


def annexes(m: Material) -> Iterator[Block]:
    """Projects, sources, integrity."""
    yield PageBreak()
    yield Heading(1, "Projects", "projects-annex", appendix=True)
    yield from _projects(m.snapshot)
    yield PageBreak()
    yield Heading(1, "Sources", "sources", appendix=True)
    yield Paragraph(
        (
            Text(
                "Each table names its sources by the labels below. A fact from the press is given as "
                "the press reports it."
            ),
        )
    )
    yield SourceList()
    yield PageBreak()
    yield Heading(1, "How each figure can be checked", "integrity", appendix=True)
    yield from _integrity(m)


def _projects(snapshot: Snapshot) -> Iterator[Block]:
    if not snapshot.projects:
        yield Paragraph((Text("No project is on record."),))
        return
    if snapshot.ledger.lines:
        yield spent(
            "money-projects",
            "Obligations and expenditures by project",
            "Project",
            snapshot.ledger.by_project,
            on=snapshot.ledger.as_of,
        )
    yield from which(snapshot)
    streams = [each.name for each in snapshot.groups]
    names = [*streams, *sorted({each.workstream for each in snapshot.projects if each.workstream} - set(streams)), None]
    for place, name in enumerate(names, 1):
        mine = [each for each in snapshot.projects if each.workstream == name]
        if mine:
            yield Heading(2, name or "In no workstream", f"annex-stream-{place}")
            for each in mine:
                yield from _project(each, snapshot.status_as_of)


def _project(project: Project, on: date) -> Iterator[Block]:
    yield Heading(3, f"{project.code} {project.name}", f"project-{project.id}", numbered=False)
    cited: tuple[Run, ...] = (Cite(source_id(project.source)),) if project.source.strip() else (words(NOT_PUBLIC),)
    described = (
        "Described in the classified annex." if project.in_classified_annex else project.description or NOT_PUBLIC
    )
    plan = project.planned_total
    items = [
        Definition("What", (words(described), Text(" "), *cited)),
        Definition(
            "Kind",
            (
                words(
                    f"{project.kind}; objectives "
                    f"{', '.join(_paragraph(each) for each in project.objectives)}; classified by: "
                    f"{project.classified_by}"
                ),
            ),
        ),
        Definition(
            "Status",
            (
                words(f"{project.status}{f': {ended(project.status_reason)}' if project.status_reason else ''}; "),
                words(f"announced {short_day(project.announced_on)}; rating {_rated(project)}"),
            ),
        ),
        Definition("Countries", _partners(project.partners)),
        Definition(
            "Lead",
            (
                words(f"lead office {project.lead_office or NOT_PUBLIC}; "),
                words(
                    f"program authority {project.program_authority or NOT_PUBLIC}"
                    + (f"; {project.label}" if project.label else "")
                ),
            ),
        ),
        Definition(
            "Plan",
            (
                words(
                    f"{money_in_prose(plan)}; a plan is no obligation"
                    if plan is not None
                    else f"planned total {WITHHELD if project.withheld else NOT_PUBLIC}"
                ),
            ),
        ),
    ]
    yield DefinitionList(tuple(items), f"project-{project.id}-facts")
    if project.milestones:
        yield Table(
            f"project-{project.id}-milestones",
            f"Milestones of {project.code}, as of {long_day(on)}",
            (
                Column("name", "Milestone", "text", 2.8),
                Column("planned", "Planned", "date", 1.1),
                Column("forecast", "Forecast", "date", 1.1),
                Column("actual", "Actual", "date", 1.1),
            ),
            tuple(
                Row(
                    f"milestone.{each.id}",
                    (
                        each.name,
                        short_day(each.planned_on),
                        short_day(each.forecast_on, "none"),
                        short_day(each.actual_on, "not met"),
                    ),
                )
                for each in project.milestones
            ),
            source=source_line(REGISTER),
        )


def _paragraph(slug: str) -> str:
    """A paragraph of the section by its number: 1253.b.1 is (b)(1)."""
    section, dot, rest = slug.partition(".")
    return "".join(f"({part})" for part in rest.split(".")) if section == "1253" and dot else slug


def _rated(project: Project) -> str:
    marker = rating_marker(project)
    return marker.text + (f": {project.rating_rationale}" if project.rating_rationale else "")


def _partners(partners: tuple[Partner, ...]) -> tuple[Run, ...]:
    if not partners:
        return (words(NOT_PUBLIC),)
    runs: list[Run] = []
    for place, each in enumerate(partners):
        said = f"{'; ' if place else ''}{each.name}: {each.role}"
        said += " (lead)" if each.lead and "lead" not in each.role else ""
        runs.append(words(said + (" (reported)" if each.reported else "")))
        if each.source and each.source.strip():
            runs += [Text(" "), Cite(source_id(each.source))]
    return tuple(runs)


def _integrity(m: Material) -> Iterator[Block]:
    snapshot = m.snapshot
    yield Paragraph(
        (
            Text(
                "The snapshot below was read in one unmoving state of the record, stored, and never "
                "changes; this document is a "
            ),
            Text(
                "function of it, so that the same snapshot gives the same bytes. The document's model "
                "is attached to the printed "
            ),
            Text("form, and a manifest beside the files holds the hash of each."),
        )
    )
    yield DefinitionList(
        (
            Definition("Snapshot", (words(f"sha256 {m.snapshot_sha256}"),)),
            Definition(
                "Frozen at",
                (
                    words(
                        f"{snapshot.frozen_at:%Y-%m-%dT%H:%M:%S}Z by the program's clock, "
                        f"{_ARTICLE[snapshot.installation]} installation"
                    ),
                ),
            ),
            Definition("The law's rows", (words(f"sha256 {snapshot.statute_digest}"),)),
            *_checked(snapshot),
            Definition("Read for", (words(f"{snapshot.reader}; a total is of what that reader may see"),)),
            Definition("Marking of the rows", (words(snapshot.marking),)),
        ),
        "integrity-list",
    )
    sets: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("Participants", snapshot.participants),
        ("Groups", snapshot.groups),
        ("Meetings", snapshot.meetings),
        ("Projects with partners and milestones", snapshot.projects),
        ("Efforts beside the Partnership", snapshot.related),
        ("Texts and decisions of elements", snapshot.sections),
        ("Duties", snapshot.duties),
        ("Exceptions of the ledger", snapshot.ledger.exceptions),
    )
    if snapshot.agreed is not None:
        sets += (("Agreements", snapshot.agreed),)
    if snapshot.told is not None:
        sets += (
            ("Technical assistance", snapshot.told.assistance),
            ("Engagement with stakeholders", snapshot.told.engagements),
        )
    if snapshot.read is not None:
        read = snapshot.read
        sets += (
            ("Signed plans by fiscal year", read.planned),
            ("Priorities and recommendations", read.points),
            ("Data calls", read.calls),
            ("Promises to Congress", read.promises),
            ("Continuation determinations", read.continuing),
            ("Projects without an update", read.quiet),
        )
    rows: list[tuple[str, tuple[Cell, ...]]] = [
        (name, (name, f"{len(each):,}", digest_of(each) or "no rows")) for name, each in sets
    ]
    rows.append(
        (
            "ledger",
            ("Lines of the ledger", f"{snapshot.ledger.lines:,}", snapshot.ledger.lines_sha256 or "no rows"),
        )
    )
    yield Paragraph(
        (
            Ref("facts"),
            Text(
                " lists every figure that this report may quote, with its question, its provision, the sections where "
            ),
            Text(
                "it stands, and the number and hash of the rows behind it; one that no source states is not public. An "
            ),
            Text("amount in a table rests on the lines of that table, each under its key."),
        )
    )
    yield Table(
        "rows-table",
        "The rows behind this report",
        (
            Column("rows", "Rows of", "text", 2.0),
            Column("count", "Count", "number", 0.6),
            Column("sha256", "sha256", "text", 3.6),
        ),
        tuple(Row(key, cells) for key, cells in rows),
        # On pages as wide as those of the figures after it each hash has its line.
        orientation="landscape",
    )
    yield replace(facts_table(tuple(m.facts.values()), caption="Basis of figures"), orientation="landscape")


def _checked(snapshot: Snapshot) -> tuple[Definition, ...]:
    if snapshot.read is None:
        return ()
    count = f"{snapshot.read.checked:,}"
    return (Definition("Held against the ledger", (words(f"{count} figures, all of which agree to the cent"),)),)


_ARTICLE = {"production": "a production", "exercise": "an exercise", "rehearsal": "a rehearsal"}
