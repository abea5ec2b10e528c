"""A year's sections, and a section with its text: drafts that are kept while one types, merges, comments, owner."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.document import markup
from pipir.document.model import Bullets, FactRef, Link, Paragraph, Run, Strong, Text
from pipir.features.law.queries import law_of
from pipir.features.people.queries import office_choices, person_choices
from pipir.features.report import commands as texts
from pipir.features.report import queries as reports
from pipir.features.report import rules as report_rules
from pipir.features.trail.queries import TrailView, history
from pipir.features.workspace import commands, queries, rules
from pipir.kernel.access import Caller
from pipir.kernel.errors import Invalid, Mistake, NotFound, Stale
from pipir.kernel.ids import RecordNumber
from pipir.kernel.text import Line
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.statute.model import ReportPeriod
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import HTML, Frame, show_moment

PILLS: Final = {
    "written": "ok",
    "nothing to report": "done",
    "no information": "watch",
    "left blank": "neutral",
}


class WriteText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The field of a section's text as the page sends it: the text, one's draft, and a figure to put in."""

    narrative: texts.Narrative = ""
    draft_version: commands.Held = 0
    figure: Line | None = None
    insert: bool = False


@dataclass(frozen=True)
class _WorkspacePage:
    year: int
    period: ReportPeriod
    report: reports.ReportView | None
    workspace: queries.Workspace
    pills: dict[str, str]
    may_write: bool


@dataclass(frozen=True)
class _SectionPage:
    year: int
    report: reports.ReportView | None
    section: reports.SectionView
    state: str
    pills: dict[str, str]
    # What an office may answer, where its convention says so; blank elsewhere.
    hint: str
    history: tuple[TrailView, ...]
    writable: bool
    may_write: bool
    may_comment: bool
    form: Form[WriteText]
    version: int
    draft: queries.DraftView | None
    drafting: tuple[tuple[str, datetime], ...]
    merge: queries.MergeView | None
    nothing_form: Form[texts.DecideNothing]
    owner_form: Form[texts.AssignSection]
    comment_form: Form[commands.Comment]
    # The form of the comment that came back, by the comment's number.
    resolve_forms: dict[int, Form[commands.ResolveComment]]
    comments: tuple[queries.CommentView, ...]
    last: queries.LastText | None
    figures: tuple[queries.FigureView, ...]
    figure_options: tuple[tuple[str, str], ...]
    offices: tuple[tuple[str, str], ...]
    people: tuple[tuple[str, str], ...]
    others: tuple[reports.SectionView, ...]
    # The saved text as it prints: paragraphs and lists, each piece with its kind, its words and its address.
    printed: tuple[tuple[str, tuple[tuple[tuple[str, str, str], ...], ...]], ...]


@dataclass(frozen=True)
class _Kept:
    """What the script's way of keeping a draft shows: when it was kept, or why it was not."""

    draft_version: int
    kept_at: str
    problem: str


