"""The situations of tests/scenarios/*.toml through the JSON door of a rehearsal, its clock moved from fact to fact."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncConnection

from pipir.statute.load import the_statute
from pipir.store.embedded import EmbeddedServer
from tests.features.law.acts import ENTRIES, Ground, Stated, Subject, project_body
from tests.rehearsals import Cast, Doors, Rehearsal, a_rehearsal, noon
from tests.scenarios import situations as given
from tests.scenarios.situations import Outcome, Situation, differences, situations
from tests.scenarios.test_rules import refusal

SITUATIONS = {
    name: each
    for name, each in situations()
    # Agreements and assistance have no door yet; their situations are judged by the rules alone.
    if each.when.act is None or the_statute().covered_acts[each.when.act].table
}
# The command that stands for a covered act where several perform it.
DOOR = {
    "invitation": "participant.record-standing",
    "project": "project.propose",
    "partner": "project.add-partner",
    "group": "group.establish",
    "obligation": "ledger.post",
    "designation": "designation.record",
}
ENTRY = {entry.command: entry for entry in ENTRIES}
NAME = "The record"
CODES = {"CAN": "Canada", "JPN": "Japan", "USA": "United States"}


_PERIOD = ("covers_from", "covers_to", "money_as_of", "upcoming_fiscal_year")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every situation for scripts/prove law; a sample in the suite."""
    if "name" in metafunc.fixturenames:
        whole = metafunc.config.getoption("--whole")
        # What has no door here, an agreement and assistance, is played by the rules.
        names = [name for name, each in SITUATIONS.items() if each.when.act in (None, *DOOR)]
        first = [name for name in names if name.startswith("termination")][:4]
        sampled = {*first, *names[::6]}
        metafunc.parametrize("name", [name for name in names if whole or name in sampled])


async def test_the_door_says_what_the_situation_says(
    name: str,
    server: EmbeddedServer,
    superuser: AsyncConnection,
    cast: Cast,
    shared_rehearsal: tuple[Doors, Litestar],
) -> None:
    situation = SITUATIONS[name]
    async with a_rehearsal(server, superuser, cast, shared_rehearsal) as rehearsal:
        outcome = await Stage(rehearsal, situation).play()
    then = situation.then
    if situation.when.ask == "report":
        # What a report covers stands in the report; its door tells the day on which it is due.
        then = msgspec.structs.replace(then, **dict.fromkeys(_PERIOD))
    assert differences(then, outcome) == {}


