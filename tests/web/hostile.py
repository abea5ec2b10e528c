"""Finds every form of the product by following its links, and sends hostile text into each of its fields."""

import csv
import hashlib
import io
import re
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import cycle
from typing import Any, Final, Self
from urllib.parse import quote_plus, urlsplit

import httpx
from litestar import Litestar
from lxml import html
from lxml.html import HtmlElement
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from pipir.app import Setup, create_app
from pipir.exercise.days import START, TODAY
from pipir.exercise.people import PERSONS
from pipir.exercise.program import enter_program
from pipir.features.agreements.tables import Agreement
from pipir.features.assistance import commands as assistance
from pipir.features.assistance.tables import Assistance
from pipir.features.documents import commands as documents
from pipir.features.engagement.tables import Engagement, EngagementCommitment
from pipir.features.exchanges.tables import TechnicalExchange
from pipir.features.execution import commands as execution
from pipir.features.groups import commands as groups
from pipir.features.groups.tables import ActionItem, AgendaItem, Attendance, Meeting, MeetingDecision
from pipir.features.imports import commands as imports
from pipir.features.imports.rules import Column
from pipir.features.imports.tables import LedgerImport
from pipir.features.law import commands as law
from pipir.features.ledger import commands as ledger
from pipir.features.ledger.tables import FundingDocument, TreasuryAccount
from pipir.features.notes import commands as notes
from pipir.features.notices import commands as notices
from pipir.features.participants.tables import Participant, PointOfContact
from pipir.features.people import commands as people
from pipir.features.people.tables import SERVICE, Person, SignIn
from pipir.features.projects.rules import CLOSED
from pipir.features.projects.tables import Milestone, Project, ProjectArticle, ProjectResult, ProjectRisk
from pipir.features.reconciliation.tables import LedgerCase, ReconciliationItem, ReviewItem
from pipir.features.report import commands as report
from pipir.features.report.tables import ReportSection
from pipir.features.vulnerabilities.tables import VulnerabilityProject
from pipir.features.workbooks import commands as workbooks
from pipir.features.workbooks import queries as workbook_queries
from pipir.features.workbooks.compose import workbook
from pipir.features.workbooks.rules import read_book
from pipir.features.workbooks.tables import WorkbookImport
from pipir.features.workspace import commands as workspace
from pipir.kernel.files import Incoming
from pipir.kernel.ids import ActionItemId, PersonId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.kernel.parsing import parse
from pipir.load import PUBLIC_RECORD, load_bundle
from pipir.store.doors import JOB, Database, WriteSession
from pipir.store.embedded import EmbeddedServer
from pipir.store.migrate import Clock, make_installation, migrate
from pipir.store.queue import enqueue
from tests.conftest import Doors
from tests.features.data_calls.makers import issue
from tests.features.law.makers import a_determination, a_reading, an_amendment
from tests.features.report.record import change, complete, draft

TEXTS: Final[Mapping[str, bytes]] = {
    "script": b"<script>alert(1)</script>",
    "image": b'"><img src=x onerror=alert(1)>',
    "template": b"{{7*7}}",
    "quote": b"'; drop table project; --",
    "NUL": b"a\x00b",
    "surrogate": b"a\xed\xa0\x80b",
    "not UTF-8": b"a\xff\xfeb",
    "100,000 characters": b"x" * 100_000,
    "right to left": "a\N{RIGHT-TO-LEFT OVERRIDE}b".encode(),
    "formula": b'=HYPERLINK("http://x")',
    "path": b"../../etc/passwd",
    "past int64": b"9223372036854775808",
    "negative": b"-1",
    "NaN": b"NaN",
    "past float": b"1e999",
    "no such day": b"0000-00-00",
    "nothing": b"",
}
# What is no choice of a list, box or file, each in its own way; further texts would be refused for the same reason.
NO_CHOICE: Final = (
    "script", "quote", "NUL", "not UTF-8", "100,000 characters", "past int64", "negative", "nothing",
)  # fmt: skip
# What stands on no page as it was sent: the one would run, the other would be a formula that somebody computed.
_RAW: Final = (TEXTS["script"], b"<img src=x onerror")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")
# Fields of the service itself; what they carry was not typed by anybody.
_OURS: Final = ("_csrf", "_version", "_key")
# What must not stand in the record is not sent back either.
_NEVER_GIVEN_BACK: Final = ("spilled_value",)
_NOT_TEXT: Final = ("surrogate", "not UTF-8")
_LAST: Final = (
    "cancel", "close", "confirm", "drop", "end", "freeze", "meet", "report-done", "review", "sign", "verify",
    "withdraw",
)  # fmt: skip
_CHANGE_LEAST: Final = ("auditor", "senior-official", "state-liaison")
STRANGER: Final = "a stranger"


