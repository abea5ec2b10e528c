"""Loading a bundle: all mistakes at once, everything or nothing, and nothing twice."""

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update

from pipir.features.groups import commands as groups
from pipir.features.groups import queries as group_queries
from pipir.features.participants import queries as participant_queries
from pipir.features.people.tables import SERVICE
from pipir.features.projects import commands as projects
from pipir.features.projects import queries as project_queries
from pipir.features.projects.tables import PartnerId, Project
from pipir.kernel.errors import Invalid
from pipir.kernel.ids import GroupId, ProjectId
from pipir.kernel.marking import Reader
from pipir.load import PUBLIC_RECORD, LoadResult, load_bundle, read_bundle
from pipir.store.doors import Database

US = Reader(kind="us-government")
FILES = ("participants.csv", "workstreams.csv", "meetings.csv", "projects.csv", "role_reports.csv", "related.csv")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A copy of the project's own public record."""
    return Path(shutil.copytree(PUBLIC_RECORD, tmp_path / "bundle"))


def rewrite(bundle: Path, name: str, before: str, after: str) -> None:
    """Put `after` in place of the one `before` in a file."""
    path = bundle / name
    said = path.read_text()
    assert said.count(before) == 1, (name, before, said.count(before))
    path.write_text(said.replace(before, after))


def counts(result: LoadResult) -> dict[str, tuple[int, int, int]]:
    return {name: (each.added, each.changed, each.unchanged) for name, each in result.files.items()}


async def trail_rows(db: Database) -> int:
    async with db.read() as session:
        return int(await session.scalar(text("select count(*) from trail where command = 'record.load'")))


async def test_the_public_record_loads_with_every_fact_in_its_place(db: Database) -> None:
    result = await load_bundle(db, PUBLIC_RECORD)
    assert counts(result) == {
        "offices.csv": (20, 0, 0),
        "participants.csv": (9, 0, 0),
        "workstreams.csv": (4, 0, 0),
        "meetings.csv": (4, 0, 0),
        "projects.csv": (4, 0, 0),
        "role_reports.csv": (5, 0, 0),
        "related.csv": (3, 0, 0),
    }
    async with db.read() as session:
        countries = await participant_queries.by_codes(session, US, ["USA", "JPN", "THA"])
        streams = await group_queries.workstreams(session, US)
        radar = await project_queries.project_by_name(session, US, "P-8 radar repair")
        assert radar is not None
        parts = await project_queries.partners(session, US, ProjectId(radar.id))
        framework = await project_queries.related_effort_by_name(session, US, "Regional Sustainment Framework")
        exercise = await session.scalar(text("select bool_or(exercise) from project"))
    assert [each.name for each in streams] == [
        "Policy and Optimization",
        "Production",
        "Supply Chain Resilience",
        "Sustainment",
    ]
    assert (radar.workstream, radar.objectives, radar.planned_total) == ("Sustainment", ["1253.b.2", "1253.b.5"], None)
    assert radar.marking == "UNCLASSIFIED"
    assert {(part.code, part.reported, part.lead) for part in parts} == {
        ("AUS", True, False),
        ("NZL", True, False),
        ("KOR", True, False),
    }
    assert framework is not None
    assert framework.precision == "month"
    assert (countries["USA"].standing, countries["USA"].forum_standing) == (None, "convening country")
    assert (countries["JPN"].standing, countries["JPN"].forum_standing) == ("named in statute", None)
    assert (countries["THA"].standing, countries["THA"].forum_standing) == (None, "joined the forum (press)")
    assert exercise is False


async def test_loading_twice_changes_nothing(db: Database) -> None:
    await load_bundle(db, PUBLIC_RECORD)
    rows = await trail_rows(db)
    again = await load_bundle(db, PUBLIC_RECORD)
    assert await trail_rows(db) == rows
    assert all(added == changed == 0 for added, changed, _ in counts(again).values())
    assert again.changes == []