class Stage:
    """A situation as it is played: what its facts have entered, by number."""

    def __init__(self, rehearsal: Rehearsal, situation: Situation) -> None:
        self.rehearsal = rehearsal
        self.situation = situation
        self.subject = Subject(NAME, Ground(0, 0))
        self.numbers: dict[str, int] = {}
        self.entries: list[tuple[str, int]] = []

    async def play(self) -> Outcome:
        """Enter the facts, each on its day, then act or ask."""
        await self._prepare()
        for fact in self.situation.facts:
            await self.rehearsal.move(noon(fact.on))
            await _ENTER[type(fact)](self, fact)
        await self._fund()
        await self.rehearsal.move(self.situation.now)
        when = self.situation.when
        if when.ask is not None:
            return await _ASK[when.ask](self)
        if when.act is not None or when.entry is not None:
            return await self._act()
        assert when.command is not None
        return await _COMMAND[when.command](self)

    async def send(self, person: str, method: str, path: str, body: Any, *, version: int | None = None) -> Outcome:
        """The outcome of one request."""
        return outcome_of(await self.rehearsal.ask(person, method, path, _plain(body), version=version))

    async def must(self, person: str, method: str, path: str, body: Any, *, version: int | None = None) -> Any:
        return await self.rehearsal.must(person, method, path, _plain(body), version=version)

    async def _prepare(self) -> None:
        """What the act hangs on, entered on the day of the law: a country, and for what hangs on one a project."""
        when = self.situation.when
        body = when.body
        codes = {*CODES} & {body.get("country", "JPN"), "JPN"}
        for code in sorted(codes):
            made = await self.must(
                "program-office", "POST", "/participants", {"name": CODES[code], "code": code, "region": "Other"}
            )
            self.numbers[code] = made["id"]
        self.subject = Subject(NAME, Ground(self.numbers["JPN"], 0))
        if when.act == "invitation":
            self.subject = Subject("Japan", self.subject.ground, self.numbers["JPN"])
        if when.act in ("partner", "obligation") or when.entry is not None:
            of = {**project_body(NAME), "status": "planned" if when.act == "partner" else "exploratory"}
            if when.act == "partner":
                of["program_authority"] = when.authority
            made = await self.must("program-office", "POST", "/projects", of)
            self.subject = Subject(NAME, self.subject.ground, made["id"])

    async def _fund(self) -> None:
        """Money of the year, where an obligation is made and the situation says nothing of it."""
        when = self.situation.when
        if (when.act == "obligation" or when.entry) and "funding" not in self.numbers:
            year = self.situation.day.year + (self.situation.day.month >= 10)
            fact = given.Funding(on=self.situation.day, symbol=f"097-{year}/{year}-0400-000")
            await self.rehearsal.move(noon(fact.on))
            await _ENTER[given.Funding](self, fact)

    async def _act(self) -> Outcome:
        situation, when = self.situation, self.situation.when
        if when.entry is not None or when.flag is not None:
            return await self._entry()
        assert when.act is not None
        entry = ENTRY[DOOR[when.act]]
        number = self.numbers.get("determination") if when.under_determination else None
        stated = Stated(situation.day, number, situation.papers, under=when.authority)
        body = {key: value for key, value in entry.body(self.subject, stated).items() if value is not None}
        if when.authority is None and when.act != "obligation":
            body.pop("program_authority", None)
        if when.act == "obligation":
            body |= {
                "amount": when.amount,
                "funding_document_id": self.numbers["funding"],
                "document_on": when.document_on or situation.day,
                "other_authority": when.other_authority,
            }
        method, path = entry.request
        version = self.subject.version if entry.versioned else None
        answer = await self.rehearsal.ask(
            entry.person, method, path.format(record=self.subject.record), _plain(body), version=version
        )
        outcome = outcome_of(answer)
        if answer.is_success:
            await self.tell_of_register(outcome, warned=when.act == "obligation")
        return outcome

    async def tell_of_register(self, outcome: Outcome, *, warned: bool) -> None:
        """The label and the caution as the register of covered acts holds them."""
        rows = (await self.must("auditor", "GET", "/law/acts", None))["items"]
        outcome.label = rows[0]["label"] if rows else ""
        if not warned:
            outcome.says = rows[0]["caution"] if rows else ""
            if outcome.label == "late recording":
                outcome.says += " Late recording: listed for counsel."

    async def _entry(self) -> Outcome:
        situation, when = self.situation, self.situation.when
        kind = when.entry or "obligation"
        named = next((number for each, number in reversed(self.entries) if each == "obligation"), None)
        body: dict[str, Any] = {
            "kind": kind,
            "amount": when.amount,
            "effective_on": situation.day,
            "basis": when.basis,
            "adjusts_entry_id": named if kind != "obligation" else None,
        }
        if kind == "obligation":
            body |= {"program_authority": when.authority or "1253.e.1", "funding_document_id": self.numbers["funding"]}
        path = "/ledger/entries"
        if when.flag is not None:
            body |= {"flag": when.flag, "evidence": "Voucher 17"}
            path = "/ledger/exceptions"
        return await self.send("comptroller", "POST", path, body)


def outcome_of(answer: httpx.Response) -> Outcome:
    """What an answer says: the warnings of what passed, or the refusal."""
    said = answer.json()
    if not answer.is_success:
        mistakes = [(each["where"], each["expected"]) for each in said.get("mistakes", [])]
        outcome = refusal(f"{said['detail']} {said.get('way_out', '')}", said.get("citation", ""), mistakes)
        outcome.none = answer.status_code == 404
        return outcome
    warnings = said.get("entry", said).get("warnings", []) if isinstance(said, dict) else []
    return Outcome(allowed=True, says=" ".join(warnings))


def _plain(body: Any) -> Any:
    return (
        None if body is None else msgspec.to_builtins({key: value for key, value in body.items() if value is not None})
    )


# ---- facts

LAW = "/law"


