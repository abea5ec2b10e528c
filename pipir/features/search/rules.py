"""How a query is read, which kinds of record there are, and where the words that were found stand in a text."""

import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final, NamedTuple

from pipir.features.trail.rules import address
from pipir.kernel.errors import Invalid, Mistake

LONGEST: Final = 200
MOST_WORDS: Final = 12
PARAGRAPH: Final = "provision"
DUTY: Final = "duty"


class Kind(NamedTuple):
    """A kind of record by name, one and many, and the permission without which nothing of it is found.

    `place` is where its pages stand, if they go by another key than the record's number.
    """

    one: str
    many: str
    permission: str
    place: str = ""


# In the order in which the results of one query are shown. A further table is one line here and one call of index().
KINDS: Final[dict[str, Kind]] = {
    "project": Kind("Project", "Projects", "projects.read"),
    "participant": Kind("Participant", "Participants", "participants.read"),
    "point_of_contact": Kind("Point of contact", "Points of contact", "participants.read", "participants"),
    "agreement": Kind("Agreement", "Agreements", "agreements.read"),
    "agreement_amendment": Kind(
        "Amendment of an agreement", "Amendments of agreements", "agreements.read", "agreements"
    ),
    "working_group": Kind("Group", "Groups", "groups.read"),
    "meeting": Kind("Meeting", "Meetings", "groups.read"),
    "meeting_decision": Kind("Decision", "Decisions", "groups.read"),
    "action_item": Kind("Action item", "Action items", "groups.read"),
    "action_change": Kind("Change from an action", "Changes from actions", "groups.read", "actions"),
    DUTY: Kind("Duty", "Duties", "duties.read", "duties"),
    PARAGRAPH: Kind("Paragraph of the law", "Paragraphs of the law", "duties.read", "trace"),
    "technical_exchange": Kind("Technical exchange", "Technical exchanges", "groups.read"),
    "vulnerability": Kind("Vulnerability", "Vulnerabilities", "vulnerabilities.read"),
    "engagement": Kind("Engagement", "Engagements", "engagement.read"),
    "engagement_organization": Kind(
        "Organization of an engagement", "Organizations of engagements", "engagement.read", "engagements"
    ),
    "engagement_commitment": Kind("Commitment of an engagement", "Commitments of engagements", "engagement.read"),
    "assistance": Kind("Technical assistance", "Technical assistance", "assistance.read"),
    "milestone": Kind("Milestone", "Milestones", "projects.read", "projects"),
    "project_risk": Kind("Risk", "Risks", "projects.read"),
    "project_result": Kind("Result", "Results", "projects.read"),
    "project_article": Kind("Defense article", "Defense articles", "projects.read", "projects"),
    "funding_document": Kind("Funding document", "Funding documents", "ledger.read"),
    "ledger_entry": Kind("Ledger entry", "Ledger entries", "ledger.read"),
    "ledger_case": Kind("Case of an exception", "Cases of exceptions", "ledger.read"),
    "treasury_account": Kind("Treasury account", "Treasury accounts", "ledger.read"),
    "spend_plan": Kind("Plan or forecast", "Plans and forecasts", "ledger.read"),
    "briefing": Kind("Briefing", "Briefings", "congress.read"),
    "committee_briefing": Kind(
        "Briefing of a committee", "Briefings of committees", "congress.read", "congress/briefings"
    ),
    "briefing_question": Kind(
        "Question of a briefing", "Questions of briefings", "congress.read", "congress/briefings"
    ),
    "congressional_contact": Kind("Congressional contact", "Congressional contacts", "congress.read"),
    "promise": Kind("Promise to Congress", "Promises to Congress", "congress.read"),
    "data_call": Kind("Data call", "Data calls", "calls.read"),
    "data_call_addressee": Kind("Return to a data call", "Returns to data calls", "calls.read", "data-calls"),
    "report": Kind("Report", "Reports", "reports.read", "reports"),
    "report_section": Kind("Text of a report", "Texts of reports", "reports.read", "reports"),
    "designation": Kind("Designation", "Designations", "law.read"),
    "continuation_determination": Kind("Determination", "Determinations", "law.read"),
    "delegation": Kind("Delegation", "Delegations", "law.read"),
    "amendment": Kind("Amendment", "Amendments", "law.read"),
    "reading_adoption": Kind("Adopted reading", "Adopted readings", "law.read"),
    "related_effort": Kind("Related effort", "Related efforts", "projects.read"),
    "document": Kind("Document", "Documents", "documents.read"),
    "document_version": Kind("File of a document", "Files of documents", "documents.read", "documents"),
    "invitation_process": Kind("Process of invitation", "Process of invitation", "participants.read"),
    "disclosure_decision": Kind("Disclosure decision", "Disclosure decisions", "disclosure.read"),
    "export_basis": Kind("Export license or exemption", "Export licenses and exemptions", "disclosure.read"),
    "security_agreement": Kind("Security agreement", "Security agreements", "disclosure.read"),
    "release": Kind("Release to a country", "Releases to countries", "disclosure.read"),
    "concurrence_request": Kind("Request for coordination", "Requests for coordination", "concurrence.read"),
    "concurrence_answer": Kind("Answer in coordination", "Answers in coordination", "concurrence.read", "concurrence"),
    "concurrence_condition": Kind(
        "Condition of a concurrence", "Conditions of concurrences", "concurrence.read", "concurrence"
    ),
    "concurrence_policy": Kind("Policy of coordination", "Policies of coordination", "concurrence.read"),
    "workbook_import": Kind("Workbook", "Workbooks", "workbooks.read"),
    # Their places stand here alone, for those who may open them: the trail's readers may not.
    "import_source": Kind("Source of imports", "Sources of imports", "ledger.import", "ledger/import-sources"),
    "ledger_import": Kind("Import into the ledger", "Imports into the ledger", "ledger.import", "ledger/imports"),
    "note": Kind("Note", "Notes", "notes.read"),
    "person": Kind("Person", "People", "people.read"),
    "office": Kind("Office", "Offices", "people.read"),
    "office_name": Kind("Earlier name of an office", "Earlier names of offices", "people.read", "offices"),
}

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_ACCENT: Final = re.compile(r"[\u0300-\u036f]")
_WORD: Final = re.compile(r"[^\W_]+")
_CHUNK: Final = re.compile(r"\S+")
# How alike two words are that one may be the other misspelled; for showing only, the database finds.
_ALIKE: Final = 0.7
_AROUND: Final = 60
_SNIPPET: Final = 220
_TITLE: Final = 200


