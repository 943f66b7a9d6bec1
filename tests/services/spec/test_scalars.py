"""The single values: exact decimals, their range, and how they are written."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from stockbot.spec.network import Cidr
from stockbot.spec.scalars import DecimalText, plain, shortened
from stockbot.spec.texts import Date, Fraction, Money, ParameterValue, Url

ANY_DECIMAL = DecimalText()


@given(st.decimals(min_value=-(10**15) + 1, max_value=10**15 - 1, places=12))
def test_decimals_survive_exactly(number: Decimal) -> None:
    """What is written is read as the same number, to the last digit."""
    assert ANY_DECIMAL.parse(plain(number)) == number


@pytest.mark.parametrize(
    "text", ["", "1e3", "1_000", " 1", "1.", ".5", "NaN", "Infinity", "\u0661", "1" * 16, "0.1234567890123"]
)
def test_only_plain_decimals(text: str) -> None:
    """Exponents, spaces, other alphabets, and more digits than money has are refused."""
    with pytest.raises(ValidationError):
        TypeAdapter(Money).validate_python(text)


@pytest.mark.parametrize(
    ("text", "accepted"), [("0", False), ("0.000000000001", True), ("1", True), ("1.000000000001", False)]
)
def test_range_of_a_fraction(text: str, accepted: bool) -> None:
    """A fraction is above 0 and at most 1, exactly."""
    if accepted:
        assert TypeAdapter(Fraction).validate_python(text) == Decimal(text)
    else:
        with pytest.raises(ValidationError):
            TypeAdapter(Fraction).validate_python(text)


@pytest.mark.parametrize("text", ["ftp://x", "http://", "https://a@b", "http://x y", "https://x/\u00e4", "x"])
def test_addresses_that_are_refused(text: str) -> None:
    """An address is http or https, and carries no user, password, space or foreign letter."""
    with pytest.raises(ValidationError):
        TypeAdapter(Url).validate_python(text)


@pytest.mark.parametrize("text", ["2024-1-31", "20240131", "2024-02-30", "0000-01-01"])
def test_dates_that_are_refused(text: str) -> None:
    """A date is YYYY-MM-DD, and a day that exists."""
    with pytest.raises(ValidationError):
        TypeAdapter(Date).validate_python(text)


@pytest.mark.parametrize("text", ["10.0.0.0/8", "::/0", "FE80::/10", "64:ff9b::1.2.3.4/128"])
def test_address_ranges(text: str) -> None:
    """Whatever a NetworkPolicy takes, in the writer's own spelling."""
    assert TypeAdapter(Cidr).validate_python(text) == text


@pytest.mark.parametrize(
    "text",
    ["10.0.0.0", "10.0.0.1/8", "10.0.0.0/255.0.0.0", "10.0.0.0/08", "::ffff:10.0.0.0/104", "fe80::%1/64", "1.2.3.4/33"],
)
def test_address_ranges_that_are_refused(text: str) -> None:
    """A range without a mask, with a mask in dots, or that an API server reads otherwise."""
    with pytest.raises(ValidationError):
        TypeAdapter(Cidr).validate_python(text)


def test_whole_numbers_of_64_bits() -> None:
    """Kubernetes' JSON would turn a larger one into a float; in quotes it stays what it is."""
    assert TypeAdapter(ParameterValue).validate_python(2**63 - 1) == str(2**63 - 1)
    assert TypeAdapter(ParameterValue).validate_python(str(2**63)) == str(2**63)
    with pytest.raises(ValidationError, match="bare number"):
        TypeAdapter(ParameterValue).validate_python(2**63)


def test_long_text_is_shortened() -> None:
    """A message stays on one line, whatever was written."""
    assert shortened("a\nb") == "a\\nb"
    assert shortened("x" * 61) == "x" * 57 + "..."
