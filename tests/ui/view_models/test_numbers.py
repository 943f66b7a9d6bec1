"""How prices, changes and volumes are written."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot_console.view_models.numbers import MINUS, compact_text, price_text, signed_text


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (None, "\N{EM DASH}"),
        ("187.4", "187.40"),
        ("1328.55", "1,328.55"),
        ("0.00012", "0.0001"),
        ("1.2345", "1.2345"),
        ("100", "100.00"),
        ("1E+3", "1,000.00"),
    ],
)
def test_a_price_has_two_to_four_places(price: str | None, text: str) -> None:
    """A price keeps its own precision between two and four places, with thousands apart."""
    assert price_text(None if price is None else Decimal(price)) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [("0.424", "+0.42"), ("-1.355", f"{MINUS}1.36"), ("0.004", "0.00"), ("-0.004", "0.00"), ("1234.5", "+1,234.50")],
)
def test_a_change_shows_its_sign(number: str, text: str) -> None:
    """A change has a plus or a true minus, and neither where it rounds to zero."""
    assert signed_text(Decimal(number)) == text


@given(st.decimals(min_value=-1_000_000, max_value=1_000_000, places=6))
def test_the_sign_never_lies(number: Decimal) -> None:
    """Whatever the number, a written plus means above zero and a written minus below."""
    text = signed_text(number)
    assert not text.startswith("+") or number > 0
    assert not text.startswith(MINUS) or number < 0


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (None, "\N{EM DASH}"),
        ("0", "0"),
        ("999", "999"),
        ("1000", "1.00k"),
        ("45600", "45.6k"),
        ("1234567", "1.23M"),
        ("987654321000", "988B"),
        ("2500000000000", "2.50T"),
    ],
)
def test_a_volume_is_compact(quantity: str | None, text: str) -> None:
    """A volume shows three significant digits and a letter for its scale."""
    assert compact_text(None if quantity is None else Decimal(quantity)) == text
