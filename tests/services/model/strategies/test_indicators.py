"""Every indicator against TA-Lib on real prices, and what ours promise beyond it: windows, finiteness, stillness."""

import pickle
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st
from talipp.indicators import EMA  # type: ignore[import-untyped]  # ships no types

from stockbot.events.market import Bar
from stockbot.model.strategies.indicators import (
    EXPONENTIAL_MEMORY,
    WILDER_MEMORY,
    BollingerBands,
    DonchianChannel,
    ExponentialAverage,
    RateOfChange,
    RelativeStrength,
    SimpleAverage,
    smoothing_weights,
)

Days = Callable[..., list[Bar]]
SYMBOLS = ["AAPL", "IBM", "SPX"]
EXACT = 1e-9  # relative: the settling to 12 digits and the order of additions


def closes(bars: Sequence[Bar]) -> np.ndarray[Any, Any]:
    return np.array([float(bar.close) for bar in bars])


def series(indicator: Any, values: Sequence[Any]) -> list[Any]:
    return [indicator.update(value) for value in values]


def compare(ours: Sequence[float | None], theirs: np.ndarray[Any, Any], tolerance: float = EXACT) -> None:
    """The same bars without a value, and equal values after them."""
    numbers = np.array([np.nan if value is None else value for value in ours])
    np.testing.assert_allclose(numbers, theirs, rtol=tolerance, atol=1e-9)


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("period", [2, 20, 200])
def test_the_simple_average_is_that_of_ta_lib(days: Days, symbol: str, period: int) -> None:
    """Value for value over years of real closes, and no value before the window is full."""
    prices = closes(days(symbol))
    compare(series(SimpleAverage(period), prices.tolist()), talib.SMA(prices, period))


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_bollinger_bands_are_those_of_ta_lib(days: Days, symbol: str) -> None:
    """All three bands, with the population's standard deviation."""
    prices = closes(days(symbol))
    bands = series(BollingerBands(20, 2.0), prices.tolist())
    upper, middle, lower = talib.BBANDS(prices, 20, 2.0, 2.0)
    for name, theirs in (("upper", upper), ("middle", middle), ("lower", lower)):
        compare([band and getattr(band, name) for band in bands], theirs)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_the_donchian_channel_is_the_extremes_of_ta_lib(days: Days, symbol: str) -> None:
    """The highest high and the lowest low of the window."""
    bars = days(symbol)
    channels = series(DonchianChannel(20), bars)
    compare([c and c.upper for c in channels], talib.MAX(np.array([float(bar.high) for bar in bars]), 20))
    compare([c and c.lower for c in channels], talib.MIN(np.array([float(bar.low) for bar in bars]), 20))


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_the_rate_of_change_is_that_of_ta_lib(days: Days, symbol: str) -> None:
    """In percent of the price a period ago."""
    prices = closes(days(symbol))
    compare(series(RateOfChange(252), prices.tolist()), talib.ROC(prices, 252))


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("period", [1, 12, 50])
def test_the_exponential_average_is_that_of_ta_lib_over_its_window(days: Days, symbol: str, period: int) -> None:
    """Given the same four periods, TA-Lib and talipp, which both seed with the first one's mean, say the same."""
    prices = closes(days(symbol))
    size = EXPONENTIAL_MEMORY * period
    ours = series(ExponentialAverage(period), prices.tolist())
    for end in range(size, len(prices), 37):
        window = prices[end - size : end]
        theirs = window[-1] if period == 1 else talib.EMA(window, period)[-1]  # TA-Lib begins at two
        assert ours[end - 1] == pytest.approx(theirs, rel=EXACT)
        assert ours[end - 1] == pytest.approx(EMA(period, window.tolist())[-1], rel=EXACT)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_what_the_exponential_average_forgets_is_little(days: Days, symbol: str) -> None:
    """Against TA-Lib's endless memory the difference stays below 0.05 % of the price."""
    prices = closes(days(symbol))
    for period in (12, 50):
        ours = series(ExponentialAverage(period), prices.tolist())
        full = EXPONENTIAL_MEMORY * period
        np.testing.assert_allclose(ours[full:], talib.EMA(prices, period)[full:], rtol=0.0005)


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("period", [2, 14])
def test_the_rsi_is_that_of_ta_lib_over_its_window(days: Days, symbol: str, period: int) -> None:
    """Given the same eight periods of changes, seeded with the mean of the first `period` of them, as Wilder does."""
    prices = closes(days(symbol))
    size = WILDER_MEMORY * period + 1
    ours = series(RelativeStrength(period), prices.tolist())
    for end in range(size, len(prices), 37):
        assert ours[end - 1] == pytest.approx(talib.RSI(prices[end - size : end], period)[-1], rel=EXACT)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_what_the_rsi_forgets_is_little(days: Days, symbol: str) -> None:
    """Against TA-Lib's endless memory the difference stays below a tenth of a point."""
    prices = closes(days(symbol))
    ours = series(RelativeStrength(14), prices.tolist())
    full = WILDER_MEMORY * 14
    np.testing.assert_allclose(ours[full:], talib.RSI(prices, 14)[full:], atol=0.1)