@dataclass(frozen=True)
class Control:
    """A field of a form: how it is filled, what stands in it, and what may be chosen."""

    name: str
    kind: str
    value: str
    choices: tuple[str, ...] = ()
    required: bool = False

    @property
    def is_typed(self) -> bool:
        """Whether a person types into it, so that what was typed can come back."""
        return self.kind in ("text", "textarea", "date", "money", "email", "number")


@dataclass(frozen=True)
class FoundForm:
    """A form where it stands: whose page, which address, where it is sent, and its fields."""

    who: str
    page: str
    action: str
    controls: tuple[Control, ...]
    takes_file: bool = False


@dataclass
class Told:
    """What the walk did and what it found wrong."""

    forms: int = 0
    fields: int = 0
    posts: int = 0
    stored: int = 0
    shown: int = 0
    pages: int = 0
    takes_text: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    @classmethod
    def joined(cls, parts: Sequence["Told"]) -> "Told":
        """What several walks did together."""
        found = cls(
            *(sum(getattr(each, name) for each in parts) for name in ("forms", "fields", "posts", "stored", "shown")),
            pages=sum(each.pages for each in parts),
        )
        for each in parts:
            found.takes_text |= each.takes_text
            found.wrong += each.wrong
        return found

    def line(self) -> str:
        """The walk in one sentence."""
        return (
            f"{self.forms} forms with {self.fields} fields, {self.posts} posts of which {self.stored} were stored "
            f"and {self.shown} shown at once, {self.pages} pages and files read"
        )


def forms_of(page: HtmlElement, who: str, at: str) -> Iterable[FoundForm]:
    """Every form of a page that posts."""
    for form in page.iter("form"):
        if form.get("method", "").lower() == "post":
            takes_file = form.get("enctype") == "multipart/form-data"
            yield FoundForm(who, at, form.get("action") or at, tuple(_controls(form)), takes_file)
            # A button may send the same fields elsewhere.
            for button in form.xpath(".//button[@formaction]"):
                yield FoundForm(who, at, button.get("formaction"), tuple(_controls(form)), takes_file)


def _controls(form: HtmlElement) -> Iterable[Control]:
    choices: dict[str, list[str]] = defaultdict(list)
    for box in form.xpath(".//input[@type='radio' or @type='checkbox']"):
        choices[box.get("name")].append(box.get("value", "on"))
    seen = set()
    for each in form.xpath(".//input[@name] | .//textarea[@name] | .//select[@name] | .//button[@name]"):
        name, kind = each.get("name"), each.get("type", "text") if each.tag == "input" else each.tag
        required = each.get("required") is not None
        if name in seen:
            continue
        seen.add(name)
        if kind == "select":
            options = tuple(option.get("value", "") for option in each.iter("option"))
            chosen = [option.get("value", "") for option in each.iter("option") if option.get("selected") is not None]
            yield Control(name, kind, chosen[0] if chosen else options[0] if options else "", options, required)
        elif kind in ("radio", "checkbox"):
            boxes = form.xpath(".//input[@name=$name and @checked]", name=name)
            yield Control(name, kind, boxes[0].get("value", "on") if boxes else "", tuple(choices[name]))
        elif kind == "textarea":
            # The line break after the tag is no part of the text.
            yield Control(name, kind, (each.text or "").removeprefix("\n"), required=required)
        else:
            kind = "money" if each.get("inputmode") == "decimal" else kind
            yield Control(name, kind, each.get("value", ""), required=required)


