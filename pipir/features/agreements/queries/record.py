"""One agreement, how it stands by law, and its names in forms."""

from datetime import date

import msgspec
from sqlalchemy import RowMapping, and_, select
from sqlalchemy.orm import aliased

from pipir.features.agreements import rules
from pipir.features.agreements.queries.facts import facts_by_id
from pipir.features.agreements.rules import Clock, Facts
from pipir.features.agreements.tables import (
    Agreement,
)
from pipir.features.law import queries as law
from pipir.features.people.tables import Office
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import AgreementId
from pipir.kernel.marking import Reader
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect

_MISSING = "There is no agreement with this number."


class AgreementView(msgspec.Struct, frozen=True):
    """An agreement as shown, with what was merged into it; None is "not public". `state` is that of today."""

    id: int
    version: int
    code: str
    name: str
    kind: str
    program_authority: str | None
    also_authority: str | None
    state: str
    # As the last step says; `state` says "expired" from the day of expiry on, whoever records it.
    recorded_state: str
    character: str | None
    lead_office_id: int | None
    lead_office: str | None
    parent_id: int | None
    parent: str | None
    text_no: int
    text_agreed_on: date | None
    signed_on: date | None
    signatory: str | None
    in_force_on: date | None
    expires_on: date | None
    purpose: str
    source: str
    marking: str
    exercise: bool
    # The words beside what continues under another authority, or was recorded late; blank otherwise.
    label: str = ""
    recorded_late: str | None = None
    recorded_late_document: str | None = None

    @property
    def authority(self) -> str | None:
        """What it rests on, as the form of a change calls it."""
        return self.program_authority


class Standing(msgspec.Struct, frozen=True):
    """An agreement with its facts, its clocks, and what stands before its next acts by law."""

    facts: Facts
    clocks: tuple[Clock, ...]
    following: tuple[str, ...]
    before_certified: tuple[rules.Lack, ...]
    before_signature: tuple[rules.Lack, ...]
    before_effect: tuple[rules.Lack, ...]


async def agreement(session: ReadSession, reader: Reader, agreement_id: AgreementId) -> AgreementView:
    """One agreement, or NotFound."""
    row = (
        (await session.execute(select_agreements(reader).where(Agreement.id == agreement_id))).mappings().one_or_none()
    )
    if row is None:
        raise NotFound(_MISSING)
    return agreement_view(row, session.today)


async def names(session: ReadSession, reader: Reader) -> tuple[tuple[int, str, str], ...]:
    """(id, code, name) of each agreement that the reader may see, by code: the choices of a form."""
    rows = await session.execute(
        select(Agreement.id, Agreement.code, Agreement.name)
        .where(visible_to(reader, Agreement))
        .order_by(Agreement.number)
    )
    return tuple((row.id, row.code, row.name) for row in rows)


async def standing(session: ReadSession, reader: Reader, view: AgreementView) -> Standing:
    """How an agreement stands by law today, as far as the reader sees its parties."""
    row = _Row(view)
    facts, statute, today = (
        (await facts_by_id(session, [row], reader))[view.id],
        await law.law_of(session),
        session.today,
    )
    unsigned = facts.state in rules.UNSIGNED
    return Standing(
        facts=facts,
        clocks=rules.clocks(facts, statute, today),
        following=rules.following(facts.state, facts.expires_on, today),
        before_certified=rules.before_certified(facts, statute)
        if unsigned and facts.rests_on(rules.COOPERATIVE_PROJECT)
        else (),
        before_signature=rules.before_signature(facts, statute, today, state_concurs=True) if unsigned else (),
        before_effect=rules.before_effect(facts, statute, today) if unsigned or facts.state == "signed" else (),
    )


async def clocks(session: ReadSession, reader: Reader, agreement_id: AgreementId) -> tuple[Clock, ...]:
    """The clocks of an agreement today."""
    return (await standing(session, reader, await agreement(session, reader, agreement_id))).clocks


def select_agreements(reader: Reader) -> AnySelect:
    parent = aliased(Agreement)
    joined = {
        "recorded_state": Agreement.state,
        "lead_office": Office.symbol,
        "parent_id": parent.id,
        "parent": parent.code,
    }
    return (
        select(
            *(joined[name].label(name) if name in joined else getattr(Agreement, name) for name in _VIEW),
            *law.label_columns(Agreement),
        )
        .outerjoin(Office, Office.id == Agreement.lead_office_id)
        .outerjoin(parent, and_(parent.id == Agreement.parent_id, visible_to(reader, parent)))
        .where(visible_to(reader, Agreement))
    )


def agreement_view(row: RowMapping, today: date) -> AgreementView:
    said = {name: row[name] for name in _VIEW}
    said["state"] = rules.state_on(row["recorded_state"], row["expires_on"], today)
    return AgreementView(**said, **law.labels_of_row(row))


class _Row:
    """A view as the facts are read from."""

    def __init__(self, view: AgreementView) -> None:
        for name in AgreementView.__struct_fields__:
            setattr(self, name, getattr(view, name))
        self.state = view.recorded_state


_VIEW = [name for name in AgreementView.__struct_fields__ if name not in law.LABEL_FIELDS]
