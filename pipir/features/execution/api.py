"""The JSON door of execution: plans by version, the review, balances by age, equitable shares."""

from datetime import date
from typing import Any

from litestar import Request, Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.execution import commands, queries
from pipir.features.execution.tables import PlanId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown
from pipir.web.uploads import reading

# ---- plans


@get("/ledger/plans", opt=allow("ledger.read"))
async def list_plans(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    funding: FromQuery[RecordNumber | None] = None,
    project: FromQuery[RecordNumber | None] = None,
    kind: FromQuery[str | None] = None,
    status: FromQuery[str | None] = None,
    sort: FromQuery[str] = "-as_of",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.PlanView]:
    """Versions of spend plans and forecasts."""
    async with db.read() as session:
        return await queries.list_plans(
            session,
            caller.reader,
            document_id=funding,
            project_id=project,
            kind=kind,
            state=status,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@post("/ledger/plans", opt=allow(commands.draft_plan))
async def draft_plan(
    data: JSONBody[commands.DraftPlan],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.PlanDetail]:
    """Draft the next version, with the months of the version that was signed last."""
    async with db.write(actor=caller.id, command=commands.draft_plan.name, once=once) as session:
        number = await commands.draft_plan(session, data)
        view = await queries.plan_detail(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/ledger/plans/{number}")
    return answer


@get("/ledger/plans/{plan_id:int}", opt=allow("ledger.read"))
async def show_plan(
    plan_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.PlanDetail]:
    """One version, line by line against the version before and against what came."""
    async with db.read() as session:
        return shown(await queries.plan_detail(session, caller.reader, PlanId(plan_id)))


@get("/ledger/plans/{plan_id:int}/history", opt=allow("ledger.read"))
async def plan_history(
    plan_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a version, newest first."""
    async with db.read() as session:
        await queries.plan(session, caller.reader, PlanId(plan_id))
        return await history(session, caller.reader, "spend_plan", plan_id)


@put("/ledger/plans/{plan_id:int}/months", opt=allow(commands.enter_months))
async def enter_months(
    plan_id: FromPath[RecordNumber],
    data: JSONBody[commands.EnterMonths],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PlanDetail]:
    """Enter all the months of a draft."""
    async with db.write(actor=caller.id, command=commands.enter_months.name) as session:
        await commands.enter_months(session, PlanId(plan_id), data, version=version)
        view = await queries.plan_detail(session, caller.reader, PlanId(plan_id))
    return changed(view)


@put("/ledger/plans/{plan_id:int}/file", opt=allow(commands.import_months, upload=True), request_max_body_size=None)
async def import_months(
    request: Request[Any, Any, Any],
    plan_id: FromPath[RecordNumber],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PlanDetail]:
    """Enter all the months of a draft from a workbook or CSV: multipart/form-data, the file in the field `file`."""
    async with reading(request, commands.ImportMonths) as upload:
        body, content = await upload.read(commands.examined)
        async with db.write(actor=caller.id, command=commands.import_months.name) as session:
            await commands.import_months(session, PlanId(plan_id), body, content=content, version=version)
            view = await queries.plan_detail(session, caller.reader, PlanId(plan_id))
    return changed(view)


@put("/ledger/plans/{plan_id:int}/signature", opt=allow(commands.sign_plan))
async def sign_plan(
    plan_id: FromPath[RecordNumber],
    data: JSONBody[commands.SignPlan],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PlanDetail]:
    """Sign a version: it never changes again."""
    async with db.write(actor=caller.id, command=commands.sign_plan.name) as session:
        await commands.sign_plan(session, PlanId(plan_id), data, version=version)
        view = await queries.plan_detail(session, caller.reader, PlanId(plan_id))
    return changed(view)


@put("/ledger/plans/{plan_id:int}/withdrawal", opt=allow(commands.withdraw_plan))
async def withdraw_plan(
    plan_id: FromPath[RecordNumber],
    data: JSONBody[commands.WithdrawPlan],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PlanDetail]:
    """Withdraw a draft."""
    async with db.write(actor=caller.id, command=commands.withdraw_plan.name) as session:
        await commands.withdraw_plan(session, PlanId(plan_id), data, version=version)
        view = await queries.plan_detail(session, caller.reader, PlanId(plan_id))
    return changed(view)


# ---- budgets


@get("/ledger/budgets", opt=allow("ledger.read"))
async def list_budgets(db: NamedDependency[Database]) -> tuple[queries.BudgetView, ...]:
    """The President's Budgets that were submitted: what is planned beyond the last is pre-decisional."""
    async with db.read() as session:
        return await queries.budgets(session)


@post("/ledger/budgets", opt=allow(commands.record_budget))
async def record_budget(
    data: JSONBody[commands.RecordBudget],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.BudgetView]:
    """Record that a President's Budget was submitted."""
    async with db.write(actor=caller.id, command=commands.record_budget.name, once=once) as session:
        number = await commands.record_budget(session, data)
        view = next(each for each in await queries.budgets(session) if each.id == number)
        answer = created(session, view, "/api/v1/ledger/budgets")
    return answer


# ---- the review


@get("/ledger/execution", opt=allow("ledger.read"))
async def review(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    as_of: FromQuery[date | None] = None,
    by: FromQuery[str] = "document",
    account: FromQuery[RecordNumber | None] = None,
    funding: FromQuery[RecordNumber | None] = None,
    project: FromQuery[RecordNumber | None] = None,
) -> queries.Review:
    """The execution review as of a day, by document, account or project."""
    async with db.read() as session:
        return await queries.review(
            session,
            caller.reader,
            as_of=as_of,
            by=by,
            account_id=account,
            document_id=funding,
            project_id=project,
        )


@get("/ledger/execution/balances", opt=allow("ledger.read"))
async def balances(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    as_of: FromQuery[date | None] = None,
    account: FromQuery[RecordNumber | None] = None,
    funding: FromQuery[RecordNumber | None] = None,
    project: FromQuery[RecordNumber | None] = None,
) -> queries.Balances:
    """Unliquidated balances by age; they come to what is obligated less what is expended."""
    async with db.read() as session:
        where = queries.Where(funding, account, project)
        return await queries.balances(session, caller.reader, queries.day_of(session, as_of), where)


@get("/ledger/execution/obligations", opt=allow("ledger.read"))
async def quiet_obligations(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    as_of: FromQuery[date | None] = None,
    account: FromQuery[RecordNumber | None] = None,
    funding: FromQuery[RecordNumber | None] = None,
    project: FromQuery[RecordNumber | None] = None,
    sort: FromQuery[str] = "since",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.OpenObligation]:
    """Obligations with something left on which nothing was spent for long."""
    async with db.read() as session:
        return await queries.quiet_obligations(
            session,
            caller.reader,
            queries.day_of(session, as_of),
            queries.Where(funding, account, project),
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@get("/ledger/shares", opt=allow("ledger.read"))
async def shares(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    agreement: FromQuery[RecordNumber | None] = None,
    country: FromQuery[str | None] = None,
) -> queries.Shares:
    """Equitable shares of agreements, agreed against what came."""
    async with db.read() as session:
        return await queries.shares(session, caller.reader, agreement_id=agreement, country=country)


def routes() -> Router:
    """Every JSON route of execution."""
    return Router(
        path="/api/v1",
        tags=["execution"],
        route_handlers=[
            list_plans,
            draft_plan,
            show_plan,
            plan_history,
            enter_months,
            import_months,
            sign_plan,
            withdraw_plan,
            list_budgets,
            record_budget,
            review,
            balances,
            quiet_obligations,
            shares,
        ],
    )
