"""Countries: list and file, one country with its two standings, and the forms of its entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.binder.queries import Binder, binder
from pipir.features.disclosure.queries import CountryStanding, standing
from pipir.features.disclosure.rules import NOT_ENOUGH
from pipir.features.law.queries import law_of
from pipir.features.participants import commands, queries, rules
from pipir.features.participants.pages.contacts import CONTACTS
from pipir.features.participants.pages.shared import day_in, seen
from pipir.features.participants.pages.standing import STEPS
from pipir.features.participants.queries import NOT_PUBLIC, ContactView, ParticipantView, PersonBehind, StepView
from pipir.features.participants.rules import FORUM_STANDINGS, REGIONS, STANDINGS
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.countries import Country, codes_called, countries, sources
from pipir.kernel.ids import ParticipantId, RecordNumber
from pipir.kernel.marking import HOME
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.statute.load import the_statute
from pipir.statute.model import Provision
from pipir.store.doors import Database
from pipir.store.listing import AT_ONCE, every_row
from pipir.web.access import allow
from pipir.web.api import see_other
from pipir.web.exports import Columns, Export, exercise, export_file, file_paths
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

_SORTS: Final = ("name", "code", "region", "since")
_COLUMNS: Final = Columns[ParticipantView](
    (
        "Country", "Code", "ISO name", "US Government name", "Region", "Within section 1253", "Standing under 1253(d)",
        "Standing since", "Standing source", "Forum as reported", "Forum since", "Forum source", "Until",
        "Ended because", "Label", "Marking", "Exercise data",
    ),
    lambda each: (
        each.name,
        each.code,
        each.iso_name or "",
        each.us_name or "",
        each.region,
        each.covered_as,
        each.standing or NOT_PUBLIC,
        each.standing_since or NOT_PUBLIC,
        each.standing_source or NOT_PUBLIC,
        each.forum_standing or NOT_PUBLIC,
        each.forum_since or NOT_PUBLIC,
        each.forum_source or NOT_PUBLIC,
        each.until or "",
        each.ended_because or "",
        each.label,
        each.marking,
        exercise(each),
    ),
)  # fmt: skip
# What a tile says of a standing, and how dark it is; the page's legend says the same in full.
_SHORT: Final = {
    "named in statute": ("named", 1),
    "under consideration": ("considered", 2),
    "coordination with State": ("with State", 2),
    "invited": ("invited", 3),
    "accepted": ("accepted", 3),
    "participating": ("takes part", 4),
    "suspended": ("suspended", 0),
    "withdrawn": ("withdrawn", 0),
}


@dataclass(frozen=True)
class _Tile:
    trigraph: str
    name: str
    href: str
    number: str
    level: int


@dataclass(frozen=True)
class _ListPage:
    list: ListView[ParticipantView]
    tiles: tuple[tuple[str, tuple[_Tile, ...]], ...]
    regions: tuple[str, ...]
    standings: tuple[str, ...]
    forum_standings: tuple[str, ...]
    law: Provision
    home: str
    may_change: bool
    may_see_disclosure: bool


@dataclass(frozen=True)
class _DetailPage:
    participant: ParticipantView
    steps: tuple[StepView, ...]
    steps_export: Export
    # Where the page is asked for a day: what stood on it, and as known when.
    on: date | None
    known: date | None
    stood: tuple[StepView, ...]
    contacts: tuple[ContactView, ...]
    contacts_export: Export
    # Who is behind a point of contact: told only to those who keep them.
    persons: dict[int, PersonBehind]
    # Whether anything may be released to it; None of the United States, and for who may not read of disclosure.
    disclosure: CountryStanding | None
    # Said in its place where somebody looks through a partner's eyes; else blank.
    not_enough: str
    history: tuple[TrailView, ...]
    binder: Binder
    law: Provision
    ending: Provision
    after_termination: bool
    is_home: bool
    may_change: bool
    end_form: Form[commands.EndParticipant]


@dataclass(frozen=True)
class _RegisterPage:
    countries: tuple[tuple[Country, ParticipantView | None], ...]
    q: str
    iso_source: str
    genc_source: str
    read_on: date
    may_change: bool


@dataclass(frozen=True)
class _FormPage:
    form: Form[Any]
    participant: ParticipantView | None
    regions: tuple[str, ...]
    countries: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str


@get("/participants", opt=allow("participants.read"))
async def participants(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    region: FromQuery[str] = "",
    standing: FromQuery[str] = "",
    forum: FromQuery[str] = "",
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "name",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """The country register."""
    async with db.read() as session:
        found = await queries.list_participants(
            session,
            caller.reader,
            text_in=q or None,
            region=region or None,
            standing=standing or None,
            forum_standing=forum or None,
            ended=ended,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        everyone = await every_row(
            lambda cursor: queries.list_participants(session, caller.reader, cursor=cursor, limit=AT_ONCE)
        )
        view = frame.list_view(
            found,
            noun=("country", "countries"),
            sort=sort,
            sorts=_SORTS,
            chosen={"q": q, "region": region, "standing": standing, "forum": forum, "ended": ended},
            labels={"true": "with ended entries"},
            columns=_COLUMNS,
        )
        page = _ListPage(
            list=view,
            tiles=_tiles(everyone),
            regions=REGIONS,
            standings=(*STANDINGS, NOT_PUBLIC),
            forum_standings=(*FORUM_STANDINGS, NOT_PUBLIC),
            law=the_statute().provision(rules.PROVISION),
            home=rules.HOME,
            may_change=caller.may("participants.change"),
            may_see_disclosure=caller.may("disclosure.read"),
        )
        return frame.show("participants/participants.html", page, now=session.now)


@get(file_paths("/participants/export"), opt=allow("participants.read"))
async def export_participants(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    region: FromQuery[str] = "",
    standing: FromQuery[str] = "",
    forum: FromQuery[str] = "",
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "name",
) -> Response[bytes]:
    """Exactly the countries of the list."""
    async with db.read() as session:
        found = await every_row(
            lambda cursor: queries.list_participants(
                session,
                caller.reader,
                text_in=q or None,
                region=region or None,
                standing=standing or None,
                forum_standing=forum or None,
                ended=ended,
                sort=sort,
                cursor=cursor,
                limit=AT_ONCE,
            )
        )
    return await export_file(request, "participants", _COLUMNS, found)


@get("/participants/register", opt=allow("participants.read"))
async def register(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
) -> Response[bytes]:
    """The register of countries: ISO names, and the US Government's where they differ."""
    found = codes_called(q)
    async with db.read() as session:
        entered = await queries.by_codes(session, caller.reader, found)
        iso, genc, read_on = sources()
        page = _RegisterPage(
            countries=tuple((each, entered.get(each.code)) for each in countries().values() if each.code in found),
            q=q,
            iso_source=iso,
            genc_source=genc,
            read_on=read_on,
            may_change=caller.may("participants.change"),
        )
        return frame.show("participants/register.html", page, now=session.now)


