"""WordprocessingML as the text that it is written as, read at once: element by element takes twice as long."""

import re
from functools import lru_cache
from html import escape
from typing import Any

from docx.oxml.ns import nsdecls
from docx.oxml.parser import element_class_lookup
from lxml import etree

from pipir.document.text import printable

_SPACES = nsdecls("w", "r")
_NAME = re.compile(r"<[\w:]+")
# As the library's own, which refuses what has more than ten million letters: a long table of long cells.
_PARSER = etree.XMLParser(resolve_entities=False, huge_tree=True)
_PARSER.set_element_class_lookup(element_class_lookup)


def markup(tag: str, /, *inside: str, **attributes: str) -> str:
    """An element: its attributes, which are of the main namespace, and what stands inside, which is markup itself."""
    said = "".join([f' w:{name}="{escape(printable(value))}"' for name, value in attributes.items()])
    return f"<{tag}{said}>{''.join(inside)}</{tag}>" if inside else f"<{tag}{said}/>"


def words(
    text: str,
    *,
    bold: bool = False,
    color: str = "",
    size: float = 0,
    font: str = "",
    style: str = "",
    gone: bool = False,
) -> str:
    """A run of words, or of words that are `gone`; what cannot be printed shows as its code point."""
    before = _before(bold=bold, color=color, size=size, font=font, style=style)
    tag = "w:delText" if gone else "w:t"
    return f'{before}<{tag} xml:space="preserve">{quoted(text)}</{tag}></w:r>'


def quoted(text: str) -> str:
    """What can be printed of a text, as it stands between two tags."""
    return escape(printable(text), quote=False)


def made(text: str) -> Any:
    """The element of a markup, with the names that a document's elements have."""
    return etree.fromstring(_NAME.sub(rf"\g<0> {_SPACES}", text, count=1), _PARSER)


@lru_cache(maxsize=256)
def _before(*, bold: bool, color: str, size: float, font: str, style: str) -> str:
    """A run up to its words and what says that they are such."""
    properties = [
        *([markup("w:rStyle", val=style)] if style else ()),
        *([markup("w:rFonts", ascii=font, hAnsi=font, cs=font)] if font else ()),
        *([markup("w:b")] if bold else ()),
        *([markup("w:color", val=color)] if color else ()),
        *([markup("w:sz", val=str(int(size * 2)))] if size else ()),
    ]
    return f"<w:r>{markup('w:rPr', *properties) if properties else ''}"
