"""Characters that must stay visible text in every format: controls, direction overrides, what fonts lack."""

import re
import unicodedata

# Control, surrogate, private and direction characters: each would vanish, break XML or PDF/A, or turn the order.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ue000-\uf8ff\ufdd0-\ufdef\ufeff\ufff9-\uffff]"
    "|[\ud800-\udfff]"
    "|[\U0001fffe\U0001ffff\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)
_SPACES = re.compile(r"[\t\r\n]+")
_IGNORABLE = frozenset({0x200B, 0x200C, 0x200D, 0x2060, 0xFE0E, 0xFE0F, 0x00AD})


def code_point(character: str) -> str:
    """The character's code point in brackets, such as "[U+202E]"."""
    return f"[U+{ord(character):04X}]"


def printable(text: str) -> str:
    """The text with line ends as spaces and every character that cannot be printed shown as its code point."""
    if text.isascii() and text.isprintable():
        return text  # as most are, of a hundred thousand cells
    return _UNPRINTABLE.sub(lambda found: code_point(found.group()), _SPACES.sub(" ", text))


def within(text: str, characters: frozenset[int]) -> str:
    """The printable text, with each character that the fonts lack shown as its code point."""
    shown = printable(text)
    if all(ord(character) in characters for character in shown):
        return shown
    return "".join(
        character if ord(character) in characters else ("" if ord(character) in _IGNORABLE else code_point(character))
        for character in shown
    )


def missing(text: str, characters: frozenset[int]) -> tuple[str, ...]:
    """The characters of the text that the fonts lack or that cannot be printed, each once, in order of appearance."""
    wanting = dict.fromkeys(
        character
        for character in text
        if _UNPRINTABLE.match(character)
        or (character not in "\t\r\n" and ord(character) not in characters and ord(character) not in _IGNORABLE)
    )
    return tuple(wanting)


def named(character: str) -> str:
    """The character's code point and Unicode name, for messages."""
    return f"U+{ord(character):04X} {unicodedata.name(character, 'unnamed')}"
