"""The JSON door of duties: each is addressed by the slug of its date, such as report-2027."""

from typing import Any

from litestar import Response, Router, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.duties import commands, queries, rules
from pipir.features.law.queries import law_of
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.command import Command
from pipir.kernel.ids import DutyId
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.kernel.parsing import parse
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


@get("/duties", opt=allow("duties.read"))
async def list_duties(
    db: NamedDependency[Database],
    kind: FromQuery[str | None] = None,
    status: FromQuery[str | None] = None,
    year: FromQuery[int | None] = None,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "day",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.DutyView]:
    """Every date of the statute with what was recorded about it."""
    async with db.read() as session:
        return await queries.list_duties(
            session, kind=kind, status=status, year=year, ended=ended, sort=sort, cursor=cursor, limit=limit
        )


@get("/countdown", opt=allow("duties.read"))
async def show_countdown(db: NamedDependency[Database]) -> queries.Countdown:
    """How long the section's own authority still runs, with both readings of its end."""
    async with db.read() as session:
        return queries.countdown(await law_of(session), session.today)


@post("/duties", opt=allow(commands.take_up))
async def take_up_duty(
    data: JSONBody[commands.TakeUpDuty],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.DutyView]:
    """Make the first entry about a date of the statute."""
    async with db.write(actor=caller.id, command=commands.take_up.name, once=once) as session:
        await commands.take_up(session, data)
        answer = created(session, await queries.duty(session, data.slug), f"/api/v1/duties/{data.slug}")
    return answer


@post("/duties/notices", opt=allow(commands.enter_notice))
async def enter_notice(
    data: JSONBody[commands.EnterNotice],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.DutyView]:
    """Enter the notice that an event sets off."""
    async with db.write(actor=caller.id, command=commands.enter_notice.name, once=once) as session:
        slug = await queries.slug_of(session, await commands.enter_notice(session, data))
        answer = created(session, await queries.duty(session, slug), f"/api/v1/duties/{slug}")
    return answer


@get("/duties/{slug:str}", opt=allow("duties.read"))
async def show_duty(slug: FromPath[str], db: NamedDependency[Database]) -> Response[queries.DutyView]:
    """One duty."""
    async with db.read() as session:
        return shown(await queries.duty(session, slug))


@get("/duties/{slug:str}/history", opt=allow("duties.read"))
async def duty_history(
    slug: FromPath[str], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a duty's entry, newest first."""
    async with db.read() as session:
        view = await queries.duty(session, slug)
        return await history(session, caller.reader, "duty", view.id) if view.id is not None else ()


@put("/duties/{slug:str}", opt=allow(commands.revise))
async def revise_duty(
    slug: FromPath[str],
    data: JSONBody[commands.ReviseDuty],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DutyView]:
    """Change the entry of a duty."""
    return await _change(db, caller, commands.revise, slug, data, version)


@patch("/duties/{slug:str}/done", opt=allow(commands.record_done))
async def record_duty_done(
    slug: FromPath[str],
    data: JSONBody[commands.RecordDone],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DutyView]:
    """Record that a duty was done, with evidence."""
    return await _change(db, caller, commands.record_done, slug, data, version)


@patch("/duties/{slug:str}/late", opt=allow(commands.state_late))
async def state_duty_late(
    slug: FromPath[str],
    data: JSONBody[commands.StateLate],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DutyView]:
    """State as its owner that a duty is late."""
    return await _change(db, caller, commands.state_late, slug, data, version)


@patch("/duties/{slug:str}/extension", opt=allow(commands.ask_extension))
async def ask_duty_extension(
    slug: FromPath[str],
    data: JSONBody[commands.AskExtension],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DutyView]:
    """Record that more time was asked for."""
    return await _change(db, caller, commands.ask_extension, slug, data, version)


@patch("/duties/{slug:str}/reopen", opt=allow(commands.reopen))
async def reopen_duty(
    slug: FromPath[str],
    data: JSONBody[commands.ReopenDuty],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DutyView]:
    """Take a duty up again, for a reason."""
    return await _change(db, caller, commands.reopen, slug, data, version)


@patch("/duties/{slug:str}/end", opt=allow(commands.end))
async def end_duty(
    slug: FromPath[str],
    data: JSONBody[commands.EndDuty],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DutyView]:
    """End the entry of a notice."""
    return await _change(db, caller, commands.end, slug, data, version)


@get("/law/outliving", opt=allow("law.read"), tags=["law"])
async def show_outliving(db: NamedDependency[Database], caller: NamedDependency[Caller]) -> queries.Outliving:
    """Plans that would outlive the section's own authority, with no other authority named."""
    async with db.read() as session:
        return await queries.outliving(session, caller.reader)


@get("/law/wind-down", opt=allow("law.read"), tags=["law"])
async def show_wind_down(
    db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.WindDownView, ...]:
    """The office's steps before the last day, each with its day and its open items."""
    async with db.read() as session:
        return await queries.wind_down(session, caller.reader)


@get("/law/scenario", opt=allow("law.read"), tags=["law"])
async def ask_scenario(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    what: FromQuery[str] = "no change",
    on: FromQuery[str | None] = None,
    amendment: FromQuery[str | None] = None,
) -> queries.ScenarioView:
    """What a change of the law would do to dates and recorded plans; writes nothing."""
    given = {"what": what, "on": on, "amendment": amendment}
    asked = parse(rules.Scenario, {name: value for name, value in given.items() if value}, lenient=True)
    async with db.read() as session:
        return await queries.scenario(session, caller.reader, asked)


async def _change(
    db: Database, caller: Caller, act: Command[..., Any], slug: str, body: object, version: int
) -> Response[queries.DutyView]:
    async with db.write(actor=caller.id, command=act.name) as session:
        await act(session, _entry(await queries.duty(session, slug)), body, version=version)
        view = await queries.duty(session, slug)
    return changed(view)


def _entry(view: queries.DutyView) -> DutyId:
    return rules.recorded(view.id, view.citation)


def routes() -> Router:
    """Every JSON route of duties."""
    return Router(
        path="/api/v1",
        tags=["duties"],
        route_handlers=[
            list_duties,
            show_countdown,
            show_outliving,
            show_wind_down,
            ask_scenario,
            take_up_duty,
            enter_notice,
            show_duty,
            duty_history,
            revise_duty,
            record_duty_done,
            state_duty_late,
            ask_duty_extension,
            reopen_duty,
            end_duty,
        ],
    )
