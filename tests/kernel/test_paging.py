import base64
import json
from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipir.kernel.errors import Invalid
from pipir.kernel.money import Dollars
from pipir.kernel.paging import DEFAULT_LIMIT, LARGEST_LIMIT, Cursor, Limit, NotACursor, Page, page_of

KINDS = (str, int, date, Dollars, str)
PLACE = Cursor("due", ('Ærø "x"', -5, date(2027, 3, 1), Dollars("1.50"), None), 42)


def encoded(raw: object) -> str:
    text = raw if isinstance(raw, bytes) else json.dumps(raw, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def test_a_cursor_comes_back_with_its_types():
    assert Cursor.decode(PLACE.encode(), sort="due", kinds=KINDS) == PLACE


text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
value = st.one_of(
    st.tuples(st.just(str), text),
    st.tuples(st.just(int), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(st.just(date), st.dates()),
    st.tuples(st.just(datetime), st.datetimes(timezones=st.just(UTC))),
    st.tuples(st.just(Dollars), st.integers(-(10**15), 10**15).map(Dollars)),
    st.tuples(st.just(str), st.none()),
)


@given(st.lists(value, max_size=4), st.integers(0, 2**63 - 1))
def test_every_place_reads_back(values, id):
    place = Cursor("order", tuple(each for _, each in values), id)
    assert Cursor.decode(place.encode(), sort="order", kinds=tuple(kind for kind, _ in values)) == place


@pytest.mark.parametrize(
    "sent",
    [
        "", "!", "é", "a", "====", PLACE.encode() + "=", PLACE.encode()[:-2], " " + PLACE.encode(), "A" * 5000,
        encoded(b"\xff"), encoded({}), encoded([]), encoded(["due"]), encoded(b"[" * 2000), encoded(["due", [], 42]),
        Cursor("other", PLACE.values, 42).encode(),
        encoded(["due", [["s", "x"], ["i", "5"], ["d", "2027-03-01"], ["m", "1.50"], ["n", None]], 42]),
        encoded(["due", [["s", "x"], ["i", 2**63], ["d", "2027-03-01"], ["m", "1.50"], ["n", None]], 42]),
        encoded(["due", [["s", "x"], ["i", 5], ["d", "2027-02-30"], ["m", "1.50"], ["n", None]], 42]),
        encoded(["due", [["s", "x"], ["i", 5], ["d", "20270301"], ["m", "1.50"], ["n", None]], 42]),
        encoded(["due", [["s", "x"], ["i", 5], ["d", "2027-03-01"], ["m", "NaN"], ["n", None]], 42]),
        encoded(["due", [["s", "x\0"], ["i", 5], ["d", "2027-03-01"], ["m", "1.50"], ["n", None]], 42]),
        encoded(["due", [["s", "x"], ["i", 5], ["d", "2027-03-01"], ["m", "1.50"], ["n", None]], -1]),
        encoded(["due", [["s", "x"], ["i", 5], ["d", "2027-03-01"], ["m", "1.50"], ["n", None]], 2**63]),
        encoded(["due", [["s", "x"], ["i", 5], ["s", "2027-03-01"], ["m", "1.50"], ["n", None]], 42]),
        encoded(["due", [["z", "x"], ["i", 5], ["d", "2027-03-01"], ["m", "1.50"], ["n", None]], 42]),
        encoded(b' ["due",[["s","x"],["i",5],["d","2027-03-01"],["m","1.50"],["n",null]],42]'),
    ],
)  # fmt: skip
def test_a_changed_or_foreign_cursor_is_invalid_and_never_a_failure(sent):
    with pytest.raises(NotACursor) as caught:
        Cursor.decode(sent, sort="due", kinds=KINDS)
    assert isinstance(caught.value, Invalid)


@pytest.mark.parametrize("at", ["2027-03-01T00:00:00", "2027-03-01T00:00:00+02:00", "9999-12-31T23:59:59-01:00", "now"])
def test_an_instant_that_no_list_gave_out_is_invalid(at):
    with pytest.raises(NotACursor):
        Cursor.decode(encoded(["due", [["t", at]], 42]), sort="due", kinds=(datetime,))


def test_a_cursor_longer_than_any_list_gives_out_is_not_read():
    with pytest.raises(NotACursor):
        Cursor.decode(Cursor("due", ("x" * 5000,), 1).encode(), sort="due", kinds=(str,))


def test_the_cursors_above_differ_from_a_good_one_only_in_their_fault():
    good = encoded(["due", [["s", "x"], ["i", 5], ["d", "2027-03-01"], ["m", "1.50"], ["n", None]], 42])
    assert Cursor.decode(good, sort="due", kinds=KINDS).id == 42


@given(st.text(max_size=60))
def test_no_text_makes_reading_fail_otherwise(sent):
    with pytest.raises(NotACursor):
        Cursor.decode(sent, sort="due", kinds=KINDS)


@pytest.mark.parametrize("odd", [1.5, True, datetime(2027, 1, 1)])
def test_a_list_is_not_ordered_by_a_value_that_would_not_read_back(odd):
    with pytest.raises(TypeError):
        Cursor("x", (odd,), 1).encode()


def test_a_page_says_that_there_is_more_only_where_there_is():
    def cursor(row: int) -> Cursor:
        return Cursor("n", (row,), row)

    more = page_of([1, 2, 3], 2, cursor=cursor, view=str, total=9)
    assert more == Page(("1", "2"), cursor(2).encode(), 9)
    assert page_of([1, 2], 2, cursor=cursor, view=str) == Page(("1", "2"), None, None)
    assert page_of([], 2, cursor=cursor, view=str) == Page(())


@pytest.mark.parametrize(("limit", "good"), [(1, True), (200, True), (0, False), (-1, False), (201, False)])
def test_a_page_holds_1_to_200_rows(limit, good):
    """LIMIT -1 would be a failure of the query."""
    assert 1 <= DEFAULT_LIMIT <= LARGEST_LIMIT == 200
    if good:
        assert msgspec.convert(limit, Limit) == limit
    else:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(limit, Limit)


def test_a_page_travels_as_json():
    page = msgspec.json.decode(msgspec.json.encode(Page((1, 2), "next")), type=Page[int])
    assert page == Page((1, 2), "next")
