"""The steps of the two standings: each appended, a mistake corrected by a later one with its reason."""

from datetime import date

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import aliased

from pipir.features.concurrence.commands import permit
from pipir.features.concurrence.queries import Proposal
from pipir.features.concurrence.rules import typed_of
from pipir.features.law import queries as law
from pipir.features.law.rules import Act, is_over
from pipir.features.participants import rules
from pipir.features.participants.commands.entries import the_participant
from pipir.features.participants.queries import process_on
from pipir.features.participants.rules import ForumStanding, Kind, Standing
from pipir.features.participants.tables import Participant, ParticipantStanding
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.ids import ParticipantId, RecordNumber
from pipir.kernel.text import Line, Reason, SourceText
from pipir.statute.load import the_statute
from pipir.store.doors import WriteSession


class RecordStanding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step of the invitation process of section 1253(d), with its day, its document, and who decided.

    `supersedes` names the step that it corrects; the present standing again corrects the latest one. A correction has
    its reason.
    """

    value: Standing
    since: date
    source: SourceText
    decided_by_office: Line | None = None
    decided_by: Line | None = None
    supersedes: RecordNumber | None = None
    because: Reason | None = None
    # Of an invitation: what it rests on where that is not section 1253(d), and its papers after the termination.
    program_authority: Line | None = None
    continuation_id: RecordNumber | None = None
    late_because: Reason | None = None
    late_document: Line | None = None


class RecordForumStanding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Participation in the forum as reported, with its day and source; a correction as in RecordStanding."""

    value: ForumStanding
    since: date
    source: SourceText
    decided_by_office: Line | None = None
    decided_by: Line | None = None
    supersedes: RecordNumber | None = None
    because: Reason | None = None


class TakeBackStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step that never happened, and how it came into the record."""

    supersedes: RecordNumber
    because: Reason


@command("participant.record-standing", permission="participants.change", sunset="invitation")
async def record_standing(
    session: WriteSession, participant_id: ParticipantId, body: RecordStanding, *, version: int
) -> None:
    """Record a step of a country under section 1253(d), or correct one."""
    participant = await the_participant(session, participant_id, version)
    rules.may_change(participant.name, participant.until)
    rules.may_be_past(body.since, session.today)
    statute = await law.law_of(session)
    steps = await _steps(session, participant_id, "process")
    corrected = _corrected(steps, body.supersedes, again=body.value == participant.standing)
    process = await process_on(session, body.since) if body.value == "invited" else None
    if corrected is None:
        rules.may_record_standing(
            participant.code,
            participant.standing,
            participant.standing_since,
            body.value,
            body.since,
            statute=statute,
        )
    else:
        rules.needs_reason(body.because)
        rules.may_record_standing(participant.code, body.value, None, body.value, body.since, statute=statute)
    rules.may_stand("process", _with(steps, corrected, body.value, body.since), statute=statute)
    if body.value == "invited":
        await _invite(session, participant, body)
    await _append(session, participant, "process", steps, corrected, body, process)


@command("participant.record-forum-standing", permission="participants.change", sunset="records")
async def record_forum_standing(
    session: WriteSession, participant_id: ParticipantId, body: RecordForumStanding, *, version: int
) -> None:
    """Record a country's participation in the forum as reported, or correct a step of it."""
    participant = await the_participant(session, participant_id, version)
    rules.may_change(participant.name, participant.until)
    rules.may_be_past(body.since, session.today)
    steps = await _steps(session, participant_id, "forum")
    corrected = _corrected(steps, body.supersedes, again=body.value == participant.forum_standing)
    if corrected is None:
        rules.may_record_forum_standing(participant.forum_standing, participant.forum_since, body.value, body.since)
    else:
        rules.needs_reason(body.because)
    statute = await law.law_of(session)
    rules.may_stand("forum", _with(steps, corrected, body.value, body.since), statute=statute)
    await _append(session, participant, "forum", steps, corrected, body, None)


@command("participant.take-back-step", permission="participants.change", sunset="goes on")
async def take_back_step(
    session: WriteSession, participant_id: ParticipantId, body: TakeBackStep, *, version: int
) -> None:
    """Take a step back that never happened; it stays in the history, with the reason."""
    participant = await the_participant(session, participant_id, version)
    rules.may_change(participant.name, participant.until)
    statute = await law.law_of(session)
    for kind in rules.KINDS:
        steps = await _steps(session, participant_id, kind)
        if body.supersedes not in {each.id for each in steps}:
            continue
        corrected = _corrected(steps, body.supersedes, again=False)
        remaining = _with(steps, corrected, None, None)
        rules.may_stand(kind, remaining, statute=statute)
        standing = max(remaining, key=lambda each: (each.since, each.number), default=None)
        if kind == "process" and standing is not None and standing.value == "invited" != participant.standing:
            # The invitation before it stands again: the register of covered acts is told the day of that invitation,
            # and after the termination that it comes late.
            participant.acts, participant.decided_on = participant.acts + 1, standing.since
            if is_over(statute, session.today):
                participant.late_because, participant.late_document = body.because, "The step that was taken back."
        await _append(session, participant, kind, steps, corrected, body, None)
        return
    raise _no_such_step(body.supersedes)


