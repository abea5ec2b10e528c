"""The vendored typefaces: which files there are, which characters they hold."""

import json
import re
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent / "fonts"
SANS = ("Public Sans", "Noto Sans", "Noto Emoji")
SERIF = ("Source Serif 4", "Noto Sans", "Noto Emoji")


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
        return 1.25  # of another face: a full square


@cache
def _advances() -> _Advances:
    """Letter to advance in parts of the size, of the widest style in use (bold, tabular figures)."""
    with TTFont(FOLDER / "PublicSans-Bold.ttf", lazy=True) as font:
        whole = font["head"].unitsPerEm
        metrics, names = font["hmtx"], font.getBestCmap()
        found = {chr(point): metrics[name][0] / whole for point, name in names.items()}
        tabular = [metrics[f"{name}.tf"][0] / whole for name in ("zero", "one") if f"{name}.tf" in metrics.metrics]
    widest = max([*tabular, *(found[digit] for digit in "0123456789")])
    return _Advances(found | dict.fromkeys("0123456789", widest))


def width(text: str, size: float) -> float:
    """The most points that the text takes on a line at the size; letters of other faces count as a full square."""
    return size * sum(map(_advances().__getitem__, text))


def breaking(text: str, size: float, room: float) -> str:
    """The text with breaks (zero-width spaces) in words wider than the room, after punctuation where there is some."""
    if width(text, size) <= room:
        return text
    return re.sub(r"\S+", lambda word: _broken(word.group(), size, room), text)


def _broken(word: str, size: float, room: float) -> str:
    if width(word, size) <= room:
        return word
    advances, pieces, piece, wide = _advances(), [], "", 0.0
    for letter in word:
        step = size * advances[letter]
        if piece and wide + step > room:
            cut = max((piece.rfind(mark) + 1 for mark in ")/.-_,:;=&?"), default=0)
            cut = cut if cut > len(piece) // 2 else len(piece)
            pieces.append(piece[:cut])
            piece = piece[cut:]
            wide = width(piece, size)
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
