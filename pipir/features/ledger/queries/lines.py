"""Where an answer takes its amounts from: the smallest sums that hold it, and the entries that they do not hold."""

from datetime import date
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy import union_all as together
from sqlalchemy.orm import join

from pipir.features.ledger import rules
from pipir.features.ledger.queries.figures import moves, on_order, seen
from pipir.features.ledger.queries.filters import Chosen, Group, bit_of, month_of, of_place, of_sums, rests_on, serves
from pipir.features.ledger.tables import (
    FundingDocument,
    LedgerEntry,
    LedgerSum,
    LedgerTotal,
    ProjectAttribute,
    may_see,
)
from pipir.features.participants.tables import Participant
from pipir.kernel.calendar import fiscal_year, fiscal_year_bounds
from pipir.kernel.marking import Reader
from pipir.statute.load import the_statute
from pipir.statute.lookup import objectives
from pipir.store.base import holds

MEASURES: Final = (
    *("authority", "ordered", "committed", "obligated", "obligated_1253", "obligated_continuing", "expended"),
    "contributed",
)
_MOVED: Final = ("authority", "ordered", "committed", "obligated", "expended", "contributed")
# The dimension whose totals answer a group or a filter; what is not here needs none.
_OF_GROUP: Final[dict[str, str]] = {
    "funding_document": "document",
    "country": "participant",
    "project": "project",
    "workstream": "workstream",
    "objective": "objective",
    "authority": "authority",
}
_YEAR: Final = date.min
# In the text, since a parameter beside an amount would be taken for one.
_HUNDRED: Final[ColumnElement[Any]] = literal_column("100")
_OF_1253: Final = "1253.%"


def lines(reader: Reader, chosen: Chosen, by: Group | None) -> Subquery:
    """Amounts in cents with the key of their group: what the reader may see and the filters let through.

    The sums of years and months hold what is asked as of now and as of a month's end, those of the months of posting
    what was known at a month's end. Entries are read only for the rest: of the month that `effective_on` stops in, and
    of the month in which `known_at` lies.
    """
    named = _dimensions(chosen, by)
    last, known = chosen.effective_on, chosen.known_at
    # Until here months count whole: a month's last day, or the first of one that does not.
    whole = last is None or _ends_month(last)
    until = last if last is None or whole else last.replace(day=1)
    if chosen.kind is not None or len(named) > 1:
        parts = [_of_sums(reader, chosen, by, until=until)]
    else:
        parts = _of_totals(reader, chosen, by, next(iter(named), "all"), until=until)
    if last is not None and not whole:
        this_month = and_(LedgerEntry.effective_on >= last.replace(day=1), LedgerEntry.effective_on <= last)
        if known is not None:
            this_month = and_(this_month, LedgerEntry.posted_at <= known)
        parts.append(_of_entries(reader, chosen, by, this_month))
    if known is not None:
        lately = and_(LedgerEntry.posted_at >= month_of(known), LedgerEntry.posted_at <= known)
        if until is not None:
            lately = and_(lately, _within(LedgerEntry.effective_on, until))
        parts.append(_of_entries(reader, chosen, by, lately))
    return together(*parts).subquery("lines") if len(parts) > 1 else parts[0].subquery("lines")


def _ends_month(day: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).day == 1


def _dimensions(chosen: Chosen, by: Group | None) -> set[str]:
    asked = {
        "document": chosen.funding_document_id,
        "participant": chosen.country,
        "project": chosen.project_id,
        "workstream": chosen.workstream_id,
        "objective": chosen.objective,
        "authority": chosen.authority,
    }
    named = {dimension for dimension, value in asked.items() if value is not None}
    if by in _OF_GROUP:
        named.add(_OF_GROUP[by])
    return named


