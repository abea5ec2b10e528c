"""Reviews of obligations that lie still: the reviews, what one asks, and one obligation's answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.people.queries import office_choices
from pipir.features.reconciliation import commands, queries, rules
from pipir.features.reconciliation.pages.shared import READ, RECONCILE, Place, act_page, change, law_of
from pipir.features.reconciliation.tables import ReviewId, ReviewItemId
from pipir.features.trail.queries import TrailView, history, row_history
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_day
from pipir.kernel.ids import RecordNumber
from pipir.kernel.money import dollars
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.acts import Act, Field, Options, act_of, words
from pipir.web.api import see_other
from pipir.web.exports import export_file, fields, file_paths
from pipir.web.forms import Form, read_filter, read_form
from pipir.web.pages import Frame, ListView

_HERE: Final = "/ledger/reviews"
_ITEMS: Final = "/ledger/review-items"
_TRAIL: Final = ("Reviews of obligations", _HERE)
_LAW: Final = ("dormant-review", "dormant-answer")
PILLS: Final = {
    "unanswered": "waiting",
    "answered": "watch",
    "sent back": "late",
    "agreed": "done",
    "to be posted": "watch",
}
_COLUMNS: Final = fields(
    "id", "review", "obligation_id", "document_number", "document_line", "funding_number", "project", "obligated",
    "unliquidated", "moved_on", "still_days", "office", "person", "state", "answer", "needed_until", "deobligate",
    "posted", "because", "evidence", "answered_by", "answered_on", "looked", "looked_by", "looked_on", "look_because",
    "due_on", "exercise",
)  # fmt: skip
_OPEN: Final = Act(
    commands.open_review,
    "Open a review",
    "Open it",
    "Each open obligation without an expenditure for so many days is put to the office of its project.",
    (
        Field("title", "Title", hint="Such as Third review of 2027."),
        Field("as_of", "Looked at as of", "date", "Left blank: today."),
        Field("days", "Days without an expenditure", hint="Left blank: those that the regulation gives."),
        Field("least", "Unliquidated at least", hint="In dollars; left blank: all of them."),
        Field("due_on", "To be answered by", "date", "Left blank: the days that the convention gives."),
    ),
)
_CLOSE: Final = Act(
    commands.close_review,
    "Close the review",
    "Close it",
    "What has no answer stays without one; what was to be deobligated stays listed until it is posted.",
    (Field("because", "Why", "area"),),
)
_ANSWER: Final = Act(
    commands.answer_review,
    "Answer for the obligation",
    "Answer",
    "A second person looks at the answer.",
    (
        Field("answer", "Answer", "select", choices="answers"),
        Field("because", "Why", "area"),
        Field("needed_until", "Needed until", "date", "Of what is valid and needed."),
        Field("deobligate", "Amount to be deobligated", hint="Of a deobligation, in dollars."),
        Field("evidence", "Evidence", "area", "What shows that it is valid: a schedule, a delivery, a bill."),
    ),
)
_ACTS: Final[Mapping[str, Act]] = {
    "look": Act(
        commands.look_again,
        "Take the second look",
        "Record it",
        "The answer is agreed to and stands, or goes back to the reviewer.",
        (
            Field("looked", "What comes of it", "select", choices="looks"),
            Field("because", "Why", "area", "Needed where the answer is sent back."),
        ),
    ),
    "assign": Act(
        commands.assign_review,
        "Ask another reviewer",
        "Ask them",
        "An office, a person, or both.",
        (
            Field("office_id", "Office", "select", choices="offices"),
            Field("person_id", "Person", "select", choices="people"),
        ),
    ),
}


@dataclass(frozen=True)
class _ListPage:
    list: ListView[queries.ReviewView]
    law: tuple[tuple[str, str, str], ...]
    may: bool


@dataclass(frozen=True)
class _ReviewPage:
    list: ListView[queries.ReviewItemView]
    review: queries.ReviewView
    pills: dict[str, str]
    choices: dict[str, Options]
    to_post: int
    law: tuple[tuple[str, str, str], ...]
    history: tuple[TrailView, ...]
    may: bool


@dataclass(frozen=True)
class _ItemPage:
    item: queries.ReviewItemView
    pill: str
    acts: tuple[tuple[str, str], ...]
    may_post: bool
    law: tuple[tuple[str, str, str], ...]
    history: tuple[TrailView, ...]


@get(_HERE, opt=allow(READ))
async def reviews(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    closed: FromQuery[bool] = False,
    sort: FromQuery[str] = "-as_of",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """Reviews of obligations with their progress."""
    async with db.read() as session:
        found = await queries.list_reviews(session, caller.reader, closed=closed, sort=sort, cursor=cursor, limit=limit)
        view = frame.list_view(
            found,
            noun=("review", "reviews"),
            sort=sort,
            sorts=queries.REVIEW_SORTS,
            chosen={"closed": closed},
            labels={"true": "With closed ones"},
        )
        return frame.show(
            "reconciliation/reviews.html", _ListPage(view, law_of(*_LAW), caller.may(RECONCILE)), now=session.now
        )


@get(f"{_HERE}/new", opt=allow(commands.open_review))
async def new_review(frame: NamedDependency[Frame], db: NamedDependency[Database]) -> Response[bytes]:
    """The form that opens a review."""
    return await _open_form(frame, db, Form(commands.OpenReview))


@post(f"{_HERE}/new", opt=allow(commands.open_review), status_code=303)
async def open_review(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Open a review."""
    form = await read_form(request, commands.OpenReview)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.open_review.name, once=once) as session:
            number = await commands.open_review(session, body)
            answer = see_other(session, f"{_HERE}/{number}")
        return answer
    return await _open_form(frame, db, form)


