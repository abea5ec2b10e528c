"""Holds every answer of the service against who asks: nothing of a hidden record is in it, not even its absence.

Two questions are put to a small program in which each marked record bears a word of its own. Does a word stand in an
answer to a reader from whom its record is hidden? And does the service answer as it would if no hidden record existed?
The second finds what a search for words cannot: a count, a sum, a page that is one row short.
"""

import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from litestar import Litestar
from lxml import html
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from pipir.app import Setup, create_app
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.features.search.rules import KINDS
from pipir.kernel.access import Role
from pipir.kernel.marking import Reader, audience_of, parse_marking, reader_bits
from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer
from tests.conftest import Doors
from tests.web.hostile import Record

MARKINGS: Final = (
    "UNCLASSIFIED",
    "UNCLASSIFIED//REL TO USA, AUS, JPN",
    "CUI",
    "CUI//NOFORN",
    "CUI//FED ONLY",
    "CUI//NOCON",
    "CUI//PROCURE//REL TO USA, AUS",
    "CUI//REL TO USA, JPN",
)
READERS: Final[Mapping[str, Reader]] = {
    "government": Reader("us-government"),
    "contractor": Reader("contractor"),
    "Australia": Reader("us-government", "AUS"),
    "Japan": Reader("contractor", "JPN"),
    "nobody": Reader("us-government", "MDV"),
}
_ROLES: Final[list[Role]] = ["program-office", "auditor", "report-writer"]
# Text that a page may change from one load to the next, or that two copies of a record may tell otherwise.
_FLEETING: Final = re.compile(rb'(name="_key" value="[^"]*"|\d\d:\d\d(:\d\d(\.\d+)?)?( [AP]M)?|\d+ (second|minute)s?)')
# What a rule or a trigger marks, from the records that it stands for.
_DERIVED: Final = ("ledger_entry", "ledger_sum", "covered_act")
# What is asked of a record of any kind.
_OF_RECORD: Final = ("{kind:str}/{key:int}", "{kind:str}/{number:int}")
# Rows without a reference that the database holds, by the columns that name records.
_SUMS: Final = {"ledger_sum": ("project_id", "participant_id", "funding_document_id")}
# What of a signed plan no hand changes, but for this one: the trigger that refuses it.
_KEPT: Final = {"spend_plan": "keep_signed_plan", "spend_plan_line": "keep_signed_lines"}
_LEDGER: Final = import_module("migrations.versions.0031_ledger")
_DAYS: Final = f"""
    insert into ledger_day (funding_document_id, effective_on, authority, committed, obligated, expended)
    select g.funding_document_id, g.effective_on,
           {
    ", ".join(
        f"sum({_LEDGER._moves(name, kind='g.kind', amount='g.signed', drawn='g.drawn')})"
        for name in ("authority", "committed", "obligated", "expended")
    )
}
    from (select e.funding_document_id, e.effective_on, coalesce(e.reversed_kind, e.kind) as kind,
                 case when e.kind = 'reversal' then -e.amount else e.amount end as signed,
                 case when e.adjusts_entry_id is null then 0 when e.kind = 'reversal' then -e.amount
                      else e.amount end as drawn
          from ledger_entry e where e.funding_document_id is not null) g
    group by 1, 2
"""
_WORD: Final = re.compile(r"zq[a-z]+\d+qz")
# The words of people; what a constraint refuses to change is left as it is.
_PLANTED: Final = (
    "name", "title", "words", "asked", "purpose", "requested_by", "summary", "agenda", "minutes", "decisions", "reason",
    "because", "attendees", "question", "answer", "evidence", "source", "description", "subject_title", "note", "body",
    "conditions_met", "funding_source", "opinion", "rationale", "document_number", "number", "task", "place",
    "filename", "nil_because", "what", "text", "instrument", "conditions", "standing_source", "indicator", "mitigation",
    "unit", "presenter", "role", "head", "remark", "explanation", "findings", "facts", "look_because",
)  # fmt: skip


@dataclass
class Seen:
    """What the readers were shown, and what was wrong with it."""

    answers: int = 0
    compared: int = 0
    hidden: int = 0
    visible: int = 0
    found: int = 0
    wrong: list[str] = field(default_factory=list)


def word_of(table: str, number: int) -> str:
    """The word that marks a record and everything that hangs on it."""
    return f"zq{table.replace('_', '')}{number}qz"