class Record:
    """The exercise program in one database, and copies of it that a walk may spoil."""

    def __init__(self, server: EmbeddedServer, superuser: AsyncConnection, doors: Doors) -> None:
        self._server = server
        self._superuser = superuser
        self.doors = doors
        self.name = f"h_{secrets.token_hex(6)}"
        self._copy: str | None = None
        self._open: Database | None = None
        # Where links are followed from: the first page, and records in the rarer states.
        self.starts = ["/", *(f"/reports/{year}" for year in range(2027, 2032))]

    async def enter(self) -> None:
        """A small program, and the states of a report that it leaves behind itself."""
        await self._superuser.execute(text(f"create database {self.name} template template0 owner pipir_owner"))
        owner = self._server.url("pipir_owner", self.name)
        await migrate(owner)
        await make_installation(owner, "exercise", Clock(START))
        db = Database(self._server.url("pipir_app", self.name), limits=JOB, size=3)
        await load_bundle(db, PUBLIC_RECORD)
        await enter_program(db, projects=7, entries=200)
        await draft(db, 2029)
        # Of the years whose money is over the program signed both: a correction of the later one is frozen.
        await change(db, report.supersede_report, report.SupersedeReport("A name was wrong."), year=2028)
        await change(db, report.freeze_report, report.FreezeReport(await complete(db, 2028)), year=2028)
        # Points of a report that is written and of one that is signed, so that each change of one has its form.
        async with db.write(actor=SERVICE, command=report.enter_point.name) as session:
            await report.enter_point(session, report.EnterPoint(2029, "priority", "A priority of the walk"))
            kind = {"kind": "policy"}
            await report.enter_point(session, report.EnterPoint(2029, "recommendation", "One of the walk", **kind))
        self.starts += ["/reports/2029/points", "/reports/2029/points/new"]
        self.starts += await _sections(db)
        async with db.write(actor=SERVICE, command=report.BUILD) as session:
            self.starts.append(f"/jobs/{await enqueue(session, report.BUILD, {'year': 2029})}")
            action = await session.scalar(select(ActionItem).where(ActionItem.state == "open").limit(1))
            assert action is not None
            done = groups.ReportActionDone(TODAY, "Shown to the second person.")
            await groups.report_action_done(session, ActionItemId(action.id), done, version=action.version)
            robin = await session.scalar(select(Person.id).where(Person.name == PERSONS[0][0]))
            await people.issue_token(session, PersonId(robin or 0), people.IssueToken(name="tests"))
            spoken_to = await session.scalar(select(PointOfContact.participant_id).limit(1))
            self.starts.append(f"/participants/{spoken_to}")
            closed = await session.scalar(select(Project.id).where(Project.status.in_(CLOSED)).limit(1))
            # Only a milestone that was not met can be cancelled.
            step = await session.scalar(
                select(Milestone.id)
                .join(Project, Project.id == Milestone.project_id)
                .where(Milestone.actual_on.is_(None), Milestone.until.is_(None), Project.until.is_(None))
                .limit(1)
            )
            self.starts += [f"/actions/{action.id}", f"/people/{robin}", f"/projects/{closed}"]
            await groups.name_change(
                session, ActionItemId(action.id), groups.NameChange("project", closed or 0, "Closed by the action.")
            )
            # One that is to come, so that it can be cancelled still.
            planned = groups.RecordMeeting("Talks to come", "Guam", TODAY, TODAY, "The agenda")
            self.starts.append(f"/meetings/{await groups.record_meeting(session, planned)}")
            # Minutes that nobody has agreed to yet, and whatever else a meeting records.
            met = await session.scalar(select(Meeting.id).where(Meeting.minutes_state == "draft").limit(1))
            parts = ("agenda", "attendance", "minutes", "agreed", "decision")
            self.starts += [f"/meetings/{met}", *(f"/meetings/{met}/record/{part}" for part in parts)]
            decision = await session.scalar(
                select(MeetingDecision.id).where(MeetingDecision.meeting_id == met).limit(1)
            )
            point = await session.scalar(select(AgendaItem.id).where(AgendaItem.meeting_id == met).limit(1))
            came = await session.scalar(select(Attendance.id).where(Attendance.meeting_id == met).limit(1))
            for part, number in (("agenda", point), ("attendance", came), ("decision", decision)):
                self.starts += [f"/meeting-parts/{part}/{number}/{act}" for act in ("revise", "withdraw")]
            self.starts += await _workbooks(session, robin or 0)
            self.starts += await _imports(session)
            self.starts.append(f"/milestones/{step}/revise")
            # One that a determination can close still, and one that it has closed.
            no_year = (TreasuryAccount.availability == "X", TreasuryAccount.closed_on.is_(None))
            account = await session.scalar(select(TreasuryAccount.id).where(*no_year).limit(1))
            self.starts.append(f"/ledger/accounts/{account}")
            self.starts.append(f"/ledger/accounts/{await _closed_account(session)}/balances")
            states = ("text agreed", "signed", "amended")
            for number in await session.scalars(select(Agreement.id).where(Agreement.state.in_(states))):
                self.starts.append(f"/agreements/{number}")
            risk = await session.scalar(select(ProjectRisk).where(ProjectRisk.status != "closed").limit(1))
            result = await session.scalar(select(ProjectResult.id).limit(1))
            article = await session.scalar(select(ProjectArticle.id).limit(1))
            assert risk is not None
            self.starts += [f"/risks/{risk.id}", f"/results/{result}", f"/projects/{risk.project_id}"]
            self.starts += [f"/articles/{article}/revise", f"/articles/{article}/end"]
        async with db.write(actor=robin or 0, command=notices.make_feed.name) as session:
            await notices.make_feed(session, notices.MakeFeed(name="tests"))
            # Two: one is ended before the walk comes to revise the other.
            note = notes.WriteNote(kind="action_item", record_id=action.id, text="Wait for the minutes.")
            self.starts += [f"/notes/{await notes.write_note(session, note)}" for _ in range(2)]
            project = await session.scalar(select(Project.id).order_by(Project.id).limit(1))
            paper = documents.content_of("minutes.txt", b"Minutes of a meeting\n")
            body = documents.AttachDocument("Minutes", "project", project or 0, "A meeting")
            document = await documents.attach_document(session, body, content=paper)
            self.starts += [f"/documents/{document}", f"/documents/of/project/{project}"]
        async with db.write(actor=SERVICE, command=documents.propose_replacement.name) as session:
            spilled = documents.ProposeReplacement("a value of nobody", "Spilled.", "A title")
            self.starts.append(f"/documents/spillage/{await documents.propose_replacement(session, spilled)}")
        await self._enter_open_law(db)
        await self._enter_what_is_open(db)
        await self._lead_to(db, self.name)

    async def _enter_open_law(self, db: Database) -> None:
        """What waits for a second person, and a call that its addressee has not answered."""
        async with db.write(actor=SERVICE, command="test.law") as session:
            amendment = await law.enter_amendment(session, parse(law.EnterAmendment, an_amendment()))
            reading = await law.adopt_reading(session, parse(law.AdoptReading, a_reading()))
            days = {"effective_from": TODAY.isoformat(), "review_on": (TODAY + timedelta(days=365)).isoformat()}
            determined = await law.determine(session, parse(law.Determine, a_determination(**days)))
            office = await session.scalar(select(Person.office_id).where(Person.name == PERSONS[0][0]))
            due = {"issued_on": TODAY.isoformat(), "due_on": (TODAY + timedelta(days=30)).isoformat()}
            call = await issue(session, **due, report_year=2029, office_ids=[office])
        self.starts += [
            "/concurrence?show=all",
            "/law/determinations/new?kind=project",
            f"/law/amendments/{amendment}",
            f"/law/readings/{reading}",
            f"/law/determinations/{determined}",
            f"/data-calls/{call}",
        ]

    async def _enter_what_is_open(self, db: Database) -> None:
        """Assistance of which a unit waits for its vetting; and of other kinds a record that still takes every act."""
        async with db.write(actor=SERVICE, command=assistance.plan_assistance.name) as session:
            partner = await session.scalar(select(Participant.id).where(Participant.code == "AUS"))
            office = await session.scalar(select(Person.office_id).where(Person.name == PERSONS[0][0]))
            plan = assistance.PlanAssistance(
                name="Help that waits",
                participant_id=partner or 0,
                purpose="Training",
                objectives=["1253.b.2"],
                uses="10-usc-333",
                starts_on=TODAY,
                ends_on=TODAY + timedelta(days=90),
                lead_office_id=office or 0,
                source="A plan",
            )
            waiting = await assistance.plan_assistance(session, plan)
            await assistance.name_unit(session, waiting, assistance.NameUnit("A unit"))
            link = await session.scalar(
                select(VulnerabilityProject.id).where(VulnerabilityProject.until.is_(None)).limit(1)
            )
            ahead = await session.scalar(
                select(TechnicalExchange.id).where(TechnicalExchange.outcome.is_(None)).limit(1)
            )
            day = await session.scalar(select(Engagement.id).where(Engagement.outcome.is_(None)).limit(1))
            owed = await session.scalar(
                select(EngagementCommitment.id).where(EngagementCommitment.outcome == "open").limit(1)
            )
            differs = await session.scalar(
                select(ReconciliationItem.id).where(ReconciliationItem.settled_on.is_(None)).limit(1)
            )
            answered = await session.scalar(
                select(ReviewItem.id).where(ReviewItem.answer.is_not(None), ReviewItem.looked.is_(None)).limit(1)
            )
            asked = await session.scalar(select(ReviewItem.id).where(ReviewItem.answer.is_(None)).limit(1))
            case = await session.scalar(select(LedgerCase.id).limit(1))
            begun = await session.scalar(select(Assistance.id).where(Assistance.status == "suspended").limit(1))
            document = await session.scalar(select(FundingDocument.id).order_by(FundingDocument.id).limit(1))
            drafted = execution.DraftPlan(document or 0, "plan", TODAY, TODAY, TODAY + timedelta(days=40))
            draft_plan = await execution.draft_plan(session, drafted)
        self.starts += [
            f"/ledger/plans/{draft_plan}",
            f"/assistance/{waiting}",
            f"/assistance/{begun}",
            f"/vulnerability-links/{link}/end",
            f"/exchanges/{ahead}",
            f"/engagements/{day}",
            f"/commitments/{owed}",
            f"/ledger/reconciliation/differences/{differs}",
            f"/ledger/review-items/{answered}",
            f"/ledger/review-items/{asked}",
            f"/ledger/cases/{case}",
            "/ledger/lists",
        ]

    async def renew(self) -> None:
        """Lead the doors to an untouched copy; who was signed in still is."""
        copy = f"{self.name}_{secrets.token_hex(3)}"
        await self._close()
        await self._superuser.execute(
            text(f"create database {copy} template {self.name} strategy file_copy owner pipir_owner")
        )
        db = Database(self._server.url("pipir_app", copy), size=3)
        # In the copy a sign-in rests since the copied record was entered; a walk takes longer than it may rest.
        async with db.write(actor=SERVICE, command="test.renew") as session:
            await session.execute(update(SignIn).values(last_seen_at=func.clock_timestamp()))
        await self._lead_to(db, copy)

    async def end(self) -> None:
        """Drop the copy and the record."""
        await self._close()
        await self._superuser.execute(text(f"drop database if exists {self.name} with (force)"))

    async def _lead_to(self, db: Database, name: str) -> None:
        self._copy, self._open = name, db
        self.doors.lead_to(db)

    async def _close(self) -> None:
        if self._open is not None:
            await self._open.close()
            self._open = None
        if self._copy not in (None, self.name):
            await self._superuser.execute(text(f"drop database {self._copy} with (force)"))


