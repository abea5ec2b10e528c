"""The rules of agreements: clocks from events, the table of steps, gates, shares, amendments; all pure."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipir.features.agreements import rules
from pipir.features.agreements.rules import Facts, Notice, Paper, Party, Share
from pipir.kernel.currencies import currencies
from pipir.kernel.errors import Invalid, Refused
from pipir.kernel.money import Dollars
from pipir.statute.load import the_statute
from pipir.statute.lookup import advised_day, number

LAW = the_statute()
ADDRESSEES = [slug for slug, _ in rules.addressees(LAW, "certification")]
DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))
PARTY = Party(1, "Japan", "major non-NATO ally")
FRIEND = Party(2, "Singapore", "other friendly foreign country")
ITEMS = tuple(each.slug for each in LAW.certification_items)
DAY = date(2026, 3, 2)
# Whether the machine is slow says nothing about the rules.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def certified(received: list[date | None], **more) -> Facts:
    """An agreement under 2767 whose certification went out on the first of the days."""
    sent = min([each for each in received if each is not None], default=DAY)
    notices = tuple(Notice("certification", 1, slug, sent, day) for slug, day in zip(ADDRESSEES, received, strict=True))
    return Facts(
        **{
            "state": "certified",
            "authority": rules.COOPERATIVE_PROJECT,
            "character": "non-binding",
            "text_no": 1,
            "text_agreed_on": sent,
            "parties": (PARTY,),
            "items": ITEMS,
            "notices": notices,
        }
        | more
    )


def cooperative(**more) -> Facts:
    """An agreement under 2350a that is signed."""
    return Facts(
        **{
            "state": "signed",
            "authority": rules.COOPERATIVE_RD,
            "character": "non-binding",
            "text_no": 1,
            "text_agreed_on": DAY,
            "signed_on": DAY,
            "parties": (FRIEND,),
            "papers": (Paper("unequal shares", DAY),),
        }
        | more
    )


def told(facts: Facts, what: str, sent: date, received: date | None) -> Facts:
    """The same, with every addressee told."""
    notices = tuple(Notice(what, facts.text_no, slug, sent, received) for slug, _ in rules.addressees(LAW, what))
    return Facts(**{name: getattr(facts, name) for name in facts.__struct_fields__} | {"notices": notices})


# ---- clocks


@patient
@given(st.lists(DAYS, min_size=3, max_size=3), DAYS)
def test_the_days_before_signature_run_from_the_last_receipt_in_any_order(received, today):
    """22 U.S.C. 2767(f): whole calendar days between, weekends and leap days counted alike."""
    expected = max(received) + timedelta(days=30)
    found = {rules.clock_of("certification", certified(list(order)), LAW, today) for order in permutations(received)}
    assert {each.ends_on for each in found} == {expected}
    clock = found.pop()
    assert clock.first_day == expected + timedelta(days=1)
    assert clock.state == ("over" if today > expected else "running")
    assert clock.advised_on == advised_day(expected) <= expected
    assert clock.days == number(LAW, rules.COOPERATIVE_PROJECT, "days")
    assert "Our reading" in clock.counting


@patient
@given(st.lists(st.one_of(st.none(), DAYS), min_size=3, max_size=3), DAYS)
def test_one_missing_receipt_and_the_days_have_not_begun(received, today):
    """22 U.S.C. 2767(f): the last addressee starts them."""
    clock = rules.clock_of("certification", certified(received), LAW, today)
    if None in received:
        assert (clock.state, clock.ends_on) == ("waiting for its start", None)
        assert "Not recorded as received by" in clock.says
    else:
        assert clock.ends_on is not None


@patient
@given(DAYS, st.integers(min_value=-5, max_value=60))
def test_a_signature_within_the_days_is_refused_and_after_them_allowed(received, later):
    """22 U.S.C. 2767(f): the thirtieth day is refused too, by our reading."""
    facts = certified([received] * 3)
    on = received + timedelta(days=later)
    lacks = rules.before_signature(facts, LAW, on, state_concurs=False)
    assert bool(lacks) == (later <= 30)
    if lacks:
        assert lacks[0].citation == "22 U.S.C. 2767"
        assert "Wait until" in lacks[0].way_out


def test_the_thirtieth_day_over_a_leap_day_is_counted_as_a_calendar_has_it():
    """29 February counts where there is one."""
    ends = {
        year: rules.clock_of("certification", certified([date(year, 2, 10)] * 3), LAW, DAY).ends_on
        for year in (2027, 2028)
    }
    assert ends == {2027: date(2027, 3, 12), 2028: date(2028, 3, 11)}


def test_a_changed_text_starts_the_days_anew():
    """What was told of a former text counts for nothing."""
    facts = certified([DAY] * 3, text_no=2)
    clock = rules.clock_of("certification", facts, LAW, DAY + timedelta(days=90))
    assert clock.state == "waiting for its start"
    again = certified([DAY] * 3, state="negotiating")
    assert "negotiated again" in rules.clock_of("certification", again, LAW, DAY).says


def test_a_report_holds_the_entry_into_force_and_no_signature():
    """10 U.S.C. 2350a: with another friendly foreign country, before it takes effect."""
    facts = told(cooperative(), "report", DAY, DAY)
    inside, after = DAY + timedelta(days=30), DAY + timedelta(days=31)
    assert "takes effect on 2 Apr 2026 or later" in rules.before_effect(facts, LAW, inside)[0].says
    assert rules.before_effect(facts, LAW, after) == ()
    unsigned = told(cooperative(state="coordination", signed_on=None), "report", DAY, DAY)
    lacks = rules.before_signature(unsigned, LAW, DAY, state_concurs=False)
    assert [each.says for each in lacks] == [
        "No determination is recorded that the project improves conventional defense capability."
    ]


def test_no_report_is_owed_where_every_country_is_of_another_class():
    """10 U.S.C. 2350a."""
    facts = cooperative(parties=(PARTY,))
    assert rules.clock_of("report", facts, LAW, DAY).state == "not applicable"
    assert rules.before_effect(facts, LAW, DAY) == ()


def test_a_country_without_a_class_holds_the_entry_into_force():
    """Whether a report is owed is not known then."""
    facts = cooperative(parties=(Party(1, "Japan"),))
    assert "class of Japan" in rules.clock_of("report", facts, LAW, DAY).says
    assert "have not started" in rules.before_effect(facts, LAW, DAY)[0].says


@pytest.mark.parametrize(
    ("character", "state"),
    [("international agreement", "running"), ("non-binding", "not applicable"), ("contract", "not applicable")],
)
def test_only_an_international_agreement_starts_the_transmittal(character, state):
    """1 U.S.C. 112b."""
    clock = rules.clock_of("transmittal", cooperative(character=character), LAW, DAY)
    assert clock.state == state
    assert clock.ends_on == (DAY + timedelta(days=15) if state == "running" else None)


def test_an_undetermined_instrument_starts_nothing_and_says_so():
    """1 U.S.C. 112b: counsel determines first."""
    clock = rules.clock_of("transmittal", cooperative(character=None), LAW, DAY)
    assert (clock.state, clock.ends_on) == ("waiting for its start", None)
    assert "No counsel's office" in clock.says


def test_a_transmittal_in_time_a_late_one_and_one_that_is_missing_are_told_apart():
    """1 U.S.C. 112b: the day of signature is not counted."""
    facts = cooperative(character="international agreement")
    end = DAY + timedelta(days=15)
    in_time = rules.clock_of("transmittal", told(facts, "transmittal", end, None), LAW, end + timedelta(days=9))
    late = rules.clock_of("transmittal", told(facts, "transmittal", end + timedelta(days=2), None), LAW, date.max)
    missing = rules.clock_of("transmittal", facts, LAW, end + timedelta(days=1))
    assert [(each.state, each.late, each.done_on is None) for each in (in_time, late, missing)] == [
        ("over", False, False),
        ("over", True, False),
        ("over", True, True),
    ]
    assert "2 days late" in late.says


def test_an_agreement_expires_on_its_day_without_anybody_recording_it():
    """By its own terms."""
    day = date(2028, 6, 1)
    for state in ("in force", "amended", "suspended"):
        assert rules.state_on(state, day, day - timedelta(days=1)) == state
        assert rules.state_on(state, day, day) == "expired"
        assert rules.following(state, day, day) == ("expired",)
    assert rules.state_on("ended", day, day) == "ended"
    clock = rules.clock_of("expiry", cooperative(state="in force", in_force_on=DAY, expires_on=day), LAW, DAY)
    assert (clock.state, clock.ends_on) == ("running", day - timedelta(days=1))


@patient
@given(
    st.sampled_from(rules.STATES),
    st.sampled_from([None, *(row.slug for row in rules.known_authorities(LAW))]),
    st.sampled_from([None, *rules.CHARACTERS]),
    st.lists(st.sampled_from([PARTY, FRIEND, Party(3, "India")]), max_size=3, unique=True),
    st.lists(st.one_of(st.none(), DAYS), min_size=3, max_size=3),
    DAYS,
    DAYS,
)
def test_every_clock_is_there_whatever_happened(state, authority, character, parties, received, day, today):
    """One clock per rule of the law's files and the expiry; a start has an end, and an end has its advice."""
    signed = day if state in ("signed", "in force", "amended", "suspended") else None
    facts = certified(
        received, state=state, authority=authority, character=character, parties=tuple(parties), signed_on=signed
    )
    found = rules.clocks(facts, LAW, today)
    assert [each.slug for each in found] == [*(row.slug for row in LAW.clocks), rules.EXPIRY]
    for each in found:
        assert each.says.endswith(".")
        assert (each.state in ("running", "over")) == (each.ends_on is not None)
        assert each.citation
        if each.ends_on is not None:
            assert each.advised_on is not None
            assert each.advised_on <= each.ends_on
            assert (each.state == "running") == (today <= each.ends_on) or each.done_on is not None
    if character == "international agreement" and signed and authority is not None:
        assert found[2].ends_on == signed + timedelta(days=15)


