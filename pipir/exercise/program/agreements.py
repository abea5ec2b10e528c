"""The invented agreements of the program: one in each state, with shares in the partners' own currencies."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import select

from pipir.exercise import words
from pipir.exercise.program.course import PRIME, Act, Program, version_of
from pipir.features.agreements import commands, rules
from pipir.features.agreements.tables import Agreement, AgreementAmendment, AgreementNotice, AgreementParty
from pipir.kernel.command import Command
from pipir.kernel.parsing import parse
from pipir.statute.load import the_statute
from pipir.store.doors import WriteSession

_COUNSEL: Final = "Exercise office of general counsel"
_RATES: Final[Mapping[str, str]] = {
    "USD": "1", "JPY": "0.0067", "KRW": "0.00073", "GBP": "1.27", "AUD": "0.66", "SGD": "0.74", "CAD": "0.73",
}  # fmt: skip
_CLASSES: Final[Mapping[str, str]] = {
    "SGP": "other friendly foreign country",
    "GBR": "NATO member",
    "CAN": "NATO member",
    "FRA": "NATO member",
}
# What a certification of the exercise says to each of its items.
_SAYS: Final = "As far as it is known; invented for the exercise."


class Planned(NamedTuple):
    """An agreement as planned: how far it comes by which days, and what its parties bear."""

    name: str
    kind: str
    authority: str | None
    countries: tuple[str, ...]
    days: tuple[date, ...]
    character: str = "non-binding"
    # (code or "" for the United States, currency, agreed, actual or "")
    shares: tuple[tuple[str, str, str, str], ...] = ()
    expires_on: date | None = None
    marking: str = "CUI"
    also: str | None = None


_COURSE: Final = ("negotiating authority", "negotiating", "text agreed", "coordination")


def _every(first: date, count: int, step: int = 35) -> tuple[date, ...]:
    return tuple(first + timedelta(days=step * place) for place in range(count))


# Days: drafted, then each step of the course, then signature and entry into force, as far as it came.
_PLANNED: Final = (
    Planned(
        "Rocket motor co-production", "project agreement", "22-usc-2767", ("AUS", "JPN"), _every(date(2028, 6, 1), 1)
    ),
    Planned("Sharing of obsolescence data", "information exchange", "1253.e.1", ("NZL",), _every(date(2028, 3, 3), 2)),
    Planned(
        "Machining capacity in need", "security of supply", "1253.e.1", ("CAN", "GBR"), _every(date(2028, 1, 7), 3)
    ),
    Planned(
        "Battery cells for undersea use", "project agreement", "22-usc-2767", ("KOR",), _every(date(2027, 12, 3), 4)
    ),
    Planned(
        "Use of ranges and test stands",
        "test facilities",
        "10-usc-2350l",
        ("PHL",),
        _every(date(2027, 11, 5), 5),
        character="contract",
    ),
    Planned(
        "Seeker components",
        "project agreement",
        "22-usc-2767",
        ("JPN",),
        _every(date(2027, 11, 12), 5),
        shares=(("", "USD", "42000000.00", ""), ("JPN", "JPY", "6200000000", "")),
        marking="CUI//REL TO USA, JPN",
        also=rules.COOPERATIVE_RD,
    ),
    Planned(
        "Quiet propulsion research",
        "project agreement",
        "10-usc-2350a",
        ("SGP",),
        (*_every(date(2027, 9, 3), 5), date(2028, 6, 9)),
        character="international agreement",
        shares=(("", "USD", "18000000.00", ""), ("SGP", "SGD", "24300000.00", "")),
    ),
    Planned(
        "Radar power modules",
        "project agreement",
        "22-usc-2767",
        ("JPN",),
        (*_every(date(2026, 9, 4), 5), date(2027, 4, 2), date(2027, 5, 7)),
        character="international agreement",
        shares=(("", "USD", "67000000.00", "21450000.00"), ("JPN", "JPY", "9850000000", "3120000000")),
        expires_on=date(2034, 5, 7),
    ),
    Planned(
        "Composite repair methods",
        "project agreement",
        "10-usc-2350a",
        ("KOR", "AUS"),
        (*_every(date(2026, 5, 1), 5), date(2026, 11, 6), date(2026, 12, 4)),
        shares=(
            ("", "USD", "30000000.00", "14200000.00"),
            ("KOR", "KRW", "40400000000", "18900000000"),
            ("AUS", "AUD", "44600000.00", "20150000.00"),
        ),
        expires_on=date(2030, 12, 4),
    ),
    Planned(
        "Exchange of workforce curricula",
        "information exchange",
        "1253.e.1",
        ("CAN",),
        (*_every(date(2026, 4, 3), 5), date(2026, 10, 2), date(2026, 10, 16)),
    ),
    Planned(
        "Mutual priority of orders",
        "security of supply",
        "1253.e.1",
        ("AUS",),
        (*_every(date(2026, 3, 6), 5), date(2026, 9, 4), date(2026, 9, 18)),
    ),
    Planned(
        "Supply chain mapping",
        "memorandum of understanding",
        "1253.e.1",
        ("GBR",),
        (*_every(date(2026, 2, 6), 5), date(2026, 8, 7), date(2026, 8, 21)),
        shares=(("", "USD", "2400000.00", "1980000.00"), ("GBR", "GBP", "1900000.00", "1560000.00")),
        expires_on=date(2028, 4, 1),
    ),
)


def plan_agreements(program: Program) -> None:
    program.at(date(2026, 1, 9), "office", _take_over(program))
    for each in _PLANNED:
        drafted, *steps = each.days
        program.at(drafted, "office", _enter(program, each, drafted))
        for state, day in zip((*_COURSE, "signed", "in force"), steps, strict=False):
            if state == "signed":
                program.at(day, "office", _sign(each, day))
            else:
                if state == "in force":
                    program.at(day, "office", _bear(program, each, day, "agreed"))
                    program.at(day, "office", _carry(program, each, day))
                program.at(day, "office", _step(each.name, state, day))
            if state == "coordination":
                program.at(day, "office", _before_signature(program, each, day))
        if len(steps) >= 6:
            program.at(date(2028, 3, 31), "office", _bear(program, each, date(2028, 3, 31), "actual"))
        elif len(steps) >= 4:
            program.at(steps[3], "office", _bear(program, each, steps[3], "agreed"))
    # Received so that one clock runs on the program's day, and one agreement waits for it.
    program.at(date(2028, 5, 26), "office", _certify("Seeker components", date(2028, 5, 24), date(2028, 5, 26)))
    program.at(date(2028, 6, 9), "office", _report(program, "Quiet propulsion research", date(2028, 6, 8)))
    program.at(date(2027, 4, 9), "office", _transmit("Radar power modules", date(2027, 4, 9)))
    program.at(date(2027, 9, 3), "office", _amend("Composite repair methods", "2032-12-04", date(2027, 9, 3)))
    program.at(date(2027, 8, 6), "office", _step("Exchange of workforce curricula", "suspended", date(2027, 8, 6)))
    program.at(date(2027, 12, 3), "office", _step("Mutual priority of orders", "ended", date(2027, 12, 3)))
    program.at(date(2028, 5, 5), "office", _draft("Radar power modules", "2036-05-07"))
    # Agreed, and waiting for its signature.
    program.at(date(2028, 5, 12), "office", _draft("Composite repair methods", "2033-12-04", date(2028, 5, 12)))


async def _of(session: WriteSession, name: str) -> int:
    number = await session.scalar(select(Agreement.id).where(Agreement.name == name))
    assert number is not None
    return number


async def _do(session: WriteSession, command: Command[..., Any], name: str, said: Mapping[str, Any]) -> Any:
    number = await _of(session, name)
    body = parse(command.body, dict(said))
    if command.versioned:
        return await command(session, number, body, version=await version_of(session, Agreement, number))
    return await command(session, number, body)


def _take_over(program: Program) -> Act:
    async def act(session: WriteSession) -> None:
        said = {
            "name": "Reciprocal procurement of the exercise",
            "kind": "reciprocal defense procurement",
            "source": words.SOURCE,
            "signed_on": "2019-03-04",
            "signatory": "An official of the exercise",
            "in_force_on": "2019-04-01",
            "lead_office_id": program.offices[PRIME],
            "purpose": "Invented: waives preferences between the parties.",
        }
        number = await commands.take_over_agreement(session, parse(commands.TakeOverAgreement, said))
        party = commands.AddParty(program.countries["JPN"], "Exercise ministry of JPN")
        await commands.add_party(session, number, party)

    return act


def _enter(program: Program, planned: Planned, day: date) -> Act:
    async def act(session: WriteSession) -> None:
        said = {
            "name": planned.name,
            "kind": planned.kind,
            "source": words.SOURCE,
            "authority": planned.authority,
            "also_authority": planned.also,
            "purpose": f"Invented for the exercise: {planned.name[0].lower()}{planned.name[1:]}.",
            "lead_office_id": program.offices[PRIME],
            "expires_on": planned.expires_on,
            "begun_on": day,
            "marking": planned.marking,
        }
        number = await commands.enter_agreement(session, parse(commands.EnterAgreement, said))
        for code in planned.countries:
            party = commands.AddParty(program.countries[code], f"Exercise ministry of {code}")
            added = await commands.add_party(session, number, party)
            if rules.COOPERATIVE_RD in (planned.authority, planned.also):
                body = {
                    "country_class": _CLASSES.get(code, "major non-NATO ally"),
                    "classified_by": _COUNSEL,
                    "classified_on": day,
                    "class_source": words.SOURCE,
                }
                version = await version_of(session, AgreementParty, added)
                await commands.classify_party(session, added, parse(commands.ClassifyParty, body), version=version)

    return act


def _step(name: str, state: str, day: date) -> Act:
    async def act(session: WriteSession) -> None:
        said = {"state": state, "because": f"Exercise: it came to be {state}.", "on": day}
        await _do(session, commands.step_agreement, name, said)

    return act


def _before_signature(program: Program, planned: Planned, day: date) -> Act:
    """What counsel says, the papers that the law asks for, and under 2767 the certification of what is signed later."""

    async def act(session: WriteSession) -> None:
        opinion = {"character": planned.character, "counsel": _COUNSEL, "determined_on": day, "opinion": words.SOURCE}
        await _do(session, commands.determine_character, planned.name, opinion)
        kinds = ["prior consultation"] if planned.character == rules.INTERNATIONAL else []
        kinds += {
            rules.COOPERATIVE_RD: ["conventional defense capability"],
            rules.TEST_FACILITIES: ["direct costs"],
        }.get(planned.authority or "", [])
        for kind in kinds:
            await _do(session, commands.record_paper, planned.name, _paper(kind, day))
        if planned.authority == rules.COOPERATIVE_PROJECT:
            await _write_items(session, planned.name)
            if len(planned.days) > len(_COURSE) + 1:
                await _send(session, planned.name, "certification", day, day)
                certified = {"state": "certified", "because": "Exercise: sent to each addressee.", "on": day}
                await _do(session, commands.step_agreement, planned.name, certified)

    return act


def _certify(name: str, sent: date, received: date) -> Act:
    async def act(session: WriteSession) -> None:
        await _send(session, name, "certification", sent, received)
        said = {"state": "certified", "because": "Exercise: sent to each addressee.", "on": received}
        await _do(session, commands.step_agreement, name, said)

    return act


def _report(program: Program, name: str, day: date) -> Act:
    async def act(session: WriteSession) -> None:
        # One receipt is missing: the waiting days have not begun.
        await _send(session, name, "report", day, day, missing=1)

    return act


def _transmit(name: str, day: date) -> Act:
    async def act(session: WriteSession) -> None:
        for kind in ("legal memorandum", "translation"):
            await _do(session, commands.record_paper, name, _paper(kind, day))
        await _send(session, name, "transmittal", day, day)

    return act


def _sign(planned: Planned, day: date) -> Act:
    async def act(session: WriteSession) -> None:
        said = {
            "signatory": "Secretary of Defense",
            "document": f"Signed text (exercise), {planned.name}",
            "signed_on": day,
        }
        await _do(session, commands.sign_agreement, planned.name, said)

    return act


def _carry(program: Program, planned: Planned, day: date) -> Act:
    """The written determination on shares that no conversion makes equal."""

    async def act(session: WriteSession) -> None:
        if rules.COOPERATIVE_RD in (planned.authority, planned.also):
            await _do(session, commands.record_paper, planned.name, _paper("unequal shares", day))

    return act


def _bear(program: Program, planned: Planned, day: date, stage: str) -> Act:
    async def act(session: WriteSession) -> None:
        for code, currency, agreed, actual in planned.shares:
            amount = agreed if stage == "agreed" else actual
            if not amount:
                continue
            said: dict[str, Any] = {
                "kind": "cost",
                "stage": stage,
                "description": "Cost of the work, as invented",
                "currency": currency,
                "amount": amount,
                "source": words.SOURCE,
                "participant_id": program.countries[code] if code else None,
                "as_of": day,
            }
            if currency != "USD":
                said |= {"rate": _RATES[currency], "rate_on": day, "rate_source": "Invented rate of the exercise"}
            await _do(session, commands.record_share, planned.name, said)

    return act


def _amend(name: str, expires_on: str, day: date) -> Act:
    async def act(session: WriteSession) -> None:
        number = await _drafted(session, name, expires_on)
        agreed = parse(commands.AgreeAmendment, {"agreed_on": day})
        await commands.agree_amendment(session, number, agreed, version=await _version(session, number))
        said = {"signatory": "Secretary of Defense", "document": "Amendment 1 (exercise)", "signed_on": day}
        body = parse(commands.SignAmendment, said)
        await commands.sign_amendment(session, number, body, version=await _version(session, number))

    return act


def _draft(name: str, expires_on: str, agreed_on: date | None = None) -> Act:
    async def act(session: WriteSession) -> None:
        number = await _drafted(session, name, expires_on)
        if agreed_on is not None:
            body = parse(commands.AgreeAmendment, {"agreed_on": agreed_on})
            await commands.agree_amendment(session, number, body, version=await _version(session, number))

    return act


async def _drafted(session: WriteSession, name: str, expires_on: str) -> Any:
    said = {
        "title": "Two more years",
        "because": "Exercise: deliveries take longer than planned.",
        "fields": ["expires_on"],
        "expires_on": expires_on,
    }
    number = await _do(session, commands.draft_amendment, name, said)
    share = {
        "kind": "in kind",
        "description": f"Days on a test range until {expires_on[:4]}",
        "currency": "USD",
        "amount": "250000",
        "source": words.SOURCE,
    }
    body = parse(commands.ProposeShare, share)
    await commands.propose_share(session, number, body, version=await _version(session, number))
    return number


async def _version(session: WriteSession, number: int) -> int:
    return await version_of(session, AgreementAmendment, number)


async def _write_items(session: WriteSession, name: str) -> None:
    for each in the_statute().certification_items:
        await _do(session, commands.write_item, name, {"item": each.slug, "statement": _SAYS})


async def _send(
    session: WriteSession, name: str, what: rules.NoticeKind, sent: date, received: date, *, missing: int = 0
) -> None:
    found: Sequence[tuple[str, str]] = rules.addressees(the_statute(), what)
    for place, (slug, _) in enumerate(found):
        said = {"what": what, "addressee": slug, "means": "By hand", "document": words.SOURCE, "sent_on": sent}
        number = await _do(session, commands.send_notice, name, said)
        if place < len(found) - missing:
            body = commands.RecordReceipt(received, words.SOURCE)
            version = await version_of(session, AgreementNotice, number)
            await commands.record_receipt(session, number, body, version=version)


def _paper(kind: str, day: date) -> dict[str, Any]:
    return {"kind": kind, "made_by": _COUNSEL, "made_on": day, "document": words.SOURCE, "statement": _SAYS}
