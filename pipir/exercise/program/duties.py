"""The dated duties that the program takes up and does."""

from datetime import date
from typing import Final, NamedTuple

from pipir.exercise.program.course import PRIME, Act, Program, version_of
from pipir.features.duties import commands as duties
from pipir.features.duties.tables import Duty
from pipir.features.law import commands as law
from pipir.kernel.ids import DutyId
from pipir.statute.load import the_statute
from pipir.statute.lookup import notice_due
from pipir.store.doors import WriteSession


class _Duty(NamedTuple):
    """A dated duty: when it was taken up, and when and by what evidence it was done."""

    slug: str
    taken_up_on: date
    done_on: date | None
    evidence: str


_DESIGNATED_ON: Final = date(2026, 5, 29)
_NOTIFIED_ON: Final = date(2026, 6, 12)
_DUTIES: Final = (
    _Duty("designation", date(2026, 3, 2), _DESIGNATED_ON, "Memorandum of designation of 29 May 2026 (exercise)."),
    _Duty("briefing-2026", date(2026, 9, 8), date(2026, 11, 19), "Slides and list of those present (exercise)."),
    _Duty("report-2027", date(2026, 11, 2), date(2027, 2, 24), "Letters of transmittal to six committees (exercise)."),
    _Duty("briefing-2027", date(2027, 9, 7), date(2027, 11, 18), "Slides and list of those present (exercise)."),
    _Duty("report-2028", date(2027, 11, 1), date(2028, 2, 25), "Letters of transmittal to six committees (exercise)."),
    _Duty("briefing-2028", date(2028, 6, 1), None, ""),
)


def plan_duties(program: Program) -> None:
    for each in _DUTIES:
        program.at(each.taken_up_on, "office", _take_up(program, each))
        if each.done_on is not None:
            program.at(each.done_on, "office", _record_done(program, each.slug, each.done_on, each.evidence))
    notice = notice_due(the_statute(), _DESIGNATED_ON)
    assert notice is not None
    program.at(_DESIGNATED_ON, "office", _designate(program, notice.slug))
    program.at(_DESIGNATED_ON, "office", _delegate())
    program.at(
        _NOTIFIED_ON,
        "office",
        _record_done(program, notice.slug, _NOTIFIED_ON, "Letters to four committees (exercise)."),
    )


def _take_up(program: Program, duty: _Duty) -> Act:
    async def act(session: WriteSession) -> None:
        body = duties.TakeUpDuty(
            slug=duty.slug, status="in work", owner_office_id=program.offices[PRIME], note="Exercise."
        )
        program.duties[duty.slug] = await duties.take_up(session, body)

    return act


def _designate(program: Program, notice: str) -> Act:
    async def act(session: WriteSession) -> None:
        body = law.RecordDesignation(
            official="Sidney Exercise",
            office_held="Assistant Secretary of Defense for Industrial Base Policy (exercise)",
            rank="assistant-secretary",
            made_on=_DESIGNATED_ON,
            since=_DESIGNATED_ON,
            instrument="Memorandum of designation of 29 May 2026 (exercise).",
            source="Exercise program",
        )
        await law.record_designation(session, body)
        # The designation sets the notice off; who works on it is recorded with it.
        taken_up = duties.TakeUpDuty(slug=notice, owner_office_id=program.offices["OASD(LA)"], note="Exercise.")
        program.duties[notice] = await duties.take_up(session, taken_up)

    return act


def _delegate() -> Act:
    async def act(session: WriteSession) -> None:
        body = law.Delegate(
            function="sign the annual report",
            from_office="Secretary of Defense",
            to_office="Under Secretary of Defense for Acquisition and Sustainment",
            instrument="Memorandum of delegation (exercise)",
            instrument_on=_DESIGNATED_ON,
            since=_DESIGNATED_ON,
            limits="The annual report under section 1253(f)(1) alone.",
        )
        await law.delegate(session, body)

    return act


def _record_done(program: Program, slug: str, on: date, evidence: str) -> Act:
    async def act(session: WriteSession) -> None:
        number = DutyId(program.duties[slug])
        body = duties.RecordDone(on, evidence)
        await duties.record_done(session, number, body, version=await version_of(session, Duty, number))

    return act
