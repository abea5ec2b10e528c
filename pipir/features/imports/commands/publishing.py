"""Publishes what is staged: one transaction under the locks of its accounts, and all of it is there or nothing."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from sqlalchemy import text

from pipir.features.imports import rules
from pipir.features.imports.commands.books import counts_of, load_books, print_of
from pipir.features.imports.commands.checking import Judged, check_file, judge_limits, settle
from pipir.features.imports.tables import ImportId, ImportSource, LedgerImport
from pipir.features.ledger.commands.holding import announce, hold_accounts
from pipir.features.ledger.rules import COUNTERS
from pipir.features.people.queries import reader_of
from pipir.kernel.errors import Conflict, NotFound, Problem, Unavailable
from pipir.store.doors import Database, WriteSession

COMMAND: Final = "import.publish"
Progress = Callable[[int, int, str], Awaitable[None]]
# What an entry has of its row, under the same name.
_SAME: Final = (
    "kind", "amount", "funding_document_id", "project_id", "participant_id", "program_authority", "other_authority",
    "continuation_id", "late_because", "late_document", "document_number", "document_line", "document_on", "signed_at",
    "performance_from", "performance_until", "effective_on", "need", "basis", "because", "contribution_kind",
    "receipt_law", "new_start", "flag", "evidence", "warnings", "reversed_kind", "transfer_law", "approval",
    "closed_account_id", "closed_document", "order_law", "order_method", "outside_account",
)  # fmt: skip
_STEPS: Final = 100
# Each row gets the number that its place gives: rows of the file name each other before any of them is stored. The
# numbers are one run where nobody posted while they were taken, and otherwise few; a row's is found by halving.
_SHIFTED: Final = "{0} + (cast(:shifts as bigint[]))[width_bucket({0}, cast(:lows as bigint[]))]"
_OF_FLAGGED: Final = (
    "r.reverses_place in (select f.place from import_row f where f.import_id = :i and f.flag is not null)"
)


async def publish_file(db: Database, import_id: ImportId, *, actor: int, progress: Progress | None = None) -> None:
    """Post what was checked, all of it in one transaction; where the check no longer holds, check it once more first.

    Nothing happens to an import that is published already. One that cannot be published goes back to "checked".
    """

    async def say(done: int, message: str) -> None:
        if progress is not None:
            await progress(done, _STEPS, message)

    try:
        if not await _stands(db, import_id, actor):
            await say(5, "The record has changed since the check; checking once more")
            await check_file(db, import_id, actor=actor)
            await _publish_again(db, import_id, actor)
        judged = await _announced(db, import_id, actor)
        if judged is None:
            return
        await say(40, "Waiting for the accounts")
        async with db.write(actor=actor, command=COMMAND) as session:
            published = await _publish(session, import_id, judged, say)
        if not published:
            async with db.read() as reading:
                found = await reading.get(LedgerImport, import_id)
                assert found is not None
                rules.may_publish(
                    found.state,
                    good=found.good or 0,
                    bad=found.bad or 0,
                    broken=found.broken,
                    good_only=found.good_only,
                )
            raise Conflict("The record has changed in this moment; nothing was posted. Publish it once more.")
    except Unavailable:
        # What became of the last transaction is not known; whoever asks again finds out.
        raise
    except Problem:
        await _back_to_checked(db, import_id, actor)
        raise
    await say(90, "Clearing what was staged")
    await _tidy(db, import_id, actor)
    await say(_STEPS, "Published")


async def _stands(db: Database, import_id: ImportId, actor: int) -> bool:
    """Whether what the rows were judged by is what it was; also where it is published already."""
    async with db.read() as session:
        found = await session.get(LedgerImport, import_id)
        if found is None:
            raise NotFound("There is no import with this number.")
        if found.state == "published":
            return True
        source = await session.get(ImportSource, found.source_id)
        assert source is not None
        if found.judged_by is None or "rows" not in found.judged_by:
            return False
        judged = msgspec.convert(found.judged_by, Judged)
        reader = await reader_of(session, actor)
        now = await print_of(session, reader, judged.ground, source=source.version)
        staged = await session.scalar(
            text("select exists (select from import_row where import_id = :i)"), {"i": import_id}
        )
    return now == judged.rows and bool(staged)


async def _publish_again(db: Database, import_id: ImportId, actor: int) -> None:
    async with db.write(actor=actor, command=COMMAND) as session:
        found = await session.get(LedgerImport, import_id, with_for_update=True)
        assert found is not None
        rules.may_publish(
            found.state, good=found.good or 0, bad=found.bad or 0, broken=found.broken, good_only=found.good_only
        )
        found.state = "publishing"
        await session.flush()


async def _announced(db: Database, import_id: ImportId, actor: int) -> Judged | None:
    """Say whose turn it is going to be; None where it is over already."""
    async with db.write(actor=actor, command=COMMAND) as session:
        found = await session.get(LedgerImport, import_id)
        assert found is not None
        if found.state != "publishing":
            return None
        judged = msgspec.convert(found.judged_by, Judged)
        await announce(session, judged.accounts, f"Import {import_id} ({found.file_name})")
    return judged


async def _publish(
    session: WriteSession, import_id: ImportId, judged: Judged, say: Callable[[int, str], Awaitable[None]]
) -> bool:
    await hold_accounts(session, judged.accounts)
    found = await session.get(LedgerImport, import_id, with_for_update=True, populate_existing=True)
    assert found is not None
    if found.state != "publishing":
        return False
    await session.execute(
        text("select id from funding_document where id = any(:ids) order by id for no key update"),
        {"ids": list(judged.ground.documents)},
    )
    reader = await reader_of(session, session.actor)
    source = await session.get(ImportSource, found.source_id)
    assert source is not None
    if await print_of(session, reader, judged.ground, source=source.version) != judged.rows:
        # Somebody changed a document in the moment before it was locked.
        found.state = "checked"
        await session.flush()
        return False
    if await counts_of(session, judged.ground.documents) != judged.counts:
        # Others have posted to the same documents since: the rows stand, their sums are judged anew.
        evidence = f"Import {import_id}, {found.file_name}, row "
        books = await load_books(session, reader)
        judged = await judge_limits(session, import_id, books, evidence=evidence, reader=reader, source=source.version)
        await settle(session, found, judged)
        if found.bad and not found.good_only:
            found.state = "checked"
            await session.flush()
            return False
    await say(50, f"Posting {found.good:,} entries")
    await _insert(session, import_id, judged)
    await session.execute(text("discard plans"))
    first, last, count = (
        await session.execute(
            text("select min(place), max(place), count(*) from import_row where import_id = :i and not left_out"),
            {"i": import_id},
        )
    ).one()
    found.state, found.published_by_id, found.published_at = "published", session.actor, session.now
    found.entries = int(count)
    found.first_entry_id, found.last_entry_id = await _ends(session, first, last)
    await session.flush()
    return True


async def _insert(session: WriteSession, import_id: ImportId, judged: Judged) -> None:
    for place, said in judged.warnings:
        await session.execute(
            text(
                "update import_row set warnings = warnings || cast(:said as text) "
                "where import_id = :i and place = :place"
            ),
            {"i": import_id, "place": place, "said": said},
        )
    numbers = await _numbers(session, import_id)
    session.info["numbers"] = numbers
    # What has already happened comes second: the first statement holds every limit, and the database sees that it does.
    # Its reversals come last.
    wholes: tuple[tuple[str, bool], ...] = (("r.flag is null", False),)
    if await session.scalar(
        text("select exists (select from import_row where import_id = :i and flag is not null and not left_out)"),
        {"i": import_id},
    ):
        wholes = (
            (f"r.flag is null and (r.reverses_place is null or not {_OF_FLAGGED})", False),
            ("r.flag is not null", True),
            (f"r.flag is null and {_OF_FLAGGED}", False),
        )
    number, names, undone = (_SHIFTED.format(f"r.{name}") for name in ("place", "adjusts_place", "reverses_place"))
    for which, incurred in wholes:
        # Each end of a movement knows the other's row; the entry that brings in names the one that took out.
        counter = f"coalesce(r.counter_entry_id, {_SHIFTED.format('r.counter_place')})"
        await session.execute(
            text(
                f"insert into ledger_entry (id, {', '.join(_SAME)}, fiscal_year, reverses_entry_id, adjusts_entry_id, "
                f"counter_entry_id, incurred, audience, posted_by, posted_at) select {number}, "
                f"{', '.join(f'r.{name}' for name in _SAME)}, "
                "date_part('year', r.effective_on + interval '3 months')::integer, "
                f"case when r.reverses_place is null then r.reverses_entry_id else {undone} end, "
                f"case when r.adjusts_place is null then r.adjusts_entry_id else {names} end, "
                f"case when r.kind = any(:counters) then {counter} end, "
                ":incurred, r.seen_by, :actor, :now from import_row r "
                f"where r.import_id = :i and not r.left_out and {which} order by r.place"
            ),
            {
                "i": import_id,
                "incurred": incurred,
                "counters": list(COUNTERS),
                "actor": session.actor,
                "now": session.now,
                **numbers,
            },
        )


async def _numbers(session: WriteSession, import_id: ImportId) -> dict[str, Any]:
    """As many numbers of entries as the file has places: from which place on a row's number is how much higher."""
    most = await session.scalar(text("select max(place) from import_row where import_id = :i"), {"i": import_id})
    first, last, count = (
        await session.execute(
            text(
                "select min(n), max(n), count(*) from "
                "(select nextval('ledger_entry_id_seq') as n from generate_series(1, :most)) taken"
            ),
            {"most": most},
        )
    ).one()
    if last - first + 1 == count:
        return {"lows": [1], "shifts": [first - 1]}
    # Others took numbers in between: taken again, each run of numbers is kept apart.
    runs = await session.execute(
        text(
            "select min(place), n - place from (select row_number() over () as place, n from "
            "(select nextval('ledger_entry_id_seq') as n from generate_series(1, :most)) taken) numbered "
            "group by 2 order by 1"
        ),
        {"most": most},
    )
    pairs = [tuple(row) for row in runs]
    return {"lows": [pair[0] for pair in pairs], "shifts": [pair[1] for pair in pairs]}


async def _ends(session: WriteSession, first: int, last: int) -> tuple[int, int]:
    place = _SHIFTED.format("p")
    numbers = await session.scalars(
        text(f"select {place} from unnest(cast(:places as bigint[])) p order by 1"),
        {"places": [first, last], **session.info["numbers"]},
    )
    found = list(numbers)
    return int(found[0]), int(found[-1])


async def _back_to_checked(db: Database, import_id: ImportId, actor: int) -> None:
    async with db.write(actor=actor, command=COMMAND) as session:
        found = await session.get(LedgerImport, import_id, with_for_update=True)
        if found is not None and found.state == "publishing":
            found.state = "checked"
            await session.flush()


async def _tidy(db: Database, import_id: ImportId, actor: int) -> None:
    """Take away what was staged; what was not taken stays with its file, so that it can be given back."""
    async with db.write(actor=actor, command=COMMAND) as session:
        found = await session.get(LedgerImport, import_id)
        assert found is not None
        of = {"i": import_id}
        if found.state != "published":
            return
        await session.execute(text("delete from import_row where import_id = :i"), of)
        await session.execute(text("delete from import_chunk where import_id = :i"), of)
        if not found.bad:
            await session.execute(text("delete from import_part where import_id = :i"), of)