# ---- steps


@patient
@given(st.sampled_from(rules.STATES), st.sampled_from(rules.STATES), DAYS)
def test_no_step_outside_of_the_table(state, wanted, on):
    """The one table of allowed steps."""
    allowed = [each for each in rules.STEPS[state] if each != "expired" and (state, each) != ("suspended", "amended")]
    if wanted in allowed:
        rules.may_step(state, wanted, expires_on=None, on=on, before="in force")
        return
    with pytest.raises(Refused) as refused:
        rules.may_step(state, wanted, expires_on=None, on=on, before="in force")
    assert refused.value.way_out


def test_what_is_resumed_is_what_it_was():
    """A suspended agreement goes back to in force, or to amended."""
    rules.may_step("suspended", "amended", expires_on=None, on=DAY, before="amended")
    with pytest.raises(Refused, match="was amended when it was suspended"):
        rules.may_step("suspended", "in force", expires_on=None, on=DAY, before="amended")


def test_an_expiry_is_recorded_on_its_day_and_not_before():
    """And nothing else follows from that day on."""
    day = date(2028, 6, 1)
    with pytest.raises(Refused, match="it expires on 1 Jun 2028"):
        rules.may_step("in force", "expired", expires_on=day, on=day - timedelta(days=1))
    rules.may_step("in force", "expired", expires_on=day, on=day)
    with pytest.raises(Refused, match="expired on 1 Jun 2028 by its own terms"):
        rules.may_step("in force", "suspended", expires_on=day, on=day)


