"""When the fake's orders trade, and at what price. Pure; used by the exchange at each quote and each new order."""

from decimal import Decimal

from stockbot.testing.alpaca.books import Order, Quote


def price_of(order: Order, quote: Quote) -> Decimal | None:
    """Return the price at which the order trades on this quote; None where it waits."""
    if order.type in {"stop", "stop_limit", "trailing_stop"} and not order.triggered:
        return None
    if order.time_in_force in {"opg", "cls"}:
        return None  # an auction is held by the control API
    touch = quote.ask if order.side == "buy" else quote.bid
    if order.type in {"market", "stop", "trailing_stop"}:
        return touch
    assert order.limit_price is not None  # noqa: S101 - the rules refuse such an order
    reaches = order.limit_price >= touch if order.side == "buy" else order.limit_price <= touch
    return touch if reaches else None


def is_triggered(order: Order, quote: Quote) -> bool:
    """Tell whether the last price touched the stop; a trailing stop moves with the best price first."""
    if order.type == "trailing_stop":
        best = max if order.side == "sell" else min
        order.hwm = best(order.hwm if order.hwm is not None else quote.last, quote.last)
        assert order.trail_price is not None  # noqa: S101 - the rules refuse such an order
        order.stop_price = order.hwm - order.trail_price * (1 if order.side == "sell" else -1)
    if order.stop_price is None:
        return False
    return quote.last <= order.stop_price if order.side == "sell" else quote.last >= order.stop_price
