"""API tokens: made by their person, ended by them or an administrator."""

from datetime import timedelta
from typing import Annotated

import msgspec

from pipir.features.people import rules
from pipir.features.people.queries import is_disabled, real_now
from pipir.features.people.tables import SERVICE, ApiToken, Person
from pipir.kernel.command import command
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import PersonId, TokenId
from pipir.kernel.text import Line
from pipir.statute.load import the_statute
from pipir.store.doors import WriteSession


class IssueToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token for a program that acts as a person; it ends after `days`."""

    name: Line
    days: Annotated[int, msgspec.Meta(ge=1, le=rules.TOKEN_DAYS_AT_MOST)] = 90


class RevokeToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing but the wish to end a token now."""


@command("people.issue-token", permission="tokens.own", sunset="goes on")
async def issue_token(session: WriteSession, person_id: PersonId, body: IssueToken) -> str:
    """Make an API token that acts as a person, and return it: it is shown this once and stored as a hash only."""
    person = await session.get(Person, person_id)
    if person is None or person.kind != "person":
        raise NotFound("There is no person with this number.")
    rules.may_issue_token(session.actor, person_id, service=SERVICE)
    days = rules.idle_days(the_statute(), session.today)
    rules.may_sign_in(person.name, days, disabled=await is_disabled(session, person_id))
    secret = rules.new_secret()
    now = await real_now(session)
    session.add(
        ApiToken(
            token_hash=rules.hash_of("pipir_" + secret),
            name=body.name,
            person_id=person_id,
            made_at=now,
            ends_at=now + timedelta(days=body.days),
        )
    )
    await session.flush()
    return "pipir_" + secret


@command("people.revoke-token", permission="tokens.own", sunset="goes on")
async def revoke_token(session: WriteSession, token_id: TokenId, body: RevokeToken) -> None:
    """End a token now."""
    token = await session.get(ApiToken, token_id, with_for_update=True)
    if token is None:
        raise NotFound("There is no token with this number.")
    actor = await session.get(Person, session.actor)
    administers = actor is not None and "administrator" in actor.roles
    rules.may_end_token(session.actor, token.person_id, service=SERVICE, administers=administers)
    if token.revoked_at is None:
        token.revoked_at = await real_now(session)
    await session.flush()
