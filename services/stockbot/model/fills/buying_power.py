"""Whether an account can carry one order more. Judged once, when the order comes.

A Cash account buys with settled cash that no open buy holds, and sells only what it holds.

A Margin account may be short. It takes an order that makes a position larger only while its equity covers half of all
that it would have at risk, long and short, with every open order filled: the initial margin of Regulation T.

An order is judged at its limit or its stop, else at the touch with slippage, and with its highest fee. As at a real
broker a fill is not judged again, so a gap may still overdraw the account.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct

from stockbot.events.market import Quote
from stockbot.events.trading import Side
from stockbot.model.fills.fees import fee_of
from stockbot.model.fills.funds import Funds
from stockbot.model.fills.order import NOTHING, WorkingOrder
from stockbot.model.fills.prices import slipped_price, touch_of
from stockbot.model.fills.rules import FeeSchedule, FillRules

INITIAL_MARGIN = Decimal("0.5")


def judged_price(order: WorkingOrder, quote: Quote | None, rules: FillRules) -> Decimal | None:
    """The price per share that an order is judged at; None for one that names none while there is no quote."""
    named = order.terms.limit_price or order.terms.stop_price
    if named is not None or quote is None:
        return named
    return slipped_price(touch_of(quote, order.side, rules), order.side, rules)


class Carrying(Struct, frozen=True, kw_only=True):
    """What the judgement of an order needs: its price and the prices of all other symbols that are held or ordered.

    `working` are the other open orders with the price that each is judged at; `date` is the session's.
    """

    funds: Funds
    price: Decimal | None
    working: tuple[tuple[WorkingOrder, Decimal], ...] = ()
    marks: Mapping[str, Decimal] = {}
    date: str | None = None
    fees: FeeSchedule


def shortfall(order: WorkingOrder, carrying: Carrying, *, cash_only: bool) -> str | None:
    """Why the account cannot carry the order; None where it can."""
    if cash_only:
        return _uncovered(order, carrying) if order.side is Side.SELL else _unpaid(order, carrying)
    return _margin_gap(order, carrying)


def _uncovered(order: WorkingOrder, carrying: Carrying) -> str | None:
    alike, held = _same_way(order, carrying), carrying.funds.position(order.symbol)
    if order.leaves + alike <= held:
        return None
    return f"a Cash account sells what it holds: {held} {order.symbol}, {alike} of them in other orders"


def _unpaid(order: WorkingOrder, carrying: Carrying) -> str | None:
    if carrying.price is None:
        return f"there is no price of {order.symbol} to judge the order by"
    buys = [(other, price) for other, price in carrying.working if other.side is Side.BUY]
    on_hold = sum((_cost(other, price, carrying.fees) for other, price in buys), NOTHING)
    free = carrying.funds.settled(carrying.date) - on_hold
    cost = _cost(order, carrying.price, carrying.fees)
    return None if cost <= free else f"the order may cost {cost:.2f}, and {free:.2f} is settled and free"


def _cost(order: WorkingOrder, price: Decimal, fees: FeeSchedule) -> Decimal:
    """What is still to be paid for the order at most."""
    whole = fee_of(order.quantity, order.value + order.leaves * price, fees)
    return order.leaves * price + max(NOTHING, whole - order.fees)


def _margin_gap(order: WorkingOrder, carrying: Carrying) -> str | None:
    if not _adds(order, carrying):
        return None
    if carrying.price is None:
        return f"there is no price of {order.symbol} to judge the order by"
    marks = {**carrying.marks, order.symbol: carrying.marks.get(order.symbol, carrying.price)}
    orders = [*carrying.working, (order, carrying.price)]
    symbols = {*carrying.funds.holdings, *(one.symbol for one, _ in orders)}
    needed = INITIAL_MARGIN * sum((_at_risk(symbol, orders, carrying.funds, marks) for symbol in symbols), NOTHING)
    equity = _equity(carrying.funds, marks) - fee_of(order.quantity, order.quantity * carrying.price, carrying.fees)
    return None if needed <= equity else f"it needs {needed:.2f} of initial margin, and the equity is {equity:.2f}"


def _adds(order: WorkingOrder, carrying: Carrying) -> bool:
    """Whether the order could leave a larger position than there is: anything but a reduction."""
    position = carrying.funds.position(order.symbol)
    closable = -position if order.side is Side.BUY else position
    return order.leaves + _same_way(order, carrying) > max(NOTHING, closable)


def _same_way(order: WorkingOrder, carrying: Carrying) -> Decimal:
    """The shares of the other orders of this side, each of which may trade."""
    way = (order.symbol, order.side)
    return sum((o.leaves for o, _ in carrying.working if (o.symbol, o.side) == way), NOTHING)


def _at_risk(
    symbol: str, orders: Iterable[tuple[WorkingOrder, Decimal]], funds: Funds, marks: Mapping[str, Decimal]
) -> Decimal:
    """The larger of the values that the position would have with all buys, or all sales, filled."""
    mine = [(order, price) for order, price in orders if order.symbol == symbol]
    price = max([marks.get(symbol, NOTHING), *(price for _, price in mine)])
    bought = sum((order.leaves for order, _ in mine if order.side is Side.BUY), NOTHING)
    sold = sum((order.leaves for order, _ in mine if order.side is Side.SELL), NOTHING)
    position = funds.position(symbol)
    return max(abs(position), abs(position + bought), abs(position - sold)) * price


def _equity(funds: Funds, marks: Mapping[str, Decimal]) -> Decimal:
    held = funds.holdings.values()
    return funds.cash + sum((one.quantity * marks.get(one.symbol, one.average_price) for one in held), NOTHING)
