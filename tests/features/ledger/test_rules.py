"""The federal rules of money, as pure functions; each test names its provision."""

import contextlib
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipir.features.law.rules import Determination
from pipir.features.ledger import rules
from pipir.features.ledger.rules import Account, AccountSymbol, Act, DaySum, Funding, parse_symbol
from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Refused
from pipir.kernel.money import Dollars
from pipir.statute.load import load_statute

LAW = load_statute()
TODAY = date(2027, 6, 1)
ONE_YEAR = Account(parse_symbol("097-2027/2027-0100-000"))
NO_YEAR = Account(parse_symbol("097-X-0360-000"))
DAYS = st.dates(date(2026, 1, 1), date(2026, 2, 10))


def funding(**values: object) -> Funding:
    return Funding(**({"number": "FD-1", "account": ONE_YEAR, "level": "allotment", "source": "regular act"} | values))


def act(kind: str = "obligation", **values: object) -> Act:
    given: dict[str, object] = {
        "kind": kind,
        "amount": Dollars("100.00"),
        "effective_on": date(2027, 5, 1),
        "program_authority": "1253.e.1",
        "document_number": "D-1",
        "need": "Parts for this year",
    }
    given |= values
    return Act(**({"document_on": given["effective_on"]} | given))


def refused(entry: Act, document: Funding | None = None, today: date = TODAY) -> list[Refused]:
    return list(rules.judge(entry, document or funding(), LAW, today=today).refusals)


# ---- symbols


@st.composite
def symbols(draw: st.DrawFn) -> AccountSymbol:
    digits = st.integers(0, 999).map("{:03d}".format)
    years = draw(st.none() | st.tuples(st.integers(1900, 2200), st.integers(1900, 2200)).map(sorted))
    begin, end = years or (None, None)
    main = draw(st.integers(0, 9999).map("{:04d}".format))
    return AccountSymbol(draw(digits), main, draw(digits), begin, end, draw(st.none() | digits))


@given(symbols())
def test_a_symbol_is_read_as_it_is_written(symbol: AccountSymbol):
    assert parse_symbol(str(symbol)) == symbol
    assert parse_symbol(f"  {str(symbol).lower()} ") == symbol
    assert (symbol.availability == "X") == (symbol.end_year is None)


@given(st.text(max_size=80))
def test_other_text_is_no_symbol(text: str):
    with contextlib.suppress(rules.NotASymbol):
        assert str(parse_symbol(text)) == text.strip().upper()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "097-0400",
        "097-2028/2027-0400-000",
        "97-2027/2028-0400-000",
        "097-2027-0400-000",
        "097-0001/0002-0400-000",
        "٠٩٧-X-0360-000",
    ],
)
def test_a_broken_symbol_is_refused(text: str):
    with pytest.raises(rules.NotASymbol):
        parse_symbol(text)


# ---- the life of an account


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (date(2026, 9, 30), "not yet available"),
        (date(2026, 10, 1), "available"),
        (date(2027, 9, 30), "available"),
        (date(2027, 10, 1), "expired"),
        (date(2032, 9, 30), "expired"),
        (date(2032, 10, 1), "closed"),
    ],
)
def test_an_account_expires_for_five_fiscal_years_and_then_closes(day: date, state: str):
    """31 U.S.C. 1552(a), 1553(a)"""
    assert rules.state_of(ONE_YEAR, day, LAW) == state


def test_a_no_year_account_is_available_until_a_determination():
    """31 U.S.C. 1555"""
    assert rules.state_of(NO_YEAR, date(2199, 1, 1), LAW) == "available"
    closed = Account(NO_YEAR.symbol, date(2030, 5, 5))
    assert rules.state_of(closed, date(2030, 5, 5), LAW) == "available"
    assert rules.state_of(closed, date(2030, 5, 6), LAW) == "closed"


def test_only_a_no_year_account_is_closed_by_a_determination_and_never_ahead_of_time():
    rules.may_close(NO_YEAR, TODAY, TODAY, LAW, moved_on=None)
    with pytest.raises(Refused, match="closes by law"):
        rules.may_close(ONE_YEAR, TODAY, TODAY, LAW, moved_on=None)
    with pytest.raises(Invalid):
        rules.may_close(NO_YEAR, TODAY + timedelta(days=1), TODAY, LAW, moved_on=None)


