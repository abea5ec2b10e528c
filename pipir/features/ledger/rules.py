"""What is allowed in the ledger: account symbols and their life, what each kind of entry does, limits of law."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import accumulate
from typing import Final, Literal, get_args

import msgspec

from pipir.kernel.calendar import fiscal_year_bounds, show_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.money import Dollars, dollars
from pipir.statute.lookup import authorities, in_force, number
from pipir.statute.model import Statute

# ---- what entries are

Kind = Literal[
    "authority received",
    "authority withdrawn",
    "commitment",
    "decommitment",
    "obligation",
    "upward adjustment",
    "deobligation",
    "expenditure",
    "refund",
    "partner contribution",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
REVERSAL: Final = "reversal"
ALL_KINDS: Final = (*KINDS, REVERSAL)

Level = Literal["appropriation", "apportionment", "allocation", "allotment", "suballotment", "target"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
Source = Literal["regular act", "continuing resolution", "reimbursable order", "none"]
SOURCES: Final[tuple[Source, ...]] = get_args(Source)
Basis = Literal["in-scope change", "price or rate", "antecedent liability"]
BASES: Final[tuple[Basis, ...]] = get_args(Basis)
Flag = Literal["potential violation: 1341/1517", "negative unliquidated obligation", "unmatched disbursement"]
FLAGS: Final[tuple[Flag, ...]] = get_args(Flag)

# What a dollar of each kind adds to authority, commitments, obligations, expenditures; a reversal does the opposite.
# A partner's contribution is a memorandum: it moves none of them.
_MOVES: Final[Mapping[str, tuple[int, int, int, int]]] = {
    "authority received": (1, 0, 0, 0),
    "authority withdrawn": (-1, 0, 0, 0),
    "commitment": (0, 1, 0, 0),
    "decommitment": (0, -1, 0, 0),
    "obligation": (0, 0, 1, 0),
    "upward adjustment": (0, 0, 1, 0),
    "deobligation": (0, 0, -1, 0),
    "expenditure": (0, 0, 0, 1),
    "refund": (0, 0, 0, -1),
    "partner contribution": (0, 0, 0, 0),
}
PLUS: Final[Mapping[str, tuple[str, ...]]] = {
    "authority": ("authority received",),
    "committed": ("commitment",),
    "obligated": ("obligation", "upward adjustment"),
    "expended": ("expenditure",),
    "contributed": ("partner contribution",),
}
MINUS: Final[Mapping[str, tuple[str, ...]]] = {
    "authority": ("authority withdrawn",),
    "committed": ("decommitment",),
    "obligated": ("deobligation",),
    "expended": ("refund",),
    "contributed": (),
}
# The kind of entry that each of these names; an obligation may name the commitment that it draws on.
NAMES: Final[Mapping[str, str]] = {
    "decommitment": "commitment",
    "upward adjustment": "obligation",
    "deobligation": "obligation",
    "expenditure": "obligation",
    "refund": "obligation",
}
MAY_NAME: Final[Mapping[str, str]] = {**NAMES, "obligation": "commitment"}
_FLAGGED: Final[Mapping[str, tuple[str, ...]]] = {
    "potential violation: 1341/1517": ("commitment", "obligation", "upward adjustment", "expenditure"),
    "negative unliquidated obligation": ("expenditure",),
    "unmatched disbursement": ("expenditure",),
}


class Effect(msgspec.Struct, frozen=True):
    """What an entry adds on its day, in cents."""

    authority: int = 0
    committed: int = 0
    obligated: int = 0
    expended: int = 0


def cents(amount: Dollars) -> int:
    """The amount in whole cents."""
    return int(amount.amount.scaleb(2))


def from_cents(amount: int) -> Dollars:
    """Whole cents as an amount."""
    whole, part = divmod(abs(amount), 100)
    return Dollars(f"{'-' if amount < 0 else ''}{whole}.{part:02d}")


def effect(kind: str, amount: int, *, reversal: bool = False, draws: bool = False) -> Effect:
    """What `amount` cents of a kind do; an obligation that draws on a commitment uses that much of it up."""
    authority, committed, obligated, expended = _MOVES[kind]
    signed = -amount if reversal else amount
    drawn = signed if draws and kind == "obligation" else 0
    return Effect(authority * signed, committed * signed - drawn, obligated * signed, expended * signed)


# ---- account symbols

_SYMBOL: Final = re.compile(
    r"(?:(?P<ata>[0-9]{3})-)?(?P<aid>[0-9]{3})-(?:(?P<x>X)|(?P<begin>[0-9]{4})/(?P<end>[0-9]{4}))"
    r"-(?P<main>[0-9]{4})-(?P<sub>[0-9]{3})"
)
_EARLIEST: Final = 1900
_LATEST: Final = 2200


class NotASymbol(Invalid, ValueError):
    """A Treasury account symbol cannot be read."""


class AccountSymbol(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Treasury account symbol by its parts; `begin_year` and `end_year` are None for a no-year account."""

    agency: str
    main: str
    sub: str = "000"
    begin_year: int | None = None
    end_year: int | None = None
    allocation_agency: str | None = None

    @property
    def availability(self) -> str | None:
        """X for a no-year account."""
        return "X" if self.end_year is None else None

    def __str__(self) -> str:
        front = f"{self.allocation_agency}-" if self.allocation_agency else ""
        years = "X" if self.end_year is None else f"{self.begin_year:04d}/{self.end_year:04d}"
        return f"{front}{self.agency}-{years}-{self.main}-{self.sub}"


