"""Set up and serve: from a bare checkout to an address in the browser."""

import argparse
import sys

import _setup


def port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"a whole number from 1 to 65535 is expected, not {text}")
    return int(text)


def parse(words: list[str]) -> argparse.Namespace:
    """Read the options; an unknown one ends with the usage and status 2."""
    parser = argparse.ArgumentParser(
        prog="scripts/run",
        allow_abbrev=False,
        description="Set everything up and serve on this machine. The data stand in var/, or where PIPIR_HOME says. "
        "Without DATABASE_URL an embedded PostgreSQL is used. Ctrl-C stops everything.",
    )
    parser.add_argument("--setup-only", action="store_true", help="stop before serving; leaves .venv/bin/pipir")
    parser.add_argument("--port", type=port, metavar="N", help="listen on this port (8000)")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--exercise", action="store_true", help="fill an exercise installation with the exercise program")
    kind.add_argument("--rehearse", metavar="WHEN", help="a rehearsal whose clock starts at WHEN (ISO 8601)")
    kind.add_argument("--production", action="store_true", help="a production installation; fixed for good")
    return parser.parse_args(words)


def main(words: list[str]) -> None:
    options = parse(words)
    _setup.set_up(tests=False)
    kind: list[str] = []
    if options.exercise:
        kind = ["--exercise"]
    elif options.rehearse:
        kind = ["--rehearse", options.rehearse]
    elif options.production:
        kind = ["--production"]
    if options.setup_only:
        _setup.exec_pipir("setup", *kind)
    # `serve` sets up as `setup` does; calling both would start everything twice.
    _setup.exec_pipir("serve", *kind, *(["--port", str(options.port)] if options.port else []), "--with-worker")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
