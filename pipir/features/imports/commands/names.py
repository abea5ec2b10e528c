"""What the rows of a file name: an obligation or commitment of the file or of the ledger, by its document and line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from pipir.features.ledger.commands.known import Known
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
    """An obligation or commitment of the file that a later row names."""

    place: int
    line: int
    base: Base
    scope: Scope

    @property
    def known(self) -> Known:
        """The row as the rules know an entry."""
        return Known(
            number=-self.line,
            reversed_kind=None,
            amount=Dollars.zero(),
            adjusts_entry_id=None,
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
    """The obligations and commitments of the file that its rows name, and those that are not taken."""

    def __init__(self) -> None:
        # Only what a row names is kept in mind, by the hash of its key; None: all of it.
        self.wanted: set[int] | None = None
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

    def refuse(self, key: str, line: int) -> None:
        """Keep that a row is not taken: what names it is not taken either."""
        if self.wanted is None or hash(key) in self.wanted:
            self._refused[key] = line

    def refused(self, key: str) -> int | None:
        """The line of a row that is not taken."""
        return self._refused.get(key)

    def find(self, key: str) -> list[Own]:
        """The rows that stand before, one where the name is a good one."""
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