@get("/participants/new", opt=allow(commands.enter_participant))
async def new_participant(
    frame: NamedDependency[Frame], db: NamedDependency[Database], code: FromQuery[str] = ""
) -> Response[bytes]:
    """The empty form of a country, or that of one chosen in the register."""
    known = countries().get(code)
    chosen = {"code": known.code, "region": known.region} if known is not None else {}
    return await _form_page(frame, db, Form(commands.EnterParticipant, {"marking": "UNCLASSIFIED", **chosen}), None)


@post("/participants/new", opt=allow(commands.enter_participant), status_code=303)
async def enter_participant(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a country."""
    form = await read_form(request, commands.EnterParticipant)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.enter_participant.name, once=once) as session:
            participant_id = await commands.enter_participant(session, body)
            answer = see_other(session, f"/participants/{participant_id}")
        return answer
    return await _form_page(frame, db, form, None)


@get("/participants/{participant_id:int}", opt=allow("participants.read"))
async def participant(
    participant_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    on: FromQuery[str] = "",
    known: FromQuery[str] = "",
) -> Response[bytes]:
    """One country, its two standings and their steps, as of a day where one is asked for, and its history."""
    return await _detail_page(
        frame, db, caller, ParticipantId(participant_id), on=day_in("on", on), known=day_in("known", known)
    )


@get("/participants/{participant_id:int}/revise", opt=allow(commands.revise_participant))
async def participant_to_revise(
    participant_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The filled form of a country."""
    view = await seen(db, caller, participant_id)
    return await _form_page(frame, db, Form.of(commands.ReviseParticipant, view), view)


@post("/participants/{participant_id:int}/revise", opt=allow(commands.revise_participant), status_code=303)
async def revise_participant(
    participant_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Correct a country's name, region or marking."""
    target = ParticipantId(participant_id)
    form = await read_form(request, commands.ReviseParticipant)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_participant.name) as session:
            await commands.revise_participant(session, target, body, version=form.version)
        return see_other(None, f"/participants/{participant_id}")
    return await _form_page(frame, db, form, await seen(db, caller, participant_id))


@post("/participants/{participant_id:int}/end", opt=allow(commands.end_participant), status_code=303)
async def end_participant(
    participant_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say the last day of a country's entry, and why."""
    target = ParticipantId(participant_id)
    form = await read_form(request, commands.EndParticipant)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.end_participant.name) as session:
            await commands.end_participant(session, target, body, version=form.version)
        return see_other(None, f"/participants/{participant_id}")
    return await _detail_page(frame, db, caller, target, end_form=form, status=form.status)


async def _detail_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    participant_id: ParticipantId,
    *,
    on: date | None = None,
    known: date | None = None,
    end_form: Form[commands.EndParticipant] | None = None,
    status: int = 200,
) -> Response[bytes]:
    may_change = caller.may("participants.change")
    async with db.read() as session:
        view = await queries.participant(session, caller.reader, participant_id)
        law = await law_of(session)
        steps = await queries.steps_of(session, caller.reader, participant_id, on=on, known=known)
        page = _DetailPage(
            participant=view,
            steps=steps,
            steps_export=Export(
                f"/participants/{participant_id}/steps",
                STEPS.titles,
                tuple((name, day.isoformat()) for name, day in (("on", on), ("known", known)) if day),
            ),
            on=on,
            known=known,
            stood=_stood(steps),
            contacts=await queries.contacts(session, caller.reader, participant_id=participant_id, ended=True),
            contacts_export=Export("/participants/contacts", CONTACTS.titles),
            persons=await queries.persons_behind(session, caller.reader, participant_id) if may_change else {},
            disclosure=await standing(session, caller.reader, view.code, on or session.today)
            if view.code != rules.HOME and view.code in countries() and caller.may("disclosure.read")
            else None,
            not_enough=NOT_ENOUGH if caller.seeing_as is not None and caller.seeing_as.nationality != HOME else "",
            history=await history(session, caller.reader, "participant", participant_id),
            binder=await binder(session, caller, "participant", participant_id),
            law=law.provision(rules.PROVISION),
            ending=law.provision(rules.SUNSET),
            after_termination=rules.is_after_termination(view.standing_since, law),
            is_home=view.code == rules.HOME,
            may_change=may_change,
            end_form=end_form or Form(commands.EndParticipant),
        )
        return frame.show("participants/participant.html", page, now=session.now, status=status, marking=view.marking)


