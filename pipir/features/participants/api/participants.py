"""Countries: the register, entries, the steps of their standings."""

from datetime import date
from typing import Final

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.participants import commands, queries
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.countries import Country, codes_called, countries
from pipir.kernel.ids import ParticipantId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


@get("/countries", opt=allow("participants.read"))
async def list_countries(q: FromQuery[str] = "") -> tuple[Country, ...]:
    """The register of countries, with ISO names and those of the US Government; `q` finds either."""
    found = codes_called(q)
    return tuple(each for each in countries().values() if each.code in found)


@get("/participants", opt=allow("participants.read"))
async def list_participants(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    region: FromQuery[str | None] = None,
    standing: FromQuery[str | None] = None,
    forum: FromQuery[str | None] = None,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "name",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.ParticipantView]:
    """Countries, a page at a time; standing and forum also take "not public"."""
    async with db.read() as session:
        return await queries.list_participants(
            session,
            caller.reader,
            text_in=q,
            region=region,
            standing=standing,
            forum_standing=forum,
            ended=ended,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@post("/participants", opt=allow(commands.enter_participant))
async def enter_participant(
    data: JSONBody[commands.EnterParticipant],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ParticipantView]:
    """Enter a country."""
    async with db.write(actor=caller.id, command=commands.enter_participant.name, once=once) as session:
        participant_id = await commands.enter_participant(session, data)
        view = await queries.participant(session, caller.reader, participant_id)
        answer = created(session, view, f"/api/v1/participants/{participant_id}")
    return answer


@get("/participants/{participant_id:int}", opt=allow("participants.read"))
async def show_participant(
    participant_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ParticipantView]:
    """One country."""
    async with db.read() as session:
        return shown(await queries.participant(session, caller.reader, ParticipantId(participant_id)))


@get("/participants/{participant_id:int}/history", opt=allow("participants.read"))
async def participant_history(
    participant_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a country's entry, newest first."""
    async with db.read() as session:
        await queries.participant(session, caller.reader, ParticipantId(participant_id))
        return await history(session, caller.reader, "participant", participant_id)


@put("/participants/{participant_id:int}", opt=allow(commands.revise_participant))
async def revise_participant(
    participant_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseParticipant],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ParticipantView]:
    """Correct a country's name, region or marking."""
    target = ParticipantId(participant_id)
    async with db.write(actor=caller.id, command=commands.revise_participant.name) as session:
        await commands.revise_participant(session, target, data, version=version)
        view = await queries.participant(session, caller.reader, target)
    return changed(view)


@put("/participants/{participant_id:int}/standing", opt=allow(commands.record_standing))
async def record_standing(
    participant_id: FromPath[RecordNumber],
    data: JSONBody[commands.RecordStanding],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ParticipantView]:
    """Record a country's standing under section 1253(d)."""
    target = ParticipantId(participant_id)
    async with db.write(actor=caller.id, command=commands.record_standing.name) as session:
        await commands.record_standing(session, target, data, version=version)
        view = await queries.participant(session, caller.reader, target)
    return changed(view)


@put("/participants/{participant_id:int}/forum-standing", opt=allow(commands.record_forum_standing))
async def record_forum_standing(
    participant_id: FromPath[RecordNumber],
    data: JSONBody[commands.RecordForumStanding],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ParticipantView]:
    """Record a country's participation in the forum as reported."""
    target = ParticipantId(participant_id)
    async with db.write(actor=caller.id, command=commands.record_forum_standing.name) as session:
        await commands.record_forum_standing(session, target, data, version=version)
        view = await queries.participant(session, caller.reader, target)
    return changed(view)


@get("/participants/{participant_id:int}/standings", opt=allow("participants.read"))
async def list_steps(
    participant_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    on: FromQuery[date | None] = None,
    known: FromQuery[date | None] = None,
) -> tuple[queries.StepView, ...]:
    """The steps of a country, newest first: up to the day `on`, and as the record knew them on the day `known`."""
    target = ParticipantId(participant_id)
    async with db.read() as session:
        await queries.participant(session, caller.reader, target)
        return await queries.steps_of(session, caller.reader, target, on=on, known=known)


@patch("/participants/{participant_id:int}/standings/taken-back", opt=allow(commands.take_back_step))
async def take_back_step(
    participant_id: FromPath[RecordNumber],
    data: JSONBody[commands.TakeBackStep],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ParticipantView]:
    """Take back a step that never happened."""
    target = ParticipantId(participant_id)
    async with db.write(actor=caller.id, command=commands.take_back_step.name) as session:
        await commands.take_back_step(session, target, data, version=version)
        view = await queries.participant(session, caller.reader, target)
    return changed(view)


@patch("/participants/{participant_id:int}/end", opt=allow(commands.end_participant))
async def end_participant(
    participant_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndParticipant],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ParticipantView]:
    """Say the last day of a country's entry, and why."""
    target = ParticipantId(participant_id)
    async with db.write(actor=caller.id, command=commands.end_participant.name) as session:
        await commands.end_participant(session, target, data, version=version)
        view = await queries.participant(session, caller.reader, target)
    return changed(view)


HANDLERS: Final = (
    list_countries,
    list_participants,
    enter_participant,
    show_participant,
    participant_history,
    revise_participant,
    record_standing,
    record_forum_standing,
    list_steps,
    take_back_step,
    end_participant,
)
