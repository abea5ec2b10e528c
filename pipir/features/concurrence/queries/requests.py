"""What can be asked of requests; each question is answered as one reader may see."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

import msgspec
from sqlalchemy import ColumnElement, RowMapping, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from pipir.features.concurrence import rules
from pipir.features.concurrence.queries.views import (
    AskedView,
    ConditionView,
    EscalationView,
    FormerAnswerView,
    RequestView,
    RoundView,
    SendBackView,
)
from pipir.features.concurrence.tables import (
    AskedId,
    ConcurrenceAnswer,
    ConcurrenceAsked,
    ConcurrenceCondition,
    ConcurrenceEscalation,
    ConcurrenceRequest,
    ConcurrenceRound,
    ConcurrenceSendBack,
    ConditionId,
    EscalationId,
    RequestId,
)
from pipir.features.people.tables import Office, Person
from pipir.kernel.calendar import show_day
from pipir.kernel.errors import NotFound
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, Page
from pipir.statute.lookup import working_days
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect, Sorts, list_page
from pipir.store.records import may_see

_Asker = aliased(Person)
_Decider = aliased(Person)
_Answerer = aliased(Person)
_OwnerOffice = aliased(Office)
_Closer = aliased(Person)
# The round in force; of a withdrawn request the last one.
_latest = (
    select(func.max(ConcurrenceRound.id))
    .where(
        ConcurrenceRound.request_id == ConcurrenceRequest.id,
        or_(ConcurrenceRound.ended_on.is_(None), ConcurrenceRound.ended == "withdrawn"),
    )
    .correlate(ConcurrenceRequest)
    .scalar_subquery()
)

SORTS: Sorts = {
    "due": ((ConcurrenceRound.due_on, date),),
    "asked": ((ConcurrenceRound.asked_on, date),),
    "title": ((func.lower(ConcurrenceRequest.title), str),),
    "act": ((ConcurrenceRequest.act, str), (func.lower(ConcurrenceRequest.title), str)),
    "state": ((ConcurrenceRequest.state, str), (ConcurrenceRound.due_on, date)),
}


def seen_by(reader: Reader) -> ColumnElement[bool]:
    """The predicate of releasability of a request: its own marking, and its subject as that may be read now."""
    subject = may_see(reader, ConcurrenceRequest.subject_kind, ConcurrenceRequest.subject_id)
    return and_(visible_to(reader, ConcurrenceRequest), or_(ConcurrenceRequest.subject_id.is_(None), subject))


async def list_requests(
    session: ReadSession,
    reader: Reader,
    *,
    text_in: str | None = None,
    states: Sequence[str] = (),
    act: str | None = None,
    asked_by: int | None = None,
    waits_for: Sequence[int] | None = None,
    sort: str = "due",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[RequestView]:
    """Requests by due day; `waits_for` leaves those that one of the offices has still to answer."""
    statement = _requests(reader)
    if text_in:
        columns = (ConcurrenceRequest.title, ConcurrenceRequest.question)
        statement = statement.where(or_(*(each.icontains(text_in, autoescape=True) for each in columns)))
    if states:
        statement = statement.where(ConcurrenceRequest.state.in_(states))
    if act is not None:
        statement = statement.where(ConcurrenceRequest.act == act)
    if asked_by is not None:
        statement = statement.where(ConcurrenceRequest.asked_by_id == asked_by)
    if waits_for is not None:
        unanswered = (
            select(ConcurrenceAsked.id)
            .where(
                ConcurrenceAsked.round_id == ConcurrenceRound.id,
                ConcurrenceAsked.office_id.in_(waits_for),
                ~_is_answered(),
            )
            .correlate(ConcurrenceRound)
            .exists()
        )
        statement = statement.where(ConcurrenceRequest.state == "open", unanswered)
    found = await list_page(
        session,
        statement,
        row_id=ConcurrenceRequest.id,
        sorts=SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: row,
    )
    views = await _views(session, found.items)
    return Page(
        items=views,
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        total=found.total,
    )


async def request(session: ReadSession, reader: Reader, request_id: RequestId) -> RequestView:
    """One request, or NotFound."""
    rows = (await session.execute(_requests(reader).where(ConcurrenceRequest.id == request_id))).mappings().all()
    if not rows:
        raise NotFound("There is no request for coordination with this number.")
    return (await _views(session, rows))[0]


async def agreed(
    session: ReadSession, reader: Reader, request_id: int, act: str, kind: str, number: int | None
) -> RequestView:
    """The request that an act's form is filled from, or NotFound where it is about another act or record."""
    view = await request(session, reader, RequestId(request_id))
    if (view.act, view.subject_kind, view.subject_id) != (act, kind, number):
        raise NotFound("There is no request for coordination with this number.")
    return view


