"""Indicators over a fixed window, bar by bar. The strategies built in use them, and a person's own may.

Each takes one float, or one bar, a bar and returns its value, or None until its window is full. Values are floats and
always finite. A value depends on its window alone, not on the moment watching began: two processes that saw the
window agree to the last bit, so a restart, a replay and a backtest make the same signals.

- Simple average, Bollinger bands, Donchian channel and rate of change come from talipp, which is cut to its window
  before every step, so that its running sums do not drift.
- The exponential average and Wilder's RSI remember for ever by definition. Here they forget: 4 periods for the one, 8
  for the other, seeded with the plain average of the window's first period, as TA-Lib seeds its whole history. What is
  forgotten weighs at most 0.3 % and 0.1 %. talipp has no such window, and seeds RSI with one change too few.
- Values are settled to 12 digits, or in a market that stands still rounding would look like a crossing.
"""

from collections import deque
from collections.abc import Sequence
from operator import mul
from typing import Any

from msgspec import Struct
from talipp.indicators import BB, ROC, SMA, DonchianChannels  # type: ignore[import-untyped]  # ships no types
from talipp.ohlcv import OHLCV  # type: ignore[import-untyped]  # ships no types

from stockbot.events.market import Bar
from stockbot.events.numbers import check_finite

EXPONENTIAL_MEMORY = 4  # periods: (1 - 2/(n+1))^(3n) is about e^-6
WILDER_MEMORY = 8  # periods: (1 - 1/n)^(7n) is about e^-7
_NEUTRAL = 50.0


class Channel(Struct, frozen=True, gc=False):
    lower: float
    middle: float
    upper: float


class _Windowed:
    """An indicator of talipp that remembers `size` inputs and no more."""

    def __init__(self, indicator: Any, size: int) -> None:
        self._indicator = indicator
        self._size = size

    def update(self, value: float | OHLCV) -> Any:
        if len(self._indicator.input_values) == self._size:
            self._indicator.purge_oldest(1)
        self._indicator.add(value)
        return self._indicator[-1]


class SimpleAverage:
    """The mean of the last `period` values."""

    def __init__(self, period: int) -> None:
        self._average = _Windowed(SMA(period), period)

    def update(self, value: float) -> float | None:
        check_finite(value=value)
        average = self._average.update(value)
        return None if average is None else settled(average)


class ExponentialAverage:
    """The average with smoothing 2 / (period + 1) over the last 4 periods."""

    def __init__(self, period: int) -> None:
        self._weights = smoothing_weights(2 / (period + 1), period, EXPONENTIAL_MEMORY * period)
        self._values: deque[float] = deque(maxlen=len(self._weights))

    def update(self, value: float) -> float | None:
        check_finite(value=value)
        self._values.append(value)
        return _weighted(self._values, self._weights)


class RelativeStrength:
    """The RSI of Wilder (1978), 0 to 100, over the last 8 periods; 50 where no price changed.

    TA-Lib answers 0 and talipp 100 where no price changed: to a strategy that would be a signal.
    """

    def __init__(self, period: int) -> None:
        self._weights = smoothing_weights(1 / period, period, WILDER_MEMORY * period)
        self._gains: deque[float] = deque(maxlen=len(self._weights))
        self._losses: deque[float] = deque(maxlen=len(self._weights))
        self._before: float | None = None

    def update(self, value: float) -> float | None:
        check_finite(value=value)
        if self._before is not None:
            self._gains.append(max(0.0, value - self._before))
            self._losses.append(max(0.0, self._before - value))
        self._before = value
        gain, loss = _weighted(self._gains, self._weights), _weighted(self._losses, self._weights)
        return None if gain is None or loss is None else _relative_strength(gain, loss)


class BollingerBands:
    """The mean of the last `period` values, and `deviations` population standard deviations to either side."""

    def __init__(self, period: int, deviations: float) -> None:
        self._bands = _Windowed(BB(period, deviations), period)

    def update(self, value: float) -> Channel | None:
        check_finite(value=value)
        return _channel(self._bands.update(value))


class DonchianChannel:
    """The highest high and the lowest low of the last `period` bars."""

    def __init__(self, period: int) -> None:
        self._channel = _Windowed(DonchianChannels(period), period)

    def update(self, bar: Bar) -> Channel | None:
        prices = OHLCV(float(bar.open), float(bar.high), float(bar.low), float(bar.close))
        return _channel(self._channel.update(prices))


class RateOfChange:
    """The change over `period` values in percent of the first of them."""

    def __init__(self, period: int) -> None:
        self._change = _Windowed(ROC(period), period + 1)

    def update(self, value: float) -> float | None:
        check_finite(value=value)
        change = self._change.update(value)
        return None if change is None else settled(change)


def smoothing_weights(alpha: float, seed: int, size: int) -> tuple[float, ...]:
    """The weights, oldest first, of exponential smoothing over `size` values, the first `seed` of them averaged.

    It is the recursion average += alpha * (value - average) written as one sum.
    """
    steps = size - seed
    rest = (1 - alpha) ** steps / seed
    return (rest,) * seed + tuple(alpha * (1 - alpha) ** (steps - 1 - step) for step in range(steps))


def settled(value: float) -> float:
    """The value to 12 digits: beyond them is only what rounding left."""
    return float(f"{value:.12g}")


def _weighted(values: Sequence[float] | deque[float], weights: tuple[float, ...]) -> float | None:
    return settled(sum(map(mul, values, weights))) if len(values) == len(weights) else None


def _relative_strength(gain: float, loss: float) -> float:
    return _NEUTRAL if gain == loss else settled(100 * gain / (gain + loss))


def _channel(band: Any) -> Channel | None:
    return None if band is None else Channel(settled(band.lb), settled(band.cb), settled(band.ub))
