"""The kinds of entries and documents, and what an entry of a kind does to the sums."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal, get_args

import msgspec

from pipir.kernel.money import Dollars

Kind = Literal[
    "authority received",
    "authority withdrawn",
    "transfer out",
    "transfer in",
    "reprogramming out",
    "reprogramming in",
    "reimbursable order",
    "partner advance",
    "commitment",
    "decommitment",
    "obligation",
    "upward adjustment",
    "deobligation",
    "expenditure",
    "refund",
    "closing",
    "partner contribution",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
REVERSAL: Final = "reversal"
ALL_KINDS: Final = (*KINDS, REVERSAL)
Level = Literal["appropriation", "apportionment", "allocation", "allotment", "suballotment", "target"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
Source = Literal["regular act", "continuing resolution", "reimbursable order", "partner advance", "none"]
SOURCES: Final[tuple[Source, ...]] = get_args(Source)
# What such a document gives is no appropriation of the United States: totals keep it apart, and it stays what it is.
# Each is entered as a kind of its own name; every other document's authority is received.
_FIRST_KINDS: Final[Mapping[str, Kind]] = {each: each for each in ("reimbursable order", "partner advance")}
NO_APPROPRIATION: Final = tuple(_FIRST_KINDS)
# Who is charged under an order: as a direct cite the requester's account itself, else the performer's, which is repaid.
OrderMethod = Literal["direct cite", "reimbursable"]
ORDER_METHODS: Final[tuple[OrderMethod, ...]] = get_args(OrderMethod)
Basis = Literal["in-scope change", "price or rate", "antecedent liability"]
BASES: Final[tuple[Basis, ...]] = get_args(Basis)
Contribution = Literal["cash", "in kind"]
CONTRIBUTIONS: Final[tuple[Contribution, ...]] = get_args(Contribution)
Flag = Literal["potential violation: 1341/1517", "negative unliquidated obligation", "unmatched disbursement"]
FLAGS: Final[tuple[Flag, ...]] = get_args(Flag)

# Movements of authority, each with what lets it happen: a transfer rests on a law, a reprogramming on an approval.
TRANSFERS: Final = ("transfer out", "transfer in")
REPROGRAMMINGS: Final = ("reprogramming out", "reprogramming in")
# The movement that brings in what another one took out.
COUNTERS: Final[Mapping[str, str]] = {"transfer in": "transfer out", "reprogramming in": "reprogramming out"}
GIVES: Final = ("authority received", "transfer in", "reprogramming in", *NO_APPROPRIATION)
TAKES: Final = ("authority withdrawn", "transfer out", "reprogramming out")

# What a dollar of each kind adds to authority, commitments, obligations, expenditures; a reversal does the opposite.
# A partner's contribution is a memorandum: it moves none of them.
_MOVES: Final[Mapping[str, tuple[int, int, int, int]]] = {
    "authority received": (1, 0, 0, 0),
    "authority withdrawn": (-1, 0, 0, 0),
    "transfer out": (-1, 0, 0, 0),
    "transfer in": (1, 0, 0, 0),
    "reprogramming out": (-1, 0, 0, 0),
    "reprogramming in": (1, 0, 0, 0),
    # A customer's order and a partner's advance are authority of the document that they came by alone.
    "reimbursable order": (1, 0, 0, 0),
    "partner advance": (1, 0, 0, 0),
    "commitment": (0, 1, 0, 0),
    "decommitment": (0, -1, 0, 0),
    "obligation": (0, 0, 1, 0),
    "upward adjustment": (0, 0, 1, 0),
    "deobligation": (0, 0, -1, 0),
    "expenditure": (0, 0, 0, 1),
    "refund": (0, 0, 0, -1),
    # Cancels what was never obligated; where it names an obligation, what that one never paid as well.
    "closing": (-1, 0, 0, 0),
    "partner contribution": (0, 0, 0, 0),
}
PLUS: Final[Mapping[str, tuple[str, ...]]] = {
    "authority": ("authority received", "transfer in", "reprogramming in"),
    "ordered": NO_APPROPRIATION,
    "committed": ("commitment",),
    "obligated": ("obligation", "upward adjustment"),
    "expended": ("expenditure",),
    "contributed": ("partner contribution",),
}
MINUS: Final[Mapping[str, tuple[str, ...]]] = {
    "authority": ("authority withdrawn", "transfer out", "reprogramming out", "closing"),
    "ordered": ("closing",),
    "committed": ("decommitment",),
    "obligated": ("deobligation",),
    "expended": ("refund",),
    "contributed": (),
}
# A closing takes from what its document was given: from what was ordered where that is no appropriation, and from
# authority where it is one.
BY_DOCUMENT: Final = "closing"
# The kind of entry that each of these names; an obligation may name the commitment that it draws on, and a closing the
# obligation whose unliquidated balance it cancels.
NAMES: Final[Mapping[str, str]] = {
    "decommitment": "commitment",
    "upward adjustment": "obligation",
    "deobligation": "obligation",
    "expenditure": "obligation",
    "refund": "obligation",
}
MAY_NAME: Final[Mapping[str, str]] = {**NAMES, "obligation": "commitment", "closing": "obligation"}
# What a charge to a closed account may be, which a current one pays: an obligation, and what names it.
PAYS_CLOSED: Final = ("obligation", *(kind for kind, named in MAY_NAME.items() if named == "obligation"))
FLAGGED: Final[Mapping[str, tuple[str, ...]]] = {
    "potential violation: 1341/1517": ("commitment", "obligation", "upward adjustment", "expenditure"),
    "negative unliquidated obligation": ("expenditure",),
    "unmatched disbursement": ("expenditure",),
}


class Effect(msgspec.Struct, frozen=True):
    """What an entry adds on its day, in cents."""

    authority: int = 0
    committed: int = 0
    obligated: int = 0
    expended: int = 0


def first_kind(source: str) -> Kind:
    """The kind of entry by which a document of a source has its authority."""
    return _FIRST_KINDS.get(source, "authority received")


def cents(amount: Dollars) -> int:
    """The amount in whole cents."""
    return int(amount.amount.scaleb(2))


def from_cents(amount: int) -> Dollars:
    """Whole cents as an amount."""
    return Dollars(Decimal(amount).scaleb(-2)) if amount else Dollars.zero()


def effect(kind: str, amount: int, *, reversal: bool = False, draws: bool = False) -> Effect:
    """What `amount` cents of a kind do; `draws` says that the entry names another.

    An obligation that draws on a commitment uses that much of it up; a closing that names an obligation ends that much
    of it.
    """
    authority, committed, obligated, expended = _MOVES[kind]
    signed = -amount if reversal else amount
    drawn = signed if draws and kind == "obligation" else 0
    ended = signed if draws and kind == "closing" else 0
    return Effect(authority * signed, committed * signed - drawn, obligated * signed - ended, expended * signed)
