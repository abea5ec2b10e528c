"""What the rules of articles, risks, results, phases and staleness allow, and in which words they refuse."""

import tomllib
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipir.features.projects.rules import Kind, articles, phases, results, risks, staleness
from pipir.features.projects.tables import KINDS
from pipir.kernel.errors import Invalid, Refused
from pipir.statute.load import the_statute

TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)


def named(psc="1310", nsn=None, usml=None, eccn=None):
    return articles.named(psc, nsn, usml, eccn)


# ---- articles


def test_an_article_is_named_by_its_code_its_number_or_both():
    assert named() == articles.Named("1310", None, None, None)
    assert named(psc=None, nsn="1310-00-123-4567") == articles.Named("1310", "1310001234567", None, None)
    assert named(nsn="1310 00 1234567").nsn == "1310001234567"
    assert named(psc="ac11").psc == "AC11"
    assert articles.shown_number("1310001234567") == "1310-00-123-4567"


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"psc": "131"}, {"psc"}),
        ({"psc": "0000"}, {"psc"}),
        ({"psc": "<script>"}, {"psc"}),
        ({"psc": None}, {"psc"}),
        ({"nsn": "131000123456"}, {"nsn"}),
        ({"nsn": "1310-00-123-456X"}, {"nsn"}),
        ({"nsn": "1310-A0-123-4567"}, {"nsn"}),
        ({"nsn": "1340-00-123-4567"}, {"nsn"}),
        ({"psc": None, "nsn": "0000-00-123-4567"}, {"nsn"}),
        ({"psc": "AC11", "nsn": "1310-00-123-4567"}, {"nsn"}),
        ({"usml": "XXII"}, {"usml"}),
        ({"usml": "IIII"}, {"usml"}),
        ({"usml": "11(a)"}, {"usml"}),
        ({"usml": "XI(a"}, {"usml"}),
        ({"eccn": "3A61"}, {"eccn"}),
        ({"eccn": "3F611"}, {"eccn"}),
        ({"eccn": "3a611"}, {"eccn"}),
        ({"usml": "XI", "eccn": "3A611"}, {"eccn"}),
        ({"psc": "9", "nsn": "9", "usml": "9", "eccn": "9"}, {"psc", "nsn", "usml", "eccn"}),
    ],
)
def test_a_name_with_mistakes_names_every_field(said, where):
    with pytest.raises(Invalid) as wrong:
        named(**said)
    assert {each.where for each in wrong.value.mistakes} == where


@pytest.mark.parametrize(
    "category", ["I", "IV", "VIII", "IX", "XI(a)(3)(ii)", "XIV", "XV", "XVIII", "XIX", "XX", "XXI"]
)
def test_every_category_of_the_munitions_list_is_a_tag(category):
    """22 CFR 121.1"""
    assert named(usml=category).usml == category


@pytest.mark.parametrize("number", ["0A501.a", "3A611.a.1", "9E619", "EAR99", "1C210"])
def test_a_number_of_the_commerce_control_list_is_a_tag(number):
    """15 CFR part 774, supplement 1"""
    assert named(eccn=number).eccn == number


# ---- risks


def test_each_score_has_one_name_and_it_never_falls_as_the_score_grows():
    names = [risks.band(likelihood, impact) for likelihood in risks.GRADES for impact in risks.GRADES]
    assert set(names) == set(risks.BANDS)
    by_score = sorted(
        {(likelihood * impact, risks.BANDS.index(risks.band(likelihood, impact)))
         for likelihood in risks.GRADES for impact in risks.GRADES}
    )  # fmt: skip
    assert [place for _, place in by_score] == sorted(place for _, place in by_score)
    assert set(risks.LIKELIHOODS) == set(risks.IMPACTS) == set(risks.GRADES)


def judged(likelihood=3, impact=3, status="open", review_on=TODAY + DAY):
    return risks.Judged(likelihood, impact, status, review_on)


def test_a_judgment_says_something_new():
    with pytest.raises(Refused, match="same as the last"):
        risks.may_judge(judged(), judged(), TODAY)
    risks.may_judge(judged(), judged(review_on=TODAY + 30 * DAY), TODAY)
    risks.may_judge(judged(), judged(likelihood=4), TODAY)


