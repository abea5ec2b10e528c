"""Plans and forecasts: lists, one version with its months, and the budgets that were submitted."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select, true, type_coerce
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from pipir.features.execution import rules
from pipir.features.execution.queries import money
from pipir.features.execution.rules import Compared, PlanLine
from pipir.features.execution.tables import PlanId, SpendPlan, SpendPlanLine, SubmittedBudget
from pipir.features.law.queries import law_of
from pipir.features.ledger.queries import Statement, statement_of
from pipir.features.ledger.tables import FundingDocument, TreasuryAccount
from pipir.features.people.tables import Person
from pipir.features.projects.tables import Project
from pipir.kernel.calendar import fiscal_year, fiscal_year_bounds
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute.load import the_statute
from pipir.statute.lookup import dated
from pipir.store.base import Money, visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AT_ONCE, AnySelect, Sorts, every_row, list_page


class PlanView(msgspec.Struct, frozen=True):
    """A version as shown, with what its months come to; `pre_decisional` is the part beyond the submitted budget."""

    id: int
    version: int
    name: str
    funding_document_id: int
    funding_number: str
    symbol: str
    project_id: int | None
    project_code: str | None
    project_name: str | None
    kind: str
    number: int
    as_of: date
    tolerance: Dollars
    remark: str | None
    state: str
    signed_by: str | None
    signed_on: date | None
    ended_because: str | None
    first_month: date | None
    last_month: date | None
    obligations: Dollars
    outlays: Dollars
    pre_decisional_obligations: Dollars
    pre_decisional_outlays: Dollars
    pre_decisional: bool
    marking: str
    exercise: bool


class PlanDetail(msgspec.Struct, frozen=True):
    """A version with its months: against the version before (where the reader may see it) and against what came.

    `warnings` hold it against the authority of its funding document as it stands today.
    """

    plan: PlanView
    follows: PlanView | None
    lines: tuple[Compared, ...]
    budget: int | None
    statement: Statement
    warnings: tuple[str, ...]
    version: int = 1


class BudgetView(msgspec.Struct, frozen=True):
    """A President's Budget that was submitted, and where that stands."""

    id: int
    version: int
    fiscal_year: int
    submitted_on: date
    source: str
    exercise: bool


class PlannedYear(msgspec.Struct, frozen=True):
    """What is planned for a fiscal year, and whether it lies beyond the submitted budget."""

    fiscal_year: int
    obligations: Dollars
    outlays: Dollars
    pre_decisional: bool


class Signed(msgspec.Struct, frozen=True):
    """A signed version in force, with its lines."""

    id: int
    name: str
    funding_document_id: int
    project_id: int | None
    kind: str
    signed_on: date
    lines: tuple[PlanLine, ...]


_SIGNER = aliased(Person)
_SORTS: Sorts = {
    "as_of": ((SpendPlan.as_of, date),),
    "document": ((func.lower(FundingDocument.number), str), (SpendPlan.as_of, date)),
    "state": ((SpendPlan.state, str), (SpendPlan.as_of, date)),
}


def seen(reader: Reader) -> ColumnElement[bool]:
    """The versions that the reader may see: their own marking, and those of what they plan for."""
    return and_(
        visible_to(reader, SpendPlan),
        SpendPlan.funding_document_id.in_(select(FundingDocument.id).where(visible_to(reader, FundingDocument))),
        or_(
            SpendPlan.project_id.is_(None),
            SpendPlan.project_id.in_(select(Project.id).where(visible_to(reader, Project))),
        ),
    )


