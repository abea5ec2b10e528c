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
from pipir.features.report.compose.activity import assistance
from pipir.features.report.compose.facts import REGISTER
from pipir.features.report.compose.front import anchor
from pipir.features.report.compose.material import Material
from pipir.features.report.compose.money import money
from pipir.features.report.compose.points import close_out, priorities, recommendations
from pipir.features.report.compose.prose import (
    NOT_PUBLIC,
    blocks_of,
    days_of,
    long_day,
    money_in_table,
    short_day,
    words,
)
from pipir.features.report.compose.snapshot import Group, Participant, Project, Snapshot
from pipir.statute import lookup
from pipir.statute.model import Provision, Statute

Tone = Literal["good", "watch", "bad", "none", "missing"]
_STATUS: dict[str, Tone] = {"active": "good", "completed": "good", "suspended": "watch", "cancelled": "bad"}
_RATING: dict[str, Tone] = {"green": "good", "amber": "watch", "red": "bad"}
_SEVERITY: dict[str, Tone] = {"low": "none", "moderate": "watch", "high": "bad", "critical": "bad"}
_MOST_LANES = 12
_LONGEST_CELL = 400
# The process of (d) is for allies and partners: the United States stands outside of it.
_HOME = "USA"


def elements(m: Material) -> Iterator[Block]:
    """Every element in the law's order."""
    shown = {"i": _i, "ii": _ii, "iii": _iii, "iv": _iv, "v": recommendations, "vi": money}
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
            Column("title", "Vulnerability", "text", 2.0),
            Column("kind", "Kind", "text", 1.0),
            Column("countries", "Countries", "text", 1.0),
            Column("severity", "Severity", "marker", 1.0),
            Column("confidence", "Confidence", "text", 1.0),
            Column("mitigation", "Mitigation", "text", 2.1),
            Column("projects", "Projects", "text", 0.9),
            Column("status", "Status", "text", 1.0),
            Column("review", "Review", "date", 1.0),
        ),
        tuple(
            Row(
                each.code,
                (
                    f"{each.code} {each.title}",
                    each.kind,
                    ", ".join(each.countries),
                    Marker(each.severity, _SEVERITY.get(each.severity, "none")),
                    each.confidence,
                    shorten(each.mitigation, _LONGEST_CELL, placeholder=" ...") or "none stated",
                    ", ".join(each.projects) or "none on record",
                    each.status,
                    short_day(each.review_on),
                ),
            )
            for each in found
        ),
        source=m.under(
            *(each.source for each in found),
            note="Severity as rated by the owning office, confidence as of its source; both by office convention.",
        ),
    )


def _ii(m: Material) -> Iterator[Block]:
    """Efforts among participants: who takes part in which standing, workstreams, meetings, assistance for partners."""
    snapshot, statute = m.snapshot, m.statute
    yield Heading(2, "Participation", "participation")
    if snapshot.participants:
        yield Paragraph(
            (
                Text(
                    "Two standings are kept apart. One is a country's standing in the forum as "
                    "sources report it; the other is "
                ),
                Text("its step in the invitation process of "),
                words(statute.citation("1253.d")),
                Text(
                    ". Neither follows from the other, and a part in a project is neither. Countries "
                    "with a decision under "
                ),
                Text("the process on record: "),
                FactRef("participants.decided"),
                Text("."),
            )
        )
        yield from _tiles(snapshot)
        yield Table(
            "participants-table",
            f"Countries with both standings, as of {long_day(snapshot.status_as_of)}",
            (
                Column("country", "Country", "text", 1.5),
                Column("code", "Code", "text", 0.6),
                Column("forum", "In the forum, as reported", "text", 1.7),
                Column("forum-since", "Since", "date", 1.1),
                Column("standing", "Under Sec. 1253(d)", "text", 1.5),
                Column("since", "Since", "date", 1.1),
            ),
            tuple(
                Row(
                    each.code,
                    (
                        titled(each),
                        each.code,
                        _said(each.forum_standing),
                        short_day(each.forum_since, "") if each.forum_standing else "",
                        _said(each.standing) if each.code != _HOME else Marker("outside of the process", "none"),
                        short_day(each.standing_since, "") if each.standing else "",
                    ),
                )
                for each in snapshot.participants
            ),
            source=m.under(
                *(text for each in snapshot.participants for text in (each.forum_source, each.standing_source)),
                note="Named in statute means within the invitation process, not thereby a member.",
            ),
        )
    else:
        yield Paragraph((Text("No country is on record."),))
    yield Heading(2, "Workstreams and groups", "groups")
    if snapshot.groups:
        yield Table(
            "groups-table",
            f"Workstreams and groups, with their projects and meetings, as of {long_day(snapshot.status_as_of)}",
            (
                Column("group", "Group", "text", 2.4),
                Column("kind", "Kind", "text", 1.2),
                Column("since", "Established", "date", 1.2),
                Column("projects", "Projects", "number", 0.9),
                Column("meetings", "Meetings", "number", 0.9),
            ),
            tuple(
                Row(
                    f"group.{each.id}",
                    (
                        titled(each),
                        each.kind,
                        short_day(each.established_on),
                        _number(sum(project.workstream == each.name for project in snapshot.projects)),
                        _number(sum(meeting.group == each.name for meeting in snapshot.meetings)),
                    ),
                )
                for each in snapshot.groups
            ),
            source=m.under(*(each.source for each in snapshot.groups)),
        )
    else:
        yield Paragraph((Text("No workstream or group is on record."),))
    yield from _efforts(m)
    yield Heading(2, "Meetings", "meetings")
    if snapshot.meetings:
        yield Table(
            "meetings-table",
            f"Meetings up to {long_day(snapshot.status_as_of)}",
            (
                Column("name", "Meeting", "text", 1.7),
                Column("on", "Day", "text", 1.5),
                Column("place", "Place", "text", 1.0),
                Column("outcome", "Outcome", "text", 3.2),
            ),
            tuple(
                Row(
                    f"meeting.{each.id}",
                    (
                        each.name if each.group is None else f"{each.name} ({each.group})",
                        days_of(each.starts_on, each.ends_on),
                        each.place,
                        each.outcome or "none recorded",
                    ),
                )
                for each in snapshot.meetings
            ),
            source=m.under(*(each.source for each in snapshot.meetings)),
        )
        yield Paragraph(
            (
                Text("On record: "),
                *m.count("meetings"),
                Text(", open of what they asked for: "),
                *m.count("actions.open"),
                Text("."),
            )
        )
    else:
        yield Paragraph((Text("No meeting is on record."),))
    yield from assistance(m)


