"""Reviews of obligations that lie still: opened over all of them, answered one by one, looked at twice."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Annotated, Any

import msgspec
from sqlalchemy import insert, select, text

from pipir.features.ledger.tables import LedgerEntry, may_see
from pipir.features.people.queries import reader_of
from pipir.features.people.tables import Office, Person
from pipir.features.reconciliation import queries, rules
from pipir.features.reconciliation.rules import Answer, Look
from pipir.features.reconciliation.tables import ObligationReview, ReviewId, ReviewItem, ReviewItemId
from pipir.kernel.calendar import washington_day
from pipir.kernel.clock import heard
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound, Refused
from pipir.kernel.ids import RecordNumber
from pipir.kernel.money import Dollars
from pipir.kernel.parsing import whichever
from pipir.kernel.text import Line, Reason
from pipir.statute.load import the_statute
from pipir.store.doors import WriteSession

_SLOWEST = text("set local statement_timeout = '600s'")
Days = Annotated[int, msgspec.Meta(ge=1, le=3_660, description="Without an expenditure for so many days.")]


class OpenReview(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A review of the open obligations without an expenditure for so many days, as of a day.

    Left blank: today, the days that the regulation gives, and the days that a reviewer has by convention.
    """

    title: Line
    as_of: date | None = None
    days: Days | None = None
    least: Dollars | None = None
    due_on: date | None = None

    @staticmethod
    def wrong_in(read: Mapping[str, Any], unread: Collection[str]) -> Iterable[Mistake]:
        """What of an opening could be read and is wrong, by the day of the request."""
        now = heard()
        if now is None:
            return ()
        today = washington_day(now)
        as_of, due_on = read.get("as_of") or today, read.get("due_on") or today
        if "as_of" in unread:
            as_of = min(today, due_on)
        return rules.wrong_opening(as_of, due_on, read.get("days") or 1, read.get("least") or Dollars("0.01"), today)


