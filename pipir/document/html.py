"""The document as HTML: a standalone page for a disk, and a fragment for a page that has its own style."""

import base64
import hashlib
import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from pipir.document import checks, faces
from pipir.document.columns import whole, without_pages
from pipir.document.model import (
    FACTS,
    Bullets,
    Callout,
    Cell,
    Cite,
    Column,
    DefinitionList,
    Document,
    FactRef,
    Figure,
    Heading,
    KeyFigures,
    Link,
    Marker,
    PageBreak,
    PageRef,
    Paragraph,
    Ref,
    SourceList,
    Strong,
    Table,
    Text,
    labels,
    number,
)
from pipir.document.text import printable

_FOLDER = Path(__file__).parent
_FACES = (
    ("Public Sans", 400, "normal", "PublicSans-Regular.woff2"),
    ("Public Sans", 600, "normal", "PublicSans-SemiBold.woff2"),
    ("Public Sans", 700, "normal", "PublicSans-Bold.woff2"),
    ("Source Serif 4", 400, "normal", "SourceSerif4-Regular.woff2"),
    ("Source Serif 4", 700, "normal", "SourceSerif4-Bold.woff2"),
)
# A day among the words of a cell stays on one line, as the cells of a column of days do.
_DAY = re.compile(
    r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{1,2}(?: to (?:[A-Z][a-z]+ )?\d{1,2})?, \d{4}\b"
)
# Letters of a code or a short name at the head of a row, which stays on one line.
_CODE = 12
# Letters; a column with longer cells keeps room for some words on a telephone.
_PROSE = 48
# The page around the document: banners above and below, the measure, the watermark behind.
_PAGE = """
html { background: #fff; }
body { margin: 0; }
.page { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; }
.banner { background: #fff; border-bottom: 1px solid #c3c8d1; color: #162e51;
  font: 700 .8rem/1 "Public Sans", sans-serif;
  letter-spacing: .09em; margin: 0; overflow-wrap: anywhere; padding: .5rem 1rem; position: sticky;
  text-align: center; top: 0; z-index: 1; }
.banner-below { border-bottom: 0; border-top: 1px solid #c3c8d1; bottom: 0; top: auto; }
.foot { color: #565c65; font: 400 .8rem/1.5 "Public Sans", sans-serif; overflow-wrap: anywhere; }
@media (max-width: 40rem) { .page { padding: 1rem .75rem 3rem; } }
@media print { .banner { position: static; } }
"""
_SHAPES = {
    "good": '<circle cx="6" cy="6" r="5" fill="#2b6b33"/>',
    "watch": '<polygon points="6,1 11,11 1,11" fill="#8a5a00"/>',
    "bad": '<polygon points="6,0 12,6 6,12 0,6" fill="#a3201d"/>',
    "none": '<circle cx="6" cy="6" r="4.5" fill="none" stroke="#565c65" stroke-width="1.5"/>',
    "missing": '<rect x="1.5" y="1.5" width="9" height="9" fill="none" stroke="#8a5a00" stroke-dasharray="2 1.5"/>',
}
_DRAWN = {
    tone: f'<svg class="doc-shape" viewBox="0 0 12 12" aria-hidden="true">{shape}</svg>'
    for tone, shape in _SHAPES.items()
}


def render_html(document: Document) -> bytes:
    """A standalone page: its style and typefaces inside, no script, nothing fetched."""
    fragment = render_html_fragment(document)
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:; img-src data:"
    marking = escape(printable(document.marking))
    foot = escape(printable(". ".join([*document.as_of, f"Snapshot {document.snapshot_id}"])))
    page = (
        f'<!doctype html>\n<html lang="{escape(document.lang)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="author" content="{escape(printable(document.author))}">\n'
        f"<title>{escape(printable(document.title))}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<header class="banner">{marking}</header>\n<main class="page">\n{fragment}\n'
        f'<p class="foot">{foot}</p>\n</main>\n'
        f'<footer class="banner banner-below">{marking}</footer>\n</body>\n</html>\n'
    )
    return page.encode()


def render_html_fragment(document: Document) -> str:
    """The document as one article element without inline style or script; stylesheet() holds its looks."""
    checks.require(document)
    document = number(document)
    return _template().render(d=_Writer(document).whole())


