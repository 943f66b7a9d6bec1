"""Orders in Alpaca's words and in ours. Pure; used by the adapter and by its stream."""

from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta

from stockbot.events.envelope import Name, Time
from stockbot.events.trading import OrderState, OrderTerms, OrderType, Side, TimeInForce
from stockbot.execution_engine.brokers.alpaca.outcomes import Answer, MalformedAnswer
from stockbot.execution_engine.brokers.protocol import BrokerOrder, OrderRefused, OrderRequest

ZERO = Decimal(0)

STATES = {
    "pending_new": OrderState.SENT,
    "accepted": OrderState.SENT,
    "accepted_for_bidding": OrderState.SENT,
    "pending_review": OrderState.SENT,
    "held": OrderState.SENT,  # the exit of a bracket that has not filled
    "new": OrderState.ACCEPTED,
    "stopped": OrderState.ACCEPTED,  # a trade is promised and has not happened
    "suspended": OrderState.ACCEPTED,  # it does not trade now, and is still open
    "done_for_day": OrderState.ACCEPTED,  # it goes on in the next session, or a later event ends it
    "calculated": OrderState.ACCEPTED,
    "partially_filled": OrderState.PARTIALLY_FILLED,
    "pending_cancel": OrderState.PENDING_CANCEL,
    "pending_replace": OrderState.PENDING_REPLACE,
    "filled": OrderState.FILLED,
    "canceled": OrderState.CANCELED,
    "replaced": OrderState.CANCELED,
    "rejected": OrderState.REJECTED,
    "expired": OrderState.EXPIRED,
}
ENDED = frozenset({OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED, OrderState.EXPIRED})
_TYPES, _SIDES, _TIMES = (frozenset(each.value for each in kind) for kind in (OrderType, Side, TimeInForce))
_FILLED_ALREADY = frozenset({OrderState.SENT, OrderState.ACCEPTED})


class AlpacaOrder(Answer, frozen=True, kw_only=True):
    """An order object of the REST API and of the stream; what is not used is left out."""

    id: Name
    client_order_id: Name
    symbol: Annotated[str, Meta(max_length=32)] | None = None  # an order of several legs has none
    side: str = ""
    qty: Decimal | None = None  # an order by amount of money has none
    filled_qty: Decimal = ZERO
    type: str = ""
    time_in_force: str
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    extended_hours: bool = False
    status: str
    replaced_by: Name | None = None
    submitted_at: Time | None = None
    created_at: Time
    updated_at: Time | None = None
    legs: "list[AlpacaOrder] | None" = None


def broker_order(order: AlpacaOrder, replaced_by: str | None = None) -> BrokerOrder | None:
    """Return the order in our words; None where it has no words for it: by amount of money, or of several legs.

    `replaced_by` is the client order id of the order that took its place.
    """
    quantity = order.qty or order.filled_qty
    if not order.symbol or quantity == ZERO or not _has_our_words(order):
        return None
    try:
        return BrokerOrder(
            client_order_id=order.client_order_id,
            broker_order_id=order.id,
            symbol=order.symbol,
            side=Side(order.side),
            quantity=quantity,
            filled_quantity=order.filled_qty,
            state=state_of(order),
            terms=_terms(order),
            replaced_by=replaced_by,
            reason="" if order.status in {"new", "filled", "partially_filled"} else f"Alpaca: {order.status}",
            updated_at=order.updated_at or order.created_at,
        )
    except ValueError as error:
        raise MalformedAnswer(f"Alpaca's order {order.client_order_id}: {error}") from None


def _has_our_words(order: AlpacaOrder) -> bool:
    return order.type in _TYPES and order.side in _SIDES and order.time_in_force in _TIMES


def state_of(order: AlpacaOrder) -> OrderState:
    """Return where the order stands; MalformedAnswer for a status that Alpaca's documentation does not have."""
    state = STATES.get(order.status)
    if state is None:
        raise MalformedAnswer(f"Alpaca's order {order.client_order_id} has the status {order.status!r}, unknown here")
    if state in _FILLED_ALREADY and order.filled_qty > ZERO:
        return OrderState.FILLED if order.filled_qty == order.qty else OrderState.PARTIALLY_FILLED
    return state


def submission(order: OrderRequest) -> dict[str, Any]:
    """Return the body of POST /v2/orders: numbers as strings, so that nothing on the way makes them floats.

    The exits of a bracket are orders of their own here: Alpaca would give its own exits ids that nobody asked for.
    """
    terms = order.terms
    if terms.is_bracket:
        raise OrderRefused("the exits of a bracket are sent as orders of their own, not with its entry")
    body: dict[str, Any] = {
        "client_order_id": order.client_order_id,
        "symbol": order.symbol,
        "side": order.side.value,
        "qty": text(order.quantity),
        "type": terms.order_type.value,
        "time_in_force": terms.time_in_force.value,
        "extended_hours": terms.extended_hours,
    }
    prices = {"limit_price": terms.limit_price, "stop_price": terms.stop_price, "trail_price": terms.trail}
    return body | {name: text(price) for name, price in prices.items() if price is not None}


def change(current: BrokerOrder, order: OrderRequest) -> dict[str, Any]:
    """Return the body of PATCH /v2/orders/{id}; OrderRefused for a change that Alpaca has no words for."""
    _check_changeable(current, order)
    terms = order.terms
    body = {
        "client_order_id": order.client_order_id,
        "qty": text(order.quantity),
        "time_in_force": terms.time_in_force.value,
    }
    prices = {"limit_price": terms.limit_price, "stop_price": terms.stop_price, "trail": terms.trail}
    return body | {name: text(price) for name, price in prices.items() if price is not None}


def text(number: Decimal) -> str:
    """Write a number plainly: no exponent, no needless zeros."""
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _check_changeable(current: BrokerOrder, order: OrderRequest) -> None:
    fixed = {
        "symbol": (current.symbol, order.symbol),
        "side": (current.side, order.side),
        "order type": (current.terms.order_type, order.terms.order_type),
        "extended hours": (current.terms.extended_hours, order.terms.extended_hours),
    }
    for name, (before, after) in fixed.items():
        if before != after:
            raise OrderRefused(
                f"Alpaca cannot change the {name} of an order from {before} to {after}: cancel it and send a new one"
            )
    if order.terms.is_bracket:
        raise OrderRefused("Alpaca cannot make a bracket of an order that works: cancel it and send a new one")


def _terms(order: AlpacaOrder) -> OrderTerms:
    exits = {leg.type: leg for leg in order.legs or () if leg.side != order.side}
    profit, loss = exits.get("limit"), exits.get("stop") or exits.get("stop_limit")
    try:
        return OrderTerms(
            order_type=OrderType(order.type),
            time_in_force=TimeInForce(order.time_in_force),
            limit_price=order.limit_price,
            # Alpaca moves the stop of a trailing order; its terms are the distance alone
            stop_price=None if order.type == OrderType.TRAILING_STOP else order.stop_price,
            trail=order.trail_price,
            extended_hours=order.extended_hours,
            stop_loss=loss.stop_price if loss else None,
            take_profit=profit.limit_price if profit else None,
        )
    except ValueError as error:
        raise MalformedAnswer(f"Alpaca's order {order.client_order_id}: {error}") from None
