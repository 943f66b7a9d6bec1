"""Statistics of finished trades, from flat to flat, in the order in which they closed. Profits are after fees.

Sources: profit factor, expectancy and streaks as in Kaufman, "Trading Systems and Methods", ch. 21; excursions as in
Sweeney, "Maximum Adverse Excursion", 1997.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from statistics import fmean


def win_rate(profits: Sequence[float]) -> float:
    """The share of trades that brought more than nothing."""
    return sum(profit > 0 for profit in profits) / len(profits)


def profit_factor(profits: Sequence[float]) -> float | None:
    """What winners brought over what losers took. None where nothing was lost."""
    lost = -sum(profit for profit in profits if profit < 0)
    return sum(profit for profit in profits if profit > 0) / lost if lost else None


def expectancy(profits: Sequence[float]) -> float:
    """The mean profit of a trade."""
    return fmean(profits)


def average_win(profits: Sequence[float]) -> float | None:
    wins = [profit for profit in profits if profit > 0]
    return fmean(wins) if wins else None


def average_loss(profits: Sequence[float]) -> float | None:
    """The mean of what losing trades brought: below zero."""
    losses = [profit for profit in profits if profit < 0]
    return fmean(losses) if losses else None


def longest_streak(profits: Sequence[float], counts: Callable[[float], bool]) -> int:
    """The most trades in a row that count."""
    runs = (len(list(run)) for matched, run in groupby(profits, counts) if matched)
    return max(runs, default=0)