def test_a_no_year_account_closes_after_two_fiscal_years_without_a_disbursement():
    """31 U.S.C. 1555"""
    rules.may_close(NO_YEAR, TODAY, TODAY, LAW, moved_on=date(2024, 9, 30))
    with pytest.raises(Refused, match="2 full fiscal years") as caught:
        rules.may_close(NO_YEAR, TODAY, TODAY, LAW, moved_on=date(2024, 10, 1))
    assert caught.value.citation == "31 U.S.C. 1555"
    assert "1 Oct 2027" in caught.value.way_out


def test_a_no_year_account_closes_once_and_on_no_day_before_an_entry_of_it():
    """31 U.S.C. 1555: a closed account takes no entry."""
    rules.may_close(NO_YEAR, TODAY, TODAY, LAW, moved_on=None, last_on=TODAY)
    early = TODAY - timedelta(days=1)
    with pytest.raises(Refused, match="a closed account takes none") as caught:
        rules.may_close(NO_YEAR, early, TODAY, LAW, moved_on=None, last_on=TODAY)
    assert caught.value.citation == "31 U.S.C. 1555"
    with pytest.raises(Refused, match="was closed by the determination of"):
        rules.may_close(Account(NO_YEAR.symbol, early), TODAY, TODAY, LAW, moved_on=None)


@pytest.mark.parametrize(
    ("total", "count"), [(4_000_000_00, 0), (4_000_000_01, 1), (25_000_000_00, 1), (25_000_000_01, 2)]
)
def test_contract_changes_above_the_sums_of_the_law_need_approval_and_then_notice(total: int, count: int):
    """31 U.S.C. 1553(c)"""
    found = rules.contract_changes(total, TODAY, LAW)
    assert len(found) == count
    assert ["approval of the head" in each for each in found[:1]] == [True] * min(count, 1)
    assert ["30 days pass" in each for each in found[1:]] == [True] * (count - min(count, 1))


def test_unusual_years_are_a_warning():
    """DoD FMR vol. 2A"""
    assert rules.usual_life(parse_symbol("097-2027/2028-0400-000"), LAW) is None
    assert "2-year" in (rules.usual_life(parse_symbol("097-2027/2029-0400-000"), LAW) or "")
    assert rules.usual_life(parse_symbol("097-2027/2029-9999-000"), LAW) is None
    assert rules.usual_life(NO_YEAR.symbol, LAW) is None
    assert "no-year" in (rules.usual_life(parse_symbol("097-2027/2027-0360-000"), LAW) or "")
    assert "2-year" in (rules.usual_life(parse_symbol("097-X-0400-000"), LAW) or "")


# ---- time


def test_an_ordinary_obligation_passes():
    assert refused(act()) == []
    assert rules.missing(act(), LAW) == ()


def test_a_new_obligation_is_refused_in_an_expired_account_and_an_adjustment_is_not():
    """31 U.S.C. 1553(a)"""
    late, today = date(2027, 10, 1), date(2027, 11, 1)
    [refusal] = refused(act(effective_on=late), today=today)
    assert refusal.citation == "31 U.S.C. 1553(a)"
    assert "30 Sep 2027" in refusal.detail
    assert refusal.way_out
    assert refused(act(effective_on=date(2027, 9, 30)), today=today) == []
    for kind in ("upward adjustment", "deobligation", "expenditure", "refund"):
        assert refused(act(kind, effective_on=late), today=today) == []


