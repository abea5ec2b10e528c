"""The JSON door of the trace: what each paragraph is, what the record holds of it, what a record serves."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from pipir.features.assistance import commands as assistance
from pipir.features.duties import commands as duties
from pipir.features.law import commands as law
from pipir.features.people.tables import SERVICE
from pipir.kernel.marking import audience_of, parse_marking
from pipir.load import PUBLIC_RECORD, load_bundle
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.assistance.situations import planned, recorded
from tests.features.congress import makers as congress
from tests.features.data_calls import makers as calls
from tests.features.engagement.situations import entered as engaged
from tests.features.exchanges.situations import entered as exchanged
from tests.features.home.situations import program
from tests.features.report.record import draft
from tests.features.vulnerabilities.situations import entered
from tests.statute.test_instruments import PARAGRAPHS


async def traced(service: Service, role: Any = "auditor", **asked: str) -> dict[str, dict[str, Any]]:
    async with service.api(role) as client:
        answer = await client.get("/api/v1/trace", params=asked)
    assert answer.status_code == 200, answer.text
    return {row["slug"]: row for row in answer.json()}


async def test_every_paragraph_of_the_section_stands_in_its_order(service: Service) -> None:
    """Sec. 1253(a) to (g)"""
    rows = await traced(service)
    assert list(rows) == [f"1253.{paragraph}" for paragraph in PARAGRAPHS]
    report = rows["1253.f.1.A"]
    assert report["owed_by"] == "Secretary of Defense"
    assert len(report["recipients"]) == 6
    assert report["days"][0] == "2027-03-01"
    assert report["rule"] == "pipir.features.report.rules.may_sign"


async def test_an_empty_record_shows_no_evidence_and_says_no_more(service: Service) -> None:
    """Never none happened, never late."""
    rows = await traced(service)
    states = {slug.removeprefix("1253."): row["state"] for slug, row in rows.items()}
    assert states["a"] == states["b.2"] == states["d"] == states["e.1"] == "no evidence recorded here"
    # The program clock stands on 20 November 2026: the day of (c)(1) has passed, the first briefing has not.
    assert states["c.1"] == "no evidence recorded here"
    assert states["c.2"] == states["f.1.B.i"] == "not yet"
    assert states["f.2"] == states["f.1.A"] == "due"
    assert states["b"] == states["b.1.A"] == "structure only"
    assert states["g"] == "by law"
    assert "not public" in rows["1253.c.1"]["evidence"][0]["says"]
    assert not any(row["exercise"] for row in rows.values())


async def test_the_public_record_is_evidence_of_what_it_shows(service: Service, db: Database) -> None:
    """(d): being named is the statute's own doing, and no step of the process."""
    await load_bundle(db, PUBLIC_RECORD)
    rows = await traced(service)
    assert rows["1253.a"]["state"] == "kept"
    served = [row for slug, row in rows.items() if slug.startswith("1253.b.") and row["state"] == "kept"]
    assert served
    for row in served:
        assert row["evidence"][0]["count"] > 0
        assert row["evidence"][0]["last_on"] == "2026-11-20"
        assert row["evidence"][0]["links"] == [["Projects that serve it", f"/projects?objective={row['slug']}"]]
    standings = rows["1253.d"]["evidence"][0]
    assert rows["1253.d"]["state"] == "no evidence recorded here"
    assert "named in statute" in standings["says"]


async def test_the_program_is_evidence_and_carries_the_mark(service: Service, db: Database) -> None:
    """Sec. 1253(d), (e)"""
    await program(db)
    rows = await traced(service)
    assert rows["1253.d"]["state"] == "kept"
    assert rows["1253.d"]["evidence"][0]["last_on"] == "2026-02-01"
    for number in range(1, 5):
        told = {each["question"]: each for each in rows[f"1253.e.{number}"]["evidence"]}
        each = told["authorities"]
        assert each["says"].endswith("ledger entries name it as their authority.")
        assert each["links"] == [["Ledger entries", f"/ledger?authority=1253.e.{number}"]]
        assert each["exercise"]
    assert rows["1253.b.2"]["exercise"]
    assert not rows["1253.g"]["exercise"]


