"""The list of people, a person's page, and the forms that change a person, their roles and absences."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from pipir.features.people import commands, queries, rules
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import ROLE_TITLES, ROLES, Caller
from pipir.kernel.command import Command
from pipir.kernel.countries import COUNTRIES, called
from pipir.kernel.ids import AbsenceId, PersonId, RecordNumber, RoleAssignmentId, TokenId
from pipir.kernel.marking import HOME
from pipir.kernel.once import Once
from pipir.kernel.paging import Limit
from pipir.statute.load import the_statute
from pipir.statute.model import Provision
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Field, Options, act_of, choices_of, drawn
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame, ListView

NATIONALITIES: Final = ((HOME, "United States"), *sorted(COUNTRIES.items(), key=lambda each: each[1]))
READERS: Final = (
    ("us-government", "US government"),
    ("contractor", "Contractor"),
    *((code, f"Of {name}") for code, name in NATIONALITIES[1:]),
)
STATES: Final = (("disabled", "Disabled"), ("away", "Away today"))
_ADMINISTER: Final = "people.administer"

_ACTS: Final = {
    "move": Act(
        commands.move_person,
        "Move to another office",
        "Record the move",
        "The time in the former office ends on the day before; both stay in the record.",
        (
            Field("office_id", "Office", "select", choices="offices"),
            Field("since", "From", "date", "The first day in the office."),
        ),
    ),
    "give-role": Act(
        commands.give_role,
        "Give a role",
        "Give the role",
        "Roles decide what a person may do. One with a last day ends by itself.",
        (
            Field("role", "Role", "select", choices="roles"),
            Field("since", "From", "date", "Today or a later day."),
            Field("until", "Until", "date", "The last day; blank where none is set."),
        ),
    ),
    "enable": Act(
        commands.enable_person,
        "Enable again",
        "Enable again",
        "The days without a sign-in are counted anew from now on. The reason stays in the trail.",
        (Field("because", "Reason", "area"),),
    ),
    "end": Act(
        commands.end_person,
        "Record the last day",
        "Record the last day",
        "Office, roles, sign-ins and tokens end with it. The person stays in the record, since the trail names them.",
        (Field("until", "Last day here", "date"),),
    ),
}
_ABSENCE: Final = Act(
    commands.record_absence,
    "Record an absence",
    "Record the absence",
    "Who stands in finds the absent person's inbox beside their own, and may answer for their office. They act with "
    "their own roles and read with their own eyes; the trail names both.",
    (
        Field("since", "From", "date", "Today or a later day."),
        Field("until", "Until", "date", "The last day of the absence."),
        Field("stand_in_id", "Stands in", "select", "A person of the same department.", choices="people"),
    ),
)


@dataclass(frozen=True)
class _PeoplePage:
    list: ListView[queries.PersonView]
    offices: tuple[queries.OfficeView, ...]
    roles: tuple[tuple[str, str], ...]
    readers: tuple[tuple[str, str], ...]
    states: tuple[tuple[str, str], ...]
    may_change: bool
    law: Provision
    days: int


@dataclass(frozen=True)
class _PersonPage:
    person: queries.PersonView
    reader: str
    offices: tuple[queries.TimeInOffice, ...]
    roles: tuple[queries.RoleView, ...]
    absences: tuple[queries.AbsenceView, ...]
    stands_in_for: tuple[queries.StoodInFor, ...]
    tokens: tuple[queries.TokenView, ...]
    history: tuple[TrailView, ...]
    acts: tuple[tuple[str, str], ...]
    may_change: bool
    may_record_absence: bool
    own: bool
    yesterday: str
    new_token: str
    token_form: Form[commands.IssueToken]
    law: Provision
    days: int
    law_links: bool


@dataclass(frozen=True)
class _PersonFormPage:
    form: Form[Any]
    person: queries.PersonView | None
    offices: tuple[tuple[str, str], ...]
    roles: tuple[tuple[str, str], ...]
    nationalities: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str


@get("/people", opt=allow("people.read"))
async def people(
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    office: FromQuery[int | None] = None,
    role: FromQuery[str] = "",
    reader: FromQuery[str] = "",
    status: FromQuery[str] = "",
    ended: FromQuery[bool] = False,
    sort: FromQuery[str] = "name",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[Limit] = 50,
) -> Response[bytes]:
    """Everybody who works with the record."""
    law = the_statute()
    async with db.read() as session:
        found = await queries.list_people(
            session,
            text_in=q or None,
            office_id=office,
            role=role or None,
            reader=reader or None,
            status=status or None,
            ended=ended,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        offices = await queries.list_offices(session, limit=200)
        view = frame.list_view(
            found,
            noun=("person", "people"),
            sort=sort,
            sorts=("name", "office", "since"),
            chosen={"q": q, "office": office, "role": role, "reader": reader, "status": status, "ended": ended},
            labels={f"office={each.id}": each.symbol for each in offices.items}
            | dict(ROLE_TITLES)
            | {f"reader={value}": f"reads as: {name}" for value, name in READERS}
            | dict(STATES)
            | {"true": "with those who left"},
        )
        page = _PeoplePage(
            view,
            offices.items,
            tuple(ROLE_TITLES.items()),
            READERS,
            STATES,
            caller.may(_ADMINISTER),
            law.provision(rules.IDLE_PERSONS),
            rules.idle_days(law, session.today),
        )
        return frame.show("people/people.html", page, now=session.now)


@get("/people/new", opt=allow(commands.add_person))
async def new_person(frame: NamedDependency[Frame], db: NamedDependency[Database]) -> Response[bytes]:
    """The empty form of a person."""
    return await _person_form(frame, db, Form(commands.AddPerson, {"nationality": HOME}), None)


@post("/people/new", opt=allow(commands.add_person), status_code=303)
async def add_person(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Enter a person."""
    form = await read_form(request, commands.AddPerson)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.add_person.name, once=once) as session:
            person_id = await commands.add_person(session, body)
            answer = see_other(session, f"/people/{person_id}")
        return answer
    return await _person_form(frame, db, form, None)


