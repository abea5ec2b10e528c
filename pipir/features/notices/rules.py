"""What is reminded of and when: the ladder of reminders, whose an item is, and what a reminder says."""

from collections import Counter
from collections.abc import Container, Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal, get_args

import msgspec

from pipir.kernel.calendar import WASHINGTON
from pipir.kernel.dated import KINDS, Dated
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.statute import lookup
from pipir.statute.model import Statute

LADDER: Final = "reminder-ladder"
FEEDS: Final = ("mine", "office", "statute", "group")
STATES: Final = ("queued", "sent", "failed", "withdrawn")
# How a person is told by mail; the inbox shows everything whichever it is.
Manner = Literal["at once", "daily", "none"]
MANNERS: Final[tuple[Manner, ...]] = get_args(Manner)
# What stands in the outbox in place of an item's slug where the mail is a day's digest.
DIGEST: Final = "digest"
# A mail that nobody reads to its end helps nobody; the inbox shows the rest.
MOST_LINES: Final = 60
# An item that is nobody's falls to the people who hold this role.
KEEPER: Final = "program-office"
# The kind of the dates that the section itself sets.
STATUTORY: Final = "Statutory date"
# What stands in place of an item whose marking is more than a mail or another program's calendar may show.
NEUTRAL: Final = "CUI item"

# How long after each try the next one follows; after the last one a mail has failed. The first is longer than a whole
# conversation with a slow server, so that nobody else takes the mail up while it is being sent.
AGAIN: Final = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
)
# A feed's fetch within this time of the last one noted is not noted again.
NOTED_EVERY: Final = timedelta(minutes=1)

Urgency = Literal["watch", "info"]


class Entry(msgspec.Struct, frozen=True):
    """A dated item as a calendar shows it: also when it is done, and when it is owed by nobody.

    `sequence` counts the changes of its record, `note` says what a reader of the date has to know. `until` is the last
    day of what lasts longer than one, `group_id` the group whose calendar it stands in.
    """

    dated: Dated
    done_on: date | None = None
    owed: bool = True
    sequence: int = 0
    note: str = ""
    until: date | None = None
    group_id: int | None = None

    @property
    def open(self) -> bool:
        """Whether somebody still has to do it."""
        return self.owed and self.done_on is None


class Ladder(msgspec.Struct, frozen=True):
    """Days before an item's day on which it is brought to mind, the most first, and the days between two after it."""

    before: tuple[int, ...]
    every: int


class Rung(msgspec.Struct, frozen=True):
    """A reminder: the day on which it falls, and how many days that is before the item's day (negative: after it)."""

    on: date
    before: int


class Waiting(msgspec.Struct, frozen=True):
    """An item that waits for somebody, with the reminder that it has reached."""

    item: Dated
    rung: Rung
    days_left: int
    says: str

    @property
    def urgency(self) -> Urgency:
        """Whether the last reminder before the day is reached; past the day nothing worse is known."""
        return "watch" if self.rung.before <= 1 else "info"


class Preference(msgspec.Struct, frozen=True):
    """How a person is told by mail: each reminder at once, a digest a day from an hour of Washington on, or not at all.

    Reminders that fell before `since` are not sent: they were told in the manner of then.
    """

    manner: Manner = "at once"
    hour: int = 8
    muted: frozenset[str] = frozenset()
    since: date = date.min


def ladder(statute: Statute, on: date) -> Ladder:
    """The ladder that the office keeps on a day (a convention in the law's files)."""
    names = [value.name for value in statute.provision(LADDER).value]
    before = {lookup.number(statute, LADDER, name, on) for name in names if name.startswith("before-")}
    return Ladder(tuple(sorted(before, reverse=True)), lookup.number(statute, LADDER, "after-every", on))


def rung_on(due_on: date, today: date, steps: Ladder) -> Rung | None:
    """The latest reminder that an item has reached, or None before the first one."""
    left = (due_on - today).days
    reached = [before for before in steps.before if left <= before]
    if not reached:
        return None
    past = -left // steps.every * steps.every if left < 0 else 0
    before = -past if past else reached[-1]
    return Rung(due_on - timedelta(days=before), before)


def belongs_to(item: Dated, person_id: int, office_id: int, roles: Sequence[str]) -> bool:
    """Whether an item is a person's own, their office's, or nobody's and so the program office's."""
    if item.person_id is None and item.office_id is None:
        return KEEPER in roles
    return item.person_id == person_id or item.office_id == office_id


def waiting(
    items: Sequence[Dated], today: date, steps: Ladder, *, person_id: int, office_id: int, roles: Sequence[str]
) -> tuple[Waiting, ...]:
    """What waits for a person: their items whose first reminder is reached, the earliest day first."""
    found = []
    for item in items:
        rung = rung_on(item.due_on, today, steps)
        if rung is not None and belongs_to(item, person_id, office_id, roles):
            left = (item.due_on - today).days
            found.append(Waiting(item, rung, left, says(left)))
    return tuple(sorted(found, key=lambda each: (each.item.due_on, each.item.slug)))


def says(days_left: int) -> str:
    """How a reminder tells the time; a day that has passed proves nothing by itself."""
    if days_left == 0:
        return "Due today."
    count = f"{abs(days_left):,} day" + ("" if abs(days_left) == 1 else "s")
    if days_left > 0:
        return f"Due in {count}."
    return f"The day passed {count} ago; nothing recorded here says that it was done."


