"""The small markup of editors' texts: paragraphs, bullets, strong words, links, named figures, words as they stand.

Blank lines part paragraphs; lines that begin with "- " are bullets, and indented lines after one go on with it.
**strong words**; [words](https://address); {figure.id}; `as it stands` for names, citations and days with digits.
Nothing else means anything: what looks like HTML or a template is printed as the text that it is.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from itertools import islice
from typing import Final, NamedTuple

from pipir.document.model import Block, Bullets, FactRef, Link, Paragraph, Run, Strong, Text
from pipir.kernel.errors import Mistake

_ADDRESS: Final = r"(?:https?://|mailto:)[^\s\x00-\x1f\"'<>\\()]{1,500}"
_PIECE: Final = re.compile(
    r"\{(?P<fact>[a-z0-9][a-z0-9.-]{0,59})\}"
    r"|`(?P<literal>[^`\n]{1,200})`"
    rf"|\[(?P<words>[^\[\]\n]{{1,200}})\]\((?P<address>{_ADDRESS})\)"
    r"|(?P<strong>\*\*)"
)
# What somebody may have meant as a figure, misspelled ones among them.
_MEANT: Final = re.compile(r"\{\s*([A-Za-z0-9][A-Za-z0-9._-]{0,59})\s*\}")
_MONTH: Final = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\.?"
)
_YEAR: Final = r"(?:19|20)\d\d"
_DAY: Final = r"(?:3[01]|[12]\d|0?[1-9])"
_INTO_LAW: Final = (
    r"(?:\b[Ss]ec(?:tion|tions|\.|s\.)|\b[Ss]ubsections?|\b[Pp]aragraphs?|\b[Ee]lements?|\b[Tt]itle|\b[Pp]art"
    r"|\b[Cc]hapter|§+)"
)
_LETTER: Final = r"\(\w{1,4}\)"
# What may follow a year or a provision that stands by its number alone: a thing after it makes it an amount of things.
_ALONE: Final = (
    r"\b(?=\s*(?:$|[;:!?)\]\"'\u201d\u2019/\u2013\u2014]|[.,-](?!\d)"
    r"|(?:an?|the|and|or|but|nor|as|at|by|for|from|in|into|of|on|to|through|until|till|under|upon|with|without|within"
    r"|while|when|where|which|who|that|this|these|those|it|its|they|their|we|our|is|are|was|were|be|been|has|have|had"
    r"|will|would|may|can|could|should|shall|must|did|does|do|not|no|also|only|after|before|since|during|because|if"
    r"|than|then|there|sections?|subsections?|paragraphs?|chapter|part)\b))"
)
# An amount of money is no name, though three capitals with digits are.
_MONEY: Final = (
    r"(?:US|USD|AUD|BND|CAD|CHF|CNH|CNY|DKK|EUR|FJD|GBP|HKD|IDR|INR|JPY|KHR|KRW|LAK|LKR|MMK|MNT|MYR|NOK|NPR|NZD|PGK|PHP"
    r"|PKR|SEK|SGD|THB|TWD|VND|XPF)"
)
# Digits that are no figure of the report: citations, days, years, and names that are written with a hyphen.
_NO_FIGURE: Final = re.compile(
    "|".join(
        (
            r"\b\d{1,2} (?:U\.S\.C\.|USC|CFR|C\.F\.R\.) (?:chapter |part )?\d+[\w.-]*(?:\(\w+\))*(?: note)?",
            r"\b\d{1,3} Stat\. \d+",
            r"\bPub(?:\.|lic) L(?:\.|aw) \d+-\d+",
            r"(?<!\.)\b(?:Executive Order|E\.O\.|OMB Circular|Circular|Instruction|Directive|DoDI|DoDD|H\.R\.|S\.)"
            r" (?:No\. )?[A-Z]?-?\d[\d.-]*",
            rf"{_INTO_LAW} ?(?:1253\b(?:{_LETTER})*|\d+\w{{0,3}}(?:{_LETTER})+|(?:{_LETTER})+|\d+\w{{0,3}}{_ALONE})"
            rf"(?:(?:, | and | or | to |, and )(?:\d+\w{{0,3}})?(?:{_LETTER})+)*",
            rf"\([a-z]{{1,4}}\)(?:{_LETTER})+",
            rf"\b{_DAY} {_MONTH}(?: {_YEAR}\b)?",
            rf"\b{_MONTH} (?:{_DAY}\b(?:, {_YEAR}\b)?|{_YEAR}\b)",
            rf"\b{_YEAR}-\d\d(?:-\d\d)?\b",
            rf"\b(?:[Ff]iscal|[Cc]alendar) years? {_YEAR}(?:(?:,| and| to| through) {_YEAR})*",
            rf"\bFY ?(?:{_YEAR}|\d\d)\b",
            r"\b(?:in|of|since|by|until|till|through|during|from|to|and|or|before|after|for|early|mid|late|year)"
            rf"[ -]{_YEAR}{_ALONE}",
            rf"\b{_YEAR}(?: report| plenary| statement)\b",
            rf"\b(?!{_MONEY}-)[A-Z][A-Za-z/]{{0,11}}-\d{{1,6}}[A-Za-z0-9-]{{0,12}}\b",
            rf"\b(?!{_MONEY}\d)[A-Z]{{1,8}}\d{{1,3}}[A-Z]{{0,2}}\b",
        )
    )
)
_WORD: Final = re.compile(r"\S+")
_DIGIT: Final = re.compile(r"\d")
_MOST: Final = 40
# Where lines that were joined begin: in the joined words, and in the text.
_Starts = list[tuple[int, int]]


class _Stretch(NamedTuple):
    """A part of the text between marks, with the place where it begins."""

    run: Run
    at: int


def blocks(text: str, facts: Collection[str]) -> tuple[Block, ...]:
    """The text as blocks; a figure that is not among `facts` stays the text that somebody typed."""
    found: list[Block] = []
    for bullets, items in _groups(text):
        runs = tuple(tuple(each.run for each in _stretches(item, facts)) for item, _ in items)
        runs = tuple(each for each in runs if each)
        if bullets and runs:
            found.append(Bullets(runs))
        else:
            found.extend(Paragraph(each) for each in runs)
    return tuple(found)


def mistakes(text: str, facts: Collection[str], *, field: str = "narrative") -> tuple[Mistake, ...]:
    """Every figure that the report does not have, and every digit typed in place of one; each with its place."""
    found = (*islice(_unknown(text, facts, field), _MOST), *islice(_typed(text, facts, field), _MOST))
    return tuple(sorted(found, key=lambda each: _order(each.where)))[:_MOST]


def typed_digits(text: str, facts: Collection[str], *, field: str = "narrative") -> tuple[Mistake, ...]:
    """The digits of a text that are no citation, day, year or name, and do not stand between backticks."""
    return tuple(islice(_typed(text, facts, field), _MOST))


def _typed(text: str, facts: Collection[str], field: str) -> Iterator[Mistake]:
    for _, items in _groups(text):
        for item, starts in items:
            for run, at in _stretches(item, facts):
                if not isinstance(run, Text | Strong) or run.literal:
                    continue
                for word in _WORD.finditer(run.text):
                    digits = _DIGIT.search(word.group())
                    if digits is None:
                        continue
                    line, column = _line_of(text, _at(starts, at + word.start()))
                    yield Mistake(
                        f"{field}.{line}.{column}",
                        f"Expected a named figure, such as {{projects}}, in line {line}, column {column}; "
                        "a name or a day with digits stands between backticks, and so does a citation that is not "
                        "whole: `155 mm`, `section 232`.",
                        word.group()[:60],
                    )


def nearest(name: str, facts: Collection[str]) -> str:
    """The known figure that is most like the name."""
    return get_close_matches(name.lower(), sorted(facts), 1, 0.0)[0]


def _unknown(text: str, facts: Collection[str], field: str) -> Iterator[Mistake]:
    for meant in _MEANT.finditer(text):
        if meant.group()[1:-1] not in facts:
            line, column = _line_of(text, meant.start())
            near = f"; the nearest is {{{nearest(meant[1], facts)}}}" if facts else ""
            yield Mistake(
                f"{field}.{line}.{column}",
                f"Expected a figure of the report in line {line}, column {column}{near}.",
                meant.group(),
            )


def _groups(text: str) -> Iterator[tuple[bool, list[tuple[str, _Starts]]]]:
    """Paragraphs and lists: of each item its words on one line, and where each of its lines begins."""
    bullets, items, at = False, list[tuple[list[str], _Starts]](), 0
    for line in [*text.split("\n"), ""]:
        words = line.strip()
        start = at + len(line) - len(line.lstrip())
        at += len(line) + 1
        is_bullet = words.startswith("- ")
        # A paragraph goes on with every line, a bullet with indented ones.
        if words and items and not is_bullet and (not bullets or line[0] in " \t"):
            said, starts = items[-1]
            starts.append((starts[-1][0] + len(said[-1]) + 1, start))
            said.append(words)
            continue
        if items and (not words or is_bullet != bullets):
            yield bullets, [(" ".join(said), starts) for said, starts in items]
            items = []
        if words:
            bullets = is_bullet
            bare = words[2:].lstrip() if is_bullet else words
            items.append(([bare], [(0, start + len(words) - len(bare))]))


def _stretches(item: str, facts: Collection[str]) -> list[_Stretch]:
    """The runs of one paragraph or bullet."""
    found: list[_Stretch] = []
    marks = [each.start() for each in _PIECE.finditer(item) if each["strong"]]
    # Strong words have an end: a mark that opens and does not close is the two asterisks that it looks like.
    paired = set(marks[: len(marks) // 2 * 2])
    strong, end = False, 0
    for piece in _PIECE.finditer(item):
        if piece["strong"] and piece.start() not in paired:
            continue
        if piece["fact"] and piece["fact"] not in facts:
            continue
        found += _plain(item[end : piece.start()], end, strong=strong)
        if piece["strong"]:
            strong = not strong
        elif piece["fact"]:
            found.append(_Stretch(FactRef(piece["fact"]), piece.start()))
        elif piece["literal"]:
            kind = Strong if strong else Text
            found.append(_Stretch(kind(piece["literal"], literal=True), piece.start() + 1))
        else:
            found.append(_Stretch(Link(piece["address"], piece["words"]), piece.start()))
        end = piece.end()
    return [*found, *_plain(item[end:], end, strong=strong)]


def _plain(words: str, at: int, *, strong: bool) -> Iterator[_Stretch]:
    """Words without marks; citations, days and names among them are literal."""
    kind = Strong if strong else Text
    end = 0
    for said in _NO_FIGURE.finditer(words) if any(each.isdigit() for each in words) else ():
        if said.start() > end:
            yield _Stretch(kind(words[end : said.start()]), at + end)
        yield _Stretch(kind(said.group(), literal=True), at + said.start())
        end = said.end()
    if end < len(words):
        yield _Stretch(kind(words[end:]), at + end)


def _line_of(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def _at(starts: _Starts, at: int) -> int:
    there, begins = starts[bisect_right(starts, at, key=lambda each: each[0]) - 1]
    return begins + at - there


def _order(where: str) -> tuple[int, ...]:
    return tuple(int(each) for each in where.split(".")[1:])
