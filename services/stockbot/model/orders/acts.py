"""What we do to an order ourselves: send it, give it up, ask for its cancellation, put another in its place. Pure.

An act that does not fit the order's state returns None: whoever asked reads the order again and sees why.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from stockbot.events.trading import OrderState, OrderTerms
from stockbot.model.orders.bracket import OURS
from stockbot.model.orders.broker import ZERO
from stockbot.model.orders.order import LONGEST_REASON, Order

UNDECIDED = (OrderState.SENT, OrderState.UNKNOWN)


def send(order: Order, now: datetime) -> Order | None:
    """It is about to leave: committed before anything is sent, so that nobody sends it a second time."""
    if order.own is not OrderState.INTENT or order.is_at_broker or not order.is_open:
        return None
    return replace(order, own=OrderState.SENT, sent_at=now, updated_at=now)


def take_back(order: Order, now: datetime) -> Order | None:
    """It certainly did not leave: it may be tried again while its approval lives."""
    if order.own is not OrderState.SENT or order.is_at_broker:
        return None
    return replace(order, own=OrderState.INTENT, sent_at=None, updated_at=now)


def lose_sight(order: Order, now: datetime, why: str) -> Order | None:
    """Nobody knows whether it arrived: from here on it is asked for, and never sent again."""
    if order.own is not OrderState.SENT or order.is_at_broker:
        return None
    return replace(order, own=OrderState.UNKNOWN, reason=why, updated_at=now)


def give_up(order: Order, state: OrderState, now: datetime, why: str) -> Order | None:
    """It ends without the broker ever having had it: EXPIRED, REJECTED or CANCELED."""
    if order.is_at_broker or not order.is_open:
        return None
    return replace(order, own=state, reason=why, updated_at=now)


def not_found(order: Order, now: datetime, *, patience: timedelta) -> Order | None:
    """The broker says that it does not have it. Believed at a second look, long after it could still have arrived."""
    if order.own not in UNDECIDED or order.is_at_broker or order.sent_at is None:
        return None
    if order.missing_since is not None and now - order.sent_at > patience:
        why = "it did not arrive at the broker, and is not sent again: its approval has run out"
        return replace(order, own=OrderState.EXPIRED, reason=why, updated_at=now)
    return replace(order, own=OrderState.UNKNOWN, missing_since=order.missing_since or now, updated_at=now)


def ask_cancel(order: Order, now: datetime, why: str) -> Order | None:
    """Somebody wants it canceled; one that has not left yet ends at once.

    The first reason stays, but a bracket's own gives way: what a person or a strategy cancels is not placed again.
    """
    if not order.is_open:
        return None
    first = why if order.cancel_because in OURS else order.cancel_because or why
    if order.own is OrderState.INTENT and not order.is_at_broker:
        return replace(order, own=OrderState.CANCELED, cancel_because=why, reason=why, updated_at=now)
    return replace(order, cancel_because=first, reason=why, updated_at=now)


def take_exits_away(order: Order, now: datetime, why: str) -> Order | None:
    """Nothing more is done about its exits, also where it is filled further."""
    if order.leg != 0 or not order.terms.is_bracket or order.bracket_over is not None:
        return None
    return replace(order, bracket_over=why[:LONGEST_REASON], updated_at=now)


def begin_replace(order: Order, by: str, now: datetime) -> Order | None:
    """Another order shall take its place; one at a time."""
    if not order.is_open or not order.is_at_broker or order.replacing is not None or order.cancel_because is not None:
        return None
    if _untraded(order) <= ZERO:
        return None
    return replace(order, replacing=by, updated_at=now)


def bounded(order: Order, replaced: Order | None) -> Order:
    """An order that takes another's place trades only what that one has not traded until then: risk held no more."""
    return order if replaced is None else replace(order, quantity=min(order.quantity, _untraded(replaced)))


def inheriting(terms: OrderTerms, before: OrderTerms) -> OrderTerms:
    """The terms with the exits of those before: a replace names a price, and never takes the protection away."""
    if terms.is_bracket:
        return terms
    return replace(terms, stop_loss=before.stop_loss, take_profit=before.take_profit)


def _untraded(order: Order) -> Decimal:
    """What an open order may still trade, counting also the fills that are promised and not known yet."""
    return order.quantity - max(order.filled_quantity, order.told_filled)


def settle_replace(order: Order, by: Order, now: datetime) -> Order | None:
    """What is known of the order that shall take its place: it has, it never will, or nobody knows yet.

    One that was replaced stays PENDING_REPLACE until the broker tells its end.
    """
    if order.replacing != by.client_order_id or not order.is_open:
        return None
    if by.state is OrderState.REJECTED:  # also later than it was taken: the order works on as if nothing had been asked
        return replace(order, replacing=None, replaced_by=None, updated_at=now)
    if order.replaced_by == by.client_order_id:
        return None
    if by.is_at_broker:
        return replace(order, replaced_by=by.client_order_id, updated_at=now)
    return None if by.own in UNDECIDED and by.is_open else replace(order, replacing=None, updated_at=now)


def accept_absence(order: Order, now: datetime, why: str) -> Order | None:
    """A person says that the broker will never tell its end: what is filled by now is all."""
    if not order.is_open:
        return None
    return replace(order, ending=OrderState.CANCELED, told_filled=order.filled_quantity, reason=why, updated_at=now)


def accept_fills(order: Order, now: datetime, why: str) -> Order | None:
    """A person says that no more fills will come than are known."""
    if not order.misses_fills:
        return None
    ending = OrderState.CANCELED if order.ending is OrderState.FILLED else order.ending
    return replace(order, ending=ending, told_filled=order.filled_quantity, reason=why, updated_at=now)
