"""`pipir migrate` and `pipir database`: the schema, and the embedded server by itself."""

import argparse
import asyncio
import signal
import threading

from pipir.cli.installation import database, settings_of
from pipir.cli.words import say
from pipir.kernel.errors import Refused
from pipir.store.embedded import EmbeddedServer, prepare
from pipir.store.migrate import migrate as bring


def migrate(options: argparse.Namespace) -> int:
    """Bring the schema to this program's, or to the revision that is named."""
    with database(options) as addresses:
        asyncio.run(bring(addresses.owner, to=options.to))
    say("The database is at the schema of this program." if options.to == "head" else f"Now at {options.to}.")
    return 0


def alone(options: argparse.Namespace) -> int:
    """Run the embedded server until it is told to stop."""
    settings = settings_of(options)
    if not settings.embedded:
        raise Refused("DATABASE_URL names a server of its own; this command runs the embedded one.")
    with EmbeddedServer.start(settings.home, progress=say, bin_folder=settings.pg_bin) as server:
        prepare(server)
        say(f"The socket stands in {server.socket_folder}")
        say(f"The programs stand in {server.binaries.folder}")
        say("PostgreSQL runs alone. Ctrl-C stops it.")
        stop = threading.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda _number, _frame: stop.set())
        stop.wait()
    return 0
