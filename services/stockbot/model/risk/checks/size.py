"""Is the order itself too large: its value, the cash it takes, its part of what the market trades."""

from stockbot.model.risk.account import NOTHING
from stockbot.model.risk.checks.finding import Finding, at_most
from stockbot.model.risk.proposal import Proposal


def order_notional(order: Proposal) -> Finding:
    """The order's value at its price bound is at most the limit."""
    notional, limit = order.quantity * order.bounds.high, order.inputs.limits.max_order_notional
    return at_most(notional, limit, notional=notional, limit=limit)


def buying_power(order: Proposal) -> Finding:
    """With the order working, everything held and spent is covered by the account's cash."""
    cash, held, needed = order.inputs.standing.cash_here, order.before.committed, order.after.committed
    free = None if cash is None or held is None else cash - held
    taken = None if needed is None or held is None else needed - held
    left = None if free is None or taken is None else free - taken
    return at_most(NOTHING, left, needed=taken, free=free)


def share_of_volume(order: Proposal) -> Finding:
    """The quantity is at most the limit's part of the shares traded on an average day."""
    volume = None if order.inputs.instrument is None else order.inputs.instrument.average_volume
    largest = None if volume is None else volume * order.inputs.limits.max_share_of_average_volume
    return at_most(order.quantity, largest, quantity=order.quantity, limit=largest, average_volume=volume)
