"""Buy and hold: always long, brought back to its size when it has drifted out of a band.

The band is the tolerance-band rebalancing of Perold and Sharpe's constant mix: Dynamic Strategies for Asset
Allocation. Financial Analysts Journal 44 (1988), 16-27. With the sizing percentOfEquity the weight stays in the band.
"""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from stockbot.events.market import Bar
from stockbot.model.strategies.strategy import Strategy
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Target, Wish


class BuyAndHoldParameters(Struct, frozen=True, kw_only=True):
    band_percent: Annotated[
        float, Meta(ge=0, le=100, description="How far the position may drift from its size, in percent of it.")
    ] = 10.0


class BuyAndHold(Strategy[BuyAndHoldParameters]):
    """Buys at once and keeps; trades again only when the position has left the band around its size."""

    version = "1"
    Parameters = BuyAndHoldParameters

    @classmethod
    def warmup(cls, parameters: BuyAndHoldParameters) -> int:
        return 1

    def on_bar(self, bar: Bar, view: View) -> Sequence[Wish]:
        band = self.parameters.band_percent
        words = f"buy and hold, within {band:g} % of its size"
        return [Target(fraction=1.0, reason=words, indicators={"close": float(bar.close)}, band=band / 100)]
