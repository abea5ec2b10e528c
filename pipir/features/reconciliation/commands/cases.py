"""Cases: the steps that are taken, who looks after one, and until when."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import case, func, or_, select

from pipir.features.ledger.rules import cents
from pipir.features.ledger.tables import LedgerEntry, may_see
from pipir.features.people.queries import reader_of
from pipir.features.reconciliation import rules
from pipir.features.reconciliation.commands.sources import check_person
from pipir.features.reconciliation.rules import CaseState
from pipir.features.reconciliation.tables import CaseId, CaseStep, LedgerCase
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.kernel.parsing import whichever
from pipir.kernel.text import Line, Reason
from pipir.statute.load import the_statute
from pipir.store.doors import WriteSession


class TakeStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The next state of a case, what was found, and its document; a match names the obligation that took it."""

    state: CaseState
    on_day: date
    findings: Reason
    document: Line | None = None
    matched_entry_id: RecordNumber | None = None

    @staticmethod
    def wrong_in(read: Mapping[str, Any], unread: Collection[str]) -> Iterable[Mistake]:
        """What of a step could be read and is wrong, whichever case it is of."""
        if "state" in unread:
            others = {*unread} - {"state"}
            return whichever([list(TakeStep.wrong_in({**read, "state": each}, others)) for each in rules.CASE_STATES])
        return rules.wrong_step(read["state"], document=read.get("document"), matched=read.get("matched_entry_id"))


class AssignCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who looks after a case, and another day until which the next step is due."""

    owner_person_id: RecordNumber
    due_on: date | None = None


@command("case.step", permission="ledger.reconcile", sunset="records")
async def take_step(session: WriteSession, case_id: CaseId, body: TakeStep, *, version: int) -> None:
    """Take a step of a case; a reversal alone clears none."""
    reader = await reader_of(session, session.actor)
    found = await _case(session, case_id, reader, version)
    entry = await session.get_one(LedgerEntry, found.entry_id)
    last = await session.scalar(select(func.max(CaseStep.on_day)).where(CaseStep.case_id == found.id))
    rules.may_step(
        found.kind,
        found.state,
        body.state,
        document=body.document,
        matched=body.matched_entry_id,
        taken=await _taken(session, reader, entry, body.matched_entry_id),
        on_day=body.on_day,
        last_on=last or found.opened_on,
        today=session.recorded_on(session.today),
        statute=the_statute(),
    )
    found.state = body.state
    if body.matched_entry_id is not None:
        found.matched_entry_id = body.matched_entry_id
    session.add(
        CaseStep(
            case_id=found.id,
            state=body.state,
            on_day=body.on_day,
            findings=body.findings,
            document=body.document,
            person_id=session.actor,
        )
    )
    await session.flush()


@command("case.assign", permission="ledger.reconcile", sunset="records")
async def assign_case(session: WriteSession, case_id: CaseId, body: AssignCase, *, version: int) -> None:
    """Give a case to somebody, and set another day for it where one is needed."""
    await check_person(session, body.owner_person_id)
    found = await _case(session, case_id, await reader_of(session, session.actor), version)
    if body.due_on is not None and body.due_on < found.opened_on:
        expected = "Expected a day on or after the one on which the case was opened."
        raise Invalid("The case needs correcting.", mistakes=(Mistake("due_on", expected, body.due_on.isoformat()),))
    found.owner_person_id, found.due_on = body.owner_person_id, body.due_on
    await session.flush()


async def _taken(session: WriteSession, reader: Reader, entry: LedgerEntry, matched: int | None) -> rules.Taken:
    reversal = select(LedgerEntry.id).where(LedgerEntry.reverses_entry_id == entry.id)
    is_reversed = await session.scalar(reversal) is not None
    if matched is None:
        return rules.Taken(is_reversed, cents(entry.amount))
    obligation = select(LedgerEntry.id).where(
        LedgerEntry.id == matched, LedgerEntry.kind == "obligation", may_see(reader)
    )
    if await session.scalar(obligation) is None:
        return rules.Taken(is_reversed, cents(entry.amount))
    # Expenditures on it that were posted after the disbursement, less those of them that were reversed again.
    signed: Any = func.sum(case((LedgerEntry.kind == "reversal", -1), else_=1) * LedgerEntry.amount)
    total = await session.scalar(
        select(signed).where(
            LedgerEntry.adjusts_entry_id == matched,
            LedgerEntry.id > entry.id,
            or_(LedgerEntry.kind == "expenditure", LedgerEntry.reversed_kind == "expenditure"),
        )
    )
    return rules.Taken(is_reversed, cents(entry.amount), cents(Dollars(total)) if total is not None else 0)


async def _case(session: WriteSession, case_id: CaseId, reader: Reader, version: int) -> LedgerCase:
    found = await session.scalar(
        select(LedgerCase)
        .join(LedgerEntry, LedgerEntry.id == LedgerCase.entry_id)
        .where(LedgerCase.id == case_id, may_see(reader))
        .with_for_update(of=LedgerCase)
    )
    if found is None:
        raise NotFound("There is no case with this number.")
    session.check_version(found, version, title=f"The case {found.code}")
    return found
