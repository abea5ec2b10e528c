"""Spillage: two administrators replace a value everywhere, and the trail still tells what happened."""

import asyncio
import html
import io
import subprocess
import zipfile
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pipir.build import build_report
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.kernel.ids import OfficeId
from pipir.kernel.marking import Reader
from pipir.store.embedded import EmbeddedServer
from tests.conftest import Service
from tests.features.concurrence.makers import a_request
from tests.features.documents.makers import PDF, TEXT, attach, package
from tests.features.groups.makers import establish
from tests.makers import TODAY

# With signs that JSON and HTML write otherwise, so that no form of it is missed.
VALUE = 'Contract "N00-024" <Sørensen & Co>'
LETTER = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PROPOSAL = {
    "spilled_value": VALUE,
    "because": "Proprietary data of an offeror.",
    "met_where": "Charter of a group and two letters",
}


@dataclass(frozen=True)
class Two:
    """Two administrators at the JSON door."""

    first: httpx.AsyncClient
    second: httpx.AsyncClient
    second_id: int

    async def proposed(self, **said: Any) -> dict[str, Any]:
        """A proposal of the first."""
        answer = await self.first.post("/api/v1/spillages", json={**PROPOSAL, **said})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def confirmed(self, proposal: dict[str, Any], value: str = VALUE) -> httpx.Response:
        """The answer to the second one's confirmation."""
        return await self.second.patch(
            f"/api/v1/spillages/{proposal['id']}/confirmed",
            json={"spilled_value": value},
            headers={"If-Match": f'"{proposal["version"]}"'},
        )


@pytest_asyncio.fixture(loop_scope="session")
async def two(service: Service) -> Any:
    """A second administrator beside the one whom every test has."""
    async with service.db.write(actor=SERVICE, command="test.people") as session:
        office = await session.scalar(text("select id from office where symbol = 'TEST'"))
        person = await people.add_person(
            session,
            people.AddPerson(
                name="Second Administrator", title="Tester", office_id=OfficeId(office or 0), since=TODAY,
                roles=["administrator"],
            ),
        )  # fmt: skip
        token = await people.issue_token(session, person, people.IssueToken(name="tests"))
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        service.api("administrator") as first,
        httpx.AsyncClient(transport=service.transport, base_url="http://testserver", headers=headers) as second,
    ):
        yield Two(first, second, person)


@dataclass(frozen=True)
class Spilled:
    """Where the value stands."""

    group: int
    documents: dict[str, int]


async def spill(service: Service) -> Spilled:
    """The value in a record, in its history, in texts, arrays and JSON, in names and bytes of documents."""
    async with service.db.write(actor=SERVICE, command="test.spill") as session:
        group = await establish(session, name="Group on radar", charter=f"Goods of {VALUE}; again {VALUE}.")
    record = ("working_group", group)
    made: dict[str, int] = {}
    async with service.api("program-office") as client:
        changed = await client.put(
            f"/api/v1/groups/{group}",
            json={
                "name": "Group on radar",
                "kind": "working group",
                "established_on": "2026-01-05",
                "source": "Minutes",
                "charter": f"Now without; but {VALUE} remains.",
            },
            headers={"If-Match": '"1"'},
        )
        assert changed.status_code == 200, changed.text
        # Across the border of two chunks.
        border = b" " * ((1 << 20) - 10) + VALUE.encode() + b" "
        for name, content in {
            "plain.txt": TEXT + VALUE.encode(),
            "border.txt": border,
            "packed.docx": package("docx", body="Contract &quot;N00-<b>024</b>&quot; &lt;Sørensen &amp; Co&gt;"),
            "scan.pdf": PDF,
            "other.txt": TEXT,
        }.items():
            answer = await attach(client, record, content, name, title=f"Title of {name}")
            assert answer.status_code == 201, answer.text
            made[name] = answer.json()["id"]
        titled = await attach(client, record, b"x\n", "titled.txt", title=f"On {VALUE}", source=VALUE)
        made["titled.txt"] = titled.json()["id"]
        kept = {"Idempotency-Key": "k"}
        body = {"name": VALUE, "kind": "workstream", "established_on": "2026-01-05", "source": "Minutes"}
        assert (await client.post("/api/v1/groups", json=body, headers=kept)).status_code == 201
    async with service.db.write(actor=SERVICE, command="test.spill") as session:
        await session.execute(
            text("insert into duty (version, slug, status, note) values (1, 'spill', 'in work', :value)"),
            {"value": VALUE},
        )
    return Spilled(group, made)


