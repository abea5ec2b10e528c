"""What is stored of foreign disclosure: decisions, export bases, information-security agreements, releases."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from pipir.features.disclosure.rules import EXPORT_KINDS, OUTCOMES, RECORD_KINDS
from pipir.features.people.tables import Person
from pipir.store.base import Marked, Record, check, one_of


class _About:
    """The subject in words, and the record that it is, where it is one of this service's; without one it is general."""

    country: Mapped[str]
    subject: Mapped[str]
    record_kind: Mapped[str | None]

    @declared_attr
    def record_id(cls) -> Mapped[int | None]:
        return mapped_column(BigInteger)


def _country(table: str) -> CheckConstraint:
    return check(
        "country ~ '^[A-Z]{3}$' and country <> 'USA'",
        name=f"ck_{table}_country",
        sentence="A partner country is named by its code, such as AUS.",
    )


def _about(table: str) -> tuple[CheckConstraint, ...]:
    return (
        one_of("record_kind", RECORD_KINDS, name=f"ck_{table}_record_kind"),
        check(
            "num_nonnulls(record_kind, record_id) in (0, 2)",
            name=f"ck_{table}_record",
            sentence="A record is named by its kind and its number.",
        ),
    )


def _days(table: str) -> CheckConstraint:
    return check(
        "until >= since and (ended_because is null or until is not null)",
        name=f"ck_{table}_days",
        sentence="It ends on or after its first day; what is ended has a last day.",
    )


class DisclosureDecision(Record, Marked, _About):
    """Whether a subject may be disclosed to a country: entered by one person, decided by another; None: not decided."""

    authority_office: Mapped[str]
    # CUI categories that it covers, as they stand in a marking.
    categories: Mapped[list[str]]
    conditions: Mapped[str | None]
    document: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    proposed_on: Mapped[date]
    outcome: Mapped[str | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    decided_on: Mapped[date | None]

    __table_args__ = (
        _country("disclosure_decision"),
        *_about("disclosure_decision"),
        _days("disclosure_decision"),
        one_of("outcome", OUTCOMES, name="ck_disclosure_decision_outcome"),
        check(
            "num_nonnulls(outcome, decided_by_id, decided_on) in (0, 3)",
            name="ck_disclosure_decision_decided",
            sentence="A decision has its outcome, its person and its day.",
        ),
        check(
            "decided_by_id <> proposed_by_id",
            name="ck_disclosure_decision_second_person",
            sentence="A disclosure is decided by another person than the one who entered it.",
        ),
        Index("ix_disclosure_decision_country", "country", "since"),
    )


class ExportBasis(Record, Marked, _About):
    """The license or exemption under which a subject is exported to a country, or why none is required."""

    kind: Mapped[str]
    # The license's number, or the exemption's citation.
    reference: Mapped[str | None]
    reason: Mapped[str | None]
    document: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        _country("export_basis"),
        *_about("export_basis"),
        _days("export_basis"),
        one_of("kind", EXPORT_KINDS, name="ck_export_basis_kind"),
        check(
            "case kind when 'not required' then reason is not null else reference is not null end",
            name="ck_export_basis_reference",
            sentence="A license has its number, an exemption its citation; where none is required, the reason is said.",
        ),
        Index("ix_export_basis_country", "country", "since"),
    )


class SecurityAgreement(Record, Marked):
    """An information-security agreement with a country, such as one on the security of military information."""

    country: Mapped[str]
    title: Mapped[str]
    source: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        _country("security_agreement"),
        _days("security_agreement"),
        Index("ix_security_agreement_country", "country", "since"),
    )


class Release(Record, Marked, _About):
    """What reached a country on a day, under which three records; the database refuses one that did not stand."""

    released_on: Mapped[date]
    means: Mapped[str | None]
    decision_id: Mapped[int] = mapped_column(ForeignKey(DisclosureDecision.id), index=True)
    export_basis_id: Mapped[int] = mapped_column(ForeignKey(ExportBasis.id), index=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey(SecurityAgreement.id), index=True)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))

    __table_args__ = (
        _country("release"),
        *_about("release"),
        Index("ix_release_country", "country", "released_on"),
        Index("ix_release_record", "record_kind", "record_id"),
    )
