"""Which orders a cancel-all ends, and which positions a flatten closes. Pure; the API shows the plan before it acts."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from stockbot.events.trading import Side
from stockbot.model.orders.order import Order
from stockbot.model.risk.reduction import closing_side

QUIET = timedelta(seconds=0.5)  # from the last word of an order until risk has surely heard of it
LONGEST_WAIT = timedelta(seconds=15)


class Close(Struct, frozen=True, kw_only=True):
    """One position to be closed: shares, above zero."""

    symbol: str
    side: Side
    quantity: Decimal


def to_cancel(orders: Iterable[Order], *, symbol: str | None = None, strategy: str | None = None) -> list[Order]:
    """The open orders of a symbol or a strategy, or all, whose cancellation nobody has asked for yet."""
    return [
        order
        for order in orders
        if order.is_open
        and order.cancel_because is None
        and symbol in (None, order.symbol)
        and strategy in (None, order.strategy)
    ]


def may_close(asked_at: datetime, now: datetime, *, is_working: bool, last_word: datetime | None) -> bool:
    """Whether the cancellations before a close are through, and known to risk; or have had their time.

    An order that still works keeps its shares, so a close beside it would be one too many. `last_word` is when
    something was last heard of any order in the symbol.
    """
    if now - asked_at >= LONGEST_WAIT:
        return True
    return not is_working and (last_word is None or now - last_word >= QUIET)


def to_close(positions: Mapping[str, Decimal], *, symbol: str | None = None) -> list[Close]:
    """What makes each position flat."""
    return [
        Close(symbol=name, side=closing_side(quantity), quantity=abs(quantity))
        for name, quantity in sorted(positions.items())
        if quantity and symbol in (None, name)
    ]
