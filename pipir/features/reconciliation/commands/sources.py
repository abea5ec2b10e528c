"""Sources of official accounting, their extracts, the answers to differences, and the signature of a month."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import msgspec
from sqlalchemy import select

from pipir.features.ledger.tables import (
    FundingDocument,
    LedgerEntry,
    LedgerSum,
    ReconciledMonth,
    TreasuryAccount,
    may_see,
)
from pipir.features.participants.tables import Participant
from pipir.features.people.queries import reader_of
from pipir.features.people.tables import Person
from pipir.features.projects.tables import Project
from pipir.features.reconciliation import queries, rules
from pipir.features.reconciliation.rules import Answered, Under
from pipir.features.reconciliation.tables import (
    ExtractId,
    ItemId,
    OfficialExtract,
    OfficialSource,
    ReconciliationItem,
    SourceId,
)
from pipir.kernel.calendar import show_day
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound, Refused
from pipir.kernel.files import Incoming
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Marking, combined, read_marking
from pipir.kernel.money import Dollars
from pipir.kernel.text import Line, Reason
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession

_MISTAKES_SHOWN = 200
Symbols = Annotated[list[str], msgspec.Meta(min_length=1, max_length=100, description="Symbols of accounts here.")]
Words = Annotated[list[Line], msgspec.Meta(max_length=20, description="As the source writes it, in any case.")]


class AddSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A system of official accounting: what it holds, of which accounts, and how its extract is read."""

    name: Line
    holds: Reason
    symbols: Symbols
    document_column: Line
    stage_column: Line
    amount_column: Line
    obligation_words: Words
    expenditure_words: Words
    line_column: Line | None = None
    date_column: Line | None = None
    symbol_column: Line | None = None
    expenditures_under: Under = "the obligation"
    owner_person_id: RecordNumber | None = None

    @staticmethod
    def wrong_in(read: Mapping[str, Any], unread: Collection[str]) -> Iterable[Mistake]:
        """What of a source could be read and is wrong, whether its accounts are here or not."""
        return rules.wrong_layout(
            symbols=() if "symbol_column" in unread else read.get("symbols", ()),
            obligation_words=read.get("obligation_words"),
            expenditure_words=read.get("expenditure_words", ()),
            columns={name: read.get(name) for name in rules.COLUMNS},
        )


class EndSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day on which the source is read, and why."""

    until: date
    because: Reason


class ReadExtractIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day that the extract is of, and its marking; that of what it is compared with is added."""

    as_of: date
    marking: Line = "CUI"


class MatchAgain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the latest extract is compared once more; after a correction was posted, for one."""

    because: Reason | None = None


class AnswerItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a difference is, and why; an error in the ledger names the entry that corrects it."""

    answer: Answered
    explanation: Reason
    corrected_by_entry_id: RecordNumber | None = None


class AssignItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who looks after a difference."""

    owner_person_id: RecordNumber


class SignMonth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The month of an account as signed: to its last day, with the difference stated exact."""

    account_id: RecordNumber
    month_on: date
    difference: Dollars
    remark: Reason | None = None
    because: Reason | None = None
    marking: Line = "CUI"


@dataclass(frozen=True)
class ExtractContent:
    """An extract that was read: what its file is called, its hash, its lines, and the mapping they were read by."""

    filename: str
    sha256: str
    lines: tuple[rules.Line, ...]
    mapping: rules.Mapping


async def examined_extract(file: Incoming, mapping: rules.Mapping) -> ExtractContent:
    """The extract as read; Invalid with every mistake by row and column."""
    file.body.seek(0)
    read = await asyncio.to_thread(lambda: rules.read_extract(file.body.read(), file.name, mapping))
    if read.mistakes:
        count = len(read.mistakes)
        raise Invalid(
            f"The extract has {count} mistake{'' if count == 1 else 's'}; nothing of it was stored.",
            mistakes=read.mistakes[:_MISTAKES_SHOWN],
        )
    return ExtractContent(file.name, file.sha256, read.lines, mapping)


