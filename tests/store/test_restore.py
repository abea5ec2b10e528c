"""A dump brings every row back on any day, also after the sunset: no trigger writes it twice or refuses it."""

import asyncio
import hashlib
import secrets
import subprocess
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from pipir.build import build_report
from pipir.features.documents import commands as documents
from pipir.features.people.tables import SERVICE
from pipir.kernel.marking import Reader
from pipir.store.backup import back_up, restore
from pipir.store.embedded import EmbeddedServer
from pipir.store.migrate import clock_of, migrate
from tests.features.law.acts import (
    ENTRIES,
    Stated,
    Subject,
    determined,
    ground,
    obligation_body,
    project_body,
    project_of,
)
from tests.rehearsals import Rehearsal, noon, transaction

# What the migrations enter into a fresh database and a dump brings along; data alone wants it empty.
_SEEDED = (
    "role_assignment",
    "person_office",
    "person",
    "office",
    "trail",
    "app.law_act",
    "app.law_window",
    "alembic_version",
)


@pytest_asyncio.fixture(loop_scope="session")
async def lived(rehearsal: Rehearsal) -> Rehearsal:
    """A record with every table of the law in it, acts before and after the end, and a clock of 2031."""
    on = await ground(rehearsal)
    for number, entry in enumerate(ENTRIES):
        # The one who is designated stays in office, so that no second one can be entered and corrected.
        if entry.command == "designation.correct":
            continue
        subject = await entry.prepare(rehearsal, on, f"Subject {number}", False)
        method, path = entry.request
        await rehearsal.must(
            entry.person,
            method,
            path.format(record=subject.record),
            entry.body(subject, Stated(date(2030, 12, 2))),
            version=subject.version if entry.versioned else None,
        )
    await rehearsal.must(
        "program-office",
        "POST",
        "/law/delegations",
        {
            "function": "sign the annual report",
            "from_office": "Secretary of Defense",
            "to_office": "USD(A&S)",
            "instrument": "Memorandum",
            "instrument_on": "2030-12-01",
            "since": "2030-12-01",
        },
    )
    reading = await rehearsal.must(
        "administrator",
        "POST",
        "/law/readings",
        {"reading": "through-the-day", "counsel": "OGC", "counsel_on": "2030-11-01", "opinion": "Opinion 1"},
    )
    await rehearsal.must("second administrator", "PATCH", f"/law/readings/{reading['id']}/confirmed", {}, version=1)
    await rehearsal.must("program-office", "POST", "/duties", {"slug": "report-2031"})
    obligated = await project_of("planned")(rehearsal, on, "Obligated", False)
    entry = (
        await rehearsal.must(
            "comptroller", "POST", "/ledger/entries", obligation_body(obligated, Stated(date(2030, 12, 2)))
        )
    )["entry"]["id"]
    continued = Subject("Continued work", on)
    determination = await determined(rehearsal, next(e for e in ENTRIES if e.command == "project.propose"), continued)
    await rehearsal.move(noon(date(2031, 2, 3)))
    await rehearsal.must(
        "program-office",
        "POST",
        "/projects",
        {
            **project_body(continued.name),
            "status": "planned",
            "program_authority": "22-usc-2767",
            "continuation_id": determination,
        },
    )
    for body in (
        {"kind": "expenditure", "amount": "4.00", "effective_on": "2031-02-03", "adjusts_entry_id": entry},
        {**obligation_body(obligated, Stated(date(2030, 12, 20))), "late_because": "Late.", "late_document": "Memo 1"},
    ):
        await rehearsal.must("comptroller", "POST", "/ledger/entries", body)
    amendment = await rehearsal.must(
        "administrator",
        "POST",
        "/law/amendments",
        {
            "citation": "Sec. 1201, Pub. L. 121-1",
            "enacted_in": "other statute",
            "enacted_on": "2031-02-01",
            "provision": "1253.g",
            "value": "on",
            "new_day": "2030-06-30",
            "changes_from": "2031-02-01",
            "effect": "The authority ended earlier.",
            "source": "The act",
        },
    )
    # By this amendment not one of the acts above could be entered today; the record holds them all the same.
    await rehearsal.must("second administrator", "PATCH", f"/law/amendments/{amendment['id']}/confirmed", {}, version=1)
    paper = documents.content_of("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8_192)
    async with rehearsal.db.write(actor=SERVICE, command="document.attach") as session:
        attached = documents.AttachDocument("Photo", "project", int(obligated.record), "The works")
        await documents.attach_document(session, attached, content=paper)
    await build_report(rehearsal.db, 2031, actor=SERVICE, reader=Reader("us-government"))
    # A report that is over: its texts are closed to every hand, but not to a restore.
    await rehearsal.must("program-office", "GET", "/reports/2031")
    async with rehearsal.owner() as connection:
        await connection.execute(
            text("select set_config('app.actor', '1', true), set_config('app.command', 't', true)")
        )
        await connection.execute(
            text(
                "update report set state = 'signed', signatory = 'Secretary of Defense', signed_by = 'S', "
                "signed_on = '2031-02-03', frozen_build_id = (select max(id) from report_build)"
            )
        )
    await rehearsal.db.close()
    return rehearsal


@pytest_asyncio.fixture(loop_scope="session")
async def fresh(server: EmbeddedServer, superuser: AsyncConnection) -> AsyncIterator[str]:
    """The name of an empty database."""
    name = f"s_{secrets.token_hex(6)}"
    await superuser.execute(text(f"create database {name} template template0 owner pipir_owner"))
    yield name
    await superuser.execute(text(f"drop database {name} with (force)"))


async def _run(server: EmbeddedServer, program: str, *words: Any, user: str) -> None:
    of = ["-h", str(server.socket_folder), "-p", "5432", "-U", user]
    command = [str(server.binaries.folder / program), *of, *(str(word) for word in words)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


async def _rows(server: EmbeddedServer, database: str) -> dict[str, tuple[int, str]]:
    """Count and sha256 of the rows of every table, in the order of their text."""
    names = await asyncio.to_thread(
        server.psql,
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'app') order by 1",
        database=database,
    )
    found = {}
    for name in names.split():
        rows = await asyncio.to_thread(server.psql, f"select t::text from {name} t order by 1", database=database)
        found[name] = (len(rows.splitlines()), hashlib.sha256(rows.encode()).hexdigest())
    return found


def _filled(rows: dict[str, tuple[int, str]]) -> set[str]:
    return {name for name, (count, _) in rows.items() if count}


async def test_a_dump_restored_whole_on_a_day_after_the_sunset_brings_every_row_back(
    lived: Rehearsal, server: EmbeddedServer, fresh: str, tmp_path: Path
) -> None:
    """docs/operations.md: Backup and restore"""
    dump = tmp_path / "whole.dump"
    await _run(server, "pg_dump", "-Fc", "-f", dump, lived.name, user="postgres")
    await _run(server, "pg_restore", "-d", fresh, "--clean", "--if-exists", "--exit-on-error", dump, user="postgres")
    before = await _rows(server, lived.name)
    assert await _rows(server, fresh) == before
    assert {
        "public.covered_act",
        "public.ledger_day",
        "public.amendment",
        "public.report_file",
        "public.document_chunk",
    } <= _filled(before)


async def test_a_backup_of_the_command_line_brings_every_row_back_after_the_sunset(
    lived: Rehearsal, server: EmbeddedServer, fresh: str, tmp_path: Path
) -> None:
    """As the role that owns the database, no superuser; the clock of the rehearsal among the rest."""
    file = tmp_path / "whole.dump"
    manifest = await back_up(lived.owner_url, file)
    assert await restore(file, server.url("pipir_owner", fresh)) == manifest
    assert await _rows(server, fresh) == await _rows(server, lived.name)
    assert await clock_of(server.url("pipir_owner", fresh)) == await clock_of(lived.owner_url)
    assert {name for name, table in manifest.tables.items() if table.rows} >= {
        "public.covered_act", "public.ledger_day", "public.amendment", "public.report_file"
    }  # fmt: skip


@pytest.mark.parametrize("program", ["pg_restore", "psql"])
async def test_a_dumps_data_restored_into_a_fresh_schema_after_the_sunset_brings_every_row_back(
    lived: Rehearsal, server: EmbeddedServer, fresh: str, tmp_path: Path, program: str
) -> None:
    """Every trigger fires for these rows, and each knows a restore for what it is."""
    dump = tmp_path / "data.dump"
    form = "-Fc" if program == "pg_restore" else "-Fp"
    await _run(server, "pg_dump", "--data-only", form, "-f", dump, lived.name, user="postgres")
    await migrate(server.url("pipir_owner", fresh))
    await asyncio.to_thread(
        server.psql,
        "alter table trail disable trigger trail_kept; set check_function_bodies = off;"
        + "".join(f"delete from {name};" for name in _SEEDED)
        + "alter table trail enable always trigger trail_kept;",
        database=fresh,
    )
    if program == "pg_restore":
        await _run(server, "pg_restore", "-1", "-d", fresh, dump, user="postgres")
    else:
        await _run(server, "psql", "-1", "-q", "-v", "ON_ERROR_STOP=1", "-d", fresh, "-f", dump, user="postgres")
    assert await _rows(server, fresh) == await _rows(server, lived.name)


async def test_the_services_role_never_passes_for_a_restore(rehearsal: Rehearsal) -> None:
    """What a restore looks like is the owner's alone; the setting by itself opens nothing."""
    async with rehearsal.application() as connection:
        await connection.execute(text("set local check_function_bodies = off"))
        assert await connection.scalar(text("select app.is_restore()")) is False
        with pytest.raises(DBAPIError, match=r"must be able to SET ROLE|permission denied"):
            await connection.execute(text("set local role pipir_owner"))


async def test_who_takes_the_services_role_does_not_pass_for_a_restore(
    rehearsal: Rehearsal, server: EmbeddedServer
) -> None:
    """The embedded server's superuser takes the service's role as it connects; it is the role taken that counts."""
    async with transaction(server.url("postgres", rehearsal.name)) as connection:
        assert await connection.scalar(text("select app.is_restore()")) is False
        await connection.execute(text("set local check_function_bodies = off"))
        assert await connection.scalar(text("select app.is_restore()")) is True
        await connection.execute(text("set local role pipir_app"))
        assert await connection.scalar(text("select app.is_restore()")) is False


async def test_every_trigger_that_writes_or_refuses_knows_a_restore(rehearsal: Rehearsal) -> None:
    """A trigger function that a later migration brings asks app.is_restore(), or is one of those that need not."""
    need_not = {
        "refuse_change",  # a restore changes no row and deletes none
        "keep_installation",  # before update or delete alone
        "keep_signed_report",  # before update alone
        "keep_signed_plan",  # before update alone
        "keep_report_total",  # a restore changes no row and deletes none
        "fn_pgqueuer_changed",  # tells the workers, and writes nothing
    }
    async with rehearsal.owner() as connection:
        rows = await connection.execute(
            text(
                "select distinct p.proname, p.prosrc from pg_trigger t join pg_proc p on p.oid = t.tgfoid "
                "where not t.tgisinternal and p.proname not like 'RI_%'"
            )
        )
        asking = {name: _asks_first(body) for name, body in rows}
    assert {name for name, asks in asking.items() if not asks} == need_not


def _asks_first(body: str) -> bool:
    """Whether nothing of the body can refuse or write before it asks; a signature is asked for in the declarations."""
    before = body.partition("app.is_restore()")[0]
    return before != body and not any(word in before for word in ("signed_by", "insert into", "raise", "perform"))
