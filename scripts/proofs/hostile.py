"""Every hostile text in every field of every form is refused with what was typed, or stored and shown as text."""

import asyncio
import sys

import _served
import _setup

from pipir import logs
from pipir.store.embedded import EmbeddedServer, prepare
from proofs.finding import Finding, Work


def prove(work: Work) -> list[Finding]:
    sys.path.insert(0, str(_setup.CHECKOUT))
    from tests.web import hostile  # noqa: PLC0415 -- the tests stand beside the scripts, outside of their path

    logs.set_up("error")
    home = work.folder / "home"

    async def walked(server: EmbeddedServer) -> hostile.Walk:
        async with hostile.walk(server) as walking:
            await walking.find(each=2)
            work.say(f"{len(walking.found)} kinds of forms found ...")
            await walking.try_all()
        return walking

    with EmbeddedServer.start(home, durable=False) as server:
        prepare(server)
        walking = asyncio.run(walked(server))
    _served.remove(home)
    told = walking.told
    missed = sorted(walking.routes - walking.met)
    return [
        Finding(
            f"addresses that take a form, and those of which no link leads to one ({told.line()})",
            f"{len(walking.routes)}, {len(missed)}{': ' + missed[0] if missed else ''}",
            "more than 85, 0",
            len(walking.routes) > 85 and not missed,
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
