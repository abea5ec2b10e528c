"""Which entries the filters let through, how many they are, and what they come to."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, exists, extract, func, not_, select

from pipir.features.ledger import rules
from pipir.features.ledger.queries import stages
from pipir.features.ledger.queries.figures import Figures, sums
from pipir.features.ledger.queries.filters import Chosen, Group, bit_of, of_place, rests_on, serves
from pipir.features.ledger.queries.groups import total, totals
from pipir.features.ledger.queries.lines import lines
from pipir.features.ledger.tables import (
    FundingDocument,
    LedgerEntry,
    LedgerSum,
    LedgerTotal,
    ProjectAttribute,
    TreasuryAccount,
    may_see,
)
from pipir.features.participants.tables import Participant
from pipir.kernel.calendar import fiscal_year_bounds
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import ReadSession

# So many entries are counted one by one where no sum tells how many there are.
COUNTED_TO: Final = 100_000


# Many lists ask the same from one request to the next, and making a statement takes longer than its answer.
@lru_cache(maxsize=128)
def counting(reader: Reader, chosen: Chosen, accounts: tuple[int, ...] = ()) -> Select[int | None]:
    """How many entries there are, from the sums where they tell it; else counted, or null above COUNTED_TO.

    `accounts` are those of the kind of appropriation that is chosen.
    """
    of_entries = chosen.document is not None or chosen.exceptions or chosen.kind == rules.REVERSAL
    of_groups = chosen.stage is not None or chosen.without is not None or chosen.appropriation is not None
    wanted = conditions(chosen, accounts)
    if not of_entries and not of_groups:
        return select(cast(func.coalesce(func.sum(lines(reader, chosen, None).c.count), 0), BigInteger))
    if of_entries or chosen.effective_on is not None or chosen.known_at is not None:
        return select(_counted(reader, wanted))
    of_sums = [*(stages.of_sums(chosen.stage) if chosen.stage else ()), *_nameless(LedgerSum, chosen.without)]
    if chosen.without == "workstream":
        of_sums.append(LedgerSum.workstream_id.is_(None))
    if chosen.without == "objective":
        of_sums.append(LedgerSum.served == 0)
    if chosen.appropriation is not None:
        of_sums.append(FundingDocument.account_id.in_(accounts))
    found = cast(sums(reader, chosen).where(*of_sums).subquery().c.count, BigInteger)
    # The sums do not tell which of an obligation's entries drew on a commitment.
    if chosen.stage is not None and stages.drawing_kinds(chosen.stage):
        return select(found + _counted(reader, [*wanted, stages.draws(chosen.stage)]))
    return select(found)


def _counted(reader: Reader, wanted: list[ColumnElement[bool]]) -> ColumnElement[int | None]:
    some = select(LedgerEntry.id).where(*wanted, may_see(reader)).limit(COUNTED_TO + 1).subquery()
    number = func.nullif(func.count(), COUNTED_TO + 1)
    return select(number).select_from(some).scalar_subquery()


async def sums_of(session: ReadSession, reader: Reader, chosen: Chosen) -> Figures | None:
    """The figures of the entries that `chosen` lets through, whatever its stage; None where no sum is kept of them."""
    if chosen.document is not None or chosen.exceptions or chosen.kind is not None:
        return None
    base = msgspec.structs.replace(chosen, stage=None, without=None, appropriation=None)
    if chosen.without is None and chosen.appropriation is None:
        return await total(session, reader, base)
    by: Group = "kind_of_appropriation" if chosen.without is None else chosen.without
    key = chosen.appropriation or ""
    rows = (await totals(session, reader, by, base)).rows
    found = next((row.figures for row in rows if row.key == key), None)
    nothing = {name: Dollars.zero() for name in Figures.__struct_fields__ if name != "count"}
    return found or Figures(**nothing, count=0)


async def accounts_of(session: ReadSession, appropriation: str | None) -> tuple[int, ...]:
    """The accounts of a kind of appropriation, which their titles tell."""
    if appropriation is None:
        return ()
    rows = await session.execute(select(TreasuryAccount.id, TreasuryAccount.title).order_by(TreasuryAccount.id))
    return tuple(row.id for row in rows if rules.kind_of_appropriation(row.title) == appropriation)


async def spans(session: ReadSession, chosen: Chosen, accounts: tuple[int, ...] = ()) -> tuple[date, date] | None:
    """From which day on and before which one what is chosen has entries at all, as the totals tell; None is any day.

    It lets nothing through that `conditions` would not; but an index that has the order of days is entered where those
    entries stand, and does not pass over years without any.
    """
    months = _months_of(chosen, accounts)
    if months is None:
        return None
    first, last = (await session.execute(months)).one()
    return (date.max, date.max) if first is None or last is None else (first, _months_after(last, 1))


@lru_cache(maxsize=128)
def _months_of(chosen: Chosen, accounts: tuple[int, ...]) -> Select[date | None, date | None] | None:
    of_dimension = _totals_of(chosen, accounts)
    if of_dimension is None:
        return None
    return select(func.min(LedgerTotal.month), func.max(LedgerTotal.month)).where(
        *of_dimension, LedgerTotal.posted_month == date.min, LedgerTotal.month > date.min
    )


def _totals_of(chosen: Chosen, accounts: Sequence[int]) -> list[ColumnElement[bool]] | None:
    """The totals of one dimension that is chosen, the narrowest first."""
    dimension, key = LedgerTotal.dimension, LedgerTotal.key
    if chosen.project_id is not None:
        return [dimension == "project", key == str(chosen.project_id)]
    if chosen.funding_document_id is not None:
        return [dimension == "document", key == str(chosen.funding_document_id)]
    if chosen.account_id is not None or chosen.appropriation is not None:
        return [dimension == "all", LedgerTotal.account_id.in_(accounts or [chosen.account_id or 0])]
    if chosen.country is not None:
        named = select(func.text(Participant.id)).where(Participant.code == chosen.country).scalar_subquery()
        return [dimension == "participant", key == named]
    if chosen.workstream_id is not None:
        return [dimension == "workstream", key == str(chosen.workstream_id)]
    if chosen.objective is not None:
        return [dimension == "objective", key == str(bit_of(chosen.objective) + 1)]
    if chosen.authority is not None:
        return [dimension == "authority", rests_on(key, chosen.authority)]
    return None


def conditions(chosen: Chosen, accounts: Sequence[int] = ()) -> list[ColumnElement[bool]]:
    """The filters over an entry's own columns alone: an index answers them, and what counts needs no join.

    `accounts` are those of the kind of appropriation that is chosen.
    """
    return [
        *_of_time(chosen),
        *_of_kind(chosen),
        *of_place(LedgerEntry, chosen),
        *_of_appropriation(chosen, accounts),
        *_of_project(chosen),
        *_nameless(LedgerEntry, chosen.without),
    ]


def _of_time(chosen: Chosen) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    year, quarter = chosen.fiscal_year, chosen.quarter
    if year is not None:
        # As days, which the indexes hold: an entry's fiscal year is the one that holds its day.
        first, last = fiscal_year_bounds(year)
        if quarter is not None:
            first, last = _months_after(first, 3 * quarter - 3), _months_after(first, 3 * quarter) - timedelta(days=1)
        wanted.append(LedgerEntry.effective_on.between(first, last))
    elif quarter is not None:
        # The fiscal year begins a calendar quarter early.
        wanted.append(func.mod(extract("quarter", LedgerEntry.effective_on), 4) + 1 == quarter)
    if chosen.month is not None:
        wanted += [
            LedgerEntry.effective_on >= chosen.month,
            LedgerEntry.effective_on < _months_after(chosen.month, 1),
        ]
    if chosen.effective_on is not None:
        wanted.append(LedgerEntry.effective_on <= chosen.effective_on)
    if chosen.known_at is not None:
        wanted.append(LedgerEntry.posted_at <= chosen.known_at)
    return wanted


def _months_after(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _of_kind(chosen: Chosen) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if chosen.kind == rules.REVERSAL:
        wanted.append(LedgerEntry.reverses_entry_id.is_not(None))
    elif chosen.kind is not None:
        wanted.append(stages.KIND.in_([chosen.kind]))
    if chosen.stage is not None:
        wanted.append(stages.is_of(chosen.stage))
    if chosen.exceptions:
        # Not "is true", which the partial index does not answer.
        wanted.append(and_(LedgerEntry.incurred))
    if chosen.document is not None:
        wanted.append(LedgerEntry.document_number.startswith(chosen.document, autoescape=True))
    return wanted


def _of_appropriation(chosen: Chosen, accounts: Sequence[int]) -> list[ColumnElement[bool]]:
    if chosen.appropriation is None:
        return []
    of_kind = select(FundingDocument.id).where(FundingDocument.account_id.in_(accounts))
    return [LedgerEntry.funding_document_id.in_(of_kind)]


def _of_project(chosen: Chosen) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if chosen.workstream_id is not None:
        wanted.append(_stood(ProjectAttribute.workstream_id == chosen.workstream_id))
    if chosen.objective is not None:
        wanted.append(_stood(serves(ProjectAttribute.served, chosen.objective)))
    if chosen.without == "workstream":
        wanted.append(not_(_stood(ProjectAttribute.workstream_id.is_not(None))))
    if chosen.without == "objective":
        wanted.append(not_(_stood(ProjectAttribute.served != 0)))
    return wanted


def _nameless(each: Any, group: str | None) -> list[ColumnElement[bool]]:
    """That sums or entries name none of a group."""
    column = {
        "account": each.funding_document_id,
        "funding_document": each.funding_document_id,
        "country": each.participant_id,
        "project": each.project_id,
        "authority": each.program_authority,
    }.get(group or "")
    return [] if column is None else [column.is_(None)]


def _stood(what: ColumnElement[bool]) -> ColumnElement[bool]:
    """What held of the entry's project on the entry's day."""
    return exists(
        select(ProjectAttribute.project_id).where(
            ProjectAttribute.project_id == LedgerEntry.project_id,
            LedgerEntry.effective_on >= ProjectAttribute.from_on,
            LedgerEntry.effective_on < ProjectAttribute.until_on,
            what,
        )
    )
