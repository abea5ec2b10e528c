"""The JSON door of the law: what is in force, who holds which office, what carries an act after the termination."""

from datetime import date

from litestar import Response, Router, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.law import commands, queries
from pipir.features.law.tables import AdoptionId, AmendmentId, DelegationId, DesignationId, DeterminationId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


@get("/law", opt=allow("law.read"))
async def show_law(db: NamedDependency[Database], caller: NamedDependency[Caller]) -> queries.LawView:
    """What is in force today, with the reading adopted and by whom, and what is not known."""
    async with db.read() as session:
        return await queries.overview(session, caller.reader)


@get("/law/designations", opt=allow("law.read"))
async def list_designations(db: NamedDependency[Database]) -> queries.DesignationRegister:
    """The register of the senior official by day, with its vacancies; an empty one says that nothing is public."""
    async with db.read() as session:
        return await queries.register(session)


@post("/law/designations", opt=allow(commands.record_designation))
async def record_designation(
    data: JSONBody[commands.RecordDesignation],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.DesignationView]:
    """Record who the senior official is."""
    async with db.write(actor=caller.id, command=commands.record_designation.name, once=once) as session:
        made = await commands.record_designation(session, data)
        view = await queries.designation(session, made)
        answer = created(session, view, f"/api/v1/law/designations/{made}")
    return answer


@get("/law/designations/{designation_id:int}", opt=allow("law.read"))
async def show_designation(
    designation_id: FromPath[RecordNumber], db: NamedDependency[Database]
) -> Response[queries.DesignationView]:
    """One designation."""
    async with db.read() as session:
        return shown(await queries.designation(session, DesignationId(designation_id)))


@get("/law/designations/{designation_id:int}/history", opt=allow("law.read"))
async def designation_history(
    designation_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a designation, newest first."""
    async with db.read() as session:
        await queries.designation(session, DesignationId(designation_id))
        return await history(session, caller.reader, "designation", designation_id)


@put("/law/designations/{designation_id:int}", opt=allow(commands.correct_designation))
async def correct_designation(
    designation_id: FromPath[RecordNumber],
    data: JSONBody[commands.CorrectDesignation],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DesignationView]:
    """Correct what was entered of a designation."""
    async with db.write(actor=caller.id, command=commands.correct_designation.name) as session:
        await commands.correct_designation(session, DesignationId(designation_id), data, version=version)
        view = await queries.designation(session, DesignationId(designation_id))
    return changed(view)


@patch("/law/designations/{designation_id:int}/end", opt=allow(commands.end_designation))
async def end_designation(
    designation_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndDesignation],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DesignationView]:
    """Record the last day of an official in office."""
    async with db.write(actor=caller.id, command=commands.end_designation.name) as session:
        await commands.end_designation(session, DesignationId(designation_id), data, version=version)
        view = await queries.designation(session, DesignationId(designation_id))
    return changed(view)


@get("/law/delegations", opt=allow("law.read"))
async def list_delegations(
    db: NamedDependency[Database], function: FromQuery[str | None] = None, on: FromQuery[date | None] = None
) -> tuple[queries.DelegationView, ...]:
    """The delegations; with a day those in force on it."""
    async with db.read() as session:
        return await queries.delegations(session, function=function, on=on)


@post("/law/delegations", opt=allow(commands.delegate))
async def delegate(
    data: JSONBody[commands.Delegate],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.DelegationView]:
    """Record a delegation."""
    async with db.write(actor=caller.id, command=commands.delegate.name, once=once) as session:
        made = await commands.delegate(session, data)
        view = await queries.delegation(session, made)
        answer = created(session, view, f"/api/v1/law/delegations/{made}")
    return answer


@get("/law/delegations/{delegation_id:int}", opt=allow("law.read"))
async def show_delegation(
    delegation_id: FromPath[RecordNumber], db: NamedDependency[Database]
) -> Response[queries.DelegationView]:
    """One delegation."""
    async with db.read() as session:
        return shown(await queries.delegation(session, DelegationId(delegation_id)))


@get("/law/delegations/{delegation_id:int}/history", opt=allow("law.read"))
async def delegation_history(
    delegation_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a delegation, newest first."""
    async with db.read() as session:
        await queries.delegation(session, DelegationId(delegation_id))
        return await history(session, caller.reader, "delegation", delegation_id)


@patch("/law/delegations/{delegation_id:int}/end", opt=allow(commands.end_delegation))
async def end_delegation(
    delegation_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndDelegation],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DelegationView]:
    """End a delegation, today or later."""
    async with db.write(actor=caller.id, command=commands.end_delegation.name) as session:
        await commands.end_delegation(session, DelegationId(delegation_id), data, version=version)
        view = await queries.delegation(session, DelegationId(delegation_id))
    return changed(view)


@get("/law/amendments", opt=allow("law.read"))
async def list_amendments(db: NamedDependency[Database]) -> tuple[queries.AmendmentView, ...]:
    """Every amendment that was entered, the newest first."""
    async with db.read() as session:
        return await queries.all_amendments(session)