async def requests_by_id(session: ReadSession, reader: Reader, ids: Sequence[int]) -> dict[int, RequestView]:
    """Those of the requests that the reader may see, by number."""
    rows = (await session.execute(_requests(reader).where(ConcurrenceRequest.id.in_(ids)))).mappings().all()
    return {view.id: view for view in await _views(session, rows)}


async def of_record(session: ReadSession, reader: Reader, kind: str, key: int) -> tuple[RequestView, ...]:
    """Every request about one record, the latest first."""
    rows = await session.execute(
        _requests(reader)
        .where(ConcurrenceRequest.subject_kind == kind, ConcurrenceRequest.subject_id == key)
        .order_by(ConcurrenceRequest.id.desc())
    )
    return await _views(session, rows.mappings().all())


async def rounds_of(session: ReadSession, reader: Reader, request_id: RequestId) -> tuple[RoundView, ...]:
    """Every round of a request, the latest first, with what was answered in it."""
    await request(session, reader, request_id)
    rounds = (
        await session.scalars(
            select(ConcurrenceRound)
            .where(ConcurrenceRound.request_id == request_id)
            .order_by(ConcurrenceRound.number.desc())
        )
    ).all()
    asked = await asked_in(session, [each.id for each in rounds])
    former: dict[int, list[FormerAnswerView]] = {}
    for round_id, *said in await session.execute(
        select(
            ConcurrenceAnswer.round_id,
            Office.symbol,
            ConcurrenceAnswer.answer,
            ConcurrenceAnswer.comment,
            ConcurrenceAnswer.answered_on,
            Person.name,
            ConcurrenceAnswer.replaced_on,
        )
        .join(ConcurrenceAsked, ConcurrenceAsked.id == ConcurrenceAnswer.asked_id)
        .join(Office, Office.id == ConcurrenceAsked.office_id)
        .join(Person, Person.id == ConcurrenceAnswer.answered_by_id)
        .where(ConcurrenceAnswer.request_id == request_id, ConcurrenceAnswer.replaced_on.is_not(None))
        .order_by(ConcurrenceAnswer.id)
    ):
        former.setdefault(round_id, []).append(FormerAnswerView(*said))  # type: ignore[arg-type]
    back = await sent_back_in(session, [each.id for each in rounds])
    return tuple(
        RoundView(
            id=each.id,
            number=each.number,
            began=each.began,
            because=each.because,
            asked_on=each.asked_on,
            due_on=each.due_on,
            value_before=each.value_before,
            value_after=each.value_after,
            value_hash=each.value_hash,
            settled=each.settled,
            settled_on=each.settled_on,
            used_on=each.used_on,
            ended=each.ended,
            ended_on=each.ended_on,
            offices=asked.get(each.id, ()),
            former=tuple(former.get(each.id, ())),
            sent_back=back.get(each.id, ()),
        )
        for each in rounds
    )


async def sent_back_in(session: ReadSession, rounds: Sequence[int]) -> dict[int, tuple[SendBackView, ...]]:
    """What was sent back in each of the rounds."""
    found: dict[int, tuple[SendBackView, ...]] = {}
    for round_id, office, fields, reasons, note, sent_on, sent_by in await session.execute(
        select(
            ConcurrenceSendBack.round_id,
            Office.symbol,
            ConcurrenceSendBack.fields,
            ConcurrenceSendBack.reasons,
            ConcurrenceSendBack.note,
            ConcurrenceSendBack.sent_on,
            Person.name,
        )
        .join(Office, Office.id == ConcurrenceSendBack.office_id)
        .join(Person, Person.id == ConcurrenceSendBack.sent_by_id)
        .where(ConcurrenceSendBack.round_id.in_(rounds))
        .order_by(ConcurrenceSendBack.id)
    ):
        titles = [rules.REASONS[each].title if each in rules.REASONS else each for each in reasons]
        view = SendBackView(office, list(fields), titles, note, sent_on, sent_by)
        found[round_id] = (*found.get(round_id, ()), view)
    return found


