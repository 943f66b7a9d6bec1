"""When a stop becomes an order to trade.

A stop triggers when the last price (else the middle of bid and ask) is at its stop price or beyond. It then trades at
what the market shows, however far beyond that is: a stop that the market crossed while nobody looked, over a night or
while the broker was down, fills at the first quote seen afterwards, at that worse price. A stop protects from staying
in, never from a gap.

A trailing stop's price follows the best last price since its first look, at the distance `trail`, and never turns back.
"""

from decimal import Decimal

from msgspec.structs import replace

from stockbot.events.trading import OrderState, OrderType, Side
from stockbot.model.fills.order import WorkingOrder


def followed(order: WorkingOrder, last: Decimal) -> WorkingOrder:
    """The order with the best price seen so far, for a trailing stop that has not triggered."""
    if order.terms.trail is None or order.triggered:
        return order
    best = max if order.side is Side.SELL else min
    extreme = last if order.extreme is None else best(last, order.extreme)
    return order if extreme == order.extreme else replace(order, extreme=extreme)


def stop_price(order: WorkingOrder) -> Decimal | None:
    """Where it triggers; None for an order without a trigger, and for a trailing stop that has seen no price."""
    trail, extreme = order.terms.trail, order.extreme
    if order.terms.order_type is not OrderType.TRAILING_STOP:
        return order.terms.stop_price
    if trail is None or extreme is None:
        return None
    return extreme - trail if order.side is Side.SELL else extreme + trail


def triggers(order: WorkingOrder, last: Decimal) -> bool:
    """Whether this look is the one at which the stop triggers."""
    price = stop_price(order)
    if not order.is_stop or order.triggered or price is None:
        return False
    return last <= price if order.side is Side.SELL else last >= price


def triggered(order: WorkingOrder) -> WorkingOrder:
    return replace(order, triggered=True, state=OrderState.TRIGGERED)
