"""What can change in the ledger: accounts and funding documents; entries are posted and reversed, never changed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any

import msgspec
from sqlalchemy import BigInteger, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from pipir.features.ledger import rules
from pipir.features.ledger.rules import Act, Basis, DaySum, Findings, Flag, Funding, Kind, Level, Source
from pipir.features.ledger.tables import AccountId, FundingDocument, LedgerEntry, TreasuryAccount, may_see
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Person
from pipir.features.projects.tables import Project
from pipir.kernel.calendar import fiscal_year
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound, Refused
from pipir.kernel.ids import EntryId, FundingDocumentId, RecordNumber
from pipir.kernel.marking import Reader, parse_marking
from pipir.kernel.money import Dollars
from pipir.kernel.text import Line, Prose, Reason, SourceText
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession

MarkingText = Annotated[str, msgspec.Meta(min_length=1, max_length=500, description="Such as CUI//NOFORN.")]
Symbol = Annotated[
    str, msgspec.Meta(min_length=1, max_length=60, description="097-2027/2028-0400-000 or 097-X-0360-000.")
]
_MISTAKES_SHOWN = 200


class OpenAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Treasury account as entered; `listed_as_of` is the date of the Treasury list that does not hold its symbol."""

    symbol: Symbol
    title: Line
    source: SourceText
    listed_as_of: date | None = None


class ReviseAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be corrected of an account; its symbol stays."""

    title: Line
    source: SourceText
    listed_as_of: date | None = None


class CloseAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The determination that closes a no-year account: its day and why; other accounts close by law."""

    closed_on: date
    because: Reason


class ReceiveFunding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A funding document with the authority that it first gives; in a lapse (source: none) without an amount."""

    number: Line
    account_id: RecordNumber
    title: Line
    level_of_control: Level
    source_of_authority: Source
    purpose: Reason
    received_on: date
    amount: Dollars | None = None
    source_citation: Line | None = None
    through_on: date | None = None
    cr_amount: Dollars | None = None
    order_law: Line | None = None
    order_accepted_on: date | None = None
    excepted_basis: Line | None = None
    period_from: date | None = None
    period_until: date | None = None
    marking: MarkingText = "CUI"


class ReviseFunding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be corrected of a funding document; account, level and source stay, and amounts are entries."""

    number: Line
    title: Line
    purpose: Reason
    source_citation: Line | None = None
    through_on: date | None = None
    cr_amount: Dollars | None = None
    order_law: Line | None = None
    order_accepted_on: date | None = None
    excepted_basis: Line | None = None
    period_from: date | None = None
    period_until: date | None = None
    marking: MarkingText = "CUI"


class EndFunding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day on which a funding document takes new acts, and why."""

    until: date
    because: Reason


class PostEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of any kind; the kind gives the sign, so the amount lies above zero.

    What names an obligation or commitment (`adjusts_entry_id`) takes its funding document, project, participant and
    authority from it.
    """

    kind: Kind
    amount: Dollars
    effective_on: date
    funding_document_id: RecordNumber | None = None
    adjusts_entry_id: RecordNumber | None = None
    project_id: RecordNumber | None = None
    participant_id: RecordNumber | None = None
    program_authority: Line | None = None
    other_authority: Line | None = None
    document_number: Line | None = None
    document_line: Line | None = None
    document_on: date | None = None
    need: Reason | None = None
    basis: Basis | None = None
    new_start: bool = False
    because: Prose | None = None


class ReverseEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The reversal of an entry: its own day, and why."""

    effective_on: date
    because: Reason


class RecordIncurred(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A liability or disbursement that has already happened, with its flag and evidence, whatever the rules say."""

    kind: Kind
    amount: Dollars
    effective_on: date
    flag: Flag
    evidence: Reason
    funding_document_id: RecordNumber | None = None
    adjusts_entry_id: RecordNumber | None = None
    project_id: RecordNumber | None = None
    participant_id: RecordNumber | None = None
    program_authority: Line | None = None
    other_authority: Line | None = None
    document_number: Line | None = None
    document_line: Line | None = None
    document_on: date | None = None
    need: Reason | None = None
    basis: Basis | None = None
    because: Prose | None = None


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
    document_number: str | None = None
    document_line: str | None = None
    document_on: date | None = None
    need: str | None = None
    basis: str | None = None
    new_start: bool = False
    because: str | None = None
    flag: str | None = None
    evidence: str | None = None


# ---- accounts


@command("account.open", permission="ledger.post")
async def open_account(session: WriteSession, body: OpenAccount) -> AccountId:
    """Enter a Treasury account."""
    try:
        symbol = rules.parse_symbol(body.symbol)
    except rules.NotASymbol as wrong:
        raise Invalid(wrong.detail, mistakes=(Mistake("symbol", wrong.detail, body.symbol[:60]),)) from None
    account = TreasuryAccount(
        symbol=str(symbol),
        allocation_agency=symbol.allocation_agency,
        agency=symbol.agency,
        begin_year=symbol.begin_year,
        end_year=symbol.end_year,
        availability=symbol.availability,
        main=symbol.main,
        sub=symbol.sub,
        title=body.title,
        source=body.source,
        listed_as_of=body.listed_as_of,
    )
    session.add(account)
    await session.flush()
    return AccountId(account.id)


@command("account.revise", permission="ledger.post")
async def revise_account(session: WriteSession, account_id: AccountId, body: ReviseAccount, *, version: int) -> None:
    """Correct an account's title, source, or the list that was looked at."""
    account = await _account(session, account_id, version)
    account.title, account.source, account.listed_as_of = body.title, body.source, body.listed_as_of
    await session.flush()


@command("account.close", permission="ledger.post")
async def close_account(session: WriteSession, account_id: AccountId, body: CloseAccount, *, version: int) -> None:
    """Record the determination that closes a no-year account."""
    account = await _account(session, account_id, version)
    rules.may_close(rules.parse_symbol(account.symbol), body.closed_on, session.today, the_statute())
    account.closed_on, account.closed_because = body.closed_on, body.because
    await session.flush()


# ---- funding documents


@command("funding.receive", permission="ledger.post")
async def receive_funding(session: WriteSession, body: ReceiveFunding) -> FundingDocumentId:
    """Enter a funding document, and the authority that it gives as its first entry."""
    account = await session.get(TreasuryAccount, body.account_id)
    if account is None:
        raise Invalid(
            "One thing needs correcting.",
            mistakes=(Mistake("account_id", "There is no account with this number.", str(body.account_id)),),
        )
    document = FundingDocument(
        number=body.number,
        account_id=body.account_id,
        level_of_control=body.level_of_control,
        source_of_authority=body.source_of_authority,
        received_on=body.received_on,
    )
    _fill(document, body)
    mistakes = (
        *rules.check_funding(_facts(document, account)),
        *rules.check_first_authority(body.source_of_authority, body.amount),
    )
    if mistakes:
        raise Invalid("Some of what was sent needs correcting.", mistakes=mistakes)
    session.add(document)
    await session.flush()
    if body.amount is not None:
        posting = Posting(
            kind="authority received",
            amount=body.amount,
            effective_on=body.received_on,
            funding_document_id=document.id,
            document_number=body.number,
            document_on=body.received_on,
        )
        await post_entries(session, [posting])
    return FundingDocumentId(document.id)


@command("funding.revise", permission="ledger.post")
async def revise_funding(
    session: WriteSession, document_id: FundingDocumentId, body: ReviseFunding, *, version: int
) -> None:
    """Correct what is recorded of a funding document."""
    document, account = await _document(session, document_id, version)
    _fill(document, body)
    mistakes = rules.check_funding(_facts(document, account))
    if mistakes:
        raise Invalid("Some of what was sent needs correcting.", mistakes=mistakes)
    await session.flush()


