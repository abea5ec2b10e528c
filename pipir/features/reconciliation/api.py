"""The JSON door of reconciliation: sources, extracts, differences, signed months, reviews, cases."""

from typing import Any

from litestar import Request, Response, Router, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from pipir.features.reconciliation import commands, queries
from pipir.features.reconciliation.tables import CaseId, ExtractId, ItemId, ReviewId, ReviewItemId, SourceId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit, Page
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.api import changed, created, shown
from pipir.web.uploads import reading

READ = "ledger.read"


@get("/ledger/reconciliation/sources", opt=allow(READ))
async def list_sources(
    db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.SourceView, ...]:
    """The systems of official accounting, each with the day of its latest extract and its open differences."""
    async with db.read() as session:
        return await queries.sources(session, caller.reader)


@post("/ledger/reconciliation/sources", opt=allow(commands.add_source))
async def add_source(
    data: JSONBody[commands.AddSource],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.SourceView]:
    """Enter a system of official accounting."""
    async with db.write(actor=caller.id, command=commands.add_source.name, once=once) as session:
        number = await commands.add_source(session, data)
        view = await queries.source(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/ledger/reconciliation/sources/{number}")
    return answer


@get("/ledger/reconciliation/sources/{source_id:int}", opt=allow(READ))
async def show_source(
    source_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.SourceView]:
    """One source."""
    async with db.read() as session:
        return shown(await queries.source(session, caller.reader, SourceId(source_id)))


@get("/ledger/reconciliation/sources/{source_id:int}/history", opt=allow(READ))
async def source_history(
    source_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """Its changes, newest first."""
    async with db.read() as session:
        await queries.source(session, caller.reader, SourceId(source_id))
        return await history(session, caller.reader, "official_source", source_id)


@put("/ledger/reconciliation/sources/{source_id:int}", opt=allow(commands.revise_source))
async def revise_source(
    source_id: FromPath[RecordNumber],
    data: JSONBody[commands.AddSource],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.SourceView]:
    """Correct what is known of a source."""
    number = SourceId(source_id)
    async with db.write(actor=caller.id, command=commands.revise_source.name) as session:
        await commands.revise_source(session, number, data, version=version)
        view = await queries.source(session, caller.reader, number)
    return changed(view)


@patch("/ledger/reconciliation/sources/{source_id:int}/end", opt=allow(commands.end_source))
async def end_source(
    source_id: FromPath[RecordNumber],
    data: JSONBody[commands.EndSource],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.SourceView]:
    """Say the last day on which a source is read."""
    number = SourceId(source_id)
    async with db.write(actor=caller.id, command=commands.end_source.name) as session:
        await commands.end_source(session, number, data, version=version)
        view = await queries.source(session, caller.reader, number)
    return changed(view)


@post(
    "/ledger/reconciliation/sources/{source_id:int}/extracts",
    opt=allow(commands.read_extract, upload=True),
    request_max_body_size=None,
)
async def read_extract(
    source_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ExtractView]:
    """Read an extract: multipart/form-data with as_of, an optional marking, then the file in the field `file`."""
    async with db.read() as session:
        mapping = queries.mapping_of(await queries.source(session, caller.reader, SourceId(source_id)))
    async with reading(request, commands.ReadExtractIn) as upload:
        body, content = await upload.read(lambda file: commands.examined_extract(file, mapping))
        async with db.write(actor=caller.id, command=commands.read_extract.name, once=upload.once) as session:
            number = await commands.read_extract(session, SourceId(source_id), body, content=content)
            view = await queries.extract(session, caller.reader, number)
            answer = created(session, view, f"/api/v1/ledger/reconciliation/extracts/{number}")
    return answer


@post("/ledger/reconciliation/sources/{source_id:int}/months", opt=allow(commands.sign_month))
async def sign_month(
    source_id: FromPath[RecordNumber],
    data: JSONBody[commands.SignMonth],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.MonthView]:
    """Sign the month of an account, with the difference stated exact."""
    async with db.write(actor=caller.id, command=commands.sign_month.name, once=once) as session:
        number = await commands.sign_month(session, SourceId(source_id), data)
        view = await queries.month(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/ledger/reconciliation/months/{number}")
    return answer


@get("/ledger/reconciliation/extracts", opt=allow(READ))
async def list_extracts(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    source: FromQuery[RecordNumber | None] = None,
    sort: FromQuery[str] = "-as_of",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.ExtractView]:
    """Extracts that were read, a page at a time."""
    async with db.read() as session:
        return await queries.list_extracts(
            session, caller.reader, source_id=source, sort=sort, cursor=cursor, limit=limit
        )


@get("/ledger/reconciliation/extracts/{extract_id:int}", opt=allow(READ))
async def show_extract(
    extract_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ExtractView]:
    """One extract, and how it compared with the ledger."""
    async with db.read() as session:
        return shown(await queries.extract(session, caller.reader, ExtractId(extract_id)))


@get("/ledger/reconciliation/extracts/{extract_id:int}/history", opt=allow(READ))
async def extract_history(
    extract_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """Its changes, newest first."""
    async with db.read() as session:
        await queries.extract(session, caller.reader, ExtractId(extract_id))
        return await history(session, caller.reader, "official_extract", extract_id)


@get("/ledger/reconciliation/extracts/{extract_id:int}/lines", opt=allow(READ))
async def list_lines(
    extract_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    sort: FromQuery[str] = "row",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.LineView]:
    """The lines of an extract, a page at a time."""
    async with db.read() as session:
        return await queries.list_lines(
            session, caller.reader, ExtractId(extract_id), text_in=q, sort=sort, cursor=cursor, limit=limit
        )


@patch("/ledger/reconciliation/extracts/{extract_id:int}/match", opt=allow(commands.match_again))
async def match_again(
    extract_id: FromPath[RecordNumber],
    data: JSONBody[commands.MatchAgain],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ExtractView]:
    """Compare the latest extract of a source with the ledger as it stands now."""
    number = ExtractId(extract_id)
    async with db.write(actor=caller.id, command=commands.match_again.name) as session:
        await commands.match_again(session, number, data, version=version)
        view = await queries.extract(session, caller.reader, number)
    return changed(view)


@get("/ledger/reconciliation/differences", opt=allow(READ))
async def list_differences(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    source: FromQuery[RecordNumber | None] = None,
    extract: FromQuery[RecordNumber | None] = None,
    owner: FromQuery[RecordNumber | None] = None,
    account: FromQuery[str | None] = None,
    kind: FromQuery[list[str] | None] = None,
    status: FromQuery[list[str] | None] = None,
    settled: FromQuery[bool] = False,
    sort: FromQuery[str] = "found",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.ItemView]:
    """Document lines in which the ledger and official accounting differ, a page at a time."""
    async with db.read() as session:
        return await queries.list_items(
            session,
            caller.reader,
            queries.ItemFilter(q, source, extract, owner, account, tuple(kind or ()), tuple(status or ()), settled),
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@get("/ledger/reconciliation/differences/{item_id:int}", opt=allow(READ))
async def show_difference(
    item_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ItemView]:
    """One difference."""
    async with db.read() as session:
        return shown(await queries.item(session, caller.reader, ItemId(item_id)))


@get("/ledger/reconciliation/differences/{item_id:int}/history", opt=allow(READ))
async def difference_history(
    item_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """Its changes, newest first."""
    async with db.read() as session:
        await queries.item(session, caller.reader, ItemId(item_id))
        return await history(session, caller.reader, "reconciliation_item", item_id)


@patch("/ledger/reconciliation/differences/{item_id:int}/answer", opt=allow(commands.answer_item))
async def answer_item(
    item_id: FromPath[RecordNumber],
    data: JSONBody[commands.AnswerItem],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ItemView]:
    """Say what a difference is, and why."""
    number = ItemId(item_id)
    async with db.write(actor=caller.id, command=commands.answer_item.name) as session:
        await commands.answer_item(session, number, data, version=version)
        view = await queries.item(session, caller.reader, number)
    return changed(view)


@patch("/ledger/reconciliation/differences/{item_id:int}/owner", opt=allow(commands.assign_item))
async def assign_item(
    item_id: FromPath[RecordNumber],
    data: JSONBody[commands.AssignItem],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ItemView]:
    """Give a difference to somebody to look after."""
    number = ItemId(item_id)
    async with db.write(actor=caller.id, command=commands.assign_item.name) as session:
        await commands.assign_item(session, number, data, version=version)
        view = await queries.item(session, caller.reader, number)
    return changed(view)


@get("/ledger/reconciliation/months", opt=allow(READ))
async def list_months(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    account: FromQuery[RecordNumber | None] = None,
    source: FromQuery[RecordNumber | None] = None,
    superseded: FromQuery[bool] = False,
    sort: FromQuery[str] = "-month",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.MonthView]:
    """Months that were signed, a page at a time."""
    async with db.read() as session:
        return await queries.list_months(
            session,
            caller.reader,
            account_id=account,
            source_id=source,
            superseded=superseded,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@get("/ledger/reconciliation/months/{month_id:int}", opt=allow(READ))
async def show_month(
    month_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.MonthView]:
    """One signed month."""
    async with db.read() as session:
        return shown(await queries.month(session, caller.reader, RecordNumber(month_id)))


@get("/ledger/reviews", opt=allow(READ))
async def list_reviews(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    closed: FromQuery[bool] = False,
    sort: FromQuery[str] = "-as_of",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.ReviewView]:
    """Reviews of obligations that lie still, with their progress."""
    async with db.read() as session:
        return await queries.list_reviews(session, caller.reader, closed=closed, sort=sort, cursor=cursor, limit=limit)


@post("/ledger/reviews", opt=allow(commands.open_review))
async def open_review(
    data: JSONBody[commands.OpenReview],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[queries.ReviewView]:
    """Open a review over every obligation without an expenditure for so many days."""
    async with db.write(actor=caller.id, command=commands.open_review.name, once=once) as session:
        number = await commands.open_review(session, data)
        view = await queries.review(session, caller.reader, number)
        answer = created(session, view, f"/api/v1/ledger/reviews/{number}")
    return answer


@get("/ledger/reviews/{review_id:int}", opt=allow(READ))
async def show_review(
    review_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ReviewView]:
    """One review with its progress."""
    async with db.read() as session:
        return shown(await queries.review(session, caller.reader, ReviewId(review_id)))


@get("/ledger/reviews/{review_id:int}/history", opt=allow(READ))
async def review_history(
    review_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """Its changes, newest first."""
    async with db.read() as session:
        await queries.review(session, caller.reader, ReviewId(review_id))
        return await history(session, caller.reader, "obligation_review", review_id)


@patch("/ledger/reviews/{review_id:int}/end", opt=allow(commands.close_review))
async def close_review(
    review_id: FromPath[RecordNumber],
    data: JSONBody[commands.CloseReview],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ReviewView]:
    """Close a review with the reason."""
    number = ReviewId(review_id)
    async with db.write(actor=caller.id, command=commands.close_review.name) as session:
        await commands.close_review(session, number, data, version=version)
        view = await queries.review(session, caller.reader, number)
    return changed(view)


@get("/ledger/review-items", opt=allow(READ))
async def list_review_items(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    review: FromQuery[RecordNumber | None] = None,
    office: FromQuery[RecordNumber | None] = None,
    person: FromQuery[RecordNumber | None] = None,
    answer: FromQuery[list[str] | None] = None,
    unanswered: FromQuery[bool] = False,
    to_post: FromQuery[bool] = False,
    sort: FromQuery[str] = "still",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.ReviewItemView]:
    """Obligations of reviews, a page at a time; to_post: what was to be deobligated and is not."""
    async with db.read() as session:
        return await queries.list_review_items(
            session,
            caller.reader,
            queries.ReviewItemFilter(q, review, office, person, tuple(answer or ()), unanswered, to_post),
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@get("/ledger/review-items/{item_id:int}", opt=allow(READ))
async def show_review_item(
    item_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.ReviewItemView]:
    """One obligation of a review with its answer."""
    async with db.read() as session:
        return shown(await queries.review_item(session, caller.reader, ReviewItemId(item_id)))


@patch("/ledger/review-items/{item_id:int}/answer", opt=allow(commands.answer_review))
async def answer_review(
    item_id: FromPath[RecordNumber],
    data: JSONBody[commands.AnswerReview],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ReviewItemView]:
    """Answer for an obligation."""
    number = ReviewItemId(item_id)
    async with db.write(actor=caller.id, command=commands.answer_review.name) as session:
        await commands.answer_review(session, number, data, version=version)
        view = await queries.review_item(session, caller.reader, number)
    return changed(view)


@patch("/ledger/review-items/{item_id:int}/look", opt=allow(commands.look_again))
async def look_again(
    item_id: FromPath[RecordNumber],
    data: JSONBody[commands.LookAgain],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ReviewItemView]:
    """Agree to an answer, or send it back."""
    number = ReviewItemId(item_id)
    async with db.write(actor=caller.id, command=commands.look_again.name) as session:
        await commands.look_again(session, number, data, version=version)
        view = await queries.review_item(session, caller.reader, number)
    return changed(view)


@patch("/ledger/review-items/{item_id:int}/reviewer", opt=allow(commands.assign_review))
async def assign_review(
    item_id: FromPath[RecordNumber],
    data: JSONBody[commands.AssignReview],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.ReviewItemView]:
    """Ask another office or person about an obligation."""
    number = ReviewItemId(item_id)
    async with db.write(actor=caller.id, command=commands.assign_review.name) as session:
        await commands.assign_review(session, number, data, version=version)
        view = await queries.review_item(session, caller.reader, number)
    return changed(view)


@get("/ledger/cases", opt=allow(READ))
async def list_cases(
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str | None] = None,
    kind: FromQuery[list[str] | None] = None,
    case_state: FromQuery[list[str] | None] = None,
    owner: FromQuery[RecordNumber | None] = None,
    entry: FromQuery[RecordNumber | None] = None,
    overdue: FromQuery[bool] = False,
    closed: FromQuery[bool] = False,
    sort: FromQuery[str] = "due",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Page[queries.CaseView]:
    """Cases of flagged entries, a page at a time."""
    async with db.read() as session:
        return await queries.list_cases(
            session,
            caller.reader,
            queries.CaseFilter(q, tuple(kind or ()), tuple(case_state or ()), owner, entry, overdue, closed),
            sort=sort,
            cursor=cursor,
            limit=limit,
        )


@get("/ledger/cases/{case_id:int}", opt=allow(READ))
async def show_case(
    case_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[queries.CaseView]:
    """One case."""
    async with db.read() as session:
        return shown(await queries.one_case(session, caller.reader, CaseId(case_id)))


@get("/ledger/cases/{case_id:int}/history", opt=allow(READ))
async def case_history(
    case_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[TrailView, ...]:
    """Its changes, newest first."""
    async with db.read() as session:
        await queries.one_case(session, caller.reader, CaseId(case_id))
        return await history(session, caller.reader, "ledger_case", case_id)


@get("/ledger/cases/{case_id:int}/steps", opt=allow(READ))
async def case_steps(
    case_id: FromPath[RecordNumber], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> tuple[queries.StepView, ...]:
    """The steps of a case in their order."""
    async with db.read() as session:
        return await queries.steps_of(session, caller.reader, CaseId(case_id))


@patch("/ledger/cases/{case_id:int}/steps", opt=allow(commands.take_step))
async def take_step(
    case_id: FromPath[RecordNumber],
    data: JSONBody[commands.TakeStep],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.CaseView]:
    """Take a step of a case."""
    number = CaseId(case_id)
    async with db.write(actor=caller.id, command=commands.take_step.name) as session:
        await commands.take_step(session, number, data, version=version)
        view = await queries.one_case(session, caller.reader, number)
    return changed(view)


@patch("/ledger/cases/{case_id:int}/owner", opt=allow(commands.assign_case))
async def assign_case(
    case_id: FromPath[RecordNumber],
    data: JSONBody[commands.AssignCase],
    version: NamedDependency[int],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[queries.CaseView]:
    """Give a case to somebody, and set another day for it."""
    number = CaseId(case_id)
    async with db.write(actor=caller.id, command=commands.assign_case.name) as session:
        await commands.assign_case(session, number, data, version=version)
        view = await queries.one_case(session, caller.reader, number)
    return changed(view)


def routes() -> Router:
    """Every JSON route of reconciliation."""
    return Router(
        path="/api/v1",
        tags=["reconciliation"],
        route_handlers=[
            list_sources,
            add_source,
            show_source,
            source_history,
            revise_source,
            end_source,
            read_extract,
            sign_month,
            list_extracts,
            show_extract,
            extract_history,
            list_lines,
            match_again,
            list_differences,
            show_difference,
            difference_history,
            answer_item,
            assign_item,
            list_months,
            show_month,
            list_reviews,
            open_review,
            show_review,
            review_history,
            close_review,
            list_review_items,
            show_review_item,
            answer_review,
            look_again,
            assign_review,
            list_cases,
            show_case,
            case_history,
            case_steps,
            take_step,
            assign_case,
        ],
    )
