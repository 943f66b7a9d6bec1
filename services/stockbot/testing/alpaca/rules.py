"""What Alpaca refuses, in its words. Used by the fake's exchange before it takes an order."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from stockbot.testing.alpaca.books import ZERO, Books, Order, Refused

INVALID = 40010001
FORBIDDEN = 40310000
UNPROCESSABLE = 42210000
TYPES = ("market", "limit", "stop", "stop_limit", "trailing_stop")
TIMES = ("day", "gtc", "ioc", "fok", "opg", "cls")
NEEDED = {"limit": ("limit_price",), "stop": ("stop_price",), "stop_limit": ("limit_price", "stop_price")}
SHORT_MARKUP = Decimal("1.03")  # the value of a short sale is counted 3 % above the ask
LONGEST_ID = 128


def unprocessable(message: str) -> Refused:
    return Refused(422, UNPROCESSABLE, message)


def forbidden(message: str) -> Refused:
    return Refused(403, FORBIDDEN, message)


def number(body: Mapping[str, object], name: str) -> Decimal | None:
    """Return a number of the request, which may be a string; Refused if it is none or not above zero."""
    value = body.get(name)
    if value is None:
        return None
    try:
        parsed = Decimal(str(value))
    except InvalidOperation:
        raise Refused(422, INVALID, f"{name} must be a number") from None
    if not parsed.is_finite() or parsed <= 0:
        raise unprocessable(f"{name} must be > 0")
    return parsed


def check_shape(order: Order) -> None:
    if order.type not in TYPES:
        raise Refused(422, INVALID, "invalid order type")
    if order.side not in {"buy", "sell"}:
        raise Refused(422, INVALID, "invalid side")
    if order.time_in_force not in TIMES:
        raise Refused(422, INVALID, "invalid time_in_force")
    if not 1 <= len(order.client_order_id) <= LONGEST_ID:
        raise Refused(422, INVALID, "client_order_id must be no more than 128 characters")
    for name in NEEDED.get(order.type, ()):
        if getattr(order, name) is None:
            raise unprocessable(f"{order.type} order requires {name}")
    if order.type == "trailing_stop" and order.trail_price is None:
        raise unprocessable("one of trail_price or trail_percent is required for trailing stop orders")
    _check_time(order)
    _check_ticks(order)


def _check_time(order: Order) -> None:
    if order.extended_hours and (order.type != "limit" or order.time_in_force not in {"day", "gtc"}):
        raise unprocessable("extended hours order must be DAY or GTC limit orders")
    if order.time_in_force in {"opg", "cls"} and order.type not in {"market", "limit"}:
        raise unprocessable(f"{order.time_in_force} is only valid for market and limit orders")
    if order.time_in_force in {"ioc", "fok"} and order.type not in {"market", "limit"}:
        raise unprocessable(f"{order.time_in_force} is not valid for {order.type} orders")
    if order.qty % 1 and order.time_in_force != "day":
        raise unprocessable("fractional orders must be DAY orders")
    if order.qty % 1 and order.type == "trailing_stop":
        raise unprocessable("fractional orders cannot be trailing stop orders")
    if order.order_class in {"bracket", "oto", "oco"} and order.time_in_force not in {"day", "gtc"}:
        raise unprocessable("complex orders only support DAY and GTC time in force")
    if order.order_class and order.order_class != "simple" and (order.qty % 1 or order.extended_hours):
        raise unprocessable("complex orders must be whole shares in regular hours")


def _check_ticks(order: Order) -> None:
    """Refuse a price finer than a cent, or than a hundredth of one below a dollar."""
    for name in ("limit_price", "stop_price"):
        price = getattr(order, name)
        tick = Decimal("0.01") if price is not None and price >= 1 else Decimal("0.0001")
        if price is not None and price % tick:
            raise unprocessable(
                f"invalid {name} {price}. sub-penny increment does not fulfill minimum pricing criteria"
            )


def check_account(books: Books, order: Order) -> None:
    if books.blocked or books.status != "ACTIVE":
        raise forbidden("new orders are rejected by user request")
    held = books.position(order.symbol)
    if order.sign * held < 0:
        _check_closable(books, order, abs(held))
    else:
        _check_opening(books, order, held)
    _check_wash(books, order)


def _check_closable(books: Books, order: Order, held: Decimal) -> None:
    """Refuse to close more than there is: Alpaca lets no order cross from long to short or back."""
    working = sum((o.leaves for o in books.open_orders() if _same_way(o, order) and o.status != "held"), ZERO)
    available = held - working
    if order.qty > available:
        raise forbidden(f"insufficient qty available for order (requested: {order.qty}, available: {available})")


def _same_way(one: Order, other: Order) -> bool:
    return one.symbol == other.symbol and one.side == other.side and one.id != other.replaces


def _check_opening(books: Books, order: Order, held: Decimal) -> None:
    if order.side == "sell" and books.multiplier == "1":
        raise forbidden("account is not allowed to short")
    if order.side == "sell" and order.qty % 1:
        raise unprocessable("fractional orders cannot be sold short")
    if value_of(books, order, order.qty) > buying_power(books, without=order.replaces):
        raise forbidden("insufficient buying power")


def _check_wash(books: Books, order: Order) -> None:
    """Refuse what could trade with an order of the account itself."""
    for other in books.open_orders():
        if other.symbol == order.symbol and other.side != order.side and other.id not in order.legs:
            if other.status == "held" or not _could_meet(order, other):
                continue
            raise forbidden("potential wash trade detected. use complex orders")


def _could_meet(order: Order, other: Order) -> bool:
    if order.limit_price is None or other.limit_price is None:
        return True
    buy, sell = (order, other) if order.side == "buy" else (other, order)
    assert buy.limit_price is not None  # noqa: S101 - both have one
    assert sell.limit_price is not None  # noqa: S101
    return buy.limit_price >= sell.limit_price


def value_of(books: Books, order: Order, shares: Decimal) -> Decimal:
    quote = books.quotes.get(order.symbol)
    ask = quote.ask if quote else ZERO
    if order.side == "sell":
        return max(order.limit_price or ZERO, ask * SHORT_MARKUP) * shares
    return (order.limit_price or order.stop_price or ask) * shares


def buying_power(books: Books, without: str | None = None) -> Decimal:
    """Return what new positions may cost; the order `without` is about to be replaced and counts no more."""
    gross = net = ZERO
    for symbol, held in books.positions.items():
        quote = books.quotes.get(symbol)
        mark = quote.last if quote else held.cost
        gross += abs(held.qty) * mark
        net += held.qty * mark
    working = ZERO
    for order in books.open_orders():
        if order.id != without and order.status != "held" and order.sign * books.position(order.symbol) >= 0:
            working += value_of(books, order, order.leaves)
    if books.multiplier == "1":
        return books.cash - working
    return (books.cash + net) * Decimal(books.multiplier) - gross - working
