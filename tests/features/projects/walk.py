"""A random walk over projects and all that hangs on them: each step through the commands, each held against the trail.

The walk keeps a small model of what it did. Whatever the record says afterwards is held against it: no state without
its trail, no step that the tables of allowed steps lack, no judgment and no value lost.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from sqlalchemy import select, text

from pipir.features.projects import commands, queries, rules
from pipir.features.projects.rules import phases, risks
from pipir.features.projects.tables import (
    KINDS,
    Milestone,
    Project,
    ProjectArticle,
    ProjectPartner,
    ProjectResult,
    ProjectRisk,
    ResultId,
    RiskId,
)
from pipir.kernel.errors import NotFound, Problem
from pipir.kernel.ids import MilestoneId, ProjectId
from pipir.store.doors import Database
from tests.features.projects.situations import GOVERNMENT, Ground, ground, proposal

TABLES: Final = (
    "project", "project_partner", "milestone", "project_article", "project_risk", "risk_assessment", "project_result",
    "result_actual",
)  # fmt: skip
DAY: Final = timedelta(days=1)
# Rows whose present version no trail row tells; asked of the database in one statement.
UNSIGNED: Final = f"""
    with held as ({" union all ".join(f"select '{name}' as name, id, version from {name}" for name in TABLES)})
    select count(*) from (
        select name, id, version from held
        except
        select table_name, record_id, (after ->> 'version')::int from trail
         where table_name in ({", ".join(f"'{name}'" for name in TABLES)})
    ) unsigned
"""
# Every step of a status that the trail tells, of projects and of risks.
STEPS: Final = """
    select table_name, before ->> 'status', after ->> 'status', count(*) from trail
     where operation = 'update' and table_name in ('project', 'project_risk')
       and before ->> 'status' <> after ->> 'status'
     group by 1, 2, 3
"""
# A risk says what its latest judgment says.
UNJUDGED: Final = """
    select count(*) from project_risk r
     where not exists (
        select from (select * from risk_assessment a where a.risk_id = r.id order by a.id desc limit 1) a
         where (a.likelihood, a.impact, a.status, a.review_on) = (r.likelihood, r.impact, r.status, r.review_on))
"""
# The day of the last update is that of the trail.
UNTOLD: Final = """
    select count(*) from project p left join project_freshness f on f.project_id = p.id
     where f.updated_at is distinct from (
        select max(t.at) from trail t where t.subject = 'project' and t.subject_id = p.id
           and (t.actor <> 1 or (t.table_name = 'project' and t.operation = 'insert')))
