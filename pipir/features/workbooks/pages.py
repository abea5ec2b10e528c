"""The HTML door of workbooks: export, import with every mistake in its place, and the review field by field."""

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.projects.pages.listing import which_asked
from pipir.features.trail.queries import TrailView, history
from pipir.features.workbooks import commands, queries
from pipir.features.workbooks.compose import workbook
from pipir.features.workbooks.tables import WorkbookId
from pipir.kernel.access import Caller
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.kernel.text import Reason
from pipir.store.doors import Database
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.exports import export_file, fields, file_paths
from pipir.web.files import XLSX, attachment
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView
from pipir.web.uploads import reading

_READ: Final = "workbooks.read"
_SORTS: Final = ("number", "file", "person")
_SHOWN: Final = 500
_PLACE: Final = re.compile(r"(?P<sheet>[^:]+):(?P<row>\d+):(?P<column>\d+)(?: \((?P<name>.*)\))?")
_TAKEN: Final = "A workbook (.xlsx) that was exported here."
_COLUMNS: Final = fields(
    "id", "filename", "sha256", "asked", "exported_at", "exported_by", "uploaded_at", "uploaded_by", "remark",
    "changes", "waiting", "accepted", "refused", "marking", "exercise",
)  # fmt: skip


class Review(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a reviewer decides of the changes that are ticked."""

    decision: Literal["accept", "refuse"]
    change_ids: list[RecordNumber]
    because: Reason | None = None


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.ImportView]
    may_import: bool


@dataclass(frozen=True)
class _Wrong:
    """A mistake in a workbook by its place; row and column are blank for a whole sheet or file."""

    sheet: str
    row: str
    column: str
    found: str
    expected: str


@dataclass(frozen=True)
class _ImportPage:
    form: Form[commands.ImportWorkbook]
    taken: str
    mistakes: tuple[_Wrong, ...]
    count: int


@dataclass(frozen=True)
class _ReviewPage:
    workbook: queries.ImportView
    changes: tuple[queries.ChangeView, ...]
    form: Form[Review]
    withdraw_form: Form[commands.WithdrawWorkbook]
    may_review: bool
    may_withdraw: bool
    history: tuple[TrailView, ...]


@get("/workbooks", opt=allow(_READ))
async def workbooks(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    waiting: FromQuery[bool] = False,
    sort: FromQuery[str] = "-number",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """The workbooks that came back, the latest first."""
    async with db.read() as session:
        found = await queries.list_imports(
            session, caller.reader, text_in=q or None, waiting=waiting, sort=sort, cursor=cursor, limit=limit
        )
        view = frame.list_view(
            found,
            noun=("workbook", "workbooks"),
            sort=sort,
            sorts=_SORTS,
            chosen={"q": q, "waiting": waiting},
            labels={"true": "waiting"},
            columns=_COLUMNS,
        )
        return frame.show(
            "workbooks/workbooks.html",
            _ListPage(view, caller.may(commands.import_workbook.permission)),
            now=session.now,
        )


@get(file_paths("/workbooks/export"), opt=allow(_READ))
async def export_imports(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    waiting: FromQuery[bool] = False,
    sort: FromQuery[str] = "-number",
) -> Response[bytes]:
    """Exactly the workbooks of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_imports(
                session,
                caller.reader,
                text_in=q or None,
                waiting=waiting,
                sort=sort,
                cursor=cursor,
                limit=AT_ONCE,
            )
        )
    return await export_file(request, "workbooks", _COLUMNS, found)


@get("/workbooks/projects.xlsx", opt=allow(_READ))
async def export_workbook(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "name",
) -> Response[bytes]:
    """The projects of the list under the same filters with their milestones, as a workbook to be edited."""
    which = which_asked(request)
    asked = "&".join(f"{name}={value}" for name, value in request.query_params.multi_items() if value)
    async with db.snapshot() as session:
        exported = await queries.exported(
            session, caller.reader, (caller.id, caller.name), which, sort=sort, asked=asked[:500]
        )
    return attachment("projects.xlsx", workbook(exported), XLSX)


@get("/workbooks/new", opt=allow(commands.import_workbook))
async def new_import(frame: NamedDependency[Frame]) -> Response[bytes]:
    """The form that imports a workbook."""
    return _import_page(frame, Form(commands.ImportWorkbook))


