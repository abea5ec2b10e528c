"""What is stored of agreements: their life, parties, papers, certification, notices, amendments and shares."""

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from pipir.features.agreements.rules import (
    AMENDMENT_STATES,
    CHARACTERS,
    CLASSES,
    FIELDS,
    KINDS,
    NOTICES,
    PAPERS,
    PARTS,
    SHARE_KINDS,
    STAGES,
    STATES,
)
from pipir.features.law.tables import Governed, late_whole
from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office, Person
from pipir.kernel.money import Dollars
from pipir.store.base import Marked, Record, check, one_of, unique


class Agreement(Record, Marked, Governed):
    """An agreement with counterparts of participants, as it stands with what was merged into it.

    `state` is that of its last step, and `steps` counts them; `text_no` counts the texts that were agreed, so that what
    was told of a former text counts for nothing. No clock is stored: each follows from the events.
    """

    number: Mapped[int]
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    # The law that it rests on; None: not public.
    program_authority: Mapped[str | None]
    # Another law whose conditions and clocks it has to meet as well; None: it rests on one law.
    also_authority: Mapped[str | None]
    state: Mapped[str]
    steps: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    # As the latest determination of counsel says; None: nobody has determined it.
    character: Mapped[str | None]
    lead_office_id: Mapped[int | None] = mapped_column(ForeignKey(Office.id), index=True)
    parent_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("agreement.id"), index=True)
    text_no: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    text_agreed_on: Mapped[date | None]
    signed_on: Mapped[date | None]
    signatory: Mapped[str | None]
    in_force_on: Mapped[date | None]
    # The day on which it is no longer in force.
    expires_on: Mapped[date | None]
    purpose: Mapped[str]
    source: Mapped[str]

    __table_args__ = (
        unique("number", name="uq_agreement_number", sentence="Another agreement was entered just now; try again."),
        unique("code", name="uq_agreement_code", sentence="Another agreement was entered just now; try again."),
        unique("name", name="uq_agreement_name", sentence="An agreement has this title already; choose another."),
        one_of("kind", KINDS, name="ck_agreement_kind"),
        one_of("state", STATES, name="ck_agreement_state"),
        one_of("character", CHARACTERS, name="ck_agreement_character"),
        check(
            "signed_on >= text_agreed_on and in_force_on >= signed_on and expires_on > in_force_on",
            name="ck_agreement_days",
            sentence="An agreement's text is agreed, then signed, then in force, and expires after that.",
        ),
        check(
            "also_authority is null or (program_authority is not null and also_authority <> program_authority)",
            name="ck_agreement_also_authority",
            sentence="A second law stands beside a first one, and is another.",
        ),
        check("parent_id <> id", name="ck_agreement_parent", sentence="An agreement does not stand under itself."),
        late_whole("agreement"),
    )


class AgreementParty(Record):
    """A participant that is a party, and the class of its country under 10 U.S.C. 2350a as counsel recorded it."""

    agreement_id: Mapped[int] = mapped_column(ForeignKey(Agreement.id))
    participant_id: Mapped[int] = mapped_column(ForeignKey(Participant.id), index=True)
    counterpart: Mapped[str]
    country_class: Mapped[str | None]
    classified_by: Mapped[str | None]
    classified_on: Mapped[date | None]
    class_source: Mapped[str | None]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        one_of("country_class", CLASSES, name="ck_agreement_party_country_class"),
        check(
            "num_nonnulls(country_class, classified_by, classified_on, class_source) in (0, 4)",
            name="ck_agreement_party_classified",
            sentence="A country's class has counsel's office, its day and its source.",
        ),
        check(
            "num_nonnulls(until, ended_because) in (0, 2)",
            name="ck_agreement_party_end",
            sentence="A party that is taken out has a day and a reason.",
        ),
        Index(
            "uq_agreement_party_once",
            "agreement_id",
            "participant_id",
            unique=True,
            postgresql_where=text("until is null"),
            info={"sentence": "This country is a party to the agreement already."},
        ),
    )


class AgreementStep(Record):
    """A step of an agreement's life, appended; its day is that of the event."""

    agreement_id: Mapped[int] = mapped_column(ForeignKey(Agreement.id))
    step: Mapped[int] = mapped_column(Integer)
    was: Mapped[str | None]
    state: Mapped[str]
    on_day: Mapped[date]
    because: Mapped[str]
    document: Mapped[str | None]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    recorded_on: Mapped[date]

    __table_args__ = (
        one_of("was", STATES, name="ck_agreement_step_was"),
        one_of("state", STATES, name="ck_agreement_step_state"),
        unique(
            "agreement_id",
            "step",
            name="uq_agreement_step_step",
            sentence="Another step was recorded at the same moment; read the agreement again.",
        ),
    )


class LegalDetermination(Record):
    """What counsel determined an agreement to be in law; a later one supersedes it, with its reason."""

    agreement_id: Mapped[int] = mapped_column(ForeignKey(Agreement.id), index=True)
    character: Mapped[str]
    counsel: Mapped[str]
    determined_on: Mapped[date]
    opinion: Mapped[str]
    supersedes_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("legal_determination.id"))
    because: Mapped[str | None]

    __table_args__ = (
        one_of("character", CHARACTERS, name="ck_legal_determination_character"),
        check(
            "num_nonnulls(supersedes_id, because) in (0, 2)",
            name="ck_legal_determination_supersedes",
            sentence="A determination that supersedes another has its reason.",
        ),
        unique(
            "supersedes_id",
            name="uq_legal_determination_supersedes_id",
            sentence="This determination was superseded already; read the agreement again.",
        ),
    )


