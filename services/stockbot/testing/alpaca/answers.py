"""The shapes of Alpaca's answers and stream events, with numbers as strings as Alpaca has them."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from stockbot.testing.alpaca.books import ZERO, Books, Fill, Movement, Order, Position
from stockbot.testing.alpaca.rules import buying_power

Answer = dict[str, object]

NEW_YORK = ZoneInfo("America/New_York")
ENDED = {"filled": "filled_at", "canceled": "canceled_at", "expired": "expired_at", "replaced": "replaced_at"}
ASSET = "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415"


def text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number.normalize():f}"


def moment(at: datetime) -> str:
    """Return a time as Alpaca writes it, with nanoseconds."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}123Z"


def order_answer(order: Order, books: Books, *, nested: bool = False) -> Answer:
    ended: Answer = dict.fromkeys(ENDED.values())
    if order.status in ENDED:
        ended[ENDED[order.status]] = moment(order.updated_at)
    legs = [order_answer(books.orders[each], books) for each in order.legs]
    return {
        "id": order.id,
        "client_order_id": order.client_order_id,
        "created_at": moment(order.created_at),
        "updated_at": moment(order.updated_at),
        "submitted_at": moment(order.created_at),
        **ended,
        "failed_at": moment(order.updated_at) if order.status == "rejected" else None,
        "replaced_by": order.replaced_by,
        "replaces": order.replaces,
        "asset_id": ASSET,
        "symbol": order.symbol,
        "asset_class": "us_equity",
        "notional": None,
        "qty": text(order.qty),
        "filled_qty": text(order.filled_qty),
        "filled_avg_price": text(order.value / order.filled_qty) if order.filled_qty else None,
        "order_class": order.order_class,
        "order_type": order.type,
        "type": order.type,
        "side": order.side,
        "time_in_force": order.time_in_force,
        "limit_price": text(order.limit_price),
        "stop_price": text(order.stop_price),
        "status": order.status,
        "extended_hours": order.extended_hours,
        "legs": legs if legs and nested else None,
        "trail_percent": None,
        "trail_price": text(order.trail_price),
        "hwm": text(order.hwm),
    }


def event(name: str, order: Order, books: Books) -> Answer:
    at = moment(order.updated_at)
    return {"event": name, "timestamp": at, "order": order_answer(order, books), "execution_id": None}


def fill_event(fill: Fill, order: Order, books: Books) -> Answer:
    more: Answer = {
        "timestamp": moment(fill.at),
        "price": text(fill.price),
        "qty": text(fill.qty),
        "position_qty": text(books.position(fill.symbol)),
        "execution_id": fill.execution_id,
    }
    if fill.previous is not None:
        more["previous_execution_id"] = fill.previous
    return event(fill.type, order, books) | more


def fill_activity(fill: Fill) -> Answer:
    more: Answer = {} if fill.previous is None else {"previous_execution_id": fill.previous}
    return {
        "id": fill.activity_id,
        "activity_type": "FILL",
        "transaction_time": moment(fill.at),
        "type": fill.type,
        "price": text(fill.price),
        "qty": text(fill.qty),
        "side": fill.side,
        "symbol": fill.symbol,
        "leaves_qty": text(fill.leaves_qty),
        "order_id": fill.order_id,
        "cum_qty": text(fill.cum_qty),
        "order_status": "filled" if fill.leaves_qty == 0 else "partially_filled",
    } | more


def movement_activity(movement: Movement) -> Answer:
    more: Answer = {"symbol": movement.symbol, "qty": text(movement.qty)} if movement.symbol else {}
    return {
        "id": movement.activity_id,
        "activity_type": movement.type,
        "date": f"{movement.at.astimezone(NEW_YORK):%Y-%m-%d}",
        "net_amount": text(movement.net_amount),
        "description": movement.description,
        "status": "executed",
    } | more


def position(symbol: str, held: Position, books: Books) -> Answer:
    quote = books.quotes.get(symbol)
    mark = quote.last if quote else held.cost
    return {
        "asset_id": ASSET,
        "symbol": symbol,
        "exchange": "NASDAQ",
        "asset_class": "us_equity",
        "avg_entry_price": text(held.cost),
        "qty": text(held.qty),
        "side": "long" if held.qty > 0 else "short",
        "market_value": text(held.qty * mark),
        "cost_basis": text(held.qty * held.cost),
        "current_price": text(mark),
        "qty_available": text(held.qty),
    }


def account(books: Books) -> Answer:
    marks = {symbol: quote.last for symbol, quote in books.quotes.items()}
    value = sum((held.qty * marks.get(symbol, held.cost) for symbol, held in books.positions.items()), ZERO)
    return {
        "id": books.account_id,
        "account_number": books.account_number,
        "status": books.status,
        "currency": "USD",
        "cash": text(books.cash),
        "portfolio_value": text(books.cash + value),
        "equity": text(books.cash + value),
        "buying_power": text(buying_power(books)),
        "multiplier": books.multiplier,
        "pattern_day_trader": False,
        "trading_blocked": books.blocked,
        "transfers_blocked": False,
        "account_blocked": False,
        "trade_suspended_by_user": False,
        "shorting_enabled": books.multiplier != "1",
    }
