"""The single values: exact decimals, their range, and how they are written."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from stockbot.spec.scalars import DecimalText, plain, shortened
from stockbot.spec.texts import Date, Fraction, Money, Url

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


def test_long_text_is_shortened() -> None:
    """A message stays on one line, whatever was written."""
    assert shortened("a\nb") == "a\\nb"
    assert shortened("x" * 61) == "x" * 57 + "..."
