"""What can be asked of briefings, congressional contacts and promises; each question as one reader may see."""

from datetime import date
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select
from sqlalchemy.orm import aliased

from pipir.features.congress import rules
from pipir.features.congress.tables import (
    Briefing,
    BriefingQuestion,
    CommitteeBriefing,
    CongressionalContact,
    Promise,
)
from pipir.features.law.queries import law_of
from pipir.features.notices.rules import Entry
from pipir.features.people.tables import Office, Person
from pipir.kernel.dated import Dated
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import BriefingId, BriefingQuestionId, CommitteeBriefingId, ContactId, PromiseId
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute.load import the_statute
from pipir.statute.model import Deadline, Statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page


class BriefingView(msgspec.Struct, frozen=True):
    """A briefing's package as shown; `statutory_day` is None for one that the law asks for no more, or never did."""

    id: int
    version: int
    title: str
    duty: str | None
    requested_by: str | None
    statutory_day: date | None
    citation: str | None
    office_id: int
    office: str
    briefer_role: str | None
    briefer_id: int | None
    briefer: str | None
    committees: int
    given: int
    first_day: date | None
    questions: int
    open_questions: int
    called_off_on: date | None
    called_off_because: str | None
    marking: str
    exercise: bool


class CommitteeBriefingView(msgspec.Struct, frozen=True):
    """One committee of a briefing as shown; `committee_name` is the slug's name, or the words it was entered under."""

    id: int
    version: int
    briefing_id: int
    briefing: str
    duty: str | None
    committee: str
    committee_name: str
    planned_on: date | None
    place: str | None
    given_on: date | None
    attendees: str | None
    reopened_because: str | None
    called_off: bool
    marking: str
    exercise: bool


class QuestionView(msgspec.Struct, frozen=True):
    """A question of a briefing as shown."""

    id: int
    version: int
    briefing_id: int
    briefing: str
    committee: str
    committee_name: str
    question: str
    due_on: date | None
    office_id: int
    office: str
    state: rules.State
    answered_on: date | None
    answer: str | None
    answering_office_id: int | None
    answering_office: str | None
    withdrawn_on: date | None
    withdrawn_because: str | None
    reopened_because: str | None
    marking: str
    exercise: bool


class ContactView(msgspec.Struct, frozen=True):
    """A congressional contact as shown; `asked_by` names the committee, the member's office, or both."""

    id: int
    version: int
    kind: str
    title: str
    asked: str
    committee: str | None
    member_office: str | None
    asked_by: str
    tasking_number: str | None
    received_on: date
    due_on: date | None
    office_id: int
    office: str
    status: str
    state: rules.State
    answered_on: date | None
    answer: str | None
    evidence: str | None
    withdrawn_on: date | None
    withdrawn_because: str | None
    released_on: date | None
    released_because: str | None
    reopened_because: str | None
    marking: str
    exercise: bool


class PromiseView(msgspec.Struct, frozen=True):
    """A promise as shown; `made_at` names its source and `href` leads there, where the reader may see it."""

    id: int
    version: int
    title: str
    words: str
    made_in: str
    report_year: int | None
    briefing_id: int | None
    contact_id: int | None
    source: str | None
    made_at: str
    href: str
    made_on: date
    due_on: date
    office_id: int
    office: str
    person_id: int | None
    person: str | None
    outcome: str
    state: rules.State
    kept_on: date | None
    evidence: str | None
    late_days: int | None
    late_statement: str | None
    late_stated_on: date | None
    late_stated_by: str | None
    dropped_on: date | None
    dropped_because: str | None
    told: str | None
    reopened_because: str | None
    marking: str
    exercise: bool


class Counts(msgspec.Struct, frozen=True):
    """The figures of the first page, of what the reader may see."""

    open_contacts: int
    past_suspense: int
    placed_holds: int
    open_questions: int
    owed_promises: int
    past_promises: int


V = TypeVar("V", bound=msgspec.Struct)
_Briefer = aliased(Person)
_Stater = aliased(Person)
_Answering = aliased(Office)
_FAR: Final = date.max

