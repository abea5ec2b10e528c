"""The fields that a column of a file may stand for, and how days are written."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import msgspec

from pipir.features.ledger.rules.kinds import COUNTERS, KINDS, REVERSAL
from pipir.kernel.errors import Mistake
from pipir.sheets import MOST_COLUMNS, listed, shown, titled, without_midnight


class Field(msgspec.Struct, frozen=True):
    """A field of an entry as a file gives it: its name, what people call it, and what a cell of it holds."""

    name: str
    title: str
    holds: str


FIELDS: Final = tuple(
    Field(*each)
    for each in (
        ("kind", "Kind", "obligation, expenditure, deobligation and so on"),
        ("amount", "Amount", "above zero, at most two decimals; the kind gives the sign"),
        ("effective_on", "Effective day", "the day that the entry counts from"),
        ("funding_document", "Funding document", "its number"),
        ("account", "Treasury account", "its symbol, where the account has one funding document"),
        ("project", "Project", "its code"),
        ("participant", "Country", "three letters, such as AUS"),
        ("program_authority", "Program authority", "such as 1253.e.1"),
        ("other_authority", "Other authority", "the law that a paragraph of section 1253 works through"),
        ("continuation", "Determination", "the number of the continuation determination"),
        ("document_number", "Document number", "of the binding document"),
        ("document_line", "Document line", "the line of that document, as it is written: 1 and 0001 are two lines"),
        ("document_on", "Document day", "the date of the binding document"),
        ("signed_at", "Place of signature", "where the document was signed"),
        ("performance_from", "Performance from", "the first day of severable services"),
        ("performance_until", "Performance until", "the last day of severable services"),
        ("need", "Need", "the need of the period that the obligation serves"),
        ("basis", "Basis", "of an upward adjustment"),
        (
            "names_document",
            "Obligation's document",
            "the document of what is named or reversed, in the ledger or further up in the file",
        ),
        ("names_line", "Obligation's line", "the line of that document"),
        ("names_entry", "Obligation's entry", "the number of the entry in this ledger that is named or reversed"),
        ("movement", "Reference of a movement", "the same on the two rows of a transfer or reprogramming, out and in"),
        ("transfer_law", "Law of a transfer", "that lets authority move from one account to another"),
        ("approval", "Approval of a reprogramming", "its document and day"),
        (
            "outside_account",
            "Account outside of this ledger",
            "its symbol, where a transfer has no second row: it leaves this ledger or comes into it",
        ),
        ("closed_account", "Closed account", "its symbol, where a current account pays what it owed"),
        ("closed_document", "Closed account's document", "the number and line there of what is paid"),
        ("order_law", "Law of an order", "of an order that is placed with another agency, such as 31 U.S.C. 1535"),
        ("order_method", "Kind of order", "direct cite or reimbursable"),
        ("contribution_kind", "Kind of contribution", "cash or in kind"),
        ("receipt_law", "Law of the receipt", "that lets the Department credit a partner's cash"),
        ("new_start", "New start", "yes or no"),
        ("because", "Remark", "why, in words"),
        ("late_because", "Reason of late recording", "of an act dated before the end and recorded after it"),
        ("late_document", "Document of late recording", "the document that shows it"),
    )
)
IMPORTED: Final[tuple[str, ...]] = (*KINDS, REVERSAL)
# Movements of authority: what a row with the same reference brings in or took out.
MOVEMENTS: Final[Mapping[str, str]] = {**COUNTERS, **{out: into for into, out in COUNTERS.items()}}
_BY_NAME: Final = {each.name: each for each in FIELDS}
# Without these no row of a file can become an entry.
_NEEDED: Final = ("kind", "amount", "effective_on")

# By the words that a person reads: the pattern, and which group is year, month and day.
DATE_FORMATS: Final[Mapping[str, re.Pattern[str]]] = {
    "YYYY-MM-DD": re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"),
    "MM/DD/YYYY": re.compile(r"(?P<m>[0-9]{1,2})/(?P<d>[0-9]{1,2})/(?P<y>[0-9]{4})"),
    "DD/MM/YYYY": re.compile(r"(?P<d>[0-9]{1,2})/(?P<m>[0-9]{1,2})/(?P<y>[0-9]{4})"),
    "DD.MM.YYYY": re.compile(r"(?P<d>[0-9]{1,2})\.(?P<m>[0-9]{1,2})\.(?P<y>[0-9]{4})"),
    "YYYYMMDD": re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"),
    "DD-MON-YYYY": re.compile(r"(?P<d>[0-9]{1,2})-(?P<m>[A-Za-z]{3})-(?P<y>[0-9]{4})"),
}
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
NOT_A_DAY: Final = date(1, 1, 1)
_EARLIEST: Final = 1900
_LATEST: Final = 2200


def read_day(text: str, date_format: str) -> date:
    """The day that a cell holds in the source's way of writing days, or NOT_A_DAY."""
    found = DATE_FORMATS[date_format].fullmatch(without_midnight(text))
    if found is None:
        return NOT_A_DAY
    month = found["m"].upper()
    try:
        number = _MONTHS.index(month) + 1 if month.isalpha() else int(month)
        day = date(int(found["y"]), number, int(found["d"]))
    except ValueError:
        return NOT_A_DAY
    return day if _EARLIEST <= day.year <= _LATEST else NOT_A_DAY


