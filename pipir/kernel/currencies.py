"""The register of currencies: ISO 4217 codes, names, and how many decimals an amount of each has."""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from pipir.kernel.money import Dollars

_FILE: Final = Path(__file__).parents[1] / "data" / "currencies.toml"
HOME: Final = "USD"


class Currency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry; `digits` is the number of decimals of its minor unit."""

    code: str
    name: str
    digits: int


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    read_on: date
    source: str
    currency: tuple[Currency, ...]


@cache
def currencies() -> Mapping[str, Currency]:
    """Every currency by its code."""
    return MappingProxyType({each.code: each for each in _file().currency})


def source() -> tuple[str, date]:
    """Where the register comes from, and when it was read."""
    return _file().source, _file().read_on


def in_dollars(amount: Decimal, rate: Decimal) -> Dollars:
    """An amount at a rate of dollars for one unit, to the cent, half to even; NotDollars where no amount holds it."""
    return Dollars((amount * rate).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN))


def show(amount: Decimal, code: str) -> str:
    """An amount with its code and its minor unit: JPY 1,250,000; GBP 1,250.50."""
    known = currencies().get(code)
    return f"{code} {amount:,.{known.digits if known else 2}f}"


@cache
def _file() -> _File:
    return msgspec.convert(tomllib.loads(_FILE.read_text(encoding="utf-8")), _File)