async def dumped(server: EmbeddedServer, database: str) -> str:
    """Every row of every table, as a backup holds it, with bytes as text too."""
    done = await asyncio.to_thread(
        subprocess.run,
        [str(server.binaries.folder / "pg_dump"), "-h", str(server.socket_folder), "-p", "5432", "-U", "postgres",
         "--data-only", "--inserts", database],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    # The dump's own random key differs each time.
    return "\n".join(line for line in done.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def forms(value: str) -> tuple[str, ...]:
    """The value as a dump can hold it: in text, in JSON, in bytes."""
    in_json = value.replace('"', '\\"')
    return value, in_json, value.encode().hex(), in_json.encode().hex()


async def test_a_replaced_value_is_found_nowhere_and_the_trail_tells_that_it_was(
    service: Service, two: Two, server: EmbeddedServer, database: str
) -> None:
    """Spillage: two administrators replace a value everywhere (trail, documents), and the trail tells what happened."""
    spilled = await spill(service)
    before = await dumped(server, database)
    assert all(form in before for form in forms(VALUE)[:3])
    proposal = await two.proposed(named_versions=f"{spilled.documents['scan.pdf']}/1")
    found = {(each["table"], each["handling"]): each["places"] for each in proposal["found"]}
    assert found == {
        ("working_group", "replaced"): 2,
        ("trail", "replaced"): 5,
        ("duty", "replaced"): 1,
        ("document", "replaced"): 1,
        ("covered_act", "replaced"): 1,
        ("search_entry", "replaced"): 4,
        ("idempotency_key", "forgotten"): 1,
        ("document_version", "bytes removed"): 4,
    }
    confirmed = await two.confirmed(proposal)
    assert confirmed.status_code == 200, confirmed.text
    assert confirmed.json()["state"] == "replaced"
    assert confirmed.json()["replaced"] == proposal["found"]
    after = await dumped(server, database)
    assert [form for form in forms(VALUE) if form in after] == []
    number = proposal["id"]
    async with service.api("program-office") as client:
        group = (await client.get(f"/api/v1/groups/{spilled.group}")).json()
        assert group["charter"] == f"Now without; but [removed: spillage {number}] remains."
        assert group["version"] == 3
        told = (await client.get(f"/api/v1/groups/{spilled.group}/history")).json()
        assert f"[removed: spillage {number}]" in str(told)
        for name, document in spilled.documents.items():
            content = await client.get(f"/api/v1/documents/{document}/versions/1/content")
            kept = name in ("other.txt", "titled.txt")
            assert content.status_code == (200 if kept else 410), name
        view = (await client.get(f"/api/v1/documents/{spilled.documents['plain.txt']}")).json()
        assert (view["removed"], view["version"], len(view["sha256"])) == (True, 2, 64)
        stale = await client.patch(
            f"/api/v1/groups/{spilled.group}/end",
            json={"until": "2026-02-01", "because": "Done"},
            headers={"If-Match": '"2"'},
        )
        assert stale.status_code == 412
    async with service.api("auditor") as client:
        rows = (await client.get(f"/api/v1/trail?kind=spillage&record={number}")).json()["items"]
    assert [each["person_id"] for each in rows][-1] == service.people["administrator"]
    assert {each["person_id"] for each in rows[:-1]} == {two.second_id}
    assert "Proprietary data" in after
    assert proposal["value_sha256"] in after


async def test_what_is_never_changed_is_guarded_again_once_a_value_was_replaced(service: Service, two: Two) -> None:
    """The triggers stood still for one transaction alone."""
    await spill(service)
    async with service.db.read() as session:
        states = text(
            "select tgrelid::regclass::text, tgname, tgenabled from pg_trigger where not tgisinternal order by 1, 2"
        )
        before = (await session.execute(states)).all()
    assert (await two.confirmed(await two.proposed())).status_code == 200
    async with service.db.read() as session:
        assert (await session.execute(states)).all() == before


@pytest.mark.parametrize("value", ["abc", "  abc ", ""])
async def test_a_short_value_is_refused(two: Two, value: str) -> None:
    """It stands in too many other words."""
    answer = await two.first.post("/api/v1/spillages", json={**PROPOSAL, "spilled_value": value})
    assert (answer.status_code, answer.json()["mistakes"][0]["where"]) == (422, "spilled_value")


@pytest.mark.parametrize("field", ["because", "met_where"])
async def test_a_proposal_does_not_hold_the_value_itself(two: Two, field: str) -> None:
    """The value is never stored: only its SHA-256 and length."""
    answer = await two.first.post("/api/v1/spillages", json={**PROPOSAL, field: f"It says {VALUE}."})
    assert answer.status_code == 422
    assert VALUE not in answer.json()["detail"]


async def test_nobody_confirms_their_own_proposal(service: Service, two: Two) -> None:
    """Two persons, by the rule and by the database."""
    proposal = await two.proposed()
    own = await two.first.patch(
        f"/api/v1/spillages/{proposal['id']}/confirmed", json={"spilled_value": VALUE}, headers={"If-Match": '"1"'}
    )
    assert (own.status_code, "second administrator" in own.json()["detail"]) == (409, True)
    first = service.people["administrator"]
    with pytest.raises(Exception, match="second administrator confirms"):
        async with service.db.write(actor=first, command="test.spillage") as session:
            await session.execute(text("update spillage set state = 'confirmed', confirmed_by_id = proposed_by_id"))
    for by in (first, two.second_id):
        with pytest.raises(Exception, match=r"confirmed by the person|begins as the proposal"):
            async with service.db.write(actor=SERVICE, command="test.spillage") as session:
                await session.execute(
                    text("update spillage set state = 'confirmed', confirmed_by_id = :by"), {"by": by}
                )


async def test_another_value_than_the_proposed_one_replaces_nothing(service: Service, two: Two) -> None:
    """Hash must match, by the rule and by the database."""
    await spill(service)
    proposal = await two.proposed()
    wrong = await two.confirmed(proposal, VALUE.lower())
    assert (wrong.status_code, wrong.json()["mistakes"][0]["where"]) == (422, "spilled_value")
    with pytest.raises(Exception, match="not the value that was proposed"):
        async with service.db.write(actor=two.second_id, command="test.spillage") as session:
            await session.execute(
                text("update spillage set state = 'confirmed', confirmed_by_id = :by"), {"by": two.second_id}
            )
            await session.execute(text("select app.replace_spilled(1, 'Group', '{}')"))
    assert (await two.first.get(f"/api/v1/spillages/{proposal['id']}")).json()["state"] == "proposed"


async def test_the_services_role_replaces_nothing_by_itself(service: Service, two: Two) -> None:
    """Refused unless a confirmed spillage of two persons stands in this transaction."""
    await spill(service)
    proposal = await two.proposed()
    call = text("select app.replace_spilled(:number, :value, '{}')")
    named = {"number": proposal["id"], "value": VALUE}
    with pytest.raises(DBAPIError, match="just confirmed"):
        async with service.db.write(actor=two.second_id, command="test.spillage") as session:
            await session.execute(call, named)
    # Confirmed in one transaction, called in the next.
    async with service.db.write(actor=two.second_id, command="test.spillage") as session:
        await session.execute(
            text("update spillage set state = 'confirmed', confirmed_by_id = :by"), {"by": two.second_id}
        )
    with pytest.raises(DBAPIError, match="just confirmed"):
        async with service.db.write(actor=two.second_id, command="test.spillage") as session:
            await session.execute(call, named)
    with pytest.raises(DBAPIError, match="Only the replacement itself"):
        async with service.db.write(actor=two.second_id, command="test.spillage") as session:
            await session.execute(
                text("update spillage set state = 'replaced', replaced_on = proposed_on, replaced = '[]'")
            )
    for change in (
        "update trail set command = 'x'",
        "delete from document_chunk",
        "update document_version set size = 2",
    ):
        with pytest.raises(DBAPIError, match=r"permission denied|never changed"):
            async with service.db.write(actor=two.second_id, command="test.spillage") as session:
                await session.execute(text(change))


@pytest.mark.parametrize(
    ("role", "status"),
    [("program-office", 403), ("senior-official", 403), ("auditor", 403), ("administrator", 201)],
)
async def test_only_administrators_propose(service: Service, role: Any, status: int) -> None:
    """Permission documents.replace-spilled."""
    async with service.api(role) as client:
        assert (await client.post("/api/v1/spillages", json=PROPOSAL)).status_code == status


async def test_a_value_in_a_place_with_a_fixed_form_is_refused_and_nothing_changes(
    service: Service, two: Two, server: EmbeddedServer, database: str
) -> None:
    """A refusal is a sentence with a way out; one transaction."""
    async with service.db.write(actor=SERVICE, command="test.spill") as session:
        await establish(session, name="Group of lists", charter="A workstream is another thing.")
    before = await dumped(server, database)
    proposal = await two.proposed(spilled_value="working group")
    answer = await two.confirmed(proposal, "working group")
    assert answer.status_code == 409, answer.text
    assert "fixed form" in answer.json()["detail"]
    assert "on its own page" in answer.json()["way_out"]
    after = await dumped(server, database)
    changed = set(after.splitlines()) - set(before.splitlines())
    assert all("spillage" in line or "setval" in line for line in changed), changed


async def test_a_proposal_is_withdrawn_with_a_reason(two: Two) -> None:
    """And then neither confirmed nor withdrawn again."""
    proposal = await two.proposed()
    path = f"/api/v1/spillages/{proposal['id']}/withdrawn"
    told = await two.second.patch(path, json={"because": f"“{VALUE}” was public."}, headers={"If-Match": '"1"'})
    assert (told.status_code, told.json()["mistakes"][0]["where"]) == (422, "because")
    assert "N00-024" not in told.text
    withdrawn = await two.second.patch(path, json={"because": "It was public."}, headers={"If-Match": '"1"'})
    assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, "withdrawn")
    assert (await two.confirmed(withdrawn.json())).status_code == 409
    assert (await two.second.patch(path, json={"because": "Again"}, headers={"If-Match": '"2"'})).status_code == 409


async def test_a_version_that_is_named_is_one_that_there_is(two: Two) -> None:
    """Document and version, such as 12/1."""
    for named in ("12", "999/1", "1/1; drop"):
        answer = await two.first.post("/api/v1/spillages", json={**PROPOSAL, "named_versions": named})
        assert (answer.status_code, answer.json()["mistakes"][0]["where"]) == (422, "named_versions")


async def test_builds_that_nobody_signed_are_taken_back_and_signed_ones_stay(
    service: Service, two: Two, server: EmbeddedServer, database: str
) -> None:
    """Snapshots not yet signed; what was signed never changes."""
    value = "Group on radar and sonar"
    async with service.db.write(actor=SERVICE, command="test.spill") as session:
        await establish(session, name=value)
    async with service.api("program-office") as client:
        for year in (2027, 2028):
            assert (await client.post("/api/v1/reports", json={"year": year})).status_code == 201
    signed = (await build_report(service.db, 2027, actor=SERVICE, reader=Reader("us-government"))).id
    frozen = (await build_report(service.db, 2028, actor=SERVICE, reader=Reader("us-government"))).id
    async with service.db.write(actor=SERVICE, command="test.sign") as session:
        await session.execute(
            text("update report set state = 'frozen', frozen_build_id = :build where year = 2028"), {"build": frozen}
        )
        await session.execute(
            text(
                "update report set state = 'signed', signatory = 'Secretary of Defense', signed_by = 'S', "
                "signed_on = '2027-02-03', frozen_build_id = :build where year = 2027"
            ),
            {"build": signed},
        )
    proposal = await two.proposed(spilled_value=value)
    found = {each["handling"]: each["places"] for each in proposal["found"] if each["table"] == "report_build"}
    assert found == {"signed: not touched": 1, "taken back": 1}
    confirmed = await two.confirmed(proposal, value)
    assert confirmed.status_code == 200, confirmed.text
    async with service.db.read() as session:
        builds = set(await session.scalars(text("select id from report_build")))
        states = {row.year: row for row in await session.execute(text("select * from report"))}
    assert builds == {signed}
    assert (states[2028].state, states[2028].frozen_build_id) == ("draft", None)
    assert "build it again" in states[2028].returned_because
    assert states[2027].state == "signed"


# Types of columns that can hold no text of people; what is not here and not walked is looked at by somebody.
HARMLESS = {
    "int2", "int4", "int8", "float8", "numeric", "bool", "date", "timestamptz", "interval", "uuid", "xid8", "oid",
    "_int4", "_int8", "daterange", "pgqueuer_status",
}  # fmt: skip


async def test_the_walk_meets_every_column_that_can_hold_text(service: Service) -> None:
    """Every table: the catalogue is walked, with a declared list of exceptions, each with its reason."""
    async with service.db.read() as session:
        unknown = await session.execute(
            text(
                """
                select c.relname || '.' || a.attname, t.typname
                from pg_attribute a join pg_class c on c.oid = a.attrelid
                join pg_namespace n on n.oid = c.relnamespace join pg_type t on t.oid = a.atttypid
                where c.relkind in ('r', 'm', 'f') and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
                  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
                  and not (c.relkind = 'r' and t.typname in
                      ('text', 'varchar', 'bpchar', 'citext', '_text', '_varchar', 'json', 'jsonb', 'bytea',
                       'tsvector'))
                """
            )
        )
        assert {kind for _, kind in unknown} <= HARMLESS
        undeclared = await session.execute(
            text(
                "select c.relname || '.' || a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid "
                "join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' and a.atttypid = 'bytea'::regtype "
                "and a.attnum > 0 and not a.attisdropped and n.nspname in ('public', 'app') "
                "except select table_name || '.' || column_name from app.spillage_bytes()"
            )
        )
        assert list(undeclared.scalars()) == []
        gone = await session.execute(
            text(
                "select k.table_name || '.' || k.column_name from app.spillage_kept() k where not exists ("
                "select from information_schema.columns c where c.table_schema = k.schema_name "
                "and c.table_name = k.table_name and k.column_name in (c.column_name, '*'))"
            )
        )
        assert list(gone.scalars()) == []


async def test_the_value_is_never_sent_back_by_a_form(service: Service) -> None:
    """What must not stand in the record stands on no page either."""
    browser = await service.browser("administrator")
    answer = await browser.post("/documents/spillage/new", {**PROPOSAL, "because": ""})
    assert answer.status_code == 422
    assert "N00-024" not in answer.text
    made = await browser.post("/documents/spillage/new", PROPOSAL)
    assert made.status_code == 303, made.text
    page = await browser.get(made.headers["location"])
    assert "a second administrator types the value" in page.text
    assert "N00-024" not in page.text


def _workbook_in_a_letter() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr("[Content_Types].xml", f'<Types><Override ContentType="{LETTER}.main+xml"/></Types>')
        made.writestr(
            "word/embeddings/one.xlsx",
            package("xlsx", body="Another contract"),
        )
        made.writestr("word/embeddings/two.xlsx", package("xlsx", body=f"A {html.escape(VALUE)} B"))
    return held.getvalue()


def _mail() -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@office.example", "Parts"
    message.set_content(f"The list.\n{VALUE}\n", cte="base64")
    return message.as_bytes()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("utf16.txt", f"Minutes\n{VALUE}\n".encode("utf-16")),
        ("latin.txt", f"Minutes\n{VALUE}\n".encode("cp1252")),
        ("table.csv", f"a,b\n1,{VALUE}\n".encode("utf-16")),
        ("mail.eml", _mail()),
        ("letter.docx", _workbook_in_a_letter()),
        (
            "slides.pptx",
            package("pptx", body="Contract &quot;N00-024&quot; &lt;S&#xF8;rensen &amp; Co&gt;"),
        ),
        ("lines.docx", package("docx", body=html.escape(VALUE).replace(" ", "\n  "))),
    ],
)
async def test_a_value_is_found_however_a_document_packs_or_encodes_it(
    service: Service, two: Two, name: str, content: bytes
) -> None:
    """Spillage: everywhere, documents too."""
    async with service.db.write(actor=SERVICE, command="test.spill") as session:
        group = await establish(session)
    async with service.api("program-office") as client:
        made = await attach(client, ("working_group", group), content, name)
        assert made.status_code == 201, made.text
        other = await attach(client, ("working_group", group), TEXT, "other.txt")
        proposal = await two.proposed()
        assert {"table": "document_version", "handling": "bytes removed", "places": 1} in proposal["found"]
        assert (await two.confirmed(proposal)).status_code == 200
        path = "/api/v1/documents/{}/versions/1/content"
        assert (await client.get(path.format(made.json()["id"]))).status_code == 410
        assert (await client.get(path.format(other.json()["id"]))).status_code == 200


