"""Has too much been lost already: today, since the peak, by this strategy, in a row."""

from datetime import timedelta

from stockbot.model.risk import loss
from stockbot.model.risk.checks.finding import Finding, at_most
from stockbot.model.risk.proposal import Proposal


def daily_loss(order: Proposal) -> Finding:
    """Since the session's start the account has lost at most the limit's part of what it started with."""
    return _within(loss.of_day(order.inputs.losses, order.inputs.standing.equity, order.inputs.limits))


def drawdown(order: Proposal) -> Finding:
    """Since its peak the account has lost at most the limit's part of the peak."""
    return _within(loss.from_peak(order.inputs.losses, order.inputs.standing.equity, order.inputs.limits))


def strategy_loss(order: Proposal) -> Finding:
    """Since the session's start the strategy has lost at most the limit's part of the account's equity."""
    return _within(loss.of_strategy(order.inputs.losses, order.inputs.limits))


def cooldown(order: Proposal) -> Finding:
    """After so many losing trades in a row the strategy has waited as long as the limit says."""
    limits, losses = order.inputs.limits, order.inputs.losses
    numbers = {"losses": losses.losses_in_a_row, "limit": limits.max_consecutive_losses}
    if losses.losses_in_a_row < limits.max_consecutive_losses:
        return Finding(True, {**numbers})
    if losses.last_loss_at is None:
        return Finding(False, {**numbers, "until": None})
    until = losses.last_loss_at + timedelta(minutes=limits.cooldown_minutes)
    return Finding(order.inputs.now >= until, {**numbers, "until": until})


def _within(lost: loss.Loss) -> Finding:
    return at_most(lost.amount, lost.limit, loss=lost.amount, limit=lost.limit, of=lost.base)
