"""Turns what PostgreSQL refuses into the domain's sentences, by the name of the constraint."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import asyncpg
from sqlalchemy import Constraint, Index
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from pipir.kernel.errors import Conflict, Invalid, Mistake, Problem, Refused, Stale, Unavailable
from pipir.store.base import Base, sentence_of

_BUSY = "Another change holds this record just now; nothing was stored. Try again in a moment."
_GONE = "The database cannot be reached just now; nothing was acknowledged. Try again in a moment."
_SHUT = "The database does not let this role in: its address names a role, a password or a database that is not there."

# How a lost or absent server shows itself below the driver; a missing socket file is FileNotFoundError.
# InternalClientError is what the driver says when the server dies in the middle of a statement.
_LOST = (ConnectionError, TimeoutError, FileNotFoundError, socket.gaierror, asyncpg.InternalClientError)

# SQLSTATE -> what the sender should hear; the rest is an error of ours and stays one.
_UNAVAILABLE = {
    "55P03": _BUSY,  # lock_not_available
    "57014": "The question took longer than the limit allows and was stopped; nothing was stored.",  # query_canceled
    "40001": _BUSY,  # serialization_failure
    "40P01": _BUSY,  # deadlock_detected
    "28000": _SHUT,  # invalid_authorization_specification
    "28P01": _SHUT,  # invalid_password
    "3D000": _SHUT,  # invalid_catalog_name
    "53300": _GONE,  # too_many_connections
    "53100": "The database has no disk space left; nothing was stored. Tell the administrator.",  # disk_full
    "57P01": _GONE,  # admin_shutdown
    "57P02": _GONE,  # crash_shutdown
    "57P03": _GONE,  # cannot_connect_now
    "25P03": _GONE,  # idle_in_transaction_session_timeout
}


@contextmanager
def translated() -> Iterator[None]:
    """Raise a Problem in place of each database error that has a sentence; let the others through."""
    try:
        yield
    except StaleDataError as wrong:
        raise Stale("Somebody changed the record while your change was under way; nothing was stored.") from wrong
    except PoolTimeout as wrong:
        raise Unavailable("All connections to the database are busy. Try again in a moment.") from wrong
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, *_LOST) as wrong:
        problem = problem_of(wrong)
        if problem is None:
            raise
        raise problem from wrong


def problem_of(wrong: BaseException) -> Problem | None:
    """The Problem that stands for a database error, or None where it is an error of ours."""
    cause = _driver_error(wrong)
    if isinstance(cause, asyncpg.PostgresError):
        return _of_postgres(cause)
    lost = isinstance(wrong, DBAPIError) and wrong.connection_invalidated
    if lost or isinstance(cause, (*_LOST, asyncpg.InterfaceError)):
        return Unavailable(_GONE)
    if isinstance(wrong, (OperationalError, InterfaceError)):
        return Unavailable(_GONE)
    return None


def _of_postgres(cause: asyncpg.PostgresError) -> Problem | None:
    state = cause.sqlstate or ""
    if state in _UNAVAILABLE:
        return Unavailable(_UNAVAILABLE[state])
    if state.startswith("08"):
        return Unavailable(_GONE)
    if state in ("23505", "23P01", "23514", "23503"):
        name = getattr(cause, "constraint_name", None) or ""
        sentence = _sentences().get(name)
        if sentence is not None:
            return Conflict(sentence)
        if state == "23503":
            return Conflict("This refers to a record that does not exist, or that others still refer to.")
        if state == "23514" and not name.startswith("app_"):
            # A trigger of ours speaks in a whole sentence; its citation stands in the DETAIL, the way out in the HINT.
            return Refused(
                cause.message or "",
                citation=getattr(cause, "detail", None) or "",
                way_out=getattr(cause, "hint", None) or "",
            )
        return None
    if state in ("22021", "22P05"):
        return Invalid(
            "The text holds a character that cannot be stored.",
            mistakes=(Mistake("body", "Expected text without NUL."),),
        )
    # 22000: the driver itself refuses a number that the column's type cannot hold, before anything is sent.
    if state in ("22003", "22000"):
        return Invalid(
            "A number is larger than can be stored.", mistakes=(Mistake("body", "Expected a smaller number."),)
        )
    return None


def _driver_error(wrong: BaseException) -> BaseException:
    """The asyncpg error inside of SQLAlchemy's wrappers."""
    seen = wrong
    while not isinstance(seen, asyncpg.PostgresError):
        inner = getattr(seen, "orig", None) or seen.__cause__
        if inner is None or inner is seen:
            break
        seen = inner
    return seen


@cache
def _sentences() -> dict[str, str]:
    named: list[Constraint | Index] = []
    for table in Base.metadata.tables.values():
        named += [*table.constraints]
        named += [*table.indexes]
    return {str(each.name): sentence for each in named if (sentence := sentence_of(each)) is not None}