async def test_a_changed_file_changes_exactly_what_changed_and_says_it(db: Database, bundle: Path) -> None:
    await load_bundle(db, bundle)
    rows = await trail_rows(db)
    rewrite(bundle, "participants.csv", "(press),2026-03-18,Indo", "(press),2026-03-19,Indo")
    rewrite(bundle, "meetings.csv", ",virtual,", ",by video,")
    rewrite(bundle, "projects.csv", "A further line of production", "Another line of production")
    rewrite(bundle, "projects.csv", "2026-03-18,exploratory", "2026-03-18,announced")
    rewrite(bundle, "role_reports.csv", "site under study", "site chosen")
    rewrite(bundle, "related.csv", "2024-05,", "2024-06,")
    rewrite(bundle, "workstreams.csv", "Policy and Optimization,2024-10-08", "Policy and Optimization,2024-10-07")
    result = await load_bundle(db, bundle)
    assert sorted(result.changes) == [
        "meetings.csv:5: Virtual meeting: place changed.",
        "participants.csv:9: Thailand: since changed.",
        "projects.csv:4: Solid rocket motors: description changed.",
        "projects.csv:5: 30 mm ammunition: status changed.",
        "related.csv:3: Regional Sustainment Framework: date changed.",
        "role_reports.csv:6: PHL in 30 mm ammunition: role changed.",
        "workstreams.csv:5: Policy and Optimization: established changed.",
    ]
    # A reported role that reads otherwise ends the former part and begins a new one.
    # And a corrected standing is a step of its own beside the country's change.
    assert await trail_rows(db) == rows + 9
    assert all(changed == 0 for _, changed, _ in counts(await load_bundle(db, bundle)).values())


async def test_a_dry_run_says_the_same_and_writes_nothing(db: Database) -> None:
    tried = await load_bundle(db, PUBLIC_RECORD, dry_run=True)
    assert await trail_rows(db) == 0
    assert counts(tried) == counts(await load_bundle(db, PUBLIC_RECORD))


async def test_what_the_office_has_added_stays(db: Database) -> None:
    await load_bundle(db, PUBLIC_RECORD)
    async with db.write(actor=SERVICE, command="test") as session:
        stream = await group_queries.group_by_name(session, US, "Production")
        assert stream is not None
        body = groups.ReviseGroup(
            stream.name, "workstream", stream.established_on, stream.source, charter="C", marking="CUI//NOFORN"
        )
        await groups.revise_group(session, GroupId(stream.id), body, version=stream.version)
        part = await session.scalar(text("select id from project_partner where role = 'site under study'"))
        end = projects.RemovePartner(session.today, "Withdrawn.")
        await projects.remove_partner(session, PartnerId(part), end, version=1)
    assert all(added == changed == 0 for added, changed, _ in counts(await load_bundle(db, PUBLIC_RECORD)).values())
    async with db.read() as session:
        stream = await group_queries.group_by_name(session, US, "Production")
        assert stream is not None
        assert (stream.charter, stream.marking) == ("C", "CUI//NOFORN")


async def test_what_a_rule_of_the_record_refuses_is_a_mistake_of_its_line_and_nothing_is_written(
    db: Database, bundle: Path
) -> None:
    await load_bundle(db, bundle)
    async with db.write(actor=SERVICE, command="test") as session:
        await session.execute(update(Project).where(Project.name == "Solid rocket motors").values(status="completed"))
    rows = await trail_rows(db)
    rewrite(bundle, "participants.csv", "United Kingdom,GBR", "United Kingdom,GBX")
    rewrite(bundle, "meetings.csv", ",virtual,", ",by video,")
    with pytest.raises(Invalid) as wrong:
        await load_bundle(db, bundle)
    assert [mistake.where for mistake in wrong.value.mistakes] == ["participants.csv:10:1", "projects.csv:4:1"]
    assert "does not become announced" in wrong.value.mistakes[1].expected
    assert await trail_rows(db) == rows


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        read_bundle(tmp_path / "none")