def _of_totals(
    reader: Reader, chosen: Chosen, by: Group | None, dimension: str, *, until: date | None
) -> list[Select[Any]]:
    each = LedgerTotal
    wanted: list[ColumnElement[bool]] = [each.dimension == dimension, holds(each.audience, reader)]
    known = chosen.known_at
    wanted.append(
        each.posted_month == _YEAR
        if known is None
        else and_(each.posted_month > _YEAR, each.posted_month < month_of(known).date())
    )
    if chosen.fiscal_year is not None:
        wanted.append(each.fiscal_year == chosen.fiscal_year)
    if chosen.quarter is not None:
        wanted.append(each.quarter == chosen.quarter)
    if chosen.account_id is not None:
        wanted.append(each.account_id == chosen.account_id)
    if chosen.country is not None:
        named = select(func.text(Participant.id)).where(Participant.code == chosen.country).scalar_subquery()
        wanted.append(each.key == named)
    numbers = (chosen.funding_document_id, chosen.project_id, chosen.workstream_id)
    wanted += [each.key == str(value) for value in numbers if value is not None]
    if chosen.objective is not None:
        wanted.append(each.key == str(bit_of(chosen.objective) + 1))
    if chosen.authority is not None:
        wanted.append(rests_on(each.key, chosen.authority))
    key = _key_of_total(by)
    amounts = [getattr(each, name).label(name) for name in MEASURES]
    found = select(key.label("key"), *amounts, each.count.label("count"), each.exercise.label("exercise"))
    # What was posted when is known by months alone.
    monthly = by in ("quarter", "month") or any(
        each is not None for each in (chosen.quarter, chosen.month, chosen.known_at)
    )
    if chosen.month is not None:
        wanted.append(each.month == chosen.month)
    if until is None:
        return [found.where(*wanted, each.month > _YEAR if monthly else each.month == _YEAR)]
    if monthly:
        return [found.where(*wanted, each.month > _YEAR, _within(each.month, until))]
    # Whole years before this one, then the months of this one.
    year = fiscal_year(until)
    first, _ = fiscal_year_bounds(year)
    return [
        found.where(*wanted, each.month == _YEAR, each.fiscal_year < year),
        found.where(*wanted, each.month >= first, _within(each.month, until)),
    ]


def _within(month: Any, until: date) -> ColumnElement[bool]:
    # `until` is the last day of a month that counts whole, or the first of one that does not count.
    found: ColumnElement[bool] = month <= until if _ends_month(until) else month < until
    return found


def _key_of_total(by: Group | None) -> Any:
    each = LedgerTotal
    if by is None:
        return null()
    if by in ("account", "kind_of_appropriation"):
        return each.account_id
    if by == "quarter":
        return each.fiscal_year * literal_column("10") + each.quarter
    if by == "authority":
        return func.nullif(each.key, "")
    if by in _OF_GROUP:
        return cast(func.nullif(each.key, ""), _bigint())
    return getattr(each, by)


def _bigint() -> Any:
    return LedgerTotal.account_id.type


def _of_sums(reader: Reader, chosen: Chosen, by: Group | None, *, until: date | None) -> Select[Any]:
    each = LedgerSum
    wanted = [*seen(reader), *of_sums(chosen)]
    if until is not None:
        wanted.append(_within(each.month, until))
    if chosen.known_at is not None:
        wanted.append(each.posted_month < month_of(chosen.known_at).date())
    parts = {"workstream": each.workstream_id, "objective": each.served, "month": each.month}
    part = null() if by is None else _part(by, each, each.quarter, parts)
    of_1253, ordered = each.program_authority.like(_OF_1253), on_order(each.funding_document_id)
    return _summed(each, part, by, of_1253=of_1253, ordered=ordered, source=each).where(*wanted)


