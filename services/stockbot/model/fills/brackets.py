"""Brackets: an entry, and the two orders that close what it filled, of which only one trades.

The exits come when the entry is over and has filled something: all of it, or a part before it was canceled or expired.
Until then there is nothing whole to protect, and Alpaca's brackets wait for it too. They are a limit order at
`take_profit` and a stop at `stop_loss`, good until canceled, because a position outlives the day of its entry.

The shares that one exit trades are taken from the other, which is canceled when none are left. An exit never trades
more than there is to close: when somebody else has closed the position, the rest of it is canceled.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from stockbot.events.identity import id_of
from stockbot.events.trading import OrderTerms, OrderType, Side, TimeInForce
from stockbot.model.fills.order import NOTHING, WorkingOrder, canceled

OTHER_WAY = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}


def exits_of(entry: WorkingOrder, now: datetime) -> list[WorkingOrder]:
    """The orders that begin with the end of this one; none for an order that is no bracket or has filled nothing."""
    if entry.is_open or not entry.filled:
        return []
    both = {
        "take_profit": OrderTerms(order_type=OrderType.LIMIT, limit_price=entry.terms.take_profit),
        "stop_loss": OrderTerms(order_type=OrderType.STOP, stop_price=entry.terms.stop_loss),
    }
    return [_exit(entry, leg, terms, now) for leg, terms in both.items() if getattr(entry.terms, leg) is not None]


def exit_id(entry_id: str, leg: str) -> str:
    """The client order id of the exit `take_profit` or `stop_loss`: it follows from the entry's."""
    return id_of("paper-exit", entry_id, leg)


def closable(order: WorkingOrder, position: Decimal) -> Decimal | None:
    """What an exit may trade at most, of the shares that the account has; None for any other order."""
    if order.bracket is None:
        return None
    held = position if order.side is Side.SELL else -position
    return max(NOTHING, min(order.leaves - order.taken, held))


def taken(twins: Iterable[WorkingOrder], by: WorkingOrder, quantity: Decimal) -> list[WorkingOrder]:
    """The other exits of the bracket, after one of them has traded that many shares."""
    others = [twin for twin in twins if twin.bracket == by.bracket and twin.client_order_id != by.client_order_id]
    return [_without(twin, quantity, by) for twin in others]


def is_done(order: WorkingOrder) -> bool:
    """Whether an exit has nothing left, though not all of it was its own."""
    return order.is_open and order.bracket is not None and order.taken >= order.leaves


def _exit(entry: WorkingOrder, leg: str, terms: OrderTerms, now: datetime) -> WorkingOrder:
    return WorkingOrder(
        client_order_id=exit_id(entry.client_order_id, leg),
        symbol=entry.symbol,
        side=OTHER_WAY[entry.side],
        quantity=entry.filled,
        terms=replace(terms, time_in_force=TimeInForce.GTC),
        received_at=now,
        volume=entry.volume,
        bracket=entry.client_order_id,
    )


def _without(twin: WorkingOrder, quantity: Decimal, by: WorkingOrder) -> WorkingOrder:
    less = replace(twin, taken=twin.taken + quantity)
    return canceled(less, f"{by.client_order_id} has closed the rest") if is_done(less) else less
