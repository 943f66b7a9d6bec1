"""Each statistic of a series against an independent computation by numpy."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockbot.model.statistics import returns

Series = list[float]
Array = np.ndarray[tuple[int], np.dtype[np.float64]]

daily = st.lists(st.floats(-0.2, 0.2), min_size=2, max_size=60)
RISK_FREE = 0.02
DAILY = (1 + RISK_FREE) ** (1 / 252) - 1


def growths(changes: Series) -> Series:
    """From one unit of money on."""
    return [1.0, *np.cumprod(1 + np.array(changes)).tolist()]


def drawdowns(series: Array) -> Array:
    peaks = np.maximum.accumulate(series)
    return (peaks - series) / peaks


BY_NUMPY: list[tuple[Callable[[Series], float | None], Callable[[Array], float]]] = [
    (returns.annual_return, lambda r: float(np.mean(r) * 252)),
    (returns.volatility, lambda r: float(np.std(r, ddof=1) * np.sqrt(252))),
    (lambda r: returns.sharpe(r, RISK_FREE), lambda r: float(np.mean(r - DAILY) / np.std(r, ddof=1) * np.sqrt(252))),
    (
        lambda r: returns.sortino(r, RISK_FREE),
        lambda r: float(np.mean(r - DAILY) / np.sqrt(np.mean(np.minimum(r - DAILY, 0) ** 2)) * np.sqrt(252)),
    ),
    (returns.value_at_risk, lambda r: float(-np.percentile(r, 5))),
]


@pytest.mark.parametrize(("ours", "theirs"), BY_NUMPY)
@given(changes=daily)
@settings(max_examples=60)
def test_of_daily_returns(
    ours: Callable[[Series], float | None], theirs: Callable[[Array], float], changes: Series
) -> None:
    """The same to nine digits; where there is no spread at all, there is no ratio."""
    found, series = ours(changes), np.array(changes)
    if found is None:
        assert np.std(series, ddof=1) < 1e-9 or np.all(series >= DAILY)
    elif np.std(series, ddof=1) > 1e-9:
        assert found == pytest.approx(theirs(series), rel=1e-9, abs=1e-12)


@given(changes=daily)
@settings(max_examples=100)
def test_of_growths(changes: Series) -> None:
    """Total return, compound rate, deepest drawdown and Calmar, and the returns that lead to the growths."""
    series = growths(changes)
    array = np.array(series)
    assert returns.changes(series) == pytest.approx(changes, abs=1e-12)
    assert returns.total_return(series) == pytest.approx(np.prod(1 + np.array(changes)) - 1, abs=1e-12)
    years = len(changes) * 1.4 / 365.25
    rate = returns.growth_rate(series, len(changes) * 1.4)
    assert rate == pytest.approx(np.expm1(np.log(array[-1]) / years), rel=1e-9, abs=1e-9)
    deepest = returns.max_drawdown(series)
    assert deepest == pytest.approx(float(drawdowns(array).max()), abs=1e-12)
    calmar = returns.calmar(rate, deepest)
    assert calmar is None if deepest == 0 else calmar == pytest.approx(rate / drawdowns(array).max(), rel=1e-9)


@given(changes=daily)
@settings(max_examples=100)
def test_the_longest_time_below_a_peak(changes: Series) -> None:
    """From the peak's day to the day that reaches it again, or to the last day."""
    series = growths(changes)
    days = [float(day) for day in range(len(series))]
    longest = 0.0
    for start, peak in enumerate(series):
        below = next((n for n in range(start + 1, len(series)) if series[n] >= peak), len(series) - 1)
        if below > start and min(series[start : below + 1]) < peak:
            longest = max(longest, days[below] - days[start])
    assert returns.drawdown_days(series, days) == longest


def test_a_total_loss_has_a_rate() -> None:
    """Everything gone is minus 100 % a year, not an error."""
    assert returns.growth_rate([1.0, 0.0], 10) == -1
    assert math.isclose(returns.max_drawdown([1.0, 0.0]), 1)


def test_known_figures() -> None:
    """A year of 252 days at 0.1 % a day, and the deepest of three falls."""
    series = growths([0.001] * 252)
    assert returns.total_return(series) == pytest.approx(1.001**252 - 1)
    assert returns.growth_rate(series, 365.25) == pytest.approx(1.001**252 - 1)
    assert returns.sharpe([0.001] * 3, 0) is None
    rounded = returns.changes([round(1.001**day, 12) for day in range(20)])  # growths are kept to twelve places
    assert returns.sharpe(rounded, 0) is None
    assert returns.sortino(returns.changes([1.0, 1.0 - 1e-12, 1.0]), 0) is None
    assert returns.max_drawdown([100, 120, 90, 130, 104, 125]) == 0.25
    assert returns.drawdown_days([100, 120, 90, 130, 104, 125], [0, 1, 2, 3, 4, 5]) == 2
