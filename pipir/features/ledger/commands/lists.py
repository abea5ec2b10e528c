"""The Treasury's list of account symbols: loaded whole, the same file again changes nothing."""

import asyncio
import hashlib
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
from sqlalchemy import func, insert, select

from pipir.features.ledger import rules
from pipir.features.ledger.tables import TreasuryList, TreasurySymbol
from pipir.features.people.tables import SERVICE
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.files import Incoming
from pipir.store.doors import Database, WriteSession

_MISTAKES_SHOWN = 200


class LoadList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The date of the list; left out, the last day on which an account in it was established."""

    as_of: date | None = None


@dataclass(frozen=True)
class ListContent:
    """A list that was read: what its file is called, its hash, and what stands in it."""

    filename: str
    sha256: str
    read: rules.ReadList


async def examined_list(file: Incoming) -> ListContent:
    """The list as read; Invalid with every mistake by row and column."""
    file.body.seek(0)
    read = await asyncio.to_thread(rules.read_list, file.body.read())
    if read.mistakes:
        count = len(read.mistakes)
        raise Invalid(
            "The list has one mistake; nothing of it was stored."
            if count == 1
            else f"The list has {count} mistakes; nothing of it was stored.",
            mistakes=read.mistakes[:_MISTAKES_SHOWN],
        )
    return ListContent(file.name, file.sha256, read)


@command("account.load-list", permission="ledger.post", sunset="goes on")
async def load_list(session: WriteSession, body: LoadList, *, content: ListContent) -> int:
    """Take the Department's accounts of a Treasury list into the reference; the latest list by its date counts."""
    as_of = body.as_of or content.read.latest_on
    if as_of is None or as_of > session.today:
        expected = "Expected the list's date, which is not after today."
        raise Invalid(expected, mistakes=(Mistake("as_of", expected, as_of.isoformat() if as_of else ""),))
    there = await session.scalar(
        select(TreasuryList.id).where(TreasuryList.sha256 == content.sha256, TreasuryList.as_of == as_of)
    )
    if there is not None:
        return there
    found = TreasuryList(
        as_of=as_of,
        filename=content.filename,
        sha256=content.sha256,
        rows=content.read.rows,
        entered=len(content.read.symbols),
        agencies=list(rules.DOD),
    )
    session.add(found)
    await session.flush()
    rows = [
        {
            "list_id": found.id,
            "symbol": str(each.symbol),
            "allocation_agency": each.symbol.allocation_agency,
            "agency": each.symbol.agency,
            "begin_year": each.symbol.begin_year,
            "end_year": each.symbol.end_year,
            "main": each.symbol.main,
            "sub": each.symbol.sub,
            "title": each.title,
            "established_on": each.established_on,
            "ended_on": each.ended_on,
        }
        for each in content.read.symbols
    ]
    if rows:
        await session.execute(insert(TreasurySymbol), rows)
    return found.id


class ListLoaded(msgspec.Struct, frozen=True):
    """What became of a list's file."""

    as_of: date
    rows: int
    entered: int
    others: dict[str, int]
    doubled: int
    is_new: bool

    def lines(self) -> tuple[str, ...]:
        """The same in words, for the command line."""
        done = "entered" if self.is_new else "in the record already; nothing was changed"
        left = sum(self.others.values())
        agencies = ", ".join(f"{agency} {count:,}" for agency, count in self.others.items())
        return (
            f"List of {self.as_of.isoformat()}: {self.rows:,} rows; {self.entered:,} of the Department {done}.",
            f"{left:,} row{' of other agencies is' if left == 1 else 's of other agencies are'} not entered"
            + (f": {agencies}." if agencies else "."),
            *((f"{self.doubled:,} rows repeat another one.",) if self.doubled else ()),
        )


async def load_list_file(db: Database, path: Path, as_of: date | None) -> ListLoaded:
    """Load a list from a file of this machine; Invalid names every mistake of it."""
    try:
        source = await asyncio.to_thread(path.read_bytes)
    except OSError as wrong:
        expected = "Expected a file that can be read."
        raise Invalid(
            "The list cannot be read.", mistakes=(Mistake(path.name, expected, wrong.strerror or ""),)
        ) from wrong
    file = Incoming(io.BytesIO(source), path.name, len(source), hashlib.sha256(source).hexdigest())
    content = await examined_list(file)
    async with db.write(actor=SERVICE, command=load_list.name) as session:
        before = await session.scalar(select(func.count()).select_from(TreasuryList))
        number = await load_list(session, LoadList(as_of), content=content)
        found = await session.get_one(TreasuryList, number)
        is_new = await session.scalar(select(func.count()).select_from(TreasuryList)) != before
    return ListLoaded(
        found.as_of, content.read.rows, found.entered, dict(content.read.others), content.read.doubled, is_new
    )
