"""Dollars: an exact amount of United States money with at most two decimals, as numeric(18,2) holds it."""

import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final, cast

from pipir.kernel.errors import Invalid

_CENT: Final = Decimal("0.01")
_NOTHING: Final = Decimal("0.00")
_MOST: Final = Decimal("9999999999999999.99")
_LONGEST_TEXT: Final = 40
# ASCII digits only: \d would let in digits of other scripts. The pattern bounds the length as well.
_PLAIN: Final = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,2})?")
_AS_TYPED: Final = re.compile(
    r"(?P<minus>-?) ?\$? ?(?P<whole>[0-9]{1,3}(,[0-9]{3})+|[0-9]{1,16})(?P<cents>\.[0-9]{1,2})?"
)
_THOUSAND: Final = Decimal(1000)
_LETTERS: Final = ("K", "M", "B", "T")


class NotDollars(Invalid, ValueError):
    """A value is no amount of dollars; also a ValueError, so that a decoder reports it with its path."""


class Dollars:
    """An exact, immutable amount with at most two decimals and |x| <= 9,999,999,999,999,999.99; else NotDollars."""

    __slots__ = ("_amount",)
    _amount: Decimal

    def __init__(self, value: "str | int | Decimal | Dollars") -> None:
        object.__setattr__(self, "_amount", _exact(value))

    @classmethod
    def zero(cls) -> "Dollars":
        return _ZERO

    @property
    def amount(self) -> Decimal:
        """The amount with exactly two decimals, never negative zero."""
        return self._amount

    def share_of(self, total: "Dollars") -> Decimal | None:
        """This amount as a ratio of the total (0.25 is a quarter), or None where the total is zero."""
        return self._amount / total._amount if total._amount else None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("An amount of dollars never changes.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("An amount of dollars never changes.")

    def __reduce__(self) -> tuple[type["Dollars"], tuple[str]]:
        return (Dollars, (str(self),))

    def __add__(self, other: object) -> "Dollars":
        return Dollars(self._amount + other._amount) if isinstance(other, Dollars) else NotImplemented

    def __radd__(self, other: object) -> "Dollars":
        # sum() starts from the int 0; any other number would be an amount without its unit.
        return self if type(other) is int and other == 0 else NotImplemented

    def __sub__(self, other: object) -> "Dollars":
        return Dollars(self._amount - other._amount) if isinstance(other, Dollars) else NotImplemented

    def __neg__(self) -> "Dollars":
        return Dollars(-self._amount)

    def __abs__(self) -> "Dollars":
        return Dollars(abs(self._amount))

    def __bool__(self) -> bool:
        return bool(self._amount)

    def __eq__(self, other: object) -> bool:
        return self._amount == other._amount if isinstance(other, Dollars) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self._amount < other._amount if isinstance(other, Dollars) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self._amount <= other._amount if isinstance(other, Dollars) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self._amount > other._amount if isinstance(other, Dollars) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self._amount >= other._amount if isinstance(other, Dollars) else NotImplemented

    def __hash__(self) -> int:
        return hash((Dollars, self._amount))

    def __str__(self) -> str:
        return str(self._amount)

    def __repr__(self) -> str:
        return f"Dollars('{self._amount}')"


def _exact(value: object) -> Decimal:
    if isinstance(value, Dollars):
        return value.amount
    # What a sum gives, and what the database gives, in whole cents already: the same without the long way.
    if isinstance(value, Decimal) and value.same_quantum(_CENT) and -_MOST <= value <= _MOST:
        return value or _NOTHING
    if isinstance(value, str):
        if not _PLAIN.fullmatch(value):
            raise NotDollars("An amount is written like 1234.50: digits, and at most two decimals after a point.")
        number = Decimal(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = Decimal(value)
    elif isinstance(value, Decimal):
        number = value
    else:
        raise NotDollars(
            "An amount is given as text like 1234.50 or as a whole number, because other forms are not exact."
        )
    if not number.is_finite():
        raise NotDollars("An amount is a finite number.")
    # Looked at before rounding: rounding 1E+999999 to cents would fail or fill the memory.
    if number and number.adjusted() > _MOST.adjusted():
        raise NotDollars("An amount lies between -9,999,999,999,999,999.99 and 9,999,999,999,999,999.99.")
    cents = number.quantize(_CENT, rounding=ROUND_HALF_EVEN) if number else _NOTHING
    if cents != number:
        raise NotDollars("An amount has at most two decimals.")
    return cents


_ZERO: Final = Dollars(0)


def parse_dollars(text: str) -> Dollars:
    """Read an amount as a person types it: 1234.5, 1,234.50, $1,234.50 or -$5."""
    typed = text.strip().replace("\N{MINUS SIGN}", "-") if len(text) <= _LONGEST_TEXT else ""
    found = _AS_TYPED.fullmatch(typed)
    if found is None:
        raise NotDollars("Write an amount like $1,234.50: commas between thousands are optional, at most two decimals.")
    return Dollars(found["minus"] + found["whole"].replace(",", "") + (found["cents"] or ""))


def dollars(value: Dollars) -> str:
    """The amount for display with all its cents: $1,234.50, or -$5.00."""
    return f"{_sign(value)}${abs(value.amount):,.2f}"


def short_dollars(value: Dollars) -> str:
    """The amount for display to three significant digits: $1.49B, $28.9M, $12.3K; whole dollars below $1,000.

    Rounding is half-even: a tie goes to the even digit ($1,125,000 is $1.12M). Trailing zeros stay ($1.50M).
    """
    size = abs(value.amount)
    shown = size.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    letter = ""
    for next_letter in _LETTERS:
        # Judged on the rounded figure, so that $999,999 is $1.00M and never $1,000K.
        if shown < _THOUSAND:
            break
        size, letter = size / _THOUSAND, next_letter
        shown = _three_digits(size)
    return f"{_sign(value) if shown else ''}${shown:,}{letter}"


def _three_digits(size: Decimal) -> Decimal:
    for step, ceiling in ((Decimal("0.01"), 10), (Decimal("0.1"), 100)):
        rounded = size.quantize(step, rounding=ROUND_HALF_EVEN)
        if rounded < ceiling:
            return rounded
    return size.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)


def _sign(value: Dollars) -> str:
    return "-" if value.amount < 0 else ""


def encode_hook(value: object) -> object:
    """For msgspec encoders: Dollars travels as a JSON string such as "1234.50"."""
    if isinstance(value, Dollars):
        return str(value)
    raise NotImplementedError(f"No JSON form is known for {type(value).__name__}.")


def decode_hook(wanted: type[Any], value: object) -> object:
    """For msgspec decoders: a JSON string or whole number becomes Dollars; a JSON float is refused (422, never 500)."""
    if wanted is Dollars:
        return Dollars(cast("str | int | Decimal | Dollars", value))
    raise NotImplementedError(f"No JSON form is known for {wanted.__name__}.")


def json_schema(wanted: type[Any]) -> dict[str, Any]:
    """For msgspec's schema_hook and OpenAPI: the schema of Dollars."""
    if wanted is Dollars:
        return {
            "type": "string",
            "title": "Dollars",
            "description": "An exact amount of United States dollars with at most two decimals.",
            "pattern": r"^-?[0-9]{1,16}(\.[0-9]{1,2})?$",
            "examples": ["1234.50"],
        }
    raise NotImplementedError(f"No JSON schema is known for {wanted.__name__}.")
