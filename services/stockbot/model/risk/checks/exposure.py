"""Is the account too exposed after the trade, with every working order that makes it worse filled."""

from collections.abc import Mapping
from decimal import Decimal

from stockbot.events.trading import Side
from stockbot.model.risk.account import NOTHING
from stockbot.model.risk.book import total
from stockbot.model.risk.checks.finding import Finding, at_most, part_of
from stockbot.model.risk.proposal import Proposal


def position_notional(order: Proposal) -> Finding:
    """The position's value is at most the limit."""
    value, limit = order.after.largest, order.inputs.limits.max_position_notional
    return at_most(value, limit, value=value, limit=limit)


def position_weight(order: Proposal) -> Finding:
    """The position is at most the limit's part of equity."""
    return _of_equity(order, order.after.largest, order.inputs.limits.max_position_weight)


def gross_exposure(order: Proposal) -> Finding:
    """All positions together, long and short, are at most the limit's multiple of equity."""
    gross = total((order.inputs.standing.gross, order.after.largest))
    return _of_equity(order, gross, order.inputs.limits.max_gross_exposure)


def net_exposure(order: Proposal) -> Finding:
    """Long less short positions are at most the limit's multiple of equity, whichever side is larger."""
    elsewhere = order.inputs.standing
    highest = total((elsewhere.highest, order.after.highest))
    lowest = total((elsewhere.lowest, order.after.lowest))
    net = None if highest is None or lowest is None else max(abs(highest), abs(lowest))
    return _of_equity(order, net, order.inputs.limits.max_net_exposure)


def group_weight(order: Proposal) -> Finding:
    """Each group that the symbol is in is at most the limit's part of equity."""
    here = order.after.largest
    values = {name: total((value, here)) for name, value in order.inputs.standing.groups.items()}
    if not values:
        return Finding(True, {"groups": "none"})
    name = max(values, key=lambda group: _or_largest(values, group))
    found = _of_equity(order, values[name], order.inputs.limits.max_group_weight)
    return Finding(found.passed, {"group": name, **found.numbers})


def short_allowed(order: Proposal) -> Finding:
    """The position stays at or above zero, unless short selling is allowed for account and symbol."""
    instrument, lowest = order.inputs.instrument, order.after.position - order.after.leaves(Side.SELL)
    allowed = order.inputs.limits.allow_short and instrument is not None and instrument.shortable
    return Finding(allowed or lowest >= NOTHING, {"position": lowest, "allowed": str(allowed).lower()})


def _of_equity(order: Proposal, value: Decimal | None, part: Decimal) -> Finding:
    equity = order.inputs.standing.equity
    limit = part_of(equity, part)
    return at_most(value, limit, value=value, limit=limit, equity=equity)


def _or_largest(values: Mapping[str, Decimal | None], group: str) -> Decimal:
    value = values[group]
    return Decimal("Infinity") if value is None else value
