"""What our orders and fills say that an account has: positions, cash, and what is working in a symbol. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from stockbot.events.trading import Side
from stockbot.model.ledger.movements import in_new_shares
from stockbot.model.orders.broker import Activity, ActivityKind, BrokerExecution
from stockbot.model.orders.order import Order
from stockbot.model.risk.account import Hold
from stockbot.model.risk.book import Book


def change_of(fill: BrokerExecution) -> Decimal:
    """What a fill does to the position, in shares."""
    return fill.quantity if fill.side is Side.BUY else -fill.quantity


def cash_of(fill: BrokerExecution) -> Decimal:
    """What a fill does to the cash."""
    return -change_of(fill) * fill.price - fill.fee


def cash_moved(activity: Activity) -> Decimal:
    """What an activity does to the cash."""
    return Decimal(0) if activity.kind is ActivityKind.TRANSFER else activity.amount


def shares_of(activity: Activity) -> Decimal:
    """What an activity does to the position in its symbol."""
    return activity.quantity if activity.symbol is not None and activity.quantity is not None else Decimal(0)


def holders_moved(activity: Activity, held: Mapping[str, Decimal], owner: str) -> dict[str, Decimal]:
    """Whose shares an activity moves, of `held` in its symbol: a split everybody's in proportion, as in the ledger."""
    change, total = shares_of(activity), sum(held.values(), Decimal(0))
    if activity.kind is not ActivityKind.SPLIT or not total or (total + change) / total <= 0:
        return {owner: change}
    after = in_new_shares(held, total + change, total)
    return {name: after[name] - shares for name, shares in held.items()}


def of_symbol(held: Mapping[tuple[str, str], Decimal], symbol: str) -> dict[str, Decimal]:
    """Every holder's shares in it, by name."""
    return {strategy: quantity for (strategy, name), quantity in sorted(held.items()) if name == symbol}


def book_of(symbol: str, position: Decimal, working: Iterable[Order]) -> Book:
    """The symbol with what is working in it, as the reduction rule reads it."""
    holds = tuple(
        Hold(
            strategy=order.strategy,
            symbol=symbol,
            side=order.side,
            quantity=order.quantity,
            filled=min(order.filled_quantity, order.quantity),
        )
        for order in working
        if order.symbol == symbol and order.is_open
    )
    return Book(symbol=symbol, position=position, working=holds)
