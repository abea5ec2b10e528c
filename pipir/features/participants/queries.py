"""What can be asked of participants."""

from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec
from sqlalchemy import RowMapping, func, literal, or_, select

from pipir.features.law import queries as law
from pipir.features.participants.tables import Participant
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import ParticipantId
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page

# The filter value that finds what no source states.
NOT_PUBLIC: Final = "not public"


class ParticipantView(msgspec.Struct, frozen=True):
    """A country as shown; None in a standing, its day or its source is "not public"."""

    id: int
    version: int
    name: str
    code: str
    region: str
    standing: str | None
    standing_since: date | None
    standing_source: str | None
    forum_standing: str | None
    forum_since: date | None
    forum_source: str | None
    until: date | None
    ended_because: str | None
    marking: str
    exercise: bool
    # The words beside an invitation that rests on another authority, or was recorded late; blank otherwise.
    label: str = ""


_SORTS: Sorts = {
    "name": ((func.lower(Participant.name), str),),
    "code": ((Participant.code, str),),
    "region": ((Participant.region, str), (func.lower(Participant.name), str)),
    "since": ((func.coalesce(Participant.standing_since, literal(date.min)), date),),
}


async def list_participants(
    session: ReadSession,
    reader: Reader,
    *,
    text_in: str | None = None,
    region: str | None = None,
    standing: str | None = None,
    forum_standing: str | None = None,
    ended: bool = False,
    sort: str = "name",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ParticipantView]:
    """Countries, without ended entries unless `ended`; a standing of NOT_PUBLIC finds those with nothing recorded."""
    statement = _participants(reader)
    if text_in:
        statement = statement.where(
            or_(
                Participant.name.icontains(text_in, autoescape=True),
                Participant.code.icontains(text_in, autoescape=True),
            )
        )
    if region is not None:
        statement = statement.where(Participant.region == region)
    for column, value in ((Participant.standing, standing), (Participant.forum_standing, forum_standing)):
        if value is not None:
            statement = statement.where(column.is_(None) if value == NOT_PUBLIC else column == value)
    if not ended:
        statement = statement.where(or_(Participant.until.is_(None), Participant.until >= session.today))
    return await list_page(
        session, statement, row_id=Participant.id, sorts=_SORTS, sort=sort, cursor=cursor, limit=limit, view=_view
    )


async def participant(session: ReadSession, reader: Reader, participant_id: ParticipantId) -> ParticipantView:
    """One country, or NotFound where there is none that the reader may see."""
    row = (
        (await session.execute(_participants(reader).where(Participant.id == participant_id))).mappings().one_or_none()
    )
    if row is None:
        raise NotFound("There is no participant with this number.")
    return _view(row)


async def by_codes(session: ReadSession, reader: Reader, codes: Iterable[str]) -> dict[str, ParticipantView]:
    """The countries with these codes that the reader may see, ended ones too, by code."""
    rows = await session.execute(_participants(reader).where(Participant.code.in_(list(codes))))
    return {row["code"]: _view(row) for row in rows.mappings()}


async def all_names(session: ReadSession, reader: Reader) -> tuple[tuple[str, str], ...]:
    """(code, name) of each country that the reader may see and that has not ended, by name: the choices of a form."""
    rows = await session.execute(
        select(Participant.code, Participant.name)
        .where(visible_to(reader, Participant), or_(Participant.until.is_(None), Participant.until >= session.today))
        .order_by(func.lower(Participant.name), Participant.id)
    )
    return tuple((code, name) for code, name in rows)


async def count_by_standing(session: ReadSession, reader: Reader) -> dict[str | None, int]:
    """How many countries that the reader may see hold each standing under section 1253(d); None counts "not public"."""
    rows = await session.execute(
        select(Participant.standing, func.count())
        .where(visible_to(reader, Participant), or_(Participant.until.is_(None), Participant.until >= session.today))
        .group_by(Participant.standing)
        .order_by(Participant.standing)
    )
    return {standing: count for standing, count in rows}  # noqa: C416 -- dict() has no type for a Row


def _participants(reader: Reader) -> AnySelect:
    names = [name for name in ParticipantView.__struct_fields__ if name != "label"]
    return select(*(getattr(Participant, name) for name in names), *law.label_columns(Participant)).where(
        visible_to(reader, Participant)
    )


def _view(row: RowMapping) -> ParticipantView:
    names = [name for name in ParticipantView.__struct_fields__ if name != "label"]
    return ParticipantView(**{name: row[name] for name in names}, label=law.label_of_row(row))
