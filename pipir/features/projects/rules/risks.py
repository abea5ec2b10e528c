"""How the risks of a project are judged: levels, scores, and which status follows which."""

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

import msgspec

from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, Refused

RiskStatus = Literal["open", "accepted", "closed"]
Grade = Annotated[int, msgspec.Meta(ge=1, le=5, description="From 1, the least, to 5.")]
Band = Literal["low", "moderate", "high", "very high"]

RISK_STATUSES: Final[tuple[RiskStatus, ...]] = get_args(RiskStatus)
BANDS: Final[tuple[Band, ...]] = get_args(Band)
GRADES: Final = (1, 2, 3, 4, 5)
CONVENTION: Final = "Levels of risk (office convention)"
# Which status may follow which; what was closed in error, or comes back, is opened again.
RISK_STEPS: Final[Mapping[RiskStatus, tuple[RiskStatus, ...]]] = {
    "open": ("accepted", "closed"),
    "accepted": ("open", "closed"),
    "closed": ("open",),
}


class Level(msgspec.Struct, frozen=True):
    """A level with its name and the sentence that says what it means."""

    level: int
    name: str
    says: str


class Named(msgspec.Struct, frozen=True):
    """The name of the scores from `score` on, and what follows from it."""

    name: Band
    score: int
    says: str


class _Lists(msgspec.Struct, frozen=True):
    likelihood: tuple[Level, ...]
    impact: tuple[Level, ...]
    band: tuple[Named, ...]


class Judged(msgspec.Struct, frozen=True):
    """A risk as it was judged: how likely, how bad, where it stands, and when it is looked at again."""

    likelihood: int
    impact: int
    status: RiskStatus
    review_on: date


LISTS: Final = msgspec.convert(
    tomllib.loads((Path(__file__).parent / "lists.toml").read_text(encoding="utf-8")), _Lists
)
LIKELIHOODS: Final = {each.level: each for each in LISTS.likelihood}
IMPACTS: Final = {each.level: each for each in LISTS.impact}
BAND_SAYS: Final = {each.name: each.says for each in LISTS.band}


def band(likelihood: int, impact: int) -> Band:
    """The name of a score."""
    return max((each for each in LISTS.band if each.score <= likelihood * impact), key=lambda each: each.score).name


def may_judge(before: Judged, after: Judged, today: date) -> None:
    """A judgment says something new, in a status that may follow, with a day to come unless the risk is closed."""
    if before == after:
        raise Refused(
            "The judgment is the same as the last one.",
            way_out="Where it was looked at again and stands, give the next day of review.",
        )
    may_step_risk(before.status, after.status)
    if after.status != "closed":
        check_review(after.review_on, today)


def may_step_risk(now: RiskStatus, wanted: RiskStatus) -> None:
    """A status is followed only by those that RISK_STEPS names, or stays."""
    if wanted != now and wanted not in RISK_STEPS[now]:
        raise Refused(
            f"A risk that is {now} does not become {wanted}.", way_out=f"It may become {' or '.join(RISK_STEPS[now])}."
        )


def check_review(review_on: date, today: date) -> None:
    """A risk is looked at again on a day to come."""
    if review_on <= today:
        raise Invalid(
            "The day of review needs correcting.",
            mistakes=(Mistake("review_on", f"Expected a day after {show_day(today)}, today.", review_on.isoformat()),),
        )


def may_revise_risk(title: str, status: str) -> None:
    """A closed risk stays as it is."""
    if status == "closed":
        raise Refused(f"The risk {title} is closed.", way_out="Open it again with a reason first.")
