"""Where an entry is counted, and what it came by."""

from datetime import date
from typing import Any

import pytest

from pipir.features.ledger import queries
from pipir.features.people.tables import SERVICE
from pipir.kernel.access import Caller
from pipir.kernel.ids import EntryId
from pipir.kernel.marking import Reader
from tests.conftest import Service
from tests.features.imports import makers as files
from tests.features.ledger.makers import make_project, obligation, post, receive
from tests.features.report import record
from tests.features.report.record import US
from tests.rehearsals import Rehearsal, noon

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def shown(service: Service, number: int, role: Any = "comptroller") -> dict[str, Any]:
    """An entry as the role reads it."""
    async with service.api(role) as api:
        found = await api.get(f"/api/v1/ledger/entries/{number}")
        assert found.status_code == 200
        return found.json()


async def test_an_entry_names_the_frozen_reports_that_count_it(service: Service):
    """Drill from an entry to the reports that it is in: drafts and signed ones, by what each froze."""
    db = service.db
    await record.enter(db)
    document = await receive(db, marking="UNCLASSIFIED")
    counted = await post(db, obligation(document, "10.00"))
    assert (await shown(service, counted))["reports"] == []
    first = await record.draft(db)
    later = await post(db, obligation(document, "10.00", document_number="C-2"))
    second = await record.complete(db)
    await record.sign(db, second)
    found = [(each["build_id"], each["year"], each["state"]) for each in (await shown(service, counted))["reports"]]
    assert (found[0], found[-1]) == ((second, 2027, "signed"), (first, 2027, "draft"))
    builds = [each["build_id"] for each in (await shown(service, later))["reports"]]
    assert second in builds
    assert first not in builds
    browser = await service.browser("comptroller")
    page = (await browser.get(f"/ledger/entries/{counted}")).text
    assert "2027, version 1" in page
    assert "signed" in page
    page = (await browser.get("/ledger/entries/1")).text
    assert "2027, version 1" in page


async def test_a_build_whose_maker_may_not_see_an_entry_does_not_count_it(service: Service):
    db = service.db
    await record.enter(db)
    document = await receive(db, marking="UNCLASSIFIED")
    hidden = await make_project(db, "Another motor", marking="CUI//FED ONLY")
    number = await post(db, obligation(document, "10.00", project_id=hidden))
    outside = await record.draft(db, reader=Reader("contractor"))
    assert outside not in [each["build_id"] for each in (await shown(service, number))["reports"]]
    own = await record.draft(db)
    assert [each["build_id"] for each in (await shown(service, number))["reports"]] == [own]


async def test_an_entry_after_a_reports_day_is_not_in_it(rehearsal: Rehearsal):
    """Sec. 1253(f): money is as effective on the last day of the fiscal year that the report covers."""
    db = rehearsal.db
    await rehearsal.move(noon(date(2026, 10, 20)))
    await record.enter(db)
    document = await receive(db, marking="UNCLASSIFIED")
    within = await post(db, obligation(document, "10.00", effective_on=date(2026, 9, 30)))
    after = await post(db, obligation(document, "10.00", effective_on=date(2026, 10, 1), document_number="C-2"))
    build = await record.draft(db)
    caller = Caller(SERVICE, "Somebody", "An office", ("comptroller",), US, "session")
    async with db.read() as session:
        counted = [
            await queries.with_holders(session, caller, await queries.entry(session, US, EntryId(number)))
            for number in (within, after)
        ]
    assert [[each.build_id for each in detail.reports or ()] for detail in counted] == [[build], []]


async def test_an_entry_links_to_its_import_for_those_who_may_open_it(service: Service):
    db = service.db
    await receive(db)
    checked = await files.check(db, files.csv_of(files.row()))
    published = await files.publish(db, checked.id)
    entry = published.first_entry_id
    assert entry is not None
    found = (await shown(service, entry))["imported"]
    assert found == {"id": checked.id, "file_name": "books.csv", "href": f"/ledger/imports/{checked.id}"}
    assert (await shown(service, 1))["imported"] is None
    assert (await shown(service, entry, "program-office"))["imported"] is None
    browser = await service.browser("comptroller")
    assert f'href="/ledger/imports/{checked.id}"' in (await browser.get(f"/ledger/entries/{entry}")).text
