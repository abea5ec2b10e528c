"""The JSON door of what hangs on a project: its plan from a template, articles, risks, results."""

from datetime import date
from typing import Final, cast

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.projects import commands, queries
from pipir.features.projects.rules import Kind, phases
from pipir.features.projects.rules.risks import Grade, RiskStatus
from pipir.features.projects.tables import ArticleId, ResultId, RiskId
from pipir.kernel.access import Caller
from pipir.kernel.ids import ProjectId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown

# ---- the plan from a template


@get("/projects/{project_id:int}/template", opt=allow("projects.read"))
async def show_template(
    project_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    starts_on: FromQuery[date | None] = None,
) -> tuple[phases.Proposed, ...]:
    """The milestones that the template of the project's kind proposes, without those that its plan has."""
    async with db.read() as session:
        view = await queries.project(session, caller.reader, ProjectId(project_id))
        steps = await queries.milestones(session, caller.reader, ProjectId(project_id))
        known = [each.name for each in steps if each.until is None]
        return phases.proposed(cast("Kind", view.kind), starts_on or session.today, known)


@post("/projects/{project_id:int}/plan", opt=allow(commands.plan_project))
async def plan_project(
    project_id: FromPath[RecordNumber],
    data: JSONBody[commands.TakeTemplate],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.PlanView]:
    """Add milestones to a project's plan, several at once."""
    async with db.write(actor=caller.id, command=commands.plan_project.name, once=once) as session:
        made = await commands.plan_project(session, ProjectId(project_id), data)
        view = await queries.plan_of(session, caller.reader, ProjectId(project_id), made)
        answer = created(session, view, f"/api/v1/projects/{project_id}/milestones")
    return answer


@get("/projects/{project_id:int}/phases", opt=allow("projects.read"))
async def list_phases(
    project_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[phases.PhaseStanding, ...]:
    """The phases of a project in order, each with where it stands."""
    async with db.read() as session:
        view = await queries.project(session, caller.reader, ProjectId(project_id))
        return queries.phases_of(view, await queries.milestones(session, caller.reader, ProjectId(project_id)))


# ---- articles


@get("/articles", opt=allow("projects.read"))
async def list_articles(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    psc: FromQuery[str | None] = None,
    project: FromQuery[RecordNumber | None] = None,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "psc",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.ArticleView]:
    """The defense articles of projects, a page at a time."""
    which = queries.ArticleFilter(text=q, psc=psc, project_id=project, ended=ended)
    async with db.read() as session:
        return await queries.list_articles(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)


@post("/projects/{project_id:int}/articles", opt=allow(commands.name_article))
async def name_article(
    project_id: FromPath[RecordNumber],
    data: JSONBody[commands.NameArticle],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ArticleView]:
    """Name a defense article of a project."""
    async with db.write(actor=caller.id, command=commands.name_article.name, once=once) as session:
        article_id = await commands.name_article(session, ProjectId(project_id), data)
        view = await queries.article(session, caller.reader, article_id)
        answer = created(session, view, f"/api/v1/articles/{article_id}")
    return answer


@get("/articles/{article_id:int}", opt=allow("projects.read"))
async def show_article(
    article_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ArticleView]:
    """One article of a project."""
    async with db.read() as session:
        return shown(await queries.article(session, caller.reader, ArticleId(article_id)))


@put("/articles/{article_id:int}", opt=allow(commands.revise_article))
async def revise_article(
    article_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseArticle],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ArticleView]:
    """Correct how an article is named."""
    async with db.write(actor=caller.id, command=commands.revise_article.name) as session:
        await commands.revise_article(session, ArticleId(article_id), data, version=version)
        view = await queries.article(session, caller.reader, ArticleId(article_id))
    return changed(view)


@patch("/articles/{article_id:int}/end", opt=allow(commands.end_article))
async def end_article(
    article_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndArticle],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ArticleView]:
    """Take an article out of its project."""
    async with db.write(actor=caller.id, command=commands.end_article.name) as session:
        await commands.end_article(session, ArticleId(article_id), data, version=version)
        view = await queries.article(session, caller.reader, ArticleId(article_id))
    return changed(view)


# ---- risks


@get("/risks", opt=allow("projects.read"))
async def list_risks(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    status: FromQuery[list[RiskStatus] | None] = None,
    likelihood: FromQuery[Grade | None] = None,
    impact: FromQuery[Grade | None] = None,
    office: FromQuery[RecordNumber | None] = None,
    project: FromQuery[RecordNumber | None] = None,
    overdue: FromQuery[bool] = False,
    closed: FromQuery[bool] = False,
    sort: FromQuery[str] = "score",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.RiskView]:
    """The risks of projects, a page at a time."""
    which = queries.RiskFilter(
        text=q,
        statuses=tuple(status or ()),
        likelihood=likelihood,
        impact=impact,
        office_id=office,
        project_id=project,
        overdue=overdue,
        closed=closed,
    )
    async with db.read() as session:
        return await queries.list_risks(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)


@get("/risks/matrix", opt=allow("projects.read"))
async def show_risk_matrix(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    project: FromQuery[RecordNumber | None] = None,
) -> tuple[tuple[queries.RiskCell, ...], ...]:
    """Likelihoods against impacts: how many risks that are not closed."""
    async with db.read() as session:
        return await queries.risk_matrix(session, caller.reader, ProjectId(project) if project else None)