async def _imports(session: WriteSession) -> list[str]:
    """A source of files, a file that waits to be checked, and one that was checked."""
    body = imports.SetSource(name="Walked", holds="What is sent here", columns={"kind": Column("Type")})
    source = await imports.enter_source(session, body)
    content = b"Type,amount,effective_on\nobligation,1.00,2028-01-01\n"
    file = Incoming(io.BytesIO(content), "walked.csv", len(content), hashlib.sha256(content).hexdigest())
    wish = imports.UploadFile(source_id=source)
    number = await imports.upload_file(session, wish, content=await imports.examined(file))
    content += b"obligation,2.00,2028-01-01\n"
    file = Incoming(io.BytesIO(content), "checked.csv", len(content), hashlib.sha256(content).hexdigest())
    checked = await imports.upload_file(session, wish, content=await imports.examined(file))
    found = await session.get(LedgerImport, checked)
    assert found is not None
    found.state, found.judged_by, found.by_kind = "checked", {}, []
    found.rows = found.good = 2
    found.bad = found.exceptions = found.notices = 0
    await session.flush()
    pages = ("/ledger/imports", "/ledger/imports/new", "/ledger/import-sources", "/ledger/import-sources/new")
    return [f"/ledger/imports/{number}", f"/ledger/imports/{checked}", f"/ledger/import-sources/{source}", *pages]


