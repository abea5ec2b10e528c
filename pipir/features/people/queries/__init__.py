"""What can be asked of people: offices, persons and their dated rows, who is behind a request, who stands in."""

from pipir.features.people.queries.offices import (
    FormerName,
    Member,
    OfficeView,
    list_offices,
    members_of,
    names_of,
    office,
    office_called,
    predecessors_of,
)
from pipir.features.people.queries.persons import (
    PersonView,
    RoleView,
    TimeInOffice,
    TokenView,
    list_people,
    offices_of,
    person,
    reader_of,
    roles_of,
    tokens_of,
)
from pipir.features.people.queries.signing import disabled, identify, is_disabled, real_now
from pipir.features.people.queries.standing_in import (
    AbsenceView,
    StoodInFor,
    absences_of,
    may_answer_for,
    stands_in_for,
)

__all__ = [
    "AbsenceView",
    "FormerName",
    "Member",
    "OfficeView",
    "PersonView",
    "RoleView",
    "StoodInFor",
    "TimeInOffice",
    "TokenView",
    "absences_of",
    "disabled",
    "identify",
    "is_disabled",
    "list_offices",
    "list_people",
    "may_answer_for",
    "members_of",
    "names_of",
    "office",
    "office_called",
    "offices_of",
    "person",
    "predecessors_of",
    "reader_of",
    "real_now",
    "roles_of",
    "stands_in_for",
    "tokens_of",
]
