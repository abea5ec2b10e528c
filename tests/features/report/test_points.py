"""Priorities and recommendations: entered while a report is open, and told with what became of them in the next."""

from datetime import date, timedelta
from typing import Any

import pytest
from lxml import html
from msgspec import UNSET
from msgspec.structs import replace

from pipir.document.model import Marker, Table, Text
from pipir.features.people.tables import SERVICE
from pipir.features.report import commands, queries, rules
from pipir.features.report.compose.lacking import completeness
from pipir.features.report.compose.prose import WITHHELD
from pipir.features.report.compose.snapshot import (
    Activity,
    Continuing,
    EarlierPriorities,
    Planned,
    Point,
    PromiseMade,
    Reading,
    Section,
    Snapshot,
    canonical,
)
from pipir.features.report.queries.points import point, points
from pipir.kernel.errors import Invalid, Refused
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.ledger import makers
from tests.features.ledger.test_commands import contractor
from tests.features.report import reading
from tests.features.report.record import US, change, complete, sign
from tests.features.report.snapshots import ELEMENTS, STATUTE, empty, exercise, helped, public
from tests.features.report.test_compose import made, part, said, table, tables


async def entered(db: Database, of: Any = "priority", **values: Any) -> int:
    given = {"kind": "policy"} if of == "recommendation" else {}
    async with db.write(actor=SERVICE, command="test.point") as session:
        return await commands.enter_point(session, commands.EnterPoint(2027, of, "A point", **(given | values)))


async def opened(db: Database) -> None:
    async with db.write(actor=SERVICE, command="test.open") as session:
        await commands.open_report(session, commands.OpenReport(2027))


async def test_points_are_numbered_by_kind_and_a_withdrawn_one_keeps_its_number(db: Database) -> None:
    """Sec. 1253(f)(1)(B)(iv), (v)"""
    await opened(db)
    first, second = await entered(db), await entered(db)
    await entered(db, "recommendation")
    async with db.write(actor=SERVICE, command="test.withdraw") as session:
        await commands.withdraw_point(session, first, commands.WithdrawPoint("Done already."), version=1)
    third = await entered(db)
    async with db.read() as session:
        found = await points(session, US, (2027,))
        gone = await point(session, US, first)
    assert [(each.id, each.place) for each in found if each.of == "priority"] == [(second, 2), (third, 3)]
    assert gone.withdrawn_because == "Done already."
    with pytest.raises(Refused, match="withdrawn"):
        async with db.write(actor=SERVICE, command="test.withdraw") as session:
            await commands.withdraw_point(session, first, commands.WithdrawPoint("Again."), version=2)


@pytest.mark.parametrize(
    ("of", "values", "field"),
    [
        ("priority", {"kind": "policy"}, "kind"),
        ("priority", {"clearance": "cleared"}, "clearance"),
        ("priority", {"planned": Dollars("-1.00")}, "planned"),
        ("priority", {"objective": "1253.b.9"}, "objective"),
        ("priority", {"project_id": 99}, "project_id"),
        ("priority", {"words": "\u1200"}, "words"),
        ("recommendation", {"kind": None}, "kind"),
        ("recommendation", {"kind": "legislative"}, "clearance"),
        ("recommendation", {"project_id": 1}, "project_id"),
        ("recommendation", {"planned": Dollars("1.00")}, "planned"),
    ],
)
async def test_a_point_holds_what_belongs_to_its_kind_and_nothing_else(
    db: Database, of: str, values: dict[str, Any], field: str
) -> None:
    """OMB Circular A-19: a legislative recommendation says how far it is cleared."""
    await opened(db)
    with pytest.raises(Invalid) as refused:
        await entered(db, of, **values)
    assert [each.where for each in refused.value.mistakes] == [field]


