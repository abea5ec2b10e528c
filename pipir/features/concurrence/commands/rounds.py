"""What the commands of coordination share: rounds, those who are asked, and whether one may ask or answer."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

import msgspec
from sqlalchemy import select

from pipir.features.concurrence import queries, rules
from pipir.features.concurrence.rules import State
from pipir.features.concurrence.tables import (
    ConcurrenceRequest,
    ConcurrenceRound,
    RequestId,
)
from pipir.features.people.queries import reader_of
from pipir.features.people.tables import Office, Person
from pipir.kernel.access import PERMISSIONS
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Marking, may_read
from pipir.kernel.text import Line, SourceText
from pipir.statute.load import the_statute
from pipir.statute.model import Provision, Role
from pipir.store.doors import WriteSession

_DECIDES = tuple(role for role, held in PERMISSIONS.items() if "concurrence.decide" in held)


class OfficesToAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a request asks in which role; what gives the roles is law (`provision`), a policy in force, or stated."""

    consult: list[RecordNumber] = []
    coordinate: list[RecordNumber] = []
    concur: list[RecordNumber] = []
    notify: list[RecordNumber] = []
    provision: Line | None = None
    policy_citation: SourceText | None = None
    decider_id: RecordNumber | None = None
    marking: Line = "CUI"

    @property
    def by_role(self) -> Mapping[Role, Sequence[int]]:
        """The offices of each role."""
        return {
            "consult": self.consult,
            "coordinate": self.coordinate,
            "concur": self.concur,
            "be-notified": self.notify,
        }


async def settle_where_whole(session: WriteSession, request: ConcurrenceRequest, round_: ConcurrenceRound) -> None:
    """Settle an open request where nobody is missing any more."""
    if request.state != "open":
        return
    state = rules.settles(await facts_of(session, round_), due_on=round_.due_on, today=session.today)
    if state is not None:
        await settle_as(session, request, round_, state, None)


async def settle_as(
    session: WriteSession, request: ConcurrenceRequest, round_: ConcurrenceRound, state: State, because: str | None
) -> None:
    """Settle a request and its round as `state`."""
    take_step(request, state, session.today, because)
    round_.settled, round_.settled_on = state, session.today
    await session.flush()


def take_step(request: ConcurrenceRequest, state: State, on: date, because: str | None) -> None:
    """Move a request to a state, or refuse by the table of its steps."""
    rules.may_step(cast("State", request.state), state, title=request.title)
    request.state, request.state_since, request.state_because = state, on, because


def is_in_force(round_: ConcurrenceRound) -> bool:
    """Whether answers to a round count: it has not ended, and its value is the one that was asked about."""
    return round_.ended_on is None and rules.is_as_asked(round_.value_after, round_.value_hash)


async def facts_of(session: WriteSession, round_: ConcurrenceRound) -> tuple[rules.Asked, ...]:
    """Whom a round asks, and what each has said."""
    return queries.facts((await queries.asked_in(session, [round_.id])).get(round_.id, ()))


async def end_round(session: WriteSession, round_: ConcurrenceRound, ended: rules.RoundEnded) -> None:
    """End a round today; its answers stay and count no more."""
    round_.ended, round_.ended_on = ended, session.today
    await session.flush()


async def locked_request(session: WriteSession, request_id: RequestId, missing: str) -> ConcurrenceRequest:
    """The request, held while it changes; every command takes it first."""
    reader = await reader_of(session, session.actor)
    request = await session.scalar(
        select(ConcurrenceRequest)
        .where(ConcurrenceRequest.id == request_id, queries.seen_by(reader))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if request is None:
        raise NotFound(missing)
    return request


async def offices_asked(session: WriteSession, body: OfficesToAsk, act: str) -> list[tuple[int, Role, rules.Basis]]:
    """Each office with its role and what gives it that role, or Invalid with every mistake by its field."""
    rules.check_asked(body.by_role)
    provision = _provision(body.provision)
    by_policy = {
        office.office_id: rules.Basis(each.citation, rules.OFFICE_POLICY)
        for each in await queries.policies_in_force(session, act)
        for office in each.offices
    }
    found: list[tuple[int, Role, rules.Basis]] = []
    mistakes: list[Mistake] = []
    for role, offices in body.by_role.items():
        for office_id in offices:
            try:
                office = await open_office(session, office_id, rules.field_of(role))
                basis = rules.basis_of(
                    office.symbol,
                    office.department,
                    role,
                    provision=provision,
                    policy=by_policy.get(office_id),
                    stated=body.policy_citation,
                )
            except Invalid as wrong:
                mistakes += wrong.mistakes
            else:
                found.append((office_id, role, basis))
    if mistakes:
        raise Invalid("The offices to ask need correcting.", mistakes=tuple(dict.fromkeys(mistakes)))
    return found


def _provision(slug: str | None) -> Provision | None:
    if slug is None:
        return None
    known = {each.slug: each for each in rules.law_with_roles(the_statute())}
    if slug not in known:
        raise Invalid(
            "The law that is named gives no official a part here.",
            mistakes=(Mistake("provision", "Expected one of: " + ", ".join(known) + ".", slug[:60]),),
        )
    return known[slug]


async def open_office(session: WriteSession, office_id: int, where: str) -> Office:
    """The office, which has not ended, or Invalid at the field `where`."""
    office = await session.get(Office, office_id)
    if office is None or (office.until is not None and office.until < session.today):
        raise Invalid(
            "The office is not known.",
            mistakes=(Mistake(where, "Expected the number of an office of this record.", str(office_id)),),
        )
    return office


async def present_person(session: WriteSession, person_id: int, where: str) -> Person:
    """The person, whose time has not ended, or Invalid at the field `where`."""
    person = await session.get(Person, person_id)
    if person is None or person.kind != "person" or (person.until is not None and person.until < session.today):
        raise Invalid(
            "There is no person with this number.",
            mistakes=(Mistake(where, "Expected the number of a person.", str(person_id)),),
        )
    return person


async def check_decider(session: WriteSession, decider_id: int | None, marking: Marking, *, asker: int) -> None:
    """Refuse a decision maker who may not decide, may not see the request, or asks it."""
    if decider_id is None:
        return
    person = await present_person(session, decider_id, "decider_id")
    sees = may_read(marking, await reader_of(session, decider_id))
    rules.may_name_decider(
        decides=bool(set(person.roles) & set(_DECIDES)) and sees,
        is_asker=decider_id == asker,
        is_answerer=False,
        decided=False,
    )