async def _invite(session: WriteSession, participant: Participant, body: RecordStanding) -> None:
    """Judge an invitation before it is recorded: the one place for what must stand before a country is invited."""
    act = Act(
        kind="invitation",
        on=body.since,
        authority=body.program_authority,
        record_id=participant.id,
        title=participant.name,
        late_because=body.late_because,
        late_document=body.late_document,
    )
    await law.basis_of(session, act, continuation_id=body.continuation_id)
    await permit(session, _invitation(participant, body))
    participant.acts, participant.decided_on = participant.acts + 1, body.since
    participant.program_authority, participant.continuation_id = body.program_authority, body.continuation_id
    participant.late_because, participant.late_document = body.late_because, body.late_document


def _invitation(participant: Participant, body: RecordStanding) -> Proposal:
    """The invitation as it is put to offices; its day is no part of what they agree to."""
    country = {"country": participant.code}
    rests = the_statute().provision(body.program_authority or rules.PROVISION).short_citation
    return Proposal(
        act="invitation",
        kind="participant",
        number=participant.id,
        title=f"Invite {participant.name}"[:200],
        href=f"/participants/{participant.id}",
        before=country | {"standing": participant.standing or "nothing recorded"} | _rested(participant),
        after=country | {"standing": "invited", "authority": rests},
        marking=participant.marking,
        typed=typed_of(body),
    )


def _rested(participant: Participant) -> dict[str, str]:
    """What an invitation that stands rests on, so that its day or source is corrected without asking anew."""
    if participant.standing != "invited":
        return {}
    return {"authority": the_statute().provision(participant.program_authority or rules.PROVISION).short_citation}


async def _append(
    session: WriteSession,
    participant: Participant,
    kind: Kind,
    steps: tuple[ParticipantStanding, ...],
    corrected: ParticipantStanding | None,
    body: RecordStanding | RecordForumStanding | TakeBackStep,
    process_id: int | None,
) -> None:
    """Add the step, and let the country's present standing follow from the latest one that nothing corrects."""
    taken_back = corrected if isinstance(body, TakeBackStep) else None
    row = ParticipantStanding(
        participant_id=participant.id,
        kind=kind,
        step=corrected.step if corrected is not None else participant.steps + 1,
        supersedes_id=corrected.id if corrected is not None else None,
        because=body.because if corrected is not None else None,
        process_id=process_id,
        recorded_by_id=session.actor,
        recorded_on=session.recorded_on(body.since if not isinstance(body, TakeBackStep) else session.today),
    )
    if isinstance(body, TakeBackStep):
        assert taken_back is not None
        row.value, row.since, row.source = None, taken_back.since, taken_back.source
    else:
        row.value, row.since, row.source = body.value, body.since, body.source
        row.decided_by_office, row.decided_by = body.decided_by_office, body.decided_by
    standing = [each for each in (*steps, row) if each is not corrected and each.value is not None]
    latest = max(standing, key=lambda each: (each.since, each.step), default=None)
    said = (latest.value, latest.since, latest.source) if latest is not None else (None, None, None)
    if kind == "process":
        participant.standing, participant.standing_since, participant.standing_source = said
    else:
        participant.forum_standing, participant.forum_since, participant.forum_source = said
    participant.steps += 1
    session.add(row)
    await session.flush()


async def _steps(session: WriteSession, participant_id: ParticipantId, kind: Kind) -> tuple[ParticipantStanding, ...]:
    """The steps of a kind that nothing corrects, those taken back too."""
    later = aliased(ParticipantStanding)
    rows = await session.scalars(
        select(ParticipantStanding)
        .where(
            ParticipantStanding.participant_id == participant_id,
            ParticipantStanding.kind == kind,
            ~select(later.id).where(later.supersedes_id == ParticipantStanding.id).exists(),
        )
        .order_by(ParticipantStanding.since, ParticipantStanding.step)
    )
    return tuple(rows)


def _corrected(
    steps: tuple[ParticipantStanding, ...], supersedes: int | None, *, again: bool
) -> ParticipantStanding | None:
    """The step that a new one corrects: the one named, or the latest where the present standing is told again."""
    if supersedes is None:
        return next((each for each in reversed(steps) if each.value is not None), None) if again else None
    found = next((each for each in steps if each.id == supersedes), None)
    if found is None:
        raise _no_such_step(supersedes)
    rules.may_take_back(found.value)
    return found


def _with(
    steps: tuple[ParticipantStanding, ...], corrected: ParticipantStanding | None, value: str | None, since: date | None
) -> tuple[rules.Step, ...]:
    """The steps as they would stand, with what is told now in the place of what it corrects."""
    kept = [rules.Step(each.step, each.value, each.since) for each in steps if each is not corrected and each.value]
    if value is not None and since is not None:
        number = corrected.step if corrected is not None else max((each.step for each in steps), default=0) + 1
        kept.append(rules.Step(number, value, since))
    return tuple(kept)


def _no_such_step(number: int) -> Invalid:
    expected = "Expected the number of a step of this country that is not corrected yet."
    return Invalid("There is no such step to correct.", mistakes=(Mistake("supersedes", expected, str(number)),))
