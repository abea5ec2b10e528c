"""What is allowed in participants: the steps of the two standings and their days."""

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, get_args

from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.statute.lookup import in_force
from pipir.statute.model import Statute

Region = Literal["Indo-Pacific", "Euro-Atlantic", "Western Hemisphere", "Other"]
# The steps of the invitation process; named in statute is within it, and is no membership.
Standing = Literal[
    "named in statute",
    "under consideration",
    "coordination with State",
    "invited",
    "accepted",
    "participating",
    "suspended",
    "withdrawn",
]
ForumStanding = Literal["convening country", "joined the forum (press)", "left the forum (press)"]

REGIONS: Final[tuple[Region, ...]] = get_args(Region)
STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)
FORUM_STANDINGS: Final[tuple[ForumStanding, ...]] = get_args(ForumStanding)

PROVISION: Final = "1253.d"
SUNSET: Final = "1253.g"
# The country whose law section 1253 is; the invitation process speaks of its allies and partners.
HOME: Final = "USA"

# From each standing (None: nothing recorded) to those that may follow. The coordination that (d) asks for is on the
# process, not on each invitation: so an invitation may follow without a step of coordination of its own.
STEPS: Final[Mapping[str | None, tuple[Standing, ...]]] = {
    None: ("named in statute", "under consideration", "coordination with State", "invited"),
    "named in statute": ("under consideration", "coordination with State", "invited"),
    "under consideration": ("coordination with State", "invited", "withdrawn"),
    "coordination with State": ("under consideration", "invited", "withdrawn"),
    "invited": ("accepted", "withdrawn"),
    "accepted": ("participating", "withdrawn"),
    "participating": ("suspended", "withdrawn"),
    "suspended": ("participating", "withdrawn"),
    "withdrawn": ("under consideration", "coordination with State", "invited"),
}
FORUM_STEPS: Final[Mapping[str | None, tuple[ForumStanding, ...]]] = {
    None: ("convening country", "joined the forum (press)"),
    "convening country": (),
    "joined the forum (press)": ("left the forum (press)",),
    "left the forum (press)": ("joined the forum (press)",),
}


def may_record_standing(
    code: str, before: str | None, before_since: date | None, after: Standing, since: date, *, statute: Statute
) -> None:
    """Refuse a standing that cannot follow in the process of section 1253(d); the same again corrects day or source."""
    citation = statute.citation(PROVISION)
    if code == HOME:
        raise Refused(
            "The process is for allies and partners; the United States itself has no standing in it.",
            citation=citation,
        )
    if after == "named in statute" and code not in statute.provision(PROVISION).countries:
        named = ", ".join(statute.provision(PROVISION).countries)
        raise Refused(f"The law does not name {code}; it names {named}.", citation=citation)
    _may_follow(before, after, STEPS, citation=citation)
    enacted = statute.instrument(PROVISION).enacted
    if enacted is not None and since < enacted:
        raise _too_early(
            since, f"Expected a day on or after {enacted.isoformat()}, when the law was enacted.", citation
        )
    _not_before(before, before_since, after, since)


def may_record_forum_standing(before: str | None, before_since: date | None, after: ForumStanding, since: date) -> None:
    """Refuse a step in the forum that cannot follow; the same again corrects day or source."""
    _may_follow(before, after, FORUM_STEPS, citation="")
    _not_before(before, before_since, after, since)


def may_change(name: str, until: date | None) -> None:
    """An ended entry takes no further standing."""
    if until is not None:
        raise Refused(
            f"The entry of {name} ended on {until.isoformat()}; it takes no further standing.",
            way_out="Its name, region and marking can still be corrected.",
        )


def may_end(standing_since: date | None, forum_since: date | None, until: date) -> None:
    """An end lies on or after the day of each standing."""
    latest = max((day for day in (standing_since, forum_since) if day is not None), default=None)
    if latest is not None and until < latest:
        raise Invalid(
            "The end lies before a standing that is recorded.",
            mistakes=(Mistake("until", f"Expected a day on or after {latest.isoformat()}.", until.isoformat()),),
        )


def is_after_termination(since: date | None, statute: Statute) -> bool:
    """Whether a standing is dated when no new decision can rest on section 1253(d); it is recorded, and flagged."""
    return since is not None and not in_force(statute, PROVISION, since)


def _may_follow(before: str | None, after: str, steps: Mapping[str | None, tuple[str, ...]], *, citation: str) -> None:
    if after == before or after in steps[before]:
        return
    allowed = ", ".join(steps[before]) or "nothing"
    known = f"“{before}”" if before else "nothing recorded"
    raise Refused(f"“{after}” does not follow on {known}.", citation=citation, way_out=f"What may follow: {allowed}.")


def _not_before(before: str | None, before_since: date | None, after: str, since: date) -> None:
    if before_since is not None and after != before and since < before_since:
        expected = f"Expected a day on or after {before_since.isoformat()}, when “{before}” began."
        raise _too_early(since, expected, "")


def _too_early(since: date, expected: str, citation: str) -> Invalid:
    return Invalid(
        "The day lies too early.", citation=citation, mistakes=(Mistake("since", expected, since.isoformat()),)
    )
