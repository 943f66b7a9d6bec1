"""Bollinger reversion: buys a close below the lower band and sells it at the middle one.

The bands, 20 bars and two population standard deviations, are those of John Bollinger: Bollinger on Bollinger Bands
(2001). He holds that a touch of a band alone is no signal; trading it as one is the common reversion rule tested here.
"""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from stockbot.events.market import Bar
from stockbot.model.strategies.indicators import BollingerBands, Channel
from stockbot.model.strategies.stance import next_stance
from stockbot.model.strategies.strategy import Strategy
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Target, Wish

_REASONS = {1: "is below the lower band", -1: "is above the upper band", 0: "is back at the middle band"}


class BollingerReversionParameters(Struct, frozen=True, kw_only=True):
    period: Annotated[int, Meta(ge=2, le=1000, description="Bars of the bands.")] = 20
    deviations: Annotated[
        float, Meta(gt=0, le=10, description="Standard deviations from the middle to either band.")
    ] = 2.0
    short: Annotated[bool, Meta(description="Whether to sell short above the upper band.")] = False


class BollingerReversion(Strategy[BollingerReversionParameters]):
    """Buys a close below the lower Bollinger band, and closes at the middle band."""

    version = "1"
    Parameters = BollingerReversionParameters

    def __init__(self, parameters: BollingerReversionParameters) -> None:
        super().__init__(parameters)
        self._bands = BollingerBands(parameters.period, parameters.deviations)

    @classmethod
    def warmup(cls, parameters: BollingerReversionParameters) -> int:
        return parameters.period

    def on_bar(self, bar: Bar, view: View) -> Sequence[Wish]:
        close = float(bar.close)
        bands = self._bands.update(close)
        return () if bands is None else self._wishes(close, bands, view)

    def _wishes(self, close: float, bands: Channel, view: View) -> Sequence[Wish]:
        stance = next_stance(
            view.expected,
            buy=close < bands.lower,
            sell=self.parameters.short and close > bands.upper,
            close_long=close >= bands.middle,
            close_short=close <= bands.middle,
        )
        if stance is None:
            return ()
        values = {"close": close, "lower": bands.lower, "middle": bands.middle, "upper": bands.upper}
        return [Target(fraction=stance, reason=f"the close {close:g} {_REASONS[stance]}", indicators=values)]
