"""What is remembered of a row never changes what is said of another: each row as it would be judged by itself."""

from collections.abc import Sequence
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipir.features.imports.commands.books import Books
from pipir.features.imports.commands.judging import RowJudge
from pipir.features.imports.commands.names import Named, OwnRows, Scope, key_of
from pipir.features.imports.commands.rows import RowReader
from pipir.features.imports.commands.staging import Chunk
from pipir.features.imports.rules import FIELDS, IMPORTED, layout_of
from pipir.features.law.rules import Determination
from pipir.features.ledger.commands.known import Known
from pipir.features.ledger.rules import Account, ClosedAccount, Funding, parse_symbol
from pipir.kernel.money import Dollars
from pipir.statute.load import load_statute

HEADER = tuple(each.name for each in FIELDS)
LAYOUT = layout_of(HEADER, {})[0]
RESEARCH = "Research, Development, Test and Evaluation, Defense-Wide"
TODAY = date(2032, 3, 1)


def account(symbol: str) -> Account:
    return Account(parse_symbol(symbol))


CURRENT, LATER, OLD = (account(f"097-{years}-0400-000") for years in ("2026/2027", "2031/2032", "2018/2019"))
FUNDINGS = {
    "FD-1": (1, Funding("FD-1", CURRENT, "allotment", "regular act", account_title=RESEARCH)),
    "FD-2": (2, Funding("FD-2", LATER, "allotment", "continuing resolution", through_on=date(2031, 12, 1),
                        cr_amount=Dollars("9"), account_title=RESEARCH)),
    "FD-3": (3, Funding("FD-3", LATER, "allotment", "none", excepted_basis="Safety of life", account_title=RESEARCH)),
    "FD-4": (4, Funding("FD-4", CURRENT, "allotment", "reimbursable order", order_law="31 U.S.C. 1535",
                        order_accepted_on=date(2026, 3, 1), account_title=RESEARCH)),
    "FD-6": (6, Funding("FD-6", LATER, "allotment", "partner advance", order_law="22 U.S.C. 2767(d)",
                        participant_id=1, account_title=RESEARCH)),
    "FD-5": (5, Funding("FD-5", LATER, "allotment", "regular act", period_from=date(2031, 11, 1),
                        until=date(2031, 12, 24), account_title=RESEARCH)),
}  # fmt: skip


def determination(number: int, **values: object) -> Determination:
    said: dict[str, object] = {"subject_kind": "project", "subject_id": 1, "subject_title": "P-1"} | values
    begun = date(2031, 10, 1)
    return Determination(id=number, authority="10-usc-2350a", reviewed_on=begun, effective_from=begun, **said)  # type: ignore[arg-type]


BOOKS = Books(
    law=load_statute(),
    today=TODAY,
    fundings=FUNDINGS,
    by_account={str(CURRENT.symbol): ["FD-1", "FD-4"]},
    projects={"P-1": 1, "P-2": 2},
    participants={"AUS": 1, "JPN": 2},
    determinations={1: determination(1), 2: determination(2, subject_kind="funding document", subject_id=2)},
    audiences={name: dict.fromkeys(range(1, 9), 2 ** (at + 3) - 1) for at, name in enumerate(Scope._fields)},
    accounts={str(OLD.symbol): 3, str(CURRENT.symbol): 1},
    closed={3: ClosedAccount(OLD, RESEARCH), 1: ClosedAccount(CURRENT, RESEARCH)},
    funding_by_id=dict(FUNDINGS.values()),
)


def stored(number: int, kind: str, **values: object) -> Known:
    said: dict[str, object] = {
        "reversed_kind": None, "amount": Dollars("5.00"), "funding_document_id": 1, "project_id": 1,
        "participant_id": None, "program_authority": "1253.e.1", "other_authority": None, "continuation_id": None,
        "adjusts_entry_id": None, "effective_on": date(2026, 3, 2), "incurred": False,
    }  # fmt: skip
    return Known(number=number, kind=kind, **(said | values))  # type: ignore[arg-type]


STORED = (
    stored(11, "obligation"),
    stored(12, "obligation", continuation_id=1, effective_on=date(2031, 11, 3), funding_document_id=2),
    stored(13, "commitment", project_id=None),
    stored(14, "obligation", closed_account_id=3, participant_id=2),
    stored(15, "transfer out", project_id=None, program_authority=None),
    stored(16, "obligation"),
)
NAMED = Named(
    by_document={key_of("obligation", "S-1", "1"): STORED[:1], key_of("obligation", "S-2", "1"): STORED[1:2],
                 key_of("commitment", "S-3", "1"): STORED[2:3], key_of("reversal", "S-1", "1"): STORED[:1]},
    by_number={each.number: each for each in STORED},
    reversed_by={16: 17},
)  # fmt: skip

