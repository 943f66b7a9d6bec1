"""What a snapshot, a fill or an act of ours makes of an order. Pure; the blotter stores and tells what comes out.

A message that is merely late or repeated changes nothing. One that contradicts what is known is never applied: it
comes out as a trouble, which is recorded and alerted. A fill is money, so it is booked whatever state the order is in.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.trading import OrderState
from stockbot.model.orders.broker import BrokerExecution, BrokerOrder
from stockbot.model.orders.order import ENDED, WORKING, Order


class TroubleKind(StrEnum):
    IMPOSSIBLE = "impossible"  # contradicts what is known: not applied
    LATE_FILL = "late-fill"  # after the order had ended: booked
    OVERFILL = "overfill"  # more than the order's quantity: booked
    ADOPTED = "adopted"  # the broker has an order that we took for never sent


class Trouble(Struct, frozen=True):
    """Something that a person must hear of: what was said, and what it contradicts."""

    kind: TroubleKind
    reason: str


class Step(Struct, frozen=True):
    """An order after one message. `fill` is the execution that is new in it."""

    order: Order
    fill: BrokerExecution | None = None
    troubles: tuple[Trouble, ...] = ()


def take_snapshot(order: Order, said: BrokerOrder, now: datetime) -> Step:
    """The order after the broker told its state."""
    before, order = order, _recognised(order, said)
    contradiction = _contradiction(order, said)
    if contradiction:
        return Step(before, None, (_impossible(contradiction),))
    troubles = (*_resized(order, said), *_adopted(before))
    sized = replace(order, quantity=said.quantity) if order.adopted else order
    return Step(_with_progress(sized, said, now), None, troubles)


def take_execution(order: Order, said: BrokerExecution, booked: BrokerExecution | None, now: datetime) -> Step:
    """The order after a fill; `booked` is the one of the same id that was booked before."""
    if booked is not None:
        return Step(order, None, _repeated(booked, said))
    before, order = order, _recognised(order, said)
    if (said.symbol, said.side) != (order.symbol, order.side):
        return Step(before, None, (_impossible(f"a fill of {_trade(said)} for an order of {_trade(order)}"),))
    after = replace(
        order,
        broker_order_id=order.broker_order_id or said.broker_order_id,
        told=order.told or OrderState.ACCEPTED,
        filled_quantity=order.filled_quantity + said.quantity,
        paid=order.paid + said.quantity * said.price,
        missing_since=None,
        updated_at=now,
    )
    return Step(after, said, (*_adopted(before), *_excess(order, after, said)))


def _recognised(order: Order, said: BrokerOrder | BrokerExecution) -> Order:
    """An order that we never sent and that the broker has all the same is what the broker says that it is.

    It was sent before an older database was restored; what we refused or gave up since, under the same name, may have
    had another side or size.
    """
    if order.is_at_broker or order.own not in ENDED:
        return order
    terms = said.terms if isinstance(said, BrokerOrder) else order.terms
    return replace(order, own=OrderState.SENT, adopted=True, side=said.side, quantity=said.quantity, terms=terms)


def _contradiction(order: Order, said: BrokerOrder) -> str | None:
    if (said.symbol, said.side) != (order.symbol, order.side):
        return f"the broker says {_trade(said)}, the order is {_trade(order)}"
    if said.state in ENDED:
        return _other_end(order, said)
    if order.ended_at is not None and said.updated_at > order.ended_at:
        return f"the broker says {said.state} after it said {order.ending}"
    return None


def _other_end(order: Order, said: BrokerOrder) -> str | None:
    """An order ends once. Filled by its fills, it may still be told as filled, and as nothing else."""
    ended = OrderState.FILLED if order.state is OrderState.FILLED else order.ending
    if ended is None or ended is said.state:
        return None
    return f"the broker says {said.state}, the order is {ended}"


def _with_progress(order: Order, said: BrokerOrder, now: datetime) -> Order:
    ends = said.state in ENDED
    after = replace(
        order,
        broker_order_id=order.broker_order_id or said.broker_order_id,
        told=order.told if ends else _farthest(order.told, said.state),
        told_filled=max(order.told_filled, said.filled_quantity),
        ending=order.ending or (said.state if ends else None),
        ended_at=order.ended_at or (said.updated_at if ends else None),
        replaced_by=order.replaced_by or said.replaced_by,
        reason=said.reason or order.reason,
        missing_since=None,
    )
    return order if after == order else replace(after, updated_at=now)


def _farthest(known: OrderState | None, said: OrderState) -> OrderState:
    """How far the order works; the broker's own pending states say that it does, and no more."""
    told = said if said in WORKING else OrderState.ACCEPTED
    return told if known is None or WORKING[told] > WORKING[known] else known


def _adopted(order: Order) -> tuple[Trouble, ...]:
    if order.is_at_broker or order.own not in ENDED:
        return ()
    return (Trouble(TroubleKind.ADOPTED, f"the broker has it, though it was {order.own}: {order.reason}"),)


def _resized(order: Order, said: BrokerOrder) -> tuple[Trouble, ...]:
    if order.adopted or said.quantity == order.quantity:
        return ()
    return (_impossible(f"the broker says {said.quantity} shares, the order has {order.quantity}"),)


def _excess(before: Order, after: Order, said: BrokerExecution) -> tuple[Trouble, ...]:
    if not before.adopted and after.filled_quantity > after.quantity:
        told = f"{after.filled_quantity} of {after.quantity} shares filled with {said.execution_id}"
        return (Trouble(TroubleKind.OVERFILL, told),)
    if before.is_at_broker and not before.is_open:
        return (Trouble(TroubleKind.LATE_FILL, f"fill {said.execution_id} came after {before.state}"),)
    return ()


def _repeated(booked: BrokerExecution, said: BrokerExecution) -> tuple[Trouble, ...]:
    same = (booked.client_order_id, booked.symbol, booked.side, booked.quantity, booked.price) == (
        said.client_order_id,
        said.symbol,
        said.side,
        said.quantity,
        said.price,
    )
    if same:
        return ()
    told = f"{_trade(said)} {said.quantity} at {said.price}"
    return (_impossible(f"fill {said.execution_id} came again as {told}, was booked as {booked.quantity}"),)


def _impossible(reason: str) -> Trouble:
    return Trouble(TroubleKind.IMPOSSIBLE, reason)


def _trade(one: Order | BrokerOrder | BrokerExecution) -> str:
    return f"{one.side} {one.symbol}"
