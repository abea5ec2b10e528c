"""Questions to the law, answered from its data alone: what is in force, what is due when, who receives what."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Final

from pipir.kernel.calendar import (
    days_after,
    end_of_day,
    previous_working_day,
    start_of_day,
    washington_day,
    working_week,
)
from pipir.kernel.errors import Invalid, Mistake
from pipir.statute.model import (
    UNTIL,
    Consequence,
    CoveredAct,
    DatedValue,
    Deadline,
    DeadlineSource,
    Difference,
    Provision,
    Reading,
    Recipient,
    ReportPeriod,
    Statute,
    UnknownProvision,
)

SECTION: Final = "1253"


@cache
def _federal_working_days() -> Callable[[date], bool]:
    """Monday to Friday less the federal holidays as observed (5 U.S.C. 6103), filled in for each year."""
    # The library reads the holidays of every country for those of one: only where somebody asks for a working day.
    import holidays  # noqa: PLC0415

    return working_week(holidays.country_holidays("US"))


def number(statute: Statute, slug: str, name: str, on: date | None = None) -> int:
    """The number of that name in force on the day (None: the latest)."""
    value = _value(statute, slug, name, on).number
    if value is None:
        raise UnknownProvision(f"The value {name!r} of {slug} is a date.")
    return value


def day(statute: Statute, slug: str, name: str, on: date | None = None) -> date:
    """The date of that name in force on the day (None: the latest)."""
    value = _value(statute, slug, name, on).on
    if value is None:
        raise UnknownProvision(f"The value {name!r} of {slug} is a number.")
    return value


def dated(statute: Statute, slug: str, name: str, on: date | None = None) -> date | None:
    """A dated value that an amendment can move, by the law of a day (None: the latest); None: it has no end."""
    last = _until(statute.provision(slug), on) if name == UNTIL else _value_on(statute, slug, name, on)
    return None if last == date.max else last


def window(statute: Statute, slug: str, on: date | None = None) -> tuple[date | None, date | None]:
    """The first and the last day of a provision by the law of a day (None: the latest); None: not known, or no end.

    A paragraph without a window of its own has that of the paragraph around it, and at the top that of its instrument.
    """
    rows = _with_parents(statute, slug)
    instrument = statute.instrument(slug)
    since = next((row.since for row in rows if row.since), instrument.in_force_on)
    ending = next((row for row in rows if row.until or row.ends_with), None)
    if ending is None:
        return since, None
    last = _value_on(statute, ending.ends_with, "on", on) if ending.ends_with else _until(ending, on)
    return since, None if last == date.max else last


def in_force(statute: Statute, slug: str, on: date) -> bool:
    """Whether a provision is in force on a day in Washington, by the adopted reading; a bill or a pattern never is.

    A start that is not known is taken as past: the row's `sureness` says that counsel has still to confirm it.
    """
    if statute.instrument(slug).status != "law":
        return False
    return authority_in_force(statute, slug, start_of_day(on))


def authority_in_force(statute: Statute, slug: str, at: datetime, reading: str | None = None) -> bool:
    """Whether an act at the instant may rest on the provision, by the adopted reading or the one named."""
    if statute.instrument(slug).status != "law":
        return False
    today = washington_day(at)
    since, until = window(statute, slug, today)
    if since and today < since:
        return False
    if until is None or today < until:
        return True
    ending = _ending_provision(statute, slug)
    # Where a sunset has readings, the adopted one says whether the last day is still in; it is, in every other window.
    edged = ending and readings(statute, ending)
    return today == until and (not edged or _reading(statute, reading, ending or "").edge == "day-ends")


def readings(statute: Statute, provision: str = "1253.g") -> tuple[Reading, ...]:
    """The readings of the instant at which the provision ends, the adopted one first."""
    found = [row for row in statute.readings if row.provision == provision]
    return tuple(sorted(found, key=lambda row: not row.adopted))


def sunset(
    statute: Statute, reading: str | None = None, *, provision: str = "1253.g", on: date | None = None
) -> datetime:
    """The first refused instant, by the adopted reading or the one whose slug is given, and by the law of a day.

    An authority without an end has the last instant that a calendar can name.
    """
    last = _value_on(statute, provision, "on", on)
    if last == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return end_of_day(last) if _reading(statute, reading, provision).edge == "day-ends" else start_of_day(last)


def is_cautioned(statute: Statute, on: date) -> bool:
    """Whether the readings of the termination differ about the day: acts dated on it carry a caution."""
    differ = len({row.edge for row in readings(statute)}) > 1
    return differ and on == _value_on(statute, "1253.g", "on", on)


def covered_act(statute: Statute, slug: str) -> CoveredAct:
    """The kind of act that the termination reaches, by its slug."""
    try:
        return statute.covered_acts[slug]
    except KeyError:
        raise UnknownProvision(f"No covered act has the slug {slug!r}.") from None


def serving(statute: Statute, slug: str) -> Provision:
    """The paragraph whose termination ends the provision, or the provision itself where it has its own end."""
    ending = _ending_provision(statute, slug)
    return statute.provision(ending) if ending else statute.provision(slug)


def deadlines(statute: Statute, instrument: str = SECTION) -> tuple[Deadline, ...]:
    """Every dated duty of the instrument, by day; a yearly one has its year in its slug (report-2027)."""
    found: list[Deadline] = []
    for source in statute.deadline_sources:
        if statute.instrument_of[source.provision] != instrument:
            continue
        found.extend(_deadline(statute, source, on, yearly=source.rule == "yearly") for on in _days(statute, source))
    return tuple(sorted(found, key=lambda row: (row.statutory_day, row.slug)))


def deadline(statute: Statute, slug: str) -> Deadline:
    """The deadline of that slug, of any instrument."""
    for instrument in statute.instruments:
        for row in deadlines(statute, instrument):
            if row.slug == slug:
                return row
    raise UnknownProvision(f"No deadline has the slug {slug!r}.")


def triggered(statute: Statute, source: str, on: date) -> Deadline:
    """The deadline that an event on the day triggers; its slug carries the event's day."""
    for row in statute.deadline_sources:
        if row.slug == source and row.rule == "days-after":
            due = days_after(on, number(statute, row.provision, "days", on))
            return _deadline(statute, row, due, slug=f"{row.slug}-{on.isoformat()}")
    raise UnknownProvision(f"No deadline {source!r} is counted from an event.")


