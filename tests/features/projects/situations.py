"""A small program for the tests of projects: countries, a workstream, and makers of bodies."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from pipir.features.groups import commands as groups
from pipir.features.participants import commands as participants
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE, Office
from pipir.features.projects import commands, queries
from pipir.features.projects.tables import ArticleId, ResultId, RiskId
from pipir.kernel.ids import MilestoneId, ProjectId
from pipir.kernel.marking import Reader
from pipir.store.doors import Database

GOVERNMENT = Reader(kind="us-government")
CONTRACTOR = Reader(kind="contractor")
# Read by federal employees only: the stricter marking of these tests.
STRICT = "CUI//FED ONLY"


@dataclass(frozen=True)
class Ground:
    """What projects refer to."""

    australia: int
    japan: int
    workstream: int
    contractor: int


async def ground(db: Database) -> Ground:
    """Enter two countries, a workstream and a contractor of the program office."""
    async with db.write(actor=SERVICE, command="test.ground") as session:
        australia = await participants.enter_participant(
            session, participants.EnterParticipant(name="Australia", code="AUS", region="Indo-Pacific")
        )
        japan = await participants.enter_participant(
            session, participants.EnterParticipant(name="Japan", code="JPN", region="Indo-Pacific")
        )
        workstream = await groups.establish_group(
            session,
            groups.EstablishGroup(
                name="Sustainment", kind="workstream", established_on=date(2024, 10, 8), source="A release"
            ),
        )
        office = await people.open_office(
            session,
            people.OpenOffice(symbol="CTR", name="Contractors", department="Other", since=date(2026, 1, 1)),
        )
        contractor = await people.add_person(
            session,
            people.AddPerson(
                name="Contractor",
                title="Analyst",
                office_id=office,
                since=date(2026, 1, 1),
                roles=["program-office"],
                reader_kind="contractor",
            ),
        )
    return Ground(australia, japan, workstream, contractor)


def proposal(**more: Any) -> dict[str, Any]:
    """The fields of a valid proposal."""
    return {
        "name": "Radar repair",
        "kind": "co-sustainment",
        "objectives": ["1253.b.2", "1253.b.5"],
        "classified_by": "the service",
        "source": "A newspaper, 31 May 2025",
    } | more


async def propose(db: Database, **more: Any) -> ProjectId:
    """Enter a project in a write of its own."""
    async with db.write(actor=SERVICE, command="project.propose") as session:
        return await commands.propose_project(session, commands.ProposeProject(**proposal(**more)))


async def plan(db: Database, project_id: ProjectId, name: str, planned_on: date, **more: Any) -> MilestoneId:
    """Add a milestone in a write of its own."""
    async with db.write(actor=SERVICE, command="milestone.plan") as session:
        body = commands.PlanMilestone(name=name, planned_on=planned_on, **more)
        return await commands.plan_milestone(session, project_id, body)


async def add(db: Database, project_id: ProjectId, participant_id: int, **more: Any) -> int:
    """Add a partner in a write of its own."""
    async with db.write(actor=SERVICE, command="project.add-partner") as session:
        body = commands.AddPartner(**({"participant_id": participant_id, "role": "operator served"} | more))
        return await commands.add_partner(session, project_id, body)


async def read(db: Database, project_id: ProjectId, reader: Reader = GOVERNMENT) -> queries.ProjectView:
    """The project as it stands."""
    async with db.read() as session:
        return await queries.project(session, reader, project_id)


async def article(db: Database, project_id: ProjectId, **more: Any) -> ArticleId:
    """Name an article in a write of its own."""
    async with db.write(actor=SERVICE, command="article.name") as session:
        body = commands.NameArticle(**({"title": "Propellant", "source": "Letter", "psc": "1310"} | more))
        return await commands.name_article(session, project_id, body)


async def risk(db: Database, project_id: ProjectId, **more: Any) -> RiskId:
    """Enter a risk in a write of its own."""
    async with db.write(actor=SERVICE, command="risk.enter") as session:
        office = await session.scalar(select(func.min(Office.id)))
        said = {"title": "One maker", "likelihood": 3, "impact": 4, "because": "One maker alone."}
        due = {"owner_office_id": office, "review_on": session.today + timedelta(days=30)}
        return await commands.enter_risk(session, project_id, commands.EnterRisk(**(said | due | more)))


async def result(db: Database, project_id: ProjectId, **more: Any) -> ResultId:
    """Set a result in a write of its own: from 10 to 40."""
    async with db.write(actor=SERVICE, command="result.set") as session:
        said = {"indicator": "Rate", "unit": "items a month", "direction": "more", "baseline": "10", "target": "40"}
        days = {
            "baseline_on": session.today - timedelta(days=30),
            "target_on": session.today + timedelta(days=90),
            "source": "Plan",
        }
        return await commands.set_result(session, project_id, commands.SetResult(**(said | days | more)))