async def test_points_change_while_the_report_is_open_and_have_an_outcome_once_it_is_signed(db: Database) -> None:
    """What was signed never changes; what became of it is said beside it."""
    with pytest.raises(Refused, match="nothing to write in"):
        await entered(db)
    await opened(db)
    number = await entered(db)
    outcome = commands.StateOutcome("met", "The line runs.")
    with pytest.raises(Refused, match="not signed"):
        async with db.write(actor=SERVICE, command="test.outcome") as session:
            await commands.state_outcome(session, number, outcome, version=1)
    await sign(db, await complete(db))
    with pytest.raises(Refused, match="signed"):
        async with db.write(actor=SERVICE, command="test.revise") as session:
            await commands.revise_point(session, number, commands.RevisePoint("Another"), version=1)
    with pytest.raises(Invalid, match="outcome"):
        async with db.write(actor=SERVICE, command="test.outcome") as session:
            await commands.state_outcome(session, number, commands.StateOutcome("adopted", "No."), version=1)
    async with db.write(actor=SERVICE, command="test.outcome") as session:
        await commands.state_outcome(session, number, outcome, version=1)
    async with db.read() as session:
        view = await point(session, US, number)
    assert (view.name, view.outcome, view.outcome_because) == ("A point", "met", "The line runs.")


async def test_who_may_not_see_a_project_does_not_learn_that_a_priority_names_it(db: Database) -> None:
    """DoDI 5200.48"""
    await opened(db)
    number = await entered(db, project_id=await makers.make_project(db, marking="CUI//FED ONLY"))
    async with db.read() as session:
        assert (await point(session, US, number)).project == "P-0001"
        hidden = await point(session, Reader(kind="contractor"), number)
    assert (hidden.project, hidden.project_id) == (None, None)


async def test_who_may_not_see_a_project_neither_names_it_in_a_priority_nor_takes_it_away(db: Database) -> None:
    """DoDI 5200.48"""
    await opened(db)
    secret = await makers.make_project(db, marking="CUI//FED ONLY")
    number, writer = await entered(db, project_id=secret), await contractor(db)
    for act in (
        lambda session: commands.enter_point(session, commands.EnterPoint(2027, "priority", "x", project_id=secret)),
        lambda session: commands.revise_point(session, number, commands.RevisePoint("x", project_id=secret), version=1),
    ):
        with pytest.raises(Invalid) as refused:
            async with db.write(actor=writer, command="test.point") as session:
                await act(session)
        assert [each.where for each in refused.value.mistakes] == ["project_id"]
    async with db.write(actor=writer, command="test.point") as session:
        await commands.revise_point(session, number, commands.RevisePoint("Said better"), version=1)
    async with db.read() as session:
        found = await point(session, US, number)
    assert (found.name, found.project_id) == ("Said better", secret)


async def test_the_json_door_enters_revises_and_withdraws(service: Service) -> None:
    await opened(service.db)
    async with service.api("report-writer") as writer:
        made_one = await writer.post("/api/v1/report-points", json={"year": 2027, "of": "priority", "name": "One"})
        assert made_one.status_code == 201, made_one.text
        path = made_one.headers["Location"]
        revised = await writer.put(path, json={"name": "Two", "planned": "5.00"}, headers={"If-Match": '"1"'})
        assert (revised.json()["name"], revised.json()["planned"]) == ("Two", "5.00")
        stale = await writer.put(path, json={"name": "Three"}, headers={"If-Match": '"1"'})
        assert stale.status_code == 412
        gone = await writer.patch(f"{path}/withdrawal", json={"because": "No."}, headers={"If-Match": '"2"'})
        assert gone.json()["withdrawn_because"] == "No."
        assert len((await writer.get(f"{path}/history")).json()) == 3
        assert len((await writer.get("/api/v1/reports/2027/points")).json()) == 1
        early = await writer.patch(
            f"{path}/outcome", json={"outcome": "met", "because": "Yes."}, headers={"If-Match": '"3"'}
        )
        assert early.status_code == 409
        assert (await writer.get("/api/v1/report-points/99")).status_code == 404
    async with service.api("auditor") as reader:
        denied = await reader.post("/api/v1/report-points", json={"year": 2027, "of": "priority", "name": "One"})
        assert denied.status_code == 403


