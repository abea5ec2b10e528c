"""Charts as SVG for pages and reports alike: pure, the same bytes for the same values, shape as well as colour.

Only presentation attributes are used, so a page's content security policy may forbid inline style. `key` makes the ids
inside one picture unique on its page; `narrow` draws the form for telephones.
"""

import calendar
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from html import escape
from itertools import pairwise
from typing import Any, Literal

import msgspec

from pipir.document.text import printable

NAVY, BLUE, PALE, SKY = "#162e51", "#005ea2", "#b8cfe8", "#73a5d1"
INK, GREY, HAIR, SHADE = "#1b1b1b", "#565c65", "#dcdee2", "#f3f5f9"
RED, GREEN, GOLD, AMBER = "#b50909", "#2b6b33", "#ffbe2e", "#8a5a00"
FAMILY = "'Public Sans', 'Noto Sans', sans-serif"

# Pairs of letter and ground that stand in the pictures; a test holds each to 4.5:1.
TEXT_PAIRS = (
    (INK, "#ffffff"),
    (GREY, "#ffffff"),
    (NAVY, "#ffffff"),
    (BLUE, "#ffffff"),
    (RED, "#ffffff"),
    (AMBER, "#ffffff"),
    ("#ffffff", NAVY),
    ("#ffffff", BLUE),
    ("#ffffff", RED),
    (INK, PALE),
    (NAVY, "#dbe8f6"),
    (GOLD, NAVY),
    ("#dfe5f0", NAVY),
    (GREY, SHADE),
    (INK, SHADE),
)

Value = int | float | Decimal


class Chart(msgspec.Struct, frozen=True):
    """A picture, what it shows in words, and its data: column titles and rows, for "Show as a table"."""

    svg: str
    alt: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Period(msgspec.Struct, frozen=True):
    """One period's values, one per series; `part` marks a period that has not ended; `group` is its year."""

    label: str
    values: tuple[Value | None, ...]
    group: str = ""
    plan: Value | None = None
    part: bool = False


class Point(msgspec.Struct, frozen=True):
    on: date
    value: Value


class Measure(msgspec.Struct, frozen=True):
    """A labelled length: `part` of it is drawn dark, `text` is printed at its end, `whole` is the grey track."""

    label: str
    value: Value
    text: str = ""
    part: Value = 0
    part_text: str = ""
    whole: Value | None = None


class Event(msgspec.Struct, frozen=True):
    on: date
    label: str


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


class Tile(msgspec.Struct, frozen=True):
    """A country's tile: code, what is printed under it, depth of colour from 0 to 3, or an outline where nothing is."""

    code: str
    text: str
    depth: int = 0
    outline: bool = False
    name: str = ""


class Region(msgspec.Struct, frozen=True):
    name: str
    tiles: tuple[Tile, ...]


# --- drawing ----------------------------------------------------------------------------------------------------------


def _n(value: float) -> str:
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def _tag(name: str, inside: str = "", /, **attributes: Any) -> str:
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value if isinstance(value, str) else _n(value))}"'
        for key, value in attributes.items()
    )
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"


def _words(
    x: float,
    y: float,
    text: str,
    *,
    size: float = 12,
    fill: str = INK,
    anchor: str = "start",
    bold: bool = False,
) -> str:
    weight = {"font_weight": "700"} if bold else {}
    place = {"text_anchor": anchor} if anchor != "start" else {}
    return _tag("text", escape(printable(text)) or " ", x=x, y=y, font_size=size, fill=fill, **place, **weight)


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str = HAIR, width: float = 1, dash: str = "") -> str:
    dashed = {"stroke_dasharray": dash} if dash else {}
    return _tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width, **dashed)


def _rect(x: float, y: float, width: float, height: float, fill: str, **more: str | float) -> str:
    return _tag("rect", x=x, y=y, width=max(width, 0), height=max(height, 0), fill=fill, **more)


