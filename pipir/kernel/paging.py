"""Keyset paging: a page is asked for by the last row seen, so that rows added meanwhile shift nothing."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final, Generic, TypeVar

import msgspec

from pipir.kernel.errors import Invalid
from pipir.kernel.money import Dollars, NotDollars

T = TypeVar("T")
Row = TypeVar("Row")

Limit = Annotated[int, msgspec.Meta(ge=1, le=200, description="How many rows a page holds; 50 unless said otherwise.")]
DEFAULT_LIMIT: Final = 50
LARGEST_LIMIT: Final = 200

SortValue = str | int | date | datetime | Dollars | None

# A cursor with this in front asks for the rows before its place.
BACK: Final = "~"

_LONGEST: Final = 4096
_INT64: Final = 2**63 - 1
_FOREIGN: Final = "The cursor is not one that this list gave out; start again from the first page."


class NotACursor(Invalid, ValueError):
    """The cursor was changed on its way, or belongs to another list or another order."""


# A value travels with the letter of its type: a date is never compared as text, nor a number as money.
class _Wire(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    sort: str
    values: tuple[tuple[str, str | int | None], ...]
    id: int


_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(_Wire)


class Cursor(msgspec.Struct, frozen=True):
    """The place after one row: the name of the order, the row's sort values in that order, and its id."""

    sort: str
    values: tuple[SortValue, ...]
    id: int

    def encode(self) -> str:
        """The cursor as text for an address: base64url, without padding, of canonical JSON."""
        wire = _Wire(self.sort, tuple(_out(value) for value in self.values), self.id)
        return base64.urlsafe_b64encode(_encoder.encode(wire)).rstrip(b"=").decode("ascii")

    @classmethod
    def decode(cls, text: str, *, sort: str, kinds: tuple[type, ...]) -> "Cursor":
        """Read a cursor of the order `sort`, whose values have the types `kinds` or are None; else NotACursor."""
        if len(text) > _LONGEST:
            raise NotACursor(_FOREIGN)
        try:
            raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
            wire = _decoder.decode(raw)
            cursor = cls(wire.sort, tuple(_in(letter, value) for letter, value in wire.values), wire.id)
        except (binascii.Error, UnicodeError, msgspec.MsgspecError, NotDollars, ValueError, RecursionError):
            raise NotACursor(_FOREIGN) from None
        fits = len(cursor.values) == len(kinds) and all(
            value is None or type(value) is kind for value, kind in zip(cursor.values, kinds, strict=True)
        )
        # One place has one text: a cursor that encodes otherwise was written by someone else.
        if cursor.sort != sort or not fits or not 0 <= cursor.id <= _INT64 or cursor.encode() != text:
            raise NotACursor(_FOREIGN)
        return cursor


def _out(value: SortValue) -> tuple[str, str | int | None]:
    if value is None:
        return "n", None
    if isinstance(value, Dollars):
        return "m", str(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return "t", value.astimezone(UTC).isoformat()
    # type(), since a bool is an int and a datetime is a date, and neither can be read back as itself.
    if type(value) is date:
        return "d", value.isoformat()
    if type(value) is int:
        return "i", value
    if type(value) is str:
        return "s", value
    raise TypeError(f"A list cannot be ordered by a {type(value).__name__} in a cursor.")


def _in(letter: str, value: str | int | None) -> SortValue:
    if letter == "n" and value is None:
        return None
    if letter == "i" and isinstance(value, int) and -_INT64 - 1 <= value <= _INT64:
        return value
    if isinstance(value, str):
        # PostgreSQL text holds no NUL; refused here it is a 422 and not a failure of the query.
        if letter == "s" and "\0" not in value:
            return value
        if letter == "d":
            return date.fromisoformat(value)
        if letter == "t" and (at := datetime.fromisoformat(value)).utcoffset() == timedelta(0):
            return at.replace(tzinfo=UTC)
        if letter == "m":
            return Dollars(value)
    raise NotACursor(_FOREIGN)


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list; `next_cursor` is None on the last, `previous_cursor` on the first.

    `total` is None where counting would cost too much.
    """

    items: tuple[T, ...]
    next_cursor: str | None = None
    total: int | None = None
    previous_cursor: str | None = None


def page_of(
    rows: Sequence[Row],
    limit: int,
    *,
    cursor: Callable[[Row], Cursor],
    view: Callable[[Row], T],
    total: int | None = None,
    came_from: str | None = None,
) -> Page[T]:
    """Make a page from up to `limit + 1` rows: the extra row, if it came, says that there is more.

    `came_from` is the cursor that was asked for; where it looks back (see BACK) the rows come last first.
    """
    back = came_from is not None and came_from.startswith(BACK)
    shown = rows[:limit]
    more = len(rows) > limit
    if back:
        shown = shown[::-1]
    following = bool(shown) and (more or back)
    preceding = bool(shown) and (more if back else came_from is not None)
    return Page(
        tuple(view(row) for row in shown),
        cursor(shown[-1]).encode() if following else None,
        total,
        BACK + cursor(shown[0]).encode() if preceding else None,
    )
