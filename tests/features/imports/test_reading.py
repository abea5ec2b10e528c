"""What a check holds of a file at a time is bounded, whatever its rows hold."""

import pytest

from pipir.features.imports.commands.reading import Broken, take
from pipir.sheets import MOST_COLUMNS, Record


def test_rows_that_are_too_long_for_a_chunk_are_refused_with_advice() -> None:
    """Ten thousand rows of a workbook may unpack to a gigabyte."""
    long = "n" * 1_000_000
    with pytest.raises(Broken, match=r"The 101 rows up to row 103 hold more than 100 MB") as refused:
        take(Record(number, [long]) for number in range(3, 1_000))
    assert "Leave out the columns" in str(refused.value)
    assert len(take(Record(number, [long]) for number in range(100))) == 100


def test_a_row_of_too_many_columns_is_refused() -> None:
    """The row is named."""
    with pytest.raises(Broken, match="Row 7 has more than"):
        take(iter([Record(7, [""] * (MOST_COLUMNS + 1))]))
