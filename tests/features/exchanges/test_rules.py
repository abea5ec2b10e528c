"""What the rules of technical exchanges allow, and in which words they refuse."""

from datetime import date, timedelta

import pytest

from pipir.features.exchanges import rules
from pipir.features.exchanges.rules import Decision
from pipir.kernel.errors import Invalid, Refused
from pipir.statute.load import the_statute

ON = date(2026, 2, 3)
JAPAN = Decision(1, "JPN", "granted", ON, None)


def checked(**more):
    said = {"group_id": 1, "project_id": None, "starts_on": ON, "ends_on": ON, "delegations": ("JPN",)}
    return rules.check_entry(**{**said, "outcome": None, "today": ON, **more})


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"group_id": None}, "group_id"),
        ({"project_id": 1}, "group_id"),
        ({"ends_on": ON - timedelta(days=1)}, "ends_on"),
        ({"delegations": ()}, "delegations"),
        ({"delegations": ("Japan",)}, "delegations"),
        ({"outcome": "Held.", "today": ON - timedelta(days=1)}, "outcome"),
    ],
)
def test_an_entry_with_a_mistake_names_its_field(more, where):
    with pytest.raises(Invalid) as wrong:
        checked(**more)
    assert {each.where for each in wrong.value.mistakes} == {where}


def test_all_mistakes_are_named_at_once():
    with pytest.raises(Invalid) as wrong:
        checked(group_id=None, ends_on=ON - timedelta(days=1), delegations=())
    assert {each.where for each in wrong.value.mistakes} == {"group_id", "ends_on", "delegations"}


def disclose(delegations=("JPN", "USA"), decisions=(JAPAN,), because=None, on=ON):
    rules.may_disclose(delegations, decisions, because, on, statute=the_statute())


@pytest.mark.parametrize(
    "decisions",
    [
        (),
        (Decision(1, "JPN", "denied", ON, None),),
        (Decision(1, "JPN", None, ON, None),),
        (Decision(1, "JPN", "granted", ON + timedelta(days=1), None),),
        (Decision(1, "JPN", "granted", ON - timedelta(days=9), ON - timedelta(days=1)),),
    ],
)
def test_a_partner_takes_part_under_a_decision_that_stands(decisions):
    """National Disclosure Policy, as the law's files hold it"""
    disclose()
    with pytest.raises(Refused, match="Japan") as refused:
        disclose(decisions=decisions)
    assert refused.value.citation == the_statute().citation(rules.DISCLOSURE)
    assert refused.value.way_out_href == "/disclosure"


def test_each_partner_needs_a_decision_of_its_own():
    with pytest.raises(Refused, match="Australia"):
        disclose(delegations=("AUS", "JPN"))
    disclose(delegations=("AUS", "JPN"), decisions=(JAPAN, Decision(2, "AUS", "granted", ON, ON)))


def test_where_nothing_is_disclosed_or_no_partner_takes_part_no_decision_is_asked_for():
    disclose(decisions=(), because="Public material only.")
    disclose(delegations=("USA",), decisions=())
    with pytest.raises(Invalid, match="nothing is disclosed"):
        disclose(because="Public material only.")
    with pytest.raises(Invalid, match="takes no part"):
        disclose(delegations=("USA",))


@pytest.mark.parametrize(
    ("outcome", "cancelled", "today", "state"),
    [
        (None, None, ON, "planned"),
        (None, None, ON + timedelta(days=1), "no outcome recorded"),
        ("Held.", None, ON, "held"),
        (None, "Storm.", ON, "cancelled"),
    ],
)
def test_the_state_follows_from_the_days(outcome, cancelled, today, state):
    assert rules.state_of(ON, outcome, cancelled, today) == state


def test_what_took_place_is_not_cancelled_and_what_was_cancelled_stays():
    with pytest.raises(Refused, match="not cancelled"):
        rules.may_cancel("X-0001", None, "Held.")
    for rule in (rules.may_change, lambda *said: rules.may_cancel(*said, None)):
        with pytest.raises(Refused, match="was cancelled"):
            rule("X-0001", "Storm.")