async def test_the_register_of_vulnerabilities_is_evidence_of_what_was_found(service: Service, db: Database) -> None:
    """Sec. 1253(b)(3), (f)(1)(B)(i)"""
    rows = await traced(service)
    assert rows["1253.b.3"]["state"] == "no evidence recorded here"
    await entered(db)
    rows = await traced(service)
    assert rows["1253.b.3"]["state"] == "kept"
    for slug in ("1253.b.3", "1253.f.1.B.i"):
        told = {each["question"]: each for each in rows[slug]["evidence"]}["vulnerabilities"]
        assert told["says"] == "1 vulnerability in the register, of them worked on or over: 0."
        assert told["links"] == [["Vulnerabilities", "/vulnerabilities"]]


async def test_what_was_done_under_the_authorities_is_evidence_of_their_use(service: Service, db: Database) -> None:
    """Sec. 1253(e)(2), (3), (4)"""
    asked = (("1253.e.2", "exchanges"), ("1253.e.3", "assistance"), ("1253.e.4", "engagement"))

    async def told() -> list[tuple[int, str]]:
        rows = await traced(service)
        found = [{each["question"]: each for each in rows[slug]["evidence"]}[name] for slug, name in asked]
        return [(each["count"], each["says"]) for each in found]

    assert await told() == [(0, "None is recorded here.")] * 3
    await exchanged(db)
    await engaged(db)
    number = await planned(db, uses="10-usc-332")
    await recorded(db, number, "counsel-confirms", date(2026, 11, 20))
    assert (await told())[1] == (0, "None is recorded here.")
    async with db.write(actor=SERVICE, command="assistance.begin") as session:
        await assistance.begin_assistance(session, number, assistance.BeginAssistance(), version=1)
    assert await told() == [
        (1, "1 technical exchange on record."),
        (1, "1 plan of assistance begun under an authority of title 10."),
        (1, "1 engagement on record."),
    ]


async def test_a_duty_that_is_done_is_kept(service: Service, db: Database) -> None:
    """Sec. 1253(c)(1)"""
    async with db.write(actor=SERVICE, command="duty.take-up") as session:
        number = await duties.take_up(session, duties.TakeUpDuty("designation"))
        done = duties.RecordDone(session.today, "Memorandum of designation.")
        await duties.record_done(session, number, done, version=1)
    row = (await traced(service))["1253.c.1"]
    assert row["state"] == "kept"
    by_question = {each["question"]: each for each in row["evidence"]}
    assert by_question["designations"]["count"] == 0
    assert by_question["duties"]["last_on"] == "2026-11-20"
    assert by_question["duties"]["links"] == [["16 Jun 2026", "/duties/designation"]]


async def test_a_designation_is_evidence_and_sets_off_its_notice(service: Service, db: Database) -> None:
    """Sec. 1253(c)(1), (c)(2)"""
    async with db.write(actor=SERVICE, command="designation.record", exercise=True) as session:
        body = law.RecordDesignation(
            official="Person One",
            office_held="Assistant Secretary of Defense for Tests",
            rank="assistant-secretary",
            made_on=date(2026, 11, 2),
            since=date(2026, 11, 2),
            instrument="Memorandum of 2 November 2026",
            source="The memorandum",
        )
        await law.record_designation(session, body)
    rows = await traced(service)
    assert rows["1253.c.1"]["state"] == "kept"
    assert "Assistant Secretary of Defense for Tests" in rows["1253.c.1"]["evidence"][0]["says"]
    assert rows["1253.c.1"]["exercise"]
    assert rows["1253.c.2"]["state"] == "due"
    assert rows["1253.c.2"]["evidence"][0]["links"] == [["2 Dec 2026", "/duties/notice-of-designation-2026-11-02"]]


async def test_an_element_is_due_once_its_report_is_open(service: Service, db: Database) -> None:
    """Sec. 1253(f)(1)(B)"""
    await draft(db)
    rows = await traced(service)
    assert rows["1253.f.1.B.iv"]["state"] == "due"
    reports = rows["1253.f.1.A"]["evidence"][1]
    assert (reports["question"], reports["count"]) == ("reports", 1)
    assert reports["links"] == [["Report of 2027", "/reports/2027"]]