def test_a_status_is_followed_only_by_those_of_the_table():
    risks.may_judge(judged(), judged(status="accepted"), TODAY)
    with pytest.raises(Refused, match="does not become accepted"):
        risks.may_judge(judged(status="closed"), judged(status="accepted"), TODAY)


def test_only_a_closed_risk_needs_no_day_of_review_to_come():
    past = TODAY - DAY
    with pytest.raises(Invalid) as wrong:
        risks.may_judge(judged(review_on=past), judged(likelihood=4, review_on=past), TODAY)
    assert [each.where for each in wrong.value.mistakes] == ["review_on"]
    risks.may_judge(judged(review_on=past), judged(status="closed", review_on=past), TODAY)


def test_a_closed_risk_is_not_revised():
    with pytest.raises(Refused, match="is closed"):
        risks.may_revise_risk("Fire", "closed")


# ---- results


def measured(**more):
    said = {"direction": "more", "baseline": "10", "baseline_on": TODAY - DAY, "target": "20", "target_on": TODAY + DAY}
    return results.measure(**{**said, "today": TODAY, **more})


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"baseline": "ten"}, {"baseline"}),
        ({"baseline": "NaN"}, {"baseline"}),
        ({"target": "1e999"}, {"target"}),
        ({"target": "1.00001"}, {"target"}),
        ({"target": "999999999999999"}, {"target"}),
        ({"target": "10.0"}, {"target"}),
        ({"target": "9"}, {"target"}),
        ({"direction": "less"}, {"target"}),
        ({"baseline_on": TODAY + DAY, "target_on": TODAY + 2 * DAY}, {"baseline_on"}),
        ({"target_on": TODAY - DAY}, {"target_on"}),
        ({"baseline": "x", "target": "y", "target_on": TODAY - DAY}, {"baseline", "target", "target_on"}),
    ],
)
def test_a_result_with_mistakes_names_every_field(more, where):
    with pytest.raises(Invalid) as wrong:
        measured(**more)
    assert {each.where for each in wrong.value.mistakes} == where


def test_a_number_is_read_as_people_type_it():
    assert results.number("1,250.50", "value") == Decimal("1250.5")
    assert results.number("\N{MINUS SIGN}3", "value") == -3
    assert results.written(Decimal("1250.5000")) == "1250.5"
    assert results.written(Decimal("100.0000")) == "100"
    assert results.written(Decimal(0)) == "0"


@given(
    st.decimals(-10_000, 10_000, places=4),
    st.decimals(-10_000, 10_000, places=4),
    st.decimals(-20_000, 20_000, places=4),
)
def test_the_way_to_a_target_is_exact_and_never_rounded_up(baseline, target, value):
    """100 percent is said only of what is reached."""
    if baseline == target:
        return
    direction = "more" if target > baseline else "less"
    way = results.progress(results.Measure(baseline, TODAY, target, TODAY + DAY, direction), value)
    exact = (Fraction(value) - Fraction(baseline)) / (Fraction(target) - Fraction(baseline)) * 100
    assert way.reached == (exact >= 100)
    told = Fraction(way.percent)
    assert told <= exact < told + Fraction(1, 10)
    assert way.reached or told < 100


def test_a_changed_number_or_day_needs_a_reason_and_what_was_read_keeps_its_unit():
    before, after = measured(), measured(target="30")
    assert not results.may_remeasure(before, before, False, actuals=2, reason=None)
    with pytest.raises(Invalid) as wrong:
        results.may_remeasure(before, after, False, actuals=0, reason=None)
    assert [each.where for each in wrong.value.mistakes] == ["reason"]
    assert results.may_remeasure(before, after, False, actuals=2, reason="More was asked for.")
    with pytest.raises(Refused, match="recorded in this unit"):
        results.may_remeasure(before, before, True, actuals=1, reason="Another unit.")
    assert results.may_remeasure(before, before, True, actuals=0, reason="Another unit.")


