"""Reads the rows of a file into what is staged; what is judged of one row stands for all that say the same."""

import re
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from pipir.features.imports.commands.judging import AT, TEXTS, UNMATCHED, WHOLE_NUMBER, Judged, RowJudge, Said
from pipir.features.imports.commands.names import Base, Name, Named, Own, OwnRows, Scope, base_of, key_of, scope_of
from pipir.features.imports.commands.staging import BLANK, FORM, NULL, Chunk, Finding, copied, copied_texts
from pipir.features.imports.rules import MOVEMENTS
from pipir.features.ledger.commands.known import Known
from pipir.features.ledger.rules import COUNTERS, MAY_NAME, REVERSAL, Act, charge_of
from pipir.kernel.money import Dollars, NotDollars, parse_dollars
from pipir.kernel.text import Reason
from pipir.sheets import cut_to_titles, shown

# Texts that no rule looks into: only whether they are there is part of what rows have in common.
_TEXTS: Final = (
    "document_number", "document_line", "need", "because", "signed_at", "late_because", "late_document", "receipt_law",
)  # fmt: skip
# What rows have in common that are judged alike, whatever they are charged to and whomever they are for.
_FORM: Final = (
    "kind", "effective_on", "program_authority", "other_authority", "continuation", "document_on", "performance_from",
    "performance_until", "basis", "contribution_kind", "new_start",
)  # fmt: skip
# What few rows say, each of them read by itself, and the kinds that nobody posts by the thousand.
_RARE: Final = (
    "movement", "transfer_law", "approval", "closed_account", "closed_document", "order_law", "order_method",
    "outside_account",
)  # fmt: skip
_SCOPE: Final = itemgetter(*(AT[name] for name in ("funding_document", "account", "project", "participant")))
_AMOUNT, _CONTINUATION = AT["amount"], AT["continuation"]
_RARE_KINDS: Final = (*MOVEMENTS, REVERSAL, "closing")
_LONGEST: Final = 200
_PLAIN_AMOUNT: Final = re.compile(r"(?=[0-9.]*[1-9])[0-9]{1,13}(\.[0-9]{1,2})?")
_REMEMBERED: Final = 100_000


class _Plain(NamedTuple):
    """A row whose own cells are good by themselves: what it says, and what it has in common with rows judged alike."""

    amount: str
    texts: list[str]
    scope: Scope
    key: tuple[Any, ...]


class _Form(NamedTuple):
    """What was judged of a row, for all like it: what is staged of it, and the warnings with which it passed.

    `by_charge` has those that come of what an entry is charged to, by the funding document; of another it is asked.
    """

    text: str
    base: Base
    flag: str | None
    act: Act
    of_entry: tuple[str, ...]
    by_charge: dict[int | None, tuple[str, ...]]


