"""Who acts where a command is run as a person."""

from collections.abc import Sequence

from sqlalchemy import select

from pipir.features.people.queries import disabled
from pipir.features.people.rules import WAY_BACK, disabled_sentence, idle_days
from pipir.features.people.tables import Person
from pipir.kernel.access import PERMISSIONS, ROLES
from pipir.kernel.errors import NotFound, Refused
from pipir.statute.load import load_statute
from pipir.store.doors import Database
from pipir.store.migrate import Installation


async def person_of(db: Database, asked: str | None, *, needs: str, installation: Installation) -> int:
    """The person's number by number, name or role; where nothing is asked, an exercise person who may."""
    async with db.read() as session:
        found = (
            await session.execute(
                select(Person.id, Person.name, Person.roles, disabled(session.today).label("disabled"))
                .where(Person.kind == "person", (Person.until.is_(None)) | (Person.until >= session.today))
                .order_by(Person.id)
            )
        ).all()
        days = idle_days(load_statute(), session.today)
    # Who is disabled comes in by no door. By a role the first is meant who may; by number or name that very person.
    for number, name, roles, is_disabled in found:
        if asked is not None:
            named = asked in (str(number), name)
            if named and is_disabled:
                raise Refused(disabled_sentence(name, days), way_out=WAY_BACK)
            if named or (asked.lower().replace(" ", "-") in roles and not is_disabled):
                _check_may(name, roles, needs)
                return int(number)
        elif is_disabled:
            continue
        elif installation.kind != "production" and _may(roles, needs):
            return int(number)
    if asked is None:
        raise NotFound("Say as whom: --as with a person's number, name or role.")
    raise NotFound(f"There is no person {asked!r}, by number, name or role; the roles are: {', '.join(ROLES)}.")


def _may(roles: Sequence[str], needs: str) -> bool:
    return not needs or any(needs in PERMISSIONS[role] for role in ROLES if role in roles)


def _check_may(name: str, roles: Sequence[str], needs: str) -> None:
    if not _may(roles, needs):
        holders = ", ".join(role for role in ROLES if needs in PERMISSIONS[role])
        raise NotFound(f"{name} does not hold the permission {needs}; it belongs to: {holders}.")
