"""The fields of the forms of one act each: memberships, what a meeting records, what an action changed."""

from typing import Final

from pipir.features.groups import commands
from pipir.web.acts import Act, Field

_WHO: Final = (
    Field("participant_id", "Country", "select", "Its delegation.", "countries"),
    Field("office_id", "Or an office of ours", "select", "", "offices"),
)
_WITHDRAW: Final = (Field("because", "Why", "area"),)
_DECIDED: Final = (
    Field("title", "Decision in one line"),
    Field("text", "Its words", "area", "As the meeting adopted it."),
    Field("objective", "Objective that it serves", "select", "", "objectives"),
    Field("agreed_by", "Who agreed", "checks", "Those who attended are offered.", "agreed"),
)
_POINT: Final = (Field("title", "Point"), Field("presenter", "Presented by", hint="A delegation, office or role."))
_ATTENDED: Final = (
    Field("persons", "Persons", hint="How many of the delegation attended."),
    Field("head", "Led by", hint="The office or role that led the delegation, never a person's name."),
)
ADD_MEMBER: Final = Act(
    commands.add_member,
    "Add a member",
    "Add",
    "A country's delegation or an office of ours, by office or role. No person is named here.",
    (
        Field("part", "Part", "select", "", "parts"),
        *_WHO,
        Field("role", "Office or role", hint="By which it belongs to the group; needed for a co-chair."),
        Field("since", "Since", "date"),
    ),
)
OF_MEMBER: Final = {
    "revise": Act(
        commands.revise_member,
        "Change the membership",
        "Save",
        "Another delegation or another part is a membership of its own.",
        (Field("role", "Office or role"), Field("since", "Since", "date")),
    ),
    "end": Act(
        commands.end_member,
        "End the membership",
        "Record the end",
        "It stays in the record.",
        (Field("until", "Last day", "date"), Field("because", "Why", "area")),
    ),
}
OF_MEETING: Final = {
    "agenda": Act(
        commands.add_agenda_item,
        "Add a point to the agenda",
        "Add",
        "What the meeting deals with, in order.",
        (*_POINT, Field("position", "Place", hint="Left blank: the last.")),
    ),
    "attendance": Act(
        commands.record_attendance,
        "Record attendance",
        "Record",
        "By delegation: how many persons, and the office that led them.",
        (*_WHO, *_ATTENDED),
    ),
    "minutes": Act(
        commands.write_minutes,
        "Write the minutes",
        "Save the draft",
        "A draft until the delegations have agreed to it. Papers are attached to the meeting as documents.",
        (
            Field("minutes", "Minutes", "area"),
            Field("because", "Why agreed minutes are opened again", "area", "Needed only where they were agreed."),
        ),
    ),
    "agreed": Act(
        commands.agree_minutes,
        "Record that the minutes are agreed",
        "Record",
        "From then on they are opened again with a reason only.",
        (Field("agreed_on", "Agreed on", "date"),),
    ),
    "decision": Act(
        commands.record_decision,
        "Record a decision",
        "Record",
        "It gets the meeting's next number.",
        _DECIDED,
    ),
}
OF_PART: Final = {
    ("agenda", "revise"): Act(
        commands.revise_agenda_item,
        "Change a point of the agenda",
        "Save",
        "Its words, or its place.",
        (*_POINT, Field("position", "Place")),
    ),
    ("agenda", "withdraw"): Act(
        commands.withdraw_agenda_item,
        "Take a point from the agenda",
        "Take it off",
        "It stays in the record.",
        _WITHDRAW,
    ),
    ("attendance", "revise"): Act(
        commands.revise_attendance,
        "Correct the attendance",
        "Save",
        "Another delegation is a row of its own.",
        _ATTENDED,
    ),
    ("attendance", "withdraw"): Act(
        commands.withdraw_attendance,
        "Take back an attendance",
        "Take it back",
        "For one that was recorded by mistake; it stays in the record.",
        _WITHDRAW,
    ),
    ("decision", "revise"): Act(commands.revise_decision, "Correct a decision", "Save", "Its number stays.", _DECIDED),
    ("decision", "withdraw"): Act(
        commands.withdraw_decision,
        "Withdraw a decision",
        "Withdraw it",
        "It stays in the record under its number, with the reason.",
        _WITHDRAW,
    ),
}
NAME_CHANGE: Final = Act(
    commands.name_change,
    "Name what the action changed",
    "Record",
    "The record's page then says from which decision and meeting its change follows.",
    (
        Field("changed_kind", "Kind of record", "select", "", "kinds"),
        Field("changed_id", "Its number", hint="The number at the end of its page's address."),
        Field("what", "What changed", hint="In one line."),
    ),
)
WITHDRAW_CHANGE: Final = Act(
    commands.withdraw_change,
    "Take back what the action changed",
    "Take it back",
    "For a record that was named by mistake; it stays in the trail.",
    _WITHDRAW,
)
