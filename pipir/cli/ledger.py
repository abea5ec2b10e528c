"""`pipir ledger trial-balance` and `pipir ledger verify`: what is asked of the ledger."""

import argparse
import sys

import msgspec

from pipir.cli.installation import with_doors
from pipir.cli.words import say
from pipir.features.ledger import queries as ledger
from pipir.kernel.money import encode_hook
from pipir.store.doors import Database
from pipir.store.migrate import Installation


def trial_balance(options: argparse.Namespace) -> int:
    """Print the trial balance; 1 where an account is out of balance."""

    async def run(db: Database, installation: Installation) -> ledger.TrialBalance:
        async with db.snapshot() as session:
            return await ledger.trial_balance(session, effective_on=options.as_of)

    found: ledger.TrialBalance = with_doors(options, run)
    if options.json:
        sys.stdout.buffer.write(msgspec.json.encode(found, enc_hook=encode_hook) + b"\n")
    else:
        for row in found.rows:
            print(f"{row.symbol:26} {row.control} {row.title:50} {row.debits!s:>22} {row.credits!s:>22}")
        print(f"{'':26} {'':4} {'Total':50} {found.debits!s:>22} {found.credits!s:>22}")
        print(f"{found.statement.source_system}; {found.statement.reconciled}.")
    for symbol in found.unbalanced:
        say(f"Account {symbol}: its debits and credits differ.")
    return 1 if found.unbalanced else 0


def verify(options: argparse.Namespace) -> int:
    """Print what holds of the ledger; 1 where something does not."""

    async def run(db: Database, installation: Installation) -> ledger.Verification:
        async with db.snapshot() as session, db.beside(session) as another:
            return await ledger.verify(session, another, told=lambda name: say(f"{name} ..."))

    found: ledger.Verification = with_doors(options, run)
    if options.json:
        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
        return 0 if found.holds else 1
    for each in found.checks:
        print(f"{'holds' if each.wrong == 0 else 'WRONG':6} {each.name}: {each.rows:,} looked at, {each.wrong:,} wrong")
        if each.examples:
            print(f"       such as {', '.join(each.examples)}")
    return 0 if found.holds else 1
