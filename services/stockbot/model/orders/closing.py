"""Which orders a cancel-all ends, and which positions a flatten closes. Pure; the API shows the plan before it acts."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from stockbot.events.trading import Side
from stockbot.model.orders.books import of_symbol
from stockbot.model.orders.bracket import OURS
from stockbot.model.orders.order import Order
from stockbot.model.risk.account import NOTHING
from stockbot.model.risk.reduction import closing_side

QUIET = timedelta(seconds=0.5)  # from the last word of an order until risk has surely heard of it
LONGEST_WAIT = timedelta(seconds=15)


class Close(Struct, frozen=True, kw_only=True):
    """What one strategy holds in a symbol, to be closed: shares, above zero."""

    symbol: str
    strategy: str
    side: Side
    quantity: Decimal


def to_cancel(orders: Iterable[Order], *, symbol: str | None = None, strategy: str | None = None) -> list[Order]:
    """The open orders of a symbol or a strategy, or all, whose cancellation nobody but a bracket has asked for yet."""
    return [
        order
        for order in orders
        if order.is_open
        and (order.cancel_because is None or order.cancel_because in OURS)
        and symbol in (None, order.symbol)
        and strategy in (None, order.strategy)
    ]


def may_close(asked_at: datetime, now: datetime, *, is_working: bool, last_word: datetime | None) -> bool:
    """Whether the cancellations before a close are through, and known to risk; or have had their time.

    An order that still works keeps its shares, so a close beside it would be one too many. `last_word` is when
    something was last heard of any order in the symbol.
    """
    if now - asked_at >= LONGEST_WAIT:
        return True
    return not is_working and (last_word is None or now - last_word >= QUIET)


def to_close(held: Mapping[tuple[str, str], Decimal], *, symbol: str | None = None) -> list[Close]:
    """What makes the account flat, from the shares of each strategy in each symbol: an order for each that has some.

    So a strategy knows that it holds nothing any more. Where strategies stand against each other, what is left of them
    adds up to nothing: no order of theirs would make the account's position smaller.
    """
    symbols = sorted({name for _, name in held if symbol in (None, name)})
    return [close for name in symbols for close in _closes(name, of_symbol(held, name))]


def _closes(symbol: str, shares: Mapping[str, Decimal]) -> Iterator[Close]:
    left = sum(shares.values(), NOTHING)
    for strategy, quantity in shares.items():
        closed = min(abs(left), abs(quantity)) if quantity * left > 0 else NOTHING
        if closed:
            side = closing_side(left)
            left += closed if side is Side.BUY else -closed
            yield Close(symbol=symbol, strategy=strategy, side=side, quantity=closed)