class Piece(NamedTuple):
    """A part of a text, and whether it is what was looked for."""

    text: str
    found: bool


def typed(text: str) -> str:
    """What was asked for, on one line; Invalid where no search reads it."""
    asked = " ".join(text.split())
    if len(asked) > LONGEST:
        raise Invalid(
            "The search is too long.",
            mistakes=(Mistake("q", f"Expected at most {LONGEST} characters.", f"{asked[:40]}..."),),
        )
    if len(asked.split()) > MOST_WORDS:
        raise Invalid(
            "The search is too long.",
            mistakes=(Mistake("q", f"Expected at most {MOST_WORDS} words.", f"{asked[:40]}..."),),
        )
    if _CONTROL.search(asked):
        raise Invalid("The search cannot be read.", mistakes=(Mistake("q", "Expected text without control codes."),))
    return asked


def has_words(asked: str) -> bool:
    """Whether there is anything to look for."""
    return _WORD.search(_fold(asked)) is not None


def words(asked: str) -> tuple[str, ...]:
    """The words of a query as they are compared one by one where the spelling may be wrong."""
    return tuple(word for word in map(glued, asked.split()) if word)


@lru_cache(maxsize=4096)
def vector(title: str, text: str) -> str:
    """What stands in memory as the index's own function would make it, written as PostgreSQL reads it."""
    weights = dict.fromkeys(_words(text), "B") | dict.fromkeys(_words(title), "A")
    return " ".join(f"'{word}':1{weight}" for word, weight in weights.items())