# As the Treasury's list and people write them.
@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Research, Development, Test, and Evaluation, Defense-Wide", "RDT&E"),
        ("Research, Development, Test and Evaluation, Army", "RDT&E"),
        ("RESEARCH, DEVELOPMENT, TEST & EVALUATION, NAVY", "RDT&E"),
        ("RDT&E, Defense-wide, 2030/2031", "RDT&E"),
        ("Air Force RDTE", "RDT&E"),
        ("Operational Test and Evaluation, Defense", "RDT&E"),
        ("Operation and Maintenance, Defense-Wide, Defense", "O&M"),
        ("Operations & Maintenance, Space Force", "O&M"),
        ("O&M, Navy", "O&M"),
        ("Family Housing Operation and Maintenance, Army", "Family Housing"),
        ("Procurement of Ammunition, Navy and Marine Corps", "Procurement"),
        ("Shipbuilding and Conversion, Navy", "Procurement"),
        ("National Guard and Reserve Equipment, Defense", "Procurement"),
        ("Defense Production Act Purchases, Defense", "Defense Production Act"),
        ("Military Construction, Defense-Wide", "Military Construction"),
        ("Reserve Personnel, Marine Corps", "Military Personnel"),
        ("Cooperative Research and Development Project Fund, Defense Intelligence Agency", "Other"),
        ("Ship Modernization, Operations and Sustainment Fund, Navy", "Other"),
        ("Building Maintenance Fund, Defense", "Other"),
        ("", "Other"),
    ],
)
def test_the_kind_of_appropriation_is_told_by_the_title_however_it_is_punctuated(title: str, kind: str):
    assert rules.kind_of_appropriation(title) == kind
    assert kind in rules.APPROPRIATIONS


@pytest.mark.parametrize("kind", [kind for kind in rules.KINDS if kind != "closing"])
def test_a_closed_account_takes_nothing_but_its_closing(kind: str):
    """31 U.S.C. 1552(a)"""
    for on in (date(2032, 10, 1), date(2032, 9, 30)):
        refusal = refused(act(kind, effective_on=on, program_authority="10-usc-2350a"), today=date(2032, 10, 1))[0]
        assert refusal.citation == "31 U.S.C. 1552(a)"


def test_nothing_is_obligated_before_the_account_is_available():
    """31 U.S.C. 1502(a)"""
    [refusal] = refused(act(effective_on=date(2026, 9, 30)))
    assert refusal.citation == "31 U.S.C. 1502(a)"
    assert refused(act("authority received", effective_on=date(2026, 9, 30))) == []


def test_an_obligation_lies_inside_the_period_of_its_document():
    """31 U.S.C. 1502(a)"""
    document = funding(period_from=date(2027, 1, 1), period_until=date(2027, 3, 31))
    assert refused(act(effective_on=date(2027, 3, 31)), document) == []
    assert refused(act(effective_on=date(2027, 1, 1)), document) == []
    for on in (date(2026, 12, 31), date(2027, 4, 1)):
        assert "outside of the period" in refused(act(effective_on=on), document)[0].detail
    assert refused(act("expenditure", effective_on=date(2027, 4, 1)), document) == []


def test_an_entry_is_not_dated_ahead_of_today():
    assert "after today" in refused(act(effective_on=TODAY + timedelta(days=1)))[0].detail
    assert refused(act(effective_on=TODAY)) == []


def test_an_entry_is_not_older_than_the_one_that_it_names():
    for reversal in (False, True):
        [refusal] = refused(
            act("expenditure", names="obligation", named_on=date(2027, 5, 2), document_on=None, reversal=reversal)
        )
        assert "before the entry" in refusal.detail
        assert refusal.citation == "Convention: order of entries"


def test_an_ended_document_takes_no_new_act_and_lets_old_ones_be_paid():
    document = funding(until=date(2027, 4, 1))
    assert "ended on 1 Apr 2027" in refused(act(), document)[0].detail
    assert refused(act(), document)[0].citation == "Convention: funds control"
    assert "ended on 1 Apr 2027" in refused(act("authority received"), document)[0].detail
    assert refused(act("expenditure"), document) == []


# ---- authority


