"""The months of a draft: the form of its table, and the file that comes and goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.features.execution import commands, queries, rules
from pipir.features.execution.commands import EnterMonths, MonthPlan
from pipir.features.execution.pages.plans import TRAIL
from pipir.features.execution.rules import Compared
from pipir.features.execution.tables import PlanId
from pipir.features.ledger import queries as ledger
from pipir.features.ledger.pages.forms import pairs
from pipir.kernel.access import Caller
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.ids import RecordNumber
from pipir.kernel.money import Dollars
from pipir.kernel.text import Line, Reason
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.acts import Options
from pipir.web.api import see_other
from pipir.web.exports import EXERCISE, MARKING, Columns, exercise, export_file, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame
from pipir.web.uploads import reading

_FIELDS: Final = {"obligations": Dollars, "outlays": Dollars, "because": Reason, "other_authority": Line}
_WORDS: Final = {
    "obligations": "Obligations",
    "outlays": "Outlays",
    "because": "Reason",
    "other_authority": "Other authority",
}
_SHOWN: Final = 200


@dataclass(frozen=True)
class _Month:
    name: str
    label: str
    compared: Compared


@dataclass(frozen=True)
class _MonthsPage:
    plan: queries.PlanView
    form: Form[Any]
    months: tuple[_Month, ...]
    authorities: Options
    crumbs: tuple[tuple[str, str], ...]
    budget: int | None
    law: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class _FilePage:
    plan: queries.PlanView
    form: Form[commands.ImportMonths]
    crumbs: tuple[tuple[str, str], ...]
    mistakes: tuple[Mistake, ...]
    count: int
    columns: tuple[str, ...]


@get("/ledger/plans/{plan_id:int}/months", opt=allow(commands.enter_months))
async def months_to_enter(
    plan_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The table of a draft's months as a form."""
    return await _months_page(frame, db, caller, PlanId(plan_id), None)