MAKERS: list[tuple[Callable[[], Any], int]] = [
    (lambda: SimpleAverage(20), 20),
    (lambda: ExponentialAverage(10), 40),
    (lambda: RelativeStrength(5), 41),
    (lambda: BollingerBands(20, 2.0), 20),
    (lambda: RateOfChange(20), 21),
]


@pytest.mark.parametrize(("make", "window"), MAKERS)
def test_a_value_depends_on_its_window_alone(days: Days, make: Callable[[], Any], window: int) -> None:
    """Watching since years or since the window began gives the same float, to the last bit."""
    prices = closes(days("AAPL")).tolist()
    long = series(make(), prices)
    for end in range(window, len(prices), 53):
        assert series(make(), prices[end - window : end])[-1] == long[end - 1]


@pytest.mark.parametrize("make", [make for make, _ in MAKERS])
def test_memory_does_not_grow(make: Callable[[], Any]) -> None:
    """Hundreds of bars later an indicator is no larger than it was when its window was full."""
    indicator = make()
    sizes = [len(pickle.dumps((indicator.update(100.0 + number % 7), indicator))) for number in range(300)]
    assert max(sizes[60:]) <= max(sizes[:60]) * 1.1


@pytest.mark.parametrize(("make", "window"), MAKERS)
@given(prices=st.lists(st.floats(1e-6, 1e12), min_size=45, max_size=60))
def test_values_are_finite(make: Callable[[], Any], window: int, prices: list[float]) -> None:
    """Whatever the prices: None until the window is full, then finite numbers."""
    values = series(make(), prices)
    assert values[: window - 1] == [None] * (window - 1)
    for value in values[window - 1 :]:
        assert np.isfinite([value] if isinstance(value, float) else [value.lower, value.middle, value.upper]).all()


@pytest.mark.parametrize(("make", "window"), MAKERS)
@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
def test_nan_is_refused_at_the_door(make: Callable[[], Any], window: int, poison: float) -> None:
    """NaN and Infinity raise before they are remembered."""
    del window
    with pytest.raises(ValueError, match="finite"):
        make().update(poison)


@given(cents=st.integers(1, 10**9), period=st.integers(2, 60))
def test_in_a_market_that_stands_still_nothing_moves(cents: int, period: int) -> None:
    """Averages and bands are the price itself, whatever their period, and the RSI says neutral."""
    price = cents / 100
    still = [price] * (8 * period + 1)
    assert series(SimpleAverage(period), still)[-1] == price
    assert series(ExponentialAverage(period), still)[-1] == price
    bands = series(BollingerBands(period, 2.0), still)[-1]
    assert bands.lower <= price <= bands.upper
    assert bands.upper - bands.lower <= price * 1e-11
    assert series(RelativeStrength(period), still)[-1] == 50.0


@given(alpha=st.floats(0.001, 1), seed=st.integers(1, 50), memory=st.integers(1, 8))
def test_smoothing_weights_are_a_mean(alpha: float, seed: int, memory: int) -> None:
    """There is one for each value, none is below zero, and together they are one."""
    weights = smoothing_weights(alpha, seed, seed * memory)
    assert len(weights) == seed * memory
    assert min(weights) >= 0
    assert sum(weights) == pytest.approx(1)