async def test_what_a_reader_may_not_see_is_not_counted(service: Service, db: Database) -> None:
    """Counts are of what the reader may see."""
    await program(db)
    hidden = audience_of(parse_marking("CUI//FED ONLY"))
    async with db.write(actor=SERVICE, command="test.hide") as session:
        for table in ("project", "participant", "working_group"):
            await session.execute(
                text(f"update {table} set marking = 'CUI//FED ONLY', audience = :mask, version = version + 1"),
                {"mask": hidden},
            )
        await session.execute(
            text("update person set reader_kind = 'contractor', version = version + 1 where id = :id"),
            {"id": service.people["auditor"]},
        )
    seen, unseen = await traced(service, "comptroller"), await traced(service, "auditor")
    for slug in ("1253.a", "1253.b.2", "1253.d", "1253.e.1"):
        assert seen[slug]["state"] == "kept", slug
        assert unseen[slug]["state"] == "no evidence recorded here", slug
        assert unseen[slug]["evidence"][0]["count"] == 0
        assert unseen[slug]["evidence"][0]["last_on"] is None
        assert not unseen[slug]["exercise"]


async def test_the_trace_is_filtered(service: Service) -> None:
    """By instrument, kind and state; several fit together."""
    assert set(await traced(service, status="by law")) == {"1253.g"}
    assert set(await traced(service, kind="notice")) == {"1253.c.2"}
    assert await traced(service, kind="notice", status="by law") == {}
    pattern = await traced(service, instrument="ipef")
    assert {row["state"] for row in pattern.values()} == {"structure only"}
    assert pattern["ipef.9"]["standing"] == "pattern, not law of the Partnership; press only"
    assert {row["standing"].partition(";")[0] for row in (await traced(service, instrument="s-2453")).values()} == {
        "bill, not law"
    }


@pytest.mark.parametrize("name", ["instrument", "kind", "status"])
async def test_a_filter_that_cannot_be_is_refused_with_what_can(service: Service, name: str) -> None:
    """422 with what is expected."""
    async with service.api("auditor") as client:
        answer = await client.get("/api/v1/trace", params={name: "<script>"})
    assert answer.status_code == 422
    (mistake,) = answer.json()["mistakes"]
    assert mistake["where"] == name
    assert "Expected one of" in mistake["expected"]


async def test_one_paragraph_is_read_and_another_is_not_found(service: Service) -> None:
    """404"""
    async with service.api("auditor") as client:
        found = await client.get("/api/v1/trace/1253.f.1.B.iii")
        missing = [await client.get(f"/api/v1/trace/{slug}") for slug in ("1253.h", "10-usc-333", "%00", "x" * 500)]
    assert found.json()["citation"] == "Sec. 1253(f)(1)(B)(iii), Pub. L. 119-60"
    assert [each.status_code for each in missing] == [404, 404, 404, 404]


async def test_the_bill_stands_beside_the_section_where_it_is_known(service: Service) -> None:
    """Where the two differ, section 1253 governs; both citations."""
    async with service.api("auditor") as client:
        rows = {row["slug"]: row for row in (await client.get("/api/v1/trace/comparison")).json()}
    assert list(rows) == [f"1253.{paragraph}" for paragraph in PARAGRAPHS]
    assert "dropped" in rows["1253.e"]["bill"][0]["difference"]
    assert rows["1253.a"]["bill"][0]["citation"] == "S. 2453, 119th Cong., sec. 2(a)"
    assert rows["1253.d"]["bill"] == []