async def list_plans(
    session: ReadSession,
    reader: Reader,
    *,
    document_id: int | None = None,
    project_id: int | None = None,
    kind: str | None = None,
    state: str | None = None,
    sort: str = "-as_of",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[PlanView]:
    """Versions of plans and forecasts, those of the latest day first unless said otherwise."""
    mistakes = []
    if kind is not None and kind not in rules.KINDS:
        mistakes.append(Mistake("kind", "Expected one of: " + ", ".join(rules.KINDS) + ".", kind[:60]))
    if state is not None and state not in rules.STATES:
        mistakes.append(Mistake("state", "Expected one of: " + ", ".join(rules.STATES) + ".", state[:60]))
    if mistakes:
        raise Invalid("Some of the filters need correcting.", mistakes=tuple(mistakes))
    statement = _plans(reader, await covered(session))
    for column, value in (
        (SpendPlan.funding_document_id, document_id),
        (SpendPlan.project_id, project_id),
        (SpendPlan.kind, kind),
        (SpendPlan.state, state),
    ):
        if value is not None:
            statement = statement.where(column == value)
    return await list_page(
        session,
        statement,
        row_id=SpendPlan.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_plan_view,
    )


async def every_plan(session: ReadSession, reader: Reader, **filters: Any) -> tuple[PlanView, ...]:
    """Every version of a list, for a file; the filters are those of list_plans."""
    return await every_row(lambda cursor: list_plans(session, reader, **filters, cursor=cursor, limit=AT_ONCE))


async def plan(session: ReadSession, reader: Reader, plan_id: PlanId) -> PlanView:
    """One version, or NotFound."""
    found = await _plan(session, reader, plan_id)
    if found is None:
        raise NotFound("There is no plan with this number.")
    return found


async def plan_detail(session: ReadSession, reader: Reader, plan_id: PlanId) -> PlanDetail:
    """One version with its months, or NotFound."""
    view = await plan(session, reader, plan_id)
    # Where the reader may not see the version before, not even its number is told.
    number = await session.scalar(select(SpendPlan.follows_id).where(SpendPlan.id == plan_id))
    follows = await _plan(session, reader, PlanId(number)) if number is not None else None
    months = await lines_of(session, [view.id, *([follows.id] if follows else [])])
    own, before = months.get(view.id, ()), months.get(follows.id, ()) if follows else None
    found = await compared(session, reader, view, own, before)
    return PlanDetail(
        view,
        follows,
        found,
        await covered(session),
        await statement_of(session, reader),
        await _beside_authority(session, reader, view),
        view.version,
    )


async def _beside_authority(session: ReadSession, reader: Reader, view: PlanView) -> tuple[str, ...]:
    if view.state not in ("draft", "signed"):
        return ()
    came = await money.by_month(session, reader, view.funding_document_id, None, session.today)
    zero = Dollars.zero()
    # What one project of a document had obligated says little of what the others leave it.
    first = view.first_month if view.project_id is None else None
    return rules.beside_authority(
        view.name,
        view.funding_number,
        planned=view.obligations,
        earlier=sum((each.obligated for month, each in came.items() if first is not None and month < first), zero),
        authority=sum((each.whole for each in came.values()), zero),
        statute=the_statute(),
    )


async def compared(
    session: ReadSession, reader: Reader, view: PlanView, own: Sequence[PlanLine], before: Sequence[PlanLine] | None
) -> tuple[Compared, ...]:
    """Months against those of the version before and against what the ledger has of them until today."""
    actual: Mapping[date, tuple[Dollars, Dollars]] = {}
    months = sorted(each.month for each in (*own, *(before or ())))
    if months and months[0] <= session.today:
        last = min(rules.next_month(months[-1]) - timedelta(days=1), session.today)
        sums = await money.by_month(session, reader, view.funding_document_id, view.project_id, last)
        actual = {month: (each.obligated, each.expended) for month, each in sums.items()}
    law = await law_of(session)
    return rules.compare(
        own,
        before,
        actual,
        tolerance=view.tolerance,
        through=session.today,
        covered=await covered(session),
        ends_on=dated(law, "1253.g", "on", session.today),
    )


async def lines_of(session: ReadSession, numbers: Sequence[int]) -> Mapping[int, tuple[PlanLine, ...]]:
    """The months of versions, in order; who may read them is the caller's to know."""
    rows = await session.execute(
        select(
            SpendPlanLine.plan_id,
            SpendPlanLine.month,
            SpendPlanLine.obligations,
            SpendPlanLine.outlays,
            SpendPlanLine.because,
            SpendPlanLine.other_authority,
        )
        .where(SpendPlanLine.plan_id.in_(numbers))
        .order_by(SpendPlanLine.plan_id, SpendPlanLine.month)
    )
    found: dict[int, list[PlanLine]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(PlanLine(row[1], row[2], row[3], row[4], row[5]))
    return {number: tuple(lines) for number, lines in found.items()}


async def signed(session: ReadSession, reader: Reader, on: date) -> tuple[Signed, ...]:
    """The versions in force on a day that the reader may see, each plan and forecast once for what it plans for."""
    chain = (SpendPlan.funding_document_id, SpendPlan.project_id, SpendPlan.kind)
    rows = (
        await session.execute(
            select(SpendPlan.id, *chain, SpendPlan.number, SpendPlan.signed_on)
            .where(SpendPlan.signed_on <= on, seen(reader))
            .ext(distinct_on(*chain))
            .order_by(*chain, SpendPlan.signed_on.desc(), SpendPlan.number.desc())
        )
    ).all()
    lines = await lines_of(session, [row.id for row in rows])
    return tuple(
        Signed(
            row.id,
            rules.name_of(row.kind, row.number),
            row.funding_document_id,
            row.project_id,
            row.kind,
            row.signed_on,
            lines.get(row.id, ()),
        )
        for row in rows
    )


async def planned_by_year(session: ReadSession, reader: Reader, *, transmitted: bool) -> tuple[PlannedYear, ...]:
    """What the versions signed last plan for each fiscal year, of whole documents alone, in order.

    Where it is to be transmitted, years beyond the submitted budget are left out: they are pre-decisional.
    """
    latest: dict[int, Signed] = {}
    for each in await signed(session, reader, session.today):
        had = latest.get(each.funding_document_id)
        if each.project_id is None and (had is None or (had.signed_on, had.id) < (each.signed_on, each.id)):
            latest[each.funding_document_id] = each
    years: dict[int, tuple[Dollars, Dollars]] = {}
    for version in latest.values():
        for line in version.lines:
            had_so_far = years.get(fiscal_year(line.month), (Dollars.zero(), Dollars.zero()))
            years[fiscal_year(line.month)] = had_so_far[0] + line.obligations, had_so_far[1] + line.outlays
    last = await covered(session)
    found = (
        PlannedYear(year, *amounts, pre_decisional=rules.is_pre_decisional(fiscal_year_bounds(year)[0], last))
        for year, amounts in sorted(years.items())
    )
    return tuple(each for each in found if not (transmitted and each.pre_decisional))


async def covered(session: ReadSession) -> int | None:
    """The last fiscal year that a President's Budget submitted until today covers; None: none is recorded."""
    found: int | None = await session.scalar(
        select(func.max(SubmittedBudget.fiscal_year)).where(SubmittedBudget.submitted_on <= session.today)
    )
    return found


async def budgets(session: ReadSession) -> tuple[BudgetView, ...]:
    """The budgets that were submitted, the latest fiscal year first."""
    columns = [getattr(SubmittedBudget, name) for name in BudgetView.__struct_fields__]
    rows = await session.execute(select(*columns).order_by(SubmittedBudget.fiscal_year.desc()))
    return tuple(BudgetView(**row) for row in rows.mappings())


async def _plan(session: ReadSession, reader: Reader, plan_id: PlanId) -> PlanView | None:
    statement = _plans(reader, await covered(session)).where(SpendPlan.id == plan_id)
    row = (await session.execute(statement)).mappings().one_or_none()
    return _plan_view(row) if row is not None else None


def _plans(reader: Reader, covered_year: int | None) -> AnySelect:
    # Without any budget on record all of it lies beyond one.
    beyond = SpendPlanLine.month >= date(covered_year, 10, 1) if covered_year is not None else true()

    def total(column: Any, where: Any = None) -> Any:
        summed = func.sum(column) if where is None else func.sum(column).filter(where)
        return type_coerce(func.coalesce(summed, 0), Money())

    lines = (
        select(
            func.min(SpendPlanLine.month).label("first_month"),
            func.max(SpendPlanLine.month).label("last_month"),
            total(SpendPlanLine.obligations).label("obligations"),
            total(SpendPlanLine.outlays).label("outlays"),
            total(SpendPlanLine.obligations, beyond).label("pre_decisional_obligations"),
            total(SpendPlanLine.outlays, beyond).label("pre_decisional_outlays"),
        )
        .where(SpendPlanLine.plan_id == SpendPlan.id)
        .lateral("months")
    )
    own = [name for name in PlanView.__struct_fields__ if hasattr(SpendPlan, name)]
    return (
        select(
            *(getattr(SpendPlan, name) for name in own),
            FundingDocument.number.label("funding_number"),
            TreasuryAccount.symbol,
            Project.code.label("project_code"),
            Project.name.label("project_name"),
            _SIGNER.name.label("signed_by"),
            *lines.c,
        )
        .join(FundingDocument, FundingDocument.id == SpendPlan.funding_document_id)
        .join(TreasuryAccount, TreasuryAccount.id == FundingDocument.account_id)
        .outerjoin(Project, Project.id == SpendPlan.project_id)
        .outerjoin(_SIGNER, _SIGNER.id == SpendPlan.signed_by_id)
        .join(lines, true())
        .where(seen(reader))
    )


def _plan_view(row: RowMapping) -> PlanView:
    return PlanView(
        **{name: row[name] for name in PlanView.__struct_fields__ if name in row},
        name=rules.name_of(row["kind"], row["number"]),
        pre_decisional=bool(row["pre_decisional_obligations"] or row["pre_decisional_outlays"]),
    )
