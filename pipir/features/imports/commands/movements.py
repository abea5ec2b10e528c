"""Pairs the rows that move authority: what one takes out another one of the same reference brings in."""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

import msgspec
from sqlalchemy import text

from pipir.features.imports.commands.books import Books
from pipir.features.imports.rules import MOVEMENTS
from pipir.features.ledger import rules as money
from pipir.features.ledger.rules import COUNTERS, REPROGRAMMINGS, Act
from pipir.kernel.money import Dollars, dollars
from pipir.sheets import shown
from pipir.store.doors import WriteSession

LeaveOut = Callable[..., Awaitable[None]]
_PAIR: Final = 2


class _Movement(msgspec.Struct):
    place: int
    line: int
    kind: str
    funding_document_id: int
    effective_on: date
    amount: Decimal
    movement: str | None
    transfer_law: str | None
    approval: str | None
    counter_entry_id: int | None


async def pair_movements(session: WriteSession, import_id: int, books: Books, leave_out: LeaveOut) -> None:
    """Tell each row that moves authority its other end; rows without one that they need are left out, with the reason.

    A transfer without a reference names the account outside of this ledger; a reprogramming always has two ends.
    """
    await session.execute(
        text("update import_row set counter_place = null where import_id = :i and counter_place is not null"),
        {"i": import_id},
    )
    rows = await session.execute(
        text(
            "select place, line, kind, funding_document_id, effective_on, amount, movement, transfer_law, approval, "
            "counter_entry_id from import_row where import_id = :i and not left_out and kind = any(:kinds) "
            "order by place"
        ),
        {"i": import_id, "kinds": list(MOVEMENTS)},
    )
    by_reference: defaultdict[str, list[_Movement]] = defaultdict(list)
    for each in (_Movement(*row) for row in rows):
        if each.movement is not None:
            by_reference[each.movement].append(each)
        elif each.kind in REPROGRAMMINGS and each.counter_entry_id is None:
            expected = f"Expected the reference that its {MOVEMENTS[each.kind]} has too; both stay within an account."
            await leave_out(
                each.place, each.line, what="mistake", column="movement", found="nothing", expected=expected
            )
    pairs: list[tuple[int, int]] = []
    for members in by_reference.values():
        wrong = _wrong(members, books)
        for each, what, column, found, expected in wrong:
            await leave_out(each.place, each.line, what=what, column=column, found=found, expected=expected)
        if not wrong:
            first, second = (each.place for each in members)
            pairs += [(first, second), (second, first)]
    if pairs:
        await session.execute(
            text(
                "update import_row r set counter_place = p.other "
                "from unnest(cast(:places as integer[]), cast(:others as integer[])) p (place, other) "
                "where r.import_id = :i and r.place = p.place"
            ),
            {"i": import_id, "places": [each for each, _ in pairs], "others": [other for _, other in pairs]},
        )


def _wrong(members: Sequence[_Movement], books: Books) -> list[tuple[_Movement, str, str, str, str]]:
    """What is wrong with the rows of one reference; each of them is told, since none is taken without the other."""
    if len(members) != _PAIR or MOVEMENTS[members[0].kind] != members[1].kind:
        counts = Counter(each.kind for each in members)
        there = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        return [
            (
                each,
                "mistake",
                "movement",
                shown(each.movement or ""),
                f"Expected one {each.kind} and one {MOVEMENTS[each.kind]} with this reference among the rows that are "
                f"taken; there are {there}.",
            )
            for each in members
        ]
    out, into = members if members[1].kind in COUNTERS else members[::-1]
    wrong: list[tuple[_Movement, str, str, str, str]] = []
    if into.effective_on != out.effective_on:
        expected = f"Expected {out.effective_on.isoformat()}, the day of row {out.line}: both ends move together."
        wrong.append((into, "mistake", "effective_on", into.effective_on.isoformat(), expected))
    funding = {each.place: books.funding_by_id[each.funding_document_id] for each in members}
    act = Act(
        kind=into.kind,
        amount=Dollars(into.amount),
        effective_on=into.effective_on,
        transfer_law=into.transfer_law,
        approval=into.approval,
        counter=out.kind,
        counter_amount=Dollars(out.amount),
        counter_symbol=str(funding[out.place].account.symbol),
        counter_law=out.transfer_law,
    )
    for mistake in money.missing(act, books.law):
        found = dollars(Dollars(into.amount)) if mistake.where == "amount" else shown(mistake.found)
        wrong.append((into, "mistake", mistake.where, found, mistake.expected))
    for refused in money.judge(act, funding[into.place], books.law, today=books.today).refusals:
        said = f"{refused.detail} ({refused.citation}) {refused.way_out}".strip()
        wrong.append((into, "rule", "movement", shown(into.movement or ""), said))
    if wrong:
        said = f"It goes with row {into.line}, which is not taken."
        wrong.append((out, "names", "movement", f"row {into.line}", said))
    return wrong
