"""What the rules of the register allow, and in which words they refuse."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipir.features.vulnerabilities import rules
from pipir.kernel.articles import articles, check_articles
from pipir.kernel.errors import Invalid, Refused
from pipir.statute.load import the_statute

TODAY = date(2026, 11, 20)
ACCEPTED = {"accepted_by": "Director, program office", "accepted_on": TODAY}


def step(now, wanted, **more):
    """A step with work on record, and with who accepted where that is asked for."""
    said = {"accepted_by": None, "accepted_on": None} | (ACCEPTED if wanted == "accepted" else {})
    rules.may_step(now, wanted, **{"reduced_by": True, "today": TODAY} | said | more)


def test_each_word_of_the_lists_has_its_sentence():
    for name, words in (
        ("kind", rules.KINDS),
        ("severity", rules.SEVERITIES),
        ("confidence", rules.CONFIDENCES),
        ("status", rules.STATUSES),
    ):
        assert tuple(rules.SAYS[name]) == words
        assert all(says.endswith(".") for says in rules.SAYS[name].values())


@given(now=st.sampled_from(rules.STATUSES), wanted=st.sampled_from(rules.STATUSES))
def test_only_the_steps_of_the_table_are_taken(now, wanted):
    if wanted in rules.STEPS[now]:
        step(now, wanted)
    else:
        with pytest.raises(Refused):
            step(now, wanted)


def test_every_status_has_a_way_on_and_every_status_is_reached():
    assert all(rules.STEPS[each] for each in rules.STATUSES)
    assert {to for steps in rules.STEPS.values() for to in steps} == set(rules.STATUSES)


@pytest.mark.parametrize(("now", "wanted"), [("open", "being mitigated"), ("being mitigated", "mitigated")])
def test_nothing_is_reduced_by_nothing(now, wanted):
    with pytest.raises(Refused, match="Nothing on record") as refused:
        step(now, wanted, reduced_by=False)
    assert refused.value.citation == rules.CONVENTION
    assert "link a project" in refused.value.way_out


def test_an_acceptance_names_who_and_when():
    with pytest.raises(Invalid) as wrong:
        step("open", "accepted", accepted_by=None, accepted_on=None)
    assert [each.where for each in wrong.value.mistakes] == ["accepted_by", "accepted_on"]
    with pytest.raises(Invalid, match="needs correcting"):
        step("open", "accepted", accepted_on=TODAY + timedelta(days=1))
    with pytest.raises(Invalid) as wrong:
        step("open", "closed", **ACCEPTED)
    assert [each.where for each in wrong.value.mistakes] == ["accepted_by", "accepted_on"]


@pytest.mark.parametrize(
    ("objectives", "countries", "review_on", "where"),
    [
        ((), ("JPN",), TODAY + timedelta(days=1), "objectives"),
        (("1253.e.1",), ("JPN",), TODAY + timedelta(days=1), "objectives"),
        (("1253.b.3",), (), TODAY + timedelta(days=1), "countries"),
        (("1253.b.3",), ("XYZ",), TODAY + timedelta(days=1), "countries"),
        (("1253.b.3",), ("JPN",), TODAY, "review_on"),
    ],
)
def test_an_entry_that_names_what_is_not_known_is_invalid(objectives, countries, review_on, where):
    """Sec. 1253(b)"""
    with pytest.raises(Invalid) as wrong:
        rules.check_entry(objectives, countries, review_on, the_statute(), TODAY)
    assert {each.where for each in wrong.value.mistakes} == {where}


def test_all_mistakes_of_an_entry_are_named_at_once():
    with pytest.raises(Invalid) as wrong:
        rules.check_entry((), (), TODAY, the_statute(), TODAY)
    assert {each.where for each in wrong.value.mistakes} == {"objectives", "countries", "review_on"}


def test_articles_are_codes_of_the_list():
    assert check_articles(["6810", "1310", "6810"]) == ("1310", "6810")
    assert "Ammunition" in articles()["1310"]
    with pytest.raises(Invalid) as wrong:
        check_articles(["1310", "1000", "<script>"])
    assert [each.found for each in wrong.value.mistakes] == ["1000", "<script>"]


def test_codes_are_read_one_by_one_or_from_a_text():
    assert rules.split(["aus, jpn", "USA"]) == ("AUS", "JPN", "USA")
    assert rules.split([" , "]) == ()


def test_a_link_ends_once_between_its_first_day_and_today():
    rules.may_unlink(TODAY, None, TODAY, TODAY)
    with pytest.raises(Refused, match="already"):
        rules.may_unlink(TODAY, TODAY, TODAY, TODAY)
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(Invalid):
            rules.may_unlink(TODAY, None, day, TODAY)
    with pytest.raises(Invalid):
        rules.may_link_since(TODAY + timedelta(days=1), TODAY)


def test_what_is_closed_stays_and_a_severity_changes_to_another():
    with pytest.raises(Refused, match="is closed"):
        rules.may_change("V-0001", "closed")
    with pytest.raises(Refused, match="already"):
        rules.may_rate("high", "high")
