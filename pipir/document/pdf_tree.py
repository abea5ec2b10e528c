"""The tree of a tagged PDF's structure, read by what sets it right and by what checks it."""

from collections.abc import Iterator

import pikepdf


def children(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The elements right below one, in their order; marked content is none."""
    inside = element.get("/K")
    for child in list(inside) if isinstance(inside, pikepdf.Array) else [] if inside is None else [inside]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
