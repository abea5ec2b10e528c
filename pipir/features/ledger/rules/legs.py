"""The two legs of an entry: which control account it debits and which it credits."""

from collections.abc import Mapping
from typing import Final

import msgspec


class Control(msgspec.Struct, frozen=True):
    """A budgetary control account, with the number and name of its USSGL account; `debit` is its normal side."""

    number: int
    title: str
    debit: bool


class Sides(msgspec.Struct, frozen=True):
    """The control accounts that a dollar of a kind debits and credits; its reversal does the opposite."""

    debit: int
    credit: int


CHART_SOURCE: Final = "U.S. Standard General Ledger, Treasury Financial Manual, accounts of series 4000 (budgetary)"
# The program's record keeps one control account for each stage of money; an accounting system keeps more of them.
CONTROLS: Final = (
    Control(4119, "Other Appropriations Realized", debit=True),
    Control(4170, "Transfers - Current-Year Authority", debit=True),
    Control(4221, "Unfilled Customer Orders Without Advance", debit=True),
    Control(4222, "Unfilled Customer Orders With Advance", debit=True),
    Control(4350, "Canceled Authority", debit=False),
    Control(4510, "Apportionments", debit=False),
    Control(4610, "Allotments - Realized Resources", debit=False),
    Control(4700, "Commitments - Programs Subject to Apportionment", debit=False),
    Control(4801, "Undelivered Orders - Obligations, Unpaid", debit=False),
    Control(4902, "Delivered Orders - Obligations, Paid", debit=False),
)
_PLAIN: Final[Mapping[str, Sides]] = {
    "authority received": Sides(4119, 4610),
    "authority withdrawn": Sides(4610, 4119),
    "transfer out": Sides(4610, 4170),
    "transfer in": Sides(4170, 4610),
    "reprogramming out": Sides(4610, 4510),
    "reprogramming in": Sides(4510, 4610),
    "reimbursable order": Sides(4221, 4610),
    "partner advance": Sides(4222, 4610),
    "commitment": Sides(4610, 4700),
    "decommitment": Sides(4700, 4610),
    "obligation": Sides(4610, 4801),
    "upward adjustment": Sides(4610, 4801),
    "deobligation": Sides(4801, 4610),
    "expenditure": Sides(4801, 4902),
    "refund": Sides(4902, 4801),
    "closing": Sides(4610, 4350),
}
# What differs where the entry names another: the commitment that is drawn on, the obligation that is cancelled.
_NAMING: Final[Mapping[str, Sides]] = {"obligation": Sides(4700, 4801), "closing": Sides(4801, 4350)}


def sides(kind: str, *, draws: bool) -> Sides | None:
    """The legs of a dollar of a kind, `draws` where the entry names another; None of a memorandum.

    A partner's contribution is a memorandum: it moves no control account.
    """
    return _NAMING.get(kind, _PLAIN.get(kind)) if draws else _PLAIN.get(kind)
