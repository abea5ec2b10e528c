"""What the office's policies ask, and whether an act may be done: the gate that the commands of other features ask."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

import msgspec
from sqlalchemy import func, or_, select

from pipir.features.concurrence import rules
from pipir.features.concurrence.queries.requests import asked_in, facts
from pipir.features.concurrence.queries.views import PolicyOfficeView, PolicyView, Standing
from pipir.features.concurrence.rules import Value
from pipir.features.concurrence.tables import (
    ConcurrencePolicy,
    ConcurrencePolicyOffice,
    ConcurrenceRequest,
    ConcurrenceRound,
    PolicyId,
)
from pipir.features.people.tables import Office
from pipir.kernel.calendar import show_day
from pipir.kernel.errors import NotFound, Refused
from pipir.kernel.marking import Reader
from pipir.store.base import holds
from pipir.store.doors import ReadSession
from pipir.store.records import entry, is_entry_of

_NOTHING_ASKED: Final = "No office policy in force asks for coordination."
_TYPED_AT_MOST: Final = 6_000


class Proposal(msgspec.Struct, frozen=True):
    """An act as a command is about to do it; `number` None where the record is still to be made."""

    act: str
    kind: str
    number: int | None
    title: str
    href: str
    before: Value
    after: Value
    marking: str
    # What the act's form holds, so that it is filled again once the value is agreed.
    typed: Value = msgspec.field(default_factory=dict)


async def policies(session: ReadSession, *, act: str | None = None, ended: bool = True) -> tuple[PolicyView, ...]:
    """The policies by act and day, the latest first; without those that have ended unless `ended`."""
    statement = select(ConcurrencePolicy).order_by(
        ConcurrencePolicy.act, ConcurrencePolicy.since.desc(), ConcurrencePolicy.id.desc()
    )
    if act is not None:
        statement = statement.where(ConcurrencePolicy.act == act)
    if not ended:
        statement = statement.where(or_(ConcurrencePolicy.until.is_(None), ConcurrencePolicy.until >= session.today))
    rows = (await session.scalars(statement)).all()
    offices: dict[int, tuple[PolicyOfficeView, ...]] = {}
    for policy_id, *said in await session.execute(
        select(
            ConcurrencePolicyOffice.policy_id,
            ConcurrencePolicyOffice.office_id,
            Office.symbol,
            ConcurrencePolicyOffice.role,
        )
        .join(Office, Office.id == ConcurrencePolicyOffice.office_id)
        .where(ConcurrencePolicyOffice.policy_id.in_([row.id for row in rows]))
        .order_by(func.lower(Office.symbol))
    ):
        offices[policy_id] = (*offices.get(policy_id, ()), PolicyOfficeView(*said))  # type: ignore[arg-type]
    return tuple(_policy_view(row, offices.get(row.id, ()), session.today) for row in rows)


async def policy(session: ReadSession, policy_id: PolicyId) -> PolicyView:
    """One policy, or NotFound."""
    found = next((each for each in await policies(session) if each.id == policy_id), None)
    if found is None:
        raise NotFound("There is no coordination policy with this number.")
    return found


async def policies_in_force(session: ReadSession, act: str) -> tuple[PolicyView, ...]:
    """The policies that an act is under today; an office that has ended is asked in its successor."""
    found = tuple(each for each in await policies(session, act=act) if each.in_force)
    if not found:
        return ()
    instead = await _successors(session)
    return tuple(msgspec.structs.replace(each, offices=_asked_today(each.offices, instead)) for each in found)


async def offices_to_ask(session: ReadSession, act: str) -> tuple[PolicyOfficeView, ...]:
    """The offices that the policies in force put an act to, each once, in the strongest role that one gives it."""
    named = tuple(office for each in await policies_in_force(session, act) for office in each.offices)
    return _asked_today(named, {})


async def standing(
    session: ReadSession, subject_kind: str, subject_id: int | None, act: str, value_hash: str
) -> Standing:
    """Whether an act may be done to a record with a value, as the policies in force today and the answers stand.

    Only answers to this value count; with no policy in force nothing is asked.
    """
    return await _standing(session, await policies_in_force(session, act), subject_kind, subject_id, act, value_hash)


async def standing_of(session: ReadSession, proposal: Proposal) -> Standing:
    """Whether an act may be done as a command is about to do it; low-risk changes need nobody.

    Where it may, `request_id` is the request that has it agreed, whether or not a policy asks for one.
    """
    needed = tuple(
        each
        for each in await policies_in_force(session, proposal.act)
        if rules.needs_approval(proposal.before, proposal.after, each.low_risk)
    )
    value_hash = rules.hash_of(proposal.after)
    if not needed and not rules.differing(proposal.before, proposal.after):
        return Standing(True, _NOTHING_ASKED)
    return await _standing(session, needed, proposal.kind, proposal.number, proposal.act, value_hash)


def refusal(found: Standing, proposal: Proposal) -> Refused:
    """The refusal of an act that was not agreed to: the policy, the offices, and the way to what they were asked."""
    if found.request_id is not None:
        way_out, href = "See the request for coordination.", f"/concurrence/{found.request_id}"
    else:
        way_out, href = "Ask for coordination.", address_to_ask(proposal)
    return Refused(found.says, citation=found.citation, way_out=way_out, way_out_href=href)


def address_to_ask(proposal: Proposal) -> str:
    """The address of the form that asks for coordination, filled with the act and its value."""
    asked = {
        "act": proposal.act,
        "subject_kind": proposal.kind,
        "subject_id": str(proposal.number or ""),
        "title": proposal.title,
        "subject_href": proposal.href,
        "before": rules.lines_of(proposal.before),
        "after": rules.lines_of(proposal.after),
        "marking": proposal.marking,
    }
    typed = dict(proposal.typed)
    # An address has its bounds: what is longest is typed again.
    while typed and len(quote_plus(json.dumps(typed))) > _TYPED_AT_MOST:
        del typed[max(typed, key=lambda name: len(typed[name]))]
    if typed:
        asked["typed"] = json.dumps(typed)
    return "/concurrence/new?" + urlencode({name: text for name, text in asked.items() if text})


async def subject_audience(session: ReadSession, reader: Reader, kind: str, number: int) -> int:
    """Who may read a record, as it stands now; NotFound where there is none that the reader may see."""
    audience = await session.scalar(
        select(entry.c.audience).where(is_entry_of(kind, number), holds(entry.c.audience, reader))
    )
    if audience is None:
        raise NotFound("There is no such record.")
    return int(audience)


async def _successors(session: ReadSession) -> dict[int, tuple[int, str]]:
    """The office, as number and symbol, that stands today in the place of each one that has ended."""
    rows = await session.execute(select(Office.id, Office.symbol, Office.until, Office.successor_id))
    offices = {row.id: row for row in rows}

    def ended(number: int) -> bool:
        return offices[number].until is not None and offices[number].until < session.today

    found = {}
    for number in filter(ended, offices):
        at, seen = number, {number}
        while ended(at) and (after := offices[at].successor_id) is not None and after not in seen:
            at = after
            seen.add(at)
        if not ended(at):
            found[number] = (at, offices[at].symbol)
    return found


def _asked_today(
    offices: tuple[PolicyOfficeView, ...], instead: Mapping[int, tuple[int, str]]
) -> tuple[PolicyOfficeView, ...]:
    """The offices with successors in the place of those that have ended, each once, in its strongest role."""
    found: dict[int, PolicyOfficeView] = {}
    for each in offices:
        number, symbol = instead.get(each.office_id, (each.office_id, each.office))
        known = found.get(number)
        if known is None or rules.STRENGTH[each.role] > rules.STRENGTH[known.role]:
            found[number] = PolicyOfficeView(number, symbol, each.role)
    return tuple(found.values())


async def _standing(
    session: ReadSession,
    needed: tuple[PolicyView, ...],
    kind: str,
    number: int | None,
    act: str,
    value_hash: str,
) -> Standing:
    citation = "; ".join(f"{each.citation} (office policy)" for each in needed)
    title = rules.ACTS[act].title if act in rules.ACTS else act
    rows = (
        await session.execute(
            select(ConcurrenceRequest, ConcurrenceRound)
            .join(ConcurrenceRound, ConcurrenceRound.request_id == ConcurrenceRequest.id)
            .where(
                ConcurrenceRequest.subject_kind == kind,
                ConcurrenceRequest.subject_id.is_not_distinct_from(number),
                ConcurrenceRequest.act == act,
                ConcurrenceRequest.state != "withdrawn",
                ConcurrenceRound.ended_on.is_(None),
            )
            .order_by(ConcurrenceRequest.id.desc())
        )
    ).all()
    same = [
        (request, round_)
        for request, round_ in rows
        if round_.value_hash == value_hash and rules.is_as_asked(round_.value_after, value_hash)
    ]
    unused = [(request, round_) for request, round_ in same if round_.used_on is None]
    if not needed:
        agreed = next((request.id for request, _ in unused if request.state == "agreed"), None)
        return Standing(True, _NOTHING_ASKED, agreed)
    if not unused:
        put = f"“{title}” is put to other offices first: {rules.to_ask(_asked_for(needed))}."
        if same:
            says = f"What the offices agreed to was done on {show_day(_last_used(same))}; it is asked anew. {put}"
        elif rows and number is not None:
            says = f"The offices were asked about another value; answers to it do not count for this one. {put}"
        else:
            says = put
        return Standing(False, says, citation=citation)
    asked = await asked_in(session, [round_.id for _, round_ in unused])
    said = {request.id: facts(asked.get(round_.id, ())) for request, round_ in unused}
    found = [
        _unrefused(_of_request(needed, request, round_, said[request.id], citation, session.today), said)
        for request, round_ in unused
    ]
    return next((each for each in found if each.allowed), found[0])


def _asked_for(needed: tuple[PolicyView, ...]) -> tuple[rules.Asked, ...]:
    """The offices that the policies ask, each in the strongest role that one of them gives it."""
    found: dict[str, rules.Asked] = {}
    for each in needed:
        for office in each.offices:
            before = found.get(office.office)
            if before is None or rules.STRENGTH[office.role] > rules.STRENGTH[before.role]:
                found[office.office] = rules.Asked(office.office, office.role)
    return tuple(found.values())


def _last_used(same: list[tuple[ConcurrenceRequest, ConcurrenceRound]]) -> date:
    return max(round_.used_on for _, round_ in same if round_.used_on is not None)


def _of_request(
    needed: tuple[PolicyView, ...],
    request: ConcurrenceRequest,
    round_: ConcurrenceRound,
    offices: tuple[rules.Asked, ...],
    citation: str,
    today: date,
) -> Standing:
    lacking = rules.covers(offices, _asked_for(needed))
    if lacking:
        says = f"The policy asks {', '.join(lacking)}, and the request does not, or asks for less."
        return Standing(False, says, request.id, lacking, citation)
    if request.state == "sent back":
        return Standing(False, "The request was sent back; it is revised first.", request.id, (), citation)
    outcome = rules.outcome(offices, due_on=round_.due_on, today=today)
    allowed = outcome.allowed and request.state in ("open", "agreed")
    return Standing(allowed, outcome.says, request.id, outcome.missing, citation)


def _unrefused(found: Standing, said: Mapping[int, tuple[rules.Asked, ...]]) -> Standing:
    """Not allowed where an office is silent here that did not concur with the same value on another request.

    Asking anew beside a non-concurrence goes around neither the office nor the decision maker.
    """
    if not found.allowed or found.request_id is None:
        return found
    silent = {each.office for each in said[found.request_id] if each.answer is None}
    for number, offices in said.items():
        against = tuple(each.office for each in offices if each.stands_against and each.office in silent)
        if number != found.request_id and against:
            says = (
                f"{' and '.join(against)} did not concur with this on request {number}; asking anew does not undo that."
            )
            return Standing(False, says, number, against, found.citation)
    return found


def _policy_view(row: ConcurrencePolicy, offices: tuple[PolicyOfficeView, ...], today: date) -> PolicyView:
    known = rules.ACTS.get(row.act)
    values: dict[str, Any] = {
        name: getattr(row, name)
        for name in PolicyView.__struct_fields__
        if name not in ("act_title", "offices", "in_force")
    }
    return PolicyView(
        **values,
        act_title=known.title if known else row.act,
        offices=offices,
        in_force=row.since <= today and (row.until is None or row.until >= today),
    )
