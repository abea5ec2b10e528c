"""`pipir setup`."""

import argparse
import asyncio

from pipir.cli.installation import database, set_up, wish_of
from pipir.cli.words import say


def setup(options: argparse.Namespace) -> int:
    """Set the installation up and stop."""
    with database(options) as addresses:
        asyncio.run(set_up(addresses, wish_of(options), say=say))
    say("The installation is set up.")
    return 0