def notice_due(statute: Statute, designated_on: date) -> Deadline | None:
    """The notice owed for a designation or a change made on the day; None once (c) puts no new duty on anyone."""
    if not in_force(statute, "1253.c.2", designated_on):
        return None
    return triggered(statute, "notice-of-designation", designated_on)


def report_elements(statute: Statute) -> tuple[Provision, ...]:
    """The six elements (i) to (vi) that every report holds, in their order."""
    return _children(statute, "1253.f.1.B")


def objective_names(statute: Statute) -> tuple[tuple[str, str], ...]:
    """The objectives of 1253(b) as a form offers them: slug, and paragraph with its title."""
    return tuple((row.slug, f"{row.citation.partition(', ')[0]}: {row.title}") for row in objectives(statute))


def objective_mistakes(named: Sequence[str], statute: Statute) -> list[Mistake]:
    """What is wrong with the objectives that a record names: it serves one or more of 1253(b), each named once."""
    known = {row.slug for row in objectives(statute)}
    # The field itself is named, not a place in it: a form shows the checks of a group together.
    mistakes = [
        Mistake("objectives", f"Expected objectives of {statute.citation('1253.b')}, such as 1253.b.2.", slug[:60])
        for slug in named
        if slug not in known
    ]
    if not named:
        mistakes.append(Mistake("objectives", f"Name at least one objective of {statute.citation('1253.b')}."))
    if len(set(named)) != len(named):
        mistakes.append(Mistake("objectives", "Each objective is named once."))
    return mistakes


def objectives(statute: Statute) -> tuple[Provision, ...]:
    """The objectives (b)(1) to (b)(7), in their order."""
    return _children(statute, "1253.b")


def authorities(statute: Statute, on: date | None = None) -> tuple[Provision, ...]:
    """Every row that an act may rest on, in file order; with a day only those in force on it."""
    return tuple(
        row
        for row in statute.provisions.values()
        if row.kind == "authority"
        and statute.instrument(row.slug).status == "law"
        and (on is None or in_force(statute, row.slug, on))
    )


def recipients(statute: Statute, slug: str) -> tuple[Recipient, ...]:
    """The recipients of a group, or of the provision that names a group, in their order."""
    group = slug if slug in statute.groups else statute.provision(slug).to
    return tuple(statute.recipients[member] for member in statute.groups[group].members) if group else ()


def consequences(statute: Statute) -> tuple[Consequence, ...]:
    """What the termination does, item by item."""
    return statute.consequences


def differences(statute: Statute, governing: str) -> tuple[Difference, ...]:
    """Where other texts differ from the provision that governs."""
    return tuple(row for row in statute.differences if row.governing == governing)


def report_years(statute: Statute) -> tuple[int, ...]:
    """The years in which a report is due."""
    return tuple(_yearly(statute, "1253.f.1.A"))


def report_period(statute: Statute, year: int) -> ReportPeriod:
    """What the report of the year speaks of; Invalid where no report is due in it."""
    years = report_years(statute)
    if year not in years:
        raise Invalid(
            f"A report is due in the years {years[0]} to {years[-1]}; none is due in {year}.",
            citation=statute.citation("1253.f.1.A"),
        )
    rule = next(row for row in statute.period_rules if row.provision == "1253.f.1.A")

    def end_of(year: int) -> date:
        return date(year - rule.years_before, rule.end_month, rule.end_day)

    return ReportPeriod(
        year=year,
        due=deadline(statute, f"report-{year}").statutory_day,
        covers_from=rule.first_from if year == years[0] else days_after(end_of(year - 1), 1),
        covers_to=max(end_of(year), rule.last_to) if year == years[-1] else end_of(year),
        money_as_of=end_of(year),
        upcoming_fiscal_year=year + rule.upcoming_years_ahead,
        standing_label=rule.standing_label,
        citation=statute.citation("1253.f.1"),
    )