@post("/ledger/plans/{plan_id:int}/months", opt=allow(commands.enter_months), status_code=303)
async def enter_months(
    plan_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Enter the months of a draft."""
    number = PlanId(plan_id)
    async with db.read() as session:
        detail = await queries.plan_detail(session, caller.reader, number)
    form = await read_form(request, _kind(tuple(each.month for each in detail.lines)))
    with form:
        lines = _lines(form.value(), detail.lines)
        try:
            async with db.write(actor=caller.id, command=commands.enter_months.name) as session:
                await commands.enter_months(session, number, EnterMonths(lines), version=form.version)
        except Invalid as wrong:
            raise Invalid(wrong.detail, mistakes=tuple(_at_field(each, lines) for each in wrong.mistakes)) from wrong
        return see_other(None, f"/ledger/plans/{plan_id}")
    return await _months_page(frame, db, caller, number, form)


@get("/ledger/plans/{plan_id:int}/file", opt=allow(commands.import_months))
async def file_to_import(
    plan_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that takes a draft's months from a file."""
    return await _file_page(frame, db, caller, PlanId(plan_id), Form(commands.ImportMonths))


@post(
    "/ledger/plans/{plan_id:int}/file",
    opt=allow(commands.import_months, upload=True),
    status_code=303,
    request_max_body_size=None,
)
async def import_months(
    plan_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Take a draft's months from a workbook or CSV file."""
    number = PlanId(plan_id)
    async with reading(request, commands.ImportMonths) as upload:
        form = upload.form
        with form:
            body, content = await upload.read(commands.examined)
            async with db.write(actor=caller.id, command=commands.import_months.name) as session:
                await commands.import_months(session, number, body, content=content, version=form.version)
            return see_other(None, f"/ledger/plans/{plan_id}")
    return await _file_page(frame, db, caller, number, form)


@get(file_paths("/ledger/plans/{plan_id:int}/export"), opt=allow("ledger.read"))
async def export_months(
    plan_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The months of a version as a file that can be filled and imported again."""
    async with db.read() as session:
        detail = await queries.plan_detail(session, caller.reader, PlanId(plan_id))
    view = detail.plan

    def cells(row: Compared) -> list[Any]:
        amounts = (row.month, row.obligations, row.outlays)
        said = "pre-decisional" if row.pre_decisional else None
        return [*amounts, row.because, row.other_authority, said, view.marking, exercise(view)]

    columns = Columns((*rules.COLUMNS, "Reason", "Other authority", "Pre-decisional", MARKING, EXERCISE), cells)
    return await export_file(request, f"plan-{plan_id}", columns, detail.lines)


@lru_cache(maxsize=64)
def _kind(months: tuple[date, ...]) -> type[msgspec.Struct]:
    """The form's fields: four for each month."""
    fields: list[Any] = [
        (f"{_name(month)}_{each}", kind | None, None) for month in months for each, kind in _FIELDS.items()
    ]
    return msgspec.defstruct("MonthsOfPlan", fields, frozen=True, forbid_unknown_fields=True)


def _name(month: date) -> str:
    return f"m{month:%Y_%m}"


def _lines(typed: msgspec.Struct, stored: Sequence[Compared]) -> list[MonthPlan]:
    found = []
    for each in stored:
        given = {name: getattr(typed, f"{_name(each.month)}_{name}") for name in _FIELDS}
        found.append(
            MonthPlan(
                each.month,
                given["obligations"] or Dollars.zero(),
                given["outlays"] or Dollars.zero(),
                given["because"],
                # Asked for after the end alone; before it what stands is kept.
                given["other_authority"] if each.after_the_end else each.other_authority,
            )
        )
    return found


def _at_field(mistake: Mistake, lines: Sequence[MonthPlan]) -> Mistake:
    """A mistake in a line, at the field of its month."""
    _, _, rest = mistake.where.partition(".")
    place, _, name = rest.partition(".")
    if not place.isdigit():
        return mistake
    return Mistake(f"{_name(lines[int(place)].month)}_{name}", mistake.expected, mistake.found)


async def _months_page(
    frame: Frame, db: Database, caller: Caller, plan_id: PlanId, form: Form[Any] | None
) -> Response[bytes]:
    async with db.read() as session:
        detail = await queries.plan_detail(session, caller.reader, plan_id)
        rules.may_change(detail.plan.state, detail.plan.name)
        lines = detail.lines
        if form is None:
            values = {}
            for each in lines:
                for name in _FIELDS:
                    value = getattr(each, name)
                    values[f"{_name(each.month)}_{name}"] = "" if value is None else str(value)
            form = Form(_kind(tuple(each.month for each in lines)), values)
        for each in lines:
            for name, label in _WORDS.items():
                form.labels[f"{_name(each.month)}_{name}"] = f"{label}, {each.month:%B %Y}"
        page = _MonthsPage(
            detail.plan,
            form,
            tuple(_Month(_name(each.month), f"{each.month:%B %Y}", each) for each in lines),
            pairs(ledger.authority_choices()),
            (("Dashboard", "/"), *TRAIL, (_called(detail.plan), f"/ledger/plans/{plan_id}"), ("Months", "")),
            detail.budget,
            ledger.law_lines("pre-decisional"),
        )
        return frame.show(
            "execution/months.html", page, now=session.now, status=form.status, marking=detail.plan.marking
        )


async def _file_page(
    frame: Frame, db: Database, caller: Caller, plan_id: PlanId, form: Form[commands.ImportMonths]
) -> Response[bytes]:
    """The form; mistakes in the file stand in a table of their own, each by its place."""
    async with db.read() as session:
        view = await queries.plan(session, caller.reader, plan_id)
    rules.may_change(view.state, view.name)
    inside = [each for each in (form.problem.mistakes if form.problem else ()) if each.where != "file"]
    for each in inside:
        form.mistakes.pop(each.where.partition(".")[0], None)
    if inside:
        things = "One thing needs" if len(inside) == 1 else f"{len(inside):,} things need"
        form.mistakes["file"] = [f"{things} correcting in the file; each stands below with its place."]
    page = _FilePage(
        view,
        form,
        (("Dashboard", "/"), *TRAIL, (_called(view), f"/ledger/plans/{plan_id}"), ("Import months", "")),
        tuple(inside[:_SHOWN]),
        len(inside),
        (*rules.COLUMNS, "Reason", "Other authority"),
    )
    return frame.show("execution/months_file.html", page, status=form.status, marking=view.marking)


def _called(view: queries.PlanView) -> str:
    return f"{view.name} of {view.funding_number}"


HANDLERS: Final = (months_to_enter, enter_months, file_to_import, import_months, export_months)
