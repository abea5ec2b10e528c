"""What the pages of coordination share: the choices of their fields, and the forms that people type a request in."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import msgspec

from pipir.features.concurrence import commands, rules
from pipir.features.people.queries import list_people, office_choices
from pipir.kernel.access import PERMISSIONS
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.ids import RecordNumber
from pipir.kernel.paging import LARGEST_LIMIT
from pipir.kernel.parsing import parse
from pipir.kernel.text import Line, Prose, Reason
from pipir.statute.load import the_statute
from pipir.store.doors import ReadSession
from pipir.web.acts import Field, Options, words

ROLE_NAMES: Final[Mapping[str, str]] = {
    "concur": "Concur",
    "coordinate": "Coordinate",
    "consult": "Consult",
    "be-notified": "Be notified",
}
OFFICES: Final = (
    Field("concur", "Offices that concur", "checks", "Without their concurrence the act waits.", choices="offices"),
    Field(
        "coordinate",
        "Offices that coordinate",
        "checks",
        "They are heard until the due day; a non-concurrence goes to the decision maker and is no veto.",
        choices="offices",
    ),
    Field("consult", "Offices that are consulted", "checks", "Their advice holds nothing up.", choices="offices"),
    Field("notify", "Offices that are notified", "checks", "They acknowledge.", choices="offices"),
)
ANSWER: Final = (
    Field("answer", "Answer", "select", choices="answers", required=True),
    Field("comment", "Comment", "area", "Needed with a comment and with a non-concurrence."),
    Field("conditions", "Conditions", "area", "One a line; only with a concurrence with conditions."),
    Field("condition_office_id", "Office that owes the conditions", "select", choices="offices"),
    Field("condition_person_id", "Or the person who does", "select", choices="people"),
    Field("condition_due_on", "Conditions due on", "date"),
)


class TypedValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value as it is typed: one "field: text" a line."""

    after: Prose = ""
    before: Prose = ""


class TypedAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer as it is typed: conditions one a line, with one owner and one day."""

    answer: rules.AnswerKind
    comment: Reason | None = None
    conditions: Prose = ""
    condition_office_id: RecordNumber | None = None
    condition_person_id: RecordNumber | None = None
    condition_due_on: date | None = None


class TypedAnswers(TypedAnswer, frozen=True, forbid_unknown_fields=True):
    """The same answer to several requests."""

    asked_ids: list[RecordNumber] = []


class TypedPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy as it is typed: fields of low risk one a line."""

    act: Line
    title: Line
    citation: Line
    since: date
    until: date | None = None
    concur: list[RecordNumber] = []
    coordinate: list[RecordNumber] = []
    consult: list[RecordNumber] = []
    notify: list[RecordNumber] = []
    low_risk: Prose = ""


def answer_of(typed: TypedAnswer) -> commands.Answer:
    """The answer that was typed, or Invalid with every mistake by the form's fields."""
    titles = [line.strip() for line in typed.conditions.split("\n") if line.strip()]
    mistakes = []
    if titles and typed.condition_due_on is None:
        mistakes.append(Mistake("condition_due_on", "Expected the day by which the conditions are met."))
    if titles and (typed.condition_office_id is None) == (typed.condition_person_id is None):
        expected = "Expected an office or a person who owes the conditions; one of the two."
        mistakes.append(Mistake("condition_office_id", expected))
    mistakes += [
        Mistake("conditions", "Expected at most 200 characters a line.", title[:60])
        for title in titles
        if len(title) > 200
    ]
    if mistakes:
        raise Invalid("The conditions need correcting.", mistakes=tuple(mistakes))
    return parse(
        commands.Answer,
        {
            "answer": typed.answer,
            "comment": typed.comment,
            "conditions": [
                {
                    "title": title,
                    "due_on": typed.condition_due_on.isoformat() if typed.condition_due_on else None,
                    "owner_office_id": typed.condition_office_id,
                    "owner_person_id": typed.condition_person_id,
                }
                for title in titles
            ],
        },
    )


async def choices(session: ReadSession) -> dict[str, Options]:
    """Every list that a form of coordination takes options from."""
    offices = await office_choices(session)
    people = (await list_people(session, limit=LARGEST_LIMIT)).items
    deciding = {role for role, held in PERMISSIONS.items() if "concurrence.decide" in held}
    laws = rules.law_with_roles(the_statute())
    return {
        "offices": offices,
        "people": tuple((str(each.id), f"{each.name}, {each.office}") for each in people),
        "deciders": tuple(
            (str(each.id), f"{each.name}, {each.title}") for each in people if deciding & set(each.roles)
        ),
        "acts": tuple((each.slug, each.title) for each in rules.ACTS.values()),
        "laws": tuple(
            (each.slug, f"{each.short_citation}: {', '.join(f'{who.office} {who.role}' for who in each.office)}")
            for each in laws
        ),
        "answers": words(rules.ANSWERS),
        "decisions": words(rules.DECISIONS),
        "reasons": tuple((each.slug, each.title) for each in rules.REASONS.values()),
    }


def filled_offices(offices: Any) -> dict[str, str | list[str]]:
    """The checks of a form for offices that have a role already."""
    found: dict[str, str | list[str]] = {}
    for role in rules.ROLES:
        found[rules.field_of(role)] = [str(each.office_id) for each in offices if each.role == role]
    return found
