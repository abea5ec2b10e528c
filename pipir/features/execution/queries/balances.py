"""Unliquidated balances by age, and obligations on which nothing was spent for long.

Both read every entry of the chosen documents once: no sum is kept per obligation. A filter by funding document or
project reads by its index alone. More entries than MOST_READ are not read at once: one chooses an account first.
"""

from datetime import date, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import RowMapping, and_, case, func, literal, select, type_coerce
from sqlalchemy.orm import aliased

from pipir.features.execution import rules
from pipir.features.execution.queries.money import base_kind, signed
from pipir.features.execution.rules import Age
from pipir.features.ledger.queries import Chosen, Group, Statement, statement_of, total
from pipir.features.ledger.tables import FundingDocument, LedgerEntry, may_see
from pipir.features.projects.tables import Project
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute.load import the_statute
from pipir.statute.lookup import number
from pipir.store.base import Money, holds
from pipir.store.doors import ReadSession
from pipir.store.listing import AT_ONCE, Sorts, every_row, list_page


class Where(msgspec.Struct, frozen=True):
    """Which obligations are looked at; None is any."""

    funding_document_id: int | None = None
    account_id: int | None = None
    project_id: int | None = None


EVERYWHERE = Where()
# What is read within a second where nothing else is asked.
MOST_READ: Final = 200_000
# What is chosen next, as the doors call its filter.
FILTERS: Final[dict[Group, str]] = {"account": "account", "funding_document": "funding", "project": "project"}


class Balances(msgspec.Struct, frozen=True):
    """Unliquidated balances by the age of their obligation, and what they come to: obligated less expended."""

    as_of: date
    ages: tuple[Age, ...]
    total: Dollars
    statement: Statement


class OpenObligation(msgspec.Struct, frozen=True):
    """An obligation with what is not spent of it; `quiet_since` is the day of its last expenditure, or its own."""

    id: int
    document_number: str | None
    document_line: str | None
    effective_on: date
    funding_document_id: int
    funding_number: str
    project_id: int | None
    project_code: str | None
    project_name: str | None
    obligated: Dollars
    expended: Dollars
    unliquidated: Dollars
    last_expended_on: date | None
    quiet_since: date
    quiet_days: int
    exercise: bool


def chosen_of(where: Where, on: date) -> Chosen:
    """The same as a filter of the ledger's totals, as effective on a day."""
    return Chosen(
        account_id=where.account_id,
        funding_document_id=where.funding_document_id,
        project_id=where.project_id,
        effective_on=on,
    )


def narrower(where: Where) -> Group:
    """What is to be chosen next where there are too many entries: an account, then a document of it, then a project."""
    if where.funding_document_id is not None:
        return "project"
    return "account" if where.account_id is None else "funding_document"


async def too_many(
    session: ReadSession, reader: Reader, on: date, where: Where = EVERYWHERE, *, most: int = MOST_READ
) -> int:
    """How many entries would be read, by the sums, where these are more than `most`; else 0.

    One project's entries under one document are read however many they are: nothing narrower is left to choose.
    """
    if where.funding_document_id is not None and where.project_id is not None:
        return 0
    count = (await total(session, reader, chosen_of(where, on))).count
    return count if count > most else 0


async def balances(
    session: ReadSession, reader: Reader, on: date, where: Where = EVERYWHERE, *, most: int = MOST_READ
) -> Balances:
    """What is obligated and not spent at the end of a day, by age; every dollar of the total stands in one line.

    Invalid where more than `most` entries would have to be read.
    """
    await _readable(session, reader, on, where, most)
    law = the_statute()
    threads = _threads(reader, on, where).subquery()
    age = case(
        *(
            (threads.c.effective_on >= literal(on - timedelta(days=end)), place)
            for place, end in enumerate(rules.bounds(law))
        ),
        (threads.c.effective_on.is_not(None), len(rules.bounds(law))),
        else_=None,
    )
    rows = await session.execute(
        select(
            age.label("age"),
            type_coerce(func.sum(threads.c.unliquidated), Money()).label("unliquidated"),
            func.count().label("how_many"),
        )
        .where(threads.c.unliquidated != Dollars.zero())
        .group_by(age)
    )
    found = rules.ages(law, [(row.age, row.unliquidated, row.how_many) for row in rows])
    whole = sum((each.unliquidated for each in found), Dollars.zero())
    return Balances(on, found, whole, await statement_of(session, reader))