async def test_the_pages_enter_change_and_withdraw_and_keep_what_was_typed(service: Service) -> None:
    await opened(service.db)
    browser = await service.browser("report-writer")
    assert "/reports/2027/points" in (await browser.get("/reports/2027")).text
    page = await browser.get("/reports/2027/points")
    assert "/reports/2027/points/new?of=recommendation" in page.text
    form = await browser.get("/reports/2027/points/new?of=recommendation")
    fields = {
        each.get("name"): each.get("value") for each in html.fromstring(form.content).xpath("//main//form//input")
    }
    wrong = await browser.post("/reports/2027/points/new", fields | {"name": "Kept", "kind": "legislative"})
    assert wrong.status_code == 422
    assert "Kept" in wrong.text
    good = await browser.post("/reports/2027/points/new", fields | {"name": "Kept", "kind": "policy"})
    assert good.status_code == 303, good.text
    here = good.headers["Location"]
    assert "Kept" in (await browser.get(here)).text
    revise = html.fromstring((await browser.get(f"{here}/revise")).content)
    sent = {each.get("name"): each.get("value") for each in revise.xpath("//main//form//input")}
    changed = await browser.post(f"{here}/revise", sent | {"name": "Other", "kind": "resourcing"})
    assert changed.status_code == 303, changed.text
    assert (await browser.get(f"/reports/2028/points/{here.rpartition('/')[2]}")).status_code == 404
    assert (await browser.get("/reports/2032/points")).status_code == 404


# ---- as the report prints them


def with_points(year: int, *found: Point, base: Snapshot | None = None) -> Snapshot:
    return replace(base or public(year), reading=Reading(points=found))


def a_point(number: int, year: int, of: str = "priority", **values: Any) -> Point:
    given: dict[str, Any] = {"kind": "policy"} if of == "recommendation" else {}
    return Point(number, year, number, of, f"Point {number}", "In words.", **(given | values))


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (0, "No priority initiative for fiscal year 2029 is on record. That is no statement that there is none."),
        (1, "gives it with its project"),
        (2, "gives each with its project"),
    ],
)
def test_priorities_say_what_they_are_at_zero_one_and_many(count: int, sentence: str) -> None:
    """Sec. 1253(f)(1)(B)(iv)"""
    found = tuple(a_point(n, 2028, planned=Dollars("5.00"), project="P-0001") for n in range(1, count + 1))
    document = made(with_points(2028, *found))
    assert sentence in said(part(document, "element-iv"))
    assert ("priorities-table" in tables(document)) == bool(count)
    if count:
        shown = table(document, "priorities-table")
        assert "plans, not obligations" in shown.caption
        assert shown.rows[-1].cells[-1] == f"{5 * count}.00"
        assert shown.rows[0].cells[2] == "P-0001"


@pytest.mark.parametrize(
    ("count", "sentence"),
    [(0, "No recommendation is on record"), (1, "gives it with its type"), (2, "gives each with its type")],
)
def test_recommendations_say_what_they_are_at_zero_one_and_many(count: int, sentence: str) -> None:
    """Sec. 1253(f)(1)(B)(v)"""
    found = tuple(a_point(n, 2028, "recommendation", objective="1253.b.2") for n in range(1, count + 1))
    document = made(with_points(2028, *found))
    assert sentence in said(part(document, "element-v"))
    if count:
        assert table(document, "recommendations-table").rows[0].cells[1:3] == ("policy", "Sec. 1253(b)(2)")


def test_last_years_points_stand_with_what_became_of_them() -> None:
    """Convention: last year's priorities with their outcome."""
    found = (
        a_point(1, 2027, outcome="met", outcome_because="The line runs."),
        a_point(2, 2027),
        a_point(3, 2027, "recommendation", outcome="not adopted", outcome_because="Overtaken."),
    )
    signed = replace(public(2028), earlier=EarlierPriorities(2027, "As signed."))
    document = made(with_points(2028, *found, base=signed))
    rows = table(document, "earlier-priorities").rows
    assert [row.cells[1] for row in rows] == [Marker("met", "good"), Marker("not recorded here", "missing")]
    assert table(document, "earlier-recommendations").rows[0].cells[2] == "Overtaken."
    assert "priorities-table" not in tables(document)


