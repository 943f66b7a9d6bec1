"""Are there too many orders: working at one time, and approved in the last minute."""

from stockbot.model.risk.checks.finding import Finding, at_most
from stockbot.model.risk.proposal import Proposal


def open_orders(order: Proposal) -> Finding:
    """With this one, at most the limit's number of orders are working."""
    orders, limit = order.inputs.standing.open_orders + 1, order.inputs.limits.max_open_orders
    return at_most(orders, limit, orders=orders, limit=limit)


def account_rate(order: Proposal) -> Finding:
    """With this one, the account has at most the limit's number of orders within a minute."""
    orders, limit = order.inputs.activity.account_orders + 1, order.inputs.limits.max_orders_per_minute
    return at_most(orders, limit, orders=orders, limit=limit)


def strategy_rate(order: Proposal) -> Finding:
    """With this one, the strategy has at most the limit's number of orders within a minute."""
    orders, limit = order.inputs.activity.strategy_orders + 1, order.inputs.limits.max_orders_per_minute_per_strategy
    return at_most(orders, limit, orders=orders, limit=limit)
