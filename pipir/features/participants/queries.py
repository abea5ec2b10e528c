"""What can be asked of participants."""

from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec
from sqlalchemy import RowMapping, and_, func, literal, or_, select
from sqlalchemy.orm import aliased

from pipir.features.law import queries as law
from pipir.features.participants.rules import covered_as
from pipir.features.participants.tables import InvitationProcess, Participant, ParticipantStanding, PointOfContact
from pipir.features.people.tables import Person
from pipir.kernel.countries import codes_called, countries
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import ParticipantId, PointOfContactId, ProcessId
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page

# The filter value that finds what no source states.
NOT_PUBLIC: Final = "not public"


class ParticipantView(msgspec.Struct, frozen=True):
    """A country as shown; None in a standing, its day or its source is "not public".

    `iso_name` and `us_name` are those of the register where they differ from each other; else both are None.
    """

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
    # What brings it within section 1253: its name in (d), its region, or its support under (a).
    covered_as: str = ""
    iso_name: str | None = None
    us_name: str | None = None
    note: str = ""
    # The words beside an invitation that rests on another authority, or was recorded late; blank otherwise.
    label: str = ""
    # Why the latest act was recorded late, and the document that shows it.
    recorded_late: str | None = None
    recorded_late_document: str | None = None


class StepView(msgspec.Struct, frozen=True):
    """A step of a country's standing; one with `corrected_by` stands no longer, one without a value takes one back."""

    id: int
    kind: str
    step: int
    value: str | None
    since: date
    source: str
    decided_by_office: str | None
    decided_by: str | None
    process_id: int | None
    # The version of the process that was in force on the day of an invitation; None: no process recorded here.
    process_number: int | None
    supersedes_id: int | None
    because: str | None
    corrected_by: int | None
    recorded_by: str
    recorded_on: date
    exercise: bool


class ProcessView(msgspec.Struct, frozen=True):
    """A version of the process of section 1253(d) as shown; in force until the next one is, or until its end."""

    id: int
    version: int
    number: int
    title: str
    summary: str
    document: str
    made_on: date
    in_force_from: date
    coordinated_on: date | None
    coordinated_by: str | None
    until: date | None
    ended_because: str | None
    marking: str
    exercise: bool
    in_force: bool = False


class ContactView(msgspec.Struct, frozen=True):
    """A point of contact as files, reports and programs know it: the office, never the person."""

    id: int
    version: int
    participant_id: int
    country: str
    code: str
    office: str
    function: str
    since: date
    until: date | None
    ended_because: str | None
    marking: str
    exercise: bool


class PersonBehind(msgspec.Struct, frozen=True):
    """Who is behind a point of contact; for its pages alone."""

    person_name: str | None
    mail: str | None
    phone: str | None


_DERIVED: Final = (*law.LABEL_FIELDS, "covered_as", "iso_name", "us_name", "note")
_STORED: Final = tuple(name for name in ParticipantView.__struct_fields__ if name not in _DERIVED)

_SORTS: Sorts = {
    "name": ((func.lower(Participant.name), str),),
    "code": ((Participant.code, str),),
    "region": ((Participant.region, str), (func.lower(Participant.name), str)),
    "since": ((func.coalesce(Participant.standing_since, literal(date.min)), date),),
}


async def participant_choices(session: ReadSession, reader: Reader) -> tuple[tuple[int, str, str], ...]:
    """(number, code, name) of every country on record, as forms and filters offer them, by name."""
    rows = await session.execute(
        select(Participant.id, Participant.code, Participant.name)
        .where(visible_to(reader, Participant), Participant.until.is_(None))
        .order_by(Participant.name, Participant.id)
    )
    return tuple((row.id, row.code, row.name) for row in rows)


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
                Participant.code.in_(codes_called(text_in)),
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


async def steps_of(
    session: ReadSession,
    reader: Reader,
    participant_id: ParticipantId,
    *,
    on: date | None = None,
    known: date | None = None,
) -> tuple[StepView, ...]:
    """The steps of a country that the reader may see, newest first, corrected ones too.

    `on`: up to that day; `known`: as the record knew them by the end of that day.
    """
    later = aliased(ParticipantStanding)
    corrects = later.supersedes_id == ParticipantStanding.id
    if known is not None:
        corrects = and_(corrects, later.recorded_on <= known)
    names = [
        name
        for name in StepView.__struct_fields__
        if name not in ("process_id", "process_number", "corrected_by", "recorded_by")
    ]
    statement = (
        select(
            *(getattr(ParticipantStanding, name) for name in names),
            InvitationProcess.id.label("process_id"),
            InvitationProcess.number.label("process_number"),
            later.id.label("corrected_by"),
            Person.name.label("recorded_by"),
        )
        .join(Participant, Participant.id == ParticipantStanding.participant_id)
        .join(Person, Person.id == ParticipantStanding.recorded_by_id)
        .outerjoin(later, corrects)
        .outerjoin(
            InvitationProcess,
            and_(InvitationProcess.id == ParticipantStanding.process_id, visible_to(reader, InvitationProcess)),
        )
        .where(ParticipantStanding.participant_id == participant_id, visible_to(reader, Participant))
        .order_by(ParticipantStanding.since.desc(), ParticipantStanding.step.desc(), ParticipantStanding.id.desc())
    )
    if on is not None:
        statement = statement.where(ParticipantStanding.since <= on)
    if known is not None:
        statement = statement.where(ParticipantStanding.recorded_on <= known)
    rows = await session.execute(statement)
    return tuple(StepView(**row) for row in rows.mappings())


