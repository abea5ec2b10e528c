"""The HTML door of documents: what a person sees, sends and is refused."""

import csv
import io

import pytest

from pipir.features.documents import queries
from pipir.kernel.marking import Reader
from tests.conftest import Service
from tests.features.documents.makers import PDF, PNG, TEXT, attach, fields, sent
from tests.features.documents.test_api import a_record


async def test_a_document_is_attached_found_and_downloaded(service: Service) -> None:
    """Upload and find a document."""
    kind, key = await a_record(service)
    browser = await service.browser("program-office")
    page = await browser.get(f"/documents/of/{kind}/{key}")
    assert 'enctype="multipart/form-data"' in page.text
    form = fields((kind, key), title="Letter <b>of</b> intent", note="First", _key="k")
    answer = await sent(browser, f"/documents/of/{kind}/{key}", form, PDF, "../../etc/pass\r\nwd\u202e.pdf")
    assert answer.status_code == 303, answer.text
    again = await sent(browser, f"/documents/of/{kind}/{key}", form, PDF, "../../etc/pass\r\nwd\u202e.pdf")
    assert again.headers["location"] == answer.headers["location"]
    shown = await browser.get(answer.headers["location"])
    assert "Letter &lt;b&gt;of&lt;/b&gt; intent" in shown.text
    assert "not scanned" in shown.text
    for query in ("q=letter", f"kind={kind}&record={key}", "type=application/pdf&scan=not+scanned", "sort=record"):
        assert "Letter &lt;b&gt;" in (await browser.get(f"/documents?{query}")).text, query
    for query in ("q=nothing", "kind=project", "record=999", "scan=clean", "type=image/png"):
        assert "Letter &lt;b&gt;" not in (await browser.get(f"/documents?{query}")).text, query
    rows = list(csv.DictReader(io.StringIO((await browser.get("/documents/export.csv")).text)))
    assert [row["Record"] for row in rows] == ["Group under CUI"]
    content = await browser.get(f"{answer.headers['location']}/versions/1/content")
    assert content.content == PDF
    said = content.headers["content-disposition"]
    assert said.startswith("attachment; ")
    assert "etc" not in said
    assert "%0D" not in said
    assert "%E2%80%AE" not in said


async def test_a_refused_upload_gives_back_what_was_typed(service: Service) -> None:
    """All mistakes at once, keep what was typed."""
    kind, key = await a_record(service)
    browser = await service.browser("program-office")
    form = fields((kind, key), title="Kept title", source="")
    answer = await sent(browser, f"/documents/of/{kind}/{key}", form, PNG, "letter.pdf")
    assert answer.status_code == 422
    assert 'value="Kept title"' in answer.text
    assert "of another kind: PNG picture" in answer.text
    assert "Source: This field is required." in answer.text
    large = await sent(browser, f"/documents/of/{kind}/{key}", form, PDF + bytes(25_000_000))
    assert large.status_code == 413
    assert 'value="Kept title"' in large.text
    assert "25 MB" in large.text


