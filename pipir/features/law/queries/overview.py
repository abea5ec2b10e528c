"""The law at a glance: what is in force today, and what waits."""

from datetime import date, datetime

import msgspec

from pipir.features.law import rules
from pipir.features.law.queries.acts import list_acts
from pipir.features.law.queries.changes import AdoptionView, AmendmentView, all_adoptions, all_amendments
from pipir.features.law.queries.determinations import DeterminationView, list_determinations
from pipir.features.law.queries.officials import (
    NOBODY_RECORDED,
    NOBODY_TODAY,
    DelegationView,
    DesignationView,
    delegations,
    designations,
    official_on,
)
from pipir.features.law.queries.standing import law_of
from pipir.kernel.marking import Reader
from pipir.kernel.paging import LARGEST_LIMIT
from pipir.statute import lookup, model
from pipir.statute.model import Statute
from pipir.store.doors import ReadSession


class ReadingView(msgspec.Struct, frozen=True):
    """One reading of the instant at which the authority ends; `first_refused` None: the law sets no end."""

    slug: str
    adopted: bool
    statement: str
    first_refused: datetime | None
    standing: str


class AuthorityView(msgspec.Struct, frozen=True):
    """What an act may rest on, as it stands today; `since` or `until` None: not known here, or no end."""

    slug: str
    title: str
    statement: str
    citation: str
    standing: str
    since: date | None
    until: date | None
    in_force: bool
    of_section: bool


class LawView(msgspec.Struct, frozen=True):
    """What is in force today, with what is not known."""

    today: date
    citation: str
    standing: str
    statement: str
    text_release: date | None
    release_note: str
    not_known: tuple[str, ...]
    over: bool
    last_day: date | None
    first_refused: datetime | None
    readings: tuple[ReadingView, ...]
    authorities: tuple[AuthorityView, ...]
    amendments: tuple[AmendmentView, ...]
    adoptions: tuple[AdoptionView, ...]
    official: DesignationView | None
    official_says: str
    delegations: tuple[DelegationView, ...]
    to_review: tuple[DeterminationView, ...]
    late_recordings: int


async def overview(session: ReadSession, reader: Reader) -> LawView:
    """What is in force today: the window of the section's own authority, who holds which office, what waits."""
    law, today = await law_of(session), session.today
    section, termination = law.instrument(rules.TERMINATION), law.provision(rules.TERMINATION)
    end = rules.end_of(law)
    designated, official = await designations(session), await official_on(session, today)
    waiting = await list_determinations(session, reader, waiting=True, limit=LARGEST_LIMIT)
    late = await list_acts(session, reader, late=True, limit=1)
    return LawView(
        today=today,
        citation=termination.citation,
        standing=termination.standing_label,
        statement=termination.statement,
        text_release=section.text_release,
        release_note=section.release_note,
        # What this record has come to hold is known.
        not_known=tuple(each for each in section.not_known if not designated or "senior official" not in each),
        over=rules.is_over(law, today),
        last_day=end.last_day,
        first_refused=end.first_refused,
        readings=readings_of(law),
        authorities=tuple(
            sorted(
                (_authority_view(row, law, today) for row in lookup.authorities(law)),
                key=lambda each: not each.of_section,
            )
        ),
        amendments=await all_amendments(session),
        adoptions=await all_adoptions(session),
        official=official,
        official_says="" if official is not None else NOBODY_TODAY if designated else NOBODY_RECORDED,
        delegations=await delegations(session, on=today),
        to_review=waiting.items,
        late_recordings=late.total or 0,
    )


def readings_of(law: Statute) -> tuple[ReadingView, ...]:
    """Both readings of the instant at which the authority ends, the adopted one first."""
    return tuple(
        ReadingView(row.slug, row.adopted, row.statement, rules.end_of(law, row.slug).first_refused, row.standing_label)
        for row in lookup.readings(law)
    )


def _authority_view(row: model.Provision, law: Statute, today: date) -> AuthorityView:
    since, until = lookup.window(law, row.slug, today)
    return AuthorityView(
        slug=row.slug,
        title=row.title,
        statement=row.statement,
        citation=row.citation,
        standing=row.standing_label,
        since=since,
        until=until,
        in_force=lookup.in_force(law, row.slug, today),
        of_section=rules.is_under_section(row.slug),
    )
