"""Sums that no day may pass: authority, commitments, obligations and what draws on them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import accumulate
from typing import Final

import msgspec

from pipir.features.ledger.rules.acts import Findings, Funding
from pipir.features.ledger.rules.kinds import cents, from_cents
from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Refused
from pipir.kernel.money import dollars
from pipir.statute.lookup import number
from pipir.statute.model import Statute


class DaySum(msgspec.Struct, frozen=True):
    """What the entries of one effective day add together, in cents."""

    on: date
    authority: int = 0
    committed: int = 0
    obligated: int = 0
    expended: int = 0


class Overrun(msgspec.Struct, frozen=True):
    """The first day on which a limit is passed, the figures of that day, and by how much the worst day passes it."""

    on: date
    limit: int
    used: int
    worst: int


def overrun(days: Iterable[tuple[date, int, int]], since: date) -> Overrun | None:
    """Where the running sum of used passes that of limit on a day from `since` on; rows are (day, limit, used)."""
    summed: dict[date, tuple[int, int]] = {}
    for on, limit, used in days:
        before = summed.get(on, (0, 0))
        summed[on] = (before[0] + limit, before[1] + used)
    ordered = sorted(summed)
    running = accumulate((summed[on] for on in ordered), lambda a, b: (a[0] + b[0], a[1] + b[1]))
    first: Overrun | None = None
    last_before: tuple[int, int] | None = None
    for on, (limit, used) in zip(ordered, running, strict=True):
        if on < since:
            last_before = (limit, used)
            continue
        # A day without rows of its own stands as the day before left it.
        if last_before is not None and on > since and last_before[1] > last_before[0]:
            first = Overrun(since, *last_before, last_before[1] - last_before[0])
        last_before = None
        if used > limit:
            worst = used - limit
            first = (
                msgspec.structs.replace(first, worst=max(first.worst, worst))
                if first
                else Overrun(on, limit, used, worst)
            )
    if last_before is not None and last_before[1] > last_before[0]:
        first = Overrun(since, *last_before, last_before[1] - last_before[0])
    return first


_LEVEL_RULES: Final[Mapping[str, str]] = {
    "appropriation": "antideficiency",
    "apportionment": "apportionment",
    "allocation": "subdivision",
    "allotment": "subdivision",
    "suballotment": "subdivision",
}


def within_authority(
    funding: Funding, days: Sequence[DaySum], *, since: date, asked: int, what: str, statute: Statute
) -> Findings:
    """Hold obligations within the document's authority on every day from `since` on; a target only warns."""
    warnings: list[str] = []
    if funding.source == "continuing resolution" and funding.cr_amount is not None:
        apportioned = cents(funding.cr_amount)
        total = sum(day.obligated for day in days)
        if total > apportioned:
            warnings.append(
                f"Obligations under {funding.number} come to {_money(total)}, above the {_money(apportioned)} "
                f"of the continuing resolution ({statute.citation('continuing-resolution')})."
            )
    found = overrun(((day.on, day.authority, day.obligated) for day in days), since)
    if found is None:
        return Findings(warnings=tuple(warnings))
    figures = (
        f"{what.capitalize()} of {_money(asked)} would bring obligations under {funding.number} to "
        f"{_money(found.used)} on {show_day(found.on)}; "
        f"its authority that day is {_money(found.limit)}."
    )
    # What is obligated for a partner is held by the law of its advance, whatever level hands it on.
    slug = "partner-advance" if funding.source == "partner advance" else _LEVEL_RULES.get(funding.level)
    if slug is None or funding.source == "none":
        why = "a target is a limit of management" if slug is None else "the lapse has no authority to be held against"
        return Findings(warnings=(*warnings, f"{figures} This warns only: {why}."))
    return Findings(
        (Refused(figures, citation=statute.citation(slug), way_out=_passes(asked, found)),), tuple(warnings)
    )


def within_commitments(
    funding: Funding, days: Sequence[DaySum], *, since: date, asked: int, what: str, statute: Statute
) -> Findings:
    """Hold commitments and obligations together within the authority, for acts that reserve or withdraw it."""
    found = overrun(((day.on, day.authority, day.obligated + day.committed) for day in days), since)
    if found is None:
        return Findings()
    figures = _reserved(funding, found, asked, what)
    if funding.level == "target" or funding.source == "none":
        return Findings(warnings=(f"{figures} This warns only.",))
    # The laws of the levels limit obligations and expenditures; a reservation is held by convention, ahead of them.
    return Findings((Refused(figures, citation=statute.citation("funds-control"), way_out=_passes(asked, found)),))


