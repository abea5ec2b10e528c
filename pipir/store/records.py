"""What the index of records knows of any record, whichever feature keeps it: its name, and who may read it.

The index is kept by triggers (migrations/search.py). Its mask is the record's own with the masks of all that it hangs
on: a milestone is as hidden as its project, also where the project is marked anew.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, and_, column, table

from pipir.kernel.marking import Reader
from pipir.store.base import holds

entry = table(
    "search_entry",
    column("kind", Text),
    column("record_id", BigInteger),
    column("title", Text),
    column("marking", Text),
    column("audience", BigInteger),
)


def is_entry_of(kind: Any, number: Any) -> ColumnElement[bool]:
    """The entry of the record of a kind (its table's name) and number: values, or columns that hold them."""
    return and_(entry.c.kind == kind, entry.c.record_id == number)


def may_see(reader: Reader, kind: Any, number: Any) -> ColumnElement[bool]:
    """Whether there is such a record, and the reader may see it."""
    return entry.select().where(is_entry_of(kind, number), holds(entry.c.audience, reader)).exists()
