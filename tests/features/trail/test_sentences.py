"""Every change of every table is told in words and names: no column as it is stored, and no number of a record."""

import json
import re

import pytest
from sqlalchemy import text

from pipir.exercise.people import enter_people
from pipir.exercise.program import enter_program
from pipir.features.participants import commands as participants
from pipir.features.people.tables import SERVICE
from pipir.features.trail import queries, rules
from pipir.load import PUBLIC_RECORD, load_bundle
from pipir.store.base import Base, load_tables
from pipir.store.doors import Database
from tests.conftest import Service, Template
from tests.features.participants.situations import CONTRACTOR, HIDDEN, OFFICIAL, enter, named
from tests.features.trail.situations import SECRET, some_changes

load_tables()
COLUMNS = [
    (table.name, column.name)
    for table in Base.metadata.sorted_tables
    for column in table.columns
    if column.name not in ("id", "version", "exercise", "audience")
]
STORED = re.compile(r"\w_\w|\bid\b|\bnumber \d|person \d")


@pytest.mark.parametrize("table", sorted({table for table, _ in COLUMNS}))
def test_a_change_of_any_column_is_told_in_words(table: str) -> None:
    """Also of a table that is made tomorrow."""
    for name in (column for other, column in COLUMNS if other == table):
        for operation, before, after in (("insert", None, {name: "x"}), ("update", {name: "x"}, {name: None})):
            for said in (
                rules.told("A. Person", table, operation, before, after, 0),
                rules.sentence(table, operation, before, after, 0),
            ):
                assert not STORED.search(said), said
    assert not STORED.search(rules.told("A. Person", table, "append", None, None, 3))


async def test_the_whole_exercise_is_told_in_words_and_names(db: Database) -> None:
    """The walk: each row of its trail."""
    await load_bundle(db, PUBLIC_RECORD)
    await enter_people(db)
    await enter_program(db, projects=3, entries=100)
    stored = {column for _, column in COLUMNS if "_" in column}
    tables: set[str] = set()
    cursor, wrong = None, []
    async with db.read() as session:
        while True:
            page = await queries.list_changes(session, OFFICIAL, cursor=cursor, limit=200)
            for each in page.items:
                tables.add(each.subject)
                words = set(re.findall(r"\w+", f"{each.told} {each.change} {each.detail}"))
                fields = {change.field for change in each.changes}
                if words & stored or fields & stored or re.search(r"\b(number|person) \d", each.told):
                    wrong.append(each.told)
            cursor = page.next_cursor
            if cursor is None:
                break
    assert wrong == []
    assert len(tables) > 12


async def test_a_record_without_a_name_is_called_by_those_it_joins(db: Database, template: Template) -> None:
    async with db.write(actor=template.people["comptroller"], command="notices.prefer") as session:
        await session.execute(
            text(
                "insert into mail_preference (version, person_id, manner, hour, muted, since) "
                "values (1, :person, 'none', 8, '{}', '2026-11-20')"
            ),
            {"person": template.people["comptroller"]},
        )
    async with db.read() as session:
        page = await queries.list_changes(session, OFFICIAL, command="notices.prefer")
    assert [each.told for each in page.items] == [
        "Person Comptroller entered the mail preferences of Person Comptroller."
    ]


@pytest.mark.parametrize(
    ("table", "row", "short", "whole"),
    [
        (
            "concurrence_asked",
            {"request_id": 4, "office_id": 2, "role": "be-notified"},
            "Office asked: State PM (be notified) about Invite Italy",
            "A. Person asked State PM (be notified) about Invite Italy.",
        ),
        (
            "concurrence_answer",
            {"request_id": 4, "answer": "concur with comment"},
            "Answer given: “concur with comment” about Invite Italy",
            "A. Person answered “concur with comment” about Invite Italy.",
        ),
        (
            "concurrence_round",
            {"request_id": 4, "number": 2, "value_after": {"a": "b"}},
            "Round opened: 2 of Invite Italy",
            "A. Person opened round 2 of Invite Italy.",
        ),
        (
            "concurrence_condition",
            {"request_id": 4, "title": "Tell the embassy."},
            "Condition set: Tell the embassy.",
            "A. Person set the condition Tell the embassy.",
        ),
        (
            "role_assignment",
            {"person_id": 1, "role": "state-liaison"},
            "Role given: State Department liaison of B. Person",
            "A. Person gave the role State Department liaison of B. Person.",
        ),
    ],
)
def test_what_joins_records_is_told_by_all_of_them(table: str, row: dict[str, object], short: str, whole: str) -> None:
    names = {("request_id", 4): "Invite Italy", ("office_id", 2): "State PM", ("person_id", 1): "B. Person"}
    called = rules.composed(table, row, names)
    assert rules.sentence(table, "insert", None, row, 0, called) == short
    assert rules.told("A. Person", table, "insert", None, row, 0, called) == whole


