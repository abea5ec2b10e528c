"""The milestones of projects: how many are met, the longest delays as a figure, every late one with its reason."""

from collections.abc import Iterator, Sequence

from pipir.document import charts
from pipir.document.model import Block, Column, FactRef, Figure, Heading, Paragraph, Ref, Row, Table, Text, source_line
from pipir.features.report.compose.efforts import titled
from pipir.features.report.compose.facts import REGISTER
from pipir.features.report.compose.material import Material
from pipir.features.report.compose.prose import long_day, short_day
from pipir.features.report.compose.snapshot import Project

_MOST_LANES = 12


def milestones(m: Material) -> Iterator[Block]:
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
    shown, which = _shown(with_steps, [project for _, project, _ in late])
    yield Paragraph(
        (
            FactRef("milestones.met"),
            Text(" of "),
            *m.count("milestones"),
            Text(" met. Open ones past their planned day, or forecast past it: "),
            FactRef("milestones.late"),
            Text("."),
            *((Text(" "), Ref("fig-milestones"), Text(f" shows {which}.")) if shown else ()),
        )
    )
    if not shown:
        return
    chart, narrow = charts.drawn(
        charts.milestone_lanes,
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
        "Milestones" if len(shown) == len(with_steps) else f"Milestones of {which}",
        chart.svg,
        chart.alt,
        table="late-table" if late else "",
        source=source_line(REGISTER, table="late-table" if late else ""),
        narrow=narrow,
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


def _shown(with_steps: Sequence[Project], late: Sequence[Project]) -> tuple[list[Project], str]:
    """The projects of the figure, and what they are: all where there is room, else late ones alone.

    `late` holds the project of each late milestone, the longest delay first.
    """
    if len(with_steps) <= _MOST_LANES:
        return sorted(with_steps, key=lambda each: each.code), "every project with milestones"
    found = list({each.code: each for each in late}.values())
    which = (
        "the projects with a late milestone" if len(found) <= _MOST_LANES else "the projects with the longest delays"
    )
    return sorted(found[:_MOST_LANES], key=lambda each: each.code), which
