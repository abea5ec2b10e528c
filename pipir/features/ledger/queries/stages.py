"""The entries that make up a figure: which they are, and with what sign each stands in it."""

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, literal_column, not_, or_

from pipir.features.ledger import rules
from pipir.features.ledger.queries.figures import counts, moves, on_order
from pipir.features.ledger.queries.filters import Stage
from pipir.features.ledger.tables import LedgerEntry, LedgerSum

# The kind that a reversal takes back is the reversal's too, as in the sums.
KIND: Final[ColumnElement[str]] = func.coalesce(LedgerEntry.reversed_kind, LedgerEntry.kind)
_STAGES: Final = ("authority", "committed", "obligated", "expended")


def whole_kinds(stage: Stage) -> tuple[str, ...]:
    """The kinds of which every entry is of the figure."""
    return tuple(kind for name in _measures(stage) for kind in (*rules.PLUS[name], *rules.MINUS[name]))


def drawing_kinds(stage: Stage) -> tuple[str, ...]:
    """The kinds that move the figure only where they name another entry: what draws on it, or ends it."""
    return tuple(
        kind
        for kind in rules.KINDS
        for name in _measures(stage)
        if name in _STAGES and getattr(rules.effect(kind, 1, draws=True), name) != getattr(rules.effect(kind, 1), name)
    )


def is_whole(stage: Stage) -> ColumnElement[bool]:
    return and_(KIND.in_(whole_kinds(stage)), *_rests(stage, LedgerEntry.program_authority, _CONTINUES), *_apart(stage))


def draws(stage: Stage) -> ColumnElement[bool]:
    # In the text: a partial index of what draws serves a prepared statement only where it can see the kind.
    kinds = or_(*(literal_column(f"'{kind}'") == KIND for kind in drawing_kinds(stage)))
    return and_(
        kinds,
        LedgerEntry.adjusts_entry_id.is_not(None),
        *_rests(stage, LedgerEntry.program_authority, _CONTINUES),
    )


def parts(stage: Stage) -> tuple[ColumnElement[bool], ...]:
    """The same entries kind by kind: an index has the days of each kind in order, however rare it is."""
    rests = _rests(stage, LedgerEntry.program_authority, _CONTINUES)
    return (
        *(
            and_(literal_column(f"'{kind}'") == KIND, *rests, *(_apart(stage) if kind == rules.BY_DOCUMENT else ()))
            for kind in whole_kinds(stage)
        ),
        *(
            and_(literal_column(f"'{kind}'") == KIND, LedgerEntry.adjusts_entry_id.is_not(None), *rests)
            for kind in drawing_kinds(stage)
        ),
    )


def is_of(stage: Stage) -> ColumnElement[bool]:
    """Whether an entry moves the figure."""
    return or_(is_whole(stage), draws(stage)) if drawing_kinds(stage) else is_whole(stage)


def of_sums(stage: Stage) -> list[ColumnElement[bool]]:
    """The sums that hold the entries of the figure's whole kinds."""
    return [
        LedgerSum.kind.in_(whole_kinds(stage)),
        *_rests(stage, LedgerSum.program_authority, LedgerSum.continues.is_(True)),
        *_counting(stage, LedgerSum.kind, on_order(LedgerSum.funding_document_id)),
    ]


def signed(stage: Stage) -> ColumnElement[Any]:
    """What an entry adds to the figure; over all its entries that comes to the figure."""
    amount = case((LedgerEntry.kind == rules.REVERSAL, -LedgerEntry.amount), else_=LedgerEntry.amount)
    drawn = case((LedgerEntry.adjusts_entry_id.is_(None), literal_column("0")), else_=amount)
    added, *taken = (moves(name, KIND, amount, drawn, _ON_ORDER) for name in _measures(stage))
    for each in taken:
        added -= each
    return added


def _measures(stage: Stage) -> tuple[str, ...]:
    return ("obligated", "expended") if stage == "unliquidated" else (stage.partition("_")[0],)


_CONTINUES: Final[ColumnElement[bool]] = LedgerEntry.continuation_id.is_not(None)
_ON_ORDER: Final = on_order(LedgerEntry.funding_document_id)


def _apart(stage: Stage) -> list[ColumnElement[bool]]:
    return _counting(stage, KIND, _ON_ORDER)


def _counting(stage: Stage, kind: Any, ordered: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    return [each for name in _measures(stage) if (each := counts(name, kind, ordered)) is not None]


def _rests(stage: Stage, authority: Any, continues: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    match stage:
        case "obligated_1253":
            return [authority.like("1253.%")]
        case "obligated_other":
            return [or_(authority.is_(None), not_(authority.like("1253.%")))]
        case "obligated_continuing":
            return [continues]
    return []
