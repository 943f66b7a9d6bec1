"""May anything be traded at all: the trading state, what is known of the account, and who is alive."""

from stockbot.events.trading import Flattening
from stockbot.model.risk.checks.finding import Finding, at_most
from stockbot.model.risk.proposal import Proposal
from stockbot.model.risk.trading_state import TradingState


def not_halted(order: Proposal) -> Finding:
    """The trading state is not Halted, or the order is a reduction of a flatten that an admin has confirmed."""
    state = order.inputs.trading_state
    confirmed = order.reduction and order.inputs.signal.flatten is Flattening.CONFIRMED
    return Finding(state is not TradingState.HALTED or confirmed, {"state": state})


def not_reducing(order: Proposal) -> Finding:
    """The trading state is not Reducing."""
    state = order.inputs.trading_state
    return Finding(state is not TradingState.REDUCING, {"state": state})


def account_known(order: Proposal) -> Finding:
    """The account's cash and positions are known."""
    account, known = order.inputs.signal.account, order.inputs.standing.known
    return Finding(known, {"account": account, "known": str(known).lower()})


def market_data_alive(order: Proposal) -> Finding:
    """Market data has come lately, for any symbol."""
    at, limit = order.inputs.health.market_data_at, order.inputs.limits.stale_after_seconds
    age = None if at is None else (order.inputs.now - at).total_seconds()
    return at_most(age, limit, age_seconds=age, limit=limit)


def services_alive(order: Proposal) -> Finding:
    """Every service that an order needs shows its heartbeat."""
    silent = order.inputs.health.silent
    return Finding(not silent, {"silent": ",".join(silent) or "none"})
