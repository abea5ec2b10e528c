"""The HTML door of imports: sources with their mappings, files, what a check says, publication."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.imports import commands, queries
from pipir.features.imports.rules import ADVICE, DATE_FORMATS, FIELDS, LARGEST_FILE, STATES, Column
from pipir.features.imports.tables import ImportId, SourceId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.command import Command
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.kernel.text import Line, Prose, Reason
from pipir.store.doors import Database
from pipir.store.jobs import JobView
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.exports import export_file, fields, file_paths
from pipir.web.files import XLSX, attachment
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView
from pipir.web.uploads import reading

_READ: Final = "ledger.import"
_SORTS: Final = ("number", "file", "state", "rows")
_COLUMNS: Final = fields(
    "id", "source", "file_name", "size", "sha256", "state", "uploaded_by", "uploaded_at", "rows", "good", "bad",
    "exceptions", "notices", "published_at", "entries", "first_entry_id", "last_entry_id", "marking", "exercise",
)  # fmt: skip
_PILLS: Final = {
    "uploaded": "waiting", "checking": "info", "checked": "ok", "publishing": "info", "published": "done",
    "abandoned": "neutral",
}  # fmt: skip
_MAPPED: Final = tuple((f"{part}_{each.name}", Line | None, None) for each in FIELDS for part in ("column", "default"))
# A field for each column and default: what a file may say is listed in one place, the rules.
SourceForm: Final[type[Any]] = msgspec.defstruct(
    "SourceForm",
    [("name", Line), ("holds", Reason), ("date_format", str), ("kinds", Prose | None, None), *_MAPPED],
    frozen=True,
    forbid_unknown_fields=True,
)


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.ImportedFile]
    pills: dict[str, str]
    states: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _UploadPage:
    form: Form[commands.UploadFile]
    sources: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _ImportPage:
    file: queries.ImportedFile
    pill: str
    job: JobView | None
    findings: tuple[queries.FindingView, ...]
    count: int
    words: dict[str, str]
    publish_form: Form[commands.PublishImport]
    abandon_form: Form[commands.AbandonImport]
    may_check: bool
    may_publish: bool
    may_abandon: bool
    has_rest: bool
    history: tuple[TrailView, ...]


@dataclass(frozen=True)
class _SourcesPage:
    sources: tuple[queries.SourceView, ...]


@dataclass(frozen=True)
class _SourcePage:
    form: Form[Any]
    end_form: Form[commands.EndSource] | None
    source: queries.SourceView | None
    fields: tuple[Any, ...]
    formats: tuple[tuple[str, str], ...]
    history: tuple[TrailView, ...]


@get("/ledger/imports", opt=allow(_READ))
async def imports(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    status: FromQuery[str] = "",
    sort: FromQuery[str] = "-number",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """The files, the latest first."""
    async with db.read() as session:
        found = await queries.list_imports(
            session, caller.reader, text_in=q or None, state=status or None, sort=sort, cursor=cursor, limit=limit
        )
        view = frame.list_view(
            found,
            noun=("import", "imports"),
            sort=sort,
            sorts=_SORTS,
            chosen={"q": q, "status": status},
            columns=_COLUMNS,
        )
        states = tuple((each, each.capitalize()) for each in STATES)
        return frame.show("imports/imports.html", _ListPage(view, dict(_PILLS), states), now=session.now)


@get(file_paths("/ledger/imports/export"), opt=allow(_READ))
async def export_imports(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    status: FromQuery[str] = "",
    sort: FromQuery[str] = "-number",
) -> Response[bytes]:
    """Exactly the imports of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_imports(
                session,
                caller.reader,
                text_in=q or None,
                state=status or None,
                sort=sort,
                cursor=cursor,
                limit=AT_ONCE,
            )
        )
    return await export_file(request, "imports", _COLUMNS, found)


@get("/ledger/imports/new", opt=allow(commands.upload_file))
async def new_import(frame: NamedDependency[Frame], db: NamedDependency[Database]) -> Response[bytes]:
    """The form that takes a file."""
    return await _upload_page(frame, db, Form(commands.UploadFile, {"marking": "CUI"}))


