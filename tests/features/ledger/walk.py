"""A random walk over the ledger, held after each step against a ledger in plain Python that knows no database.

The plain ledger keeps its entries in a list and adds them up from the first one each time, day by day. It says before
each step whether the step may be made; the record has to agree, and its sums have to be the same to the cent.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import select

from pipir.features.ledger import commands, queries
from pipir.features.ledger.tables import AccountId, LedgerDay, TreasuryAccount
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Refused
from pipir.kernel.ids import EntryId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.features.ledger.makers import RECEIVED, make_participant, make_project, open_account, receive
from tests.makers import NOW

OFFICE: Final = Reader(kind="us-government")
FIRST: Final = RECEIVED
DAYS: Final = 60
# Minutes between two steps, at most: ten thousand steps end before the first account closes, and cover its expiry.
PAUSE: Final = 400
# What each kind adds to authority, commitments, obligations and outlays of its document.
ADDS: Final = {
    "authority received": (1, 0, 0, 0),
    "authority withdrawn": (-1, 0, 0, 0),
    "transfer out": (-1, 0, 0, 0),
    "transfer in": (1, 0, 0, 0),
    "reprogramming out": (-1, 0, 0, 0),
    "reprogramming in": (1, 0, 0, 0),
    "reimbursable order": (1, 0, 0, 0),
    "partner advance": (1, 0, 0, 0),
    "commitment": (0, 1, 0, 0),
    "decommitment": (0, -1, 0, 0),
    "obligation": (0, 0, 1, 0),
    "upward adjustment": (0, 0, 1, 0),
    "deobligation": (0, 0, -1, 0),
    "expenditure": (0, 0, 0, 1),
    "refund": (0, 0, 0, -1),
    "partner contribution": (0, 0, 0, 0),
    "closing": (-1, 0, 0, 0),
}
# What each source of a document takes to raise its authority or to lower it; what moves authority moves appropriations.
APART: Final = ("reimbursable order", "partner advance")
MOVED: Final = ("authority received", "authority withdrawn", *(kind for kind in ADDS if kind.startswith(("tr", "rep"))))
# The day on which the accounts of no year close: after every other day of the walk.
CLOSES: Final = FIRST + timedelta(days=DAYS + 1)
ADVANCE: Final = "22 U.S.C. 2767(d)"
# Transfers come from another agency and leave for one; a reprogramming is posted with both its ends.
OUTSIDE: Final = {"transfer_law": "Sec. 8005", "outside_account": "019-2026/2027-0113-000"}
LAWFUL: Final = {"transfer out": OUTSIDE, "transfer in": OUTSIDE}


@dataclass(frozen=True)
class Line:
    """One entry of the plain ledger; cents."""

    number: int
    kind: str
    cents: int
    on: date
    document: int | None
    project: int | None
    country: int | None
    names: int | None = None
    reverses: int | None = None
    posted: datetime = NOW

    @property
    def moves(self) -> tuple[int, int, int, int]:
        """What it adds to authority, commitments, obligations, outlays."""
        sign = -1 if self.reverses is not None else 1
        authority, committed, obligated, expended = (each * self.cents * sign for each in ADDS[self.kind])
        if self.kind == "obligation" and self.names is not None:
            committed -= self.cents * sign
        if self.kind == "closing" and self.names is not None:
            obligated -= self.cents * sign
        return authority, committed, obligated, expended


class PlainLedger:
    """Entries in a list, added up from the first one for each question."""

    def __init__(self) -> None:
        self.lines: dict[int, Line] = {}
        self.reversed: set[int] = set()
        # By what took authority out within an account: what brings it in.
        self.brought_in: dict[int, int] = {}
        # The documents by which no appropriation comes, each with its source, and those whose account has closed.
        self.apart: dict[int, str] = {}
        # Of those that hold an advance: the country that made it.
        self.advanced_by: dict[int, int] = {}
        self.closed: set[int] = set()
        self._documents: defaultdict[int | None, list[Line]] = defaultdict(list)

    def add(self, line: Line) -> None:
        """Write a line down."""
        self.lines[line.number] = line
        self._documents[line.document].append(line)
        if line.reverses is not None:
            self.reversed.add(line.reverses)

    def sums(self, lines: Iterable[Line], on: date | None = None) -> tuple[int, int, int, int]:
        """What lines come to until a day."""
        found = [0, 0, 0, 0]
        for line in lines:
            if on is None or line.on <= on:
                for place, amount in enumerate(line.moves):
                    found[place] += amount
        return found[0], found[1], found[2], found[3]

    def figures(self, lines: Iterable[Line], on: date | None = None) -> tuple[int, ...]:
        """What lines come to until a day, with what is no appropriation apart: as totals are told."""
        every = list(lines)
        authority, *rest = self.sums(every, on)
        ordered = self.sums((each for each in every if each.document in self.apart), on)[0]
        return authority - ordered, ordered, *rest

    def balances(self, document: int) -> list[tuple[int | None, int]]:
        """What the closing of a document's account cancels: what each obligation never paid, what never was one."""
        lines = self.of_document(document)
        threads: defaultdict[int, list[Line]] = defaultdict(list)
        for line in lines:
            root = self.obligation_of(line)
            if root is not None:
                threads[root].append(line)
        left = {root: self.sums(thread) for root, thread in sorted(threads.items())}
        found: list[tuple[int | None, int]] = [(root, sums[2] - sums[3]) for root, sums in left.items()]
        authority, _, obligated, _ = self.sums(lines)
        return [each for each in (*found, (None, authority - obligated)) if each[1] > 0]

    def takes(self, line: Line) -> bool:
        """Whether the source and the account of a line's document take it at all."""
        if line.document in self.closed or line.kind == "closing":
            return line.kind == "closing" and line.document in self.closed and line.on == CLOSES
        if line.reverses is not None:
            return True
        source = self.apart.get(line.document or 0)
        partner = self.advanced_by.get(line.document or 0, line.country)
        if line.kind in ("commitment", "obligation") and line.country not in (None, partner):
            return False
        return line.kind == source or line.kind not in (*APART, *(MOVED if source else ()))

    def of_document(self, document: int | None) -> list[Line]:
        """The lines of a document."""
        return self._documents[document]

    def obligation_of(self, line: Line) -> int | None:
        """The obligation that a line changes."""
        if line.kind == "obligation":
            return line.reverses or line.number
        return (
            line.names
            if line.kind in ("upward adjustment", "deobligation", "expenditure", "refund", "closing")
            else None
        )

    def commitment_of(self, line: Line) -> int | None:
        """The commitment that a line changes."""
        if line.kind == "commitment":
            return line.reverses or line.number
        return line.names if line.kind in ("decommitment", "obligation") else None

    def may(self, line: Line) -> bool:
        """Whether every day from the line's own on keeps every limit with it."""
        if not self.takes(line):
            return False
        into = self.brought_in.get(line.reverses or 0)
        if into is not None and into not in self.reversed:
            return False
        authority, committed, obligated, expended = line.moves
        lines = [*self.of_document(line.document), line]
        if (obligated > 0 or authority < 0) and not self._holds(lines, line.on, lambda s: s[2] <= s[0]):
            return False
        reserves = committed > 0 and line.kind in ("commitment", "decommitment")
        if (authority < 0 or reserves) and not self._holds(lines, line.on, lambda s: s[1] + s[2] <= s[0]):
            return False
        root = self.obligation_of(line)
        if root is not None:
            thread = [each for each in lines if self.obligation_of(each) == root]
            if (obligated < 0 or expended > 0) and not self._holds(thread, line.on, lambda s: s[3] <= s[2]):
                return False
            if expended < 0 and not self._holds(thread, line.on, lambda s: s[3] >= 0):
                return False
        root = self.commitment_of(line)
        if root is not None and committed < 0:
            left: defaultdict[date, int] = defaultdict(int)
            for each in lines:
                if self.commitment_of(each) == root:
                    left[each.on] += each.moves[1]
            total = 0
            for day in sorted(left):
                total += left[day]
                if total < 0 and day >= line.on:
                    return False
        return True

    def _holds(self, lines: list[Line], since: date, holds: Callable[[tuple[int, int, int, int]], bool]) -> bool:
        by_day: defaultdict[date, list[Line]] = defaultdict(list)
        for line in lines:
            by_day[line.on].append(line)
        total = (0, 0, 0, 0)
        for day in sorted(by_day):
            added = self.sums(by_day[day])
            total = (total[0] + added[0], total[1] + added[1], total[2] + added[2], total[3] + added[3])
            if day >= since and not holds(total):
                return False
        return True


