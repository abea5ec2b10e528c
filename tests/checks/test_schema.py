"""The database is what the models say; nothing changes unsigned; time comes from one place."""

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from pipir.features.trail.tables import Xid8
from pipir.kernel.errors import Refused
from pipir.store.base import Base, load_tables, sentence_of
from pipir.store.doors import Database
from pipir.store.migrate import ROOT, migrate, newest_revision

# Tables without a trail of their own, each with its reason.
SILENT = {
    "trail": "it is the trail",
    "idempotency_key": "keys of requests, which the rows they tell of have their own trail for",
    "job": "progress of work; what the work changes has its own trail",
    "covered_act": "derived from the governed rows by their triggers, and append-only",
    "document_chunk": "bytes, whose sha256 stands in the row of document_version that the trail follows",
    "ledger_day": "derived from the ledger's rows by a trigger",
    "ledger_leg": "written by the trigger of the entries, whose rows are in the trail; verified against them",
    "import_chunk": "staging: which chunks of a file stand, gone when the import is over",
    "import_finding": "staging: what is said of the rows of a file, derived from it and the ledger",
    "import_part": "bytes, whose sha256 stands in the row of ledger_import that the trail follows",
    "import_row": "staging: what is published has the ledger's own trail",
    "ledger_hold": "who publishes stands in the import's own trail; this only names it to those who wait",
    "ledger_sum": "derived from the ledger's rows by a trigger",
    "ledger_total": "derived from the ledger's rows by a trigger",
    "ledger_pending": "derived from the ledger's rows by a trigger",
    "project_attribute": "derived from the project's rows, which are in the trail, by a trigger",
    "project_freshness": "derived from the trail itself by a trigger",
    "report_total": "derived from the snapshot of a build, whose sha256 the trail holds",
    "section_draft": "what a person is typing; the text enters the trail when it is saved",
    "search_entry": "derived from the records by the triggers of search",
    "alembic_version": "the migrations' own mark",
    "pgqueuer": "the queue library's",
    "pgqueuer_log": "the queue library's",
    "pgqueuer_schedules": "the queue library's",
    "pgqueuer_statistics": "the queue library's",
}
# What PostgreSQL's clocks are called; the program's time is app.now().
CLOCKS = re.compile(
    r"\b(?<!app\.)now\s*\(\s*\)|\bcurrent_(date|time|timestamp)\b|\blocaltime(stamp)?\b"
    r"|\b(?:clock|statement|transaction)_timestamp\s*\(",
    re.IGNORECASE,
)
# Where real time is meant, and why.
REAL_TIME = {
    "migrations/versions/0001_foundation.py": "the clock itself, and the trail's real time",
    "migrations/versions/0031_ledger.py": "the trail's real time",
    "migrations/versions/0043_files.py": "the trail's real time",
    "migrations/versions/0009_jobs.py": "the queue library's tables live in real time",
    "pipir/store/migrate.py": "a program clock is an offset from real time",
    "pipir/features/notices/commands.py": "a mail server and a calendar program live in real time",
    "pipir/features/people/commands/persons.py": "tokens live in real time",
    "pipir/features/people/commands/signing.py": "sign-ins live in real time",
    "pipir/features/people/queries/signing.py": "sign-ins and tokens live in real time",
}


async def test_the_migrations_make_what_the_models_say(owner_url: str) -> None:
    """A migration is written by hand; the models are what the program believes."""
    load_tables()
    ischema_names["xid8"] = Xid8
    engine = create_async_engine(owner_url, poolclass=NullPool)
    async with engine.connect() as connection:
        differences = await connection.run_sync(_differences)
    await engine.dispose()
    assert differences == []


def _differences(connection: Connection) -> list[object]:
    def ours(name: str | None, kind: str, _: object) -> bool:
        return not (
            kind == "table"
            and name is not None
            and (SILENT.get(name, "").startswith("the ") or name == "idempotency_key")
        )

    context = MigrationContext.configure(connection, opts={"include_name": ours, "compare_type": True})
    return list(compare_metadata(context, Base.metadata))