def parse_symbol(text: str) -> AccountSymbol:
    """Read a symbol such as 097-2027/2028-0400-000, 097-X-0360-000 or 021-097-2027/2028-0400-000; else NotASymbol."""
    found = _SYMBOL.fullmatch(text.strip().upper()) if len(text) <= 60 else None
    if found is None:
        raise NotASymbol("A Treasury account symbol is written like 097-2027/2028-0400-000 or 097-X-0360-000.")
    begin, end = (int(found["begin"]), int(found["end"])) if found["x"] is None else (None, None)
    if begin is not None and end is not None:
        if begin > end:
            raise NotASymbol("In a Treasury account symbol the first year of availability is not after the last.")
        if begin < _EARLIEST or end > _LATEST:
            raise NotASymbol(f"The years of a Treasury account symbol lie between {_EARLIEST} and {_LATEST}.")
    return AccountSymbol(found["aid"], found["main"], found["sub"], begin, end, found["ata"])


# ---- the life of an account

State = Literal["not yet available", "available", "expired", "closed"]


class Account(msgspec.Struct, frozen=True):
    """An account's symbol, and for a no-year account the day on which a determination closed it."""

    symbol: AccountSymbol
    closed_on: date | None = None


class Life(msgspec.Struct, frozen=True):
    """The days of an account: available from and until, and its last day before it is closed; None: none is fixed."""

    available_from: date | None
    available_until: date | None
    closes_on: date | None


def life(account: Account, statute: Statute) -> Life:
    """The days that follow from the symbol: available in its fiscal years, then expired for the years the law gives."""
    symbol = account.symbol
    if symbol.begin_year is None or symbol.end_year is None:
        # A no-year account stays available until a determination ends it.
        return Life(None, account.closed_on, account.closed_on)
    first, _ = fiscal_year_bounds(symbol.begin_year)
    _, last = fiscal_year_bounds(symbol.end_year)
    _, closes = fiscal_year_bounds(symbol.end_year + number(statute, "account-closing", "years"))
    return Life(first, last, closes)


def state_of(account: Account, on: date, statute: Statute) -> State:
    """The account's state on a day; it closes with the end of its last day."""
    days = life(account, statute)
    if days.closes_on is not None and on > days.closes_on:
        return "closed"
    if days.available_until is not None and on > days.available_until:
        return "expired"
    if days.available_from is not None and on < days.available_from:
        return "not yet available"
    return "available"


# ---- one entry


class Funding(msgspec.Struct, frozen=True):
    """What the rules need to know of a funding document."""

    number: str
    account: Account
    level: str
    source: str
    through_on: date | None = None
    cr_amount: Dollars | None = None
    order_law: str | None = None
    order_accepted_on: date | None = None
    excepted_basis: str | None = None
    period_from: date | None = None
    period_until: date | None = None
    received_on: date | None = None
    until: date | None = None


class Act(msgspec.Struct, frozen=True):
    """What the rules need to know of an entry; `kind` is the reversed kind where it is a reversal."""

    kind: str
    amount: Dollars
    effective_on: date
    reversal: bool = False
    program_authority: str | None = None
    other_authority: str | None = None
    document_number: str | None = None
    document_on: date | None = None
    need: str | None = None
    basis: str | None = None
    names: str | None = None
    named_on: date | None = None
    new_start: bool = False
    because: str | None = None
    has_funding: bool = True
    has_participant: bool = False
    flag: str | None = None
    evidence: str | None = None


