"""The exits of a bracket: which of its two orders works now, one at a time. Pure.

What the entry filled is protected by a stop order at the broker, which is there also while this platform is not. When
the price reaches the profit that was asked for, the stop makes way for a limit order; when it falls back through the
middle between both prices, the limit makes way for the stop again. So no share is reserved twice, and only one order
can close it.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from stockbot.events.trading import OrderState, OrderTerms, OrderType, Side, TimeInForce
from stockbot.model.orders.broker import ZERO
from stockbot.model.orders.order import Order

STOP_LOSS, TAKE_PROFIT = 1, 2  # the legs; 0 is the entry
MAKES_WAY = "makes way for the other exit of its bracket"


class Place(Struct, frozen=True, kw_only=True):
    """An exit to be sent: its leg, how often the leg was sent before, and how it works."""

    leg: int
    revision: int
    quantity: Decimal
    side: Side
    terms: OrderTerms


class MakeWay(Struct, frozen=True):
    """An exit to be canceled, so that another can work."""

    client_order_id: str


class Over(Struct, frozen=True):
    """Nothing more is to be done. `unprotected`: shares are left that no order of this bracket closes any more.

    `on_purpose`: a person or a strategy canceled the last exit.
    """

    reason: str
    unprotected: Decimal = ZERO
    on_purpose: bool = False


Plan: TypeAlias = Place | MakeWay | Over | None


def plan(entry: Order, exits: Sequence[Order], price: Decimal | None) -> Plan:
    """What to do next; None for nothing. `exits` are the entry's, the oldest first; `price` is the last one."""
    left = entry.filled_quantity - sum((one.filled_quantity for one in exits), ZERO)
    working = [one for one in exits if one.is_open]
    if working:
        return _beside(entry, working[-1], left, price)
    if left <= ZERO:
        return Over("all that was filled is closed")
    if exits and not _was_ours(exits[-1]):
        last = exits[-1]
        reason = f"exit {last.client_order_id} ended as {last.state}: {last.reason}"
        return Over(reason, left, on_purpose=last.cancel_because is not None)
    return _next(entry, exits, left, price)


def _beside(entry: Order, working: Order, left: Decimal, price: Decimal | None) -> Plan:
    """One exit works: it stays, unless the other one is wanted."""
    wanted = wanted_leg(entry, working.leg, price)
    if working.cancel_because is not None or (wanted == working.leg and left > ZERO):
        return None
    return MakeWay(working.client_order_id)


def _next(entry: Order, exits: Sequence[Order], left: Decimal, price: Decimal | None) -> Place:
    before = None if not exits else STOP_LOSS if exits[-1].leg == TAKE_PROFIT else TAKE_PROFIT
    leg = wanted_leg(entry, before, price)
    return Place(
        leg=leg,
        revision=sum(one.leg == leg for one in exits),
        quantity=left,
        side=_closing(entry),
        terms=_terms(entry, leg, price),
    )


def wanted_leg(entry: Order, current: int | None, price: Decimal | None) -> int:
    """Which exit shall work, with one working or next in turn: it changes at the profit, and back in the middle."""
    stop, profit = entry.terms.stop_loss, entry.terms.take_profit
    if stop is None or profit is None:
        return TAKE_PROFIT if stop is None else STOP_LOSS
    if price is None:
        return current or STOP_LOSS
    sign = 1 if entry.side is Side.BUY else -1
    if (price - profit) * sign >= 0:
        return TAKE_PROFIT
    fell_back = (price - (stop + profit) / 2) * sign <= 0
    return TAKE_PROFIT if current == TAKE_PROFIT and not fell_back else STOP_LOSS


def _terms(entry: Order, leg: int, price: Decimal | None) -> OrderTerms:
    """A stop that the price has crossed already would be refused: then it is closed at the market."""
    if leg == TAKE_PROFIT:
        limit = entry.terms.take_profit
        return OrderTerms(order_type=OrderType.LIMIT, time_in_force=TimeInForce.GTC, limit_price=limit)
    stop = entry.terms.stop_loss
    sign = 1 if entry.side is Side.BUY else -1
    if stop is not None and price is not None and (price - stop) * sign <= 0:
        return OrderTerms(order_type=OrderType.MARKET, time_in_force=TimeInForce.DAY)
    return OrderTerms(order_type=OrderType.STOP, time_in_force=TimeInForce.GTC, stop_price=stop)


def _closing(entry: Order) -> Side:
    return Side.SELL if entry.side is Side.BUY else Side.BUY


def _was_ours(ended: Order) -> bool:
    """Whether an exit ended because we wanted so, was filled, or never arrived: then the next one may follow.

    One that a person or a strategy canceled, or that the broker refused or ended, is not put there again.
    """
    if ended.own is OrderState.EXPIRED and not ended.is_at_broker:
        return True
    if ended.state is OrderState.FILLED:
        return True
    return ended.state is OrderState.CANCELED and ended.cancel_because == MAKES_WAY
