"""The ledger at ten million entries: answers, drilling, verification, and writing beside bare PostgreSQL."""

import asyncio
import contextlib
import hashlib
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import _served
import _setup
import asyncpg
import msgspec
from sqlalchemy import event, text

sys.path.insert(0, str(_setup.CHECKOUT))

from pipir.features.imports import commands as imports
from pipir.features.ledger import commands, queries
from pipir.features.ledger.queries import ALL, Chosen
from pipir.features.ledger.queries.narrowed import sums_of
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Problem
from pipir.kernel.files import Incoming
from pipir.kernel.marking import Reader, audience_of, parse_marking
from pipir.kernel.money import Dollars
from pipir.store.doors import Database, Limits
from pipir.store.embedded import EmbeddedServer, find_binaries, prepare
from pipir.store.migrate import Clock, make_installation, migrate

OFFICE: Final = Reader(kind="us-government")
LARGE: Final = 10_000_000
SMALL: Final = 100_000
PUBLISHED: Final = 1_000_000
AT_ONCE: Final = 500_000
ASKED: Final = 30
# The figures that a row of totals leads to the entries of.
STAGES: Final = ("authority", "committed", "obligated", "expended", "unliquidated", "contributed")
POSTS: Final = 300
NOW: Final = datetime(2030, 10, 15, 16, tzinfo=UTC)
# The end of a month in the middle of the five years, and a moment when half of the entries were known.
MONTH_END: Final = date(2028, 6, 30)
# The ten aggregates that a program office asks for.
AGGREGATES: Final = (
    "fiscal_year", "quarter", "month", "account", "kind_of_appropriation", "authority", "country", "project",
    "workstream", "objective",
)  # fmt: skip
_PROJECTS: Final = """
    insert into project (version, number, code, name, kind, status, description, objectives, classified_by, source,
                         announced_on, workstream_id, marking, audience)
    select 1, 100000 + i, 'P-' || 100000 + i, 'Project ' || i, 'co-production', 'active', 'Made to be measured.',
           array['1253.b.' || 1 + i % 7, '1253.b.' || 1 + (i + 3) % 7], 'The measurement', 'Made to be measured',
           date '2025-12-18', null, :marking, :audience
    from generate_series(1, 600) i
"""
_COUNTRIES: Final = """
    insert into participant (version, code, name, region, marking, audience)
    select 1, 'X' || chr(65 + i / 26) || chr(65 + i % 26), 'Country ' || i, 'Indo-Pacific', :marking, :audience
    from generate_series(0, 19) i
"""
_ACCOUNTS: Final = """
    insert into treasury_account (version, symbol, agency, begin_year, end_year, main, sub, title, source)
    select 1, '097-' || y || '/' || y + 5 || '-0' || m || '00-000', '097', y, y + 5, '0' || m || '00', '000',
           case m when 1 then 'Operation and Maintenance' when 3 then 'Procurement'
                  else 'Research, Development, Test and Evaluation' end || ', Defense-Wide', 'Made to be measured'
    from generate_series(2026, 2030) y, unnest(array[1, 3, 4, 5]) m
"""
_DOCUMENTS: Final = """
    insert into funding_document (version, marking, audience, number, account_id, title, level_of_control,
                                  source_of_authority, purpose, received_on)
    select 1, :marking, :audience, 'FD-' || a.id || '-' || i, a.id, 'Made to be measured', 'allotment', 'regular act',
           'Made to be measured', make_date(a.begin_year - 1, 12, 18)
    from treasury_account a, generate_series(1, 5) i
"""
_COLUMNS: Final = (
    "id, kind, amount, funding_document_id, project_id, participant_id, program_authority, document_number, "
    "document_line, document_on, effective_on, fiscal_year, need, adjusts_entry_id, new_start, incurred, warnings, "
    "posted_by, posted_at, audience"
)
_AUTHORITY: Final = f"""
    insert into ledger_entry ({_COLUMNS})
    select nextval('ledger_entry_id_seq'), 'authority received', 100000000000, f.id, null, null, null, f.number, null,
           f.received_on, f.received_on, extract(year from f.received_on + 92)::integer, null, null, false, false,
           '{{}}', 1, f.received_on + time '12:00', f.audience
    from funding_document f
"""
# Of five numbers two are obligations, two pay the one before them and one lowers the first: each lies behind what it
# names, and no amount passes what it is charged to.
_ENTRIES: Final = """
    with made as (
        select i, cast(:base as bigint) + i as id, i % 5 as place, i / 5 as thread,
               cast(:base as bigint) + i - i % 5 as first,
               (cast(:base as bigint) + i) / 5 as own
        from generate_series(0, :rows - 1) i
    ), placed as (
        select m.*, 1 + m.own * 7919 % 600 as project, m.own * 7919 % 20 as country,
               -- Each project is paid from one of the twenty accounts of each year, and from one of its documents.
               1 + m.own / 600 % 5 * 20 + m.own * 7919 % 20 as document, m.own * 17 / 3000 % 270 as day,
               (m.thread % 9973 + 1) * 1.07 as worth
        from made m
    )
    select p.id, case when p.place in (0, 2) then 'obligation' when p.place in (1, 3) then 'expenditure'
                      else 'deobligation' end as kind,
           round((p.worth * case p.place when 1 then 0.5 when 3 then 0.7 when 4 then 0.1 else 1 end)::numeric, 2)
               as amount,
           f.id as funding_document_id, j.id as project_id, c.id as participant_id,
           case when p.thread % 4 = 0 then '10-usc-2350a' else '1253.e.' || 1 + p.thread % 2 end as program_authority,
           'HQ-' || p.first as document_number, (p.place + 1)::text as document_line,
           f.received_on + p.day::integer as document_on,
           f.received_on + (p.day + p.place * 2)::integer as effective_on,
           extract(year from f.received_on + (p.day + p.place * 2)::integer + 92)::integer as fiscal_year,
           'Made to be measured' as need,
           case p.place when 1 then p.first when 3 then p.first + 2 when 4 then p.first end as adjusts_entry_id,
           false as new_start, false as incurred, '{}'::text[] as warnings, 1 as posted_by,
           cast(:posted as timestamptz) as posted_at, f.audience
    from placed p
    join (select *, row_number() over (order by id) as place from funding_document) f on f.place = p.document
    join (select *, row_number() over (order by id) as place from project) j on j.place = p.project
    join (select *, row_number() over (order by id) - 1 as place from participant) c on c.place = p.country
"""


