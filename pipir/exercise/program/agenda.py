"""Everything that the program enters, in the order of the weeks."""

import gc
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Final

from pipir.exercise.days import FIRST, TODAY, close_of, week_of
from pipir.exercise.program.agreements import plan_agreements
from pipir.exercise.program.congress import plan_congress
from pipir.exercise.program.coordination import plan_coordination
from pipir.exercise.program.course import PERSONS, PRIME, ROLES, Act, Item, Program, Progress
from pipir.exercise.program.disclosure import plan_disclosure
from pipir.exercise.program.documents import plan_papers
from pipir.exercise.program.duties import plan_duties
from pipir.exercise.program.engagement import plan_engagement
from pipir.exercise.program.exchanges import plan_exchanges
from pipir.exercise.program.execution import plan_execution
from pipir.exercise.program.groups import plan_groups, plan_meeting, record_meeting
from pipir.exercise.program.imports import plan_imports
from pipir.exercise.program.money import plan_documents, plan_entries
from pipir.exercise.program.notes import plan_notes
from pipir.exercise.program.participants import plan_participants
from pipir.exercise.program.projects import plan_project
from pipir.exercise.program.reconciliation import plan_reconciliation
from pipir.exercise.program.reports import (
    REPORTS,
    build_report,
    freeze_report,
    sign_report,
    state_outcomes,
    write_report,
)
from pipir.exercise.program.upkeep import plan_upkeep
from pipir.exercise.program.vulnerabilities import plan_vulnerabilities
from pipir.exercise.program.workbooks import plan_workbooks
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE
from pipir.kernel.calendar import quarter_label
from pipir.kernel.ids import PersonId

# The commands under which the trail knows the program's writes; the first one carries its sizes.
COMMAND: Final = "exercise."
BEGIN: Final = "exercise.begin"
FINISH: Final = "exercise.finish"


async def enter(program: Program, entered: set[str], say: Progress) -> None:
    """Enter every write that is not in the trail yet, in the order of the weeks."""
    await program.find()
    items = _agenda(program)
    # The plan stays until the end: the collector need not walk through it again with every batch of entries.
    gc.freeze()
    try:
        await _enter(program, items, entered, say)
    finally:
        gc.unfreeze()


async def _enter(program: Program, items: Sequence[Item], entered: set[str], say: Progress) -> None:
    for done, item in enumerate(items):
        await say(done, len(items), quarter_label(item.week))
        if item.command not in entered:
            await item.run(item)
    await say(len(items), len(items), "The exercise program is in the record")


def _agenda(program: Program) -> list[Item]:
    plan_participants(program)
    plan_disclosure(program)
    plan_agreements(program)
    plan_groups(program)
    for place, project in enumerate(program.projects):
        plan_project(program, place, project)
    for meeting in program.meetings:
        plan_meeting(program, meeting)
    plan_duties(program)
    plan_congress(program)
    plan_papers(program)
    plan_coordination(program)
    plan_notes(program)
    plan_workbooks(program)
    plan_upkeep(program)
    plan_vulnerabilities(program)
    plan_exchanges(program)
    plan_engagement(program)
    plan_documents(program)
    plan_execution(program)
    plan_entries(program)
    plan_reconciliation(program)
    plan_imports(program)
    program.acts.sort(key=lambda act: act[:4])
    items = [Item(program.begin, week_of(FIRST), partial(_begin, program))]
    for (week, rank), acts in groupby(program.acts, key=lambda act: act[:2]):
        role = ROLES[rank]
        items.append(Item(f"{COMMAND}{week}.{role}", week, _block(program, role, [act[4] for act in acts])))
    for each in REPORTS:
        name = f"{COMMAND}report-{each.year}"
        items += [
            Item(f"{name}.write", each.written_on, write_report(program, each)),
            Item(f"{name}.outcomes", each.written_on, state_outcomes(program, each)),
            Item(f"{name}.build", each.built_on, build_report(program, each)),
            Item(f"{name}.freeze", each.built_on, freeze_report(program, each)),
            Item(f"{name}.sign", each.signed_on, sign_report(program, each)),
        ]
    # Stable: in a week the reports come after what the offices entered.
    items.sort(key=lambda item: item.week)
    absence = Item("exercise.absence", TODAY, partial(_absence, program))
    return [*items, absence, Item(FINISH, TODAY, partial(_finish, program))]


def _block(program: Program, role: str, acts: Sequence[Act]) -> Callable[[Item], Awaitable[None]]:
    async def run(item: Item) -> None:
        async with program.write(item, role) as session:
            for act in acts:
                await act(session)

    return run


async def _begin(program: Program, item: Item) -> None:
    """The second person of the program office: nobody verifies their own work."""
    async with program.db.write(
        actor=SERVICE, command=item.command, exercise=True, exercise_now=close_of(item.week)
    ) as session:
        body = people.AddPerson(
            name=PERSONS["second"],
            title="Deputy program officer",
            office_id=program.offices[PRIME],
            since=FIRST,
            roles=["program-office"],
        )
        program.people[PERSONS["second"]] = await people.add_person(session, body)


async def _absence(program: Program, item: Item) -> None:
    """The second person is away on the program's day; the first stands in."""
    away = people.RecordAbsence(
        stand_in_id=program.people[PERSONS["office"]], since=TODAY, until=TODAY + timedelta(days=8)
    )
    async with program.write(item, "second") as session:
        await people.record_absence(session, PersonId(program.people[PERSONS["second"]]), away)


async def _finish(program: Program, item: Item) -> None:
    """The meeting that lies ahead; once it stands the program is whole."""
    ahead = program.meetings[-1]
    async with program.write(item, "office") as session:
        await record_meeting(program, session, ahead)
