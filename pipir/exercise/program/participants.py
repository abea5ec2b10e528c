"""The countries of the program and their invented standings."""

from datetime import date, timedelta
from typing import Final

from pipir.exercise import words
from pipir.exercise.days import FIRST
from pipir.exercise.program.course import Act, Program, version_of
from pipir.features.participants import commands as participants
from pipir.features.participants.rules import Standing
from pipir.features.participants.tables import Participant
from pipir.kernel.countries import Region
from pipir.kernel.ids import ParticipantId
from pipir.statute.load import the_statute
from pipir.store.doors import WriteSession

# The countries of the public record; entered here, with the exercise mark, only where that record was not loaded.
_RECORD: Final[tuple[tuple[str, str, Region], ...]] = (
    ("United States", "USA", "Western Hemisphere"),
    ("Australia", "AUS", "Indo-Pacific"),
    ("Japan", "JPN", "Indo-Pacific"),
    ("Republic of Korea", "KOR", "Indo-Pacific"),
    ("India", "IND", "Indo-Pacific"),
    ("Philippines", "PHL", "Indo-Pacific"),
    ("New Zealand", "NZL", "Indo-Pacific"),
    ("Thailand", "THA", "Indo-Pacific"),
    ("United Kingdom", "GBR", "Euro-Atlantic"),
)

_COURSE: Final[tuple[Standing, ...]] = (
    "under consideration",
    "coordination with State",
    "invited",
    "accepted",
    "participating",
)

# Invented standings of countries that the public record does not hold: between them every step of the process.
_INVENTED: Final[tuple[tuple[str, str, Region, tuple[Standing, ...]], ...]] = (
    ("Singapore", "SGP", "Indo-Pacific", _COURSE),
    ("Canada", "CAN", "Western Hemisphere", (*_COURSE, "suspended")),
    ("France", "FRA", "Euro-Atlantic", _COURSE[:4]),
    ("Germany", "DEU", "Euro-Atlantic", _COURSE[:3]),
    ("Italy", "ITA", "Euro-Atlantic", _COURSE[:2]),
    ("Netherlands", "NLD", "Euro-Atlantic", _COURSE[:1]),
    ("Norway", "NOR", "Euro-Atlantic", (*_COURSE[:3], "withdrawn")),
)


def plan_participants(program: Program) -> None:
    for name, code, region in _RECORD:
        program.at(FIRST, "liaison", _enter_record_country(program, name, code, region))
    for place, (name, code, region, course) in enumerate(_INVENTED):
        program.at(FIRST, "liaison", _enter_country(program, name, code, region))
        day = date(2026, 1, 14) + timedelta(days=9 * place)
        for standing in course:
            program.at(day, "liaison", _record_standing(program, code, standing, day))
            day += timedelta(days=56 + 7 * place)
    # A day that was recorded wrongly, and its correction.
    program.at(date(2026, 5, 1), "liaison", _correct_day(program, "NLD", date(2026, 3, 2)))


def _enter_record_country(program: Program, name: str, code: str, region: Region) -> Act:
    async def act(session: WriteSession) -> None:
        if code in program.countries:
            return
        await _enter_country(program, name, code, region)(session)
        statute = the_statute()
        if code in statute.provision("1253.d").countries:
            body = participants.RecordStanding("named in statute", FIRST, statute.citation("1253.d"))
            number = ParticipantId(program.countries[code])
            await participants.record_standing(session, number, body, version=1)

    return act


def _enter_country(program: Program, name: str, code: str, region: Region) -> Act:
    async def act(session: WriteSession) -> None:
        body = participants.EnterParticipant(code, name, region, marking="CUI")
        program.countries[code] = await participants.enter_participant(session, body)

    return act


def _correct_day(program: Program, code: str, since: date) -> Act:
    async def act(session: WriteSession) -> None:
        number = ParticipantId(program.countries[code])
        body = participants.RecordStanding(
            "under consideration", since, words.SOURCE, because="The cable was dated two days later (exercise)."
        )
        await participants.record_standing(
            session, number, body, version=await version_of(session, Participant, number)
        )

    return act


def _record_standing(program: Program, code: str, standing: Standing, day: date) -> Act:
    async def act(session: WriteSession) -> None:
        number = ParticipantId(program.countries[code])
        # Whoever is invited was decided upon by the one whom the law names; the other steps are the country's own.
        decided = "Secretary of Defense (exercise)" if standing == "invited" else None
        body = participants.RecordStanding(standing, day, words.SOURCE, decided_by=decided)
        version = await version_of(session, Participant, number)
        await participants.record_standing(session, number, body, version=version)

    return act
