"""What was done under Sec. 1253(e)(3) and (e)(4): assistance for partners, and engagement with stakeholders."""

from collections import Counter
from collections.abc import Iterator

from pipir.document.model import Block, Column, FactRef, Heading, Marker, Paragraph, Ref, Row, Run, Table, Text
from pipir.features.report.compose.facts import ASSISTANCE, ENGAGEMENT, held, promises
from pipir.features.report.compose.material import Material, withholding
from pipir.features.report.compose.prose import NOT_PUBLIC, days_of, long_day, plan_in_table, words
from pipir.statute import lookup


def assistance(m: Material) -> Iterator[Block]:
    """Assistance stands under element (ii): what (e)(3) gives to partner countries is an effort among participants."""
    snapshot, activity = m.snapshot, m.snapshot.told
    if activity is None:
        return
    citation = m.statute.short_citation(ASSISTANCE)
    found = activity.assistance
    yield Heading(2, "Technical assistance and capacity-building", "assistance")
    if not found:
        yield Paragraph(
            (
                words(f"No assistance under {citation} is on record. "),
                Text("That is no statement that no partner was helped."),
                *_paid(m),
            )
        )
        return
    yield Paragraph(
        (
            Text("On record: "),
            *m.count("assistance"),
            Text(", begun by the day of the data: "),
            FactRef("assistance.begun"),
            Text(". "),
            Ref("assistance-table"),
            Text(" describes it" if len(found) == 1 else " lists them by partner"),
            words(f" with the authority of title 10 that {citation} asks for. A plan of cost is no obligation."),
            *_paid(m),
        )
    )
    yield Table(
        "assistance-table",
        f"Assistance by partner and authority, as of {long_day(snapshot.status_as_of)} "
        "(dollars; plans, not obligations)",
        (
            Column("partner", "Partner", "text", 1.2),
            Column("name", "Assistance", "text", 2.2),
            Column("uses", "Authority used", "text", 1.1),
            Column("period", "Period", "text", 1.5),
            Column("status", "Status", "marker", 1.0),
            Column("planned", "Planned cost", "money", 1.3),
        ),
        tuple(
            Row(
                each.code,
                (
                    each.partner,
                    f"{each.code} {each.name}" + (f" ({each.label})" if each.label else ""),
                    each.uses,
                    days_of(each.starts_on, each.ends_on),
                    Marker(each.status, "good" if each.begun_on is not None else "none"),
                    plan_in_table(each.planned_cost, each.withheld, NOT_PUBLIC),
                ),
            )
            for each in found
        ),
        source=m.under(
            *(each.source for each in found),
            note="Periods and costs as planned by the lead office."
            + (f" {withholding(m)}" if any(each.withheld for each in found) else ""),
        ),
    )


def engagement(m: Material) -> Iterator[Block]:
    """Engagement stands under element (vi): (e)(4) is about stakeholders, who are no participating countries.

    An engagement, and each commitment of it, counts under every objective that it serves.
    """
    snapshot, activity = m.snapshot, m.snapshot.told
    if activity is None:
        return
    citation = m.statute.short_citation(ENGAGEMENT)
    yield Heading(2, "Engagement with industry, capital, academia and others", "engagement")
    if not activity.engagements:
        yield Paragraph(
            (
                words(f"No engagement under {citation} is on record for the period. "),
                Text("That is no statement that nobody was engaged."),
            )
        )
        return
    one = len(held(snapshot)) == 1
    yield Paragraph(
        (
            words(f"On record for the period under {citation}: "),
            *m.count("engagements"),
            Text(" with " if one else " with, in all, "),
            *m.count("engagements.organizations"),
            Text(". Commitments that either side made in the period: "),
            FactRef("commitments.made"),
            Text(", kept in it: "),
            FactRef("commitments.kept"),
            Text(", owed still, late ones among them: "),
            FactRef("commitments.open"),
            Text(". "),
            Ref("engagement-table"),
            Text(" counts them by objective."),
        )
    )
    yield Table(
        "engagement-table",
        f"Engagement by objective, as of {long_day(snapshot.status_as_of)}",
        (
            Column("objective", "Objective", "text", 2.2),
            Column("engagements", "Engagements", "number", 1.1),
            Column("organizations", "Organizations, by kind", "text", 2.0),
            Column("made", "Commitments made", "number", 1.1),
            Column("kept", "Kept", "number", 0.8),
            Column("open", "Owed still", "number", 0.8),
        ),
        tuple(
            Row(
                each.slug,
                (
                    f"{each.short_citation}: {each.title}",
                    f"{len(held(snapshot, each.slug)):,}",
                    _kinds(m, each.slug),
                    *(f"{len(some):,}" for some in promises(snapshot, each.slug)),
                ),
            )
            for each in lookup.objectives(m.statute)
        ),
        source=m.under(
            *(each.source for each in activity.engagements),
            note="What serves several objectives counts under each, so that the lines have no total.",
        ),
    )


def _paid(m: Material) -> tuple[Run, ...]:
    """What the ledger, and nothing else, says was obligated for assistance."""
    runs: tuple[Run, ...] = (
        words(f" Obligated under {m.statute.short_citation(ASSISTANCE)}, as the ledger has it: "),
        FactRef("money.obligated.assistance"),
        Text("."),
    )
    shown = m.snapshot.ledger.lines and m.snapshot.told is not None and m.snapshot.told.obligated
    return (*runs, Text(" "), Ref("money-assistance"), Text(" has it by country.")) if shown else runs


def _kinds(m: Material, objective: str) -> str:
    """The organizations that took part in the engagements of an objective, by kind."""
    counted = Counter(kind for each in held(m.snapshot, objective) for kind in each.organizations)
    return ", ".join(f"{kind}: {count:,}" for kind, count in sorted(counted.items())) or "none on record"
