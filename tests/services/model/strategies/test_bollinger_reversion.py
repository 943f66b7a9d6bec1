"""Reversion from the Bollinger bands, by hand."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from stockbot.events.market import Bar
from stockbot.model.strategies.bollinger_reversion import BollingerReversion, BollingerReversionParameters
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Target

MakeBars = Callable[..., list[Bar]]


@pytest.mark.parametrize(
    ("closes", "held", "short", "fraction"),
    [
        ([10, 10, 10, 6], 0, False, 1),  # mean 9, deviation 1.73: the lower band is 7.27
        ([10, 10, 10, 6], 5, False, None),
        ([10, 10, 10, 14], 0, False, None),
        ([10, 10, 10, 14], 0, True, -1),
        ([10, 10, 10, 14], 5, False, 0),
        ([10, 10, 10, 10], 5, False, 0),
        ([10, 8, 10, 9], 5, False, None),
        ([10, 8, 10, 9], -5, True, 0),
        ([10, 10, 6], 0, False, None),
    ],
)
def test_when_it_trades(make_bars: MakeBars, closes: list[int], held: int, short: bool, fraction: int | None) -> None:
    """Buys below the lower band, closes at the middle, sells above the upper one where it may."""
    parameters = BollingerReversionParameters(period=4, deviations=1.0, short=short)
    strategy = BollingerReversion(parameters)
    *before, last = make_bars(closes)
    for bar in before:
        strategy.on_bar(bar, View())
    wishes = strategy.on_bar(last, View(position=Decimal(held)))
    assert [wish.fraction for wish in wishes if isinstance(wish, Target)] == ([] if fraction is None else [fraction])


def test_the_bands_are_among_the_indicators(make_bars: MakeBars) -> None:
    """Close, lower, middle and upper band explain the wish."""
    strategy = BollingerReversion(BollingerReversionParameters(period=4, deviations=1.0))
    wish = [strategy.on_bar(bar, View()) for bar in make_bars([10, 10, 10, 6])][-1][0]
    assert isinstance(wish, Target)
    assert wish.indicators == pytest.approx({"close": 6, "lower": 7.267949, "middle": 9, "upper": 10.732051})
    assert wish.reason == "the close 6 is below the lower band"
