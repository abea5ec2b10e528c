"""The JSON door of the coordination room."""

from typing import Any

from litestar import Response, Router, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.concurrence import commands, queries
from pipir.features.concurrence.tables import AskedId, ConditionId, EscalationId, PolicyId, RequestId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.command import Command
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


@get("/concurrence", opt=allow("concurrence.read"))
async def list_requests(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    status: FromQuery[str | None] = None,
    act: FromQuery[str | None] = None,
    mine: FromQuery[bool] = False,
    sort: FromQuery[str] = "due",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.RequestView]:
    """Requests for coordination by due day."""
    async with db.read() as session:
        return await queries.list_requests(
            session,
            caller.reader,
            text_in=q,
            states=(status,) if status else (),
            act=act,
            asked_by=caller.id if mine else None,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@post("/concurrence", opt=allow(commands.ask))
async def ask_offices(
    data: JSONBody[commands.AskOffices],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.RequestView]:
    """Put an act to offices."""
    async with db.write(actor=caller.id, command=commands.ask.name, once=once) as session:
        number = await commands.ask(session, data)
        view = await queries.request(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/concurrence/{number}")
    return answer


@get("/concurrence/{request_id:int}", opt=allow("concurrence.read"))
async def show_request(
    request_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.RequestView]:
    """One request, with the offices asked and their answers."""
    async with db.read() as session:
        return shown(await queries.request(session, caller.reader, RequestId(request_id)))


@get("/concurrence/{request_id:int}/rounds", opt=allow("concurrence.read"))
async def show_rounds(
    request_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.RoundView, ...]:
    """Every round of a request, the latest first; only the answers of the one in force count."""
    async with db.read() as session:
        return await queries.rounds_of(session, caller.reader, RequestId(request_id))


@get("/concurrence/{request_id:int}/conditions", opt=allow("concurrence.read"))
async def show_conditions(
    request_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.ConditionView, ...]:
    """The conditions of a request."""
    async with db.read() as session:
        await queries.request(session, caller.reader, RequestId(request_id))
        return await queries.conditions_of(session, caller.reader, RequestId(request_id))


@get("/concurrence/{request_id:int}/history", opt=allow("concurrence.read"))
async def request_history(
    request_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a request and of all that hangs on it, newest first."""
    async with db.read() as session:
        await queries.request(session, caller.reader, RequestId(request_id))
        return await history(session, caller.reader, "concurrence_request", request_id)


@put("/concurrence/{request_id:int}", opt=allow(commands.revise))
async def revise_request(
    request_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseProposal],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.RequestView]:
    """Change the proposal; a new round begins."""
    return await _change(db, caller, commands.revise, request_id, data, version)


@patch("/concurrence/{request_id:int}/withdrawn", opt=allow(commands.withdraw))
async def withdraw_request(
    request_id: FromPath[RecordNumber],
    data: JSONBody[commands.WithdrawRequest],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.RequestView]:
    """Ask nothing any more."""
    return await _change(db, caller, commands.withdraw, request_id, data, version)


@patch("/concurrence/{request_id:int}/settled", opt=allow(commands.settle))
async def settle_request(
    request_id: FromPath[RecordNumber],
    data: JSONBody[commands.SettleRequest],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.RequestView]:
    """Settle a request as the answers stand."""
    return await _change(db, caller, commands.settle, request_id, data, version)


@patch("/concurrence/{request_id:int}/reopened", opt=allow(commands.reopen))
async def reopen_request(
    request_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReopenRequest],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.RequestView]:
    """Open a settled request again; the answers given are void."""
    return await _change(db, caller, commands.reopen, request_id, data, version)


@patch("/concurrence/{request_id:int}/reopening-undone", opt=allow(commands.undo_reopening))
async def undo_reopening(
    request_id: FromPath[RecordNumber],
    data: JSONBody[commands.UndoReopening],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.RequestView]:
    """Take a reopening back; the former answers are in force again."""
    return await _change(db, caller, commands.undo_reopening, request_id, data, version)


@patch("/concurrence/{request_id:int}/decider", opt=allow(commands.name_decider))
async def name_decider(
    request_id: FromPath[RecordNumber],
    data: JSONBody[commands.NameDecider],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.RequestView]:
    """Name who decides where an office that coordinates does not concur."""
    return await _change(db, caller, commands.name_decider, request_id, data, version)


@post("/concurrence/asked/{asked_id:int}/answer", opt=allow(commands.answer), status_code=200)
async def answer_request(
    asked_id: FromPath[RecordNumber],
    data: JSONBody[commands.Answer],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.RequestView]:
    """Answer for an office."""
    async with db.write(actor=caller.id, command=commands.answer.name, once=once) as session:
        await commands.answer(session, AskedId(asked_id), data)
        view, _ = await queries.asked(session, caller.reader, AskedId(asked_id))
    return changed(view)


@post("/concurrence/asked/{asked_id:int}/send-back", opt=allow(commands.send_back), status_code=200)
async def send_request_back(
    asked_id: FromPath[RecordNumber],
    data: JSONBody[commands.SendBack],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.RequestView]:
    """Send a request back for fields and reasons."""
    async with db.write(actor=caller.id, command=commands.send_back.name, once=once) as session:
        await commands.send_back(session, AskedId(asked_id), data)
        view, _ = await queries.asked(session, caller.reader, AskedId(asked_id))
    return changed(view)


@post("/concurrence/answers", opt=allow(commands.answer_many), status_code=200)
async def answer_many(
    data: JSONBody[commands.AnswerMany],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> queries.WaitingFor:
    """Give several requests one answer, all or none; what waits afterwards."""
    async with db.write(actor=caller.id, command=commands.answer_many.name, once=once) as session:
        await commands.answer_many(session, data)
        return await queries.waiting_for(session, caller)


@post("/concurrence/escalations/{escalation_id:int}/decision", opt=allow(commands.decide), status_code=200)
async def decide(
    escalation_id: FromPath[RecordNumber],
    data: JSONBody[commands.Decide],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.RequestView]:
    """Decide as the named decision maker."""
    async with db.write(actor=caller.id, command=commands.decide.name, once=once) as session:
        await commands.decide(session, EscalationId(escalation_id), data)
        view, _ = await queries.escalation(session, caller.reader, EscalationId(escalation_id))
    return changed(view)


@post("/concurrence/decisions", opt=allow(commands.decide_many), status_code=200)
async def decide_many(
    data: JSONBody[commands.DecideMany],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> queries.WaitingFor:
    """Make one decision on several non-concurrences, all or none; what waits afterwards."""
    async with db.write(actor=caller.id, command=commands.decide_many.name, once=once) as session:
        await commands.decide_many(session, data)
        return await queries.waiting_for(session, caller)


@get("/concurrence/conditions/{condition_id:int}", opt=allow("concurrence.read"))
async def show_condition(
    condition_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ConditionView]:
    """One condition."""
    async with db.read() as session:
        return shown(await queries.condition(session, caller.reader, ConditionId(condition_id)))


@patch("/concurrence/conditions/{condition_id:int}/met", opt=allow(commands.meet_condition))
async def meet_condition(
    condition_id: FromPath[RecordNumber],
    data: JSONBody[commands.MeetCondition],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ConditionView]:
    """Say as its owner that a condition is met."""
    return await _close(db, caller, commands.meet_condition, condition_id, data, version)


@patch("/concurrence/conditions/{condition_id:int}/waived", opt=allow(commands.waive_condition))
async def waive_condition(
    condition_id: FromPath[RecordNumber],
    data: JSONBody[commands.WaiveCondition],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ConditionView]:
    """Do without a condition, as the office that set it."""
    return await _close(db, caller, commands.waive_condition, condition_id, data, version)


@get("/concurrence/waiting", opt=allow("concurrence.read"))
async def show_waiting(db: NamedDependency[Database], caller: NamedDependency[Caller]) -> queries.WaitingFor:
    """What of coordination waits for the caller."""
    async with db.read() as session:
        return await queries.waiting_for(session, caller)


@get("/concurrence/days", opt=allow("concurrence.read"))
async def show_days(db: NamedDependency[Database], caller: NamedDependency[Caller]) -> tuple[queries.OfficeDays, ...]:
    """How long each office takes, of the requests that the caller may see."""
    async with db.read() as session:
        return await queries.days_by_office(session, caller.reader)


@get("/concurrence/policies", opt=allow("concurrence.read"))
async def list_policies(db: NamedDependency[Database]) -> tuple[queries.PolicyView, ...]:
    """The office's policies of coordination."""
    async with db.read() as session:
        return await queries.policies(session)


@post("/concurrence/policies", opt=allow(commands.enter_policy))
async def enter_policy(
    data: JSONBody[commands.EnterPolicy],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.PolicyView]:
    """Put an act under an office policy."""
    async with db.write(actor=caller.id, command=commands.enter_policy.name, once=once) as session:
        number = await commands.enter_policy(session, data)
        view = await queries.policy(session, number)
        answer = created(session, view, f"/api/v1/concurrence/policies/{number}")
    return answer


@get("/concurrence/policies/{policy_id:int}", opt=allow("concurrence.read"))
async def show_policy(policy_id: FromPath[RecordNumber], db: NamedDependency[Database]) -> Response[queries.PolicyView]:
    """One policy."""
    async with db.read() as session:
        return shown(await queries.policy(session, PolicyId(policy_id)))


@patch("/concurrence/policies/{policy_id:int}/end", opt=allow(commands.end_policy))
async def end_policy(
    policy_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndPolicy],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PolicyView]:
    """Say a policy's last day, and why."""
    async with db.write(actor=caller.id, command=commands.end_policy.name) as session:
        await commands.end_policy(session, PolicyId(policy_id), data, version=version)
        view = await queries.policy(session, PolicyId(policy_id))
    return changed(view)


async def _change(
    db: Database, caller: Caller, act: Command[..., Any], number: int, body: object, version: int
) -> Response[queries.RequestView]:
    async with db.write(actor=caller.id, command=act.name) as session:
        await act(session, RequestId(number), body, version=version)
        view = await queries.request(session, caller.reader, RequestId(number))
    return changed(view)


async def _close(
    db: Database, caller: Caller, act: Command[..., Any], number: int, body: object, version: int
) -> Response[queries.ConditionView]:
    async with db.write(actor=caller.id, command=act.name) as session:
        await act(session, ConditionId(number), body, version=version)
        view = await queries.condition(session, caller.reader, ConditionId(number))
    return changed(view)


def routes() -> Router:
    """Every JSON route of the coordination room."""
    return Router(
        path="/api/v1",
        tags=["concurrence"],
        route_handlers=[
            list_requests,
            ask_offices,
            show_request,
            show_rounds,
            show_conditions,
            request_history,
            revise_request,
            withdraw_request,
            settle_request,
            reopen_request,
            undo_reopening,
            name_decider,
            answer_request,
            send_request_back,
            answer_many,
            decide,
            decide_many,
            show_condition,
            meet_condition,
            waive_condition,
            show_waiting,
            show_days,
            list_policies,
            enter_policy,
            show_policy,
            end_policy,
        ],
    )
