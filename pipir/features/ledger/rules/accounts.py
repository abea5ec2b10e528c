"""Treasury account symbols, and the life of an account: available, expired, closed."""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Final, Literal, get_args

import msgspec

from pipir.kernel.calendar import fiscal_year, fiscal_year_bounds, show_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.statute.lookup import number
from pipir.statute.model import Statute

EARLIEST: Final = 1900
_LATEST: Final = 2200


class NotASymbol(Invalid, ValueError):
    """A Treasury account symbol cannot be read."""


class AccountSymbol(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Treasury account symbol by its parts; `begin_year` and `end_year` are None for a no-year account."""

    agency: str
    main: str
    sub: str = "000"
    begin_year: int | None = None
    end_year: int | None = None
    allocation_agency: str | None = None

    @property
    def availability(self) -> str | None:
        """X for a no-year account."""
        return "X" if self.end_year is None else None

    def __str__(self) -> str:
        front = f"{self.allocation_agency}-" if self.allocation_agency else ""
        years = "X" if self.end_year is None else f"{self.begin_year:04d}/{self.end_year:04d}"
        return f"{front}{self.agency}-{years}-{self.main}-{self.sub}"


def parse_symbol(text: str) -> AccountSymbol:
    """Read a symbol such as 097-2027/2028-0400-000, 097-X-0360-000 or 021-097-2027/2028-0400-000; else NotASymbol.

    The mistakes of NotASymbol name every part that cannot be read.
    """
    parts = text.strip().upper().split("-") if len(text) <= _LONGEST else []
    if len(parts) not in (_PARTS, _PARTS + 1):
        raise NotASymbol(_USUAL_FORM)
    ata = parts.pop(0) if len(parts) > _PARTS else ""
    agency, years, main, sub = parts
    begin, slash, end = years.partition("/")
    without = years == _NO_YEAR
    return read_parts(
        {
            "ATA": ata,
            "AID": agency,
            "BPOA": "" if without else begin,
            # Without its slash one year is no period: 2027 alone is written 2027/2027.
            "EPOA": "" if without else end if slash else " ",
            "A": _NO_YEAR if without else "",
            "MAIN": main,
            "SUB": sub,
        }
    )


def read_symbol(text: str | None) -> str | None:
    """The symbol that a text holds, in its usual form, or None where it holds none."""
    try:
        return None if text is None else str(parse_symbol(text))
    except NotASymbol:
        return None


# The parts of a symbol as the Treasury calls them: digits that each holds.
_DIGITS: Final = {"ATA": 3, "AID": 3, "BPOA": 4, "EPOA": 4, "MAIN": 4, "SUB": 3}


def read_parts(parts: Mapping[str, str]) -> AccountSymbol:
    """Read a symbol from its parts by the Treasury's names (ATA, AID, BPOA, EPOA, A, MAIN, SUB); else NotASymbol.

    ATA is blank where no agency allocated it; BPOA and EPOA are blank where A is X, and else A is blank.
    """
    mistakes: list[Mistake] = []

    def wrong(part: str, expected: str) -> None:
        mistakes.append(Mistake(part, expected, parts[part][:_SHOWN]))

    without = parts["A"] == _NO_YEAR
    if parts["A"] not in ("", _NO_YEAR):
        wrong("A", "Expected X for a no-year account, or nothing.")
    for part, digits in _DIGITS.items():
        text = parts[part]
        if part in ("BPOA", "EPOA") and without:
            if text:
                wrong(part, "Expected nothing: a no-year account (X) has no years.")
        elif not (part == "ATA" and text == "") and not (len(text) == digits and text.isascii() and text.isdigit()):
            wrong(part, f"Expected {digits} digits.")
    years = None
    if not without and not any(each.where in ("BPOA", "EPOA") for each in mistakes):
        years = int(parts["BPOA"]), int(parts["EPOA"])
        if years[0] > years[1]:
            wrong("EPOA", "Expected a last year of availability that is not before the first.")
        if years[0] < EARLIEST or years[1] > _LATEST:
            wrong("BPOA", f"Expected years between {EARLIEST} and {_LATEST}.")
    if mistakes:
        says = " ".join(dict.fromkeys(f"{_CALLED[each.where]}: {each.expected}" for each in mistakes))
        raise NotASymbol(f"{_USUAL_FORM} {says}", mistakes=tuple(mistakes))
    begin, end = years or (None, None)
    return AccountSymbol(parts["AID"], parts["MAIN"], parts["SUB"], begin, end, parts["ATA"] or None)


_LONGEST: Final = 60
_SHOWN: Final = 60
_PARTS: Final = 4
_NO_YEAR: Final = "X"
_USUAL_FORM: Final = "A Treasury account symbol is written like 097-2027/2028-0400-000 or 097-X-0360-000."
_CALLED: Final = {
    "ATA": "Allocating agency",
    "AID": "Agency",
    "BPOA": "First year",
    "EPOA": "Last year",
    "A": "Availability",
    "MAIN": "Main account",
    "SUB": "Sub-account",
}


State = Literal["not yet available", "available", "expired", "closed"]
STATES: Final[tuple[State, ...]] = get_args(State)


class Account(msgspec.Struct, frozen=True):
    """An account's symbol, and for a no-year account the day on which a determination closed it."""

    symbol: AccountSymbol
    closed_on: date | None = None


class Life(msgspec.Struct, frozen=True):
    """The days of an account: available from and until, and its last day before it is closed; None: none is fixed."""

    available_from: date | None
    available_until: date | None
    closes_on: date | None


def life(account: Account, statute: Statute) -> Life:
    """The days that follow from the symbol: available in its fiscal years, then expired for the years the law gives."""
    symbol = account.symbol
    if symbol.begin_year is None or symbol.end_year is None:
        # A no-year account stays available until a determination ends it.
        return Life(None, account.closed_on, account.closed_on)
    first, _ = fiscal_year_bounds(symbol.begin_year)
    _, last = fiscal_year_bounds(symbol.end_year)
    _, closes = fiscal_year_bounds(symbol.end_year + number(statute, "account-closing", "years"))
    return Life(first, last, closes)


def state_of(account: Account, on: date, statute: Statute) -> State:
    """The account's state on a day; it closes with the end of its last day."""
    days = life(account, statute)
    if days.closes_on is not None and on > days.closes_on:
        return "closed"
    if days.available_until is not None and on > days.available_until:
        return "expired"
    if days.available_from is not None and on < days.available_from:
        return "not yet available"
    return "available"


def may_close(
    account: Account,
    on: date,
    today: date,
    statute: Statute,
    *,
    moved_on: date | None,
    last_on: date | None = None,
) -> None:
    """A no-year account is closed by one determination, on a day that has come, after full years of no payment.

    `moved_on` is the day of its last disbursement, or of its first authority where nothing was disbursed; `last_on` is
    that of the last entry that would stand in the closed account.
    """
    symbol = account.symbol
    if symbol.end_year is not None:
        raise Refused(
            f"Account {symbol} has fixed years: it closes by law, and no determination closes it.",
            citation=statute.citation("account-closing"),
        )
    if account.closed_on is not None:
        raise Refused(
            f"Account {symbol} was closed by the determination of {show_day(account.closed_on)}: its balances are "
            "cancelled as of that day, and no other day takes its place.",
            citation=statute.citation("no-year-closing"),
            way_out="A valid charge that comes later may be paid from a current account of the same purpose "
            f"({statute.citation('closed-account-payment')}).",
        )
    if on > today:
        raise Invalid(
            "The determination lies after today.",
            mistakes=(Mistake("closed_on", f"Expected a day until {show_day(today)}.", on.isoformat()),),
        )
    years = number(statute, "no-year-closing", "years")
    if moved_on is not None and fiscal_year(on) - fiscal_year(moved_on) <= years:
        first, _ = fiscal_year_bounds(fiscal_year(moved_on) + years + 1)
        raise Refused(
            f"Account {symbol} has not gone {years} full fiscal years without a disbursement before {show_day(on)}: "
            f"what is recorded here counts from {show_day(moved_on)}.",
            citation=statute.citation("no-year-closing"),
            way_out=f"Record a determination dated on or after {show_day(first)}.",
        )
    if last_on is not None and last_on > on:
        raise Refused(
            f"An entry of account {symbol} is dated {show_day(last_on)}, after {show_day(on)}: a closed account takes "
            "none.",
            citation=statute.citation("no-year-closing"),
            way_out=f"Record a determination dated on or after {show_day(last_on)}, or reverse what was entered "
            "wrongly.",
        )


def usual_life(symbol: AccountSymbol, statute: Statute) -> str | None:
    """A warning where a DoD account's years differ from what is usual for its kind; never a refusal."""
    main = f"{symbol.agency}-{symbol.main}"
    usual = next((row.number for row in statute.provision("account-life").value if row.name == main), None)
    if usual is None:
        return None
    # A no-year account stands in the table with 0 years.
    years = 0 if symbol.begin_year is None or symbol.end_year is None else symbol.end_year - symbol.begin_year + 1
    if years == usual:
        return None
    shown = f"{usual}-year" if usual else "no-year"
    return f"Account {main} usually holds {shown} money ({statute.citation('account-life')})."


# Each kind by what titles of the Treasury's list and of people say for it; the first that a title holds is its kind:
# the operation and maintenance of family housing is no O&M. The titles of the annual appropriation acts of the
# Department of Defense hold some accounts that do not say their kind: Shipbuilding and Conversion is procurement.
_KIND_OF_APPROPRIATION: Final = (
    ("Defense Production Act", ("defense production act",)),
    ("Family Housing", ("family housing",)),
    ("Military Construction", ("military construction",)),
    ("Military Personnel", ("military personnel", "reserve personnel", "national guard personnel")),
    (
        "RDT&E",
        ("research development test and evaluation", "operational test and evaluation", "rdt and e", "rdte", "r and d"),
    ),
    ("O&M", ("operation and maintenance", "operations and maintenance", "o and m")),
    ("Procurement", ("procurement", "shipbuilding and conversion", "national guard and reserve equipment")),
)
APPROPRIATIONS: Final = (*(kind for kind, _ in _KIND_OF_APPROPRIATION), "Other")
_NO_WORD: Final = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=4096)
def kind_of_appropriation(title: str) -> str:
    """One of APPROPRIATIONS by the account's title, however it is punctuated: RDT&E, or with its words in full."""
    words = f" {_NO_WORD.sub(' ', title.lower().replace('&', ' and '))} "
    found = (kind for kind, said in _KIND_OF_APPROPRIATION if any(f" {each} " in words for each in said))
    return next(found, "Other")


def purpose_of(symbol: AccountSymbol, title: str) -> str:
    """What an account is for, to be compared with another's: its kind of appropriation, else its own main account."""
    kind = kind_of_appropriation(title)
    return kind if kind != "Other" else f"what main account {symbol.agency}-{symbol.main} is for"
