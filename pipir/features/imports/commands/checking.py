"""Checks a file: chunk after chunk is staged whole with its mistakes, then all of it is held to the limits."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import BinaryIO, Final, TypeVar, cast

import msgspec
from sqlalchemy import text

from pipir.features.imports import rules
from pipir.features.imports.commands.books import Books, Ground, counts_of, find_named, load_books, print_of
from pipir.features.imports.commands.judging import RowJudge
from pipir.features.imports.commands.limits import hold_limits
from pipir.features.imports.commands.names import Base, Named, Own, OwnRows, Scope
from pipir.features.imports.commands.reading import (
    Broken,
    chunk_of,
    close,
    header_of,
    named_by,
    names_in,
    records_of,
    sheets_unread,
    skip,
    take,
    uncollected,
)
from pipir.features.imports.commands.rows import RowReader
from pipir.features.imports.commands.staging import STAGED, Chunk
from pipir.features.imports.rules import CHUNK, WHOLE, Column
from pipir.features.imports.tables import ImportChunk, ImportId, ImportSource, LedgerImport
from pipir.features.ledger.rules import REVERSAL
from pipir.features.people.queries import reader_of
from pipir.kernel.errors import Mistake, NotFound
from pipir.kernel.marking import Reader, combined
from pipir.kernel.money import Dollars
from pipir.sheets import NotAWorkbook, Record
from pipir.store.doors import Database, ReadSession, WriteSession

T = TypeVar("T")
COMMAND: Final = "import.check"
Progress = Callable[[int, int, str], Awaitable[None]]
_IN_MEMORY: Final = 1 << 20
_PARTS: Final = 8
_STEPS: Final = 100


class Judged(msgspec.Struct, frozen=True):
    """What a check rests on: as long as it stands, what is staged may be published."""

    rows: str
    ground: Ground
    counts: dict[str, int]
    accounts: tuple[int, ...]
    warnings: tuple[tuple[int, str], ...] = ()


async def check_file(db: Database, import_id: ImportId, *, actor: int, progress: Progress | None = None) -> None:
    """Check a file from the chunk that it had reached; where the ledger's names have changed since, from the first.

    It is left in the state "checked", whatever was found, or as it was where it is stopped.
    """
    await _Check(db, import_id, actor, progress).run()


class _Check:
    def __init__(self, db: Database, import_id: ImportId, actor: int, progress: Progress | None) -> None:
        self.db, self.import_id, self.actor = db, import_id, actor
        self._progress = progress
        self.broken: str | None = None
        self.findings = 0
        self.touched: set[tuple[str, int]] = set()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import")

    async def run(self) -> None:
        async with self.db.read() as session:
            found = await session.get(LedgerImport, self.import_id)
            if found is None:
                raise NotFound("There is no import with this number.")
            source = await session.get(ImportSource, found.source_id)
            assert source is not None
            reader = await reader_of(session, self.actor)
            books = await load_books(session, reader)
            now = await print_of(session, reader, None, source=source.version)
        done = await self._begin(now)
        self.evidence = f"Import {self.import_id}, {found.file_name}, row "
        workbook = found.file_name.lower().endswith(".xlsx")
        await self._say(0, "Reading the file")
        async with self._file() as file:
            if file is None:
                self.broken = "Its bytes are no longer here. Upload the file again."
            else:
                try:
                    await self._read(file, found, source, books, reader, done, workbook=workbook)
                except (Broken, NotAWorkbook) as wrong:
                    self.broken = str(wrong)
                finally:
                    self._thread.shutdown()
        await self._say(90, "Holding the rows to the limits")
        await self._finish(books, reader, source)

    async def _beside(self, function: Callable[..., T], *given: object) -> T:
        """Run what reads the file beside the loop, always in the same thread: a parser of XML belongs to one."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, uncollected, function, *given)

    async def _begin(self, now: str) -> int:
        """Say that the file is being checked; the number of chunks that stand, none where they were judged by else."""
        async with self.db.write(actor=self.actor, command=COMMAND) as session:
            found = await session.get(LedgerImport, self.import_id, with_for_update=True)
            assert found is not None
            resumed = found.state == "checking" and (found.judged_by or {}).get("now") == now
            if not resumed:
                await clear(session, self.import_id)
            if not resumed or found.state != "checking":
                found.state, found.judged_by, found.broken = "checking", {"now": now}, None
                await session.flush()
            done = await session.scalar(
                text("select count(*) from import_chunk where import_id = :i"), {"i": self.import_id}
            )
        return int(done or 0)

    @asynccontextmanager
    async def _file(self) -> AsyncIterator[BinaryIO | None]:
        """The file on this machine, for as long as it is read; None where its bytes are gone."""
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
            place = 0
            while True:
                async with self.db.read() as session:
                    parts = await session.scalars(
                        text(
                            "select body from import_part where import_id = :i and place >= :a and place < :b "
                            "order by place"
                        ),
                        {"i": self.import_id, "a": place, "b": place + _PARTS},
                    )
                    bodies = list(parts)
                for body in bodies:
                    file.write(body)
                place += len(bodies)
                if len(bodies) < _PARTS:
                    break
            file.seek(0)
            yield cast("BinaryIO", file) if place else None

    async def _read(
        self, file: BinaryIO, found: LedgerImport, source: ImportSource, books: Books, reader: Reader, done: int,
        *, workbook: bool,
    ) -> None:  # fmt: skip
        columns = msgspec.convert(source.columns, dict[str, Column])
        unread = await self._beside(sheets_unread, file) if workbook else []
        records = records_of(file, found.file_name, columns, workbook=workbook)
        layout, first = await self._beside(header_of, records, columns)
        await self._store(Chunk(0, findings=[*unread, *first], bad=0), last=True, only_findings=True)
        if any(each.what in rules.BAD for each in first):
            await self._beside(close, records)
            self.broken = "It does not begin with the columns that the source says."
            return
        judge = RowJudge(
            books, layout, evidence=self.evidence, date_format=source.date_format, kinds=source.kinds, workbook=workbook
        )
        rows = RowReader(judge, OwnRows(), import_id=self.import_id)
        self.touched = judge.touched
        if rows.names_documents:
            await self._say(1, "Looking for what the rows name")
            rows.own.wanted = await self._beside(names_in, records, rows)
            await self._beside(close, records)
            file.seek(0)
            records = records_of(file, found.file_name, columns, workbook=workbook)
            await self._beside(header_of, records, columns)
        skipped, number = done * CHUNK, done
        if done:
            bad = await self._remember_staged(rows)
            await self._beside(skip, records, skipped, rows, bad)
        storing: asyncio.Task[None] | None = None
        try:
            while True:
                batch = await self._beside(take, records)
                if not batch:
                    break
                named = await self._find_named(rows, batch, reader)
                chunk = await self._beside(chunk_of, rows, number, skipped, batch, named)
                skipped += chunk.rows
                too_many = rules.too_many(skipped, workbook=workbook)
                if too_many:
                    raise Broken(too_many)
                # The next chunk is read while this one is written; no chunk stands before the one before it.
                if storing is not None:
                    await storing
                storing = asyncio.create_task(self._store(chunk, last=chunk.rows < CHUNK))
                number += 1
                share = file.tell() / max(found.size, 1) if not workbook else skipped / rules.MOST_ROWS_OF_WORKBOOK
                await self._say(min(2 + int(share * 85), 88), f"{skipped:,} rows read")
                self.findings += sum(each.what in rules.BAD for each in chunk.findings)
                if self.findings > rules.MOST_FINDINGS:
                    raise Broken(
                        f"It was read no further after {rules.MOST_FINDINGS:,} mistakes. Look at its mapping first."
                    )
        finally:
            if storing is not None:
                await storing
            await self._beside(close, records)
        if not skipped:
            raise Broken("It has no row below the titles of its columns.")

    async def _find_named(self, rows: RowReader, batch: list[Record | Mistake], reader: Reader) -> Named:
        names, numbers = await self._beside(named_by, rows, batch)
        if not names and not numbers:
            return Named({}, {}, {})
        async with self.db.read() as session:
            return await find_named(session, reader, names, numbers)

    async def _store(self, chunk: Chunk, *, last: bool, only_findings: bool = False) -> None:
        """Write a chunk with all that is said of it, or nothing of it."""
        async with self.db.write(actor=self.actor, command=COMMAND) as session:
            # Whoever else works on this file is refused here by the chunk's own number.
            if only_findings:
                await session.execute(
                    text("delete from import_finding where import_id = :i and chunk = :of"),
                    {"i": self.import_id, "of": WHOLE - 1},
                )
            else:
                session.add(ImportChunk(import_id=self.import_id, number=chunk.number, rows=chunk.rows, bad=chunk.bad))
                await session.flush()
            connection = await (await session.connection()).get_raw_connection()
            driver = connection.driver_connection
            assert driver is not None
            if chunk.lines:
                await driver.copy_to_table(
                    "import_row", source=_bytes(chunk.lines), columns=list(STAGED), format="text"
                )
            if chunk.findings:
                await driver.copy_records_to_table(
                    "import_finding",
                    records=[
                        (self.import_id, WHOLE - 1 if only_findings else chunk.number, each.place, each.line, each.what,
                         _clean(each.column[:200]), _clean(each.found), _clean(each.expected))
                        for each in chunk.findings
                    ],
                    columns=["import_id", "chunk", "place", "line", "what", "column", "found", "expected"],
                )  # fmt: skip

    async def _remember_staged(self, rows: RowReader) -> set[int]:
        """Keep what later rows may name of the chunks that stand already; the places of their bad rows."""
        async with self.db.read() as session:
            staged = await session.execute(
                text(
                    "select place, line, kind, document_number, coalesce(document_line, ''), amount, adjusts_place, "
                    "adjusts_entry_id, reverses_place, reverses_entry_id, effective_on, "
                    "program_authority, other_authority, continuation_id, closed_account_id, funding_document_id, "
                    "project_id, participant_id "
                    "from import_row where import_id = :i and (kind = 'reversal' or document_number is not null "
                    "and (:every or kind in ('obligation', 'commitment'))) order by place"
                ),
                {"i": self.import_id, "every": rows.own.reverses},
            )
            for place, line, kind, document, document_line, amount, mine, entry, gone, gone_entry, *taken in staged:
                if kind == REVERSAL:
                    rows.own.reverse(gone, gone_entry)
                    continue
                own = Own(place, line, Base(kind, *taken[:-3]), Scope(*taken[-3:]), Dollars(amount), mine, entry)
                rows.own.keep_row(own, document, document_line)
            bad = await session.scalars(
                text("select distinct place from import_finding where import_id = :i and what = any(:bad)"),
                {"i": self.import_id, "bad": list(rules.BAD)},
            )
            return set(bad)

    async def _finish(self, books: Books, reader: Reader, source: ImportSource) -> None:
        async with self.db.write(actor=self.actor, command=COMMAND) as session:
            judged = await judge_limits(
                session, self.import_id, books, evidence=self.evidence, reader=reader, source=source.version
            )
            found = await session.get(LedgerImport, self.import_id, with_for_update=True)
            assert found is not None
            await settle(session, found, judged, self.touched)
            found.state, found.broken, found.checked_at = "checked", self.broken, session.now
            await session.flush()
        await self._say(_STEPS, "Checked")

    async def _say(self, done: int, message: str) -> None:
        if self._progress is not None:
            await self._progress(done, _STEPS, message)


