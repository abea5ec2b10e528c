"""How a change is said in words."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from pipir.kernel.calendar import show_day

_SHOWN = 160
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
# What a record is called by, the first that it has: a slug or a role where it has no name of its own.
_CALLED: Final = (
    "name",
    "title",
    "number",
    "code",
    "symbol",
    "slug",
    "role",
    "subject_title",
    "subject",
    "official",
    "function",
    "citation",
    "reading",
    "question",
    "element",
    "year",
    "file_name",
)
_NOUNS = {
    "message": "mail",
    "sign_in": "sign-in",
    "api_token": "token",
    "mail_preference": "mail preferences",
    "backup_run": "run of a backup",
    "data_call_addressee": "addressee of a data call",
    "committee_briefing": "briefing of a committee",
    "briefing_question": "question of a briefing",
    "participant_standing": "step of a standing",
    "point_of_contact": "point of contact",
    "exchange_disclosure": "disclosure of an exchange",
    "engagement_organization": "organization of an engagement",
    "engagement_commitment": "commitment of an engagement",
    "assistance_condition": "condition of assistance",
    "assistance_unit": "unit of assistance",
    "vulnerability_step": "step of a vulnerability",
    "vulnerability_project": "project that addresses a vulnerability",
}
_WORDS = {
    "because": "reason",
    "rung_on": "day of the reminder",
    "reader_kind": "kind of reader",
    "made_at": "time of making",
    "cost_labor": "cost of labor",
    "cost_expenses": "cost of expenses",
    "rows_sha256": "fingerprint of the rows",
}
# How the end of a column's name is said; what names a record is said without its number.
_ENDINGS = (
    ("_person_id", ""),
    ("_office_id", " office"),
    ("_id", ""),
    ("_because", " reason"),
    ("_on", " day"),
    ("_at", " time"),
)
# Columns that say nothing to a reader.
_QUIET = frozenset({"id", "version", "exercise", "audience", "steps"})
# Rows that hang on one record and name another: whoever may not see the other does not see the row.
NAMED = {
    "project_partner": ("participant_id", "participant"),
    "vulnerability_project": ("project_id", "project"),
    "exchange_disclosure": ("decision_id", "disclosure_decision"),
}
# Where the pages of the records stand, by kind; a kind that is not listed has no page of its own.
# Where a kind's list stands, for changes of no one row of it.
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
    "vulnerability": "vulnerabilities",
    "technical_exchange": "exchanges",
    "engagement": "engagements",
    "engagement_commitment": "commitments",
    "assistance": "assistance",
    "working_group": "groups",
    "meeting": "meetings",
    "action_item": "actions",
    "treasury_account": "ledger/accounts",
    "funding_document": "ledger/funding",
    "ledger_entry": "ledger/entries",
    "briefing": "congress/briefings",
    "congressional_contact": "congress/contacts",
    "promise": "congress/promises",
    "data_call": "data-calls",
    "concurrence_request": "concurrence",
    "concurrence_policy": "concurrence/policies",
    "amendment": "law/amendments",
    "reading_adoption": "law/readings",
    "designation": "law/designations",
    "delegation": "law/delegations",
    "continuation_determination": "law/determinations",
    "document": "documents",
    "spillage": "documents/spillage",
    "note": "notes",
    # Pages that go by another name than the row's number: the index of search knows it and leads there.
    "duty": "records/duty",
    "report": "records/report",
    "milestone": "records/milestone",
}
# Every kind of record that has a page of its own.
KINDS: Final = tuple(_PLACES)


def sentence(
    table: str,
    operation: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    count: int,
    named: str = "",
) -> str:
    """One sentence for a trail row, with what the record is called: "Milestone entered: Tooling ordered".

    `named` is what to call a record that has no name of its own: by the records that it joins.
    """
    said, called = kind_of_change(table, operation, before, after, count), name_of(after or before or {}) or named
    return f"{said}: {called}" if called else said


def kind_of_change(
    table: str, operation: str, before: dict[str, Any] | None, after: dict[str, Any] | None, count: int
) -> str:
    """What happened, whichever record it happened to: "Milestone entered", "Milestone name changed"."""
    noun = noun_of(table)
    if operation == "append":
        return f"{count:,} {noun} rows posted" if count != 1 else f"{noun.capitalize()} posted"
    if operation == "insert":
        return f"{noun.capitalize()} entered"
    if operation == "delete":
        return f"{noun.capitalize()} removed"
    names = list(dict.fromkeys(words_of(name) for name, _, _ in changes(before, after)))
    return f"{noun.capitalize()} {_listed(names)} changed" if names else f"{noun.capitalize()} saved without a change"


def told(
    who: str,
    table: str,
    operation: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    count: int,
    named: str = "",
) -> str:
    """A trail row as a whole sentence: who did what to which record, by names alone."""
    noun = noun_of(table)
    if operation == "append":
        return f"{who} posted {count:,} {noun} rows." if count != 1 else f"{who} posted one {noun} row."
    called = name_of(after or before or {}) or named
    record = f"the {noun} {called}" if called else f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
    if operation == "insert":
        return f"{who} signed in." if table == "sign_in" else f"{who} entered {record}."
    if operation == "delete":
        return f"{who} removed {record}."
    names = list(dict.fromkeys(words_of(name) for name, _, _ in changes(before, after)))
    return f"{who} changed {_listed(names)} of {record}." if names else f"{who} saved {record} without a change."


def noun_of(table: str) -> str:
    """What a row of a table is called: in most cases as its table is."""
    return _NOUNS.get(table, table.replace("_", " "))


def words_of(column: str) -> str:
    """A column in words: "due_on" is the due day, "owner_person_id" the owner."""
    if column in _WORDS:
        return _WORDS[column]
    for ending, after in _ENDINGS:
        if column.endswith(ending) and column != ending:
            return f"{column.removesuffix(ending).replace('_', ' ')}{after}"
    return column.replace("_", " ")


def address(kind: str, record_id: int | None) -> str:
    """The address of a record's page, or nothing."""
    place = _PLACES.get(kind)
    return f"/{place}/{record_id}" if place and record_id is not None else _LISTS.get(kind, "")


def changes(
    before: dict[str, Any] | None, after: dict[str, Any] | None, names: Mapping[tuple[str, Any], str] | None = None
) -> tuple[tuple[str, str, str], ...]:
    """What changed, as (column, before, after), by columns; `names` has what a record is called by (column, number)."""
    old, new = before or {}, after or {}
    known = names or {}

    def shown(column: str, value: Any) -> str:
        named = known.get((column, value)) if isinstance(value, int) else None
        return named if named is not None else _show(value)

    return tuple(
        (name, shown(name, old.get(name)), shown(name, new.get(name)))
        for name in new
        if name not in _QUIET and old.get(name) != new.get(name)
    )


def name_of(row: dict[str, Any]) -> str:
    """What a row is called, where it has anything to call it by."""
    return next((_show(row[key]) for key in _CALLED if row.get(key)), "")


def _show(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_show(each) for each in value) or "nothing"
    if isinstance(value, dict):
        return " ".join(_show(each) for each in value.values())
    text = str(value)
    if _DAY.fullmatch(text):
        return show_day(date.fromisoformat(text))
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
