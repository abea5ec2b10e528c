"""The defense articles of projects."""

from datetime import date
from typing import Final

import msgspec
from sqlalchemy import RowMapping, SQLColumnExpression, and_, func, or_, select

from pipir.features.projects.rules.articles import shown_number
from pipir.features.projects.tables import ArticleId, Project, ProjectArticle
from pipir.kernel.articles import articles as listed
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import ProjectId, RecordNumber
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, LARGEST_LIMIT, Page
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page


class ArticleFilter(msgspec.Struct, frozen=True):
    """Which articles are asked for; several filters all hold."""

    text: str | None = None
    psc: str | None = None
    project_id: RecordNumber | None = None
    ended: bool = False


class ArticleView(msgspec.Struct, frozen=True):
    """An article of a project; its tag of export control is what somebody stated, and determines nothing."""

    id: int
    version: int
    project_id: int
    project_code: str
    project: str
    title: str
    psc: str
    psc_name: str
    nsn: str | None
    usml: str | None
    eccn: str | None
    source: str
    until: date | None
    ended_because: str | None
    marking: str
    exercise: bool

    @property
    def shown_nsn(self) -> str:
        """The stock number in its parts."""
        return shown_number(self.nsn) if self.nsn else ""

    @property
    def tag(self) -> str:
        """The tag with its list, or nothing."""
        return f"USML {self.usml}" if self.usml else f"ECCN {self.eccn}" if self.eccn else ""


_title = (func.lower(ProjectArticle.title), str)
_SORTS: Sorts = {
    "title": (_title,),
    "psc": ((ProjectArticle.psc, str), _title),
    "project": ((func.lower(Project.name), str), _title),
}
ARTICLE_SORTS: Final = tuple(_SORTS)


async def list_articles(
    session: ReadSession,
    reader: Reader,
    which: ArticleFilter = ArticleFilter(),  # noqa: B008  a frozen struct is a value, as a string is
    *,
    sort: str = "psc",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ArticleView]:
    """The articles of projects, without those that are of none any more unless asked for."""
    return await list_page(
        session,
        _articles(reader).where(*_conditions(which)),
        row_id=ProjectArticle.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=_view,
    )


async def articles_of(
    session: ReadSession, reader: Reader, project_id: ProjectId, *, ended: bool = False
) -> tuple[ArticleView, ...]:
    """The articles of a project by code, those that it has no more too where asked for."""
    which = ArticleFilter(project_id=project_id, ended=ended)
    return (await list_articles(session, reader, which, limit=LARGEST_LIMIT)).items


async def article(session: ReadSession, reader: Reader, article_id: ArticleId) -> ArticleView:
    """One article, or NotFound."""
    row = (await session.execute(_articles(reader).where(ProjectArticle.id == article_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no article of a project with this number.")
    return _view(row)


def _articles(reader: Reader) -> AnySelect:
    joined = {"project_code": Project.code, "project": Project.name, "marking": Project.marking}
    return select(
        *(joined[name].label(name) if name in joined else getattr(ProjectArticle, name) for name in _STORED)
    ).join(Project, and_(Project.id == ProjectArticle.project_id, visible_to(reader, Project)))


def _conditions(which: ArticleFilter) -> list[SQLColumnExpression[bool]]:
    found: list[SQLColumnExpression[bool]] = []
    if not which.ended:
        found.append(ProjectArticle.until.is_(None))
    if which.psc:
        found.append(ProjectArticle.psc == which.psc.upper())
    if which.project_id is not None:
        found.append(ProjectArticle.project_id == which.project_id)
    if which.text:
        digits = which.text.replace("-", "")
        found.append(
            or_(
                ProjectArticle.title.icontains(which.text, autoescape=True),
                ProjectArticle.psc.istartswith(which.text, autoescape=True),
                ProjectArticle.nsn.startswith(digits, autoescape=True),
            )
        )
    return found


_STORED: Final = tuple(name for name in ArticleView.__struct_fields__ if name != "psc_name")


def _view(row: RowMapping) -> ArticleView:
    return ArticleView(
        **{name: row[name] for name in _STORED}, psc_name=listed().get(row["psc"], "not in the list of today")
    )
