"""Brings the record to what the lines say, through the features' own commands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Final, TypedDict, cast, get_args

from sqlalchemy.exc import DBAPIError

from pipir.features.groups import commands as groups
from pipir.features.groups import queries as group_queries
from pipir.features.law.queries import law_of
from pipir.features.law.rules import is_older, is_over
from pipir.features.participants import commands as participants
from pipir.features.participants import queries as participant_queries
from pipir.features.participants.rules import ForumStanding, Standing
from pipir.features.people import commands as people
from pipir.features.people import queries as people_queries
from pipir.features.projects import commands as projects
from pipir.features.projects import queries as project_queries
from pipir.features.projects.tables import PartnerId, RelatedEffortId
from pipir.kernel.errors import Mistake, Problem
from pipir.kernel.ids import GroupId, MeetingId, OfficeId, ParticipantId, ProjectId
from pipir.kernel.marking import Reader
from pipir.load.bundle import (
    Bundle,
    Entry,
    MeetingRow,
    OfficeRow,
    ParticipantRow,
    ProjectRow,
    RelatedRow,
    RoleRow,
    WorkstreamRow,
    day_of,
    named_objectives,
    objective_slugs,
)
from pipir.load.mistakes import sentence
from pipir.load.result import LoadResult
from pipir.sheets import Row
from pipir.sheets.read import place
from pipir.statute.load import the_statute
from pipir.store.conflicts import problem_of
from pipir.store.doors import WriteSession

# What every program is told: what the bundle holds is public.
_MARKING: Final = "UNCLASSIFIED"
_READER: Final = Reader(kind="us-government")


class Papers(TypedDict, total=False):
    """What a late recording states."""

    late_because: str
    late_document: str


class Writer:
    """Compares each line with the record and runs the commands that make up the difference."""

    def __init__(self, session: WriteSession, result: LoadResult, mistakes: list[Mistake]) -> None:
        self.session = session
        self.result = result
        self.mistakes = mistakes
        self.groups: dict[str, int] = {}
        self.countries: dict[str, int] = {}
        self.projects: dict[str, int] = {}
        self.statute = the_statute()
        self.over = False

    async def write(self, bundle: Bundle) -> None:
        """Every line, in the order in which lines refer to each other; a refused one becomes a mistake."""
        self.statute = await law_of(self.session)
        self.over = is_over(self.statute, self.session.today)
        for office in bundle.offices:
            async with self._line(office.row):
                await self._office(office)
        for country in bundle.participants:
            async with self._line(country.row):
                await self._participant(country)
        for workstream in bundle.workstreams:
            async with self._line(workstream.row):
                await self._workstream(workstream)
        for meeting in bundle.meetings:
            async with self._line(meeting.row):
                await self._meeting(meeting)
        for project in bundle.projects:
            async with self._line(project.row):
                await self._project(project)
        for role in bundle.roles:
            async with self._line(role.row):
                await self._role(role)
        for related in bundle.related:
            async with self._line(related.row):
                await self._related(related)

    @asynccontextmanager
    async def _line(self, row: Row) -> AsyncIterator[None]:
        try:
            async with self.session.begin_nested():
                yield
        except Problem as wrong:
            self._refused(row, wrong)
        except DBAPIError as wrong:
            problem = problem_of(wrong)
            if problem is None or problem.status >= 500:
                raise
            self._refused(row, problem)

    def _refused(self, row: Row, problem: Problem) -> None:
        where = place(row.file, row.line, 1)
        if not problem.mistakes:
            self.mistakes.append(Mistake(where, sentence(problem)))
        for mistake in problem.mistakes:
            self.mistakes.append(Mistake(where, f"{mistake.where}: {mistake.expected}", mistake.found))

    async def _office(self, entry: Entry[OfficeRow]) -> None:
        line, session = entry.value, self.session
        current = await people_queries.office_called(session, line.symbol)
        changed: list[str] | None = None
        if current is None:
            opening = people.OpenOffice(line.symbol, line.name, line.department, line.since, line.source)
            await people.open_office(session, opening)
        else:
            changed = _differences(
                ("name", current.name, line.name),
                ("department", current.department, line.department),
                ("source", current.source, line.source),
            )
            # An office that bears another symbol now was renamed here: the line tells of its former name.
            changed = changed if current.symbol == line.symbol else []
            if changed:
                body = people.ReviseOffice(line.symbol, line.name, line.department, line.source)
                await people.revise_office(session, OfficeId(current.id), body, version=current.version)
        self.result.note(entry.row, line.symbol, changed)

    async def _participant(self, entry: Entry[ParticipantRow]) -> None:
        line, session = entry.value, self.session
        is_forum = line.standing in get_args(ForumStanding)
        current = (await participant_queries.by_codes(session, _READER, [line.code])).get(line.code)
        changed: list[str] = []
        if current is None:
            body = participants.EnterParticipant(line.code, line.country, line.region, _MARKING)
            number, version = await participants.enter_participant(session, body), 1
            said: tuple[object, ...] = (None, None, None)
        else:
            number, version = ParticipantId(current.id), current.version
            changed = _differences(("country", current.name, line.country), ("region", current.region, line.region))
            if changed:
                await participants.revise_participant(
                    session,
                    number,
                    participants.ReviseParticipant(line.country, line.region, current.marking),
                    version=version,
                )
                version += 1
            said = (
                (current.forum_standing, current.forum_since, current.forum_source)
                if is_forum
                else (current.standing, current.standing_since, current.standing_source)
            )
        told = (line.standing, line.since, line.source)
        if said != told:
            # The same standing of another day or source corrects what was told before.
            because = "The bundle tells it otherwise now." if said[0] == line.standing else None
            if is_forum:
                forum = participants.RecordForumStanding(
                    cast("ForumStanding", line.standing), line.since, line.source, because=because
                )
                await participants.record_forum_standing(session, number, forum, version=version)
            else:
                standing = participants.RecordStanding(
                    cast("Standing", line.standing),
                    line.since,
                    line.source,
                    because=because,
                    **self._late(line.source, line.since),
                )
                await participants.record_standing(session, number, standing, version=version)
            changed += _differences(*zip(("standing", "since", "source"), said, told, strict=True))
        self.countries[line.code] = number
        self.result.note(entry.row, line.country, None if current is None else changed)

    def _late(self, source: str, day: date | None) -> Papers:
        """After the end of the authority, what a bundle tells of an act under the law is a late recording."""
        if not self.over or day is None or is_older(day, self.statute):
            return {}
        return {"late_because": "Told by a bundle that was loaded later.", "late_document": source[:200]}

    async def _workstream(self, entry: Entry[WorkstreamRow]) -> None:
        line, session = entry.value, self.session
        current = await group_queries.group_by_name(session, _READER, line.name)
        changed: list[str] | None = None
        if current is None:
            body = groups.EstablishGroup(
                line.name,
                "workstream",
                line.established,
                line.source,
                marking=_MARKING,
                **self._late(line.source, line.established),
            )
            number = await groups.establish_group(session, body)
        else:
            number = GroupId(current.id)
            changed = _differences(
                ("kind", current.kind, "workstream"),
                ("established", current.established_on, line.established),
                ("source", current.source, line.source),
            )
            if changed:
                revised = groups.ReviseGroup(
                    line.name,
                    "workstream",
                    line.established,
                    line.source,
                    charter=current.charter,
                    program_authority=current.program_authority,
                    marking=current.marking,
                    **self._late(line.source, line.established),
                )
                await groups.revise_group(session, number, revised, version=current.version)
        self.groups[line.name] = number
        self.result.note(entry.row, line.name, changed)

    async def _meeting(self, entry: Entry[MeetingRow]) -> None:
        line, session = entry.value, self.session
        current = await group_queries.meeting_by_name(session, _READER, line.name, line.starts)
        changed: list[str] | None = None
        if current is None:
            body = groups.RecordMeeting(
                line.name, line.place, line.starts, line.ends, line.source, outcome=line.outcome, marking=_MARKING
            )
            await groups.record_meeting(session, body)
        else:
            changed = _differences(
                ("ends", current.ends_on, line.ends),
                ("place", current.place, line.place),
                ("outcome", current.outcome, line.outcome),
                ("source", current.source, line.source),
            )
            if changed:
                revised = groups.ReviseMeeting(
                    line.name,
                    line.place,
                    line.starts,
                    line.ends,
                    line.source,
                    group_id=current.group_id,
                    outcome=line.outcome,
                    marking=current.marking,
                )
                await groups.revise_meeting(session, MeetingId(current.id), revised, version=current.version)
        self.result.note(entry.row, line.name, changed)

    async def _project(self, entry: Entry[ProjectRow]) -> None:
        line, session = entry.value, self.session
        named = sorted(objective_slugs()[each] for each in named_objectives(line.objectives))
        workstream_id = self.groups.get(line.workstream) if line.workstream is not None else None
        current = await project_queries.project_by_name(session, _READER, line.name)
        changed: list[str] | None = None
        if current is None:
            body = projects.ProposeProject(
                name=line.name,
                kind=line.kind,
                objectives=named,
                classified_by=line.classified_by,
                source=line.source,
                status=line.status,
                workstream_id=workstream_id,
                announced_on=line.announced,
                description=line.description,
                marking=_MARKING,
                **self._late(line.source, line.announced),
            )
            number = await projects.propose_project(session, body)
        else:
            number, version = ProjectId(current.id), current.version
            changed = _differences(
                ("kind", current.kind, line.kind),
                ("workstream", current.workstream_id, workstream_id),
                ("announced", current.announced_on, line.announced),
                ("description", current.description, line.description),
                ("objectives", sorted(current.objectives), named),
                ("classified_by", current.classified_by, line.classified_by),
                ("source", current.source, line.source),
            )
            if changed:
                revised = projects.ReviseProject(
                    name=line.name,
                    kind=line.kind,
                    objectives=named,
                    classified_by=line.classified_by,
                    source=line.source,
                    workstream_id=workstream_id,
                    announced_on=line.announced,
                    description=line.description,
                    program_authority=current.program_authority,
                    lead_office_id=current.lead_office_id,
                    planned_total=current.planned_total,
                    in_classified_annex=current.in_classified_annex,
                    marking=current.marking,
                    **self._late(line.source, line.announced),
                )
                await projects.revise_project(session, number, revised, version=version)
                version += 1
            if current.status != line.status:
                step = projects.ChangeStatus(
                    line.status,
                    f"As reported: {line.source}",
                    decided_on=line.announced,
                    **self._late(line.source, line.announced),
                )
                await projects.change_status(session, number, step, version=version)
                changed.append("status")
        self.projects[line.name] = number
        self.result.note(entry.row, line.name, changed)

    async def _role(self, entry: Entry[RoleRow]) -> None:
        line, session = entry.value, self.session
        project_id, participant_id = self.projects.get(line.project), self.countries.get(line.code)
        if project_id is None or participant_id is None:
            # The line of the project or country was refused, and is reported as such.
            return
        parts = await project_queries.partners(session, _READER, ProjectId(project_id), ended=True)
        mine = [part for part in parts if part.participant_id == participant_id]
        current = next((part for part in mine if part.until is None), None)
        same = [part for part in mine if (part.role, part.source) == (line.role, line.source)]
        name = f"{line.code} in {line.project}"
        if (current or same) and (current is None or current in same):
            # A part that somebody has ended stays ended.
            self.result.note(entry.row, name, ())
            return
        if current is not None:
            end = projects.RemovePartner(session.today, f"Reported otherwise: {line.source}")
            await projects.remove_partner(session, PartnerId(current.id), end, version=current.version)
        body = projects.AddPartner(
            participant_id, line.role, lead=line.role == "lead", reported=True, source=line.source
        )
        await projects.add_partner(session, ProjectId(project_id), body)
        changed = (
            None
            if current is None
            else _differences(("role", current.role, line.role), ("source", current.source, line.source))
        )
        self.result.note(entry.row, name, changed)

    async def _related(self, entry: Entry[RelatedRow]) -> None:
        line, session = entry.value, self.session
        day, precision = day_of(line.date)
        current = await project_queries.related_effort_by_name(session, _READER, line.name)
        changed: list[str] | None = None
        if current is None:
            body = projects.EnterRelatedEffort(
                line.name,
                line.relation,
                day,
                line.source,
                precision=precision,
                description=line.description,
                marking=_MARKING,
            )
            await projects.enter_related_effort(session, body)
        else:
            changed = _differences(
                ("relation", current.relation, line.relation),
                ("date", (current.on_day, current.precision), (day, precision)),
                ("description", current.description, line.description),
                ("source", current.source, line.source),
            )
            if changed:
                revised = projects.ReviseRelatedEffort(
                    line.name,
                    line.relation,
                    day,
                    line.source,
                    precision=precision,
                    description=line.description,
                    marking=current.marking,
                )
                await projects.revise_related_effort(
                    session, RelatedEffortId(current.id), revised, version=current.version
                )
        self.result.note(entry.row, line.name, changed)


def _differences(*fields: tuple[str, object, object]) -> list[str]:
    return [name for name, before, after in fields if before != after]
