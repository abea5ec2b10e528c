"""Amendments that change parties and agreed shares, and agreements under two laws, against PostgreSQL."""

from typing import Any

import pytest

from pipir.features.agreements import commands, queries
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import SERVICE
from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Refused
from pipir.kernel.marking import parse_marking
from tests.features.agreements.makers import (
    BEGUN,
    CONTRACTOR,
    GOVERNMENT,
    TODAY,
    Hand,
    countries,
    days,
    paper,
    share,
    signature,
)
from tests.features.agreements.test_commands import a_2350a, draft


def a_share(**said: Any) -> dict[str, Any]:
    """The body of a proposed share, in yen."""
    usual = {
        "kind": "cost",
        "source": "Annex B",
        "description": "Half of the cost",
        "currency": "JPY",
        "amount": "1500000",
        "rate": "0.0067",
        "rate_on": BEGUN.isoformat(),
        "rate_source": "Treasury",
    }
    return usual | said


async def test_an_amendment_of_parties_and_shares_is_compared_part_by_part_and_merged(db):
    """Typed, compared with what it amends, merged on signature; what it replaces stays, as ended."""
    number_of = await countries(db)
    japan, australia = number_of["JPN"], number_of["AUS"]
    hand = await Hand.enter(db, ("JPN", japan))
    await hand.in_force()
    await hand.do(commands.record_share, **a_share(stage="agreed", participant_id=japan, amount="1000000.00"))
    number = await hand.do(commands.draft_amendment, **draft())
    with pytest.raises(Refused, match="proposes no change yet"):
        await hand.do(commands.agree_amendment, number)
    await hand.do(commands.propose_party, number, participant_id=australia, counterpart="Department of Defence")
    await hand.do(commands.propose_share, number, **a_share(participant_id=japan))
    await hand.do(commands.propose_share, number, **a_share(participant_id=australia, currency="AUD", rate="0.65"))
    async with db.read() as session:
        view = await queries.amendment(session, GOVERNMENT, number)
        held = await queries.amendment(session, CONTRACTOR, number)
    assert sorted((each.title, *each.shown) for each in view.changes) == [
        (
            "Agreed share of AUS: cost",
            "none agreed",
            "none agreed",
            f"AUD 1,500,000.00 at 0.65 of {show_day(BEGUN)}, Treasury (Half of the cost; Annex B)",
        ),
        (
            "Agreed share of JPN: cost",
            f"JPY 1,000,000 at 0.0067 of {show_day(BEGUN)}, Treasury (Half of the cost; Annex B)",
            f"JPY 1,000,000 at 0.0067 of {show_day(BEGUN)}, Treasury (Half of the cost; Annex B)",
            f"JPY 1,500,000 at 0.0067 of {show_day(BEGUN)}, Treasury (Half of the cost; Annex B)",
        ),
        ("Party AUS", "no party", "no party", "through Department of Defence"),
    ]
    assert len(held.changes) == 3
    await hand.do(commands.agree_amendment, number)
    with pytest.raises(Refused, match="is agreed"):
        await hand.do(commands.propose_party, number, participant_id=australia)
    await hand.do(commands.sign_amendment, number, **signature())
    async with db.read() as session:
        parties = await queries.parties(session, GOVERNMENT, hand.number)
        shares = await queries.shares(session, GOVERNMENT, hand.number, ended=True)
    assert next((each.code, each.counterpart) for each in parties) == ("AUS", "Department of Defence")
    assert [(each.party, each.shown, each.until is None) for each in shares if each.kind == "cost"] == [
        ("Australia", "AUD 1,500,000.00", True),
        ("Japan", "JPY 1,000,000", False),
        ("Japan", "JPY 1,500,000", True),
    ]
    assert "Amendment 1" in next(each.ended_because or "" for each in shares if each.until is not None)


