"""Every command with its words, and by the name under which it is loaded."""

import argparse
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pipir import VERSION


def parser() -> argparse.ArgumentParser:
    """What understands the words of a command; `run` of what it gives is the name for loaded()."""
    parser = argparse.ArgumentParser(prog="pipir", description="The Partnership's system of record.")
    parser.add_argument("--version", action="version", version=f"pipir {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: str, words: str, under: Any = commands) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = under.add_parser(name, help=words, description=words)
        made.set_defaults(run=run)
        return made

    for name, run, words in (
        ("setup", "setup.setup", "Set the installation up and stop."),
        ("serve", "serve.serve", "Set the installation up and serve it."),
    ):
        each = add(name, run, words)
        kind = each.add_mutually_exclusive_group()
        kind.add_argument("--production", action="store_true", help="a production installation (a new database)")
        kind.add_argument(
            "--exercise",
            nargs="?",
            const="",
            type=lambda t: _instant(t) if t else "",
            metavar="WHEN",
            help="the exercise program, its clock started at 2028-06-15 unless WHEN is given",
        )
        kind.add_argument("--rehearse", type=_instant, metavar="WHEN", help="a rehearsal whose clock stands at WHEN")
        each.add_argument("--frozen", action="store_true", help="with --rehearse: the clock stands still")
    each.add_argument("--port", type=int, metavar="N", help="the port (8000)")
    each.add_argument("--host", metavar="ADDRESS", help="the address to listen on (127.0.0.1)")
    each.add_argument("--no-setup", action="store_true", help="serve what is set up; change neither schema nor data")
    each.add_argument("--with-worker", action="store_true", help="run jobs and reminders in this process too")

    add("work", "serve.work", "Run jobs, and send reminders by mail, until stopped.")
    add("migrate", "database.migrate", "Bring the database to this program's schema.").add_argument(
        "--to", default="head", metavar="REVISION", help="a revision to stop at or to go back to"
    )
    add("database", "database.alone", "Run the embedded PostgreSQL alone, to back it up or to restore into it.")
    _add_safekeeping(add)
    load = add("load", "load.load", "Load a program bundle: a folder of CSV files.")
    load.add_argument("folder", type=Path, metavar="DIR")
    load.add_argument("--dry-run", action="store_true", help="check everything and write nothing")
    exercise = add(
        "exercise", "exercise.exercise", "Enter the exercise program: invented projects and money, marked as such."
    )
    exercise.add_argument("--projects", type=int, default=60, metavar="N")
    exercise.add_argument("--entries", type=int, default=50_000, metavar="M")
    exercise.add_argument("--seed", type=int, default=1253, metavar="S")

    reports = commands.add_parser("report", help="The annual report.").add_subparsers(required=True, metavar="COMMAND")
    build = add("build", "report.build", "Freeze a snapshot and build the report of a year into a folder.", reports)
    build.add_argument("year", type=int)
    build.add_argument("--out", type=Path, required=True, metavar="DIR")

    add(
        "verify",
        "package.verify",
        "Check a report's package without a database: hashes, model, files byte for byte, printed figures.",
        reports,
    ).add_argument("folder", type=Path, metavar="DIR")

    traces = add("trace", "trace.show", "Each paragraph of the section with its state: what the record holds of it.")
    traces.add_argument("--json", action="store_true", help="as JSON, with the evidence")
    add(
        "sheet",
        "trace.sheet",
        "Write the compliance sheet for counsel as a PDF.",
        traces.add_subparsers(metavar="COMMAND"),
    ).add_argument("--out", type=Path, required=True, metavar="FILE.pdf")

    _add_ledger(commands, add)
    act = add("act", "act.run", "Run any command of the product; without a name, list them.")
    act.add_argument("name", nargs="?", metavar="NAME")
    act.add_argument("--json", default="-", metavar="FILE", help="the body; - reads standard input")
    act.add_argument("--id", type=int, metavar="N", help="the record that is changed")
    act.add_argument("--version", type=int, metavar="V", help="the version of it that you read")
    act.add_argument("--as", dest="as_person", metavar="PERSON", help="a person's number, name or role")

    _add_people(commands, add)
    return parser


def _add_safekeeping(add: Callable[..., argparse.ArgumentParser]) -> None:
    backup = add(
        "backup", "safekeeping.backup", "Write the whole database into a file, its checksum and its manifest beside."
    )
    backup.add_argument("--out", type=Path, required=True, metavar="FILE", help="a file that does not exist yet")
    restore = add("restore", "safekeeping.restore", "Restore a backup into an empty database, and compare the two.")
    restore.add_argument("--from", dest="file", type=Path, required=True, metavar="FILE", help="the backup")
    where = restore.add_mutually_exclusive_group(required=True)
    where.add_argument("--into", metavar="URL", help="the address of the role that owns an empty database")
    where.add_argument("--fresh", action="store_true", help="the embedded server of a new PIPIR_HOME")
    add(
        "drill",
        "safekeeping.drill",
        "Back up, restore into a scratch database, compare every table, and note how it went.",
    ).add_argument("--folder", type=Path, metavar="DIR", help="where there is room for the copy (the system's own)")


def _add_ledger(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    books = commands.add_parser("ledger", help="The ledger.").add_subparsers(required=True, metavar="COMMAND")
    balance = add(
        "trial-balance", "ledger.trial_balance", "Add the legs up by Treasury account and control account.", books
    )
    balance.add_argument("--as-of", type=_day, metavar="DAY", help="as effective on a day, such as 2027-09-30")
    verifying = add("verify", "ledger.verify", "Hold legs, sums and fingerprints against the entries.", books)
    for each in (balance, verifying):
        each.add_argument("--json", action="store_true", help="as JSON")
    importing = add(
        "import", "imports.import_file", "Check a file of entries, and post them where that is asked.", books
    )
    importing.add_argument("file", type=Path, metavar="FILE", help="a .csv or .xlsx file")
    importing.add_argument("--source", required=True, metavar="NAME", help="where it comes from: its mapping")
    importing.add_argument("--as", dest="as_person", metavar="PERSON", help="a person's number, name or role")
    wish = importing.add_mutually_exclusive_group()
    wish.add_argument(
        "--dry-run", action="store_true", help="check the file and post nothing (so it is without a word)"
    )
    wish.add_argument("--publish", action="store_true", help="post the file where every row of it is good")
    wish.add_argument("--good-rows", action="store_true", help="post the good rows and leave the rest")
    accounts = books.add_parser("accounts", help="Treasury accounts.").add_subparsers(required=True, metavar="COMMAND")
    listing = add("load", "imports.load_accounts", "Load the Treasury's list of account symbols.", accounts)
    listing.add_argument("file", type=Path, metavar="FILE", help="the list as its publisher gives it out (.csv)")
    listing.add_argument(
        "--as-of",
        type=_day,
        metavar="DAY",
        help="the list's date (the last day on which an account in it was established)",
    )


def _add_people(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    tokens = commands.add_parser("token", help="API tokens.").add_subparsers(required=True, metavar="COMMAND")
    token = add("create", "people.create_token", "Make a token for a program, acting as a person.", tokens)
    token.add_argument("--person", required=True, metavar="PERSON", help="a person's number, name or role")
    token.add_argument("--name", default="command line", help="what the token is for")
    token.add_argument("--days", type=int, default=90, help="days until it ends")

    persons = commands.add_parser("people", help="Persons.").add_subparsers(required=True, metavar="COMMAND")
    first = add("create-administrator", "people.create_administrator", "Enter an administrator.", persons)
    first.add_argument("--name", required=True)
    first.add_argument("--title", default="Administrator")
    first.add_argument("--office", default="OUSD(A&S)", help="the symbol of the office")
    first.add_argument("--office-name", default="", help="its name, where it is new")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a day such as 2027-09-30, found {text!r}") from None


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected an instant such as 2030-12-31T23:59:50-05:00, found {text!r}"
        ) from None
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError(f"the instant needs its zone, as in {text}-05:00")
    return instant.astimezone(UTC)