@get(f"{_HERE}/{{review_id:int}}", opt=allow(READ))
async def review(
    review_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "still",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 25,
) -> Response[bytes]:
    """One review: what it asks, how far the answers are."""
    which = _which(request, review_id)
    async with db.read() as session:
        view = await queries.review(session, caller.reader, ReviewId(review_id))
        found = await queries.list_review_items(session, caller.reader, which, sort=sort, cursor=cursor, limit=limit)
        waiting = queries.ReviewItemFilter(review_id=review_id, to_post=True)
        to_post = (await queries.list_review_items(session, caller.reader, waiting, limit=1)).total or 0
        choices = {"offices": await office_choices(session), "answers": words(rules.ANSWERS)}
        labels = {f"office={value}": label for value, label in choices["offices"]} | dict(choices["answers"])
        listed = frame.list_view(
            found,
            noun=("obligation", "obligations"),
            sort=sort,
            sorts=queries.REVIEW_ITEM_SORTS,
            chosen={
                "q": which.text or "",
                "office": str(which.office_id or ""),
                "person": str(which.person_id or ""),
                "answer": list(which.answers),
                "unanswered": which.unanswered,
                "to_post": which.to_post,
            },
            labels=labels | {"unanswered=True": "Not answered", "to_post=True": "To be posted", "true": "Only these"},
            columns=_COLUMNS,
        )
        page = _ReviewPage(
            listed,
            view,
            PILLS,
            choices,
            to_post,
            law_of(*_LAW),
            await history(session, caller.reader, "obligation_review", review_id),
            caller.may(RECONCILE) and view.closed_on is None,
        )
        return frame.show("reconciliation/review.html", page, now=session.now)


@get(file_paths(f"{_HERE}/{{review_id:int}}/export"), opt=allow(READ))
async def export_review(
    review_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    sort: FromQuery[str] = "still",
) -> Response[bytes]:
    """Exactly the obligations of the list."""
    async with db.read() as session:
        await queries.review(session, caller.reader, ReviewId(review_id))
        found = await queries.every_review_item(session, caller.reader, _which(request, review_id), sort=sort)
    return await export_file(request, "review", _COLUMNS, found)