@dataclass
class Walk:
    """The record that is walked over, and the plain ledger beside it."""

    db: Database
    random: Random
    plain: PlainLedger
    documents: tuple[int, ...]
    projects: tuple[int, ...]
    countries: tuple[int, ...]
    # The account of no year that is open, its documents (an appropriation, an order, an advance), and how many were.
    passing: tuple[int, tuple[int, ...]] = (0, ())
    accounts: int = 0
    # Time goes on while the walk goes on: what was known at a past moment is asked too.
    now: datetime = NOW
    made: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    @classmethod
    async def begin(cls, db: Database, seed: int) -> "Walk":
        """Two accounts with two documents each, three projects and two countries."""
        plain = PlainLedger()
        documents = []
        for symbol in ("097-2026/2027-0400-000", "097-2026/2026-0100-000"):
            account = await open_account(db, symbol)
            for number in (1, 2):
                document = await receive(db, account, number=f"{symbol}-{number}", amount=Dollars("5000.00"))
                documents.append(document)
        projects = [await make_project(db, f"Project {n}") for n in range(3)]
        countries = [await make_participant(db, name, code) for name, code in (("Australia", "AUS"), ("Japan", "JPN"))]
        walk = cls(db, Random(seed), plain, tuple(documents), tuple(projects), tuple(countries))
        await walk._note_first(documents)
        await walk._open_passing()
        return walk

    async def _note_first(self, documents: Iterable[int]) -> None:
        """The entries that documents were received with."""
        for document in documents:
            async with self.db.read() as session:
                [each] = (
                    await queries.list_entries(session, OFFICE, queries.Chosen(funding_document_id=document))
                ).items
            country = each.participant_id
            self.plain.add(Line(each.id, each.kind, 500_000, each.effective_on, document, None, country, posted=NOW))

    async def _open_passing(self) -> None:
        """An account of no year, which closes while the walk goes on."""
        self.accounts += 1
        symbol = f"097-X-{self.accounts:04d}-000"
        account = await open_account(self.db, symbol)
        order = {"order_law": "31 U.S.C. 1535", "order_accepted_on": FIRST}
        advance = {"order_law": ADVANCE, "participant_id": self.countries[0]}
        documents = []
        for source, values in (("regular act", {}), ("reimbursable order", order), ("partner advance", advance)):
            given = {
                "number": f"{symbol}-{len(documents)}",
                "source_of_authority": source,
                "amount": Dollars("5000.00"),
            }
            documents.append(await receive(self.db, account, **(given | values)))
            if source in APART:
                self.plain.apart[documents[-1]] = source
            if source == "partner advance":
                self.plain.advanced_by[documents[-1]] = self.countries[0]
        await self._note_first(documents)
        self.passing = account, tuple(documents)

    async def _close(self) -> None:
        """The account of no year closes, its balances are cancelled, and another one opens after a while."""
        account, documents = self.passing
        if self.plain.closed.isdisjoint(documents):
            async with self.db.write(actor=SERVICE, command="test.walk") as session:
                row = await session.get(TreasuryAccount, account)
                assert row is not None
                row.closed_on, row.closed_because = CLOSES, "Walked to its end"
            self.plain.closed |= {*documents}
        wanted = [
            Line(0, "closing", cents, CLOSES, document, *self._of(root), names=root)
            for document in documents
            for root, cents in self.plain.balances(document)
        ]
        self.now += timedelta(minutes=self.random.randrange(1, PAUSE))
        numbers: tuple[int, ...] = ()
        try:
            async with self.db.write(
                actor=SERVICE, command="test.walk", exercise=True, exercise_now=self.now
            ) as session:
                numbers = await commands.close_balances(session, AccountId(account), commands.CloseBalances())
            said = ""
        except Refused as refused:
            self.refused["closing"] += 1
            said = refused.detail
        assert len(numbers) == len(wanted), (said, wanted)
        for number, line in zip(numbers, wanted, strict=True):
            self.made["closing"] += 1
            self.plain.add(replace(line, number=number, posted=self.now))

    def _of(self, root: int | None) -> tuple[int | None, int | None]:
        """The project and the country of an obligation."""
        line = self.plain.lines.get(root or 0)
        return (line.project, line.country) if line is not None else (None, None)

    async def step(self) -> None:
        """One act, chosen at random: the record has to do what the plain ledger says."""
        if self.random.random() < 0.12:
            await self._reverse()
            return
        if self.random.random() < 0.02:
            gone = not self.plain.closed.isdisjoint(self.passing[1])
            await (self._open_passing() if gone and self.random.random() < 0.5 else self._close())
            return
        kind = self.random.choice([each for each in ADDS if each != "closing"])
        named = self._named(kind)
        if named is None and kind in ("decommitment", "upward adjustment", "deobligation", "expenditure", "refund"):
            kind = self.random.choice(("commitment", "obligation", "authority received"))
            named = self._named(kind)
        document = named.document if named is not None else self.random.choice((*self.documents, *self.passing[1]))
        project = named.project if named is not None else self.random.choice((*self.projects, None))
        country = named.country if named is not None else self.random.choice((*self.countries, None))
        if kind == "partner contribution":
            document, country = None, self.random.choice(self.countries)
        cents = self.random.choice((1, 99, 10_000, self.random.randrange(1, 200_000)))
        first = named.on if named is not None else FIRST
        on = first + timedelta(days=self.random.randrange(max(1, DAYS - (first - FIRST).days)))
        if kind.startswith("reprogramming"):
            await self._reprogram(cents, on)
            return
        line = Line(0, kind, cents, on, document, project, country, named.number if named is not None else None)
        values: dict[str, Any] = {
            "kind": kind,
            "amount": _dollars(cents),
            "effective_on": on,
            "funding_document_id": document,
            "adjusts_entry_id": line.names,
            "project_id": project,
            "participant_id": country,
            **LAWFUL.get(kind, {}),
        }
        if kind in APART:
            if self.random.random() < 0.8:
                document = self.passing[1][1 + APART.index(kind)]
            advanced = kind == "partner advance"
            country = self.countries[0] if advanced else None
            line = Line(0, kind, cents, on, document, project, country)
            values |= {"funding_document_id": document, "participant_id": country}
            values |= {"receipt_law": ADVANCE} if advanced else {}
        if kind in ("authority received", "transfer in"):
            values["participant_id"], country = None, None
            line = Line(0, kind, cents, on, document, project, None, line.names)
        if kind == "obligation":
            values |= {"program_authority": "1253.e.1", "document_number": "C-1", "need": "Walked", "document_on": on}
        if kind == "upward adjustment":
            values["basis"] = "price or rate"
        await self._try(line, lambda session: commands.post_entry(session, commands.PostEntry(**values)))

    async def _reprogram(self, cents: int, on: date) -> None:
        """Authority goes from one document to the other of its account."""
        at = self.random.randrange(len(self.documents))
        source, target = self.documents[at], self.documents[at ^ 1]
        out = Line(0, "reprogramming out", cents, on, source, None, None)
        body = commands.MoveAuthority(
            from_document_id=source, to_document_id=target, amount=_dollars(cents), effective_on=on, approval="DD 1415"
        )
        made = await self._try(out, lambda session: commands.move_authority(session, body))
        if made is not None:
            self.plain.brought_in[made[0]] = made[1]
            self.plain.add(replace(out, number=made[1], kind="reprogramming in", document=target, posted=self.now))
            self.made["reprogramming in"] += 1

    def _named(self, kind: str) -> Line | None:
        wanted = {
            **dict.fromkeys(("upward adjustment", "deobligation", "expenditure", "refund"), "obligation"),
            "decommitment": "commitment",
        }.get(kind)
        if kind == "obligation" and self.random.random() < 0.4:
            wanted = "commitment"
        if wanted is None:
            return None
        found = [
            each
            for each in self.plain.lines.values()
            if each.kind == wanted
            and each.reverses is None
            and each.number not in self.plain.reversed
            and self._is_near(each)
        ]
        return self.random.choice(found) if found else None

    async def _reverse(self) -> None:
        found = [
            each
            for each in self.plain.lines.values()
            if each.reverses is None and each.number not in self.plain.reversed and self._is_near(each)
        ]
        target = self.random.choice(found)
        on = target.on + timedelta(days=self.random.randrange(max(1, DAYS - (target.on - FIRST).days)))
        if target.kind == "closing" and self.random.random() < 0.2:
            on += timedelta(days=1)
        line = Line(
            0,
            target.kind,
            target.cents,
            on,
            target.document,
            target.project,
            target.country,
            target.names,
            reverses=target.number,
        )
        body = commands.ReverseEntry(effective_on=on, because="Walked back")
        await self._try(line, lambda session: commands.reverse_entry(session, EntryId(target.number), body))

    def _is_near(self, line: Line) -> bool:
        """Whether a line is of a document that is still walked over: of those that closed long ago nothing is new."""
        return line.document not in self.plain.closed or line.document in self.passing[1]

    async def _try(self, line: Line, act: Callable[[Any], Any]) -> tuple[int, ...] | None:
        """The numbers that the record gave; None where it refused, as the plain ledger did."""
        allowed = self.plain.may(line)
        name = f"reversal of {line.kind}" if line.reverses is not None else line.kind
        self.now += timedelta(minutes=self.random.randrange(1, PAUSE))
        try:
            async with self.db.write(
                actor=SERVICE, command="test.walk", exercise=True, exercise_now=self.now
            ) as session:
                numbers = await act(session)
            done = "made"
        except Refused as refused:
            done = refused.detail
        assert allowed == (done == "made"), (name, line, done)
        if not allowed:
            self.refused[name] += 1
            return None
        self.made[name] += 1
        made = numbers if isinstance(numbers, tuple) else (numbers,)
        self.plain.add(replace(line, number=made[0], posted=self.now))
        return made

    async def check_document(self) -> None:
        """The document days of the record are those of the plain ledger."""
        document = self.random.choice((*self.documents, *self.passing[1]))
        async with self.db.read() as session:
            rows = await session.scalars(select(LedgerDay).where(LedgerDay.funding_document_id == document))
            found = {row.effective_on: tuple(_cents(getattr(row, name)) for name in _OF_DAYS) for row in rows}
        wanted: defaultdict[date, list[Line]] = defaultdict(list)
        for line in self.plain.of_document(document):
            wanted[line.on].append(line)
        assert found == {day: self.plain.sums(lines) for day, lines in wanted.items()}

    async def check(self) -> None:
        """Totals by every group, as effective on a random day too, and everything derived, to the cent."""
        day = FIRST + timedelta(days=self.random.randrange(DAYS + 5))
        keys: dict[str, Callable[[Line], Any]] = {
            "funding_document": lambda line: line.document,
            "project": lambda line: line.project,
            "month": lambda line: f"{line.on:%Y-%m}",
        }
        known = NOW + (self.now - NOW) * self.random.random()
        async with self.db.read() as session:
            for effective, at in ((None, None), (day, None), (None, known), (day, known)):
                chosen = queries.Chosen(effective_on=effective, known_at=at)
                for by, key in keys.items():
                    found = {
                        row.key: tuple(_cents(getattr(row.figures, name)) for name in _STAGES)
                        for row in (await queries.totals(session, OFFICE, by, chosen)).rows  # type: ignore[arg-type]
                    }
                    wanted: defaultdict[str, list[Line]] = defaultdict(list)
                    for line in self.plain.lines.values():
                        if (effective is None or line.on <= effective) and (at is None or line.posted <= at):
                            wanted[str(key(line) or "")].append(line)
                    assert found == {name: self.plain.figures(lines) for name, lines in wanted.items()}, (
                        by,
                        effective,
                        at,
                    )
        async with self.db.snapshot() as session:
            verified = await queries.verify(session)
        assert verified.holds, [each for each in verified.checks if each.wrong]
        assert verified.entries == len(self.plain.lines)


_OF_DAYS: Final = ("authority", "committed", "obligated", "expended")
_STAGES: Final = ("authority", "ordered", *_OF_DAYS[1:])


def _dollars(cents: int) -> Dollars:
    return Dollars(f"{cents // 100}.{cents % 100:02d}")


def _cents(amount: Dollars) -> int:
    return int(amount.amount.scaleb(2))