async def quiet_obligations(
    session: ReadSession,
    reader: Reader,
    on: date,
    where: Where = EVERYWHERE,
    *,
    sort: str = "since",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[OpenObligation]:
    """Obligations with something left on which nothing was spent for the days of the convention, the quietest first.

    Invalid where more than MOST_READ entries would have to be read.
    """
    await _readable(session, reader, on, where, MOST_READ)
    days = number(the_statute(), rules.REVIEW, "without-expenditure-days")
    # Computed once, although the page asks it twice: which rows, and then the rows.
    threads = _threads(reader, on, where).cte("threads")
    quiet = func.coalesce(threads.c.last_expended_on, threads.c.effective_on)
    statement = (
        select(
            LedgerEntry.id,
            LedgerEntry.document_number,
            LedgerEntry.document_line,
            LedgerEntry.effective_on,
            LedgerEntry.funding_document_id,
            FundingDocument.number.label("funding_number"),
            LedgerEntry.project_id,
            Project.code.label("project_code"),
            Project.name.label("project_name"),
            threads.c.obligated,
            threads.c.expended,
            threads.c.unliquidated,
            threads.c.last_expended_on,
            quiet.label("quiet_since"),
            LedgerEntry.exercise,
        )
        .join(threads, threads.c.root == LedgerEntry.id)
        .join(FundingDocument, FundingDocument.id == LedgerEntry.funding_document_id)
        .outerjoin(Project, Project.id == LedgerEntry.project_id)
        .where(threads.c.unliquidated > Dollars.zero(), quiet <= on - timedelta(days=days), may_see(reader))
    )
    sorts: Sorts = {
        "since": ((quiet, date),),
        "unliquidated": ((threads.c.unliquidated, Dollars),),
        "effective": ((LedgerEntry.effective_on, date),),
    }

    def view(row: RowMapping) -> OpenObligation:
        return OpenObligation(
            **{name: row[name] for name in OpenObligation.__struct_fields__ if name in row},
            quiet_days=(on - row["quiet_since"]).days,
        )

    return await list_page(
        session, statement, row_id=LedgerEntry.id, sorts=sorts, sort=sort, cursor=cursor, limit=limit, view=view
    )


async def every_quiet_obligation(
    session: ReadSession, reader: Reader, on: date, where: Where = EVERYWHERE, *, sort: str = "since"
) -> tuple[OpenObligation, ...]:
    """All of them, for a file."""
    return await every_row(
        lambda cursor: quiet_obligations(session, reader, on, where, sort=sort, cursor=cursor, limit=AT_ONCE)
    )


async def _readable(session: ReadSession, reader: Reader, on: date, where: Where, most: int) -> None:
    many = await too_many(session, reader, on, where, most=most)
    if many:
        raise Invalid(
            f"Ages are read entry by entry, and {many:,} entries are too many to be read at once.",
            mistakes=(
                Mistake(
                    "account", f"Expected an account, a funding document or a project, of at most {most:,} entries."
                ),
            ),
        )


def _threads(reader: Reader, on: date, where: Where) -> Any:
    """Each obligation with what its own entries obligated and expended; root None is what was spent on none."""
    root = case(
        (base_kind() == "obligation", func.coalesce(LedgerEntry.reverses_entry_id, LedgerEntry.id)),
        else_=LedgerEntry.adjusts_entry_id,
    ).label("root")
    kinds = ("obligation", "upward adjustment", "deobligation", "closing", "expenditure", "refund")
    wanted = [base_kind().in_(kinds), LedgerEntry.effective_on <= on, may_see(reader)]
    if where.funding_document_id is not None:
        wanted.append(LedgerEntry.funding_document_id == where.funding_document_id)
    if where.account_id is not None:
        of_account = select(FundingDocument.id).where(FundingDocument.account_id == where.account_id)
        wanted.append(LedgerEntry.funding_document_id.in_(of_account))
    if where.project_id is not None:
        wanted.append(LedgerEntry.project_id == where.project_id)
    reversal = aliased(LedgerEntry)
    # A payment that was taken back by the day moved nothing.
    taken_back = (
        select(reversal.id)
        .where(reversal.reverses_entry_id == LedgerEntry.id)
        .where(reversal.effective_on <= on, holds(reversal.audience, reader))
        .exists()
    )
    entries = (
        select(
            root,
            case((LedgerEntry.kind == "obligation", LedgerEntry.effective_on)).label("effective_on"),
            case((and_(LedgerEntry.kind == "expenditure", ~taken_back), LedgerEntry.effective_on)).label("expended_on"),
            signed("obligated").label("obligated"),
            signed("expended").label("expended"),
        )
        .where(*wanted)
        .subquery()
    )
    obligated, expended = func.sum(entries.c.obligated), func.sum(entries.c.expended)
    return select(
        entries.c.root,
        func.max(entries.c.effective_on).label("effective_on"),
        func.max(entries.c.expended_on).label("last_expended_on"),
        type_coerce(obligated, Money()).label("obligated"),
        type_coerce(expended, Money()).label("expended"),
        type_coerce(obligated - expended, Money()).label("unliquidated"),
    ).group_by(entries.c.root)
