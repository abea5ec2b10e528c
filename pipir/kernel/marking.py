"""Markings and who may read under them: one mask of audiences for a record, one bit for a reader."""

import re
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from pipir.kernel.errors import Invalid, Mistake

Level = Literal["UNCLASSIFIED", "CUI"]
ReaderKind = Literal["us-government", "contractor", "partner"]
HOME: Final = "USA"

# Frozen order: a country's place is its bit in every stored mask. Append only; never sort, insert, remove or replace.
# ISO 3166-1 alpha-3 codes; at most 60, so that a mask fits PostgreSQL's signed bigint. USA has bits 0 and 1.
TRIGRAPHS: Final = (
    "AUS", "BRN", "FJI", "IND", "IDN", "JPN", "KOR", "MYS", "NZL", "PHL", "SGP", "THA", "VNM",
    "GBR", "CAN", "FRA", "DEU", "ITA", "NLD", "NOR", "SWE", "FIN", "POL",
    "DNK", "BEL", "ESP", "PRT", "GRC", "TUR", "CZE", "HUN", "ROU", "BGR", "SVK", "SVN", "HRV", "ALB", "MNE", "MKD",
    "EST", "LVA", "LTU", "LUX", "ISL", "AUT", "CHE", "IRL", "ISR", "TWN", "UKR",
    "MNG", "LKA", "PNG", "BGD", "TLS", "MDV",
)  # fmt: skip

US_GOVERNMENT: Final = 1 << 0
US_CONTRACTOR: Final = 1 << 1
_FIRST_COUNTRY: Final = 2
_BIT: Final = {trigraph: 1 << (_FIRST_COUNTRY + place) for place, trigraph in enumerate(TRIGRAPHS)}

# Alphabetical, as they stand in a banner; REL TO follows them.
CONTROLS: Final = ("FED ONLY", "FEDCON", "NOCON", "NOFORN")
# Pairs that contradict each other; all but the first are our reading of the controls' definitions: show less in doubt.
_NOT_TOGETHER: Final = (
    ("NOFORN", "REL TO"), ("FED ONLY", "FEDCON"), ("NOCON", "FEDCON"), ("FED ONLY", "REL TO"), ("FEDCON", "REL TO"),
)  # fmt: skip
_CATEGORY: Final = re.compile(r"(SP-)?[A-Z][A-Z0-9]{1,11}")
_LONGEST: Final = 500


class NotAMarking(Invalid, ValueError):
    """A marking cannot stand as written; `mistakes` names every reason."""


class NotAReader(Invalid, ValueError):
    """A reader is described in a way that gives no audience."""


class Marking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The level, CUI categories and limits of dissemination of a record, always in canonical order; else NotAMarking.

    A plain UNCLASSIFIED or CUI record is read by the US government and its contractors only; a partner reads only
    what is REL TO its country. `docs/releasability.md` holds the whole rule as one table.
    """

    level: Level = "UNCLASSIFIED"
    categories: tuple[str, ...] = ()
    dissemination: tuple[str, ...] = ()
    rel_to: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        mistakes = _mistakes(self)
        if mistakes:
            raise NotAMarking(_sentence(mistakes), mistakes=tuple(mistakes))
        ordered = sorted(set(self.categories), key=lambda category: (not category.startswith("SP-"), category))
        msgspec.structs.force_setattr(self, "categories", tuple(ordered))
        msgspec.structs.force_setattr(self, "dissemination", tuple(sorted(set(self.dissemination))))
        partners = tuple(sorted(set(self.rel_to) - {"USA"}))
        msgspec.structs.force_setattr(self, "rel_to", ("USA", *partners) if partners else ())

    @property
    def banner(self) -> str:
        """The marking as it stands at the top of a page: CUI//SP-EXPT/PROCURE//REL TO USA, AUS, JPN."""
        limits = [*self.dissemination, *(["REL TO " + ", ".join(self.rel_to)] if self.rel_to else [])]
        return "//".join(part for part in (self.level, "/".join(self.categories), "/".join(limits)) if part)

    def __str__(self) -> str:
        return self.banner


