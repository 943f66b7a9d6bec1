"""Moving-average cross: long while the fast average is above the slow one.

It is the variable-length moving-average rule with a band, of Brock, Lakonishok and LeBaron: Simple Technical Trading
Rules and the Stochastic Properties of Stock Returns. Journal of Finance 47 (1992), 1731-1764. Between the bands the
position stays.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from stockbot.events.market import Bar
from stockbot.model.strategies.indicators import EXPONENTIAL_MEMORY, ExponentialAverage, SimpleAverage
from stockbot.model.strategies.strategy import Strategy
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Target, Wish


class Average(StrEnum):
    SIMPLE = "simple"
    EXPONENTIAL = "exponential"


class MovingAverageCrossParameters(Struct, frozen=True, kw_only=True):
    fast: Annotated[int, Meta(ge=1, le=1000, description="Bars of the fast average.")] = 20
    slow: Annotated[int, Meta(ge=2, le=2000, description="Bars of the slow average, more than fast.")] = 50
    average: Annotated[Average, Meta(description="How the averages weigh their bars.")] = Average.SIMPLE
    band_percent: Annotated[
        float, Meta(ge=0, le=50, description="How far the averages must be apart, in percent of the slow one.")
    ] = 0.0
    short: Annotated[bool, Meta(description="Whether to sell short while fast is below slow.")] = False

    def __post_init__(self) -> None:
        if self.fast >= self.slow:
            raise ValueError(f"parameter fast is {self.fast}, but must be below slow, which is {self.slow}")


class MovingAverageCross(Strategy[MovingAverageCrossParameters]):
    """Follows the trend: long while a fast moving average is above a slow one, else flat or short."""

    version = "1"
    Parameters = MovingAverageCrossParameters

    def __init__(self, parameters: MovingAverageCrossParameters) -> None:
        super().__init__(parameters)
        average = SimpleAverage if parameters.average is Average.SIMPLE else ExponentialAverage
        self._fast, self._slow = average(parameters.fast), average(parameters.slow)

    @classmethod
    def warmup(cls, parameters: MovingAverageCrossParameters) -> int:
        return parameters.slow * (1 if parameters.average is Average.SIMPLE else EXPONENTIAL_MEMORY)

    def on_bar(self, bar: Bar, view: View) -> Sequence[Wish]:
        close = float(bar.close)
        fast, slow = self._fast.update(close), self._slow.update(close)
        return () if fast is None or slow is None else self._wishes(fast, slow)

    def _wishes(self, fast: float, slow: float) -> Sequence[Wish]:
        apart = abs(slow) * self.parameters.band_percent / 100
        if abs(fast - slow) <= apart:
            return ()
        up = fast > slow
        words = f"the fast average {fast:g} is {'above' if up else 'below'} the slow one {slow:g}"
        fraction = 1.0 if up else -1.0 if self.parameters.short else 0.0
        return [Target(fraction=fraction, reason=words, indicators={"fast": fast, "slow": slow})]