def is_open_to_mail(marking: str) -> bool:
    """Whether a mail or a calendar may show what the item is: nothing that is marked CUI leaves the service."""
    return marking.partition("//")[0] == "UNCLASSIFIED"


def mail_of(each: Waiting, address: str) -> tuple[str, str]:
    """Subject and text of the mail that carries a reminder; of a CUI item it says only that one waits."""
    item = each.item
    if not is_open_to_mail(item.marking):
        return "An item waits in your inbox", f"An item waits in your inbox:\n\n{address}/inbox\n"
    when = f"{item.due_on.day} {item.due_on:%B %Y}"
    subject = f"{item.title}: {each.says if each.days_left >= 0 else 'its day has passed'}".removesuffix(".")
    lines = [item.title, "", f"Day: {when}. {each.says}", f"Kind: {item.kind}."]
    if item.citation:
        lines.append(f"Rule: {item.citation}.")
    lines += ["", f"{address}{item.href}", "", f"Everything that waits for you: {address}/inbox"]
    return subject, "\n".join(lines) + "\n"


def told_by_mail(
    waits: Sequence[Waiting], wish: Preference, now: datetime, address: str
) -> dict[tuple[str, date], tuple[str, str]]:
    """The mails that a person is to get by now of what waits for them: (item, day of the rung) to subject and text."""
    heard = [each for each in waits if each.item.kind not in wish.muted]
    local = now.astimezone(WASHINGTON)
    if wish.manner == "at once":
        return {(each.item.slug, each.rung.on): mail_of(each, address) for each in heard if each.rung.on >= wish.since}
    if wish.manner == "daily" and heard and local.hour >= wish.hour:
        return {(DIGEST, local.date()): digest_of(heard, local.date(), address)}
    return {}


def digest_of(waits: Sequence[Waiting], today: date, address: str) -> tuple[str, str]:
    """Subject and text of a day's digest: how many wait by kind, today's reminders, the others; CUI unnamed."""
    fresh = [each for each in waits if each.rung.on == today]
    kinds = Counter(each.item.kind if is_open_to_mail(each.item.marking) else NEUTRAL for each in waits)
    wait = _counted(len(waits), "item waits", "items wait")
    subject = f"{wait} for you" + (f", {_counted(len(fresh), 'reminder', 'reminders')} today" if fresh else "")
    lines = [f"On {today.day} {today:%B %Y} {wait} for you.", ""]
    lines += [f"  {kind[:1].upper()}{kind[1:]}: {count:,}" for kind, count in sorted(kinds.items())]
    left = MOST_LINES
    for title, some in (
        ("Reminders of today", fresh),
        ("Still waiting", [each for each in waits if each.rung.on != today]),
    ):
        named = [each for each in some if is_open_to_mail(each.item.marking)]
        if named and left:
            lines += ["", f"{title}:"]
            for each in named[:left]:
                lines += [f"- {each.item.title} ({each.item.kind}). {each.says}", f"  {address}{each.item.href}"]
            left -= len(named[:left])
    lines += ["", f"Everything that waits for you: {address}/inbox", f"How you are told: {address}/preferences"]
    return subject, "\n".join(lines) + "\n"


def check_kinds(manner: Manner, kinds: Sequence[str]) -> None:
    """Each kind is one that there is, and mail without any is no mail."""
    mistakes = [
        Mistake(f"kinds.{place}", "Expected one of: " + ", ".join(KINDS) + ".", kind[:60])
        for place, kind in enumerate(kinds)
        if kind not in KINDS
    ]
    if not kinds and manner != "none":
        mistakes.append(Mistake("kinds", "Expected at least one kind; or choose no mail."))
    if mistakes:
        raise Invalid("The preferences need correcting.", mistakes=tuple(mistakes))


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def wait_after(tries: int) -> timedelta:
    """How long after the try of that number the next one may follow."""
    return AGAIN[min(tries, len(AGAIN)) - 1]


def was_last(tries: int) -> bool:
    """Whether no try follows the one of that number."""
    return tries >= len(AGAIN)


def shown_in(
    entry: Entry, kind: str, *, office_id: int | None, members: Container[int], group_id: int | None = None
) -> bool:
    """Whether a feed of a statute, an office or a group shows an item; an office's also shows those of its people."""
    item = entry.dated
    if kind == "statute":
        return item.kind == STATUTORY
    if kind == "group":
        return group_id is not None and entry.group_id == group_id
    return item.office_id == office_id or (item.person_id is not None and item.person_id in members)


def check_feed(kind: str, office_id: int | None, group_id: int | None = None) -> None:
    """A feed of an office names the office and one of a group the group, and no other does."""
    if kind == "office" and office_id is None:
        raise Invalid("Which office?", mistakes=(Mistake("office_id", "Choose the office whose dates it shows."),))
    if kind != "office" and office_id is not None:
        raise Invalid(
            "Only a feed of an office names one.",
            mistakes=(Mistake("office_id", "Expected nothing, unless the feed is of an office.", str(office_id)),),
        )
    if kind == "group" and group_id is None:
        raise Invalid("Which group?", mistakes=(Mistake("group_id", "Choose the group whose dates it shows."),))
    if kind != "group" and group_id is not None:
        raise Invalid(
            "Only a feed of a group names one.",
            mistakes=(Mistake("group_id", "Expected nothing, unless the feed is of a group.", str(group_id)),),
        )


def may_end_feed(actor: int, owner: int) -> None:
    """One's own feed; those of a person who leaves end with their time."""
    if actor != owner:
        raise Refused("Only the person who made a calendar feed revokes it.")