class Reader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who reads: the kind of employer and the country of nationality; else NotAReader.

    Nationality decides first: whoever is not of the United States reads as their country does, whoever employs them.
    """

    kind: ReaderKind
    nationality: str = "USA"
    # Who looks through this reader's eyes: sees what both may see, so that nobody widens their own sight.
    within: "Reader | None" = None

    def __post_init__(self) -> None:
        if self.kind == "partner" and self.nationality == "USA":
            raise NotAReader("A partner reader has the nationality of a partner country.")
        if self.nationality != "USA" and self.nationality not in _BIT:
            raise NotAReader("The nationality is not in the list of country codes that this service knows.")


def parse_marking(text: str) -> Marking:
    """Read a banner such as CUI//SP-EXPT/PROCURE//REL TO USA, AUS, JPN; NotAMarking names every mistake."""
    if len(text) > _LONGEST:
        raise NotAMarking(f"A marking has at most {_LONGEST} characters.")
    level, *parts = [part.strip() for part in text.strip().split("//")]
    categories: list[str] = []
    dissemination: list[str] = []
    rel_to: list[str] = []
    mistakes: list[Mistake] = []
    if level not in ("UNCLASSIFIED", "CUI"):
        expected = "UNCLASSIFIED or CUI; classified text never enters this service" if level else "UNCLASSIFIED or CUI"
        mistakes.append(Mistake("level", expected, level))
    for place, part in enumerate(parts):
        words = [" ".join(word.split()) for word in part.split("/")]
        limited = any(word in CONTROLS or word.startswith("REL TO") for word in words)
        if place == 0 and not limited:
            categories.extend(words)
        elif place == len(parts) - 1:
            dissemination.extend(word for word in words if not word.startswith("REL TO"))
            lists = [word for word in words if word.startswith("REL TO")]
            mistakes.extend(Mistake("rel_to", "one REL TO list", word) for word in lists[1:])
            for word in lists:
                named = [country.strip() for country in word.removeprefix("REL TO").split(",")]
                if named[0] != "USA" or len(named) == 1:
                    mistakes.append(Mistake("rel_to", "USA first, then at least one country", word))
                rel_to.extend(named)
        else:
            mistakes.append(Mistake("marking", "level//categories//limits of dissemination, in this order", part))
    # An unknown level is reported above; the rest is looked at as CUI so that all mistakes come at once.
    known: Level = "UNCLASSIFIED" if level == "UNCLASSIFIED" else "CUI"
    try:
        marking = Marking(known, tuple(categories), tuple(dissemination), tuple(rel_to))
    except NotAMarking as wrong:
        mistakes.extend(mistake for mistake in wrong.mistakes if mistake not in mistakes)
    if mistakes:
        raise NotAMarking(_sentence(mistakes), mistakes=tuple(mistakes))
    return marking


def combined(markings: Iterable[str]) -> Marking:
    """The marking of a text that holds all of these: nobody reads the whole who may not read each part."""
    parts = [parse_marking(each) for each in sorted(set(markings))]
    level: Level = "CUI" if any(each.level == "CUI" for each in parts) else "UNCLASSIFIED"
    categories = {category for each in parts for category in each.categories}
    categories -= {category for category in categories if f"SP-{category}" in categories}
    controls = {control for each in parts for control in each.dissemination}
    # The narrower control stays where two contradict each other.
    if "FED ONLY" in controls or "NOCON" in controls:
        controls -= {"FEDCON"}
    shared = set.intersection(*(set(each.rel_to) for each in parts)) if parts else set[str]()
    rel_to = () if controls & {"NOFORN", "FED ONLY", "FEDCON"} or len(shared) < 2 else tuple(shared)
    return Marking(level, tuple(categories), tuple(controls), rel_to)


