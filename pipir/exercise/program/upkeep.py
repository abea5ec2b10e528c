"""What the program shows of the installation's upkeep: backups and a drill of one, and how persons wish to be told."""

import hashlib
from datetime import date
from typing import Final

from sqlalchemy import func, select

from pipir.exercise.days import close_of
from pipir.exercise.program.course import Act, Program
from pipir.features.backups.commands import note_run
from pipir.features.backups.rules import Kind
from pipir.features.notices import commands as notices
from pipir.features.trail.tables import TrailRow
from pipir.kernel.dated import KINDS
from pipir.store.backup import Manifest
from pipir.store.doors import WriteSession
from pipir.store.migrate import database_of

_TAKEN: Final = date(2028, 6, 2)
_TAKEN_LAST: Final = date(2028, 6, 9)


def plan_upkeep(program: Program) -> None:
    taken = "The backup of the week (exercise: no file stands behind it)."
    program.at(_TAKEN, "office", _note("backup", _TAKEN, taken))
    program.at(_TAKEN, "second", _note("drill", _TAKEN, "Restored beside it, table by table the same (exercise)."))
    program.at(_TAKEN_LAST, "office", _note("backup", _TAKEN_LAST, taken))
    program.at(date(2028, 1, 14), "office", _prefer(notices.Prefer("daily", 7)))
    program.at(date(2028, 1, 14), "liaison", _prefer(notices.Prefer("daily", 16, ["Coordination", "Condition"])))
    without_actions = [kind for kind in KINDS if kind != "Action item"]
    program.at(date(2028, 1, 14), "comptroller", _prefer(notices.Prefer("at once", kinds=without_actions)))


def _note(kind: Kind, day: date, outcome: str) -> Act:
    async def act(session: WriteSession) -> None:
        name = f"pipir-exercise-{day}.backup"
        manifest = Manifest(
            format=1,
            file=name,
            sha256=hashlib.sha256(name.encode()).hexdigest(),
            size=52_428_800,
            kind="exercise",
            revision=(await database_of(session)).revision,
            program_clock=close_of(day),
            taken_at=close_of(day),
            server="PostgreSQL",
            last_trail_id=await session.scalar(select(func.coalesce(func.max(TrailRow.id), 0))) or 0,
            tables={},
        )
        await note_run(session, kind, manifest, passed=True, outcome=outcome)

    return act


def _prefer(body: notices.Prefer) -> Act:
    async def act(session: WriteSession) -> None:
        await notices.prefer(session, body)

    return act
