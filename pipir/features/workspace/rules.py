"""What is allowed in the workspace: pure functions."""

from pipir.features.report.rules import SEALED, State
from pipir.kernel.errors import Conflict, Refused

# Where a named figure goes, for a page that runs no script and knows no cursor.
PLACE = "{}"


def may_comment(state: State | None, year: int) -> None:
    """A section is spoken about until its report is signed: comments on what never changes help nobody."""
    if state is None:
        raise Refused(f"No report of {year} was opened.", way_out="Open the report of the year first.")
    if state in SEALED:
        raise Refused(
            f"The report of {year} is {state}; nothing of it changes any more.",
            way_out="Say what needs correcting where a new version is opened.",
        )


def may_resolve(resolved: bool) -> None:
    """A comment is resolved once."""
    if resolved:
        raise Conflict("This comment is resolved already.")


def may_reopen(resolved: bool) -> None:
    """Only what was resolved is taken up again."""
    if not resolved:
        raise Conflict("This comment is open.")


def with_figure(text: str, figure: str) -> str:
    """The text with a named figure where its first {} stands, or at its end."""
    named = f"{{{figure}}}"
    if PLACE in text:
        return text.replace(PLACE, named, 1)
    return f"{text.rstrip()} {named}" if text.strip() else named
