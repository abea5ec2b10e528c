"""What is due: the way to one day, and the days of a month."""

import calendar
from collections.abc import Sequence
from datetime import date

import msgspec

from pipir.document.charts.ink import (
    BLUE,
    GOLD,
    GREY,
    INK,
    NAVY,
    RED,
    Chart,
    cut,
    dot,
    lettering,
    n,
    picture,
    rect,
    straight,
    tag,
    width_of,
)
from pipir.kernel.calendar import show_day


class Event(msgspec.Struct, frozen=True):
    on: date
    label: str


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
    middle = min(max(now, width_of(caption, size) / 2), width - width_of(caption, size) / 2)
    parts = [
        lettering(middle, 14, caption, size=size, fill=today_ink, anchor="middle", bold=True),
        tag(
            "polygon",
            points=f"{n(now - 5)},20 {n(now + 5)},20 {n(now)},27",
            fill=today_ink,
        ),
        rect(left, y - 5, right - left, 10, track, rx=5),
        rect(left, y - 5, now - left, 10, done, rx=5),
    ]
    placed: list[tuple[float, float]] = [(-1e9, -1e9)] * 3
    depth = 0
    for event in sorted(events, key=lambda each: (each.on, each.label)):
        x = x_of(event.on)
        past = event.on <= today
        parts.append(dot(x, y, 5.5, ink if past else (NAVY if on_dark else "#ffffff"), ink if on_dark else NAVY, 2))
        words = cut(event.label, width * 0.45, size)
        wide = max(width_of(words, size) * 1.06, width_of(show_day(event.on), size - 1)) + 8
        label_x = min(max(x, wide / 2), width - wide / 2)
        level = next((row for row in range(3) if label_x - wide / 2 >= placed[row][1]), 2)
        placed[level] = (label_x - wide / 2, label_x + wide / 2)
        depth = max(depth, level)
        top = y + 26 + level * 36
        if level:
            parts.append(straight(x, y + 7, x, top - size, track))
        parts += [
            lettering(label_x, top, words, size=size, fill=ink, anchor="middle", bold=True),
            lettering(label_x, top + size + 2, show_day(event.on), size=size - 1, fill=soft, anchor="middle"),
        ]
    alt = (
        f"From {show_day(start)} to {show_day(end)}; today, {show_day(today)}, is {share} percent of the way. "
        + "; ".join(f"{event.label} {show_day(event.on)}" for event in events)
    )
    rows = tuple((event.label, show_day(event.on), "past" if event.on <= today else "to come") for event in events)
    return Chart(
        picture(key, title, alt, width, y + 26 + depth * 36 + size + 10, parts), alt, ("Event", "Day", "State"), rows
    )


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
    parts = [lettering(0, 14, f"{calendar.month_name[month]} {year}", size=13.5, bold=True)]
    parts += [
        lettering(cell * (place + 0.5), 36, name, size=11.5, fill=GREY, anchor="middle")
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
                parts.append(rect(x + 3, y, cell - 6, 25, fill, rx=3))
            if on == today:
                parts.append(rect(x + 2, y - 1, cell - 4, 27, "none", rx=3, stroke=NAVY, stroke_width=2))
            ink = "#ffffff" if marked else INK
            middle = x + cell / 2
            parts.append(
                lettering(middle, y + 17, str(on.day), size=12, fill=ink, anchor="middle", bold=marked or on == today)
            )
            if on in overdue:
                parts.append(straight(middle - 8, y + 20.5, middle + 8, y + 20.5, "#ffffff", 1.5))
    rows = tuple(
        (show_day(on), due.get(on, ""), "overdue" if on in overdue else "due")
        for on in sorted({*due, *overdue})
        if (on.year, on.month) == (year, month)
    )
    alt = f"{calendar.month_name[month]} {year}. " + (
        "; ".join(f"{on}: {what or 'something'} {state}" for on, what, state in rows) or "Nothing is due."
    )
    return Chart(
        picture(key, title, alt, cell * 7, 44 + len(weeks) * 28 + 4, parts), alt, ("Day", "What", "State"), rows
    )
