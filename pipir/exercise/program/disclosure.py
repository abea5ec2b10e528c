"""The invented process, points of contact and foreign disclosure of the program."""

from datetime import date
from typing import Any, Final

from sqlalchemy import select

from pipir.exercise import words
from pipir.exercise.program.course import Act, Program
from pipir.features.disclosure import commands as disclosure
from pipir.features.disclosure.tables import DisclosureDecision
from pipir.features.participants import commands as participants
from pipir.features.participants.tables import InvitationProcess
from pipir.kernel.command import Command
from pipir.kernel.ids import DisclosureDecisionId, ParticipantId, ProcessId
from pipir.store.doors import WriteSession

_SUMMARY: Final = (
    "Exercise: the program office proposes a country, the offices of the Department are asked, the Department of State "
    "is consulted on the process, and the senior official puts the decision before the Secretary."
)
_SUBJECT: Final = "Maintenance data of the exercise program"
_CONTACTS: Final = (
    ("SGP", "Exercise acquisition office of Singapore", "Projects and working groups"),
    ("CAN", "Exercise industrial policy office of Canada", "Supply chains"),
    ("FRA", "Exercise armament office of France", "Projects and working groups"),
)


def plan_disclosure(program: Program) -> None:
    first, second = date(2026, 1, 9), date(2027, 3, 5)
    program.at(first, "office", _make_process("Invitations, first version", first, date(2026, 1, 12)))
    program.at(date(2026, 1, 30), "liaison", _coordinate(date(2026, 1, 28)))
    program.at(second, "office", _make_process("Invitations, with a review each year", second, date(2027, 3, 15)))
    for code, office, function in _CONTACTS:
        program.at(date(2026, 7, 1), "liaison", _enter_contact(program, code, office, function))
    day = date(2027, 1, 8)
    for code in ("SGP", "CAN"):
        paper: dict[str, Any] = {"country": code, "document": words.SOURCE, "since": day}
        about: dict[str, Any] = {**paper, "subject": _SUBJECT}
        agreement: dict[str, Any] = {
            "country": code,
            "title": f"Exercise security agreement with {code}",
            "source": words.SOURCE,
        }
        decision: dict[str, Any] = {
            **about,
            "authority_office": "Exercise disclosure office",
            "categories": "EXPT, PROCURE",
        }
        export: dict[str, Any] = {"kind": "license", "reference": f"EXERCISE-{code}-1", "until": date(2028, 12, 29)}
        program.at(day, "office", _run(disclosure.enter_disclosure, disclosure.EnterDisclosure(**decision)))
        program.at(day, "office", _run(disclosure.enter_export_basis, disclosure.EnterExportBasis(**about, **export)))
        program.at(day, "office", _run(disclosure.enter_agreement, disclosure.EnterAgreement(**agreement, since=day)))
    # Canada's waits for its decision: nothing may be released to it.
    program.at(date(2027, 1, 22), "second", _grant("SGP", date(2027, 1, 20)))
    program.at(
        date(2027, 2, 5),
        "office",
        _run(
            disclosure.record_release,
            disclosure.RecordRelease(
                country="SGP",
                released_on=date(2027, 2, 4),
                subject="Maintenance schedule of the exercise program",
                marking="CUI//EXPT//REL TO USA, SGP",
                means="By hand at an exercise meeting",
            ),
        ),
    )


def _run(command: Command[..., Any], body: object) -> Act:
    async def act(session: WriteSession) -> None:
        await command(session, body)

    return act


def _make_process(title: str, made: date, in_force: date) -> Act:
    return _run(participants.make_process, participants.MakeProcess(title, _SUMMARY, words.SOURCE, made, in_force))


def _coordinate(day: date) -> Act:
    async def act(session: WriteSession) -> None:
        asked = select(InvitationProcess.id, InvitationProcess.version).where(InvitationProcess.exercise)
        found = (await session.execute(asked)).one()
        body = participants.RecordCoordination(day, words.SOURCE)
        await participants.record_coordination(session, ProcessId(found.id), body, version=found.version)

    return act


def _enter_contact(program: Program, code: str, office: str, function: str) -> Act:
    async def act(session: WriteSession) -> None:
        body = participants.EnterContact(office, function, date(2026, 6, 29))
        await participants.enter_contact(session, ParticipantId(program.countries[code]), body)

    return act


def _grant(code: str, day: date) -> Act:
    async def act(session: WriteSession) -> None:
        found = (
            await session.execute(
                select(DisclosureDecision.id, DisclosureDecision.version).where(
                    DisclosureDecision.country == code, DisclosureDecision.exercise
                )
            )
        ).one()
        body = disclosure.DecideDisclosure("granted", day)
        await disclosure.decide_disclosure(session, DisclosureDecisionId(found.id), body, version=found.version)

    return act