@get(f"{_HERE}/{{review_id:int}}/close", opt=allow(commands.close_review))
async def review_to_close(
    review_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form that closes a review."""
    return await _close_form(frame, db, caller, ReviewId(review_id), Form(commands.CloseReview))


@post(f"{_HERE}/{{review_id:int}}/close", opt=allow(commands.close_review), status_code=303)
async def close_review(
    review_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Close a review."""
    number = ReviewId(review_id)
    return await change(
        request,
        db,
        caller,
        None,
        _CLOSE,
        number,
        f"{_HERE}/{review_id}",
        lambda form: _close_form(frame, db, caller, number, form),
    )


@get(f"{_ITEMS}/{{item_id:int}}", opt=allow(READ))
async def review_item(
    item_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One obligation of a review: where it stands, the answer, the second look."""
    async with db.read() as session:
        view = await queries.review_item(session, caller.reader, ReviewItemId(item_id))
        acts = []
        if not view.closed and view.looked != "agreed" and caller.may(commands.answer_review.permission):
            acts.append(("answer", _ANSWER.title))
        if caller.may(RECONCILE):
            if view.answer is not None and view.looked is None and view.answered_by_id != caller.id:
                acts.append(("look", _ACTS["look"].title))
            if not view.closed and view.looked != "agreed":
                acts.append(("assign", _ACTS["assign"].title))
        page = _ItemPage(
            view,
            PILLS[view.state],
            tuple(acts),
            caller.may("ledger.post"),
            law_of(*_LAW),
            await row_history(session, caller.reader, "review_item", item_id),
        )
        return frame.show("reconciliation/review_item.html", page, now=session.now)


@get(f"{_ITEMS}/{{item_id:int}}/answer", opt=allow(commands.answer_review))
async def item_to_answer(
    item_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of an answer."""
    return await _item_form(frame, db, caller, ReviewItemId(item_id), Form(commands.AnswerReview), _ANSWER, "answer")


@post(f"{_ITEMS}/{{item_id:int}}/answer", opt=allow(commands.answer_review), status_code=303)
async def answer_item(
    item_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Answer for an obligation."""
    number = ReviewItemId(item_id)
    return await change(
        request,
        db,
        caller,
        None,
        _ANSWER,
        number,
        f"{_ITEMS}/{item_id}",
        lambda form: _item_form(frame, db, caller, number, form, _ANSWER, "answer"),
    )


@get(f"{_ITEMS}/{{item_id:int}}/{{act:str}}", opt=allow(RECONCILE))
async def item_to_change(
    item_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The form of the second look, or of another reviewer."""
    chosen = act_of(_ACTS, act)
    return await _item_form(frame, db, caller, ReviewItemId(item_id), Form(chosen.command.body), chosen, act)


@post(f"{_ITEMS}/{{item_id:int}}/{{act:str}}", opt=allow(RECONCILE), status_code=303)
async def change_item(
    item_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Record the second look, or another reviewer."""
    chosen, number = act_of(_ACTS, act), ReviewItemId(item_id)
    return await change(
        request,
        db,
        caller,
        None,
        chosen,
        number,
        f"{_ITEMS}/{item_id}",
        lambda form: _item_form(frame, db, caller, number, form, chosen, act),
    )


async def _open_form(frame: Frame, db: Database, form: Form[Any]) -> Response[bytes]:
    async with db.read() as session:
        place = Place((_TRAIL,), _HERE, f"{_HERE}/new", law=law_of(*_LAW))
        return await act_page(frame, session, form, _OPEN, place)


async def _close_form(
    frame: Frame, db: Database, caller: Caller, review_id: ReviewId, form: Form[Any]
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.review(session, caller.reader, review_id)
        here = f"{_HERE}/{view.id}"
        place = Place((_TRAIL, (view.title, here)), here, f"{here}/close", view.version)
        return await act_page(frame, session, form, _CLOSE, place)


async def _item_form(
    frame: Frame, db: Database, caller: Caller, item_id: ReviewItemId, form: Form[Any], act: Act, name: str
) -> Response[bytes]:
    async with db.read() as session:
        view = await queries.review_item(session, caller.reader, item_id)
        here = f"{_ITEMS}/{view.id}"
        place = Place(
            (_TRAIL, (view.review, f"{_HERE}/{view.review_id}"), (f"Obligation {view.obligation_id}", here)),
            here,
            f"{here}/{name}",
            view.version,
            about="The obligation",
            facts=(
                ("Document", view.document_number or "none named"),
                ("Unliquidated when it was asked", dollars(view.unliquidated)),
                ("Last moved", show_day(view.moved_on)),
                *((("Answer", f"{view.answer}: {view.because}"),) if view.answer else ()),
            ),
            law=law_of(*_LAW),
        )
        choices = {"answers": words(rules.ANSWERS), "looks": words(rules.LOOKS)}
        return await act_page(frame, session, form, act, place, choices)


def _which(request: Request[Any, Any, Any], review_id: int) -> queries.ReviewItemFilter:
    asked = read_filter(
        request,
        queries.ReviewItemFilter,
        many={"answers": "answer"},
        one={"text": "q", "office_id": "office", "person_id": "person"},
        checks=("unanswered", "to_post"),
    )
    return queries.ReviewItemFilter(
        asked.text, review_id, asked.office_id, asked.person_id, asked.answers, asked.unanswered, asked.to_post
    )


HANDLERS: Final = (
    reviews,
    new_review,
    open_review,
    review,
    export_review,
    review_to_close,
    close_review,
    review_item,
    item_to_answer,
    answer_item,
    item_to_change,
    change_item,
)
