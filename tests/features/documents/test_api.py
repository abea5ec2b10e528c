"""The JSON door of documents: one happy path and every refusal."""

import hashlib
from typing import Any

import httpx
import pytest

from pipir.app import Setup, create_app
from pipir.features.documents.commands import CHUNK
from pipir.scanner import Scanner
from tests.conftest import Service
from tests.features.documents.makers import (
    JPEG,
    MAIL,
    PDF,
    PNG,
    TEXT,
    TIFF,
    Verdict,
    a_clamd,
    attach,
    bomb,
    broken_types,
    fields,
    package,
)
from tests.features.groups.makers import establish

BIG = PDF + bytes(range(256)) * (CHUNK // 100)


async def a_record(service: Service, marking: str = "CUI") -> tuple[str, int]:
    """A group that documents are attached to."""
    async with service.db.write(actor=1, command="test.record") as session:
        return "working_group", await establish(session, name=f"Group under {marking}", marking=marking)


async def test_a_document_is_stored_with_its_hash_and_comes_back_byte_by_byte(service: Service) -> None:
    """Upload, sha256, version, marking; downloads with safe headers."""
    record = await a_record(service)
    async with service.api("program-office") as client:
        answer = await attach(client, record, BIG, "Brief an die Übung.pdf", dated_on="2026-01-05", note="First")
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert made["sha256"] == hashlib.sha256(BIG).hexdigest()
        assert (made["size"], made["media_type"], made["latest"]) == (len(BIG), "application/pdf", 1)
        assert (made["scan"], made["record"]) == ("not scanned", "Group under CUI")
        got = await client.get(f"/api/v1/documents/{made['id']}/versions/1/content")
        assert got.content == BIG
        assert got.headers["content-length"] == str(len(BIG))
        assert got.headers["etag"] == f'"{made["sha256"]}"'
        assert got.headers["content-disposition"] == (
            "attachment; filename=\"Brief an die _bung.pdf\"; filename*=UTF-8''Brief%20an%20die%20%C3%9Cbung.pdf"
        )
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["content-security-policy"].startswith("sandbox")
        assert got.headers["cache-control"] == "no-store"
        head = await client.head(f"/api/v1/documents/{made['id']}/versions/1/content")
        assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(BIG)))
        again = await client.get(
            f"/api/v1/documents/{made['id']}/versions/1/content", headers={"If-None-Match": got.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        told = (await client.get(f"/api/v1/documents/{made['id']}/history")).json()
        assert {each["change"] for each in told} >= {"Document entered: Letter of the delegation"}


async def test_documents_are_listed_by_when_they_were_stored_a_page_at_a_time(service: Service) -> None:
    """Forth to the last page and back again, by an instant."""
    record = await a_record(service)
    async with service.api("program-office") as client:
        made = [(await attach(client, record, TEXT + b"%d" % n, f"{n}.txt")).json()["id"] for n in range(3)]
        seen, cursor = [], None
        while cursor is not None or not seen:
            at = {"cursor": cursor} if cursor else {}
            page = (await client.get("/api/v1/documents", params={"sort": "-stored", "limit": 1, **at})).json()
            seen.append(page["items"][0]["id"])
            cursor, back = page["next_cursor"], page["previous_cursor"]
        assert seen == made[::-1]
        page = (await client.get("/api/v1/documents", params={"sort": "-stored", "limit": 1, "cursor": back})).json()
        assert [each["id"] for each in page["items"]] == [made[1]]


async def test_a_new_version_leaves_the_earlier_one_as_it_is(service: Service) -> None:
    """Versions: earlier ones stay."""
    record = await a_record(service)
    async with service.api("program-office") as client:
        made = (await attach(client, record)).json()
        path = f"/api/v1/documents/{made['id']}/versions"
        answer = await client.post(
            path,
            data={"note": "Signed"},
            files={"file": ("signed.pdf", PDF + b"2", "application/pdf")},
            headers={"If-Match": f'"{made["version"]}"'},
        )
        assert answer.status_code == 201, answer.text
        assert answer.json()["latest"] == 2
        assert (await client.get(f"{path}/1/content")).content == PDF
        assert (await client.get(f"{path}/2/content")).content == PDF + b"2"
        assert [each["number"] for each in (await client.get(path)).json()] == [2, 1]
        stale = await client.post(
            path, files={"file": ("signed.pdf", PDF + b"3", "")}, headers={"If-Match": f'"{made["version"]}"'}
        )
        assert stale.status_code == 412
        assert (await client.post(path, files={"file": ("signed.pdf", PDF + b"3", "")})).status_code == 428


async def test_a_document_is_revised_and_ended_and_never_deleted(service: Service) -> None:
    """Records end."""
    record = await a_record(service)
    async with service.api("program-office") as client:
        made = (await attach(client, record)).json()
        path = f"/api/v1/documents/{made['id']}"
        body = {"title": "Letter, corrected", "source": "Mail", "marking": "CUI//NOFORN"}
        revised = await client.put(path, json=body, headers={"If-Match": '"1"'})
        assert (revised.status_code, revised.json()["marking"]) == (200, "CUI//NOFORN")
        ended = await client.patch(f"{path}/end", json={"because": "Attached twice"}, headers={"If-Match": '"2"'})
        assert (ended.status_code, ended.json()["ended_because"]) == (200, "Attached twice")
        assert (await client.put(path, json=body, headers={"If-Match": '"3"'})).status_code == 409
        assert (await client.get("/api/v1/documents")).json()["items"] == []
        assert len((await client.get("/api/v1/documents?ended=true")).json()["items"]) == 1
        assert (await client.delete(path)).status_code == 405


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("a.PNG", PNG, "image/png"),
        ("a.jpeg", JPEG, "image/jpeg"),
        ("a.tif", TIFF, "image/tiff"),
        ("a.txt", TEXT, "text/plain"),
        ("a.txt", "Größe\n".encode("utf-16"), "text/plain"),
        ("a.csv", b"part,price\nx,1\n", "text/csv"),
        ("a.eml", MAIL, "message/rfc822"),
        ("a.docx", package("docx"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.xlsx", package("xlsx"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.pptx", package("pptx"), "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ],
)
async def test_the_kind_of_a_file_is_recognized_by_its_content(
    service: Service, name: str, content: bytes, media_type: str
) -> None:
    """Type recognized by content, not by the sender's header."""
    record = await a_record(service)
    async with service.api("program-office") as client:
        answer = await attach(client, record, content, name)
        assert answer.status_code == 201, answer.text
        assert answer.json()["media_type"] == media_type


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.pdf", b"", "empty"),
        ("a.pdf", PNG, "of another kind: PNG picture"),
        ("a.png", TEXT, "of another kind: plain text"),
        ("a.txt", b"MZ\x90\x00" + bytes(60), "Windows"),
        ("a.exe", b"MZ\x90\x00" + bytes(60), "Windows"),
        ("a.pdf", b"\x7fELF" + bytes(60), "ELF"),
        ("a.txt", b"#!/bin/sh\nrm\n", "program"),
        ("a.txt", b"\xef\xbb\xbf <HTML><script>alert(1)</script>", "scripts"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "scripts"),
        ("a.txt", b"<?xml version='1.0'?><svg/>", "scripts"),
        ("a.zip", b"PK\x03\x04" + bytes(60), "package"),
        ("a.docx", package("xlsx"), "of another kind: Excel workbook"),
        ("a.docx", package("docx", extra="word/vbaProject.bin"), "macros"),
        ("a.docx", bomb(), "unpacks to more"),
        ("a.docx", broken_types(), "package"),
        ("a.docx", package("docx", main="application/vnd.ms-word.document.macroEnabled"), "package"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), "Microsoft Office"),
        ("a.eml", TEXT, "no mail header"),
        ("a", TEXT, "no ending"),
        ("a.gif", b"GIF89a\x00\x01" + bytes(20), "Graphics"),
    ],
)
async def test_what_is_no_document_is_refused_with_what_it_is(
    service: Service, name: str, content: bytes, says: str
) -> None:
    """Empty, executable, HTML, SVG, a name that says something else."""
    record = await a_record(service)
    async with service.api("program-office") as client:
        answer = await attach(client, record, content, name)
        assert answer.status_code == 422, answer.text
        assert says in answer.json()["mistakes"][0]["expected"]
        assert answer.json()["mistakes"][0]["where"] == "file"
        assert (await client.get("/api/v1/documents")).json()["total"] == 0


