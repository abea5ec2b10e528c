"""A person with a keyboard and no mouse, in a browser without script; and the record that the ten tasks are done in."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import func, select

from pipir.exercise.people import enter_people
from pipir.features.concurrence import commands, queries
from pipir.features.concurrence.tables import AskedId, RequestId
from pipir.features.participants import commands as participants
from pipir.features.people.tables import Office, Person
from pipir.features.trail.tables import TrailRow
from pipir.kernel.marking import Reader
from pipir.kernel.parsing import parse
from pipir.load import PUBLIC_RECORD, load_bundle
from pipir.store.doors import Database
from tests.makers import NOW

Part = Literal["button", "checkbox", "combobox", "link", "radio", "searchbox", "textbox"]

TODAY = NOW.date()
DUE = TODAY + timedelta(days=14)
MEMORANDUM = "Memorandum on coordination (exercise)"
US = Reader(kind="us-government")
# More than the stops of the longest page that a task goes through.
MOST = 150
# Whether the focused element, or its label where the box is drawn there, is what one sees at its place: it is in the
# window, and nothing lies over it (WCAG 2.2, 2.4.11). The first line counts of a text that runs over several.
_IN_SIGHT = """(e) => { const parts = [e, ...(e.labels || [])]; return parts.some((part) => {
    const b = part.getClientRects()[0];
    const met = b && document.elementFromPoint(b.left + Math.min(b.width / 2, 20), b.top + b.height / 2);
    return !!met && parts.some((each) => each === met || each.contains(met)); }); }"""
# The outline or the shadow by which one sees where one is; a box drawn by USWDS shows it on its label.
_SHOWN = """(e) => [e, ...(e.labels || [])].some((each) => ["", "::before"].some((of) => {
    const s = getComputedStyle(each, of || null);
    return (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none"; }))"""


def _named(name: str, *, whole: bool) -> re.Pattern[str]:
    """A name as it is read out: what is for the ear alone may stand after a blank that the eye does not see."""
    said = re.escape(name).replace(":", r"\s?:")
    return re.compile(rf"^{said}$" if whole else said)


@dataclass
class Hands:
    """The keyboard of one person, counted: presses of keys that move and choose, and characters typed."""

    page: Page
    presses: int = 0
    typed: int = 0

    async def press(self, key: str) -> None:
        self.presses += 1
        await self.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        self.typed += len(text)
        await self.page.keyboard.type(text)

    async def reach(self, part: Part, name: str, *, whole: bool = True, most: int = MOST) -> Locator:
        """Press Tab until the focus is on the part of this accessible name, where it is seen."""
        found = self.page.get_by_role(part, name=_named(name, whole=whole))
        await self._tab_to(await found.element_handles(), f"{part} “{name}”", most)
        focused = self.page.locator(":focus")
        # The browser scrolls to what has the focus a moment after it has it.
        for _ in range(100):
            if await focused.evaluate(_IN_SIGHT):
                break
        else:
            raise AssertionError(f"The {part} “{name}” of {self.page.url} has the focus unseen.")
        assert await focused.evaluate(_SHOWN), f"The {part} “{name}” of {self.page.url} does not show the focus."
        return focused

    async def _tab_to(self, there: Sequence[Any], called: str, most: int = MOST) -> None:
        """Press Tab until the focus is on one of these, at most so often."""
        assert there, f"There is no {called} on {self.page.url}."
        for pressed in range(most + 1):
            if await self.page.evaluate("(parts) => parts.includes(document.activeElement)", there):
                return
            if pressed < most:
                await self.press("Tab")
        raise AssertionError(f"The {called} of {self.page.url} is not reached in {most} presses of Tab.")

    async def follow(self, part: Part, name: str, *, whole: bool = True, status: int = 200) -> None:
        """Reach a link or button and press Enter; the page that comes answers with the status."""
        await self.reach(part, name, whole=whole)
        await self.enter(status)

    async def enter(self, status: int = 200) -> None:
        """Press Enter where that leads to another page."""
        async with self.page.expect_navigation() as going:
            await self.press("Enter")
        came = await going.value
        assert came is None or came.status == status, f"{self.page.url} answered {came and came.status}."

    async def skip(self) -> None:
        """Go to the main content by the first stop of every page; a page that opened at a place of it is there."""
        if urlsplit(self.page.url).fragment:
            return
        await self.reach("link", "Skip to main content", most=2)
        await self.enter()

    async def go(self, section: str, page: str) -> None:
        """Go to a page of another section: by the section's entry, and the stop that leads to its pages."""
        await self.follow("link", section)
        await self.follow("link", f"Skip to the pages of {section}")
        await self.follow("link", page)

    async def write(self, name: str, text: str, *, part: Part = "textbox", whole: bool = False) -> None:
        """Reach a field and type, in the place of what it holds."""
        await self.reach(part, name, whole=whole)
        await self.press("Control+a")
        await self.type(text)

    async def date(self, name: str, day: date) -> None:
        """Reach the field of a day, which the browser divides in month, day and year, and type it."""
        label = re.compile(rf"^{re.escape(name)}\b")
        wanted = self.page.get_by_label(label).and_(self.page.locator("input[type=date]"))
        await self._tab_to(await wanted.element_handles(), f"day “{name}”")
        await self.type(f"{day:%m%d%Y}")
        assert await wanted.input_value() == day.isoformat()

    async def choose(self, name: str, option: str) -> None:
        """Reach a list and press the arrow until an option that begins so is chosen."""
        focused = await self.reach("combobox", name, whole=False)
        for _ in range(MOST):
            if (await focused.evaluate("(list) => list.selectedOptions[0].label.trim()")).startswith(option):
                return
            await self.press("ArrowDown")
        raise AssertionError(f"The list “{name}” of {self.page.url} has no option “{option}”.")

    async def pick(self, name: str) -> None:
        """Reach the group that a radio is in, and press the arrow until it is the one."""
        wanted = self.page.get_by_role("radio", name=name)
        await self.reach("radio", "", whole=False)
        while not await wanted.evaluate("(radio) => radio === document.activeElement"):
            await self.press("ArrowDown")
        if not await wanted.is_checked():
            await self.press("Space")

    async def tick(self, name: str) -> None:
        """Reach a box and tick it."""
        focused = await self.reach("checkbox", name)
        await self.press("Space")
        assert await focused.is_checked()

    async def file(self, name: str, called: str, content: bytes) -> None:
        """Reach a field for a file and give it one; the system's own dialog is no page of ours."""
        there = await self.page.get_by_label(name).element_handle()
        await self._tab_to([there], f"field “{name}”")
        await self.page.locator(":focus").set_input_files({"name": called, "mimeType": "text/plain", "buffer": content})

    async def search(self, words: str) -> None:
        """Look for words from the header of whichever page."""
        await self.write("Search the record", words, part="searchbox")
        await self.enter()

    async def says(self, text: str) -> None:
        """The main content says so."""
        await expect(self.page.locator("main")).to_contain_text(text)

    async def refused(self, text: str) -> None:
        """The page came back with a refusal that has the focus, so that it is read out and its links are next."""
        summary = self.page.locator("#error-summary")
        await expect(summary).to_be_focused()
        await expect(summary).to_contain_text(text)


@dataclass
class Desks:
    """One served record, the persons who work in it, and what each task leaves in the trail."""

    db: Database
    browser: Browser
    address: str
    database: str
    people: dict[str, int]
    offices: dict[str, int]
    _contexts: dict[str, BrowserContext] = field(default_factory=dict)
    _hands: list[Hands] = field(default_factory=list)
    _mark: int = 0

    async def begin(self) -> None:
        """Forget the presses and the trail of the task before."""
        for hands in self._hands:
            await hands.page.close()
        self._hands.clear()
        async with self.db.read() as session:
            self._mark = await session.scalar(select(func.max(TrailRow.id))) or 0

    async def sit(self, name: str, path: str = "/") -> Hands:
        """A new page before the named person, who signs in by the keyboard the first time."""
        if name not in self._contexts:
            context = await self.browser.new_context(
                viewport={"width": 1440, "height": 900},
                java_script_enabled=False,
                locale="en-US",
                reduced_motion="reduce",
            )
            context.set_default_timeout(20_000)
            self._contexts[name] = context
            hands = Hands(await context.new_page())
            await hands.page.goto(f"{self.address}/")
            await hands.follow("button", "I accept and continue")
            await hands.pick(name)
            await hands.follow("button", "Sign in")
            await hands.page.close()
        hands = Hands(await self._contexts[name].new_page())
        await hands.page.goto(self.address + path)
        self._hands.append(hands)
        return hands

    @property
    def presses(self) -> int:
        """The keys pressed in this task by everybody, without the characters typed."""
        return sum(hands.presses for hands in self._hands)

    @property
    def typed(self) -> int:
        """The characters typed in this task by everybody."""
        return sum(hands.typed for hands in self._hands)

    async def trail(self) -> list[str]:
        """Who did what since the task began, one line for each write in its order; sign-ins left out."""
        async with self.db.read() as session:
            rows = await session.execute(
                select(Person.name, TrailRow.command)
                .join(Person, Person.id == TrailRow.actor)
                .where(TrailRow.id > self._mark, TrailRow.command.not_in(("people.sign-in", "people.open-session")))
                .group_by(TrailRow.xid, Person.name, TrailRow.command)
                .order_by(func.min(TrailRow.id))
            )
            return [f"{name}: {command}" for name, command in rows]

    async def close(self) -> None:
        """Close every person's browser."""
        for context in self._contexts.values():
            await context.close()


@asynccontextmanager
async def desks(db: Database, browser: Browser, address: str, database: str) -> AsyncIterator[Desks]:
    """The record of the tasks: a policy on invitations, requests in every state that a task begins with."""
    await load_bundle(db, PUBLIC_RECORD)
    await enter_people(db)
    async with db.read() as session:
        people = {row.name: row.id for row in await session.execute(select(Person.name, Person.id))}
        offices = {row.symbol: row.id for row in await session.execute(select(Office.symbol, Office.id))}
    found = Desks(db, browser, address, database, people, offices)
    await _policy(found)
    await _ask(found, "Answer on spare parts", concur="State PM")
    await _ask(found, "Letter to the forum", coordinate="State PM")
    await _ask(found, "Terms of the sealift talks", concur="State PM")
    for title in ("Budget of the first workshop", "Budget of the second workshop"):
        await _answer(found, await _ask(found, title, coordinate="OUSD(C)"), "non-concur", "The money is not there.")
    await _answer(found, await _ask(found, "Calendar of meetings", concur="OUSD(C)"), "concur")
    async with db.write(actor=people["Robin Exercise"], command="test.tasks") as session:
        for code, name, marking in (
            ("VNM", "Viet Nam", "CUI//NOFORN"),
            ("IDN", "Indonesia", "CUI//REL TO USA, JPN"),
        ):
            body = participants.EnterParticipant(code, name, "Indo-Pacific", marking=marking)
            await participants.enter_participant(session, body)
    yield found
    await found.close()


async def _policy(desks: Desks) -> None:
    async with desks.db.write(actor=desks.people["Robin Exercise"], command="test.tasks") as session:
        body = commands.EnterPolicy(
            act="invitation",
            title="Each invitation is put to State PM",
            citation=MEMORANDUM,
            since=TODAY,
            concur=[desks.offices["State PM"]],
        )
        await commands.enter_policy(session, body)


async def _ask(desks: Desks, title: str, **roles: str) -> RequestId:
    said: dict[str, Any] = {
        "act": "other",
        "subject_kind": "process",
        "subject_href": "/participants",
        "title": title,
        "question": "Do you agree?",
        "before": {},
        "after": {"text": "First draft", "place": "Honolulu"},
        "due_on": DUE,
        "policy_citation": MEMORANDUM,
        "decider_id": desks.people["Sidney Exercise"],
        **{role: [desks.offices[symbol]] for role, symbol in roles.items()},
    }
    async with desks.db.write(actor=desks.people["Robin Exercise"], command="test.tasks") as session:
        return await commands.ask(session, parse(commands.AskOffices, said))


async def _answer(desks: Desks, request_id: RequestId, answer: str, comment: str | None = None) -> None:
    async with desks.db.read() as session:
        asked = (await queries.request(session, US, request_id)).offices[0]
    async with desks.db.write(actor=desks.people["Casey Exercise"], command="test.tasks") as session:
        await commands.answer(
            session, AskedId(asked.id), parse(commands.Answer, {"answer": answer, "comment": comment})
        )
