"""What becomes of a workbook: imported, reviewed by a second person, taken on the versions that it carries."""

from datetime import date

import pytest
from sqlalchemy import select

from pipir.features.people.tables import SERVICE, Person
from pipir.features.projects import commands as projects
from pipir.features.projects.tables import Milestone, Project
from pipir.features.trail.queries import history, list_changes
from pipir.features.workbooks import commands, queries
from pipir.features.workbooks.tables import WorkbookId
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused
from pipir.kernel.ids import MilestoneId
from tests.conftest import Service
from tests.features.projects.situations import CONTRACTOR, GOVERNMENT, STRICT, plan, propose
from tests.features.workbooks.makers import (
    MILESTONES,
    PROJECTS,
    Edit,
    accept,
    bring,
    edited,
    export,
    ground,
    ids,
    put,
    second,
    swapped,
)

WHY = put(MILESTONES, "1", "Reason", "The supplier is late.")


async def test_an_edited_workbook_changes_the_records_once_a_second_person_takes_it(service: Service) -> None:
    """The ordinary commands run, under the reviewer's name, with the workbook as the reason."""
    db = service.db
    made = await ground(db)
    source = edited(
        await export(db),
        put(PROJECTS, "P-0001", "Name", "Radar repair at sea"),
        put(PROJECTS, "P-0001", "Planned total", 1250000.5),
        put(PROJECTS, "P-0001", "Objectives", "1253.b.2"),
        put(MILESTONES, "1", "Forecast on", date(2027, 5, 1)),
        WHY,
    )
    number = await bring(db, source)
    async with db.read() as session:
        first, step = await queries.changes_of(session, GOVERNMENT, number)
        assert [(each.field, each.before, each.after) for each in first.fields] == [
            ("name", "Radar repair", "Radar repair at sea"),
            ("objectives", "1253.b.2, 1253.b.5", "1253.b.2"),
            ("planned_total", "", "1250000.50"),
        ]
        assert [(each.field, each.before, each.after) for each in step.fields] == [("forecast_on", "", "2027-05-01")]
        assert (await session.get_one(Project, made.first)).name == "Radar repair"
    await accept(db, second(service), number, await ids(db, number))
    async with db.read() as session:
        project = await session.get_one(Project, made.first)
        assert (project.name, str(project.planned_total), project.objectives, project.version) == (
            "Radar repair at sea", "1250000.50", ["1253.b.2"], 2,
        )  # fmt: skip
        milestone = await session.get_one(Milestone, made.tooling)
        assert milestone.forecast_on == date(2027, 5, 1)
        person = await session.scalar(select(Person.name).where(Person.id == SERVICE))
        assert milestone.date_reason == f"The supplier is late. (workbook {number} of {person})"
        (latest, *_) = await history(session, GOVERNMENT, "project", made.first)
        assert (latest.person_id, latest.command) == (second(service), "workbook.accept")
        view = await queries.one_import(session, GOVERNMENT, number)
        assert (view.changes, view.waiting, view.accepted, view.refused) == (2, 0, 2, 0)


async def test_rows_and_columns_may_be_swapped(service: Service) -> None:
    made = await ground(service.db)
    name = put(PROJECTS, "P-0002", "Name", "Ship depot two")
    number = await bring(service.db, edited(await export(service.db), name, swapped(PROJECTS), swapped(MILESTONES)))
    await accept(service.db, second(service), number, await ids(service.db, number))
    async with service.db.read() as session:
        assert (await session.get_one(Project, made.second)).name == "Ship depot two"
        assert (await session.get_one(Project, made.first)).name == "Radar repair"


async def test_every_kind_of_field_is_set_and_emptied(service: Service) -> None:
    db = service.db
    made = await ground(db, description="Old words.", planned_total=None)
    source = edited(
        await export(db),
        put(PROJECTS, "P-0001", "Description", ""),
        put(PROJECTS, "P-0001", "Announced on", date(2026, 2, 1)),
        put(PROJECTS, "P-0001", "Lead office", "TEST"),
        put(PROJECTS, "P-0001", "Program authority", "1253.e.1"),
        put(PROJECTS, "P-0001", "In the classified", "no"),
        put(PROJECTS, "P-0001", "Marking", "CUI//NOFORN"),
        put(MILESTONES, "2", "Forecast on", ""),
        put(MILESTONES, "2", "Place", 5),
        put(MILESTONES, "2", "Name", "Trial at sea"),
        put(MILESTONES, "2", "Reason", "Nothing is known of it yet."),
        put(MILESTONES, "1", "Met on", date(2026, 11, 2)),
    )
    number = await bring(db, source)
    await accept(db, second(service), number, await ids(db, number))
    async with db.read() as session:
        project = await session.get_one(Project, made.first)
        assert (project.description, project.announced_on, project.program_authority, project.marking) == (
            "", date(2026, 2, 1), "1253.e.1", "CUI//NOFORN",
        )  # fmt: skip
        assert project.lead_office_id is not None
        trial, tooling = await session.get_one(Milestone, made.trial), await session.get_one(Milestone, made.tooling)
        assert (trial.forecast_on, trial.position, trial.name) == (None, 5, "Trial at sea")
        assert tooling.actual_on == date(2026, 11, 2)


