"""The defense articles of projects: their list and file, and the forms by which a project's are named and taken out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.projects import commands, queries, rules
from pipir.features.projects.pages.forms import project_to_change
from pipir.features.projects.pages.parts import CHANGE, act_page
from pipir.features.projects.rules.articles import A_TAG, EXPORT, may_change_article
from pipir.features.projects.tables import ArticleId
from pipir.kernel.access import Caller
from pipir.kernel.articles import SOURCE
from pipir.kernel.ids import ProjectId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.statute.load import the_statute
from pipir.store.doors import Database, ReadSession
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.acts import Act, Field, LawLine, act_of
from pipir.web.api import see_other
from pipir.web.exports import Columns, exercise, export_file, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

_FIELDS: Final = (
    Field("title", "Article"),
    Field("psc", "Product or service code", hint="Four characters, such as 1310; or give the stock number."),
    Field("nsn", "National stock number", hint="13 digits, such as 1310-00-123-4567; the first four are the code."),
    Field("usml", "Tag: category of the Munitions List", hint="Such as XI(a)(3), as somebody stated it."),
    Field("eccn", "Tag: export control classification number", hint="Such as 3A611.a, or EAR99; only one of the two."),
    Field("source", "Source", hint="Where the names and the tag come from, with the date."),
)
_NAME: Final = Act(commands.name_article, "Name a defense article", "Name it", f"{A_TAG}", _FIELDS)
_ACTS: Final[Mapping[str, Act]] = {
    "revise": Act(commands.revise_article, "Correct the article", "Save", A_TAG, _FIELDS),
    "end": Act(
        commands.end_article,
        "Take the article out of the project",
        "Take it out",
        "It stays in the record with its last day and the reason.",
        (Field("until", "Last day", "date"), Field("because", "Why", "area")),
    ),
}
_COLUMNS: Final = Columns[queries.ArticleView](
    (
        "Project", "Project name", "Article", "Code", "Name of the code", "Stock number", "Export control tag",
        "What the tag is", "Source", "Marking", "Exercise data", "Until", "Why",
    ),
    lambda each: (
        each.project_code, each.project, each.title, each.psc, each.psc_name, each.shown_nsn, each.tag,
        A_TAG if each.tag else "", each.source, each.marking, exercise(each), each.until,
        each.ended_because,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.ArticleView]
    tag: str
    source: str
    law: LawLine


@get("/articles", opt=allow("projects.read"))
async def articles(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    psc: FromQuery[str] = "",
    ended: FromQuery[str] = "",
    sort: FromQuery[str] = "psc",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """The defense articles of all projects."""
    which = _which(q, psc, ended)
    async with db.read() as session:
        found = await queries.list_articles(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)
        view = frame.list_view(
            found,
            noun=("article", "articles"),
            sort=sort,
            sorts=queries.ARTICLE_SORTS,
            chosen={"q": q, "psc": psc, "ended": "ended" if which.ended else ""},
            labels={"ended": "With those taken out"},
            columns=_COLUMNS,
        )
        page = _ListPage(view, A_TAG, SOURCE, _law())
        return frame.show("projects/articles.html", page, now=session.now)


@get(file_paths("/articles/export"), opt=allow("projects.read"))
async def export_articles(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    psc: FromQuery[str] = "",
    ended: FromQuery[str] = "",
    sort: FromQuery[str] = "psc",
) -> Response[bytes]:
    """Exactly the articles of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_articles(
                session, caller.reader, _which(q, psc, ended), sort=sort, cursor=cursor, limit=AT_ONCE
            )
        )
    return await export_file(request, "articles", _COLUMNS, found)


@get("/projects/{project_id:int}/articles/new", opt=allow(commands.name_article))
async def new_article(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The empty form of an article."""
    view = await project_to_change(db, caller, project_id)
    rules.may_detail(view.in_classified_annex)
    async with db.read() as session:
        return _new_form(frame, session, Form(commands.NameArticle), view)


@post("/projects/{project_id:int}/articles/new", opt=allow(commands.name_article), status_code=303)
async def name_article(
    project_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Name an article of a project."""
    form = await read_form(request, commands.NameArticle)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.name_article.name, once=once) as session:
            await commands.name_article(session, ProjectId(project_id), body)
            answer = see_other(session, f"/projects/{project_id}#articles")
        return answer
    async with db.read() as reading:
        view = await queries.project(reading, caller.reader, ProjectId(project_id))
        return _new_form(frame, reading, form, view)


@get("/articles/{article_id:int}/{act:str}", opt=allow(CHANGE))
async def article_to_change(
    article_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of an article."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.article(session, caller.reader, ArticleId(article_id))
        project = await queries.project(session, caller.reader, ProjectId(view.project_id))
        rules.may_change(project.code, project.until)
        may_change_article(view.title, view.until)
        form = Form.of(chosen.command.body, view) if act == "revise" else Form(chosen.command.body)
        return _change_form(frame, session, form, act, view, project)


@post("/articles/{article_id:int}/{act:str}", opt=allow(CHANGE), status_code=303)
async def change_article(
    article_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of an article, and go back to its project."""
    chosen, number = act_of(_ACTS, act), ArticleId(article_id)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, number, body, version=form.version)
            view = await queries.article(session, caller.reader, number)
        return see_other(None, f"/projects/{view.project_id}#articles")
    async with db.read() as reading:
        view = await queries.article(reading, caller.reader, number)
        project = await queries.project(reading, caller.reader, ProjectId(view.project_id))
        return _change_form(frame, reading, form, act, view, project)


def _new_form(frame: Frame, session: ReadSession, form: Form[Any], view: queries.ProjectView) -> Response[bytes]:
    action, back = f"/projects/{view.id}/articles/new", f"/projects/{view.id}#articles"
    return act_page(frame, session, form, _NAME, view, action=action, back=back, about="Export control", law=(_law(),))


def _change_form(
    frame: Frame,
    session: ReadSession,
    form: Form[Any],
    act: str,
    view: queries.ArticleView,
    project: queries.ProjectView,
) -> Response[bytes]:
    return act_page(
        frame,
        session,
        form,
        _ACTS[act],
        project,
        action=f"/articles/{view.id}/{act}",
        back=f"/projects/{project.id}#articles",
        version=view.version,
        about=view.title,
        facts=(("Code", f"{view.psc} {view.psc_name}"), ("Stock number", view.shown_nsn or "none named")),
        law=(_law(),) if act == "revise" else (),
    )


def _law() -> LawLine:
    row = the_statute().provision(EXPORT)
    return row.citation, row.standing_label, row.statement


def _which(q: str, psc: str, ended: str) -> queries.ArticleFilter:
    return queries.ArticleFilter(text=q.strip() or None, psc=psc.strip() or None, ended=ended not in ("", "false", "0"))


HANDLERS: Final = (
    articles,
    export_articles,
    new_article,
    name_article,
    article_to_change,
    change_article,
)