def test_what_joins_a_hidden_record_is_told_without_any() -> None:
    assert rules.composed("concurrence_asked", {"request_id": None, "office_id": None, "role": "concur"}, {}) == ""


async def test_a_record_that_a_reader_may_not_see_is_not_named_to_them(db: Database) -> None:
    """docs/releasability.md: a name in a sentence is as much as the record."""
    hidden = await enter(db, name=SECRET, code="XKS", marking=HIDDEN)
    async with db.read() as session:
        mine = await queries._names(session, OFFICIAL, {("participant", hidden)})
        theirs = await queries._names(session, CONTRACTOR, {("participant", hidden)})
    assert (mine, theirs) == ({("participant", hidden): SECRET}, {})


async def test_days_are_told_as_people_write_them(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test.group") as session:
        meeting = await session.scalar(
            text(
                "insert into working_group (version, marking, audience, name, kind, established_on, source) "
                "select 1, 'UNCLASSIFIED', 9223372036854775807, 'Group', 'workstream', '2026-01-01', 's' returning id"
            )
        )
    assert meeting
    async with db.write(actor=SERVICE, command="test.amend") as session:
        await session.execute(
            text("update working_group set established_on = '2026-02-01', version = 2 where id = :id"), {"id": meeting}
        )
    async with db.read() as session:
        (row,) = (await queries.list_changes(session, OFFICIAL, command="test.amend")).items
    assert row.told == "pipir changed established day of the working group Group."
    assert [(each.field, each.before, each.after) for each in row.changes] == [
        ("established day", "1 Jan 2026", "1 Feb 2026")
    ]


async def test_the_trail_is_filtered_by_the_office_of_who_acted(service: Service) -> None:
    japan = await enter(service.db)
    async with service.db.write(
        actor=service.people["state-liaison"], command=participants.record_standing.name
    ) as session:
        await participants.record_standing(session, japan, named(), version=1)
    browser = await service.browser("auditor")
    page = (await browser.get("/trail")).text
    office = re.search(r'<option value="(\d+)">TEST</option>', page)
    assert office
    found = (await browser.get(f"/trail?office={office[1]}&kind=participant")).text
    # The step, and what it made of the country.
    assert "<strong>2</strong> changes" in found
    assert "Person State Department liaison changed" in found
    assert "</span>TEST" in found
    async with service.api("auditor") as client:
        answer = await client.get(f"/api/v1/trail?office={office[1]}&kind=participant")
        assert answer.json()["total"] == 2
        assert (await client.get("/api/v1/trail?office=0")).json()["total"] == 0
    assert (await browser.get("/trail?office=x")).status_code == 422


async def test_the_filtered_trail_is_a_file_of_json_as_the_page_tells_it(service: Service) -> None:
    await some_changes(service.db)
    browser = await service.browser("auditor")
    page = (await browser.get("/trail?kind=participant")).text
    href = re.search(r'href="(/trail/export\.json[^"]+)"', page)
    assert href
    answer = await browser.get(href[1].replace("&amp;", "&"))
    assert answer.headers["content-disposition"] == 'attachment; filename="trail.json"'
    rows = json.loads(answer.text)
    assert [row["told"] for row in rows][-1] == "pipir entered the participant Japan."
    assert len(rows) == 3
    assert (await (await service.browser("program-office")).get("/trail/export.json")).status_code == 403
