"""Equitable share: what each party was to bear, what the agreement's record states, and what the ledger has."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

import msgspec

from pipir.kernel.currencies import show
from pipir.kernel.money import Dollars

US: Final = "United States"
NOT_SAID: Final = "kind not said"
# What of the ledger stands beside a planned share, by who bears it and of which kind; the rest is no money there.
_PARTNERS: Final[Mapping[str, str]] = {
    "cost": "partner contributions in cash",
    "in kind": "partner contributions in kind",
    NOT_SAID: "partner contributions, kind not said",
}
_OURS: Final = "obligations of the projects under the agreement"


class Party(msgspec.Struct, frozen=True):
    """A party of an agreement; no participant: the United States."""

    agreement_id: int
    participant_id: int | None


class Stated(msgspec.Struct, frozen=True):
    """A share as the agreement's record has it, agreed or actual."""

    party: Party
    kind: str
    stage: str
    currency: str
    amount: Decimal
    dollars: Dollars


class Came(msgspec.Struct, frozen=True):
    """What the ledger has of a party under an agreement: contributions of a kind, or our obligations with outlays."""

    party: Party
    kind: str
    amount: Dollars
    expended: Dollars | None = None


class Borne(msgspec.Struct, frozen=True):
    """One party's share of one kind: agreed, actual as stated, and actual in the ledger; None: there is no such figure.

    `difference` is what the ledger has less what was agreed.
    """

    party: Party
    kind: str
    agreed: Dollars | None
    agreed_shown: str
    stated: Dollars | None
    stated_shown: str
    ledger: Dollars | None
    ledger_says: str
    expended: Dollars | None
    difference: Dollars | None


def borne(stated: Iterable[Stated], came: Iterable[Came]) -> tuple[Borne, ...]:
    """Every share of every party, by agreement, the United States first, then by kind."""
    shares: dict[tuple[Party, str, str], list[Stated]] = {}
    for each in stated:
        shares.setdefault((each.party, each.kind, each.stage), []).append(each)
    ledger: dict[tuple[Party, str], tuple[Dollars, Dollars | None]] = {}
    for row in came:
        had = ledger.get((row.party, row.kind))
        if had is None:
            ledger[row.party, row.kind] = (row.amount, row.expended)
        else:
            spent = None if row.expended is None else (had[1] or Dollars.zero()) + row.expended
            ledger[row.party, row.kind] = (had[0] + row.amount, spent)
    keys = {(party, kind) for party, kind, _ in shares} | set(ledger)
    found = []
    for party, kind in sorted(keys, key=_order):
        agreed, actual = shares.get((party, kind, "agreed"), []), shares.get((party, kind, "actual"), [])
        says = _says(party, kind)
        # Where the ledger keeps such a figure, no entry is an amount of zero.
        amount, spent = ledger.get((party, kind), (Dollars.zero() if says else None, None))
        planned = _dollars(agreed)
        found.append(
            Borne(
                party,
                kind,
                planned,
                _shown(agreed),
                _dollars(actual),
                _shown(actual),
                amount,
                says,
                spent,
                amount - planned if amount is not None and planned is not None else None,
            )
        )
    return tuple(found)


def _says(party: Party, kind: str) -> str:
    if party.participant_id is None:
        return _OURS if kind == "cost" else ""
    return _PARTNERS.get(kind, "")


def _order(key: tuple[Party, str]) -> tuple[int, int, str]:
    party, kind = key
    return party.agreement_id, party.participant_id or 0, kind


def _dollars(shares: list[Stated]) -> Dollars | None:
    return sum((each.dollars for each in shares), Dollars.zero()) if shares else None


def _shown(shares: list[Stated]) -> str:
    sums: dict[str, Decimal] = {}
    for each in shares:
        sums[each.currency] = sums.get(each.currency, Decimal(0)) + each.amount
    return ", ".join(show(amount, code) for code, amount in sums.items())
