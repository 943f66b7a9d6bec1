"""Reversion by the RSI, by hand."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from stockbot.events.market import Bar
from stockbot.model.strategies.rsi_mean_reversion import RsiMeanReversion, RsiMeanReversionParameters
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Target

MakeBars = Callable[..., list[Bar]]
FALL = [100 - n for n in range(17)]
RISE = [100 + n for n in range(17)]


def last_wish(bars: list[Bar], held: int, *, short: bool = False) -> tuple[float, str] | None:
    strategy = RsiMeanReversion(RsiMeanReversionParameters(period=2, short=short))
    for bar in bars[:-1]:
        strategy.on_bar(bar, View())
    wishes = strategy.on_bar(bars[-1], View(position=Decimal(held)))
    return (wishes[0].fraction, wishes[0].reason) if wishes and isinstance(wishes[0], Target) else None


@pytest.mark.parametrize(
    ("closes", "held", "short", "wish"),
    [
        (FALL, 0, False, (1, "the RSI 0.0 is below the oversold level")),
        (FALL, 10, False, None),
        (RISE, 0, False, None),
        (RISE, 0, True, (-1, "the RSI 100.0 is above the overbought level")),
        (RISE, -10, True, None),
        (RISE, 10, False, (0, "the RSI 100.0 is back at the middle")),
        (RISE, 10, True, (-1, "the RSI 100.0 is above the overbought level")),
        ([100] * 17, 10, False, (0, "the RSI 50.0 is back at the middle")),
        ([100] * 17, 0, True, None),
        (FALL[:16], 0, False, None),
    ],
)
def test_when_it_trades(
    make_bars: MakeBars, closes: list[int], held: int, short: bool, wish: tuple[float, str] | None
) -> None:
    """Buys the fall, closes at the middle, sells the rise short where it may, and needs 17 bars for a period of 2."""
    assert last_wish(make_bars(closes), held, short=short) == wish