async def _form_page(frame: Frame, db: Database, form: Form[Any], view: ParticipantView | None) -> Response[bytes]:
    page = _FormPage(
        form=form,
        participant=view,
        regions=REGIONS,
        countries=tuple((each.code, _called(each)) for each in countries().values()) if view is None else (),
        action=f"/participants/{view.id}/revise" if view else "/participants/new",
        cancel_href=f"/participants/{view.id}" if view else "/participants",
    )
    async with db.read() as session:
        return frame.show("participants/participant_form.html", page, now=session.now, status=form.status)


def _stood(steps: Sequence[StepView]) -> tuple[StepView, ...]:
    """The latest step of each kind that nothing corrects."""
    standing = [each for each in steps if each.corrected_by is None and each.value is not None]
    latest = (next((each for each in standing if each.kind == kind), None) for kind in rules.KINDS)
    return tuple(each for each in latest if each is not None)


def _called(country: Country) -> str:
    iso = f"; ISO 3166-1: {country.iso}" if country.genc is not None and country.iso is not None else ""
    return f"{country.code}: {country.name}{iso}"


def _tiles(everyone: Sequence[ParticipantView]) -> tuple[tuple[str, tuple[_Tile, ...]], ...]:
    """The countries by region, each with what is recorded of it."""
    return tuple(
        (region, tuple(_tile(each) for each in everyone if each.region == region))
        for region in REGIONS
        if any(each.region == region for each in everyone)
    )


def _tile(view: ParticipantView) -> _Tile:
    words, level = _SHORT[view.standing] if view.standing else ("forum" if view.forum_standing else NOT_PUBLIC, 0)
    return _Tile(view.code, view.name, f"/participants/{view.id}", words, level)


HANDLERS: Final = (
    participants,
    export_participants,
    register,
    new_participant,
    enter_participant,
    participant,
    participant_to_revise,
    revise_participant,
    end_participant,
)