async def _closed_account(session: WriteSession) -> int:
    """A no-year account with a balance, closed by a determination; the years that pass before one are left out."""
    body = ledger.OpenAccount("097-X-0361-000", "Purchases that ended", "The office")
    account = await ledger.open_account(session, body)
    funding = ledger.ReceiveFunding(
        number="EX-CLOSED",
        account_id=account,
        title="Purchases",
        level_of_control="allotment",
        source_of_authority="regular act",
        purpose="Purchases that ended",
        received_on=TODAY - timedelta(days=40),
        amount=Dollars("100.00"),
    )
    await ledger.receive_funding(session, funding)
    row = await session.get(TreasuryAccount, account)
    assert row is not None
    row.closed_on, row.closed_because = TODAY - timedelta(days=10), "Purpose fulfilled"
    await session.flush()
    return account


async def _sections(db: Database) -> list[str]:
    """A section with comments in both states, and a draft of who writes here."""
    async with db.write(actor=SERVICE, command="test.workspace") as session:
        section = await session.scalar(
            select(ReportSection.id).where(ReportSection.year == 2029, ReportSection.element == "1253.f.1.B.i")
        )
        number = section or 0
        for _ in range(2):
            await workspace.comment(session, number, workspace.Comment("Name the site.", "single sources"))
            resolved = await workspace.comment(session, number, workspace.Comment("Name the year."))
            await workspace.resolve_comment(session, resolved, workspace.ResolveComment("Named."), version=1)
        writer = await session.scalar(select(Person.id).where(Person.name == PERSONS[4][0]))
    async with db.write(actor=writer or 0, command=workspace.keep_draft.name) as session:
        await workspace.keep_draft(session, number, workspace.KeepDraft(1, "Half a sen"))
    return ["/reports/2029/sections/i"]


async def _workbooks(session: WriteSession, made_by: int) -> list[str]:
    """One workbook of somebody else, which waits for who walks here; their own waits in the program."""
    made = await workbook_queries.exported(
        session, Reader("us-government"), (made_by, "Robin"), workbook_queries.ProjectFilter()
    )
    book = read_book(workbook(made))
    edited = [
        replace(row, values={**row.values, "source": "Edited offline"}) if row.kind == "project" else row
        for row in book.rows
    ]
    content = workbooks.Content("projects.xlsx", "0" * 64, replace(book, rows=tuple(edited)))
    number = await workbooks.import_workbook(session, workbooks.ImportWorkbook(), content=content)
    own = await session.scalar(select(WorkbookImport.id).where(WorkbookImport.uploaded_by_id == made_by).limit(1))
    return [f"/workbooks/{number}", f"/workbooks/{own}", "/workbooks/new"]


