"""Lines over time: a sum as it grows, and the small line beside a figure."""

import calendar
from collections.abc import Sequence
from datetime import date

import msgspec

from pipir.document.charts.ink import (
    BLUE,
    GREY,
    NAVY,
    Chart,
    Value,
    dot,
    figure,
    legend_of,
    lettering,
    n,
    picture,
    straight,
    tag,
)
from pipir.document.charts.scales import ground, margin, month_starts, round_ticks, scale
from pipir.kernel.calendar import show_day


class Point(msgspec.Struct, frozen=True):
    on: date
    value: Value


def cumulative_line(
    key: str,
    title: str,
    actual: Sequence[Point],
    plan: Sequence[Point],
    *,
    today: date,
    unit: str,
    narrow: bool = False,
) -> Chart:
    """Actual as a solid line over its filled ground, the plan dashed, today as a dotted upright."""
    width, size = (340.0, 11.0) if narrow else (720.0, 12.0)
    ticks = round_ticks(max((float(point.value) for point in (*actual, *plan)), default=0.0))
    left = margin(ticks, size)
    legend, top = legend_of(
        [(straight(0, 6, 16, 6, BLUE, 3), "Actual"), (straight(0, 6, 16, 6, GREY, 2, "4 3"), "Plan")],
        2,
        size,
        left,
        width,
    )
    parts = [*legend, lettering(width, size, unit, size=size, fill=GREY, anchor="end")]
    top, base = top + 14, top + (170 if narrow else 210)
    days = [point.on for point in (*actual, *plan)] or [today]
    start, end = min(days), max(*days, today) if len(days) > 1 else max(days[0], today)
    per, _ = scale(start, end, left, width - 12)
    rise = (base - top) / ticks[-1]

    def at(point: Point) -> str:
        return f"{n(left + (point.on - start).days * per)},{n(base - max(float(point.value), 0.0) * rise)}"

    parts += ground(ticks, left, width, base, rise, size)
    months = (end.year - start.year) * 12 + end.month - start.month
    step = 1 if months <= 6 else 3 if months <= 18 else 6 if months <= 48 else 12
    beside = 62 if not narrow else 56
    last = -1000.0
    for first in month_starts(start, end, step):
        x = left + (first - start).days * per
        if x - last >= beside and left + 20 <= x <= width - 24:
            parts += [
                straight(x, base, x, base + 4, GREY),
                lettering(
                    x, base + size + 7, f"{calendar.month_abbr[first.month]} {first.year}",
                    size=size, fill=GREY, anchor="middle",
                ),
            ]  # fmt: skip
            last = x
    if actual:
        line = " ".join(at(point) for point in actual)
        first_x, last_x = at(actual[0]).split(",")[0], at(actual[-1]).split(",")[0]
        parts.append(tag("polygon", points=f"{first_x},{n(base)} {line} {last_x},{n(base)}", fill="#e4eef8"))
    if plan:
        parts.append(
            tag(
                "polyline",
                points=" ".join(at(point) for point in plan),
                fill="none",
                stroke=GREY,
                stroke_width=2,
                stroke_dasharray="5 4",
            )
        )
    x = left + (today - start).days * per
    near = x > width - 60
    parts += [
        straight(x, top - 6, x, base, GREY, 1.2, "2 3"),
        lettering(x + (-5 if near else 5), top + 2, "Today", size=size, fill=GREY, anchor="end" if near else "start"),
    ]
    if actual:
        parts.append(
            tag("polyline", points=" ".join(at(point) for point in actual), fill="none", stroke=BLUE, stroke_width=3)
        )
        end_x, end_y = (float(part) for part in at(actual[-1]).split(","))
        parts += [
            dot(end_x, end_y, 4, BLUE, "#ffffff"),
            lettering(
                max(end_x - 7, left + 40), end_y - 9, figure(actual[-1].value), size=size, fill=NAVY, anchor="end",
                bold=True,
            ),
        ]  # fmt: skip
    alt = f"Cumulative actual against plan, {unit}."
    if actual:
        alt += f" Actual {figure(actual[-1].value)} on {show_day(actual[-1].on)}."
    if plan:
        alt += f" Plan {figure(plan[-1].value)} on {show_day(plan[-1].on)}."
    done = {point.on: point.value for point in actual}
    meant = {point.on: point.value for point in plan}
    rows = tuple((show_day(on), figure(done.get(on)), figure(meant.get(on))) for on in sorted({*done, *meant}))
    return Chart(picture(key, title, alt, width, base + size + 14, parts), alt, ("Day", "Actual", "Plan"), rows)


def sparkline(
    key: str, title: str, values: Sequence[Value], *, labels: Sequence[str] = (), narrow: bool = False
) -> Chart:
    """A small line of how a value went; its last point is a dot."""
    width, height = (80.0, 24.0) if narrow else (110.0, 28.0)
    numbers = [float(value) for value in values]
    low, span = min(numbers, default=0.0), (max(numbers, default=0.0) - min(numbers, default=0.0)) or 1.0
    step = (width - 10) / max(len(numbers) - 1, 1)
    points = [
        (4 + place * step, height - 5 - (value - low) / span * (height - 10)) for place, value in enumerate(numbers)
    ]
    parts: list[str] = []
    if points:
        parts = [
            tag(
                "polyline",
                points=" ".join(f"{n(x)},{n(y)}" for x, y in points),
                fill="none",
                stroke=BLUE,
                stroke_width=1.8,
            ),
            dot(*points[-1], 3, BLUE, BLUE, 1),
        ]
    alt = (
        f"{title}: from {figure(values[0])} to {figure(values[-1])} over {len(values)} points"
        if values
        else f"{title}: none"
    )
    named = labels if len(labels) == len(values) else [str(place) for place in range(1, len(values) + 1)]
    rows = tuple((name, figure(value)) for name, value in zip(named, values, strict=True))
    return Chart(picture(key, title, alt, width, height, parts), alt, ("Point", "Value"), rows)
