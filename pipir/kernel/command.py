"""A command is a verb of the program with a name, a permission and a typed body; every door runs the same one."""

import inspect
import types
import typing
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar

import msgspec

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Command(Generic[P, R]):
    """One use case; called with a WriteSession, the target's id where there is one, the body, and `version`."""

    name: str
    permission: str
    # What the termination of the section's authority does to it: the covered act that it performs (a slug of the law's
    # files), "goes on", or "records" what others have decided. Said by every command, so that no new one forgets it.
    sunset: str
    run: Callable[P, Coroutine[Any, Any, R]]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]:
        """Run inside the caller's write block."""
        return self.run(*args, **kwargs)

    @property
    def body(self) -> type[msgspec.Struct]:
        """The struct that a door parses."""
        return next(t for t in self._hints().values() if isinstance(t, type) and issubclass(t, msgspec.Struct))

    @property
    def target(self) -> str | None:
        """The name of the parameter that carries the changed record's id, or None for a creation."""
        names = [
            name for name in inspect.signature(self.run).parameters if name not in ("session", "version", "content")
        ]
        return names[0] if len(names) > 1 else None

    @property
    def versioned(self) -> bool:
        """Whether the caller must say which version it changes (If-Match)."""
        return "version" in inspect.signature(self.run).parameters

    @property
    def takes_file(self) -> bool:
        """Whether a file comes with the body."""
        return "content" in inspect.signature(self.run).parameters

    @property
    def summary(self) -> str:
        """The first line of the command's docstring."""
        return (inspect.getdoc(self.run) or self.name).splitlines()[0]

    def _hints(self) -> dict[str, Any]:
        hints = typing.get_type_hints(self.run)
        hints.pop("return", None)
        return hints


def command(
    name: str, *, permission: str, sunset: str
) -> Callable[[Callable[P, Coroutine[Any, Any, R]]], Command[P, R]]:
    """Declare a coroutine function to be the command `name`, for who holds `permission`; see Command for `sunset`."""

    def declare(run: Callable[P, Coroutine[Any, Any, R]]) -> Command[P, R]:
        return Command(name=name, permission=permission, sunset=sunset, run=run)

    return declare


def commands_of(module: types.ModuleType) -> tuple[Command[..., Any], ...]:
    """Every command declared in a module, in name order."""
    found = [value for value in vars(module).values() if isinstance(value, Command)]
    return tuple(sorted(found, key=lambda each: each.name))