class CloseReview(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a review is over; what it has no answer for stays so."""

    because: Reason


class AnswerReview(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a reviewer says of an obligation: needed until a day, to be deobligated, or to be looked into."""

    answer: Answer
    because: Reason
    needed_until: date | None = None
    deobligate: Dollars | None = None
    evidence: Reason | None = None

    @staticmethod
    def wrong_in(read: Mapping[str, Any], unread: Collection[str]) -> Iterable[Mistake]:
        """What of an answer could be read and is wrong, whichever obligation it is about."""
        now = heard()
        if now is None:
            return ()
        if "answer" in unread:
            others = {*unread} - {"answer"}
            return whichever([list(AnswerReview.wrong_in({**read, "answer": each}, others)) for each in rules.ANSWERS])
        return rules.wrong_answer(
            read["answer"],
            unliquidated=None,
            needed_until=read.get("needed_until"),
            deobligate=read.get("deobligate"),
            evidence=read.get("evidence"),
            today=washington_day(now),
        )


class LookAgain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The second look: the answer is agreed to, or sent back with the reason."""

    looked: Look
    because: Reason | None = None


class AssignReview(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who answers for an obligation: an office, a person, or both."""

    office_id: RecordNumber | None = None
    person_id: RecordNumber | None = None


@command("review.open", permission="ledger.reconcile", sunset="goes on")
async def open_review(session: WriteSession, body: OpenReview) -> ReviewId:
    """Open a review, and ask the office of its project about each obligation."""
    law, today = the_statute(), session.today
    as_of = body.as_of or today
    days = body.days or rules.dormant_days(law)
    due_on = body.due_on or queries.after(today, rules.answer_days(law))
    least = body.least if body.least is not None else Dollars("0.01")
    mistakes = rules.wrong_opening(as_of, due_on, days, least, today)
    if mistakes:
        raise Invalid("The review needs correcting.", mistakes=tuple(mistakes))
    found = ObligationReview(
        title=body.title, as_of=as_of, days=days, least=least, due_on=due_on, opened_by=session.actor
    )
    session.add(found)
    await session.flush()
    await session.execute(_SLOWEST)
    rows = await queries.dormant(session, as_of=as_of, days=days, least=least)
    if not rows:
        raise Refused(
            f"No open obligation has been without an expenditure for {days:,} days.",
            citation=law.citation("dormant-review"),
            way_out="Ask with fewer days, or a smaller amount.",
        )
    await session.execute(insert(ReviewItem), [{**row, "version": 1, "review_id": found.id} for row in rows])
    return ReviewId(found.id)


@command("review.close", permission="ledger.reconcile", sunset="goes on")
async def close_review(session: WriteSession, review_id: ReviewId, body: CloseReview, *, version: int) -> None:
    """Close a review with the reason."""
    found = await session.get(ObligationReview, review_id, with_for_update=True)
    if found is None:
        raise NotFound("There is no review with this number.")
    session.check_version(found, version, title=f"The review {found.title}")
    if found.closed_on is not None:
        raise Refused("This review is closed already.")
    found.closed_on, found.closed_because = session.today, body.because
    await session.flush()


@command("review.answer", permission="ledger.answer-review", sunset="goes on")
async def answer_review(session: WriteSession, item_id: ReviewItemId, body: AnswerReview, *, version: int) -> None:
    """Answer for an obligation."""
    found, review = await _item(session, item_id, version)
    unliquidated = await queries.unliquidated(session, found.obligation_id)
    last = await queries.last_entry(session)
    rules.may_answer(
        body.answer,
        looked=found.looked,
        closed=review.closed_on is not None,
        unliquidated=unliquidated,
        needed_until=body.needed_until,
        deobligate=body.deobligate,
        evidence=body.evidence,
        today=session.today,
    )
    for name in body.__struct_fields__:
        setattr(found, name, getattr(body, name))
    found.answered_by, found.answered_on, found.last_entry_id = session.actor, session.today, last
    found.looked = found.looked_by = found.looked_on = found.look_because = None
    await session.flush()


@command("review.look", permission="ledger.reconcile", sunset="goes on")
async def look_again(session: WriteSession, item_id: ReviewItemId, body: LookAgain, *, version: int) -> None:
    """Agree to an answer, or send it back."""
    found, _ = await _item(session, item_id, version)
    rules.may_look(
        found.answer, found.looked, found.answered_by, session.actor, wanted=body.looked, because=body.because
    )
    found.looked, found.looked_by = body.looked, session.actor
    found.looked_on, found.look_because = session.today, body.because
    await session.flush()


@command("review.assign", permission="ledger.reconcile", sunset="goes on")
async def assign_review(session: WriteSession, item_id: ReviewItemId, body: AssignReview, *, version: int) -> None:
    """Ask another office or person about an obligation."""
    mistakes = []
    if body.office_id is None and body.person_id is None:
        mistakes.append(Mistake("office_id", "Expected an office or a person."))
    if body.office_id is not None and await session.get(Office, body.office_id) is None:
        mistakes.append(Mistake("office_id", "Expected an office of this record.", str(body.office_id)))
    if body.person_id is not None and await session.get(Person, body.person_id) is None:
        mistakes.append(Mistake("person_id", "Expected a person of this record.", str(body.person_id)))
    if mistakes:
        raise Invalid("The reviewer needs correcting.", mistakes=tuple(mistakes))
    found, review = await _item(session, item_id, version)
    if review.closed_on is not None:
        raise Refused("This review is closed.", way_out="Open another one.")
    found.office_id, found.person_id = body.office_id, body.person_id
    await session.flush()


async def _item(session: WriteSession, item_id: ReviewItemId, version: int) -> tuple[ReviewItem, ObligationReview]:
    reader = await reader_of(session, session.actor)
    row = (
        await session.execute(
            select(ReviewItem, ObligationReview)
            .join(LedgerEntry, LedgerEntry.id == ReviewItem.obligation_id)
            .join(ObligationReview, ObligationReview.id == ReviewItem.review_id)
            .where(ReviewItem.id == item_id, may_see(reader))
            .with_for_update(of=ReviewItem)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no obligation of a review with this number.")
    found, review = row
    session.check_version(found, version, title=f"The answer for obligation {found.obligation_id}")
    return found, review
