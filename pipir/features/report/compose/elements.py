"""The six elements of Sec. 1253(f)(1)(B): for each its duty, what an editor wrote, and what the record shows."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from textwrap import shorten
from typing import Literal

from pipir.document import charts
from pipir.document.model import (
    Block,
    Callout,
    Column,
    FactRef,
    Figure,
    Heading,
    Marker,
    PageBreak,
    Paragraph,
    Ref,
    Row,
    Strong,
    Table,
    Text,
    source_line,
)
from pipir.features.report.compose.efforts import efforts, titled
from pipir.features.report.compose.facts import REGISTER
from pipir.features.report.compose.material import Material, anchor, withholding
from pipir.features.report.compose.milestones import milestones
from pipir.features.report.compose.money import money
from pipir.features.report.compose.points import close_out, priorities, recommendations
from pipir.features.report.compose.prose import (
    NOT_PUBLIC,
    OF_THOSE_GIVEN,
    blocks_of,
    listed,
    long_day,
    plan_in_table,
    short_day,
    words,
)
from pipir.features.report.compose.snapshot import Project
from pipir.statute import lookup
from pipir.statute.model import Provision, Statute

Tone = Literal["good", "watch", "bad", "none", "missing"]
_STATUS: dict[str, Tone] = {"active": "good", "completed": "good", "suspended": "watch", "cancelled": "bad"}
_RATING: dict[str, Tone] = {"green": "good", "amber": "watch", "red": "bad"}
_SEVERITY: dict[str, Tone] = {"low": "none", "moderate": "watch", "high": "bad", "critical": "bad"}
_LONGEST_CELL = 400


def elements(m: Material) -> Iterator[Block]:
    """Every element in the law's order."""
    shown = {"i": _i, "ii": efforts, "iii": _iii, "iv": _iv, "v": recommendations, "vi": money}
    yield PageBreak()
    for each in lookup.report_elements(m.statute):
        yield Heading(1, each.title, anchor(each.slug))
        yield Callout(
            "required-by",
            (words(f"{each.statement} ({each.standing_label})"),),
            title=f"Required by {each.short_citation}:",
        )
        yield from _written(m, each)
        yield from shown[each.slug.rpartition(".")[2]](m)


def status_marker(project: Project) -> Marker:
    """A project's status in words and shape."""
    return Marker(project.status, _STATUS.get(project.status, "none"))


def rating_marker(project: Project) -> Marker:
    """A project's rating in words and shape; one that is not recorded is not public."""
    return Marker(project.rating or NOT_PUBLIC, _RATING.get(project.rating or "", "missing"))


def _written(m: Material, element: Provision) -> Iterator[Block]:
    """The editor's text, or the decision that there is nothing to report, or the statement that both are missing."""
    section = m.snapshot.section(element.slug)
    if section is not None and section.nothing_to_report:
        yield Paragraph((Strong("Nothing to report. "), words(section.decided_because or "")))
    elif section is not None and section.narrative.strip():
        yield from blocks_of(section.narrative, m.facts)
    else:
        yield Callout(
            "missing",
            (
                Text(
                    "No text has been written for this element, and nobody has decided that there is "
                    "nothing to report. "
                ),
                Text(
                    "What the record shows stands below; where it shows nothing, that is no statement "
                    "that there is nothing."
                ),
            ),
            title="Missing.",
        )


def _i(m: Material) -> Iterator[Block]:
    """Shared vulnerabilities: the register, the most severe first, with how sure each is and what reduces it."""
    found = m.snapshot.vulnerabilities
    if not found:
        yield Paragraph(
            (
                Text(
                    "The register of vulnerabilities holds none that is not closed. That is no statement that the "
                    "industrial bases have none."
                ),
            )
        )
        return
    one = len(found) == 1
    yield Paragraph(
        (
            Text("The register of vulnerabilities holds "),
            *m.count("vulnerabilities"),
            Text(f" that {'is' if one else 'are'} not closed; rated high or critical: "),
            FactRef("vulnerabilities.severe"),
            Text(", reduced by nothing on record yet: "),
            FactRef("vulnerabilities.unreduced"),
            Text(". "),
            Ref("vulnerabilities-table"),
            Text(" describes it." if one else " lists them, the most severe first."),
        )
    )
    yield Table(
        "vulnerabilities-table",
        f"Vulnerabilities as of {long_day(m.snapshot.status_as_of)}",
        (
            Column("title", "Vulnerability", "text", 2.4),
            Column("countries", "Countries", "text", 1.0),
            Column("severity", "Severity", "marker", 1.1),
            Column("confidence", "Confidence", "text", 1.1),
            Column("mitigation", "Mitigation", "text", 2.1),
            Column("projects", "Projects", "text", 0.9),
            Column("status", "Status and review", "text", 1.7),
        ),
        tuple(
            Row(
                each.code,
                (
                    f"{each.code} {each.title} ({each.kind})",
                    listed(each.countries),
                    Marker(each.severity, _SEVERITY.get(each.severity, "none")),
                    each.confidence,
                    shorten(each.mitigation, _LONGEST_CELL, placeholder=" ...") or "none stated",
                    listed(each.projects) or "none on record",
                    f"{each.status}; review {short_day(each.review_on)}",
                ),
            )
            for each in found
        ),
        source=m.under(
            *(each.source for each in found),
            note="Severity as rated by the owning office, confidence as of its source; both by office convention.",
        ),
    )


