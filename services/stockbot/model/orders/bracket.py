"""The exits of a bracket: which of its two orders works now, one at a time. Pure.

What the entry filled is protected by a stop order at the broker, which is there also while this platform is not. When
the price reaches the profit that was asked for, the stop makes way for a limit order; when it falls back through the
middle between both prices, the limit makes way for the stop again. So no share is reserved twice, and only one order
can close it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.trading import OrderState, OrderTerms, OrderType, Side, TimeInForce
from stockbot.model.orders.broker import ZERO
from stockbot.model.orders.order import Order

STOP_LOSS, TAKE_PROFIT = 1, 2  # the legs; 0 is the entry
MAKES_WAY = "makes way for the other exit of its bracket"
ANEW = "is placed anew as what it should be now"
OURS = frozenset({MAKES_WAY, ANEW})  # why an exit is canceled by its bracket itself
SHORTEST_LIFE = timedelta(minutes=1)  # of an exit whose time was over: one that a broker ends at once is no protection


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
    because: str = MAKES_WAY


class Room(Struct, frozen=True):
    """The shares of the entry's strategy that there are to close: `held`, and `free` of what other orders close."""

    held: Decimal
    free: Decimal


class Over(Struct, frozen=True):
    """Nothing more is to be done. `unprotected`: shares are left that no order of this bracket closes any more.

    `on_purpose`: a person or a strategy canceled the last exit.
    """

    reason: str
    unprotected: Decimal = ZERO
    on_purpose: bool = False


Plan: TypeAlias = Place | MakeWay | Over | None


def plan(entry: Order, exits: Sequence[Order], price: Decimal | None, room: Room | None = None) -> Plan:
    """What to do next; None for nothing. `exits` are the entry's, the oldest first; `price` is the last one.

    `room` bounds what is closed, since the shares may have gone another way; None does not.
    """
    left = entry.filled_quantity - sum((one.filled_quantity for one in exits), ZERO)
    left = left if room is None else min(left, room.held)
    working = [one for one in exits if one.is_open]
    if working:
        return _beside(entry, working, left, price)
    if left <= ZERO:
        return Over("all that was filled is closed")
    if exits and not _may_follow(entry, exits[-1], price):
        return _ended_by(exits[-1], left)
    free = left if room is None else min(left, room.free)
    return _next(entry, exits, free, price) if free > ZERO else None


def _beside(entry: Order, working: Sequence[Order], left: Decimal, price: Decimal | None) -> Plan:
    """One exit works: it stays while it is the one that is wanted, and closes no more than there is."""
    *surplus, last = working  # one that was taken for never sent may have shown up at the broker after all
    is_wanted = wanted_leg(entry, last.leg, price) == last.leg
    unwanted = surplus if is_wanted and _fits(entry, last, left, price) else working
    because = ANEW if is_wanted else MAKES_WAY
    asked = (one for one in unwanted if one.cancel_because is None and one.replacing is None)
    return next((MakeWay(one.client_order_id, because) for one in asked), None)


def _fits(entry: Order, working: Order, left: Decimal, price: Decimal | None) -> bool:
    """Whether it closes no more than there is; and where it waits to be sent, whether it would be sent so now."""
    if left <= ZERO or working.quantity - working.filled_quantity > left:
        return False
    has_left = working.own is not OrderState.INTENT or working.is_at_broker
    as_now = _standing(_terms(entry, working.leg, price), working.quantity)
    return has_left or price is None or working.terms == as_now


def _ended_by(last: Order, left: Decimal) -> Over:
    """Somebody else ended or replaced the last exit."""
    if last.replaced_by is not None:
        return Over(f"exit {last.client_order_id} was replaced by {last.replaced_by}")
    reason = f"exit {last.client_order_id} ended as {last.state}: {last.reason}"
    return Over(reason, left, on_purpose=last.cancel_because is not None)


def _next(entry: Order, exits: Sequence[Order], left: Decimal, price: Decimal | None) -> Place:
    leg = wanted_leg(entry, _turn(exits), price)
    return Place(
        leg=leg,
        revision=sum(one.leg == leg for one in exits),
        quantity=left,
        side=_closing(entry),
        terms=_standing(_terms(entry, leg, price), left),
    )


def _turn(exits: Sequence[Order]) -> int | None:
    """Whose turn it is: the other one's where the last has made way for it."""
    if not exits or exits[-1].cancel_because != MAKES_WAY:
        return exits[-1].leg if exits else None
    return STOP_LOSS if exits[-1].leg == TAKE_PROFIT else TAKE_PROFIT


def wanted_leg(entry: Order, current: int | None, price: Decimal | None) -> int:
    """Which exit shall work, with one working or next in turn: it changes at the profit, and back in the middle."""
    stop, profit = entry.terms.stop_loss, entry.terms.take_profit
    if stop is None or profit is None:
        return TAKE_PROFIT if stop is None else STOP_LOSS
    if price is None:  # nobody watches: the stop protects, also while this platform is not there
        return STOP_LOSS
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


def _standing(terms: OrderTerms, quantity: Decimal) -> OrderTerms:
    """Parts of a share are traded for the day only: each day's exit follows the one before."""
    return replace(terms, time_in_force=TimeInForce.DAY) if quantity % 1 else terms


def _closing(entry: Order) -> Side:
    return Side.SELL if entry.side is Side.BUY else Side.BUY


def _made_at(order: Order) -> datetime:
    """When we made it, as early as the broker's clock may tell it."""
    return order.created_at - SHORTEST_LIFE


def _may_follow(entry: Order, ended: Order, price: Decimal | None) -> bool:
    """Whether the next exit may follow: the last made way, was filled, never arrived, or its time was over.

    A broker ends also orders that are good until canceled, Alpaca after 90 days. It refuses a stop that the price has
    crossed meanwhile, which is then closed at the market. One that had ended long before we made it is of a past that
    an older database has forgotten: it has the same id. One that a person or a strategy canceled or replaced, or
    that was refused for anything else, is not put there again.
    """
    if ended.replaced_by is not None:
        return False
    if ended.state is OrderState.CANCELED and ended.ended_at is not None and ended.ended_at < _made_at(ended):
        return True
    if ended.state is OrderState.REJECTED:
        return ended.terms.order_type is OrderType.STOP and _terms(entry, STOP_LOSS, price).stop_price is None
    if ended.state is OrderState.EXPIRED:
        return not ended.is_at_broker or ended.updated_at - (ended.sent_at or ended.created_at) >= SHORTEST_LIFE
    return ended.state is OrderState.FILLED or ended.cancel_because in OURS
