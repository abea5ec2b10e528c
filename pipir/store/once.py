"""Idempotency: the same POST sent twice is done once, and answered twice."""

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from pipir.kernel.errors import Conflict, Invalid, Mistake
from pipir.kernel.once import Answer, Once, Replayed


async def claim(session: AsyncSession, once: Once) -> None:
    """Take the key for this transaction; raise Replayed where it was served, Conflict while it is being served.

    The key of a form is waited for instead: a browser shows the answer to the press that came last.
    """
    lock = {"lock": f"{once.person} {once.route} {once.key}"}
    if once.of_form:
        await session.execute(text("select pg_advisory_xact_lock(hashtextextended(:lock, 7))"), lock)
    elif not await session.scalar(text("select pg_try_advisory_xact_lock(hashtextextended(:lock, 7))"), lock):
        raise Conflict("A request with this Idempotency-Key is still being served; ask again in a moment.")
    found = (
        await session.execute(
            text(
                "select fingerprint, status, media_type, headers, body from idempotency_key "
                "where person_id = :person and route = :route and key = :key"
            ),
            {"person": once.person, "route": once.route, "key": once.key},
        )
    ).one_or_none()
    if found is None:
        return
    if found.fingerprint != once.fingerprint and once.of_form:
        raise Conflict(
            "This form was stored already, with other content.",
            way_out="Look at what was stored. What is typed here is stored beside it once it is sent again.",
        )
    if found.fingerprint != once.fingerprint:
        raise Invalid(
            "This Idempotency-Key was used before with another body.",
            mistakes=(Mistake("Idempotency-Key", "Expected a new key for a new body."),),
        )
    raise Replayed(Answer(found.status, found.media_type, dict(found.headers), found.body))


async def keep(session: AsyncSession, once: Once, answer: Answer) -> None:
    """Store the answer in the same transaction as the rows that it tells of."""
    await session.execute(
        text(
            "insert into idempotency_key (person_id, route, key, fingerprint, status, media_type, headers, body) "
            "values (:person, :route, :key, :fingerprint, :status, :media_type, cast(:headers as jsonb), :body)"
        ),
        {
            "person": once.person,
            "route": once.route,
            "key": once.key,
            "fingerprint": once.fingerprint,
            "status": answer.status,
            "media_type": answer.media_type,
            "headers": msgspec.json.encode(answer.headers).decode(),
            "body": answer.body,
        },
    )