class Findings(msgspec.Struct, frozen=True):
    """What the rules say of an entry: refusals, any of which stops it, and warnings, which are recorded with it."""

    refusals: tuple[Refused, ...] = ()
    warnings: tuple[str, ...] = ()


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
    if not act.has_funding and kind != "partner contribution":
        wrong.append(Mistake("funding_document_id", "Expected the funding document that this entry is charged to."))
    if kind == "partner contribution" and not act.has_participant:
        wrong.append(Mistake("participant_id", "Expected the participant whose contribution this is."))
    if kind == "obligation":
        wrong += _missing_of_obligation(act, statute)
    elif act.program_authority is not None and act.program_authority not in _known(statute):
        wrong.append(_unknown("program_authority", act.program_authority, statute))
    if act.other_authority is not None and act.other_authority not in _known(statute):
        wrong.append(_unknown("other_authority", act.other_authority, statute))
    return (*wrong, *_wrong_names(act))


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
    if act.flag is not None and kind not in _FLAGGED[act.flag]:
        wrong.append(Mistake("flag", f"This flag stands on an entry of kind {' or '.join(_FLAGGED[act.flag])}.", kind))
    if act.flag is not None and not (act.evidence or "").strip():
        wrong.append(Mistake("evidence", "Expected the evidence of the liability that was incurred."))
    return wrong


def _missing_of_obligation(act: Act, statute: Statute) -> list[Mistake]:
    wrong: list[Mistake] = []
    known = _known(statute)
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
    if act.document_on is None and near_year_end(act.effective_on):
        wrong.append(
            Mistake(
                "document_on",
                "Within a day of 30 September the binding document and its date are required: which year pays "
                "depends on it.",
            )
        )
    return wrong


def _known(statute: Statute) -> frozenset[str]:
    # Asked once for each of many thousand entries; the law does not change while a process lives.
    found = _KNOWN.get(statute.digest)
    if found is None:
        found = _KNOWN[statute.digest] = frozenset(row.slug for row in authorities(statute))
    return found


_KNOWN: Final[dict[str, frozenset[str]]] = {}


def _unknown(where: str, slug: str, statute: Statute) -> Mistake:
    return Mistake(where, "Expected one of: " + ", ".join(sorted(_known(statute))) + ".", slug[:60])


def near_year_end(day: date) -> bool:
    """Whether the day is 30 September or the day before or after it."""
    _, last = fiscal_year_bounds(day.year)
    return abs((day - last).days) <= 1


def judge(act: Act, funding: Funding | None, statute: Statute, *, today: date) -> Findings:
    """What the rules of time and authority say of one entry, before any sum is looked at."""
    refusals: list[Refused] = []
    warnings: list[str] = []
    on = act.effective_on
    if on > today:
        refusals.append(
            Refused(
                f"An entry dated {show_day(on)} lies after today, {show_day(today)}: the ledger records what was done, "
                "not what is planned.",
                citation=statute.citation("statement-of-obligations"),
                way_out="Enter it on its day; plans stand in the project's forecast.",
            )
        )
    if act.named_on is not None and on < act.named_on:
        refusals.append(
            Refused(
                f"The entry is dated {show_day(on)}, before the entry that it names ({show_day(act.named_on)}).",
                citation=statute.citation("reversal" if act.reversal else "obligation-evidence"),
                way_out=f"Date it on or after {show_day(act.named_on)}.",
            )
        )
    if funding is not None:
        refusals += _of_account(act, funding, statute, today)
        refusals += _of_document(act, funding, statute)
        warnings += _warnings(act, funding, statute)
    refusals += _of_authority(act, statute)
    return Findings(tuple(refusals), tuple(warnings))


def _of_account(act: Act, funding: Funding, statute: Statute, today: date) -> list[Refused]:
    on = act.effective_on
    days = life(funding.account, statute)
    symbol = str(funding.account.symbol)
    state = state_of(funding.account, on, statute)
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
    if state == "not yet available" and act.kind not in ("authority received", "authority withdrawn"):
        return [
            Refused(
                f"Account {symbol} is available from {show_day(days.available_from)}; the entry is dated {show_day(on)}.",
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
    if funding.until and on > funding.until and (new or act.kind == "authority received"):
        refusals.append(
            Refused(
                f"Funding document {funding.number} ended on {show_day(funding.until)}; it takes no new {act.kind} "
                f"dated {show_day(on)}.",
                citation=statute.citation("subdivision"),
                way_out="Liquidations, deobligations and adjustments go on; new acts need another document.",
            )
        )
    if funding.source == "none" and act.kind == "authority received" and not act.reversal:
        refusals.append(
            Refused(
                f"{funding.number} stands for a lapse of appropriations; no authority is received on it.",
                citation=statute.citation("continuing-resolution"),
                way_out="Enter the act or resolution that ends the lapse as a funding document of its own.",
            )
        )
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
                citation=statute.citation("economy-act"),
                way_out="Record the acceptance of the order first.",
            )
        )
    return refusals


