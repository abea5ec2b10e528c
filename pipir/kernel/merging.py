"""Two texts and what they come from: what was changed between two, and what three come to together."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

import msgspec

# How many pairs of equal pieces are looked at before two texts count as wholly different: a text of one word, a
# thousand times, must hold nobody up.
_MOST_PAIRS = 400_000


class Piece(msgspec.Struct, frozen=True):
    """A stretch of text that both have, that only the later has, or that only the earlier had."""

    kind: Literal["same", "added", "removed"]
    text: str


class Part(msgspec.Struct, frozen=True):
    """A stretch of a merge: where it is from; in a conflict `mine` and `theirs` stand against each other."""

    kind: Literal["same", "mine", "theirs", "conflict"]
    text: str
    mine: str = ""
    theirs: str = ""
    base: str = ""


class Merged(msgspec.Struct, frozen=True):
    """Three texts as one; `text` holds every word of both, in a conflict one after the other between marks."""

    parts: tuple[Part, ...]
    text: str
    conflicts: int


MINE, MIDDLE, THEIRS = "<<<<<<< your text", "=======", ">>>>>>> saved meanwhile"


def changes(before: str, after: str) -> tuple[Piece, ...]:
    """What became of a text: line by line, and within changed lines word by word."""
    old, new = _lines(before), _lines(after)
    found: list[tuple[str, str]] = []
    for kind, a1, a2, b1, b2 in steps(old, new):
        if kind == "equal":
            found.append(("same", "".join(old[a1:a2])))
        else:
            found.extend(_worded("".join(old[a1:a2]), "".join(new[b1:b2])))
    return tuple(_joined(found))


def merge(base: str, mine: str, theirs: str) -> Merged:
    """What two writers made of one text, by lines: what only one of them changed stands, the rest is a conflict."""
    was, ours, others = _lines(_ended(base)), _lines(_ended(mine)), _lines(_ended(theirs))
    parts = tuple(_gathered(_three(was, ours, others)))
    text = "".join(
        each.text
        if each.kind != "conflict"
        else f"{MINE}\n{_ended(each.mine)}{MIDDLE}\n{_ended(each.theirs)}{THEIRS}\n"
        for each in parts
    )
    return Merged(parts, text.strip("\n"), sum(each.kind == "conflict" for each in parts))


def has_marks(text: str) -> bool:
    """Whether a merge's marks of a conflict stand in a text."""
    return any(line.startswith(mark) for line in text.splitlines() for mark in (MINE, THEIRS))


def _three(was: list[str], ours: list[str], others: list[str]) -> Iterator[Part]:
    """The parts in order: between places where all three agree each stretch is judged for itself."""
    in_ours, in_others = _kept(was, ours), _kept(was, others)
    at = a = b = 0
    # The end is a place where all three agree.
    anchors = [n for n in range(len(was)) if n in in_ours and n in in_others] + [len(was)]
    in_ours[len(was)], in_others[len(was)] = len(ours), len(others)
    for anchor in anchors:
        to_a, to_b = in_ours[anchor], in_others[anchor]
        yield from _judged("".join(was[at:anchor]), "".join(ours[a:to_a]), "".join(others[b:to_b]))
        if anchor < len(was):
            yield Part("same", was[anchor])
        at, a, b = anchor + 1, to_a + 1, to_b + 1


def _judged(was: str, mine: str, theirs: str) -> Iterator[Part]:
    if mine == theirs:
        if mine:
            yield Part("same", mine)
    elif mine == was:
        if theirs:
            yield Part("theirs", theirs)
    elif theirs == was:
        if mine:
            yield Part("mine", mine)
    else:
        yield Part("conflict", "", mine, theirs, was)


def _kept(was: list[str], now: list[str]) -> dict[int, int]:
    """The lines that stayed: the place before, and the place now."""
    kept = {}
    for kind, a1, a2, b1, _ in steps(was, now):
        if kind == "equal":
            kept.update({n: b1 + n - a1 for n in range(a1, a2)})
    return kept


def _gathered(parts: Iterator[Part]) -> Iterator[Part]:
    last: Part | None = None
    for each in parts:
        if last is not None and last.kind == each.kind != "conflict":
            last = Part(last.kind, last.text + each.text)
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last


def _worded(before: str, after: str) -> Iterator[tuple[str, str]]:
    old, new = _words(before), _words(after)
    for kind, a1, a2, b1, b2 in steps(old, new):
        if kind == "equal":
            yield "same", "".join(old[a1:a2])
            continue
        yield "removed", "".join(old[a1:a2])
        yield "added", "".join(new[b1:b2])


def _joined(found: Sequence[tuple[str, str]]) -> Iterator[Piece]:
    kind, text = "", ""
    for each, words in found:
        if each == kind:
            text += words
            continue
        if text:
            yield Piece(kind, text)  # type: ignore[arg-type]
        kind, text = each, words
    if text:
        yield Piece(kind, text)  # type: ignore[arg-type]


def steps(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    """The steps from one to the other as difflib tells them; what both begin and end with is set apart first."""
    head = _alike(old, new, lambda n: n)
    left, right = old[head:], new[head:]
    tail = _alike(left, right, lambda n: -1 - n)
    left, right = left[: len(left) - tail], right[: len(right) - tail]
    found = [("equal", 0, head, 0, head)] if head else []
    counts = Counter(right)
    if sum(counts[each] for each in left) > _MOST_PAIRS:
        inner = [("replace", 0, len(left), 0, len(right))]
    else:
        inner = list(SequenceMatcher(None, left, right, autojunk=False).get_opcodes())
    found += [(kind, a1 + head, a2 + head, b1 + head, b2 + head) for kind, a1, a2, b1, b2 in inner]
    if tail:
        found.append(("equal", len(old) - tail, len(old), len(new) - tail, len(new)))
    return found


def paired(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int | None, int | None]]:
    """The places of two lists of names, none twice in one, in the order of both: together where a name kept its place.

    A name that moved past others stands once as gone and once as new, so that each side alone is that list again.
    """
    at = {name: place for place, name in enumerate(new)}
    kept = _rising([(place, at[name]) for place, name in enumerate(old) if name in at])
    a = b = 0
    for to_a, to_b in (*kept, (len(old), len(new))):
        yield from ((place, None) for place in range(a, to_a))
        yield from ((None, place) for place in range(b, to_b))
        if to_a < len(old):
            yield to_a, to_b
        a, b = to_a + 1, to_b + 1


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest choice of pairs, in their order, whose second numbers rise."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for place, (_, number) in enumerate(pairs):
        length = bisect_left(ends, number)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        last[length : length + 1] = [place]
    found = []
    place = last[-1] if last else -1
    while place >= 0:
        found.append(pairs[place])
        place = before[place]
    return found[::-1]


def _alike(old: list[str], new: list[str], at: Callable[[int], int]) -> int:
    n = 0
    while n < len(old) and n < len(new) and old[at(n)] == new[at(n)]:
        n += 1
    return n


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _words(text: str) -> list[str]:
    """Words with the space after them, so that they join again to the same text."""
    found: list[str] = []
    word = ""
    for character in text:
        if word and word[-1].isspace() and not character.isspace():
            found.append(word)
            word = ""
        word += character
    return [*found, word] if word else found
