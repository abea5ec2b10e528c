"""Judges a row of a file by itself, by the very rules that a posted entry meets: every mistake of it."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, Final, NamedTuple

import msgspec

from pipir.features.imports.commands.books import Books
from pipir.features.imports.commands.names import Scope
from pipir.features.imports.rules import FIELDS, IMPORTED, MOVEMENTS, NOT_A_DAY, Layout, read_day
from pipir.features.ledger import rules as money
from pipir.features.ledger.commands.batch import TAKEN, Posting, act_of, reversal_of, taken
from pipir.features.ledger.commands.known import Known
from pipir.features.ledger.rules import COUNTERS, REVERSAL, Act, Findings
from pipir.kernel.errors import Refused
from pipir.kernel.money import Dollars, NotDollars, parse_dollars
from pipir.kernel.text import Line, Prose, Reason
from pipir.sheets import shown

# Where a field stands in a row as it is meant.
AT: Final = {each.name: at for at, each in enumerate(FIELDS)}
UNMATCHED: Final = "unmatched disbursement"
OVERSPENT: Final = "negative unliquidated obligation"
VIOLATION: Final = "potential violation: 1341/1517"
# A mistake or a broken rule as it is said: what it is, its column, what was found, what was expected.
Said = tuple[str, str, str, str]
TEXTS: Final[Mapping[str, Any]] = {
    "document_number": Line, "document_line": Line, "need": Reason, "because": Prose, "signed_at": Line,
    "late_because": Reason, "late_document": Line, "receipt_law": Line, "movement": Line, "transfer_law": Line,
    "approval": Line, "outside_account": Line, "closed_document": Line, "order_law": Line,
}  # fmt: skip
_ONE_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "basis": money.BASES,
    "contribution_kind": money.CONTRIBUTIONS,
    "order_method": money.ORDER_METHODS,
}
WHOLE_NUMBER: Final = re.compile(r"[1-9][0-9]{0,17}")
_DAYS: Final = ("effective_on", "document_on", "performance_from", "performance_until")
_YES: Final = {"yes": True, "true": True, "y": True, "1": True, "x": True}
_NO: Final = {"no": False, "false": False, "n": False, "0": False, "": False}
# What a reversal does not say again: it stands with the entry that is reversed, and means nothing without its kind.
_TAKEN_BACK: Final = (
    "basis", "contribution_kind", "receipt_law", "transfer_law", "approval", "outside_account", "closed_document",
    "order_law", "order_method",
)  # fmt: skip
# What is said of a field of the ledger, by the column of the file that gives it.
_COLUMN_OF: Final = {
    "funding_document_id": "funding_document", "project_id": "project", "participant_id": "participant",
    "continuation_id": "continuation", "adjusts_entry_id": "names_document", "flag": "kind", "evidence": "kind",
    "closed_account_id": "closed_account", "counter_entry_id": "names_entry",
}  # fmt: skip


class Judged(NamedTuple):
    """A row that may be staged: what it says, what it says or takes of the entry that it names, and its warnings.

    They are apart by what they come of: what the entry is charged to, the entry alone, and the rules that it broke as
    something that has already happened.
    """

    posting: Posting
    act: Act
    values: Mapping[str, Any]
    of_charge: tuple[str, ...] = ()
    of_entry: tuple[str, ...] = ()
    of_flag: tuple[str, ...] = ()


class RowJudge:
    """Judges row after row of one file, each by itself."""

    def __init__(
        self, books: Books, layout: Layout, *, evidence: str, date_format: str, kinds: Mapping[str, str],
        workbook: bool = False,
    ) -> None:  # fmt: skip
        self.books, self.layout, self.evidence = books, layout, evidence
        self.date_format, self.workbook = date_format, workbook
        self._kinds = {word.strip().casefold(): kind for word, kind in kinds.items()} | {
            kind.casefold(): kind for kind in IMPORTED
        }
        self._days: dict[str, date] = {}
        # Whatever a sentence about a row may tell of, also of a row that is not taken.
        self.touched: set[tuple[str, int]] = set()
        self.names = any(layout.places[name] is not None for name in ("names_document", "names_line", "names_entry"))
        # A field without a column reads a blank cell behind the last one.
        places = (layout.places[each.name] for each in FIELDS)
        self._in_order = itemgetter(*(len(layout.header) if each is None else each for each in places))
        self._defaults = [(AT[name], default) for name, default in layout.defaults.items() if default]

    def meant(self, cells: Sequence[str]) -> list[str]:
        """The cells of a whole row in the order of the fields, as they are meant.

        That is without the blanks around them, and with what stands in for a blank one.
        """
        row = list(self._in_order([*map(str.strip, cells), ""]))
        for at, default in self._defaults:
            row[at] = row[at] or default
        return row

    def cell(self, cells: Sequence[str], name: str) -> str:
        """One cell as it is meant, where the others are not looked at."""
        place, default = self.layout.places[name], self.layout.defaults[name]
        return (cells[place].strip() or default) if place is not None else default

    def kind(self, word: str) -> str:
        """The kind of entry that a word stands for; blank where it stands for none."""
        return self._kinds.get(word) or self._kinds.get(word.casefold(), "")

    def judge(
        self, row: Sequence[str], known: Known | None, line: int, *, ignore_names: bool = False,
        undone: Known | None = None,
    ) -> tuple[Judged | None, list[Said]]:  # fmt: skip
        """A row with the entry that it names: as it may be staged, or None and everything that is wrong with it.

        `ignore_names` says that the name is wrong, which is told already; what else is wrong is told with it. `undone`
        is the obligation of a payment which was reversed: what the payment does not say for itself is as it was there.
        """
        wrong: list[Said] = []
        title = self.layout.title

        def mistake(name: str, expected: str, found: str | None = None) -> None:
            said = row[AT[name]] if found is None else found
            wrong.append(("mistake", title(name), shown(said), expected))

        kind = self.kind(row[AT["kind"]])
        if not kind:
            mistake("kind", "Expected one of: " + ", ".join(IMPORTED) + ".")
        values: dict[str, Any] = {"kind": kind or "obligation"}
        # A reversal takes the amount of the entry that it reverses.
        taken_over = kind == REVERSAL and not row[AT["amount"]]
        values["amount"] = getattr(known, "amount", None) if taken_over else self._read_amount(row, mistake)
        for name in _DAYS:
            text = row[AT[name]]
            day = self._day(text) if text else None
            if day is NOT_A_DAY or (name == "effective_on" and day is None):
                mistake(name, f"Expected a day written as {self.date_format}.")
                day = None
            values[name] = day
        self._read_names(row, values, mistake)
        for name, kind_of_text in TEXTS.items():
            text = row[AT[name]]
            values[name] = text or None
            if text:
                try:
                    # A byte that is no UTF-8 stands in it as half a character, which no file can hold.
                    text.encode()
                    msgspec.convert(text, kind_of_text)
                except (msgspec.ValidationError, UnicodeEncodeError):
                    mistake(name, _expected_text(kind_of_text, text))
        for name in ("program_authority", "other_authority"):
            values[name] = row[AT[name]] or None
        for name, known_values in _ONE_OF.items():
            text = row[AT[name]]
            if text and text not in known_values:
                mistake(name, "Expected one of: " + ", ".join(known_values) + ".")
            values[name] = text if text in known_values else None
        new_start = row[AT["new_start"]].casefold()
        if new_start not in _YES and new_start not in _NO:
            mistake("new_start", "Expected yes or no.")
        values["new_start"] = _YES.get(new_start, False)
        dated = values["effective_on"] is not None
        values["effective_on"] = values["effective_on"] or self.books.today
        if kind == "expenditure" and known is None and not ignore_names:
            values |= {"flag": UNMATCHED, "evidence": self.evidence_of(row, line)}
            values |= {name: getattr(undone, name) for name in TAKEN if undone is not None and values[name] is None}
        alone = kind in money.TRANSFERS and known is None and not ignore_names and values["movement"] is None
        values["outside_account"] = money.read_symbol(values["outside_account"]) or values["outside_account"]
        del values["movement"]
        posting = Posting(**values)
        told = {column for what, column, _, _ in wrong if what == "mistake"}
        if kind == REVERSAL:
            return self._hold_reversal(posting, known, told, wrong, dated=dated, ignore_names=ignore_names), wrong
        held = self._hold_to_rules(
            posting, known, told, wrong, line, dated=dated, ignore_names=ignore_names, alone=alone
        )
        return held, wrong

    def evidence_of(self, row: Sequence[str], line: int) -> str:
        """What shows that a payment without an obligation was made: its row, and what that names."""
        entry, document = row[AT["names_entry"]], f"{row[AT['names_document']]} {row[AT['names_line']]}".strip()
        name = f"entry {entry}" if entry else document
        return f"{self.evidence}{line}" + (f", which names {shown(name)}" if name else "")

    def _hold_to_rules(
        self, posting: Posting, known: Known | None, told: set[str], wrong: list[Said], line: int, *, dated: bool,
        ignore_names: bool, alone: bool,
    ) -> Judged | None:  # fmt: skip
        books, title = self.books, self.layout.title
        counter = known if posting.kind in COUNTERS else None
        known = None if counter is not None else known
        values, others = taken(posting, known)
        self._touch(values)
        act = act_of(
            posting,
            values,
            known,
            books.determinations.get(values["continuation_id"] or 0),
            books.closed.get(values["closed_account_id"] or 0),
        )
        kept = act.outside_account in books.by_account
        act = msgspec.structs.replace(act, alone=alone, outside_kept=kept)
        if counter is not None:
            of = books.funding_by_id.get(counter.funding_document_id or 0)
            act = msgspec.structs.replace(
                act, counter=counter.kind, counter_amount=counter.amount, named_on=counter.effective_on,
                counter_law=counter.transfer_law, counter_outside=counter.outside_account,
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
        return None if wrong else self._settled(posting, act, values, wrong, line, dated=dated)

    def _hold_reversal(
        self, posting: Posting, target: Known | None, told: set[str], wrong: list[Said], *, dated: bool,
        ignore_names: bool,
    ) -> Judged | None:  # fmt: skip
        title = self.layout.title
        if target is None:
            if not ignore_names and title("names_entry") not in told:
                expected = "Expected the number of the entry that is reversed, or its document and line."
                wrong.append(("mistake", title("names_entry"), "nothing", expected))
            return None
        if target.number < 0 and target.kind in MOVEMENTS:
            said = "Reverse it in a later file, by its entry's number: a movement of authority has two ends."
            wrong.append(("rule", title("names_document"), target.label, said))
        if not posting.because and title("because") not in told:
            wrong.append(("mistake", title("because"), "nothing", "Expected why the entry is reversed."))
        for name in ("amount", "funding_document_id", "project_id", "participant_id"):
            given, has = getattr(posting, name), getattr(target, name)
            column = title(_COLUMN_OF.get(name, name))
            if given not in (None, has) and column not in told:
                shown_value = str(given) if name == "amount" else "another one"
                expected = f"Expected what {target.label} has{f', {has}' if name == 'amount' else ''}, or nothing."
                wrong.append(("mistake", column, shown_value, expected))
        for name in _TAKEN_BACK:
            if getattr(posting, name) is not None and title(name) not in told:
                expected = "A reversal takes back what the entry that it names says; leave this blank."
                wrong.append(("mistake", title(name), shown(getattr(posting, name)), expected))
        try:
            money.may_reverse(target.kind, None, target.number, self.books.law)
        except Refused as refused:
            wrong.append(("rule", title("names_entry"), target.label, f"{refused.detail} {refused.way_out}".strip()))
        if wrong:
            return None
        known, act = reversal_of(target, posting, 0)
        values = {name: getattr(known, name) for name in TAKEN}
        self._touch(values)
        return self._settled(posting, act, values, wrong, 0, dated=dated)

    def _settled(
        self, posting: Posting, act: Act, values: Mapping[str, Any], wrong: list[Said], line: int, *, dated: bool
    ) -> Judged | None:
        alone = money.judge_alone(act, self.books.law, today=self.books.today)
        charged = self.charged(act, values["funding_document_id"])
        if posting.kind == "expenditure" and not posting.flag and (alone.refusals or charged.refusals):
            # It has been made, too early or from an account that takes no entry: it is recorded as what it is.
            flagged = {"flag": VIOLATION if charged.refusals else OVERSPENT, "evidence": f"{self.evidence}{line}"}
            posting, act = msgspec.structs.replace(posting, **flagged), msgspec.structs.replace(act, **flagged)
            alone = money.judge_alone(act, self.books.law, today=self.books.today)
        found = money.together(alone, charged)
        refusals = found.always if posting.flag else found.refusals
        if refusals:
            for refused in refusals if dated else ():
                said = f"{refused.detail} ({refused.citation})" if refused.citation else refused.detail
                wrong.append(("rule", self.layout.title("effective_on"), posting.effective_on.isoformat(), said))
            return None
        broken = tuple(f"{each.detail} ({each.citation})" for each in found.refusals)
        return Judged(posting, act, values, charged.warnings, alone.warnings, broken)

    def charged(self, act: Act, funding_document_id: int | None) -> Findings:
        """What the rules say of an entry beside what it is charged to."""
        funding = self.books.funding_by_id.get(funding_document_id or 0)
        if funding is None:
            return Findings()
        return money.judge_charge(act, funding, self.books.law, today=self.books.today)

    def _touch(self, values: Mapping[str, Any]) -> None:
        self.touched |= {(name, values[name]) for name in Scope._fields if values[name] is not None}

    def _read_amount(self, row: Sequence[str], mistake: Callable[..., None]) -> Dollars | None:
        text = row[AT["amount"]]
        try:
            return parse_dollars(text)
        except NotDollars as wrong:
            if re.fullmatch(r"\(\$? ?[0-9.,]+\)", text):
                mistake("amount", "Expected an amount above zero, without brackets: the kind gives the sign.")
            elif re.fullmatch(r"\$? ?[0-9.,]+ ?(-|CR|DR|Cr|Dr)", text):
                mistake("amount", "Expected an amount above zero, with nothing behind it: the kind gives the sign.")
            elif re.fullmatch(r"[0-9,]+\.[0-9]{3,}", text):
                mistake("amount", "Expected at most two decimals.")
            else:
                mistake("amount", wrong.detail)
        # One dollar stands in, so that what else is wrong is found too.
        return Dollars("1.00")

    def funding_of(self, number: str, account: str) -> tuple[int | None, tuple[str, str] | None]:
        """The funding document that a row says, and the column that is wrong with what it expects."""
        books = self.books
        if number:
            found = books.fundings.get(number)
            if found is None:
                return None, ("funding_document", "Expected the number of a funding document of this ledger.")
            if account and account != str(found[1].account.symbol):
                return None, ("account", f"Expected {found[1].account.symbol}, the account of {number}, or nothing.")
            return found[0], None
        if not account:
            return None, None
        held = books.by_account.get(account, [])
        if len(held) == 1:
            return books.fundings[held[0]][0], None
        if held:
            there = ", ".join(held[:5])
            return None, ("account", f"Expected the funding document too; the account has: {there}.")
        return None, ("account", "Expected the symbol of an account with a funding document in this ledger.")

    def _read_names(self, row: Sequence[str], values: dict[str, Any], mistake: Callable[..., None]) -> None:
        books = self.books
        values["funding_document_id"], wrong = self.funding_of(row[AT["funding_document"]], row[AT["account"]])
        if wrong is not None:
            mistake(*wrong)
        for name, known, expected in (
            ("project", books.projects, "Expected the code of a project of this record, such as P-0001."),
            ("participant", books.participants, "Expected the three letters of a country of this record."),
        ):
            text = row[AT[name]]
            values[f"{name}_id"] = known.get(text.upper()) if text else None
            if text and values[f"{name}_id"] is None:
                mistake(name, expected)
        text = row[AT["closed_account"]]
        values["closed_account_id"] = books.accounts.get(text.upper()) if text else None
        if text and values["closed_account_id"] is None:
            mistake("closed_account", "Expected the symbol of an account of this ledger.")
        text = row[AT["continuation"]]
        values["continuation_id"] = int(text) if WHOLE_NUMBER.fullmatch(text) else None
        if text and values["continuation_id"] not in books.determinations:
            mistake("continuation", "Expected the number of a continuation determination.")
            values["continuation_id"] = None

    def _day(self, text: str) -> date:
        found = self._days.get(text)
        if found is None:
            found = read_day(text, self.date_format)
            if found is NOT_A_DAY and self.workbook:
                # As a workbook's own days are read, whatever way the source writes those of its text files.
                found = read_day(text, "YYYY-MM-DD")
            self._days[text] = found
        return found


def _expected_text(kind: Any, text: str) -> str:
    if "\0" in text:
        return "Expected text without NUL."
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        return "Expected text in UTF-8; save the file as CSV UTF-8."
    least, most = (3, 2_000) if kind is Reason else (1, 20_000 if kind is Prose else 200)
    return f"Expected {least} to {most:,} characters without control characters."
