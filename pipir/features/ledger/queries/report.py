"""What a report takes from the ledger."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    cast,
    false,
    func,
    literal_column,
    select,
    text,
    union_all,
)

from pipir.features.ledger import rules
from pipir.features.ledger.queries.entries import EntryView, entries, entry_view
from pipir.features.ledger.queries.figures import Statement, moves, statement_of
from pipir.features.ledger.tables import (
    FoldedSum,
    FundingDocument,
    LedgerEntry,
    LedgerPending,
    TreasuryAccount,
    open_to,
)
from pipir.features.participants.tables import Participant
from pipir.features.projects.tables import Project
from pipir.kernel.marking import Reader
from pipir.statute.load import the_statute
from pipir.store.base import holds
from pipir.store.doors import ReadSession


class ReportMoney(msgspec.Struct, frozen=True):
    """What a report takes from the ledger; only `obligated` may stand in a statement of obligations."""

    first_year: int
    last_year: int
    rows: tuple[rules.Line, ...]
    exceptions: tuple[EntryView, ...]
    statement: Statement


# Gives the lines when they are wanted.
Lines = Callable[[], Awaitable[Sequence[rules.Line]]]
_MEASURES: Final = ("authority", "committed", "obligated", "expended", "contributed")
_QUARTERS: Final = (1, 2, 3, 4)
# As much of any ledger, whatever years it covers, so that two sessions of one snapshot may read it side by side.
HALVES: Final = ((1, 2), (3, 4))


async def for_report(
    session: ReadSession, reader: Reader, *, first_year: int, last_year: int, lines: Lines | None = None
) -> ReportMoney:
    """Everything that a report says of money in fiscal years `first_year` to `last_year`, in one fixed order.

    `lines` gives what report_lines() gives of all quarters; it is asked last, since other sessions may be reading it.
    """
    flagged = await session.execute(
        entries(reader)
        .where(LedgerEntry.incurred, LedgerEntry.fiscal_year.between(first_year, last_year))
        .order_by(LedgerEntry.effective_on, LedgerEntry.id)
    )
    exceptions = tuple(entry_view(row) for row in flagged.mappings())
    statement = await statement_of(session, reader)
    if lines is None:
        rows = await report_lines(session, reader, first_year=first_year, last_year=last_year)
    else:
        rows = tuple(await lines())
    return ReportMoney(
        first_year,
        last_year,
        tuple(sorted(rows, key=lambda line: (line.fiscal_year, line.quarter))),
        exceptions,
        statement,
    )


async def report_lines(
    session: ReadSession, reader: Reader, *, first_year: int, last_year: int, quarters: Sequence[int] = _QUARTERS
) -> tuple[rules.Line, ...]:
    """The money of these quarters of fiscal years `first_year` to `last_year`, line by line in one fixed order."""
    # Room for all groups at once: with less, millions of sums are sorted on the disk in place of counted in memory.
    await session.execute(text("set local work_mem = '128MB'"))
    each = _by_numbers(reader, first_year, last_year, quarters)
    keys = (
        each.c.fiscal_year,
        each.c.quarter,
        each.c.project_id,
        Project.code,
        Project.name,
        Participant.code,
        Participant.name,
        TreasuryAccount.symbol,
        TreasuryAccount.title,
        each.c.advanced,
        each.c.program_authority,
        each.c.continues,
    )
    rows: Any = await session.execute(
        select(*keys, *(each.c[name] for name in _MEASURES), each.c.exercise)
        .select_from(each)
        .outerjoin(TreasuryAccount, TreasuryAccount.id == each.c.account_id)
        .outerjoin(Project, Project.id == each.c.project_id)
        .outerjoin(Participant, Participant.id == each.c.participant_id)
        .order_by(*keys)
    )
    law = the_statute()
    # Of few titles and authorities, in many lines.
    kinds: dict[str | None, str | None] = {None: None}
    rests: dict[str | None, tuple[str | None, bool]] = {}
    found = []
    for (
        *named,
        symbol,
        title,
        advanced,
        authority,
        continues,
        received,
        committed,
        obligated,
        expended,
        given,
        exercise,
    ) in rows:
        if title not in kinds:
            kinds[title] = rules.kind_of_appropriation(title)
        if authority not in rests:
            cited = law.citation(authority) if authority in law.provisions else authority
            rests[authority] = cited, rules.is_under_1253(authority)
        citation, under_1253 = rests[authority]
        year, quarter, project_id, code, project, country, country_name = named
        found.append(
            rules.Line(
                year,
                quarter,
                project_id,
                code,
                project,
                country,
                country_name,
                symbol,
                title,
                None if advanced else kinds[title],
                authority,
                citation,
                under_1253,
                continues,
                rules.from_cents(received),
                rules.from_cents(committed),
                rules.from_cents(obligated),
                rules.from_cents(expended),
                rules.from_cents(given),
                exercise,
            )
        )
    return tuple(found)


def _by_numbers(reader: Reader, first_year: int, last_year: int, quarters: Sequence[int]) -> Subquery:
    """The measures in cents by the numbers of what the lines name: added before they are joined for their words."""
    hundred: ColumnElement[Any] = literal_column("100")

    def of(each: Any) -> Select[Any]:
        # The statistics ledger_sum_numbers say how few these are; of a view nobody knows, and all would be sorted.
        keys = (
            each.fiscal_year,
            each.quarter,
            each.project_id,
            each.participant_id,
            each.funding_document_id,
            each.program_authority,
            each.continues,
            each.kind,
        )
        return (
            select(
                *keys,
                # Cents once for each group: once for each of millions of sums takes longer than to add them.
                cast(func.sum(each.amount) * hundred, BigInteger).label("amount"),
                cast(func.sum(each.drawn) * hundred, BigInteger).label("drawn"),
                func.bool_or(each.exercise).label("exercise"),
            )
            .where(
                holds(each.audience, reader),
                each.fiscal_year.between(first_year, last_year),
                each.quarter.in_(quarters),
            )
            .group_by(*keys)
        )

    each = union_all(of(FoldedSum), of(LedgerPending)).subquery("sums")
    ordered = FundingDocument.source_of_authority.in_(rules.NO_APPROPRIATION)
    keys = (
        each.c.fiscal_year,
        each.c.quarter,
        each.c.project_id,
        each.c.participant_id,
        FundingDocument.account_id,
        # What partners advanced charges no appropriation of the account that it lies in.
        func.coalesce(FundingDocument.source_of_authority == "partner advance", false()).label("advanced"),
        each.c.program_authority,
        each.c.continues,
    )
    return (
        select(
            *keys,
            *(
                cast(func.sum(moves(name, each.c.kind, each.c.amount, each.c.drawn, ordered)), BigInteger).label(name)
                for name in _MEASURES
            ),
            func.bool_or(each.c.exercise).label("exercise"),
        )
        .select_from(each)
        .outerjoin(FundingDocument, FundingDocument.id == each.c.funding_document_id)
        .where(
            open_to(reader, each.c.funding_document_id, FundingDocument),
            open_to(reader, each.c.project_id, Project),
            open_to(reader, each.c.participant_id, Participant),
        )
        .group_by(*keys)
        .subquery("each")
    )
