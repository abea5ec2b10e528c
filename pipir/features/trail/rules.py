"""How a change is said in words."""

from typing import Any

_SHOWN = 160
# What a record is called by, the first that it has: a slug or a role where it has no name of its own.
_CALLED = ("name", "title", "number", "code", "symbol", "slug", "role")
# Columns that say nothing to a reader.
_QUIET = frozenset({"id", "version", "exercise", "audience", "steps"})
# Rows that hang on one record and name another: whoever may not see the other does not see the row.
NAMED = {"project_partner": ("participant_id", "participant")}
# Where the pages of the records stand, by kind; a kind that is not listed has no page of its own.
# Kinds whose page goes by another name than the row's number; their list leads there.
_LISTS = {"report": "/reports", "report_section": "/reports", "report_build": "/reports", "ledger_entry": "/ledger"}
_PLACES = {
    "person": "people",
    "office": "offices",
    "participant": "participants",
    "invitation_process": "participants/process",
    "disclosure_decision": "disclosure/decisions",
    "export_basis": "disclosure/export-bases",
    "security_agreement": "disclosure/agreements",
    "release": "disclosure/releases",
    "project": "projects",
    "related_effort": "related-efforts",
    "working_group": "groups",
    "meeting": "meetings",
    "treasury_account": "ledger/accounts",
    "funding_document": "ledger/funding",
    "briefing": "congress/briefings",
    "congressional_contact": "congress/contacts",
    "promise": "congress/promises",
    "data_call": "data-calls",
    "amendment": "law/amendments",
    "reading_adoption": "law/readings",
    "designation": "law/designations",
    "delegation": "law/delegations",
    "continuation_determination": "law/determinations",
}


def sentence(
    table: str, operation: str, before: dict[str, Any] | None, after: dict[str, Any] | None, count: int
) -> str:
    """One sentence for a trail row, with what the record is called: "Milestone entered: Tooling ordered"."""
    said, called = kind_of_change(table, operation, before, after, count), _name_of(after or before or {})
    return f"{said}: {called}" if called else said


def kind_of_change(
    table: str, operation: str, before: dict[str, Any] | None, after: dict[str, Any] | None, count: int
) -> str:
    """What happened, whichever record it happened to: "Milestone entered", "Milestone name changed"."""
    noun = table.replace("_", " ")
    if operation == "append":
        return f"{count:,} {noun} rows posted" if count != 1 else f"{noun.capitalize()} posted"
    if operation == "insert":
        return f"{noun.capitalize()} entered"
    if operation == "delete":
        return f"{noun.capitalize()} removed"
    names = [name.replace("_", " ") for name, _, _ in changes(before, after)]
    return f"{noun.capitalize()} {_listed(names)} changed" if names else f"{noun.capitalize()} saved without a change"


def told(
    who: str,
    table: str,
    operation: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    count: int,
    record_id: int | None,
) -> str:
    """A trail row as a whole sentence: who did what to which record."""
    noun = table.replace("_", " ")
    if operation == "append":
        return f"{who} posted {count:,} {noun} rows." if count != 1 else f"{who} posted one {noun} row."
    named = _name_of(after or before or {})
    record = f"the {noun} {named}" if named else f"the {noun} number {record_id}"
    if operation == "insert":
        return f"{who} entered {record}."
    if operation == "delete":
        return f"{who} removed {record}."
    names = [name.replace("_", " ") for name, _, _ in changes(before, after)]
    return f"{who} changed {_listed(names)} of {record}." if names else f"{who} saved {record} without a change."


def address(kind: str, record_id: int | None) -> str:
    """The address of a record's page, or nothing."""
    if kind in _LISTS:
        return _LISTS[kind]
    place = _PLACES.get(kind)
    return f"/{place}/{record_id}" if place and record_id is not None else ""


def changes(before: dict[str, Any] | None, after: dict[str, Any] | None) -> tuple[tuple[str, str, str], ...]:
    """What changed, as (column, before, after), in the order of the columns."""
    old, new = before or {}, after or {}
    return tuple(
        (name, _show(old.get(name)), _show(new.get(name)))
        for name in new
        if name not in _QUIET and old.get(name) != new.get(name)
    )


def _show(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or "nothing"
    text = str(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)


def _name_of(row: dict[str, Any]) -> str:
    """What a row is called, where it has anything to call it by."""
    return next((_show(row[key]) for key in _CALLED if row.get(key)), "")
