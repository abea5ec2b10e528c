"""Each command that performs a covered act, described once: how to prepare it, its body, its request, its statement.

A feature that brings a covered act adds its entry to ENTRIES; the generated test asks for it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pipir.kernel.countries import countries
from tests.rehearsals import Rehearsal, noon

# When everything is prepared: the section's authority is in force, and the money of the year is there.
PREPARED = date(2030, 12, 2)
OTHER = "22-usc-2767"


@dataclass(frozen=True)
class Ground:
    """What the acts refer to."""

    country: int
    funding: int


@dataclass(frozen=True)
class Subject:
    """What one act is about: the record that it changes or hangs on (None: it makes one), and its name."""

    name: str
    ground: Ground
    record: int | None = None
    version: int = 1


@dataclass(frozen=True)
class Stated:
    """What an act states: its day, and where it continues under other law, that law and the determination."""

    on: date
    determination: int | None = None
    papers: dict[str, str] = field(default_factory=dict)
    # Where that is not the law of these tests.
    under: str | None = None

    @property
    def authority(self) -> str | None:
        return self.under or (OTHER if self.determination else None)

    @property
    def said(self) -> dict[str, Any]:
        return {"continuation_id": self.determination, **self.papers}


Prepare = Callable[[Rehearsal, Ground, str, bool], Awaitable[Subject]]


@dataclass(frozen=True)
class Entry:
    """One command that performs a covered act; `continues`: its determination concerns a record of this kind."""

    command: str
    act: str
    person: str
    continues: str
    prepare: Prepare
    request: tuple[str, str]
    body: Callable[[Subject, Stated], dict[str, Any]]
    # With :record, :name, :on, :authority, :determination, :because, :document, :country, :funding and :person.
    statement: str
    # What the owner runs between two acts that could not stand beside each other.
    cleared_by: str = ""
    targeted: bool = False
    versioned: bool = False
    # Whether the determination names the record by its number; else by the name of a record still to be entered.
    of_record: bool = True


async def ground(rehearsal: Rehearsal) -> Ground:
    """A country and a funding document of the year, entered on the day of preparation."""
    await rehearsal.move(noon(PREPARED))
    country = await rehearsal.must(
        "program-office", "POST", "/participants", {"name": "Japan", "code": "JPN", "region": "Indo-Pacific"}
    )
    account = await rehearsal.must(
        "comptroller",
        "POST",
        "/ledger/accounts",
        {"symbol": "097-2031/2032-0400-000", "title": "RDT&E, Defense-Wide", "source": "a test"},
    )
    funding = await rehearsal.must(
        "comptroller",
        "POST",
        "/ledger/funding",
        {
            "number": "FD-31",
            "account_id": account["id"],
            "title": "Allotment",
            "level_of_control": "allotment",
            "source_of_authority": "regular act",
            "purpose": "Studies",
            "received_on": PREPARED.isoformat(),
            "amount": "1000000.00",
        },
    )
    return Ground(country["id"], funding["id"])


async def determined(rehearsal: Rehearsal, entry: Entry, subject: Subject, *, authority: str = OTHER) -> int:
    """A determination in force that concerns the subject, reviewed by a second person."""
    made = await rehearsal.must(
        "program-office",
        "POST",
        "/law/determinations",
        {
            "subject_kind": entry.continues,
            "subject_id": subject.record if entry.of_record else None,
            "subject_title": subject.name,
            "authority": authority,
            "conditions_met": "Certified on 1 December 2030.",
            "funding_source": "Research money of FY2031",
            "opinion": "Opinion 30-117",
            "effective_from": PREPARED.isoformat(),
            "review_on": "2031-12-01",
        },
    )
    await rehearsal.must("comptroller", "PATCH", f"/law/determinations/{made['id']}/reviewed", {}, version=1)
    return int(made["id"])


async def _nothing(rehearsal: Rehearsal, on: Ground, name: str, continues: bool) -> Subject:
    return Subject(name, on)


async def _group(rehearsal: Rehearsal, on: Ground, name: str, continues: bool) -> Subject:
    made = await rehearsal.must("program-office", "POST", "/groups", _group_body(name, PREPARED))
    return Subject(name, on, made["id"])


async def _designated(rehearsal: Rehearsal, on: Ground, name: str, continues: bool) -> Subject:
    # One official on any day: each has a day of its own, long after those of the tests.
    day = _own_day(name)
    body = {**_designation_body(name, PREPARED), "since": day}
    made = await rehearsal.must("program-office", "POST", "/law/designations", body)
    end = {"until": day, "because": "The next official follows."}
    await rehearsal.must("program-office", "PATCH", f"/law/designations/{made['id']}/end", end, version=1)
    return Subject(name, on, made["id"], version=2)


def _own_day(name: str) -> str:
    return (date(2040, 1, 1) + timedelta(days=int(name.rsplit(maxsplit=1)[-1]))).isoformat()


def _designation_body(office: str, on: date) -> dict[str, Any]:
    return {
        "official": "The official of a test",
        "office_held": office,
        "rank": "assistant-secretary",
        "made_on": on.isoformat(),
        "since": on.isoformat(),
        "instrument": "Memorandum",
        "source": "The office",
    }


async def _country(rehearsal: Rehearsal, on: Ground, name: str, continues: bool) -> Subject:
    code = sorted(countries())[int(name.rsplit(maxsplit=1)[-1])]
    made = await rehearsal.must(
        "program-office", "POST", "/participants", {"name": name, "code": code, "region": "Indo-Pacific"}
    )
    return Subject(name, on, made["id"])


def project_of(status: str) -> Prepare:
    """Prepare a project of a status."""

    async def prepare(rehearsal: Rehearsal, on: Ground, name: str, continues: bool) -> Subject:
        body = {**project_body(name), "status": status, "program_authority": OTHER if continues else None}
        made = await rehearsal.must("program-office", "POST", "/projects", body)
        return Subject(name, on, made["id"])

    return prepare


async def _assistance(rehearsal: Rehearsal, on: Ground, name: str, continues: bool) -> Subject:
    """Assistance whose conditions are met: of section 332 counsel's word alone is asked for."""
    body = {
        "name": name,
        "participant_id": on.country,
        "purpose": "Institutions of a test",
        "objectives": ["1253.b.2"],
        "uses": "10-usc-332",
        "starts_on": PREPARED.isoformat(),
        "ends_on": "2032-12-01",
        "lead_office_id": 1,
        "source": "Minutes",
    }
    made = await rehearsal.must("program-office", "POST", "/assistance", body)
    shown = {"condition": "counsel-confirms", "met_on": PREPARED.isoformat(), "evidence": "Opinion 30-118"}
    await rehearsal.must("program-office", "POST", f"/assistance/{made['id']}/conditions", shown)
    return Subject(name, on, made["id"])