def _of_entries(reader: Reader, chosen: Chosen, by: Group | None, which: ColumnElement[bool]) -> Select[Any]:
    each, stood = LedgerEntry, ProjectAttribute
    kind = func.coalesce(each.reversed_kind, each.kind)
    signed = case((each.kind == rules.REVERSAL, -each.amount), else_=each.amount)
    drawn = case((each.adjusts_entry_id.is_(None), literal_column("0")), else_=signed)
    month = cast(func.date_trunc("month", each.effective_on), LedgerSum.month.type)
    wanted = [which, may_see(reader), *of_place(each, chosen)]
    if chosen.fiscal_year is not None:
        wanted.append(each.fiscal_year == chosen.fiscal_year)
    if chosen.quarter is not None:
        wanted.append(_quarter(each.effective_on) == chosen.quarter)
    if chosen.month is not None:
        wanted.append(month == chosen.month)
    if chosen.kind is not None:
        wanted.append(kind == chosen.kind)
    if chosen.workstream_id is not None:
        wanted.append(stood.workstream_id == chosen.workstream_id)
    if chosen.objective is not None:
        wanted.append(serves(stood.served, chosen.objective))
    source: Any = each
    if by in ("workstream", "objective") or chosen.workstream_id is not None or chosen.objective is not None:
        in_force = and_(
            stood.project_id == each.project_id,
            each.effective_on >= stood.from_on,
            each.effective_on < stood.until_on,
        )
        source = join(source, stood, in_force, isouter=True)
    parts = {"workstream": stood.workstream_id, "objective": func.coalesce(stood.served, 0), "month": month}
    # As the finest sums have them: half a million entries of one month come to a few hundred lines, each looked at
    # once for all measures and, by objective, once for each objective.
    grain: list[ColumnElement[Any]] = [
        kind.label("kind"),
        each.program_authority.like(_OF_1253).label("of_1253"),
        each.continuation_id.is_not(None).label("continues"),
        and_(kind == literal_column(f"'{rules.BY_DOCUMENT}'"), on_order(each.funding_document_id)).label("ordered"),
    ]
    if by is not None:
        grain.append(_part(by, each, _quarter(each.effective_on), parts).label("part"))
    amounts = (
        func.sum(signed).label("amount"),
        func.sum(drawn).label("drawn"),
        func.count().label("count"),
        func.bool_or(each.exercise).label("exercise"),
    )
    found = select(*grain, *amounts).select_from(source).where(*wanted).group_by(*grain).subquery("found")
    part = null() if by is None else found.c.part
    return _summed(found.c, part, by, of_1253=found.c.of_1253, ordered=found.c.ordered, source=found)


def _part(by: Group, each: Any, quarter: Any, parts: dict[str, Any]) -> Any:
    """What sums and entries have of a group: its key, or what tells its keys."""
    named: dict[str, Any] = {
        **parts,
        "quarter": each.fiscal_year * literal_column("10") + quarter,
        "fiscal_year": each.fiscal_year,
        "funding_document": each.funding_document_id,
        "account": each.funding_document_id,
        "kind_of_appropriation": each.funding_document_id,
        "country": each.participant_id,
        "project": each.project_id,
        "authority": each.program_authority,
    }
    return named[by]


def _summed(each: Any, part: Any, by: Group | None, *, of_1253: Any, ordered: Any, source: Any) -> Select[Any]:
    """The amounts of the finest sums, or of what has their columns, with the key of their group."""
    key = part
    if by in ("account", "kind_of_appropriation"):
        source = join(source, FundingDocument, FundingDocument.id == part, isouter=True)
        key = FundingDocument.account_id
    elif by == "objective":
        # An amount counts in full under each objective that was served: such a table is not additive.
        bits = func.generate_series(0, len(objectives(the_statute())) - 1).table_valued("bit").render_derived()
        held = or_(part.op(">>")(bits.c.bit).op("&")(1) == 1, and_(part == 0, bits.c.bit == 0))
        source = join(source, bits, held)
        key = case((part == 0, null()), else_=bits.c.bit + 1)
    cents = _cents(each.kind, each.amount * _HUNDRED, each.drawn * _HUNDRED, of_1253, each.continues, ordered)
    return select(key.label("key"), *cents, each.count.label("count"), each.exercise.label("exercise")).select_from(
        source
    )


def _quarter(on: Any) -> ColumnElement[int]:
    # Whole numbers divide without a rest in PostgreSQL, which is what the fiscal quarter needs.
    month = cast(func.extract("month", on), Integer)
    return func.div((month + 2) % 12, 3).cast(Integer) + 1


def _cents(kind: Any, amount: Any, drawn: Any, of_1253: Any, continues: Any, ordered: Any) -> list[ColumnElement[Any]]:
    found = {name: moves(name, kind, amount, drawn, ordered) for name in _MOVED}
    none: ColumnElement[int] = literal_column("0")
    found["obligated_1253"] = case((of_1253, found["obligated"]), else_=none)
    found["obligated_continuing"] = case((continues, found["obligated"]), else_=none)
    return [found[name].label(name) for name in MEASURES]
