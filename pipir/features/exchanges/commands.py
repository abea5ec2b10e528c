"""What can change in technical exchanges."""

from datetime import date
from typing import Annotated, Any

import msgspec
from sqlalchemy import select

from pipir.features.disclosure import queries as disclosure
from pipir.features.exchanges import rules
from pipir.features.exchanges.rules import Decision, Kind
from pipir.features.exchanges.tables import ExchangeDisclosure, ExchangeId, TechnicalExchange
from pipir.features.groups.tables import WorkingGroup
from pipir.features.law.queries import law_of
from pipir.features.people.queries import reader_of
from pipir.features.people.tables import Office
from pipir.features.projects.tables import Project
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Reader, read_marking
from pipir.kernel.text import Line, Prose, Reason, SourceText
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession
from pipir.store.numbers import next_number
from pipir.store.records import may_see

Codes = Annotated[list[str], msgspec.Meta(max_length=60, description="Codes one by one, or several in a text.")]
Decisions = Annotated[list[RecordNumber], msgspec.Meta(max_length=60, description="Numbers of disclosure decisions.")]


class EnterExchange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An exchange as entered, planned or held; it hangs on a group or a project."""

    title: Line
    kind: Kind
    place: Line
    starts_on: date
    ends_on: date
    topic: Prose
    delegations: Codes
    lead_office_id: RecordNumber
    source: SourceText
    group_id: RecordNumber | None = None
    project_id: RecordNumber | None = None
    offices: Line | None = None
    decision_ids: Decisions = []
    nothing_disclosed_because: Reason | None = None
    outcome: Prose | None = None
    marking: Line = "CUI"


class ReviseExchange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of an exchange; its outcome is entered here too."""

    title: Line
    kind: Kind
    place: Line
    starts_on: date
    ends_on: date
    topic: Prose
    delegations: Codes
    lead_office_id: RecordNumber
    source: SourceText
    group_id: RecordNumber | None = None
    project_id: RecordNumber | None = None
    offices: Line | None = None
    decision_ids: Decisions = []
    nothing_disclosed_because: Reason | None = None
    outcome: Prose | None = None
    marking: Line = "CUI"


