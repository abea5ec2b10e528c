"""The JSON door of foreign disclosure."""

from datetime import date

from litestar import Response, Router, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.disclosure import commands, queries
from pipir.kernel.access import Caller
from pipir.kernel.ids import DisclosureDecisionId, ExportBasisId, RecordNumber, ReleaseId, SecurityAgreementId
from pipir.kernel.once import Once
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


@get("/disclosure/standing", opt=allow("disclosure.read"))
async def show_standing(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    country: FromQuery[str],
    on: FromQuery[date | None] = None,
) -> queries.CountryStanding:
    """Whether anything may be released to a country on a day, and what is missing."""
    async with db.read() as session:
        return await queries.standing(session, caller.reader, country, on or session.today)


@get("/disclosure/decisions", opt=allow("disclosure.read"))
async def list_decisions(
    db: NamedDependency[Database], caller: NamedDependency[Caller], country: FromQuery[str | None] = None
) -> tuple[queries.DecisionView, ...]:
    """The disclosure decisions, of a country or of all, the latest first."""
    async with db.read() as session:
        return await queries.decisions(session, caller.reader, country=country)


@post("/disclosure/decisions", opt=allow(commands.enter_disclosure))
async def enter_disclosure(
    data: JSONBody[commands.EnterDisclosure],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.DecisionView]:
    """Enter a disclosure for another person to decide."""
    async with db.write(actor=caller.id, command=commands.enter_disclosure.name, once=once) as session:
        number = await commands.enter_disclosure(session, data)
        view = await queries.decision(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/disclosure/decisions/{number}")
    return answer


@get("/disclosure/decisions/{decision_id:int}", opt=allow("disclosure.read"))
async def show_decision(
    decision_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.DecisionView]:
    """One disclosure decision."""
    async with db.read() as session:
        return shown(await queries.decision(session, caller.reader, DisclosureDecisionId(decision_id)))


@patch("/disclosure/decisions/{decision_id:int}/decision", opt=allow(commands.decide_disclosure))
async def decide_disclosure(
    decision_id: FromPath[RecordNumber],
    data: JSONBody[commands.DecideDisclosure],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DecisionView]:
    """Grant or deny a disclosure that another person entered."""
    target = DisclosureDecisionId(decision_id)
    async with db.write(actor=caller.id, command=commands.decide_disclosure.name) as session:
        await commands.decide_disclosure(session, target, data, version=version)
        view = await queries.decision(session, caller.reader, target)
    return changed(view)


@patch("/disclosure/decisions/{decision_id:int}/end", opt=allow(commands.end_disclosure))
async def end_disclosure(
    decision_id: FromPath[RecordNumber],
    data: JSONBody[commands.End],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.DecisionView]:
    """End a disclosure decision."""
    target = DisclosureDecisionId(decision_id)
    async with db.write(actor=caller.id, command=commands.end_disclosure.name) as session:
        await commands.end_disclosure(session, target, data, version=version)
        view = await queries.decision(session, caller.reader, target)
    return changed(view)


@get("/disclosure/export-bases", opt=allow("disclosure.read"))
async def list_export_bases(
    db: NamedDependency[Database], caller: NamedDependency[Caller], country: FromQuery[str | None] = None
) -> tuple[queries.ExportView, ...]:
    """The export licenses and exemptions, of a country or of all, the latest first."""
    async with db.read() as session:
        return await queries.export_bases(session, caller.reader, country=country)


@post("/disclosure/export-bases", opt=allow(commands.enter_export_basis))
async def enter_export_basis(
    data: JSONBody[commands.EnterExportBasis],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ExportView]:
    """Enter an export license or exemption, or why none is required."""
    async with db.write(actor=caller.id, command=commands.enter_export_basis.name, once=once) as session:
        number = await commands.enter_export_basis(session, data)
        view = await queries.export_basis(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/disclosure/export-bases/{number}")
    return answer


@get("/disclosure/export-bases/{basis_id:int}", opt=allow("disclosure.read"))
async def show_export_basis(
    basis_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ExportView]:
    """One export basis."""
    async with db.read() as session:
        return shown(await queries.export_basis(session, caller.reader, ExportBasisId(basis_id)))


@patch("/disclosure/export-bases/{basis_id:int}/end", opt=allow(commands.end_export_basis))
async def end_export_basis(
    basis_id: FromPath[RecordNumber],
    data: JSONBody[commands.End],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ExportView]:
    """End an export basis."""
    target = ExportBasisId(basis_id)
    async with db.write(actor=caller.id, command=commands.end_export_basis.name) as session:
        await commands.end_export_basis(session, target, data, version=version)
        view = await queries.export_basis(session, caller.reader, target)
    return changed(view)


@get("/disclosure/agreements", opt=allow("disclosure.read"))
async def list_agreements(
    db: NamedDependency[Database], caller: NamedDependency[Caller], country: FromQuery[str | None] = None
) -> tuple[queries.AgreementView, ...]:
    """The information-security agreements, of a country or of all, the latest first."""
    async with db.read() as session:
        return await queries.agreements(session, caller.reader, country=country)


@post("/disclosure/agreements", opt=allow(commands.enter_agreement))
async def enter_agreement(
    data: JSONBody[commands.EnterAgreement],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.AgreementView]:
    """Enter an information-security agreement."""
    async with db.write(actor=caller.id, command=commands.enter_agreement.name, once=once) as session:
        number = await commands.enter_agreement(session, data)
        view = await queries.agreement(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/disclosure/agreements/{number}")
    return answer


@get("/disclosure/agreements/{agreement_id:int}", opt=allow("disclosure.read"))
async def show_agreement(
    agreement_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.AgreementView]:
    """One information-security agreement."""
    async with db.read() as session:
        return shown(await queries.agreement(session, caller.reader, SecurityAgreementId(agreement_id)))


@patch("/disclosure/agreements/{agreement_id:int}/end", opt=allow(commands.end_agreement))
async def end_agreement(
    agreement_id: FromPath[RecordNumber],
    data: JSONBody[commands.End],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AgreementView]:
    """End an information-security agreement."""
    target = SecurityAgreementId(agreement_id)
    async with db.write(actor=caller.id, command=commands.end_agreement.name) as session:
        await commands.end_agreement(session, target, data, version=version)
        view = await queries.agreement(session, caller.reader, target)
    return changed(view)


@get("/disclosure/releases", opt=allow("disclosure.read"))
async def list_releases(
    db: NamedDependency[Database], caller: NamedDependency[Caller], country: FromQuery[str | None] = None
) -> tuple[queries.ReleaseView, ...]:
    """The releases to partners, of a country or of all, the latest first."""
    async with db.read() as session:
        return await queries.releases(session, caller.reader, country=country)


@post("/disclosure/releases", opt=allow(commands.record_release))
async def record_release(
    data: JSONBody[commands.RecordRelease],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ReleaseView]:
    """Record a release to a partner; refused unless its marking and three records stand."""
    async with db.write(actor=caller.id, command=commands.record_release.name, once=once) as session:
        number = await commands.record_release(session, data)
        view = await queries.release(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/disclosure/releases/{number}")
    return answer


@get("/disclosure/releases/{release_id:int}", opt=allow("disclosure.read"))
async def show_release(
    release_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ReleaseView]:
    """One release."""
    async with db.read() as session:
        return shown(await queries.release(session, caller.reader, ReleaseId(release_id)))


def routes() -> Router:
    """Every JSON route of foreign disclosure."""
    return Router(
        path="/api/v1",
        tags=["disclosure"],
        route_handlers=[
            show_standing,
            list_decisions,
            enter_disclosure,
            show_decision,
            decide_disclosure,
            end_disclosure,
            list_export_bases,
            enter_export_basis,
            show_export_basis,
            end_export_basis,
            list_agreements,
            enter_agreement,
            show_agreement,
            end_agreement,
            list_releases,
            record_release,
            show_release,
        ],
    )
