"""What every change must pass before its tests are worth running."""

import subprocess
import sys
import time

import _setup

BIN = _setup.VENV / "bin"
STEPS: tuple[tuple[str, list[str]], ...] = (
    ("style", [str(BIN / "ruff"), "check", "."]),
    ("layout", [str(BIN / "ruff"), "format", "--check", "."]),
    ("types", [str(BIN / "mypy")]),
    ("floors", [str(BIN / "lint-imports")]),
    ("migrations and the OpenAPI golden copy", [str(_setup.PYTHON), "-m", "pytest", "tests/checks", "-q"]),
)


def main(words: list[str]) -> int:
    if words:
        print(f"usage: scripts/check\nscripts/check takes no arguments: {' '.join(words)}", file=sys.stderr)
        return 2
    _setup.set_up(tests=True)
    failed = []
    begun = time.monotonic()
    for name, command in STEPS:
        started = time.monotonic()
        pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "cwd": _setup.CHECKOUT}
        with _setup.child(command, **pipe) as process:
            said, _ = process.communicate()
        holds = process.returncode == 0
        _setup.say(f"{'ok' if holds else 'NO':<4}{name} ({time.monotonic() - started:.1f} s)")
        if not holds:
            failed.append(name)
            _setup.say(said.rstrip())
    took = time.monotonic() - begun
    _setup.say(f"Failed: {', '.join(failed)}." if failed else f"All {len(STEPS)} checks hold ({took:.0f} s).")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
