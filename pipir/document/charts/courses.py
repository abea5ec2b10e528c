"""Milestones over time: one project's as a Gantt chart, many projects' as lanes."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec

from pipir.document.charts.ink import (
    AMBER,
    GREEN,
    GREY,
    NAVY,
    RED,
    SHADE,
    Chart,
    cut,
    diamond,
    dot,
    legend_of,
    lettering,
    picture,
    rect,
    straight,
    triangle,
)
from pipir.document.charts.scales import axis, scale
from pipir.kernel.calendar import show_day


class Step(msgspec.Struct, frozen=True):
    """A milestone: planned day, and the actual or else the forecast day."""

    label: str
    planned: date | None
    actual: date | None = None
    forecast: date | None = None


class Mark(msgspec.Struct, frozen=True):
    on: date
    state: Literal["done", "on-plan", "late"]


class Lane(msgspec.Struct, frozen=True):
    label: str
    marks: tuple[Mark, ...]


def gantt(
    key: str, title: str, steps: Sequence[Step], *, today: date, fiscal: bool = False, narrow: bool = False
) -> Chart:
    """A milestone a row: hollow circle planned, solid circle actual, solid diamond forecast, a bar for the slip."""
    width, size = (340.0, 11.5) if narrow else (720.0, 12.5)
    left = 8.0 if narrow else 230.0
    right = width - 10
    days = [on for step in steps for on in (step.planned, step.actual, step.forecast) if on] + [today]
    start, end = min(days) - timedelta(days=30), max(days) + timedelta(days=30)
    per, _ = scale(start, end, left, right)
    legend, top = legend_of(
        [
            (dot(8, 6, 5, "#ffffff", GREY), "Planned"),
            (dot(8, 6, 5, NAVY, NAVY), "Actual"),
            (diamond(8, 6, 5.5, NAVY), "Forecast"),
            (straight(0, 6, 16, 6, "#e8a3a0", 5), "Late"),
            (straight(8, -1, 8, 13, AMBER, 1.5, "3 2"), "Today"),
        ],
        2,
        size - 0.5,
        0 if narrow else left,
        width,
    )
    top += 22
    row = 44.0 if narrow else 30.0
    bottom = top + row * len(steps) + 6
    parts = legend
    bars: list[str] = []
    rows: list[tuple[str, ...]] = []
    for place, step in enumerate(steps):
        y = top + row * (place + 0.5) + (8 if narrow else 3)
        if place % 2 == 0:
            parts.append(rect(0, top + row * place + 3, width, row, SHADE))
        if narrow:
            bars.append(lettering(4, y - 14, cut(step.label, width - 8, size), size=size))
        else:
            bars.append(lettering(6, y + 4, cut(step.label, left - 20, size), size=size))
        bars.append(straight(left, y, right, y, "#d3d6dc"))
        reached = step.actual or step.forecast
        late = (reached - step.planned).days if reached and step.planned else 0
        colour = RED if late > 0 else GREEN if step.actual else NAVY
        x = left + (step.planned - start).days * per if step.planned else 0.0
        if reached and step.planned and late > 0:
            bars.append(straight(x, y, left + (reached - start).days * per, y, "#e8a3a0", 5))
        if step.planned:
            bars.append(dot(x, y, 5, "#ffffff", GREY))
        if step.actual:
            bars.append(dot(left + (step.actual - start).days * per, y, 5, colour, colour))
        elif step.forecast:
            bars.append(diamond(left + (step.forecast - start).days * per, y, 5.5, colour, colour))
        said = (
            "no date"
            if not reached
            else f"{late} days late"
            if late > 0
            else f"{-late} days early"
            if late
            else "on plan"
        )
        rows.append(
            (
                step.label,
                show_day(step.planned) if step.planned else "none",
                show_day(step.actual) if step.actual else "",
                show_day(step.forecast) if step.forecast and not step.actual else "",
                said if step.planned else "no plan",
            )
        )
    x = left + (today - start).days * per
    parts += [
        *axis(start, end, left, right, top, bottom, fiscal=fiscal),
        *bars,
        straight(x, top, x, bottom, AMBER, 1.5, "3 2"),
    ]
    alt = f"Milestones on {show_day(today)}. " + "; ".join(
        f"{name}: planned {planned}"
        + (f", done {done}" if done else f", forecast {meant}" if meant else "")
        + f", {said}"
        for name, planned, done, meant, said in rows
    )
    return Chart(
        picture(key, title, alt, width, bottom + 4, parts),
        alt,
        ("Milestone", "Planned", "Actual", "Forecast", "State"),
        tuple(rows),
    )


def milestone_lanes(
    key: str,
    title: str,
    lanes: Sequence[Lane],
    *,
    as_of: date,
    fiscal: bool = True,
    narrow: bool = False,
) -> Chart:
    """A lane a project: filled diamond done, hollow one on plan, red triangle late, an upright at the data's day."""
    width, size = (340.0, 11.0) if narrow else (720.0, 12.0)
    left = 8.0 if narrow else 250.0
    right = width - 8
    days = [mark.on for lane in lanes for mark in lane.marks] + [as_of]
    start, end = min(days) - timedelta(days=20), max(days) + timedelta(days=20)
    per, _ = scale(start, end, left, right)
    legend, top = legend_of(
        [
            (diamond(8, 6, 5.5, NAVY), "Done"),
            (diamond(8, 6, 5.5, "#ffffff"), "On plan"),
            (triangle(8, 6, 6.5, "#ffffff"), "Late"),
            (straight(0, 6, 16, 6, AMBER, 1.5, "3 2"), "Data as-of date"),
        ],
        2,
        size,
        0,
        width,
    )
    top += 24
    row = 42.0 if narrow else 27.0
    bottom = top + row * len(lanes) + 6
    parts = legend
    shapes: list[str] = []
    for place, lane in enumerate(lanes):
        y = top + row * (place + 0.5) + (8 if narrow else 3)
        if place % 2 == 0:
            parts.append(rect(0, top + row * place + 3, width, row, SHADE))
        room = width - 8 if narrow else left - 16
        shapes.append(
            lettering(4 if narrow else 6, y - 13 if narrow else y + 4, cut(lane.label, room, size), size=size)
        )
        spots = [left + (mark.on - start).days * per for mark in lane.marks]
        if len(spots) > 1:
            shapes.append(straight(min(spots), y, max(spots), y, "#8ea9c9", 3))
        for mark, x in zip(lane.marks, spots, strict=True):
            if mark.state == "late":
                shapes.append(triangle(x, y, 6.5, "#ffffff"))
            else:
                shapes.append(diamond(x, y, 5.5, NAVY if mark.state == "done" else "#ffffff"))
    x = left + (as_of - start).days * per
    parts += [
        *axis(start, end, left, right, top, bottom, fiscal=fiscal),
        *shapes,
        straight(x, top - 2, x, bottom, AMBER, 1.5, "3 2"),
    ]
    said = {"done": "done", "on-plan": "on plan", "late": "late"}
    rows = tuple((lane.label, show_day(mark.on), said[mark.state]) for lane in lanes for mark in lane.marks)
    alt = f"Milestones on {show_day(as_of)}. " + "; ".join(
        f"{lane.label}: "
        + ", ".join(
            f"{sum(mark.state == state for mark in lane.marks)} {words}"
            for state, words in said.items()
            if any(mark.state == state for mark in lane.marks)
        )
        for lane in lanes
        if lane.marks
    )
    return Chart(picture(key, title, alt, width, bottom + 4, parts), alt, ("Project", "Day", "State"), rows)
