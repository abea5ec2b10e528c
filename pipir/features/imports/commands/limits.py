"""Holds what is staged to the limits, together with what is stored: by the rules that a posted batch meets."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec
from sqlalchemy import text

from pipir.features.imports.commands.books import Books
from pipir.features.imports.commands.duplicates import notice_duplicates
from pipir.features.imports.commands.harms import (
    AUTHORITY,
    BASE,
    BROKEN_THREADS,
    DRAWS,
    LOWERS,
    RESERVED,
    RETURNS,
    STANDING,
    TAKES,
    UNCOMMITTED,
    WHAT,
    StagedRow,
    StagedSum,
    cents_of,
    last_of,
    line_of,
    staged_days,
)
from pipir.features.imports.commands.judging import OVERSPENT, UNMATCHED
from pipir.features.imports.commands.movements import pair_movements
from pipir.features.imports.rules import MOVEMENTS
from pipir.features.ledger import rules as money
from pipir.features.ledger.commands.closed import CHARGES, ShareDays, share_days
from pipir.features.ledger.commands.judging import commitment_of, contract_warnings, obligation_of
from pipir.features.ledger.commands.reading import days_of, thread_rows
from pipir.features.ledger.rules import COUNTERS, REVERSAL, DaySum, Findings
from pipir.kernel.errors import Refused
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars, dollars
from pipir.store.doors import WriteSession

_ROOTS_AT_ONCE: Final = 500
# Whether a row was made an exception with its chunk; what the limits say of rows stands in none.
_ITS_OWN: Final = (
    "exists (select from import_finding f where f.import_id = :i and f.chunk = r.chunk and f.place = r.place "
    "and f.what = 'exception')"
)
# Whether a standing entry brings in what another one took out; one that a row of the file reverses does not stand.
_IS_IN: Final = """exists (
    select from ledger_entry b where b.counter_entry_id = {0}
    and not exists (select from ledger_entry x where x.reverses_entry_id = b.id)
    and not exists (select from import_row x where x.import_id = :i and not x.left_out and x.reverses_entry_id = b.id
                    and x.place < r.place))"""


class Held(msgspec.Struct, frozen=True):
    """What the limits say beside the findings that are stored: warnings by row, which are stored with its entry."""

    warnings: tuple[tuple[int, str], ...]


async def hold_limits(session: WriteSession, import_id: int, books: Books, *, evidence: str, reader: Reader) -> Held:
    """Judge all that is staged of a file together with the ledger; what breaks a limit is left out, latest rows first.

    A disbursement above its obligation is kept, with its flag.
    """
    limits = _Limits(session, import_id, books, evidence, reader)
    await limits.begin_anew()
    await limits.refuse_reversed()
    await limits.refuse_moved()
    if limits.kinds.intersection(MOVEMENTS):
        await pair_movements(session, import_id, books, limits.leave_place_out)
        await limits.cascade()
    while True:
        changed = await limits.hold_documents()
        changed |= await limits.hold_threads()
        changed |= await limits.hold_closed_shares()
        if not changed:
            break
    await notice_duplicates(session, import_id, reader)
    await limits.warn()
    return Held(tuple(sorted(limits.warnings)))


class _Limits:
    def __init__(self, session: WriteSession, import_id: int, books: Books, evidence: str, reader: Reader) -> None:
        self.session, self.books, self.evidence, self.reader = session, books, evidence, reader
        self.i = import_id
        self.warnings: set[tuple[int, str]] = set()
        # The kinds of the rows: what none of them is costs no look at a million rows.
        self.kinds: set[str] = set()
        # Whether rows were left out since those that go with them were.
        self._to_follow = False

    async def run(self, statement: str, **values: Any) -> Any:
        return await self.session.execute(text(statement), {"i": self.i, **values})

    async def begin_anew(self) -> None:
        # For this transaction alone: a million rows are grouped and sorted, not fifty.
        await self.run("set local work_mem = '128MB'")
        await self.run("select app.weigh_import_rows()")
        judged = await self.run("delete from import_finding where import_id = :i and chunk = -1")
        if judged.rowcount:
            await self.run(
                # What a row is an exception for by itself it stays; its limits are looked at anew.
                f"update import_row r set left_out = false, flag = case when {_ITS_OWN} then flag end, "
                f"evidence = case when {_ITS_OWN} then evidence end "
                f"where import_id = :i and (left_out or flag = '{OVERSPENT}')"
            )
        self.kinds = set((await self.run("select distinct kind from import_row where import_id = :i")).scalars())

    async def refuse_reversed(self) -> None:
        """An entry that was reversed since the row was read is named by nothing."""
        if not await self.session.scalar(
            text(
                "select exists (select from import_row where import_id = :i "
                "and (adjusts_entry_id is not null or reverses_entry_id is not null))"
            ),
            {"i": self.i},
        ):
            return
        await self._unmatch(
            "exists (select from ledger_entry x where x.reverses_entry_id = r.adjusts_entry_id) "
            "or exists (select from import_row x where x.import_id = :i and not x.left_out "
            "and x.reverses_entry_id = r.adjusts_entry_id and x.place < r.place)"
        )
        await self._leave_out(
            "r.adjusts_entry_id in "
            "(select x.reverses_entry_id from ledger_entry x where x.reverses_entry_id is not null)",
            what="rule",
            column="names_document",
            said="The entry that it names was reversed; name one that stands.",
        )
        await self._leave_out(
            "r.reverses_entry_id in "
            "(select x.reverses_entry_id from ledger_entry x where x.reverses_entry_id is not null)",
            what="rule",
            column="names_entry",
            said="The entry that it reverses was reversed already; an entry is reversed once.",
        )
        await self._leave_out(
            "exists (select from import_row x where x.import_id = :i and not x.left_out "
            "and x.reverses_entry_id = r.reverses_entry_id and x.place < r.place)",
            what="rule",
            column="names_entry",
            said="A row before it reverses the same entry; an entry is reversed once.",
        )
        await self._leave_out(
            "r.kind <> 'reversal' and exists (select from import_row x where x.import_id = :i and not x.left_out "
            "and x.reverses_entry_id = r.adjusts_entry_id and x.place < r.place)",
            what="rule",
            column="names_entry",
            said="A row before it reverses the entry that it names; name one that stands.",
        )
        await self.cascade()

    async def _unmatch(self, condition: str) -> None:
        """A disbursement has been made, also of an obligation that does not stand: from now on it is without one."""
        await self.run(
            "with made as (update import_row r set adjusts_entry_id = null, flag = :flag, "
            "evidence = cast(:evidence as text) || r.line || ', which names entry ' || r.adjusts_entry_id "
            f"where r.import_id = :i and r.kind = 'expenditure' and r.adjusts_entry_id is not null and ({condition}) "
            "returning r.chunk, r.place, r.line, r.amount), "
            # What reverses it belongs to what it belonged to.
            "undone as (update import_row u set adjusts_entry_id = null from made "
            "where u.import_id = :i and u.reverses_place = made.place) "
            'insert into import_finding (import_id, chunk, place, line, what, "column", found, expected) '
            "select :i, chunk, place, line, 'exception', 'names_document', "
            "'$' || to_char(amount, 'FM999,999,999,999,990.00'), :said from made order by place",
            flag=UNMATCHED,
            evidence=self.evidence,
            said="Recorded as an unmatched disbursement: the entry that it names was reversed.",
        )

    async def refuse_moved(self) -> None:
        """What took authority out is brought in once, and is not reversed while another entry brings it in."""
        if not self.kinds.intersection((*COUNTERS, REVERSAL)):
            return
        await self._leave_out(
            "exists (select from ledger_entry x where x.reverses_entry_id = r.counter_entry_id) "
            "or exists (select from import_row x where x.import_id = :i and not x.left_out "
            "and x.reverses_entry_id = r.counter_entry_id and x.place < r.place)",
            what="rule",
            column="names_entry",
            said="The movement that it brings in was reversed; name one that stands.",
        )
        await self._leave_out(
            f"r.counter_entry_id is not null and {_IS_IN.format('r.counter_entry_id')} "
            "or exists (select from import_row x where x.import_id = :i and not x.left_out "
            "and x.counter_entry_id = r.counter_entry_id and x.place < r.place)",
            what="rule",
            column="names_entry",
            said="The movement that it names was brought in already: the same dollars would count twice.",
        )
        await self._leave_out(
            f"r.kind = 'reversal' and ({_IS_IN.format('r.reverses_entry_id')} "
            "or exists (select from import_row x where x.import_id = :i and not x.left_out "
            "and x.counter_entry_id = r.reverses_entry_id and x.place < r.place))",
            what="rule",
            column="names_entry",
            said="Another entry brings in what the entry that it reverses took out; reverse that one first.",
        )
        await self.cascade()

    # ---- documents

    async def hold_documents(self) -> bool:
        changed = False
        sums: Sequence[StagedSum] | None = None
        # Those of rows that were left out since are no longer true.
        self.warnings.clear()
        for harmful, hold in (
            (AUTHORITY, money.within_authority),
            (RESERVED, money.within_commitments),
            (UNCOMMITTED, money.beside_commitments),
        ):
            sums = await self._day_sums() if sums is None else sums
            staged = staged_days(sums, harmful[0], drawn=harmful is not UNCOMMITTED)
            first = {document: bad[0] for document, (_, bad) in staged.items() if bad[0] is not None}
            stored = await days_of(self.session, first) if first else defaultdict(list)
            for document, (days, bad) in staged.items():
                found = self._judge(hold, document, [*stored[document], *days], bad)
                if found is None:
                    continue
                self.warnings |= {(bad[3], each) for each in found.warnings}
                if found.refusals:
                    changed, sums = True, None
                    await self._cut(document, harmful, hold, stored[document], found.refusals[0])
        return changed

    def _judge(
        self, hold: Any, document: int, days: Sequence[DaySum], bad: tuple[date | None, int, int, int]
    ) -> Findings | None:
        since, asked, count, _ = bad
        if since is None:
            return None
        what = "the file's entry" if count == 1 else f"the file's {count:,} entries, together"
        found: Findings = hold(
            self.books.funding_by_id[document], days, since=since, asked=asked, what=what, statute=self.books.law
        )
        return found

    async def _day_sums(
        self, document: int | None = None, harmful: tuple[tuple[str, ...], str] = ((), ""), *, cut: int | None = None
    ) -> Sequence[StagedSum]:
        """What the staged rows come to on each day; of one document without those that harm, and lie behind a place."""
        kinds, dependents = harmful
        rows = await self.run(
            "select funding_document_id, effective_on, kind, reversed_kind, "
            "adjusts_entry_id is not null or adjusts_place is not null, "
            f"sum(amount), count(*), max(place) from import_row where {STANDING} and funding_document_id is not null "
            + ("and funding_document_id = :document " if document is not None else "")
            + (
                f"and not ({WHAT} = any(:kinds) and place > :cut) "
                f"and not (kind in {dependents} and coalesce(adjusts_place, 0) > :cut) "
                if cut is not None
                else ""
            )
            + "group by 1, 2, 3, 4, 5",
            **({"document": document} if document is not None else {}),
            **({"kinds": list(kinds), "cut": cut} if cut is not None else {}),
        )
        return [StagedSum(*row) for row in rows]

    async def _cut(
        self, document: int, harmful: tuple[tuple[str, ...], str], hold: Any, stored: Sequence[DaySum], why: Refused
    ) -> None:
        """Leave the latest rows that harm a document out until what is left holds."""
        kinds, _ = harmful
        places = list(
            (
                await self.run(
                    f"select place from import_row where {STANDING} and funding_document_id = :document "
                    f"and {WHAT} = any(:kinds) order by place",
                    document=document,
                    kinds=list(kinds),
                )
            ).scalars()
        )
        low, high = 0, len(places) - 1
        # Fewer rows never harm more: the number that holds is found by halving.
        while low < high:
            middle = (low + high + 1) // 2
            days = staged_days(await self._day_sums(document, harmful, cut=places[middle - 1]), kinds)
            left, bad = days.get(document, ([], (None, 0, 0, 0)))
            found = self._judge(hold, document, [*stored, *left], bad)
            if found is None or not found.refusals:
                low = middle
            else:
                high = middle - 1
        await self._leave_out(
            f"r.funding_document_id = :document and {WHAT} = any(:kinds) and r.place > :cut",
            what="limit",
            column="amount",
            said=_sentence(why),
            document=document,
            kinds=list(kinds),
            cut=places[low - 1] if low else 0,
        )
        await self.cascade()

    # ---- obligations and commitments

    async def hold_threads(self) -> bool:
        changed = False
        broken = [tuple(row) for row in await self.run(BROKEN_THREADS)]
        for start in range(0, len(broken), _ROOTS_AT_ONCE):
            changed |= await self._hold_roots(broken[start : start + _ROOTS_AT_ONCE])
        return changed

    async def _hold_roots(self, roots: Sequence[tuple[str, int | None, int | None]]) -> bool:
        stored: defaultdict[tuple[str, int], list[DaySum]] = defaultdict(list)
        for known, reverses, each in await thread_rows(self.session, {entry for _, _, entry in roots if entry}):
            day = DaySum(known.effective_on, each.authority, each.committed, each.obligated, each.expended)
            for of, number in (("o", obligation_of(known, reverses)), ("c", commitment_of(known, reverses))):
                if number is not None:
                    stored[of, number].append(day)
        rows = await self.run(
            f"select place, line, {BASE}, {WHAT}, effective_on, amount, adjusts_place, adjusts_entry_id, "
            f"reverses_entry_id, reverses_place, flag from import_row where {STANDING} and (place = any(:places) "
            "or adjusts_place = any(:places) or adjusts_entry_id = any(:entries) "
            "or reverses_entry_id = any(:entries) or reverses_place = any(:places)) order by place",
            places=[place for _, place, _ in roots if place],
            entries=[entry for _, _, entry in roots if entry],
        )
        staged: defaultdict[tuple[str, int | None, int | None], list[StagedRow]] = defaultdict(list)
        for row in (StagedRow(*columns) for columns in rows):
            if row.kind in ("obligation", "commitment"):
                entry = row.reverses_entry_id
                mine = (row.reverses_place or row.place, None) if entry is None else (None, entry)
                staged[row.kind[0], *mine].append(row)
            if row.adjusts_place or row.adjusts_entry_id:
                of = "c" if row.kind in ("obligation", "decommitment") else "o"
                staged[of, row.adjusts_place, row.adjusts_entry_id].append(row)
        changed = False
        for root in roots:
            kind, place, entry = root
            before = stored[kind, entry] if entry else []
            label = (
                f"{'obligation' if kind == 'o' else 'commitment'} {entry or f'of row {line_of(staged[root], place)}'}"
            )
            hold = self._obligation if kind == "o" else self._commitment
            changed |= await hold(label, before, staged[root])
        return changed

    async def _obligation(self, label: str, stored: list[DaySum], rows: list[StagedRow]) -> bool:
        # What is flagged counts against nothing else, and so does its reversal.
        apart = {each.place for each in rows if each.flag is not None}
        rows = [each for each in rows if each.flag is None and each.reverses_place not in apart]
        out: list[tuple[StagedRow, Refused]] = []
        # A disbursement has been made; what else would pass a limit is left out before one of them is flagged.
        for whats, hold in (
            (RETURNS, money.refunds_within_expenditures),
            (LOWERS, money.within_obligation),
            (("expenditure",), money.within_obligation),
        ):
            while (last := last_of(rows, *whats)) is not None:
                found = self._hold(hold, label, stored, rows, whats, last)
                if found is None:
                    break
                rows.remove(last)
                if last.what == "expenditure":
                    rows = [each for each in rows if each.reverses_place != last.place]
                    await self._flag(last, found)
                else:
                    out.append((last, found))
        for row, why in out:
            await self._leave_row_out(row, why)
        if out:
            await self.cascade()
        return bool(out)

    async def _commitment(self, label: str, stored: list[DaySum], rows: list[StagedRow]) -> bool:
        out: list[tuple[StagedRow, Refused]] = []
        while (last := last_of(rows, *DRAWS)) is not None:
            found = self._hold(money.within_commitment, label, stored, rows, DRAWS, last)
            if found is None:
                break
            rows.remove(last)
            out.append((last, found))
        for row, why in out:
            await self._leave_row_out(row, why)
        if out:
            await self.cascade()
        return bool(out)

    def _hold(
        self,
        hold: Any,
        label: str,
        stored: list[DaySum],
        rows: Sequence[StagedRow],
        whats: tuple[str, ...],
        last: StagedRow,
    ) -> Refused | None:  # fmt: skip
        harmful = [each for each in rows if each.what in whats]
        found: Findings = hold(
            label,
            [*stored, *(each.day for each in rows)],
            since=min(each.effective_on for each in harmful),
            asked=cents_of(last.amount),
            what=f"the {last.what}",
            statute=self.books.law,
        )
        return found.refusals[0] if found.refusals else None

    async def _flag(self, row: StagedRow, why: Refused) -> None:
        await self.run(
            "update import_row set flag = :flag, evidence = :evidence, warnings = warnings || cast(:said as text) "
            "where import_id = :i and place = :place",
            flag=OVERSPENT,
            evidence=f"{self.evidence}{row.line}",
            said=f"{why.detail} ({why.citation})",
            place=row.place,
        )
        await self._find(row, "exception", f"Recorded as a negative unliquidated obligation: {why.detail}")

    # ---- what is left out, and what is said

    async def _leave_row_out(self, row: StagedRow, why: Refused) -> None:
        self._to_follow = True
        await self.run("update import_row set left_out = true where import_id = :i and place = :place", place=row.place)
        await self._find(row, "limit", _sentence(why))

    async def _find(self, row: StagedRow, what: str, said: str) -> None:
        await self.run(
            'insert into import_finding (import_id, chunk, place, line, what, "column", found, expected) '
            "values (:i, -1, :place, :line, :what, 'amount', :found, :said)",
            place=row.place,
            line=row.line,
            what=what,
            found=dollars(Dollars(row.amount)),
            said=said,
        )

    async def _leave_out(self, condition: str, *, what: str, column: str, said: str, **values: Any) -> None:
        done = await self.run(
            f"with out as (update import_row r set left_out = true where r.import_id = :i and not r.left_out "
            f"and ({condition}) returning r.place, r.line, r.amount) "
            'insert into import_finding (import_id, chunk, place, line, what, "column", found, expected) '
            "select :i, -1, place, line, :what, :column, '$' || to_char(amount, 'FM999,999,999,999,990.00'), :said "
            "from out order by place",
            what=what,
            column=column,
            said=said,
            **values,
        )
        self._to_follow |= bool(done.rowcount)

    async def cascade(self) -> None:
        """What names a row that is left out is left out too, and so is the other end of a movement of authority."""
        if not self._to_follow:
            return
        self._to_follow = False
        columns = (
            ("adjusts_place", "names_document"),
            ("reverses_place", "names_document"),
            ("counter_place", "movement"),
        )
        while sum([await self._follow(*each) for each in columns]):
            pass

    async def _follow(self, place: str, column: str) -> int:
        done = await self.run(
            "with out as (update import_row r set left_out = true from import_row n "
            f"where r.import_id = :i and not r.left_out and n.import_id = :i and n.place = r.{place} "
            "and n.left_out returning r.place, r.line, n.line as named) "
            'insert into import_finding (import_id, chunk, place, line, what, "column", found, expected) '
            "select :i, -1, place, line, 'names', :column, 'row ' || named, "
            "'It names row ' || named || ', which is not taken.' from out order by place",
            column=column,
        )
        return int(done.rowcount)

    async def leave_place_out(
        self, place: int, line: int, *, what: str, column: str, found: str, expected: str
    ) -> None:
        """Leave one row out, and say why."""
        self._to_follow = True
        await self.run("update import_row set left_out = true where import_id = :i and place = :place", place=place)
        await self.run(
            'insert into import_finding (import_id, chunk, place, line, what, "column", found, expected) '
            "values (:i, -1, :place, :line, :what, :column, :found, :expected)",
            place=place,
            line=line,
            what=what,
            column=column,
            found=found,
            expected=expected,
        )

    async def hold_closed_shares(self) -> bool:
        """Hold what current accounts pay of closed ones within their share, the latest rows left out first."""
        rows = await self.run(
            f"select place, line, {BASE}, {WHAT}, effective_on, amount, adjusts_place, adjusts_entry_id, "
            "reverses_entry_id, reverses_place, flag, funding_document_id, closed_account_id is not null "
            f"from import_row where {STANDING} and ((closed_account_id is not null and {BASE} = any(:charges)) "
            f"or {BASE} = any(:moves)) and exists (select from import_row where {STANDING} "
            f"and (closed_account_id is not null or {WHAT} = any(:takes))) order by place",
            charges=list(CHARGES),
            moves=[*money.GIVES, *money.TAKES],
            takes=list(TAKES),
        )
        accounts: defaultdict[str, list[tuple[StagedRow, tuple[date, int, int]]]] = defaultdict(list)
        for *columns, document, charges in rows:
            row, funding = StagedRow(*columns), self.books.funding_by_id[document]
            appropriated = 0 if funding.source in money.NO_APPROPRIATION else row.day.authority
            moved = row.effective_on, appropriated, row.day.obligated if charges else 0
            accounts[str(funding.account.symbol)].append((row, moved))
        if not accounts:
            return False
        stored = await share_days(self.session, accounts)
        changed = False
        for symbol, moves in accounts.items():
            while (last := self._above_share(symbol, stored[symbol], moves)) is not None:
                changed = True
                moves[:] = [each for each in moves if each[0] is not last[0]]
                await self._leave_row_out(*last)
        if changed:
            await self.cascade()
        return changed

    def _above_share(
        self, symbol: str, stored: ShareDays, moves: Sequence[tuple[StagedRow, tuple[date, int, int]]]
    ) -> tuple[StagedRow, Refused] | None:
        """The latest row that harms where the share is passed, and what the rule says."""
        days = [*stored, *(moved for _, moved in moves)]
        harmful = [
            (row, charged > 0)
            for row, (_, appropriated, charged) in moves
            if row.flag is None and (charged > 0 or appropriated < 0)
        ]
        if not harmful or not any(charged for _, _, charged in days):
            return None
        last, charges = harmful[-1]
        found = money.within_closed_share(
            symbol,
            days,
            since=min(row.effective_on for row, _ in harmful),
            asked=cents_of(last.amount),
            what=f"the {last.what}",
            statute=self.books.law,
            charges=charges,
        )
        return (last, found.refusals[0]) if found.refusals else None

    async def warn(self) -> None:
        """Add what is said of upward adjustments of expired accounts."""
        if not self.kinds & {"upward adjustment", money.REVERSAL}:
            return
        rows = await self.run(
            "select place, funding_document_id, effective_on, case when kind = 'reversal' then -amount else amount end "
            f"from import_row where {STANDING} and {BASE} = 'upward adjustment' order by place"
        )
        changes = [
            (place, self.books.funding_by_id[document].account, on, cents_of(amount))
            for place, document, on, amount in rows
        ]
        said: Mapping[int, Iterable[str]] = await contract_warnings(self.session, changes, self.books.law)
        self.warnings |= {(place, each) for place, warnings in said.items() for each in warnings}


def _sentence(why: Refused) -> str:
    said = f"{why.detail} ({why.citation})" if why.citation else why.detail
    return f"{said} {why.way_out}".strip()
