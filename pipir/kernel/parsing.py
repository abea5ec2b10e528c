"""Turns what came through a door into typed values, and reports every mistake at once."""

import re
import types
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal, Protocol, TypeVar, Union, get_args, get_origin, runtime_checkable

import msgspec

from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.money import decode_hook

S = TypeVar("S", bound=msgspec.Struct)


@runtime_checkable
class Judged(Protocol):
    """A struct that can say what is wrong with those of its fields that could be read, where others could not.

    A struct all of which could be read is judged by its command.
    """

    @staticmethod
    def wrong_in(read: Mapping[str, Any], unread: Collection[str]) -> Iterable[Mistake]:
        """What is wrong with the fields that were read, whatever those that could not be read were meant to be."""
        ...


_SHOWN = 60
# The first and the last day that there is: to the database they are no days, but before and after all of them.
_ENDLESS = (date.min, date.max)


def parse(kind: type[S], raw: object, *, lenient: bool = False) -> S:
    """Return `raw` (plain dicts, lists, strings) as a `kind`, or raise Invalid with all mistakes, each by field path.

    `lenient` reads numbers, dates and yes/no from strings, as a form sends them. Where a field cannot be read, a kind
    that is Judged says what is wrong with the others at the same time.
    """
    mistakes: list[Mistake] = []
    value = _struct(kind, raw, "", mistakes, strict=not lenient)
    if mistakes:
        count = len(mistakes)
        raise Invalid(
            "One thing needs correcting." if count == 1 else f"{count} things need correcting.",
            mistakes=tuple(mistakes),
        )
    return value  # type: ignore[no-any-return]


def _struct(kind: type[msgspec.Struct], raw: object, path: str, mistakes: list[Mistake], *, strict: bool) -> Any:
    if not isinstance(raw, dict):
        mistakes.append(Mistake(where=path or "body", expected="Expected an object with fields.", found=_show(raw)))
        return None
    fields = msgspec.structs.fields(kind)
    known = {field.encode_name for field in fields}
    before = len(mistakes)
    for name in raw:
        if name not in known:
            expected = "This field is not known here; known are: " + ", ".join(sorted(known)) + "."
            mistakes.append(Mistake(where=_join(path, str(name)[:_SHOWN]), expected=expected))
    values: dict[str, Any] = {}
    for field in fields:
        where = _join(path, field.encode_name)
        if field.encode_name not in raw:
            if field.required:
                mistakes.append(Mistake(where=where, expected="This field is required."))
            continue
        seen = len(mistakes)
        value = _value(field.type, raw[field.encode_name], where, mistakes, strict=strict)
        if len(mistakes) == seen:
            values[field.name] = value
    if len(mistakes) > before:
        mistakes += _others(kind, values, path, mistakes[before:])
        return None
    try:
        return kind(**values)
    except ValueError as wrong:
        mistakes.append(Mistake(where=path or "body", expected=_sentence(str(wrong))))
        return None


def _others(kind: type, read: Mapping[str, Any], path: str, told: Sequence[Mistake]) -> list[Mistake]:
    """What is wrong with the fields that were read, beside what is told of those that were not."""
    if not isinstance(kind, Judged):
        return []
    wheres = {each.where for each in told}
    unread = {where.removeprefix(f"{path}." if path else "").partition(".")[0] for where in wheres}
    others = [msgspec.structs.replace(each, where=_join(path, each.where)) for each in kind.wrong_in(read, unread)]
    return [each for each in others if each.where not in wheres]


def whichever(choices: Sequence[Sequence[Mistake]]) -> list[Mistake]:
    """What is wrong with each of the choices, where it could not be read which of them is meant."""
    first, *rest = choices
    return [each for each in first if all(each in others for others in rest)]


