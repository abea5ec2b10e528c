"""The invented technical exchanges of the program: visits and exchanges of experts, and what came of them."""

from datetime import date
from typing import Any, Final

from pipir.exercise import words
from pipir.exercise.days import after
from pipir.exercise.meetings import WORKING_GROUPS
from pipir.exercise.program.course import PRIME, Act, Program
from pipir.features.disclosure import queries as disclosure
from pipir.features.exchanges import commands as exchanges
from pipir.features.exchanges.rules import Kind
from pipir.kernel.marking import Reader
from pipir.store.doors import WriteSession

_NOTHING: Final = "Only published standards and brochures were shown (exercise)."
# First day, days, title, kind, place, delegations, what it hangs on (a group's place, or a project's), outcome.
_EXCHANGES: Final[tuple[tuple[date, int, str, Kind, str, str, str, int, str | None], ...]] = (
    (date(2026, 9, 15), 3, "Survey of an engine depot", "visit", "Singapore", "USA, SGP", "group", 0,
     "The depot can take two types of engine after six months of training."),
    (date(2027, 3, 16), 2, "Test methods for propellant", "workshop", "Adelaide", "USA, AUS, JPN", "group", 1,
     "One method of aging was agreed; two laboratories compare results until autumn."),
    (date(2027, 9, 14), 10, "Casting engineers at a partner's foundry", "expert exchange", "Changwon", "USA, KOR",
     "project", 0, "Four causes of scrap were found; two are removed."),
    (date(2028, 1, 18), 4, "Radar maintenance data", "expert exchange", "Singapore", "USA, SGP", "group", 0,
     "The maintenance schedule of the exercise program was explained."),
    (date(2028, 5, 23), 3, "Trial of a common interface", "test or demonstration", "Manila", "USA, PHL", "project", 1,
     None),
    (date(2028, 9, 12), 5, "Second look at the depot", "visit", "Singapore", "USA, SGP", "group", 0, None),
)  # fmt: skip


def plan_exchanges(program: Program) -> None:
    for first, days, title, kind, place, delegations, of, which, outcome in _EXCHANGES:
        last = date.fromordinal(first.toordinal() + days - 1)
        body: dict[str, Any] = {
            "title": title,
            "kind": kind,
            "place": place,
            "starts_on": first,
            "ends_on": last,
            "topic": f"{title} (exercise)",
            "delegations": [delegations],
            "offices": "Exercise offices of the delegations",
            "source": words.SOURCE,
            "outcome": outcome,
        }
        # What lies ahead is planned in the spring of the program's day.
        entered = min(after(last, 7), date(2028, 6, 9))
        if of == "project":
            entered = max(entered, after(program.projects[which % len(program.projects)].proposed_on, 7))
        if entered <= date(2028, 6, 9):
            program.at(entered, "office", _enter(program, of, which, body))


def _enter(program: Program, of: str, which: int, body: dict[str, Any]) -> Act:
    async def act(session: WriteSession) -> None:
        known = await disclosure.decisions(session, Reader("us-government"))
        standing = {
            each.country: each.id for each in known if each.outcome == "granted" and each.since <= body["starts_on"]
        }
        partners = {code for text in body["delegations"] for code in text.split(", ")} - {"USA"}
        named = [standing[code] for code in sorted(partners) if code in standing]
        said: dict[str, Any] = {"decision_ids": named}
        if len(named) < len(partners):
            said = {"nothing_disclosed_because": _NOTHING}
        if of == "project":
            said["project_id"] = program.project_ids[program.projects[which % len(program.projects)].name]
        else:
            said["group_id"] = program.groups[WORKING_GROUPS[which % len(WORKING_GROUPS)].name]
        whole = exchanges.EnterExchange(**body, **said, lead_office_id=program.offices[PRIME])
        await exchanges.enter_exchange(session, whole)

    return act
