"""What an entry or a funding document must state, every mistake at once."""

from datetime import date

from pipir.features.ledger.rules.accounts import EARLIEST, read_symbol
from pipir.features.ledger.rules.acts import Act, Funding, is_same_law, known_authorities
from pipir.features.ledger.rules.kinds import (
    BASES,
    COUNTERS,
    FLAGGED,
    MAY_NAME,
    NAMES,
    NO_APPROPRIATION,
    PAYS_CLOSED,
    REPROGRAMMINGS,
    TRANSFERS,
    OrderMethod,
)
from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Mistake
from pipir.kernel.money import Dollars, dollars
from pipir.statute.model import Statute


def missing(act: Act, statute: Statute) -> tuple[Mistake, ...]:
    """What an entry of this kind must state and does not, every mistake at once."""
    wrong: list[Mistake] = []
    kind = act.kind
    if act.amount <= Dollars.zero():
        wrong.append(
            Mistake("amount", "Expected an amount above zero; the kind of the entry gives the sign.", str(act.amount))
        )
    if act.reversal:
        return tuple(wrong)
    if act.effective_on.year < EARLIEST:
        wrong.append(_too_early("effective_on", act.effective_on))
    if not act.has_funding and kind != "partner contribution":
        wrong.append(Mistake("funding_document_id", "Expected the funding document that this entry is charged to."))
    if kind == "partner contribution" and not act.has_participant:
        wrong.append(Mistake("participant_id", "Expected the participant whose contribution this is."))
    if kind == "partner advance":
        wrong += _missing_of_advance(act, statute)
    if kind == "obligation":
        wrong += _missing_of_obligation(act, statute)
    elif act.program_authority is not None and act.program_authority not in known_authorities(statute):
        wrong.append(_unknown("program_authority", act.program_authority, statute))
    if act.other_authority is not None and act.other_authority not in known_authorities(statute):
        wrong.append(_unknown("other_authority", act.other_authority, statute))
    if act.performance_from and act.performance_until and act.performance_until < act.performance_from:
        expected = "Expected a day on or after the first day of performance."
        wrong.append(Mistake("performance_until", expected, act.performance_until.isoformat()))
    return (
        *wrong,
        *_out_of_place(act),
        *_wrong_movement(act, statute),
        *_wrong_closed(act, statute),
        *_wrong_names(act),
    )


def _out_of_place(act: Act) -> list[Mistake]:
    """What is said of a kind of which it means nothing."""
    wrong: list[Mistake] = []
    kind = act.kind
    if act.contribution_kind is not None and kind != "partner contribution":
        expected = "Only a partner contribution is in cash or in kind."
        wrong.append(Mistake("contribution_kind", expected, act.contribution_kind))
    received = kind == "partner advance" or (kind == "authority received" and act.has_participant)
    if act.receipt_law is not None and not received:
        expected = "Only authority received from a country and a partner's advance name the law of their receipt."
        wrong.append(Mistake("receipt_law", expected, act.receipt_law))
    if act.order_law is not None and kind != "obligation":
        expected = "Only an obligation is an order that is placed with another agency."
        wrong.append(Mistake("order_law", expected, act.order_law))
    if act.order_method is not None and act.order_law is None:
        expected = "Only an order that names its law is a direct cite or reimbursable."
        wrong.append(Mistake("order_method", expected, act.order_method))
    return wrong


def _wrong_closed(act: Act, statute: Statute) -> list[Mistake]:
    """What is wrong with a charge to a closed account: an obligation names the account and the document in it."""
    citation = statute.citation("closed-account-payment")
    if act.kind == "obligation":
        if act.closed_account_id is not None and act.closed_document is None:
            expected = f"Expected the document and line of the closed account that the charge belongs to ({citation})."
            return [Mistake("closed_document", expected)]
        if act.closed_account_id is None and act.closed_document is not None:
            expected = "Expected the closed account that the document belongs to."
            return [Mistake("closed_account_id", expected)]
        return []
    wrong: list[Mistake] = []
    if act.closed_account_id is not None and act.kind not in PAYS_CLOSED:
        expected = f"Only an obligation is a charge to a closed account that a current one pays ({citation})."
        wrong.append(Mistake("closed_account_id", expected, str(act.closed_account_id)))
    if act.closed_document is not None:
        expected = "Only an obligation names the document of a closed account."
        wrong.append(Mistake("closed_document", expected, act.closed_document))
    return wrong