@post("/ledger/imports/new", opt=allow(commands.upload_file, upload=True), status_code=303, request_max_body_size=None)
async def upload_import(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Store a file, and have it checked."""
    async with reading(request, commands.UploadFile, largest=LARGEST_FILE, advice=ADVICE) as upload:
        form = upload.form
        with form:
            body, content = await upload.read(commands.examined)
            async with db.write(actor=caller.id, command=commands.upload_file.name, once=upload.once) as session:
                number = await commands.upload_file(session, body, content=content)
                await commands.ask_check(session, number, commands.CheckImport())
                answer = see_other(session, f"/ledger/imports/{number}")
            return answer
    return await _upload_page(frame, db, form)


@get("/ledger/imports/{import_id:int}", opt=allow(_READ))
async def one_import(
    import_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """How far an import is, and what its check says."""
    return await _import_page(frame, db, caller, ImportId(import_id))


@get("/ledger/imports/{import_id:int}/findings.xlsx", opt=allow(_READ))
async def findings_workbook(
    import_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Everything that is said of the rows."""
    content = await queries.findings_workbook(db, caller.reader, ImportId(import_id))
    return attachment(f"import-{import_id}-findings.xlsx", content, XLSX)


@get("/ledger/imports/{import_id:int}/rest.xlsx", opt=allow(_READ))
async def rest_workbook(
    import_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """The rows that are not taken, each with its reason."""
    content = await queries.rest_workbook(db, caller.reader, ImportId(import_id))
    return attachment(f"import-{import_id}-rest.xlsx", content, XLSX)


async def _done(
    db: Database,
    caller: Caller,
    once: Once | None,
    command: Command[..., Any],
    number: ImportId,
    form: Form[Any],
) -> Response[bytes]:
    """Do with an import what a form asks, and lead back to its page."""
    body = form.value()
    async with db.write(actor=caller.id, command=command.name, once=once) as session:
        await command(session, number, body)
        answer = see_other(session, f"/ledger/imports/{number}")
    return answer


@post("/ledger/imports/{import_id:int}/check", opt=allow(commands.ask_check), status_code=303)
async def check_import(
    import_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Have a file checked once more."""
    form = await read_form(request, commands.CheckImport)
    number = ImportId(import_id)
    with form:
        return await _done(db, caller, once, commands.ask_check, number, form)
    return await _import_page(frame, db, caller, number, refused=form)


@post("/ledger/imports/{import_id:int}/publish", opt=allow(commands.ask_publish), status_code=303)
async def publish_import(
    import_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Have a checked file posted."""
    form = await read_form(request, commands.PublishImport)
    number = ImportId(import_id)
    with form:
        return await _done(db, caller, once, commands.ask_publish, number, form)
    return await _import_page(frame, db, caller, number, refused=form)


@post("/ledger/imports/{import_id:int}/abandon", opt=allow(commands.abandon_import), status_code=303)
async def abandon_import(
    import_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Give a file up."""
    form = await read_form(request, commands.AbandonImport)
    number = ImportId(import_id)
    with form:
        return await _done(db, caller, once, commands.abandon_import, number, form)
    return await _import_page(frame, db, caller, number, abandon_form=form)


@get("/ledger/import-sources", opt=allow(_READ))
async def sources(frame: NamedDependency[Frame], db: NamedDependency[Database]) -> Response[bytes]:
    """Where files come from."""
    async with db.read() as session:
        found = await queries.list_sources(session, ended=True)
        return frame.show("imports/sources.html", _SourcesPage(found), now=session.now)


@get("/ledger/import-sources/new", opt=allow(commands.enter_source))
async def new_source(frame: NamedDependency[Frame]) -> Response[bytes]:
    """The form of a source."""
    return _source_page(frame, Form(SourceForm, {"date_format": "YYYY-MM-DD"}))


@post("/ledger/import-sources/new", opt=allow(commands.enter_source), status_code=303)
async def enter_source(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a source with its mapping."""
    form = await read_form(request, SourceForm)
    with form:
        body = _said(form.value())
        async with db.write(actor=caller.id, command=commands.enter_source.name, once=once) as session:
            number = await commands.enter_source(session, body)
            answer = see_other(session, f"/ledger/import-sources/{number}")
        return answer
    return _source_page(frame, form)


@get("/ledger/import-sources/{source_id:int}", opt=allow(_READ))
async def one_source(
    source_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """A source with its mapping."""
    return await _one_source(frame, db, caller, SourceId(source_id))


@post("/ledger/import-sources/{source_id:int}", opt=allow(commands.revise_source), status_code=303)
async def revise_source(
    source_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Change a source's mapping."""
    form = await read_form(request, SourceForm)
    with form:
        body = _said(form.value())
        async with db.write(actor=caller.id, command=commands.revise_source.name) as session:
            await commands.revise_source(session, SourceId(source_id), body, version=form.version)
        return see_other(None, f"/ledger/import-sources/{source_id}")
    return await _one_source(frame, db, caller, SourceId(source_id), form=form)


@post("/ledger/import-sources/{source_id:int}/end", opt=allow(commands.end_source), status_code=303)
async def end_source(
    source_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say that nothing more comes from a source."""
    form = await read_form(request, commands.EndSource)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.end_source.name) as session:
            await commands.end_source(session, SourceId(source_id), body, version=form.version)
        return see_other(None, f"/ledger/import-sources/{source_id}")
    return await _one_source(frame, db, caller, SourceId(source_id), end_form=form)


async def _upload_page(frame: Frame, db: Database, form: Form[commands.UploadFile]) -> Response[bytes]:
    async with db.read() as session:
        found = await queries.list_sources(session)
    choices = tuple((str(each.id), each.name) for each in found)
    return frame.show("imports/import_form.html", _UploadPage(form, choices), status=form.status)


async def _import_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    import_id: ImportId,
    *,
    refused: Form[Any] | None = None,
    abandon_form: Form[commands.AbandonImport] | None = None,
) -> Response[bytes]:
    publish_form = Form(commands.PublishImport)
    if refused is not None:
        publish_form.problem, publish_form.mistakes = refused.problem, refused.mistakes
    async with db.read() as session:
        view = await queries.one_import(session, caller.reader, import_id)
        job = await queries.job_of(session, view)
        found, count = await queries.findings_of(session, import_id)
        idle = job is None or job.over
        open_still = view.state not in ("published", "abandoned")
        page = _ImportPage(
            file=view,
            pill=_PILLS[view.state],
            job=job,
            findings=found,
            count=count,
            words=queries.WORDS,
            publish_form=publish_form,
            abandon_form=abandon_form or Form(commands.AbandonImport),
            may_check=open_still and idle and view.state != "publishing",
            may_publish=idle and view.state in ("checked", "publishing") and bool(view.good) and not view.broken,
            may_abandon=open_still and idle,
            has_rest=bool(view.bad) and view.state not in ("abandoned", "uploaded", "checking"),
            history=await history(session, caller.reader, "ledger_import", import_id),
        )
        status = abandon_form.status if abandon_form else publish_form.status
        return frame.show("imports/import.html", page, now=session.now, status=status, marking=view.marking)


async def _one_source(
    frame: Frame,
    db: Database,
    caller: Caller,
    source_id: SourceId,
    *,
    form: Form[Any] | None = None,
    end_form: Form[commands.EndSource] | None = None,
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.one_source(session, source_id)
        trail = await history(session, caller.reader, "import_source", source_id)
    if form is None:
        values = {"name": view.name, "holds": view.holds, "date_format": view.date_format}
        values["kinds"] = "\n".join(f"{word} = {kind}" for word, kind in view.kinds.items())
        for name, each in view.columns.items():
            values |= {f"column_{name}": each.column, f"default_{name}": each.default}
        form = Form(SourceForm, values)
    return _source_page(frame, form, source=view, end_form=end_form or Form(commands.EndSource), trail=trail)


def _source_page(
    frame: Frame,
    form: Form[Any],
    *,
    source: queries.SourceView | None = None,
    end_form: Form[commands.EndSource] | None = None,
    trail: tuple[TrailView, ...] = (),
) -> Response[bytes]:
    formats = tuple((each, each) for each in DATE_FORMATS)
    page = _SourcePage(form, end_form, source, FIELDS, formats, trail)
    status = end_form.status if end_form is not None and end_form.problem else form.status
    return frame.show("imports/source.html", page, status=status)


def _said(form: Any) -> commands.SetSource:
    """The mapping as the form says it; Invalid where its words for kinds cannot be read."""
    columns = {
        each.name: Column(getattr(form, f"column_{each.name}") or "", getattr(form, f"default_{each.name}") or "")
        for each in FIELDS
    }
    kinds: dict[str, str] = {}
    for line in (form.kinds or "").splitlines():
        word, equals, kind = line.partition("=")
        if line.strip() and not equals:
            expected = "Expected lines such as: OBL = obligation."
            raise Invalid("One thing needs correcting.", mistakes=(Mistake("kinds", expected, line[:60]),))
        if line.strip():
            kinds[word.strip()] = kind.strip()
    try:
        return commands.SetSource(
            name=form.name,
            holds=form.holds,
            date_format=form.date_format,
            columns={name: each for name, each in columns.items() if each.column or each.default},
            kinds=kinds,
        )
    except msgspec.ValidationError as wrong:
        raise Invalid(str(wrong)) from wrong


def routes() -> Router:
    """Every page of imports."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[
            imports,
            export_imports,
            new_import,
            upload_import,
            one_import,
            findings_workbook,
            rest_workbook,
            check_import,
            publish_import,
            abandon_import,
            sources,
            new_source,
            enter_source,
            one_source,
            revise_source,
            end_source,
        ],
    )
