"""What the program's clock said to a request: asked with its first question, not again with each of its readings."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime


class _Heard:
    now: datetime | None = None


_HEARD: ContextVar[_Heard | None] = ContextVar("heard", default=None)


@contextmanager
def one_time() -> Iterator[None]:
    """Within it everything that is read goes by the latest time that was heard; each write hears it anew.

    Asking with each reading is a way to the server and back every time, and lets the parts of a page stand on two days.
    """
    token = _HEARD.set(_Heard())
    try:
        yield
    finally:
        _HEARD.reset(token)


def heard() -> datetime | None:
    """The time that was heard last, or None where nothing was heard yet or no request is being served."""
    each = _HEARD.get()
    return each.now if each is not None else None


def note(now: datetime) -> None:
    """Keep what the clock said; outside of a request nobody would know how old it has become."""
    each = _HEARD.get()
    if each is not None:
        each.now = now