def test_an_amount_beyond_the_submitted_budget_is_withheld_in_its_place_and_in_no_total() -> None:
    """money.md: pre-decisional amounts are marked and barred from transmittal."""
    told, hidden = a_point(1, 2028, planned=Dollars("5.00")), a_point(2, 2028, withheld=True)
    base = exercise()
    given, gone = (replace(each, withheld=hides) for each, hides in zip(base.projects[:2], (UNSET, True), strict=True))
    given, gone = replace(given, planned_total=Dollars("7.00")), replace(gone, planned_total=None)
    help_gone = replace(helped(1, 2028), planned_cost=None, withheld=True)
    some = replace(base, projects=(given, gone), activity=Activity((), (help_gone,)))
    document = made(with_points(2028, told, hidden, base=some))
    why = (
        "Withheld: Amounts planned beyond the President's submitted budget are pre-decisional, are marked so, and do "
        "not leave in a transmittal (convention; to be confirmed by counsel)."
    )
    shown = {name: table(document, name) for name in ("priorities-table", "plans-table", "assistance-table")}
    assert [row.cells[-1] for row in shown["priorities-table"].rows] == ["5.00", WITHHELD, "5.00"]
    assert [row.cells[-1] for row in shown["plans-table"].rows] == ["7.00", WITHHELD, "7.00"]
    assert [row.cells[-1] for row in shown["assistance-table"].rows] == [WITHHELD]
    for name, each in shown.items():
        assert why in "".join(run.text for run in each.source if isinstance(run, Text)), name
        assert name == "assistance-table" or each.rows[-1].cells[1] == "of those that are given"
    assert f"planned total {WITHHELD}" in said(part(document, "projects-annex"))
    assert not any(each.what.startswith("Planned totals") for each in completeness(some, STATUTE).lacking)
    only = made(with_points(2028, hidden, base=replace(some, projects=(gone,))))
    assert not any(row.total for name in ("priorities-table", "plans-table") for row in table(only, name).rows)
    assert "withheld" not in canonical(replace(base, reading=Reading(points=(told,)))).decode()


def test_what_became_of_points_is_told_of_the_report_that_was_signed_last_and_of_no_other() -> None:
    """Convention: 2029 was never signed, so what it stated is no priority of anybody."""
    found = (
        a_point(1, 2028, outcome="met", outcome_because="The line runs."),
        a_point(2, 2028, "recommendation", outcome="adopted", outcome_because="By order."),
        a_point(3, 2030),
        a_point(4, 2030, "recommendation"),
    )
    document = made(
        with_points(2031, *found, base=replace(public(2031), earlier=EarlierPriorities(2028, "As signed.")))
    )
    rows = table(document, "earlier-priorities").rows
    assert [row.cells[:2] for row in rows] == [("Point 1", Marker("met", "good"))]
    assert table(document, "earlier-priorities").columns[0].title == "Priority stated in 2028"
    rows = table(document, "earlier-recommendations").rows
    assert [row.cells[:2] for row in rows] == [("Point 2", Marker("adopted", "good"))]
    unsigned = made(with_points(2031, *found))
    assert not {"earlier-priorities", "earlier-recommendations"} & set(tables(unsigned))
    for many, element in (("priorities", "element-iv"), ("recommendations", "element-v")):
        assert f"No earlier report is signed here, so its {many}" in said(part(unsigned, element))


