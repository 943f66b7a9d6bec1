"""The cross of two averages, by hand."""

from collections.abc import Callable

import pytest

from stockbot.events.market import Bar
from stockbot.model.strategies.moving_average_cross import Average, MovingAverageCross, MovingAverageCrossParameters
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Target

MakeBars = Callable[..., list[Bar]]
RISE_AND_FALL = [10, 10, 10, 12, 14, 12, 8, 6]


def fractions(parameters: MovingAverageCrossParameters, bars: list[Bar]) -> list[float | None]:
    strategy = MovingAverageCross(parameters)
    wishes = [strategy.on_bar(bar, View()) for bar in bars]
    return [one[0].fraction if one and isinstance(one[0], Target) else None for one in wishes]


@pytest.mark.parametrize(("short", "down"), [(False, 0.0), (True, -1.0)])
def test_long_above_and_out_below(make_bars: MakeBars, short: bool, down: float) -> None:
    """Two against three bars: equal averages wish nothing, then up, then flat or short."""
    parameters = MovingAverageCrossParameters(fast=2, slow=3, short=short)
    expected = [None, None, None, 1.0, 1.0, 1.0, down, down]
    assert fractions(parameters, make_bars(RISE_AND_FALL)) == expected


def test_inside_the_band_nothing_is_wished(make_bars: MakeBars) -> None:
    """Averages 3.1 % apart are inside a band of 4 %, those 10 % apart are not."""
    parameters = MovingAverageCrossParameters(fast=2, slow=3, band_percent=4.0)
    assert fractions(parameters, make_bars([10, 10, 10, 11])) == [None] * 4
    assert fractions(parameters, make_bars([10, 10, 10, 14]))[-1] == 1.0


def test_the_wish_says_why(make_bars: MakeBars) -> None:
    """Both averages are among the indicators and in the words."""
    strategy = MovingAverageCross(MovingAverageCrossParameters(fast=2, slow=3))
    for bar in make_bars([10, 10, 10]):
        strategy.on_bar(bar, View())
    (wish,) = strategy.on_bar(make_bars([10, 10, 10, 13])[-1], View())
    assert isinstance(wish, Target)
    assert wish.indicators == {"fast": 11.5, "slow": 11.0}
    assert wish.reason == "the fast average 11.5 is above the slow one 11"


def test_exponential_averages_warm_up_longer(make_bars: MakeBars) -> None:
    """Four times the slow period, and until then nothing is wished."""
    parameters = MovingAverageCrossParameters(fast=2, slow=3, average=Average.EXPONENTIAL)
    assert MovingAverageCross.warmup(parameters) == 12
    assert fractions(parameters, make_bars(range(10, 23))) == [None] * 11 + [1.0, 1.0]
