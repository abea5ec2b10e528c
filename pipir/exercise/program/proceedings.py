"""What the program's meetings recorded beside their outcome: agenda, attendance, minutes, decisions, what followed."""

from typing import Final

from pipir.exercise.days import LAST, TODAY, after
from pipir.exercise.meetings import WORKING_GROUPS, PlannedMeeting
from pipir.exercise.program.course import PRIME, Program, version_of
from pipir.features.groups import commands as groups
from pipir.features.groups.tables import Meeting
from pipir.kernel.ids import ActionItemId, DecisionId, MeetingId
from pipir.store.doors import WriteSession

_AGENDA: Final = (
    ("Action items of the last meeting", "Chair"),
    ("Progress of the projects", "Delegations"),
    ("Next steps and dates", None),
)
_DELEGATIONS: Final = ("AUS", "JPN", "KOR", "SGP", "NZL", "PHL")
_DECISIONS: Final = (
    ("Share figures of capacity by site", "1253.b.3", "Each delegation reports its capacity by site twice a year."),
    ("Accept each other's test results", "1253.b.6", "Results of a laboratory that one delegation accredited are "
     "accepted by the others."),
    ("Qualify a second source", "1253.b.2", "A second source is looked for wherever one plant alone makes a part."),
    ("Plan the next phase together", "1253.b.5", "The plan of the next phase is drawn up by the delegations that pay "
     "for it."),
)  # fmt: skip
# The forum and the working groups keep minutes; the quarterly meetings of the workstreams state their outcome.
_KEEP_MINUTES: Final = frozenset(each.name for each in WORKING_GROUPS)


async def record_proceedings(
    program: Program, session: WriteSession, meeting: PlannedMeeting, number: MeetingId
) -> DecisionId | None:
    """Agenda, attendance, draft minutes and a decision, of a meeting that keeps minutes; before it: its agenda."""
    if not _keeps_minutes(meeting):
        return None
    for title, presenter in _AGENDA:
        await groups.add_agenda_item(session, number, groups.AddAgendaItem(title, presenter))
    if meeting.starts_on > TODAY or meeting.cancelled_because:
        return None
    turn = meeting.starts_on.toordinal()
    came = [code for place, code in enumerate(_DELEGATIONS) if (turn + place) % 3]
    ours = groups.RecordAttendance(3 + turn % 3, office_id=program.offices[PRIME], head="Director (exercise)")
    await groups.record_attendance(session, number, ours)
    for place, code in enumerate(came):
        body = groups.RecordAttendance(
            1 + (turn + place) % 4, participant_id=program.countries[code], head="Head of delegation (exercise)"
        )
        await groups.record_attendance(session, number, body)
    text = (
        f"EXERCISE DATA. {meeting.name}, {meeting.place}.\n\nThe action items of the last meeting were gone through.\n"
        f"{meeting.outcome or 'The projects were reviewed.'}"
    )
    version = await version_of(session, Meeting, number)
    await groups.write_minutes(session, number, groups.WriteMinutes(text), version=version)
    title, objective, words = _DECISIONS[turn % len(_DECISIONS)]
    decided = groups.RecordDecision(title, words, ["USA", *came], objective)
    return await groups.record_decision(session, number, decided)


def plan_minutes(program: Program, meeting: PlannedMeeting) -> None:
    """The delegations agree three weeks after the meeting; the latest minutes are a draft still."""
    agreed_on = after(meeting.ends_on, 21)
    if not _keeps_minutes(meeting) or meeting.outcome is None or agreed_on > LAST:
        return

    async def agree(session: WriteSession) -> None:
        number = MeetingId(program.meeting_ids[meeting.name, meeting.starts_on])
        version = await version_of(session, Meeting, number)
        await groups.agree_minutes(session, number, groups.AgreeMinutes(agreed_on), version=version)

    program.at(agreed_on, "office", agree)


async def name_what_changed(
    program: Program, session: WriteSession, meeting: PlannedMeeting, action: ActionItemId
) -> None:
    """A verified action of a meeting that keeps minutes changed the project that it was about."""
    if _keeps_minutes(meeting) and program.project_ids:
        numbers = sorted(program.project_ids.values())
        number = numbers[meeting.starts_on.toordinal() % len(numbers)]
        body = groups.NameChange("project", number, "Milestones planned anew (exercise)")
        await groups.name_change(session, action, body)


def _keeps_minutes(meeting: PlannedMeeting) -> bool:
    return meeting.group is None or meeting.group in _KEEP_MINUTES
