"""Plans the exercise program's ledger: accounts, funding documents, and chains of entries that keep the rules of money.

Amounts are whole cents; a chain is one thread of entries (commitment, obligation, expenditures, adjustments).
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from math import exp, log
from random import Random
from typing import Final, NamedTuple

import msgspec

from pipir.exercise import words
from pipir.exercise.days import LAST, after, last_working_day, some, working_day
from pipir.exercise.projects import PlannedProject
from pipir.features.ledger.rules import TAKES, Basis, Flag, Kind, Level, Source, effect
from pipir.features.projects.rules import Kind as ProjectKind

# How the obligations of a fiscal year fall into its months: a rise over the quarters, and a peak in September.
MONTHS: Final[Mapping[int, float]] = {
    10: 3.5,
    11: 4.5,
    12: 5.0,
    1: 5.5,
    2: 6.0,
    3: 7.0,
    4: 7.0,
    5: 7.5,
    6: 8.5,
    7: 9.5,
    8: 13.0,
    9: 23.0,
}
# An obligation is log-normal; its median follows from what the projects plan, so that the whole does not grow with
# the number of entries.
SIGMA: Final = 1.2
OBLIGATED_SHARE: Final = 0.45
_LEAST: Final = 50_000
_ENTRIES_PER_CHAIN: Final = 4.4
PARTNER_SHARE: Final = 0.05
PARTNER_SIGMA: Final = 1.0
SUPPORT_SHARE: Final = 0.06
# How often a chain has each of these.
COMMITTED_ABOVE: Final = 0.55
DECOMMITTED: Final = 0.80
ADJUSTED: Final = 0.10
DEOBLIGATED: Final = 0.22
REFUNDED: Final = 0.03
PAYMENTS: Final[Mapping[int, float]] = {1: 0.20, 2: 0.30, 3: 0.25, 4: 0.15, 5: 0.10}
BASES: Final[Mapping[Basis, float]] = {"in-scope change": 0.45, "price or rate": 0.35, "antecedent liability": 0.20}
# One negative unliquidated obligation and one unmatched disbursement for each so many entries, at least one of each.
EXCEPTION_EVERY: Final = 25_000
# A document's authority stands this far above what is committed and obligated against it.
_HEADROOM: Final = 1.04
_TEN_THOUSAND: Final = 1_000_000
_LEAST_AUTHORITY: Final = 25_000_000

CENTS: Final = 100


class PlannedAccount(NamedTuple):
    """A Treasury account of the program."""

    symbol: str
    title: str


OM_2027: Final = PlannedAccount("097-2027/2027-0100-000", "Operation and Maintenance, Defense-Wide")
OM_2028: Final = PlannedAccount("097-2028/2028-0100-000", "Operation and Maintenance, Defense-Wide")
RDTE_2027: Final = PlannedAccount("097-2027/2028-0400-000", "Research, Development, Test and Evaluation, Defense-Wide")
RDTE_2028: Final = PlannedAccount("097-2028/2029-0400-000", "Research, Development, Test and Evaluation, Defense-Wide")
PROC_2026: Final = PlannedAccount("097-2026/2028-0300-000", "Procurement, Defense-Wide")
PROC_2027: Final = PlannedAccount("097-2027/2029-0300-000", "Procurement, Defense-Wide")
PROC_2028: Final = PlannedAccount("097-2028/2030-0300-000", "Procurement, Defense-Wide")
DPA: Final = PlannedAccount("097-X-0360-000", "Defense Production Act Purchases")
# Of these only the one-year account of 2027 has expired by the program's day.
ACCOUNTS: Final = (PROC_2026, DPA, OM_2027, RDTE_2027, PROC_2027, OM_2028, RDTE_2028, PROC_2028)


class PlannedDocument(msgspec.Struct, frozen=True):
    """A funding document; its amounts are set once what is charged to it is known."""

    number: str
    account: PlannedAccount
    title: str
    level: Level
    received_on: date
    # The last day on which new acts are charged to it in this program.
    until: date
    source: Source = "regular act"
    citation: str | None = None
    through_on: date | None = None
    order_law: str | None = None
    increment_on: date | None = None
    withdrawn_on: date | None = None
    amount: int = 0

    @property
    def purpose(self) -> str:
        return f"{self.account.title}: work of the Partnership, for the exercise."


def _document(number: str, account: PlannedAccount, received: date, until: date, **more: object) -> PlannedDocument:
    values: dict[str, object] = {"level": "allotment", "citation": "Exercise appropriations act", **more}
    title = f"Funding of the Partnership, {number}"
    return PlannedDocument(number, account, title, received_on=received, until=until, **values)  # type: ignore[arg-type]


_PROC_26: Final = _document("EX-26-01", PROC_2026, date(2026, 1, 12), LAST)
# The authority of Defense Production Act title III ends that day in the law as stored; payments go on.
_DPA_26: Final = _document("EX-26-02", DPA, date(2026, 1, 20), date(2026, 9, 30), level="allocation")
_OM_27: Final = _document("EX-27-01", OM_2027, date(2026, 10, 20), date(2027, 9, 30), increment_on=date(2027, 4, 5))
_RDTE_27: Final = _document(
    "EX-27-02", RDTE_2027, date(2026, 10, 20), LAST, increment_on=date(2027, 4, 5), withdrawn_on=date(2028, 5, 15)
)
_PROC_27: Final = _document("EX-27-03", PROC_2027, date(2026, 10, 20), LAST, increment_on=date(2027, 4, 5))
_PART_27: Final = _document("EX-27-04", PROC_2027, date(2027, 1, 11), date(2027, 6, 30), level="suballotment")
_CR_28: Final = _document(
    "EX-28-01",
    OM_2028,
    date(2027, 10, 5),
    date(2027, 12, 17),
    source="continuing resolution",
    citation="Exercise continuing resolution",
    through_on=date(2027, 12, 17),
)
_OM_28: Final = _document("EX-28-02", OM_2028, date(2028, 1, 5), LAST)
_RDTE_28: Final = _document("EX-28-03", RDTE_2028, date(2028, 1, 10), LAST)
_PROC_28: Final = _document("EX-28-04", PROC_2028, date(2028, 1, 10), LAST)
_ORDER_28: Final = _document(
    "EX-28-05",
    OM_2028,
    date(2028, 1, 20),
    LAST,
    source="reimbursable order",
    citation=None,
    order_law="31 U.S.C. 1535",
)
DOCUMENTS: Final = (
    *(_PROC_26, _DPA_26, _OM_27, _RDTE_27, _PROC_27, _PART_27),
    *(_CR_28, _OM_28, _RDTE_28, _PROC_28, _ORDER_28),
)
# Whether a document also receives authority later, or loses some: one entry for each.
_FIXED: Final = len(DOCUMENTS) + sum(
    (each.increment_on is not None) + (each.withdrawn_on is not None) for each in DOCUMENTS
)
_PLACE: Final = {each.number: place for place, each in enumerate(DOCUMENTS)}

_PROCUREMENT: Final = (_PROC_26, _PROC_27, _PROC_28)
_FAMILY: Final[Mapping[ProjectKind, tuple[PlannedDocument, ...]]] = {
    "joint R&D": (_RDTE_27, _RDTE_28),
    "co-development": (_RDTE_27, _RDTE_28),
    "co-production": _PROCUREMENT,
    "co-sustainment": (_OM_27, _CR_28, _OM_28),
    "standardization": (_RDTE_27, _RDTE_28),
    "supply chain": (_DPA_26, *_PROCUREMENT),
    "workforce": (_OM_27, _CR_28, _OM_28),
}
_SUPPORT: Final = (_OM_27, _CR_28, _OM_28, _ORDER_28)


class Chain(NamedTuple):
    """What the entries of a thread have in common; -1 where there is no document or project."""

    document: int
    project: int
    participant: str | None
    authority: str | None
    other_authority: str | None
    need: str | None
    note: str | None = None


class Step(NamedTuple):
    """An entry: its day as an ordinal, its thread, its place in it, kind, cents, and the place that it names or -1."""

    day: int
    chain: int
    place: int
    kind: Kind | str
    cents: int
    names: int = -1
    basis: Basis | None = None
    flag: Flag | None = None
    evidence: str | None = None
    because: str | None = None
    # What a movement of authority or an order rests on: the law of a transfer or an order, or an approval.
    rests_on: str | None = None


class PlannedLedger(NamedTuple):
    """Documents with their amounts, the threads, all entries by day, and what each project came to obligate."""

    documents: tuple[PlannedDocument, ...]
    chains: list[Chain]
    steps: list[Step]
    obligated: Mapping[int, int]


def plan_ledger(rng: Random, projects: Sequence[PlannedProject], entries: int) -> PlannedLedger:
    """Plan a ledger of exactly `entries` entries, those included with which the documents give their authority."""
    ledger = _Ledger(rng, projects)
    exceptions = max(1, entries // EXCEPTION_EVERY)
    ledger.script_expired_account()
    ledger.script_violation()
    ledger.script_correction()
    ledger.script_movement("reprogramming", _CR_28, _OM_28, date(2028, 2, 14), 7_500_000, "DD 1415-3 of 10 Feb 2028")
    ledger.script_movement("transfer", _RDTE_28, _PROC_28, date(2028, 3, 13), 12_000_000, "10 U.S.C. 2214")
    ledger.script_order()
    for place in range(exceptions):
        ledger.script_overpayment(place)
        ledger.script_unmatched(place)
    memoranda = round(entries * PARTNER_SHARE)
    rest = entries - _FIXED - len(ledger.steps) - memoranda
    ledger.draw_chains(rest)
    ledger.draw_memoranda(memoranda)
    return ledger.settled()


class _Ledger:
    """The ledger while it is planned."""

    def __init__(self, rng: Random, projects: Sequence[PlannedProject]) -> None:
        self.rng = rng
        self.projects = projects
        self.chains: list[Chain] = []
        self.steps: list[Step] = []

    # -- what stands in every exercise

    def script_expired_account(self) -> None:
        """A contract of the expired account: adjusted, paid, refunded and deobligated after it expired."""
        self._thread(
            Chain(_place(_OM_27), -1, None, "1253.e.2", None, words.NEEDS[None], "Expired account"),
            (date(2027, 7, 12), "commitment", 84_000_000),
            (date(2027, 8, 16), "obligation", 82_500_000, 0),
            (date(2027, 9, 20), "decommitment", 1_500_000, 0),
            (date(2027, 9, 27), "expenditure", 30_000_000, 1),
            (date(2027, 11, 15), "upward adjustment", 2_750_000, 1, "price or rate"),
            (date(2028, 1, 24), "expenditure", 41_250_000, 1),
            (date(2028, 2, 28), "refund", 650_000, 1),
            (date(2028, 4, 17), "deobligation", 3_000_000, 1),
        )

    def script_violation(self) -> None:
        """A suballotment nearly used up, and a liability incurred above it."""
        chain = Chain(_place(_PART_27), -1, None, "1253.e.1", None, words.NEEDS["co-production"], "Suballotment")
        self._thread(
            chain,
            (date(2027, 1, 25), "commitment", 190_000_000),
            (date(2027, 2, 16), "obligation", 190_000_000, 0),
            (date(2027, 4, 19), "expenditure", 60_000_000, 1),
        )
        self.steps.append(
            Step(
                date(2027, 5, 18).toordinal(),
                len(self.chains),
                0,
                "obligation",
                35_000_000,
                flag="potential violation: 1341/1517",
                evidence="Change order signed at the site on 18 May 2027 before the comptroller was asked (exercise).",
            )
        )
        self.chains.append(chain._replace(note="Liability already incurred"))

    def script_correction(self) -> None:
        """A disbursement entered with two digits changed about: reversed, and entered again."""
        chain = Chain(_place(_RDTE_27), -1, None, "1253.e.1", None, words.NEEDS["standardization"], "Correction")
        self._thread(
            chain,
            (date(2027, 3, 15), "obligation", 48_000_000),
            (date(2027, 6, 14), "expenditure", 19_800_000, 0),
        )
        number = len(self.chains) - 1
        day = date(2027, 7, 6).toordinal()
        why = "Two digits were changed about: the voucher says $189,000.00, not $198,000.00."
        self.steps.append(Step(day, number, 2, "reversal", 19_800_000, 1, because=why))
        self.steps.append(Step(day, number, 3, "expenditure", 18_900_000, 0))

    def script_movement(
        self, what: str, source: PlannedDocument, target: PlannedDocument, on: date, cents: int, rests_on: str
    ) -> None:
        """Authority that leaves one document for another: two threads of one entry each, the first takes it out."""
        for document, way in ((source, "out"), (target, "in")):
            chain = Chain(_place(document), -1, None, None, None, None, what.capitalize())
            self.steps.append(Step(on.toordinal(), len(self.chains), 0, f"{what} {way}", cents, rests_on=rests_on))
            self.chains.append(chain)

    def script_order(self) -> None:
        """An order placed with another agency, paid in part: what its performer leaves comes back."""
        number = len(self.chains)
        self._thread(
            Chain(_place(_RDTE_27), -1, None, "1253.e.1", None, words.NEEDS["standardization"], "Order"),
            (date(2027, 4, 12), "obligation", 6_400_000),
            (date(2027, 9, 13), "expenditure", 2_900_000, 0),
        )
        first = self.steps[-2]
        assert first.chain == number
        self.steps[-2] = first._replace(rests_on="31 U.S.C. 1535")

    def script_overpayment(self, place: int) -> None:
        """An obligation paid above its amount: the disbursement arrived, so it is recorded as an exception."""
        first = _shifted(date(2027, 2, 8), place * 11, date(2027, 9, 10))
        document = _RDTE_27
        self._thread(
            Chain(_place(document), -1, None, "1253.e.1", None, words.NEEDS["standardization"], "Overpayment"),
            (first, "obligation", 27_000_000),
            (after(first, 35), "expenditure", 25_000_000, 0),
        )
        self.steps.append(
            Step(
                after(first, 98).toordinal(),
                len(self.chains) - 1,
                2,
                "expenditure",
                2_340_000,
                0,
                flag="negative unliquidated obligation",
                evidence="Disbursement as reported by the paying office; final invoice in dispute (exercise).",
            )
        )

    def script_unmatched(self, place: int) -> None:
        """A disbursement that names no obligation that the program knows."""
        day = _shifted(date(2027, 10, 18), place * 11, date(2028, 5, 22))
        self.steps.append(
            Step(
                day.toordinal(),
                len(self.chains),
                0,
                "expenditure",
                1_187_450,
                flag="unmatched disbursement",
                evidence="Disbursement as reported by the paying office; research of the voucher is open (exercise).",
            )
        )
        self.chains.append(Chain(_place(_PROC_27), -1, None, None, None, None, "Unmatched"))

    def _thread(self, chain: Chain, *rows: tuple[object, ...]) -> None:
        number = len(self.chains)
        self.chains.append(chain)
        for place, (day, *more) in enumerate(rows):
            assert isinstance(day, date)
            self.steps.append(Step(day.toordinal(), number, place, *more))  # type: ignore[arg-type]

    # -- what is drawn

    def draw_chains(self, count: int) -> None:
        """Draw threads until they hold `count` entries; the last one ends early where it would pass them."""
        fundable = [
            (place, project, calendar)
            for place, project in enumerate(self.projects)
            if (calendar := self._calendar(project)).days
        ]
        weights = list(accumulate(project.planned_total * calendar.weight for _, project, calendar in fundable))
        support = _Calendar(_SUPPORT, date(2026, 10, 20), LAST)
        wanted = OBLIGATED_SHARE * CENTS * sum(project.planned_total for project in self.projects)
        mean = wanted / max(1.0, count / _ENTRIES_PER_CHAIN)
        mu = log(mean) - SIGMA * SIGMA / 2
        while count > 0:
            if not fundable or self.rng.random() < SUPPORT_SHARE:
                steps = self._support_chain(support, mu - 1.5)
            else:
                place, project, calendar = self.rng.choices(fundable, cum_weights=weights)[0]
                steps = self._project_chain(place, project, calendar, mu)
            kept = sorted(steps)[:count]
            self.steps.extend(kept)
            count -= len(kept)

    def _calendar(self, project: PlannedProject) -> "_Calendar":
        if project.active_from is None or project.active_until is None:
            return _Calendar((), LAST, LAST)
        return _Calendar(_FAMILY[project.kind], project.active_from, project.active_until)

    def _support_chain(self, calendar: "_Calendar", mu: float) -> list[Step]:
        day, document = calendar.draw(self.rng)
        # The order of another agency pays for test facilities; everything else supports groups and exchanges.
        authority = "10-usc-2350l" if document is _ORDER_28 else "1253.e.2"
        self.chains.append(Chain(_place(document), -1, None, authority, None, words.NEEDS[None]))
        return self._chain(document.received_on, day, document, mu)

    def _project_chain(self, place: int, project: PlannedProject, calendar: "_Calendar", mu: float) -> list[Step]:
        day, document = calendar.draw(self.rng)
        authority, other = project.authority, project.other_authority
        if document is _DPA_26:
            authority, other = "50-usc-4533", None
        self.chains.append(
            Chain(
                _place(document),
                place,
                self.rng.choice(project.parts).code,
                authority,
                other,
                words.NEEDS[project.kind],
            )
        )
        assert project.active_from is not None
        return self._chain(max(document.received_on, project.active_from), day, document, mu)

    def _chain(self, earliest: date, day: date, document: PlannedDocument, mu: float) -> list[Step]:
        """A commitment, the obligation that draws on it, its payments and adjustments, as far as they have come."""
        rng = self.rng
        number = len(self.chains) - 1
        obligated = max(_LEAST, round(exp(rng.gauss(mu, SIGMA)) / CENTS) * CENTS)
        above = rng.random() < COMMITTED_ABOVE
        committed = round(obligated * (1 + rng.random() * 0.12) / CENTS) * CENTS if above else obligated
        reserved = max(earliest, last_working_day(day - timedelta(days=rng.randint(7, 45))))
        steps: list[Step] = []

        def add(on: date, kind: Kind, cents: int, names: int = -1, basis: Basis | None = None) -> None:
            # What would lie ahead of the program's day has not happened; the place stays, since others name it.
            if on <= LAST and cents > 0:
                steps.append(Step(on.toordinal(), number, place, kind, cents, names, basis))

        place = 0
        add(reserved, "commitment", committed)
        place = 1
        add(day, "obligation", obligated, 0)
        place = 2
        if committed > obligated and rng.random() < DECOMMITTED:
            add(after(day, rng.randint(5, 60)), "decommitment", committed - obligated, 0)
        count = some(rng, PAYMENTS)
        pays = list(accumulate((rng.randint(20, 75) for _ in range(count)), initial=0))[1:]
        total = obligated
        if rng.random() < ADJUSTED:
            more = max(CENTS, int(obligated * (0.02 + rng.random() * 0.13)))
            on = working_day(day + timedelta(days=rng.randint(5, pays[0] - 3)))
            place = 3
            basis: Basis = some(rng, BASES)
            add(on, "upward adjustment", more, 1, basis)
            total += more if on <= LAST else 0
        left_over = int(total * (0.01 + rng.random() * 0.07)) if rng.random() < DEOBLIGATED else 0
        shares = [0.5 + rng.random() for _ in range(count)]
        due = total - left_over
        cuts = [int(due * each / sum(shares)) for each in accumulate(shares)]
        cuts[-1] = due
        for turn, (days, paid, before) in enumerate(zip(pays, cuts, [0, *cuts[:-1]], strict=True)):
            place = 4 + turn
            add(after(day, days), "expenditure", paid - before, 1)
        place = 4 + count
        last = after(day, pays[-1] + rng.randint(15, 60))
        if left_over:
            add(last, "deobligation", left_over, 1)
        elif rng.random() < REFUNDED:
            add(last, "refund", max(1, cuts[0] // 20), 1)
        assert document.received_on <= reserved <= day
        return steps

    def draw_memoranda(self, count: int) -> None:
        """Draw partners' contributions: memoranda that raise no authority and are charged to no document."""
        known = [
            (place, project) for place, project in enumerate(self.projects) if project.proposed_on < date(2028, 5, 1)
        ]
        weights = list(accumulate(project.planned_total for _, project in known))
        wanted = 0.25 * OBLIGATED_SHARE * CENTS * sum(project.planned_total for project in self.projects)
        mu = log(max(1.0, wanted / max(1, count))) - PARTNER_SIGMA * PARTNER_SIGMA / 2
        for _ in range(count):
            place, project = self.rng.choices(known, cum_weights=weights)[0]
            first = project.active_from or project.proposed_on
            until = max(first, min(LAST, project.active_until or LAST))
            day = last_working_day(first + timedelta(days=self.rng.randint(0, (until - first).days)))
            cents = max(_LEAST, round(exp(self.rng.gauss(mu, PARTNER_SIGMA)) / CENTS) * CENTS)
            self.steps.append(
                Step(
                    max(day, first).toordinal(),
                    len(self.chains),
                    0,
                    "partner contribution",
                    cents,
                    because=self.rng.choice(words.IN_KIND),
                )
            )
            self.chains.append(Chain(-1, place, self.rng.choice(project.parts).code, None, None, None))

    # -- what the documents must hold

    def settled(self) -> PlannedLedger:
        """Give each document the authority that its entries need, in the parts in which it came."""
        self.steps.sort()
        used: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        obligated: defaultdict[int, int] = defaultdict(int)
        for step in self.steps:
            chain = self.chains[step.chain]
            if step.flag or step.kind == "reversal":
                continue
            each = effect(step.kind, step.cents, draws=step.names >= 0)
            if chain.project >= 0:
                obligated[chain.project] += each.obligated
            if chain.document >= 0 and (each.committed or each.obligated):
                used[chain.document].append((step.day, each.committed + each.obligated))
        documents = []
        for place, document in enumerate(DOCUMENTS):
            documents.append(self._with_authority(document, used[place], place))
        self.steps.sort()
        return PlannedLedger(tuple(documents), self.chains, self.steps, obligated)

    def _with_authority(
        self, document: PlannedDocument, used: Sequence[tuple[int, int]], place: int
    ) -> PlannedDocument:
        whole = 200_000_000 if document is _PART_27 else _rounded(_peak(used))
        # What leaves for another document is there until then; what comes from one is not counted on.
        whole += sum(
            step.cents for step in self.steps if step.kind in TAKES and self.chains[step.chain].document == place
        )
        chain = Chain(place, -1, None, None, None, None, document.number)
        amount = whole
        if document.increment_on:
            first = document.increment_on.toordinal()
            early = _rounded(_peak([each for each in used if each[0] < first]))
            amount = max(early, _rounded(whole * 0.6 / _HEADROOM))
            later = max(whole - amount, 10 * _TEN_THOUSAND)
            whole = amount + later
            self._thread(chain, (document.increment_on, "authority received", later))
        if document.withdrawn_on:
            back = _rounded(whole * 0.02 / _HEADROOM)
            amount += back
            self._thread(chain, (document.withdrawn_on, "authority withdrawn", back))
        return msgspec.structs.replace(document, amount=amount)


