"""The ledger's lines cut into the report's tables, and whether every cut comes to the same amount."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from pipir.features.report.compose.snapshot import (
    Ledger,
    LedgerException,
    Line,
    Snapshot,
    Sums,
    Tie,
    canonical_row,
    digest,
)
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
_MOST_QUARTERS = 12
_NAMED = {"authority": "authority received", "partner": "partner contributions"}

Key = Callable[[Line], tuple[str, str]]


def _country(line: Line) -> tuple[str, str]:
    return line.country or "none", line.country_name or "No country named"


def _account(line: Line) -> tuple[str, str]:
    if line.symbol is None:
        return "none", "No account: partner money"
    return line.symbol, f"{line.symbol} {line.account_title}" if line.account_title else line.symbol


KEYS: dict[str, Key] = {
    "by_year": lambda line: (str(line.fiscal_year), f"FY {line.fiscal_year}"),
    "by_quarter": lambda line: (
        f"{line.fiscal_year}.{line.quarter}",
        f"FY{line.fiscal_year} Q{line.quarter}",
    ),
    "by_country": _country,
    "by_account": _account,
    "by_project": lambda line: (line.project_code or "none", line.project_code or "No project named"),
    "by_authority": lambda line: (line.program_authority or "none", line.authority_citation or "No authority named"),
}


class _Counted(NamedTuple):
    """A line with its amounts in cents and in its canonical form: each is made once, and added up many times."""

    line: Line
    cents: tuple[int, ...]
    row: bytes


_AMOUNTS = ("obligated", "expended", "committed", "authority", "contributed")


def _counted(lines: Sequence[Line]) -> list[_Counted]:
    return [
        _Counted(line, tuple(int(getattr(line, name).amount.scaleb(2)) for name in _AMOUNTS), canonical_row(line))
        for line in lines
    ]


def ledger_of(
    lines: Sequence[Line],
    *,
    as_of: date,
    exceptions: tuple[LedgerException, ...] = (),
    system: str = "",
    reconciled: str = "",
) -> Ledger:
    """The ledger's lines as the report's tables have them."""
    counted = _counted(lines)
    total = _sums("total", "Total", counted)
    return Ledger(
        as_of=as_of,
        lines=len(lines),
        lines_sha256=total.rows_sha256,
        total=total,
        exceptions=exceptions,
        system=system,
        reconciled=reconciled,
        exercise=any(line.exercise for line in lines),
        **{name: _cut(counted, key)[-_MOST_QUARTERS if name == "by_quarter" else 0 :] for name, key in KEYS.items()},
    )


def cut(lines: Sequence[Line], key: Key) -> tuple[Sums, ...]:
    """The sums of the lines under each key, in the order of the keys."""
    return _cut(_counted(lines), key)


def sums_of(key: str, label: str, lines: Sequence[Line]) -> Sums:
    """What lines come to, with their number and their hash."""
    return _sums(key, label, _counted(lines))


def _cut(counted: Sequence[_Counted], key: Key) -> tuple[Sums, ...]:
    groups: dict[tuple[str, str], list[_Counted]] = {}
    for each in counted:
        groups.setdefault(key(each.line), []).append(each)
    return tuple(_sums(name, label, some) for (name, label), some in sorted(groups.items()))


def _sums(key: str, label: str, counted: Sequence[_Counted]) -> Sums:
    obligated, expended, committed, authority, partner = _added(counted)
    under = _added([each for each in counted if each.line.under_1253])
    continuing = _added([each for each in counted if each.line.continues])
    return Sums(
        key=key,
        label=label,
        obligated=obligated,
        expended=expended,
        obligated_1253=under[0],
        expended_1253=under[1],
        obligated_continuing=continuing[0],
        expended_continuing=continuing[1],
        committed=committed,
        authority=authority,
        partner=partner,
        rows=len(counted),
        rows_sha256=digest(b"\n".join(each.row for each in counted)) if counted else "",
    )


def _added(counted: Sequence[_Counted]) -> list[Dollars]:
    """Each amount of the lines, added up to the cent."""
    if not counted:
        return [Dollars(0)] * len(_AMOUNTS)
    return [
        Dollars(Decimal(sum(amounts)).scaleb(-2)) for amounts in zip(*(each.cents for each in counted), strict=True)
    ]


def lines_under(lines: Sequence[Line], cut_name: str, key: str) -> tuple[Line, ...]:
    """The lines that stand under a key of a cut."""
    of = KEYS[cut_name]
    return tuple(line for line in lines if of(line)[0] == key)


def totals_of(lines: Sequence[Line]) -> Iterator[tuple[str, str, str, int, Sums]]:
    """What lines come to by dimension, key, its label and fiscal year: what is asked of a report's freeze later."""
    counted = _counted(lines)
    for name in CUTS:
        groups: dict[tuple[str, str, int], list[_Counted]] = {}
        for each in counted:
            groups.setdefault((*KEYS[name](each.line), each.line.fiscal_year), []).append(each)
        for (key, label, year), some in sorted(groups.items()):
            yield DIMENSION[name], key, label, year, _sums(key, label, some)


def untied(snapshot: Snapshot) -> tuple[Tie, ...]:
    """Every figure of a cut that does not come to what the lines of the ledger come to; none where all tie.

    A snapshot from before lines were frozen with it is not judged: it holds nothing to judge by.
    """
    read = snapshot.read
    return () if read is None else tuple(_untied(snapshot, read.lines))


def _untied(snapshot: Snapshot, lines: Sequence[Line]) -> Iterator[Tie]:
    ledger = snapshot.ledger
    whole = ledger_of(lines, as_of=ledger.as_of)
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