class Program:
    """A record in which every marked row bears a word and a marking, and the readers who look at it."""

    def __init__(self, server: EmbeddedServer, superuser: AsyncConnection, record: Record, app: Litestar) -> None:
        self._server, self._superuser, self._record = server, superuser, record
        self._app = app
        self._tokens: dict[str, str] = {}
        self._browsers: dict[str, httpx.AsyncClient] = {}
        self._marked: dict[str, list[tuple[int, int]]] = {}
        self.seen = Seen()

    async def plant(self) -> None:
        """Give each marked row its word, then its marking; enter the readers."""
        engine = self._engine(self._record.name)
        async with engine.connect() as owner:
            marked = await _tables_with(owner, "audience")
            belonging = await _belonging(owner)
            for table in marked:
                await _write(owner, table, table, "id")
                for child, subject, column in belonging:
                    if subject == table and child not in marked:
                        await _write(owner, child, table, column)
                if table not in _DERIVED:
                    await _mark(owner, table, marked.index(table))
        await engine.dispose()
        db = Database(self._server.url("pipir_app", self._record.name), size=2)
        async with db.write(actor=SERVICE, command="test.readers") as session:
            office = await session.scalar(text("select min(id) from office"))
            for name, reader in READERS.items():
                body = people.AddPerson(
                    name=f"Reader {name}",
                    title="Reader",
                    office_id=office,
                    since=session.today,
                    roles=_ROLES,
                )
                number = await people.add_person(session, body)
                await session.execute(
                    text(
                        "update person set reader_kind = :kind, nationality = :nationality, version = version + 1 "
                        "where id = :number"
                    ),
                    {"kind": reader.kind, "nationality": reader.nationality, "number": number},
                )
                self._tokens[name] = await people.issue_token(session, number, people.IssueToken(name="sight"))
        await db.close()

    async def look(self, name: str, *, numbers: int, pages: int) -> None:
        """Ask everything that this reader can ask, with and without what is hidden from them."""
        db = Database(self._server.url("pipir_app", self._record.name), size=3)
        self._record.doors.lead_to(db)
        hidden, visible = await self._sides(name)
        self.seen.hidden += len(hidden)
        self.seen.visible += len(visible)
        answers: dict[str, bytes] = {}
        found: set[str] = set()
        browser = await self._browser(name)
        async with self._client(name) as client:
            for path in [path async for path in self._paths(browser, hidden | visible, numbers, pages)]:
                answer = await (client if path.startswith("/api/") else browser).get(path)
                self.seen.answers += 1
                words = set(_WORD.findall(answer.text)) - set(_WORD.findall(path))
                self.seen.wrong += [f"{name}: {path} shows {word}" for word in sorted(words & hidden)]
                found |= words & visible
                answers[path] = _normal(answer)
            self.seen.found += len(found)
            self.seen.wrong += await self._without_hidden(name, answers, client, browser)
        await browser.aclose()
        await db.close()

    async def _sides(self, name: str) -> tuple[set[str], set[str]]:
        bit = reader_bits(READERS[name])
        hidden: set[str] = set()
        visible: set[str] = set()
        engine = self._engine(self._record.name)
        async with engine.connect() as owner:
            for table in await _tables_with(owner, "audience"):
                for number, audience in await owner.execute(text(f"select id, audience from {table}")):
                    (visible if audience & bit else hidden).add(word_of(table, number))
        await engine.dispose()
        return hidden, visible

    async def _paths(self, browser: httpx.AsyncClient, words: set[str], numbers: int, pages: int) -> AsyncIterator[str]:
        """Every address without a number and with small ones, every link that leads further, every word looked up."""
        seen: set[str] = set()
        asked = sorted(words)[:: max(1, len(words) // 12)]
        for route in sorted(self._app.routes, key=lambda each: each.path):
            if "GET" not in getattr(route, "methods", ()) or route.path.startswith(("/static/", "/calendar/")):
                continue
            path = route.path
            if "{" not in path:
                yield path
                seen.add(path)
                if any("q" in handler.parsed_fn_signature.parameters for handler in route.route_handlers):
                    for word in asked:
                        yield f"{path}?q={word}"
            elif path.count("{") == path.count(":int}"):
                for number in range(1, numbers + 1):
                    yield re.sub(r"\{[a-z_]+:int\}", str(number), path)
            elif path.endswith(_OF_RECORD):
                for kind in KINDS:
                    for number in range(1, numbers + 1):
                        yield re.sub(r"\{kind:str\}/.*", f"{kind}/{number}", path)
        waiting = ["/", "/search?q=zq", *self._record.starts]
        while waiting and len(seen) < pages:
            path = waiting.pop(0)
            if path in seen:
                continue
            seen.add(path)
            answer = await browser.get(path)
            yield path
            if answer.status_code == 200 and answer.headers.get("content-type", "").startswith("text/html"):
                for href in html.fromstring(answer.content).xpath("//a/@href"):
                    parts = urlsplit(href)
                    if not parts.netloc and parts.path.startswith("/"):
                        waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))

    async def _without_hidden(
        self, name: str, answers: Mapping[str, bytes], client: httpx.AsyncClient, browser: httpx.AsyncClient
    ) -> list[str]:
        """The same questions put to a copy from which everything hidden from the reader is gone."""
        copy = f"{self._record.name}_{secrets.token_hex(3)}"
        # The template of a copy has no other visitor.
        await self._superuser.execute(
            text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name"),
            {"name": self._record.name},
        )
        await self._superuser.execute(
            text(f"create database {copy} template {self._record.name} strategy file_copy owner pipir_owner")
        )
        engine = self._engine(copy)
        async with engine.connect() as owner:
            await _remove_hidden(owner, reader_bits(READERS[name]))
        await engine.dispose()
        db = Database(self._server.url("pipir_app", copy), size=3)
        self._record.doors.lead_to(db)
        wrong = []
        for path, before in answers.items():
            answer = await (client if path.startswith("/api/") else browser).get(path)
            self.seen.compared += 1
            after = _normal(answer)
            if after != before:
                wrong.append(f"{name}: {path} tells that something is hidden: {_difference(before, after)}")
        await db.close()
        await self._superuser.execute(text(f"drop database {copy} with (force)"))
        return wrong

    def _client(self, name: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self._app, raise_app_exceptions=False),
            base_url="http://testserver",
            headers={"Authorization": f"Bearer {self._tokens[name]}"},
        )

    async def _browser(self, name: str) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self._app, raise_app_exceptions=False), base_url="http://testserver"
        )
        await client.post("/consent", data={"next": ""})
        chosen = re.search(
            rf'value="(\d+)"[^<]*<label[^<]*<span class="person-name">Reader {name}<',
            (await client.get("/sign-in")).text,
        )
        assert chosen, f"Reader {name} is not among those who may sign in"
        assert (await client.post("/sign-in", data={"person": chosen[1], "next": ""})).status_code == 303
        return client

    def _engine(self, name: str) -> Any:
        return create_async_engine(self._server.url("postgres", name), poolclass=NullPool, isolation_level="AUTOCOMMIT")


