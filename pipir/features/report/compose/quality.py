"""What stands under element (vi) beside the money: coverage of the objectives, quality of the data, promises."""

from collections.abc import Iterator
from datetime import date

from pipir.document.model import Block, Column, FactRef, Heading, Marker, Paragraph, Ref, Row, Table, Text, source_line
from pipir.features.report.compose.facts import LEDGER, REGISTER, days_past, held, settled
from pipir.features.report.compose.material import Material
from pipir.features.report.compose.prose import long_day, short_day
from pipir.features.report.compose.snapshot import PromiseMade, Reading
from pipir.statute import lookup


def coverage(m: Material) -> Iterator[Block]:
    """What serves each objective of Sec. 1253(b); what serves none is a gap that is shown as one."""
    snapshot = m.snapshot
    if snapshot.read is None:
        return
    yield Heading(2, "Coverage of the objectives", "coverage")
    rows = []
    for each in lookup.objectives(m.statute):
        serving = [project for project in snapshot.projects if each.slug in project.objectives]
        countries = {part.code for project in serving for part in project.partners}
        streams = {project.workstream for project in serving if project.workstream}
        met = len(held(snapshot, each.slug))
        rows.append(
            Row(
                each.slug,
                (
                    f"{each.short_citation}: {each.title}",
                    f"{len(serving):,}",
                    f"{len(countries):,}",
                    f"{len(streams):,}",
                    f"{met:,}",
                    Marker("served", "good") if serving else Marker("nothing on record", "missing"),
                ),
            )
        )
    yield Table(
        "coverage-table",
        f"What serves each objective, as of {long_day(snapshot.status_as_of)}",
        (
            Column("objective", "Objective", "text", 2.6),
            Column("projects", "Projects", "number", 0.8),
            Column("countries", "Countries with a part", "number", 0.9),
            Column("workstreams", "Streams", "number", 0.8),
            Column("engagements", "Engagements", "number", 1.1),
            Column("covered", "Coverage", "marker", 1.3),
        ),
        tuple(rows),
        source=source_line(REGISTER, note="A project that serves several objectives counts under each."),
    )


def quality(m: Material) -> Iterator[Block]:
    """How far the record can be relied on: what is old, what was asked for and not given, what is confirmed."""
    snapshot, read = m.snapshot, m.snapshot.read
    if read is None:
        return
    yield Heading(2, "Quality of the data", "quality")
    yield Paragraph(
        (
            Text("Projects that nobody has updated for as long as the office keeps: "),
            FactRef("projects.quiet"),
            *((Text(" ("), Ref("quiet-table"), Text(")")) if read.quiet else ()),
            Text(". Data calls: "),
            FactRef("calls"),
            Text(", returns: "),
            FactRef("calls.answered"),
            Text(", nil returns among them: "),
            FactRef("calls.nil"),
            Text(", missing: "),
            FactRef("calls.unanswered"),
            Text(". Share of the obligations that official accounting confirms: "),
            FactRef("money.confirmed"),
            Text(". Exceptions of the ledger: "),
            FactRef("exceptions"),
            Text(". A nil return says that there is nothing; a missing one says nothing."),
        )
    )
    yield from _calls(m, read)
    if read.quiet:
        yield Table(
            "quiet-table",
            f"Projects without an update, as of {long_day(snapshot.status_as_of)}",
            (
                Column("code", "No.", "text", 0.8),
                Column("name", "Project", "text", 3.2),
                Column("on", "Last update", "date", 1.2),
                Column("days", "For at least (days)", "number", 1.2),
            ),
            tuple(
                Row(each.code, (each.code, each.name, short_day(each.updated_on), f"{each.days:,}"))
                for each in read.quiet
            ),
            source=source_line(REGISTER),
        )
    if snapshot.ledger.lines:
        yield Table(
            "confirmed-table",
            f"Reconciliation with official accounting, money as of {long_day(snapshot.ledger.as_of)}",
            (Column("what", "What", "text", 2.2), Column("stands", "How it stands", "text", 4.0)),
            (
                Row("accounts", ("Accounts with a signed month", f"{read.accounts_signed:,} of {read.accounts:,}")),
                Row("share", ("Share of obligations confirmed by document and line", FactRef("money.confirmed"))),
                Row("says", ("In words", snapshot.ledger.reconciled or "not recorded")),
                Row("checked", ("Figures that were held against the ledger's totals", f"{read.checked:,}; all agree")),
            ),
            source=source_line(LEDGER),
        )


def _calls(m: Material, read: Reading) -> Iterator[Block]:
    if not read.calls:
        return
    yield Table(
        "calls-table",
        f"Data calls for this report, as of {long_day(m.snapshot.status_as_of)}",
        (
            Column("title", "Data call", "text", 3.0),
            Column("due", "Due", "date", 1.1),
            Column("asked", "Asked", "number", 0.7),
            Column("answered", "Answered", "number", 0.9),
            Column("nil", "Nil", "number", 0.6),
            Column("missing", "Missing", "number", 0.8),
        ),
        tuple(
            Row(
                f"call.{each.id}",
                (
                    each.title,
                    short_day(each.due_on),
                    f"{each.addressees:,}",
                    f"{each.answered:,}",
                    f"{each.nil:,}",
                    f"{each.unanswered:,}",
                ),
            )
            for each in read.calls
        ),
        source=source_line(REGISTER),
    )


def promises(m: Material) -> Iterator[Block]:
    """What Congress was promised: kept, missed and owed."""
    snapshot, read = m.snapshot, m.snapshot.read
    if read is None:
        return
    yield Heading(2, "Promises to Congress", "promises")
    if not read.promises:
        yield Paragraph(
            (
                Text(
                    "No promise to Congress is on record, of the period or as owed still. That is no statement that "
                    "none was made."
                ),
            )
        )
        return
    kept, missed, _ = settled(read)
    yield Paragraph(
        (
            Text("Kept: "),
            FactRef("promises.kept"),
            Text(". Missed, that is dropped, kept after their day, or stated to be late: "),
            FactRef("promises.missed"),
            Text(". Owed still: "),
            FactRef("promises.open"),
            Text(", of these past their day: "),
            FactRef("promises.past"),
            Text("."),
        )
    )
    yield Table(
        "promises-table",
        f"Promises to Congress, as of {long_day(snapshot.status_as_of)}",
        (
            Column("title", "Promise", "text", 2.6),
            Column("made", "Made", "text", 2.0),
            Column("due", "Due", "date", 1.1),
            Column("office", "Office", "text", 0.9),
            Column("outcome", "Outcome", "marker", 1.4),
        ),
        tuple(
            Row(
                f"promise.{each.id}",
                (
                    each.title,
                    f"{each.made_at}, {short_day(each.made_on)}",
                    short_day(each.due_on),
                    each.office,
                    _stands(each, kept, missed, snapshot.status_as_of),
                ),
            )
            for each in read.promises
        ),
        source=source_line(REGISTER),
    )


def _stands(each: PromiseMade, kept: list[PromiseMade], missed: list[PromiseMade], on: date) -> Marker:
    """How a promise stands: one that is owed still with the days by which its day is past."""
    if each in kept:
        return Marker("kept", "good")
    if each in missed:
        return Marker(f"kept {short_day(each.kept_on)}, after its day" if each.kept_on else each.outcome, "bad")
    past = days_past(each, on)
    return Marker(f"owed, {past:,} {'day' if past == 1 else 'days'} past its day" if past else "owed", "watch")
