"""Loads a program bundle: a folder of CSV files, checked as a whole, written in one transaction or not at all."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Final, Generic, Literal, TypeVar, cast, get_args

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pipir.features.groups import commands as groups
from pipir.features.groups import queries as group_queries
from pipir.features.participants import commands as participants
from pipir.features.participants import queries as participant_queries
from pipir.features.participants.rules import ForumStanding, Region, Standing, may_record_standing
from pipir.features.people.tables import SERVICE
from pipir.features.projects import commands as projects
from pipir.features.projects import queries as project_queries
from pipir.features.projects.rules import Kind, Precision, Status
from pipir.features.projects.tables import PartnerId, RelatedEffortId
from pipir.kernel.errors import Invalid, Mistake, Problem
from pipir.kernel.ids import GroupId, MeetingId, ParticipantId, ProjectId
from pipir.kernel.marking import Reader
from pipir.kernel.parsing import parse
from pipir.kernel.text import Line, Prose, SourceText
from pipir.sheets import Row, Sheet, read_csv
from pipir.sheets.read import place, shown
from pipir.statute.load import the_statute
from pipir.statute.lookup import objectives
from pipir.store.conflicts import problem_of
from pipir.store.doors import Database, WriteSession

PUBLIC_RECORD: Final = Path(__file__).resolve().parent / "data" / "public-record"
# What every program is told: what the bundle holds is public.
_MARKING: Final = "UNCLASSIFIED"
_READER: Final = Reader(kind="us-government")
_READMES: Final = ("README.md", "README.txt", "README")

ReportedStanding = Literal["convening country", "named in statute", "joined the forum (press)"]
R = TypeVar("R", bound=msgspec.Struct)


class ParticipantRow(msgspec.Struct, frozen=True):
    """A line of participants.csv."""

    country: Line
    code: Line
    standing: ReportedStanding
    since: date
    region: Region
    source: SourceText


class WorkstreamRow(msgspec.Struct, frozen=True):
    """A line of workstreams.csv."""

    name: Line
    established: date
    source: SourceText


class MeetingRow(msgspec.Struct, frozen=True):
    """A line of meetings.csv; a blank outcome is not public."""

    starts: date
    ends: date
    name: Line
    place: Line
    source: SourceText
    outcome: Prose | None = None


class ProjectRow(msgspec.Struct, frozen=True):
    """A line of projects.csv; a blank workstream, day or description is not public."""

    name: Line
    kind: Kind
    status: Status
    objectives: Line
    classified_by: Line
    source: SourceText
    workstream: Line | None = None
    announced: date | None = None
    description: Prose = ""


class RoleRow(msgspec.Struct, frozen=True):
    """A line of role_reports.csv: a country's part in a project, as reported."""

    code: Line
    project: Line
    role: Line
    source: SourceText


class RelatedRow(msgspec.Struct, frozen=True):
    """A line of related.csv; its date may name a month only."""

    name: Line
    relation: Line
    date: Line
    source: SourceText
    description: Prose = ""


# File -> its columns in the order that the format shows, and the struct of a line.
_FILES: Final[Mapping[str, tuple[tuple[str, ...], type[msgspec.Struct]]]] = {
    "participants.csv": (("country", "code", "standing", "since", "region", "source"), ParticipantRow),
    "workstreams.csv": (("name", "established", "source"), WorkstreamRow),
    "meetings.csv": (("starts", "ends", "name", "place", "outcome", "source"), MeetingRow),
    "projects.csv": (
        (
            "name",
            "kind",
            "workstream",
            "announced",
            "status",
            "description",
            "objectives",
            "classified_by",
            "source",
        ),
        ProjectRow,
    ),
    "role_reports.csv": (("code", "project", "role", "source"), RoleRow),
    "related.csv": (("name", "relation", "date", "description", "source"), RelatedRow),
}
_CODE: Final = re.compile(r"[A-Z]{3}")
_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_PLACE: Final = re.compile(r":(\d+):(\d+)")


@dataclass(frozen=True)
class Entry(Generic[R]):
    """A typed line and where it stands."""

    row: Row
    value: R


@dataclass(frozen=True)
class Bundle:
    """A bundle without a mistake, typed."""

    participants: tuple[Entry[ParticipantRow], ...]
    workstreams: tuple[Entry[WorkstreamRow], ...]
    meetings: tuple[Entry[MeetingRow], ...]
    projects: tuple[Entry[ProjectRow], ...]
    roles: tuple[Entry[RoleRow], ...]
    related: tuple[Entry[RelatedRow], ...]