def _efforts(m: Material) -> Iterator[Block]:
    """The efforts of participants by workstream and country: who has a part in which projects."""
    snapshot = m.snapshot
    if snapshot.read is None:
        return
    found: dict[tuple[str, str], list[Project]] = {}
    for project in snapshot.projects:
        for name in dict.fromkeys(part.name for part in project.partners):
            found.setdefault((project.workstream or "In no workstream", name), []).append(project)
    yield Heading(2, "Efforts by workstream and country", "efforts")
    if not found:
        yield Paragraph((Text("No country has a part in a project on record."),))
        return
    yield Table(
        "efforts-table",
        f"Projects by workstream and country with a part, as of {long_day(snapshot.status_as_of)}",
        (
            Column("workstream", "Workstream", "text", 1.8),
            Column("country", "Country", "text", 1.4),
            Column("count", "Projects", "number", 0.7),
            Column("projects", "Which", "text", 3.0),
        ),
        tuple(
            Row(
                f"{stream}: {name}",
                (stream, name, f"{len(some):,}", ", ".join(each.code for each in some)),
            )
            for (stream, name), some in sorted(found.items())
        ),
        source=source_line(
            REGISTER, note="A part is as reported by the source; it is neither standing nor membership."
        ),
    )


def _iii(m: Material) -> Iterator[Block]:
    """Joint production and co-development: projects by kind, each project, milestones, the classified annex."""
    snapshot, statute = m.snapshot, m.statute
    if not snapshot.projects:
        yield Paragraph((Text("No project is on record."),))
        yield from _annex_note(statute)
        return
    yield Paragraph(
        (
            Text("The register holds "),
            *m.count("projects"),
            Text(", of joint production, co-development or joint research: "),
            FactRef("projects.joint"),
            Text(". "),
            Ref("projects-table"),
            Text(" lists them, and "),
            Ref("projects-annex"),
            Text(" describes each."),
        )
    )
    kinds = Counter(each.kind for each in snapshot.projects)
    chart = charts.period_bars(
        "kinds",
        "Projects by kind",
        ("Projects",),
        [charts.Period(kind, (kinds[kind],)) for kind in sorted(kinds, key=lambda kind: (-kinds[kind], kind))],
        unit="Number of projects",
    )
    yield Figure(
        "fig-kinds",
        "Projects by kind",
        chart.svg,
        chart.alt,
        table="projects-table",
        source=source_line(REGISTER, table="projects-table"),
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
                    ", ".join(dict.fromkeys(part.code for part in each.partners)) or NOT_PUBLIC,
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
    yield from _milestones(m)
    yield from _annex_note(statute)


def _iv(m: Material) -> Iterator[Block]:
    """Priorities: the fiscal year they are for, last year's, and the plans on record, never as obligations."""
    snapshot, statute = m.snapshot, m.statute
    yield Paragraph(
        (
            Text("The upcoming fiscal year is "),
            words(f"fiscal year {snapshot.upcoming_fiscal_year}"),
            Text(" ("),
            words(lookup.report_period(statute, snapshot.year).standing_label),
            Text("). "),
        )
    )
    yield from priorities(m)
    yield from close_out(m)
    planned = [(each, each.planned_total) for each in snapshot.projects if each.planned_total is not None]
    if planned:
        total = sum((amount.amount for _, amount in planned), Decimal(0))
        yield Paragraph(
            (
                Ref("plans-table"),
                Text(
                    " gives the planned totals on record. A plan is no obligation and stands in no "
                    "statement of obligations ("
                ),
                words(statute.citation("statement-of-obligations")),
                Text("); amounts beyond the submitted budget are pre-decisional."),
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
                    Row(each.code, (each.code, titled(each), status_marker(each), money_in_table(amount)))
                    for each, amount in planned
                ),
                Row("total", ("Total", "", "", f"{total:,.2f}"), total=True),
            ),
            source=source_line(REGISTER, note="Projects without a planned total on record are not in this table."),
        )
    elif snapshot.projects:
        yield Paragraph((Text("No planned total of any project is public."),))