def test_no_new_obligation_rests_on_section_1253_alone_after_its_end():
    """Sec. 1253(g)"""
    account = Account(parse_symbol("097-2031/2032-0400-000"))
    document = funding(account=account)
    last, first = date(2030, 12, 31), date(2031, 1, 1)
    today = date(2031, 2, 1)
    assert refused(act(effective_on=last), document, last) == []
    [refusal] = refused(act(effective_on=first), document, today)
    assert refusal.citation == LAW.citation("1253.g")
    assert "continuation determination" in refusal.way_out
    [undetermined] = refused(act(effective_on=first, program_authority="10-usc-2350a"), document, today)
    assert "under which determination" in undetermined.detail
    determined = act(
        effective_on=first,
        program_authority="10-usc-2350a",
        project_id=1,
        determination=Determination(1, "project", 1, "A", "10-usc-2350a", first, first),
    )
    assert refused(determined, document, today) == []
    for kind in ("upward adjustment", "deobligation", "expenditure"):
        assert refused(act(kind, effective_on=first), document, today) == []
    assert refused(act(effective_on=first, reversal=True), document, today) == []


def test_an_act_on_the_day_on_which_the_readings_differ_carries_the_caution():
    """Sec. 1253(g)"""
    document, today = funding(account=Account(parse_symbol("097-2031/2032-0400-000"))), date(2030, 12, 31)
    [caution] = rules.judge(act(effective_on=today), document, LAW, today=today).warnings
    assert "The authority ends as the termination date begins" in caution
    assert rules.judge(act(effective_on=date(2030, 12, 30)), document, LAW, today=today).warnings == ()


def test_an_obligation_recorded_after_the_end_is_a_late_recording():
    """Sec. 1253(g)"""
    document, today = funding(account=Account(parse_symbol("097-2031/2032-0400-000"))), date(2031, 2, 1)
    [refusal] = refused(act(effective_on=date(2030, 12, 30)), document, today)
    assert "late recording" in refusal.detail
    late = act(effective_on=date(2030, 12, 30), late_because="Came with the January mail.", late_document="W1-7")
    assert refused(late, document, today) == []


def test_an_authority_that_has_lapsed_is_refused():
    """50 U.S.C. 4564"""
    document = funding(account=NO_YEAR)
    last = act(program_authority="50-usc-4533", effective_on=date(2026, 9, 30))
    assert refused(last, document, date(2026, 9, 30)) == []
    assert "late recording" in refused(last, document)[0].detail
    [refusal] = refused(act(program_authority="50-usc-4533", effective_on=date(2026, 10, 1)), document)
    assert "50 U.S.C. 4533 is not in force on 1 Oct 2026" in refusal.detail
    through = act(program_authority="1253.e.3", other_authority="50-usc-4533", effective_on=date(2026, 10, 1))
    assert len(refused(through, document)) == 1


def test_a_commitment_on_an_authority_that_is_not_in_force_warns():
    found = rules.judge(act("commitment", program_authority="50-usc-4533"), funding(), LAW, today=TODAY)
    assert found.refusals == ()
    assert "not in force" in found.warnings[0]


# ---- sources of authority


def test_a_lapse_takes_obligations_on_an_excepted_basis_alone():
    """OMB A-11"""
    assert "names no excepted basis" in refused(act(), funding(source="none"))[0].detail
    found = rules.judge(act(), funding(source="none", excepted_basis="Safety of life"), LAW, today=TODAY)
    assert found.refusals == ()
    assert "Safety of life" in found.warnings[0]
    assert "no authority is received" in refused(act("authority received"), funding(source="none"))[0].detail


def test_a_continuing_resolution_ends_with_its_through_date_and_warns_of_new_starts():
    document = funding(source="continuing resolution", through_on=date(2027, 5, 1), cr_amount=Dollars("50.00"))
    assert refused(act(), document) == []
    assert "runs through 1 May 2027" in refused(act(effective_on=date(2027, 5, 2)), document)[0].detail
    assert "new start" in rules.judge(act(new_start=True), document, LAW, today=TODAY).warnings[0]
    days = [DaySum(date(2027, 1, 1), authority=100_00), DaySum(date(2027, 5, 1), obligated=50_01)]
    found = rules.within_authority(document, days, since=date(2027, 5, 1), asked=1, what="it", statute=LAW)
    assert found.refusals == ()
    assert "$50.01" in found.warnings[0]