class Walk:
    """Everybody who can sign in, the forms that they meet, and what happens when each field holds hostile text."""

    def __init__(self, record: Record, app: Litestar) -> None:
        self._record = record
        self._transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self._stack = AsyncExitStack()
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._routes = _routes(app)
        self.told = Told()
        self.found: dict[tuple[str, tuple[str, ...]], list[FoundForm]] = defaultdict(list)
        self._files: dict[str, str] = {}
        # The parts of the record, as addresses begin, that a post has changed since the record was made anew.
        self._changed: set[str] = set()
        self._kept: dict[str, httpx.Cookies] = {}

    async def __aenter__(self) -> Self:
        for name in (STRANGER, *(name for name, *_ in PERSONS)):
            client = httpx.AsyncClient(transport=self._transport, base_url="http://testserver")
            self._clients[name] = await self._stack.enter_async_context(client)
        return self

    async def __aexit__(self, *wrong: object) -> None:
        await self._stack.aclose()

    @property
    def routes(self) -> set[str]:
        """Every address of the pages that takes a form, with its parameters' names."""
        return {path for path, _, posts in self._routes if posts}

    @property
    def met(self) -> set[str]:
        """Those of which the walk met a form."""
        return {route for route, _ in self.found}

    async def find(self, *, each: int) -> None:
        """Sign everybody in and follow links; look at `each` of each kind of page: one for who changes least."""
        await self._follow(STRANGER, ["/consent"], each)
        await self._clients[STRANGER].post("/consent", data={"next": ""})
        await self._follow(STRANGER, ["/sign-in"], each)
        walked: set[str] = set()
        for name, _, _, role in PERSONS:
            client = self._clients[name]
            await client.post("/consent", data={"next": ""})
            chosen = re.search(
                rf'value="(\d+)"[^<]*<label[^<]*<span class="person-name">{name}<', (await client.get("/sign-in")).text
            )
            assert chosen, f"{name} is not among those who may sign in"
            assert (await client.post("/sign-in", data={"person": chosen[1], "next": ""})).status_code == 303
            await self._follow(name, [*self._record.starts], 1 if role in {*_CHANGE_LEAST, *walked} else each)
            walked.add(role)

    async def _follow(self, who: str, waiting: list[str], each: int) -> None:
        self._kept[who] = httpx.Cookies(self._clients[who].cookies)
        seen: set[str] = set()
        # The first addresses are looked at in any case.
        first = frozenset(waiting)
        of_kind: dict[str, int] = defaultdict(int)
        while waiting:
            path = waiting.pop(0)
            kind = self._kind(path)
            # A page within a page of its own, such as a section of each report, is counted there.
            within = path.rpartition("/")[0] if kind.count("{") > 1 else kind
            if path in seen or (of_kind[within] >= each and path not in first):
                continue
            seen.add(path)
            of_kind[within] += path not in first
            answer = await self._clients[who].get(path)
            self.told.pages += 1
            if not answer.headers.get("content-type", "").startswith("text/html") or answer.status_code != 200:
                if "text/csv" in answer.headers.get("content-type", ""):
                    self._files[path] = who
                continue
            page = html.fromstring(answer.content)
            for form in forms_of(page, who, path):
                names = tuple(sorted(control.name for control in form.controls))
                same = self.found[self._kind(form.action), names]
                if form.action not in [other.action for other in same]:
                    same.append(form)
            for href in (*page.xpath("//a/@href"), *page.xpath('//details[@class="export"]/form/@action')):
                parts = urlsplit(href)
                if not parts.netloc and parts.path.startswith("/"):
                    waiting.append(parts.path)

    def _kind(self, address: str) -> str:
        path = address.partition("?")[0]
        return next((route for route, pattern, _ in self._routes if pattern.fullmatch(path)), path)

    async def try_all(self, *, part: int = 0, of: int = 1) -> None:
        """Send every text into each field that is typed into, of a form of each kind, and NO_CHOICE into the others.

        Several walks share the kinds of forms: this one takes every `of`-th, from number `part` on.
        """
        await self._try_kinds(lambda control: list(TEXTS) if control.is_typed else NO_CHOICE, part=part, of=of)

    async def try_some(self) -> None:
        """Send one text into every other field: script into every other that is typed into, else the texts by turns."""
        turns = cycle(TEXTS)
        scripts, tried = cycle((True, False)), cycle((True, False))

        def labels_for(control: Control) -> Sequence[str]:
            if not next(tried):
                return ()
            return ["script" if control.is_typed and next(scripts) else next(turns)]

        await self._try_kinds(labels_for, files_once=True)

    async def _try_kinds(
        self, labels_for: Callable[[Control], Sequence[str]], *, files_once: bool = False, part: int = 0, of: int = 1
    ) -> None:
        """`files_once`: files are read at the end alone, not also before each renewal of the record."""
        await self._record.renew()
        for (route, _), places in sorted(self.found.items(), key=_order)[part::of]:
            self.told.forms += 1
            form: FoundForm | None = None
            for control in places[0].controls:
                self.told.fields += 1
                for label in labels_for(control):
                    if form is None:
                        form = await self._open(places, look=not files_once)
                    if await self._try(route, form, control, label):
                        form = None
        await self._look_everywhere()

    async def _open(self, places: Sequence[FoundForm], *, look: bool) -> FoundForm:
        """The form with the version that stands now, on another record where one has lost it, as an ended one does."""
        for place in places:
            form = await self._again(place)
            if form is not None:
                return form
        if look:
            await self._look_around()
        self._changed.clear()
        await self._record.renew()
        form = await self._again(places[0])
        assert form is not None, f"{places[0].page} has lost a form in an untouched record"
        return form

    async def _try(self, route: str, form: FoundForm, control: Control, label: str) -> bool:
        """Send the form once; whether it was stored."""
        media_type = "multipart/form-data; boundary=b" if form.takes_file else "application/x-www-form-urlencoded"
        answer = await self._clients[form.who].post(
            form.action,
            content=_filled(form, control.name, TEXTS[label], self.told.posts),
            headers={"Content-Type": media_type},
        )
        # Who signed in or out is who they were before.
        self._clients[form.who].cookies = httpx.Cookies(self._kept[form.who])
        self.told.posts += 1
        where = f"{form.action} ({form.who}), {control.name} = {label}"
        if answer.status_code not in _allowed(control, label):
            self.told.wrong.append(f"{where}: answered {answer.status_code}")
        self._check_raw(where, answer)
        if answer.status_code in (200, 303):
            self.told.stored += 1
            self._changed.add(_part_of(route))
            if control.is_typed and label == "script":
                self.told.takes_text.add(route)
            if answer.status_code == 303:
                shown = await self._look(form.who, urlsplit(answer.headers["location"]).path, where)
                self.told.shown += control.is_typed and TEXTS[label] in html.fromstring(shown).text_content().encode()
            return True
        if control.is_typed and label not in _NOT_TEXT and control.name not in _NEVER_GIVEN_BACK:
            self._check_given_back(where, form, control, TEXTS[label], answer)
        return False

    async def _again(self, form: FoundForm) -> FoundForm | None:
        """The form as its page shows it now, with the version that stands now."""
        answer = await self._clients[form.who].get(form.page)
        self.told.pages += 1
        self._check_raw(form.page, answer)
        if answer.status_code != 200:
            return None
        names = {control.name for control in form.controls}
        for each in forms_of(html.fromstring(answer.content), form.who, form.page):
            if each.action == form.action and {control.name for control in each.controls} == names:
                return each
        return None

    def _check_given_back(
        self, where: str, form: FoundForm, control: Control, hostile: bytes, answer: httpx.Response
    ) -> None:
        typed = hostile.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}").strip()
        for each in forms_of(html.fromstring(answer.content), form.who, form.page):
            shown = {one.name: one.value for one in each.controls}
            if each.action == form.action and control.name in shown:
                if shown[control.name].strip() != typed:
                    self.told.wrong.append(f"{where}: {answer.status_code} gives back {shown[control.name][:60]!r}")
                return
        said = " ".join(html.fromstring(answer.content).text_content().split())
        self.told.wrong.append(f"{where}: {answer.status_code} shows no form with what was typed: {said[600:900]}")

    async def _look(self, who: str, path: str, where: str) -> bytes:
        answer = await self._clients[who].get(path)
        self.told.pages += 1
        if answer.status_code >= 500:
            self.told.wrong.append(f"{where}: {path} then answered {answer.status_code}")
        self._check_raw(f"{where}: {path}", answer)
        return answer.content

    async def _look_around(self) -> None:
        """The lists and files of the parts that were changed, and of the trail, which tells of every part."""
        await self._look_at(path for path in self._files if _part_of(path) in {"trail", *self._changed})

    async def _look_everywhere(self) -> None:
        """Every list and every file, once what they show is hostile."""
        await self._look_at(self._files)

    async def _look_at(self, files: Iterable[str]) -> None:
        for path in files:
            who = self._files[path]
            answer = await self._clients[who].get(path)
            self.told.pages += 1
            for row in csv.reader(io.StringIO(answer.text)):
                bad = [cell for cell in row if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell)]
                self.told.wrong += [f"{path}: the cell {cell[:60]!r} is read as a formula" for cell in bad]
            await self._look(who, path.removesuffix("/export.csv") or "/", path)

    def _check_raw(self, where: str, answer: httpx.Response) -> None:
        if "text/html" in answer.headers.get("content-type", "") and any(raw in answer.content for raw in _RAW):
            self.told.wrong.append(f"{where}: hostile text stands on the page unescaped")