async def test_each_record_says_which_paragraphs_it_serves(service: Service, db: Database) -> None:
    """From any record back to the law."""
    await program(db)
    async with db.read() as session:

        async def first(query: str) -> int:
            return int(await session.scalar(text(query)) or 0)

        numbers = {
            "project": await first("select min(id) from project"),
            "group": await first("select min(id) from working_group"),
            "participant": await first("select id from participant where code = 'AUS'"),
            "ledger-entry": await first("select min(id) from ledger_entry where program_authority = '1253.e.3'"),
            "funding-document": await first("select min(id) from funding_document"),
        }
    keys = {**numbers, "duty": "report-2028", "report": 2029}
    served = {}
    async with service.api("auditor") as client:
        for kind, key in keys.items():
            answer = await client.get(f"/api/v1/trace/records/{kind}/{key}")
            assert answer.status_code == 200, answer.text
            served[kind] = [each["slug"] for each in answer.json()["paragraphs"]]
            assert answer.json()["exercise"] == (kind not in ("duty", "report"))
    assert served["project"] == ["1253.b.2"]
    assert served["group"] == []
    assert served["participant"] == ["1253.d", "1253.a"]
    assert served["ledger-entry"] == ["1253.e.3", "1253.b.2"]
    assert set(served["funding-document"]) <= {"10-usc-2350a", "1253.e.1", "1253.e.2", "1253.e.3", "1253.e.4"}
    assert served["duty"] == ["1253.f.1.A"]
    assert served["report"][:2] == ["1253.f.1.A", "1253.f.1.B.i"]


async def test_what_congress_was_told_leads_to_what_asked_for_it(service: Service, db: Database) -> None:
    """Sec. 1253(c), (f)(1)(A), (f)(2); what the section does not ask for serves none of it."""
    async with db.write(actor=SERVICE, command="test.congress", exercise=True) as session:
        asked = await congress.prepare(session)
        await congress.give(session, asked)
        wished = await congress.prepare(session, **congress.on_request())
        contact = await congress.enter_contact(session)
        said = await congress.promise(session, briefing_id=asked, made_in="briefing", report_year=None)
        written = await congress.promise(session, made_in="report", report_year=2027, title="Written in the report")
        call = await calls.issue(session, report_year=2027)
    served = {}
    async with service.api("auditor") as client:
        for key in (
            f"briefing/{asked}",
            f"briefing/{wished}",
            f"contact/{contact}",
            f"promise/{said}",
            f"promise/{written}",
            f"data-call/{call}",
        ):
            answer = await client.get(f"/api/v1/trace/records/{key}")
            assert answer.status_code == 200, answer.text
            served[key] = [each["slug"] for each in answer.json()["paragraphs"]]
    assert list(served.values()) == [["1253.f.2"], [], [], ["1253.f.2"], ["1253.f.1.A"], ["1253.f.1.A"]]
    briefings = (await traced(service))["1253.f.2"]["evidence"][1]
    assert (briefings["count"], briefings["last_on"]) == (1, "2026-11-18")
    assert len(briefings["links"]) == 1


async def test_a_law_that_left_the_files_is_named_as_it_was_recorded(service: Service, db: Database) -> None:
    """What was recorded stays, also where the law's files have moved on."""
    await program(db)
    async with db.write(actor=SERVICE, command="test.law") as session:
        number = await session.scalar(
            text(
                "update project set objectives = array['1253.b.9'], version = version + 1 "
                "where id = (select min(id) from project) returning id"
            )
        )
    async with service.api("auditor") as client:
        answer = await client.get(f"/api/v1/trace/records/project/{number}")
    first = answer.json()["paragraphs"][0]
    assert (first["citation"], first["traced"]) == ("1253.b.9", False)


@pytest.mark.parametrize(
    "place",
    [
        "project/1",
        "project/0",
        "project/-1",
        "project/99999999999999999999",
        "project/one",
        "duty/nothing",
        "person/1",
        "report/x",
        "ledger-entry/1",
        "funding-document/1",
        "group/1",
        "participant/%00",
    ],
)
async def test_a_record_that_is_not_there_is_not_found(service: Service, place: str) -> None:
    """404"""
    async with service.api("auditor") as client:
        assert (await client.get(f"/api/v1/trace/records/{place}")).status_code == 404


async def test_a_year_without_a_report_is_refused_with_the_provision(service: Service) -> None:
    """Sec. 1253(f)(1)(A)"""
    async with service.api("auditor") as client:
        answer = await client.get("/api/v1/trace/records/report/2026")
    assert answer.status_code in (404, 422)
    assert "1253(f)(1)(A)" in answer.text