@pytest.mark.parametrize(("on", "expected"), [(DAY - timedelta(days=1), "step before it"), (date.max, "today")])
def test_steps_come_in_the_order_of_their_days(on, expected):
    """Neither before the step before, nor on a day to come."""
    with pytest.raises(Invalid) as wrong:
        rules.check_day(on, DAY, DAY + timedelta(days=9))
    assert expected in wrong.value.mistakes[0].expected


# ---- gates


def test_a_certification_names_every_item_that_it_lacks():
    """22 U.S.C. 2767(f): seven items."""
    assert len(ITEMS) == number(LAW, rules.COOPERATIVE_PROJECT, "items")
    facts = certified([None] * 3, state="coordination", items=ITEMS[:5], notices=())
    assert rules.missing_items(facts, LAW) == ("Benefits", "Likely contracts")
    with pytest.raises(Refused, match="it lacks: Benefits and Likely contracts"):
        rules.may_send("certification", facts, "speaker", DAY, LAW, DAY)


def test_what_was_sent_stays_as_it_was_sent():
    """A changed certification goes with a changed text."""
    facts = certified([DAY] * 3, state="coordination")
    with pytest.raises(Refused, match="stays as it was sent"):
        rules.may_write_item(facts, "cost", LAW)


def test_an_undetermined_instrument_is_not_signed():
    """1 U.S.C. 112b: whether State is consulted first would not be known."""
    facts = Facts(state="coordination", authority="1253.e.1", text_no=1, text_agreed_on=DAY, parties=(PARTY,))
    [lack] = rules.before_signature(facts, LAW, DAY, state_concurs=False)
    assert (lack.citation, "determined" in lack.says) == ("1 U.S.C. 112b", True)