def _part_of(path: str) -> str:
    return path.split("/")[1]


def _routes(app: Litestar) -> list[tuple[str, re.Pattern[str], bool]]:
    """The pages' addresses, those with the fewest parameters first, as patterns; and whether they take a form."""
    found = []
    for route in app.routes:
        if route.path.startswith(("/api/", "/static/")):
            continue
        pattern = re.sub(r"\\\{[a-z_]+:int\\\}", r"\\d+", re.escape(route.path))
        pattern = re.sub(r"\\\{[a-z_]+:[a-z]+\\\}", r"[^/]+", pattern)
        found.append((route.path, re.compile(pattern), "POST" in getattr(route, "methods", ())))
    return sorted(found, key=lambda each: (each[0].count("{"), each[0]))


def _order(found: tuple[tuple[str, tuple[str, ...]], Any]) -> tuple[bool, tuple[str, tuple[str, ...]]]:
    """What takes a record out of work comes after what changes it."""
    return found[0][0].rpartition("/")[2] in _LAST, found[0]


def _allowed(control: Control, label: str) -> set[int]:
    """Stored or shown again with what was typed; a page of its own only where there is nothing to give back."""
    # A file is bytes in whichever encoding: older text is no UTF-8.
    if label in _NOT_TEXT and control.kind != "file":
        return {400}
    if control.is_typed:
        return {200, 303, 409, 422}
    return {200, 303, 400, 403, 404, 409, 422}


