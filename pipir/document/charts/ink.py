"""Colours, shapes and words of every chart, and how its figures and days are written."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from html import escape
from typing import Any

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


def drawn(draw: Callable[..., Chart], key: str, *given: Any, **named: Any) -> tuple[Chart, str]:
    """A chart, and its picture for telephones, whose ids are others for both stand on one page."""
    return draw(key, *given, **named), draw(f"{key}-narrow", *given, **named, narrow=True).svg


def n(value: float) -> str:
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def tag(name: str, inside: str = "", /, **attributes: Any) -> str:
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value if isinstance(value, str) else n(value))}"'
        for key, value in attributes.items()
    )
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"


def lettering(
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
    return tag("text", escape(printable(text)) or " ", x=x, y=y, font_size=size, fill=fill, **place, **weight)


def straight(x1: float, y1: float, x2: float, y2: float, stroke: str = HAIR, width: float = 1, dash: str = "") -> str:
    dashed = {"stroke_dasharray": dash} if dash else {}
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width, **dashed)


def rect(x: float, y: float, width: float, height: float, fill: str, **more: str | float) -> str:
    return tag("rect", x=x, y=y, width=max(width, 0), height=max(height, 0), fill=fill, **more)


def diamond(x: float, y: float, size: float, fill: str, stroke: str = NAVY) -> str:
    points = f"{n(x)},{n(y - size)} {n(x + size)},{n(y)} {n(x)},{n(y + size)} {n(x - size)},{n(y)}"
    return tag("polygon", points=points, fill=fill, stroke=stroke, stroke_width=1.5)


def triangle(x: float, y: float, size: float, fill: str, stroke: str = RED) -> str:
    points = f"{n(x)},{n(y - size)} {n(x + size)},{n(y + size * 0.8)} {n(x - size)},{n(y + size * 0.8)}"
    return tag("polygon", points=points, fill=fill, stroke=stroke, stroke_width=1.6)


def dot(x: float, y: float, radius: float, fill: str, stroke: str, width: float = 1.6) -> str:
    return tag("circle", cx=x, cy=y, r=radius, fill=fill, stroke=stroke, stroke_width=width)


def hatch(name: str, ground: str, line: str) -> str:
    """A pattern of slanted lines: a part period differs from a whole one without colour."""
    inside = rect(0, 0, 6, 6, ground) + straight(0, 0, 0, 6, line, 2.4)
    return tag(
        "pattern", inside, id=name, width=6, height=6, patternUnits="userSpaceOnUse", patternTransform="rotate(45)"
    )


def picture(key: str, title: str, alt: str, width: float, height: float, parts: Iterable[str]) -> str:
    name = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-" for letter in key)
    head = tag("title", escape(printable(title)) or " ", id=f"{name}-title") + tag(
        "desc", escape(printable(alt)) or " ", id=f"{name}-desc"
    )
    return tag(
        "svg",
        head + "".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        class_="chart",
        viewBox=f"0 0 {n(width)} {n(height)}",
        width=width,
        height=height,
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        font_family=FAMILY,
    )


def width_of(text: str, size: float) -> float:
    """About how wide the text is; a little more than the typeface needs, for other faces may stand in."""
    return size * sum(
        0.29 if letter in "ijlt.,:;|!' fIr-" else 0.86 if letter in "mwMW@%" else 0.66 if letter.isupper() else 0.56
        for letter in text
    )


def cut(text: str, room: float, size: float) -> str:
    """The text, shortened with an ellipsis to the room it has."""
    most = max(int(room / (size * 0.29)) + 1, 1)  # no more letters than of the narrowest would fit
    shown = printable(text[:most])
    if len(text) <= most and width_of(shown, size) <= room:
        return shown
    while shown and width_of(shown + "…", size) > room:
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


def legend_of(
    entries: Sequence[tuple[str, str]], y: float, size: float, left: float, room: float
) -> tuple[list[str], float]:
    """Symbols with their words from the left, on as many lines as they need; returns the next free y."""
    parts: list[str] = []
    x = left
    for symbol, given in entries:
        text = cut(given, room - 24, size)
        wide = 24 + width_of(text, size) + 18
        if x > left and x + wide - 18 > left + room:
            x, y = left, y + size + 8
        parts += [
            tag("g", symbol, transform=f"translate({n(x)} {n(y)})"),
            lettering(x + 22, y + size - 2, text, size=size),
        ]
        x += wide
    return parts, y + size + 8
