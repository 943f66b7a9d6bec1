"""Which orders the venue takes: every refusal names what was wrong and what would be right."""

from decimal import Decimal

import pytest
from tests.services.model.fills.scenes import terms

from stockbot.events.trading import OrderTerms, OrderType, TimeInForce
from stockbot.model.fills.terms import flaw

STOP_LIMIT = terms(OrderType.STOP_LIMIT, stop_price="95", limit_price="94")


@pytest.mark.parametrize(
    "fine",
    [
        terms(),
        terms(time_in_force=TimeInForce.OPG),
        terms(OrderType.LIMIT, limit_price="0.1234", time_in_force=TimeInForce.CLS),
        terms(OrderType.LIMIT, limit_price="10.25", extended_hours=True),
        terms(OrderType.STOP, stop_price="95", time_in_force=TimeInForce.GTC),
        STOP_LIMIT,
        terms(OrderType.TRAILING_STOP, trail="1.50"),
    ],
)
def test_what_can_be_worked_has_no_flaw(fine: OrderTerms) -> None:
    """Every order type, with the prices that it needs."""
    assert flaw(Decimal("1.5"), fine) is None


@pytest.mark.parametrize(
    ("quantity", "wrong", "words"),
    [
        ("1", terms(OrderType.LIMIT), "a limit order needs limit_price"),
        ("1", terms(OrderType.STOP_LIMIT, stop_price="95"), "a stop_limit order needs limit_price"),
        ("1", terms(limit_price="95"), "a market order has no limit_price"),
        ("1", terms(OrderType.STOP, stop_price="95", trail="1"), "a stop order has no trail"),
        ("1", terms(OrderType.LIMIT, limit_price="10.255"), "a multiple of 0.01, not 10.255"),
        ("1", terms(OrderType.LIMIT, limit_price="0.12345"), "a multiple of 0.0001, not 0.12345"),
        ("1", terms(OrderType.STOP, stop_price="95", time_in_force=TimeInForce.IOC), "day or gtc, not ioc"),
        ("1", terms(extended_hours=True), "limit orders for the day, not market day"),
        ("1", terms(stop_loss="95"), "its exits are orders of their own"),
        ("0.0000000001", terms(), "a multiple of 1E-9 shares"),
    ],
)
def test_a_flaw_is_said_in_words(quantity: str, wrong: OrderTerms, words: str) -> None:
    """A missing or needless price, a price between ticks, a time in force that the type cannot have."""
    assert words in (flaw(Decimal(quantity), wrong) or "")
