"""The JSON door of the workspace."""

import msgspec
from litestar import Response, Router, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from pipir.features.report import commands as texts
from pipir.features.report import queries as reports
from pipir.features.report import rules as report_rules
from pipir.features.workspace import commands, queries
from pipir.features.workspace.queries.compared import Compared, compared
from pipir.kernel.access import Caller
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.statute.load import the_statute
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created


class Merge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text, and the version of the section that it began from."""

    base_version: RecordNumber
    narrative: texts.Narrative = ""


@get("/reports/{year:int}/workspace", opt=allow("reports.read"))
async def show_workspace(year: FromPath[int], db: NamedDependency[Database]) -> queries.Workspace:
    """A year's sections: owner, day, state, comments; how many of the elements are answered."""
    report_rules.check_year(the_statute(), year)
    async with db.read() as session:
        return await queries.workspace(session, year)


@get("/reports/{year:int}/figures", opt=allow("reports.read"))
async def list_figures(
    year: FromPath[int], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.FigureView, ...]:
    """Every figure that a text may name, and how the latest build prints it."""
    report_rules.check_year(the_statute(), year)
    async with db.read() as session:
        return await queries.figures(session, caller.reader, year)


@patch("/report-sections/{section_id:int}/owner", opt=allow(texts.assign_section))
async def assign_section(
    section_id: FromPath[RecordNumber],
    data: JSONBody[texts.AssignSection],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[reports.SectionView]:
    """Say who owns a section, and by when its text is due."""
    async with db.write(actor=caller.id, command=texts.assign_section.name) as session:
        await texts.assign_section(session, section_id, data, version=version)
        _, view = await reports.section(session, section_id)
    return changed(view)


@get("/report-sections/{section_id:int}/draft", opt=allow(commands.keep_draft))
async def show_draft(
    section_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> queries.DraftView:
    """One's own draft of a section."""
    async with db.read() as session:
        await reports.section(session, section_id)
        draft = await queries.own_draft(session, section_id, caller.id)
    if draft is None:
        raise NotFound("You have no draft of this section.")
    return draft


@post("/report-sections/{section_id:int}/draft", opt=allow(commands.keep_draft), status_code=200)
async def keep_draft(
    section_id: FromPath[RecordNumber],
    data: JSONBody[commands.KeepDraft],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> queries.DraftView:
    """Keep what one has typed; the draft's own version is named in the body, for there may be none yet."""
    async with db.write(actor=caller.id, command=commands.keep_draft.name) as session:
        await commands.keep_draft(session, section_id, data)
        draft = await queries.own_draft(session, section_id, caller.id)
    assert draft is not None
    return draft


@post("/report-sections/{section_id:int}/merge", opt=allow("reports.write"), status_code=200)
async def merge(
    section_id: FromPath[RecordNumber], data: JSONBody[Merge], db: NamedDependency[Database]
) -> queries.MergeView:
    """What a text comes to with what was saved since the version that it began from; nothing is stored."""
    async with db.read() as session:
        return await queries.merged(session, section_id, data.narrative, base_version=data.base_version)


@get("/report-sections/{section_id:int}/comments", opt=allow("reports.read"))
async def list_comments(
    section_id: FromPath[RecordNumber], db: NamedDependency[Database]
) -> tuple[queries.CommentView, ...]:
    """What was said about a section, open comments first."""
    async with db.read() as session:
        await reports.section(session, section_id)
        return await queries.comments(session, section_id)


@post("/report-sections/{section_id:int}/comments", opt=allow(commands.comment))
async def comment(
    section_id: FromPath[RecordNumber],
    data: JSONBody[commands.Comment],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.CommentView]:
    """Say something about a section."""
    async with db.write(actor=caller.id, command=commands.comment.name, once=once) as session:
        made = await commands.comment(session, section_id, data)
        view = await queries.comment(session, made)
        answer = created(session, view, f"/api/v1/section-comments/{made}")
    return answer


@get("/section-comments/{comment_id:int}", opt=allow("reports.read"))
async def show_comment(
    comment_id: FromPath[RecordNumber], db: NamedDependency[Database]
) -> Response[queries.CommentView]:
    """One comment."""
    async with db.read() as session:
        return changed(await queries.comment(session, comment_id))


@patch("/section-comments/{comment_id:int}/resolution", opt=allow(commands.resolve_comment))
async def resolve_comment(
    comment_id: FromPath[RecordNumber],
    data: JSONBody[commands.ResolveComment],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.CommentView]:
    """Say how a comment was resolved."""
    async with db.write(actor=caller.id, command=commands.resolve_comment.name) as session:
        await commands.resolve_comment(session, comment_id, data, version=version)
        view = await queries.comment(session, comment_id)
    return changed(view)


@patch("/section-comments/{comment_id:int}/reopening", opt=allow(commands.reopen_comment))
async def reopen_comment(
    comment_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReopenComment],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.CommentView]:
    """Take a resolved comment up again."""
    async with db.write(actor=caller.id, command=commands.reopen_comment.name) as session:
        await commands.reopen_comment(session, comment_id, data, version=version)
        view = await queries.comment(session, comment_id)
    return changed(view)


@get("/reports/{year:int}/compare", opt=allow("reports.read"))
async def show_compare(year: FromPath[int], db: NamedDependency[Database], caller: NamedDependency[Caller]) -> Compared:
    """The latest build of the year against the report before: figures, tables, texts, and the way of each amount."""
    report_rules.check_year(the_statute(), year)
    async with db.snapshot() as session:
        found = await compared(session, caller.reader, year)
    if found is None:
        raise NotFound("There are no two reports that you may see to compare.")
    return found


def routes() -> Router:
    """Every JSON route of the workspace."""
    return Router(
        path="/api/v1",
        tags=["reports"],
        route_handlers=[
            show_workspace,
            list_figures,
            assign_section,
            show_draft,
            keep_draft,
            merge,
            list_comments,
            comment,
            show_comment,
            resolve_comment,
            reopen_comment,
            show_compare,
        ],
    )
