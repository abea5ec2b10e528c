"""Entries as they are sent, read beside the documents and entries that they name."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

import msgspec

from pipir.features.law.queries import determinations_by_number
from pipir.features.law.rules import Determination
from pipir.features.ledger import rules
from pipir.features.ledger.commands.holding import refuse_held
from pipir.features.ledger.commands.known import Known
from pipir.features.ledger.commands.reading import (
    Ground,
    accounts_by_number,
    brought_in,
    ground_of,
    kept_accounts,
    reversals_of,
)
from pipir.features.ledger.rules import Act, DaySum, Funding
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.money import Dollars
from pipir.statute.load import the_statute
from pipir.store.doors import WriteSession

MarkingText = Annotated[str, msgspec.Meta(min_length=1, max_length=500, description="Such as CUI//NOFORN.")]
_MISTAKES_SHOWN = 200
# What an entry takes from the one that it names.
TAKEN = (
    *("funding_document_id", "project_id", "participant_id"),
    *("program_authority", "other_authority", "continuation_id", "closed_account_id"),
)


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """One entry among many: as PostEntry, and it may name an entry of the same batch by its place (from 0).

    A reversal has the kind "reversal" and no amount; a flag makes it a liability already incurred.
    """

    kind: str
    effective_on: date
    amount: Dollars | None = None
    funding_document_id: int | None = None
    adjusts_entry_id: int | None = None
    adjusts_place: int | None = None
    reverses_entry_id: int | None = None
    reverses_place: int | None = None
    project_id: int | None = None
    participant_id: int | None = None
    program_authority: str | None = None
    other_authority: str | None = None
    continuation_id: int | None = None
    late_because: str | None = None
    late_document: str | None = None
    document_number: str | None = None
    document_line: str | None = None
    document_on: date | None = None
    signed_at: str | None = None
    performance_from: date | None = None
    performance_until: date | None = None
    contribution_kind: str | None = None
    receipt_law: str | None = None
    counter_entry_id: int | None = None
    counter_place: int | None = None
    transfer_law: str | None = None
    approval: str | None = None
    outside_account: str | None = None
    closed_account_id: int | None = None
    closed_document: str | None = None
    order_law: str | None = None
    order_method: str | None = None
    need: str | None = None
    basis: str | None = None
    new_start: bool = False
    because: str | None = None
    flag: str | None = None
    evidence: str | None = None


class Batch:
    """One posting of entries, as it is read beside what it names; its warnings gather while it is judged."""

    def __init__(self, session: WriteSession, entries: Sequence[Posting]) -> None:
        self.session = session
        self.entries = entries
        self.mistakes: list[Mistake] = []
        self.stored: dict[int, Known] = {}
        self.reversed_by: dict[int, int] = {}
        # By what took authority out: the standing entry that brings it in.
        self.brought_in: dict[int, int] = {}
        self.fundings: dict[int, Funding] = {}
        self.audiences: dict[tuple[str, int], int] = {}
        self.days: Mapping[int, Sequence[DaySum]] = {}
        # The accounts that the other ends of movements are said to lie in, of those that have documents here.
        self.kept: frozenset[str] = frozenset()
        self.counted = {each.counter_place for each in entries}
        self.made: list[Known] = []
        self.acts: list[Act] = []
        self.law = the_statute()
        self.determinations: dict[int, Determination] = {}
        self.closed: dict[int, rules.ClosedAccount] = {}
        self.warnings: defaultdict[int, list[str]] = defaultdict(list)

    async def read(self) -> None:
        """Read what was sent beside what it names; Invalid with every mistake."""
        ground = await self._ground()
        self.law = ground.law
        # What an entry takes from the one that it names is its own: a payment of work that continues, for one.
        numbers_named = {each.continuation_id for each in self.entries}
        numbers_named |= {each.continuation_id for each in self.stored.values()}
        self.determinations = await determinations_by_number(
            self.session, {each for each in numbers_named if each is not None}
        )
        self.closed = await accounts_by_number(self.session, (each.closed_account_id for each in self.entries))
        outside = {rules.read_symbol(each.outside_account) for each in self.entries} - {None}
        self.kept = await kept_accounts(self.session, ground.reader, outside)
        for place, entry in enumerate(self.entries):
            self._read_entry(place, entry, ground.numbers[place])
        self._stop_at_mistakes()

    async def _ground(self) -> Ground:
        named = {
            each
            for entry in self.entries
            for each in (entry.adjusts_entry_id, entry.reverses_entry_id, entry.counter_entry_id)
            if each
        }
        ground = await self._ground_naming(named)
        documents = self._numbers("funding_document_id") | {
            each.funding_document_id for each in ground.named.values() if each.funding_document_id is not None
        }
        if documents - set(ground.fundings):
            await refuse_held(self.session, documents, ground.reader)
            # Nobody holds them by now, and until this transaction ends nobody will: what is still lacking is not there.
            ground = await self._ground_naming(named)
        self.stored = dict(ground.named)
        self.fundings = dict(ground.fundings)
        self.audiences = dict(ground.audiences)
        self.days = ground.days
        self.reversed_by = await reversals_of(self.session, self.stored)
        outs = [number for number, each in self.stored.items() if each.kind in rules.COUNTERS.values()]
        self.brought_in = await brought_in(self.session, outs)
        return ground

    async def _ground_naming(self, entries: set[int]) -> Ground:
        return await ground_of(
            self.session,
            entries=entries,
            documents=self._numbers("funding_document_id"),
            projects=self._numbers("project_id"),
            participants=self._numbers("participant_id"),
            count=len(self.entries),
            since=min(each.effective_on for each in self.entries),
        )

    def _numbers(self, column: str) -> set[int]:
        return {number for each in self.entries if (number := getattr(each, column)) is not None}

    def _read_entry(self, place: int, entry: Posting, number: int) -> None:
        if entry.kind == rules.REVERSAL:
            self._read_reversal(place, entry, number)
            return
        named = self._named(place, entry)
        values, wrong = taken(entry, named)
        for mistake in wrong:
            self._mistake(place, mistake.where, mistake.expected, mistake.found)
        known = Known(
            number=number,
            kind=entry.kind,
            reversed_kind=None,
            amount=entry.amount or Dollars.zero(),
            adjusts_entry_id=named.number if named else None,
            effective_on=entry.effective_on,
            incurred=entry.flag is not None,
            transfer_law=entry.transfer_law,
            **values,
        )
        self._check_places(place, known)
        counter = self._counter(place, entry)
        if counter is not None and rules.COUNTERS.get(entry.kind) == counter.kind:
            out = counter.number
            rules.may_bring_in(out, self.reversed_by.get(out), self.brought_in.get(out), self.law)
            self.brought_in[out] = number
        determination = self.determinations.get(known.continuation_id or 0)
        act = act_of(entry, values, named, determination, self.closed.get(known.closed_account_id or 0))
        act = msgspec.structs.replace(
            act,
            named_on=counter.effective_on if counter else act.named_on,
            counter=counter.kind if counter else None,
            counter_symbol=self._symbol(counter),
            counter_amount=counter.amount if counter else None,
            counter_law=counter.transfer_law if counter else None,
            counter_outside=counter.outside_account if counter else None,
            alone=entry.counter_entry_id is None and entry.counter_place is None and place not in self.counted,
            outside_kept=rules.read_symbol(entry.outside_account) in self.kept,
        )
        self._keep(place, known, act)

    def _read_reversal(self, place: int, entry: Posting, number: int) -> None:
        target: Known | None = None
        if entry.reverses_place is not None and 0 <= entry.reverses_place < len(self.made):
            target = self.made[entry.reverses_place]
        elif entry.reverses_entry_id is not None:
            target = self.stored.get(entry.reverses_entry_id)
        if target is None:
            self._mistake(place, "reverses_entry_id", "There is no entry with this number.", entry.reverses_entry_id)
            target = _nothing(number, entry.effective_on)
        if not entry.because:
            self._mistake(place, "because", "Expected why the entry is reversed.")
        rules.may_reverse(
            target.kind,
            self.reversed_by.get(target.number),
            target.number,
            self.law,
            brought_in_by=self.brought_in.get(target.number),
        )
        self.reversed_by[target.number] = number
        self.brought_in = {out: into for out, into in self.brought_in.items() if into != target.number}
        self._keep(place, *reversal_of(target, entry, number))

    def _named(self, place: int, entry: Posting) -> Known | None:
        if entry.adjusts_place is not None:
            # Only what stands before it: an entry never names what comes later.
            if 0 <= entry.adjusts_place < len(self.made):
                return self.made[entry.adjusts_place]
            self._mistake(
                place, "adjusts_place", "Expected the place of an entry before this one.", entry.adjusts_place
            )
        elif entry.adjusts_entry_id is not None:
            found = self.stored.get(entry.adjusts_entry_id)
            if found is None:
                self._mistake(place, "adjusts_entry_id", "There is no entry with this number.", entry.adjusts_entry_id)
            return found
        return None

    def _counter(self, place: int, entry: Posting) -> Known | None:
        if entry.counter_place is not None and 0 <= entry.counter_place < len(self.made):
            return self.made[entry.counter_place]
        if entry.counter_entry_id is None:
            return None
        found = self.stored.get(entry.counter_entry_id)
        if found is None:
            self._mistake(place, "counter_entry_id", "There is no entry with this number.", entry.counter_entry_id)
        return found

    def _symbol(self, known: Known | None) -> str | None:
        funding = self.fundings.get(known.funding_document_id or 0) if known is not None else None
        return str(funding.account.symbol) if funding is not None else None

    def _check_places(self, place: int, known: Known) -> None:
        if known.funding_document_id is not None and known.funding_document_id not in self.fundings:
            self._mistake(
                place,
                "funding_document_id",
                "There is no funding document with this number.",
                known.funding_document_id,
            )
        if known.continuation_id is not None and known.continuation_id not in self.determinations:
            expected = "Expected the number of a continuation determination."
            self._mistake(place, "continuation_id", expected, known.continuation_id)
        named = known.adjusts_entry_id is not None
        if known.closed_account_id is not None and not named and known.closed_account_id not in self.closed:
            expected = "There is no account with this number."
            self._mistake(place, "closed_account_id", expected, known.closed_account_id)
        for name in ("project", "participant"):
            number = getattr(known, f"{name}_id")
            if number is not None and (name, number) not in self.audiences:
                self._mistake(place, f"{name}_id", f"There is no {name} with this number.", number)

    def _keep(self, place: int, known: Known, act: Act) -> None:
        self.made.append(known)
        self.acts.append(act)
        for mistake in rules.missing(act, self.law):
            # What the entry names and could not be found has its own mistake already.
            if not any(each.where.endswith(mistake.where) for each in self.mistakes if self._is_of(place, each)):
                self._mistake(place, mistake.where, mistake.expected, mistake.found)

    def _is_of(self, place: int, mistake: Mistake) -> bool:
        return len(self.entries) == 1 or mistake.where.startswith(f"entries.{place}.")

    def _mistake(self, place: int, where: str, expected: str, found: object = "") -> None:
        path = where if len(self.entries) == 1 else f"entries.{place}.{where}"
        self.mistakes.append(Mistake(path, expected, "" if found is None else str(found)))

    def _stop_at_mistakes(self) -> None:
        if self.mistakes:
            count = len(self.mistakes)
            raise Invalid(
                "One thing needs correcting." if count == 1 else f"{count} things need correcting.",
                mistakes=tuple(self.mistakes[:_MISTAKES_SHOWN]),
            )

    def counter_number(self, place: int) -> int | None:
        entry = self.entries[place]
        if entry.counter_place is not None:
            return self.made[entry.counter_place].number
        return entry.counter_entry_id

    def reversed_number(self, place: int) -> int | None:
        entry = self.entries[place]
        if entry.reverses_place is not None:
            return self.made[entry.reverses_place].number
        return entry.reverses_entry_id


def reversal_of(target: Known, entry: Posting, number: int) -> tuple[Known, Act]:
    """The reversal of an entry, and what the rules are told of it."""
    known = msgspec.structs.replace(
        target,
        number=number,
        kind=rules.REVERSAL,
        reversed_kind=target.kind,
        effective_on=entry.effective_on,
        incurred=False,
    )
    act = Act(
        kind=target.kind,
        amount=target.amount,
        effective_on=entry.effective_on,
        reversal=True,
        program_authority=target.program_authority,
        other_authority=target.other_authority,
        named_on=target.effective_on,
        left_out=target.counter_entry_id,
        because=entry.because,
    )
    return known, act


def taken(entry: Posting, named: Known | None) -> tuple[dict[str, Any], list[Mistake]]:
    """What an entry says of its funding, project, participant and authority, or takes from the entry that it names."""
    takes = named is not None and (entry.kind in rules.NAMES or rules.MAY_NAME.get(entry.kind) == "obligation")
    values: dict[str, Any] = {}
    wrong: list[Mistake] = []
    for field in TAKEN:
        given = getattr(entry, field)
        inherited = getattr(named, field) if named is not None else None
        values[field] = inherited if given is None else given
        if named is not None and given not in (None, inherited) and (takes or field == "funding_document_id"):
            wrong.append(Mistake(field, f"Expected what {named.label} has, or nothing.", str(given)))
    return values, wrong


def act_of(
    entry: Posting,
    values: Mapping[str, Any],
    named: Known | None,
    determination: Determination | None,
    closed: rules.ClosedAccount | None = None,
) -> Act:
    """The entry as the rules are told of it; `values` is what it says or takes from the entry that it names."""
    return Act(
        kind=entry.kind,
        amount=entry.amount or Dollars.zero(),
        effective_on=entry.effective_on,
        program_authority=values["program_authority"],
        other_authority=values["other_authority"],
        determination=determination,
        late_because=entry.late_because,
        late_document=entry.late_document,
        project_id=values["project_id"],
        funding_document_id=values["funding_document_id"],
        document_number=entry.document_number,
        document_on=entry.document_on,
        signed_at=entry.signed_at,
        performance_from=entry.performance_from,
        performance_until=entry.performance_until,
        contribution_kind=entry.contribution_kind,
        receipt_law=entry.receipt_law,
        transfer_law=entry.transfer_law,
        approval=entry.approval,
        outside_account=entry.outside_account,
        closed_account_id=values["closed_account_id"],
        closed_document=entry.closed_document,
        closed=closed,
        order_law=entry.order_law,
        order_method=entry.order_method,
        need=entry.need,
        basis=entry.basis,
        names=named.kind if named else None,
        named_on=named.effective_on if named else None,
        new_start=entry.new_start,
        has_funding=values["funding_document_id"] is not None,
        has_participant=values["participant_id"] is not None,
        participant_id=values["participant_id"],
        flag=entry.flag,
        evidence=entry.evidence,
    )


def _nothing(number: int, on: date) -> Known:
    # Stands in for a missing entry until its mistake is reported, so that the others are found too.
    return Known(number, "obligation", None, Dollars("0.01"), None, None, None, None, None, None, None, on, False)
