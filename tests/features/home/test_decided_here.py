"""What coordination asks of a person waits in the inbox and is decided there."""

from typing import Any

from tests.conftest import Service
from tests.features.concurrence.makers import DUE, a_request

ROOM = "/api/v1/concurrence"
OFFICE = 2


async def asked(service: Service, count: int, **said: Any) -> None:
    async with service.api("program-office") as asker:
        for number in range(1, count + 1):
            body = a_request(**{"concur": [OFFICE], "title": f"Proposal {number}", **said})
            assert (await asker.post(ROOM, json=body)).status_code == 201


async def test_an_answer_with_conditions_is_given_in_the_inbox(service: Service) -> None:
    await asked(service, 1)
    office = await service.browser("state-liaison")
    page = (await office.get("/inbox")).text
    assert "named, considered, invited" in page
    assert "Proposal 1" in page
    typed: dict[str, Any] = {"asked_ids": ["1"], "answer": "concur with conditions", "conditions": "Send the paper."}
    wrong = await office.post("/inbox/answers", typed)
    assert (wrong.status_code, "Send the paper." in wrong.text) == (422, True)
    owed = {"condition_office_id": str(OFFICE), "condition_due_on": DUE.isoformat()}
    assert (await office.post("/inbox/answers", typed | owed)).headers["location"] == "/inbox"
    page = (await office.get("/inbox")).text
    assert "Conditions that you owe" in page
    assert "asked of your office" not in page
    for ticked in ([], ["1.9"], ["nonsense"]):
        assert (
            await office.post("/inbox/conditions", {"conditions_met": ticked, "evidence": "x" * 9})
        ).status_code != 303
    met = await office.post("/inbox/conditions", {"conditions_met": ["1.1"], "evidence": "Letter 4."})
    assert met.status_code == 303, met.text
    assert "Conditions that you owe" not in (await office.get("/inbox")).text


async def test_several_are_decided_at_once_or_none(service: Service) -> None:
    await asked(service, 3)
    office = await service.browser("state-liaison")
    said = {"answer": "concur with comment", "comment": "The same for all."}
    assert (await office.post("/inbox/answers", {**said, "asked_ids": []})).status_code == 422
    assert (await office.post("/inbox/answers", {**said, "asked_ids": ["1"]})).status_code == 303
    both = await office.post("/inbox/answers", {**said, "asked_ids": ["1", "2", "3"]})
    assert (both.status_code, "Proposal 1: " in both.text, "The same for all." in both.text) == (422, True, True)
    assert (await office.post("/inbox/answers", {**said, "asked_ids": ["2", "3"]})).status_code == 303
    async with service.api("state-liaison") as client:
        assert (await client.get(ROOM + "?status=agreed")).json()["total"] == 3


async def test_a_decision_waits_for_the_named_person_and_is_made_there(service: Service) -> None:
    await asked(service, 2, concur=[], coordinate=[OFFICE], decider_id=service.people["senior-official"])
    office, official = await service.browser("state-liaison"), await service.browser("senior-official")
    said = {"asked_ids": ["1", "2"], "answer": "non-concur", "comment": "The timing is wrong."}
    assert (await office.post("/inbox/answers", said)).status_code == 303
    assert "did not concur: The timing is wrong." in (await official.get("/inbox")).text
    decision = {"escalation_ids": ["1", "2"], "decision": "proceed"}
    assert (await official.post("/inbox/decisions", decision)).status_code == 422
    assert (await official.post("/inbox/decisions", {**decision, "reason": "Weighed."})).status_code == 303
    async with service.api("auditor") as client:
        assert (await client.get(ROOM + "?status=agreed")).json()["total"] == 2


async def test_what_was_sent_back_waits_for_who_asked(service: Service) -> None:
    await asked(service, 1)
    office, asker = await service.browser("state-liaison"), await service.browser("program-office")
    back = {"fields": ["steps"], "reasons": ["incomplete"], "note": "A step is missing."}
    assert (await office.post("/concurrence/asked/1/send-back", back)).status_code == 303
    page = (await asker.get("/inbox")).text
    assert "Change the proposal: Proposal 1" in page
    assert "A step is missing." in page
    async with service.api("program-office") as client:
        waiting = (await client.get("/api/v1/inbox")).json()
    assert [each["request"]["title"] for each in waiting["coordination"]["sent_back"]] == ["Proposal 1"]
    assert "sent-back-1" in {each["item"]["slug"] for each in waiting["items"]}
