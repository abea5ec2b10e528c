"""Loads what a file's names are looked up in, and says whether that has changed since."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from pipir.features.imports.commands.names import Named, Scope, key_of
from pipir.features.law.queries import determinations_by_number, law_of
from pipir.features.law.rules import Determination
from pipir.features.law.tables import ContinuationDetermination
from pipir.features.ledger.commands.known import KNOWN_COLUMNS, Known, among
from pipir.features.ledger.commands.reading import accounts_by_number, facts, reversals_of, signatures
from pipir.features.ledger.rules import REVERSAL, ClosedAccount, Funding
from pipir.features.ledger.tables import FundingDocument, LedgerEntry, LedgerSum, TreasuryAccount, may_see
from pipir.features.participants.tables import Participant
from pipir.features.projects.tables import Project
from pipir.kernel.marking import Reader, reader_bits
from pipir.statute.model import Statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession

_TEXTS = ARRAY(Text())


@dataclass
class Books:
    """What names in a file are looked up in, loaded once, and what the rows of the file are judged by."""

    law: Statute
    today: date
    fundings: dict[str, tuple[int, Funding]]
    by_account: dict[str, list[str]]
    projects: dict[str, int]
    participants: dict[str, int]
    determinations: dict[int, Determination]
    # By the column of an entry, then by number: who may read what it names.
    audiences: dict[str, dict[int, int]]
    # The accounts that a charge may name as closed, by symbol and by number.
    accounts: dict[str, int] = field(default_factory=dict)
    closed: dict[int, ClosedAccount] = field(default_factory=dict)
    funding_by_id: dict[int, Funding] = field(default_factory=dict)


async def load_books(session: ReadSession, reader: Reader) -> Books:
    """Every document, project and country that the reader may see, by what people call it."""
    documents = await session.execute(
        select(FundingDocument, TreasuryAccount)
        .join(TreasuryAccount, TreasuryAccount.id == FundingDocument.account_id)
        .where(visible_to(reader, FundingDocument))
        .order_by(FundingDocument.id)
        .execution_options(populate_existing=True)
    )
    books = Books(
        law=await law_of(session),
        today=session.today,
        fundings={},
        by_account={},
        projects={},
        participants={},
        determinations=await determinations_by_number(
            session, set(await session.scalars(select(ContinuationDetermination.id)))
        ),
        audiences={name: {} for name in Scope._fields},
    )
    for account in await session.scalars(select(TreasuryAccount).order_by(TreasuryAccount.id)):
        books.accounts[account.symbol.upper()] = account.id
    books.closed = await accounts_by_number(session, books.accounts.values())
    signed = await signatures(session)
    for document, account in documents:
        books.fundings[document.number] = (document.id, facts(document, account, signed.get(account.id, ())))
        books.funding_by_id[document.id] = books.fundings[document.number][1]
        books.by_account.setdefault(account.symbol, []).append(document.number)
        books.audiences["funding_document_id"][document.id] = document.audience
    for name, table, numbers in (
        ("project_id", Project, books.projects),
        ("participant_id", Participant, books.participants),
    ):
        rows = await session.execute(select(table.id, table.code, table.audience).where(visible_to(reader, table)))
        for number, code, audience in rows:
            numbers[code.upper()] = number
            books.audiences[name][number] = audience
    return books


async def find_named(
    session: ReadSession, reader: Reader, names: Iterable[tuple[str, str, str]], numbers: Collection[int]
) -> Named:
    """The stored obligations and commitments that rows name, by kind, document and line or by number."""
    wanted = {key_of(*each): each for each in names}
    documents = sorted({document for _, document, _ in wanted.values()})
    reversal = LedgerEntry.__table__.alias("reversal")
    stands = ~select(reversal.c.id).where(reversal.c.reverses_entry_id == LedgerEntry.id).exists()
    by_document: dict[str, list[Known]] = {}
    by_number: dict[int, Known] = {}
    reversed_by: dict[int, int] = {}
    if documents:
        rows = await session.execute(
            select(*KNOWN_COLUMNS, LedgerEntry.document_number, LedgerEntry.document_line)
            .where(
                LedgerEntry.document_number.in_(select(func.unnest(bindparam(None, documents, type_=_TEXTS)))),
                LedgerEntry.kind != REVERSAL,
                may_see(reader),
                stands,
            )
            .order_by(LedgerEntry.id)
        )
        for *columns, document, line in rows:
            known = Known(*columns)
            # An obligation or a commitment is named as what it is; what is reversed may be of any kind.
            named = (known.kind, REVERSAL) if known.kind in ("obligation", "commitment") else (REVERSAL,)
            for key in (key_of(each, document, line or "") for each in named):
                if key in wanted:
                    by_document.setdefault(key, []).append(known)
    if numbers:
        found = await session.execute(
            select(*KNOWN_COLUMNS).where(among(LedgerEntry.id, numbers), may_see(reader)).order_by(LedgerEntry.id)
        )
        by_number = {row.id: Known(*tuple(row)) for row in found}
        reversed_by = await reversals_of(session, numbers)
    return Named(by_document, by_number, reversed_by)


class Ground(msgspec.Struct, frozen=True):
    """What the rows that are staged rest on, by number: it must stand as it stood when they were judged."""

    documents: tuple[int, ...]
    projects: tuple[int, ...]
    participants: tuple[int, ...]


async def print_of(session: ReadSession, reader: Reader, ground: Ground | None, *, source: int) -> str:
    """A fingerprint of everything that rows are judged by, before any sum; of all there is where no ground is given."""
    said: list[Any] = [session.today.isoformat(), (await law_of(session)).digest, reader_bits(reader), source]
    documents = (
        select(FundingDocument.id, FundingDocument.version, TreasuryAccount.id, TreasuryAccount.version)
        .join(TreasuryAccount, TreasuryAccount.id == FundingDocument.account_id)
        .order_by(FundingDocument.id)
    )
    if ground is not None:
        documents = documents.where(among(FundingDocument.id, ground.documents))
    said += [tuple(row) for row in await session.execute(documents)]
    for table, numbers in (
        (Project, None if ground is None else ground.projects),
        (Participant, None if ground is None else ground.participants),
    ):
        asked = select(table.id, table.audience, table.code).order_by(table.id)
        if numbers is not None:
            asked = asked.where(among(table.id, numbers))
        said += [tuple(row) for row in await session.execute(asked)]
    determinations = select(ContinuationDetermination.id, ContinuationDetermination.version).order_by(
        ContinuationDetermination.id
    )
    said += [tuple(row) for row in await session.execute(determinations)]
    said += [tuple(row) for rows in (await signatures(session)).values() for row in rows]
    return hashlib.sha256(repr(said).encode()).hexdigest()


async def counts_of(session: ReadSession, documents: Collection[int]) -> dict[str, int]:
    """How many entries each document has: a post to it since then shows here."""
    rows = await session.execute(
        select(LedgerSum.funding_document_id, func.sum(LedgerSum.count))
        .where(among(LedgerSum.funding_document_id, documents))
        .group_by(LedgerSum.funding_document_id)
    )
    return {str(document): int(count) for document, count in rows}
