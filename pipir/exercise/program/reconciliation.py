"""One source of official accounting with two months signed, a review half answered, and a case on its way."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from pipir.exercise.money import DPA, OM_2027, PROC_2026
from pipir.exercise.program.course import Act, Program, version_of
from pipir.features.reconciliation import commands, queries, rules
from pipir.features.reconciliation.queries.compare import Extract
from pipir.features.reconciliation.tables import (
    CaseId,
    LedgerCase,
    ObligationReview,
    OfficialExtract,
    OfficialSource,
    ReviewItem,
    ReviewItemId,
    SourceId,
)
from pipir.kernel.money import Dollars
from pipir.statute.load import the_statute
from pipir.store.doors import WriteSession

_NAME: Final = "Exercise accounting system"
# The other accounts stand with offices whose extracts nobody has sent.
_HELD: Final = (PROC_2026, OM_2027, DPA)
_ADDED_ON: Final = date(2028, 3, 13)
# Each month is read and signed in the second week after its end, when the ledger holds all of it.
_MONTHS: Final = ((date(2028, 3, 31), date(2028, 4, 17)), (date(2028, 4, 30), date(2028, 5, 15)))
_REVIEW_ON: Final = date(2028, 5, 22)
_ANSWERED_ON: Final = date(2028, 6, 5)
_ASKED: Final = 12
_TENTH: Final = Dollars("0.10")


def plan_reconciliation(program: Program) -> None:
    program.at(_ADDED_ON, "comptroller", _add_source)
    for month, day in _MONTHS:
        program.at(day, "comptroller", _read(month, differs=month == _MONTHS[-1][0]))
        program.at(day, "comptroller", _sign(program, month))
    program.at(_REVIEW_ON, "comptroller", _open_review)
    program.at(_ANSWERED_ON, "office", _answer)
    program.at(_ANSWERED_ON, "comptroller", _look)
    program.at(_ANSWERED_ON, "comptroller", _take_steps)


async def _add_source(session: WriteSession) -> None:
    body = commands.AddSource(
        name=_NAME,
        holds="Obligations and disbursements as the accounting office records them (exercise).",
        symbols=sorted(account.symbol for account in _HELD),
        document_column="Document",
        stage_column="Type",
        amount_column="Amount",
        line_column="Line",
        symbol_column="TAS",
        obligation_words=["OBL"],
        expenditure_words=["DISB"],
    )
    await commands.add_source(session, body)


async def _source(session: WriteSession) -> OfficialSource:
    found = await session.scalar(select(OfficialSource).where(OfficialSource.name == _NAME))
    assert found is not None
    return found


def _read(month: date, *, differs: bool) -> Act:
    async def act(session: WriteSession) -> None:
        source = await _source(session)
        lines = await _official(session, source, month, differs=differs)
        content = commands.ExtractContent(
            f"extract-{month:%Y-%m}.csv",
            hashlib.sha256(repr(lines).encode()).hexdigest(),
            tuple(lines),
            queries.mapping_of(source),
        )
        body = commands.ReadExtractIn(month)
        await commands.read_extract(session, SourceId(source.id), body, content=content)

    return act


async def _official(session: WriteSession, source: OfficialSource, month: date, *, differs: bool) -> list[rules.Line]:
    """What the ledger holds to the month's end, as the other system would; in the last one three differ."""
    what = Extract(source.id, 0, month, tuple(source.symbols), own_payments=False, lines=True)
    lines: list[rules.Line] = []
    for row in await queries.ledger_lines(session, what):
        stage: Any = row["stage"]
        amount = Dollars(row["amount"])
        lines.append(
            rules.Line(
                len(lines) + 2, row["symbol"], row["document_number"], row["document_line"], stage, amount, month
            )
        )
    if differs and len(lines) > 2:
        first = lines[0]
        wrong = rules.Line(
            first.row, first.symbol, first.document, first.document_line, first.stage, first.amount + _TENTH, first.day
        )
        other = rules.Line(2, first.symbol, "EX-C-OTHER", "", "obligation", Dollars("1250.00"), month)
        lines = [wrong, *lines[2:], other]
    return lines


def _sign(program: Program, month: date) -> Act:
    async def act(session: WriteSession) -> None:
        source = await _source(session)
        extract = await session.scalar(
            select(OfficialExtract).where(OfficialExtract.source_id == source.id, OfficialExtract.as_of == month)
        )
        assert extract is not None
        for symbol in source.symbols:
            compared = await queries.compare(session, queries.what_of(source, extract, (symbol,)))
            if not compared.matched and not compared.differences:
                continue
            body = commands.SignMonth(
                program.accounts[symbol],
                month,
                compared.difference,
                remark="They are with the accounting office (exercise)." if compared.differences else None,
            )
            await commands.sign_month(session, SourceId(source.id), body)

    return act


async def _open_review(session: WriteSession) -> None:
    days = rules.dormant_days(the_statute())
    still = await queries.dormant(session, as_of=session.today, days=days, least=Dollars("0.01"))
    # The largest alone, so that a few rows show what the review is.
    largest = sorted((row["unliquidated"] for row in still), reverse=True)[:_ASKED]
    if largest:
        body = commands.OpenReview("Second review of 2028 (exercise)", least=largest[-1])
        await commands.open_review(session, body)


async def _review_items(session: WriteSession) -> Sequence[ReviewItem]:
    return (
        await session.scalars(
            select(ReviewItem)
            .join(ObligationReview, ObligationReview.id == ReviewItem.review_id)
            .where(ObligationReview.exercise)
            .order_by(ReviewItem.id)
        )
    ).all()


async def _answer(session: WriteSession) -> None:
    """Half of them: most are needed still, one is not, one is looked into."""
    items = await _review_items(session)
    for place, item in enumerate(items[: max(len(items) // 2, 1)]):
        left = await queries.unliquidated(session, item.obligation_id)
        body = commands.AnswerReview(
            "valid and needed",
            "The next delivery is due in the autumn (exercise).",
            needed_until=date(2028, 11, 30),
            evidence="Delivery schedule of the contract (exercise)",
        )
        if place == 0 and left > Dollars.zero():
            body = commands.AnswerReview("deobligate", "The work was ended early (exercise).", deobligate=left)
        elif place == 1:
            body = commands.AnswerReview("needs research", "The last bill cannot be found (exercise).")
        await commands.answer_review(
            session, ReviewItemId(item.id), body, version=await version_of(session, ReviewItem, item.id)
        )


async def _look(session: WriteSession) -> None:
    """The one that is to be deobligated, and one more, have had their second look."""
    for item in [each for each in await _review_items(session) if each.answer is not None][:3:2]:
        await commands.look_again(
            session,
            ReviewItemId(item.id),
            commands.LookAgain("agreed"),
            version=await version_of(session, ReviewItem, item.id),
        )


async def _take_steps(session: WriteSession) -> None:
    """One case is being researched; the others wait."""
    case = await session.scalar(select(LedgerCase).where(LedgerCase.exercise).order_by(LedgerCase.id).limit(1))
    if case is not None:
        body = commands.TakeStep(
            "research", session.recorded_on(_ANSWERED_ON), "The voucher was asked for at the paying office (exercise)."
        )
        await commands.take_step(session, CaseId(case.id), body, version=await version_of(session, LedgerCase, case.id))
