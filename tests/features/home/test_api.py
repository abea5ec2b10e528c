"""The JSON door of home."""

from tests.conftest import Service
from tests.features.home.situations import program


async def test_the_dashboard_is_read_as_json(service: Service) -> None:
    """The same figures as the page; null is what is not public."""
    async with service.api("auditor") as client:
        empty = (await client.get("/api/v1/home")).json()
        await program(service.db)
        full = (await client.get("/api/v1/home")).json()
    assert (empty["money"], empty["projects"], empty["participants"]) == (None, None, None)
    assert full["money"]["figures"]["authority"] == "3200000000.00"
    assert full["money"]["statement"]["reconciled"] == "not reconciled with official accounting"
    assert full["countdown"]["last_day"] == "2030-12-31"
    assert full["participants"] == 16


async def test_a_stranger_is_refused(service: Service) -> None:
    """Default deny."""
    async with service.anonymous() as client:
        assert (await client.get("/api/v1/home")).status_code == 401
