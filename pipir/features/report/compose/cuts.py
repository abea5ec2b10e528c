"""The ledger's lines cut into the report's tables, and whether every cut comes to the same amount."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from msgspec.structs import replace

from pipir.features.ledger.rules import Line, cents, from_cents
from pipir.features.report.compose.snapshot import (
    Ledger,
    LedgerException,
    Part,
    Snapshot,
    Sums,
    Tie,
    canonical_row,
    digest,
)
from pipir.kernel.calendar import fiscal_year
from pipir.kernel.money import Dollars

MEASURES = ("authority", "committed", "obligated", "expended", "partner")
# The cuts of which each line is in exactly one: what each comes to is the ledger's total.
CUTS = ("by_year", "by_country", "by_account", "by_project", "by_authority")
DIMENSION = {
    "by_year": "fiscal_year",
    "by_country": "country",
    "by_account": "account",
    "by_project": "project",
    "by_authority": "authority",
}
# The measures that stand as single figures, each of the lines that have something in it, and those of the year alone.
_OF_YEAR = ("obligated", "expended", "obligated_1253", "expended_1253", "obligated_other", "expended_other")
_OF_ALL = (*_OF_YEAR, "committed", "partner")
_MOST_QUARTERS = 12
# Behind the symbol of an account: what partners advanced of it.
ADVANCED = ":advanced"
_NAMED = {"authority": "authority received", "partner": "partner contributions"}

Key = Callable[[Line], tuple[str, str]]


def _country(line: Line) -> tuple[str, str]:
    return line.country or "none", line.country_name or "No country named"


def _account(line: Line) -> tuple[str, str]:
    if line.symbol is None:
        return "none", "No account: partner money"
    label = f"{line.symbol} {line.account_title}" if line.account_title else line.symbol
    if line.kind_of_appropriation is None:
        # What partners advanced lies in an account and charges no appropriation: it stands in a row of its own.
        return f"{line.symbol}{ADVANCED}", f"{label}: advanced by partners, no appropriation"
    return line.symbol, label


KEYS: dict[str, Key] = {
    "by_year": lambda line: (str(line.fiscal_year), f"FY {line.fiscal_year}"),
    "by_quarter": lambda line: (
        f"{line.fiscal_year}.{line.quarter}",
        f"FY {line.fiscal_year} Q{line.quarter}",
    ),
    "by_country": _country,
    "by_account": _account,
    "by_project": lambda line: (line.project_code or "none", line.project_code or "No project named"),
    "by_authority": lambda line: (line.program_authority or "none", line.authority_citation or "No authority named"),
}


class Counted(NamedTuple):
    """A line with its amounts in cents and in its canonical form: each is made once, and added up many times."""

    line: Line
    cents: tuple[int, ...]
    row: bytes


# As the sums name them; those that rest on section 1253 and those that continue are counted apart as well.
_SUMS = (
    *("obligated", "expended", "committed", "authority", "partner"),
    *("obligated_1253", "expended_1253", "obligated_continuing", "expended_continuing"),
)


def counted(lines: Sequence[Line]) -> tuple[Counted, ...]:
    """The lines, ready to be added up."""
    return tuple(Counted(line, _cents(line), canonical_row(line)) for line in lines)


def _cents(line: Line) -> tuple[int, ...]:
    amounts = (line.obligated, line.expended, line.committed, line.authority, line.contributed)
    # Most amounts of a line are none.
    obligated, expended, *others = (cents(each) if each else 0 for each in amounts)
    under = (obligated, expended) if line.under_1253 else (0, 0)
    continuing = (obligated, expended) if line.continues else (0, 0)
    return (obligated, expended, *others, *under, *continuing)


def ledger_of(
    lines: Sequence[Line],
    *,
    as_of: date,
    exceptions: tuple[LedgerException, ...] = (),
    system: str = "",
    reconciled: str = "",
) -> Ledger:
    """The ledger's lines as the report's tables have them."""
    every = counted(lines)
    return replace(
        _ledger_of(every, as_of),
        exceptions=exceptions,
        system=system,
        reconciled=reconciled,
        parts=tuple(_parts(every, fiscal_year(as_of))),
    )


def _parts(every: Sequence[Counted], year: int) -> Iterator[Part]:
    of_year = [each for each in every if each.line.fiscal_year == year]
    for key, some, measures in (("total", every, _OF_ALL), (str(year), of_year, _OF_YEAR)):
        for measure in measures:
            rows = [each.row for each in some if counts_in(each.line, measure)]
            yield Part(measure, key, len(rows), digest(b"\n".join(rows)) if rows else "")


def counts_in(line: Line, measure: str) -> bool:
    """Whether a line has something in a measure, as the sums name it."""
    name, _, under = measure.partition("_")
    amount = line.contributed if name == "partner" else getattr(line, name)
    if not amount or not under:
        return bool(amount)
    return line.under_1253 if under == "1253" else not line.under_1253 and not line.continues


def _ledger_of(every: Sequence[Counted], as_of: date) -> Ledger:
    total = _sums("total", "Total", every)
    cuts: dict[str, Any] = {name: _cut(every, key) for name, key in KEYS.items()}
    cuts["by_quarter"] = cuts["by_quarter"][-_MOST_QUARTERS:]
    return Ledger(
        as_of=as_of,
        lines=len(every),
        lines_sha256=total.rows_sha256,
        total=total,
        exercise=any(each.line.exercise for each in every),
        **cuts,
    )


def cut(lines: Sequence[Line], key: Key) -> tuple[Sums, ...]:
    """The sums of the lines under each key, in the order of the keys."""
    return _cut(counted(lines), key)


def sums_of(key: str, label: str, lines: Sequence[Line]) -> Sums:
    """What lines come to, with their number and their hash."""
    return _sums(key, label, counted(lines))


def _cut(every: Sequence[Counted], key: Key) -> tuple[Sums, ...]:
    groups: dict[tuple[str, str], list[Counted]] = {}
    for each in every:
        groups.setdefault(key(each.line), []).append(each)
    return tuple(_sums(name, label, some) for (name, label), some in sorted(groups.items()))


def _sums(key: str, label: str, some: Sequence[Counted]) -> Sums:
    if not some:
        return Sums(key, label)
    added = (sum(amounts) for amounts in zip(*(each.cents for each in some), strict=True))
    return Sums(
        key,
        label,
        rows=len(some),
        rows_sha256=digest(b"\n".join([each.row for each in some])),
        **{name: from_cents(amount) for name, amount in zip(_SUMS, added, strict=True)},
    )


def lines_under(lines: Sequence[Line], cut_name: str, key: str) -> tuple[Line, ...]:
    """The lines that stand under a key of a cut."""
    of = KEYS[cut_name]
    return tuple(line for line in lines if of(line)[0] == key)


def totals_of(every: Sequence[Counted]) -> Iterator[tuple[str, str, str, int, Sums]]:
    """What lines come to by dimension, key, its label and fiscal year: what is asked of a report's freeze later."""
    for name in CUTS:
        groups: dict[tuple[str, str, int], list[Counted]] = {}
        for each in every:
            groups.setdefault((*KEYS[name](each.line), each.line.fiscal_year), []).append(each)
        for (key, label, year), some in sorted(groups.items()):
            yield DIMENSION[name], key, label, year, _sums(key, label, some)


