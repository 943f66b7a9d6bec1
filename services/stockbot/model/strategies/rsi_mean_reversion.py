"""RSI mean reversion: buys what has fallen too fast and sells it when the strength is back.

The relative strength index and its levels 30 and 70 are Wilder's: New Concepts in Technical Trading Systems (1978).
The exit at the middle, 50, is this strategy's own choice and a parameter.
"""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from stockbot.events.market import Bar
from stockbot.model.strategies.indicators import WILDER_MEMORY, RelativeStrength
from stockbot.model.strategies.stance import next_stance
from stockbot.model.strategies.strategy import Strategy
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Target, Wish

_REASONS = {1: "is below the oversold level", -1: "is above the overbought level", 0: "is back at the middle"}


class RsiMeanReversionParameters(Struct, frozen=True, kw_only=True):
    period: Annotated[int, Meta(ge=2, le=500, description="Bars of the index.")] = 14
    oversold: Annotated[float, Meta(ge=0, le=100, description="Below this it buys.")] = 30.0
    overbought: Annotated[float, Meta(ge=0, le=100, description="Above this it may sell short.")] = 70.0
    middle: Annotated[float, Meta(ge=0, le=100, description="Where it closes what it holds.")] = 50.0
    short: Annotated[bool, Meta(description="Whether to sell short what is overbought.")] = False

    def __post_init__(self) -> None:
        if not self.oversold < self.middle < self.overbought:
            given = f"{self.oversold:g}, {self.middle:g} and {self.overbought:g}"
            raise ValueError(f"parameters oversold, middle and overbought must rise in this order, not {given}")


class RsiMeanReversion(Strategy[RsiMeanReversionParameters]):
    """Buys when the relative strength index says oversold, and closes when it is back at the middle."""

    version = "1"
    Parameters = RsiMeanReversionParameters

    def __init__(self, parameters: RsiMeanReversionParameters) -> None:
        super().__init__(parameters)
        self._strength = RelativeStrength(parameters.period)

    @classmethod
    def warmup(cls, parameters: RsiMeanReversionParameters) -> int:
        return WILDER_MEMORY * parameters.period + 1

    def on_bar(self, bar: Bar, view: View) -> Sequence[Wish]:
        rsi = self._strength.update(float(bar.close))
        if rsi is None:
            return ()
        stance = self._stance(rsi, view)
        if stance is None:
            return ()
        return [Target(fraction=stance, reason=f"the RSI {rsi:.1f} {_REASONS[stance]}", indicators={"rsi": rsi})]

    def _stance(self, rsi: float, view: View) -> int | None:
        return next_stance(
            view.expected,
            buy=rsi < self.parameters.oversold,
            sell=self.parameters.short and rsi > self.parameters.overbought,
            close_long=rsi >= self.parameters.middle,
            close_short=rsi <= self.parameters.middle,
        )