async def test_constraints_of_the_models_stand_in_the_database(db: Database) -> None:
    """Checks and exclusions, which the comparison above does not see."""
    load_tables()
    async with db.read() as session:
        rows = await session.execute(text("select conname from pg_constraint union select indexname from pg_indexes"))
        there = {row[0] for row in rows}
    named = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, (CheckConstraint, UniqueConstraint, ExcludeConstraint))
    }
    assert named - there == set()


def test_every_constraint_that_a_person_can_run_into_has_a_sentence() -> None:
    """Errors are sentences."""
    load_tables()
    mute = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, (CheckConstraint, UniqueConstraint, ExcludeConstraint))
        and sentence_of(constraint) is None
    }
    assert mute == set()


async def test_every_table_has_the_trail_trigger(db: Database) -> None:
    """Nothing changes unsigned: every table has the trail's trigger, enabled always, but a short declared list."""
    async with db.read() as session:
        tables = set(await session.scalars(text("select tablename from pg_tables where schemaname = 'public'")))
        followed = set(
            await session.scalars(
                text(
                    "select c.relname from pg_trigger t join pg_class c on c.oid = t.tgrelid "
                    "join pg_proc p on p.oid = t.tgfoid where p.proname in "
                    "('follow_row', 'follow_statement', 'follow_entries', 'follow_files') and t.tgenabled = 'A'"
                )
            )
        )
    assert tables - followed == set(SILENT) & tables
    assert followed & set(SILENT) == set()


async def test_the_service_owns_nothing_and_may_not_rewrite_what_is_append_only(db: Database) -> None:
    """The application role: no DDL, no UPDATE or DELETE on trail and ledger."""
    async with db.read() as session:
        owned = await session.scalar(text("select count(*) from pg_class where relowner = 'pipir_app'::regrole"))
        rights = {
            (row.table_name, row.privilege_type)
            for row in await session.execute(
                text(
                    "select table_name, privilege_type from information_schema.role_table_grants "
                    "where grantee = 'pipir_app' and table_schema = 'public'"
                )
            )
        }
        makes = await session.scalar(text("select has_schema_privilege('pipir_app', 'public', 'create')"))
    assert owned == 0
    assert makes is False
    for table in ("trail", "ledger_entry", "document_version", "document_chunk"):
        assert {right for name, right in rights if name == table} <= {"SELECT", "INSERT"}
    assert ("trail", "INSERT") not in rights


@pytest.mark.parametrize("path", sorted((ROOT / "migrations").rglob("*.py")) + sorted((ROOT / "pipir").rglob("*.py")))
def test_all_program_time_comes_from_one_clock(path: Path) -> None:
    """app.now() in the database; PostgreSQL's own clocks only where real time is meant."""
    name = path.relative_to(ROOT).as_posix()
    source = "\n".join(line for line in path.read_text().splitlines() if not line.lstrip().startswith("#"))
    found = [match[0] for match in CLOCKS.finditer(source) if "datetime" not in match[0]]
    found += re.findall(r"\bfunc\.now\b|\bdate\.today\b|\bdatetime\.utcnow\b", source)
    assert found == [] or name in REAL_TIME, found


async def test_migrations_go_down_and_up_again(owner_url: str) -> None:
    """Each migration can be taken back."""
    await migrate(owner_url, to="0002")
    await migrate(owner_url)
    await migrate(owner_url, to="0001")
    await migrate(owner_url)


async def test_a_database_of_a_newer_program_is_refused_in_a_sentence(
    owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older program beside it ended with the stack of its migrations' library."""
    await migrate(owner_url)
    monkeypatch.setattr("pipir.store.migrate.newest_revision", lambda: "0001")
    with pytest.raises(Refused, match=rf"has the schema {newest_revision()}; this program knows none after 0001"):
        await migrate(owner_url)


def test_the_last_migration_is_the_newest_revision() -> None:
    """Known by the names of the files, for without it every command would read all of them."""
    assert newest_revision() == ScriptDirectory(str(ROOT / "migrations")).get_current_head()
