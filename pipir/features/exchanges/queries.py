"""What can be asked of technical exchanges: lists, one of them, and their days."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec
from sqlalchemy import RowMapping, SQLColumnExpression, and_, any_, func, literal, or_, select

from pipir.features.disclosure.tables import DisclosureDecision
from pipir.features.exchanges import rules
from pipir.features.exchanges.rules import Kind, State
from pipir.features.exchanges.tables import ExchangeDisclosure, ExchangeId, TechnicalExchange
from pipir.features.groups.tables import WorkingGroup
from pipir.features.notices.rules import Entry
from pipir.features.people.tables import Office
from pipir.features.projects.tables import Project
from pipir.kernel.dated import Dated
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AT_ONCE, AnySelect, Sorts, every_row, list_page
from pipir.store.records import may_see

DATED_KIND: Final = "Technical exchange"


class ExchangeFilter(msgspec.Struct, frozen=True):
    """Which exchanges are asked for; of several values any fits, of several filters all do."""

    text: str | None = None
    kinds: tuple[Kind, ...] = ()
    states: tuple[State, ...] = ()
    country: str | None = None
    group_id: RecordNumber | None = None
    project_id: RecordNumber | None = None


class DisclosedUnder(msgspec.Struct, frozen=True):
    """A disclosure decision that an exchange names."""

    decision_id: int
    country: str
    subject: str


class ExchangeView(msgspec.Struct, frozen=True):
    """An exchange as shown, with what it hangs on and the disclosure that stands behind it."""

    id: int
    version: int
    code: str
    title: str
    kind: str
    group_id: int | None
    project_id: int | None
    place: str
    starts_on: date
    ends_on: date
    topic: str
    delegations: list[str]
    offices: str | None
    lead_office_id: int
    nothing_disclosed_because: str | None
    outcome: str | None
    cancelled_because: str | None
    source: str
    marking: str
    exercise: bool
    lead_office: str
    hangs_on: str
    href: str
    state: State
    disclosed_under: tuple[DisclosedUnder, ...] = ()

    @property
    def decision_ids(self) -> list[int]:
        """The numbers of the decisions that it names, as its form has them."""
        return [each.decision_id for each in self.disclosed_under]


_title = (func.lower(TechnicalExchange.title), str)
_SORTS: Sorts = {
    "starts": ((TechnicalExchange.starts_on, date),),
    "title": (_title,),
    "kind": ((TechnicalExchange.kind, str), _title),
    "place": ((func.lower(TechnicalExchange.place), str), _title),
    "code": ((TechnicalExchange.number, int),),
}
SORTS: Final = tuple(_SORTS)


async def list_exchanges(
    session: ReadSession,
    reader: Reader,
    which: ExchangeFilter = ExchangeFilter(),  # noqa: B008  a frozen struct is a value, as a string is
    *,
    sort: str = "-starts",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ExchangeView]:
    """Exchanges with what each hangs on, cancelled ones too."""
    page = await list_page(
        session,
        _select(reader).where(*_conditions(which, session.today)),
        row_id=TechnicalExchange.id,
        sorts=_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _view(row, session.today),
    )
    return msgspec.structs.replace(page, items=await _with_disclosure(session, reader, page.items))


async def every_exchange(
    session: ReadSession, reader: Reader, which: ExchangeFilter, *, sort: str = "-starts"
) -> tuple[ExchangeView, ...]:
    """All rows under the filters, for an export."""
    return await every_row(
        lambda cursor: list_exchanges(session, reader, which, sort=sort, cursor=cursor, limit=AT_ONCE)
    )


async def exchange(session: ReadSession, reader: Reader, number: ExchangeId) -> ExchangeView:
    """One exchange, or NotFound."""
    row = (await session.execute(_select(reader).where(TechnicalExchange.id == number))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no technical exchange with this number.")
    return (await _with_disclosure(session, reader, (_view(row, session.today),)))[0]


async def countries(session: ReadSession, reader: Reader) -> tuple[str, ...]:
    """The codes of the countries that took part in any, of what the reader may see."""
    named = func.unnest(TechnicalExchange.delegations).column_valued("named", joins_implicitly=True)
    seen = may_see(reader, "technical_exchange", TechnicalExchange.id)
    rows = await session.scalars(select(named).select_from(TechnicalExchange).where(seen).distinct().order_by(named))
    return tuple(rows)


async def entries(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """Every exchange that was not cancelled; it is done once its outcome is on record."""
    rows = await session.execute(
        _select(reader)
        .where(TechnicalExchange.cancelled_because.is_(None))
        .order_by(TechnicalExchange.ends_on, TechnicalExchange.id)
    )
    return tuple(
        Entry(
            Dated(
                kind=DATED_KIND,
                slug=f"exchange-{row['id']}",
                title=f"{row['title']} ({row['place']})",
                due_on=row["ends_on"],
                office_id=row["lead_office_id"],
                person_id=None,
                href=f"/exchanges/{row['id']}",
                marking=row["marking"],
                exercise=row["exercise"],
            ),
            done_on=row["ends_on"] if row["outcome"] is not None else None,
            sequence=row["version"],
            note="" if row["outcome"] is not None else "Its outcome is not recorded.",
        )
        for row in rows.mappings()
    )


_JOINED: Final = ("lead_office", "hangs_on", "href", "state", "disclosed_under")
_STORED: Final = tuple(name for name in ExchangeView.__struct_fields__ if name not in _JOINED)


def _select(reader: Reader) -> AnySelect:
    # The index of records knows the masks of the exchange and of what it hangs on together.
    return (
        select(
            *(getattr(TechnicalExchange, name) for name in _STORED),
            Office.symbol.label("lead_office"),
            WorkingGroup.name.label("group_name"),
            Project.code.label("project_code"),
            Project.name.label("project_name"),
        )
        .join(Office, Office.id == TechnicalExchange.lead_office_id)
        .outerjoin(WorkingGroup, WorkingGroup.id == TechnicalExchange.group_id)
        .outerjoin(Project, Project.id == TechnicalExchange.project_id)
        .where(may_see(reader, "technical_exchange", TechnicalExchange.id))
    )


def _view(row: RowMapping, today: date) -> ExchangeView:
    of_group = row["group_id"] is not None
    return ExchangeView(
        **{name: row[name] for name in _STORED},
        lead_office=row["lead_office"],
        hangs_on=row["group_name"] if of_group else f"{row['project_code']} {row['project_name']}",
        href=f"/groups/{row['group_id']}" if of_group else f"/projects/{row['project_id']}",
        state=rules.state_of(row["ends_on"], row["outcome"], row["cancelled_because"], today),
    )


async def _with_disclosure(
    session: ReadSession, reader: Reader, views: Sequence[ExchangeView]
) -> tuple[ExchangeView, ...]:
    rows = await session.execute(
        select(
            ExchangeDisclosure.exchange_id,
            ExchangeDisclosure.decision_id,
            DisclosureDecision.country,
            DisclosureDecision.subject,
        )
        .join(
            DisclosureDecision,
            and_(DisclosureDecision.id == ExchangeDisclosure.decision_id, visible_to(reader, DisclosureDecision)),
        )
        .where(ExchangeDisclosure.exchange_id.in_([each.id for each in views]), ExchangeDisclosure.until.is_(None))
        .order_by(DisclosureDecision.country, DisclosureDecision.id)
    )
    found: dict[int, list[DisclosedUnder]] = {}
    for row in rows:
        found.setdefault(row.exchange_id, []).append(DisclosedUnder(row.decision_id, row.country, row.subject))
    return tuple(msgspec.structs.replace(each, disclosed_under=tuple(found.get(each.id, ()))) for each in views)


def _conditions(which: ExchangeFilter, today: date) -> list[SQLColumnExpression[bool]]:
    table = TechnicalExchange
    found: list[SQLColumnExpression[bool]] = []
    if which.text:
        columns = (table.title, table.code, table.place, table.topic, table.outcome)
        found.append(or_(*(each.icontains(which.text, autoescape=True) for each in columns)))
    if which.kinds:
        found.append(table.kind.in_(which.kinds))
    if which.states:
        said = {
            "cancelled": table.cancelled_because.is_not(None),
            "held": table.outcome.is_not(None),
            "planned": and_(_unsettled(), table.ends_on >= today),
            "no outcome recorded": and_(_unsettled(), table.ends_on < today),
        }
        found.append(or_(*(said[each] for each in which.states)))
    if which.country:
        found.append(literal(which.country) == any_(table.delegations))
    if which.group_id is not None:
        found.append(table.group_id == which.group_id)
    if which.project_id is not None:
        found.append(table.project_id == which.project_id)
    return found


def _unsettled() -> SQLColumnExpression[bool]:
    return and_(TechnicalExchange.cancelled_because.is_(None), TechnicalExchange.outcome.is_(None))