@command("funding.end", permission="ledger.post")
async def end_funding(session: WriteSession, document_id: FundingDocumentId, body: EndFunding, *, version: int) -> None:
    """Say the last day on which a funding document takes new acts; liquidations go on."""
    document, _ = await _document(session, document_id, version)
    if body.until < document.received_on:
        expected = f"Expected a day on or after {document.received_on.isoformat()}, when it was received."
        raise Invalid(
            "The end lies before the beginning.", mistakes=(Mistake("until", expected, body.until.isoformat()),)
        )
    document.until, document.ended_because = body.until, body.because
    await session.flush()


# ---- entries


@command("ledger.post", permission="ledger.post")
async def post_entry(session: WriteSession, body: PostEntry) -> EntryId:
    """Post one entry; refused before the act where a rule of money does not allow it."""
    return (await post_entries(session, [Posting(**msgspec.structs.asdict(body))]))[0]


@command("ledger.reverse", permission="ledger.post")
async def reverse_entry(session: WriteSession, entry_id: EntryId, body: ReverseEntry) -> EntryId:
    """Reverse an entry: once, with its own day and reason, under every rule that a new entry meets."""
    await _visible_entry(session, entry_id)
    posting = Posting(
        kind=rules.REVERSAL, reverses_entry_id=entry_id, effective_on=body.effective_on, because=body.because
    )
    return (await post_entries(session, [posting]))[0]


@command("ledger.record-incurred", permission="ledger.record-incurred")
async def record_incurred(session: WriteSession, body: RecordIncurred) -> EntryId:
    """Record a liability or disbursement that has already happened; it counts in every total and is an exception."""
    return (await post_entries(session, [Posting(**msgspec.structs.asdict(body))]))[0]


async def post_entries(session: WriteSession, entries: Sequence[Posting]) -> tuple[EntryId, ...]:
    """Post many entries as one statement, all or none; the rules hold for what they come to together on every day.

    Returns their numbers in the same order. Invalid names every mistake by its place (`entries.3.need`).
    """
    if not entries:
        return ()
    return await _Batch(session, entries).post()


class _Known(msgspec.Struct, frozen=True):
    """An entry that others name: one that is stored, or one of the batch."""

    number: int
    kind: str
    reversed_kind: str | None
    amount: Dollars
    funding_document_id: int | None
    project_id: int | None
    participant_id: int | None
    program_authority: str | None
    other_authority: str | None
    adjusts_entry_id: int | None
    effective_on: date
    incurred: bool

    @property
    def base_kind(self) -> str:
        return self.reversed_kind or self.kind

    @property
    def label(self) -> str:
        return f"{self.kind} {self.number}"


_KNOWN_COLUMNS = (
    LedgerEntry.id,
    LedgerEntry.kind,
    LedgerEntry.reversed_kind,
    LedgerEntry.amount,
    LedgerEntry.funding_document_id,
    LedgerEntry.project_id,
    LedgerEntry.participant_id,
    LedgerEntry.program_authority,
    LedgerEntry.other_authority,
    LedgerEntry.adjusts_entry_id,
    LedgerEntry.effective_on,
    LedgerEntry.incurred,
)
_STORED_COLUMNS = [
    *("id", "kind", "reversed_kind", "amount", "funding_document_id", "project_id", "participant_id"),
    *("program_authority", "other_authority", "document_number", "document_line", "document_on", "effective_on"),
    *("fiscal_year", "need", "basis", "adjusts_entry_id", "reverses_entry_id", "because", "new_start", "incurred"),
    *("flag", "evidence", "warnings", "posted_by", "posted_at", "audience"),
]
_IDS = ARRAY(BigInteger())