async def judge_limits(
    session: WriteSession, import_id: ImportId, books: Books, *, evidence: str, reader: Reader, source: int
) -> Judged:
    """Hold what is staged to the limits as the ledger stands, and say what that rests on."""
    ground = await ground_of(session, import_id)
    # Counted before anything is summed: what is posted meanwhile makes this judgement an old one, never a wrong one.
    counts = await counts_of(session, ground.documents)
    held = await hold_limits(session, import_id, books, evidence=evidence, reader=reader)
    accounts = await session.scalars(
        text("select distinct account_id from funding_document where id = any(:ids) order by 1"),
        {"ids": list(ground.documents)},
    )
    return Judged(
        rows=await print_of(session, reader, ground, source=source),
        ground=ground,
        counts=counts,
        accounts=tuple(accounts),
        warnings=held.warnings,
    )


async def ground_of(session: ReadSession, import_id: ImportId) -> Ground:
    """The documents, projects and countries that the staged rows name."""
    names = ("funding_document_id", "project_id", "participant_id")
    # Each for itself, in one look at what may be a million rows.
    rows = await session.execute(
        text(
            f"select {', '.join(names)} from import_row where import_id = :i "
            f"group by grouping sets ({', '.join(f'({name})' for name in names)})"
        ),
        {"i": import_id},
    )
    found: tuple[list[int], list[int], list[int]] = ([], [], [])
    for row in rows:
        for numbers, number in zip(found, row, strict=True):
            if number is not None:
                numbers.append(number)
    return Ground(*(tuple(sorted(numbers)) for numbers in found))