async def test_a_report_takes_the_points_as_signed_last_with_what_became_of_them_since(db: Database) -> None:
    """Sec. 1253(f)(1)(B)(iv), (v): 2027 is signed, 2028 is a draft, and 2029 tells of 2027"""
    await opened(db)
    secret = await makers.make_project(db, marking="CUI//FED ONLY")
    first, second = await entered(db, project_id=secret), await entered(db, "recommendation")
    await sign(db, await complete(db))
    async with db.write(actor=SERVICE, command="test.outcome") as session:
        await commands.state_outcome(session, first, commands.StateOutcome("met", "The line runs."), version=1)
        await commands.open_report(session, commands.OpenReport(2028))
        later = commands.EnterPoint(2028, "priority", "Never signed")
        await commands.enter_point(session, later)
    # A correction that is not signed yet says something else of them.
    await change(db, commands.supersede_report, commands.SupersedeReport("A name was wrong."))
    async with db.write(actor=SERVICE, command="test.revise") as session:
        await commands.revise_point(session, first, commands.RevisePoint("Another name"), version=2)
        await commands.withdraw_point(session, second, commands.WithdrawPoint("No."), version=1)
    async with db.snapshot() as session:
        for reader in (US, Reader(kind="contractor")):
            snapshot = await queries.gather(session, reader, 2029)
            assert snapshot.earlier is not None
            assert snapshot.earlier.year == 2027
            assert snapshot.read is not None
            assert [(each.id, each.year, each.name, each.project, each.outcome) for each in snapshot.read.points] == [
                (first, 2027, "A point", None, "met"),
                (second, 2027, "A point", None, None),
            ]


def test_without_points_last_years_text_is_told_with_no_outcome() -> None:
    base = replace(public(2028), earlier=EarlierPriorities(2027, "- One\n- Two"))
    assert len(table(made(base), "earlier-priorities").rows) == 2


def test_plans_stand_by_year_and_never_with_obligations() -> None:
    """31 U.S.C. 1501(b)"""
    planned = (Planned(2029, Dollars("7.00"), Dollars("3.00")),)
    document = made(replace(public(2028), reading=Reading(planned=planned)))
    assert {each.id: each.text for each in document.facts}["money.planned.upcoming"] == "$7.00"
    assert "plans, not obligations" in table(document, "planned-years").caption


def test_the_last_report_closes_out_and_names_continuing_work_with_its_authority() -> None:
    """Sec. 1253(g)"""
    going = Continuing(
        1, "project", "P-8 radar repair", "10 U.S.C. 2350a", "Research money", date(2031, 1, 2), None, date(2031, 6, 1)
    )
    base = replace(public(2031), reading=Reading(continuing=(going,)))
    document = made(base)
    words = said(part(document, "element-iv"))
    assert "The authority of the section ended on December 31, 2030 (Sec. 1253(g))" in words
    ahead = said(part(made(replace(base, status_as_of=date(2030, 12, 31))), "element-iv"))
    assert "The authority of the section ends on December 31, 2030 (Sec. 1253(g))" in ahead
    left = [row.key for row in table(document, "close-out-table").rows]
    assert left == ["P-0002", "P-0003", "P-0004"]
    assert table(document, "continuing-table").rows[0].cells[2] == "10 U.S.C. 2350a"
    assert "close-out-table" not in tables(made(public(2030)))


def test_only_what_rests_on_the_section_is_closed_out_and_the_rest_stands_with_its_authority() -> None:
    """Sec. 1253(g): what rests on another authority does not end with the section."""
    base, cited = public(2031), STATUTE.citation
    rest_on = (None, cited("1253.e.1"), cited("22-usc-2767"), cited("10-usc-2350a"))
    some = tuple(replace(each, program_authority=on) for each, on in zip(base.projects, rest_on, strict=True))
    document = made(replace(base, projects=some))
    assert [row.key for row in table(document, "close-out-table").rows] == ["P-0001", "P-0002"]
    others = {row.key: row.cells[3] for row in table(document, "other-authority-table").rows}
    assert others == {"P-0003": "22 U.S.C. 2767", "P-0004": "10 U.S.C. 2350a"}
    only = made(replace(base, projects=some[2:]))
    assert "No project on record is left to close out." in said(part(only, "element-iv"))
    assert "close-out-table" not in tables(only)
    over = tuple(replace(each, status="completed") for each in some)
    assert "other-authority-table" not in tables(made(replace(base, projects=over)))
    assert "other-authority-table" not in tables(made(base))


