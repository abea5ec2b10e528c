"""The ladder, whose an item is, and what a reminder says; no database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipir.features.notices import rules
from pipir.kernel.dated import Dated
from pipir.kernel.errors import Invalid, Refused
from pipir.statute.load import the_statute

STEPS = rules.ladder(the_statute(), date(2027, 1, 1))
DUE = date(2027, 3, 1)
DAYS = st.dates(date(2026, 1, 1), date(2040, 1, 1))


def item(**said: object) -> Dated:
    given_ = {
        "kind": "Action item",
        "slug": "action-1",
        "title": "Send the list",
        "due_on": DUE,
        "office_id": None,
        "person_id": 7,
        "href": "/actions/1",
        **said,
    }
    return Dated(**given_)  # type: ignore[arg-type]


def seen(due_on: date, first: date, days: list[int]) -> list[rules.Rung]:
    """The new reminders that a worker gives which wakes on these days after `first`."""
    found: list[rules.Rung] = []
    for day in days:
        rung = rules.rung_on(due_on, first + timedelta(day), STEPS)
        if rung is not None and rung not in found:
            found.append(rung)
    return found


def test_the_ladder_is_a_convention_in_the_laws_files() -> None:
    """Convention: 21, 14, 7 days and 1 day before, then weekly."""
    assert rules.Ladder(before=(21, 14, 7, 1), every=7) == STEPS
    row = the_statute().provision(rules.LADDER)
    assert row.standing_label == "convention"


@pytest.mark.parametrize(
    ("left", "reached"),
    [
        (22, None),
        (21, 21),
        (15, 21),
        (14, 14),
        (8, 14),
        (7, 7),
        (2, 7),
        (1, 1),
        (0, 1),
        (-6, 1),
        (-7, -7),
        (-13, -7),
        (-14, -14),
        (-700, -700),
        (-701, -700),
    ],
)
def test_each_rung_is_reached_on_its_day(left: int, reached: int | None) -> None:
    """Convention: the reminder ladder."""
    rung = rules.rung_on(DUE, DUE - timedelta(left), STEPS)
    assert (rung.before if rung else None) == reached
    assert rung is None or rung.on == DUE - timedelta(rung.before)


@given(DAYS)
def test_there_is_no_reminder_before_the_first_and_one_each_week_forever_after(due_on: date) -> None:
    """Convention: none before 21 days; weekly after the day passed."""
    assert all(rules.rung_on(due_on, due_on - timedelta(left), STEPS) is None for left in range(22, 400))
    given_ = seen(due_on, due_on - timedelta(60), list(range(60 + 365)))
    assert [rung.before for rung in given_] == [21, 14, 7, 1, *range(-7, -365, -7)]


@given(DAYS, st.integers(-40, 400))
def test_a_day_has_at_most_one_new_reminder_and_it_falls_on_that_day(due_on: date, offset: int) -> None:
    """A worker that is awake every day gives each reminder on its own day."""
    today = due_on + timedelta(offset)
    before, after = (rules.rung_on(due_on, day, STEPS) for day in (today - timedelta(1), today))
    if after != before:
        assert after is not None
        assert after.on == today
        assert before is None or before.on < after.on


@given(DAYS, st.integers(-40, 400), st.integers(1, 60))
def test_after_sleep_exactly_one_reminder_is_given_the_latest(due_on: date, offset: int, asleep: int) -> None:
    """A worker that was asleep for days does not make up for what it missed."""
    first = due_on + timedelta(offset)
    woken = seen(due_on, first, [0, asleep])
    awake = seen(due_on, first, list(range(asleep + 1)))
    assert woken[-1:] == awake[-1:]
    assert len(woken) <= 2
    assert len(set(woken) - set(awake)) == 0


def test_ten_days_of_sleep_over_two_rungs_give_the_second_alone() -> None:
    """21 and 14 days before: the worker slept from the one to past the other."""
    given_ = seen(DUE, DUE - timedelta(22), [0, 10])
    assert [rung.before for rung in given_] == [14]


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (21, "Due in 21 days."),
        (1, "Due in 1 day."),
        (0, "Due today."),
        (-1, "The day passed 1 day ago; nothing recorded here says that it was done."),
        (-1200, "The day passed 1,200 days ago; nothing recorded here says that it was done."),
    ],
)
def test_a_day_that_passed_proves_nothing(left: int, said: str) -> None:
    """Late is said by an owner's statement alone, never by the calendar."""
    assert rules.says(left) == said


@given(st.integers(-5000, 5000))
def test_no_reminder_says_late(left: int) -> None:
    """Sec. 1253 sets days; who missed one is not the calendar's to say."""
    waits = rules.Waiting(item(), rules.Rung(DUE, 1), left, rules.says(left))
    subject, body = rules.mail_of(waits, "https://pipir.example")
    assert "late" not in f"{subject} {body}".lower().split()