@dataclass
class FileCounts:
    """What became of the lines of one file."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True)
class LoadResult:
    """The counts by file, and one sentence for each line that added or changed a record."""

    files: Mapping[str, FileCounts] = field(default_factory=lambda: {name: FileCounts() for name in _FILES})
    changes: list[str] = field(default_factory=list)

    def note(self, row: Row, name: str, what: Sequence[str] | None) -> None:
        """Count a line: None says that its record is new; else the fields that changed, if any."""
        counts = self.files[row.file]
        if what is None:
            counts.added += 1
            self.changes.append(f"{row.file}:{row.line}: {name} added.")
        elif what:
            counts.changed += 1
            self.changes.append(f"{row.file}:{row.line}: {name}: {', '.join(what)} changed.")
        else:
            counts.unchanged += 1


class _NotKept(Exception):
    """Ends a dry run: what it wrote is taken back."""


async def load_bundle(db: Database, folder: Path, *, actor: int = SERVICE, dry_run: bool = False) -> LoadResult:
    """Bring the record to what the folder says, or raise Invalid with every mistake and write nothing.

    A line that the record already holds changes nothing. What the folder does not name stays as it is: a load ends
    no record, except that a reported role that reads otherwise now takes the place of the former.
    """
    bundle = read_bundle(folder)
    result = LoadResult()
    mistakes: list[Mistake] = []
    try:
        async with db.write(actor=actor, command="record.load") as session:
            # Two loads at once would each miss what the other adds.
            await session.execute(text("select pg_advisory_xact_lock(hashtextextended('record.load', 7))"))
            await _Writer(session, result, mistakes).write(bundle)
            if mistakes:
                raise _invalid(mistakes)
            if dry_run:
                raise _NotKept
    except _NotKept:
        pass
    return result


def read_bundle(folder: Path) -> Bundle:
    """The folder as typed lines, or Invalid with every mistake of every file."""
    if not folder.is_dir():
        raise Invalid(
            "There is no such folder.", mistakes=(Mistake(shown(str(folder)), "Expected a folder with a bundle."),)
        )
    reading = _Reading()
    reading.strangers(folder)
    sheets = {name: reading.sheet(folder / name, name, columns) for name, (columns, _) in _FILES.items()}
    bundle = Bundle(
        participants=reading.entries(sheets["participants.csv"], ParticipantRow),
        workstreams=reading.entries(sheets["workstreams.csv"], WorkstreamRow),
        meetings=reading.entries(sheets["meetings.csv"], MeetingRow),
        projects=reading.entries(sheets["projects.csv"], ProjectRow),
        roles=reading.entries(sheets["role_reports.csv"], RoleRow),
        related=reading.entries(sheets["related.csv"], RelatedRow),
    )
    reading.check(sheets)
    if reading.mistakes:
        raise _invalid(reading.mistakes)
    return bundle


def _invalid(mistakes: Sequence[Mistake]) -> Invalid:
    order = list(_FILES)

    def by_place(mistake: Mistake) -> tuple[int, int, int]:
        name = next((file for file in order if mistake.where.startswith(file)), "")
        found = _PLACE.match(mistake.where, len(name))
        line, column = (int(found[1]), int(found[2])) if found else (0, 0)
        return (order.index(name) if name else -1, line, column)

    count = len(mistakes)
    return Invalid(
        f"The bundle has {count:,} mistakes; nothing was written."
        if count != 1
        else "The bundle has one mistake; nothing was written.",
        mistakes=tuple(sorted(mistakes, key=by_place)),
    )


@cache
def _objective_slugs() -> Mapping[str, str]:
    """(b)(2) -> 1253.b.2, from the law's own files."""
    return {f"(b){row.number}": row.slug for row in objectives(the_statute())}


def _named_objectives(text: str) -> list[str]:
    return [part.strip() for part in text.split(";")]


# ---- reading


