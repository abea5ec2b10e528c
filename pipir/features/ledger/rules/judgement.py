"""What time and authority allow of one entry, before any sum is looked at."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from pipir.features.law import rules as law
from pipir.features.ledger.rules import cautions
from pipir.features.ledger.rules.accounts import Life, life, purpose_of, state_of
from pipir.features.ledger.rules.acts import Act, Findings, Funding, is_partner_advance, known_authorities
from pipir.features.ledger.rules.kinds import (
    GIVES,
    NO_APPROPRIATION,
    REPROGRAMMINGS,
    REVERSAL,
    TAKES,
    TRANSFERS,
    cents,
    first_kind,
)
from pipir.kernel.calendar import fiscal_year, show_day
from pipir.kernel.errors import Refused
from pipir.kernel.money import Dollars, dollars
from pipir.statute.lookup import in_force, number
from pipir.statute.model import Statute

_FOR_A_PARTNER: Final = ("commitment", "obligation")


def judge(
    act: Act, funding: Funding | None, statute: Statute, *, today: date, recorded_on: date | None = None
) -> Findings:
    """What the rules of time and authority say of one entry, before any sum is looked at.

    `recorded_on` is the day on which the entry counts as recorded, where that is not today.
    """
    charged = Findings() if funding is None else judge_charge(act, funding, statute, today=today)
    return together(judge_alone(act, statute, today=today, recorded_on=recorded_on), charged)


def together(alone: Findings, charged: Findings) -> Findings:
    """The two halves of a judgement as one, in the order in which they are told."""
    rest = alone.refusals[len(alone.always) :]
    return Findings((*alone.always, *charged.refusals, *rest), (*charged.warnings, *alone.warnings), alone.always)


def judge_alone(act: Act, statute: Statute, *, today: date, recorded_on: date | None = None) -> Findings:
    """What the rules say of an entry whatever it is charged to: its days, its evidence and its authority.

    Which project and which document it has is looked at only where it rests on a determination.
    """
    always, early = _of_days(act, statute, today), _of_sequence(act, statute)
    if act.kind != "expenditure" or act.flag is None:
        always, early = [*always, *early], []
    refused, told = _of_authority(act, statute, recorded_on or today)
    return Findings(
        (*always, *early, *_of_evidence(act, statute), *refused),
        (*cautions.of_evidence(act, statute), *told, *cautions.of_other_end(act, statute)),
        tuple(always),
    )


def charge_of(act: Act) -> Act:
    """An entry as the rules of what it is charged to see it: without all that they do not look at."""
    return Act(
        kind=act.kind,
        amount=act.amount,
        effective_on=act.effective_on,
        reversal=act.reversal,
        counter_symbol=act.counter_symbol,
        closed=act.closed,
        new_start=act.new_start,
        performance_from=act.performance_from,
        performance_until=act.performance_until,
        # Of what was obligated in an earlier year a deobligation is a recovery.
        named_on=act.named_on if act.kind == "deobligation" else None,
        # A closing that names an obligation cancels what was obligated.
        names=act.names if act.kind == "closing" else None,
        # A partner's advance is for that partner's share.
        participant_id=act.participant_id if act.kind in ("partner advance", *_FOR_A_PARTNER) else None,
    )


def judge_charge(act: Act, funding: Funding, statute: Statute, *, today: date) -> Findings:
    """What the rules say of an entry beside the funding document and the account that it is charged to.

    The amount is looked at by no rule of them; it stands in sentences.
    """
    charge = charge_of(act)
    refused, said = _of_closed_charge(charge, funding, statute)
    return Findings(
        (
            *_of_account(charge, funding, statute, today),
            *_of_document(charge, funding, statute),
            *_of_partner(charge, funding, statute),
            *_of_order(charge, funding, statute),
            *_of_performance(charge, funding, statute),
            *refused,
        ),
        (*cautions.of_charge(charge, funding, statute), *said),
    )


def _of_days(act: Act, statute: Statute, today: date) -> list[Refused]:
    """What no record of anything can be: dated ahead."""
    refusals: list[Refused] = []
    on = act.effective_on
    if on > today:
        refusals.append(
            Refused(
                f"An entry dated {show_day(on)} lies after today, {show_day(today)}: the ledger records what was done, "
                "not what is planned.",
                citation=statute.citation("statement-of-obligations"),
                way_out="Enter it on its day; a plan stands in the project's planned total and its milestones.",
            )
        )
    if act.document_on is not None and act.document_on > today:
        refusals.append(
            Refused(
                f"The document is dated {show_day(act.document_on)}, after today, {show_day(today)}.",
                citation=statute.citation("order-of-entries"),
                way_out="Enter the act once its document is signed.",
            )
        )
    return refusals


def _of_sequence(act: Act, statute: Statute) -> list[Refused]:
    """What comes before the entry that it names is no record of it, but of a disbursement that was made too early."""
    on = act.effective_on
    if act.named_on is None or on >= act.named_on:
        return []
    return [
        Refused(
            f"The entry is dated {show_day(on)}, before the entry that it names ({show_day(act.named_on)}).",
            citation=statute.citation("order-of-entries"),
            way_out=f"Date it on or after {show_day(act.named_on)}.",
        )
    ]


def _of_evidence(act: Act, statute: Statute) -> list[Refused]:
    if act.reversal:
        return []
    on, signed = act.effective_on, act.document_on
    # What a closed account owed was bound in its own years; a current one pays it all the same.
    bound_before = act.closed is not None and signed is not None and signed <= on
    if act.kind == "obligation" and signed is not None and fiscal_year(signed) != fiscal_year(on) and not bound_before:
        return [
            Refused(
                f"The obligation is dated {show_day(on)}, in FY{fiscal_year(on)}, and its document {show_day(signed)}, "
                f"in FY{fiscal_year(signed)}: the year in which the document binds is the year that pays.",
                citation=f"{statute.citation('bona-fide-need')}; {statute.citation('obligation-evidence')}",
                way_out="Date the obligation in the fiscal year of its document, and charge what is available then.",
            )
        ]
    if act.kind == "authority received" and act.has_participant and not act.receipt_law:
        return [
            Refused(
                "Authority received from a participant names no law that lets the Department receive and credit its "
                "cash: without one the money belongs in the Treasury.",
                citation=statute.citation("miscellaneous-receipts"),
                way_out="Name the law of the receipt, or enter the amount as a partner contribution, a memorandum.",
            )
        ]
    if act.kind == "authority received" and is_partner_advance(act.receipt_law, statute):
        return [
            Refused(
                "What a partner makes available in advance pays for its own share and charges no appropriation; it "
                "does not raise the authority of one.",
                citation=statute.citation("partner-advance"),
                way_out="Receive a funding document whose source is a partner advance, and charge the partner's share "
                "to it.",
            )
        ]
    return []


def _of_account(act: Act, funding: Funding, statute: Statute, today: date) -> list[Refused]:
    on = act.effective_on
    days = life(funding.account, statute)
    symbol = str(funding.account.symbol)
    state = state_of(funding.account, on, statute)
    if act.kind == "closing":
        return _of_closing(act, symbol, days, statute, today)
    if act.kind in ("transfer in", "transfer out") and act.counter_symbol is not None and act.counter_symbol == symbol:
        return [
            Refused(
                f"Both ends of the transfer are in account {symbol}: within an account authority is reprogrammed.",
                citation=statute.citation("transfer"),
                way_out="Enter a reprogramming with its approval.",
            )
        ]
    if act.kind in ("reprogramming in", "reprogramming out") and act.counter_symbol not in (None, symbol):
        return [
            Refused(
                f"The authority comes from account {act.counter_symbol} and goes to {symbol}: from one account to "
                "another it moves by transfer only.",
                citation=statute.citation("transfer"),
                way_out="Enter a transfer with the law that allows it.",
            )
        ]
    if "closed" in (state, state_of(funding.account, today, statute)):
        closes = days.closes_on
        no_year = funding.account.symbol.end_year is None
        return [
            Refused(
                f"Account {symbol} closed with {show_day(closes)}; its balances are cancelled and it takes no entry.",
                citation=statute.citation("no-year-closing" if no_year else "account-closing"),
                way_out="A valid charge that comes later may be paid from a current account of the same purpose "
                f"({statute.citation('closed-account-payment')}).",
            )
        ]
    if state == "not yet available" and act.kind not in (*GIVES, *TAKES):
        return [
            Refused(
                f"Account {symbol} is available from {show_day(days.available_from)}; the entry is dated "
                f"{show_day(on)}.",
                citation=statute.citation("bona-fide-need"),
                way_out=f"Date the entry on or after {show_day(days.available_from)}, or charge an account that was "
                "available.",
            )
        ]
    if state == "expired" and act.kind in ("commitment", "obligation") and not act.reversal:
        return [
            Refused(
                f"Account {symbol} expired with {show_day(days.available_until)}: it records, adjusts and liquidates "
                "obligations made until then; "
                f"a new {act.kind} dated {show_day(on)} is not one of them.",
                citation=statute.citation("expired-account"),
                way_out="Charge a current account, or post an upward adjustment that names the obligation and "
                "its basis.",
            )
        ]
    return []


def _of_performance(act: Act, funding: Funding, statute: Statute) -> list[Refused]:
    """Severable services are a need of the days on which they are performed: these reach into the account's years."""
    first, last = act.performance_from, act.performance_until
    if act.kind != "obligation" or act.reversal or act.closed is not None or not (first or last):
        return []
    days = life(funding.account, statute)
    symbol = funding.account.symbol
    if first and days.available_until and first > days.available_until:
        said = f"begin on {show_day(first)}, after account {symbol} expires with {show_day(days.available_until)}"
    elif last and days.available_from and last < days.available_from:
        said = f"end on {show_day(last)}, before account {symbol} is available from {show_day(days.available_from)}"
    else:
        return []
    return [
        Refused(
            f"The services {said}: they are a need of other years.",
            citation=statute.citation("bona-fide-need"),
            way_out="Charge an account that is available while they are performed; what is not severable states no "
            "period of performance.",
        )
    ]


