"""What questions about delegations have in common: what one is called, and who may see it."""

from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, func, or_

from pipir.features.participants.tables import Participant
from pipir.features.people.tables import Office
from pipir.kernel.marking import Reader
from pipir.store.base import visible_to


def delegation_columns() -> tuple[ColumnElement[Any], ...]:
    """The country's code (None for an office of ours), and what the delegation or office is called."""
    return (
        Participant.code.label("code"),
        func.coalesce(Participant.name, Office.symbol).label("who"),
    )


def seen_delegation(reader: Reader, office_id: SQLColumnExpression[int | None]) -> ColumnElement[bool]:
    """An office of ours, or a country that the reader may see; the rows are joined outward to both."""
    return or_(office_id.is_not(None), and_(Participant.id.is_not(None), visible_to(reader, Participant)))
