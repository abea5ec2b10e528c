"""Default deny: every route, by every method, for everybody who should not come in."""

import inspect
import re

import httpx
import pytest
from litestar import Litestar

from pipir.app import Setup, create_app
from pipir.store.doors import Database
from tests.conftest import Service

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
# What a stranger may ask for; everything else needs a session or a token.
PUBLIC = {"/consent", "/sign-in", "/healthy", "/ready", "/accessibility", "/about", "/static", "/calendar"}


def _is_closed(answer: httpx.Response) -> bool:
    """The only answers to a stranger: sign in first, or no such method; no redirect leads elsewhere."""
    to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next=")
    return to_sign_in or answer.status_code in (401, 405)


def _paths(app: Litestar) -> list[str]:
    """Every address of the app with its parameters filled."""
    found = set()
    for route in app.routes:
        path = re.sub(r"\{[a-z_]+:int\}", "1", route.path)
        path = re.sub(r"\{[a-z_]+(:[a-z]+)?\}", "x", path)
        found.add(path)
    return sorted(found)


@pytest.fixture
def paths(db: Database) -> list[str]:
    """All of them, from the app itself, so that a new route joins by standing there."""
    return _paths(create_app(Setup(db=db, kind="exercise")))


def _is_public(path: str) -> bool:
    return any(path == each or path.startswith(each + "/") for each in PUBLIC)


async def test_a_stranger_comes_in_nowhere(service: Service, paths: list[str]) -> None:
    """Every route x method without a session."""
    open_doors = []
    async with service.anonymous() as client:
        for path in paths:
            for method in METHODS:
                answer = await client.request(method, path)
                if method == "OPTIONS" and answer.status_code == 204 and not answer.content:
                    continue
                if not _is_closed(answer) and not _is_public(path):
                    open_doors.append((method, path, answer.status_code))
    assert open_doors == []


@pytest.mark.parametrize("credential", ["cookie", "token", "ended"])
async def test_a_false_or_ended_credential_opens_nothing(service: Service, paths: list[str], credential: str) -> None:
    """A made-up cookie, a made-up token, and the cookie of a session that was signed out."""
    client = service.anonymous()
    if credential == "cookie":
        client.cookies.set("pipir", "A" * 43)
    elif credential == "token":
        client.headers["Authorization"] = "Bearer pipir_" + "A" * 43
    else:
        browser = await service.browser("administrator")
        kept = browser.client.cookies["pipir"]
        await browser.post("/sign-out")
        client.cookies.set("pipir", kept)
    open_doors = []
    for path in paths:
        answer = await client.get(path)
        if not _is_closed(answer) and not _is_public(path):
            open_doors.append((path, answer.status_code))
    assert open_doors == []


async def test_no_other_spelling_of_an_address_opens_it(service: Service, paths: list[str]) -> None:
    """//path, path/, %2F, upper case, dot segments."""
    open_doors = []
    async with service.anonymous() as client:
        for path in paths:
            if _is_public(path):
                continue
            spellings = (
                f"/{path}",
                f"{path}/",
                path.replace("/", "%2F"),
                path.upper(),
                f"/static/..{path}",
                f"{path}%00",
            )
            for spelling in spellings:
                answer = await client.get(f"http://testserver{spelling}")
                if not _is_closed(answer) and answer.status_code not in (400, 404):
                    open_doors.append((spelling, answer.status_code))
    assert open_doors == []


async def test_no_route_answers_500_to_a_signed_in_person(service: Service, paths: list[str]) -> None:
    """Every address, with and without a query of nonsense, by roles that together may see all of it."""
    broken = []
    for role in ("administrator", "program-office", "comptroller", "report-writer"):
        browser = await service.browser(role)  # type: ignore[arg-type]
        for path in paths:
            for query in ("", "?sort=nonsense&cursor=%00&limit=-1&q=%F0%9F%92%A3&year=99999999999999999999"):
                answer = await browser.get(path + query)
                if answer.status_code >= 500:
                    broken.append((role, path + query, answer.status_code))
    assert broken == []


