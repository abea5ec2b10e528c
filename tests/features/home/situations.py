"""A small exercise program for the tests of home, written as rows: countries, projects, milestones, a ledger."""

from datetime import date
from typing import Final

from sqlalchemy import text

from pipir.features.people.tables import SERVICE
from pipir.kernel.marking import audience_of, parse_marking
from pipir.store.doors import Database

COUNTRIES: Final = (
    ("Australia", "AUS", "Indo-Pacific"),
    ("Japan", "JPN", "Indo-Pacific"),
    ("Republic of Korea", "KOR", "Indo-Pacific"),
    ("India", "IND", "Indo-Pacific"),
    ("Philippines", "PHL", "Indo-Pacific"),
    ("New Zealand", "NZL", "Indo-Pacific"),
    ("Singapore", "SGP", "Indo-Pacific"),
    ("Thailand", "THA", "Indo-Pacific"),
    ("Germany", "DEU", "Euro-Atlantic"),
    ("France", "FRA", "Euro-Atlantic"),
    ("United Kingdom", "GBR", "Euro-Atlantic"),
    ("Netherlands", "NLD", "Euro-Atlantic"),
    ("Italy", "ITA", "Euro-Atlantic"),
    ("Norway", "NOR", "Euro-Atlantic"),
    ("Sweden", "SWE", "Euro-Atlantic"),
    ("Canada", "CAN", "Western Hemisphere"),
)
_ROWS: Final = (
    """
    insert into working_group (version, marking, audience, name, kind, established_on, source)
    select 1, 'CUI', :audience, 'Workstream ' || n, 'workstream', '2024-10-08', 'made up'
    from generate_series(1, 5) n
    """,
    """
    insert into project (version, marking, audience, number, code, name, kind, workstream_id, announced_on, status,
                         rating, rating_rationale, rating_review_on, description, objectives, classified_by, source)
    select 1, 'CUI', :audience, n, 'PIPIR-' || lpad(n::text, 3, '0'), 'Exercise project ' || n, 'co-production',
           (select id from working_group order by id offset n % 5 limit 1), '2026-01-01',
           (array['exploratory', 'announced', 'planned', 'active', 'active', 'active', 'suspended',
                  'completed'])[n % 8 + 1],
           (array['green', 'green', 'amber', 'red'])[n % 4 + 1], 'made up', '2026-12-01',
           'made up', array['1253.b.2'], 'made up', 'made up'
    from generate_series(1, :projects) n
    """,
    """
    insert into project_partner (version, project_id, participant_id, role, lead, reported, source)
    select 1, p.id, c.id, 'made up', false, true, 'made up'
    from project p join participant c on (p.number * 7 + c.id * 5) % 11 < 3 and c.id % 5 <> 0
    """,
    """
    insert into milestone (version, project_id, position, name, planned_on, forecast_on, actual_on)
    select 1, p.id, n, 'Step ' || n, date '2026-02-01' + (n * 150 + p.number),
           case when n = 2 and p.number % 4 = 0 then date '2026-02-01' + (n * 150 + p.number * 2 + 20) end,
           case when n = 1 then date '2026-02-01' + (n * 150 + p.number) + p.number % 3 - 1 end
    from project p, generate_series(1, 5) n
    """,
    """
    insert into treasury_account (version, symbol, agency, begin_year, end_year, main, sub, title, source)
    values (1, '097-2026/2027-0400-000', '097', 2026, 2027, '0400', '000', 'Research', 'made up')
    """,
    """
    insert into funding_document (version, marking, audience, number, account_id, title, level_of_control,
                                  source_of_authority, purpose, received_on)
    select 1, 'CUI', :audience, 'EX-FD-' || n, (select max(id) from treasury_account), 'Made up', 'allotment',
           'regular act', 'made up', '2025-12-18'
    from generate_series(1, 8) n
    """,
    """
    insert into ledger_entry (kind, amount, funding_document_id, effective_on, fiscal_year, new_start, incurred,
                              warnings, posted_by, posted_at, audience)
    select 'authority received', 400000000, f.id, '2025-12-19', 2026, false, false, '{}', 1, app.now(), :audience
    from funding_document f
    """,
    """
    insert into ledger_entry (kind, amount, funding_document_id, project_id, participant_id, program_authority,
                              document_number, effective_on, fiscal_year, need, new_start, incurred, warnings,
                              posted_by, posted_at, audience)
    select 'obligation', 20000 + n % 997 * 10, (select min(id) from funding_document) + n % 8,
           (select min(id) from project) + n % :projects,
           case when n % 3 > 0 then (select min(id) from participant) + n % 16 end,
           case when n % 10 = 0 then '10-usc-2350a' else '1253.e.' || (n % 4 + 1) end,
           'EX-' || n, e.on_day, extract(year from e.on_day) + (extract(month from e.on_day) >= 10)::int,
           'made up', false, false, '{}', 1, app.now(), :audience
    from generate_series(1, :entries) n, lateral (select date '2026-01-02' + n % 320 as on_day) e
    """,
)


async def program(db: Database, *, projects: int = 12, entries: int = 200) -> None:
    """Write the program; every row carries the exercise mark."""
    given = {"audience": audience_of(parse_marking("CUI")), "projects": projects, "entries": entries}
    async with db.write(actor=SERVICE, command="exercise.make", exercise=True) as session:
        for name, code, region in COUNTRIES:
            await session.execute(
                text(
                    "with entered as (insert into participant (version, marking, audience, name, code, region, "
                    "standing, standing_since, standing_source, steps) values (1, 'CUI', :audience, :name, :code, "
                    ":region, :standing, :since, :source, (cast(:standing as text) is not null)::integer) returning *) "
                    "insert into participant_standing (version, participant_id, kind, step, value, since, source, "
                    "recorded_by_id, recorded_on) select 1, id, 'process', 1, standing, standing_since, "
                    "standing_source, 1, app.today() from entered where standing is not null"
                ),
                {
                    "audience": given["audience"],
                    "name": name,
                    "code": code,
                    "region": region,
                    "standing": "participating" if code in ("AUS", "JPN") else None,
                    "since": date(2026, 2, 1) if code in ("AUS", "JPN") else None,
                    "source": "made up" if code in ("AUS", "JPN") else None,
                },
            )
        for rows in _ROWS:
            statement = text(rows)
            await session.execute(statement, {name: given[name] for name in given if f":{name}" in rows})
