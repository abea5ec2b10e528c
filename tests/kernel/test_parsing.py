"""What came through a door is read, or refused in the words of a person."""

from datetime import date

import msgspec
import pytest

from pipir.kernel.errors import Invalid
from pipir.kernel.parsing import parse
from pipir.kernel.text import MailAddress


class _Step(msgspec.Struct, frozen=True):
    position: int | None = None
    planned_on: date | None = None
    lead: bool | None = None
    mail: MailAddress | None = None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"position": "one"}, "Expected a whole number."),
        ({"planned_on": "0000-00-00"}, "Expected a date such as 2027-03-01."),
        ({"planned_on": "9999-12-31"}, "Expected a date such as 2027-03-01."),
        ({"planned_on": "0001-01-01"}, "Expected a date such as 2027-03-01."),
        ({"planned_on": 7}, "Expected a date such as 2027-03-01."),
        ({"lead": "perhaps"}, "Expected true or false."),
        ({"mail": "not a mail"}, "Expected a mail address such as name@office.example."),
    ],
)
def test_what_may_be_left_out_is_asked_for_without_a_programs_words(raw: dict[str, object], expected: str) -> None:
    """Bad input: what is expected."""
    with pytest.raises(Invalid) as refused:
        parse(_Step, raw, lenient=True)
    assert [mistake.expected for mistake in refused.value.mistakes] == [expected]
