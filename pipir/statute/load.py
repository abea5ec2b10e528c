"""Reads the law's TOML files strictly: every mistake at once, each with its file and line."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol, TypeVar

import msgspec

from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.parsing import parse
from pipir.statute.model import (
    Addressee,
    CertificationItem,
    ClockRule,
    Consequence,
    CoveredAct,
    DeadlineSource,
    Difference,
    Instrument,
    PeriodRule,
    Provision,
    Rank,
    Reading,
    Recipient,
    RecipientGroup,
    Statute,
    StatuteError,
    Trace,
    WindDownStep,
)

INSTRUMENTS: Final = Path(__file__).parent / "instruments"

_HEADER: Final = re.compile(r"\s*\[(?P<many>\[)?(?P<path>[A-Za-z0-9_.-]+)\]\]?\s*(#.*)?$")
_KEY: Final = re.compile(r"(?P<key>[A-Za-z0-9_-]+)\s*=")
_AT: Final = re.compile(r"\(at line (?P<line>\d+), column (?P<column>\d+)\)|\(at end of document\)")
_VALUES: Final = {"once": ("on",), "yearly": ("first", "last"), "days-after": ("days",)}
# Events whose day an instrument states itself; any other event is a trigger that a record will date.
_OWN_EVENTS: Final = ("enactment", "entry-into-force")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    instrument: Instrument
    provision: tuple[Provision, ...] = ()
    recipient: tuple[Recipient, ...] = ()
    recipient_group: tuple[RecipientGroup, ...] = ()
    reading: tuple[Reading, ...] = ()
    deadline: tuple[DeadlineSource, ...] = ()
    report_period: tuple[PeriodRule, ...] = ()
    consequence: tuple[Consequence, ...] = ()
    difference: tuple[Difference, ...] = ()
    covered_act: tuple[CoveredAct, ...] = ()
    rank: tuple[Rank, ...] = ()
    wind_down: tuple[WindDownStep, ...] = ()
    certification_item: tuple[CertificationItem, ...] = ()
    addressee: tuple[Addressee, ...] = ()
    clock: tuple[ClockRule, ...] = ()
    trace: tuple[Trace, ...] = ()


class _Source:
    """One file read into values, which can say on which line each of them stands."""

    def __init__(self, name: str, content: _File, lines: Mapping[str, int]) -> None:
        self.name = name
        self.content = content
        self.lines = lines

    def at(self, path: str) -> str:
        return f"{self.name}:{_line(self.lines, path)}"


class _Slugged(Protocol):
    @property
    def slug(self) -> str: ...


S = TypeVar("S", bound=_Slugged)


def load_statute(folder: Path = INSTRUMENTS) -> Statute:
    """Read every *.toml file of the folder into one Statute; StatuteError names every mistake by file and line."""
    mistakes: list[Mistake] = []
    digest = hashlib.sha256()
    sources: list[_Source] = []
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        mistakes.append(Mistake(str(folder), "At least one file of law (*.toml) is expected here."))
    for path in paths:
        raw = path.read_bytes()
        # Name and length go in too: text that moves from one file to another is a change.
        digest.update(f"{path.name}\0{len(raw)}\0".encode())
        digest.update(raw)
        source = _read(path.name, raw, mistakes)
        if source is not None:
            sources.append(source)
    # Names are checked across files only once every file has been read: a missing file would look like many mistakes.
    if not mistakes:
        mistakes.extend(_crossed(sources))
    if mistakes:
        raise StatuteError(tuple(mistakes))
    contents = [source.content for source in sources]
    return Statute(
        instruments=_by_slug(content.instrument for content in contents),
        provisions=_by_slug(row for content in contents for row in content.provision),
        instrument_of=MappingProxyType(
            {row.slug: content.instrument.slug for content in contents for row in content.provision}
        ),
        recipients=_by_slug(row for content in contents for row in content.recipient),
        groups=_by_slug(row for content in contents for row in content.recipient_group),
        readings=tuple(row for content in contents for row in content.reading),
        deadline_sources=tuple(row for content in contents for row in content.deadline),
        period_rules=tuple(row for content in contents for row in content.report_period),
        consequences=tuple(row for content in contents for row in content.consequence),
        differences=tuple(row for content in contents for row in content.difference),
        covered_acts=_by_slug(row for content in contents for row in content.covered_act),
        certification_items=tuple(row for content in contents for row in content.certification_item),
        addressees=tuple(row for content in contents for row in content.addressee),
        clocks=tuple(row for content in contents for row in content.clock),
        ranks=_by_slug(row for content in contents for row in content.rank),
        wind_down=tuple(
            sorted(
                (row for content in contents for row in content.wind_down),
                key=lambda row: -row.days_before,
            )
        ),
        traces=MappingProxyType({row.provision: row for content in contents for row in content.trace}),
        digest=digest.hexdigest(),
    )


@cache
def the_statute() -> Statute:
    """The law of this installation, read once: a statute never changes while the service runs."""
    return load_statute()


def _by_slug(rows: Iterable[S]) -> Mapping[str, S]:
    return MappingProxyType({row.slug: row for row in rows})


def _read(name: str, raw: bytes, mistakes: list[Mistake]) -> _Source | None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as wrong:
        line = raw[: wrong.start].count(b"\n") + 1
        mistakes.append(Mistake(f"{name}:{line}", "Text in UTF-8 is expected."))
        return None
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        found = _AT.search(str(wrong))
        line = int(found["line"]) if found and found["line"] else text.count("\n") + 1
        place = f":{found['column']}" if found and found["column"] else ""
        mistakes.append(Mistake(f"{name}:{line}{place}", _AT.sub("", str(wrong)).strip() + "."))
        return None
    lines = _lines(text)
    try:
        return _Source(name, parse(_File, content), lines)
    except Invalid as wrong:
        for mistake in wrong.mistakes:
            field = f"{mistake.where}: " if mistake.where != "body" else ""
            where = f"{name}:{_line(lines, mistake.where)}"
            mistakes.append(Mistake(where, field + mistake.expected, mistake.found))
        return None


def _lines(text: str) -> Mapping[str, int]:
    """The line of each table and key, by the path that the decoded file has: provision.3.value.0.on."""
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        # A line inside of a long string is text, whatever it looks like.
        was_inside, inside = inside, inside ^ (line.count('"""') % 2 == 1)
        if was_inside:
            continue
        if header := _HEADER.match(line):
            table = _table(header["path"], bool(header["many"]), counts)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault(f"{table}.{key['key']}" if table else key["key"], number)
    return found


