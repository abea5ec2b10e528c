"""Equitable share: agreed shares of agreements against what the ledger has of each party."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import and_, func, literal_column, or_, select, type_coerce
from sqlalchemy.orm import aliased

from pipir.features.agreements.tables import Agreement, AgreementParty, AgreementShare
from pipir.features.execution import rules
from pipir.features.execution.queries import money
from pipir.features.execution.queries.money import base_kind
from pipir.features.execution.rules import Borne, Came, Party, Stated
from pipir.features.ledger.queries import Statement, statement_of
from pipir.features.ledger.tables import LedgerEntry, may_see
from pipir.features.participants.tables import Participant
from pipir.features.projects.tables import Project
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.store.base import Money, visible_to
from pipir.store.doors import ReadSession

# What must stand beside the table, so that nobody adds what cannot be added.
NOT_ADDITIVE = (
    "Contributions of partners are memoranda and no appropriation: they are never added to obligations. Shares in work "
    "and results are worth what the parties say, and the ledger holds none of them. A project counts under the one "
    "agreement that it is done under; contributions under none stand apart."
)


class ShareRow(msgspec.Struct, frozen=True):
    """One party's share of one kind under one agreement; agreement None: contributions under no agreement."""

    agreement_id: int | None
    agreement_code: str
    agreement_name: str
    participant_id: int | None
    party: str
    kind: str
    agreed: Dollars | None
    agreed_shown: str
    stated: Dollars | None
    stated_shown: str
    ledger: Dollars | None
    ledger_says: str
    expended: Dollars | None
    difference: Dollars | None
    share: float | None
    entries_href: str
    exercise: bool


class Shares(msgspec.Struct, frozen=True):
    """The shares, what may be added of them, and where they come from."""

    as_of: date
    rows: tuple[ShareRow, ...]
    apart: tuple[ShareRow, ...]
    not_additive: str
    statement: Statement


async def shares(
    session: ReadSession, reader: Reader, *, agreement_id: int | None = None, country: str | None = None
) -> Shares:
    """Every share of the agreements that the reader may see, of one agreement or country where they are named."""
    if country is not None and not (len(country) == _CODE and country.isascii() and country.isalpha()):
        raise Invalid(
            "The filter needs correcting.",
            mistakes=(Mistake("country", "Expected three letters, such as AUS.", country[:60]),),
        )
    names = await _agreements(session, reader, agreement_id)
    parties = await _participants(session, reader, country)
    stated = await _stated(session, reader, sorted(names))
    projects = await _projects(session, reader)
    came, apart = await _came(session, reader, projects, await _parties(session, reader))
    kept = [
        each
        for each in rules.borne(stated, [each for each in came if each.party.agreement_id in names])
        if _is_wanted(each, parties, country)
    ]
    rows = tuple(_row(each, names, parties, projects) for each in kept)
    loose: tuple[ShareRow, ...] = ()
    if agreement_id is None:
        found = [each for each in rules.borne((), apart) if _is_wanted(each, parties, country)]
        loose = tuple(_row(each, names, parties, projects) for each in found)
    return Shares(session.today, rows, loose, NOT_ADDITIVE, await statement_of(session, reader))


_REVERSED = aliased(LedgerEntry)
_CODE = 3
_NO_AGREEMENT = 0


def _is_wanted(each: Borne, parties: Mapping[int, Any], country: str | None) -> bool:
    number = each.party.participant_id
    return number in parties or (number is None and country is None)


def _row(
    each: Borne, names: Mapping[int, Any], parties: Mapping[int, Any], projects: Mapping[int, int | None]
) -> ShareRow:
    agreement = names.get(each.party.agreement_id)
    partner = parties.get(each.party.participant_id) if each.party.participant_id is not None else None
    ratio = each.ledger.share_of(each.agreed) if each.ledger is not None and each.agreed is not None else None
    under = [project for project, number in projects.items() if agreement and number == agreement.id]
    href = ""
    if each.ledger is not None and len(under) == 1:
        kind = "" if partner is None else f"&kind=partner+contribution&country={partner.code}"
        href = f"/ledger?project={under[0]}{kind}"
    elif each.ledger is not None and partner is not None:
        href = f"/ledger?kind=partner+contribution&country={partner.code}"
    return ShareRow(
        agreement_id=agreement.id if agreement else None,
        agreement_code=agreement.code if agreement else "",
        agreement_name=agreement.name if agreement else "",
        participant_id=each.party.participant_id,
        party=partner.name if partner else rules.US,
        kind=each.kind,
        agreed=each.agreed,
        agreed_shown=each.agreed_shown,
        stated=each.stated,
        stated_shown=each.stated_shown,
        ledger=each.ledger,
        ledger_says=each.ledger_says,
        expended=each.expended,
        difference=each.difference,
        share=float(ratio) if ratio is not None else None,
        entries_href=href,
        exercise=bool(agreement and agreement.exercise),
    )


