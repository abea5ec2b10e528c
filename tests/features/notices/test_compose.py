"""A feed as RFC 5545 has it: read back by the library, and looked at as bytes; each rule has a test that would fail."""

from datetime import UTC, date, datetime

import pytest
from icalendar import Calendar, Component
from msgspec.structs import replace

from pipir.features.notices.compose import calendar_of
from pipir.features.notices.rules import Entry
from pipir.kernel.dated import Dated

AT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
ENTRY = Entry(
    Dated(
        kind="Statutory date",
        slug="duty-report-2031",
        title="Report on the status, 2031",
        due_on=date(2031, 3, 1),
        office_id=None,
        person_id=None,
        href="/duties/report-2031",
        citation="Sec. 1253(f)(1)(A), Pub. L. 119-60 (statute)",
    ),
    sequence=4,
    note="Statutory day: Saturday, 1 March 2031; it stays as it is.",
)


def made(*entries: Entry) -> bytes:
    return calendar_of(entries, title="pipir: Your dates", address="https://pipir.example:8443", at=AT)


def event(entry: Entry) -> Component:
    found: list[Component] = Calendar.from_ical(made(entry)).walk("VEVENT")
    assert len(found) == 1
    return found[0]


def titled(title: str) -> Entry:
    return replace(ENTRY, dated=replace(ENTRY.dated, title=title))


def test_the_calendar_says_what_it_is() -> None:
    """RFC 5545, 3.6 and 3.7: VERSION and PRODID once; RFC 7986: NAME, REFRESH-INTERVAL."""
    found = Calendar.from_ical(made())
    assert found["version"] == "2.0"
    assert found["prodid"].startswith("-//pipir//")
    assert (found["name"], found["x-wr-calname"]) == ("pipir: Your dates", "pipir: Your dates")
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n" in made()
    assert found.walk("VEVENT") == []


def test_an_item_is_a_whole_day_and_no_instant() -> None:
    """RFC 5545, 3.6.1: DTSTART as a DATE, so that no time zone moves it."""
    assert b"\r\nDTSTART;VALUE=DATE:20310301\r\n" in made(ENTRY)
    assert event(ENTRY).decoded("dtstart") == date(2031, 3, 1)


def test_an_event_has_what_it_must_have_and_what_a_reader_needs() -> None:
    """RFC 5545, 3.6.1: UID and DTSTAMP (in UTC); the rest tells of the item."""
    found = event(ENTRY)
    assert found["uid"] == "duty-report-2031@pipir.example"
    assert found.decoded("dtstamp") == AT
    assert b"\r\nDTSTAMP:20261120T150000Z\r\n" in made(ENTRY)
    assert found["summary"] == "Report on the status, 2031"
    assert found["url"] == "https://pipir.example:8443/duties/report-2031"
    assert found["categories"].cats == ["Statutory date"]
    assert found["sequence"] == 4
    assert found["status"] == "CONFIRMED"
    assert found["transp"] == "TRANSPARENT"
    assert found["description"] == (
        "Kind: Statutory date.\nRule: Sec. 1253(f)(1)(A), Pub. L. 119-60 (statute).\n"
        "Statutory day: Saturday, 1 March 2031; it stays as it is."
    )


def test_the_uid_stays_whatever_else_changes() -> None:
    """RFC 5545, 3.8.4.7: another day or title is the same event."""
    moved = replace(ENTRY, dated=replace(ENTRY.dated, due_on=date(2031, 4, 1), title="Another"), sequence=5)
    assert event(moved)["uid"] == event(ENTRY)["uid"]
    assert event(moved)["sequence"] == 5


def test_two_items_are_two_events() -> None:
    """A UID is unique in its calendar."""
    other = replace(ENTRY, dated=replace(ENTRY.dated, slug="duty-report-2030"))
    found = [each["uid"] for each in Calendar.from_ical(made(ENTRY, other)).walk("VEVENT")]
    assert len(set(found)) == 2


def test_a_done_item_stays_and_says_that_it_is_done() -> None:
    """STATUS:CONFIRMED and the word."""
    found = event(replace(ENTRY, done_on=date(2031, 2, 20)))
    assert found["summary"] == "Done: Report on the status, 2031"
    assert found["status"] == "CONFIRMED"
    assert found["description"].startswith("Done on 20 February 2031.\n")


def test_a_cui_item_shows_its_day_and_nothing_of_what_it_is() -> None:
    """DoDI 5200.48: another program's calendar is no place for it."""
    hidden = replace(ENTRY, dated=replace(ENTRY.dated, marking="CUI//PROCURE"), note="The note")
    content = made(hidden).decode()
    for words in ("Report on", "The note", "1253", "Statutory"):
        assert words not in content
    found = event(hidden)
    assert (found["summary"], found["categories"].cats) == ("CUI item", ["CUI item"])
    assert found.decoded("dtstart") == date(2031, 3, 1)
    assert found["url"].endswith("/duties/report-2031")


@pytest.mark.parametrize("title", ["x" * 500, "\N{LATIN SMALL LETTER U WITH DIAERESIS}" * 300, "\N{SUSHI}" * 200])
def test_no_line_is_longer_than_75_octets_and_none_is_cut_inside_of_a_character(title: str) -> None:
    """RFC 5545, 3.1: folding."""
    content = made(titled(title))
    lines = content.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    for line in lines:
        line.decode()
    assert event(titled(title))["summary"] == title


def test_every_line_ends_with_crlf() -> None:
    """RFC 5545, 3.1."""
    content = made(replace(ENTRY, note="one\ntwo"))
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")


@pytest.mark.parametrize(
    "hostile",
    [
        "a; b, c \\ d",
        "line\nEND:VEVENT\nBEGIN:VEVENT",
        "a\r\nATTENDEE:mailto:x@example",
        "semi;colon:colon",
        '"quoted"',
        "\u202egnp.exe",
        "\\n stays \\n",
    ],
)
def test_text_is_escaped_so_that_no_title_makes_a_property(hostile: str) -> None:
    """RFC 5545, 3.3.11."""
    content = made(titled(hostile))
    found = Calendar.from_ical(content).walk()
    assert [each.name for each in found] == ["VCALENDAR", "VEVENT"]
    assert "ATTENDEE" not in found[1]
    assert found[1]["summary"].replace("\r\n", "\n") == hostile.replace("\r\n", "\n")


def test_the_same_items_give_the_same_bytes() -> None:
    """A function of what it is given."""
    assert made(ENTRY) == made(ENTRY)
