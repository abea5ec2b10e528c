"""Countries as tiles, by region."""

from collections.abc import Sequence

import msgspec

from pipir.document.charts.ink import BLUE, GREY, INK, NAVY, PALE, Chart, cut, lettering, picture, rect


class Tile(msgspec.Struct, frozen=True):
    """A country's tile: code, what is printed under it, depth of colour from 0 to 3, or an outline where nothing is."""

    code: str
    text: str
    depth: int = 0
    outline: bool = False
    name: str = ""


class Region(msgspec.Struct, frozen=True):
    name: str
    tiles: tuple[Tile, ...]


def country_tiles(key: str, title: str, regions: Sequence[Region], *, measure: str, narrow: bool = False) -> Chart:
    """A tile a country, by region; deeper colour is more, an outline is none, and the figure stands on each."""
    width = 340.0 if narrow else 520.0
    wide, high, gap = 52.0, 46.0, 4.0
    fills = (("#dbe8f6", NAVY), (PALE, INK), (BLUE, "#ffffff"), (NAVY, "#ffffff"))
    parts: list[str] = []
    y = 0.0
    per_line = int((width + gap) // (wide + gap))
    for region in regions:
        parts.append(lettering(0, y + 13, cut(region.name, width, 13), size=13, bold=True))
        y += 22
        for place, tile in enumerate(region.tiles):
            x = (place % per_line) * (wide + gap)
            if place and place % per_line == 0:
                y += high + gap
            fill, ink = ("#ffffff", INK) if tile.outline else fills[min(max(tile.depth, 0), 3)]
            edge: dict[str, str | float] = (
                {"stroke": GREY, "stroke_dasharray": "3 2"} if tile.outline else {"stroke": NAVY, "stroke_width": 0.5}
            )
            parts += [
                rect(x + 0.5, y + 0.5, wide - 1, high - 1, fill, rx=2, **edge),
                lettering(x + wide / 2, y + 18, cut(tile.code, wide, 12), size=12, fill=ink, anchor="middle"),
                lettering(
                    x + wide / 2,
                    y + 37,
                    cut(tile.text, wide, 15) or "\u2013",
                    size=15,
                    fill=ink,
                    anchor="middle",
                    bold=True,
                ),
            ]
        y += high + 14
    rows = tuple(
        (region.name, tile.name or tile.code, tile.text or "none") for region in regions for tile in region.tiles
    )
    alt = f"{measure}, by region. " + "; ".join(f"{name}: {text}" for _, name, text in rows)
    return Chart(picture(key, title, alt, width, max(y - 8, 20), parts), alt, ("Region", "Country", measure), rows)