def test_an_empty_folder_names_every_file_that_is_expected(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as wrong:
        read_bundle(tmp_path)
    assert [mistake.where for mistake in wrong.value.mistakes] == [f"{name}:1:1" for name in FILES]


def test_lost_keys_do_not_make_every_reference_a_mistake(bundle: Path) -> None:
    (bundle / "workstreams.csv").unlink()
    with pytest.raises(Invalid) as wrong:
        read_bundle(bundle)
    assert [mistake.where for mistake in wrong.value.mistakes] == ["workstreams.csv:1:1"]


LONG = "x" * 501
_FORTY: dict[str, tuple[str, list[tuple[str, list[str]]]]] = {
    "participants.csv": (
        "country,code,standing,since,region,source",
        [
            ("Japan,JP,named in statute,2025-12-18,Indo-Pacific,S", ["2:2 (code)"]),
            ("Korea,KOR,member,2025-12-18,Indo-Pacific,S", ["3:3 (standing)"]),
            ("India,IND,named in statute,18 Dec 2025,Indo-Pacific,S", ["4:4 (since)"]),
            ("Fiji,FJI,joined the forum (press),2026-02-30,Oceania,S", ["5:4 (since)", "5:5 (region)"]),
            (",THA,joined the forum (press),2026-03-18,Indo-Pacific,", ["6:1 (country)", "6:6 (source)"]),
            ("Thailand,THA,joined the forum (press),2026-03-18,Indo-Pacific,S", ["7:2 (code)"]),
            ("Canada,CAN,named in statute,2025-12-18,Other,S", ["8:3 (standing)"]),
            ("Australia,AUS,named in statute,2025-12-17,Indo-Pacific,S", ["9:4 (since)"]),
            ("New Zealand,NZL,named in statute,2025-12-18,Indo-Pacific", ["10:6 (source)"]),
            ('Philippines,PHL,named in statute,2025-12-18,Indo-Pacific,"S', ["11:6"]),
            (f"Brunei,BRN,joined the forum (press),2026-03-18,Indo-Pacific,{LONG}", ["12:6 (source)"]),
            ("Thailand,VNM,joined the forum (press),2026-03-18,Indo-Pacific,S", ["13:1 (country)"]),
        ],
    ),
    "workstreams.csv": (
        "name,established,source,lead",
        [
            ("Production,2024-10-08,S,x", ["1:4"]),
            ("Production,2024-10-08,S,x", ["3:1 (name)"]),
            ("Sustain\x00ment,2024-10-08,S,x", ["4:1 (name)"]),
            ("Supply,2024-10,S,x", ["5:2 (established)"]),
        ],
    ),
    "meetings.csv": (
        "starts,ends,name,place,outcome,source",
        [
            ("2024-05-31,2024-05-30,Dialogue,Singapore,,S", ["2:2 (ends)"]),
            ("2024-10-07,2024-10-08,Plenary,Hono\x07lulu,,S", ["3:4 (place)"]),
            ("2024-10-07,2024-10-08,Plenary,Honolulu,,S", ["4:3 (name)"]),
            ("07/10/2025,,Video,virtual,,S", ["5:1 (starts)", "5:2 (ends)"]),
            ("2026-01-01,2026-01-01,Mee\udcffting,virtual,,S", ["6:3 (name)"]),
            ("2026-02-01,2026-02-01,Mee\"ting,virtual,,S", ["7:3"]),
            ("2026-02-01,2026-02-01,Meeting,virtual,,S,more", ["8:7"]),
        ],
    ),
    "projects.csv": (
        "name,kind,workstream,announced,status,description,objectives,source",
        [
            ("Radar,repair,Production,2025-05-31,announced,D,(b)(2),S", ["1:8 (classified_by)", "2:2 (kind)"]),
            (
                "Motors,co-production,Space,2025-05-31,started,D,(b)(8),S",
                ["3:3 (workstream)", "3:5 (status)", "3:7 (objectives)"],
            ),
            (
                "Motors,co-production,Production,2025,announced,D,(b)(1);(b)(1),S",
                ["4:1 (name)", "4:4 (announced)", "4:7 (objectives)"],
            ),
        ],
    ),
    "role_reports.csv": (
        "code,project,role,source",
        [
            ("XYZ,Radar,lead,S", ["2:1 (code)"]),
            ("thai,Boats,lead,S", ["3:1 (code)", "3:2 (project)"]),
            ("THA,Radar,,S", ["4:3 (role)"]),
            ("THA,Radar,host,S", ["5:1 (code)"]),
        ],
    ),
    "related.csv": (
        "name,relation,date,description,source",
        [
            ("Pilot,bilateral,2024-13,D,S", ["2:3 (date)"]),
            ("Framework,separate,May 2024,D,S", ["3:3 (date)"]),
            ("Framework,separate,2024-05,D,S", ["4:1 (name)"]),
        ],
    ),
    "budget.csv": ("a,b", [("1,2", ["1:1"])]),
}  # fmt: skip


def plant(folder: Path) -> list[str]:
    """A bundle full of mistakes, and the places of all of them."""
    expected = []
    for name, (header, lines) in _FORTY.items():
        text_of_file = "\n".join([header, *(line for line, _ in lines)]) + "\n"
        (folder / name).write_bytes(text_of_file.encode("utf-8", "surrogateescape"))
        expected += [f"{name}:{place}" for _, places in lines for place in places]
    return expected


async def test_a_bundle_with_planted_mistakes_names_exactly_those_each_at_its_place(
    db: Database, tmp_path: Path
) -> None:
    expected = plant(tmp_path)
    assert len(expected) >= 40
    with pytest.raises(Invalid) as wrong:
        await load_bundle(db, tmp_path)
    assert sorted(mistake.where for mistake in wrong.value.mistakes) == sorted(expected)
    assert all(mistake.expected.endswith(".") for mistake in wrong.value.mistakes)
    assert f"{len(expected)} mistakes" in wrong.value.detail
    assert await trail_rows(db) == 0


def test_mistakes_come_in_the_order_of_the_files_and_their_lines(tmp_path: Path) -> None:
    plant(tmp_path)
    with pytest.raises(Invalid) as wrong:
        read_bundle(tmp_path)
    lines = [mistake.where.split(":")[:2] for mistake in wrong.value.mistakes]
    order = ["budget.csv", *FILES]
    assert lines == sorted(lines, key=lambda place: (order.index(place[0]), int(place[1])))


_HOSTILE = [b'"', b"\0", b",", b"\r", b"\n", b"\xff", "\u202e".encode(), b"="]
_MANGLE = st.tuples(
    st.sampled_from(FILES),
    st.integers(0, 4_000),
    st.sampled_from(["cut", "drop", "put", "double", "swap"]),
    st.one_of(st.binary(max_size=4), st.sampled_from(_HOSTILE)),
)
Steps = list[tuple[str, int, str, bytes]]


def mangled(raw: bytes, at: int, how: str, what: bytes) -> bytes:
    """The file's bytes with one thing done to them."""
    at %= len(raw) + 1
    if how == "cut":
        return raw[:at]
    if how == "drop":
        return raw[:at] + raw[at + 7 :]
    if how == "put":
        return raw[:at] + what + raw[at:]
    lines = raw.splitlines(keepends=True)
    line = at % max(len(lines), 1)
    if how == "double":
        return b"".join(lines[: line + 1] + lines[line:])
    return b"".join(reversed(lines))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=st.lists(_MANGLE, min_size=1, max_size=4))
