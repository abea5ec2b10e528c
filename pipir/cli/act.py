"""`pipir act`: any command of the product, as the JSON door takes it."""

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec

from pipir.cli.actor import person_of
from pipir.cli.installation import with_doors
from pipir.features import feature_modules
from pipir.kernel.command import Command, commands_of
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.money import encode_hook
from pipir.kernel.parsing import parse
from pipir.store.doors import Database
from pipir.store.migrate import Installation


def run(options: argparse.Namespace) -> int:
    """Run a command as a person; without a name list them all."""
    known = known_commands()
    if options.name is None:
        for name, each in sorted(known.items()):
            need = ", ".join(
                part for part in ("--id" if each.target else "", "--version" if each.versioned else "") if part
            )
            print(f"{name:34} {each.summary}{f' (needs {need})' if need else ''}")
        return 0
    chosen = known.get(options.name)
    if chosen is None:
        raise NotFound(f"There is no command {options.name!r}; `pipir act` alone lists them.")
    body = parse(chosen.body, _read_json(options.json))
    arguments, named = _arguments(chosen, options)

    async def whole(db: Database, installation: Installation) -> Any:
        actor = await person_of(db, options.as_person, needs=chosen.permission, installation=installation)
        return await act(db, actor, chosen, *arguments, body, **named)

    result = with_doors(options, whole)
    sys.stdout.buffer.write(
        msgspec.json.encode({"command": chosen.name, "result": result}, enc_hook=encode_hook) + b"\n"
    )
    return 0


def known_commands() -> dict[str, Command[..., Any]]:
    """Every command of the product by its name, without those that a file comes with: the JSON door takes these."""
    every = (each for module in feature_modules("commands") for each in commands_of(module))
    return {each.name: each for each in every if not each.takes_file}


async def act(db: Database, actor: int, chosen: Command[..., Any], *arguments: Any, **named: int) -> Any:
    """Run one command as a person, in a transaction of its own."""
    async with db.write(actor=actor, command=chosen.name) as session:
        return await chosen(session, *arguments, **named)


def _arguments(chosen: Command[..., Any], options: argparse.Namespace) -> tuple[tuple[int, ...], dict[str, int]]:
    mistakes = []
    if (chosen.target is None) != (options.id is None):
        expected = (
            f"Expected the number of the record ({chosen.target})." if chosen.target else "This command takes no --id."
        )
        mistakes.append(Mistake("--id", expected))
    if chosen.versioned != (options.version is not None):
        expected = "Expected the version that you read." if chosen.versioned else "This command takes no --version."
        mistakes.append(Mistake("--version", expected))
    if mistakes:
        raise Invalid(f"The command {chosen.name} was not called right.", mistakes=tuple(mistakes))
    return (
        () if options.id is None else (options.id,),
        {} if options.version is None else {"version": options.version},
    )


def _read_json(path: str) -> object:
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return msgspec.json.decode(raw)
    except OSError as wrong:
        raise NotFound(f"The file {path} cannot be read: {wrong.strerror}.") from wrong
    except (msgspec.DecodeError, RecursionError) as wrong:
        raise Invalid(f"The file {path} is not well-formed JSON.", mistakes=(Mistake(path, str(wrong)),)) from wrong
