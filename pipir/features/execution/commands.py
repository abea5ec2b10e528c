"""What can change of execution: versions of plans are drafted, filled, signed or withdrawn; budgets are recorded."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm.attributes import flag_modified

from pipir.features.execution import queries, rules
from pipir.features.execution.rules import Kind, PlanLine
from pipir.features.execution.tables import PlanId, SpendPlan, SpendPlanLine, SubmittedBudget
from pipir.features.ledger import rules as ledger_rules
from pipir.features.ledger.tables import FundingDocument, TreasuryAccount
from pipir.features.people.queries import reader_of
from pipir.features.projects.tables import Project
from pipir.kernel.calendar import show_day, washington_day
from pipir.kernel.clock import heard
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.files import Incoming
from pipir.kernel.ids import RecordNumber
from pipir.kernel.marking import Reader, read_marking
from pipir.kernel.money import Dollars
from pipir.kernel.text import Line, Reason, SourceText
from pipir.statute.load import the_statute
from pipir.statute.lookup import authorities, number
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession

# A plan of ten years is a small file.
_LARGEST: Final = 2_000_000


class DraftPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new version for a funding document, or of it for one project, with the months that it plans.

    Its months begin as the version that was signed last has them. A line that then moves by more than the tolerance
    (blank: the convention's, which is also the largest) needs a reason.
    """

    funding_document_id: RecordNumber
    kind: Kind
    as_of: date
    first_month: date
    last_month: date
    project_id: RecordNumber | None = None
    tolerance: Dollars | None = None
    remark: Reason | None = None
    marking: Line = "CUI"

    @staticmethod
    def wrong_in(read: Mapping[str, Any], unread: Collection[str]) -> Iterable[Mistake]:
        """What of a version could be read and is wrong, by the day of the request."""
        now = heard()
        today = washington_day(now) if now is not None else None
        return _wrong_draft(
            read.get("as_of"), read.get("tolerance"), (read.get("first_month"), read.get("last_month")), today
        )


class MonthPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is planned for a month, by its first day; nothing where no amount is given."""

    month: date
    obligations: Dollars | None = None
    outlays: Dollars | None = None
    because: Reason | None = None
    other_authority: Line | None = None


class EnterMonths(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All the months of a draft; a month that it had and that is left out plans nothing from now on."""

    lines: Annotated[list[MonthPlan], msgspec.Meta(max_length=rules.MOST_MONTHS)]