class _Batch:
    """One posting of entries, from what was sent to the rows that are stored."""

    def __init__(self, session: WriteSession, entries: Sequence[Posting]) -> None:
        self.session = session
        self.entries = entries
        self.mistakes: list[Mistake] = []
        self.stored: dict[int, _Known] = {}
        self.reversed_by: dict[int, int] = {}
        self.fundings: dict[int, Funding] = {}
        self.audiences: dict[tuple[str, int], int] = {}
        self.made: list[_Known] = []
        self.acts: list[Act] = []
        self.warnings: defaultdict[int, list[str]] = defaultdict(list)

    async def post(self) -> tuple[EntryId, ...]:
        reader = await _reader(self.session)
        await self._load_named(reader)
        await self._load_places(reader)
        numbers = await self._numbers()
        for place, entry in enumerate(self.entries):
            self._read(place, entry, numbers[place])
        self._stop_at_mistakes()
        self._judge()
        await self._hold_limits()
        await self._store()
        return tuple(EntryId(number) for number in numbers)

    async def _load_named(self, reader: Reader) -> None:
        ids = {each for entry in self.entries for each in (entry.adjusts_entry_id, entry.reverses_entry_id) if each}
        if not ids:
            return
        rows = await self.session.execute(select(*_KNOWN_COLUMNS).where(_among(LedgerEntry.id, ids), may_see(reader)))
        self.stored = {row.id: _Known(*tuple(row)) for row in rows}

    async def _load_places(self, reader: Reader) -> None:
        # The documents are locked first and in one order; whatever is summed afterwards stands still.
        documents = {entry.funding_document_id for entry in self.entries} | {
            each.funding_document_id for each in self.stored.values()
        }
        rows = await self.session.execute(
            select(FundingDocument, TreasuryAccount)
            .join(TreasuryAccount, TreasuryAccount.id == FundingDocument.account_id)
            .where(_among(FundingDocument.id, documents), visible_to(reader, FundingDocument))
            .order_by(FundingDocument.id)
            .with_for_update(key_share=True, of=FundingDocument)
            .execution_options(populate_existing=True)
        )
        for document, account in rows:
            self.fundings[document.id] = _facts(document, account)
            self.audiences["funding", document.id] = document.audience
        for name, table in (("project", Project), ("participant", Participant)):
            column = f"{name}_id"
            ids = {getattr(each, column) for each in (*self.entries, *self.stored.values())} - {None}
            if ids:
                found = await self.session.execute(
                    select(table.id, table.audience).where(_among(table.id, ids), visible_to(reader, table))
                )
                self.audiences |= {(name, row.id): row.audience for row in found}
        if self.stored:
            reversals = await self.session.execute(
                select(LedgerEntry.reverses_entry_id, LedgerEntry.id).where(
                    _among(LedgerEntry.reverses_entry_id, set(self.stored))
                )
            )
            self.reversed_by = {row.reverses_entry_id: row.id for row in reversals}

    async def _numbers(self) -> list[int]:
        rows = await self.session.scalars(
            text("select nextval('ledger_entry_id_seq') from generate_series(1, :count)"), {"count": len(self.entries)}
        )
        return list(rows)

    # -- what was sent

    def _read(self, place: int, entry: Posting, number: int) -> None:
        if entry.kind == rules.REVERSAL:
            self._read_reversal(place, entry, number)
            return
        named = self._named(place, entry)
        takes = named is not None and entry.kind in rules.NAMES
        values: dict[str, Any] = {}
        for field in ("funding_document_id", "project_id", "participant_id", "program_authority", "other_authority"):
            given = getattr(entry, field)
            taken = getattr(named, field) if named is not None else None
            values[field] = taken if given is None else given
            if given is not None and given != taken and (takes or (named and field == "funding_document_id")):
                self._mistake(place, field, f"Expected what {named.label} has, or nothing." if named else "", given)
        known = _Known(
            number=number,
            kind=entry.kind,
            reversed_kind=None,
            amount=entry.amount or Dollars.zero(),
            adjusts_entry_id=named.number if named else None,
            effective_on=entry.effective_on,
            incurred=entry.flag is not None,
            **values,
        )
        self._check_places(place, known)
        act = Act(
            kind=entry.kind,
            amount=known.amount,
            effective_on=entry.effective_on,
            program_authority=known.program_authority,
            other_authority=known.other_authority,
            document_number=entry.document_number,
            document_on=entry.document_on,
            need=entry.need,
            basis=entry.basis,
            names=named.kind if named else None,
            named_on=named.effective_on if named else None,
            new_start=entry.new_start,
            has_funding=known.funding_document_id is not None,
            has_participant=known.participant_id is not None,
            flag=entry.flag,
            evidence=entry.evidence,
        )
        self._keep(place, known, act)

    def _read_reversal(self, place: int, entry: Posting, number: int) -> None:
        target: _Known | None = None
        if entry.reverses_place is not None and 0 <= entry.reverses_place < len(self.made):
            target = self.made[entry.reverses_place]
        elif entry.reverses_entry_id is not None:
            target = self.stored.get(entry.reverses_entry_id)
        if target is None:
            self._mistake(place, "reverses_entry_id", "There is no entry with this number.", entry.reverses_entry_id)
            target = _nothing(number, entry.effective_on)
        if not entry.because:
            self._mistake(place, "because", "Expected why the entry is reversed.")
        rules.may_reverse(target.kind, self.reversed_by.get(target.number), target.number, the_statute())
        self.reversed_by[target.number] = number
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
            because=entry.because,
        )
        self._keep(place, known, act)

    def _named(self, place: int, entry: Posting) -> _Known | None:
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

    def _check_places(self, place: int, known: _Known) -> None:
        if known.funding_document_id is not None and known.funding_document_id not in self.fundings:
            self._mistake(
                place,
                "funding_document_id",
                "There is no funding document with this number.",
                known.funding_document_id,
            )
        for name in ("project", "participant"):
            number = getattr(known, f"{name}_id")
            if number is not None and (name, number) not in self.audiences:
                self._mistake(place, f"{name}_id", f"There is no {name} with this number.", number)

    def _keep(self, place: int, known: _Known, act: Act) -> None:
        self.made.append(known)
        self.acts.append(act)
        for mistake in rules.missing(act, the_statute()):
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

    # -- what the rules say

    def _judge(self) -> None:
        today, law = self.session.today, the_statute()
        for place, (known, act) in enumerate(zip(self.made, self.acts, strict=True)):
            funding = self.fundings.get(known.funding_document_id or 0)
            found = rules.judge(act, funding, law, today=today)
            refusals = list(found.refusals)
            reverser = self.reversed_by.get(known.adjusts_entry_id or 0)
            # A reversal that comes later in the same batch is judged by what it leaves, not here.
            if not act.reversal and reverser is not None and reverser < known.number:
                refusals.append(
                    Refused(
                        f"Entry {known.adjusts_entry_id}, which this one names, was reversed by entry {reverser}.",
                        citation=law.citation("reversal"),
                        way_out="Name an entry that stands.",
                    )
                )
            self._settle(place, Findings(tuple(refusals), found.warnings))

    def _settle(self, place: int, found: Findings) -> None:
        """Keep warnings; refuse, unless the entry records what has already happened: then the refusal is a warning."""
        self.warnings[place] += found.warnings
        if not found.refusals:
            return
        if self.made[place].incurred:
            self.warnings[place] += [f"{each.detail} ({each.citation})" for each in found.refusals]
            return
        first, *others = found.refusals
        entry = f"Entry {place + 1} of {len(self.entries)}: " if len(self.entries) > 1 else ""
        raise Refused(
            entry + " ".join(each.detail for each in found.refusals),
            citation="; ".join(dict.fromkeys(each.citation for each in found.refusals)),
            way_out=" ".join(dict.fromkeys(each.way_out for each in (first, *others) if each.way_out)),
        )

    async def _hold_limits(self) -> None:
        effects = [
            rules.effect(
                known.base_kind,
                rules.cents(known.amount),
                reversal=known.kind == rules.REVERSAL,
                draws=known.adjusts_entry_id is not None,
            )
            for known in self.made
        ]
        # Recorded alone, what already happened is measured too, so that its warning holds the figures.
        checked = [place for place, known in enumerate(self.made) if not known.incurred or len(self.made) == 1]
        await self._hold_documents(effects, checked)
        await self._hold_threads(effects, checked)

    async def _hold_documents(self, effects: list[rules.Effect], checked: list[int]) -> None:
        authority: defaultdict[int, list[int]] = defaultdict(list)
        reserved: defaultdict[int, list[int]] = defaultdict(list)
        for place in checked:
            document = self.made[place].funding_document_id
            if document is None:
                continue
            each = effects[place]
            if each.obligated > 0 or each.authority < 0:
                authority[document].append(place)
            if each.authority < 0 or (
                each.committed > 0 and self.made[place].base_kind in ("commitment", "decommitment")
            ):
                reserved[document].append(place)
        documents = {*authority, *reserved}
        if not documents:
            return
        days = await self._days_of(documents)
        for known, each in zip(self.made, effects, strict=True):
            document = known.funding_document_id
            if document is not None and document in documents:
                days[document].append(
                    DaySum(known.effective_on, each.authority, each.committed, each.obligated, each.expended)
                )
        for places, hold in ((authority, rules.within_authority), (reserved, rules.within_commitments)):
            for number, harmful in places.items():
                found = hold(
                    self.fundings[number],
                    days[number],
                    since=min(self.made[place].effective_on for place in harmful),
                    asked=sum(rules.cents(self.made[place].amount) for place in harmful),
                    what=self._what(harmful),
                    statute=the_statute(),
                )
                self._settle(harmful[-1], found)

    async def _days_of(self, documents: Iterable[int]) -> defaultdict[int, list[DaySum]]:
        # Grouped by what decides the sign; the arithmetic itself stands once, in rules.effect.
        base = func.coalesce(LedgerEntry.reversed_kind, LedgerEntry.kind)
        draws = LedgerEntry.adjusts_entry_id.is_not(None)
        backwards = LedgerEntry.kind == rules.REVERSAL
        rows = await self.session.execute(
            select(
                LedgerEntry.funding_document_id,
                LedgerEntry.effective_on,
                base,
                backwards,
                draws,
                func.sum(LedgerEntry.amount),
            )
            .where(_among(LedgerEntry.funding_document_id, documents))
            .group_by(LedgerEntry.funding_document_id, LedgerEntry.effective_on, base, backwards, draws)
        )
        days: defaultdict[int, list[DaySum]] = defaultdict(list)
        for document, on, kind, reversal, drawn, amount in rows:
            assert document is not None
            each = rules.effect(kind, rules.cents(amount), reversal=reversal, draws=drawn)
            days[document].append(DaySum(on, each.authority, each.committed, each.obligated, each.expended))
        return days

    async def _hold_threads(self, effects: list[rules.Effect], checked: list[int]) -> None:
        obligations: defaultdict[int, list[int]] = defaultdict(list)
        commitments: defaultdict[int, list[int]] = defaultdict(list)
        for place in checked:
            known, each = self.made[place], effects[place]
            root = _obligation_of(known, self._reversed_number(place))
            if root is not None and (each.obligated < 0 or each.expended != 0):
                obligations[root].append(place)
            root = _commitment_of(known, self._reversed_number(place))
            if root is not None and each.committed < 0:
                commitments[root].append(place)
        if not obligations and not commitments:
            return
        rows = await self._thread_rows({*obligations, *commitments})
        spent: defaultdict[int, list[DaySum]] = defaultdict(list)
        reserved: defaultdict[int, list[DaySum]] = defaultdict(list)
        mine = [
            (known, self._reversed_number(place), each)
            for place, (known, each) in enumerate(zip(self.made, effects, strict=True))
        ]
        for known, reverses, each in (*rows, *mine):
            day = DaySum(known.effective_on, each.authority, each.committed, each.obligated, each.expended)
            root = _obligation_of(known, reverses)
            if root is not None:
                spent[root].append(day)
            root = _commitment_of(known, reverses)
            if root is not None:
                reserved[root].append(day)
        for places, sums, hold, label in (
            (obligations, spent, rules.within_obligation, "obligation"),
            (commitments, reserved, rules.within_commitment, "commitment"),
        ):
            for root, harmful in places.items():
                found = hold(
                    f"{label} {root}",
                    sums[root],
                    since=min(self.made[place].effective_on for place in harmful),
                    asked=sum(rules.cents(self.made[place].amount) for place in harmful),
                    what=self._what(harmful),
                    statute=the_statute(),
                )
                self._settle(harmful[-1], found)

    async def _thread_rows(self, roots: set[int]) -> list[tuple[_Known, int | None, rules.Effect]]:
        new = {known.number for known in self.made}
        ids = roots - new
        if not ids:
            return []
        # One question for each column: an index answers each of them, however large the ledger has grown.
        rows: dict[int, Any] = {}
        for column in (LedgerEntry.id, LedgerEntry.adjusts_entry_id, LedgerEntry.reverses_entry_id):
            asked = select(*_KNOWN_COLUMNS, LedgerEntry.reverses_entry_id).where(_among(column, ids))
            rows |= {row.id: row for row in await self.session.execute(asked)}
        found: list[tuple[_Known, int | None, rules.Effect]] = []
        for _, (*columns, reverses) in sorted(rows.items()):
            known = _Known(*columns)
            amount = rules.cents(known.amount)
            draws = known.adjusts_entry_id is not None
            backwards = known.kind == rules.REVERSAL
            found.append((known, reverses, rules.effect(known.base_kind, amount, reversal=backwards, draws=draws)))
        return found

    def _reversed_number(self, place: int) -> int | None:
        entry = self.entries[place]
        if entry.reverses_place is not None:
            return self.made[entry.reverses_place].number
        return entry.reverses_entry_id

    def _what(self, places: Sequence[int]) -> str:
        if len(places) > 1:
            return f"the batch's {len(places)} entries, together"
        known = self.made[places[0]]
        return f"the reversal of {known.base_kind}" if known.kind == rules.REVERSAL else f"the {known.kind}"

    # -- what is stored

    async def _store(self) -> None:
        now, actor = self.session.now, self.session.actor
        records = []
        for place, (entry, known) in enumerate(zip(self.entries, self.made, strict=True)):
            records.append(
                (
                    known.number,
                    known.kind,
                    known.reversed_kind,
                    known.amount.amount,
                    known.funding_document_id,
                    known.project_id,
                    known.participant_id,
                    known.program_authority,
                    known.other_authority,
                    entry.document_number,
                    entry.document_line,
                    entry.document_on,
                    known.effective_on,
                    fiscal_year(known.effective_on),
                    entry.need,
                    entry.basis,
                    known.adjusts_entry_id,
                    self._reversed_number(place),
                    entry.because or None,
                    entry.new_start,
                    known.incurred,
                    entry.flag,
                    entry.evidence,
                    self.warnings[place],
                    actor,
                    now,
                    self._audience(known),
                )
            )
        connection = await (await self.session.connection()).get_raw_connection()
        driver = connection.driver_connection
        assert driver is not None
        # One statement for one entry or fifty thousand: one trail row, one pass of the trigger that keeps the sums.
        await driver.copy_records_to_table("ledger_entry", records=records, columns=_STORED_COLUMNS)

    def _audience(self, known: _Known) -> int:
        # Whoever may read the entry may read its project, its participant and its document.
        mask = -1
        for name, number in (
            ("funding", known.funding_document_id),
            ("project", known.project_id),
            ("participant", known.participant_id),
        ):
            if number is not None:
                mask &= self.audiences[name, number]
        return mask