@get("/reports/{year:int}/workspace", opt=allow("reports.read"))
async def show_workspace(
    year: FromPath[int],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """A year's sections: owner, day, state, comments."""
    _known(year)
    async with db.read() as session:
        versions = await reports.versions(session, year)
        page = _WorkspacePage(
            year,
            lookup.report_period(the_statute(), year),
            versions[0] if versions else None,
            await queries.workspace(session, year),
            dict(PILLS),
            caller.may("reports.write"),
        )
        return frame.show("workspace/workspace.html", page, now=session.now)


@get("/reports/{year:int}/sections/{number:str}", opt=allow("reports.read"))
async def show_section(
    year: FromPath[int],
    number: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """A section with its text, one's draft, what is said about it, and the forms that change it."""
    return await _section_page(frame, db, caller, year, number)


@post("/reports/{year:int}/sections/{number:str}", opt=allow(texts.write_section), status_code=303)
async def write_section(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    number: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Save the text of the section; where somebody saved another meanwhile, both stand side by side."""
    form = await read_form(request, WriteText)
    section_id = await _section_id(db, year, number)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=texts.write_section.name) as session:
            text = texts.WriteSection(body.narrative)
            await texts.write_section(session, section_id, text, version=form.version)
            await commands.close_draft(session, section_id)
        return see_other(None, f"/reports/{year}#element-{number}")
    if isinstance(form.problem, Stale):
        return await _merge_page(frame, db, caller, year, number, form)
    return await _section_page(frame, db, caller, year, number, form=form, status=form.status)


@post("/reports/{year:int}/sections/{number:str}/draft", opt=allow(commands.keep_draft), status_code=303)
async def keep_draft(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    number: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Keep what one has typed, while one types or by the form; on request with a figure put in."""
    form = await read_form(request, WriteText)
    by_script = request.headers.get("hx-request") == "true"
    section_id = await _section_id(db, year, number)
    with form:
        body = form.value()
        text = body.narrative
        if body.insert:
            text = rules.with_figure(text, await _figure(db, caller, year, body.figure))
            form.values["narrative"] = text
        kept = commands.KeepDraft(form.version, text, body.draft_version)
        async with db.write(actor=caller.id, command=commands.keep_draft.name) as session:
            version = await commands.keep_draft(session, section_id, kept)
            moment = show_moment(session.now)
        if by_script:
            return _kept(frame, _Kept(version, moment, ""), 200)
        return see_other(None, f"/reports/{year}/sections/{number}#text")
    if by_script:
        assert form.problem is not None
        typed = str(form.values.get("draft_version", ""))
        held = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
        return _kept(frame, _Kept(held, "", form.problem.detail), 422)
    if isinstance(form.problem, Stale):
        return await _merge_page(frame, db, caller, year, number, form, windows=True)
    return await _section_page(frame, db, caller, year, number, form=form, status=form.status)


@post("/reports/{year:int}/sections/{number:str}/draft/drop", opt=allow(commands.drop_draft), status_code=303)
async def drop_draft(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    number: FromPath[str],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Throw one's draft away."""
    form = await read_form(request, commands.DropDraft)
    section_id = await _section_id(db, year, number)
    async with db.write(actor=caller.id, command=commands.drop_draft.name) as session:
        await commands.drop_draft(session, section_id, form.value())
    return see_other(None, f"/reports/{year}/sections/{number}#text")


@post("/reports/{year:int}/sections/{number:str}/nothing", opt=allow(texts.decide_nothing), status_code=303)
async def decide_nothing(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    number: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Decide that there is nothing to report under the element."""
    form = await read_form(request, texts.DecideNothing)
    section_id = await _section_id(db, year, number)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=texts.decide_nothing.name) as session:
            await texts.decide_nothing(session, section_id, body, version=form.version)
        return see_other(None, f"/reports/{year}#element-{number}")
    return await _section_page(frame, db, caller, year, number, nothing_form=form, status=form.status)


@post("/reports/{year:int}/sections/{number:str}/owner", opt=allow(texts.assign_section), status_code=303)
async def assign_section(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    number: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say who owns the section, and by when its text is due."""
    form = await read_form(request, texts.AssignSection)
    section_id = await _section_id(db, year, number)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=texts.assign_section.name) as session:
            await texts.assign_section(session, section_id, body, version=form.version)
        return see_other(None, f"/reports/{year}/sections/{number}#owner")
    return await _section_page(frame, db, caller, year, number, owner_form=form, status=form.status)


@post("/reports/{year:int}/sections/{number:str}/comments", opt=allow(commands.comment), status_code=303)
async def comment(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    number: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say something about the section."""
    form = await read_form(request, commands.Comment)
    section_id = await _section_id(db, year, number)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.comment.name) as session:
            made = await commands.comment(session, section_id, body)
        return see_other(None, f"/reports/{year}/sections/{number}#comment-{made}")
    return await _section_page(frame, db, caller, year, number, comment_form=form, status=form.status)


@post(
    "/reports/{year:int}/sections/{number:str}/comments/{comment_id:int}/resolve",
    opt=allow(commands.resolve_comment),
    status_code=303,
)
async def resolve_comment(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    number: FromPath[str],
    comment_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say how a comment was resolved."""
    form = await read_form(request, commands.ResolveComment)
    await _of_section(db, year, number, comment_id)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.resolve_comment.name) as session:
            await commands.resolve_comment(session, comment_id, body, version=form.version)
        return see_other(None, f"/reports/{year}/sections/{number}#comment-{comment_id}")
    return await _section_page(frame, db, caller, year, number, resolve_form=(comment_id, form), status=form.status)


@post(
    "/reports/{year:int}/sections/{number:str}/comments/{comment_id:int}/reopen",
    opt=allow(commands.reopen_comment),
    status_code=303,
)
async def reopen_comment(
    request: Request[Any, Any, Any],
    year: FromPath[int],
    number: FromPath[str],
    comment_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Take a resolved comment up again."""
    form = await read_form(request, commands.ReopenComment)
    await _of_section(db, year, number, comment_id)
    async with db.write(actor=caller.id, command=commands.reopen_comment.name) as session:
        await commands.reopen_comment(session, comment_id, form.value(), version=form.version)
    return see_other(None, f"/reports/{year}/sections/{number}#comment-{comment_id}")


HANDLERS: Final = (
    show_workspace,
    show_section,
    write_section,
    keep_draft,
    drop_draft,
    decide_nothing,
    assign_section,
    comment,
    resolve_comment,
    reopen_comment,
)


# ---- how the pages are made


async def _section_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    year: int,
    number: str,
    *,
    form: Form[WriteText] | None = None,
    version: int | None = None,
    merge: queries.MergeView | None = None,
    nothing_form: Form[texts.DecideNothing] | None = None,
    owner_form: Form[texts.AssignSection] | None = None,
    comment_form: Form[commands.Comment] | None = None,
    resolve_form: tuple[int, Form[commands.ResolveComment]] | None = None,
    status: int = 200,
) -> Response[bytes]:
    _known(year)
    async with db.read() as session:
        versions = await reports.versions(session, year)
        current = versions[0] if versions else None
        every = (*await reports.front(session, year), *await reports.sections(session, year))
        section = _of_number(every, number)
        law = await law_of(session)
        may_write = caller.may("reports.write")
        writable = current is not None and current.state in report_rules.OPEN
        draft = await queries.own_draft(session, section.id, caller.id) if section.id and may_write else None
        if form is None:
            form = Form.of(WriteText, section)
            if draft is not None and writable:
                form.values["narrative"] = draft.narrative
                if draft.base_version != section.version:
                    assert section.id is not None
                    merge = await queries.merged(session, section.id, draft.narrative, base_version=draft.base_version)
                    form.values["narrative"] = merge.text
        figures = await queries.figures(session, caller.reader, year)
        said = await queries.comments(session, section.id) if section.id else ()
        page = _SectionPage(
            year=year,
            report=current,
            section=section,
            state=queries.state_of(section),
            pills=dict(PILLS),
            hint=report_rules.office_hint(section.element, lookup.report_period(the_statute(), year), law),
            history=await history(session, caller.reader, "report_section", section.id) if section.id else (),
            writable=writable,
            may_write=may_write,
            may_comment=caller.may("reports.comment")
            and current is not None
            and current.state not in report_rules.SEALED,
            form=form,
            version=section.version if version is None else version,
            draft=draft,
            drafting=await queries.others_drafting(session, section.id, caller.id) if section.id else (),
            merge=merge,
            nothing_form=nothing_form or Form(texts.DecideNothing, {"because": section.decided_because or ""}),
            owner_form=owner_form or Form.of(texts.AssignSection, section),
            comment_form=comment_form or Form(commands.Comment),
            resolve_forms={each.id: Form(commands.ResolveComment) for each in said}
            | ({resolve_form[0]: resolve_form[1]} if resolve_form else {}),
            comments=said,
            last=await queries.last_text(session, caller.reader, year, section),
            figures=figures,
            figure_options=tuple(
                (each.name, f"{each.name}: {each.question}" + (f" ({each.printed})" if each.printed else ""))
                for each in figures
            ),
            offices=await office_choices(session) if may_write and writable else (),
            people=await person_choices(session) if may_write and writable else (),
            others=every,
            printed=_printed(section.narrative, figures),
        )
        return frame.show("report/section.html", page, now=session.now, status=status)


async def _merge_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    year: int,
    number: str,
    form: Form[WriteText],
    *,
    windows: bool = False,
) -> Response[bytes]:
    """The form again with both texts merged: the field holds every word of both, and saving it replaces neither."""
    problem = form.problem
    assert problem is not None
    mine, base_version = str(form.values["narrative"]), form.version
    section_id = await _section_id(db, year, number)
    async with db.read() as session:
        _, section = await reports.section(session, section_id)
        base_version = min(base_version, section.version)
        draft = await queries.own_draft(session, section_id, caller.id)
        if windows and draft is not None:
            base = await queries.text_of(session, section_id, draft.base_version) or ""
            merge = queries.merged_windows(base, mine, draft, section)
        else:
            merge = await queries.merged(session, section_id, mine, base_version=max(base_version, 1))
    if draft is None or not windows:
        # What was typed is kept as a draft too, so that closing the window loses nothing either.
        kept = commands.KeepDraft(max(base_version, 1), mine, draft.version if draft else 0)
        async with db.write(actor=caller.id, command=commands.keep_draft.name) as session:
            await commands.keep_draft(session, section_id, kept)
    problem.detail = (
        "Another window of yours has kept a draft of this section since."
        if windows and draft is not None
        else f"{merge.theirs_by or 'Somebody'} saved this section since you began. Nothing was replaced."
    )
    problem.way_out = (
        "Both texts stand below. The field holds them merged; choose where they stand against each other."
        if merge.conflicts
        else "Both texts stand below, and the field holds them merged. Look at it, and save it."
    )
    form.values["narrative"] = merge.text
    return await _section_page(
        frame,
        db,
        caller,
        year,
        number,
        form=form,
        version=merge.base_version if windows and draft is not None else None,
        merge=merge,
        status=form.status,
    )


def _printed(
    narrative: str, figures: tuple[queries.FigureView, ...]
) -> tuple[tuple[str, tuple[tuple[tuple[str, str, str], ...], ...]], ...]:
    shown = {each.name: each.printed or f"{{{each.name}}}" for each in figures}

    def piece(run: Run) -> tuple[str, str, str]:
        match run:
            case FactRef(fact=name):
                return "fact", shown[name], name
            case Link(url=url, text=words):
                return "link", words, url
            case Strong(text=words):
                return "strong", words, ""
            case Text(text=words):
                return "text", words, ""
        raise AssertionError(f"the markup has no {type(run).__name__}")

    found = []
    for block in markup.blocks(narrative, shown):
        match block:
            case Bullets(items=items):
                found.append(("ul", tuple(tuple(piece(run) for run in item) for item in items)))
            case Paragraph(runs=runs):
                found.append(("p", (tuple(piece(run) for run in runs),)))
    return tuple(found)


def _kept(frame: Frame, page: _Kept, status: int) -> Response[bytes]:
    body = frame.draw("workspace/_draft.html", page)
    return Response(body, status_code=status, media_type=HTML, headers={"Vary": "HX-Request"})


async def _figure(db: Database, caller: Caller, year: int, name: str | None) -> str:
    """The name of a figure that the report has."""
    async with db.read() as session:
        known = {each.name for each in await queries.figures(session, caller.reader, year)}
    if name not in known:
        raise Invalid(
            "Choose the figure first.", mistakes=(Mistake("figure", "Expected a figure of the list.", name or ""),)
        )
    return name


async def _section_id(db: Database, year: int, number: str) -> int:
    _known(year)
    async with db.read() as session:
        every = (*await reports.front(session, year), *await reports.sections(session, year))
    section = _of_number(every, number)
    if section.id is None:
        raise NotFound(f"No report of {year} was opened.")
    return section.id


async def _of_section(db: Database, year: int, number: str, comment_id: int) -> None:
    section_id = await _section_id(db, year, number)
    async with db.read() as session:
        found = await queries.comment(session, comment_id)
    if found.section_id != section_id:
        raise NotFound("This section has no comment with this number.")


def _of_number(sections: tuple[reports.SectionView, ...], number: str) -> reports.SectionView:
    found = next((each for each in sections if each.number == number), None)
    if found is None:
        raise NotFound("The report has no such section.")
    return found


def _known(year: int) -> None:
    """A page of a year in which no report is due does not exist."""
    if year not in lookup.report_years(the_statute()):
        raise NotFound("No report is due in this year.")
