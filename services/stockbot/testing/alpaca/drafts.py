"""From a request's body to the orders that it asks for. Used by the fake's exchange."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from stockbot.testing.alpaca.books import Order, Refused
from stockbot.testing.alpaca.rules import INVALID, number

EXITS = (("take_profit", "limit", "limit_price"), ("stop_loss", "stop", "stop_price"))


def draft(body: Mapping[str, object], now: datetime) -> tuple[Order, list[Order]]:
    """Return the order of a POST, and the two exits of a bracket, which are held until it has filled."""
    qty = number(body, "qty")
    if qty is None:
        raise Refused(422, INVALID, "qty or notional is required")
    order = Order(
        id=str(uuid4()),
        client_order_id=str(body.get("client_order_id") or uuid4()),
        symbol=str(body.get("symbol", "")),
        side=str(body.get("side", "")),
        qty=qty,
        type=str(body.get("type", "")),
        time_in_force=str(body.get("time_in_force", "")),
        limit_price=number(body, "limit_price"),
        stop_price=number(body, "stop_price"),
        trail_price=number(body, "trail_price"),
        extended_hours=body.get("extended_hours") is True,
        order_class=str(body.get("order_class") or ""),
        created_at=now,
        updated_at=now,
    )
    legs = _exits(order, body) if order.order_class in {"bracket", "oto"} else []
    order.legs = [leg.id for leg in legs]
    return order, legs


def redraft(old: Order, body: Mapping[str, object], now: datetime) -> Order:
    """Return the order of a PATCH: a new one, with all of `old` that the body does not change."""
    return Order(
        id=str(uuid4()),
        client_order_id=str(body.get("client_order_id") or uuid4()),
        symbol=old.symbol,
        side=old.side,
        qty=number(body, "qty") or old.qty,
        type=old.type,
        time_in_force=str(body.get("time_in_force") or old.time_in_force),
        limit_price=number(body, "limit_price") or old.limit_price,
        stop_price=number(body, "stop_price") or old.stop_price,
        trail_price=number(body, "trail") or old.trail_price,
        extended_hours=old.extended_hours,
        created_at=now,
        updated_at=now,
        replaces=old.id,
    )


def _exits(order: Order, body: Mapping[str, object]) -> list[Order]:
    exits = []
    for name, kind, price in EXITS:
        wanted = body.get(name)
        if isinstance(wanted, Mapping):
            exits.append(_exit(order, kind, {price: number(wanted, price)}))
    return exits


def _exit(order: Order, kind: str, prices: Mapping[str, Decimal | None]) -> Order:
    return Order(
        id=str(uuid4()),
        client_order_id=str(uuid4()),
        symbol=order.symbol,
        side="sell" if order.side == "buy" else "buy",
        qty=order.qty,
        type=kind,
        time_in_force=order.time_in_force,
        limit_price=prices.get("limit_price"),
        stop_price=prices.get("stop_price"),
        order_class=order.order_class,
        status="held",
        created_at=order.created_at,
        updated_at=order.updated_at,
    )
