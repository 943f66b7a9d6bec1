"""Profit and loss in words."""

from decimal import Decimal

import pytest

from stockbot_console.view_models.gains import gain, gain_percent


@pytest.mark.parametrize(
    ("amount", "text", "direction"),
    [
        (Decimal("412.3"), "▲ +412.30", "up"),
        (Decimal("-1234.567"), "▼ \N{MINUS SIGN}1,234.57", "down"),
        (Decimal(0), "0.00", "flat"),
        (Decimal("-0.001"), "0.00", "flat"),
        (None, "—", "flat"),
    ],
)
def test_a_gain_is_told_by_arrow_and_sign(amount: Decimal | None, text: str, direction: str) -> None:
    """Never by colour alone; what rounds to nothing is neither gain nor loss."""
    told = gain(amount)
    assert (told.text, told.direction) == (text, direction)


def test_a_fraction_is_told_in_percent() -> None:
    """With two places."""
    assert gain_percent(Decimal("0.0124")).text == "▲ +1.24 %"
    assert gain_percent(None).direction == "flat"
