"""Measure the product's speeds on this machine and print them as a list of name, value and unit."""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import _load
import _setup

RUNS = 5
SECONDS = 5.0
CLIENTS = 8
# The ledger under the large reports: a quarter of an hour to post, so only where the report is asked for by its name.
ENTRIES = 10_000_000
# A route with nothing behind it, served as ours is: what the framework and the load loop cost by themselves.
_BARE = """
import sys
import uvicorn
from litestar import Litestar, get

@get("/")
async def bare() -> dict[str, str]:
    return {"status": "bare"}

app = Litestar([bare], openapi_config=None, logging_config=None)
uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", lifespan="off", log_config=None,
            access_log=False, server_header=False)
"""


@dataclass(frozen=True)
class Measure:
    """One measured speed."""

    name: str
    value: float | None
    unit: str


def start(folder: Path) -> list[Measure]:
    """Measure the second start of `pipir serve --with-worker` to the served sign-in page: the median."""
    import _served  # noqa: PLC0415 -- of the environment's packages

    home = folder / "start"
    _served.must(_served.pipir(home, "setup"))
    times = []
    for _ in range(RUNS):
        service = _served.Served(home, _served.free_port(), folder / "said")
        begun = time.monotonic()
        service.start("--with-worker")
        while _served.sign_in_page(service.port) != 200:
            time.sleep(0.01)
        times.append(time.monotonic() - begun)
        service.stop()
    _served.remove(home)
    return [Measure("start_s", round(statistics.median(times), 2), "s")]


def report(folder: Path, entries: int = 0) -> list[Measure]:
    """Measure a whole build beside the PDF engine: the exercise program's, and those over a ledger of many entries."""
    import _bench_report  # noqa: PLC0415

    return _named(_bench_report.measure(folder, entries=entries))


async def _loaded(port: int, path: str, headers: dict[str, str]) -> tuple[float, float]:
    """Ask one address over and over on kept connections; return requests per second and the median in ms."""
    load = _load.Load(port, [[_load.request("GET", path, port, headers)]] * CLIENTS)
    await load.turn(1.0)
    load.times.clear()
    rate = await load.turn(SECONDS)
    return rate, statistics.median(load.times) * 1000


def web(folder: Path) -> list[Measure]:
    """Measure one process of the service under a load loop of this machine, beside a bare route in the same run."""
    import _served  # noqa: PLC0415

    home, said = folder / "web", folder / "said"
    token = _served.token(home, "program-office")
    port = _served.free_port()
    with said.open("ab") as out, _setup.child([sys.executable, "-c", _BARE, str(port)], stdout=out, stderr=out):
        end = time.monotonic() + 30
        while _served.status_of(port, "/") != 200 and time.monotonic() < end:
            time.sleep(0.05)
        bare, of_bare = asyncio.run(_loaded(port, "/", {}))
    measures = [Measure("web_bare_rps", round(bare), "requests/s"), Measure("web_bare_p50_ms", round(of_bare, 2), "ms")]
    headers = {"Authorization": f"Bearer {token}"}
    with _served.served(home, said) as service:
        for name, path in (
            ("list_page", "/projects"),
            ("detail_page", "/projects/1"),
            ("list_json", "/api/v1/projects"),
            ("detail_json", "/api/v1/projects/1"),
        ):
            rate, middle = asyncio.run(_loaded(service.port, path, headers))
            measures += [
                Measure(f"web_{name}_rps", round(rate), "requests/s"),
                Measure(f"web_{name}_p50_ms", round(middle, 2), "ms"),
                Measure(f"web_{name}_vs_bare", round(rate / bare, 3), "ratio"),
            ]
    _served.remove(home)
    return measures


def record(folder: Path) -> list[Measure]:
    """Measure a page of 50 of 10,000 projects, filtered and sorted, beside a peer on the same rows: medians."""
    import _bench_record  # noqa: PLC0415

    medians = _bench_record.measure(folder)
    return [
        Measure("list_10k_p50_ms", round(medians["list_10k"], 2), "ms"),
        Measure("list_10k_page_p50_ms", round(medians["list_10k_page"], 2), "ms"),
        Measure("drf_list_10k_p50_ms", round(medians["drf"], 2), "ms"),
        Measure("list_vs_drf", round(medians["drf"] / medians["list_10k"], 2), "ratio"),
    ]


def ledger(folder: Path) -> list[Measure]:
    """Measure the ledger at ten million entries, its triggers and trail on: answers, drilling, writing, verifying."""
    import _bench_ledger  # noqa: PLC0415

    return [*_named(_bench_ledger.measure(folder)), *ledger_peers(folder)]


def ledger_peers(folder: Path) -> list[Measure]:
    """Measure lists and posts of the ledger over HTTP beside the peers, at 100,000 entries: rates and their ratios."""
    import _bench_peers  # noqa: PLC0415

    return _named(_bench_peers.measure(folder))


def _named(found: Mapping[str, float | None]) -> list[Measure]:
    return [Measure(name, None if value is None else round(value, 2), _unit(name)) for name, value in found.items()]


def _unit(name: str) -> str:
    for part, unit in (("_rps_", "requests/s"), ("_ms", "ms"), ("_mb", "MB"), ("_s_", "s")):
        if part in name:
            return unit
    return "ratio"


NAMES: dict[str, Callable[[Path], list[Measure]]] = {
    "start": start,
    "report": report,
    "web": web,
    "record": record,
    "ledger": ledger,
    "ledger-peers": ledger_peers,
}
# What another one measures too.
PARTS = ("ledger-peers",)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench", allow_abbrev=False, description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(NAMES), metavar="NAME", help=f"one of: {', '.join(NAMES)}")
    parser.add_argument(
        "--entries", type=int, default=ENTRIES, help="of the ledger under `report`: fewer to try it out"
    )
    parser.add_argument("--json", action="store_true", help="print the list as JSON and nothing else")
    options = parser.parse_args(words)
    _setup.set_up(tests=True)
    if Path(sys.prefix) != _setup.VENV:
        os.execv(_setup.PYTHON, [str(_setup.PYTHON), __file__, *words])
    measures: list[Measure] = []
    with tempfile.TemporaryDirectory(prefix="pipir-bench-") as scratch:
        # The account that runs the database where root may not has to pass through.
        Path(scratch).chmod(0o711)
        for name in [options.name] if options.name else [each for each in NAMES if each not in PARTS]:
            found = report(Path(scratch), options.entries) if options.name == "report" else NAMES[name](Path(scratch))
            measures += found
            if not options.json:
                for each in found:
                    value = "absent" if each.value is None else f"{each.value:,}"
                    _setup.say(f"{each.name:28} {value:>10} {each.unit}")
    if options.json:
        print(json.dumps([asdict(each) for each in measures], indent=1))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