def test_a_reimbursable_order_is_accepted_before_it_is_obligated():
    """31 U.S.C. 1535"""
    order = funding(source="reimbursable order", order_law="31 U.S.C. 1535")
    assert "has not been accepted" in refused(act(), order)[0].detail
    accepted = funding(source="reimbursable order", order_law="31 U.S.C. 1535", order_accepted_on=date(2027, 5, 1))
    assert refused(act(), accepted) == []
    other = funding(source="reimbursable order", order_law="10 U.S.C. 2205")
    assert [refusal.citation for refusal in refused(act(), other)] == ["10 U.S.C. 2205"]
    assert "was accepted on 1 May 2027" in refused(act(effective_on=date(2027, 4, 30)), accepted)[0].detail


# ---- what an entry must state


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        (act(amount=Dollars(0)), "amount"),
        (act(amount=Dollars(-1)), "amount"),
        (act(has_funding=False), "funding_document_id"),
        (act("partner contribution", has_funding=False), "participant_id"),
        (act(program_authority=None), "program_authority"),
        (act(program_authority="10-usc-362"), "program_authority"),
        (act("expenditure", names="obligation", program_authority="nothing"), "program_authority"),
        (act(program_authority="1253.e.3"), "other_authority"),
        (act(program_authority="1253.e.3", other_authority="22-usc-2767"), "other_authority"),
        (act(other_authority="nothing"), "other_authority"),
        (act(document_number=None), "document_number"),
        (act(need=None), "need"),
        (act(document_on=None), "document_on"),
        (
            act(performance_from=date(2027, 5, 2), performance_until=date(2027, 5, 1)),
            "performance_until",
        ),
        (act(contribution_kind="cash"), "contribution_kind"),
        (act(basis="price or rate"), "basis"),
        (act(names="obligation"), "adjusts_entry_id"),
        (act("expenditure"), "adjusts_entry_id"),
        (act("expenditure", names="commitment"), "adjusts_entry_id"),
        (act("commitment", names="obligation"), "adjusts_entry_id"),
        (act("upward adjustment", names="obligation"), "basis"),
        (act("commitment", flag="negative unliquidated obligation", evidence="x"), "flag"),
        (act("expenditure", names="obligation", flag="unmatched disbursement", evidence="x"), "flag"),
        (act("expenditure", flag="unmatched disbursement", evidence=" "), "evidence"),
    ],
)
def test_each_missing_statement_is_named(entry: Act, where: str):
    assert [mistake.where for mistake in rules.missing(entry, LAW)] == [where]


def test_what_was_incurred_is_recorded_on_its_evidence_alone():
    """31 U.S.C. 1351"""
    bare = act(
        document_number=None, document_on=None, need=None, flag="potential violation: 1341/1517", evidence="An invoice"
    )
    assert rules.missing(bare, LAW) == ()


def test_assistance_names_the_title_10_authority_that_it_uses():
    """Sec. 1253(e)(3)"""
    assert rules.missing(act(program_authority="1253.e.3", other_authority="10-usc-332"), LAW) == ()


def test_the_fiscal_year_of_the_document_is_the_year_that_pays():
    """31 U.S.C. 1502(a), 1501(a)"""
    two_years = funding(account=Account(parse_symbol("097-2026/2027-0400-000")))
    last, today = date(2026, 9, 30), date(2026, 12, 1)
    assert refused(act(effective_on=last), two_years, today) == []
    [refusal] = refused(act(effective_on=last, document_on=date(2026, 11, 1)), two_years, today)
    assert refusal.citation == "31 U.S.C. 1502(a); 31 U.S.C. 1501(a)"
    assert "FY2027" in refusal.detail
    [refusal] = refused(act(effective_on=date(2026, 10, 1), document_on=last), two_years, today)
    assert "FY2026" in refusal.detail
    adjusted = act("upward adjustment", effective_on=last, document_on=date(2026, 11, 1))
    assert refused(adjusted, two_years, today) == []


def test_no_document_is_dated_after_today():
    """31 U.S.C. 1501(a)"""
    found = rules.judge(act(document_on=TODAY + timedelta(days=1)), funding(), LAW, today=TODAY)
    assert "after today" in found.refusals[0].detail
    assert found.always == found.refusals
    assert refused(act(effective_on=TODAY, document_on=TODAY)) == []