def advised_day(statutory_day: date) -> date:
    """The last federal working day on or before a statutory day: advice, for section 1253 is silent on weekends."""
    return previous_working_day(statutory_day, _federal_working_days())


def working_days(since: date, until: date) -> int:
    """Federal working days after `since`, up to and with `until`."""
    return sum(_federal_working_days()(days_after(since, each)) for each in range(1, (until - since).days + 1))


def _value_on(statute: Statute, slug: str, name: str, on: date | None) -> date:
    """The dated value that holds on the day; before its first one, the first: an end is never unset."""
    rows = [row for row in statute.provision(slug).value if row.name == name and row.on is not None]
    held = [row for row in rows if on is None or (row.since or date.min) <= on]
    found = _latest(held).on if held else day(statute, slug, name)
    assert found is not None
    return found


def _until(provision: Provision, on: date | None) -> date | None:
    """A paragraph's own last day by the law of a day: that of its file, or of an amendment that has taken effect."""
    rows = [row for row in provision.value if row.name == UNTIL and (on is None or (row.since or date.min) <= on)]
    return _latest(rows).on if rows else provision.until


def _latest(rows: Sequence[DatedValue]) -> DatedValue:
    """The value enacted last; of one day the one whose window begins last, and then the one that stands later."""
    return max(enumerate(rows), key=lambda each: (each[1].enacted or date.min, each[1].since or date.min, each[0]))[1]


def _reading(statute: Statute, reading: str | None, provision: str) -> Reading:
    for row in readings(statute, provision):
        if row.slug == reading or (reading is None and row.adopted):
            return row
    raise UnknownProvision(f"No reading {reading!r} of {provision} is known.")


def _value(statute: Statute, slug: str, name: str, on: date | None) -> DatedValue:
    rows = [row for row in statute.provision(slug).value if row.name == name]
    if on is not None:
        rows = [row for row in rows if (row.since or on) <= on <= (row.until or on)]
    if not rows:
        raise UnknownProvision(f"{slug} has no value {name!r}" + (f" on {on}." if on else "."))
    return _latest(rows)


def _with_parents(statute: Statute, slug: str) -> list[Provision]:
    rows = [statute.provision(slug)]
    while (parent := rows[-1].slug.rpartition(".")[0]) in statute.provisions:
        rows.append(statute.provisions[parent])
    return rows


def _ending_provision(statute: Statute, slug: str) -> str | None:
    ending = next((row for row in _with_parents(statute, slug) if row.until or row.ends_with), None)
    return ending.ends_with or None if ending else None


def _children(statute: Statute, slug: str) -> tuple[Provision, ...]:
    return tuple(row for row in statute.provisions.values() if row.slug.rpartition(".")[0] == slug)


def _days(statute: Statute, source: DeadlineSource) -> list[date]:
    if source.rule == "once":
        on = dated(statute, source.provision, "on")
        return [on] if on is not None else []
    if source.rule == "yearly":
        return list(_yearly(statute, source.provision).values())
    instrument = statute.instrument(source.provision)
    started = {"enactment": instrument.enacted, "entry-into-force": instrument.in_force_on}.get(source.event)
    return [days_after(started, number(statute, source.provision, "days", started))] if started else []


def _yearly(statute: Statute, slug: str) -> dict[int, date]:
    """The day of each year on which a yearly duty is due, as each change of the law found it.

    A change moves the days that it finds ahead of it. What was due before it began stays due as it was, and so does the
    day of a year in which the new day had gone by already.
    """
    values = [row for row in statute.provision(slug).value if row.name in ("first", "last")]
    found: dict[int, date] | None = None
    for begins in sorted({row.since or date.min for row in values}):
        first, last = (_value_on(statute, slug, name, begins) for name in ("first", "last"))
        days = {year: first.replace(year=year) for year in range(first.year, last.year + 1)}
        if found is None:
            found = days
            continue
        kept = {year: on for year, on in found.items() if on < begins or days.get(year, begins) < begins}
        found = {year: on for year, on in days.items() if on >= begins} | kept
    return dict(sorted((found or {}).items()))


def _deadline(
    statute: Statute, source: DeadlineSource, on: date, *, yearly: bool = False, slug: str | None = None
) -> Deadline:
    provision = statute.provision(source.provision)
    return Deadline(
        slug=slug or (f"{source.slug}-{on.year}" if yearly else source.slug),
        kind=source.kind,
        what=source.what,
        provision=provision.slug,
        citation=provision.citation,
        standing_label=provision.standing_label,
        owed_by=provision.owed_by,
        recipients=recipients(statute, provision.slug),
        statutory_day=on,
        instant=end_of_day(on),
        advised_day=advised_day(on),
    )
