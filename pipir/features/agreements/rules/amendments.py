"""Amendments: what they may change, how each part is read, and how they compare with what they amend.

A part is a plain field, a party (`party:` and its number) or the agreed share of one (`share:`, the party's number or
`us`, and the kind). Each has one canonical text, so that all of them compare, conflict and merge in the same way.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final, Literal, get_args

import msgspec

from pipir.features.agreements.rules.life import EFFECTIVE, KINDS, State, known_authorities, listed, state_on
from pipir.kernel.calendar import show_day
from pipir.kernel.currencies import show
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.parsing import parse
from pipir.kernel.text import Line, Prose
from pipir.statute.model import Statute

FieldName = Literal["name", "kind", "purpose", "expires_on", "program_authority", "also_authority"]
AmendmentState = Literal["drafting", "agreed", "signed", "withdrawn"]
FIELDS: Final[tuple[FieldName, ...]] = get_args(FieldName)
AMENDMENT_STATES: Final[tuple[AmendmentState, ...]] = get_args(AmendmentState)
TITLES: Final[Mapping[FieldName, str]] = {
    "name": "Title",
    "kind": "Kind",
    "purpose": "Purpose",
    "expires_on": "Expires on",
    "program_authority": "Law that it rests on",
    "also_authority": "Second law",
}
# What the database lets a change name besides FIELDS.
PARTS: Final = "^(party:[0-9]+|share:(us|[0-9]+):(cost|in kind|work|results))$"
AMENDMENT_STEPS: Final[Mapping[AmendmentState, tuple[AmendmentState, ...]]] = {
    "drafting": ("agreed", "withdrawn"),
    "agreed": ("drafting", "signed", "withdrawn"),
    "signed": (),
    "withdrawn": (),
}


_encoder = msgspec.json.Encoder(order="sorted")


class Change(msgspec.Struct, frozen=True):
    """One field of an amendment: when it was drafted, now, and as proposed; None is blank."""

    field: str
    drafted: str | None
    now: str | None
    proposed: str | None
    # The country's code where the field is a party or a share; blank: the United States, or a plain field.
    party: str = ""

    @property
    def conflicts(self) -> bool:
        """Whether another amendment has changed the field since this one was drafted."""
        return self.drafted != self.now

    @property
    def title(self) -> str:
        """The field in words."""
        if is_party(self.field):
            return f"Party {self.party}"
        if is_share(self.field):
            return f"Agreed share of {self.party or 'USA'}: {self.field.rpartition(':')[2]}"
        return TITLES[self.field]  # type: ignore[index]

    def words(self, value: str | None) -> str:
        """One of its values as offices and pages read it."""
        return said(self.field, value)


class AsParty(msgspec.Struct, frozen=True):
    """A party as an amendment states it: through whom it acts."""

    counterpart: str


class AsShare(msgspec.Struct, frozen=True):
    """An agreed share as an amendment states it; dollars have no rate."""

    description: str
    currency: str
    amount: str
    source: str
    rate: str | None = None
    rate_on: date | None = None
    rate_source: str | None = None


class _Text(msgspec.Struct, frozen=True):
    name: Line = "x"
    purpose: Prose = ""
    expires_on: date | None = None


def read_field(field: FieldName, text: str | None, statute: Statute) -> str | None:
    """A proposed value in the form in which it is stored, or Invalid at `proposed`."""
    expected = ""
    if field in ("name", "purpose", "expires_on"):
        if text is None and field == "name":
            expected = "An agreement has a title."
        elif text is not None:
            try:
                parse(_Text, {field: text}, lenient=True)
            except Invalid as wrong:
                expected = wrong.mistakes[0].expected
    elif field == "kind" and text not in KINDS:
        expected = "Expected one of: " + ", ".join(KINDS) + "."
    elif field in ("program_authority", "also_authority") and text is not None:
        known = [row.slug for row in known_authorities(statute)]
        expected = "" if text in known else "Expected one of: " + ", ".join(known) + "."
    if expected:
        found = (Mistake(field, expected, (text or "nothing")[:60]),)
        raise Invalid(f"{TITLES[field]} cannot become that.", mistakes=found)
    return "" if text is None and field == "purpose" else text


def check_changes(proposed: Mapping[FieldName, str | None], present: Mapping[str, str | None]) -> None:
    """Fields that are proposed, are proposed otherwise than they stand; parties and shares may follow."""
    if proposed and not any(present[field] != value for field, value in proposed.items()):
        raise Invalid(
            "The amendment changes nothing.",
            mistakes=(Mistake("fields", "Tick at least one field, and propose another value for it."),),
        )


def party_field(participant_id: int) -> str:
    """How an amendment names a party."""
    return f"party:{participant_id}"


def share_field(participant_id: int | None, kind: str) -> str:
    """How an amendment names the agreed share of a kind of a party; None: of the United States."""
    return f"share:{'us' if participant_id is None else participant_id}:{kind}"


def is_party(field: str) -> bool:
    """Whether a change is of a party."""
    return field.startswith("party:")


def is_share(field: str) -> bool:
    """Whether a change is of an agreed share."""
    return field.startswith("share:")


def participant_of(field: str) -> int | None:
    """The participant that a change of a party or share is about; None: the United States, or a plain field."""
    number = field.split(":")[1] if is_party(field) or is_share(field) else ""
    return int(number) if number.isdigit() else None


def party_text(counterpart: str) -> str:
    """The canonical text of a party."""
    return _encoder.encode(AsParty(counterpart)).decode()


def shares_text(shares: Iterable[AsShare]) -> str | None:
    """The canonical text of the agreed shares of a party of one kind; None: it has none."""
    texts = sorted(_encoder.encode(each) for each in shares)
    return "[" + ",".join(each.decode() for each in texts) + "]" if texts else None


def as_party(text: str) -> AsParty:
    """A party from its canonical text."""
    return msgspec.json.decode(text, type=AsParty)


def as_shares(text: str | None) -> tuple[AsShare, ...]:
    """Agreed shares from their canonical text."""
    return msgspec.json.decode(text, type=tuple[AsShare, ...]) if text else ()


def plain(number: Decimal) -> str:
    """A number as amendments store it: without zeros at its end."""
    return f"{number.normalize():f}"


def said(field: str, value: str | None) -> str:
    """A value of a part in words."""
    if value is None or value == "":
        return "no party" if is_party(field) else "none agreed" if is_share(field) else "nothing"
    if is_party(field):
        return f"through {as_party(value).counterpart}"
    if is_share(field):
        return "; ".join(_share_said(each) for each in as_shares(value))
    return value


def _share_said(share: AsShare) -> str:
    rate = f" at {share.rate} of {show_day(share.rate_on)}, {share.rate_source}" if share.rate else ""
    return f"{show(Decimal(share.amount), share.currency)}{rate} ({share.description}; {share.source})"


def may_propose(state: AmendmentState, now: str | None, proposed: str | None, where: str) -> None:
    """Parties and shares are proposed while an amendment is drafted, and otherwise than they stand."""
    if state != "drafting":
        raise Refused(
            f"The amendment is {state}; what it proposes changes while it is drafted.",
            way_out="Draft it anew first; it has to be agreed again then." if state == "agreed" else "Draft another.",
        )
    if now == proposed:
        raise Invalid(
            "The amendment would change nothing of it.",
            mistakes=(Mistake(where, "Expected otherwise than the agreement stands, or leave the change out."),),
        )


def may_agree(fields: Collection[str]) -> None:
    """A text that changes nothing is not agreed."""
    if not fields:
        raise Refused(
            "The amendment proposes no change yet.", way_out="Propose a field, a party or a share of the agreement."
        )


def check_merged(parties: Collection[int], shares: Iterable[int | None]) -> None:
    """After a merge every agreed share is that of a party or of the United States (None)."""
    if any(each is not None and each not in parties for each in shares):
        raise Refused(
            "The amendment would leave an agreed share to a country that is no party then.",
            way_out="Propose in the same amendment that the share is none, or that the country is a party.",
        )


def may_amend(state: State, expires_on: date | None, on: date, code: str) -> None:
    """Only an agreement in force is amended."""
    now = state_on(state, expires_on, on)
    if now not in EFFECTIVE:
        raise Refused(
            f"The agreement {code} is {now} on {show_day(on)}; an amendment changes one that is in force.",
            way_out="Before signature the text itself is changed; afterwards another agreement is entered.",
        )


def may_step_amendment(state: AmendmentState, wanted: AmendmentState) -> None:
    """A state of an amendment is followed only by those of its table."""
    if wanted not in AMENDMENT_STEPS[state]:
        raise Refused(
            f"An amendment that is {state} does not become {wanted}.",
            way_out="It may become " + (" or ".join(AMENDMENT_STEPS[state]) or "nothing any more: draft another") + ".",
        )


def may_merge(changes: tuple[Change, ...], number: int) -> None:
    """What another amendment has changed meanwhile is drafted anew before it is signed."""
    conflicts = [each.title for each in changes if each.conflicts]
    if conflicts:
        raise Refused(
            f"Amendment {number} was drafted against values that another amendment has changed since: "
            f"{listed(conflicts)}.",
            way_out="Draft it anew against the agreement as it stands, and have it agreed again.",
        )


def check_expiry(proposed: str | None, on: date) -> None:
    """An amended expiry lies after the day on which the amendment is signed."""
    if proposed is not None and date.fromisoformat(proposed) <= on:
        expected = (
            f"Expected a day after {show_day(on)}, the day of signature; record the end of the agreement instead."
        )
        raise Invalid("The expiry needs correcting.", mistakes=(Mistake("expires_on", expected, proposed),))


def is_extension(changes: tuple[Change, ...]) -> bool:
    """Whether it brings the agreement beyond the day on which it would expire."""
    return any(
        each.field == "expires_on" and each.now is not None and (each.proposed is None or each.proposed > each.now)
        for each in changes
    )