async def _amendment(stage: Stage, fact: given.Amendment) -> None:
    body = _amendment_body(
        {
            "provision": fact.provision,
            "value": fact.value,
            "new_day": fact.new_day,
            "changes_from": fact.changes_from or fact.on,
            "enacted_on": fact.enacted_on or fact.on,
        },
        fact.on,
    )
    made = await stage.must("administrator", "POST", f"{LAW}/amendments", body)
    stage.numbers["amendment"] = made["id"]
    if fact.confirmed:
        path = f"{LAW}/amendments/{made['id']}/confirmed"
        await stage.must("second administrator", "PATCH", path, {}, version=1)


def _amendment_body(said: dict[str, Any], on: date) -> dict[str, Any]:
    return {
        "citation": "An act of Congress",
        "enacted_in": "defense authorization act",
        "enacted_on": on,
        "provision": "1253.g",
        "value": "on",
        "changes_from": on,
        "effect": "As enacted",
        "source": "The act",
        **said,
    }


async def _reading(stage: Stage, fact: given.Reading) -> None:
    body = {"reading": fact.reading, "counsel": "OGC", "counsel_on": fact.on, "opinion": "Opinion 1"}
    made = await stage.must("administrator", "POST", f"{LAW}/readings", body)
    if fact.confirmed:
        await stage.must("second administrator", "PATCH", f"{LAW}/readings/{made['id']}/confirmed", {}, version=1)


async def _determination(stage: Stage, fact: given.Determination) -> None:
    situation = stage.situation
    kind = the_statute().covered_acts[situation.when.act or "obligation"].record
    other = fact.of == "another record"
    record = None if stage.subject.record is None or other else stage.subject.record
    body = _determination_body(
        {
            "subject_kind": kind,
            "subject_id": record,
            "subject_title": "Another record" if other else stage.subject.name,
            "authority": fact.authority,
            "authority_until": fact.authority_until,
            "effective_from": fact.effective_from or fact.on,
        }
    )
    made = await stage.must("senior-official", "POST", f"{LAW}/determinations", body)
    stage.numbers["determination"] = made["id"]
    path = f"{LAW}/determinations/{made['id']}"
    version = 1
    if fact.reviewed:
        await stage.must("comptroller", "PATCH", f"{path}/reviewed", {}, version=version)
        version += 1
    if fact.until is not None:
        body = {"until": fact.until, "because": "The work ends."}
        await stage.must("senior-official", "PATCH", f"{path}/end", body, version=version)
        version += 1
    stage.numbers["determination version"] = version


def _determination_body(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "subject_kind": "project",
        "subject_title": NAME,
        "conditions_met": "Certified.",
        "funding_source": "Money of the year",
        "opinion": "Opinion 1",
        "review_on": date(2039, 1, 2),
        **said,
    }


async def _designation(stage: Stage, fact: given.Designation) -> None:
    body = _designation_body({"made_on": fact.on, "since": fact.since or fact.on}, fact.on)
    made = await stage.must("program-office", "POST", f"{LAW}/designations", body)
    stage.numbers["designation"], stage.numbers["designation version"] = made["id"], 1
    if fact.until is not None:
        await stage.rehearsal.move(noon(fact.changed_on or fact.until))
        body = {"until": fact.until, "because": "It ended.", "by_change": fact.by_change, "changed_on": fact.changed_on}
        await stage.must("program-office", "PATCH", f"{LAW}/designations/{made['id']}/end", body, version=1)
        stage.numbers["designation version"] = 2


def _designation_body(said: dict[str, Any], on: date) -> dict[str, Any]:
    made = said.get("made_on", on)
    return {
        "official": "The official",
        "office_held": NAME,
        "rank": "assistant-secretary",
        "made_on": made,
        "since": made,
        "instrument": "Memorandum",
        "source": "The office",
        **said,
    }


async def _delegation(stage: Stage, fact: given.Delegation) -> None:
    body = _delegation_body({"function": fact.function, "until": fact.until}, fact.on)
    made = await stage.must("program-office", "POST", f"{LAW}/delegations", body)
    stage.numbers["delegation"] = made["id"]