def titled(row: Participant | Group | Project) -> str:
    """A row's name with the words that stand beside work under other authority, or recorded late."""
    return f"{row.name} ({row.label})" if row.label else row.name


def _said(standing: str | None) -> Marker:
    return Marker(standing, "none") if standing else Marker(NOT_PUBLIC, "missing")


def _number(count: int) -> str:
    return f"{count:,}" if count else "none on record"


def _tiles(snapshot: Snapshot) -> Iterator[Block]:
    roles = Counter(code for each in snapshot.projects for code in {part.code for part in each.partners})
    regions: dict[str, list[Participant]] = {}
    for each in snapshot.participants:
        regions.setdefault(each.region, []).append(each)
    chart = charts.country_tiles(
        "countries",
        "Countries by region, with the number of projects in which a part is reported",
        [
            charts.Region(
                region,
                tuple(
                    charts.Tile(
                        each.code,
                        str(roles[each.code]) if roles[each.code] else "none",
                        depth=min(roles[each.code], 3),
                        outline=not roles[each.code],
                        name=each.name,
                    )
                    for each in members
                ),
            )
            for region, members in sorted(regions.items())
        ],
        measure="Projects with a part reported",
    )
    yield Figure(
        "fig-countries",
        "Countries on record by region, with the number of projects in which a part of theirs is reported",
        chart.svg,
        chart.alt,
        table="participants-table",
        source=source_line(REGISTER, table="participants-table", note="An outline: no part in a project is on record."),
    )


def _milestones(m: Material) -> Iterator[Block]:
    snapshot = m.snapshot
    on = snapshot.status_as_of
    with_steps = [each for each in snapshot.projects if each.milestones]
    yield Heading(2, "Milestones", "milestones")
    if not with_steps:
        yield Paragraph((Text("No milestone of any project is public."),))
        return
    late = sorted(
        (
            (step.days_late(on), project, step)
            for project in with_steps
            for step in project.milestones
            if step.days_late(on)
        ),
        key=lambda row: (-row[0], row[1].code, row[2].id),
    )
    most = sorted(with_steps, key=lambda each: (-max(step.days_late(on) for step in each.milestones), each.code))
    shown = sorted(most[:_MOST_LANES], key=lambda each: each.code)
    yield Paragraph(
        (
            FactRef("milestones.met"),
            Text(" of "),
            *m.count("milestones"),
            Text(" met. Open ones past their planned day, or forecast past it: "),
            FactRef("milestones.late"),
            Text(". "),
            Ref("fig-milestones"),
            Text(" shows "),
            Text(
                "every project with milestones."
                if len(shown) == len(with_steps)
                else "the projects with the longest delays."
            ),
        )
    )
    chart = charts.milestone_lanes(
        "milestones",
        "Milestones by project",
        [
            charts.Lane(
                f"{each.code} {titled(each)}",
                tuple(
                    charts.Mark(
                        (step.actual_on if step.actual_on and step.actual_on <= on else None)
                        or step.forecast_on
                        or step.planned_on,
                        "done"
                        if step.actual_on and step.actual_on <= on
                        else "late"
                        if step.days_late(on)
                        else "on-plan",
                    )
                    for step in each.milestones
                ),
            )
            for each in shown
        ],
        as_of=on,
    )
    yield Figure(
        "fig-milestones",
        "Milestones" if len(shown) == len(with_steps) else "Milestones of the projects with the longest delays",
        chart.svg,
        chart.alt,
        table="late-table" if late else "",
        source=source_line(REGISTER, table="late-table" if late else ""),
    )
    if late:
        yield Table(
            "late-table",
            f"Open milestones past their planned day, or forecast past it, on {long_day(on)}",
            (
                Column("project", "Project", "text", 0.9),
                Column("milestone", "Milestone", "text", 2.2),
                Column("planned", "Planned", "date", 1.1),
                Column("forecast", "Forecast", "date", 1.1),
                Column("days", "Days late", "number", 0.8),
                Column("reason", "Reason on record", "text", 2.0),
            ),
            tuple(
                Row(
                    f"milestone.{step.id}",
                    (
                        project.code,
                        step.name,
                        short_day(step.planned_on),
                        short_day(step.forecast_on, "none"),
                        f"{days:,}",
                        step.reason or "none recorded",
                    ),
                )
                for days, project, step in late
            ),
            source=source_line(REGISTER),
        )


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