@post(
    "/workbooks/new",
    opt=allow(commands.import_workbook, upload=True),
    status_code=303,
    request_max_body_size=None,
)
async def import_workbook(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Queue what a workbook changes for a second person's review."""
    async with reading(request, commands.ImportWorkbook) as upload:
        form = upload.form
        with form:
            body, content = await upload.read(commands.examined)
            async with db.write(actor=caller.id, command=commands.import_workbook.name, once=upload.once) as session:
                number = await commands.import_workbook(session, body, content=content)
                answer = see_other(session, f"/workbooks/{number}")
            return answer
    return _import_page(frame, form)


@get("/workbooks/{import_id:int}", opt=allow(_READ))
async def one_workbook(
    import_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """What a workbook changes, field by field, and what became of it."""
    return await _review_page(frame, db, caller, WorkbookId(import_id))


@post("/workbooks/{import_id:int}/review", opt=allow(commands.accept_changes), status_code=303)
async def review(
    import_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Take the changes that are ticked, or refuse them."""
    number = WorkbookId(import_id)
    form = await read_form(request, Review)
    with form:
        said = form.value()
        accepted = said.decision == "accept"
        command = commands.accept_changes.name if accepted else commands.refuse_changes.name
        async with db.write(actor=caller.id, command=command, once=once) as session:
            if accepted:
                taken = commands.AcceptChanges(said.change_ids, said.because)
                await commands.accept_changes(session, number, taken)
            elif said.because is None:
                raise Invalid("Why are they refused?", mistakes=(Mistake("because", "Say why they are refused."),))
            else:
                refused = commands.RefuseChanges(said.change_ids, said.because)
                await commands.refuse_changes(session, number, refused)
            answer = see_other(session, f"/workbooks/{import_id}")
        return answer
    return await _review_page(frame, db, caller, number, form=form)


@post("/workbooks/{import_id:int}/withdraw", opt=allow(commands.withdraw_workbook), status_code=303)
async def withdraw_workbook(
    import_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Withdraw what still waits of one's own workbook."""
    number = WorkbookId(import_id)
    form = await read_form(request, commands.WithdrawWorkbook)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.withdraw_workbook.name) as session:
            await commands.withdraw_workbook(session, number, body)
        return see_other(None, f"/workbooks/{import_id}")
    return await _review_page(frame, db, caller, number, withdraw_form=form)


def _import_page(frame: Frame, form: Form[commands.ImportWorkbook]) -> Response[bytes]:
    """The form; mistakes in the workbook stand in a table of their own, each by its place."""
    inside = [
        each
        for each in (form.problem.mistakes if form.problem else ())
        if each.where.partition(".")[0] not in ("file", "remark")
    ]
    for each in inside:
        form.mistakes.pop(each.where.partition(".")[0], None)
    if inside:
        things = "One thing needs" if len(inside) == 1 else f"{len(inside):,} things need"
        form.mistakes["file"] = [f"{things} correcting in the workbook; each stands below with its place."]
    page = _ImportPage(form, _TAKEN, tuple(_wrong(each) for each in inside[:_SHOWN]), len(inside))
    return frame.show("workbooks/workbook_form.html", page, status=form.status)


def _wrong(mistake: Mistake) -> _Wrong:
    match = _PLACE.fullmatch(mistake.where)
    if match is None:
        return _Wrong(mistake.where, "", "", mistake.found, mistake.expected)
    column = match["name"] or f"column {match['column']}"
    return _Wrong(match["sheet"], match["row"], column, mistake.found, mistake.expected)


async def _review_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    import_id: WorkbookId,
    *,
    form: Form[Review] | None = None,
    withdraw_form: Form[commands.WithdrawWorkbook] | None = None,
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.one_import(session, caller.reader, import_id)
        changes = await queries.changes_of(session, caller.reader, import_id)
        own = view.uploaded_by_id == caller.id
        fresh = [str(each.id) for each in changes if each.state == "waiting" and not each.stale]
        page = _ReviewPage(
            workbook=view,
            changes=changes,
            form=form or Form(Review, {"change_ids": fresh, "decision": "accept"}),
            withdraw_form=withdraw_form or Form(commands.WithdrawWorkbook),
            may_review=view.waiting > 0 and not own and caller.may(commands.accept_changes.permission),
            may_withdraw=view.waiting > 0 and own and caller.may(commands.withdraw_workbook.permission),
            history=await history(session, caller.reader, "workbook_import", import_id),
        )
        status = form.status if form else withdraw_form.status if withdraw_form else 200
        return frame.show("workbooks/workbook.html", page, now=session.now, status=status, marking=view.marking)


def routes() -> Router:
    """Every page of workbooks."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[
            workbooks,
            export_imports,
            export_workbook,
            new_import,
            import_workbook,
            one_workbook,
            review,
            withdraw_workbook,
        ],
    )
