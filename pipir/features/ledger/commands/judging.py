"""Holds a batch to the rules: each entry for itself, then what they come to together on every day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import func, select

from pipir.features.ledger import rules
from pipir.features.ledger.commands.batch import Batch
from pipir.features.ledger.commands.closed import hold_closed_share
from pipir.features.ledger.commands.known import Known
from pipir.features.ledger.commands.reading import thread_rows
from pipir.features.ledger.rules import DaySum, Findings
from pipir.features.ledger.tables import FundingDocument, LedgerSum, TreasuryAccount
from pipir.kernel.calendar import fiscal_year
from pipir.kernel.errors import Refused
from pipir.statute.model import Statute
from pipir.store.doors import ReadSession


def judge(batch: Batch) -> None:
    today, law = batch.session.today, batch.law
    for place, (known, act) in enumerate(zip(batch.made, batch.acts, strict=True)):
        funding = batch.fundings.get(known.funding_document_id or 0)
        found = rules.judge(act, funding, law, today=today, recorded_on=batch.session.recorded_on(act.effective_on))
        reversed_before: tuple[Refused, ...] = ()
        reverser = batch.reversed_by.get(known.adjusts_entry_id or 0)
        # A reversal that comes later in the same batch is judged by what it leaves, not here. A closing cancels what is
        # left of an obligation, by an adjustment that was not reversed with it, whether or not that one stands.
        stands = reverser is None or reverser > known.number
        if not (act.reversal or stands or act.kind == "closing"):
            reversed_before = (
                Refused(
                    f"Entry {known.adjusts_entry_id}, which this one names, was reversed by entry {reverser}.",
                    citation=law.citation("reversal"),
                    way_out="Name an entry that stands, or record an unmatched disbursement, which names none."
                    if known.incurred and known.kind == "expenditure"
                    else "Name an entry that stands.",
                ),
            )
        _settle(
            batch,
            place,
            Findings((*found.refusals, *reversed_before), found.warnings, (*found.always, *reversed_before)),
        )


def _settle(batch: Batch, place: int, found: Findings) -> None:
    """Keep warnings; refuse, unless the entry records what has already happened: then the refusal is a warning.

    What can be no record of a past act at all is refused even then.
    """
    batch.warnings[place] += found.warnings
    refusals = found.refusals
    if batch.made[place].incurred:
        flagged = (each for each in refusals if each not in found.always)
        batch.warnings[place] += [f"{each.detail} ({each.citation})" for each in flagged]
        refusals = found.always
    if not refusals:
        return
    entry = f"Entry {place + 1} of {len(batch.entries)}: " if len(batch.entries) > 1 else ""
    raise Refused(
        entry + " ".join(each.detail for each in refusals),
        citation="; ".join(dict.fromkeys(each.citation for each in refusals)),
        way_out=" ".join(dict.fromkeys(each.way_out for each in refusals if each.way_out)),
    )


async def warn_of_contract_changes(batch: Batch) -> None:
    """Add the adjustments of each expired account's fiscal year up, whoever may see them, and warn where it counts."""
    changes = []
    for place, known in enumerate(batch.made):
        if known.base_kind == "upward adjustment" and known.funding_document_id is not None:
            account = batch.fundings[known.funding_document_id].account
            reversal = known.kind == rules.REVERSAL
            added = rules.effect(known.base_kind, rules.cents(known.amount), reversal=reversal).obligated
            changes.append((place, account, known.effective_on, added))
    for place, warnings in (await contract_warnings(batch.session, changes, batch.law)).items():
        batch.warnings[place] += warnings


async def contract_warnings(
    session: ReadSession, changes: Iterable[tuple[int, rules.Account, date, int]], law: Statute
) -> dict[int, tuple[str, ...]]:
    """What to say of upward adjustments, by place, on top of those that are stored: (place, account, day, cents)."""
    of_year: defaultdict[tuple[str, int], list[tuple[int, date, int]]] = defaultdict(list)
    for place, account, on, added in changes:
        if rules.state_of(account, on, law) == "expired":
            of_year[str(account.symbol), fiscal_year(on)].append((place, on, added))
    if not of_year:
        return {}
    rows = await session.execute(
        select(TreasuryAccount.symbol, LedgerSum.fiscal_year, func.sum(LedgerSum.amount))
        .join(FundingDocument, FundingDocument.id == LedgerSum.funding_document_id)
        .join(TreasuryAccount, TreasuryAccount.id == FundingDocument.account_id)
        .where(LedgerSum.kind == "upward adjustment", TreasuryAccount.symbol.in_({symbol for symbol, _ in of_year}))
        .group_by(TreasuryAccount.symbol, LedgerSum.fiscal_year)
    )
    before = {(symbol, year): rules.cents(amount) for symbol, year, amount in rows}
    said: dict[int, tuple[str, ...]] = {}
    for key, places in of_year.items():
        total = before.get(key, 0)
        for place, on, added in places:
            total += added
            if added > 0:
                said[place] = rules.contract_changes(total, on, law)
    return said