def _of_order(act: Act, funding: Funding, statute: Statute) -> list[Refused]:
    """What is no appropriation stays what it is: it neither moves away nor is withdrawn as one."""
    moved = act.kind in (*TRANSFERS, *REPROGRAMMINGS)
    if funding.source not in NO_APPROPRIATION or act.reversal or not (moved or act.kind == "authority withdrawn"):
        return []
    if funding.source == "partner advance":
        elsewhere = "Let the partner make an advance for the other document."
        lowered = "Enter what remains of the advance as a partner advance, then reverse the entry of the larger one."
    else:
        elsewhere = "Let the customer place an order for the other document."
        lowered = "Enter what remains of the order as a reimbursable order, then reverse the entry of the larger one."
    return [
        Refused(
            f"{funding.number} is {_of_whom(funding)} and no appropriation: it takes no {act.kind}.",
            citation=_law_of(funding, statute),
            way_out=elsewhere if moved else lowered,
        )
    ]


def _of_whom(funding: Funding) -> str:
    return "an advance of a partner" if funding.source == "partner advance" else "an order of a customer"


def _law_of(funding: Funding, statute: Statute) -> str:
    if funding.source == "partner advance":
        return statute.citation("partner-advance")
    return funding.order_law or statute.citation("economy-act")


def _of_first_hand(act: Act, funding: Funding, statute: Statute) -> list[Refused]:
    """What gives a document its authority has the kind of its source; a partner's advance is that partner's own."""
    if act.reversal or act.kind not in ("authority received", *NO_APPROPRIATION):
        return []
    wanted = first_kind(funding.source)
    if act.kind != wanted:
        if wanted != "authority received":
            said = f"{funding.number} is {_of_whom(funding)}; its authority is entered as a {wanted}."
            way_out = f"Enter it as a {wanted}."
        elif act.kind == "partner advance":
            said = f"{funding.number} is no partner advance; only such a document takes one."
            way_out = "Enter the advance as a funding document of its own, with its partner and its law."
        else:
            said = f"{funding.number} is no reimbursable order; only such a document takes one."
            way_out = "Enter the order as a funding document of its own, with its law and its acceptance."
        advance = "partner advance" in (act.kind, wanted)
        citation = statute.citation("partner-advance") if advance else _law_of(funding, statute)
        return [Refused(said, citation=citation, way_out=way_out)]
    if act.kind == "partner advance" and act.participant_id != funding.participant_id:
        return [
            Refused(
                f"{funding.number} holds the advance of another partner: what is obligated for each stays within what "
                "it made available itself.",
                citation=statute.citation("partner-advance"),
                way_out="Enter the advance as a funding document of its own.",
            )
        ]
    return []