@cache
def stylesheet() -> str:
    """The style of the fragment; every rule stands under the class `doc`."""
    return (_FOLDER / "report.css").read_text(encoding="utf-8")


@cache
def _style() -> str:
    faces_css = "".join(
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{slant};'
        f"src:url(data:font/woff2;base64,{base64.b64encode(faces.web(name)).decode()}) format('woff2')}}\n"
        for family, weight, slant, name in _FACES
    )
    return faces_css + _PAGE + stylesheet()


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, undefined=jinja2.StrictUndefined, auto_reload=False
    )
    return environment.get_template("report.html.j2")


def _quoted(text: str) -> str:
    return escape(printable(text))


def _marked(text: str) -> Markup:
    return Markup(text)  # noqa: S704 -- every text in it went through _quoted()


class _Writer:
    """The document as the template takes it: references resolved, every text printable.

    Its runs and cells, of which there may be a hundred thousand, come as markup.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.labels = labels(document)
        self.facts = {fact.id: fact for fact in document.facts}
        self.sources = {source.id: source.label for source in document.sources}
        # Where the document says what each figure rests on, its figures lead there.
        self.bases = {
            row.key: f"fact--{row.key}"
            for block in document.blocks
            if isinstance(block, Table) and block.id == FACTS
            for row in block.rows
        }

    def run(self, run: Cell, *, brackets: bool = True, leads: bool = True) -> str:
        """A run as markup; without `leads` a figure leads nowhere."""
        match run:
            case str():
                return _quoted(run)
            case Text(text=text):
                return _quoted(text)
            case Strong(text=text):
                return f"<strong>{_quoted(text)}</strong>"
            case FactRef(fact=fact):
                return self.fact(fact, leads=leads)
            case Ref(target=target) | PageRef(target=target):
                return f'<a href="#{_quoted(target)}">{_quoted(self.labels[target])}</a>'
            case Cite(source=source):
                name, to = _quoted(self.sources[source]), f"#source--{_quoted(source)}"
                return f'<a class="doc-cite" href="{to}">[{name}]</a>' if brackets else f'<a href="{to}">{name}</a>'
            case Link(url=url, text=text):
                return f'<a href="{escape(url)}">{_quoted(text)}</a>'
            case Marker(text=text, tone=tone):
                return f'<span class="doc-marker">{_DRAWN[tone]}{_quoted(text)}</span>'

    def fact(self, fact: str, *, leads: bool = True) -> str:
        """A figure, which leads to what the document says that it rests on."""
        shown = f'<data class="doc-fact" value="{_quoted(fact)}">{_quoted(self.facts[fact].text)}</data>'
        to = self.bases.get(fact, "") if leads else ""
        return f'<a class="doc-why" href="#{escape(to)}">{shown}</a>' if to else shown

    def runs(self, runs: tuple[Any, ...], *, brackets: bool = True) -> Markup:
        return _marked("".join([self.run(run, brackets=brackets) for run in runs]))

    def shown(self, cell: Cell) -> str:
        """What a cell of a table shows, as plain words."""
        match cell:
            case str():
                return cell
            case FactRef(fact=fact):
                return self.facts[fact].text
            case Ref(target=target) | PageRef(target=target):
                return self.labels[target]
            case Cite(source=source):
                return self.sources[source]
        return cell.text

    def table(self, table: Table) -> dict[str, Any]:
        # In the annex itself a figure leads nowhere: it is there already.
        leads = table.id != FACTS
        texts = [[self.shown(cell) for cell in row.cells] for row in table.rows]
        long = [any(len(text[place]) > _PROSE for text in texts) for place in range(len(table.columns))]
        return {
            "type": "table",
            "id": table.id,
            "caption": printable(f"Table {table.number}. {table.caption}"),
            "columns": [
                {
                    "title": printable(column.title),
                    "looks": "doc-right" if column.figures else "doc-prose" if prose else "",
                }
                for column, prose in zip(table.columns, long, strict=True)
            ],
            "rows": [
                {
                    "id": "" if leads else self.bases.get(row.key, ""),
                    "total": row.total,
                    "cells": [
                        self.cell(cell, text, column if place else None, leads=leads)
                        for place, (cell, text, column) in enumerate(zip(row.cells, shown, table.columns, strict=True))
                    ],
                }
                for row, shown in zip(table.rows, texts, strict=True)
            ],
            "source": self.runs(table.source, brackets=False),
        }

    def cell(self, cell: Cell, text: str, column: Column | None, *, leads: bool) -> tuple[Markup, str]:
        """A cell as markup with the classes of its looks; without a column it heads its row."""
        kept = len(text) <= _CODE if column is None else whole(column, text)
        marked = self.run(cell, leads=leads)
        if isinstance(cell, str) and not kept:
            marked = _DAY.sub(r'<span class="doc-whole">\g<0></span>', marked)
        right = column is not None and column.figures
        return _marked(marked), " ".join(("doc-right",) * right + ("doc-whole",) * kept)

    def block(self, block: Any) -> dict[str, Any]:
        match block:
            case Heading():
                # The title is the page's first-level heading; sections follow from the second.
                numeral = f"Appendix {block.number}." if block.appendix and block.level == 1 else block.number
                return {
                    "type": "heading",
                    "id": block.id,
                    "depth": min(block.level + 1, 6),
                    "number": numeral,
                    "text": printable(block.text),
                }
            case Paragraph():
                return {"type": "paragraph", "id": block.id, "runs": self.runs(block.runs)}
            case Bullets():
                return {"type": "bullets", "id": block.id, "items": [self.runs(item) for item in block.items]}
            case Callout():
                return {
                    "type": "callout",
                    "id": block.id,
                    "kind": block.kind,
                    "title": printable(block.title),
                    "runs": self.runs(block.runs),
                }
            case KeyFigures():
                return {
                    "type": "key-figures",
                    "id": block.id,
                    "items": [
                        {"value": _marked(self.fact(item.fact)), "label": printable(item.label)} for item in block.items
                    ],
                }
            case Table():
                return self.table(without_pages(block))
            case Figure():
                return {
                    "type": "figure",
                    "id": block.id,
                    "caption": printable(f"Figure {block.number}. {block.caption}"),
                    # checks.require() lets shapes and text through, nothing that runs or fetches.
                    "svg": Markup(printable(block.svg)),  # noqa: S704
                    "narrow": Markup(printable(block.narrow)),  # noqa: S704
                    "source": self.runs(block.source, brackets=False),
                }
            case DefinitionList():
                return {
                    "type": "definitions",
                    "id": block.id,
                    "items": [{"term": printable(item.term), "runs": self.runs(item.runs)} for item in block.items],
                }
            case SourceList():
                return {"type": "sources", "id": block.id}
            case PageBreak():
                return {"type": "page-break"}
        raise AssertionError(f"no form for {type(block).__name__}")

    def whole(self) -> dict[str, Any]:
        document, cover = self.document, self.document.cover
        blocks = [self.block(block) for block in document.blocks]
        contents: list[dict[str, Any]] = []
        for block in blocks:
            if block["type"] == "heading" and block["depth"] == 2:
                contents.append({**block, "inside": []})
            elif block["type"] == "heading" and block["depth"] == 3 and contents:
                contents[-1]["inside"].append(block)
        sources = []
        for source in document.sources:
            parts = [part for part in (source.publisher, source.title, source.dated, source.note) if part]
            runs = (Text(". ".join(parts) + ". "), *([Link(source.url, source.url)] if source.url else ()))
            sources.append({"to": f"source--{source.id}", "label": source.label, "runs": self.runs(runs)})
        return {
            "lang": document.lang,
            "title": printable(document.title),
            "subtitle": printable(document.subtitle),
            "ribbons": [
                printable(ribbon) for ribbon in ((document.status,) if document.status else ()) + document.ribbons
            ],
            "cover": {
                "eyebrow": printable(cover.eyebrow),
                "lines": [printable(line) for line in (*cover.lines, *document.as_of)],
                "addressees": [printable(line) for line in cover.addressees],
                "notice": self.runs(cover.notice),
                "cost": self.runs(cover.cost_statement),
            },
            "words": {"contents": "Contents", "addressees": "Submitted to"},
            "designation": [(printable(term), printable(words)) for term, words in document.designation],
            "contents": contents if document.contents else [],
            "sources": sources,
            "blocks": blocks,
        }