async def hold_limits(batch: Batch) -> None:
    effects = [
        rules.effect(
            known.base_kind,
            rules.cents(known.amount),
            reversal=known.kind == rules.REVERSAL,
            draws=known.adjusts_entry_id is not None,
        )
        for known in batch.made
    ]
    # Recorded alone, what already happened is measured too, so that its warning holds the figures.
    checked = [place for place, known in enumerate(batch.made) if not known.incurred or len(batch.made) == 1]
    _hold_documents(batch, effects, checked)
    await _hold_threads(batch, effects, checked)
    await hold_closed_share(batch, effects, checked, _settle)


def _hold_documents(batch: Batch, effects: list[rules.Effect], checked: list[int]) -> None:
    authority: defaultdict[int, list[int]] = defaultdict(list)
    reserved: defaultdict[int, list[int]] = defaultdict(list)
    uncommitted: defaultdict[int, list[int]] = defaultdict(list)
    for place in checked:
        document = batch.made[place].funding_document_id
        if document is None:
            continue
        each = effects[place]
        if each.obligated > 0 or each.authority < 0:
            authority[document].append(place)
        # What a closed account reserved lapses with it; its closing is held to the obligations alone.
        lowers = each.authority < 0 and batch.made[place].kind != "closing"
        if lowers or (each.committed > 0 and batch.made[place].base_kind in ("commitment", "decommitment")):
            reserved[document].append(place)
        if each.obligated > 0 and each.obligated + each.committed > each.authority:
            uncommitted[document].append(place)
    documents = {*authority, *reserved}
    if not documents:
        return
    days = {document: list(batch.days.get(document, ())) for document in documents}
    for known, each in zip(batch.made, effects, strict=True):
        document = known.funding_document_id
        if document is not None and document in documents:
            days[document].append(
                DaySum(known.effective_on, each.authority, each.committed, each.obligated, each.expended)
            )
    for places, hold in (
        (authority, rules.within_authority),
        (reserved, rules.within_commitments),
        (uncommitted, rules.beside_commitments),
    ):
        for number, harmful in places.items():
            found = hold(
                batch.fundings[number],
                days[number],
                since=min(batch.made[place].effective_on for place in harmful),
                asked=sum(rules.cents(batch.made[place].amount) for place in harmful),
                what=_what(batch, harmful),
                statute=batch.law,
            )
            _settle(batch, harmful[-1], found)


async def _hold_threads(batch: Batch, effects: list[rules.Effect], checked: list[int]) -> None:
    obligations: defaultdict[int, list[int]] = defaultdict(list)
    returns: defaultdict[int, list[int]] = defaultdict(list)
    commitments: defaultdict[int, list[int]] = defaultdict(list)
    for place in checked:
        known, each = batch.made[place], effects[place]
        root = obligation_of(known, batch.reversed_number(place))
        # What lowers an overspent obligation's expenditures mends it: only what makes it worse is held against it.
        if root is not None and (each.obligated < 0 or each.expended > 0):
            obligations[root].append(place)
        if root is not None and each.expended < 0:
            returns[root].append(place)
        root = commitment_of(known, batch.reversed_number(place))
        if root is not None and each.committed < 0:
            commitments[root].append(place)
    if not obligations and not returns and not commitments:
        return
    new = {known.number for known in batch.made}
    rows = await thread_rows(batch.session, {*obligations, *returns, *commitments} - new)
    spent: defaultdict[int, list[DaySum]] = defaultdict(list)
    reserved: defaultdict[int, list[DaySum]] = defaultdict(list)
    mine = [
        (known, batch.reversed_number(place), each)
        for place, (known, each) in enumerate(zip(batch.made, effects, strict=True))
    ]
    for known, reverses, each in (*rows, *mine):
        day = DaySum(known.effective_on, each.authority, each.committed, each.obligated, each.expended)
        root = obligation_of(known, reverses)
        if root is not None:
            spent[root].append(day)
        root = commitment_of(known, reverses)
        if root is not None:
            reserved[root].append(day)
    for places, sums, hold, label in (
        (obligations, spent, rules.within_obligation, "obligation"),
        (returns, spent, rules.refunds_within_expenditures, "obligation"),
        (commitments, reserved, rules.within_commitment, "commitment"),
    ):
        for root, harmful in places.items():
            found = hold(
                f"{label} {root}",
                sums[root],
                since=min(batch.made[place].effective_on for place in harmful),
                asked=sum(rules.cents(batch.made[place].amount) for place in harmful),
                what=_what(batch, harmful),
                statute=batch.law,
            )
            _settle(batch, harmful[-1], found)


def _what(batch: Batch, places: Sequence[int]) -> str:
    if len(places) > 1:
        return f"the batch's {len(places)} entries, together"
    known = batch.made[places[0]]
    return f"the reversal of {known.base_kind}" if known.kind == rules.REVERSAL else f"the {known.kind}"


def obligation_of(known: Known, reverses: int | None) -> int | None:
    """The obligation that an entry belongs to."""
    if known.base_kind == "obligation":
        return reverses or known.number
    return known.adjusts_entry_id if rules.MAY_NAME.get(known.base_kind) == "obligation" else None


def commitment_of(known: Known, reverses: int | None) -> int | None:
    """The commitment that an entry belongs to."""
    if known.base_kind == "commitment":
        return reverses or known.number
    return known.adjusts_entry_id if rules.MAY_NAME.get(known.base_kind) == "commitment" else None