def test_a_participants_cash_names_the_law_that_lets_it_be_credited():
    """31 U.S.C. 3302(b)"""
    [refusal] = refused(act("authority received", has_participant=True))
    assert refusal.citation == "31 U.S.C. 3302(b)"
    assert refused(act("authority received", has_participant=True, receipt_law="22 U.S.C. 2767(e)")) == []
    assert refused(act("authority received", has_participant=True, reversal=True)) == []


# ---- limits on every day


@given(st.lists(st.tuples(DAYS, st.integers(0, 50), st.integers(-50, 50)), min_size=1, max_size=12), DAYS)
def test_a_limit_holds_on_every_day_from_the_given_one(rows: list[tuple[date, int, int]], since: date):
    """31 U.S.C. 1341(a)(1)(A): the same as looking at each day by itself."""
    last = max(*(row[0] for row in rows), since)
    broken = []
    for step in range((last - since).days + 1):
        day = since + timedelta(days=step)
        limit = sum(row[1] for row in rows if row[0] <= day)
        used = sum(row[2] for row in rows if row[0] <= day)
        if used > limit:
            broken.append((day, limit, used))
    found = rules.overrun(rows, since)
    if not broken:
        assert found is None
        return
    assert found is not None
    assert (found.on, found.limit, found.used) == broken[0]
    assert found.worst == max(used - limit for _, limit, used in broken)


@pytest.mark.parametrize(
    ("level", "citation"),
    [
        ("appropriation", "31 U.S.C. 1341(a)(1)(A)"),
        ("apportionment", "31 U.S.C. 1517(a)(1)"),
        ("allocation", "31 U.S.C. 1514, 1517(a)(2)"),
        ("allotment", "31 U.S.C. 1514, 1517(a)(2)"),
        ("suballotment", "31 U.S.C. 1514, 1517(a)(2)"),
    ],
)
def test_each_level_of_control_refuses_under_its_own_rule(level: str, citation: str):
    days = [DaySum(date(2027, 1, 1), authority=100_00), DaySum(date(2027, 2, 1), obligated=100_01)]
    held = {"since": date(2027, 2, 1), "asked": 40_01, "what": "the obligation", "statute": LAW}
    [refusal] = rules.within_authority(funding(level=level), days, **held).refusals
    assert refusal.citation == citation
    assert refusal.way_out == "Up to $40.00 would pass."
    assert (
        rules.within_authority(funding(level=level), [*days, DaySum(date(2027, 2, 1), authority=1)], **held).refusals
        == ()
    )


def test_a_limit_that_no_law_sets_is_cited_as_a_convention():
    day = date(2027, 2, 1)
    held = {"since": day, "asked": 1, "what": "the entry", "statute": LAW}
    document = funding(level="appropriation")
    [refusal] = rules.within_commitments(document, [DaySum(day, authority=1, committed=2)], **held).refusals
    assert refusal.citation == "Convention: funds control"
    [refusal] = rules.within_commitment("commitment 1", [DaySum(day, committed=-1)], **held).refusals
    assert refusal.citation == "Convention: funds control"
    [refusal] = rules.within_obligation("obligation 1", [DaySum(day, obligated=1, expended=2)], **held).refusals
    assert refusal.citation == "Convention: matched disbursements"
    [refusal] = rules.refunds_within_expenditures("obligation 1", [DaySum(day, expended=-1)], **held).refusals
    assert refusal.citation == "Convention: matched disbursements"
    for slug in ("funds-control", "matched-disbursement", "order-of-entries"):
        assert LAW.provision(slug).standing_label == "convention; to be confirmed by counsel"


def test_a_target_warns():
    days = [DaySum(date(2027, 2, 1), authority=1, obligated=2)]
    held = {"since": date(2027, 2, 1), "asked": 2, "what": "the obligation", "statute": LAW}
    for hold in (rules.within_authority, rules.within_commitments):
        found = hold(funding(level="target"), days, **held)
        assert found.refusals == ()
        assert len(found.warnings) == 1


def test_money_in_cents_is_exact():
    for text in ("0.01", "-0.01", "12.30", "9999999999999999.99"):
        assert rules.from_cents(rules.cents(Dollars(text))) == Dollars(text)


