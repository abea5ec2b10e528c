"""What a report takes from the ledger."""

from datetime import date
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Subquery, cast, func, select

from pipir.features.ledger import rules
from pipir.features.ledger.queries.entries import EntryView, entries, entry_view
from pipir.features.ledger.queries.figures import Statement, statement_of
from pipir.features.ledger.tables import LedgerEntry, LedgerTotal, TreasuryAccount
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


_MEASURES: Final = ("authority", "committed", "obligated", "expended", "contributed")


async def for_report(session: ReadSession, reader: Reader, *, first_year: int, last_year: int) -> ReportMoney:
    """Everything that a report says of money in fiscal years `first_year` to `last_year`, in one fixed order."""
    flagged = await session.execute(
        entries(reader)
        .where(LedgerEntry.incurred, LedgerEntry.fiscal_year.between(first_year, last_year))
        .order_by(LedgerEntry.effective_on, LedgerEntry.id)
    )
    return ReportMoney(
        first_year,
        last_year,
        await _lines(session, reader, first_year, last_year),
        tuple(entry_view(row) for row in flagged.mappings()),
        await statement_of(session, reader),
    )


async def _lines(session: ReadSession, reader: Reader, first_year: int, last_year: int) -> tuple[rules.Line, ...]:
    """The money line by line, as the totals hold it, in one fixed order: the report's hash rests on it."""
    each = _parted(reader, first_year, last_year)
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
        each.c.authority_key,
        each.c.continues,
    )
    rows: Any = await session.execute(
        select(
            *keys,
            *(cast(func.sum(each.c[name]), BigInteger) for name in _MEASURES),
            func.bool_or(each.c.exercise),
        )
        .select_from(each)
        .outerjoin(TreasuryAccount, TreasuryAccount.id == each.c.account_id)
        .outerjoin(Project, Project.id == each.c.project_id)
        .outerjoin(Participant, Participant.id == each.c.participant_id)
        .group_by(*keys)
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


def _parted(reader: Reader, first_year: int, last_year: int) -> Subquery:
    """The totals of lines with the parts of their keys."""
    key = LedgerTotal.key
    return (
        select(
            LedgerTotal.fiscal_year,
            LedgerTotal.quarter,
            LedgerTotal.account_id,
            LedgerTotal.exercise,
            cast(func.nullif(func.split_part(key, "|", 1), ""), BigInteger).label("project_id"),
            cast(func.nullif(func.split_part(key, "|", 2), ""), BigInteger).label("participant_id"),
            (func.split_part(key, "|", 3) == "true").label("advanced"),
            (func.split_part(key, "|", 4) == "true").label("continues"),
            # Last, whatever letters it has.
            func.nullif(func.regexp_replace(key, r"^([^|]*\|){4}", ""), "").label("authority_key"),
            *(getattr(LedgerTotal, name) for name in _MEASURES),
        )
        .where(
            LedgerTotal.dimension == "line",
            LedgerTotal.posted_month == date.min,
            LedgerTotal.fiscal_year.between(first_year, last_year),
            holds(LedgerTotal.audience, reader),
        )
        .subquery()
    )