def _among(column: Any, ids: Iterable[int | None]) -> Any:
    """`column` is one of `ids`; one parameter, however many there are."""
    # Unnested: compared with a parameter as a whole, a prepared statement would search the array again for each row.
    given = bindparam(None, sorted(each for each in ids if each is not None), type_=_IDS)
    return column.in_(select(func.unnest(given)))


def _obligation_of(known: _Known, reverses: int | None) -> int | None:
    """The obligation that an entry belongs to."""
    if known.base_kind == "obligation":
        return reverses or known.number
    return known.adjusts_entry_id if rules.NAMES.get(known.base_kind) == "obligation" else None


def _commitment_of(known: _Known, reverses: int | None) -> int | None:
    """The commitment that an entry belongs to."""
    if known.base_kind == "commitment":
        return reverses or known.number
    return known.adjusts_entry_id if rules.MAY_NAME.get(known.base_kind) == "commitment" else None


def _nothing(number: int, on: date) -> _Known:
    # Stands in for a missing entry until its mistake is reported, so that the others are found too.
    return _Known(number, "obligation", None, Dollars("0.01"), None, None, None, None, None, None, on, False)


async def _reader(session: WriteSession) -> Reader:
    row = (
        await session.execute(select(Person.reader_kind, Person.nationality).where(Person.id == session.actor))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no person with the number that this write is signed with.")
    kind: Any = row.reader_kind
    return Reader(kind=kind, nationality=row.nationality)


async def _visible_entry(session: WriteSession, entry_id: EntryId) -> None:
    reader = await _reader(session)
    if await session.scalar(select(LedgerEntry.id).where(LedgerEntry.id == entry_id, may_see(reader))) is None:
        raise NotFound("There is no entry with this number.")


async def _account(session: WriteSession, account_id: AccountId, version: int) -> TreasuryAccount:
    account = await session.get(TreasuryAccount, account_id, with_for_update=True)
    if account is None:
        raise NotFound("There is no account with this number.")
    session.check_version(account, version, title=f"The account {account.symbol}")
    return account


async def _document(
    session: WriteSession, document_id: FundingDocumentId, version: int
) -> tuple[FundingDocument, TreasuryAccount]:
    reader = await _reader(session)
    row = (
        await session.execute(
            select(FundingDocument, TreasuryAccount)
            .join(TreasuryAccount, TreasuryAccount.id == FundingDocument.account_id)
            .where(FundingDocument.id == document_id, visible_to(reader, FundingDocument))
            .with_for_update(of=FundingDocument)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no funding document with this number.")
    document, account = row
    session.check_version(document, version, title=f"The funding document {document.number}")
    return document, account


def _fill(document: FundingDocument, body: ReceiveFunding | ReviseFunding) -> None:
    document.number, document.title, document.purpose = body.number, body.title, body.purpose
    document.source_citation = body.source_citation
    document.through_on, document.cr_amount = body.through_on, body.cr_amount
    document.order_law, document.order_accepted_on = body.order_law, body.order_accepted_on
    document.excepted_basis = body.excepted_basis
    document.period_from, document.period_until = body.period_from, body.period_until
    document.mark(parse_marking(body.marking))


def _facts(document: FundingDocument, account: TreasuryAccount) -> Funding:
    return Funding(
        number=document.number,
        account=rules.Account(rules.parse_symbol(account.symbol), account.closed_on),
        level=document.level_of_control,
        source=document.source_of_authority,
        through_on=document.through_on,
        cr_amount=document.cr_amount,
        order_law=document.order_law,
        order_accepted_on=document.order_accepted_on,
        excepted_basis=document.excepted_basis,
        period_from=document.period_from,
        period_until=document.period_until,
        received_on=document.received_on,
        until=document.until,
    )
