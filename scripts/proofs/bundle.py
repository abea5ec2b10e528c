"""A bundle full of planted mistakes is refused by the command with every one of them named, and writes nothing."""

import re
import shutil
import sys
import time
from pathlib import Path

import _served
import _setup

from pipir.load import PUBLIC_RECORD
from pipir.store.embedded import EmbeddedServer
from proofs.finding import Finding, Work


def _contents(home: Path) -> str:
    """Return how many rows each table of the home holds, the trail among them."""
    with EmbeddedServer.start(home) as server:
        tables = server.psql("select relname from pg_stat_user_tables where schemaname = 'public'", database="pipir")
        counts = [f"select '{name}', count(*) from {name};" for name in sorted(tables.split())]
        return server.psql("\n".join(counts), database="pipir")


def prove(work: Work) -> list[Finding]:
    sys.path.insert(0, str(_setup.CHECKOUT))
    from tests.test_load import plant  # noqa: PLC0415 -- the tests stand beside the scripts, outside of their path

    home = work.folder / "home"
    planted = work.folder / "planted"
    shutil.rmtree(planted, ignore_errors=True)
    shutil.copytree(PUBLIC_RECORD, planted)
    expected = plant(planted)
    _served.must(_served.pipir(home, "setup"))
    before = _contents(home)
    started = time.monotonic()
    refused = _served.pipir(home, "load", str(planted))
    seconds = time.monotonic() - started
    after = _contents(home)
    places = re.findall(r"^  (\S+\.csv:\d+(?::\d+)?(?: \(\w+\))?)", refused.stderr, re.MULTILINE)
    sound = _served.pipir(home, "load", str(PUBLIC_RECORD))
    again = re.findall(r"(\d+) added, (\d+) changed", sound.stderr)
    _served.remove(home)
    missing = sorted(set(expected) - set(places))
    return [
        Finding(
            f"planted mistakes named by `pipir load`, each with file, line and column ({seconds:.1f} s)",
            f"{len(set(expected) & set(places))} of {len(expected)}{'; not ' + missing[0] if missing else ''}",
            "all, and no other",
            sorted(places) == sorted(expected) and len(expected) >= 40,
        ),
        Finding("exit status of the refused load", str(refused.returncode), "1", refused.returncode == 1),
        Finding("rows written by the refused load", "none" if before == after else "some", "none", before == after),
        Finding(
            "the sound record loaded once more",
            f"status {sound.returncode}, {sum(int(a) + int(b) for a, b in again)} rows added or changed",
            "status 0, 0 rows",
            sound.returncode == 0 and bool(again) and all(each == ("0", "0") for each in again),
        ),
    ]
