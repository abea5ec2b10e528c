"""The menu: sections on one line, the pages of the current one under it, and of both what a person may open."""

from typing import Final

import pytest
from litestar.testing import RequestFactory
from lxml import html

from pipir.app import NAV, OWN, TEMPLATES, feature_routes
from pipir.kernel.access import ROLES, Caller, Role
from pipir.kernel.marking import Reader
from pipir.web.pages import FOOTER, NavItem, NavSection, Pages
from pipir.web.problems import ProblemDetails
from tests.conftest import Service

# More stops than the menu had when it was one list of everything.
_BEFORE: Final = 18
# Places that are come to from a record, a form or a letter, and lie in no section.
_APART: Final = {
    "binder", "calendar", "export.csv", "export.xlsx", "jobs", "mails", "notes", "records", "search",
    "sign-in", "sign-out",
}  # fmt: skip


def _menu(page: str | bytes) -> tuple[dict[str, str], dict[str, str], dict[str, list[str]]]:
    """The two lines of the menu, label to address, and what is called current in each."""
    tree = html.fromstring(page)
    lines = [tree.xpath(f'//nav[contains(@class, "{name}")]//a') for name in ("nav-wide", "nav-section")]
    sections, pages = ({each.text_content(): each.get("href") for each in line} for line in lines)
    current = {kind: tree.xpath(f'//nav[contains(@class, "nav ")]//a[@aria-current="{kind}"]/text()')
               for kind in ("true", "page")}  # fmt: skip
    return sections, pages, current


@pytest.mark.parametrize("role", ROLES)
async def test_the_menu_leads_nowhere_that_is_closed(service: Service, role: Role) -> None:
    """Sections and pages alike; and never more stops of the keyboard than one list of everything had."""
    browser = await service.browser(role)
    sections, _, _ = _menu((await browser.get("/")).text)
    assert len(sections) <= 10
    for href in sections.values():
        answer = await browser.get(href)
        assert answer.status_code == 200
        again, pages, _ = _menu(answer.text)
        assert again == sections
        assert len(sections) + len(pages) < _BEFORE
        for each in pages.values():
            assert (await browser.get(each)).status_code == 200, each


async def test_what_the_menu_holds_back_is_closed(service: Service) -> None:
    """A page that a role may open is never missing from its menu, nor the other way round."""
    for role in ("auditor", "program-office"):
        browser = await service.browser(role)  # type: ignore[arg-type]
        sections, _, _ = _menu((await browser.get("/")).text)
        shown = set(sections.values())
        for href in sections.values():
            shown |= set(_menu((await browser.get(href)).text)[1].values())
        for section in NAV:
            for item in section.pages:
                assert ((await browser.get(item.href)).status_code == 200) is (item.href in shown), item.href


async def test_the_section_and_the_page_that_one_is_in_say_so(service: Service) -> None:
    """WCAG 2.1, 1.3.1: told in the markup, not by colour alone."""
    browser = await service.browser("program-office")
    _, pages, current = _menu((await browser.get("/risks")).text)
    assert "Vulnerabilities" in pages
    assert current == {"true": ["Work"], "page": ["Projects"]}
    _, pages, current = _menu((await browser.get("/documents")).text)
    assert (pages, current) == ({}, {"true": [], "page": ["Documents"]})
    # Of two places that lie within each other the inner one.
    _, _, current = _menu((await browser.get("/ledger/plans")).text)
    assert current == {"true": ["Ledger"], "page": ["Plans"]}
    _, _, current = _menu((await browser.get("/ledger/reviews")).text)
    assert current == {"true": ["Ledger"], "page": ["Reconciliation"]}
    _, _, current = _menu((await browser.get("/ledger/accounts")).text)
    assert current == {"true": ["Ledger"], "page": ["Ledger"]}
    _, _, current = _menu((await browser.get("/ledger/totals")).text)
    assert current == {"true": ["Ledger"], "page": ["Totals"]}


def test_a_section_with_one_open_page_is_that_page() -> None:
    """Permissions decide what is in the menu; a section of which nothing is open is not there."""
    nav = (
        NavSection("Two", (NavItem("People", "/people", "people.read"), NavItem("Trail", "/trail", "trail.read"))),
        NavSection("Closed", (NavItem("Ledger", "/ledger/new", "ledger.post"),)),
        NavSection("Both", (NavItem("Law", "/law", "law.read"), NavItem("Duties", "/duties", "duties.read"))),
    )
    pages = Pages(TEMPLATES, installation="exercise", version="0", nav=nav, own=())
    shown = {}
    for role in ("state-liaison", "auditor"):
        request = RequestFactory().get("/trail")
        caller = Caller(1, "Robin", "Office", (role,), Reader("us-government"), "session")  # type: ignore[arg-type]
        request.scope["user"] = caller
        shown[role] = _menu(pages.error(request, ProblemDetails("/problems/x", "X", 404, "X")))
    assert shown["state-liaison"][:2] == ({"People": "/people", "Both": "/law"}, {})
    assert shown["auditor"][:2] == (
        {"Two": "/people", "Both": "/law"},
        {"People": "/people", "Trail": "/trail"},
    )


def test_every_page_lies_in_one_place_of_the_menu() -> None:
    """A reader always sees where they are: a new feature joins a section, or says that it lies apart."""
    places = [
        place
        for item in (*(each for section in NAV for each in section.pages), *OWN)
        for place in (item.href, *item.also)
    ]
    assert len(set(places)) == len(places)
    known = {place.strip("/").partition("/")[0] for place in places}
    found = {
        route.path.split("/")[1]
        for router in feature_routes()
        for route in router.routes
        if not route.path.startswith("/api/")
    }
    assert found - {*known, *(href.strip("/") for _, href in FOOTER)} == _APART