class AgreementPaper(Record):
    """A dated paper that a law asks of an agreement: a written determination, or a step of the transmittal to State."""

    agreement_id: Mapped[int] = mapped_column(ForeignKey(Agreement.id), index=True)
    kind: Mapped[str]
    made_by: Mapped[str]
    made_on: Mapped[date]
    document: Mapped[str]
    statement: Mapped[str]

    __table_args__ = (one_of("kind", PAPERS, name="ck_agreement_paper_kind"),)


class CertificationItem(Record):
    """One thing that a certification states of an agreement; the items are data of the law's files."""

    agreement_id: Mapped[int] = mapped_column(ForeignKey(Agreement.id))
    item: Mapped[str]
    statement: Mapped[str]
    document: Mapped[str | None]

    __table_args__ = (
        unique(
            "agreement_id",
            "item",
            name="uq_certification_item_item",
            sentence="This item was written at the same moment; read the certification again.",
        ),
    )


class AgreementNotice(Record):
    """What one addressee is told of an agreement's text: when it was sent, how, and when it was received."""

    agreement_id: Mapped[int] = mapped_column(ForeignKey(Agreement.id))
    what: Mapped[str]
    text_no: Mapped[int] = mapped_column(Integer)
    addressee: Mapped[str]
    sent_on: Mapped[date]
    means: Mapped[str]
    document: Mapped[str]
    received_on: Mapped[date | None]
    receipt: Mapped[str | None]
    # Why the day of the receipt was corrected last.
    corrected_because: Mapped[str | None]

    __table_args__ = (
        one_of("what", NOTICES, name="ck_agreement_notice_what"),
        unique(
            "agreement_id",
            "what",
            "text_no",
            "addressee",
            name="uq_agreement_notice_addressee",
            sentence="This addressee was sent it already, of the present text.",
        ),
        check(
            "num_nonnulls(received_on, receipt) in (0, 2) and received_on >= sent_on",
            name="ck_agreement_notice_received",
            sentence="A receipt has its document, and comes on or after the day of sending.",
        ),
    )


class AgreementAmendment(Record):
    """A proposed change of an agreement, typed by field, and merged into it in the write that signs it."""

    agreement_id: Mapped[int] = mapped_column(ForeignKey(Agreement.id))
    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[str]
    state: Mapped[str]
    because: Mapped[str]
    drafted_on: Mapped[date]
    agreed_on: Mapped[date | None]
    signed_on: Mapped[date | None]
    document: Mapped[str | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        one_of("state", AMENDMENT_STATES, name="ck_agreement_amendment_state"),
        unique(
            "agreement_id",
            "number",
            name="uq_agreement_amendment_number",
            sentence="Another amendment was drafted at the same moment; try again.",
        ),
        check(
            "agreed_on >= drafted_on and signed_on >= agreed_on and (state = 'signed') = (signed_on is not null)",
            name="ck_agreement_amendment_days",
            sentence="An amendment is drafted, then agreed, then signed.",
        ),
    )


class AmendmentChange(Record):
    """One field, party or agreed share of an amendment: as it stood when drafted, and as proposed; blank is None."""

    amendment_id: Mapped[int] = mapped_column(ForeignKey(AgreementAmendment.id))
    agreement_id: Mapped[int] = mapped_column(ForeignKey(Agreement.id), index=True)
    field: Mapped[str]
    drafted: Mapped[str | None]
    proposed: Mapped[str | None]
    # Left out again when it was drafted anew.
    taken_back: Mapped[bool] = mapped_column(server_default=text("false"), default=False)

    __table_args__ = (
        check(
            "field in ({}) or field ~ '{}'".format(", ".join(f"'{each}'" for each in FIELDS), PARTS),
            name="ck_amendment_change_field",
            sentence="An amendment changes a field, a party or an agreed share.",
        ),
        unique(
            "amendment_id",
            "field",
            name="uq_amendment_change_field",
            sentence="An amendment proposes each field once.",
        ),
    )


class AgreementShare(Record):
    """A party's share, agreed or actual, in its own currency and in dollars; no participant: the United States."""

    agreement_id: Mapped[int] = mapped_column(ForeignKey(Agreement.id), index=True)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey(Participant.id), index=True)
    kind: Mapped[str]
    stage: Mapped[str]
    description: Mapped[str]
    currency: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Numeric(21, 3))
    # Dollars for one unit of the currency.
    rate: Mapped[Decimal] = mapped_column(Numeric(18, 9))
    rate_on: Mapped[date]
    rate_source: Mapped[str]
    dollars: Mapped[Dollars]
    as_of: Mapped[date]
    source: Mapped[str]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        one_of("kind", SHARE_KINDS, name="ck_agreement_share_kind"),
        one_of("stage", STAGES, name="ck_agreement_share_stage"),
        check(
            "currency ~ '^[A-Z]{3}$'",
            name="ck_agreement_share_currency",
            sentence="A currency is three capital letters, such as JPY.",
        ),
        check(
            "amount >= 0 and amount <> 'NaN' and rate > 0 and rate <> 'NaN' and dollars >= 0 and dollars <> 'NaN' "
            "and (currency <> 'USD' or rate = 1)",
            name="ck_agreement_share_amount",
            sentence="A share is an amount of zero or more at a rate above zero, and dollars are dollars.",
        ),
        check(
            "num_nonnulls(until, ended_because) in (0, 2)",
            name="ck_agreement_share_end",
            sentence="A share that is taken out has a day and a reason.",
        ),
    )
