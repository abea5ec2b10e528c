"""Sources and their extracts, and the months that were signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.ledger import queries as ledger
from pipir.features.reconciliation import commands, queries, rules
from pipir.features.reconciliation.pages.shared import (
    HOME,
    LEDGER,
    READ,
    RECONCILE,
    Place,
    act_page,
    change,
    law_of,
)
from pipir.features.reconciliation.tables import ExtractId, SourceId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_day
from pipir.kernel.ids import RecordNumber
from pipir.kernel.money import dollars
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.store.doors import Database
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.acts import Act, Field, act_of, words
from pipir.web.api import see_other
from pipir.web.exports import export_file, fields, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView
from pipir.web.uploading import UploadPage, wrong_of
from pipir.web.uploads import reading

_HERE: Final = "/ledger/reconciliation"
_TRAIL: Final = ("Reconciliation", _HERE)
_WORDS: Final = ("symbols", "obligation_words", "expenditure_words")
_FIELDS: Final = (
    Field("name", "Name", hint="What the office calls the system."),
    Field("holds", "What it holds", "area"),
    Field("symbols", "Accounts", "checks", "Of which it holds the entries.", choices="accounts"),
    Field("document_column", "Column of the document number"),
    Field("line_column", "Column of the line", hint="Blank where the source knows no lines."),
    Field("stage_column", "Column of the stage", hint="Which says whether a row is an obligation or an expenditure."),
    Field("obligation_words", "How it writes an obligation", hint="Several with commas between, such as OBL, 4801."),
    Field("expenditure_words", "How it writes an expenditure", hint="Several with commas between."),
    Field("amount_column", "Column of the amount", hint="What is taken back stands with a minus or in parentheses."),
    Field("date_column", "Column of the day", hint="Blank where there is none."),
    Field("symbol_column", "Column of the account", hint="Blank where the source holds one account alone."),
    Field(
        "expenditures_under",
        "An expenditure is kept under the document of",
        "select",
        "The obligation that it pays, as most systems do; or the payment's own voucher.",
        choices="unders",
    ),
    Field("owner_person_id", "Who looks after its differences", "select", choices="people", empty="Whoever enters it"),
)
_ADD: Final = Act(
    commands.add_source,
    "Add a source of official accounting",
    "Add it",
    "The columns are called as the first line of the source's extract calls them; others are left aside.",
    _FIELDS,
)
_ACTS: Final[Mapping[str, Act]] = {
    "revise": Act(
        commands.revise_source,
        "Change the source",
        "Save",
        "The next extract is read by what stands here; those that were read stay as they are.",
        _FIELDS,
    ),
    "end": Act(
        commands.end_source,
        "End the source",
        "End it",
        "It is read no more; its extracts, differences and signatures stay.",
        (Field("until", "Last day", "date"), Field("because", "Why", "area")),
    ),
}
_MATCH: Final = Act(
    commands.match_again,
    "Compare once more",
    "Compare",
    "The extract is compared with the ledger as it stands now: what agrees is settled, what differs is opened.",
    (Field("because", "Why", "area", "Such as a correction that was posted; may be left blank."),),
)
_SIGN: Final = Act(
    commands.sign_month,
    "Sign a month",
    "Sign it",
    "The difference is stated exact. What is signed stays: a later signature supersedes it, with a reason.",
    (
        Field("account_id", "Account", "select", choices="accounts"),
        Field("month_on", "Last day of the month", "date"),
        Field(
            "difference",
            "Difference, whatever its direction",
            hint="As it compares now.",
        ),
        Field("remark", "Remark", "area"),
        Field(
            "because", "Why a signature is superseded", "area", "Blank where this month is signed for the first time."
        ),
        Field("marking", "Marking", hint="That of what was compared is added."),
    ),
)
_MONTH_COLUMNS: Final = fields(
    "id", "symbol", "source", "month_on", "obligated", "obligated_official", "obligated_matched", "expended",
    "expended_official", "difference", "differences", "posted_after", "superseded", "supersedes_id", "because",
    "remark", "signed_by", "signed_at", "marking", "exercise",
)  # fmt: skip
_LINE_COLUMNS: Final = fields(
    "row_number", "symbol", "document_number", "document_line", "stage", "amount", "recorded_on", "exercise"
)


@dataclass(frozen=True)
class _Page:
    list: ListView[queries.MonthView]
    sources: tuple[queries.SourceView, ...]
    statement: ledger.Statement
    law: tuple[tuple[str, str, str], ...]
    differences: int
    may: bool


@dataclass(frozen=True)
class _SourcePage:
    source: queries.SourceView
    extracts: tuple[queries.ExtractView, ...]
    months: tuple[queries.MonthView, ...]
    acts: tuple[tuple[str, str], ...]
    history: tuple[TrailView, ...]
    may: bool


@dataclass(frozen=True)
class _ExtractPage:
    list: ListView[queries.LineView]
    extract: queries.ExtractView
    open: int
    may: bool


@get(_HERE, opt=allow(READ))
async def reconciliation(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    account: FromQuery[RecordNumber | None] = None,
    source: FromQuery[RecordNumber | None] = None,
    superseded: FromQuery[bool] = False,
    sort: FromQuery[str] = "-month",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """The sources of official accounting, and the months that were signed against them."""
    async with db.read() as session:
        found = await queries.list_months(
            session,
            caller.reader,
            account_id=account,
            source_id=source,
            superseded=superseded,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        sources = await queries.sources(session, caller.reader)
        accounts = {each.value: each.label for each in await ledger.account_choices(session)}
        labels = {f"account={key}": label for key, label in accounts.items()}
        labels |= {f"source={each.id}": each.name for each in sources}
        view = frame.list_view(
            found,
            noun=("signed month", "signed months"),
            sort=sort,
            sorts=queries.MONTH_SORTS,
            chosen={"account": account, "source": source, "superseded": superseded},
            labels=labels | {"true": "With superseded ones"},
            columns=_MONTH_COLUMNS,
        )
        page = _Page(
            view,
            sources,
            await ledger.statement_of(session, caller.reader, ledger.Chosen(account_id=account)),
            law_of("reconciliation"),
            sum(each.open for each in sources),
            caller.may(RECONCILE),
        )
        return frame.show("reconciliation/reconciliation.html", page, now=session.now)


@get(file_paths(f"{_HERE}/export"), opt=allow(READ))
async def export_months(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    account: FromQuery[RecordNumber | None] = None,
    source: FromQuery[RecordNumber | None] = None,
    superseded: FromQuery[bool] = False,
    sort: FromQuery[str] = "-month",
) -> Response[bytes]:
    """Exactly the signed months of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_months(
                session,
                caller.reader,
                account_id=account,
                source_id=source,
                superseded=superseded,
                sort=sort,
                cursor=cursor,
                limit=AT_ONCE,
            )
        )
    return await export_file(request, "signed-months", _MONTH_COLUMNS, found)