_given = func.coalesce(CommitteeBriefing.given_on, CommitteeBriefing.planned_on)
_first_day = (
    select(func.min(_given)).where(CommitteeBriefing.briefing_id == Briefing.id).correlate(Briefing).scalar_subquery()
)
_contact_from = func.coalesce(CongressionalContact.member_office, CongressionalContact.committee, "")

_BRIEFING_SORTS: Sorts = {
    "day": ((func.coalesce(_first_day, _FAR), date), (func.lower(Briefing.title), str)),
    "title": ((func.lower(Briefing.title), str),),
    "office": ((func.lower(Office.symbol), str), (func.lower(Briefing.title), str)),
}
_CONTACT_SORTS: Sorts = {
    "received": ((CongressionalContact.received_on, date),),
    "due": ((func.coalesce(CongressionalContact.due_on, _FAR), date), (CongressionalContact.received_on, date)),
    "title": ((func.lower(CongressionalContact.title), str),),
    "from": ((func.lower(_contact_from), str), (CongressionalContact.received_on, date)),
    "status": ((CongressionalContact.status, str), (CongressionalContact.received_on, date)),
}
_PROMISE_SORTS: Sorts = {
    "due": ((Promise.due_on, date),),
    "made": ((Promise.made_on, date),),
    "title": ((func.lower(Promise.title), str),),
    "office": ((func.lower(Office.symbol), str), (Promise.due_on, date)),
    "outcome": ((Promise.outcome, str), (Promise.due_on, date)),
}