async def test_a_stale_row_is_refused_by_version_and_named_and_the_rest_is_taken_without_it(service: Service) -> None:
    """Nothing is half written."""
    db = service.db
    made = await ground(db)
    source = edited(
        await export(db),
        put(PROJECTS, "P-0001", "Name", "Radar repair at sea"),
        put(PROJECTS, "P-0002", "Name", "Ship depot two"),
    )
    number = await bring(db, source)
    async with db.write(actor=SERVICE, command="test") as session:
        body = projects.RateProject("green", "All is well.", date(2027, 1, 1))
        await projects.rate_project(session, made.first, body, version=1)
    first, other = await ids(db, number)
    with pytest.raises(Refused, match=r"P-0001 Radar repair \(exported at version 1, now at 2\)"):
        await accept(db, second(service), number, [first, other])
    async with db.read() as session:
        assert (await session.get_one(Project, made.second)).name == "Ship depot"
        assert [each.stale for each in await queries.changes_of(session, GOVERNMENT, number)] == [True, False]
    await accept(db, second(service), number, [other])
    async with db.read() as session:
        assert (await session.get_one(Project, made.second)).name == "Ship depot two"
        assert (await session.get_one(Project, made.first)).name == "Radar repair"
        assert (await queries.one_import(session, GOVERNMENT, number)).waiting == 1


async def test_a_row_that_nobody_edited_may_have_moved_on(service: Service) -> None:
    """Only what was edited is compared: the others are known by their fingerprints."""
    db = service.db
    made = await ground(db)
    source = edited(await export(db), put(PROJECTS, "P-0002", "Name", "Ship depot two"))
    async with db.write(actor=SERVICE, command="test") as session:
        await projects.cancel_milestone(session, made.trial, projects.CancelMilestone("Dropped."), version=1)
        body = projects.ReviseMilestone("Tooling and jigs", date(2027, 3, 1))
        await projects.revise_milestone(session, made.tooling, body, version=1)
    number = await bring(db, source)
    assert len(await ids(db, number)) == 1


async def test_a_row_that_another_command_refuses_is_named_and_nothing_is_stored(service: Service) -> None:
    db = service.db
    made = await ground(db)
    annex = put(PROJECTS, "P-0001", "In the classified", "yes")
    number = await bring(db, edited(await export(db), annex, put(PROJECTS, "P-0002", "Name", "Ship depot two")))
    with pytest.raises(Refused, match="P-0001 Radar repair: "):
        await accept(db, second(service), number, await ids(db, number))
    async with db.read() as session:
        assert (await session.get_one(Project, made.second)).name == "Ship depot"
        assert (await queries.one_import(session, GOVERNMENT, number)).waiting == 2


async def test_a_name_that_is_taken_meanwhile_is_told_and_nothing_is_stored(service: Service) -> None:
    db = service.db
    await ground(db)
    number = await bring(db, edited(await export(db), put(PROJECTS, "P-0001", "Name", "Ship yard")))
    await propose(db, name="Ship yard")
    with pytest.raises(Conflict, match="taken by a project"):
        await accept(db, second(service), number, await ids(db, number))
    async with db.read() as session:
        assert (await queries.one_import(session, GOVERNMENT, number)).waiting == 1