class CancelExchange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an exchange does not take place."""

    because: Reason


@command("exchange.enter", permission="groups.change", sunset="goes on")
async def enter_exchange(session: WriteSession, body: EnterExchange) -> ExchangeId:
    """Enter a technical exchange, planned or held."""
    reader = await reader_of(session, session.actor)
    delegations = await _checked(session, reader, body)
    await _disclosed(session, reader, body, delegations)
    marking = read_marking(body.marking, reader)
    number = await next_number(session, TechnicalExchange.number)
    found = TechnicalExchange(**_fields(body), number=number, code=f"X-{number:04}", delegations=list(delegations))
    found.mark(marking)
    session.add(found)
    await session.flush()
    session.add_all(
        ExchangeDisclosure(exchange_id=found.id, decision_id=each) for each in sorted(set(body.decision_ids))
    )
    await session.flush()
    return ExchangeId(found.id)


@command("exchange.revise", permission="groups.change", sunset="goes on")
async def revise_exchange(
    session: WriteSession, exchange_id: ExchangeId, body: ReviseExchange, *, version: int
) -> None:
    """Correct what is recorded of an exchange, or add its outcome."""
    reader = await reader_of(session, session.actor)
    found = await _kept(session, exchange_id, reader, version)
    rules.may_change(found.code, found.cancelled_because)
    delegations = await _checked(session, reader, body)
    await _disclosed(session, reader, body, delegations)
    marking = read_marking(body.marking, reader)
    named = select(ExchangeDisclosure).where(
        ExchangeDisclosure.exchange_id == found.id, ExchangeDisclosure.until.is_(None)
    )
    stood = {each.decision_id: each for each in (await session.scalars(named)).all()}
    for number, link in stood.items():
        if number not in body.decision_ids:
            link.until = session.today
    session.add_all(
        ExchangeDisclosure(exchange_id=found.id, decision_id=each)
        for each in sorted(set(body.decision_ids))
        if each not in stood
    )
    for name, value in _fields(body).items():
        setattr(found, name, value)
    found.delegations = list(delegations)
    found.mark(marking)
    await session.flush()


@command("exchange.cancel", permission="groups.change", sunset="goes on")
async def cancel_exchange(
    session: WriteSession, exchange_id: ExchangeId, body: CancelExchange, *, version: int
) -> None:
    """Say why an exchange does not take place; it stays in the record."""
    found = await _kept(session, exchange_id, await reader_of(session, session.actor), version)
    rules.may_cancel(found.code, found.cancelled_because, found.outcome)
    found.cancelled_because = body.because
    await session.flush()


def _fields(body: EnterExchange | ReviseExchange) -> dict[str, Any]:
    """What is stored as it was sent."""
    names = [name for name in body.__struct_fields__ if name not in ("delegations", "decision_ids", "marking")]
    return {name: getattr(body, name) for name in names}


async def _checked(session: WriteSession, reader: Reader, body: EnterExchange | ReviseExchange) -> tuple[str, ...]:
    """The codes of the delegations; Invalid with all that is wrong of the entry."""
    mistakes: list[Mistake] = []
    delegations: tuple[str, ...] = ()
    try:
        delegations = rules.check_entry(
            group_id=body.group_id,
            project_id=body.project_id,
            starts_on=body.starts_on,
            ends_on=body.ends_on,
            delegations=rules.split(body.delegations),
            outcome=body.outcome,
            today=session.today,
        )
    except Invalid as wrong:
        mistakes += wrong.mistakes
    group = select(WorkingGroup.id).where(WorkingGroup.id == body.group_id, visible_to(reader, WorkingGroup))
    if body.group_id is not None and await session.scalar(group) is None:
        mistakes.append(Mistake("group_id", "Expected a group of this record.", str(body.group_id)))
    project = select(Project.id).where(Project.id == body.project_id, visible_to(reader, Project))
    if body.project_id is not None and await session.scalar(project) is None:
        mistakes.append(Mistake("project_id", "Expected a project of this record.", str(body.project_id)))
    if await session.get(Office, body.lead_office_id) is None:
        mistakes.append(Mistake("lead_office_id", "Expected an office of this record.", str(body.lead_office_id)))
    if mistakes:
        raise Invalid("The exchange needs correcting.", mistakes=tuple(mistakes))
    return delegations


async def _disclosed(
    session: WriteSession, reader: Reader, body: EnterExchange | ReviseExchange, delegations: tuple[str, ...]
) -> None:
    """The disclosure decisions that are named stand, as far as the person may see them."""
    known = {each.id: each for each in await disclosure.decisions(session, reader)} if body.decision_ids else {}
    wrong = [each for each in body.decision_ids if each not in known]
    if wrong:
        expected = "Expected the number of a disclosure decision in this record."
        raise Invalid(
            "There is no such disclosure decision.",
            mistakes=tuple(Mistake("decision_ids", expected, str(each)) for each in wrong[:5]),
        )
    named = [known[each] for each in sorted(set(body.decision_ids))]
    rules.may_disclose(
        delegations,
        [Decision(each.id, each.country, each.outcome, each.since, each.until) for each in named],
        body.nothing_disclosed_because,
        body.starts_on,
        statute=await law_of(session),
    )


async def _kept(session: WriteSession, exchange_id: ExchangeId, reader: Reader, version: int) -> TechnicalExchange:
    found = await session.scalar(
        select(TechnicalExchange)
        .where(TechnicalExchange.id == exchange_id, may_see(reader, "technical_exchange", TechnicalExchange.id))
        .with_for_update()
    )
    if found is None:
        raise NotFound("There is no technical exchange with this number.")
    session.check_version(found, version, title=f"The exchange {found.code}")
    return found