@command("reconciliation.add-source", permission="ledger.reconcile", sunset="goes on")
async def add_source(session: WriteSession, body: AddSource) -> SourceId:
    """Enter a system of official accounting."""
    found = OfficialSource(**await _of_source(session, body))
    session.add(found)
    await session.flush()
    return SourceId(found.id)


@command("reconciliation.revise-source", permission="ledger.reconcile", sunset="goes on")
async def revise_source(session: WriteSession, source_id: SourceId, body: AddSource, *, version: int) -> None:
    """Correct what is known of a source; the next extract is read by it."""
    values = await _of_source(session, body)
    found = await _source(session, source_id, version)
    for name, value in values.items():
        setattr(found, name, value)
    await session.flush()


@command("reconciliation.end-source", permission="ledger.reconcile", sunset="goes on")
async def end_source(session: WriteSession, source_id: SourceId, body: EndSource, *, version: int) -> None:
    """Say the last day on which a source is read."""
    found = await _source(session, source_id, version)
    if found.until is not None:
        raise Refused(f"This source ended on {show_day(found.until)} already.")
    if body.until > session.today:
        expected = f"Expected a day until {show_day(session.today)}, today."
        raise Invalid("The end needs correcting.", mistakes=(Mistake("until", expected, body.until.isoformat()),))
    found.until, found.ended_because = body.until, body.because
    await session.flush()


@command("reconciliation.read-extract", permission="ledger.reconcile", sunset="goes on")
async def read_extract(
    session: WriteSession, source_id: SourceId, body: ReadExtractIn, *, content: ExtractContent
) -> ExtractId:
    """Store an extract, all of it, compare it with the ledger, open what differs and settle what agrees now."""
    source = await _source(session, source_id, None)
    if source.until is not None:
        raise Refused(f"This source ended on {show_day(source.until)}.", way_out="Read the extract of another source.")
    if queries.mapping_of(source) != content.mapping:
        raise Refused("The source was changed while the file was read.", way_out="Send the file once more.")
    latest = await _latest(session, source_id)
    rules.check_as_of(body.as_of, session.today, latest.as_of if latest is not None else None)
    reader = await reader_of(session, session.actor)
    marking = await _marking(session, source.symbols, read_marking(body.marking, reader))
    zero = Dollars.zero()
    found = OfficialExtract(
        source_id=source_id,
        as_of=body.as_of,
        filename=content.filename,
        sha256=content.sha256,
        rows=len(content.lines),
        matched=0,
        differing=0,
        only_ledger=0,
        only_official=0,
        settled=0,
        obligated=zero,
        obligated_official=zero,
        expended=zero,
        expended_official=zero,
        last_entry_id=await queries.last_entry(session),
        uploaded_by=session.actor,
        uploaded_at=session.now,
    )
    found.mark(marking)
    session.add(found)
    await session.flush()
    connection = await (await session.connection()).get_raw_connection()
    driver = connection.driver_connection
    assert driver is not None
    await driver.copy_records_to_table(
        "official_line",
        records=[
            (
                found.id,
                each.row,
                each.symbol,
                each.document,
                each.document_line,
                each.stage,
                each.amount.amount,
                each.day,
            )
            for each in content.lines
        ],
        columns=[
            *("extract_id", "row_number", "symbol", "document_number", "document_line", "stage", "amount"),
            "recorded_on",
        ],
    )
    await _settle(session, source, found)
    return ExtractId(found.id)


@command("reconciliation.match-again", permission="ledger.reconcile", sunset="goes on")
async def match_again(session: WriteSession, extract_id: ExtractId, body: MatchAgain, *, version: int) -> None:
    """Compare the latest extract of a source with the ledger as it stands now."""
    reader = await reader_of(session, session.actor)
    found = await session.scalar(
        select(OfficialExtract)
        .where(OfficialExtract.id == extract_id, visible_to(reader, OfficialExtract))
        .with_for_update()
    )
    if found is None:
        raise NotFound("There is no extract with this number.")
    session.check_version(found, version, title=f"The extract of {show_day(found.as_of)}")
    source = await _source(session, SourceId(found.source_id), None)
    latest = await _latest(session, SourceId(found.source_id))
    if latest is None or latest.id != found.id:
        raise Refused("A later extract of this source was read.", way_out="Compare the latest one.")
    marking = await _marking(session, source.symbols, combined([found.marking]))
    last = await queries.last_entry(session)
    found.mark(marking)
    found.last_entry_id = last
    await _settle(session, source, found)


