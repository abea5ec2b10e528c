"""What is allowed of data calls, and when an answer counts as stale."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.statute import lookup
from pipir.statute.model import Provision, Statute

RETURNS: Final = ("answer", "nil")
# The convention that says after how many days an answer is stale.
STALENESS: Final = "data-call-staleness"
OWN_OFFICE: Final = "Practice of the program office (convention)"


def staleness(statute: Statute, today: date) -> tuple[Provision, int]:
    """The convention, and the days after which an answer is stale."""
    # A clock that stands before the section was enacted judges by the first days that it could have.
    begun = statute.instruments[lookup.SECTION].enacted or today
    return statute.provision(STALENESS), lookup.number(statute, STALENESS, "days", max(today, begun))


def check_call(statute: Statute, issued_on: date, due_on: date, report_year: int | None, today: date) -> None:
    """A call is issued by today and due after that, for a report that the law asks for; Invalid names every mistake."""
    mistakes = []
    if issued_on > today:
        mistakes.append(Mistake("issued_on", f"Expected a day on or before {show_day(today)}.", issued_on.isoformat()))
    if due_on < issued_on:
        mistakes.append(Mistake("due_on", f"Expected a day on or after {show_day(issued_on)}.", due_on.isoformat()))
    years = lookup.report_years(statute)
    if report_year is not None and report_year not in years:
        mistakes.append(
            Mistake("report_year", f"Expected a year from {years[0]} to {years[-1]}, or none.", str(report_year))
        )
    if mistakes:
        raise Invalid("The call cannot stand like this.", mistakes=tuple(mistakes))


def has_addressees(offices: Sequence[int], groups: Sequence[int]) -> None:
    """A call goes to somebody, and to each once."""
    if not offices and not groups:
        expected = "Choose at least one office or group."
        raise Invalid("A call goes to at least one office or group.", mistakes=(Mistake("office_ids", expected),))
    mistakes = tuple(
        Mistake(name, "Expected each one once.")
        for name, found in (("office_ids", offices), ("group_ids", groups))
        if len(set(found)) != len(found)
    )
    if mistakes:
        raise Invalid("An addressee is named twice.", mistakes=mistakes)


def is_one_addressee(office: int | None, group: int | None) -> None:
    """An addressee is an office or a group."""
    if (office is None) == (group is None):
        expected = "Expected an office or a group; one of the two."
        raise Invalid(
            "An addressee is an office or a group.",
            mistakes=(Mistake("office_id", expected), Mistake("group_id", expected)),
        )


def may_change_call(closed_on: date | None) -> None:
    """A closed call stays as it is, and takes no answers."""
    if closed_on is not None:
        raise Refused(
            f"The call was closed on {show_day(closed_on)}.", way_out="Reopen it with a reason where more is to come."
        )


def may_return(*, office: int | None, own_office: int, is_program_office: bool, released: bool) -> None:
    """An addressee answers for their own office; the program office may answer for a group."""
    if released:
        raise Refused("This addressee was released from the call.")
    if office is None and not is_program_office:
        raise Refused(
            "For a group the program office answers.",
            citation=OWN_OFFICE,
            way_out="Give the answer to a person of the program office, who enters it.",
        )
    if office is not None and office != own_office:
        raise Refused(
            "An addressee answers for their own office; you belong to another one.",
            citation=OWN_OFFICE,
            way_out="Ask a person of that office to answer.",
        )


def may_release(returned: str | None, *, released: bool) -> None:
    """Only an addressee who has returned nothing is released, once."""
    if returned is not None:
        raise Refused("This addressee has returned something; it stays in the record.")
    if released:
        raise Refused("This addressee was released already.")


def may_close(unanswered: Sequence[str], because: str | None) -> None:
    """A call with missing returns is closed only for a reason, and with every missing addressee named."""
    if unanswered and because is None:
        raise Invalid(
            f"Nothing has come from: {', '.join(unanswered)}.",
            mistakes=(Mistake("because", f"Say why the call is closed without: {', '.join(unanswered)}."),),
        )


def may_reopen(closed_on: date | None) -> None:
    """Only a closed call is opened again."""
    if closed_on is None:
        raise Refused("The call is open; there is nothing to reopen.")


def days_past_due(due_on: date, today: date) -> int:
    """How many days the due day lies back, zero where it has not passed."""
    return max((today - due_on).days, 0)
