"""The register of covered acts."""

from datetime import date, datetime

import msgspec
from sqlalchemy import RowMapping, and_, or_, select

from pipir.features.law import rules
from pipir.features.law.queries.labels import label, label_columns
from pipir.features.law.queries.officials import DelegationView, delegations
from pipir.features.law.queries.standing import law_of
from pipir.features.law.tables import (
    CoveredAct,
)
from pipir.features.people.tables import Person
from pipir.features.trail.rules import address
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.statute.model import Statute
from pipir.store.base import holds
from pipir.store.doors import ReadSession
from pipir.store.listing import Sorts, list_page


class ActView(msgspec.Struct, frozen=True):
    """A row of the register of covered acts, with its label; `count` is above 1 for ledger entries that rest alike."""

    id: int
    act: str
    act_title: str
    table_name: str
    record_id: int | None
    title: str
    first_id: int
    last_id: int
    count: int
    project_id: int | None
    href: str
    program_authority: str | None
    citation: str
    acted_on: date
    recorded_at: datetime
    by: str
    continuation_id: int | None
    late_because: str | None
    late_document: str | None
    incurred: bool
    label: str
    caution: str
    # The delegations of such an act that were in force on its day, as the register holds them; blank: none recorded.
    delegated: str
    exercise: bool


_ACT_SORTS: Sorts = {
    "day": ((CoveredAct.acted_on, date),),
    "act": ((CoveredAct.act, str), (CoveredAct.acted_on, date)),
    "recorded": ((CoveredAct.recorded_at, datetime),),
}


async def list_acts(
    session: ReadSession,
    reader: Reader,
    *,
    act: str | None = None,
    authority: str | None = None,
    late: bool = False,
    continuing: bool = False,
    continuation_id: int | None = None,
    sort: str = "-day",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ActView]:
    """The register of covered acts; `late` and `continuing` keep those recorded late, or under a determination."""
    if act is not None and act not in the_statute().covered_acts:
        expected = "Expected one of: " + ", ".join(the_statute().covered_acts) + "."
        raise Invalid("The register knows no such act.", mistakes=(Mistake("act", expected, act[:60]),))
    statement = (
        select(
            *(column for column in CoveredAct.__table__.columns if column.name not in ("audience", "actor")),
            Person.name.label("by"),
            *label_columns(CoveredAct),
        )
        .outerjoin(Person, Person.id == CoveredAct.actor)
        .where(holds(CoveredAct.audience, reader))
    )
    if act is not None:
        statement = statement.where(CoveredAct.act == act)
    if authority is not None:
        # An act that names no authority rests on the paragraph of its kind.
        unnamed = [row.slug for row in the_statute().covered_acts.values() if row.provision == authority]
        statement = statement.where(
            or_(
                CoveredAct.program_authority == authority,
                and_(CoveredAct.program_authority.is_(None), CoveredAct.act.in_(unnamed)),
            )
        )
    if late:
        statement = statement.where(CoveredAct.late_because.is_not(None))
    if continuing:
        statement = statement.where(CoveredAct.continuation_id.is_not(None))
    if continuation_id is not None:
        statement = statement.where(CoveredAct.continuation_id == continuation_id)
    law, delegated = await law_of(session), await delegations(session)
    return await list_page(
        session,
        statement,
        row_id=CoveredAct.id,
        sorts=_ACT_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _act_view(row, law, delegated),
    )


def _act_address(row: RowMapping) -> str:
    """Where the act's record stands: a country's part in its project, a single entry by its number."""
    if row["table_name"] == "project_partner":
        return address("project", row["project_id"])
    if row["table_name"] == "ledger_entry" and row["record_id"] is not None:
        return f"/ledger/entries/{row['record_id']}"
    return address(row["table_name"], row["record_id"])


def _act_view(row: RowMapping, law: Statute, register: tuple[DelegationView, ...]) -> ActView:
    shown = ("act_title", "citation", "label", "caution", "delegated", "by", "href")
    names = [name for name in ActView.__struct_fields__ if name not in shown]
    kind = lookup.covered_act(law, row["act"])
    rests = row["program_authority"] or kind.provision
    return ActView(
        **{name: row[name] for name in names},
        by=row["by"] or "",
        href=_act_address(row),
        act_title=kind.title,
        citation=law.short_citation(rests) if rests in law.provisions else rests,
        label="recorded as incurred" if row["incurred"] else label(row["continues"], row["late_because"]),
        caution=rules.caution_of(rests, row["acted_on"], law),
        delegated="; ".join(
            f"{each.to_office}, by {each.instrument}"
            for each in register
            if each.function == kind.delegated_as and _runs(each, row["acted_on"])
        ),
    )


def _runs(view: DelegationView, on: date) -> bool:
    return view.since <= on and (view.until is None or on <= view.until)
