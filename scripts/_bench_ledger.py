"""The ledger at ten million entries: answers, drilling, verification, and writing beside bare PostgreSQL on the same rows."""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import _setup
import asyncpg
import msgspec
from sqlalchemy import text

sys.path.insert(0, str(_setup.CHECKOUT))

from pipir.features.ledger import commands, queries
from pipir.features.ledger.queries import Chosen
from pipir.features.people.tables import SERVICE
from pipir.kernel.marking import Reader, audience_of, parse_marking
from pipir.kernel.money import Dollars
from pipir.store.doors import JOB, Database, Limits
from pipir.store.embedded import EmbeddedServer, prepare
from pipir.store.migrate import Clock, make_installation, migrate

OFFICE: Final = Reader(kind="us-government")
LARGE: Final = 10_000_000
SMALL: Final = 100_000
PUBLISHED: Final = 1_000_000
AT_ONCE: Final = 500_000
ASKED: Final = 30
NOW: Final = datetime(2030, 10, 15, 16, tzinfo=UTC)
# The end of a month in the middle of the five years, and a moment when half of the entries were known.
MONTH_END: Final = date(2028, 6, 30)
# The ten aggregates that a program office asks for.
AGGREGATES: Final = (
    "fiscal_year", "quarter", "month", "account", "kind_of_appropriation", "authority", "country", "project",
    "workstream", "objective",
)  # fmt: skip
_PLACES: Final = """
    insert into working_group (version, name, kind, charter, established_on, marking, audience)
    select 1, 'Workstream ' || i, 'workstream', 'Made to be measured.', date '2025-12-18', :marking, :audience
    from generate_series(1, 8) i;
"""
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
           f.received_on, f.received_on, extract(year from f.received_on + 92)::integer, null, null, false, false, '{{}}',
           1, f.received_on + time '12:00', f.audience
    from funding_document f
"""  # noqa: S608  made of constants
# Of five numbers two are obligations, two pay the one before them and one lowers the first: each lies behind what it
# names, and no amount passes what it is charged to.
_ENTRIES: Final = f"""
    with made as (
        select i, cast(:base as bigint) + i as id, i % 5 as place, i / 5 as thread, cast(:base as bigint) + i - i % 5 as first,
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
           round((p.worth * case p.place when 1 then 0.5 when 3 then 0.7 when 4 then 0.1 else 1 end)::numeric, 2) as amount,
           f.id as funding_document_id, j.id as project_id, c.id as participant_id,
           case when p.thread % 4 = 0 then '10-usc-2350a' else '1253.e.' || 1 + p.thread % 2 end as program_authority,
           'HQ-' || p.first as document_number, (p.place + 1)::text as document_line,
           f.received_on + p.day::integer as document_on, f.received_on + (p.day + p.place * 2)::integer as effective_on,
           extract(year from f.received_on + (p.day + p.place * 2)::integer + 92)::integer as fiscal_year,
           'Made to be measured' as need,
           case p.place when 1 then p.first when 3 then p.first + 2 when 4 then p.first end as adjusts_entry_id,
           false as new_start, false as incurred, '{{}}'::text[] as warnings, 1 as posted_by,
           cast(:posted as timestamptz) as posted_at, f.audience
    from placed p
    join (select *, row_number() over (order by id) as place from funding_document) f on f.place = p.document
    join (select *, row_number() over (order by id) as place from project) j on j.place = p.project
    join (select *, row_number() over (order by id) - 1 as place from participant) c on c.place = p.country
"""  # noqa: S608  made of constants


async def _fill(db: Database) -> None:
    marking = parse_marking("CUI")
    said = {"marking": marking.banner, "audience": audience_of(marking)}
    async with db.write(actor=SERVICE, command="bench.fill", exercise=True) as session:
        for statement in (_PROJECTS, _COUNTRIES, _ACCOUNTS, _DOCUMENTS, _AUTHORITY):
            given = said if ":marking" in statement else {}
            await session.execute(text(statement), given)


async def _grow(db: Database, begun: int, until: int, said: Callable[[str], None]) -> None:
    """Post entries by the way of every posting, all triggers on, until there are so many."""
    for at in range(begun, until, AT_ONCE):
        rows = min(AT_ONCE, until - at)
        # Posted in the order of their numbers over the five years.
        posted = NOW - timedelta(days=1800) + timedelta(days=1799) * (at / LARGE)
        async with db.write(actor=SERVICE, command="bench.post", exercise=True) as session:
            taken = text("select min(nextval('ledger_entry_id_seq')) from generate_series(1, :rows)")
            base = (await session.scalar(taken, {"rows": rows + 5}) // 5 + 1) * 5
            await session.execute(
                text(f"insert into ledger_entry ({_COLUMNS}) select {_COLUMNS} from ({_ENTRIES}) made order by id"),  # noqa: S608
                {"base": base, "rows": rows, "posted": posted},
            )
        said(f"{at + rows:,} entries")
