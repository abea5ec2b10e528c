"""Sign-ins: opened, ended, and the eyes through which a person looks for the time being. They live in real time."""

import msgspec
from sqlalchemy import func, select, update

from pipir.features.people import rules
from pipir.features.people.queries import is_disabled, reader_of, real_now
from pipir.features.people.tables import Person, SignIn
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import PersonId
from pipir.kernel.marking import HOME, ReaderKind
from pipir.kernel.text import Line
from pipir.statute.load import the_statute
from pipir.store.doors import WriteSession


class SeeAs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The reader through whose eyes a person wants to look."""

    kind: ReaderKind
    nationality: Line = HOME


async def sign_in(session: WriteSession, person_id: PersonId, *, consent_sha256: str) -> str:
    """Open a browser session and return the cookie's secret; only its hash is stored."""
    person = await session.get(Person, person_id)
    if person is None or person.kind != "person" or not rules.is_here(person.since, person.until, session.today):
        raise NotFound("There is no such person, or their time here has not begun or has ended.")
    days = rules.idle_days(the_statute(), session.today)
    rules.may_sign_in(person.name, days, disabled=await is_disabled(session, person_id))
    secret = rules.new_secret()
    now = await real_now(session)
    session.add(
        SignIn(
            token_hash=rules.hash_of(secret),
            csrf=rules.new_secret(),
            person_id=person_id,
            made_at=now,
            last_seen_at=now,
            ends_at=now + rules.ABSOLUTE,
            consent_sha256=consent_sha256,
        )
    )
    await session.flush()
    return secret


async def sign_out(session: WriteSession, sign_in_id: int) -> None:
    """End a browser session at once."""
    await session.execute(
        update(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.revoked_at.is_(None))
        .values(revoked_at=func.clock_timestamp())
    )


async def see_as(session: WriteSession, sign_in_id: int | None, body: SeeAs) -> None:
    """Look through another reader's eyes from now on, until it is left or the sign-in ends."""
    chosen = rules.check_nationality(body.kind, body.nationality)
    rules.may_see_as(await reader_of(session, session.actor), chosen, session=sign_in_id is not None)
    found = await session.scalar(
        select(SignIn).where(SignIn.id == sign_in_id, SignIn.person_id == session.actor).with_for_update()
    )
    if found is None:
        raise NotFound("This sign-in has ended.")
    found.see_as_kind, found.see_as_nationality = body.kind, body.nationality
    await session.flush()


async def stop_seeing_as(session: WriteSession, sign_in_id: int) -> None:
    """Look with one's own eyes again."""
    await session.execute(
        update(SignIn).where(SignIn.id == sign_in_id).values(see_as_kind=None, see_as_nationality=None)
    )


async def end_sign_ins(session: WriteSession, person_id: PersonId) -> None:
    """End every browser session of a person."""
    await session.execute(
        update(SignIn)
        .where(SignIn.person_id == person_id, SignIn.revoked_at.is_(None))
        .values(revoked_at=func.clock_timestamp())
    )
