"""Forms of one act each: the door declares the fields, one template (_layouts/act.html) draws them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import msgspec

from pipir.kernel.command import Command
from pipir.kernel.errors import NotFound
from pipir.web.forms import Form

K = TypeVar("K")
A = TypeVar("A")
Options = tuple[tuple[str, str], ...]
# A provision as a page shows it: citation, standing, statement.
LawLine = tuple[str, str, str]


@dataclass(frozen=True)
class Field:
    """A field of a form; `choices` names the list that its options are taken from when the page is drawn."""

    name: str
    label: str
    kind: Literal["text", "area", "date", "select", "checks", "hidden"] = "text"
    hint: str = ""
    choices: str = ""
    empty: str = "None"
    options: Options = ()
    required: bool = False


@dataclass(frozen=True)
class Act:
    """One change of a record: the command, what its page and button are called, what the page explains, its fields."""

    command: Command[..., Any]
    title: str
    button: str
    lead: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class ActPage:
    """What _layouts/act.html reads; `version` is None for a record that is made anew."""

    form: Form[Any]
    title: str
    lead: str
    button: str
    fields: tuple[Field, ...]
    trail: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str
    version: int | None = None
    about: str = ""
    facts: tuple[tuple[str, str | None], ...] = ()
    law: tuple[LawLine, ...] = ()


def words(names: Iterable[str]) -> Options:
    """A closed list as a form offers it: each name as it is stored, and with a capital letter."""
    return tuple((each, each[:1].upper() + each[1:]) for each in names)


def act_of(acts: Mapping[K, A], name: K) -> A:
    """The act that an address names, or NotFound."""
    if name not in acts:
        raise NotFound("There is no such change of this record.")
    return acts[name]


def drawn(act: Act, choices: Mapping[str, Options]) -> tuple[Field, ...]:
    """The act's fields with their options, and marked as required where the command's body needs them."""
    needed = {each.encode_name for each in msgspec.structs.fields(act.command.body) if each.required}
    return tuple(
        replace(each, options=choices[each.choices] if each.choices else (), required=each.name in needed)
        for each in act.fields
    )


def choices_of(fields: Sequence[Field]) -> frozenset[str]:
    """The names of the lists that the fields take options from."""
    return frozenset(each.choices for each in fields if each.choices)


def joined(form: Form[Any], *names: str) -> Form[Any]:
    """The form with those of its lists as one text, for fields in which several codes are typed with commas between."""
    for name in names:
        values = form.values.get(name)
        if isinstance(values, list):
            form.values[name] = ", ".join(values)
    return form
