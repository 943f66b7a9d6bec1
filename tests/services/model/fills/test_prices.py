"""At which price an order trades: never better than the market, never worse than its limit."""

from decimal import Decimal
from typing import Any

import pytest
from tests.services.model.fills.scenes import EXACT, RULES, market, order, quote, seen

from stockbot.events.trading import OrderType, Side
from stockbot.model.fills.prices import price_of, slipped_price, touch_of


@pytest.mark.parametrize(
    ("side", "changes", "touch"),
    [
        (Side.BUY, {}, "100.01"),
        (Side.SELL, {}, "99.99"),
        (Side.BUY, {"bid": None, "ask": None}, "100.0200"),  # half of four basis points
        (Side.SELL, {"bid": None, "ask": None}, "99.9800"),
        (Side.BUY, {"bid": "101", "ask": "99"}, "101"),  # crossed
        (Side.SELL, {"bid": "101", "ask": "99"}, "99"),
        (Side.BUY, {"bid": None, "ask": "100.50"}, "100.50"),
        (Side.SELL, {"last": None, "bid": "99", "ask": "103"}, "99"),
    ],
)
def test_a_buy_pays_the_ask_and_a_sale_gets_the_bid(side: Side, changes: dict[str, Any], touch: str) -> None:
    """Of a crossed quote the worse side counts; a spread that is not quoted is assumed."""
    assert touch_of(quote(**changes), side, RULES) == Decimal(touch)


@pytest.mark.parametrize(
    ("touch", "side", "price"),
    [
        ("100.01", Side.BUY, "100.04"),  # 100.030002, rounded up
        ("99.99", Side.SELL, "99.97"),  # 99.970002, rounded down
        ("0.5", Side.BUY, "0.5001"),
        ("0.5", Side.SELL, "0.4999"),
        ("0.0001", Side.SELL, "0.0001"),  # a sale brings at least a tick
    ],
)
def test_slippage_is_rounded_against_us(touch: str, side: Side, price: str) -> None:
    """To the cent, and below one dollar to the hundredth of a cent."""
    assert slipped_price(Decimal(touch), side, RULES) == Decimal(price)


@pytest.mark.parametrize(
    ("side", "limit", "price"),
    [
        (Side.BUY, "100", None),
        (Side.BUY, "100.01", "100.01"),  # slippage stops at the limit
        (Side.BUY, "105", "100.04"),  # and a better price is ours
        (Side.SELL, "100", None),
        (Side.SELL, "99.99", "99.99"),
        (Side.SELL, "95", "99.97"),
    ],
)
def test_a_limit_is_never_passed(side: Side, limit: str, price: str | None) -> None:
    """An order that comes to a better price gets it; one whose limit the market does not reach gets nothing."""
    limited = order(side, order_type=OrderType.LIMIT, limit_price=limit)
    assert price_of(limited, quote(), RULES) == (None if price is None else Decimal(price))


def test_an_order_that_rested_is_hit_at_its_limit() -> None:
    """The market came to it, so it gets its own price however far the market then goes."""
    waiting = order(order_type=OrderType.LIMIT, limit_price="99", quantity=10)
    outcome = seen(waiting, market("100"), market("97", volume="2000000"), rules=EXACT)
    assert outcome.steps[-1].order.value == 990
