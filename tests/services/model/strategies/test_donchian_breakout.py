"""The breakout from the Donchian channel, by hand. The bars of these tests reach 0.5 % to either side of the close."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from stockbot.events.market import Bar
from stockbot.model.strategies.donchian_breakout import DonchianBreakout, DonchianBreakoutParameters
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Target

MakeBars = Callable[..., list[Bar]]


@pytest.mark.parametrize(
    ("closes", "held", "short", "words"),
    [
        ([100, 102, 101, 103], 0, False, "the close 103 is above the high of the last 3 bars"),
        ([100, 102, 101, 102.4], 0, False, None),  # the high is 102.51: a bar's own high is not passed by its close
        ([100, 102, 101, 103], 5, False, None),
        ([100, 102, 101, 100.4], 5, False, "the close 100.4 leaves the channel of 2 bars"),
        ([100, 102, 101, 100.6], 5, False, None),
        ([100, 102, 101, 99], 0, False, None),
        ([100, 102, 101, 99], 0, True, "the close 99 is below the low of the last 3 bars"),
        ([100, 102, 101, 102.6], -5, True, "the close 102.6 is above the high of the last 3 bars"),
        ([100, 102, 103], 0, False, None),
    ],
)
def test_when_it_trades(make_bars: MakeBars, closes: list[float], held: int, short: bool, words: str | None) -> None:
    """A close beyond the channel of the bars before it; the exit's channel is shorter; three bars must come before."""
    strategy = DonchianBreakout(DonchianBreakoutParameters(entry=3, exit=2, short=short))
    *before, last = make_bars(closes)
    for bar in before:
        strategy.on_bar(bar, View())
    wishes = strategy.on_bar(last, View(position=Decimal(held)))
    assert [wish.reason for wish in wishes if isinstance(wish, Target)] == ([] if words is None else [words])
