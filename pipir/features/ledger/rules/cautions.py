"""What is said with an entry that passes and recorded with it: what its reader has to confirm."""

from datetime import date, timedelta
from typing import Final

from pipir.features.ledger.rules.accounts import life, state_of
from pipir.features.ledger.rules.acts import Act, Funding, is_economy_act
from pipir.features.ledger.rules.kinds import GIVES, effect
from pipir.kernel.calendar import fiscal_year, show_day
from pipir.kernel.money import dollars
from pipir.statute.model import Statute

_GIVES_AWAY: Final = ("transfer out", "reprogramming out")


def of_charge(act: Act, funding: Funding, statute: Statute) -> list[str]:
    """What to say of an entry beside what it is charged to."""
    signed = _of_signature(act, funding)
    if act.reversal:
        return signed
    found = [*signed, *_of_expiry(act, funding, statute)]
    if act.kind == "deobligation":
        found += _of_recovery(act, funding, statute)
    if act.kind == "commitment":
        found += _of_reservation(act, funding, statute)
    if act.kind == "obligation":
        if funding.source == "continuing resolution" and act.new_start:
            found.append(
                f"A new start under a continuing resolution ({statute.citation('continuing-resolution')}): "
                "confirm that the resolution allows it."
            )
        if is_economy_act(funding.order_law, statute) and funding.period_until is None:
            found.append(
                f"{funding.number} does not say until when the ordering agency's funds are available; what is not "
                f"obligated by then is deobligated ({statute.citation('economy-act-deobligation')})."
            )
        if funding.source == "none" and funding.excepted_basis:
            found.append(f"Made in a lapse of appropriations on the excepted basis: {funding.excepted_basis}")
    return found


def of_evidence(act: Act, statute: Statute) -> tuple[str, ...]:
    """What to say of an obligation's document: it came after it, or near a year's end says not where it was signed.

    A document of another fiscal year is refused.
    """
    if act.kind != "obligation" or act.reversal:
        return ()
    signed, found = act.document_on, []
    if signed is not None and signed > act.effective_on:
        found.append(
            f"The obligation is dated {show_day(act.effective_on)}, before its document ({show_day(signed)}): confirm "
            f"what bound on that day ({statute.citation('obligation-evidence')})."
        )
    # Of what a current account pays for a closed one the document alone says when it bound.
    dated = (signed,) if act.closed is not None else (act.effective_on, signed)
    near = next((each for each in dated if each is not None and _is_near_year_end(each)), None)
    if near is not None and not (act.signed_at or "").strip():
        found.append(
            f"The obligation is dated {show_day(near)}, within a day of 30 September, and names no place of signature: "
            "confirm where its document was signed, and that the day there is of the fiscal year that pays "
            f"({statute.citation('bona-fide-need')}; {statute.citation('obligation-evidence')})."
        )
    return tuple(found)


def _is_near_year_end(day: date) -> bool:
    # Days on earth begin about a day apart: only so near does the place tell in which fiscal year it was.
    return abs(day - date(day.year, 9, 30)) <= timedelta(days=1)


def of_other_end(act: Act, statute: Statute) -> tuple[str, ...]:
    """What to say of the reversal of authority that was brought in: what took it out stands, and stands alone."""
    if not act.reversal or act.left_out is None:
        return ()
    return (
        f"Entry {act.left_out}, which took this authority out, is not reversed with it: {dollars(act.amount)} lie in "
        f"no funding document until entry {act.left_out} is reversed too, or another entry brings them in "
        f"({statute.citation('funds-control')}).",
    )


def _of_signature(act: Act, funding: Funding) -> list[str]:
    """What is dated into a month that was signed against official accounting came after its signature."""
    after = [each for each in funding.signed if act.effective_on <= each.month_on]
    # The first month that holds the entry; a later one holds what came to its end, and with it this month.
    first = min((each.month_on for each in after), default=None)
    moved = effect(act.kind, 1, draws=act.names is not None)
    beside = (
        "the sign-off now stands beside a difference, until the month is reconciled and signed anew"
        if moved.obligated or moved.expended
        else "it changes nothing of what was signed, and the totals count it as posted after the signature"
    )
    return [
        f"{each.month_on:%B %Y} of account {funding.account.symbol} was signed against {each.source} on "
        f"{show_day(each.signed_on)} by {each.office}; this entry is dated into it: {beside}."
        for each in after
        if each.month_on == first
    ]


def _of_expiry(act: Act, funding: Funding, statute: Statute) -> list[str]:
    """What to say of an act that the end of the account's availability narrows and does not forbid."""
    last = act.performance_until if act.kind == "obligation" and act.closed is None else None
    if act.kind not in (*GIVES, *_GIVES_AWAY) and last is None:
        return []
    ends, symbol = life(funding.account, statute).available_until, funding.account.symbol
    if ends is None:
        return []
    if act.kind in GIVES and act.effective_on > ends:
        return [
            f"Account {symbol} expired with {show_day(ends)}: what it receives now pays for adjustments of old "
            f"obligations alone ({statute.citation('expired-account')})."
        ]
    if act.kind in _GIVES_AWAY and act.effective_on > ends:
        return [
            f"Account {symbol} expired with {show_day(ends)}: confirm that what allows the {act.kind} reaches expired "
            f"balances ({statute.citation('expired-account')})."
        ]
    if last is not None and last > ends:
        return [
            f"The services go on until {show_day(last)}, and account {symbol} expires with {show_day(ends)}: confirm "
            f"that a law lets their period cross it ({statute.citation('bona-fide-need')})."
        ]
    return []


def _of_recovery(act: Act, funding: Funding, statute: Statute) -> list[str]:
    """What an account that is still available gets back of an earlier year is used once it is apportioned."""
    named = act.named_on
    if named is None or fiscal_year(named) == fiscal_year(act.effective_on):
        return []
    if state_of(funding.account, act.effective_on, statute) != "available":
        return []
    return [
        f"A recovery of what was obligated in FY{fiscal_year(named)}: confirm that it is apportioned before it is "
        f"obligated anew ({statute.citation('apportionment')})."
    ]


def _of_reservation(act: Act, funding: Funding, statute: Statute) -> list[str]:
    """What a commitment is told that an obligation would be refused for."""
    citation = statute.citation("continuing-resolution")
    through = funding.through_on
    if funding.source == "continuing resolution" and through is not None and act.effective_on > through:
        return [
            f"The continuing resolution behind {funding.number} runs through {show_day(through)}; an obligation dated "
            f"{show_day(act.effective_on)} could not be charged to it ({citation})."
        ]
    if funding.source == "none" and not funding.excepted_basis:
        return [
            f"{funding.number} stands for a lapse of appropriations and names no excepted basis; an obligation could "
            f"not be charged to it ({citation})."
        ]
    return []