def _wrong_movement(act: Act, statute: Statute) -> list[Mistake]:
    """What is wrong with a movement of authority: a transfer names its law, a reprogramming its approval."""
    wrong: list[Mistake] = []
    kind = act.kind
    if kind in TRANSFERS and act.transfer_law is None:
        wrong.append(
            Mistake(
                "transfer_law",
                f"Expected the law that allows the transfer; without one {statute.citation('transfer')} forbids it.",
            )
        )
    if kind not in TRANSFERS and act.transfer_law is not None:
        wrong.append(Mistake("transfer_law", "Only a transfer names the law that allows it.", act.transfer_law))
    if kind in REPROGRAMMINGS and act.approval is None:
        wrong.append(Mistake("approval", "Expected the approval of the reprogramming: its document and day."))
    if kind not in REPROGRAMMINGS and act.approval is not None:
        wrong.append(Mistake("approval", "Only a reprogramming names its approval.", act.approval))
    wrong += _wrong_end(act)
    if act.counter is not None and COUNTERS.get(kind) != act.counter:
        expected = (
            f"Expected the number of the {COUNTERS[kind]} that this entry brings in."
            if kind in COUNTERS
            else "Only what brings authority in names the entry that took it out."
        )
        wrong.append(Mistake("counter_entry_id", expected, act.counter))
    if kind in COUNTERS and act.counter_amount is not None and act.counter_amount != act.amount:
        wrong.append(
            Mistake("amount", f"Expected {dollars(act.counter_amount)}, which was taken out.", str(act.amount))
        )
    if kind in COUNTERS and act.counter_outside is not None:
        expected = f"Expected a {COUNTERS[kind]} within this ledger: this one's authority left for another account."
        wrong.append(Mistake("counter_entry_id", expected, act.counter_outside))
    law = act.transfer_law
    if law is not None and act.counter_law is not None and not is_same_law(law, act.counter_law):
        wrong.append(Mistake("transfer_law", f"Expected {act.counter_law}, under which it was taken out.", law))
    return wrong


def _wrong_end(act: Act) -> list[Mistake]:
    """What is wrong with a movement without its other end: dollars leave and come by accounts that are named."""
    wrong: list[Mistake] = []
    kind, outside = act.kind, act.outside_account
    if kind in REPROGRAMMINGS and act.alone:
        expected = (
            f"Expected both ends of the reprogramming: a {kind} has its other end in the same account. Move the "
            "authority from one funding document to the other, which posts the two at once."
        )
        wrong = [Mistake("kind", expected, kind)]
    if outside is None:
        if kind not in TRANSFERS or not act.alone:
            return wrong
        way = "goes to" if kind == "transfer out" else "comes from"
        expected = (
            f"Expected the symbol of the account outside of this ledger that it {way}; between two accounts of this "
            "ledger move the authority from one funding document to the other, which posts both ends at once."
        )
        return [Mistake("outside_account", expected)]
    if kind not in TRANSFERS or not act.alone:
        expected = "Only a transfer whose other end lies outside of this ledger names an account there."
        return [*wrong, Mistake("outside_account", expected, outside)]
    if read_symbol(outside) is None:
        return [Mistake("outside_account", "Expected an account symbol such as 019-2026/2027-0113-000.", outside)]
    if act.outside_kept:
        expected = (
            "This account has funding documents here: move the authority from one funding document to the other, which "
            "posts both ends at once."
        )
        return [Mistake("outside_account", expected, outside)]
    return []


