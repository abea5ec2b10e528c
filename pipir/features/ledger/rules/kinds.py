"""The kinds of entries and documents, and what an entry of a kind does to the sums."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

import msgspec

from pipir.kernel.money import Dollars

Kind = Literal[
    "authority received",
    "authority withdrawn",
    "commitment",
    "decommitment",
    "obligation",
    "upward adjustment",
    "deobligation",
    "expenditure",
    "refund",
    "partner contribution",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
REVERSAL: Final = "reversal"
ALL_KINDS: Final = (*KINDS, REVERSAL)
Level = Literal["appropriation", "apportionment", "allocation", "allotment", "suballotment", "target"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
Source = Literal["regular act", "continuing resolution", "reimbursable order", "none"]
SOURCES: Final[tuple[Source, ...]] = get_args(Source)
Basis = Literal["in-scope change", "price or rate", "antecedent liability"]
BASES: Final[tuple[Basis, ...]] = get_args(Basis)
Contribution = Literal["cash", "in kind"]
CONTRIBUTIONS: Final[tuple[Contribution, ...]] = get_args(Contribution)
Flag = Literal["potential violation: 1341/1517", "negative unliquidated obligation", "unmatched disbursement"]
FLAGS: Final[tuple[Flag, ...]] = get_args(Flag)

# What a dollar of each kind adds to authority, commitments, obligations, expenditures; a reversal does the opposite.
# A partner's contribution is a memorandum: it moves none of them.
_MOVES: Final[Mapping[str, tuple[int, int, int, int]]] = {
    "authority received": (1, 0, 0, 0),
    "authority withdrawn": (-1, 0, 0, 0),
    "commitment": (0, 1, 0, 0),
    "decommitment": (0, -1, 0, 0),
    "obligation": (0, 0, 1, 0),
    "upward adjustment": (0, 0, 1, 0),
    "deobligation": (0, 0, -1, 0),
    "expenditure": (0, 0, 0, 1),
    "refund": (0, 0, 0, -1),
    "partner contribution": (0, 0, 0, 0),
}
PLUS: Final[Mapping[str, tuple[str, ...]]] = {
    "authority": ("authority received",),
    "committed": ("commitment",),
    "obligated": ("obligation", "upward adjustment"),
    "expended": ("expenditure",),
    "contributed": ("partner contribution",),
}
MINUS: Final[Mapping[str, tuple[str, ...]]] = {
    "authority": ("authority withdrawn",),
    "committed": ("decommitment",),
    "obligated": ("deobligation",),
    "expended": ("refund",),
    "contributed": (),
}
# The kind of entry that each of these names; an obligation may name the commitment that it draws on.
NAMES: Final[Mapping[str, str]] = {
    "decommitment": "commitment",
    "upward adjustment": "obligation",
    "deobligation": "obligation",
    "expenditure": "obligation",
    "refund": "obligation",
}
MAY_NAME: Final[Mapping[str, str]] = {**NAMES, "obligation": "commitment"}
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


def cents(amount: Dollars) -> int:
    """The amount in whole cents."""
    return int(amount.amount.scaleb(2))


def from_cents(amount: int) -> Dollars:
    """Whole cents as an amount."""
    whole, part = divmod(abs(amount), 100)
    return Dollars(f"{'-' if amount < 0 else ''}{whole}.{part:02d}")


def effect(kind: str, amount: int, *, reversal: bool = False, draws: bool = False) -> Effect:
    """What `amount` cents of a kind do; an obligation that draws on a commitment uses that much of it up."""
    authority, committed, obligated, expended = _MOVES[kind]
    signed = -amount if reversal else amount
    drawn = signed if draws and kind == "obligation" else 0
    return Effect(authority * signed, committed * signed - drawn, obligated * signed, expended * signed)