def _group_body(name: str, on: date) -> dict[str, Any]:
    return {"name": name, "kind": "working group", "established_on": on.isoformat(), "source": "Minutes"}


def project_body(name: str) -> dict[str, Any]:
    """The fields that every project has."""
    return {
        "name": name,
        "kind": "co-production",
        "objectives": ["1253.b.2"],
        "classified_by": "the service",
        "source": "Minutes",
    }


def obligation_body(subject: Subject, stated: Stated) -> dict[str, Any]:
    """An obligation of ten dollars for a project."""
    return {
        "kind": "obligation",
        "amount": "10.00",
        "effective_on": stated.on.isoformat(),
        "document_on": stated.on.isoformat(),
        "document_number": f"D of {subject.name}",
        "need": "Parts for this year",
        "funding_document_id": subject.ground.funding,
        "project_id": subject.record,
        "program_authority": stated.authority or "1253.e.1",
        **stated.said,
    }


_LATE = "late_because, late_document"
_LATE_VALUES = "cast(:because as text), cast(:document as text)"

ENTRIES: tuple[Entry, ...] = (
    Entry(
        command="group.establish",
        act="group",
        person="program-office",
        continues="group",
        prepare=_nothing,
        request=("POST", "/groups"),
        body=lambda subject, stated: {
            **_group_body(subject.name, stated.on),
            "program_authority": stated.authority,
            **stated.said,
        },
        statement=f"insert into working_group (version, marking, audience, name, kind, established_on, source, "
        f"program_authority, decided_on, continuation_id, {_LATE}) values (1, 'CUI', -1, :name, 'working group', :on, "
        f"'Minutes', :authority, :on, :determination, {_LATE_VALUES})",
        of_record=False,
    ),
    Entry(
        command="group.revise",
        act="group",
        person="program-office",
        continues="group",
        prepare=_group,
        request=("PUT", "/groups/{record}"),
        body=lambda subject, stated: {
            **_group_body(subject.name, PREPARED),
            "program_authority": stated.authority or "1253.e.2",
            **stated.said,
        },
        statement="update working_group set version = version + 1, program_authority = coalesce(:authority, "
        "'1253.e.2'), acts = acts + 1, decided_on = :on, continuation_id = :determination, "
        "late_because = :because, late_document = :document where id = :record",
        targeted=True,
        versioned=True,
    ),
    Entry(
        command="project.propose",
        act="project",
        person="program-office",
        continues="project",
        prepare=_nothing,
        request=("POST", "/projects"),
        body=lambda subject, stated: {
            **project_body(subject.name),
            "status": "planned",
            "program_authority": stated.authority,
            "decided_on": stated.on.isoformat(),
            **stated.said,
        },
        statement="insert into project (version, marking, audience, number, code, name, kind, status, description, "
        "objectives, classified_by, source, program_authority, decided_on, continuation_id, late_because, "
        "late_document) select 1, 'CUI', -1, n, 'P-' || n, :name, 'co-production', 'planned', '', '{1253.b.2}', "
        "'the service', 'Minutes', cast(:authority as text), cast(:on as date), cast(:determination as bigint), "
        f"{_LATE_VALUES} from (select coalesce(max(number), 0) + 1 as n from project) p",
        of_record=False,
    ),
    Entry(
        command="project.change-status",
        act="project",
        person="program-office",
        continues="project",
        prepare=project_of("exploratory"),
        request=("PATCH", "/projects/{record}/status"),
        body=lambda subject, stated: {
            "status": "active",
            "reason": "Approved",
            "decided_on": stated.on.isoformat(),
            **stated.said,
        },
        statement="update project set version = version + 1, status = 'active', acts = acts + 1, decided_on = :on, "
        "continuation_id = :determination, late_because = :because, late_document = :document where id = :record",
        targeted=True,
        versioned=True,
    ),
    Entry(
        command="project.revise",
        act="project",
        person="program-office",
        continues="project",
        prepare=project_of("planned"),
        request=("PUT", "/projects/{record}"),
        body=lambda subject, stated: {
            **project_body(subject.name),
            "objectives": ["1253.b.2", "1253.b.3"],
            "program_authority": stated.authority,
            "decided_on": stated.on.isoformat(),
            **stated.said,
        },
        statement="update project set version = version + 1, objectives = '{1253.b.2,1253.b.3}', acts = acts + 1, "
        "decided_on = :on, continuation_id = :determination, late_because = :because, late_document = :document "
        "where id = :record",
        targeted=True,
        versioned=True,
    ),
    Entry(
        command="project.add-partner",
        act="partner",
        person="program-office",
        continues="project",
        prepare=project_of("planned"),
        request=("POST", "/projects/{record}/partners"),
        body=lambda subject, stated: {
            "participant_id": subject.ground.country,
            "role": "maker",
            "since": stated.on.isoformat(),
            **stated.said,
        },
        statement=f"insert into project_partner (version, project_id, participant_id, role, lead, reported, since, "
        f"decided_on, continuation_id, {_LATE}) values (1, :record, :country, 'maker', false, false, :on, :on, "
        f":determination, {_LATE_VALUES})",
        targeted=True,
    ),
    Entry(
        command="participant.record-standing",
        act="invitation",
        person="program-office",
        continues="participant",
        prepare=_country,
        request=("PUT", "/participants/{record}/standing"),
        body=lambda subject, stated: {
            "value": "invited",
            "since": stated.on.isoformat(),
            "source": "A letter",
            "program_authority": stated.authority,
            **stated.said,
        },
        statement="with step as (insert into participant_standing (version, participant_id, kind, step, value, since, "
        "source, recorded_by_id, recorded_on) select 1, p.id, 'process', p.steps + 1, 'invited', :on, 'A letter', 1, "
        "app.today() from participant p where p.id = :record) "
        "update participant set version = version + 1, steps = steps + 1, standing = 'invited', standing_since = :on, "
        "standing_source = 'A letter', program_authority = :authority, acts = acts + 1, decided_on = :on, "
        "continuation_id = :determination, late_because = :because, late_document = :document where id = :record",
        targeted=True,
        versioned=True,
    ),
    Entry(
        command="assistance.begin",
        act="assistance",
        person="program-office",
        continues="assistance",
        prepare=_assistance,
        request=("PATCH", "/assistance/{record}/begin"),
        body=lambda subject, stated: {
            "begun_on": stated.on.isoformat(),
            "program_authority": stated.authority,
            **stated.said,
        },
        statement="update assistance set version = version + 1, status = 'begun', begun_on = :on, "
        "program_authority = :authority, acts = acts + 1, decided_on = :on, continuation_id = :determination, "
        "late_because = :because, late_document = :document where id = :record",
        targeted=True,
        versioned=True,
    ),
    Entry(
        command="ledger.post",
        act="obligation",
        person="comptroller",
        continues="project",
        prepare=project_of("planned"),
        request=("POST", "/ledger/entries"),
        body=obligation_body,
        statement=f"insert into ledger_entry (kind, amount, effective_on, fiscal_year, funding_document_id, "
        f"project_id, program_authority, continuation_id, {_LATE}, new_start, incurred, warnings, posted_by, "
        "posted_at, audience) values ('obligation', 10, :on, 2031, :funding, :record, coalesce(:authority, "
        f"'1253.e.1'), :determination, {_LATE_VALUES}, false, false, '{{}}', :person, app.now(), -1)",
    ),
    Entry(
        command="designation.record",
        act="designation",
        person="program-office",
        continues="designation",
        prepare=_nothing,
        request=("POST", "/law/designations"),
        body=lambda subject, stated: {
            **_designation_body(subject.name, stated.on),
            "program_authority": stated.authority,
            **stated.said,
        },
        statement=f"insert into designation (version, official, office_held, rank, acting, made_on, since, "
        f"instrument, source, program_authority, decided_on, continuation_id, {_LATE}) values (1, 'The official of a "
        "test', :name, 'assistant-secretary', false, :on, :on, 'Memorandum', 'The office', :authority, :on, "
        f":determination, {_LATE_VALUES})",
        cleared_by="delete from designation",
        of_record=False,
    ),
    Entry(
        command="designation.correct",
        act="designation",
        person="program-office",
        continues="designation",
        prepare=_designated,
        request=("PUT", "/law/designations/{record}"),
        body=lambda subject, stated: {
            **_designation_body(subject.name, stated.on),
            "since": _own_day(subject.name),
            "because": "The day was mistyped.",
            "program_authority": stated.authority,
            **stated.said,
        },
        statement="update designation set version = version + 1, made_on = :on, program_authority = :authority, "
        "acts = acts + 1, decided_on = :on, continuation_id = :determination, late_because = :because, "
        "late_document = :document where id = :record",
        targeted=True,
        versioned=True,
        of_record=False,
    ),
)
