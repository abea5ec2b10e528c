"""What a chart is measured by: round ticks, the days of a span, and the ground behind bars and lines."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from pipir.document.charts.ink import GREY, HAIR, INK, figure, lettering, straight, width_of


def round_ticks(highest: float, *, whole: bool = False) -> list[float]:
    """Four or five round steps from zero that reach past the highest value; `whole` counts things, never halves."""
    if highest <= 0:
        return [0.0, 1.0]
    if whole and highest <= 4:
        return [float(number) for number in range(int(highest) + 1)]
    for power in range(-4, 16):
        for step in (1.0, 2.0, 2.5, 5.0):
            size = step * 10.0**power
            if size * 4 >= highest:
                count = next(number for number in range(2, 5) if size * number >= highest)
                return [size * number for number in range(count + 1)]
    return [0.0, highest]


def scale(start: date, end: date, left: float, right: float) -> tuple[float, float]:
    span = max((end - start).days, 1)
    return (right - left) / span, left


def month_starts(start: date, end: date, step: int) -> list[date]:
    """The first days of every `step`-th month from January within the days given."""
    return [
        date(year, month, 1)
        for year in range(start.year, end.year + 1)
        for month in range(1, 13, step)
        if start <= date(year, month, 1) <= end
    ]


def margin(ticks: Sequence[float], size: float) -> float:
    """The room left of the axis for its longest figure."""
    return max(width_of(figure(tick), size) for tick in ticks) + 14


def ground(ticks: Sequence[float], left: float, width: float, base: float, rise: float, size: float) -> list[str]:
    parts: list[str] = []
    for tick in ticks:
        y = base - tick * rise
        parts += [
            straight(left, y, width, y, INK if tick == 0 else HAIR),
            lettering(left - 8, y + 4, figure(tick), size=size - 0.5, fill=GREY, anchor="end"),
        ]
    return parts


def axis(start: date, end: date, left: float, right: float, top: float, bottom: float, *, fiscal: bool) -> list[str]:
    """Upright lines at the years (fiscal: 1 October), each year named in its middle."""
    per, _ = scale(start, end, left, right)
    parts: list[str] = []
    marks = [date(year - 1, 10, 1) if fiscal else date(year, 1, 1) for year in range(start.year, end.year + 3)]
    for opening, closing in pairwise(marks):
        first, last = max(opening, start), min(closing, end)
        if first >= last:
            continue
        if opening >= start:
            x = left + (opening - start).days * per
            parts.append(straight(x, top, x, bottom, "#c9cdd4"))
        middle = left + ((first - start).days + (last - start).days) / 2 * per
        year = closing.year if fiscal else opening.year
        text = f"FY {year}" if fiscal else str(year)
        if (last - first).days * per >= width_of(text, 11):
            parts.append(lettering(middle, top - 6, text, size=11, fill=INK, anchor="middle"))
    return parts