@pytest.mark.parametrize(
    ("on_day", "recorded", "because", "where"),
    [
        (TODAY + DAY, False, None, "on_day"),
        (TODAY - 2 * DAY, False, None, "on_day"),
        (TODAY, True, None, "because"),
    ],
)
def test_a_value_is_of_a_day_that_has_come_and_a_second_one_says_why(on_day, recorded, because, where):
    with pytest.raises(Invalid) as wrong:
        results.may_record(measured(), on_day, recorded=recorded, because=because, today=TODAY)
    assert [each.where for each in wrong.value.mistakes] == [where]
    results.may_record(measured(), TODAY, recorded=True, because="It was misread.", today=TODAY)
    with pytest.raises(Refused, match="stays as it was"):
        results.may_change_result("Rate", TODAY)


# ---- phases


def test_every_kind_has_phases_with_milestones_in_the_order_of_their_days():
    assert set(phases.templates()) == set(KINDS)
    for kind, found in phases.templates().items():
        days = [each.days for phase in found for each in phase.milestone]
        names = [each.name for phase in found for each in phase.milestone]
        assert days == sorted(days), kind
        assert len(set(names)) == len(names) <= 40
        assert len({phase.name for phase in found}) == len(found) >= 3
        assert all(phase.milestone and phase.says.endswith(".") for phase in found)
    source = Path(phases.__file__).with_name("phases.toml").read_text(encoding="utf-8")
    assert [each["kind"] for each in tomllib.loads(source)["template"]] == list(KINDS)


def test_a_template_proposes_what_the_plan_lacks():
    every = phases.proposed("workforce", TODAY)
    assert every[0].planned_on == TODAY + 90 * DAY
    rest = phases.proposed("workforce", TODAY, [every[0].name])
    assert rest == every[1:]
    with pytest.raises(Refused, match="every milestone"):
        phases.may_take_template("workforce", [each.name for each in every])


def test_a_milestone_stands_in_a_phase_of_its_kind_or_where_it_stands_already():
    phases.check_phase(None, "workforce")
    phases.check_phase("Teach", "workforce")
    phases.check_phase("Produce", "workforce", "Produce")
    with pytest.raises(Invalid) as wrong:
        phases.check_phase("Produce", "workforce")
    assert [each.where for each in wrong.value.mistakes] == ["phase"]


def test_the_line_of_phases_stands_where_the_first_milestone_is_open():
    kind: Kind = "standardization"
    first, second, third = phases.phase_names(kind)
    step = phases.Step
    assert phases.line_of_phases(kind, [step(None, True, False)]) == ()
    line = phases.line_of_phases(
        kind,
        [step(first, True, False), step(second, False, False), step(second, True, False), step(second, False, True)],
    )
    assert [(each.name, each.met, each.milestones, each.state) for each in line] == [
        (first, 1, 1, "done"),
        (second, 1, 2, "under way"),
        (third, 0, 0, "nothing planned"),
    ]
    line = phases.line_of_phases(kind, [step(first, False, False), step(third, False, False), step("Old", True, False)])
    assert [each.state for each in line] == ["under way", "nothing planned", "ahead", "done"]


# ---- staleness


def test_the_office_asks_after_projects_once_it_has_watched_them():
    """Office convention, as data of the law's files"""
    assert staleness.stale_steps(the_statute(), TODAY) == (60, 120)


@pytest.mark.parametrize(
    ("days", "status", "until", "stale"),
    [
        (59, "active", None, None),
        (60, "active", None, 60),
        (119, "active", None, 60),
        (120, "exploratory", None, 120),
        (900, "suspended", None, 120),
        (900, "completed", None, None),
        (900, "cancelled", None, None),
        (900, "active", TODAY, None),
    ],
)
def test_a_project_is_stale_by_the_most_days_that_it_has_been_without_an_update(days, status, until, stale):
    assert staleness.stale_for(TODAY - days * DAY, status, until, TODAY, (60, 120)) == stale


def test_a_list_is_filtered_by_days_that_the_office_keeps():
    staleness.check_step(60, (60, 120))
    with pytest.raises(Invalid) as wrong:
        staleness.check_step(61, (60, 120))
    assert "60, 120" in wrong.value.mistakes[0].expected
