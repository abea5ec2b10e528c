"""Bars: of periods side by side, and of measures below each other."""

from collections.abc import Sequence

import msgspec

from pipir.document.charts.ink import (
    BLUE,
    GREY,
    INK,
    NAVY,
    PALE,
    SKY,
    Chart,
    Value,
    cut,
    figure,
    figures,
    hatch,
    legend_of,
    lettering,
    picture,
    rect,
    straight,
    tag,
    width_of,
)
from pipir.document.charts.scales import ground, margin, round_ticks


class Period(msgspec.Struct, frozen=True):
    """One period's values, one per series; `part` marks a period that has not ended; `group` is its year."""

    label: str
    values: tuple[Value | None, ...]
    group: str = ""
    plan: Value | None = None
    part: bool = False


class Measure(msgspec.Struct, frozen=True):
    """A labelled length: `part` of it is drawn dark, `text` is printed at its end, `whole` is the grey track."""

    label: str
    value: Value
    text: str = ""
    part: Value = 0
    part_text: str = ""
    whole: Value | None = None


def period_bars(
    key: str,
    title: str,
    series: Sequence[str],
    periods: Sequence[Period],
    *,
    unit: str,
    plan: str = "Plan",
    part: str = "Part period",
    narrow: bool = False,
) -> Chart:
    """Bars by period, one per series; a part period is hatched, the plan is a dark line across the bar."""
    width, size = (340.0, 11.0) if narrow else (720.0, 12.0)
    planned = any(period.plan is not None for period in periods)
    parted = any(period.part for period in periods)
    fills = (NAVY if len(series) > 1 else BLUE, PALE, SKY)
    name = f"{key}-part"
    entries = [
        (rect(0, 0, 13, 13, fills[place % 3], stroke=NAVY, stroke_width=1), text) for place, text in enumerate(series)
    ]
    if parted:
        entries.append((rect(0, 0, 13, 13, f"url(#{name})", stroke=NAVY, stroke_width=1), part))
    if planned:
        entries.append((straight(0, 6, 16, 6, INK, 2.5), plan))
    numbers = [float(value) for period in periods for value in (*period.values, period.plan) if value is not None]
    counted = all(isinstance(value, int) for period in periods for value in period.values if value is not None)
    ticks = round_ticks(max(numbers, default=0.0), whole=counted)
    left = margin(ticks, size)
    legend, top = legend_of(entries, 2, size, left, width - left - (0 if narrow else 150))
    parts = [tag("defs", hatch(name, PALE, "#9fc0e2")) if parted else "", *legend]
    if narrow:
        top += size + 4
        parts.append(lettering(0, top - 4, unit, size=size, fill=GREY))
    else:
        parts.append(lettering(width, size, unit, size=size, fill=GREY, anchor="end"))
    top += 14
    base = top + (190 if narrow else 230)
    rise = (base - top) / ticks[-1]
    slot = (width - left) / max(len(periods), 1)
    parts += ground(ticks, left, width, base, rise, size)
    texts = iter(figures(value for period in periods for value in period.values))
    every = max(1, min(int(max((width_of(period.label, size) for period in periods), default=0.0) / slot) + 1, 4))
    for place, period in enumerate(periods):
        middle = left + slot * (place + 0.5)
        shown = [next(texts) for _ in period.values]
        colours = [f"url(#{name})" if period.part else fills[position % 3] for position in range(len(series))]
        parts += _bars(period, shown, colours, middle, slot, base, rise, size, inside=planned)
        if place % every == 0:
            parts.append(
                lettering(middle, base + size + 6, cut(period.label, slot * every, size), size=size, anchor="middle")
            )
    bottom = base + size + 12
    groups = [period.group for period in periods]
    if any(groups):
        parts += _groups(groups, left, slot, base, bottom, size)
        bottom += size + 6
    head, rows = _period_table(series, periods, plan if planned else "", part if parted else "")
    alt = f"Bars of {' and '.join(series)} by period, {unit}. " + "; ".join(
        f"{row[0]}: {', '.join(row[1 : 1 + len(series)])}"
        + (f" (plan {figure(period.plan)})" if period.plan is not None else "")
        + (f", {part.lower()}" if period.part else "")
        for row, period in zip(rows, periods, strict=True)
    )
    return Chart(picture(key, title, alt, width, bottom + 4, parts), alt, head, rows)


