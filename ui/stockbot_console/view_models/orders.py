"""One order as a row of the grid and in words, and which orders a page shows. Pure."""

from datetime import tzinfo
from typing import TypedDict
from urllib.parse import urlencode

from msgspec import Struct

from stockbot.events.trading import OrderState, OrderTerms, OrderType, TimeInForce
from stockbot_console.engine_answers import Order
from stockbot_console.view_models.ages import epoch_milliseconds, exact_text
from stockbot_console.view_models.numbers import NOTHING, price_text, quantity_text

LEVELS: dict[OrderState, str] = {
    OrderState.INTENT: "accent",
    OrderState.SENT: "accent",
    OrderState.UNKNOWN: "warning",
    OrderState.ACCEPTED: "accent",
    OrderState.TRIGGERED: "accent",
    OrderState.PARTIALLY_FILLED: "accent",
    OrderState.PENDING_CANCEL: "warning",
    OrderState.PENDING_REPLACE: "warning",
    OrderState.FILLED: "good",
    OrderState.CANCELED: "idle",
    OrderState.REJECTED: "bad",
    OrderState.EXPIRED: "idle",
}
WORDS: dict[OrderState, str] = {
    OrderState.PARTIALLY_FILLED: "PART FILLED",
    OrderState.PENDING_CANCEL: "CANCEL ASKED",
    OrderState.PENDING_REPLACE: "REPLACE ASKED",
}
MEANINGS: dict[OrderState, str] = {
    OrderState.INTENT: "written down, not sent yet",
    OrderState.SENT: "sent; the broker has not confirmed it yet",
    OrderState.UNKNOWN: "whether the broker has it is not known: it is being asked",
    OrderState.ACCEPTED: "working at the broker",
    OrderState.TRIGGERED: "its stop price was reached; it is working",
    OrderState.PARTIALLY_FILLED: "a part is filled, the rest is working",
    OrderState.PENDING_CANCEL: "the broker was asked to cancel it",
    OrderState.PENDING_REPLACE: "the broker was asked to replace it",
    OrderState.FILLED: "filled",
    OrderState.CANCELED: "canceled",
    OrderState.REJECTED: "refused",
    OrderState.EXPIRED: "its time was over before it was filled",
}


class OrderRow(TypedDict):
    """What the grid shows of an order: texts, and the numbers it sorts by. `at` is in epoch milliseconds."""

    key: str
    state: str
    level: str
    meaning: str
    symbol: str
    side: str
    quantity: str
    quantityValue: float
    filled: str
    terms: str
    price: str
    priceValue: float | None
    strategy: str
    reason: str
    at: int
    exact: str
    chain: str


class Choice(Struct, frozen=True, kw_only=True):
    """Which orders are shown: all or those that are open, of any symbol and strategy or of one."""

    ended: bool = False
    symbol: str = ""
    strategy: str = ""

    def address(self, path: str = "/orders", **changes: str) -> str:
        """The address of the page with this choice, or with one thing changed."""
        asked = {"state": "all" if self.ended else "", "symbol": self.symbol, "strategy": self.strategy} | changes
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{path}?{query}" if query else path


def choice_of(state: str, symbol: str, strategy: str) -> Choice:
    """Read the choice from an address, as people type them: anything but `all` is open."""
    return Choice(ended=state == "all", symbol=symbol.strip().upper()[:32], strategy=strategy.strip()[:128])


def order_row(order: Order, zone: tzinfo) -> OrderRow:
    price = order.average_price
    return OrderRow(
        key=order.client_order_id,
        state=state_word(order.state),
        level=LEVELS[order.state],
        meaning=f"{MEANINGS[order.state]}{': ' if order.reason else ''}{order.reason}",
        symbol=order.symbol,
        side=order.side.value,
        quantity=quantity_text(order.quantity),
        quantityValue=float(order.quantity),
        filled=f"{quantity_text(order.filled_quantity)} / {quantity_text(order.quantity)}",
        terms=terms_text(order.terms),
        price=price_text(price),
        priceValue=None if price is None else float(price),
        strategy=order.strategy,
        reason=order.reason,
        at=epoch_milliseconds(order.created_at),
        exact=exact_text(order.created_at, zone),
        chain=order.correlationid,
    )


def state_word(state: OrderState) -> str:
    return WORDS.get(state, state.value)


def order_title(order: Order) -> str:
    """`buy 10 AAPL`."""
    return f"{order.side} {quantity_text(order.quantity)} {order.symbol}"


def terms_text(terms: OrderTerms) -> str:
    """`market`, `limit 187.90, gtc`, `stop 180.00, limit 179.50`; day orders do not say so."""
    force = "" if terms.time_in_force is TimeInForce.DAY else terms.time_in_force.value
    bracket = [
        f"{name} {price_text(price)}"
        for name, price in (("stop loss", terms.stop_loss), ("take profit", terms.take_profit))
        if price is not None
    ]
    parts = (_price_terms(terms), force, "extended hours" if terms.extended_hours else "", *bracket)
    return ", ".join(part for part in parts if part)


def _price_terms(terms: OrderTerms) -> str:
    match terms.order_type:
        case OrderType.MARKET:
            return "market"
        case OrderType.LIMIT:
            return f"limit {price_text(terms.limit_price)}"
        case OrderType.STOP:
            return f"stop {price_text(terms.stop_price)}"
        case OrderType.STOP_LIMIT:
            return f"stop {price_text(terms.stop_price)}, limit {price_text(terms.limit_price)}"
        case OrderType.TRAILING_STOP:
            return f"trailing stop {price_text(terms.trail)}"


def filled_text(order: Order) -> str:
    """`4 of 10 at 187.46`."""
    at = f" at {price_text(order.average_price)}" if order.average_price is not None else ""
    return f"{quantity_text(order.filled_quantity)} of {quantity_text(order.quantity)}{at}"


def broker_id_text(order: Order) -> str:
    return order.broker_order_id or NOTHING
