"""An order and what a broker says of it, each as plain as it can be."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from stockbot.events.trading import OrderState, OrderTerms, OrderType, Side
from stockbot.model.orders.broker import BrokerExecution, BrokerOrder
from stockbot.model.orders.order import Order
from stockbot.testing.clock import START

TERMS = OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(101))


def order(**changes: Any) -> Order:
    """Buy 10 AAPL, sent a moment ago."""
    ordinary: dict[str, Any] = {
        "account": "paper",
        "client_order_id": "order-1",
        "strategy": "trend",
        "symbol": "AAPL",
        "side": Side.BUY,
        "quantity": Decimal(10),
        "terms": TERMS,
        "correlationid": "chain-1",
        "own": OrderState.SENT,
        "sent_at": START,
        "created_at": START,
        "updated_at": START,
    }
    return Order(**(ordinary | changes))


def said(state: OrderState, filled: int = 0, *, at: int = 0, **changes: Any) -> BrokerOrder:
    """The broker's word of it, `at` seconds after the start."""
    ordinary: dict[str, Any] = {
        "client_order_id": "order-1",
        "broker_order_id": "broker-1",
        "symbol": "AAPL",
        "side": Side.BUY,
        "quantity": Decimal(10),
        "filled_quantity": Decimal(filled),
        "state": state,
        "terms": TERMS,
        "updated_at": moment(at),
    }
    return BrokerOrder(**(ordinary | changes))


def fill(number: int, quantity: int, price: str = "100", **changes: Any) -> BrokerExecution:
    ordinary: dict[str, Any] = {
        "execution_id": f"fill-{number}",
        "client_order_id": "order-1",
        "broker_order_id": "broker-1",
        "symbol": "AAPL",
        "side": Side.BUY,
        "quantity": Decimal(quantity),
        "price": Decimal(price),
        "executed_at": moment(number),
    }
    return BrokerExecution(**(ordinary | changes))


def moment(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)