@post("/projects/{project_id:int}/risks", opt=allow(commands.enter_risk))
async def enter_risk(
    project_id: FromPath[RecordNumber],
    data: JSONBody[commands.EnterRisk],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.RiskView]:
    """Enter a risk of a project."""
    async with db.write(actor=caller.id, command=commands.enter_risk.name, once=once) as session:
        risk_id = await commands.enter_risk(session, ProjectId(project_id), data)
        view = await queries.risk(session, caller.reader, risk_id)
        answer = created(session, view, f"/api/v1/risks/{risk_id}")
    return answer


@get("/risks/{risk_id:int}", opt=allow("projects.read"))
async def show_risk(
    risk_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.RiskView]:
    """One risk of a project."""
    async with db.read() as session:
        return shown(await queries.risk(session, caller.reader, RiskId(risk_id)))


@get("/risks/{risk_id:int}/assessments", opt=allow("projects.read"))
async def list_assessments(
    risk_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.AssessmentView, ...]:
    """Every judgment of a risk, the latest first."""
    async with db.read() as session:
        await queries.risk(session, caller.reader, RiskId(risk_id))
        return await queries.assessments(session, caller.reader, RiskId(risk_id))


@put("/risks/{risk_id:int}", opt=allow(commands.revise_risk))
async def revise_risk(
    risk_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseRisk],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.RiskView]:
    """Change a risk's title, mitigation or owner."""
    async with db.write(actor=caller.id, command=commands.revise_risk.name) as session:
        await commands.revise_risk(session, RiskId(risk_id), data, version=version)
        view = await queries.risk(session, caller.reader, RiskId(risk_id))
    return changed(view)


@patch("/risks/{risk_id:int}/judge", opt=allow(commands.judge_risk))
async def judge_risk(
    risk_id: FromPath[RecordNumber],
    data: JSONBody[commands.JudgeRisk],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.RiskView]:
    """Judge a risk anew, with the reason."""
    async with db.write(actor=caller.id, command=commands.judge_risk.name) as session:
        await commands.judge_risk(session, RiskId(risk_id), data, version=version)
        view = await queries.risk(session, caller.reader, RiskId(risk_id))
    return changed(view)


# ---- results


@get("/results", opt=allow("projects.read"))
async def list_results(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    project: FromQuery[RecordNumber | None] = None,
    past: FromQuery[bool] = False,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "target",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.ResultView]:
    """The results of projects, a page at a time."""
    which = queries.ResultFilter(text=q, project_id=project, past=past, ended=ended)
    async with db.read() as session:
        return await queries.list_results(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)


@post("/projects/{project_id:int}/results", opt=allow(commands.set_result))
async def set_result(
    project_id: FromPath[RecordNumber],
    data: JSONBody[commands.SetResult],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ResultView]:
    """Say what a project is to come to."""
    async with db.write(actor=caller.id, command=commands.set_result.name, once=once) as session:
        result_id = await commands.set_result(session, ProjectId(project_id), data)
        view = await queries.result(session, caller.reader, result_id)
        answer = created(session, view, f"/api/v1/results/{result_id}")
    return answer


@get("/results/{result_id:int}", opt=allow("projects.read"))
async def show_result(
    result_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ResultView]:
    """One result of a project with its latest value."""
    async with db.read() as session:
        return shown(await queries.result(session, caller.reader, ResultId(result_id)))


@get("/results/{result_id:int}/actuals", opt=allow("projects.read"))
async def list_actuals(
    result_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.ActualView, ...]:
    """Every value of an indicator as it was read, the latest first."""
    async with db.read() as session:
        await queries.result(session, caller.reader, ResultId(result_id))
        return await queries.actuals(session, caller.reader, ResultId(result_id))


@post("/results/{result_id:int}/actuals", opt=allow(commands.record_actual))
async def record_actual(
    result_id: FromPath[RecordNumber],
    data: JSONBody[commands.RecordActual],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ResultView]:
    """Record a value of an indicator as it was read on a day."""
    async with db.write(actor=caller.id, command=commands.record_actual.name, once=once) as session:
        await commands.record_actual(session, ResultId(result_id), data)
        view = await queries.result(session, caller.reader, ResultId(result_id))
        answer = created(session, view, f"/api/v1/results/{result_id}")
    return answer


@put("/results/{result_id:int}", opt=allow(commands.revise_result))
async def revise_result(
    result_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseResult],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ResultView]:
    """Change what a project is to come to; a changed number or day needs a reason."""
    async with db.write(actor=caller.id, command=commands.revise_result.name) as session:
        await commands.revise_result(session, ResultId(result_id), data, version=version)
        view = await queries.result(session, caller.reader, ResultId(result_id))
    return changed(view)


@patch("/results/{result_id:int}/end", opt=allow(commands.end_result))
async def end_result(
    result_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndResult],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ResultView]:
    """Say from when on a result is no longer pursued."""
    async with db.write(actor=caller.id, command=commands.end_result.name) as session:
        await commands.end_result(session, ResultId(result_id), data, version=version)
        view = await queries.result(session, caller.reader, ResultId(result_id))
    return changed(view)


HANDLERS: Final = (
    show_template,
    plan_project,
    list_phases,
    list_articles,
    name_article,
    show_article,
    revise_article,
    end_article,
    list_risks,
    show_risk_matrix,
    enter_risk,
    show_risk,
    list_assessments,
    revise_risk,
    judge_risk,
    list_results,
    set_result,
    show_result,
    list_actuals,
    record_actual,
    revise_result,
    end_result,
)
