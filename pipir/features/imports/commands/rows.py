"""Reads the rows of a file into what may be staged, by the very rules that a posted entry meets."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from typing import Any, Final, NamedTuple

import msgspec

from pipir.features.imports.rules import FIELDS, IMPORTED, MOVEMENTS, NOT_A_DAY, Layout, read_day
from pipir.features.law.rules import Determination
from pipir.features.ledger import rules as money
from pipir.features.ledger.commands.batch import TAKEN, Posting, act_of, reversal_of, taken
from pipir.features.ledger.commands.known import Known
from pipir.features.ledger.rules import COUNTERS, MAY_NAME, REVERSAL, Act, ClosedAccount, Funding
from pipir.kernel.errors import Refused
from pipir.kernel.money import Dollars, NotDollars, parse_dollars
from pipir.kernel.text import Line, Prose, Reason
from pipir.sheets import shown
from pipir.statute.model import Statute

UNMATCHED: Final = "unmatched disbursement"
# What is written of each row by itself, then what rows that say the same share; together the columns of the stage.
_OWN: Final = (
    "import_id", "chunk", "place", "line", "amount", "document_number", "document_line", "need", "because", "signed_at",
    "late_because", "late_document", "receipt_law", "adjusts_entry_id", "adjusts_place", "flag", "evidence",
    "reversed_kind", "reverses_entry_id", "movement", "counter_entry_id", "transfer_law", "approval", "closed_document",
)  # fmt: skip
# How many of its own a row of an ordinary kind leaves blank at the end.
_BLANK: Final = "\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N"
_SHARED: Final = (
    "kind", "funding_document_id", "project_id", "participant_id", "program_authority", "other_authority",
    "continuation_id", "document_on", "performance_from", "performance_until", "effective_on", "basis",
    "contribution_kind", "new_start", "closed_account_id", "warnings", "seen_by",
)  # fmt: skip
STAGED: Final = (*_OWN, *_SHARED)
# Texts that no rule looks into: only whether they are there is part of what rows have in common.
_TEXTS: Final = (
    "document_number", "document_line", "need", "because", "signed_at", "late_because", "late_document", "receipt_law",
)  # fmt: skip
_CODED: Final = (
    "kind", "effective_on", "funding_document", "account", "project", "participant", "program_authority",
    "other_authority", "continuation", "document_on", "performance_from", "performance_until", "basis",
    "contribution_kind", "new_start",
)  # fmt: skip
# What few rows say, each of them read by itself, and the kinds that nobody posts by the thousand.
_RARE: Final = ("movement", "transfer_law", "approval", "closed_account", "closed_document")
_RARE_KINDS: Final = (*MOVEMENTS, REVERSAL, "closing")
_NAMING: Final = ("names_document", "names_line", "names_entry")
_DAYS: Final = ("effective_on", "document_on", "performance_from", "performance_until")
_TYPES: Final[Mapping[str, Any]] = {
    "document_number": Line, "document_line": Line, "need": Reason, "because": Prose, "signed_at": Line,
    "late_because": Reason, "late_document": Line, "receipt_law": Line, "movement": Line, "transfer_law": Line,
    "approval": Line, "closed_document": Line,
}  # fmt: skip
_LONGEST: Final = 200
_PLAIN_AMOUNT: Final = re.compile(r"(?=[0-9.]*[1-9])[0-9]{1,13}(\.[0-9]{1,2})?")
_WHOLE: Final = re.compile(r"[1-9][0-9]{0,17}")
_YES: Final = {"yes": True, "true": True, "y": True, "1": True, "x": True}
_NO: Final = {"no": False, "false": False, "n": False, "0": False, "": False}
_REMEMBERED: Final = 100_000
_ESCAPED: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
# What is said of a field of the ledger, by the column of the file that gives it.
_COLUMN_OF: Final = {
    "funding_document_id": "funding_document", "project_id": "project", "participant_id": "participant",
    "continuation_id": "continuation", "adjusts_entry_id": "names_document", "flag": "kind", "evidence": "kind",
    "closed_account_id": "closed_account", "counter_entry_id": "names_entry",
}  # fmt: skip


class Finding(NamedTuple):
    """What is said of a row: its place among the rows, its line in the file, and which column it is about."""

    place: int
    line: int
    what: str
    column: str
    found: str
    expected: str


class Own(NamedTuple):
    """An obligation or commitment of the file that a later row names; `base` is a short name of what is taken of it."""

    place: int
    line: int
    base: int
    known: Known


@dataclass
class Books:
    """What names in a file are looked up in, loaded once, and what the rows of the file are judged by."""

    law: Statute
    today: date
    fundings: dict[str, tuple[int, Funding]]
    by_account: dict[str, list[str]]
    projects: dict[str, int]
    participants: dict[str, int]
    determinations: dict[int, Determination]
    # By ("funding", id) and so on: who may read it.
    audiences: dict[tuple[str, int], int]
    # The accounts that a charge may name as closed, by symbol and by number.
    accounts: dict[str, int] = field(default_factory=dict)
    closed: dict[int, ClosedAccount] = field(default_factory=dict)
    funding_by_id: dict[int, Funding] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.funding_by_id = dict(self.fundings.values())


@dataclass
class Named:
    """What the rows of a chunk name in the ledger: by document and line, and by number."""

    by_document: Mapping[str, Sequence[Known]]
    by_number: Mapping[int, Known]
    reversed_by: Mapping[int, int]


@dataclass
class Chunk:
    """A chunk as it is staged: lines in the form that PostgreSQL copies, and what is said of its rows."""

    number: int
    lines: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0
    bad: int = 0


def key_of(kind: str, document: str, line: str) -> str:
    """What an obligation or commitment is found by."""
    return f"{kind[:1]}{document}\x1f{line}"


class RowReader:
    """Reads row after row; rows that say the same but for amounts and texts are judged once."""

    def __init__(
        self, books: Books, layout: Layout, *, import_id: int, evidence: str, date_format: str, kinds: Mapping[str, str]
    ) -> None:
        self.books, self.layout, self.import_id, self.evidence = books, layout, import_id, evidence
        self.date_format = date_format
        self.kinds = {word.strip().casefold(): kind for word, kind in kinds.items()} | {
            kind.casefold(): kind for kind in IMPORTED
        }
        # By what an obligation is found by: its place, line and base in one number, since there may be a million.
        self._own: dict[str, int] = {}
        self._again: dict[str, list[int]] = {}
        self.bad_own: dict[str, int] = {}
        self.wanted: frozenset[int] | set[int] | None = None
        self._seen: dict[tuple[Any, ...], tuple[str, Known, bool] | None] = {}
        self._numbers: dict[Known, int] = {}
        self._bases: list[Known | None] = [None]
        self.width = len(layout.header)
        self._place = {each.name: layout.places[each.name] for each in FIELDS}
        self._coded = [each for each in (self._place[name] for name in _CODED) if each is not None]
        self._get = itemgetter(*self._coded) if len(self._coded) > 1 else None
        self._texts = [
            (self._place[name], layout.defaults[name], 3 if _TYPES[name] is Reason else 1) for name in _TEXTS
        ]
        self._rare = [at for at in (self._place[name] for name in _RARE) if at is not None]
        self._each_by_itself = any(layout.defaults[name] for name in _RARE)
        self.names = any(self._place[name] is not None for name in _NAMING)
        self.names_documents = self._place["names_document"] is not None
        self._amount = self._place["amount"]
        self._days: dict[str, date] = {}
        # Whatever a sentence about a row may tell of, also of a row that is not taken.
        self.touched: set[tuple[str, int]] = set()
        self.pad = False

    def is_whole(self, cells: list[str]) -> bool:
        """Whether a row has as many cells as the first line, after blank ones are added that its file does not hold."""
        if self.pad:
            cells += [""] * (self.width - len(cells))
        return len(cells) == self.width

    def cell(self, cells: Sequence[str], name: str) -> str:
        """A field's cell as it is meant: without the blanks around it, or what stands in for a blank one."""
        place = self._place[name]
        text = cells[place].strip() if place is not None else ""
        return text or self.layout.defaults[name]

    def named(self, cells: Sequence[str]) -> tuple[str, str, str]:
        """The kind of entry that a row names, its document and its line; blank where it names none by document."""
        document = self.cell(cells, "names_document")
        if not document:
            return "", "", ""
        kind = self.kinds.get(self.cell(cells, "kind").casefold(), "")
        return kind if kind == REVERSAL else MAY_NAME.get(kind, "obligation"), document, self.cell(cells, "names_line")

    def read(  # noqa: PLR0912 - the one path that each of a million rows takes
        self, chunk: Chunk, place: int, line: int, cells: list[str], named: Named
    ) -> None:
        """Read one row into the chunk: a line to be staged, or what is wrong with it."""
        chunk.rows += 1
        if len(cells) != self.width:
            while len(cells) > self.width and not cells[-1]:
                cells.pop()
            if self.pad:
                # A workbook does not hold the blank cells at the end of a row.
                cells += [""] * (self.width - len(cells))
            if len(cells) != self.width:
                self._refuse(chunk, place, line, cells, [("mistake", "", f"{len(cells)} cells", self._cells())])
                return
        target: Own | Known | None = None
        if self.names:
            wrong: tuple[str, str, str, str] | None
            target, wrong = self._target(cells, named)
            if wrong is not None:
                # What else is wrong with the row is told at the same time.
                _, _, others = self._judge(cells, None, line, ignore_names=True)
                self._refuse(chunk, place, line, cells, [wrong, *others])
                return
        if target is None:
            base = 0
        elif isinstance(target, Own):
            base = target.base
        elif target.number in named.reversed_by:
            self._read_slowly(chunk, place, line, cells, target, named)
            return
        else:
            base = self._number(target)
        if self._each_by_itself or (self._rare and any(cells[at] for at in self._rare)):
            self._read_slowly(chunk, place, line, cells, target, named)
            return
        amount = cells[self._amount].strip() if self._amount is not None else ""
        if _PLAIN_AMOUNT.fullmatch(amount) is None:
            self._read_slowly(chunk, place, line, cells, target, named)
            return
        texts: list[str] = []
        shape = 0
        for number, (at, default, least) in enumerate(self._texts):
            text = cells[at].strip() if at is not None else ""
            text = text or default
            if text:
                shape |= 1 << number
                if not text.isprintable() or not least <= len(text) <= _LONGEST:
                    self._read_slowly(chunk, place, line, cells, target, named)
                    return
                texts.append(text if "\\" not in text else text.translate(_ESCAPED))
            else:
                texts.append("\\N")
        get = self._get(cells) if self._get is not None else tuple(cells[each] for each in self._coded)
        key = (get, shape, base)
        seen = self._seen.get(key, _NOTHING)
        if seen is _NOTHING or seen is None:
            self._read_slowly(chunk, place, line, cells, target, named, key=key)
            return
        self._stage(chunk, place, line, amount, texts, target, seen)
        self._keep_own(seen[1], cells, place, line)

    # ---- the rare way: each row by itself, every mistake of it

    def _read_slowly(
        self, chunk: Chunk, place: int, line: int, cells: list[str], target: Own | Known | None, named: Named,
        key: tuple[Any, ...] | None = None,
    ) -> None:  # fmt: skip
        known = msgspec.structs.replace(target.known, number=-target.line) if isinstance(target, Own) else target
        judged, posting, findings = self._judge(cells, known, line)
        reverser = named.reversed_by.get(known.number) if known is not None else None
        if reverser is not None and known is not None:
            expected = f"Expected an entry that stands; it was reversed by entry {reverser}."
            findings.append(("rule", self.layout.title("names_document"), known.label, expected))
        if findings or judged is None or posting is None:
            if key is not None:
                self._remember(key, None)
            self._refuse(chunk, place, line, cells, findings)
            return
        # A law that is cited for a late record or a receipt is looked into: such rows are never judged by another's.
        rare = posting.late_because or posting.late_document or posting.receipt_law or posting.kind in _RARE_KINDS
        if key is not None and not rare:
            self._remember(key, judged)
        texts = [_copied(getattr(posting, name)) for name in _TEXTS]
        assert posting.amount is not None
        self._stage(
            chunk, place, line, str(posting.amount), texts, target, judged, self._own_ends(cells, posting, known)
        )
        self._keep_own(judged[1], cells, place, line)

    def _judge(
        self, cells: Sequence[str], known: Known | None, line: int, *, ignore_names: bool = False
    ) -> tuple[tuple[str, Known, bool] | None, Posting | None, list[tuple[str, str, str, str]]]:
        """A row by itself: what rows like it share, the posting that it is, and everything that is wrong with it."""
        wrong: list[tuple[str, str, str, str]] = []
        title = self.layout.title

        def mistake(name: str, expected: str, found: str | None = None) -> None:
            said = self.cell(cells, name) if found is None else found
            wrong.append(("mistake", title(name), shown(said), expected))

        kind = self.kinds.get(self.cell(cells, "kind").casefold(), "")
        if not kind:
            mistake("kind", "Expected one of: " + ", ".join(IMPORTED) + ".")
        values: dict[str, Any] = {"kind": kind or "obligation"}
        # A reversal takes the amount of the entry that it reverses.
        blank = kind == REVERSAL and known is not None and not self.cell(cells, "amount")
        values["amount"] = known.amount if blank and known is not None else self._read_amount(cells, mistake)
        for name in _DAYS:
            text = self.cell(cells, name)
            day = self._day(text) if text else None
            if day is NOT_A_DAY or (name == "effective_on" and day is None):
                mistake(name, f"Expected a day written as {self.date_format}.")
                day = None
            values[name] = day
        self._read_names(cells, values, mistake)
        for name in (*_TEXTS, *(name for name in _RARE if name in _TYPES)):
            text = self.cell(cells, name)
            values[name] = text or None
            if text:
                try:
                    # A byte that is no UTF-8 stands in it as half a character, which no file can hold.
                    text.encode()
                    msgspec.convert(text, _TYPES[name])
                except (msgspec.ValidationError, UnicodeEncodeError):
                    mistake(name, _expected_text(name, text))
        for name in ("program_authority", "other_authority"):
            values[name] = self.cell(cells, name) or None
        for name, known_values in (("basis", money.BASES), ("contribution_kind", money.CONTRIBUTIONS)):
            text = self.cell(cells, name)
            if text and text not in known_values:
                mistake(name, "Expected one of: " + ", ".join(known_values) + ".")
            values[name] = text if text in known_values else None
        new_start = self.cell(cells, "new_start").casefold()
        if new_start not in _YES and new_start not in _NO:
            mistake("new_start", "Expected yes or no.")
        values["new_start"] = _YES.get(new_start, False)
        dated = values["effective_on"] is not None
        values["effective_on"] = values["effective_on"] or self.books.today
        flagged = kind == "expenditure" and known is None and not ignore_names
        if flagged:
            values |= {"flag": UNMATCHED, "evidence": f"{self.evidence}{line}"}
        del values["movement"]
        posting = Posting(**values)
        fields = {column for what, column, _, _ in wrong if what == "mistake"}
        judged = self._hold_to_rules(posting, known, fields, wrong, dated=dated, ignore_names=ignore_names)
        return judged, posting, wrong

    def _hold_to_rules(
        self, posting: Posting, known: Known | None, told: set[str], wrong: list[tuple[str, str, str, str]],
        *, dated: bool, ignore_names: bool,
    ) -> tuple[str, Known, bool] | None:  # fmt: skip
        books, title = self.books, self.layout.title
        if posting.kind == REVERSAL:
            return self._hold_reversal(posting, known, told, wrong, dated=dated, ignore_names=ignore_names)
        counter = known if posting.kind in COUNTERS else None
        known = None if counter is not None else known
        values, others = taken(posting, known)
        for name in ("funding_document_id", "project_id", "participant_id"):
            if values[name] is not None:
                self.touched.add((name, values[name]))
        act = act_of(
            posting,
            values,
            known,
            books.determinations.get(values["continuation_id"] or 0),
            books.closed.get(values["closed_account_id"] or 0),
        )
        if counter is not None:
            of = books.funding_by_id.get(counter.funding_document_id or 0)
            act = msgspec.structs.replace(
                act, counter=counter.kind, counter_amount=counter.amount,
                counter_symbol=str(of.account.symbol) if of is not None else None,
            )  # fmt: skip
        for each in (*others, *money.missing(act, books.law)):
            column = title(_COLUMN_OF.get(each.where, each.where))
            # What could not be read has its own mistake already.
            if column in told or (ignore_names and not each.found and each.where in _COLUMN_OF):
                continue
            if each.where == "funding_document_id" and posting.flag and self.names:
                expected = "Expected its obligation to be there, or the funding document of a payment without one."
                wrong.append(("mistake", column, shown(each.found), expected))
                continue
            wrong.append(("mistake", column, shown(each.found), each.expected))
        if wrong:
            return None
        return self._settled(posting, act, values, wrong, dated=dated)

    def _hold_reversal(
        self, posting: Posting, target: Known | None, told: set[str], wrong: list[tuple[str, str, str, str]],
        *, dated: bool, ignore_names: bool,
    ) -> tuple[str, Known, bool] | None:  # fmt: skip
        title = self.layout.title
        if target is None:
            if not ignore_names and title("names_entry") not in told:
                expected = "Expected the number of the entry that is reversed, or its document and line."
                wrong.append(("mistake", title("names_entry"), "nothing", expected))
            return None
        if not posting.because and title("because") not in told:
            wrong.append(("mistake", title("because"), "nothing", "Expected why the entry is reversed."))
        for name in ("amount", "funding_document_id", "project_id", "participant_id"):
            given, has = getattr(posting, name), getattr(target, name)
            column = title(_COLUMN_OF.get(name, name))
            if given not in (None, has) and column not in told:
                shown_value = str(given) if name == "amount" else "another one"
                expected = f"Expected what {target.label} has{f', {has}' if name == 'amount' else ''}, or nothing."
                wrong.append(("mistake", column, shown_value, expected))
        try:
            money.may_reverse(target.kind, None, target.number, self.books.law)
        except Refused as refused:
            wrong.append(("rule", title("names_entry"), target.label, f"{refused.detail} {refused.way_out}".strip()))
        if wrong:
            return None
        known, act = reversal_of(target, posting, 0)
        values = {name: getattr(known, name) for name in TAKEN}
        for name in ("funding_document_id", "project_id", "participant_id"):
            if values[name] is not None:
                self.touched.add((name, values[name]))
        return self._settled(posting, act, values, wrong, dated=dated)

    def _settled(
        self, posting: Posting, act: Act, values: Mapping[str, Any], wrong: list[tuple[str, str, str, str]],
        *, dated: bool,
    ) -> tuple[str, Known, bool] | None:  # fmt: skip
        books, title = self.books, self.layout.title
        funding = books.funding_by_id.get(values["funding_document_id"] or 0)
        found = money.judge(act, funding, books.law, today=books.today)
        refusals = found.always if posting.flag else found.refusals
        if refusals:
            for refused in refusals if dated else ():
                said = f"{refused.detail} ({refused.citation})" if refused.citation else refused.detail
                wrong.append(("rule", title("effective_on"), posting.effective_on.isoformat(), said))
            return None
        warnings = list(found.warnings)
        if posting.flag:
            warnings += [f"{each.detail} ({each.citation})" for each in found.refusals]
        audience = -1
        for name, column in (("funding", "funding_document_id"), ("project", "project_id"),
                             ("participant", "participant_id")):  # fmt: skip
            if values[column] is not None:
                audience &= books.audiences[name, values[column]]
        shared = {
            **{name: getattr(posting, name) for name in _SHARED if hasattr(posting, name)},
            **values,
            "warnings": warnings,
            "seen_by": audience,
        }
        made = Known(
            number=0, kind=posting.kind, reversed_kind=None, amount=Dollars.zero(), adjusts_entry_id=None,
            effective_on=posting.effective_on, incurred=posting.flag is not None, **values,
        )  # fmt: skip
        return "\t".join(_copied(shared[name]) for name in _SHARED), made, posting.flag is not None

    def _read_amount(self, cells: Sequence[str], mistake: Callable[..., None]) -> Dollars | None:
        text = self.cell(cells, "amount")
        try:
            return parse_dollars(text)
        except NotDollars as wrong:
            if re.fullmatch(r"\(\$? ?[0-9.,]+\)", text):
                mistake("amount", "Expected an amount above zero, without brackets: the kind gives the sign.")
            elif re.fullmatch(r"[0-9,]+\.[0-9]{3,}", text):
                mistake("amount", "Expected at most two decimals.")
            else:
                mistake("amount", wrong.detail)
        # One dollar stands in, so that what else is wrong is found too.
        return Dollars("1.00")

    def _read_names(self, cells: Sequence[str], values: dict[str, Any], mistake: Callable[..., None]) -> None:
        books = self.books
        number = self.cell(cells, "funding_document")
        account = self.cell(cells, "account")
        values["funding_document_id"] = None
        if number:
            found = books.fundings.get(number)
            if found is None:
                mistake("funding_document", "Expected the number of a funding document of this ledger.")
            elif account and account not in (str(found[1].account.symbol), ""):
                mistake("account", f"Expected {found[1].account.symbol}, the account of {number}, or nothing.")
            else:
                values["funding_document_id"] = found[0]
        elif account:
            held = books.by_account.get(account, [])
            if len(held) == 1:
                values["funding_document_id"] = books.fundings[held[0]][0]
            elif held:
                mistake("account", "Expected the funding document too; the account has: " + ", ".join(held[:5]) + ".")
            else:
                mistake("account", "Expected the symbol of an account with a funding document in this ledger.")
        for name, known, expected in (
            ("project", books.projects, "Expected the code of a project of this record, such as P-0001."),
            ("participant", books.participants, "Expected the three letters of a country of this record."),
        ):
            text = self.cell(cells, name)
            values[f"{name}_id"] = known.get(text.upper()) if text else None
            if text and values[f"{name}_id"] is None:
                mistake(name, expected)
        text = self.cell(cells, "closed_account")
        values["closed_account_id"] = books.accounts.get(text.upper()) if text else None
        if text and values["closed_account_id"] is None:
            mistake("closed_account", "Expected the symbol of an account of this ledger.")
        text = self.cell(cells, "continuation")
        values["continuation_id"] = int(text) if _WHOLE.fullmatch(text) else None
        if text and values["continuation_id"] not in books.determinations:
            mistake("continuation", "Expected the number of a continuation determination.")
            values["continuation_id"] = None

    # ---- what a row names

    def _target(
        self, cells: Sequence[str], named: Named
    ) -> tuple[Own | Known | None, tuple[str, str, str, str] | None]:
        """The entry or row that a row names; or what is wrong with the name; a payment may name what is not there."""
        title = self.layout.title
        entry = self.cell(cells, "names_entry")
        kind, document, line = self.named(cells)
        if entry:
            known = named.by_number.get(int(entry)) if _WHOLE.fullmatch(entry) else None
            if known is None:
                return None, ("mistake", title("names_entry"), shown(entry), "There is no entry with this number.")
            return known, None
        if not document:
            return None, None
        key = key_of(kind, document, line)
        mine = self._own_of(key)
        stored = named.by_document.get(key, ())
        column, shown_name = title("names_document"), shown(f"{document} {line}".strip())
        if len(mine) + len(stored) > 1:
            places = [*(f"entry {each.number}" for each in stored), *(f"row {each.line}" for each in mine)]
            expected = f"Expected the number of the entry: {', '.join(places[:5])} have this document and line."
            return None, ("mistake", column, shown_name, expected)
        if mine:
            return mine[0], None
        if stored:
            return stored[0], None
        bad = self.bad_own.get(key)
        if bad is not None:
            return None, ("names", column, shown_name, f"It names row {bad}, which is not taken.")
        # A disbursement has been made, whatever it names: it is recorded as unmatched.
        if self.kinds.get(self.cell(cells, "kind").casefold()) == "expenditure":
            return None, None
        where = "that stands in the ledger" if kind == REVERSAL else "before this row"
        noun = "entry" if kind == REVERSAL else kind
        return None, ("mistake", column, shown_name, f"There is no {noun} with this document and line {where}.")

    def _own_ends(self, cells: Sequence[str], posting: Posting, named: Known | None) -> str:
        """What few rows hold: the last of a row's own columns, as they are copied."""
        reverses = named if posting.kind == REVERSAL else None
        counter = named if posting.kind in COUNTERS else None
        return "\t".join(
            _copied(each)
            for each in (
                reverses.kind if reverses else None,
                reverses.number if reverses else None,
                self.cell(cells, "movement") or None,
                counter.number if counter else None,
                posting.transfer_law,
                posting.approval,
                posting.closed_document,
            )
        )

    def _keep_own(self, made: Known, cells: Sequence[str], place: int, line: int) -> None:
        if made.kind not in ("obligation", "commitment") or not self.names:
            return
        document = self.cell(cells, "document_number")
        if not document:
            return
        self.remember_own(made, document, self.cell(cells, "document_line"), place, line)

    def remember_own(self, made: Known, document: str, document_line: str, place: int, line: int) -> None:
        """Keep an obligation or commitment of the file, where a row of it names one of this document."""
        key = key_of(made.kind, document, document_line)
        if self.wanted is not None and hash(key) not in self.wanted:
            return
        packed = self._number(made) << 64 | place << 32 | line
        if key in self._own:
            self._again.setdefault(key, []).append(packed)
        else:
            self._own[key] = packed

    def _own_of(self, key: str) -> list[Own]:
        first = self._own.get(key)
        found = []
        for packed in () if first is None else (first, *self._again.get(key, ())):
            base, place, line = packed >> 64, packed >> 32 & 0xFFFFFFFF, packed & 0xFFFFFFFF
            known = self._bases[base]
            assert known is not None
            found.append(Own(place, line, base, known))
        return found

    def _refuse(
        self, chunk: Chunk, place: int, line: int, cells: Sequence[str], findings: Iterable[tuple[str, str, str, str]]
    ) -> None:
        chunk.bad += 1
        chunk.findings += [Finding(place, line, *each) for each in findings]
        if len(cells) == self.width:
            self.remember_refused(cells, line)

    def remember_refused(self, cells: Sequence[str], line: int) -> None:
        """Keep that an obligation or commitment of the file is not taken: what names it is not taken either."""
        kind, document = self.kinds.get(self.cell(cells, "kind").casefold(), ""), self.cell(cells, "document_number")
        if self.names and kind in ("obligation", "commitment") and document:
            key = key_of(kind, document, self.cell(cells, "document_line"))
            if self.wanted is None or hash(key) in self.wanted:
                self.bad_own[key] = line

    # ---- what is written

    def _stage(
        self, chunk: Chunk, place: int, line: int, amount: str, texts: Sequence[str], target: Own | Known | None,
        judged: tuple[str, Known, bool], ends: str = _BLANK,
    ) -> None:  # fmt: skip
        shared, made, unmatched = judged
        entry = row = flag = evidence = "\\N"
        if isinstance(target, Own):
            row = str(target.place)
        elif target is not None and made.kind == REVERSAL:
            # It belongs to what the entry that it reverses belongs to.
            entry = _copied(target.adjusts_entry_id)
        elif target is not None and made.kind not in COUNTERS:
            entry = str(target.number)
        if unmatched:
            flag, evidence = UNMATCHED, f"{self.evidence}{line}"
            chunk.findings.append(
                Finding(
                    place,
                    line,
                    "exception",
                    self.layout.title("names_document"),
                    "nothing that is there",
                    "Recorded as an unmatched disbursement: no obligation is found for it.",
                )
            )
        joined = "\t".join(texts)
        chunk.lines.append(
            f"{self.import_id}\t{chunk.number}\t{place}\t{line}\t{amount}\t{joined}"
            f"\t{entry}\t{row}\t{flag}\t{evidence}\t{ends}\t{shared}\n"
        )

    def _cells(self) -> str:
        return f"Expected {self.width} cells, as the first line has."

    def _day(self, text: str) -> date:
        found = self._days.get(text)
        if found is None:
            found = self._days[text] = read_day(text, self.date_format)
            if found is NOT_A_DAY and self.pad:
                # As a workbook's own days are read, whatever way the source writes those of its text files.
                found = self._days[text] = read_day(text, "YYYY-MM-DD")
        return found

    def _number(self, known: Known) -> int:
        """A short name of what is taken from a named entry."""
        same = msgspec.structs.replace(known, number=0, amount=Dollars.zero(), adjusts_entry_id=None)
        found = self._numbers.get(same)
        if found is None:
            found = self._numbers[same] = len(self._bases)
            self._bases.append(same)
        return found

    def _remember(self, key: tuple[Any, ...], judged: tuple[str, Known, bool] | None) -> None:
        if len(self._seen) > _REMEMBERED:
            self._seen.clear()
        self._seen[key] = judged


_NOTHING: Final = (
    "",
    Known(0, "", None, Dollars.zero(), None, None, None, None, None, None, None, NOT_A_DAY, False),
    False,
)


def _copied(value: object) -> str:
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, list):
        inside = ",".join('"' + each.replace("\\", "\\\\").replace('"', '\\"') + '"' for each in value)
        return "{" + inside.translate(_ESCAPED) + "}"
    return str(value).translate(_ESCAPED)


def _expected_text(name: str, text: str) -> str:
    if "\0" in text:
        return "Expected text without NUL."
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        return "Expected text in UTF-8."
    least, most = (3, 2_000) if _TYPES[name] is Reason else (1, 20_000 if _TYPES[name] is Prose else 200)
    return f"Expected {least} to {most:,} characters without control characters."
