"""What changes of articles, risks, results and plans of projects, against PostgreSQL."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pipir.features.agreements import commands as agreements
from pipir.features.people.tables import SERVICE
from pipir.features.projects import commands, queries
from pipir.features.projects.rules import phases
from pipir.features.trail.queries import history
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused, Stale
from pipir.kernel.parsing import parse
from tests.features.agreements.makers import entered
from tests.features.projects.situations import (
    CONTRACTOR,
    GOVERNMENT,
    STRICT,
    article,
    ground,
    plan,
    propose,
    read,
    result,
    risk,
)

ON = date(2026, 11, 20)
DAY = timedelta(days=1)


async def act(db, command, target, body, version=None, actor=SERVICE):
    named = {} if version is None else {"version": version}
    async with db.write(actor=actor, command=command.name) as session:
        return await command(session, target, body, **named)


async def asked(db, query, *arguments, reader=GOVERNMENT, **named):
    async with db.read() as session:
        return await query(session, reader, *arguments, **named)


# ---- articles


async def test_an_article_is_named_corrected_and_taken_out(db):
    project = await propose(db)
    number = await article(db, project, nsn="1310-00-123-4567", usml="III(d)")
    view = await asked(db, queries.article, number)
    assert (view.psc, view.nsn, view.shown_nsn, view.tag) == (
        "1310",
        "1310001234567",
        "1310-00-123-4567",
        "USML III(d)",
    )
    assert "Ammunition" in view.psc_name
    body = commands.ReviseArticle(title="Fuze", source="Letter", psc="1390", eccn="EAR99")
    await act(db, commands.revise_article, number, body, 1)
    view = await asked(db, queries.article, number)
    assert (view.title, view.psc, view.nsn, view.tag) == ("Fuze", "1390", None, "ECCN EAR99")
    await act(db, commands.end_article, number, commands.EndArticle(until=ON, because="Not of it."), 2)
    assert await asked(db, queries.articles_of, project) == ()
    assert [each.title for each in await asked(db, queries.articles_of, project, ended=True)] == ["Fuze"]
    with pytest.raises(Refused, match="no longer of the project"):
        await act(db, commands.revise_article, number, body, 3)


async def test_an_article_stands_once_by_its_name_and_again_once_it_was_taken_out(db):
    project = await propose(db)
    number = await article(db, project)
    with pytest.raises(Conflict):
        await article(db, project)
    await act(db, commands.end_article, number, commands.EndArticle(until=ON, because="Not of it."), 1)
    again = await article(db, project)
    with pytest.raises(Invalid):
        await act(db, commands.end_article, again, commands.EndArticle(until=ON + DAY, because="Soon."), 1)


async def test_the_database_holds_a_stock_number_to_its_code(db):
    project = await propose(db)
    number = await article(db, project, nsn="1310-00-123-4567")
    with pytest.raises(Conflict, match="13 digits"):
        async with db.write(actor=SERVICE, command="test") as session:
            await session.execute(
                text("update project_article set psc = '1340', version = version + 1 where id = :n"), {"n": number}
            )


# ---- risks


async def test_a_risk_keeps_every_judgment_with_its_reason(db):
    project = await propose(db)
    number = await risk(db, project)
    body = commands.JudgeRisk(
        likelihood=2, impact=5, status="accepted", because="It is known.", review_on=ON + 40 * DAY
    )
    await act(db, commands.judge_risk, number, body, 1)
    body = commands.JudgeRisk(likelihood=1, impact=5, status="closed", because="It is over.")
    await act(db, commands.judge_risk, number, body, 2)
    view = await asked(db, queries.risk, number)
    assert (view.score, view.band, view.status, view.review_on) == (5, "moderate", "closed", ON + 40 * DAY)
    told = await asked(db, queries.assessments, number)
    assert [(each.likelihood, each.status, each.because) for each in told] == [
        (1, "closed", "It is over."),
        (2, "accepted", "It is known."),
        (3, "open", "One maker alone."),
    ]
    with pytest.raises(Refused, match="is closed"):
        await act(db, commands.revise_risk, number, commands.ReviseRisk("Fire", view.owner_office_id), 3)
    again = commands.JudgeRisk(likelihood=1, impact=5, status="open", because="It is back.", review_on=ON + DAY)
    await act(db, commands.judge_risk, number, again, 3)


async def test_a_judgment_is_never_changed(db):
    await risk(db, await propose(db))
    with pytest.raises(DBAPIError, match="permission denied"):
        async with db.write(actor=SERVICE, command="test") as session:
            await session.execute(text("update risk_assessment set because = 'Another.', version = version + 1"))


@pytest.mark.parametrize("more", [{"owner_office_id": 999}, {"owner_person_id": 999}, {"review_on": ON}])
async def test_a_risk_with_a_mistake_is_refused(db, more):
    with pytest.raises(Invalid) as wrong:
        await risk(db, await propose(db), **more)
    assert [each.where for each in wrong.value.mistakes] == list(more)


async def test_the_matrix_counts_what_is_not_closed_and_leads_to_its_list(db):
    project, other = await propose(db), await propose(db, name="Another")
    await risk(db, project)
    await risk(db, project, title="Fire", likelihood=5, impact=5)
    await risk(db, other, title="Flood", likelihood=5, impact=5)
    closed = await risk(db, other, title="Frost", likelihood=5, impact=5)
    await act(db, commands.judge_risk, closed, commands.JudgeRisk(5, 5, "closed", "Over."), 1)
    cells = {(each.likelihood, each.impact): each for row in await asked(db, queries.risk_matrix) for each in row}
    assert len(cells) == 25
    assert (cells[5, 5].risks, cells[3, 4].risks, cells[1, 1].risks, cells[5, 5].band) == (2, 1, 0, "very high")
    found = await asked(db, queries.list_risks, queries.RiskFilter(likelihood=5, impact=5))
    assert (found.total, [each.title for each in found.items]) == (2, ["Fire", "Flood"])
    own = await asked(db, queries.risk_matrix, project)
    assert sum(each.risks for row in own for each in row) == 2


# ---- results


async def test_a_result_comes_as_far_as_its_latest_value(db):
    number = await result(db, await propose(db))
    view = await asked(db, queries.result, number)
    assert (view.baseline, view.target, view.actual, view.progress, view.missed) == ("10", "40", None, None, False)
    for value, day in (("20", ON - 5 * DAY), ("25", ON - 2 * DAY)):
        await act(db, commands.record_actual, number, commands.RecordActual(value, day, "Count"))
    await act(db, commands.record_actual, number, commands.RecordActual("24.5", ON - 2 * DAY, "Count", "Misread."))
    view = await asked(db, queries.result, number)
    assert (view.actual, view.actual_on) == ("24.5", ON - 2 * DAY)
    assert (view.progress.percent, view.progress.gained, view.progress.needed) == ("48.3", "14.5", "30")
    values = await asked(db, queries.actuals, number)
    assert [(each.value, each.counts) for each in values] == [("24.5", True), ("25", False), ("20", True)]


async def test_a_second_value_of_a_day_says_why(db):
    number = await result(db, await propose(db))
    await act(db, commands.record_actual, number, commands.RecordActual("20", ON, "Count"))
    with pytest.raises(Invalid) as wrong:
        await act(db, commands.record_actual, number, commands.RecordActual("21", ON, "Count"))
    assert [each.where for each in wrong.value.mistakes] == ["because"]
    with pytest.raises(DBAPIError, match="permission denied"):
        async with db.write(actor=SERVICE, command="test") as session:
            await session.execute(text("update result_actual set value = 1, version = version + 1"))


async def test_a_changed_target_needs_a_reason_and_an_ended_result_stays(db):
    number = await result(db, await propose(db))
    said = {"indicator": "Rate", "unit": "items", "direction": "more", "baseline": "10", "target": "50",
            "baseline_on": ON - 30 * DAY, "target_on": ON + 90 * DAY, "source": "Plan"}  # fmt: skip
    with pytest.raises(Invalid) as wrong:
        await act(db, commands.revise_result, number, commands.ReviseResult(**said), 1)
    assert [each.where for each in wrong.value.mistakes] == ["reason"]
    await act(db, commands.revise_result, number, commands.ReviseResult(**said, reason="More is needed."), 1)
    view = await asked(db, queries.result, number)
    assert (view.target, view.changed_because) == ("50", "More is needed.")
    await act(db, commands.end_result, number, commands.EndResult(until=ON, because="Counted elsewhere."), 2)
    with pytest.raises(Refused, match="stays as it was"):
        await act(db, commands.record_actual, number, commands.RecordActual("20", ON, "Count"))
    assert (await asked(db, queries.list_results)).total == 0
    assert (await asked(db, queries.list_results, queries.ResultFilter(ended=True))).total == 1


async def test_an_indicator_stands_once_in_a_project(db):
    project = await propose(db)
    await result(db, project)
    with pytest.raises(Conflict):
        await result(db, project)
    await result(db, await propose(db, name="Another"))


# ---- plans


async def test_a_plan_takes_the_milestones_of_its_template_that_were_chosen(db):
    project = await propose(db, kind="workforce")
    await plan(db, project, "Before all", ON)
    steps = [
        commands.PlannedStep(each.name, each.planned_on, each.phase)
        for each in phases.proposed("workforce", ON)
        if each.phase != "Teach"
    ]
    made = await act(db, commands.plan_project, project, commands.TakeTemplate(steps))
    assert len(made) == len(steps)
    shown = await asked(db, queries.milestones, project)
    assert [each.position for each in shown] == list(range(1, len(steps) + 2))
    line = queries.phases_of(await read(db, project), shown)
    assert [each.state for each in line] == ["under way", "ahead", "nothing planned", "ahead"]


@pytest.mark.parametrize(
    ("steps", "where"),
    [
        ([], ["steps"]),
        ([commands.PlannedStep("A", ON), commands.PlannedStep("B", ON, "Produce")], ["steps.1.phase"]),
    ],
)
async def test_a_plan_with_a_mistake_stores_nothing(db, steps, where):
    project = await propose(db, kind="workforce")
    with pytest.raises(Invalid) as wrong:
        await act(db, commands.plan_project, project, commands.TakeTemplate(steps))
    assert [each.where for each in wrong.value.mistakes] == where
    assert await asked(db, queries.milestones, project) == ()


async def test_a_milestone_keeps_a_phase_that_its_projects_kind_has_no_more(db):
    project = await propose(db, kind="workforce")
    number = await plan(db, project, "First course", ON, phase="Teach")
    with pytest.raises(Invalid):
        await plan(db, project, "Second course", ON, phase="Produce")
    view = await read(db, project)
    body = commands.ReviseProject(
        name=view.name, kind="standardization", objectives=view.objectives, classified_by="x", source="y"
    )
    await act(db, commands.revise_project, project, body, view.version)
    await act(db, commands.revise_milestone, number, commands.ReviseMilestone("Course", ON, phase="Teach"), 1)
    line = queries.phases_of(await read(db, project), await asked(db, queries.milestones, project))
    assert [each.name for each in line][-1] == "Teach"


# ---- what all of them share


async def every_part(db, project):
    """(command, target, a valid body, whether it takes a version) of each change of what hangs on a project."""
    numbers = (await article(db, project), await risk(db, project), await result(db, project))
    office = (await asked(db, queries.risk, numbers[1])).owner_office_id
    set_ = {"indicator": "Rate", "unit": "items", "direction": "more", "baseline": "1", "target": "2",
            "baseline_on": ON, "target_on": ON + DAY, "source": "Plan"}  # fmt: skip
    return [
        (commands.name_article, project, commands.NameArticle(title="Fuze", source="Letter", psc="1390"), False),
        (commands.revise_article, numbers[0], commands.ReviseArticle(title="Fuze", source="x", psc="1390"), True),
        (commands.end_article, numbers[0], commands.EndArticle(ON, "Not of it."), True),
        (commands.enter_risk, project, commands.EnterRisk("Fire", 1, 1, "Why.", office, ON + DAY), False),
        (commands.revise_risk, numbers[1], commands.ReviseRisk("Fire", office), True),
        (commands.judge_risk, numbers[1], commands.JudgeRisk(1, 1, "open", "Why.", ON + DAY), True),
        (commands.set_result, project, commands.SetResult(**set_), False),
        (commands.revise_result, numbers[2], commands.ReviseResult(**set_, reason="Why."), True),
        (commands.record_actual, numbers[2], commands.RecordActual("1", ON, "Count"), False),
        (commands.end_result, numbers[2], commands.EndResult(ON, "Over."), True),
        (commands.plan_project, project, commands.TakeTemplate([commands.PlannedStep("A", ON)]), False),
    ]


async def test_what_hangs_on_a_hidden_project_is_not_there(db):
    at = await ground(db)
    project = await propose(db, marking=STRICT)
    parts = await every_part(db, project)
    for command, target, body, versioned in parts:
        with pytest.raises(NotFound):
            await act(db, command, target, body, 1 if versioned else None, actor=at.contractor)
    for query in (queries.list_articles, queries.list_risks, queries.list_results):
        assert (await asked(db, query, reader=CONTRACTOR)).total == 0
        assert (await asked(db, query)).total == 1
    for query in (queries.article, queries.risk, queries.result):
        with pytest.raises(NotFound):
            await asked(db, query, 1, reader=CONTRACTOR)
    assert await asked(db, queries.entries, reader=CONTRACTOR) == ()
    assert sum(each.risks for row in await asked(db, queries.risk_matrix, reader=CONTRACTOR) for each in row) == 0


async def test_a_change_of_what_somebody_else_changed_meanwhile_is_refused(db):
    project = await propose(db)
    for command, target, body, versioned in await every_part(db, project):
        if versioned:
            with pytest.raises(Stale):
                await act(db, command, target, body, 9)
            with pytest.raises(NotFound):
                await act(db, command, 999, body, 1)


async def test_what_hangs_on_an_ended_project_stays_as_it_was(db):
    project = await propose(db)
    parts = await every_part(db, project)
    await act(db, commands.change_status, project, commands.ChangeStatus("cancelled", "No taker."), 1)
    await act(db, commands.end_project, project, commands.EndProject(ON, "No taker."), 2)
    for command, target, body, versioned in parts:
        with pytest.raises(Refused, match="ended on"):
            await act(db, command, target, body, 1 if versioned else None)


async def test_a_project_of_the_classified_annex_shows_none_of_it(db):
    """The classified annex is delivered apart; no detail stands here."""
    hidden = await propose(db, in_classified_annex=True)
    shown = await propose(db, name="Shown")
    for command, target, body, _ in await every_part(db, shown):
        if target == shown and isinstance(body, (commands.NameArticle, commands.EnterRisk, commands.SetResult)):
            with pytest.raises(Refused, match="classified annex"):
                await act(db, command, hidden, body)
    with pytest.raises(Refused, match="classified annex"):
        await act(db, commands.plan_project, hidden, commands.TakeTemplate([commands.PlannedStep("A", ON)]))


@pytest.mark.parametrize("make", [article, risk, result])
async def test_a_project_with_any_part_is_not_moved_into_the_annex(db, make):
    project = await propose(db)
    await make(db, project)
    body = commands.ReviseProject(
        name="Neutral",
        kind="workforce",
        objectives=["1253.b.2"],
        classified_by="x",
        source="y",
        in_classified_annex=True,
    )
    with pytest.raises(Refused, match="history would keep showing"):
        await act(db, commands.revise_project, project, body, 1)


async def test_every_change_stands_in_the_history_of_the_project(db):
    project = await propose(db)
    await every_part(db, project)
    told = {each.change for each in await asked(db, history, "project", project)}
    assert told >= {
        "Defense article entered: Propellant",
        "Risk entered: One maker",
        "Risk judged: One maker",
        "Result entered: Rate",
    }, told


async def test_reviews_and_targets_are_due_on_their_days_and_done_ones_stay_as_done(db):
    project = await propose(db)
    number, other = await risk(db, project), await result(db, project)
    found = {each.dated.slug: each for each in await asked(db, queries.entries)}
    assert set(found) == {f"risk-{number}", f"result-{other}"}
    assert all(each.open for each in found.values())
    await act(db, commands.judge_risk, number, commands.JudgeRisk(1, 1, "closed", "Over."), 1)
    await act(db, commands.record_actual, other, commands.RecordActual("40", ON, "Count"))
    found = {each.dated.slug: each for each in await asked(db, queries.entries)}
    assert [found[f"risk-{number}"].done_on, found[f"result-{other}"].done_on] == [ON, ON]
    await act(db, commands.end_result, other, commands.EndResult(ON, "Over."), 1)
    assert not next(each for each in await asked(db, queries.entries) if each.dated.slug.startswith("result")).owed


async def test_nobody_writes_the_day_of_the_last_update(db):
    await propose(db)
    with pytest.raises(DBAPIError, match="permission denied"):
        async with db.write(actor=SERVICE, command="test") as session:
            await session.execute(text("update project_freshness set updated_at = app.now()"))


# ---- the agreement that the work is done under


async def agreed(db, **more):
    async with db.write(actor=SERVICE, command="test.agreement") as session:
        return await agreements.enter_agreement(session, parse(agreements.EnterAgreement, entered(**more)))


async def test_a_project_names_the_agreement_that_it_is_done_under(db):
    number = await agreed(db)
    project = await propose(db, agreement_id=number)
    view = await read(db, project)
    assert (view.agreement_id, view.agreement) == (number, "Radar repair")
    assert (await asked(db, queries.list_projects, queries.ProjectFilter(agreement_id=number))).total == 1
    assert (await asked(db, queries.list_projects, queries.ProjectFilter(agreement_id=999))).total == 0
    with pytest.raises(Invalid) as wrong:
        await propose(db, name="Another", agreement_id=999)
    assert [each.where for each in wrong.value.mistakes] == ["agreement_id"]


async def test_who_may_not_see_the_agreement_is_shown_none_and_takes_none_away(db):
    at = await ground(db)
    number = await agreed(db, marking=STRICT)
    project = await propose(db, agreement_id=number)
    view = await read(db, project, CONTRACTOR)
    assert (view.agreement_id, view.agreement) == (None, None)
    hidden = queries.ProjectFilter(agreement_id=number)
    assert (await asked(db, queries.list_projects, hidden, reader=CONTRACTOR)).total == 0
    said = {"kind": "workforce", "objectives": ["1253.b.2"], "classified_by": "x", "source": "y"}
    body = commands.ReviseProject(name="Named anew", **said)
    await act(db, commands.revise_project, project, body, 1, actor=at.contractor)
    assert (await read(db, project)).agreement_id == number
    with pytest.raises(Invalid):
        body = commands.ReviseProject(name="Named anew", agreement_id=number, **said)
        await act(db, commands.revise_project, project, body, 2, actor=at.contractor)
    await act(db, commands.revise_project, project, commands.ReviseProject(name="Without", **said), 2)
    assert (await read(db, project)).agreement_id is None
