"""What the program puts to offices: a policy, a settled request with conditions, a silent one, an escalated one."""

from datetime import date
from typing import Any, Final

from sqlalchemy import select

from pipir.exercise.program.course import PRIME, Act, Program, version_of
from pipir.features.concurrence import commands
from pipir.features.concurrence.tables import (
    AskedId,
    ConcurrenceAsked,
    ConcurrenceCondition,
    ConcurrenceRequest,
    ConditionId,
)
from pipir.features.people.tables import Office
from pipir.kernel.parsing import parse
from pipir.statute.load import the_statute
from pipir.store.doors import WriteSession

_STATE: Final = "State PM"
_MEMORANDUM: Final = "Memorandum on the coordination of invitations (exercise)"
_SETTLED: Final = "Invite Netherlands"
_SILENT: Final = "Invite Italy"
_ESCALATED: Final = "Process of invitation, second version"
_PAPER: Final = "Send State PM the paper on export controls before the letter goes out."


def plan_coordination(program: Program) -> None:
    program.at(date(2027, 1, 29), "office", _policy(program))
    program.at(date(2027, 2, 5), "office", _ask_invitation(program, "NLD", _SETTLED, date(2027, 2, 26)))
    program.at(date(2027, 2, 19), "liaison", _answer(program, _SETTLED, _STATE, "concur with conditions"))
    program.at(date(2027, 2, 19), "writer", _answer(program, _SETTLED, "OASD(LA)", "acknowledged"))
    program.at(date(2027, 3, 12), "office", _meet(_PAPER))
    program.at(date(2028, 5, 5), "office", _ask_invitation(program, "ITA", _SILENT, date(2028, 5, 26)))
    program.at(date(2028, 5, 12), "office", _ask_process(program))
    program.at(date(2028, 5, 26), "comptroller", _answer(program, _ESCALATED, "OUSD(C)", "concur with comment"))
    program.at(date(2028, 6, 2), "liaison", _answer(program, _ESCALATED, _STATE, "non-concur"))


def _policy(program: Program) -> Act:
    async def act(session: WriteSession) -> None:
        body = commands.EnterPolicy(
            act="invitation",
            title="Each invitation is put to State PM",
            citation=_MEMORANDUM,
            since=date(2027, 2, 1),
            concur=[program.offices[_STATE]],
            notify=[program.offices["OASD(LA)"]],
            low_risk=["name", "marking"],
        )
        await commands.enter_policy(session, body)

    return act


def _ask_invitation(program: Program, code: str, title: str, due_on: date) -> Act:
    async def act(session: WriteSession) -> None:
        number = program.countries[code]
        said: dict[str, Any] = {
            "act": "invitation",
            "subject_kind": "participant",
            "subject_id": number,
            "subject_href": f"/participants/{number}",
            "title": title,
            "question": "Do you concur with the invitation of this country?",
            "before": {"country": code, "standing": "under consideration"},
            "after": {
                "country": code,
                "standing": "invited",
                "authority": the_statute().provision("1253.d").short_citation,
            },
            "due_on": due_on,
            "concur": [program.offices[_STATE]],
            "notify": [program.offices["OASD(LA)"]],
        }
        await commands.ask(session, parse(commands.AskOffices, said))

    return act


def _ask_process(program: Program) -> Act:
    async def act(session: WriteSession) -> None:
        said: dict[str, Any] = {
            "act": "invitation-process",
            "subject_kind": "process",
            "subject_href": "/participants",
            "title": _ESCALATED,
            "question": "Is the second version of the process agreed?",
            "before": {"version": "1", "steps": "named, considered, coordinated, invited"},
            "after": {"version": "2", "steps": "named, considered, invited", "review": "every second year"},
            "due_on": date(2028, 6, 12),
            "coordinate": [program.offices[_STATE]],
            "consult": [program.offices["OUSD(C)"]],
            "provision": "1253.d",
            "policy_citation": _MEMORANDUM,
            "decider_id": program.people["Sidney Exercise"],
        }
        await commands.ask(session, parse(commands.AskOffices, said))

    return act


def _answer(program: Program, title: str, office: str, answer: str) -> Act:
    async def act(session: WriteSession) -> None:
        asked = await session.scalar(
            select(ConcurrenceAsked.id)
            .join(ConcurrenceRequest, ConcurrenceRequest.id == ConcurrenceAsked.request_id)
            .join(Office, Office.id == ConcurrenceAsked.office_id)
            .where(ConcurrenceRequest.title == title, Office.symbol == office)
        )
        assert asked is not None
        said: dict[str, Any] = {"answer": answer}
        if answer == "concur with conditions":
            owner, due_on = program.offices[PRIME], date(2027, 3, 19)
            said["conditions"] = [
                {"title": _PAPER, "due_on": due_on, "owner_office_id": owner},
                {"title": "Tell the embassy a week ahead.", "due_on": date(2028, 7, 14), "owner_office_id": owner},
            ]
        elif answer == "non-concur":
            said["comment"] = "The second version drops the step of coordination with State; the first one had it."
        elif answer == "concur with comment":
            said["comment"] = "A review each year would fit the budget cycle better."
        await commands.answer(session, AskedId(asked), parse(commands.Answer, said))

    return act


def _meet(title: str) -> Act:
    async def act(session: WriteSession) -> None:
        number = await session.scalar(select(ConcurrenceCondition.id).where(ConcurrenceCondition.title == title))
        assert number is not None
        body = commands.MeetCondition("The paper was sent on 10 March 2027 (exercise).")
        version = await version_of(session, ConcurrenceCondition, number)
        await commands.meet_condition(session, ConditionId(number), body, version=version)

    return act