async def _agreements(session: ReadSession, reader: Reader, agreement_id: int | None) -> Mapping[int, Any]:
    statement = select(Agreement.id, Agreement.code, Agreement.name, Agreement.exercise).where(
        visible_to(reader, Agreement)
    )
    if agreement_id is not None:
        statement = statement.where(Agreement.id == agreement_id)
    return {row.id: row for row in await session.execute(statement)}


async def _participants(session: ReadSession, reader: Reader, country: str | None) -> Mapping[int, Any]:
    statement = select(Participant.id, Participant.code, Participant.name).where(visible_to(reader, Participant))
    if country is not None:
        statement = statement.where(Participant.code == country.upper())
    return {row.id: row for row in await session.execute(statement)}


async def _projects(session: ReadSession, reader: Reader) -> Mapping[int, int | None]:
    """Each project with the agreement that it is done under, as far as the reader may see that."""
    rows = await session.execute(
        select(Project.id, Agreement.id)
        .outerjoin(Agreement, and_(Agreement.id == Project.agreement_id, visible_to(reader, Agreement)))
        .where(visible_to(reader, Project))
    )
    return {row[0]: row[1] for row in rows}


async def _parties(session: ReadSession, reader: Reader) -> Mapping[int, frozenset[int]]:
    rows = await session.execute(
        select(AgreementParty.agreement_id, func.array_agg(AgreementParty.participant_id))
        .where(AgreementParty.until.is_(None))
        .group_by(AgreementParty.agreement_id)
    )
    return {row[0]: frozenset(row[1]) for row in rows}


async def _stated(session: ReadSession, reader: Reader, agreements: Sequence[int]) -> list[Stated]:
    hidden = select(Participant.id).where(~visible_to(reader, Participant))
    rows = await session.execute(
        select(
            AgreementShare.agreement_id,
            AgreementShare.participant_id,
            AgreementShare.kind,
            AgreementShare.stage,
            AgreementShare.currency,
            AgreementShare.amount,
            AgreementShare.dollars,
        )
        .where(
            AgreementShare.until.is_(None),
            AgreementShare.agreement_id.in_(agreements),
            or_(AgreementShare.participant_id.is_(None), AgreementShare.participant_id.not_in(hidden)),
        )
        .order_by(AgreementShare.id)
    )
    return [Stated(Party(row[0], row[1]), row[2], row[3], row[4], row[5], row[6]) for row in rows]


async def _came(
    session: ReadSession,
    reader: Reader,
    projects: Mapping[int, int | None],
    parties: Mapping[int, frozenset[int]],
) -> tuple[list[Came], list[Came]]:
    """What the ledger has under agreements, and the contributions that stand under none."""
    # A reversal does not say the kind again: it has that of the entry which it reverses.
    kind_of = func.coalesce(LedgerEntry.contribution_kind, _REVERSED.contribution_kind)
    rows = await session.execute(
        select(
            LedgerEntry.project_id,
            LedgerEntry.participant_id,
            kind_of.label("kind"),
            type_coerce(func.sum(money.signed("contributed")), Money()).label("amount"),
        )
        .outerjoin(_REVERSED, _REVERSED.id == LedgerEntry.reverses_entry_id)
        # As text, so that the index of contributions serves it.
        .where(base_kind() == literal_column("'partner contribution'"), may_see(reader))
        .group_by(LedgerEntry.project_id, LedgerEntry.participant_id, kind_of)
    )
    under: list[Came] = []
    apart: list[Came] = []
    for row in rows:
        agreement = projects.get(row.project_id) if row.project_id is not None else None
        kind = {"cash": "cost", "in kind": "in kind"}.get(row.kind, rules.NOT_SAID)
        of_party = agreement is not None and row.participant_id in parties.get(agreement, ())
        party = Party(agreement if of_party and agreement is not None else _NO_AGREEMENT, row.participant_id)
        (under if of_party else apart).append(Came(party, kind, row.amount))
    ours = await money.as_of(session, reader, session.today, "project")
    for project, stages in sorted((key, each) for key, each in ours.items() if key is not None):
        number = projects.get(project)
        if number is not None and (stages.obligated or stages.expended):
            under.append(Came(Party(number, None), "cost", stages.obligated, stages.expended))
    return under, apart