async def _tables_with(owner: AsyncConnection, column: str) -> list[str]:
    rows = await owner.scalars(
        text(
            "select c.table_name from information_schema.columns c "
            "join information_schema.tables t using (table_schema, table_name) "
            "where c.table_schema = 'public' and c.column_name = :column "
            "and t.table_type = 'BASE TABLE'"
            " and c.table_name not in ('search_entry') order by 1"
        ),
        {"column": column},
    )
    return list(rows)


async def _belonging(owner: AsyncConnection) -> list[tuple[str, str, str]]:
    """(table, the kind of record on whose page it stands, the column that names it), as the trail's triggers say."""
    rows = await owner.execute(
        text(
            "select c.relname, encode(t.tgargs, 'escape') from pg_trigger t join pg_class c on c.oid = t.tgrelid "
            "join pg_proc p on p.oid = t.tgfoid where p.proname = 'follow_row' order by 1"
        )
    )
    return [(table, *arguments.split("\\000")[:2]) for table, arguments in rows]


async def _write(owner: AsyncConnection, table: str, kind: str, column: str) -> None:
    """The word of the record that `column` names at the end of each text that takes it; the trail holds it too."""
    columns = await owner.scalars(
        text(
            "select column_name from information_schema.columns where table_schema = 'public' and table_name = :table"
            " and data_type = 'text'"
        ),
        {"table": table},
    )
    for each in [name for name in columns if name in _PLANTED]:
        word = f"' {word_of(kind, 0).removesuffix('0qz')}' || {column} || 'qz'"
        await _change(owner, table, f"{each} = {each} || {word}", "")


async def _mark(owner: AsyncConnection, table: str, first: int) -> None:
    """Each row in its turn; every table begins with another marking, so that those of one row differ too."""
    markings = ", ".join(
        f"({place}, '{banner}', {audience_of(parse_marking(banner))})" for place, banner in enumerate(MARKINGS)
    )
    rows = (
        f"from (select id as number, row_number() over (order by id) - 1 as place from {table}) counted "
        f"join (values {markings}) given (turn, banner, mask) "
        f"on given.turn = (counted.place + {first}) % {len(MARKINGS)} "
        f"where {table}.id = counted.number"
    )
    await _change(owner, table, "marking = given.banner, audience = given.mask", rows)


