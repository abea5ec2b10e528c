"""What Congress is briefed on, asks and is promised in the program, and the data call for the first report."""

from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import Select, select

from pipir.exercise.meetings import WORKSTREAMS
from pipir.exercise.program.course import PRIME, Act, Program, version_of
from pipir.features.congress import commands as congress
from pipir.features.congress.tables import (
    Briefing,
    BriefingQuestion,
    CommitteeBriefing,
    CongressionalContact,
    Promise,
)
from pipir.features.data_calls import commands as calls
from pipir.features.data_calls.tables import DataCall, DataCallAddressee
from pipir.kernel.ids import (
    AddresseeId,
    BriefingId,
    BriefingQuestionId,
    CommitteeBriefingId,
    ContactId,
    DataCallId,
    PromiseId,
)
from pipir.store.doors import WriteSession


class _Briefing(NamedTuple):
    """A statutory briefing: when its package was opened and planned, and the two days on which it was given."""

    duty: str
    prepared_on: date
    planned_on: date
    defense_on: date
    foreign_on: date


_BRIEFINGS: Final = (
    _Briefing("briefing-2026", date(2026, 9, 9), date(2026, 10, 28), date(2026, 11, 17), date(2026, 11, 19)),
    _Briefing("briefing-2027", date(2027, 9, 8), date(2027, 10, 27), date(2027, 11, 16), date(2027, 11, 18)),
)
_FOREIGN: Final = ("house-foreign-affairs", "senate-foreign-relations")
_ASKED_BY: Final = "house-armed-services"
_TASKING: Final = "LA-27-EX-014"
_CALL: Final = "Milestones, money and what the workstreams have done (exercise)"
_KEPT: Final = "Method by which shared vulnerabilities are rated (exercise)"
_OPEN: Final = "List of repair sites that two participants use together (exercise)"


def plan_congress(program: Program) -> None:
    for each in _BRIEFINGS:
        program.at(each.prepared_on, "writer", _prepare(program, each))
        program.at(each.planned_on, "writer", _plan(each))
        program.at(each.defense_on, "writer", _give(each.duty, each.defense_on, foreign=False))
        program.at(each.foreign_on, "writer", _give(each.duty, each.foreign_on, foreign=True))
    program.at(date(2026, 11, 20), "writer", _take_question(program))
    program.at(date(2026, 12, 10), "writer", _answer_question(program))
    program.at(date(2026, 11, 20), "writer", _promise_in_briefing(program))
    program.at(date(2027, 2, 24), "writer", _keep_promise)
    program.at(date(2027, 4, 7), "writer", _enter_contact(program))
    program.at(date(2027, 5, 4), "writer", _answer_contact)
    program.at(date(2028, 2, 25), "writer", _promise_in_report(program))
    program.at(date(2026, 11, 3), "writer", _issue(program))
    program.at(date(2026, 12, 4), "comptroller", _answer_call(program))
    program.at(date(2026, 12, 8), "liaison", _return_nil(program))
    program.at(date(2027, 1, 8), "writer", _close_call)


def _prepare(program: Program, each: _Briefing) -> Act:
    async def act(session: WriteSession) -> None:
        body = congress.PrepareBriefing(
            title=f"Briefing of {each.foreign_on.year} on the progress of the Initiative (exercise)",
            duty=each.duty,
            office_id=program.offices[PRIME],
            briefer_role="Senior civilian official (exercise role)",
        )
        await congress.prepare_briefing(session, body)

    return act


def _plan(each: _Briefing) -> Act:
    async def act(session: WriteSession) -> None:
        for number, committee in await _committees(session, each.duty):
            day = each.foreign_on if committee in _FOREIGN else each.defense_on
            body = congress.PlanCommittee(day, "In person, staff of the committee (exercise)")
            await congress.plan_committee(
                session, number, body, version=await version_of(session, CommitteeBriefing, number)
            )

    return act


def _give(duty: str, day: date, *, foreign: bool) -> Act:
    async def act(session: WriteSession) -> None:
        body = congress.RecordGiven(
            given_on=day,
            place="In person, staff of the committee (exercise)",
            attendees="Professional staff of both sides; the senior official and the program office (exercise).",
        )
        for number, committee in await _committees(session, duty):
            if (committee in _FOREIGN) == foreign:
                await congress.record_given(
                    session, number, body, version=await version_of(session, CommitteeBriefing, number)
                )

    return act


def _take_question(program: Program) -> Act:
    async def act(session: WriteSession) -> None:
        body = congress.TakeQuestion(
            committee=_ASKED_BY,
            question="Which projects rest on another authority as well as on section 1253? (exercise)",
            office_id=program.offices[PRIME],
            due_on=date(2026, 12, 18),
        )
        await congress.take_question(session, await _briefing(session, _BRIEFINGS[0].duty), body)

    return act


def _answer_question(program: Program) -> Act:
    async def act(session: WriteSession) -> None:
        number = BriefingQuestionId(
            await _number(session, select(BriefingQuestion.id).where(BriefingQuestion.exercise))
        )
        body = congress.AnswerQuestion(
            answered_on=date(2026, 12, 10),
            answer="A list of the projects with each authority that pays and that allows was sent (exercise).",
            answering_office_id=program.offices[PRIME],
        )
        await congress.answer_question(
            session, number, body, version=await version_of(session, BriefingQuestion, number)
        )

    return act


