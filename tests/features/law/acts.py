"""Each command that performs a covered act, described once: how to prepare it, its body, its request, its statement.

A feature that brings a covered act adds its entry to ENTRIES; the generated test asks for it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pipir.kernel.countries import countries
from pipir.statute.load import the_statute
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


async def _coordinated(rehearsal: Rehearsal, on: Ground, name: str, continues: bool) -> Subject:
    """An agreement that only waits for its signature; under other law its certification was received in October."""
    led = date(2030, 10, 1).isoformat()
    office, authority = "program-office", OTHER if continues else "1253.e.1"
    body = {"name": name, "kind": "project agreement", "source": "Minutes", "authority": authority, "begun_on": led}
    made = await rehearsal.must(office, "POST", "/agreements", body)
    place = f"/agreements/{made['id']}"
    party = {"participant_id": on.country, "counterpart": "Ministry of Defense"}
    await rehearsal.must(office, "POST", f"{place}/parties", party)
    opinion = {"character": "non-binding", "counsel": "Counsel", "determined_on": led, "opinion": "Opinion 4"}
    await rehearsal.must(office, "PATCH", f"{place}/character", opinion, version=1)
    version = 2

    async def step(state: str) -> None:
        nonlocal version
        said = {"state": state, "because": "It came so.", "on": led}
        await rehearsal.must(office, "PATCH", f"{place}/step", said, version=version)
        version += 1

    for state in ("negotiating authority", "negotiating", "text agreed", "coordination"):
        await step(state)
    if continues:
        for item in the_statute().certification_items:
            said = {"item": item.slug, "statement": "As far as it is known."}
            await rehearsal.must(office, "POST", f"{place}/items", said)
        for each in ("speaker", "sfrc-chair", "sasc-chair"):
            said = {"what": "certification", "addressee": each, "means": "By hand", "document": "L 7", "sent_on": led}
            told = await rehearsal.must(office, "POST", f"{place}/notices", said)
            receipt = {"received_on": led, "receipt": "Stamp"}
            await rehearsal.must(office, "PATCH", f"/agreement-notices/{told['id']}/receipt", receipt, version=1)
        await step("certified")
    return Subject(name, on, made["id"], version=version)


async def _amendment(rehearsal: Rehearsal, on: Ground, name: str, continues: bool) -> Subject:
    """An agreed extension of an agreement under the section; where it continues it also moves to other law."""
    found = await _coordinated(rehearsal, on, name, continues=False)
    place, office = f"/agreements/{found.record}", "program-office"
    led = date(2030, 10, 1).isoformat()
    signed = {"signatory": "Secretary of Defense", "document": "The text", "signed_on": led}
    await rehearsal.must(office, "PATCH", f"{place}/signature", signed, version=found.version)
    step = {"state": "in force", "because": "It came so.", "on": led}
    await rehearsal.must(office, "PATCH", f"{place}/step", step, version=found.version + 1)
    draft: dict[str, Any] = {"title": "Extension", "because": "Asked for.", "fields": ["expires_on"]}
    draft["expires_on"] = "2040-01-01"
    if continues:
        draft |= {"fields": ["expires_on", "program_authority"], "rests_on": OTHER}
    made = await rehearsal.must(office, "POST", f"{place}/amendments", draft)
    await rehearsal.must(office, "PATCH", f"/agreement-amendments/{made['id']}/agreed", {}, version=1)
    return Subject(name, on, made["id"], version=2)


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


def _signature(subject: Subject, stated: Stated) -> dict[str, Any]:
    return {
        "signatory": "Secretary of Defense",
        "document": "The signed text",
        "signed_on": stated.on.isoformat(),
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
        command="agreement.sign",
        act="agreement",
        person="program-office",
        continues="agreement",
        prepare=_coordinated,
        request=("PATCH", "/agreements/{record}/signature"),
        body=_signature,
        statement="with step as (insert into agreement_step (version, agreement_id, step, was, state, on_day, because, "
        "recorded_by_id, recorded_on) select 1, a.id, a.steps + 1, a.state, 'signed', :on, 'Signed', 1, app.today() "
        "from agreement a where a.id = :record) update agreement set version = version + 1, state = 'signed', "
        "steps = steps + 1, signed_on = :on, signatory = 'The Secretary', acts = acts + 1, decided_on = :on, "
        "continuation_id = :determination, late_because = :because, late_document = :document where id = :record",
        targeted=True,
        versioned=True,
    ),
    Entry(
        command="agreement-amendment.sign",
        act="agreement",
        person="program-office",
        continues="agreement",
        prepare=_amendment,
        request=("PATCH", "/agreement-amendments/{record}/signature"),
        body=_signature,
        statement="update agreement set version = version + 1, expires_on = '2040-01-01', "
        "program_authority = coalesce(:authority, program_authority), acts = acts + 1, decided_on = :on, "
        "continuation_id = :determination, late_because = :because, late_document = :document "
        "where id = (select agreement_id from agreement_amendment where id = :record)",
        targeted=True,
        versioned=True,
        of_record=False,
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