def beside_commitments(
    funding: Funding, days: Sequence[DaySum], *, since: date, asked: int, what: str, statute: Statute
) -> Findings:
    """Warn where what is obligated from no commitment takes authority that others have reserved, from `since` on.

    An obligation binds whether or not it was committed before; above the authority itself within_authority() speaks.
    """
    found = overrun(((day.on, day.authority, day.obligated + day.committed) for day in days), since)
    if found is None or overrun(((day.on, day.authority, day.obligated) for day in days), since) is not None:
        return Findings()
    return Findings(
        warnings=(
            f"{_reserved(funding, found, asked, what)} {_money(found.worst)} of what is committed can no longer be "
            f"obligated; an obligation that names its commitment takes nothing from the others "
            f"({statute.citation('funds-control')}). This warns only.",
        )
    )


def _reserved(funding: Funding, found: Overrun, asked: int, what: str) -> str:
    return (
        f"{what.capitalize()} of {_money(asked)} would leave {_money(found.used)} committed and obligated under "
        f"{funding.number} on {show_day(found.on)}; "
        f"its authority that day is {_money(found.limit)}."
    )


def within_obligation(
    label: str, days: Sequence[DaySum], *, since: date, asked: int, what: str, statute: Statute
) -> Findings:
    """Hold an obligation's expenditures within it on every day from `since` on, for acts that spend or deobligate."""
    found = overrun(((day.on, day.obligated, day.expended) for day in days), since)
    if found is not None:
        return Findings(
            (
                Refused(
                    f"{what.capitalize()} of {_money(asked)} would leave {label} with {_money(found.limit)} "
                    f"obligated and {_money(found.used)} "
                    f"expended on {show_day(found.on)}.",
                    citation=statute.citation("matched-disbursement"),
                    way_out=_passes(asked, found)
                    + " A disbursement already made is recorded as a negative unliquidated obligation.",
                ),
            )
        )
    return Findings()


def refunds_within_expenditures(
    label: str, days: Sequence[DaySum], *, since: date, asked: int, what: str, statute: Statute
) -> Findings:
    """Hold what comes back of an obligation's expenditures within them on every day from `since` on."""
    found = overrun(((day.on, day.expended, 0) for day in days), since)
    if found is not None:
        return Findings(
            (
                Refused(
                    f"{what.capitalize()} of {_money(asked)} would bring the expenditures of {label} below zero "
                    f"on {show_day(found.on)}.",
                    citation=statute.citation("matched-disbursement"),
                    way_out=_passes(asked, found),
                ),
            )
        )
    return Findings()


def within_commitment(
    label: str, days: Sequence[DaySum], *, since: date, asked: int, what: str, statute: Statute
) -> Findings:
    """Hold what is taken from one commitment within it on every day from `since` on."""
    found = overrun(((day.on, day.committed, 0) for day in days), since)
    if found is None:
        return Findings()
    return Findings(
        (
            Refused(
                f"{what.capitalize()} of {_money(asked)} would take more from {label} than it reserves: "
                f"{_money(-found.worst)} would be left on {show_day(found.on)}.",
                citation=statute.citation("funds-control"),
                way_out=_passes(asked, found),
            ),
        )
    )


def within_closed_share(
    symbol: str,
    days: Iterable[tuple[date, int, int]],
    *,
    since: date,
    asked: int,
    what: str,
    statute: Statute,
    charges: bool = True,
) -> Findings:
    """Hold what a current account pays of closed ones within its share of the account on every day from `since` on.

    Rows are (day, appropriated, charged). Without `charges` what harms takes appropriations away, by `asked`.
    """
    percent = number(statute, "closed-account-payment", "percent")
    # In hundredths of a cent, so that nothing is rounded before it is compared.
    found = overrun(((on, appropriated * percent, charged * 100) for on, appropriated, charged in days), since)
    if found is None:
        return Findings()
    worst = -(-found.worst // (100 if charges else percent))
    said = (
        f"{what.capitalize()} of {_money(asked)} would leave {symbol} with {_money(found.used // 100)} of charges to "
        f"closed accounts on {show_day(found.on)}; {percent} percent of the {_money(found.limit // percent)} "
        f"appropriated to it is {_money(found.limit // 100)} that day."
    )
    citation = statute.citation("closed-account-payment")
    passes = _passes(asked, msgspec.structs.replace(found, worst=worst))
    return Findings((Refused(said, citation=citation, way_out=passes),))


def _passes(asked: int, found: Overrun) -> str:
    rest = asked - found.worst
    return f"Up to {_money(rest)} would pass." if rest > 0 else "No amount would pass as things stand."


def _money(amount: int) -> str:
    return dollars(from_cents(amount))
