"""What every table shares: names of constraints, column types, identity, version, marking, the exercise mark."""

import functools
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Constraint,
    Date,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    Text,
    TypeDecorator,
    UniqueConstraint,
    literal,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, declared_attr, mapped_column

from pipir.kernel.marking import Marking, Reader, audience_of, reader_bits
from pipir.kernel.money import Dollars


class Money(TypeDecorator[Dollars]):
    """`Dollars` in numeric(18,2); never a float on the way."""

    impl = Numeric(18, 2, asdecimal=True)
    cache_ok = True

    def process_bind_param(self, value: Dollars | None, dialect: Dialect) -> Decimal | None:
        """Give PostgreSQL the exact decimal."""
        return None if value is None else value.amount

    def process_result_value(self, value: Decimal | None, dialect: Dialect) -> Dollars | None:
        """Give Python the domain's own type back."""
        return None if value is None else Dollars(value)


class Base(DeclarativeBase):
    """The root of the mapped classes; relationships are not used, queries say what they join."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map = {
        Dollars: Money(),
        date: Date(),
        datetime: TIMESTAMP(timezone=True),
        str: Text(),
        bool: Boolean(),
        list[str]: ARRAY(Text()),
    }


class Record(Base):
    """A row that people change: identity, version, and whether the exercise program made it."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, nullable=False)
    exercise: Mapped[bool] = mapped_column(server_default=text("app.exercise_write()"))

    @declared_attr.directive
    def __tablename__(cls) -> str:
        """The class's name in snake case: FundingDocument is funding_document."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        """Let SQLAlchemy count versions, and refuse an update that found another one."""
        return {"version_id_col": cls.__table__.c.version, "eager_defaults": True}


class Marked:
    """A record that carries a marking, and the bit mask of who may read it that is derived from the marking."""

    marking: Mapped[str]
    audience: Mapped[int] = mapped_column(BigInteger)

    def mark(self, marking: Marking) -> None:
        """Set the marking and its mask together; neither is ever set alone."""
        self.marking = marking.banner
        self.audience = audience_of(marking)


def visible_to(reader: Reader, table: type[Marked]) -> ColumnElement[bool]:
    """The one SQL predicate of releasability: the row's mask holds the reader's bits."""
    audience: InstrumentedAttribute[int] = table.audience
    return holds(audience, reader)


def holds(audience: ColumnElement[int] | InstrumentedAttribute[int], reader: Reader) -> ColumnElement[bool]:
    """The same of any mask, where it is no column of a marked table."""
    bits = literal(reader_bits(reader), BigInteger)
    # Never greater than the bits themselves, so this says "equal"; but of an equation the planner expects one row in
    # two hundred, and passes by the index that has a list's order.
    return audience.bitwise_and(bits) >= bits


# Every constraint that a person can run into carries the sentence that the person reads; conflicts.py finds it by name.


def unique(*columns: str, name: str, sentence: str) -> UniqueConstraint:
    """A unique constraint with its sentence."""
    return UniqueConstraint(*columns, name=name, info={"sentence": sentence})


def check(condition: str, *, name: str, sentence: str) -> CheckConstraint:
    """A check constraint with its sentence."""
    return CheckConstraint(condition, name=name, info={"sentence": sentence})


def one_of(column: str, values: Sequence[str], *, name: str) -> CheckConstraint:
    """A closed list of values, held by the database too."""
    listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return check(
        f"{column} in ({listed})", name=name, sentence=f"The {column.replace('_', ' ')} is not one of the list."
    )


def exclude(*elements: tuple[Any, str], name: str, sentence: str, where: Any = None) -> ExcludeConstraint:
    """An exclusion constraint (gist) with its sentence."""
    constraint: ExcludeConstraint = ExcludeConstraint(*elements, name=name, using="gist", where=where)
    constraint.info = {"sentence": sentence}
    return constraint


def sentence_of(constraint: Constraint | Index) -> str | None:
    """The sentence that a constraint or a unique index carries, if any."""
    return constraint.info.get("sentence")


@functools.cache
def load_tables() -> None:
    """Import the tables of every feature: who writes into one may refer to any other."""
    # By name, for no feature is known here.
    import_module("pipir.features").feature_modules("tables")