async def asked(session: ReadSession, reader: Reader, asked_id: AskedId) -> tuple[RequestView, AskedView]:
    """One office as asked, with its request as it stands now, or NotFound."""
    asked_here = select(ConcurrenceAsked.request_id, ConcurrenceAsked.round_id).where(ConcurrenceAsked.id == asked_id)
    return await _asked_by(
        session, reader, asked_here, "There is no office asked under this number.", asked_id=asked_id
    )


async def escalation(session: ReadSession, reader: Reader, number: EscalationId) -> tuple[RequestView, AskedView]:
    """The office whose non-concurrence was escalated under a number, with its request, or NotFound."""
    escalated = (
        select(ConcurrenceAnswer.request_id, ConcurrenceAnswer.round_id)
        .join(ConcurrenceEscalation, ConcurrenceEscalation.answer_id == ConcurrenceAnswer.id)
        .where(ConcurrenceEscalation.id == number, ConcurrenceAnswer.replaced_on.is_(None))
    )
    return await _asked_by(session, reader, escalated, "There is no escalation with this number.", escalation_id=number)


async def _asked_by(
    session: ReadSession,
    reader: Reader,
    statement: Select[int, int],
    missing: str,
    *,
    asked_id: int | None = None,
    escalation_id: int | None = None,
) -> tuple[RequestView, AskedView]:
    """What stands behind a number; one that is hidden is told of in the same words as one that is not there."""
    row = (await session.execute(statement)).one_or_none()
    requests = await requests_by_id(session, reader, [row.request_id] if row else [])
    if row is None or row.request_id not in requests:
        raise NotFound(missing)
    for each in (await asked_in(session, [row.round_id]))[row.round_id]:
        if asked_id == each.id or (each.escalation is not None and each.escalation.id == escalation_id):
            return requests[row.request_id], each
    raise NotFound(missing)


async def asked_in(session: ReadSession, rounds: Sequence[int]) -> dict[int, tuple[AskedView, ...]]:
    """The offices asked in each of the rounds, by role and symbol."""
    first = (
        select(func.min(ConcurrenceAnswer.answered_on))
        .where(ConcurrenceAnswer.asked_id == ConcurrenceAsked.id)
        .correlate(ConcurrenceAsked)
        .scalar_subquery()
    )
    statement: AnySelect = (
        select(
            ConcurrenceAsked,
            ConcurrenceRound,
            ConcurrenceAnswer,
            ConcurrenceEscalation,
            Office.symbol,
            _Answerer.name.label("answered_by"),
            _Decider.name.label("decider"),
            first.label("first"),
        )
        .join(ConcurrenceRound, ConcurrenceRound.id == ConcurrenceAsked.round_id)
        .join(Office, Office.id == ConcurrenceAsked.office_id)
        .outerjoin(
            ConcurrenceAnswer,
            and_(ConcurrenceAnswer.asked_id == ConcurrenceAsked.id, ConcurrenceAnswer.replaced_on.is_(None)),
        )
        .outerjoin(_Answerer, _Answerer.id == ConcurrenceAnswer.answered_by_id)
        .outerjoin(ConcurrenceEscalation, ConcurrenceEscalation.answer_id == ConcurrenceAnswer.id)
        .outerjoin(_Decider, _Decider.id == ConcurrenceEscalation.decider_id)
        .where(ConcurrenceAsked.round_id.in_(rounds))
        .order_by(func.lower(Office.symbol), ConcurrenceAsked.id)
    )
    found: dict[int, tuple[AskedView, ...]] = {}
    for row in await session.execute(statement):
        view = _asked_view(*row, today=session.today)
        found[view.round_id] = (*found.get(view.round_id, ()), view)
    strength = rules.STRENGTH
    return {number: tuple(sorted(views, key=lambda each: -strength[each.role])) for number, views in found.items()}


async def conditions_of(session: ReadSession, reader: Reader, request_id: RequestId) -> tuple[ConditionView, ...]:
    """The conditions of a request by day, those of former rounds with them."""
    return await _conditions(session, reader, _condition_rows(reader).where(ConcurrenceRequest.id == request_id))


async def open_conditions(
    session: ReadSession, reader: Reader, *, person_id: int | None = None, offices: Sequence[int] = ()
) -> tuple[ConditionView, ...]:
    """The open conditions of concurrences in force; with a person, those of the person and of the offices."""
    statement = _in_force(reader, "open")
    if person_id is not None:
        statement = statement.where(
            or_(
                ConcurrenceCondition.owner_person_id == person_id,
                ConcurrenceCondition.owner_office_id.in_(offices),
            )
        )
    return await _conditions(session, reader, statement)


