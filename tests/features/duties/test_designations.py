"""A recorded designation sets off its notice to the four committees, by itself."""

from datetime import date

import msgspec

from pipir.features.duties import queries
from pipir.features.law import commands as law
from pipir.features.people.tables import SERVICE
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from tests.conftest import Service

MADE = date(2026, 6, 12)


def designation(**more: object) -> law.RecordDesignation:
    values: dict[str, object] = {
        "official": "The official",
        "office_held": "Assistant Secretary of Defense",
        "rank": "assistant-secretary",
        "made_on": MADE,
        "since": MADE,
        "instrument": "Memorandum",
        "source": "Memorandum",
    }
    return law.RecordDesignation(**(values | more))  # type: ignore[arg-type]


async def test_a_designation_sets_off_the_notice_of_thirty_days_to_four_committees(db: Database) -> None:
    """Sec. 1253(c)(2); 10 U.S.C. 101(a)(16)"""
    async with db.write(actor=SERVICE, command="test") as session:
        await law.record_designation(session, designation())
    async with db.read() as session:
        [notice] = [each for each in await queries.all_duties(session) if each.kind == "notice"]
    assert (notice.slug, notice.statutory_day) == ("notice-of-designation-2026-06-12", date(2026, 7, 12))
    assert len(notice.recipients) == 4
    assert (notice.event, notice.triggered_on) == ("Designation: Assistant Secretary of Defense", MADE)
    assert (notice.id, notice.status, notice.state.label) == (None, None, "Not public")


async def test_a_recorded_designation_is_the_evidence_of_the_duty_to_designate(service: Service) -> None:
    """Sec. 1253(c)(1): a later dated event says done, and how many days after."""
    browser = await service.browser("program-office")
    assert "No evidence recorded here" in (await browser.get("/duties/designation")).text
    async with service.db.write(actor=SERVICE, command="test") as session:
        await law.record_designation(session, designation(made_on=date(2026, 7, 1), since=date(2026, 7, 1)))
    async with service.db.read() as session:
        duty = await queries.duty(session, "designation")
        assert duty in await queries.all_duties(session)
        assert "duty-designation" not in {
            each.slug for each in await queries.dated(session, Reader(kind="us-government"))
        }
    assert (duty.status, duty.done_on, duty.state.says) == (
        "done",
        date(2026, 7, 1),
        "Done 15 days after the statutory day.",
    )
    page = (await browser.get("/duties/designation")).text
    assert "No evidence recorded here" not in page
    assert "The register of the senior official: Assistant Secretary of Defense, by Memorandum." in page
    async with service.api("program-office") as client:
        taken = await client.post("/api/v1/duties", json={"slug": "designation"})
        assert (taken.status_code, taken.json()["status"]) == (201, "done")
        body = {"done_on": "2026-07-01", "evidence": "The memorandum itself."}
        done = await client.patch("/api/v1/duties/designation/done", json=body, headers={"If-Match": '"1"'})
        assert (done.status_code, done.json()["evidence"], done.json()["by_register"]) == (
            200,
            "The memorandum itself.",
            False,
        )


async def test_only_a_change_by_the_secretary_is_notified_like_a_designation(db: Database) -> None:
    """Sec. 1253(c)(2): made or changed"""
    last = date(2026, 10, 1)
    for by_change, notices in ((False, 1), (True, 2)):
        async with db.write(actor=SERVICE, command="test") as session:
            since = MADE if not by_change else date(2026, 11, 2)
            number = await law.record_designation(session, designation(made_on=MADE, since=since))
            until = last if not by_change else date(2026, 11, 9)
            await law.end_designation(session, number, law.EndDesignation(until, "It ended.", by_change), version=1)
        async with db.read() as session:
            found = [each for each in await queries.all_duties(session) if each.kind == "notice"]
        assert len(found) == notices
    assert found[-1].statutory_day == date(2026, 12, 9)


async def test_a_hand_over_is_entered_before_it_and_its_notice_counts_from_the_change(service: Service) -> None:
    """Sec. 1253(c)(2): not later than 30 days after the date on which the Secretary makes or changes a designation"""
    async with service.db.write(actor=SERVICE, command="test") as session:
        number = await law.record_designation(session, designation())
    place = f"/api/v1/law/designations/{number}/end"
    end = {"until": "2027-01-31", "because": "Handed over.", "by_change": True, "changed_on": "2026-11-16"}
    async with service.api("program-office") as client:
        ended = await client.patch(place, json=end, headers={"If-Match": '"1"'})
        assert (ended.status_code, ended.json()["changed_on"]) == (200, "2026-11-16"), ended.text
        next_one = msgspec.to_builtins(designation(official="B", made_on=date(2026, 11, 16), since=date(2027, 2, 1)))
        assert (await client.post("/api/v1/law/designations", json=next_one)).status_code == 201
        assert (await client.get("/api/v1/law")).json()["official"]["official"] == "The official"
        found = (await client.get("/api/v1/duties", params={"kind": "notice"})).json()["items"]
        assert [each["statutory_day"] for each in found] == ["2026-07-12", "2026-12-16"]
        moved = await client.patch(
            place, json={"until": "2027-01-15", "because": "Earlier."}, headers={"If-Match": '"2"'}
        )
        assert (moved.status_code, moved.json()["ended_by_change"]) == (200, False)


async def test_the_notice_is_taken_up_and_done_under_its_own_name(service: Service) -> None:
    async with service.db.write(actor=SERVICE, command="test") as session:
        await law.record_designation(session, designation())
    slug = "notice-of-designation-2026-06-12"
    async with service.api("program-office") as client:
        assert (await client.get(f"/api/v1/duties/{slug}")).json()["triggered_on"] == "2026-06-12"
        taken = await client.post("/api/v1/duties", json={"slug": slug})
        assert taken.status_code == 201, taken.text
        body = {"done_on": "2026-07-10", "evidence": "Four letters."}
        done = await client.patch(f"/api/v1/duties/{slug}/done", json=body, headers={"If-Match": taken.headers["etag"]})
        assert (done.status_code, done.json()["status"]) == (200, "done")
        listed = (await client.get("/api/v1/duties", params={"kind": "notice"})).json()["items"]
        assert [each["slug"] for each in listed] == [slug]