@pytest.mark.parametrize(
    ("edit", "place", "says"),
    [
        (put(PROJECTS, "P-0001", "Name", ""), "Projects:2:3 (Name)", "required"),
        (put(PROJECTS, "P-0001", "Name", "x" * 201), "Projects:2:3 (Name)", "at most 200"),
        (put(PROJECTS, "P-0001", "Kind", "picnic"), "Projects:2:4 (Kind)", "Expected one of: joint R&D"),
        (put(PROJECTS, "P-0001", "Objectives", "1253.b.99"), "Projects:2:5 (Objectives)", "such as 1253.b.2"),
        (put(PROJECTS, "P-0001", "Objectives", ""), "Projects:2:5 (Objectives)", "at least one objective"),
        (put(PROJECTS, "P-0001", "Workstream", "Nowhere"), "Projects:2:8 (Workstream)", "a workstream of this record"),
        (put(PROJECTS, "P-0001", "Announced on", "31 May"), "Projects:2:9 (Announced on)", "such as 2027-03-01"),
        (put(PROJECTS, "P-0001", "Lead office", "NASA"), "Projects:2:12 (Lead office)", "an office by its symbol"),
        (put(PROJECTS, "P-0001", "Planned total", "much"), "Projects:2:13 (Planned total)", ""),
        (put(PROJECTS, "P-0001", "Planned total", -5), "Projects:2:13 (Planned total)", "zero or more"),
        (put(PROJECTS, "P-0001", "In the classified", "maybe"), "Projects:2:14 (In the classified annex)", "yes or no"),
        (put(PROJECTS, "P-0001", "Marking", "SECRET"), "Projects:2:15 (Marking)", ""),
        (put(MILESTONES, "1", "Project", "P-0002"), "Milestones:2:3 (Project (do not change))", "Expected P-0001"),
        (put(MILESTONES, "1", "Place", "first"), "Milestones:2:5 (Place)", "whole number"),
        (put(MILESTONES, "1", "Planned on", ""), "Milestones:2:6 (Planned on)", "required"),
        (put(MILESTONES, "1", "Planned on", "2027-02-30"), "Milestones:2:6 (Planned on)", "such as 2027-03-01"),
        (put(MILESTONES, "1", "Forecast on", date(2027, 8, 1)), "Milestones:2:9 (Reason", "why the date changes"),
        (put(MILESTONES, "1", "Met on", date(2030, 1, 1)), "Milestones:2:8 (Met on)", "up to"),
    ],
)
async def test_every_wrong_value_is_told_with_its_cell_and_nothing_is_stored(
    service: Service, edit: Edit, place: str, says: str
) -> None:
    await ground(service.db)
    with pytest.raises(Invalid) as wrong:
        await bring(service.db, edited(await export(service.db), edit))
    assert any(each.where.startswith(place) and says in each.expected for each in wrong.value.mistakes), (
        wrong.value.mistakes
    )
    async with service.db.read() as session:
        assert (await queries.list_imports(session, GOVERNMENT)).total == 0


async def test_a_project_of_the_classified_annex_carries_no_detail(service: Service) -> None:
    await propose(service.db, name="Neutral title", in_classified_annex=True)
    source = await export(service.db)
    for column, value in (("Description", "Secret words."), ("Planned total", 5)):
        with pytest.raises(Invalid) as wrong:
            await bring(service.db, edited(source, put(PROJECTS, "P-0001", column, value)))
        assert f"({column})" in wrong.value.mistakes[0].where


async def test_what_was_met_keeps_its_days(service: Service) -> None:
    db = service.db
    made = await ground(db)
    async with db.write(actor=SERVICE, command="test") as session:
        await projects.meet_milestone(session, made.tooling, projects.MeetMilestone(date(2026, 11, 2)), version=1)
    source = await export(db)
    for edit in (put(MILESTONES, "1", "Met on", ""), put(MILESTONES, "1", "Planned on", date(2027, 8, 1))):
        with pytest.raises(Invalid):
            await bring(db, edited(source, edit, WHY))
    number = await bring(db, edited(source, put(MILESTONES, "1", "Met on", date(2026, 11, 3)), WHY))
    await accept(db, second(service), number, await ids(db, number))
    async with db.read() as session:
        assert (await session.get_one(Milestone, made.tooling)).actual_on == date(2026, 11, 3)


async def test_an_edited_row_of_a_record_that_has_ended_meanwhile_is_told(service: Service) -> None:
    db = service.db
    made = await ground(db)
    source = edited(await export(db), put(MILESTONES, "2", "Name", "Trial at sea"))
    async with db.write(actor=SERVICE, command="test") as session:
        await projects.cancel_milestone(session, made.trial, projects.CancelMilestone("Dropped."), version=1)
    with pytest.raises(Invalid) as wrong:
        await bring(db, source)
    assert wrong.value.mistakes[0].where.startswith("Milestones:3:1")


