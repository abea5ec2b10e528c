"""Preferences: how one is told by mail, through both doors and in the rules."""

from datetime import date, datetime

import pytest

from pipir.features.notices import rules
from pipir.features.notices.rules import Preference, Rung, Waiting
from pipir.kernel.calendar import WASHINGTON
from pipir.kernel.dated import KINDS, Dated
from tests.conftest import Service

TODAY = date(2026, 11, 20)
AT = "https://pipir.example"


def waits(title: str, rung: date = TODAY, kind: str = "Action item", marking: str = "UNCLASSIFIED") -> Waiting:
    item = Dated(kind, title.lower(), title, TODAY, None, 1, f"/actions/{title.lower()}", marking=marking)
    return Waiting(item, Rung(rung, 0), 0, "Due today.")


def at(hour: int) -> datetime:
    return datetime(2026, 11, 20, hour, 30, tzinfo=WASHINGTON)


def test_a_digest_comes_from_its_hour_on_once_for_the_day() -> None:
    wish = Preference("daily", hour=9)
    assert rules.told_by_mail((waits("A"),), wish, at(8), AT) == {}
    for hour in (9, 23):
        assert list(rules.told_by_mail((waits("A"), waits("B")), wish, at(hour), AT)) == [(rules.DIGEST, TODAY)]


def test_where_nothing_waits_there_is_no_digest() -> None:
    assert rules.told_by_mail((), Preference("daily", hour=0), at(12), AT) == {}
    assert rules.told_by_mail((waits("A"),), Preference("daily", 0, frozenset({"Action item"})), at(12), AT) == {}


def test_who_wishes_no_mail_gets_none() -> None:
    assert rules.told_by_mail((waits("A"),), Preference("none"), at(12), AT) == {}


def test_who_chose_mail_at_once_is_told_of_what_falls_from_that_day_on() -> None:
    both = (waits("A", date(2026, 11, 19)), waits("B"))
    assert set(rules.told_by_mail(both, Preference(since=TODAY), at(0), AT)) == {("b", TODAY)}
    assert set(rules.told_by_mail(both, Preference(), at(0), AT)) == {("a", date(2026, 11, 19)), ("b", TODAY)}


def test_a_kind_that_is_not_wished_for_is_not_told_of() -> None:
    both = (waits("A"), waits("B", kind="data call"))
    assert set(rules.told_by_mail(both, Preference(muted=frozenset({"data call"})), at(0), AT)) == {("a", TODAY)}


def test_a_digest_counts_by_kind_and_names_what_is_not_marked() -> None:
    """CUI items as in reminders: counted, and not named."""
    some = (
        waits("Letter"),
        waits("Secret plan", marking="CUI//NOCON", kind="promise to Congress"),
        waits("List", date(2026, 11, 18), kind="data call"),
    )
    subject, body = rules.digest_of(some, TODAY, AT)
    assert subject == "3 items wait for you, 2 reminders today"
    assert "Secret" not in body
    assert "promise" not in body.lower()
    assert body == (
        "On 20 November 2026 3 items wait for you.\n\n"
        "  Action item: 1\n  CUI item: 1\n  Data call: 1\n\n"
        "Reminders of today:\n- Letter (Action item). Due today.\n  https://pipir.example/actions/letter\n\n"
        "Still waiting:\n- List (data call). Due today.\n  https://pipir.example/actions/list\n\n"
        "Everything that waits for you: https://pipir.example/inbox\n"
        "How you are told: https://pipir.example/preferences\n"
    )


def test_a_digest_of_very_much_names_the_first_and_counts_all() -> None:
    _, body = rules.digest_of([waits(f"Item {number}") for number in range(500)], TODAY, AT)
    assert body.count("Due today.") == rules.MOST_LINES
    assert "Action item: 500" in body


async def test_preferences_are_everybodys_own_through_json(service: Service) -> None:
    """Every reminder at once, of every kind, until something else is said."""
    async with service.api("auditor") as client, service.api("comptroller") as other:
        before = (await client.get("/api/v1/preferences")).json()
        assert before == {"manner": "at once", "hour": 8, "kinds": list(KINDS), "email": None}
        said = await client.put("/api/v1/preferences", json={"manner": "daily", "hour": 17, "kinds": ["data call"]})
        assert (said.status_code, said.json()["kinds"]) == (200, ["data call"])
        again = await client.put("/api/v1/preferences", json={"manner": "none"})
        assert again.json() == {"manner": "none", "hour": 8, "kinds": list(KINDS), "email": None}
        assert (await other.get("/api/v1/preferences")).json() == before


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"manner": "weekly"}, "manner"),
        ({"manner": "daily", "hour": 24}, "hour"),
        ({"manner": "daily", "hour": -1}, "hour"),
        ({"manner": "daily", "kinds": ["gossip"]}, "kinds.0"),
        ({"manner": "at once", "kinds": []}, "Expected at least one kind"),
        ({"manner": "none", "person_id": 1}, "person_id"),
        ({}, "manner"),
    ],
)
async def test_what_cannot_be_a_preference_is_named(service: Service, body: dict[str, object], words: str) -> None:
    async with service.api("auditor") as client:
        answer = await client.put("/api/v1/preferences", json=body)
        assert (answer.status_code, words in answer.text) == (422, True), answer.text
        assert (await client.get("/api/v1/preferences")).json()["manner"] == "at once"


async def test_the_page_stores_what_is_chosen_and_gives_back_what_is_wrong(service: Service) -> None:
    browser = await service.browser("report-writer")
    first = (await browser.get("/preferences")).text
    assert 'value="at once" checked' in first
    assert first.count('type="checkbox"') == first.count(" checked") - 1 == len(KINDS)
    wrong = await browser.post("/preferences", {"manner": "daily", "hour": "7"})
    assert wrong.status_code == 422
    assert "Expected at least one kind" in wrong.text
    assert 'value="daily" checked' in wrong.text
    done = await browser.post("/preferences", {"manner": "daily", "hour": "7", "kinds": ["data call", "Action item"]})
    assert (done.status_code, done.headers["location"]) == (303, "/preferences?stored=true")
    page = (await browser.get("/preferences?stored=true")).text
    assert "Your preferences are stored." in page
    assert '<option value="7" selected>' in page
    assert page.count(" checked") == 3


async def test_the_trail_tells_who_chose_what(service: Service) -> None:
    async with service.api("comptroller") as client, service.api("auditor") as auditor:
        await client.put("/api/v1/preferences", json={"manner": "none"})
        (row,) = (await auditor.get("/api/v1/trail?command=notices.prefer")).json()["items"]
    assert (row["subject"], row["subject_id"]) == ("person", service.people["comptroller"])
