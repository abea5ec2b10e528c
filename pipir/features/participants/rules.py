"""What is allowed in participants: codes of the register, steps of the two standings, their days and corrections."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal, get_args

import msgspec

from pipir.kernel.calendar import show_day
from pipir.kernel.countries import Country, Region, countries
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.statute.lookup import in_force
from pipir.statute.model import Statute

# The process of section 1253(d), and the forum, which is older than the law.
Kind = Literal["process", "forum"]
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

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
REGIONS: Final[tuple[Region, ...]] = get_args(Region)
STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)
FORUM_STANDINGS: Final[tuple[ForumStanding, ...]] = get_args(ForumStanding)

PROVISION: Final = "1253.d"
SUNSET: Final = "1253.g"
INITIATIVE: Final = "1253.a"
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


class Step(msgspec.Struct, frozen=True):
    """A step as it stands, of those that nothing corrects: its number, its value and day."""

    number: int
    value: str
    since: date


def known_country(code: str, name: str | None) -> Country:
    """The register's entry; Invalid where there is none, or where the name is that of another one."""
    found = countries().get(code)
    called = name.casefold() if name is not None else None
    other = next(
        (
            each
            for each in countries().values()
            if each.code != code and called in {known.casefold() for known in each.names}
        ),
        None,
    )
    if found is not None and other is None:
        return found
    if found is None:
        expected = "Expected a code of the country register (ISO 3166-1 alpha-3, or the US Government's trigraph)"
        mistake = Mistake("code", f"{expected}; {name} is {other.code}." if other else f"{expected}.", code)
    else:
        assert other is not None
        mistake = Mistake("name", f"Expected another name: in the register this is {other.code}.", name or "")
    raise Invalid("The country is not that of the register.", mistakes=(mistake,))


def covered_as(code: str, region: str, statute: Statute) -> str:
    """What brings a country within section 1253: its name in (d), its region, or its support under (a)."""
    if code == HOME:
        return ""
    if code in statute.provision(PROVISION).countries:
        return f"named in {statute.provision(PROVISION).short_citation}"
    if region == "Indo-Pacific":
        return f"in the Indo-Pacific region, {statute.provision(INITIATIVE).short_citation}"
    return (
        "other country supporting Indo-Pacific defense industrial resilience, "
        f"{statute.provision(INITIATIVE).short_citation}"
    )


def may_stand(kind: Kind, steps: Sequence[Step], *, statute: Statute) -> None:
    """Refuse a correction after which the steps that remain could not have followed on each other."""
    before: Step | None = None
    for step in sorted(steps, key=lambda each: (each.since, each.number)):
        value = before.value if before is not None else None
        if value != step.value:
            table: Mapping[str | None, tuple[str, ...]] = STEPS if kind == "process" else FORUM_STEPS
            if step.value not in table[value]:
                known = f"“{value}”" if value else "nothing recorded"
                raise Refused(
                    f"After this correction “{step.value}” of {show_day(step.since)} would follow on {known}.",
                    citation=statute.citation(PROVISION) if kind == "process" else "",
                    way_out="Correct the later step first.",
                )
        before = step


def may_take_back(value: str | None) -> None:
    """Refuse to take back what was taken back already."""
    if value is None:
        raise Refused(
            "This step has been taken back already.", way_out="Record the standing anew where it did happen after all."
        )


def needs_reason(because: str | None) -> str:
    """The reason of a correction; Invalid where there is none."""
    if because is None:
        raise Invalid(
            "This corrects a step that is recorded already.",
            mistakes=(Mistake("because", "Expected the reason of the correction."),),
        )
    return because


def may_make_process(
    made_on: date, in_force_from: date, coordinated_on: date | None, coordinated_by: str | None, today: date
) -> None:
    """Refuse a version in force before it was made, or coordinated half or in the future; all mistakes at once."""
    mistakes = []
    if made_on > today:
        mistakes.append(Mistake("made_on", f"Expected a day up to {show_day(today)}.", made_on.isoformat()))
    if in_force_from < made_on:
        expected = f"Expected a day on or after {show_day(made_on)}, when it was made."
        mistakes.append(Mistake("in_force_from", expected, in_force_from.isoformat()))
    if coordinated_on is not None and coordinated_by is None:
        mistakes.append(Mistake("coordinated_by", "Expected the document that shows the coordination."))
    if coordinated_by is not None and coordinated_on is None:
        mistakes.append(Mistake("coordinated_on", "Expected the day of the coordination."))
    if coordinated_on is not None and coordinated_on > today:
        expected = f"Expected a day up to {show_day(today)}."
        mistakes.append(Mistake("coordinated_on", expected, coordinated_on.isoformat()))
    if mistakes:
        raise Invalid("The days of the process do not hold together.", mistakes=tuple(mistakes))


def may_coordinate(coordinated_on: date | None, wanted: date, today: date) -> None:
    """The coordination of a process is recorded once, and does not lie in the future."""
    if coordinated_on is not None:
        raise Refused(
            f"This version was coordinated on {show_day(coordinated_on)}.",
            way_out="A changed process is a new version, with a coordination of its own.",
        )
    if wanted > today:
        raise Invalid(
            "The coordination lies in the future.",
            mistakes=(Mistake("coordinated_on", f"Expected a day up to {show_day(today)}.", wanted.isoformat()),),
        )


def may_end_on(first: date, until: date | None, wanted: date, what: str) -> None:
    """What ends has not ended yet, and ends on or after its first day."""
    if until is not None:
        raise Refused(f"{what} ended on {show_day(until)}.", way_out="What comes after it is an entry of its own.")
    if wanted < first:
        raise Invalid(
            f"{what} cannot end before it begins.",
            mistakes=(Mistake("until", f"Expected a day on or after {show_day(first)}.", wanted.isoformat()),),
        )


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
        raise _too_early(since, f"Expected a day on or after {show_day(enacted)}, when the law was enacted.", citation)
    _not_before(before, before_since, after, since)


def may_record_forum_standing(before: str | None, before_since: date | None, after: ForumStanding, since: date) -> None:
    """Refuse a step in the forum that cannot follow; the same again corrects day or source."""
    _may_follow(before, after, FORUM_STEPS, citation="")
    _not_before(before, before_since, after, since)


def may_be_past(since: date, today: date) -> None:
    """A step is recorded once it has been taken: the latest one is how a country stands today."""
    if since > today:
        expected = f"Expected a day up to {show_day(today)}."
        raise Invalid("The day lies in the future.", mistakes=(Mistake("since", expected, since.isoformat()),))


def may_change(name: str, until: date | None) -> None:
    """An ended entry takes no further standing."""
    if until is not None:
        raise Refused(
            f"The entry of {name} ended on {show_day(until)}; it takes no further standing.",
            way_out="Its name, region and marking can still be corrected.",
        )


def may_end(standing_since: date | None, forum_since: date | None, until: date) -> None:
    """An end lies on or after the day of each standing."""
    latest = max((day for day in (standing_since, forum_since) if day is not None), default=None)
    if latest is not None and until < latest:
        raise Invalid(
            "The end lies before a standing that is recorded.",
            mistakes=(Mistake("until", f"Expected a day on or after {show_day(latest)}.", until.isoformat()),),
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
        expected = f"Expected a day on or after {show_day(before_since)}, when “{before}” began."
        raise _too_early(since, expected, "")


def _too_early(since: date, expected: str, citation: str) -> Invalid:
    return Invalid(
        "The day lies too early.", citation=citation, mistakes=(Mistake("since", expected, since.isoformat()),)
    )