def _diamond(x: float, y: float, size: float, fill: str, stroke: str = NAVY) -> str:
    points = f"{_n(x)},{_n(y - size)} {_n(x + size)},{_n(y)} {_n(x)},{_n(y + size)} {_n(x - size)},{_n(y)}"
    return _tag("polygon", points=points, fill=fill, stroke=stroke, stroke_width=1.5)


def _triangle(x: float, y: float, size: float, fill: str, stroke: str = RED) -> str:
    points = f"{_n(x)},{_n(y - size)} {_n(x + size)},{_n(y + size * 0.8)} {_n(x - size)},{_n(y + size * 0.8)}"
    return _tag("polygon", points=points, fill=fill, stroke=stroke, stroke_width=1.6)


def _dot(x: float, y: float, radius: float, fill: str, stroke: str, width: float = 1.6) -> str:
    return _tag("circle", cx=x, cy=y, r=radius, fill=fill, stroke=stroke, stroke_width=width)


def _hatch(name: str, ground: str, line: str) -> str:
    """A pattern of slanted lines: a part period differs from a whole one without colour."""
    inside = _rect(0, 0, 6, 6, ground) + _line(0, 0, 0, 6, line, 2.4)
    return _tag(
        "pattern", inside, id=name, width=6, height=6, patternUnits="userSpaceOnUse", patternTransform="rotate(45)"
    )


def _svg(key: str, title: str, alt: str, width: float, height: float, parts: Iterable[str]) -> str:
    name = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-" for letter in key)
    head = _tag("title", escape(printable(title)) or " ", id=f"{name}-title") + _tag(
        "desc", escape(printable(alt)) or " ", id=f"{name}-desc"
    )
    return _tag(
        "svg",
        head + "".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        class_="chart",
        viewBox=f"0 0 {_n(width)} {_n(height)}",
        width=width,
        height=height,
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        font_family=FAMILY,
    )


def _room(text: str, size: float) -> float:
    """About how wide the text is; a little more than the typeface needs, for other faces may stand in."""
    return size * sum(
        0.29 if letter in "ijlt.,:;|!' fIr-" else 0.86 if letter in "mwMW@%" else 0.66 if letter.isupper() else 0.56
        for letter in text
    )


def _cut(text: str, room: float, size: float) -> str:
    """The text, shortened with an ellipsis to the room it has."""
    most = max(int(room / (size * 0.29)) + 1, 1)  # no more letters than of the narrowest would fit
    shown = printable(text[:most])
    if len(text) <= most and _room(shown, size) <= room:
        return shown
    while shown and _room(shown + "…", size) > room:
        shown = shown[:-1]
    return shown.rstrip() + "…"


def figure(value: Value | None) -> str:
    """A value as the charts print it: thousands in groups, at most one decimal, "none" where there is none."""
    if value is None:
        return "none"
    text = f"{value:,.1f}"
    return text.removesuffix(".0")


def figures(values: Iterable[Value | None]) -> list[str]:
    """Values that stand beside each other, with the same number of decimals."""
    given = list(values)
    if any(value is not None and f"{value:.1f}"[-1] != "0" for value in given):
        return ["none" if value is None else f"{value:,.1f}" for value in given]
    return [figure(value) for value in given]


def day(on: date) -> str:
    """A day as the charts print it, such as "14 Jan 2027"."""
    return f"{on.day} {calendar.month_abbr[on.month]} {on.year}"


def _ticks(highest: float, *, whole: bool = False) -> list[float]:
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


def _legend(
    entries: Sequence[tuple[str, str]], y: float, size: float, left: float, room: float
) -> tuple[list[str], float]:
    """Symbols with their words from the left, on as many lines as they need; returns the next free y."""
    parts: list[str] = []
    x = left
    for symbol, given in entries:
        text = _cut(given, room - 24, size)
        wide = 24 + _room(text, size) + 18
        if x > left and x + wide - 18 > left + room:
            x, y = left, y + size + 8
        parts += [
            _tag("g", symbol, transform=f"translate({_n(x)} {_n(y)})"),
            _words(x + 22, y + size - 2, text, size=size),
        ]
        x += wide
    return parts, y + size + 8


