"""The form of a manual order: what each type needs, and the order made from what a person typed. Pure."""

from collections.abc import Mapping

from stockbot.events.trading import OrderType, TimeInForce
from stockbot_console.answers import Failure
from stockbot_console.view_models.checks import is_positive
from stockbot_console.view_models.questions import LONGEST_REASON

PRICES: dict[OrderType, tuple[str, ...]] = {
    OrderType.MARKET: (),
    OrderType.LIMIT: ("limit_price",),
    OrderType.STOP: ("stop_price",),
    OrderType.STOP_LIMIT: ("stop_price", "limit_price"),
    OrderType.TRAILING_STOP: ("trail",),
}
TITLES = {
    "limit_price": "Limit price",
    "stop_price": "Stop price",
    "trail": "Trail, in price",
    "stop_loss": "Stop loss",
    "take_profit": "Take profit",
}
TYPES = {one.value: one.value.replace("_", " ") for one in OrderType}
FORCES = {
    TimeInForce.DAY.value: "day: until the close",
    TimeInForce.GTC.value: "gtc: until canceled",
    TimeInForce.IOC.value: "ioc: at once, the rest is canceled",
    TimeInForce.FOK.value: "fok: at once and in full, or not",
    TimeInForce.OPG.value: "opg: in the opening auction",
    TimeInForce.CLS.value: "cls: in the closing auction",
}
BRACKET = ("stop_loss", "take_profit")
UNCHECKED = frozenset({"reason", *BRACKET})  # what the what-if question has no field for

ManualOrder = dict[str, object]


def manual_order(fields: Mapping[str, object]) -> ManualOrder | Failure:
    """The body of the order, or which field is wrong and what would be right. Prices of another type are left out."""
    text = {name: str(value).strip() for name, value in fields.items()}
    wrong = _wrong_choice(text) or _wrong_number(text)
    if wrong is not None:
        return wrong
    order_type = OrderType(text["order_type"])
    prices = {name: text[name] for name in (*PRICES[order_type], *BRACKET) if text.get(name)}
    return {
        "symbol": text["symbol"].upper(),
        "side": text["side"],
        "quantity": text["quantity"],
        "order_type": order_type.value,
        "time_in_force": text["time_in_force"],
        "extended_hours": bool(text.get("extended_hours")),
        **prices,
        "reason": text["reason"],
    }


def what_if_of(order: ManualOrder) -> ManualOrder:
    """The same order as risk's what-if question takes it."""
    return {name: value for name, value in order.items() if name not in UNCHECKED}


def order_text(order: ManualOrder) -> str:
    """`buy 10 AAPL, limit 187.90, day`."""
    kind = TYPES[str(order["order_type"])]
    prices = [f"{TITLES[name].lower()} {order[name]}" for name in TITLES if name in order]
    extended = ["extended hours"] if order["extended_hours"] else []
    start = f"{order['side']} {order['quantity']} {order['symbol']}"
    return ", ".join([start, kind, *prices, str(order["time_in_force"]), *extended])


def _wrong_choice(text: Mapping[str, str]) -> Failure | None:
    if not text.get("symbol"):
        return Failure(reason="The symbol is missing.", remedy="Give one of the market, such as AAPL.")
    if text.get("side") not in ("buy", "sell"):
        return Failure(reason="The side is missing.", remedy="Choose buy or sell.")
    if text.get("order_type") not in TYPES:
        return Failure(reason="The type is missing.", remedy=f"Choose one of {', '.join(TYPES.values())}.")
    if text.get("time_in_force") not in FORCES:
        return Failure(reason="The time in force is missing.", remedy=f"Choose one of {', '.join(FORCES)}.")
    if not 0 < len(text.get("reason", "")) <= LONGEST_REASON:
        return Failure(
            reason="The reason is missing or too long.",
            remedy=f"Say why in at most {LONGEST_REASON} characters: it is kept with the order.",
        )
    return None


def _wrong_number(text: Mapping[str, str]) -> Failure | None:
    if not is_positive(text.get("quantity", "")):
        given = text.get("quantity", "")[:40]
        return Failure(reason=f"{given!r} is no quantity.", remedy="Give a number of shares above zero, such as 10.")
    needed = PRICES[OrderType(text["order_type"])]
    for name in (*needed, *BRACKET):
        given = text.get(name, "")
        if (given or name in needed) and not is_positive(given):
            return Failure(
                reason=f"{TITLES[name]} {given[:40]!r} is no price.", remedy="Give a number above zero, such as 187.50."
            )
    return None
