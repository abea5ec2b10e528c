"""The doors of imports: files in, what is said of them out, and who may."""

import io
import zipfile
from datetime import datetime
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from pipir.features.imports import commands
from pipir.features.imports.tables import ImportId
from pipir.features.people.tables import SERVICE
from pipir.features.search import queries as search
from pipir.kernel.errors import NotFound
from pipir.kernel.marking import Reader
from pipir.web.entry import LARGEST_BODY
from tests.conftest import Service
from tests.features.imports import makers
from tests.features.imports.makers import HEADER, csv_of, paid, row
from tests.features.ledger.makers import make_project, receive


async def send(service: Service, content: bytes, *, name: str = "books.csv", source: int | None = None) -> Any:
    """A file by the JSON door."""
    number = source or await makers.enter_source(service.db)
    async with service.api("comptroller") as client:
        return await client.post(
            "/api/v1/ledger/imports", data={"source_id": str(number)}, files={"file": (name, content)}
        )


def sheet_of(*rows: list[Any]) -> bytes:
    """A workbook with these rows."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page = book.add_worksheet()
        for number, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if hasattr(cell, "year"):
                    page.write_datetime(number, column, cell, day)
                else:
                    page.write(number, column, cell)
    return target.getvalue()


async def test_a_file_comes_in_is_checked_and_published_by_the_json_door(service: Service) -> None:
    """Upload, dry run, publication: each asked for, each followed."""
    await receive(service.db)
    answer = await send(service, csv_of(row(), paid("4")))
    assert answer.status_code == 201, answer.text
    number = answer.json()["id"]
    async with service.api("comptroller") as client:
        address = f"/api/v1/ledger/imports/{number}"
        asked = await client.post(f"{address}/check", json={})
        assert (asked.status_code, asked.json()["state"]) == (202, "checking")
        refused = await client.post(f"{address}/check", json={})
        assert refused.status_code == 409
        await commands.check_file(service.db, ImportId(number), actor=SERVICE)
        assert (await client.get(address)).json()["good"] == 2
        assert (await client.get(f"{address}/findings")).json() == []
        refused = await client.post(f"{address}/publish", json={})
        assert refused.status_code in (202, 409)
        assert (await client.get("/api/v1/ledger/imports")).json()["total"] == 1
        assert (await client.get(f"{address}/history")).status_code == 200
    twice = await send(service, csv_of(row(), paid("4")), source=answer.json()["source_id"])
    assert (twice.status_code, twice.json()["detail"]) == (
        409,
        f"This very file is import {number} already, which is publishing; nothing was changed.",
    )


async def test_only_the_comptroller_imports(service: Service) -> None:
    """The permission ledger.import."""
    source = await makers.enter_source(service.db)
    async with service.api("auditor") as client:
        assert (await client.get("/api/v1/ledger/imports")).status_code == 403
        sent = await client.post(
            "/api/v1/ledger/imports", data={"source_id": str(source)}, files={"file": ("a.csv", b"kind\n")}
        )
        assert sent.status_code == 403
    async with service.anonymous() as client:
        assert (await client.get("/api/v1/ledger/imports")).status_code == 401


async def test_a_file_that_is_none_is_refused_with_what_to_do(service: Service) -> None:
    """By its bytes, not by its name alone."""
    source = await makers.enter_source(service.db)
    for name, content, said in (
        ("a.csv", b"", "The file is empty."),
        ("a.pdf", b"%PDF", "Expected a file that ends with .csv or .xlsx."),
        ("a.xlsx", b"kind,amount\n", "Save it anew, or as CSV."),
        ("a.csv", b"PK\x03\x04rest", "Save it as CSV or as .xlsx."),
        ("a.xlsx", b"PK\x03\x04rest", "it was cut off on its way"),
    ):
        answer = await send(service, content, name=name, source=source)
        assert answer.status_code == 422, (name, answer.text)
        assert said in answer.text


async def test_a_workbook_that_unpacks_to_more_than_a_gigabyte_is_refused(service: Service) -> None:
    """Nothing is unpacked to find out."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(11):
            with archive.open(f"xl/{number}.xml", "w") as part:
                for _ in range(100):
                    part.write(b"\0" * 1_000_000)
    answer = await send(service, target.getvalue(), name="bomb.xlsx")
    assert answer.status_code == 413
    assert "more than 1 GB" in answer.text


async def test_a_larger_file_than_a_body_is_taken_by_this_door(service: Service) -> None:
    """Up to 300 MB, streamed."""
    await receive(service.db)
    rows = [row(document_number=f"C-{n}", amount="0.01", need="n" * 300) for n in range(4_000)]
    content = csv_of(*rows)
    assert len(content) > LARGEST_BODY
    answer = await send(service, content)
    assert answer.status_code == 201
    await commands.check_file(service.db, answer.json()["id"], actor=SERVICE)
    assert (await makers.one(service.db, answer.json()["id"])).good == 4_000


