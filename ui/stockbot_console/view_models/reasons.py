"""Risk's reason codes and numbers in words. Used wherever a decision or a check is shown.

A code is `CATEGORY_CONDITION`, its numbers are `key=value` pairs. A code that is not known here is spelt out.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from stockbot.events.trading import Reason

WORDS = {
    "TRADING_HALTED": "Trading is halted",
    "TRADING_REDUCING": "Only reductions may trade",
    "ACCOUNT_UNKNOWN": "Cash and positions of the account are not known",
    "MARKET_DATA_SILENT": "No market data has come lately",
    "SERVICE_SILENT": "A service that the order needs is silent",
    "SIGNAL_EXPIRED": "The signal has expired",
    "SIGNAL_DUPLICATE": "The signal was decided before",
    "INSTRUMENT_NOT_FOUND": "The symbol is not known",
    "SESSION_CLOSED": "The exchange is closed",
    "QUANTITY_BELOW_MINIMUM": "The quantity is below the smallest that is traded",
    "QUANTITY_EXCEEDS_MAXIMUM": "The quantity is above the largest that is traded",
    "QUANTITY_EXCEEDS_CLOSABLE": "There is not so much of the position left to close",
    "NOTIONAL_BELOW_MINIMUM": "The order's value is below the smallest that is traded",
    "PRICE_BELOW_TICK": "A price is below one tick",
    "TERMS_INCOMPLETE": "The order's type needs a price that is not given",
    "BRACKET_MISPLACED": "A bracket's prices are on the wrong side of the order's price",
    "ORDER_NOT_REPLACEABLE": "The order that it would replace is not working any more",
    "PRICE_MISSING": "There is no price",
    "PRICE_MARKED_STALE": "The price is marked as stale",
    "PRICE_STALE": "The price was made too long ago",
    "PRICE_NOT_RECEIVED": "The price was received too long ago",
    "PRICE_OLDER_THAN_SIGNAL": "The price is older than the one the signal was made from",
    "PRICE_OUTSIDE_BAND": "The order's price is too far from the last one",
    "NOTIONAL_EXCEEDS_MAX_PER_ORDER": "The order's value is above the limit for one order",
    "NOTIONAL_EXCEEDS_FREE_CASH": "The free cash does not cover it",
    "QUANTITY_EXCEEDS_SHARE_OF_VOLUME": "It is too large a part of what the symbol trades in a day",
    "POSITION_EXCEEDS_MAX_NOTIONAL": "The position would be worth more than the limit",
    "POSITION_EXCEEDS_MAX_WEIGHT": "The position would be too large a part of equity",
    "EXPOSURE_EXCEEDS_MAX_GROSS": "All positions together would exceed the limit",
    "EXPOSURE_EXCEEDS_MAX_NET": "Long less short positions would exceed the limit",
    "GROUP_EXCEEDS_MAX_WEIGHT": "The symbol's group would be too large a part of equity",
    "SHORT_NOT_ALLOWED": "Selling short is not allowed",
    "ORDERS_EXCEED_MAX_OPEN": "Too many orders are working",
    "RATE_EXCEEDS_ACCOUNT_LIMIT": "The account has had too many orders in a minute",
    "RATE_EXCEEDS_STRATEGY_LIMIT": "The strategy has had too many orders in a minute",
    "LOSS_EXCEEDS_DAILY_LIMIT": "The loss of the session is above its limit",
    "LOSS_EXCEEDS_DRAWDOWN_LIMIT": "The fall from the peak is above its limit",
    "LOSS_EXCEEDS_STRATEGY_LIMIT": "The strategy's loss in the session is above its limit",
    "LOSSES_IN_A_ROW": "The strategy has to wait after losing trades in a row",
}
PAIR = re.compile(r"(\w+)=(\S*)")


def reason_text(reason: Reason) -> str:
    """`The free cash does not cover it: needed 1,880, free 912.50`."""
    numbers = numbers_text(reason.detail)
    return f"{code_text(reason.code)}: {numbers}" if numbers else code_text(reason.code)


def reasons_text(reasons: Sequence[Reason]) -> str:
    return "; ".join(map(reason_text, reasons))


def code_text(code: str) -> str:
    return WORDS.get(code) or code.replace("_", " ").capitalize()


def numbers_text(detail: str) -> str:
    """`key=value` pairs as `key value, ...`; anything else stays as it is."""
    pairs = PAIR.findall(detail)
    return ", ".join(f"{key.replace('_', ' ')} {_value(value)}" for key, value in pairs) if pairs else detail


def _value(value: str) -> str:
    try:
        return _number(Decimal(value))
    except InvalidOperation:
        return _time(value)


def _number(exact: Decimal) -> str:
    """At most four places, and no more zeros at the end than two."""
    given, finest = (_places(one) for one in (exact, exact.normalize()))
    return f"{exact:,.{min(max(finest, min(given, 2)), 4)}f}" if exact.is_finite() else f"{exact}"


def _places(exact: Decimal) -> int:
    exponent = exact.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _time(value: str) -> str:
    try:
        return f"{datetime.fromisoformat(value).astimezone(UTC):%H:%M:%S} UTC"
    except ValueError:
        return value.replace(",", ", ")