def _wrong_names(act: Act) -> list[Mistake]:
    """What is wrong with the entry that this one names, its basis and its flag."""
    wrong: list[Mistake] = []
    kind = act.kind
    needed = NAMES.get(kind)
    allowed = MAY_NAME.get(kind)
    unmatched = act.flag == "unmatched disbursement"
    if needed is not None and act.names is None and not unmatched:
        wrong.append(Mistake("adjusts_entry_id", f"Expected the number of the {needed} that this entry names."))
    if unmatched and act.names is not None:
        wrong.append(Mistake("flag", "A disbursement that names its obligation is not unmatched."))
    if act.names is not None and act.names != allowed:
        expected = (
            f"Expected the number of {_a(allowed)}." if allowed else f"{_a(kind).capitalize()} names no other entry."
        )
        wrong.append(Mistake("adjusts_entry_id", expected, act.names))
    if kind == "upward adjustment" and act.basis is None:
        wrong.append(
            Mistake(
                "basis",
                "Expected the basis of the adjustment: "
                + ", ".join(BASES)
                + ". A change out of scope is a new obligation.",
            )
        )
    if kind != "upward adjustment" and act.basis is not None:
        wrong.append(Mistake("basis", "Only an upward adjustment has a basis.", act.basis))
    if act.flag is not None and kind not in FLAGGED[act.flag]:
        wrong.append(Mistake("flag", f"This flag stands on an entry of kind {' or '.join(FLAGGED[act.flag])}.", kind))
    if act.flag is not None and not (act.evidence or "").strip():
        wrong.append(Mistake("evidence", "Expected the evidence of the liability that was incurred."))
    return wrong


def _missing_of_advance(act: Act, statute: Statute) -> list[Mistake]:
    wrong: list[Mistake] = []
    if not act.has_participant:
        wrong.append(Mistake("participant_id", "Expected the participant whose money was advanced."))
    if act.receipt_law is None:
        expected = (
            "Expected the law that lets the Department receive and credit the advance, such as "
            f"{statute.citation('partner-advance')}; else it belongs in the Treasury "
            f"({statute.citation('miscellaneous-receipts')})."
        )
        wrong.append(Mistake("receipt_law", expected))
    return wrong


def _missing_of_obligation(act: Act, statute: Statute) -> list[Mistake]:
    wrong: list[Mistake] = []
    known = known_authorities(statute)
    if act.program_authority is None:
        wrong.append(
            Mistake(
                "program_authority",
                "Expected the authority that the act rests on: a paragraph of section 1253(e), or another law.",
            )
        )
    elif act.program_authority not in known:
        wrong.append(_unknown("program_authority", act.program_authority, statute))
    elif statute.provision(act.program_authority).needs_other_authority:
        citation = statute.citation(act.program_authority)
        if act.other_authority is None:
            wrong.append(Mistake("other_authority", f"{citation} works through another authority; name it."))
        elif act.other_authority in known and not statute.citation(act.other_authority).startswith("10 U.S.C."):
            wrong.append(
                Mistake(
                    "other_authority",
                    f"{citation} uses an authority of title 10, United States Code.",
                    act.other_authority,
                )
            )
    # What was incurred without a document or a stated need is recorded all the same, on its evidence.
    if act.flag is not None:
        return wrong
    if act.document_number is None:
        wrong.append(
            Mistake(
                "document_number",
                f"Expected the document that binds; {statute.citation('obligation-evidence')} asks for it in writing.",
            )
        )
    if act.need is None:
        wrong.append(
            Mistake(
                "need",
                f"Expected the need of the period that the obligation serves ({statute.citation('bona-fide-need')}).",
            )
        )
    if act.document_on is None:
        wrong.append(
            Mistake("document_on", "Expected the date of the binding document: which year pays depends on it.")
        )
    return wrong


def _too_early(where: str, on: date) -> Mistake:
    # No account that a symbol can name was available then: it is a day with a mistyped year.
    return Mistake(where, f"Expected a day from {EARLIEST} on.", on.isoformat())


def _unknown(where: str, slug: str, statute: Statute) -> Mistake:
    return Mistake(where, "Expected one of: " + ", ".join(sorted(known_authorities(statute))) + ".", slug[:60])


