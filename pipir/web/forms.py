"""Forms: what a browser sends, normalised once; every mistake at once; what was typed comes back."""

import types
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from litestar import Request

from pipir.kernel.errors import Invalid, Mistake, Problem, Stale, Unreadable
from pipir.kernel.money import Dollars, NotDollars, parse_dollars
from pipir.kernel.parsing import parse
from pipir.web.entry import posted_fields

S = TypeVar("S", bound=msgspec.Struct)
VERSION_FIELD = "_version"
KEY_FIELD = "_key"


class Form(Generic[S]):
    """A form as shown or as posted: `values` and `mistakes` by field name, `problem` where a rule refused it.

    `labels` has what the page calls its fields, as the macros draw them, so that the summary calls them the same.

    Use it as a context manager around the write: a Problem raised inside becomes the form's mistakes, and the page is
    shown again with everything that was typed.
    """

    def __init__(self, kind: type[S], values: Mapping[str, str | list[str]] | None = None) -> None:
        self.kind = kind
        self.values: dict[str, str | list[str]] = dict.fromkeys(_names(kind), "")
        self.values.update(values or {})
        self.mistakes: dict[str, list[str]] = {}
        self.problem: Problem | None = None
        self.labels: dict[str, str] = {}

    @classmethod
    def of(cls, kind: type[S], filled: object) -> "Form[S]":
        """A form that shows what a view or struct holds, for the fields that both know."""
        values = {name: _shown(getattr(filled, name)) for name in _names(kind) if hasattr(filled, name)}
        return cls(kind, values)

    def value(self) -> S:
        """The typed body, or Invalid with all mistakes."""
        raw: dict[str, Any] = {}
        for field in msgspec.structs.fields(self.kind):
            typed = self.values.get(field.encode_name, "")
            normal = _normal(field.type, typed)
            if normal is not None:
                raw[field.encode_name] = normal
        return parse(self.kind, raw, lenient=True)

    @property
    def version(self) -> int:
        """The version of the record that the page showed."""
        typed = str(self.values.get(VERSION_FIELD, ""))
        if not typed.isascii() or not typed.isdigit() or len(typed) > 9:
            raise Unreadable("The form has lost its version. Load the page again and make your change once more.")
        return int(typed)

    @property
    def status(self) -> int:
        """The status with which the form is shown again."""
        return self.problem.status if self.problem is not None else 200

    def __enter__(self) -> "Form[S]":
        return self

    def __exit__(self, kind: object, wrong: BaseException | None, trace: object) -> bool:
        if not isinstance(wrong, Problem) or wrong.status >= 500 or wrong.status in (401, 403, 404):
            return False
        if isinstance(wrong, Stale):
            # The form comes back with the version that it would replace now: that is said before it is done.
            wrong.way_out = "What you typed stands here still. Saving it now replaces what was changed meanwhile."
        self.problem = wrong
        for mistake in wrong.mistakes:
            self.mistakes.setdefault(mistake.where.partition(".")[0], []).append(mistake.expected)
        return True


def filled(kind: type[S], *layers: Mapping[str, str]) -> Form[S]:
    """A form filled with texts by field, the later over the earlier; a list has one entry a line."""
    lists = {field.encode_name for field in msgspec.structs.fields(kind) if _is_list(field.type)}
    texts = {name: said for layer in layers for name, said in layer.items() if name in _names(kind)}
    return Form(kind, {name: said.split("\n") if name in lists and said else said for name, said in texts.items()})


def read_filter(
    request: Request[Any, Any, Any],
    kind: type[S],
    *,
    many: Mapping[str, str] = MappingProxyType({}),
    one: Mapping[str, str] = MappingProxyType({}),
    checks: Sequence[str] = (),
) -> S:
    """The filters in an address, without those left blank; Invalid with every mistake.

    `many` and `one` name the address's parameter of each field of `kind`; `checks` are called alike in both.
    """
    asked = request.query_params
    raw: dict[str, Any] = {field: [each for each in asked.getall(name, []) if each] for field, name in many.items()}
    raw |= {field: value for field, name in one.items() if (value := asked.get(name, "").strip())}
    raw |= {name: asked.get(name, "") not in ("", "false", "0") for name in checks}
    return parse(kind, raw, lenient=True)


async def read_form(request: Request[Any, Any, Any], kind: type[S]) -> Form[S]:
    """The posted form, with text trimmed and line ends as \\n; fields that nobody knows are refused."""
    return form_of(kind, await posted_fields(request))


def form_of(kind: type[S], fields: Sequence[tuple[str, str]]) -> Form[S]:
    """The form that was posted as these fields."""
    posted: dict[str, list[str]] = {}
    for name, typed in fields:
        posted.setdefault(name, []).append(typed.replace("\r\n", "\n").strip())
    values: dict[str, str | list[str]] = {}
    lists = {field.encode_name for field in msgspec.structs.fields(kind) if _is_list(field.type)}
    for name, texts in posted.items():
        values[name] = [text for text in texts if text] if name in lists else texts[-1]
    unknown = set(values) - set(_names(kind)) - {"_csrf", VERSION_FIELD, KEY_FIELD}
    if unknown:
        raise Invalid(
            "The form holds fields that are not known here.",
            mistakes=tuple(Mistake(name[:60], "This field is not known here.") for name in sorted(unknown)),
        )
    return Form(kind, values)


def _names(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(field.encode_name for field in msgspec.structs.fields(kind))


def _normal(kind: Any, typed: str | list[str]) -> Any:
    """What the field's type reads: None where it was left blank."""
    bare = _bare(kind)
    if _is_list(kind):
        return typed if isinstance(typed, list) else ([typed] if typed else [])
    text = typed if isinstance(typed, str) else (typed[-1] if typed else "")
    if bare is bool:
        return text in ("on", "true", "yes", "1")
    if text == "":
        return None
    if bare is Dollars:
        try:
            return str(parse_dollars(text))
        except NotDollars:
            return text
    return text


def _bare(kind: Any) -> Any:
    origin = get_origin(kind)
    if origin is Annotated:
        return _bare(get_args(kind)[0])
    if origin in (Union, types.UnionType):
        options = [each for each in get_args(kind) if each is not type(None) and each is not msgspec.UnsetType]
        return _bare(options[0]) if options else kind
    if origin is Literal:
        return str
    supertype = getattr(kind, "__supertype__", None)
    return _bare(supertype) if supertype is not None else kind


def _is_list(kind: Any) -> bool:
    bare = _bare(kind)
    return get_origin(bare) in (list, tuple) or bare in (list, tuple)


def _shown(value: object) -> str | list[str]:
    if value is None or value is msgspec.UNSET:
        return ""
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [str(each) for each in value]
    return str(value)
