"""See as: another reader's eyes on every page, no write, never wider than one's own sight."""

import csv

import pytest
from sqlalchemy import text, update

from pipir.features.groups import commands as groups
from pipir.features.people import rules
from pipir.features.people.tables import SERVICE, Person
from pipir.kernel.errors import Refused
from pipir.kernel.marking import Reader, ReaderKind, may_read, parse_marking, reader_bits
from tests.conftest import Browser, Service
from tests.features.groups.makers import establish
from tests.makers import TODAY

SHARED = "UNCLASSIFIED//REL TO USA, JPN"
# A partner may read it, a contractor may not.
NOT_FOR_CONTRACTORS = "CUI//NOCON/REL TO USA, JPN"
MARKINGS = {
    "Open": "UNCLASSIFIED",
    "Shared": SHARED,
    "For Australia": "UNCLASSIFIED//REL TO USA, AUS",
    "Federal": "CUI//FED ONLY",
    "Without contractors": NOT_FOR_CONTRACTORS,
}


async def _groups(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        for name, marking in MARKINGS.items():
            body = groups.EstablishGroup(name, "workstream", TODAY, "Test", marking=marking)
            await groups.establish_group(session, body)


async def _see_as(browser: Browser, kind: str, nationality: str = "") -> None:
    answer = await browser.post("/see-as", {"kind": kind, "nationality": nationality})
    assert answer.status_code == 303, answer.text


async def _seen(browser: Browser) -> set[str]:
    page = (await browser.get("/groups")).text
    as_json = (await browser.get("/api/v1/groups")).json()
    names = {name for name in MARKINGS if f">{name}</a>" in page}
    assert names == {each["name"] for each in as_json["items"]}
    assert as_json["total"] == len(names)
    return names


@pytest.mark.parametrize(
    ("kind", "nationality", "seen"),
    [
        ("partner", "JPN", {"Shared", "Without contractors"}),
        ("partner", "AUS", {"For Australia"}),
        ("partner", "NZL", set()),
        ("contractor", "", {"Open", "Shared", "For Australia"}),
    ],
)
async def test_every_list_count_and_json_answer_has_the_other_readers_eyes(
    service: Service, kind: str, nationality: str, seen: set[str]
) -> None:
    """docs/releasability.md, through a sign-in that sees as."""
    await _groups(service)
    browser = await service.browser("program-office")
    assert await _seen(browser) == set(MARKINGS)
    await _see_as(browser, kind, nationality)
    assert await _seen(browser) == seen
    for number, name in enumerate(MARKINGS, 1):
        for address in (f"/groups/{number}", f"/api/v1/groups/{number}", f"/api/v1/groups/{number}/history"):
            assert (await browser.get(address)).status_code == (200 if name in seen else 404)
    exported = csv.DictReader((await browser.get("/groups/export.csv")).text.removeprefix("\ufeff").splitlines())
    assert {row["Name"] for row in exported} == seen
    await _see_as(browser, "own")
    assert await _seen(browser) == set(MARKINGS)


async def test_a_contractor_who_sees_as_a_partner_sees_what_both_may_see(service: Service) -> None:
    """Nobody can widen their own sight."""
    await _groups(service)
    async with service.db.write(actor=SERVICE, command="test") as session:
        person = update(Person).where(Person.id == service.people["program-office"])
        await session.execute(person.values(reader_kind="contractor"))
    browser = await service.browser("program-office")
    refused = await browser.post("/see-as", {"kind": "us-government", "nationality": ""})
    assert (refused.status_code, "wider than your own sight" in refused.text) == (409, True)
    await _see_as(browser, "partner", "JPN")
    assert await _seen(browser) == {"Shared"}


async def test_every_page_says_through_whose_eyes_one_looks(service: Service) -> None:
    """The banner stands on pages of records, on errors, and on the form itself."""
    browser = await service.browser("program-office")
    await _see_as(browser, "partner", "JPN")
    for address in (
        "/",
        "/groups",
        "/participants",
        "/projects",
        "/law",
        "/duties",
        "/see-as",
        "/groups/999",
        "/people",
    ):
        page = await browser.get(address)
        assert "You see this record as a reader of Japan (partner)." in page.text, address
        assert ">Return to your own view</button>" in page.text


async def test_a_partners_eyes_see_no_desk_and_no_link_to_what_they_are_not_shown(service: Service) -> None:
    """The office's own business: what waits, what Congress asked, how the installation does, money."""
    browser = await service.browser("program-office")
    await _see_as(browser, "partner", "JPN")
    page = (await browser.get("/")).text
    assert "Program dashboard" in page
    for own in ("Your desk", "Health of the installation", "Waiting for you", "No entry of money is recorded"):
        assert own not in page, own
    for address in ("/inbox", "/ledger", "/congress", "/concurrence"):
        assert f'href="{address}' not in page, address
    await _see_as(browser, "own")
    await _see_as(browser, "contractor")
    assert "Your desk" in (await browser.get("/")).text


async def test_every_write_is_refused_through_other_eyes(service: Service) -> None:
    """403 with a sentence; to leave and to sign out are the only acts."""
    browser = await service.browser("program-office")
    await _see_as(browser, "contractor")
    for address in ("/groups/new", "/projects/new", "/people/new", "/offices/2/rename", "/calendar-feeds"):
        answer = await browser.post(address, {"name": "x"})
        assert answer.status_code == 403, address
        assert "You are seeing as a reader of the United States (contractor); leave it first." in answer.text
    page = await browser.client.post(
        "/api/v1/groups", json={}, headers={"X-CSRF-Token": browser.csrf, "Content-Type": "application/json"}
    )
    assert (page.status_code, "leave it first" in page.json()["detail"]) == (403, True)
    again = await browser.post("/see-as", {"kind": "partner", "nationality": "JPN"})
    assert (again.status_code, "leave it first" in again.text) == (403, True)
    assert (await browser.get("/groups/new")).status_code == 403
    assert (await browser.post("/sign-out")).status_code == 303


async def test_a_partners_eyes_do_not_look_at_the_offices_own_business(service: Service) -> None:
    """Records of the program alone; not people, money, the trail, mail."""
    browser = await service.browser("senior-official")
    await _see_as(browser, "partner", "JPN")
    for address in (
        "/people",
        "/offices",
        "/ledger",
        "/trail",
        "/congress",
        "/data-calls",
        "/inbox",
        "/calendar-feeds",
        # A report in work is deliberative.
        "/reports",
    ):
        answer = await browser.get(address)
        assert (answer.status_code, "seeing the record as a reader of Japan" in answer.text) == (403, True), address
    for address in ("/", "/participants", "/projects", "/groups", "/law", "/duties"):
        assert (await browser.get(address)).status_code == 200, address


async def test_it_ends_with_the_sign_in_and_stands_in_the_trail(service: Service) -> None:
    """Another sign-in looks with its own eyes; the trail notes who looked as whom."""
    browser = await service.browser("program-office")
    await _see_as(browser, "partner", "JPN")
    await browser.post("/sign-out")
    other = await service.browser("program-office")
    assert "You see this record as" not in (await other.get("/groups")).text
    async with service.db.read() as session:
        noted = (
            await session.execute(
                text("select actor, after ->> 'see_as_nationality' from trail where command = 'people.see-as'")
            )
        ).all()
    assert [tuple(each) for each in noted] == [(service.people["program-office"], "JPN")]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"kind": "partner", "nationality": ""}, "partner&#39;s country"),
        ({"kind": "partner", "nationality": "USA"}, "partner&#39;s country"),
        ({"kind": "partner", "nationality": "ZZZ"}, "country code"),
        ({"kind": "king", "nationality": "JPN"}, "kind"),
    ],
)
async def test_a_reader_that_is_none_is_refused(
    service: Service, form: dict[str, str | list[str]], expected: str
) -> None:
    """What was typed comes back with its mistake."""
    browser = await service.browser("program-office")
    answer = await browser.post("/see-as", form)
    assert answer.status_code == 422
    assert expected in answer.text


