"""Plans and forecasts: list and file, one version, its draft, signature and withdrawal, and the submitted budgets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.execution import commands, queries, rules
from pipir.features.execution.tables import PlanId
from pipir.features.ledger import queries as ledger
from pipir.features.ledger.pages.forms import number_of, pairs
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.statute.load import the_statute
from pipir.statute.lookup import number
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import ActPage, Field, Options, words
from pipir.web.api import see_other
from pipir.web.exports import export_file, fields, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

STATES: Final = {"draft": "waiting", "signed": "ok", "superseded": "done", "withdrawn": "done"}
TRAIL: Final = (("Ledger", "/ledger"), ("Plans and forecasts", "/ledger/plans"))
_COLUMNS: Final = fields(
    "id", "name", "funding_number", "symbol", "project_code", "project_name", "kind", "number", "as_of", "tolerance",
    "remark", "state", "signed_by", "signed_on", "ended_because", "first_month", "last_month", "obligations", "outlays",
    "pre_decisional_obligations", "pre_decisional_outlays", "marking", "exercise",
)  # fmt: skip


@dataclass(frozen=True)
class _PlansPage:
    list: ListView[queries.PlanView]
    statement: ledger.Statement
    states: dict[str, str]
    funding_choices: Options
    project_choices: Options
    kinds: Options
    state_choices: Options
    budget: int | None
    law: tuple[tuple[str, str, str], ...]
    may_plan: bool


@dataclass(frozen=True)
class _PlanPage:
    detail: queries.PlanDetail
    state: str
    law: tuple[tuple[str, str, str], ...]
    history: tuple[TrailView, ...]
    may_plan: bool
    form: Form[commands.SignPlan]
    is_exercise: bool
    cited: Callable[[str], str]


@dataclass(frozen=True)
class _BudgetsPage:
    budgets: tuple[queries.BudgetView, ...]
    law: tuple[tuple[str, str, str], ...]
    may_plan: bool


@get("/ledger/plans", opt=allow("ledger.read"))
async def plans(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    kind: FromQuery[str] = "",
    status: FromQuery[str] = "",
    sort: FromQuery[str] = "-as_of",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """The versions of plans and forecasts."""
    numbers = _numbers(request)
    async with db.read() as session:
        found = await queries.list_plans(
            session,
            caller.reader,
            document_id=numbers["funding"],
            project_id=numbers["project"],
            kind=kind or None,
            state=status or None,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        documents = pairs(await ledger.funding_choices(session, caller.reader))
        projects = pairs(await ledger.project_choices(session, caller.reader))
        labels = {f"funding={value}": label for value, label in documents}
        labels |= {f"project={value}": label for value, label in projects}
        view = frame.list_view(
            found,
            noun=("version", "versions"),
            sort=sort,
            sorts=("as_of", "document", "state"),
            chosen={"funding": numbers["funding"], "project": numbers["project"], "kind": kind, "status": status},
            labels=labels | dict(words((*rules.KINDS, *rules.STATES))),
            columns=_COLUMNS,
        )
        page = _PlansPage(
            view,
            await ledger.statement_of(session, caller.reader),
            STATES,
            documents,
            projects,
            words(rules.KINDS),
            words(rules.STATES),
            await queries.covered(session),
            ledger.law_lines("pre-decisional"),
            caller.may("ledger.plan"),
        )
        return frame.show("execution/plans.html", page, now=session.now)


@get(file_paths("/ledger/plans/export"), opt=allow("ledger.read"))
async def export_plans(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    kind: FromQuery[str] = "",
    status: FromQuery[str] = "",
    sort: FromQuery[str] = "-as_of",
) -> Response[bytes]:
    """The versions of the list as a file."""
    numbers = _numbers(request)
    async with db.read() as session:
        found = await queries.every_plan(
            session,
            caller.reader,
            document_id=numbers["funding"],
            project_id=numbers["project"],
            kind=kind or None,
            state=status or None,
            sort=sort,
        )
    return await export_file(request, "spend-plans", _COLUMNS, found)


@get("/ledger/plans/new", opt=allow(commands.draft_plan))
async def new_plan(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    funding: FromQuery[str] = "",
    kind: FromQuery[str] = "",
) -> Response[bytes]:
    """The form that drafts a version."""
    usual = number(the_statute(), rules.REVIEW, "tolerance")
    given = {"funding_document_id": funding[:20], "kind": kind[:20], "tolerance": f"{usual}.00", "marking": "CUI"}
    return await _draft_page(frame, db, caller, Form(commands.DraftPlan, given))


@post("/ledger/plans/new", opt=allow(commands.draft_plan), status_code=303)
async def draft_plan(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Draft a version."""
    form = await read_form(request, commands.DraftPlan)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.draft_plan.name, once=once) as session:
            plan_id = await commands.draft_plan(session, body)
            answer = see_other(session, f"/ledger/plans/{plan_id}/months")
        return answer
    return await _draft_page(frame, db, caller, form)