async def test_a_package_that_is_broken_inside_stops_no_spillage(service: Service, two: Two) -> None:
    """What cannot be unpacked is passed over, as a PDF is; a person names it."""
    broken = bytearray(package("docx", body=VALUE * 50))
    at = broken.index(b"word/document.xml") + len(b"word/document.xml")
    broken[at : at + 8] = b"\xff" * 8
    async with service.db.write(actor=SERVICE, command="test.spill") as session:
        group = await establish(session, charter=f"Goods of {VALUE}.")
    async with service.api("program-office") as client:
        made = await attach(client, ("working_group", group), bytes(broken), "broken.docx")
        assert made.status_code == 201, made.text
    assert (await two.confirmed(await two.proposed())).status_code == 200


async def test_a_value_is_replaced_in_the_names_of_the_fields_that_people_type(
    service: Service, two: Two, server: EmbeddedServer, database: str
) -> None:
    """A request of coordination takes fields by any name: they and their trail are looked at too."""
    value = "Contract N00-024 of the offeror"
    async with service.api("program-office") as client:
        asked = await client.post(
            "/api/v1/concurrence",
            json=a_request(after={value: "agreed", "other": f"as {value}"}, coordinate=[2]),
        )
        assert asked.status_code == 201, asked.text
        proposal = await two.proposed(spilled_value=value)
        assert {each["table"] for each in proposal["found"]} == {"concurrence_round", "trail"}
        assert (await two.confirmed(proposal, value)).status_code == 200
        shown = (await client.get(asked.headers["location"])).json()
    tag = f"[removed: spillage {proposal['id']}]"
    assert shown["value_after"] == {tag: "agreed", "other": f"as {tag}"}
    after = await dumped(server, database)
    assert [form for form in forms(value) if form in after] == []
