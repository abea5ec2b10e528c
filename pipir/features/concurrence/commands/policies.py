"""The dated policies that put acts to offices."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from pipir.features.concurrence import rules
from pipir.features.concurrence.commands.rounds import open_office
from pipir.features.concurrence.tables import (
    ConcurrencePolicy,
    ConcurrencePolicyOffice,
    PolicyId,
)
from pipir.kernel.command import command
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.text import Line, Reason, SourceText
from pipir.statute.model import Role
from pipir.store.doors import WriteSession


class EnterPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An office policy: from a day on an act needs these offices; changes of low-risk fields alone need nobody."""

    act: Line
    title: Line
    citation: SourceText
    since: date
    until: date | None = None
    consult: list[RecordNumber] = []
    coordinate: list[RecordNumber] = []
    concur: list[RecordNumber] = []
    notify: list[RecordNumber] = []
    low_risk: list[Line] = []


class EndPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day of a policy, and why."""

    until: date
    because: Reason


@command("concurrence.enter-policy", permission="concurrence.policy", sunset="goes on")
async def enter_policy(session: WriteSession, body: EnterPolicy) -> PolicyId:
    """Put an act under an office policy from a day on."""
    rules.check_policy(body.act, body.since, body.until)
    asked: Mapping[Role, Sequence[int]] = {
        "consult": body.consult,
        "coordinate": body.coordinate,
        "concur": body.concur,
        "be-notified": body.notify,
    }
    rules.check_asked(asked)
    for role, offices in asked.items():
        for office_id in offices:
            await open_office(session, office_id, rules.field_of(role))
    policy = ConcurrencePolicy(
        act=body.act,
        title=body.title,
        citation=body.citation,
        since=body.since,
        until=body.until,
        low_risk=sorted(set(body.low_risk)),
    )
    session.add(policy)
    await session.flush()
    session.add_all(
        ConcurrencePolicyOffice(policy_id=policy.id, office_id=office_id, role=role)
        for role, offices in asked.items()
        for office_id in offices
    )
    await session.flush()
    return PolicyId(policy.id)


@command("concurrence.end-policy", permission="concurrence.policy", sunset="goes on")
async def end_policy(session: WriteSession, policy_id: PolicyId, body: EndPolicy, *, version: int) -> None:
    """Say a policy's last day and why; it stays in the record."""
    policy = await session.get(ConcurrencePolicy, policy_id, with_for_update=True)
    if policy is None:
        raise NotFound("There is no coordination policy with this number.")
    session.check_version(policy, version, title=f"The policy {policy.title}")
    rules.may_end_policy(policy.since, policy.until, body.until)
    policy.until, policy.ended_because = body.until, body.because
    await session.flush()
