"""What of projects is due on a day: reviews of risks, and targets of results."""

from typing import Final

from sqlalchemy import and_, func, select

from pipir.features.notices.rules import Entry
from pipir.features.projects.queries.listing import goes_on
from pipir.features.projects.queries.results import measure_of
from pipir.features.projects.rules.results import progress
from pipir.features.projects.tables import Project, ProjectResult, ProjectRisk, ResultActual, RiskAssessment
from pipir.kernel.dated import Dated
from pipir.kernel.marking import Reader
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession

RISK_REVIEW: Final = "Review of a risk"
RESULT_TARGET: Final = "Target of a result"


async def entries(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """The reviews of risks and the targets of results of projects that go on, as a calendar shows them."""
    return (*await _reviews(session, reader), *await _targets(session, reader))


async def _reviews(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    judged = select(func.max(RiskAssessment.on_day)).where(RiskAssessment.risk_id == ProjectRisk.id)
    rows = await session.execute(
        select(ProjectRisk, Project.code, Project.marking, judged.scalar_subquery().label("judged_on"))
        .join(Project, and_(Project.id == ProjectRisk.project_id, visible_to(reader, Project)))
        .where(goes_on(session.today))
        .order_by(ProjectRisk.review_on, ProjectRisk.id)
    )
    return tuple(
        Entry(
            Dated(
                kind=RISK_REVIEW,
                slug=f"risk-{risk.id}",
                title=f"Review a risk of {code}: {risk.title}",
                due_on=risk.review_on,
                office_id=risk.owner_office_id,
                person_id=risk.owner_person_id,
                href=f"/risks/{risk.id}",
                marking=marking,
                exercise=risk.exercise,
            ),
            done_on=judged_on if risk.status == "closed" else None,
            sequence=risk.version,
        )
        for risk, code, marking, judged_on in rows
    )


async def _targets(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """The target is done on the day of the latest value where that reaches it, and owed as long as it is pursued."""
    latest = (
        select(ResultActual.value, ResultActual.on_day)
        .where(ResultActual.result_id == ProjectResult.id)
        .order_by(ResultActual.on_day.desc(), ResultActual.id.desc())
        .limit(1)
        .lateral("latest")
    )
    columns = ("id", "version", "indicator", "unit", "direction", "baseline", "baseline_on", "target", "target_on")
    rows = await session.execute(
        select(
            *(getattr(ProjectResult, name) for name in (*columns, "until", "exercise")),
            Project.code,
            Project.marking,
            Project.lead_office_id,
            latest.c.value,
            latest.c.on_day,
        )
        .join(Project, and_(Project.id == ProjectResult.project_id, visible_to(reader, Project)))
        .outerjoin(latest, latest.c.value.is_not(None))
        .where(goes_on(session.today))
        .order_by(ProjectResult.target_on, ProjectResult.id)
    )
    found = []
    for row in rows.mappings():
        reached = row["value"] is not None and progress(measure_of(row), row["value"]).reached
        found.append(
            Entry(
                Dated(
                    kind=RESULT_TARGET,
                    slug=f"result-{row['id']}",
                    title=f"Target of {row['code']}: {row['indicator']}",
                    due_on=row["target_on"],
                    office_id=row["lead_office_id"],
                    person_id=None,
                    href=f"/results/{row['id']}",
                    marking=row["marking"],
                    exercise=row["exercise"],
                ),
                done_on=row["on_day"] if reached else None,
                owed=row["until"] is None,
                sequence=row["version"],
            )
        )
    return tuple(found)