async def _change(owner: AsyncConnection, table: str, change: str, rest: str) -> None:
    """The change, where the table's own constraints let it happen."""
    versioned = "version" in await _columns(owner, table)
    try:
        await owner.execute(text("begin"))
        if table == "ledger_entry":
            await owner.execute(text("alter table ledger_entry disable trigger user"))
        if table in _KEPT:
            await owner.execute(text(f"alter table {table} disable trigger {_KEPT[table]}"))
        await owner.execute(
            text("select set_config('app.actor', '1', true), set_config('app.command', 'test.sight', true)")
        )
        counted = f", version = {table}.version + 1" if versioned else ""
        await owner.execute(text(f"update {table} set {change}{counted} {rest}"))
        await owner.execute(text("commit"))
    except DBAPIError:
        await owner.execute(text("rollback"))


async def _columns(owner: AsyncConnection, table: str) -> set[str]:
    rows = await owner.scalars(
        text(
            "select column_name from information_schema.columns where table_schema = 'public' and table_name = :table"
        ),
        {"table": table},
    )
    return set(rows)


async def _remove_hidden(owner: AsyncConnection, bit: int) -> None:
    """Take out of a copy what the reader may not see, with all that cannot stand without it."""
    await owner.execute(text("select app.fold_ledger()"))
    tables = list(
        await owner.scalars(text("select tablename from pg_tables where schemaname = 'public' order by tablename"))
    )
    for table in tables:
        await owner.execute(text(f"alter table {table} disable trigger all"))
    gone: dict[str, set[int]] = {}
    for table in await _tables_with(owner, "audience"):
        rows = await owner.scalars(text(f"select id from {table} where audience & {bit} = 0"))
        gone[table] = set(rows)
    needs: list[Any] = list(
        await owner.execute(
            text(
                "select c.relname, a.attname, f.relname from pg_constraint k join pg_class c on c.oid = k.conrelid "
                "join pg_class f on f.oid = k.confrelid "
                "join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1] "
                "where k.contype = 'f' and array_length(k.conkey, 1) = 1 "
                "and (a.attnotnull or c.relname in ('ledger_entry', 'agreement_share', 'group_member', 'attendance', "
                "'reconciliation_item')) "
                "and c.relnamespace = 'public'::regnamespace"
            )
        )
    )
    for table, columns in _SUMS.items():
        has = await _columns(owner, table)
        needs += [(table, column, column.removesuffix("_id")) for column in columns if column in has]
    ids = set(await _tables_with(owner, "id"))
    changed = True
    while changed:
        changed = False
        for child, column, parent in needs:
            if gone.get(parent) and child in ids:
                rows = set(
                    await owner.scalars(
                        text(f"select id from {child} where {column} = any(:gone)"), {"gone": list(gone[parent])}
                    )
                )
                changed = changed or not rows <= gone.get(child, set())
                gone[child] = gone.get(child, set()) | rows
    for table, numbers in gone.items():
        await owner.execute(text(f"delete from {table} where id = any(:gone)"), {"gone": list(numbers)})
        await owner.execute(
            text(
                "delete from trail where (subject = :table and subject_id = any(:gone)) "
                "or (table_name = :table and record_id = any(:gone))"
            ),
            {"table": table, "gone": list(numbers)},
        )
    # The sums by day have no mask: they are made anew of the entries that are left.
    await owner.execute(text("delete from ledger_day"))
    await owner.execute(text(_DAYS))


def _normal(answer: httpx.Response) -> bytes:
    body = answer.content
    kind = answer.headers.get("content-type", "")
    if not kind.startswith(("text/", "application/json", "application/problem+json")):
        body = kind.encode()
    return str(answer.status_code).encode() + b" " + _FLEETING.sub(b"", body)


def _difference(before: bytes, after: bytes) -> str:
    place = next((i for i, (one, two) in enumerate(zip(before, after, strict=False)) if one != two), -1)
    lines = [body[max(0, place - 90) : place + 60].decode(errors="replace") for body in (before, after)]
    return " | without it: ".join(" ".join(line.split()) for line in lines)


@asynccontextmanager
async def program(server: EmbeddedServer) -> AsyncIterator[Program]:
    """A planted program of its own on the server."""
    engine = create_async_engine(server.url("postgres", "postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    doors = Doors()
    app = create_app(Setup(db=doors, kind="exercise"))
    async with engine.connect() as superuser:
        record = Record(server, superuser, doors)
        try:
            await record.enter()
            planted = Program(server, superuser, record, app)
            await planted.plant()
            yield planted
        finally:
            await record.end()
    await engine.dispose()