def _of_authority(act: Act, statute: Statute) -> list[Refused]:
    if act.kind != "obligation" or act.reversal:
        return []
    refusals: list[Refused] = []
    known = _known(statute)
    for slug in (act.program_authority, act.other_authority):
        if slug is None or slug not in known or in_force(statute, slug, act.effective_on):
            continue
        if is_under_1253(slug):
            refusals.append(
                Refused(
                    f"A new obligation dated {show_day(act.effective_on)} rests on {statute.citation(slug)}, which is "
                    "not in force on that day.",
                    citation=statute.citation("sunset"),
                    way_out="Name another authority that is in force on the day, under a continuation determination; "
                    "liquidation, deobligation and in-scope adjustment go on.",
                )
            )
        else:
            refusals.append(
                Refused(
                    f"{statute.citation(slug)} is not in force on {show_day(act.effective_on)}, the day of the obligation.",
                    citation=statute.citation("authority-in-force"),
                    way_out="Name an authority that is in force on the day, or record the amendment that extends "
                    "this one.",
                )
            )
    return refusals


def _warnings(act: Act, funding: Funding, statute: Statute) -> list[str]:
    found: list[str] = []
    if act.kind == "obligation" and not act.reversal:
        if funding.source == "continuing resolution" and act.new_start:
            found.append(
                f"A new start under a continuing resolution ({statute.citation('continuing-resolution')}): "
                "confirm that the resolution allows it."
            )
        if funding.source == "none" and funding.excepted_basis:
            found.append(f"Made in a lapse of appropriations on the excepted basis: {funding.excepted_basis}")
    if act.kind == "commitment" and not act.reversal and act.program_authority in _known(statute):
        assert act.program_authority is not None
        if not in_force(statute, act.program_authority, act.effective_on):
            found.append(
                f"{statute.citation(act.program_authority)} is not in force on {show_day(act.effective_on)}; an "
                "obligation could not rest on it."
            )
    if act.kind == "upward adjustment" and state_of(funding.account, act.effective_on, statute) == "expired":
        approval = number(statute, "contract-changes", "approval-above")
        if act.amount > Dollars(approval):
            found.append(
                f"Contract changes above {dollars(Dollars(approval))} in a fiscal year in an expired account need "
                f"approval ({statute.citation('contract-changes')})."
            )
    return found


def is_under_1253(slug: str | None) -> bool:
    """Whether a program authority is a paragraph of section 1253."""
    return slug is not None and (slug == "1253" or slug.startswith("1253."))


# ---- limits on every day


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
    slug = _LEVEL_RULES.get(funding.level)
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
    figures = (
        f"{what.capitalize()} of {_money(asked)} would leave {_money(found.used)} committed and obligated under "
        f"{funding.number} on {show_day(found.on)}; "
        f"its authority that day is {_money(found.limit)}."
    )
    if funding.level == "target" or funding.source == "none":
        return Findings(warnings=(figures + " This warns only.",))
    slug = _LEVEL_RULES[funding.level]
    return Findings((Refused(figures, citation=statute.citation(slug), way_out=_passes(asked, found)),))


def within_obligation(
    label: str, days: Sequence[DaySum], *, since: date, asked: int, what: str, statute: Statute
) -> Findings:
    """Hold an obligation's expenditures within it, and its refunds within them, on every day from `since` on."""
    found = overrun(((day.on, day.obligated, day.expended) for day in days), since)
    if found is not None:
        return Findings(
            (
                Refused(
                    f"{what.capitalize()} of {_money(asked)} would leave {label} with {_money(found.limit)} "
                    f"obligated and {_money(found.used)} "
                    f"expended on {show_day(found.on)}.",
                    citation=statute.citation("antideficiency"),
                    way_out=_passes(asked, found)
                    + " A disbursement already made is recorded as a negative unliquidated obligation.",
                ),
            )
        )
    found = overrun(((day.on, day.expended, 0) for day in days), since)
    if found is not None:
        return Findings(
            (
                Refused(
                    f"{what.capitalize()} of {_money(asked)} would bring the expenditures of {label} below zero "
                    f"on {show_day(found.on)}.",
                    citation=statute.citation("obligation-evidence"),
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
                citation=statute.citation("subdivision"),
                way_out=_passes(asked, found),
            ),
        )
    )