@command("reconciliation.answer", permission="ledger.reconcile", sunset="goes on")
async def answer_item(session: WriteSession, item_id: ItemId, body: AnswerItem, *, version: int) -> None:
    """Say what a difference is, and why."""
    found = await _item(session, item_id, version)
    rules.may_answer_item(found.status, body.answer, body.corrected_by_entry_id)
    if body.corrected_by_entry_id is not None:
        reader = await reader_of(session, session.actor)
        seen = select(LedgerEntry.id).where(LedgerEntry.id == body.corrected_by_entry_id, may_see(reader))
        if await session.scalar(seen) is None:
            expected = "There is no entry with this number."
            wrong = Mistake("corrected_by_entry_id", expected, str(body.corrected_by_entry_id))
            raise Invalid("The answer needs correcting.", mistakes=(wrong,))
    found.status, found.explanation = body.answer, body.explanation
    found.corrected_by_entry_id = body.corrected_by_entry_id
    await session.flush()


@command("reconciliation.assign", permission="ledger.reconcile", sunset="goes on")
async def assign_item(session: WriteSession, item_id: ItemId, body: AssignItem, *, version: int) -> None:
    """Give a difference to somebody to look after."""
    await check_person(session, body.owner_person_id)
    found = await _item(session, item_id, version)
    found.owner_person_id = body.owner_person_id
    await session.flush()


@command("reconciliation.sign", permission="ledger.reconcile", sunset="records")
async def sign_month(session: WriteSession, source_id: SourceId, body: SignMonth) -> int:
    """Sign the month of an account with the difference as it stands; what is signed stays."""
    reader = await reader_of(session, session.actor)
    source = await _source(session, source_id, None)
    account = await session.get(TreasuryAccount, body.account_id)
    if account is None or account.symbol not in source.symbols:
        expected = "Expected an account of this source: " + ", ".join(source.symbols) + "."
        wrong = Mistake("account_id", expected, str(body.account_id))
        raise Invalid("The signature needs correcting.", mistakes=(wrong,))
    extract = await session.scalar(
        select(OfficialExtract)
        .where(
            OfficialExtract.source_id == source_id,
            OfficialExtract.as_of == body.month_on,
            visible_to(reader, OfficialExtract),
        )
        .order_by(OfficialExtract.id.desc())
        .limit(1)
    )
    if extract is None:
        raise Refused(
            f"No extract of {source.name} as of {show_day(body.month_on)} was read.",
            citation=the_statute().citation("reconciliation"),
            way_out="Read the extract of the month's last day first.",
        )
    compared = await queries.compare(session, queries.what_of(source, extract, (account.symbol,)))
    before = await session.scalar(
        select(ReconciledMonth)
        .where(
            ReconciledMonth.account_id == account.id,
            ReconciledMonth.source_id == source_id,
            ReconciledMonth.month_on == body.month_on,
        )
        .order_by(ReconciledMonth.id.desc())
        .limit(1)
    )
    rules.may_sign(
        body.month_on,
        session.today,
        stated=body.difference,
        difference=compared.difference,
        supersedes=before is not None,
        because=body.because,
        statute=the_statute(),
    )
    marking = await _marking(session, [account.symbol], read_marking(body.marking, reader))
    found = ReconciledMonth(
        account_id=account.id,
        source_id=source_id,
        source_name=source.name,
        extract_id=extract.id,
        month_on=body.month_on,
        extract_as_of=extract.as_of,
        obligated=compared.obligated,
        obligated_official=compared.obligated_official,
        obligated_matched=compared.obligated_matched,
        expended=compared.expended,
        expended_official=compared.expended_official,
        difference=compared.difference,
        differences=compared.differences,
        last_entry_id=await queries.last_entry(session),
        remark=body.remark,
        signed_by=session.actor,
        signed_at=session.now,
        supersedes_id=before.id if before is not None else None,
        because=body.because,
    )
    found.mark(combined([marking.banner, extract.marking]))
    session.add(found)
    await session.flush()
    return found.id