def _value(kind: Any, raw: object, path: str, mistakes: list[Mistake], *, strict: bool) -> Any:
    inner, many = _inside(kind)
    if inner is not None and many and isinstance(raw, list):
        items = [_struct(inner, item, _join(path, str(i)), mistakes, strict=strict) for i, item in enumerate(raw)]
        if any(item is None for item in items):
            return None
        raw = items
        kind = list[inner] if get_origin(kind) is list else kind  # type: ignore[valid-type]
    elif inner is not None and not many and isinstance(raw, dict):
        return _struct(inner, raw, path, mistakes, strict=strict)
    try:
        value = msgspec.convert(raw, kind, strict=strict, dec_hook=decode_hook)
        if value in _ENDLESS:
            mistakes.append(Mistake(where=path, expected=_PLAIN["Expected `date`"], found=_show(raw)))
            return None
        return value
    except msgspec.ValidationError as wrong:
        text, _, place = str(wrong).partition(" - at `")
        inside = place.rstrip("`").removeprefix("$").replace("[", ".").replace("]", "").strip(".")
        expected = _choices(kind) if text.startswith("Invalid enum value") else _example(kind, text) or plain(text)
        mistakes.append(Mistake(where=_join(path, inside) if inside else path, expected=expected, found=_show(raw)))
        return None


def _inside(kind: Any) -> tuple[type[msgspec.Struct] | None, bool]:
    """The struct type inside of `kind`, and whether it stands in a list or tuple."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _inside(get_args(kind)[0])
    if origin in (list, tuple):
        inner, _ = _inside(get_args(kind)[0]) if get_args(kind) else (None, False)
        return inner, True
    if origin in (Union, types.UnionType):
        for option in get_args(kind):
            inner, many = _inside(option)
            if inner is not None:
                return inner, many
        return None, False
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind, False
    return None, False


def _example(kind: Any, text: str) -> str:
    """What a pattern wants, where its description says that by an example."""
    waiting = [kind] if "matching regex" in text else []
    while waiting:
        each = waiting.pop()
        if isinstance(each, msgspec.Meta):
            said = each.description or ""
            if each.pattern is not None and "such as " in said.lower():
                return f"Expected {said[0].lower()}{said[1:]}"
        else:
            waiting += get_args(each)
    return ""


def _choices(kind: Any) -> str:
    """The sentence that names what a closed list allows."""
    names: list[str] = []
    waiting = [kind]
    while waiting:
        each = waiting.pop()
        if get_origin(each) is Literal:
            names += [str(choice) for choice in get_args(each)]
        else:
            waiting += [inner for inner in get_args(each) if not isinstance(inner, msgspec.Meta)]
    return "Expected one of: " + ", ".join(names) + "."


_PLAIN = {
    "Expected `str`": "Expected text.",
    "Expected `date`": "Expected a date such as 2027-03-01.",
    "Invalid RFC3339 encoded date": "Expected a date such as 2027-03-01.",
    "Expected `int`": "Expected a whole number.",
    "Expected `bool`": "Expected true or false.",
    "Invalid RFC3339 encoded datetime": "Expected a time such as 2027-03-01T12:00:00Z.",
}


def plain(text: str) -> str:
    """What a parser expected, in words for a person."""
    if "matching regex" in text:
        return "Expected text that is not blank and holds no control characters."
    length = re.search(r"of length (<=|>=) (\d+)", text)
    if length is not None:
        bound = int(length[2])
        return f"Expected at {'most' if length[1] == '<=' else 'least'} {bound:,} character{'s' if bound != 1 else ''}."
    for start, sentence in _PLAIN.items():
        # What may be left out is left out by a blank, not by a null.
        if text.replace(" | null", "").startswith(start):
            return sentence
    return _sentence(text.replace("`", ""))


def _sentence(text: str) -> str:
    return text if text.endswith(".") else text + "."


def _show(raw: object) -> str:
    if raw is None:
        return "nothing"
    if isinstance(raw, (dict, list)):
        return "an object" if isinstance(raw, dict) else "a list"
    text = str(raw)
    # What was typed comes back in the message: cut, and without the characters that no document may hold.
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:_SHOWN])
    return shown + ("..." if len(text) > _SHOWN else "")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
