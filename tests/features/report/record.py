"""Enters the public record of the makers into a database, by the tables themselves."""

from typing import Any

import msgspec

from pipir.document.json import render_json
from pipir.features.groups.tables import Meeting, WorkingGroup
from pipir.features.participants.tables import Participant, ParticipantStanding
from pipir.features.people.tables import SERVICE
from pipir.features.projects.tables import Project, ProjectPartner, RelatedEffort
from pipir.features.report import commands, queries
from pipir.features.report.compose import compose
from pipir.features.report.compose.snapshot import Signature, read
from pipir.features.report.queries.points import points
from pipir.features.report.queries.reading import seen_by
from pipir.kernel.ids import ReportId
from pipir.kernel.marking import Marking, Reader, parse_marking
from pipir.store.base import Marked
from pipir.store.doors import Database
from tests.features.report.snapshots import STATUTE, public

US = Reader(kind="us-government")
UNCLASSIFIED = parse_marking("UNCLASSIFIED")
_COUNTRY = (
    "code",
    "name",
    "region",
    "standing",
    "standing_since",
    "standing_source",
    "forum_standing",
    "forum_since",
    "forum_source",
)
_MEETING = ("name", "place", "starts_on", "ends_on", "outcome", "source")
_PROJECT = ("code", "name", "kind", "announced_on", "status", "description", "classified_by", "source")
_EFFORT = ("name", "relation", "on_day", "precision", "description", "source")


def _of(row: object, names: tuple[str, ...]) -> dict[str, object]:
    return {name: getattr(row, name) for name in names}


async def enter(db: Database, *, marking: Marking = UNCLASSIFIED, exercise: bool = False) -> None:
    """The public record of 2027; `marking` is that of the last project."""
    snapshot = public()

    def marked(row: Marked, mark: Marking = UNCLASSIFIED) -> Marked:
        row.mark(mark)
        return row

    async with db.write(actor=SERVICE, command="test.record", exercise=exercise) as session:
        countries: dict[str, Participant] = {}
        for country in snapshot.participants:
            countries[country.code] = Participant(**_of(country, _COUNTRY))
            session.add(marked(countries[country.code]))
        await session.flush()
        for country in snapshot.participants:
            # What stands in a country's row is that of its latest step of each kind.
            row = countries[country.code]
            stood = (
                ("process", country.standing, country.standing_since, country.standing_source),
                ("forum", country.forum_standing, country.forum_since, country.forum_source),
            )
            steps = [
                ParticipantStanding(
                    participant_id=row.id,
                    kind=kind,
                    step=1,
                    value=value,
                    since=since,
                    source=source,
                    recorded_by_id=SERVICE,
                    recorded_on=session.today,
                )
                for kind, value, since, source in stood
                if value is not None
            ]
            session.add_all(steps)
            row.steps = len(steps)
        groups = {}
        for group in snapshot.groups:
            groups[group.name] = WorkingGroup(**_of(group, ("name", "kind", "established_on", "source")))
            session.add(marked(groups[group.name]))
        for meeting in snapshot.meetings:
            session.add(marked(Meeting(**_of(meeting, _MEETING))))
        await session.flush()
        for number, project in enumerate(snapshot.projects, 1):
            row = Project(
                number=number,
                workstream_id=groups[project.workstream or ""].id,
                objectives=list(project.objectives),
                **_of(project, _PROJECT),
            )
            session.add(marked(row, marking if number == len(snapshot.projects) else UNCLASSIFIED))
            await session.flush()
            for part in project.partners:
                session.add(
                    ProjectPartner(
                        project_id=row.id,
                        participant_id=countries[part.code].id,
                        **_of(part, ("role", "lead", "reported", "source")),
                    )
                )
        for effort in snapshot.related:
            session.add(marked(RelatedEffort(**_of(effort, _EFFORT))))


async def answer(db: Database, year: int = 2027) -> None:
    """A line where the record may hold something, and for every other element that there is nothing to report."""
    async with db.write(actor=SERVICE, command=commands.decide_nothing.name) as session:
        stated = {each.of for each in await points(session, US, (year,))}
        held = {"iii"} | {number for number, of in (("iv", "priority"), ("v", "recommendation")) if of in stated}
        for each in await queries.sections(session, year):
            if each.number in held and not each.answered and each.id is not None:
                # Nothing to report would contradict it.
                text = commands.WriteSection("The register holds what there is.")
                await commands.write_section(session, each.id, text, version=each.version)
            elif not each.answered and each.id is not None:
                nothing = commands.DecideNothing("The office looked.")
                await commands.decide_nothing(session, each.id, nothing, version=each.version)


async def complete(db: Database, year: int = 2027) -> int:
    """A build that answers every element: all that a signature asks for."""
    await draft(db, year)
    await answer(db, year)
    return await draft(db, year)


async def draft(db: Database, year: int = 2027, *, reader: Reader = US, actor: int = SERVICE) -> int:
    """A build whose one file is the document's own form: all that a freeze asks for."""
    async with db.read() as session:
        opened = await queries.versions(session, year)
    if not opened:
        async with db.write(actor=SERVICE, command=commands.open_report.name) as session:
            await commands.open_report(session, commands.OpenReport(year))
    async with db.snapshot() as session:
        current = (await queries.versions(session, year))[0]
        snapshot = await queries.gather(session, reader, year)
        seen = await seen_by(session)
    async with db.write(actor=actor, command="report.build") as session:
        build_id = await commands.store_build(session, ReportId(current.id), snapshot, seen=seen)
        await commands.store_files(session, build_id, {"report.json": render_json(compose(snapshot, STATUTE, year))})
    return build_id


async def change(db: Database, verb: Any, body: msgspec.Struct, *, year: int = 2027) -> Any:
    """Run a command on the latest version of a year's report."""
    async with db.write(actor=SERVICE, command=verb.name) as session:
        current = (await queries.versions(session, year))[0]
        return await verb(session, ReportId(current.id), body, version=current.version)


async def sign(db: Database, build_id: int) -> None:
    """Freeze a build and sign it today."""
    await change(db, commands.freeze_report, commands.FreezeReport(build_id))
    async with db.read() as session:
        today = session.today
    await change(db, commands.sign_report, commands.SignReport(build_id, "Secretary of Defense", "Person One", today))


async def edition(db: Database, build_id: int, year: int = 2027) -> int:
    """The signed edition of the build that was signed, with the one file of `draft`."""
    async with db.read() as session:
        current = (await queries.versions(session, year))[0]
        frozen = read(await queries.stored_snapshot(session, build_id))
    assert current.signatory is not None
    assert current.signed_by is not None
    assert current.signed_on is not None
    signature = Signature(current.signatory, current.signed_by, current.signed_on, current.delegation)
    snapshot = msgspec.structs.replace(frozen, stage="signed", signature=signature)
    async with db.write(actor=SERVICE, command="report.build") as session:
        made = await commands.store_build(session, ReportId(current.id), snapshot, of_build_id=build_id)
        await commands.store_files(session, made, {"report.json": render_json(compose(snapshot, STATUTE, year))})
    return made
