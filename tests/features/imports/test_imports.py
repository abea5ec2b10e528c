"""Files on their way into the ledger: checked, published whole or in part, and never twice."""

from pathlib import Path

import pytest

from pipir.features.imports import commands
from pipir.features.people.tables import SERVICE
from pipir.kernel.errors import Conflict, NotFound, Refused
from pipir.kernel.money import Dollars
from pipir.store.doors import Database
from tests.features.imports import makers
from tests.features.imports.makers import csv_of, paid, row
from tests.features.ledger.makers import entry, obligation, post, receive


async def test_a_good_file_becomes_entries_with_what_their_rows_say(db: Database) -> None:
    """An import posts what a form would."""
    await receive(db)
    found = await makers.check(db, csv_of(row(), row(document_line="2", amount="$20.5"), paid("4")))
    assert (found.state, found.rows, found.good, found.bad, found.exceptions) == ("checked", 3, 3, 0, 0)
    assert len(await makers.entries(db)) == 1
    found = await makers.publish(db, found.id)
    assert (found.state, found.entries) == ("published", 3)
    _, first, second, third = await makers.entries(db)
    assert (first.id, third.id) == (found.first_entry_id, found.last_entry_id)
    assert (str(second.amount), second.document_line, second.fiscal_year) == ("20.50", "2", 2026)
    assert (third.kind, third.adjusts_entry_id, third.program_authority) == ("expenditure", first.id, "1253.e.1")
    assert third.posted_by == SERVICE


async def test_every_mistake_has_its_row_its_column_what_was_found_and_what_is_expected(db: Database) -> None:
    """A file is corrected in one go."""
    await receive(db)
    found = await makers.check(
        db,
        csv_of(
            row(kind="oblig", amount="(5.00)"),
            row(amount="1.234", effective_on="12/20/2025", funding_document="FD-9"),
            row(need="", project="P-9999"),
            row(amount="-3"),
            row(amount="1E+99"),
            row(amount="0.00"),
            row(document_line="9"),
        ),
    )
    assert (found.good, found.bad) == (1, 6)
    said = await makers.findings(db, found.id)
    assert [(line, column, was) for line, _, column, was, _ in said] == [
        (2, "kind", "oblig"),
        (2, "amount", "(5.00)"),
        (3, "amount", "1.234"),
        (3, "effective_on", "12/20/2025"),
        (3, "funding_document", "FD-9"),
        (4, "project", "P-9999"),
        (4, "need", "nothing"),
        (5, "amount", "-3.00"),
        (6, "amount", "1E+99"),
        (7, "amount", "0.00"),
    ]
    with pytest.raises(Refused, match="6 rows of the file are not good"):
        await makers.publish(db, found.id)
    assert len(await makers.entries(db)) == 1


async def test_the_good_rows_are_published_where_somebody_says_so(db: Database) -> None:
    """Accept the good rows, return the rest."""
    await receive(db)
    found = await makers.check(db, csv_of(row(kind="oblig"), row(document_number="C-2")))
    found = await makers.publish(db, found.id, good_only=True)
    assert (found.entries, found.bad) == (1, 1)


async def test_a_file_above_the_authority_is_told_the_day_and_the_figure(db: Database) -> None:
    """31 U.S.C. 1517(a)."""
    await receive(db)
    rows = [row(document_number=f"C-{n}", amount="300.00", effective_on=f"2025-12-2{n}") for n in range(5)]
    found = await makers.check(db, csv_of(*rows))
    assert (found.good, found.bad) == (3, 2)
    said = await makers.findings(db, found.id)
    assert [(line, what) for line, what, *_ in said] == [(5, "limit"), (6, "limit")]
    assert "would bring obligations under FD-1 to $1,200.00 on 23 Dec 2025" in said[0][4]
    found = await makers.publish(db, found.id, good_only=True)
    assert found.entries == 3


async def test_rows_that_take_what_others_have_reserved_warn_with_the_figures_of_what_is_taken(db: Database) -> None:
    document = await receive(db)
    for name, amount in (("R-1", "300.00"), ("R-2", "600.00")):
        named = {"funding_document_id": document, "document_number": name, "document_line": "1"}
        await post(db, entry("commitment", amount, **named))
    rows = [
        row(amount="250.00", names_document="R-1", names_line="1"),
        row(amount="100.00", document_number="C-2"),
        # More than is left of its commitment: it is left out with what names it, and counts in no warning.
        row(amount="50.01", document_number="C-4", names_document="R-1", names_line="1"),
        paid("20.00", "C-4", kind="upward adjustment", effective_on="2025-12-20", basis="price or rate"),
        row(amount="60.00", document_number="C-3"),
    ]
    checked = await makers.check(db, csv_of(*rows))
    assert (checked.good, checked.bad) == (3, 2)
    published = await makers.publish(db, checked.id, good_only=True)
    made = {
        each.document_number: each.warnings for each in await makers.entries(db) if each.id >= published.first_entry_id
    }
    assert {name: len(warnings) for name, warnings in made.items()} == {"C-1": 0, "C-2": 0, "C-3": 1}
    assert "The file's 2 entries, together of $160.00 would leave $1,060.00 committed and obligated" in made["C-3"][0]


