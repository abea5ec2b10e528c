"""The end of the authority: what is determined before it, refused from its first instant, and what goes on."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date

from pipir.features.agreements import commands as agreements
from pipir.features.agreements.tables import Agreement, AgreementAmendment
from pipir.features.assistance import commands as assistance
from pipir.features.assistance.tables import Assistance
from pipir.features.groups import commands as groups
from pipir.features.groups.tables import WorkingGroup
from pipir.features.law import commands as law
from pipir.features.law.tables import ContinuationDetermination
from pipir.features.ledger import commands as ledger
from pipir.features.participants import commands as participants
from pipir.features.participants.tables import Participant
from pipir.features.projects import commands as projects
from pipir.features.projects.tables import Project
from pipir.statute.load import the_statute
from pipir.statute.lookup import sunset
from tests.exercise.lived.life import Life
from tests.exercise.lived.money import annual, entry, obligation, post
from tests.exercise.lived.partners import EXTENSION, NEVER_BEGUN, NEVER_SIGNED, beginning, signature
from tests.exercise.lived.work import (
    CONTINUING,
    CONTINUING_GROUP,
    NEVER_APPROVED,
    NEVER_INVITED,
    SECTION_GROUP,
    plans,
    widened,
)

TERMINATION = "Sec. 1253(g)"
FIRST_REFUSED = sunset(the_statute())
PROJECT_LAW, GROUP_LAW = "22-usc-2767", "10-usc-2350a"
LATE_DAY = date(2030, 12, 27)
# What is obligated under the determination of the project, and what of it is given back.
CONTINUED, GIVEN_BACK = 250_000, 30_000
ENGINES, _, _, COURSES = plans(4)


def plan_after(life: Life) -> None:
    """Put the end and what follows on the agenda."""
    life.at(date(2030, 10, 1), lambda: _determine(life, "project", CONTINUING, PROJECT_LAW))
    life.at(date(2030, 10, 1), lambda: _determine(life, "group", CONTINUING_GROUP, GROUP_LAW))
    for name in (CONTINUING, CONTINUING_GROUP):
        life.at(date(2030, 11, 4), lambda name=name: _review(life, name))  # type: ignore[misc]
    for each in attempts(life).values():
        life.at(FIRST_REFUSED, each)
    life.at(date(2031, 1, 6), lambda: _continue(life))
    life.at(date(2031, 1, 15), lambda: _record_late(life))
    life.at(date(2031, 2, 10), lambda: _obligate(life))
    life.at(date(2031, 2, 18), lambda: _liquidate(life))
    life.at(date(2031, 3, 3), life.look)


async def _determine(life: Life, kind: law.SubjectKind, name: str, authority: str) -> None:
    body = law.Determine(
        subject_kind=kind,
        subject_id=life.numbers[name],
        authority=authority,
        conditions_met="The conditions of that law were certified on 24 September 2030.",
        funding_source="Operation and maintenance of fiscal year 2031",
        opinion="Opinion of counsel of 20 September 2030",
        effective_from=date(2030, 12, 1),
        review_on=date(2031, 12, 1),
    )
    number = await life.do("office", law.determine, body)
    life.numbers[f"determination of {name}"] = number


async def _review(life: Life, name: str) -> None:
    of = (ContinuationDetermination, life.numbers[f"determination of {name}"])
    await life.do("comptroller", law.review_determination, law.Confirm(), of=of)


def attempts(life: Life) -> Mapping[str, Callable[[], Awaitable[None]]]:
    """Each command that performs a covered act, tried with the section alone behind it."""

    def tried(
        who: str, command: object, body: Callable[[], object], of: Callable[[], object] | None = None
    ) -> Callable[[], Awaitable[None]]:
        return lambda: life.refuse(who, command, body(), of=of() if of else None, citing=TERMINATION)  # type: ignore[arg-type]

    return {
        "participant.record-standing": tried(
            "liaison",
            participants.record_standing,
            lambda: participants.RecordStanding("invited", life.today, "Cable of the day"),
            lambda: (Participant, life.numbers[NEVER_INVITED[1]]),
        ),
        "group.establish": tried(
            "office",
            groups.establish_group,
            lambda: groups.EstablishGroup("A new group", "working group", life.today, "Charter"),
        ),
        "group.revise": tried(
            "office",
            groups.revise_group,
            lambda: groups.ReviseGroup(
                SECTION_GROUP, "workstream", life.today, "Charter", program_authority="1253.e.2"
            ),
            lambda: (WorkingGroup, life.numbers[SECTION_GROUP]),
        ),
        "project.propose": tried(
            "office",
            projects.propose_project,
            lambda: projects.ProposeProject(
                name="A new project",
                kind="co-production",
                objectives=["1253.b.5"],
                classified_by="The office",
                source="The office",
                status="planned",
                program_authority="1253.e.1",
            ),
        ),
        "project.change-status": tried(
            "office",
            projects.change_status,
            lambda: projects.ChangeStatus("active", "Decided by the office."),
            lambda: (Project, life.numbers[NEVER_APPROVED]),
        ),
        "project.revise": tried(
            "office",
            projects.revise_project,
            lambda: widened(life, COURSES, objectives=[COURSES.objective, "1253.b.6", "1253.b.5"]),
            lambda: (Project, life.numbers[COURSES.name]),
        ),
        "project.add-partner": tried(
            "office",
            projects.add_partner,
            lambda: projects.AddPartner(life.numbers["KOR"], "Maker", since=life.today),
            lambda: (Project, life.numbers[COURSES.name]),
        ),
        "ledger.post": tried(
            "comptroller",
            ledger.post_entry,
            lambda: obligation(life, annual(2031), ENGINES, 1_000, life.today),
        ),
        "agreement.sign": tried(
            "office",
            agreements.sign_agreement,
            signature,
            lambda: (Agreement, life.numbers[NEVER_SIGNED]),
        ),
        "agreement-amendment.sign": tried(
            "office",
            agreements.sign_amendment,
            lambda: agreements.SignAmendment("Secretary of Defense", "The text"),
            lambda: (AgreementAmendment, life.numbers[EXTENSION]),
        ),
        "assistance.begin": tried(
            "office",
            assistance.begin_assistance,
            beginning,
            lambda: (Assistance, life.numbers[NEVER_BEGUN]),
        ),
        "designation.record": tried(
            "office",
            law.record_designation,
            lambda: law.RecordDesignation(
                official="A next official",
                office_held="Assistant Secretary of Defense",
                rank="assistant-secretary",
                made_on=life.today,
                since=life.today,
                instrument="Memorandum",
                source="The office",
            ),
        ),
    }


async def _continue(life: Life) -> None:
    """The project and the group go on under other law, each by its own determination."""
    other = life.numbers[f"determination of {CONTINUING_GROUP}"]
    wrong = widened(life, ENGINES, program_authority=PROJECT_LAW, continuation_id=other)
    await life.refuse(
        "office", projects.revise_project, wrong, of=(Project, life.numbers[CONTINUING]), citing=TERMINATION
    )
    number = life.numbers[f"determination of {CONTINUING}"]
    right = widened(life, ENGINES, program_authority=PROJECT_LAW, continuation_id=number)
    await life.do("office", projects.revise_project, right, of=(Project, life.numbers[CONTINUING]))
    of = (WorkingGroup, life.numbers[CONTINUING_GROUP])
    group = groups.ReviseGroup(
        CONTINUING_GROUP,
        "workstream",
        date(2026, 3, 9),
        "Charter",
        program_authority=GROUP_LAW,
        continuation_id=other,
    )
    await life.do("office", groups.revise_group, group, of=of)


async def _record_late(life: Life) -> None:
    """An obligation of December 2030 comes to the comptroller in January: it passes with both of its papers alone."""
    late = {"late_because": "The contract came from the field on 14 January."}
    for papers in ({}, late):
        bare = obligation(life, annual(2031), COURSES, 20_000, LATE_DAY, **papers)
        await life.refuse("comptroller", ledger.post_entry, bare, citing=TERMINATION)
    both = late | {"late_document": "Contract 30-C-0044 of 27 December 2030"}
    life.numbers["late obligation"] = await post(
        life, obligation(life, annual(2031), COURSES, 20_000, LATE_DAY, **both)
    )
    # With the same papers, an act of the first day after the end stays what it is.
    after = obligation(life, annual(2031), COURSES, 20_000, date(2031, 1, 1), **both)
    await life.refuse("comptroller", ledger.post_entry, after, citing=TERMINATION)


async def _obligate(life: Life) -> None:
    """Money of 2031 for the project that goes on: under other law and its determination, and not without."""
    bare = obligation(life, annual(2031), ENGINES, CONTINUED, life.today, program_authority=PROJECT_LAW)
    await life.refuse("comptroller", ledger.post_entry, bare, citing=TERMINATION)
    body = obligation(
        life,
        annual(2031),
        ENGINES,
        CONTINUED,
        life.today,
        program_authority=PROJECT_LAW,
        continuation_id=life.numbers[f"determination of {CONTINUING}"],
    )
    life.numbers["continuing obligation"] = await post(life, body)


async def _liquidate(life: Life) -> None:
    """What was obligated in time is paid, adjusted within its scope and given back, whatever it rests on."""
    old = life.numbers[f"{CONTINUING} on {annual(2031)}"]
    on = life.today
    for number in (old, life.numbers["late obligation"], life.numbers["continuing obligation"]):
        await post(life, entry("expenditure", 5_000, on, adjusts_entry_id=number))
    await post(life, entry("deobligation", 10_000, on, adjusts_entry_id=old))
    await post(life, entry("upward adjustment", 4_000, on, adjusts_entry_id=old, basis="in-scope change"))
    await post(life, entry("deobligation", GIVEN_BACK, on, adjusts_entry_id=life.numbers["continuing obligation"]))
