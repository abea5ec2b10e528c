"""The program lives from December 2025 to March 2031 through its own commands, and its record obeys the law."""

import asyncio
import sys

import _served
import _setup

from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer, prepare
from pipir.store.migrate import Clock, make_installation, migrate
from proofs.finding import Finding, Work

PROJECTS = 12


async def _live(work: Work, server: EmbeddedServer) -> list[Finding]:
    sys.path.insert(0, str(_setup.CHECKOUT))
    from tests.exercise.lived import live  # noqa: PLC0415 -- the tests stand outside of the scripts' path
    from tests.rehearsals import BEGIN  # noqa: PLC0415

    owner_url = server.url("pipir_owner", "pipir")
    await migrate(owner_url)
    await make_installation(owner_url, "rehearsal", Clock(BEGIN, frozen=True))
    doors = Database(server.url("pipir_app", "pipir"), size=4)
    try:
        claims = await live(doors, owner_url, projects=PROJECTS, whole=True, say=work.say)
    finally:
        await doors.close()
    return [Finding(each.what, each.found, each.expected, each.holds) for each in claims]


def prove(work: Work) -> list[Finding]:
    home = work.folder / "a rehearsal"
    # A clock only moves later: a run that was stopped begins anew.
    _served.remove(home)
    with EmbeddedServer.start(home, durable=False) as server:
        prepare(server)
        findings = asyncio.run(_live(work, server))
    _served.remove(home)
    return findings