async def fill(db: Database) -> None:
    """Enter what entries name: projects, countries, accounts, funding documents with their authority."""
    marking = parse_marking("CUI")
    said = {"marking": marking.banner, "audience": audience_of(marking)}
    async with db.write(actor=SERVICE, command="bench.fill", exercise=True) as session:
        for statement in (_PROJECTS, _COUNTRIES, _ACCOUNTS, _DOCUMENTS, _AUTHORITY):
            given = said if ":marking" in statement else {}
            await session.execute(text(statement), given)


async def grow(db: Database, begun: int, until: int, said: Callable[[str], None]) -> None:
    """Post entries by the way of every posting, all triggers on, until there are so many."""
    for at in range(begun, until, AT_ONCE):
        rows = min(AT_ONCE, until - at)
        # Posted in the order of their numbers over the five years.
        posted = NOW - timedelta(days=1800) + timedelta(days=1799) * (at / LARGE)
        async with db.write(actor=SERVICE, command="bench.post", exercise=True) as session:
            taken = text("select min(nextval('ledger_entry_id_seq')) from generate_series(1, :rows)")
            base = (await session.scalar(taken, {"rows": rows + 5}) // 5 + 1) * 5
            await session.execute(
                text(f"insert into ledger_entry ({_COLUMNS}) select {_COLUMNS} from ({_ENTRIES}) made order by id"),
                {"base": base, "rows": rows, "posted": posted},
            )
        said(f"{at + rows:,} entries")


@contextlib.contextmanager
def _timed(db: Database) -> Iterator[list[float]]:
    """The milliseconds of each statement while it is open: what the database itself took, with the way to it."""
    taken: list[float] = []
    begun: list[float] = []
    engine = db.readers.sync_engine

    def before(*_: Any) -> None:
        begun.append(time.perf_counter())

    def after(*_: Any) -> None:
        taken.append((time.perf_counter() - begun.pop()) * 1000)

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield taken
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


async def _asked(db: Database, ask: Callable[[Any], Awaitable[Any]]) -> float:
    """What the statements of one question take together: the median of several askings."""
    times = []
    for turn in range(ASKED):
        with _timed(db) as taken:
            async with db.read() as session:
                await ask(session)
        if turn >= ASKED // 6:
            times.append(sum(taken))
    return statistics.median(times)


async def _aggregates(db: Database, chosen: Chosen = ALL) -> dict[str, float]:
    found = {}
    for by in AGGREGATES:
        found[by] = await _asked(db, partial(queries.totals, reader=OFFICE, by=by, chosen=chosen))
    return found


async def _drills(db: Database) -> dict[str, float]:
    """The first fifty entries of each figure of the first row of each aggregate, by what it leads to."""
    async with db.read() as session:
        keys = {by: (await queries.totals(session, OFFICE, by)).rows[0].key for by in AGGREGATES}
    filters: dict[str, Chosen] = {
        "fiscal_year": Chosen(fiscal_year=int(keys["fiscal_year"])),
        "quarter": Chosen(fiscal_year=int(keys["quarter"][:4]), quarter=int(keys["quarter"][-1])),
        "month": Chosen(month=date.fromisoformat(keys["month"] + "-01")),
        "account": Chosen(account_id=int(keys["account"])),
        "kind of appropriation": Chosen(appropriation=keys["kind_of_appropriation"]),
        "authority": Chosen(authority=keys["authority"]),
        "country": Chosen(country=keys["country"]),
        "project": Chosen(project_id=int(keys["project"])),
        "workstream": Chosen(without="workstream"),
        "objective": Chosen(objective=keys["objective"]),
        "project of a year": Chosen(fiscal_year=int(keys["fiscal_year"]), project_id=int(keys["project"])),
    }
    found = {}
    for name, of_row in filters.items():
        for stage in (None, *STAGES):
            async with db.read() as session:
                figures = await sums_of(session, OFFICE, of_row)
            if figures is None or not (figures.count if stage is None else getattr(figures, stage)):
                continue
            chosen = msgspec.structs.replace(of_row, stage=stage)
            first_fifty = partial(queries.list_entries, reader=OFFICE, chosen=chosen, limit=50, counted=False)
            found[f"{name}, {stage or 'all'}"] = await _asked(db, first_fifty)
    return found


_AT_WORK: Final = "select exists (select from pg_stat_progress_vacuum) or exists (select from pg_stat_progress_analyze)"
# What the bare table has as well: the same columns, keys, foreign keys and indexes, and nothing that thinks.
_BARE: Final = (
    "drop table if exists plain_entry",
    "create table plain_entry (like ledger_entry including defaults including constraints)",
)
_BARE_KEYS: Final = (
    "alter table plain_entry add primary key (id), "
    "add foreign key (funding_document_id) references funding_document, "
    "add foreign key (project_id) references project, add foreign key (participant_id) references participant, "
    "add foreign key (posted_by) references person, "
    "add foreign key (continuation_id) references continuation_determination, "
    "add foreign key (closed_account_id) references treasury_account",
    "alter table plain_entry add foreign key (adjusts_entry_id) references plain_entry, "
    "add foreign key (reverses_entry_id) references plain_entry, "
    "add foreign key (counter_entry_id) references plain_entry",
)


async def _make_bare(bare: asyncpg.Connection, until: int) -> None:
    """Make the bare table with the ledger's entries up to a number: both sides are as large before anything is written.

    The rows come first and the indexes after them, as a table of that size is copied.
    """
    for statement in _BARE:
        await bare.execute(statement)
    await bare.execute("insert into plain_entry select * from ledger_entry where id <= $1", until)
    indexes = "select indexdef from pg_indexes where tablename = 'ledger_entry' and indexname <> 'pk_ledger_entry'"
    for (index,) in await bare.fetch(indexes):
        await bare.execute(re.sub(r"INDEX \S+ ON public\.ledger_entry", "INDEX ON plain_entry", index))
    for statement in _BARE_KEYS:
        await bare.execute(statement)
    of = "select count(*) from {} where {} = '{}'::regclass {}"
    for what, count in (
        ("indexes", of.format("pg_index", "indrelid", "{}", "")),
        ("foreign keys", of.format("pg_constraint", "conrelid", "{}", "and contype = 'f'")),
    ):
        ours, theirs = [await bare.fetchval(count.format(name)) for name in ("ledger_entry", "plain_entry")]
        if ours != theirs:
            raise RuntimeError(f"The bare table has {theirs} {what}, and the ledger {ours}.")
    await bare.execute("vacuum (analyze) plain_entry")


async def _posts(db: Database, owner: str) -> tuple[float, float]:
    """One obligation through its command, and the same row by BEGIN, INSERT, COMMIT into the bare table: medians in ms.

    The bare table stands, with what the ledger holds. They take turns, each over one kept connection of its own, so
    that what else the machine does falls on both.
    """
    # An act of today, on the document that was received last.
    async with db.read() as session:
        document = await session.scalar(text("select id from funding_document order by received_on desc, id limit 1"))
        day = session.today
        project = await session.scalar(text("select id from project order by id limit 1"))
        country = await session.scalar(text("select id from participant order by id limit 1"))
    body = commands.PostEntry(
        kind="obligation",
        amount=Dollars("1.00"),
        effective_on=day,
        funding_document_id=document,
        project_id=project,
        participant_id=country,
        program_authority="1253.e.1",
        document_number="HQ0034-26-C-0001",
        document_on=day,
        need="Made to be measured",
    )
    bare = await asyncpg.connect(owner.replace("+asyncpg", ""))

    async def post() -> int:
        async with db.write(actor=SERVICE, command="ledger.post", exercise=True, timed=False) as session:
            return await commands.post_entry(session, body)

    number = await post()
    row = dict(await bare.fetchrow("select * from ledger_entry where id = $1", number))
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    insert = await bare.prepare(f"insert into plain_entry ({', '.join(row)}) values ({places})")
    ours, theirs = [], []
    for turn in range(POSTS):
        row["id"] = number + 1_000_000_000 + turn
        begun = time.perf_counter()
        await bare.execute("begin")
        await insert.fetch(*row.values())
        await bare.execute("commit")
        between = time.perf_counter()
        await post()
        if turn >= POSTS // 6:
            theirs.append((between - begun) * 1000)
            ours.append((time.perf_counter() - between) * 1000)
    await bare.close()
    return statistics.median(ours), statistics.median(theirs)


# A million rows as a file of official accounting has them: names in place of numbers.
_FILE: Final = """
    select m.kind, m.amount, m.effective_on, f.number as funding_document, j.code as project, c.code as participant,
           m.program_authority, 'IM-' || m.document_number as document_number, m.document_line, m.document_on, m.need,
           case when m.adjusts_entry_id is not null then 'IM-' || m.document_number end as names_document,
           case m.document_line::integer when 2 then 1 when 4 then 3 when 5 then 1 end as names_line
    from (select {columns} from ({entries}) made) m
    join funding_document f on f.id = m.funding_document_id join project j on j.id = m.project_id
    join participant c on c.id = m.participant_id
    order by m.id
"""


async def _publishes(
    db: Database, server: EmbeddedServer, owner: str, folder: Path, rows: int
) -> tuple[float, float, float]:
    """Rows per second of a published import, of the whole import, and of `psql \\copy` of the same rows: one file.

    Before each of the two nothing waits to be written out; the bare table has as many entries as the ledger had.
    """
    from tests.features.imports.makers import enter_source  # noqa: PLC0415 -- the tests stand beside the scripts

    bare = await asyncpg.connect(owner.replace("+asyncpg", ""))
    filled = (
        _FILE.replace("{columns}", _COLUMNS)
        .replace("{entries}", _ENTRIES)
        .replace(":base", "5000000000")
        .replace(":rows", str(rows))
        .replace(":posted", "'2030-10-01'")
    )
    content = folder / "import.csv"
    with content.open("wb") as out:
        await bare.copy_from_query(filled, output=out, format="csv", header=True)
    source = await enter_source(db, "Measurement")
    await asyncio.to_thread(server.psql, "checkpoint")
    with content.open("rb") as stream:
        size = content.stat().st_size
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        begun = time.perf_counter()
        examined = await imports.examined(Incoming(stream, "import.csv", size, digest))
        async with db.write(actor=SERVICE, command="import.upload") as session:
            number = await imports.upload_file(session, imports.UploadFile(source_id=source), content=examined)
    await imports.check_file(db, number, actor=SERVICE)
    async with db.write(actor=SERVICE, command="import.ask-publish") as session:
        await imports.begin_publication(session, number, good_only=False)
    checked = time.perf_counter()
    say(f"checked in {checked - begun:.1f} s")
    first = await bare.fetchval("select max(id) from ledger_entry")
    published = 0.0

    async def progress(_done: int, _of: int, message: str) -> None:
        # Once the entries stand; what was staged is thrown away afterwards.
        nonlocal published
        if message.startswith("Clearing"):
            published = time.perf_counter()

    await imports.publish_file(db, number, actor=SERVICE, progress=progress)
    say(f"published in {published - checked:.1f} s")
    posted = await bare.fetchval("select count(*) from ledger_entry where id > $1", first)
    if posted != rows:
        raise RuntimeError(f"The import posted {posted:,} of {rows:,} rows.")
    await _make_bare(bare, first)
    copied = folder / "rows.copy"
    with copied.open("wb") as out:
        await bare.copy_from_query("select * from ledger_entry where id > $1 order by id", first, output=out)
    await bare.close()
    url = owner.replace("postgresql+asyncpg", "postgresql")
    words = [str(find_binaries().folder / "psql"), "-X", "-q", "-d", url, "-c", f"\\copy plain_entry from '{copied}'"]
    await asyncio.to_thread(server.psql, "checkpoint")
    before = time.perf_counter()
    await asyncio.to_thread(subprocess.run, words, check=True)
    took = time.perf_counter() - before
    say(f"copied in {took:.1f} s")
    return rows / (published - checked), rows / (published - begun), rows / took


async def _refuses(db: Database) -> None:
    """Plant rows that break a rule, and see that triggers and trail are on: without them nothing is measured."""
    async with db.read() as session:
        off = await session.scalar(
            text(
                "select count(*) from pg_trigger t where t.tgrelid = 'ledger_entry'::regclass and not t.tgisinternal "
                "and t.tgenabled <> 'A'"
            )
        )
        followed = await session.scalar(text("select count(*) from trail where table_name = 'ledger_entry'"))
        row = await session.scalar(text("select max(id) from ledger_entry where kind = 'obligation'"))
    if off or not followed:
        raise RuntimeError("A trigger of the ledger or its trail is off; nothing is measured.")
    columns = "kind, amount, funding_document_id, program_authority, effective_on, fiscal_year, new_start, incurred, "
    columns += "warnings, posted_by, posted_at, audience, adjusts_entry_id"
    for broken in (
        "'obligation', 900000000000, funding_document_id, program_authority, effective_on, fiscal_year, false, false, "
        "'{}', 1, posted_at, audience, null::bigint",
        "'expenditure', amount * 9, funding_document_id, program_authority, effective_on, fiscal_year, false, false, "
        "'{}', 1, posted_at, audience, id",
    ):
        try:
            async with db.write(actor=SERVICE, command="bench.break", exercise=True) as session:
                await session.execute(
                    text(f"insert into ledger_entry ({columns}) select {broken} from ledger_entry where id = :row"),
                    {"row": row},
                )
        except Problem:
            continue
        raise RuntimeError(f"The ledger took a row that breaks its limits: {broken[:60]}")


def measure(folder: Path, *, rows: int = LARGE, published_rows: int = PUBLISHED) -> dict[str, float]:
    """Every measured value of the ledger by its name."""
    home = folder / "ledger"
    found: dict[str, float] = {}
    with EmbeddedServer.start(home, durable=True) as server:
        prepare(server)
        owner = server.url("pipir_owner", "pipir")
        db = Database(server.url("pipir_app", "pipir"), limits=Limits("bench", 0, 0, 0), size=2)

        async def at_small() -> dict[str, float]:
            await migrate(owner)
            await make_installation(owner, "exercise", Clock(NOW))
            await fill(db)
            await grow(db, 0, SMALL, say)
            await analyze(owner)
            await _refuses(db)
            return await _aggregates(db)

        async def at_large(small: dict[str, float]) -> None:
            await grow(db, SMALL, rows, say)
            await analyze(owner)
            large = await _aggregates(db)
            found["aggregate_p50_ms_10m"] = max(large.values())
            found["aggregate_growth_100k_to_10m"] = max(large[by] / small[by] for by in AGGREGATES)
            found["effective_p50_ms_10m"] = max((await _aggregates(db, Chosen(effective_on=MONTH_END))).values())
            known = Chosen(known_at=NOW - timedelta(days=900))
            found["known_p50_ms_10m"] = max((await _aggregates(db, known)).values())
            found["drill_p50_ms_10m"] = max((await _drills(db)).values())
            published, imported, copied = await _publishes(db, server, owner, folder, published_rows)
            found["publish_vs_copy"], found["import_vs_copy"] = published / copied, imported / copied
            ours, bare = await _posts(db, owner)
            found["post_ms"], found["post_vs_bare_insert"] = ours, ours / bare

        async def whole() -> None:
            await at_large(await at_small())
            await db.close()

        asyncio.run(whole())
        environment = _served.environment(home, DATABASE_URL=server.url("pipir_app", "pipir"))
        found["verify_s_10m"], found["verify_peak_mb"] = _verified(environment)
    _served.remove(home)
    return found


def _verified(environment: dict[str, str]) -> tuple[float, float]:
    """The seconds and the most megabytes of `pipir ledger verify`, the server's own not counted."""
    begun = time.monotonic()
    words = [str(_served.PIPIR), "ledger", "verify"]
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        peak = 0
        # The kernel's own high mark; that of wait4 would hold what this process had when it forked.
        while process.poll() is None:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                status = Path(f"/proc/{process.pid}/status").read_text()
                peak = max([peak, *(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))])
            time.sleep(0.05)
        assert process.stdout is not None
        said = process.stdout.read().decode()
    if process.returncode:
        raise RuntimeError(f"The verification failed: {said[-800:]}")
    return time.monotonic() - begun, peak / 1024


async def analyze(owner: str) -> None:
    """What the server does by itself after a minute; what it is doing by itself is waited for, lest it be measured."""
    connection = await asyncpg.connect(owner.replace("+asyncpg", ""))
    await connection.execute("vacuum (analyze, skip_locked)")
    while await connection.fetchval(_AT_WORK):  # noqa: ASYNC110 -- the server tells nobody when it is done
        await asyncio.sleep(0.5)
    await connection.close()


def say(line: str) -> None:
    """Say one line of progress."""
    print(line, file=sys.stderr, flush=True)
