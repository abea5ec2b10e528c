"""The trees of a PDF, read by what sets it right and by what checks it: structure, bookmarks, pages."""

import io
from collections.abc import Iterator

import pikepdf


def children(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The elements right below one, in their order; marked content is none."""
    inside = element.get("/K")
    for child in list(inside) if isinstance(inside, pikepdf.Array) else [] if inside is None else [inside]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child


def bookmarks(content: bytes) -> list[int]:
    """The page of each bookmark of a PDF, in the order in which they are listed."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
        return [pages[each.Dest[0].objgen] for each in _outline(pdf.Root.Outlines)]


def _outline(parent: pikepdf.Object) -> Iterator[pikepdf.Object]:
    each = parent.get("/First")
    while each is not None:
        yield each
        yield from _outline(each)
        each = each.get("/Next")


def pages(content: bytes) -> int:
    """How many pages a PDF has."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return len(pdf.pages)