def test_a_reversal_does_the_opposite():
    for kind in rules.KINDS:
        there, back = rules.effect(kind, 7, draws=True), rules.effect(kind, 7, reversal=True, draws=True)
        for name in rules.Effect.__struct_fields__:
            assert getattr(there, name) == -getattr(back, name)
    assert rules.effect("partner contribution", 7) == rules.Effect()


# ---- charges to closed accounts


def test_the_share_for_closed_accounts_is_not_rounded_before_it_is_compared():
    """31 U.S.C. 1553(b)"""

    def held(charged: int) -> rules.Findings:
        days = [(TODAY, 199, 0), (TODAY, 0, charged)]
        return rules.within_closed_share("X", days, since=TODAY, asked=charged, what="it", statute=LAW)

    assert not held(1).refusals
    assert held(2).refusals[0].way_out == "Up to $0.01 would pass."


# ---- orders between agencies


def test_an_economy_act_order_says_until_when_the_ordering_agencys_funds_are_available():
    """31 U.S.C. 1535(d)"""
    order = {"source": "reimbursable order", "order_law": "31 U.S.C. 1535", "order_accepted_on": date(2027, 1, 5)}
    said = rules.judge(act(), funding(**order), LAW, today=TODAY).warnings
    assert any("31 U.S.C. 1535(d)" in each for each in said)
    dated = funding(**order, period_until=date(2027, 9, 30))
    assert not rules.judge(act(), dated, LAW, today=TODAY).warnings
    other = funding(**(order | {"order_law": "10 U.S.C. 2571"}))
    assert not rules.judge(act(), other, LAW, today=TODAY).warnings


def test_only_an_obligation_is_an_order_that_is_placed():
    assert [each.where for each in rules.missing(act("commitment", order_law="31 U.S.C. 1535"), LAW)] == ["order_law"]
    assert not rules.missing(act(order_law="31 U.S.C. 1535", order_method="direct cite"), LAW)
    assert [each.where for each in rules.missing(act(order_method="direct cite"), LAW)] == ["order_method"]


# ---- what passes with a caution, and what does not


def warned(entry: Act, document: Funding | None = None, today: date = TODAY) -> str:
    found = rules.judge(entry, document or funding(), LAW, today=today)
    assert found.refusals == ()
    return " ".join(found.warnings)


def test_severable_services_are_a_need_of_the_years_in_which_they_are_performed():
    """31 U.S.C. 1502(a)"""
    for first, last, told in (
        (date(2027, 10, 1), date(2028, 3, 31), "begin on 1 Oct 2027, after account"),
        (date(2026, 5, 1), date(2026, 9, 30), "end on 30 Sep 2026, before account"),
    ):
        services = act(performance_from=first, performance_until=last)
        [refusal] = refused(services)
        assert told in refusal.detail
        assert refusal.citation == "31 U.S.C. 1502(a)"
        assert refused(services, funding(account=NO_YEAR)) == []
    assert warned(act(performance_from=date(2027, 5, 1), performance_until=date(2027, 9, 30))) == ""
    crossing = act(performance_from=date(2027, 9, 30), performance_until=date(2027, 10, 1))
    assert "expires with 30 Sep 2027: confirm" in warned(crossing)


def test_an_obligation_before_its_document_is_told_so():
    """31 U.S.C. 1501(a)"""
    assert "before its document (2 May 2027)" in warned(act(document_on=date(2027, 5, 2)))
    assert warned(act(document_on=date(2027, 4, 30))) == ""


