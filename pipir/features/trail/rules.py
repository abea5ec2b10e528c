"""How a change is said in words."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from pipir.kernel.access import ROLE_TITLES
from pipir.kernel.calendar import show_day

_SHOWN = 160
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
# What a record is called by, the first that it has: a slug or a role where it has no name of its own.
_CALLED: Final = (
    "name",
    "title",
    "indicator",
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
    "concurrence_request": "coordination request",
    "concurrence_round": "round",
    "concurrence_asked": "asked office",
    "concurrence_answer": "answer",
    "concurrence_condition": "condition",
    "concurrence_escalation": "escalation",
    "concurrence_send_back": "send-back",
    "concurrence_policy": "coordination policy",
    "concurrence_policy_office": "office of a policy",
    "person_office": "membership of an office",
    "role_assignment": "role",
    "document_version": "version",
    "agreement_party": "party to an agreement",
    "agreement_step": "step of an agreement",
    "agreement_paper": "paper of an agreement",
    "certification_item": "item of the certification",
    "agreement_notice": "notice of an agreement",
    "agreement_amendment": "amendment of an agreement",
    "amendment_change": "proposed change",
    "agreement_share": "share in an agreement",
    "exchange_disclosure": "disclosure of an exchange",
    "engagement_organization": "organization of an engagement",
    "engagement_commitment": "commitment of an engagement",
    "assistance_condition": "condition of assistance",
    "assistance_unit": "unit of assistance",
    "vulnerability_step": "step of a vulnerability",
    "vulnerability_project": "project that addresses a vulnerability",
    "project_article": "defense article",
    "project_risk": "risk",
    "risk_assessment": "judgment of a risk",
    "project_result": "result",
    "result_actual": "value of a result",
    "group_member": "membership in a group",
    "agenda_item": "point of the agenda",
    "meeting_decision": "decision",
    "action_change": "change from an action",
    "workbook_import": "workbook",
    "workbook_change": "change of a workbook",
    "spend_plan": "spend plan",
    "spend_plan_line": "month of a spend plan",
    "submitted_budget": "submitted budget",
    "treasury_list": "Treasury list",
    "treasury_symbol": "listed account",
    "reconciled_month": "signed month",
    "official_source": "source of official accounting",
    "official_extract": "extract of official accounting",
    "official_line": "line of an extract",
    "reconciliation_item": "difference",
    "obligation_review": "review of obligations",
    "review_item": "obligation of a review",
    "ledger_case": "case",
    "case_step": "step of a case",
    "import_source": "source of imports",
    "report_section": "section of a report",
    "section_comment": "comment on a section",
    "ledger_import": "import",
    "report_point": "point of a report",
}
# What is called by several things that its row names, each by its column; in words as they stand between.
_COMPOSED: Final = {
    "participant_standing": "“{value}” of {participant_id}",
    "concurrence_round": "{number} of {request_id}",
    "concurrence_asked": "{office_id} ({role}) about {request_id}",
    "concurrence_answer": "“{answer}” about {request_id}",
    "concurrence_escalation": "{request_id}",
    "concurrence_send_back": "{request_id}",
    "concurrence_policy_office": "{office_id} ({role}), {policy_id}",
    "person_office": "{person_id}, {office_id}",
    "role_assignment": "{role} of {person_id}",
    "document_version": "{number} of {document_id}",
    "workbook_import": "{filename}",
    "ledger_import": "{file_name}",
    "workbook_change": "{kind} of {project_id}",
    "absence": "{person_id}, for whom {stand_in_id} stands in",
    "mail_preference": "of {person_id}",
    "vulnerability_step": "{what} {value} of {vulnerability_id}",
    "vulnerability_project": "{project_id} for {vulnerability_id}",
    "exchange_disclosure": "{decision_id} for {exchange_id}",
    "assistance_condition": "{condition} of {assistance_id}",
    "agreement_party": "{participant_id}, {agreement_id}",
    "agreement_step": "“{state}” of {agreement_id}",
    "legal_determination": "“{character}” of {agreement_id}",
    "agreement_paper": "{kind} of {agreement_id}",
    "certification_item": "{item} of {agreement_id}",
    "agreement_notice": "{what} of {agreement_id} to {addressee}",
    "amendment_change": "in an amendment of {agreement_id}",
    "agreement_share": "{kind} ({stage}) in {agreement_id}",
    "risk_assessment": "{risk_id}",
    "result_actual": "{value} of {result_id}",
    "spend_plan": "{kind} {number} of {funding_document_id}",
    "spend_plan_line": "{month}",
    "submitted_budget": "of fiscal year {fiscal_year}",
    "treasury_list": "of {as_of}",
    "reconciled_month": "{month_on} with {source_name}",
    "official_extract": "{filename}",
    "reconciliation_item": "{document_number} ({stage})",
    "review_item": "{obligation_id}",
    "case_step": "“{state}” of {case_id}",
    "section_comment": "“{text}”",
}
# How a row came, where "entered" is not the word for it: as a heading says it, and as what somebody did.
_CAME: Final = {
    "sign_in": ("Sign-in entered", "signed in"),
    "concurrence_request": ("Coordination asked for", "asked for coordination on"),
    "concurrence_round": ("Round opened", "opened round"),
    "concurrence_asked": ("Office asked", "asked"),
    "concurrence_answer": ("Answer given", "answered"),
    "concurrence_condition": ("Condition set", "set the condition"),
    "concurrence_escalation": ("Escalated", "escalated the non-concurrence about"),
    "concurrence_send_back": ("Sent back", "sent back"),
    "participant_standing": ("Step recorded", "recorded the step"),
    "role_assignment": ("Role given", "gave the role"),
    "document_version": ("Version stored", "stored version"),
    "risk_assessment": ("Risk judged", "judged the risk"),
    "section_comment": ("Comment made", "made"),
    "result_actual": ("Value recorded", "recorded the value"),
}
_WORDS = {
    "because": "reason",
    "rung_on": "day of the reminder",
    "reader_kind": "kind of reader",
    "made_at": "time of making",
    "cost_labor": "cost of labor",
    "cost_expenses": "cost of expenses",
    "rows_sha256": "fingerprint of the rows",
    "rows_form": "form of the rows in the fingerprint",
    "was": "state before",
    "on_day": "day",
    "text_no": "number of the text",
    "psc": "product or service code",
    "nsn": "stock number",
    "usml": "tag of the Munitions List",
    "eccn": "export control classification number",
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
    "agreement_party": ("participant_id", "participant"),
    "agreement_share": ("participant_id", "participant"),
    "vulnerability_project": ("project_id", "project"),
    "exchange_disclosure": ("decision_id", "disclosure_decision"),
    "group_member": ("participant_id", "participant"),
    "attendance": ("participant_id", "participant"),
    "workbook_change": ("project_id", "project"),
    "report_point": ("project_id", "project"),
    "review_item": ("project_id", "project"),
    "reconciliation_item": ("extract_id", "official_extract"),
}
# The second record that a row names.
ALSO_NAMED = {"reconciliation_item": ("project_id", "project")}
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
    "agreement": "agreements",
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
    "meeting_decision": "decisions",
    "treasury_account": "ledger/accounts",
    "funding_document": "ledger/funding",
    "ledger_entry": "ledger/entries",
    "spend_plan": "ledger/plans",
    "ledger_case": "ledger/cases",
    "official_source": "ledger/reconciliation/sources",
    "official_extract": "ledger/reconciliation/extracts",
    "reconciliation_item": "ledger/reconciliation/differences",
    "obligation_review": "ledger/reviews",
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
    "workbook_import": "workbooks",
    # Pages that go by another name than the row's number: the index of search knows it and leads there.
    "duty": "records/duty",
    "report": "records/report",
    "milestone": "records/milestone",
    "project_article": "records/project_article",
    "project_risk": "risks",
    "project_result": "results",
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
    said, called = kind_of_change(table, operation, before, after, count), _called(table, after or before or {}, named)
    return f"{said}: {called.removeprefix('of ')}" if called else said


def kind_of_change(
    table: str, operation: str, before: dict[str, Any] | None, after: dict[str, Any] | None, count: int
) -> str:
    """What happened, whichever record it happened to: "Milestone entered", "Milestone name changed"."""
    noun = noun_of(table)
    if operation == "append":
        return f"{count:,} {noun} rows posted" if count != 1 else f"{noun.capitalize()} posted"
    if operation == "insert":
        return _CAME[table][0] if table in _CAME else f"{noun.capitalize()} entered"
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
    called = _called(table, after or before or {}, named)
    record = f"the {noun} {called}" if called else f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
    if operation == "insert" and table in _CAME and (called or table == "sign_in"):
        return _ended(f"{who} {_CAME[table][1]} {'' if table == 'sign_in' else called}".rstrip())
    if operation == "insert":
        return _ended(f"{who} entered {record}")
    if operation == "delete":
        return _ended(f"{who} removed {record}")
    names = list(dict.fromkeys(words_of(name) for name, _, _ in changes(before, after)))
    return _ended(f"{who} changed {_listed(names)} of {record}") if names else f"{who} saved {record} without a change."


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


def composed(table: str, row: Mapping[str, Any], names: Mapping[tuple[str, Any], str]) -> str:
    """What a row is called by the records and values that it joins, or nothing where one of them is not to be told."""
    if table not in _COMPOSED:
        return ""
    parts = {
        column: _title(table, column, value) if (column, value) not in names else names[column, value]
        for column, value in row.items()
        if isinstance(value, (int, str))
    }
    try:
        return _COMPOSED[table].format_map(parts)
    except KeyError:
        return ""


def _title(table: str, column: str, value: Any) -> str:
    if table == "role_assignment" and column == "role":
        return ROLE_TITLES.get(value, str(value))
    if table == "amendment_change" and column == "field":
        return words_of(str(value))
    return _show(value).replace("-", " ") if column == "role" else _show(value)


def _called(table: str, row: dict[str, Any], named: str) -> str:
    return (named or name_of(row)) if table in _COMPOSED else (name_of(row) or named)


def _ended(text: str) -> str:
    """A text as a sentence: what it is called by may end with a stop of its own."""
    return text if text.endswith(".") else f"{text}."


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
