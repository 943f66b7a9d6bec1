"""Statistics of a series of growths, one for each trading day's close. Growth is of one unit of money, flows excluded.

A year has 252 trading days. `None` is returned by nothing here: too short a series is the caller's to see.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, quantiles, stdev

TRADING_DAYS = 252
DAYS_OF_YEAR = 365.25
NOISE = 1e-10  # a spread of returns below it is the rounding of growths, which have twelve places
_PERCENTILES = 20  # the first of them is the fifth percentile


def changes(growths: Sequence[float]) -> list[float]:
    """The return from each growth to the next."""
    return [after / before - 1 for before, after in pairwise(growths)]


def total_return(growths: Sequence[float]) -> float:
    """Last growth over first, less one: the time-weighted return (CFA Institute, GIPS 2020, "TWR")."""
    return growths[-1] / growths[0] - 1


def annual_return(returns: Sequence[float]) -> float:
    """Arithmetic mean of the daily returns, times 252 (Sharpe, "The Sharpe Ratio", J. Portfolio Management, 1994)."""
    return fmean(returns) * TRADING_DAYS


def growth_rate(growths: Sequence[float], days: float) -> float:
    """Compound annual growth rate over so many calendar days: (last / first) ^ (365.25 / days) - 1."""
    ratio = growths[-1] / growths[0]
    return -1.0 if ratio <= 0 else math.pow(ratio, DAYS_OF_YEAR / days) - 1


def volatility(returns: Sequence[float]) -> float:
    """Sample standard deviation of the daily returns, times the root of 252 (Hull, "Options", ch. 15)."""
    return stdev(returns) * math.sqrt(TRADING_DAYS)


def daily_rate(yearly: float) -> float:
    """The rate that compounds to the yearly one over 252 days."""
    return math.pow(1 + yearly, 1 / TRADING_DAYS) - 1


def sharpe(returns: Sequence[float], risk_free: float) -> float | None:
    """Mean excess return over its standard deviation, times the root of 252 (Sharpe, 1994). None without any spread."""
    excess = [each - daily_rate(risk_free) for each in returns]
    spread = stdev(excess)
    return fmean(excess) / spread * math.sqrt(TRADING_DAYS) if spread > NOISE else None


def sortino(returns: Sequence[float], risk_free: float) -> float | None:
    """Mean excess return over downside deviation, times the root of 252 (Sortino and Price, J. Investing, 1994).

    The deviation is over all days, those above the target counting as zero. None where no day was below it.
    """
    excess = [each - daily_rate(risk_free) for each in returns]
    downside = math.sqrt(fmean([min(0.0, each) ** 2 for each in excess]))
    return fmean(excess) / downside * math.sqrt(TRADING_DAYS) if downside > NOISE else None


def max_drawdown(growths: Sequence[float]) -> float:
    """The deepest fall from a peak, as a fraction of the peak (Magdon-Ismail and Atiya, Risk, 2004)."""
    peak, deepest = growths[0], 0.0
    for each in growths:
        peak = max(peak, each)
        deepest = max(deepest, (peak - each) / peak) if peak > 0 else deepest
    return deepest


def drawdown_days(growths: Sequence[float], days: Sequence[float]) -> float:
    """The longest time from a peak until it was reached again, or until now; `days` are the growths' times in days."""
    longest, peak, since, under = 0.0, growths[0], days[0], False
    for each, day in zip(growths, days, strict=True):
        if under or each < peak:
            longest = max(longest, day - since)
        under = each < peak
        if not under:
            peak, since = each, day
    return longest


def calmar(rate: float, drawdown: float) -> float | None:
    """Compound growth rate over the deepest drawdown (Young, Futures, 1991). None without a drawdown."""
    return rate / drawdown if drawdown else None


def value_at_risk(returns: Sequence[float]) -> float:
    """The loss of a day that 95 % of the days stay above: minus the fifth percentile of the returns, by history.

    Linear between neighbours (Hyndman and Fan, American Statistician, 1996, type 7).
    """
    return -quantiles(returns, n=_PERCENTILES, method="inclusive")[0]
