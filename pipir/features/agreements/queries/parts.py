"""What hangs on an agreement: parties, steps, determinations, papers, certification, notices, amendments, shares."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec
from sqlalchemy import RowMapping, and_, or_, select
from sqlalchemy.orm import aliased

from pipir.features.agreements import rules
from pipir.features.agreements.queries.facts import codes_of, parts_by_id
from pipir.features.agreements.rules import Change
from pipir.features.agreements.tables import (
    Agreement,
    AgreementAmendment,
    AgreementNotice,
    AgreementPaper,
    AgreementParty,
    AgreementShare,
    AgreementStep,
    AmendmentChange,
    CertificationItem,
    LegalDetermination,
)
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Person
from pipir.kernel.calendar import show_day
from pipir.kernel.currencies import show
from pipir.kernel.errors import NotFound
from pipir.kernel.ids import AgreementAmendmentId, AgreementId, NoticeId, PartyId, ShareId
from pipir.kernel.marking import Reader
from pipir.kernel.money import Dollars
from pipir.statute.load import the_statute
from pipir.statute.model import Statute
from pipir.store.base import visible_to
from pipir.store.doors import ReadSession
from pipir.store.listing import AnySelect

_MISSING = "There is no agreement with this number."


class PartyView(msgspec.Struct, frozen=True):
    """A party besides the United States, and its country's class under 10 U.S.C. 2350a; None: counsel has not said."""

    id: int
    version: int
    agreement_id: int
    participant_id: int
    code: str
    name: str
    counterpart: str
    country_class: str | None
    classified_by: str | None
    classified_on: date | None
    class_source: str | None
    until: date | None
    ended_because: str | None
    exercise: bool


class StepView(msgspec.Struct, frozen=True):
    """A step of the life."""

    step: int
    was: str | None
    state: str
    on_day: date
    because: str
    document: str | None
    recorded_by: str
    recorded_on: date


class CharacterView(msgspec.Struct, frozen=True):
    """A determination of counsel; `stands` is that of the latest."""

    id: int
    character: str
    counsel: str
    determined_on: date
    opinion: str
    because: str | None
    stands: bool


class PaperView(msgspec.Struct, frozen=True):
    """A paper that a law asks for."""

    id: int
    kind: str
    made_by: str
    made_on: date
    document: str
    statement: str


class ItemView(msgspec.Struct, frozen=True):
    """An item of the certification, with what is written to it; None: nothing yet."""

    item: str
    title: str
    asks: str
    statement: str | None
    document: str | None


class NoticeView(msgspec.Struct, frozen=True):
    """What one addressee was told; `present` says whether it is of the present text."""

    id: int
    version: int
    agreement_id: int
    what: str
    text_no: int
    addressee: str
    name: str
    sent_on: date
    means: str
    document: str
    received_on: date | None
    receipt: str | None
    corrected_because: str | None
    present: bool
    # By which words of the law the addressee is told.
    citation: str = ""


class ChangeView(msgspec.Struct, frozen=True):
    """One field of an amendment: when drafted, now, as proposed, and whether another has changed it since.

    `shown` are the three values in words.
    """

    field: str
    title: str
    drafted: str | None
    now: str | None
    proposed: str | None
    conflicts: bool
    shown: tuple[str, str, str]


class AmendmentView(msgspec.Struct, frozen=True):
    """An amendment with its changes; of a signed one `now` is what it replaced."""

    id: int
    version: int
    agreement_id: int
    agreement: str
    number: int
    title: str
    state: str
    because: str
    drafted_on: date
    agreed_on: date | None
    signed_on: date | None
    document: str | None
    ended_because: str | None
    exercise: bool
    marking: str
    changes: tuple[ChangeView, ...] = ()

    @property
    def conflicts(self) -> bool:
        """Whether it has to be drafted anew before it is signed."""
        return self.state in ("drafting", "agreed") and any(each.conflicts for each in self.changes)


class ShareView(msgspec.Struct, frozen=True):
    """A share in its own currency and in dollars; no participant: the United States."""

    id: int
    version: int
    agreement_id: int
    participant_id: int | None
    party: str
    kind: str
    stage: str
    description: str
    currency: str
    amount: Decimal
    rate: Decimal
    rate_on: date
    rate_source: str
    dollars: Dollars
    as_of: date
    source: str
    until: date | None
    ended_because: str | None
    exercise: bool

    @property
    def shown(self) -> str:
        """The amount with its code."""
        return show(self.amount, self.currency)


