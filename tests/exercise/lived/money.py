"""Accounts that open, expire and close; obligations and expenditures of each fiscal year."""

from datetime import date, timedelta
from typing import Any

from pipir.features.ledger import commands as ledger
from pipir.features.ledger.tables import TreasuryAccount
from pipir.kernel.money import Dollars
from tests.exercise.lived.life import Life
from tests.exercise.lived.work import COMPLETED, Plan, plans

YEARS = range(2026, 2032)
EXPIRED, CLOSED, CLOSED_NO_YEAR, CLOSING = "31 U.S.C. 1553(a)", "31 U.S.C. 1552(a)", "31 U.S.C. 1555", "31 U.S.C. 1555"
# Expired before the law was enacted, and closes by law while it is in force.
OLD = "097-2025/2025-0100-000"
NO_YEAR = "097-X-0360-000"


def annual(year: int) -> str:
    """The one-year account of a fiscal year."""
    return f"097-{year}/{year}-0100-000"


def plan_money(life: Life, count: int, *, whole: bool) -> None:
    """Put the money of six fiscal years on the agenda, of each quarter or of each second one."""
    life.at(date(2026, 1, 12), lambda: _old_account(life))
    life.at(date(2026, 2, 3), lambda: open_funding(life, NO_YEAR, date(2026, 2, 3)))
    _plan_no_year(life)
    for year in YEARS:
        received_on = date(2026, 2, 3) if year == 2026 else date(year - 1, 10, 20)
        symbols = (annual(year), f"097-{year}/{year + 1}-0400-000")
        for symbol in symbols:
            life.at(received_on, lambda symbol=symbol, on=received_on: open_funding(life, symbol, on))  # type: ignore[misc]
        quarters = (date(year - 1, 11, 16), date(year, 2, 16), date(year, 5, 17), date(year, 8, 16))
        # None before the first approvals; the last that rests on the section is of November 2030.
        possible = [day for day in quarters if date(2026, 8, 1) <= day < date(2031, 1, 1)]
        for day in possible if whole else possible[::2]:
            for place, plan in enumerate(plans(count)):
                if plan.name != COMPLETED or day < date(2030, 9, 16):
                    _plan_quarter(life, plan, symbols[place % 2], day)
        if year < 2031:
            life.at(date(year, 10, 5), lambda year=year: _after_expiry(life, year))  # type: ignore[misc]


async def open_funding(life: Life, symbol: str, on: date, amount: int = 90_000_000) -> None:
    """An account, and the allotment that it gives."""
    opened = ledger.OpenAccount(symbol, "Operation and Maintenance, Defense-Wide", "The Treasury's list")
    life.numbers[symbol] = await life.do("comptroller", ledger.open_account, opened)
    body = ledger.ReceiveFunding(
        number=f"FD {symbol}",
        account_id=life.numbers[symbol],
        title="Allotment",
        level_of_control="allotment",
        source_of_authority="regular act",
        purpose="The work of the program",
        received_on=on,
        amount=Dollars(amount),
    )
    life.numbers[f"FD {symbol}"] = await life.do("comptroller", ledger.receive_funding, body)


def entry(kind: Any, amount: int, on: date, **more: Any) -> ledger.PostEntry:
    """An entry with the papers that its kind needs."""
    said: dict[str, Any] = {"document_number": f"D-{on.isoformat()}"}
    if kind == "obligation":
        said |= {"document_on": on, "need": "Work of the quarter"}
    return ledger.PostEntry(kind=kind, amount=Dollars(amount), effective_on=on, **{**said, **more})


async def post(life: Life, body: ledger.PostEntry) -> int:
    """Post one entry as the comptroller."""
    return int(await life.do("comptroller", ledger.post_entry, body))


def obligation(life: Life, symbol: str, plan: Plan, amount: int, on: date, **more: Any) -> ledger.PostEntry:
    """An obligation of a project that rests on what the project rests on."""
    said: dict[str, Any] = {
        "funding_document_id": life.numbers[f"FD {symbol}"],
        "project_id": life.numbers[plan.name],
        "program_authority": plan.authority,
        "other_authority": plan.other_authority,
    }
    return entry("obligation", amount, on, **{**said, **more})