class RowReader:
    """Reads row after row of one file.

    A row's form (its kind, days, authority and so on) is judged once, and once for each funding document that rows of
    the form are charged to; project and country bear on no rule but a determination's and a partner's advance's.
    Whatever is not wholly good is judged by itself.
    """

    def __init__(self, judge: RowJudge, own: OwnRows, *, import_id: int) -> None:
        self.judge, self.own, self.import_id = judge, own, import_id
        self.layout = layout = judge.layout
        self.width = len(layout.header)
        self.names = judge.names
        self.names_documents = layout.places["names_document"] is not None
        self._forms: dict[tuple[Any, ...], _Form] = {}
        # By what the rules see of an entry beside what it is charged to: forms that differ elsewhere share it.
        self._charges: dict[Act, dict[int | None, tuple[str, ...]]] = {}
        self._remembered = 0
        # Only what has a column, or something that stands in for a blank cell, is looked at in each row.
        there = {name for name, at in layout.places.items() if at is not None or layout.defaults[name]}
        self._form_cells = itemgetter(*(AT[name] for name in _FORM if name in there))
        self._texts = [
            (number, AT[name], 3 if TEXTS[name] is Reason else 1) for number, name in enumerate(_TEXTS) if name in there
        ]
        self._no_texts = [NULL] * len(_TEXTS)
        self._rare = [AT[name] for name in _RARE if name in there]
        funding = judge.books.funding_by_id
        self._advances = {number for number, each in funding.items() if each.source == "partner advance"}
        self._audiences = [judge.books.audiences[name] for name in Scope._fields]
        # By the cells that say it; None where one of them is not known.
        self._scopes: dict[tuple[str, ...], Scope | None] = {}
        self._written: dict[Scope, tuple[str, int]] = {}

    def is_whole(self, cells: list[str]) -> bool:
        """Whether a row has as many cells as there are titles; blank ones at its end are taken off or added.

        A workbook does not hold the blank cells at the end of a row. In text each has its place, also below the titles.
        """
        if self.judge.workbook:
            while len(cells) > self.width and not cells[-1]:
                cells.pop()
            cells += [""] * (self.width - len(cells))
        else:
            cut_to_titles(cells, self.width, self.layout.cells, self.layout.places["amount"])
        return len(cells) == self.width

    def named(self, cells: Sequence[str]) -> Name | None:
        """What the cells of a row name by document and line, if anything."""
        cell = self.judge.cell
        document = cell(cells, "names_document")
        return self._name(cell(cells, "kind"), document, cell(cells, "names_line")) if document else None

    def _name(self, word: str, document: str, line: str) -> Name:
        kind = self.judge.kind(word)
        return (kind if kind == REVERSAL else MAY_NAME.get(kind, "obligation")), document, line

    def read(self, chunk: Chunk, place: int, line: int, cells: list[str], named: Named) -> None:
        """Read one row into the chunk: a line to be staged, or what is wrong with it."""
        chunk.rows += 1
        if len(cells) != self.width and not self.is_whole(cells):
            expected = f"Expected {self.width} cells, as the titles have."
            if len(cells) > self.width:
                expected += " An amount with commas stands in quotation marks, and one below a thousand has its cents."
            self._refuse(chunk, place, line, None, [("mistake", "", f"{len(cells)} cells", expected)])
            return
        row = self.judge.meant(cells)
        target: Own | Known | None = None
        if self.names:
            target, wrong = self._target(row, named)
            if wrong is not None:
                # What else is wrong with the row is told at the same time.
                _, others = self.judge.judge(row, None, line, ignore_names=True)
                self._refuse(chunk, place, line, row, [wrong, *others])
                return
        reverser = named.reversed_by.get(target.number) if isinstance(target, Known) else None
        undone: Known | None = None
        if reverser is not None and isinstance(target, Known) and self.judge.kind(row[AT["kind"]]) == "expenditure":
            # A disbursement has been made, also of an obligation that does not stand: it is without one.
            undone, target, reverser = target, None, None
        plain = self._plain(row, target) if reverser is None and undone is None else None
        form = self._forms.get(plain.key) if plain is not None else None
        if plain is not None and form is not None:
            of_charge = form.by_charge.get(plain.scope.funding_document_id)
            if of_charge is None:
                of_charge = self._ask_charge(form, plain.scope.funding_document_id)
            if of_charge is not None:
                warnings = (*of_charge, *form.of_entry)
                self._stage(chunk, place, line, row, plain.amount, plain.texts, target, form, plain.scope, warnings)
                self._keep_own(form.base, plain.scope, row, place, line, plain.amount, target)
                return
        known = target.known if isinstance(target, Own) else target
        judged, wrongs = self.judge.judge(row, known, line, undone=undone)
        # A closing cancels what is left of an obligation, whether or not that one stands.
        if reverser is not None and known is not None and self.judge.kind(row[AT["kind"]]) != "closing":
            expected = f"Expected an entry that stands; it was reversed by entry {reverser}."
            wrongs.append(("rule", self.layout.title("names_document"), known.label, expected))
        if wrongs or judged is None:
            self._refuse(chunk, place, line, row, wrongs)
            return
        self._take(chunk, place, line, row, target, judged, plain.key if plain is not None else None)

    # ---- what rows have in common

    def _plain(self, row: Sequence[str], target: Own | Known | None) -> _Plain | None:
        """A row of which no cell needs a look by itself, or None."""
        if self._rare and any(row[at] for at in self._rare):
            return None
        amount = row[_AMOUNT]
        if _PLAIN_AMOUNT.fullmatch(amount) is None:
            return None
        texts = self._no_texts[:]
        shape = 0
        for number, at, least in self._texts:
            text = row[at]
            if text:
                if not text.isprintable() or not least <= len(text) <= _LONGEST:
                    return None
                shape |= 1 << number
                texts[number] = text if "\\" not in text else copied(text)
        cells = _SCOPE(row)
        given = self._scopes[cells] if cells in self._scopes else self._scope(cells)
        if given is None:
            return None
        base: Base | None = None
        scope, differs = given, False
        if target is not None:
            base, has = (target.base, target.scope) if isinstance(target, Own) else (base_of(target), scope_of(target))
            if given != has:
                scope = Scope(*(has[n] if each is None else each for n, each in enumerate(given)))
                differs = scope != has
                if scope.funding_document_id != has.funding_document_id:
                    return None
        # A determination is for a project or for a funding document.
        covered = scope[:2] if row[_CONTINUATION] or (base is not None and base.continuation_id) else None
        funded = scope.funding_document_id is not None
        # What one partner advanced is held for it: whom a row is for bears on what is charged to an advance.
        advanced = scope.funding_document_id in self._advances
        partnered = (scope.participant_id,) if advanced else scope.participant_id is not None
        key = (self._form_cells(row), shape, base, funded, partnered, differs, covered)
        return _Plain(amount, texts, scope, key)

    def _scope(self, cells: tuple[str, ...]) -> Scope | None:
        document, account, code, letters = cells
        books = self.judge.books
        funding, wrong = self.judge.funding_of(document, account)
        project = books.projects.get(code.upper()) if code else None
        participant = books.participants.get(letters.upper()) if letters else None
        known = wrong is None and (not code or project is not None) and (not letters or participant is not None)
        found = self._scopes[cells] = Scope(funding, project, participant) if known else None
        self._count_remembered()
        return found

    def _ask_charge(self, form: _Form, funding_document_id: int | None) -> tuple[str, ...] | None:
        """The warnings that come of a funding document; None where a rule is broken and its sentence is due."""
        found = self.judge.charged(form.act, funding_document_id)
        if found.refusals:
            return None
        form.by_charge[funding_document_id] = found.warnings
        self._count_remembered()
        return found.warnings

    def _take(
        self, chunk: Chunk, place: int, line: int, row: Sequence[str], target: Own | Known | None, judged: Judged,
        key: tuple[Any, ...] | None,
    ) -> None:  # fmt: skip
        """Stage a row that was judged by itself, and remember what holds for all like it."""
        posting, values = judged.posting, judged.values
        scope = Scope(*(values[name] for name in Scope._fields))
        # An amount stands in no rule of what an entry is charged to, only in sentences of what is refused.
        by_charge = self._charges.setdefault(replace(charge_of(judged.act), amount=Dollars.zero()), {})
        if not judged.of_flag:
            # Of an account that takes no entry no other row passes by this one's leave.
            by_charge[scope.funding_document_id] = judged.of_charge
        form = _Form(
            "\t".join(copied(values.get(name, getattr(posting, name))) for name in FORM),
            Base(posting.kind, posting.effective_on, *(values[name] for name in Base._fields[2:])),
            posting.flag,
            judged.act,
            judged.of_entry,
            by_charge,
        )
        # A law that is cited for a late record or a receipt is looked into: such rows are never judged by another's.
        cited = posting.late_because or posting.late_document or posting.receipt_law
        if key is not None and not cited and not judged.of_flag and posting.kind not in _RARE_KINDS:
            self._forms[key] = form
            self._count_remembered()
        texts = [copied(getattr(posting, name)) for name in _TEXTS]
        warnings = (*judged.of_charge, *judged.of_entry, *judged.of_flag)
        ends = self._ends(row, judged, target)
        if judged.of_flag and posting.flag not in (None, UNMATCHED):
            said = f"Recorded as a {posting.flag}: {' '.join(judged.of_flag)}"
            column = self.layout.title("effective_on")
            chunk.findings.append(Finding(place, line, "exception", column, posting.effective_on.isoformat(), said))
        self._stage(chunk, place, line, row, str(posting.amount), texts, target, form, scope, warnings, ends)
        if posting.kind != REVERSAL:
            self._keep_own(form.base, scope, row, place, line, str(posting.amount), target)
        elif isinstance(target, Own):
            self.own.reverse(target.place, None)
        elif target is not None:
            self.own.reverse(None, target.number)

    def _count_remembered(self) -> None:
        self._remembered += 1
        if self._remembered > _REMEMBERED:
            for memory in (self._forms, self._charges, self._scopes, self._written):
                memory.clear()
            self._remembered = 0

    # ---- what a row names

    def _target(self, row: Sequence[str], named: Named) -> tuple[Own | Known | None, Said | None]:
        """The entry or row that a row names; or what is wrong with the name; a payment may name what is not there."""
        entry, document = row[AT["names_entry"]], row[AT["names_document"]]
        if not entry and not document:
            return None, None
        if entry:
            known = named.by_number.get(int(entry)) if WHOLE_NUMBER.fullmatch(entry) else None
            paid = self.judge.kind(row[AT["kind"]]) == "expenditure" and WHOLE_NUMBER.fullmatch(entry)
            if paid and (known is None or known.kind != "obligation"):
                # As one that names a document which no obligation has.
                return None, None
            if known is None:
                return None, (
                    "mistake",
                    self.layout.title("names_entry"),
                    shown(entry),
                    "There is no entry with this number.",
                )
            return known, None
        kind, document, line = self._name(row[AT["kind"]], document, row[AT["names_line"]])
        key = key_of(kind, document, line)
        mine: Sequence[Own] = self.own.find(key)
        stored = named.by_document.get(key, ())
        gone = 0
        if self.own.undone:
            gone = len(mine) + len(stored)
            mine = [each for each in mine if each.place not in self.own.gone]
            stored = [each for each in stored if each.number not in self.own.gone_entries]
            gone -= len(mine) + len(stored)
        if kind == REVERSAL:
            mine, stored = self._meant_by_reversal(row, key, mine, stored)
        if len(mine) + len(stored) == 1:
            return (mine or stored)[0], None
        return None, self._not_named(row, (kind, document, line), mine, stored, gone=gone > 0)

    def _meant_by_reversal(
        self, row: Sequence[str], key: str, mine: Sequence[Own], stored: Sequence[Known]
    ) -> tuple[Sequence[Own], Sequence[Known]]:
        if self.own.refused(key) is not None:
            # What else has the document of a row that is not taken is not what is meant.
            return (), ()
        if len(mine) + len(stored) > 1:
            # A document has an obligation and its payments: the amount tells which of them is meant.
            rows = [each for each in mine if _is_amount(row[_AMOUNT], each.amount)]
            entries = [each for each in stored if _is_amount(row[_AMOUNT], each.amount)]
            return (rows, entries) if rows or entries else (mine, stored)
        return mine, stored

    def _not_named(
        self, row: Sequence[str], name: Name, mine: Sequence[Own], stored: Sequence[Known], *, gone: bool
    ) -> Said | None:
        """What is wrong with a name that is not one entry's; None where a payment is recorded without it."""
        kind, document, line = name
        column, shown_name = self.layout.title("names_document"), shown(f"{document} {line}".strip())
        if mine or stored:
            places = ", ".join(
                [*(f"entry {each.number}" for each in stored), *(f"row {each.line}" for each in mine)][:5]
            )
            expected = f"Expected the number of the entry: {places} have this document and line."
            if kind == REVERSAL and mine:
                expected = (
                    f"Expected the amount that tells which is reversed: {places} have this document and line. Or "
                    "reverse it in a later file, by the number that it then has."
                )
            return "mistake", column, shown_name, expected
        bad = self.own.refused(key_of(*name))
        if bad is not None:
            return "names", column, shown_name, f"It names row {bad}, which is not taken."
        # A disbursement has been made, whatever it names: it is recorded as unmatched.
        if self.judge.kind(row[AT["kind"]]) == "expenditure":
            return None
        if gone:
            expected = "A row before it reverses what has this document and line; name one that stands."
            return "rule", column, shown_name, expected
        where = "that stands in the ledger or before this row" if kind == REVERSAL else "before this row"
        noun = "entry" if kind == REVERSAL else kind
        return "mistake", column, shown_name, f"There is no {noun} with this document and line {where}."

    def _keep_own(
        self, base: Base, scope: Scope, row: Sequence[str], place: int, line: int, amount: str,
        target: Own | Known | None,
    ) -> None:  # fmt: skip
        if not self.names or (base.kind not in ("obligation", "commitment") and not self.own.reverses):
            return
        document = row[AT["document_number"]]
        if not document:
            return
        its_line = row[AT["document_line"]]
        if not self.own.reverses:
            self.own.keep(key_of(base.kind, document, its_line), base, scope, place, line)
            return
        mine = target.place if isinstance(target, Own) else None
        entry = target.number if isinstance(target, Known) and base.kind not in COUNTERS else None
        self.own.keep_row(Own(place, line, base, scope, Dollars(amount), mine, entry), document, its_line)

    def _refuse(self, chunk: Chunk, place: int, line: int, row: Sequence[str] | None, wrong: Iterable[Said]) -> None:
        chunk.bad += 1
        chunk.findings += [Finding(place, line, *each) for each in wrong]
        if row is not None:
            self._remember_refused(row, line)

    def remember_refused(self, cells: Sequence[str], line: int) -> None:
        """Keep that a row is not taken: what names it is not taken either."""
        self._remember_refused(self.judge.meant(cells), line)

    def _remember_refused(self, row: Sequence[str], line: int) -> None:
        kind, document = self.judge.kind(row[AT["kind"]]), row[AT["document_number"]]
        if self.names and kind in ("obligation", "commitment") and document:
            self.own.refuse(key_of(kind, document, row[AT["document_line"]]), line)
        if self.own.reverses and kind != REVERSAL and document:
            self.own.refuse(key_of(REVERSAL, document, row[AT["document_line"]]), line)

    # ---- what is written

    def _stage(
        self, chunk: Chunk, place: int, line: int, cells: Sequence[str], amount: str, texts: Sequence[str],
        target: Own | Known | None, form: _Form, scope: Scope, warnings: Sequence[str], ends: str = BLANK,
    ) -> None:  # fmt: skip
        entry = row = flag = evidence = NULL
        kind = form.base.kind
        if target is not None and kind == REVERSAL:
            # It belongs to what the entry that it reverses belongs to.
            entry = copied(target.adjusts_entry_id)
            row = copied(target.adjusts_place) if isinstance(target, Own) else NULL
        elif isinstance(target, Own):
            row = str(target.place)
        elif target is not None and kind not in COUNTERS:
            entry = str(target.number)
        if form.flag is not None:
            flag, evidence = form.flag, copied(f"{self.judge.evidence}{line}")
        if form.flag == UNMATCHED:
            evidence = copied(self.judge.evidence_of(cells, line))
            expected = "Recorded as an unmatched disbursement: no obligation is found for it."
            column = self.layout.title("names_document")
            chunk.findings.append(Finding(place, line, "exception", column, "nothing that is there", expected))
        written = self._written.get(scope) or self._write_scope(scope)
        said = copied_texts(warnings) if warnings else "{}"
        joined = "\t".join(texts)
        chunk.lines.append(
            f"{self.import_id}\t{chunk.number}\t{place}\t{line}\t{amount}\t{joined}\t{entry}\t{row}\t{flag}"
            f"\t{evidence}\t{ends}\t{form.text}\t{written[0]}\t{said}\t{written[1]}\n"
        )

    def _write_scope(self, scope: Scope) -> tuple[str, int]:
        """What a row is charged to and whom it is for, as it is copied, and who may read of all of it."""
        audience = -1
        for number, audiences in zip(scope, self._audiences, strict=True):
            if number is not None:
                audience &= audiences[number]
        found = self._written[scope] = ("\t".join(map(copied, scope)), audience)
        self._count_remembered()
        return found

    def _ends(self, row: Sequence[str], judged: Judged, target: Own | Known | None) -> str:
        """What few rows hold: the last of a row's own columns, as they are copied."""
        posting = judged.posting
        stored = target if isinstance(target, Known) else None
        mine = target if isinstance(target, Own) and posting.kind == REVERSAL else None
        reverses = stored if posting.kind == REVERSAL else None
        counter = stored if posting.kind in COUNTERS else None
        return "\t".join(
            copied(each)
            for each in (
                mine.base.kind if mine else reverses.kind if reverses else None,
                reverses.number if reverses else None,
                mine.place if mine else None,
                row[AT["movement"]] or None,
                counter.number if counter else None,
                posting.transfer_law,
                posting.approval,
                posting.closed_document,
                posting.order_law,
                posting.order_method,
                posting.outside_account,
            )
        )


def _is_amount(text: str, amount: Dollars) -> bool:
    try:
        return parse_dollars(text) == amount
    except NotDollars:
        return False