"""


@dataclass
class Walk:
    """The record that is walked over, and what the walk did so far."""

    db: Database
    ground: Ground
    random: Random
    today: date
    # What the walk has done, by its own account: nothing else tells it.
    projects: list[ProjectId] = field(default_factory=list)
    status: dict[int, str] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)
    judged: Counter[int] = field(default_factory=Counter)
    values: dict[int, list[tuple[date, Decimal]]] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    @classmethod
    async def begin(cls, db: Database, seed: int) -> "Walk":
        """Countries, a workstream, a person who works; no project yet."""
        async with db.read() as session:
            today = session.today
        # No secret is drawn from it.
        return cls(db, await ground(db), Random(seed), today)

    async def step(self) -> None:
        """One random step; a refusal is a step too, and leaves nothing behind."""
        chosen: Callable[[], Awaitable[None]] = self.random.choices(
            [self.propose, self.revise, self.move, self.rate, self.end, self.join, self.leave, self.plan, self.redate,
             self.meet, self.cancel, self.template, self.name, self.take_out, self.risk, self.judge, self.aim,
             self.read],
            [4, 4, 9, 3, 1, 4, 2, 5, 5, 4, 1, 2, 4, 1, 4, 9, 3, 7],
        )[0]  # fmt: skip
        name = chosen.__name__  # type: ignore[attr-defined]
        refusal: Problem | None = None
        try:
            await chosen()
        except Problem as wrong:
            refusal = wrong
        (self.refused if refusal else self.done)[name] += 1
        assert refusal is None or (refusal.status < 500 and refusal.detail.endswith(".")), refusal

    # ---- the steps

    async def propose(self) -> None:
        kind = self.random.choice(KINDS)
        body = proposal(
            name=f"Project {self.random.randrange(10_000)}",
            kind=kind,
            status=self.random.choice(("exploratory", "announced", "planned", "active")),
            in_classified_annex=self.random.random() < 0.1,
        )
        number = await self._do(commands.propose_project, commands.ProposeProject(**body))
        self.projects.append(number)
        self.status[number] = body["status"]

    async def revise(self) -> None:
        number, version = await self._any()
        body = {k: v for k, v in proposal(kind=self.random.choice(KINDS)).items() if k != "status"}
        body |= {
            "name": f"Project {self.random.randrange(10_000)}",
            "objectives": [f"1253.b.{self.random.randint(1, 8)}"],
        }
        body["in_classified_annex"] = self.random.random() < 0.1
        await self._do(commands.revise_project, commands.ReviseProject(**body), number, version=version)

    async def move(self) -> None:
        number, version = await self._any()
        wanted = self.random.choice(tuple(rules.STEPS))
        body = commands.ChangeStatus(wanted, "It was weighed.")
        await self._do(commands.change_status, body, number, version=version)
        assert number not in self.ended
        assert wanted in rules.STEPS[self.status[number]], f"{self.status[number]} became {wanted}"  # type: ignore[index]
        self.status[number] = wanted

    async def rate(self) -> None:
        number, version = await self._any()
        rating = self.random.choice(("green", "amber", "red", None))
        review = self.today + self.random.randint(-1, 40) * DAY
        body = commands.RateProject(rating, *(("Why.", review) if rating else ()))  # type: ignore[arg-type]
        await self._do(commands.rate_project, body, number, version=version)

    async def end(self) -> None:
        number, version = await self._any()
        await self._do(commands.end_project, commands.EndProject(self.today, "Over."), number, version=version)
        assert self.status[number] in rules.CLOSED
        self.ended.add(number)

    async def join(self) -> None:
        number, _ = await self._any()
        country = self.random.choice((self.ground.australia, self.ground.japan, 999))
        await self._do(commands.add_partner, commands.AddPartner(country, "maker", since=self.today), number)

    async def leave(self) -> None:
        number, version, _ = await self._part(ProjectPartner)
        until = self.today + self.random.randint(-1, 1) * DAY
        await self._do(commands.remove_partner, commands.RemovePartner(until, "It left."), number, version=version)

    async def plan(self) -> None:
        number, _ = await self._any()
        phase = self.random.choice((None, *(name for kind in KINDS for name in phases.phase_names(kind))))
        body = commands.PlanMilestone(f"Step {self.random.randrange(99)}", self._day(), phase=phase)
        await self._do(commands.plan_milestone, body, number)

    async def redate(self) -> None:
        number, version, row = await self._part(Milestone)
        reason = self.random.choice((None, "The furnace broke."))
        body = commands.ReviseMilestone(row.name, self._day(), self._day(), reason=reason, phase=row.phase)
        await self._do(commands.revise_milestone, body, MilestoneId(number), version=version)
        assert reason is not None, "a day changed without a reason"

    async def meet(self) -> None:
        number, version, _ = await self._part(Milestone)
        body = commands.MeetMilestone(self._day(), self.random.choice((None, "It was so.")))
        await self._do(commands.meet_milestone, body, MilestoneId(number), version=version)

    async def cancel(self) -> None:
        number, version, _ = await self._part(Milestone)
        await self._do(commands.cancel_milestone, commands.CancelMilestone("Moot."), number, version=version)

    async def template(self) -> None:
        number, _ = await self._any()
        offered = self.random.choice([phases.proposed(kind, self.today) for kind in KINDS])
        steps = [commands.PlannedStep(each.name, each.planned_on, each.phase) for each in offered[:3]]
        await self._do(commands.plan_project, commands.TakeTemplate(steps), number)

    async def name(self) -> None:
        number, _ = await self._any()
        psc = self.random.choice(("1310", "1390", "5840", "0000", None))
        nsn = self.random.choice((None, "1310-00-123-4567", "5840-00-1"))
        body = commands.NameArticle(f"Article {self.random.randrange(9)}", "Letter", psc=psc, nsn=nsn)
        await self._do(commands.name_article, body, number)

    async def take_out(self) -> None:
        number, version, _ = await self._part(ProjectArticle)
        until = self.today + self.random.randint(-1, 1) * DAY
        await self._do(commands.end_article, commands.EndArticle(until, "Not of it."), number, version=version)

    async def risk(self) -> None:
        number, _ = await self._any()
        body = commands.EnterRisk(
            "Fire", self.random.randint(1, 5), self.random.randint(1, 5), "Why.", await self._office(), self._day()
        )
        self.judged[await self._do(commands.enter_risk, body, number)] += 1

    async def judge(self) -> None:
        number, version, row = await self._part(ProjectRisk)
        status = self.random.choice(risks.RISK_STATUSES)
        body = commands.JudgeRisk(
            self.random.randint(1, 5), self.random.randint(1, 5), status, "It was weighed.", self._day()
        )
        was = row.status
        await self._do(commands.judge_risk, body, RiskId(number), version=version)
        assert status == was or status in risks.RISK_STEPS[was], f"a risk that was {was} became {status}"
        self.judged[number] += 1

    async def aim(self) -> None:
        number, _ = await self._any()
        baseline, target = self.random.randint(0, 9), self.random.randint(0, 9)
        body = commands.SetResult(
            f"Rate {self.random.randrange(9)}", "items", self.random.choice(("more", "less")), str(baseline),
            self.today - 20 * DAY, str(target), self.today + 20 * DAY, "Plan",
        )  # fmt: skip
        self.values[await self._do(commands.set_result, body, number)] = []

    async def read(self) -> None:
        number, _, _ = await self._part(ProjectResult)
        day, value = self.today - self.random.randint(-1, 21) * DAY, Decimal(self.random.randint(0, 90)) / 10
        because = self.random.choice((None, "It was misread."))
        body = commands.RecordActual(str(value), day, "Count", because)
        await self._do(commands.record_actual, body, ResultId(number))
        assert because is not None or day not in [each for each, _ in self.values[number]]
        self.values[number].append((day, value))

    # ---- what has to hold

    async def check(self) -> None:
        """Nothing unsigned, no step beside the tables, every judgment and every value kept, nothing of an ended one."""
        async with self.db.read() as session:
            for statement in (UNSIGNED, UNJUDGED, UNTOLD):
                assert await session.scalar(text(statement)) == 0, statement
            for table, was, became, _ in await session.execute(text(STEPS)):
                allowed: Any = rules.STEPS if table == "project" else risks.RISK_STEPS
                assert became in allowed[was], f"{table}: {was} became {became}"
            held = {row.id: row.status for row in await session.execute(select(Project.id, Project.status))}
            assert held == self.status
            kept = await session.execute(text("select risk_id, count(*) as judgments from risk_assessment group by 1"))
            assert {row.risk_id: row.judgments for row in kept} == dict(self.judged)
            annexed = await session.scalar(
                text(
                    "select count(*) from project p where in_classified_annex and exists ("
                    + " union all ".join(f"select 1 from {name} c where c.project_id = p.id" for name in TABLES[1:])
                    + ")"
                )
            )
            assert annexed == 0
            for number, values in list(self.values.items())[-20:]:
                view = await queries.result(session, GOVERNMENT, ResultId(number))
                day = max((each for each, _ in values), default=None)
                last = [value for each, value in values if each == day]
                assert (view.actual_on, Decimal(view.actual or 0)) == (day, last[-1] if last else 0)
                assert len(await queries.actuals(session, GOVERNMENT, ResultId(number))) == len(values)

    def _day(self) -> date:
        return self.today + self.random.randint(-40, 90) * DAY

    async def _office(self) -> int:
        async with self.db.read() as session:
            return await session.scalar(text("select min(id) from office")) or 0

    async def _any(self) -> tuple[ProjectId, int]:
        """One of the latest projects with its version: those before rest."""
        if not self.projects:
            raise NotFound("Nothing is entered yet.")
        number = self.random.choice(self.projects[-9:])
        async with self.db.read() as session:
            return number, await session.scalar(select(Project.version).where(Project.id == number)) or 0

    async def _part(self, table: Any) -> tuple[int, int, Any]:
        """One of what hangs on the latest projects, with its version."""
        async with self.db.read() as session:
            found = select(table).where(table.project_id.in_(self.projects[-9:])).order_by(table.id)
            rows = (await session.scalars(found)).all()
        if not rows:
            raise NotFound("Nothing hangs on them yet.")
        row = self.random.choice(rows[-40:])
        # At times somebody else has changed it meanwhile.
        return row.id, row.version + (self.random.random() < 0.05), row

    async def _do(self, command: Any, body: Any, *target: Any, **version: Any) -> Any:
        actor = self.random.choice((1, self.ground.contractor))
        async with self.db.write(actor=actor, command=command.name) as session:
            return await command(session, *target, body, **version)