def _filled(form: FoundForm, name: str, hostile: bytes, turn: int) -> bytes:
    """The form's body with the hostile text in one field and a plausible value in each other."""
    pairs: list[tuple[Control, bytes]] = []
    for control in form.controls:
        value = hostile if control.name == name else _example(control, turn).encode()
        if value or control.name == name:
            pairs.append((control, value))
    if form.takes_file:
        return b"".join(_part(control, value) for control, value in pairs) + b"--b--\r\n"
    return "&".join(f"{quote_plus(control.name)}={quote_plus(value)}" for control, value in pairs).encode()


def _part(control: Control, value: bytes) -> bytes:
    filename = '; filename="example.txt"' if control.kind == "file" else ""
    return f'--b\r\nContent-Disposition: form-data; name="{control.name}"{filename}\r\n\r\n'.encode() + value + b"\r\n"


def _example(control: Control, turn: int) -> str:
    """What stands in the field, or where it must be filled and is empty, a value that its form takes."""
    if control.value or control.name in _OURS:
        return control.value
    chosen = [choice for choice in control.choices if choice]
    for example in _EXAMPLES.get(control.name, lambda turn: ())(turn):
        if not control.choices or example in control.choices:
            return example
    if control.name in _BY_TURNS and chosen:
        return chosen[turn % len(chosen)]
    if not (control.required or control.kind == "radio"):
        return ""
    return chosen[0] if chosen else {"date": TODAY.isoformat(), "money": "1.00"}.get(control.kind, "Example text")


# Values of the fields that take no other, by turns where no two records may have the same.
_EXAMPLES: Final[Mapping[str, Callable[[int], Sequence[str]]]] = {
    "marking": lambda turn: ("UNCLASSIFIED",),
    "symbol": lambda turn: (f"097-X-{turn % 10_000:04}-000",),
    "objectives": lambda turn: ("1253.b.2",),
    "triggered_on": lambda turn: ((TODAY - timedelta(days=turn % 900)).isoformat(),),
    "kind": lambda turn: ("commitment",),
    "amount": lambda turn: ("1.00",),
    "rationale": lambda turn: ("Example text",),
    "psc": lambda turn: ("1310",),
    "indicator": lambda turn: (f"Example {turn}",),
    "baseline": lambda turn: ("1",),
    "target": lambda turn: ("2",),
    "value": lambda turn: ("1.5",),
    "target_on": lambda turn: ((TODAY + timedelta(days=30)).isoformat(),),
    "direction": lambda turn: ("more",),
    "review_on": lambda turn: ((TODAY + timedelta(days=30)).isoformat(),),
    # A file of bytes that nobody attached before.
    "file": lambda turn: (f"Example {turn}",),
    "persons": lambda turn: ("3",),
    "position": lambda turn: ("1",),
    "changed_id": lambda turn: ("1",),
}
_BY_TURNS: Final = ("code", "participant_id", "funding_document_id", "rating")


@asynccontextmanager
async def walk(server: EmbeddedServer) -> AsyncIterator[Walk]:
    """A walk over a record of its own on the server."""
    engine = create_async_engine(server.url("postgres", "postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    doors = Doors()
    app = create_app(Setup(db=doors, kind="exercise"))
    async with engine.connect() as superuser:
        record = Record(server, superuser, doors)
        try:
            await record.enter()
            async with Walk(record, app) as walking:
                yield walking
        finally:
            await record.end()
    await engine.dispose()
