"""What the templates promise whoever extends them: nothing inline, nothing unescaped, every macro explained."""

import re
from pathlib import Path
from types import SimpleNamespace as Made

import pytest
from jinja2 import UndefinedError

from tests.web import gallery

PAGES = dict(gallery.pages())
TEMPLATES = gallery.ROOT / "templates"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds_no_inline_script_or_style(name: str) -> None:
    """The Content-Security-Policy forbids both."""
    html = PAGES[name]
    assert not re.search(r"\sstyle=", html)
    assert not re.search(r"\son[a-z]+=", html)
    assert "<style" not in html
    assert all(re.match(r"<script defer src=\"/static/", tag) for tag in re.findall(r"<script[^>]*>", html))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_each_id_once_and_refers_to_none_that_is_missing(name: str) -> None:
    html = PAGES[name]
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(ids) == sorted(set(ids))
    groups = re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', html)
    referred = {each for group in groups for each in group.split()}
    referred |= set(re.findall(r'\sfor="([^"]+)"', html)) | set(re.findall(r'href="#([^"]+)"', html))
    assert referred <= set(ids)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_heading_of_the_first_level_and_both_markings(name: str) -> None:
    assert PAGES[name].count("<h1") == 1
    assert PAGES[name].count('class="marking"') == 2


def test_what_was_typed_comes_back_as_text() -> None:
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;" in PAGES["form"]
    assert "<script>alert" not in PAGES["form"]


def test_each_mistake_of_a_form_leads_to_its_field() -> None:
    for name in ("starts_on", "planned", "country", "objectives"):
        assert f'<a href="#field-{name}">' in PAGES["form"]


def test_a_day_that_is_none_is_given_back_as_it_was_typed() -> None:
    """A date control would show an empty field in place of 2028-13-45."""
    assert re.search(r'type="text" id="field-starts_on"[^>]*value="2028-13-45"', PAGES["form"])
    assert re.search(r'type="date" id="field-ends_on"', PAGES["form"])


def test_a_form_carries_token_version_and_key() -> None:
    for field in ('name="_csrf" value="token-of-the-session"', 'name="_version" value="7"', 'name="_key" value="01J"'):
        assert field in PAGES["form"]


def test_a_refusal_above_a_form_names_its_rule() -> None:
    macros = gallery.environment().get_template("_macros/forms.html").module
    problem = Made(title="Refused", detail="It would pass the allotment.", citation="31 U.S.C. 1517", way_out="")
    shown = str(macros.error_summary(Made(values={}, mistakes={}, problem=problem)))  # type: ignore[attr-defined]
    assert "It would pass the allotment." in shown
    assert "31 U.S.C. 1517" in shown
    assert not str(macros.error_summary(Made(values={}, mistakes={}, problem=None))).strip()  # type: ignore[attr-defined]


def test_htmx_gets_the_results_alone_and_what_to_announce() -> None:
    page = Made(list=gallery.list_state(), projects=gallery.projects())
    html = (
        gallery.environment()
        .get_template("example_projects.html")
        .render(site=gallery.site("/projects", fragment=True), page=page)
    )
    assert html.lstrip().startswith("<title>Projects | pipir</title>")
    assert 'id="results"' in html
    assert '<div id="announcement" hx-swap-oob="innerHTML">24 projects showing 1 to 10</div>' in html
    assert "masthead" not in html
    assert "filters-fold" not in html


def test_only_production_says_that_it_is_official() -> None:
    official = "An official website of the United States government"
    assert official in PAGES["sign-in-production"]
    assert all(official not in html for name, html in PAGES.items() if name != "sign-in-production")
    assert all("Not an official website" in html for name, html in PAGES.items() if name != "sign-in-production")


def test_production_offers_no_exercise_person() -> None:
    assert "Exercise Person" not in PAGES["sign-in-production"]
    assert "<form" not in PAGES["sign-in-production"]


def test_signing_out_is_a_post() -> None:
    assert '<form method="post" action="/sign-out"' in PAGES["dashboard"]


def test_a_name_that_the_page_lacks_fails() -> None:
    with pytest.raises(UndefinedError):
        gallery.environment().get_template("error.html").render(site=gallery.site("/"), page=Made(status=404))


@pytest.mark.parametrize("file", sorted((TEMPLATES / "_macros").glob("*.html")), ids=lambda file: file.name)
def test_each_macro_is_explained_in_one_line(file: Path) -> None:
    lines = file.read_text().splitlines()
    for before, line in zip(["", *lines], lines, strict=False):
        if line.startswith("{% macro "):
            assert before.startswith("{# "), line
            assert before.endswith(" #}"), line
