"""One project with its plan, its figures and all that hangs on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, cast

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.participants.queries import participant_choices
from pipir.features.projects import queries, rules
from pipir.features.projects.pages.forms import NOT_RATED, RATINGS
from pipir.features.projects.pages.risks import BANDS, STATES
from pipir.features.projects.rules import Kind
from pipir.features.projects.rules.articles import A_TAG
from pipir.features.projects.rules.phases import PhaseStanding
from pipir.features.projects.rules.phases import proposed as proposed_of
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_day
from pipir.kernel.ids import ProjectId, RecordNumber
from pipir.kernel.money import short_dollars
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.pages import Frame

_STATES: Final = {
    "met": ("ok", "Met"),
    "met late": ("ok", "Met late"),
    "overdue": ("late", "Overdue"),
    "slipping": ("waiting", "Slipping"),
    "on plan": ("info", "On plan"),
    "cancelled": ("neutral", "Cancelled"),
}
_PLAIN_STAGES: Final = ("exploratory", "announced", "planned", "active", "completed")
# A project may be suspended or cancelled from any stage: the bar then claims no stage that was not recorded.
_OTHER_STAGES: Final = {
    "suspended": ("entered", "suspended", "taken up or closed"),
    "cancelled": ("entered", "cancelled"),
}
_LINE_WIDTH: Final = 250
_LINE_EDGE: Final = 8


@dataclass(frozen=True)
class _Tick:
    x: float
    label: str


@dataclass(frozen=True)
class _Axis:
    width: int
    ticks: tuple[_Tick, ...]
    today: float


@dataclass(frozen=True)
class _PlanRow:
    """A milestone with where its days stand on its line; `reached` is the actual day or the expected one."""

    milestone: queries.MilestoneView
    plan: float
    reached: float | None
    tone: str
    slip: str
    pill: tuple[str, str]


@dataclass(frozen=True)
class _DetailPage:
    project: queries.ProjectView
    rating: tuple[str, str]
    stages: tuple[tuple[str, ...], int]
    figures: tuple[tuple[str, str, str], ...]
    axis: _Axis
    plan: tuple[_PlanRow, ...]
    phases: tuple[PhaseStanding, ...]
    may_take_template: bool
    articles: tuple[queries.ArticleView, ...]
    former_articles: tuple[queries.ArticleView, ...]
    tag: str
    risks: tuple[queries.RiskView, ...]
    matrix: tuple[tuple[queries.RiskCell, ...], ...]
    results: tuple[queries.ResultView, ...]
    bands: dict[str, str]
    risk_states: dict[str, str]
    # The country that the coverage map proposed: its part is the next step.
    next_partner: tuple[str, str] | None
    partners: tuple[queries.PartnerView, ...]
    former_partners: tuple[queries.PartnerView, ...]
    objectives: tuple[queries.ProjectLaw, ...]
    authority: queries.ProjectLaw | None
    others: tuple[queries.ProjectLine, ...]
    history: tuple[TrailView, ...]
    binder: Binder
    may_change: bool
    may_end: bool


@get("/projects/{project_id:int}", opt=allow("projects.read"))
async def project(
    project_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    country: FromQuery[str] = "",
) -> Response[bytes]:
    """One project with its plan, partners, objectives and history."""
    number = ProjectId(project_id)
    async with db.read() as session:
        view = await queries.project(session, caller.reader, number)
        parts = await queries.partners(session, caller.reader, number, ended=True)
        steps = await queries.milestones(session, caller.reader, number)
        axis, plan = _plan(steps, session.today)
        partners = tuple(each for each in parts if each.until is None)
        articles = await queries.articles_of(session, caller.reader, number, ended=True)
        risks = await queries.risks_of(session, caller.reader, number)
        may_change = caller.may("projects.change") and view.until is None
        known = {code: name for _, code, name in await participant_choices(session, caller.reader)}
        proposed = country in known and country not in {each.code for each in partners}
        page = _DetailPage(
            project=view,
            rating=RATINGS.get(view.rating or "", NOT_RATED),
            stages=_stages(view.status),
            figures=_figures(view, partners, steps),
            axis=axis,
            plan=plan,
            phases=queries.phases_of(view, steps),
            may_take_template=may_change and not view.in_classified_annex and _has_more(view, steps),
            articles=tuple(each for each in articles if each.until is None),
            former_articles=tuple(each for each in articles if each.until is not None),
            tag=A_TAG,
            risks=risks,
            matrix=await queries.risk_matrix(session, caller.reader, number) if risks else (),
            results=await queries.results_of(session, caller.reader, number),
            bands=BANDS,
            risk_states=STATES,
            next_partner=(country, known[country])
            if proposed and may_change and not view.in_classified_annex
            else None,
            partners=partners,
            former_partners=tuple(each for each in parts if each.until is not None),
            objectives=tuple(queries.law_line(slug) for slug in view.objectives),
            authority=queries.law_line(view.program_authority) if view.program_authority else None,
            others=await _others(session, caller, view),
            history=await history(session, caller.reader, "project", project_id),
            binder=await binder(session, caller, "project", project_id),
            may_change=may_change,
            may_end=view.status in rules.CLOSED,
        )
        return frame.show("projects/project.html", page, now=session.now, marking=view.marking)


def _has_more(view: queries.ProjectView, steps: Sequence[queries.MilestoneView]) -> bool:
    """Whether the template of the project's kind has a milestone that the plan lacks."""
    known = [each.name for each in steps if each.until is None]
    return bool(proposed_of(cast("Kind", view.kind), date(2000, 1, 1), known))


