"""The register of countries, and how an entry is chosen from it."""

import pytest

from pipir.features.participants import rules
from pipir.kernel.countries import codes_called, countries, sources
from pipir.kernel.errors import Invalid
from pipir.kernel.marking import TRIGRAPHS
from pipir.statute.load import load_statute
from tests.features.participants.situations import enter


def test_the_register_holds_every_entry_of_iso_3166_and_kosovo():
    """ISO 3166-1 has 249 entries; the US Government's register has Kosovo, as XKS."""
    known = countries()
    assert len([each for each in known.values() if each.iso is not None]) == 249
    assert [each.code for each in known.values() if each.iso is None] == ["XKS"]
    assert len({each.alpha_2 for each in known.values()}) == len(known) == 250
    assert all(sources())


def test_every_country_that_a_marking_can_name_and_that_the_law_names_is_in_the_register():
    """Sec. 1253(d)"""
    assert set(TRIGRAPHS) <= set(countries())
    assert set(load_statute().provision("1253.d").countries) <= set(countries())


@pytest.mark.parametrize(
    ("code", "iso", "genc"),
    [
        ("MMR", "Myanmar", "Burma"),
        ("KOR", "Korea, Republic of", "Korea, South"),
        ("TWN", "Taiwan, Province of China", "Taiwan"),
        ("JPN", "Japan", None),
    ],
)
def test_both_names_are_kept_where_they_differ(code, iso, genc):
    known = countries()[code]
    assert (known.iso, known.genc, known.name) == (iso, genc, genc or iso)


@pytest.mark.parametrize("text", ["burma", "Myanmar", "MMR", "mm"])
def test_the_register_is_searched_by_either_name_and_by_code(text):
    assert "MMR" in codes_called(text)


@pytest.mark.parametrize(
    ("code", "name", "where"), [("ZZZ", None, "code"), ("GBX", "United Kingdom", "code"), ("KOR", "japan", "name")]
)
def test_a_country_that_is_not_in_the_register_or_bears_anothers_name_is_refused(code, name, where):
    with pytest.raises(Invalid) as wrong:
        rules.known_country(code, name)
    assert [each.where for each in wrong.value.mistakes] == [where]


@pytest.mark.parametrize(
    ("code", "region", "said"),
    [
        ("USA", "Western Hemisphere", ""),
        ("JPN", "Indo-Pacific", "named in Sec. 1253(d)"),
        ("SGP", "Indo-Pacific", "in the Indo-Pacific region, Sec. 1253(a)"),
        ("DEU", "Euro-Atlantic", "other country supporting Indo-Pacific defense industrial resilience, Sec. 1253(a)"),
    ],
)
def test_what_brings_a_country_within_the_section_is_derived(code, region, said):
    """Sec. 1253(a) and (d)"""
    assert rules.covered_as(code, region, load_statute()) == said


async def test_an_entry_takes_name_and_region_of_the_register_where_none_is_given(service):
    async with service.api("program-office") as client:
        made = (await client.post("/api/v1/participants", json={"code": "MMR"})).json()
        assert (made["name"], made["region"]) == ("Burma", "Indo-Pacific")
        assert (made["iso_name"], made["us_name"]) == ("Myanmar", "Burma")
        for text in ("myanmar", "burma", "mmr"):
            found = (await client.get(f"/api/v1/participants?q={text}")).json()["items"]
            assert [each["code"] for each in found] == ["MMR"]
        answer = await client.post("/api/v1/participants", json={"code": "ZZZ"})
        assert (answer.status_code, answer.json()["mistakes"][0]["where"]) == (422, "code")
        assert len((await client.get("/api/v1/countries?q=korea")).json()) == 2
        assert (await client.get("/api/v1/countries")).status_code == 200


async def test_the_pages_show_both_names_and_offer_the_register(service):
    await enter(service.db, name="Myanmar", code="MMR")
    await enter(service.db, name="Germany", code="DEU", region="Euro-Atlantic")
    browser = await service.browser("program-office")
    page = (await browser.get("/participants")).text
    assert "US Government: Burma" in page
    assert "other country supporting Indo-Pacific defense industrial resilience, Sec. 1253(a)" in page
    assert "other country supporting" in (await browser.get("/participants/export.csv")).text
    page = (await browser.get("/participants/register?q=myanmar")).text
    assert "Burma" in page
    assert "1 entry" in page
    assert "no country" in (await browser.get("/participants/register?q=nowhere")).text.lower()
    form = (await browser.get("/participants/new?code=SGP")).text
    assert '<option value="SGP" selected>SGP: Singapore</option>' in form
    assert "XKS: Kosovo" in form
