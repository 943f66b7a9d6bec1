"""Alpha and beta: what part of the returns the benchmark explains, and what is left."""

from collections.abc import Mapping, Sequence
from statistics import covariance, fmean, variance

from stockbot.model.statistics.returns import TRADING_DAYS, changes, daily_rate


def aligned(own: Mapping[str, float], benchmark: Mapping[str, float]) -> tuple[list[float], list[float]]:
    """The returns of both over the same days: from each date that both have to the next one."""
    dates = sorted(own.keys() & benchmark.keys())
    return changes([own[date] for date in dates]), changes([benchmark[date] for date in dates])


def beta(own: Sequence[float], benchmark: Sequence[float]) -> float | None:
    """Covariance with the benchmark over the benchmark's variance (Sharpe, J. Finance, 1964). None without any."""
    spread = variance(benchmark)
    return covariance(own, benchmark) / spread if spread else None


def alpha(own: Sequence[float], benchmark: Sequence[float], risk_free: float) -> float | None:
    """Jensen's alpha (J. Finance, 1968) a year: mean excess return, less beta times the benchmark's, times 252."""
    slope, rate = beta(own, benchmark), daily_rate(risk_free)
    if slope is None:
        return None
    return (fmean(own) - rate - slope * (fmean(benchmark) - rate)) * TRADING_DAYS