def _of_partner(act: Act, funding: Funding, statute: Statute) -> list[Refused]:
    """What one partner advanced reserves and pays nothing for another; an act for no one in particular is for it."""
    if funding.source != "partner advance" or act.kind not in _FOR_A_PARTNER or act.reversal:
        return []
    if act.participant_id in (None, funding.participant_id):
        return []
    return [
        Refused(
            f"{funding.number} holds the advance of another partner than the one that this {act.kind} is for: what is "
            "obligated for each stays within what it made available itself.",
            citation=statute.citation("partner-advance"),
            way_out="Charge the advance of that partner, or name the partner whose advance this is.",
        )
    ]


def _of_closing(act: Act, symbol: str, days: Life, statute: Statute, today: date) -> list[Refused]:
    """Balances are cancelled on the day on which their account closes, and not before it has."""
    on, closes = act.effective_on, days.closes_on
    citation = statute.citation("no-year-closing" if days.available_from is None else "account-closing")
    if closes is None:
        return [
            Refused(
                f"Account {symbol} is a no-year account and stays open: nothing of it is cancelled.",
                citation=citation,
                way_out="Record the determination that closes the account first.",
            )
        ]
    if today <= closes or on != closes:
        return [
            Refused(
                f"Account {symbol} closes with {show_day(closes)}; a closing dated {show_day(on)} cannot be entered on "
                f"{show_day(today)}.",
                citation=citation,
                way_out=f"Date it {show_day(closes)} and enter it after that day.",
            )
        ]
    return []