async def test_every_mistake_of_an_upload_is_told_at_once(service: Service) -> None:
    """Bad input: all mistakes, where they are."""
    async with service.api("program-office") as client:
        answer = await client.post(
            "/api/v1/documents", data={"record_kind": "x", "record_id": "0"}, files={"file": ("a.pdf", b"", "")}
        )
    assert answer.status_code == 422
    assert {each["where"] for each in answer.json()["mistakes"]} == {"title", "source", "record_id", "file"}


async def test_the_same_bytes_are_not_attached_to_a_record_twice(service: Service) -> None:
    """Same bytes again attached to the same record: told so; to another record they may be."""
    record, other = await a_record(service), await a_record(service, "UNCLASSIFIED")
    async with service.api("program-office") as client:
        made = (await attach(client, record)).json()
        again = await attach(client, record, name="copy.pdf")
        assert again.status_code == 409
        assert f"version 1 of document {made['id']}" in again.json()["detail"]
        assert (await attach(client, other, marking="UNCLASSIFIED")).status_code == 201


async def test_a_repeated_upload_is_done_once(service: Service) -> None:
    """Idempotency-Key: the same request gets the same answer; another file under the key is refused."""
    record = await a_record(service)
    async with service.api("program-office") as client:
        key = {"Idempotency-Key": "k1"}
        first = await attach(client, record, headers=key)
        again = await attach(client, record, headers=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert (await attach(client, record, PDF + b"x", headers=key)).status_code == 422
        assert (await client.get("/api/v1/documents")).json()["total"] == 1


async def test_a_file_that_is_too_large_is_refused(service: Service) -> None:
    """25 MB: 413, nothing stored."""
    record = await a_record(service)
    async with service.api("program-office") as client:
        answer = await attach(client, record, PDF + bytes(25_000_000))
        assert (answer.status_code, "25 MB" in answer.json()["detail"]) == (413, True)
        said = await client.post(
            "/api/v1/documents",
            content=b"x",
            headers={"Content-Type": "multipart/form-data; boundary=b", "Content-Length": "999999999999"},
        )
        assert said.status_code == 413
        assert (await client.get("/api/v1/documents")).json()["total"] == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"--b\r\n", b"no parts", b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\na\xff\r\n--b--\r\n'],
)
async def test_a_broken_body_is_refused(service: Service, content: bytes) -> None:
    """400, never 500."""
    async with service.api("program-office") as client:
        answer = await client.post(
            "/api/v1/documents", content=content, headers={"Content-Type": "multipart/form-data; boundary=b"}
        )
    assert answer.status_code == 400, answer.text