class PartyShares(msgspec.Struct, frozen=True):
    """What one party bears of cost and in kind, agreed and actual, per currency in words and in dollars."""

    participant_id: int | None
    party: str
    agreed: Dollars | None
    actual: Dollars | None
    agreed_shown: str
    actual_shown: str
    # Actual of agreed, from 0 on; None where nothing is agreed.
    share: float | None


async def parties(
    session: ReadSession, reader: Reader, agreement_id: AgreementId, *, ended: bool = False
) -> tuple[PartyView, ...]:
    """The parties besides the United States, by name; those taken out too where asked for."""
    statement = _parties(reader).where(AgreementParty.agreement_id == agreement_id)
    if not ended:
        statement = statement.where(AgreementParty.until.is_(None))
    return tuple(PartyView(**row) for row in (await session.execute(statement)).mappings())


async def party(session: ReadSession, reader: Reader, party_id: PartyId) -> PartyView:
    """One party, or NotFound."""
    row = (await session.execute(_parties(reader).where(AgreementParty.id == party_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no party with this number.")
    return PartyView(**row)


async def steps(session: ReadSession, agreement_id: int) -> tuple[StepView, ...]:
    """The life so far, the latest step last; the caller has seen the agreement."""
    rows = await session.execute(
        select(
            AgreementStep.step,
            AgreementStep.was,
            AgreementStep.state,
            AgreementStep.on_day,
            AgreementStep.because,
            AgreementStep.document,
            Person.name.label("recorded_by"),
            AgreementStep.recorded_on,
        )
        .join(Person, Person.id == AgreementStep.recorded_by_id)
        .where(AgreementStep.agreement_id == agreement_id)
        .order_by(AgreementStep.step)
    )
    return tuple(StepView(**row) for row in rows.mappings())


async def characters(session: ReadSession, agreement_id: int) -> tuple[CharacterView, ...]:
    """The determinations of counsel, the latest first; the caller has seen the agreement."""
    later = aliased(LegalDetermination)
    rows = await session.execute(
        select(
            LegalDetermination.id,
            LegalDetermination.character,
            LegalDetermination.counsel,
            LegalDetermination.determined_on,
            LegalDetermination.opinion,
            LegalDetermination.because,
            later.id.is_(None).label("stands"),
        )
        .outerjoin(later, later.supersedes_id == LegalDetermination.id)
        .where(LegalDetermination.agreement_id == agreement_id)
        .order_by(LegalDetermination.id.desc())
    )
    return tuple(CharacterView(**row) for row in rows.mappings())


async def papers(session: ReadSession, agreement_id: int) -> tuple[PaperView, ...]:
    """The papers, the latest first; the caller has seen the agreement."""
    rows = await session.execute(
        select(*(getattr(AgreementPaper, name) for name in PaperView.__struct_fields__))
        .where(AgreementPaper.agreement_id == agreement_id)
        .order_by(AgreementPaper.made_on.desc(), AgreementPaper.id.desc())
    )
    return tuple(PaperView(**row) for row in rows.mappings())


async def items(session: ReadSession, agreement_id: int) -> tuple[ItemView, ...]:
    """Every item of the certification in the law's order; the caller has seen the agreement."""
    rows = await session.execute(
        select(CertificationItem.item, CertificationItem.statement, CertificationItem.document).where(
            CertificationItem.agreement_id == agreement_id
        )
    )
    written = {row.item: row for row in rows}
    return tuple(
        ItemView(
            each.slug,
            each.title,
            each.statement,
            written[each.slug].statement if each.slug in written else None,
            written[each.slug].document if each.slug in written else None,
        )
        for each in the_statute().certification_items
    )


async def notices(session: ReadSession, reader: Reader, agreement_id: AgreementId) -> tuple[NoticeView, ...]:
    """What addressees were told, the present text first."""
    rows = await session.execute(
        _notices(reader)
        .where(AgreementNotice.agreement_id == agreement_id)
        .order_by(AgreementNotice.text_no.desc(), AgreementNotice.what, AgreementNotice.sent_on, AgreementNotice.id)
    )
    return tuple(_notice_view(row) for row in rows.mappings())


async def notice(session: ReadSession, reader: Reader, notice_id: NoticeId) -> NoticeView:
    """One notice, or NotFound."""
    row = (await session.execute(_notices(reader).where(AgreementNotice.id == notice_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no notice with this number.")
    return _notice_view(row)


async def amendments(session: ReadSession, reader: Reader, agreement_id: AgreementId) -> tuple[AmendmentView, ...]:
    """The amendments of an agreement with their changes, the latest first."""
    statement = _amendments(reader).where(AgreementAmendment.agreement_id == agreement_id)
    rows = (await session.execute(statement.order_by(AgreementAmendment.number.desc()))).mappings().all()
    return await _with_changes(session, reader, rows)


async def amendment(session: ReadSession, reader: Reader, amendment_id: AgreementAmendmentId) -> AmendmentView:
    """One amendment with its changes, or NotFound."""
    statement = _amendments(reader).where(AgreementAmendment.id == amendment_id)
    found = await _with_changes(session, reader, (await session.execute(statement)).mappings().all())
    if not found:
        raise NotFound("There is no amendment of an agreement with this number.")
    return found[0]


async def shares(
    session: ReadSession, reader: Reader, agreement_id: AgreementId, *, ended: bool = False
) -> tuple[ShareView, ...]:
    """The shares, the United States first; those taken out too where asked for."""
    statement = _shares(reader).where(AgreementShare.agreement_id == agreement_id)
    if not ended:
        statement = statement.where(AgreementShare.until.is_(None))
    return tuple(_share_view(row) for row in (await session.execute(statement)).mappings())


async def share(session: ReadSession, reader: Reader, share_id: ShareId) -> ShareView:
    """One share, or NotFound."""
    row = (await session.execute(_shares(reader).where(AgreementShare.id == share_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no share with this number.")
    return _share_view(row)


def by_party(found: tuple[ShareView, ...]) -> tuple[PartyShares, ...]:
    """What each party bears of cost and in kind, agreed against actual."""
    sums = []
    for number in dict.fromkeys(each.participant_id for each in found):
        own = [each for each in found if each.participant_id == number and each.kind in rules.WEIGHED]
        if not own:
            continue
        agreed = [each for each in own if each.stage == "agreed"]
        actual = [each for each in own if each.stage == "actual"]
        of_agreed = sum((each.dollars for each in agreed), Dollars.zero()) if agreed else None
        of_actual = sum((each.dollars for each in actual), Dollars.zero()) if actual else None
        ratio = (of_actual or Dollars.zero()).share_of(of_agreed) if of_agreed is not None else None
        sums.append(
            PartyShares(
                number,
                own[0].party,
                of_agreed,
                of_actual,
                _in_currencies(agreed),
                _in_currencies(actual),
                float(ratio) if ratio is not None else None,
            )
        )
    return tuple(sums)


def _parties(reader: Reader) -> AnySelect:
    joined = {"code": Participant.code, "name": Participant.name}
    return (
        select(
            *(joined[name] if name in joined else getattr(AgreementParty, name) for name in PartyView.__struct_fields__)
        )
        .join(Participant, and_(Participant.id == AgreementParty.participant_id, visible_to(reader, Participant)))
        .join(Agreement, and_(Agreement.id == AgreementParty.agreement_id, visible_to(reader, Agreement)))
        .order_by(AgreementParty.until.is_not(None), Participant.name, AgreementParty.id)
    )


def _notices(reader: Reader) -> AnySelect:
    stored = [name for name in NoticeView.__struct_fields__ if name not in ("name", "present", "citation")]
    return select(
        *(getattr(AgreementNotice, name) for name in stored),
        (AgreementNotice.text_no == Agreement.text_no).label("present"),
    ).join(Agreement, and_(Agreement.id == AgreementNotice.agreement_id, visible_to(reader, Agreement)))


def _notice_view(row: RowMapping) -> NoticeView:
    known = next((each for each in the_statute().addressees if each.slug == row["addressee"]), None)
    return NoticeView(**row, name=known.name if known else row["addressee"], citation=known.citation if known else "")


def _amendments(reader: Reader) -> AnySelect:
    joined = {"agreement": Agreement.name, "marking": Agreement.marking}
    stored = [name for name in AmendmentView.__struct_fields__ if name != "changes"]
    return select(
        *(joined[name].label(name) if name in joined else getattr(AgreementAmendment, name) for name in stored),
        *(getattr(Agreement, field).label(f"now_{field}") for field in rules.FIELDS),
    ).join(Agreement, and_(Agreement.id == AgreementAmendment.agreement_id, visible_to(reader, Agreement)))


async def _with_changes(session: ReadSession, reader: Reader, rows: Sequence[RowMapping]) -> tuple[AmendmentView, ...]:
    found: dict[int, dict[str, AmendmentChange]] = {}
    for change in await session.scalars(
        select(AmendmentChange).where(
            AmendmentChange.amendment_id.in_([row["id"] for row in rows]), AmendmentChange.taken_back.is_(False)
        )
    ):
        found.setdefault(change.amendment_id, {})[change.field] = change
    statute = the_statute()
    stands = await parts_by_id(session, sorted({row["agreement_id"] for row in rows}))
    # A change about a country that the reader may not see is not shown to them.
    codes = await codes_of(session, {field for fields in found.values() for field in fields}, reader)

    def shown(fields: Collection[str]) -> list[str]:
        parts = sorted(field for field in fields if field not in rules.FIELDS)
        return [
            *(field for field in rules.FIELDS if field in fields),
            *(each for each in parts if (number := rules.participant_of(each)) is None or number in codes),
        ]

    return tuple(
        AmendmentView(
            **{name: row[name] for name in AmendmentView.__struct_fields__ if name != "changes"},
            changes=tuple(
                _change_view(field, found[row["id"]][field], row, stands[row["agreement_id"]], codes, statute)
                for field in shown(found.get(row["id"], {}))
            ),
        )
        for row in rows
    )


def _change_view(
    field: str,
    stored: AmendmentChange,
    row: RowMapping,
    stands: Mapping[str, str],
    codes: Mapping[int, str],
    statute: Statute,
) -> ChangeView:
    now = row[f"now_{field}"] if field in rules.FIELDS else stands.get(field)
    now = now.isoformat() if isinstance(now, date) else now
    # What is merged or withdrawn is compared with what it was drafted against: the agreement has moved on since.
    change = Change(
        field,
        stored.drafted,
        now if row["state"] in ("drafting", "agreed") else stored.drafted,
        stored.proposed,
        codes.get(rules.participant_of(field) or 0, ""),
    )

    def shown(value: str | None) -> str:
        if field in ("program_authority", "also_authority") and value is not None:
            return statute.short_citation(value)
        if field == "expires_on" and value is not None:
            return show_day(date.fromisoformat(value))
        return change.words(value)

    values = (change.drafted, change.now, change.proposed)
    return ChangeView(
        field, change.title, *values, change.conflicts, (shown(values[0]), shown(values[1]), shown(values[2]))
    )


def _shares(reader: Reader) -> AnySelect:
    stored = [name for name in ShareView.__struct_fields__ if name != "party"]
    return (
        select(*(getattr(AgreementShare, name) for name in stored), Participant.name.label("party"))
        .join(Agreement, and_(Agreement.id == AgreementShare.agreement_id, visible_to(reader, Agreement)))
        .outerjoin(Participant, Participant.id == AgreementShare.participant_id)
        .where(or_(AgreementShare.participant_id.is_(None), visible_to(reader, Participant)))
        .order_by(
            AgreementShare.participant_id.is_not(None),
            Participant.name,
            AgreementShare.stage,
            AgreementShare.kind,
            AgreementShare.id,
        )
    )


def _share_view(row: RowMapping) -> ShareView:
    return ShareView(**(dict(row) | {"party": row["party"] or rules.US[4:]}))


def _in_currencies(found: list[ShareView]) -> str:
    sums: dict[str, Decimal] = {}
    for each in found:
        sums[each.currency] = sums.get(each.currency, Decimal(0)) + each.amount
    return ", ".join(show(amount, code) for code, amount in sums.items())


_PARTY = PartyView.__struct_fields__
