"""Stops: when they trigger, at what they fill, and that a trailing one never turns back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.services.model.fills.scenes import fills, market, order, seen

from stockbot.events.trading import OrderState, OrderType, Side
from stockbot.model.fills.triggers import followed, stop_price

STOP = OrderType.STOP


@pytest.mark.parametrize(
    ("side", "stop", "last", "filled"),
    [
        (Side.SELL, "95", "95.01", False),
        (Side.SELL, "95", "95", True),
        (Side.BUY, "105", "104.99", False),
        (Side.BUY, "105", "105", True),
    ],
)
def test_a_stop_triggers_at_its_price(side: Side, stop: str, last: str, filled: bool) -> None:
    """A sale at or below it, a buy at or above it; then it trades as a market order does."""
    outcome = seen(order(side, order_type=STOP, stop_price=stop), market(last))
    assert bool(fills(outcome)) is filled
    assert [step.order.state for step in outcome.steps] == [OrderState.TRIGGERED, OrderState.FILLED] * filled


def test_a_stop_fills_beyond_a_gap() -> None:
    """What was crossed while nobody looked fills at the first quote seen, at that worse price."""
    stop = order(Side.SELL, order_type=STOP, stop_price="95", volume=Decimal(1_000_000))
    outcome = seen(stop, market("100"), market("80", volume="2000000"))
    assert fills(outcome) == [(Decimal(10), Decimal("79.99"))]


def test_a_stop_that_has_triggered_does_not_forget_it() -> None:
    """When there was too little volume it goes on filling, though the price has come back."""
    stop = order(Side.SELL, order_type=STOP, stop_price="95", volume=Decimal(1_000_000))
    outcome = seen(stop, market("94"), market("96", volume="1000050"), market("97", volume="2000000"))
    assert [step.order.state for step in outcome.steps] == [
        OrderState.TRIGGERED,
        OrderState.PARTIALLY_FILLED,
        OrderState.FILLED,
    ]


def test_a_stop_limit_waits_for_its_limit_after_its_stop() -> None:
    """Through a gap it triggers and does not fill, until the price is within its limit again."""
    stop = order(Side.SELL, order_type=OrderType.STOP_LIMIT, stop_price="95", limit_price="94")
    outcome = seen(stop, market("90"), market("94.50", volume="2000000"))
    assert [step.order.state for step in outcome.steps] == [OrderState.TRIGGERED, OrderState.FILLED]
    assert fills(outcome) == [(Decimal(10), Decimal(94))]


@pytest.mark.parametrize(
    ("side", "prices", "filled"),
    [
        (Side.SELL, ["100", "110", "105.01"], False),
        (Side.SELL, ["100", "110", "105"], True),
        (Side.SELL, ["100", "95"], True),
        (Side.BUY, ["100", "90", "94.99"], False),
        (Side.BUY, ["100", "90", "95"], True),
    ],
)
def test_a_trailing_stop_follows_the_best_price(side: Side, prices: list[str], filled: bool) -> None:
    """It triggers once the price is `trail` away from the best that it has seen."""
    trailing = order(side, order_type=OrderType.TRAILING_STOP, trail="5")
    outcome = seen(trailing, *(market(price, volume=str(10**6 * (2 + n))) for n, price in enumerate(prices)))
    assert bool(fills(outcome)) is filled


@given(side=st.sampled_from(Side), prices=st.lists(st.decimals("0.01", 1000, places=2), min_size=1))
def test_a_trailing_stop_never_loosens(side: Side, prices: list[Decimal]) -> None:
    """Whatever the prices do, the stop price of a sale only rises and that of a buy only falls."""
    trailing, stops = order(side, order_type=OrderType.TRAILING_STOP, trail="5"), list[Decimal]()
    for price in prices:
        trailing = followed(trailing, price)
        stops.append(stop_price(trailing) or Decimal("NaN"))
    assert stops == sorted(stops, reverse=side is Side.BUY)