def audience_of(marking: Marking) -> int:
    """The mask of audiences that may read: bit 0 US government, bit 1 its contractors, from bit 2 one per country."""
    mask = US_GOVERNMENT
    if "FED ONLY" not in marking.dissemination and "NOCON" not in marking.dissemination:
        mask |= US_CONTRACTOR
    for trigraph in marking.rel_to:
        if trigraph != "USA":
            mask |= _BIT[trigraph]
    return mask


def reader_bits(reader: Reader) -> int:
    """The bits that an audience must hold, all of them: the reader's, and that of whoever looks through its eyes."""
    own = reader_bits(reader.within) if reader.within is not None else 0
    return own | _bit_of(reader)


def sees_all(reader: Reader) -> bool:
    """Whether a reader is of the US government, whom no marking of this service hides anything from."""
    return reader_bits(reader) == US_GOVERNMENT


def _bit_of(reader: Reader) -> int:
    if reader.nationality != "USA":
        return _BIT[reader.nationality]
    return US_GOVERNMENT if reader.kind == "us-government" else US_CONTRACTOR


def may_read(marking: Marking, reader: Reader) -> bool:
    """Whether the reader's bits are in the marking's audience."""
    bits = reader_bits(reader)
    return audience_of(marking) & bits == bits


def read_marking(text: str, reader: Reader) -> Marking:
    """The marking of a record as its writer typed it; Invalid names every mistake at the field `marking`.

    Nobody marks a record out of their own sight.
    """
    try:
        marking = parse_marking(text)
    except NotAMarking as wrong:
        found = tuple(Mistake("marking", f"Expected {each.expected}.", each.found[:60]) for each in wrong.mistakes)
        raise Invalid(wrong.detail, mistakes=found or (Mistake("marking", wrong.detail, text[:60]),)) from None
    if not may_read(marking, reader):
        raise Invalid(
            "Under this marking you could not read the record that you are writing.",
            mistakes=(Mistake("marking", "Expected a marking under which you may read the record.", text[:60]),),
        )
    return marking


def _mistakes(marking: Marking) -> list[Mistake]:
    found: list[Mistake] = []
    controls = {*marking.dissemination, *(["REL TO"] if marking.rel_to else [])}
    found.extend(
        Mistake("categories", "a category's abbreviation such as PROCURE or SP-EXPT", category)
        for category in marking.categories
        if not _CATEGORY.fullmatch(category)
    )
    found.extend(
        Mistake("categories", "each category once, as basic or as specified (SP-)", category)
        for category in marking.categories
        if f"SP-{category}" in marking.categories
    )
    for control in marking.dissemination:
        if control == "DL ONLY":
            # Failing closed: a distribution list names persons, and a mask of audiences cannot.
            found.append(
                Mistake("dissemination", "a control other than DL ONLY; no distribution lists are kept here", control)
            )
        elif control not in CONTROLS:
            found.append(Mistake("dissemination", "one of " + ", ".join((*CONTROLS, "REL TO")), control))
    found.extend(
        Mistake("dissemination", f"not {first} and {second} together", f"{first}, {second}")
        for first, second in _NOT_TOGETHER
        if {first, second} <= controls
    )
    found.extend(
        Mistake("rel_to", "a known country code such as AUS", trigraph)
        for trigraph in marking.rel_to
        if trigraph != "USA" and trigraph not in _BIT
    )
    if marking.rel_to and not set(marking.rel_to) - {"USA"}:
        found.append(Mistake("rel_to", "at least one country beside USA", ", ".join(marking.rel_to)))
    if marking.level == "UNCLASSIFIED" and (marking.categories or marking.dissemination):
        found.append(Mistake("level", "CUI where there are categories or limits of dissemination", marking.level))
    return found


def _sentence(mistakes: list[Mistake]) -> str:
    return "The marking cannot stand as written: " + "; ".join(str(mistake) for mistake in mistakes) + "."
