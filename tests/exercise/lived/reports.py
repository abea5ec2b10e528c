"""The five annual reports: opened, written, built, frozen, coordinated, signed, and made as they were signed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from pipir.build import Build, build_report
from pipir.exercise import words
from pipir.features.report import commands as report
from pipir.features.report.rules import DELEGATE, SECRETARY
from pipir.features.report.tables import Report, ReportSection
from pipir.kernel.money import Dollars
from tests.exercise.lived.editions import wrong_with
from tests.exercise.lived.life import LEGISLATIVE, US, Life
from tests.exercise.lived.office import record_done, take_up

YEARS = range(2027, 2032)
BY_DELEGATE = (2028, 2030, 2031)
RETURNED = 2029
ELEMENT_IV, ELEMENT_V = "1253.f.1.B.iv", "1253.f.1.B.v"
NOTHING_IN = {2027: ELEMENT_V, 2029: ELEMENT_V}


@dataclass
class Made:
    """The report of a year as far as it has come."""

    life: Life
    year: int
    # Whether the signed edition is made.
    edition: bool
    number: int = 0
    build: Build | None = None

    @property
    def of(self) -> tuple[type[Report], int]:
        """The report as a target."""
        return (Report, self.number)

    async def open(self) -> None:
        """Open the report and write or decide each element."""
        self.number = await self.life.do("writer", report.open_report, report.OpenReport(self.year))
        async with self.life.db.read() as session:
            rows = select(ReportSection.element, ReportSection.id).where(
                ReportSection.year == self.year, ReportSection.element.in_(words.NARRATIVES)
            )
            sections = [(row[0], row[1]) for row in await session.execute(rows.order_by(ReportSection.id))]
        assert len(sections) == 6
        for element, section in sections:
            of = (ReportSection, section)
            if NOTHING_IN.get(self.year) == element:
                nothing = report.DecideNothing(words.NOTHING_BECAUSE)
                await self.life.do("writer", report.decide_nothing, nothing, of=of)
                continue
            text = words.NARRATIVES[element][1] or ""
            if self.year == YEARS[-1] and element == ELEMENT_IV:
                text = "None under the Initiative; continuing work goes on, each under its own authority."
            await self.life.do("writer", report.write_section, report.WriteSection(text), of=of)
        cost = report.StateCost(Dollars(41_000), Dollars(2_000), self.life.today, "Statement of cost")
        await self.life.do("writer", report.state_cost, cost, of=self.of)

    async def make(self) -> None:
        """Build the draft, freeze it as it stands, and give it to the offices."""
        self.build = await self._built()
        assert self.build.stage == "draft"
        await self.life.do("writer", report.freeze_report, report.FreezeReport(self.build.id), of=self.of)
        await self.life.do("writer", report.begin_coordination, report.BeginCoordination(), of=self.of)

    async def give_back(self) -> None:
        """An office does not agree: the report goes back to its writers."""
        body = report.ReturnToDraft("Two figures of element (iii) are explained no further.")
        await self.life.do("writer", report.return_to_draft, body, of=self.of)

    async def sign(self) -> None:
        """Record the signature, of the Secretary or of the delegate, and make the signed edition."""
        assert self.build is not None
        delegated = self.year in BY_DELEGATE
        body = report.SignReport(
            build_id=self.build.id,
            signatory=DELEGATE if delegated else SECRETARY,
            name="The delegate of this rehearsal" if delegated else "The Secretary of this rehearsal",
            signed_on=self.life.today,
        )
        await self.life.do("writer", report.sign_report, body, of=self.of)
        self.life.say(f"  the report of {self.year} is signed")
        if not self.edition:
            return
        edition = await self._built()
        assert edition.stage == "signed"
        continues = "continues under other authority (" in edition.files["report.html"].decode()
        assert continues == (self.year == YEARS[-1]), self.year
        assert edition.snapshot_sha256 != self.build.snapshot_sha256
        self.life.editions[self.year] = await asyncio.to_thread(wrong_with, edition.files, self.year)

    async def _built(self) -> Build:
        return await build_report(self.life.db, self.year, actor=self.life.people["writer"], reader=US)


def plan_reports(life: Life, *, whole: bool) -> None:
    """Put the course of each year's report on the agenda."""
    for year in YEARS:
        made = Made(life, year, edition=whole or year == YEARS[-1])
        steps: list[tuple[date, Callable[[], Awaitable[None]]]] = [
            (date(year - 1, 11, 2), _take_up(life, year)),
            (date(year, 1, 5), made.open),
            (date(year, 1, 25), made.make),
            (date(year, 2, 16), made.sign),
            (date(year, 2, 24), _done(life, year)),
        ]
        if whole and year == RETURNED:
            steps += [(date(year, 1, 29), made.give_back), (date(year, 2, 5), made.make)]
        for day, step in steps:
            life.at(day, step)


def _take_up(life: Life, year: int) -> Callable[[], Awaitable[None]]:
    return lambda: take_up(life, f"report-{year}", LEGISLATIVE, "writer")


def _done(life: Life, year: int) -> Callable[[], Awaitable[None]]:
    async def done() -> None:
        async with life.db.read() as session:
            signed = select(func.count()).select_from(Report).where(Report.year == year, Report.state == "signed")
            assert await session.scalar(signed) == 1
        await record_done(life, f"report-{year}", "Letters of transmittal to six committees", "writer")

    return done
