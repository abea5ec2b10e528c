"""What changes in agreements, against PostgreSQL: from the first draft over its clocks to an amendment that merges."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from pipir.features.agreements import commands, queries, rules
from pipir.features.agreements.tables import Agreement
from pipir.features.concurrence import commands as concurrence
from pipir.features.concurrence.queries.requests import request
from pipir.features.concurrence.tables import AskedId
from pipir.features.law import commands as law
from pipir.features.law.tables import CoveredAct
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.features.trail.queries import history
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused, Stale
from pipir.kernel.ids import AgreementId
from pipir.kernel.parsing import parse
from pipir.statute.load import the_statute
from pipir.store.doors import Database
from tests.features.agreements.makers import (
    BEGUN,
    CONTRACTOR,
    GOVERNMENT,
    STRICT,
    TODAY,
    Hand,
    countries,
    days,
    determination,
    entered,
    paper,
    share,
    signature,
)


async def a_2767(db: Database, **more: Any) -> tuple[Hand, dict[str, int]]:
    """An agreement under 22 U.S.C. 2767 with Japan, determined to be non-binding."""
    at = await countries(db)
    hand = await Hand.enter(db, ("JPN", at["JPN"]), authority=rules.COOPERATIVE_PROJECT, **more)
    await hand.do(commands.determine_character, **determination())
    return hand, at


async def a_2350a(db: Database, code: str = "SGP") -> tuple[Hand, dict[str, int]]:
    """A signed agreement under 10 U.S.C. 2350a with one country."""
    at = await countries(db)
    hand = await Hand.enter(db, (code, at[code]), authority=rules.COOPERATIVE_RD)
    await hand.do(commands.determine_character, **determination())
    await hand.do(commands.record_paper, **paper("conventional defense capability"))
    await hand.negotiated()
    await hand.step("coordination", BEGUN)
    await hand.sign(BEGUN)
    return hand, at


async def classify(hand: Hand, code: str, country_class: str) -> None:
    said = {
        "country_class": country_class,
        "classified_by": "Office of General Counsel",
        "classified_on": BEGUN.isoformat(),
        "class_source": "Opinion 26-3",
    }
    await hand.do(commands.classify_party, hand.parties[code], **said)


# ---- entries


async def test_codes_follow_each_other_and_the_first_step_is_there(db):
    """Each agreement begins with a step of its own."""
    first = await Hand.enter(db)
    with pytest.raises(Conflict):
        await Hand.enter(db)
    second = await Hand.enter(db, name="Another", parent_id=first.number)
    assert [(await each.view()).code for each in (first, second)] == ["A-0001", "A-0002"]
    async with db.read() as session:
        [step] = await queries.steps(session, second.number)
        changes = await history(session, GOVERNMENT, "agreement", second.number)
    assert (step.was, step.state, step.on_day, step.recorded_on) == (None, "drafting", BEGUN, TODAY)
    assert len(changes) == 2
    assert (await second.view()).parent == "A-0001"


@pytest.mark.parametrize(
    ("more", "error", "where"),
    [
        ({"authority": "1253.f"}, Invalid, "authority"),
        ({"begun_on": "2090-01-01"}, Invalid, "begun_on"),
        ({"lead_office_id": 999}, Invalid, "lead_office_id"),
        ({"parent_id": 999}, Invalid, "parent_id"),
        ({"marking": "SECRET"}, Invalid, "marking"),
        ({"authority": "50-usc-4533", "begun_on": "2026-11-01"}, Refused, None),
    ],
)
async def test_an_entry_that_cannot_stand_is_told_where(db, more, error, where):
    """Every mistake at its field; a lapsed authority by its citation."""
    with pytest.raises(error) as wrong:
        await Hand.enter(db, **more)
    assert [each.where for each in wrong.value.mistakes] == ([where] if where else [])
    if where is None:
        assert wrong.value.citation == "50 U.S.C. 4533"


async def test_an_agreement_does_not_stand_under_itself(db):
    """Nor under one that stands under it."""
    above = await Hand.enter(db)
    below = await Hand.enter(db, name="Below", parent_id=above.number)
    body = {key: value for key, value in entered().items() if key != "begun_on"}
    with pytest.raises(Invalid):
        await above.do(commands.revise_agreement, **body, parent_id=below.number)
    with pytest.raises(Invalid):
        await above.do(commands.revise_agreement, **body, parent_id=above.number)


async def test_what_an_agreement_says_changes_while_it_is_negotiated(db):
    """Afterwards by an amendment; who keeps it at any time."""
    hand = await Hand.enter(db)
    body = {key: value for key, value in entered().items() if key != "begun_on"}
    await hand.do(commands.revise_agreement, **body, purpose="Radars", expires_on="2036-01-01")
    await hand.negotiated()
    with pytest.raises(Refused, match="negotiated again"):
        await hand.do(commands.revise_agreement, **body, purpose="Sonars", expires_on="2036-01-01")
    kept = body | {"purpose": "Radars", "expires_on": "2036-01-01", "source": "Minutes of today"}
    await hand.do(commands.revise_agreement, **kept)
    assert (await hand.view()).source == "Minutes of today"


async def test_an_older_agreement_is_taken_over_as_it_stands(db):
    """It is older than the section, and no act under it."""
    said = {
        "name": "Procurement",
        "kind": "reciprocal defense procurement",
        "source": "Treaty series",
        "signed_on": "2016-06-04",
        "signatory": "The Deputy Secretary",
        "in_force_on": "2016-06-04",
    }
    async with db.write(actor=SERVICE, command="test") as session:
        number = await commands.take_over_agreement(session, parse(commands.TakeOverAgreement, said))
    hand = Hand(db, number)
    assert ((await hand.view()).state, (await hand.clock("transmittal")).state) == ("in force", "not applicable")
    for more, where in (
        ({"signed_on": "2026-01-02", "in_force_on": "2026-01-02"}, "signed_on"),
        ({"in_force_on": "2015-01-01"}, "in_force_on"),
        ({"expires_on": "2016-01-01"}, "expires_on"),
        ({"authority": "1253.e.1"}, "authority"),
    ):
        with pytest.raises(Invalid) as wrong:
            async with db.write(actor=SERVICE, command="test") as session:
                await commands.take_over_agreement(session, parse(commands.TakeOverAgreement, said | more))
        assert wrong.value.mistakes[0].where == where


async def test_a_party_is_entered_once_classified_and_taken_out(db):
    """Only while the text is negotiated."""
    at = await countries(db)
    hand = await Hand.enter(db, ("JPN", at["JPN"]))
    with pytest.raises(Conflict):
        await hand.do(commands.add_party, participant_id=at["JPN"], counterpart="Another ministry")
    with pytest.raises(Invalid):
        await hand.do(commands.add_party, participant_id=999, counterpart="Nobody")
    await classify(hand, "JPN", "major non-NATO ally")
    await hand.do(commands.remove_party, hand.parties["JPN"], because="Left.")
    with pytest.raises(Refused):
        await hand.do(commands.remove_party, hand.parties["JPN"], because="Again.")
    hand.parties["JPN"] = await hand.do(commands.add_party, participant_id=at["JPN"], counterpart="Ministry")
    await hand.negotiated()
    with pytest.raises(Refused):
        await hand.do(commands.remove_party, hand.parties["JPN"], because="Too late.")
    with pytest.raises(Refused):
        await hand.do(commands.add_party, participant_id=at["AUS"], counterpart="Too late")


# ---- 22 U.S.C. 2767


async def test_a_2767_agreement_from_negotiating_authority_to_signature(db):
    """22 U.S.C. 2767(f): the days run from the last receipt; the thirtieth refuses, the one after allows."""
    hand, _ = await a_2767(db)
    await hand.negotiated()
    received = TODAY - days(31)
    await hand.certified(BEGUN, received)
    clock = await hand.clock("certification")
    assert (clock.state, clock.ends_on, clock.first_day) == ("over", TODAY - days(1), TODAY)
    with pytest.raises(Refused, match="lies within the 30 days") as refused:
        await hand.sign(TODAY - days(1))
    assert refused.value.citation == "22 U.S.C. 2767"
    await hand.sign(TODAY)
    assert ((await hand.view()).state, (await hand.view()).signed_on) == ("signed", TODAY)
    with pytest.raises(Refused):
        await hand.sign(TODAY)


async def test_one_receipt_that_is_missing_holds_the_signature(db):
    """22 U.S.C. 2767(f): each addressee receives it."""
    hand, _ = await a_2767(db)
    await hand.negotiated()
    with pytest.raises(Refused, match="it lacks: The project"):
        await hand.tell("certification", "speaker", BEGUN)
    for each in ("description", "quantity", "cost", "contributions", "articles", "benefits", "contracts"):
        await hand.do(commands.write_item, item=each, statement="Known.")
    await hand.step("coordination", BEGUN)
    with pytest.raises(Refused, match="was not sent to"):
        await hand.step("certified", BEGUN)
    sent = [await hand.tell("certification", each, BEGUN) for each in ("speaker", "sfrc-chair", "sasc-chair")]
    with pytest.raises(Refused, match="was sent it on"):
        await hand.tell("certification", "speaker", BEGUN)
    with pytest.raises(Invalid):
        await hand.tell("certification", "nobody", BEGUN)
    await hand.step("certified", BEGUN)
    for number in sent[:2]:
        await hand.receive(number, BEGUN)
    with pytest.raises(Refused, match="Chair, Committee on Armed Services"):
        await hand.sign(TODAY)
    await hand.receive(sent[2], BEGUN)
    with pytest.raises(Invalid):
        await hand.receive(sent[2], BEGUN + days(1))
    await hand.receive(sent[2], BEGUN + days(1), because="The stamp says so.")
    assert (await hand.clock("certification")).started_on == BEGUN + days(1)
    await hand.sign(TODAY)


async def test_a_changed_text_is_certified_anew(db):
    """What was told of the former text counts for nothing."""
    hand, _ = await a_2767(db)
    await (await hand.negotiated()).certified()
    await hand.step("negotiating", TODAY - days(60))
    await hand.step("text agreed", TODAY - days(59))
    await hand.step("coordination", TODAY - days(58))
    assert (await hand.clock("certification")).state == "waiting for its start"
    with pytest.raises(Refused, match="was not sent to"):
        await hand.sign(TODAY)
    for slug, _name in rules.addressees(the_statute(), "certification"):
        await hand.receive(await hand.tell("certification", slug, TODAY - days(58)), TODAY - days(57))
    await hand.step("certified", TODAY - days(56))
    await hand.sign(TODAY)


async def test_nothing_is_certified_under_other_law(db):
    """Coordination leads to signature then."""
    hand = await Hand.enter(db)
    await hand.negotiated()
    with pytest.raises(Refused):
        await hand.do(commands.write_item, item="cost", statement="None.")
    await hand.step("coordination", BEGUN)
    with pytest.raises(Refused, match="Nothing is certified"):
        await hand.step("certified", BEGUN)


# ---- 10 U.S.C. 2350a, 2350l, 1 U.S.C. 112b


async def test_a_report_holds_effect_with_another_friendly_foreign_country(db):
    """10 U.S.C. 2350a: signed already, and in force after the days and equitable shares."""
    hand, at = await a_2350a(db)
    with pytest.raises(Refused, match="class of Singapore"):
        await hand.step("in force", TODAY)
    await classify(hand, "SGP", "other friendly foreign country")
    for slug, _name in rules.addressees(the_statute(), "report"):
        await hand.receive(await hand.tell("report", slug, TODAY - days(40)), TODAY - days(30))
    with pytest.raises(Refused, match="takes effect on"):
        await hand.step("in force", TODAY)
    for number in range(1, 5):
        await hand.receive(number, TODAY - days(31), because="A day earlier.")
    with pytest.raises(Refused, match="No agreed share"):
        await hand.step("in force", TODAY)
    await hand.do(commands.record_share, **share(None, "100000.00"))
    theirs = share(at["SGP"], "67000", currency="SGD", rate="0.74", rate_on=BEGUN.isoformat(), rate_source="Treasury")
    number = await hand.do(commands.record_share, **theirs)
    with pytest.raises(Refused, match="unequal"):
        await hand.step("in force", TODAY)
    await hand.do(commands.end_share, number, because="Mistyped.")
    await hand.do(commands.record_share, **(theirs | {"amount": "135000"}))
    await hand.step("in force", TODAY)
    assert (await hand.view()).in_force_on == TODAY


async def test_a_written_determination_carries_unequal_shares(db):
    """10 U.S.C. 2350a."""
    hand, _ = await a_2350a(db, "JPN")
    await classify(hand, "JPN", "major non-NATO ally")
    await hand.do(commands.record_paper, **paper("unequal shares"))
    await hand.step("in force", TODAY)


async def test_the_transmittal_starts_with_the_signature_and_has_its_papers(db):
    """1 U.S.C. 112b: fifteen days, three papers."""
    hand = await Hand.enter(db, ("JPN", (await countries(db))["JPN"]))
    await hand.negotiated(TODAY - days(5))
    await hand.step("coordination", TODAY - days(4))
    with pytest.raises(Refused, match="No counsel's office"):
        await hand.sign(TODAY - days(3))
    await hand.do(commands.determine_character, **determination(character="international agreement"))
    with pytest.raises(Refused, match="No consultation"):
        await hand.sign(TODAY - days(3))
    await hand.do(commands.record_paper, **paper("prior consultation", TODAY - days(3)))
    with pytest.raises(Refused, match="after the signature"):
        await hand.tell("transmittal", "state-treaty-affairs", TODAY)
    await hand.sign(TODAY - days(3))
    assert (await hand.clock("transmittal")).ends_on == TODAY + days(12)
    with pytest.raises(Refused, match="legal memorandum and translation"):
        await hand.tell("transmittal", "state-treaty-affairs", TODAY)
    for kind in ("legal memorandum", "translation"):
        await hand.do(commands.record_paper, **paper(kind))
    await hand.tell("transmittal", "state-treaty-affairs", TODAY)
    assert (await hand.clock("transmittal")).done_on == TODAY


async def test_a_later_determination_supersedes_with_its_reason(db):
    """The earlier one stays in the record."""
    hand = await Hand.enter(db)
    await hand.do(commands.determine_character, **determination())
    with pytest.raises(Invalid):
        await hand.do(commands.determine_character, **determination(character="contract"))
    await hand.do(commands.determine_character, **determination(character="contract", because="It binds a sum."))
    async with db.read() as session:
        found = await queries.characters(session, hand.number)
    assert [(each.character, each.stands) for each in found] == [("contract", True), ("non-binding", False)]
    assert (await hand.view()).character == "contract"


async def test_test_facilities_wait_for_the_concurrence_of_state(db):
    """10 U.S.C. 2350l: an office of the Department concurs with the agreement as it stands."""
    hand = await Hand.enter(
        db, ("JPN", (await countries(db))["JPN"]), authority=rules.TEST_FACILITIES, kind="test facilities"
    )
    await hand.do(commands.determine_character, **determination(character="contract"))
    await hand.do(commands.record_paper, **paper("direct costs"))
    await hand.negotiated()
    await hand.step("coordination", BEGUN)
    with pytest.raises(Refused, match="has not concurred") as refused:
        await hand.sign(TODAY)
    assert refused.value.citation == "10 U.S.C. 2350l"
    await concur(db, hand)
    await hand.sign(TODAY)


async def concur(db: Database, hand: Hand, symbol: str = "State PM", role: str = "concur") -> None:
    """An office of the Department of State is asked about the signature as it stands, and concurs."""
    async with db.write(actor=SERVICE, command="test") as session:
        body = people.OpenOffice(symbol, "Political-Military Affairs", "Department of State", BEGUN)
        office = await people.open_office(session, body)
        person = people.AddPerson(
            name="A liaison", title="Liaison", office_id=office, since=BEGUN, roles=["state-liaison"]
        )
        liaison = await people.add_person(session, person)
        agreement = await session.get_one(Agreement, hand.number)
        proposal = await queries.signature_of(session, agreement)
        asked = {
            "act": proposal.act,
            "subject_kind": "agreement",
            "subject_id": hand.number,
            "title": proposal.title,
            "subject_href": proposal.href,
            "question": "Do you concur?",
            "before": dict(proposal.before),
            "after": dict(proposal.after),
            "due_on": TODAY.isoformat(),
            "policy_citation": "Memorandum 4",
            role: [office],
        }
        number = await concurrence.ask(session, parse(concurrence.AskOffices, asked))
        view = await request(session, GOVERNMENT, number)
    async with db.write(actor=liaison, command="test") as session:
        await concurrence.answer(session, AskedId(view.offices[0].id), parse(concurrence.Answer, {"answer": "concur"}))


async def test_an_office_policy_holds_the_signature_until_it_is_agreed(db):
    """Office policy, beside the law."""
    hand = await Hand.enter(db, ("JPN", (await countries(db))["JPN"]))
    await hand.do(commands.determine_character, **determination())
    await hand.negotiated()
    await hand.step("coordination", BEGUN)
    async with db.write(actor=SERVICE, command="test") as session:
        body = people.OpenOffice("GC", "General Counsel", "Department of Defense", BEGUN)
        office = await people.open_office(session, body)
        policy = concurrence.EnterPolicy(
            act="agreement-signature", title="Counsel", citation="Memorandum 9", since=TODAY, concur=[office]
        )
        await concurrence.enter_policy(session, policy)
    with pytest.raises(Refused) as refused:
        await hand.sign(TODAY)
    assert refused.value.way_out_href.startswith("/concurrence/new?")


# ---- signature, sunset, delegation


async def test_a_signature_is_a_covered_act_once(db):
    """Sec. 1253(e)(1): in the register with its day."""
    hand = await Hand.enter(db, ("JPN", (await countries(db))["JPN"]))
    await hand.in_force()
    async with db.read() as session:
        [act] = (await session.scalars(select(CoveredAct).where(CoveredAct.table_name == "agreement"))).all()
    assert (act.act, act.title, act.acted_on, act.record_id) == ("agreement", "Radar repair", BEGUN, hand.number)
    assert (await hand.view()).label == ""


async def test_an_official_signs_on_the_registers_delegation(db):
    """10 U.S.C. 113(d)."""
    hand = await Hand.enter(db, ("JPN", (await countries(db))["JPN"]))
    await hand.do(commands.determine_character, **determination())
    await hand.negotiated()
    await hand.step("coordination", BEGUN)
    with pytest.raises(Refused, match="only on a delegation"):
        await hand.sign(TODAY, signatory="an official on a delegation")
    async with db.write(actor=SERVICE, command="test") as session:
        delegation = law.Delegate(
            function="sign an agreement",
            from_office="Secretary of Defense",
            to_office="Under Secretary (A&S)",
            citation="10 U.S.C. 113(d)",
            instrument="Memorandum 3",
            instrument_on=BEGUN,
            since=BEGUN,
        )
        await law.delegate(session, delegation)
    await hand.sign(TODAY, signatory="an official on a delegation")
    assert "Memorandum 3" in ((await hand.view()).signatory or "")


async def test_days_in_an_impossible_order_are_told(db):
    """A step before the one before it; a signature of tomorrow."""
    hand = await Hand.enter(db, ("JPN", (await countries(db))["JPN"]))
    with pytest.raises(Invalid):
        await hand.step("negotiating authority", BEGUN - days(1))
    with pytest.raises(Invalid):
        await hand.step("negotiating authority", TODAY + days(1))
    with pytest.raises(Refused, match="does not become"):
        await hand.step("in force", TODAY)
    await hand.do(commands.determine_character, **determination())
    await hand.negotiated()
    await hand.step("coordination", BEGUN)
    with pytest.raises(Invalid) as wrong:
        await hand.sign(TODAY + days(1))
    assert wrong.value.mistakes[0].where == "signed_on"


async def test_an_agreement_is_suspended_resumed_and_expires_by_itself(db):
    """What is resumed is what it was; on the day of expiry no job has to run."""
    hand = await Hand.enter(db, ("JPN", (await countries(db))["JPN"]), expires_on=TODAY.isoformat())
    await hand.in_force()
    await hand.step("suspended", BEGUN + days(1))
    with pytest.raises(Refused, match="was in force"):
        await hand.step("amended", BEGUN + days(2))
    await hand.step("in force", BEGUN + days(2))
    view = await hand.view()
    assert (view.state, view.recorded_state) == ("expired", "in force")
    async with db.read() as session:
        page = await queries.list_agreements(session, GOVERNMENT, queries.AgreementFilter(states=("expired",)))
    assert [each.id for each in page.items] == [hand.number]
    with pytest.raises(Refused, match="expired on"):
        await hand.step("suspended", TODAY)
    # What happened on an earlier day is still recorded with its day.
    await hand.step("suspended", TODAY - days(1))
    await hand.step("expired", TODAY)
    with pytest.raises(Refused, match="does not become ended"):
        await hand.step("ended", TODAY)


# ---- amendments


def draft(**fields: Any) -> dict[str, Any]:
    return {"title": "First change", "because": "It was asked for.", "fields": list(fields)} | fields


async def test_an_amendment_is_drafted_compared_signed_and_merged_in_one_write(db):
    """It changes what it says from the signature on."""
    hand = await Hand.enter(db, ("JPN", (await countries(db))["JPN"]), expires_on="2030-01-01")
    with pytest.raises(Refused, match="in force"):
        await hand.do(commands.draft_amendment, **draft(purpose="More radars"))
    await hand.in_force()
    number = await hand.do(commands.draft_amendment, **draft(purpose="More radars", expires_on="2032-01-01"))
    async with db.read() as session:
        view = await queries.amendment(session, GOVERNMENT, number)
    assert [(each.field, each.now, each.proposed) for each in view.changes] == [
        ("purpose", "", "More radars"),
        ("expires_on", "2030-01-01", "2032-01-01"),
    ]
    with pytest.raises(Refused, match="does not become signed"):
        await hand.do(commands.sign_amendment, number, **signature())
    await hand.do(commands.agree_amendment, number)
    await hand.do(commands.sign_amendment, number, **signature())
    after = await hand.view()
    assert (after.purpose, after.expires_on, after.state) == ("More radars", date(2032, 1, 1), "amended")
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(CoveredAct)) == 2
        steps = await queries.steps(session, hand.number)
        merged = await queries.amendment(session, GOVERNMENT, number)
    assert (steps[-1].state, "Amendment 1" in steps[-1].because) == ("amended", True)
    assert (merged.changes[1].now, merged.conflicts) == ("2030-01-01", False)


async def test_two_amendments_of_one_field_conflict_until_one_is_drafted_anew(db):
    """Compared with what stands, and with what stood when it was drafted."""
    hand = await Hand.enter(db, ("JPN", (await countries(db))["JPN"]))
    await hand.in_force()
    first = await hand.do(commands.draft_amendment, **draft(purpose="First"))
    second = await hand.do(commands.draft_amendment, **draft(purpose="Second", name="Another title"))
    for number in (first, second):
        await hand.do(commands.agree_amendment, number)
    await hand.do(commands.sign_amendment, first, **signature())
    async with db.read() as session:
        view = await queries.amendment(session, GOVERNMENT, second)
    assert [(each.field, each.conflicts, each.drafted, each.now) for each in view.changes] == [
        ("name", False, "Radar repair", "Radar repair"),
        ("purpose", True, "", "First"),
    ]
    with pytest.raises(Refused, match="changed since: Purpose"):
        await hand.do(commands.sign_amendment, second, **signature())
    await hand.do(commands.redraft_amendment, second, **draft(purpose="Second"))
    with pytest.raises(Refused):
        await hand.do(commands.sign_amendment, second, **signature())
    await hand.do(commands.agree_amendment, second)
    await hand.do(commands.sign_amendment, second, **signature())
    assert ((await hand.view()).purpose, (await hand.view()).name) == ("Second", "Radar repair")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (draft(purpose=""), "fields"),
        ({"title": "x", "because": "Because.", "fields": ["also_authority"], "also_rests_on": "1253.e.1"},
         "also_authority"),
        ({"title": "x", "because": "Because.", "fields": ["name"]}, "name"),
        ({"title": "x", "because": "Because.", "fields": ["program_authority"], "rests_on": "1253.f"},
         "program_authority"),
    ],
)  # fmt: skip
async def test_an_amendment_that_cannot_stand_is_told_where(db, body, where):
    """Typed by field."""
    hand = await Hand.enter(db, ("JPN", (await countries(db))["JPN"]))
    await hand.in_force()
    with pytest.raises(Invalid) as wrong:
        await hand.do(commands.draft_amendment, **body)
    assert [each.where for each in wrong.value.mistakes] == [where]


async def test_an_amendment_is_withdrawn_and_never_signed_then(db):
    """It stays in the record."""
    hand = await Hand.enter(db, ("JPN", (await countries(db))["JPN"]))
    await hand.in_force()
    number = await hand.do(commands.draft_amendment, **draft(expires_on=BEGUN.isoformat()))
    await hand.do(commands.agree_amendment, number)
    with pytest.raises(Invalid, match="expiry"):
        await hand.do(commands.sign_amendment, number, **signature())
    await hand.do(commands.withdraw_amendment, number, because="Moot.")
    for command, body in (
        (commands.agree_amendment, {}),
        (commands.sign_amendment, signature()),
        (commands.redraft_amendment, draft(purpose="x")),
        (commands.withdraw_amendment, {"because": "Again."}),
    ):
        with pytest.raises(Refused):
            await hand.do(command, number, **body)


# ---- sight, versions, the database's own rules


async def test_what_is_hidden_is_not_found_by_any_act(db):
    """Markings: a hidden record is told from a missing one by nobody."""
    at = await countries(db)
    hand = await Hand.enter(db, ("JPN", at["JPN"]), marking=STRICT)
    await hand.do(commands.record_share, **share(None, "10"))
    async with db.write(actor=SERVICE, command="test") as session:
        office = await people.open_office(session, people.OpenOffice("CTR", "Contractors", "Other", BEGUN))
        hand.actor = await people.add_person(
            session,
            people.AddPerson(
                name="Contractor",
                title="Analyst",
                office_id=office,
                since=BEGUN,
                roles=["program-office"],
                reader_kind="contractor",
            ),
        )
    for command, target, said in (
        (commands.step_agreement, None, {"state": "negotiating authority", "because": "Because."}),
        (commands.add_party, None, {"participant_id": at["AUS"], "counterpart": "x"}),
        (commands.classify_party, hand.parties["JPN"], {"country_class": "NATO member", "classified_by": "x",
                                                        "classified_on": "2026-01-05", "class_source": "x"}),
        (commands.end_share, 1, {"because": "Because."}),
        (commands.record_paper, None, paper("translation")),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await hand.do(command, target, **said)
    async with db.read() as session:
        assert (await queries.list_agreements(session, CONTRACTOR)).total == 0
        assert await queries.names(session, CONTRACTOR) == ()
        assert await queries.entries(session, CONTRACTOR) == ()
        assert await queries.counts(session, CONTRACTOR) == ()
        with pytest.raises(NotFound):
            await queries.agreement(session, CONTRACTOR, hand.number)


async def test_a_stale_version_stores_nothing(db):
    """Read again, and change once more."""
    hand = await Hand.enter(db)
    with pytest.raises(Stale):
        async with db.write(actor=SERVICE, command="test") as session:
            body = parse(commands.TakeStep, {"state": "negotiating authority", "because": "Because."})
            await commands.step_agreement(session, hand.number, body, version=7)
    with pytest.raises(NotFound):
        async with db.write(actor=SERVICE, command="test") as session:
            await commands.step_agreement(session, AgreementId(99), body, version=1)


@pytest.mark.parametrize(
    "statement",
    [
        "update agreement set state = 'signed', version = version + 1",
        "update agreement_step set because = 'other'",
        "delete from agreement_step",
        "insert into agreement_step (version, agreement_id, step, was, state, on_day, because, recorded_by_id, "
        "recorded_on) values (1, 1, 2, 'signed', 'in force', '2026-01-01', 'x', 1, '2026-01-01')",
    ],
)
async def test_the_database_keeps_the_state_with_its_steps(db, statement):
    """The state is that of the latest step, whoever writes."""
    await Hand.enter(db)
    with pytest.raises((DBAPIError, Conflict, Refused)):
        async with db.write(actor=SERVICE, command="test") as session:
            await session.execute(text(statement))


async def test_an_amendment_has_a_policy_of_its_own(db):
    """Office policy: what was agreed is this amendment's value."""
    hand = await Hand.enter(db, ("JPN", (await countries(db))["JPN"]))
    await hand.in_force()
    number = await hand.do(commands.draft_amendment, **draft(purpose="More"))
    await hand.do(commands.agree_amendment, number)
    async with db.write(actor=SERVICE, command="test") as session:
        body = people.OpenOffice("GC", "General Counsel", "Department of Defense", BEGUN)
        office = await people.open_office(session, body)
        policy = concurrence.EnterPolicy(
            act="amendment-signature", title="Counsel", citation="Memorandum 9", since=TODAY, concur=[office]
        )
        await concurrence.enter_policy(session, policy)
    with pytest.raises(Refused) as refused:
        await hand.do(commands.sign_amendment, number, **signature())
    assert "subject_kind=agreement_amendment" in refused.value.way_out_href
