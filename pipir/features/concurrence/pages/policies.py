"""The office's policies: which act needs which offices, from when until when."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from pipir.features.concurrence import commands, queries
from pipir.features.concurrence.pages.shared import OFFICES, ROLE_NAMES, TypedPolicy, choices
from pipir.features.concurrence.tables import PolicyId
from pipir.features.trail.queries import TrailView, history
from pipir.kernel.access import Caller
from pipir.kernel.ids import RecordNumber
from pipir.kernel.once import Once
from pipir.kernel.parsing import parse
from pipir.store.doors import Database, ReadSession
from pipir.web.access import allow
from pipir.web.acts import Act, ActPage, Field, drawn
from pipir.web.api import see_other
from pipir.web.forms import Form, read_form
from pipir.web.pages import Frame

_LEAD: Final = (
    "The law asks for coordination on the process of invitation (1253(d)), not on each invitation. "
    "That an act waits for offices is an office policy: dated, and ended by a day."
)
_ENTER: Final = Act(
    commands.enter_policy,
    "Enter a policy",
    "Enter it",
    _LEAD,
    (
        Field("act", "Act", "select", choices="acts"),
        Field("title", "Title"),
        Field("citation", "Citation", hint="The memorandum or instruction that says so."),
        Field("since", "In force from", "date"),
        Field("until", "Until", "date", "Left blank: no end known."),
        *OFFICES,
        Field(
            "low_risk",
            "Fields of low risk",
            "area",
            "As the table of values of a request names them, such as marking; one a line. "
            "A change of these alone needs no approval.",
        ),
    ),
)
_END: Final = Act(
    commands.end_policy,
    "End the policy",
    "End it",
    "From the day after, it asks for nothing any more. It stays in the record.",
    (Field("until", "Last day", "date"), Field("because", "Why", "area")),
)


@dataclass(frozen=True)
class _PoliciesPage:
    policies: tuple[queries.PolicyView, ...]
    roles: dict[str, str]
    lead: str
    may_change: bool


@dataclass(frozen=True)
class _PolicyPage:
    policy: queries.PolicyView
    roles: dict[str, str]
    history: tuple[TrailView, ...]
    may_change: bool


@get("/concurrence/policies", opt=allow("concurrence.read"))
async def policies(
    frame: NamedDependency[Frame], db: NamedDependency[Database], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Every policy, with those that have ended."""
    async with db.read() as session:
        page = _PoliciesPage(
            await queries.policies(session), dict(ROLE_NAMES), _LEAD, caller.may(commands.enter_policy.permission)
        )
        return frame.show("concurrence/policies.html", page, now=session.now)


@get("/concurrence/policies/new", opt=allow(commands.enter_policy))
async def new_policy(frame: NamedDependency[Frame], db: NamedDependency[Database]) -> Response[bytes]:
    """The empty form of a policy."""
    async with db.read() as session:
        return await _enter_form(frame, session, Form(TypedPolicy))


@post("/concurrence/policies/new", opt=allow(commands.enter_policy), status_code=303)
async def enter_policy(
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
    once: NamedDependency[Once | None],
) -> Response[bytes]:
    """Put an act under an office policy."""
    form = await read_form(request, TypedPolicy)
    with form:
        typed = form.value()
        low_risk = [line.strip() for line in typed.low_risk.split("\n") if line.strip()]
        known = {name: getattr(typed, name) for name in TypedPolicy.__struct_fields__ if name != "low_risk"}
        body = parse(commands.EnterPolicy, {**known, "low_risk": low_risk})
        async with db.write(actor=caller.id, command=commands.enter_policy.name, once=once) as session:
            number = await commands.enter_policy(session, body)
            answer = see_other(session, f"/concurrence/policies/{number}")
        return answer
    async with db.read() as reading:
        return await _enter_form(frame, reading, form)


@get("/concurrence/policies/{policy_id:int}", opt=allow("concurrence.read"))
async def policy(
    policy_id: FromPath[RecordNumber],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """One policy and its history."""
    async with db.read() as session:
        page = _PolicyPage(
            await queries.policy(session, PolicyId(policy_id)),
            dict(ROLE_NAMES),
            await history(session, caller.reader, "concurrence_policy", policy_id),
            caller.may(commands.end_policy.permission),
        )
        return frame.show("concurrence/policy.html", page, now=session.now)


@get("/concurrence/policies/{policy_id:int}/end", opt=allow(commands.end_policy))
async def policy_to_end(
    policy_id: FromPath[RecordNumber], frame: NamedDependency[Frame], db: NamedDependency[Database]
) -> Response[bytes]:
    """The form of a policy's end."""
    async with db.read() as session:
        view = await queries.policy(session, PolicyId(policy_id))
        return await _end_form(frame, session, Form(commands.EndPolicy), view)


@post("/concurrence/policies/{policy_id:int}/end", opt=allow(commands.end_policy), status_code=303)
async def end_policy(
    policy_id: FromPath[RecordNumber],
    request: Request[Any, Any, Any],
    frame: NamedDependency[Frame],
    db: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Say a policy's last day, and why."""
    number = PolicyId(policy_id)
    form = await read_form(request, commands.EndPolicy)
    with form:
        body = form.value()
        async with db.write(actor=caller.id, command=commands.end_policy.name) as session:
            await commands.end_policy(session, number, body, version=form.version)
        return see_other(None, f"/concurrence/policies/{number}")
    async with db.read() as reading:
        return await _end_form(frame, reading, form, await queries.policy(reading, number))


async def _enter_form(frame: Frame, session: ReadSession, form: Form[TypedPolicy]) -> Response[bytes]:
    page = ActPage(
        form=form,
        title=_ENTER.title,
        lead=_ENTER.lead,
        button=_ENTER.button,
        fields=drawn(_ENTER, await choices(session)),
        trail=(("Coordination", "/concurrence"), ("Policies", "/concurrence/policies")),
        action="/concurrence/policies/new",
        cancel_href="/concurrence/policies",
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status)


async def _end_form(
    frame: Frame, session: ReadSession, form: Form[commands.EndPolicy], view: queries.PolicyView
) -> Response[bytes]:
    here = f"/concurrence/policies/{view.id}"
    page = ActPage(
        form=form,
        title=_END.title,
        lead=_END.lead,
        button=_END.button,
        fields=drawn(_END, {}),
        trail=(("Coordination", "/concurrence"), ("Policies", "/concurrence/policies"), (view.title, here)),
        action=f"{here}/end",
        cancel_href=here,
        version=view.version,
        about="The policy",
        facts=(("Title", view.title), ("Act", view.act_title)),
    )
    return frame.show("_layouts/act.html", page, now=session.now, status=form.status)


HANDLERS: Final = (policies, new_policy, enter_policy, policy, policy_to_end, end_policy)
