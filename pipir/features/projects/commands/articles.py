"""The defense articles of a project: named, corrected, taken out."""

from datetime import date

import msgspec

from pipir.features.projects import rules
from pipir.features.projects.commands.shared import detailed_project, part_to_change
from pipir.features.projects.rules import articles
from pipir.features.projects.tables import ArticleId, ProjectArticle
from pipir.kernel.command import command
from pipir.kernel.ids import ProjectId
from pipir.kernel.text import Line, Reason, SourceText
from pipir.store.doors import WriteSession

_MISSING = "There is no article of a project with this number."


class NameArticle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A defense article: its code or its stock number, and the tag of one list of export control as stated."""

    title: Line
    source: SourceText
    psc: Line | None = None
    nsn: Line | None = None
    usml: Line | None = None
    eccn: Line | None = None


class ReviseArticle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be corrected of an article."""

    title: Line
    source: SourceText
    psc: Line | None = None
    nsn: Line | None = None
    usml: Line | None = None
    eccn: Line | None = None


class EndArticle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day on which an article is of the project, and why."""

    until: date
    because: Reason


@command("article.name", permission="projects.change", sunset="goes on")
async def name_article(session: WriteSession, project_id: ProjectId, body: NameArticle) -> ArticleId:
    """Name a defense article of a project."""
    await detailed_project(session, project_id)
    named = articles.named(body.psc, body.nsn, body.usml, body.eccn)
    article = ProjectArticle(
        project_id=project_id,
        title=body.title,
        psc=named.psc,
        nsn=named.nsn,
        usml=named.usml,
        eccn=named.eccn,
        source=body.source,
    )
    session.add(article)
    await session.flush()
    return ArticleId(article.id)


@command("article.revise", permission="projects.change", sunset="goes on")
async def revise_article(session: WriteSession, article_id: ArticleId, body: ReviseArticle, *, version: int) -> None:
    """Correct how an article of a project is named."""
    article = await _article(session, article_id, version)
    named = articles.named(body.psc, body.nsn, body.usml, body.eccn)
    article.title, article.source = body.title, body.source
    article.psc, article.nsn, article.usml, article.eccn = named.psc, named.nsn, named.usml, named.eccn
    await session.flush()


@command("article.end", permission="projects.change", sunset="goes on")
async def end_article(session: WriteSession, article_id: ArticleId, body: EndArticle, *, version: int) -> None:
    """Take an article out of a project; it stays in the record with its reason."""
    article = await _article(session, article_id, version)
    rules.not_after(body.until, session.today, "until")
    article.until, article.ended_because = body.until, body.because
    await session.flush()


async def _article(session: WriteSession, article_id: ArticleId, version: int) -> ProjectArticle:
    article, _ = await part_to_change(
        session, ProjectArticle, article_id, version, missing=_MISSING, title="The article"
    )
    articles.may_change_article(article.title, article.until)
    return article