@get("/people/{person_id:int}", opt=allow("people.read"))
async def person(
    person_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One person: office and roles with their days, absences, tokens, history."""
    return await _person_page(frame, db, caller, PersonId(person_id))


@get("/people/{person_id:int}/revise", opt=allow(commands.revise_person))
async def person_to_revise(
    person_id: FromPath[RecordNumber], frame: NamedDependency[Frame], db: NamedDependency[Database]
) -> Response[bytes]:
    """The filled form of a person."""
    async with db.read() as session:
        view = await queries.person(session, PersonId(person_id))
    return await _person_form(frame, db, Form.of(commands.RevisePerson, view), view)


@post("/people/{person_id:int}/revise", opt=allow(commands.revise_person), status_code=303)
async def revise_person(
    person_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Change a person."""
    form = await read_form(request, commands.RevisePerson)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.revise_person.name) as session:
            await commands.revise_person(session, PersonId(person_id), body, version=form.version)
        return see_other(None, f"/people/{person_id}")
    async with db.read() as session:
        view = await queries.person(session, PersonId(person_id))
    return await _person_form(frame, db, form, view)


@get("/people/{person_id:int}/absences/new", opt=allow(commands.record_absence))
async def new_absence(
    person_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The empty form of an absence."""
    async with db.read() as session:
        view = await queries.person(session, PersonId(person_id))
        rules.may_record_absence(caller.id, view.id, service=0, administers=caller.may(_ADMINISTER))
        filled = {"since": session.today.isoformat()}
        return await _act_form(frame, session, Form(commands.RecordAbsence, filled), _ABSENCE, view, "absences/new")


@post("/people/{person_id:int}/absences/new", opt=allow(commands.record_absence), status_code=303)
async def record_absence(
    person_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Record that a person is away, and who stands in."""
    form = await read_form(request, commands.RecordAbsence)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.record_absence.name, once=once) as session:
            await commands.record_absence(session, PersonId(person_id), body)
            answer = see_other(session, f"/people/{person_id}#absences")
        return answer
    async with db.read() as reading:
        view = await queries.person(reading, PersonId(person_id))
        return await _act_form(frame, reading, form, _ABSENCE, view, "absences/new")