async def settle(
    session: WriteSession, found: LedgerImport, judged: Judged, touched: Collection[tuple[str, int]] = ()
) -> None:
    """Write down what a check has come to; its marking is that of everything the rows name, together."""
    of = {"i": found.id}
    rows, bad = (
        await session.execute(
            text("select coalesce(sum(rows), 0), coalesce(sum(bad), 0) from import_chunk where import_id = :i"), of
        )
    ).one()
    by_kind = await session.execute(
        text(
            "select kind, count(*) filter (where not left_out), sum(amount) filter (where not left_out), "
            "count(*) filter (where left_out), count(*) filter (where not left_out and flag is not null) "
            "from import_row where import_id = :i group by 1 order by 1"
        ),
        of,
    )
    kinds, good, left_out, exceptions = [], 0, 0, 0
    for kind, taken, amount, out, flagged in by_kind:
        good, left_out, exceptions = good + taken, left_out + out, exceptions + flagged
        if taken:
            kinds.append({"kind": kind, "count": taken, "amount": str(amount)})
    notices = await session.scalar(
        text("select count(*) from import_finding where import_id = :i and what = 'duplicate'"), of
    )
    markings = await session.scalars(
        text(
            "select marking from funding_document where id = any(:documents) "
            "union select marking from project where id = any(:projects) "
            "union select marking from participant where id = any(:participants)"
        ),
        {
            name: [*getattr(judged.ground, name), *(number for of, number in touched if of == column)]
            for name, column in (
                ("documents", "funding_document_id"),
                ("projects", "project_id"),
                ("participants", "participant_id"),
            )
        },
    )
    marking = combined([found.marking, *markings])
    found.rows, found.bad = int(rows), int(bad) + left_out
    found.good, found.exceptions, found.notices = good, exceptions, int(notices or 0)
    found.by_kind = kinds
    found.judged_by = msgspec.to_builtins(judged)
    found.mark(marking)
    await session.flush()


async def clear(session: WriteSession, import_id: ImportId) -> None:
    """Take away what is staged of a file, and what was said of it."""
    for table in ("import_row", "import_finding", "import_chunk"):
        await session.execute(text(f"delete from {table} where import_id = :i"), {"i": import_id})


async def _bytes(lines: list[str]) -> AsyncIterator[bytes]:
    for start in range(0, len(lines), 1_000):
        yield "".join(lines[start : start + 1_000]).encode()


def _clean(said: str) -> str:
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in said[:2_000])