async def test_a_share_that_another_amendment_has_changed_conflicts_until_it_is_drafted_anew(db):
    """Compared with what stands, and with what stood when it was drafted."""
    japan = (await countries(db))["JPN"]
    hand = await Hand.enter(db, ("JPN", japan))
    await hand.in_force()
    numbers = []
    for amount in ("1000", "2000"):
        number = await hand.do(commands.draft_amendment, **draft())
        await hand.do(commands.propose_share, number, **a_share(participant_id=japan, amount=amount))
        await hand.do(commands.agree_amendment, number)
        numbers.append(number)
    await hand.do(commands.sign_amendment, numbers[0], **signature())
    with pytest.raises(Refused, match="changed since: Agreed share of JPN: cost"):
        await hand.do(commands.sign_amendment, numbers[1], **signature())
    await hand.do(commands.redraft_amendment, numbers[1], **draft())
    await hand.do(commands.agree_amendment, numbers[1])
    await hand.do(commands.sign_amendment, numbers[1], **signature())
    async with db.read() as session:
        [stands] = await queries.shares(session, GOVERNMENT, hand.number)
    assert stands.shown == "JPY 2,000"


async def test_an_amendment_does_not_make_shares_unequal_without_the_written_determination(db):
    """10 U.S.C. 2350a(c)"""
    hand, at = await a_2350a(db)
    ally = {"country_class": "major non-NATO ally", "classified_by": "Counsel", "classified_on": BEGUN.isoformat(),
            "class_source": "List"}  # fmt: skip
    await hand.do(commands.classify_party, hand.parties["SGP"], **ally)
    for number in (None, at["SGP"]):
        await hand.do(commands.record_share, **share(number, "100"))
    await hand.step("in force", BEGUN)
    amendment = await hand.do(commands.draft_amendment, **draft())
    half = {"kind": "cost", "source": "Annex B", "description": "Less", "currency": "USD", "amount": "50"}
    await hand.do(commands.propose_share, amendment, participant_id=at["SGP"], **half)
    await hand.do(commands.agree_amendment, amendment)
    with pytest.raises(Refused, match="unequal") as refused:
        await hand.do(commands.sign_amendment, amendment, **signature())
    assert refused.value.citation == "10 U.S.C. 2350a"
    await hand.do(commands.record_paper, **paper("unequal shares"))
    await hand.do(commands.sign_amendment, amendment, **signature())
    async with db.read() as session:
        stands = await queries.shares(session, GOVERNMENT, hand.number)
    assert [each.shown for each in stands] == ["USD 100.00", "USD 50.00"]


async def test_a_country_leaves_an_agreement_with_its_agreed_share(db):
    """No agreed share is left to a country that is no party."""
    japan = (await countries(db))["JPN"]
    hand = await Hand.enter(db, ("JPN", japan))
    await hand.in_force()
    await hand.do(commands.record_share, **a_share(stage="agreed", participant_id=japan))
    number = await hand.do(commands.draft_amendment, **draft())
    await hand.do(commands.propose_party, number, participant_id=japan)
    await hand.do(commands.agree_amendment, number)
    with pytest.raises(Refused, match="would leave an agreed share"):
        await hand.do(commands.sign_amendment, number, **signature())
    await hand.do(commands.redraft_amendment, number, **draft())
    await hand.do(commands.propose_share, number, kind="cost", source="Annex B", participant_id=japan)
    await hand.do(commands.agree_amendment, number)
    await hand.do(commands.sign_amendment, number, **signature())
    async with db.read() as session:
        assert await queries.parties(session, GOVERNMENT, hand.number) == ()
        assert await queries.shares(session, GOVERNMENT, hand.number) == ()