def _table(path: str, many: bool, counts: dict[str, int]) -> str:
    *parents, last = path.split(".")
    table = ""
    for name in parents:
        table = f"{table}.{name}" if table else name
        if table in counts:
            table = f"{table}.{counts[table]}"
    table = f"{table}.{last}" if table else last
    if many:
        counts[table] = counts.get(table, -1) + 1
        table = f"{table}.{counts[table]}"
    return table


def _line(lines: Mapping[str, int], path: str) -> int:
    """The line of the path, or of the nearest table around it, which is where a missing key belongs."""
    while path:
        if path in lines:
            return lines[path]
        path = path.rpartition(".")[0]
    return 1


def _crossed(sources: list[_Source]) -> Iterator[Mistake]:
    """Mistakes that only show between rows: slugs given twice, names of nothing, values that a rule needs."""
    yield from _duplicates(sources)
    instruments = {source.content.instrument.slug for source in sources}
    provisions = {row.slug: row for source in sources for row in source.content.provision}
    recipients = {row.slug for source in sources for row in source.content.recipient}
    groups = {row.slug for source in sources for row in source.content.recipient_group}
    ends = {slug for slug, row in provisions.items() if any(each.name == "on" and each.on for each in row.value)}
    for source in sources:
        content = source.content
        for n, row in enumerate(content.provision):
            parent = row.slug.rpartition(".")[0]
            if parent and parent not in provisions and parent not in instruments:
                yield Mistake(source.at(f"provision.{n}.slug"), f"A row for {parent} is expected above it.", row.slug)
            if row.ends_with and row.ends_with not in ends:
                expected = "A provision is expected that holds the day of an end (on)."
                yield Mistake(source.at(f"provision.{n}.ends_with"), expected, row.ends_with)
            if row.to and row.to not in groups:
                yield Mistake(source.at(f"provision.{n}.to"), "The slug of a recipient group is expected.", row.to)
            if row.since and row.until and row.until < row.since:
                yield Mistake(
                    source.at(f"provision.{n}.until"), "A day on or after `from` is expected.", str(row.until)
                )
        for n, group in enumerate(content.recipient_group):
            for member in group.members:
                if member not in recipients:
                    yield Mistake(
                        source.at(f"recipient_group.{n}.members"), "The slug of a recipient is expected.", member
                    )
        for table, key, names in (
            ("reading", "provision", [row.provision for row in content.reading]),
            ("deadline", "provision", [row.provision for row in content.deadline]),
            ("report_period", "provision", [row.provision for row in content.report_period]),
            ("consequence", "provision", [row.provision for row in content.consequence]),
            ("difference", "governing", [row.governing for row in content.difference]),
            ("difference", "other", [row.other for row in content.difference]),
            ("covered_act", "provision", [row.provision for row in content.covered_act]),
            ("wind_down", "provision", [row.provision for row in content.wind_down]),
            ("certification_item", "provision", [row.provision for row in content.certification_item]),
            ("addressee", "provision", [row.provision for row in content.addressee]),
            ("clock", "provision", [row.provision for row in content.clock]),
            ("trace", "provision", [row.provision for row in content.trace]),
        ):
            for n, name in enumerate(names):
                if name not in provisions:
                    yield Mistake(source.at(f"{table}.{n}.{key}"), "The slug of a provision is expected.", name)
        yield from _unfounded_deadlines(source, provisions)
        yield from _unfounded_clocks(source, provisions)
        yield from _unadopted(source)
        yield from _untraced(source)


