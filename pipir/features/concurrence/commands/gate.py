"""The gate that the commands of other features ask before an act that offices have a say in."""

from sqlalchemy import select

from pipir.features.concurrence import queries
from pipir.features.concurrence.commands.rounds import settle_as
from pipir.features.concurrence.tables import (
    ConcurrenceRequest,
    ConcurrenceRound,
)
from pipir.store.doors import WriteSession


async def permit(session: WriteSession, proposal: queries.Proposal) -> None:
    """Refuse an act that a policy in force puts to offices and that they have not agreed to with this value.

    An agreement is to one act: this one uses it up, with whatever else the caller's transaction stores.
    """
    # Of two acts at once only one finds the agreement unused.
    await session.execute(
        select(ConcurrenceRequest.id)
        .where(
            ConcurrenceRequest.subject_kind == proposal.kind,
            ConcurrenceRequest.subject_id.is_not_distinct_from(proposal.number),
            ConcurrenceRequest.act == proposal.act,
        )
        .order_by(ConcurrenceRequest.id)
        .with_for_update()
    )
    found = await queries.standing_of(session, proposal)
    if not found.allowed:
        raise queries.refusal(found, proposal)
    if found.request_id is None:
        return
    request = await session.get_one(ConcurrenceRequest, found.request_id, populate_existing=True)
    round_ = await session.scalar(
        select(ConcurrenceRound)
        .where(ConcurrenceRound.request_id == request.id, ConcurrenceRound.ended_on.is_(None))
        .with_for_update()
    )
    assert round_ is not None
    if request.state == "open":
        await settle_as(session, request, round_, "agreed", "The act was done as the answers stood.")
    round_.used_on = session.today
    await session.flush()
