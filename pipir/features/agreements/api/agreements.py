"""Agreements, their life and clocks, what counsel says, and the papers that laws ask for."""

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.agreements import commands, queries
from pipir.features.agreements.rules import Character, Clock, Kind, State
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import AgreementId, RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


@get("/agreements", opt=allow("agreements.read"))
async def list_agreements(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    # Not "state": the framework keeps that name for itself.
    stage: FromQuery[list[State] | None] = None,
    kind: FromQuery[list[Kind] | None] = None,
    character: FromQuery[list[Character] | None] = None,
    country: FromQuery[str | None] = None,
    authority: FromQuery[str | None] = None,
    sort: FromQuery[str] = "code",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.AgreementLine]:
    """Agreements, a page at a time; `stage` is the state of today."""
    which = queries.AgreementFilter(
        text=q,
        states=tuple(stage or ()),
        kinds=tuple(kind or ()),
        characters=tuple(character or ()),
        country=country,
        authority=authority,
    )
    async with db.read() as session:
        return await queries.list_agreements(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)


@get("/agreements/counts", opt=allow("agreements.read"))
async def agreement_counts(
    db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.AgreementCount, ...]:
    """How many agreements stand in each state today."""
    async with db.read() as session:
        return await queries.counts(session, caller.reader)


@post("/agreements", opt=allow(commands.enter_agreement))
async def enter_agreement(
    data: JSONBody[commands.EnterAgreement],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.AgreementView]:
    """Enter an agreement that is drafted; the service gives its code."""
    async with db.write(actor=caller.id, command=commands.enter_agreement.name, once=once) as session:
        number = await commands.enter_agreement(session, data)
        view = await queries.agreement(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/agreements/{number}")
    return answer


@post("/agreements/taken-over", opt=allow(commands.take_over_agreement))
async def take_over_agreement(
    data: JSONBody[commands.TakeOverAgreement],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.AgreementView]:
    """Enter an agreement as it stands that was signed before the section was enacted."""
    async with db.write(actor=caller.id, command=commands.take_over_agreement.name, once=once) as session:
        number = await commands.take_over_agreement(session, data)
        view = await queries.agreement(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/agreements/{number}")
    return answer


@get("/agreements/{agreement_id:int}", opt=allow("agreements.read"))
async def show_agreement(
    agreement_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.AgreementView]:
    """One agreement as it stands with what was merged into it."""
    async with db.read() as session:
        return shown(await queries.agreement(session, caller.reader, AgreementId(agreement_id)))


@get("/agreements/{agreement_id:int}/history", opt=allow("agreements.read"))
async def agreement_history(
    agreement_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """The changes of an agreement and of all that hangs on it, newest first."""
    async with db.read() as session:
        await queries.agreement(session, caller.reader, AgreementId(agreement_id))
        return await history(session, caller.reader, "agreement", agreement_id)


@get("/agreements/{agreement_id:int}/clocks", opt=allow("agreements.read"))
async def agreement_clocks(
    agreement_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[Clock, ...]:
    """The clocks of an agreement today, each with its citation."""
    async with db.read() as session:
        return await queries.clocks(session, caller.reader, AgreementId(agreement_id))


@get("/agreements/{agreement_id:int}/steps", opt=allow("agreements.read"))
async def list_steps(
    agreement_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.StepView, ...]:
    """The life of an agreement so far."""
    async with db.read() as session:
        await queries.agreement(session, caller.reader, AgreementId(agreement_id))
        return await queries.steps(session, agreement_id)


@get("/agreements/{agreement_id:int}/characters", opt=allow("agreements.read"))
async def list_characters(
    agreement_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.CharacterView, ...]:
    """What counsel determined, the latest first."""
    async with db.read() as session:
        await queries.agreement(session, caller.reader, AgreementId(agreement_id))
        return await queries.characters(session, agreement_id)


@get("/agreements/{agreement_id:int}/papers", opt=allow("agreements.read"))
async def list_papers(
    agreement_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.PaperView, ...]:
    """The papers that laws ask of an agreement."""
    async with db.read() as session:
        await queries.agreement(session, caller.reader, AgreementId(agreement_id))
        return await queries.papers(session, agreement_id)


@get("/agreements/{agreement_id:int}/items", opt=allow("agreements.read"))
async def list_items(
    agreement_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.ItemView, ...]:
    """Every item of the certification, written or not."""
    async with db.read() as session:
        await queries.agreement(session, caller.reader, AgreementId(agreement_id))
        return await queries.items(session, agreement_id)


@get("/agreements/{agreement_id:int}/parties", opt=allow("agreements.read"))
async def list_parties(
    agreement_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.PartyView, ...]:
    """The parties besides the United States."""
    async with db.read() as session:
        await queries.agreement(session, caller.reader, AgreementId(agreement_id))
        return await queries.parties(session, caller.reader, AgreementId(agreement_id))


@get("/agreements/{agreement_id:int}/notices", opt=allow("agreements.read"))
async def list_notices(
    agreement_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.NoticeView, ...]:
    """What addressees were told, the present text first."""
    async with db.read() as session:
        await queries.agreement(session, caller.reader, AgreementId(agreement_id))
        return await queries.notices(session, caller.reader, AgreementId(agreement_id))


@get("/agreements/{agreement_id:int}/amendments", opt=allow("agreements.read"))
async def list_amendments(
    agreement_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.AmendmentView, ...]:
    """The amendments, field by field."""
    async with db.read() as session:
        await queries.agreement(session, caller.reader, AgreementId(agreement_id))
        return await queries.amendments(session, caller.reader, AgreementId(agreement_id))


@get("/agreements/{agreement_id:int}/shares", opt=allow("agreements.read"))
async def list_shares(
    agreement_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.ShareView, ...]:
    """The parties' shares."""
    async with db.read() as session:
        await queries.agreement(session, caller.reader, AgreementId(agreement_id))
        return await queries.shares(session, caller.reader, AgreementId(agreement_id))


@put("/agreements/{agreement_id:int}", opt=allow(commands.revise_agreement))
async def revise_agreement(
    agreement_id: FromPath[RecordNumber],
    data: JSONBody[commands.ReviseAgreement],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AgreementView]:
    """Change what an agreement says while it is negotiated, and who keeps it."""
    async with db.write(actor=caller.id, command=commands.revise_agreement.name) as session:
        await commands.revise_agreement(session, AgreementId(agreement_id), data, version=version)
        view = await queries.agreement(session, caller.reader, AgreementId(agreement_id))
    return changed(view)


@patch("/agreements/{agreement_id:int}/step", opt=allow(commands.step_agreement))
async def step_agreement(
    agreement_id: FromPath[RecordNumber],
    data: JSONBody[commands.TakeStep],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AgreementView]:
    """Record the next step of an agreement's life."""
    async with db.write(actor=caller.id, command=commands.step_agreement.name) as session:
        await commands.step_agreement(session, AgreementId(agreement_id), data, version=version)
        view = await queries.agreement(session, caller.reader, AgreementId(agreement_id))
    return changed(view)


@patch("/agreements/{agreement_id:int}/signature", opt=allow(commands.sign_agreement))
async def sign_agreement(
    agreement_id: FromPath[RecordNumber],
    data: JSONBody[commands.SignAgreement],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AgreementView]:
    """Record the signature of an agreement."""
    async with db.write(actor=caller.id, command=commands.sign_agreement.name) as session:
        await commands.sign_agreement(session, AgreementId(agreement_id), data, version=version)
        view = await queries.agreement(session, caller.reader, AgreementId(agreement_id))
    return changed(view)


@patch("/agreements/{agreement_id:int}/character", opt=allow(commands.determine_character))
async def determine_character(
    agreement_id: FromPath[RecordNumber],
    data: JSONBody[commands.DetermineCharacter],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AgreementView]:
    """Record what counsel determined it to be."""
    async with db.write(actor=caller.id, command=commands.determine_character.name) as session:
        await commands.determine_character(session, AgreementId(agreement_id), data, version=version)
        view = await queries.agreement(session, caller.reader, AgreementId(agreement_id))
    return changed(view)


@post("/agreements/{agreement_id:int}/papers", opt=allow(commands.record_paper))
async def record_paper(
    agreement_id: FromPath[RecordNumber],
    data: JSONBody[commands.RecordPaper],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.AgreementView]:
    """Record a paper that a law asks for."""
    async with db.write(actor=caller.id, command=commands.record_paper.name, once=once) as session:
        await commands.record_paper(session, AgreementId(agreement_id), data)
        view = await queries.agreement(session, caller.reader, AgreementId(agreement_id))
        answer = created(session, view, f"/api/v1/agreements/{agreement_id}/papers")
    return answer


@post("/agreements/{agreement_id:int}/items", opt=allow(commands.write_item))
async def write_item(
    agreement_id: FromPath[RecordNumber],
    data: JSONBody[commands.WriteItem],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.AgreementView]:
    """Write one item of the certification."""
    async with db.write(actor=caller.id, command=commands.write_item.name, once=once) as session:
        await commands.write_item(session, AgreementId(agreement_id), data)
        view = await queries.agreement(session, caller.reader, AgreementId(agreement_id))
        answer = created(session, view, f"/api/v1/agreements/{agreement_id}/items")
    return answer


HANDLERS = (
    list_agreements,
    agreement_counts,
    enter_agreement,
    take_over_agreement,
    show_agreement,
    agreement_history,
    agreement_clocks,
    list_steps,
    list_characters,
    list_papers,
    list_items,
    list_parties,
    list_notices,
    list_amendments,
    list_shares,
    revise_agreement,
    step_agreement,
    sign_agreement,
    determine_character,
    record_paper,
    write_item,
)