DAYS = (
    "2026-03-02",
    "2026-03-02",
    "2026-03-02",
    "2025-11-03",
    "2027-11-01",
    "2031-11-03",
    "2032-09-30",
    "2026-02-31",
    "2026-10-01",
)
# A good cell stands often, a bad one now and then: most rows are then good, or wrong in one way.
CELLS: dict[str, tuple[str, ...]] = {
    "kind": ("obligation", "obligation", " Obligation ", *("expenditure",) * 3, "commitment", *IMPORTED, "gift"),
    "amount": ("10.00", "10.00", "0.05", "$1,000.00", "7.00", "0", "(5.00)", "1.234"),
    "effective_on": DAYS,
    "funding_document": ("FD-1", "FD-1", "FD-2", "FD-3", "FD-4", "FD-5", "FD-6", "FD-6", "FD-X", ""),
    "account": (*("",) * 20, str(CURRENT.symbol), "097-1"),
    "project": ("", "P-1", " p-1", "P-2", "P-9") * 2,
    "participant": ("", "", "AUS", "jpn", "XXX"),
    "program_authority": ("1253.e.1", "1253.e.1", "1253.e.2", "10-usc-2350a", "", "1253.x"),
    "other_authority": (*("",) * 8, "10-usc-2350a", "nothing"),
    "continuation": (*("",) * 8, "1", "2", "3"),
    "document_number": ("C-1", "C-1", "C-2", "C\\3", "", "x" * 201),
    "document_line": ("1", "1", "2", ""),
    "document_on": (*DAYS, ""),
    "signed_at": ("", "", "Canberra"),
    "performance_from": (*("",) * 8, "2026-03-02"),
    "performance_until": (*("",) * 8, "2026-03-01"),
    "need": ("Studies", "Studies", "Parts\tof it", "", "x"),
    "basis": (*("",) * 6, "price or rate", "whim"),
    "names_document": (*("",) * 4, "C-1", "C-1", "C-2", "S-1", "S-2", "S-3", "S-9"),
    "names_line": ("1", "1", "1", "2", ""),
    "names_entry": (*("",) * 20, "11", "12", "13", "14", "15", "16", "99"),
    "movement": (*("",) * 20, "M-1"),
    "transfer_law": (*("",) * 20, "A law"),
    "approval": (*("",) * 20, "An approval"),
    "outside_account": (*("",) * 20, "019-2026/2027-0113-000", "097-1"),
    "closed_account": (*("",) * 20, str(OLD.symbol), "097-1"),
    "closed_document": (*("",) * 20, "D-1 1"),
    "order_law": (*("",) * 20, "31 U.S.C. 1535"),
    "order_method": (*("",) * 20, "direct cite"),
    "contribution_kind": (*("",) * 8, "cash"),
    "receipt_law": (*("",) * 12, "22 U.S.C. 2767"),
    "new_start": (*("",) * 4, "yes", "no", "perhaps"),
    "because": ("", "", "Entered twice"),
    "late_because": (*("",) * 12, "It was found late"),
    "late_document": (*("",) * 12, "L-1"),
}
# Rows that differ from each other in a few cells, as those of a file do.
ROWS = st.tuples(
    st.sampled_from(range(3)),
    st.dictionaries(st.sampled_from(HEADER), st.integers(0, 100), max_size=4),
)
SHAPES: tuple[dict[str, str], ...] = (
    {"kind": "obligation", "amount": "10.00", "effective_on": "2026-03-02", "funding_document": "FD-1",
     "program_authority": "1253.e.1", "document_number": "C-1", "document_line": "1", "document_on": "2026-03-02",
     "need": "Studies", "project": "P-1"},
    {"kind": "expenditure", "amount": "0.05", "effective_on": "2026-03-02", "names_document": "C-1",
     "names_line": "1"},
    {"kind": "obligation", "amount": "10.00", "effective_on": "2031-11-03", "funding_document": "FD-2",
     "program_authority": "10-usc-2350a", "document_number": "C-2", "document_line": "1", "document_on": "2031-11-03",
     "need": "Studies", "project": "P-1", "continuation": "1"},
)  # fmt: skip


def cells_of(shape: int, changes: dict[str, int]) -> list[str]:
    said = SHAPES[shape] | {name: CELLS[name][which % len(CELLS[name])] for name, which in changes.items()}
    return [said.get(name, "") for name in HEADER]


def reader(own: OwnRows) -> RowReader:
    judge = RowJudge(BOOKS, LAYOUT, evidence="File, row ", date_format="YYYY-MM-DD", kinds={})
    return RowReader(judge, own, import_id=1)


def read(rows: Sequence[list[str]], *, each_by_itself: bool) -> Chunk:
    """The rows as one reader reads them, or each as a reader that has seen no other row."""
    own = OwnRows()
    one = reader(own)
    chunk = Chunk(0)
    for place, cells in enumerate(rows, 1):
        (reader(own) if each_by_itself else one).read(chunk, place, place + 1, list(cells), NAMED)
    return chunk


def test_whom_a_row_is_for_bears_on_what_a_partner_advanced():
    """22 U.S.C. 2767(d): of rows that are alike otherwise, the one of another partner is refused, in any order."""
    given = {**SHAPES[2], "funding_document": "FD-6"}
    rows = [
        [(given | {"participant": code, "document_number": f"C-{place}"}).get(name, "") for name in HEADER]
        for place, code in enumerate(("AUS", "JPN", "AUS", "", "JPN", "jpn", "aus"))
    ]
    for each_by_itself in (False, True):
        for order in (rows, rows[::-1]):
            chunk = read(order, each_by_itself=each_by_itself)
            assert (chunk.bad, len(chunk.findings)) == (3, 3)
            assert all("holds the advance of another partner" in each.expected for each in chunk.findings)
    ordinary = [[cell if cell != "FD-6" else "FD-2" for cell in cells] for cells in rows]
    assert read(ordinary, each_by_itself=False).bad == 0


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ROWS, min_size=2, max_size=25))
def test_a_row_is_judged_as_it_would_be_without_the_others(changed: list[tuple[int, dict[str, int]]]):
    rows = [cells_of(*each) for each in changed]
    together, apart = read(rows, each_by_itself=False), read(rows, each_by_itself=True)
    assert together.lines == apart.lines
    assert together.findings == apart.findings
    assert (together.rows, together.bad) == (apart.rows, apart.bad)