async def _others(session: ReadSession, caller: Caller, view: queries.ProjectView) -> tuple[queries.ProjectLine, ...]:
    if view.workstream_id is None:
        return ()
    which = queries.ProjectFilter(workstream_id=view.workstream_id)
    found = await queries.list_projects(session, caller.reader, which, sort="milestone", limit=6)
    return tuple(line for line in found.items if line.id != view.id)[:5]


def _stages(status: str) -> tuple[tuple[str, ...], int]:
    names = _OTHER_STAGES.get(status, _PLAIN_STAGES)
    return tuple(name.capitalize() for name in names), names.index(status)


def _figures(
    view: queries.ProjectView, partners: Sequence[queries.PartnerView], steps: Sequence[queries.MilestoneView]
) -> tuple[tuple[str, str, str], ...]:
    planned = [each for each in steps if each.until is None]
    met = [each for each in planned if each.actual_on is not None]
    still = sorted(
        (each for each in planned if each.actual_on is None), key=lambda each: (_expected(each), each.position)
    )
    late = sum(1 for each in still if (each.days_late or 0) > 0)
    following = still[0] if still else None
    return (
        (
            "Next milestone",
            show_day(_expected(following)) if following else "None",
            following.name if following else "every milestone is met" if met else "no milestone is planned",
        ),
        (
            "Milestones met",
            f"{len(met)} of {len(planned)}" if planned else "None",
            (f"{late} of the others late" if late else "none of the others late") if still else "",
        ),
        (
            "Partners",
            str(len(partners)) if partners else "Not public",
            ", ".join(each.name for each in partners[:4]) + (" and others" if len(partners) > 4 else ""),
        ),
        (
            "Planned total",
            short_dollars(view.planned_total) if view.planned_total is not None else "Not public",
            "plan, not an obligation" if view.planned_total is not None else "no public source states it",
        ),
    )


def _expected(milestone: queries.MilestoneView) -> date:
    return milestone.actual_on or milestone.forecast_on or milestone.planned_on


def _plan(steps: Sequence[queries.MilestoneView], today: date) -> tuple[_Axis, tuple[_PlanRow, ...]]:
    """The line of time that all milestones share, and where each stands on it."""
    days = [today, *(each.planned_on for each in steps), *(_expected(each) for each in steps)]
    first, last = min(days), max(days)
    span = max((last - first).days, 60)
    # Room at both ends, so that no dot is cut; days are numbers here, since a date may lie at the calendar's end.
    start, length = first.toordinal() - span * 0.04, span * 1.08

    def x(day: date) -> float:
        share = (day.toordinal() - start) / length
        return round(_LINE_EDGE + share * (_LINE_WIDTH - 2 * _LINE_EDGE), 1)

    ticks = _ticks(first, last, x)
    rows = tuple(
        _PlanRow(
            milestone=each,
            plan=x(each.planned_on),
            reached=None
            if each.until is not None or (each.actual_on is None and each.forecast_on is None)
            else x(_expected(each)),
            tone="quiet" if each.until else _tone(each),
            slip=_slip(each),
            pill=_STATES[each.state],
        )
        for each in steps
    )
    return _Axis(_LINE_WIDTH, ticks, x(today)), rows


def _ticks(first: date, last: date, x: Any) -> tuple[_Tick, ...]:
    years = [date(year, 1, 1) for year in range(first.year, last.year + 1) if date(year, 1, 1) >= first]
    if len(years) > 1:
        step = -(-len(years) // 5)
        return tuple(_Tick(x(day), str(day.year)) for day in years[::step])
    # Within a year or so months say more than one lone year.
    months: list[date] = []
    day = first.replace(day=1)
    while day <= last and len(months) < 24:
        if day >= first:
            months.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    step = max(-(-len(months) // 4), 1)
    return tuple(_Tick(x(day), f"{day:%b %Y}") for day in months[::step])


def _tone(milestone: queries.MilestoneView) -> str:
    late = (milestone.days_late or 0) > 0
    if milestone.actual_on is not None:
        return "late-met" if late else "met"
    return "late" if late else "coming"


def _slip(milestone: queries.MilestoneView) -> str:
    days = milestone.days_late
    if days is None:
        return ""
    if days == 0:
        return "on plan"
    unit = "day" if abs(days) == 1 else "days"
    return f"{days:,} {unit} late" if days > 0 else f"{-days:,} {unit} early"


HANDLERS: Final = (project,)
