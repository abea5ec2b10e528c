"""The register of countries: ISO 3166-1 codes and names, and the US Government's names where they differ."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from pipir.kernel.marking import HOME, TRIGRAPHS, Reader

_FILE: Final = Path(__file__).parents[1] / "data" / "countries.toml"
Region = Literal["Indo-Pacific", "Euro-Atlantic", "Western Hemisphere", "Other"]


class Country(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry; `iso` None: ISO 3166-1 does not list it. `genc` None: no other name of the US Government is stated."""

    code: str
    alpha_2: str
    region: Region
    iso: str | None = None
    genc: str | None = None
    also: tuple[str, ...] = ()
    note: str = ""

    @property
    def name(self) -> str:
        """The name by which the US Government knows it, as far as the register states it."""
        return self.genc or self.iso or self.code

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that the register knows it by."""
        return tuple(name for name in (self.genc, self.iso, *self.also) if name is not None)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    read_on: date
    iso_source: str
    genc_source: str
    country: tuple[Country, ...]


@cache
def countries() -> Mapping[str, Country]:
    """Every country by its code, in the order of the names."""
    return MappingProxyType(
        {each.code: each for each in sorted(_file().country, key=lambda each: each.name.casefold())}
    )


def sources() -> tuple[str, str, date]:
    """Where the ISO names and the US Government's names come from, and when they were read."""
    return _file().iso_source, _file().genc_source, _file().read_on


def codes_called(text: str) -> frozenset[str]:
    """The codes of the countries of which a code or a name holds the text, in any case of letters."""
    sought = text.strip().casefold()
    return frozenset(
        each.code
        for each in countries().values()
        if any(sought in known.casefold() for known in (each.code, each.alpha_2, *each.names))
    )


def called(reader: Reader) -> str:
    """A reader in words: "a reader of Japan (partner)"."""
    if reader.nationality != HOME:
        employed = "partner" if reader.kind == "partner" else f"employed as {_EMPLOYED[reader.kind]}"
        return f"a reader of {COUNTRIES[reader.nationality]} ({employed})"
    return f"a reader of the United States ({_EMPLOYED[reader.kind]})"


_EMPLOYED: Final = {"us-government": "US government", "contractor": "contractor"}


@cache
def _file() -> _File:
    return msgspec.convert(tomllib.loads(_FILE.read_text(encoding="utf-8")), _File)


# What the countries are called that a marking can name, by their codes in the frozen order.
COUNTRIES: Final[Mapping[str, str]] = {code: countries()[code].name for code in TRIGRAPHS}