def _of_closed_charge(act: Act, funding: Funding, statute: Statute) -> tuple[list[Refused], list[str]]:
    """What a current account may pay of a closed one: a charge of the same purpose that the closed one cannot take."""
    if act.closed is None or act.kind != "obligation" or act.reversal:
        return [], []
    citation = statute.citation("closed-account-payment")
    closed, pays = act.closed.account, funding.account.symbol
    state = state_of(closed, act.effective_on, statute)
    if state != "closed":
        return [
            Refused(
                f"Account {closed.symbol} is {state} on {show_day(act.effective_on)}: what belongs to it is charged to "
                "it, and no other account pays.",
                citation=citation,
                way_out="Charge the account itself; in an expired one an upward adjustment names its obligation.",
            )
        ], []
    if funding.source in NO_APPROPRIATION:
        return [
            Refused(
                f"{funding.number} is {_of_whom(funding)} and no appropriation; it pays nothing of closed account "
                f"{closed.symbol}.",
                citation=citation,
                way_out="Charge a document of a current appropriation of the same purpose.",
            )
        ], []
    purposes = purpose_of(closed.symbol, act.closed.title), purpose_of(pays, funding.account_title)
    if purposes[0] != purposes[1]:
        return [
            Refused(
                f"Closed account {closed.symbol} was for {purposes[0]} and {pays} is for {purposes[1]}: only a current "
                "account of the same purpose pays.",
                citation=citation,
                way_out=f"Charge a current account for {purposes[0]}.",
            )
        ], []
    if (closed.symbol.agency, closed.symbol.main) == (pays.agency, pays.main):
        return [], []
    return [], [
        f"{pays} pays for closed account {closed.symbol} of another main account: confirm that it is available for "
        f"the same purpose ({citation})."
    ]


def _of_document(act: Act, funding: Funding, statute: Statute) -> list[Refused]:
    refusals: list[Refused] = []
    on = act.effective_on
    new = act.kind in ("commitment", "obligation") and not act.reversal
    first, last = funding.period_from, funding.period_until
    if new and ((first and on < first) or (last and on > last)):
        refusals.append(
            Refused(
                f"The entry is dated {show_day(on)}, outside of the period of {funding.number}: "
                f"{show_day(first) or 'open'} to {show_day(last) or 'open'}.",
                citation=statute.citation("bona-fide-need"),
                way_out="Charge a funding document whose period holds the day.",
            )
        )
    gives = act.kind in GIVES and not act.reversal
    if funding.until and on > funding.until and (new or act.kind in GIVES):
        refusals.append(
            Refused(
                f"Funding document {funding.number} ended on {show_day(funding.until)}; it takes no new {act.kind} "
                f"dated {show_day(on)}.",
                citation=statute.citation("funds-control"),
                way_out="Liquidations, deobligations and adjustments go on; new acts need another document.",
            )
        )
    if funding.source == "none" and gives:
        refusals.append(
            Refused(
                f"{funding.number} stands for a lapse of appropriations; no authority is received on it.",
                citation=statute.citation("continuing-resolution"),
                way_out="Enter the act or resolution that ends the lapse as a funding document of its own.",
            )
        )
    refusals += _of_first_hand(act, funding, statute)
    if not new or act.kind != "obligation":
        return refusals
    if funding.source == "none" and not funding.excepted_basis:
        refusals.append(
            Refused(
                f"{funding.number} stands for a lapse of appropriations and names no excepted basis; an "
                f"obligation of {dollars(act.amount)} has nothing to be charged to.",
                citation=statute.citation("continuing-resolution"),
                way_out="Record the excepted basis on the funding document, or wait for an appropriation.",
            )
        )
    if funding.source == "continuing resolution" and funding.through_on and on > funding.through_on:
        refusals.append(
            Refused(
                f"The continuing resolution behind {funding.number} runs through {show_day(funding.through_on)}; the "
                f"obligation is dated {show_day(on)}.",
                citation=statute.citation("continuing-resolution"),
                way_out="Charge the document of the act or resolution that followed it.",
            )
        )
    if funding.source == "reimbursable order" and (funding.order_accepted_on is None or on < funding.order_accepted_on):
        accepted = (
            f"was accepted on {show_day(funding.order_accepted_on)}"
            if funding.order_accepted_on
            else "has not been accepted"
        )
        refusals.append(
            Refused(
                f"The order {funding.number} {accepted}; the obligation is dated {show_day(on)}.",
                citation=funding.order_law or statute.citation("economy-act"),
                way_out="Record the acceptance of the order first.",
            )
        )
    return refusals