@get("/law/amendments/{amendment_id:int}/effect", opt=allow("law.read"))
async def amendment_effect(amendment_id: FromPath[RecordNumber], db: NamedDependency[Database]) -> queries.LawEffect:
    """What an amendment changes, or would change; with both readings of the days that it reaches back to."""
    async with db.read() as session:
        return await queries.effect_of_amendment(session, AmendmentId(amendment_id))


@post("/law/amendments", opt=allow(commands.enter_amendment))
async def enter_amendment(
    data: JSONBody[commands.EnterAmendment],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.AmendmentView]:
    """Enter an enacted amendment; it changes nothing until another administrator confirms it."""
    async with db.write(actor=caller.id, command=commands.enter_amendment.name, once=once) as session:
        made = await commands.enter_amendment(session, data)
        view = await queries.amendment(session, made)
        answer = created(session, view, f"/api/v1/law/amendments/{made}")
    return answer


@get("/law/amendments/{amendment_id:int}", opt=allow("law.read"))
async def show_amendment(
    amendment_id: FromPath[RecordNumber], db: NamedDependency[Database]
) -> Response[queries.AmendmentView]:
    """One amendment."""
    async with db.read() as session:
        return shown(await queries.amendment(session, AmendmentId(amendment_id)))


@get("/law/amendments/{amendment_id:int}/history", opt=allow("law.read"))
async def amendment_history(
    amendment_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of an amendment, newest first."""
    async with db.read() as session:
        await queries.amendment(session, AmendmentId(amendment_id))
        return await history(session, caller.reader, "amendment", amendment_id)


@patch("/law/amendments/{amendment_id:int}/confirmed", opt=allow(commands.confirm_amendment))
async def confirm_amendment(
    amendment_id: FromPath[RecordNumber],
    data: JSONBody[commands.Confirm],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AmendmentView]:
    """Confirm as another administrator what Congress enacted."""
    async with db.write(actor=caller.id, command=commands.confirm_amendment.name) as session:
        await commands.confirm_amendment(session, AmendmentId(amendment_id), data, version=version)
        view = await queries.amendment(session, AmendmentId(amendment_id))
    return changed(view)


@patch("/law/amendments/{amendment_id:int}/withdrawn", opt=allow(commands.withdraw_amendment))
async def withdraw_amendment(
    amendment_id: FromPath[RecordNumber],
    data: JSONBody[commands.Withdraw],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AmendmentView]:
    """Withdraw an amendment that nobody has confirmed."""
    async with db.write(actor=caller.id, command=commands.withdraw_amendment.name) as session:
        await commands.withdraw_amendment(session, AmendmentId(amendment_id), data, version=version)
        view = await queries.amendment(session, AmendmentId(amendment_id))
    return changed(view)


@get("/law/readings", opt=allow("law.read"))
async def list_adoptions(db: NamedDependency[Database]) -> tuple[queries.AdoptionView, ...]:
    """Every adoption of a reading, the newest first."""
    async with db.read() as session:
        return await queries.all_adoptions(session)


@get("/law/readings/{adoption_id:int}/effect", opt=allow("law.read"))
async def adoption_effect(adoption_id: FromPath[RecordNumber], db: NamedDependency[Database]) -> queries.LawEffect:
    """What a reading would change against the law as it stands."""
    async with db.read() as session:
        return await queries.effect_of_adoption(session, AdoptionId(adoption_id))


@post("/law/readings", opt=allow(commands.adopt_reading))
async def adopt_reading(
    data: JSONBody[commands.AdoptReading],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.AdoptionView]:
    """Enter the reading that counsel adopts; another administrator confirms it."""
    async with db.write(actor=caller.id, command=commands.adopt_reading.name, once=once) as session:
        made = await commands.adopt_reading(session, data)
        view = await queries.adoption(session, made)
        answer = created(session, view, f"/api/v1/law/readings/{made}")
    return answer


@get("/law/readings/{adoption_id:int}", opt=allow("law.read"))
async def show_adoption(
    adoption_id: FromPath[RecordNumber], db: NamedDependency[Database]
) -> Response[queries.AdoptionView]:
    """One adoption of a reading."""
    async with db.read() as session:
        return shown(await queries.adoption(session, AdoptionId(adoption_id)))


@get("/law/readings/{adoption_id:int}/history", opt=allow("law.read"))
async def adoption_history(
    adoption_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of the adoption of a reading, newest first."""
    async with db.read() as session:
        await queries.adoption(session, AdoptionId(adoption_id))
        return await history(session, caller.reader, "reading_adoption", adoption_id)


@patch("/law/readings/{adoption_id:int}/confirmed", opt=allow(commands.confirm_reading))
async def confirm_reading(
    adoption_id: FromPath[RecordNumber],
    data: JSONBody[commands.Confirm],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AdoptionView]:
    """Confirm as another administrator the reading that counsel has adopted."""
    async with db.write(actor=caller.id, command=commands.confirm_reading.name) as session:
        await commands.confirm_reading(session, AdoptionId(adoption_id), data, version=version)
        view = await queries.adoption(session, AdoptionId(adoption_id))
    return changed(view)


@patch("/law/readings/{adoption_id:int}/withdrawn", opt=allow(commands.withdraw_reading))
async def withdraw_reading(
    adoption_id: FromPath[RecordNumber],
    data: JSONBody[commands.Withdraw],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AdoptionView]:
    """Withdraw the adoption of a reading that nobody has confirmed."""
    async with db.write(actor=caller.id, command=commands.withdraw_reading.name) as session:
        await commands.withdraw_reading(session, AdoptionId(adoption_id), data, version=version)
        view = await queries.adoption(session, AdoptionId(adoption_id))
    return changed(view)


@get("/law/determinations", opt=allow("law.read"))
async def list_determinations(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    kind: FromQuery[str | None] = None,
    record: FromQuery[int | None] = None,
    waiting: FromQuery[bool] = False,
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "-entered",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.DeterminationView]:
    """Continuation determinations, a page at a time; `waiting` keeps those that nobody has reviewed."""
    async with db.read() as session:
        return await queries.list_determinations(
            session,
            caller.reader,
            subject_kind=kind,
            subject_id=record,
            waiting=waiting,
            ended=ended,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@get("/law/determinations/{determination_id:int}/acts", opt=allow("law.read"))
async def acts_under_determination(
    determination_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.ActView]:
    """The covered acts made under a determination."""
    async with db.read() as session:
        await queries.determination(session, caller.reader, DeterminationId(determination_id))
        return await queries.list_acts(
            session, caller.reader, continuation_id=determination_id, cursor=cursor, limit=limit
        )


@post("/law/determinations", opt=allow(commands.determine))
async def determine(
    data: JSONBody[commands.Determine],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.DeterminationView]:
    """Determine that work continues under another authority; a second person reviews it."""
    async with db.write(actor=caller.id, command=commands.determine.name, once=once) as session:
        made = await commands.determine(session, data)
        view = await queries.determination(session, caller.reader, made)
        answer = created(session, view, f"/api/v1/law/determinations/{made}")
    return answer


@get("/law/determinations/{determination_id:int}", opt=allow("law.read"))
async def show_determination(
    determination_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.DeterminationView]:
    """One continuation determination."""
    async with db.read() as session:
        return shown(await queries.determination(session, caller.reader, DeterminationId(determination_id)))


@get("/law/determinations/{determination_id:int}/history", opt=allow("law.read"))
async def determination_history(
    determination_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of a determination, newest first."""
    async with db.read() as session:
        await queries.determination(session, caller.reader, DeterminationId(determination_id))
        return await history(session, caller.reader, "continuation_determination", determination_id)


@patch("/law/determinations/{determination_id:int}/reviewed", opt=allow(commands.review_determination))
async def review_determination(
    determination_id: FromPath[RecordNumber],
    data: JSONBody[commands.Confirm],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DeterminationView]:
    """Confirm as the second person that a determination stands."""
    async with db.write(actor=caller.id, command=commands.review_determination.name) as session:
        await commands.review_determination(session, DeterminationId(determination_id), data, version=version)
        view = await queries.determination(session, caller.reader, DeterminationId(determination_id))
    return changed(view)


@patch("/law/determinations/{determination_id:int}/end", opt=allow(commands.end_determination))
async def end_determination(
    determination_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndDetermination],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DeterminationView]:
    """End a determination, today or later."""
    async with db.write(actor=caller.id, command=commands.end_determination.name) as session:
        await commands.end_determination(session, DeterminationId(determination_id), data, version=version)
        view = await queries.determination(session, caller.reader, DeterminationId(determination_id))
    return changed(view)


@get("/law/acts", opt=allow("law.read"))
async def list_acts(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    act: FromQuery[str | None] = None,
    authority: FromQuery[str | None] = None,
    late: FromQuery[bool] = False,
    continuing: FromQuery[bool] = False,
    sort: FromQuery[str] = "-day",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.ActView]:
    """The register of acts that the termination reaches."""
    async with db.read() as session:
        return await queries.list_acts(
            session,
            caller.reader,
            act=act,
            authority=authority,
            late=late,
            continuing=continuing,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


def routes() -> Router:
    """Every JSON route of the law."""
    return Router(
        path="/api/v1",
        tags=["law"],
        route_handlers=[
            show_law,
            list_designations,
            record_designation,
            show_designation,
            designation_history,
            correct_designation,
            end_designation,
            list_delegations,
            delegate,
            show_delegation,
            delegation_history,
            end_delegation,
            list_amendments,
            amendment_effect,
            enter_amendment,
            show_amendment,
            amendment_history,
            confirm_amendment,
            withdraw_amendment,
            list_adoptions,
            adoption_effect,
            adopt_reading,
            show_adoption,
            adoption_history,
            confirm_reading,
            withdraw_reading,
            list_determinations,
            acts_under_determination,
            determine,
            show_determination,
            determination_history,
            review_determination,
            end_determination,
            list_acts,
        ],
    )