def _plan_quarter(life: Life, plan: Plan, symbol: str, day: date) -> None:
    """Commit, obligate a fortnight later, and pay most of it in the quarter after."""

    async def commit() -> None:
        first = entry(
            "commitment",
            100_000,
            life.today,
            funding_document_id=life.numbers[f"FD {symbol}"],
            project_id=life.numbers[plan.name],
            program_authority=plan.authority,
            other_authority=plan.other_authority,
        )
        commitment = await post(life, first)

        async def obligate() -> None:
            drawn = obligation(life, symbol, plan, 100_000, life.today, adjusts_entry_id=commitment)
            number = await post(life, drawn)
            life.numbers[f"{plan.name} on {symbol}"] = number

            async def pay() -> None:
                await post(life, entry("expenditure", 60_000, life.today, adjusts_entry_id=number))

            life.at(life.today + timedelta(days=75), pay)

        life.at(day, obligate)

    life.at(day - timedelta(days=14), commit)


async def _after_expiry(life: Life, year: int) -> None:
    """The year's account has expired: no new obligation; adjustment, deobligation and payment go on."""
    symbol, plan = annual(year), plans(1)[0]
    on = life.today
    await life.refuse("comptroller", ledger.post_entry, obligation(life, symbol, plan, 1_000, on), citing=EXPIRED)
    number = life.numbers.get(f"{plan.name} on {symbol}")
    assert number is not None
    await post(life, entry("upward adjustment", 5_000, on, adjusts_entry_id=number, basis="price or rate"))
    await post(life, entry("deobligation", 3_000, on, adjusts_entry_id=number))
    await post(life, entry("expenditure", 2_000, on, adjusts_entry_id=number))


async def _old_account(life: Life) -> None:
    """What was obligated before the law stands under other law; its account closes five years after it expired."""
    await open_funding(life, OLD, date(2024, 10, 21), 500_000)
    before = entry(
        "obligation",
        400_000,
        date(2025, 8, 4),
        funding_document_id=life.numbers[f"FD {OLD}"],
        program_authority="10-usc-2350a",
    )
    number = await post(life, before)

    async def pay() -> None:
        await post(life, entry("expenditure", 50_000, life.today, adjusts_entry_id=number))

    async def refused() -> None:
        late = entry("expenditure", 50_000, life.today, adjusts_entry_id=number)
        await life.refuse("comptroller", ledger.post_entry, late, citing=CLOSED)

    life.at(date(2027, 5, 3), pay)
    life.at(date(2030, 9, 30), pay)
    life.at(date(2030, 10, 1), refused)


def _plan_no_year(life: Life) -> None:
    """A no-year account closes by a determination, after two fiscal years without a payment."""

    def close() -> ledger.CloseAccount:
        return ledger.CloseAccount(life.today, "Its purpose is fulfilled.")

    async def spend() -> None:
        number = await post(life, obligation(life, NO_YEAR, plans(2)[1], 70_000, life.today))
        await post(life, entry("expenditure", 70_000, life.today, adjusts_entry_id=number))

    async def too_early() -> None:
        of = (TreasuryAccount, life.numbers[NO_YEAR])
        await life.refuse("comptroller", ledger.close_account, close(), of=of, citing=CLOSING)

    async def closes() -> None:
        of = (TreasuryAccount, life.numbers[NO_YEAR])
        await life.do("comptroller", ledger.close_account, close(), of=of)

    async def closed() -> None:
        late = obligation(life, NO_YEAR, plans(2)[1], 70_000, life.today)
        await life.refuse("comptroller", ledger.post_entry, late, citing=CLOSED_NO_YEAR)

    life.at(date(2026, 9, 14), spend)
    life.at(date(2028, 9, 29), too_early)
    life.at(date(2028, 10, 2), closes)
    life.at(date(2028, 10, 3), closed)