def _scale(start: date, end: date, left: float, right: float) -> tuple[float, float]:
    span = max((end - start).days, 1)
    return (right - left) / span, left


def _months(start: date, end: date, step: int) -> list[date]:
    """The first days of every `step`-th month from January within the days given."""
    return [
        date(year, month, 1)
        for year in range(start.year, end.year + 1)
        for month in range(1, 13, step)
        if start <= date(year, month, 1) <= end
    ]


# --- charts -----------------------------------------------------------------------------------------------------------


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
        (_rect(0, 0, 13, 13, fills[place % 3], stroke=NAVY, stroke_width=1), text) for place, text in enumerate(series)
    ]
    if parted:
        entries.append((_rect(0, 0, 13, 13, f"url(#{name})", stroke=NAVY, stroke_width=1), part))
    if planned:
        entries.append((_line(0, 6, 16, 6, INK, 2.5), plan))
    numbers = [float(value) for period in periods for value in (*period.values, period.plan) if value is not None]
    counted = all(isinstance(value, int) for period in periods for value in period.values if value is not None)
    ticks = _ticks(max(numbers, default=0.0), whole=counted)
    left = _margin(ticks, size)
    legend, top = _legend(entries, 2, size, left, width - left - (0 if narrow else 150))
    parts = [_tag("defs", _hatch(name, PALE, "#9fc0e2")) if parted else "", *legend]
    if narrow:
        top += size + 4
        parts.append(_words(0, top - 4, unit, size=size, fill=GREY))
    else:
        parts.append(_words(width, size, unit, size=size, fill=GREY, anchor="end"))
    top += 14
    base = top + (190 if narrow else 230)
    rise = (base - top) / ticks[-1]
    slot = (width - left) / max(len(periods), 1)
    parts += _ground(ticks, left, width, base, rise, size)
    texts = iter(figures(value for period in periods for value in period.values))
    every = max(1, min(int(max((_room(period.label, size) for period in periods), default=0.0) / slot) + 1, 4))
    for place, period in enumerate(periods):
        middle = left + slot * (place + 0.5)
        shown = [next(texts) for _ in period.values]
        colours = [f"url(#{name})" if period.part else fills[position % 3] for position in range(len(series))]
        parts += _bars(period, shown, colours, middle, slot, base, rise, size, inside=planned)
        if place % every == 0:
            parts.append(
                _words(middle, base + size + 6, _cut(period.label, slot * every, size), size=size, anchor="middle")
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
    return Chart(_svg(key, title, alt, width, bottom + 4, parts), alt, head, rows)


def _margin(ticks: Sequence[float], size: float) -> float:
    """The room left of the axis for its longest figure."""
    return max(_room(figure(tick), size) for tick in ticks) + 14


def _ground(ticks: Sequence[float], left: float, width: float, base: float, rise: float, size: float) -> list[str]:
    parts: list[str] = []
    for tick in ticks:
        y = base - tick * rise
        parts += [
            _line(left, y, width, y, INK if tick == 0 else HAIR),
            _words(left - 8, y + 4, figure(tick), size=size - 0.5, fill=GREY, anchor="end"),
        ]
    return parts


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
        parts.append(_rect(x, base - high, bar, high, colours[position], stroke=NAVY, stroke_width=1))
        if _room(text, size - 1) > bar + gap + 6:
            continue
        foot = inside and high >= size + 8
        fill = "#ffffff" if foot and colours[position] in {NAVY, BLUE} else INK
        y = base - 6 if foot else base - high - 5
        parts.append(_words(x + bar / 2, y, text, size=size - 1, fill=fill, anchor="middle", bold=position == 0))
    if period.plan is not None:
        y = base - float(period.plan) * rise
        # A white edge keeps the mark visible where it crosses a dark bar.
        parts += [
            _line(middle - slot * 0.38, y, middle + slot * 0.38, y, "#ffffff", 5),
            _line(middle - slot * 0.36, y, middle + slot * 0.36, y, INK, 2.5),
        ]
    return parts


def _groups(groups: list[str], left: float, slot: float, base: float, bottom: float, size: float) -> list[str]:
    """The years under the periods, a short upright between them."""
    parts: list[str] = []
    start = 0
    for place in range(1, len(groups) + 1):
        if place == len(groups) or groups[place] != groups[start]:
            middle = left + slot * (start + place) / 2
            name = _cut(groups[start], slot * (place - start), size)
            parts.append(_words(middle, bottom + size + 3, name, size=size, anchor="middle", bold=True))
            if start:
                parts.append(_line(left + slot * start, base + 4, left + slot * start, bottom + size + 5))
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
    ticks = _ticks(max((float(point.value) for point in (*actual, *plan)), default=0.0))
    left = _margin(ticks, size)
    legend, top = _legend(
        [(_line(0, 6, 16, 6, BLUE, 3), "Actual"), (_line(0, 6, 16, 6, GREY, 2, "4 3"), "Plan")], 2, size, left, width
    )
    parts = [*legend, _words(width, size, unit, size=size, fill=GREY, anchor="end")]
    top, base = top + 14, top + (170 if narrow else 210)
    days = [point.on for point in (*actual, *plan)] or [today]
    start, end = min(days), max(*days, today) if len(days) > 1 else max(days[0], today)
    per, _ = _scale(start, end, left, width - 12)
    rise = (base - top) / ticks[-1]

    def at(point: Point) -> str:
        return f"{_n(left + (point.on - start).days * per)},{_n(base - max(float(point.value), 0.0) * rise)}"

    parts += _ground(ticks, left, width, base, rise, size)
    months = (end.year - start.year) * 12 + end.month - start.month
    step = 1 if months <= 6 else 3 if months <= 18 else 6 if months <= 48 else 12
    beside = 62 if not narrow else 56
    last = -1000.0
    for first in _months(start, end, step):
        x = left + (first - start).days * per
        if x - last >= beside and left + 20 <= x <= width - 24:
            parts += [
                _line(x, base, x, base + 4, GREY),
                _words(
                    x, base + size + 7, f"{calendar.month_abbr[first.month]} {first.year}",
                    size=size, fill=GREY, anchor="middle",
                ),
            ]  # fmt: skip
            last = x
    if actual:
        line = " ".join(at(point) for point in actual)
        first_x, last_x = at(actual[0]).split(",")[0], at(actual[-1]).split(",")[0]
        parts.append(_tag("polygon", points=f"{first_x},{_n(base)} {line} {last_x},{_n(base)}", fill="#e4eef8"))
    if plan:
        parts.append(
            _tag(
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
        _line(x, top - 6, x, base, GREY, 1.2, "2 3"),
        _words(x + (-5 if near else 5), top + 2, "Today", size=size, fill=GREY, anchor="end" if near else "start"),
    ]
    if actual:
        parts.append(
            _tag("polyline", points=" ".join(at(point) for point in actual), fill="none", stroke=BLUE, stroke_width=3)
        )
        end_x, end_y = (float(part) for part in at(actual[-1]).split(","))
        parts += [
            _dot(end_x, end_y, 4, BLUE, "#ffffff"),
            _words(
                max(end_x - 7, left + 40), end_y - 9, figure(actual[-1].value), size=size, fill=NAVY, anchor="end",
                bold=True,
            ),
        ]  # fmt: skip
    alt = f"Cumulative actual against plan, {unit}."
    if actual:
        alt += f" Actual {figure(actual[-1].value)} on {day(actual[-1].on)}."
    if plan:
        alt += f" Plan {figure(plan[-1].value)} on {day(plan[-1].on)}."
    done = {point.on: point.value for point in actual}
    meant = {point.on: point.value for point in plan}
    rows = tuple((day(on), figure(done.get(on)), figure(meant.get(on))) for on in sorted({*done, *meant}))
    return Chart(_svg(key, title, alt, width, base + size + 14, parts), alt, ("Day", "Actual", "Plan"), rows)


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
        text = _cut(each.text or figure(each.value), width * 0.4, size)
        beside = _cut(each.part_text, width * 0.3, size - 1)
        after = f"  {beside}" if beside else ""
        room = width - _room(text + after, size) - 20
        parts += [
            _words(0, y + 14, _cut(each.label, room, size), size=size),
            _words(width - _room(after, size - 1), y + 14, text, size=size, anchor="end", bold=True),
            _words(width, y + 14, beside, size=size - 1, fill=GREY, anchor="end") if beside else "",
            _rect(0, y + 22, width, 8, "#e6e7ea", rx=2),
            _rect(0, y + 22, width * max(float(each.value), 0.0) / highest, 8, BLUE, rx=2),
        ]
        if each.part:
            share = width * float(each.part) / highest
            parts += [
                _rect(0, y + 20, share, 12, NAVY, rx=1),
                _line(share + 1, y + 21, share + 1, y + 31, "#ffffff", 2),
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
    return Chart(_svg(key, title, alt, width, max(y - 8, 20), parts), alt, ("Name", *head[1:]), rows)


def countdown(
    key: str,
    title: str,
    events: Sequence[Event],
    *,
    start: date,
    end: date,
    today: date,
    on_dark: bool = True,
    narrow: bool = False,
) -> Chart:
    """A bar from enactment to sunset, filled to today, with the dated events on it."""
    width, size = (340.0, 11.5) if narrow else (720.0, 12.5)
    track, done, ink, soft, today_ink = (
        ("#4b5f80", GOLD, "#ffffff", "#dfe5f0", GOLD) if on_dark else ("#c9cfd9", BLUE, INK, GREY, BLUE)
    )
    left, right, y = 8.0, width - 8, 40.0
    span = max((end - start).days, 1)

    def x_of(on: date) -> float:
        return left + (right - left) * min(max((on - start).days / span, 0.0), 1.0)

    now = x_of(today)
    share = round(100 * min(max((today - start).days / span, 0.0), 1.0))
    caption = f"Today · {share}%"
    middle = min(max(now, _room(caption, size) / 2), width - _room(caption, size) / 2)
    parts = [
        _words(middle, 14, caption, size=size, fill=today_ink, anchor="middle", bold=True),
        _tag("polygon", points=f"{_n(now - 5)},20 {_n(now + 5)},20 {_n(now)},27", fill=today_ink),
        _rect(left, y - 5, right - left, 10, track, rx=5),
        _rect(left, y - 5, now - left, 10, done, rx=5),
    ]
    placed: list[tuple[float, float]] = [(-1e9, -1e9)] * 3
    depth = 0
    for event in sorted(events, key=lambda each: (each.on, each.label)):
        x = x_of(event.on)
        past = event.on <= today
        parts.append(_dot(x, y, 5.5, ink if past else (NAVY if on_dark else "#ffffff"), ink if on_dark else NAVY, 2))
        words = _cut(event.label, width * 0.45, size)
        wide = max(_room(words, size) * 1.06, _room(day(event.on), size - 1)) + 8
        label_x = min(max(x, wide / 2), width - wide / 2)
        level = next((row for row in range(3) if label_x - wide / 2 >= placed[row][1]), 2)
        placed[level] = (label_x - wide / 2, label_x + wide / 2)
        depth = max(depth, level)
        top = y + 26 + level * 36
        if level:
            parts.append(_line(x, y + 7, x, top - size, track))
        parts += [
            _words(label_x, top, words, size=size, fill=ink, anchor="middle", bold=True),
            _words(label_x, top + size + 2, day(event.on), size=size - 1, fill=soft, anchor="middle"),
        ]
    alt = f"From {day(start)} to {day(end)}; today, {day(today)}, is {share} percent of the way. " + "; ".join(
        f"{event.label} {day(event.on)}" for event in events
    )
    rows = tuple((event.label, day(event.on), "past" if event.on <= today else "to come") for event in events)
    return Chart(
        _svg(key, title, alt, width, y + 26 + depth * 36 + size + 10, parts), alt, ("Event", "Day", "State"), rows
    )


def _axis(start: date, end: date, left: float, right: float, top: float, bottom: float, *, fiscal: bool) -> list[str]:
    """Upright lines at the years (fiscal: 1 October), each year named in its middle."""
    per, _ = _scale(start, end, left, right)
    parts: list[str] = []
    marks = [date(year - 1, 10, 1) if fiscal else date(year, 1, 1) for year in range(start.year, end.year + 3)]
    for opening, closing in pairwise(marks):
        first, last = max(opening, start), min(closing, end)
        if first >= last:
            continue
        if opening >= start:
            x = left + (opening - start).days * per
            parts.append(_line(x, top, x, bottom, "#c9cdd4"))
        middle = left + ((first - start).days + (last - start).days) / 2 * per
        year = closing.year if fiscal else opening.year
        text = f"FY {year}" if fiscal else str(year)
        if (last - first).days * per >= _room(text, 11):
            parts.append(_words(middle, top - 6, text, size=11, fill=INK, anchor="middle"))
    return parts


def gantt(
    key: str, title: str, steps: Sequence[Step], *, today: date, fiscal: bool = False, narrow: bool = False
) -> Chart:
    """A milestone a row: hollow circle planned, solid circle actual, solid diamond forecast, a bar for the slip."""
    width, size = (340.0, 11.5) if narrow else (720.0, 12.5)
    left = 8.0 if narrow else 230.0
    right = width - 10
    days = [on for step in steps for on in (step.planned, step.actual, step.forecast) if on] + [today]
    start, end = min(days) - timedelta(days=30), max(days) + timedelta(days=30)
    per, _ = _scale(start, end, left, right)
    legend, top = _legend(
        [
            (_dot(8, 6, 5, "#ffffff", GREY), "Planned"),
            (_dot(8, 6, 5, NAVY, NAVY), "Actual"),
            (_diamond(8, 6, 5.5, NAVY), "Forecast"),
            (_line(0, 6, 16, 6, "#e8a3a0", 5), "Late"),
            (_line(8, -1, 8, 13, AMBER, 1.5, "3 2"), "Today"),
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
            parts.append(_rect(0, top + row * place + 3, width, row, SHADE))
        if narrow:
            bars.append(_words(4, y - 14, _cut(step.label, width - 8, size), size=size))
        else:
            bars.append(_words(6, y + 4, _cut(step.label, left - 20, size), size=size))
        bars.append(_line(left, y, right, y, "#d3d6dc"))
        reached = step.actual or step.forecast
        late = (reached - step.planned).days if reached and step.planned else 0
        colour = RED if late > 0 else GREEN if step.actual else NAVY
        x = left + (step.planned - start).days * per if step.planned else 0.0
        if reached and step.planned and late > 0:
            bars.append(_line(x, y, left + (reached - start).days * per, y, "#e8a3a0", 5))
        if step.planned:
            bars.append(_dot(x, y, 5, "#ffffff", GREY))
        if step.actual:
            bars.append(_dot(left + (step.actual - start).days * per, y, 5, colour, colour))
        elif step.forecast:
            bars.append(_diamond(left + (step.forecast - start).days * per, y, 5.5, colour, colour))
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
                day(step.planned) if step.planned else "none",
                day(step.actual) if step.actual else "",
                day(step.forecast) if step.forecast and not step.actual else "",
                said if step.planned else "no plan",
            )
        )
    x = left + (today - start).days * per
    parts += [
        *_axis(start, end, left, right, top, bottom, fiscal=fiscal),
        *bars,
        _line(x, top, x, bottom, AMBER, 1.5, "3 2"),
    ]
    alt = f"Milestones on {day(today)}. " + "; ".join(
        f"{name}: planned {planned}"
        + (f", done {done}" if done else f", forecast {meant}" if meant else "")
        + f", {said}"
        for name, planned, done, meant, said in rows
    )
    return Chart(
        _svg(key, title, alt, width, bottom + 4, parts),
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
    per, _ = _scale(start, end, left, right)
    legend, top = _legend(
        [
            (_diamond(8, 6, 5.5, NAVY), "Done"),
            (_diamond(8, 6, 5.5, "#ffffff"), "Forecast, on plan"),
            (_triangle(8, 6, 6.5, "#ffffff"), "Forecast, late to plan"),
            (_line(0, 6, 16, 6, AMBER, 1.5, "3 2"), "Data as-of date"),
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
            parts.append(_rect(0, top + row * place + 3, width, row, SHADE))
        room = width - 8 if narrow else left - 16
        shapes.append(_words(4 if narrow else 6, y - 13 if narrow else y + 4, _cut(lane.label, room, size), size=size))
        spots = [left + (mark.on - start).days * per for mark in lane.marks]
        if len(spots) > 1:
            shapes.append(_line(min(spots), y, max(spots), y, "#8ea9c9", 3))
        for mark, x in zip(lane.marks, spots, strict=True):
            if mark.state == "late":
                shapes.append(_triangle(x, y, 6.5, "#ffffff"))
            else:
                shapes.append(_diamond(x, y, 5.5, NAVY if mark.state == "done" else "#ffffff"))
    x = left + (as_of - start).days * per
    parts += [
        *_axis(start, end, left, right, top, bottom, fiscal=fiscal),
        *shapes,
        _line(x, top - 2, x, bottom, AMBER, 1.5, "3 2"),
    ]
    said = {"done": "done", "on-plan": "forecast, on plan", "late": "forecast, late to plan"}
    rows = tuple((lane.label, day(mark.on), said[mark.state]) for lane in lanes for mark in lane.marks)
    alt = f"Milestones on {day(as_of)}. " + "; ".join(
        f"{lane.label}: "
        + ", ".join(
            f"{sum(mark.state == state for mark in lane.marks)} {words}"
            for state, words in said.items()
            if any(mark.state == state for mark in lane.marks)
        )
        for lane in lanes
        if lane.marks
    )
    return Chart(_svg(key, title, alt, width, bottom + 4, parts), alt, ("Project", "Day", "State"), rows)


def country_tiles(key: str, title: str, regions: Sequence[Region], *, measure: str, narrow: bool = False) -> Chart:
    """A tile a country, by region; deeper colour is more, an outline is none, and the figure stands on each."""
    width = 340.0 if narrow else 520.0
    wide, high, gap = 52.0, 46.0, 4.0
    fills = (("#dbe8f6", NAVY), (PALE, INK), (BLUE, "#ffffff"), (NAVY, "#ffffff"))
    parts: list[str] = []
    y = 0.0
    per_line = int((width + gap) // (wide + gap))
    for region in regions:
        parts.append(_words(0, y + 13, _cut(region.name, width, 13), size=13, bold=True))
        y += 22
        for place, tile in enumerate(region.tiles):
            x = (place % per_line) * (wide + gap)
            if place and place % per_line == 0:
                y += high + gap
            fill, ink = ("#ffffff", INK) if tile.outline else fills[min(max(tile.depth, 0), 3)]
            edge: dict[str, str | float] = (
                {"stroke": GREY, "stroke_dasharray": "3 2"} if tile.outline else {"stroke": NAVY, "stroke_width": 0.5}
            )
            parts += [
                _rect(x + 0.5, y + 0.5, wide - 1, high - 1, fill, rx=2, **edge),
                _words(x + wide / 2, y + 18, _cut(tile.code, wide, 12), size=12, fill=ink, anchor="middle"),
                _words(
                    x + wide / 2,
                    y + 37,
                    _cut(tile.text, wide, 15) or "\u2013",
                    size=15,
                    fill=ink,
                    anchor="middle",
                    bold=True,
                ),
            ]
        y += high + 14
    rows = tuple(
        (region.name, tile.name or tile.code, tile.text or "none") for region in regions for tile in region.tiles
    )
    alt = f"{measure}, by region. " + "; ".join(f"{name}: {text}" for _, name, text in rows)
    return Chart(_svg(key, title, alt, width, max(y - 8, 20), parts), alt, ("Region", "Country", measure), rows)


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
            _tag(
                "polyline",
                points=" ".join(f"{_n(x)},{_n(y)}" for x, y in points),
                fill="none",
                stroke=BLUE,
                stroke_width=1.8,
            ),
            _dot(*points[-1], 3, BLUE, BLUE, 1),
        ]
    alt = (
        f"{title}: from {figure(values[0])} to {figure(values[-1])} over {len(values)} points"
        if values
        else f"{title}: none"
    )
    named = labels if len(labels) == len(values) else [str(place) for place in range(1, len(values) + 1)]
    rows = tuple((name, figure(value)) for name, value in zip(named, values, strict=True))
    return Chart(_svg(key, title, alt, width, height, parts), alt, ("Point", "Value"), rows)


def month_calendar(
    key: str,
    title: str,
    year: int,
    month: int,
    *,
    today: date | None = None,
    due: dict[date, str] | None = None,
    overdue: frozenset[date] = frozenset(),
    narrow: bool = False,
) -> Chart:
    """A small month, weeks from Sunday; days with something due are filled, overdue ones red and underlined."""
    due = due or {}
    cell = 30.0 if narrow else 34.0
    parts = [_words(0, 14, f"{calendar.month_name[month]} {year}", size=13.5, bold=True)]
    parts += [
        _words(cell * (place + 0.5), 36, name, size=11.5, fill=GREY, anchor="middle")
        for place, name in enumerate("SMTWTFS")
    ]
    weeks = calendar.Calendar(firstweekday=6).monthdatescalendar(year, month)
    for line, week in enumerate(weeks):
        for place, on in enumerate(week):
            if on.month != month:
                continue
            x, y = cell * place, 44 + line * 28
            marked = on in due or on in overdue
            fill = RED if on in overdue else NAVY
            if marked:
                parts.append(_rect(x + 3, y, cell - 6, 25, fill, rx=3))
            if on == today:
                parts.append(_rect(x + 2, y - 1, cell - 4, 27, "none", rx=3, stroke=NAVY, stroke_width=2))
            ink = "#ffffff" if marked else INK
            middle = x + cell / 2
            parts.append(
                _words(middle, y + 17, str(on.day), size=12, fill=ink, anchor="middle", bold=marked or on == today)
            )
            if on in overdue:
                parts.append(_line(middle - 8, y + 20.5, middle + 8, y + 20.5, "#ffffff", 1.5))
    rows = tuple(
        (day(on), due.get(on, ""), "overdue" if on in overdue else "due")
        for on in sorted({*due, *overdue})
        if (on.year, on.month) == (year, month)
    )
    alt = f"{calendar.month_name[month]} {year}. " + (
        "; ".join(f"{on}: {what or 'something'} {state}" for on, what, state in rows) or "Nothing is due."
    )
    return Chart(_svg(key, title, alt, cell * 7, 44 + len(weeks) * 28 + 4, parts), alt, ("Day", "What", "State"), rows)
