"""What if Congress, or counsel, changed the end of the authority: answered from the record, written nowhere."""

from datetime import date

import msgspec

from pipir.features.duties import rules
from pipir.features.duties.queries.outliving import Outliving, judged, plans_after
from pipir.features.law import queries as law
from pipir.features.law.rules import Effect, effect_of, end_of
from pipir.kernel.calendar import days_left
from pipir.kernel.marking import Reader
from pipir.statute.amendments import amended
from pipir.statute.model import Statute
from pipir.store.doors import ReadSession


class PlanLine(msgspec.Struct, frozen=True):
    """A recorded plan: what it is, and the last day that is planned (None: without an end)."""

    kind: str
    id: int
    title: str
    until: date | None
    exercise: bool


class ScenarioView(msgspec.Struct, frozen=True):
    """What a change would do; `days_left` None: the law would set no end; negative: the day has passed.

    `would_reach` are the plans that the authority would reach and does not now, `would_outlive` those that would
    come to outlive it, `outlive_either_way` those that do both ways.
    """

    what: str
    on: date | None
    says: str
    notes: tuple[rules.Note, ...]
    effect: Effect
    days_left_now: int | None
    days_left: int | None
    would_reach: tuple[PlanLine, ...]
    would_outlive: tuple[PlanLine, ...]
    outlive_either_way: tuple[PlanLine, ...]


async def scenario(session: ReadSession, reader: Reader, asked: rules.Scenario) -> ScenarioView:
    """Answer what a change would do to the dates and to the recorded plans, of what the reader may see."""
    base, enacted = await law.read_law(session), await law.enacted(session)
    now = amended(base, enacted)
    says = ""
    if asked.what == "amendment":
        number = rules.named_amendment(asked)
        view = await law.amendment(session, number)
        then, says = await law.law_with(session, number), f"As {view.citation} says: {view.effect}"
    else:
        then = rules.law_if(asked, base, enacted, session.today)
    plans = await plans_after(session, reader, (now, then))
    before, after = _lines(judged(plans, now)), _lines(judged(plans, then))
    return ScenarioView(
        what=asked.what,
        on=asked.on,
        says=says or rules.said_of(asked),
        notes=rules.notes_of(asked, now),
        effect=effect_of(now, then),
        days_left_now=_left(now, session.today),
        days_left=_left(then, session.today),
        would_reach=tuple(line for key, line in before.items() if key not in after),
        would_outlive=tuple(line for key, line in after.items() if key not in before),
        outlive_either_way=tuple(line for key, line in after.items() if key in before),
    )


def _left(statute: Statute, today: date) -> int | None:
    last_day = end_of(statute).last_day
    return days_left(today, last_day) if last_day is not None else None


def _lines(found: Outliving) -> dict[tuple[str, int], PlanLine]:
    projects = (PlanLine("project", each.id, each.name, each.last_on, each.exercise) for each in found.projects)
    agreements = (
        PlanLine("agreement", each.id, each.name, each.expires_on, each.exercise) for each in found.agreements
    )
    groups = (PlanLine("group", each.id, each.name, None, each.exercise) for each in found.groups)
    helped = (PlanLine("assistance", each.id, each.name, each.ends_on, each.exercise) for each in found.assistance)
    return {(line.kind, line.id): line for line in (*projects, *agreements, *groups, *helped)}
