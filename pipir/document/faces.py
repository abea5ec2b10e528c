"""The vendored typefaces: which files there are, which characters they hold."""

import json
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


@cache
def hashes() -> dict[str, str]:
    """File name to sha256 of every vendored font, from the lock."""
    locked = json.loads((FOLDER / "lock.json").read_text(encoding="utf-8"))["files"]
    return {name: entry["sha256"] for name, entry in sorted(locked.items()) if not name.endswith(".txt")}


@cache
def web(name: str) -> bytes:
    """The bytes of a compressed face for standalone pages."""
    return (FOLDER / "web" / name).read_bytes()