async def test_a_write_with_a_session_needs_the_token_of_its_page(service: Service) -> None:
    """Synchronizer token, Sec-Fetch-Site, Origin."""
    browser = await service.browser("administrator")
    form = {"symbol": "CSRF", "name": "n", "department": "Other", "since": "2026-01-01"}
    without = await browser.client.post("/offices/new", data=form)
    wrong = await browser.client.post("/offices/new", data={**form, "_csrf": "x" * 43})
    foreign = await browser.client.post(
        "/offices/new", data={**form, "_csrf": browser.csrf}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    other = await browser.client.post(
        "/offices/new", data={**form, "_csrf": browser.csrf}, headers={"Origin": "http://evil.example"}
    )
    assert [each.status_code for each in (without, wrong, foreign, other)] == [403, 403, 403, 403]
    assert (await browser.post("/offices/new", form)).status_code == 303


@pytest.mark.parametrize("media_type", ["text/plain", "", "application/x-www-form-urlencoded", "application/jsonp"])
async def test_a_write_of_another_media_type_is_refused(service: Service, media_type: str) -> None:
    """415 on writes of another content type."""
    async with service.api("administrator") as client:
        answer = await client.post("/api/v1/offices", content=b"{}", headers={"Content-Type": media_type})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"symbol": ' + b"[" * 40 + b"]" * 40 + b"}", 400),
        (b'{"symbol": "a\\u0000b", "name": "n", "department": "Other", "since": "2026-01-01"}', 422),
        (b'{"symbol": "\\ud800", "name": "n", "department": "Other", "since": "2026-01-01"}', 400),
        (b'{"symbol": 1' + b"0" * 30 + b"}", 422),
        (b"\xff\xfe", 400),
        (b"[]", 422),
        (b"null", 422),
        (b"x" * 1_100_000, 413),
    ],
)
async def test_a_hostile_body_gets_a_clear_answer(service: Service, body: bytes, status: int) -> None:
    """Bad input gets a clear 4xx, never a 500."""
    async with service.api("administrator") as client:
        answer = await client.post("/api/v1/offices", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("name", [b"%FF%FE", b"\xff\xfe", b"a%ED%A0%80", b"n" + b"&x=" * 1_001])
async def test_a_form_that_cannot_be_read_is_refused_and_not_mended(service: Service, name: bytes) -> None:
    """Nothing is stored that nobody typed: no U+FFFD in place of bytes that are no text."""
    browser = await service.browser("administrator")
    answer = await browser.client.post(
        "/offices/new",
        content=b"symbol=S&department=Other&since=2026-01-01&_csrf=" + browser.csrf.encode() + b"&name=" + name,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 400
    assert "The form cannot be read" in answer.text


@pytest.mark.parametrize("header", ["Bearer \u00e9", "Bearer", "Basic x", "Bearer pipir_" + "A" * 5000])
async def test_a_hostile_credential_is_refused(service: Service, header: str) -> None:
    """Non-ASCII tokens and their kin."""
    async with service.anonymous() as client:
        answer = await client.get("/api/v1/people", headers={"Authorization": header.encode("latin-1")})
    assert answer.status_code == 401


def test_no_request_waits_for_a_thread_to_be_let_in(db: Database) -> None:
    """A guard that is no coroutine would be run in a pool of threads, with every request."""
    guards = create_app(Setup(db=db, kind="exercise")).guards
    assert guards
    assert all(inspect.iscoroutinefunction(guard) for guard in guards)


async def test_headers_stand_on_every_answer(service: Service) -> None:
    """Errors too."""
    async with service.anonymous() as client:
        for path in ("/sign-in", "/nowhere", "/api/v1/nowhere", "/people", "/healthy"):
            headers = (await client.get(path)).headers
            assert headers["content-security-policy"].startswith("default-src 'none'"), path
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["cache-control"] == "no-store"
            assert headers["cross-origin-opener-policy"] == "same-origin"
            assert headers["cross-origin-resource-policy"] == "same-origin"
            assert "camera=()" in headers["permissions-policy"]
            assert "strict-transport-security" not in headers


async def test_another_host_is_refused(service: Service) -> None:
    """Allowed hosts."""
    async with service.anonymous() as client:
        answer = await client.get("/sign-in", headers={"Host": "evil.example"})
    assert answer.status_code == 400


async def test_an_error_leads_back_to_the_list_that_the_record_was_looked_for_in(service: Service) -> None:
    """No dead end; what a role may not open is no way back."""
    browser = await service.browser("program-office")
    for address, back in (("/participants/9999", "/participants"), ("/offices/9999", "/people"), ("/meetings/x", "/")):
        page = await browser.get(address)
        assert page.status_code == 404
        assert f'<a class="usa-button" href="{back}">' in page.text, address
    refused = (await browser.get("/trail")).text
    assert '<a class="usa-button" href="/">' in refused
    assert "You are here as: Program office. Ask a colleague who holds one of those roles." in refused


async def test_sign_in_sends_nobody_to_another_site(service: Service) -> None:
    """No open redirect."""
    client = service.anonymous()
    await client.post("/consent", data={"next": ""})
    for target in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = await client.post("/sign-in", data={"person": str(service.people["auditor"]), "next": target})
        assert answer.headers["location"] == "/", target


async def test_nobody_signs_in_by_name_in_production(service: Service) -> None:
    """Sign-in by named exercise persons is impossible in a production installation."""
    app = create_app(Setup(db=service.db, kind="production"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://testserver") as client:
        await client.post("/consent", data={"next": ""})
        page = await client.get("/sign-in")
        answer = await client.post("/sign-in", data={"person": str(service.people["auditor"]), "next": ""})
    assert "Person Auditor" not in page.text
    assert answer.status_code == 409
    assert "pipir" not in client.cookies


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "TESTSERVER", "127.0.0.1"])
async def test_our_own_names_are_known_with_and_without_a_port(service: Service, host: str) -> None:
    """A browser sends the port with the name."""
    async with service.anonymous() as client:
        assert (await client.get("/healthy", headers={"Host": host})).status_code == 200


async def test_a_filter_that_was_left_blank_is_no_filter(service: Service) -> None:
    """A form without script sends every field."""
    browser = await service.browser("administrator")
    answer = await browser.get("/people?q=&office=&role=&ended=")
    assert answer.status_code == 200


async def test_behind_tls_the_browser_is_told_to_stay_there(service: Service) -> None:
    """HSTS, and a cookie that only TLS carries."""
    app = create_app(Setup(db=service.db, kind="exercise", secure=True))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://testserver") as client:
        await client.post("/consent", data={"next": ""})
        answer = await client.post("/sign-in", data={"person": str(service.people["auditor"]), "next": ""})
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("__Host-pipir="))
    for word in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert word in cookie
    assert "Domain" not in cookie


async def test_the_control_a_stranger_with_every_role_would_be_seen(service: Service, paths: list[str]) -> None:
    """The tests above can fail: with somebody behind the request, most doors answer otherwise."""
    async with service.api("administrator") as client:
        answers = [await client.get(path) for path in paths if not _is_public(path)]
    assert sum(not _is_closed(answer) for answer in answers) > len(answers) / 2
