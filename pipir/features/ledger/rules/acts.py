"""What the rules are told of a document and of an entry, and what they say of it."""

import re
from datetime import date
from typing import Final

import msgspec

from pipir.features.law.rules import Determination, is_under_section
from pipir.features.ledger.rules.accounts import Account
from pipir.kernel.errors import Refused
from pipir.kernel.money import Dollars
from pipir.statute.lookup import authorities
from pipir.statute.model import Statute


class ClosedAccount(msgspec.Struct, frozen=True):
    """A closed account that a later charge belongs to, with its title, which says what it was for."""

    account: Account
    title: str


class SignedMonth(msgspec.Struct, frozen=True):
    """A month of an account as it was signed against a source of official accounting, and the office that signed."""

    month_on: date
    source: str
    signed_on: date
    office: str


class Funding(msgspec.Struct, frozen=True):
    """What the rules need to know of a funding document."""

    number: str
    account: Account
    level: str
    source: str
    through_on: date | None = None
    cr_amount: Dollars | None = None
    # Of an order or an advance: its law.
    order_law: str | None = None
    order_accepted_on: date | None = None
    excepted_basis: str | None = None
    period_from: date | None = None
    period_until: date | None = None
    received_on: date | None = None
    until: date | None = None
    # Of a partner's advance: the country whose money it is.
    participant_id: int | None = None
    account_title: str = ""
    # Of its account: the signatures that stand, of all who may read the document, by month.
    signed: tuple[SignedMonth, ...] = ()


class Act(msgspec.Struct, frozen=True):
    """What the rules need to know of an entry; `kind` is the reversed kind where it is a reversal."""

    kind: str
    amount: Dollars
    effective_on: date
    reversal: bool = False
    program_authority: str | None = None
    other_authority: str | None = None
    determination: Determination | None = None
    late_because: str | None = None
    late_document: str | None = None
    project_id: int | None = None
    funding_document_id: int | None = None
    document_number: str | None = None
    document_on: date | None = None
    signed_at: str | None = None
    performance_from: date | None = None
    performance_until: date | None = None
    contribution_kind: str | None = None
    receipt_law: str | None = None
    transfer_law: str | None = None
    approval: str | None = None
    # The kind and the account of the movement of authority that this one brings in, its law, and the account outside of
    # this ledger that it left for.
    counter: str | None = None
    counter_symbol: str | None = None
    counter_amount: Dollars | None = None
    counter_law: str | None = None
    counter_outside: str | None = None
    # Of the reversal of authority that was brought in: the entry that took it out, which stands.
    left_out: int | None = None
    # Whether a movement comes without its other end, the account elsewhere where that lies, and whether it is one that
    # is kept here.
    alone: bool = False
    outside_account: str | None = None
    outside_kept: bool = False
    # The closed account that a current one pays for, and the document of it that the charge belongs to.
    closed_account_id: int | None = None
    closed_document: str | None = None
    closed: ClosedAccount | None = None
    # Of an order that the obligation places with another agency: its law, and whether it is a direct cite.
    order_law: str | None = None
    order_method: str | None = None
    need: str | None = None
    basis: str | None = None
    names: str | None = None
    named_on: date | None = None
    new_start: bool = False
    because: str | None = None
    has_funding: bool = True
    has_participant: bool = False
    participant_id: int | None = None
    flag: str | None = None
    evidence: str | None = None


class Findings(msgspec.Struct, frozen=True):
    """What the rules say of an entry: refusals, any of which stops it, and warnings, which are recorded with it.

    `always` are those of the refusals that no entry passes, not even one that records what has already happened.
    """

    refusals: tuple[Refused, ...] = ()
    warnings: tuple[str, ...] = ()
    always: tuple[Refused, ...] = ()


def known_authorities(statute: Statute) -> frozenset[str]:
    # Asked once for each of many thousand entries; the law does not change while a process lives.
    found = _AUTHORITIES.get(statute.digest)
    if found is None:
        found = _AUTHORITIES[statute.digest] = frozenset(row.slug for row in authorities(statute))
    return found


_AUTHORITIES: Final[dict[str, frozenset[str]]] = {}


def is_economy_act(order_law: str | None, statute: Statute) -> bool:
    """Whether an order rests on the Economy Act: what its performer does not obligate in time comes back."""
    return _cites(order_law, statute.citation("economy-act"))


def is_partner_advance(receipt_law: str | None, statute: Statute) -> bool:
    """Whether a partner's money comes under the law by which it is made available in advance."""
    return _cites(receipt_law, statute.citation("partner-advance"))


def is_same_law(one: str, other: str) -> bool:
    """Whether two citations are written alike but for their points and spaces."""
    return _bare(one) == _bare(other)


def _cites(text: str | None, citation: str) -> bool:
    return _bare(citation) in _bare(text or "")


def _bare(citation: str) -> str:
    return re.sub(r"[^0-9a-z]", "", citation.lower())


def is_under_1253(slug: str | None) -> bool:
    """Whether a program authority is a paragraph of section 1253."""
    return slug is not None and is_under_section(slug)
