"""Which orders the venue takes. What it does not is refused at once, in words, and never exists."""

from collections.abc import Callable
from decimal import Decimal

from stockbot.events.trading import OrderTerms, OrderType, TimeInForce

NEEDED = {
    OrderType.MARKET: (),
    OrderType.LIMIT: ("limit_price",),
    OrderType.STOP: ("stop_price",),
    OrderType.STOP_LIMIT: ("stop_price", "limit_price"),
    OrderType.TRAILING_STOP: ("trail",),
}
PRICES = ("limit_price", "stop_price", "trail")
STANDING = (TimeInForce.DAY, TimeInForce.GTC)
FINEST_SHARE = Decimal("1E-9")  # Alpaca's; finer parts of a share cannot be traded anywhere


def flaw(quantity: Decimal, terms: OrderTerms) -> str | None:
    """Why this order cannot be worked, and what would be right; None where it can."""
    if quantity % FINEST_SHARE:
        return f"the quantity must be a multiple of {FINEST_SHARE} shares, not {quantity}"
    return next((words for rule in RULES if (words := rule(terms))), None)


def tick_of(price: Decimal) -> Decimal:
    """The least step of a price: a cent from one dollar on, 0.0001 below. Rule 612 of Regulation NMS."""
    return Decimal("0.01") if price >= 1 else Decimal("0.0001")


def _prices(terms: OrderTerms) -> str | None:
    """Exactly the prices that its type is worked with: one too many is a misunderstanding about what will happen."""
    for name in PRICES:
        price, needed = getattr(terms, name), name in NEEDED[terms.order_type]
        if needed and price is None:
            return f"a {terms.order_type} order needs {name}"
        if price is not None and not needed:
            return f"a {terms.order_type} order has no {name}"
    return None


def _ticks(terms: OrderTerms) -> str | None:
    for name in PRICES:
        price = getattr(terms, name)
        if price is not None and price % tick_of(price):
            return f"{name} must be a multiple of {tick_of(price)}, not {price}"
    return None


def _standing_stop(terms: OrderTerms) -> str | None:
    """A stop waits for its price, so it must be able to wait. Alpaca takes stops for day and gtc only, too."""
    waits = terms.order_type not in (OrderType.MARKET, OrderType.LIMIT)
    if waits and terms.time_in_force not in STANDING:
        return f"a {terms.order_type} order works for day or gtc, not {terms.time_in_force}"
    return None


def _extended(terms: OrderTerms) -> str | None:
    """Outside the session books are thin: only a limit protects, and only for that day. As Alpaca has it."""
    if terms.extended_hours and (terms.order_type, terms.time_in_force) != (OrderType.LIMIT, TimeInForce.DAY):
        return f"extended hours take limit orders for the day, not {terms.order_type} {terms.time_in_force}"
    return None


def _plain(terms: OrderTerms) -> str | None:
    """The engine sends the exits of a bracket itself, one at a time: here they would be sent twice."""
    return (
        "an order has no stop_loss and no take_profit: its exits are orders of their own" if terms.is_bracket else None
    )


RULES: tuple[Callable[[OrderTerms], str | None], ...] = (_prices, _ticks, _standing_stop, _extended, _plain)
