"""A small ground for the tests of agreements, and a hand that leads one through its life."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from pipir.features.agreements import commands, queries, rules
from pipir.features.agreements.tables import (
    Agreement,
    AgreementAmendment,
    AgreementNotice,
    AgreementParty,
    AgreementShare,
)
from pipir.features.participants import commands as participants
from pipir.features.people.tables import SERVICE
from pipir.kernel.command import Command
from pipir.kernel.ids import AgreementId
from pipir.kernel.marking import Reader
from pipir.kernel.parsing import parse
from pipir.statute.load import the_statute
from pipir.store.doors import Database
from tests.makers import NOW

GOVERNMENT = Reader(kind="us-government")
CONTRACTOR = Reader(kind="contractor")
STRICT = "CUI//FED ONLY"
TODAY = NOW.date()
# When the agreements of these tests begin: half a year before the program's day.
BEGUN = date(2026, 1, 5)
COUNTRIES = (("Japan", "JPN"), ("Australia", "AUS"), ("Republic of Korea", "KOR"), ("Singapore", "SGP"))
TABLES = {
    "notice_id": AgreementNotice,
    "party_id": AgreementParty,
    "amendment_id": AgreementAmendment,
    "share_id": AgreementShare,
    "agreement_id": Agreement,
}


async def countries(db: Database) -> dict[str, int]:
    """Four participants, by code."""
    found = {}
    async with db.write(actor=SERVICE, command="test.ground") as session:
        for name, code in COUNTRIES:
            body = participants.EnterParticipant(name=name, code=code, region="Indo-Pacific")
            found[code] = await participants.enter_participant(session, body)
    return found


def entered(**more: Any) -> dict[str, Any]:
    """The body of an agreement that is drafted."""
    return {
        "name": "Radar repair",
        "kind": "project agreement",
        "source": "Minutes, 5 January 2026",
        "begun_on": BEGUN.isoformat(),
    } | more


def signature(on: date | None = None, **more: Any) -> dict[str, Any]:
    """The body of a signature by the Secretary."""
    signed = {"signed_on": on.isoformat()} if on else {}
    return {"signatory": "Secretary of Defense", "document": "The signed text"} | signed | more


def determination(**more: Any) -> dict[str, Any]:
    """The body of counsel's determination."""
    return {
        "character": "non-binding",
        "counsel": "Office of General Counsel",
        "determined_on": BEGUN.isoformat(),
        "opinion": "Opinion 26-4",
    } | more


def paper(kind: str, on: date = BEGUN) -> dict[str, Any]:
    """The body of a paper that a law asks for."""
    return {
        "kind": kind,
        "made_by": "The office of a test",
        "made_on": on.isoformat(),
        "document": "Memorandum 4",
        "statement": "It is so.",
    }


def share(participant_id: int | None, amount: str, **more: Any) -> dict[str, Any]:
    """The body of an agreed share of cost, in dollars."""
    return {
        "kind": "cost",
        "stage": "agreed",
        "description": "Cost of the work",
        "currency": "USD",
        "amount": amount,
        "source": "Annex B",
        "participant_id": participant_id,
    } | more


@dataclass
class Hand:
    """Leads one agreement: each act in a write of its own, with the version that a person would have read."""

    db: Database
    number: AgreementId
    actor: int = SERVICE
    parties: dict[str, int] = field(default_factory=dict)

    @classmethod
    async def enter(cls, db: Database, *countries: tuple[str, int], **more: Any) -> "Hand":
        async with db.write(actor=SERVICE, command="test") as session:
            number = await commands.enter_agreement(session, parse(commands.EnterAgreement, entered(**more)))
        hand = cls(db, number)
        for code, participant_id in countries:
            said = {"participant_id": participant_id, "counterpart": f"Ministry of {code}"}
            hand.parties[code] = await hand.do(commands.add_party, **said)
        return hand

    async def do(self, command: Command[..., Any], target: int | None = None, **said: Any) -> Any:
        """One act on the agreement, or on what hangs on it where `target` is told."""
        table = TABLES[command.target or "agreement_id"]
        number = self.number if target is None else target
        async with self.db.write(actor=self.actor, command=command.name) as session:
            body = parse(command.body, said)
            if not command.versioned:
                return await command(session, number, body)
            version = await session.scalar(select(table.version).where(table.id == number))
            return await command(session, number, body, version=version)

    async def step(self, state: str, on: date | None = None, **more: Any) -> None:
        said = {"state": state, "because": "It came so."} | ({"on": on.isoformat()} if on else {}) | more
        await self.do(commands.step_agreement, **said)

    async def sign(self, on: date | None = None, **more: Any) -> None:
        await self.do(commands.sign_agreement, **signature(on, **more))

    async def negotiated(self, on: date = BEGUN) -> "Hand":
        """Led to an agreed text on a day."""
        for state in ("negotiating authority", "negotiating", "text agreed"):
            await self.step(state, on)
        return self

    async def certified(self, on: date = BEGUN, received: date | None = None) -> "Hand":
        """Its certification written, sent to every addressee and received; then certified."""
        for each in the_statute().certification_items:
            await self.do(commands.write_item, item=each.slug, statement="As far as it is known.")
        await self.step("coordination", on)
        for slug, _ in rules.addressees(the_statute(), "certification"):
            number = await self.tell("certification", slug, on)
            await self.receive(number, received or on)
        await self.step("certified", on)
        return self

    async def tell(self, what: str, addressee: str, on: date) -> int:
        return int(
            await self.do(
                commands.send_notice,
                what=what,
                addressee=addressee,
                means="By hand",
                document="Letter 7",
                sent_on=on.isoformat(),
            )
        )

    async def receive(self, notice: int, on: date, **more: Any) -> None:
        said = {"received_on": on.isoformat(), "receipt": "Stamped copy"} | more
        await self.do(commands.record_receipt, notice, **said)

    async def in_force(self, on: date = BEGUN) -> "Hand":
        """Led from its entry to force, without a law that asks for more than counsel's determination."""
        await self.negotiated(on)
        await self.step("coordination", on)
        await self.do(commands.determine_character, **determination())
        await self.sign(on)
        await self.step("in force", on)
        return self

    async def view(self, reader: Reader = GOVERNMENT) -> queries.AgreementView:
        async with self.db.read() as session:
            return await queries.agreement(session, reader, self.number)

    async def clock(self, slug: str) -> rules.Clock:
        async with self.db.read() as session:
            found = await queries.clocks(session, GOVERNMENT, self.number)
        return next(each for each in found if each.slug == slug)


def days(count: int) -> timedelta:
    return timedelta(days=count)
