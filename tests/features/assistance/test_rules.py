"""What the rules of assistance allow, and in which words they refuse."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipir.features.assistance import rules
from pipir.features.assistance.rules import Agreed, Evidence, Unit
from pipir.kernel.errors import Invalid, Refused
from pipir.kernel.money import Dollars
from pipir.statute import lookup
from pipir.statute.load import the_statute

LAW = the_statute()
ON = date(2026, 11, 20)
DAY = timedelta(days=1)
YES, NO = Agreed(True, "State PM: concur."), Agreed(False, "Nobody was asked.", "/concurrence/new")
CLEARED = Unit("First", "cleared", ON)


def judged(uses="10-usc-333", on=ON, evidence=(), units=(CLEARED,), agreed=YES):
    return {each.slug: each for each in rules.conditions(LAW, uses, on, evidence=evidence, units=units, agreed=agreed)}


def test_the_authorities_that_assistance_uses_are_of_title_10_and_hold_their_conditions():
    """Sec. 1253(e)(3)"""
    found = {row.slug: [each.slug for each in row.requirement] for row in rules.authorities(LAW)}
    assert found == {
        "10-usc-2350l": ["state-concurrence", "direct-costs"],
        "10-usc-332": ["counsel-confirms"],
        "10-usc-333": ["state-concurrence", "notice", "vetting"],
    }


@given(days=st.integers(0, 40))
def test_notice_is_counted_in_calendar_days_before_the_beginning(days):
    """10 U.S.C. 333: our reading, that the beginning may fall on the last of the days"""
    needed = lookup.number(LAW, "10-usc-333", "days")
    found = judged(evidence=(Evidence("notice", ON - days * DAY, "A letter."),))["notice"]
    assert found.met == (days >= needed)
    assert f"{needed} calendar days" in found.says


@pytest.mark.parametrize(
    ("units", "met", "says"),
    [
        ((), False, "No unit is named."),
        ((Unit("First", "pending"),), False, "Vetting is pending: First."),
        ((CLEARED, Unit("Second", "not cleared", ON)), False, "Not cleared: Second."),
        ((Unit("First", "cleared", ON + DAY),), False, "Vetting is pending: First."),
        ((CLEARED, Unit("Second", "cleared", ON)), True, "Cleared: First, Second."),
    ],
)
def test_every_unit_is_vetted(units, met, says):
    """10 U.S.C. 362"""
    found = judged(units=units)["vetting"]
    assert (found.met, found.says, found.citation) == (met, says, "10 U.S.C. 362")
    assert bool(found.way_out) is not met


def test_a_concurrence_is_that_of_the_coordination_room():
    found = judged(agreed=NO)["state-concurrence"]
    assert (found.met, found.says, found.href) == (False, "Nobody was asked.", "/concurrence/new")
    assert judged()["state-concurrence"].met


def test_evidence_shows_a_condition_from_its_day_on():
    for on, met in ((ON - DAY, False), (ON, True)):
        found = judged("10-usc-332", on, (Evidence("counsel-confirms", ON, "Opinion 1"),))["counsel-confirms"]
        assert found.met is met
    assert not judged("10-usc-332")["counsel-confirms"].met


def test_a_beginning_names_each_condition_that_is_missing():
    found = tuple(judged(units=(), agreed=NO).values())
    with pytest.raises(Refused, match="3 of 3 conditions") as refused:
        rules.may_begin("planned", found, LAW, "10-usc-333")
    assert {each.where for each in refused.value.mistakes} == {"state-concurrence", "notice", "vetting"}
    assert refused.value.citation == "10 U.S.C. 333; 10 U.S.C. 362"
    assert all("10 U.S.C." in each.expected for each in refused.value.mistakes)
    rules.may_begin("planned", (), LAW, "10-usc-332")
    for status in ("begun", "suspended", "completed", "ended"):
        with pytest.raises(Refused, match=status):
            rules.may_begin(status, (), LAW, "10-usc-332")


@given(now=st.sampled_from(rules.STATUSES), wanted=st.sampled_from(("begun", "suspended", "completed", "ended")))
def test_only_the_steps_of_the_table_are_taken(now, wanted):
    if wanted in rules.STEPS[now]:
        rules.may_step(now, wanted, ON, ON, ON)
        for on in (ON - DAY, ON + DAY):
            with pytest.raises(Invalid):
                rules.may_step(now, wanted, ON, on, ON)
    else:
        with pytest.raises(Refused):
            rules.may_step(now, wanted, ON, ON, ON)


@pytest.mark.parametrize(
    ("said", "where"),
    [
        (((), "10-usc-333", ON, ON, None), "objectives"),
        ((("1253.e.3",), "10-usc-333", ON, ON, None), "objectives"),
        ((("1253.b.2",), "22-usc-2767", ON, ON, None), "uses"),
        ((("1253.b.2",), "10-usc-333", ON, ON - DAY, None), "ends_on"),
        ((("1253.b.2",), "10-usc-333", ON, ON, Dollars("-1")), "planned_cost"),
    ],
)
def test_a_plan_with_a_mistake_names_its_field(said, where):
    with pytest.raises(Invalid) as wrong:
        rules.check_plan(*said, statute=LAW)
    assert {each.where for each in wrong.value.mistakes} == {where}


def test_evidence_is_recorded_of_conditions_that_it_shows_before_anything_begins():
    rules.may_record("notice", "planned", LAW, "10-usc-333", ON, ON)
    for slug in ("vetting", "state-concurrence", "nothing"):
        with pytest.raises(Invalid, match="not known"):
            rules.may_record(slug, "planned", LAW, "10-usc-333", ON, ON)
    with pytest.raises(Invalid, match="not come"):
        rules.may_record("notice", "planned", LAW, "10-usc-333", ON + DAY, ON)
    with pytest.raises(Refused, match="stay as they were"):
        rules.may_record("notice", "begun", LAW, "10-usc-333", ON, ON)


def test_units_are_named_and_vetted_before_anything_begins_and_taken_out_at_any_time():
    with pytest.raises(Refused, match="stay as they were vetted"):
        rules.may_add_unit("begun")
    rules.may_vet("planned", None, "cleared", ON, ON)
    for result, on in (("cleared", None), ("pending", ON), ("cleared", ON + DAY)):
        with pytest.raises(Invalid):
            rules.may_vet("planned", None, result, on, ON)
    with pytest.raises(Refused, match="taken out"):
        rules.may_vet("planned", ON, "cleared", ON, ON)
    rules.may_take_out("begun", None)
    with pytest.raises(Refused, match="already"):
        rules.may_take_out("begun", ON)
    with pytest.raises(Refused, match="completed"):
        rules.may_take_out("completed", None)


def test_the_partner_and_the_authority_of_what_has_begun_stay():
    rules.may_revise("T-0001", "planned", changes_ground=True)
    rules.may_revise("T-0001", "begun", changes_ground=False)
    with pytest.raises(Refused, match="neither changes"):
        rules.may_revise("T-0001", "begun", changes_ground=True)
    with pytest.raises(Refused, match="ended"):
        rules.may_revise("T-0001", "ended", changes_ground=False)