@get("/ledger/plans/{plan_id:int}", opt=allow("ledger.read"))
async def plan(
    plan_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One version, line by line against the version before and against what came."""
    return await _plan_page(frame, db, caller, PlanId(plan_id))


@post("/ledger/plans/{plan_id:int}/sign", opt=allow(commands.sign_plan), status_code=303)
async def sign_plan(
    plan_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Sign a version."""
    form = await read_form(request, commands.SignPlan)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.sign_plan.name) as session:
            await commands.sign_plan(session, PlanId(plan_id), body, version=form.version)
        return see_other(None, f"/ledger/plans/{plan_id}")
    return await _plan_page(frame, db, caller, PlanId(plan_id), form=form)


@get("/ledger/plans/{plan_id:int}/withdraw", opt=allow(commands.withdraw_plan))
async def plan_to_withdraw(
    plan_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that withdraws a draft."""
    return await _withdraw_page(frame, db, caller, PlanId(plan_id), Form(commands.WithdrawPlan))


@post("/ledger/plans/{plan_id:int}/withdraw", opt=allow(commands.withdraw_plan), status_code=303)
async def withdraw_plan(
    plan_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Withdraw a draft."""
    form = await read_form(request, commands.WithdrawPlan)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.withdraw_plan.name) as session:
            await commands.withdraw_plan(session, PlanId(plan_id), body, version=form.version)
        return see_other(None, f"/ledger/plans/{plan_id}")
    return await _withdraw_page(frame, db, caller, PlanId(plan_id), form)