def _delegation_body(said: dict[str, Any], on: date) -> dict[str, Any]:
    signed = said.get("instrument_on", on)
    return {
        "function": "sign the annual report",
        "from_office": "Secretary of Defense",
        "to_office": "USD(A&S)",
        "instrument": "Memorandum",
        "instrument_on": signed,
        "since": signed,
        **said,
    }


async def _standing(stage: Stage, fact: given.Standing) -> None:
    outcome = await _record_standing(stage, fact.value, fact.on, fact.country)
    assert outcome.allowed, outcome


async def _record_standing(stage: Stage, value: str, since: date, country: str) -> Outcome:
    number = stage.numbers[country]
    version = (await stage.must("program-office", "GET", f"/participants/{number}", None))["version"]
    body = {"value": value, "since": since, "source": "A letter", **stage.situation.papers}
    return await stage.send("program-office", "PUT", f"/participants/{number}/standing", body, version=version)


async def _funding(stage: Stage, fact: given.Funding) -> None:
    account = await stage.must(
        "comptroller", "POST", "/ledger/accounts", {"symbol": fact.symbol, "title": "Account", "source": "a test"}
    )
    made = await stage.must(
        "comptroller",
        "POST",
        "/ledger/funding",
        {
            "number": "FD-1",
            "account_id": account["id"],
            "title": "Document",
            "level_of_control": fact.level,
            "source_of_authority": fact.source,
            "purpose": "Studies",
            "received_on": fact.on,
            "amount": fact.amount,
            "through_on": fact.through_on,
            "cr_amount": fact.cr_amount,
            "order_law": fact.order_law,
            "order_accepted_on": fact.order_accepted_on,
            "participant_id": stage.numbers[fact.partner] if fact.partner else None,
            "excepted_basis": fact.excepted_basis,
        },
    )
    stage.numbers["funding"] = made["id"]
    stage.subject = _on_money(stage.subject, made["id"])


def _on_money(subject: Subject, funding: int) -> Subject:
    """The subject on other money."""
    return Subject(subject.name, Ground(subject.ground.country, funding), subject.record, subject.version)


async def _ledger_entry(stage: Stage, fact: given.Entry) -> None:
    body = {
        "kind": fact.kind,
        "amount": fact.amount,
        "effective_on": fact.on,
        "document_on": fact.on,
        "document_number": "D-0",
        "need": "The need of the year",
        "funding_document_id": stage.numbers["funding"],
        "program_authority": fact.authority,
    }
    made = await stage.must("comptroller", "POST", "/ledger/entries", body)
    stage.entries.append((fact.kind, made["entry"]["id"]))


_ENTER: dict[type[given.Fact], Callable[[Stage, Any], Awaitable[None]]] = {
    given.Amendment: _amendment,
    given.Reading: _reading,
    given.Determination: _determination,
    given.Designation: _designation,
    given.Delegation: _delegation,
    given.Standing: _standing,
    given.Funding: _funding,
    given.Entry: _ledger_entry,
}


# ---- questions


async def _in_force(stage: Stage) -> Outcome:
    found = await stage.must("auditor", "GET", "/law", None)
    rows = {row["slug"]: row["in_force"] for row in found["authorities"]}
    assert stage.situation.when.provision is not None
    return Outcome(in_force=rows[stage.situation.when.provision])


async def _due(stage: Stage) -> Outcome:
    answer = await stage.rehearsal.ask("auditor", "GET", f"/duties/{stage.situation.when.duty}")
    if answer.status_code == 404:
        return Outcome(none=True)
    said = answer.json()
    return Outcome(
        day=date.fromisoformat(said["statutory_day"]),
        advised=date.fromisoformat(said["advised_day"]),
        to=tuple(said["recipients"]),
        says=f"{said['state']['label']}. {said['state']['says']}",
    )


async def _duties(stage: Stage) -> Outcome:
    found = await stage.must("auditor", "GET", f"/duties?kind={stage.situation.when.kind}&limit=100", None)
    return Outcome(days=tuple(date.fromisoformat(row["statutory_day"]) for row in found["items"]))


async def _report(stage: Stage) -> Outcome:
    year = stage.situation.when.year
    answer = await stage.rehearsal.ask("report-writer", "POST", "/reports", {"year": year})
    outcome = outcome_of(answer)
    if answer.is_success:
        years = await stage.must("auditor", "GET", "/reports", None)
        rows = years["items"] if isinstance(years, dict) else years
        outcome.day = next(date.fromisoformat(row["due"]) for row in rows if row["year"] == year)
    return outcome


