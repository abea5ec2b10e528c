"""A calendar as RFC 5545 has it, made of dated items: pure, the same items give the same events."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from icalendar import Calendar, Event, vDuration
from icalendar.prop import vText

from pipir.features.notices import rules

_PRODUCT: Final = "-//pipir//Program record//EN"
# How often a program may look again: dates here change rarely.
_REFRESH: Final = timedelta(hours=6)


def calendar_of(entries: Sequence[rules.Entry], *, title: str, address: str, at: datetime) -> bytes:
    """The items as all-day events, with CRLF line ends, folded lines and escaped text; `at` is when it was made out."""
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("name", title)
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", vDuration(_REFRESH), {"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry, address, at))
    return bytes(calendar.to_ical())


def _event(entry: rules.Entry, address: str, at: datetime) -> Event:
    item = entry.dated
    plain = rules.is_open_to_mail(item.marking)
    event = Event()
    # The slug is stable, and the host tells two installations in one calendar apart.
    event.add("uid", f"{item.slug}@{urlsplit(address).hostname}")
    # No item keeps the instant of its last change; the sequence says that there was one.
    event.add("dtstamp", at)
    event.add("dtstart", item.due_on)
    if entry.until is not None and entry.until > item.due_on:
        # The end of an all-day event is the day after its last.
        event.add("dtend", entry.until + timedelta(days=1))
    event.add("sequence", entry.sequence)
    event.add(
        "summary",
        ("EXERCISE: " if item.exercise else "")
        + ("Done: " if entry.done_on else "")
        + (item.title if plain else rules.NEUTRAL),
    )
    event.add("description", _description(entry) if plain else "What it is stands in the service alone.")
    event.add("url", address + item.href)
    event.add("categories", [vText(item.kind if plain else rules.NEUTRAL)])
    event.add("status", "CONFIRMED")
    # A date to keep in mind takes nobody's day.
    event.add("transp", "TRANSPARENT")
    return event


def _description(entry: rules.Entry) -> str:
    item = entry.dated
    done = f"Done on {entry.done_on.day} {entry.done_on:%B %Y}." if entry.done_on else ""
    rule = f"Rule: {item.citation}." if item.citation else ""
    mark = "EXERCISE DATA: made up for an exercise." if item.exercise else ""
    return "\n".join(line for line in (mark, done, f"Kind: {item.kind}.", rule, entry.note) if line)