async def test_rows_that_name_what_is_left_out_are_left_out_too(db: Database) -> None:
    """A payment of a row that is not taken comes back with it."""
    await receive(db)
    found = await makers.check(
        db, csv_of(row(amount="900"), row(document_number="C-2", amount="200"), paid("5", "C-2"), paid("5", "C-1"))
    )
    said = await makers.findings(db, found.id)
    assert [(line, what) for line, what, *_ in said if what != "duplicate"] == [(3, "limit"), (4, "names")]
    assert found.good == 2
    other = await makers.check(
        db,
        csv_of(row(document_number="C-7", need=""), paid("5", "C-7")),
        source=await makers.enter_source(db, "Other"),
    )
    assert [what for _, what, *_ in await makers.findings(db, other.id)] == ["mistake", "names"]


async def test_a_payment_above_its_obligation_is_an_exception_and_no_rejected_row(db: Database) -> None:
    """money.md, refuse or record."""
    document = await receive(db)
    await post(db, obligation(document, "10.00", document_number="C-1", document_line="1"))
    found = await makers.check(db, csv_of(paid("6"), paid("6"), paid("1", "nowhere", funding_document="FD-1")))
    assert (found.good, found.bad, found.exceptions) == (3, 0, 2)
    found = await makers.publish(db, found.id)
    flags = [each.flag for each in await makers.entries(db)][2:]
    assert flags == [None, "negative unliquidated obligation", "unmatched disbursement"]
    assert (await makers.entries(db))[3].evidence == f"Import {found.id}, books.csv, row 3"


async def test_a_deobligation_below_what_was_paid_is_left_out(db: Database) -> None:
    """The same rule as of a form: what is left holds."""
    await receive(db)
    found = await makers.check(
        db, csv_of(row(amount="10"), paid("8"), paid("5", kind="deobligation"), paid("1", kind="deobligation"))
    )
    said = [each for each in await makers.findings(db, found.id) if each[1] != "duplicate"]
    assert [(line, what) for line, what, *_ in said] == [(4, "limit"), (5, "limit")]
    assert "5.00 obligated and $8.00 expended on 21 Dec 2025" in said[0][4]


async def test_the_same_file_twice_changes_nothing(db: Database) -> None:
    """Known by its bytes."""
    await receive(db)
    content = csv_of(row())
    found = await makers.check(db, content)
    await makers.publish(db, found.id)
    with pytest.raises(Conflict, match=f"This very file is import {found.id} already"):
        await makers.upload(db, content, source=found.source_id)
    await commands.publish_file(db, found.id, actor=SERVICE)
    assert len(await makers.entries(db)) == 2


async def test_doubles_are_noticed_in_the_file_and_in_the_ledger(db: Database) -> None:
    """By kind, document and line."""
    document = await receive(db)
    await post(db, obligation(document, "10.00", document_number="C-1", document_line="1"))
    found = await makers.check(db, csv_of(row(), row(document_number="C-2"), row(document_number="C-2")))
    assert (found.notices, found.bad) == (2, 0)
    said = [(line, expected) for line, *_, expected in await makers.findings(db, found.id)]
    assert said == [
        (2, "Entry 2 has this kind, document and line already."),
        (4, "Row 3 has this kind, document and line too."),
    ]


async def test_what_was_posted_since_the_check_counts_at_the_publication(db: Database) -> None:
    """31 U.S.C. 1517(a): no two ways to the last dollar."""
    document = await receive(db)
    found = await makers.check(db, csv_of(row(amount="600")))
    await post(db, obligation(document, "500.00", document_number="C-2"))
    with pytest.raises(Refused, match="One row of the file is not good"):
        await makers.publish(db, found.id)
    found = await makers.one(db, found.id)
    assert (found.state, found.bad) == ("checked", 1)
    assert sum(each.amount for each in await makers.entries(db)) == Dollars("1500.00").amount


async def test_the_command_line_goes_on_with_a_file_that_it_knows(db: Database, tmp_path: Path) -> None:
    """`pipir ledger import`: a dry run, then the good rows, then nothing."""
    await receive(db)
    await makers.enter_source(db)
    path = tmp_path / "books.csv"
    path.write_bytes(csv_of(row(), row(kind="oblig", document_number="C-2")))

    async def run(*, publish: bool, good_only: bool = False, source: str = "Books") -> commands.Outcome:
        async def quiet(done: int, total: int, message: str) -> None:
            assert done <= total, message

        return await commands.import_file(
            db, path, source=source, actor=SERVICE, publish=publish, good_only=good_only, progress=quiet
        )

    with pytest.raises(NotFound, match="the sources are: Books"):
        await run(publish=False, source="Boks")
    outcome = await run(publish=False)
    assert (outcome.good, outcome.lines[-1]) == (False, "Nothing was posted.")
    assert "row 3, kind: found oblig; Expected one of: authority received" in outcome.lines[2]
    outcome = await run(publish=True)
    assert (outcome.good, outcome.lines[-1]) == (False, "Nothing was posted: the file is not good as a whole.")
    outcome = await run(publish=True, good_only=True)
    assert (outcome.good, outcome.lines[-1]) == (True, "Published, number of entries: 1, from 2 to 2.")
    outcome = await run(publish=True)
    assert outcome.lines == ("This very file is import 1 already, which is published; nothing was changed.",)
    assert len(await makers.entries(db)) == 2
