"""The steps that count back from the last day of the authority, each with how much is still open."""

from datetime import date

import msgspec

from pipir.features.duties.queries.dates import all_duties
from pipir.features.duties.queries.outliving import outliving
from pipir.features.law.queries import law_of, list_determinations
from pipir.features.law.rules import end_of
from pipir.kernel.calendar import days_after
from pipir.kernel.marking import Reader
from pipir.statute.load import the_statute
from pipir.statute.model import standing_label
from pipir.store.doors import ReadSession


class WindDownView(msgspec.Struct, frozen=True):
    """One step: its day by the law as amended, and the open items (None: this record cannot count them)."""

    slug: str
    days_before: int
    day: date
    passed: bool
    what: str
    statement: str
    standing: str
    open: int | None
    noun: str
    href: str


# What each step counts: the noun, and the page that lists it.
_COUNTED = {
    "plans": ("plans with no other authority named", "/law/outliving"),
    "determinations": ("determinations that nobody has reviewed", "/law/determinations?waiting=true"),
    "money": ("projects with planned money not yet obligated", "/law/outliving#money"),
    "actions": ("open action items of groups under the section", "/actions?status=open"),
    "groups": ("groups without an end under the section", "/law/outliving#groups"),
    "notices": ("notices not recorded as done", "/duties?kind=notice"),
    "uncounted": ("not counted by this record", "/law/acts"),
}


async def wind_down(session: ReadSession, reader: Reader) -> tuple[WindDownView, ...]:
    """The steps in their order, of what the reader may see; none where the law sets no end."""
    last_day = end_of(await law_of(session)).last_day
    if last_day is None:
        return ()
    plans = await outliving(session, reader)
    waiting = await list_determinations(session, reader, waiting=True, limit=1)
    open_items: dict[str, int | None] = {
        "plans": len(plans.projects) + len(plans.groups),
        "determinations": waiting.total,
        "money": sum(bool(each.not_yet_obligated) for each in plans.projects),
        "actions": sum(each.open_actions for each in plans.groups),
        "groups": len(plans.groups),
        "notices": sum(each.kind == "notice" and each.open for each in await all_duties(session)),
        "uncounted": None,
    }
    return tuple(
        WindDownView(
            slug=step.slug,
            days_before=step.days_before,
            day=(day := days_after(last_day, -step.days_before)),
            passed=day < session.today,
            what=step.what,
            statement=step.statement,
            standing=standing_label("convention", "", None),
            open=open_items[step.counts],
            noun=_COUNTED[step.counts][0],
            href=_COUNTED[step.counts][1],
        )
        for step in the_statute().wind_down
    )
