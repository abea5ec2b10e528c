"""What a report takes from the ledger."""

import msgspec

from pipir.features.ledger import rules
from pipir.features.ledger.queries.entries import EntryView, entries, entry_view
from pipir.features.ledger.queries.figures import Statement, statement_of, sums
from pipir.features.ledger.queries.filters import Chosen
from pipir.features.ledger.tables import LedgerEntry, LedgerSum, TreasuryAccount
from pipir.features.participants.tables import Participant
from pipir.features.projects.tables import Project
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.statute.load import the_statute
from pipir.store.doors import ReadSession


class ReportRow(msgspec.Struct, frozen=True):
    """Money of one project, country, account and authority in one fiscal quarter: the grain that a report asks for."""

    fiscal_year: int
    quarter: int
    project_id: int | None
    project_code: str | None
    project_name: str | None
    country: str | None
    country_name: str | None
    symbol: str | None
    account_title: str | None
    kind_of_appropriation: str | None
    program_authority: str | None
    authority_citation: str | None
    under_1253: bool
    continues: bool
    authority: Dollars
    committed: Dollars
    obligated: Dollars
    expended: Dollars
    contributed: Dollars
    exercise: bool


class ReportMoney(msgspec.Struct, frozen=True):
    """What a report takes from the ledger; only `obligated` may stand in a statement of obligations."""

    first_year: int
    last_year: int
    rows: tuple[ReportRow, ...]
    exceptions: tuple[EntryView, ...]
    statement: Statement


async def for_report(session: ReadSession, reader: Reader, *, first_year: int, last_year: int) -> ReportMoney:
    """Everything that a report says of money in fiscal years `first_year` to `last_year`, in one fixed order."""
    keys = (
        LedgerSum.fiscal_year,
        LedgerSum.quarter,
        LedgerSum.project_id,
        Project.code,
        Project.name,
        Participant.code,
        Participant.name,
        TreasuryAccount.symbol,
        TreasuryAccount.title,
        LedgerSum.program_authority,
        LedgerSum.continues,
    )
    names = [
        "fiscal_year",
        "quarter",
        "project_id",
        "project_code",
        "project_name",
        "country",
        "country_name",
        "symbol",
        "account_title",
        "program_authority",
        "continues",
    ]
    labelled = [key.label(name) for key, name in zip(keys, names, strict=True)]
    rows = await session.execute(
        sums(reader, Chosen())
        .add_columns(*labelled)
        .where(LedgerSum.fiscal_year.between(first_year, last_year))
        .group_by(*keys)
        .order_by(*keys)
    )
    law = the_statute()
    found = []
    for row in rows.mappings():
        slug = row["program_authority"]
        found.append(
            ReportRow(
                **{name: row[name] for name in names},
                kind_of_appropriation=rules.kind_of_appropriation(row["account_title"]) if row["symbol"] else None,
                authority_citation=law.citation(slug) if slug in law.provisions else slug,
                under_1253=rules.is_under_1253(slug),
                authority=row["authority"],
                committed=row["committed"],
                obligated=row["obligated"],
                expended=row["expended"],
                contributed=row["contributed"],
                exercise=bool(row["exercise"]),
            )
        )
    flagged = await session.execute(
        entries(reader)
        .where(LedgerEntry.incurred, LedgerEntry.fiscal_year.between(first_year, last_year))
        .order_by(LedgerEntry.effective_on, LedgerEntry.id)
    )
    return ReportMoney(
        first_year,
        last_year,
        tuple(found),
        tuple(entry_view(row) for row in flagged.mappings()),
        await statement_of(session, reader),
    )
