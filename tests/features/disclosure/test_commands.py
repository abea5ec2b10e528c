"""What a release stands on, what refuses it, and what the database itself refuses."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from pipir.features.disclosure import commands, queries
from pipir.features.people.tables import SERVICE
from pipir.kernel.command import commands_of
from pipir.kernel.errors import Conflict, Invalid, NotFound, Refused, Stale
from pipir.kernel.marking import Reader
from tests.features.disclosure.situations import (
    AGREEMENT,
    DECISION,
    EXPORT,
    HIDDEN,
    OFFICIAL,
    RELEASE,
    SINCE,
    agreed,
    decided,
    everything,
    exported,
    released,
    second_person,
)
from tests.features.projects.situations import propose as proposed

DAY = timedelta(days=1)


def wheres(refused):
    return {each.where for each in refused.value.mistakes}


def test_the_commands_of_disclosure_are_these():
    """One person enters, another decides."""
    found = {each.name: each.permission for each in commands_of(commands)}
    assert found.pop("disclosure.decide") == "disclosure.decide"
    assert set(found.values()) == {"disclosure.change"}
    assert {name.partition(".")[2] for name in found} == {
        "enter", "end", "enter-export-basis", "end-export-basis", "enter-agreement", "end-agreement", "record-release",
    }  # fmt: skip


async def test_a_release_stands_on_its_marking_and_three_records(db):
    decision, export, agreement = await everything(db)
    number = await released(db)
    async with db.read() as session:
        view = await queries.release(session, OFFICIAL, number)
    assert (view.decision_id, view.export_basis_id, view.agreement_id) == (decision, export, agreement)
    assert (view.subject, view.recorded_by) == ("Repair manual", "pipir")


async def test_a_marking_alone_authorizes_nothing_and_each_missing_thing_is_named_at_once(db):
    """32 CFR 2002.16"""
    with pytest.raises(Refused, match="may not be released to Japan") as refused:
        await released(db)
    assert wheres(refused) == {"decision_id", "export_basis_id", "agreement_id"}
    assert all(". " in each.expected for each in refused.value.mistakes)
    assert "A marking alone authorizes nothing" in refused.value.way_out
    with pytest.raises(Refused) as refused:
        await released(db, marking="CUI//NOFORN")
    assert wheres(refused) == {"marking", "decision_id", "export_basis_id", "agreement_id"}
    async with db.read() as session:
        assert await queries.releases(session, OFFICIAL) == ()


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ({"marking": "CUI//NOFORN"}, "marking"),
        ({"marking": "CUI//REL TO USA, AUS"}, "marking"),
        ({"marking": "CUI//SP-CTI//REL TO USA, JPN"}, "decision_id"),
        ({"decision_id": 999}, "decision_id"),
        ({"export_basis_id": 999}, "export_basis_id"),
        ({"agreement_id": 999}, "agreement_id"),
    ],
)
async def test_each_thing_that_does_not_stand_refuses_alone(db, more, missing):
    await everything(db)
    with pytest.raises(Refused) as refused:
        await released(db, **more)
    assert wheres(refused) == {missing}


@pytest.mark.parametrize("missing", ["decision_id", "export_basis_id", "agreement_id"])
async def test_what_is_not_in_force_on_the_day_does_not_stand(db, missing):
    until = {"until": SINCE + DAY}
    await decided(db, **until if missing == "decision_id" else {})
    await exported(db, **until if missing == "export_basis_id" else {})
    await agreed(db, **until if missing == "agreement_id" else {})
    await released(db, released_on=SINCE + DAY)
    with pytest.raises(Refused, match="not stand") as refused:
        await released(db, released_on=SINCE + 2 * DAY)
    assert wheres(refused) == {missing}
    with pytest.raises(Refused) as refused:
        await released(db, released_on=SINCE - DAY)
    assert len(refused.value.mistakes) == 3


@pytest.mark.parametrize("outcome", ["denied", None])
async def test_only_a_granted_decision_stands(db, outcome):
    await exported(db)
    await agreed(db)
    if outcome is None:
        async with db.write(actor=SERVICE, command="disclosure.enter") as session:
            await commands.enter_disclosure(session, commands.EnterDisclosure(**DECISION))
    else:
        await decided(db, outcome)
    with pytest.raises(Refused) as refused:
        await released(db)
    assert wheres(refused) == {"decision_id"}


async def test_a_decision_is_never_retroactive(db):
    await decided(db, on=SINCE + DAY)
    await exported(db)
    await agreed(db)
    with pytest.raises(Refused):
        await released(db)
    await released(db, released_on=SINCE + DAY)


async def test_a_decision_for_a_record_covers_that_record_only(db):
    radar = await proposed(db, name="Radar", marking="CUI//REL TO USA, JPN")
    other = await proposed(db, name="Other", marking="CUI//REL TO USA, JPN")
    await decided(db, record_kind="project", record_id=radar)
    await exported(db, kind="not required", reference=None, reason="Public domain.")
    await agreed(db)
    about = {"subject": None, "marking": None, "record_kind": "project"}
    await released(db, **about, record_id=radar)
    for more in ({**about, "record_id": other}, {}):
        with pytest.raises(Refused) as refused:
            await released(db, **more)
        assert wheres(refused) == {"decision_id"}


async def test_a_record_is_released_under_its_own_marking(db):
    hidden = await proposed(db, name="Closed", marking="CUI//NOFORN")
    await everything(db)
    about = {"subject": None, "marking": None, "record_kind": "project", "record_id": hidden}
    with pytest.raises(Refused) as refused:
        await released(db, **about)
    assert wheres(refused) == {"marking"}
    with pytest.raises(Invalid, match="not said whole"):
        await released(db, **about | {"marking": "CUI//REL TO USA, JPN"})


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"country": "USA"}, "country"),
        ({"country": "XXX"}, "country"),
        ({"released_on": date(2999, 1, 1)}, "released_on"),
        ({"subject": None}, "subject"),
        ({"marking": None}, "marking"),
        ({"marking": "SECRET"}, "marking"),
        ({"record_kind": "project"}, "record_id"),
        ({"record_id": 5}, "record_kind"),
        ({"record_kind": "project", "record_id": 999}, "record_id"),
    ],
)
async def test_a_release_that_is_not_said_whole_names_its_field(db, more, where):
    with pytest.raises(Invalid) as wrong:
        await released(db, **more)
    assert wheres(wrong) == {where}


async def test_a_country_that_no_marking_can_name_is_told_so(db):
    with pytest.raises(Refused) as refused:
        await released(db, country="CHL")
    assert "No marking of this service can be REL TO CHL" in "".join(each.expected for each in refused.value.mistakes)


async def test_a_disclosure_is_decided_once_by_another_person(db):
    async with db.write(actor=SERVICE, command="disclosure.enter") as session:
        number = await commands.enter_disclosure(session, commands.EnterDisclosure(**DECISION))
    grant = commands.DecideDisclosure("granted", SINCE)
    with pytest.raises(Refused, match="another person"):
        async with db.write(actor=SERVICE, command="disclosure.decide") as session:
            await commands.decide_disclosure(session, number, grant, version=1)
    other = await second_person(db)
    with pytest.raises(Invalid, match="future"):
        async with db.write(actor=other, command="disclosure.decide") as session:
            body = commands.DecideDisclosure("granted", date(2999, 1, 1))
            await commands.decide_disclosure(session, number, body, version=1)
    async with db.write(actor=other, command="disclosure.decide") as session:
        await commands.decide_disclosure(session, number, grant, version=1)
    with pytest.raises(Refused, match="granted already"):
        async with db.write(actor=other, command="disclosure.decide") as session:
            await commands.decide_disclosure(session, number, grant, version=2)


@pytest.mark.parametrize(
    ("command", "body", "more", "where"),
    [
        (commands.enter_disclosure, commands.EnterDisclosure, DECISION | {"until": SINCE - DAY}, "until"),
        (commands.enter_disclosure, commands.EnterDisclosure, DECISION | {"categories": "procure"}, "categories"),
        (commands.enter_disclosure, commands.EnterDisclosure, DECISION | {"country": "USA"}, "country"),
        (commands.enter_disclosure, commands.EnterDisclosure, DECISION | {"marking": "SECRET"}, "marking"),
        (commands.enter_export_basis, commands.EnterExportBasis, EXPORT | {"reference": None}, "reference"),
        (commands.enter_export_basis, commands.EnterExportBasis, EXPORT | {"kind": "not required"}, "reason"),
        (
            commands.enter_export_basis,
            commands.EnterExportBasis,
            EXPORT | {"kind": "exemption", "reference": None},
            "reference",
        ),
        (commands.enter_export_basis, commands.EnterExportBasis, EXPORT | {"until": SINCE - DAY}, "until"),
        (commands.enter_agreement, commands.EnterAgreement, AGREEMENT | {"country": "XXX"}, "country"),
        (commands.enter_agreement, commands.EnterAgreement, AGREEMENT | {"until": SINCE - DAY}, "until"),
    ],
)
async def test_a_record_with_a_mistake_names_its_field(db, command, body, more, where):
    with pytest.raises(Invalid) as wrong:
        async with db.write(actor=SERVICE, command=command.name) as session:
            await command(session, body(**more))
    assert wheres(wrong) == {where}


async def test_a_decision_ends_today_or_later_and_once(db):
    decision, export, agreement = await everything(db)
    async with db.read() as session:
        today = session.today

    async def end(command, number, until, version):
        async with db.write(actor=SERVICE, command=command.name) as session:
            await command(session, number, commands.End(until, "It was withdrawn."), version=version)

    with pytest.raises(Invalid, match="cannot end"):
        await end(commands.end_disclosure, decision, today - DAY, 2)
    with pytest.raises(Stale):
        await end(commands.end_disclosure, decision, today, 1)
    await end(commands.end_disclosure, decision, today, 2)
    with pytest.raises(Refused, match="ended already"):
        await end(commands.end_disclosure, decision, today, 3)
    await end(commands.end_export_basis, export, SINCE, 1)
    await end(commands.end_agreement, agreement, SINCE, 1)
    with pytest.raises(NotFound):
        await end(commands.end_agreement, 999, SINCE, 1)
    await released(db)
    with pytest.raises(Refused):
        await released(db, released_on=SINCE + DAY)


_ROW = (
    "insert into release (version, marking, audience, country, subject, released_on, decision_id, export_basis_id, "
    "agreement_id, recorded_by_id) values (1, :marking, -1, :country, 'x', :on, :decision, :export, :agreement, 1)"
)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, None),
        ({"marking": "CUI"}, "a marking"),
        ({"marking": "CUI//REL TO USA, AUS"}, "a marking"),
        ({"on": SINCE - DAY}, "a disclosure decision, an export license or exemption, an information-security"),
        ({"country": "AUS", "marking": "CUI//REL TO USA, AUS"}, "a disclosure decision, an export"),
    ],
)
async def test_the_database_itself_refuses_a_release_that_does_not_stand(db, change, missing):
    numbers = dict(zip(("decision", "export", "agreement"), await everything(db), strict=True))
    given = {"marking": RELEASE["marking"], "country": "JPN", "on": SINCE, **numbers} | change

    async def insert():
        async with db.write(actor=SERVICE, command="test.write") as session:
            await session.execute(text(_ROW), given)

    if missing is None:
        await insert()
    else:
        with pytest.raises(Refused, match=f"missing {missing}"):
            await insert()


async def test_the_database_itself_holds_the_two_persons_and_the_decision(db):
    number = await decided(db)
    for change, sentence in (
        ("subject = 'Something else'", "not edited"),
        ("outcome = 'denied'", "not edited"),
        ("since = '2020-01-01'", "not edited"),
    ):
        with pytest.raises(Refused, match=sentence):
            async with db.write(actor=SERVICE, command="test.write") as session:
                await session.execute(text(f"update disclosure_decision set {change} where id = :id"), {"id": number})
    async with db.write(actor=SERVICE, command="disclosure.enter") as session:
        other = await commands.enter_disclosure(session, commands.EnterDisclosure(**DECISION))
    with pytest.raises(Conflict, match="another person"):
        async with db.write(actor=SERVICE, command="test.write") as session:
            await session.execute(
                text(
                    "update disclosure_decision set outcome = 'granted', decided_by_id = 1, decided_on = '2026-01-05' "
                    "where id = :id"
                ),
                {"id": other},
            )


async def test_what_a_marking_hides_does_not_stand_for_its_reader(db):
    """docs/releasability.md"""
    await everything(db)
    await agreed(db, country="AUS", marking=HIDDEN)
    async with db.read() as session:
        seen = await queries.standing(session, OFFICIAL, "AUS", SINCE)
        hidden = await queries.standing(session, Reader("contractor"), "AUS", SINCE)
        partner = await queries.standing(session, Reader("partner", "JPN"), "JPN", SINCE)
    assert [each.stands for each in seen.answers] == [False, False, True]
    assert not any(each.stands for each in hidden.answers)
    assert not any(each.stands for each in partner.answers)
    assert "missing a disclosure decision" in seen.says
