"""The Partnership as it might be lived: from enactment to March 2031, each event on its day, by the product's doors.

The clock is moved by its owner from event to event. Names and figures are made up.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from pipir.build import build_report
from pipir.kernel.marking import Reader
from pipir.statute.load import the_statute
from pipir.statute.lookup import deadlines, sunset
from tests.rehearsals import Rehearsal, noon

OFFICE: Final = "program-office"
MONEY: Final = "comptroller"
WRITER: Final = "report-writer"
OTHER: Final = "22-usc-2767"
END: Final = sunset(the_statute())
# What nobody may do after the end on the section alone: person, request, body.
Act = tuple[str, str, str, dict[str, Any]]


@dataclass
class Life:
    """What has been lived so far: the records by what they are called, and what was refused."""

    rehearsal: Rehearsal
    say: Callable[[str], None]
    # Whether each year's report is built with its files, and the duties are looked at every month; else the last report
    # alone, and a look each January.
    whole: bool = True
    numbers: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    # The duties that stood in the list, by the day of each look.
    seen: dict[date, tuple[str, ...]] = field(default_factory=dict)

    async def live(self) -> None:
        """Live through every event in the order of its instant."""
        for at, event in sorted(self._events(), key=lambda each: each[0]):
            await self.rehearsal.move(at)
            await event()
        self.say("lived to the end")

    # ---- the course

    def _events(self) -> list[tuple[datetime, Callable[[], Awaitable[None]]]]:
        events: list[tuple[datetime, Callable[[], Awaitable[None]]]] = [
            (noon(date(2026, 1, 5)), self.take_up_duties),
            (noon(date(2026, 4, 1)), self.designate("Assistant Secretary, first", "designation")),
            (noon(date(2026, 4, 20)), self.notify("notice-of-designation-2026-04-01")),
            (noon(date(2026, 5, 4)), self.begin_cooperation),
            (noon(date(2026, 7, 6)), self.approve_project),
            (noon(date(2028, 3, 1)), self.change_official),
            (noon(date(2028, 3, 2)), self.designate("Assistant Secretary, second", "second designation")),
            (noon(date(2028, 3, 20)), self.notify("notice-of-designation-2028-03-01")),
            (noon(date(2028, 3, 21)), self.notify("notice-of-designation-2028-03-02")),
            (noon(date(2030, 11, 4)), self.determine),
            (END - timedelta(microseconds=1), self.act_at_the_last_moment),
            (END, self.try_everything),
            (noon(date(2031, 1, 6)), self.continue_under_other_law),
            (noon(date(2031, 1, 10)), self.liquidate),
            (noon(date(2031, 1, 13)), self.record_late),
            (noon(date(2031, 1, 14)), self.try_everything),
        ]
        for year in range(2026, 2031):
            events.append((noon(date(year, 10, 2)), self.fund(year + 1)))
            events.append((noon(date(year, 11, 16)), self.obligate(year + 1)))
            late = year == 2028
            events.append((noon(date(year, 12, 4 if late else 1) - timedelta(days=0 if late else 4)), self.brief(year)))
        for year in range(2027, 2032):
            events.append((noon(date(year, 1, 15)), self.write_report(year)))
            events.append((noon(date(year, 2, 18)), self.sign_report(year)))
        month = date(2026, 2, 1)
        while month < date(2031, 4, 1):
            if self.whole or month.month == 1:
                events.append((noon(month), self.look_at_duties))
            month = (month + timedelta(days=32)).replace(day=1)
        return events

    async def must(self, person: str, method: str, path: str, body: Any = None, *, version: int | None = None) -> Any:
        return await self.rehearsal.must(person, method, path, body, version=version)

    # ---- duties

    async def take_up_duties(self) -> None:
        for each in deadlines(the_statute()):
            if each.kind != "termination":
                await self.must(OFFICE, "POST", "/duties", {"slug": each.slug, "owner_office_id": 2})

    async def look_at_duties(self) -> None:
        found = await self.must("auditor", "GET", "/duties?limit=100")
        today = (await self.must("auditor", "GET", "/law"))["today"]
        self.seen[date.fromisoformat(today)] = tuple(row["slug"] for row in found["items"])
        # Nothing is called late but what its owner has stated.
        late = [row["slug"] for row in found["items"] if row["state"]["kind"] == "late"]
        assert late == [], (today, late)

    async def done(self, slug: str, on: str, evidence: str) -> None:
        row = await self.must(OFFICE, "GET", f"/duties/{slug}")
        body = {"done_on": on, "evidence": evidence}
        await self.must(OFFICE, "PATCH", f"/duties/{slug}/done", body, version=row["version"])

    def notify(self, slug: str) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.must(OFFICE, "POST", "/duties", {"slug": slug})
            await self.done(slug, await self._today(), "Letters to the four committees")

        return run

    def brief(self, year: int) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            slug, today = f"briefing-{year}", await self._today()
            row = await self.must(OFFICE, "GET", f"/duties/{slug}")
            passed = (date.fromisoformat(today) - date.fromisoformat(row["statutory_day"])).days
            if passed > 0:
                body = {"late_days": passed, "statement": "The committees moved the hearing."}
                await self.must(OFFICE, "PATCH", f"/duties/{slug}/late", body, version=row["version"])
            await self.done(slug, today, "Briefing held; transcript on file")

        return run

    # ---- the official

    def designate(self, name: str, called: str) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            today = await self._today()
            made = await self.must(*self._designation(name, today))
            self.numbers[called] = made["id"]
            if called == "designation":
                await self.done("designation", today, "Memorandum of the day")

        return run

    def _designation(self, name: str, on: str) -> Act:
        body = {
            "official": name,
            "office_held": name,
            "rank": "assistant-secretary",
            "made_on": on,
            "since": on,
            "instrument": "Memorandum",
            "source": "The office",
        }
        return (OFFICE, "POST", "/law/designations", body)

    async def change_official(self) -> None:
        path = f"/law/designations/{self.numbers['designation']}/end"
        body = {"until": "2028-03-01", "because": "The Secretary named another.", "by_change": True}
        await self.must(OFFICE, "PATCH", path, body, version=1)

    # ---- cooperation

    async def begin_cooperation(self) -> None:
        made = await self.must(
            OFFICE, "POST", "/participants", {"name": "Japan", "code": "JPN", "region": "Indo-Pacific"}
        )
        self.numbers["country"] = made["id"]
        steps = ("named in statute", "invited", "accepted", "participating")
        for version, value in enumerate(steps, start=1):
            body = {"value": value, "since": "2026-05-04", "source": "A letter"}
            await self.must(OFFICE, "PUT", f"/participants/{made['id']}/standing", body, version=version)
        await self.must(*self._group("Working group on motors", "2026-05-04"))

    def _group(self, name: str, on: str, authority: str = "1253.e.2") -> Act:
        body = {"name": name, "kind": "working group", "established_on": on, "source": "Minutes"}
        return (OFFICE, "POST", "/groups", {**body, "program_authority": authority})

    def _project(self, name: str, status: str = "planned") -> Act:
        body = {
            "name": name,
            "kind": "co-production",
            "objectives": ["1253.b.2"],
            "classified_by": "the service",
            "source": "Minutes",
            "status": status,
            "program_authority": "1253.e.1",
        }
        return (OFFICE, "POST", "/projects", body)

    async def approve_project(self) -> None:
        made = await self.must(*self._project("Solid rocket motors", "exploratory"))
        self.numbers["project"] = made["id"]
        body = {"status": "active", "reason": "Approved"}
        await self.must(OFFICE, "PATCH", f"/projects/{made['id']}/status", body, version=1)
        await self.must(*self._partner("2026-07-06"))

    def _partner(self, since: str, role: str = "maker") -> Act:
        body = {"participant_id": self.numbers["country"], "role": role, "since": since}
        return (OFFICE, "POST", f"/projects/{self.numbers['project']}/partners", body)

    # ---- money

    def fund(self, year: int) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            account = await self.must(
                MONEY,
                "POST",
                "/ledger/accounts",
                {"symbol": f"097-{year}/{year + 1}-0400-000", "title": "RDT&E, Defense-Wide", "source": "made up"},
            )
            made = await self.must(
                MONEY,
                "POST",
                "/ledger/funding",
                {
                    "number": f"FD-{year}",
                    "account_id": account["id"],
                    "title": f"Allotment of FY{year}",
                    "level_of_control": "allotment",
                    "source_of_authority": "regular act",
                    "purpose": "Co-production",
                    "received_on": await self._today(),
                    "amount": "1000000.00",
                },
            )
            self.numbers[f"funding {year}"] = made["id"]

        return run

    def obligate(self, year: int) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            made = await self.must(*self._obligation(year, await self._today()))
            self.numbers[f"obligation {year}"] = made["entry"]["id"]

        return run

    def _obligation(self, year: int, on: str, authority: str = "1253.e.1", **more: Any) -> Act:
        body = {
            "kind": "obligation",
            "amount": "250000.00",
            "effective_on": on,
            "document_on": on,
            "document_number": f"HQ0034-{on}",
            "need": "Motors of the year",
            "funding_document_id": self.numbers[f"funding {year}"],
            "project_id": self.numbers["project"],
            "program_authority": authority,
            **more,
        }
        return (MONEY, "POST", "/ledger/entries", body)

    async def liquidate(self) -> None:
        of = {"effective_on": await self._today(), "adjusts_entry_id": self.numbers["obligation 2031"]}
        for kind, amount in (("expenditure", "100000.00"), ("deobligation", "50000.00")):
            await self.must(MONEY, "POST", "/ledger/entries", {"kind": kind, "amount": amount, **of})

    # ---- the end

    async def determine(self) -> None:
        body = {
            "subject_kind": "project",
            "subject_id": self.numbers["project"],
            "subject_title": "Solid rocket motors",
            "authority": OTHER,
            "conditions_met": "Certified on 1 November 2030.",
            "funding_source": "Research money of FY2031",
            "opinion": "Opinion 30-117",
            "effective_from": "2030-11-04",
            "review_on": "2031-11-03",
        }
        made = await self.must("senior-official", "POST", "/law/determinations", body)
        await self.must(MONEY, "PATCH", f"/law/determinations/{made['id']}/reviewed", {}, version=1)
        self.numbers["determination"] = made["id"]

    async def act_at_the_last_moment(self) -> None:
        await self.must(*self._obligation(2031, "2030-12-31"))
        await self.must(*self._group("Working group of the last day", "2030-12-31"))

    async def try_everything(self) -> None:
        """Each covered act on the section alone, dated today: all of them are refused, naming (g)."""
        today = await self._today()
        country = await self.must(
            OFFICE,
            "POST",
            "/participants",
            {"name": f"Country {today}", "code": f"XX{'AB'[today > '2031-01-05']}", "region": "Other"},
        )
        invitation = {"value": "invited", "since": today, "source": "A letter"}
        tries: tuple[tuple[Act, int | None], ...] = (
            (self._obligation(2031, today), None),
            (self._group("Too late", today), None),
            (self._project("Too late"), None),
            (self._partner(today, "supplier"), None),
            ((OFFICE, "PUT", f"/participants/{country['id']}/standing", invitation), 1),
            (self._designation("Too late", today), None),
        )
        for (person, method, path, body), version in tries:
            answer = await self.rehearsal.ask(person, method, path, body, version=version)
            assert answer.status_code == 409, (path, answer.text)
            assert "1253(g)" in answer.json()["citation"], (path, answer.text)
            self.refused.append(f"{today} {method} {path}")

    async def continue_under_other_law(self) -> None:
        row = await self.must(OFFICE, "GET", f"/projects/{self.numbers['project']}")
        body = {
            "name": "Solid rocket motors",
            "kind": "co-production",
            "objectives": ["1253.b.2"],
            "classified_by": "the service",
            "source": "Minutes",
            "program_authority": OTHER,
            "continuation_id": self.numbers["determination"],
        }
        path = f"/projects/{self.numbers['project']}"
        await self.must(OFFICE, "PUT", path, body, version=row["version"])
        more = {"continuation_id": self.numbers["determination"]}
        await self.must(*self._obligation(2031, await self._today(), OTHER, **more))

    async def record_late(self) -> None:
        papers = {"late_because": "The contract came in January.", "late_document": "HQ0034-31-C-0007"}
        await self.must(*self._obligation(2031, "2030-12-20", **papers))

    # ---- reports

    def write_report(self, year: int) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.must(WRITER, "POST", "/reports", {"year": year})
            for section in (await self.must(WRITER, "GET", f"/reports/{year}"))["sections"]:
                path = f"/report-sections/{section['id']}"
                await self.must(WRITER, "PUT", path, {"narrative": "As the record shows."}, version=section["version"])

        return run

    def sign_report(self, year: int) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            slug, today = f"report-{year}", await self._today()
            if self.whole or year == 2031:
                await self._build_and_sign(year, today)
            await self.done(slug, today, "Letters to the six committees")

        return run

    async def _build_and_sign(self, year: int, today: str) -> None:
        actor = self.rehearsal.cast.numbers[WRITER]
        made = await build_report(self.rehearsal.db, year, actor=actor, reader=Reader("us-government"))
        self.say(f"report of {year}: {len(made.files)} files")
        path = f"/report-versions/{made.report_id}"
        for verb, body in (
            ("freeze", {"build_id": made.id}),
            ("coordination", {}),
            (
                "signature",
                {
                    "build_id": made.id,
                    "signatory": "Secretary of Defense",
                    "name": "Secretary of Defense (made up)",
                    "signed_on": today,
                },
            ),
        ):
            version = (await self.must(WRITER, "GET", path))["version"]
            await self.must(WRITER, "PATCH", f"{path}/{verb}", body, version=version)

    async def _today(self) -> str:
        return str((await self.must("auditor", "GET", "/law"))["today"])


def at_the_end() -> datetime:
    """When the life has been lived: after the last report's day."""
    return datetime(2031, 3, 3, 17, tzinfo=UTC)