def test_a_mangled_bundle_gives_mistakes_or_is_read_and_nothing_else(tmp_path: Path, steps: Steps) -> None:
    for name in FILES:
        raw = (PUBLIC_RECORD / name).read_bytes()
        for file, at, how, what in steps:
            if file == name:
                raw = mangled(raw, at, how, what)
        (tmp_path / name).write_bytes(raw)
    try:
        read_bundle(tmp_path)
    except Invalid as wrong:
        found = wrong.mistakes
    else:
        return
    assert found
    assert all(mistake.where and mistake.expected for mistake in found)


async def test_a_mangled_bundle_is_loaded_or_refused_and_nothing_else(db: Database, bundle: Path) -> None:
    await load_bundle(db, bundle)
    chance = random.Random(7)  # a fixed seed: the same thirty every time
    loaded, refused = 0, 0
    for _ in range(30):
        name = chance.choice(FILES)
        raw = (PUBLIC_RECORD / name).read_bytes()
        letters = bytes(chance.choice(b'abXY 19(;-"') for _ in range(chance.randint(1, 3)))
        (bundle / name).write_bytes(mangled(raw, chance.randrange(len(raw)), chance.choice(["put", "drop"]), letters))
        try:
            await load_bundle(db, bundle, dry_run=True)
            loaded += 1
        except Invalid as wrong:
            refused += bool(wrong.mistakes)
        (bundle / name).write_bytes(raw)
    assert loaded + refused == 30
    assert loaded
    assert refused


def test_a_lost_key_excuses_only_what_may_have_meant_it(bundle: Path) -> None:
    rewrite(bundle, "workstreams.csv", "\nProduction,", '\n"Production,')
    rewrite(bundle, "projects.csv", ",Sustainment,", ",Space,")
    with pytest.raises(Invalid) as wrong:
        read_bundle(bundle)
    assert [mistake.where for mistake in wrong.value.mistakes] == [
        "workstreams.csv:3:1",
        "projects.csv:2:3 (workstream)",
    ]


def test_a_folder_in_place_of_a_file_is_a_mistake(bundle: Path) -> None:
    (bundle / "related.csv").unlink()
    (bundle / "related.csv").mkdir()
    with pytest.raises(Invalid) as wrong:
        read_bundle(bundle)
    assert [mistake.where for mistake in wrong.value.mistakes] == ["related.csv:1:1"]
