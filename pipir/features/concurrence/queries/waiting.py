"""What waits for whom, by which day, and how long each office takes."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select

from pipir.features.concurrence import rules
from pipir.features.concurrence.queries.requests import (
    asked_in,
    conditions_in_force,
    open_conditions,
    requests_by_id,
    seen_by,
    sent_back_in,
)
from pipir.features.concurrence.queries.views import (
    AskedView,
    ConditionView,
    OfficeDays,
    RequestView,
    SentBack,
    ToAnswer,
    WaitingFor,
)
from pipir.features.concurrence.tables import (
    ConcurrenceAnswer,
    ConcurrenceAsked,
    ConcurrenceCondition,
    ConcurrenceEscalation,
    ConcurrenceRequest,
    ConcurrenceRound,
)
from pipir.features.notices.rules import Entry
from pipir.features.people.queries import answered_for, may_answer_for
from pipir.features.people.tables import Person
from pipir.kernel.access import Caller
from pipir.kernel.dated import Dated
from pipir.kernel.marking import Reader
from pipir.store.doors import ReadSession

_KIND = "Coordination"


async def waiting_for(session: ReadSession, caller: Caller) -> WaitingFor:
    """All of coordination that waits for a person: answers of their offices, decisions, what came back, conditions."""
    live = await _live(session, caller.reader)
    offices = await offices_of(session, caller.id, live)
    answers = [
        ToAnswer(request, asked)
        for request in live
        for asked in request.offices
        if awaits_answer(request, asked) and asked.office_id in offices and request.asked_by_id != caller.id
    ]
    decisions = [
        ToAnswer(request, asked)
        for request in live
        for asked in request.offices
        if request.state == "open"
        and (way := asked.escalation)
        and way.decision is None
        and way.decider_id == caller.id
    ]
    gone = await _gone(session, live)
    mine = [
        each
        for each in live
        if each.state == "sent back"
        and (
            each.asked_by_id == caller.id
            or (each.asked_by_id in gone and await may_answer_for(session, caller.id, each.office_id))
        )
    ]
    rounds = {each.id: each.offices[0].round_id for each in mine if each.offices}
    back = await sent_back_in(session, list(rounds.values())) if rounds else {}
    conditions = [
        each
        for each in await open_conditions(session, caller.reader)
        if each.owner_person_id == caller.id
        or (each.owner_office_id is not None and await may_answer_for(session, caller.id, each.owner_office_id))
    ]
    ready = (await session.scalars(_ready(caller))).all()
    agreed = (await requests_by_id(session, caller.reader, list(ready))).values() if ready else ()
    may_answer, may_decide = caller.may("concurrence.answer"), caller.may("concurrence.decide")
    return WaitingFor(
        tuple(answers) if may_answer else (),
        tuple(decisions) if may_decide else (),
        tuple(SentBack(each, back.get(rounds.get(each.id, 0), ())) for each in mine),
        tuple(conditions) if may_answer else (),
        tuple(sorted(agreed, key=lambda each: (each.state_since, each.id))),
    )


async def count_waiting(session: ReadSession, caller: Caller) -> int:
    """How much of `waiting_for` there is, in one statement."""
    mine = answered_for(caller.id, session.today)
    in_force = and_(
        ConcurrenceRound.ended_on.is_(None), ConcurrenceRequest.state != "withdrawn", seen_by(caller.reader)
    )
    answered = exists().where(
        ConcurrenceAnswer.asked_id == ConcurrenceAsked.id, ConcurrenceAnswer.replaced_on.is_(None)
    )
    of_round = select(func.count()).join(ConcurrenceRequest, ConcurrenceRequest.id == ConcurrenceRound.request_id)
    parts = [
        of_round.select_from(ConcurrenceRound).where(
            in_force,
            ConcurrenceRequest.state == "sent back",
            or_(
                ConcurrenceRequest.asked_by_id == caller.id,
                and_(
                    ConcurrenceRequest.office_id.in_(mine),
                    ConcurrenceRequest.asked_by_id.in_(select(Person.id).where(Person.until < session.today)),
                ),
            ),
        ),
        select(func.count()).select_from(_ready(caller).subquery()),
    ]
    if caller.may("concurrence.answer"):
        of_answer = (
            select(func.count())
            .select_from(ConcurrenceCondition)
            .join(ConcurrenceAnswer, ConcurrenceAnswer.id == ConcurrenceCondition.answer_id)
            .join(ConcurrenceRound, ConcurrenceRound.id == ConcurrenceAnswer.round_id)
            .join(ConcurrenceRequest, ConcurrenceRequest.id == ConcurrenceRound.request_id)
        )
        parts += [
            select(func.count())
            .select_from(ConcurrenceAsked)
            .join(ConcurrenceRound, ConcurrenceRound.id == ConcurrenceAsked.round_id)
            .join(ConcurrenceRequest, ConcurrenceRequest.id == ConcurrenceRound.request_id)
            .where(
                in_force,
                ConcurrenceAsked.office_id.in_(mine),
                ConcurrenceRequest.asked_by_id != caller.id,
                ~answered,
                or_(
                    ConcurrenceRequest.state == "open",
                    and_(ConcurrenceAsked.role == "be-notified", ConcurrenceRequest.state.in_(rules.SETTLED)),
                ),
            ),
            of_answer.where(
                in_force,
                ConcurrenceCondition.state == "open",
                ConcurrenceAnswer.replaced_on.is_(None),
                or_(
                    ConcurrenceCondition.owner_person_id == caller.id,
                    ConcurrenceCondition.owner_office_id.in_(mine),
                ),
            ),
        ]
    if caller.may("concurrence.decide"):
        parts.append(
            select(func.count())
            .select_from(ConcurrenceEscalation)
            .join(ConcurrenceAnswer, ConcurrenceAnswer.id == ConcurrenceEscalation.answer_id)
            .join(ConcurrenceRound, ConcurrenceRound.id == ConcurrenceAnswer.round_id)
            .join(ConcurrenceRequest, ConcurrenceRequest.id == ConcurrenceRound.request_id)
            .where(
                in_force,
                ConcurrenceRequest.state == "open",
                ConcurrenceAnswer.replaced_on.is_(None),
                ConcurrenceEscalation.decision.is_(None),
                ConcurrenceEscalation.decider_id == caller.id,
            )
        )
    return sum((await session.execute(select(*(each.scalar_subquery() for each in parts)))).one())


def _ready(caller: Caller) -> Select[int]:
    """The requests of a person that are agreed to, whose act is still to be done, and in a form of this service."""
    here = [each for each in rules.ACTS.values() if each.form and caller.may(each.permission)]
    return (
        select(ConcurrenceRequest.id)
        .join(ConcurrenceRound, ConcurrenceRound.request_id == ConcurrenceRequest.id)
        .where(
            seen_by(caller.reader),
            ConcurrenceRequest.asked_by_id == caller.id,
            ConcurrenceRequest.state == "agreed",
            ConcurrenceRound.ended_on.is_(None),
            ConcurrenceRound.used_on.is_(None),
            or_(
                and_(
                    ConcurrenceRequest.subject_id.is_(None),
                    ConcurrenceRequest.act.in_([each.slug for each in here if each.new]),
                ),
                and_(
                    ConcurrenceRequest.subject_id.is_not(None),
                    ConcurrenceRequest.act.in_([each.slug for each in here]),
                    ConcurrenceRequest.subject_href.regexp_match(f"^{rules.RECORD_PAGE.pattern}$"),
                ),
            ),
        )
    )


async def offices_of(
    session: ReadSession, person_id: int, live: tuple[RequestView, ...] | None = None
) -> frozenset[int]:
    """The offices with something to answer that a person speaks for."""
    found = live if live is not None else await _live(session, None)
    every = {asked.office_id for request in found for asked in request.offices}
    return frozenset([each for each in sorted(every) if await may_answer_for(session, person_id, each)])


def awaits_answer(request: RequestView, asked: AskedView) -> bool:
    """Whether an office is still to be heard; who is notified only may acknowledge what was settled without it."""
    states = ("open", *rules.SETTLED) if asked.role == "be-notified" else ("open",)
    return asked.answer is None and request.state in states


async def dated(session: ReadSession, reader: Reader) -> tuple[Dated, ...]:
    """What coordination asks of somebody by a day: answers, decisions, revisions, conditions."""
    found: list[Dated] = []
    live = await _live(session, reader)
    gone = await _gone(session, live)
    for request in live:
        for asked in request.offices:
            way = asked.escalation
            if awaits_answer(request, asked):
                verb = "Acknowledge" if asked.role == "be-notified" else "Answer"
                found.append(
                    _dated(request, f"coordination-{asked.id}", verb, office=asked.office_id, citation=asked.citation)
                )
            elif request.state == "open" and way is not None and way.decision is None:
                verb = "Decide" if way.decider_id else "Name who decides"
                office = None if way.decider_id else request.office_id
                found.append(_dated(request, f"escalation-{way.id}", verb, office=office, person=way.decider_id))
        if request.state == "sent back":
            office, person = (request.office_id, None) if request.asked_by_id in gone else (None, request.asked_by_id)
            found.append(_dated(request, f"sent-back-{request.id}", "Revise", office=office, person=person))
    found += [_of_condition(each) for each in await open_conditions(session, reader)]
    return tuple(sorted(found, key=lambda each: (each.due_on, each.slug)))


async def entries(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """What coordination asks by a day as a calendar shows it: what was answered, decided or met stays, as done."""
    found = [Entry(each) for each in await dated(session, reader)]
    names = (
        ConcurrenceRequest.id, ConcurrenceRequest.title, ConcurrenceRequest.marking, ConcurrenceRequest.exercise,
        ConcurrenceRound.due_on,
    )  # fmt: skip
    in_force = and_(
        seen_by(reader),
        ConcurrenceRequest.state != "withdrawn",
        ConcurrenceRound.ended_on.is_(None),
        ConcurrenceAnswer.replaced_on.is_(None),
    )
    answers = (
        select(
            *names,
            ConcurrenceAsked.id.label("number"),
            ConcurrenceAsked.role,
            ConcurrenceAsked.office_id,
            ConcurrenceAsked.citation,
            ConcurrenceAnswer.answered_on,
            ConcurrenceAnswer.version.label("sequence"),
            ConcurrenceEscalation.id.label("escalation"),
            ConcurrenceEscalation.decider_id,
            ConcurrenceEscalation.decided_on,
            ConcurrenceEscalation.version.label("decisions"),
        )
        .join(ConcurrenceRound, ConcurrenceRound.request_id == ConcurrenceRequest.id)
        .join(ConcurrenceAsked, ConcurrenceAsked.round_id == ConcurrenceRound.id)
        .join(ConcurrenceAnswer, ConcurrenceAnswer.asked_id == ConcurrenceAsked.id)
        .outerjoin(ConcurrenceEscalation, ConcurrenceEscalation.answer_id == ConcurrenceAnswer.id)
        .where(in_force)
    )
    for row in await session.execute(answers):
        verb = "Acknowledge" if row.role == "be-notified" else "Answer"
        item = _dated(row, f"coordination-{row.number}", verb, office=row.office_id, citation=row.citation)
        found.append(Entry(item, done_on=row.answered_on, sequence=row.sequence))
        if row.decided_on is not None:
            item = _dated(row, f"escalation-{row.escalation}", "Decide", person=row.decider_id)
            found.append(Entry(item, done_on=row.decided_on, sequence=row.decisions))
    found += [
        Entry(_of_condition(each), done_on=each.closed_on, sequence=each.version)
        for each in await conditions_in_force(session, reader, "met")
    ]
    return tuple(sorted(found, key=lambda each: (each.dated.due_on, each.dated.slug)))


async def days_by_office(session: ReadSession, reader: Reader) -> tuple[OfficeDays, ...]:
    """How long each office takes, of the requests that the reader may see; by symbol."""
    rows = (
        await session.execute(
            select(ConcurrenceRound.id, ConcurrenceRound.ended_on, ConcurrenceRequest.state)
            .join(ConcurrenceRequest, ConcurrenceRequest.id == ConcurrenceRound.request_id)
            .where(seen_by(reader))
        )
    ).all()
    asked = await asked_in(session, [row.id for row in rows])
    by_office: dict[int, list[tuple[AskedView, bool]]] = {}
    for row in rows:
        for each in asked.get(row.id, ()):
            if each.role != "be-notified":
                by_office.setdefault(each.office_id, []).append((each, row.ended_on is None and row.state == "open"))
    return tuple(sorted((_days(every) for every in by_office.values()), key=lambda each: each.office.lower()))


def _of_condition(each: ConditionView) -> Dated:
    return Dated(
        "Condition",
        f"condition-{each.id}",
        each.title,
        each.due_on,
        each.owner_office_id,
        each.owner_person_id,
        f"/concurrence/{each.request_id}#conditions",
        "",
        each.marking,
        each.exercise,
    )


def _dated(
    request: Any,
    slug: str,
    verb: str,
    *,
    office: int | None = None,
    person: int | None = None,
    citation: str = "",
) -> Dated:
    return Dated(
        kind=_KIND,
        slug=slug,
        title=f"{verb}: {request.title}",
        due_on=request.due_on,
        office_id=office,
        person_id=person,
        href=f"/concurrence/{request.id}",
        citation=citation,
        marking=request.marking,
        exercise=request.exercise,
    )


def _days(every: list[tuple[AskedView, bool]]) -> OfficeDays:
    answered = [each for each, _ in every if each.answer is not None]
    waiting = [each for each, open_ in every if each.answer is None and open_]
    days, working = [each.days for each in answered], [each.working_days for each in answered]
    first = every[0][0]
    return OfficeDays(
        office_id=first.office_id,
        office=first.office,
        asked=len(every),
        answered=len(answered),
        median_days=rules.median(days),
        longest_days=max(days, default=None),
        median_working_days=rules.median(working),
        longest_working_days=max(working, default=None),
        waiting=len(waiting),
        waiting_days=max((each.days for each in waiting), default=None),
        past_due=sum(each.no_answer for each in waiting),
    )


async def _gone(session: ReadSession, requests: Iterable[RequestView]) -> frozenset[int]:
    """Of those who ask, who is here no more: what waits for them waits for their office."""
    asking = {each.asked_by_id for each in requests}
    return frozenset(
        await session.scalars(select(Person.id).where(Person.id.in_(asking), Person.until < session.today))
    )


async def _live(session: ReadSession, reader: Reader | None) -> tuple[RequestView, ...]:
    """The requests that wait for somebody, by day; settled ones where somebody has still to acknowledge."""
    seen = Reader(kind="us-government") if reader is None else reader
    numbers = await session.scalars(
        select(ConcurrenceRequest.id).where(
            seen_by(seen),
            or_(
                ConcurrenceRequest.state.in_(("open", "sent back")),
                ConcurrenceRequest.state.in_(rules.SETTLED)
                & exists().where(
                    ConcurrenceAsked.request_id == ConcurrenceRequest.id, ConcurrenceAsked.role == "be-notified"
                ),
            ),
        )
    )
    found = await requests_by_id(session, seen, list(numbers))
    waiting = [
        each
        for each in found.values()
        if each.state in ("open", "sent back") or any(awaits_answer(each, asked) for asked in each.offices)
    ]
    return tuple(sorted(waiting, key=lambda each: (each.due_on, each.id)))