_ASK: dict[str, Callable[[Stage], Awaitable[Outcome]]] = {
    "in force": _in_force,
    "due": _due,
    "duties": _duties,
    "report": _report,
}


# ---- commands that are no covered act


async def _enter_amendment(stage: Stage) -> Outcome:
    body = _amendment_body(stage.situation.when.body, stage.situation.day)
    return await stage.send("administrator", "POST", f"{LAW}/amendments", body)


async def _confirm_amendment(stage: Stage) -> Outcome:
    person = "administrator" if stage.situation.when.body.get("by_enterer") else "second administrator"
    path = f"{LAW}/amendments/{stage.numbers['amendment']}/confirmed"
    return await stage.send(person, "PATCH", path, {}, version=1)


async def _make_determination(stage: Stage) -> Outcome:
    body = _determination_body({"effective_from": stage.situation.day, **stage.situation.when.body})
    return await stage.send("senior-official", "POST", f"{LAW}/determinations", body)


async def _review(stage: Stage) -> Outcome:
    person = "senior-official" if stage.situation.when.body.get("by_maker") else "comptroller"
    path = f"{LAW}/determinations/{stage.numbers['determination']}/reviewed"
    return await stage.send(person, "PATCH", path, {}, version=stage.numbers["determination version"])


async def _end_determination(stage: Stage) -> Outcome:
    body = {"because": "The work ends.", **stage.situation.when.body}
    path = f"{LAW}/determinations/{stage.numbers['determination']}/end"
    return await stage.send("senior-official", "PATCH", path, body, version=stage.numbers["determination version"])


async def _designate(stage: Stage) -> Outcome:
    situation = stage.situation
    body = {**_designation_body(situation.when.body, situation.day), **situation.papers}
    outcome = await stage.send("program-office", "POST", f"{LAW}/designations", body)
    if outcome.allowed:
        await stage.tell_of_register(outcome, warned=False)
    return outcome


async def _end_designation(stage: Stage) -> Outcome:
    body = {"because": "It ended.", **stage.situation.when.body}
    path = f"{LAW}/designations/{stage.numbers['designation']}/end"
    return await stage.send("program-office", "PATCH", path, body, version=stage.numbers["designation version"])


async def _delegate(stage: Stage) -> Outcome:
    body = _delegation_body(stage.situation.when.body, stage.situation.day)
    return await stage.send("program-office", "POST", f"{LAW}/delegations", body)


async def _end_delegation(stage: Stage) -> Outcome:
    body = {"because": "Revoked.", **stage.situation.when.body}
    path = f"{LAW}/delegations/{stage.numbers['delegation']}/end"
    return await stage.send("program-office", "PATCH", path, body, version=1)


async def _stand(stage: Stage) -> Outcome:
    body = stage.situation.when.body
    since = body.get("since", stage.situation.day)
    return await _record_standing(stage, body["value"], since, body.get("country", "JPN"))


async def _adopt(stage: Stage) -> Outcome:
    body = {"counsel": "OGC", "counsel_on": stage.situation.day, "opinion": "Opinion 1", **stage.situation.when.body}
    return await stage.send("administrator", "POST", f"{LAW}/readings", body)


async def _enter_notice(stage: Stage) -> Outcome:
    body = {"event": "A designation", **stage.situation.when.body}
    answer = await stage.rehearsal.ask("program-office", "POST", "/duties/notices", _plain(body))
    outcome = outcome_of(answer)
    if answer.is_success:
        outcome.says = answer.json()["statutory_day"]
    return outcome


_COMMAND: dict[str, Callable[[Stage], Awaitable[Outcome]]] = {
    "amendment.enter": _enter_amendment,
    "amendment.confirm": _confirm_amendment,
    "delegation.end": _end_delegation,
    "delegation.record": _delegate,
    "designation.end": _end_designation,
    "designation.record": _designate,
    "determination.end": _end_determination,
    "determination.make": _make_determination,
    "determination.review": _review,
    "duty.enter-notice": _enter_notice,
    "participant.record-standing": _stand,
    "reading.adopt": _adopt,
}
