"""One agreement: its life as a line, its clocks, what stands before its next act, and all that hangs on it."""

from dataclasses import dataclass
from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.features.agreements import queries, rules
from pipir.features.agreements.pages.shared import (
    CHANGES,
    CLOCK_PILLS,
    PILLS,
    acts_open,
    law_lines,
)
from pipir.features.agreements.rules import Lack
from pipir.features.binder.queries import Binder, binder
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_day
from pipir.kernel.ids import AgreementId, RecordNumber
from pipir.kernel.money import Dollars, short_dollars
from pipir.store.doors import Database
from pipir.web.access import allow
from pipir.web.acts import LawLine
from pipir.web.pages import Frame

_TITLES: Final = {
    "step": "Record the next step",
    "sign": "Record the signature",
    "item": "Write an item of the certification",
    "notice": "Record that an addressee was told",
    "amendment": "Draft an amendment",
    "party": "Add a party",
    "character": "Record counsel's determination",
    "paper": "Record a paper that the law asks for",
    "share": "Record a share",
    "revise": "Change",
}
# How the line goes on where an agreement has left its course.
_OTHER_COURSES: Final = {
    "amended": ("signed", "in force", "amended"),
    "suspended": ("signed", "in force", "suspended", "resumed"),
    "ended": ("entered", "ended"),
    "expired": ("signed", "in force", "expired"),
}


@dataclass(frozen=True)
class _StepLine:
    title: str
    sub: str
    href: str = ""


@dataclass(frozen=True)
class _DetailPage:
    agreement: queries.AgreementView
    pill: str
    stages: tuple[tuple[str, ...], int]
    figures: tuple[tuple[str, str, str], ...]
    life: tuple[_StepLine, ...]
    clocks: tuple[rules.Clock, ...]
    clock_pills: dict[str, tuple[str, str]]
    before: tuple[tuple[str, tuple[Lack, ...]], ...]
    parties: tuple[queries.PartyView, ...]
    former_parties: tuple[queries.PartyView, ...]
    characters: tuple[queries.CharacterView, ...]
    papers: tuple[queries.PaperView, ...]
    certifies: bool
    items: tuple[queries.ItemView, ...]
    written: int
    notices: tuple[queries.NoticeView, ...]
    shares: tuple[queries.ShareView, ...]
    # Where they are held against the ledger; blank for who does not read it.
    ledger_href: str
    borne: tuple[queries.PartyShares, ...]
    amendments: tuple[queries.AmendmentView, ...]
    authority: tuple[LawLine, ...]
    acts: tuple[tuple[str, str], ...]
    open: tuple[str, ...]
    history: tuple[TrailView, ...]
    binder: Binder
    may_change: bool


@get("/agreements/{agreement_id:int}", opt=allow("agreements.read"))
async def agreement(
    agreement_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One agreement with its clocks and all that hangs on it."""
    number, reader = AgreementId(agreement_id), caller.reader
    async with db.read() as session:
        view = await queries.agreement(session, reader, number)
        standing = await queries.standing(session, reader, view)
        parties = await queries.parties(session, reader, number, ended=True)
        items = await queries.items(session, number)
        shares = await queries.shares(session, reader, number)
        borne = queries.by_party(shares)
        is_open = acts_open(view, standing, caller)
        page = _DetailPage(
            agreement=view,
            pill=PILLS.get(view.state, "draft"),
            stages=_stages(view),
            figures=_figures(view, standing, parties, borne),
            life=tuple(
                _StepLine(
                    f"{each.state[0].upper()}{each.state[1:]}, {show_day(each.on_day)}",
                    " ".join(
                        part
                        for part in (
                            each.because,
                            f"Document: {each.document}." if each.document else "",
                            f"Recorded by {each.recorded_by} on {show_day(each.recorded_on)}.",
                        )
                        if part
                    ),
                )
                for each in await queries.steps(session, number)
            ),
            clocks=standing.clocks,
            clock_pills=CLOCK_PILLS,
            before=_before(standing),
            parties=tuple(each for each in parties if each.until is None),
            former_parties=tuple(each for each in parties if each.until is not None),
            characters=await queries.characters(session, number),
            papers=await queries.papers(session, number),
            certifies=standing.facts.rests_on(rules.COOPERATIVE_PROJECT) and not standing.facts.taken_over,
            items=items,
            written=sum(each.statement is not None for each in items),
            notices=await queries.notices(session, reader, number),
            shares=shares,
            ledger_href=f"/ledger/shares?agreement={number}" if caller.may("ledger.read") else "",
            borne=borne,
            amendments=await queries.amendments(session, reader, number),
            authority=law_lines(view),
            acts=tuple((name, _TITLES[name]) for name in is_open if name != "revise"),
            open=is_open,
            history=await history(session, reader, "agreement", agreement_id),
            binder=await binder(session, caller, "agreement", agreement_id),
            may_change=caller.may(CHANGES),
        )
        return frame.show("agreements/agreement.html", page, now=session.now, marking=view.marking)


def _stages(view: queries.AgreementView) -> tuple[tuple[str, ...], int]:
    names = _OTHER_COURSES.get(view.state) or tuple(
        each
        for each in rules.COURSE
        if each != "certified" or rules.COOPERATIVE_PROJECT in (view.program_authority, view.also_authority)
    )
    if view.state == "ended" and view.signed_on is not None:
        names = ("signed", "in force", "ended") if view.in_force_on is not None else ("signed", "ended")
    return tuple(f"{name[0].upper()}{name[1:]}" for name in names), names.index(view.state)


def _before(standing: queries.Standing) -> tuple[tuple[str, tuple[Lack, ...]], ...]:
    """What is lacking before each act that lies ahead, told once."""
    found: list[tuple[str, tuple[Lack, ...]]] = []
    told: set[Lack] = set()
    for title, lacks in (
        ("Before it is certified", standing.before_certified),
        ("Before it is signed", standing.before_signature),
        ("Before it takes effect", standing.before_effect),
    ):
        own = tuple(each for each in lacks if each not in told)
        told.update(own)
        if own:
            found.append((title, own))
    return tuple(found)


def _figures(
    view: queries.AgreementView,
    standing: queries.Standing,
    parties: tuple[queries.PartyView, ...],
    borne: tuple[queries.PartyShares, ...],
) -> tuple[tuple[str, str, str], ...]:
    present = [each for each in parties if each.until is None]
    live = sorted(
        (each for each in standing.clocks if each.state == "running" or (each.late and each.done_on is None)),
        key=lambda each: (not each.late, each.ends_on is None, each.ends_on or 0),
    )
    clock = live[0] if live else None
    agreed = [each.agreed for each in borne if each.agreed is not None]
    actual = [each.actual for each in borne if each.actual is not None]
    return (
        (
            "Next clock",
            show_day(clock.ends_on) if clock else "None",
            f"{clock.title}{', late' if clock.late else ''}" if clock else "no clock runs today",
        ),
        (
            "Parties",
            str(len(present) + 1) if present else "Not public",
            ", ".join(["United States", *(each.name for each in present[:3])]) + (" and others" if present[3:] else ""),
        ),
        (
            "Agreed shares",
            short_dollars(sum(agreed, Dollars.zero())) if agreed else "Not public",
            "cost and in kind, at the recorded rates" if agreed else "none is recorded",
        ),
        (
            "Borne so far",
            short_dollars(sum(actual, Dollars.zero())) if actual else "Not public",
            "cost and in kind, as recorded" if actual else "none is recorded",
        ),
    )


HANDLERS: Final = (agreement,)