def spellings(word: str) -> tuple[str, ...]:
    """A word, and the words that it is with two neighbouring letters exchanged."""
    swapped = (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))
    return tuple(dict.fromkeys((word, *swapped)))


def glued(chunk: str) -> str:
    """Letters and digits in one piece, without accents and case: 1253(d) is 1253d."""
    return "".join(_WORD.findall(_fold(chunk)))


def href(kind: str, key: str) -> str:
    """The address of what was found."""
    place = KINDS[kind].place
    return f"/{place}/{key}" if place else address(kind, int(key))


def called(title: str) -> str:
    """A title as it is shown: with a capital, and cut where it is a text."""
    shown = title[:1].upper() + title[1:]
    return shown if len(shown) <= _TITLE else f"{shown[:_TITLE].rpartition(' ')[0] or shown[:_TITLE]} ..."


def marked(text: str, asked: str, *, similar: bool = False) -> tuple[Piece, ...]:
    """A text in pieces, those that the query found apart; with `similar` also what is spelled nearly so."""
    spans = _spans(text, asked, similar=similar)
    pieces: list[Piece] = []
    at = 0
    for start, end in spans:
        pieces += [Piece(text[at:start], False)] * (start > at) + [Piece(text[start:end], True)]
        at = end
    if at < len(text):
        pieces.append(Piece(text[at:], False))
    return tuple(pieces)


def snippet(text: str, asked: str, *, similar: bool = False) -> tuple[Piece, ...]:
    """The part of a longer text around the first words that were found, in pieces; its beginning where none stands."""
    flat = " \N{MIDDLE DOT} ".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
    spans = _spans(flat, asked, similar=similar)
    start = max(0, spans[0][0] - _AROUND) if spans else 0
    if start:
        start = flat.find(" ", start) + 1
    end = min(len(flat), start + _SNIPPET)
    if end < len(flat):
        end = max(flat.rfind(" ", start, end), start + 1)
    shown = ("... " if start else "") + flat[start:end] + (" ..." if end < len(flat) else "")
    return marked(shown, asked, similar=similar)


def _spans(text: str, asked: str, *, similar: bool) -> list[tuple[int, int]]:
    whole = [glued(chunk) for chunk in asked.split() if glued(chunk)]
    parts = [
        part
        for chunk in asked.split()
        for part in ([glued(chunk)] if any(each.isdigit() for each in chunk) else _WORD.findall(_fold(chunk)))
        if part
    ]
    spans: list[tuple[int, int]] = []
    for chunk in _CHUNK.finditer(text):
        words = list(_WORD.finditer(chunk[0]))
        if len(words) > 1 and any(glued(chunk[0]).startswith(each) for each in whole):
            # A citation keeps the bracket that its last paragraph closes with.
            end = words[-1].end() + chunk[0].startswith(")", words[-1].end())
            spans.append((chunk.start() + words[0].start(), chunk.start() + end))
            continue
        spans += [
            (chunk.start() + word.start(), chunk.start() + word.end())
            for word in words
            if any(_fold(word[0]).startswith(each) or (similar and _alike(_fold(word[0]), each)) for each in parts)
        ]
    return spans


def _words(text: str) -> set[str]:
    return {word for chunk in text.split() for word in (*_WORD.findall(_fold(chunk)), glued(chunk)) if word}


def _alike(word: str, asked: str) -> bool:
    return SequenceMatcher(None, word, asked, autojunk=False).ratio() >= _ALIKE


def _fold(text: str) -> str:
    return _ACCENT.sub("", unicodedata.normalize("NFKD", text)).lower()