async def test_a_workbook_that_changes_nothing_is_no_workbook_to_review(service: Service) -> None:
    await ground(service.db)
    with pytest.raises(Invalid, match="One thing"):
        await bring(service.db, edited(await export(service.db), WHY))


async def test_nobody_reviews_what_they_have_imported_themselves(service: Service) -> None:
    db = service.db
    await ground(db)
    number = await bring(db, edited(await export(db), put(PROJECTS, "P-0001", "Name", "B")), actor=second(service))
    chosen = await ids(db, number)
    with pytest.raises(Refused, match="second person"):
        await accept(db, second(service), number, chosen)
    async with db.write(actor=second(service), command="test") as session:
        with pytest.raises(Refused, match="second person"):
            await commands.refuse_changes(session, number, commands.RefuseChanges(chosen, "No need."))
        await commands.withdraw_workbook(session, number, commands.WithdrawWorkbook("Entered by mistake."))
        with pytest.raises(Invalid, match="Nothing of this workbook waits"):
            await commands.withdraw_workbook(session, number, commands.WithdrawWorkbook("Again."))


async def test_changes_are_refused_with_a_reason_and_decided_once(service: Service) -> None:
    db = service.db
    await ground(db)
    number = await bring(db, edited(await export(db), put(PROJECTS, "P-0001", "Name", "B")))
    chosen = await ids(db, number)
    async with db.write(actor=second(service), command="test") as session:
        with pytest.raises(Refused, match="Only the person who imported"):
            await commands.withdraw_workbook(session, number, commands.WithdrawWorkbook("Not mine."))
        for wrong in ([], [999]):
            with pytest.raises(Invalid):
                await commands.refuse_changes(session, number, commands.RefuseChanges(wrong, "No need."))
        await commands.refuse_changes(session, number, commands.RefuseChanges(chosen, "No need."))
        with pytest.raises(NotFound):
            await commands.refuse_changes(session, WorkbookId(99), commands.RefuseChanges(chosen, "No need."))
    with pytest.raises(Invalid, match="Not everything"):
        await accept(db, second(service), number, chosen)
    async with db.read() as session:
        (change,) = await queries.changes_of(session, GOVERNMENT, number)
        assert (change.state, change.because) == ("refused", "No need.")


async def test_a_hidden_project_stands_in_no_export_import_or_review(service: Service) -> None:
    """Releasability: its number is one that nobody exported; its changes are counted for nobody who may not see it."""
    db = service.db
    made = await ground(db)
    hidden = await propose(db, name="Strict", marking=STRICT)
    await plan(db, hidden, "Quiet step", date(2027, 1, 1))
    async with db.read() as session:
        seen = await queries.exported(session, CONTRACTOR, (SERVICE, "Service"), queries.ProjectFilter())
        assert {each.number for each in seen.projects} == {"P-0001", "P-0002"}
        assert "Quiet step" not in {each.name for each in seen.milestones}
    number = await bring(db, edited(await export(db), put(PROJECTS, "P-0003", "Name", "Stricter")))
    async with db.read() as session:
        assert (await queries.one_import(session, GOVERNMENT, number)).changes == 1
        # Its file's name, its filter and its remark may tell of the project as well.
        assert (await queries.one_import(session, GOVERNMENT, number)).marking == STRICT
        with pytest.raises(NotFound):
            await queries.one_import(session, CONTRACTOR, number)
        assert await queries.changes_of(session, CONTRACTOR, number) == ()
        assert (await queries.list_imports(session, CONTRACTOR)).total == 0
        assert not await history(session, CONTRACTOR, "workbook_import", number)
        trail = await list_changes(session, CONTRACTOR, subject="workbook_import", limit=200)
        assert not trail.items
    assert made.first != hidden


async def test_a_list_is_exported_under_its_filters_without_what_has_ended(service: Service) -> None:
    db = service.db
    made = await ground(db)
    async with db.write(actor=SERVICE, command="test") as session:
        await projects.cancel_milestone(session, MilestoneId(made.trial), projects.CancelMilestone("No."), version=1)
    async with db.read() as session:
        which = queries.ProjectFilter(text="Radar")
        found = await queries.exported(session, GOVERNMENT, (SERVICE, "Service"), which)
        assert [each.number for each in found.projects] == ["P-0001"]
        assert [each.name for each in found.milestones] == ["Tooling"]