async def test_a_form_without_its_token_is_refused(service: Service) -> None:
    """CSRF field must be checked in multipart too, and before the file."""
    kind, key = await a_record(service)
    browser = await service.browser("program-office")
    path, form = f"/documents/of/{kind}/{key}", fields((kind, key))
    files = {"file": ("a.pdf", PDF, "")}
    for token in ({}, {"_csrf": ""}, {"_csrf": "x" * 43}):
        answer = await browser.client.post(path, data={**token, **form}, files=files)
        assert answer.status_code == 403
    late = (
        f'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n{PDF.decode()}\r\n'
        f'--b\r\nContent-Disposition: form-data; name="_csrf"\r\n\r\n{browser.csrf}\r\n--b--\r\n'
    )
    answer = await browser.client.post(
        path, content=late.encode(), headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert answer.status_code == 403
    foreign = await browser.client.post(
        path, data={"_csrf": browser.csrf, **form}, files=files, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert foreign.status_code == 403
    assert (await browser.client.post(path, data={"_csrf": browser.csrf, **form})).status_code == 415


async def test_versions_are_added_a_document_is_changed_and_ended(service: Service) -> None:
    """Records end, are never deleted."""
    record = await a_record(service)
    async with service.api("program-office") as client:
        made = (await attach(client, record)).json()
    browser = await service.browser("program-office")
    path = f"/documents/{made['id']}"
    added = await sent(browser, f"{path}/versions", {"_version": "1", "note": "Signed"}, PDF + b"2")
    assert added.status_code == 303, added.text
    stale = await sent(browser, f"{path}/versions", {"_version": "1"}, PDF + b"3")
    assert stale.status_code == 412
    same = await sent(browser, f"{path}/versions", {"_version": "2"}, PDF)
    assert (same.status_code, "same bytes" in same.text) == (409, True)
    none = await browser.client.post(
        f"{path}/versions", data={"_csrf": browser.csrf, "_version": "2"}, files={"file": ("", b"", "")}
    )
    assert (none.status_code, "Expected a file." in none.text) == (422, True)
    assert "Letter of the delegation" in (await browser.get(f"{path}/revise")).text
    body = {"_version": "2", "title": "Other title", "source": "Mail", "marking": "CUI//NOFORN"}
    assert (await browser.post(f"{path}/revise", body)).status_code == 303
    wrong = await browser.post(f"{path}/revise", {**body, "_version": "3", "office_id": "999"})
    assert (wrong.status_code, "Expected the number of an office." in wrong.text) == (422, True)
    assert (await browser.post(f"{path}/end", {"_version": "3", "because": ""})).status_code == 422
    assert (await browser.post(f"{path}/end", {"_version": "3", "because": "Sent twice"})).status_code == 303
    page = await browser.get(path)
    assert "Sent twice" in page.text
    assert "Add a version" not in page.text


@pytest.mark.parametrize("kind", ["pg_authid", "sign_in", "document", "working_group'--"])
async def test_what_takes_no_documents_has_no_page_for_them(service: Service, kind: str) -> None:
    """The one list of kinds of record."""
    browser = await service.browser("program-office")
    assert (await browser.get(f"/documents/of/{kind}/1")).status_code == 404


async def test_who_may_only_read_meets_no_form(service: Service) -> None:
    """documents.read and documents.change."""
    record = await a_record(service)
    async with service.api("program-office") as client:
        made = (await attach(client, record)).json()
    browser = await service.browser("auditor")
    assert "Attach the document" not in (await browser.get(f"/documents/of/working_group/{record[1]}")).text
    assert "Add a version" not in (await browser.get(f"/documents/{made['id']}")).text
    assert (await sent(browser, f"/documents/of/working_group/{record[1]}", fields(record))).status_code == 403
    assert (await browser.get("/documents/spillage")).status_code == 403


async def test_documents_of_a_record_are_those_that_the_reader_may_see(service: Service) -> None:
    """The stricter of the document's marking and its record's, as both stand now."""
    kind, key = await a_record(service, "CUI//REL TO USA, AUS")
    async with service.api("program-office") as client:
        for name, marking in (("a.txt", "CUI"), ("b.txt", "CUI//REL TO USA, AUS")):
            answer = await attach(client, (kind, key), TEXT + name.encode(), name, marking=marking, title=name)
            assert answer.status_code == 201, answer.text
    partner, american = Reader("partner", "AUS"), Reader("us-government")
    async with service.db.read() as session:
        assert [each.title for each in await queries.of_record(session, partner, kind, key)] == ["b.txt"]
        assert [each.title for each in await queries.of_record(session, american, kind, key)] == ["b.txt", "a.txt"]
    async with service.api("program-office") as client:
        stricter = await client.put(
            f"/api/v1/groups/{key}",
            json={
                "name": "Group",
                "kind": "working group",
                "established_on": "2026-01-05",
                "source": "Minutes",
                "marking": "CUI",
            },
            headers={"If-Match": '"1"'},
        )
        assert stricter.status_code == 200, stricter.text
    async with service.db.read() as session:
        assert await queries.of_record(session, partner, kind, key) == ()
        assert (await queries.list_documents(session, partner)).total == 0
        assert len(await queries.of_record(session, american, kind, key)) == 2
