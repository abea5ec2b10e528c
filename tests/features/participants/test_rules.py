"""The steps of the two standings and their days."""

from datetime import date, timedelta

import pytest

from pipir.features.participants import rules
from pipir.features.participants.rules import FORUM_STANDINGS, STANDINGS
from pipir.kernel.errors import Invalid, Refused
from pipir.statute.load import load_statute

STATUTE = load_statute()
ENACTED = date(2025, 12, 18)
LATER = date(2026, 6, 1)


def step(before, after, *, code="JPN", before_since=ENACTED, since=LATER):
    rules.may_record_standing(code, before, before_since if before else None, after, since, statute=STATUTE)


def forum_step(before, after, *, before_since=ENACTED, since=LATER):
    rules.may_record_forum_standing(before, before_since if before else None, after, since)


def test_every_standing_has_its_steps_and_each_leads_to_a_standing():
    assert set(rules.STEPS) == {None, *STANDINGS}
    assert {after for steps in rules.STEPS.values() for after in steps} == set(STANDINGS)
    assert set(rules.FORUM_STEPS) == {None, *FORUM_STANDINGS}


@pytest.mark.parametrize("before", [None, *STANDINGS])
@pytest.mark.parametrize("after", STANDINGS)
def test_a_standing_follows_only_as_the_table_of_steps_says(before, after):
    """Sec. 1253(d)"""
    if after in rules.STEPS[before] or after == before:
        step(before, after)
    else:
        with pytest.raises(Refused, match="does not follow") as refused:
            step(before, after)
        assert refused.value.citation == STATUTE.citation("1253.d")
        assert refused.value.way_out


@pytest.mark.parametrize("before", [None, *STANDINGS])
def test_nobody_participates_without_having_accepted_an_invitation(before):
    """Sec. 1253(d): being named in the statute is no membership."""
    if before not in ("accepted", "suspended", "participating"):
        with pytest.raises(Refused):
            step(before, "participating")


def test_only_the_countries_that_the_law_names_are_named_in_statute():
    """Sec. 1253(d) names six."""
    for code in ("AUS", "JPN", "KOR", "IND", "PHL", "NZL"):
        step(None, "named in statute", code=code, since=ENACTED)
    with pytest.raises(Refused, match="does not name THA"):
        step(None, "named in statute", code="THA", since=ENACTED)


def test_the_united_states_has_no_standing_in_its_own_process():
    """Sec. 1253(d) speaks of allies and partners."""
    with pytest.raises(Refused, match="allies and partners"):
        step(None, "invited", code="USA")


def test_no_standing_under_the_law_is_older_than_the_law():
    step(None, "invited", since=ENACTED)
    with pytest.raises(Invalid, match="too early") as wrong:
        step(None, "invited", since=ENACTED - timedelta(days=1))
    assert [each.where for each in wrong.value.mistakes] == ["since"]


def test_a_step_is_never_dated_before_the_one_that_it_follows():
    step("invited", "accepted", before_since=LATER, since=LATER)
    with pytest.raises(Invalid, match="too early"):
        step("invited", "accepted", before_since=LATER, since=LATER - timedelta(days=1))


def test_the_same_standing_again_corrects_its_day():
    step("invited", "invited", before_since=LATER, since=LATER - timedelta(days=1))


@pytest.mark.parametrize("before", [None, *FORUM_STANDINGS])
@pytest.mark.parametrize("after", FORUM_STANDINGS)
def test_a_forum_standing_follows_only_as_the_table_of_steps_says(before, after):
    if after in rules.FORUM_STEPS[before] or after == before:
        forum_step(before, after)
    else:
        with pytest.raises(Refused, match="does not follow"):
            forum_step(before, after)


def test_the_forum_is_older_than_the_law():
    """Statement of Principles 2024; plenary of October 2024."""
    forum_step(None, "convening country", since=date(2024, 10, 8))


def test_a_forum_step_is_never_dated_before_the_one_that_it_follows():
    with pytest.raises(Invalid, match="too early"):
        forum_step("joined the forum (press)", "left the forum (press)", since=ENACTED - timedelta(days=1))


def test_an_ended_entry_takes_no_further_standing():
    rules.may_change("Japan", None)
    with pytest.raises(Refused, match="ended on 1 Jun 2026"):
        rules.may_change("Japan", LATER)


def test_an_entry_ends_on_or_after_the_day_of_each_standing():
    rules.may_end(None, None, ENACTED)
    rules.may_end(ENACTED, LATER, LATER)
    for standings in ((ENACTED, LATER), (LATER, None)):
        with pytest.raises(Invalid, match="before a standing"):
            rules.may_end(*standings, LATER - timedelta(days=1))


def test_a_standing_dated_after_the_termination_is_flagged():
    """Sec. 1253(g): an entry that only records is never refused for it."""
    assert not rules.is_after_termination(None, STATUTE)
    assert not rules.is_after_termination(date(2030, 12, 31), STATUTE)
    assert rules.is_after_termination(date(2031, 1, 1), STATUTE)
    step("invited", "accepted", since=date(2031, 1, 1))
