"""What came through a door is read, or refused in the words of a person."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

import msgspec
import pytest

from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.money import Dollars
from pipir.kernel.parsing import parse, whichever
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


class _Span(msgspec.Struct, frozen=True):
    """Days of which the first comes first, whatever the amount."""

    first: date
    last: date
    amount: Dollars

    @staticmethod
    def wrong_in(read: Mapping[str, Any], unread: Collection[str]) -> Iterable[Mistake]:
        """What is wrong with the days, and what of the amount could be read; of a field that was not it is dropped."""
        first, last = read.get("first"), read.get("last")
        if first and last and last < first:
            yield Mistake("last", "Expected a day after the first.")
        if "amount" not in unread and read["amount"].amount < 0:
            yield Mistake("amount", "Expected an amount above zero.")
        if unread:
            yield Mistake(min(unread), "Expected something else.")


class _Spans(msgspec.Struct, frozen=True):
    """Days inside of a list."""

    spans: list[_Span]


def test_what_could_be_read_is_judged_beside_what_could_not():
    days = {"first": "2027-03-02", "last": "2027-03-01"}

    def told(kind: type[msgspec.Struct], raw: object) -> list[tuple[str, str]]:
        with pytest.raises(Invalid) as caught:
            parse(kind, raw, lenient=True)
        return [(each.where, each.expected) for each in caught.value.mistakes]

    assert [where for where, _ in told(_Span, days | {"amount": "much"})] == ["amount", "last"]
    assert [where for where, _ in told(_Span, days | {"first": "soon", "amount": "-1.00"})] == ["first", "amount"]
    assert [where for where, _ in told(_Spans, {"spans": [days | {"amount": "x"}]})] == [
        "spans.0.amount",
        "spans.0.last",
    ]
    # All of which could be read: its command judges it.
    assert parse(_Span, days | {"amount": "-1.00"}, lenient=True).amount == Dollars("-1.00")


def test_of_choices_that_could_not_be_read_is_told_what_is_wrong_with_each():
    one, two = Mistake("a", "Expected a."), Mistake("b", "Expected b.")
    assert whichever([[one, two], [two]]) == [two]
    assert whichever([[one], []]) == []
