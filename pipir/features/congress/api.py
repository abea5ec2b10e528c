"""The JSON door of briefings, congressional contacts and promises."""

from typing import Literal

from litestar import Response, Router, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.congress import commands, queries
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import BriefingId, BriefingQuestionId, CommitteeBriefingId, ContactId, PromiseId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown

Basis = Literal["statute", "request"]
BriefingState = Literal["pending", "given", "called off"]


@get("/congress/briefings", opt=allow("congress.read"))
async def list_briefings(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    basis: FromQuery[Basis | None] = None,
    status: FromQuery[BriefingState | None] = None,
    sort: FromQuery[str] = "day",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.BriefingView]:
    """Briefings, a page at a time."""
    async with db.read() as session:
        return await queries.list_briefings(
            session,
            caller.reader,
            text_in=q,
            basis=basis,
            state=status,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@post("/congress/briefings", opt=allow(commands.prepare_briefing))
async def prepare_briefing(
    data: JSONBody[commands.PrepareBriefing],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.BriefingView]:
    """Open the package of a briefing."""
    async with db.write(actor=caller.id, command=commands.prepare_briefing.name, once=once) as session:
        number = await commands.prepare_briefing(session, data)
        view = await queries.briefing(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/congress/briefings/{number}")
    return answer


@get("/congress/briefings/{briefing_id:int}", opt=allow("congress.read"))
async def show_briefing(
    briefing_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.BriefingView]:
    """One briefing."""
    async with db.read() as session:
        return shown(await queries.briefing(session, caller.reader, BriefingId(briefing_id)))


@get("/congress/briefings/{briefing_id:int}/history", opt=allow("congress.read"))
async def briefing_history(
    briefing_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a briefing, of its committees and its questions, newest first."""
    async with db.read() as session:
        await queries.briefing(session, caller.reader, BriefingId(briefing_id))
        return await history(session, caller.reader, "briefing", briefing_id)


@put("/congress/briefings/{briefing_id:int}", opt=allow(commands.revise_briefing))
async def revise_briefing(
    briefing_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseBriefing],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.BriefingView]:
    """Correct a briefing's package."""
    async with db.write(actor=caller.id, command=commands.revise_briefing.name) as session:
        await commands.revise_briefing(session, BriefingId(briefing_id), data, version=version)
        view = await queries.briefing(session, caller.reader, BriefingId(briefing_id))
    return changed(view)


@patch("/congress/briefings/{briefing_id:int}/called-off", opt=allow(commands.call_off_briefing))
async def call_off_briefing(
    briefing_id: FromPath[RecordNumber],
    data: JSONBody[commands.CallOffBriefing],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.BriefingView]:
    """Say why a briefing on request is not given."""
    async with db.write(actor=caller.id, command=commands.call_off_briefing.name) as session:
        await commands.call_off_briefing(session, BriefingId(briefing_id), data, version=version)
        view = await queries.briefing(session, caller.reader, BriefingId(briefing_id))
    return changed(view)


@get("/congress/briefings/{briefing_id:int}/committees", opt=allow("congress.read"))
async def list_committees(
    briefing_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.CommitteeBriefingView, ...]:
    """The committees of a briefing."""
    async with db.read() as session:
        await queries.briefing(session, caller.reader, BriefingId(briefing_id))
        return await queries.committees_of(session, caller.reader, BriefingId(briefing_id))


@post("/congress/briefings/{briefing_id:int}/committees", opt=allow(commands.add_committee))
async def add_committee(
    briefing_id: FromPath[RecordNumber],
    data: JSONBody[commands.AddCommittee],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.CommitteeBriefingView]:
    """Enter a committee that is to be briefed."""
    async with db.write(actor=caller.id, command=commands.add_committee.name, once=once) as session:
        number = await commands.add_committee(session, BriefingId(briefing_id), data)
        view = await queries.committee_briefing(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/congress/committee-briefings/{number}")
    return answer


@get("/congress/briefings/{briefing_id:int}/questions", opt=allow("congress.read"))
async def list_questions(
    briefing_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.QuestionView, ...]:
    """The questions taken in a briefing."""
    async with db.read() as session:
        await queries.briefing(session, caller.reader, BriefingId(briefing_id))
        return await queries.questions_of(session, caller.reader, BriefingId(briefing_id))


@post("/congress/briefings/{briefing_id:int}/questions", opt=allow(commands.take_question))
async def take_question(
    briefing_id: FromPath[RecordNumber],
    data: JSONBody[commands.TakeQuestion],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.QuestionView]:
    """Enter a question that a committee asked in the briefing."""
    async with db.write(actor=caller.id, command=commands.take_question.name, once=once) as session:
        number = await commands.take_question(session, BriefingId(briefing_id), data)
        view = await queries.question(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/congress/briefing-questions/{number}")
    return answer


@get("/congress/committee-briefings/{committee_briefing_id:int}", opt=allow("congress.read"))
async def show_committee(
    committee_briefing_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.CommitteeBriefingView]:
    """One committee of a briefing."""
    async with db.read() as session:
        return shown(
            await queries.committee_briefing(session, caller.reader, CommitteeBriefingId(committee_briefing_id))
        )


@put("/congress/committee-briefings/{committee_briefing_id:int}", opt=allow(commands.plan_committee))
async def plan_committee(
    committee_briefing_id: FromPath[RecordNumber],
    data: JSONBody[commands.PlanCommittee],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.CommitteeBriefingView]:
    """Change the day or the place that is planned for a committee."""
    async with db.write(actor=caller.id, command=commands.plan_committee.name) as session:
        await commands.plan_committee(session, CommitteeBriefingId(committee_briefing_id), data, version=version)
        view = await queries.committee_briefing(session, caller.reader, CommitteeBriefingId(committee_briefing_id))
    return changed(view)


@patch("/congress/committee-briefings/{committee_briefing_id:int}/given", opt=allow(commands.record_given))
async def record_given(
    committee_briefing_id: FromPath[RecordNumber],
    data: JSONBody[commands.RecordGiven],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.CommitteeBriefingView]:
    """Record that a committee was briefed."""
    async with db.write(actor=caller.id, command=commands.record_given.name) as session:
        await commands.record_given(session, CommitteeBriefingId(committee_briefing_id), data, version=version)
        view = await queries.committee_briefing(session, caller.reader, CommitteeBriefingId(committee_briefing_id))
    return changed(view)


@patch("/congress/committee-briefings/{committee_briefing_id:int}/reopened", opt=allow(commands.reopen_committee))
async def reopen_committee(
    committee_briefing_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReopenCommittee],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.CommitteeBriefingView]:
    """Take back the given day of a committee."""
    async with db.write(actor=caller.id, command=commands.reopen_committee.name) as session:
        await commands.reopen_committee(session, CommitteeBriefingId(committee_briefing_id), data, version=version)
        view = await queries.committee_briefing(session, caller.reader, CommitteeBriefingId(committee_briefing_id))
    return changed(view)


@get("/congress/briefing-questions/{question_id:int}", opt=allow("congress.read"))
async def show_question(
    question_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.QuestionView]:
    """One question of a briefing."""
    async with db.read() as session:
        return shown(await queries.question(session, caller.reader, BriefingQuestionId(question_id)))


@put("/congress/briefing-questions/{question_id:int}", opt=allow(commands.revise_question))
async def revise_question(
    question_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseQuestion],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.QuestionView]:
    """Change an open question."""
    async with db.write(actor=caller.id, command=commands.revise_question.name) as session:
        await commands.revise_question(session, BriefingQuestionId(question_id), data, version=version)
        view = await queries.question(session, caller.reader, BriefingQuestionId(question_id))
    return changed(view)


@patch("/congress/briefing-questions/{question_id:int}/answered", opt=allow(commands.answer_question))
async def answer_question(
    question_id: FromPath[RecordNumber],
    data: JSONBody[commands.AnswerQuestion],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.QuestionView]:
    """Record the answer to a question."""
    async with db.write(actor=caller.id, command=commands.answer_question.name) as session:
        await commands.answer_question(session, BriefingQuestionId(question_id), data, version=version)
        view = await queries.question(session, caller.reader, BriefingQuestionId(question_id))
    return changed(view)


@patch("/congress/briefing-questions/{question_id:int}/withdrawn", opt=allow(commands.withdraw_question))
async def withdraw_question(
    question_id: FromPath[RecordNumber],
    data: JSONBody[commands.WithdrawQuestion],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.QuestionView]:
    """Record that a committee withdrew its question."""
    async with db.write(actor=caller.id, command=commands.withdraw_question.name) as session:
        await commands.withdraw_question(session, BriefingQuestionId(question_id), data, version=version)
        view = await queries.question(session, caller.reader, BriefingQuestionId(question_id))
    return changed(view)


@patch("/congress/briefing-questions/{question_id:int}/reopened", opt=allow(commands.reopen_question))
async def reopen_question(
    question_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReopenQuestion],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.QuestionView]:
    """Open a question again."""
    async with db.write(actor=caller.id, command=commands.reopen_question.name) as session:
        await commands.reopen_question(session, BriefingQuestionId(question_id), data, version=version)
        view = await queries.question(session, caller.reader, BriefingQuestionId(question_id))
    return changed(view)


@get("/congress/contacts", opt=allow("congress.read"))
async def list_contacts(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    kind: FromQuery[str | None] = None,
    status: FromQuery[str | None] = None,
    office: FromQuery[int | None] = None,
    overdue: FromQuery[bool] = False,
    sort: FromQuery[str] = "-received",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.ContactView]:
    """Congressional contacts, a page at a time."""
    async with db.read() as session:
        return await queries.list_contacts(
            session,
            caller.reader,
            text_in=q,
            kind=kind,
            status=status,
            office_id=office,
            overdue=overdue,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@post("/congress/contacts", opt=allow(commands.enter_contact))
async def enter_contact(
    data: JSONBody[commands.EnterContact],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ContactView]:
    """Enter a question, a notification package or an informal hold."""
    async with db.write(actor=caller.id, command=commands.enter_contact.name, once=once) as session:
        number = await commands.enter_contact(session, data)
        view = await queries.contact(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/congress/contacts/{number}")
    return answer


@get("/congress/contacts/{contact_id:int}", opt=allow("congress.read"))
async def show_contact(
    contact_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ContactView]:
    """One congressional contact."""
    async with db.read() as session:
        return shown(await queries.contact(session, caller.reader, ContactId(contact_id)))


@get("/congress/contacts/{contact_id:int}/history", opt=allow("congress.read"))
async def contact_history(
    contact_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a congressional contact, newest first."""
    async with db.read() as session:
        await queries.contact(session, caller.reader, ContactId(contact_id))
        return await history(session, caller.reader, "congressional_contact", contact_id)


@put("/congress/contacts/{contact_id:int}", opt=allow(commands.revise_contact))
async def revise_contact(
    contact_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseContact],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ContactView]:
    """Correct an entry that is open."""
    async with db.write(actor=caller.id, command=commands.revise_contact.name) as session:
        await commands.revise_contact(session, ContactId(contact_id), data, version=version)
        view = await queries.contact(session, caller.reader, ContactId(contact_id))
    return changed(view)


@patch("/congress/contacts/{contact_id:int}/answered", opt=allow(commands.answer_contact))
async def answer_contact(
    contact_id: FromPath[RecordNumber],
    data: JSONBody[commands.AnswerContact],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ContactView]:
    """Record what was answered."""
    async with db.write(actor=caller.id, command=commands.answer_contact.name) as session:
        await commands.answer_contact(session, ContactId(contact_id), data, version=version)
        view = await queries.contact(session, caller.reader, ContactId(contact_id))
    return changed(view)


@patch("/congress/contacts/{contact_id:int}/withdrawn", opt=allow(commands.withdraw_contact))
async def withdraw_contact(
    contact_id: FromPath[RecordNumber],
    data: JSONBody[commands.WithdrawContact],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ContactView]:
    """Record that who asked took it back."""
    async with db.write(actor=caller.id, command=commands.withdraw_contact.name) as session:
        await commands.withdraw_contact(session, ContactId(contact_id), data, version=version)
        view = await queries.contact(session, caller.reader, ContactId(contact_id))
    return changed(view)


@patch("/congress/contacts/{contact_id:int}/released", opt=allow(commands.release_hold))
async def release_hold(
    contact_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReleaseHold],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ContactView]:
    """Record that an informal hold was released."""
    async with db.write(actor=caller.id, command=commands.release_hold.name) as session:
        await commands.release_hold(session, ContactId(contact_id), data, version=version)
        view = await queries.contact(session, caller.reader, ContactId(contact_id))
    return changed(view)


@patch("/congress/contacts/{contact_id:int}/reopened", opt=allow(commands.reopen_contact))
async def reopen_contact(
    contact_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReopenContact],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ContactView]:
    """Open a settled entry again."""
    async with db.write(actor=caller.id, command=commands.reopen_contact.name) as session:
        await commands.reopen_contact(session, ContactId(contact_id), data, version=version)
        view = await queries.contact(session, caller.reader, ContactId(contact_id))
    return changed(view)


@get("/congress/promises", opt=allow("congress.read"))
async def list_promises(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    outcome: FromQuery[str | None] = None,
    made_in: FromQuery[str | None] = None,
    office: FromQuery[int | None] = None,
    briefing: FromQuery[int | None] = None,
    contact: FromQuery[int | None] = None,
    past: FromQuery[bool] = False,
    sort: FromQuery[str] = "due",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.PromiseView]:
    """Promises made to Congress, a page at a time."""
    async with db.read() as session:
        return await queries.list_promises(
            session,
            caller.reader,
            text_in=q,
            outcome=outcome,
            made_in=made_in,
            office_id=office,
            briefing_id=briefing,
            contact_id=contact,
            past=past,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@post("/congress/promises", opt=allow(commands.enter_promise))
async def enter_promise(
    data: JSONBody[commands.EnterPromise],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.PromiseView]:
    """Enter a forward statement that was made to Congress."""
    async with db.write(actor=caller.id, command=commands.enter_promise.name, once=once) as session:
        number = await commands.enter_promise(session, data)
        view = await queries.promise(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/congress/promises/{number}")
    return answer


@get("/congress/promises/{promise_id:int}", opt=allow("congress.read"))
async def show_promise(
    promise_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.PromiseView]:
    """One promise."""
    async with db.read() as session:
        return shown(await queries.promise(session, caller.reader, PromiseId(promise_id)))


@get("/congress/promises/{promise_id:int}/history", opt=allow("congress.read"))
async def promise_history(
    promise_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a promise, newest first."""
    async with db.read() as session:
        await queries.promise(session, caller.reader, PromiseId(promise_id))
        return await history(session, caller.reader, "promise", promise_id)


@put("/congress/promises/{promise_id:int}", opt=allow(commands.revise_promise))
async def revise_promise(
    promise_id: FromPath[RecordNumber],
    data: JSONBody[commands.RevisePromise],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PromiseView]:
    """Correct a promise that is still owed."""
    async with db.write(actor=caller.id, command=commands.revise_promise.name) as session:
        await commands.revise_promise(session, PromiseId(promise_id), data, version=version)
        view = await queries.promise(session, caller.reader, PromiseId(promise_id))
    return changed(view)


@patch("/congress/promises/{promise_id:int}/kept", opt=allow(commands.keep_promise))
async def keep_promise(
    promise_id: FromPath[RecordNumber],
    data: JSONBody[commands.KeepPromise],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PromiseView]:
    """Record that a promise was kept."""
    async with db.write(actor=caller.id, command=commands.keep_promise.name) as session:
        await commands.keep_promise(session, PromiseId(promise_id), data, version=version)
        view = await queries.promise(session, caller.reader, PromiseId(promise_id))
    return changed(view)


@patch("/congress/promises/{promise_id:int}/late", opt=allow(commands.state_promise_late))
async def state_promise_late(
    promise_id: FromPath[RecordNumber],
    data: JSONBody[commands.StatePromiseLate],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PromiseView]:
    """State for the owning office that a promise is late."""
    async with db.write(actor=caller.id, command=commands.state_promise_late.name) as session:
        await commands.state_promise_late(session, PromiseId(promise_id), data, version=version)
        view = await queries.promise(session, caller.reader, PromiseId(promise_id))
    return changed(view)


@patch("/congress/promises/{promise_id:int}/dropped", opt=allow(commands.drop_promise))
async def drop_promise(
    promise_id: FromPath[RecordNumber],
    data: JSONBody[commands.DropPromise],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PromiseView]:
    """Record that a promise is not kept."""
    async with db.write(actor=caller.id, command=commands.drop_promise.name) as session:
        await commands.drop_promise(session, PromiseId(promise_id), data, version=version)
        view = await queries.promise(session, caller.reader, PromiseId(promise_id))
    return changed(view)


@patch("/congress/promises/{promise_id:int}/reopened", opt=allow(commands.reopen_promise))
async def reopen_promise(
    promise_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReopenPromise],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PromiseView]:
    """Owe a promise again."""
    async with db.write(actor=caller.id, command=commands.reopen_promise.name) as session:
        await commands.reopen_promise(session, PromiseId(promise_id), data, version=version)
        view = await queries.promise(session, caller.reader, PromiseId(promise_id))
    return changed(view)


def routes() -> Router:
    """Every JSON route of congress."""
    return Router(
        path="/api/v1",
        tags=["congress"],
        route_handlers=[
            list_briefings,
            prepare_briefing,
            show_briefing,
            briefing_history,
            revise_briefing,
            call_off_briefing,
            list_committees,
            add_committee,
            list_questions,
            take_question,
            show_committee,
            plan_committee,
            record_given,
            reopen_committee,
            show_question,
            revise_question,
            answer_question,
            withdraw_question,
            reopen_question,
            list_contacts,
            enter_contact,
            show_contact,
            contact_history,
            revise_contact,
            answer_contact,
            withdraw_contact,
            release_hold,
            reopen_contact,
            list_promises,
            enter_promise,
            show_promise,
            promise_history,
            revise_promise,
            keep_promise,
            state_promise_late,
            drop_promise,
            reopen_promise,
        ],
    )
