"""What the pages of Congress have in common: choices, forms of acts, files."""

from collections.abc import Mapping
from typing import Final

from pipir.features.congress import queries, rules
from pipir.features.law.queries import law_of
from pipir.features.people.queries import office_choices, person_choices
from pipir.kernel.access import Caller
from pipir.kernel.paging import LARGEST_LIMIT
from pipir.statute import lookup
from pipir.store.doors import ReadSession
from pipir.web.acts import Act, Options, choices_of, words

CHANGE: Final = "congress.change"
SOURCE_NAMES: Final = {
    "report": "A report of this record",
    "briefing": "A briefing",
    "contact": "An answer to a congressional contact",
    "other": "Another place, as the source says",
}
TRAIL: Final = (("Congress", "/congress"),)


async def choices(session: ReadSession, caller: Caller, act: Act) -> Mapping[str, Options]:
    """The lists that the fields of an act are chosen from."""
    needed = choices_of(act.fields)
    statute = await law_of(session)
    found: dict[str, Options] = {
        "committees": tuple((each.slug, each.name) for each in statute.recipients.values()),
        "kinds": words(rules.CONTACT_KINDS),
        "sources": tuple(SOURCE_NAMES.items()),
        "years": tuple((str(each), f"Report of {each}") for each in lookup.report_years(statute)),
    }
    if "offices" in needed:
        found["offices"] = await office_choices(session)
    if "people" in needed:
        found["people"] = await person_choices(session)
    if "duties" in needed:
        statutory = await queries.briefings_of_the_statute(session, caller.reader)
        found["duties"] = tuple(
            (each.slug, f"{each.what} of {each.year} ({each.short_citation})")
            for each, package in statutory
            if package is None
        )
    if "briefings" in needed:
        briefings = await queries.list_briefings(session, caller.reader, limit=LARGEST_LIMIT)
        found["briefings"] = tuple((str(each.id), each.title) for each in briefings.items)
    if "contacts" in needed:
        contacts = await queries.list_contacts(session, caller.reader, limit=LARGEST_LIMIT)
        found["contacts"] = tuple((str(each.id), f"{each.title} ({each.kind})") for each in contacts.items)
    return found