class Column(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a field comes from: the title of a column, and what is taken where its cell is blank."""

    column: str = ""
    default: str = ""


class Layout(msgspec.Struct, frozen=True):
    """The fields of a file by the place of their cells (None: no column), and what stands in for a blank one.

    The titles of `header` end with the last that is not blank; `cells` is how many their line has in the file.
    """

    header: tuple[str, ...]
    places: Mapping[str, int | None]
    defaults: Mapping[str, str]
    cells: int = 0

    def title(self, field: str) -> str:
        """What the file calls a field: its column's title, or the field's own where it has no column."""
        place = self.places.get(field)
        return self.header[place] if place is not None else _BY_NAME[field].title

    def number(self, field: str) -> int | None:
        """The field's column, counted from 1."""
        place = self.places.get(field)
        return None if place is None else place + 1


def check_mapping(columns: Mapping[str, Column], kinds: Mapping[str, str]) -> tuple[Mistake, ...]:
    """What is wrong in a source's mapping, every mistake at once."""
    wrong: list[Mistake] = []
    used: dict[str, str] = {}
    for name, each in columns.items():
        if name not in _BY_NAME:
            expected = "Expected one of the fields: " + ", ".join(_BY_NAME) + "."
            wrong.append(Mistake(f"columns.{name[:60]}", expected, name[:60]))
            continue
        key = titled(each.column).casefold()
        if key and key in used:
            wrong.append(Mistake(f"columns.{name}", f"This column stands for {used[key]} already.", each.column[:60]))
        used[key] = _BY_NAME[name].title.lower()
    for word, kind in kinds.items():
        if kind not in IMPORTED:
            expected = "Expected one of the kinds: " + ", ".join(IMPORTED) + "."
            wrong.append(Mistake("kinds", f"{word[:60]}: {expected}", kind[:60]))
    return tuple(wrong)


def layout_of(header: Sequence[str], columns: Mapping[str, Column]) -> tuple[Layout, tuple[Mistake, ...]]:
    """Where each field stands in a file with this header; a field that the source maps nowhere goes by its own name.

    A mistake's place is the column's title.
    """
    titles = [titled(each) for each in header]
    at: dict[str, int] = {}
    wrong: list[Mistake] = []
    # A field that has only a default stands in no column, also in none without a title.
    mapped = {titled(each.column).casefold() for each in columns.values()} - {""}
    for number, title in enumerate(titles):
        key = title.casefold()
        if key in at and (key in mapped or key in _BY_NAME):
            wrong.append(Mistake(title[:60], "Expected each column once.", f"column {number + 1} again"))
        at.setdefault(key, number)
    there = (
        f"The file has: {listed([shown(title) for title in titles if title])}. Where its titles have changed, map the "
        "columns of the source anew."
    )
    places: dict[str, int | None] = {}
    defaults: dict[str, str] = {}
    for field in FIELDS:
        said = columns.get(field.name)
        if said is not None and said.column:
            place = at.get(titled(said.column).casefold())
            if place is None:
                expected = f"Expected a column with this title for the {field.title.lower()}. {there}"
                wrong.append(Mistake(said.column[:60], expected))
        else:
            place = at.get(field.name) if said is None else None
        places[field.name] = place
        defaults[field.name] = said.default.strip() if said is not None else ""
        if field.name in _NEEDED and place is None and not defaults[field.name] and not (said and said.column):
            expected = f"Expected a column for the {field.title.lower()}, or a default in the source. {there}"
            wrong.append(Mistake(field.name, expected))
    return Layout(tuple(titles), places, defaults, len(header)), tuple(wrong)


def are_titles(cells: Sequence[str], columns: Mapping[str, Column]) -> bool:
    """Whether cells are the titles of a file's columns."""
    return len(cells) <= MOST_COLUMNS and not layout_of(cells, columns)[1]