def check_first_authority(source: str, amount: Dollars | None) -> tuple[Mistake, ...]:
    """A funding document comes with its authority, and a lapse without any."""
    if source == "none":
        expected = "In a lapse no authority is received; leave the amount blank."
        return () if amount is None else (Mistake("amount", expected, str(amount)),)
    if amount is None or amount <= Dollars.zero():
        expected = "Expected the amount of authority that the document gives, above zero."
        return (Mistake("amount", expected, "" if amount is None else str(amount)),)
    return ()


def check_received(received_on: date, today: date) -> tuple[Mistake, ...]:
    """A funding document is entered once it was received; one of a lapse has no first entry that would be ahead."""
    if received_on <= today:
        return ()
    expected = f"Expected a day until {show_day(today)}: a document is entered once it was received."
    return (Mistake("received_on", expected, received_on.isoformat()),)


def check_funding(funding: Funding, order_method: OrderMethod | None = None) -> tuple[Mistake, ...]:
    """What a funding document of its source must state, every mistake at once."""
    wrong: list[Mistake] = []
    if funding.received_on is not None and funding.received_on.year < EARLIEST:
        wrong.append(_too_early("received_on", funding.received_on))
    if funding.source == "continuing resolution":
        if funding.through_on is None:
            wrong.append(Mistake("through_on", "Expected the last day of the continuing resolution."))
        if funding.cr_amount is None:
            wrong.append(Mistake("cr_amount", "Expected the amount apportioned under the continuing resolution."))
    elif funding.through_on is not None or funding.cr_amount is not None:
        wrong.append(
            Mistake("through_on", "Only a continuing resolution has a through date and an apportioned amount.")
        )
    wrong += _wrong_of_no_appropriation(funding)
    if order_method is not None and funding.source != "reimbursable order":
        expected = "Only of a reimbursable order it is said whether it is a direct cite or reimbursable."
        wrong.append(Mistake("order_method", expected, order_method))
    if funding.source != "none" and funding.excepted_basis:
        wrong.append(Mistake("excepted_basis", "Only a lapse of appropriations has an excepted basis."))
    if funding.cr_amount is not None and funding.cr_amount <= Dollars.zero():
        wrong.append(Mistake("cr_amount", "Expected an amount above zero.", str(funding.cr_amount)))
    if funding.period_from and funding.period_until and funding.period_until < funding.period_from:
        wrong.append(
            Mistake(
                "period_until",
                "Expected a day on or after the first day of the period.",
                funding.period_until.isoformat(),
            )
        )
    return tuple(wrong)


def _wrong_of_no_appropriation(funding: Funding) -> list[Mistake]:
    """What is wrong with what a customer's order or a partner's advance states, or another document in its place."""
    wrong: list[Mistake] = []
    if funding.source == "reimbursable order" and not funding.order_law:
        wrong.append(Mistake("order_law", "Expected the law that the order rests on, such as 31 U.S.C. 1535."))
    elif funding.source == "partner advance" and not funding.order_law:
        expected = "Expected the law that lets the Department credit the advance, such as 22 U.S.C. 2767(d)."
        wrong.append(Mistake("order_law", expected))
    elif funding.source not in NO_APPROPRIATION and funding.order_law:
        expected = "Only a reimbursable order and a partner advance have a law of their own."
        wrong.append(Mistake("order_law", expected, funding.order_law))
    if funding.order_accepted_on is not None and funding.source != "reimbursable order":
        expected = "Only a reimbursable order has an acceptance date."
        wrong.append(Mistake("order_accepted_on", expected, funding.order_accepted_on.isoformat()))
    if funding.source == "partner advance":
        if funding.participant_id is None:
            wrong.append(Mistake("participant_id", "Expected the participant whose money it holds."))
        if funding.level == "target":
            expected = "What is obligated for a partner stays within its advance by law; a target would only warn."
            wrong.append(Mistake("level_of_control", expected, funding.level))
    elif funding.participant_id is not None:
        expected = "Only a partner advance names the participant whose money it holds."
        wrong.append(Mistake("participant_id", expected, str(funding.participant_id)))
    return wrong


def _a(noun: str | None) -> str:
    return f"{'an' if (noun or '')[:1] in 'aeiou' else 'a'} {noun}"