def test_an_international_agreement_is_signed_after_consultation():
    """1 U.S.C. 112b: by the day of the signature."""
    facts = Facts(
        state="coordination",
        authority="1253.e.1",
        character="international agreement",
        text_no=1,
        text_agreed_on=DAY,
        parties=(PARTY,),
        papers=(Paper("prior consultation", DAY + timedelta(days=1)),),
    )
    assert "No consultation" in rules.before_signature(facts, LAW, DAY, state_concurs=False)[0].says
    assert rules.before_signature(facts, LAW, DAY + timedelta(days=1), state_concurs=False) == ()


def test_test_facilities_need_the_concurrence_of_state_and_direct_costs():
    """10 U.S.C. 2350l."""
    facts = Facts(
        state="coordination", authority=rules.TEST_FACILITIES, character="contract", text_no=1, parties=(PARTY,)
    )
    lacks = rules.before_signature(facts, LAW, DAY, state_concurs=False)
    assert [("concurred" in each.says, "direct costs" in each.says) for each in lacks] == [(True, False), (False, True)]


def test_a_transmittal_has_its_three_papers():
    """1 U.S.C. 112b: consultation, legal memorandum, translation."""
    facts = cooperative(character="international agreement", papers=(Paper("prior consultation", DAY),))
    with pytest.raises(Refused, match="legal memorandum and translation"):
        rules.may_send("transmittal", facts, "state-treaty-affairs", DAY, LAW, DAY)


def test_nobody_is_told_what_no_law_asks_for():
    """A notice follows from a clock."""
    facts = cooperative(parties=(PARTY,))
    with pytest.raises(Refused, match="No report is owed"):
        rules.may_send("report", facts, "house-armed-services", DAY, LAW, DAY)


def test_an_official_signs_on_one_recorded_delegation():
    """10 U.S.C. 113(d)."""
    assert rules.may_sign_as("Secretary of Defense", (), None, LAW) == "Secretary of Defense"
    with pytest.raises(Refused, match="only on a delegation"):
        rules.may_sign_as("an official on a delegation", (), None, LAW)
    with pytest.raises(Invalid, match="Several"):
        rules.may_sign_as("an official on a delegation", ("Memo 1", "Memo 2"), None, LAW)
    with pytest.raises(Invalid, match="not in the register"):
        rules.may_sign_as("an official on a delegation", ("Memo 1",), "Memo 3", LAW)
    with pytest.raises(Invalid, match="no delegation"):
        rules.may_sign_as("Secretary of Defense", ("Memo 1",), "Memo 1", LAW)
    assert rules.may_sign_as("an official on a delegation", ("Memo 1",), None, LAW) == "An official on Memo 1"


@pytest.mark.parametrize(
    ("received", "before", "because", "where"),
    [
        (DAY - timedelta(days=1), None, None, "received_on"),
        (DAY + timedelta(days=9), None, None, "received_on"),
        (DAY, DAY + timedelta(days=1), None, "because"),
    ],
)
def test_a_receipt_lies_between_its_sending_and_today(received, before, because, where):
    """And a recorded one changes with a reason only."""
    with pytest.raises(Invalid) as wrong:
        rules.may_receive(DAY, received, DAY + timedelta(days=5), before, because)
    assert wrong.value.mistakes[0].where == where


# ---- shares


@pytest.mark.parametrize(
    ("ours", "theirs", "equal"), [(100, 100, True), (100, 95, True), (100, 94, False), (0, 0, True)]
)
def test_shares_are_equal_within_the_offices_percentage(ours, theirs, equal):
    """The percentage is the office's convention, data of the law's files."""
    assert rules.are_equal((Dollars(ours), Dollars(theirs)), LAW) is equal


