"""The register of acts that the termination reaches, and its file."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from pipir.features.law import queries, rules
from pipir.kernel.access import Caller
from pipir.kernel.paging import Limit
from pipir.statute.load import the_statute
from pipir.statute.lookup import authorities
from pipir.statute.model import Provision
from pipir.store.doors import Database
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.exports import Columns, exercise, export_file, file_paths
from pipir.web.pages import Frame, ListView

_SORTS: Final = ("day", "act", "recorded")
_COLUMNS: Final = Columns[queries.ActView](
    (
        "Act", "Dated", "Record", "Kind of record", "Number", "Rows", "Rests on", "Label", "Determination",
        "Recorded at", "By", "Delegation in force", "Why late", "Document", "Recorded as incurred", "Exercise data",
    ),
    lambda each: (
        each.act_title,
        each.acted_on,
        each.title,
        each.table_name.replace("_", " "),
        each.record_id,
        each.count,
        each.citation,
        each.label,
        each.continuation_id,
        each.recorded_at.isoformat(timespec="seconds"),
        each.by,
        each.delegated,
        each.late_because,
        each.late_document,
        "yes" if each.incurred else "",
        exercise(each),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _ActsPage:
    list: ListView[queries.ActView]
    acts: tuple[tuple[str, str], ...]
    authorities: tuple[tuple[str, str], ...]
    law: Provision


@get("/law/acts", opt=allow("law.read"))
async def acts(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    act: FromQuery[str] = "",
    authority: FromQuery[str] = "",
    late: FromQuery[bool] = False,
    continuing: FromQuery[bool] = False,
    sort: FromQuery[str] = "-day",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Every covered act with what it rests on; late recordings stay listed for counsel."""
    law = the_statute()
    kinds = tuple((row.slug, row.title) for row in law.covered_acts.values())
    named = {row.slug: row for row in authorities(law)}
    named |= {row.provision: law.provision(row.provision) for row in law.covered_acts.values()}
    rests = tuple((slug, f"{row.short_citation}: {row.title}") for slug, row in named.items())
    async with db.read() as session:
        found = await queries.list_acts(
            session,
            caller.reader,
            act=act or None,
            authority=authority or None,
            late=late,
            continuing=continuing,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        page = _ActsPage(
            list=frame.list_view(
                found,
                noun=("act", "acts"),
                sort=sort,
                sorts=_SORTS,
                chosen={"act": act, "authority": authority, "late": late, "continuing": continuing},
                labels=dict(kinds)
                | dict(rests)
                | {"late=true": "late recordings", "continuing=true": "continuing under other authority"},
                columns=_COLUMNS,
            ),
            acts=kinds,
            authorities=rests,
            law=law.provision(rules.TERMINATION),
        )
        return frame.show("law/acts.html", page, now=session.now)


@get(file_paths("/law/acts/export"), opt=allow("law.read"))
async def export_acts(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    act: FromQuery[str] = "",
    authority: FromQuery[str] = "",
    late: FromQuery[bool] = False,
    continuing: FromQuery[bool] = False,
    sort: FromQuery[str] = "-day",
) -> Response[bytes]:
    """Exactly the acts of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_acts(
                session,
                caller.reader,
                act=act or None,
                authority=authority or None,
                late=late,
                continuing=continuing,
                sort=sort,
                cursor=cursor,
                limit=AT_ONCE,
            )
        )
    return await export_file(request, "covered-acts", _COLUMNS, found)


HANDLERS: Final = (acts, export_acts)