def _iii(m: Material) -> Iterator[Block]:
    """Joint production and co-development: projects by kind, each project, milestones, the classified annex."""
    snapshot, statute = m.snapshot, m.statute
    if not snapshot.projects:
        yield Paragraph((Text("No project is on record. That is no statement that there is none."),))
        yield from _annex_note(statute)
        return
    one = len(snapshot.projects) == 1
    yield Paragraph(
        (
            Text("The register holds "),
            *m.count("projects"),
            Text(", of joint production, co-development or joint research: "),
            FactRef("projects.joint"),
            Text(". "),
            Ref("projects-table"),
            Text(" has its standing, and " if one else " lists them, and "),
            Ref("projects-annex"),
            Text(" describes it." if one else " describes each."),
        )
    )
    kinds = Counter(each.kind for each in snapshot.projects)
    ranked = sorted(kinds.items(), key=lambda each: (-each[1], each[0]))
    chart = charts.period_bars(
        "kinds",
        "Projects by kind",
        ("Projects",),
        [charts.Period(kind, (count,)) for kind, count in ranked],
        unit="Number of projects",
    )
    # Beside each other the names of all kinds have no room on a telephone.
    narrow = charts.horizontal_bars(
        "kinds-narrow",
        "Projects by kind",
        [charts.Measure(kind, count) for kind, count in ranked],
        measure="Number of projects",
        narrow=True,
    )
    yield Figure(
        "fig-kinds",
        "Projects by kind",
        chart.svg,
        chart.alt,
        table="projects-table",
        source=source_line(REGISTER, table="projects-table"),
        narrow=narrow.svg,
    )
    yield Table(
        "projects-table",
        f"Projects as of {long_day(snapshot.status_as_of)}",
        (
            Column("code", "No.", "text", 0.7),
            Column("name", "Project", "text", 2.3),
            Column("kind", "Kind", "text", 1.2),
            Column("countries", "Countries with a part", "text", 1.5),
            Column("announced", "Announced", "date", 1.1),
            Column("status", "Status", "marker", 1.2),
        ),
        tuple(
            Row(
                each.code,
                (
                    each.code,
                    titled(each),
                    each.kind,
                    listed(dict.fromkeys(part.code for part in each.partners)) or NOT_PUBLIC,
                    short_day(each.announced_on),
                    status_marker(each),
                ),
            )
            for each in snapshot.projects
        ),
        source=m.under(
            *(each.source for each in snapshot.projects),
            note="A part is as reported by the source; it is neither standing nor membership.",
        ),
    )
    yield from milestones(m)
    yield from _annex_note(statute)


def _iv(m: Material) -> Iterator[Block]:
    """Priorities: the fiscal year they are for, last year's, and the plans on record, never as obligations."""
    snapshot, statute = m.snapshot, m.statute
    yield Paragraph(
        (
            Text("The upcoming fiscal year is "),
            words(f"fiscal year {snapshot.upcoming_fiscal_year}"),
            words(f"; {lookup.report_period(statute, snapshot.year).standing_label}."),
        )
    )
    yield from priorities(m)
    yield from close_out(m)
    planned = [each for each in snapshot.projects if each.planned_total is not None or each.withheld]
    if planned:
        hidden = any(each.withheld for each in planned)
        of = OF_THOSE_GIVEN if hidden else ""
        given = [each.planned_total.amount for each in planned if each.planned_total is not None]
        yield Paragraph(
            (
                Ref("plans-table"),
                Text(
                    " gives the planned totals on record. A plan is no obligation and stands in no "
                    "statement of obligations ("
                ),
                words(statute.citation("statement-of-obligations")),
                Text("); amounts beyond the submitted budget are pre-decisional"),
                Text(", and a total that reaches beyond it is withheld." if hidden else "."),
            )
        )
        yield Table(
            "plans-table",
            f"Planned totals of projects as of {long_day(snapshot.status_as_of)} (dollars; plans, not obligations)",
            (
                Column("code", "No.", "text", 0.8),
                Column("name", "Project", "text", 3.2),
                Column("status", "Status", "marker", 1.2),
                Column("planned", "Planned total", "money", 1.5),
            ),
            (
                *(
                    Row(
                        each.code,
                        (
                            each.code,
                            titled(each),
                            status_marker(each),
                            plan_in_table(each.planned_total, each.withheld, NOT_PUBLIC),
                        ),
                    )
                    for each in planned
                ),
                *([Row("total", ("Total", of, "", f"{sum(given, Decimal(0)):,.2f}"), total=True)] if given else []),
            ),
            source=source_line(
                REGISTER,
                note="Projects without a planned total on record are not in this table."
                + (f" {withholding(m)}" if hidden else ""),
            ),
        )
    elif snapshot.projects:
        yield Paragraph((Text("No planned total of any project is public."),))


def _annex_note(statute: Statute) -> Iterator[Block]:
    annex = statute.provision("classified-annex")
    yield Callout(
        "note",
        (
            words(f"{annex.statement} ({annex.standing_label}). Projects described in it alone: "),
            FactRef("projects.annex"),
            Text("."),
        ),
        title="Sensitive or classified technologies.",
    )
