"""How a defense article is named: its code, its stock number, and the tag of its export control."""

import re
from typing import Final

import msgspec

from pipir.kernel.articles import articles
from pipir.kernel.errors import Invalid, Mistake, Refused

# What the tag is, and what it is not; it stands on every page that shows one.
A_TAG: Final = "A tag as somebody stated it, never a determination: only the agency in charge of the article makes one."
EXPORT: Final = "disclosure.export"

_GAPS: Final = re.compile(r"[\s-]+")
_STOCK: Final = re.compile(r"[0-9]{13}")
_CODE: Final = re.compile(r"[0-9A-Z]{4}")
# A category of the United States Munitions List, then its paragraphs: XI(a)(3)(ii).
_MUNITIONS: Final = re.compile(
    r"(?P<category>XXI|XX|XI[XV]|XVI{0,3}|XI{0,3}|I[XV]|VI{0,3}|I{1,3})(\([a-z0-9]{1,4}\)){0,6}"
)
# A number of the Commerce Control List: category, group, the three digits of the reason, then its paragraphs.
_COMMERCE: Final = re.compile(r"EAR99|[0-9][A-E][0-9]{3}(\.[a-z0-9]{1,4}){0,6}")
_SHOWN: Final = 60


class Named(msgspec.Struct, frozen=True):
    """What names an article, in its one written form; the stock number without its hyphens."""

    psc: str
    nsn: str | None
    usml: str | None
    eccn: str | None


def named(psc: str | None, nsn: str | None, usml: str | None, eccn: str | None) -> Named:
    """The parts of a name as they are written, or Invalid with every mistake in them."""
    mistakes: list[Mistake] = []
    code = _code(psc, mistakes)
    number = _stock_number(nsn, mistakes)
    if number is not None and code is not None and number[:4] != code:
        mistakes.append(
            Mistake("nsn", f"Its first four digits are the Federal Supply Class: expected {code}.", number[:4])
        )
    if code is None and number is not None and number[:4] in articles():
        code = number[:4]
    elif code is None and number is not None and psc is None:
        mistakes.append(Mistake("nsn", "Its first four digits are no class of the list.", number[:4]))
    if psc is None and nsn is None:
        mistakes.append(Mistake("psc", "Give the product or service code, the stock number, or both."))
    munitions = _tag(usml, _MUNITIONS, "usml", "a category of the Munitions List, such as XI(a)(3)", mistakes)
    commerce = _tag(eccn, _COMMERCE, "eccn", "a control number such as 3A611.a, or EAR99", mistakes)
    if usml is not None and eccn is not None:
        mistakes.append(Mistake("eccn", "An article is tagged by one of the two lists, not by both."))
    if mistakes:
        raise Invalid("The article needs correcting.", mistakes=tuple(mistakes))
    assert code is not None
    return Named(code, number, munitions, commerce)


def shown_number(nsn: str) -> str:
    """A stock number in its four parts: class, country of its codification, item: 1005-00-123-4567."""
    return f"{nsn[:4]}-{nsn[4:6]}-{nsn[6:9]}-{nsn[9:]}"


def may_change_article(title: str, until: object) -> None:
    """An article that is no longer of the project stays as it was."""
    if until is not None:
        raise Refused(f"The article {title} is no longer of the project; it stays as it was then.")


def _code(psc: str | None, mistakes: list[Mistake]) -> str | None:
    if psc is None:
        return None
    code = psc.strip().upper()
    if _CODE.fullmatch(code) is None or code not in articles():
        expected = "Expected a product or service code of the list, four characters such as 1310."
        mistakes.append(Mistake("psc", expected, psc[:_SHOWN]))
        return None
    return code


def _stock_number(nsn: str | None, mistakes: list[Mistake]) -> str | None:
    if nsn is None:
        return None
    digits = _GAPS.sub("", nsn)
    if _STOCK.fullmatch(digits) is None:
        expected = (
            "Expected 13 digits: four of the class, two of the country that codified it, seven of the item, "
            "such as 1005-00-123-4567."
        )
        mistakes.append(Mistake("nsn", expected, nsn[:_SHOWN]))
        return None
    return digits


def _tag(text: str | None, form: re.Pattern[str], field: str, expected: str, mistakes: list[Mistake]) -> str | None:
    if text is None:
        return None
    tag = _GAPS.sub("", text)
    if form.fullmatch(tag) is None:
        mistakes.append(Mistake(field, f"Expected {expected}.", text[:_SHOWN]))
        return None
    return tag