def test_nothing_to_report_beside_points_and_a_legislative_one_uncleared_are_listed_as_lacking() -> None:
    """OMB Circular A-19; reports.md: nothing to report is a decision"""
    uncleared = a_point(1, 2028, "recommendation", kind="legislative", clearance="asked for")
    nothing = Section(ELEMENTS[4], "", True, "None.")
    lacks = completeness(replace(with_points(2028, uncleared), sections=(nothing,)), STATUTE).lacking
    assert [each.element for each in lacks if each.kind == "contradiction"] == [ELEMENTS[4]]
    assert "Point 1" in next(each.why for each in lacks if each.what.startswith("Clearance"))
    cleared = replace(uncleared, clearance="cleared")
    assert not any(
        each.what.startswith("Clearance") for each in completeness(with_points(2028, cleared), STATUTE).lacking
    )


def test_where_nothing_is_on_record_nothing_is_said_of_what_is_owed_or_left() -> None:
    """ "No information" is not "none"."""
    nothing = made(empty(2031))
    assert "That is no statement that none was made." in reading.said(nothing, "promises")
    assert "none is owed" not in reading.said(nothing, "promises")
    assert "That is no statement that none is left to close out." in reading.said(nothing, "close-out")
    assert "No project on record is left" not in reading.said(nothing, "close-out")


def test_a_promise_past_its_day_is_owed_with_its_days_and_counted_apart() -> None:
    """Lateness is admitted with days; only its owner's statement says that a promise was missed."""
    base = public(2028)
    on = base.status_as_of
    days = {"ahead": on + timedelta(days=1), "today": on, "one": on - timedelta(days=1), "far": on - timedelta(days=45)}
    owed = tuple(
        PromiseMade(number, name, "Briefing", date(2027, 1, 5), day, "IBP", "open")
        for number, (name, day) in enumerate(days.items(), 1)
    )
    over = (
        PromiseMade(8, "kept", "Briefing", date(2027, 1, 5), days["far"], "IBP", "kept", days["far"]),
        PromiseMade(9, "dropped", "Briefing", date(2027, 1, 5), days["far"], "IBP", "dropped"),
    )
    document = made(replace(base, reading=Reading(promises=(*owed, *over))))
    stands = {row.cells[0]: row.cells[4] for row in table(document, "promises-table").rows}
    assert stands["ahead"] == stands["today"] == Marker("owed", "watch")
    assert stands["one"] == Marker("owed, 1 day past its day", "watch")
    assert stands["far"] == Marker("owed, 45 days past its day", "watch")
    assert (stands["kept"], stands["dropped"]) == (Marker("kept", "good"), Marker("dropped", "bad"))
    figures = {each.id: (each.text, each.rows) for each in document.facts if each.id.startswith("promises.")}
    assert figures == {
        "promises.kept": ("1", 1),
        "promises.missed": ("1", 1),
        "promises.open": ("4", 4),
        "promises.past": ("2", 2),
    }
    assert "Owed still: 4, of these past their day: 2." in reading.said(document, "promises")


def test_every_table_states_its_day_or_is_one_of_the_few_that_have_none() -> None:
    """Each table states its day."""
    timeless = {"matrix", "lacking-table", "rows-table", "facts", "tables-table"}
    for snapshot in (exercise(), public(2031)):
        for each in made(snapshot).blocks:
            if isinstance(each, Table) and each.id not in timeless:
                months = ("January", "March", "September", "December")
                assert any(month in each.caption for month in months), each.caption


def test_a_point_is_stated_by_rules_that_know_nobody() -> None:
    assert set(rules.OUTCOMES) == set(rules.POINTS)
    assert not set(rules.OUTCOMES["priority"]) & set(rules.OUTCOMES["recommendation"])