def may_reverse(kind: str, reversed_by: int | None, number_of: int, statute: Statute) -> None:
    """An entry is reversed once, and a reversal never."""
    citation = statute.citation("reversal")
    if kind == REVERSAL:
        raise Refused(
            f"Entry {number_of} is a reversal; a reversal is not reversed.",
            citation=citation,
            way_out="Post the entry again as a new one.",
        )
    if reversed_by is not None:
        raise Refused(f"Entry {number_of} was reversed by entry {reversed_by}.", citation=citation)


def may_close(symbol: AccountSymbol, on: date, today: date, statute: Statute) -> None:
    """Only a no-year account is closed by a determination, on a day that has come."""
    if symbol.end_year is not None:
        raise Refused(
            f"Account {symbol} has fixed years: it closes by law, and no determination closes it.",
            citation=statute.citation("account-closing"),
        )
    if on > today:
        raise Invalid(
            "The determination lies after today.",
            mistakes=(Mistake("closed_on", f"Expected a day until {today.isoformat()}.", on.isoformat()),),
        )


def check_first_authority(source: str, amount: Dollars | None) -> tuple[Mistake, ...]:
    """A funding document comes with its authority, and a lapse without any."""
    if source == "none":
        expected = "In a lapse no authority is received; leave the amount blank."
        return () if amount is None else (Mistake("amount", expected, str(amount)),)
    if amount is None or amount <= Dollars.zero():
        expected = "Expected the amount of authority that the document gives, above zero."
        return (Mistake("amount", expected, "" if amount is None else str(amount)),)
    return ()


def check_funding(funding: Funding) -> tuple[Mistake, ...]:
    """What a funding document of its source must state, every mistake at once."""
    wrong: list[Mistake] = []
    if funding.source == "continuing resolution":
        if funding.through_on is None:
            wrong.append(Mistake("through_on", "Expected the last day of the continuing resolution."))
        if funding.cr_amount is None:
            wrong.append(Mistake("cr_amount", "Expected the amount apportioned under the continuing resolution."))
    elif funding.through_on is not None or funding.cr_amount is not None:
        wrong.append(
            Mistake("through_on", "Only a continuing resolution has a through date and an apportioned amount.")
        )
    if funding.source == "reimbursable order":
        if not funding.order_law:
            wrong.append(Mistake("order_law", "Expected the law that the order rests on, such as 31 U.S.C. 1535."))
    elif funding.order_law or funding.order_accepted_on:
        wrong.append(Mistake("order_law", "Only a reimbursable order has a law of its own and an acceptance date."))
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


def usual_life(symbol: AccountSymbol, statute: Statute) -> str | None:
    """A warning where a DoD account's years differ from what is usual for its kind; never a refusal."""
    usual = _USUAL.get((symbol.agency, symbol.main))
    if usual is None:
        return None
    years = None if symbol.begin_year is None or symbol.end_year is None else symbol.end_year - symbol.begin_year + 1
    if years == usual[1]:
        return None
    shown = "no-year" if usual[1] is None else f"{usual[1]}-year"
    return f"{usual[0]} is usually {shown} money ({statute.citation('account-life')})."


# Convention until counsel confirms: the usual years of accounts that the program meets.
_USUAL: Final[Mapping[tuple[str, str], tuple[str, int | None]]] = {
    ("097", "0400"): ("Research, Development, Test and Evaluation, Defense-Wide", 2),
    ("097", "0100"): ("Operation and Maintenance, Defense-Wide", 1),
    ("097", "0300"): ("Procurement, Defense-Wide", 3),
    ("097", "0360"): ("Defense Production Act Purchases", None),
    ("017", "1804"): ("Operation and Maintenance, Navy", 1),
    ("021", "2020"): ("Operation and Maintenance, Army", 1),
    ("057", "3400"): ("Operation and Maintenance, Air Force", 1),
    ("017", "1810"): ("Other Procurement, Navy", 3),
}
_KIND_OF_APPROPRIATION: Final = (
    ("Research, Development, Test and Evaluation", "RDT&E"),
    ("Operation and Maintenance", "O&M"),
    ("Procurement", "Procurement"),
    ("Defense Production Act", "Defense Production Act"),
)


def kind_of_appropriation(title: str) -> str:
    """RDT&E, O&M, Procurement, Defense Production Act or other, by the account's title."""
    return next((kind for words, kind in _KIND_OF_APPROPRIATION if words.lower() in title.lower()), "Other")


def _passes(asked: int, found: Overrun) -> str:
    rest = asked - found.worst
    return f"Up to {_money(rest)} would pass." if rest > 0 else "No amount would pass as things stand."


def _money(amount: int) -> str:
    return dollars(from_cents(amount))


def _a(noun: str | None) -> str:
    return f"{'an' if (noun or '')[:1] in 'aeiou' else 'a'} {noun}"