async def test_what_an_amendment_proposes_of_parties_and_shares_is_refused_where_it_cannot_stand(db):
    """Each mistake says where it is."""
    japan = (await countries(db))["JPN"]
    hand = await Hand.enter(db, ("JPN", japan))
    await hand.in_force()
    number = await hand.do(commands.draft_amendment, **draft())
    for command, body, where in (
        (commands.propose_party, {"participant_id": 99}, ["participant_id"]),
        (commands.propose_share, a_share(participant_id=99), ["participant_id"]),
        (commands.propose_share, a_share(currency=None, description=None), ["description", "currency"]),
        (commands.propose_share, a_share(amount="-1"), ["amount"]),
        (commands.propose_share, a_share(rate_on=(TODAY + days(1)).isoformat()), ["rate_on"]),
        (commands.propose_share, {"kind": "work", "source": "Annex B"}, ["amount"]),
        (commands.leave_out, {"field": "party:1"}, ["field"]),
    ):
        with pytest.raises(Invalid) as wrong:
            await hand.do(command, number, **body)
        assert [each.where for each in wrong.value.mistakes] == where
    await hand.do(commands.propose_share, number, **a_share(participant_id=japan))
    await hand.do(commands.leave_out, number, field=f"share:{japan}:cost")
    with pytest.raises(Refused, match="no change yet"):
        await hand.do(commands.agree_amendment, number)


async def test_a_change_about_a_country_that_a_reader_may_not_see_is_not_shown_to_them(db):
    """The amendment is; the part of it is not."""
    found = await countries(db)
    async with db.write(actor=SERVICE, command="test.mark") as session:
        hidden = await session.get_one(Participant, found["AUS"])
        hidden.mark(parse_marking("CUI//FED ONLY"))
    hand = await Hand.enter(db, ("JPN", found["JPN"]))
    await hand.in_force()
    number = await hand.do(commands.draft_amendment, **draft(purpose="More"))
    await hand.do(commands.propose_party, number, participant_id=found["AUS"], counterpart="Hidden")
    async with db.read() as session:
        seen = await queries.amendment(session, CONTRACTOR, number)
        every = await queries.amendment(session, GOVERNMENT, number)
    assert [each.title for each in seen.changes] == ["Purpose"]
    assert [each.title for each in every.changes] == ["Purpose", "Party AUS"]


async def test_an_agreement_under_two_laws_has_the_clocks_and_gates_of_both(db):
    """22 U.S.C. 2767(f) holds the signature, 10 U.S.C. 2350a(a)(3) the entry into force."""
    japan = (await countries(db))["JPN"]
    hand = await Hand.enter(db, ("JPN", japan), authority="10-usc-2350a", also_authority="22-usc-2767")
    await hand.negotiated()
    view = await hand.view()
    async with db.read() as session:
        standing = await queries.standing(session, GOVERNMENT, view)
    states = {each.slug: each.state for each in standing.clocks}
    assert (states["certification"], states["report"]) == ("waiting for its start",) * 2
    citations = {each.citation for each in standing.before_signature}
    assert {"22 U.S.C. 2767", "10 U.S.C. 2350a"} <= citations
    assert {each.citation for each in standing.before_effect} == {"10 U.S.C. 2350a"}
    listed = queries.AgreementFilter(authority="22-usc-2767")
    async with db.read() as session:
        page = await queries.list_agreements(session, GOVERNMENT, listed)
    assert [each.id for each in page.items] == [hand.number]


@pytest.mark.parametrize(
    ("authority", "also"), [(None, "22-usc-2767"), ("22-usc-2767", "22-usc-2767"), ("22-usc-2767", "1253.e.1"),
                            ("22-usc-2767", "1253.f")]
)  # fmt: skip
async def test_a_second_law_stands_beside_a_first_and_is_another(db, authority, also):
    """The section is named first; what is not known rests on nothing."""
    with pytest.raises(Invalid) as wrong:
        await Hand.enter(db, authority=authority, also_authority=also)
    assert [each.where for each in wrong.value.mistakes] == ["also_authority"]


async def test_a_signed_amendment_is_one_change_of_its_agreement_although_parts_are_merged_too(db):
    """Sec. 1253(g): the database judges an extension by the day and the papers of the same change."""
    japan = (await countries(db))["JPN"]
    hand = await Hand.enter(db, ("JPN", japan), expires_on="2030-01-01")
    await hand.in_force()
    number = await hand.do(commands.draft_amendment, **draft(expires_on="2032-01-01"))
    await hand.do(commands.propose_share, number, **a_share(participant_id=japan))
    await hand.do(commands.agree_amendment, number)
    version = (await hand.view()).version
    await hand.do(commands.sign_amendment, number, **signature())
    assert (await hand.view()).version == version + 1