async def test_a_workbook_is_read_with_its_days_and_numbers(service: Service) -> None:
    """As its cells show them; a formula's cell is a mistake, and its row comes back with its reason."""
    await receive(service.db)
    day = datetime(2025, 12, 20)
    good = ["obligation", 10.1, day, "FD-1", "", "1253.e.1", "C-1", 1, day, "Studies of this year", "", "", "", ""]
    computed = [*good]
    computed[1], computed[6] = "=5+5", "C-2"
    answer = await send(service, sheet_of(list(HEADER), good, computed), name="books.xlsx")
    number = answer.json()["id"]
    await commands.check_file(service.db, number, actor=SERVICE)
    found = await makers.one(service.db, number)
    assert (found.rows, found.good, found.bad) == (2, 1, 1)
    said = await makers.findings(service.db, number)
    assert said == [
        (3, "mistake", "amount", "=5+5", "Expected a value; this cell holds a formula. Paste it as a value.")
    ]
    await makers.publish(service.db, number, good_only=True)
    assert str((await makers.entries(service.db))[-1].amount) == "10.10"
    async with service.api("comptroller") as client:
        rest = await client.get(f"/api/v1/ledger/imports/{number}/rest.xlsx")
        told = await client.get(f"/api/v1/ledger/imports/{number}/findings.xlsx")
    grid = CalamineWorkbook.from_filelike(io.BytesIO(rest.content)).get_sheet_by_index(0).to_python()
    assert (grid[0][-1], len(grid), grid[1][6]) == ("Reason", 2, "C-2")
    assert "holds a formula" in grid[1][-1]
    assert told.status_code == 200


async def test_the_pages_lead_from_a_source_to_a_file_and_its_mistakes(service: Service) -> None:
    """Without script."""
    await receive(service.db)
    browser = await service.browser("comptroller")
    assert "No file was imported yet" in (await browser.get("/ledger/imports")).text
    assert "There is no source yet" in (await browser.get("/ledger/imports/new")).text
    assert "No source is entered yet" in (await browser.get("/ledger/import-sources")).text
    wrong = await browser.post(
        "/ledger/import-sources/new", {"name": "Books", "holds": "Obligations", "date_format": "soon", "kinds": "OBL"}
    )
    assert wrong.status_code == 422
    assert "OBL = obligation" in wrong.text
    made = await browser.post(
        "/ledger/import-sources/new",
        {
            "name": "Books", "holds": "Obligations", "date_format": "MM/DD/YYYY", "kinds": "OBL = obligation",
            "column_amount": "Amt", "default_program_authority": "1253.e.1",
        },
    )  # fmt: skip
    assert made.status_code == 303, made.text
    assert "Amt" in (await browser.get(made.headers["location"])).text
    header = [{"amount": "Amt"}.get(each, each) for each in HEADER]
    content = csv_of(
        row(kind="OBL", Amt="10", effective_on="12/20/2025", document_on="12/20/2025", program_authority="")
        | {"amount": ""},
        header=[*header, "amount"],
    )
    sent = await browser.client.post(
        "/ledger/imports/new",
        data={"_csrf": browser.csrf, "source_id": "1", "marking": "CUI"},
        files={"file": ("books.csv", content)},
    )
    assert sent.status_code == 303, sent.text
    address = sent.headers["location"]
    assert "Waiting for the worker" in (await browser.get(address)).text
    await commands.check_file(service.db, ImportId(1), actor=SERVICE)
    assert "books.csv" in (await browser.get("/ledger/imports")).text
    assert (await makers.one(service.db, 1)).good == 1
    assert (await browser.get("/ledger/imports/export.csv")).status_code == 200


async def test_a_file_that_is_given_up_may_come_again(service: Service) -> None:
    """Abandoning forgets the bytes."""
    await receive(service.db)
    answer = await send(service, csv_of(row()))
    number, source = answer.json()["id"], answer.json()["source_id"]
    browser = await service.browser("comptroller")
    blank = await browser.post(f"/ledger/imports/{number}/abandon", {"because": ""})
    assert blank.status_code == 422
    done = await browser.post(f"/ledger/imports/{number}/abandon", {"because": "The wrong month"})
    assert done.status_code == 303
    assert (await send(service, csv_of(row()), source=source)).status_code == 201


async def test_each_entry_of_a_long_file_has_its_page_although_the_index_of_search_leaves_it_out(
    service: Service,
) -> None:
    """From a figure to its entries, whichever way they came; who may not see an entry's project sees no page of it."""
    await receive(service.db)
    await make_project(service.db, "Hidden", marking="CUI//NOFORN")
    rows = [row(document_number=f"L-{n}", amount="0.01") for n in range(1001)]
    rows.append(row(document_number="HIDDEN", amount="0.01", project="P-0001"))
    found = await makers.check(service.db, csv_of(*rows))
    found = await makers.publish(service.db, found.id)
    assert found.first_entry_id is not None
    assert found.last_entry_id is not None
    async with service.db.read() as session:
        assert await session.scalar(text("select count(*) from search_entry where title like '%L-1%'")) == 0
        record = await search.record(session, Reader("us-government"), "ledger_entry", found.first_entry_id)
        assert (record.title, record.href) == ("Obligation L-0 1", f"/ledger/entries/{found.first_entry_id}")
        with pytest.raises(NotFound):
            await search.record(session, Reader("partner", "JPN"), "ledger_entry", found.last_entry_id)
    browser = await service.browser("comptroller")
    for number in (found.first_entry_id, found.last_entry_id):
        assert (await browser.get(f"/ledger/entries/{number}")).status_code == 200