@post("/people/{person_id:int}/absences/{absence_id:int}/end", opt=allow(commands.end_absence), status_code=303)
async def end_absence(
    person_id: FromPath[RecordNumber],
    absence_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """End an absence at once, or call it off."""
    form = await read_form(request, commands.EndAbsence)
    async with db.write(actor=caller.id, command=commands.end_absence.name) as session:
        await commands.end_absence(session, AbsenceId(absence_id), form.value(), version=form.version)
    return see_other(None, f"/people/{person_id}#absences")


@post("/people/{person_id:int}/roles/{assignment_id:int}/end", opt=allow(commands.end_role), status_code=303)
async def end_role(
    person_id: FromPath[RecordNumber],
    assignment_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """End a role on the day that the form says; its button says yesterday, which is at once."""
    form = await read_form(request, commands.EndRole)
    async with db.write(actor=caller.id, command=commands.end_role.name) as session:
        await commands.end_role(session, RoleAssignmentId(assignment_id), form.value(), version=form.version)
    return see_other(None, f"/people/{person_id}#roles")


@get("/people/{person_id:int}/{act:str}", opt=allow(_ADMINISTER))
async def person_to_change(
    person_id: FromPath[RecordNumber],
    act: FromPath[str],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
) -> Response[bytes]:
    """The form of one change of a person."""
    chosen = act_of(_ACTS, act)
    async with db.read() as session:
        view = await queries.person(session, PersonId(person_id))
        filled = {"since": session.today.isoformat()} if act in ("move", "give-role") else {}
        return await _act_form(frame, session, Form(chosen.command.body, filled), chosen, view, act)


@post("/people/{person_id:int}/{act:str}", opt=allow(_ADMINISTER), status_code=303)
async def change_person(
    person_id: FromPath[RecordNumber],
    act: FromPath[str],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make one change of a person, and go back to them."""
    chosen = act_of(_ACTS, act)
    form = await read_form(request, chosen.command.body)
    with form:
        body = form.value()
        named = {"version": form.version} if chosen.command.versioned else {}
        async with db.write(actor=caller.id, command=chosen.command.name) as session:
            await chosen.command(session, PersonId(person_id), body, **named)
        return see_other(None, f"/people/{person_id}")
    async with db.read() as reading:
        view = await queries.person(reading, PersonId(person_id))
        return await _act_form(frame, reading, form, chosen, view, act)


@post("/people/{person_id:int}/tokens", opt=allow(commands.issue_token), status_code=200)
async def issue_token(
    person_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Make a token and show it this once."""
    form = await read_form(request, commands.IssueToken)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.issue_token.name) as session:
            secret = await commands.issue_token(session, PersonId(person_id), body)
        return await _person_page(frame, db, caller, PersonId(person_id), new_token=secret)
    return await _person_page(frame, db, caller, PersonId(person_id), token_form=form, status=form.status)


@post("/people/{person_id:int}/tokens/{token_id:int}/revoke", opt=allow(commands.revoke_token), status_code=303)
async def revoke_token(
    person_id: FromPath[RecordNumber],
    token_id: FromPath[RecordNumber],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """End a token now."""
    async with db.write(actor=caller.id, command=commands.revoke_token.name) as session:
        await commands.revoke_token(session, TokenId(token_id), commands.RevokeToken())
    return see_other(None, f"/people/{person_id}#tokens")


async def _person_page(
    frame: Frame,
    db: Database,
    caller: Caller,
    person_id: PersonId,
    *,
    new_token: str = "",
    token_form: Form[commands.IssueToken] | None = None,
    status: int = 200,
) -> Response[bytes]:
    law = the_statute()
    async with db.read() as session:
        view = await queries.person(session, person_id)
        administers = caller.may(_ADMINISTER)
        names = ["move", "give-role", *(["enable"] if view.disabled else []), *(["end"] if view.until is None else [])]
        page = _PersonPage(
            person=view,
            reader=called(await queries.reader_of(session, person_id)),
            offices=await queries.offices_of(session, person_id),
            roles=await queries.roles_of(session, person_id),
            absences=await queries.absences_of(session, person_id),
            stands_in_for=await queries.stands_in_for(session, person_id),
            tokens=await queries.tokens_of(session, person_id),
            history=await history(session, caller.reader, "person", person_id),
            acts=tuple((name, _ACTS[name].title) for name in names) if administers else (),
            may_change=administers,
            may_record_absence=(administers or caller.id == person_id) and caller.may("absences.own"),
            own=caller.id == person_id and caller.may("tokens.own"),
            yesterday=rules.day_before(session.today).isoformat(),
            new_token=new_token,
            token_form=token_form or Form(commands.IssueToken, {"days": "90"}),
            law=law.provision(rules.IDLE_PERSONS),
            days=rules.idle_days(law, session.today),
            law_links=caller.may("law.read"),
        )
        return frame.show("people/person.html", page, now=session.now, status=status)


async def _person_form(frame: Frame, db: Database, form: Form[Any], view: queries.PersonView | None) -> Response[bytes]:
    async with db.read() as session:
        page = _PersonFormPage(
            form=form,
            person=view,
            offices=await queries.office_choices(session),
            roles=tuple((role, ROLE_TITLES[role]) for role in ROLES),
            nationalities=NATIONALITIES,
            action=f"/people/{view.id}/revise" if view else "/people/new",
            cancel_href=f"/people/{view.id}" if view else "/people",
        )
        return frame.show("people/person_form.html", page, now=session.now, status=form.status)


async def _act_form(
    frame: Frame, session: ReadSession, form: Form[Any], chosen: Act, view: queries.PersonView, act: str
) -> Response[bytes]:
    here = f"/people/{view.id}"
    command: Command[..., Any] = chosen.command
    page = ActPage(
        form=form,
        title=chosen.title,
        lead=chosen.lead,
        button=chosen.button,
        fields=drawn(chosen, await _choices(session, chosen, view)),
        trail=(("People", "/people"), (view.name, here)),
        action=f"{here}/{act}",
        cancel_href=here,
        version=view.version if command.versioned else None,
        about=view.name,
        facts=(("Title", view.title), ("Office", view.office)),
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status)


async def _choices(session: ReadSession, chosen: Act, view: queries.PersonView) -> dict[str, Options]:
    wanted, found = choices_of(chosen.fields), dict[str, Options]()
    if "offices" in wanted:
        found["offices"] = await queries.office_choices(session)
    if "roles" in wanted:
        found["roles"] = tuple((role, ROLE_TITLES[role]) for role in ROLES)
    if "people" in wanted:
        others = await queries.person_choices(session)
        found["people"] = tuple((number, called) for number, called in others if number != str(view.id))
    return found


HANDLERS: Final = (
    people,
    new_person,
    add_person,
    person,
    person_to_revise,
    revise_person,
    new_absence,
    record_absence,
    end_absence,
    end_role,
    person_to_change,
    change_person,
    issue_token,
    revoke_token,
)