@get("/ledger/budgets", opt=allow("ledger.read"))
async def budgets(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The President's Budgets that were submitted."""
    async with db.read() as session:
        page = _BudgetsPage(
            await queries.budgets(session), ledger.law_lines("pre-decisional"), caller.may("ledger.plan")
        )
        return frame.show("execution/budgets.html", page, now=session.now)


@get("/ledger/budgets/new", opt=allow(commands.record_budget))
async def new_budget(frame: NamedDependency[Frame]) -> Response[bytes]:
    """The form that records a budget."""
    return _budget_page(frame, Form(commands.RecordBudget))


@post("/ledger/budgets/new", opt=allow(commands.record_budget), status_code=303)
async def record_budget(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Record a budget."""
    form = await read_form(request, commands.RecordBudget)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.record_budget.name, once=once) as session:
            await commands.record_budget(session, body)
            answer = see_other(session, "/ledger/budgets")
        return answer
    return _budget_page(frame, form)


def _numbers(request: Request[Any, Any, Any]) -> dict[str, int | None]:
    mistakes: list[Mistake] = []
    found = {name: number_of(request, name, mistakes) for name in ("funding", "project")}
    if mistakes:
        raise Invalid("Some of the filters need correcting.", mistakes=tuple(mistakes))
    return found


async def _plan_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    plan_id: PlanId,
    *,
    form: Form[commands.SignPlan] | None = None,
) -> Response[bytes]:
    async with db.read() as session:
        detail = await queries.plan_detail(session, caller.reader, plan_id)
        shown = form or Form(commands.SignPlan)
        page = _PlanPage(
            detail,
            STATES[detail.plan.state],
            ledger.law_lines("pre-decisional", rules.REVIEW),
            await history(session, caller.reader, "spend_plan", plan_id),
            caller.may("ledger.plan"),
            shown,
            detail.plan.exercise,
            the_statute().short_citation,
        )
        return frame.show(
            "execution/plan.html", page, now=session.now, status=shown.status, marking=detail.plan.marking
        )


async def _draft_page(frame: Frame, db: Database, caller: Caller, form: Form[commands.DraftPlan]) -> Response[bytes]:
    async with db.read() as session:
        documents, projects = await _choices(session, caller)
    return frame.show(
        "_layouts/act.html",
        ActPage(
            form=form,
            title="Draft a plan or forecast",
            lead="Its months begin as the version that was signed last has them; it is in force once it is signed.",
            button="Draft it",
            fields=(
                Field("funding_document_id", "Funding document", "select", options=documents, required=True),
                Field(
                    "project_id",
                    "Project",
                    "select",
                    "For a part of the document; plans of projects are never added to that of the whole document.",
                    options=projects,
                    empty="The whole document",
                ),
                Field(
                    "kind",
                    "Kind",
                    "select",
                    "A plan is the baseline that execution is held against; a forecast is what is expected now.",
                    options=words(rules.KINDS),
                    required=True,
                ),
                Field("as_of", "As of", "date", "The day that the numbers were known.", required=True),
                Field("first_month", "First month", "date", "Any day of the month.", required=True),
                Field("last_month", "Last month", "date", "Any day of the month; at most ten years.", required=True),
                Field(
                    "tolerance",
                    "Tolerance in dollars",
                    hint="A month that moves by more than this from the version before says why; at most the "
                    "convention's.",
                ),
                Field("remark", "Remark", "area"),
                Field("marking", "Marking", hint="Such as CUI or CUI//NOFORN.", required=True),
            ),
            trail=TRAIL,
            action="/ledger/plans/new",
            cancel_href="/ledger/plans",
            about="Pre-decisional amounts",
            law=ledger.law_lines("pre-decisional"),
        ),
        status=form.status,
    )


async def _choices(session: ReadSession, caller: Caller) -> tuple[Options, Options]:
    documents = pairs(await ledger.funding_choices(session, caller.reader))
    return documents, pairs(await ledger.project_choices(session, caller.reader))


async def _withdraw_page(
    frame: Frame, db: Database, caller: Caller, plan_id: PlanId, form: Form[commands.WithdrawPlan]
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.plan(session, caller.reader, plan_id)
    name = f"{view.name} of {view.funding_number}"
    page = ActPage(
        form=form,
        title=f"Withdraw {name}",
        lead="A draft that is withdrawn stays in the record, and the next version may be drafted.",
        button="Withdraw it",
        fields=(Field("because", "Why", "area", required=True),),
        trail=(*TRAIL, (name, f"/ledger/plans/{plan_id}")),
        action=f"/ledger/plans/{plan_id}/withdraw",
        cancel_href=f"/ledger/plans/{plan_id}",
        version=view.version,
    )
    return frame.show("_layouts/act.html", page, status=form.status, marking=view.marking)


def _budget_page(frame: Frame, form: Form[commands.RecordBudget]) -> Response[bytes]:
    page = ActPage(
        form=form,
        title="Record a submitted budget",
        lead="What is planned beyond the last fiscal year of a submitted President's Budget is pre-decisional.",
        button="Record it",
        fields=(
            Field("fiscal_year", "Fiscal year", hint="Such as 2028.", required=True),
            Field("submitted_on", "Submitted on", "date", required=True),
            Field("source", "Source", hint="Where it stands.", required=True),
        ),
        trail=(*TRAIL, ("Submitted budgets", "/ledger/budgets")),
        action="/ledger/budgets/new",
        cancel_href="/ledger/budgets",
        about="Pre-decisional amounts",
        law=ledger.law_lines("pre-decisional"),
    )
    return frame.show("_layouts/act.html", page, status=form.status)


HANDLERS: Final = (
    plans,
    export_plans,
    new_plan,
    draft_plan,
    plan,
    sign_plan,
    plan_to_withdraw,
    withdraw_plan,
    budgets,
    new_budget,
    record_budget,
)
