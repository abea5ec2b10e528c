"""The execution review of funding documents, accounts and projects as of a day."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from pipir.features.execution import rules
from pipir.features.execution.queries import money
from pipir.features.execution.queries.money import NONE, Stages
from pipir.features.execution.queries.money import signed as signed_amount
from pipir.features.execution.queries.plans import Signed, covered, signed
from pipir.features.execution.rules import Benchmark, Burn, Period, Resolution
from pipir.features.law.queries import law_of
from pipir.features.ledger import rules as ledger_rules
from pipir.features.ledger.queries import Statement, statement_of
from pipir.features.ledger.tables import FundingDocument, LedgerEntry, TreasuryAccount, may_see
from pipir.features.projects.tables import Project
from pipir.kernel.calendar import days_left, show_day
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.statute.load import the_statute
from pipir.statute.lookup import dated, number
from pipir.store.base import Money, visible_to
from pipir.store.doors import ReadSession

By = Literal["document", "account", "project"]
BY = ("document", "account", "project")
NOT_ADDITIVE = (
    "Plans of projects are parts of their funding document's plan, and are never added to it. Authority is received by "
    "document: a project has none of its own."
)


class Against(msgspec.Struct, frozen=True):
    """What a signed version plans by the day, and how many percent of it came; None: nothing was planned."""

    name: str
    obligations: Dollars
    outlays: Dollars
    obligated: Decimal | None
    expended: Decimal | None


class Reviewed(msgspec.Struct, frozen=True):
    """How one funding document, account or project is executed; rates are percent of its authority.

    Of a project there is no authority: its rates are None but for what was spent of what it obligated.
    """

    key: int | None
    name: str
    sub: str
    href: str
    entries_href: str
    kind_of_appropriation: str
    state: str
    figures: Stages
    unobligated: Dollars
    unliquidated: Dollars
    obligation_rate: Decimal | None
    outlay_rate: Decimal | None
    spent_of_obligated: Decimal | None
    funds_left: Decimal | None
    benchmark: Benchmark
    plan: Against | None
    forecast: Against | None
    period: Period | None
    obligations_burn: Burn
    outlays_burn: Burn
    recent_obligated: Dollars
    recent_expended: Dollars
    exercise: bool


class YearEnd(msgspec.Struct, frozen=True):
    """A funding document whose account takes no new obligation after the fiscal year."""

    funding_document_id: int
    number: str
    symbol: str
    last_on: date
    days_left: int
    unobligated: Dollars
    committed: Dollars
    exercise: bool


class UnderResolution(msgspec.Struct, frozen=True):
    """A funding document under a continuing resolution, by day."""

    funding_document_id: int
    number: str
    symbol: str
    pace: Resolution
    exercise: bool


class AfterEnd(msgspec.Struct, frozen=True):
    """What a version plans in a month after the end of the Initiative without naming another authority."""

    plan_id: int
    name: str
    funding_document_id: int
    number: str
    project_id: int | None
    project: str
    month: date
    obligations: Dollars
    outlays: Dollars


class UnusedOrder(msgspec.Struct, frozen=True):
    """An Economy Act order whose ordering agency's funds have expired, or will with the fiscal year, and what is left.

    Of one that was placed, `entry_id` is its obligation; of one that was received it is None.
    """

    funding_document_id: int
    number: str
    symbol: str
    entry_id: int | None
    document: str
    order_law: str
    last_on: date
    days_left: int
    left: Dollars
    exercise: bool


class Review(msgspec.Struct, frozen=True):
    """The execution review as of a day; every list may be empty, and says so where it is shown."""

    as_of: date
    by: str
    rows: tuple[Reviewed, ...]
    year_end: tuple[YearEnd, ...]
    resolutions: tuple[UnderResolution, ...]
    after_end: tuple[AfterEnd, ...]
    orders: tuple[UnusedOrder, ...]
    ends_on: date | None
    budget: int | None
    burn_days: int
    not_additive: str
    statement: Statement


class Document(msgspec.Struct, frozen=True):
    """A funding document with the life of its account on a day, and where its money stands."""

    id: int
    number: str
    title: str
    account_id: int
    symbol: str
    account_title: str
    source: str
    received_on: date
    through_on: date | None
    cr_amount: Dollars | None
    order_law: str | None
    period_until: date | None
    first: date | None
    last: date | None
    state: str
    figures: Stages
    marking: str
    exercise: bool

    @property
    def kind(self) -> str:
        """The kind of appropriation."""
        return ledger_rules.kind_of_appropriation(self.account_title)

    @property
    def unobligated(self) -> Dollars:
        """Authority less obligations: commitments are still to be obligated."""
        return self.figures.whole - self.figures.obligated


async def review(
    session: ReadSession,
    reader: Reader,
    *,
    as_of: date | None = None,
    by: str = "document",
    account_id: int | None = None,
    document_id: int | None = None,
    project_id: int | None = None,
) -> Review:
    """The review as of a day (None: today), by document, account or project; filters leave those that they name."""
    on = day_of(session, as_of)
    if by not in BY:
        expected = "Expected one of: " + ", ".join(BY) + "."
        raise Invalid("The review knows no such group.", mistakes=(Mistake("by", expected, by[:60]),))
    law = await law_of(session)
    days = number(law, rules.REVIEW, "burn-days")
    found = await documents(session, reader, on)
    kept = [
        each
        for each in found
        if account_id in (None, each.account_id) and document_id in (None, each.id) and each.state != "closed"
    ]
    versions = await signed(session, reader, on)
    numbers = {each.id for each in kept}
    narrowed = [
        each for each in versions if each.funding_document_id in numbers and project_id in (None, each.project_id)
    ]
    if by == "project":
        rows = await _projects(session, reader, on, days, narrowed, project_id)
    else:
        recent = await money.recent(session, reader, on, days)
        rows = _reviewed(kept, by, narrowed, recent, on, days)
    ends_on = dated(law, "1253.g", "on", session.today)
    return Review(
        on,
        by,
        rows,
        year_end(kept, on),
        resolutions(kept, on),
        await _after_end(session, reader, narrowed, kept, ends_on),
        await unused_orders(session, reader, kept, on),
        ends_on,
        await covered(session),
        days,
        NOT_ADDITIVE,
        await statement_of(session, reader),
    )


async def documents(session: ReadSession, reader: Reader, on: date) -> tuple[Document, ...]:
    """The funding documents of a day that the reader may see, by number, with their figures on it.

    Those received until the day, and those received later whose entries are dated into it: the totals hold them.
    """
    sums = await money.as_of(session, reader, on, "document")
    rows = await session.execute(
        select(
            FundingDocument.id,
            FundingDocument.number,
            FundingDocument.title,
            FundingDocument.account_id,
            TreasuryAccount.symbol,
            TreasuryAccount.title.label("account_title"),
            TreasuryAccount.closed_on,
            FundingDocument.source_of_authority.label("source"),
            FundingDocument.received_on,
            FundingDocument.through_on,
            FundingDocument.cr_amount,
            FundingDocument.order_law,
            FundingDocument.period_until,
            FundingDocument.marking,
            FundingDocument.exercise,
        )
        .join(TreasuryAccount, TreasuryAccount.id == FundingDocument.account_id)
        .where(visible_to(reader, FundingDocument))
        .order_by(FundingDocument.number, FundingDocument.id)
    )
    law, found = the_statute(), []
    for row in rows.mappings():
        figures = sums.get(row["id"], NONE)
        if row["received_on"] > on and figures == NONE:
            continue
        known = ledger_rules.Account(ledger_rules.parse_symbol(row["symbol"]), row["closed_on"])
        life = ledger_rules.life(known, law)
        found.append(
            Document(
                **{name: row[name] for name in Document.__struct_fields__ if name in row},
                first=life.available_from,
                last=life.available_until if known.symbol.end_year is not None else None,
                state=ledger_rules.state_of(known, on, law),
                figures=figures,
            )
        )
    return tuple(found)


def year_end(found: Iterable[Document], on: date) -> tuple[YearEnd, ...]:
    """What stops taking new obligations with the fiscal year and has authority left, the largest first."""
    rows = [
        YearEnd(
            each.id,
            each.number,
            each.symbol,
            each.last,
            days_left(on, each.last),
            each.unobligated,
            each.figures.committed,
            each.exercise,
        )
        for each in found
        if each.last is not None and rules.ends_with_year(each.last, on) and each.unobligated
    ]
    return tuple(sorted(rows, key=lambda each: (-each.unobligated.amount, each.number)))


def resolutions(found: Iterable[Document], on: date) -> tuple[UnderResolution, ...]:
    """The documents of a continuing resolution that is in force on the day."""
    return tuple(
        UnderResolution(
            each.id,
            each.number,
            each.symbol,
            rules.resolution(each.cr_amount, each.received_on, each.through_on, each.figures.obligated, on),
            each.exercise,
        )
        for each in found
        if each.cr_amount is not None and each.through_on is not None and on <= each.through_on
    )


async def unused_orders(
    session: ReadSession, reader: Reader, found: Sequence[Document], on: date
) -> tuple[UnusedOrder, ...]:
    """Orders under the Economy Act that hold what is deobligated with the ordering agency's funds, by their day.

    Of an order that was placed: what is not spent, of which the performer's own obligations are still owed. Of one that
    was received: what we have not obligated.
    """
    law = await law_of(session)
    rows: list[UnusedOrder] = []

    def tell(document: Document, last: date | None, left: Dollars, entry_id: int | None, paper: str, by: str) -> None:
        if last is not None and rules.has_expired_by_year_end(last, on) and left > Dollars.zero():
            rows.append(
                UnusedOrder(
                    document.id, document.number, document.symbol, entry_id, paper, by, last, days_left(on, last), left,
                    document.exercise,
                )
            )  # fmt: skip

    for each in found:
        if ledger_rules.is_economy_act(each.order_law, law):
            tell(each, each.period_until or each.last, each.unobligated, None, each.number, each.order_law or "")
    by_id = {each.id: each for each in found}
    for root, document_id, paper, by, left in await _orders_placed(session, reader, by_id, on):
        if ledger_rules.is_economy_act(by, law):
            tell(by_id[document_id], by_id[document_id].last, left, root, paper or f"entry {root}", by)
    return tuple(sorted(rows, key=lambda each: (each.last_on, each.number, each.entry_id or 0)))


async def _orders_placed(session: ReadSession, reader: Reader, documents: Iterable[int], on: date) -> Sequence[Any]:
    """Obligations that are orders, with what is not spent of each: number, document, its paper, law, what is left."""
    order = aliased(LedgerEntry)
    rows = await session.execute(
        select(
            order.id,
            order.funding_document_id,
            order.document_number,
            order.order_law,
            type_coerce(func.sum(signed_amount("obligated") - signed_amount("expended")), Money()),
        )
        .join(
            LedgerEntry,
            or_(
                LedgerEntry.id == order.id,
                LedgerEntry.adjusts_entry_id == order.id,
                LedgerEntry.reverses_entry_id == order.id,
            ),
        )
        .where(
            order.order_law.is_not(None),
            order.funding_document_id.in_(list(documents)),
            LedgerEntry.effective_on <= on,
            may_see(reader),
        )
        .group_by(order.id)
        .order_by(order.id)
    )
    return rows.all()


def day_of(session: ReadSession, as_of: date | None) -> date:
    """The day that is asked for, or today; Invalid for a day that has no actuals yet."""
    on = as_of or session.today
    if not _EARLIEST <= on <= session.today:
        expected = f"Expected a day up to {show_day(session.today)}: a day to come has no actuals."
        raise Invalid("The day needs correcting.", mistakes=(Mistake("as_of", expected, on.isoformat()),))
    return on


_EARLIEST: Final = date(1900, 1, 1)


def _reviewed(
    kept: Sequence[Document],
    by: str,
    versions: Sequence[Signed],
    recent: Any,
    on: date,
    days: int,
) -> tuple[Reviewed, ...]:
    """One row for each document, or for each account what its documents come to together."""
    groups: dict[int, list[Document]] = {}
    for each in kept:
        groups.setdefault(each.account_id if by == "account" else each.id, []).append(each)
    rows = []
    for key, members in groups.items():
        first = members[0]
        figures = sum((each.figures for each in members[1:]), first.figures)
        moved = sum((recent.get(each.id, NONE) for each in members), NONE)
        of_group = {each.id for each in members}
        own = [each for each in versions if each.project_id is None and each.funding_document_id in of_group]
        whole = by == "account"
        place = f"/ledger/accounts/{key}" if whole else f"/ledger/funding/{key}"
        rows.append(
            _row(
                key,
                first.symbol if whole else first.number,
                first.account_title if whole else f"{first.title}, {first.symbol}",
                place,
                f"/ledger?account={key}" if whole else f"/ledger?funding={key}",
                first,
                figures,
                moved,
                own,
                on,
                days,
                exercise=all(each.exercise for each in members),
            )
        )
    return tuple(rows)


def _row(
    key: int | None,
    name: str,
    sub: str,
    href: str,
    entries_href: str,
    document: Document | None,
    figures: Stages,
    moved: Stages,
    versions: Sequence[Signed],
    on: date,
    days: int,
    *,
    exercise: bool,
) -> Reviewed:
    unobligated = figures.whole - figures.obligated
    unliquidated = figures.obligated - figures.expended
    kind = document.kind if document else ""
    none = Benchmark(None, None)
    return Reviewed(
        key=key,
        name=name,
        sub=sub,
        href=href,
        entries_href=entries_href,
        kind_of_appropriation=kind,
        state=document.state if document else "",
        figures=figures,
        unobligated=unobligated if document else Dollars.zero(),
        unliquidated=unliquidated,
        obligation_rate=rules.share(figures.obligated, figures.whole) if document else None,
        outlay_rate=rules.share(figures.expended, figures.whole) if document else None,
        spent_of_obligated=rules.share(figures.expended, figures.obligated),
        funds_left=rules.share(unobligated, figures.whole) if document else None,
        benchmark=rules.benchmark(the_statute(), kind, document.first, on) if document else none,
        plan=_against([each for each in versions if each.kind == "plan"], figures, on),
        forecast=_against([each for each in versions if each.kind == "forecast"], figures, on),
        period=rules.period(document.first, document.last, on) if document else None,
        obligations_burn=_obligations_burn(document, unobligated, moved.obligated, days, on),
        outlays_burn=rules.burn(unliquidated, moved.expended, days, on, idle=rules.NO_SPENDING),
        recent_obligated=moved.obligated,
        recent_expended=moved.expended,
        exercise=exercise,
    )


def _obligations_burn(document: Document | None, left: Dollars, used: Dollars, days: int, on: date) -> Burn:
    if document is None:
        return Burn(rules.per_day(used, days), None, "no authority of its own")
    if document.state != "available":
        return Burn(rules.per_day(used, days), None, f"{document.state}: takes no new obligation")
    return rules.burn(left, used, days, on, idle=rules.NO_OBLIGATION)


def _against(versions: Sequence[Signed], figures: Stages, on: date) -> Against | None:
    """What the versions together plan by the day, and how much of it came."""
    if not versions:
        return None
    planned = [rules.planned_by(each.lines, on) for each in versions]
    obligations = sum((each[0] for each in planned), Dollars.zero())
    outlays = sum((each[1] for each in planned), Dollars.zero())
    return Against(
        versions[0].name if len(versions) == 1 else f"{len(versions)} versions",
        obligations,
        outlays,
        rules.share(figures.obligated, obligations),
        rules.share(figures.expended, outlays),
    )


async def _projects(
    session: ReadSession,
    reader: Reader,
    on: date,
    days: int,
    versions: Sequence[Signed],
    project_id: int | None,
) -> tuple[Reviewed, ...]:
    """One row for each project that obligated or planned anything, the largest first."""
    sums = await money.as_of(session, reader, on, "project")
    recent = await money.between(session, reader, on - timedelta(days=days - 1), on, "project")
    planned = {each.project_id for each in versions if each.project_id is not None}
    wanted = {key for key, each in sums.items() if key is not None and (each.obligated or each.expended)} | planned
    if project_id is not None:
        wanted &= {project_id}
    names = await session.execute(
        select(Project.id, Project.code, Project.name, Project.exercise).where(
            Project.id.in_(wanted), visible_to(reader, Project)
        )
    )
    rows = [
        _row(
            row.id,
            row.name,
            row.code,
            f"/projects/{row.id}",
            f"/ledger?project={row.id}",
            None,
            sums.get(row.id, NONE),
            recent.get(row.id, NONE),
            [each for each in versions if each.project_id == row.id],
            on,
            days,
            exercise=row.exercise,
        )
        for row in names
    ]
    return tuple(sorted(rows, key=lambda each: (-each.figures.obligated.amount, each.name, each.key)))


async def _after_end(
    session: ReadSession,
    reader: Reader,
    versions: Sequence[Signed],
    kept: Sequence[Document],
    ends_on: date | None,
) -> tuple[AfterEnd, ...]:
    """Months after the end, of the version that was signed last of each plan."""
    if ends_on is None:
        return ()
    latest: dict[tuple[int, int | None], Signed] = {}
    for each in versions:
        key = each.funding_document_id, each.project_id
        if key not in latest or (latest[key].signed_on, latest[key].id) < (each.signed_on, each.id):
            latest[key] = each
    numbers = {each.id: each.number for each in kept}
    wanted = {each.project_id for each in latest.values() if each.project_id is not None}
    names = {}
    if wanted:
        rows = await session.execute(
            select(Project.id, Project.name).where(Project.id.in_(wanted), visible_to(reader, Project))
        )
        names = {row.id: row.name for row in rows}
    return tuple(
        AfterEnd(
            each.id,
            each.name,
            each.funding_document_id,
            numbers[each.funding_document_id],
            each.project_id,
            names.get(each.project_id or 0, ""),
            line.month,
            line.obligations,
            line.outlays,
        )
        for each in sorted(latest.values(), key=lambda each: (numbers[each.funding_document_id], each.id))
        for line in each.lines
        if line.month > ends_on and line.other_authority is None and (line.obligations or line.outlays)
    )
