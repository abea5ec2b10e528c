"""The program's annual reports: written, built, frozen and signed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Final, NamedTuple

from sqlalchemy import select, update

from pipir import package
from pipir.exercise import words
from pipir.exercise.days import close_of
from pipir.exercise.program.course import Item, Program, version_of
from pipir.features.people.tables import Office
from pipir.features.report import commands as report
from pipir.features.report import queries, rules
from pipir.features.report.queries.reading import seen_by
from pipir.features.report.rules import DELEGATE, OUTCOMES, SECRETARY
from pipir.features.report.tables import Report, ReportBuild, ReportPoint, ReportSection
from pipir.features.workspace import commands as workspace
from pipir.kernel.ids import ReportId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.doors import WriteSession


class _Year(NamedTuple):
    """An annual report's course: opened and written, built and frozen, signed; each on the Friday of its week."""

    year: int
    written_on: date
    built_on: date
    signed_on: date
    labor: int
    expenses: int


REPORTS: Final = (
    _Year(2027, date(2027, 1, 15), date(2027, 2, 5), date(2027, 2, 19), 61_400, 3_250),
    _Year(2028, date(2028, 1, 14), date(2028, 2, 4), date(2028, 2, 18), 54_900, 2_980),
)


_RECOMMENDED: Final = rules.slug_of("v")
# Of each report: a priority with its plan, or a recommendation with its type and clearance.
_POINTS: Final[
    tuple[tuple[rules.Of, str, rules.RecommendationKind | None, rules.Clearance | None, int | None], ...]
] = (
    ("priority", "A second source for rocket motor cases (exercise)", None, None, 4_500_000),
    ("priority", "Certification of a second repair yard (exercise)", None, None, None),
    ("recommendation", "Longer periods for shared test equipment (exercise)", "legislative", "asked for", None),
    ("recommendation", "One form for site visits (exercise)", "policy", None, None),
)


def write_report(program: Program, each: _Year) -> Callable[[Item], Awaitable[None]]:
    async def run(item: Item) -> None:
        async with program.write(item, "writer") as session:
            number = await _opened(session, each.year)
            rows = await session.execute(
                select(ReportSection.element, ReportSection.id, ReportSection.version)
                .where(ReportSection.year == each.year, ReportSection.element.in_(words.NARRATIVES))
                .order_by(ReportSection.id)
            )
            for element, section, version in rows.all():
                text = words.NARRATIVES[element][each.year - REPORTS[0].year]
                if text is None:
                    nothing = report.DecideNothing(words.NOTHING_BECAUSE)
                    await report.decide_nothing(session, section, nothing, version=version)
                else:
                    await report.write_section(session, section, report.WriteSection(text), version=version)
            for of, name, kind, clearance, planned in _POINTS:
                # Where nothing is to be recommended, nothing is.
                if of == rules.RECOMMENDATION and words.NARRATIVES[_RECOMMENDED][each.year - REPORTS[0].year] is None:
                    continue
                point = report.EnterPoint(
                    each.year,
                    of,
                    name,
                    "Entered for the exercise.",
                    kind,
                    objective="1253.b.2",
                    planned=Dollars(planned) if planned else None,
                    clearance=clearance,
                )
                await report.enter_point(session, point)
            for place, (element, office) in enumerate(words.SECTION_OWNERS.items()):
                section = await session.scalar(
                    select(ReportSection).where(ReportSection.year == each.year, ReportSection.element == element)
                )
                owner = await session.scalar(select(Office.id).where(Office.symbol == office))
                assert section is not None
                due = report.AssignSection(owner, None, each.built_on - timedelta(days=14 + 2 * place))
                await report.assign_section(session, section.id, due, version=section.version)
            asked, answered = words.SECTION_COMMENT
            said = await workspace.comment(session, section.id, workspace.Comment(asked))
            await workspace.resolve_comment(session, said, workspace.ResolveComment(answered), version=1)
            cost = report.StateCost(
                labor=Dollars(each.labor),
                expenses=Dollars(each.expenses),
                stated_on=each.written_on,
                reference="Statement of cost, exercise",
            )
            await report.state_cost(session, number, cost, version=await version_of(session, Report, number))

    return run


def state_outcomes(program: Program, each: _Year) -> Callable[[Item], Awaitable[None]]:
    """What became of the points of the report before, stated when this one is written."""

    async def run(item: Item) -> None:
        async with program.write(item, "writer") as session:
            rows = await session.execute(
                select(ReportPoint.id, ReportPoint.version, ReportPoint.of, ReportPoint.place)
                .where(ReportPoint.year == each.year - 1, ReportPoint.exercise)
                .order_by(ReportPoint.id)
            )
            for number, version, of, place in rows.all():
                stated = report.StateOutcome(OUTCOMES[of][place % 2], "As the office judges it (exercise).")
                await report.state_outcome(session, number, stated, version=version)

    return run


def build_report(program: Program, each: _Year) -> Callable[[Item], Awaitable[None]]:
    async def run(item: Item) -> None:
        # As build_report does it, but frozen at the program's own instant and not at the installation's.
        async with program.db.snapshot() as frozen:
            frozen.now = close_of(item.week)
            snapshot = await queries.gather(frozen, Reader(kind="us-government"), each.year)
            seen = await seen_by(frozen)
            number = ReportId((await queries.versions(frozen, each.year))[0].id)
        files = await asyncio.to_thread(package.files_of, snapshot)
        async with program.write(item, "writer") as session:
            made = await report.store_build(session, number, snapshot, seen=seen, exercise=True)
            await report.store_files(session, made, files)

    return run


def freeze_report(program: Program, each: _Year) -> Callable[[Item], Awaitable[None]]:
    async def run(item: Item) -> None:
        async with program.write(item, "writer") as session:
            number, made = await _report_and_build(session, each.year)
            await report.freeze_report(
                session, number, report.FreezeReport(made), version=await version_of(session, Report, number)
            )
            await report.begin_coordination(
                session, number, report.BeginCoordination(), version=await version_of(session, Report, number)
            )

    return run


def sign_report(program: Program, each: _Year) -> Callable[[Item], Awaitable[None]]:
    async def run(item: Item) -> None:
        async with program.write(item, "writer") as session:
            number, made = await _report_and_build(session, each.year)
            first = each == REPORTS[0]
            body = report.SignReport(
                build_id=made,
                signatory=SECRETARY if first else DELEGATE,
                name="Secretary of Defense (exercise role)" if first else "Sidney Exercise",
                signed_on=each.signed_on,
            )
            await report.sign_report(session, number, body, version=await version_of(session, Report, number))

    return run


async def _opened(session: WriteSession, year: int) -> ReportId:
    """The year's report: opened, or the draft that stands there, which from now on is the exercise's and says so."""
    number = await session.scalar(select(Report.id).where(Report.year == year))
    if number is None:
        return await report.open_report(session, report.OpenReport(year))
    await session.execute(update(Report).where(Report.id == number).values(exercise=True))
    await session.execute(update(ReportSection).where(ReportSection.year == year).values(exercise=True))
    return ReportId(number)


async def _report_and_build(session: WriteSession, year: int) -> tuple[ReportId, int]:
    row = (
        await session.execute(
            select(Report.id, ReportBuild.id.label("made"))
            .join(ReportBuild, ReportBuild.report_id == Report.id)
            .where(Report.year == year)
            .order_by(ReportBuild.id.desc())
            .limit(1)
        )
    ).one()
    return ReportId(row.id), int(row.made)
