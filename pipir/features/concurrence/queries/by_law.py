"""Whether a department has concurred with an act as a law asks, whatever the office's policies ask."""

from sqlalchemy import select

from pipir.features.concurrence import rules
from pipir.features.concurrence.queries.policies import Proposal
from pipir.features.concurrence.tables import (
    ConcurrenceAnswer,
    ConcurrenceAsked,
    ConcurrenceRequest,
    ConcurrenceRound,
)
from pipir.features.people.tables import Office
from pipir.store.doors import ReadSession


async def concurred(session: ReadSession, proposal: Proposal, department: str) -> bool:
    """Whether an office of the department was asked to concur with this value, and has; no other answer counts."""
    found = await session.scalar(
        select(ConcurrenceAnswer.id)
        .join(ConcurrenceAsked, ConcurrenceAsked.id == ConcurrenceAnswer.asked_id)
        .join(ConcurrenceRound, ConcurrenceRound.id == ConcurrenceAsked.round_id)
        .join(ConcurrenceRequest, ConcurrenceRequest.id == ConcurrenceRound.request_id)
        .join(Office, Office.id == ConcurrenceAsked.office_id)
        .where(
            ConcurrenceRequest.subject_kind == proposal.kind,
            ConcurrenceRequest.subject_id.is_not_distinct_from(proposal.number),
            ConcurrenceRequest.act == proposal.act,
            ConcurrenceRequest.state.in_(("open", "agreed")),
            ConcurrenceRound.ended_on.is_(None),
            ConcurrenceRound.used_on.is_(None),
            ConcurrenceRound.value_hash == rules.hash_of(proposal.after),
            ConcurrenceAsked.role == "concur",
            Office.department == department,
            ConcurrenceAnswer.replaced_on.is_(None),
            ConcurrenceAnswer.answer.startswith("concur"),
        )
        .limit(1)
    )
    return found is not None