class _Calendar:
    """The working days of a period on which obligations fall, by the weight of their month, while money is there."""

    def __init__(self, documents: Sequence[PlannedDocument], first: date, last: date) -> None:
        self.documents = documents
        days, weights = _open_days(tuple(each.number for each in documents))
        low, high = bisect_left(days, first.toordinal()), bisect_right(days, last.toordinal())
        self.days = days[low:high]
        self._sums = list(accumulate(weights[low:high]))

    @property
    def weight(self) -> float:
        """What the days weigh together."""
        return self._sums[-1] if self._sums else 0.0

    def draw(self, rng: Random) -> tuple[date, PlannedDocument]:
        """A day, and one of the documents that pay on it: mostly the one received last."""
        day = date.fromordinal(rng.choices(self.days, cum_weights=self._sums)[0])
        able = [each for each in self.documents if each.received_on <= day <= each.until]
        return day, able[-1] if rng.random() < 0.6 else rng.choice(able)


@cache
def _open_days(numbers: tuple[str, ...]) -> tuple[list[int], list[float]]:
    documents = [DOCUMENTS[_PLACE[number]] for number in numbers]
    counts = _working_days_by_month()
    days: list[int] = []
    weights: list[float] = []
    day = date(2026, 1, 5)
    while day <= LAST:
        if day.weekday() < 5 and any(each.received_on <= day <= each.until for each in documents):
            days.append(day.toordinal())
            weights.append(MONTHS[day.month] / counts[day.year, day.month])
        day += timedelta(days=1)
    return days, weights


@cache
def _working_days_by_month() -> Mapping[tuple[int, int], int]:
    counts: defaultdict[tuple[int, int], int] = defaultdict(int)
    day = date(2025, 10, 1)
    while day < date(2028, 10, 1):
        if day.weekday() < 5:
            counts[day.year, day.month] += 1
        day += timedelta(days=1)
    return counts


def _place(document: PlannedDocument) -> int:
    return _PLACE[document.number]


def _shifted(first: date, days: int, last: date) -> date:
    """The working day so many days after the first, beginning again where it would pass the last."""
    return working_day(first + timedelta(days=days % (last - first).days))


def _peak(used: Sequence[tuple[int, int]]) -> int:
    return max(accumulate(cents for _, cents in used), default=0)


def _rounded(cents: float) -> int:
    """With headroom, up to the next ten thousand dollars."""
    return max(_LEAST_AUTHORITY, -(-int(cents * _HEADROOM) // _TEN_THOUSAND) * _TEN_THOUSAND)