async def test_a_token_always_reads_as_its_person(service: Service) -> None:
    """Only a browser's sign-in sees as; a program's would never end."""
    async with service.api("program-office") as client:
        assert (await client.get("/api/v1/see-as")).json()["seeing_as"] is False
        refused = await client.put("/api/v1/see-as", json={"kind": "partner", "nationality": "JPN"})
        assert (refused.status_code, "token" in refused.json()["detail"]) == (409, True)


async def test_it_is_chosen_and_left_through_json(service: Service) -> None:
    """The same act by the sign-in's own program."""
    browser = await service.browser("auditor")
    headers = {"X-CSRF-Token": browser.csrf, "Content-Type": "application/json"}
    chosen = await browser.client.put("/api/v1/see-as", json={"kind": "partner", "nationality": "JPN"}, headers=headers)
    assert chosen.json()["called"] == "a reader of Japan (partner)"
    assert (await browser.get("/api/v1/see-as")).json()["seeing_as"] is True
    left = await browser.client.delete("/api/v1/see-as", headers=headers)
    assert (left.status_code, left.json()["seeing_as"]) == (200, False)


@pytest.mark.parametrize("own", [("us-government", "USA"), ("contractor", "USA"), ("contractor", "JPN")])
@pytest.mark.parametrize("chosen", [("contractor", "USA"), ("partner", "JPN"), ("partner", "AUS")])
@pytest.mark.parametrize("marking", [*MARKINGS.values(), "CUI//NOFORN", "CUI//FEDCON", "CUI"])
def test_other_eyes_see_exactly_what_both_may_see(
    own: tuple[ReaderKind, str], chosen: tuple[ReaderKind, str], marking: str
) -> None:
    """The intersection, in Python as in SQL."""
    mine, other = Reader(*own), Reader(*chosen)
    eyes = rules.may_see_as(mine, other, session=True)
    read = parse_marking(marking)
    assert may_read(read, eyes) is (may_read(read, mine) and may_read(read, other))
    assert reader_bits(eyes) == reader_bits(mine) | reader_bits(other)


def test_only_a_sign_in_sees_as() -> None:
    """Refused with the way out."""
    with pytest.raises(Refused, match="browser"):
        rules.may_see_as(Reader("us-government"), Reader("partner", "JPN"), session=False)


async def test_sums_of_a_partners_eyes_hold_nothing_that_it_may_not_see(service: Service) -> None:
    """The dashboard counts through the same eyes."""
    async with service.db.write(actor=SERVICE, command="test") as session:
        await establish(session, name="Hidden workstream", marking="CUI")
    browser = await service.browser("program-office")
    assert "Hidden workstream" in (await browser.get("/")).text
    await _see_as(browser, "partner", "JPN")
    page = await browser.get("/")
    assert (page.status_code, "Hidden workstream" in page.text) == (200, False)