async def process_on(session: ReadSession, on: date) -> int | None:
    """The number of the row of the version in force on a day, whoever may read it; None where none is recorded."""
    found: int | None = await session.scalar(
        select(InvitationProcess.id)
        .where(
            InvitationProcess.in_force_from <= on,
            or_(InvitationProcess.until.is_(None), InvitationProcess.until >= on),
        )
        .order_by(InvitationProcess.in_force_from.desc(), InvitationProcess.number.desc())
        .limit(1)
    )
    return found


async def processes(session: ReadSession, reader: Reader) -> tuple[ProcessView, ...]:
    """Every version of the process that the reader may see, the latest first."""
    present = await process_on(session, session.today)
    rows = await session.execute(_processes(reader).order_by(InvitationProcess.number.desc()))
    return tuple(ProcessView(**row, in_force=row["id"] == present) for row in rows.mappings())


async def process(session: ReadSession, reader: Reader, process_id: ProcessId) -> ProcessView:
    """One version of the process, or NotFound where there is none that the reader may see."""
    row = (await session.execute(_processes(reader).where(InvitationProcess.id == process_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no version of the process with this number.")
    return ProcessView(**row, in_force=row["id"] == await process_on(session, session.today))


async def invited_under(session: ReadSession, reader: Reader, process_id: ProcessId) -> tuple[ParticipantView, ...]:
    """The countries whose invitation names a version, as the reader may see them, by name."""
    later = aliased(ParticipantStanding)
    invited = select(ParticipantStanding.participant_id).where(
        ParticipantStanding.process_id == process_id,
        ~select(later.id).where(later.supersedes_id == ParticipantStanding.id).exists(),
    )
    rows = await session.execute(
        _participants(reader).where(Participant.id.in_(invited)).order_by(func.lower(Participant.name), Participant.id)
    )
    return tuple(_view(row) for row in rows.mappings())


async def contacts(
    session: ReadSession, reader: Reader, *, participant_id: ParticipantId | None = None, ended: bool = False
) -> tuple[ContactView, ...]:
    """Points of contact that the reader may see, of one country or of all, without ended ones unless `ended`."""
    statement = _contacts(reader)
    if participant_id is not None:
        statement = statement.where(PointOfContact.participant_id == participant_id)
    if not ended:
        statement = statement.where(or_(PointOfContact.until.is_(None), PointOfContact.until >= session.today))
    rows = await session.execute(
        statement.order_by(func.lower(Participant.name), PointOfContact.since, PointOfContact.id)
    )
    return tuple(ContactView(**row) for row in rows.mappings())


async def contact(session: ReadSession, reader: Reader, contact_id: PointOfContactId) -> ContactView:
    """One point of contact, or NotFound where there is none that the reader may see."""
    row = (await session.execute(_contacts(reader).where(PointOfContact.id == contact_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no point of contact with this number.")
    return ContactView(**row)


async def persons_behind(
    session: ReadSession, reader: Reader, participant_id: ParticipantId
) -> dict[int, PersonBehind]:
    """Who is behind each point of contact of a country; only for the pages of those who keep them."""
    rows = await session.execute(
        select(PointOfContact.id, PointOfContact.person_name, PointOfContact.mail, PointOfContact.phone).where(
            PointOfContact.participant_id == participant_id, visible_to(reader, PointOfContact)
        )
    )
    return {number: PersonBehind(name, mail, phone) for number, name, mail, phone in rows}


def _participants(reader: Reader) -> AnySelect:
    return select(*(getattr(Participant, name) for name in _STORED), *law.label_columns(Participant)).where(
        visible_to(reader, Participant)
    )


def _processes(reader: Reader) -> AnySelect:
    names = [name for name in ProcessView.__struct_fields__ if name != "in_force"]
    return select(*(getattr(InvitationProcess, name) for name in names)).where(visible_to(reader, InvitationProcess))


def _contacts(reader: Reader) -> AnySelect:
    names = [name for name in ContactView.__struct_fields__ if name not in ("country", "code")]
    return (
        select(*(getattr(PointOfContact, name) for name in names), Participant.name.label("country"), Participant.code)
        .join(Participant, Participant.id == PointOfContact.participant_id)
        .where(visible_to(reader, PointOfContact), visible_to(reader, Participant))
    )


def _view(row: RowMapping) -> ParticipantView:
    known = countries().get(row["code"])
    differs = known is not None and known.genc is not None and known.iso is not None
    return ParticipantView(
        **{name: row[name] for name in _STORED},
        covered_as=covered_as(row["code"], row["region"], the_statute()),
        iso_name=known.iso if known is not None and differs else None,
        us_name=known.genc if known is not None and differs else None,
        note=known.note if known is not None else "",
        **law.labels_of_row(row),
    )
