"""The list of agreements, its filters and its files."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from pipir.features.agreements import queries, rules
from pipir.features.agreements.pages.shared import CHANGES, PILLS, authorities
from pipir.features.participants.queries import participant_choices
from pipir.kernel.access import Caller
from pipir.kernel.paging import Limit
from pipir.statute.load import the_statute
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.acts import Options, words
from pipir.web.exports import Columns, exercise, export_file, file_paths
from pipir.web.forms import read_filter
from pipir.web.pages import Frame, ListView

_COLUMNS: Final = Columns[queries.AgreementLine](
    (
        "Code", "Title", "Marking", "Label", "Exercise data", "Kind", "State", "Legal character", "Rests on", "Parties",
        "Lead office", "Signed", "In force", "Expires", "Next clock", "Ends on", "Late",
    ),
    lambda line: (
        line.code,
        line.name,
        line.marking,
        line.label,
        exercise(line),
        line.kind,
        line.state,
        line.character or "not determined",
        "; ".join(the_statute().citation(each) for each in (line.program_authority, line.also_authority) if each)
        or "not public",
        " ".join(each.code for each in line.parties),
        line.lead_office or "not public",
        line.signed_on,
        line.in_force_on,
        line.expires_on,
        line.clock,
        line.clock_on,
        "late" if line.clock_late else "",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.AgreementLine]
    pills: dict[str, str]
    citations: dict[str, str]
    state_choices: Options
    kind_choices: Options
    character_choices: Options
    country_choices: Options
    authority_choices: Options
    may_change: bool


@get("/agreements", opt=allow("agreements.read"))
async def agreements(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "state",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """The agreements with their parties and the next end of a clock."""
    which = _which(request)
    async with db.read() as session:
        found = await queries.list_agreements(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)
        countries = tuple((code, name) for _, code, name in await participant_choices(session, caller.reader))
        states, kinds, characters = words(rules.STATES), words(rules.KINDS), words(rules.CHARACTERS)
        page = _ListPage(
            list=frame.list_view(
                found,
                noun=("agreement", "agreements"),
                sort=sort,
                sorts=queries.SORTS,
                chosen={
                    "q": which.text or "",
                    "stage": list(which.states),
                    "kind": list(which.kinds),
                    "character": list(which.characters),
                    "country": which.country or "",
                    "authority": which.authority or "",
                },
                labels=dict((*states, *kinds, *characters, *countries, *authorities())),
                columns=_COLUMNS,
            ),
            pills=PILLS,
            citations={slug: the_statute().short_citation(slug) for slug, _ in authorities()},
            state_choices=states,
            kind_choices=kinds,
            character_choices=characters,
            country_choices=countries,
            authority_choices=authorities(),
            may_change=caller.may(CHANGES),
        )
        return frame.show("agreements/agreements.html", page, now=session.now)


@get(file_paths("/agreements/export"), opt=allow("agreements.read"))
async def export_agreements(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "state",
) -> Response[bytes]:
    """Exactly the agreements of the list."""
    async with db.read() as session:
        found = await queries.every_agreement(session, caller.reader, _which(request), sort=sort)
    return await export_file(request, "agreements", _COLUMNS, found)


def _which(request: Request[Any, Any, Any]) -> queries.AgreementFilter:
    return read_filter(
        request,
        queries.AgreementFilter,
        many={"states": "stage", "kinds": "kind", "characters": "character"},
        one={"text": "q", "country": "country", "authority": "authority"},
    )


HANDLERS: Final = (agreements, export_agreements)