def test_unequal_shares_need_the_written_determination():
    """10 U.S.C. 2350a: equitable, or determined in writing."""
    ours, theirs = Share(None, "cost", "agreed", Dollars(100)), Share(1, "in kind", "agreed", Dollars(40))
    facts = cooperative(parties=(PARTY,), papers=(), shares=(ours,))
    assert "No agreed share of Japan" in rules.before_effect(facts, LAW, DAY)[0].says
    unequal = cooperative(parties=(PARTY,), papers=(), shares=(ours, theirs))
    assert "unequal" in rules.before_effect(unequal, LAW, DAY)[0].says
    determined = cooperative(parties=(PARTY,), shares=(ours, theirs))
    assert rules.before_effect(determined, LAW, DAY) == ()


@patient
@given(st.sampled_from(sorted(currencies())), st.decimals(0, 10**9, places=0), st.decimals("0.0001", 1000, places=4))
def test_an_amount_is_worth_its_rate_to_the_cent(code, amount, rate):
    """Half to even, and never a float."""
    given_ = (None, None, None) if code == "USD" else (str(rate), DAY, "Treasury")
    worth = rules.worth(str(amount), code, *given_)
    exact = amount * (1 if code == "USD" else rate)
    assert abs(worth.dollars.amount - exact) <= Decimal("0.005")


@pytest.mark.parametrize(
    ("said", "where"),
    [
        (("10", "XXX", "1", DAY, "T"), {"currency"}),
        (("10.5", "JPY", "0.0067", DAY, "T"), {"amount"}),
        (("-1", "GBP", "1.3", DAY, "T"), {"amount"}),
        (("NaN", "GBP", "0", None, None), {"amount", "rate", "rate_on", "rate_source"}),
        (("10", "USD", "1", DAY, "T"), {"rate", "rate_on", "rate_source"}),
        (("999999999999999", "GBP", "999999", DAY, "T"), {"amount"}),
        (("1.", "GBP", "1e3", DAY, "T"), {"amount", "rate"}),
    ],
)
def test_every_mistake_of_a_share_is_told_at_once(said, where):
    """Amount, currency, rate, its day and its source."""
    with pytest.raises(Invalid) as wrong:
        rules.worth(*said)
    assert {each.where for each in wrong.value.mistakes} == where


# ---- amendments


def test_an_amendment_compares_with_then_and_now():
    """A field that changed since conflicts, and is refused until it is drafted anew."""
    calm = rules.Change("purpose", "old", "old", "new")
    moved = rules.Change("name", "old", "other", "new")
    assert (calm.conflicts, moved.conflicts) == (False, True)
    rules.may_merge((calm,), 1)
    with pytest.raises(Refused, match="changed since: Title"):
        rules.may_merge((calm, moved), 2)


@pytest.mark.parametrize(
    ("field", "text"),
    [("name", None), ("name", "a\x00b"), ("kind", "treaty"), ("kind", None), ("expires_on", "soon"),
     ("program_authority", "1253.f")],
)  # fmt: skip
def test_a_proposed_value_is_of_its_fields_type(field, text):
    """Typed amendments."""
    with pytest.raises(Invalid):
        rules.read_field(field, text, LAW)


def test_an_amendment_changes_something():
    """At least one field, to another value."""
    with pytest.raises(Invalid, match="changes nothing"):
        rules.check_changes({"name": "same"}, {"name": "same"})


def test_an_extension_is_told_from_a_shortening():
    """What the termination reaches is the extension."""

    def change(now, proposed):
        return (rules.Change("expires_on", now, now, proposed),)

    assert rules.is_extension(change("2030-01-01", "2031-01-01"))
    assert rules.is_extension(change("2030-01-01", None))
    assert not rules.is_extension(change("2030-01-01", "2029-01-01"))
    assert not rules.is_extension(change(None, "2029-01-01"))


def test_only_an_agreement_in_force_is_amended():
    """Before it, the text itself is changed."""
    with pytest.raises(Refused, match="is negotiating"):
        rules.may_amend("negotiating", None, DAY, "A-0001")
    with pytest.raises(Refused, match="is expired"):
        rules.may_amend("in force", DAY, DAY, "A-0001")