def _promise_in_briefing(program: Program) -> Act:
    async def act(session: WriteSession) -> None:
        body = congress.EnterPromise(
            title=_KEPT,
            words="The first report will say how shared vulnerabilities are rated, and by whom (exercise).",
            made_in="briefing",
            briefing_id=await _briefing(session, _BRIEFINGS[0].duty),
            source="Slide 9 (exercise)",
            made_on=_BRIEFINGS[0].defense_on,
            due_on=date(2027, 3, 1),
            office_id=program.offices[PRIME],
            person_id=program.people["Robin Exercise"],
        )
        await congress.enter_promise(session, body)

    return act


async def _keep_promise(session: WriteSession) -> None:
    number = PromiseId(await _number(session, select(Promise.id).where(Promise.title == _KEPT)))
    body = congress.KeepPromise(date(2027, 2, 24), "Element (i) of the report of 2027 (exercise).")
    await congress.keep_promise(session, number, body, version=await version_of(session, Promise, number))


def _promise_in_report(program: Program) -> Act:
    async def act(session: WriteSession) -> None:
        body = congress.EnterPromise(
            title=_OPEN,
            words="A list of the repair sites that two participants share will follow by September (exercise).",
            made_in="report",
            report_year=2028,
            source="Element (ii) (exercise)",
            made_on=date(2028, 2, 18),
            due_on=date(2028, 9, 29),
            office_id=program.offices[PRIME],
        )
        await congress.enter_promise(session, body)

    return act


def _enter_contact(program: Program) -> Act:
    async def act(session: WriteSession) -> None:
        body = congress.EnterContact(
            kind="question for the record",
            title="Milestones that moved in fiscal year 2027 (exercise)",
            asked="Which milestones moved by more than a quarter, and why? (exercise)",
            committee="senate-armed-services",
            tasking_number=_TASKING,
            received_on=date(2027, 4, 6),
            due_on=date(2027, 5, 7),
            office_id=program.offices["OASD(LA)"],
        )
        await congress.enter_contact(session, body)

    return act


async def _answer_contact(session: WriteSession) -> None:
    query = select(CongressionalContact.id).where(CongressionalContact.tasking_number == _TASKING)
    number = ContactId(await _number(session, query))
    body = congress.AnswerContact(
        answered_on=date(2027, 5, 4),
        answer="A table of the milestones with their plan, their forecast and the reason was sent (exercise).",
        evidence="Letter of 4 May 2027 with the table (exercise).",
    )
    await congress.answer_contact(
        session, number, body, version=await version_of(session, CongressionalContact, number)
    )


def _issue(program: Program) -> Act:
    async def act(session: WriteSession) -> None:
        body = calls.IssueCall(
            title=_CALL,
            asked="Milestones met since enactment, what was obligated for them, what is planned next (exercise).",
            purpose="Report of 2027",
            report_year=2027,
            issued_on=date(2026, 11, 2),
            due_on=date(2026, 12, 11),
            office_ids=(program.offices["OUSD(C)"], program.offices["State PM"]),
            group_ids=(program.groups[WORKSTREAMS[0]],),
        )
        await calls.issue_call(session, body)

    return act


def _answer_call(program: Program) -> Act:
    async def act(session: WriteSession) -> None:
        number = await _addressee(session, program.offices["OUSD(C)"])
        body = calls.AnswerCall("Obligations by project and account as of 30 September 2026 were sent (exercise).")
        await calls.answer_call(session, number, body, version=await version_of(session, DataCallAddressee, number))

    return act


def _return_nil(program: Program) -> Act:
    async def act(session: WriteSession) -> None:
        number = await _addressee(session, program.offices["State PM"])
        body = calls.ReturnNil("The Department of State charged nothing to a project in the period (exercise).")
        await calls.return_nil(session, number, body, version=await version_of(session, DataCallAddressee, number))

    return act


async def _close_call(session: WriteSession) -> None:
    number = DataCallId(await _number(session, select(DataCall.id).where(DataCall.title == _CALL)))
    body = calls.CloseCall("The workstream's minutes were used instead (exercise).")
    await calls.close_call(session, number, body, version=await version_of(session, DataCall, number))


async def _briefing(session: WriteSession, duty: str) -> BriefingId:
    return BriefingId(await _number(session, select(Briefing.id).where(Briefing.duty == duty)))


async def _committees(session: WriteSession, duty: str) -> list[tuple[CommitteeBriefingId, str]]:
    rows = await session.execute(
        select(CommitteeBriefing.id, CommitteeBriefing.committee)
        .join(Briefing, Briefing.id == CommitteeBriefing.briefing_id)
        .where(Briefing.duty == duty)
        .order_by(CommitteeBriefing.id)
    )
    return [(CommitteeBriefingId(number), committee) for number, committee in rows]


async def _addressee(session: WriteSession, office_id: int) -> AddresseeId:
    query = (
        select(DataCallAddressee.id)
        .join(DataCall, DataCall.id == DataCallAddressee.call_id)
        .where(DataCall.title == _CALL, DataCallAddressee.office_id == office_id)
    )
    return AddresseeId(await _number(session, query))


async def _number(session: WriteSession, query: Select[int]) -> int:
    return (await session.scalars(query)).one()
