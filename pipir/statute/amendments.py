"""Enacted amendments laid over the law's files: each moves one dated value from a day on, and both readings stay."""

import hashlib
from collections.abc import Iterable
from datetime import date
from types import MappingProxyType
from typing import Final

import msgspec

from pipir.statute.model import UNTIL, Amendment, DatedValue, Provision, Statute

# What a value without an end is written as: no act of Congress reaches further.
NO_END: Final = date.max


def amended(statute: Statute, amendments: Iterable[Amendment], *, known_on: date | None = None) -> Statute:
    """The law with its amendments, or with those alone that had been enacted by the day `known_on`.

    For each day the value holds that the act enacted last gives it; of one act, or of two of one day, the change that
    begins last. An act that ends the authority is not undone by an earlier one whose change was to begin later.
    """
    known = tuple(
        sorted(
            (each for each in amendments if known_on is None or each.enacted_on <= known_on),
            key=lambda each: (each.enacted_on, each.changes_from),
        )
    )
    if not known:
        return statute
    provisions = dict(statute.provisions)
    for each in known:
        provisions[each.provision] = _with_value(provisions[each.provision], each)
    return msgspec.structs.replace(
        statute,
        provisions=MappingProxyType(provisions),
        amendments=known,
        digest=hashlib.sha256(statute.digest.encode() + msgspec.json.encode(known)).hexdigest(),
    )


def amendable(statute: Statute) -> tuple[tuple[str, str], ...]:
    """Each paragraph and value that an amendment can move: the dated ends, and the first and last days of duties.

    A last day is a value of an authority alone: the paragraph of a yearly duty ends with the last of its yearly dates.
    """
    found: list[tuple[str, str]] = []
    for row in statute.provisions.values():
        if statute.instrument(row.slug).status != "law":
            continue
        found += [(row.slug, name) for name in dict.fromkeys(value.name for value in row.value if value.on is not None)]
        if row.until is not None and row.kind == "authority":
            found.append((row.slug, UNTIL))
    return tuple(dict.fromkeys(found))


def _with_value(provision: Provision, amendment: Amendment) -> Provision:
    value = DatedValue(
        name=amendment.value,
        on=amendment.new_day or NO_END,
        unit=amendment.citation,
        since=amendment.changes_from,
        enacted=amendment.enacted_on,
    )
    return msgspec.structs.replace(provision, value=(*provision.value, value))


def adopting(statute: Statute, provision: str, reading: str, *, counsel: str, counsel_on: date) -> Statute:
    """The law with another reading adopted for the end of a provision, by counsel on a day."""
    readings = tuple(
        row
        if row.provision != provision
        else msgspec.structs.replace(
            row,
            adopted=row.slug == reading,
            counsel=counsel if row.slug == reading else row.counsel,
            counsel_on=counsel_on if row.slug == reading else row.counsel_on,
        )
        for row in statute.readings
    )
    return msgspec.structs.replace(
        statute,
        readings=readings,
        digest=hashlib.sha256(statute.digest.encode() + msgspec.json.encode(readings)).hexdigest(),
    )
