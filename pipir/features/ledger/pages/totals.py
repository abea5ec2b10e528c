"""Totals by a group that one chooses, each figure a way to its entries."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency

from pipir.features.ledger import queries
from pipir.features.ledger.pages.filters import (
    GROUPS,
    FilterChoices,
    address,
    filter_choices,
    in_address,
    labels_of,
    read_chosen,
    row_of,
)
from pipir.features.ledger.pages.forms import Choices
from pipir.features.ledger.queries import Chosen, Figures, Group
from pipir.kernel.access import Caller
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.paging import Page
from pipir.sheets import Cell
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.exports import EXERCISE, Columns, exercise, export_file, file_paths, stating
from pipir.web.pages import Frame, ListView

# So many rows stand on the page; the file holds all.
_SHOWN: Final = 200
_FIGURES: Final = tuple(name for name in Figures.__struct_fields__ if name != "count")


def _cells(row: queries.TotalRow) -> list[Cell]:
    return [
        *(row.key, row.label, row.sub, row.figures.count),
        *(getattr(row.figures, name) for name in _FIGURES),
        exercise(row),
    ]


_COLUMNS: Final = Columns[queries.TotalRow](
    (
        *("Key", "Group", "Also called", "Entries"),
        *(name.replace("_", " ").capitalize() for name in _FIGURES),
        EXERCISE,
    ),
    _cells,
)


@dataclass(frozen=True)
class _Row:
    name: str
    sub: str
    figures: Figures
    # The way to the entries: of all stages under "", and of each stage that is not nothing.
    hrefs: dict[str, str]
    exercise: bool


@dataclass(frozen=True)
class _TotalsPage:
    list: ListView[_Row]
    by: str
    group: str
    groups: Choices
    additive: bool
    total: _Row
    shown: int
    statement: queries.Statement
    choices: FilterChoices


@get("/ledger/totals", opt=allow("ledger.read"))
async def totals(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The stages of money by one group, as effective and as known on any day."""
    by, chosen = _asked(request)
    async with db.read() as session:
        found = await queries.totals(session, caller.reader, by, chosen)
        choices = await filter_choices(session, caller)
        current = in_address(request, chosen)
        rows = tuple(
            _row(row.label, row.sub, row.figures, current, row_of(by, row.key), marked=row.exercise)
            for row in found.rows[:_SHOWN]
        )
        said = {**({"by": by} if by != "fiscal_year" else {}), **current}
        view = frame.list_view(
            Page(rows, total=len(found.rows)),
            noun=("row", "rows"),
            sort="",
            sorts=(),
            chosen=said,
            labels=labels_of(choices, current),
            columns=stating(_COLUMNS, ""),
        )
        page = _TotalsPage(
            list=view,
            by=by,
            group=dict(GROUPS)[by],
            groups=GROUPS,
            additive=found.additive,
            total=_row("Total", "", found.total, current, {}, marked=False),
            shown=_SHOWN,
            statement=found.statement,
            choices=choices,
        )
        return frame.show("ledger/totals.html", page, now=session.now)


@get(file_paths("/ledger/totals/export"), opt=allow("ledger.read"))
async def export_totals(
    request: Request[Any, Any, Any], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Every row of the totals, each with what its figures are; where rows are not additive, the total once."""
    by, chosen = _asked(request)
    async with db.read() as session:
        found = await queries.totals(session, caller.reader, by, chosen)
    rows, said = found.rows, found.statement.says
    if not found.additive:
        said = f"Not additive: an amount counts in full under each {dict(GROUPS)[by].lower()} that it served. {said}"
        rows = (*rows, queries.TotalRow("", "Total, each amount once", "", found.total, exercise=False))
    return await export_file(request, f"ledger-totals-{by.replace('_', '-')}", stating(_COLUMNS, said), rows)


def _asked(request: Request[Any, Any, Any]) -> tuple[Group, Chosen]:
    """The group and the filters; what filters entries alone is told apart from the totals by a mistake."""
    typed = str(request.query_params.get("by", "")).strip() or "fiscal_year"
    chosen = read_chosen(request)
    by: Group | None = next((each for each in queries.GROUPS if each == typed), None)
    mistakes = [] if by else [Mistake("by", "Expected one of: " + ", ".join(queries.GROUPS) + ".", typed[:60])]
    mistakes += [
        Mistake(name, "The totals show every stage and kind; entries alone are filtered so, on /ledger.")
        for name in ("stage", "kind", "without", "appropriation", "document", "exceptions")
        if getattr(chosen, name)
    ]
    if by is None or mistakes:
        raise Invalid("Some of the filters need correcting.", mistakes=tuple(mistakes))
    return by, chosen


def _row(name: str, sub: str, figures: Figures, current: dict[str, Any], key: dict[str, str], *, marked: bool) -> _Row:
    hrefs = {"": address("/ledger", current, key)}
    moved = [stage for stage in _FIGURES if getattr(figures, stage)]
    hrefs |= {stage: address("/ledger", current, key, {"stage": stage}) for stage in moved}
    return _Row(name, sub, figures, hrefs, marked)


HANDLERS: Final = (totals, export_totals)