async def test_only_routes_that_say_so_take_files(service: Service) -> None:
    """An explicit opt of the route handler, never a general hole."""
    record = await a_record(service)
    async with service.api("program-office") as client:
        for path in ("/api/v1/groups", f"/api/v1/groups/{record[1]}"):
            answer = await client.put(path, data={"name": "x"}, files={"file": ("a.pdf", PDF, "")})
            assert answer.status_code in (405, 415)
        assert (await client.post("/api/v1/documents", json=fields(record))).status_code == 415


async def _counted(app_answer: httpx.AsyncClient, **more: Any) -> tuple[httpx.Response, int]:
    """The answer to an upload of many parts, and how many of them were asked for."""
    asked = 0

    async def parts() -> Any:
        nonlocal asked
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
        for _ in range(100):
            asked += 1
            yield bytes(250_000)
        yield b"\r\n--b--\r\n"

    answer = await app_answer.post(
        "/api/v1/documents",
        content=parts(),
        headers={"Content-Type": "multipart/form-data; boundary=b", **more},
    )
    return answer, asked


async def test_a_file_is_not_read_for_a_stranger_or_for_who_may_not_send_one(service: Service) -> None:
    """Without reading 25 MB for a stranger or for somebody without the permission."""
    async with service.anonymous() as client:
        answer, asked = await _counted(client)
        assert (answer.status_code, asked) == (401, 0)
    async with service.api("auditor") as client:
        answer, asked = await _counted(client)
        assert (answer.status_code, asked) == (403, 0)
    browser = await service.browser("program-office")
    answer, asked = await _counted(browser.client)
    assert (answer.status_code, asked) == (403, 0)
    answer, asked = await _counted(browser.client, **{"X-CSRF-Token": browser.csrf})
    assert (answer.status_code, asked) == (422, 100)