async def check_person(session: WriteSession, person_id: int) -> None:
    """Invalid where there is nobody of this number."""
    if await session.get(Person, person_id) is None:
        wrong = Mistake("owner_person_id", "Expected a person of this record.", str(person_id))
        raise Invalid("The person needs correcting.", mistakes=(wrong,))


async def _settle(session: WriteSession, source: OfficialSource, extract: OfficialExtract) -> None:
    await session.flush()
    what = queries.what_of(source, extract, tuple(source.symbols))
    compared = await queries.settle(session, what, today=session.today, owner=source.owner_person_id)
    for name in (
        *("matched", "differing", "only_ledger", "only_official", "settled"),
        *("obligated", "obligated_official", "expended", "expended_official"),
    ):
        setattr(extract, name, getattr(compared, name))
    await session.flush()


async def _of_source(session: WriteSession, body: AddSource) -> dict[str, object]:
    """The values of a source; Invalid with all that is wrong of it."""
    there = set(await session.scalars(select(TreasuryAccount.symbol).where(TreasuryAccount.symbol.in_(body.symbols))))
    expected = "Expected symbols of accounts that are open here."
    mistakes = [Mistake("symbols", expected, each[:60]) for each in body.symbols if each not in there]
    mistakes += rules.wrong_layout(
        symbols=body.symbols,
        obligation_words=body.obligation_words,
        expenditure_words=body.expenditure_words,
        columns={name: getattr(body, name) for name in rules.COLUMNS},
    )
    owner = body.owner_person_id or session.actor
    if await session.get(Person, owner) is None:
        mistakes.append(Mistake("owner_person_id", "Expected a person of this record.", str(owner)))
    if mistakes:
        raise Invalid("The source needs correcting.", mistakes=tuple(mistakes))
    return msgspec.structs.asdict(body) | {"symbols": sorted(set(body.symbols)), "owner_person_id": owner}


async def _source(session: WriteSession, source_id: SourceId, version: int | None) -> OfficialSource:
    found = await session.get(OfficialSource, source_id, with_for_update=True)
    if found is None:
        raise NotFound("There is no source with this number.")
    if version is not None:
        session.check_version(found, version, title=f"The source {found.name}")
    return found


async def _latest(session: WriteSession, source_id: SourceId) -> OfficialExtract | None:
    found: OfficialExtract | None = await session.scalar(
        select(OfficialExtract)
        .where(OfficialExtract.source_id == source_id)
        .order_by(OfficialExtract.as_of.desc(), OfficialExtract.id.desc())
        .limit(1)
    )
    return found


async def _item(session: WriteSession, item_id: ItemId, version: int) -> ReconciliationItem:
    reader = await reader_of(session, session.actor)
    found = await session.scalar(
        select(ReconciliationItem).where(ReconciliationItem.id == item_id, queries.item_seen(reader)).with_for_update()
    )
    if found is None:
        raise NotFound("There is no difference with this number.")
    session.check_version(found, version, title=f"The difference of {found.document_number}")
    return found


async def _marking(session: WriteSession, symbols: list[str], given: Marking) -> Marking:
    """The marking of all together that these accounts' entries tell of: whoever reads the sums may read each part."""
    documents = (
        select(FundingDocument.id)
        .join(TreasuryAccount, TreasuryAccount.id == FundingDocument.account_id)
        .where(TreasuryAccount.symbol.in_(symbols))
    )
    found = {given.banner}
    found |= set(await session.scalars(select(FundingDocument.marking).where(FundingDocument.id.in_(documents))))
    for table, column in ((Project, LedgerSum.project_id), (Participant, LedgerSum.participant_id)):
        used = select(column).where(LedgerSum.funding_document_id.in_(documents), column.is_not(None))
        found |= set(await session.scalars(select(table.marking).where(table.id.in_(used)).distinct()))
    return combined(found)
