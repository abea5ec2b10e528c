"""The vendored typefaces: which files there are, which characters they hold."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Literal

from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent / "fonts"
SANS = ("Public Sans", "Noto Sans", "Noto Emoji")
SERIF = ("Source Serif 4", "Noto Sans", "Noto Emoji")
Face = Literal["regular", "semibold", "bold", "serif", "serif bold"]
_FILES: dict[Face, str] = {
    "regular": "PublicSans-Regular.ttf",
    "semibold": "PublicSans-SemiBold.ttf",
    "bold": "PublicSans-Bold.ttf",
    "serif": "SourceSerif4-Regular.ttf",
    "serif bold": "SourceSerif4-Bold.ttf",
}
_OTHERS = ("NotoSans-Regular.ttf", "NotoEmoji-Regular.ttf")
_ROUNDED = 0.01  # points; the width of a column is a round number, and the word that it was made for has room in it
# Where the setter itself may break a word: after a hyphen between letters, never before a digit.
_HYPHENATED = re.compile(r"(?<=[^\W\d_]-)(?=[^\W\d_])")


def _covered(name: str) -> frozenset[int]:
    with TTFont(FOLDER / name, lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def latin() -> frozenset[int]:
    """The code points that both main faces hold: what prints even where no other face may help."""
    return _covered("PublicSans-Regular.ttf") & _covered("SourceSerif4-Regular.ttf")


@cache
def characters() -> frozenset[int]:
    """The code points that some vendored face holds."""
    main = _covered("PublicSans-Regular.ttf") & _covered("SourceSerif4-Regular.ttf")
    return main | _covered("NotoSans-Regular.ttf") | _covered("NotoEmoji-Regular.ttf")


class _Advances(dict[str, float]):
    def __missing__(self, letter: str) -> float:
        # Of another face: the widest of what may stand in, a full square where none does.
        others = (found[letter] for found in map(_read, _OTHERS) if letter in found)
        self[letter] = max(others, default=1.25)
        return self[letter]


@cache
def _read(name: str) -> dict[str, float]:
    """Letter to advance in parts of the size, of one file; digits as wide as in figures that stand below each other."""
    with TTFont(FOLDER / name, lazy=True) as font:
        whole = font["head"].unitsPerEm
        metrics, names = font["hmtx"], font.getBestCmap()
        found = {chr(point): metrics[name][0] / whole for point, name in names.items()}
        tabular = [metrics[f"{name}.tf"][0] / whole for name in ("zero", "one") if f"{name}.tf" in metrics.metrics]
    return found | dict.fromkeys("0123456789", max([*tabular, *(found[digit] for digit in "0123456789")]))


@cache
def _advances(face: Face) -> _Advances:
    return _Advances(_read(_FILES[face]))


def width(text: str, size: float, face: Face = "bold") -> float:
    """The most points that the text takes on a line at the size; without a face, in the widest in use."""
    return size * sum(map(_advances(face).__getitem__, text))


def breaking(text: str, size: float, room: float, face: Face) -> str:
    """The text with breaks (zero-width spaces) in words wider than the room, after punctuation where there is some."""
    if width(text, size, face) <= room + _ROUNDED:
        return text
    return re.sub(r"\S+", lambda word: _broken(word.group(), size, room + _ROUNDED, face), text)


def _broken(word: str, size: float, room: float, face: Face) -> str:
    """A word that the setter would break after its hyphens, with breaks where such a part of it is too wide."""
    advances, parts = _advances(face), _HYPHENATED.split(word)
    return "".join([part if width(part, size, face) <= room else _cut(part, size, room, advances) for part in parts])


def _cut(word: str, size: float, room: float, advances: _Advances) -> str:
    pieces, piece, wide = [], "", 0.0
    for letter in word:
        step = size * advances[letter]
        if piece and wide + step > room:
            cut = max((piece.rfind(mark) + 1 for mark in ")/.-_,:;=&?"), default=0)
            cut = cut if cut > len(piece) // 2 else len(piece)
            pieces.append(piece[:cut])
            piece = piece[cut:]
            wide = size * sum(map(advances.__getitem__, piece))
        piece += letter
        wide += step
    return "\u200b".join([*pieces, piece])


@cache
def hashes() -> dict[str, str]:
    """File name to sha256 of every vendored font, from the lock."""
    locked = json.loads((FOLDER / "lock.json").read_text(encoding="utf-8"))["files"]
    return {name: entry["sha256"] for name, entry in sorted(locked.items()) if not name.endswith(".txt")}


@cache
def web(name: str) -> bytes:
    """The bytes of a compressed face for standalone pages."""
    return (FOLDER / "web" / name).read_bytes()
