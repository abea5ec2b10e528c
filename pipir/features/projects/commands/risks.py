"""The risks of a project: entered, corrected, judged anew."""

from datetime import date
from typing import cast

import msgspec

from pipir.features.projects.commands.shared import check_owner, detailed_project, part_to_change
from pipir.features.projects.rules import risks
from pipir.features.projects.rules.risks import Grade, Judged, RiskStatus
from pipir.features.projects.tables import ProjectRisk, RiskAssessment, RiskId
from pipir.kernel.command import command
from pipir.kernel.ids import ProjectId, RecordNumber
from pipir.kernel.text import Line, Prose, Reason
from pipir.store.doors import WriteSession

_MISSING = "There is no risk of a project with this number."


class EnterRisk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A risk as it is judged first; `because` says why it is judged so."""

    title: Line
    likelihood: Grade
    impact: Grade
    because: Reason
    owner_office_id: RecordNumber
    review_on: date
    mitigation: Prose = ""
    owner_person_id: RecordNumber | None = None


class ReviseRisk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may change of a risk beside its judgment: its title, its mitigation, its owner."""

    title: Line
    owner_office_id: RecordNumber
    mitigation: Prose = ""
    owner_person_id: RecordNumber | None = None


class JudgeRisk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A risk as it is judged now, and why; without a day of review a closed risk keeps its last one."""

    likelihood: Grade
    impact: Grade
    status: RiskStatus
    because: Reason
    review_on: date | None = None


@command("risk.enter", permission="projects.change", sunset="goes on")
async def enter_risk(session: WriteSession, project_id: ProjectId, body: EnterRisk) -> RiskId:
    """Enter a risk of a project with its first judgment."""
    await detailed_project(session, project_id)
    risks.check_review(body.review_on, session.today)
    await check_owner(session, body.owner_office_id, body.owner_person_id)
    risk = ProjectRisk(
        project_id=project_id,
        title=body.title,
        likelihood=body.likelihood,
        impact=body.impact,
        status="open",
        mitigation=body.mitigation,
        owner_office_id=body.owner_office_id,
        owner_person_id=body.owner_person_id,
        review_on=body.review_on,
    )
    session.add(risk)
    await session.flush()
    await _keep(session, risk, body.because)
    return RiskId(risk.id)


@command("risk.revise", permission="projects.change", sunset="goes on")
async def revise_risk(session: WriteSession, risk_id: RiskId, body: ReviseRisk, *, version: int) -> None:
    """Change a risk's title, mitigation or owner."""
    risk = await _risk(session, risk_id, version)
    risks.may_revise_risk(risk.title, risk.status)
    await check_owner(session, body.owner_office_id, body.owner_person_id)
    risk.title, risk.mitigation = body.title, body.mitigation
    risk.owner_office_id, risk.owner_person_id = body.owner_office_id, body.owner_person_id
    await session.flush()


@command("risk.judge", permission="projects.change", sunset="goes on")
async def judge_risk(session: WriteSession, risk_id: RiskId, body: JudgeRisk, *, version: int) -> None:
    """Judge a risk anew: likelihood, impact, status and the next day of review, with the reason."""
    risk = await _risk(session, risk_id, version)
    before = Judged(risk.likelihood, risk.impact, cast("RiskStatus", risk.status), risk.review_on)
    after = Judged(body.likelihood, body.impact, body.status, body.review_on or risk.review_on)
    risks.may_judge(before, after, session.today)
    risk.likelihood, risk.impact, risk.status = after.likelihood, after.impact, after.status
    risk.review_on = after.review_on
    await session.flush()
    await _keep(session, risk, body.because)


async def _keep(session: WriteSession, risk: ProjectRisk, because: str) -> None:
    """The judgment as it stands, for the history of the risk."""
    session.add(
        RiskAssessment(
            project_id=risk.project_id,
            risk_id=risk.id,
            likelihood=risk.likelihood,
            impact=risk.impact,
            status=risk.status,
            review_on=risk.review_on,
            because=because,
            on_day=session.today,
            person_id=session.actor,
        )
    )
    await session.flush()


async def _risk(session: WriteSession, risk_id: RiskId, version: int) -> ProjectRisk:
    risk, _ = await part_to_change(session, ProjectRisk, risk_id, version, missing=_MISSING, title="The risk")
    return risk
