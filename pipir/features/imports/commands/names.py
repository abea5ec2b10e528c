"""What the rows of a file name: an obligation or commitment of the file or of the ledger, by its document and line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from pipir.features.ledger.commands.known import Known
from pipir.features.ledger.rules import REVERSAL
from pipir.kernel.money import Dollars

# Four numbers of a row of the file in one, since there may be a million: its scope, its base, its place, its line.
_BITS: Final = 32
_LOW: Final = (1 << _BITS) - 1
# What a row names: a kind of entry, its document and its line.
Name = tuple[str, str, str]


class Base(NamedTuple):
    """What the rules look at of an entry that is named, and what is taken of it but whom it is for."""

    kind: str
    effective_on: date
    program_authority: str | None
    other_authority: str | None
    continuation_id: int | None
    closed_account_id: int | None


class Scope(NamedTuple):
    """What an entry is charged to and whom it is for."""

    funding_document_id: int | None
    project_id: int | None
    participant_id: int | None


NO_SCOPE: Final = Scope(None, None, None)


class Own(NamedTuple):
    """A row of the file that a later row names; of one that is reversed also its amount and what it names itself."""

    place: int
    line: int
    base: Base
    scope: Scope
    amount: Dollars = Dollars.zero()
    adjusts_place: int | None = None
    adjusts_entry_id: int | None = None

    @property
    def known(self) -> Known:
        """The row as the rules know an entry."""
        return Known(
            number=-self.line,
            reversed_kind=None,
            amount=self.amount,
            adjusts_entry_id=self.adjusts_entry_id,
            incurred=False,
            **self.base._asdict(),
            **self.scope._asdict(),
        )


@dataclass
class Named:
    """What the rows of a chunk name in the ledger: by document and line, and by number."""

    by_document: Mapping[str, Sequence[Known]]
    by_number: Mapping[int, Known]
    reversed_by: Mapping[int, int]


def base_of(known: Known) -> Base:
    """What is taken of an entry that is named, but whom it is for."""
    return Base(
        known.kind,
        known.effective_on,
        known.program_authority,
        known.other_authority,
        known.continuation_id,
        known.closed_account_id,
    )


def scope_of(known: Known) -> Scope:
    """What an entry that is named is charged to and whom it is for."""
    return Scope(known.funding_document_id, known.project_id, known.participant_id)


def key_of(kind: str, document: str, line: str) -> str:
    """What an obligation or commitment is found by."""
    return f"{kind[:1]}{document}\x1f{line}"


class OwnRows:
    """The rows of the file that its rows name, and those that are not taken."""

    def __init__(self) -> None:
        # Only what a row names is kept in mind, by the hash of its key; None: all of it.
        self.wanted: set[int] | None = None
        # Whether a row reverses what it names by its document: then rows of any kind are kept in mind.
        self.reverses = False
        # What rows have reversed so far: the places of rows, and the numbers of entries.
        self.gone: set[int] = set()
        self.gone_entries: set[int] = set()
        self.undone = False
        self._whole: dict[str, list[Own]] = {}
        self._kept: dict[str, int] = {}
        # Of a key that stands more than once: the others.
        self._again: dict[str, list[int]] = {}
        self._refused: dict[str, int] = {}
        self._bases: dict[Base, int] = {}
        self._base: list[Base] = []
        self._scopes: dict[Scope, int] = {}
        self._scope: list[Scope] = []

    def keep(self, key: str, base: Base, scope: Scope, place: int, line: int) -> None:
        """Keep a row that is taken."""
        if self.wanted is not None and hash(key) not in self.wanted:
            return
        first = self._bases.setdefault(base, len(self._base))
        if first == len(self._base):
            self._base.append(base)
        second = self._scopes.setdefault(scope, len(self._scope))
        if second == len(self._scope):
            self._scope.append(scope)
        packed = ((second << _BITS | first) << _BITS | place) << _BITS | line
        if self._kept.setdefault(key, packed) != packed:
            self._again.setdefault(key, []).append(packed)

    def keep_row(self, own: Own, document: str, line: str) -> None:
        """Keep a row that is taken by what it is, and by what a later row may reverse it by."""
        if own.base.kind in ("obligation", "commitment"):
            self.keep(key_of(own.base.kind, document, line), own.base, own.scope, own.place, own.line)
        key = key_of(REVERSAL, document, line)
        if self.reverses and (self.wanted is None or hash(key) in self.wanted):
            self._whole.setdefault(key, []).append(own)

    def reverse(self, place: int | None, entry: int | None) -> None:
        """Note that a row of the file, or an entry, is reversed: later rows do not mean it."""
        self.undone = True
        if place is not None:
            self.gone.add(place)
        if entry is not None:
            self.gone_entries.add(entry)

    def refuse(self, key: str, line: int) -> None:
        """Keep that a row is not taken: what names it is not taken either."""
        if self.wanted is None or hash(key) in self.wanted:
            self._refused[key] = line

    def refused(self, key: str) -> int | None:
        """The line of a row that is not taken."""
        return self._refused.get(key)

    def find(self, key: str) -> list[Own]:
        """The rows that stand before, one where the name is a good one."""
        if self.reverses and key in self._whole:
            return self._whole[key]
        first = self._kept.get(key)
        if first is None:
            return []
        packed = [first]
        if key in self._again:
            packed += self._again[key]
        return [
            Own(each >> _BITS & _LOW, each & _LOW, self._base[each >> 2 * _BITS & _LOW], self._scope[each >> 3 * _BITS])
            for each in packed
        ]