def test_an_item_is_a_persons_an_offices_or_the_program_offices() -> None:
    """An item without an owner belongs to the people of the program office."""
    mine, ours, nobodys = item(), item(person_id=None, office_id=3), item(person_id=None)
    assert rules.belongs_to(mine, 7, 1, ["auditor"])
    assert not rules.belongs_to(mine, 8, 1, ["program-office"])
    assert rules.belongs_to(ours, 8, 3, ["auditor"])
    assert not rules.belongs_to(ours, 8, 4, ["program-office"])
    assert rules.belongs_to(nobodys, 8, 4, ["auditor", "program-office"])
    assert not rules.belongs_to(nobodys, 8, 4, ["auditor"])
    assert rules.belongs_to(item(person_id=9, office_id=3), 8, 3, [])


def test_only_what_has_reached_its_first_reminder_waits_the_earliest_first() -> None:
    """The inbox."""
    items = [
        item(slug="b", due_on=DUE + timedelta(3)),
        item(slug="a", due_on=DUE - timedelta(9)),
        item(slug="far", due_on=DUE + timedelta(22)),
        item(slug="other", person_id=8),
    ]
    found = rules.waiting(items, DUE, STEPS, person_id=7, office_id=1, roles=["auditor"])
    assert [(each.item.slug, each.days_left, each.rung.before) for each in found] == [("a", -9, -7), ("b", 3, 7)]
    assert [each.urgency for each in found] == ["watch", "info"]


@pytest.mark.parametrize(
    ("marking", "told"),
    [("UNCLASSIFIED", True), ("UNCLASSIFIED//REL TO USA, AUS", True), ("CUI", False), ("CUI//SP-EXPT//NOFORN", False)],
)
def test_a_mail_about_a_cui_item_holds_no_detail(marking: str, told: bool) -> None:
    """DoDI 5200.48: what is marked CUI stays in the service."""
    secret = item(title="Radar parts list", marking=marking, citation="Sec. 9", href="/actions/1")
    rung = rules.Rung(DUE, 7)
    subject, body = rules.mail_of(rules.Waiting(secret, rung, 7, rules.says(7)), "https://pipir.example")
    assert ("Radar" in subject + body) is told
    assert ("Sec. 9" in body) is told
    assert ("/actions/1" in body) is told
    assert "https://pipir.example/inbox" in body


def test_a_mail_says_what_when_and_where() -> None:
    """One reminder, with its day, its rule and its page."""
    waits = rules.Waiting(item(citation="Sec. 1253(f)(2) (statute)"), rules.Rung(DUE, 7), 7, rules.says(7))
    subject, body = rules.mail_of(waits, "https://pipir.example")
    assert subject == "Send the list: Due in 7 days"
    for words in (
        "Day: 1 March 2027. Due in 7 days.",
        "Rule: Sec. 1253(f)(2) (statute).",
        "https://pipir.example/actions/1",
    ):
        assert words in body


def test_tries_lie_further_and_further_apart_and_end() -> None:
    """Retry with backoff."""
    waits = [rules.wait_after(tries) for tries in range(1, 7)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=5)
    assert [rules.was_last(tries) for tries in range(1, 7)] == [False] * 5 + [True]


def test_a_feed_of_an_office_names_it_and_no_other_does() -> None:
    """One mistake at the field that it is about."""
    rules.check_feed("office", 3)
    rules.check_feed("mine", None)
    for kind, office in (("office", None), ("mine", 3), ("statute", 3)):
        with pytest.raises(Invalid) as wrong:
            rules.check_feed(kind, office)
        assert [each.where for each in wrong.value.mistakes] == ["office_id"]


def test_only_its_owner_revokes_a_feed() -> None:
    """What is somebody's own."""
    rules.may_end_feed(7, 7)
    with pytest.raises(Refused):
        rules.may_end_feed(8, 7)


@pytest.mark.parametrize(
    ("entry", "statute", "office"),
    [
        (item(kind=rules.STATUTORY, person_id=None), True, False),
        (item(kind=rules.STATUTORY, person_id=None, office_id=3), True, True),
        (item(person_id=7), False, True),
        (item(person_id=8), False, False),
        (item(person_id=None, office_id=4), False, False),
    ],
)
def test_a_feed_shows_what_it_is_of(entry: Dated, statute: bool, office: bool) -> None:
    """The dates of the section; those of an office and of its people."""
    one = rules.Entry(entry)
    assert rules.shown_in(one, "statute", office_id=None, members=frozenset()) is statute
    assert rules.shown_in(one, "office", office_id=3, members=frozenset({7})) is office
