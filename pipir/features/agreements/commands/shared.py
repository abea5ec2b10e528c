"""What the commands of agreements share: the locked agreement of the actor's sight, and its next step."""

from datetime import date

from sqlalchemy import select

from pipir.features.agreements.rules import State
from pipir.features.agreements.tables import Agreement, AgreementStep
from pipir.features.participants.tables import Participant
from pipir.features.people.queries import reader_of
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession


async def the_agreement(session: WriteSession, agreement_id: int, version: int | None = None) -> Agreement:
    """An agreement that changes, locked; NotFound where the actor may not see it, Stale where it has moved on."""
    reader = await reader_of(session, session.actor)
    found = await session.scalar(
        select(Agreement).where(Agreement.id == agreement_id, visible_to(reader, Agreement)).with_for_update()
    )
    if found is None:
        raise NotFound("There is no agreement with this number.")
    if version is not None:
        session.check_version(found, version, title=f"The agreement {found.code}")
    return found


async def last_step(session: WriteSession, agreement: Agreement) -> AgreementStep:
    """The step that an agreement stands at."""
    return (
        await session.scalars(
            select(AgreementStep).where(
                AgreementStep.agreement_id == agreement.id, AgreementStep.step == agreement.steps
            )
        )
    ).one()


def take_step(
    session: WriteSession, agreement: Agreement, state: State, on: date, because: str, document: str | None
) -> None:
    """Append a step and let the state follow; the caller flushes."""
    was, agreement.state, agreement.steps = agreement.state, state, agreement.steps + 1
    append_step(session, agreement, was, on, because, document)


def append_step(
    session: WriteSession, agreement: Agreement, was: str | None, on: date, because: str, document: str | None
) -> None:
    """The row of the step that an agreement stands at."""
    session.add(
        AgreementStep(
            agreement_id=agreement.id,
            step=agreement.steps,
            was=was,
            state=agreement.state,
            on_day=on,
            because=because,
            document=document,
            recorded_by_id=session.actor,
            recorded_on=session.recorded_on(on),
        )
    )


async def known_participant(session: WriteSession, participant_id: int) -> Participant:
    """A participant that the actor may see, or Invalid."""
    reader = await reader_of(session, session.actor)
    found = await session.scalar(
        select(Participant).where(Participant.id == participant_id, visible_to(reader, Participant))
    )
    if found is None:
        raise Invalid(
            "There is no participant with this number.",
            mistakes=(Mistake("participant_id", "Expected a participant of this record.", str(participant_id)),),
        )
    return found
