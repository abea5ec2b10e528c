"""The stages of money over the sums that a reader may see, and what stands with every total."""

from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, RowMapping, Select, case, func, literal_column, not_, or_, select, type_coerce

from pipir.features.ledger import rules
from pipir.features.ledger.queries.filters import ALL, Chosen, of_sums
from pipir.features.ledger.queries.reconciled import reconciled
from pipir.features.ledger.tables import FundingDocument, LedgerSum, TreasuryAccount, open_to
from pipir.features.participants.tables import Participant
from pipir.features.projects.tables import Project
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.base import Money, holds
from pipir.store.doors import ReadSession

SOURCE_SYSTEM: Final = "pipir, the program's record"
CERTIFIES: Final = "The program's record, made to be reconciled to official accounting; it certifies no funds."
OF_WHAT: Final = "of what you may see"


class Statement(msgspec.Struct, frozen=True):
    """What stands with every total: where it comes from, as of when, whether reconciled, and for whom it is whole."""

    source_system: str
    as_of: datetime
    reconciled: str
    of_what: str
    # How much of what is obligated agrees with official accounting line by line, in the months that were signed.
    confirmed: Dollars
    certifies: str = CERTIFIES

    @property
    def says(self) -> str:
        """In words, as a file says it beside its figures."""
        as_of = self.as_of.isoformat(timespec="seconds")
        return (
            f"{self.certifies} Source: {self.source_system}, as of {as_of}; {self.reconciled}. "
            f"Totals are {self.of_what}."
        )


class Figures(msgspec.Struct, frozen=True):
    """The stages of money, each net of what took it back; `unliquidated` is obligated less expended.

    `obligated_1253` rests on section 1253, `obligated_other` on another authority; of these, `obligated_continuing`
    goes on under a continuation determination and is no total of the Initiative. `ordered` is authority by customers'
    orders and partners' advances, which is no appropriation and never added to what was received.
    """

    authority: Dollars
    ordered: Dollars
    committed: Dollars
    obligated: Dollars
    obligated_1253: Dollars
    obligated_other: Dollars
    obligated_continuing: Dollars
    expended: Dollars
    unliquidated: Dollars
    contributed: Dollars
    count: int


async def statement_of(session: ReadSession, reader: Reader, chosen: Chosen = ALL) -> Statement:
    """What stands with totals asked for now; of the account alone where a filter names one."""
    found = await reconciled(session, reader, chosen)
    return Statement(SOURCE_SYSTEM, session.now, found.says, OF_WHAT, found.confirmed)


def on_order(document: Any) -> ColumnElement[bool]:
    """Whether a funding document is a customer's order or a partner's advance, by the column that holds its number."""
    orders = select(FundingDocument.id).where(FundingDocument.source_of_authority.in_(_ORDERS))
    found: ColumnElement[bool] = document.in_(orders)
    return found


# In the text, as each kind of an index is.
_ORDERS: Final[tuple[ColumnElement[str], ...]] = tuple(literal_column(f"'{each}'") for each in rules.NO_APPROPRIATION)


def counts(measure: str, kind: Any, ordered: ColumnElement[bool]) -> ColumnElement[bool] | None:
    """What else an entry of a measure's kinds has to be, for it to count there; None where nothing is asked.

    `ordered` tells whether its document is an order or an advance.
    """
    if measure not in ("authority", "ordered"):
        return None
    return or_(kind != rules.BY_DOCUMENT, ordered if measure == "ordered" else not_(ordered))


def moves(measure: str, kind: Any, amount: Any, drawn: Any, ordered: ColumnElement[bool]) -> ColumnElement[Any]:
    """What an amount of a kind adds to a measure, in SQL: rules.effect for many rows at once.

    `ordered` tells whether its document is an order or an advance; it is asked for closings alone.
    """
    plus, minus = rules.PLUS[measure], rules.MINUS[measure]
    found = [(kind.in_(plus), amount)]
    apart = counts(measure, kind, ordered)
    if apart is not None:
        found.append((not_(apart), literal_column("0")))
    if minus:
        found.append((kind.in_(minus), -amount))
    # What obligations drew from commitments is no longer reserved, and what a closing ended is no longer obligated.
    if measure in _DRAWN:
        found.append((kind == _DRAWN[measure], -drawn))
    return case(*found, else_=literal_column("0"))


_ON_ORDER: Final = on_order(LedgerSum.funding_document_id)
_DRAWN: Final = {"committed": "obligation", "obligated": "closing"}


def net(measure: str) -> ColumnElement[Dollars]:
    signed = moves(measure, LedgerSum.kind, LedgerSum.amount, LedgerSum.drawn, _ON_ORDER)
    return type_coerce(func.coalesce(func.sum(signed), 0), Money())


def _obligated_where(condition: Any) -> ColumnElement[Dollars]:
    signed = moves("obligated", LedgerSum.kind, LedgerSum.amount, LedgerSum.drawn, _ON_ORDER)
    return type_coerce(func.coalesce(func.sum(signed).filter(condition), 0), Money())


def sums(reader: Reader, chosen: Chosen) -> Select[Any]:
    """The figures over the finest sums that the reader may see and the filters let through."""
    return (
        select(
            net("authority").label("authority"),
            net("ordered").label("ordered"),
            net("committed").label("committed"),
            net("obligated").label("obligated"),
            _obligated_where(LedgerSum.program_authority.like("1253.%")).label("obligated_1253"),
            _obligated_where(LedgerSum.continues).label("obligated_continuing"),
            net("expended").label("expended"),
            net("contributed").label("contributed"),
            func.coalesce(func.sum(LedgerSum.count), 0).label("count"),
            func.bool_or(LedgerSum.exercise).label("exercise"),
        )
        .select_from(LedgerSum)
        .outerjoin(FundingDocument, FundingDocument.id == LedgerSum.funding_document_id)
        .outerjoin(TreasuryAccount, TreasuryAccount.id == FundingDocument.account_id)
        .outerjoin(Project, Project.id == LedgerSum.project_id)
        .outerjoin(Participant, Participant.id == LedgerSum.participant_id)
        .where(*seen(reader), *of_sums(chosen))
    )


def seen(reader: Reader) -> tuple[ColumnElement[bool], ...]:
    """The sums whose entries the reader may see: their own mask, and the markings as they stand today."""
    return (
        holds(LedgerSum.audience, reader),
        open_to(reader, LedgerSum.funding_document_id, FundingDocument),
        open_to(reader, LedgerSum.project_id, Project),
        open_to(reader, LedgerSum.participant_id, Participant),
    )


def figures_of(row: RowMapping) -> Figures:
    return Figures(
        authority=row["authority"],
        ordered=row["ordered"],
        committed=row["committed"],
        obligated=row["obligated"],
        obligated_1253=row["obligated_1253"],
        obligated_other=row["obligated"] - row["obligated_1253"],
        obligated_continuing=row["obligated_continuing"],
        expended=row["expended"],
        unliquidated=row["obligated"] - row["expended"],
        contributed=row["contributed"],
        count=int(row["count"]),
    )
