"""The `pipir` command: sets an installation up, serves it, and runs every command of the product.

The parser knows every command by name alone; the module of this folder that holds one is loaded when it is called.
"""

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module

from pipir.cli.parser import parser
from pipir.cli.words import say
from pipir.kernel.errors import Problem
from pipir.statute.load import load_statute
from pipir.statute.model import StatuteError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exit 0 where it was done, 1 where the answer is no, 2 where it was not understood."""
    options = parser().parse_args(arguments)
    try:
        load_statute()
        code = loaded(options.run)(options)
    except StatuteError as wrong:
        _complain("The law's files cannot be read:", *(str(each) for each in wrong.mistakes))
        code = 1
    except Problem as problem:
        _complain(problem.detail, *_more(problem))
        code = 1
    except KeyboardInterrupt:
        code = 130
    # What is left goes with the process: it need not be looked through for what could go.
    gc.freeze()
    sys.exit(code)


def loaded(name: str) -> Callable[..., int]:
    """What runs a command, by the name that the parser has for it: `report.build` is `build` of `pipir.cli.report`."""
    module, _, function = name.partition(".")
    # Nothing of what is loaded is ever let go: to look it through again and again takes a fifth of the loading.
    gc.disable()
    run: Callable[..., int] = getattr(import_module(f"pipir.cli.{module}"), function)
    gc.freeze()
    gc.enable()
    return run


def _complain(first: str, *rest: str) -> None:
    for line in (first, *rest):
        say(line)


def _more(problem: Problem) -> Iterator[str]:
    for mistake in problem.mistakes:
        yield f"  {mistake}"
    if problem.citation:
        yield f"The rule: {problem.citation}"
    if problem.way_out:
        yield problem.way_out
