"""What can change in people: offices, persons, their dated offices and roles, absences, tokens, sign-ins."""

from pipir.features.people.commands.absences import EndAbsence, RecordAbsence, end_absence, record_absence
from pipir.features.people.commands.assignments import (
    EndRole,
    GiveRole,
    MovePerson,
    end_role,
    give_role,
    move_person,
)
from pipir.features.people.commands.offices import (
    Department,
    EndOffice,
    OpenOffice,
    RenameOffice,
    ReviseOffice,
    end_office,
    open_office,
    rename_office,
    revise_office,
)
from pipir.features.people.commands.persons import (
    AddPerson,
    EnablePerson,
    EndPerson,
    RevisePerson,
    add_person,
    enable_person,
    end_person,
    revise_person,
)
from pipir.features.people.commands.signing import SeeAs, see_as, sign_in, sign_out, stop_seeing_as
from pipir.features.people.commands.tokens import IssueToken, RevokeToken, issue_token, revoke_token

__all__ = [
    "AddPerson",
    "Department",
    "EnablePerson",
    "EndAbsence",
    "EndOffice",
    "EndPerson",
    "EndRole",
    "GiveRole",
    "IssueToken",
    "MovePerson",
    "OpenOffice",
    "RecordAbsence",
    "RenameOffice",
    "ReviseOffice",
    "RevisePerson",
    "RevokeToken",
    "SeeAs",
    "add_person",
    "enable_person",
    "end_absence",
    "end_office",
    "end_person",
    "end_role",
    "give_role",
    "issue_token",
    "move_person",
    "open_office",
    "record_absence",
    "rename_office",
    "revise_office",
    "revise_person",
    "revoke_token",
    "see_as",
    "sign_in",
    "sign_out",
    "stop_seeing_as",
]
