"""What posts several entries as one act: authority that moves between documents, balances that are cancelled."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from pipir.features.ledger.commands.batch import Posting
from pipir.features.ledger.commands.entries import post_entries, wrong_in_entry
from pipir.features.ledger.queries import closing
from pipir.features.ledger.tables import AccountId, TreasuryAccount
from pipir.features.people.queries import reader_of
from pipir.kernel.calendar import show_day
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound, Refused
from pipir.kernel.ids import EntryId, RecordNumber
from pipir.kernel.money import Dollars
from pipir.kernel.text import Line, Prose
from pipir.store.doors import WriteSession


class MoveAuthority(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Authority that leaves a funding document for another one.

    With `transfer_law` it is a transfer; where no receiving document is named it leaves for `outside_account`, which is
    not kept here. With `approval` it is a reprogramming. `new_start` marks both ends.
    """

    from_document_id: RecordNumber
    amount: Dollars
    effective_on: date
    to_document_id: RecordNumber | None = None
    transfer_law: Line | None = None
    approval: Line | None = None
    outside_account: Line | None = None
    new_start: bool = False
    document_number: Line | None = None
    document_on: date | None = None
    because: Prose | None = None

    @staticmethod
    def wrong_in(read: Mapping[str, Any], unread: Collection[str]) -> Iterable[Mistake]:
        """What is wrong with a movement of authority, as far as it could be read."""
        some = {"from_document_id": 0, "amount": Dollars("1.00"), "effective_on": date.max}
        given = {name: "said" for name in ("transfer_law", "approval") if name in unread}
        body = MoveAuthority(**{**some, **given, **read})
        shared = {name: read[name] for name in ("amount", "effective_on") if name in read}
        of_entry = wrong_in_entry({"kind": "transfer out", **shared}, ())
        return [*(each for each in of_entry if each.where in shared), *([] if given else _mistakes(body))]


class CloseBalances(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The paper of the closing, where there is one, and a remark."""

    document_number: Line | None = None
    document_on: date | None = None
    because: Prose | None = None


@command("ledger.move-authority", permission="ledger.post", sunset="goes on")
async def move_authority(session: WriteSession, body: MoveAuthority) -> tuple[EntryId, ...]:
    """Move authority: take it out of one document and bring it into the other, both or neither."""
    mistakes = _mistakes(body)
    kind = "reprogramming" if body.transfer_law is None and body.approval is not None else "transfer"
    shared = {
        name: getattr(body, name)
        for name in (
            *("amount", "effective_on", "document_number", "document_on", "because", "transfer_law", "approval"),
            "new_start",
        )
    }
    if body.transfer_law is not None:
        shared["approval"] = None
    leaves = Posting(kind=f"{kind} out", funding_document_id=body.from_document_id, **shared)
    postings = [msgspec.structs.replace(leaves, outside_account=body.outside_account)]
    if body.to_document_id is not None:
        postings.append(Posting(kind=f"{kind} in", funding_document_id=body.to_document_id, counter_place=0, **shared))
    try:
        numbers = await post_entries(session, postings)
    except Invalid as wrong:
        mistakes = [*mistakes, *(_of_form(each) for each in wrong.mistakes)]
    except Refused:
        if not mistakes:
            raise
    # One sentence for a field, although both entries say it.
    once = {each.where: each for each in reversed(mistakes)}
    if once:
        count = len(once)
        raise Invalid(
            "One thing needs correcting." if count == 1 else f"{count} things need correcting.",
            mistakes=tuple(reversed(once.values())),
        )
    return numbers


def _mistakes(body: MoveAuthority) -> list[Mistake]:
    found = []
    if (body.transfer_law is None) == (body.approval is None):
        expected = "Expected the law that allows a transfer, or the approval of a reprogramming: one of the two."
        found.append(Mistake("transfer_law", expected, body.transfer_law or ""))
    if body.approval is not None and body.transfer_law is None and body.to_document_id is None:
        expected = "Expected the document that receives it: a reprogramming stays within its account."
        found.append(Mistake("to_document_id", expected))
    if body.to_document_id == body.from_document_id:
        expected = "Expected another document than the one that it leaves."
        found.append(Mistake("to_document_id", expected, str(body.to_document_id)))
    return found


def _of_form(mistake: Mistake) -> Mistake:
    """A mistake of one of the two entries, where the form asks for it."""
    head, _, name = mistake.where.rpartition(".")
    if name == "funding_document_id":
        name = "to_document_id" if head == "entries.1" else "from_document_id"
    if name == "kind":
        name = "to_document_id"
    return Mistake(name, mistake.expected, mistake.found)


@command("ledger.close-balances", permission="ledger.post", sunset="goes on")
async def close_balances(session: WriteSession, account_id: AccountId, body: CloseBalances) -> tuple[EntryId, ...]:
    """Cancel what a closed account still holds: what obligations never paid, then what was never obligated."""
    account = await session.get(TreasuryAccount, account_id, with_for_update=True)
    if account is None:
        raise NotFound("There is no account with this number.")
    found = await closing(session, await reader_of(session, session.actor), account_id)
    if not found.closed or found.closes_on is None:
        when = f"closes with {show_day(found.closes_on)}" if found.closes_on else "is a no-year account and stays open"
        raise Refused(
            f"Account {found.symbol} {when}: nothing of it is cancelled.",
            citation=found.citation,
            way_out="Cancel its balances after that day."
            if found.closes_on
            else "Record the determination that closes the account first.",
        )
    if not found.balances:
        raise Refused(
            f"Account {found.symbol} holds no balance that could be cancelled.",
            citation=found.citation,
            way_out="Nothing more is to be done; its closed entries stay in the record.",
        )
    return await post_entries(
        session,
        [
            Posting(
                kind="closing",
                amount=each.amount,
                effective_on=found.closes_on,
                funding_document_id=each.funding_document_id,
                adjusts_entry_id=each.obligation_id,
                document_number=body.document_number,
                document_on=body.document_on,
                because=body.because,
            )
            for each in found.balances
        ],
    )