def _of_authority(act: Act, statute: Statute, today: date) -> tuple[list[Refused], tuple[str, ...]]:
    """What the law says of an act's authority: refusals, and what has to be said with one that passes."""
    if act.reversal or act.program_authority is None or act.program_authority not in known_authorities(statute):
        return [], ()
    if act.kind == "commitment" and not in_force(statute, act.program_authority, act.effective_on):
        return [], (
            f"{statute.citation(act.program_authority)} is not in force on {show_day(act.effective_on)}; an obligation "
            "could not rest on it.",
        )
    if act.kind != "obligation":
        return [], ()
    obligation = law.Act(
        kind="obligation",
        on=act.effective_on,
        authority=act.program_authority,
        other_authority=act.other_authority,
        project_id=act.project_id,
        funding_document_id=act.funding_document_id,
        determination=act.determination,
        late_because=act.late_because,
        late_document=act.late_document,
    )
    try:
        return [], law.judge(obligation, statute, today=today).warnings
    except Refused as refused:
        return [refused], ()


def may_change_funding(entries: Iterable[tuple[int, Act]], after: Funding, statute: Statute) -> None:
    """A document changes only so that each of its stored entries still meets the rules of the document."""
    for entry, act in entries:
        broken = _of_document(act, after, statute)
        if broken:
            raise Refused(
                f"With this change entry {entry} would break a rule of {after.number} that it was posted under. "
                + " ".join(each.detail for each in broken),
                citation="; ".join(dict.fromkeys(each.citation for each in broken)),
                way_out="Reverse the entry first, or keep what it rests on; title, purpose and source may change.",
            )


def contract_changes(total: int, on: date, statute: Statute) -> tuple[str, ...]:
    """What to say where upward adjustments of an expired account in a fiscal year come to `total` cents."""
    citation = statute.citation("contract-changes")
    approval, notice = (
        Dollars(number(statute, "contract-changes", name, on)) for name in ("approval-above", "notice-above")
    )
    if total <= cents(approval):
        return ()
    found = (
        f"Contract changes above {dollars(approval)} in a fiscal year in an expired account need the approval of the "
        f"head of the agency ({citation}).",
    )
    if total <= cents(notice):
        return found
    days = number(statute, "contract-changes", "days", on)
    return (
        *found,
        f"Above {dollars(notice)} in a fiscal year Congress is told first, and {days} days pass before the "
        f"obligation ({citation}).",
    )


def may_bring_in(out: int, reversed_by: int | None, brought_in_by: int | None, statute: Statute) -> None:
    """Authority that an entry took out is brought in once, and not at all where the taking out was reversed."""
    taken_back = f"was reversed by entry {reversed_by}" if reversed_by is not None else None
    if taken_back is None and brought_in_by is None:
        return
    raise Refused(
        f"Entry {out}, whose authority this one brings in, "
        f"{taken_back or f'was brought in by entry {brought_in_by} already'}: the same dollars would count twice.",
        citation=statute.citation("funds-control"),
        way_out="Name a movement that took authority out, stands, and was not brought in.",
    )


def may_reverse(
    kind: str, reversed_by: int | None, number_of: int, statute: Statute, *, brought_in_by: int | None = None
) -> None:
    """An entry is reversed once, a reversal never, and what took authority out not while another brings it in."""
    citation = statute.citation("reversal")
    if kind == REVERSAL:
        raise Refused(
            f"Entry {number_of} is a reversal; a reversal is not reversed.",
            citation=citation,
            way_out="Post the entry again as a new one.",
        )
    if reversed_by is not None:
        raise Refused(f"Entry {number_of} was reversed by entry {reversed_by}.", citation=citation)
    if brought_in_by is not None:
        raise Refused(
            f"Entry {brought_in_by} brings in what entry {number_of} took out: with this reversal the same dollars "
            "would count twice.",
            citation=statute.citation("funds-control"),
            way_out=f"Reverse entry {brought_in_by} first.",
        )