class _Reading:
    """One pass over all files; mistakes gather here."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def strangers(self, folder: Path) -> None:
        """Report what does not belong to a bundle; hidden files of desktops are let pass."""
        for found in sorted(folder.iterdir()):
            if found.name not in _FILES and found.name not in _READMES and not found.name.startswith("."):
                expected = "This is no file of a bundle; expected are: " + ", ".join(_FILES) + "."
                self.mistakes.append(Mistake(place(shown(found.name), 1, 1), expected))

    def sheet(self, path: Path, name: str, columns: Sequence[str]) -> Sheet | None:
        """One file, or None where it is not there."""
        if not path.exists():
            self.mistakes.append(Mistake(place(name, 1, 1), "Expected this file in the bundle.", "no such file"))
            return None
        sheet = read_csv(path, name, columns=columns)
        self.mistakes.extend(sheet.mistakes)
        return sheet

    def entries(self, sheet: Sheet | None, kind: type[R]) -> tuple[Entry[R], ...]:
        """The lines that are right in themselves."""
        if sheet is None:
            return ()
        required = {each.name for each in msgspec.structs.fields(kind) if each.required}
        found: list[Entry[R]] = []
        for row in sheet.rows:
            if not row.whole:
                continue
            wrong = set(row.unreadable)
            asked = [column for column in kind.__struct_fields__ if column in row.cells and column not in wrong]
            raw = {column: row.cells[column].strip() for column in asked}
            for column in [column for column, cell in raw.items() if cell == ""]:
                del raw[column]
                if column in required:
                    wrong.add(column)
                    self.mistakes.append(row.mistake(column, "Expected a value; this cell may not be blank."))
            try:
                value = parse(kind, raw, lenient=True)
            except Invalid as invalid:
                for mistake in invalid.mistakes:
                    # What is unreadable, blank or without a column has been reported already.
                    if mistake.where not in wrong and mistake.where in raw:
                        self.mistakes.append(row.mistake(mistake.where, mistake.expected))
                continue
            if not wrong:
                found.append(Entry(row, value))
        return tuple(found)

    def check(self, sheets: Mapping[str, Sheet | None]) -> None:
        """Everything that no cell shows alone: codes, keys, days, objectives, references, the law."""
        for name, each in (
            ("participants.csv", self._code),
            ("participants.csv", self._standing),
            ("meetings.csv", self._days),
            ("projects.csv", self._objectives),
            ("role_reports.csv", self._code),
            ("related.csv", self._day),
        ):
            sheet = sheets[name]
            for row in sheet.rows if sheet else ():
                if row.whole:
                    each(row)
        self._keys(sheets)
        self._references(sheets)

    def _keys(self, sheets: Mapping[str, Sheet | None]) -> None:
        reported: set[tuple[str, int]] = set()
        for name, columns in (
            ("participants.csv", ("code",)),
            ("participants.csv", ("country",)),
            ("workstreams.csv", ("name",)),
            ("meetings.csv", ("name", "starts")),
            ("projects.csv", ("name",)),
            ("role_reports.csv", ("code", "project")),
            ("related.csv", ("name",)),
        ):
            sheet = sheets[name]
            first: dict[tuple[str, ...], int] = {}
            for row in sheet.rows if sheet else ():
                key = tuple(_cell(row, column) for column in columns)
                if not all(key):
                    continue
                if key in first and (name, row.line) not in reported:
                    expected = f"Expected each {' and '.join(columns)} once; line {first[key]} holds the same."
                    self.mistakes.append(row.mistake(columns[0], expected))
                    reported.add((name, row.line))
                first.setdefault(key, row.line)

    def _code(self, row: Row) -> None:
        code = _cell(row, "code")
        # A control character or too much text has been reported already.
        if code and not _CODE.fullmatch(code) and not _CONTROL.search(code) and len(code) <= 200:
            self.mistakes.append(row.mistake("code", "Expected three capital letters, such as AUS."))

    def _days(self, row: Row) -> None:
        try:
            starts, ends = _day(_cell(row, "starts"))[0], _day(_cell(row, "ends"))[0]
        except ValueError:
            return
        if ends < starts:
            self.mistakes.append(row.mistake("ends", f"Expected a day on or after {starts.isoformat()}."))

    def _standing(self, row: Row) -> None:
        code = _cell(row, "code")
        if _cell(row, "standing") != "named in statute" or not _CODE.fullmatch(code):
            return
        try:
            since = _day(_cell(row, "since"))[0]
        except ValueError:
            since = date.max
        try:
            may_record_standing(code, None, None, "named in statute", since, statute=the_statute())
        except Invalid as wrong:
            self.mistakes.extend(row.mistake("since", mistake.expected) for mistake in wrong.mistakes)
        except Problem as wrong:
            self.mistakes.append(row.mistake("standing", _sentence(wrong)))

    def _objectives(self, row: Row) -> None:
        known = _objective_slugs()
        cell = _cell(row, "objectives")
        if not cell or _CONTROL.search(cell) or len(cell) > 200:
            return
        named = _named_objectives(cell)
        wrong = [each for each in named if each not in known]
        expected = f"Expected objectives from {next(iter(known))} to {list(known)[-1]}, separated by semicolons."
        for each in wrong:
            self.mistakes.append(Mistake(row.where("objectives"), expected, shown(each)))
        if not wrong and len(set(named)) != len(named):
            self.mistakes.append(row.mistake("objectives", "Expected each objective once."))

    def _day(self, row: Row) -> None:
        cell = _cell(row, "date")
        if not cell or _CONTROL.search(cell) or len(cell) > 200:
            return
        try:
            _day(cell)
        except ValueError:
            expected = "Expected a date such as 2024-05-31, or a month such as 2024-05."
            self.mistakes.append(row.mistake("date", expected))

    def _references(self, sheets: Mapping[str, Sheet | None]) -> None:
        for name, column, target, key in (
            ("projects.csv", "workstream", "workstreams.csv", "name"),
            ("role_reports.csv", "code", "participants.csv", "code"),
            ("role_reports.csv", "project", "projects.csv", "name"),
        ):
            sheet, other = sheets[name], sheets[target]
            known = _known(other, key)
            if sheet is None or known is None:
                # Where the other file's keys were lost, its own mistakes say so.
                continue
            for row in sheet.rows:
                cell = _cell(row, column)
                if not row.whole or not cell or cell in known.read or (column == "code" and not _CODE.fullmatch(cell)):
                    continue
                # A key that could not be read well may be the one that is meant; its own mistake says so.
                if not get_close_matches(cell, known.guessed, 1, 0.8):
                    self.mistakes.append(row.mistake(column, f"Expected a {key} that stands in {target}."))


@dataclass(frozen=True)
class _Keys:
    """The keys of a file: those that were read, and what is left of those that were not."""

    read: frozenset[str]
    guessed: tuple[str, ...]


def _cell(row: Row, column: str) -> str:
    return "" if column in row.unreadable else row.cells.get(column, "").strip()


def _known(sheet: Sheet | None, key: str) -> _Keys | None:
    """The keys of a file, or None where they cannot be known at all."""
    if sheet is None or not sheet.complete or key not in sheet.columns:
        return None
    broken = (row.cells.get(key, "") for row in sheet.rows if key in row.unreadable)
    return _Keys(
        read=frozenset(_cell(row, key) for row in sheet.rows),
        guessed=tuple("".join(c for c in text if c.isprintable()) for text in broken),
    )


def _day(typed: str) -> tuple[date, Precision]:
    """The day, or the first of a month where no more is known; else ValueError."""
    if _MONTH.fullmatch(typed):
        return date.fromisoformat(typed + "-01"), "month"
    if _DAY.fullmatch(typed) is None:
        raise ValueError("no date")
    return date.fromisoformat(typed), "day"


def _sentence(problem: Problem) -> str:
    return f"{problem.detail} {problem.citation.rstrip('.')}." if problem.citation else problem.detail


# ---- writing


class _Writer:
    """Compares each line with the record and runs the commands that make up the difference."""

    def __init__(self, session: WriteSession, result: LoadResult, mistakes: list[Mistake]) -> None:
        self.session = session
        self.result = result
        self.mistakes = mistakes
        self.groups: dict[str, int] = {}
        self.countries: dict[str, int] = {}
        self.projects: dict[str, int] = {}

    async def write(self, bundle: Bundle) -> None:
        """Every line, in the order in which lines refer to each other; a refused one becomes a mistake."""
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
            self.mistakes.append(Mistake(where, _sentence(problem)))
        for mistake in problem.mistakes:
            self.mistakes.append(Mistake(where, f"{mistake.where}: {mistake.expected}", mistake.found))

    async def _participant(self, entry: Entry[ParticipantRow]) -> None:
        line, session = entry.value, self.session
        is_forum = line.standing in get_args(ForumStanding)
        current = (await participant_queries.by_codes(session, _READER, [line.code])).get(line.code)
        changed: list[str] = []
        if current is None:
            body = participants.EnterParticipant(line.country, line.code, line.region, _MARKING)
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
            if is_forum:
                forum = participants.RecordForumStanding(cast("ForumStanding", line.standing), line.since, line.source)
                await participants.record_forum_standing(session, number, forum, version=version)
            else:
                standing = participants.RecordStanding(cast("Standing", line.standing), line.since, line.source)
                await participants.record_standing(session, number, standing, version=version)
            changed += _differences(*zip(("standing", "since", "source"), said, told, strict=True))
        self.countries[line.code] = number
        self.result.note(entry.row, line.country, None if current is None else changed)

    async def _workstream(self, entry: Entry[WorkstreamRow]) -> None:
        line, session = entry.value, self.session
        current = await group_queries.group_by_name(session, _READER, line.name)
        changed: list[str] | None = None
        if current is None:
            body = groups.EstablishGroup(line.name, "workstream", line.established, line.source, marking=_MARKING)
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
        named = sorted(_objective_slugs()[each] for each in _named_objectives(line.objectives))
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
                )
                await projects.revise_project(session, number, revised, version=version)
                version += 1
            if current.status != line.status:
                step = projects.ChangeStatus(line.status, f"As reported: {line.source}")
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
        day, precision = _day(line.date)
        current = await project_queries.related_effort_by_name(session, line.name)
        changed: list[str] | None = None
        if current is None:
            body = projects.EnterRelatedEffort(
                line.name, line.relation, day, line.source, precision=precision, description=line.description
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
                    line.name, line.relation, day, line.source, precision=precision, description=line.description
                )
                await projects.revise_related_effort(
                    session, RelatedEffortId(current.id), revised, version=current.version
                )
        self.result.note(entry.row, line.name, changed)


def _differences(*fields: tuple[str, object, object]) -> list[str]:
    return [name for name, before, after in fields if before != after]
