"""Who may do what: the roles, what each may do, and the person behind a request."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from pipir.kernel.marking import HOME, Reader

Role = Literal[
    "program-office",
    "senior-official",
    "state-liaison",
    "comptroller",
    "report-writer",
    "auditor",
    "administrator",
]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

ROLE_TITLES: Final[Mapping[Role, str]] = {
    "program-office": "Program office",
    "senior-official": "Senior official",
    "state-liaison": "State Department liaison",
    "comptroller": "Comptroller",
    "report-writer": "Report writer",
    "auditor": "Auditor",
    "administrator": "Administrator",
}

_READ = frozenset(
    {
        "tokens.own",
        "participants.read",
        "agreements.read",
        "groups.read",
        "projects.read",
        "workbooks.read",
        "vulnerabilities.read",
        "assistance.read",
        "engagement.read",
        "ledger.read",
        "duties.read",
        "reports.read",
        "home.read",
        "law.read",
        "congress.read",
        "calls.read",
        "notices.own",
        "documents.read",
        "concurrence.read",
        "disclosure.read",
        "search.use",
        "notes.read",
        "absences.own",
    }
)
# What those do who work on the record, beside what their role alone may do.
_WORK = _READ | {
    "reports.comment",
    "documents.change",
    "notes.write",
    "concurrence.ask",
    "concurrence.answer",
    "people.read",
    "people.see-as",
}
# One table: what each role may do. Every role reads the record; what a marking hides stays hidden.
PERMISSIONS: Final[Mapping[Role, frozenset[str]]] = {
    "program-office": _WORK
    | {
        "concurrence.policy",
        "disclosure.change",
        "participants.change",
        "agreements.change",
        "groups.change",
        "projects.change",
        "workbooks.change",
        "vulnerabilities.change",
        "assistance.change",
        "engagement.change",
        "duties.change",
        "law.change",
        "congress.change",
        "calls.issue",
        "calls.answer",
        "reports.build",
        "ledger.answer-review",
    },
    "senior-official": _WORK
    | {
        "concurrence.decide",
        "disclosure.decide",
        "duties.change",
        "law.change",
        "law.review",
        "congress.change",
        "calls.answer",
        "reports.build",
        "trail.read",
    },
    "state-liaison": _WORK | {"participants.change", "agreements.change", "calls.answer"},
    "comptroller": _WORK
    | {
        "ledger.post",
        "ledger.record-incurred",
        "ledger.import",
        "ledger.reconcile",
        "ledger.answer-review",
        "ledger.plan",
        "law.review",
        "calls.answer",
        "reports.build",
    },
    "report-writer": _WORK
    | {
        "reports.build",
        "reports.write",
        "duties.change",
        "congress.change",
        "calls.issue",
        "calls.answer",
    },
    "auditor": _READ | {"people.read", "people.see-as", "trail.read"},
    "administrator": _READ
    | {
        "people.read",
        "people.administer",
        "people.see-as",
        "law.amend",
        "concurrence.policy",
        "documents.replace-spilled",
        "trail.read",
    },
}

# What a partner's eyes look at: the program's records. Not the office's own business: people, money, the trail, mail;
# nor reports: one in work is deliberative, and what is posted is read where it was posted.
PARTNER_SIGHT: Final = frozenset(
    {
        "home.read",
        "participants.read",
        "agreements.read",
        "groups.read",
        "projects.read",
        "workbooks.read",
        "vulnerabilities.read",
        "law.read",
        "duties.read",
        "documents.read",
        "search.use",
    }
)


@dataclass(frozen=True)
class Caller:
    """The person behind a request, as known when it came in."""

    id: int
    name: str
    office: str
    roles: tuple[Role, ...]
    reader: Reader
    via: Literal["session", "token"]
    # Of a browser session only: its row's id, and the token that each of its forms carries.
    session_id: int | None = None
    csrf: str = ""
    # When the person last signed in before this session (real time), so that a stranger's use is noticed.
    last_sign_in: datetime | None = None
    # Through whose eyes the person looks for the time being; `reader` is that one then, within the person's own sight.
    seeing_as: Reader | None = None

    @property
    def permissions(self) -> frozenset[str]:
        """The union of what the roles hold; through another's eyes what only reads, and a partner's eyes see less."""
        held = frozenset[str]().union(*(PERMISSIONS[role] for role in self.roles))
        if self.seeing_as is None:
            return held
        looking = {each for each in held if each.endswith(".read") or each == "search.use"}
        # What leaves those eyes again stays.
        own = held & {"people.see-as"}
        return frozenset(own | (looking & PARTNER_SIGHT if self.seeing_as.nationality != HOME else looking))

    def may(self, permission: str) -> bool:
        """Whether the person may, as they look at the record now."""
        return permission in self.permissions


@dataclass(frozen=True)
class Credentials:
    """What a request brought: a session cookie, or an API token; never both."""

    cookie: str | None
    token: str | None