def _duplicates(sources: list[_Source]) -> Iterator[Mistake]:
    first: dict[tuple[str, str], str] = {}
    for source in sources:
        content = source.content
        rows: list[tuple[str, str, str]] = [("instrument", content.instrument.slug, "instrument.slug")]
        for table, tabled in (
            ("provision", content.provision),
            ("recipient", content.recipient),
            ("recipient_group", content.recipient_group),
            ("reading", content.reading),
            ("deadline", content.deadline),
            ("consequence", content.consequence),
            ("covered_act", content.covered_act),
            ("rank", content.rank),
            ("wind_down", content.wind_down),
            ("certification_item", content.certification_item),
            ("addressee", content.addressee),
            ("clock", content.clock),
        ):
            slugged: Iterable[_Slugged] = tabled
            rows.extend((table, row.slug, f"{table}.{n}.slug") for n, row in enumerate(slugged))
        rows.extend(("trace", row.provision, f"trace.{n}.provision") for n, row in enumerate(content.trace))
        for table, slug, path in rows:
            where = source.at(path)
            earlier = first.setdefault((table, slug), where)
            if earlier != where:
                yield Mistake(where, f"A slug of its own is expected; {earlier} has this one.", slug)


def _unfounded_deadlines(source: _Source, provisions: Mapping[str, Provision]) -> Iterator[Mistake]:
    instrument = source.content.instrument
    own_days = {"enactment": instrument.enacted, "entry-into-force": instrument.in_force_on}
    for n, row in enumerate(source.content.deadline):
        provision = provisions.get(row.provision)
        if provision is None:
            continue
        for name in _VALUES[row.rule]:
            counted = row.rule == "days-after"
            if not any(v.name == name and (v.number is not None) == counted for v in provision.value):
                expected = f"The provision is expected to hold a {'number' if counted else 'date'} named {name!r}."
                yield Mistake(source.at(f"deadline.{n}.provision"), expected, row.provision)
        if row.event in _OWN_EVENTS and own_days[row.event] is None:
            yield Mistake(source.at(f"deadline.{n}.event"), "The instrument is expected to state that day.", row.event)


def _unfounded_clocks(source: _Source, provisions: Mapping[str, Provision]) -> Iterator[Mistake]:
    for n, row in enumerate(source.content.clock):
        held = provisions[row.provision].value if row.provision in provisions else ()
        if not any(each.name == row.value and each.number is not None for each in held):
            expected = f"The provision is expected to hold a number named {row.value!r}."
            yield Mistake(source.at(f"clock.{n}.value"), expected, row.provision)


def _unadopted(source: _Source) -> Iterator[Mistake]:
    readings = source.content.reading
    for provision in dict.fromkeys(row.provision for row in readings):
        places = [n for n, row in enumerate(readings) if row.provision == provision]
        adopted = [n for n in places if readings[n].adopted]
        if len(adopted) != 1:
            at = source.at(f"reading.{(adopted or places)[-1]}.adopted")
            yield Mistake(at, f"Exactly one adopted reading of {provision} is expected.", f"{len(adopted)} adopted")


def _untraced(source: _Source) -> Iterator[Mistake]:
    """Where a file traces any of its paragraphs, it traces all of them."""
    traced = {row.provision for row in source.content.trace}
    for n, row in enumerate(source.content.provision if traced else ()):
        if row.slug not in traced:
            yield Mistake(source.at(f"provision.{n}.slug"), "A [[trace]] row of this paragraph is expected.", row.slug)
