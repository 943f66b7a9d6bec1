"""The orders as far as the console has seen them. Pure; state and pages keep one each.

An order is told twice: by the bus at once, and by the engine's API every few seconds. The API knows more, the bus
knows sooner: what the bus told after a question was asked stays until the next answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events import Event
from stockbot.events.trading import OrderReport, OrderState, OrderUpdate
from stockbot_console.engine_answers import Order

KEPT = 500  # orders; of those that have ended the oldest make room
ENDED = frozenset({OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED, OrderState.EXPIRED})


class OrderBook(Struct, frozen=True):
    """By client order id, the newest first; `told` is when the bus last told of an order, UTC."""

    orders: Mapping[str, Order] = {}
    told: Mapping[str, datetime] = {}

    def chosen(self, *, ended: bool, symbol: str = "", strategy: str = "") -> dict[str, Order]:
        """Those that are open, or with `ended` all, of that symbol and strategy."""
        return {
            order_id: order
            for order_id, order in self.orders.items()
            if (ended or order.is_open) and symbol in ("", order.symbol) and strategy in ("", order.strategy)
        }


class Told(Struct, frozen=True, kw_only=True):
    """What the engine answered to a question of `asked_at`: the newest orders, and all that are open."""

    asked_at: datetime
    recent: Sequence[Order]
    open: Sequence[Order]


def after_updates(book: OrderBook, events: Iterable[Event], now: datetime) -> OrderBook:
    """The book after events of the bus; other events than updates of orders leave it as it is."""
    updates = [event for event in events if isinstance(event, OrderUpdate)]
    orders, told = dict(book.orders), dict(book.told)
    for event in updates:
        order_id = event.data.client_order_id
        known = orders.get(order_id)
        orders[order_id] = _moved(known, event) if known else _first_seen(event)
        told[order_id] = now
    return _kept(orders, told) if updates else book


def after_answer(book: OrderBook, told: Told) -> OrderBook:
    """The book with what the engine answered. What it does not have as open any more is not open here either."""
    since = {order_id for order_id, at in book.told.items() if at >= told.asked_at}
    answered = {order.client_order_id: order for order in (*told.recent, *told.open)}
    after = {**book.orders, **{key: order for key, order in answered.items() if key not in since}}
    still_open = since | {order.client_order_id for order in told.open}
    return _kept({key: one for key, one in after.items() if not one.is_open or key in still_open}, dict(book.told))


def _moved(order: Order, event: OrderUpdate) -> Order:
    report = event.data
    if report.filled_quantity < order.filled_quantity or (not order.is_open and report.state not in ENDED):
        return order  # reports only go up: this one is late
    return replace(
        order,
        state=report.state,
        is_open=report.state not in ENDED,
        broker_order_id=report.broker_order_id or order.broker_order_id,
        filled_quantity=report.filled_quantity,
        average_price=_average(order, report),
        reason=report.reason or order.reason,
        terms=report.terms,
        updated_at=max(order.updated_at, event.time),
    )


def _first_seen(event: OrderUpdate) -> Order:
    report = event.data
    return Order(
        client_order_id=report.client_order_id,
        broker_order_id=report.broker_order_id,
        account=report.account,
        strategy=report.strategy,
        symbol=report.symbol,
        side=report.side,
        state=report.state,
        quantity=report.quantity,
        filled_quantity=report.filled_quantity,
        average_price=report.execution.price if report.execution else None,
        terms=report.terms,
        signal_id=report.signal_id,
        decision_id=report.decision_id,
        correlationid=event.correlationid,
        reason=report.reason,
        created_at=event.time,
        updated_at=event.time,
        is_open=report.state not in ENDED,
    )


def _average(order: Order, report: OrderReport) -> Decimal | None:
    """The average price with this fill; unchanged by a report that brings none, or one that is counted already."""
    fill = report.execution
    if fill is None or report.filled_quantity == order.filled_quantity:
        return order.average_price
    before = (order.average_price or Decimal(0)) * order.filled_quantity
    return (before + fill.price * fill.quantity) / (order.filled_quantity + fill.quantity)


def _kept(orders: dict[str, Order], told: dict[str, datetime]) -> OrderBook:
    newest = sorted(orders.values(), key=lambda order: order.created_at, reverse=True)
    kept = {order.client_order_id: order for place, order in enumerate(newest) if place < KEPT or order.is_open}
    return OrderBook(kept, {order_id: at for order_id, at in told.items() if order_id in kept})
