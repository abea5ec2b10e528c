"""Makers of amendments, readings, determinations, designations and delegations for tests; today is 20 November 2026."""

from typing import Any

from sqlalchemy import update

from pipir.features.people.tables import SERVICE, Person
from pipir.kernel.access import Role
from tests.conftest import Service
from tests.makers import hold_roles

TODAY = "2026-11-20"


def an_amendment(**said: Any) -> dict[str, Any]:
    """An act that extends the authority by five years."""
    return {
        "citation": "Sec. 1201, Pub. L. 120-50",
        "enacted_in": "defense authorization act",
        "enacted_on": "2026-11-10",
        "provision": "1253.g",
        "value": "on",
        "new_day": "2035-12-31",
        "changes_from": "2026-11-10",
        "effect": "Extends the authority by five years.",
        "source": "Enrolled text",
        **said,
    }


def a_reading(**said: Any) -> dict[str, Any]:
    """Counsel's adoption of the stricter reading."""
    return {
        "reading": "as-the-day-begins",
        "counsel": "Office of General Counsel",
        "counsel_on": "2026-10-01",
        "opinion": "Memorandum 26-1",
        **said,
    }


def a_determination(**said: Any) -> dict[str, Any]:
    """That the work of a project to come goes on under 10 U.S.C. 2350a."""
    return {
        "subject_kind": "project",
        "subject_title": "Radar parts",
        "authority": "10-usc-2350a",
        "conditions_met": "Country class recorded; equitable sharing of cost agreed.",
        "funding_source": "097 0400",
        "opinion": "Opinion 26-7",
        "effective_from": TODAY,
        "review_on": "2027-11-20",
        **said,
    }


def a_designation(**said: Any) -> dict[str, Any]:
    """The designation of an Assistant Secretary."""
    return {
        "official": "Official A",
        "office_held": "Assistant Secretary of Defense for tests",
        "rank": "assistant-secretary",
        "made_on": "2026-05-01",
        "since": "2026-05-04",
        "instrument": "Memorandum 26-2",
        "source": "Memorandum 26-2",
        **said,
    }


def a_delegation(**said: Any) -> dict[str, Any]:
    """The delegation of a signature."""
    return {
        "function": "sign the annual report",
        "from_office": "Secretary of Defense",
        "to_office": "Under Secretary of Defense for tests",
        "instrument": "Memorandum 26-3",
        "instrument_on": "2026-06-01",
        "since": "2026-06-15",
        **said,
    }


async def give_roles(service: Service, person: Role, *roles: Role) -> None:
    """Give the person of one role others: a second person to confirm and review."""
    async with service.db.write(actor=SERVICE, command="test") as session:
        await hold_roles(session, service.people[person], [person, *roles])


async def make_contractor(service: Service, person: Role) -> None:
    """Let the person of one role read as a contractor does."""
    async with service.db.write(actor=SERVICE, command="test") as session:
        await session.execute(
            update(Person).where(Person.id == service.people[person]).values(reader_kind="contractor")
        )