def _bars(
    period: Period,
    shown: list[str],
    colours: list[str],
    middle: float,
    slot: float,
    base: float,
    rise: float,
    size: float,
    *,
    inside: bool,
) -> list[str]:
    """One period's bars with their figures: above the bar, or at its foot where plan marks would cross them."""
    several, gap = len(period.values), 3.0
    bar = min((slot * (0.62 if several == 1 else 0.76) - gap * (several - 1)) / max(several, 1), 64.0)
    first = middle - (bar * several + gap * (several - 1)) / 2
    parts: list[str] = []
    for position, (value, text) in enumerate(zip(period.values, shown, strict=True)):
        if value is None:
            continue
        x, high = first + position * (bar + gap), max(float(value), 0.0) * rise
        parts.append(rect(x, base - high, bar, high, colours[position], stroke=NAVY, stroke_width=1))
        # Over a bar of the same period that stands higher a figure could not be read.
        if width_of(text, size - 1) > bar + gap + (6 if several == 1 else 0):
            continue
        foot = inside and high >= size + 8
        fill = "#ffffff" if foot and colours[position] in {NAVY, BLUE} else INK
        y = base - 6 if foot else base - high - 5
        parts.append(lettering(x + bar / 2, y, text, size=size - 1, fill=fill, anchor="middle", bold=position == 0))
    if period.plan is not None:
        y = base - float(period.plan) * rise
        # A white edge keeps the mark visible where it crosses a dark bar.
        parts += [
            straight(middle - slot * 0.38, y, middle + slot * 0.38, y, "#ffffff", 5),
            straight(middle - slot * 0.36, y, middle + slot * 0.36, y, INK, 2.5),
        ]
    return parts


def _groups(groups: list[str], left: float, slot: float, base: float, bottom: float, size: float) -> list[str]:
    """The years under the periods, a short upright between them."""
    parts: list[str] = []
    start = 0
    for place in range(1, len(groups) + 1):
        if place == len(groups) or groups[place] != groups[start]:
            middle = left + slot * (start + place) / 2
            name = cut(groups[start], slot * (place - start), size)
            parts.append(lettering(middle, bottom + size + 3, name, size=size, anchor="middle", bold=True))
            if start:
                parts.append(straight(left + slot * start, base + 4, left + slot * start, bottom + size + 5))
            start = place
    return parts


def _period_table(
    series: Sequence[str], periods: Sequence[Period], plan: str, part: str
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    texts = iter(figures(value for period in periods for value in period.values))
    return ("Period", *series, *((plan,) if plan else ()), *(("Note",) if part else ())), tuple(
        (
            " ".join(text for text in (period.group, period.label) if text),
            *(next(texts) for _ in period.values),
            *((figure(period.plan),) if plan else ()),
            *((part if period.part else "",) if part else ()),
        )
        for period in periods
    )


def horizontal_bars(
    key: str,
    title: str,
    measures: Sequence[Measure],
    *,
    measure: str,
    part: str = "",
    narrow: bool = False,
) -> Chart:
    """Labelled bars one under another; the dark beginning of a bar is its part, the grey track its whole."""
    width, size = (340.0, 13.0) if narrow else (460.0, 13.0)
    highest = (
        max((float(each.whole if each.whole is not None else each.value) for each in measures), default=0.0) or 1.0
    )
    parts: list[str] = []
    y = 0.0
    for each in measures:
        text = cut(each.text or figure(each.value), width * 0.4, size)
        beside = cut(each.part_text, width * 0.3, size - 1)
        after = f"  {beside}" if beside else ""
        room = width - width_of(text + after, size) - 20
        parts += [
            lettering(0, y + 14, cut(each.label, room, size), size=size),
            lettering(width - width_of(after, size - 1), y + 14, text, size=size, anchor="end", bold=True),
            lettering(width, y + 14, beside, size=size - 1, fill=GREY, anchor="end") if beside else "",
            rect(0, y + 22, width, 8, "#e6e7ea", rx=2),
            rect(0, y + 22, width * max(float(each.value), 0.0) / highest, 8, BLUE, rx=2),
        ]
        if each.part:
            share = width * float(each.part) / highest
            parts += [
                rect(0, y + 20, share, 12, NAVY, rx=1),
                straight(share + 1, y + 21, share + 1, y + 31, "#ffffff", 2),
            ]
        y += 44
    head = ("", measure, *((part,) if part else ()))
    rows = tuple(
        (each.label, each.text or figure(each.value), *((each.part_text or figure(each.part),) if part else ()))
        for each in measures
    )
    alt = f"{measure}: " + "; ".join(
        f"{each.label} {each.text or figure(each.value)}" + (f" ({each.part_text})" if each.part_text else "")
        for each in measures
    )
    return Chart(picture(key, title, alt, width, max(y - 8, 20), parts), alt, ("Name", *head[1:]), rows)
