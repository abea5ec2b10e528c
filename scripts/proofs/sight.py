"""Each marking against each kind of reader, over everything that they can ask: no answer tells of what is hidden."""

import asyncio
import sys

import _served
import _setup

from pipir import logs
from pipir.store.embedded import EmbeddedServer, prepare
from proofs.finding import Finding, Work


def prove(work: Work) -> list[Finding]:
    sys.path.insert(0, str(_setup.CHECKOUT))
    from tests.web import sight  # noqa: PLC0415 -- the tests stand beside the scripts, outside of their path

    logs.set_up("error")
    home = work.folder / "home"

    async def looked(server: EmbeddedServer) -> sight.Seen:
        async with sight.program(server) as planted:
            for reader in sight.READERS:
                await planted.look(reader, numbers=8, pages=400)
                work.say(f"{reader}: {planted.seen.answers:,} answers so far ...")
        return planted.seen

    with EmbeddedServer.start(home, durable=False) as server:
        prepare(server)
        seen = asyncio.run(looked(server))
    _served.remove(home)
    first = f": {seen.wrong[0][:160]}" if seen.wrong else ""
    return [
        Finding(
            f"answers in which {len(sight.READERS)} readers found a word of a record that one of {len(sight.MARKINGS)} "
            "markings hides from them, or which differ where the hidden records do not exist at all",
            f"{len(seen.wrong)} of {seen.answers:,}{first}",
            "0 of more than 5,000",
            seen.answers > 5_000 and not seen.wrong,
        ),
        Finding(
            "records hidden from a reader, and those that one may see of which a word was found",
            f"{seen.hidden:,}; {seen.found:,} of {seen.visible:,}",
            "more than 1,000; more than 500",
            seen.hidden > 1_000 and seen.found > 500,
        ),
    ]