@pytest.mark.parametrize("day", [date(2026, 9, 29), date(2026, 9, 30), date(2026, 10, 1)])
def test_an_obligation_near_the_end_of_a_fiscal_year_says_where_it_was_signed(day: date):
    """money.md: the date of its binding document and the place of signature; 31 U.S.C. 1502(a), 1501(a)"""

    def told(effective_on: date, document_on: date, signed_at: str | None = None) -> str:
        entry = act(effective_on=effective_on, document_on=document_on, signed_at=signed_at)
        return warned(entry, funding(account=NO_YEAR))

    assert f"dated {show_day(day)}, within a day of 30 September, and names no place of signature" in told(day, day)
    assert told(day, day, "Canberra") == ""
    beyond = date(2026, 9, 28) if day.month == 9 else date(2026, 10, 2)
    assert told(beyond, beyond) == ""
    # Either of its two days is enough.
    assert "place of signature" in told(max(day, beyond), min(day, beyond))
    paid = act(effective_on=day, document_on=date(2019, 5, 1), closed=rules.ClosedAccount(ONE_YEAR, ""))
    assert not rules.judge_alone(paid, LAW, today=TODAY).warnings
    for kind in ("commitment", "upward adjustment"):
        assert not rules.judge_alone(act(kind, effective_on=day), LAW, today=TODAY).warnings
    assert not rules.judge_alone(act(effective_on=day, reversal=True), LAW, today=TODAY).warnings


def test_what_an_expired_account_receives_or_gives_away_is_told_so():
    """31 U.S.C. 1553(a)"""
    late, today = date(2027, 10, 1), date(2027, 11, 1)
    for kind, told in (
        ("authority received", "adjustments of old obligations alone"),
        ("transfer in", "adjustments of old obligations alone"),
        ("transfer out", "reaches expired balances"),
        ("reprogramming out", "reaches expired balances"),
    ):
        assert told in warned(act(kind, effective_on=late), today=today)
        assert warned(act(kind, effective_on=date(2027, 9, 30)), today=today) == ""
    assert warned(act("authority received", effective_on=late), funding(account=NO_YEAR), today) == ""


def test_a_commitment_is_told_what_an_obligation_would_be_refused_for():
    """OMB A-11"""
    resolution = funding(source="continuing resolution", through_on=date(2027, 4, 30))
    assert "could not be charged to it" in warned(act("commitment"), resolution)
    assert warned(act("commitment", effective_on=date(2027, 4, 30)), resolution) == ""
    assert "could not be charged to it" in warned(act("commitment"), funding(source="none"))
    assert warned(act("commitment"), funding(source="none", excepted_basis="Safety of life")) == ""


def test_a_recovery_of_an_earlier_year_is_told_that_it_is_apportioned_first():
    """31 U.S.C. 1517(a)(1); in an expired account it is for adjustments alone."""
    two_years = funding(account=Account(parse_symbol("097-2026/2027-0400-000")))
    back = {"names": "obligation", "document_on": None}
    earlier, now = date(2026, 9, 30), date(2026, 10, 1)
    assert "obligated in FY2026: confirm" in warned(act("deobligation", named_on=earlier, **back), two_years)
    assert warned(act("deobligation", named_on=now, **back), two_years) == ""
    late = act("deobligation", named_on=earlier, effective_on=date(2027, 10, 1), **back)
    assert warned(late, two_years, date(2027, 11, 1)) == ""
    assert warned(act("expenditure", named_on=earlier, **back), two_years) == ""


@pytest.mark.parametrize("kind", ["authority withdrawn", *rules.COUNTERS, *rules.COUNTERS.values()])
def test_a_customers_order_moves_nowhere_and_is_withdrawn_by_nobody(kind: str):
    """31 U.S.C. 1535: it is no appropriation, and its authority is never added to one."""
    order = funding(source="reimbursable order", order_law="31 U.S.C. 1535", order_accepted_on=date(2026, 10, 1))
    [refusal] = refused(act(kind), order)
    assert (refusal.citation, bool(refusal.way_out)) == ("31 U.S.C. 1535", True)
    assert refused(act(kind, reversal=True), order) == []
    assert refused(act(kind)) == []


def test_a_day_before_any_account_is_a_mistyped_year():
    for kind in ("obligation", "authority received", "partner contribution"):
        early = act(kind, effective_on=date(1027, 5, 1), has_participant=True)
        assert [each.where for each in rules.missing(early, LAW)] == ["effective_on"]
    assert [each.where for each in rules.check_funding(funding(received_on=date(1899, 12, 31)))] == ["received_on"]
    assert rules.check_funding(funding(received_on=date(1900, 1, 1))) == ()
