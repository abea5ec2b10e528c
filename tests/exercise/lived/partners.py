"""Agreements and assistance: one of each under the section in its time, and one that comes to its end too late."""

from datetime import date
from typing import Literal

from pipir.features.agreements import commands as agreements
from pipir.features.agreements.tables import Agreement, AgreementAmendment
from pipir.features.assistance import commands as assistance
from pipir.features.assistance.tables import Assistance
from tests.exercise.lived.life import PRIME, Life

FRAMEWORK, NEVER_SIGNED = "Framework for shared production", "Framework for shared repair"
HELPED, NEVER_BEGUN = "Courses of an institute", "Advice to an institute"
EXTENSION = f"Extension of {FRAMEWORK}"
_LED: tuple[Literal["negotiating authority", "negotiating", "text agreed", "coordination"], ...] = (
    "negotiating authority",
    "negotiating",
    "text agreed",
    "coordination",
)


def plan_partners(life: Life) -> None:
    """Put agreements and assistance on the agenda."""
    life.at(date(2027, 6, 1), lambda: _coordinate(life, FRAMEWORK))
    life.at(date(2027, 7, 15), lambda: _sign(life))
    life.at(date(2028, 1, 10), lambda: _plan(life, HELPED))
    life.at(date(2028, 2, 1), lambda: _begin(life))
    life.at(date(2030, 6, 3), lambda: _plan(life, NEVER_BEGUN))
    life.at(date(2030, 10, 1), lambda: _coordinate(life, NEVER_SIGNED))
    life.at(date(2030, 11, 4), lambda: _extend(life))


def signature() -> agreements.SignAgreement:
    """The signature of an agreement on the day."""
    return agreements.SignAgreement("Secretary of Defense", "The text")


def beginning() -> assistance.BeginAssistance:
    """The beginning of assistance on the day, under the section."""
    return assistance.BeginAssistance(program_authority="1253.e.3")


async def _coordinate(life: Life, name: str) -> None:
    body = agreements.EnterAgreement(
        name, "project agreement", "The text", authority="1253.e.1", expires_on=date(2035, 1, 1)
    )
    number = await life.do("office", agreements.enter_agreement, body)
    life.numbers[name] = number
    of = (Agreement, number)
    party = agreements.AddParty(life.numbers["JPN"], "Ministry of Defense")
    await life.do("office", agreements.add_party, party, of=of)
    opinion = agreements.DetermineCharacter("non-binding", "Counsel of the program", life.today, "Opinion of the day")
    await life.do("office", agreements.determine_character, opinion, of=of)
    for state in _LED:
        await life.do("office", agreements.step_agreement, agreements.TakeStep(state, "The parties agreed."), of=of)


async def _sign(life: Life) -> None:
    of = (Agreement, life.numbers[FRAMEWORK])
    await life.do("office", agreements.sign_agreement, signature(), of=of)
    await life.do("office", agreements.step_agreement, agreements.TakeStep("in force", "By its own terms."), of=of)


async def _extend(life: Life) -> None:
    body = agreements.DraftAmendment(EXTENSION, "Asked for.", ["expires_on"], expires_on=date(2040, 1, 1))
    number = await life.do("office", agreements.draft_amendment, body, of=(Agreement, life.numbers[FRAMEWORK]))
    life.numbers[EXTENSION] = number
    await life.do("office", agreements.agree_amendment, agreements.AgreeAmendment(), of=(AgreementAmendment, number))


async def _plan(life: Life, name: str) -> None:
    body = assistance.PlanAssistance(
        name,
        life.numbers["AUS"],
        "What an institute of industry needs.",
        ["1253.b.2"],
        "10-usc-332",
        life.today,
        date(2032, 12, 1),
        life.offices[PRIME],
        "The office",
    )
    number = await life.do("office", assistance.plan_assistance, body)
    life.numbers[name] = number
    shown = assistance.RecordCondition("counsel-confirms", life.today, "Opinion of the day")
    await life.do("office", assistance.record_condition, shown, of=(Assistance, number))


async def _begin(life: Life) -> None:
    await life.do("office", assistance.begin_assistance, beginning(), of=(Assistance, life.numbers[HELPED]))
