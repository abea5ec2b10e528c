"""What the countries of the frozen list are called, so that a reader is named in words."""

from collections.abc import Mapping
from typing import Final

from pipir.kernel.marking import HOME, TRIGRAPHS, Reader

_NAMES: Final = (
    "Australia", "Brunei", "Fiji", "India", "Indonesia", "Japan", "Republic of Korea", "Malaysia", "New Zealand",
    "Philippines", "Singapore", "Thailand", "Vietnam",
    "United Kingdom", "Canada", "France", "Germany", "Italy", "Netherlands", "Norway", "Sweden", "Finland", "Poland",
    "Denmark", "Belgium", "Spain", "Portugal", "Greece", "Türkiye", "Czechia", "Hungary", "Romania", "Bulgaria",
    "Slovakia", "Slovenia", "Croatia", "Albania", "Montenegro", "North Macedonia",
    "Estonia", "Latvia", "Lithuania", "Luxembourg", "Iceland", "Austria", "Switzerland", "Ireland", "Israel", "Taiwan",
    "Ukraine",
    "Mongolia", "Sri Lanka", "Papua New Guinea", "Bangladesh", "Timor-Leste", "Maldives",
)  # fmt: skip

COUNTRIES: Final[Mapping[str, str]] = dict(zip(TRIGRAPHS, _NAMES, strict=True))


def called(reader: Reader) -> str:
    """A reader in words: "a reader of Japan (partner)"."""
    if reader.nationality != HOME:
        employed = "partner" if reader.kind == "partner" else f"employed as {_KINDS[reader.kind]}"
        return f"a reader of {COUNTRIES[reader.nationality]} ({employed})"
    return f"a reader of the United States ({_KINDS[reader.kind]})"


_KINDS: Final = {"us-government": "US government", "contractor": "contractor"}