async def list_briefings(
    session: ReadSession,
    reader: Reader,
    *,
    text_in: str | None = None,
    basis: str | None = None,
    state: str | None = None,
    sort: str = "day",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[BriefingView]:
    """Briefings; `basis` is statute or request, `state` pending (a committee still waits), given, or called off.

    Without a state those that were called off are left out.
    """
    statement = _briefings(reader)
    if text_in:
        statement = statement.where(
            or_(
                Briefing.title.icontains(text_in, autoescape=True),
                Briefing.requested_by.icontains(text_in, autoescape=True),
            )
        )
    if basis is not None:
        statement = statement.where(Briefing.duty.is_not(None) if basis == "statute" else Briefing.duty.is_(None))
    missing = select(CommitteeBriefing.id).where(
        CommitteeBriefing.briefing_id == Briefing.id, CommitteeBriefing.given_on.is_(None)
    )
    if state == "called off":
        statement = statement.where(Briefing.called_off_on.is_not(None))
    else:
        statement = statement.where(Briefing.called_off_on.is_(None))
    if state == "pending":
        statement = statement.where(or_(missing.exists(), _first_day.is_(None)))
    if state == "given":
        statement = statement.where(~missing.exists(), _first_day.is_not(None))
    statute = await law_of(session)
    return await list_page(
        session,
        statement,
        row_id=Briefing.id,
        sorts=_BRIEFING_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _briefing_view(row, statute),
    )


async def briefing(session: ReadSession, reader: Reader, briefing_id: BriefingId) -> BriefingView:
    """One briefing, or NotFound."""
    row = (await session.execute(_briefings(reader).where(Briefing.id == briefing_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no briefing with this number.")
    return _briefing_view(row, await law_of(session))


async def briefings_of_the_statute(
    session: ReadSession, reader: Reader
) -> tuple[tuple[Deadline, BriefingView | None], ...]:
    """Each briefing that the section asks for, by day, with its package where the reader finds one."""
    statute = await law_of(session)
    rows = (await session.execute(_briefings(reader).where(Briefing.duty.is_not(None)))).mappings()
    found = {row["duty"]: _briefing_view(row, statute) for row in rows}
    return tuple((each, found.get(each.slug)) for each in rules.briefing_deadlines(statute))


async def committees_of(
    session: ReadSession, reader: Reader, briefing_id: BriefingId
) -> tuple[CommitteeBriefingView, ...]:
    """The committees of a briefing, in the order in which they were entered."""
    statement = _committees(reader).where(CommitteeBriefing.briefing_id == briefing_id)
    rows = await session.execute(statement.order_by(CommitteeBriefing.id))
    return tuple(_committee_view(row) for row in rows.mappings())


async def committee_briefing(
    session: ReadSession, reader: Reader, committee_briefing_id: CommitteeBriefingId
) -> CommitteeBriefingView:
    """One committee of a briefing, or NotFound."""
    statement = _committees(reader).where(CommitteeBriefing.id == committee_briefing_id)
    row = (await session.execute(statement)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no committee of a briefing with this number.")
    return _committee_view(row)


async def questions_of(session: ReadSession, reader: Reader, briefing_id: BriefingId) -> tuple[QuestionView, ...]:
    """The questions taken in a briefing, in the order in which they were entered."""
    statement = _questions(reader).where(BriefingQuestion.briefing_id == briefing_id)
    rows = await session.execute(statement.order_by(BriefingQuestion.id))
    return tuple(_question_view(row, session.today) for row in rows.mappings())


async def question(session: ReadSession, reader: Reader, question_id: BriefingQuestionId) -> QuestionView:
    """One question of a briefing, or NotFound."""
    statement = _questions(reader).where(BriefingQuestion.id == question_id)
    row = (await session.execute(statement)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no question of a briefing with this number.")
    return _question_view(row, session.today)


async def list_contacts(
    session: ReadSession,
    reader: Reader,
    *,
    text_in: str | None = None,
    kind: str | None = None,
    status: str | None = None,
    office_id: int | None = None,
    pending: bool = False,
    overdue: bool = False,
    sort: str = "-received",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ContactView]:
    """Congressional contacts, the latest first; `pending`: not settled, `overdue`: past its suspense."""
    statement = _contacts(reader)
    if text_in:
        columns = (
            CongressionalContact.title,
            CongressionalContact.asked,
            CongressionalContact.member_office,
            CongressionalContact.tasking_number,
        )
        statement = statement.where(or_(*(each.icontains(text_in, autoescape=True) for each in columns)))
    if kind is not None:
        statement = statement.where(CongressionalContact.kind == kind)
    if status is not None:
        statement = statement.where(CongressionalContact.status == status)
    if office_id is not None:
        statement = statement.where(CongressionalContact.office_id == office_id)
    if pending:
        statement = statement.where(CongressionalContact.status.in_(rules.PENDING_CONTACT))
    if overdue:
        statement = statement.where(_past_suspense(session.today))
    return await list_page(
        session,
        statement,
        row_id=CongressionalContact.id,
        sorts=_CONTACT_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _contact_view(row, session.today),
    )


async def contact(session: ReadSession, reader: Reader, contact_id: ContactId) -> ContactView:
    """One congressional contact, or NotFound."""
    statement = _contacts(reader).where(CongressionalContact.id == contact_id)
    row = (await session.execute(statement)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no congressional contact with this number.")
    return _contact_view(row, session.today)


async def list_promises(
    session: ReadSession,
    reader: Reader,
    *,
    text_in: str | None = None,
    outcome: str | None = None,
    made_in: str | None = None,
    office_id: int | None = None,
    briefing_id: int | None = None,
    contact_id: int | None = None,
    owed: bool = False,
    past: bool = False,
    sort: str = "due",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[PromiseView]:
    """Promises, the earliest due first; `owed` leaves what is not settled, `past` what is owed and past its day."""
    statement = _promises(reader)
    if text_in:
        columns = (Promise.title, Promise.words, Promise.source)
        statement = statement.where(or_(*(each.icontains(text_in, autoescape=True) for each in columns)))
    if outcome is not None:
        statement = statement.where(Promise.outcome == outcome)
    if made_in is not None:
        statement = statement.where(Promise.made_in == made_in)
    if office_id is not None:
        statement = statement.where(Promise.office_id == office_id)
    # By the joined row: a source that the reader may not see finds nothing.
    if briefing_id is not None:
        statement = statement.where(Briefing.id == briefing_id)
    if contact_id is not None:
        statement = statement.where(CongressionalContact.id == contact_id)
    if owed:
        statement = statement.where(Promise.outcome.in_(rules.PENDING_PROMISE))
    if past:
        statement = statement.where(_past_promise(session.today))
    return await list_page(
        session,
        statement,
        row_id=Promise.id,
        sorts=_PROMISE_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _promise_view(row, session.today),
    )


async def promise(session: ReadSession, reader: Reader, promise_id: PromiseId) -> PromiseView:
    """One promise, or NotFound."""
    row = (await session.execute(_promises(reader).where(Promise.id == promise_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no promise with this number.")
    return _promise_view(row, session.today)


async def count(session: ReadSession, reader: Reader) -> Counts:
    """The figures of the first page."""
    contacts = (
        await session.execute(
            select(
                func.count().filter(CongressionalContact.status == "open"),
                func.count().filter(_past_suspense(session.today)),
                func.count().filter(CongressionalContact.status == "placed"),
            ).where(visible_to(reader, CongressionalContact))
        )
    ).one()
    questions = await session.scalar(
        select(func.count())
        .select_from(BriefingQuestion)
        .join(Briefing, Briefing.id == BriefingQuestion.briefing_id)
        .where(_is_open_question(), visible_to(reader, Briefing))
    )
    promises = (
        await session.execute(
            select(
                func.count().filter(Promise.outcome.in_(rules.PENDING_PROMISE)),
                func.count().filter(_past_promise(session.today)),
            ).where(visible_to(reader, Promise))
        )
    ).one()
    return Counts(*contacts, questions or 0, *promises)


async def entries(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """Everything with a day that was not called off, withdrawn or dropped, as a calendar shows it, settled or not."""
    found, provision = [], the_statute().provision(rules.PROVISION)
    planned = _committees(reader).where(CommitteeBriefing.planned_on.is_not(None), Briefing.called_off_on.is_(None))
    for row in (await session.execute(planned)).mappings():
        item = Dated(
            kind="briefing of a committee",
            slug=f"committee-briefing-{row['id']}",
            title=f"{row['briefing']}: {rules.committee_name(the_statute(), row['committee'])}",
            due_on=row["planned_on"],
            office_id=row["office_id"],
            person_id=row["briefer_id"],
            href=f"/congress/briefings/{row['briefing_id']}",
            citation=f"{provision.citation} ({provision.standing_label})" if row["duty"] is not None else "",
            marking=row["marking"],
            exercise=row["exercise"],
        )
        found.append(Entry(item, done_on=row["given_on"], sequence=row["version"]))
    questions = _questions(reader).where(BriefingQuestion.withdrawn_on.is_(None), BriefingQuestion.due_on.is_not(None))
    for row in (await session.execute(questions)).mappings():
        item = Dated(
            kind="question of a briefing",
            slug=f"briefing-question-{row['id']}",
            title=f"Answer to {rules.committee_name(the_statute(), row['committee'])}: {row['briefing']}",
            due_on=row["due_on"],
            office_id=row["office_id"],
            person_id=None,
            href=f"/congress/briefings/{row['briefing_id']}#questions",
            marking=row["marking"],
            exercise=row["exercise"],
        )
        found.append(Entry(item, done_on=row["answered_on"], sequence=row["version"]))
    contacts = _contacts(reader).where(
        CongressionalContact.status != "withdrawn", CongressionalContact.due_on.is_not(None)
    )
    for row in (await session.execute(contacts)).mappings():
        item = Dated(
            kind=row["kind"],
            slug=f"contact-{row['id']}",
            title=row["title"],
            due_on=row["due_on"],
            office_id=row["office_id"],
            person_id=None,
            href=f"/congress/contacts/{row['id']}",
            marking=row["marking"],
            exercise=row["exercise"],
        )
        found.append(Entry(item, done_on=row["answered_on"] or row["released_on"], sequence=row["version"]))
    promises = _promises(reader).where(Promise.outcome != "dropped")
    for row in (await session.execute(promises)).mappings():
        item = Dated(
            kind="promise to Congress",
            slug=f"promise-{row['id']}",
            title=row["title"],
            due_on=row["due_on"],
            office_id=row["office_id"],
            person_id=row["person_id"],
            href=f"/congress/promises/{row['id']}",
            marking=row["marking"],
            exercise=row["exercise"],
        )
        found.append(Entry(item, done_on=row["kept_on"], sequence=row["version"]))
    return tuple(sorted(found, key=lambda each: (each.dated.due_on, each.dated.slug)))


async def dated(session: ReadSession, reader: Reader) -> tuple[Dated, ...]:
    """Every open item with a due day: planned briefings, questions, contacts and promises, the earliest first."""
    return tuple(entry.dated for entry in await entries(session, reader) if entry.open)


def _is_open_question() -> ColumnElement[bool]:
    return and_(BriefingQuestion.answered_on.is_(None), BriefingQuestion.withdrawn_on.is_(None))


def _past_suspense(today: date) -> ColumnElement[bool]:
    return and_(
        CongressionalContact.status.in_(rules.PENDING_CONTACT),
        CongressionalContact.due_on < today,
    )


def _past_promise(today: date) -> ColumnElement[bool]:
    return and_(Promise.outcome.in_(rules.PENDING_PROMISE), Promise.due_on < today)


def _briefings(reader: Reader) -> AnySelect:
    rows = select(func.count()).select_from(CommitteeBriefing).where(CommitteeBriefing.briefing_id == Briefing.id)
    asked = select(func.count()).select_from(BriefingQuestion).where(BriefingQuestion.briefing_id == Briefing.id)
    return (
        select(
            Briefing.id,
            Briefing.version,
            Briefing.title,
            Briefing.duty,
            Briefing.requested_by,
            Briefing.office_id,
            Office.symbol.label("office"),
            Briefing.briefer_role,
            Briefing.briefer_id,
            _Briefer.name.label("briefer"),
            rows.correlate(Briefing).scalar_subquery().label("committees"),
            rows.where(CommitteeBriefing.given_on.is_not(None)).correlate(Briefing).scalar_subquery().label("given"),
            _first_day.label("first_day"),
            asked.correlate(Briefing).scalar_subquery().label("questions"),
            asked.where(_is_open_question()).correlate(Briefing).scalar_subquery().label("open_questions"),
            Briefing.called_off_on,
            Briefing.called_off_because,
            Briefing.marking,
            Briefing.exercise,
        )
        .join(Office, Office.id == Briefing.office_id)
        .outerjoin(_Briefer, _Briefer.id == Briefing.briefer_id)
        .where(visible_to(reader, Briefing))
    )


def _committees(reader: Reader) -> AnySelect:
    return (
        select(
            CommitteeBriefing.id,
            CommitteeBriefing.version,
            CommitteeBriefing.briefing_id,
            Briefing.title.label("briefing"),
            Briefing.duty,
            Briefing.office_id,
            Briefing.briefer_id,
            CommitteeBriefing.committee,
            CommitteeBriefing.planned_on,
            CommitteeBriefing.place,
            CommitteeBriefing.given_on,
            CommitteeBriefing.attendees,
            CommitteeBriefing.reopened_because,
            Briefing.called_off_on.is_not(None).label("called_off"),
            Briefing.marking,
            CommitteeBriefing.exercise,
        )
        .join(Briefing, Briefing.id == CommitteeBriefing.briefing_id)
        .where(visible_to(reader, Briefing))
    )


def _questions(reader: Reader) -> AnySelect:
    return (
        select(
            BriefingQuestion.id,
            BriefingQuestion.version,
            BriefingQuestion.briefing_id,
            Briefing.title.label("briefing"),
            BriefingQuestion.committee,
            BriefingQuestion.question,
            BriefingQuestion.due_on,
            BriefingQuestion.office_id,
            Office.symbol.label("office"),
            BriefingQuestion.answered_on,
            BriefingQuestion.answer,
            BriefingQuestion.answering_office_id,
            _Answering.symbol.label("answering_office"),
            BriefingQuestion.withdrawn_on,
            BriefingQuestion.withdrawn_because,
            BriefingQuestion.reopened_because,
            Briefing.marking,
            BriefingQuestion.exercise,
        )
        .join(Briefing, Briefing.id == BriefingQuestion.briefing_id)
        .join(Office, Office.id == BriefingQuestion.office_id)
        .outerjoin(_Answering, _Answering.id == BriefingQuestion.answering_office_id)
        .where(visible_to(reader, Briefing))
    )


def _contacts(reader: Reader) -> AnySelect:
    return (
        select(
            CongressionalContact.id,
            CongressionalContact.version,
            CongressionalContact.kind,
            CongressionalContact.title,
            CongressionalContact.asked,
            CongressionalContact.committee,
            CongressionalContact.member_office,
            CongressionalContact.tasking_number,
            CongressionalContact.received_on,
            CongressionalContact.due_on,
            CongressionalContact.office_id,
            Office.symbol.label("office"),
            CongressionalContact.status,
            CongressionalContact.answered_on,
            CongressionalContact.answer,
            CongressionalContact.evidence,
            CongressionalContact.withdrawn_on,
            CongressionalContact.withdrawn_because,
            CongressionalContact.released_on,
            CongressionalContact.released_because,
            CongressionalContact.reopened_because,
            CongressionalContact.marking,
            CongressionalContact.exercise,
        )
        .join(Office, Office.id == CongressionalContact.office_id)
        .where(visible_to(reader, CongressionalContact))
    )


def _promises(reader: Reader) -> AnySelect:
    return (
        select(
            Promise.id,
            Promise.version,
            Promise.title,
            Promise.words,
            Promise.made_in,
            Promise.report_year,
            # A source that the reader may not see is not told of by the promise either.
            Briefing.id.label("briefing_id"),
            Briefing.title.label("briefing"),
            CongressionalContact.id.label("contact_id"),
            CongressionalContact.title.label("contact"),
            Promise.source,
            Promise.made_on,
            Promise.due_on,
            Promise.office_id,
            Office.symbol.label("office"),
            Promise.person_id,
            Person.name.label("person"),
            Promise.outcome,
            Promise.kept_on,
            Promise.evidence,
            Promise.late_days,
            Promise.late_statement,
            Promise.late_stated_on,
            _Stater.name.label("late_stated_by"),
            Promise.dropped_on,
            Promise.dropped_because,
            Promise.told,
            Promise.reopened_because,
            Promise.marking,
            Promise.exercise,
        )
        .join(Office, Office.id == Promise.office_id)
        .outerjoin(Briefing, and_(Briefing.id == Promise.briefing_id, visible_to(reader, Briefing)))
        .outerjoin(
            CongressionalContact,
            and_(CongressionalContact.id == Promise.contact_id, visible_to(reader, CongressionalContact)),
        )
        .outerjoin(Person, Person.id == Promise.person_id)
        .outerjoin(_Stater, _Stater.id == Promise.late_stated_by_id)
        .where(visible_to(reader, Promise))
    )


def _briefing_view(row: RowMapping, statute: Statute) -> BriefingView:
    duty = rules.briefing_duty(statute, row["duty"])
    return _view(
        BriefingView,
        row,
        statutory_day=duty.statutory_day if duty is not None else None,
        citation=statute.citation(rules.PROVISION) if row["duty"] is not None else None,
    )


def _committee_view(row: RowMapping) -> CommitteeBriefingView:
    return _view(CommitteeBriefingView, row, committee_name=rules.committee_name(the_statute(), row["committee"]))


def _question_view(row: RowMapping, today: date) -> QuestionView:
    return _view(
        QuestionView,
        row,
        committee_name=rules.committee_name(the_statute(), row["committee"]),
        state=rules.question_state(row["answered_on"], row["withdrawn_on"], row["due_on"], today),
    )


def _contact_view(row: RowMapping, today: date) -> ContactView:
    committee = rules.committee_name(the_statute(), row["committee"]) if row["committee"] is not None else None
    return _view(
        ContactView,
        row,
        asked_by="; ".join(each for each in (row["member_office"], committee) if each is not None),
        state=rules.contact_state(row["status"], row["due_on"], today),
    )


def _promise_view(row: RowMapping, today: date) -> PromiseView:
    made_at, href = row["source"] or "a source that you may not see", ""
    if row["report_year"] is not None:
        made_at, href = f"Report of {row['report_year']}", f"/reports/{row['report_year']}"
    elif row["briefing_id"] is not None:
        made_at, href = row["briefing"], f"/congress/briefings/{row['briefing_id']}"
    elif row["contact_id"] is not None:
        made_at, href = row["contact"], f"/congress/contacts/{row['contact_id']}"
    return _view(
        PromiseView,
        row,
        made_at=made_at,
        href=href,
        state=rules.promise_state(row["outcome"], row["due_on"], row["late_days"], today),
    )


def _view(kind: type[V], row: RowMapping, **more: Any) -> V:
    return kind(**{name: more[name] if name in more else row[name] for name in kind.__struct_fields__})
