"""How many shares an order can have at one look: a part of what traded since its last look.

A quote's volume is cumulative in the session, and a smaller one means that a new session has begun. The first look may
be at the quote that was there before the order came: then the interval that led to that quote counts, as the best
evidence of what trades. Where the volume is not known nothing bounds the quantity: risk has bounded it by the average
day's volume, and a source without volume could else not be traded at all.

Shares come whole, but for a fraction that is all that is left of the order.
"""

from decimal import ROUND_FLOOR, Decimal

from stockbot.events.trading import TimeInForce
from stockbot.model.fills.order import NOTHING, WorkingOrder
from stockbot.model.fills.rules import FillRules


def quantity_of(order: WorkingOrder, traded: Decimal | None, held: Decimal | None, rules: FillRules) -> Decimal:
    """The shares that can fill now; zero where there is too little volume. `held` bounds an order that only closes."""
    bounds = [order.leaves]
    if traded is not None:
        bounds.append(rules.max_share_of_volume * traded)
    if held is not None:
        bounds.append(held)
    if order.leaves <= min(bounds):
        return order.leaves
    if order.terms.time_in_force is TimeInForce.FOK:
        return NOTHING
    return min(bounds).to_integral_value(ROUND_FLOOR)


def traded_since(before: Decimal | None, volume: Decimal | None) -> Decimal | None:
    """The shares traded between two quotes of one symbol; None where one of the volumes is not known."""
    if before is None or volume is None:
        return None
    return volume - before if volume >= before else volume