@get(f"{_HERE}/sources/new", opt=allow(commands.add_source))
async def new_source(frame: NamedDependency[Frame], db: NamedDependency[Database]) -> Response[bytes]:
    """The empty form of a source."""
    return await _add_form(frame, db, Form(commands.AddSource, {"expenditures_under": rules.UNDERS[0]}))


@post(f"{_HERE}/sources/new", opt=allow(commands.add_source), status_code=303)
async def add_source(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a source."""
    form = _split(await read_form(request, commands.AddSource))
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.add_source.name, once=once) as session:
            number = await commands.add_source(session, body)
            answer = see_other(session, f"{_HERE}/sources/{number}")
        return answer
    return await _add_form(frame, db, form)


@get(f"{_HERE}/sources/{{source_id:int}}", opt=allow(READ))
async def source(
    source_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One source with its extracts and its signed months."""
    async with db.read() as session:
        view = await queries.source(session, caller.reader, SourceId(source_id))
        may = caller.may(RECONCILE)
        page = _SourcePage(
            view,
            (await queries.list_extracts(session, caller.reader, source_id=source_id, limit=24)).items,
            (await queries.list_months(session, caller.reader, source_id=source_id, limit=24)).items,
            tuple((name, act.title) for name, act in _ACTS.items()) if may and view.until is None else (),
            await history(session, caller.reader, "official_source", source_id),
            may and view.until is None,
        )
        return frame.show("reconciliation/source.html", page, now=session.now)


@get(f"{_HERE}/sources/{{source_id:int}}/extract", opt=allow(commands.read_extract))
async def extract_to_read(
    source_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that reads an extract."""
    async with db.read() as session:
        view = await queries.source(session, caller.reader, SourceId(source_id))
    return _upload(frame, Form(commands.ReadExtractIn, {"marking": "CUI"}), view)


@post(
    f"{_HERE}/sources/{{source_id:int}}/extract",
    opt=allow(commands.read_extract, upload=True),
    status_code=303,
    request_max_body_size=None,
)
async def read_extract(
    source_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Read an extract and compare it with the ledger."""
    async with db.read() as session:
        view = await queries.source(session, caller.reader, SourceId(source_id))
    mapping = queries.mapping_of(view)
    async with reading(request, commands.ReadExtractIn) as upload:
        form = upload.form
        with form:
            body, content = await upload.read(lambda file: commands.examined_extract(file, mapping))
            async with db.write(actor=caller.id, command=commands.read_extract.name, once=upload.once) as write:
                number = await commands.read_extract(write, SourceId(source_id), body, content=content)
                answer = see_other(write, f"{_HERE}/extracts/{number}")
            return answer
    return _upload(frame, form, view)


@get(f"{_HERE}/sources/{{source_id:int}}/sign", opt=allow(commands.sign_month))
async def month_to_sign(
    source_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    account: FromQuery[str] = "",
    month: FromQuery[str] = "",
    difference: FromQuery[str] = "",
) -> Response[bytes]:
    """The form that signs a month, with how each account compares now."""
    given = {"account_id": account[:20], "month_on": month[:10], "difference": difference[:20], "marking": "CUI"}
    return await _sign_form(frame, db, caller, SourceId(source_id), Form(commands.SignMonth, given))


@post(f"{_HERE}/sources/{{source_id:int}}/sign", opt=allow(commands.sign_month), status_code=303)
async def sign_month(
    source_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Sign a month."""
    return await change(
        request,
        db,
        caller,
        once,
        _SIGN,
        SourceId(source_id),
        f"{_HERE}/sources/{source_id}#months",
        lambda form: _sign_form(frame, db, caller, SourceId(source_id), form),
    )


@get(f"{_HERE}/sources/{{source_id:int}}/{{act:str}}", opt=allow(RECONCILE))
async def source_to_change(
    source_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of one change of a source."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.source(session, caller.reader, SourceId(source_id))
    form = Form.of(chosen.command.body, view)
    return await _change_form(frame, db, form, chosen, act, view)


@post(f"{_HERE}/sources/{{source_id:int}}/{{act:str}}", opt=allow(RECONCILE), status_code=303)
async def change_source(
    source_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of a source."""
    chosen = act_of(_ACTS, act)
    form = _split(await read_form(request, chosen.command.body))
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, SourceId(source_id), body, version=form.version)
        return see_other(None, f"{_HERE}/sources/{source_id}")
    async with db.read() as reader:
        view = await queries.source(reader, caller.reader, SourceId(source_id))
    return await _change_form(frame, db, form, chosen, act, view)


@get(f"{_HERE}/extracts/{{extract_id:int}}", opt=allow(READ))
async def extract(
    extract_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    sort: FromQuery[str] = "row",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """One extract: how it compared, and its lines."""
    number = ExtractId(extract_id)
    async with db.read() as session:
        view = await queries.extract(session, caller.reader, number)
        lines = await queries.list_lines(
            session, caller.reader, number, text_in=q or None, sort=sort, cursor=cursor, limit=limit
        )
        which = queries.ItemFilter(extract_id=extract_id)
        open_items = (await queries.list_items(session, caller.reader, which, limit=1)).total or 0
        listed = frame.list_view(
            lines,
            noun=("line", "lines"),
            sort=sort,
            sorts=("row", "document", "amount"),
            chosen={"q": q},
            columns=_LINE_COLUMNS,
        )
        page = _ExtractPage(listed, view, open_items, caller.may(RECONCILE))
        return frame.show("reconciliation/extract.html", page, now=session.now, marking=view.marking)


@get(file_paths(f"{_HERE}/extracts/{{extract_id:int}}/export"), opt=allow(READ))
async def export_lines(
    extract_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    sort: FromQuery[str] = "row",
) -> Response[bytes]:
    """Exactly the lines of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_lines(
                session,
                caller.reader,
                ExtractId(extract_id),
                text_in=q or None,
                sort=sort,
                cursor=cursor,
                limit=AT_ONCE,
            )
        )
    return await export_file(request, "extract-lines", _LINE_COLUMNS, found)


@get(f"{_HERE}/extracts/{{extract_id:int}}/match", opt=allow(commands.match_again))
async def extract_to_match(
    extract_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that compares an extract once more."""
    return await _match_form(frame, db, caller, ExtractId(extract_id), Form(commands.MatchAgain))


@post(f"{_HERE}/extracts/{{extract_id:int}}/match", opt=allow(commands.match_again), status_code=303)
async def match_again(
    extract_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Compare an extract once more."""
    return await change(
        request,
        db,
        caller,
        None,
        _MATCH,
        ExtractId(extract_id),
        f"{_HERE}/extracts/{extract_id}",
        lambda form: _match_form(frame, db, caller, ExtractId(extract_id), form),
    )


def _split(form: Form[Any]) -> Form[Any]:
    """The words that were typed with commas between, one by one."""
    for name in ("obligation_words", "expenditure_words"):
        typed = form.values.get(name)
        if typed:
            texts = typed if isinstance(typed, list) else [typed]
            form.values[name] = [word.strip() for text in texts for word in text.split(",") if word.strip()]
    return form


async def _add_form(frame: Frame, db: Database, form: Form[Any]) -> Response[bytes]:
    async with db.read() as session:
        place = Place((_TRAIL,), _HERE, f"{_HERE}/sources/new", law=law_of("reconciliation"))
        return await act_page(frame, session, form, _ADD, place, await _choices(session), _WORDS[1:])


async def _change_form(
    frame: Frame, db: Database, form: Form[Any], act: Act, name: str, view: queries.SourceView
) -> Response[bytes]:
    here = f"{_HERE}/sources/{view.id}"
    place = Place((_TRAIL, (view.name, here)), here, f"{here}/{name}", view.version)
    async with db.read() as session:
        return await act_page(frame, session, form, act, place, await _choices(session), _WORDS[1:])


async def _choices(session: Any) -> dict[str, tuple[tuple[str, str], ...]]:
    accounts = await ledger.account_choices(session)
    return {
        "accounts": tuple((each.label.split(" ")[0], each.label) for each in accounts),
        "unders": words(rules.UNDERS),
    }


def _upload(frame: Frame, form: Form[Any], view: queries.SourceView) -> Response[bytes]:
    mistakes, count = wrong_of(form)
    here = f"{_HERE}/sources/{view.id}"
    mapping = queries.mapping_of(view)
    page = UploadPage(
        form=form,
        title="Read an extract",
        lead="All of it is stored, or nothing. Then it is compared with the ledger to its day.",
        taken=f"CSV or XLSX with the columns {', '.join(mapping.columns)}; at most {rules.MOST_ROWS:,} rows.",
        button="Read it",
        trail=(HOME, LEDGER, _TRAIL, (view.name, here), ("Read an extract", "")),
        action=f"{here}/extract",
        cancel_href=here,
        marked=True,
        required=True,
        mistakes=mistakes,
        count=count,
        law=law_of("reconciliation"),
    )
    return frame.show("_layouts/upload.html", page, status=form.status)


async def _sign_form(
    frame: Frame, db: Database, caller: Caller, source_id: SourceId, form: Form[Any]
) -> Response[bytes]:
    async with db.snapshot() as session:
        view = await queries.source(session, caller.reader, source_id)
        here = f"{_HERE}/sources/{view.id}"
        extracts = await queries.list_extracts(session, caller.reader, source_id=source_id, limit=1)
        facts: list[tuple[str, str | None]] = []
        if extracts.items:
            latest = extracts.items[0]
            facts.append(("Latest extract", show_day(latest.as_of)))
            for symbol in view.symbols:
                compared = await queries.compare(session, queries.what_of(view, latest, (symbol,)))
                said = f"difference {dollars(compared.difference)} in {compared.differences:,} lines"
                facts.append((symbol, said))
        accounts = [each for each in await ledger.account_choices(session) if each.label.split(" ")[0] in view.symbols]
        place = Place(
            (_TRAIL, (view.name, here)),
            here,
            f"{here}/sign",
            about="As it compares now",
            facts=tuple(facts),
            law=law_of("reconciliation"),
        )
        choices = {"accounts": tuple((each.value, each.label) for each in accounts)}
        return await act_page(frame, session, form, _SIGN, place, choices)


async def _match_form(
    frame: Frame, db: Database, caller: Caller, extract_id: ExtractId, form: Form[Any]
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.extract(session, caller.reader, extract_id)
        here = f"{_HERE}/extracts/{view.id}"
        place = Place(
            (_TRAIL, (f"{view.source}, {show_day(view.as_of)}", here)),
            here,
            f"{here}/match",
            view.version,
            view.marking,
        )
        return await act_page(frame, session, form, _MATCH, place)


HANDLERS: Final = (
    reconciliation,
    export_months,
    new_source,
    add_source,
    source,
    extract_to_read,
    read_extract,
    month_to_sign,
    sign_month,
    source_to_change,
    change_source,
    extract,
    export_lines,
    extract_to_match,
    match_again,
)