def untied(snapshot: Snapshot, every: Sequence[Counted] | None = None) -> tuple[Tie, ...]:
    """Every figure of a cut that does not come to what the lines of the ledger come to; none where all tie.

    `every` is the snapshot's lines where they are counted already. A snapshot from before lines were frozen with it is
    not judged: it holds nothing to judge by.
    """
    read = snapshot.read
    return () if read is None else tuple(_untied(snapshot, counted(read.lines) if every is None else every))


def _untied(snapshot: Snapshot, every: Sequence[Counted]) -> Iterator[Tie]:
    ledger = snapshot.ledger
    whole = _ledger_of(every, ledger.as_of)
    if (ledger.lines, ledger.lines_sha256) != (whole.lines, whole.lines_sha256):
        yield Tie("the lines", "their number", Dollars(ledger.lines), Dollars(whole.lines))
    for name in CUTS:
        for measure in MEASURES:
            came_to = sum((getattr(each, measure) for each in getattr(ledger, name)), Dollars(0))
            total = getattr(whole.total, measure)
            if came_to != total:
                yield Tie(title_of(name), _NAMED.get(measure, measure), came_to, total)
    for name in KEYS:
        again = {each.key: each for each in getattr(whole, name)}
        for each in getattr(ledger, name):
            for measure in MEASURES:
                from_lines = getattr(again[each.key], measure) if each.key in again else Dollars(0)
                if getattr(each, measure) != from_lines:
                    yield Tie(
                        f"{title_of(name)}, {each.label}",
                        _NAMED.get(measure, measure),
                        getattr(each, measure),
                        from_lines,
                    )


def title_of(cut_name: str) -> str:
    """A cut in words: the amounts by country."""
    return "the amounts " + cut_name.replace("_", " ").replace("by year", "by fiscal year")
