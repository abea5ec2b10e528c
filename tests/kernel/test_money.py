import copy
import pickle
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipir.kernel.errors import Invalid
from pipir.kernel.money import (
    Dollars,
    NotDollars,
    decode_hook,
    dollars,
    encode_hook,
    json_schema,
    parse_dollars,
    short_dollars,
)

cents = st.integers(min_value=-(10**15), max_value=10**15)
amounts = cents.map(lambda number: Dollars(Decimal(number).scaleb(-2)))


class Line(msgspec.Struct):
    amount: Dollars


@pytest.mark.parametrize(
    ("given_value", "shown"),
    [
        ("12.34", "12.34"),
        ("1234.5", "1234.50"),
        (7, "7.00"),
        (Decimal("12.3400"), "12.34"),
        (Decimal("1E+3"), "1000.00"),
        (Decimal("-0"), "0.00"),
        ("-0.00", "0.00"),
        (Decimal("0E+999999"), "0.00"),
        ("9999999999999999.99", "9999999999999999.99"),
        (Dollars("3.10"), "3.10"),
    ],
)
def test_an_exact_amount_is_kept_to_the_cent(given_value, shown):
    assert str(Dollars(given_value)) == shown


@pytest.mark.parametrize(
    "wrong",
    [
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("-Infinity"),
        Decimal("1E+999999"),
        Decimal("0.005"),
        Decimal("1E-999999"),
        "NaN",
        "Infinity",
        "1E+999999",
        "1e3",
        "0.005",
        "",
        " 1",
        "1\n",
        "+1",
        "1,000",
        "\u0661",
        "1" * 41,
        "0" * 38 + "1.00",
        1.5,
        True,
        None,
        [],
        b"1",
        10**16,
        -(10**16),
        Decimal("9999999999999999.995"),
        "10000000000000000",
    ],
)
def test_what_is_not_exact_or_finite_or_bounded_is_refused_with_a_sentence(wrong):
    """numeric(18,2) would store NaN and round 0.005 silently."""
    with pytest.raises(NotDollars) as caught:
        Dollars(wrong)
    assert isinstance(caught.value, Invalid)
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).endswith(".")


def test_a_number_of_thousands_of_digits_is_refused_without_being_printed():
    with pytest.raises(NotDollars):
        Dollars(10**5000)


def test_a_sum_beyond_the_bounds_is_refused():
    with pytest.raises(NotDollars):
        Dollars("9999999999999999.99") + Dollars("0.01")


def test_an_amount_never_changes():
    amount = Dollars(5)
    with pytest.raises(AttributeError):
        amount._amount = Decimal(6)
    with pytest.raises(AttributeError):
        amount.other = 1
    with pytest.raises(AttributeError):
        del amount._amount
    assert copy.deepcopy(amount) == pickle.loads(pickle.dumps(amount)) == amount


@pytest.mark.parametrize(
    "act",
    [
        lambda: Dollars(2) * 2,
        lambda: Dollars(2) / 2,
        lambda: Dollars(2) * Dollars(2),
        lambda: Dollars(2) + 1,
        lambda: 1 + Dollars(2),
        lambda: Dollars(2) - 1,
        lambda: Dollars(2) < 3,
        lambda: 1.5 + Dollars(2),
        lambda: False + Dollars(2),
    ],
)
def test_money_meets_only_money(act):
    with pytest.raises(TypeError):
        act()


def test_an_amount_is_not_equal_to_a_bare_number():
    assert Dollars(2) != 2
    assert Dollars(2) != Decimal(2)
    assert len({Dollars("2"), Dollars("2.00"), Dollars(Decimal("2.0"))}) == 1


@given(amounts, amounts)
def test_addition_and_subtraction_are_exact(left, right):
    assert (left + right).amount == left.amount + right.amount
    assert left + right - right == left
    assert Dollars.zero() - left == -left
    assert (left < right) == (left.amount < right.amount)
    assert (left >= right) == (right <= left)
    assert abs(left).amount == abs(left.amount)


