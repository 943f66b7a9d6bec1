"""Time-series momentum: long what has risen over the last year, looked at once a month.

The rule, twelve months of looking back and one of holding, is that of Moskowitz, Ooi and Pedersen: Time Series
Momentum. Journal of Financial Economics 104 (2012), 228-250. They take the return in excess of the Treasury bill, here
it is the plain return; they scale each position to a volatility of 40 % a year: choose the sizing volatilityTarget.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from stockbot.events.market import Bar
from stockbot.model.strategies.indicators import RateOfChange
from stockbot.model.strategies.strategy import Strategy
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Target, Wish


class TimeSeriesMomentumParameters(Struct, frozen=True, kw_only=True):
    lookback: Annotated[int, Meta(ge=1, le=5000, description="Bars that the return is measured over.")] = 252
    bars_per_month: Annotated[
        int, Meta(ge=1, le=50_000, description="At least the bars of the longest month: 23 for bars of a day.")
    ] = 23
    short: Annotated[bool, Meta(description="Whether to sell short what has fallen.")] = False


class TimeSeriesMomentum(Strategy[TimeSeriesMomentumParameters]):
    """Holds for a month what has risen over the last year; made for bars of a day."""

    version = "1"
    Parameters = TimeSeriesMomentumParameters

    def __init__(self, parameters: TimeSeriesMomentumParameters) -> None:
        super().__init__(parameters)
        self._change = RateOfChange(parameters.lookback)
        self._month: tuple[int, int] | None = None
        self._wishes: Sequence[Wish] = ()

    @classmethod
    def warmup(cls, parameters: TimeSeriesMomentumParameters) -> int:
        return parameters.lookback + parameters.bars_per_month

    def on_bar(self, bar: Bar, view: View) -> Sequence[Wish]:
        change, month = self._change.update(float(bar.close)), _month(bar.start)
        if change is not None and self._month not in {None, month}:
            self._wishes = self._judge(change)
        self._month = month
        return self._wishes

    def _judge(self, change: float) -> Sequence[Wish]:
        if change == 0:
            return ()
        fraction = 1.0 if change > 0 else -1.0 if self.parameters.short else 0.0
        words = f"at the turn of the month the price is {change:+.1f} % off that of {self.parameters.lookback} bars ago"
        return [Target(fraction=fraction, reason=words, indicators={"return_percent": change})]


def _month(at: datetime) -> tuple[int, int]:
    return at.year, at.month
