"""Accounts that one publication holds: posts to them are answered at once, and those to other accounts go on."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Integer, func, literal, select, text

from pipir.features.ledger.commands.known import among
from pipir.features.ledger.commands.reading import ACCOUNTS
from pipir.features.ledger.tables import FundingDocument, LedgerHold, TreasuryAccount
from pipir.kernel.errors import Unavailable
from pipir.kernel.marking import Reader
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession, WriteSession


class Held(Unavailable):
    """The accounts of a post are being published to; the same post may pass later."""

    slug = "account-held"
    title = "An import is being published to this account"
    retry_after_seconds = 10


async def refuse_held(session: ReadSession, documents: Collection[int], reader: Reader) -> None:
    """Say which import holds the account of one of these documents, where one does.

    A publication that waits for its turn counts as one that holds: it is never starved by posts.
    """
    account = TreasuryAccount.id
    got = func.pg_try_advisory_xact_lock_shared(literal(ACCOUNTS, Integer), account.cast(Integer))
    named = among(FundingDocument.id, documents)
    free = (
        select(account.label("id"), got.label("got"))
        .where(account.in_(select(FundingDocument.account_id).where(named)))
        .cte("free_account")
    )
    holder = await session.scalar(
        select(func.coalesce(LedgerHold.holder, "An import or a closing"))
        .select_from(FundingDocument)
        .join(free, free.c.id == FundingDocument.account_id)
        .outerjoin(LedgerHold, LedgerHold.account_id == FundingDocument.account_id)
        .where(named, visible_to(reader, FundingDocument), ~free.c.got)
        .limit(1)
    )
    if holder is not None:
        raise Held(
            f"{holder} is being published to this account; nothing was stored.",
            way_out="Try again in a moment; other accounts are open.",
        )


async def announce(session: WriteSession, accounts: Iterable[int], holder: str) -> None:
    """Say beforehand who is going to hold these accounts; those who are turned away read it."""
    await session.execute(
        text(
            "insert into ledger_hold (account_id, holder) select unnest(cast(:accounts as bigint[])), :holder "
            "on conflict (account_id) do update set holder = excluded.holder"
        ),
        {"accounts": sorted(accounts), "holder": holder},
    )


async def hold_accounts(session: WriteSession, accounts: Sequence[int]) -> None:
    """Wait for the posts that are under way, and keep others off these accounts until this transaction ends."""
    for account in sorted(accounts):
        await session.execute(
            text("select pg_advisory_xact_lock(:key, cast(:account as integer))"),
            {"key": ACCOUNTS, "account": account},
        )
