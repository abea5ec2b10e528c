"""What hangs on an agreement and changes by itself: parties, notices, amendments and shares."""

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from pipir.features.agreements import commands, queries
from pipir.kernel.access import Caller
from pipir.kernel.ids import AgreementAmendmentId, AgreementId, NoticeId, PartyId, RecordNumber, ShareId
from pipir.kernel.once import Once
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown


@post("/agreements/{agreement_id:int}/parties", opt=allow(commands.add_party))
async def add_party(
    agreement_id: FromPath[RecordNumber],
    data: JSONBody[commands.AddParty],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.PartyView]:
    """Enter a participant as a party."""
    async with db.write(actor=caller.id, command=commands.add_party.name, once=once) as session:
        number = await commands.add_party(session, AgreementId(agreement_id), data)
        view = await queries.party(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/agreement-parties/{number}")
    return answer


@get("/agreement-parties/{party_id:int}", opt=allow("agreements.read"))
async def show_party(
    party_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.PartyView]:
    """One party."""
    async with db.read() as session:
        return shown(await queries.party(session, caller.reader, PartyId(party_id)))


@post("/agreements/{agreement_id:int}/notices", opt=allow(commands.send_notice))
async def send_notice(
    agreement_id: FromPath[RecordNumber],
    data: JSONBody[commands.SendNotice],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.NoticeView]:
    """Record that an addressee was told."""
    async with db.write(actor=caller.id, command=commands.send_notice.name, once=once) as session:
        number = await commands.send_notice(session, AgreementId(agreement_id), data)
        view = await queries.notice(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/agreement-notices/{number}")
    return answer


@get("/agreement-notices/{notice_id:int}", opt=allow("agreements.read"))
async def show_notice(
    notice_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.NoticeView]:
    """One notice."""
    async with db.read() as session:
        return shown(await queries.notice(session, caller.reader, NoticeId(notice_id)))


@post("/agreements/{agreement_id:int}/amendments", opt=allow(commands.draft_amendment))
async def draft_amendment(
    agreement_id: FromPath[RecordNumber],
    data: JSONBody[commands.DraftAmendment],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.AmendmentView]:
    """Draft an amendment against an agreement as it stands."""
    async with db.write(actor=caller.id, command=commands.draft_amendment.name, once=once) as session:
        number = await commands.draft_amendment(session, AgreementId(agreement_id), data)
        view = await queries.amendment(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/agreement-amendments/{number}")
    return answer


@get("/agreement-amendments/{amendment_id:int}", opt=allow("agreements.read"))
async def show_amendment(
    amendment_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.AmendmentView]:
    """One amendment."""
    async with db.read() as session:
        return shown(await queries.amendment(session, caller.reader, AgreementAmendmentId(amendment_id)))


@post("/agreements/{agreement_id:int}/shares", opt=allow(commands.record_share))
async def record_share(
    agreement_id: FromPath[RecordNumber],
    data: JSONBody[commands.RecordShare],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ShareView]:
    """Record a party's share."""
    async with db.write(actor=caller.id, command=commands.record_share.name, once=once) as session:
        number = await commands.record_share(session, AgreementId(agreement_id), data)
        view = await queries.share(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/agreement-shares/{number}")
    return answer


@get("/agreement-shares/{share_id:int}", opt=allow("agreements.read"))
async def show_share(
    share_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ShareView]:
    """One share."""
    async with db.read() as session:
        return shown(await queries.share(session, caller.reader, ShareId(share_id)))


@patch("/agreement-parties/{party_id:int}/class", opt=allow(commands.classify_party))
async def classify_party(
    party_id: FromPath[RecordNumber],
    data: JSONBody[commands.ClassifyParty],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PartyView]:
    """Record the class of a party's country."""
    async with db.write(actor=caller.id, command=commands.classify_party.name) as session:
        await commands.classify_party(session, PartyId(party_id), data, version=version)
        view = await queries.party(session, caller.reader, PartyId(party_id))
    return changed(view)


@patch("/agreement-parties/{party_id:int}/end", opt=allow(commands.remove_party))
async def remove_party(
    party_id: FromPath[RecordNumber],
    data: JSONBody[commands.RemoveParty],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.PartyView]:
    """Take a party out while the text is negotiated."""
    async with db.write(actor=caller.id, command=commands.remove_party.name) as session:
        await commands.remove_party(session, PartyId(party_id), data, version=version)
        view = await queries.party(session, caller.reader, PartyId(party_id))
    return changed(view)


@patch("/agreement-notices/{notice_id:int}/receipt", opt=allow(commands.record_receipt))
async def record_receipt(
    notice_id: FromPath[RecordNumber],
    data: JSONBody[commands.RecordReceipt],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.NoticeView]:
    """Record or correct the day of a receipt."""
    async with db.write(actor=caller.id, command=commands.record_receipt.name) as session:
        await commands.record_receipt(session, NoticeId(notice_id), data, version=version)
        view = await queries.notice(session, caller.reader, NoticeId(notice_id))
    return changed(view)


@put("/agreement-amendments/{amendment_id:int}", opt=allow(commands.redraft_amendment))
async def redraft_amendment(
    amendment_id: FromPath[RecordNumber],
    data: JSONBody[commands.DraftAmendment],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AmendmentView]:
    """Draft an amendment anew against the agreement as it stands."""
    async with db.write(actor=caller.id, command=commands.redraft_amendment.name) as session:
        await commands.redraft_amendment(session, AgreementAmendmentId(amendment_id), data, version=version)
        view = await queries.amendment(session, caller.reader, AgreementAmendmentId(amendment_id))
    return changed(view)


@put("/agreement-amendments/{amendment_id:int}/party", opt=allow(commands.propose_party))
async def propose_party(
    amendment_id: FromPath[RecordNumber],
    data: JSONBody[commands.ProposeParty],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AmendmentView]:
    """Propose that a country becomes a party, or is one no longer."""
    async with db.write(actor=caller.id, command=commands.propose_party.name) as session:
        await commands.propose_party(session, AgreementAmendmentId(amendment_id), data, version=version)
        view = await queries.amendment(session, caller.reader, AgreementAmendmentId(amendment_id))
    return changed(view)


@put("/agreement-amendments/{amendment_id:int}/share", opt=allow(commands.propose_share))
async def propose_share(
    amendment_id: FromPath[RecordNumber],
    data: JSONBody[commands.ProposeShare],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AmendmentView]:
    """Propose what a party's agreed share of a kind becomes."""
    async with db.write(actor=caller.id, command=commands.propose_share.name) as session:
        await commands.propose_share(session, AgreementAmendmentId(amendment_id), data, version=version)
        view = await queries.amendment(session, caller.reader, AgreementAmendmentId(amendment_id))
    return changed(view)


@patch("/agreement-amendments/{amendment_id:int}/left-out", opt=allow(commands.leave_out))
async def leave_out(
    amendment_id: FromPath[RecordNumber],
    data: JSONBody[commands.LeaveOut],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AmendmentView]:
    """Leave a change out of an amendment that is drafted."""
    async with db.write(actor=caller.id, command=commands.leave_out.name) as session:
        await commands.leave_out(session, AgreementAmendmentId(amendment_id), data, version=version)
        view = await queries.amendment(session, caller.reader, AgreementAmendmentId(amendment_id))
    return changed(view)


@patch("/agreement-amendments/{amendment_id:int}/agreed", opt=allow(commands.agree_amendment))
async def agree_amendment(
    amendment_id: FromPath[RecordNumber],
    data: JSONBody[commands.AgreeAmendment],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AmendmentView]:
    """Record that its text is agreed."""
    async with db.write(actor=caller.id, command=commands.agree_amendment.name) as session:
        await commands.agree_amendment(session, AgreementAmendmentId(amendment_id), data, version=version)
        view = await queries.amendment(session, caller.reader, AgreementAmendmentId(amendment_id))
    return changed(view)


@patch("/agreement-amendments/{amendment_id:int}/signature", opt=allow(commands.sign_amendment))
async def sign_amendment(
    amendment_id: FromPath[RecordNumber],
    data: JSONBody[commands.SignAmendment],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AmendmentView]:
    """Record its signature, and merge it."""
    async with db.write(actor=caller.id, command=commands.sign_amendment.name) as session:
        await commands.sign_amendment(session, AgreementAmendmentId(amendment_id), data, version=version)
        view = await queries.amendment(session, caller.reader, AgreementAmendmentId(amendment_id))
    return changed(view)


@patch("/agreement-amendments/{amendment_id:int}/withdrawal", opt=allow(commands.withdraw_amendment))
async def withdraw_amendment(
    amendment_id: FromPath[RecordNumber],
    data: JSONBody[commands.WithdrawAmendment],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.AmendmentView]:
    """Withdraw an amendment that is not signed."""
    async with db.write(actor=caller.id, command=commands.withdraw_amendment.name) as session:
        await commands.withdraw_amendment(session, AgreementAmendmentId(amendment_id), data, version=version)
        view = await queries.amendment(session, caller.reader, AgreementAmendmentId(amendment_id))
    return changed(view)


@patch("/agreement-shares/{share_id:int}/end", opt=allow(commands.end_share))
async def end_share(
    share_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndShare],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ShareView]:
    """Take a share out of the figures."""
    async with db.write(actor=caller.id, command=commands.end_share.name) as session:
        await commands.end_share(session, ShareId(share_id), data, version=version)
        view = await queries.share(session, caller.reader, ShareId(share_id))
    return changed(view)


HANDLERS = (
    add_party,
    show_party,
    send_notice,
    show_notice,
    draft_amendment,
    show_amendment,
    record_share,
    show_share,
    classify_party,
    remove_party,
    record_receipt,
    redraft_amendment,
    propose_party,
    propose_share,
    leave_out,
    agree_amendment,
    sign_amendment,
    withdraw_amendment,
    end_share,
)