@given(st.lists(amounts, max_size=20))
def test_a_sum_starts_from_nothing(rows):
    assert sum(rows, Dollars.zero()).amount == sum((row.amount for row in rows), Decimal(0))
    if rows:
        assert sum(rows) == sum(rows, Dollars.zero())


def test_a_share_of_nothing_is_no_number():
    assert Dollars(1).share_of(Dollars(4)) == Decimal("0.25")
    assert Dollars(1).share_of(Dollars.zero()) is None
    assert not Dollars.zero()


@given(amounts)
def test_what_is_shown_in_full_reads_back(amount):
    assert parse_dollars(dollars(amount)) == amount
    assert Dollars(str(amount)) == amount


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("$1,234.50", "1234.50"),
        ("1,234.5", "1234.50"),
        (" 1234 ", "1234"),
        ("-$5.00", "-5"),
        ("\u2212$5", "-5"),
        ("$ 12", "12"),
    ],
)
def test_an_amount_is_read_as_a_person_types_it(typed, amount):
    assert parse_dollars(typed) == Dollars(amount)


@pytest.mark.parametrize(
    "typed", ["", "$", "12,34", "1,2345", "1.234", "five", "1.5M", "$-", "1 000", "($5)", "1" * 17, " " * 50]
)
def test_an_amount_that_could_be_misread_is_refused(typed):
    with pytest.raises(NotDollars):
        parse_dollars(typed)


@pytest.mark.parametrize(
    ("amount", "short"),
    [
        ("0", "$0"),
        ("0.50", "$0"),
        ("1.50", "$2"),
        ("-0.30", "$0"),
        ("999.49", "$999"),
        ("999.50", "$1.00K"),
        ("12345", "$12.3K"),
        ("999499", "$999K"),
        ("999999", "$1.00M"),
        ("1125000", "$1.12M"),
        ("1135000", "$1.14M"),
        ("28900000", "$28.9M"),
        ("1490000000", "$1.49B"),
        ("-1490000000", "-$1.49B"),
        ("9999999999999999.99", "$10,000T"),
        ("9995000", "$10.0M"),
    ],
)
def test_a_short_amount_has_three_digits_rounded_half_even(amount, short):
    assert short_dollars(Dollars(amount)) == short


def test_negative_amounts_show_the_sign_before_the_dollar():
    assert dollars(Dollars(-5)) == "-$5.00"
    assert dollars(Dollars("1234.5")) == "$1,234.50"
    assert repr(Dollars(3)) == "Dollars('3.00')"


@given(amounts)
def test_dollars_travel_as_a_json_string(amount):
    sent = msgspec.json.encode(Line(amount), enc_hook=encode_hook)
    assert sent == b'{"amount":"%s"}' % str(amount).encode()
    assert msgspec.json.decode(sent, type=Line, dec_hook=decode_hook).amount == amount


def test_a_whole_json_number_is_an_amount():
    assert msgspec.json.decode(b'{"amount":7}', type=Line, dec_hook=decode_hook).amount == Dollars(7)


@pytest.mark.parametrize(
    "sent", [b"1.5", b'"NaN"', b'"1E+999999"', b"null", b"true", b"[]", b"1e400", b"9" * 30, b'"0.005"', b"1e2"]
)
def test_a_wrong_amount_in_json_is_a_validation_error_with_its_path(sent):
    """The door answers 422; nothing else may come out of the decoder."""
    with pytest.raises(msgspec.ValidationError, match=r"\$\.amount"):
        msgspec.json.decode(b'{"amount":' + sent + b"}", type=Line, dec_hook=decode_hook)


def test_the_schema_describes_what_is_accepted():
    schema = msgspec.json.schema(Line, schema_hook=json_schema)
    assert schema["$defs"]["Line"]["properties"]["amount"]["examples"] == ["1234.50"]


@pytest.mark.parametrize(
    "hook", [lambda: encode_hook(object()), lambda: decode_hook(object, 1), lambda: json_schema(object)]
)
def test_the_hooks_know_no_other_type(hook):
    with pytest.raises(NotImplementedError):
        hook()
