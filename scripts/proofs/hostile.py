"""Every hostile text in every field of every form is refused with what was typed, or stored and shown as text."""

import asyncio
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import _served
import _setup

from pipir import logs
from pipir.store.embedded import EmbeddedServer, prepare
from proofs.finding import Finding, Work

# Each part walks over a record of its own, and tries every form that the others leave.
_PARTS = 2


@dataclass(frozen=True)
class _Share:
    routes: frozenset[str]
    missed: frozenset[str]
    told: Any


def _walked(home: Path, part: int) -> _Share:
    sys.path.insert(0, str(_setup.CHECKOUT))
    from tests.web import hostile  # noqa: PLC0415 -- the tests stand beside the scripts, outside of their path

    logs.set_up("error")

    async def walked(server: EmbeddedServer) -> _Share:
        async with hostile.walk(server) as walking:
            await walking.find(each=2)
            await walking.try_all(part=part, of=_PARTS)
        return _Share(frozenset(walking.routes), frozenset(walking.routes - walking.met), walking.told)

    with EmbeddedServer.start(home, durable=False) as server:
        prepare(server)
        return asyncio.run(walked(server))


def prove(work: Work) -> list[Finding]:
    sys.path.insert(0, str(_setup.CHECKOUT))
    from tests.web import hostile  # noqa: PLC0415 -- the tests stand beside the scripts, outside of their path

    homes = [work.folder / f"home-{part}" for part in range(_PARTS)]
    with ProcessPoolExecutor(_PARTS, mp_context=get_context("spawn")) as pool:
        shares = list(pool.map(_walked, homes, range(_PARTS)))
    for home in homes:
        _served.remove(home)
    told = hostile.Told.joined([each.told for each in shares])
    routes, missed = shares[0].routes, sorted(shares[0].missed)
    return [
        Finding(
            f"addresses that take a form, and those of which no link leads to one ({told.line()})",
            f"{len(routes)}, {len(missed)}{': ' + missed[0] if missed else ''}",
            "more than 85, 0",
            len(routes) > 85 and not missed,
        ),
        Finding(
            f"answers to {len(hostile.TEXTS)} hostile texts in each field that is typed into, and to "
            f"{len(hostile.NO_CHOICE)} of them in every other, that were an error of the server, lost what was typed, "
            "or showed or filed it as anything but text",
            f"{len(told.wrong)} of {told.posts:,}{': ' + told.wrong[0][:160] if told.wrong else ''}",
            "0 of more than 9,000",
            told.posts > 9_000 and not told.wrong,
        ),
        Finding(
            "hostile posts that were stored, and shown again at once",
            f"{told.stored:,}, {told.shown:,}",
            "more than 1,200, more than 900",
            told.stored > 1_200 and told.shown > 900,
        ),
    ]