@pytest.mark.parametrize(
    ("record_marking", "marking", "status"),
    [
        ("CUI", "CUI", 201),
        ("CUI", "CUI//NOFORN", 201),
        ("CUI//FED ONLY", "CUI", 422),
        ("CUI", "CUI//REL TO USA, JPN", 422),
        ("CUI//REL TO USA, AUS, JPN", "CUI//REL TO USA, JPN", 201),
        ("CUI", "SECRET", 422),
    ],
)
async def test_a_documents_audience_is_never_wider_than_its_records(
    service: Service, record_marking: str, marking: str, status: int
) -> None:
    """On attach a wider marking is refused."""
    record = await a_record(service, record_marking)
    async with service.api("program-office") as client:
        answer = await attach(client, record, marking=marking)
        assert answer.status_code == status, answer.text
        if status == 422:
            assert [each["where"] for each in answer.json()["mistakes"]] == ["marking"]


async def test_a_record_that_nobody_may_see_is_not_there(service: Service) -> None:
    """An unknown kind, an unknown number, a kind that takes no documents."""
    async with service.api("program-office") as client:
        for record in (("working_group", 999), ("pg_authid", 1), ("sign_in", 1), ("document", 1)):
            answer = await attach(client, record)
            assert answer.status_code == 422
            assert answer.json()["mistakes"][0]["where"] == "record_id"


VERDICTS: list[tuple[Verdict, int, str]] = [
    ("clean", 201, ""),
    ("infected", 422, "Eicar-Test-Signature"),
    ("error", 503, "does not answer"),
    ("rubbish", 503, "does not answer"),
    ("hang", 503, "does not answer"),
    ("close", 503, "does not answer"),
]


@pytest.mark.parametrize(("verdict", "status", "says"), VERDICTS)
async def test_what_the_scanner_does_not_call_clean_is_not_stored(
    service: Service, verdict: Verdict, status: int, says: str
) -> None:
    """Scanner hook: refused when configured and not answering, and where it finds something."""
    record = await a_record(service)
    async with a_clamd(verdict) as (address, seen):
        answer, kept = await _scanned(service, record, Scanner(address, seconds=0.5))
    assert answer.status_code == status, answer.text
    assert says in answer.text
    assert kept == (["clean"] if status == 201 else [])
    assert seen in ([], [BIG])


async def test_a_scanner_that_is_not_there_lets_nothing_in(service: Service) -> None:
    """Refused when configured and not answering."""
    record = await a_record(service)
    async with a_clamd("clean") as (address, _):
        pass
    for gone in (address, "/nonexistent/clamd.sock"):
        answer, kept = await _scanned(service, record, Scanner(gone, seconds=2))
        assert (answer.status_code, kept) == (503, [])
        assert "Try again" in answer.json()["way_out"]
        assert "retry-after" in answer.headers


async def _scanned(service: Service, record: tuple[str, int], scanner: Scanner) -> tuple[httpx.Response, list[str]]:
    app = create_app(Setup(db=service.db, kind="exercise", scanner=scanner))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {service.tokens['program-office']}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers) as client:
        answer = await attach(client, record, BIG)
        kept = (await client.get("/api/v1/documents")).json()["items"]
    return answer, [each["scan"] for each in kept]