async def conditions_in_force(
    session: ReadSession, reader: Reader, state: rules.ConditionState
) -> tuple[ConditionView, ...]:
    """The conditions in a state of concurrences that still count, by day."""
    return await _conditions(session, reader, _in_force(reader, state))


async def condition(session: ReadSession, reader: Reader, condition_id: ConditionId) -> ConditionView:
    """One condition, or NotFound."""
    found = await _conditions(session, reader, _condition_rows(reader).where(ConcurrenceCondition.id == condition_id))
    if not found:
        raise NotFound("There is no condition with this number.")
    return found[0]


def facts(offices: Sequence[AskedView]) -> tuple[rules.Asked, ...]:
    """The offices as the rules judge them."""
    return tuple(
        rules.Asked(
            each.office,
            each.role,
            cast("rules.AnswerKind | None", each.answer),
            cast("rules.DecisionKind | None", each.escalation.decision if each.escalation else None),
        )
        for each in offices
    )


def _is_answered() -> ColumnElement[bool]:
    return (
        select(ConcurrenceAnswer.id)
        .where(ConcurrenceAnswer.asked_id == ConcurrenceAsked.id, ConcurrenceAnswer.replaced_on.is_(None))
        .correlate(ConcurrenceAsked)
        .exists()
    )


def _requests(reader: Reader) -> AnySelect:
    return (
        select(
            *(
                getattr(ConcurrenceRequest, name)
                for name in (
                    "id", "version", "subject_kind", "subject_id", "title", "subject_href", "act", "question",
                    "provision", "asked_by_id", "office_id", "decider_id", "state", "state_since", "state_because",
                    "marking", "exercise",
                )
            ),
            ConcurrenceRound.id.label("round_id"),
            ConcurrenceRound.number.label("round"),
            ConcurrenceRound.began,
            ConcurrenceRound.asked_on,
            ConcurrenceRound.due_on,
            ConcurrenceRound.value_before,
            ConcurrenceRound.value_after,
            ConcurrenceRound.value_hash,
            ConcurrenceRound.typed,
            ConcurrenceRound.used_on,
            Office.symbol.label("office"),
            _Asker.name.label("asked_by"),
            _Decider.name.label("decider"),
        )
        .join(ConcurrenceRound, ConcurrenceRound.id == _latest)
        .join(Office, Office.id == ConcurrenceRequest.office_id)
        .join(_Asker, _Asker.id == ConcurrenceRequest.asked_by_id)
        .outerjoin(_Decider, _Decider.id == ConcurrenceRequest.decider_id)
        .where(seen_by(reader))
    )  # fmt: skip


async def _views(session: ReadSession, rows: Sequence[RowMapping]) -> tuple[RequestView, ...]:
    asked = await asked_in(session, [row["round_id"] for row in rows]) if rows else {}
    return tuple(_view(row, asked.get(row["round_id"], ()), session.today) for row in rows)


def _view(row: RowMapping, offices: tuple[AskedView, ...], today: date) -> RequestView:
    found = rules.outcome(facts(offices), due_on=row["due_on"], today=today)
    known = rules.ACTS.get(row["act"])
    values: Mapping[str, object] = {
        "act_title": known.title if known else row["act"],
        "days_past_due": max((today - row["due_on"]).days, 0) if row["state"] == "open" else 0,
        "offices": offices,
        "allowed": found.allowed
        and row["state"] in ("open", "agreed")
        and row["used_on"] is None
        and rules.is_as_asked(row["value_after"], row["value_hash"]),
        "says": _says(row, found),
        "missing": found.missing if row["state"] in ("open", "refused") else (),
    }
    return msgspec.convert(
        {**{name: row[name] for name in RequestView.__struct_fields__ if name not in values}, **values}, RequestView
    )


def _says(row: RowMapping, found: rules.Outcome) -> str:
    if row["state"] == "withdrawn":
        return "Withdrawn; nothing is asked any more."
    if row["used_on"] is not None:
        return (
            f"The act was done on {show_day(row['used_on'])}. An agreement is to one act; the next one is asked anew."
        )
    if row["state"] == "sent back":
        return "Sent back to the asking office, which revises it; no answer counts until then."
    if not rules.is_as_asked(row["value_after"], row["value_hash"]):
        return rules.REMOVED
    return found.says