class ImportMonths(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The months come in the file: Month, Obligations, Outlays, and as one likes Reason and Other authority."""


class SignPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is signed, and who signs, are known already; `confirm` says that it is meant: it never changes again."""

    confirm: bool


class WithdrawPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a draft is withdrawn."""

    because: Reason


class RecordBudget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fiscal year of a President's Budget, the day on which it was submitted, and where that stands."""

    fiscal_year: Annotated[int, msgspec.Meta(ge=2026, le=2200)]
    submitted_on: date
    source: SourceText


@dataclass(frozen=True)
class Months:
    """The months of a file that was read."""

    lines: tuple[PlanLine, ...]


async def examined(file: Incoming) -> Months:
    """The months of a workbook or CSV file; Invalid with every mistake in it."""
    if file.size > _LARGEST:
        expected = (
            f"Expected a file of at most {_LARGEST // 1_000_000} MB; a plan has at most {rules.MOST_MONTHS} months."
        )
        raise Invalid("The file is larger than any plan.", mistakes=(Mistake("file", expected),))
    file.body.seek(0)
    return Months(await asyncio.to_thread(rules.read_months, file.body.read(), file.name))


@command("plan.draft", permission="ledger.plan", sunset="goes on")
async def draft_plan(session: WriteSession, body: DraftPlan) -> PlanId:
    """Draft the next version of a plan or forecast, with the months of the version that was signed last."""
    reader = await reader_of(session, session.actor)
    await _check_draft(session, reader, body)
    first, last = rules.first_of(body.first_month), rules.first_of(body.last_month)
    own = _of(body.funding_document_id, body.project_id)
    count = await session.scalar(select(func.max(SpendPlan.number)).where(*own, SpendPlan.kind == body.kind))
    follows = await session.scalar(
        select(SpendPlan.id)
        .where(*own, SpendPlan.signed_on.is_not(None), queries.seen(reader))
        .order_by(SpendPlan.signed_on.desc(), SpendPlan.id.desc())
        .limit(1)
    )
    before = (await queries.lines_of(session, [follows])).get(follows, ()) if follows is not None else ()
    usual = Dollars(number(the_statute(), rules.REVIEW, "tolerance"))
    found = SpendPlan(
        funding_document_id=body.funding_document_id,
        project_id=body.project_id,
        kind=body.kind,
        number=(count or 0) + 1,
        as_of=body.as_of,
        follows_id=follows,
        tolerance=body.tolerance if body.tolerance is not None else usual,
        remark=body.remark,
        state="draft",
    )
    found.mark(read_marking(body.marking, reader))
    session.add(found)
    await session.flush()
    had = {each.month: each for each in before}
    zero = Dollars.zero()
    for month in rules.months_between(first, last):
        line = had.get(month, PlanLine(month, zero, zero))
        session.add(_line(found.id, PlanLine(month, line.obligations, line.outlays, None, line.other_authority)))
    await session.flush()
    return PlanId(found.id)


@command("plan.enter-months", permission="ledger.plan", sunset="goes on")
async def enter_months(session: WriteSession, plan_id: PlanId, body: EnterMonths, *, version: int) -> None:
    """Enter all the months of a draft."""
    zero = Dollars.zero()
    lines = [
        PlanLine(each.month, each.obligations or zero, each.outlays or zero, each.because, each.other_authority)
        for each in body.lines
    ]
    await _enter(session, plan_id, lines, version)


@command("plan.import-months", permission="ledger.plan", sunset="goes on")
async def import_months(
    session: WriteSession, plan_id: PlanId, body: ImportMonths, *, content: Months, version: int
) -> None:
    """Enter all the months of a draft from a workbook or CSV file."""
    await _enter(session, plan_id, content.lines, version)


@command("plan.sign", permission="ledger.plan", sunset="goes on")
async def sign_plan(session: WriteSession, plan_id: PlanId, body: SignPlan, *, version: int) -> None:
    """Sign a version: it never changes again, and supersedes the one of its kind before it."""
    if not body.confirm:
        expected = "Confirm that the version is signed: it never changes again."
        raise Invalid("The signature is not confirmed.", mistakes=(Mistake("confirm", expected),))
    reader = await reader_of(session, session.actor)
    found = await _kept(session, reader, plan_id, version)
    called = rules.name_of(found.kind, found.number)
    rules.may_change(found.state, called)
    detail = await queries.plan_detail(session, reader, plan_id)
    account = await session.scalar(
        select(TreasuryAccount)
        .join(FundingDocument, FundingDocument.account_id == TreasuryAccount.id)
        .where(FundingDocument.id == found.funding_document_id)
    )
    assert account is not None
    known = ledger_rules.Account(ledger_rules.parse_symbol(account.symbol), account.closed_on)
    law = the_statute()
    rules.may_sign(
        detail.lines,
        called=called,
        available_until=ledger_rules.life(known, law).available_until,
        statute=law,
    )
    own = _of(found.funding_document_id, found.project_id)
    # Nothing else was signed since the draft: a document, or of it a project, has one draft at a time.
    before = await session.scalar(
        select(SpendPlan).where(*own, SpendPlan.kind == found.kind, SpendPlan.state == "signed").with_for_update()
    )
    if before is not None:
        before.state = "superseded"
        await session.flush()
    found.state, found.signed_by_id, found.signed_on = "signed", session.actor, session.today
    await session.flush()


@command("plan.withdraw", permission="ledger.plan", sunset="goes on")
async def withdraw_plan(session: WriteSession, plan_id: PlanId, body: WithdrawPlan, *, version: int) -> None:
    """Withdraw a draft, with the reason; it stays in the record."""
    found = await _kept(session, await reader_of(session, session.actor), plan_id, version)
    rules.may_change(found.state, rules.name_of(found.kind, found.number))
    found.state, found.ended_because = "withdrawn", body.because
    await session.flush()


@command("budget.record", permission="ledger.plan", sunset="records")
async def record_budget(session: WriteSession, body: RecordBudget) -> int:
    """Record that a President's Budget was submitted: what is planned beyond it is pre-decisional."""
    if body.submitted_on > session.today:
        expected = f"Expected a day up to {show_day(session.today)}: a budget is recorded once it was submitted."
        raise Invalid(
            "The budget needs correcting.",
            mistakes=(Mistake("submitted_on", expected, body.submitted_on.isoformat()),),
        )
    found = SubmittedBudget(fiscal_year=body.fiscal_year, submitted_on=body.submitted_on, source=body.source)
    session.add(found)
    await session.flush()
    return found.id


async def _enter(session: WriteSession, plan_id: PlanId, lines: Sequence[PlanLine], version: int) -> None:
    found = await _kept(session, await reader_of(session, session.actor), plan_id, version)
    rules.may_change(found.state, rules.name_of(found.kind, found.number))
    rules.check_lines(lines, [each.slug for each in authorities(the_statute())])
    stored = {
        each.month: each
        for each in await session.scalars(select(SpendPlanLine).where(SpendPlanLine.plan_id == found.id))
    }
    given = {each.month: each for each in lines}
    zero = Dollars.zero()
    for month in sorted(stored.keys() | given.keys()):
        line = given.get(month, PlanLine(month, zero, zero))
        row = stored.get(month)
        if row is None:
            session.add(_line(found.id, line))
            continue
        row.obligations, row.outlays = line.obligations, line.outlays
        row.because, row.other_authority = line.because, line.other_authority
    # The version itself moves on, so that two who fill the same draft do not write over each other.
    flag_modified(found, "as_of")
    await session.flush()


def _line(plan_id: int, line: PlanLine) -> SpendPlanLine:
    return SpendPlanLine(
        plan_id=plan_id,
        month=line.month,
        obligations=line.obligations,
        outlays=line.outlays,
        because=line.because,
        other_authority=line.other_authority,
    )


def _of(document_id: int, project_id: int | None) -> tuple[ColumnElement[bool], ...]:
    return (
        SpendPlan.funding_document_id == document_id,
        SpendPlan.project_id.is_not_distinct_from(project_id),
    )


async def _check_draft(session: WriteSession, reader: Reader, body: DraftPlan) -> None:
    mistakes: list[Mistake] = []
    document = select(FundingDocument.id).where(
        FundingDocument.id == body.funding_document_id, visible_to(reader, FundingDocument)
    )
    if await session.scalar(document) is None:
        expected = "Expected a funding document of this record."
        mistakes.append(Mistake("funding_document_id", expected, str(body.funding_document_id)))
    project = select(Project.id).where(Project.id == body.project_id, visible_to(reader, Project))
    if body.project_id is not None and await session.scalar(project) is None:
        mistakes.append(Mistake("project_id", "Expected a project of this record.", str(body.project_id)))
    mistakes += _wrong_draft(body.as_of, body.tolerance, (body.first_month, body.last_month), session.today)
    if mistakes:
        raise Invalid("The version needs correcting.", mistakes=tuple(mistakes))


def _wrong_draft(
    as_of: date | None, tolerance: Dollars | None, span: tuple[date | None, date | None], today: date | None
) -> list[Mistake]:
    mistakes: list[Mistake] = []
    if as_of is not None and today is not None and as_of > today:
        mistakes.append(Mistake("as_of", f"Expected a day up to {show_day(today)}.", as_of.isoformat()))
    if tolerance is not None:
        mistakes += rules.wrong_tolerance(tolerance, the_statute())
    first, last = span
    if first is not None and last is not None:
        try:
            rules.check_span(first, last)
        except Invalid as wrong:
            mistakes += wrong.mistakes
    return mistakes


async def _kept(session: WriteSession, reader: Reader, plan_id: PlanId, version: int) -> SpendPlan:
    found = await session.scalar(
        select(SpendPlan).where(SpendPlan.id == plan_id, queries.seen(reader)).with_for_update()
    )
    if found is None:
        raise NotFound("There is no plan with this number.")
    session.check_version(found, version, title=rules.name_of(found.kind, found.number))
    return found