def _asked_view(
    asked: ConcurrenceAsked,
    round_: ConcurrenceRound,
    answer: ConcurrenceAnswer | None,
    escalation: ConcurrenceEscalation | None,
    symbol: str,
    answered_by: str | None,
    decider: str | None,
    first: date | None,
    *,
    today: date,
) -> AskedView:
    until = max(first or round_.ended_on or round_.settled_on or today, round_.asked_on)
    return AskedView(
        id=asked.id,
        request_id=asked.request_id,
        round_id=asked.round_id,
        office_id=asked.office_id,
        office=symbol,
        role=asked.role,  # type: ignore[arg-type]
        citation=asked.citation,
        standing=asked.standing,
        answer=answer.answer if answer else None,
        comment=answer.comment if answer else None,
        answered_on=answer.answered_on if answer else None,
        answered_by=answered_by,
        answered_by_id=answer.answered_by_id if answer else None,
        days=(until - round_.asked_on).days,
        working_days=working_days(round_.asked_on, until),
        no_answer=answer is None and round_.due_on < (round_.ended_on or today),
        escalation=EscalationView(
            escalation.id,
            escalation.version,
            escalation.decider_id,
            decider,
            escalation.escalated_on,
            escalation.decision,
            escalation.reason,
            escalation.decided_on,
        )
        if escalation
        else None,
        exercise=asked.exercise,
    )


def _in_force(reader: Reader, state: rules.ConditionState) -> AnySelect:
    return _condition_rows(reader).where(
        ConcurrenceCondition.state == state,
        ConcurrenceRound.ended_on.is_(None),
        ConcurrenceAnswer.replaced_on.is_(None),
        ConcurrenceRequest.state != "withdrawn",
    )


def _condition_rows(reader: Reader) -> AnySelect:
    return (
        select(
            ConcurrenceCondition,
            ConcurrenceRequest.title.label("request"),
            ConcurrenceRequest.marking,
            Office.symbol,
            Office.id.label("office_id"),
            _OwnerOffice.symbol.label("owner_office"),
            Person.name.label("owner_person"),
            _Closer.name.label("closed_by"),
            and_(ConcurrenceRound.ended_on.is_(None), ConcurrenceAnswer.replaced_on.is_(None)).label("in_force"),
        )
        .join(ConcurrenceRequest, ConcurrenceRequest.id == ConcurrenceCondition.request_id)
        .join(ConcurrenceAnswer, ConcurrenceAnswer.id == ConcurrenceCondition.answer_id)
        .join(ConcurrenceAsked, ConcurrenceAsked.id == ConcurrenceAnswer.asked_id)
        .join(ConcurrenceRound, ConcurrenceRound.id == ConcurrenceAnswer.round_id)
        .join(Office, Office.id == ConcurrenceAsked.office_id)
        .outerjoin(_OwnerOffice, _OwnerOffice.id == ConcurrenceCondition.owner_office_id)
        .outerjoin(Person, Person.id == ConcurrenceCondition.owner_person_id)
        .outerjoin(_Closer, _Closer.id == ConcurrenceCondition.closed_by_id)
        .where(seen_by(reader))
    )


async def _conditions(session: ReadSession, reader: Reader, statement: AnySelect) -> tuple[ConditionView, ...]:
    rows = await session.execute(statement.order_by(ConcurrenceCondition.due_on, ConcurrenceCondition.id))
    return tuple(
        ConditionView(
            id=row.ConcurrenceCondition.id,
            version=row.ConcurrenceCondition.version,
            request_id=row.ConcurrenceCondition.request_id,
            title=row.ConcurrenceCondition.title,
            request=row.request,
            office=row.symbol,
            office_id=row.office_id,
            owner=row.owner_person or row.owner_office or "",
            owner_office_id=row.ConcurrenceCondition.owner_office_id,
            owner_person_id=row.ConcurrenceCondition.owner_person_id,
            due_on=row.ConcurrenceCondition.due_on,
            state=row.ConcurrenceCondition.state,
            overdue=row.ConcurrenceCondition.state == "open" and row.ConcurrenceCondition.due_on < session.today,
            closed_on=row.ConcurrenceCondition.closed_on,
            closed_by=row.closed_by,
            evidence=row.ConcurrenceCondition.evidence,
            waived_because=row.ConcurrenceCondition.waived_because,
            in_force=row.in_force,
            marking=row.marking,
            exercise=row.ConcurrenceCondition.exercise,
        )
        for row in rows
    )
